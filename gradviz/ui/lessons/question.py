"""A step's question: a person predicts, and only then the answer is revealed."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QGridLayout, QPlainTextEdit, QRadioButton, QVBoxLayout, QWidget

from gradviz.lessons.answers import letter
from gradviz.lessons.lesson import Question
from gradviz.lessons.progress import Progress
from gradviz.ui.lessons.words import Words, plain
from gradviz.ui.theme import Theme

#: An answer in words has room for so many lines.
LINES = 3


class QuestionBox(QWidget):
    """What is asked, the choices or a field for words, and the answer once it is revealed."""

    predicted = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.asked = Words("Question")
        self.choices = QWidget()
        self.options: list[QRadioButton] = []
        self.labels: list[Words] = []
        self.field = QPlainTextEdit()
        self.field.setAccessibleName("Your prediction")
        self.field.setPlaceholderText("Your prediction, in your own words")
        self.field.setToolTip("What do you expect? It is kept with your answers")
        self.field.setTabChangesFocus(True)
        self.field.setFixedHeight((LINES + 1) * self.field.fontMetrics().lineSpacing())
        self.field.textChanged.connect(lambda: self.predicted.emit(self.field.toPlainText().strip()))
        self.answer = Words("Answer")
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.predicted.emit)
        self._grid = QGridLayout(self.choices)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._question: Question | None = None
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 4, 0, 0)
        for part in (self.asked, self.choices, self.field, self.answer):
            rows.addWidget(part)

    def apply_theme(self, theme: Theme) -> None:
        """A choice that is made has a thick ring in the theme's accent: a dot is hard to see."""
        sizes = {"": (0.1, 0.7), ":checked": (0.3, 0.3)}  # borders and what is in them, in heights of a letter: together alike
        colours = {"": theme.faint, ":checked": theme.accent}
        self.choices.setStyleSheet(
            "".join(
                f"QRadioButton::indicator{state} {{ border: {border}em solid {colours[state]}; border-radius: 0.45em; background: {theme.plot}; "
                f"width: {inside}em; height: {inside}em; }}"
                for state, (border, inside) in sizes.items()
            )
        )

    def show_progress(self, progress: Progress) -> None:
        """Show the question of the step that a person is at, and what was predicted."""
        question = progress.step.question
        self.setVisible(question is not None)
        if question is None:
            self._question = None
            return
        if question is not self._question:
            self._question = question
            self._offer(question)
        revealed = progress.at in progress.revealed
        prediction = progress.prediction
        with QSignalBlocker(self._group), QSignalBlocker(self.field):
            self._group.setExclusive(False)
            for number, option in enumerate(self.options, 1):
                option.setChecked(prediction == number)
            self._group.setExclusive(True)
            if not isinstance(prediction, int) and self.field.toPlainText().strip() != (prediction or ""):
                self.field.setPlainText(prediction or "")
        for number, (option, label) in enumerate(zip(self.options, self.labels, strict=True), 1):
            option.setEnabled(not revealed)
            mark = " **✓**" if revealed and number == question.right else (" ✗" if revealed and prediction == number else "")
            label.say(f"**{letter(number)})** {question.options[number - 1]}{mark}")
        self.field.setReadOnly(revealed)
        self.answer.say(_answer(question, progress) if revealed else "")

    def _offer(self, question: Question) -> None:
        """Other choices, or the field for words."""
        for widget in (*self.options, *self.labels):
            widget.hide()
            widget.deleteLater()
        self.options, self.labels = [], []
        self.asked.say(f"**{question.ask}**")
        self.choices.setVisible(bool(question.options))
        self.field.setVisible(not question.options)
        for number, words in enumerate(question.options, 1):
            option, label = QRadioButton(), Words()
            option.setObjectName(f"option_{number}")
            option.setAccessibleName(f"{letter(number)}) {plain(words)}")
            option.setAccessibleDescription("Your prediction")
            label.setBuddy(option)
            label.pressed.connect(option.click)
            self._group.addButton(option, number)
            self._grid.addWidget(option, number, 0)
            self._grid.addWidget(label, number, 1)
            self.options.append(option)
            self.labels.append(label)


def _answer(question: Question, progress: Progress) -> str:
    """The answer, and first whether the prediction was right, where that can be said."""
    prediction = progress.prediction
    verdict = ""
    if question.options and prediction is not None:
        verdict = "**✓ As you predicted.** " if prediction == question.right else f"**✗ Not as predicted: it is {letter(question.right)}).** "
    elif question.options:
        verdict = f"**It is {letter(question.right)}).** "
    return f"{verdict}{question.answer}"
