"""The log domain against arithmetic with hundreds of decimal digits, which holds every gradient itself and takes no logarithm before the end."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from decimal import Decimal, localcontext
from typing import NamedTuple

import many_digits
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from many_digits import DIGITS
from numpy.typing import NDArray

from gradviz import Config, record
from gradviz.core.activations import (
    ELU,
    GELU,
    IDENTITY,
    LEAKY_RELU,
    LOG10_LARGEST,
    LOG10_LEAK,
    LOG10_SELU_BELOW,
    LOG10_SELU_SCALE,
    NAMES,
    RELU,
    SELU,
    SIGMOID,
    SILU,
    SOFTSIGN,
    TANH,
    falls,
    phi_decades,
    phi_prime_decades,
    power_of_ten,
)
from gradviz.core.logdomain import LogProfile, Signed, log_profile
from gradviz.core.profiles import GRADIENTS, decades, lost, stored, true_decades

Floats = NDArray[np.float64]
INF = math.inf
NEW = ("softsign", "leaky_relu", "elu", "selu", "gelu", "silu")

# --- the authority -------------------------------------------------------------------------------------------------------------------------


class Exact(NamedTuple):
    """One sample's chain: by layer, as log_profile has it; terms are its parts of dC/dw."""

    u: list[Decimal]
    slope: list[Decimal]
    h: list[Decimal]
    du: list[Decimal]
    dh: list[Decimal]
    end: list[Decimal]
    terms: list[Decimal]


def exact_chain(activation: str, w: Floats, x: float, y: float, samples: int = 1) -> Exact:
    """The chain's numbers in as many digits as the context has."""
    weights = [Decimal(weight) for weight in w.tolist()]
    layers = len(weights)
    h, u, slope = [Decimal(x)], [Decimal(0)], [Decimal(0)]
    for weight in weights[1:]:
        u.append(weight * h[-1])
        activated, steepness = many_digits.both(activation, u[-1])
        h.append(activated)
        slope.append(steepness)
    du, dh, end, terms = ([Decimal(0)] * layers for _ in range(4))
    dh[-1], end[-1] = (h[-1] - Decimal(y)) / samples, Decimal(1)
    for k in range(layers - 1, 0, -1):
        du[k] = slope[k] * dh[k]
        terms[k] = h[k - 1] * du[k]
        dh[k - 1] = du[k] * weights[k]
        end[k - 1] = slope[k] * weights[k] * end[k]
    return Exact(u, slope, h, du, dh, end, terms)


def log10_of(values: list[Decimal]) -> Floats:
    return np.array([-INF if value == 0 else float(abs(value).log10()) for value in values])


def signs_of(values: list[Decimal]) -> Floats:
    return np.array([(value > 0) - (value < 0) for value in values], np.float64)


def chain(activation: str, weights: list[float] | Floats, x: float | tuple[float, ...], y: float | tuple[float, ...]) -> tuple[LogProfile, Floats]:
    """The log-domain profile of a chain with these weights, and the weights as a frame has them."""
    w = np.array([0.0, *weights])
    inputs, targets = (values if isinstance(values, tuple) else (values,) for values in (x, y))
    return log_profile(Config(layers=len(w), activation=activation, inputs=inputs, targets=targets), w), w


def assert_agrees(found: Signed, exact: list[Decimal], near: float, row: int | None = 0) -> None:
    sign, size = (part if row is None else part[row] for part in found)
    np.testing.assert_array_equal(sign, signs_of(exact))
    np.testing.assert_allclose(size, log10_of(exact), rtol=1e-14, atol=near)


def assert_exact(profile: LogProfile, w: Floats, activation: str, x: float, y: float, near: float) -> Exact:
    """Every number of a one-sample chain, within so many decades."""
    exact = exact_chain(activation, w, x, y)
    for name in ("h", "du", "dh", "end"):
        assert_agrees(getattr(profile, name), getattr(exact, name), near)
    assert_agrees(profile.dw, exact.terms, near, row=None)
    np.testing.assert_allclose(profile.slope[0, 1:], log10_of(exact.slope)[1:], rtol=1e-14, atol=near)
    np.testing.assert_array_equal(profile.slope_sign[0, 1:], signs_of(exact.slope)[1:])
    return exact


