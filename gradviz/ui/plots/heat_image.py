"""The heat map's cells: one byte for a layer and an epoch, either a step of the colour scale or a lane for what has no colour. No Qt here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.frames import Frames
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

    A column is `span` epochs: it is drawn as the first of them, above and below the scale included, and a lane (NaN, zero, subnormal)
    that any of them is in overrules that. When there are too many columns they join two by two. Rows are layers, the lowest first.
    """

    def __init__(self, rows: int, scale: Range, smallest_normal: float, every: int = 1) -> None:
        self.scale = scale
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

    def append(self, epochs: NDArray[np.int64], sizes: Floats, next_sizes: Floats | None = None) -> None:
        """Add later epochs (n,) with absolute values (n, rows); with next_sizes the colours are those of the quotient."""
        self.join_up_to(int(epochs[-1]) // MOST_COLUMNS + 1)
        columns = epochs // self.span
        begins = np.flatnonzero(np.diff(columns, prepend=-1))
        codes = self._colours(sizes[begins], None if next_sizes is None else next_sizes[begins])
        lanes = self.lanes(sizes, next_sizes)
        if lanes is not None:
            codes = np.maximum(codes, np.maximum.reduceat(lanes, begins))
        places = columns[begins]
        if places[0] == self.columns - 1:
            codes[0] = _joined(self._buffer[:, places[0]], codes[0])
        self._buffer[:, places] = codes.T
        self.columns = int(places[-1]) + 1
        if codes.max(initial=0) > COLOURS:
            self.seen |= {lane for lane in LANES if lane not in self.seen and (codes == lane).any()}

    def join_up_to(self, span: int) -> None:
        """Join columns two by two until one is at least so many epochs."""
        while self.span < span:
            kept = _leading(self.codes, 2, lanes=True)
            self.columns = kept.shape[1]
            self._buffer[:] = NOTHING
            self._buffer[:, : self.columns] = kept
            self.span *= 2

    def reduced(self, across: int, up: int) -> Codes:
        """Cells joined, so many across and so many up, for a screen with fewer pixels: the first one's colour, and every lane."""
        shown = _leading(_leading(self.codes, across, lanes := bool(self.seen & {SUBNORMAL, ZERO, BROKEN})).T, up, lanes).T
        return np.ascontiguousarray(shown)

    def _colours(self, sizes: Floats, next_sizes: Floats | None) -> Codes:
        found = difference(sizes, next_sizes)
        steps = (found - self.scale.low) * (COLOURS / self.scale.span)
        codes = 1 + np.fmax(np.fmin(steps, COLOURS - 1), 0).astype(np.uint8)
        codes[found < self.scale.low] = BELOW
        codes[found > self.scale.high] = ABOVE
        return codes

    def lanes(self, sizes: Floats, next_sizes: Floats | None) -> Codes | None:
        """The lane of each value, 0 where it has a colour; None where all have. A quotient is in the worse of its two numbers' lanes."""
        found = None
        for values in (sizes, next_sizes):
            if values is None or (values.min() >= self._smallest_normal and values.max() < np.inf):
                continue
            lanes = (values < self._smallest_normal) * np.uint8(SUBNORMAL)
            lanes[values == 0] = ZERO
            lanes[~(values < np.inf)] = BROKEN
            found = lanes if found is None else np.maximum(found, lanes)
        return found


def _joined(kept: Codes, later: Codes) -> Codes:
    """What is shown of two cells one after the other: the first one's colour, unless one is in a lane that must not get lost."""
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
        shown[:, : later.shape[1]] = _joined(shown[:, : later.shape[1]], later)
    return shown


def split(blocks: Sequence[Frames], frames: int) -> Iterator[Frames]:
    """The frames of the blocks, no more than so many together."""
    for block in blocks:
        for begin in range(0, len(block), frames):
            yield block.rows(slice(begin, begin + frames))


def gathered(blocks: Sequence[Frames], frames: int) -> Iterator[list[Frames]]:
    """The blocks, as many together as have so many frames or just more."""
    some: list[Frames] = []
    count = 0
    for block in blocks:
        some.append(block)
        count += len(block)
        if count >= frames:
            yield some
            some, count = [], 0
    if some:
        yield some
