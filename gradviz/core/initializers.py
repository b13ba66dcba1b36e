"""How the weights of a network start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config


def initial_weights(config: Config) -> NDArray[np.float64]:
    """The weights before the first update, shape (layers,); index 0 is unused and 0.

    constant: every weight is the weight scale, as in the notebook. normal: w ~ N(0, scale^2), drawn with the config's seed.
    """
    weights = np.zeros(config.layers)
    if config.initialization == "constant":
        weights[1:] = config.weight_scale
    else:
        with np.errstate(over="ignore"):  # a scale near the largest float draws infinite weights, and the run says that it diverged
            weights[1:] = config.weight_scale * np.random.default_rng(config.seed).standard_normal(config.layers - 1)
    return weights
