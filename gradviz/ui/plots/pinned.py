"""Pinned runs behind the live one: what a panel draws of each, thin, in its colour and in dashes of its own, and its exact numbers."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPen

from gradviz.runs.moment import Ghost, Moment
from gradviz.runs.run import Run
from gradviz.ui.plots.bands import RMS, Profile
from gradviz.ui.plots.marks import Mask, Spot, spots_of
from gradviz.ui.plots.scales import Linear, Range, Scale
from gradviz.ui.scores import scores_of
from gradviz.ui.theme import Theme, magnified, plot_font

Floats = NDArray[np.float64]

#: By a pin's colour: dashes in widths of the pen, how they look in a line of text, and the shape of a point.
DASHES = ([7.0, 4.0], [2.5, 2.5], [9.0, 3.0, 2.0, 3.0], [13.0, 4.0], [9.0, 3.0, 2.0, 3.0, 2.0, 3.0], [4.0, 2.0, 4.0, 7.0])
SIGNS = ("╌╌", "┄┄", "─·", "──", "─··", "╶╴╶╴")
SHAPES = ("d", "s", "t", "t1", "+", "x")
#: Thinner than a live curve.
WIDTH = 1.2
#: Beyond so many points a pinned curve is drawn without antialiasing, and its dashes are gaps between columns of pixels: Qt's cost 30 ms of jagged data.
SMOOTH_POINTS = 300
#: A name takes at most so many pixels of a title, the first that fits; and so many letters of a box of numbers, or of a narrow one.
NAME_ROOMS = (160.0, 90.0, 60.0)
NAME_LETTERS, FEW_LETTERS = 24, 12
#: Of marks in a lane no more than so many are drawn.
MOST_MARKS = 120
#: Half the size of a mark in pixels.
HALF = 3.0
#: The line that stands for a wide layer's units.
RMS_LABEL = "RMS"
#: Marks as lines, from point to point in pairs, in halves of their size.
SQUARE = ((-1, -1), (1, -1), (1, -1), (1, 1), (1, 1), (-1, 1), (-1, 1), (-1, -1))
DOWN = ((-1, 1), (1, 1), (1, 1), (0, -1), (0, -1), (-1, 1))
OUTLINES: dict[str, tuple[tuple[float, float], ...]] = {
    "s": SQUARE,
    "t": DOWN,
    "t1": tuple((x, -y) for x, y in DOWN),
    "d": ((-1, 0), (0, 1), (0, 1), (1, 0), (1, 0), (0, -1), (0, -1), (-1, 0)),
    "+": ((-1, 0), (1, 0), (0, -1), (0, 1)),
    "x": ((-1, -1), (1, 1), (-1, 1), (1, -1)),
}


def gap() -> float:
    """What is free between a title and what stands behind it, in pixels."""
    return magnified(16.0)


class Curves(NamedTuple):
    """What a panel draws of one moment, live or pinned: across (n,), values (curves, n), a label for each curve, a note, and which values are subnormal."""

    across: NDArray[np.generic]
    values: Floats
    labels: Sequence[str]
    note: str = ""
    subnormal: Mask | None = None


class Pinned(NamedTuple):
    """One pinned run's curves: its name, its colour's number, across (n,), values (curves, n) in the plot's units, and what each curve is called.

    when: which epoch it is, where that is not the live run's; decades_only: it is known without its sign, as a root mean square is beside the
    signed numbers of a chain; over_epochs: between two of its epochs it is what it was at the first.
    """

    name: str
    colour: int
    across: NDArray[Any]
    values: Floats
    labels: Sequence[str] = ()
    when: str = ""
    decades_only: bool = False
    over_epochs: bool = False

    def there_on(self, scale: Scale) -> bool:
        """Whether it makes sense on this scale."""
        return bool(len(self.across)) and not (self.decades_only and isinstance(scale, Linear))

    def lines(self, at: float, number: Callable[[float], str], *, narrow: bool = False) -> list[str]:
        """Its exact numbers at this layer or epoch, a line for each curve; narrow: which epoch it is has a line of its own."""
        place = int(np.searchsorted(self.across, at, side="right")) - 1
        if place < 0 or (not self.over_epochs and self.across[place] != at):
            return [f"{shortened(self.name, narrow)}:  no layer {at:,.0f}"]
        when = self.when
        if self.across[place] != at:
            when = f" (epoch {self.across[place]:,.0f}{', its last' * (place == len(self.across) - 1)})"
        above = [f"{shortened(self.name, narrow)}{when}:"] if narrow and when else []
        name = shortened(self.name, narrow) + when * (not narrow)
        found = zip(self.labels, self.values[:, place].tolist(), strict=True)
        return above + [f"{name}{f', {label}' if label else ''}:  {number(value)}" for label, value in found]


def pinned(live: Moment, curves_of: Callable[[Moment], Curves | None]) -> tuple[Pinned, ...]:
    """What is drawn of the runs that are pinned behind the live one, by the function that says what is drawn of a moment; None leaves a run out."""
    found = ((ghost, curves_of(ghost.moment)) for ghost in live.ghosts)
    return tuple(_of(live, ghost, curves) for ghost, curves in found if curves is not None)


def _of(live: Moment, ghost: Ghost, curves: Curves) -> Pinned:
    labels = [label if len(curves.labels) > 1 or label == RMS_LABEL else "" for label in curves.labels]
    unsigned = ghost.moment.config.wide and not live.config.wide
    return Pinned(ghost.name, ghost.colour, np.asarray(curves.across, np.float64), curves.values, labels, when(live, ghost), unsigned)


def root_mean_squares(across: NDArray[np.generic], profile: Profile) -> Curves:
    """What stands for a wide layer where it is behind another run."""
    return Curves(across, profile.statistics[[RMS]], (RMS_LABEL,))


def when(live: Moment, ghost: Ghost) -> str:
    """Which epoch of a pinned run is shown, where it is not the live run's."""
    epoch, moment = ghost.moment.epoch, ghost.moment
    if epoch == live.epoch:
        return ""
    return f" (epoch {epoch:,}{', its last' * bool(epoch == moment.run.newest.epoch[-1])})"


