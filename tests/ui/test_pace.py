"""The pace: so many epochs a second, however the ticks come, and nothing rushed after a stall."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.ui.pace import LONGEST_DEBT, Pace, Rate, Rates


@pytest.mark.parametrize("speed", [2.0, 30.0])
def test_ticks_of_16_milliseconds_give_the_speed(speed: float) -> None:
    pace = Pace()
    given = sum(pace.due(speed, tick * 0.016) for tick in range(626))  # ten seconds
    assert given == pytest.approx(1 + 10 * speed, abs=1)


def test_the_first_epoch_is_due_at_once() -> None:
    pace = Pace()
    assert pace.due(2.0, 100.0) == 1
    assert pace.due(2.0, 100.4) == 0
    assert pace.due(2.0, 100.5) == 1


@pytest.mark.parametrize(("speed", "most"), [(2.0, 1), (30.0, 30 * LONGEST_DEBT)])
def test_after_a_stall_little_is_made_up_for(speed: float, most: float) -> None:
    pace = Pace()
    pace.due(speed, 0.0)
    assert 1 <= pace.due(speed, 60.0) <= most


def test_rest_forgets_what_was_owed_and_says_whether_something_was() -> None:
    pace = Pace()
    assert not pace.rest()
    pace.due(2.0, 0.0)
    pace.due(2.0, 0.49)
    assert pace.rest()
    assert not pace.rest()
    assert pace.due(2.0, 0.51) == 1  # as after a first press of Run
    assert pace.due(2.0, 0.52) == 0


@given(st.lists(st.floats(0.0, 2.0), min_size=1, max_size=60), st.sampled_from([2.0, 30.0]))
def test_never_more_than_the_speed_allows(steps: list[float], speed: float) -> None:
    pace, now = Pace(), 0.0
    given = 0
    for step in [0.0, *steps]:
        now += step
        due = pace.due(speed, now)
        assert due >= 0
        given += due
    assert given <= 1 + speed * now + 1e-6  # one at once, before any time has passed


def test_a_rate_is_over_the_last_second() -> None:
    rate = Rate()
    assert rate.per_second() is None
    rate.count(0, 0.0)
    assert rate.per_second() is None
    for tick in range(1, 301):
        rate.count(tick * 2, tick / 100)
    assert rate.per_second() == pytest.approx(200)
    for tick in range(301, 501):
        rate.count(600, tick / 100)
    assert rate.per_second() == 0
    rate.clear()
    assert rate.per_second() is None


def test_two_marks_at_one_moment_are_no_rate() -> None:
    rate = Rate()
    rate.count(0, 1.0)
    rate.count(5, 1.0)
    assert rate.per_second() is None


def test_new_rates_come_no_more_often_than_they_can_be_read() -> None:
    rates = Rates(0.25)
    said = [rates.count(10 * tick, 5 * tick, 100.0 + 0.1 * tick) for tick in range(11)]
    assert [number is not None for number in said] == [tick in (0, 3, 6, 9) for tick in range(11)]
    assert said[0] == (None, None), "one look is too little to say"
    assert said[9] == pytest.approx((100.0, 50.0))
    rates.clear()
    assert rates.count(1000, 1000, 102.0) == (None, None), "another experiment begins without the last one's"