# --- one activation ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", [name for name in NAMES if name not in ("relu", "identity")])
@given(size=st.floats(-300, 6) | st.floats(-3, 2), negative=st.booleans())
@example(size=-8.0, negative=False)
@example(size=math.nextafter(-8.0, -9.0), negative=True)
@example(size=-6.05, negative=False)
@example(size=0.0, negative=True)
@example(size=math.log10(19.07), negative=False)
@example(size=6.0, negative=True)
@example(size=-16.9, negative=True)
@example(size=-17.1, negative=True)
@example(size=math.log10(20.0), negative=True)
@example(size=math.nextafter(math.log10(20.0), 2.0), negative=True)
@example(size=math.log10(0.7517915246935644), negative=True)
@example(size=math.log10(1.2784645427610738), negative=True)
def test_phi_and_its_slope_are_exact_wherever_u_lies(activation: str, size: float, negative: bool) -> None:
    place = NAMES.index(activation)
    with localcontext(DIGITS):
        u = (Decimal(10) ** Decimal(size)).copy_sign(Decimal(-1 if negative else 1))
        h, slope = many_digits.both(activation, u)
        assert phi_decades(place, size, negative) == pytest.approx(float(abs(h).log10()), rel=1e-14, abs=2e-15)
        # where gelu and silu turn, float64 has next to nothing left of u less the turn
        near = 2e-15 if abs(slope) > Decimal("0.05") or abs(u) > 10 else float(Decimal("2e-16") / abs(slope))
        assume(near < 0.1)
        assert phi_prime_decades(place, size, negative) == pytest.approx(float(abs(slope).log10()), rel=1e-14, abs=near)
        assert falls(place, size, negative) == (slope < 0)


@pytest.mark.parametrize("size", [-INF, -5000.0, -320.0, 320.0, 5000.0])
def test_phi_far_outside_float64(size: float) -> None:
    tiny = size < 0
    for negative in (False, True):
        assert phi_decades(TANH, size, negative) == (size if tiny else 0.0)
        assert phi_prime_decades(TANH, size, negative) == (0.0 if tiny else -INF)
        assert phi_decades(SIGMOID, size, negative) == pytest.approx(math.log10(0.5) if tiny else (-INF if negative else 0.0), rel=1e-15)
        assert phi_prime_decades(SIGMOID, size, negative) == pytest.approx(math.log10(0.25) if tiny else -INF, rel=1e-15)
        assert phi_decades(IDENTITY, size, negative) == size
        assert phi_decades(RELU, size, negative) == (-INF if negative else size)
        assert phi_prime_decades(IDENTITY, size, negative) == 0.0
        assert phi_prime_decades(RELU, size, negative) == (-INF if negative or size == -INF else 0.0)
        below = negative or size == -INF
        for place, before, behind in ((LEAKY_RELU, LOG10_LEAK, 0.0), (SELU, LOG10_SELU_BELOW, LOG10_SELU_SCALE), (ELU, 0.0, 0.0)):
            curved = place != LEAKY_RELU and negative and not tiny
            assert phi_decades(place, size, negative) == (before if curved else size + (before if negative else behind))
            assert phi_prime_decades(place, size, negative) == pytest.approx(-INF if curved else (before if below else behind), abs=1e-300)
        for place in (GELU, SILU):
            half = math.log10(0.5) if tiny else 0.0
            assert phi_decades(place, size, negative) == (-INF if negative and not tiny else size + half)
            assert phi_prime_decades(place, size, negative) == pytest.approx(-INF if negative and not tiny else half, rel=1e-15)
            assert falls(place, size, negative) == (negative and not tiny)
        assert phi_decades(SOFTSIGN, size, negative) == pytest.approx(min(size, 0.0), abs=1e-300)
        slope = -2.0 * max(size, 0.0)
        assert phi_prime_decades(SOFTSIGN, size, negative) == pytest.approx(slope, abs=1e-300), "it falls by two decades for each of u, and never ends"


def test_a_power_of_ten_becomes_infinite_where_float64_ends() -> None:
    assert power_of_ten(LOG10_LARGEST) > 1.7976931348e308
    assert power_of_ten(math.nextafter(LOG10_LARGEST, INF)) == INF
    assert (power_of_ten(INF), power_of_ten(-INF), power_of_ten(-400.0), power_of_ten(-323.0)) == (INF, 0.0, 0.0, 1e-323)


