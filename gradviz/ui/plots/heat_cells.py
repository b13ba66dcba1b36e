"""The heat map's cells as they are drawn: on the screen, and in pictures of any kind."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QImage, QPaintEngine, QPainter

from gradviz.ui.plots.heat_image import Codes

#: Who shows an SVG or a PDF smooths small images whatever the file says: there each cell is many pixels, in an image at least so wide and high.
VECTORS = (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf)
VECTOR_PIXELS = 2000


class Cells(pg.GraphicsObject):
    """The coloured cells, sharp at every size, lowest row lowest."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: Codes = np.zeros((0, 0), np.uint8)
        self._place = QRectF()
        self._colours: list[int] = []

    def colour(self, colours: list[int]) -> None:
        self._colours = colours
        self.update()

    def show_codes(self, codes: Codes, place: QRectF) -> None:
        """Draw these cells, (rows, columns), in this part of the plot."""
        if place != self._place:
            self.prepareGeometryChange()
            self._place = place
        self._codes = codes
        self.update()

    def boundingRect(self) -> QRectF:
        return self._place

    def paint(self, painter: QPainter, *_: object) -> None:
        if not self._codes.size or not self._colours:
            return
        codes = self._codes
        engine = painter.paintEngine()
        if engine is not None and engine.type() in VECTORS:
            for axis in (0, 1):
                codes = codes.repeat(math.ceil(VECTOR_PIXELS / codes.shape[axis]), axis)
        rows, columns = codes.shape
        cells = codes.tobytes()
        image = QImage(cells, columns, rows, columns, QImage.Format.Format_Indexed8)
        image.setColorTable(self._colours)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering, True)  # a PDF would hold a JPEG of it
        painter.drawImage(self._place, image)
