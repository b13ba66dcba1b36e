"""Curves in words: what is said of them is so."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from gradviz.ui.told.trends import Axis, capital, course, sentences, spans

DECADES, VALUES = Axis(True), Axis(False)
EPOCHS = Axis(True, "epoch", False)
BACK = np.arange(99.0, 0.0, -1.0)


def test_a_straight_line_in_decades_is_an_exponential_law_with_its_pace() -> None:
    said = course(BACK, -4.0 - 3.0 * (99.0 - BACK), DECADES)
    assert said == (
        "from 1.00×10⁻⁴ at layer 99 it falls to 1.00×10⁻²⁹⁸ at layer 1: 294 decades over 98 layers, 3 a layer, in a straight line, which is an exponential law"
    )


@pytest.mark.parametrize(
    ("heights", "words"),
    [
        (np.full(99, -2.0), "it stays near 0.01 from layer 99 to layer 1"),
        (-2.0 - 0.02 * np.sin(BACK), "it stays near 0.00999 from layer 99 to layer 1"),
        (
            np.where(BACK > 50, -2.0 - 0.1 * (99 - BACK), -6.9),
            "it first falls to 1.26×10⁻⁷ at layer 50 (0.1 decades a layer), then stays near 1.26×10⁻⁷ up to layer 1",
        ),
        (-0.002 * (BACK - 40.0) ** 2, "it first rises to 1 at layer 40, then falls to 9.08×10⁻⁴ at layer 1"),
        (1.5 * np.log10(BACK / 99.0), "it falls to 0.00102 at layer 1: 2.99 decades over 98 layers, 0.0305 a layer, ever more steeply"),
        (-5.0 * (1.0 - np.exp((BACK - 99.0) / 10.0)), "nearly all of it up to layer 69"),
        (-5.0 * np.exp(-(BACK - 1.0) / 10.0), "nearly all of it from layer 31 on"),
        (-5.0 * (1.0 - np.exp((BACK - 99.0) / 40.0)), "at first more steeply, then ever less"),
    ],
    ids=["flat", "hardly moves", "corner", "turns", "power law", "soon", "late", "bent"],
)
def test_the_shape_is_said(heights, words: str) -> None:
    assert words in course(BACK, heights, DECADES)


def test_a_jagged_curve_is_told_by_its_ends_its_extremes_and_its_greatest_leap() -> None:
    heights = np.array([0.0, -1.0, 0.5, -2.0, 1.0, -3.0, 2.0, -1.5, 0.25, -0.5])
    said = course(np.arange(10.0), heights, DECADES)
    assert "goes up and down, by up to 5 decades from one layer to the next, from 1 at layer 0 to 0.3162 at layer 9".replace("0.3162", "0.316") in said
    assert said.endswith("least 0.001 at layer 5, greatest 100 at layer 6")


def test_numbers_without_decades_are_told_as_they_are() -> None:
    assert course(np.arange(4.0), np.array([0.0, 0.25, 0.5, 0.75]), VALUES) == "from 0 at layer 0 it rises to 0.75 at layer 3, in a straight line"
    assert course(np.array([7.0]), np.array([-0.5]), VALUES) == "it is −0.5 at layer 7"
    assert course(np.empty(0), np.empty(0), VALUES) == ""


def test_over_epochs_no_law_is_told_of_layers() -> None:
    assert course(np.arange(50.0), -0.1 * np.arange(50.0), EPOCHS).endswith("4.9 decades over 49 epochs, in a straight line")


@given(npst.arrays(np.float64, st.integers(1, 60), elements=st.floats(-400.0, 300.0)), st.booleans())
def test_whatever_the_curve_both_its_ends_are_told_and_all_is_readable(heights, decades: bool) -> None:
    places = np.arange(len(heights), dtype=np.float64)
    said = course(places, heights, Axis(decades))
    assert f"layer {len(heights) - 1}" in said
    assert "layer 0" in said
    assert not re.search(r"nan|inf|\de[-+]?\d", said)
    assert said.count("(") == said.count(")")


@given(npst.arrays(np.float64, st.integers(2, 60), elements=st.floats(-300.0, 300.0)))
def test_a_curve_that_is_said_to_fall_ends_below_where_it_begins(heights) -> None:
    said = course(np.arange(len(heights), dtype=np.float64), heights, DECADES)
    if " it falls " in said:
        assert heights[-1] < heights[0]
    if " it rises " in said:
        assert heights[-1] > heights[0]


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ([5], "layer 5"),
        ([1, 2, 3], "layers 1 to 3"),
        ([1, 2, 3, 7, 9], "layers 1 to 3, 7 and 9"),
        ([1, 3, 5, 7, 8], "layers 1, 3, 5 and 2 more"),
        (range(1000, 2001), "layers 1,000 to 2,000"),
    ],
)
def test_layers_are_counted_up(places, words: str) -> None:
    assert spans(np.array(list(places))) == words


def test_sentences_begin_as_sentences_do_but_symbols_stay_as_they_are() -> None:
    assert (
        sentences(["it falls", "", "x = 1: it rises", "φ goes", "|g| too.", "“run”: it stays"])
        == "It falls. x = 1: it rises. φ goes. |g| too. “run”: it stays."
    )
    assert capital("float64 holds all of it") == "Float64 holds all of it."
