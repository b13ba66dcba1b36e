"""Paper: pages of boxes that stay together, such as a heading with what follows it, or a table's row. Nothing is cut, and nothing stands alone."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PyQt6.QtCore import QMarginsF, QPointF, QRectF, QSizeF, Qt
from PyQt6.QtGui import QAbstractTextDocumentLayout, QColor, QFont, QPageSize, QPainter, QPalette, QPen, QTextDocument, QTextOption

from gradviz.runs.reports import PAPERS, SHORT
from gradviz.ui.theme import LIGHT, plot_font

#: Everything is laid out in dots, of which a screen's 96 make an inch.
DPI = 96.0
SIZES = dict(zip(PAPERS, (QPageSize.PageSizeId.A4, QPageSize.PageSizeId.Letter), strict=True))
MARGINS = QMarginsF(56.0, 56.0, 56.0, 64.0)
INK, RULE = LIGHT.text, "#9aa3ad"
#: The space between the columns of a table, and above and below a row's words.
BETWEEN, ROW_GAP = 10.0, 2.5

Paint = Callable[[QPainter], None]


@dataclass
class Box:
    """Something that is never cut: its height, the space above it, which a page's beginning does without, and how it is painted from its corner on.

    `keep`: it stays on one page with the next box. `head`: what is painted again above it where it begins a page, such as a table's head.
    """

    height: float
    paint: Paint
    above: float = 0.0
    keep: bool = False
    head: Box | None = None


@dataclass
class Page:
    """Boxes with their places from the top of the page's area."""

    placed: list[tuple[float, Box]] = field(default_factory=list)


class Paper:
    """A size of paper: how large the area is that is printed."""

    def __init__(self, name: str) -> None:
        self.size = QPageSize(SIZES[name])
        whole = QSizeF(self.size.size(QPageSize.Unit.Point)) * (DPI / 72.0)
        self.left, self.top = MARGINS.left(), MARGINS.top()
        self.width = whole.width() - MARGINS.left() - MARGINS.right()
        self.height = whole.height() - MARGINS.top() - MARGINS.bottom()


def paged(boxes: Sequence[Box], height: float) -> list[Page]:
    """The boxes on pages of so much room."""
    pages, used = [Page()], 0.0
    for group in _groups(boxes):
        tall = sum(box.above + box.height for box in group)
        if pages[-1].placed and used + tall > height and (tall <= height or used > height / 2):
            pages.append(Page())
            used = 0.0
        for box in group:
            above = box.above if pages[-1].placed else 0.0
            if pages[-1].placed and used + above + box.height > height:  # a group that is longer than a page
                pages.append(Page())
                used = above = 0.0
            if not pages[-1].placed and box.head is not None:
                pages[-1].placed.append((0.0, box.head))
                used = box.head.height
            pages[-1].placed.append((used + above, box))
            used += above + box.height
    return pages


def _groups(boxes: Sequence[Box]) -> list[list[Box]]:
    """What stays together."""
    groups: list[list[Box]] = [[]]
    for box in boxes:
        if groups[-1] and not groups[-1][-1].keep:
            groups.append([])
        groups[-1].append(box)
    return groups


# --- words ---------------------------------------------------------------------------------------------------------------------------------


def font(points: float, *, bold: bool = False) -> QFont:
    """A font whose letters stand where they would on paper, not where a screen's pixels are."""
    made = plot_font(points, bold=bold)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    made.setFeature(QFont.Tag("liga"), 0)  # who looks for `differ` in the file would not find one letter for two
    return made


