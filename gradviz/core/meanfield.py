"""Mean-field theory: how large signals and gradients are, layer by layer, in a network of infinite width with random weights.

    q[l] = sigma_w^2 E phi(u)^2 + sigma_b^2,   u ~ N(0, q[l-1])
    chi_1 = sigma_w^2 E phi'(u)^2,             u ~ N(0, q*)

Weights are drawn with variance sigma_w^2 / n_in and biases with sigma_b^2. Layer after layer q goes to a fixed point q*, and there each layer multiplies the
mean square of a gradient by chi_1: below 1 it vanishes, above 1 it explodes, and between the two lies the edge of chaos. Poole et al. 2016, Exponential
expressivity in deep neural networks; Schoenholz et al. 2016, Deep information propagation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from gradviz.core.phases import TRAINABLE, check_scale, check_variance, log_chi, settled
from gradviz.core.quadrature import LINES, Floats, ends, growth_of_mean_square, mean_slope_square, mean_square, table
from gradviz.core.theory import readable

#: chi_1 this near to 1 counts as critical: over the 100,000 layers that a network may have it changes a gradient by a tenth.
CRITICAL = 1e-6
#: A fixed point below is 0: quadrature cannot tell V(q) from q there.
NOTHING = 1e-13
#: Of q: what is left of two equal numbers' difference, and what counts as stable.
ROUNDED, SLACK = 1e-14, 1e-9
#: The exact critical sigma_w^2 is relatively so near to the table's.
SAME = 1e-4
#: The mean field is of wide nets. A gradient's mean logarithm falls short of it by some 1/n to 2.5/n a layer: at this width, by less than a tenth.
SMALLEST_WIDTH = 32


class MeanField(msgspec.Struct, frozen=True):
    """What mean-field theory says of wide layers with one activation, sigma_w^2 and sigma_b^2.

    q_star is the variance of u that layer after layer goes to from 1, infinite where it grows without end; chi_1 what a layer there multiplies a mean squared
    gradient by. xi_c = -1 / ln chi_1 is the depth in layers over which two inputs stay apart; infinite where critical, None in the chaotic phase, where another
    fixed point decides. layers_per_decade, 2 / |log10 chi_1|, and trainable_depth, 6 / |ln chi_1|, are layers too and both of the gradient: in the ordered
    phase the latter is 6 xi_c, in the chaotic phase the depth at which squared gradients have grown by e^6, a limit of the same kind.
    """

    activation: str
    sigma_w2: float
    sigma_b2: float
    q_star: float
    chi_1: float
    xi_c: float | None
    layers_per_decade: float
    trainable_depth: float
    phase: Literal["ordered", "critical", "chaotic"]
    sentence: str


def mean_field(activation: str, sigma_w2: float, sigma_b2: float = 0.0) -> MeanField:
    """Where wide layers settle, and what each then does to a gradient; raises ConfigError for a variance that cannot be."""
    q_star = fixed_point(activation, sigma_w2, sigma_b2)
    chi_1 = float(gradient_factor(activation, q_star, sigma_w2))
    if abs(chi_1 - 1.0) <= CRITICAL:
        phase: Literal["ordered", "critical", "chaotic"] = "critical"
    else:
        phase = "ordered" if chi_1 < 1.0 else "chaotic"
    rate = math.log(chi_1) if chi_1 else -math.inf
    away = 1.0 / abs(rate) if rate else math.inf
    xi_c = {"ordered": away, "critical": math.inf, "chaotic": None}[phase]
    per_decade, depth = 2.0 * math.log(10.0) * away, TRAINABLE * away
    sentence = f"{_settling(q_star)}, {OUTCOMES[phase](math.sqrt(chi_1), per_decade, depth)}"
    return MeanField(activation, sigma_w2, sigma_b2, q_star, chi_1, xi_c, per_decade, depth, phase, sentence)


def _settling(q_star: float) -> str:
    if q_star in (0.0, math.inf):
        return "The signal dies out" if q_star == 0.0 else "The signal grows without end"
    return f"The signal settles at a root mean square of {readable(math.sqrt(q_star), 4)} for u"


def _lost(factor: float, per_decade: float, depth: float) -> str:
    if factor == 0.0:
        return "and nothing of a gradient passes back."
    return f"and each layer passes on {readable(factor, 4)} of a gradient: it vanishes, by a decade every {readable(per_decade, 3)} layers{_trainable(depth)}."


def _grown(factor: float, per_decade: float, depth: float) -> str:
    return f"and each layer multiplies a gradient by {readable(factor, 4)}: it explodes, by a decade every {readable(per_decade, 3)} layers{_trainable(depth)}."


def _trainable(depth: float) -> str:
    return f"; about {readable(depth, 3)} layers can be trained" if depth >= 2.0 else ""


OUTCOMES: dict[str, Callable[[float, float, float], str]] = {
    "ordered": _lost,
    "chaotic": _grown,
    "critical": lambda *_: "and a gradient keeps its size, or changes as a power of the depth at most: the edge of chaos.",
}


# --- the q map -----------------------------------------------------------------------------------------------------------------------------


def variance_map(activation: str, q: ArrayLike, sigma_w2: float, sigma_b2: float = 0.0) -> Floats:
    """The variance of u in the next layer, sigma_w^2 E phi^2 + sigma_b^2, from this layer's, for every q (0 to 1e200)."""
    return sigma_w2 * mean_square(activation, q) + sigma_b2


