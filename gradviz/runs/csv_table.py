"""A person's own table: read from a CSV file, and refused in a sentence where it is none."""

from __future__ import annotations

import csv
import math
import os
import re
from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TextIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import PARAMETERS, ConfigError
from gradviz.core.datasets import Floats
from gradviz.runs.files import FileError, explained

#: A table beyond one of these is refused before it fills the memory.
LARGEST_FILE = 64_000_000
LARGEST_LINE = 1_000_000
MOST_CELLS = 10_000_000
MOST_LINES = int(PARAMETERS["samples"].meta.le or 0)
DELIMITERS = (",", ";", "\t")
#: A file's place on the disk, the nanosecond in which it was written, and its bytes.
Stamp = tuple[int, int, int]
#: Each row's last line in the file, and its cells.
Rows = Iterator[tuple[int, list[str]]]
DECIMAL_COMMA = re.compile(r"[+-]?[\d.]*,\d+(e[+-]?\d+)?", re.IGNORECASE)


class Table(msgspec.Struct, frozen=True, eq=False):
    """A table as it was read, m samples and d columns besides the target.

    inputs (m, d); the target column's cells as text (m) and as numbers (m,), NaN where a cell holds no finite number; and the line of
    the file (m,) that each sample stands in.
    """

    columns: tuple[str, ...]
    target: str
    inputs: Floats
    cells: tuple[str, ...]
    numbers: Floats
    lines: NDArray[np.int64]

    def __post_init__(self) -> None:
        for shared in (self.inputs, self.numbers, self.lines):  # with whoever reads the same file next
            shared.setflags(write=False)


def read_table(path: Path, target: str = "") -> Table:
    """The table in a CSV file: a header line that names the columns, then a line for each sample, with numbers in every column but the target.

    Cells are separated by commas, semicolons or tabs, whichever fits; the text is UTF-8, with or without a byte-order mark; blank lines
    are passed over. The target is the last column where none is named. The last table read is kept until its file changes. Raises
    FileError with the line and the column of what is wrong, and ConfigError where there is no column of the target's name.
    """
    with _in_sentences(path):
        return _read(path, target, _ordinary(path))


def columns_of(path: Path) -> tuple[str, ...]:
    """The names in a CSV file's header line; only the beginning of the file is read. Raises FileError where there is no header."""
    with _in_sentences(path):
        _ordinary(path)
        with _opened(path) as (columns, _):
            return columns


def stamp(path: Path) -> Stamp | None:
    """What tells a file from itself at another time: its place on the disk, when it was written, and its bytes; None where there is none."""
    try:
        return _stamp(path.stat())
    except (OSError, ValueError):
        return None


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_ino, status.st_mtime_ns, status.st_size


@contextmanager
def _in_sentences(path: Path) -> Iterator[None]:
    """What goes wrong with the file in this block becomes a FileError."""
    try:
        yield
    except OSError as problem:
        raise explained(problem, path, "read") from problem
    except UnicodeDecodeError:
        raise FileError(f"Cannot read '{path}': {_not_utf8(path)} is not UTF-8 text; save it as 'CSV UTF-8'.") from None
    except ValueError as problem:  # a name that no file can have, such as one with a zero byte
        if isinstance(problem, ConfigError):
            raise
        raise FileError(f"Cannot read {shown(str(path))}: no file can have this name.") from problem


def _ordinary(path: Path) -> Stamp:
    """The stamp of a file that can be read to its end."""
    status = path.stat()
    if path.is_dir():
        raise FileError(f"Cannot read '{path}': it is a folder; choose a CSV file in it.")
    if not path.is_file():
        raise FileError(f"Cannot read '{path}': it is not an ordinary file.")
    if status.st_size > LARGEST_FILE:
        raise FileError(
            f"Cannot read '{path}': it has {status.st_size / 1e6:,.1f} MB, and a table may have {LARGEST_FILE / 1e6:,.0f} MB at most; keep fewer of its lines."
        )
    return _stamp(status)


