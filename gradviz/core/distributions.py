"""What a wide layer looks like in a few numbers: averages, percentiles and shares over its units and the batch's samples."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.compiled import compiled
from gradviz.core.dense import Network, Seen
from gradviz.core.frames import NORMS, PROFILED, SHARES, STATISTICS

Floats = NDArray[np.float64]

RMS, MEAN, STD, MIN, P5, P25, P50, P75, P95, MAX = range(len(STATISTICS))
PERCENTS = np.array([0.0, 5.0, 25.0, 50.0, 75.0, 95.0, 100.0])
SATURATED, DEAD, ZERO, ZERO_GRADIENT = range(len(SHARES))
#: These have percentiles of the numbers themselves; the others of their absolute values.
SIGNED = frozenset({"h", "u"})
#: These have a value for the input too.
WITH_INPUT = frozenset({"h", "size", "dh"})
#: An activation beyond these is in a flat tail; the others have none, or end at a value of their own.
TAIL = 0.99
TAILS = {"tanh": TAIL, "softsign": TAIL}
DH = NORMS.index("dh")
#: All that is learned is compared in pieces of so many numbers: it may fill half of the memory.
PIECE = 2**16


class Summed(NamedTuple):
    """A layer's numbers in one pass: the root of the sum of squares, and how many are exactly 0 and how many beyond the tail's edge."""

    norm: float
    zeros: int
    beyond: int


def summed(values: NDArray[Any], tail: float = math.inf) -> Summed:
    """Sum up an array in C order."""
    flat = values.reshape(-1)
    square, zeros, beyond = _summed(flat, tail)
    if 1e-280 < square < 1e280 or not flat.size:
        return Summed(math.sqrt(square), zeros, beyond)
    greatest = float(np.abs(flat).max())  # the squares left the floats; the numbers themselves need not have
    if not 0.0 < greatest < math.inf:
        return Summed(greatest, zeros, beyond)
    share = flat.astype(np.float64) / greatest
    return Summed(greatest * math.sqrt(float(share @ share)), zeros, beyond)


def norm(values: NDArray[Any]) -> float:
    """The root of the sum of squares, also where the squares themselves leave the floats."""
    return summed(values).norm


def root_mean_square(values: NDArray[Any]) -> float:
    """The root of the mean square, also where the squares themselves leave the floats."""
    return norm(values) / math.sqrt(values.size) if values.size else 0.0


@compiled
def _summed(values: NDArray[Any], tail: float) -> tuple[float, int, int]:
    """Sum of squares, in four sums side by side that do not wait for each other; exact zeros; numbers beyond +-tail."""
    first = second = third = fourth = 0.0
    zeros = beyond = 0  # and not float(), which leaves a float32 what it is: its square would be rounded, or be 0
    whole = values.size - values.size % 4
    for place in range(0, whole, 4):
        first += np.float64(values[place]) ** 2
        second += np.float64(values[place + 1]) ** 2
        third += np.float64(values[place + 2]) ** 2
        fourth += np.float64(values[place + 3]) ** 2
    for place in range(whole, values.size):
        first += np.float64(values[place]) ** 2
    for place in range(values.size):
        zeros += values[place] == 0.0
        beyond += abs(values[place]) > tail
    return (first + second) + (third + fourth), zeros, beyond


def describe(values: NDArray[Any], absolute: bool, row: Floats) -> None:
    """Fill a profile's row, in the order of STATISTICS: percentiles by linear interpolation, as numpy has them."""
    flat = values.astype(np.float64).ravel()
    row[RMS] = root_mean_square(flat)
    row[MEAN] = flat.mean()
    row[STD] = root_mean_square(flat - row[MEAN])
    ordered = np.sort(np.abs(flat) if absolute else flat)
    places = PERCENTS / 100.0 * (flat.size - 1)
    below = places.astype(np.intp)
    above = np.minimum(below + 1, flat.size - 1)
    part = places - below
    row[MIN:] = ordered[below] * (1.0 - part) + ordered[above] * part
    if math.isnan(ordered[-1]):
        row[MIN:] = math.nan