# --- whole chains --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "weight", "layers"),
    [
        ("tanh", 0.01, 300),  # h itself falls to 1e-601
        ("tanh", 0.01, 2000),
        ("tanh", 0.9, 500),
        ("tanh", 1.0, 500),
        ("tanh", -1.5, 500),
        ("tanh", 5.0, 2000),
        ("tanh", -30.0, 300),
        ("sigmoid", 0.01, 300),
        ("sigmoid", 5.0, 1000),
        ("sigmoid", -30.0, 300),
        ("relu", 0.01, 1000),
        ("relu", 30.0, 1000),
        ("identity", -0.3, 2000),
        ("identity", 30.0, 2000),
        ("softsign", 0.01, 1000),
        ("softsign", 1.0, 500),
        ("softsign", -5.0, 1000),
        ("leaky_relu", -0.3, 1000),
        ("leaky_relu", 30.0, 1000),
        ("elu", 0.01, 300),
        ("elu", -3.0, 300),
        ("selu", 1.1, 500),
        ("selu", -0.9, 300),
        ("gelu", 0.5, 300),
        ("gelu", 5.0, 300),
        ("gelu", -1.5, 300),
        ("silu", 0.5, 300),
        ("silu", -2.1, 300),
        ("silu", 30.0, 300),
    ],
)
def test_every_number_of_a_deep_chain(activation: str, weight: float, layers: int) -> None:
    profile, w = chain(activation, [weight] * layers, 0.5, -0.25)
    with localcontext(DIGITS):
        # 1e-9 of a number is 4.3e-10 decades, and a sum of 2,000 parts near 1e4 has not more than that of error
        assert_exact(profile, w, activation, 0.5, -0.25, near=4.3e-10)


@pytest.mark.parametrize("activation", ["gelu", "silu"])
@pytest.mark.parametrize("u", [-1e6, -1000.0, -38.5, -19.9, -1.0])
def test_far_below_gelu_and_silu_turn_the_sign_of_a_gradient_that_float64_has_lost(activation: str, u: float) -> None:
    """gelu(-1e6) is near 1e-217147240952."""
    profile, w = chain(activation, [u, 2.0, -1.0], 1.0, 0.5)
    with localcontext(DIGITS):
        exact = assert_exact(profile, w, activation, 1.0, 0.5, near=1e-13)
        assert exact.slope[1] < 0 < exact.slope[2] or activation == "silu"
    assert profile.h.sign[0].tolist() == [1.0, -1.0, -1.0, 1.0]
    assert profile.slope_sign[0].tolist() == [0.0, -1.0 if u < -1.2784645 or activation == "gelu" else 1.0, 1.0, 1.0]


def test_2000_layers_of_weight_5_have_a_first_gradient_near_1e_minus_6080() -> None:
    profile, w = chain("tanh", [5.0] * 2000, 0.5, -0.5)
    with localcontext(DIGITS):
        exact = exact_chain("tanh", w, 0.5, -0.5)
        for found, number, shown in (
            (profile.du.decades[0, 1], exact.du[1], "3.810156773e-6082"),
            (profile.end.decades[0, 0], exact.end[0], "1.270129209e-6081"),
        ):
            assert f"{number:.9e}" == shown
            assert abs(Decimal(10) ** Decimal(float(found)) / number - 1) < Decimal("1e-9")
    # a saturated layer multiplies by w (1 - h*^2), with h* = tanh(5 h*) = 0.99990912171523...
    np.testing.assert_allclose(np.diff(profile.du.decades[0, 100:1900]), -math.log10(9.087415532632592e-4), rtol=1e-9)


def test_100000_layers_that_explode_are_those_of_exact_arithmetic() -> None:
    layers = 99_999
    profile, _ = chain("identity", [1.1] * layers, 0.5, -0.5)
    with localcontext(DIGITS):
        weight = Decimal.from_float(1.1)
        for k in (1, 10, 1000, 8000, 50_000, layers):
            h = Decimal("0.5") * weight**k
            assert profile.h.decades[0, k] == pytest.approx(float(h.log10()), abs=1e-7)
            end = weight ** (layers - k)
            assert profile.end.decades[0, k] == pytest.approx(float(end.log10()), abs=1e-7)
            miss = Decimal("0.5") * weight**layers + Decimal("0.5")
            assert profile.dh.decades[0, k] == pytest.approx(float((miss * end).log10()), abs=1e-7)
    assert profile.dh.decades[0, 0] == pytest.approx(8278, abs=1)
    assert (profile.dw.sign[1:] == 1).all()


