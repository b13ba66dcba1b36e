"""What a verdict is built on: one frame's numbers, and the thresholds that they are held against."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.formats import FLOAT32, FORMATS
from gradviz.core.frames import Ending, Frames
from gradviz.core.theory import span

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.logdomain import LogProfile

Floats = NDArray[np.float64]


class Thresholds(msgspec.Struct, frozen=True):
    """Where one verdict ends and the next begins; every number may be set to another."""

    #: A gradient below it has vanished: the rule of thumb for mean |g|. As a share of the output's gradient it is 7 decades: no training reaches down there.
    vanishing: float = 1e-7
    #: Decades that a gradient may lose before depth is blamed for a cost that does not fall: a thousandth of a healthy update is left of it.
    lost: float = 3.0
    #: Growth that is suspicious once updates overshoot: a variance ratio between layers above 10 is a poor initialization, half a decade of |g|.
    grown: float = 0.5
    #: Decades that the signal may lose: at a tenth of its size an output of the targets' size is out of sight.
    shrunk: float = 1.0
    #: An activation beyond it is saturated, and a network where most are; the rule of thumb for tanh.
    saturated: float = 0.99
    most: float = 0.5
    #: A cost that loses less than this share of itself in an epoch stands still: a million epochs would leave a third of it.
    slow: float = 1e-6
    #: A healthy update moves the weights by this share of themselves: the rule of thumb for the ratio of update to weight.
    healthy_update: float = 1e-3
    #: Where even such an update would take less than this off the cost, the learning rate is not to blame: the cost hardly depends on any weight.
    insensitive: float = 1e-4
    #: The share alpha |dw|^2 / C beyond which a linear network's cost grows: 2 where the update jumps over the minimum to the same height, twice.
    overshoot: float = 4.0
    #: A cost is learned at this share of the first one, and of what an answer of 0 would cost: a tenth of the error is left.
    learned: float = 1e-2


THRESHOLDS = Thresholds()


#: The samples' shares of a weight's gradient cancel where their sum is this many decades below the greatest of them.
CANCELLED = 1.0
#: Samples differ where what layer 1 gets of one's gradient is so many decades from another's: an eighth more, or less.
APART = 0.05


class Way(NamedTuple):
    """What one sample's gradient gains on its way from the output back to layer 1, and what its signal loses on the way there, in decades."""

    sample: int  # the one that keeps most, of those that have a gradient
    passes: bool  # it has one: its answer is not exactly its target
    alone: bool  # another sample's gradient does not fare alike
    layers: int
    gain: float
    slopes: float
    weights: float
    signal: float
    settled_signal: float  # from layer 1 on


class Facts(NamedTuple):
    """The numbers that the rules ask for; shares and sizes in decades, log10."""

    config: Config
    thresholds: Thresholds
    ending: Ending | None
    epoch: int
    first_cost: float
    cost: float
    way: Way
    smallest: float
    below: int | None
    zero_in_format: int | None
    zero_in_float32: int | None
    finite: bool
    fits_float64: bool
    dead_samples: int
    dead_share: float  # of the cost, a plain number
    dead_layer: int
    silent: bool  # no weight's gradient has a single term that is not exactly 0
    cancelled: float  # decades between the greatest of the terms and the greatest sum
    rate: float  # the share of the cost that the next update takes, as the format does it
    true_rate: float  # and as it would be without rounding
    sensitivity: float  # and what a healthy update would take
    fallen: float | None  # the share of what the rates promise that the last costs fell by, a plain number
    saturated: float  # the share of saturated activations, a plain number
    zero_cost: float  # what the answer 0 to every input costs

    @property
    def lost(self) -> float:
        """What depth takes: a single layer of weights has none, and all of the gradient."""
        return -self.way.gain if self.config.layers > 2 else 0.0

    @property
    def flat(self) -> bool:
        return self.sensitivity < math.log10(self.thresholds.insensitive)

    @property
    def overshoots(self) -> bool:
        return self.rate > math.log10(self.thresholds.overshoot)

    @property
    def learning(self) -> bool:
        """The cost falls: by what the update promises, unless the last costs have shown otherwise."""
        kept = not self.overshoots if self.fallen is None else self.fallen >= 0.1
        return self.rate >= math.log10(self.thresholds.slow) and kept

    @property
    def learned(self) -> bool:
        """The cost has come down to next to nothing; where it began there, that counts if a gradient can say so to the first layers."""
        zero = self.zero_cost
        low = self.cost <= self.thresholds.learned * zero and self.lost < self.vanished
        return self.cost == 0.0 or low or self.cost <= self.thresholds.learned * min(self.first_cost, zero or self.first_cost)

    @property
    def vanished(self) -> float:
        return -math.log10(self.thresholds.vanishing)

    @property
    def at_a_minimum(self) -> bool:
        return self.cancelled >= CANCELLED and self.cost <= 0.9 * self.first_cost

    @property
    def dead(self) -> bool:
        return self.silent or (not self.learning and self.dead_share >= 0.5)


