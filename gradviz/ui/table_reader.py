"""A person's own table is read while the window goes on: a small one at once, a large one in a thread."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec

from gradviz.core.training import Ending
from gradviz.feed import Feed
from gradviz.runs.csv_table import LARGEST_FILE, stamp
from gradviz.runs.table_check import TableCheck, check_table, glance
from gradviz.ui import state as states
from gradviz.ui.state import State
from gradviz.ui.worker import Worker

#: A table of so many bytes is read in less than 50 ms, however short its lines, which nobody waits for; a larger one in a thread.
AT_ONCE = 50_000
#: Seconds after which a person is told what takes so long.
PATIENCE = 0.4


class _Found(msgspec.Struct, frozen=True):
    """What the thread hands over: the beginning of a table, and then all of it."""

    check: TableCheck

    @property
    def ending(self) -> Ending | None:
        return Ending("done", "") if self.check.complete else None

    def __len__(self) -> int:
        return 1


class TableReader:
    """Reads the table that a state asks for, one at a time; what was asked for last is read next."""

    def __init__(self) -> None:
        self._worker: Worker[_Found] | None = None
        self._asked: tuple[Any, ...] | None = None
        self._began = 0.0
        #: What a person was told of the table that is being read; empty while it has not taken long.
        self.told = ""

    def informed(self, state: State) -> State:
        """The state with its table read, where that is soon done; otherwise a thread begins to."""
        while state.unread and _soon_read(state.unread):
            state = states.read(state, check_table(state.unread))
        if state.unread and self._worker is None:
            self._start(state.unread)
        return state

    def take(self) -> TableCheck | None:
        """The newest that the thread has found since the last call, if anything."""
        worker = self._worker
        if worker is None:
            return None
        ended = worker.feed.finished  # before taking: what is put before it ends is then taken
        found = [block.check for block in worker.feed.take()]
        if not ended:
            return found[-1] if found else None
        worker.wait()
        self._worker = None
        problem = worker.feed.error
        if problem is not None and self._asked is not None:  # no answer would leave what waits for it waiting
            words = str(problem).rstrip(".") or type(problem).__name__
            return TableCheck(self._asked, complete=True).refused("csv_file", f"The table cannot be read: {words}.")
        return found[-1] if found else None

    def news(self) -> str:
        """What a person who waits should know; once for each table that takes its time."""
        if self._worker is None or self.told or self._asked is None or time.perf_counter() - self._began < PATIENCE:
            return ""
        self.told = f"Reading '{Path(self._asked[0]).name}'…"
        return self.told

    def stop(self) -> None:
        """Let the thread end, and wait for it: deleting a running one would abort the process."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.feed.stop()
            worker.wait()

    def _start(self, asked: tuple[Any, ...]) -> None:
        self._asked, self._began, self.told = asked, time.perf_counter(), ""
        self._worker = Worker(_reading(asked), Feed())
        self._worker.feed.ask(1)
        self._worker.start()


def changed_on_disk(state: State) -> bool:
    """Whether the table's file is another than the one that was read."""
    return state.table is not None and state.table.complete and state.table.asked == state.asked and stamp(state.table.path) != state.table.found


def _soon_read(asked: tuple[Any, ...]) -> bool:
    """Whether a table is small, or refused without being read."""
    found = stamp(Path(asked[0]))
    return found is None or not AT_ONCE < found[-1] <= LARGEST_FILE


def _reading(asked: tuple[Any, ...]) -> Generator[_Found, Any, None]:
    yield _Found(glance(asked))
    yield _Found(check_table(asked))
