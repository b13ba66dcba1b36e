"""The window that says in plain words what every plot shows: to be read line by line, heard, and copied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QObject, QSize, Qt
from PyQt6.QtGui import QGuiApplication, QIcon, QTextCursor
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from gradviz.ui.help.page import size_over

if TYPE_CHECKING:
    from gradviz.ui.told.panels import Story

SIZE = QSize(720, 560)
ABOUT = "&What the plots show, in words. It stays as it is while you read; Tell again says what they show by then."


class DescribingDialog(QDialog):
    """A heading and the words of every panel, as they were when they were told last; the window beside it goes on."""

    def __init__(self, window: QWidget, heading: Callable[[], str], stories: Callable[[], Sequence[Story]]) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("describing")
        self.setWindowTitle("Described in words")
        self._heading, self._stories = heading, stories
        self.text = QPlainTextEdit()
        self._lay_out()
        self.resize(size_over(self, SIZE))
        window.installEventFilter(self)

    def tell(self) -> None:
        """Say what the plots show now; the cursor stands at the beginning."""
        parts = [self._heading(), *(f"{story.title.upper()}\n{story.words.replace('. ', '.' + chr(10))}" for story in self._stories())]
        self.text.setPlainText("\n\n".join(parts))
        self.text.moveCursor(QTextCursor.MoveOperation.Start)
        self.text.setFocus()

    def copy(self) -> None:
        """Put all of it on the clipboard."""
        clipboard = QGuiApplication.clipboard()
        assert clipboard is not None, "a running application has a clipboard"
        clipboard.setText(self.text.toPlainText())

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """The window takes its dialog with it."""
        if event is not None and event.type() == QEvent.Type.Close:
            self.reject()
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByKeyboard | Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setAccessibleName("What the plots show")
        self.text.setAccessibleDescription("A sentence a line, a heading for each plot; arrow keys read line by line")
        about = QLabel(ABOUT)
        about.setBuddy(self.text)
        about.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        helps = {
            "&Tell again": ("Say what the plots show by now", self.tell),
            "&Copy": ("Put all of these words on the clipboard", self.copy),
        }
        for words, (help_, act) in helps.items():
            button = buttons.addButton(words, QDialogButtonBox.ButtonRole.ActionRole)
            assert button is not None, "a button box makes the button that it is asked for"
            button.setToolTip(help_)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _checked, act=act: act())
        for one in buttons.buttons():
            one.setIcon(QIcon())  # the style's own are black in both themes
        rows = QVBoxLayout(self)
        rows.addWidget(about)
        rows.addWidget(self.text, 1)
        rows.addWidget(buttons)
