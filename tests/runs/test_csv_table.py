"""A person's own table: read to the last bit, or refused in a sentence that says where and what to do."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.core.config import ConfigError
from gradviz.runs import csv_table
from gradviz.runs.csv_table import columns_of, read_table, stamp
from gradviz.runs.files import FileError

FINITE = st.floats(allow_nan=False, allow_infinity=False)
NAME = st.text(st.characters(exclude_categories=("C", "Zl", "Zp", "Zs", "N")), min_size=1, max_size=8)


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Writes a file of these contents and gives its path."""

    def write(contents: str | bytes) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(contents.encode() if isinstance(contents, str) else contents)
        return path

    return write


@given(
    numbers=st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(FINITE, min_size=width, max_size=width), min_size=2, max_size=6)),
    names=st.lists(NAME, min_size=4, max_size=4, unique=True),
    delimiter=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
)
def test_numbers_come_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory,
    numbers: list[list[float]],
    names: list[str],
    delimiter: str,
    encoding: str,
    end: str,
    quoting: int,
) -> None:
    text = io.StringIO(newline="")
    columns = names[: len(numbers[0])]
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([columns, *numbers])
    path = tmp_path_factory.getbasetemp() / "round.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    os.utime(path, ns=(0, hash(path.read_bytes()) % 2**60))  # written within one tick of the clock, examples would pass for the same file
    read = read_table(path)
    assert read.columns == tuple(columns)
    assert read.target == columns[-1]
    np.testing.assert_array_equal(np.column_stack([read.inputs, read.numbers]).view(np.int64), np.array(numbers).view(np.int64))


def test_any_column_may_be_the_target(table: Callable[[str], Path]) -> None:
    path = table("height, kind, weight\n1.5, cat, 3\n\n2, dog, 4\n   \n2.5, cat, 5\n")
    read = read_table(path, " kind ")
    assert (read.target, read.cells, read.lines.tolist()) == ("kind", ("cat", "dog", "cat"), [2, 4, 6])
    assert read.inputs.tolist() == [[1.5, 3], [2, 4], [2.5, 5]]
    assert np.isnan(read.numbers).all()


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a;b\n1;2\n3;4\n", ("a", "b")),
        ("temperature, °C;pressure\n1;2\n3;4\n", ("temperature, °C", "pressure")),
        ('"a, b";"c"\n1;2\n3;4\n', ("a, b", "c")),
        ("a\tb\tc\n1\t2\t3\n4\t5\t6\n", ("a", "b", "c")),
        ("  \na;b\n1;2\n3;4\n", ("a", "b")),
        ("0,1,target\n1,2,3\n4,5,6\n", ("0", "1", "target")),
    ],
)
def test_the_delimiter_is_the_one_that_fits(table: Callable[[str], Path], text: str, columns: tuple[str, ...]) -> None:
    assert read_table(table(text)).columns == columns


