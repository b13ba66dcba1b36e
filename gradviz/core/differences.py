"""Finite differences of the cost, plainly and in the log domain: no derivative is used, save in the bounds on rounding.

A difference that float64 cannot show, for the two costs are equal in all their digits, travels through the layers itself, as a sign and a log10, by the
identities that gradviz.core.phi_differences gives. log10 of absolute values are called sizes here.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.activations import ELU, IDENTITY, LEAKY_RELU, LN10, NAMES, RELU, SELU, phi, power_of_ten
from gradviz.core.compiled import compiled
from gradviz.core.config import Config
from gradviz.core.phi_differences import LOG10_2, activated, add, difference, sign_of, size_of, steepness

Floats = NDArray[np.float64]

#: Where rounding may change a gradient by more than this, nothing can be proved about it in float64.
HIDDEN = 0.01
#: The first steps, as a part of the weight's own scale, the second in decades; each next one is so many times, or decades, smaller.
PLAIN_STEP, PLAIN_SHRINK, PLAIN_STEPS = 2.0**-6, 4.0, 8
LOG_STEP, LOG_SHRINK, LOG_STEPS, LOG_RESOLVED = -4.0, 1.2, 10, 1e-10
EPSILON = 2.0**-52


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
def pass_forward(x: Floats, network: Network) -> None:
    w, w_size, y, activation, plain, h_sign, h_size, miss, rho, path = network
    samples, layers = plain.shape
    for s in range(samples):
        plain[s, 0], h_sign[s, 0], h_size[s, 0] = x[s], sign_of(x[s]), size_of(x[s])
        error, ordinary = 0.0, True
        for k in range(1, layers):
            plain[s, k] = phi(activation, w[k] * plain[s, k - 1])
            sign = h_sign[s, k - 1] * sign_of(w[k])
            size = -math.inf if sign == 0.0 else h_size[s, k - 1] + w_size[k]
            h_sign[s, k], h_size[s, k] = activated(activation, sign, size)
            passed, steep = steepness(activation, size, sign)
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
    bent = network.activation in (RELU, LEAKY_RELU, ELU, SELU) and network.w[k] != 0.0
    least = own if bent else max(own, 0.0)  # a step stays on the weight's own side of a kink
    if network.activation not in (RELU, LEAKY_RELU, IDENTITY):
        for s in range(len(network.y)):
            least = min(least, -float(network.h_size[s, k - 1]))
    return least


@compiled
def _differences(k: int, s: int, step: float, network: Network) -> tuple[float, float, float, float]:
    """What w[k] + d and w[k] - d, d = 10^step, make of sample s at the output: h+ - h and h - h-, each as sign and decades; two signs of 0 for nothing."""
    w, w_size, _, activation, _, h_sign, h_size, _, _, _ = network
    layers = h_sign.shape[1]
    d = power_of_ten(step)
    up_sign = down_sign = h_sign[s, k - 1]
    before = h_size[s, k - 1]
    a_sign, a = up_sign * sign_of(w[k] + d), before + size_of(w[k] + d)
    b_sign, b = up_sign * sign_of(w[k] - d), before + size_of(w[k] - d)
    up = down = before + step
    for j in range(k, layers):
        c_sign, c = h_sign[s, j - 1] * sign_of(w[j]), h_size[s, j - 1] + w_size[j]
        if j > k:
            turn = sign_of(w[j])
            up_sign, down_sign, a_sign, b_sign = up_sign * turn, down_sign * turn, a_sign * turn, b_sign * turn
            up, down, a, b = up + w_size[j], down + w_size[j], a + w_size[j], b + w_size[j]
        if (up_sign == 0.0 and down_sign == 0.0) or max(up, down) == -math.inf:
            return 0.0, -math.inf, 0.0, -math.inf
        up_sign, up = difference(activation, up, up_sign, a_sign, a, c_sign, c)
        down_sign, down = difference(activation, down, down_sign, c_sign, c, b_sign, b)
        a_sign, a = activated(activation, a_sign, a)
        b_sign, b = activated(activation, b_sign, b)
    return (0.0 if up == -math.inf else up_sign), up, (0.0 if down == -math.inf else down_sign), down


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
        up_sign, up, down_sign, down = _differences(k, s, step, network)
        if up_sign == 0.0 and down_sign == 0.0:
            continue
        reached = True
        sign, both = add(up_sign, up, down_sign, down)
        bend_sign, bend = add(up_sign, up, -down_sign, down)
        off_sign, off = sign_of(miss[s]), size_of(miss[s])
        uncertain = -math.inf
        if miss[s] != miss[s]:
            off_sign, off = add(h_sign[s, layers - 1], h_size[s, layers - 1], -sign_of(y[s]), size_of(y[s]))
            uncertain = h_size[s, layers - 1] + size_of(rho[s])
        off_sign, off = add(off_sign, off + LOG10_2, bend_sign, bend)
        total_sign, total = add(total_sign, total, sign * off_sign, both + off)
        _, uncertain = add(1.0, off + size_of(path[s, k]), 1.0, uncertain + LOG10_2)
        _, blur = add(1.0, blur, 1.0, max(both, up, down) + uncertain)
    if not reached:
        return 0.0, -math.inf, 0.0
    noise = power_of_ten(blur - total) if total > -math.inf else math.inf
    return total_sign, total - step - 2.0 * LOG10_2 - math.log10(float(samples)), noise


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
