"""The numbers of one layer summed up: sizes, percentiles and shares, in few passes and without the interpreter's lock."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.compiled import compiled
from gradviz.core.frames import STATISTICS

Floats = NDArray[np.float64]

RMS, MEAN, STD, MIN, P5, P25, P50, P75, P95, MAX = range(len(STATISTICS))
PERCENTS = (0.0, 5.0, 25.0, 50.0, 75.0, 95.0, 100.0)


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


def describe(values: NDArray[Any], absolute: bool, row: Floats, of_sizes: Floats | None = None) -> None:
    """Fill a profile's row, in the order of STATISTICS: percentiles by linear interpolation, as numpy has them; `of_sizes` gets those of the sizes too.

    The row's rms, mean and std are those of the numbers themselves.
    """
    flat = values.reshape(-1)
    row[RMS] = root_mean_square(flat)
    ordered = np.sort(np.abs(flat) if absolute else flat)
    _describe(flat, ordered, row)
    if not 1e-280 < row[STD] ** 2 < 1e280:
        row[STD] = root_mean_square(flat.astype(np.float64) - row[MEAN])
    if of_sizes is not None:
        of_sizes[...] = row
        _percentiles_of_sizes(ordered, of_sizes)


@compiled
def _describe(flat: NDArray[Any], ordered: NDArray[Any], row: Floats) -> None:
    first = second = third = fourth = 0.0
    whole = flat.size - flat.size % 4
    for place in range(0, whole, 4):
        first += np.float64(flat[place])
        second += np.float64(flat[place + 1])
        third += np.float64(flat[place + 2])
        fourth += np.float64(flat[place + 3])
    for place in range(whole, flat.size):
        first += np.float64(flat[place])
    mean = ((first + second) + (third + fourth)) / flat.size
    first = second = third = fourth = 0.0
    for place in range(0, whole, 4):
        first += (np.float64(flat[place]) - mean) ** 2
        second += (np.float64(flat[place + 1]) - mean) ** 2
        third += (np.float64(flat[place + 2]) - mean) ** 2
        fourth += (np.float64(flat[place + 3]) - mean) ** 2
    for place in range(whole, flat.size):
        first += (np.float64(flat[place]) - mean) ** 2
    row[MEAN], row[STD] = mean, math.sqrt(((first + second) + (third + fourth)) / flat.size)
    broken = math.isnan(ordered[-1])  # NaN is sorted to the end
    for number in range(len(PERCENTS)):
        rank = PERCENTS[number] / 100.0 * (ordered.size - 1)
        below = int(rank)
        above = min(below + 1, ordered.size - 1)
        part = rank - below
        row[MIN + number] = math.nan if broken else np.float64(ordered[below]) * (1.0 - part) + np.float64(ordered[above]) * part


@compiled
def _size_at(ordered: NDArray[Any], split: int, rank: int) -> float:
    """The absolute value that so many others are below: of the run from 0 down as many come first as the halving finds."""
    least, most = max(0, rank + 1 - (ordered.size - split)), min(split, rank + 1)
    while least < most:
        taken = (least + most) // 2
        others = rank + 1 - taken
        if others > 0 and -np.float64(ordered[split - 1 - taken]) < np.float64(ordered[split + others - 1]):
            least = taken + 1
        else:
            most = taken
    others = rank + 1 - least
    down = -np.float64(ordered[split - least]) if least > 0 else -math.inf
    up = np.float64(ordered[split + others - 1]) if others > 0 else -math.inf
    return max(down, up)


@compiled
def _percentiles_of_sizes(ordered: NDArray[Any], row: Floats) -> None:
    """The percentiles of the absolute values of sorted numbers, which are two sorted runs: from 0 down, and from 0 up."""
    if math.isnan(ordered[-1]):
        row[MIN:] = math.nan
        return
    split = int(np.searchsorted(ordered, 0.0))
    for number in range(len(PERCENTS)):
        rank = PERCENTS[number] / 100.0 * (ordered.size - 1)
        below = int(rank)
        part = rank - below
        low = _size_at(ordered, split, below)
        high = _size_at(ordered, split, min(below + 1, ordered.size - 1))
        row[MIN + number] = low * (1.0 - part) + high * part
