"""What a verdict on a wide network is built on: one frame's profiles and the last costs, as the facts that the rules ask for."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gradviz.core.combinations import training_samples
from gradviz.core.config import Config
from gradviz.core.evidence import Thresholds, decades_of, up_to
from gradviz.core.formats import FORMATS
from gradviz.core.frames import NORMS, SHARES, STATISTICS, Ending, WideFrames
from gradviz.core.guessing import guessing_cost
from gradviz.core.trend import falls, recent
from gradviz.core.wide_facts import NORMALIZATION, SKIP, SLOPE, WEIGHTS, WideFacts, WideWay, alike

Floats = NDArray[np.float64]

RMS = STATISTICS.index("rms")
SATURATED, DEAD = SHARES.index("saturated"), SHARES.index("dead")
DH, DU, DZ, BACK = range(len(NORMS))
#: Half of the smallest number of float32: below it a gradient is stored as 0.
FLOAT32_ZERO = 2.0**-150
#: Optimizers whose updates hardly depend on how large a gradient is.
STEPS_OF_THEIR_OWN = frozenset({"rmsprop", "adam", "adamw"})


def hidden_span(layers: int) -> tuple[int, int]:
    """The first hidden layer and the last, between which all layers are equally wide: the same one, or none, in networks of three layers and two."""
    return 1, max(1, layers - 2)


def gather_wide(config: Config, frame: WideFrames, costs: Floats, ending: Ending | None, thresholds: Thresholds) -> WideFacts:
    """The facts of the newest frame."""
    with np.errstate(all="ignore"):  # a number that left the floats is what the verdict is about
        cost, g, dw, w, h = float(frame.cost[-1]), frame.g[-1, RMS], frame.dw[-1, RMS], frame.w[-1, RMS], frame.h[-1, RMS]
        dead = _dead_layer(config, frame)
        way = _way(config, frame, dead)
        quiet = int(np.argmax(h == 0.0)) if dead and h[0] and not frame.u[-1, RMS, dead] else 0
        promise = float(frame.promise[-1])
        rate = decades_of(abs(promise)) - decades_of(cost)
        updates = _updates(config)
        first_cost = float(costs[0]) if len(costs) else cost
        finite = math.isfinite(cost) and bool(np.isfinite(w).all()) and bool(np.isfinite(dw).all())
        return WideFacts(
            config=config,
            thresholds=thresholds,
            ending=ending,
            epoch=int(frame.epoch[-1]),
            first_cost=first_cost,
            cost=cost,
            accuracy=float(frame.accuracy[-1]),
            test_accuracy=float(frame.test_accuracy[-1]),
            guess=guessing_cost(config, frame, first_cost),
            way=way,
            smallest=decades_of(float(g[1])),
            below=up_to(g < thresholds.vanishing),
            zero_in_format=up_to(g == 0.0) if way.passes and not dead and not way.blocked else None,
            zero_in_float32=up_to(g < FLOAT32_ZERO) if config.number_format == "float64" and g[1] > 0.0 else None,
            finite=finite,
            fits_float64=finite or _fits_float64(h, frame.dh[-1, RMS, :0:-1]),
            dead_layer=quiet or dead,
            silent=way.passes and not dw.any() and promise == 0.0 and bool(way.blocked or dead or not h[0] or not w[1:].any() or alike(config)),
            no_input=not h[0],
            no_signal_from=quiet,
            shrunk=quiet > 0 and not frame.u[-1, RMS, quiet],
            no_weights=not (w[way.blocked] if way.blocked and not quiet else w[1:].any()),
            rate=rate,
            rounded=promise == 0.0 and _unrounded(config, dw) - decades_of(cost) >= math.log10(thresholds.slow),
            uphill=promise < 0.0,
            updates=updates,
            sensitivity=math.log10(thresholds.healthy_update) + decades_of(float(frame.reach[-1])) - decades_of(cost),
            falling=falls(recent(costs, cost), rate + math.log10(updates * config.observe_every)),
            saturated=float(np.mean(frame.shares[-1, SATURATED, 1 : max(2, config.layers - 1)])),
        )


def _dead_layer(config: Config, frame: WideFrames) -> int:
    """The highest layer none of whose units passes anything back, and that has no skip beside it; 0 where there is none.

    A product may be 0 where neither of its factors is: of an activation other than ReLU only a gradient far above the smallest float tells.
    """
    found = frame.shares[-1, DEAD] >= 1.0
    if config.activation != "relu":
        found &= frame.norms[-1, DH] > math.sqrt(FORMATS[config.number_format].smallest_normal)
    found[0] = False
    if config.residual != "none":
        found[2:-1] = False
    layers = np.flatnonzero(found)
    return int(layers[-1]) if layers.size else 0


def _way(config: Config, frame: WideFrames, dead: int) -> WideWay:
    first, last = hidden_span(config.layers)
    to_output = last - first < 1
    last = config.layers - 1 if to_output else last
    sizes, h = frame.norms[-1, DH], np.log10(frame.h[-1, RMS])
    reached, lost_at = first, 0
    # a norm near the smallest float has lost its digits on the way
    readable = sizes > 2.0**40 * FORMATS[config.number_format].smallest_normal
    passes = bool(sizes[-1] > 0.0)
    if passes and config.layers > 2 and not readable[first] and sizes[first] < math.inf:
        gone = np.flatnonzero(~readable[first : last + 1])
        lost_at = first + int(gone[-1])
        reached = min(lost_at + 1, last)
    blocked = dead if lost_at and dead == lost_at + 1 else _blocked(config, frame, lost_at)
    dh = np.log10(frame.dh[-1, RMS])
    nothing = bool(blocked) or (lost_at > 0 and reached == last)
    gain = -math.inf if nothing else _difference(float(dh[reached]), float(dh[last]))
    parts = back_parts(frame)[:, reached + 1 : last + 1].sum(axis=1)
    if to_output and math.isfinite(gain):  # its parts are of norms, and the output has fewer units than the layer below
        parts[WEIGHTS] += gain - parts.sum()
    return WideWay(
        first=reached,
        last=last,
        gain=gain,
        parts=(float(parts[SLOPE]), float(parts[NORMALIZATION]), float(parts[WEIGHTS]), float(parts[SKIP])),
        signal=_difference(float(h[first]), float(h[last])),
        passes=passes,
        lost_at=0 if blocked else lost_at,
        blocked=blocked,
        to_output=to_output,
    )


def _blocked(config: Config, frame: WideFrames, lost_at: int) -> int:
    """The layer through which exactly nothing of a gradient that is far from 0 passes, for its weights are 0 or cancel exactly; 0 where there is none."""
    norms, above = frame.norms[-1], lost_at + 1
    if not lost_at or above == config.layers or norms[BACK, above] > 0.0:
        return 0
    return above if norms[DU, above] > math.sqrt(FORMATS[config.number_format].smallest_normal) else 0


def back_parts(frame: WideFrames) -> Floats:
    """What each layer adds to log10 of the norm of dC/dh on the way back, (4, l), as it was measured: phi', normalization, weights, and the skip beside them.

    Index 0 is 0; the four of a layer add up to log10 |dC/dh[k-1]| - log10 |dC/dh[k]|. Where a norm is 0 its part is -inf, and what follows 0; but where
    a skip goes around layers that pass exactly 0, as before the first update of Fixup, all of the step is the skip's.
    """
    norms = frame.norms[-1]
    dh_before = np.concatenate([[0.0], norms[DH, :-1]])
    steps = [norms[DH], norms[DU], norms[DZ], norms[BACK], dh_before]
    with np.errstate(all="ignore"):
        sizes = [np.log10(step) for step in steps]
        found = np.array([np.where(after == before, 0.0, after - before) for before, after in pairwise(sizes)])
        around = (norms[BACK] == 0.0) & (dh_before > 0.0)
        found[:-1, around], found[-1, around] = 0.0, (sizes[-1] - sizes[0])[around]
    found[:, 0] = 0.0
    return found


def _unrounded(config: Config, dw: Floats) -> float:
    """What an update promises at least if nothing is rounded, log10: alpha |g|^2 of the layers between two hidden ones, and alpha |g| with steps of a
    weight's own, which are about alpha long."""
    norm = decades_of(config.width * math.sqrt(float(np.square(dw[2:-1]).sum()))) if config.layers > 3 else decades_of(float(dw.max()))
    return math.log10(config.learning_rate) + norm * (1.0 if config.optimizer in STEPS_OF_THEIR_OWN else 2.0)


def _updates(config: Config) -> int:
    """How many updates an epoch has; 1 where only a table could tell."""
    samples = training_samples(config)
    return -(-samples // config.batch_size) if samples and config.batch_size else 1


def _fits_float64(h: Floats, dh: Floats) -> bool:
    """Whether float64 would hold what left the format: the activations and the square of the last, which is the cost, and else the way back."""
    if not np.isfinite(h).all():
        return _would_end_below(h, 150.0)
    return _would_end_below(h, 150.0) and _would_end_below(dh, 300.0)


def _would_end_below(sizes: Floats, decades: float) -> bool:
    """Whether a profile that left the floats, going on as it grew before, ends below so many decades."""
    known = np.log10(sizes[(sizes > 0.0) & np.isfinite(sizes)])
    if len(known) < 2:
        return bool(np.isfinite(sizes).all())
    return bool(known[0] + (known[-1] - known[0]) / (len(known) - 1) * (len(sizes) - 1) < decades)


def _difference(decades: float, less: float) -> float:
    return decades - less if decades != less else 0.0