WRONG: dict[str, tuple[str | bytes, str]] = {
    "text": ("a,b,y\n1,2,3\n1,two,3\n", "line 3 holds 'two' in column 'b', which is no number; only the target column, here 'y', may hold text."),
    "underscore": ("a,y\n1,2\n1_0,3\n", "line 3 holds '1_0' in column 'a', which is no number"),
    "decimal comma": ("a;y\n1,5;2\n2,5;3\n", "line 2 holds '1,5' in column 'a'; numbers must have a decimal point, as 0.5"),
    "thousands": ('a,y\n"1,000",2\n3,4\n', "line 2 holds '1,000' in column 'a'; numbers must have a decimal point, as 0.5, and nothing between thousands."),
    "decimal comma in the target": ("a;y\n1;2,5\n2;3,5\n", "line 2 holds '2,5' in column 'y'; numbers must have a decimal point"),
    "gap": ("a,b,y\n1,2,3\n1,,3\n", "line 3 has nothing in column 'b'; fill the gap, or delete the line."),
    "gap in the target": ("a,b,y\n1,2,3\n1,2, \n", "line 3 has nothing in column 'y'; fill the gap"),
    "short line": ("a,b,y\n1,2\n1,2,3\n", "line 2 has 2 cells, and the header names 3 columns."),
    "one cell": ("a,b,y\n1,2,3\n7\n", "line 3 has 1 cell, and the header names 3 columns."),
    "long line": ("a,y\n1,2\n1,2,3\n", "line 3 has 3 cells, and the header names 2 columns."),
    "NaN": ("a,y\n1,2\nNaN,3\n", "line 3 holds 'NaN' in column 'a', which is no finite number; fill it in, or delete the line."),
    "infinity": ("a,y\n1,2\n-inf,3\n", "line 3 holds '-inf' in column 'a', which is no finite number"),
    "beyond the floats": ("a,y\n1,2\n1e999,3\n", "line 3 holds '1e999' in column 'a', which is no finite number"),
    "one row": ("a,y\n1,2\n", "it has one line of data below the header; it takes two or more."),
    "no row": ("a,y\n", "it has no line of data below the header; it takes two or more."),
    "empty": ("", "it is empty."),
    "blank": (" \n\n\n", "it is empty."),
    "no header": ("1,2\n3,4\n5,6\n", "its first line holds numbers; it must be a header line that names the columns."),
    "no header above classes": ("5.1,3.5,setosa\n4.9,3,setosa\n", "its first line holds numbers; it must be a header line"),
    "doubled name": ("a,b, a\n1,2,3\n4,5,6\n", "its first line names two columns 'a'; each column needs a name of its own."),
    "no name": (",a,y\n0,1,2\n1,3,4\n", "its first line leaves column 1 without a name; name it, or delete the column."),
    "one column": ("a\n1\n2\n", "it has one column, 'a'; it takes two or more, separated by commas, semicolons or tabs."),
    "spaces": ("a b\n1 2\n3 4\n", "it has one column, 'a b'; it takes two or more"),
    "not UTF-8": ("a,größe\n1,2\n".encode("latin-1"), "line 1 is not UTF-8 text; save it as 'CSV UTF-8'."),
    "not UTF-8 far down": (b"a,y\n" + b"1,2\n" * 9000 + b"1,\xfc\n", "line 9,002 is not UTF-8 text"),
    "UTF-16": ("a,y\n1,2\n".encode("utf-16"), "it is UTF-16 text; save it as 'CSV UTF-8'."),
    "binary": (b"PK\x03\x04\x14\x00\x06\x00", "it is not a text file; a spreadsheet must be exported as CSV first."),
    "open quotation mark": ('a,y\n1,2\n"3,4\n5,6\n', "line 4 is no line of a CSV file (unexpected end of data); is a quotation mark left open?"),
    "control character": ("a,y\n1,2\n\x07,3\n", "line 3 holds '\\x07' in column 'a', which is no number"),
    "long text": ("a,y\n1,2\n" + "x" * 500 + ",3\n", "line 3 holds '" + "x" * 37 + "...' in column 'a'"),
}


