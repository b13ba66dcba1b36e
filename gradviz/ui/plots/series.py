"""Curves of more points than a screen has columns: a few points for each column, and no spike left out. No Qt here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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


class Envelope:
    """A long series by its least and greatest points, kept up by what is new alone, so that a million epochs draw as fast as a thousand.

    Each span of it is two points, its least and its greatest value, where they really are (NaN counts as the greatest). A span is two
    points to begin with, so that nothing is left out of a short series; when there are more than `most`, spans join two by two.
    """

    def __init__(self, most: int = 4096) -> None:
        self._most = most
        self._span = 2
        self._pairs = np.empty((2, 0))
        self._rest = np.empty((2, 0))  # the span under way

    def append(self, across: NDArray[np.generic], values: Floats) -> None:
        """Add points to the end."""
        rest = np.concatenate([self._rest, np.stack([np.asarray(across, np.float64), values])], axis=1)
        whole = rest.shape[1] // self._span * self._span
        self._pairs = np.concatenate([self._pairs, _least_and_greatest(rest[:, :whole], self._span)], axis=1)
        self._rest = rest[:, whole:]
        while self._pairs.shape[1] > self._most:
            joined = self._pairs.shape[1] // 4 * 4
            odd = self._pairs[:, joined:]  # a pair without a partner goes into the span under way
            self._rest = np.concatenate([odd, self._rest], axis=1)
            self._pairs = _least_and_greatest(self._pairs[:, :joined], 4)
            self._span *= 2

    def points(self) -> tuple[Floats, Floats]:
        """Where the points are, and their values, in order."""
        across, values = np.concatenate([self._pairs, self._rest], axis=1)
        return across, values


def _least_and_greatest(points: Floats, span: int) -> Floats:
    """Two of every `span` points, (2, n) to (2, 2n / span): the least and the greatest value, in the order in which they stand."""
    across, values = points.reshape(2, -1, span)
    ends = np.stack([np.argmin(np.where(np.isnan(values), np.inf, values), axis=1), np.argmax(values, axis=1)], axis=1)
    ends[ends[:, 0] == ends[:, 1]] = (0, span - 1)  # all alike: the span's own ends
    ends.sort(axis=1)
    return np.stack([np.take_along_axis(across, ends, axis=1).ravel(), np.take_along_axis(values, ends, axis=1).ravel()])
