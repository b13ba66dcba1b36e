"""The scales: every float64 has a place inside the view, and ranges only grow."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gradviz.ui.plots.scales import LINEAR_LIMIT, ROOM_BELOW, Decades, Linear, Range, Scale, decade_ticks, exact, power_of_ten, round_up, signs

NAN, INF = float("nan"), float("inf")
SCALES = {"decades": Decades, "linear": Linear, "bounded": lambda: Linear(Range(-1.1, 1.1)), "from zero": lambda: Linear(from_zero=True)}
ANY = st.floats(allow_subnormal=True)
MANY = st.lists(ANY, min_size=1, max_size=12)


def in_view(scale: Scale, values: np.ndarray, before: Range | None) -> Range:
    """Check that every value is on the axis inside the view, or in a lane inside the view; the range."""
    placed = scale.place(values)
    covered = scale.covering(placed, before)
    broken = bool((np.isnan(placed) | (placed == INF)).any())
    view = scale.view(covered, broken=broken)
    assert all(map(math.isfinite, (*covered, *view)))
    assert view.low <= covered.low < covered.high <= view.high
    for value, place in zip(values, placed, strict=True):
        if np.isfinite(place):
            assert covered.low <= place <= covered.high
        elif place == -INF:
            assert value == 0
            assert view.low < scale.zero_lane(covered) < covered.low
        else:
            assert not np.isfinite(value) or abs(value) > LINEAR_LIMIT
            assert covered.high < scale.broken_lane(covered) < view.high
    return covered


@pytest.mark.parametrize("name", SCALES)
@given(values=MANY, more=MANY, pixels=st.floats(0, 5000))
@example(values=[0.0], more=[NAN], pixels=200.0)
@example(values=[5e-324], more=[1.7976931348623157e308, -1.7976931348623157e308], pixels=200.0)
@example(values=[1.0], more=[1.0], pixels=200.0)
@example(values=[LINEAR_LIMIT, -LINEAR_LIMIT], more=[INF, -INF], pixels=0.0)
def test_every_value_is_in_view_and_the_range_only_grows(name: str, values: list[float], more: list[float], pixels: float) -> None:
    scale = SCALES[name]()
    scale.make_room(pixels)
    first = in_view(scale, np.array(values), None)
    second = in_view(scale, np.array(more), first)
    assert second.low <= first.low
    assert second.high >= first.high
    third = in_view(scale, np.array([*values, *more]), second)
    assert third == second


@pytest.mark.parametrize("fixed", [False, True])
@given(MANY)
def test_decades_are_whole(fixed: bool, values: list[float]) -> None:
    scale = Decades(fixed=fixed)
    covered = scale.covering(scale.place(np.array(values)), None)
    assert covered.low == int(covered.low)
    assert covered.high == int(covered.high)


@given(values=MANY, more=MANY, pixels=st.floats(0, 5000))
@example(values=[1e300], more=[5e-324, 0.0, NAN], pixels=100.0)
@example(values=[0.0, NAN], more=[1.0], pixels=100.0)
def test_a_fixed_range_has_room_for_what_comes_first_and_stays(values: list[float], more: list[float], pixels: float) -> None:
    scale = Decades(fixed=True)
    scale.make_room(pixels)
    first = in_view(scale, np.array(values), None)
    sizes = [math.log10(abs(value)) for value in values if math.isfinite(value) and value != 0.0]
    if sizes:
        assert first.low <= min(sizes) - 16.0 + 1e-9
        assert first.high >= max(sizes) + 1.0 - 1e-9
        step = round_up(max(max(sizes) - min(sizes) + 17.0, 10.0) / 10)
        assert first.low > min(sizes) - 16.0 - step - 1e-9, "but no more room than a step"
        assert first.high < max(sizes) + 1.0 + step + 1e-9
        placed = scale.place(np.array(more))
        assert scale.covering(placed, first) == first


@given(MANY, st.floats(0, 5000))
def test_the_lanes_of_decades_stand_apart_in_their_order(values: list[float], pixels: float) -> None:
    scale = Decades(fixed=True)
    scale.make_room(pixels)
    covered = scale.covering(scale.place(np.array(values)), None)
    without = scale.view(covered, broken=False)
    assert without.low < scale.zero_lane(covered) < covered.low
    scale.subnormals = True
    view = scale.view(covered, broken=False)
    lanes = [view.low, scale.zero_lane(covered), scale.subnormal_lane(covered), covered.low, covered.high, scale.broken_lane(covered), view.high]
    assert lanes == sorted(lanes)
    gap = scale.broken_lane(covered) - covered.high
    assert min(np.diff(lanes[1:4])) == pytest.approx(gap), "a label fits between two lanes"
    assert view.low < without.low


def test_a_range_of_decades_is_no_wider_than_a_step_beyond_the_data() -> None:
    scale = Decades()
    assert scale.covering(np.array([-3.2, 0.5]), None) == Range(-4.0, 1.0)
    assert scale.covering(np.array([-297.0, -1.5]), None) == Range(-300.0, 0.0)
    assert scale.covering(np.array([-2.0]), None) == Range(-3.0, -2.0)


def test_bounds_are_kept_until_something_leaves_them() -> None:
    scale = Linear(Range(-1.1, 1.1))
    assert scale.covering(np.array([0.1, 0.2]), None) == Range(-1.1, 1.1)
    grown = scale.covering(np.array([3.0]), None)
    assert grown.low <= -1.1
    assert grown.high >= 3.0


def test_from_zero_stands_on_zero_until_there_is_less() -> None:
    scale = Linear(from_zero=True)
    assert scale.covering(np.array([0.02, 0.2]), None).low == 0
    assert scale.covering(np.array([-0.02, 0.2]), None).low < -0.01


@pytest.mark.parametrize(
    ("number", "rounded"),
    [(1.0, 1.0), (1.01, 2.0), (2.0, 2.0), (3.0, 5.0), (5.0, 5.0), (5.1, 10.0), (99.0, 100.0), (0.03, 0.05), (1e-300, 1e-300), (1e9, 1e9)],
)
def test_round_up_goes_by_1_2_5(number: float, rounded: float) -> None:
    assert round_up(number) == pytest.approx(rounded, rel=1e-12)


@given(st.floats(1e-300, 1e300))
def test_round_up_is_never_less(number: float) -> None:
    assert number * (1 - 1e-8) <= round_up(number) <= 2.6 * number


@pytest.mark.parametrize(("exponent", "label"), [(0, "1"), (1, "10"), (2, "10²"), (-1, "10⁻¹"), (-324, "10⁻³²⁴"), (308, "10³⁰⁸")])
def test_a_power_of_ten_is_printed_as_in_a_book(exponent: float, label: str) -> None:
    assert power_of_ten(exponent) == label


@given(st.integers(-330, 310), st.integers(1, 640), st.floats(20, 2000))
def test_ticks_are_round_decades_and_leave_room_for_their_labels(low: int, span: int, room: float) -> None:
    covered = Range(float(low), float(low + span))
    ticks = decade_ticks(covered, room)
    assert all(covered.low <= tick <= covered.high and tick == round(tick) for tick in ticks)
    assert len(ticks) <= max(2, room / 28 + 1), "a label is as high as that"
    assert len(ticks) >= 2, "one number is no scale"
    steps = np.diff(ticks)
    assert len(set(steps)) <= 1


@given(ANY)
def test_exact_digits_read_back_as_the_same_float(value: float) -> None:
    text = exact(value).replace("−", "-").replace("∞", "inf")
    assert repr(float(text)) == repr(float(value))
    assert text.replace("inf", "∞").replace("-", "−") == exact(value)


@pytest.mark.parametrize(("plain", "printed"), [("-1.5e-07", "−1.5e−07"), ("inf", "∞"), ("-inf", "−∞"), ("nan", "NaN")])
def test_signs_are_those_of_print(plain: str, printed: str) -> None:
    assert signs(plain) == printed


def test_a_fixed_range_of_decades_waits_for_the_first_number() -> None:
    scale = Decades(fixed=True)
    nothing = scale.covering(np.array([-np.inf, np.nan]), None)
    chosen = scale.covering(np.array([-np.inf, -30.0]), nothing)
    assert chosen.low <= -30.0 - ROOM_BELOW
    assert chosen.high >= -30.0
    assert scale.covering(np.array([-400.0, 200.0]), chosen) == chosen
