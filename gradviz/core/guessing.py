"""What it costs a wide network to know nothing: to answer every input the same."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from gradviz.core.combinations import CLASSES
from gradviz.core.config import Config
from gradviz.core.datasets import TARGET_RANGE, drawn
from gradviz.core.frames import NORMS, STATISTICS, WideFrames

RMS, DU = STATISTICS.index("rms"), NORMS.index("du")


def guessing_cost(config: Config, frame: WideFrames, first_cost: float) -> float:
    """What one answer to every input costs at best: the same chance for every class, or the mean of the targets; 0 where that is no telling."""
    kinds = CLASSES.get(config.data) or (_outputs(config, frame) if not math.isnan(float(frame.accuracy[-1])) else 0)
    if kinds:
        return math.log(kinds) if config.loss == "cross_entropy" else (1.0 - 1.0 / kinds) / 2.0
    if config.data == "csv":  # its targets are within +-TARGET_RANGE
        return min(first_cost, TARGET_RANGE**2 / 2.0)
    return _spread(config) / 2.0


def _outputs(config: Config, frame: WideFrames) -> int:
    """How many classes a table has, which only it knows: the square of a norm by its root mean square is samples times units, and the width is known."""
    with np.errstate(all="ignore"):
        counts = np.square(frame.norms[-1, DU] / frame.g[-1, RMS])
        found = float(config.width * counts[-1] / counts[-2])
    return max(2, round(found)) if config.layers > 2 and math.isfinite(found) else 2


@lru_cache(maxsize=8)
def _spread(config: Config) -> float:
    """The targets' variance; where all are the same one, which any network can learn to say, their mean square."""
    data = drawn(config)
    assert data is not None, "numbers to answer are drawn, or in a table"
    with np.errstate(over="ignore", invalid="ignore"):
        spread = float(np.var(data.targets, axis=0).sum())
        return spread if spread > 0.0 else float(np.mean(np.square(data.targets).sum(axis=1)))
