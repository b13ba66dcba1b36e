"""What a wide layer looks like in a few numbers: averages, percentiles and shares over its units and the batch's samples."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gradviz.core.compiled import compiled
from gradviz.core.dense import Network, Seen
from gradviz.core.frames import BINS, HISTOGRAM, HISTOGRAMS, NORMS, PROFILED, SHARES, UNBINNED
from gradviz.core.statistics import RMS, Summed, describe, norm, summed

if TYPE_CHECKING:
    from gradviz.core.updates import Moved

Floats = NDArray[np.float64]

SATURATED, DEAD, ZERO, ZERO_GRADIENT = range(len(SHARES))
ZERO_UNBINNED, BELOW, ABOVE = range(len(UNBINNED))
#: These have percentiles of the numbers themselves; the others of their absolute values.
SIGNED = frozenset({"h", "u"})
#: These have a value for the input too.
WITH_INPUT = frozenset({"h", "size", "dh"})
#: An activation beyond these is in a flat tail; the others have none, or end at a value of their own.
TAIL = 0.99
TAILS = {"tanh": TAIL, "softsign": TAIL}
DH = NORMS.index("dh")
#: Activations that stay between these, unless they are added to what came in: the bins of h are the same ones for all epochs.
BOUNDS = {"tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}
#: Bins of |h| begin no more decades than this below the least root mean square: the least of thousands of numbers lies some five below.
DECADES_BELOW = 6.0
HISTOGRAM_SHAPES = {HISTOGRAM: (len(HISTOGRAMS), BINS + len(UNBINNED)), "histogram_range": (len(HISTOGRAMS), 2)}
#: Decades in an octave.
DECADES = math.log10(2.0)
#: Bins end here or a little farther out, so that their width is a float.
FARTHEST = 8e307


@compiled
def _reach(values: NDArray[Any]) -> tuple[float, float, float, float]:
    """How far finite numbers reach: the least and the greatest, and the same of their sizes but 0, in decades; inf and -inf where there are none."""
    least, greatest, smallest, largest = math.inf, -math.inf, math.inf, 0.0
    for value in values:
        number = np.float64(value)
        size = abs(number)
        if size < math.inf:
            least, greatest, largest = min(least, number), max(greatest, number), max(largest, size)
            if size > 0.0:
                smallest = min(smallest, size)
    if largest == 0.0:
        return least, greatest, math.inf, -math.inf
    return least, greatest, DECADES * math.log2(smallest), DECADES * math.log2(largest)


def binned(values: NDArray[Any], ends: Floats) -> Floats:
    """Shares of an array's numbers, (HISTOGRAMS, BINS + UNBINNED): in equal bins between ends[0], and of their sizes' decades between ends[1].

    A bin has its lower edge, and the last one both, as numpy's have. What is not finite is in no share.
    """
    counts = np.zeros((len(HISTOGRAMS), BINS + len(UNBINNED)))
    _count(values.reshape(-1), _edges(ends[0, 0], ends[0, 1]), ends[1, 0], ends[1, 1], counts)
    return counts / max(1, values.size)


def _edges(low: float, high: float) -> Floats:
    """Where bins begin, and the last one ends; an edge that should be 0 is: half of all activations may be exactly that."""
    edges = np.linspace(low, high, BINS + 1)
    inner = edges[1:-1]
    inner[np.abs(inner) < 1e-6 * (inner[1] - inner[0])] = 0.0
    return edges


@compiled
def _count(values: NDArray[Any], edges: Floats, low: float, high: float, counts: Floats) -> None:
    first, last = edges[0], edges[-1]
    for value in values:
        number = np.float64(value)
        if not abs(number) < math.inf:
            continue
        if number < first or number > last:
            counts[0, BINS + (BELOW if number < first else ABOVE)] += 1.0
        else:
            place = min(int((number - first) / (last - first) * BINS), BINS - 1)
            if number < edges[place]:  # a quotient is rounded, and an edge is one number
                place -= 1
            elif place < BINS - 1 and number >= edges[place + 1]:
                place += 1
            counts[0, place] += 1.0
        if number == 0.0:
            counts[1, BINS + ZERO_UNBINNED] += 1.0
            continue
        decades = DECADES * math.log2(abs(number))  # in half the time of log10
        if decades < low or decades > high:
            counts[1, BINS + (BELOW if decades < low else ABOVE)] += 1.0
        else:
            counts[1, min(int((decades - low) / (high - low) * BINS), BINS - 1)] += 1.0


def _around_zero(low: float, high: float) -> tuple[float, float]:
    """Two ends a little farther out, so that 0 between them is an edge of a bin: nothing that is 0 shares a bin with what is below."""
    if not low < 0.0 < high:
        return low, high
    width = (high - low) / (BINS - 1)
    below = math.ceil(-low / width)
    return -below * width, (BINS - below) * width


def _apart(low: float, high: float) -> tuple[float, float]:
    """Two ends with room for bins between them, also where all numbers are the same one, or there is none."""
    if low < high:
        return low, high
    if low > high:
        return -1.0, 0.0
    half = abs(low) / 2.0 or 0.5
    return low - half, low + half


class Observer:
    """Looks at one epoch of a network and writes what it sees into one row of the frames' columns; `full` names the profiles with percentiles.

    The histograms come where they are named there, and in the first and the last epoch, where a person stands still and may ask for them later.
    """

    def __init__(self, network: Network, columns: dict[str, NDArray[Any]], row: int, full: Collection[str]) -> None:
        self._network, self._columns, self._row = network, columns, row
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
            self._note_activations(k, h, seen.norm)
            if k == 0:
                continue
            self._note("u", k, room.u[k], seen.norm if room.u[k] is h else norm(room.u[k]))
            self._note("w", k, network.weights[k], norm(network.weights[k]))
            shares[ZERO, k] = seen.zeros / h.size
            if k < self._last or not network.config.linear_output:
                shares[SATURATED, k] = self._saturated(room.f[k], seen if room.f[k] is h else None)
        if HISTOGRAM in self._full or self._scores["epoch"][0] in (0, network.config.epochs - 1):
            self._look_at_distributions()

    def _look_at_distributions(self) -> None:
        """The histograms of all layers, between ends that are the same for all."""
        layers, columns = self._network.room.h, self._columns
        for name, shape in HISTOGRAM_SHAPES.items():
            if name not in columns:  # room that is only taken where a row is written
                columns[name] = np.zeros((len(columns["epoch"]), *shape, *[len(layers)] * (name == HISTOGRAM)))
        ends = self._ends(np.array([_reach(h.reshape(-1)) for h in layers]))
        columns["histogram_range"][self._row] = ends
        for k, h in enumerate(layers):
            columns[HISTOGRAM][self._row, :, :, k] = binned(h, ends)

    def _ends(self, reached: Floats) -> Floats:
        """Where bins begin and end, (HISTOGRAMS, 2), for layers that reach so far, (l, 4)."""
        config = self._network.config
        low, _, smallest, _ = reached.min(axis=0)
        _, high, _, largest = reached.max(axis=0)
        bounded = config.activation in BOUNDS and config.residual == "none"
        of_h = BOUNDS[config.activation] if bounded else _around_zero(*_apart(max(low, -FARTHEST), min(high, FARTHEST)))
        sizes = self._of["h"][RMS]
        sizes = sizes[(sizes > 0.0) & (sizes < math.inf)]
        if sizes.size:
            smallest = max(smallest, math.log10(sizes.min()) - DECADES_BELOW)
        return np.array([of_h, _apart(smallest, largest)])

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

    def look_at_update(self, moved: Moved) -> None:
        """How much the first update moved the weights, and what it promises to take off the cost."""
        self.score("promise", moved.promise)
        self.score("reach", moved.reach)
        self._of["ratio"][...] = moved.ratio

    def _note(self, name: str, k: int, values: NDArray[Any], size: float) -> None:
        row = self._of[name][:, k]
        if name in self._full:
            describe(values, name not in SIGNED, row)
        row[RMS] = size / math.sqrt(values.size)

    def _note_activations(self, k: int, h: NDArray[Any], size: float) -> None:
        """h and |h|: where both are looked at, one sorting serves them."""
        if {"h", "size"} <= set(self._full):
            row, of_sizes = self._of["h"][:, k], self._of["size"][:, k]
            describe(h, False, row, of_sizes)
            row[RMS] = of_sizes[RMS] = size / math.sqrt(h.size)
        else:
            self._note("h", k, h, size)
            self._note("size", k, h, size)
