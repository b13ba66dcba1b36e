"""The dialog that asks for several runs together: one parameter, and the values that it is to have."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gradviz.core.combinations import USED
from gradviz.core.config import PARAMETERS, Config, ConfigError, Parameter
from gradviz.runs.presets import presets
from gradviz.runs.run import PROFILE_MEMORY
from gradviz.ui.companions import MOST, Named, check_memory, in_print, together, typed
from gradviz.ui.theme import Theme

#: The notebook's three cases, in its order; they differ in the weight scale alone.
NOTEBOOK = ("notebook-1a", "notebook-1b", "notebook-1d")
#: What is offered to begin with.
FIRST = "weight_scale"
SUGGESTED = {"weight_scale": "0.9, 1, 5"}
#: So many words stand beside each other.
WORDS_IN_A_ROW = 3


def notebooks() -> tuple[Config, tuple[float, ...]]:
    """The config that the notebook's cases have in common, and their weight scales."""
    configs = [presets()[name].config for name in NOTEBOOK]
    return configs[0], tuple(config.weight_scale for config in configs)


class TogetherDialog(QDialog):
    """Choose a parameter and values; `chosen` says with which config, which parameter and which values, the live run's first."""

    chosen = pyqtSignal(object, str, object)

    def __init__(self, parent: QWidget | None, config: Config, theme: Theme, memory: int = PROFILE_MEMORY) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Several runs together")
        self._config, self._theme, self._memory = config, theme, memory
        self.parameter = QComboBox()
        self.values = QLineEdit()
        self.words: list[QCheckBox] = []
        self.help, self.problem, self.outlook = QLabel(), QLabel(), QLabel()
        self._lay_out()
        self.parameter.setCurrentIndex(list(PARAMETERS).index(FIRST))
        self._on_parameter(self.parameter.currentText())
        self.parameter.editTextChanged.connect(self._on_parameter)
        self.values.textEdited.connect(lambda _text: self._judge())
        self.values.setFocus()
        self.values.selectAll()

    def accept(self) -> None:
        """Start, where all can be trained."""
        try:
            parameter, values = self._entered()
            self._experiments(parameter, values)
        except ConfigError as problem:
            self._complain(str(problem))
            return
        self.chosen.emit(self._config, parameter.name, values)
        super().accept()

    def compare_as_the_notebook(self) -> None:
        """Enter the notebook's comparison, and start it."""
        self._config, values = notebooks()
        self.parameter.setCurrentIndex(list(PARAMETERS).index("weight_scale"))
        self.values.setText(", ".join(map(str, values)))
        self.accept()

    # what is entered

    def _parameter(self) -> Parameter:
        """The parameter that is named in the list, by title and name or by one of them; raises ConfigError."""
        text = self.parameter.currentText().strip().lower()
        found = next((entry for entry in PARAMETERS.values() if text in (_listed(entry).lower(), entry.name, entry.title.lower())), None)
        if found is None:
            raise ConfigError("parameter", f"There is no parameter '{self.parameter.currentText()}'; choose one from the list.")
        return found

    def _entered(self) -> tuple[Parameter, tuple[Any, ...]]:
        parameter = self._parameter()
        if parameter.choices:
            return parameter, tuple(box.text() for box in self.words if box.isChecked())
        return parameter, typed(parameter, self.values.text())

    def _experiments(self, parameter: Parameter, values: tuple[Any, ...]) -> list[Named]:
        experiments = together(self._config, parameter.name, values)
        check_memory(experiments, self._memory)
        return experiments

    def _on_parameter(self, _text: str) -> None:
        try:
            parameter = self._parameter()
        except ConfigError as problem:
            self._complain(str(problem))
            return
        self.help.setText(f"{parameter.help} {self._whether_asleep(parameter)}".strip())
        self._offer(parameter)
        self._judge()

    def _offer(self, parameter: Parameter) -> None:
        """The words to choose from, or a field with values to begin with."""
        for box in self.words:
            self._grid.removeWidget(box)
            box.hide()
            box.deleteLater()
        now = getattr(self._config, parameter.name)
        self.words = [QCheckBox(word) for word in parameter.choices]
        others = [word for word in parameter.choices if word != now]
        for place, box in enumerate(self.words):
            box.setAccessibleName(f"{parameter.title}: {box.text()}")
            box.setChecked(box.text() in (now, *others[:1]))
            box.toggled.connect(lambda _on: self._judge())
            self._grid.addWidget(box, place // WORDS_IN_A_ROW, place % WORDS_IN_A_ROW)
        self._fields.setCurrentIndex(int(bool(parameter.choices)))
        if not parameter.choices:
            self.values.setText(suggested(self._config, parameter))
            between = "semicolons" if parameter.kind is tuple else "commas"
            self.values.setToolTip(f"Up to {MOST} values with {between} between them; each is {parameter.allowed}")
        self._label.setBuddy(self.words[0] if self.words else self.values)

    def _whether_asleep(self, parameter: Parameter) -> str:
        values = self._config.as_dict()
        sleeping = {name for name, used in USED.items() if not used(values)}
        if parameter.name not in sleeping:
            return ""
        from gradviz.ui.waking import woken_by

        return woken_by(parameter.name, values, sleeping)

    def _judge(self) -> None:
        """Say what will be trained, or what cannot be."""
        try:
            parameter, values = self._entered()
            experiments = self._experiments(parameter, values)
        except ConfigError as problem:
            self._complain(str(problem))
            return
        shown = [in_print(parameter, getattr(config, parameter.name)) for _, config in experiments]
        self.outlook.setText(f"{len(shown)} runs, epoch by epoch: {parameter.name} = {shown[0]} as the live run; beside it {'; '.join(shown[1:])}.")
        self.problem.setText("")
        self.start.setEnabled(True)

    def _complain(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.outlook.setText("")
        self.start.setEnabled(False)

    # layout

    def _lay_out(self) -> None:
        self._name_fields()
        form = QFormLayout()
        form.addRow("&Parameter", self.parameter)
        form.addRow("", self.help)
        self._label = QLabel("&Values")
        form.addRow(self._label, self._make_fields())
        form.addRow("", self.problem)
        form.addRow("", self.outlook)
        scales = ", ".join(map(str, notebooks()[1]))
        self.notebook = QPushButton(f"The &notebook's comparison: weight scale {scales}")
        self.notebook.setToolTip("Train the notebook's network with each of its three initial weights, side by side, at once")
        self.notebook.clicked.connect(self.compare_as_the_notebook)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        start = buttons.addButton("&Start together", QDialogButtonBox.ButtonRole.AcceptRole)
        assert start is not None, "a button box makes the button that it is asked for"
        self.start = start
        start.setToolTip("Train a run for each value, side by side, epoch by epoch")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        rows = QVBoxLayout(self)
        rows.addWidget(self.notebook, 0, Qt.AlignmentFlag.AlignLeft)
        rows.addLayout(form)
        rows.addStretch(1)
        rows.addWidget(buttons)
        for button in buttons.buttons():
            button.setIcon(QIcon())  # the style's own are black in both themes
        for other in self.findChildren(QPushButton):
            other.setAutoDefault(other is start)
        start.setDefault(True)
        self.resize(620, 360)

    def _name_fields(self) -> None:
        self.parameter.setObjectName("parameter")
        self.parameter.setAccessibleName("Which parameter")
        self.parameter.setToolTip("Type a part of its name to find it")
        self.parameter.setEditable(True)
        self.parameter.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.parameter.addItems([_listed(entry) for entry in PARAMETERS.values()])
        completer = self.parameter.completer()
        assert completer is not None, "an editable list completes"
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(completer.CompletionMode.PopupCompletion)
        self.values.setObjectName("values")
        self.values.setAccessibleName("Which values, with commas between them")
        self.problem.setAccessibleName("What cannot be")
        self.problem.setStyleSheet(f"color: {self._theme.error}")
        self.help.setStyleSheet(f"color: {self._theme.faint}")
        self.outlook.setAccessibleName("What will be trained")
        for label in (self.help, self.problem, self.outlook):
            label.setWordWrap(True)

    def _make_fields(self) -> QWidget:
        """A field for values, and behind it a place for words."""
        words = QWidget()
        self._grid = QGridLayout(words)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._fields = QStackedWidget()
        self._fields.addWidget(self.values)
        self._fields.addWidget(words)
        return self._fields


def suggested(config: Config, parameter: Parameter) -> str:
    """Values to begin with: what the config has, and half and twice as much, or a step or two more, where that can be."""
    now = getattr(config, parameter.name)
    if parameter.name in SUGGESTED or parameter.kind not in (int, float):
        return SUGGESTED.get(parameter.name, parameter.format(now))
    step = parameter.step or 1
    tried = [now / 2, now, now * 2] if now else [0, step, 2 * step]
    values = list(dict.fromkeys(parameter.kind(value) for value in tried))
    return ", ".join(parameter.format(value) for value in values if _can_be(config, parameter, value))


def _can_be(config: Config, parameter: Parameter, value: Any) -> bool:
    try:
        config.replace(**{parameter.name: value})
    except ConfigError:
        return False
    return True


def _listed(parameter: Parameter) -> str:
    return f"{parameter.title} ({parameter.name})"
