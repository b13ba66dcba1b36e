"""Pictures of plots as files: PNG, SVG and PDF of one panel or of the whole dashboard, as they stand on the screen."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QMarginsF, QPoint, QRectF, QSize, QSizeF, Qt
from PyQt6.QtGui import QColor, QImage, QPageSize, QPainter, QPdfWriter
from PyQt6.QtWidgets import QScrollArea

from gradviz.runs.files import FileError, written_whole
from gradviz.ui.plots.dashboard import Dashboard
from gradviz.ui.plots.panel import Panel
from gradviz.ui.theme import Theme

#: Qt's paper is measured in points: 72 to the inch, of which the screen's pixels make 96.
POINTS_PER_PIXEL = 72 / 96


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

    def paint(self, painter: QPainter, scale: float = 1.0) -> None:
        """Draw the panels at their places; `scale` is how many device pixels a pen of one pixel should cover."""
        with _ready_to_export(self.panels, scale):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(QRectF(0, 0, self.size.width(), self.size.height()), QColor(self.theme.line if len(self.panels) > 1 else self.theme.plot))
            for panel in self.panels:
                place = self.place(panel)
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
def _ready_to_export(panels: Sequence[Panel], scale: float) -> Iterator[None]:
    """Panels drawn without their axis bitmaps, and with pens as thick and marks as large as on screen."""
    for panel in panels:
        for plot in panel.plots:
            plot.set_axis_cache(False)
            if scale != 1.0:
                plot.thicken(scale)
    try:
        with _enlarged(panels, scale):
            yield
    finally:
        for panel in panels:
            for plot in panel.plots:
                plot.set_axis_cache(True)
                if scale != 1.0:
                    plot.thicken(1.0)


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


def image_of(scene: Scene, scale: float = 2.0) -> QImage:
    """The picture with `scale` pixels for each one on the screen, lines and letters as thick."""
    image = QImage(scene.size * scale, QImage.Format.Format_RGB32)
    image.fill(QColor(scene.theme.plot))
    painter = QPainter(image)
    painter.scale(scale, scale)
    scene.paint(painter, scale)
    painter.end()
    return image


def save_picture(scene: Scene, path: Path, scale: float = 2.0) -> None:
    """Write a picture in the format that the file's ending names, whole or not at all."""
    writers = {".png": _write_png, ".svg": _write_svg, ".pdf": _write_pdf}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise FileError(f"'{path.name}' has no ending that says what to write; it must be one of .png, .svg, .pdf and .csv.")
    with written_whole(path) as beside:
        writer(scene, beside, scale)


def _write_png(scene: Scene, path: Path, scale: float) -> None:
    if not image_of(scene, scale).save(str(path), "PNG"):
        raise FileError(f"Cannot write '{path}': there is no room on the disk or in memory for the picture.")


def _write_pdf(scene: Scene, path: Path, _scale: float) -> None:
    writer = QPdfWriter(str(path))
    writer.setResolution(96)
    writer.setPageSize(QPageSize(QSizeF(scene.size) * POINTS_PER_PIXEL, QPageSize.Unit.Point))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle("GradViz")
    painter = QPainter()
    if not painter.begin(writer):
        raise FileError(f"Cannot write '{path}'.")
    with _vector_items(scene.panels):
        scene.paint(painter)
    painter.end()


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


def _write_svg(scene: Scene, path: Path, _scale: float) -> None:
    from pyqtgraph.exporters import SVGExporter  # a tenth of the start-up otherwise, for what few starts need

    width, height = scene.size.width(), scene.size.height()
    parts = []
    with _ready_to_export(scene.panels, 1.0):
        for number, panel in enumerate(scene.panels):
            place = scene.place(panel)
            drawn = SVGExporter(panel.scene()).export(toBytes=True).decode()
            inner = re.sub(r"^.*?<svg[^>]*>", "", drawn, count=1, flags=re.DOTALL)
            parts.append(
                f'<svg x="{place.x():g}" y="{place.y():g}" width="{place.width():g}" height="{place.height():g}" '
                f'viewBox="0 0 {place.width():g} {place.height():g}">'
                f'<rect width="100%" height="100%" fill="{scene.theme.plot}"/>{_own_names(inner, f"p{number}")}'
            )
    ground = scene.theme.line if len(scene.panels) > 1 else scene.theme.plot
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'version="1.1" width="{width}" height="{height}" viewBox="0 0 {width} {height}">\n<title>GradViz</title>\n'
        f'<rect width="100%" height="100%" fill="{ground}"/>\n' + "\n".join(parts) + "\n</svg>\n",
        encoding="utf-8",
    )


def _own_names(drawn: str, prefix: str) -> str:
    """The drawing with names of its own, for two panels number their parts alike."""
    drawn = re.sub(r'\bid="', f'id="{prefix}-', drawn)
    return re.sub(r"(url\(#|href=\"#)", rf"\g<1>{prefix}-", drawn)
