"""Where the layers work: phi and phi' over u, with a dot for each layer and sample at its own pre-activation, moving as the network learns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF

from gradviz.core.words import scientific, short
from gradviz.runs.moment import Moment
from gradviz.ui.plots.axes import DecadeAxis
from gradviz.ui.plots.dots import DOT, DOTS, SHADES, Dots, shades
from gradviz.ui.plots.panel import Panel
from gradviz.ui.plots.pinned import SHAPES, Curves, Marks, Pinned, colour_of, pinned, shortened, when
from gradviz.ui.plots.plot import DASH_SIGNS, POINTS, Plot, Subject
from gradviz.ui.plots.points import Points, points_of
from gradviz.ui.plots.scales import BOUNDS, Decades, Linear, Range, Scale, exact, round_up
from gradviz.ui.plots.titles import Wording, first_fitting
from gradviz.ui.theme import Theme, magnified, plot_font

Floats = NDArray[np.float64]

#: The range of u is never smaller than this on either side of 0, nor larger: farther out every activation is a straight line.
LEAST_U, GREATEST_U = 3.0, 100.0
#: phi and phi' are drawn by so many points on either side of 0.
HALF = 100
#: More columns of dots than these cannot be told apart.
MOST_COLUMNS = 400
#: The legend of depth has so many dots, and fewer where there is less room.
LEGEND_DOTS, FEWER_DOTS = 5, 3
#: One open mark of a pinned run has a square of so many pixels.
MARK_ROOM = 4.0
#: Marks of dots below the axis are so many pixels apart.
MARKS_APART = 9.0


@cache
def curves(activation: str, half: float) -> tuple[Floats, Floats]:
    """The points of u that are drawn, (n,), and phi' and phi there, (2, n); 0 is one of them, and so is what comes right after it, for ReLU's step."""
    from gradviz.core import activations

    number = activations.NAMES.index(activation)
    side = half * np.arange(1, HALF + 1) / HALF
    u = np.concatenate([-side[::-1], [0.0, side[0] / 4], side])
    return u, np.array([[function(number, float(value)) for value in u] for function in (activations.phi_prime, activations.phi)])


def half_range(u: Floats, before: float | None) -> float:
    """How far the axis of u reaches on either side of 0: as far as it did while the values fit, else as far as a round number with room."""
    finite = np.abs(u[np.isfinite(u)])
    reach = min(max(float(finite.max(initial=0.0)), LEAST_U), GREATEST_U)
    if before is not None and reach <= before:
        return before
    if reach in (LEAST_U, GREATEST_U):
        return reach
    step = round_up(1.1 * reach / 20)
    return min(math.ceil(1.1 * reach / step - 1e-9) * step, GREATEST_U)


class PointsBehind(NamedTuple):
    """The pre-activations of a pinned run: its name, its colour's number, which epoch it is where that is not the live run's, and the points."""

    name: str
    colour: int
    when: str
    points: Points

    def lines(self, layer: int, sample: int, *, narrow: bool) -> list[str]:
        """Its numbers at the place of a live dot, layer 1 being 0; narrow: in three digits, and which epoch it is has a line of its own."""
        name, (rows, layers) = shortened(self.name, narrow), self.points.u.shape
        if layer >= layers:
            return [f"{name}:  no layer {layer + 1:,} with φ"]
        row = min(sample, rows - 1)
        u, slope = float(self.points.u[row, layer]), scientific(float(self.points.sign[row, layer]), float(self.points.slope[row, layer]))
        above = [f"{name}{self.when}:"] if narrow and self.when else []
        return [*above, f"{name}{self.when * (not narrow)}, {self.points.names[row]}:  u {short(u, 3) if narrow else exact(u)}, φ′(u) {slope}"]


class Tails(Decades):
    """A decade axis that keeps the range it begins with, and has room for pre-activations twice as far out: tails fall by so many decades for each u."""

    def __init__(self) -> None:
        super().__init__(fixed=True)

    def covering(self, placed: Floats, before: Range | None) -> Range:
        finite = placed[np.isfinite(placed)]
        return before or Range(math.floor(2.0 * float(finite.min())), math.ceil(float(finite.max())) + 1.0)


class OperatingPlot(Plot):
    """phi' and phi as curves over u, and the layers as dots on phi'."""

    def __init__(self, item: pg.PlotItem, axis: DecadeAxis, subject: Subject, scales: Sequence[Scale]) -> None:
        super().__init__(item, axis, subject, scales)
        self.activation = "tanh"
        self.samples: Sequence[str] = ()
        #: Of every layer of every sample that is drawn, the first layer of all samples first: pre-activation, log10 of phi' there, and its sign.
        self.u, self.slope, self.sign = np.empty(0), np.empty(0), np.empty(0)
        self.layers, self.lost = 0, 0
        self._places = np.empty((0, 2))
        self._pointer: QPointF | None = None
        self._dots = Dots()
        self._dots.setZValue(5)
        self._edges = pg.ScatterPlotItem(size=magnified(9), pen=None)
        self._edges.setZValue(6)
        self.points_behind: tuple[PointsBehind, ...] = ()
        self._marks_behind: list[Marks] = []
        self._ring = pg.ScatterPlotItem(size=magnified(DOT + 6), symbol="o", brush=None)
        self._ring.setZValue(7)
        self._label.setFont(plot_font(POINTS - 1))
        for drawn in (self._dots, self._edges, self._ring):
            item.addItem(drawn)
        item.vb.sigRangeChanged.connect(self._draw_points)

    def show_points(self, points: Points) -> None:
        """Put a dot on phi' at every pre-activation."""
        before = (self.layers, self.lost)
        self.u, self.slope, self.sign = (part.T.ravel() for part in (points.u, points.slope, points.sign))
        self.samples, self.layers = points.names, points.u.shape[1]
        self.lost = int(np.isnan(self.u).sum())
        if before != (self.layers, self.lost) and self._theme is not None:
            self._show_title()
        self._draw_points()
        self._show_crosshair()

    def show_points_behind(self, behind: Sequence[PointsBehind]) -> None:
        """Put an open mark on phi' at every pre-activation of these pinned runs; before those of the live one."""
        self.points_behind = tuple(behind)
        while len(self._marks_behind) > len(behind):
            self.item.removeItem(self._marks_behind.pop())
        while len(self._marks_behind) < len(behind):
            marks = Marks()
            marks.setZValue(4.0 - len(self._marks_behind) / 100)
            self.item.addItem(marks, ignoreBounds=True)
            self._marks_behind.append(marks)
        self._colour_marks()

    def marks_behind(self) -> list[Floats]:
        """Where the pinned runs' marks are drawn, (n, 2) each."""
        return [marks.points for marks in self._marks_behind]

    def _colour_marks(self) -> None:
        if self._theme is not None:
            for behind, marks in zip(self.points_behind, self._marks_behind, strict=True):
                marks.colour(colour_of(self._theme, behind.colour), self._widths)

    def dots(self) -> Floats:
        """Where the dots are drawn, (n, 2)."""
        return self._dots.points

    def edge_marks(self) -> Floats:
        """Where marks point at dots beyond the axis, (n, 2)."""
        return np.column_stack(self._edges.getData()) if len(self._edges.data) else np.empty((0, 2))

    def apply_theme(self, theme: Theme) -> None:
        self._dots.colour(shades(theme.name), self._widths)
        self._ring.setPen(pg.mkPen(theme.text, width=1.5 * self._widths))
        super().apply_theme(theme)
        self._colour_marks()

    def _colour(self, number: int) -> str:
        assert self._theme is not None, "colours come with the theme"
        return self._theme.faint if number else self._theme.text

    def _fitting_title(self, room: float) -> tuple[str, list[str]]:
        """First the words go, then what the vertical axis says too, then the legend of depth; what the plot leaves out is said as long as it can be."""
        assert self._theme is not None, "a title is coloured by the theme"
        if not self.labels:
            return first_fitting(room, [(self.subject.title_on(self.scale), []), (self.subject.symbol, [])])
        slope, value = (f'<span style="color:{self._colour(number)}">{DASH_SIGNS[number]}</span>&nbsp;{name}' for number, name in enumerate(self._names()))
        words, numbers, fewer = self._depth_legends(self._theme)
        left_out = [*super()._remarks(), *[f"{self.lost:,} NaN"] * bool(self.lost)]
        legends: list[Wording] = [(title, [slope, value, *words]) for title in (f"{self.subject.title} {self.subject.symbol}", self.subject.symbol)]
        legends += [(self.subject.symbol, [slope, value, *numbers]), *((slope, [value, *depth]) for depth in (numbers, fewer, []))]
        tried = [(title, [*entries, *left_out, *changed]) for changed in self._wordings() for title, entries in legends]
        return first_fitting(room, [*tried, *((slope, [value, *left_out[:kept]]) for kept in (2, 1, 0))])

    def _names(self) -> tuple[str, str]:
        """phi' and phi, in bars where a decade axis hides that some of it is negative."""
        if not isinstance(self.scale, Decades):
            return "φ′", "φ"
        return "|φ′|" if (self.values[:1] < 0.0).any() else "φ′", "|φ|"

    def _depth_legends(self, theme: Theme) -> list[list[str]]:
        """What the dots' colours mean: in words, in numbers, and in numbers with fewer dots."""
        if not self.layers:
            return [[]] * 3
        last = f" {self.layers:,}" if self.layers > 1 else ""
        found = []
        for word, count in (("layer ", LEGEND_DOTS), ("", LEGEND_DOTS), ("", FEWER_DOTS)):
            spread = np.linspace(0, SHADES - 1, count if self.layers > 1 else 1).astype(int)
            dots = "".join(f'<span style="color:{shades(theme.name)[shade]}">●</span>' for shade in spread)
            found.append([f"{word}1 {dots}{last}"])
        return found

    def _draw(self) -> None:
        super()._draw()
        self._draw_points()

    def _draw_points(self, *_: object) -> None:
        """One dot for each pixel or so, in the colour of the deepest layer there; dots beyond the axis are marked at its edge."""
        if self.covered is None or not len(self.u):
            return
        self._draw_points_behind(self.covered)
        self._places = self._placed(self.covered)
        known = np.flatnonzero(~np.isnan(self.u))
        left, right = self._whole or Range(-LEAST_U, LEAST_U)
        inside = known[(self.u[known] >= left) & (self.u[known] <= right)]
        beneath = self._beneath(self.covered)[inside]
        chosen, deepest, counts = self._one_a_pixel(inside[~beneath])
        size = np.minimum(np.log10(counts).astype(np.intp), len(DOTS) - 1)
        self._dots.show_points(self._places[chosen], self._shade(deepest), size)
        self._mark_edges(known, inside[beneath])

    def _draw_points_behind(self, covered: Range) -> None:
        """One mark for each few pixels, in the shape of its run; those beyond the axis stand at its edge."""
        left, right = self._whole or Range(-LEAST_U, LEAST_U)
        (_, (low, high)), wide = self.item.vb.viewRange(), float(self.item.vb.width())
        for behind, marks in zip(self.points_behind, self._marks_behind, strict=True):
            points = self._put(behind.points.u.ravel(), behind.points.slope.ravel(), behind.points.sign.ravel(), covered)
            points = points[~np.isnan(points).any(axis=1)]
            cells = np.floor((points - (left, low)) / (right - left, high - low) * (wide / MARK_ROOM, float(self.item.vb.height()) / MARK_ROOM))
            points = points[np.unique(cells[:, 0] * 4096 + cells[:, 1], return_index=True)[1]]
            marks.show_points(points, [SHAPES[behind.colour % len(SHAPES)]] * len(points))

    def _shade(self, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """Which of the colours of depth these dots have."""
        return places // max(1, len(self.samples)) * SHADES // max(1, self.layers)

    def _beneath(self, covered: Range) -> NDArray[np.bool_]:
        """Which dots are lower than a decade axis reaches, without being 0, for which it has a lane."""
        return np.isfinite(self.slope) & (self.slope < covered.low) & isinstance(self.scale, Decades)

    def _placed(self, covered: Range) -> Floats:
        """Where each dot stands, (n, 2)."""
        return self._put(self.u, self.slope, self.sign, covered)

    def _put(self, u: Floats, slope: Floats, sign: Floats, covered: Range) -> Floats:
        """Where dots stand, (n, 2): on the curve, at the edge that they lie beyond, or in the lane of zeros."""
        left, right = self._whole or Range(-LEAST_U, LEAST_U)
        with np.errstate(invalid="ignore"):
            height = slope if isinstance(self.scale, Decades) else sign * 10.0**slope
            height = np.where(height == -np.inf, self.scale.zero_lane(covered), np.clip(height, covered.low, covered.high))
            return np.column_stack([np.clip(u, left, right), height])

    def _one_a_pixel(self, inside: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Of dots that lie on each other: one that is drawn, which of u's least and greatest is that itself; the last of them; and how many they are."""
        if not len(inside):
            return inside, inside, inside
        (left, right), (low, high) = self.item.vb.viewRange()
        backwards = inside[::-1]
        places = self._places[backwards]
        across = np.floor((places[:, 0] - left) / (right - left) * min(self._pixel_columns, MOST_COLUMNS))
        up = np.floor((places[:, 1] - low) / (high - low) * self.item.vb.height() / DOT)
        _, last, cell, counts = np.unique(across * 4096 + up, return_index=True, return_inverse=True, return_counts=True)
        drawn = last.copy()
        for end in (np.argmin(self.u[backwards]), np.argmax(self.u[backwards])):
            drawn[cell[end]] = end
        return backwards[drawn], backwards[last], counts

    def _mark_edges(self, known: NDArray[np.intp], beneath: NDArray[np.intp]) -> None:
        """A triangle at each end of the axis of u that dots lie beyond, at the height of the farthest; and at the lower edge in the colours of those below."""
        if self._theme is None:
            return
        left, right = self._whole or Range(-LEAST_U, LEAST_U)
        marks = [(place, symbol, self._theme.text) for place, symbol, beyond in self._farthest(known, left, right) if beyond]
        apart = np.floor(self.u[beneath] / (right - left) * self.item.vb.width() / MARKS_APART)
        last = beneath[::-1][np.unique(apart[::-1], return_index=True)[1]]
        marks += [(place, "t", shades(self._theme.name)[shade]) for place, shade in zip(last, self._shade(last), strict=True)]
        if marks or len(self._edges.data):
            places = [place for place, _, _ in marks]
            symbols, brushes = [symbol for _, symbol, _ in marks], [pg.mkBrush(colour) for _, _, colour in marks]
            self._edges.setData(x=self._places[places, 0], y=self._places[places, 1], symbol=symbols, brush=brushes)

    def _farthest(self, known: NDArray[np.intp], left: float, right: float) -> list[tuple[int, str, bool]]:
        if not len(known):
            return []
        least, greatest = int(known[np.argmin(self.u[known])]), int(known[np.argmax(self.u[known])])
        return [(least, "t3", bool(self.u[least] < left)), (greatest, "t2", bool(self.u[greatest] > right))]

    # the dot under the mouse

    @property
    def crosshair_rows(self) -> int:
        return max(1, len(self.samples))

    def stops(self, row: int = 0) -> Floats:
        """The dots of a sample, layer after layer."""
        return self._places[row :: self.crosshair_rows][~np.isnan(self._places[row :: self.crosshair_rows]).any(axis=1)]

    def hover(self, scene_position: QPointF | None) -> bool:
        self._pointer = scene_position
        return super().hover(scene_position)

    def reading(self) -> str:
        place = self._place_hovered()
        if place is None:
            return ""
        from gradviz.core import activations

        number, u = activations.NAMES.index(self.activation), float(self.u[place])
        layer, sample = divmod(place, len(self.samples))
        slope = activations.phi_prime(number, u)
        lines = [f"layer {layer + 1:,}, {self.samples[sample]}", f"u:  {exact(u)}", f"φ(u):  {exact(activations.phi(number, u))}"]
        stored = bool(slope) or not np.isfinite(self.slope[place])
        lines.append(f"φ′(u):  {exact(slope) if stored else scientific(float(self.sign[place]), float(self.slope[place]))}")
        here = np.unique(self._neighbours(place) // len(self.samples)) + 1
        several = [f"{len(here):,} layers here, {here[0]:,} to {here[-1]:,}"] if len(here) > 1 else []
        return "\n".join([*lines, *several, *(line for behind in self.points_behind for line in behind.lines(layer, sample, narrow=self._narrow))])

    def _place_hovered(self) -> int | None:
        """Which dot is nearest to the mouse."""
        if self._hovered is None or self._pointer is None or np.isnan(self._places[:, 0]).all():
            return None
        pointer = self.item.vb.mapSceneToView(self._pointer)
        return int(np.nanargmin((self._in_pixels(self._places - (pointer.x(), pointer.y())) ** 2).sum(axis=1)))

    def _neighbours(self, place: int) -> NDArray[np.intp]:
        """The dots that lie on this one."""
        with np.errstate(invalid="ignore"):
            near: NDArray[np.intp] = np.flatnonzero((np.abs(self._in_pixels(self._places - self._places[place])) <= DOT / 2).all(axis=1))
        return near

    def _in_pixels(self, vectors: Floats) -> Floats:
        (left, right), (low, high) = self.item.vb.viewRange()
        scaled: Floats = vectors * (float(self.item.vb.width()) / (right - left), float(self.item.vb.height()) / (high - low))
        return scaled

    def _show_crosshair(self) -> None:
        place = self._place_hovered()
        self._label.setVisible(place is not None)
        self._ring.setVisible(place is not None)
        if place is not None:
            across, height = map(float, self._places[place])
            self._ring.setData(x=[across], y=[height])
            self._write_reading()
            low, high = self.item.vb.viewRange()[1]
            below = height > (low + high) / 2  # away from the dots beside it
            self._label.setAnchor((0, 1 if below else 0))
            self._label.setPos(self._beside(across), low if below else high)

    def _write_reading(self) -> None:
        """As many lines of the reading as the plot is high: other panels have phi(u), and then u is what can be done without."""
        self._narrow = False
        lines = self.reading().split("\n")
        self._label.setText("\n".join(lines))
        if self.points_behind and self._label.boundingRect().width() > self.item.vb.width():
            self._narrow = True
            lines = self.reading().split("\n")
        fewer = ((1, 2, *range(kept, len(lines))) for kept in range(len(lines) - 1, 3, -1)) if self.points_behind else ()
        for less in ((), (2,), (1, 2), *fewer):
            self._label.setText("\n".join(line for place, line in enumerate(lines) if place not in less))
            if self._label.boundingRect().height() <= self.item.vb.height():
                return


class OperatingPanel(Panel):
    """phi and phi' with every layer on them."""

    def __init__(self) -> None:
        super().__init__("phi", "φ and φ′ with every layer on them")
        self._linear = Linear(BOUNDS["tanh"])
        self.plot = self.add_plot(Subject("Layers on", "φ and φ′", across="u", positive=True), self._linear, Tails(), kind=OperatingPlot)
        self._half: float | None = None
        self._curves_drawn: tuple[str, float, str] | None = None

    @property
    def looked_at(self) -> frozenset[str]:
        return frozenset({"u"})

    def begin_anew(self) -> None:
        super().begin_anew()
        self._half, self._curves_drawn = None, None

    def show_moment(self, moment: Moment) -> None:
        points = points_of(moment)
        behind = [(ghost, points_of(ghost.moment)) for ghost in moment.ghosts]
        self._half = half_range(np.concatenate([found.u.ravel() for found in (points, *(found for _, found in behind))]), self._half)
        curve = (moment.config.activation, self._half, points.note)
        self.plot.show_pinned(self._curves_behind(moment, self._half))
        self.plot.show_points_behind([PointsBehind(ghost.name, ghost.colour, when(moment, ghost), found) for ghost, found in behind])
        if curve != self._curves_drawn:
            self._curves_drawn = curve
            self._linear.bounds = BOUNDS.get(moment.config.activation)
            self.plot.activation = moment.config.activation
            self.plot.set_across(-self._half, self._half)
            self.plot.show_curves(*curves(moment.config.activation, self._half), ("φ′", "φ"), points.note)
        self.plot.show_points(points)

    def _curves_behind(self, moment: Moment, half: float) -> tuple[Pinned, ...]:
        """The names of the pinned runs for the title, and phi' of those that have another activation: their marks lie on it."""
        return pinned(moment, lambda ghost: _slope_curve(ghost.config.activation, half, drawn=ghost.config.activation != moment.config.activation))


@cache
def _slope_curve(activation: str, half: float, *, drawn: bool) -> Curves:
    u, values = curves(activation, half)
    return Curves(u, values[:drawn], [""] * drawn)
