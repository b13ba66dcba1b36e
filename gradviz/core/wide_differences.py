"""Finite differences of a wide network's cost: plainly, and with the difference itself carried through the layers.

Two costs in float64 cannot show a gradient of 1e-30: they are equal in all their digits. There a change d of one number is followed from layer to layer as
the change that it makes, by identities that subtract nothing that is nearly equal. With v = u + e:

    z[k]:             W (h + dh) - W h = W dh
    tanh v - tanh u = sinh(e) / (cosh u cosh v)
    sigma(v) - sigma(u) = sinh(e/2) / (2 cosh(u/2) cosh(v/2))
    exp v - exp u   = exp(u) (exp(e) - 1)
    v/(1 + |v|) - u/(1 + |u|) = e / ((1 + |u|)(1 + |v|))       on one side of 0
    v f(v) - u f(u) = e f(v) + u (f(v) - f(u))
    s' - s          = -(A' - A) s s' / (1/s + 1/s')             s = 1/sqrt A, of a variance
    log sum exp(u + e) - log sum exp u = log(1 + sum p (exp(e) - 1)),  p = softmax u

No derivative is used. The step may then be far below the rounding of what it is added to: nothing is added. Source: Abramowitz and Stegun 4.5.24 (sinh).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.dense import EPSILON, Network
from gradviz.core.elementwise import LEAK, SELU_ALPHA, SELU_SCALE, normal_below, sigmoid
from gradviz.core.statistics import root_mean_square

Floats = NDArray[np.float64]

#: The first step, as a part of a number's own scale, by what the next ones are smaller, and how many there are. No powers of 2: they would round all alike.
PLAIN_STEP, PLAIN_SHRINK, PLAIN_STEPS = 1e-2, 0.1, 4
#: So much of itself a number may be off by the rounding of a layer, and so much where its digits leave float64.
ROUNDING, TINY = 2.0**-51, 1e-306
CARRIED_STEP, CARRIED_SHRINK, CARRIED_STEPS = 1e-6, 7e-7, 5
#: Carried differences that change by less than this part of the greatest of them from step to step are settled.
SETTLED = 1e-10


class Number(NamedTuple):
    """One of the numbers that a network learns: of which of its Views, in which layer, and where in it."""

    part: str
    layer: int
    place: tuple[int, ...]

    def array(self, network: Network) -> Floats:
        """The array that holds it."""
        found: Floats = getattr(network, self.part)[self.layer]
        return found


class Differences(NamedTuple):
    """dC/dtheta of some numbers, (p,): as finite differences say it, what step and rounding may have changed of it, and where a kink is in the way."""

    values: Floats
    errors: Floats
    kinks: NDArray[np.bool_]


def scale_of(number: Number, network: Network) -> float:
    """The distance over which the cost may bend as a function of this number."""
    array = number.array(network)
    typical = root_mean_square(array) if number.part == "weights" else 1.0  # the others stand beside a u, or a normal, of about this size
    return max(abs(float(array[number.place])), typical) or 1.0


def plain_differences(network: Network, x: Floats, y: Floats, numbers: Sequence[Number], resolved: float) -> Differences | None:
    """Central differences of two costs, each with an error below this part of the greatest so far; None where rounding does not let them."""
    values: list[float] = []
    errors: list[float] = []
    network.forward(x, follow=False)
    rounding = ROUNDING * len(network.sizes) * BLURS[network.config.loss](network.room.h[-1], y)
    for number in numbers:
        found = _plain(network, x, y, number, resolved * max(map(abs, values), default=0.0), resolved, rounding)
        if found is None:
            return None
        values.append(found[0])
        errors.append(found[1])
    return Differences(np.array(values), np.array(errors), np.zeros(len(values), bool))


def _plain(network: Network, x: Floats, y: Floats, number: Number, enough: float, resolved: float, rounding: float) -> tuple[float, float] | None:
    """dC/dtheta and its error; None where no step brings that below what is enough, or this part of itself."""
    array, place = number.array(network), number.place
    own, d = float(array[place]), PLAIN_STEP * scale_of(number, network)
    before = math.inf
    for _ in range(PLAIN_STEPS):
        costs = []
        for moved in (own + d, own - d):
            array[place] = moved
            network.forward(x, follow=False)
            costs.append(network.cost(y))
        array[place] = own
        found = (costs[0] - costs[1]) / ((own + d) - (own - d))
        least = max(enough, resolved * abs(found))
        # a central difference is off by the square of its step, which the last one's was 10 times as large as
        error = rounding / d + abs(found - before) * PLAIN_SHRINK**2 / (1.0 - PLAIN_SHRINK**2)
        if error <= least:
            return found, error
        if not rounding / d <= least:
            break
        before = found
        d *= PLAIN_SHRINK
    return None


def carried_differences(network: Network, x: Floats, y: Floats, numbers: Sequence[Number]) -> Differences:
    """Central differences with the difference itself carried through the layers: their steps shrink until the next one changes nothing that matters."""
    network.forward(x, follow=False)
    steps = CARRIED_STEP * np.array([scale_of(number, network) for number in numbers])
    values, count = np.full(len(numbers), math.nan), len(numbers)
    for _ in range(CARRIED_STEPS):
        changes, blurs, crossed = _changes(network, y, [*numbers, *numbers], np.concatenate([steps, -steps]))
        found, kinks = (changes[:count] - changes[count:]) / (2.0 * steps), crossed[:count] | crossed[count:]
        noise = (ROUNDING * len(network.sizes) * (blurs[:count] + blurs[count:]) + TINY) / steps
        values, moved = found, np.abs(found - values)
        if moved.max() <= SETTLED * np.abs(values).max() + noise.max() and not kinks.any():
            break
        steps = steps * CARRIED_SHRINK
    return Differences(values, moved + noise, kinks)


def _changes(network: Network, y: Floats, numbers: Sequence[Number], steps: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """What each of these steps, (p,), changes of the cost after a forward pass; of what size that is a sum, and whether a unit passes a kink by it."""
    room, config, last = network.room, network.config, len(network.sizes) - 1
    first = min(number.layer for number in numbers)
    dh = np.zeros((len(numbers), *room.h[first - 1].shape))
    crossed = np.zeros(len(numbers), bool)
    for k in range(first, last + 1):
        dz = dh @ network.weights[k].T
        _move(network, k, numbers, steps, dh, dz)
        du = _normalized(network, k, numbers, steps, dz) if network.normalized(k) else dz
        if k == last and config.linear_output:
            dh = du
            break
        u = room.u[k]
        if config.activation in KINKED:
            crossed |= (((u > 0.0) != (u + du > 0.0)) | ((u == 0.0) & (du != 0.0))).any(axis=(1, 2))
        df = CHANGES[config.activation](u, du)
        if network.branches[k] is not None:
            df = _branched(network, k, numbers, steps, df)
        dh = dh + df if network.residual(k) else df
    h = room.h[last]
    steep = np.abs(h - y) if config.loss == "mse" else 1.0  # answers and samples may cancel, and the softmax of answers far apart is rounded too
    return LOSSES[config.loss](h, y, dh).mean(axis=1), (np.abs(dh) * steep).sum(axis=2).mean(axis=1), crossed


def _touched(network: Network, part: str, k: int, numbers: Sequence[Number]) -> list[tuple[int, Number]]:
    """Those of the numbers that lie in this layer's part, which tied layers share."""
    own = getattr(network, part)[k]
    return [(place, number) for place, number in enumerate(numbers) if number.part == part and getattr(network, part)[number.layer] is own]


