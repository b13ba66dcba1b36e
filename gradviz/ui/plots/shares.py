"""Which share of a layer's activations lies where: histograms as a frame has them, the colours of shares, and their legend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QPainter

from gradviz.core.frames import BINS, HISTOGRAMS, UNBINNED, WideFrames
from gradviz.ui.plots.bar import BAR_WIDTH, Bar
from gradviz.ui.plots.heat_image import COLOURS, Codes
from gradviz.ui.plots.panel import right_room
from gradviz.ui.theme import magnified

Floats = NDArray[np.float64]

ZERO, BELOW, ABOVE = (BINS + place for place in range(len(UNBINNED)))
#: Which of the histograms each scale shows.
OF_SCALE = {"linear": HISTOGRAMS.index("h"), "decades": HISTOGRAMS.index("size")}
#: This share of a layer's activations in one bin has the last colour, whatever the epoch; even spread is 1/50 in each.
MOST = 0.25
#: What the legend labels, as far as there is room, the most important first; its labels are at least so many pixels apart.
LABELLED = (MOST, 0.0, 0.05, 0.01, 0.1)
LABELS_APART = 14.0
HEADING = "share"


class Histogram(NamedTuple):
    """The shares of each layer's activations (BINS + UNBINNED, l) that lie in equal bins between two ends, or in none of them."""

    shares: Floats
    low: float
    high: float

    @property
    def span(self) -> float:
        return self.high - self.low

    def edges(self, place: int) -> tuple[float, float]:
        """Where a bin begins and ends."""
        low, high = (self.low + self.span * edge / BINS for edge in (place, place + 1))
        return low, high

    def place(self, height: float) -> int:
        """The bin at this height, or what is below or above all bins."""
        if height < self.low:
            return BELOW
        return ABOVE if height > self.high else min(int((height - self.low) / self.span * BINS), BINS - 1)


def histograms_of(frame: WideFrames) -> Mapping[str, Histogram]:
    """The histograms of a frame by the scale that shows them; none where they were not counted."""
    if frame.histogram is None or frame.histogram_range is None:
        return {}
    return {scale: Histogram(frame.histogram[-1, place], *frame.histogram_range[-1, place].tolist()) for scale, place in OF_SCALE.items()}


def codes(shares: Floats) -> Codes:
    """The colours of shares, by their square roots: a few activations among thousands are to be seen beside a quarter of them."""
    found: Codes = (1 + np.rint((COLOURS - 1) * np.sqrt(np.minimum(shares / MOST, 1.0)))).astype(np.uint8)
    return found


class ShareBar(Bar):
    """The right-hand side of a plot that can show histograms: while it does, their colours and the shares that these stand for."""

    def __init__(self) -> None:
        super().__init__(right_room())
        self.shown = False

    def show_colours(self, shown: bool) -> None:
        """Paint the legend from now on, or nothing."""
        if shown != self.shown:
            self.shown = shown
            self.setWidth(right_room(needed=shown))
            self.draw_anew()

    def place(self, height: float) -> QRectF:
        """Where the bar stands in an axis so high."""
        return QRectF(magnified(8.0), 1.5 * self._row, magnified(BAR_WIDTH), max(4.0, height - 2.0 * self._row))

    @staticmethod
    def labels(bar: QRectF) -> dict[float, float]:
        """How high the label of each share stands that has room, the greatest first."""
        placed: dict[float, float] = {}
        for share in LABELLED:
            height = bar.bottom() - bar.height() * float(codes(np.array(share)) - 1) / (COLOURS - 1)
            if all(abs(height - other) >= magnified(LABELS_APART) for other in placed.values()):
                placed[share] = height
        return placed

    def paint(self, painter: QPainter, *_: object) -> None:
        if not (self.shown and self._colours):
            return
        bar = self.place(self.size().height())
        painter.setFont(self._font)
        self.write(painter, bar.left(), 0.5 * self._row, HEADING)
        self.paint_bands(painter, bar, self._colours[COLOURS:0:-5])
        for share, height in self.labels(bar).items():
            self.paint_tick(painter, bar, height, f"{'≥' * (share == MOST)}{100 * share:g} %")


def joined(shares: Floats, layers: int) -> Floats:
    """The mean of so many neighbouring layers in a column."""
    if layers == 1:
        return shares
    begins = np.arange(0, shares.shape[1], layers)
    means: Floats = np.add.reduceat(shares, begins, axis=1) / np.diff(begins, append=shares.shape[1])
    return means
