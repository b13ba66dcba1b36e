"""How a gradient becomes an update of all that is learned, which lies in one vector theta as the gradient does in another.

The rules are PyTorch's: torch.optim.SGD (with momentum, dampening 0, and nesterov), RMSprop (alpha = beta2), Adam and AdamW.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config

Array = NDArray[Any]

#: What keeps the adaptive rules from dividing by 0, and clipping by norm: as PyTorch has them.
EPSILON, CLIPPING_EPSILON = 1e-8, 1e-6


# Each rule is one pass over theta: half to a third of the time of numpy's several (200,000 numbers: sgd 94 against 204 us, adam 0.39 against 1.18 ms), and
# without the interpreter lock. Uncompiled it is handed rows of all numbers at once, for which the same words hold.


def _sgd(theta: Array, gradient: Array, rate: Any) -> None:
    for place in range(len(theta)):
        theta[place] -= rate * gradient[place]


def _momentum(theta: Array, gradient: Array, velocity: Array, rate: Any, kept: Any) -> None:
    for place in range(len(theta)):
        velocity[place] = kept * velocity[place] + gradient[place]
        theta[place] -= rate * velocity[place]


def _nesterov(theta: Array, gradient: Array, velocity: Array, rate: Any, kept: Any) -> None:
    for place in range(len(theta)):
        velocity[place] = kept * velocity[place] + gradient[place]
        theta[place] -= rate * (gradient[place] + kept * velocity[place])


def _rmsprop(theta: Array, gradient: Array, square: Array, rate: Any, kept: Any, new: Any, epsilon: Any) -> None:
    for place in range(len(theta)):
        square[place] = kept * square[place] + new * (gradient[place] * gradient[place])
        theta[place] -= rate * (gradient[place] / (np.sqrt(square[place]) + epsilon))


def _adam(theta: Array, gradient: Array, mean: Array, square: Array, left: Any, rate: Any, *shares: Any) -> None:
    kept_mean, new_mean, kept, new, root, epsilon = shares
    for place in range(len(theta)):
        mean[place] = kept_mean * mean[place] + new_mean * gradient[place]
        square[place] = kept * square[place] + new * (gradient[place] * gradient[place])
        theta[place] = left * theta[place] - rate * (mean[place] / (np.sqrt(square[place]) / root + epsilon))


def _adam_numbers(config: Config, rate: float, step: int, decay: float = 0.0) -> tuple[float, ...]:
    """Kingma and Ba 2015: both averages start at 0 and are divided by what they have seen so far; the decay is Loshchilov and Hutter's (2019)."""
    mean_seen, square_seen = 1.0 - config.momentum**step, 1.0 - config.beta2**step
    shares = (config.momentum, 1.0 - config.momentum, config.beta2, 1.0 - config.beta2)
    return 1.0 - rate * decay, rate / mean_seen, *shares, math.sqrt(square_seen), EPSILON


class Rule(NamedTuple):
    """A kind of update: one pass over theta, how many vectors it remembers, and the numbers it takes at learning rate and step (from 1)."""

    update: Callable[..., None]
    remembers: int
    numbers: Callable[[Config, float, int], tuple[float, ...]]


RULES: Mapping[str, Rule] = {
    "sgd": Rule(_sgd, 0, lambda _, rate, __: (rate,)),
    "momentum": Rule(_momentum, 1, lambda config, rate, _: (rate, config.momentum)),
    "nesterov": Rule(_nesterov, 1, lambda config, rate, _: (rate, config.momentum)),
    "rmsprop": Rule(_rmsprop, 1, lambda config, rate, _: (rate, config.beta2, 1.0 - config.beta2, EPSILON)),
    "adam": Rule(_adam, 2, _adam_numbers),
    "adamw": Rule(_adam, 2, lambda config, rate, step: _adam_numbers(config, rate, step, config.weight_decay)),
}


@cache
def _one_pass(update: Callable[..., None]) -> Callable[..., None]:
    """The rule as machine code, or, where there is no compiler, on rows."""
    from gradviz.core.compiled import COMPILED, compiled  # numba comes with the first training, not with the import

    return compiled(update) if COMPILED else on_rows(update)


