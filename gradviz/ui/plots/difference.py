"""The live run against the pinned ones: how many times as great its gradients are, layer by layer, and its cost over theirs, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from PyQt6 import sip
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QLabel

from gradviz.core.profiles import decades
from gradviz.core.words import scientific
from gradviz.runs.comparison import CostPairs, gradient_decades, gradient_ratio
from gradviz.runs.moment import Ghost, Moment
from gradviz.ui.plots.axes import DecadeAxis
from gradviz.ui.plots.layers import InDecades
from gradviz.ui.plots.marks import Mask
from gradviz.ui.plots.panel import TWO_PLOTS, Panel
from gradviz.ui.plots.pinned import Floats, Pinned, colour_of, pen_of, shortened, when
from gradviz.ui.plots.plot import POINTS, Plot, Subject
from gradviz.ui.plots.scales import Decades, Range, Scale, decade_ticks, exact, power_of_ten, round_up
from gradviz.ui.theme import Theme, magnified, plot_font

NOTHING = "Pin a run (Ctrl+P) to compare with it."
#: Two plots need so many pixels; in less there is room for the ratio alone.
ROOM_FOR_TWO = 260
AXIS = 34
RATIO = Subject("Ratio", "|g live| / |g pinned|", positive=True)
COSTS = Subject("Cost against cost:", "C live", "", "C pinned", positive=True)
BELOW = "below the line: live is lower"
#: Said where layers are compared that do not have the same number, and where costs have no decade.
FROM_THE_OUTPUT = "(equally far from the output)"
LEFT_OUT = "(costs of 0 or NaN left out)"


class Ratios(Decades):
    """Ratios in decades, on an axis around 1 that grows in round steps."""

    def place(self, values: Floats) -> Floats:
        return values

    def covering(self, placed: Floats, before: Range | None) -> Range:
        finite = np.abs(placed[np.isfinite(placed)])
        reach = max(float(finite.max(initial=0.0)), 1.0)
        if before is not None and reach <= before.high:
            return before
        step = round_up(reach / 5)
        top = math.ceil(reach / step) * step
        return Range(-top, top)


class RatioPlot(Plot):
    """A line at 1, and each pinned run's ratio in that run's colour."""

    def _colour(self, number: int) -> str:  # noqa: ARG002 - there is one
        assert self._theme is not None, "colours come with the theme"
        return self._theme.faint

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._axis.setLabel("ratio")  # the whole quotient has no room beside a low plot
        self._axis.resizeEvent()

    def _own_lines(self, place: int) -> list[str]:  # noqa: ARG002 - the line at 1 is no number of the run's
        return []

    def _number(self, value: float) -> str:
        return scientific(1.0, value, 4 if self._narrow else 10)


class Pairs(NamedTuple):
    """The costs of the live run and a pinned one at the same epochs, (n,) each, and the place of the epoch that is shown, if they share any."""

    name: str
    colour: int
    epochs: Floats
    own: Floats
    other: Floats
    now: tuple[float, float] | None


class Costs(InDecades):
    """Decades of costs, both ways alike; without lanes, for a cost of 0 has no place on two axes."""

    def __init__(self) -> None:
        super().__init__()
        self.fixed = False

    def view(self, covered: Range, *, broken: bool) -> Range:  # noqa: ARG002 - what is broken is left out, and the title says so
        beyond = 0.04 * covered.span
        return Range(covered.low - beyond, covered.high + beyond)


class CostPairPlot(Plot):
    """The live run's cost over a pinned one's, a point for each epoch, with the line on which both are alike, and a dot at the epoch that is shown."""

    def __init__(self, item: pg.PlotItem, axis: DecadeAxis, subject: Subject, scales: Sequence[Scale]) -> None:
        super().__init__(item, axis, subject, scales)
        self.pairs: tuple[Pairs, ...] = ()
        self._points = np.empty((0, 2))
        self._pointer: QPointF | None = None
        self._alike = pg.PlotCurveItem()
        self._dots = pg.ScatterPlotItem(size=magnified(9), symbol="o", pxMode=True)
        self._dots.setZValue(5)
        self._ring = pg.ScatterPlotItem(size=magnified(11), symbol="o", brush=None)
        for part in (self._alike, self._dots, self._ring):
            item.addItem(part, ignoreBounds=True)
        item.vb.sigXRangeChanged.connect(self._name_columns)

    def show_pairs(self, pairs: Sequence[Pairs]) -> None:
        """Draw these."""
        self.pairs = tuple(pairs)
        self.across = np.arange(float(any(len(pair.epochs) for pair in pairs)))  # something to read is there
        self.show_pinned([Pinned(pair.name, pair.colour, np.zeros(1), np.empty((0, 1))) for pair in pairs])
        if len(self._curves) != len(pairs):
            self._make_curves()
        self._draw()

    def dots(self) -> Floats:
        """Where the dots of the epoch that is shown are, (n, 2)."""
        return np.column_stack(self._dots.getData()) if len(self._dots.data) else np.empty((0, 2))

    def apply_theme(self, theme: Theme) -> None:
        self._alike.setPen(pg.mkPen(theme.faint, width=self._widths))
        self._ring.setPen(pg.mkPen(theme.text, width=1.5 * self._widths))
        super().apply_theme(theme)

    def _make_curves(self) -> None:
        for curve in self._curves:
            self.item.removeItem(curve)
        self._curves = [pg.PlotCurveItem(connect="finite", skipFiniteCheck=False) for _ in self.pairs]
        for curve in self._curves:
            self.item.addItem(curve)
        self._colour_curves()
        if self._theme is not None:
            self._show_title()

    def _colour_curves(self) -> None:
        if self._theme is not None:
            for curve, pair in zip(self._curves, self.pairs, strict=False):
                curve.setPen(pen_of(self._theme, pair.colour, 1.3 * self._widths))
                curve.opts["antialias"] = True

    def _draw(self) -> None:
        if self._theme is None or not len(self.across):
            return
        self._colour_labels(self._theme.text)
        self._colour_curves()
        placed = [np.column_stack([decades(pair.other), decades(pair.own)]) for pair in self.pairs]
        covered = self.scale.covering(np.concatenate([points.ravel() for points in placed]), self.covered)
        if covered != self.covered or self._axis.scale_drawn is not self.scale:
            self._set_range(covered)
        known = [_rows_known(points) for points in placed]
        note = BELOW if all(there.all() for there in known) else LEFT_OUT
        if note != self._note:
            self._note = note
            self._show_title()
        drawn = [np.where(np.expand_dims(there, 1), points, np.nan) for points, there in zip(placed, known, strict=True)]
        for curve, points in zip(self._curves, drawn, strict=True):
            curve.setData(*points.T)
        self._points = np.concatenate(drawn)
        self._draw_dots()
        self._show_crosshair()

    def _draw_dots(self) -> None:
        assert self._theme is not None, "colours come with the theme"
        now = [(pair, decades(np.array(pair.now))) for pair in self.pairs if pair.now]
        there = [(pair, place) for pair, place in now if np.isfinite(place).all()]
        brushes = [pg.mkBrush(colour_of(self._theme, pair.colour)) for pair, _ in there]
        self._dots.setData(x=[place[1] for _, place in there], y=[place[0] for _, place in there], brush=brushes, pen=pg.mkPen(self._theme.text))

    def _set_range(self, covered: Range) -> None:
        super()._set_range(covered)
        ends = np.array([covered.low - covered.span, covered.high + covered.span])
        self._alike.setData(ends, ends)
        self.set_across(*covered)
        self._name_columns()

    def _name_columns(self, *_: object) -> None:
        """Decades along the bottom too."""
        low, high = self.item.vb.viewRange()[0]
        ticks = decade_ticks(Range(low, high), self.item.vb.width() / magnified(2))
        self.item.getAxis("bottom").setTicks([[(tick, power_of_ten(tick)) for tick in ticks]])

    # the point under the mouse

    def stops(self, row: int = 0) -> Floats:  # noqa: ARG002 - it has one
        return self._points[~np.isnan(self._points).any(axis=1)]

    def hover(self, scene_position: QPointF | None) -> bool:
        self._pointer = scene_position
        return super().hover(scene_position)

    def _place_hovered(self) -> int | None:
        """Which point of all pairs is nearest to the mouse."""
        if self._hovered is None or self._pointer is None or np.isnan(self._points).all():
            return None
        pointer, (columns, rows) = self.item.vb.mapSceneToView(self._pointer), self.item.vb.viewRange()
        pixels = (self.item.vb.width() / (columns[1] - columns[0]), self.item.vb.height() / (rows[1] - rows[0]))
        return int(np.nanargmin((((self._points - (pointer.x(), pointer.y())) * pixels) ** 2).sum(axis=1)))

    def reading(self) -> str:
        place = self._place_hovered()
        if place is None:
            return ""
        pair = self.pairs[0]
        for pair in self.pairs:
            if place < len(pair.epochs):
                break
            place -= len(pair.epochs)
        own, other = float(pair.own[place]), float(pair.other[place])
        return "\n".join([f"epoch {pair.epochs[place]:,.0f}", f"live:  {exact(own)}", f"{shortened(pair.name)}:  {exact(other)}"])

    def _show_crosshair(self) -> None:
        place = self._place_hovered()
        self._ring.setVisible(place is not None)
        self._label.setVisible(place is not None)
        if place is not None:
            across, height = map(float, self._points[place])
            self._ring.setData(x=[across], y=[height])
            self._label.setText(self.reading())
            low, high = self.item.vb.viewRange()[1]
            below = height > (low + high) / 2
            self._label.setAnchor((0, 1 if below else 0))
            self._label.setPos(self._beside(across), low if below else high)


class DifferencePanel(Panel):
    """The live run's gradients divided by each pinned run's, and below them its cost over theirs."""

    def __init__(self) -> None:
        super().__init__("difference", "Difference to a pinned run")
        self.setMinimumHeight(TWO_PLOTS)
        self.ratio = self.add_plot(RATIO, Ratios(), kind=RatioPlot)
        self.costs = self.add_plot(COSTS, Costs(), kind=CostPairPlot)
        self._pairs: dict[int, CostPairs] = {}
        self._layers = 0
        self.nothing = QLabel(NOTHING, self)
        self.nothing.setObjectName("nothing_pinned")
        self.nothing.setFont(plot_font(POINTS))
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        for plot in self.plots:
            plot.item.getAxis("bottom").setHeight(magnified(AXIS))
        self._compares = False
        self._share_room()

    @property
    def quantities(self) -> tuple[str, ...]:
        return ("g", "cost")

    def begin_anew(self) -> None:
        super().begin_anew()
        self._pairs, self._layers = {}, 0

    def apply_theme(self, theme: Theme) -> None:
        self.nothing.setStyleSheet(f"color: {theme.faint}; background: transparent;")
        super().apply_theme(theme)

    def show_moment(self, moment: Moment) -> None:
        if self._compares != bool(moment.ghosts):
            self._compares = bool(moment.ghosts)
            self._share_room()
        if moment.ghosts:
            self._show_ratios(moment)
            self.costs.show_pairs(self._costs(moment))

    def _show_ratios(self, moment: Moment) -> None:
        layers = moment.config.layers
        if self._layers != layers:
            self._layers = layers
            self.ratio.set_layers(layers)
        own = _gradients(moment)
        found = [(ghost, gradient_ratio(own, _gradients(ghost.moment))) for ghost in moment.ghosts]
        other_depth = any(ghost.moment.config.layers != layers for ghost in moment.ghosts)
        self.ratio.show_pinned([Pinned(ghost.name, ghost.colour, ratio.layers, ratio.decades[None], ("",), when(moment, ghost)) for ghost, ratio in found])
        self.ratio.show_curves(np.arange(1, layers), np.zeros((1, layers - 1)), ("1",), FROM_THE_OUTPUT * other_depth)

    def _costs(self, moment: Moment) -> list[Pairs]:
        self._pairs = {place: self._pairs_of(place, moment, ghost) for place, ghost in enumerate(moment.ghosts)}
        found = []
        for ghost, pairs in zip(moment.ghosts, self._pairs.values(), strict=True):
            epochs, own, other = pairs.points()
            found.append(Pairs(ghost.name, ghost.colour, epochs.astype(np.float64), own, other, pairs.at(moment.epoch)))
        return found

    def _pairs_of(self, place: int, moment: Moment, ghost: Ghost) -> CostPairs:
        kept = self._pairs.get(place)
        return kept if kept is not None and kept.of(moment.run, ghost.moment.run) else CostPairs(moment.run, ghost.moment.run)

    # one plot, two or none

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if len(self.plots) == 2 and not sip.isdeleted(self.plots[1].item):  # a view is resized before its plots are made, and after they are gone
            self._share_room()

    def _share_room(self) -> None:
        self.costs.item.setVisible(self.height() >= magnified(ROOM_FOR_TWO))
        for plot in self.plots:
            plot.item.setOpacity(float(self._compares))  # and not hidden: a layout forgets what is
        self.nothing.setVisible(not self._compares)
        self.nothing.setGeometry(self.rect())


def _rows_known(points: Floats) -> Mask:
    """Where both costs have a decade."""
    return np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])


def _gradients(moment: Moment) -> Floats:
    return gradient_decades(moment.frame, None if moment.config.wide else moment.profile)