def gradient_factor(activation: str, q: ArrayLike, sigma_w2: float) -> Floats:
    """What a layer whose u has variance q multiplies a mean squared gradient by, sigma_w^2 E phi'^2, for every q; chi_1 at q*. Infinite q is the limit."""
    variances = np.asarray(q, np.float64)
    far_out = np.isinf(variances)
    near = mean_slope_square(activation, np.where(far_out, 1.0, variances))
    return sigma_w2 * np.where(far_out, ends(activation).slope_square_far_out, near)


def fixed_point(activation: str, sigma_w2: float, sigma_b2: float = 0.0) -> float:
    """The q* that the variance of u goes to, layer after layer, starting from 1: 0, a finite number, or inf where it grows without end.

    The q map rises with q for every activation here, so that the way there is straight, and ends at the first fixed point above or below 1: where there are
    several, as gelu and silu have, the start decides. Raises ConfigError where a variance is negative, above 1e100 or no number.
    """
    check_variance("sigma_w2", sigma_w2)
    check_variance("sigma_b2", sigma_b2)
    if activation in LINES:
        return _of_lines(activation, sigma_w2, sigma_b2)
    known = table(activation)
    cell = int(settled(known, np.array([sigma_w2]), np.array([sigma_b2])).cell[0, 0])
    if not 0 <= cell < len(known.q) - 1:
        return (_below_the_table if cell < 0 else _above_the_table)(activation, sigma_w2, sigma_b2)

    def surplus(log_q: float) -> float:
        q = math.exp(log_q)
        return (sigma_w2 * float(mean_square(activation, q)) + sigma_b2) / q - 1.0

    q_star = math.exp(_crossing(surplus, math.log(known.q[cell]), math.log(known.q[cell + 1])))
    return 0.0 if q_star < NOTHING and sigma_b2 == 0.0 else q_star


def _of_lines(activation: str, sigma_w2: float, sigma_b2: float) -> float:
    """A straight line's q is multiplied by one and the same number in each layer; where that is 1, to the last bits of a scale, it stays at 1 or grows."""
    factor = sigma_w2 * ends(activation).slope_square_at_0
    if abs(factor - 1.0) < 1e-12:
        return math.inf if sigma_b2 else 1.0
    return sigma_b2 / (1.0 - factor) if factor < 1.0 else math.inf


def _below_the_table(activation: str, sigma_w2: float, sigma_b2: float) -> float:
    """Near 0 every activation is a straight line, or a constant and one."""
    limits = ends(activation)
    constant = sigma_w2 * limits.square_at_0 + sigma_b2
    q_star = constant / max(1.0 - sigma_w2 * limits.slope_square_at_0, NOTHING)
    return min(q_star, float(table(activation).q[0]))


def _above_the_table(activation: str, sigma_w2: float, sigma_b2: float) -> float:
    """Far from 0 every activation is a constant or a straight line on either side; what its bend adds is followed in a few steps."""
    q_star = float(table(activation).q[-1])
    for _ in range(8):
        square = float(mean_square(activation, q_star))
        if ends(activation).bounded:
            q_star = sigma_w2 * square + sigma_b2
            continue
        share = sigma_w2 * square / q_star
        if share >= 1.0 or sigma_b2 == 0.0:
            return math.inf
        q_star = sigma_b2 / (1.0 - share)
    return q_star


