"""Our icon as a desktop wants it: drawn anew for every size, needing no screen."""

from __future__ import annotations

from PyQt6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PyQt6.QtGui import QIcon, QImage, QPainter, QPixmap
from PyQt6.QtSvg import QSvgRenderer

from gradviz.runs.desktop import DRAWINGS, SIZES, drawing_for
from gradviz.runs.resources import resource

#: A window is never shown with a larger one.
LARGEST = 128


def image(drawing: str, size: int) -> QImage:
    """A drawing of resources/ in a square of so many pixels."""
    drawn = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(str(resource(drawing))).render(painter)
    painter.end()
    return drawn


def png(drawing: str, size: int) -> bytes:
    """The same as a file, without a word on when and where it was drawn."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image(drawing, size).save(buffer, "PNG")
    return content.data()


def window_icon() -> QIcon:
    """The icon in the sizes that title bars, lists of windows and panels show."""
    drawing, icon = next(iter(DRAWINGS)), QIcon()
    for size in SIZES:
        if size <= LARGEST:
            icon.addPixmap(QPixmap.fromImage(image(drawing_for(drawing, size), size)))
    return icon
