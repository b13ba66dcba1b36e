"""The activations, each as a pair phi and phi': what must agree stands together.

phi' is computed from the pre-activation u and, unless a person asks for it, not from h = phi(u): 1 - h^2 is the same on paper, but in float64
it is exactly 0 from |u| near 19, while tanh'(u) itself is a normal number until |u| = 354 and only underflows to 0 near 373. In decades it never does.

Each sum, difference, product and quotient is rounded to the number format. tanh, exp, e^u - 1, and the normal distribution's Phi and density are float64's,
rounded: the nearest value that the format has. Constants are the format's nearest too.
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
TANH, SIGMOID, RELU, IDENTITY, SOFTSIGN, LEAKY_RELU, ELU, SELU, GELU, SILU = (
    NAMES.index(name) for name in ("tanh", "sigmoid", "relu", "identity", "softsign", "leaky_relu", "elu", "selu", "gelu", "silu")
)
#: Those whose slope frameworks compute from the output; gelu and silu have the same output for two different u.
FROM_OUTPUT = ("tanh", "sigmoid")
LEAK = 0.01  # leaky ReLU's slope below 0
#: SELU's slope above 0, lambda, and right below it, lambda alpha (Klambauer et al. 2017, Self-Normalizing Neural Networks).
SELU_SCALE, SELU_BELOW = 1.0507009873554805, 1.0507009873554805 * 1.6732632423543772
#: Where gelu and silu are least: further left they rise again towards 0, and their slope is negative.
GELU_TURN, SILU_TURN = -0.7517915246935644, -1.2784645427610738
ROOT_HALF, ROOT_2_PI = math.sqrt(0.5), math.sqrt(2.0 * math.pi)
LN10, LOG10_4, LOG10_LEAK, LOG10_ROOT_2_PI = math.log(10.0), math.log10(4.0), math.log10(LEAK), math.log10(ROOT_2_PI)
LOG10_SELU_SCALE, LOG10_SELU_BELOW = math.log10(SELU_SCALE), math.log10(SELU_BELOW)
#: The greatest power that 10.0 can be raised to: Python raises an OverflowError beyond it.
LOG10_LARGEST = 308.2547155599167
#: Beyond this many standard deviations the asymptotic series of the normal distribution's tail has all digits with TAIL_TERMS terms.
TAIL, TAIL_TERMS = 20.0, 12


@compiled
def _sigmoid(u: float, number_format: int) -> float:
    e = rounded(number_format, math.exp(-abs(u)))  # never overflows
    return rounded(number_format, (1.0 if u >= 0.0 else e) / rounded(number_format, 1.0 + e))


@compiled
def _silu(u: float, number_format: int) -> float:
    """u sigmoid(u)."""
    share = _sigmoid(u, number_format)
    return rounded(number_format, u * share) if share != 0.0 else -0.0


@compiled
def _softsign(u: float, number_format: int) -> float:
    """u / (1 + |u|)."""
    below = rounded(number_format, 1.0 + abs(u))
    return rounded(number_format, u / below) if below != math.inf else math.copysign(1.0, u)


@compiled
def _selu(u: float, number_format: int) -> float:
    """lambda u above 0, lambda alpha (e^u - 1) below."""
    scale = rounded(number_format, SELU_SCALE if u > 0.0 else SELU_BELOW)
    return rounded(number_format, scale * (u if u > 0.0 else rounded(number_format, math.expm1(u))))


@compiled
def normal_share(u: float) -> float:
    """Phi(u), the share of a standard normal distribution below u; from erfc, for 1 + erf has no digits left below u = -8."""
    return 0.5 * math.erfc(-u * ROOT_HALF)


@compiled
def _gelu(u: float, number_format: int) -> float:
    """u Phi(u) (Hendrycks & Gimpel 2016)."""
    share = rounded(number_format, normal_share(u))
    return rounded(number_format, u * share) if share != 0.0 else -0.0  # minus infinity times 0 is none


@compiled
def _phi_of_others(activation: int, u: float, number_format: int) -> float:
    """Apart, for then the compiler takes the choice between the first four out of the loop over layers, a third of their time."""
    if activation == SOFTSIGN:
        return _softsign(u, number_format)
    if activation == LEAKY_RELU:
        return u if u > 0.0 else rounded(number_format, rounded(number_format, LEAK) * u)
    if activation == ELU:
        return u if u > 0.0 else rounded(number_format, math.expm1(u))
    if activation == SELU:
        return _selu(u, number_format)
    if activation == GELU:
        return _gelu(u, number_format)
    return _silu(u, number_format)


@compiled
def phi(activation: int, u: float, number_format: int = FLOAT64) -> float:
    """The activation h = phi(u) of one pre-activation u, worked out in the format."""
    if activation == TANH:
        return rounded(number_format, math.tanh(u))
    if activation == SIGMOID:
        return _sigmoid(u, number_format)
    if activation == RELU:
        return u if u > 0.0 or u != u else 0.0
    return u if activation == IDENTITY else _phi_of_others(activation, u, number_format)


@compiled
def _silu_prime(u: float, number_format: int) -> float:
    """sigmoid(u) (1 + u sigmoid(-u)), where frameworks have 1 - sigmoid(u) with what rounding has left of it."""
    share, rest = _sigmoid(u, number_format), _sigmoid(-u, number_format)
    if share == 0.0:
        return 0.0
    bend = rounded(number_format, u * rest) if rest != 0.0 else 0.0
    return rounded(number_format, share * rounded(number_format, 1.0 + bend))


@compiled
def _softsign_prime(u: float, number_format: int) -> float:
    """1 / (1 + |u|)^2; the quotient is squared, for the square below would overflow first."""
    part = rounded(number_format, 1.0 / rounded(number_format, 1.0 + abs(u)))
    return rounded(number_format, part * part)


@compiled
def _selu_prime(u: float, number_format: int) -> float:
    if u > 0.0:
        return rounded(number_format, SELU_SCALE)
    return rounded(number_format, rounded(number_format, SELU_BELOW) * rounded(number_format, math.exp(u)))


@compiled
def normal_density(u: float) -> float:
    """The density of a standard normal distribution at u."""
    return math.exp(-0.5 * (u * u)) / ROOT_2_PI


@compiled
def _gelu_prime(u: float, number_format: int) -> float:
    """Phi(u) + u times the density."""
    density = rounded(number_format, normal_density(u))
    bend = rounded(number_format, u * density) if density != 0.0 else 0.0
    return rounded(number_format, rounded(number_format, normal_share(u)) + bend)


@compiled
def _phi_prime_of_others(activation: int, u: float, number_format: int) -> float:
    if activation == SOFTSIGN:
        return _softsign_prime(u, number_format)
    if activation == LEAKY_RELU:
        return 1.0 if u > 0.0 else (u if u != u else rounded(number_format, LEAK))
    if activation == ELU:
        return 1.0 if u > 0.0 else rounded(number_format, math.exp(u))
    if activation == SELU:
        return _selu_prime(u, number_format)
    if activation == GELU:
        return _gelu_prime(u, number_format)
    return _silu_prime(u, number_format)


@compiled
def phi_prime(activation: int, u: float, number_format: int = FLOAT64) -> float:
    """The slope phi'(u) of the activation at one pre-activation u, worked out in the format.

    tanh' = 4 e / (1 + e)^2 with e = exp(-2|u|), which is 4 / (e^u + e^-u)^2 without its overflow; sigmoid' = e / (1 + e)^2 with
    e = exp(-|u|); at a kink, u = 0, it is the slope below, as frameworks have it: 0 for ReLU.
    """
    if activation in (TANH, SIGMOID):
        e = rounded(number_format, math.exp(rounded(number_format, -2.0 * abs(u)) if activation == TANH else -abs(u)))
        top = rounded(number_format, 4.0 * e) if activation == TANH else e
        below = rounded(number_format, 1.0 + e)
        return rounded(number_format, top / rounded(number_format, below * below))
    if activation == RELU:
        return 1.0 if u > 0.0 else (u if u != u else 0.0)
    return 1.0 if activation == IDENTITY else _phi_prime_of_others(activation, u, number_format)


@compiled
def phi_prime_from_output(activation: int, h: float, number_format: int = FLOAT64) -> float:
    """The slope as frameworks compute it, from h = phi(u), of those named in FROM_OUTPUT; NaN for the others.

    It is 1 - h^2 for tanh and h (1 - h) for the sigmoid, with what rounding has left of them.
    """
    if activation == TANH:
        return rounded(number_format, 1.0 - rounded(number_format, h * h))
    if activation == SIGMOID:
        return rounded(number_format, h * rounded(number_format, 1.0 - h))
    return math.nan


@compiled
def power_of_ten(exponent: float) -> float:
    """10^exponent, infinite or 0 where float64 ends."""
    return math.inf if exponent > LOG10_LARGEST else 10.0**exponent


@compiled
def sigmoid_decades(u: float, negative: bool) -> float:
    """log10 sigmoid(u), or of -u, for u >= 0."""
    return -(u if negative else 0.0) / LN10 - math.log1p(math.exp(-u)) / LN10


@compiled
def _decades_added(size: float) -> float:
    """log10 (1 + |u|) less log10 of the greater of the two, for |u| = 10^size."""
    return math.log1p(power_of_ten(-abs(size))) / LN10


@compiled
def tail_series(u: float) -> float:
    """1 - 1/u^2 + 3/u^4 - 15/u^6 ..., for u > TAIL."""
    total = 1.0
    for term in range(2 * TAIL_TERMS - 1, 0, -2):
        total = 1.0 - term * total / u / u
    return total


@compiled
def normal_decades(u: float, negative: bool) -> float:
    """log10 Phi(u), or of -u, for u >= 0; Phi(-u) u / density(u) = 1 - 1/u^2 + 3/u^4 - 15/u^6 ... (Abramowitz & Stegun 26.2.12)."""
    if negative and u > TAIL:
        return -math.inf if u == math.inf else math.log10(tail_series(u) / u) - LOG10_ROOT_2_PI - u * u / (2.0 * LN10)
    return math.log10(normal_share(-u if negative else u))


@compiled
def phi_decades(activation: int, size: float, negative: bool) -> float:
    """log10 |phi(u)| for |u| = 10^size, where phi(u) itself may lie far outside float64."""
    u = power_of_ten(size)
    if activation == TANH:
        return size if size < -8.0 else math.log10(math.tanh(u))  # tanh u = u (1 - u^2/3 ...)
    if activation == SIGMOID:
        return sigmoid_decades(u, negative)
    if activation == SOFTSIGN:
        return min(size, 0.0) - _decades_added(size)
    if activation in (ELU, SELU):
        curved = size if not negative or size < -17.0 else math.log10(-math.expm1(-u))
        return curved + (0.0 if activation == ELU else (LOG10_SELU_BELOW if negative else LOG10_SELU_SCALE))
    if negative and (activation == RELU or (activation in (GELU, SILU) and u == math.inf)):
        return -math.inf
    if activation == LEAKY_RELU and negative:
        return size + LOG10_LEAK
    if activation == GELU:
        return size + normal_decades(u, negative)
    if activation == SILU:
        return size + sigmoid_decades(u, negative)
    return size


@compiled
def _gelu_prime_decades(u: float, negative: bool) -> float:
    if negative and u > TAIL:
        return -math.inf if u == math.inf else math.log10(u - tail_series(u) / u) - LOG10_ROOT_2_PI - u * u / (2.0 * LN10)
    slope = abs(_gelu_prime(-u if negative else u, FLOAT64))
    return math.log10(slope) if slope != 0.0 else -math.inf


@compiled
def _silu_prime_decades(u: float, negative: bool) -> float:
    if u == math.inf:
        return -math.inf if negative else 0.0
    bend = abs(1.0 - u * _sigmoid(u, FLOAT64) if negative else 1.0 + u * _sigmoid(-u, FLOAT64))
    return sigmoid_decades(u, negative) + (math.log10(bend) if bend != 0.0 else -math.inf)


@compiled
def phi_prime_decades(activation: int, size: float, negative: bool) -> float:
    """log10 |phi'(u)| for |u| = 10^size, exact where phi'(u) itself has long been 0 in float64."""
    u = power_of_ten(size)
    below = negative or size == -math.inf  # at a kink, the slope below
    if activation == TANH:
        if u < 1.0:
            return math.log1p(-(math.tanh(u) ** 2)) / LN10
        return LOG10_4 - 2.0 * (u + math.log1p(math.exp(-2.0 * u))) / LN10
    if activation == SIGMOID:
        return -(u + 2.0 * math.log1p(math.exp(-u))) / LN10
    if activation == RELU and below:
        return -math.inf
    if activation == SOFTSIGN:
        return -2.0 * (max(size, 0.0) + _decades_added(size))
    if activation == LEAKY_RELU and below:
        return LOG10_LEAK
    if activation == ELU and below:
        return -u / LN10
    if activation == SELU:
        return LOG10_SELU_BELOW - u / LN10 if below else LOG10_SELU_SCALE
    if activation == GELU:
        return _gelu_prime_decades(u, negative)
    if activation == SILU:
        return _silu_prime_decades(u, negative)
    return 0.0


@compiled
def falls(activation: int, size: float, negative: bool) -> bool:
    """Whether phi' < 0 at |u| = 10^size: only gelu and silu have such a part."""
    if not negative or activation not in (GELU, SILU):
        return False
    return power_of_ten(size) > -(GELU_TURN if activation == GELU else SILU_TURN)
