"""What the plots of a gradient's factors have in common: their axes, and the layer under the mouse."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QGraphicsRectItem

from gradviz.core.words import scientific
from gradviz.ui.plots.axes import DecadeAxis
from gradviz.ui.plots.plot import TITLE_ROOM, Plot, Subject
from gradviz.ui.plots.scales import Decades, Linear, Range, Scale, round_up, signs
from gradviz.ui.theme import Theme, magnified

Floats = NDArray[np.float64]

#: A highlighted layer is at least so many pixels wide.
LEAST_BAND = 3.0
#: A layer that takes less than this many decades is nothing beside those that make a gradient vanish; the axis begins no smaller.
LEAST_DECADES = 0.1
#: Labels of the vertical axis are about so many pixels apart, and no more than these.
TICKS_APART, MOST_TICKS = 18.0, 8.0
#: What of a range stays free on both sides of it.
MARGIN = 0.06


class Parts(Linear):
    """Decades per layer on a linear axis around 0, with a lane below for factors that are exactly 0 from when there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.zero_seen = False

    def covering(self, placed: Floats, before: Range | None) -> Range:
        """The range with 0 in it and room on both sides: as it was while the values fit, else widened to round numbers."""
        low, high = float(placed.min(initial=0.0)), float(placed.max(initial=0.0))
        if before is not None:
            if before.low <= low and high <= before.high:
                return before
            low, high = min(low, before.low), max(high, before.high)
        span = max(high - low, LEAST_DECADES)
        low, high = min(low, -0.2 * span), max(high, 0.2 * span)
        step = round_up((high - low) / 5)
        return Range(math.floor(low / step) * step, math.ceil(high / step) * step)

    def view(self, covered: Range, *, broken: bool) -> Range:
        return _with_lanes(self, covered, broken)


class InDecades(Decades):
    """A decade axis for numbers that are in decades already, for they may lie far outside float64; it has lanes from when something is in them."""

    def __init__(self) -> None:
        super().__init__(fixed=True)
        self.zero_seen = False

    def place(self, values: Floats) -> Floats:
        return values

    def view(self, covered: Range, *, broken: bool) -> Range:
        return _with_lanes(self, covered, broken)


def _with_lanes(scale: Parts | InDecades, covered: Range, broken: bool) -> Range:
    below = 1.5 * (covered.low - scale.zero_lane(covered)) if scale.zero_seen else MARGIN * covered.span
    above = 1.5 * (scale.broken_lane(covered) - covered.high) if broken else MARGIN * covered.span
    return Range(covered.low - below, covered.high + above)


class LayerPlot(Plot):
    """A plot by layer that highlights the layer under the mouse; the panel says its equation."""

    #: Labels on the vertical axis are no closer than this many decades.
    least_step = 0.0

    legend_below = False  # two plots share the panel's height

    def __init__(self, item: pg.PlotItem, axis: DecadeAxis, subject: Subject, scales: Sequence[Scale]) -> None:
        self._ticks: list[tuple[float, str]] = []
        super().__init__(item, axis, subject, scales)
        self.equation = ""
        self.layer: int | None = None
        self.title_height = magnified(TITLE_ROOM)
        item.vb.sigYRangeChanged.connect(self._name_ticks)
        self._band = QGraphicsRectItem()
        self._band.setPen(pg.mkPen(None))
        self._band.setZValue(10)
        self._band.hide()
        item.addItem(self._band, ignoreBounds=True)

    def highlight(self, layer: int | None) -> None:
        """Highlight this layer, or none."""
        self.layer = layer
        self._band.setVisible(layer is not None)
        if layer is not None:
            (left, right), (low, high) = self.item.vb.viewRange()
            wide = max(1.0, LEAST_BAND * (right - left) / max(self.item.vb.width(), 1.0))
            self._band.setRect(QRectF(layer - wide / 2, low, wide, high - low))

    def layer_at(self, scene_position: QPointF) -> int | None:
        """The layer at a place of the scene, None where the plot is not."""
        if not self.item.isVisible() or not len(self.across) or not self.item.vb.sceneBoundingRect().contains(scene_position):
            return None
        return int(self.across[self._nearest(float(self.item.vb.mapSceneToView(scene_position).x()))])

    def reading(self) -> str:
        return self.equation

    def begin_anew(self) -> None:
        super().begin_anew()
        self._ticks = []

    def apply_theme(self, theme: Theme) -> None:
        shade = QColor(theme.accent)
        shade.setAlpha(90)
        self._band.setBrush(pg.mkBrush(shade))
        super().apply_theme(theme)

    def _show_crosshair(self) -> None:
        """The highlighted layer and the panel's equation are there instead."""

    def _show_title(self) -> None:
        super()._show_title()
        self.item.titleLabel.setMaximumHeight(self.title_height)  # pyqtgraph gives it 30, which two plots in one panel do not have
        self.item.layout.setRowFixedHeight(0, self.title_height)

    def _set_range(self, covered: Range) -> None:
        super()._set_range(covered)
        self._name_ticks()

    def _name_ticks(self, *_: object) -> None:
        """Label round decades, closer together than where one plot has the whole panel, and the lanes in words."""
        if self.covered is None:
            return
        low, high = self.item.vb.viewRange()[1]
        inside = Range(max(low, self.covered.low), min(high, self.covered.high))
        if inside.span <= 0:
            return
        pixels = self.item.vb.height() / magnified(1.0) * inside.span / (high - low)
        step = max(round_up(inside.span / max(1.0, pixels / max(TICKS_APART, pixels / MOST_TICKS))), self.least_step)
        counts = range(math.ceil(inside.low / step - 1e-9), math.floor(inside.high / step + 1e-9) + 1)
        ticks = [(step * count, self._decades_named(step * count)) for count in counts] + [
            lane for lane in self._lane_names(self.covered) if low < lane[0] < high
        ]
        if ticks != self._ticks:
            self._ticks = ticks
            self._axis.setTicks([ticks])

    def _decades_named(self, decades: float) -> str:
        short = f"{decades:.10g}"
        return scientific(decades, math.log10(abs(decades)), 2) if "e" in short else signs(short)

    def _lane_names(self, covered: Range) -> list[tuple[float, str]]:
        """Where lanes are, and what they are called."""
        return [(self.scale.broken_lane(covered), "NaN, ∞")] * self._axis.broken_seen
