"""The feed hands everything over in order, makes no more than was asked for, and wakes a waiting worker at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from gradviz.feed import Feed, Order

#: Long enough for any machine; only a failing test waits so long.
PATIENCE = 30.0


class Worker:
    """A thread that makes the numbers 0, 1, 2 ... as the feed asks for them, `block` at a time at most."""

    def __init__(self, feed: Feed[list[int]], block: int = 10**9, fails_at: int | None = None) -> None:
        self.feed, self.block, self.fails_at = feed, block, fails_at
        self.orders: list[Order] = []
        self.made = threading.Condition()
        self.next = 0
        self.thread = threading.Thread(target=self._work, name="worker")
        self.thread.start()

    def _work(self) -> None:
        error = None
        try:
            while order := self.feed.wait():
                count = min(order.count, self.block)
                if self.fails_at is not None and self.next + count > self.fails_at:
                    raise RuntimeError("as planned")
                with self.made:
                    self.orders.append(order)
                    self.feed.put(list(range(self.next, self.next + count)), count)
                    self.next += count
                    self.made.notify_all()
        except RuntimeError as problem:
            error = problem
        self.feed.finish(error)

    def has_made(self, count: int) -> bool:
        with self.made:
            return self.made.wait_for(lambda: self.next >= count, PATIENCE)

    def end(self) -> bool:
        self.feed.stop()
        self.thread.join(PATIENCE)
        return not self.thread.is_alive()


@pytest.fixture
def start() -> Iterator[Callable[..., Worker]]:
    """Starts workers, and ends them after the test whatever it found."""
    workers: list[Worker] = []

    def started(*arguments: object, **more: object) -> Worker:
        workers.append(Worker(*arguments, **more))  # type: ignore[arg-type]
        return workers[-1]

    yield started
    awake = [worker.thread.name for worker in workers if not worker.end()]
    assert awake == [], "a worker did not wake when its feed was stopped"


def test_nothing_is_made_until_something_is_asked_for(start: Callable[..., Worker]) -> None:
    feed: Feed[list[int]] = Feed()
    worker = start(feed)
    assert feed.take() == []
    feed.ask(3)
    assert worker.has_made(3)
    assert worker.end()
    assert feed.take() == [[0, 1, 2]], "what was put before the stop is lost, or more was made than asked for"
    assert worker.orders == [Order(3, ())]


def test_everything_arrives_once_and_in_order_at_the_windows_pace(start: Callable[..., Worker]) -> None:
    feed: Feed[list[int]] = Feed()
    worker = start(feed, block=4)
    taken: list[int] = []
    asked = 0
    for count in [1, 7, 30, 2, 100] * 20:
        feed.ask(count)
        asked += count
        assert worker.has_made(asked)
        taken += [number for item in feed.take() for number in item]
        assert taken == list(range(asked))
    assert len(taken) == 2800


def test_more_can_be_asked_for_before_the_last_order_is_done(start: Callable[..., Worker]) -> None:
    feed: Feed[list[int]] = Feed()
    for _ in range(50):
        feed.ask_more(3)
    worker = start(feed, block=1)
    for _ in range(50):
        feed.ask_more(1)
    assert worker.has_made(200)
    assert worker.end()
    assert sum(map(len, feed.take())) == 200


def test_asking_for_none_pauses(start: Callable[..., Worker]) -> None:
    feed: Feed[list[int]] = Feed()
    feed.ask(1000)
    feed.ask(0)
    worker = start(feed)
    feed.turn("learning_rate", 0.5)
    assert worker.end()
    assert feed.take() == []


def test_a_knob_turned_while_the_worker_waits_acts_on_the_very_next_item_and_once(start: Callable[..., Worker]) -> None:
    feed: Feed[list[int]] = Feed()
    worker = start(feed)
    feed.ask(1)
    assert worker.has_made(1)
    feed.turn("learning_rate", 0.5)
    feed.turn("learning_rate", 0.25)
    feed.turn("weight", 3.0)
    feed.ask(1)
    assert worker.has_made(2)
    feed.ask(1)
    assert worker.has_made(3)
    assert worker.orders == [Order(1, ()), Order(1, (("learning_rate", 0.25), ("weight", 3.0))), Order(1, ())]


def test_a_stop_wakes_a_waiting_worker_and_outranks_what_is_asked_for(start: Callable[..., Worker]) -> None:
    waiting: Feed[list[int]] = Feed()
    assert start(waiting).end()
    assert waiting.finished
    stopped: Feed[list[int]] = Feed()
    stopped.ask(5)
    stopped.stop()
    assert stopped.wait() is None
    stopped.ask(5)
    assert stopped.wait() is None


def test_what_ends_the_worker_reaches_the_window_after_all_that_came_before(start: Callable[..., Worker]) -> None:
    feed: Feed[list[int]] = Feed()
    worker = start(feed, block=2, fails_at=7)
    assert (feed.finished, feed.error) == (False, None)
    feed.ask(100)
    worker.thread.join(PATIENCE)
    assert feed.finished
    assert str(feed.error) == "as planned"
    assert feed.take() == [[0, 1], [2, 3], [4, 5]]


def test_an_ordinary_end_is_no_error() -> None:
    feed: Feed[str] = Feed()
    feed.put("last", 1)
    feed.finish()
    assert (feed.finished, feed.error, feed.take(), feed.take()) == (True, None, ["last"], [])


def test_an_item_larger_than_what_was_asked_for_leaves_no_debt() -> None:
    feed: Feed[str] = Feed()
    feed.ask(2)
    feed.put("diverged, one frame more than asked for", 3)
    feed.ask_more(1)
    assert feed.wait() == Order(1, ())


def test_fifty_starts_and_stops_in_a_row_leave_nothing_running(start: Callable[..., Worker]) -> None:
    for _ in range(50):
        feed: Feed[list[int]] = Feed()
        feed.ask(10**6)
        worker = start(feed, block=1)
        assert worker.has_made(1)
        assert worker.end()
        assert feed.finished
        assert sum(map(len, feed.take())) == worker.next
