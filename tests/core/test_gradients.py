"""The gradients that a person may look at: as stored, as they truly are, and where the two part."""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gradviz import Config, record, train
from gradviz.core.formats import FORMAT_NAMES, FORMATS
from gradviz.core.logdomain import log_profile
from gradviz.core.profiles import GRADIENTS, LOST, decades, lost, stored, subnormal, true_decades
from gradviz.core.rounding import rounded
from gradviz.core.training import Frames

INF, NAN = math.inf, math.nan
TYPES: dict[str, Any] = {"float64": np.float64, "float32": np.float32, "float16": np.float16, "bfloat16": ml_dtypes.bfloat16}
#: log10 of the factor that a saturated layer of weight 5 passes on, w (1 - h*^2), with h* = tanh(5 h*) = 0.99990912171523...
LAYER_AT_5 = math.log10(9.087415532632592e-4)
every_format = pytest.mark.parametrize("number_format", FORMAT_NAMES)


def first_frame(config: Config) -> Frames:
    return next(train(config))


# --- what a format stores ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number_format", "first_subnormal", "first_zero"), [("float64", 102, 107), ("float32", 13, 15)])
@pytest.mark.parametrize("derivative", ["exact", "from_output"])
@pytest.mark.parametrize("inputs", [(0.5,), (-1.0,)])
def test_the_running_product_at_weight_5_is_exactly_0_from_these_layers_before_the_output(
    number_format: str, derivative: str, inputs: tuple[float, ...], first_subnormal: int, first_zero: int
) -> None:
    """Each layer takes 3.04 decades; float32 ends after 12.5 and float64 after 101.2 layers of them, subnormal numbers a little later."""
    config = Config(layers=141, weight_scale=5.0, number_format=number_format, derivative=derivative, inputs=inputs, targets=(0.0,))
    end = stored("end", config, first_frame(config))
    from_output = end[0, ::-1]  # [0] is the output's own, 1
    assert from_output[0] == 1.0
    assert int(np.argmax(from_output == 0)) == first_zero
    assert not from_output[first_zero:].any()
    assert np.flatnonzero(subnormal(end, config)[0, ::-1]).tolist() == list(range(first_subnormal, first_zero))
    normal = -math.log10(FORMATS[number_format].smallest_normal) / -LAYER_AT_5
    assert normal == pytest.approx({"float64": 101.2, "float32": 12.5}[number_format], abs=0.06)
    truth = true_decades("end", log_profile(config, first_frame(config).w[-1]), config)
    assert truth[0, 0] == pytest.approx(140 * LAYER_AT_5, abs=2.5)
    assert lost(decades(end), truth)[0, 0]


@every_format
def test_the_quantities_are_those_of_their_definitions(number_format: str) -> None:
    config = Config(layers=8, weight_scale=1.2, epochs=7, number_format=number_format, inputs=(0.75, -0.25, 1.5), targets=(0.5, 0.25, -1.0))
    frame = record(config).newest
    h, g, dw, w = (getattr(frame, name)[-1] for name in ("h", "g", "dw", "w"))
    few = 8 * 2.0 ** -FORMATS[number_format].bits
    found = {name: stored(name, config.replace(learning_rate=0.25), frame) for name in GRADIENTS}
    np.testing.assert_array_equal(found["du"], g)
    np.testing.assert_array_equal(found["dw"], dw[None])
    np.testing.assert_allclose(found["dh"][:, :-1], g[:, 1:] * w[1:], rtol=few)
    np.testing.assert_allclose(found["dh"][:, -1], (h[:, -1] - np.array(config.targets)) / 3, rtol=few)
    np.testing.assert_allclose(found["ratio"][0, 1:], 0.25 * dw[1:] / w[1:], rtol=few)
    assert found["ratio"][0, 0] == 0
    np.testing.assert_allclose(found["end"] * found["dh"][:, -1:], found["dh"], rtol=16 * few)
    for name, quantity in GRADIENTS.items():
        assert found[name].shape == ((3, 8) if quantity.by_sample else (1, 8))
        assert found[name][:, quantity.first :].all()
        assert not found[name][:, : quantity.first].any()


def test_end_to_end_is_the_central_difference_of_the_output() -> None:
    config = Config(layers=9, initialization="normal", weight_scale=1.5, seed=3, inputs=(0.6,), targets=(0.0,))
    frame = first_frame(config)
    h, w = frame.h[0, 0], frame.w[0]
    end = stored("end", config, frame)[0]
    for k in range(9):
        outputs = []
        for step in (1e-6, -1e-6):
            activation = h[k] + step
            for weight in w[k + 1 :]:
                activation = math.tanh(weight * activation)
            outputs.append(activation)
        assert end[k] == pytest.approx((outputs[0] - outputs[1]) / 2e-6, rel=1e-6)