def turning(activation: str, exact: Exact) -> bool:
    """Whether a layer magnifies what u is rounded by: where gelu or silu turns, by any factor, and in gelu's tail by u^2."""
    slopes = zip(exact.u[1:], exact.slope[1:], strict=True)
    return activation in ("gelu", "silu") and any(u < -100 or (u > -10 and abs(slope) < Decimal("1e-4")) for u, slope in slopes)


@pytest.mark.parametrize("activation", NAMES)
@given(
    weights=st.lists(st.floats(0.01, 30).flatmap(lambda size: st.sampled_from([size, -size])), min_size=1, max_size=30),
    x=st.floats(-3, 3),
    y=st.floats(-3, 3),
)
def test_any_chain_of_weights_of_either_sign(activation: str, weights: list[float], x: float, y: float) -> None:
    assume(x == 0 or abs(x) > 1e-100)
    profile, w = chain(activation, weights, x, y)
    with localcontext(DIGITS):
        exact = exact_chain(activation, w, x, y)
        # float64's own last digits are all that the miss consists of where the output hits the target
        assume(exact.dh[-1] == 0 or abs(exact.dh[-1]) > Decimal("1e-3") * abs(exact.h[-1]))
        assume(not turning(activation, exact))
        assert_exact(profile, w, activation, x, y, near=1e-9)


@pytest.mark.parametrize("activation", NAMES)
def test_an_input_or_a_weight_of_0_leaves_exact_zeros(activation: str) -> None:
    for weights, x in (([1.5, -0.5, 2.0], 0.0), ([1.5, 0.0, 2.0], 0.5), ([1.5, -0.0, -2.0], -0.5), ([0.0, 0.0, 0.0], 0.0), ([1.5, 2.0, 0.0], -0.5)):
        profile, w = chain(activation, weights, x, 0.75)
        with localcontext(DIGITS):
            assert_exact(profile, w, activation, x, 0.75, near=1e-13 if activation == "gelu" else 1e-14)  # u = -0.75 is where it turns, nearly
        assert profile.weights.sign.tolist() == [0.0, *np.sign(weights)]
        assert (profile.weights.decades[1:] == decades(np.array(weights))).all()


@pytest.mark.parametrize(
    ("weights", "x", "y"),
    [
        ([1e200, 1e200], 1e-300, 0.0),
        ([1e200, 1e200, 1e-200, 1e-200], 0.5, 0.25),  # out of float64 and back again
        ([1e-200, 1e-200, 1e200, 1e200], 0.5, 0.25),
        ([1e-160, 1e-160, 1e50], 0.5, 0.0),  # by way of subnormal numbers
        ([1e150, 1e151], 3.0, 1e302),  # a target that counts beside h
        ([1e150, 1e151], 3.0, 1.7e308),
        ([1e160, 1e150], 1.0, 1.7e308),
        ([1e200, 1e200], 1.0, 1.7e308),
        ([1e-150, 1e-151], 3.0, 1e-302),
        ([1e-150, 1e-171], 3.0, -5e-324),
        ([1e-150, 1e-171], 3.0, 0.5),
    ],
)
def test_where_activations_leave_float64_and_come_back(weights: list[float], x: float, y: float) -> None:
    for signed in (weights, [-weights[0], *weights[1:]]):
        profile, w = chain("identity", signed, x, y)
        with localcontext(DIGITS):
            assert_exact(profile, w, "identity", x, y, near=1e-12)


@pytest.mark.parametrize("activation", NAMES)
@pytest.mark.parametrize("weight", [math.nan, INF, -INF, 1.7e308, 5e-324])
def test_weights_that_are_no_numbers_raise_nothing(activation: str, weight: float) -> None:
    """A warning would fail this test too."""
    for x in ((0.0, -0.0), (0.5, -0.5), (1.7e308, 5e-324)):
        for weights in ([2.0, weight, -3.0], [weight, weight, 1.0], [1.0, 1.0, weight]):
            profile, w = chain(activation, weights, x, (0.0, -1.7e308))
            np.testing.assert_array_equal(profile.weights.sign, np.sign(w))
            for name in GRADIENTS:
                lost(decades(np.zeros_like(w)), true_decades(name, profile, Config()))


