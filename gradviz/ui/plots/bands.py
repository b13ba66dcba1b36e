"""What is drawn of a wide network's layers: their statistics as a frame has them, and the area between two of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtGui import QPainterPath
from PyQt6.QtWidgets import QGraphicsPathItem

from gradviz.core.frames import STATISTICS

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

RMS, MEAN, STD, MIN, P5, P25, P50, P75, P95, MAX = range(len(STATISTICS))
#: The edges of the bands, the wide one first, for it lies below the other.
EDGES = ((P5, P95), (P25, P75))
#: How much of the curve's colour each band adds, of 255: both together are darker, also where all is grey.
SHADES = (58, 84)
#: And how much where a band reaches down to exact zeros.
TAIL_SHADES = (34, 40)
#: What is drawn as lines; a median only where numbers keep their signs: of absolute values it nearly lies on the root mean square.
LINES: Mapping[bool, tuple[int, ...]] = {True: (RMS, MIN, MAX, P50), False: (RMS, MIN, MAX)}


class Profile(NamedTuple):
    """One quantity of a wide network's layers, as a frame has it.

    statistics (STATISTICS, n); the symbols of what is averaged and of what is ordered, which differ where percentiles are of absolute values;
    further shares of the units by name, (n,) each, NaN where a layer has none.
    """

    statistics: Floats
    averaged: str
    ordered: str
    shares: Mapping[str, Floats]

    @property
    def worked_out(self) -> bool:
        """Whether there is more than root mean squares; where nothing is finite at all, nothing was left out."""
        return bool(np.isfinite(self.statistics[P50]).any() or not np.isfinite(self.statistics[RMS]).any())

    @property
    def signed(self) -> bool:
        return self.averaged == self.ordered

    @property
    def lines(self) -> tuple[int, ...]:
        """The rows that are drawn as lines."""
        return LINES[self.signed] if self.worked_out else (RMS,)


class Band(QGraphicsPathItem):
    """The area between a lower and an upper edge, over layers; a layer where one of them is NaN leaves a gap.

    Where the lower edge is an exact zero the area is as high as the axis has decades, which says nothing: that part, the tail, is fainter. All is
    antialiased where its painter is, as in a picture; on the screen that would cost ten times the fill, and is hardly seen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tail = QGraphicsPathItem(self)
        for item in (self, self.tail):
            item.setPen(pg.mkPen((0, 0, 0, 0)))
        self.across: Floats = np.empty(0)
        self.edges: Floats = np.empty((2, 0))

    def show_edges(self, across: Floats, edges: Floats, zero: float, half: float) -> None:
        """Fill from edges[0] to edges[1], (2, n), where exact zeros stand at `zero`; a layer without neighbours is a bar of twice `half` the width."""
        if np.array_equal(edges, self.edges, equal_nan=True) and np.array_equal(across, self.across):
            return
        self.across, self.edges = across, edges
        low = edges[0]
        there = np.isfinite(low) & np.isfinite(edges[1])
        beside = there & (low <= zero)
        # the slope down to a zero belongs to the tail as well
        tail = there & (beside | np.append(beside[1:], False) | np.append(False, beside[:-1])) if beside.any() else beside
        self.setPath(outline(across, edges, there & ~beside, half))
        self.tail.setPath(outline(across, edges, tail, half))
        self.tail.setVisible(not self.tail.path().isEmpty())


def outline(across: Floats, edges: Floats, there: Mask, half: float) -> QPainterPath:
    """A closed path around each unbroken piece of the band."""
    low, high = edges
    pieces = np.flatnonzero(np.diff(there.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    path = QPainterPath()
    for begin, end in pieces:
        places = np.arange(begin, end) if end - begin > 1 else np.array([begin, begin])
        x = across[places] + (0.0 if end - begin > 1 else np.array([-half, half]))
        around_x, around_y = np.concatenate([x, x[::-1]]), np.concatenate([low[places], high[places][::-1]])
        path.addPath(pg.arrayToQPath(around_x, around_y, connect="all", finiteCheck=False))
        path.closeSubpath()
    return path
