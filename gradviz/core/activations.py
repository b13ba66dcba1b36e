"""The activations, each as a pair phi and phi': what must agree stands together.

phi' is computed from the pre-activation u and, unless a person asks for it, not from h = phi(u): 1 - h^2 is the same on paper, but in float64
it is exactly 0 from |u| near 19, while tanh'(u) itself is a normal number until |u| = 354 and only underflows to 0 near 373. In decades it never does.
"""

from __future__ import annotations

import math
from typing import get_args

from gradviz.core.compiled import compiled
from gradviz.core.config import ActivationName
from gradviz.core.formats import FLOAT64
from gradviz.core.rounding import rounded

#: A kernel knows an activation by its place in this tuple: numba keeps a kernel in its cache only for plain arguments.
NAMES: tuple[str, ...] = get_args(ActivationName)
TANH, SIGMOID, RELU, IDENTITY = (NAMES.index(name) for name in ("tanh", "sigmoid", "relu", "identity"))
LN10, LOG10_4 = math.log(10.0), math.log10(4.0)
#: The greatest power that 10.0 can be raised to: Python raises an OverflowError beyond it.
LOG10_LARGEST = 308.2547155599167


@compiled
def phi(activation: int, u: float, number_format: int = FLOAT64) -> float:
    """The activation h = phi(u) of one pre-activation u, worked out in the format."""
    if activation == TANH:
        return rounded(number_format, math.tanh(u))
    if activation == SIGMOID:
        e = rounded(number_format, math.exp(-abs(u)))  # never overflows
        return rounded(number_format, (1.0 if u >= 0.0 else e) / rounded(number_format, 1.0 + e))
    if activation == RELU:
        return u if u > 0.0 or u != u else 0.0
    return u


@compiled
def phi_prime(activation: int, u: float, number_format: int = FLOAT64) -> float:
    """The slope phi'(u) of the activation at one pre-activation u, worked out in the format.

    tanh' = 4 e / (1 + e)^2 with e = exp(-2|u|), which is 4 / (e^u + e^-u)^2 without its overflow; sigmoid' = e / (1 + e)^2 with
    e = exp(-|u|); the slope of ReLU at 0 is 0, as frameworks have it.
    """
    if activation in (TANH, SIGMOID):
        e = rounded(number_format, math.exp(rounded(number_format, -2.0 * abs(u)) if activation == TANH else -abs(u)))
        top = rounded(number_format, 4.0 * e) if activation == TANH else e
        below = rounded(number_format, 1.0 + e)
        return rounded(number_format, top / rounded(number_format, below * below))
    if activation == RELU:
        return 1.0 if u > 0.0 else (u if u != u else 0.0)
    return 1.0


@compiled
def phi_prime_from_output(activation: int, h: float, number_format: int = FLOAT64) -> float:
    """The slope as frameworks compute it, from h = phi(u): 1 - h^2 for tanh and h (1 - h) for the sigmoid, with what rounding has left of them."""
    if activation == TANH:
        return rounded(number_format, 1.0 - rounded(number_format, h * h))
    if activation == SIGMOID:
        return rounded(number_format, h * rounded(number_format, 1.0 - h))
    if activation == RELU:
        return 1.0 if h > 0.0 else (h if h != h else 0.0)
    return 1.0


@compiled
def power_of_ten(exponent: float) -> float:
    """10^exponent, infinite or 0 where float64 ends."""
    return math.inf if exponent > LOG10_LARGEST else 10.0**exponent


@compiled
def phi_decades(activation: int, size: float, negative: bool) -> float:
    """log10 phi(u) for |u| = 10^size, where phi(u) itself may lie far outside float64; of its absolute value."""
    u = power_of_ten(size)
    if activation == TANH:
        return size if size < -8.0 else math.log10(math.tanh(u))  # tanh u = u (1 - u^2/3 ...)
    if activation == SIGMOID:
        return -(u if negative else 0.0) / LN10 - math.log1p(math.exp(-u)) / LN10
    if activation == RELU and negative:
        return -math.inf
    return size


@compiled
def phi_prime_decades(activation: int, size: float, negative: bool) -> float:
    """log10 phi'(u) for |u| = 10^size, exact where phi'(u) itself has long been 0 in float64."""
    u = power_of_ten(size)
    if activation == TANH:
        if u < 1.0:
            return math.log1p(-(math.tanh(u) ** 2)) / LN10
        return LOG10_4 - 2.0 * (u + math.log1p(math.exp(-2.0 * u))) / LN10
    if activation == SIGMOID:
        return -(u + 2.0 * math.log1p(math.exp(-u))) / LN10
    if activation == RELU and (negative or size == -math.inf):
        return -math.inf
    return 0.0
