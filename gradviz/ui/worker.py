"""The thread that turns the crank of an iterator, as fast as the window asks."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Generic, Protocol, TypeVar

from PyQt6.QtCore import QThread

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

    def __init__(self, blocks: Generator[AnyBlock, Any, None], feed: Feed[AnyBlock]) -> None:
        super().__init__()
        self._blocks = blocks
        self.feed = feed

    def run(self) -> None:
        error: BaseException | None = None
        try:
            self._turn()
        except Exception as problem:
            error = problem  # an exception that leaves run() would abort the process; the window shows it instead
        self.feed.finish(error)

    def _turn(self) -> None:
        block = next(self._blocks)  # the first one is shown without being asked for
        self.feed.put(block, 0)
        while block.ending is None and (order := self.feed.wait()):
            block = self._blocks.send(Ask(order.count, order.changes, order.looked_at))
            self.feed.put(block, len(block))
        self._blocks.close()
