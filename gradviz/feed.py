"""The one doorway between worker and window: credit goes one way, finished items the other.

The window asks for n items; the worker waits until something is asked for, makes at most that much, and puts it. So nothing is lost, memory
is bounded, a busy screen slows the worker instead of drowning, and a stop wakes it at once. The worker waits *before* it makes an item
and not after: a knob that is turned while it waits acts on the very next item.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Condition
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class Order:
    """What the window wants now: at most so many, the knobs turned since the last order, and what is looked at (None: everything)."""

    count: int
    changes: tuple[tuple[str, Any], ...]
    looked_at: frozenset[str] | None = None


class Feed(Generic[Item]):
    """Hands items from a worker thread to a window at the pace that the window asks for."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._credit = 0
        self._items: list[Item] = []
        self._changes: list[tuple[str, Any]] = []
        self._looked_at: frozenset[str] | None = None
        self._stopped = False
        self._finished = False
        self._error: BaseException | None = None

    # the window's side; no call waits

    def ask(self, count: int) -> None:
        """Let the worker make at most `count` more; 0 pauses it."""
        with self._changed:
            self._credit = count
            self._changed.notify_all()

    def ask_more(self, count: int) -> None:
        """Let the worker make `count` more than it may already."""
        with self._changed:
            self._credit += count
            self._changed.notify_all()

    def turn(self, name: str, value: Any, *, each: bool = False) -> None:
        """Turn a knob before the next item is made; the last value counts, or each of them."""
        with self._changed:
            if not each:
                self._changes = [change for change in self._changes if change[0] != name]
            self._changes.append((name, value))

    def look_at(self, names: frozenset[str]) -> None:
        """Say what of the next items is looked at, so that nothing else need be worked out."""
        with self._changed:
            self._looked_at = names

    def take(self) -> list[Item]:
        """Everything that was put since the last call, oldest first."""
        with self._changed:
            items, self._items = self._items, []
            return items

    def stop(self) -> None:
        """Let the worker end as soon as it looks."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        """Whether the worker should end."""
        with self._changed:
            return self._stopped

    @property
    def finished(self) -> bool:
        """Whether the worker has ended; what it put before that can still be taken."""
        with self._changed:
            return self._finished

    @property
    def error(self) -> BaseException | None:
        """What ended the worker, where that was an error."""
        with self._changed:
            return self._error

    # the worker's side

    def wait(self) -> Order | None:
        """Wait until something is asked for; None when the worker should end."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._credit > 0)
            if self._stopped:
                return None
            changes, self._changes = tuple(self._changes), []
            return Order(self._credit, changes, self._looked_at)

    def put(self, item: Item, count: int) -> None:
        """Hand over an item that uses up `count` of what was asked for."""
        with self._changed:
            self._items.append(item)
            self._credit = max(0, self._credit - count)

    def finish(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come, and why, where that was an error."""
        with self._changed:
            self._finished = True
            self._error = error
