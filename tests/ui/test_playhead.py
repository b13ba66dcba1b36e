"""The playhead: it never leaves what is recorded, plays at its speed whatever the clock's ticks, and goes round its loop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradviz import Config, record
from gradviz.runs.run import Run
from gradviz.ui.playhead import (
    Playhead,
    advanced,
    at_speed,
    bookmarked,
    followed,
    loop_within,
    looped,
    moved,
    played,
    stepped,
    to_bookmark,
    trailing,
)

NEWEST = 40
#: Speeds and times whose products a float holds exactly.
speeds = st.sampled_from([-32.0, -4.0, -0.5, 0.25, 1.0, 8.0, 64.0])
times = st.integers(0, 64).map(lambda ticks: ticks / 64)
epochs = st.integers(0, NEWEST)
loops = st.none() | st.tuples(epochs, epochs)


#: What a person may do, with a number, where so many epochs are recorded.
DEEDS: dict[str, Callable[[Playhead, int, int], Playhead]] = {
    "move": moved,
    "advance": lambda head, number, newest: advanced(head, max(0, number) / 7, newest),
    "play": lambda head, _number, newest: played(head, newest),
    "loop": lambda head, number, _newest: looped(head, (number, 2 * number + 3)),
    "speed": lambda head, number, _newest: at_speed(head, float(number)),
    "mark": lambda head, number, _newest: bookmarked(head, max(0, number)),
    "follow": lambda head, _number, _newest: followed(head),
    "jump": lambda head, number, newest: to_bookmark(head, newest, 1 if number > 0 else -1),
}


@st.composite
def heads(draw: st.DrawFn) -> Playhead:
    """A playhead as a person may have left it."""
    head = looped(at_speed(Playhead(), draw(speeds)), draw(loops))
    where = draw(st.none() | epochs)
    head = head if where is None else moved(head, where, NEWEST)
    return played(head, NEWEST) if draw(st.booleans()) else head


@pytest.fixture(scope="module")
def run() -> Run:
    return record(Config(layers=3, epochs=NEWEST + 1))


def inside(head: Playhead, newest: int) -> bool:
    return head.cursor is None or 0 <= head.cursor <= newest


@given(heads(), st.lists(st.tuples(st.sampled_from(sorted(DEEDS)), st.integers(-9, 60)), max_size=25))
def test_whatever_a_person_does_the_cursor_stays_on_what_is_recorded(head: Playhead, deeds: list[tuple[str, int]]) -> None:
    newest = NEWEST
    for deed, number in deeds:
        newest += 1  # the training goes on
        head = DEEDS[deed](head, number, newest)
        assert inside(head, newest), deed
        assert 0 <= head.epoch(newest) <= newest
        assert head.speed != 0.0
        assert not (head.live and head.playing), "what is followed is not played back"


@given(heads(), times, times)
def test_two_ticks_are_as_far_as_one_of_both_together(head: Playhead, first: float, second: float) -> None:
    assert advanced(advanced(head, first, NEWEST), second, NEWEST) == advanced(head, first + second, NEWEST)


@given(heads(), st.lists(times, min_size=1, max_size=30))
def test_a_loop_is_never_left_and_all_of_it_is_seen(head: Playhead, ticks: list[float]) -> None:
    head = head if head.playing else played(head, NEWEST)
    loop = loop_within(head, NEWEST)
    assume(loop is not None)
    assert loop is not None
    for seconds in ticks:
        head = advanced(head, seconds, NEWEST)
        assert loop[0] <= head.epoch(NEWEST) <= loop[1]
        assert head.playing
    seen = set()
    for _ in range(loop[1] - loop[0] + 1):
        seen.add(head.epoch(NEWEST))
        head = advanced(head, 1 / abs(head.speed), NEWEST)
    assert seen == set(range(loop[0], loop[1] + 1)), "each epoch for as long as every other"


@pytest.mark.parametrize(("speed", "seen"), [(2.0, [5, 5, 6, 6, 7]), (-2.0, [5, 5, 4, 4, 3])])
def test_forwards_and_backwards_each_epoch_stays_for_its_time(speed: float, seen: list[int]) -> None:
    head = played(moved(at_speed(Playhead(), speed), 5, NEWEST), NEWEST)
    there = []
    for _ in seen:
        there.append(head.cursor)
        head = advanced(head, 0.25, NEWEST)
    if speed < 0:  # the first tick leaves the epoch that it began with
        there, seen = there[:1] + there[2:], seen[:1] + seen[2:]
    assert there == seen


def test_playing_ends_at_the_newest_which_it_then_follows_and_backwards_at_0() -> None:
    head = played(moved(Playhead(speed=30.0), 38, NEWEST), NEWEST)
    assert advanced(head, 10.0, NEWEST).live
    back = played(moved(Playhead(speed=-30.0), 2, NEWEST), NEWEST)
    ended = advanced(back, 10.0, NEWEST)
    assert (ended.cursor, ended.playing) == (0, False)


def test_where_nothing_is_left_to_play_it_begins_again() -> None:
    assert played(Playhead(speed=30.0), NEWEST).cursor == 0
    assert played(moved(Playhead(speed=-30.0), 0, NEWEST), NEWEST).cursor == NEWEST
    assert played(moved(looped(Playhead(speed=30.0), (10, 20)), 30, NEWEST), NEWEST).cursor == 10
    assert not played(Playhead(), 0).playing, "one epoch is nothing to play"


def test_pausing_keeps_the_epoch() -> None:
    head = advanced(played(moved(Playhead(speed=8.0), 3, NEWEST), NEWEST), 1.0, NEWEST)
    paused = played(head, NEWEST)
    assert (paused.cursor, paused.playing) == (11, False)
    assert advanced(paused, 5.0, NEWEST) == paused


def test_the_newest_epoch_is_followed_and_an_earlier_one_is_not() -> None:
    assert moved(Playhead(), 40, NEWEST).live
    assert moved(Playhead(), 99, NEWEST).live
    behind = moved(Playhead(), 39, NEWEST)
    assert (behind.epoch(NEWEST), behind.epoch(NEWEST + 500), behind.live) == (39, 39, False)
    assert Playhead().epoch(NEWEST + 500) == NEWEST + 500


def test_a_loop_beyond_what_is_recorded_is_shorter_or_waits() -> None:
    assert loop_within(looped(Playhead(), (30, 90)), NEWEST) == (30, NEWEST)
    assert loop_within(looped(Playhead(), (60, 90)), NEWEST) is None
    assert looped(Playhead(), (7, 7)).loop is None
    assert looped(Playhead(), (9, -4)).loop == (0, 9)


@pytest.mark.parametrize("speed", [0.0, float("nan"), float("inf")])
def test_what_is_no_speed_changes_nothing(speed: float) -> None:
    assert at_speed(Playhead(speed=5.0), speed).speed == 5.0


def test_steps_go_from_one_recorded_epoch_to_the_next_and_follow_at_the_end(run: Run) -> None:
    head = stepped(Playhead(), run, -1)
    assert head.cursor == NEWEST - 1
    assert stepped(head, run, 1).live
    first = moved(Playhead(), 0, NEWEST)
    assert stepped(first, run, -1) == first
    assert stepped(Playhead(), Run(run.config), -1) == Playhead(), "of nothing there is no step"


def test_where_profiles_are_thinned_out_every_step_shows_another_one(run: Run) -> None:
    thinned = Run(run.config, memory=run.profile_bytes // 2)
    for block in run.frames.rows(slice(0, 20)), run.frames.rows(slice(20, None)):
        thinned.append(block)
    assert thinned.stride > 1
    kept = thinned.frames.epoch.tolist()
    head = moved(Playhead(), kept[3] + 1, NEWEST)  # a drag may end between two that are kept
    assert stepped(head, thinned, -1).cursor == kept[2]
    assert stepped(head, thinned, 1).cursor == kept[4]


def test_bookmarks_are_put_taken_away_and_gone_to() -> None:
    head = bookmarked(bookmarked(bookmarked(Playhead(), 30), 5), 12)
    assert head.bookmarks == (5, 12, 30)
    assert bookmarked(head, 12).bookmarks == (5, 30)
    back = to_bookmark(head, NEWEST, -1)
    assert back.cursor == 30
    assert to_bookmark(back, NEWEST, -1).cursor == 12
    assert to_bookmark(moved(head, 5, NEWEST), NEWEST, -1).cursor == 5, "there is none before it"
    assert to_bookmark(moved(head, 5, NEWEST), NEWEST, 1).cursor == 12


def test_trails_reach_back_so_many_epochs() -> None:
    assert trailing(Playhead(), 50).trails == 50
    assert trailing(Playhead(), -3).trails == 0