def _not_utf8(path: Path) -> str:
    """Where it is that a file is not UTF-8."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return f"line {number:,}"
    return "it"


@lru_cache(maxsize=1)
def _read(path: Path, target: str, _unchanged: Stamp) -> Table:
    with _opened(path) as (columns, rows):
        return _filled(path, columns, _target(columns, target), rows)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[tuple[str, ...], Rows]]:
    """The columns' names, and the rows below the header as they are read."""
    with path.open("rb") as binary:
        start = binary.read(4096)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileError(f"Cannot read '{path}': it is UTF-16 text; save it as 'CSV UTF-8'.")
    if b"\0" in start:
        raise FileError(f"Cannot read '{path}': it is not a text file; a spreadsheet must be exported as CSV first.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        delimiter = _delimiter(path, file)
        file.seek(0)
        rows = _rows(path, file, delimiter)
        _, header = next(rows, (0, []))
        yield _columns(path, header), rows


def _delimiter(path: Path, file: TextIO) -> str:
    """Of the delimiters the one that gives the header and the line below it equally many cells, and the header the most."""

    def fit(delimiter: str) -> tuple[bool, int]:
        file.seek(0)
        try:
            widths = [len(row) for row in islice(filter(any, csv.reader(_lines(path, file), delimiter=delimiter, skipinitialspace=True)), 2)]
        except csv.Error:
            return False, 0
        return widths[:1] == widths[1:] != [1], sum(widths[:1])

    return max(DELIMITERS, key=fit)


def _lines(path: Path, file: TextIO) -> Iterator[str]:
    """The file's lines: none so long that it fills the memory, and not so many blank ones that passing over them takes minutes."""
    count = 0
    while line := file.readline(LARGEST_LINE + 1):
        count += 1
        if len(line) > LARGEST_LINE:
            raise FileError(f"Cannot read '{path}': it has a line of more than {LARGEST_LINE:,} characters; is it a table?")
        if count > 2 * MOST_LINES:
            raise FileError(f"Cannot read '{path}': it has more than {2 * MOST_LINES:,} lines, blank ones counted; keep fewer of them.")
        yield line


def _rows(path: Path, file: TextIO, delimiter: str) -> Rows:
    """Each row's last line in the file, counted from 1, and its cells without the space around them; blank lines are passed over."""
    reader = csv.reader(_lines(path, file), delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if len(cells) > 1 or any(cells):
                yield reader.line_num, cells
    except csv.Error as problem:
        raise FileError(f"Cannot read '{path}': line {reader.line_num:,} is no line of a CSV file ({problem}); is a quotation mark left open?") from None


def _columns(path: Path, header: list[str]) -> tuple[str, ...]:
    """The header's names; raises FileError where it is no header."""
    doubled = next((name for name, times in Counter(header).items() if name and times > 1), None)
    problem = ""
    if not header:
        problem = "it is empty"
    elif _like_data(header):
        problem = "its first line holds numbers; it must be a header line that names the columns"
    elif "" in header:
        problem = f"its first line leaves column {header.index('') + 1:,} without a name; name it, or delete the column"
    elif doubled is not None:
        problem = f"its first line names two columns {shown(doubled)}; each column needs a name of its own"
    elif len(header) == 1:
        problem = f"it has one column, {shown(header[0])}; it takes two or more, separated by commas, semicolons or tabs"
    if problem:
        raise FileError(f"Cannot use '{path}': {problem}.")
    return tuple(header)


def _like_data(header: list[str]) -> bool:
    """Whether it is no header: all numbers, or fractions beside one name, as 5.1, 3.5, setosa; 0, 1, 2, target is one that tables often get."""
    numbers = [number for number in map(_number, header) if not math.isnan(number)]
    return len(numbers) == len(header) or (len(numbers) == len(header) - 1 and any(number % 1 for number in numbers))


def _target(columns: tuple[str, ...], target: str) -> int:
    """The target column's place."""
    target = target.strip() or columns[-1]
    if target not in columns:
        more = f" and {len(columns) - 20:,} more" if len(columns) > 20 else ""
        named = ", ".join(map(shown, columns[:20]))
        raise ConfigError("csv_target", f"csv_target is {shown(target)}, and the table has no such column; its columns are {named}{more}.")
    return columns.index(target)


def _filled(path: Path, columns: tuple[str, ...], target: int, rows: Rows) -> Table:
    inputs, cells, lines = array("d"), [], array("q")
    for line, row in rows:
        answer = row[target] if len(row) == len(columns) else ""
        numbers = [_number(cell) for cell in row[:target] + row[target + 1 :]]
        if not answer or math.isnan(sum(numbers)) or DECIMAL_COMMA.fullmatch(answer):
            raise FileError(f"Cannot use '{path}': line {line:,} {_wrong(columns, target, row)}.")
        inputs.extend(numbers)
        cells.append(answer)
        lines.append(line)
        if len(inputs) + len(cells) > MOST_CELLS or len(cells) > MOST_LINES:
            raise FileError(f"Cannot use '{path}': it has more than {MOST_CELLS:,} cells or {MOST_LINES:,} lines of data; keep fewer of them.")
    if len(cells) < 2:
        found = "no line" if not cells else "one line"
        raise FileError(f"Cannot use '{path}': it has {found} of data below the header; it takes two or more.")
    values = np.array(inputs).reshape(len(cells), len(columns) - 1)
    return Table(columns, columns[target], values, tuple(cells), np.array([_number(cell) for cell in cells]), np.array(lines))


def _wrong(columns: tuple[str, ...], target: int, row: list[str]) -> str:
    """What is wrong with a row, to follow the words `line 5`."""
    if len(row) != len(columns):
        return f"has {len(row):,} cell{'s' * (len(row) != 1)}, and the header names {len(columns):,} columns"
    bad = (place for place, cell in enumerate(row) if not cell or DECIMAL_COMMA.fullmatch(cell) or (place != target and math.isnan(_number(cell))))
    place = next(bad)
    column, cell = shown(columns[place]), row[place]
    if not cell:
        return f"has nothing in column {column}; fill the gap, or delete the line"
    if DECIMAL_COMMA.fullmatch(cell):
        return f"holds {shown(cell)} in column {column}; numbers must have a decimal point, as 0.5, and nothing between thousands"
    if not_finite(cell):
        return f"holds {shown(cell)} in column {column}, which is no finite number; fill it in, or delete the line"
    return f"holds {shown(cell)} in column {column}, which is no number; only the target column, here {shown(columns[target])}, may hold text"


def _number(cell: str) -> float:
    """The finite number that a cell holds; NaN where it holds none."""
    try:
        number = float(cell)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) and "_" not in cell else math.nan


def not_finite(cell: str) -> bool:
    """Whether a cell holds NaN, an infinity, or a number beyond the floats."""
    try:
        return not math.isfinite(float(cell))
    except ValueError:
        return False


def shown(text: str) -> str:
    """What stands in a file, in quotation marks, short and on one line."""
    text = text if text.isprintable() else ascii(text)[1:-1]
    return f"'{text if len(text) <= 40 else text[:37] + '...'}'"
