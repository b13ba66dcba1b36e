"""Where a value stands on a vertical axis: on a linear one, or on one of decades with lanes of their own for zero, for subnormals, and for NaN and infinity.

A range stays, or follows the data only outwards and in round steps: an axis that jumps cannot be read. No Qt here.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.profiles import decades
from gradviz.core.words import SUPERSCRIPTS

Floats = NDArray[np.float64]

#: Qt takes a transform for singular from a range of some 1e14 and draws nothing; what lies beyond this has a lane of its own.
LINEAR_LIMIT = 1e12
#: Labels of decades are at least so many pixels apart.
TICK_ROOM = 28
#: A fixed range of decades begins with so much room below the first frame: float64 has 16 digits, so that an error that training
#: removes takes the gradients about so far down; above, gradients may grow a little before the plot says that they are beyond.
ROOM_BELOW, ROOM_ABOVE = 16.0, 1.0


class Range(NamedTuple):
    """The part of an axis that data is drawn in."""

    low: float
    high: float

    @property
    def span(self) -> float:
        return self.high - self.low


#: Activations that never leave a range of their own.
BOUNDS = {"tanh": Range(-1.1, 1.1), "softsign": Range(-1.1, 1.1), "sigmoid": Range(-0.05, 1.05)}
#: What an axis of decades shows while there is nothing but zeros, NaN and infinities: a place between the lanes, and no choice of a range.
NO_DECADES = Range(-1.0, 0.0)


class Lanes:
    """The lanes beside a range: room for a label's height, however high the plot is."""

    def __init__(self) -> None:
        self._gap = 0.07
        #: Whether there is a lane for subnormals, between the range and the lane for zeros.
        self.subnormals = False

    def make_room(self, pixels: float) -> None:
        """Keep the lanes a label's height away from the data, on an axis so many pixels high."""
        self._gap = max(0.05, 17.0 / max(pixels - 34.0, 34.0))

    def zero_lane(self, covered: Range) -> float:
        """Where exact zeros stand, on an axis that has no place for them."""
        return covered.low - (2.0 if self.subnormals else 1.0) * self._gap * covered.span

    def subnormal_lane(self, covered: Range) -> float:
        """Where numbers are marked that are below the format's normal ones."""
        return covered.low - self._gap * covered.span

    def broken_lane(self, covered: Range) -> float:
        """Where NaN, infinity and what else cannot be drawn stands."""
        return covered.high + self._gap * covered.span


class Linear(Lanes):
    """Values as they are; NaN, infinity and what lies beyond 1e12 stand in a lane above."""

    name = "linear"

    def __init__(self, bounds: Range | None = None, *, from_zero: bool = False) -> None:
        super().__init__()
        self.bounds = bounds
        self.from_zero = from_zero

    def place(self, values: Floats) -> Floats:
        """NaN where a value has no place on the axis itself."""
        return np.where(np.abs(values) <= LINEAR_LIMIT, values, np.nan)

    def covering(self, placed: Floats, before: Range | None) -> Range:
        """The range for these values: as it was while they fit, else widened to round numbers."""
        finite = placed[np.isfinite(placed)]
        if before is None and self.bounds is not None:
            before = self.bounds
        if not finite.size:
            return before or Range(-1.0, 1.0)
        low, high = float(finite.min()), float(finite.max())
        if before is not None:
            if before.low <= low and high <= before.high:
                return before
            low, high = min(low, before.low), max(high, before.high)
        if self.from_zero and low >= 0:
            if high == 0:
                return Range(0.0, 1.0)
            step = round_up(max(high, 1e-300) / 10)
            return Range(0.0, math.ceil(high * 1.05 / step) * step)
        half = max(high / 2 - low / 2, 0.1 * max(abs(low), abs(high)), 1e-300)  # halves: the full span of floats would overflow
        step = round_up(half / 5)
        return Range(math.floor((low - half * 0.1) / step) * step, math.ceil((high + half * 0.1) / step) * step)

    def view(self, covered: Range, *, broken: bool) -> Range:
        """What the axis shows: the range itself, and the lane above it where something is in it."""
        return Range(covered.low, self.broken_lane(covered) + 0.5 * self._gap * covered.span) if broken else covered


