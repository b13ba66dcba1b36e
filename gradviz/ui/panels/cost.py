"""The cost in numbers: now, at first, and at its best; and of a test and of classes what else there is."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFormLayout, QGroupBox, QLabel

from gradviz.core.frames import Frames
from gradviz.core.words import short
from gradviz.runs.run import Run
from gradviz.ui.plots.scales import exact
from gradviz.ui.scores import scores_of

#: Rows of a wide network, where its run has such numbers: their titles, and what they are.
MORE = {
    "test_cost": ("Test", "The cost of the samples that are kept back and never learned from"),
    "accuracy": ("Accuracy", "The share of the training samples that are answered right"),
    "test_accuracy": ("Test acc.", "The share of the samples that are kept back and answered right"),
}


class CostNumbers(QGroupBox):
    """Current, first and best cost of the run; the exact numbers are in the tooltips and can be copied."""

    def __init__(self) -> None:
        super().__init__("Cost")
        self.setObjectName("cost_numbers")
        self._form = QFormLayout(self)
        self._form.setContentsMargins(8, 4, 8, 6)
        self._form.setVerticalSpacing(2)
        self.current, self.first, self.best = (self._add(title, f"{title} cost") for title in ("Current", "First", "Best"))
        self.more = {name: self._add(title, what) for name, (title, what) in MORE.items()}
        for label in self.more.values():
            self._form.setRowVisible(label, False)
        self._best: tuple[float, int] | None = None
        self._seen = 0

    def _add(self, title: str, name: str) -> QLabel:
        label = QLabel()
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        label.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # to be heard, and copied
        label.setAccessibleName(name)
        label.setMinimumWidth(1)  # a number of more letters must not widen the column, and push the plots about
        self._form.addRow(title, label)
        return label

    def begin_anew(self) -> None:
        self._best = None
        self._seen = 0

    def show_run(self, run: Run, frame: Frames) -> None:
        """Show the costs of the run so far; only what is new is looked at."""
        self._note_best(run)
        epoch = int(frame.epoch[-1])
        _show(self.current, float(frame.cost[-1]), epoch)
        _show(self.first, float(run.cost[0]), int(run.epoch[0]))
        if self._best is not None:
            _show(self.best, *self._best)
        self._show_more(run, frame, epoch)

    def _show_more(self, run: Run, frame: Frames, epoch: int) -> None:
        """What else the run has: the same rows from its first epoch to its last."""
        there = scores_of(run)
        for name, label in self.more.items():
            if self._form.isRowVisible(label) != (name in there):
                self._form.setRowVisible(label, name in there)
            if name not in there:
                label.clear()
                label.setAccessibleDescription("")
                continue
            value = float(getattr(frame, name)[-1])
            if name == "test_cost":
                _show(label, value, epoch)
                continue
            label.setText(f"{100 * value:.4g} % at epoch {epoch:,}")
            label.setToolTip(exact(value))
            label.setAccessibleDescription(f"{label.text()}, exactly {exact(value)}")

    def _note_best(self, run: Run) -> None:
        seen = min(self._seen, len(run.cost))  # fewer where the oldest costs have been thinned out
        news, epochs = run.cost[seen:], run.epoch[seen:]
        self._seen = len(run.cost)
        if np.isfinite(news).any():
            place = int(np.nanargmin(np.where(np.isfinite(news), news, np.nan)))
            if self._best is None or news[place] < self._best[0]:
                self._best = (float(news[place]), int(epochs[place]))


def _show(label: QLabel, cost: float, epoch: int) -> None:
    label.setText(f"{short(cost)} at epoch {epoch:,}")
    label.setToolTip(exact(cost))
    label.setAccessibleDescription(f"{label.text()}, exactly {exact(cost)}")