class Observer:
    """Looks at one epoch of a network and writes what it sees into one row of the frames' columns; `full` names the profiles with percentiles."""

    def __init__(self, network: Network, columns: dict[str, NDArray[Any]], row: int, full: Collection[str]) -> None:
        self._network = network
        self._of = {name: column[row] for name, column in columns.items() if column.ndim > 1}
        self._scores = {name: column[row : row + 1] for name, column in columns.items() if column.ndim == 1}
        self._full = full
        self._tail = TAILS.get(network.config.activation, math.inf)
        self._last = len(network.sizes) - 1
        for name in PROFILED:
            if name not in full:
                self._of[name][1:, 0 if name in WITH_INPUT else 1 :] = math.nan

    def score(self, name: str, value: float) -> None:
        """Write down one number of the epoch."""
        self._scores[name][0] = value

    def look_forward(self) -> None:
        """h, u and what is flat or 0 of them, after a forward pass."""
        network, room, shares = self._network, self._network.room, self._of["shares"]
        for k, h in enumerate(room.h):
            seen = summed(h, self._tail)
            self._note("h", k, h, seen.norm)
            self._note("size", k, h, seen.norm)
            if k == 0:
                continue
            self._note("u", k, room.u[k], seen.norm if room.u[k] is h else norm(room.u[k]))
            self._note("w", k, network.weights[k], norm(network.weights[k]))
            shares[ZERO, k] = seen.zeros / h.size
            if k < self._last or not network.config.linear_output:
                shares[SATURATED, k] = self._saturated(room.f[k], seen if room.f[k] is h else None)

    def _saturated(self, f: NDArray[Any], seen: Summed | None) -> float:
        """The share of activations in a flat tail; the sigmoid's lie around 1/2."""
        if self._network.config.activation == "sigmoid":
            return summed(f - 0.5, TAIL - 0.5).beyond / f.size
        return (seen or summed(f, self._tail)).beyond / f.size

    def look_back(self, k: int, seen: Seen) -> None:
        """The gradients of layer k, on the way back."""
        du, shares, norms = summed(seen.du), self._of["shares"], self._of["norms"]
        dh = du.norm if seen.dh is seen.du else (norms[DH, k] or norm(seen.dh))
        back = norm(seen.back)
        norms[:, k] = dh, du.norm, du.norm if seen.dz is seen.du else norm(seen.dz), back
        if not self._network.residual(k):
            norms[DH, k - 1] = back  # where nothing is added to it
        for name, values, size in (("g", seen.du, du.norm), ("dh", seen.dh, dh), ("dw", seen.dw, norm(seen.dw))):
            self._note(name, k, values, size)
        shares[ZERO_GRADIENT, k] = du.zeros / seen.du.size
        if du.zeros >= len(seen.du) and dh > 0.0:
            shares[DEAD, k] = 1.0 - np.count_nonzero(seen.du.any(axis=0)) / seen.du.shape[1]
        if k == 1:
            self._note("dh", 0, seen.back, back)

    def look_at_update(self, before: NDArray[Any], gradient: NDArray[Any]) -> None:
        """How much the first update moved the weights, and what it promises to take off the cost; of the parameters before it and their gradient."""
        network, ratio = self._network, self._of["ratio"]
        promise = 0.0
        for first in range(0, len(before), PIECE):
            piece = slice(first, first + PIECE)
            moved = network.theta[piece].astype(np.float64) - before[piece]
            promise -= float(moved @ gradient[piece].astype(np.float64, copy=False))
        self.score("promise", promise)
        self.score("reach", norm(before) * norm(gradient))
        was = network.views_into(before)
        for k in range(1, len(network.sizes)):
            size, change = norm(was.weights[k]), norm(network.weights[k].astype(np.float64, copy=False) - was.weights[k])
            ratio[k] = change / size if size else (math.inf if change else 0.0)

    def _note(self, name: str, k: int, values: NDArray[Any], size: float) -> None:
        row = self._of[name][:, k]
        if name in self._full:
            describe(values, name not in SIGNED, row)
        row[RMS] = size / math.sqrt(values.size)
