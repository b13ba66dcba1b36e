"""Means over a Gaussian: what a layer of infinite width makes of its units' u, which are normal with mean 0 and variance q.

    E f(u) = integral Dz f(sqrt(q) z),   Dz = exp(-z^2/2) / sqrt(2 pi) dz

Gauss-Legendre panels, split at 0 where ReLU and its relatives have a kink, and halved towards 0 until u is well below 1: a tanh whose bend takes up a
thousandth of the Gaussian's width is met as exactly as a gentle one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradviz.core.elementwise import LEAK, PAIRS

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]

#: Points in each panel, and how many standard deviations out the panels reach: 1e-15 for every activation and q from 1e-12 to 1e8.
POINTS, REACH = 12, 10
#: So many numbers are worked out at once: they stay in the cache, and gelu's erf below what is worth compiling a loop for.
BLOCK = 16_000
#: Where q = 0 stands for its limit: a kink at 0 has a slope on either side and none in the middle.
SMALLEST = 1e-200
#: The largest variance that is asked about.
LARGEST = 1e200


def gaussian_mean(function: Function, q: ArrayLike) -> Floats:
    """The mean of function(u) over normal u with mean 0 and variance q, for every q at once.

    q may have any shape, values from 0 to 1e200, and so has the answer. The function takes an array, has its kinks at 0 and bends on a scale of u near 1,
    as activations, their slopes and products of them do; the relative error is then below 1e-13. Raises ValueError where q is negative, larger or no number.
    """
    variances = np.asarray(q, np.float64)
    flat = variances.ravel()
    if not ((flat >= 0.0) & (flat <= LARGEST)).all():
        raise ValueError(f"A variance must be a number from 0 to {LARGEST:g}; one of these is not: {flat[:5]}.")
    order = np.argsort(flat)
    means = np.empty_like(flat)
    begin = 0
    while begin < flat.size:
        # rows of like size share one rule, made for the largest of them
        room = max(1, BLOCK // len(_rule(_halvings(flat[order[begin]])).z))
        rows = order[begin : begin + room]
        rule = _rule(_halvings(flat[rows[-1]]))
        rows = rows[: max(1, BLOCK // len(rule.z))]
        means[rows] = function(np.sqrt(flat[rows])[:, None] * rule.z) @ rule.weights
        begin += len(rows)
    return means.reshape(variances.shape)


class _Rule(NamedTuple):
    z: Floats
    weights: Floats


def _halvings(q: float) -> int:
    return 1 + max(0, math.ceil(math.log2(q) / 2.0)) if q else 1


@cache
def _rule(halvings: int) -> _Rule:
    """Points and weights, on both sides of 0, with panels from 2^-halvings, doubling up to 1, and then of width 1."""
    edges = np.concatenate([[0.0], 2.0 ** np.arange(-halvings, 0), np.arange(1, REACH + 1)])
    x, w = np.polynomial.legendre.leggauss(POINTS)
    half = np.diff(edges)[:, None] / 2.0
    z = (edges[:-1, None] + half * (x + 1.0)).ravel()
    weights = (half * w).ravel() * np.exp(-z * z / 2.0)
    weights /= 2.0 * weights.sum()  # the mean of 1 is 1; what lies further out is below 1e-22
    return _Rule(np.concatenate([-z[::-1], z]), np.concatenate([weights[::-1], weights]))


# --- of the activations --------------------------------------------------------------------------------------------------------------------


def mean_square(activation: str, q: ArrayLike) -> Floats:
    """V(q) = E phi(u)^2: the mean square of a layer's h where its u has variance q."""
    if activation in CLOSED:
        return CLOSED[activation].square(np.asarray(q, np.float64))
    phi = PAIRS[activation].phi
    return gaussian_mean(lambda u: phi(u) ** 2, q)


def mean_slope_square(activation: str, q: ArrayLike) -> Floats:
    """D(q) = E phi'(u)^2: what a layer takes off the mean square of a gradient on its way back; at q = 0 the limit."""
    variances = np.maximum(np.asarray(q, np.float64), SMALLEST)
    if activation in CLOSED:
        return CLOSED[activation].slope_square(variances)
    slope = PAIRS[activation].slope
    return gaussian_mean(lambda u: slope(u) ** 2, variances)


def mean_output(activation: str, q: ArrayLike) -> Floats:
    """E phi(u): the mean of a layer's h where its u has variance q."""
    if activation in CLOSED:
        return CLOSED[activation].mean(np.asarray(q, np.float64))
    return gaussian_mean(PAIRS[activation].phi, q)


def growth_of_mean_square(activation: str, q: ArrayLike) -> Floats:
    """dV/dq = E u phi(u) phi'(u) / q: how much of a small change of the variance a layer hands on, but for sigma_w^2; at q = 0 the limit."""
    pair, variances = PAIRS[activation], np.maximum(np.asarray(q, np.float64), SMALLEST)
    return gaussian_mean(lambda u: u * pair.phi(u) * pair.slope(u), variances) / variances


class _Closed(NamedTuple):
    square: Function
    slope_square: Function
    mean: Function


