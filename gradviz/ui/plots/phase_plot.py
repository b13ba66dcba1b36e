"""The phase map's plot: coloured cells, the critical line and the trainable depth's, a ring where the experiment stands, and dots of finished runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QPointF, QRectF, Qt

from gradviz.ui.plots.axes import DecadeAxis
from gradviz.ui.plots.heat_cells import Cells
from gradviz.ui.plots.phase_bar import colour_table
from gradviz.ui.plots.phase_image import PhaseImage, contour
from gradviz.ui.plots.phase_labels import CRITICAL, CRITICAL_SHORT, PhaseLabels, on_scene
from gradviz.ui.plots.phase_marks import DOT, MARKS, RING, STAR, FromZero, legend, ring
from gradviz.ui.plots.phase_points import Finished, Point
from gradviz.ui.plots.plot import DASH_SIGNS, POINTS, Plot, Subject
from gradviz.ui.plots.scales import Range, Scale
from gradviz.ui.plots.titles import Wording, first_fitting
from gradviz.ui.theme import PLOT_FONT, Theme, magnified, plot_font

#: Zooming and dragging end here: standard deviations are no less than 0, and beyond a thousand nothing is new.
FARTHEST, NEAREST = 1000.0, 1e-3
#: The numbers of the axis of sigma_b are short: it is so many pixels wide.
AXIS_ROOM = 50
#: A dot so near to the mouse, in pixels, is named.
NEAR = 9.0


class PhasePlot(Plot):
    """The plane of sigma_w and sigma_b in colours, with lines, a ring and dots on it."""

    def __init__(self, item: pg.PlotItem, axis: DecadeAxis, subject: Subject, scales: Sequence[Scale]) -> None:
        self.image: PhaseImage | None = None
        #: The decades per layer, of either sign, at which this network's depth is the trainable one.
        self.depth_level = 0.0
        self.activation, self.layers = "", 0
        #: What the title says of the experiment, each in more and in fewer words.
        self.remarks: Sequence[tuple[str, str]] = ()
        #: What the box says of a place, or of a dot.
        self.describe: Callable[[Point], Sequence[str]] = lambda _point: ()
        #: The place that a click at this one takes.
        self.rounded: Callable[[Point], Point] = lambda point: point
        #: Draws what is still to be drawn: a picture waits for it.
        self.complete: Callable[[], None] = lambda: None
        self.dots: tuple[Finished, ...] = ()
        self.ring: Point | None = None
        self.aimed = False
        self._pointer: QPointF | None = None
        self._written: tuple[str, float] | None = None
        self._placed: object = None
        self.cells = Cells()
        self.critical, self._ground_line, self.depth = (pg.PlotCurveItem(connect="finite", skipFiniteCheck=False, antialias=True) for _ in range(3))
        self._level = pg.InfiniteLine(angle=0)
        self._dots = pg.ScatterPlotItem(size=magnified(DOT), pxMode=True)
        self._ring_ground, self._ring = (pg.ScatterPlotItem(size=magnified(RING), pxMode=True, symbol=ring(), brush=None) for _ in range(2))
        self.labelled = PhaseLabels(item.vb)
        super().__init__(item, axis, subject, scales)

    def _prepare(self) -> None:
        super()._prepare()
        self._axis.setWidth(magnified(AXIS_ROOM))
        parts = (self.cells, self._ground_line, self.depth, self.critical, *self.labelled.all, self._level)
        for number, part in enumerate((*parts, self._dots, self._ring_ground, self._ring)):
            part.setZValue(number - len(parts) - 3)
            self.item.addItem(part, ignoreBounds=True)
        self._level.setVisible(False)
        self._label.setFont(plot_font(POINTS - 1))
        for side in ("left", "bottom"):  # inward ticks would lie on the cells
            self.item.getAxis(side).setStyle(tickLength=4, hideOverlappingLabels=False)
        self.item.vb.setLimits(xMin=0.0, yMin=-1.0, xMax=FARTHEST, yMax=FARTHEST, minXRange=NEAREST, minYRange=NEAREST)
        self.item.vb.sigRangeChanged.connect(self._on_view_changed)

    # what it shows

    def be_of(self, activation: str, layers: int, remarks: Sequence[tuple[str, str]]) -> None:
        """The map is of this activation, and the network has so many layers."""
        if (activation, layers, remarks) != (self.activation, self.layers, self.remarks):
            self.activation, self.layers, self.remarks = activation, layers, remarks
            if self._theme is not None:
                self._show_title()

    def show_part(self, across: Range, up: Range) -> None:
        """Show this part of the plane, and come back to it after a person has zoomed."""
        self.by_hand = False
        self.scale, self.covered = FromZero(up), None
        self.set_across(*across)
        self.show_curves(np.arange(2), np.empty((0, 2)), ())  # no curves: the axes alone

    def set_across(self, low: float, high: float) -> None:
        """Without a margin: left of 0 there is no map."""
        self._whole = Range(low, high)
        if not self.by_hand:
            self.item.vb.setXRange(low, high, padding=0)

    @property
    def part(self) -> tuple[Range, Range]:
        """The part of the plane that is shown."""
        (left, right), (low, high) = self.item.vb.viewRange()
        return Range(max(0.0, float(left)), float(right)), Range(max(0.0, float(low)), float(high))

    def show_image(self, image: PhaseImage) -> None:
        """Draw this map's cells; its lines come with show_lines."""
        before, self.image = self.image, image
        self.cells.show_codes(image.codes, QRectF(image.across.low, image.up.low, image.across.span, image.up.span))
        if before is None or before.activation != image.activation:
            for line in (self._ground_line, self.critical, self.depth):
                line.setData([], [])
        if before is None or before[:3] != image[:3]:
            self.labelled.name_regions(image)

    def show_lines(self, depth_level: float) -> None:
        """Draw the critical line, and those along which the trainable depth is reached at so many decades per layer, of either sign."""
        image = self.image
        if image is None:
            return
        self.depth_level = depth_level
        critical = contour(image, 0.0)
        for line in (self._ground_line, self.critical):
            line.setData(*critical.T)
        self.depth.setData(*np.concatenate([contour(image, -depth_level), contour(image, depth_level)]).T)
        self.labelled.name_line(critical)

    def show_ring(self, point: Point | None, *, aimed: bool) -> None:
        """Put the ring here: where the experiment stands, or where a person aims."""
        if (point, aimed) != (self.ring, self.aimed):
            self.ring, self.aimed = point, aimed
            self._draw_ring()
            if self._theme is not None:
                self._colour_ring(self._theme)
            self._show_crosshair()

    def _draw_ring(self) -> None:
        (left, right), (low, high) = self.part
        point = self.ring
        inside = point and ([min(max(point.sigma_w, left), right)], [min(max(point.sigma_b, low), high)])
        for drawn in (self._ring_ground, self._ring):
            drawn.setData(*(inside or ([], [])))

    def show_dots(self, dots: tuple[Finished, ...]) -> None:
        """Mark these finished runs."""
        if dots == self.dots:
            return
        self.dots = dots
        self._draw_dots()
        self._name_axes()

    def _draw_dots(self) -> None:
        if self._theme is None:
            return
        marks = [MARKS[dot.kind] for dot in self.dots]
        self._dots.setData(
            x=[dot.point.sigma_w for dot in self.dots],
            y=[dot.point.sigma_b for dot in self.dots],
            symbol=[mark.symbol for mark in marks],
            size=[magnified(STAR if mark.symbol == "star" else DOT) for mark in marks],
            brush=[pg.mkBrush(mark.shade(self._theme)) for mark in marks],
            pen=pg.mkPen(self._theme.plot, width=1.2 * self._widths),
        )

    # colours and words

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        for side in ("left", "bottom"):
            self.item.getAxis(side).setGrid(False)  # it would lie on the colours
        self.cells.colour(colour_table(theme))
        thick = self._widths
        self._ground_line.setPen(pg.mkPen(theme.plot, width=5.0 * thick))
        self.critical.setPen(pg.mkPen(theme.text, width=2.5 * thick))
        self.depth.setPen(pg.mkPen(theme.text, width=1.2 * thick, style=Qt.PenStyle.DashLine))
        for line in (self._line, self._level):
            line.setPen(pg.mkPen(theme.text, width=thick, style=Qt.PenStyle.DotLine))
        self.labelled.apply_theme(theme)
        self._ring_ground.setPen(pg.mkPen(theme.plot, width=5.0 * thick))
        self._colour_ring(theme)
        self._draw_dots()
        self._name_axes()

    def _colour_ring(self, theme: Theme) -> None:
        self._ring.setPen(pg.mkPen(theme.accent if self.aimed else theme.text, width=2.0 * self._widths))

    def _name_axes(self) -> None:
        """The axis of weights has room for what the dots mean."""
        if self._theme is None:
            return
        room = float(self.item.vb.width()) + 2 * magnified(AXIS_ROOM)  # the words are centred, and have as much room at either side as the left axis takes
        words = legend(self.subject.across, "σw", self.dots, self._theme, room)
        self.item.setLabel("bottom", words, **{"color": self._theme.text, "font-family": PLOT_FONT, "font-size": f"{magnified(POINTS)}pt"})
        self.item.getAxis("bottom").resizeEvent()  # pyqtgraph centres a label only then

    def set_axis_cache(self, on: bool) -> None:
        if not on:
            self.complete()
        super().set_axis_cache(on)
        self.item.getAxis("right").setCacheMode(self.item.getAxis("left").cacheMode())

    def _colour(self, number: int) -> str:  # noqa: ARG002 - all lines are the text's
        assert self._theme is not None, "colours come with the theme"
        return self._theme.text

    def _fitting_title(self, room: float) -> tuple[str, list[str]]:
        """First the words go, then the legend; what is said of the experiment stays."""
        titles = [f"{self.subject.title} of {self.activation}", self.subject.title]
        solid, dashed = DASH_SIGNS[:2]
        depths = [f"{dashed} {self.layers:,} layers are trainable", f"{dashed} {self.layers:,} layers"]
        legends = [[f"{solid} {CRITICAL}", depths[0]], [f"{solid} {CRITICAL_SHORT}", depths[0]], [f"{solid} {CRITICAL_SHORT}", depths[1]], [depths[1]], []]
        if not self.activation:
            return self.subject.title, []
        tried: list[Wording] = [(title, [*legend, *(words[place] for words in self.remarks)]) for legend in legends for place in (0, -1) for title in titles]
        return first_fitting(room, tried)

    # a place under the mouse, or aimed at

    def point_at(self, scene_position: QPointF) -> Point | None:
        """The place of the plane at this one of the scene, on the axis where it is nearly there; None outside the map."""
        if not self.item.vb.sceneBoundingRect().contains(scene_position):
            return None
        place = self.item.vb.mapSceneToView(scene_position)
        wide, tall = self.item.vb.viewPixelSize()
        across, up = (0.0 if value < 3 * pixel else value for value, pixel in ((place.x(), wide), (place.y(), tall)))
        return self.rounded(Point(float(across), float(up)))

    def dot_at(self, scene_position: QPointF) -> Finished | None:
        """The dot that is nearest to this place of the scene, where one is near; the newest of several."""
        near = [(self._distance(dot.point, scene_position), -number) for number, dot in enumerate(self.dots)]
        away, number = min(near, default=(math.inf, 0))
        return self.dots[-number] if away <= NEAR else None

    def _distance(self, point: Point, scene_position: QPointF) -> float:
        away = self.item.vb.mapViewToScene(QPointF(*point)) - scene_position
        return math.hypot(away.x(), away.y())

    def hover(self, scene_position: QPointF | None) -> bool:
        self._pointer = scene_position
        self._show_crosshair()
        return self._place_shown() is not None

    def _place_shown(self) -> Point | None:
        """The place that the box is about: the mouse's, or the one aimed at."""
        under = self.point_at(self._pointer) if self._pointer is not None and self.image is not None else None
        return under or (self.ring if self.aimed else None)

    def reading(self) -> str:
        place = self._place_shown()
        if place is None:
            return ""
        dot = self.dot_at(self._pointer) if self._pointer is not None else None
        return dot.words if dot else "\n".join(self.describe(place))

    def _show_crosshair(self) -> None:
        place = self._place_shown()
        for part in (self._line, self._level, self._label):
            part.setVisible(place is not None)
        if place is None:
            self.labelled.make_way(None)
            return
        self._line.setPos(place.sigma_w)
        self._level.setPos(place.sigma_b)
        self._write_reading()
        low, high = self.item.vb.viewRange()[1]
        top = place.sigma_b < (low + high) / 2  # away from the place
        self._label.setAnchor((0, 0 if top else 1))
        self._label.setPos(self._beside(place.sigma_w), float(high if top else low))
        self.labelled.make_way(on_scene(self._label, self.item.vb))

    def _write_reading(self) -> None:
        """As many lines as the map is high: where, what a layer does and the phase are the last to go."""
        written = (self.reading(), float(self.item.vb.height()))
        if written == self._written:
            return
        self._written = written
        lines = written[0].split("\n")
        for kept in (range(len(lines)), (0, 2, 5, 6), (0, 2), (2,)):
            self._label.setText("\n".join(line for number, line in enumerate(lines) if number in kept))
            if self._label.boundingRect().height() <= written[1]:
                return

    def _on_range_by_hand(self, *_: object) -> None:
        self.by_hand = True  # the axes' numbers say it

    def _on_view_changed(self, *_: object) -> None:
        if self.by_hand:  # the axis is labelled as far as it is covered
            self.covered = self.part[1]
            self._axis.draw_anew(self.covered, self.scale)
        self._draw_ring()
        self._show_crosshair()

    def _on_resized(self, *arguments: object) -> None:
        super()._on_resized(*arguments)
        if self.image is not None:
            self.labelled.name_regions(self.image)
            self.labelled.name_line(contour(self.image, 0.0))
        self._name_axes()
