"""The one place where a person reads what went wrong."""

from __future__ import annotations

import traceback
from collections.abc import Callable

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMessageBox, QSizePolicy, QToolButton, QWidget

from gradviz.ui.theme import Theme

#: Milliseconds that good news stays; bad news stays until it is dismissed.
SHOWN_FOR = 8000


class MessageStrip(QFrame):
    """A strip above the plots: a sentence of what happened, details behind a button; hidden while there is nothing to say."""

    #: What it says from now on.
    said = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messages")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.details = QToolButton()
        self.details.setText("Details…")
        self.details.clicked.connect(self._on_details)
        self.choices = (QToolButton(), QToolButton())
        self._choose: tuple[Callable[[], None], ...] = ()
        for number, button in enumerate(self.choices):
            button.clicked.connect(lambda _checked, number=number: self._on_chosen(number))
        self.dismiss = QToolButton()
        self.dismiss.setText("✕")
        self.dismiss.setAccessibleName("Dismiss the message")
        self.dismiss.setToolTip("Take this message away")
        self.details.setToolTip("The error's own words")
        self.dismiss.clicked.connect(self.clear)
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 4, 6, 4)
        line.addWidget(self.text, 1)
        for button in (*self.choices, self.details):
            line.addWidget(button)
        line.addWidget(self.dismiss)
        self._details = ""
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.timeout.connect(self.clear)
        self._theme: Theme | None = None
        self._is_error = False
        self.setVisible(False)

    def say(self, sentence: str) -> None:
        """Something that went well and that a person may want to know."""
        self._show(sentence, "", is_error=False)
        self._fade.start(SHOWN_FOR)

    def complain(self, sentence: str, error: BaseException | str | None = None) -> None:
        """Something that went wrong; the error's own words are behind the button."""
        details = error if isinstance(error, str) else "".join(traceback.format_exception(error)) if error else ""
        self._show(sentence, details, is_error=True)

    def offer(self, sentence: str, **choices: Callable[[], None]) -> None:
        """Something that a person may want, and a button for each choice (two at most); it stays until one is taken, or it is dismissed."""
        self._show(sentence, "", is_error=False)
        self._choose = tuple(choices.values())
        for button, words in zip(self.choices, choices, strict=False):
            button.setText(words.replace("_", " "))
            button.setToolTip(sentence)
            button.setVisible(True)

    def _on_chosen(self, number: int) -> None:
        choose = self._choose[number]
        self.clear()
        choose()

    def clear(self) -> None:
        self.setVisible(False)
        self.text.setText("")

    def apply_theme(self, theme: Theme) -> None:
        self._theme = theme
        colour = theme.error if self._is_error else theme.accent
        self.setStyleSheet(f"QFrame#messages {{ border: 1px solid {colour}; border-left: 6px solid {colour}; background: {theme.field}; }}")

    def _show(self, sentence: str, details: str, *, is_error: bool) -> None:
        self._fade.stop()
        self._details, self._is_error = details, is_error
        for button in self.choices:
            button.setVisible(False)
        self.text.setText(sentence)
        self.details.setVisible(bool(details))
        if self._theme:
            self.apply_theme(self._theme)
        self.setVisible(True)
        self.said.emit(sentence)

    def _on_details(self) -> None:
        box = QMessageBox(QMessageBox.Icon.Warning, "What happened", self.text.text(), QMessageBox.StandardButton.Close, self)
        box.setDetailedText(self._details)
        box.open()