def _move(network: Network, k: int, numbers: Sequence[Number], steps: Floats, dh: Floats, dz: Floats) -> None:
    """Add what moved weights and biases of layer k change of its z."""
    before = network.room.h[k - 1]
    for p, number in _touched(network, "weights", k, numbers):
        unit, source = number.place
        dz[p, :, unit] += steps[p] * (before[:, source] + dh[p, :, source])
    for p, number in _touched(network, "biases", k, numbers):
        dz[p, :, number.place[0]] += steps[p]


def _normalized(network: Network, k: int, numbers: Sequence[Number], steps: Floats, dz: Floats) -> Floats:
    """du from dz, mean and variance moving with z."""
    room, axis = network.room, -1 if network.config.normalization == "layer" else -2
    normal, s = room.normal[k], room.scale[k]
    centred = normal / s
    dcentred = dz - dz.mean(axis=axis, keepdims=True)
    dvariance = (dcentred * (2.0 * centred + dcentred)).mean(axis=axis, keepdims=True)
    s_after = 1.0 / np.sqrt(np.mean(centred * centred, axis=axis, keepdims=True) + EPSILON + dvariance)
    dnormal = dcentred * s_after - centred * dvariance * s * s_after / (1.0 / s + 1.0 / s_after)
    du: Floats = network.gains[k] * dnormal
    for p, number in _touched(network, "gains", k, numbers):
        unit = number.place[0]
        du[p, :, unit] += steps[p] * (normal[:, unit] + dnormal[p, :, unit])
    for p, number in _touched(network, "shifts", k, numbers):
        du[p, :, number.place[0]] += steps[p]
    return du


