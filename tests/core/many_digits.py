"""The activations and their slopes in decimal arithmetic, to nearly as many digits as the context has: what tests hold float64 against."""

from __future__ import annotations

from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, getcontext, localcontext
from functools import cache

#: Decimal arithmetic whose exponents never end; up to 17 of its digits go where two numbers of a float64 cancel.
DIGITS = Context(prec=80, Emin=MIN_EMIN, Emax=MAX_EMAX)
SELU_SCALE, SELU_ALPHA = Decimal("1.0507009873554804934193349852946"), Decimal("1.6732632423543772848170429916717")
Both = tuple[Decimal, Decimal]


def both(activation: str, u: Decimal) -> Both:
    """phi(u) and phi'(u)."""
    return PAIRS[activation](u)


def _tanh(u: Decimal) -> Both:
    if abs(u) < Decimal("1e-13"):  # where 1 - e would cancel: the next terms are 2/15 u^5 and 2/3 u^4
        return u - u**3 / 3, 1 - u**2
    e = (-2 * abs(u)).exp()
    return ((1 - e) / (1 + e)).copy_sign(u), 4 * e / (1 + e) ** 2


def sigmoid(u: Decimal) -> Decimal:
    return 1 / (1 + (-u).exp()) if u >= 0 else u.exp() / (1 + u.exp())


def _elu(u: Decimal) -> Both:
    if u > 0:
        return u, Decimal(1)
    return (u + u**2 / 2 + u**3 / 6 if abs(u) < Decimal("1e-20") else u.exp() - 1), u.exp()


def _selu(u: Decimal) -> Both:
    h, slope = _elu(u)
    factor = SELU_SCALE * (1 if u > 0 else SELU_ALPHA)
    return factor * h, factor * slope


def _silu(u: Decimal) -> Both:
    return u * sigmoid(u), sigmoid(u) * (1 + u * sigmoid(-u))


def _gelu(u: Decimal) -> Both:
    return u * normal_share(u), normal_share(u) + u * normal_density(u)


@cache
def _pi(digits: int) -> Decimal:
    """Machin's formula: 16 arctan 1/5 - 4 arctan 1/239."""

    def arctan_of_inverse(x: int) -> Decimal:
        term = total = Decimal(1) / x
        n = 1
        while abs(term) > Decimal(10) ** -(digits + 5):
            term /= -x * x
            n += 2
            total += term / n
        return total

    with localcontext(prec=digits + 10):
        return 16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239)


def normal_density(u: Decimal) -> Decimal:
    return (-u * u / 2).exp() / (2 * _pi(getcontext().prec)).sqrt()


def normal_share(u: Decimal) -> Decimal:
    """Phi(u): 1/2 + density (u + u^3/3 + u^5/15 + ...), which cancels nothing but the half; far below, the asymptotic series of the tail."""
    digits = getcontext().prec
    if u < -30:
        total = term = Decimal(1)
        for n in range(1, 400):
            term *= -(2 * n - 1) / u**2
            total += term
            if abs(term) < Decimal(10) ** -digits:
                break
        return normal_density(u) * total / -u
    if u > 30:
        return 1 - normal_share(-u)
    with localcontext(prec=digits + 10 + int(u * u / 4)):
        term = total = u
        n = 1
        while abs(term) > Decimal(10) ** -getcontext().prec * abs(total):
            n += 2
            term *= u * u / n
            total += term
        return Decimal("0.5") + normal_density(u) * total


PAIRS: dict[str, Callable[[Decimal], Both]] = {
    "tanh": _tanh,
    "sigmoid": lambda u: (sigmoid(u), sigmoid(u) * sigmoid(-u)),
    "relu": lambda u: (max(u, Decimal(0)), Decimal(int(u > 0))),
    "identity": lambda u: (u, Decimal(1)),
    "softsign": lambda u: (u / (1 + abs(u)), 1 / (1 + abs(u)) ** 2),
    "leaky_relu": lambda u: (u, Decimal(1)) if u > 0 else (u * Decimal("0.01"), Decimal("0.01")),
    "elu": _elu,
    "selu": _selu,
    "gelu": _gelu,
    "silu": _silu,
}
