"""What a difference of u makes of phi(u), with all digits however small it is: phi(u+) - phi(u-) of every activation, by identities that subtract nothing.

A difference, and u+ and u- themselves, are given by a sign and a size, log10 of the absolute value. With a = u+ and b = u-:

    tanh a - tanh b = sinh(a - b) / (cosh a cosh b)
    sigma(a) - sigma(b) = sinh((a - b)/2) / (2 cosh(a/2) cosh(b/2))
    softsign a - softsign b = (a - b + (2 |a b| if they differ in sign)) / ((1 + |a|) (1 + |b|))
    e^b - e^a = e^b (1 - e^(a - b))                                                                      elu and selu below 0
    a S(a) - b S(b) = (a - b) (S(a) + S(b))/2 + (a + b)/2 (S(a) - S(b))                                  silu, S = sigma; gelu, S = Phi

Sources: the addition theorem of sinh (Abramowitz & Stegun 4.5.24), and sigma(u) = (1 + tanh(u/2))/2.
"""

from __future__ import annotations

import math

from gradviz.core.activations import (
    ELU,
    GELU,
    IDENTITY,
    LEAK,
    LEAKY_RELU,
    LN10,
    RELU,
    SELU,
    SELU_BELOW,
    SELU_SCALE,
    SIGMOID,
    SILU,
    SOFTSIGN,
    TANH,
    normal_decades,
    normal_density,
    normal_share,
    phi_decades,
    power_of_ten,
    sigmoid_decades,
    tail_series,
)
from gradviz.core.compiled import compiled

LOG10_2 = math.log10(2.0)
#: Places and weights of Gauss and Legendre's quadrature with five points on the interval from -1 to 1 (Abramowitz & Stegun 25.4.29).
GAUSS = ((0.0, 128.0 / 225.0), (0.5384693101056831, 0.47862867049936647), (0.906179845938664, 0.23692688505618908))


@compiled
def sign_of(value: float) -> float:
    return 1.0 if value > 0.0 else (-1.0 if value < 0.0 else value)


@compiled
def size_of(value: float) -> float:
    return math.log10(abs(value)) if value != 0.0 else -math.inf


@compiled
def add(sign: float, size: float, other_sign: float, other: float) -> tuple[float, float]:
    """The sum of two numbers given by sign and decades, as sign and decades."""
    greatest = max(size, other)
    if greatest == -math.inf:
        return 0.0, -math.inf
    total = sign * power_of_ten(size - greatest) + other_sign * power_of_ten(other - greatest)
    return sign_of(total), greatest + size_of(total)


@compiled
def activated(activation: int, sign: float, size: float) -> tuple[float, float]:
    """phi(u) as sign and decades, of u given by them."""
    out = phi_decades(activation, size, sign < 0.0)
    return (1.0 if activation == SIGMOID else (0.0 if out == -math.inf else sign)), out


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
def _hyperbolic_difference(part: float, size: float, a_sign: float, a: float, b_sign: float, b: float) -> float:
    """Of tanh with part 1, of the sigmoid with part 1/2: log10 of part sinh(part (u+ - u-)) / (cosh(part u+) cosh(part u-)), which is never above part 2."""
    x, y = part * power_of_ten(a), part * power_of_ten(b)
    gap = abs(a_sign * x - b_sign * y)
    wide = max(0.5 * max(x, y), 1e-290) < gap < math.inf  # no digit is lost in it, and sinh would magnify what it differs by from 10^size
    sinh = _log10_sinh(math.log10(gap) if wide else size + math.log10(part))
    return min(sinh - _log10_cosh(x) - _log10_cosh(y) + math.log10(part), LOG10_2 + math.log10(part))


@compiled
def _softsign_difference(size: float, a_sign: float, a: float, b_sign: float, b: float) -> float:
    """log10 of (|u+ - u-| + 2 |u+ u-| if they differ in sign) / ((1 + |u+|) (1 + |u-|))."""
    more = a + b + LOG10_2 if a_sign * b_sign < 0.0 else -math.inf
    _, top = add(1.0, size, 1.0, more)
    return min(top - add(1.0, 0.0, 1.0, a)[1] - add(1.0, 0.0, 1.0, b)[1], LOG10_2)


@compiled
def _bent_difference(activation: int, size: float, sign: float, a_sign: float, a: float, b_sign: float, b: float) -> tuple[float, float]:
    """Of straight lines above 0 and something else below: on one side of 0 by that side's own rule, else what each of the two is off phi(0) = 0, added."""
    above = SELU_SCALE if activation == SELU else 1.0
    if a_sign >= 0.0 and b_sign >= 0.0:
        return sign, size + math.log10(above)
    if a_sign > 0.0 or b_sign > 0.0:
        _, found = add(1.0, activated(activation, a_sign, a)[1], 1.0, activated(activation, b_sign, b)[1])
        return sign, found
    if activation == RELU:
        return 0.0, -math.inf
    if activation == LEAKY_RELU:
        return sign, size + math.log10(LEAK)
    # e^b - e^a = e^b (1 - e^(a - b))
    less = size if size < -17.0 else math.log10(-math.expm1(-power_of_ten(size)))
    return sign, less - power_of_ten(min(a, b)) / LN10 + (math.log10(SELU_BELOW) if activation == SELU else 0.0)


