"""The cost in numbers: now, at first, and at its best."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFormLayout, QGroupBox, QLabel

from gradviz.core.training import Frames
from gradviz.core.words import short
from gradviz.runs.run import Run
from gradviz.ui.plots.scales import exact


class CostNumbers(QGroupBox):
    """Current, first and best cost of the run; the exact numbers are in the tooltips and can be copied."""

    def __init__(self) -> None:
        super().__init__("Cost")
        self.setObjectName("cost_numbers")
        form = QFormLayout(self)
        form.setContentsMargins(8, 4, 8, 6)
        form.setVerticalSpacing(2)
        self.current, self.first, self.best = QLabel(), QLabel(), QLabel()
        for title, label in (("Current", self.current), ("First", self.first), ("Best", self.best)):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setAccessibleName(f"{title} cost")
            form.addRow(title, label)
        self._best: tuple[float, int] | None = None
        self._seen = 0

    def begin_anew(self) -> None:
        self._best = None
        self._seen = 0

    def show_run(self, run: Run, frame: Frames) -> None:
        """Show the costs of the run so far; only what is new is looked at."""
        self._note_best(run)
        _show(self.current, float(frame.cost[-1]), int(frame.epoch[-1]))
        _show(self.first, float(run.cost[0]), int(run.epoch[0]))
        if self._best is not None:
            _show(self.best, *self._best)

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