def deepest(live: Moment) -> int:
    """How many layers an axis has to have: those of the deepest of the runs that are shown."""
    return max([live.config.layers, *(ghost.moment.config.layers for ghost in live.ghosts)])


def scores_behind(live: Moment, names: Sequence[str] = ("cost",), unit: float = 1.0) -> tuple[Pinned, ...]:
    """The whole course of each pinned run's scores, so many times as great, of those that it has; for the plots over epochs."""
    found = []
    for ghost in live.ghosts:
        run = ghost.moment.run
        own = [name for name in names if name in scores_of(run)]
        labels = [name.replace("_", " ") * (len(own) > 1) for name in own]
        if own:
            found.append(Pinned(ghost.name, ghost.colour, run.epoch, _scores(run, own, unit), labels, over_epochs=True))
    return tuple(found)


def _scores(run: Run, names: Sequence[str], unit: float) -> Floats:
    if len(names) == 1 and unit == 1.0:
        return run.score(names[0])[None]  # without a copy: a million epochs are drawn anew only when they are others
    return unit * np.array([run.score(name) for name in names])


def sign_of(colour: int) -> str:
    """How the dashes of a pin look in a line of text."""
    return SIGNS[colour % len(SIGNS)]


def pen_of(theme: Theme, colour: int, widths: float = 1.0) -> QPen:
    """The pen of a pin's curve."""
    pen: QPen = pg.mkPen(colour_of(theme, colour), width=WIDTH * widths)
    pen.setDashPattern(DASHES[colour % len(DASHES)])
    return pen


