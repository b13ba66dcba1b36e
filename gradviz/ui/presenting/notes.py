"""The presenter's notes in a window of their own: what to say at this step, what comes next, and how long it has taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from PyQt6.QtCore import Qt, QTime, QTimer, pyqtSignal
from PyQt6.QtGui import QAction, QCloseEvent, QFont, QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QTextBrowser, QVBoxLayout, QWidget

from gradviz.ui.presenting.thoughts import paragraphs

NO_LESSON = "Notes come with a lesson: choose one with **Ctrl+L**. They stand here, step by step, while the hall sees the plots."
#: Letters of the notes in points: to be read at arm's length; and how small and how large a person may make them.
POINTS, LEAST, GREATEST, STEP = 18.0, 10.0, 48.0, 2.0
#: Keys that move the notes up and down, by so many lines.
SCROLLS: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
HELP = "Ctrl++ larger, Ctrl+− smaller, ↑ ↓ scroll, Esc closes; the lesson's keys work here too"


class NotesWindow(QWidget):
    """Notes for who presents: the step's title, its notes, what follows, the time of day and the time since it was opened."""

    closed = pyqtSignal()

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.setObjectName("notes_window")
        self.setWindowTitle("Presenter notes")
        self._clock = clock
        self._began = clock()
        self._points = POINTS
        self.place, self.time, self.title, self.following, self.help = (QLabel() for _ in range(5))
        self.notes = QTextBrowser()
        self._name()
        self._lay_out()
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._show_time)
        for keys, by in (("Ctrl++", STEP), ("Ctrl+=", STEP), ("Ctrl+-", -STEP)):
            QShortcut(QKeySequence(keys), self).activated.connect(lambda by=by: self.enlarge(by))
        self.resize(900, 640)
        self.show_notes("", "", "", "")

    def _name(self) -> None:
        names = {
            self.place: ("place", "Step"),
            self.time: ("time", "Time of day, and since the notes were opened"),
            self.title: ("title", "What this step is about"),
            self.notes: ("notes", "What to say"),
            self.following: ("following", "The next step"),
            self.help: ("help", "Keys"),
        }
        for part, (name, about) in names.items():
            part.setObjectName(f"notes_{name}")
            part.setAccessibleName(about)
        self.help.setText(HELP)
        self.notes.setOpenExternalLinks(True)
        self.notes.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it would take the lesson's keys
        for label in (self.title, self.following):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        above.addWidget(self.place)
        above.addStretch(1)
        above.addWidget(self.time)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(18, 12, 18, 12)
        rows.setSpacing(8)
        rows.addLayout(above)
        rows.addWidget(self.title)
        rows.addWidget(self.notes, 1)
        rows.addWidget(self.following)
        rows.addWidget(self.help)
        self.enlarge(0.0)

    def share_keys(self, actions: Iterable[QAction]) -> None:
        """These keys work here as in the window."""
        for action in actions:
            self.addAction(action)

    def show_notes(self, title: str, notes: str, place: str, following: str) -> None:
        """Show a step's title, its notes in Markdown, its place such as `3 of 9`, and the title of the next step; without a title that no lesson is on."""
        self.title.setText(title or "No lesson")
        self.notes.setMarkdown(paragraphs(notes) if title else NO_LESSON)
        self.place.setText(f"Step {place}" if place else "")
        self.following.setText(f"Next: {following}" if following else "The last step" if title else "")
        self._show_time()

    def enlarge(self, by: float) -> None:
        """Make all letters so many points larger, or smaller."""
        self._points = min(max(self._points + by, LEAST), GREATEST)
        sizes = {self.notes: 1.0, self.title: 1.3, self.place: 0.9, self.time: 0.9, self.following: 0.8, self.help: 0.55}
        for part, size in sizes.items():
            font = QFont(self.font())
            font.setPointSizeF(size * self._points)
            font.setBold(part in (self.title, self.time))
            part.setFont(font)

    def _show_time(self) -> None:
        minutes, seconds = divmod(int(self._clock() - self._began), 60)
        self.time.setText(f"{QTime.currentTime().toString('HH:mm')}   ·   {minutes}:{seconds:02} gone")

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self.close()  # and no more: what the hall sees stays
            return
        bar = self.notes.verticalScrollBar()
        if event is not None and bar is not None and event.key() in SCROLLS:
            bar.setValue(bar.value() + SCROLLS[event.key()] * self.notes.fontMetrics().lineSpacing())
            return
        super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self._show_time()
        self._tick.start()

    def hideEvent(self, event: QHideEvent | None) -> None:
        super().hideEvent(event)
        self._tick.stop()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        super().closeEvent(event)
        self.closed.emit()
