"""Chunks: consecutive observed frames kept together, each as it was or one for a span of several, with the extremes of what it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradviz.core.frames import Frames

#: Frames are kept together in chunks of about so many bytes, and of no more than this part of the memory: a chunk thins out as a whole.
CHUNK_BYTES = 2**19
CHUNK_PART = 1 / 64

Columns = Mapping[str, NDArray[Any]]


class Layout:
    """The columns of one kind of frames, which of them are profiles, and how many frames make a chunk: a power of two."""

    def __init__(self, frames: Frames, memory: int) -> None:
        self.kind = type(frames)
        self.columns = {name: (column.dtype, column.shape[1:]) for name, column in frames.columns().items()}
        self.profiles = tuple(name for name, (_, shape) in self.columns.items() if shape)
        each = {name: int(column.dtype.itemsize * np.prod(column.shape[1:])) for name, column in frames.columns().items()}
        self._profiles = sum(each[name] for name in self.profiles)
        self._scores = sum(each.values()) - self._profiles
        fitting = int(min(CHUNK_BYTES, memory * CHUNK_PART)) // self.bytes_each(1)
        self.room = 1 << max(0, fitting.bit_length() - 1)

    def bytes_each(self, stride: int) -> int:
        """What a kept frame takes; a thinned one has extremes too."""
        return self._scores + (1 if stride == 1 else 3) * self._profiles

    def empty(self, *names: str) -> dict[str, NDArray[Any]]:
        """Room for a chunk of these columns."""
        return {name: np.empty((self.room, *self.columns[name][1]), self.columns[name][0]) for name in names}


class Chunk:
    """Room for consecutive spans, each of `stride` observed frames: the first frame of a span, and the least and greatest of its profiles.

    It begins at a multiple of all the frames that it has room for, so that chunks thin out into one that does so too. `number` is that of its first frame in
    the order of observation. At stride 1 a frame is its own extremes.
    """

    def __init__(self, layout: Layout, number: int, stride: int) -> None:
        self.number, self.stride = number, stride
        self.rows = 0
        self.next = number  # of the frame that comes next; the last span is whole where that begins another one
        self._layout = layout
        self._first = layout.empty(*layout.columns)
        self._low, self._high = (layout.empty(*layout.profiles) if stride > 1 else {} for _ in range(2))

    @property
    def end(self) -> int:
        """The number of the first frame for which there is no room any more."""
        return self.number + self.stride * self._layout.room

    @property
    def begins(self) -> int:
        """Its first epoch."""
        return int(self._first["epoch"][0])

    @property
    def bytes(self) -> int:
        """What its frames take."""
        return self.rows * self._layout.bytes_each(self.stride)

    def add(self, number: int, stride: int, first: Columns, low: Columns, high: Columns) -> None:
        """Add the spans of `stride` frames that come next, the first of them with this number; those of one wider span become one."""
        ratio = self.stride // stride
        self.next = number + stride * len(first["epoch"])
        going_on = (self.number - number) // stride % ratio  # so many belong to the last span that is here
        begin, self.rows = self.rows, self.rows + len(first["epoch"][going_on::ratio])
        for name, column in self._first.items():
            column[begin : self.rows] = first[name][going_on::ratio]
        for extremes, added, extreme in ((self._low, low, np.fmin), (self._high, high, np.fmax)):
            for name, column in extremes.items():
                if going_on:
                    extreme(column[begin - 1], extreme.reduce(added[name][:going_on], axis=0), out=column[begin - 1])
                _reduce(extreme, added[name][going_on:], ratio, column[begin : self.rows])

    def add_all(self, other: Chunk) -> None:
        """Add all that another chunk holds, which comes next."""
        first, low, high = (other._columns(columns, slice(0, other.rows)) for columns in (other._first, other._low, other._high))
        self.add(other.number, other.stride, first, low or first, high or first)
        self.next = other.next

    def cut(self, number: int) -> Chunk:
        """A copy of what it held before the frame of this number came; a span that goes on with it is its first frame alone."""
        copy = Chunk(self._layout, self.number, self.stride)
        copy.next = min(self.next, number)
        copy.rows = -((copy.number - copy.next) // copy.stride)
        for kept, column in zip(copy._arrays(), self._arrays(), strict=True):
            kept[: copy.rows] = column[: copy.rows]
        if copy.next < min(self.next, copy._whole):
            for extremes in (copy._low, copy._high):
                for name, column in extremes.items():
                    column[copy.rows - 1] = copy._first[name][copy.rows - 1]
        return copy

    def found(self, first: int, last: int) -> slice:
        """Where the frames of these epochs are, both included."""
        epochs = self._first["epoch"][: self.rows]
        return slice(int(np.searchsorted(epochs, first)), int(np.searchsorted(epochs, last, side="right")))

    def frames(self, rows: slice) -> Frames:
        """The first frames of these spans: a view that later frames leave alone."""
        return self._layout.kind(**self._columns(self._first, rows))

    def extremes(self, rows: slice) -> tuple[Frames, Frames]:
        """The least and greatest of these spans, which later frames leave alone."""
        frames = self.frames(rows)
        if self.stride == 1:
            return frames, frames
        low, high = (self._columns(columns, rows) for columns in (self._low, self._high))
        if self.next < self._whole and rows.stop == self.rows:  # the last span goes on
            low, high = ({name: column.copy() for name, column in columns.items()} for columns in (low, high))
        return self._layout.kind(**frames.columns() | low), self._layout.kind(**frames.columns() | high)

    @property
    def _whole(self) -> int:
        """The number of the next frame when the last span will be whole."""
        return self.number + self.rows * self.stride

    def _arrays(self) -> list[NDArray[Any]]:
        return [*self._first.values(), *self._low.values(), *self._high.values()]

    @staticmethod
    def _columns(columns: Columns, rows: slice) -> dict[str, Any]:
        return {name: column[rows] for name, column in columns.items()}


def _reduce(extreme: np.ufunc, values: NDArray[Any], ratio: int, out: NDArray[Any]) -> None:
    """The extremes of every `ratio` rows, and of what is left over; ten times as quick as reduceat."""
    whole = len(values) // ratio
    if whole:
        extreme.reduce(values[: whole * ratio].reshape(whole, ratio, -1), axis=1, out=out[:whole].reshape(whole, -1))
    if whole < len(out):
        extreme.reduce(values[whole * ratio :], axis=0, out=out[whole])
