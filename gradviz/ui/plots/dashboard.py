"""The four panels: activations, gradients, weights with their gradients, and the cost."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QPointF, Qt, pyqtSignal
from PyQt6.QtGui import QContextMenuEvent
from PyQt6.QtWidgets import QGridLayout, QLayoutItem, QSizePolicy, QToolButton, QWidget

from gradviz.core.config import Config
from gradviz.core.profiles import Envelope
from gradviz.core.training import Frames
from gradviz.runs.run import Run
from gradviz.ui.plots.plot import DecadeAxis, PlainAxis, Plot, Subject
from gradviz.ui.plots.scales import Decades, Linear, Range, Scale, round_up
from gradviz.ui.theme import Theme

#: So many samples have a curve each; of more, evenly spaced ones are drawn, and the title says so.
MOST_CURVES = 12
#: A button that lies on a plot.
BUTTON = """
QToolButton {{ color: {theme.faint}; background: {theme.plot}; border: 1px solid {theme.line}; border-radius: 3px; padding: 1px 5px; }}
QToolButton:checked {{ color: {theme.plot}; background: {theme.accent}; border-color: {theme.accent}; }}
QToolButton:focus {{ border: 2px solid {theme.accent}; }}
"""
#: Up to so many epochs the cost's axis shows all of them from the beginning; beyond, it grows with what is there.
WHOLE_EPOCHS = 10_000


class Panel(pg.GraphicsLayoutWidget):
    """One or two plots above each other, with a button for the scale and a crosshair."""

    menu_requested = pyqtSignal(object, object)

    def __init__(self, name: str, title: str) -> None:
        self.plots: list[Plot] = []  # before Qt's own beginning, which already resizes
        self._buttons: list[QToolButton] = []
        super().__init__()
        self.name = name
        self.title = title
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 140)
        self.setFrameShape(self.Shape.NoFrame)
        self.ci.layout.setContentsMargins(4, 2, 10, 4)
        self.ci.layout.setSpacing(2)
        self.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.scene().sigMouseClicked.connect(self._on_mouse_clicked)

    def add_plot(self, subject: Subject, *scales: Scale) -> Plot:
        axis = DecadeAxis()
        axes = {"left": axis} | {side: PlainAxis(side) for side in ("bottom", "right", "top")}
        item = self.addPlot(row=len(self.plots), col=0, axisItems=axes, enableMenu=False)
        for side in ("right", "top"):
            item.hideAxis(side)  # pyqtgraph shows every axis that it is given
        plot = Plot(item, axis, subject, scales)
        self.plots.append(plot)
        self._buttons.append(self._scale_button(plot))
        item.vb.sigResized.connect(self._place_buttons)
        return plot

    def _scale_button(self, plot: Plot) -> QToolButton:
        button = QToolButton(self)
        button.setText("log")
        button.setCheckable(True)
        button.setChecked(plot.scale.name == "decades")
        button.setVisible(len(plot.scales) > 1)
        button.setToolTip(f"{plot.subject.title}: a decade axis, log₁₀ of the absolute value, instead of a linear one")
        button.setAccessibleName(f"{plot.subject.title} on a decade axis")
        button.toggled.connect(lambda on: plot.use_scale("decades" if on else "linear"))
        return button

    def choose_scale(self, name: str) -> None:
        """Draw the first plot on the scale of that name, as if its button had been pressed."""
        self._buttons[0].setChecked(name == "decades")

    def apply_theme(self, theme: Theme) -> None:
        self.setBackground(theme.plot)
        for button in self._buttons:
            button.setStyleSheet(BUTTON.format(theme=theme))
        for plot in self.plots:
            plot.apply_theme(theme)

    def begin_anew(self) -> None:
        for plot in self.plots:
            plot.begin_anew()

    @abstractmethod
    def show_run(self, run: Run, frame: Frames) -> None:
        """Draw one frame of a run."""

    def reset_view(self) -> None:
        """Show all data again after a person has zoomed."""
        for plot in self.plots:
            plot.reset_view()

    def _place_buttons(self) -> None:
        for plot, button in zip(self.plots, self._buttons, strict=True):
            button.adjustSize()
            top = plot.item.sceneBoundingRect().top()
            button.move(self.width() - button.width() - 8, int(top) + 2)

    def leaveEvent(self, event: QEvent | None) -> None:
        super().leaveEvent(event)
        for plot in self.plots:
            plot.hover(None)

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        if event is not None:
            self.menu_requested.emit(self, event.globalPos())
            event.accept()

    def _on_mouse_moved(self, position: QPointF) -> None:
        for plot in self.plots:
            plot.hover(position)

    def _on_mouse_clicked(self, event: object) -> None:
        if event.double() and event.button() == Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            self.reset_view()


def sample_labels(config: Config) -> tuple[list[int], list[str], str]:
    """Which samples are drawn, what each is called, and a note where not all are."""
    count = len(config.inputs)
    shown = list(range(count)) if count <= MOST_CURVES else [round(place) for place in np.linspace(0, count - 1, MOST_CURVES)]
    note = f"({MOST_CURVES} of {count:,} samples drawn)" if count > MOST_CURVES else ""
    return shown, [f"x = {config.inputs[sample]:g}".replace("-", "−") for sample in shown], note


class ProfilePanel(Panel):
    """A quantity of every sample by layer: activations or gradients."""

    def __init__(self, name: str, subject: Subject, quantity: str, first_layer: int, *scales: Scale) -> None:
        super().__init__(name, subject.title)
        self._quantity = quantity
        self._first = first_layer
        self.plot = self.add_plot(subject, *scales)

    def show_run(self, run: Run, frame: Frames) -> None:
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

    def show_run(self, run: Run, frame: Frames) -> None:
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

    def show_run(self, run: Run, frame: Frames) -> None:
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
        for panel in self.panels.values():
            if not panel.isHidden():
                panel.show_run(run, frame)