#: The greatest slope of the activations whose greatest is not 1.
STEEPEST = {"sigmoid": 0.25, "selu": 1.0507009873554805 * 1.6732632423543772, "gelu": 1.1289, "silu": 1.0998}


def steepest(facts: Facts) -> float:
    """The greatest phi' that there is."""
    return STEEPEST.get(facts.config.activation, 1.0)


def gather(config: Config, frame: Frames, profile: LogProfile, costs: Floats, ending: Ending | None, thresholds: Thresholds) -> Facts:
    """The facts of the newest frame of a chain."""
    with np.errstate(all="ignore"):  # a number that left the floats is what the verdict is about
        cost, w, dw = float(frame.cost[-1]), frame.w[-1], frame.dw[-1]
        way = _way(config, profile)
        greatest = profile.du.decades.max(axis=0) if len(config.inputs) > 1 else profile.du.decades[0]
        terms = profile.h.decades[:, :-1] + profile.du.decades[:, 1:]
        dead = profile.slope[:, 1:].min(axis=1) == -np.inf
        rate = math.log10(config.learning_rate) - decades_of(cost)
        stored, true = _squared(dw, _moves(config, w, dw)), _squared_decades(profile.dw.decades[1:])
        rows = np.flatnonzero(~np.isfinite(profile.slope[int(np.argmax(dead)), 1:]))
        return Facts(
            config=config,
            thresholds=thresholds,
            ending=ending,
            epoch=int(frame.epoch[-1]),
            first_cost=float(costs[0]) if len(costs) else cost,
            cost=cost,
            way=way,
            smallest=float(greatest[1]),
            below=up_to(greatest < math.log10(thresholds.vanishing)),
            zero_in_format=_zeros(frame.g[-1], greatest),
            zero_in_float32=_zero_in_float32(config, w) if greatest[1] > -np.inf else None,
            finite=math.isfinite(cost) and bool(np.isfinite(w).all()) and bool(np.isfinite(dw).all()),
            fits_float64=bool(np.isfinite(w).all()) and float(profile.h.decades.max()) < 150.0,  # its square, the cost, too
            dead_samples=int(dead.sum()),
            dead_share=_share_of_cost(config, frame, dead, cost) if dead.any() else 0.0,
            dead_layer=int(rows[0]) + 1 if rows.size else 0,
            silent=way.passes and float(terms.max()) == -math.inf,
            cancelled=float(terms.max() - profile.dw.decades.max()),
            rate=rate + stored,
            true_rate=rate + true,
            sensitivity=math.log10(thresholds.healthy_update) + (_squared(w) + true) / 2.0 - decades_of(cost),
            fallen=fallen(config, costs, cost, int(frame.epoch[-1]), rate + stored),
            saturated=_saturated_share(config, frame.h[-1], thresholds),
            zero_cost=float(np.mean(np.square(config.targets))) / 2.0,
        )


def _way(config: Config, profile: LogProfile) -> Way:
    """A sample whose answer is exactly its target has no gradient, and what could reach layer 1 of it says nothing of the training."""
    first_layer, layers = span(config.layers)
    end = profile.end.decades[:, first_layer]
    with_gradient = np.flatnonzero(profile.dh.decades[:, -1] != -np.inf)
    candidates = with_gradient if with_gradient.size else np.arange(len(end))
    best = int(candidates[np.argmax(np.where(np.isnan(end), -np.inf, end)[candidates])])
    h = profile.h.decades[best]
    return Way(
        sample=best,
        passes=bool(with_gradient.size),
        alone=bool((np.abs(end - end[best]) > APART).any()),
        layers=layers,
        gain=float(end[best]),
        slopes=float(profile.slope[best, first_layer + 1 :].sum()),
        weights=float(profile.weights.decades[first_layer + 1 :].sum()),
        signal=_difference(h[0], h[-1]),
        settled_signal=_difference(h[1], h[-1]),
    )


