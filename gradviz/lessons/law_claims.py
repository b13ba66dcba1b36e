"""Claims of a law: what theory predicts, and the shape that a gradient has along the layers."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from gradviz.core.profiles import decades
from gradviz.core.theory import of_decades, readable
from gradviz.core.words import short
from gradviz.lessons.bounds import Claim, Found
from gradviz.lessons.fault import Fault
from gradviz.lessons.seen import BY_LAYER, Seen, predicted, way_back
from gradviz.runs.moment import Moment

#: A law is the one that leaves less than so much of the other's distance from the measured course.
BETTER = 0.5
#: What is off by half is not what was predicted.
MOST_PERCENT = 50.0


class Theory(Claim, frozen=True, tag="theory", kw_only=True):
    """What each layer passes on of ∂C/∂h is what theory predicts, to so many per cent, 50 at most."""

    percent: float = 2.0

    def __post_init__(self) -> None:
        if not 0.0 < self.percent <= MOST_PERCENT:
            raise Fault(f"percent is {short(self.percent)}; it must be a number above 0, {MOST_PERCENT:g} at most", "percent")

    @property
    def words(self) -> str:
        return f"What each layer passes on of ∂C/∂h is what theory predicts, within {short(self.percent)}%."

    def check(self, what: Seen) -> Found:
        (found, layers), expected = way_back(what.moment), predicted(what.moment)
        if expected is None or not layers:
            return Found(False, "theory has no answer for this network")
        with np.errstate(all="ignore"):
            apart = abs(10.0 ** ((found - expected) / layers) - 1.0)
        return Found(apart <= self.percent / 100.0, f"{of_decades(found / layers, 4)}, predicted {of_decades(expected / layers, 4)}")


def _course(moment: Moment) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far a layer is from the input, and the decades of what a small change of its activation makes of the output; of layers with a number."""
    found = decades(BY_LAYER["dh"].take(moment))[1:-1] if moment.config.wide else moment.profile.end.decades[moment.sample, 1:]
    across = np.arange(1, len(found) + 1, dtype=np.float64)
    known = np.isfinite(found)
    return across[known], found[known]


def _distance(across: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """The root mean square distance of the values from the straight line through them that is nearest."""
    line = np.polynomial.Polynomial.fit(across, values, 1)
    return float(np.sqrt(np.mean((values - line(across)) ** 2)))


class Exponential(Claim, frozen=True, tag="exponential", kw_only=True):
    """The gradient's decades fall, or grow, in a straight line over the layers: each takes the same factor."""

    _straight: ClassVar[bool] = True

    @property
    def words(self) -> str:
        return "Over the layers the gradient follows an exponential law: a straight line in decades."

    def check(self, what: Seen) -> Found:
        across, values = _course(what.moment)
        if len(values) < 5:
            return Found(False, "too few layers to tell a law")
        straight, power = _distance(across, values), _distance(np.log(across), values)
        holds = straight < BETTER * power if self._straight else power < BETTER * straight
        return Found(holds, f"{readable(straight, 2)} decades off a straight line, {readable(power, 2)} off a power law")


class PowerLaw(Exponential, frozen=True, tag="power law", kw_only=True):
    """The gradient falls as a power of the layer's number: ever more slowly."""

    _straight: ClassVar[bool] = False

    @property
    def words(self) -> str:
        return "Over the layers the gradient follows a power law, not an exponential one."
