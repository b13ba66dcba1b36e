"""A run's numbers as the rows of a table, in one of two forms, piece by piece, so that no run is too long for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.frames import Frames
from gradviz.runs.columns import EPOCH, LAYER, Field, profile_fields, profile_values, score_fields
from gradviz.runs.tables import Line, Shown

Floats = NDArray[np.float64]

#: A piece of a table has about so many cells: what is done with it in one go keeps a window waiting for a few milliseconds.
PIECE = 50_000
SAMPLE_MEANS = "counted from 0 in the order of the inputs; nothing where a number belongs to all samples"
STATISTIC_MEANS = "of units and samples; nothing where there is only one number"


class Cells(NamedTuple):
    """The cells (n,) of one column of a piece, and which of them are there at all; None is all. One that is there may still be NaN."""

    values: NDArray[np.float64] | NDArray[np.int64] | list[str]
    there: NDArray[np.bool_] | None = None


Piece = Sequence[Cells]


class Table(NamedTuple):
    """Columns, how many rows there are, and the rows of some of the columns in pieces, as often as they are asked for."""

    fields: tuple[Field, ...]
    rows: int
    some: Callable[[Sequence[int]], Iterator[Piece]]

    def pieces(self) -> Iterator[Piece]:
        """All rows."""
        return self.some(range(len(self.fields)))


#: What stands for numbers that are none, by their repr.
Specials = Mapping[str, bytes]
WORDS: Specials = {"nan": b"nan", "inf": b"inf", "-inf": b"-inf"}


def number_texts(cells: Cells, specials: Specials, nothing: bytes, start: bytes = b"", end: bytes = b"") -> list[bytes]:
    """Numbers as text that reads back as the same bits, each between start and end: as many of 17 digits as it takes, and -0.0 and 1.0 with their point.

    One call for all of them: a loop over numbers would take five times as long, and the interpreter's lock with it.
    """
    values = cells.values
    assert not isinstance(values, list), "words are no numbers"
    if not len(values):
        return []
    encoded: bytes = msgspec.json.encode(values.tolist())[1:-1]
    texts = (start + encoded.replace(b",", end + b"\n" + start) + end).split(b"\n")
    for place in np.flatnonzero(~np.isfinite(values)).tolist():
        texts[place] = specials[repr(float(values[place]))]
    if cells.there is not None:
        for place in np.flatnonzero(~cells.there).tolist():
            texts[place] = nothing
    return texts


# --- the wide form -------------------------------------------------------------------------------------------------------------------------


def wide_table(what: Shown) -> Table:
    """A row for each epoch and layer, and a column for each number there is of it.

    An epoch's scores stand in its first row, once. Where there is no such number - a weight of the input, a percentile that was not worked out for that
    epoch - there is no cell; columns without any are left out.
    """
    profiles = tuple(field for field in profile_fields(what) if _any_there(what, field))
    scores = score_fields(what)
    spread = _Spread(what, profiles, scores)
    return Table(spread.fields, spread.rows, spread.pieces)


def _any_there(what: Shown, field: Field) -> bool:
    return any(bool(_there(profile_values(what, field, frames), field, what).any()) for frames in what.frames)


def _there(values: Floats, field: Field, what: Shown) -> NDArray[np.bool_]:
    """Which numbers (frames, layers) are there: not those of layers before the first, nor a statistic that was not worked out for an epoch."""
    there = np.ones(values.shape, np.bool_)
    there[:, : field.first] = False
    if what.run.config.wide and field.part is not None:
        there[np.isnan(values[:, field.first :]).all(axis=1)] = False
    return there


class _Rows(NamedTuple):
    """Consecutive rows: their epochs, at which row each begins and how many it has, and the frames of those whose profiles are kept."""

    epochs: NDArray[np.int64]
    begins: NDArray[np.int64]
    counts: NDArray[np.int64]
    kept: NDArray[np.bool_]
    frames: Frames | None


class _Spread:
    """The rows of a wide table: an epoch has one for each layer where its profiles are kept, and else one for its scores."""

    def __init__(self, what: Shown, profiles: tuple[Field, ...], scores: tuple[Field, ...]) -> None:
        self.fields = (EPOCH, *([LAYER] if profiles else []), *profiles, *scores)
        self._what, self._scores = what, frozenset(field.name for field in scores)
        self._blocks = what.frames if what.profiles or what.whole else ()
        self._lasts = np.array([frames.epoch[-1] for frames in self._blocks], np.int64)
        kept = np.concatenate([np.empty(0, np.int64), *(frames.epoch for frames in self._blocks)])
        self._epochs = np.union1d(kept, what.run.epoch[: what.scored] if what.scores else kept)
        self._kept = np.isin(self._epochs, kept, assume_unique=True)
        self._first = 0 if scores else min((field.first or 0 for field in profiles), default=0)
        each = what.run.config.layers - self._first if profiles else 1
        self._ends = np.cumsum(np.where(self._kept, each, 1))
        self.rows = int(self._ends[-1]) if len(self._ends) else 0

    def pieces(self, places: Sequence[int]) -> Iterator[Piece]:
        """All rows of these columns, in pieces of whole epochs."""
        at_once = max(1, PIECE // len(places))
        begin = done = 0
        while begin < len(self._epochs):
            end = max(begin + 1, int(np.searchsorted(self._ends, done + at_once, side="right")))
            rows = self._rows(slice(begin, end), done)
            yield [self._cells(self.fields[place], rows) for place in places]
            begin, done = end, int(self._ends[end - 1])

    def _rows(self, span: slice, done: int) -> _Rows:
        epochs, kept = self._epochs[span], self._kept[span]
        counts = np.diff(self._ends[span], prepend=done)
        return _Rows(epochs, np.cumsum(counts) - counts, counts, kept, self._frames(epochs[kept]))

    def _cells(self, field: Field, rows: _Rows) -> Cells:
        if field is EPOCH:
            return Cells(np.repeat(rows.epochs, rows.counts))
        if field is LAYER:
            return Cells(np.arange(rows.counts.sum()) - np.repeat(rows.begins, rows.counts) + self._first)
        return self._score_cells(field, rows) if field.name in self._scores else self._profile_cells(field, rows)

    def _profile_cells(self, field: Field, rows: _Rows) -> Cells:
        of_layers = np.repeat(rows.kept, rows.counts)
        values, there = np.full(len(of_layers), np.nan), np.zeros(len(of_layers), np.bool_)
        if rows.frames is not None:
            found = profile_values(self._what, field, rows.frames)
            values[of_layers] = found[:, self._first :].ravel()
            there[of_layers] = _there(found, field, self._what)[:, self._first :].ravel()
        return Cells(values, there)

    def _score_cells(self, field: Field, rows: _Rows) -> Cells:
        """A score in the first row of its epoch."""
        values = np.full(int(rows.counts.sum()), np.nan)
        there = np.zeros(len(values), np.bool_)
        found = self._score(field.quantity, rows.epochs, rows.kept, rows.frames)
        values[rows.begins] = found
        there[rows.begins] = True if field.quantity == "cost" else ~np.isnan(found)
        return Cells(values, there)

    def _score(self, name: str, epochs: NDArray[np.int64], kept: NDArray[np.bool_], frames: Frames | None) -> Floats:
        """A score of each of these epochs; NaN where it is not known."""
        values, run = np.full(len(epochs), np.nan), self._what.run
        if name in self._what.scores and len(run.epoch):
            places = np.minimum(np.searchsorted(run.epoch, epochs), len(run.epoch) - 1)
            known = run.epoch[places] == epochs
            values[known] = run.score(name)[places[known]]
        if frames is not None:
            values[kept] = getattr(frames, name)
        return values

    def _frames(self, epochs: NDArray[np.int64]) -> Frames | None:
        """The kept frames of these epochs, which follow on each other; None where there are none."""
        if not len(epochs):
            return None
        parts = []
        begin, end = np.searchsorted(self._lasts, epochs[[0, -1]])
        for block in self._blocks[begin : end + 1]:
            rows = slice(int(np.searchsorted(block.epoch, epochs[0])), int(np.searchsorted(block.epoch, epochs[-1], side="right")))
            if rows.start < rows.stop:
                parts.append(block.rows(rows))
        return parts[0] if len(parts) == 1 else Frames.joined(parts)


# --- the long form -------------------------------------------------------------------------------------------------------------------------


def long_table(what: Shown) -> Table:
    """A row for each number: its epoch, quantity, sample (of a wide network: statistic), layer and value, as in the CSV table."""
    wide = what.run.config.wide
    part = Field("statistic", "", STATISTIC_MEANS, "statistic", "word") if wide else Field("sample", "", SAMPLE_MEANS, "sample", "whole")
    quantity = Field("quantity", "", f"which number it is: {', '.join(what.names)}", "quantity", "word")
    layer, value = LAYER._replace(name="layer"), Field("value", "", "the number itself", "value")
    return Table((EPOCH, quantity, part, layer, value), sum(len(line.values) for line in what.lines), lambda places: _long_pieces(what, places))


class _Gathered(NamedTuple):
    """Consecutive lines, and how many rows each has; of a wide network or not."""

    lines: Sequence[Line]
    counts: Sequence[int]
    wide: bool

    def repeated(self, words: Sequence[str]) -> list[str]:
        """A word of each line in each of its rows."""
        return [word for word, count in zip(words, self.counts, strict=True) for _ in range(count)]

    def epochs(self) -> Cells:
        return Cells(np.repeat([line.epoch for line in self.lines], self.counts))

    def quantities(self) -> Cells:
        return Cells(self.repeated([line.quantity for line in self.lines]))

    def parts(self) -> Cells:
        parts, there = [line.part for line in self.lines], np.repeat([bool(line.part) for line in self.lines], self.counts)
        return Cells(self.repeated(parts) if self.wide else np.repeat([int(part or 0) for part in parts], self.counts), there)

    def layers(self) -> Cells:
        steps = np.arange(sum(self.counts)) - np.repeat(np.cumsum(self.counts) - self.counts, self.counts)
        there = np.repeat([line.first is not None for line in self.lines], self.counts)
        return Cells(steps + np.repeat([line.first or 0 for line in self.lines], self.counts), there)

    def values(self) -> Cells:
        return Cells(np.array([value for line in self.lines for value in line.values]))


#: The columns of the long form.
LONG = (_Gathered.epochs, _Gathered.quantities, _Gathered.parts, _Gathered.layers, _Gathered.values)


def _long_pieces(what: Shown, places: Sequence[int]) -> Iterator[Piece]:
    gathered: list[Line] = []
    rows = 0
    for line in what.lines:
        gathered.append(line)
        rows += len(line.values)
        if rows >= PIECE // len(LONG):
            yield _long_piece(gathered, what.run.config, places)
            gathered, rows = [], 0
    if gathered:
        yield _long_piece(gathered, what.run.config, places)


def _long_piece(lines: Sequence[Line], config: Config, places: Sequence[int]) -> Piece:
    gathered = _Gathered(lines, [len(line.values) for line in lines], config.wide)
    return [LONG[place](gathered) for place in places]
