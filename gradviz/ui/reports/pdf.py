"""A hand-out as a PDF, made with Qt alone: pages of text that can be selected, plots as lines, and a number on each page."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from PyQt6.QtCore import QBuffer, QIODeviceBase, QMarginsF, Qt, QUuid
from PyQt6.QtGui import QFontMetricsF, QPainter, QPdfWriter

from gradviz import __version__
from gradviz.runs.files import FileError
from gradviz.runs.reports import Copied, Figure, Heading, Report, Table, Words
from gradviz.ui.pictures.drawing import View
from gradviz.ui.reports.html import WIDTH, Step, drawn, view_of
from gradviz.ui.reports.pages import DPI, Box, Page, Paper, draw, font, framed, heading, paged, paragraph, table, words

TEXT, SMALL, CELL = 9.5, 8.5, 8.0
#: Below the text of a page stands its number.
FOOT = 22.0
#: When it was made is nobody's business, and would make two files of the same report differ.
_DATES = re.compile(rb'/(?:CreationDate|ModDate) \(D:[^)]*\)|xmp:(?:Create|Modify|Metadata)Date="[^"]*"')

#: Paints a figure in dots of the page, from its corner on.
Draw = Callable[[QPainter, Figure, float], None]


def pages(report: Report, views: Sequence[View], letters: Sequence[str], paper: str = "a4") -> Generator[Step, None, bytes]:
    """The report as a PDF file holds it, yielding before each figure."""
    area = Paper(paper)

    def draw_figure(painter: QPainter, figure: Figure, scale: float) -> None:
        with drawn(figure) as drawing:
            drawing.show(view_of(figure, views, letters))
            painter.scale(scale, scale)
            drawing.paint(painter, vector=True)

    boxes, figures = _boxes(report, area.width, draw_figure)
    laid = paged(boxes, area.height)
    buffer = QBuffer()
    buffer.open(QIODeviceBase.OpenModeFlag.WriteOnly)
    writer = _writer(buffer, report.title, area)
    painter = QPainter()
    if not painter.begin(writer):
        raise FileError("The pages cannot be drawn.")
    try:
        yield from _painted(painter, writer, report, laid, area, figures)
    finally:
        painter.end()
    return _without_dates(buffer.data().data())


def _writer(buffer: QBuffer, title: str, area: Paper) -> QPdfWriter:
    writer = QPdfWriter(buffer)
    writer.setPageSize(area.size)
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(round(DPI))
    writer.setTitle(title)
    writer.setCreator(f"GradViz {__version__}")
    if hasattr(writer, "setDocumentId"):  # from Qt 6.8 on
        writer.setDocumentId(QUuid(str(uuid.uuid5(uuid.NAMESPACE_URL, f"gradviz:{title}"))))
    return writer


def _painted(
    painter: QPainter, writer: QPdfWriter, report: Report, laid: Sequence[Page], area: Paper, figures: Mapping[int, Figure]
) -> Generator[Step, None, None]:
    done = 0
    for number, page in enumerate(laid, 1):
        if number > 1:
            writer.newPage()
        for top, box in page.placed:
            figure = figures.get(id(box))
            if figure is not None:
                yield Step(done, len(figures), f"Figure {figure.number}: {figure.title}")
                done += 1
            painter.save()
            painter.translate(area.left, area.top + top)
            box.paint(painter)
            painter.restore()
        _foot(painter, report.title, f"{number} of {len(laid)}", area)


def _foot(painter: QPainter, title: str, number: str, area: Paper) -> None:
    """The title, as much of it as fits, and the page's number."""
    room = area.width - 80.0
    small = font(SMALL - 1)
    elided = QFontMetricsF(small).elidedText(title, Qt.TextElideMode.ElideRight, room)
    for text, right in ((elided, False), (number, True)):
        draw(words(text, area.width, SMALL - 1, right=right), painter, area.left, area.top + area.height + FOOT)


# --- boxes ---------------------------------------------------------------------------------------------------------------------------------


def _boxes(report: Report, width: float, draw_figure: Draw) -> tuple[list[Box], dict[int, Figure]]:
    """The report as boxes that are so wide, and which of them are figures."""
    boxes, figures = [heading(report.title, width, 1)], {}
    for block in report.blocks:
        made = BOXES[type(block)](block, width, draw_figure)
        boxes += made
        if isinstance(block, Figure):
            figures[id(made[0])] = block
    return boxes, figures


def _of_heading(block: Heading, width: float, _draw: Draw) -> list[Box]:
    return [heading(block.text, width, block.level)]


def _of_words(block: Words, width: float, _draw: Draw) -> list[Box]:
    tone = block.tone
    return [paragraph(block.text, width, SMALL if tone == "note" else TEXT, bold=tone == "question", keep=tone == "question", bar=tone == "verdict")]


def _of_copied(block: Copied, width: float, _draw: Draw) -> list[Box]:
    return [paragraph(f"{block.title}:", width, SMALL, keep=True), framed(block.text, width, CELL)]


def _of_table(block: Table, width: float, _draw: Draw) -> list[Box]:
    """A table that is only there to look something up in takes the pages of a whole hand-out: the file of the run has it."""
    if block.folded:
        return []
    title = paragraph(block.title, width, SMALL, bold=True, above=12.0, keep=True)
    return [title, *table(block.columns, block.rows, block.strong, width, CELL, numbers=block.numbers)]


def _of_figure(block: Figure, width: float, draw_figure: Draw) -> list[Box]:
    scale = width / WIDTH
    plot = Box(block.height * scale, lambda painter: draw_figure(painter, block, scale), above=12.0, keep=True)
    return [plot, paragraph(block.caption, width, SMALL, above=2.0, first=f"Figure {block.number}.")]


BOXES: Mapping[type, Callable[[Any, float, Draw], list[Box]]] = {
    Heading: _of_heading,
    Words: _of_words,
    Copied: _of_copied,
    Table: _of_table,
    Figure: _of_figure,
}


def _without_dates(content: bytes) -> bytes:
    """The file with blanks where it says when it was made: as long as before, for it knows where each of its parts begins."""
    return _DATES.sub(lambda found: b" " * len(found[0]), content)