@pytest.mark.parametrize("name", GRADIENTS)
def test_in_float64_the_true_gradient_is_the_stored_one(name: str) -> None:
    config = Config(layers=20, initialization="normal", weight_scale=1.5, seed=2, epochs=20, learning_rate=0.3)
    run = record(config)
    for row in (0, 19):
        frame = run.frames.rows(slice(row, row + 1))
        numbers, truth = decades(stored(name, config, frame)), true_decades(name, log_profile(config, frame.w[0]), config)
        first = GRADIENTS[name].first
        assert truth.shape == numbers.shape
        np.testing.assert_allclose(truth[:, first:], numbers[:, first:], rtol=0, atol=1e-12)
        np.testing.assert_array_equal(truth[:, :first], numbers[:, :first])
        assert not lost(numbers, truth).any()


def test_of_case_1b_float32_loses_all_but_the_last_layers_and_float16_nearly_all() -> None:
    kept = {}
    for number_format in FORMAT_NAMES:
        config = Config(weight_scale=5.0, number_format=number_format)
        frame = first_frame(config)
        numbers, truth = decades(stored("du", config, frame)), true_decades("du", log_profile(config, frame.w[0]), config)
        kept[number_format] = int((~lost(numbers, truth))[0, 1:].sum())
        assert truth[0, 1] == pytest.approx(math.log10(6.42041275e-301), abs=1e-8)  # the notebook's print-out
    assert kept["float64"] == 99
    assert 12 <= kept["float32"] <= 15
    assert kept["float16"] < kept["bfloat16"] <= kept["float32"]


# --- lost ----------------------------------------------------------------------------------------------------------------------------------

any_decades = st.floats(-7000, 7000) | st.sampled_from([INF, -INF])


def is_lost(number: float, true: float) -> bool:
    return bool(lost(np.array([[number]]), np.array([[true]]))[0, 0])


@given(any_decades)
def test_what_is_stored_as_it_truly_is_is_not_lost_a_zero_and_an_infinity_included(true: float) -> None:
    assert not is_lost(true, true)


@given(st.floats(-7000, 7000), st.floats(0, 5), st.booleans())
@example(-300.0, 0.0, True)
def test_a_number_is_lost_from_a_quarter_more_or_less(true: float, off: float, more: bool) -> None:
    assume(abs(off - LOST) > 1e-9)
    factor = 10.0**off
    assert is_lost(true + off if more else true - off, true) == (factor > 10.0**LOST)
    assert 1.25 < 10.0**LOST < 1.26


@given(st.floats(-7000, 7000))
def test_zero_infinity_and_nan_say_nothing_of_a_number(true: float) -> None:
    for number in (-INF, INF, NAN):
        assert is_lost(number, true)
        assert not is_lost(number, NAN)  # nobody knows
    assert is_lost(true, -INF)
    assert is_lost(-INF, INF)
    assert not is_lost(true, NAN)


@every_format
@given(value=st.floats(allow_nan=False, allow_infinity=False))
@example(value=1e-310)
@example(value=6e-8)
@example(value=1e39)
@example(value=0.0)
def test_a_number_rounded_into_a_format_is_lost_only_where_the_format_ends(number_format: str, value: float) -> None:
    ends = FORMATS[number_format]
    numbers = np.array([[rounded(FORMAT_NAMES.index(number_format), value)]])
    gone = is_lost(float(decades(numbers)[0, 0]), float(decades(np.array([value]))[0]))
    size = abs(value)
    if ends.smallest_normal <= size <= ends.largest or value == 0:
        assert not gone
    elif size < ends.smallest_subnormal / 2 or size >= 2 * ends.largest:
        assert gone
    else:  # subnormal: by how much the few digits are off
        ratio = abs(float(numbers[0, 0])) / size
        assert gone == (ratio == 0 or ratio == INF or abs(math.log10(ratio)) > LOST)


# --- subnormal -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number_format", ["float16", "bfloat16"])
def test_subnormal_are_exactly_the_bit_patterns_without_an_exponent(number_format: str) -> None:
    kind = TYPES[number_format]
    bits = np.arange(2**16, dtype=np.uint16)
    with np.errstate(invalid="ignore"):
        numbers = bits.view(kind).astype(np.float64)
    exponent = np.array(INF, kind).view(np.uint16)
    expected = ((bits & exponent) == 0) & ((bits & ~exponent & 0x7FFF) != 0)
    np.testing.assert_array_equal(subnormal(numbers, Config(number_format=number_format)), expected)


@pytest.mark.parametrize(("number_format", "whole"), [("float32", np.uint32), ("float64", np.uint64)])
@given(data=st.data())
def test_so_they_are_in_the_longer_formats(number_format: str, whole: Any, data: st.DataObject) -> None:
    kind = TYPES[number_format]
    exponent, sign = int(np.array(INF, kind).view(whole)), int(np.array(-0.0, kind).view(whole))
    ends = [0, 1, exponent - 1, exponent, (~exponent & (sign - 1)), (~exponent & (sign - 1)) + 1]
    bits = data.draw(st.integers(0, int(np.iinfo(whole).max)) | st.integers(0, ~exponent & (sign - 1)) | st.sampled_from(ends))
    with np.errstate(invalid="ignore"):
        numbers = np.array([[bits]], whole).view(kind).astype(np.float64)
    assert subnormal(numbers, Config(number_format=number_format))[0, 0] == (bits & exponent == 0 and bits & ~exponent & ~sign != 0)
