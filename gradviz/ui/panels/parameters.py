"""The parameters panel: presets, and below them a field for each parameter that Config declares, in sections that fold."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from PyQt6.QtCore import QEvent, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gradviz.core.config import GROUPS, PARAMETERS, Config, Parameter
from gradviz.core.memory import needed, size
from gradviz.runs.presets import presets
from gradviz.ui.panels.fields import SWITCH
from gradviz.ui.panels.rows import MARK, ParameterRow, Rows
from gradviz.ui.panels.sections import Section, paint_in
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
#: What stands in place of a preset's title where the parameters are not one's, and before its title where they were changed from it.
OWN, CHANGED = "Own settings", "Changed: "
#: The title of a changed preset has so many pixels at least, and so many are left between it and the list's arrow.
LEAST_ROOM, GAP = 200, 8
#: The widest label is one of so many that have the most letters.
LONGEST = 5
#: Pixels from one row to the next, at least: a tick is less high than a field.
ROW_HEIGHT = 23


class ParametersPanel(QWidget):
    """Presets, fields, and a button that restores the defaults; reports what a person wants and changes nothing itself."""

    value_entered = pyqtSignal(str, object)
    value_refused = pyqtSignal(str, str)
    values_tried = pyqtSignal(dict)
    preset_chosen = pyqtSignal(str)
    defaults_requested = pyqtSignal()
    fields_made = pyqtSignal()
    #: Return was pressed in a field: what was typed there is meant.
    confirmed = pyqtSignal()

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
        self._align(grid)
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

    def _align(self, grid: QGridLayout) -> None:
        grid.setColumnMinimumWidth(0, self._widest)
        grid.setColumnMinimumWidth(2, self.fontMetrics().horizontalAdvance(MARK) + 1)  # a mark that comes and goes must not move the field

    def changeEvent(self, event: QEvent | None) -> None:
        """Larger letters, for a hall: labels have their room again."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.FontChange:
            self.__dict__.pop("_widest", None)
            for section in self.sections.values():
                if section.grid is not None:
                    self._align(section.grid)

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

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Fields leave Return to what they stand in."""
        super().keyPressEvent(event)
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.confirmed.emit()

    def set_focus(self, name: str) -> None:
        """Put the cursor into a parameter's field, wherever it is; what is typed takes the place of its number."""
        self.sections[PARAMETERS[name].group].unfold()
        field = self.rows[name].field
        field.setFocus()
        if isinstance(field, QAbstractSpinBox):
            field.selectAll()
        self._to_be_seen = field
        QTimer.singleShot(0, self._bring_into_view)

    # one State down

    def show_state(self, old: State | None, new: State) -> None:
        """Show the entered values, what differs from the running experiment, and what cannot be."""
        self._state = new
        self._show_preset(new)
        for row in self.rows.values():
            row.show_state(old, new)
        for group, section in self.sections.items():
            self._unfold_for_problems(group, set(old.problems) if old else set(), set(new.problems))
            section.show_summary(_summary(group, new))
        self._show_memory(new)
        self.defaults.setEnabled(Config().as_dict() != dict(new.entered) or bool(new.refusals))

    def _unfold_for_problems(self, group: str, before: set[str], now: set[str]) -> None:
        """A section opens for a problem in it, and closes after it: half of a number that is being typed elsewhere may be one."""
        section, names = self.sections[group], set(SECTIONS[group])
        if names & (now - before):
            section.unfold()
            section.build()
        elif names & before and not names & now and group not in self._chosen:
            focused = QApplication.focusWidget()
            section.unfold(focused is not None and section.isAncestorOf(focused))

    def _show_preset(self, new: State) -> None:
        """The preset, or which one was changed: its words tell what to try, and are needed while a person tries it."""
        preset, origin = new.preset, new.began_as
        self.presets.setPlaceholderText(OWN if origin is None else self._fitting(f"{CHANGED}{origin.title}"))
        self.presets.setCurrentIndex(self.presets.findData(preset.name) if preset else -1)
        if origin is not None:
            self.description.setText(origin.description)
        self.description.setVisible(origin is not None)

    def _fitting(self, words: str) -> str:
        room = self.presets.width() - self.presets.height() - GAP  # the arrow is about as wide as it is high
        return self.presets.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, max(room, LEAST_ROOM))

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


def _list_of_presets() -> QComboBox:
    box = QComboBox()
    box.setObjectName("presets")
    box.setAccessibleName("Preset")
    box.setToolTip("Experiments that are ready to run")
    box.setPlaceholderText(OWN)
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
