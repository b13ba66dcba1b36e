"""Rounding into a format is numpy's and ml_dtypes' own, bit for bit; so is every sum, difference, product and quotient taken in float64 and rounded."""

from __future__ import annotations

import operator
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gradviz.core.formats import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, FORMAT_NAMES, FORMATS
from gradviz.core.rounding import rounded

Bits = NDArray[Any]

#: The authority for each reduced format, and the whole numbers that its bit patterns are.
TYPES = {"float32": (np.float32, np.uint32), "float16": (np.float16, np.uint16), "bfloat16": (ml_dtypes.bfloat16, np.uint16)}
PLACES = {"float32": FLOAT32, "float16": FLOAT16, "bfloat16": BFLOAT16}
reduced = pytest.mark.parametrize("name", TYPES)
sixteen_bits = pytest.mark.parametrize("name", ["float16", "bfloat16"])
OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


def cast(name: str, values: Bits) -> Bits:
    """The numbers as the authority's own."""
    with np.errstate(all="ignore"):
        return np.asarray(values).astype(TYPES[name][0])


def wide(values: Bits) -> NDArray[np.float64]:
    """The numbers in float64, which holds them all; some NaNs are said to be invalid."""
    with np.errstate(invalid="ignore"):
        return values.astype(np.float64)


def ours(name: str, values: Bits) -> Bits:
    """The numbers, rounded by gradviz, in the authority's type; each must be one that the type holds."""
    found = np.array([rounded(PLACES[name], float(value)) for value in wide(values)])
    held = cast(name, found)
    np.testing.assert_array_equal(wide(held), found)
    return held


def assert_same_bits(name: str, found: Bits, expected: Bits) -> None:
    """Equal bit for bit, the sign of zero included; one NaN is as good as another."""
    nan = np.isnan(wide(expected))
    np.testing.assert_array_equal(np.isnan(wide(found)), nan)
    whole = TYPES[name][1]
    np.testing.assert_array_equal(found.view(whole)[~nan], expected.view(whole)[~nan])


def every(name: str) -> Bits:
    """All 65,536 numbers of a 16-bit format."""
    return np.arange(2**16, dtype=np.uint16).view(TYPES[name][0])


def patterns(name: str, count: int, seed: int) -> Bits:
    """Random bit patterns, a quarter of them subnormal or zero."""
    kind, whole = TYPES[name]
    bits = np.random.default_rng(seed).integers(0, np.iinfo(whole).max, count, dtype=whole, endpoint=True)
    exponent = np.array(np.inf, kind).view(whole)  # only the exponent's bits are set
    bits[::4] &= ~exponent
    return bits.view(kind)


# --- casts ---------------------------------------------------------------------------------------------------------------------------------


@sixteen_bits
def test_every_number_of_a_16_bit_format_stays_what_it_is(name: str) -> None:
    numbers = every(name)
    assert_same_bits(name, ours(name, numbers), numbers)


@reduced
def test_midpoints_between_neighbours_go_to_the_even_one_and_what_is_beside_them_to_the_nearer(name: str) -> None:
    numbers = wide(every(name) if name != "float32" else patterns(name, 100_000, seed=1))
    numbers = numbers[np.abs(numbers) < FORMATS[name].largest]
    above = wide(np.nextafter(cast(name, np.abs(numbers)), cast(name, np.array(np.inf))))
    middle = np.copysign((np.abs(numbers) + above) / 2, numbers)
    for beside in (middle, np.nextafter(middle, np.inf), np.nextafter(middle, -np.inf), middle * (1 + 2.0**-24), middle * (1 - 2.0**-24)):
        assert_same_bits(name, ours(name, beside), cast(name, beside))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("float16", 65504.0, 65504.0),
        ("float16", 65519.99, 65504.0),
        ("float16", np.nextafter(65520.0, 0.0), 65504.0),
        ("float16", 65520.0, np.inf),
        ("float16", -65520.0, -np.inf),
        ("float16", 1e300, np.inf),
        ("float16", 2.0**-25, 0.0),
        ("float16", np.nextafter(2.0**-25, 1.0), 2.0**-24),
        ("float16", 1 + 2.0**-11 + 2.0**-40, 1 + 2.0**-10),  # by way of float32 it would be a tie, and 1
        ("bfloat16", 1 + 2.0**-8 + 2.0**-40, 1.0),  # here it is, for ml_dtypes goes by way of float32
        ("bfloat16", (2 - 2.0**-8) * 2.0**127, np.inf),
        ("bfloat16", (2 - 2.0**-8 - 2.0**-23) * 2.0**127, FORMATS["bfloat16"].largest),
        ("float32", (2 - 2.0**-24) * 2.0**127, np.inf),
        ("float32", np.nextafter((2 - 2.0**-24) * 2.0**127, 0.0), FORMATS["float32"].largest),
        ("float32", 2.0**-150, 0.0),
        ("float32", -1.0000001 * 2.0**-150, -(2.0**-149)),
    ],
)
def test_the_ends_of_the_formats(name: str, value: float, expected: float) -> None:
    assert rounded(PLACES[name], float(value)) == expected
    assert_same_bits(name, ours(name, np.array([value])), cast(name, np.array([value])))


