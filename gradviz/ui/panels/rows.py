"""Rows of the parameters panel: a label, a field, a mark and a sentence for each parameter."""

from __future__ import annotations

import re
from collections.abc import Callable

from PyQt6.QtWidgets import QGridLayout, QLabel, QWidget

from gradviz.core.config import PARAMETERS, Parameter
from gradviz.ui.panels.fields import STOPS, Field, NameLabel, StopsSlider, describe, field_for
from gradviz.ui.panels.sections import paint_in
from gradviz.ui.panels.text_fields import ColumnField, FileField
from gradviz.ui.state import State
from gradviz.ui.theme import Theme

#: What stands beside a parameter that differs from the running experiment.
MARK = "●"
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
            self._tell(problem)
        self.problem.setVisible(bool(problem))
        self._show_sleep(new.why_asleep(name))

    def _tell(self, problem: str) -> None:
        """Let a screen reader say at the field what cannot be, as it stands below it."""
        describe(self.field, self.parameter, self._asleep)
        if problem:
            self.field.setAccessibleDescription(f"{problem} {self.parameter.help}")

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


def breakable(sentence: str) -> str:
    """The sentence with invisible places to break in words that are longer than a line may be."""
    return re.sub(rf"\S{{{LONGEST_WORD}}}(?=\S)", lambda part: part[0] + "\u200b", sentence)
