"""The verdict: what the gradients do, why, and what theory says of it, in words under the plots."""

from __future__ import annotations

import re
from typing import NamedTuple

from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QFont, QFontMetrics, QResizeEvent, QTextLayout
from PyQt6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout

from gradviz.core.diagnosis import Verdict
from gradviz.runs.moment import Moment
from gradviz.ui.theme import Theme

LINES = 2
#: A hall reads so many sentences, and each of them to its end.
MOST_SENTENCES = 2
#: Where a sentence ends and another one follows.
ENDS = re.compile(r"(?<=[.!?]) ")


class Sentence(QLabel):
    """A sentence in the room of so many lines: where it is longer it ends in "…", and is whole in the tooltip and for who cannot see it."""

    def __init__(self, name: str, about: str, lines: int, *, bold: bool) -> None:
        super().__init__()
        self.sentence = self._hint = ""
        self._lines, self._only_whole = lines, False
        self.setObjectName(name)
        self.setAccessibleName(about)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # to be heard, and copied
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # a long sentence must not widen the window
        self.setWordWrap(lines > 1)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        font = self.font()
        font.setBold(bold)
        self.setFont(font)
        self._take_room()

    def _take_room(self) -> None:
        self.setFixedHeight(self._lines * self.fontMetrics().lineSpacing() + 2)

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.FontChange:
            self._take_room()
            self._fit()

    def say(self, sentence: str, more: str = "") -> None:
        """Show a sentence; the tooltip says more."""
        if (sentence, f"{sentence} {more}".rstrip()) == (self.sentence, self.toolTip()):
            return
        self.sentence = sentence
        self.setToolTip(f"{sentence} {more}".rstrip())
        self.setAccessibleDescription(sentence or "There is nothing to say yet.")
        self._fit()

    def hint(self, words: str) -> None:
        """Show other words in its place for a while; none gives it back."""
        self._hint = words
        self._fit()

    def keep_whole(self, on: bool) -> None:
        """Leave out what has no room by whole sentences, and do not end in the middle of one."""
        self._only_whole = on
        self._fit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shortened = first_sentences if self._only_whole else elided
        text = shortened(self._hint or self.sentence, self.font(), self.contentsRect().width(), self._lines)
        if text != self.text():
            self.setText(text)


def elided(text: str, font: QFont, width: int, lines: int) -> str:
    """As much of a text as so many lines of this width hold, in pixels; the last one ends in "…" where that is not all of it."""
    layout = QTextLayout(text, font)
    layout.beginLayout()
    starts: list[int] = []
    while len(starts) <= lines and (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        starts.append(line.textStart())
    layout.endLayout()
    if len(starts) <= lines:
        return text
    last = starts[lines - 1]
    end = QFontMetrics(font).elidedText(text[last:], Qt.TextElideMode.ElideRight, width)
    return f"{text[:last].rstrip()}\n{end}" if last else end


def first_sentences(text: str, font: QFont, width: int, lines: int) -> str:
    """The first sentences of a text, two at most and as many as so many lines of this width hold; one that has no room even alone ends in "…"."""
    sentences = ENDS.split(text)[:MOST_SENTENCES]
    while len(sentences) > 1 and elided(" ".join(sentences), font, width, lines) != " ".join(sentences):
        sentences.pop()
    return elided(" ".join(sentences), font, width, lines)


class Found(NamedTuple):
    """What is said of a frame: the verdict, theory beside the measurement, and theory's law."""

    sentence: str = ""
    theory: str = ""
    law: str = ""


class VerdictStrip(QFrame):
    """The verdict in up to two lines, and theory beside measurement in a third; the room is there before the words are."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("verdict_strip")
        self.verdict = Sentence("verdict", "Verdict", LINES, bold=True)
        self.theory = Sentence("theory", "Theory beside measurement", 1, bold=False)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(10, 4, 10, 2)
        rows.setSpacing(1)
        rows.addWidget(self.verdict)
        rows.addWidget(self.theory)
        self._kind, self._found, self._withheld = "", Found(), ""
        self._theme: Theme | None = None

    def show_moment(self, moment: Moment) -> None:
        """Judge one frame of a run by itself and by the costs up to it."""
        prediction = None if moment.config.wide else moment.prediction
        self.show_verdict(moment.verdict, moment.compared, prediction.sentence if prediction else "")

    def show_verdict(self, verdict: Verdict, theory: str, law: str) -> None:
        """Show a verdict, and theory beside the measurement; theory's law is in the tooltip."""
        self._kind, self._found = verdict.kind, Found(verdict.sentence, theory, law)
        self._say()

    def _say(self) -> None:
        found = Found(self._withheld) if self._withheld else self._found
        self.verdict.say(found.sentence)
        self.theory.say(found.theory, found.law)
        self._colour()

    def withhold(self, words: str) -> None:
        """Say nothing but these words, whatever is found, until there are none: a question is open that the verdict would answer."""
        self._withheld = words
        self._say()

    def clear(self) -> None:
        """Another experiment begins, of which nothing is known yet."""
        self._kind, self._found = "", Found()
        self._say()

    def project(self, on: bool) -> None:
        """A hall reads it: the verdict alone, in whole sentences."""
        self.theory.setVisible(not on)
        self.verdict.keep_whole(on)

    def apply_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.theory.setStyleSheet(f"color: {theme.faint}")
        self._colour()

    def _colour(self) -> None:
        if self._theme is not None:
            sheet = f"color: {self._theme.text if self._withheld or self._kind in ('', 'trains') else self._theme.error}"
            if self.verdict.styleSheet() != sheet:
                self.verdict.setStyleSheet(sheet)