def _zero_in_float32(config: Config, w: Floats) -> int | None:
    """The layer from which downwards float32 holds 0: stepped through, for where a product of logs ends, roundings may stick at the smallest subnormal."""
    from gradviz.core import chain  # numba comes with the first frame, not with the import

    rules = chain.Rules.of(config)._replace(number_format=FLOAT32)
    weights, x, y = (np.array(values, np.float32).astype(np.float64) for values in (w, config.inputs, config.targets))
    h, slope, g = (np.zeros((len(w), len(x))) for _ in range(3))
    chain.forward(weights, x, rules, h, slope)
    chain.backward(weights, y, h, slope, FLOAT32, g, np.zeros(len(w)))
    return up_to(np.abs(g).max(axis=1) == 0.0)


def decades_of(number: float) -> float:
    return math.log10(number) if number > 0.0 else (-math.inf if number == 0.0 else math.nan)


def _difference(decades: float, less: float) -> float:
    """How many decades lie between two sizes; none between two zeros."""
    return float(decades - less) if decades != less else 0.0


def _squared(numbers: Floats, which: NDArray[np.bool_] | None = None) -> float:
    """log10 of the sum of squares, which may itself lie outside float64."""
    sizes = np.abs(numbers if which is None else numbers[which])
    greatest = float(sizes.max()) if sizes.size else 0.0
    if not 0.0 < greatest < math.inf:
        return decades_of(greatest)
    share = sizes / greatest
    return 2.0 * math.log10(greatest) + math.log10(float(share @ share))


def _squared_decades(decades: Floats) -> float:
    greatest = float(decades.max())
    if not math.isfinite(greatest):
        return greatest
    share = 10.0 ** (decades - greatest)
    return 2.0 * greatest + math.log10(float(share @ share))


def _moves(config: Config, w: Floats, dw: Floats) -> NDArray[np.bool_]:
    """Which weights an update changes at all: it must be above half a unit in the weight's last place."""
    _, exponent = np.frexp(w)
    moves: NDArray[np.bool_] = config.learning_rate * np.abs(dw) > np.ldexp(0.5, exponent - FORMATS[config.number_format].bits)
    return moves


def up_to(which: NDArray[np.bool_]) -> int | None:
    """The highest layer from which downwards it is so in all of them; layer 0 is none."""
    ends = np.flatnonzero(~which[1:])
    layer = int(ends[0]) if ends.size else which.size - 1
    return layer or None


def _zeros(g: Floats, true: Floats) -> int | None:
    """The highest layer whose g is stored as 0 for every sample, though one of them is not."""
    rows = np.flatnonzero(~g[:, 1:].any(axis=0) & (true[1:] > -np.inf))
    return int(rows[-1]) + 1 if rows.size else None


def _share_of_cost(config: Config, frame: Frames, samples: NDArray[np.bool_], cost: float) -> float:
    misses = (frame.h[-1, :, -1] - config.targets)[samples]
    return float(misses @ misses) / (2.0 * len(samples) * cost) if cost else 0.0


def fallen(config: Config, costs: Floats, cost: float, epoch: int, rate: float) -> float | None:
    """What the last costs fell by as a share of what the rate promises of them; None where it promises too little to tell."""
    recent = costs[-10:]
    epochs = min((len(recent) - 1) * config.observe_every, epoch)  # the last one may come sooner
    promised = min(1.0, 10.0 ** min(rate, 0.0) * epochs)
    if promised < 0.02 or not recent[0] > 0.0:
        return None
    return float((1.0 - cost / recent[0]) / promised)


def _saturated_share(config: Config, h: Floats, thresholds: Thresholds) -> float:
    if config.activation not in ("tanh", "sigmoid", "softsign"):
        return 0.0
    answers = np.abs(h[:, 1:]) if config.activation != "sigmoid" else np.maximum(h[:, 1:], 1.0 - h[:, 1:])
    return float(np.count_nonzero(answers > thresholds.saturated)) / answers.size
