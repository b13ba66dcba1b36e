"""The four panels: activations, gradients, weights with their gradients, and the cost."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtWidgets import QGridLayout, QLayoutItem, QWidget

from gradviz.core.config import Config
from gradviz.core.training import Frames
from gradviz.runs.run import Run
from gradviz.ui.plots.moment import Moment
from gradviz.ui.plots.panel import Panel, sample_labels
from gradviz.ui.plots.plot import Subject
from gradviz.ui.plots.scales import Decades, Linear, Range, Scale, round_up
from gradviz.ui.plots.series import Envelope
from gradviz.ui.theme import Theme

#: Up to so many epochs the cost's axis shows all of them from the beginning; beyond, it grows with what is there.
WHOLE_EPOCHS = 10_000


class ProfilePanel(Panel):
    """A quantity of every sample by layer: activations or gradients."""

    def __init__(self, name: str, subject: Subject, quantity: str, first_layer: int, *scales: Scale) -> None:
        super().__init__(name, subject.title)
        self._quantity = quantity
        self._first = first_layer
        self.plot = self.add_plot(subject, *scales)

    def show_moment(self, moment: Moment) -> None:
        run, frame = moment.run, moment.frame
        shown, labels, note = sample_labels(run.config)
        profile: NDArray[np.float64] = getattr(frame, self._quantity)[-1]
        self.plot.set_across(0, run.config.layers - 1)
        self.plot.show_curves(np.arange(self._first, run.config.layers), profile[shown, self._first :], labels, note)


class WeightPanel(Panel):
    """Weights and their gradients by layer, one above the other."""

    def __init__(self) -> None:
        super().__init__("weights", "Weights and weight gradients")
        self.weights = self.add_plot(Subject("Weights", "w"), Linear(), Decades())
        self.gradients = self.add_plot(Subject("Weight gradients", "dw", "∂C/∂w"), Decades(), Linear())
        self.weights.item.getAxis("bottom").setStyle(showValues=False)
        self.weights.names_across = False
        self.gradients.item.vb.setXLink(self.weights.item.vb)

    def show_moment(self, moment: Moment) -> None:
        run, frame = moment.run, moment.frame
        layers = np.arange(1, run.config.layers)
        self.weights.set_across(0, run.config.layers - 1)
        self.weights.show_curves(layers, frame.w[-1:, 1:], ("w",))
        self.gradients.show_curves(layers, frame.dw[-1:, 1:], ("dw",))


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
        run, frame = moment.run, moment.frame
        epochs = run.config.epochs
        grown = round_up(max(100.0, run.epochs_done))
        self.plot.set_across(0, max(1.0, epochs if epochs <= WHOLE_EPOCHS else min(epochs, grown)))
        across, values = self._points(run, frame)
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


def bounded(config: Config) -> Range | None:
    """The range of activations that never leave it."""
    return {"tanh": Range(-1.1, 1.1), "sigmoid": Range(-0.05, 1.05)}.get(config.activation)


class Dashboard(QWidget):
    """All panels in a grid, drawing the same frame."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dashboard")
        self._activation_scale = Linear(bounded(Config()))
        self.panels: dict[str, Panel] = {
            "activations": ProfilePanel("activations", Subject("Activations", "h"), "h", 0, self._activation_scale, Decades()),
            "gradients": ProfilePanel("gradients", Subject("Gradients", "g", "∂C/∂u"), "g", 1, Decades(), Linear()),
            "weights": WeightPanel(),
            "cost": CostPanel(),
        }
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for name, row, column in (("activations", 0, 0), ("gradients", 1, 0), ("cost", 0, 1), ("weights", 1, 1)):
            grid.addWidget(self.panels[name], row, column)
        self._grid = grid
        self.set_visible(set(self.panels))

    def set_visible(self, names: Collection[str]) -> None:
        """Show these panels and give them all the room; a hidden one costs nothing."""
        for name, panel in self.panels.items():
            panel.setVisible(name in names)
        for index in (0, 1):
            rows, columns = ([not item.isEmpty() for item in line] for line in self._lines(index))
            self._grid.setRowStretch(index, int(any(rows)))
            self._grid.setColumnStretch(index, int(any(columns)))

    def _lines(self, index: int) -> tuple[list[QLayoutItem], list[QLayoutItem]]:
        """What stands in the grid's row and in its column of that number."""
        row = [self._grid.itemAtPosition(index, other) for other in (0, 1)]
        column = [self._grid.itemAtPosition(other, index) for other in (0, 1)]
        return [item for item in row if item], [item for item in column if item]

    def apply_theme(self, theme: Theme) -> None:
        for panel in self.panels.values():
            panel.apply_theme(theme)

    def begin_anew(self, config: Config) -> None:
        """Other data follows: ranges are chosen anew, and activations without bounds begin in decades."""
        bounds = bounded(config)
        if (bounds is None) != (self._activation_scale.bounds is None):
            self.panels["activations"].choose_scale("decades" if bounds is None else "linear")
        self._activation_scale.bounds = bounds
        for panel in self.panels.values():
            panel.begin_anew()

    def show_run(self, run: Run, frame: Frames) -> None:
        """Draw one frame of a run in every panel that can be seen."""
        moment = Moment(run, frame)
        for panel in self.panels.values():
            if not panel.isHidden():
                panel.show_moment(moment)
