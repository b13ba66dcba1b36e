"""Matrix products on one thread: while a wide network trains, and not a moment longer."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from gradviz import Config, record
from gradviz.core.training import train
from gradviz.runs.blas import one_thread
from gradviz.runs.run import training

WIDE = Config(layers=4, width=3, epochs=50)


def threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


BEFORE = threads()
pytestmark = pytest.mark.skipif(BEFORE in (set(), {1}), reason="numpy's matrix products take one thread here in any case")


def test_inside_there_is_one_and_outside_as_many_as_before() -> None:
    with one_thread():
        assert threads() == {1}
        with one_thread():
            assert threads() == {1}
        assert threads() == {1}, "someone else is still inside"
    assert threads() == BEFORE


def test_an_error_inside_leaves_nothing_behind() -> None:
    with pytest.raises(ZeroDivisionError), one_thread():
        _ = 1 / 0
    assert threads() == BEFORE


def test_those_who_overlap_wait_for_the_last() -> None:
    """The window's old worker may end after the new one has begun."""
    first, second = one_thread(), one_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert threads() == {1}
    second.__exit__(None, None, None)
    assert threads() == BEFORE


def test_one_thread_after_another_may_ask_for_it() -> None:
    """Each experiment of the window trains in a thread of its own; the library lets one thread at a time have a say."""
    seen = []

    def enter() -> None:
        with one_thread():
            seen.append(threads())
        seen.append(threads())

    enter()
    for _ in range(3):
        worker = threading.Thread(target=enter)
        worker.start()
        worker.join()
    assert seen == [{1}, BEFORE] * 4


def test_threads_that_overlap_leave_it_as_it_was() -> None:
    seen, started, may_end = [], threading.Event(), threading.Event()

    def stay() -> None:
        with one_thread():
            started.set()
            may_end.wait()
            seen.append(threads())

    first = threading.Thread(target=stay)
    first.start()
    started.wait()
    with one_thread():
        may_end.set()
        first.join()
        seen.append(threads())
    assert seen == [{1}, {1}]
    assert threads() == BEFORE


def test_a_wide_training_is_inside_from_its_first_frame_to_its_end() -> None:
    frames = training(WIDE)
    assert threads() == BEFORE
    next(frames)
    assert threads() == {1}
    frames.close()
    assert threads() == BEFORE
    record(WIDE)
    assert threads() == BEFORE


def test_a_chain_is_not() -> None:
    frames = training(Config(layers=4, epochs=50))
    next(frames)
    assert threads() == BEFORE
    frames.close()


def test_a_run_has_the_same_bits_however_many_threads_there_are() -> None:
    """A sum of 2,000 products is shared out among two threads, and then rounded otherwise."""
    config = Config(layers=3, width=2000, initialization="normal", data="moons", samples=10, epochs=2)
    with one_thread():
        expected = next(train(config)).cost
    np.testing.assert_array_equal(next(training(config)).cost, expected)
