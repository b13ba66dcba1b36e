"""The same network in the log domain: every number as a sign and a log10, so that none is lost, however far down it lies.

    log10|g[k]| = log10|phi'(u[k])| + log10|w[k+1]| + log10|g[k+1]|

The gradient of 2,000 tanh layers of weight 5 is near 1e-6080 at the first of them; float64 ends at 4.9e-324. It is worked out from the weights of one
frame, forward pass included, with float64's digits and phi' from u, whatever number format and derivative the training itself uses: what it
should have been, beside what was stored.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.core.activations import NAMES, SIGMOID, falls, phi, phi_decades, phi_prime_decades, power_of_ten
from gradviz.core.compiled import compiled
from gradviz.core.config import Config

Floats = NDArray[np.float64]


class Signed(NamedTuple):
    """Numbers as sign (-1, 0 or 1) and decades, log10 of the absolute value: -inf for an exact zero."""

    sign: Floats
    decades: Floats


class LogProfile(msgspec.Struct, frozen=True, eq=False):
    """What one frame looks like in the log domain; m samples, l layers.

    u (m, l) pre-activations, infinite or 0 only where float64 ends; slope (m, l) log10|phi'(u)|; weights (l,) w; h (m, l); du = dC/du, dh = dC/dh and
    end = dh[l-1]/dh[k] (m, l); dw = dC/dw (l,); slope_sign (m, l) the sign of phi'(u), which is -1 where gelu or silu falls. Index 0 of u, slope and its
    sign, weights, du and dw is unused: 0, and -inf in decades where that is 0.
    """

    u: Floats
    slope: Floats
    weights: Signed
    h: Signed
    du: Signed
    dh: Signed
    dw: Signed
    end: Signed
    slope_sign: Floats


def log_profile(config: Config, weights: Floats) -> LogProfile:
    """The log-domain profile of a network with these weights, shape (layers,), and the config's inputs, targets and activation."""
    x, y = np.array(config.inputs), np.array(config.targets)
    samples, layers = len(x), len(weights)
    rows = {name: (np.zeros((samples, layers)), np.full((samples, layers), -np.inf)) for name in ("h", "du", "dh", "end")}
    u, slope, slope_sign = np.zeros((3, samples, layers))
    dw = np.zeros((2, layers))
    with np.errstate(all="ignore"):  # without numba infinite weights would warn here
        w_size = np.log10(np.abs(weights))
        w_size[0] = -np.inf
        _fill(weights, w_size, x, y, NAMES.index(config.activation), u, slope_sign, slope, *rows["h"], *rows["du"], *rows["dh"], *rows["end"], *dw)
        w = Signed(np.where(w_size == -np.inf, 0.0, np.sign(weights)), w_size)
    of = {name: Signed(*pair) for name, pair in rows.items()}
    return LogProfile(u, slope, w, h=of["h"], du=of["du"], dh=of["dh"], dw=Signed(*dw), end=of["end"], slope_sign=slope_sign)


@compiled
def _sign(value: float) -> float:
    return 1.0 if value > 0.0 else (-1.0 if value < 0.0 else value)  # a NaN stays one


@compiled
def _split(value: float) -> tuple[float, float]:
    """Sign and log10 of the absolute value."""
    return _sign(value), (math.log10(abs(value)) if value != 0.0 else -math.inf)


class Goal(NamedTuple):
    """Where a chain of one weight leads: what each layer passes on, and log10|h| of two layers on end; slowly, if by a power law."""

    factor: float
    size: float
    before: float
    grows: bool
    slowly: bool

    @property
    def swings(self) -> bool:
        """It goes on from one value to the other and back."""
        return not self.grows and abs(self.size - self.before) > SAME


#: A signal has settled where two layers pass on as much as the two before them, to within so many decades, so many times on end; one that grows or dies,
#: once it is so many decades away from where activations bend.
SAME, TIMES, AWAY = 1e-12, 8, 12.0
#: It is given so many layers; a power law is by then as near to a factor of 1 as this, in decades.
PATIENCE, NEAR_1 = 100_000, 1e-3


def settle(activation: str, weight: float, sign: float, size: float) -> Goal | None:
    """Where h -> phi(w h) leads from an h given by sign and decades; None where it never settles."""
    settled, grown, factor, size, before = _settle(NAMES.index(activation), weight, sign, size)
    goal = Goal(factor, size, before, grows=grown > SAME, slowly=not settled)
    if grown < -SAME and settled:
        goal = goal._replace(size=-math.inf, before=-math.inf)
    return goal if settled or abs(goal.factor) < NEAR_1 else None


