"""What a verdict on a wide network is built on: one frame's profiles, as the facts that the same rules ask for."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gradviz.core.combinations import CLASSES, training_samples
from gradviz.core.config import Config
from gradviz.core.datasets import drawn
from gradviz.core.evidence import Facts, Thresholds, Way, decades_of, fallen, up_to
from gradviz.core.frames import NORMS, SHARES, STATISTICS, Ending, WideFrames

Floats = NDArray[np.float64]

RMS = STATISTICS.index("rms")
SATURATED, DEAD, _, ZERO_GRADIENT = range(len(SHARES))
DH, DU, DZ, BACK = range(len(NORMS))
#: Half of the smallest number of float32: below it a gradient is stored as 0.
FLOAT32_ZERO = 2.0**-150


def hidden_span(layers: int) -> tuple[int, int]:
    """The layers between which a wide network's gradient is followed: the first hidden one and the last, where all are equally wide."""
    return (1, layers - 2) if layers > 3 else (0, layers - 1)


def gather_wide(config: Config, frame: WideFrames, costs: Floats, ending: Ending | None, thresholds: Thresholds) -> Facts:
    """The facts of the newest frame."""
    with np.errstate(all="ignore"):  # a number that left the floats is what the verdict is about
        cost, g = float(frame.cost[-1]), frame.g[-1, RMS]
        shares = frame.shares[-1]
        first_cost = float(costs[0]) if len(costs) else cost
        way = _way(config, frame)
        updates = _updates(config)
        rate = decades_of(float(frame.promise[-1])) - decades_of(cost) + math.log10(updates)
        dead = np.flatnonzero((shares[DEAD] >= 1.0) & _in_the_way(config))
        in_float32 = g < FLOAT32_ZERO if config.number_format == "float64" else np.zeros(len(g), bool)
        finite = math.isfinite(cost) and bool(np.isfinite(frame.w[-1, RMS]).all()) and bool(np.isfinite(frame.dw[-1, RMS]).all())
        return Facts(
            config=config,
            thresholds=thresholds,
            ending=ending,
            epoch=int(frame.epoch[-1]),
            first_cost=first_cost,
            cost=cost,
            way=way,
            smallest=decades_of(float(g[1])),
            below=up_to(g < thresholds.vanishing),
            zero_in_format=up_to(g == 0.0) if config.activation not in ("relu", "identity") and way.passes and not dead.size else None,
            zero_in_float32=up_to(in_float32) if g[1] > 0.0 else None,
            finite=finite,
            fits_float64=finite or float(np.nanmax(frame.h[-1, RMS])) < 1e150,
            dead_samples=0,
            dead_share=0.0,
            dead_layer=int(dead[-1]) if dead.size else 0,
            silent=bool(dead.size) and way.passes,
            cancelled=0.0,
            rate=rate,
            true_rate=rate,
            sensitivity=math.log10(thresholds.healthy_update) + decades_of(float(frame.reach[-1])) - decades_of(cost) + math.log10(updates),
            fallen=fallen(config, costs, cost, int(frame.epoch[-1]), rate),
            saturated=float(np.mean(shares[SATURATED, 1 : max(2, config.layers - 1)])),
            zero_cost=zero_cost(config, first_cost),
            accuracy=float(frame.accuracy[-1]),
            test_accuracy=float(frame.test_accuracy[-1]),
        )


def _in_the_way(config: Config) -> NDArray[np.bool_]:
    """Which layers a gradient has to pass through: those with a skip beside them it does not."""
    found = np.ones(config.layers, bool)
    found[0] = False
    if config.residual != "none":
        found[2:-1] = False
    return found


def _way(config: Config, frame: WideFrames) -> Way:
    """What a gradient gains from the last hidden layer back to the first, and what the signal loses on the way there: of root mean squares."""
    first, last = hidden_span(config.layers)
    dh, h = np.log10(frame.dh[-1, RMS]), np.log10(frame.h[-1, RMS])
    parts = back_parts(frame)
    return Way(
        sample=0,
        passes=bool(np.isfinite(dh[-1])),
        alone=False,
        layers=last - first,
        gain=_difference(float(dh[first]), float(dh[last])),
        slopes=float(parts[0, first + 1 : last + 1].sum()),
        weights=float(parts[1:, first + 1 : last + 1].sum()),
        signal=_difference(float(h[first]), float(h[last])),
        settled_signal=_difference(float(h[first]), float(h[last])),
    )


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


def zero_cost(config: Config, first_cost: float) -> float:
    """What it costs to know nothing: the same chance for every class, or the answer 0 to every input; the first cost where only a table could tell."""
    if config.data == "csv":
        return first_cost
    if config.loss == "cross_entropy":
        return math.log(CLASSES[config.data])
    return 0.5 if CLASSES[config.data] else _mean_square(config) / 2.0


@lru_cache(maxsize=8)
def _mean_square(config: Config) -> float:
    data = drawn(config)
    assert data is not None, "numbers to answer are drawn, or in a table"
    with np.errstate(over="ignore"):
        return float(np.mean(np.square(data.targets).sum(axis=1)))


def _updates(config: Config) -> int:
    """How many updates an epoch has; 1 where only a table could tell."""
    samples = training_samples(config)
    return -(-samples // config.batch_size) if samples and config.batch_size else 1


def _difference(decades: float, less: float) -> float:
    return decades - less if decades != less else 0.0
