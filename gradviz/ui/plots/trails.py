"""Trails: the curves of epochs before the one on the screen, fainter and fainter behind it, so that an eye sees where they come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QColor, QPainter, QPainterPath, QPen

from gradviz.runs.moment import Moment
from gradviz.runs.run import Run
from gradviz.ui.plots.pinned import Curves
from gradviz.ui.plots.plot import Plot
from gradviz.ui.theme import Theme, magnified

Floats = NDArray[np.float64]

#: So many earlier epochs are drawn, however many the trails reach back.
MOST_TRAILS = 8
#: How much of a curve's colour the newest and the oldest trail keep.
CLEAREST, FAINTEST = 0.55, 0.12
#: More points than these are drawn without antialiasing, which would then cost milliseconds.
SMOOTH_POINTS = 5000


def trail_epochs(run: Run, epoch: int, reach: int) -> list[int]:
    """At most MOST_TRAILS of the `reach` epochs before this one, evenly spaced and oldest first, as far as their profiles are kept."""
    count = min(MOST_TRAILS, reach, epoch)
    found: list[int] = []
    for number in range(count, 0, -1):
        frame = run.at_or_before(epoch - round(number * reach / count))
        if frame is not None and frame.epoch[-1] < epoch and (not found or found[-1] < frame.epoch[-1]):
            found.append(int(frame.epoch[-1]))
    return found


def trails_of(moment: Moment, reach: int) -> list[Moment]:
    """The moments of its run whose curves stay behind it, oldest first."""
    frames = ((moment.run.at_or_before(epoch)) for epoch in trail_epochs(moment.run, moment.epoch, reach))
    return [Moment(moment.run, frame, moment.sample) for frame in frames if frame is not None]


class Trails(pg.GraphicsObject):
    """The trails behind the curves of one plot, one path for each epoch and colour; without any it draws nothing and costs nothing."""

    def __init__(self, plot: Plot) -> None:
        super().__init__()
        self.plot = plot
        #: What it was given, oldest first.
        self.given: list[Curves] = []
        self._theme: Theme | None = None
        self._paths: list[tuple[QPainterPath, QPen]] = []
        self._drawn_on: object = None
        self.setZValue(-4.0)
        self.hide()
        plot.item.addItem(self, ignoreBounds=True)
        plot.item.vb.sigYRangeChanged.connect(self._draw)  # another scale, or more of it

    def apply_theme(self, theme: Theme) -> None:
        """Use this theme's colours."""
        self._theme, self._drawn_on = theme, None
        self._draw()

    def show_moments(self, past: Sequence[Moment], curves_of: Callable[[Moment], Curves | None]) -> None:
        """Draw these moments, oldest first, by the function that says what is drawn of one; after the plot's own curves."""
        self.show_curves([curves for moment in past if (curves := curves_of(moment)) is not None])

    def show_curves(self, given: Sequence[Curves]) -> None:
        """Draw these, oldest first."""
        if given or self.given:
            self.given, self._drawn_on = list(given), None
            self._draw()

    def drawn(self) -> list[Floats]:
        """The heights of each trail's curves, as they are drawn: (curves, n), NaN where there is a gap."""
        return [] if self.plot.covered is None else [self._heights(curves) for curves in self.given]

    def _heights(self, curves: Curves) -> Floats:
        covered = self.plot.covered
        assert covered is not None, "a plot with curves has a range"
        placed = self.plot.scale.place(curves.values)
        return np.where((placed >= covered.low) & (placed <= covered.high), placed, np.nan)

    def _draw(self, *_: object) -> None:
        theme, covered = self._theme, self.plot.covered
        self.setVisible(bool(self.given) and theme is not None and covered is not None)
        drawn_on = (self.plot.scale, covered)
        if theme is None or covered is None or drawn_on == self._drawn_on:
            return
        self._drawn_on = drawn_on
        self._paths = []
        shares = np.linspace(FAINTEST, CLEAREST, len(self.given)) if len(self.given) > 1 else [CLEAREST]
        for curves, share in zip(self.given, shares, strict=False):
            across = np.asarray(curves.across, np.float64)
            for number, row in enumerate(self._heights(curves)):
                self._paths.append((pg.arrayToQPath(across, row, connect="finite"), _pen(theme, number, float(share))))
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        if self.plot.covered is None or not self._paths:
            return QRectF()
        low, high = self.plot.covered
        ends = [float(curves.across[place]) for curves in self.given for place in (0, -1) if len(curves.across)]
        return QRectF(min(ends, default=0.0), low, max(ends, default=0.0) - min(ends, default=0.0), high - low)

    def paint(self, painter: QPainter, *_: object) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, sum(curves.values.size for curves in self.given) <= SMOOTH_POINTS)
        for path, pen in self._paths:
            painter.setPen(pen)
            painter.drawPath(path)


def _pen(theme: Theme, number: int, share: float) -> QPen:
    colour = QColor(theme.curves[number % len(theme.curves)])
    colour.setAlphaF(share)
    pen: QPen = pg.mkPen(colour, width=magnified(1.0))
    return pen