def _lines(below: float) -> _Closed:
    """Two straight lines that meet in 0, with slope 1 above it: V = share q and D = share, whatever q is; the mean of the upper half is sqrt(q / 2 pi)."""
    share, lean = (1.0 + below**2) / 2.0, (1.0 - below) / math.sqrt(2.0 * math.pi)
    return _Closed(lambda q: share * q, lambda q: np.full_like(q, share), lambda q: lean * np.sqrt(q))


def _both_above(q: Floats) -> Floats:
    """E F(u)^2 with the normal distribution function F: two more normal numbers both lie below u. Its arcsine is q/(1 + q)'s."""
    angle: Floats = np.arctan2(q, np.sqrt(1.0 + 2.0 * q))
    return 0.25 + angle / (2.0 * math.pi)


def _gelu_square(q: Floats) -> Floats:
    """E u^2 F^2 = q (E F^2 + 2 E u F f) by Stein's lemma, f the normal density (Williams 1998, Computation with infinite neural networks)."""
    return q * (_both_above(q) + q / (math.pi * (1.0 + q) * np.sqrt(1.0 + 2.0 * q)))


def _gelu_slope_square(q: Floats) -> Floats:
    """E (F + u f)^2, from the same three means."""
    root = np.sqrt(1.0 + 2.0 * q)
    return _both_above(q) + (q / root) * (1.0 / (math.pi * (1.0 + q)) + 1.0 / (2.0 * math.pi * root**2))


def _gelu_mean(q: Floats) -> Floats:
    """E u F = q E f by Stein's lemma."""
    return q / np.sqrt(2.0 * math.pi * (1.0 + q))


#: Where the integral is known; gelu's also because its erf is ten times as slow as a tanh.
CLOSED: Mapping[str, _Closed] = {
    "identity": _lines(1.0),
    "relu": _lines(0.0),
    "leaky_relu": _lines(LEAK),
    "gelu": _Closed(_gelu_square, _gelu_slope_square, _gelu_mean),
}
#: Activations that are two straight lines: the signal's size makes no difference to them.
LINES = frozenset({"identity", "relu", "leaky_relu"})


class Ends(NamedTuple):
    """What an activation is for very small and very large u: phi(0)^2, and the mean of phi'^2 over both sides, which is 0 where phi is bounded."""

    square_at_0: float
    slope_square_at_0: float
    slope_square_far_out: float

    @property
    def bounded(self) -> bool:
        return self.slope_square_far_out == 0.0


@cache
def ends(activation: str) -> Ends:
    """The activation's limits, from the activation itself."""
    pair = PAIRS[activation]
    near, far = (float(np.mean(pair.slope(np.array([-u, u])) ** 2)) for u in (1e-100, 1e100))
    return Ends(float(pair.phi(np.zeros(1))[0]) ** 2, near, far if far > 1e-100 else 0.0)


# --- a table of them -----------------------------------------------------------------------------------------------------------------------

#: The table's first and last q, in decades, and its steps in each.
DECADES, STEPS = 12, 16
STEP = math.log(10.0) / STEPS
#: Six neighbours determine a piece of degree five: 2e-8 relative, and better.
NEIGHBOURS = 6


class Table(NamedTuple):
    """V, D and E phi of an activation for all q from 1e-12 to 1e12, in pieces: polynomials in s from 0 to 1 between neighbours.

    q and square, V(q), are (n,), log_square, log_slope_square and mean_share, (n - 1, 6), the coefficients of log V, log D and E phi / sqrt V in s,
    lowest first, where log q = log q[i] + s STEP in piece i.
    """

    q: Floats
    square: Floats
    log_square: Floats
    log_slope_square: Floats
    mean_share: Floats


@cache
def table(activation: str) -> Table:
    """The activation's table; worked out once, in some twenty milliseconds."""
    q = 10.0 ** (np.arange(-DECADES * STEPS, DECADES * STEPS + 1) / STEPS)
    square = mean_square(activation, q)
    share = mean_output(activation, q) / np.sqrt(square)
    return Table(q, square, _pieces(np.log(square)), _pieces(np.log(mean_slope_square(activation, q))), _pieces(share))


def _pieces(values: Floats) -> Floats:
    """The polynomials through each six neighbours, three on either side where there are as many."""
    cells = np.arange(len(values) - 1)
    first = np.clip(cells - (NEIGHBOURS // 2 - 1), 0, len(values) - NEIGHBOURS)
    coefficients = np.empty((len(cells), NEIGHBOURS))
    for before in range(NEIGHBOURS - 1):
        there = cells - first == before
        places = np.arange(NEIGHBOURS) - float(before)
        windows = values[first[there, None] + np.arange(NEIGHBOURS)]
        coefficients[there] = np.linalg.solve(np.vander(places, increasing=True), windows.T).T
    return coefficients


def on_pieces(pieces: Floats, s: Floats) -> Floats:
    """The values of polynomials (n, 6) at s (n,)."""
    value = pieces[:, -1].copy()
    for power in range(NEIGHBOURS - 2, -1, -1):
        value *= s
        value += pieces[:, power]
    return value
