"""Whether a cost falls that jumps about from epoch to epoch, as it does with batches, momentum and step sizes of each weight's own."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: So many observed costs are looked at, and with fewer than the other number nothing is said.
LOOKED_AT, FEWEST = 40, 6
#: A cost that leaves a plateau falls ever faster: the latest ones tell first.
LATEST = 3
#: Medians of two halves of pure noise lie apart by 1.3 interquartile ranges / sqrt(n) in the standard deviation; twice that is hardly chance.
HARDLY_CHANCE = 2.6
#: Less than this share of what the updates promise is not what they promise.
KEPT = 0.1


def recent(costs: Floats, cost: float) -> Floats:
    """The last costs, the newest of them included."""
    return costs[-LOOKED_AT:] if len(costs) else np.array([cost])


def falls(costs: Floats, rate: float) -> bool | None:
    """Whether the newer half of these costs, or the latest of them, is lower than the older half, by their medians; None where that cannot be told.

    rate is log10 of the share of the cost that the updates between two of them promise to take.
    """
    half = len(costs) // 2
    older, newer = costs[-2 * half : -half], costs[-half:]
    if len(costs) < FEWEST or not np.isfinite(costs[-2 * half :]).all():
        return None
    before, now = float(np.median(older)), float(np.median(newer))
    chance = HARDLY_CHANCE * _range(newer) / math.sqrt(half)
    latest = before - float(np.median(costs[-LATEST:]))
    if before - now > chance or latest > HARDLY_CHANCE * _range(older) / math.sqrt(LATEST):
        return True
    promised = KEPT * before * min(1.0, 10.0 ** min(rate, 0.0) * half)
    return False if promised > chance and before - now < promised else None


def _range(costs: Floats) -> float:
    """The interquartile range."""
    low, high = np.percentile(costs, [25.0, 75.0])
    return float(high - low)