@compiled
def _normal_difference(size: float, a_sign: float, x: float, b_sign: float, y: float) -> float:
    """log10 of |Phi(u+) - Phi(u-)| for u+ and u- of these signs and absolute values x and y, 10^size apart.

    It is the area under the density between them, their distance times the density's mean: a quadrature about their middle m, where with u = m + v
    the density is e^(-m^2/2) e^(-v (m + v/2)) / sqrt(2 pi). Far apart it is the difference itself, of the lower or of the upper tails.
    """
    half, middle = 0.5 * power_of_ten(size), 0.5 * (a_sign * x + b_sign * y)
    if half * (1.0 + abs(middle)) > 0.25:
        lower = a_sign * b_sign <= 0.0 or a_sign < 0.0
        return add(1.0, normal_decades(x, lower == (a_sign < 0.0)), -1.0, normal_decades(y, lower == (b_sign < 0.0)))[1]
    mean = 0.0
    for place, weight in GAUSS:
        for v in (place * half, -place * half):
            mean += (0.25 if place == 0.0 else 0.5) * weight * math.exp(-v * (middle + 0.5 * v))
    return size + math.log10(mean * normal_density(0.0)) - middle * middle / (2.0 * LN10)


@compiled
def _hinge_difference(activation: int, size: float, sign: float, a_sign: float, a: float, b_sign: float, b: float) -> tuple[float, float]:
    """Of gelu and silu, u times a share S(u): (u+ - u-)(S(u+) + S(u-))/2 + (u+ + u-)/2 (S(u+) - S(u-))."""
    x, y = power_of_ten(a), power_of_ten(b)
    if max(x, y) == math.inf:  # there they are 0 and u
        h_sign, h = activated(activation, a_sign, a)
        other_sign, other = activated(activation, b_sign, b)
        return (sign, size) if a_sign * b_sign > 0.0 and a_sign > 0.0 else add(h_sign, h, -other_sign, other)
    if activation == GELU:
        _, shares = add(1.0, normal_decades(x, a_sign < 0.0), 1.0, normal_decades(y, b_sign < 0.0))
        steps = _normal_difference(size, a_sign, x, b_sign, y)
    else:
        _, shares = add(1.0, sigmoid_decades(x, a_sign < 0.0), 1.0, sigmoid_decades(y, b_sign < 0.0))
        steps = _hyperbolic_difference(0.5, size, a_sign, a, b_sign, b)
    middle_sign, middle = add(a_sign, a, b_sign, b)
    return add(sign, size + shares - LOG10_2, sign * middle_sign, middle + steps - LOG10_2)


@compiled
def difference(activation: int, size: float, sign: float, a_sign: float, a: float, b_sign: float, b: float) -> tuple[float, float]:
    """phi(u+) - phi(u-) as sign and decades, where u+ - u- has this sign and is 10^size, and u+ and u- themselves are given by sign and decades, a and b."""
    if activation == IDENTITY or size == -math.inf or sign == 0.0:
        return sign, size
    if activation == TANH:
        return sign, min(_hyperbolic_difference(1.0, size, a_sign, a, b_sign, b), LOG10_2)
    if activation == SIGMOID:
        return sign, _hyperbolic_difference(0.5, size, a_sign, a, b_sign, b)
    if activation == SOFTSIGN:
        return sign, _softsign_difference(size, a_sign, a, b_sign, b)
    if activation in (GELU, SILU):
        return _hinge_difference(activation, size, sign, a_sign, a, b_sign, b)
    return _bent_difference(activation, size, sign, a_sign, a, b_sign, b)


@compiled
def _hinge_steepness(activation: int, u: float, negative: bool) -> tuple[float, float]:
    """Of u S(u): |1 + u S'/S|, and |u (2 S' + u S'') / (S + u S')|, which has no bound where the slope turns."""
    if u > 40.0:
        if not negative:
            return 1.0, 0.0
        far = min(u * u if activation == GELU else u, 1e300)
        return far, 2.0 * far
    x = -u if negative else u
    if activation == GELU:
        rate = u / tail_series(u) if negative and u > 20.0 else normal_density(x) / normal_share(x)
        bend = 2.0 - x * x
    else:
        rate = 1.0 / (1.0 + math.exp(x))
        bend = 2.0 + x * math.tanh(-0.5 * x)
    slope = abs(1.0 + x * rate)
    return slope, (abs(x * rate * bend) / slope if slope > 0.0 else math.inf)


@compiled
def steepness(activation: int, size: float, sign: float) -> tuple[float, float]:
    """Bounds of how a relative change of u changes phi(u), and the difference quotient of phi there, of themselves."""
    u = power_of_ten(size)
    if activation == TANH:  # u/h dh/du = 2u / sinh 2u
        return (1.0 if u < 1e-4 else (0.0 if u > 400.0 else 2.0 * u / math.sinh(min(2.0 * u, 700.0)))), 2.0 * u
    if activation == SIGMOID:
        return (u if sign < 0.0 else (0.0 if u > 400.0 else u * math.exp(-u))), u
    if activation == SOFTSIGN:
        return 1.0 / (1.0 + u), 2.0
    if activation in (ELU, SELU) and sign < 0.0:
        return min(1.0, 2.0 / (1.0 + u)), u
    if activation in (GELU, SILU):
        return _hinge_steepness(activation, u, sign < 0.0)
    return 1.0, 0.0
