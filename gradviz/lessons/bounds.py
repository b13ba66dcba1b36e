"""What a claim is, and the bounds of those that are about a number: each one can hold, and each one can fail."""

from __future__ import annotations

import math
import re
import sys
from typing import NamedTuple

import msgspec

from gradviz.core.config import Config
from gradviz.core.words import short
from gradviz.lessons.fault import Fault, check_finite
from gradviz.lessons.seen import Seen


class Found(NamedTuple):
    """Whether a claim holds, and what was measured, in words."""

    holds: bool
    measured: str


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="claim", kw_only=True):
    """Something that is said of a step's run."""

    @property
    def words(self) -> str:
        """The claim as a sentence."""
        raise NotImplementedError

    def check(self, what: Seen) -> Found:
        """Whether it holds of what is seen."""
        raise NotImplementedError

    def check_for(self, config: Config, before: Config | None = None) -> None:
        """Raise Fault where this network, or the one of the step before, has not what is spoken of."""


class Bounded(Claim, frozen=True, kw_only=True):
    """A number that is near another one (within `percent` of it, or `within` of it), above or below."""

    near: float | None = None
    percent: float | None = None
    within: float | None = None
    above: float | None = None
    below: float | None = None

    def __post_init__(self) -> None:
        for field in ("near", "percent", "within", "above", "below"):
            check_finite(getattr(self, field), field)
        for is_so, sentence, field in self._faults():
            if is_so:
                raise Fault(sentence, *([field] if field else []))

    def _faults(self) -> tuple[tuple[bool, str, str], ...]:
        """What these bounds cannot be, with whether they are it, and the field."""
        near, percent, within = self.near, self.percent, self.within
        how = "within" if percent is None else "percent"
        return (
            (near is None and self.above is None and self.below is None, "says nothing of its number; give near (with percent or within), above or below", ""),
            (near is None and (percent is not None or within is not None), f"has {how}, but no number that it is near; give near", how),
            (near is not None and percent is None and within is None, "says near, but not how near; give percent or within", "near"),
            (percent is not None and within is not None, "has percent and within; only one of them can say how near", "percent"),
            (percent is not None and percent < 0.0, f"percent is {short(percent or 0.0)}; it must be a number, 0 or greater", "percent"),
            (within is not None and within < 0.0, f"within is {short(within or 0.0)}; it must be a number, 0 or greater", "within"),
            (near == 0.0 and percent is not None, "percent is a share of near, and near is 0; give within in its place", "percent"),
            (not self._is_possible, f"no number is {self._bounds()}; leave one of them out, or change it", "above" if self.above is not None else "below"),
        )

    @property
    def _room(self) -> float:
        """How far from `near` a number may be."""
        return self.within if self.within is not None else abs(self.near or 0.0) * (self.percent or 0.0) / 100.0

    @property
    def _is_possible(self) -> bool:
        """Whether any number is within all of the bounds."""
        lowest, highest = (-math.inf, math.inf) if self.near is None else (self.near - self._room, self.near + self._room)
        above, below = (-math.inf if self.above is None else self.above), (math.inf if self.below is None else self.below)
        return above < below and above < highest and lowest < below

    def _allows(self, number: float) -> bool:
        if math.isnan(number) or (self.near is not None and not abs(number - self.near) <= self._room):
            return False
        return (self.above is None or number > self.above) and (self.below is None or number < self.below)

    def _bounds(self, unit: str = "") -> str:
        """The bounds in words, each with what it counts where that has a name, such as decade."""
        parts = []
        if self.near is not None:
            how = f"within {short(self.percent)}%" if self.percent is not None else f"within {amount(self.within or 0.0)}"
            near = _counted(self.near, unit, self._room)
            parts.append(f"{near}, {how}" if self._room else f"exactly {near}")
        if self.above is not None:
            parts.append(f"above {_counted(self.above, unit)}")
        if self.below is not None:
            parts.append(f"below {_counted(self.below, unit)}")
        return " and ".join(parts)


#: A number is read as what is written: it is off by no more than this share of itself, and a tenth of the room that a claim gives it.
READ = 5e-6
#: So few digits are never cut shorter.
LEAST_DIGITS = 6


def _counted(number: float, unit: str, room: float = math.inf) -> str:
    return amount(number, room) + (f" {unit}{'s' * (abs(number) != 1.0)}" if unit else "")


def amount(number: float, room: float = math.inf) -> str:
    """A number with the digits that its room asks for, commas where they help to read it, and powers of ten as 10⁻⁹."""
    allowed = min(abs(number) * READ, room / 10.0)
    least = LEAST_DIGITS if abs(number) >= sys.float_info.min else 1  # a subnormal number has fewer
    digits = next((digits for digits in range(least, 17) if abs(float(f"{number:.{digits}g}") - number) <= allowed), 17)
    if 1e3 <= abs(number) < 1e6:
        return f"{number:,.{digits}g}".replace("-", "−")
    return re.sub("^(−?)1×", r"\1", short(number, digits))
