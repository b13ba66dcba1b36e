"""What a person enters of a sweep: its axes, how long each run is, and what is looked at."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QComboBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from gradviz.core.config import PARAMETERS, Config, ConfigError
from gradviz.runs.sweep_points import MEASURES, Need
from gradviz.runs.sweeps import Axis, Sweep
from gradviz.ui.dialogs.sweep_axis_row import AxisRow
from gradviz.ui.dialogs.sweep_picture import in_common
from gradviz.ui.panels.rows import breakable
from gradviz.ui.panels.sections import paint_in
from gradviz.ui.theme import Theme

#: A run of more epochs is not what a map is made of, unless a person asks for it.
MOST_EPOCHS = 1000


class SweepForm(QWidget):
    """Two axes, epochs and a measure; what cannot be is said beside its field."""

    changed = pyqtSignal()

    def __init__(self, config: Config) -> None:
        super().__init__()
        self._config = config
        self.rows = (AxisRow("&Across", config, optional=False), AxisRow("&Up", config, optional=True))
        self.epochs = QLineEdit(str(min(config.epochs, MOST_EPOCHS)))
        self.measure = QComboBox()
        self.what, self.problem = QLabel(), QLabel()
        self.rows[0].choose("weight_scale")
        self.rows[1].choose("layers")
        self._lay_out()
        for row in self.rows:
            row.changed.connect(self._on_entered)
        self.epochs.textChanged.connect(self._on_entered)
        self.measure.currentIndexChanged.connect(self._on_entered)
        self._on_entered()

    def _lay_out(self) -> None:
        for name, measure in MEASURES.items():
            self.measure.addItem(measure.title[:1].upper() + measure.title[1:], name)
        self.measure.setAccessibleName("Measure")
        self.measure.setToolTip("What the map shows of each run")
        self.epochs.setAccessibleName("Epochs of each run")
        self.epochs.setToolTip("How long each point's run is trained")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for row in self.rows:
            column.addWidget(row)
            column.addSpacing(6)
        for title, field in (("&Epochs of each run", self.epochs), ("&Measure", self.measure)):
            label = QLabel(title)
            label.setBuddy(field)
            column.addWidget(label)
            column.addWidget(field)
        for label in (self.what, self.problem):
            label.setWordWrap(True)
            column.addWidget(label)
        self.problem.hide()

    def wanted(self) -> Sweep | None:
        """The sweep as it is entered; where it cannot be, None, and what is wrong stands beside its field."""
        axes: list[Axis] = []
        for row in self.rows:
            row.complain("")
            if row.left_out:
                continue
            try:
                axes.append(row.axis())
            except ConfigError as problem:
                row.complain(str(problem))
        self._complain("")
        if len(axes) < sum(not row.left_out for row in self.rows):
            return None
        try:
            swept = {axis.name for axis in axes}
            base = self._config if "epochs" in swept else self._config.replace(epochs=PARAMETERS["epochs"].parse(self.epochs.text()))
            return Sweep(base, tuple(axes), self._measures())
        except ConfigError as problem:
            self._complain(str(problem))
            return None

    def _measures(self) -> tuple[str, ...]:
        """All that can be had for nothing, so that another one can be looked at without training again, and the chosen one."""
        return tuple(name for name, measure in MEASURES.items() if measure.need < Need.ALL or name == self.measure.currentData())

    def _complain(self, sentence: str) -> None:
        self.problem.setText(breakable(sentence))
        self.problem.setVisible(bool(sentence))

    def _on_entered(self) -> None:
        wanted = self.wanted()
        self.epochs.setEnabled(not any(row.chosen is PARAMETERS["epochs"] for row in self.rows))
        self.what.setText(in_common(wanted) if wanted else "")
        self.changed.emit()

    def apply_theme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        for row in self.rows:
            row.apply_theme(theme)
        paint_in(self.problem, theme.error)
        paint_in(self.what, theme.faint)
