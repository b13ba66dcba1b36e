"""The legend of the phase map: the colours with the decades per layer that they stand for."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QColor, QPainter

from gradviz.ui.plots.bar import BAR_WIDTH, Bar
from gradviz.ui.plots.phase_image import MOST_DECADES, NEUTRAL, codes
from gradviz.ui.plots.scales import signs
from gradviz.ui.theme import Theme, magnified

#: Kovesi's diverging maps for colour-blind people: blue where gradients vanish, yellow where they explode, and the ground's shade between.
MAPS = {"light": "CET-CBD1", "dark": "CET-D6"}
#: What is labelled, as far as there is room, the most important first.
TICKS = (0.0, MOST_DECADES, -MOST_DECADES, 0.1, -0.1, 0.02, -0.02, 0.2, -0.2, 0.05, -0.05)
HEADING = ("decades", "per layer")
LABELS_APART = 14.0


def colour_table(theme: Theme) -> list[int]:
    """The colour of every code as Qt's QRgb."""
    table = pg.colormap.get(MAPS[theme.ground]).getLookupTable(nPts=2 * NEUTRAL + 1, alpha=False)
    return [QColor(*map(int, colour)).rgb() for colour in table]


class DecadesBar(Bar):
    """The right-hand side of the map: a heading, and the scale; exploding is up."""

    def colour(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self.use(colour_table(theme), theme)

    def place(self, height: float) -> QRectF:
        """Where the bar stands in an axis so high."""
        top = (len(HEADING) + 0.5) * self._row
        return QRectF(magnified(8.0), top, magnified(BAR_WIDTH), max(4.0, height - top - 0.5 * self._row))

    @staticmethod
    def labels(bar: QRectF) -> dict[float, float]:
        """How high each label stands that has room."""
        placed: dict[float, float] = {}
        for tick in TICKS:
            height = bar.bottom() - bar.height() * float(codes(np.array(tick))) / (2 * NEUTRAL)
            if all(abs(height - other) >= magnified(LABELS_APART) for other in placed.values()):
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
            self.write(painter, bar.left(), (number + 0.5) * self._row, line)
        self.paint_bands(painter, bar, self._colours[::-1])
        for tick, height in self.labels(bar).items():
            self.paint_tick(painter, bar, height, self.words(tick))
