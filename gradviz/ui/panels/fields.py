"""Entry fields built from a parameter's declaration: type 1e-3, step with the arrow keys, tick, choose, or slide."""

from __future__ import annotations

import math
from typing import Any

from PyQt6.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QValidator
from PyQt6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QLabel, QLineEdit, QSlider, QWidget

from gradviz.core.config import ConfigError, Parameter
from gradviz.ui.panels.text_fields import COLUMNS, FILES, ColumnField, FileField, TextField

SERIES = (1.0, 2.0, 5.0)
#: What a switch may be: unticked and ticked.
SWITCH = ("off", "on")
#: Parameters with a slider, and where it stops: steps that look alike on a logarithmic scale.
STOPS = {"width": (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200)}


class NameLabel(QLabel):
    """A parameter's title, and its symbol in italics; rich text would take twice the time to lay out, which the window's start has not."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter.title)
        self.symbol = parameter.symbol
        self._take_font()

    def _take_font(self) -> None:
        self._italic = QFont(self.font())
        self._italic.setItalic(True)

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.FontChange:
            self._take_font()
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        return QSize(self._indent() + QFontMetrics(self._italic).horizontalAdvance(self.symbol) + 2, size.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setFont(self._italic)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect().adjusted(self._indent(), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.symbol)

    def _indent(self) -> int:
        return self.fontMetrics().horizontalAdvance(f"{self.text()} ")


class NumberField(QAbstractSpinBox):
    """A spin box that takes every way to write a number and refuses nothing while it is typed: what it cannot be is said beside it."""

    value_entered = pyqtSignal(str, object)
    value_refused = pyqtSignal(str, str)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self._parameter = parameter
        self._value: Any = parameter.default
        self.setAccelerated(True)
        if parameter.step is None:
            self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.show_value(parameter.default)
        self._line().textEdited.connect(self._on_edited)

    def show_value(self, value: Any) -> None:
        """Show a value without reporting it; a text that already means it stays as it was typed."""
        self._value = value
        try:
            same = self._parameter.parse(self._line().text()) == value
        except ConfigError:
            same = False
        if not same:
            self._line().setText(self._parameter.format(value))
            self._line().setCursorPosition(0)

    def _line(self) -> QLineEdit:
        line = self.lineEdit()
        assert line is not None, "a spin box has a line to type in"
        return line

    def _on_edited(self, text: str) -> None:
        try:
            self._value = self._parameter.parse(text)
        except ConfigError as problem:
            self.value_refused.emit(self._parameter.name, str(problem))
        else:
            self.value_entered.emit(self._parameter.name, self._value)

    # how Qt's spin boxes work inside

    def validate(self, text: str | None, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text or "", position

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        if self._parameter.step is None:
            return QAbstractSpinBox.StepEnabledFlag.StepNone
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled

    def stepBy(self, steps: int) -> None:
        value = self._value
        for _ in range(abs(steps)):
            value = self._neighbour(value, 1 if steps > 0 else -1)
        try:
            self._value = self._parameter.check(value)
        except ConfigError:
            return  # the end of the range: nothing to step to
        self._line().setText(self._parameter.format(self._value))
        self.value_entered.emit(self._parameter.name, self._value)

    def _neighbour(self, value: float, direction: int) -> float:
        if self._parameter.step:
            stepped = value + direction * self._parameter.step
            return round(stepped, 10) if self._parameter.kind is float else int(stepped)
        neighbour: float = self._parameter.kind(neighbour_in_series(value, direction))
        return neighbour

    def wheelEvent(self, event: Any) -> None:
        """Scrolling the panel must not turn a knob that happens to lie under the mouse."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def neighbour_in_series(value: float, direction: int) -> float:
    """The next number up or down in the series 1, 2, 5, 10, 20 ..."""
    power = math.floor(math.log10(value))
    candidates = [float(f"{digit:g}e{exponent}") for exponent in (power - 1, power, power + 1) for digit in SERIES]
    near = 1e-9 * value
    if direction > 0:
        return min(number for number in candidates if number > value + near)
    return max(number for number in candidates if number < value - near)


class ChoiceField(QComboBox):
    """A drop-down list of what a parameter may be."""

    value_entered = pyqtSignal(str, object)
    value_refused = pyqtSignal(str, str)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self._parameter = parameter
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)  # the panel has its width, whatever may be chosen
        self.addItems(parameter.choices)
        self.textActivated.connect(lambda text: self.value_entered.emit(parameter.name, text))

    def show_value(self, value: Any) -> None:
        self.setCurrentText(value)

    def wheelEvent(self, event: Any) -> None:
        event.ignore()


class SwitchField(QCheckBox):
    """A tick for a parameter that is off or on."""

    value_entered = pyqtSignal(str, object)
    value_refused = pyqtSignal(str, str)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self.clicked.connect(lambda ticked: self.value_entered.emit(parameter.name, SWITCH[ticked]))

    def show_value(self, value: Any) -> None:
        self.setChecked(value == SWITCH[True])


class StopsSlider(QSlider):
    """A slider over some values of a number; moving it asks to see each at once."""

    value_tried = pyqtSignal(str, object)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._stops = STOPS[parameter.name]
        self.setObjectName(f"{parameter.name}_slider")
        self.setRange(0, len(self._stops) - 1)
        self.setPageStep(5)
        self.setAccessibleName(f"{parameter.title} from {self._stops[0]} to {self._stops[-1]}")
        self.setToolTip(f"{self.accessibleName()}: moving it begins anew at epoch 0, and runs on if it ran")
        self.valueChanged.connect(lambda place: self.value_tried.emit(parameter.name, self._stops[place]))

    def show_value(self, value: Any) -> None:
        """Stand at the nearest stop, without reporting it."""
        self.blockSignals(True)
        self.setValue(min(range(len(self._stops)), key=lambda place: abs(math.log(self._stops[place] / value))))
        self.blockSignals(False)

    def wheelEvent(self, event: Any) -> None:
        event.ignore()


Field = NumberField | ChoiceField | SwitchField | TextField | ColumnField | FileField


def field_for(parameter: Parameter) -> Field:
    """The entry field that suits a parameter, with its name and help for everybody."""
    field: Field = _kind_of_field(parameter)(parameter)
    field.setObjectName(parameter.name)
    field.setAccessibleName(parameter.title)
    describe(field, parameter)
    return field


def _kind_of_field(parameter: Parameter) -> type[Field]:
    if parameter.choices:
        return SwitchField if parameter.choices == SWITCH else ChoiceField
    if parameter.name in COLUMNS:
        return ColumnField
    if parameter.kind is str:
        return FileField if parameter.name in FILES else TextField
    return NumberField


def describe(widget: QWidget, parameter: Parameter, first: str = "") -> None:
    """The tooltip that label and field share; `first` is a sentence on how it stands just now."""
    unit = f" Unit: {parameter.unit}." if parameter.unit else ""
    now = f"<p><b>{first}</b></p>" if first else ""
    about = f"<p><b>{parameter.title} {parameter.symbol}</b> ({parameter.name})</p>{now}<p>{parameter.help}</p>"
    widget.setToolTip(f"{about}<p>May be {parameter.allowed}.{unit}</p>")
    widget.setAccessibleDescription(f"{first} {parameter.help} May be {parameter.allowed}.{unit}".strip())
