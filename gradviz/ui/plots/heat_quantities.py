"""What the heat map can show: which numbers of a layer and an epoch have a colour, and how a box prints them. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.frames import STATISTICS, Frames, WideFrames
from gradviz.core.profiles import decades
from gradviz.ui.plots.scales import Decades, Range, exact, round_up, signs

Floats = NDArray[np.float64]

#: No more rows than this: a screen has hardly more.
MOST_ROWS = 512
#: The root mean square has the colour of a wide layer; where its percentiles were worked out, a box of numbers has these too.
RMS = STATISTICS.index("rms")
SPREAD = {"median": STATISTICS.index("p50"), "max": STATISTICS.index("max")}
#: The column with the percentiles of a column's absolute values, where it is another one.
ABSOLUTE = {"h": "size"}


class Spans(NamedTuple):
    """Kept frames, and the least and the greatest numbers of the span that each stands for; the frames themselves where all are kept."""

    frames: Frames
    low: Frames
    high: Frames


class HeatQuantity(NamedTuple):
    """What the heat map can show: a column of the frames, or how it changes from each layer to the one before; of a wide layer its root mean square."""

    name: str
    symbol: str
    column: str
    help: str
    first: int
    by_sample: bool
    factor: bool = False
    wide: bool = False

    @property
    def formula(self) -> str:
        return f"log₁₀ {self.symbol}" if self.wide else f"log₁₀{self.symbol}"

    @property
    def choice(self) -> str:
        """What a list of quantities calls it."""
        return "factor" if self.factor else self.symbol

    def layers(self, count: int) -> slice:
        """The layers that have a row, of a network of so many: evenly spaced up to the last, and no more than MOST_ROWS."""
        end = count - 1 if self.factor else count
        step = max(1, math.ceil((end - self.first) / MOST_ROWS))
        return slice(self.first + (end - 1 - self.first) % step, end, step)

    def sizes(self, blocks: Sequence[Frames], sample: int | slice, layers: slice) -> tuple[Floats, Floats | None]:
        """Absolute values of a sample, or of several, (frames, rows) or (frames, samples, rows); of a factor those of the layers after, too."""
        following = slice(layers.start + 1, layers.stop + 1, layers.step)
        return self._sizes(blocks, sample, layers), self._sizes(blocks, sample, following) if self.factor else None

    def frames_of(self, spans: Spans) -> list[Frames]:
        """All frames with numbers that occurred in these spans; of a factor the first ones, for extremes of different epochs have no quotient."""
        return [spans.frames] if self.factor or spans.low is spans.frames else list(spans)

    def extremes(self, spans: Sequence[Spans], sample: int, layers: slice) -> tuple[Floats, Floats | None]:
        """As sizes() of frames, but the greatest values of their spans, and the least; of a factor as of the first frames, for no others are known.

        Where numbers of both signs are in a span, some may have been nearer to 0 than the least that is known.
        """
        sizes, others = self.sizes([some.frames for some in spans], sample, layers)
        if self.factor or all(some.low is some.frames for some in spans):
            return sizes, others
        low, high = (self._values([some[place] for some in spans], sample, layers) for place in (1, 2))
        ends = np.abs(low), np.abs(high)
        return np.maximum(sizes, np.fmax(*ends)), np.fmin(sizes, np.fmin(*ends))

    def _sizes(self, blocks: Sequence[Frames], sample: int | slice, layers: slice) -> Floats:
        found = self._values(blocks, sample, layers)
        return np.abs(found, out=found)

    def _values(self, blocks: Sequence[Frames], sample: int | slice, layers: slice) -> Floats:
        columns = [getattr(block, self.column) for block in blocks]
        row = RMS if self.wide else sample if self.by_sample else None
        parts = [(column if row is None else column[:, row])[..., layers] for column in columns]
        found: Floats = np.concatenate(parts)
        return found

    def reach(self, block: Frames, layers: slice, smallest_normal: float) -> Floats:
        """The least and the greatest decade of each frame, all samples together, (frames, 2); NaN where every value is in a lane."""
        sizes, next_sizes = self.sizes([block], slice(None), layers)
        found = difference(sizes, next_sizes)
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

    def reading(self, frame: Frames, sample: int, layer: int, *, spread: bool = True) -> list[str]:
        """The exact number of one frame and layer, and its decades, a line each; of a wide layer its spread too."""
        values = getattr(frame, self.column)[-1]
        values = values[RMS] if self.wide else values[sample] if self.by_sample else values
        shown = (layer, layer + 1) if self.factor else (layer,)
        column = f"rms {self.column}" if self.wide else self.column
        names = [f"{column}[{number:,}]" if self.factor else column for number in shown]
        lines = [f"{name} = {exact(values[number])}" for name, number in zip(names, shown, strict=True)]
        lines += self.spread(frame, layer) if spread and self.wide and not self.factor else []
        sizes = np.abs(values[list(shown)])
        found = difference(sizes[:1], sizes[1:] if self.factor else None)[0]
        return [*lines, f"{self.formula} = {signs(f'{found:.2f}')}"] if np.isfinite(found) else lines

    def spread(self, frame: Frames, layer: int) -> list[str]:
        """Median and greatest of a wide layer's absolute values, a line each, where the frame has them."""
        values = getattr(frame, ABSOLUTE.get(self.column, self.column))[-1, :, layer]
        return [f"{word} |{self.column}| = {exact(values[row])}" for word, row in SPREAD.items() if not np.isnan(values[row])]


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
#: The same of a wide network.
WIDE_QUANTITIES = {
    quantity.name: quantity
    for quantity in (
        HeatQuantity("g", "rms g", "g", "the root mean square of the gradient ∂C/∂u over each layer's units and the batch's samples", 1, False, wide=True),
        HeatQuantity("h", "rms h", "h", "the root mean square of the activation over each layer's units and the batch's samples", 0, False, wide=True),
        HeatQuantity("dw", "rms dw", "dw", "the root mean square of the weight gradient ∂C/∂w over each layer's weights", 1, False, wide=True),
        HeatQuantity(
            "factor",
            "rms g[k] / rms g[k+1]",
            "g",
            "the factor by which layer k shrinks the root mean square of the gradient that layer k + 1 passes back: −3 is three decades taken off",
            1,
            False,
            True,
            wide=True,
        ),
    )
}


def numbers(frame: Frames, sample: int, layer: int, shown: HeatQuantity) -> list[str]:
    """Every number that a frame has of a layer, a line each; of a wide one the root mean squares, and what is known of the spread of what is shown."""
    wide = isinstance(frame, WideFrames)
    lines = []
    for name in ("g", "h", "dw", "w"):
        column = getattr(frame, name)
        profile = column[-1] if column.ndim == 2 else column[-1, RMS if wide else sample]
        lines += [f"{'rms ' * wide}{name} = {exact(profile[layer])}"] * bool(layer or name == "h")
        if wide and name == shown.column:
            lines += shown.spread(frame, layer) or ["median and max were not worked out at this epoch"]
    return lines


def difference(sizes: Floats, next_sizes: Floats | None) -> Floats:
    """log10 of the values, or of their quotient."""
    if next_sizes is None:
        return decades(sizes)
    with np.errstate(invalid="ignore"):  # of two zeros: they are in their lane
        return decades(sizes) - decades(next_sizes)
