"""One step of a lesson on the screen: its words, its question, what was checked, the task, and the buttons that go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PyQt6.QtCore import QEvent, Qt, QTimer
from PyQt6.QtGui import QAction, QFontMetrics, QResizeEvent
from PyQt6.QtWidgets import QApplication, QFrame, QGridLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from gradviz.lessons.progress import Progress
from gradviz.ui.lessons.question import QuestionBox
from gradviz.ui.lessons.words import Column, Words
from gradviz.ui.panels.verdict import Sentence
from gradviz.ui.plots.dashboard import PLACES
from gradviz.ui.theme import Theme

#: The actions with a button, in two lines; what comes next is drawn as the one to press.
BUTTONS = (("show_me", "answer", "your_turn"), ("lesson_back", "lesson_next"))
#: What a button may say: it is wide enough for all of it, in the bold letters of what comes next, so that the column stays as wide as it is.
MAY_SAY = {
    "show_me": ("Show me", "Show me again", "Show a solution"),
    "answer": ("Show the answer",),
    "your_turn": ("Your turn", "Start anew"),
    "lesson_back": ("Previous step",),
    "lesson_next": ("Next step",),
}
#: Left and right of a button's words together, in pixels.
BESIDE = 14
DUE = {"show": "show_me", "answer": "answer", "next": "lesson_next", "end": ""}
#: In a hall words say which key goes on.
IN_WORDS = {
    "show": "*Page Down: show me*",
    "answer": "*Page Down: the answer*",
    "next": "*Page Down: next step*",
    "end": "*Page Down: all lessons*",
    "trying": "*Return, Space: run · D: a solution*",
}
#: Where the person may take a turn as well.
TURN = "*Y: your turn* · "
#: In a hall letters are made smaller, to these parts of their size, where words would have to be scrolled.
SIZES = (1.0, 0.92, 0.86, 0.8)


class Claimed(NamedTuple):
    """A claim in words, and whether it holds; None while the run is not there."""

    words: str
    holds: bool | None


class StepPage(QWidget):
    """A step: what it says scrolls, the buttons stay."""

    def __init__(self, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.place = Sentence("place", "Step", 1, bold=False)
        self.title, self.text, self.look_at = Words("Step"), Words("What this step is about"), Words("Where to look")
        self.question = QuestionBox()
        self.task, self.hint, self.goals, self.claims = Words("Your task"), Words("A hint"), Words("The goals"), Words("Checked on this run")
        self.buttons: dict[str, QToolButton] = {}
        self._theme: Theme | None = None
        self._due = ""
        words = self._words = Column()
        words.setObjectName("words")
        words.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(words)
        column.setContentsMargins(10, 4, 10, 4)
        column.setSpacing(8)
        for part in (self.title, self.text, self.look_at, self.task, self.goals, self.hint, self.question, self.claims):
            column.addWidget(part)
        column.addStretch(1)
        self.reading = QScrollArea()
        self.reading.setWidget(words)
        self.reading.setWidgetResizable(True)
        self.reading.setFrameShape(QFrame.Shape.NoFrame)
        self.reading.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.reading.setAccessibleName("The step's words")
        self.reading.setAccessibleDescription("Scrolls with the arrow keys")
        self.reading.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.place.setContentsMargins(10, 0, 10, 0)
        self.next_key = Words("What comes next")
        self.next_key.setContentsMargins(10, 0, 10, 6)
        self._projects = self._shows_answer = False
        self._fitting = QTimer(self)
        self._fitting.setSingleShot(True)
        self._fitting.timeout.connect(self._fit)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 4, 0, 0)
        rows.addWidget(self.place)
        rows.addWidget(self.reading, 1)
        rows.addWidget(self.next_key)
        self.button_room = QWidget()
        self.button_room.setLayout(self._button_rows(actions))
        self._widen()
        rows.addWidget(self.button_room)

    def _button_rows(self, actions: Mapping[str, QAction]) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(8, 0, 8, 6)
        grid.setSpacing(4)
        for row, names in enumerate(BUTTONS):
            for place, name in enumerate(names):
                button = QToolButton()
                button.setDefaultAction(actions[name])
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # whoever clicks keeps the keys where they were
                button.setSizePolicy(button.sizePolicy().Policy.Expanding, button.sizePolicy().Policy.Fixed)
                button.setAccessibleDescription(actions[name].statusTip())
                self.buttons[name] = button
                width = 6 // len(names)
                grid.addWidget(button, row, place * width, 1, width)
        return grid

    def show_progress(self, progress: Progress, claims: Sequence[Claimed], goals: Sequence[Claimed]) -> None:
        """Show where a person is, and what was found of the step's claims and of the task's goals."""
        step, turn = progress.step, progress.step.turn if progress.trying else None
        count = len(progress.lesson.steps)
        self.place.say(f"Step {progress.at + 1} of {count} · {progress.lesson.title}")
        self.title.say("" if self._projects and turn else f"### {step.title}")
        is_told = self._projects and progress.at in progress.revealed  # a hall has read it, and wants the room
        self.text.say("" if turn or is_told else step.text)
        self.look_at.say(f"**→ Look at:** {PLACES[step.look_at].title}" if step.look_at and not turn and (step.look_at and not self._waits(progress)) else "")
        self.task.say(f"**Your turn.** {turn.task}" if turn else "")
        self.hint.say(f"*Hint:* {turn.hint}" if turn and turn.hint else "")
        self.goals.say(_goals(progress, goals, projects=self._projects) if turn else "")
        if turn:
            self.question.hide()
        else:
            self.question.show_progress(progress)
        told = [claim for claim in claims if claim.holds is False] if self._projects else claims  # a hall has the plots to read
        heading = "Checked on this run:" if all(claim.holds is not None for claim in told) else "Will be checked when its run (show me) is over:"
        self.claims.say("" if turn or progress.asks else _listed(heading, told))
        self._point_to(DUE[progress.due] if not turn else "")
        self.next_key.say(_key(progress) if self._projects else "")
        self._fitting.start(0)

    @staticmethod
    def _waits(progress: Progress) -> bool:
        """Whether what there is to look at is still to come."""
        return progress.asks and progress.at not in progress.shown

    def _point_to(self, name: str) -> None:
        """Draw this button as the one that comes next; in a hall the words say it."""
        if name != self._due:
            self._due = name
            self._colour()
            if name and QApplication.focusWidget() in self.buttons.values():
                self.buttons[name].setFocus()

    def project(self, on: bool) -> None:
        """For a hall: no buttons, for keys lead on."""
        self._projects = on
        self.button_room.setVisible(not on)
        self.next_key.setVisible(on)
        self._fitting.start(0)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fitting.start(0)

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.FontChange:
            self._fitting.start(0)
            self._widen()

    def _widen(self) -> None:
        font = self.font()
        font.setBold(True)
        letters = QFontMetrics(font)
        for name, button in self.buttons.items():
            button.setMinimumWidth(max(map(letters.horizontalAdvance, MAY_SAY[name])) + BESIDE)

    def _fit(self) -> None:
        """In a hall nobody scrolls: many words are in somewhat smaller letters."""
        words, room = self._words, self.reading.viewport()
        assert room is not None, "a scroll area has room"
        for size in SIZES if self._projects else (0.0,):
            sheet = f"QWidget {{ font-size: {size * self.font().pointSizeF():.2f}pt }}" if size else ""
            if words.styleSheet() != sheet:
                words.setStyleSheet(sheet)
            if words.heightForWidth(room.width()) <= room.height():
                break
        if self._shows_answer:
            self._shows_answer = False
            self._words.adjustSize()
            self.reading.ensureWidgetVisible(self.question.answer)

    def take_focus(self) -> None:
        """From here Tab leads to the step's choices and buttons; who goes on by the buttons stays with them."""
        if QApplication.focusWidget() not in self.buttons.values():
            self.place.setFocus()

    def begin(self) -> None:
        """Another step: its beginning is seen."""
        bar = self.reading.verticalScrollBar()
        assert bar is not None, "a scroll area has a bar"
        bar.setValue(0)

    def show_answer(self) -> None:
        """Scroll to what was revealed, once it has its place."""
        self._shows_answer = True
        self._fitting.start(0)

    def apply_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.question.apply_theme(theme)
        self.place.setStyleSheet(f"color: {theme.faint}")
        self._colour()

    def _colour(self) -> None:
        theme = self._theme
        if theme is None:
            return
        for name, button in self.buttons.items():
            due = name == self._due
            ground, letters = (theme.accent, theme.plot) if due else (theme.field, theme.text)
            button.setStyleSheet(
                f"QToolButton {{ background: {ground}; color: {letters}; border: 1px solid {theme.faint}; border-radius: 4px; padding: 5px; "
                f"font-weight: {'bold' if due else 'normal'}; }}"
                f"QToolButton:disabled {{ color: {theme.faint}; background: {theme.window}; border-color: {theme.line}; }}"
                f"QToolButton:focus {{ border: 2px solid {theme.text}; padding: 4px; }}"
            )


def _key(progress: Progress) -> str:
    """Which key goes on."""
    if progress.trying:
        return IN_WORDS["trying"]
    return TURN * (progress.step.turn is not None and progress.due in ("next", "end")) + IN_WORDS[progress.due]


def _goals(progress: Progress, goals: Sequence[Claimed], *, projects: bool) -> str:
    """What a task wants, how it is tried, and how it was done before."""
    tried = "" if projects else "\n\nChange a field, then run it (Space)."
    done = f"\n\nDone with {progress.reached[progress.at]}." if progress.at in progress.reached else ""
    return _listed("The goal:", goals) + tried + done


def _listed(heading: str, claims: Sequence[Claimed]) -> str:
    if not claims:
        return ""
    marks = {None: "○", True: "✓", False: "✗"}
    lines = [f"{marks[claim.holds]} {claim.words}" for claim in claims]
    return f"**{heading}**\n\n" + "\n\n".join(lines)
