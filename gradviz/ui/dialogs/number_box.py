"""A field for one number of a dialog: it refuses nothing while it is typed, is stepped with the arrow keys, and is framed where it cannot be."""

from __future__ import annotations

import math

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen, QValidator, QWheelEvent
from PyQt6.QtWidgets import QAbstractSpinBox, QLineEdit

from gradviz.core.config import ConfigError


class NumberBox(QAbstractSpinBox):
    """A number from `least` to `most`; `number()` is what is entered, or a sentence why that is none."""

    changed = pyqtSignal()

    def __init__(self, name: str, bounds: tuple[float, float], step: float = 1.0, *, whole: bool = False) -> None:
        super().__init__()
        self._name, self._bounds, self._step, self._whole = name, bounds, step, whole
        self._wrong: QColor | None = None
        self.setAccessibleName(name[:1].upper() + name[1:])
        self.setToolTip(f"{self.accessibleName()}: {self._allowed}")
        self.setAccelerated(True)
        self._line.textEdited.connect(lambda _text: self.changed.emit())

    @property
    def _line(self) -> QLineEdit:
        line = self.lineEdit()
        assert line is not None, "a spin box has a line to type in"
        return line

    @property
    def _allowed(self) -> str:
        least, most = self._bounds
        return f"a {'whole ' * self._whole}number from {least:,g} to {most:,g}".replace("-", "−")

    def number(self) -> float:
        """What is entered; raises ConfigError with what it may be."""
        text = self._line.text().strip()
        try:
            value = float(text.replace("−", "-").replace("_", ""))
        except ValueError:
            value = math.nan
        least, most = self._bounds
        if not least <= value <= most or (self._whole and value != int(value)):
            raise ConfigError(self._name, f"The {self._name} is '{text[:40]}'; it must be {self._allowed}.")
        return value

    def show_number(self, value: float) -> None:
        """Show a number, without reporting it."""
        self._line.setText(f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}")
        self._line.setCursorPosition(0)

    def set_bounds(self, least: float, most: float) -> None:
        """It may be from the one to the other."""
        self._bounds = least, most
        self.setToolTip(f"{self.accessibleName()}: {self._allowed}")

    def mark(self, wrong: str, colour: str) -> None:
        """Frame it, and say the sentence to who hovers over it or has it read; an empty one takes the frame away."""
        self._wrong = QColor(colour) if wrong else None
        self.setAccessibleDescription(wrong)
        self.setToolTip(wrong or f"{self.accessibleName()}: {self._allowed}")
        self.update()

    @property
    def marked(self) -> bool:
        """Whether it is framed as one that cannot be."""
        return self._wrong is not None

    # how Qt's spin boxes work inside

    def validate(self, text: str | None, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text or "", position

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled

    def stepBy(self, steps: int) -> None:
        try:
            value = self.number()
        except ConfigError:
            return  # from what is no number there is no next one
        self.show_number(min(max(round(value + steps * self._step, 6), self._bounds[0]), self._bounds[1]))
        self.changed.emit()

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        return QSize(self.fontMetrics().horizontalAdvance("0") * 7 + 36, size.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Scrolling over a form must not turn what happens to lie under the mouse."""
        if event is not None and self.hasFocus():
            super().wheelEvent(event)
        elif event is not None:
            event.ignore()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)
        if self._wrong is not None:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._wrong, 2, join=Qt.PenJoinStyle.RoundJoin))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 2, 2)
