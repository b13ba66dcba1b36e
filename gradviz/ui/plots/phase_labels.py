"""The words on the phase map: what each phase does to gradients, and what the critical line is."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF

from gradviz.ui.plots.phase_image import CELLS, PhaseImage, roomiest
from gradviz.ui.plots.plot import POINTS
from gradviz.ui.theme import Theme, plot_font

CRITICAL, CRITICAL_SHORT = "critical: each layer keeps the gradient", "critical"
REGIONS = {"vanishes": -1.0, "explodes": 1.0}
#: Where along the map's height the critical line is named, in shares of it; the first is best.
PLACES = (0.62, 0.45, 0.8, 0.3)


class PhaseLabels:
    """A label for each phase, where it has most room, and one on the line."""

    def __init__(self, view: pg.ViewBox) -> None:
        self._view = view
        self.regions = {words: pg.TextItem(words, anchor=(0.5, 0.5)) for words in REGIONS}
        self.line = pg.TextItem(CRITICAL, anchor=(0.5, 0.5))
        for label in self.all:
            label.setFont(plot_font(POINTS - 1))
            label.setVisible(False)

    @property
    def all(self) -> list[pg.TextItem]:
        return [*self.regions.values(), self.line]

    def apply_theme(self, theme: Theme) -> None:
        for label in self.all:
            label.setColor(theme.text)
            label.fill = pg.mkBrush(theme.plot)  # no line is to be seen through it

    def name_regions(self, image: PhaseImage) -> None:
        """Put the phases' names where they have most room; one that does not fit is left out."""
        for words, label in self.regions.items():
            half = self._half(label)
            place = roomiest(_coarse(image), REGIONS[words], (1.15 * half[0], 1.3 * half[1]))
            label.setVisible(place is not None)
            if place is not None:
                label.setPos(*place)

    def name_line(self, line: NDArray[np.float64]) -> None:
        """Name the critical line (n, 2) on the line, in as many words as there is room for beside the phases' names."""
        named = [(label.pos(), self._half(label)) for label in self.regions.values() if label.isVisible()]
        self.line.setVisible(False)
        for words in (CRITICAL, CRITICAL_SHORT):
            self.line.setText(words)
            half = self._half(self.line)
            for place in self._candidates(line[~np.isnan(line[:, 0])], half):
                if all(abs(place[0] - other.x()) > half[0] + wide or abs(place[1] - other.y()) > half[1] + high for other, (wide, high) in named):
                    self.line.setPos(*place)
                    self.line.setVisible(True)
                    return

    def make_way(self, box: QRectF | None) -> None:
        """Take away what the box of numbers, which stands here in the scene, would cover in part: half a word is read as another one."""
        for label in self.all:
            label.setOpacity(0.0 if box is not None and on_scene(label, self._view).intersects(box) else 1.0)

    def _half(self, label: pg.TextItem) -> tuple[float, float]:
        """Half a label's width and height, on the axes."""
        (left, right), (low, high) = self._view.viewRange()
        box = label.boundingRect()
        return box.width() / 2 * (right - left) / max(self._view.width(), 1.0), box.height() / 2 * (high - low) / max(self._view.height(), 1.0)

    def _candidates(self, line: NDArray[np.float64], half: tuple[float, float]) -> list[tuple[float, float]]:
        """Places on the line where a label of this half size does not leave the map."""
        (left, right), (low, high) = self._view.viewRange()
        inside = line[(line[:, 0] - half[0] > left) & (line[:, 0] + half[0] < right) & (line[:, 1] - half[1] > low) & (line[:, 1] + half[1] < high)]
        if not len(inside):
            return []
        nearest = [inside[np.argmin(np.abs(inside[:, 1] - (low + share * (high - low))))] for share in PLACES]
        return [(float(across), float(up)) for across, up in nearest]


def on_scene(label: pg.TextItem, view: pg.ViewBox) -> QRectF:
    """Where a label that was just put somewhere will be painted; it knows that itself only afterwards."""
    box = label.boundingRect()
    corner: QPointF = view.mapViewToScene(label.pos()) - QPointF(label.anchor.x() * box.width(), label.anchor.y() * box.height())
    return QRectF(corner, box.size())


def _coarse(image: PhaseImage) -> PhaseImage:
    """The same map in cells as large as the first ones: labels need no more."""
    step = max(1, image.cells // CELLS[0])
    rows = np.concatenate([[0], np.arange(1 + step // 2, image.cells + 1, step), [image.cells + 1]])
    return image._replace(sigma_w=image.sigma_w[rows], sigma_b=image.sigma_b[rows], decades=image.decades[np.ix_(rows, rows)])
