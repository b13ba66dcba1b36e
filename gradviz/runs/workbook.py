"""A table as an Excel workbook: openpyxl makes the book, and the numbers are poured into its sheet as text, cell by cell forty times as fast."""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gradviz.core.config import PARAMETERS
from gradviz.core.interventions import Intervention
from gradviz.runs.files import FileError, written_whole
from gradviz.runs.table_rows import WORDS, Cells, Table, number_texts

#: What a sheet of Excel can hold, and one of its cells.
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 1_048_576, 16_384, 32_767
NUMBERS, EXPERIMENT = "numbers", "experiment"
#: Where openpyxl puts its first sheet, what its rows end with, and where it says how large it is.
SHEET = "xl/worksheets/sheet1.xml"
ROWS_END = b"</sheetData>"
DIMENSION = re.compile(rb'<dimension ref="[^"]*"\s*/>')
#: No text in XML may hold these.
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
NOTES = (
    "A cell of the numbers holds every digit; a spreadsheet shows 15 of up to 17.",
    "nan, inf and -inf are text, for a spreadsheet has no such numbers; a cell is empty where there is no number.",
    "Excel takes numbers nearer to 0 than 2.2e-308 for 0; the file holds them as they are.",
)


def write_workbook(table: Table, said: Mapping[str, Any], described: Sequence[Mapping[str, str]], path: Path) -> None:
    """Write the sheets "numbers" and "experiment", whole or not at all; raises FileError where they are more than a sheet can hold."""
    _check_size(table, path)
    with written_whole(path) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as whole, _saved(_book(table, said, described)) as empty:
        for member in empty.infolist():
            content = empty.read(member)
            if member.filename != SHEET:
                whole.writestr(member, content)
                continue
            before, rows_end, after = content.partition(ROWS_END)
            assert rows_end, "a sheet with a header has rows"
            with whole.open(SHEET, "w", force_zip64=True) as sheet:
                sheet.write(DIMENSION.sub(f'<dimension ref="{_extent(table)}"/>'.encode(), before))
                for piece in table.pieces():
                    sheet.write(b"".join(_rows(piece)))
                sheet.write(rows_end + after)


@contextlib.contextmanager
def _saved(book: Any) -> Iterator[zipfile.ZipFile]:
    """The book as openpyxl saves it: by way of a temporary folder, which may be full."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        importlib.import_module("openpyxl.writer.excel").ExcelWriter(book, archive).save()
    with zipfile.ZipFile(content) as archive:
        yield archive


def _check_size(table: Table, path: Path) -> None:
    rows, columns = table.rows + 1, len(table.fields)
    if rows > MOST_ROWS:
        fewer = "The wide form and the table of one plot have fewer" if table.fields[1].key == "quantity" else "The table of one plot has fewer"
        raise FileError(f"Cannot write '{path}': the table has {rows:,} rows, and an Excel sheet {MOST_ROWS:,}. {fewer}; .csv and .parquet have no limit.")
    if columns > MOST_COLUMNS:
        raise FileError(f"Cannot write '{path}': the table has {columns:,} columns, and an Excel sheet {MOST_COLUMNS:,}. The long form has five.")


def _rows(piece: Sequence[Cells]) -> Iterator[bytes]:
    columns = [_texts(cells) for cells in piece]
    return (b"<row>%b</row>" % b"".join(row) for row in zip(*columns, strict=True))


def _texts(cells: Cells) -> list[bytes]:
    """The cells as XML; repr's digits, which are those that openpyxl would write."""
    if not isinstance(cells.values, list):
        return number_texts(cells, {word: _text(text) for word, text in WORDS.items()}, b"<c/>", b"<c><v>", b"</v></c>")
    known = {word: _text(word.encode("ascii")) for word in set(cells.values)}
    there = itertools.repeat(True) if cells.there is None else cells.there.tolist()
    return [known[word] if is_there else b"<c/>" for word, is_there in zip(cells.values, there, strict=False)]


def _text(word: bytes) -> bytes:
    return b'<c t="inlineStr"><is><t>%b</t></is></c>' % word


def _extent(table: Table) -> str:
    letter: str = importlib.import_module("openpyxl.utils").get_column_letter(len(table.fields))
    return f"A1:{letter}{table.rows + 1}"


def _book(table: Table, said: Mapping[str, Any], described: Sequence[Mapping[str, str]]) -> Any:
    openpyxl, styles, utils = (importlib.import_module(name) for name in ("openpyxl", "openpyxl.styles", "openpyxl.utils"))
    book = openpyxl.Workbook()
    numbers, about = book.active, book.create_sheet(EXPERIMENT)
    numbers.title = NUMBERS
    for place, field in enumerate(table.fields, 1):
        numbers.cell(1, place, field.name).font = styles.Font(bold=True)
        numbers.column_dimensions[utils.get_column_letter(place)].width = max(10, min(len(field.name) + 3, 40))
    numbers.freeze_panes = "A2"
    numbers.auto_filter.ref = _extent(table)
    for number, row in enumerate(_about(said, described), 1):
        for place, value in enumerate(row, 1):
            cell = about.cell(number, place, _fitting(value))
            cell.data_type = "s" if isinstance(value, str) else cell.data_type  # a word that begins with = is no formula
            cell.font = styles.Font(bold=len(row) > 1 and place == 1)
    for letter, width in zip("ABCD", (34, 34, 14, 14), strict=True):
        about.column_dimensions[letter].width = width
    return book


def _about(said: Mapping[str, Any], described: Sequence[Mapping[str, str]]) -> Iterator[tuple[str | float, ...]]:
    """The rows of the sheet on the experiment."""
    yield ("Written by", said["written_by"])
    yield ("Numbers of", said["what"])
    yield ("Epoch", said["epoch"])
    yield ("Epochs trained", said["epochs_done"])
    yield ("How it ended", said["ended"])
    yield ("Verdict", said["verdict"])
    for change in said["interventions"]:
        yield ("Changed on the way", str(Intervention(**change)))
    yield from ((), ("Parameter", "Value", "Symbol", "Unit"))
    for name, value in said["config"].items():
        parameter = PARAMETERS[name]
        yield (parameter.title, value if isinstance(value, int | float) else parameter.format(value), parameter.symbol, parameter.unit)
    yield from ((), ("Column of the numbers", "Meaning", "Symbol", "Unit"))
    yield from ((field["name"], field["means"], field["symbol"], field["unit"]) for field in described)
    yield ()
    yield from ((note,) for note in (*NOTES, *filter(None, [said.get("thinned_out")])))


def _fitting(value: str | float) -> str | float:
    """A value as a cell can hold it: without control characters, and no longer than one may be."""
    if not isinstance(value, str):
        return value
    text = CONTROLS.sub("?", value)
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 40]}… ({len(text):,} characters in all)"
