"""The parameters panel: presets, and below them a field for each parameter that Config declares, in sections that fold."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cached_property

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gradviz.core.config import GROUPS, PARAMETERS, Config, Parameter
from gradviz.core.memory import needed, size
from gradviz.runs.presets import presets
from gradviz.ui.panels.fields import STOPS, SWITCH, Field, NameLabel, StopsSlider, describe, field_for
from gradviz.ui.panels.sections import Section, paint_in
from gradviz.ui.panels.text_fields import ColumnField, FileField
from gradviz.ui.state import State
from gradviz.ui.theme import LIGHT, Theme

#: The sections that are unfolded until a person folds them: what the notebook's chain needs.
UNFOLDED = ("network", "start", "training")
#: Of these the fields are there when the window is first painted; those of the others come right after.
AT_ONCE = ("network", "start")
#: What every experiment is asked for stands first in its section.
FIRST = ("learning_rate", "epochs", "observe_every")
#: The parameters of each section, in their order.
SECTIONS = {group: sorted((name for name, parameter in PARAMETERS.items() if parameter.group == group), key=lambda name: name not in FIRST) for group in GROUPS}
#: Less memory than this is not worth a line: every machine has it.
WORTH_SAYING = 100 * 1024**2
MARK = "●"
#: The widest label is one of so many that have the most letters.
LONGEST = 5
#: Pixels from one row to the next, at least: a tick is less high than a field.
ROW_HEIGHT = 23
#: A word of more letters than this, such as a file's name, may be broken: it must not widen the panel.
LONGEST_WORD = 24


class ParameterRow:
    """One parameter: its label and field, a mark where it differs from the running experiment, and a sentence where it cannot be."""

    def __init__(self, parameter: Parameter) -> None:
        self.parameter = parameter
        self.field: Field = field_for(parameter)
        self.slider = StopsSlider(parameter) if parameter.name in STOPS else None
        self.label = NameLabel(parameter)
        self.label.setBuddy(self.field)
        describe(self.label, parameter)
        self.mark = QLabel(MARK)
        self.mark.setToolTip("Differs from the running experiment; Reset (R) takes it up.")
        self.mark.setAccessibleName(f"{parameter.title} differs from the running experiment")
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self._asleep = ""

    def add_to(self, grid: QGridLayout, row: int) -> None:
        """Take four rows of the grid: label, field and mark; the field where it takes the whole width; a slider; the sentence."""
        across = isinstance(self.field, FileField)
        grid.addWidget(self.label, row, 0)
        grid.addWidget(self.mark, row, 2)
        grid.addWidget(self.field, row + across, 0 if across else 1, 1, 3 if across else 1)
        if self.slider is not None:
            grid.addWidget(self.slider, row + 2, 1)
        grid.addWidget(self.problem, row + 3, 0, 1, 3)
        self.mark.hide()
        self.problem.hide()

    def tab_stops(self) -> list[QWidget]:
        """What gets the focus, in this order."""
        parts: list[QWidget] = [self.field.line, self.field.choose] if isinstance(self.field, FileField) else [self.field]
        return parts if self.slider is None else [*parts, self.slider]

    def show_state(self, old: State | None, new: State) -> None:
        """Show the value, unless something is being typed that is not one, and how it stands."""
        name = self.parameter.name
        if isinstance(self.field, ColumnField):
            self.field.show_columns(new.columns)
        if name not in new.refusals and (old is None or old.entered[name] != new.entered[name] or name in old.refusals):
            self.field.show_value(new.entered[name])
            if self.slider is not None:
                self.slider.show_value(new.entered[name])
        problem = new.problems.get(name, "")
        self.mark.setVisible(name in new.changed and not problem)
        if breakable(problem) != self.problem.text():
            self.problem.setText(breakable(problem))
        self.problem.setVisible(bool(problem))
        self._show_sleep(new.why_asleep(name))

    def _show_sleep(self, asleep: str) -> None:
        if asleep == self._asleep:
            return
        self._asleep = asleep
        for widget in (self.field, self.label):
            widget.setEnabled(not asleep)
            describe(widget, self.parameter, asleep)

    def apply_theme(self, theme: Theme) -> None:
        paint_in(self.mark, theme.warning)
        paint_in(self.problem, theme.error)


class Rows(dict[str, ParameterRow]):
    """The rows by their parameters' names; those of a section that has never been unfolded are made when one of them is asked for."""

    def __init__(self, make: Callable[[str], None]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, name: str) -> ParameterRow:
        self._make(PARAMETERS[name].group)
        return self[name]


