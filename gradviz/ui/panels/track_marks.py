"""Marks on the timeline's track: what happened on the way, and what a person has marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from gradviz.ui.theme import Theme

#: The track's line lies so many pixels below its top and is so thick; flags and pauses stand above it, interventions below.
MIDDLE, THICK = 17, 6
#: Marks closer together than so many pixels are one, with a count.
APART = 7
#: So many marks have a line each in a tooltip.
MOST_LINES = 6

Kind = Literal["intervention", "bookmark", "pause"]


class Mark(NamedTuple):
    """Something at an epoch; its words are those of `what`, made when they are asked for."""

    epoch: int
    kind: Kind
    what: object


class Group(NamedTuple):
    """Marks of one kind that stand at one place."""

    across: float
    kind: Kind
    marks: tuple[Mark, ...]

    @property
    def words(self) -> str:
        lines = [str(mark.what) for mark in self.marks[:MOST_LINES]]
        more = len(self.marks) - len(lines)
        return "\n".join(lines + [f"and {more:,} more"] * bool(more))


#: What stands below the line; everything else stands above it.
BELOW: frozenset[Kind] = frozenset({"intervention"})


def grouped(marks: Sequence[Mark], place: Callable[[float], float]) -> tuple[Group, ...]:
    """The marks as they are drawn, where place gives an epoch's pixels: those of one kind that would lie on each other are one."""
    kinds: dict[Kind, list[Mark]] = {}
    for mark in sorted(marks, key=lambda mark: mark.epoch):
        kinds.setdefault(mark.kind, []).append(mark)
    return tuple(group for alike in kinds.values() for group in _joined(alike, place))


def _joined(marks: list[Mark], place: Callable[[float], float]) -> list[Group]:
    groups: list[list[Mark]] = []
    begun = 0.0
    for mark in marks:
        across = place(mark.epoch)
        if groups and across - begun < APART:
            groups[-1].append(mark)
        else:
            groups.append([mark])
            begun = across
    return [Group(place(group[0].epoch), group[0].kind, tuple(group)) for group in groups]


def paint(painter: QPainter, group: Group, theme: Theme, font: QFont) -> None:
    """Draw the marks of one place: a shape of their kind, and how many there are."""
    SHAPES[group.kind](painter, group.across, theme)
    if len(group.marks) > 1:
        painter.setPen(QColor(theme.text))
        painter.setFont(font)
        beside = QRectF(group.across + 6.0, MIDDLE + 1.0 if group.kind in BELOW else -2.0, 60.0, 13.0)
        painter.drawText(beside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, f"{len(group.marks):,}")


def _triangle(painter: QPainter, across: float, theme: Theme) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.warning))
    low = MIDDLE + THICK / 2 + 1.0
    painter.drawPolygon(QPolygonF([QPointF(across, low), QPointF(across - 4.5, low + 7), QPointF(across + 4.5, low + 7)]))


def _flag(painter: QPainter, across: float, theme: Theme) -> None:
    painter.setPen(QPen(QColor(theme.text), 1.4))
    painter.drawLine(QPointF(across, 1), QPointF(across, MIDDLE + THICK / 2))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.text))
    painter.drawPolygon(QPolygonF([QPointF(across, 1), QPointF(across + 7, 4), QPointF(across, 7)]))


def _bars(painter: QPainter, across: float, theme: Theme) -> None:
    for beside in (-3.5, 1.0):
        painter.fillRect(QRectF(across + beside, 3, 2.5, 9), QColor(theme.error))


SHAPES: dict[Kind, Callable[[QPainter, float, Theme], None]] = {"intervention": _triangle, "bookmark": _flag, "pause": _bars}


def small(font: QFont) -> QFont:
    """The font that the track writes in."""
    smaller = QFont(font)
    smaller.setPointSizeF(0.8 * font.pointSizeF())
    return smaller