def dashed(across: NDArray[Any], row: Floats, view: Range, columns: int, dashes: tuple[float, ...]) -> tuple[Floats, Floats]:
    """A curve of many points in dashes, in pixels: least and greatest of each of their columns, and no spike left out, for a gap's belong to the one before."""
    begin = max(0, int(np.searchsorted(across, view.low)) - 1)
    across, row = across[begin : (end := int(np.searchsorted(across, view.high, side="right")) + 1)], row[begin:end]
    on, last = _on(columns, dashes)
    starts, first = np.unique(on * len(row) // columns, return_index=True)
    ends = np.maximum.reduceat(last, first)
    low, high = np.fmin.reduceat(row, starts), np.fmax.reduceat(row, starts)
    gaps = np.full(len(starts), np.nan)
    heights = np.stack([low, high, gaps], axis=1)
    drawn = np.ones(heights.shape, np.bool_)
    drawn[:, 2] = ends
    return np.repeat(across[starts].astype(np.float64), 3)[drawn.ravel()], heights.ravel()[drawn.ravel()]


@cache
def _on(columns: int, dashes: tuple[float, ...]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Which columns of pixels dashes are in, and which of them is the last before a gap."""
    lengths = np.tile(np.array(dashes, np.intp).clip(2), columns)
    edges = np.concatenate([[0], np.cumsum(lengths)])
    column = np.arange(columns)
    part = np.searchsorted(edges, column, side="right") - 1
    on: NDArray[np.intp] = column[part % 2 == 0]
    return on, np.append(np.diff(on) > 1, False)


def colour_of(theme: Theme, colour: int) -> str:
    return theme.pins[colour % len(theme.pins)]


def shortened(name: str, narrow: bool = False) -> str:
    """A name that is not too long for a line of numbers."""
    most = FEW_LETTERS if narrow else NAME_LETTERS
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


class Marks(pg.GraphicsObject):
    """Small open marks in one colour, all in one path."""

    def __init__(self) -> None:
        super().__init__()
        self.points: Floats = np.empty((0, 2))
        self._symbols: NDArray[np.str_] = np.empty(0, np.str_)
        self._pen = QPen()
        self._path: tuple[tuple[float, float], QPainterPath] | None = None

    def colour(self, colour: str, widths: float) -> None:
        self._pen = pg.mkPen(colour, width=WIDTH * widths)
        self.update()

    def show_points(self, points: Floats, symbols: Sequence[str]) -> None:
        """Draw a mark at each point, (n, 2), of the shape of that name in OUTLINES."""
        if not len(points) and not len(self.points):
            return
        self.points, self._symbols, self._path = points, np.array(symbols, np.str_), None
        self.setVisible(bool(len(points)))
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        if not len(self.points):
            return QRectF()
        (left, low), (right, high) = self.points.min(axis=0), self.points.max(axis=0)
        wide, tall = (2.0 * magnified(HALF) * abs(pixel) for pixel in self._pixel)
        return QRectF(left - wide, low - tall, right - left + 2 * wide, high - low + 2 * tall)

    @property
    def _pixel(self) -> tuple[float, float]:
        return float(self.pixelWidth() or 0.0), float(self.pixelHeight() or 0.0)

    def paint(self, painter: QPainter, *_: object) -> None:
        pixel = self._pixel
        if self._path is None or self._path[0] != pixel:
            self._path = (pixel, self._outlines(pixel))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._pen)
        painter.drawPath(self._path[1])

    def _outlines(self, pixel: tuple[float, float]) -> QPainterPath:
        path = QPainterPath()
        for symbol in np.unique(self._symbols):
            outline = magnified(HALF) * np.array(OUTLINES[str(symbol)]) * pixel
            corners = (self.points[self._symbols == symbol][:, None] + outline).reshape(-1, 2)
            path.addPath(pg.arrayToQPath(*np.ascontiguousarray(corners.T), connect="pairs", finiteCheck=False))
        return path


class Drawn:
    """One pinned run on one plot: a curve for all that is drawn of it, and marks for what a curve cannot show."""

    def __init__(self, item: pg.PlotItem, depth: float) -> None:
        self.curve = pg.PlotCurveItem(connect="finite", skipFiniteCheck=False)
        self.marks = Marks()
        for part in (self.curve, self.marks):
            part.setZValue(depth)
            item.addItem(part, ignoreBounds=True)
        self.spots: list[Spot] = []
        self._of: Pinned | None = None
        self._scale: Scale | None = None
        self.heights: Floats = np.empty((0, 0))
        #: The least and the greatest height.
        self.extent: Floats = np.empty(0)
        self.broken = False
        self._drawn_on: object = None

    @property
    def crowded(self) -> bool:
        return bool(self.heights.shape[-1] > SMOOTH_POINTS)

    def take(self, shown: Pinned, scale: Scale) -> None:
        """Draw this from now on; nothing is worked out again of what is the same as before."""
        same = self._of is not None and self._scale is scale and _same_memory(self._of.values, shown.values)
        self._of, self._scale = shown, scale
        if same:
            return
        self.heights = scale.place(shown.values)
        finite = self.heights[np.isfinite(self.heights)]
        self.extent = np.array([finite.min(), finite.max()]) if finite.size else np.empty(0)
        self.broken = bool((np.isnan(self.heights) | (self.heights == np.inf)).any())
        self._drawn_on = None

    def colour(self, theme: Theme, colour: int, widths: float) -> None:
        pen = pen_of(theme, colour, widths)
        self.curve.setPen(pg.mkPen(pen.color(), width=widths) if self.crowded else pen)
        self.curve.opts["antialias"] = not self.crowded
        self.marks.colour(colour_of(theme, colour), widths)

    def draw(self, covered: Range, view: Range, columns: int) -> None:
        """Put curve and marks where they belong on this range."""
        assert self._of is not None, "it is drawn when there is something"
        assert self._scale is not None, "and it stands on a scale"
        lanes = (self._scale.zero_lane(covered), self._scale.broken_lane(covered))
        drawn_on = (covered, lanes, *((view, columns) if self.crowded else ()))
        if drawn_on == self._drawn_on:
            return
        self._drawn_on = drawn_on
        inside = np.where((self.heights >= covered.low) & (self.heights <= covered.high), self.heights, np.nan)
        dashes = tuple(DASHES[self._of.colour % len(DASHES)])
        rows = [dashed(self._of.across, row, view, columns, dashes) if self.crowded else (self._of.across, row) for row in inside]
        gap = np.array([np.nan])
        self.curve.setData(*(np.concatenate([part for row in rows for part in (row[side], gap)][:-1] or [np.empty(0)]) for side in (0, 1)))
        spots = spots_of(self._of.across, self.heights, covered, self._scale, parts=MOST_MARKS)
        if spots != self.spots:
            self.spots = spots
            self.marks.show_points(np.array([[spot.across, spot.height] for spot in spots]).reshape(-1, 2), [spot.symbol for spot in spots])

    def remove_from(self, item: pg.PlotItem) -> None:
        for part in (self.curve, self.marks):
            item.removeItem(part)


class PinnedCurves:
    """All pinned runs on one plot, the first one in front; without any it draws nothing and costs nothing."""

    def __init__(self, item: pg.PlotItem) -> None:
        self._item = item
        #: What the panel gave.
        self.given: tuple[Pinned, ...] = ()
        #: Where they are among the plot's parts, and whether a border keeps them apart from areas below them.
        self.depth, self.bordered = -3.0, False
        self._drawn: list[Drawn] = []
        self._theme: Theme | None = None
        self._widths = 1.0
        self._scale: Scale = Linear()

    @property
    def shown(self) -> tuple[Pinned, ...]:
        """Those that make sense on the scale."""
        return tuple(pin for pin in self.given if pin.there_on(self._scale))

    def give(self, given: Sequence[Pinned], scale: Scale) -> bool:
        """These are pinned from now on; True where they are others than before, and not only at another epoch."""
        before = _who(self.given)
        self.given = tuple(given)
        self.use(scale)
        return before != _who(self.given)

    def use(self, scale: Scale) -> None:
        """Place them on this scale."""
        self._scale = scale
        shown = self.shown
        while len(self._drawn) > len(shown):
            self._drawn.pop().remove_from(self._item)
        while len(self._drawn) < len(shown):
            self._drawn.append(Drawn(self._item, self.depth - len(self._drawn) / 100))
        for pin, drawn in zip(shown, self._drawn, strict=True):
            drawn.take(pin, scale)

    def colour(self, theme: Theme, widths: float) -> None:
        """Use this theme's colours, and pens so many times as thick."""
        self._theme, self._widths = theme, widths
        for pin, drawn in zip(self.shown, self._drawn, strict=True):
            drawn.colour(theme, pin.colour, widths)
            drawn.curve.setShadowPen(pg.mkPen(theme.plot, width=(WIDTH + 2.0) * widths) if self.bordered and not drawn.crowded else None)

    def extent(self) -> Floats:
        """What a range has to hold."""
        return np.concatenate([np.empty(0), *(drawn.extent for drawn in self._drawn)])

    @property
    def broken(self) -> bool:
        """Whether there is anything for the lane of NaN and infinity."""
        return any(drawn.broken for drawn in self._drawn)

    def draw(self, covered: Range, view: Range, columns: int) -> None:
        for drawn in self._drawn:
            drawn.draw(covered, view, columns)

    @property
    def reach(self) -> float:
        """How far to the right they go."""
        return max((float(pin.across[-1]) for pin in self.shown), default=-np.inf)

    def lines(self, at: float, number: Callable[[float], str], *, narrow: bool = False) -> list[str]:
        """The exact numbers of all at this layer or epoch."""
        return [line for pin in self.shown for line in pin.lines(at, number, narrow=narrow)]

    def legends(self) -> Iterator[tuple[list[str], float]]:
        """Their names as a title's HTML, and how wide they are: whole, then shorter, then fewer."""
        if self._theme is not None:
            yield from legends([(pin.name, pin.colour) for pin in self.shown], self._theme)

    def drawn(self) -> list[tuple[Floats, Floats]]:
        """What the curves hold, as they are drawn: horizontal and vertical positions of each run's, with a NaN between two."""
        return [drawn.curve.getData() for drawn in self._drawn]

    def spots(self) -> list[list[Spot]]:
        """The marks of each run."""
        return [drawn.spots for drawn in self._drawn]


def legends(pins: Sequence[tuple[str, int]], theme: Theme) -> Iterator[tuple[list[str], float]]:
    """Names (with their colours' numbers) as a title's HTML, and how wide they are: whole, then shorter, then fewer."""
    metrics = QFontMetricsF(plot_font(9.0))
    for count in range(len(pins), 0, -1):
        for wording, room in product(_wordings([name for name, _ in pins[:count]]), map(magnified, NAME_ROOMS)):
            names = [metrics.elidedText(name, Qt.TextElideMode.ElideRight, magnified(room)) for name in wording]
            rest = [f"+{len(pins) - count}"] * (count < len(pins))
            entries = [
                f'<span style="color:{colour_of(theme, colour)}">{sign_of(colour)}</span>&nbsp;{html.escape(name).replace(" ", "&nbsp;")}'
                for name, (_, colour) in zip(names, pins, strict=False)
            ]
            texts = [f"{sign_of(colour)} {name}" for name, (_, colour) in zip(names, pins, strict=False)] + rest
            yield [*entries, *rest], sum(metrics.horizontalAdvance(text) + gap() for text in texts)


def _wordings(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Names in fewer and fewer words: of values of one parameter only the values, which tell them apart."""
    parts = [name.rpartition(" = ") for name in names]
    if len({parameter for parameter, _, _ in parts}) > 1 or not parts[0][1]:
        yield names
        return
    values = [value for _, _, value in parts]
    yield from (names, [names[0], *values[1:]], [f"= {values[0]}", *values[1:]])


def _who(given: Sequence[Pinned]) -> list[tuple[object, ...]]:
    """What title, colours and range depend on."""
    return [(pin.name, pin.colour, pin.decades_only, len(pin.values), pin.values.shape[-1] > SMOOTH_POINTS) for pin in given]


def _same_memory(one: Floats, other: Floats) -> bool:
    """Whether both are the same numbers at the same place; as one of them is still held, nothing else can have come there."""
    return one.shape == other.shape and one.strides == other.strides and one.__array_interface__["data"] == other.__array_interface__["data"]