class ParametersPanel(QWidget):
    """Presets, fields, and a button that restores the defaults; reports what a person wants and changes nothing itself."""

    value_entered = pyqtSignal(str, object)
    value_refused = pyqtSignal(str, str)
    values_tried = pyqtSignal(dict)
    preset_chosen = pyqtSignal(str)
    defaults_requested = pyqtSignal()
    fields_made = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("parameters")
        self.presets = _list_of_presets()
        self.presets.activated.connect(lambda index: self.preset_chosen.emit(self.presets.itemData(index)))
        self.description = QLabel()
        self.description.setWordWrap(True)
        place = self.description.sizePolicy()
        place.setRetainSizeWhenHidden(True)  # the fields must not jump from under the hand that edits them
        self.description.setSizePolicy(place)
        self.rows = Rows(lambda group: self.sections[group].build())
        self.sections = {group: Section(title, lambda grid, group=group: self._fill(group, grid)) for group, title in GROUPS.items()}  # type: ignore[misc]
        self.memory = QLabel()
        self.memory.setContentsMargins(0, 0, 0, 6)
        self.memory.hide()
        self.defaults = QPushButton("Restore defaults")
        self.defaults.setToolTip("Set every parameter as in the notebook's case 1(a)")
        self.defaults.clicked.connect(self.defaults_requested)
        self._state: State | None = None
        self._theme = LIGHT
        self._complete = False
        self._chosen: set[str] = set()
        self._to_be_seen: QWidget | None = None
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(2)
        column.addWidget(self.presets)
        column.addWidget(self.description)
        for group, section in self.sections.items():
            column.addWidget(section)
            section.toggled.connect(lambda group=group: self._on_toggled(group))
            if group == "network":
                column.addWidget(self.memory)
        column.addSpacing(4)
        column.addWidget(self.defaults)

    # sections

    def _fill(self, group: str, grid: QGridLayout) -> None:
        """Make a section's rows."""
        grid.setColumnMinimumWidth(0, self._widest)
        grid.setColumnMinimumWidth(2, self.fontMetrics().horizontalAdvance(MARK) + 1)  # a mark that comes and goes must not move the field
        before: QWidget = self.sections[group].header
        for number, name in enumerate(SECTIONS[group]):
            row = self.rows[name] = ParameterRow(PARAMETERS[name])
            row.add_to(grid, 4 * number)
            grid.setRowMinimumHeight(4 * number, ROW_HEIGHT)
            row.apply_theme(self._theme)
            for stop in row.tab_stops():  # made late, it would come after the plots
                QWidget.setTabOrder(before, stop)
                before = stop
            row.field.value_entered.connect(self.value_entered)
            row.field.value_refused.connect(self.value_refused)
            if row.slider is not None:
                row.slider.value_tried.connect(lambda name, value: self.values_tried.emit({name: value}))
            if self._state is not None:
                row.show_state(None, self._state)
        self.fields_made.emit()

    @cached_property
    def _widest(self) -> int:
        """Pixels of the widest label in any section: fields stand below each other across all of them."""
        longest = sorted((f"{parameter.title} {parameter.symbol}" for parameter in PARAMETERS.values()), key=len)[-LONGEST:]
        return max(map(self.fontMetrics().horizontalAdvance, longest)) + 2

    def _on_toggled(self, group: str) -> None:
        """A person unfolded a section: bring it into view, once it has its place."""
        section = self.sections[group]
        (self._chosen.add if section.unfolded else self._chosen.discard)(group)
        if section.unfolded:
            section.build()
            self._to_be_seen = section
            QTimer.singleShot(0, self._bring_into_view)

    def _bring_into_view(self) -> None:
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None and self._to_be_seen is not None:
            above.ensureWidgetVisible(self._to_be_seen, 0, 4)

    def unfolded(self) -> list[str]:
        """The sections that a person wants open, by their names."""
        return [group for group in self.sections if group in self._chosen]

    def unfold(self, groups: Collection[str]) -> None:
        """Open these sections, and no others; before complete() only what AT_ONCE names gets its fields."""
        self._chosen = {group for group in self.sections if group in groups}
        for group, section in self.sections.items():
            section.unfold(group in groups)
            if section.unfolded and (self._complete or group in AT_ONCE):
                section.build()

    def complete(self) -> None:
        """Make the fields of all open sections: the window has been painted."""
        self._complete = True
        for section in self.sections.values():
            if section.unfolded:
                section.build()

    def set_focus(self, name: str) -> None:
        """Put the cursor into a parameter's field, wherever it is."""
        self.sections[PARAMETERS[name].group].unfold()
        self.rows[name].field.setFocus()

    # one State down

    def show_state(self, old: State | None, new: State) -> None:
        """Show the entered values, what differs from the running experiment, and what cannot be."""
        self._state = new
        preset = new.preset
        self.presets.setCurrentIndex(self.presets.findData(preset.name) if preset else -1)
        if preset is not None:
            self.description.setText(preset.description)
        self.description.setVisible(preset is not None)
        for row in self.rows.values():
            row.show_state(old, new)
        for group, section in self.sections.items():
            if any(name in new.problems and (old is None or name not in old.problems) for name in SECTIONS[group]):
                section.unfold()
                section.build()
            section.show_summary(_summary(group, new))
        self._show_memory(new)
        self.defaults.setEnabled(Config().as_dict() != dict(new.entered) or bool(new.refusals))

    def _show_memory(self, new: State) -> None:
        memory = needed(new.wanted).total if new.wanted else 0
        self.memory.setVisible(memory >= WORTH_SAYING)
        self.memory.setText(f"Needs {size(memory)} of memory")

    def apply_theme(self, theme: Theme) -> None:
        self._theme = theme
        for label in (self.description, self.memory):
            paint_in(label, theme.faint)
        for section in self.sections.values():
            paint_in(section.header.summary, theme.accent)
        for row in self.rows.values():
            row.apply_theme(theme)


