"""The right-hand axis of a gradient: where number formats lose digits and end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QPainter
from PyQt6.QtWidgets import QGraphicsItem

from gradviz.core.formats import FORMATS
from gradviz.ui.plots.panel import right_room
from gradviz.ui.plots.plot import POINTS
from gradviz.ui.plots.scales import Range
from gradviz.ui.theme import magnified, plot_font

#: The names of the formats' ends stand so many pixels apart.
NAMES_APART = 11.0
#: In a hall they end so many pixels before the plot does, and are no wider than so many of the usual size.
OFF_EDGE, NAME_ROOM = 4.0, 90.0
#: Which names go where there is no room for all: the run's own format is always first.
IMPORTANCE = ("float32", "float16", "float64", "bfloat16")


def format_ends(own: str) -> list[tuple[float, str]]:
    """Where each number format ends, in decades, and the mark's name; the most important first."""
    names = [own, *(name for name in IMPORTANCE if name != own)]
    ends = [(math.log10(FORMATS[name].smallest_subnormal), f"{name} → 0") for name in names]
    ends += [(math.log10(FORMATS[name].smallest_normal), name) for name in names]
    return ends + [(math.log10(FORMATS[name].largest), f"{name} → ∞") for name in names]


def ends_shown(own: str, *, hall: bool) -> list[tuple[float, str]]:
    """The ends worth a line: those of all formats; in a hall, where lines are clutter, a run in float64 has its own alone, which few gradients reach."""
    ends = format_ends(own)
    return [(decade, name) for decade, name in ends if name.partition(" ")[0] == own] if hall and own == "float64" else ends


class FormatAxis(pg.AxisItem):
    """A right-hand axis that names, and draws across the plot, where number formats lose digits, end at 0, and end at infinity."""

    def __init__(self) -> None:
        super().__init__("right")
        self._hall = magnified(1.0) > 1.0
        self._covered = Range(0.0, 0.0)
        self._ends: list[tuple[float, str]] = []
        self._curves = Range(-math.inf, 0.0)
        self.setWidth(right_room())
        self.setStyle(tickFont=plot_font(POINTS - 2), tickTextOffset=3, tickLength=0, hideOverlappingLabels=False)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.setZValue(-1)  # its lines go behind curves and the box of numbers

    def mark(self, own_format: str, covered: Range, curves: Range | None = None) -> None:
        """Mark the formats' ends within this range; `curves` is where curves begin at the left and end at the right, which names in the plot keep away from."""
        self._covered, self._ends, self._curves = covered, ends_shown(own_format, hall=self._hall), curves or self._curves
        self.picture = None
        self.update()

    def marks(self, low: float, high: float, size: float) -> list[tuple[float, str]]:
        """The marks in view that have room for their names."""
        pixel = magnified(1.0) * (high - low) / max(size, 1.0)
        shown: list[tuple[float, str]] = []
        for decade, name in self._ends:
            inside = max(low, self._covered.low) <= decade <= min(high, self._covered.high)
            if inside and all(abs(decade - other) >= NAMES_APART * pixel for other, _ in shown):
                shown.append((decade, name))
        return shown

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        return [(1.0, sorted(decade for decade, _ in self.marks(minVal, maxVal, size)))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: ARG002
        names = dict(reversed(self._ends))
        return [names[value] for value in values]

    def boundingRect(self) -> QRectF:
        """In a hall with room for the names where pyqtgraph wants to put them, or it leaves them out."""
        whole: QRectF = super().boundingRect()
        return whole if magnified(1.0) <= 1.0 else whole.adjusted(0.0, 0.0, magnified(NAME_ROOM), 0.0)

    def generateDrawSpecs(self, p: QPainter) -> Any:
        """In a hall the names stand in the plot, for there is no room beside it: at the end that curves are farther from, below the lines of small numbers."""
        drawn = super().generateDrawSpecs(p)
        if drawn is None or magnified(1.0) <= 1.0:
            return drawn
        axis, ticks, names = drawn
        return axis, ticks, [(self._in_plot(rect, name), flags, name) for rect, flags, name in names]

    def _in_plot(self, rect: QRectF, name: str) -> QRectF:
        view = self.linkedView()
        plot: QRectF = view.mapRectToItem(self, view.boundingRect())
        decade = next(decade for decade, other in self._ends if other == name)
        at_left = abs(decade - self._curves.low) > abs(decade - self._curves.high)
        left = plot.left() + OFF_EDGE if at_left else plot.right() - rect.width() - OFF_EDGE
        return QRectF(left, rect.top() + (-0.5 if name.endswith("∞") else 0.5) * rect.height(), rect.width(), rect.height())

    def updateAutoSIPrefix(self) -> None:
        """Nothing to prefix."""
