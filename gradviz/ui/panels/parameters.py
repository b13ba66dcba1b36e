"""The parameters panel: presets, and a field for each parameter that Config declares."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gradviz.core.config import PARAMETERS, Config, Parameter
from gradviz.runs.presets import presets
from gradviz.ui.panels.fields import Field, describe, field_for
from gradviz.ui.state import State
from gradviz.ui.theme import Theme


class ParameterRow:
    """One parameter: its label and field, a mark where it differs from the running experiment, and a sentence where it cannot be."""

    def __init__(self, parameter: Parameter) -> None:
        self.parameter = parameter
        self.field: Field = field_for(parameter)
        self.label = QLabel(f"{parameter.title} <i>{parameter.symbol}</i>")
        self.label.setBuddy(self.field)
        describe(self.label, parameter)
        self.mark = QLabel("●")
        self.mark.setToolTip("Differs from the running experiment; Reset (R) takes it up.")
        self.mark.setAccessibleName(f"{parameter.title} differs from the running experiment")
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.setVisible(False)
        keep = self.mark.sizePolicy()
        keep.setRetainSizeWhenHidden(True)  # a mark that comes and goes must not move the field
        self.mark.setSizePolicy(keep)

    def add_to(self, grid: QGridLayout, row: int) -> None:
        """Take two rows of the grid: label, field and mark, and below them the sentence."""
        grid.addWidget(self.label, row, 0)
        grid.addWidget(self.field, row, 1)
        grid.addWidget(self.mark, row, 2)
        grid.addWidget(self.problem, row + 1, 0, 1, 3)

    def set_enabled(self, on: bool) -> None:
        self.field.setEnabled(on)
        self.label.setEnabled(on)

    def show_state(self, changed: bool, problem: str) -> None:
        self.mark.setVisible(changed and not problem)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def apply_theme(self, theme: Theme) -> None:
        self.mark.setStyleSheet(f"color: {theme.warning}")
        self.problem.setStyleSheet(f"color: {theme.error}")


class ParametersPanel(QWidget):
    """Presets, fields, and a button that restores the defaults; reports what a person wants and changes nothing itself."""

    value_entered = pyqtSignal(str, object)
    value_refused = pyqtSignal(str, str)
    preset_chosen = pyqtSignal(str)
    defaults_requested = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("parameters")
        self.presets = QComboBox()
        self.presets.setObjectName("presets")
        self.presets.setAccessibleName("Preset")
        self.presets.setToolTip("Experiments that are ready to run")
        self.presets.setPlaceholderText("Own settings")
        self.presets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for preset in presets().values():
            self.presets.addItem(preset.title, preset.name)
            self.presets.setItemData(self.presets.count() - 1, preset.description, Qt.ItemDataRole.ToolTipRole)
        self.presets.activated.connect(lambda index: self.preset_chosen.emit(self.presets.itemData(index)))
        self.description = QLabel()
        self.description.setWordWrap(True)
        place = self.description.sizePolicy()
        place.setRetainSizeWhenHidden(True)  # the fields must not jump from under the hand that edits them
        self.description.setSizePolicy(place)
        self.rows = {name: ParameterRow(parameter) for name, parameter in PARAMETERS.items()}
        self.defaults = QPushButton("Restore defaults")
        self.defaults.setToolTip("Set every parameter as in the notebook's case 1(a)")
        self.defaults.clicked.connect(self.defaults_requested)
        self._lay_out()
        for row in self.rows.values():
            row.field.value_entered.connect(self.value_entered)
            row.field.value_refused.connect(self.value_refused)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.presets)
        column.addWidget(self.description)
        grid = QGridLayout()
        grid.setVerticalSpacing(4)
        grid.setHorizontalSpacing(6)
        grid.setColumnStretch(1, 1)
        for number, row in enumerate(self.rows.values()):
            row.add_to(grid, 2 * number)
        column.addLayout(grid)
        column.addWidget(self.defaults)

    def show_state(self, old: State | None, new: State) -> None:
        """Show the entered values, what differs from the running experiment, and what cannot be."""
        preset = new.preset
        self.presets.setCurrentIndex(self.presets.findData(preset.name) if preset else -1)
        if preset is not None:
            self.description.setText(preset.description)
        self.description.setVisible(preset is not None)
        changed, problems = new.changed, new.problems
        for name, row in self.rows.items():
            typed_wrong = name in new.refusals
            if not typed_wrong and (old is None or old.entered[name] != new.entered[name] or name in old.refusals):
                row.field.show_value(new.entered[name])
            row.show_state(name in changed, problems.get(name, ""))
        self.rows["seed"].set_enabled(new.entered["initialization"] != "constant")  # a constant start draws nothing
        self.defaults.setEnabled(Config().as_dict() != dict(new.entered) or bool(new.refusals))

    def apply_theme(self, theme: Theme) -> None:
        self.description.setStyleSheet(f"color: {theme.faint}")
        for row in self.rows.values():
            row.apply_theme(theme)