def breakable(sentence: str) -> str:
    """The sentence with invisible places to break in words that are longer than a line may be."""
    return re.sub(rf"\S{{{LONGEST_WORD}}}(?=\S)", lambda part: part[0] + "\u200b", sentence)


def _list_of_presets() -> QComboBox:
    box = QComboBox()
    box.setObjectName("presets")
    box.setAccessibleName("Preset")
    box.setToolTip("Experiments that are ready to run")
    box.setPlaceholderText("Own settings")
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    for preset in presets().values():
        box.addItem(preset.title, preset.name)
        box.setItemData(box.count() - 1, preset.description, Qt.ItemDataRole.ToolTipRole)
    return box


def _summary(group: str, state: State) -> str:
    """What a section has that the defaults have not, with a mark where it differs from the running experiment."""
    names = [name for name in SECTIONS[group] if state.entered[name] != PARAMETERS[name].default]
    changed = f"{MARK} " if set(SECTIONS[group]) & set(state.changed) else ""
    return changed + ", ".join(_in_words(PARAMETERS[name], state) for name in names)


def _in_words(parameter: Parameter, state: State) -> str:
    value = state.entered[parameter.name]
    title = parameter.title.lower()
    if parameter.choices == SWITCH:
        return title if value == SWITCH[True] else f"no {title}"
    return f"{title} {parameter.format(value)}"
