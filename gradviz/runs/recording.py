"""What a run keeps in bounded memory: costs in growing columns, profiles in chunks that thin out by powers of two."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.frames import Frames
from gradviz.runs.chunks import Chunk, Layout

#: One append thins out about twice as many frames as it adds, or this many: a window that records must not stop for it.
THINNED_AT_ONCE = 64
#: The first thinning out keeps one frame in so many: with their extremes, one in two would take more memory than all of them.
FIRST_STRIDE = 4


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


class Progression(NamedTuple):
    """From this number in the order of observation on, the observed epochs are as far apart as `step` says; 0 while only one is known."""

    number: int
    epoch: int
    step: int


class ObservedEpochs:
    """Which epochs were observed, as arithmetic progressions: one is enough where every n-th epoch is observed, however many."""

    def __init__(self) -> None:
        self.count = 0
        self._parts: list[Progression] = []

    @classmethod
    def spread(cls, epochs: NDArray[np.int64], stride: int, count: int) -> ObservedEpochs:
        """So many, of which every stride-th is known: evenly spread in between, and as far apart after the last one as before it."""
        steps = np.diff(epochs) // stride
        steps = np.append(steps, steps[-1:] if len(steps) else 0)
        kept = cls()
        kept.count = count
        kept._parts = [Progression(int(place) * stride, int(epochs[place]), int(steps[place])) for place in np.flatnonzero(np.diff(steps, prepend=-1))]
        return kept

    def extend(self, epochs: NDArray[np.int64]) -> None:
        """Add epochs, which are later than all before and increase."""
        while len(epochs):
            agreeing = 0
            if self._parts:
                number, epoch, step = self._parts[-1]
                step = step or int(epochs[0]) - epoch
                self._parts[-1] = Progression(number, epoch, step)
                expected = epoch + step * np.arange(self.count - number, self.count - number + len(epochs))
                agrees = epochs == expected
                agreeing = len(epochs) if agrees.all() else int(np.argmin(agrees))
                self.count += agreeing
            if agreeing < len(epochs):
                self._parts.append(Progression(self.count, int(epochs[agreeing]), 0))
                self.count += 1
            epochs = epochs[agreeing + 1 :]

    def before(self, epoch: int) -> int:
        """How many of them are before this one."""
        place = bisect_left(self._parts, epoch, key=lambda part: part.epoch)
        if not place:
            return 0
        number, first, step = self._parts[place - 1]
        end = self._parts[place].number if place < len(self._parts) else self.count
        return min(end, number + (-((first - epoch) // step) if step else 1))

    def cut(self, count: int) -> ObservedEpochs:
        """The first so many of them."""
        kept = ObservedEpochs()
        kept.count = count
        kept._parts = [part for part in self._parts if part.number < count]
        return kept


class KeptFrames:
    """Frames in the order they came; past `memory` bytes the first of every `stride` is left, with the least and greatest numbers of its span.

    The stride is a power of two and doubles whenever memory is full. Chunks that are full never change again, so that copies share them.
    """

    def __init__(self, memory: int) -> None:
        self.stride = 1
        self.rows = 0
        self.bytes = 0
        self.memory = memory
        self._layout: Layout | None = None
        self._observed = ObservedEpochs()
        self._chunks: list[Chunk] = []
        self._clean = 0  # so many chunks are as thin as the stride says

    @classmethod
    def restored(cls, frames: Frames, low: Frames | None, high: Frames | None, stride: int, observed: int, *, memory: int = sys.maxsize) -> KeptFrames:
        """What was kept of so many observed frames: the first of every `stride`, and the extremes of their spans (None: the frames themselves)."""
        kept = cls(memory)
        kept.stride = stride
        frames, low, high = (part.rows(slice(-(-observed // stride))) for part in (frames, low or frames, high or frames))
        if len(frames):
            kept._add(frames, low, high, stride)
            kept._chunks[-1].next = observed
            kept._observed = ObservedEpochs.spread(frames.epoch, stride, observed)
        return kept

    def append(self, frames: Frames) -> None:
        """Keep these frames, which were observed after all others."""
        if len(frames):
            self._add(frames, frames, frames, 1)
            self._observed.extend(frames.epoch)
            self._thin(max(THINNED_AT_ONCE, 2 * len(frames)), until=self.memory)

    def before(self, epoch: int) -> KeptFrames:
        """What was kept before this epoch was observed, as if no later one had been; whatever is appended to either is not in the other.

        Extremes of a span that reached beyond cannot be told apart: it keeps its first frame alone.
        """
        count = self._observed.before(epoch)
        kept = KeptFrames(self.memory)
        if count:
            *whole, last = self._chunks[: bisect_left(self._chunks, count, key=lambda chunk: chunk.number)]
            kept.stride, kept._layout, kept._observed = self.stride, self._layout, self._observed.cut(count)
            kept._chunks = [*whole, last.cut(count)]
            kept._clean = min(self._clean, len(kept._chunks))
            kept._count(kept._chunks, 1)
        return kept

    def blocks(self) -> list[Frames]:
        """Everything that is kept."""
        self._thin(sys.maxsize, until=sys.maxsize)
        return self.between(0, sys.maxsize)

    def between(self, first: int, last: int) -> list[Frames]:
        """What is kept of these epochs, both included; costs by what it finds, and finishes no thinning out that is under way."""
        return [chunk.frames(rows) for chunk, rows in self._found(first, last)]

    def extremes(self, first: int, last: int) -> list[tuple[Frames, Frames]]:
        """Of each frame of between(), block by block, the least and the greatest numbers of the span that it stands for."""
        return [chunk.extremes(rows) for chunk, rows in self._found(first, last)]

    def _found(self, first: int, last: int) -> Iterator[tuple[Chunk, slice]]:
        for place in range(max(0, bisect_right(self._chunks, first, key=lambda chunk: chunk.begins) - 1), len(self._chunks)):
            chunk = self._chunks[place]
            if chunk.begins > last:
                return
            rows = chunk.found(first, last)
            if rows.start < rows.stop:
                yield chunk, rows

    def _add(self, first: Frames, low: Frames, high: Frames, stride: int) -> None:
        """Put spans of so many frames into chunks, the last one and as many new ones as it takes."""
        self._layout = self._layout or Layout(first, self.memory)
        number, done = self._observed.count, 0
        columns = first.columns(), low.columns(), high.columns()
        while done < len(first):
            if not self._chunks or number == self._chunks[-1].end:
                self._chunks.append(self._new_chunk(self._layout, number))
            chunk = self._chunks[-1]
            rows = slice(done, done - (number - chunk.end) // stride)
            self._count([chunk], -1)
            chunk.add(number, stride, *({name: column[rows] for name, column in some.items()} for some in columns))
            self._count([chunk], 1)
            number, done = number + (rows.stop - done) * stride, rows.stop

    def _new_chunk(self, layout: Layout, number: int) -> Chunk:
        """A chunk as thin as it can begin here; one that is less so thins out with those that are on its left."""
        self._clean += self._clean == len(self._chunks)  # then it begins where the stride asks for
        before = number // layout.room
        stride = min(self.stride, before & -before) if before else self.stride
        return Chunk(layout, number, stride)

    def _thin(self, most: int, until: int) -> None:
        """Go on thinning out, by about so many frames; with many of them it takes several calls, and memory runs over by a quarter meanwhile."""
        while most > 0:
            if self._clean == len(self._chunks):
                if self.bytes <= until or self.rows <= 1:
                    return
                self.stride = 2 * self.stride if self.stride > 1 else FIRST_STRIDE
                self._clean = 0
            most -= self._thin_some()

    def _thin_some(self) -> int:
        """Make one chunk of as many as have room in it; says how many frames that were."""
        assert self._layout is not None, "there are chunks"
        thin = Chunk(self._layout, self._chunks[self._clean].number, self.stride)
        stop = bisect_left(self._chunks, thin.end, key=lambda chunk: chunk.number)
        thick = self._chunks[self._clean : stop]
        self._clean += 1
        if thick[0].stride == self.stride:
            return 1
        for chunk in thick:
            thin.add_all(chunk)
        self._chunks[self._clean - 1 : stop] = [thin]
        self._count(thick, -1)
        self._count([thin], 1)
        return sum(chunk.rows for chunk in thick)

    def _count(self, chunks: list[Chunk], sign: int) -> None:
        """Add what these chunks hold to what is held, or take it off."""
        self.rows += sign * sum(chunk.rows for chunk in chunks)
        self.bytes += sign * sum(chunk.bytes for chunk in chunks)
