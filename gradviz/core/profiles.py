"""What we look at, layer by layer: decades, and curves of more points than a screen has columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def decades(values: Floats) -> Floats:
    """log10|value|: how many decades above or below 1; -inf for exact zero, +inf for infinity, NaN for NaN.

    np.log10 is exact to an ulp for subnormals too, so 1e-320 is at -320 and not lost.
    """
    with np.errstate(divide="ignore"):
        return np.log10(np.abs(values))


def extremes(values: Floats, columns: int) -> tuple[NDArray[np.intp], Floats]:
    """At most `columns` least and as many greatest values, in order, so that a curve of many points keeps every spike when drawn.

    values (n,). Returns the places of the columns' beginnings, each twice, and the least and greatest finite value there (NaN where there is none).
    A curve of no more than 2 * columns points comes back as it is.
    """
    count = len(values)
    if count <= 2 * columns:
        return np.arange(count), values
    starts = np.arange(columns) * count // columns
    places: NDArray[np.intp] = np.repeat(starts, 2)
    finite = np.where(np.isfinite(values), values, np.nan)
    pairs = np.stack([np.fmin.reduceat(finite, starts), np.fmax.reduceat(finite, starts)], axis=1)
    return places, pairs.ravel()
