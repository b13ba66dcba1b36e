"""phi and phi' agree with each other, and with arithmetic of many digits, wherever float64 has a number to give."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gradviz.core.activations import IDENTITY, NAMES, RELU, SIGMOID, TANH, phi, phi_prime, phi_prime_from_output
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
        for slope in (phi_prime(activation, rounded_into(number_format, u), number_format), phi_prime_from_output(activation, h, number_format)):
            assert 0 <= slope <= 1


@pytest.mark.parametrize("number_format", range(len(FORMAT_NAMES)), ids=FORMAT_NAMES)
@pytest.mark.parametrize("activation", [TANH, SIGMOID, RELU])
def test_a_nan_stays_a_nan(activation: int, number_format: int) -> None:
    assert math.isnan(phi(activation, math.nan, number_format))
    assert math.isnan(phi_prime(activation, math.nan, number_format))
    assert math.isnan(phi_prime_from_output(activation, math.nan, number_format))


@pytest.mark.parametrize("number_format", range(1, len(FORMAT_NAMES)), ids=FORMAT_NAMES[1:])
@pytest.mark.parametrize("activation", range(len(NAMES)), ids=NAMES)
@given(st.floats(-80, 80))
def test_in_a_reduced_format_phi_is_the_nearest_number_and_its_slope_within_a_few_roundings(activation: int, number_format: int, u: float) -> None:
    ends = FORMATS[FORMAT_NAMES[number_format]]
    u = rounded_into(number_format, u)
    h, slope = phi(activation, u, number_format), phi_prime(activation, u, number_format)
    one_rounding = 2.0**-ends.bits
    # the sigmoid is a quotient of two rounded numbers, tanh is the nearest
    roundings = 4 if activation == SIGMOID else 1
    assert abs(h - phi(activation, u, FLOAT64)) <= roundings * one_rounding * abs(h) + roundings * ends.smallest_subnormal
    # e may be a subnormal number, with all that it lacks; tanh takes four of it
    assert abs(slope - phi_prime(activation, u, FLOAT64)) <= 8 * one_rounding * slope + 4 * ends.smallest_subnormal


def test_relu_and_identity() -> None:
    assert [phi(RELU, u) for u in (-2.0, 0.0, 3.0)] == [0.0, 0.0, 3.0]
    assert [phi_prime(RELU, u) for u in (-2.0, 0.0, 3.0)] == [0.0, 0.0, 1.0]
    assert [phi_prime_from_output(RELU, h) for h in (0.0, 3.0)] == [0.0, 1.0]
    assert [phi(IDENTITY, u) for u in (-2.0, 3.0)] == [-2.0, 3.0]
    assert phi_prime(IDENTITY, 7.0) == phi_prime_from_output(IDENTITY, 7.0) == 1.0


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
