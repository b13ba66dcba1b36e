"""Finite differences of the cost, plainly and in the log domain: no derivative is used, save in the bounds on rounding.

A difference that float64 cannot show, for the two costs are equal in all their digits, travels through the layers itself, as a sign and a log10, by the
identities that gradviz.core.check gives. log10 of absolute values are called sizes here.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.activations import LN10, NAMES, RELU, SIGMOID, TANH, phi, phi_decades, power_of_ten
from gradviz.core.compiled import compiled
from gradviz.core.config import Config

Floats = NDArray[np.float64]

#: Where rounding may change a gradient by more than this, nothing can be proved about it in float64.
HIDDEN = 0.01
#: The first steps, as a part of the weight's own scale, the second in decades; each next one is so many times, or decades, smaller.
PLAIN_STEP, PLAIN_SHRINK, PLAIN_STEPS = 2.0**-6, 4.0, 8
LOG_STEP, LOG_SHRINK, LOG_STEPS, LOG_RESOLVED = -4.0, 1.2, 10, 1e-10
EPSILON, LOG10_2 = 2.0**-52, math.log10(2.0)


class Network(NamedTuple):
    """Weights and one forward pass, as the kernels want them: sizes are log10 of absolute values, arrays of h are (m, l), activation as in NAMES.

    plain is h in float64, and miss = h[l-1] - y (m,), or NaN where a pass leaves float64's ordinary numbers. rho (m,) is how much of itself rounding may
    change of the output, and path (m, l) of the product of slopes from a layer to the end.
    """

    w: Floats
    w_size: Floats
    y: Floats
    activation: int
    plain: Floats
    h_sign: Floats
    h_size: Floats
    miss: Floats
    rho: Floats
    path: Floats

    @staticmethod
    def of(config: Config, w: Floats) -> Network:
        x, y = np.array(config.inputs), np.array(config.targets)
        plain, h_sign, h_size, path = (np.zeros((len(x), len(w))) for _ in range(4))
        network = Network(w, np.log10(np.abs(w)), y, NAMES.index(config.activation), plain, h_sign, h_size, np.zeros(len(x)), np.zeros(len(x)), path)
        pass_forward(x, network)
        return network


@compiled
def _sign(value: float) -> float:
    return 1.0 if value > 0.0 else (-1.0 if value < 0.0 else value)


@compiled
def _size(value: float) -> float:
    return math.log10(abs(value)) if value != 0.0 else -math.inf


@compiled
def _sum(sign: float, size: float, other_sign: float, other: float) -> tuple[float, float]:
    """The sum of two numbers given by sign and decades, as sign and decades."""
    greatest = max(size, other)
    if greatest == -math.inf:
        return 0.0, -math.inf
    total = sign * power_of_ten(size - greatest) + other_sign * power_of_ten(other - greatest)
    return _sign(total), greatest + _size(total)


@compiled
def _log10_sinh(size: float) -> float:
    """log10 sinh(x) of x = 10^size."""
    if size < -8.0:
        return size
    x = power_of_ten(size)
    return x / LN10 + math.log10(-math.expm1(-2.0 * x) / 2.0)


@compiled
def _log10_cosh(x: float) -> float:
    return (abs(x) + math.log1p(math.exp(-2.0 * abs(x)))) / LN10 - LOG10_2


@compiled
def _difference(activation: int, size: float, a_sign: float, a: float, b_sign: float, b: float) -> float:
    """log10|phi(u+) - phi(u-)|, where |u+ - u-| = 10^size and u+ and u- are given by sign and decades."""
    if activation in (TANH, SIGMOID):
        part, most = (1.0, LOG10_2) if activation == TANH else (0.5, 0.0)
        x, y = part * power_of_ten(a), part * power_of_ten(b)
        gap = abs(a_sign * x - b_sign * y)
        wide = max(0.5 * max(x, y), 1e-290) < gap < math.inf  # no digit is lost in it, and sinh would magnify what it differs by from 10^size
        sinh = _log10_sinh(math.log10(gap) if wide else size + math.log10(part))
        return min(sinh - _log10_cosh(x) - _log10_cosh(y) + math.log10(part), most)
    if activation == RELU and not (a_sign > 0.0 and b_sign > 0.0):
        return a if a_sign > 0.0 else (b if b_sign > 0.0 else -math.inf)
    return size


@compiled
def _activated(activation: int, sign: float, size: float) -> tuple[float, float]:
    """phi(u) as sign and decades, of u given by them."""
    out = phi_decades(activation, size, sign < 0.0)
    return (1.0 if activation == SIGMOID else (0.0 if out == -math.inf else sign)), out


@compiled
def _steepness(activation: int, size: float, sign: float) -> tuple[float, float]:
    """Bounds of how a relative change of u changes phi(u), and the difference quotient of phi there, of themselves."""
    u = power_of_ten(size)
    if activation == TANH:  # u/h dh/du = 2u / sinh 2u
        return (1.0 if u < 1e-4 else (0.0 if u > 400.0 else 2.0 * u / math.sinh(min(2.0 * u, 700.0)))), 2.0 * u
    if activation == SIGMOID:
        return (u if sign < 0.0 else (0.0 if u > 400.0 else u * math.exp(-u))), u
    return 1.0, 0.0


@compiled
def pass_forward(x: Floats, network: Network) -> None:
    w, w_size, y, activation, plain, h_sign, h_size, miss, rho, path = network
    samples, layers = plain.shape
    for s in range(samples):
        plain[s, 0], h_sign[s, 0], h_size[s, 0] = x[s], _sign(x[s]), _size(x[s])
        error, ordinary = 0.0, True
        for k in range(1, layers):
            plain[s, k] = phi(activation, w[k] * plain[s, k - 1])
            sign = h_sign[s, k - 1] * _sign(w[k])
            size = -math.inf if sign == 0.0 else h_size[s, k - 1] + w_size[k]
            h_sign[s, k], h_size[s, k] = _activated(activation, sign, size)
            passed, steep = _steepness(activation, size, sign)
            if sign != 0.0:
                error += EPSILON * (2.0 + 3.0 * abs(size))
                path[s, k] = 2.0 * steep * error  # here as much as there
                error *= passed
            ordinary = ordinary and (1e-300 < abs(plain[s, k]) < 1e300 or h_size[s, k] == -math.inf)
            error += EPSILON * (2.0 + (0.0 if h_size[s, k] == -math.inf else 3.0 * abs(h_size[s, k])))
        rho[s] = error
        miss[s] = plain[s, layers - 1] - y[s] if ordinary else math.nan
        for k in range(layers - 2, 0, -1):
            path[s, k] += path[s, k + 1] + 8.0 * EPSILON


@compiled
def _scale(k: int, network: Network) -> float:
    """log10 of the distance over which the cost may bend as a function of w[k]: a step is a small part of it."""
    own = float(network.w_size[k])
    if network.activation == RELU and network.w[k] != 0.0:
        return own  # a step stays on the weight's own side of the kink
    least = max(own, 0.0)
    if network.activation in (TANH, SIGMOID):
        for s in range(len(network.y)):
            least = min(least, -float(network.h_size[s, k - 1]))
    return least


@compiled
def log_domain_difference(k: int, network: Network) -> tuple[float, float, float, float]:
    """dC/dw[k] as sign and decades; and what the step, and what rounding, may have changed of it, as parts of it.

    The step shrinks until the next one changes nothing that matters: here a small one costs no digits.
    """
    step = LOG_STEP + _scale(k, network)
    sign, size, noise = _cost_difference(k, step, network)
    error, shrink = 0.0, LOG_SHRINK
    for _ in range(LOG_STEPS):
        step -= shrink
        old_sign, old = sign, size
        sign, size, noise = _cost_difference(k, step, network)
        if sign == 0.0 and old_sign == 0.0 and noise == 0.0:
            return 0.0, -math.inf, 0.0, 0.0
        change = -math.expm1(-LN10 * abs(old - size)) if sign == old_sign else 1.0
        error = change * power_of_ten(-2.0 * shrink) if change < HIDDEN else math.inf  # of second order, once the step is small at all
        if error <= LOG_RESOLVED:
            break
        shrink *= 2.0
    return sign, size, error, noise


@compiled
def _cost_difference(k: int, step: float, network: Network) -> tuple[float, float, float]:
    """(C(w[k] + d) - C(w[k] - d)) / 2d with d = 10^step, as sign and decades; and what rounding may change of it, as a part of it.

    That is 0 where nothing reaches the output, and infinite where what does cancels.
    """
    _, _, y, _, _, h_sign, h_size, miss, rho, path = network
    samples, layers = h_sign.shape
    reached = False
    total_sign, total, blur = 0.0, -math.inf, -math.inf
    for s in range(samples):
        sign, up, down = _differences(k, s, step, network)
        if sign == 0.0:
            continue
        reached = True
        _, both = _sum(1.0, up, 1.0, down)
        bend_sign, bend = _sum(sign, up, -sign, down)
        off_sign, off = _sign(miss[s]), _size(miss[s])
        uncertain = -math.inf
        if miss[s] != miss[s]:
            off_sign, off = _sum(h_sign[s, layers - 1], h_size[s, layers - 1], -_sign(y[s]), _size(y[s]))
            uncertain = h_size[s, layers - 1] + _size(rho[s])
        off_sign, off = _sum(off_sign, off + LOG10_2, bend_sign, bend)
        total_sign, total = _sum(total_sign, total, sign * off_sign, both + off)
        _, uncertain = _sum(1.0, off + _size(path[s, k]), 1.0, uncertain + LOG10_2)
        _, blur = _sum(1.0, blur, 1.0, both + uncertain)
    if not reached:
        return 0.0, -math.inf, 0.0
    noise = power_of_ten(blur - total) if total > -math.inf else math.inf
    return total_sign, total - step - 2.0 * LOG10_2 - math.log10(float(samples)), noise


@compiled
def _differences(k: int, s: int, step: float, network: Network) -> tuple[float, float, float]:
    """What w[k] + d and w[k] - d, d = 10^step, make of sample s: the sign of h+ - h- at the output, and log10 of |h+ - h| and |h - h-|; sign 0 for nothing."""
    w, w_size, _, activation, _, h_sign, h_size, _, _, _ = network
    layers = h_sign.shape[1]
    d = power_of_ten(step)
    sign, before = h_sign[s, k - 1], h_size[s, k - 1]
    a_sign, a = sign * _sign(w[k] + d), before + _size(w[k] + d)
    b_sign, b = sign * _sign(w[k] - d), before + _size(w[k] - d)
    up = down = before + step
    for j in range(k, layers):
        c_sign, c = h_sign[s, j - 1] * _sign(w[j]), h_size[s, j - 1] + w_size[j]
        if j > k:
            sign, a_sign, b_sign = sign * _sign(w[j]), a_sign * _sign(w[j]), b_sign * _sign(w[j])
            up, down, a, b = up + w_size[j], down + w_size[j], a + w_size[j], b + w_size[j]
        if sign == 0.0 or max(up, down) == -math.inf:
            return 0.0, -math.inf, -math.inf
        up = _difference(activation, up, a_sign, a, c_sign, c)
        down = _difference(activation, down, c_sign, c, b_sign, b)
        a_sign, a = _activated(activation, a_sign, a)
        b_sign, b = _activated(activation, b_sign, b)
    return (0.0 if max(up, down) == -math.inf else sign), up, down


@compiled
def _cost_with(k: int, weight: float, network: Network) -> float:
    """The cost in float64 with another weight at layer k."""
    w, _, y, activation, plain, _, _, _, _, _ = network
    samples, layers = plain.shape
    total = 0.0
    for s in range(samples):
        h = phi(activation, weight * plain[s, k - 1])
        for j in range(k + 1, layers):
            h = phi(activation, w[j] * h)
        miss = h - float(y[s])
        total += miss * miss
    return float(total / (2.0 * samples))


@compiled
def plain_difference(k: int, network: Network) -> tuple[float, float]:
    """dC/dw[k] by the central difference of two costs in float64, at the step of several that leaves the least error; and that error."""
    w, _, _, _, plain, _, _, miss, rho, _ = network
    samples, layers = plain.shape
    noise, digits, cost = 0.0, EPSILON, 0.0
    for s in range(samples):
        digits = max(digits, 2.0 * rho[s])
        cost += miss[s] * miss[s] / samples
        off, blur = abs(miss[s]), rho[s] * abs(plain[s, layers - 1])
        noise += ((off + blur) * blur + EPSILON * off * off) / samples  # NaN where a pass leaves the ordinary numbers
    d = PLAIN_STEP * power_of_ten(_scale(k, network))
    best, least, before = 0.0, math.inf, math.inf
    for _ in range(PLAIN_STEPS):
        up, down = w[k] + d, w[k] - d
        if up == down:
            break
        above, below = _cost_with(k, up, network), _cost_with(k, down, network)
        found = (above - below) / (up - down)
        error = (noise + digits * abs(above + below - cost)) / d + abs(found - before) / 4.0
        if error < least:
            best, least = found, error
        before = found
        d /= PLAIN_SHRINK
    return best, least
