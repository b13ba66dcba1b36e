"""The heat map's plot: cells by layer and epoch, a cursor at one epoch, a crosshair, and a box that a click pins."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QPointF, QRectF, Qt

from gradviz.ui.plots.axes import DecadeAxis
from gradviz.ui.plots.colour_bar import colour_table
from gradviz.ui.plots.heat_cells import Cells
from gradviz.ui.plots.heat_image import HeatImage
from gradviz.ui.plots.marks import Floats
from gradviz.ui.plots.plot import POINTS, Plot, Subject
from gradviz.ui.plots.scales import Linear, Range, Scale
from gradviz.ui.plots.titles import first_fitting
from gradviz.ui.theme import Theme, magnified, plot_font

HINT = "fills from the left as the training runs"
#: Recorded epochs that take fewer pixels than this are hardly seen.
NARROW = 12.0
#: A click so near to the pinned cell is a click on it.
NEAR = 6.0


class Cell(NamedTuple):
    """A cell of the image by its place in it."""

    column: int
    row: int


class HeatPlot(Plot):
    """A plot of cells by layer and epoch, with a cursor at one epoch, a crosshair, and a box that a click pins to a cell."""

    def __init__(self, item: pg.PlotItem, axis: DecadeAxis, subject: Subject, scales: Sequence[Scale]) -> None:
        self.image: HeatImage | None = None
        self.layers = np.empty(0, np.intp)
        #: Titles, the longest first, and remarks on the colours, each in more and in fewer words.
        self.titles: Callable[[], Sequence[str]] = lambda: [""]
        self.remarks: Callable[[], Sequence[tuple[str, ...]]] = list
        #: What the box says of a cell.
        self.describe: Callable[[Cell], str] = lambda _cell: ""
        #: Whether more epochs will come.
        self.fills = True
        self.pinned: tuple[int, int] | None = None
        self._pinned_at_top = False
        self._cell: Cell | None = None
        self._reduction = (1, 1)
        self._titled: object = None
        self.cells = Cells()
        self.cursor = pg.InfiniteLine(angle=90)
        self._cursor_ground = pg.InfiniteLine(angle=90)
        self._level = pg.InfiniteLine(angle=0)
        self._pin = pg.ScatterPlotItem(size=magnified(9), symbol="s", pxMode=True)
        self._pin_label = pg.TextItem()
        self._hint = pg.TextItem(HINT, anchor=(0.5, 0.5))
        super().__init__(item, axis, subject, scales)

    def _prepare(self) -> None:
        super()._prepare()
        for number, part in enumerate((self.cells, self._cursor_ground, self.cursor, self._level, self._pin, self._pin_label, self._hint)):
            part.setZValue(number - 10)
            self.item.addItem(part, ignoreBounds=True)
        for hidden in (self._cursor_ground, self.cursor, self._level, self._pin, self._pin_label, self._hint):
            hidden.setVisible(False)
        for box in (self._label, self._pin_label, self._hint):
            box.setFont(plot_font(POINTS - 1))
        self._pin_label.setZValue(15)
        for side in ("left", "bottom"):  # inward ticks would lie on the cells
            self.item.getAxis(side).setStyle(tickLength=4, hideOverlappingLabels=False)
        self.item.vb.sigRangeChanged.connect(self._on_view_changed)

    # what it shows

    def show_image(self, image: HeatImage, layers: slice) -> None:
        """Draw this image from now on; its rows are these layers."""
        self.image, self.layers = image, np.arange(layers.start, layers.stop, layers.step)
        edges = Range(self._bottom, float(self.layers[-1]) + 0.5) if len(self.layers) else Range(0.5, 1.5)
        self.scale = Linear(edges)
        self.covered = self._titled = None
        self.show_curves(np.arange(2), np.empty((0, 2)), ())  # no curves: the axes alone

    def show_epoch(self, epoch: int) -> None:
        """Put the cursor on this epoch, and draw what the image holds now."""
        for line in (self._cursor_ground, self.cursor):
            line.setPos(epoch)
            line.setVisible(True)
        self.refresh()

    def refresh(self) -> None:
        """Draw the image as fine as the screen is: of more cells than pixels several are joined, and the title says so."""
        image = self.image
        if image is None or not len(self.layers) or not image.columns:
            self.cells.show_codes(np.zeros((0, 0), np.uint8), QRectF())
            return
        step = self._step
        across, up = self._pixels_each()
        self._reduction = (max(1, math.ceil(1 / max(across * image.span, 1e-9) - 1e-3)), max(1, math.ceil(1 / max(up * step, 1e-9) - 1e-3)))
        codes = image.reduced(*self._reduction)
        height, width = codes.shape
        wide, high = self._reduction
        self.cells.show_codes(codes, QRectF(-0.5, self._bottom, width * wide * image.span, height * high * step))
        self._show_hint(image.columns * image.span, across)
        titled = (self.epochs_joined, self.layers_joined, self.button_room)
        if titled != self._titled and self._theme is not None:
            self._titled = titled
            self._show_title()
        self._show_crosshair()

    def _show_hint(self, epochs: int, pixels_each: float) -> None:
        """Say where cells will be, in the middle of the part that has none, while there are hardly any and where the words fit."""
        (left, right), (low, high) = self.item.vb.viewRange()
        left = max(left, epochs - 0.5)
        fits = float(self._hint.boundingRect().width()) <= (right - left) * pixels_each
        self._hint.setPos((left + right) / 2, (low + high) / 2)
        self._hint.setVisible(self.fills and epochs * pixels_each < NARROW and fits)

    @property
    def _step(self) -> int:
        return int(self.layers[1] - self.layers[0]) if len(self.layers) > 1 else 1

    @property
    def _bottom(self) -> float:
        """The lower edge of the lowest row: a row stands for its layer and those below it that have none."""
        return float(self.layers[0]) - self._step + 0.5

    def _pixels_each(self) -> tuple[float, float]:
        """Pixels for an epoch, and for a layer."""
        (left, right), (low, high) = self.item.vb.viewRange()
        return float(self.item.vb.width()) / (right - left), float(self.item.vb.height()) / (high - low)

    @property
    def epochs_joined(self) -> int:
        """So many observed epochs have one colour on the screen."""
        return self.image.span // self.image.every * self._reduction[0] if self.image else 1

    @property
    def layers_joined(self) -> int:
        """One layer in so many has its colour on the screen."""
        return self._step * self._reduction[1]

    def begin_anew(self) -> None:
        super().begin_anew()
        self.image = None
        self.unpin()
        self.hover(None)
        self.refresh()

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        for side in ("left", "bottom"):
            self.item.getAxis(side).setGrid(False)  # it would lie on the colours
        self.cells.colour(colour_table(theme))
        self.cursor.setPen(pg.mkPen(theme.text, width=self._widths))
        self._cursor_ground.setPen(pg.mkPen(theme.plot, width=3 * self._widths))
        for line in (self._line, self._level):
            line.setPen(pg.mkPen(theme.text, width=self._widths, style=Qt.PenStyle.DotLine))
        self._pin.setPen(pg.mkPen(theme.text, width=1.5 * self._widths))
        self._pin.setBrush(pg.mkBrush(theme.plot))
        for box in (self._label, self._pin_label, self._hint):
            box.setColor(theme.text)
            box.fill = pg.mkBrush(theme.plot)
        self._pin_label.border = pg.mkPen(theme.text)
        self._hint.setColor(theme.faint)
        self.refresh()

    def set_axis_cache(self, on: bool) -> None:
        super().set_axis_cache(on)
        bar = self.item.getAxis("right")
        bar.setCacheMode(self.item.getAxis("left").cacheMode())

    def _fitting_title(self, room: float) -> tuple[str, list[str]]:
        """First the remarks' words go, then the title's, then what is drawn of more cells than pixels, then the other remarks."""
        titles, said = self.titles(), [*self.remarks(), *([self._changed] if self._changed else [])]
        joined = self._joined()
        long, short = ([words[place] for words in said] for place in (0, -1))
        kept = [[*long, *joined[:1]], [*long, *joined[1:]], [*short, *joined[1:]]]
        tried = [(title, entries) for title in titles for entries in kept] + [(title, entries) for entries in (short, []) for title in titles]
        return first_fitting(room, tried)

    def _joined(self) -> list[str]:
        """How many epochs and layers have no cell of their own, in more and in fewer words; nothing where all have."""
        epochs = f"1 epoch in {self.epochs_joined:,}" if self.image and self.image.quotients else f"greatest of {self.epochs_joined:,} epochs"
        parts = [epochs] * (self.epochs_joined > 1) + [f"1 layer in {self.layers_joined:,}"] * (self.layers_joined > 1)
        return [f"({', '.join(parts)} shown)", f"({', '.join(parts)})"] if parts else []

    # the crosshair and the pinned box

    def cell_at(self, scene_position: QPointF) -> Cell | None:
        """The cell at this place of the scene; None where there is none."""
        if self.image is None or not len(self.layers) or not self.item.vb.sceneBoundingRect().contains(scene_position):
            return None
        point = self.item.vb.mapSceneToView(scene_position)
        column, row = math.floor((point.x() + 0.5) / self.image.span), math.floor((point.y() - self._bottom) / self._step)
        return Cell(column, row) if 0 <= column < self.image.columns and 0 <= row < len(self.layers) else None

    @property
    def crosshair_rows(self) -> int:
        return len(self.layers)

    def stops(self, row: int = 0) -> Floats:
        if self.image is None or row >= len(self.layers):
            return np.empty((0, 2))
        across = (np.arange(self.image.columns) + 0.5) * self.image.span - 0.5
        return np.column_stack([across, np.full(len(across), float(self.layers[row]))])

    def hover(self, scene_position: QPointF | None) -> bool:
        self._cell = None if scene_position is None else self.cell_at(scene_position)
        self._show_crosshair()
        return self._cell is not None

    def reading(self) -> str:
        return "" if self._cell is None or self.image is None or self._cell.column >= self.image.columns else self.describe(self._cell)

    def _show_crosshair(self) -> None:
        text = self.reading()
        for part in (self._line, self._level, self._label):
            part.setVisible(bool(text))
        if not text or self._cell is None or self.image is None:
            return
        across = (self._cell.column + 0.5) * self.image.span - 0.5
        self._line.setPos(across)
        self._level.setPos(float(self.layers[self._cell.row]))
        if text != self._label.toPlainText():
            self._label.setText(text)
        self._put(self._label, across, float(self.layers[self._cell.row]), top=not self._pinned_at_top)

    def _put(self, box: pg.TextItem, across: float, layer: float, *, top: bool) -> bool:
        """Put a box right of its cell or, where it does not fit, left of it; where neither fits, above or below it, so that the cell is seen.

        True where it stands at the top in the end.
        """
        (left, right), (low, high) = self.item.vb.viewRange()
        pixel = 1 / self._pixels_each()[0]
        width, gap = float(box.boundingRect().width()) * pixel, 9 * pixel
        if across + gap + width <= right:
            begins = across + gap
        elif across - gap - width >= left:
            begins = across - gap - width
        else:
            begins, top = right - width, layer < (low + high) / 2
        box.setAnchor((0, 0 if top else 1))
        box.setPos(begins, high if top else low)
        return top

    def pin(self, epoch: int, layer: int, text: str) -> None:
        """Mark this epoch and layer, with a box that stays."""
        self.pinned = (epoch, layer)
        self._pin.setData([epoch], [layer])
        self._pin_label.setText(text)
        self._pin.setVisible(True)
        self._pin_label.setVisible(True)
        self._place_pin()

    def unpin(self) -> None:
        """Take the pinned box away."""
        self.pinned = None
        self._pinned_at_top = False
        self._pin.setVisible(False)
        self._pin_label.setVisible(False)

    @property
    def pinned_text(self) -> str:
        """What the pinned box says; empty where there is none."""
        return str(self._pin_label.toPlainText()) if self.pinned else ""

    def is_near_pin(self, scene_position: QPointF) -> bool:
        """Whether this place of the scene is at the pinned cell."""
        if self.pinned is None:
            return False
        away = self.item.vb.mapViewToScene(QPointF(*self.pinned)) - scene_position
        return math.hypot(away.x(), away.y()) <= NEAR

    def _place_pin(self) -> None:
        if self.pinned is not None:
            self._pinned_at_top = self._put(self._pin_label, *self.pinned, top=False)

    def _on_view_changed(self, *_: object) -> None:
        self._place_pin()
        self.refresh()

    def _on_resized(self, *arguments: object) -> None:
        super()._on_resized(*arguments)
        self._on_view_changed()
