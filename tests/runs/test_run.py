"""A run keeps every cost, bounds the memory of its profiles, and never loses the newest frame."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz import Config, record, train
from gradviz.core.training import Ask, Ending, Frames, Intervention
from gradviz.runs.run import Run

CONFIG = Config(layers=5, epochs=200, weight_scale=0.8, learning_rate=0.5)
BYTES_A_FRAME = 8 * (2 * 2 * 5 + 2 * 5)  # h and g of two samples, dw and w


def assert_same(one: Frames, other: Frames) -> None:
    for name in Frames.COLUMNS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


def whole() -> Frames:
    return Frames.joined(list(train(CONFIG)))


def in_pieces(sizes: list[int]) -> Iterator[Frames]:
    """All 200 frames in blocks of these sizes, and the rest as one."""
    frames, start = whole(), 0
    for size in [*sizes, len(frames)]:
        yield frames.rows(slice(start, start + size))
        start += size


def test_a_recorded_run_holds_everything_that_was_handed_out() -> None:
    run = record(CONFIG)
    assert_same(run.frames, whole())
    np.testing.assert_array_equal(run.epoch, np.arange(200))
    np.testing.assert_array_equal(run.cost, whole().cost)
    for name in ("h", "g", "dw", "w"):
        np.testing.assert_array_equal(getattr(run, name), getattr(whole(), name))
    assert (run.epochs_done, run.stride, run.ending) == (200, 1, Ending("done", "200 epochs done."))


def test_a_run_is_read_only_and_what_it_gave_stays_while_it_grows() -> None:
    run = Run(CONFIG)
    blocks = in_pieces([3, 5])
    run.append(next(blocks))
    cost, frames = run.cost, run.frames
    for column in (cost, run.epoch, frames.h, run.newest.g):
        with pytest.raises(ValueError, match="read-only"):
            column[...] = 0
    for block in blocks:
        run.append(block)
    np.testing.assert_array_equal(cost, whole().cost[:3])
    assert_same(frames, whole().rows(slice(0, 3)))
    assert_same(run.frames, whole())


def test_a_run_without_frames_is_empty_and_not_an_error() -> None:
    run = Run(CONFIG)
    assert (len(run.frames), len(run.cost), run.epochs_done, run.at(0)) == (0, 0, 0, None)
    run.stop()
    assert run.ending == Ending("stopped", "Stopped after 0 of 200 epochs.")


@given(st.lists(st.integers(0, 30), max_size=30), st.integers(0, 60), st.booleans())
def test_thinned_profiles_stay_in_memory_are_evenly_spaced_and_end_with_the_newest(sizes: list[int], room: int, looked_at: bool) -> None:
    run = Run(CONFIG, memory=room * BYTES_A_FRAME)
    everything = whole()
    seen = 0
    for block in in_pieces(sizes):
        run.append(block)
        seen += len(block)
        assert run.profile_bytes <= max(3.1, room) * 1.25 * BYTES_A_FRAME + 100, "thinning out may lag behind by a quarter, and not by more"
        if seen and (looked_at or seen == len(everything)):
            expected = sorted({*range(0, seen, run.stride), seen - 1})
            assert_same(run.frames, everything.rows(expected))
            assert_same(run.newest, everything.rows([seen - 1]))
            np.testing.assert_array_equal(run.cost, everything.cost[:seen])
    assert run.stride & (run.stride - 1) == 0, "every second frame goes, and again: the stride is a power of two"
    if 0 < room < 200:
        assert len(run.frames) > room / 7 - 1, "more was thrown away than had to be: a frame that is thinned has its extremes beside it"
    if room == 0:
        assert len(run.frames) <= 2


def test_the_frame_of_an_epoch_is_found_where_it_is_kept() -> None:
    run = Run(CONFIG, memory=25 * BYTES_A_FRAME)
    for block in in_pieces([]):
        run.append(block)
    assert run.stride == 32
    found = run.at(64)
    assert found is not None
    assert_same(found, whole().rows([64]))
    newest = run.at(199)
    assert newest is not None
    assert_same(newest, run.newest)
    assert [run.at(epoch) for epoch in (-1, 65, 200)] == [None, None, None]


def test_stopping_notes_how_far_it_came_but_does_not_overrule_an_ending() -> None:
    run = Run(CONFIG.replace(epochs=12_000))
    training = train(run.config)
    run.append(next(training))
    run.append(training.send(Ask(frames=1500)))
    run.append(training.send(Ask(frames=1500)))
    run.stop()
    assert run.ending == Ending("stopped", f"Stopped after {run.epochs_done:,} of 12,000 epochs.")
    done = record(CONFIG)
    done.stop()
    assert done.ending == Ending("done", "200 epochs done.")


def test_interventions_are_part_of_the_run_and_record_it_again() -> None:
    run = Run(CONFIG)
    training = train(CONFIG)
    run.append(next(training))
    run.append(training.send(Ask(frames=20, changes=(("learning_rate", 2.0),))))
    run.append(training.send(Ask(frames=30)))
    run.append(training.send(Ask(changes=(("learning_rate", 0.1),))))
    assert run.interventions == [Intervention(1, "learning_rate", 2.0), Intervention(51, "learning_rate", 0.1)]
    assert_same(record(CONFIG, run.interventions).frames, run.frames)


def test_the_learning_rate_of_an_update_is_the_one_last_turned() -> None:
    """Told by the update itself: w[k] -= alpha dw[k]."""
    turned = [Intervention(3, "learning_rate", 2.0), Intervention(3, "learning_rate", 1.5), Intervention(10, "learning_rate", 0.01)]
    run = record(CONFIG.replace(epochs=20), turned)
    assert [run.config_at(epoch).learning_rate for epoch in (0, 2, 3, 9, 10, 19, 10**9)] == [0.5, 0.5, 1.5, 1.5, 0.01, 0.01, 0.01]
    for epoch in range(19):
        np.testing.assert_array_equal(run.w[epoch + 1, 1:], run.w[epoch, 1:] - run.config_at(epoch).learning_rate * run.dw[epoch, 1:])
    assert record(CONFIG.replace(epochs=2)).config_at(1).learning_rate == 0.5


@given(st.lists(st.integers(0, 30), max_size=30), st.integers(0, 60), st.integers(-5, 210), st.integers(-5, 250))
def test_profiles_between_two_epochs_are_those_that_are_kept_and_cost_no_joining(sizes: list[int], room: int, first: int, last: int) -> None:
    run, everything = Run(CONFIG, memory=room * BYTES_A_FRAME), whole()
    seen = 0
    for block in in_pieces(sizes):
        run.append(block)
        seen += len(block)
        found = [epoch for frames in run.between(first, last) for epoch in frames.epoch.tolist()]
        assert found == sorted(set(found))
        sure = {*range(0, seen, run.stride), *([seen - 1] if seen else [])}
        assert {epoch for epoch in sure if first <= epoch <= last} <= set(found), "what the stride leaves, and the newest, is always there"
        assert all(max(first, 0) <= epoch <= min(last, seen - 1) for epoch in found)
        for frames in run.between(first, last):
            assert_same(frames, everything.rows(frames.epoch))
    assert run._joined is None
    assert_same(run.frames, Frames.joined(run.between(0)))
