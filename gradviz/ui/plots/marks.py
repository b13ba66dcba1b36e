"""What curves cannot show is marked beside them: numbers in the lanes, beyond the range, and without neighbours. No Qt here."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.ui.plots.scales import Range, Scale
from gradviz.ui.plots.series import extremes

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

MOST_SQUARES = 500


class Spot(NamedTuple):
    """A mark beside the curves: where it stands, whose it is, and its shape in pyqtgraph's letters."""

    across: float
    height: float
    curve: int
    symbol: str


def spots_of(across: NDArray[Any], placed: Floats, covered: Range, scale: Scale, subnormal: Mask | None = None, parts: int = MOST_SQUARES) -> list[Spot]:
    """Of curves (curves, n) as they are placed on a scale: squares in its lanes, triangles at the edge of its range, squares for points without neighbours."""
    inside = (placed >= covered.low) & (placed <= covered.high)
    alone = inside.copy()
    alone[:, 1:] &= ~inside[:, :-1]
    alone[:, :-1] &= ~inside[:, 1:]
    finite = np.isfinite(placed)
    kinds: list[tuple[Mask, float | None, str]] = [
        (placed == -np.inf, scale.zero_lane(covered), "s"),
        (~finite & (placed != -np.inf), scale.broken_lane(covered), "s"),
        (finite & (placed < covered.low), covered.low, "t"),
        (finite & (placed > covered.high), covered.high, "t1"),
        (alone, None, "s"),
    ]
    if subnormal is not None and scale.subnormals:
        kinds.append((subnormal, scale.subnormal_lane(covered), "s"))
    spots = []
    for mask, height, symbol in kinds:
        for number in np.flatnonzero(mask.any(axis=1)):
            for place in apart(np.flatnonzero(mask[number]), len(across), parts):
                spots.append(Spot(float(across[place]), float(placed[number, place]) if height is None else height, int(number), symbol))
    return spots


def apart(places: NDArray[np.intp], length: int, parts: int = MOST_SQUARES) -> NDArray[np.intp]:
    """One of the places for each of so many parts of an axis: closer together marks are one bar."""
    return places[np.unique(places * parts // max(1, length), return_index=True)[1]]


def in_view(across: Floats, row: Floats, view: Range, columns: int) -> tuple[Floats, Floats]:
    """The points of a crowded curve that lie in view, at most two for each column; what is not finite leaves a gap."""
    begin = max(0, int(np.searchsorted(across, view.low)) - 1)
    end = int(np.searchsorted(across, view.high, side="right")) + 1
    places, values = extremes(row[begin:end], columns)
    return across[begin:end][places], np.where(np.isfinite(values), values, np.nan)
