"""phi and phi' agree with each other, and with arithmetic of many digits, wherever float64 has a number to give."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal, localcontext

import many_digits
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gradviz.core.activations import (
    ELU,
    FROM_OUTPUT,
    GELU,
    GELU_TURN,
    IDENTITY,
    LEAKY_RELU,
    NAMES,
    RELU,
    SELU,
    SIGMOID,
    SILU,
    SILU_TURN,
    SOFTSIGN,
    TANH,
    phi,
    phi_prime,
    phi_prime_from_output,
)
from gradviz.core.elementwise import PAIRS
from gradviz.core.formats import FLOAT64, FORMAT_NAMES, FORMATS
from gradviz.core.rounding import rounded as rounded_into

SMALLEST = 5e-324


def rounded(value: Callable[[Decimal], Decimal], u: float) -> float:
    """A function of u worked out with 400 digits, as the nearest float64."""
    with localcontext() as context:
        context.prec = 400
        return float(value(Decimal(u)))


def agrees(value: float, exact: float) -> bool:
    """Equal up to a few roundings, or to a few of the steps between subnormal numbers where those begin."""
    return abs(value - exact) <= 4e-15 * abs(exact) + 4 * SMALLEST


@given(st.floats(-370, 370))
@example(0.0)
@example(19.5)
@example(-370.0)
@example(354.5)
def test_tanh_and_its_slope_are_exact_as_far_as_float64_reaches(u: float) -> None:
    assert agrees(phi_prime(TANH, u), rounded(lambda u: 4 / (u.exp() + (-u).exp()) ** 2, u))
    assert phi_prime(TANH, u) > 0
    if abs(u) > 1e-150:  # where 400 digits outlast the cancellation in e^u - e^-u
        assert agrees(phi(TANH, u), rounded(lambda u: (u.exp() - (-u).exp()) / (u.exp() + (-u).exp()), u))


@given(st.floats(-740, 740))
@example(-740.0)
@example(-36.0)
def test_sigmoid_and_its_slope_are_exact_as_far_as_float64_reaches(u: float) -> None:
    assert agrees(phi(SIGMOID, u), rounded(lambda u: 1 / (1 + (-u).exp()), u))
    assert agrees(phi_prime(SIGMOID, u), rounded(lambda u: (-u).exp() / (1 + (-u).exp()) ** 2, u))


NEW = (SOFTSIGN, LEAKY_RELU, ELU, SELU, GELU, SILU)
names = [NAMES[activation] for activation in NEW]


def parts(name: str, u: float) -> float:
    """The greatest of the two parts that gelu' and silu' are the sum of; they cancel where the slope turns."""
    h, slope = (abs(float(value)) for value in many_digits.both(name, Decimal(u)))
    return max(slope, h / abs(u) if name in ("gelu", "silu") and u else 0.0)


def roundings(name: str, u: float) -> float:
    """What may be off, as a part: e^(-u^2/2) multiplies the roundings of its exponent."""
    return (10.0 + (2.0 * u * u if name == "gelu" else 0.0)) * 2.0**-53


@pytest.mark.parametrize("activation", NEW, ids=names)
@given(u=st.floats(-38, 38) | st.floats(-740, 740) | st.floats(-1e-3, 1e-3))
@example(u=0.0)
@example(u=-37.6)
@example(u=-8.3)
@example(u=-745.0)
@example(u=GELU_TURN)
@example(u=SILU_TURN)
@example(u=1e300)
@example(u=-1e-300)
def test_each_pair_is_exact_as_far_as_float64_reaches(activation: int, u: float) -> None:
    name = NAMES[activation]
    with localcontext(many_digits.DIGITS):
        h, slope = map(float, many_digits.both(name, Decimal(u)))
        assert abs(phi(activation, u) - h) <= roundings(name, u) * abs(h) + (1 + abs(u)) * SMALLEST
        assert abs(phi_prime(activation, u) - slope) <= roundings(name, u) * parts(name, u) + (1 + abs(u)) * SMALLEST


@pytest.mark.parametrize(("activation", "turn"), [(GELU, GELU_TURN), (SILU, SILU_TURN)], ids=["gelu", "silu"])
def test_the_slope_turns_where_it_is_said_to(activation: int, turn: float) -> None:
    with localcontext(many_digits.DIGITS):
        signs = [many_digits.both(NAMES[activation], Decimal(u))[1] > 0 for u in (math.nextafter(turn, -9.0), math.nextafter(turn, 9.0))]
    assert signs == [False, True]
    for u in np.linspace(-30, turn - 1e-3, 200).tolist():
        assert phi_prime(activation, u) < 0 < phi_prime(activation, -u)
        assert phi(activation, turn) < phi(activation, u) < 0


def test_the_constants_are_the_published_ones() -> None:
    """Klambauer et al. 2017: the standard normal distribution goes through SELU with mean 0 and variance 1; here by a trapezoidal sum."""
    z = np.linspace(-12, 12, 24_001)
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    h = np.array([phi(SELU, u) for u in z.tolist()])
    assert float(density @ h) == pytest.approx(0.0, abs=1e-6)
    assert float(density @ h**2) == pytest.approx(1.0, abs=1e-6)
    assert [phi(LEAKY_RELU, u) for u in (-2.0, 3.0)] == [-0.02, 3.0]
    assert [phi_prime(activation, 0.0) for activation in NEW] == pytest.approx([1.0, 0.01, 1.0, 1.0507009873554805 * 1.6732632423543772, 0.5, 0.5], abs=1e-16)


@pytest.mark.parametrize("activation", range(len(NAMES)), ids=NAMES)
def test_whole_arrays_go_through_the_same_pairs(activation: int) -> None:
    """To 4e-16, slopes to twice that.

    But the exponent of gelu multiplies its roundings, a slope that turns cancels, and of tanh 1 - h^2 counts there, unless it is small.
    """
    name = NAMES[activation]
    u = np.concatenate([np.linspace(-36, 36, 2001), np.linspace(-2, 2, 1001), np.random.default_rng(3).normal(size=500) * 4])
    pair = PAIRS[name]
    with localcontext(many_digits.DIGITS):
        for value, h, slope in zip(u.tolist(), pair.phi(u).tolist(), pair.slope(u).tolist(), strict=True):
            off = 4e-16 + (2 * roundings(name, value) if name in ("gelu", "silu") else 0.0)
            assert abs(phi(activation, value) - h) <= off * abs(h)
            whole = parts(name, value) if name in ("gelu", "silu") else (1.0 if name == "tanh" and slope > 0.05 else slope)
            assert abs(phi_prime(activation, value) - slope) <= (off + 4e-16) * whole


@pytest.mark.parametrize("activation", range(len(NAMES)), ids=NAMES)
@given(u=st.floats(-6, 6).filter(lambda u: abs(u) > 1e-3))
def test_the_slope_is_the_central_difference_of_the_activation(activation: int, u: float) -> None:
    step = 1e-5
    difference = (phi(activation, u + step) - phi(activation, u - step)) / (2 * step)
    assert phi_prime(activation, u) == pytest.approx(difference, rel=1e-6, abs=1e-10)


def test_tanh_is_exactly_1_from_about_19_and_its_slope_is_still_a_number_there() -> None:
    assert phi(TANH, 18.9) < 1.0
    assert phi(TANH, 19.1) == 1.0 == -phi(TANH, -19.1)
    for u in (19.1, 20.0, 100.0, 354.0):
        assert 1 - phi(TANH, u) ** 2 == 0.0  # what the form from h would have made of it
        assert phi_prime(TANH, u) == pytest.approx(4 * math.exp(-2 * u), rel=1e-12)


def test_the_slope_of_tanh_underflows_to_0_only_near_373() -> None:
    assert phi_prime(TANH, 372.0) > 0
    assert phi_prime(TANH, 374.0) == 0


@pytest.mark.parametrize("u", [0.0, -0.0, 1e308, -1e308, math.inf, -math.inf])
@pytest.mark.parametrize("activation", range(len(NAMES)), ids=NAMES)
def test_no_activation_makes_a_nan_of_a_number(activation: int, u: float) -> None:
    for number_format in range(len(FORMAT_NAMES)):
        h = phi(activation, rounded_into(number_format, u), number_format)
        assert not math.isnan(h)
        slope = phi_prime(activation, rounded_into(number_format, u), number_format)
        assert 0 <= slope <= {SELU: 1.77}.get(activation, 1)
        if NAMES[activation] in FROM_OUTPUT:
            assert 0 <= phi_prime_from_output(activation, h, number_format) <= 1


@pytest.mark.parametrize("number_format", range(len(FORMAT_NAMES)), ids=FORMAT_NAMES)
@pytest.mark.parametrize("activation", [TANH, SIGMOID, RELU, *NEW])
def test_a_nan_stays_a_nan(activation: int, number_format: int) -> None:
    assert math.isnan(phi(activation, math.nan, number_format))
    assert math.isnan(phi_prime(activation, math.nan, number_format))
    assert math.isnan(phi_prime_from_output(activation, math.nan, number_format))


@pytest.mark.parametrize("number_format", range(1, len(FORMAT_NAMES)), ids=FORMAT_NAMES[1:])
@pytest.mark.parametrize("activation", range(len(NAMES)), ids=NAMES)
@given(st.floats(-80, 80) | st.floats(-3, 3))
def test_in_a_reduced_format_phi_is_the_nearest_number_and_its_slope_within_a_few_roundings(activation: int, number_format: int, u: float) -> None:
    ends = FORMATS[FORMAT_NAMES[number_format]]
    u = rounded_into(number_format, u)
    h, slope = phi(activation, u, number_format), phi_prime(activation, u, number_format)
    one_rounding = 2.0**-ends.bits
    # tanh and e^u - 1 are the nearest; the others are worked out of a few rounded numbers, one of which may be subnormal, with all that it lacks
    few = 1 if activation in (TANH, RELU, IDENTITY, ELU) else 4
    assert abs(h - phi(activation, u, FLOAT64)) <= few * one_rounding * abs(h) + (few + abs(u)) * ends.smallest_subnormal
    with localcontext(many_digits.DIGITS):
        whole = parts(NAMES[activation], u)
    assert abs(slope - phi_prime(activation, u, FLOAT64)) <= 8 * one_rounding * whole + (4 + abs(u)) * ends.smallest_subnormal


def test_relu_and_identity() -> None:
    assert [phi(RELU, u) for u in (-2.0, 0.0, 3.0)] == [0.0, 0.0, 3.0]
    assert [phi_prime(RELU, u) for u in (-2.0, 0.0, 3.0)] == [0.0, 0.0, 1.0]
    assert [phi(IDENTITY, u) for u in (-2.0, 3.0)] == [-2.0, 3.0]
    assert phi_prime(IDENTITY, 7.0) == 1.0


@pytest.mark.parametrize("activation", range(len(NAMES)), ids=NAMES)
def test_only_those_that_have_one_have_a_slope_from_the_output(activation: int) -> None:
    """Two u, one output: nothing could tell their slopes apart."""
    assert math.isnan(phi_prime_from_output(activation, 0.3)) == (NAMES[activation] not in FROM_OUTPUT)


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None  # as on a Python that numba has no wheel for
import json
from gradviz import Config, record
from gradviz.core.compiled import COMPILED
from gradviz.runs.presets import presets
short = record(presets()["notebook-1b"].config.replace(epochs=3))
steep = record(Config(layers=4, activation="sigmoid", weight_scale=1e6, inputs=(-1.0, 1.0), epochs=2))
burst = record(presets()["explodes"].config)
reduced = [record(Config(**json.loads(config))).dw.tolist() for config in sys.argv[1:]]
print(json.dumps([COMPILED, short.cost.tolist(), short.g[-1, 0].tolist(), steep.ending.kind, burst.ending.reason, reduced]))
"""


def test_without_numba_the_same_engine_gives_the_same_numbers_and_no_warning(python_environment: dict[str, str]) -> None:
    from gradviz import Config, record
    from gradviz.runs.presets import presets

    reduced = [
        {"layers": 12, "epochs": 20, "weight_scale": 1.3, "number_format": number_format, "derivative": derivative, "activation": activation}
        for number_format in FORMAT_NAMES[1:]
        for derivative in ("exact", "from_output")
        for activation in NAMES
    ]
    done = subprocess.run([sys.executable, "-c", WITHOUT_NUMBA, *map(json.dumps, reduced)], env=python_environment, capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    compiled, cost, g, steep, burst, dw = json.loads(done.stdout)
    here = record(presets()["notebook-1b"].config.replace(epochs=3))
    assert compiled is False
    assert cost == pytest.approx(here.cost.tolist(), rel=1e-14)
    assert g == pytest.approx(here.g[-1, 0].tolist(), rel=1e-12)
    assert steep == "done"
    ending = record(presets()["explodes"].config).ending
    assert ending is not None
    assert burst == ending.reason
    assert dw == [record(Config(**values)).dw.tolist() for values in reduced]
