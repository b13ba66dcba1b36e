"""The cost panel: the cost of every observed epoch so far."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradviz.core.training import Frames
from gradviz.runs.run import Run
from gradviz.ui.plots.moment import Moment
from gradviz.ui.plots.panel import Panel
from gradviz.ui.plots.plot import Subject
from gradviz.ui.plots.scales import Decades, Linear, round_up
from gradviz.ui.plots.series import Envelope

#: Up to so many epochs an axis of epochs shows all of them from the beginning; beyond, it grows with what is there.
WHOLE_EPOCHS = 10_000


def epochs_shown(run: Run) -> float:
    """The last epoch on an axis of epochs."""
    epochs = run.config.epochs
    return max(1.0, epochs if epochs <= WHOLE_EPOCHS else min(epochs, round_up(max(100.0, run.epochs_done))))


class CostPanel(Panel):
    """The cost of every observed epoch so far."""

    def __init__(self) -> None:
        super().__init__("cost", "Cost")
        self.plot = self.add_plot(Subject("Cost", "C", "1/(2m) Σ (y − h)²", "epoch", positive=True), Linear(from_zero=True), Decades())
        self._envelope = Envelope()
        self._seen = 0

    def begin_anew(self) -> None:
        super().begin_anew()
        self._envelope, self._seen = Envelope(), 0

    def show_moment(self, moment: Moment) -> None:
        self.plot.set_across(0, epochs_shown(moment.run))
        across, values = self._points(moment.run, moment.frame)
        self.plot.show_curves(across, values[None, :], ("C",))

    def _points(self, run: Run, frame: Frames) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Epochs and costs up to the frame: of a long run the least and greatest, unless a person has zoomed in."""
        if frame.epoch[-1] != run.newest.epoch[-1] or self.plot.by_hand:
            upto = int(np.searchsorted(run.epoch, frame.epoch[-1], side="right"))
            return run.epoch[:upto].astype(np.float64), run.cost[:upto]
        if len(run.cost) < self._seen:  # the run has thinned out its oldest costs
            self._envelope, self._seen = Envelope(), 0
        self._envelope.append(run.epoch[self._seen :], run.cost[self._seen :])
        self._seen = len(run.cost)
        return self._envelope.points()
