"""Where a chain of one weight settles, and how steep its activation is there: what the laws of gradviz.core.theory are made of."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LN10 = math.log(10.0)


def tanh_fixed_point(w: float) -> float:
    """The u > 0 with u = w tanh u, for w > 1, by Newton's method on u coth u - 1 = w - 1; h* = tanh u.

    Convex and started to the right of the root, so that it comes down to it without fail.
    """
    u = w
    for _ in range(100):
        if u < 0.1:  # u coth u - 1 without its cancellation: u^2/3 - u^4/45 + 2 u^6/945 - u^8/4725
            square = u * u
            value = square * (1 / 3 - square * (1 / 45 - square * (2 / 945 - square / 4725)))
            slope = u * (2 / 3 - square * (4 / 45 - square * (12 / 945 - square * 8 / 4725)))
        else:
            tanh = math.tanh(u)
            value, slope = u / tanh - 1.0, 1.0 / tanh - u / math.sinh(u) ** 2 if u < 300.0 else 1.0
        step = (value - (w - 1.0)) / slope
        u -= step
        if abs(step) <= 1e-16 * u:
            break
    return u


def tanh_slope_decades(u: Floats | np.float64) -> Floats:
    """log10 tanh'(u), u >= 0."""
    near = np.log1p(-(np.tanh(np.minimum(u, 1.0)) ** 2))
    with np.errstate(over="ignore"):
        slopes: Floats = np.where(u < 1.0, near, math.log(4.0) - 2.0 * (u + np.log1p(np.exp(-2.0 * u)))) / LN10
    return slopes


def sigmoid(u: float) -> float:
    """1 / (1 + exp(-u)), without overflow."""
    e = math.exp(-abs(u))
    return (1.0 if u >= 0.0 else e) / (1.0 + e)


def sigmoid_decades(u: float) -> float:
    """log10 sigmoid(u), for any u."""
    return (min(u, 0.0) - math.log1p(math.exp(-abs(u)))) / LN10


def sigmoid_slope_decades(u: float) -> float:
    """log10 sigmoid'(u), for any u."""
    return -(abs(u) + 2.0 * math.log1p(math.exp(-abs(u)))) / LN10


def root(function: Callable[[float], float], left: float, right: float) -> float:
    """Where a function that is positive at the left and not at the right crosses 0, to the last bit, by halving; never more than the floats between."""
    while True:
        middle = left + (right - left) / 2.0
        if middle in (left, right):
            return right
        left, right = (middle, right) if function(middle) > 0.0 else (left, middle)
