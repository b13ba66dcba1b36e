"""Words of a lesson on the screen: they wrap, they are as large as the window's font says, and a click on those of a choice chooses it."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QLabel, QSizePolicy, QWidget


class Words(QLabel):
    """Text in Markdown that wraps; hidden where there is none."""

    pressed = pyqtSignal()

    def __init__(self, about: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.MarkdownText)
        self.setWordWrap(True)
        self.setAccessibleName(about)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)  # a long word must not widen the column
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setVisible(False)

    def say(self, text: str) -> None:
        """Show this text; nothing takes no room."""
        if text != self.text():
            self.setText(text)
            self.setAccessibleDescription(plain(text))
        self.setVisible(bool(text))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        self.pressed.emit()
        super().mousePressEvent(event)


class Column(QWidget):
    """Words above each other, as high as they are at the width that there is."""

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), 0)  # Qt's own is the height at the least width, and a bar would stand there for nothing


def plain(text: str) -> str:
    """A Markdown text without its marks, in one line."""
    return " ".join(text.replace("**", "").replace("*", "").replace("`", "").replace("### ", "").split())
