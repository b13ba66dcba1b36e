"""The activations, each as a pair phi and phi': what must agree stands together.

Every phi' is computed from the pre-activation u and not from h = phi(u): 1 - h^2 is the same on paper, but in float64 it
is exactly 0 from |u| near 19, while tanh'(u) itself is a normal number until |u| = 354 and only underflows to 0 near 373.
"""

from __future__ import annotations

import math
from typing import get_args

from gradviz.core.compiled import compiled
from gradviz.core.config import ActivationName

#: A kernel knows an activation by its place in this tuple: numba keeps a kernel in its cache only for plain arguments.
NAMES: tuple[str, ...] = get_args(ActivationName)
TANH, SIGMOID, RELU, IDENTITY = (NAMES.index(name) for name in ("tanh", "sigmoid", "relu", "identity"))


@compiled
def phi(activation: int, u: float) -> float:
    """The activation h = phi(u) of one pre-activation u."""
    if activation == TANH:
        return math.tanh(u)
    if activation == SIGMOID:
        e = math.exp(-abs(u))  # never overflows
        return (1.0 if u >= 0.0 else e) / (1.0 + e)
    if activation == RELU:
        return u if u > 0.0 or u != u else 0.0
    return u


@compiled
def phi_prime(activation: int, u: float) -> float:
    """The slope phi'(u) of the activation at one pre-activation u.

    tanh' = 4 e / (1 + e)^2 with e = exp(-2|u|), which is 4 / (e^u + e^-u)^2 without its overflow; sigmoid' = e / (1 + e)^2 with
    e = exp(-|u|); the slope of ReLU at 0 is 0, as frameworks have it.
    """
    if activation == TANH:
        e = math.exp(-2.0 * abs(u))
        return 4.0 * e / ((1.0 + e) * (1.0 + e))
    if activation == SIGMOID:
        e = math.exp(-abs(u))
        return e / ((1.0 + e) * (1.0 + e))
    if activation == RELU:
        return 1.0 if u > 0.0 else (u if u != u else 0.0)
    return 1.0
