"""One plot: curves over layers or epochs, a title that is the legend, lanes for what no decade holds, and a crosshair with the exact numbers."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPen
from PyQt6.QtWidgets import QGraphicsItem

from gradviz.core.words import scientific
from gradviz.ui.plots.axes import DecadeAxis
from gradviz.ui.plots.marks import Floats, Mask, Spot, in_view, spots_of
from gradviz.ui.plots.pinned import Pinned, PinnedCurves, dashed, gap
from gradviz.ui.plots.scales import NO_DECADES, Decades, Range, Scale, exact
from gradviz.ui.plots.ticks import whole_ticks
from gradviz.ui.theme import PLOT_FONT, Theme, magnified, plot_font

#: Beyond so many points a curve is drawn thin and without antialiasing: thick antialiased lines of jagged data cost hundreds of milliseconds.
SMOOTH_POINTS = 2000
POINTS = 9.0
#: The vertical axis is so many pixels wide in every plot: pyqtgraph leaves out a label that does not fit, and "subnormal" must.
AXIS_ROOM = 80
#: The title ends so many pixels before the plot does, for the scale's button alone.
BUTTON_ROOM = 46.0
LEGEND_GAP = "&nbsp;&nbsp;&nbsp; "
#: What parts a title from a legend in a line below it, and how many pixels both lines take.
BELOW, TWO_LINES = "<br>", 40
#: A title of one line needs so many pixels; pyqtgraph gives it so many.
TITLE_ROOM, USUAL_TITLE_ROOM = 19, 30
#: Solid, dashed, dotted and both by turns: curves that lie on each other, as |g| of x and -x do, are both seen, and no two of a dozen look alike, in colours or
#: without. And how they look in a line of text.
DASHES: tuple[list[float] | None, ...] = (None, [5.0, 5.0], [1.0, 2.0], [6.0, 2.0, 1.0, 2.0])
DASH_SIGNS = ("━━", "╍╍", "••", "╍•")
#: How a long box of numbers is laid out, the first way that fits: with four digits or all, below a title or with it among the others, in how many columns.
LAYOUTS = tuple((narrow, titled, columns) for narrow, titled in ((False, True), (True, True), (True, False)) for columns in (1, 2, 3))


class Subject(NamedTuple):
    """What a plot is about, in words and symbols."""

    title: str
    symbol: str
    means: str = ""
    across: str = "layer k"
    positive: bool = False
    #: Whether the words must stand, though legend entries give way to them: where a person chooses what the plot is about.
    in_words: bool = False

    def symbol_on(self, scale: Scale) -> str:
        """The symbol, in bars on a decade axis, which knows no sign."""
        return f"|{self.symbol}|" if self._in_bars(scale) else self.symbol

    def title_on(self, scale: Scale) -> str:
        """The title with its formula, such as `Gradients |g| = |∂C/∂u|`."""
        means = f"|{self.means}|" if self._in_bars(scale) else self.means
        return f"{self.title} {self.symbol_on(scale)}" + (f" = {means}" if self.means else "")

    def _in_bars(self, scale: Scale) -> bool:
        return isinstance(scale, Decades) and not self.positive


class Plot:
    """Curves over one horizontal axis in one pyqtgraph item; keeps what it was given, so that theme, scale and zoom can redraw it."""

    #: Whether a legend may have a line of its own in a picture.
    legend_below = True

    def __init__(self, item: pg.PlotItem, axis: DecadeAxis, subject: Subject, scales: Sequence[Scale]) -> None:
        self.item = item
        self.subject = subject
        self.scales = scales
        self.scale = scales[0]
        self.covered: Range | None = None
        self.by_hand = False
        self._whole: Range | None = None
        self.names_across = True
        self.across = np.empty(0)
        self.values: Floats = np.empty((0, 0))
        self.labels: tuple[str, ...] = ()
        self._note = ""
        self._subnormal: Mask | None = None
        self._html = ""
        self._axis = axis
        self._theme: Theme | None = None
        self._curves: list[pg.PlotCurveItem] = []
        self._spots: list[Spot] = []
        self._begun: Range | None = None
        #: Other data follows: what is drawn until then must not choose its range.
        self._outdated = False
        self._changed: tuple[str, ...] = ()
        #: The title leaves so many pixels at its end to the buttons that lie on the plot.
        self.button_room = BUTTON_ROOM
        #: The epoch that is drawn, where it has one.
        self.epoch = 0
        self._widths = magnified(1.0)
        self._hovered: float | None = None
        self._narrow = False
        self._prepare()
        self.behind = PinnedCurves(item)
        self._pinned_anew = False
        #: Whether it is drawn for a picture.
        self.on_paper = False

    def _prepare(self) -> None:
        self.item.setMenuEnabled(False)
        self.item.hideButtons()
        title = self.item.titleLabel
        # pyqtgraph makes the text's width the plot's least, and a long title would push the plot out of its panel
        title.updateMin = lambda: title.setMinimumHeight(title.itemRect().height())
        self.item.vb.disableAutoRange()
        self.item.vb.setDefaultPadding(0.0)
        self.item.vb.sigRangeChangedManually.connect(self._on_range_by_hand)
        self.item.vb.sigXRangeChanged.connect(self._on_columns_changed)
        self.item.vb.sigResized.connect(self._on_resized)
        for side in ("left", "bottom"):
            axis = self.item.getAxis(side)
            axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)  # grid lines cost ten times the curves otherwise
            axis.setStyle(tickFont=plot_font(POINTS - 1), autoExpandTextSpace=True, hideOverlappingLabels=side == "bottom")
        self._axis.setWidth(magnified(AXIS_ROOM))
        self._lanes = pg.ScatterPlotItem(size=magnified(5), symbol="s", pxMode=True)
        self.item.addItem(self._lanes)
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.setVisible(False)
        self._label = pg.TextItem(anchor=(0, 0))
        self._label.setZValue(20)
        if magnified(1.0) != 1.0:
            self._label.setFont(plot_font(POINTS))
        self._label.setVisible(False)
        self.item.addItem(self._line, ignoreBounds=True)
        self.item.addItem(self._label, ignoreBounds=True)

    # what it shows

    def show_curves(self, across: NDArray[np.generic], values: Floats, labels: Sequence[str], note: str = "", subnormal: Mask | None = None) -> None:
        """Draw curves: across (n,), values (curves, n), a label for each curve; the note stands behind the legend; subnormal (curves, n) values get a mark."""
        self._subnormal = subnormal if subnormal is not None and subnormal.any() else None
        self._outdated = False
        new_shape = (tuple(labels), note) != (self.labels, self._note) or len(values) != len(self._curves)
        self.across, self.values, self.labels, self._note = np.asarray(across, np.float64), values, tuple(labels), note
        if new_shape:
            self._make_curves()
        self._draw()

    def show_pinned(self, pinned: Sequence[Pinned]) -> None:
        """Draw these runs behind the curves that come next; before they are shown. A range makes room for one that is pinned later."""
        if not pinned and not self.behind.given:
            return
        if not self.behind.give(pinned, self.scale):
            return
        self._pinned_anew = True
        if self._theme is not None:
            self.behind.colour(self._theme, self._widths)
            self._show_title()

    def set_across(self, low: float, high: float) -> None:
        """Show this part of the horizontal axis, unless a person has chosen another."""
        self._whole = Range(low, high)
        if not self.by_hand:
            margin = 0.01 * (high - low)
            self.item.vb.setXRange(low - margin, high + margin, padding=0)

    def set_layers(self, layers: int) -> None:
        """The horizontal axis is one of so many layers."""
        whole_ticks(self.item.getAxis("bottom"), layers)
        self.set_across(0, layers - 1)

    def begin_anew(self) -> None:
        """Forget the range: other data follows."""
        self.covered = None
        self.by_hand = False
        self._begun = None
        self._outdated = True
        self._forget_lanes()
        self._say_changed(None)

    def _forget_lanes(self) -> None:
        self._axis.broken_seen = False
        for scale in self.scales:
            scale.subnormals = False

    def use_scale(self, name: str) -> None:
        """Draw on the scale of that name, and choose the range anew."""
        self.scale = next(scale for scale in self.scales if scale.name == name)
        self.behind.use(self.scale)
        self._forget_lanes()
        self._begun = None
        self.reset_view()
        self._say_changed(None)
        if self._theme is not None:
            self.apply_theme(self._theme)

    def reset_view(self) -> None:
        """Show all data again after a person has zoomed, or when it has left a fixed range."""
        self.by_hand = False
        self.covered = None
        if self._whole is not None:
            self.set_across(*self._whole)
        self._draw()
        chosen_anew = isinstance(self.scale, Decades) and self.scale.fixed and self._begun not in (None, self.covered)
        self._say_changed("chosen anew" if chosen_anew else None)

    def view(self) -> dict[str, Any]:
        """The scale, the range that it covers, and the part of it that is in view where a person has chosen one."""
        seen = [[float(end) for end in axis] for axis in self.item.vb.viewRange()]
        return {"scale": self.scale.name, "covered": None if self.covered is None else list(self.covered), "seen": seen if self.by_hand else None}

    def use_view(self, view: Mapping[str, Any]) -> None:
        """Take scale and ranges of another plot of this kind; what is drawn next is drawn in them."""
        if view["scale"] in {scale.name for scale in self.scales} and view["scale"] != self.scale.name:
            self.use_scale(view["scale"])
        if view["covered"] is not None:
            self._begun = self.covered = Range(*view["covered"])
            self._set_range(self.covered)
        if view["seen"] is not None:
            self.by_hand = True
            across, up = view["seen"]
            self.item.vb.setRange(xRange=across, yRange=up, padding=0)

    def _say_changed(self, how: str | None) -> None:
        """Let the title say, in as many words as there is room for, that the axis has been another one until this epoch; or not any more."""
        before = self._changed
        self._changed = (f"axis {how} at epoch {self.epoch:,}", f"axis since epoch {self.epoch:,}") if how else ()
        if self._changed != before and self._theme is not None:
            self._show_title()

    def leave_room(self, pixels: float) -> None:
        """Let the title end so many pixels before the plot does: buttons find their places after the plot has found its size."""
        if pixels != self.button_room:
            self.button_room = pixels
            if self._theme is not None:
                self._show_title()

    def be_about(self, subject: Subject) -> None:
        """Title and axis name this subject from now on."""
        if subject != self.subject:
            self.subject = subject
            self.rename()

    def rename(self) -> None:
        """The subject is another one: title and axis say so."""
        if self._theme is not None:
            self.apply_theme(self._theme)

    def apply_theme(self, theme: Theme) -> None:
        """Colour axes, grid, title, curves and crosshair."""
        self._theme = theme
        self._html = ""  # in other colours now
        self._spots = []
        for side in ("left", "bottom"):
            axis = self.item.getAxis(side)
            axis.setPen(pg.mkPen(theme.faint, width=self._widths))
            axis.setTickPen(pg.mkPen(theme.line, width=self._widths))
            axis.setGrid(110)
        style = {"color": theme.text, "font-family": PLOT_FONT, "font-size": f"{magnified(POINTS)}pt"}
        self.item.setLabel("left", self.subject.symbol_on(self.scale), **style)
        self._axis.resizeEvent()  # pyqtgraph centres a label only then
        if self.names_across:
            self.item.setLabel("bottom", self.subject.across, **style)
        # before there is data to read, labels are there for their room alone
        self._colour_labels(theme.text if len(self.across) else theme.plot)
        self._line.setPen(pg.mkPen(theme.faint, width=self._widths, style=Qt.PenStyle.DotLine))
        self._label.setColor(theme.text)
        ground = QColor(theme.plot)
        ground.setAlpha(235)
        self._label.fill = pg.mkBrush(ground)
        self._label.border = pg.mkPen(theme.line)
        self.behind.colour(theme, self._widths)
        self._make_curves()
        self._draw()

    def _colour_labels(self, colour: str) -> None:
        for side in ("left", "bottom"):
            self.item.getAxis(side).setTextPen(colour)

    def thicken(self, factor: float) -> None:
        """Multiply every pen, for a picture with more pixels to the inch than the screen."""
        self._widths = factor
        if self._theme is not None:
            self.apply_theme(self._theme)

    def set_axis_cache(self, on: bool) -> None:
        """Whether axes are drawn from a cached bitmap; a vector picture must not hold one."""
        mode = QGraphicsItem.CacheMode.DeviceCoordinateCache if on else QGraphicsItem.CacheMode.NoCache
        for side in ("left", "bottom"):
            self.item.getAxis(side).setCacheMode(mode)

    # the crosshair

    def hover(self, scene_position: QPointF | None) -> bool:
        """Put the crosshair on the layer or epoch under the cursor; hide it where there is none. True when it shows."""
        inside = scene_position is not None and len(self.across) and self.item.vb.sceneBoundingRect().contains(scene_position)
        self._hovered = float(self.item.vb.mapSceneToView(scene_position).x()) if inside else None
        self._show_crosshair()
        return bool(inside)

    @property
    def crosshair_rows(self) -> int:
        """In how many rows its points stand, where it is a map of them; else 1."""
        return 1

    def stops(self, row: int = 0) -> Floats:  # noqa: ARG002 - of a map alone
        """Where a crosshair stops that keys move, (n, 2) in the axes' numbers, from left to right; of a map those of a row."""
        low, high = self.item.vb.viewRange()[1]
        return np.column_stack([self.across, np.full(len(self.across), (low + high) / 2)])

    def reading(self) -> str:
        """The exact numbers under the crosshair, a line each, live and pinned; empty where there is none."""
        position = self._position()
        if position is None:
            return ""
        place = self._place_hovered()
        own = [f"live:  no {self._what} {position:,.0f}"] if place is None else self._own_lines(place)
        return "\n".join([f"{self._what} {position:,.0f}", *own, *self.behind.lines(position, self._number, narrow=self._narrow)])

    @property
    def _what(self) -> str:
        """What the horizontal axis counts."""
        return self.subject.across.split()[0]

    def _own_lines(self, place: int) -> list[str]:
        """The live run's numbers at this place."""
        return [f"{label}:  {self._number(float(value))}" for label, value in zip(self.labels, self.values[:, place], strict=True)]

    def _number(self, value: float) -> str:
        """All digits, or four where the plot has no room for all of them: a number cut off would be another one."""
        many = not self._narrow and magnified(1.0) <= 1.0  # nobody reads sixteen digits in a hall
        if many or not np.isfinite(value) or value == 0.0:
            return exact(value)
        return scientific(float(np.sign(value)), float(np.log10(abs(value))), 4)

    def _place_hovered(self) -> int | None:
        """The place of the layer or epoch under the crosshair; None where there is none, or only a pinned run goes so far."""
        if self._hovered is None or not len(self.across) or self._beyond is not None:
            return None
        return self._nearest(self._hovered)

    @property
    def _beyond(self) -> float | None:
        """The layer or epoch under the crosshair where only a pinned run goes so far."""
        if self._hovered is None or not len(self.across) or self._hovered < self.across[-1] + 0.5:
            return None
        position = round(min(self._hovered, self.behind.reach)) if self.behind.shown else 0
        return float(position) if position > self.across[-1] else None

    def _position(self) -> float | None:
        """The layer or epoch under the crosshair."""
        place = self._place_hovered()
        return self._beyond if place is None else float(self.across[place])

    def _nearest(self, position: float) -> int:
        right = int(np.clip(np.searchsorted(self.across, position), 1, max(len(self.across) - 1, 1)))
        if len(self.across) == 1:
            return 0
        return right if self.across[right] - position < position - self.across[right - 1] else right - 1

    def _show_crosshair(self) -> None:
        position = self._position()
        self._line.setVisible(position is not None)
        self._label.setVisible(position is not None)
        if position is None:
            return
        self._line.setPos(position)
        self._write_reading()
        self._label.setPos(self._beside(position), self.item.vb.viewRange()[1][1])

    def _write_reading(self) -> None:
        """Fill the box of numbers."""
        if self.behind.shown:
            self._write_columns()
            return
        self._narrow = False
        self._label.setText(self.reading())
        if self._label.boundingRect().width() > self.item.vb.width():
            self._narrow = True
            self._label.setText(self.reading())

    def _write_columns(self) -> None:
        """The numbers of several runs, in as many digits and as few columns as there is room for; what has no room is counted."""
        room = self.item.vb.rect()
        lines: list[str] = []
        for narrow, titled, columns in LAYOUTS:
            self._narrow = narrow
            lines = self.reading().split("\n")
            self._label.setHtml(in_columns(lines, columns, title=titled))
            if self._label.boundingRect().width() <= room.width() and self._label.boundingRect().height() <= room.height():
                return
        for kept in range(len(lines) - 1, 1, -1):
            self._label.setHtml(in_columns([*lines[:kept], f"and {len(lines) - kept} more"], 1))
            if self._label.boundingRect().height() <= room.height():
                return

    def _beside(self, position: float) -> float:
        """Where the box of numbers begins: right of the line where it fits, else left of it, else as far right as it can be."""
        left, right = map(float, self.item.vb.viewRange()[0])
        width = float(self.item.vb.width())
        pixel: float = (right - left) / max(width, 1.0)
        box: float = self._label.boundingRect().width() * pixel
        gap = 6 * pixel
        if position + gap + box <= right:
            return position + gap
        return position - gap - box if position - gap - box >= left else max(left, right - box)  # a number without its beginning is another one

    # drawing

    def _make_curves(self) -> None:
        for curve in self._curves:
            self.item.removeItem(curve)
        self._curves = []
        if self._theme is None:
            return
        for _ in self.values:
            curve = pg.PlotCurveItem(connect="finite", skipFiniteCheck=False)
            self.item.addItem(curve)
            self._curves.append(curve)
        self._colour_curves()
        self._show_title()

    def _colour(self, number: int) -> str:
        assert self._theme is not None, "colours come with the theme"
        return self._theme.curves[number % len(self._theme.curves)]

    def _colour_curves(self) -> None:
        smooth = self.values.shape[-1] <= SMOOTH_POINTS
        for number, curve in enumerate(self._curves):
            curve.setPen(self._pen(number, smooth))
            curve.opts["antialias"] = smooth

    def _pen(self, number: int, smooth: bool) -> QPen:
        pen: QPen = pg.mkPen(self._colour(number), width=(2.0 if smooth else 1.0) * self._widths)
        dash = self._dash(number)
        if dash and smooth:
            pen.setDashPattern(dash)
        return pen

    def _dash(self, number: int) -> list[float] | None:
        """The dashes of a curve, in widths of its pen; None is solid."""
        return DASHES[number % len(DASHES)]

    def _show_title(self) -> None:
        assert self._theme is not None, "a title is coloured by the theme"
        title, entries, names = self._title_with_names(float(self.item.vb.width()) - self.button_room)
        after = LEGEND_GAP
        if self.on_paper and self.legend_below and len(self.labels) > 1 and len(entries) < len(next(self._legends(), [])):
            title, entries, after = self._in_two_lines(title, entries)
        coloured = [self._coloured(number, entry) for number, entry in enumerate(entries)] + names
        self._put_title(f'<span style="font-family:{PLOT_FONT}"><b>{title}</b>{after}{LEGEND_GAP.join(coloured)}</span>')
        if after == BELOW:
            self.item.titleLabel.setMaximumHeight(TWO_LINES)
            self.item.layout.setRowFixedHeight(0, TWO_LINES)

    def _in_two_lines(self, title: str, entries: list[str]) -> tuple[str, list[str], str]:
        """A legend has a line of its own where a person cannot let the mouse say which curve is which."""
        room = float(self.item.vb.width()) - self.button_room
        whole = self.subject.title_on(self.scale)
        for legend in self._legends_below():
            if len(legend) >= len(entries) and sum(_width(entry) + gap() for entry in legend) <= room:
                return whole if _width(whole, bold=True) <= room else title, legend, BELOW
        return title, entries, LEGEND_GAP

    def _legends_below(self) -> Iterator[list[str]]:
        """Legends that have a line for themselves: first remarks give way, then names, the last first."""
        remarks, names = self._remarks(), [f"{DASH_SIGNS[number % len(DASH_SIGNS)]} {label}" for number, label in enumerate(self.labels)]
        for kept in range(len(remarks), -1, -1):
            yield [*names, *remarks[:kept]]
        for shown in range(len(names) - 1, 0, -1):
            yield [*names[:shown], f"and {len(names) - shown} more"]

    def _title_with_names(self, room: float) -> tuple[str, list[str], list[str]]:
        """Title, legend, and the names of pinned runs: formula and words give way to them, entries of the legend do not."""
        title, entries = self._fitting_title(room)
        for names, wide in self.behind.legends() if entries or len(self.labels) < 2 else ():
            shorter, kept = self._fitting_title(room - wide)
            if len(kept) >= self._entries_kept(len(entries)) and _width(shorter, bold=True) + sum(_width(entry) + gap() for entry in kept) + wide <= room:
                return shorter, kept, names
        return title, entries, []

    def _entries_kept(self, entries: int) -> int:
        """How many of a legend's entries stay beside the names of pinned runs."""
        return entries

    def _coloured(self, number: int, entry: str) -> str:
        """A legend's entry with its sign in its curve's colour."""
        return f'<span style="color:{self._colour(number)}">{entry[:2]}</span>&nbsp;{entry[3:]}' if entry[:2] in DASH_SIGNS else entry

    def _put_title(self, title: str) -> None:
        """Show a title, where it is another one."""
        if title == self._html or self._theme is None:
            return
        self._html = title
        self.item.setTitle(title, color=self._theme.text, size=f"{magnified(POINTS)}pt", justify="left")
        if magnified(TITLE_ROOM) > USUAL_TITLE_ROOM:
            self.item.titleLabel.setMaximumHeight(magnified(TITLE_ROOM))
            self.item.layout.setRowFixedHeight(0, magnified(TITLE_ROOM))
        scene = self.item.scene()
        if scene is not None:
            scene.update(self.item.titleLabel.sceneBoundingRect())  # all of the line: a shorter title leaves the end of a longer one behind

    def _fitting_title(self, room: float) -> tuple[str, list[str]]:
        """Title, legend and remarks that fit in so many pixels: first the formula goes, then the words, then entries and remarks, the last first."""
        symbol = self.subject.symbol_on(self.scale)
        titles = [self.subject.title_on(self.scale), f"{self.subject.title} {symbol}"] + [symbol] * (not self.subject.in_words)
        bold, plain = QFontMetricsF(plot_font(POINTS, bold=True)), QFontMetricsF(plot_font(POINTS))
        legends = list(self._legends())
        tried = [(title, [*legend, *changed]) for changed in self._wordings() for legend in legends for title in titles]
        tried += [(symbol, list(changed)) for changed in self._wordings()]  # that the axis has changed is nowhere else to be read, unlike the words
        for title, entries in [*tried, (titles[-1], [])]:
            if bold.horizontalAdvance(title) + sum(plain.horizontalAdvance(entry) + gap() for entry in entries) <= room:
                return title, entries
        return symbol, []

    def _wordings(self) -> list[tuple[str, ...]]:
        """That the axis has changed, in many words and in few; nothing where it has not."""
        return [(words,) for words in self._changed] or [()]

    def _legends(self) -> Iterator[list[str]]:
        """Legend entries and remarks, fewer and fewer."""
        labels, remarks = self.labels if len(self.labels) > 1 else (), self._remarks()
        for shown in range(min(len(labels), 4), -1, -1):
            entries = [f"{DASH_SIGNS[number % len(DASH_SIGNS)]} {label}" for number, label in enumerate(labels[:shown])]
            yield entries + [f"and {len(labels) - shown} more"] * (0 < shown < len(labels)) + remarks
        for kept in range(len(remarks) - 1, -1, -1):
            yield remarks[:kept]

    def _remarks(self) -> list[str]:
        """What the title says behind the legend, the most important first."""
        return [self._note] if self._note else []

    def _draw(self) -> None:
        if self._theme is None or not len(self.across) or self._outdated:
            return
        if self.covered is None:
            self._colour_labels(self._theme.text)
        placed = self.scale.place(self.values)
        covered = self._covering(self._to_cover(placed))
        broken = self._axis.broken_seen or self.behind.broken or bool((np.isnan(placed) | (placed == np.inf)).any())
        subnormals = self.scale.subnormals or (self._subnormal is not None and isinstance(self.scale, Decades))
        if (covered, broken, subnormals) != (self.covered, self._axis.broken_seen, self.scale.subnormals) or self._axis.scale_drawn is not self.scale:
            self._axis.broken_seen, self.scale.subnormals = broken, subnormals
            self._set_range(covered)
        inside = np.where((placed >= covered.low) & (placed <= covered.high), placed, np.nan)
        for number, (curve, row) in enumerate(zip(self._curves, inside, strict=True)):
            curve.setData(*self._columns(row, self._dash(number)))
        self._show_marks(spots_of(self.across, placed, covered, self.scale, self._subnormal))
        self._draw_pinned(covered)
        self._show_crosshair()

    def _covering(self, heights: Floats) -> Range:
        """The range for these heights and the pinned runs'; one that stays makes room for a run that is pinned later."""
        pinned = self.behind.extent()
        covered = self.scale.covering(np.concatenate([heights.ravel(), pinned]) if len(pinned) else heights, self.covered)
        anew, self._pinned_anew = self._pinned_anew, False
        if not anew or not len(pinned) or covered == NO_DECADES or (covered.low <= pinned.min() and pinned.max() <= covered.high):
            return covered
        alone = self.scale.covering(pinned, None)
        widened = Range(min(covered.low, alone.low), max(covered.high, alone.high))
        self._begun = self._begun and widened
        return widened

    def _draw_pinned(self, covered: Range) -> None:
        self.behind.draw(covered, Range(*self.item.vb.viewRange()[0]), self._pixel_columns)

    def _to_cover(self, placed: Floats) -> Floats:
        """What a range that is chosen anew has to hold."""
        return placed

    def _set_range(self, covered: Range) -> None:
        self.covered = covered
        self._begun = self._begun or (None if covered == NO_DECADES else covered)
        self.scale.make_room(self.item.vb.height() / magnified(1.0))
        self._axis.draw_anew(covered, self.scale)
        if not self.by_hand:
            self.item.vb.setYRange(*self.scale.view(covered, broken=self._axis.broken_seen), padding=0)

    def _columns(self, row: Floats, dash: Sequence[float] | None = None) -> tuple[Floats, Floats]:
        """The curve's points, at most two for each column of pixels in view; what is not finite leaves a gap, and so do the dashes that no pen can draw."""
        if not self._crowded:
            return self.across, np.where(np.isfinite(row), row, np.nan)
        if dash:
            view, finite = Range(*self.item.vb.viewRange()[0]), np.where(np.isfinite(row), row, np.nan)
            return dashed(self.across, finite, view, self._pixel_columns, tuple(2.0 * part for part in dash))
        return in_view(self.across, row, Range(*self.item.vb.viewRange()[0]), self._pixel_columns)

    @property
    def _pixel_columns(self) -> int:
        return max(100, int(self.item.vb.width()))

    @property
    def _crowded(self) -> bool:
        """Whether there are more points than the plot's pixels can show: then it depends on the part in view which are drawn."""
        points = self.values.shape[-1]
        return bool(points > 2 * self._pixel_columns or (points > SMOOTH_POINTS and len(self.values) > 1))

    def _show_marks(self, spots: list[Spot]) -> None:
        if spots == self._spots:
            return
        self._spots = spots
        self._lanes.setVisible(bool(spots))
        brushes = [pg.mkBrush(self._colour(number)) for number in range(len(self.values))]
        self._lanes.setData(
            x=[spot.across for spot in spots],
            y=[spot.height for spot in spots],
            brush=[brushes[spot.curve] for spot in spots],
            symbol=[spot.symbol for spot in spots],
            size=[magnified(5 if spot.symbol == "s" else 8) for spot in spots],
            pen=None,
        )

    def lane_points(self) -> NDArray[np.float64]:
        """Where the squares in the lanes stand, (n, 2): layer or epoch, and height on the axis."""
        if not self._lanes.isVisible():
            return np.empty((0, 2))
        return np.column_stack(self._lanes.getData())

    def drawn(self) -> list[tuple[Floats, Floats]]:
        """What the curves hold, as they are drawn: horizontal and vertical positions of each."""
        return [curve.getData() for curve in self._curves]

    def _on_range_by_hand(self, *_: object) -> None:
        self.by_hand = True
        self._say_changed("changed by hand")

    def _on_resized(self, *_: object) -> None:
        """The lanes keep their distance in pixels."""
        if self.covered is not None:
            self._set_range(self.covered)
        if self._theme is not None:
            self._show_title()
        self._draw()

    def _on_columns_changed(self, *_: object) -> None:
        if self._crowded:
            self._draw()
        elif self.behind.shown and self.covered is not None:
            self._draw_pinned(self.covered)


def in_columns(lines: Sequence[str], columns: int, *, title: bool = True) -> str:
    """Lines as HTML in columns, below the first as their title or all alike."""
    cells = [html.escape(line).replace(" ", "&nbsp;") for line in lines]
    above, cells = (cells[0], cells[1:]) if title else ("", cells)
    rows = -(-len(cells) // columns)
    table = "".join("<tr>" + "".join(f'<td style="padding-right:6px">{cell}</td>' for cell in cells[row::rows]) + "</tr>" for row in range(rows))
    return f'{above}<table cellspacing="0" cellpadding="0">{table}</table>'


def _width(entry: str, *, bold: bool = False) -> float:
    """How many pixels a title's HTML takes in one line."""
    plain = html.unescape(re.sub(r"<[^>]*>", "", entry))
    return QFontMetricsF(plot_font(POINTS, bold=bold)).horizontalAdvance(plain)
