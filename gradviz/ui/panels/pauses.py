"""Pause at…: the conditions at which a training pauses by itself, each with a box to tick and, where it has one, its number."""

from __future__ import annotations

from typing import NamedTuple

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from gradviz.core.conditions import Condition, Kind
from gradviz.core.config import Config, ConfigError
from gradviz.ui.panels.sections import paint_in
from gradviz.ui.panels.text_fields import TYPED
from gradviz.ui.theme import Theme


class Choice(NamedTuple):
    """A kind of condition as the dialog offers it; `usual` is the number that its field begins with, "" where it has none."""

    kind: Kind
    words: str
    usual: str
    help: str


CHOICES = (
    Choice("epoch", "Epoch", "100", "Pause when this epoch is reached"),
    Choice("cost_below", "Cost below", "0.01", "Pause when the cost falls below this number"),
    Choice("cost_above", "Cost above", "1", "Pause when the cost rises above this number"),
    Choice("gradient_below", "|gradient| below", "1e-7", "Pause when |g| of any layer falls below this number; in a wide network its root mean square"),
    Choice("zero", "A gradient is exactly 0", "", "Pause when the gradient g of any layer is exactly 0: too small for the number format"),
    Choice("not_finite", "NaN or ∞ appears", "", "Pause when the cost, an activation, a gradient or a weight is no finite number any more"),
    Choice("verdict", "The verdict changes", "", "Pause when the sentence below the plots begins with another word"),
)


def condition_of(choice: Choice, text: str) -> Condition:
    """The condition that a choice and its number mean; raises ConfigError with a sentence where they mean none."""
    if not choice.usual:
        return Condition(choice.kind)
    try:
        value = float(text.strip().replace("−", "-").replace(",", "").replace("_", ""))
    except ValueError:
        raise ConfigError(choice.kind, f"'{text.strip()}' is not a number; write one such as {choice.usual}.") from None
    return Condition(choice.kind, value)


class Row:
    """One condition: its box, its number, and a sentence where that cannot be."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.box = QCheckBox(choice.words)
        self.box.setObjectName(f"pause_{choice.kind}")
        self.box.setToolTip(choice.help)
        self.box.setAccessibleDescription(choice.help)
        self.field = QLineEdit(choice.usual)
        self.field.setObjectName(f"pause_{choice.kind}_value")
        self.field.setAccessibleName(f"{choice.words}, the number")
        self.field.setToolTip(choice.help)
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.hide()

    def condition(self, config: Config | None) -> Condition | None:
        """What it means, and beside its field why it means nothing; None where it is not ticked or cannot be."""
        condition, sentence = None, ""
        if self.box.isChecked():
            try:
                condition = condition_of(self.choice, self.field.text())
                if config is not None:
                    condition.check_for(config)
            except ConfigError as problem:
                condition, sentence = None, str(problem)
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        return condition

    def show_condition(self, condition: Condition | None) -> None:
        self.box.setChecked(condition is not None)
        if condition is not None and self.choice.usual:
            try:
                same = condition_of(self.choice, self.field.text()) == condition
            except ConfigError:
                same = False
            if not same:
                self.field.setText(f"{condition.value:.17g}" if float(f"{condition.value:.12g}") != condition.value else f"{condition.value:.12g}")


class PausesDialog(QDialog):
    """Stays open beside the window; what is ticked counts at once, and what is typed when typing rests."""

    conditions_changed = pyqtSignal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pauses")
        self.setWindowTitle("Pause at…")
        self.setModal(False)
        self.rows = {choice.kind: Row(choice) for choice in CHOICES}
        self._config: Config | None = None
        self._conditions: tuple[Condition, ...] = ()
        self._showing = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(TYPED)
        self._rest.timeout.connect(self._on_changed)
        self._lay_out()
        for row in self.rows.values():
            row.box.toggled.connect(self._on_changed)
            row.field.textEdited.connect(self._on_typed)
            row.field.editingFinished.connect(self._on_changed)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(4)
        for number, row in enumerate(self.rows.values()):
            grid.addWidget(row.box, 2 * number, 0, 1, 1 if row.choice.usual else 2)
            if row.choice.usual:
                grid.addWidget(row.field, 2 * number, 1)
                row.field.setMinimumWidth(110)
            grid.addWidget(row.problem, 2 * number + 1, 0, 1, 2)
        about = QLabel("The training pauses at the first observed epoch where one of these begins to hold; Run goes on from there.")
        about.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        assert close is not None, "a button box makes the button that it is asked for"
        close.setIcon(QIcon())  # the style's own is black in both themes
        close.setAutoDefault(False)  # Enter ends what is typed, and closes nothing
        buttons.rejected.connect(self.reject)
        rows = QVBoxLayout(self)
        rows.addWidget(about)
        rows.addLayout(grid)
        rows.addStretch(1)
        rows.addWidget(buttons)
        self.setMinimumWidth(360)

    def apply_theme(self, theme: Theme) -> None:
        for row in self.rows.values():
            paint_in(row.problem, theme.error)

    def show_conditions(self, conditions: tuple[Condition, ...], config: Config) -> None:
        """Tick these, for a run of this config; a text that is not a number stays as it was typed."""
        self._config = config
        self._showing = True
        if conditions != self._conditions:
            self._conditions = conditions
            by_kind = {condition.kind: condition for condition in conditions}
            for kind, row in self.rows.items():
                row.show_condition(by_kind.get(kind))
        self._read()
        self._showing = False

    def _read(self) -> tuple[Condition, ...]:
        found = (row.condition(self._config) for row in self.rows.values())
        return tuple(condition for condition in found if condition is not None)

    def _on_changed(self) -> None:
        if self._showing:
            return
        self._rest.stop()
        conditions = self._read()
        if conditions != self._conditions:
            self._conditions = conditions
            self.conditions_changed.emit(conditions)

    def _on_typed(self) -> None:
        """Who types a number means it, when typing rests: half a number would pause a training at once."""
        row = next(row for row in self.rows.values() if row.field is self.sender())
        self._showing = True
        row.box.setChecked(True)
        self._showing = False
        self._rest.start()
