"""One axis of a sweep as a person enters it: which parameter, from where to where or which values, and what about that cannot be."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QComboBox, QCompleter, QGridLayout, QLabel, QLineEdit, QWidget

from gradviz.core.config import PARAMETERS, Config, ConfigError, Parameter
from gradviz.runs.sweeps import Axis
from gradviz.ui.panels.rows import breakable
from gradviz.ui.panels.sections import paint_in
from gradviz.ui.theme import Theme

#: What stands for no parameter in the list of the second axis.
NO_PARAMETER = "nothing else"
#: Where a sweep begins and ends unless a person says otherwise, and whether by equal factors; of other numbers half and twice what they are.
SUGGESTED: dict[str, tuple[float, float, bool]] = {
    "layers": (2, 100, False),
    "width": (1, 64, True),
    "weight_scale": (0.5, 3.0, False),
    "bias_scale": (0.0, 1.0, False),
    "seed": (0, 20, False),
    "learning_rate": (0.001, 10.0, True),
    "clip_at": (0.01, 10.0, True),
    "epochs": (10, 10_000, True),
    "momentum": (0.0, 0.99, False),
    "beta2": (0.9, 0.999, False),
    "final_rate": (0.001, 1.0, True),
    "samples": (10, 1000, True),
    "noise": (0.0, 0.5, False),
    "test_share": (0.1, 0.9, False),
}
COUNT = {True: 41, False: 21}
#: Values of a parameter that has several numbers itself are kept apart by this.
SEPARATORS: dict[type, str] = {tuple: ";"}


class AxisRow(QWidget):
    """A parameter from a list that can be searched, and its values; tells when anything is changed."""

    changed = pyqtSignal()

    def __init__(self, title: str, base: Config, *, optional: bool) -> None:
        super().__init__()
        self._base, self._optional = base, optional
        self.parameter = _list_of_parameters(title, optional)
        self.low, self.high, self.count, self.values = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.log = QCheckBox("equal &factors")
        self.problem = QLabel()
        self._named = {
            "From": (self.low, "The first value"),
            "to": (self.high, "The last value"),
            "values": (self.count, "How many values, both ends included"),
        }
        self._words = [QLabel(word) for word in self._named]
        self._lay_out(title)
        self.parameter.currentTextChanged.connect(self._on_parameter_chosen)
        for field in (self.low, self.high, self.count, self.values):
            field.textChanged.connect(self.changed)
        self.log.toggled.connect(self.changed)
        self._show_kind()

    def _lay_out(self, title: str) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        label, plain = QLabel(title), title.replace("&", "")
        label.setBuddy(self.parameter)
        grid.addWidget(label, 0, 0, 1, 6)
        grid.addWidget(self.parameter, 1, 0, 1, 6)
        for place, (word, (name, (field, help))) in enumerate(zip(self._words, self._named.items(), strict=True)):
            field.setAccessibleName(f"{plain}: {name.lower()}")
            field.setToolTip(help)
            word.setBuddy(field)
            grid.addWidget(word, 2, 2 * place)
            grid.addWidget(field, 2, 2 * place + 1)
        self.values.setAccessibleName(f"{plain}: the values")
        grid.addWidget(self.values, 3, 0, 1, 6)
        self.log.setAccessibleName(f"{plain}: equal factors")
        self.log.setToolTip("Each value is so many times the one before it, as 0.01, 0.1, 1, instead of so much more")
        grid.addWidget(self.log, 4, 0, 1, 6)
        self.problem.setWordWrap(True)
        self.problem.setAccessibleName(f"{plain}: what cannot be")
        self.problem.hide()
        grid.addWidget(self.problem, 5, 0, 1, 6)

    # what is entered

    @property
    def chosen(self) -> Parameter | None:
        """The parameter that is chosen; None where none is, or where what was typed is none."""
        return PARAMETERS.get(self.parameter.itemData(self.parameter.findText(self.parameter.currentText(), Qt.MatchFlag.MatchExactly)) or "")

    @property
    def left_out(self) -> bool:
        """Whether there is to be no such axis."""
        return self._optional and self.parameter.currentText() == NO_PARAMETER

    def choose(self, name: str) -> None:
        """Choose a parameter by its name; an empty one for none."""
        self.parameter.setCurrentIndex(self.parameter.findData(name))

    def axis(self) -> Axis:
        """The axis as it is entered; raises ConfigError where it cannot be."""
        parameter = self.chosen
        if parameter is None:
            raise ConfigError("over", f"There is no parameter '{self.parameter.currentText()}'; type a part of its name, and choose it from the list.")
        if parameter.kind not in (int, float):
            separator = SEPARATORS.get(parameter.kind, ",")
            return Axis(parameter.name, tuple(parameter.parse(text) for text in self.values.text().split(separator)))
        low, high = (parameter.parse(field.text()) for field in (self.low, self.high))
        try:
            count = int(self.count.text())
        except ValueError:
            raise ConfigError(parameter.name, f"{parameter.name} is to take '{self.count.text()}' values; it must be a whole number, 2 or greater.") from None
        return Axis.between(parameter.name, low, high, count, log=self.log.isChecked())

    def complain(self, sentence: str) -> None:
        """Say beside the fields what cannot be; nothing where all can."""
        self.problem.setText(breakable(sentence))
        self.problem.setVisible(bool(sentence))

    def apply_theme(self, theme: Theme) -> None:
        paint_in(self.problem, theme.error)

    # what is shown

    def _on_parameter_chosen(self) -> None:
        self._show_kind()
        self.changed.emit()

    def _show_kind(self) -> None:
        """The fields that this parameter needs, with values to begin with."""
        parameter = self.chosen
        ranged = parameter is not None and parameter.kind in (int, float)
        for widget in (*self._words, self.low, self.high, self.count, self.log):
            widget.setVisible(ranged)
        self.values.setVisible(parameter is not None and not ranged)
        if parameter is None:
            return
        if ranged:
            low, high, log = _suggested(parameter, self._base)
            self.low.setText(parameter.format(low))
            self.high.setText(parameter.format(high))
            self.count.setText(str(COUNT[not self._optional]))
            self.log.setChecked(log)
        else:
            own = parameter.format(getattr(self._base, parameter.name))
            self.values.setText(", ".join(parameter.choices) or own)
            self.values.setCursorPosition(0)
            self.values.setToolTip(f"The values, with '{SEPARATORS.get(parameter.kind, ',')}' between them")


def _suggested(parameter: Parameter, base: Config) -> tuple[float, float, bool]:
    if parameter.name in SUGGESTED:
        low, high, log = SUGGESTED[parameter.name]
        return parameter.kind(low), parameter.kind(high), log
    value = getattr(base, parameter.name)
    least = next((bound for bound in (parameter.meta.ge, parameter.meta.gt) if bound is not None), value - 1)
    low, high = parameter.kind(max(value / 2, least)), parameter.kind(max(2 * value, least + 1))
    return low, high, False


def _list_of_parameters(title: str, optional: bool) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(title.replace("&", ""))
    box.setToolTip("Type a part of a parameter's name to find it")
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    if optional:
        box.addItem(NO_PARAMETER, "")
    for parameter in PARAMETERS.values():
        box.addItem(f"{parameter.title} {parameter.symbol} ({parameter.name})", parameter.name)
        box.setItemData(box.count() - 1, parameter.help, Qt.ItemDataRole.ToolTipRole)
    completer = box.completer()
    assert completer is not None, "an editable list completes what is typed"
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    return box