@reduced
@pytest.mark.parametrize("value", [0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 1.7e308, -1.7e308])
def test_zeros_keep_their_sign_and_nan_and_infinity_stay(name: str, value: float) -> None:
    assert_same_bits(name, ours(name, np.array([value])), cast(name, np.array([value])))


@reduced
@given(st.floats())
def test_any_float64_is_rounded_as_the_authority_casts_it(name: str, value: float) -> None:
    assert_same_bits(name, ours(name, np.array([value])), cast(name, np.array([value])))


@reduced
def test_random_weights_are_rounded_as_the_authority_casts_them(name: str) -> None:
    """One in 20,000 lies so near a midpoint of float16 that float32 in between would send it the other way."""
    weights = np.random.default_rng(0).standard_normal(200_000)
    assert_same_bits(name, ours(name, weights), cast(name, weights))


@given(st.floats())
@example(np.nan)
def test_float64_is_left_as_it_is(value: float) -> None:
    np.testing.assert_array_equal(rounded(FLOAT64, value), value)


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_the_ranges_of_the_formats_are_those_that_the_authority_names(name: str) -> None:
    kind = np.float64 if name == "float64" else TYPES[name][0]
    limits, ends = ml_dtypes.finfo(kind), FORMATS[name]
    assert ends.largest == float(limits.max)
    assert ends.smallest_normal == float(limits.smallest_normal)
    assert ends.smallest_subnormal == float(limits.smallest_subnormal)
    assert Fraction(2) ** (1 - ends.bits) == Fraction(float(limits.eps))


# --- arithmetic ----------------------------------------------------------------------------------------------------------------------------


def assert_same_arithmetic(name: str, operation: Callable[[Any, Any], Any], a: Bits, b: Bits) -> None:
    with np.errstate(all="ignore"):
        assert_same_bits(name, ours(name, operation(wide(a), wide(b))), operation(a, b))


@reduced
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_arithmetic_on_random_bit_patterns_is_the_formats_own(name: str, operation: Callable[[Any, Any], Any]) -> None:
    a, b = patterns(name, 150_000, seed=2), patterns(name, 150_000, seed=3)[::-1]
    assert_same_arithmetic(name, operation, a, b)
    whole = TYPES[name][1]
    # of nearly the same size, where a sum rounds and a difference cancels; integers wrap around
    near = (a.view(whole) + np.random.default_rng(4).integers(0, 5000, len(a), dtype=whole)).view(TYPES[name][0])
    assert_same_arithmetic(name, operation, a, near)


@reduced
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
@given(data=st.data())
def test_arithmetic_on_any_two_numbers_is_the_formats_own(name: str, operation: Callable[[Any, Any], Any], data: st.DataObject) -> None:
    kind, whole = TYPES[name]
    numbers = st.floats(width=32 if name != "float16" else 16).map(lambda value: np.array([value], np.float32).astype(kind))
    any_bits = st.integers(0, np.iinfo(whole).max).map(lambda bits: np.array([bits], whole).view(kind))
    with np.errstate(all="ignore"):
        a, b = data.draw(numbers | any_bits), data.draw(numbers | any_bits)
    assert_same_arithmetic(name, operation, a, b)


# --- where numba is missing ----------------------------------------------------------------------------------------------------------------

WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
from gradviz import Config, record
from gradviz.core.compiled import COMPILED
from gradviz.core.formats import FORMAT_NAMES
burst = [record(Config(layers=3, number_format=name, inputs=(1e300,), targets=(-1e300,), learning_rate=1e300, epochs=2)).ending.kind for name in FORMAT_NAMES]
print(COMPILED, *burst)
"""


def test_without_numba_a_number_beyond_the_format_is_infinite_and_no_warning(python_environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_NUMBA], env=python_environment, capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.split() == ["False"] + ["diverged"] * 4
