"""The lesson panel: the course, or a step of the lesson that is on."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt6.QtCore import QSize
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QToolButton, QVBoxLayout

from gradviz.ui.lessons.course import CoursePage
from gradviz.ui.lessons.step import StepPage
from gradviz.ui.theme import Theme

#: So many letters of the window's font are wide enough to read a sentence in.
WIDTH_IN_LETTERS = 46


class LessonPanel(QFrame):
    """Two pages, and a line above them to go back to the course or to close it."""

    def __init__(self, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("lesson")
        self._projects = False
        self.course, self.step = CoursePage(), StepPage(actions)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.course)
        self.pages.addWidget(self.step)
        self.all, self.close_button = QToolButton(), QToolButton()
        self.all.setText("All lessons")
        self.all.setToolTip("Choose another lesson; this one stays where it is")
        self.all.setAccessibleDescription(self.all.toolTip())
        self.close_button.setText("✕")
        self.close_button.setToolTip("Close the lesson (Ctrl+L)")
        self.close_button.setAccessibleName("Close the lesson")
        self.close_button.setAccessibleDescription("Back to the fields and the panels that were there before")
        self.heading = QLabel("Lesson")
        line = QHBoxLayout()
        line.setContentsMargins(10, 4, 6, 0)
        line.addWidget(self.heading, 1)
        line.addWidget(self.all)
        line.addWidget(self.close_button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        rows.addLayout(line)
        rows.addWidget(self.pages, 1)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * WIDTH_IN_LETTERS, 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(max(260, self.step.minimumSizeHint().width()), 160)

    def show_course(self) -> None:
        self.pages.setCurrentWidget(self.course)
        self.all.hide()

    def show_step(self) -> None:
        self.pages.setCurrentWidget(self.step)
        self.all.setVisible(not self._projects)

    def project(self, on: bool) -> None:
        """For a hall: words alone."""
        self._projects = on
        for part in (self.heading, self.close_button):
            part.setVisible(not on)
        self.all.setVisible(not on and self.pages.currentWidget() is self.step)
        self.step.project(on)

    def apply_theme(self, theme: Theme) -> None:
        self.setStyleSheet(f"QFrame#lesson {{ background: {theme.field}; border: 1px solid {theme.line}; }} QWidget#words {{ background: {theme.field}; }}")
        self.step.apply_theme(theme)
