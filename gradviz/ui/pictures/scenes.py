"""Panels with their places in one picture, painted as they stand, on whatever Qt paints on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QPoint, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QImage, QPainter
from PyQt6.QtWidgets import QScrollArea

from gradviz.runs.files import FileError
from gradviz.ui.plots.dashboard import Dashboard
from gradviz.ui.plots.panel import Panel
from gradviz.ui.theme import Theme

#: How everything is drawn: bitmaps of cells stay sharp, and a PDF must not make JPEGs of them.
HINTS = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing | QPainter.RenderHint.LosslessImageRendering


class Scene:
    """Panels with their places in one picture."""

    def __init__(self, panels: Sequence[Panel], theme: Theme) -> None:
        self.panels = panels
        self.theme = theme
        corners = [self._corner(panel) for panel in panels]
        self._origin = QPoint(min(corner.x() for corner in corners), min(corner.y() for corner in corners))

    @property
    def size(self) -> QSize:
        corners = [self.place(panel).bottomRight() for panel in self.panels]
        return QSize(round(max(corner.x() for corner in corners)), round(max(corner.y() for corner in corners)))

    def place(self, panel: Panel) -> QRectF:
        corner = self._corner(panel) - self._origin
        return QRectF(corner.x(), corner.y(), panel.width(), panel.height())

    @staticmethod
    def _corner(panel: Panel) -> QPoint:
        """Where the panel stands in its window, when no column of panels has been moved."""
        window = panel.window()
        corner: QPoint = panel.mapTo(window, QPoint(0, 0)) if window is not None and window is not panel else panel.pos()
        return corner + QPoint(0, _moved(panel))

    def paint(self, painter: QPainter, ratio: float = 1.0, *, vector: bool = False, transparent: bool = False) -> None:
        """Draw the panels at their places; a pixel of the screen becomes `ratio` device pixels, and with `vector` no part a bitmap that need not be one."""
        with self.ready(ratio):
            self.paint_ready(painter, ratio, vector=vector, transparent=transparent)

    def ready(self, ratio: float) -> contextlib.AbstractContextManager[None]:
        """Panels with pens for so many device pixels to one of the screen's: once for many pictures, each by paint_ready()."""
        return _thick(self.panels, ratio)

    def paint_ready(self, painter: QPainter, ratio: float = 1.0, *, vector: bool = False, transparent: bool = False) -> None:
        """Draw the panels as paint() does, where they are ready()."""
        with _enlarged(self.panels, ratio), _vector_items(self.panels) if vector else contextlib.nullcontext():
            painter.setRenderHints(HINTS)
            if not transparent and len(self.panels) > 1:
                painter.fillRect(QRectF(0, 0, self.size.width(), self.size.height()), QColor(self.theme.line))
            for panel in self.panels:
                place = self.place(panel)
                if not transparent:
                    painter.fillRect(place, QColor(self.theme.plot))
                panel.scene().render(painter, place, panel.viewRect())


def _moved(panel: Panel) -> int:
    """How many pixels a person has moved up the column that the panel is in."""
    above = panel.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    bar = above.verticalScrollBar() if above is not None else None
    return bar.value() if bar is not None else 0


@contextlib.contextmanager
def _thick(panels: Sequence[Panel], scale: float) -> Iterator[None]:
    """Panels drawn without their axis bitmaps, and with pens as thick as on screen."""
    for panel in panels:
        _settle_labels(panel)
        for plot in panel.plots:
            plot.set_axis_cache(False)
            if scale != 1.0:
                plot.thicken(scale)
    try:
        yield
    finally:
        for panel in panels:
            for plot in panel.plots:
                plot.set_axis_cache(True)
                if scale != 1.0:
                    plot.thicken(1.0)


def _settle_labels(panel: Panel) -> None:
    """Let every label be painted once where nobody sees it: pyqtgraph's first painting of one puts its ground where it would be on an unscaled page."""
    image = QImage(1, 1, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for item in panel.scene().items():
        if isinstance(item, pg.TextItem):
            item.paint(painter)
            item.updateTransform()
    painter.end()


@contextlib.contextmanager
def _enlarged(panels: Sequence[Panel], scale: float) -> Iterator[None]:
    """Marks that are so many times as large: pyqtgraph measures them in the picture's own pixels."""
    marks = [item for panel in panels for item in panel.scene().items() if isinstance(item, pg.ScatterPlotItem)] if scale != 1.0 else []
    before = [(item, item.opts["size"], item.data["size"].copy()) for item in marks]
    for item, usual, sizes in before:
        _resize(item, scale * usual, np.where(sizes > 0, scale * sizes, sizes))  # where none is given it is the usual one
    try:
        yield
    finally:
        for item, usual, sizes in before:
            _resize(item, usual, sizes)


def _resize(item: pg.ScatterPlotItem, usual: float, sizes: NDArray[np.float64]) -> None:
    item.setSize(usual)
    item.setSize(sizes)


@contextlib.contextmanager
def _vector_items(panels: Sequence[Panel]) -> Iterator[None]:
    """pyqtgraph's items in export mode: markers would be bitmaps otherwise."""
    items = [item for panel in panels for item in panel.scene().items() if hasattr(item, "setExportMode")]
    for item in items:
        item.setExportMode(True, {"antialias": True, "background": Qt.GlobalColor.transparent})
    try:
        yield
    finally:
        for item in items:
            item.setExportMode(False)


def scene_of(dashboard: Dashboard, name: str, theme: Theme) -> Scene:
    """One panel by its name, or every visible one for `dashboard`."""
    if name == "dashboard":
        shown = list(dashboard.shown.values())
        if not shown:
            raise FileError("Every panel is hidden, so there is no picture; show one with the View menu.")
        return Scene(shown, theme)
    if name not in dashboard.shown:
        raise FileError(f"The panel '{name}' is hidden, so there is no picture of it; show it with the View menu.")
    return Scene([dashboard.panels[name]], theme)
