"""What a run keeps in bounded memory: costs in growing columns, profiles in blocks that thin out by powers of two."""

from __future__ import annotations

import sys
from bisect import bisect_right
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.training import Frames

#: One append thins out no more than twice as many frames as it adds, or this many: a window that records must not stop for it.
THINNED_AT_ONCE = 64


class GrowingColumns:
    """Equally long one-dimensional columns that grow at their end; past `limit` rows, every second row goes."""

    def __init__(self, limit: int, **columns: type) -> None:
        self._limit = limit
        self._buffers: dict[str, NDArray[Any]] = {name: np.empty(1024, kind) for name, kind in columns.items()}
        self._rows = 0
        self._seen = 0
        self.stride = 1

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The column so far, a read-only view that later appends leave alone."""
        view = self._buffers[name][: self._rows]
        view.setflags(write=False)
        return view

    def append(self, **values: NDArray[Any]) -> None:
        count = len(next(iter(values.values())))
        kept = slice(-self._seen % self.stride, None, self.stride)
        self._seen += count
        added = len(range(*kept.indices(count)))
        for name, buffer in self._buffers.items():
            if self._rows + added > len(buffer):
                grown = np.empty(max(2 * len(buffer), self._rows + added), buffer.dtype)
                grown[: self._rows] = buffer[: self._rows]
                self._buffers[name] = buffer = grown
            buffer[self._rows : self._rows + added] = values[name][kept]
        self._rows += added
        while self._rows > self._limit:
            self._buffers = {name: buffer[: self._rows : 2].copy() for name, buffer in self._buffers.items()}
            self._rows = len(next(iter(self._buffers.values())))
            self.stride *= 2


class Block(NamedTuple):
    """Frames that came together, or what thinning out has left of them."""

    begins: int  # the first epoch that came
    numbers: NDArray[np.int64]  # each frame's number in the order of observation
    frames: Frames


class KeptFrames:
    """Frames in the order they came; past `memory` bytes every second one goes, and again, so that one in `stride` is left."""

    def __init__(self, memory: int) -> None:
        self.stride = 1
        self.rows = 0
        self._memory = memory
        self._observed = 0
        self._blocks: list[Block] = []
        self._clean = 0  # so many blocks hold nothing but what the stride leaves

    def append(self, frames: Frames) -> None:
        numbers = np.arange(self._observed, self._observed + len(frames))
        self._observed += len(frames)
        block = self._thinned(Block(int(frames.epoch[0]), numbers, frames))
        if len(block.numbers):
            self._clean += self._clean == len(self._blocks)
            self._blocks.append(block)
            self.rows += len(block.numbers)
        self._thin(max(THINNED_AT_ONCE, 2 * len(frames)), frames.bytes_each)

    def blocks(self) -> list[Frames]:
        """Everything that is kept."""
        self._thin(sys.maxsize, 0)
        return [block.frames for block in self._blocks]

    def between(self, first: int, last: int) -> list[Frames]:
        """What is kept of these epochs, both included; costs by what it finds, and finishes no thinning out that is under way."""
        found = []
        for place in range(max(0, bisect_right(self._blocks, first, key=lambda block: block.begins) - 1), len(self._blocks)):
            begins, _, frames = self._blocks[place]
            if begins > last:
                break
            rows = slice(int(np.searchsorted(frames.epoch, first)), int(np.searchsorted(frames.epoch, last, side="right")))
            if rows.start < rows.stop:
                found.append(frames if rows.stop - rows.start == len(frames) else frames.rows(rows))
        return found

    def _thin(self, most: int, bytes_each: int) -> None:
        """Go on thinning out, by at most so many frames; with many of them it takes several calls, and memory runs over by a quarter meanwhile."""
        while most > 0:
            if self._clean == len(self._blocks):
                if self.rows * bytes_each <= self._memory or self.rows <= 1:
                    return
                self.stride *= 2
                self._clean = 0
            before = self._blocks[self._clean]
            after = self._blocks[self._clean] = self._thinned(before)
            self._clean += 1
            self.rows -= len(before.numbers) - len(after.numbers)
            most -= max(1, len(before.numbers))
            if self._clean == len(self._blocks):
                self._blocks = [block for block in self._blocks if len(block.numbers)]
                self._clean = len(self._blocks)

    def _thinned(self, block: Block) -> Block:
        left = np.flatnonzero(block.numbers % self.stride == 0)
        if len(left) == len(block.numbers):
            return block
        return Block(block.begins, block.numbers[left], block.frames.rows(left))  # a copy: a slice would keep the whole block alive
