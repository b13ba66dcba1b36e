"""Dialogs in which something is made that takes its time: a bar with the time left, a way to give it up, and the window goes on meanwhile."""

from __future__ import annotations

import time
from pathlib import Path

from PyQt6.QtCore import QEvent, QObject, QSize, Qt
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gradviz.core.config import ConfigError
from gradviz.runs.files import FileError, writable_target
from gradviz.ui.panels.rows import breakable
from gradviz.ui.panels.sections import paint_in
from gradviz.ui.studio.studio import Make, Shown, Studio
from gradviz.ui.theme import Theme

#: A list shows so many rows without a bar to move them by, each so many pixels higher than its letters.
LISTED, AROUND = 8, 6
#: Seconds between new words on how far it is: faster cannot be read.
WORDS_EVERY = 0.25
#: From so many seconds on, how long the rest takes can be told.
MEASURED = 0.4


class MakingDialog(QDialog):
    """Has one thing made at a time, such as a `film` of `frames`, by a process of its own, so that pictures can be saved meanwhile.

    Those who derive from it put their fields into `fields`, which rest while something is made, and let `make` begin it.
    """

    def __init__(self, window: QWidget, theme: Theme, shown: Shown, *, called: str, counted: str) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._theme, self._called, self._counted = theme, called, counted
        self._studio = Studio(shown)
        self._number = 0
        self._began = self._told = 0.0
        self._first = 0
        self.fields = QWidget()
        self.said = QLabel()
        self.bar = QProgressBar()
        self.make, self.cancel = QPushButton("&Make…"), QPushButton("Ca&ncel")
        self.make.setToolTip(f"Choose a file, and make the {called}; its ending says the format")
        self.cancel.setToolTip(f"Give up the {called} that is being made")
        self._studio.progressed.connect(self._on_progressed)
        self._studio.made.connect(self._on_made)
        self._studio.failed.connect(self._on_failed)
        self._studio.cancelled.connect(self._on_cancelled)
        self.cancel.clicked.connect(self._on_cancel)
        window.installEventFilter(self)

    # making

    @property
    def running(self) -> bool:
        """Whether something is being made."""
        return bool(self._number)

    def begin(self, order: Make, path: Path) -> None:
        """Have it made; where that cannot even begin, say so."""
        try:
            writable_target(path)
            self._number = self._studio.order(order)
        except (FileError, ConfigError) as problem:
            self.say(str(problem), wrong=True)
            return
        self._told, self._first = 0.0, 1
        self.bar.setRange(0, 0)
        self._show_running()
        self.say("It begins…")
        self.cancel.setFocus()

    def _on_progressed(self, number: int, done: int, total: int) -> None:
        if number != self._number or not total:
            return
        now = time.perf_counter()
        if done <= self._first:  # what comes before the first one is no measure of the others; it may also begin anew
            self._began, self._first = now, max(1, done)
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        if now - self._told > WORDS_EVERY and done < total:
            self._told = now
            since = now - self._began
            left = f", {in_words(since / (done - self._first) * (total - done))} left" if since > MEASURED else ""
            self.say(f"{done:,} of {total:,} {self._counted}{left}.")

    def _on_made(self, _number: int, written: list[str]) -> None:
        self._end(f"Saved {written[0]} ({_size(Path(written[0]))}).")

    def _on_failed(self, _number: int, problem: str, details: str) -> None:
        self._end(problem, wrong=True)
        self.said.setToolTip(details)

    def _on_cancelled(self, _number: int) -> None:
        self._end(f"The {self._called} was given up; nothing was written.")

    def _on_cancel(self) -> None:
        self.say("Giving up…")
        self.cancel.setEnabled(False)
        self._studio.cancel(self._number)

    def _end(self, sentence: str, *, wrong: bool = False) -> None:
        self._number = 0
        self._show_running()
        self.say(sentence, wrong=wrong)
        self.make.setFocus()

    def _show_running(self) -> None:
        self.fields.setEnabled(not self.running)
        for part in (self.bar, self.cancel):
            part.setVisible(self.running)
        self.cancel.setEnabled(True)
        self.make.setEnabled(not self.running and self.possible())
        self.make.setDefault(not self.running)

    def possible(self) -> bool:
        """Whether what is entered can be made."""
        return True

    def say(self, sentence: str, *, wrong: bool = False) -> None:
        """Say how it goes."""
        paint_in(self.said, self._theme.error if wrong else self._theme.text)
        self.said.setText(breakable(sentence))
        self.said.setToolTip("")

    # closing

    def done(self, result: int) -> None:
        """Close; where something is being made, only when it may be given up."""
        if self.running and not self._may_give_up():
            return
        self.leave()
        super().done(result)

    def leave(self) -> None:
        """Let the process go, and with it what it makes."""
        self._number = 0
        self._studio.leave()

    def _may_give_up(self) -> bool:
        question = f"The {self._called} is still being made. Give it up?"
        return QMessageBox.question(self, f"Give up the {self._called}?", question) is QMessageBox.StandardButton.Yes

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """The window takes its dialog with it, and does not ask: it would be gone before the answer."""
        if event is not None and event.type() == QEvent.Type.Close:
            self._number = 0
            self.reject()
        return super().eventFilter(watched, event)

    # layout

    def bottom(self) -> QVBoxLayout:
        """How far it is, what is said, and the buttons."""
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        for own in (self.make, self.cancel):
            buttons.addButton(own, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        for button in buttons.buttons():
            button.setIcon(QIcon())  # the style's own are black in both themes
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(f"How far the {self._called} is")
        self.said.setAccessibleName("How it goes")
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(2 * self.fontMetrics().height() + 2)  # the dialog must not jump when something is said
        self.bar.hide()
        self.cancel.hide()
        row = QHBoxLayout()
        row.addWidget(self.said, 1)
        row.addWidget(buttons)
        rows = QVBoxLayout()
        rows.addWidget(self.bar)
        rows.addLayout(row)
        return rows


class TickList(QListWidget):
    """Names to tick, each with a value of its own; Space ticks, arrows move."""

    def add(self, title: str, value: object, *, ticked: bool) -> None:
        """List one more."""
        item = QListWidgetItem(title, self)
        item.setData(Qt.ItemDataRole.UserRole, value)
        item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        item.setSizeHint(QSize(0, self.fontMetrics().height() + AROUND))
        item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        rows = min(LISTED, self.count())
        self.setFixedHeight(rows * (self.fontMetrics().height() + AROUND) + 2 * self.frameWidth())

    @property
    def ticked(self) -> tuple[object, ...]:
        """The values of those that are ticked, in their order."""
        items = [self.item(row) for row in range(self.count())]
        return tuple(item.data(Qt.ItemDataRole.UserRole) for item in items if item is not None and item.checkState() is Qt.CheckState.Checked)


def in_words(seconds: float) -> str:
    """How long something takes, as exactly as it is known."""
    if seconds < 60:
        return f"about {max(1, round(seconds)):.0f} s"
    if seconds < 3600:
        return f"about {seconds / 60:.0f} min"
    return f"about {seconds / 3600:.1f} h"


def _size(path: Path) -> str:
    """How large a file is."""
    try:
        size = path.stat().st_size
    except OSError:
        return "gone already"
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{max(1, size // 1000):,} kB"