def test_a_sigmoid_deeper_than_decades_can_say_is_0() -> None:
    profile, _ = chain("sigmoid", [-1e308, 2.0], 1e10, 0.5)
    assert (profile.h.sign[0, 1], profile.h.decades[0, 1]) == (0.0, -INF)
    assert (profile.dw.sign[2], profile.dw.decades[2]) == (0.0, -INF)


# --- several samples -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", NAMES)
@given(
    weights=st.lists(st.floats(-6, 6).filter(lambda weight: abs(weight) > 0.01), min_size=1, max_size=12),
    samples=st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=2, max_size=5),
)
@example(weights=[5.0] * 12, samples=[(0.5, 0.5), (-0.5, -0.5)])
@example(weights=[1.0, 0.5], samples=[(0.5, 0.3), (0.5000001, 0.4), (-0.5, -0.3)])
def test_weight_gradients_are_the_sum_over_the_samples(activation: str, weights: list[float], samples: list[tuple[float, float]]) -> None:
    x, y = (tuple(values) for values in zip(*samples, strict=True))
    assume(all(value == 0 or abs(value) > 1e-50 for value in x))
    profile, w = chain(activation, weights, x, y)
    with localcontext(DIGITS):
        terms = [exact_chain(activation, w, *sample, samples=len(samples)).terms for sample in samples]
        chains = [exact_chain(activation, w, *sample) for sample in samples]
        assume(not any(turning(activation, exact) for exact in chains))
        misses = [exact.h[-1] for exact in chains]
        # what cancels, among the samples or between output and target, is down to float64's last digits
        least = [abs(h - Decimal(target)) > Decimal("1e-3") * abs(h) for h, target in zip(misses, y, strict=True)]
        assume(all(least))
        for k in range(1, len(w)):
            parts = [part[k] for part in terms]
            found = Decimal(float(profile.dw.sign[k])) * (Decimal(10) ** Decimal(float(profile.dw.decades[k])) if profile.dw.sign[k] else 0)
            assert abs(found - sum(parts)) <= Decimal("1e-11") * max(abs(part) for part in parts)


def test_samples_that_cancel_exactly_leave_exactly_0() -> None:
    profile, _ = chain("identity", [1.0, 1.0], (0.5, -0.5), (0.25, -0.75))  # each output is 0.25 above its target
    assert profile.dw.sign.tolist() == [0.0] * 3
    assert (profile.dw.decades == -INF).all()
    assert (profile.du.sign[:, 1:] == 1).all()


# --- beside what a training stores ---------------------------------------------------------------------------------------------------------

ordinary_inputs = st.floats(-2, 2).filter(lambda x: x == 0 or abs(x) > 1e-100)


@given(
    st.builds(
        Config,
        layers=st.integers(2, 40),
        activation=st.sampled_from(NAMES),
        initialization=st.sampled_from(["constant", "normal"]),
        weight_scale=st.floats(0.05, 6),
        seed=st.integers(0, 9999),
        learning_rate=st.floats(0.01, 1.0),
        epochs=st.sampled_from([1, 2, 50]),
        inputs=st.tuples(ordinary_inputs, ordinary_inputs),
        targets=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    )
)
def test_where_float64_holds_everything_the_two_agree(config: Config) -> None:
    frame = record(config).newest
    assume(np.isfinite(frame.g).all() and np.isfinite(frame.w).all())
    profile = log_profile(config, frame.w[-1])
    assume(not (config.activation in ("gelu", "silu") and (np.abs(np.where(profile.u > -10, profile.slope, 0)) > 3).any()))  # it magnifies roundings there
    for name in ("du", "dh", "end"):
        numbers = stored(name, config, frame)
        end = np.abs(stored("end", config, frame))
        ordinary = (np.abs(numbers) > 1e-290) & (np.abs(numbers) < INF) & (end > 1e-290)  # nor has anything after it underflowed
        true = getattr(profile, name)
        np.testing.assert_array_equal(true.sign[ordinary], np.sign(numbers)[ordinary])
        np.testing.assert_allclose(true.decades[ordinary], decades(numbers)[ordinary], rtol=0, atol=1e-12)
    dw, ordinary = frame.dw[-1], np.abs(frame.dw[-1]) > 1e-290
    terms = np.abs(frame.h[-1, :, :-1] * frame.g[-1, :, 1:]).max(axis=0)
    found = profile.dw.sign * 10.0**profile.dw.decades
    assert (np.abs(found - dw)[1:][ordinary[1:]] <= 1e-11 * terms[ordinary[1:]]).all()


