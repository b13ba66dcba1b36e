"""A sweep's points as codes of colours, and what the codes stand for: words, a scale of decades or of plain numbers, or decades per layer. No Qt here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.words import short
from gradviz.runs.sweep_points import MEASURES, Index, Point
from gradviz.runs.sweeps import Sweep, depths
from gradviz.ui.plots.phase_image import MOST_DECADES, NEUTRAL
from gradviz.ui.plots.phase_image import codes as pace_codes
from gradviz.ui.plots.scales import Decades, Linear, Range, Scale, power_of_ten, printed, round_up, signs

Codes = NDArray[np.uint8]
Floats = NDArray[np.float64]

#: What a cell's code says: not trained yet; 1 to COLOURS, a step of the scale, or a word's place counted from 1; or what has no place on the scale.
NOTHING, COLOURS = 0, 240
NONE, ZERO, BROKEN = COLOURS + 1, COLOURS + 2, COLOURS + 3
SPECIAL = {ZERO: "zero", BROKEN: "NaN, ∞", NONE: "no number"}
#: Words that have a colour of their own, in the order of the legend.
VERDICTS = ("trains", "vanishing", "shrinking", "saturated", "stalled", "dead", "exploding", "diverged", "impossible", "failed")
#: Where the scale of decades per layer is labelled.
PACES = (0.5, 0.1, 0.02, 0.0, -0.02, -0.1, -0.5)
MOST_TICKS = 8


class Tick(NamedTuple):
    """A label of the colour scale, and how high it stands on it, from 0 to 1."""

    share: float
    text: str


class Legend(NamedTuple):
    """What the codes stand for: a scale's labels, or none; and the codes that stand for words."""

    ticks: tuple[Tick, ...]
    words: tuple[tuple[int, str], ...]


class Shades:
    """What is known of one measure so far, in the shape of the grid, and its colours."""

    def __init__(self, plan: Sweep, measure: str) -> None:
        self.plan, self.measure = plan, measure
        self.kind = MEASURES[measure].kind
        self._place = plan.measures.index(measure)
        self.done = np.zeros(plan.shape, bool)
        #: The numbers, or the words' codes; NaN where there is no such number.
        self.values: Floats = np.full(plan.shape, np.nan)
        self._missing = np.zeros(plan.shape, bool)
        self.words: dict[str, int] = {word: code for code, word in enumerate(VERDICTS, 1)} if measure == "verdict" else {}
        self.scale: Scale = Decades() if self.kind == "size" else Linear()
        self.covered: Range | None = None
        self._levels = [_nearest(count) for count in plan.shape]

    def add(self, points: Iterable[Point]) -> None:
        """Take what is known of these points; the scale widens for them in round steps."""
        for point in points:
            value = point.values[self._place]
            self.done[point.index] = True
            self._missing[point.index] = value is None
            if isinstance(value, str):
                value = self.words.setdefault(value, len(self.words) + 1)
            self.values[point.index] = np.nan if value is None else value
        if self.kind in ("size", "number") and self.done.any():
            self.covered = self.scale.covering(self.placed()[np.isfinite(self.placed())], self.covered)

    def placed(self) -> Floats:
        """Where each number stands on its scale, in decades or as it is."""
        return self.scale.place(self.values)

    @property
    def codes(self) -> Codes:
        """The colour of each cell; one that has not been trained has that of the nearest one that was its turn before it."""
        return self._filled(self._codes())

    def _codes(self) -> Codes:
        if self.kind == "word":
            codes = np.where(np.isnan(self.values), NONE, self.values)
        elif self.kind == "pace":
            codes = np.where(np.isnan(self.values), NONE, 1 + pace_codes(np.nan_to_num(self.values, nan=0.0, posinf=9.0, neginf=-9.0)).astype(int) * 239 // 254)
        else:
            codes = self._on_scale()
        found: Codes = np.where(self.done, np.where(self._missing, NONE, codes), NOTHING).astype(np.uint8)
        return found

    def _on_scale(self) -> NDArray[np.int64]:
        if self.covered is None:
            return np.full(self.plan.shape, NONE)
        with np.errstate(invalid="ignore"):
            placed = self.placed()
            steps = np.nan_to_num((placed - self.covered.low) * (COLOURS / self.covered.span), nan=0.0, posinf=0.0, neginf=0.0)
        codes = 1 + np.clip(steps, 0, COLOURS - 1).astype(np.int64)
        codes[~np.isfinite(placed)] = BROKEN
        if self.kind == "size":
            codes[self.values == 0] = ZERO
        return codes

    # coarse to fine

    def _filled(self, codes: Codes) -> Codes:
        """Cells that wait for their turn, in the colours of those that had theirs: first of the finest gaps, then of wider ones."""
        filled, known = codes.copy(), self.done
        for halving in range(max(map(len, self._levels)) - 1, -1, -1):
            if known.all():
                break
            others = np.ix_(*(levels[min(halving, len(levels) - 1)] for levels in self._levels))
            filled = np.where(known, filled, codes[others])
            known = known | self.done[others]
        return filled

    def nearest(self, index: Index) -> Index | None:
        """The point whose colour this cell has: itself, where it is done; None where there is none yet."""
        for halving in range(max(map(len, self._levels)), -1, -1):
            place = tuple(int(levels[min(halving, len(levels) - 1)][at]) for levels, at in zip(self._levels, index, strict=True))
            place = index if halving == max(map(len, self._levels)) else place
            if self.done[place]:
                return place
        return None

    # the legend

    def legend(self) -> Legend:
        """The labels of the scale, and the words or special values that are there."""
        seen = set(np.unique(self._codes()).tolist())
        special = tuple((code, word) for code, word in SPECIAL.items() if code in seen)
        if self.kind == "word":
            return Legend((), tuple((code, word) for word, code in self.words.items() if code in seen) + special)
        if self.kind == "pace":
            return Legend(tuple(_pace_tick(pace) for pace in PACES), special)
        return Legend(tuple(self._ticks()) if self.covered else (), special)

    def _ticks(self) -> Iterable[Tick]:
        assert self.covered is not None, "a scale without a range has no labels"
        low, high = self.covered
        step = max(1.0 if self.kind == "size" else 0.0, round_up((high - low) / MOST_TICKS))
        for number in range(int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9)) + 1):
            yield Tick((number * step - low) / (high - low), power_of_ten(number * step) if self.kind == "size" else printed(f"{number * step:g}"))

    def text(self, index: Index) -> str:
        """A done point's value in words."""
        value = self.values[index]
        if self._missing[index]:
            return "no such number"
        if self.kind == "word":
            return next(word for word, code in self.words.items() if code == value)
        return short(float(value), 4)


def _pace_tick(pace: float) -> Tick:
    beyond = {MOST_DECADES: "≥", -MOST_DECADES: "≤"}.get(pace, "")
    return Tick(float(pace_codes(np.array(pace))) / (2 * NEUTRAL), signs(f"{beyond}{'+' if pace > 0 else ''}{pace:g}"))


def _nearest(count: int) -> list[NDArray[np.int64]]:
    """For each halving of an axis' gaps, the place among those that had their turn by then which is nearest to each place."""
    turn = depths(count)
    found = []
    for halving in range(int(turn.max(initial=0)) + 1):
        there = np.flatnonzero(turn <= halving)
        found.append(there[np.searchsorted((there[1:] + there[:-1]) / 2, np.arange(count))])
    return found
