"""The course to choose a lesson from."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from gradviz.lessons.lesson import Lesson
from gradviz.ui.lessons.words import Words


class CoursePage(QWidget):
    """The lessons by number, what the chosen one is about, and a button that begins it."""

    chosen = pyqtSignal(str)
    file_wanted = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.list = QListWidget()
        self.list.setAccessibleName("Lessons")
        self.list.setAccessibleDescription("The lessons of the course; Enter begins one")
        self.list.setWordWrap(True)
        self.list.setSpacing(3)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.summary = Words("What the lesson is about")
        self.begin = QPushButton("Begin this lesson")
        self.file = QPushButton("Open a lesson from a file…")
        for button, words in ((self.begin, "Begin the lesson that is chosen in the list"), (self.file, "Open a lesson that somebody wrote in a text editor")):
            button.setToolTip(words)
            button.setAccessibleDescription(words)
        heading = QLabel("&Lessons: from a chain that dies to a hundred layers that learn")
        heading.setWordWrap(True)
        heading.setBuddy(self.list)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(10, 6, 10, 6)
        for part in (heading, self.list, self.summary, self.begin, self.file):
            rows.addWidget(part, 1 if part is self.list else 0)
        self._lessons: Mapping[str, Lesson] = {}
        self._done: Mapping[str, str] = {}
        self.list.currentItemChanged.connect(lambda now, _before: self._describe(now))
        self.list.itemActivated.connect(lambda item: self.chosen.emit(item.data(Qt.ItemDataRole.UserRole)))
        self.begin.clicked.connect(self._on_begin)
        self.file.clicked.connect(self.file_wanted)

    def show_lessons(self, lessons: Mapping[str, Lesson], done: Mapping[str, str]) -> None:
        """List these lessons, with a word on how far a person is in each."""
        here = max(0, self.list.currentRow())
        self._lessons, self._done = lessons, done
        self.list.clear()
        for number, (name, lesson) in enumerate(lessons.items(), 1):
            item = QListWidgetItem(f"{number}. {lesson.title} ({lesson.minutes} min)" + (f" — {done[name]}" if name in done else ""))
            item.setData(Qt.ItemDataRole.UserRole, name)
            self.list.addItem(item)
        self.list.setCurrentRow(min(here, len(lessons) - 1))
        self.begin.setEnabled(bool(lessons))

    def choose(self, name: str, *, after: bool) -> None:
        """This lesson is the one to begin, or the one after it; of a file's the list knows nothing."""
        names = list(self._lessons)
        if name in names:
            self.list.setCurrentRow(min(names.index(name) + after, len(names) - 1))

    def _describe(self, item: QListWidgetItem | None) -> None:
        begun = item is not None and self._done.get(item.data(Qt.ItemDataRole.UserRole), "done") != "done"
        self.begin.setText("Go on with this lesson" if begun else "Begin this lesson")
        self.summary.say(self._lessons[item.data(Qt.ItemDataRole.UserRole)].summary if item is not None else "")

    def _on_begin(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
