"""The facts that a verdict on a wide network is built on, and what they say together."""

from __future__ import annotations

import math
from typing import NamedTuple

from gradviz.core.config import Config
from gradviz.core.evidence import Thresholds
from gradviz.core.frames import NORMS, Ending

SLOPE, NORMALIZATION, WEIGHTS, SKIP = range(len(NORMS))
#: Activations with two flat tails.
BOUNDED = frozenset({"tanh", "sigmoid", "softsign"})
#: A cost below this share of what one answer to every input costs shows that inputs make a difference; above the other one they make none yet.
KNOWING, KNOWING_NOTHING, GUESSING = 0.9, 0.95, 0.01
#: A gradient that grows by so many times `Thresholds.grown` explodes once updates overshoot: a factor of 10. Half of it, theory.md's rule for a poor start,
#: is what the first layers of a wide network scatter by, and such networks learn.
WIDE_GROWTH = 2.0


class WideWay(NamedTuple):
    """What the root mean square of dC/dh gains from layer `last` back to layer `first`, and what h loses on the way there, in decades.

    They are the last hidden layer and the first; without two of them `last` is the output. Where the gradient leaves the floats on its way, `first` is the
    lowest layer that it reaches, and `lost_at` the one below; `blocked` is the layer that passes exactly nothing on, for its weights or its slopes are 0.
    parts are the sums of back_parts() over the layers between.
    """

    first: int
    last: int
    gain: float
    parts: tuple[float, float, float, float]
    signal: float
    passes: bool  # the output's gradient is not 0
    lost_at: int
    blocked: int
    to_output: bool

    @property
    def layers(self) -> int:
        return self.last - self.first


class WideFacts(NamedTuple):
    """The numbers that the rules for wide networks ask for; rates and sizes in decades, log10."""

    config: Config
    thresholds: Thresholds
    ending: Ending | None
    epoch: int
    first_cost: float
    cost: float
    accuracy: float
    test_accuracy: float
    guess: float  # what one answer to every input costs
    way: WideWay
    smallest: float
    below: int | None
    zero_in_format: int | None
    zero_in_float32: int | None
    finite: bool
    fits_float64: bool
    dead_layer: int
    silent: bool  # no weight or bias has a gradient, though answers are wrong
    no_input: bool
    no_signal_from: int  # the layer from which upwards every answer is 0, where a dead one gets nothing but that; else 0
    shrunk: bool  # and to exactly 0 is what it is asked
    no_weights: bool  # where nothing gets past a layer: its weights are exactly 0
    rate: float  # the share of the cost that the next update takes, to first order
    rounded: bool  # which is nothing, for rounding took an update that would have been enough
    uphill: bool  # which is less than nothing: momentum may go so
    updates: int  # in an epoch
    sensitivity: float  # the share that a healthy update would take, if it went straight down
    falling: bool | None  # what the last costs show; None where they are too few, or nothing was to be seen
    saturated: float  # the share of saturated activations, a plain number

    @property
    def lost(self) -> float:
        return -self.way.gain

    @property
    def vanished(self) -> float:
        return -math.log10(self.thresholds.vanishing)

    @property
    def epoch_rate(self) -> float:
        return self.rate + math.log10(self.updates)

    @property
    def guesses(self) -> bool:
        """The cost is what one answer to every input costs, to a hundredth."""
        return abs(self.cost - self.guess) <= GUESSING * self.guess

    @property
    def slow(self) -> bool:
        """An epoch takes next to nothing off the cost: so little that it cannot be learning, and where nothing is known yet, that it will not for long."""
        enough = self.thresholds.insensitive if self.guesses else self.thresholds.slow
        return not self.epoch_rate >= math.log10(enough)

    @property
    def flat(self) -> bool:
        """No weight makes much of a difference; where most activations are saturated, a little more counts as little too."""
        insensitive = self.thresholds.insensitive * (10.0 if self.saturated >= self.thresholds.most else 1.0)
        return self.sensitivity < math.log10(insensitive)

    @property
    def overshoots(self) -> bool:
        """The update promises more than four times the cost. Of squared errors that are linear in the weights, C(step) >= C - p + p^2 / 4C, by Cauchy and
        Schwarz: beyond p = 4C any step that promises p makes it grow, whatever the optimizer."""
        return self.rate > math.log10(self.thresholds.overshoot)

    @property
    def blown(self) -> bool:
        """Learning has made it much worse than it was, and than knowing nothing."""
        return self.epoch > 0 and self.cost > 2.0 * max(self.first_cost, self.guess)

    @property
    def learning(self) -> bool:
        """The cost falls: by what the update promises, unless the last costs have shown otherwise; clipping bounds the update, whatever it promises."""
        expected = not self.blown and (not self.overshoots or self.config.clipping != "none")
        return not self.slow and (expected if self.falling is None else self.falling)

    @property
    def all_right(self) -> bool:
        return self.accuracy == 1.0 and self.cost <= 0.5 * self.guess

    @property
    def learned(self) -> bool:
        """Next to nothing of the cost is left, or every answer is right and most of it gone."""
        return self.cost == 0.0 or self.cost <= self.thresholds.learned * (self.guess or self.first_cost) or self.all_right

    @property
    def knows(self) -> bool:
        """The cost is below what it was, and below what one answer to every input costs."""
        return self.cost <= KNOWING * min(self.first_cost, self.guess or self.first_cost)

    @property
    def knows_nothing(self) -> bool:
        return self.cost >= KNOWING_NOTHING * self.guess > 0.0

    @property
    def dead(self) -> bool:
        """Nothing gets past a layer; but another batch may, or the layers above it learn from what it says all the same."""
        return self.silent or (self.dead_layer > 0 and not (self.falling and (self.knows or self.updates > 1)))

    @property
    def explodes(self) -> bool:
        """It grows beyond all use; or by enough to make the updates overshoot, if nothing clips them, and nothing is known yet but how to guess."""
        if -self.lost >= self.vanished:
            return True
        suspicious = -self.lost >= WIDE_GROWTH * self.thresholds.grown
        unbounded = self.overshoots or self.config.clipping != "none"
        return suspicious and unbounded and not self.knows and (self.knows_nothing or not self.falling)

    @property
    def alike(self) -> bool:
        return alike(self.config)


def alike(config: Config) -> bool:
    """Whether all units of a layer start alike, and get the same gradient: they stay alike."""
    same = config.initialization == "constant" and (config.bias == "off" or config.bias_scale == 0.0)
    return same and config.width > 1 and config.layers > 2
