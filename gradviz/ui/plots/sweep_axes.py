"""The axes of a sweep's map: one cell for each value, labelled with round values where there are many, and the bar that says what colours mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter

from gradviz.runs.sweeps import Axis
from gradviz.ui.plots.axes import PlainAxis
from gradviz.ui.plots.bar import BAR_WIDTH, Bar
from gradviz.ui.plots.plot import POINTS
from gradviz.ui.plots.scales import power_of_ten, printed, round_up
from gradviz.ui.plots.sweep_shades import Legend
from gradviz.ui.theme import Theme, plot_font

#: Labels stand at least so many pixels apart: below a map, and beside it.
ACROSS, UP = 62.0, 26.0
#: A longer word is cut: it would take the map's room.
LONGEST = 14
SWATCH = 10.0
BAR_ROOM = 104


def labels(axis: Axis, wanted: float) -> list[tuple[float, str]]:
    """Places and texts of at most about so many labels: of every value, or of round ones that lie between."""
    count = len(axis.values)
    rising = axis.numeric and count > 1 and bool(np.all(np.diff(axis.values) > 0))
    if count <= wanted or not rising:
        every = max(1, math.ceil(count / max(1.0, wanted)))
        return [(float(place), _cut(axis.short(place))) for place in range(0, count, every)]
    if axis.log:
        return _powers(axis, wanted)
    low, high = float(axis.values[0]), float(axis.values[-1])
    step = max(round_up((high - low) / wanted), 1.0 if isinstance(axis.values[0], int) else 0.0)
    rounds = [number * step for number in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    return [(_place(axis, value), printed(f"{value:g}")) for value in rounds]


def _powers(axis: Axis, wanted: float) -> list[tuple[float, str]]:
    """Labels of an axis of equal factors: powers of ten, and between few of them what is 2 and 5 times as much."""
    low, high = float(axis.values[0]), float(axis.values[-1])
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    every = max(1, math.ceil((last - first + 1) / wanted))
    within = (1, 2, 5) if (last - first + 1) * 3 <= wanted else (1,)
    values = [factor * 10.0**power for power in range(first - 1, last + 1, every) for factor in within]
    return [(_place(axis, value), _power(value)) for value in values if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]


def _power(value: float) -> str:
    return f"{value:,g}" if 1e-3 <= value < 1e4 else power_of_ten(math.log10(value)) if math.log10(value) == round(math.log10(value)) else f"{value:.0e}"


def _place(axis: Axis, value: float) -> float:
    if axis.log:
        return float(np.interp(math.log(value), np.log(axis.values), np.arange(len(axis.values))))
    return float(np.interp(value, axis.values, np.arange(len(axis.values))))


def _cut(word: str) -> str:
    return word if len(word) <= LONGEST else word[: LONGEST - 1] + "…"


class ValueAxis(PlainAxis):
    """An axis along which each value has the same room."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self._axis: Axis | None = None
        self._texts: dict[float, str] = {}
        self.setStyle(tickLength=4, tickFont=plot_font(POINTS - 1), hideOverlappingLabels=False)  # those at the ends would go too

    def show_values(self, axis: Axis | None) -> None:
        """Label these values from now on; none for an axis that has nothing to say."""
        self._axis = axis
        self.picture = None
        self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: ARG002 - the whole axis is always in view
        if self._axis is None:
            return []
        self._texts = dict(labels(self._axis, max(1.0, size / (ACROSS if self.orientation == "bottom" else UP))))
        return [(1.0, list(self._texts))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: ARG002 - the texts are known
        return [self._texts.get(value, "") for value in values]


class SweepBar(Bar):
    """What the colours mean: a scale with its labels, and squares with words below it."""

    def __init__(self) -> None:
        super().__init__(BAR_ROOM)
        self.legend = Legend((), ())

    def show_legend(self, legend: Legend, colours: list[int], theme: Theme) -> None:
        """Paint this legend; the colours are those of the codes, as Qt's QRgb."""
        if (legend, colours) != (self.legend, self._colours):
            self.legend = legend
            widest = max((QFontMetricsF(self._font).horizontalAdvance(word) for _, word in legend.words), default=0.0)
            self.setWidth(max(72, math.ceil(widest + SWATCH + 18)))
            self.use(colours, theme)

    def paint(self, painter: QPainter, *_: object) -> None:
        if not self._colours:
            return
        painter.setFont(self._font)
        row, height = self._row + 4.0, self.size().height()
        top = 0.0
        if self.legend.ticks:
            bar = QRectF(8.0, 0.5 * self._row, BAR_WIDTH, max(8.0, height - self._row - row * len(self.legend.words)))
            self.paint_bands(painter, bar, self._colours[240:0:-4])
            for tick in self.legend.ticks:
                self.paint_tick(painter, bar, bar.bottom() - tick.share * bar.height(), tick.text)
            top = bar.bottom() + 0.5 * self._row
        for number, (code, word) in enumerate(self.legend.words):
            square = QRectF(8.0, top + (number + 0.5) * row - SWATCH / 2, SWATCH, SWATCH)
            painter.fillRect(square, QColor.fromRgb(self._colours[code]))
            self.outline(painter, square)
            self.write(painter, square.right() + 5, square.center().y(), word)
