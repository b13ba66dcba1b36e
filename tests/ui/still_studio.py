"""A studio in which nothing is ever made: a test looks at what was ordered, and says itself what becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from PyQt6.QtCore import QObject, pyqtSignal


class StillStudio(QObject):
    """Takes orders as Studio does, and keeps them; `sent` tells what became of one."""

    progressed = pyqtSignal(int, int, int)
    made = pyqtSignal(int, list)
    failed = pyqtSignal(int, str, str)
    cancelled = pyqtSignal(int)

    def __init__(self, shown: Any, folder: Path) -> None:
        super().__init__()
        self._shown, self._folder = shown, folder
        self.orders: dict[int, Any] = {}
        self.snapshots: list[Any] = []
        self.given_up: list[int] = []
        self.closed = False

    def order(self, make: Any) -> int:
        number = len(self.orders) + 1
        snapshot, sight = self._shown()
        self.snapshots.append(snapshot)
        self.orders[number] = make(number, msgspec.structs.replace(sight, folder=str(self._folder)))
        return number

    def cancel(self, number: int) -> None:
        self.given_up.append(number)

    def leave(self) -> None:
        self.closed = True

    close = leave

    @property
    def newest(self) -> Any:
        """The last order."""
        return self.orders[max(self.orders)]
