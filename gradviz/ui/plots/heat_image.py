"""The heat map's cells: one byte for a layer and an epoch, either a step of the colour scale or a lane for what has no colour. No Qt here."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.ui.plots.heat_quantities import difference
from gradviz.ui.plots.scales import Range

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]

#: No more columns than this; a screen has hardly more, and joining two costs the same however long the run is.
MOST_COLUMNS = 1024
#: Steps of the colour scale.
COLOURS = 250
#: What a cell's byte says: nothing recorded; 1 to COLOURS, a step of the scale; or a lane. Of two lanes in one cell the greater is shown.
NOTHING = 0
BELOW, ABOVE, SUBNORMAL, ZERO, BROKEN = range(COLOURS + 1, COLOURS + 6)


#: The codes in the order in which one overrules another where several epochs have one cell: what is below the scale comes before its lowest step.
BY_RANK = np.array([NOTHING, BELOW, *range(1, COLOURS + 1), ABOVE, SUBNORMAL, ZERO, BROKEN], np.uint8)
RANK = np.argsort(BY_RANK).astype(np.uint8)


class Lane(NamedTuple):
    """What has no place on the colour scale, in a word for the legend and as part of a sentence."""

    word: str
    phrase: str


#: In the order of the legend: the first two stand above the scale, the others below it.
LANES = {
    BROKEN: Lane("NaN, ∞", "NaN or infinite"),
    ABOVE: Lane("above", "above the scale"),
    BELOW: Lane("below", "below the scale"),
    SUBNORMAL: Lane("subnormal", "subnormal"),
    ZERO: Lane("zero", "exactly zero"),
}


class HeatImage:
    """Codes of all recorded epochs, kept up by what is new alone.

    A column is `span` epochs: it is drawn as the greatest of them, above and below the scale included, and a lane (NaN, zero, subnormal)
    that any of them is in overrules that. Of quotients it is the first of them: where profiles are thinned out, no later one is known.
    When there are too many columns they join two by two. Rows are layers, the lowest first.
    """

    def __init__(self, rows: int, scale: Range, smallest_normal: float, every: int = 1, *, quotients: bool = False) -> None:
        self.scale = scale
        self.quotients = quotients
        self.every = every
        self.span = every
        self.columns = 0
        self.seen: frozenset[int] = frozenset()
        self._smallest_normal = smallest_normal
        self._buffer: Codes = np.zeros((rows, MOST_COLUMNS), np.uint8)

    @property
    def codes(self) -> Codes:
        """The cells, (rows, columns)."""
        return self._buffer[:, : self.columns]

    def append(self, epochs: NDArray[np.int64], sizes: Floats, others: Floats | None = None) -> None:
        """Add later epochs (n,), or what the last column's are by now, with absolute values (n, rows), the greatest of what each stands for.

        others (n, rows) are the least of it, where that is something else; of quotients the numbers to divide by.
        """
        self.join_up_to(int(epochs[-1]) // MOST_COLUMNS + 1)
        columns = epochs // self.span
        begins = np.flatnonzero(np.diff(columns, prepend=-1))
        if self.quotients:
            codes = self._colours(sizes[begins], None if others is None else others[begins])
        else:
            codes = self._colours(np.maximum.reduceat(sizes, begins), None)
        lanes = self.lanes(sizes, others)
        if lanes is not None:
            codes = np.maximum(codes, np.maximum.reduceat(lanes, begins))
        places = columns[begins]
        if places[0] == self.columns - 1:
            codes[0] = self._joined(self._buffer[:, places[0]], codes[0])
        self._buffer[:, places] = codes.T
        self.columns = int(places[-1]) + 1
        if codes.max(initial=0) > COLOURS:
            self.seen |= {lane for lane in LANES if lane not in self.seen and (codes == lane).any()}

    def join_up_to(self, span: int) -> None:
        """Join columns two by two until one is at least so many epochs."""
        while self.span < span:
            kept = self._columns_joined(2, lanes=True)
            self.columns = kept.shape[1]
            self._buffer[:] = NOTHING
            self._buffer[:, : self.columns] = kept
            self.span *= 2

    def reduced(self, across: int, up: int) -> Codes:
        """Cells joined for a screen with fewer pixels: so many epochs as in a column, and of so many layers the lowest one's colour, and every lane."""
        lanes = bool(self.seen & {SUBNORMAL, ZERO, BROKEN})
        return np.ascontiguousarray(_leading(self._columns_joined(across, lanes).T, up, lanes).T)

    def _columns_joined(self, every: int, lanes: bool) -> Codes:
        """One column for so many; whether there are lanes matters where the first is shown."""
        if self.quotients or every == 1:
            return _leading(self.codes, every, lanes)
        ranks = RANK[self.codes]
        shown = ranks[:, ::every].copy()
        for other in range(1, min(every, self.columns)):
            later = ranks[:, other::every]
            np.maximum(shown[:, : later.shape[1]], later, out=shown[:, : later.shape[1]])
        return BY_RANK[shown]

    def _joined(self, kept: Codes, later: Codes) -> Codes:
        """What is shown of two cells one after the other."""
        return _first(kept, later) if self.quotients else BY_RANK[np.maximum(RANK[kept], RANK[later])]

    def _colours(self, sizes: Floats, next_sizes: Floats | None) -> Codes:
        found = difference(sizes, next_sizes)
        steps = (found - self.scale.low) * (COLOURS / self.scale.span)
        codes = 1 + np.fmax(np.fmin(steps, COLOURS - 1), 0).astype(np.uint8)
        codes[found < self.scale.low] = BELOW
        codes[found > self.scale.high] = ABOVE
        return codes

    def lanes(self, sizes: Floats, others: Floats | None) -> Codes | None:
        """The lane of each value, 0 where it has a colour; None where all have. Of two numbers, as a quotient has, it is the worse one's lane."""
        found = None
        for values in (sizes, others):
            if values is None or (values.min() >= self._smallest_normal and values.max() < np.inf):
                continue
            lanes = (values < self._smallest_normal) * np.uint8(SUBNORMAL)
            lanes[values == 0] = ZERO
            lanes[~(values < np.inf)] = BROKEN
            found = lanes if found is None else np.maximum(found, lanes)
        return found


def _first(kept: Codes, later: Codes) -> Codes:
    """The first one's colour of two cells, unless one is in a lane that must not get lost."""
    joined: Codes = np.where((later >= SUBNORMAL) | (kept == NOTHING), np.maximum(kept, later), kept)
    return joined


def _leading(codes: Codes, every: int, lanes: bool) -> Codes:
    """One column for so many: the first of them and, where there are any, the lanes of the others."""
    shown = codes[:, ::every]
    if not lanes or every == 1:
        return shown
    shown = shown.copy()
    for other in range(1, min(every, codes.shape[1])):
        later = codes[:, other::every]
        shown[:, : later.shape[1]] = _first(shown[:, : later.shape[1]], later)
    return shown
