"""Entry fields built from a parameter's declaration: type 1e-3, or step with the arrow keys."""

from __future__ import annotations

import math
from typing import Any

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QValidator
from PyQt6.QtWidgets import QAbstractSpinBox, QComboBox, QLineEdit, QWidget

from gradviz.core.config import ConfigError, Parameter

SERIES = (1.0, 2.0, 5.0)


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
        self.addItems(parameter.choices)
        self.textActivated.connect(lambda text: self.value_entered.emit(parameter.name, text))

    def show_value(self, value: Any) -> None:
        self.setCurrentText(value)

    def wheelEvent(self, event: Any) -> None:
        event.ignore()


Field = NumberField | ChoiceField


def field_for(parameter: Parameter) -> Field:
    """The entry field that suits a parameter, with its name and help for everybody."""
    field: Field = ChoiceField(parameter) if parameter.choices else NumberField(parameter)
    field.setObjectName(parameter.name)
    field.setAccessibleName(parameter.title)
    field.setAccessibleDescription(parameter.help)
    describe(field, parameter)
    return field


def describe(widget: QWidget, parameter: Parameter) -> None:
    """The tooltip that label and field share."""
    unit = f" Unit: {parameter.unit}." if parameter.unit else ""
    widget.setToolTip(f"<p><b>{parameter.title} {parameter.symbol}</b> ({parameter.name})</p><p>{parameter.help}</p><p>May be {parameter.allowed}.{unit}</p>")
