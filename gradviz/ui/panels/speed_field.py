"""How fast a recording is played back: a list to choose from, or any number."""

from __future__ import annotations

import math
import re

from PyQt6.QtCore import QSignalBlocker, pyqtSignal
from PyQt6.QtGui import QColor, QPalette, QWheelEvent
from PyQt6.QtWidgets import QComboBox

from gradviz.ui.theme import LIGHT, Theme

#: What the list offers, epochs a second.
SPEEDS = (-30.0, 1.0, 5.0, 30.0, 100.0, 1000.0)
HELP = "Epochs a second of playing back; below 0 it goes backwards"
#: What may be written behind the number.
_UNIT = re.compile(r"\s*(epochs?)?\s*(/\s*s|a second|per second)?\s*$")


def speed_of(text: str) -> float:
    """The epochs a second that a text means; raises ValueError with a sentence where it means none."""
    number = _UNIT.sub("", text.strip()).replace("−", "-").replace(",", "").replace("_", "")
    try:
        speed = float(number)
    except ValueError:
        speed = math.nan
    if not math.isfinite(speed) or speed == 0.0:
        raise ValueError(
            f"The speed of playing back is '{text.strip()}'; it must be a number of epochs a second other than 0, such as 30, or −30 to go backwards."
        )
    return speed


def words_for(speed: float) -> str:
    """A speed as the list says it."""
    return f"{speed:,.6g}/s".replace("-", "−")


class SpeedField(QComboBox):
    """Reports each speed that is typed or chosen; a text that is none stays, in red, and the tooltip says why."""

    speed_chosen = pyqtSignal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("play_speed")
        self.setAccessibleName("Speed of playing back in epochs a second")
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setCompleter(None)  # of 10 and 100 the shorter could not be typed
        self.addItems([words_for(speed) for speed in SPEEDS])
        self._theme = LIGHT
        self._speed: float | None = None
        self.problem = ""
        self.setFixedWidth(self.fontMetrics().horizontalAdvance("−1,000/s") + 36)
        self.editTextChanged.connect(self._on_edited)
        self.show_speed(30.0)

    def show_speed(self, speed: float) -> None:
        """Show a speed without reporting it; a text that already means it stays as it was typed, and so does one that means none."""
        if speed == self._speed:
            return
        self._speed = speed
        with QSignalBlocker(self):
            self.setEditText(words_for(speed))
        self._complain("")

    def apply_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._complain(self.problem)

    def _on_edited(self, text: str) -> None:
        try:
            speed = speed_of(text)
        except ValueError as problem:
            self._complain(str(problem))
            return
        self._complain("")
        if speed != self._speed:
            self._speed = speed
            self.speed_chosen.emit(speed)

    def _complain(self, problem: str) -> None:
        self.problem = problem
        self.setToolTip(problem or HELP)
        self.setAccessibleDescription(problem or HELP)
        line = self.lineEdit()
        assert line is not None, "a list that can be edited has a line"
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Text, QColor(self._theme.error if problem else self._theme.text))
        line.setPalette(palette)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None:
            event.ignore()