@compiled
def _settle(activation: int, weight: float, sign: float, size: float) -> tuple[bool, float, float, float, float]:
    w_sign, w_size = _split(weight)
    factors = (0.0, 0.0, 0.0, math.inf)  # of the last layers, the last one first
    sizes = (size, size, size)
    same, grown = 0, 0.0
    for _ in range(PATIENCE):
        side = sign * w_sign < 0.0
        at = sizes[0] + w_size
        factors = (w_size + phi_prime_decades(activation, at, side), factors[0], factors[1], factors[2])
        sizes = (phi_decades(activation, at, side), sizes[0], sizes[1])
        sign = 0.0 if sizes[0] == -math.inf else (1.0 if activation == SIGMOID else sign * w_sign)
        now, then = factors[0] + factors[1], factors[2] + factors[3]
        grown = 0.0 if sizes[0] == sizes[2] else sizes[0] - sizes[2]
        there = abs(grown) <= SAME or (grown > 0.0 and min(sizes[0], sizes[1]) > AWAY) or (grown < 0.0 and max(sizes[0], sizes[1]) < -AWAY)
        same = same + 1 if there and (now == then or abs(now - then) <= SAME) else 0
        if same == TIMES:
            break
    return same == TIMES, grown, (factors[0] + factors[1]) / 2.0, sizes[0], sizes[1]


@compiled
def _fill(
    w: Floats,
    w_size: Floats,
    x: Floats,
    y: Floats,
    activation: int,
    u: Floats,
    slope_sign: Floats,
    slope: Floats,
    h_sign: Floats,
    h: Floats,
    du_sign: Floats,
    du: Floats,
    dh_sign: Floats,
    dh: Floats,
    end_sign: Floats,
    end: Floats,
    dw_sign: Floats,
    dw: Floats,
) -> None:
    samples, layers = h.shape
    last = layers - 1
    for s in range(samples):
        h_sign[s, 0], h[s, 0] = _split(x[s])
        value = x[s]  # of the activation, as long as float64 holds it
        for k in range(1, layers):
            sign = h_sign[s, k - 1] * _sign(w[k])
            size = -math.inf if sign == 0.0 else h[s, k - 1] + w_size[k]
            u[s, k] = sign * power_of_ten(size) if sign != 0.0 else 0.0
            if _ordinary(value) and _ordinary(w[k] * value):
                u[s, k] = w[k] * value
                size = math.log10(abs(u[s, k]))
            value = phi(activation, u[s, k])
            h[s, k] = phi_decades(activation, size, sign < 0.0)
            h_sign[s, k] = 0.0 if h[s, k] == -math.inf else (1.0 if activation == SIGMOID else sign)
            slope[s, k] = phi_prime_decades(activation, size, sign < 0.0)
            slope_sign[s, k] = 0.0 if slope[s, k] == -math.inf else (-1.0 if falls(activation, size, sign < 0.0) else 1.0)
        if _ordinary(value):  # once it is trained a digit more or less is all that the miss consists of
            dh_sign[s, last], dh[s, last] = _split((value - y[s]) / samples)
        else:
            dh_sign[s, last], dh[s, last] = _miss(h_sign[s, last], h[s, last], y[s], samples)
        end_sign[s, last], end[s, last] = 1.0, 0.0
        for k in range(last, 0, -1):
            lost = slope[s, k] == -math.inf
            du_sign[s, k] = 0.0 if lost else slope_sign[s, k] * dh_sign[s, k]
            du[s, k] = -math.inf if du_sign[s, k] == 0.0 else slope[s, k] + dh[s, k]
            dh_sign[s, k - 1] = du_sign[s, k] * _sign(w[k])
            dh[s, k - 1] = -math.inf if dh_sign[s, k - 1] == 0.0 else du[s, k] + w_size[k]
            end_sign[s, k - 1] = 0.0 if lost else slope_sign[s, k] * end_sign[s, k] * _sign(w[k])
            end[s, k - 1] = -math.inf if end_sign[s, k - 1] == 0.0 else end[s, k] + slope[s, k] + w_size[k]
    for k in range(1, layers):
        greatest = -math.inf
        for s in range(samples):
            if h_sign[s, k - 1] * du_sign[s, k] != 0.0:
                greatest = max(greatest, h[s, k - 1] + du[s, k])
        total = 0.0
        for s in range(samples):
            if h_sign[s, k - 1] * du_sign[s, k] != 0.0:
                total += h_sign[s, k - 1] * du_sign[s, k] * power_of_ten(h[s, k - 1] + du[s, k] - greatest)
        dw_sign[k], rest = _split(total)
        dw[k] = greatest + rest
    dw[0] = -math.inf


@compiled
def _ordinary(value: float) -> bool:
    """Whether float64 holds a number with all its digits, and room around it."""
    return 1e-300 < abs(value) < 1e300


@compiled
def _miss(sign: float, size: float, y: float, samples: int) -> tuple[float, float]:
    """(h - y) / m of an output given by sign and decades; beyond the ordinary numbers both are first brought back among them."""
    if size > 600.0 or y == 0.0:  # y is nothing beside h
        return sign, size - math.log10(samples)
    shift = 300.0 if size > 290.0 else (-300.0 if abs(y) < 1e-200 else 0.0)
    miss_sign, rest = _split((sign * power_of_ten(size - shift) - y * power_of_ten(-shift)) / samples)
    return miss_sign, rest + shift
