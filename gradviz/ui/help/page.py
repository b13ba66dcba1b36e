"""A page of help beside the running window: something to read with the mouse or the keys, and a row of buttons below it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QFontMetricsF, QKeySequence, QShortcut
from PyQt6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QPushButton, QTextBrowser, QVBoxLayout, QWidget

#: A page leaves so many pixels of the window free at each side.
FREE = 20

Body = TypeVar("Body", bound=QWidget)


class Page(QDialog, Generic[Body]):
    """A page whose body has the focus, so that arrow and page keys scroll it; Escape, or the key that opened it, closes it."""

    def __init__(self, parent: QWidget, name: str, title: str, body: Body) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.body = body
        self.body.setAccessibleName(title)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.rejected.connect(self.reject)
        rows = QVBoxLayout(self)
        rows.addWidget(self.body)
        rows.addWidget(self.buttons)

    def add_button(self, words: str, tip: str, then: Callable[[], object]) -> QPushButton:
        """Add a button beside the one that closes."""
        button = self.buttons.addButton(words, QDialogButtonBox.ButtonRole.ActionRole)
        assert button is not None, "Qt makes the button"
        button.setAutoDefault(False)
        button.setToolTip(tip)
        button.clicked.connect(lambda _checked=False: then())
        return button

    def close_with(self, keys: str) -> None:
        """Let these keys close it too: they are those that opened it."""
        QShortcut(QKeySequence(keys), self, self.reject)

    def open_beside(self, size: QSize) -> None:
        """Show it, no larger than the window that it belongs to and without stopping it, ready to be scrolled."""
        self.resize(size_over(self, size))
        self.show()
        self.activateWindow()
        self.body.setFocus()


def text_page(parent: QWidget, name: str, title: str) -> Page[QTextBrowser]:
    """A page of text."""
    text = QTextBrowser()
    text.setAccessibleDescription("Arrow keys read it line by line; Tab goes from link to link")
    text.setOpenLinks(False)  # all is offline: a web address can be read and copied
    return Page(parent, name, title, text)


def times_desk(page: QWidget) -> float:
    """How many times as large its letters are as at a desk: in a hall the window's style sheet enlarges them."""
    page.ensurePolished()
    return max(1.0, QFontMetricsF(page.font()).height() / QFontMetricsF(QApplication.font()).height())


def size_over(page: QWidget, size: QSize) -> QSize:
    """How large a page is that would have this size at a desk: as much larger as its letters are, and no larger than the window that it belongs to."""
    window = page.parentWidget()
    wanted = size * times_desk(page)
    return wanted.boundedTo(room_in(window)) if window is not None else wanted


def room_in(window: QWidget) -> QSize:
    """How large a page over this window may be."""
    return QSize(max(320, window.width() - 2 * FREE), max(240, window.height() - 2 * FREE))
