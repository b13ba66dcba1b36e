"""The sheet of keys as a page: in as many columns, and in letters as large, as the window has room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PyQt6.QtCore import QPointF, QSize, Qt
from PyQt6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PyQt6.QtWidgets import QFrame, QScrollArea, QStyle, QWidget

from gradviz.ui.help.keys import HEADING, Group, Key, as_text, groups, in_columns
from gradviz.ui.help.page import Page, times_desk

#: In how many columns the groups may stand.
COLUMNS = (2, 3, 4, 5)
#: Letters are no smaller than this, in points, in a hall no smaller than those of plots there, which are such a part of the window's; and no larger than
#: so many times the window's.
LEAST, IN_A_HALL, MOST = 7.0, 10 / 11, 2.0
#: In heights of a line: from one line to the next, between columns, between a key and what it does, and around all.
LINE, COLUMN_GAP, KEY_GAP, EDGE = 1.12, 1.6, 0.6, 0.7
#: The size that a column is measured at, and which part of the room is used: letters do not grow evenly.
MEASURED, USED = 20.0, 0.98
SIZE = QSize(1760, 1000)


class Column(NamedTuple):
    """Groups below each other, and how wide their keys and what those do are, in pixels."""

    groups: Sequence[Group]
    keys: float
    does: float


class Measured(NamedTuple):
    """The sheet in some columns at one size: the height of a line, the columns, and how wide and high all is, in pixels."""

    font: QFont
    bold: QFont
    line: float
    columns: Sequence[Column]
    wide: float
    high: float


def measured(shown: Sequence[Group], count: int, points: float, font: QFont) -> Measured:
    """How much room the sheet takes in so many columns, with letters of this size."""
    plain, bold = QFont(font), QFont(font)
    plain.setPointSizeF(points)
    bold.setPointSizeF(points)
    bold.setBold(True)
    letters, strong = QFontMetricsF(plain), QFontMetricsF(bold)
    line = LINE * letters.height()
    columns = [
        Column(
            column,
            max(strong.horizontalAdvance(key.keys) for group in column for key in group.keys),
            max(letters.horizontalAdvance(key.does) for group in column for key in group.keys),
        )
        for column in in_columns(shown, count)
    ]
    wide = sum(column.keys + column.does + (KEY_GAP + COLUMN_GAP) * line for column in columns) + (2 * EDGE - COLUMN_GAP) * line
    high = (max(sum(group.lines for group in column.groups) for column in columns) + 2 * EDGE) * line
    return Measured(plain, bold, line, columns, wide, high)


class Sheet(QWidget):
    """All keys, painted as large as there is room for; never smaller than can be read."""

    def __init__(self, shown: Sequence[Group]) -> None:
        super().__init__()
        self._groups = shown
        self.shown = measured(self._groups, COLUMNS[0], LEAST, self.font())
        self.setAccessibleName("Keys")
        self.setAccessibleDescription(as_text(shown))

    def fit(self, room: QSize) -> None:
        """Choose columns and letters for this room; what does not fit into it at the least size can be scrolled, but not to the side if one column fits."""
        least = IN_A_HALL * self.font().pointSizeF() if times_desk(self) > 1.0 else LEAST
        tried = {count: measured(self._groups, count, MEASURED, self.font()) for count in COLUMNS}
        factors = {count: min(room.width() / found.wide, room.height() / found.high) for count, found in tried.items()}
        count = max(factors, key=lambda columns: factors[columns])
        points = min(USED * MEASURED * factors[count], MOST * self.font().pointSizeF())
        if points < least:
            style = self.style()
            bar = style.pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent) if style is not None else 0
            points, count = least, self._columns_within(room.width() - bar, least)
        self.shown = measured(self._groups, count, points, self.font())
        self.setMinimumSize(round(self.shown.wide), round(self.shown.high))
        self.update()

    def _columns_within(self, width: int, points: float) -> int:
        return max((count for count in COLUMNS if measured(self._groups, count, points, self.font()).wide <= width), default=1)

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        painter, shown = QPainter(self), self.shown
        painter.setPen(self.palette().windowText().color())
        left = EDGE * shown.line
        for column in shown.columns:
            top = EDGE * shown.line
            for group in column.groups:
                self._paint(painter, group, column, QPointF(left, top))
                top += group.lines * shown.line
            left += column.keys + column.does + (KEY_GAP + COLUMN_GAP) * shown.line

    def _paint(self, painter: QPainter, group: Group, column: Column, at: QPointF) -> None:
        """A title, with a line below it as wide as the column, and a line for each key."""
        line = self.shown.line
        wide = column.keys + column.does + KEY_GAP * line
        painter.setFont(self.shown.bold)
        painter.save()
        painter.setPen(QPen(self.palette().link().color(), max(1.0, line / 16)))
        painter.drawText(QPointF(at.x(), at.y() + (HEADING - 0.45) * line), group.title)
        below = at.y() + (HEADING - 0.22) * line
        painter.drawLine(QPointF(at.x(), below), QPointF(at.x() + wide, below))
        painter.restore()
        for number, key in enumerate(group.keys):
            self._paint_key(painter, key, column, QPointF(at.x(), at.y() + (HEADING + number + 0.75) * line))

    def _paint_key(self, painter: QPainter, key: Key, column: Column, at: QPointF) -> None:
        painter.setFont(self.shown.bold)
        painter.drawText(at, key.keys)
        painter.setFont(self.shown.font)
        painter.drawText(QPointF(at.x() + column.keys + KEY_GAP * self.shown.line, at.y()), key.does)


class Scrolled(QScrollArea):
    """The sheet in the room that there is."""

    def __init__(self, shown: Sequence[Group]) -> None:
        super().__init__()
        self.sheet = Sheet(shown)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setWidget(self.sheet)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        self.sheet.fit(self.maximumViewportSize())
        super().resizeEvent(event)


def show_keys(parent: QWidget, *, hall: bool = False) -> Page[Scrolled]:
    """Open the sheet beside the running window; the key that opened it closes it."""
    shown = groups(hall=hall)
    page = Page(parent, "key_sheet", "Keys", Scrolled(shown))
    page.body.setAccessibleDescription(as_text(shown))
    page.close_with("?")
    page.open_beside(SIZE)
    return page
