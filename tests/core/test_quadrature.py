"""Gaussian means against integrals worked out one number at a time, and against the ones that mathematics knows."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from gradviz.core import quadrature
from gradviz.core.elementwise import LEAK, PAIRS, SELU_ALPHA, SELU_SCALE
from gradviz.core.quadrature import gaussian_mean, growth_of_mean_square, mean_output, mean_slope_square, mean_square, table

VARIANCES = (1e-12, 1e-5, 0.3, 1.0, 7.0, 400.0, 1e5, 1e8)


def normal_below(u: float) -> float:
    return 0.5 * math.erfc(-u / math.sqrt(2.0))


def sigmoid(u: float) -> float:
    return 1.0 / (1.0 + math.exp(-u)) if u > -700.0 else 0.0


def stretched(u: float, alpha: float, scale: float) -> tuple[float, float]:
    return (scale * u, scale) if u > 0.0 else (scale * alpha * math.expm1(u), scale * alpha * math.exp(u))


#: phi and phi' of one number, written down anew.
ONE: dict[str, Callable[[float], tuple[float, float]]] = {
    "identity": lambda u: (u, 1.0),
    "tanh": lambda u: (math.tanh(u), 1.0 / math.cosh(u) ** 2 if abs(u) < 350.0 else 0.0),
    "sigmoid": lambda u: (sigmoid(u), sigmoid(u) * sigmoid(-u)),
    "relu": lambda u: (max(u, 0.0), float(u > 0.0)),
    "leaky_relu": lambda u: (u, 1.0) if u > 0.0 else (LEAK * u, LEAK),
    "softsign": lambda u: (u / (1.0 + abs(u)), 1.0 / (1.0 + abs(u)) ** 2),
    "elu": lambda u: stretched(u, 1.0, 1.0),
    "selu": lambda u: stretched(u, SELU_ALPHA, SELU_SCALE),
    "gelu": lambda u: (u * normal_below(u), normal_below(u) + u * math.exp(-u * u / 2.0) / math.sqrt(2.0 * math.pi)),
    "silu": lambda u: (u * sigmoid(u), sigmoid(u) + u * sigmoid(u) * sigmoid(-u)),
}


def integral(function: Callable[[float], float], q: float) -> float:
    """E function(sqrt(q) z) by the trapezoid rule in t = ln|z|, which for analytic functions is exact to e^-50 at this step."""
    step, root = 0.1, math.sqrt(q)
    points = [math.exp(step * n) for n in range(-480, 27)]
    density = [step * z * math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi) for z in points]
    return math.fsum(share * function(sign * root * z) for sign in (1.0, -1.0) for z, share in zip(points, density, strict=True))


@pytest.mark.parametrize("activation", PAIRS)
@pytest.mark.parametrize("q", VARIANCES)
def test_the_means_of_every_activation_are_the_integrals(activation: str, q: float) -> None:
    one = ONE[activation]
    assert float(mean_square(activation, q)) == pytest.approx(integral(lambda u: one(u)[0] ** 2, q), rel=1e-11)
    assert float(mean_slope_square(activation, q)) == pytest.approx(integral(lambda u: one(u)[1] ** 2, q), rel=1e-11)
    size = math.sqrt(float(mean_square(activation, q)))
    assert float(mean_output(activation, q)) == pytest.approx(integral(lambda u: one(u)[0], q), rel=1e-11, abs=1e-14 * size)


@pytest.mark.parametrize("activation", quadrature.CLOSED)
def test_quadrature_meets_the_closed_forms(activation: str) -> None:
    q, pair = np.array(VARIANCES), PAIRS[activation]
    assert gaussian_mean(lambda u: pair.phi(u) ** 2, q) == pytest.approx(mean_square(activation, q), rel=1e-13)
    assert gaussian_mean(lambda u: pair.slope(u) ** 2, q) == pytest.approx(mean_slope_square(activation, q), rel=1e-13)
    sizes = np.sqrt(mean_square(activation, q))
    assert gaussian_mean(pair.phi, q) / sizes == pytest.approx(mean_output(activation, q) / sizes, abs=1e-13)


@pytest.mark.parametrize(("power", "moment"), [(0, 1.0), (2, 1.0), (4, 3.0), (6, 15.0), (8, 105.0)])
def test_the_moments_of_a_normal_distribution_come_out(power: int, moment: float) -> None:
    q = np.array([1e-6, 0.5, 2.0, 1e6])
    assert gaussian_mean(lambda u: u**power, q) == pytest.approx(moment * q ** (power // 2), rel=1e-13)


def test_variances_of_any_shape_and_order_give_what_each_gives_alone() -> None:
    q = np.random.default_rng(3).permutation(np.geomspace(1e-12, 1e12, 240)).reshape(4, 3, 20)
    together = mean_square("tanh", q)
    assert together.shape == q.shape
    alone = [float(mean_square("tanh", one)) for one in q.ravel()]
    assert together.ravel() == pytest.approx(alone, rel=1e-14)


@pytest.mark.parametrize("q", [-1e-300, math.inf, math.nan, 1e201])
def test_a_variance_that_cannot_be_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match="A variance must be a number from 0 to"):
        gaussian_mean(np.tanh, [1.0, q])


@pytest.mark.parametrize(("activation", "limit"), [("tanh", 1.0), ("relu", 0.5), ("leaky_relu", 0.50005), ("gelu", 0.25), ("elu", 1.0), ("sigmoid", 1 / 16)])
def test_without_any_variance_a_slope_is_the_limit_of_both_sides(activation: str, limit: float) -> None:
    assert float(mean_slope_square(activation, 0.0)) == pytest.approx(limit, rel=1e-15)


@pytest.mark.parametrize("activation", PAIRS)
def test_the_growth_of_the_mean_square_is_its_derivative(activation: str) -> None:
    q = np.array([0.01, 1.0, 50.0])
    difference = (mean_square(activation, q * 1.0001) - mean_square(activation, q * 0.9999)) / (0.0002 * q)
    assert growth_of_mean_square(activation, q) == pytest.approx(difference, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("activation", PAIRS)
def test_the_table_holds_the_means_between_its_points_too(activation: str) -> None:
    known = table(activation)
    cell, s = np.arange(len(known.q) - 1), np.full(len(known.q) - 1, 0.47)
    q = known.q[:-1] * np.exp(0.47 * quadrature.STEP)
    square = np.exp(quadrature.on_pieces(known.log_square[cell], s))
    assert square == pytest.approx(mean_square(activation, q), rel=2e-8)
    assert np.exp(quadrature.on_pieces(known.log_slope_square[cell], s)) == pytest.approx(mean_slope_square(activation, q), rel=2e-8)
    assert quadrature.on_pieces(known.mean_share[cell], s) == pytest.approx(mean_output(activation, q) / np.sqrt(mean_square(activation, q)), abs=2e-8)