@pytest.mark.parametrize(("contents", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_table_is_a_sentence(table: Callable[[str | bytes], Path], contents: str | bytes, sentence: str) -> None:
    path = table(contents)
    with pytest.raises(FileError) as refused:
        read_table(path)
    assert f"'{path}': {sentence}" in str(refused.value)
    assert str(refused.value).startswith(("Cannot read", "Cannot use"))
    assert str(refused.value).endswith((".", "?"))
    assert "\n" not in str(refused.value)


def test_an_unknown_target_column_is_told_which_there_are(table: Callable[[str], Path]) -> None:
    path = table("a,b,y\n1,2,3\n4,5,6\n")
    with pytest.raises(ConfigError, match="csv_target is 'Y', and the table has no such column; its columns are 'a', 'b', 'y'") as refused:
        read_table(path, "Y")
    assert refused.value.name == "csv_target"


def test_of_many_columns_only_the_first_are_listed(table: Callable[[str], Path]) -> None:
    names = [f"c{place}" for place in range(500)]
    path = table("\n".join([",".join(names), *[",".join(["1"] * 500)] * 2]))
    with pytest.raises(ConfigError, match="'c19' and 480 more"):
        read_table(path, "y")


def test_a_missing_file_and_a_folder_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(FileError, match="it is a folder; choose a CSV file in it"):
        read_table(tmp_path)


def test_what_is_no_ordinary_file_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    with pytest.raises(FileError, match="it is not an ordinary file"):
        read_table(path)


@pytest.mark.parametrize("name", ["a\0b.csv", "\ud800.csv", "x" * 5000])
def test_an_impossible_name_is_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match=r"no file can have this name|too long"):
        read_table(tmp_path / name)


def test_a_huge_file_is_refused_by_its_size_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(5_000_000_000)  # takes no room on the disk, and would read as one line of zero bytes
    with pytest.raises(FileError, match=r"it has 5,000\.0 MB, and a table may have 64 MB at most; keep fewer of its lines"):
        read_table(path)


@pytest.mark.parametrize(
    ("limit", "value", "sentence"),
    [
        ("MOST_CELLS", 5, "it has more than 5 cells or 1,000,000 lines of data"),
        ("MOST_LINES", 2, "it has more than 10,000,000 cells or 2 lines of data"),
        ("LARGEST_LINE", 3, "it has a line of more than 3 characters; is it a table?"),
    ],
)
def test_a_table_is_read_no_further_than_its_limits(
    table: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, limit: str, value: int, sentence: str
) -> None:
    path = table("a,y\n" + "1,2\n" * 3)
    monkeypatch.setattr(csv_table, limit, value)
    with pytest.raises(FileError, match=sentence):
        read_table(path)
    monkeypatch.setattr(csv_table, limit, value + 1)
    assert len(read_table(path).cells) == 3


def test_blank_lines_are_not_passed_over_without_end(table: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "MOST_LINES", 4)
    with pytest.raises(FileError, match="it has more than 8 lines, blank ones counted"):
        read_table(table("\n" * 6 + "a,y\n1,2\n3,4\n"))
    assert len(read_table(table("\n" * 5 + "a,y\n1,2\n3,4\n")).cells) == 2


def test_a_table_is_read_once_until_its_file_changes(table: Callable[[str], Path]) -> None:
    path = table("a,y\n1,2\n3,4\n")
    first = read_table(path)
    assert read_table(path) is first
    with pytest.raises(ValueError, match="read-only"):
        first.inputs[0, 0] = 9.0
    assert read_table(path, "a").target == "a"
    path = table("a,y\n1,2\n3,4\n5,6\n")
    assert read_table(path).inputs.tolist() == [[1], [3], [5]]
    path = table("a,y\n1,2\n3,4\n5,7\n")
    os.utime(path, ns=(1, 1))  # of the same size: only the time tells
    assert read_table(path).numbers.tolist() == [2, 4, 7]


def test_the_columns_are_known_from_the_beginning_alone(table: Callable[[str | bytes], Path]) -> None:
    path = table(b'height; "kind, or so";weight\n' + b"1;2;3\n" * 9000 + b"1;\xfc\n")
    assert columns_of(path) == ("height", "kind, or so", "weight")
    with pytest.raises(FileError, match="line 9,002 is not UTF-8"):
        read_table(path)


@pytest.mark.parametrize("name", ["no header", "doubled name", "one column", "empty", "UTF-16", "binary"])
def test_a_header_that_is_none_is_refused_with_the_tables_sentence(table: Callable[[str | bytes], Path], name: str) -> None:
    contents, sentence = WRONG[name]
    path = table(contents)
    with pytest.raises(FileError) as refused:
        columns_of(path)
    assert f"'{path}': {sentence}" in str(refused.value)


@pytest.mark.parametrize("name", ["none.csv", "", "a\0b.csv"])
def test_columns_of_what_is_no_file_are_a_sentence_and_it_has_no_stamp(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match=r"Cannot read '"):
        columns_of(tmp_path / name)
    assert (stamp(tmp_path / name) is None) is bool(name)


def test_the_stamp_changes_with_the_file(table: Callable[[str], Path]) -> None:
    path = table("a,y\n1,2\n3,4\n")
    before = stamp(path)
    assert before is not None
    assert stamp(path) == before
    os.utime(path, ns=(1, 1))
    assert stamp(path) != before
