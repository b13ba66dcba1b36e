"""The heat map's cells: one byte for a layer and an epoch, either a step of the colour scale or a lane for what has no colour. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.profiles import decades
from gradviz.core.training import Frames
from gradviz.ui.plots.scales import Decades, Range, exact, round_up, signs

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]

#: No more columns and rows than this; a screen has hardly more, and joining two costs the same however long the run is.
MOST_COLUMNS, MOST_ROWS = 1024, 512
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


class HeatQuantity(NamedTuple):
    """What the heat map can show: a column of the frames, or how it changes from each layer to the one before."""

    name: str
    symbol: str
    column: str
    help: str
    first: int
    by_sample: bool
    factor: bool = False

    @property
    def formula(self) -> str:
        return f"log₁₀{self.symbol}"

    def layers(self, count: int) -> slice:
        """The layers that have a row, of a network of so many: evenly spaced up to the last, and no more than MOST_ROWS."""
        end = count - 1 if self.factor else count
        step = max(1, math.ceil((end - self.first) / MOST_ROWS))
        return slice(self.first + (end - 1 - self.first) % step, end, step)

    def sizes(self, blocks: Sequence[Frames], sample: int | slice, layers: slice) -> tuple[Floats, Floats | None]:
        """Absolute values of a sample, or of several, (frames, rows) or (frames, samples, rows); of a factor those of the layers after, too."""
        following = slice(layers.start + 1, layers.stop + 1, layers.step)
        return self._sizes(blocks, sample, layers), self._sizes(blocks, sample, following) if self.factor else None

    def _sizes(self, blocks: Sequence[Frames], sample: int | slice, layers: slice) -> Floats:
        columns = [getattr(block, self.column) for block in blocks]
        parts = [(column[:, sample] if self.by_sample else column)[..., layers] for column in columns]
        found: Floats = np.concatenate(parts)
        return np.abs(found, out=found)

    def reach(self, block: Frames, layers: slice, smallest_normal: float) -> Floats:
        """The least and the greatest decade of each frame, all samples together, (frames, 2); NaN where every value is in a lane."""
        sizes, next_sizes = self.sizes([block], slice(None), layers)
        found = _difference(sizes, next_sizes)
        for values in (sizes, next_sizes):
            if values is not None:
                found[~((values >= smallest_normal) & (values < np.inf))] = np.nan
        rows = found.reshape(len(block), -1)
        return np.column_stack([np.fmin.reduce(rows, axis=1), np.fmax.reduce(rows, axis=1)])

    def range_for(self, reach: Floats, smallest_normal: float, *, more_follow: bool = False) -> Range:
        """The scale in decades for frames that reach so far: round, and with no colours for what is subnormal; with room for those that follow."""
        low, high = float(np.nanmin(reach)), float(np.nanmax(reach))
        if not self.factor:
            low, high = Decades(fixed=more_follow and self.column != "h").covering(np.array([low, high]), None)
            low = max(low, math.floor(math.log10(smallest_normal)))
            return Range(low, max(high, low + 1))
        low, high = min(0.0, low), max(0.0, high)
        step = round_up(max(high - low, 0.01) / 5)
        return Range((math.floor(low / step - 0.5)) * step, (math.ceil(high / step + 0.5)) * step)

    def reading(self, frame: Frames, sample: int, layer: int) -> list[str]:
        """The exact number of one frame and layer, and its decades, a line each."""
        values = getattr(frame, self.column)[-1]
        values = values[sample] if self.by_sample else values
        shown = (layer, layer + 1) if self.factor else (layer,)
        names = [f"{self.column}[{number:,}]" if self.factor else self.column for number in shown]
        lines = [f"{name} = {exact(values[number])}" for name, number in zip(names, shown, strict=True)]
        sizes = np.abs(values[list(shown)])
        found = _difference(sizes[:1], sizes[1:] if self.factor else None)[0]
        return [*lines, f"{self.formula} = {signs(f'{found:.2f}')}"] if np.isfinite(found) else lines


QUANTITIES = {
    quantity.name: quantity
    for quantity in (
        HeatQuantity("g", "|g|", "g", "the gradient ∂C/∂u of each layer", 1, True),
        HeatQuantity("h", "|h|", "h", "the activation of each layer", 0, True),
        HeatQuantity("dw", "|dw|", "dw", "the weight gradient ∂C/∂w of each layer", 1, False),
        HeatQuantity(
            "factor",
            "|g[k] / g[k+1]|",
            "g",
            "the factor by which layer k shrinks the gradient that layer k + 1 passes back: −3 is three decades taken off",
            1,
            True,
            True,
        ),
    )
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
        found = _difference(sizes, next_sizes)
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


def _difference(sizes: Floats, next_sizes: Floats | None) -> Floats:
    """log10 of the values, or of their quotient."""
    if next_sizes is None:
        return decades(sizes)
    with np.errstate(invalid="ignore"):  # of two zeros: they are in their lane
        return decades(sizes) - decades(next_sizes)


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
