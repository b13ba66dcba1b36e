"""A sweep's map: one measure over one parameter or two, on the screen and in a picture alike."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFontMetricsF, QKeyEvent
from PyQt6.QtWidgets import QSizePolicy

from gradviz.core.config import PARAMETERS
from gradviz.runs.sweep_points import MEASURES, Index, Point
from gradviz.runs.sweeps import Axis, Sweep
from gradviz.ui.plots.axes import DecadeAxis, PlainAxis
from gradviz.ui.plots.heat_cells import Cells
from gradviz.ui.plots.plot import AXIS_ROOM, POINTS
from gradviz.ui.plots.sweep_axes import SweepBar, ValueAxis
from gradviz.ui.plots.sweep_colours import colour_table
from gradviz.ui.plots.sweep_shades import Codes, Shades
from gradviz.ui.theme import LIGHT, PLOT_FONT, Theme, plot_font

Mask = NDArray[np.bool_]

#: A word is written on its region where so many pixels around it are free.
WORD_MARGIN = 5.0
#: Regions are looked for in so many cells across and up.
LOOKED_AT = 160
ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}


class SweepMap(pg.GraphicsLayoutWidget):
    """Cells in colours for two parameters or for words; a curve for numbers along one parameter. Reports the point under the mouse and a click on it."""

    point_hovered = pyqtSignal(object)
    point_clicked = pyqtSignal(object)

    def __init__(self) -> None:
        self._title = ""
        self._marked: Index | None = None
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 220)
        self.setFrameShape(self.Shape.NoFrame)
        self.ci.layout.setContentsMargins(6, 4, 6, 4)
        self.shades: Shades | None = None
        self._theme = LIGHT
        self._bar = SweepBar()
        self._left: ValueAxis | DecadeAxis = ValueAxis("left")
        self._cells = Cells()
        self._curve = pg.PlotCurveItem(connect="finite", skipFiniteCheck=False, antialias=True)
        self._dots = pg.ScatterPlotItem(size=5, pxMode=True)
        self._ring = pg.ScatterPlotItem(size=13, symbol="s", pxMode=True, brush=None)
        self._words: list[pg.TextItem] = []
        self._item: pg.PlotItem | None = None
        self.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.scene().sigMouseClicked.connect(self._on_mouse_clicked)

    # what it shows

    def begin(self, plan: Sweep, measure: str) -> None:
        """Show a measure of this sweep from now on; nothing of it is known yet."""
        self.shades, self._marked = Shades(plan, measure), None
        self._title = MEASURES[measure].title
        self._make_item()
        self.apply_theme(self._theme)

    def add(self, points: Iterable[Point]) -> None:
        """Draw these points too."""
        if self.shades is not None:
            self.shades.add(points)
            self._draw()

    @property
    def drawn_as_curve(self) -> bool:
        """Whether it is numbers along one parameter."""
        return self.shades is not None and len(self.shades.plan.axes) == 1 and self.shades.kind != "word"

    def _make_item(self) -> None:
        """A plot of its own for each sweep: whether there are values beside it, or decades, is decided with the axis."""
        if self._item is not None:
            self.removeItem(self._item)
        self._left, self._bar, self._words = (DecadeAxis() if self.drawn_as_curve else ValueAxis("left")), SweepBar(), []
        axes = {"left": self._left, "bottom": ValueAxis("bottom"), "right": self._bar, "top": PlainAxis("top")}
        self._item = item = self.addPlot(axisItems=axes, enableMenu=False)
        item.hideAxis("top")
        if self.drawn_as_curve:
            item.hideAxis("right")
            self._left.setWidth(AXIS_ROOM)
        item.hideButtons()
        item.vb.setMouseEnabled(False, False)
        item.vb.disableAutoRange()
        item.vb.setDefaultPadding(0.0)
        item.titleLabel.updateMin = lambda: item.titleLabel.setMinimumHeight(item.titleLabel.itemRect().height())
        self._cells = Cells()
        self._curve = pg.PlotCurveItem(connect="finite", skipFiniteCheck=False, antialias=True)
        self._dots = pg.ScatterPlotItem(size=5, pxMode=True)
        self._ring = pg.ScatterPlotItem(size=13, symbol="s", pxMode=True, brush=None)
        for number, part in enumerate((self._cells, self._curve, self._dots, self._ring)):
            part.setZValue(number - 10 if part is self._cells else number)
            item.addItem(part, ignoreBounds=True)
        item.vb.sigResized.connect(self._on_resized)
        self._name_axes()

    def _name_axes(self) -> None:
        assert self.shades is not None, "axes belong to a sweep"
        assert self._item is not None, "axes belong to a plot"
        axes = self.shades.plan.axes
        style = {"color": self._theme.text, "font-family": PLOT_FONT, "font-size": f"{POINTS}pt"}
        self._item.getAxis("bottom").show_values(axes[0])
        self._item.setLabel("bottom", _name(axes[0]), **style)
        count = len(axes[0].values)
        beside = 0.5 + 0.02 * count * self.drawn_as_curve  # a curve has no cells whose edges are the axis' ends
        self._item.vb.setXRange(-beside, count - 1 + beside, padding=0)
        if isinstance(self._left, ValueAxis):
            self._left.show_values(axes[1] if len(axes) > 1 else None)
            self._item.setLabel("left", _name(axes[1]) if len(axes) > 1 else "", **style)
            self._item.vb.setYRange(-0.5, self._rows - 0.5, padding=0)

    @property
    def _rows(self) -> int:
        assert self.shades is not None, "rows belong to a sweep"
        return self.shades.plan.shape[1] if len(self.shades.plan.shape) > 1 else 1

    def apply_theme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.setBackground(theme.plot)
        if self._item is None:
            return
        for side in ("left", "bottom"):
            axis = self._item.getAxis(side)
            axis.setPen(pg.mkPen(theme.faint))
            axis.setTickPen(pg.mkPen(theme.line))
            axis.setTextPen(theme.text)
            axis.setGrid(110 if self.drawn_as_curve else False)
        self._name_axes()
        self._curve.setPen(pg.mkPen(theme.curves[0], width=1.5))
        self._dots.setPen(None)
        self._dots.setBrush(pg.mkBrush(theme.curves[0]))
        self._ring.setPen(pg.mkPen(theme.text, width=2.0))
        for word in self._words:
            word.setColor(theme.text)
        self._draw()

    # drawing

    def _draw(self) -> None:
        shades = self.shades
        if shades is None or self._item is None:
            return
        self._show_title()
        if self.drawn_as_curve:
            self._draw_curve(shades)
            return
        colours = colour_table(shades, self._theme)
        codes = shades.codes.reshape(len(shades.plan.axes[0].values), self._rows).T
        self._cells.colour(colours)
        self._cells.show_codes(np.ascontiguousarray(codes), QRectF(-0.5, -0.5, codes.shape[1], codes.shape[0]))
        self._bar.show_legend(shades.legend(), colours, self._theme)
        self._name_regions(codes)

    def _show_title(self) -> None:
        assert self.shades is not None, "a title belongs to a sweep"
        assert self._item is not None, "a title belongs to a plot"
        done, count = int(self.shades.done.sum()), self.shades.plan.count
        remark = f" ({done:,} of {count:,} points)" if done < count else ""
        title = self._title[:1].upper() + self._title[1:] + remark
        room = max(80.0, self.width() - 40.0)
        fitting = QFontMetricsF(plot_font(POINTS + 1, bold=True)).elidedText(title, Qt.TextElideMode.ElideRight, room)
        self._item.setTitle(fitting, color=self._theme.text, size=f"{POINTS + 1}pt", bold=True)

    def _draw_curve(self, shades: Shades) -> None:
        assert isinstance(self._left, DecadeAxis), "a curve stands beside numbers"
        assert self._item is not None, "a curve belongs to a plot"
        shades.scale.make_room(float(self._item.vb.height()))
        placed = np.where(shades.done, shades.placed(), np.nan)
        covered = shades.scale.covering(placed[np.isfinite(placed)], shades.covered)
        if np.isfinite(placed).any():
            shades.covered = covered
        known = shades.done & ~np.isnan(shades.values)
        broken = known & ~np.isfinite(placed) & (shades.values != 0)
        heights = np.where(shades.values == 0, shades.scale.zero_lane(covered), placed) if shades.kind == "size" else placed
        heights = np.where(broken, shades.scale.broken_lane(covered), heights)
        across = np.flatnonzero(known)
        self._dots.setData(across, heights[across])
        on_axis = known & np.isfinite(placed)
        order = np.flatnonzero(on_axis)
        self._curve.setData(order, placed[order])
        self._left.broken_seen = bool(broken.any())
        self._left.draw_anew(covered, shades.scale)
        self._item.vb.setYRange(*shades.scale.view(covered, broken=bool(broken.any())), padding=0)

    def _name_regions(self, codes: Codes) -> None:
        """Write each word on the roomiest place of its region, where it fits: colours alone are no names."""
        assert self.shades is not None, "regions belong to a sweep"
        assert self._item is not None, "regions belong to a plot"
        for text in self._words:
            self._item.removeItem(text)
        self._words = []
        if self.shades.kind != "word":
            return
        pixels = float(self._item.vb.width()) / codes.shape[1], float(self._item.vb.height()) / codes.shape[0]
        metrics = QFontMetricsF(plot_font(POINTS))
        for word, code in self.shades.words.items():
            half = (metrics.horizontalAdvance(word) / 2 + WORD_MARGIN) / pixels[0], (metrics.height() / 2 + WORD_MARGIN) / pixels[1]
            place = roomiest(codes == code, half)
            if place is not None:
                self._write(word, place)

    def _write(self, word: str, place: tuple[float, float]) -> None:
        assert self._item is not None, "words belong to a plot"
        ground = QColor(self._theme.plot)
        ground.setAlpha(215)
        text = pg.TextItem(word, color=self._theme.text, anchor=(0.5, 0.5), fill=pg.mkBrush(ground))
        text.setFont(plot_font(POINTS))
        text.setPos(*place)
        text.setZValue(5)
        self._item.addItem(text, ignoreBounds=True)
        self._words.append(text)

    @property
    def words_written(self) -> list[str]:
        """The words that stand on their regions."""
        return [text.toPlainText() for text in self._words]

    def _on_resized(self, *_: object) -> None:
        self._draw()

    # keys

    def event(self, event: QEvent | None) -> bool:
        """Arrow keys move the frame around a point, and Enter opens it, as a click does."""
        if isinstance(event, QKeyEvent) and self.shades is not None and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            arrow, opens = ARROWS.get(Qt.Key(event.key())), event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._marked is not None
            if (arrow or opens) and event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
                event.accept()
                if event.type() is QEvent.Type.KeyPress and arrow:
                    self._move_mark(*arrow)
                elif event.type() is QEvent.Type.KeyPress:
                    self.point_clicked.emit(self._marked)
                return True
        return bool(super().event(event))

    def _move_mark(self, across: int, up: int) -> None:
        """To the point beside it; the first time to the first one."""
        assert self.shades is not None, "points belong to a sweep"
        shape = self.shades.plan.shape
        before = self._marked or (0,) * len(shape)
        by = (across, up) if self._marked is not None else (0, 0)
        index: Index = tuple(min(max(place + step, 0), count - 1) for place, step, count in zip(before, by, shape, strict=False))
        self.mark(index)
        self.point_hovered.emit(index)

    # the mouse

    def index_at(self, scene_position: QPointF) -> Index | None:
        """The point whose cell is at this place of the scene; None where there is none."""
        if self.shades is None or self._item is None or not self._item.vb.sceneBoundingRect().contains(scene_position):
            return None
        point = self._item.vb.mapSceneToView(scene_position)
        column, row = math.floor(point.x() + 0.5), math.floor(point.y() + 0.5)
        if self.drawn_as_curve or len(self.shades.plan.shape) == 1:
            index: Index = (column,)
        else:
            index = (column, row)
        return index if all(0 <= place < count for place, count in zip(index, self.shades.plan.shape, strict=True)) else None

    def _on_mouse_moved(self, scene_position: QPointF) -> None:
        index = self.index_at(scene_position)
        self.mark(index)
        self.point_hovered.emit(index)

    def _on_mouse_clicked(self, event: pg.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        index = self.index_at(event.scenePos())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self.point_clicked.emit(index)

    def mark(self, index: Index | None) -> None:
        """Put a frame on this point; on none where there is none."""
        shades, self._marked = self.shades, index
        if index is None or shades is None:
            self._ring.setData([], [])
            return
        if self.drawn_as_curve:
            height = shades.placed()[index]
            self._ring.setData(*(([index[0]], [height]) if shades.done[index] and np.isfinite(height) else ([], [])))
        else:
            self._ring.setData([index[0]], [index[1] if len(index) > 1 else 0])


def _name(axis: Axis) -> str:
    """A parameter as an axis names it: its title, symbol and unit."""
    parameter = PARAMETERS[axis.name]
    unit = f" ({parameter.unit})" if parameter.unit else ""
    return f"{parameter.title} {parameter.symbol}{unit}"


def roomiest(inside: Mask, half: tuple[float, float]) -> tuple[float, float] | None:
    """The cell, (column, row), farthest from all others and from the edges, where a label of this half width and height in cells fits; None elsewhere."""
    step = max(1, *(math.ceil(count / LOOKED_AT) for count in inside.shape))
    left = inside[::step, ::step]
    left = _eroded(left, *(max(0, math.ceil(size / step - 0.5)) for size in half))
    place = left
    while left.any():
        place = left
        left = _eroded(left, 1, 1)
    rows, columns = np.nonzero(place)
    middle = len(rows) // 2
    return (float(columns[middle] * step), float(rows[middle] * step)) if len(rows) else None


def _eroded(mask: Mask, across: int, up: int) -> Mask:
    """The cells all of whose neighbours, so many to each side, are inside too; beyond the edge nothing is."""
    for axis, reach in ((0, up), (1, across)):
        padded = np.pad(mask, [(reach, reach) if number == axis else (0, 0) for number in (0, 1)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=axis)
        mask = np.all(windows, axis=-1)
    return mask
