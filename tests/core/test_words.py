"""Numbers as a book prints them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.core.words import SUPERSCRIPTS, scientific, short

PLAIN = {value: key for key, value in SUPERSCRIPTS.items()}


def read(text: str) -> float:
    """The number that the words say."""
    mantissa, _, exponent = text.replace("−", "-").partition("×10")
    return float(f"{mantissa}e{exponent.translate(PLAIN)}") if exponent else float(mantissa)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (-0.5, "−0.5"),
        (0.12495456, "0.124955"),
        (1.92442e-22, "1.92442×10⁻²²"),
        (-2.5e7, "−2.5×10⁷"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
    ],
)
def test_a_short_number(value: float, words: str) -> None:
    assert short(value) == words


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_short_number_reads_back_to_six_digits(value: float) -> None:
    assert read(short(value)) == pytest.approx(value, rel=5.1e-6, abs=5e-324)


@pytest.mark.parametrize(
    ("sign", "decades", "words"),
    [
        (-1.0, -6079.5, "−3.16×10⁻⁶⁰⁸⁰"),
        (1.0, 0.0, "1.00"),
        (1.0, 2.9999999, "1.00×10³"),
        (0.0, 5.0, "0"),
        (1.0, -math.inf, "0"),
        (-1.0, math.inf, "−∞"),
        (1.0, math.nan, "NaN"),
    ],
)
def test_a_number_by_sign_and_decades(sign: float, decades: float, words: str) -> None:
    assert scientific(sign, decades) == words