class Decades(Lanes):
    """log10 of the absolute value, drawn by us: exact zeros stand in a lane below the lowest decade, NaN and infinity in one above the highest.

    `fixed`: the range is chosen once, with room, and stays whatever comes; else it grows in round steps.
    """

    name = "decades"

    def __init__(self, *, fixed: bool = False) -> None:
        super().__init__()
        self.fixed = fixed
        #: So many decades below the first frame a fixed range begins.
        self.room_below = ROOM_BELOW

    def place(self, values: Floats) -> Floats:
        """-inf for an exact zero; NaN or infinity where a value has no place on the axis itself."""
        return decades(values)

    def covering(self, placed: Floats, before: Range | None) -> Range:
        """The range in whole decades: as it was while the values fit, else widened in steps of 1, 2, 5, 10 ... decades."""
        finite = placed[np.isfinite(placed)]
        if not finite.size:
            return before or NO_DECADES
        low, high = float(finite.min()), float(finite.max())
        if before is not None and before != NO_DECADES:
            if self.fixed or (before.low <= low and high <= before.high):
                return before
            low, high = min(low, before.low), max(high, before.high)
        if self.fixed:
            low, high = low - self.room_below, high + ROOM_ABOVE
        step = round_up(max(high - low, 10.0) / 10)
        bottom, top = math.floor(low / step) * step, math.ceil(high / step) * step
        return Range(bottom if bottom < top else top - 1.0, top)

    def view(self, covered: Range, *, broken: bool) -> Range:  # noqa: ARG002 - both lanes are always there
        """What the axis shows: the decades and, below and above, the lanes."""
        beyond = 0.5 * self._gap * covered.span
        return Range(self.zero_lane(covered) - beyond, self.broken_lane(covered) + beyond)


Scale = Linear | Decades


def round_up(number: float) -> float:
    """The least of 1, 2, 5, 10, 20 ... that is no less than a positive number."""
    power = 10.0 ** math.floor(math.log10(number))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= number * (1 - 1e-9))


def power_of_ten(exponent: float) -> str:
    """10^n as a book prints it, for an axis label."""
    whole = round(exponent)
    return {0: "1", 1: "10"}.get(whole, "10" + str(whole).translate(SUPERSCRIPTS))


def signs(number: str) -> str:
    """A number's text with a real minus, ∞ and NaN."""
    return number.replace("-", "−").replace("inf", "∞").replace("nan", "NaN")


def printed(number: str) -> str:
    """A number's text as a book prints it: −10⁶ instead of -1e+06."""
    digits, e, exponent = number.partition("e")
    if not e:
        return signs(number)
    return signs({"1": "", "-1": "-"}.get(digits, f"{digits}×")) + f"10{str(int(exponent)).translate(SUPERSCRIPTS)}"


def exact(value: float) -> str:
    """All digits of a number: the shortest that read back as the same float64, with a minus sign as printed."""
    return signs(repr(float(value)))


def decade_ticks(covered: Range, room: float) -> list[float]:
    """Whole decades for the labels: multiples of 1, 2, 5, 10 ... of them, as many as the room in pixels holds."""
    wanted = max(1.0, room / TICK_ROOM)
    step = max(1.0, round_up(max(covered.span, 1.0) / wanted))
    ticks = [float(tick) for tick in np.arange(math.ceil(covered.low / step) * step, covered.high + step / 2, step) if tick <= covered.high + 1e-9]
    ends = [math.ceil(covered.low), math.floor(covered.high)]
    return ticks if len(ticks) > 1 or ends[0] >= ends[1] else [float(end) for end in ends]  # one number is no scale
