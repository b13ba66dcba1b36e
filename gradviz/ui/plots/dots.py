"""Round dots in the colours of depth, hundreds of them in a fraction of a millisecond."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QPainter, QPen, QPolygonF

from gradviz.ui.theme import magnified

Floats = NDArray[np.float64]

#: Depth is shown in so many shades.
SHADES = 24
#: The part of viridis that has a contrast of 3:1 with the plot's ground, or of 4.5:1 in a theme of high contrast.
VIRIDIS = {"light": (0.0, 0.59), "dark": (0.35, 1.0), "contrast-light": (0.0, 0.44), "contrast-dark": (0.43, 1.0)}
#: Diameter of a dot in pixels, by how many lie on each other there: fewer than ten, fewer than a hundred, or more.
DOTS = (6.0, 9.0, 12.0)
DOT = DOTS[0]


@cache
def shades(theme: str) -> tuple[str, ...]:
    """The dots' colours in this theme, from the first layer to the last."""
    low, high = VIRIDIS[theme]
    return tuple(colour.name() for colour in pg.colormap.get("viridis").map(np.linspace(low, high, SHADES), mode="qcolor"))


class Dots(pg.GraphicsObject):
    """Round dots in a few colours: one call of the painter for each colour, where pyqtgraph's scatter plot has a row of Python for each dot."""

    def __init__(self) -> None:
        super().__init__()
        self.points = np.empty((0, 2))
        self._by_pen: list[tuple[int, QPolygonF]] = []
        self._pens: list[QPen] = []

    def colour(self, colours: Sequence[str], thickness: float) -> None:
        """Draw in these colours from now on, with pens so many times as thick."""
        self._pens = [pg.mkPen(colour, width=diameter * thickness) for diameter in DOTS for colour in colours]
        for pen in self._pens:
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        self.update()

    def show_points(self, points: Floats, shade: NDArray[np.intp], size: NDArray[np.intp]) -> None:
        """Draw points (n, 2), each in the colour and of the size of that number (n,); larger ones lie below, and later colours on earlier ones."""
        self.points = points
        pen = size * SHADES + shade
        order = np.lexsort((shade, -size))
        starts = np.flatnonzero(np.diff(pen[order], prepend=-1))
        parts = [part for part in np.split(order, starts[1:]) if len(part)]
        self._by_pen = [(int(pen[part[0]]), pg.functions.arrayToQPolygonF(*np.ascontiguousarray(points[part].T))) for part in parts]
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        if not len(self.points):
            return QRectF()
        (left, low), (right, high) = self.points.min(axis=0), self.points.max(axis=0)
        wide, tall = (magnified(DOTS[-1]) * abs(pixel) for pixel in (self.pixelWidth(), self.pixelHeight()))
        return QRectF(left - wide, low - tall, right - left + 2 * wide, high - low + 2 * tall)

    def paint(self, painter: QPainter, *_: object) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for pen, polygon in self._by_pen:
            painter.setPen(self._pens[pen])
            painter.drawPoints(polygon)
