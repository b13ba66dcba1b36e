"""What stays as it is from one picture of a film to the next: painted once, and the curves, their titles and marks over it each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyqtgraph as pg
from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QColor, QImage, QPainter
from PyQt6.QtWidgets import QGraphicsItem

from gradviz.ui.pictures.drawing import Drawing

NO_CONTENTS = QGraphicsItem.GraphicsItemFlag.ItemHasNoContents


class Ground:
    """Axes with their grids and labels, the caption, and the plots' ground.

    An axis that changes after all is among what is painted each time from then on, as are those that draw something of their own, such as a scale of
    colours. Curves lie over the grid.
    """

    def __init__(self, drawing: Drawing, ratio: float) -> None:
        self._drawing, self._scene, self._ratio = drawing, drawing.scene, ratio
        #: The axes that stay, with their labels' words.
        self._still = {axis: axis.labelText for axis in _axes(drawing)}
        self._marks = [item for panel in self._scene.panels for item in panel.scene().items() if isinstance(item, pg.ScatterPlotItem)]
        self._image: QImage | None = None

    def paint(self, image: QImage) -> None:
        """Paint the whole picture, while it is ready()."""
        if self._image is None or self._release_changed():
            self._image = self._painted(image)
        for marks in self._marks:  # to find out that there are none takes pyqtgraph longer than to draw some
            marks.setFlag(NO_CONTENTS, not len(marks.data))
        painter = QPainter(image)
        painter.drawImage(0, 0, self._image)
        painter.scale(self._ratio, self._ratio)
        self._drawing.paint_title(painter)
        self._paint_panels(painter)
        painter.end()

    def _release_changed(self) -> bool:
        """Let those axes go that have changed; whether there were any."""
        changed = [axis for axis, words in self._still.items() if (axis.picture is None and axis.isVisible()) or axis.labelText != words]
        for axis in changed:
            del self._still[axis]
            axis.setOpacity(1.0)
        return bool(changed)

    @contextmanager
    def ready(self) -> Iterator[None]:
        """Pens as thick as this ratio needs, and axes that are painted here alone, until the block ends."""
        with self._scene.ready(self._ratio):
            self._image = None
            self._show_axes(False)
            try:
                yield
            finally:
                self._show_axes(True)

    def _show_axes(self, shown: bool) -> None:
        """Whether the axes that stay are painted; what is not opaque at all Qt passes over at once, and everything keeps its place."""
        for axis in self._still:
            axis.setOpacity(1.0 if shown else 0.0)

    def _painted(self, like: QImage) -> QImage:
        image = QImage(like.size(), like.format())
        image.fill(QColor(self._drawing.theme.plot))
        painter = QPainter(image)
        painter.scale(self._ratio, self._ratio)
        self._drawing.paint_caption(painter)
        self._paint_grounds(painter)
        still = {item for axis in self._still for item in (axis, axis.label)}
        self._show_axes(True)
        with _empty([item for panel in self._scene.panels for item in panel.scene().items() if item not in still]):
            self._paint_panels(painter)
        self._show_axes(False)
        painter.end()
        return image

    def _paint_grounds(self, painter: QPainter) -> None:
        """Lines between the panels, as in a picture."""
        if len(self._scene.panels) < 2:
            return
        top = QPointF(0.0, self._drawing.above)
        painter.fillRect(QRectF(top, self._scene.size.toSizeF()), QColor(self._drawing.theme.line))
        for panel in self._scene.panels:
            painter.fillRect(self._scene.place(panel).translated(top), QColor(self._drawing.theme.plot))

    def _paint_panels(self, painter: QPainter) -> None:
        painter.save()
        painter.translate(0.0, self._drawing.above)
        self._scene.paint_ready(painter, self._ratio, transparent=True)
        painter.restore()


def _axes(drawing: Drawing) -> Iterator[pg.AxisItem]:
    """The axes that pyqtgraph draws, which knows when one has to be drawn anew: it has no picture then."""
    for panel in drawing.dashboard.panels.values():
        for plot in panel.plots:
            for side in ("left", "bottom", "right", "top"):
                axis = plot.item.getAxis(side)
                if type(axis).paint is pg.AxisItem.paint:
                    yield axis


@contextmanager
def _empty(items: Sequence[QGraphicsItem]) -> Iterator[None]:
    """Items that are not painted until the block ends, though what is in them is."""
    changed = [item for item in items if not item.flags() & NO_CONTENTS]
    for item in changed:
        item.setFlag(NO_CONTENTS, True)
    try:
        yield
    finally:
        for item in changed:
            item.setFlag(NO_CONTENTS, False)