@pytest.mark.parametrize("weight", [0.7, 600.6, -1e10, 1e-10, 1e200])
def test_a_miss_of_one_last_digit_is_the_one_that_float64_finds(weight: float) -> None:
    h = weight * 0.3
    for y in (math.nextafter(h, INF), math.nextafter(h, -INF), h):
        profile, _ = chain("identity", [weight], 0.3, y)
        assert profile.dh.sign[0, 1] == np.sign(h - y)
        assert profile.dh.decades[0, 1] == (math.log10(abs(h - y)) if h != y else -INF)


@pytest.mark.parametrize("activation", ["tanh", "identity", "sigmoid"])
def test_what_a_trained_network_has_left_of_a_miss_is_not_taken_for_lost(activation: str) -> None:
    """Trained to the last digit the miss is a rounding or two: a log domain that rounded elsewhere would call it wrong."""
    for seed in range(12):
        for layers in (3, 5, 10):
            config = Config(
                layers=layers,
                activation=activation,
                initialization="normal",
                weight_scale=1.2,
                seed=seed,
                learning_rate=0.5,
                epochs=1500,
                observe_every=1499,
                inputs=(0.5,),
                targets=(0.6,),
            )
            frame = record(config).newest
            if not np.isfinite(frame.g).all():
                continue
            profile = log_profile(config, frame.w[-1])
            for name in GRADIENTS:
                numbers = decades(stored(name, config, frame))
                assert not lost(numbers, true_decades(name, profile, config))[:, 1:].any()


# --- where numba is missing ----------------------------------------------------------------------------------------------------------------

CHAINS = [
    ("tanh", [5.0] * 400, [0.5, -0.5], [0.5, 0.25]),
    ("sigmoid", [-3.0] * 400, [0.5, -0.5], [0.5, 0.25]),
    ("identity", [30.0] * 400, [0.5, -0.5], [0.5, 1e300]),
    ("identity", [10.0] * 309, [1.9, 0.5], [0.5, 1e300]),  # 1.9e309 on its way: Python itself would raise an OverflowError
    ("relu", [0.01] * 400, [0.5, -0.5], [0.0, 0.25]),
    *((name, [1.5, -30.0, 40.0, -900.0, 3.0, 1e200, -1e200, 2.0], [0.5, -0.5, 0.0], [0.0, 0.25, 0.5]) for name in NEW),
    *((name, [-1.7] * 60, [0.5, -0.5], [0.0, 0.25]) for name in NEW),
    *((name, [INF, -2.0, math.nan], [0.5, 0.0], [0.5, 0.25]) for name in NEW),
    ("identity", [INF, -2.0], [0.5, -0.5], [0.5, 0.25]),
    ("tanh", [math.nan, INF, -INF], [0.5, 0.0], [0.0, 0.25]),
    ("sigmoid", [INF, 1e308, -1e308], [1e10, -1e300], [0.0, 0.25]),
]
WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
import json
import numpy as np
from gradviz import Config
from gradviz.core.activations import power_of_ten
from gradviz.core.compiled import COMPILED
from gradviz.core.logdomain import log_profile
found = []
for activation, weights, x, y in json.loads(sys.argv[1]):
    profile = log_profile(Config(layers=len(weights) + 1, activation=activation, inputs=x, targets=y), np.array([0.0, *weights]))
    found.append([[part.tolist() for part in getattr(profile, name)] for name in ("h", "du", "dh", "end", "dw")])
powers = [power_of_ten(308.2 + step / 1000) for step in range(200)]
print(json.dumps([COMPILED, found, powers]))
"""


def test_without_numba_the_same_decades_and_no_overflow_error(python_environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_NUMBA, json.dumps(CHAINS)], env=python_environment, capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    compiled, found, powers = json.loads(done.stdout)
    assert compiled is False
    np.testing.assert_allclose(powers, [power_of_ten(308.2 + step / 1000) for step in range(200)], rtol=1e-13)
    for (activation, weights, x, y), there in zip(CHAINS, found, strict=True):
        profile, _ = chain(activation, weights, tuple(x), tuple(y))
        for name, (sign, size) in zip(("h", "du", "dh", "end", "dw"), there, strict=True):
            here = getattr(profile, name)
            np.testing.assert_array_equal(here.sign, np.array(sign, np.float64))
            np.testing.assert_allclose(here.decades, np.array(size, np.float64), rtol=1e-14, atol=1e-13)
