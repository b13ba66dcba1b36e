"""The legend of the phase map: the colours with the decades per layer that they stand for."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath

from gradviz.ui.plots.phase_image import MOST_DECADES, NEUTRAL, codes
from gradviz.ui.plots.plot import POINTS
from gradviz.ui.plots.scales import signs
from gradviz.ui.theme import Theme, plot_font

#: Kovesi's diverging maps for colour-blind people: blue where gradients vanish, yellow where they explode, and the ground's shade between.
MAPS = {"light": "CET-CBD1", "dark": "CET-D6"}
#: What is labelled, as far as there is room, the most important first.
TICKS = (0.0, MOST_DECADES, -MOST_DECADES, 0.1, -0.1, 0.02, -0.02, 0.2, -0.2, 0.05, -0.05)
HEADING = ("decades", "per layer")
BAR_WIDTH, LABELS_APART = 12.0, 14.0


def colour_table(theme: Theme) -> list[int]:
    """The colour of every code as Qt's QRgb."""
    table = pg.colormap.get(MAPS[theme.name]).getLookupTable(nPts=2 * NEUTRAL + 1, alpha=False)
    return [QColor(*map(int, colour)).rgb() for colour in table]


class DecadesBar(pg.AxisItem):
    """The right-hand side of the map: a heading, and the scale; exploding is up."""

    def __init__(self, width: int) -> None:
        super().__init__("right")
        self._font = plot_font(POINTS - 1)
        self._row = QFontMetricsF(self._font).height()
        self.setWidth(width)
        self._colours: list[int] = []
        self._text = self._frame = QColor()

    def colour(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._colours, self._text, self._frame = colour_table(theme), QColor(theme.text), QColor(theme.faint)
        self.picture = None
        self.update()

    def place(self, height: float) -> QRectF:
        """Where the bar stands in an axis so high."""
        top = (len(HEADING) + 0.5) * self._row
        return QRectF(8.0, top, BAR_WIDTH, max(4.0, height - top - 0.5 * self._row))

    @staticmethod
    def labels(bar: QRectF) -> dict[float, float]:
        """How high each label stands that has room."""
        placed: dict[float, float] = {}
        for tick in TICKS:
            height = bar.bottom() - bar.height() * float(codes(np.array(tick))) / (2 * NEUTRAL)
            if all(abs(height - other) >= LABELS_APART for other in placed.values()):
                placed[tick] = height
        return placed

    @staticmethod
    def words(tick: float) -> str:
        """A label; beyond the last ones the colours stay the same."""
        beyond = {MOST_DECADES: "≥", -MOST_DECADES: "≤"}.get(tick, "")
        return signs(f"{beyond}{'+' if tick > 0.0 else ''}{tick:g}")

    def paint(self, painter: QPainter, *_: object) -> None:
        if not self._colours:
            return
        bar = self.place(self.size().height())
        painter.setFont(self._font)
        for number, line in enumerate(HEADING):
            self._write(painter, bar.left(), (number + 0.5) * self._row, line)
        bands = len(self._colours)
        for band in range(bands):  # each down to the bottom, and the next one over it: no seams
            top = bar.top() + band * bar.height() / bands
            painter.fillRect(QRectF(bar.left(), top, bar.width(), bar.bottom() - top), QColor.fromRgb(self._colours[bands - 1 - band]))
        self._outline(painter, bar)
        for tick, height in self.labels(bar).items():
            painter.setPen(pg.mkPen(self._frame))
            painter.drawLine(QPointF(bar.right(), height), QPointF(bar.right() + 3, height))
            self._write(painter, bar.right() + 6, height, self.words(tick))

    def _outline(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(pg.mkPen(self._frame))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        path = QPainterPath()
        path.addRect(box)
        painter.drawPath(path)  # of a rectangle pyqtgraph's SVG export loses the place

    def _write(self, painter: QPainter, left: float, middle: float, text: str) -> None:
        painter.setPen(self._text)
        painter.drawText(QRectF(left, math.floor(middle) - 10, 100, 20), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