def words(text: str, width: float, points: float, *, bold: bool = False, right: bool = False, first: str = "", anywhere: bool = False) -> QTextDocument:
    """A paragraph that is so wide; `first` is what it begins with in bold; broken between words, or `anywhere`."""
    document = QTextDocument()
    document.setDocumentMargin(0.0)
    document.setUseDesignMetrics(True)
    document.setDefaultFont(font(points, bold=bold))
    option = QTextOption(Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)
    option.setWrapMode(QTextOption.WrapMode.WrapAnywhere if anywhere else QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    document.setDefaultTextOption(option)
    beginning = f"<b>{html.escape(first)}</b> " if first else ""
    document.setHtml(f'<p style="margin:0px; line-height:125%">{beginning}{html.escape(text)}</p>')
    document.setTextWidth(width)
    return document


def draw(document: QTextDocument, painter: QPainter, x: float = 0.0, y: float = 0.0) -> None:
    layout = document.documentLayout()
    assert layout is not None, "a document has a layout"
    context = QAbstractTextDocumentLayout.PaintContext()
    context.palette.setColor(QPalette.ColorRole.Text, QColor(INK))
    painter.save()
    painter.translate(QPointF(x, y))
    layout.draw(painter, context)
    painter.restore()


def height_of(document: QTextDocument) -> float:
    return float(document.size().height())


def paragraph(text: str, width: float, points: float, *, bold: bool = False, above: float = 6.0, keep: bool = False, first: str = "", bar: bool = False) -> Box:
    """A paragraph; `bar` puts a line at its left."""
    indent = 12.0 if bar else 0.0
    document = words(text, width - indent, points, bold=bold, first=first)
    tall = height_of(document)

    def paint(painter: QPainter) -> None:
        if bar:
            painter.fillRect(QRectF(0.0, 0.0, 3.0, tall), QColor(INK))
        draw(document, painter, indent)

    return Box(tall, paint, above, keep)


def heading(text: str, width: float, level: int) -> Box:
    """A heading, which never ends a page; a chapter's has a line below it."""
    document = words(text, width, {1: 17.0, 2: 13.0}.get(level, 10.5), bold=True)
    tall = height_of(document) + (5.0 if level == 2 else 1.0)

    def paint(painter: QPainter) -> None:
        draw(document, painter)
        if level == 2:
            painter.fillRect(QRectF(0.0, tall - 2.0, width, 1.4), QColor(INK))

    return Box(tall, paint, {1: 0.0, 2: 24.0}.get(level, 14.0), keep=True)


def framed(text: str, width: float, points: float) -> Box:
    """Something to be copied, in a frame."""
    document = words(text, width - 16.0, points, anywhere=True)
    tall = height_of(document) + 8.0

    def paint(painter: QPainter) -> None:
        painter.setPen(QPen(QColor(LIGHT.faint), 0.8))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(0.4, 0.4, width - 0.8, tall - 0.8))
        draw(document, painter, 8.0, 4.0)

    return Box(tall, paint, 2.0)


# --- tables --------------------------------------------------------------------------------------------------------------------------------


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], strong: frozenset[int], width: float, points: float, *, numbers: bool) -> list[Box]:
    """A table's head and rows; the head comes again on each page, and neither the first two rows nor the last two are parted."""
    wide = _widths([columns, *rows], width, points)
    head = _row(columns, wide, points, bold=True, right=numbers, line=1.4)
    head.keep, head.above = True, 3.0
    boxes = [head]
    for number, cells in enumerate(rows):
        row = _row(cells, wide, points, bold=number in strong, right=numbers, line=0.6)
        row.head, row.keep = head, (len(rows) <= SHORT and number < len(rows) - 1) or number in (0, len(rows) - 2)
        boxes.append(row)
    return boxes


def _widths(lines: Sequence[Sequence[str]], width: float, points: float) -> list[float]:
    """As wide as its longest cell where all fit; else those that are wider than an equal share give way, and their words are wrapped."""
    natural = [max(_natural(line[column], points) for line in lines) + BETWEEN for column in range(len(lines[0]))]
    room, open_columns = width, set(range(len(natural)))
    found = dict.fromkeys(open_columns, 0.0)
    while open_columns:
        share = room / len(open_columns)
        fitting = {column for column in open_columns if natural[column] <= share}
        if not fitting:
            found.update(dict.fromkeys(open_columns, share))
            break
        for column in fitting:
            found[column] = natural[column]
            room -= natural[column]
        open_columns -= fitting
    spare = (width - sum(found.values())) / len(found)  # a table is as wide as the page's text
    return [found[column] + max(0.0, spare) for column in range(len(natural))]


def _natural(text: str, points: float) -> float:
    document = words(text, -1.0, points, bold=True)
    return float(document.idealWidth()) + 1.0


def _row(cells: Sequence[str], wide: Sequence[float], points: float, *, bold: bool, right: bool, line: float) -> Box:
    documents = [words(cell, room - BETWEEN, points, bold=bold, right=right) for cell, room in zip(cells, wide, strict=True)]
    tall = max(map(height_of, documents)) + 2 * ROW_GAP + line

    def paint(painter: QPainter) -> None:
        left = 0.0
        for document, room in zip(documents, wide, strict=True):
            draw(document, painter, left, ROW_GAP)
            left += room
        painter.fillRect(QRectF(0.0, tall - line, sum(wide), line), QColor(INK if line > 1.0 else RULE))

    return Box(tall, paint)