def _crossing(function: Callable[[float], float], left: float, right: float) -> float:
    """Where a function that is positive at the left and negative at the right, or the other way round, crosses 0: by false position (Illinois)."""
    at_left, at_right = function(left), function(right)
    if at_left * at_right >= 0.0:  # it is 0 at one of the ends, but for rounding
        return left if abs(at_left) < abs(at_right) else right
    last = math.inf
    for _ in range(100):
        middle = (left * at_right - right * at_left) / (at_right - at_left)
        at_middle = function(middle)
        if at_middle == 0.0 or abs(middle - last) <= 1e-15 * (1.0 + abs(middle)):
            return middle
        last = middle
        if at_middle * at_right < 0.0:
            left, at_left = right, at_right
        else:
            at_left /= 2.0
        right, at_right = middle, at_middle
    return last


# --- the edge of chaos ---------------------------------------------------------------------------------------------------------------------


def critical_line(activation: str, q: ArrayLike) -> tuple[Floats, Floats]:
    """sigma_w^2 and sigma_b^2 of the network whose u settles at variance q and keeps a gradient's size: sigma_w^2 = 1 / E phi'^2, and sigma_b^2 the rest of q.

    Of the shape of q. Both are NaN where there is no such network: where the rest is negative (sigmoid up to q = 45.6), or where q is a fixed point that the
    signal leaves, as gelu's and silu's small ones are. Straight lines have one point for every q.
    """
    variances = np.asarray(q, np.float64)
    weights = 1.0 / mean_slope_square(activation, variances)
    if activation in LINES:
        return weights, np.zeros_like(weights)
    biases = variances - weights * mean_square(activation, variances)
    there = (biases >= -ROUNDED * variances) & (weights * growth_of_mean_square(activation, variances) <= 1.0 + SLACK)
    return np.where(there, weights, np.nan), np.where(there, np.maximum(biases, 0.0), np.nan)


@cache
def critical_scale(activation: str, sigma_b: float = 0.0) -> float:
    """The sigma_w at which wide layers with this activation turn from vanishing to exploding gradients.

    There chi_1 = 1 (tanh without bias: 1; ReLU: sqrt 2; sigmoid without bias: 10.1493), except for gelu and silu with few or no biases, which have no such
    point: their small signals die out (chi_1 below 1) and their large ones grow (above 1), so that the sigma_w that stands between is given, where chi_1 jumps
    over 1. Without biases it keeps q at 1, and a layer there multiplies a squared gradient by 1.07. Raises ConfigError where sigma_b is negative,
    above 1e50 or no number.
    """
    check_scale("sigma_b", sigma_b)
    limits, sigma_b2 = ends(activation), sigma_b**2
    if activation in LINES:
        return 1.0 / math.sqrt(limits.slope_square_at_0)
    boundary = _boundary(activation, sigma_b2)
    q_star = fixed_point(activation, boundary, sigma_b2)
    exact = _on_the_line(activation, sigma_b2, q_star)
    return math.sqrt(exact if abs(exact / boundary - 1.0) < SAME else boundary)


def _boundary(activation: str, sigma_b2: float) -> float:
    """The smallest sigma_w^2 with chi_1 = 1 or a jump over it, to the table's accuracy: the interval that holds it is cut into ever finer ones."""
    low, high = 0.01, 1e3 * (1.0 + math.sqrt(sigma_b2))
    for cuts in (600, 60, 60, 60, 60):
        tried = np.geomspace(low, high, cuts + 1)
        place = int(np.argmax(log_chi(activation, tried, np.array([sigma_b2]))[0, 1:] >= 0.0))
        low, high = float(tried[place]), float(tried[place + 1])
    return low


def _on_the_line(activation: str, sigma_b2: float, near: float) -> float:
    """sigma_w^2 of the critical line's point with this sigma_b^2, from a q near it."""
    if near in (0.0, math.inf):
        return 1.0 / float(gradient_factor(activation, near, 1.0))

    def surplus(log_q: float) -> float:
        q = math.exp(log_q)
        return 1.0 - float(mean_square(activation, q) / mean_slope_square(activation, q)) / q - sigma_b2 / q

    log_q = _crossing(surplus, math.log(near) - 1.0, math.log(near) + 1.0)
    return 1.0 / float(mean_slope_square(activation, math.exp(log_q)))
