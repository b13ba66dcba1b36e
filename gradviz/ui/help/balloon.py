"""A balloon beside what is explained, which the mouse passes through."""

from __future__ import annotations

import html

from PyQt6.QtCore import QPoint, QRect, Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from gradviz.ui.help.texts import Text
from gradviz.ui.theme import Theme

#: How wide a balloon's lines are, in letters; and how far it is from what it explains, in pixels.
LETTERS, AWAY = 58, 14
STYLE = """
QFrame#balloon {{ background: {theme.field}; border: 2px solid {theme.accent}; border-radius: 6px; }}
QLabel {{ color: {theme.text}; background: transparent; }}
"""


class Balloon(QFrame):
    """A title and some sentences; it takes no focus and no mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("balloon")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.RichText)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 9, 12, 10)
        rows.addWidget(self.label)

    def apply_theme(self, theme: Theme) -> None:
        """Use this theme's colours."""
        self.setStyleSheet(STYLE.format(theme=theme))

    def say(self, text: Text, beside: QRect) -> None:
        """Explain what is in this part of the screen."""
        title = f"<p style='margin:0 0 4px 0'><b>{html.escape(text.title)}</b></p>" if text.title else ""
        self.label.setText(f"{title}<p style='margin:0'>{html.escape(text.words)}</p>")
        self.setAccessibleName(text.title)
        self.setAccessibleDescription(text.words)
        self.label.ensurePolished()  # in a hall a style sheet has its letters
        self.label.setMinimumSize(0, 0)  # no label finds itself less high than that, and the text before may have been a long one
        wide = LETTERS * self.label.fontMetrics().averageCharWidth()
        self.label.setFixedSize(wide, self.label.heightForWidth(wide))
        self.adjustSize()
        self.move(self._place(beside))
        self.show()

    def _place(self, beside: QRect) -> QPoint:
        """Below it where there is room, else above; and wholly on the screen."""
        screen = QGuiApplication.screenAt(beside.center()) or QGuiApplication.primaryScreen()
        room = screen.availableGeometry() if screen is not None else beside
        below, above = beside.bottom() + AWAY, beside.top() - AWAY - self.height()
        top = below if below + self.height() <= room.bottom() else max(room.top(), above)
        left = min(max(room.left(), beside.left()), room.right() - self.width())
        return QPoint(left, min(top, room.bottom() - self.height()))
