"""The thread that turns the crank of an iterator, as fast as the window asks."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Generic, Protocol, TypeVar

from PyQt6.QtCore import QCoreApplication, QThread

from gradviz.core.training import Ask, Ending
from gradviz.feed import Feed


class Block(Protocol):
    """What comes out at each turn: so many things at once, and with the last of them an ending."""

    @property
    def ending(self) -> Ending | None: ...

    def __len__(self) -> int: ...


AnyBlock = TypeVar("AnyBlock", bound=Block)


class Worker(QThread, Generic[AnyBlock]):
    """Hands the blocks of a training, a replay or a check to the feed; ends with the last one, when the feed is stopped, or by an error."""

    def __init__(self, blocks: Generator[AnyBlock, Any, None], feed: Feed[AnyBlock], *, at_once: bool = True) -> None:
        super().__init__()
        self._blocks = blocks
        self._at_once = at_once
        self.feed = feed

    def run(self) -> None:
        error: BaseException | None = None
        try:
            self._turn()
        except Exception as problem:
            error = problem  # an exception that leaves run() would abort the process; the window shows it instead
        self.feed.finish(error)

    def _turn(self) -> None:
        if not self._at_once:
            order = self.feed.wait()
            if order is None:
                return
            for name, value in order.changes:  # they are for the epoch after the way back to where it goes on
                self.feed.turn(name, value, each=True)
        block = next(self._blocks)  # the first one is shown without being asked for
        self.feed.put(block, 0 if self._at_once else len(block))
        while not len(block) and block.ending is None and not self.feed.stopped:  # on its way back to where it goes on
            block = self._blocks.send(Ask(1))
            self.feed.put(block, 0 if self._at_once else len(block))
        while block.ending is None and (order := self.feed.wait()):
            block = self._blocks.send(Ask(order.count, order.changes, order.looked_at))
            self.feed.put(block, len(block))
        self._blocks.close()


_ending: set[QThread] = set()


def let_end(worker: QThread) -> None:
    """Keep a worker until it has ended: deleting a running thread would abort the process."""
    _ending.difference_update([other for other in _ending if other.isFinished()])
    if worker.isRunning():
        _ending.add(worker)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(worker.wait)


def end_soon(worker: Worker[Any], patience: int) -> None:
    """Tell a worker to end, and wait so many milliseconds for it; one that takes longer ends by itself."""
    worker.feed.stop()
    if worker.isRunning() and not worker.wait(patience):
        let_end(worker)


def wait_for_all() -> None:
    """Wait until every worker that was let go has ended."""
    for worker in list(_ending):
        worker.wait()
    _ending.clear()
