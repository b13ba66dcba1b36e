"""Ticks of an axis that counts: layers and epochs are whole."""

from __future__ import annotations

import pyqtgraph as pg

#: Up to so many layers or epochs, ticks stand this far apart; pyqtgraph leaves the later ones without a number where there is no room.
#: Of more than these it chooses whole ones itself on every screen.
SPACINGS = {12: (2, 1), 64: (10, 5, 1)}


def whole_ticks(axis: pg.AxisItem, count: float) -> None:
    """Let an axis over so many layers or epochs, counted from 0 or 1, have no tick at halves of them; drawn anew only if that changes."""
    spacings = next((spacings for most, spacings in SPACINGS.items() if count <= most), ())
    levels = [(float(spacing), 0.0) for spacing in spacings] or None
    if axis._tickSpacing != levels:
        axis.setTickSpacing(levels=levels)