def _branched(network: Network, k: int, numbers: Sequence[Number], steps: Floats, df: Floats) -> Floats:
    """What the factor at the activation makes of its change, where it may move itself."""
    moved: Floats = network.branches[k] * df
    for p, _ in _touched(network, "branches", k, numbers):
        moved[p] += steps[p] * (network.room.f[k] + df[p])
    return moved


# phi(u + e) - phi(u), of u (m, n) and e (p, m, n)


def _tanh(u: Floats, e: Floats) -> Floats:
    return np.sinh(e) / np.cosh(u) / np.cosh(u + e)


def _sigmoid(u: Floats, e: Floats) -> Floats:
    return np.sinh(e / 2.0) / (2.0 * np.cosh(u / 2.0)) / np.cosh((u + e) / 2.0)


def _above(u: Floats, e: Floats) -> Floats:
    """max(u + e, 0) - max(u, 0)."""
    return np.where(u > 0.0, np.maximum(e, -u), np.maximum(u + e, 0.0))


def _leaky_relu(u: Floats, e: Floats) -> Floats:
    above = _above(u, e)
    return above + LEAK * (e - above)


def _softsign(u: Floats, e: Floats) -> Floats:
    v = u + e
    apart = v / (1.0 + np.abs(v)) - u / (1.0 + np.abs(u))
    return np.where(u * v > 0.0, e / ((1.0 + np.abs(u)) * (1.0 + np.abs(v))), apart)


def _elu_of(alpha: float, scale: float) -> Callable[[Floats, Floats], Floats]:
    def change(u: Floats, e: Floats) -> Floats:
        above = _above(u, e)
        below, before = e - above, np.minimum(u, 0.0)  # min(u + e, 0) = min(u, 0) + below
        return scale * (above + alpha * np.exp(before) * np.expm1(below))

    return change


def _gelu(u: Floats, e: Floats) -> Floats:
    return e * normal_below(u + e) + u * _normal_between(u, e)


def _normal_between(u: Floats, e: Floats) -> Floats:
    """The share of a standard normal between u and u + e: Gauss and Legendre's three points, right to e^7."""
    places = [e / 2.0 * (1.0 + place) for place in (-math.sqrt(0.6), 0.0, math.sqrt(0.6))]
    densities = [np.exp(-0.5 * np.square(u + place)) / math.sqrt(2.0 * math.pi) for place in places]
    found: Floats = e / 18.0 * (5.0 * densities[0] + 8.0 * densities[1] + 5.0 * densities[2])
    return found


def _silu(u: Floats, e: Floats) -> Floats:
    return e * sigmoid(u + e) + u * _sigmoid(u, e)


CHANGES: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "relu": _above,
    "identity": lambda _, e: e,
    "softsign": _softsign,
    "leaky_relu": _leaky_relu,
    "elu": _elu_of(1.0, 1.0),
    "selu": _elu_of(SELU_ALPHA, SELU_SCALE),
    "gelu": _gelu,
    "silu": _silu,
}
#: At u = 0 these have two slopes.
KINKED = frozenset({"relu", "leaky_relu", "selu"})


# C(h + e) - C(h) by sample, (p, m), of the answers h (m, o) to targets y


def _mean_square(h: Floats, y: Floats, e: Floats) -> Floats:
    found: Floats = (e * (2.0 * (h - y) + e)).sum(axis=2) / 2.0
    return found


def _cross_entropy(h: Floats, y: Floats, e: Floats) -> Floats:
    """log sum exp of the others' answers less the right one's: what is common to all makes no difference."""
    right = y.argmax(axis=1)
    samples = np.arange(len(y))
    ahead = h - h[samples, right][:, None]
    greatest = ahead.max(axis=1, keepdims=True)
    shares = np.exp(ahead - greatest)
    shares /= shares.sum(axis=1, keepdims=True)
    found: Floats = np.log1p((shares * np.expm1(e - e[:, samples, right][:, :, None])).sum(axis=2))
    return found


LOSSES: Mapping[str, Callable[[Floats, Floats, Floats], Floats]] = {"mse": _mean_square, "cross_entropy": _cross_entropy}


#: What the cost is off by if each answer is off by so much of itself as 1.
BLURS: Mapping[str, Callable[[Floats, Floats], float]] = {
    "mse": lambda h, y: float(np.mean((np.abs(h - y) * (np.abs(h) + np.abs(y))).sum(axis=1))),
    "cross_entropy": lambda h, _: float(np.mean(1.0 + np.abs(h).max(axis=1))),
}