def on_rows(update: Callable[..., None]) -> Callable[..., None]:
    """The rule by numpy: every vector becomes a table of one row, so that one turn of its loop does all numbers."""

    def update_rows(*values: Any) -> None:
        update(*(value[np.newaxis] if isinstance(value, np.ndarray) else value for value in values))

    return update_rows


class Optimizer:
    """Moves one vector theta, in place, along gradients of the same length and format; remembers what its rule needs from step to step."""

    def __init__(self, config: Config, theta: Array) -> None:
        self._config, self._theta = config, theta
        self._rule = RULES[config.optimizer]
        self._vectors = [np.zeros_like(theta) for _ in range(self._rule.remembers)]
        self._step = np.zeros((), np.int64)

    @property
    def memory(self) -> list[Array]:
        """What it remembers, to be copied, or written to so that it goes on from there: how many steps it took, and its rule's vectors."""
        return [self._step, *self._vectors]

    def update(self, gradient: Array, learning_rate: float) -> None:
        """One step against the gradient, which stays as it is."""
        self._step += 1
        numbers = self._rule.numbers(self._config, learning_rate, int(self._step))
        _one_pass(self._rule.update)(self._theta, gradient, *self._vectors, *map(self._theta.dtype.type, numbers))


def optimizer_for(config: Config, theta: Array) -> Optimizer:
    """A new optimizer of the config's kind for this vector, which has taken no step yet."""
    return Optimizer(config, theta)


def clip(config: Config, gradient: Array) -> None:
    """Cut an update's gradient, in place: all of it to a norm of clip_at, or each number to +-clip_at (Pascanu et al. 2013).

    As torch.nn.utils.clip_grad_norm_ and clip_grad_value_; but where the sum of squares leaves the floats and no number does, the norm is still right,
    where PyTorch's is infinite and its clipped gradient 0.
    """
    CLIPPINGS[config.clipping](gradient, config.clip_at)


def _clip_norm(gradient: Array, clip_at: float) -> None:
    share = clip_at / (norm_of(gradient) + CLIPPING_EPSILON)
    if share < 1.0:
        gradient *= gradient.dtype.type(share)


def _clip_value(gradient: Array, clip_at: float) -> None:
    np.clip(gradient, -clip_at, clip_at, out=gradient)


CLIPPINGS: Mapping[str, Callable[[Array, float], None]] = {"none": lambda _, __: None, "norm": _clip_norm, "value": _clip_value}


def norm_of(vector: Array) -> float:
    """The square root of the sum of squares, also where that sum leaves the floats and the root does not."""
    with np.errstate(over="ignore"):
        squares = float(np.dot(vector, vector))
    if 0.0 < squares < math.inf or not vector.size:
        return math.sqrt(squares)
    greatest = float(max(vector.max(), -vector.min()))
    if not 0.0 < greatest < math.inf:
        return greatest
    shares = vector / vector.dtype.type(greatest)
    return greatest * math.sqrt(float(np.dot(shares, shares)))


def scheduled(config: Config, learning_rate: float, epoch: int) -> float:
    """The learning rate of an epoch (from 0): it rises through the warm-up to its full value, and decays from there to the last epoch.

    Warm-up of W epochs: (epoch + 1) / (W + 1) of it, so that epoch 0 does learn and epoch W is the first with all of it (PyTorch's LinearLR).
    With p from 0 at epoch W to 1 at the last and the final share f: linear 1 - (1 - f) p; cosine f + (1 - f)(1 + cos(pi p))/2, Loshchilov and Hutter
    2017; exponential f^p. Where epoch W is the last one, it has all of it.
    """
    if epoch < config.warm_up:
        return learning_rate * (epoch + 1) / (config.warm_up + 1)
    falling = config.epochs - 1 - config.warm_up
    passed = min(1.0, (epoch - config.warm_up) / falling) if falling > 0 else 0.0
    return learning_rate * DECAYS[config.decay](passed, config.final_rate)


DECAYS: Mapping[str, Callable[[float, float], float]] = {
    "none": lambda _, __: 1.0,
    "linear": lambda passed, final: 1.0 - (1.0 - final) * passed,
    "cosine": lambda passed, final: final + (1.0 - final) * (1.0 + math.cos(math.pi * passed)) / 2.0,
    "exponential": lambda passed, final: final**passed,
}
