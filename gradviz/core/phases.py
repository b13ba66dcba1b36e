"""The phases of wide layers on a whole plane of weights and biases at once: where gradients vanish, and where they explode.

The mathematics is `meanfield`'s, read off a table of the Gaussian means, so that 200 x 200 networks take a twentieth of a second.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradviz.core.combinations import ConfigError
from gradviz.core.quadrature import LINES, STEP, Floats, Table, ends, on_pieces, table

#: Schoenholz et al. 2016, figure 5: networks could be trained to about so many times xi_c.
TRAINABLE = 6.0
#: Larger variances, and the scales they are squares of, are refused: their own squares leave the floats.
LARGEST_VARIANCE, LARGEST_SCALE = 1e100, 1e50


def check_variance(name: str, value: float) -> None:
    """Raises ConfigError, a sentence, where a variance is not one that can be worked with."""
    _check(name, value, LARGEST_VARIANCE)


def check_scale(name: str, value: float) -> None:
    """Raises ConfigError, a sentence, where a standard deviation is not one that can be worked with."""
    _check(name, value, LARGEST_SCALE)


def _check(name: str, value: float, largest: float) -> None:
    if not 0.0 <= value <= largest:
        raise ConfigError(name, f"{name} is {value:g}; it must be a number from 0 to {largest:g}.")


class Settled(NamedTuple):
    """Which piece of the table q* lies in, and where in it from 0 to 1: (rows, columns) each. -1 is below the table, one more than its last piece above."""

    cell: NDArray[np.intp]
    s: Floats


def settled(known: Table, sigma_w2: Floats, sigma_b2: Floats) -> Settled:
    """q* for every sigma_w^2, the columns, and every sigma_b^2, the rows.

    q is a fixed point of one sigma_w^2, (q - sigma_b^2) / V(q). Going up from 1, the way ends at the first q whose own is not below the one at hand; going
    down, at the first whose own is not above it.
    """
    start = int(np.argmin(np.abs(np.log(known.q))))
    cell = np.empty((len(sigma_b2), len(sigma_w2)), np.intp)
    for row, variance in enumerate(sigma_b2):
        own = (known.q - variance) / known.square
        up = start - 1 + np.searchsorted(np.maximum.accumulate(own[start:]), sigma_w2)
        down = start - np.searchsorted(-np.minimum.accumulate(own[start::-1]), -sigma_w2)
        cell[row] = np.where(sigma_w2 > own[start], up, down)
    inside = np.clip(cell, 0, len(known.q) - 2)
    pieces = known.log_square[inside.ravel()]
    weights, biases = (both.ravel() for both in np.broadcast_arrays(sigma_w2, sigma_b2[:, None]))
    begin = known.q[inside.ravel()]
    low = np.zeros(len(begin))
    width = 1.0
    for _ in range(27):  # to 1e-9 of q
        width /= 2.0
        middle = low + width
        low = np.where(weights * np.exp(on_pieces(pieces, middle)) + biases > begin * np.exp(STEP * middle), middle, low)
    return Settled(cell, low.reshape(cell.shape))


def log_chi(activation: str, sigma_w2: Floats, sigma_b2: Floats) -> Floats:
    """log chi_1 for every sigma_w^2, the columns, and every sigma_b^2, the rows, to 1e-7; -inf where sigma_w^2 is 0."""
    with np.errstate(divide="ignore"):
        log_weights = np.log(sigma_w2)[None, :]
    limits, shape = ends(activation), (len(sigma_b2), len(sigma_w2))
    if activation in LINES:
        return np.broadcast_to(log_weights + math.log(limits.slope_square_at_0), shape)
    known = table(activation)
    cell, s = settled(known, sigma_w2, sigma_b2)
    last = len(known.q) - 2
    inside = np.clip(cell, 0, last)
    log_slopes = on_pieces(known.log_slope_square[inside.ravel()], s.ravel()).reshape(shape)
    log_slopes[cell < 0] = math.log(limits.slope_square_at_0)
    above = cell > last
    if limits.bounded:  # phi'^2 counts near u = 0 alone, where the density is 1 / sqrt q
        with np.errstate(divide="ignore"):
            beyond = np.log(sigma_w2[None, :] * known.square[-1] + sigma_b2[:, None]) - math.log(known.q[-1])
        log_slopes = np.where(above, known.log_slope_square[-1].sum() - beyond / 2.0, log_slopes)
    else:
        log_slopes[above] = math.log(limits.slope_square_far_out)
    return log_weights + log_slopes


def phase_map(activation: str, sigma_w: ArrayLike, sigma_b: ArrayLike) -> Floats:
    """Decades that a gradient's norm gains in each layer on its way back, log10(chi_1) / 2, negative where it vanishes: (biases, weights).

    sigma_w and sigma_b are one-dimensional, 0 or greater; -inf where sigma_w is 0. Relative accuracy of chi_1: 1e-7. Raises ConfigError for a bad scale.
    """
    scales = {name: np.asarray(values, np.float64) for name, values in (("sigma_w", sigma_w), ("sigma_b", sigma_b))}
    for name, values in scales.items():
        for value in (values.min(initial=0.0), values.max(initial=0.0)):  # a NaN is both
            check_scale(name, float(value))
    return log_chi(activation, scales["sigma_w"] ** 2, scales["sigma_b"] ** 2) / (2.0 * math.log(10.0))


def trainable_depth(decades: ArrayLike) -> Floats:
    """The trainable depth in layers, 6 / |ln chi_1|, from the decades of a gradient's norm a layer that `phase_map` gives; infinite where they are 0."""
    with np.errstate(divide="ignore"):
        return TRAINABLE / (2.0 * math.log(10.0) * np.abs(np.asarray(decades, np.float64)))
