"""What an update did: how far it moved each layer's weights, and what it promises to take off the cost."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.compiled import compiled
from gradviz.core.dense import Network
from gradviz.core.statistics import norm

Floats = NDArray[np.float64]

#: A sum of squares between these has lost nothing to the ends of the floats.
LEAST, GREATEST = 1e-280, 1e280


class Moved(NamedTuple):
    """promise: what the update takes off the cost to first order; reach: what one as long as all that is learned would; ratio (l,): change by size."""

    promise: float
    reach: float
    ratio: Floats


class UpdateWatch:
    """Keeps what was before an update, in the same room each time, and measures the update afterwards."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._before, self._gradient = np.empty_like(network.theta), np.empty_like(network.gradient)
        item, first = network.theta.itemsize, network.theta.ctypes.data
        begins = [0 if weights is None else (weights.ctypes.data - first) // item for weights in network.weights]
        self._spans = np.array([(begin, begin + (0 if weights is None else weights.size)) for begin, weights in zip(begins, network.weights, strict=True)])

    def before(self) -> None:
        """Remember what is learned and its gradient, before either is touched."""
        np.copyto(self._before, self._network.theta)
        np.copyto(self._gradient, self._network.gradient)

    def after(self) -> Moved:
        """Measure the update since before()."""
        theta, before = self._network.theta, self._before
        squares = np.zeros((2, len(self._spans)))
        promise, size, slope = _measure(theta, before, self._gradient, self._spans, squares)
        reach = math.sqrt(size) * math.sqrt(slope) if LEAST < size < GREATEST and LEAST < slope < GREATEST else norm(before) * norm(self._gradient)
        return Moved(promise, reach, np.array([self._ratio(k, *squares[:, k]) for k in range(len(self._spans))]))

    def _ratio(self, k: int, change: float, size: float) -> float:
        if not (LEAST < change < GREATEST and LEAST < size < GREATEST):
            span = slice(*self._spans[k])
            change, size = norm(self._network.theta[span].astype(np.float64) - self._before[span]), norm(self._before[span])
        else:
            change, size = math.sqrt(change), math.sqrt(size)
        return change / size if size else (math.inf if change else 0.0)


@compiled
def _measure(theta: NDArray[Any], before: NDArray[Any], gradient: NDArray[Any], spans: NDArray[np.int64], squares: Floats) -> tuple[float, float, float]:
    """All sums in one pass, and those of each layer in another; in float64 whatever the parameters are in."""
    promise = size = slope = 0.0
    for place in range(theta.size):
        was, down = np.float64(before[place]), np.float64(gradient[place])
        promise -= (np.float64(theta[place]) - was) * down
        size += was * was
        slope += down * down
    for k in range(len(spans)):
        change = weights = 0.0
        for place in range(spans[k, 0], spans[k, 1]):
            was = np.float64(before[place])
            moved = np.float64(theta[place]) - was
            change += moved * moved
            weights += was * was
        squares[0, k], squares[1, k] = change, weights
    return promise, size, slope
