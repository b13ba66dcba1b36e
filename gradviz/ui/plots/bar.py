"""What every legend of colours has: a bar of them with labels beside it, painted where an axis stands."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath

from gradviz.ui.plots.plot import POINTS
from gradviz.ui.theme import Theme, magnified, plot_font

BAR_WIDTH = 12.0


class Bar(pg.AxisItem):
    """The right-hand side of an image: colours and what they stand for."""

    def __init__(self, width: float) -> None:
        super().__init__("right")
        self._font = plot_font(POINTS - 1)
        self._row = QFontMetricsF(self._font).height()
        self.setWidth(width)
        self._colours: list[int] = []
        self._text = self._frame = QColor()

    def use(self, colours: list[int], theme: Theme) -> None:
        """Paint with these colours, as Qt's QRgb, and the theme's for letters and lines."""
        self._colours, self._text, self._frame = colours, QColor(theme.text), QColor(theme.faint)
        self.draw_anew()

    def draw_anew(self) -> None:
        """What was painted is out of date."""
        self.picture = None
        self.update()

    def paint_bands(self, painter: QPainter, bar: QRectF, downwards: Sequence[int]) -> None:
        """The colours from the top down, framed."""
        for band, colour in enumerate(downwards):  # each down to the bottom, and the next one over it: no seams
            top = bar.top() + band * bar.height() / len(downwards)
            painter.fillRect(QRectF(bar.left(), top, bar.width(), bar.bottom() - top), QColor.fromRgb(colour))
        self.outline(painter, bar)

    def paint_tick(self, painter: QPainter, bar: QRectF, height: float, text: str) -> None:
        """A label beside the bar, and a short line that leads to it."""
        painter.setPen(pg.mkPen(self._frame))
        painter.drawLine(QPointF(bar.right(), height), QPointF(bar.right() + magnified(3), height))
        self.write(painter, bar.right() + magnified(6), height, text)

    def outline(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(pg.mkPen(self._frame))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        path = QPainterPath()
        path.addRect(box)
        painter.drawPath(path)  # of a rectangle pyqtgraph's SVG export loses the place

    def write(self, painter: QPainter, left: float, middle: float, text: str) -> None:
        painter.setPen(self._text)
        room = QRectF(left, math.floor(middle) - magnified(10), magnified(100), magnified(20))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
