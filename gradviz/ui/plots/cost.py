"""The cost panel: the cost of every observed epoch so far, and where there are classes the share of right answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6 import sip
from PyQt6.QtCore import QPointF, Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QComboBox

from gradviz.core.config import Config
from gradviz.runs.moment import Moment
from gradviz.runs.run import Run
from gradviz.ui.plots.panel import Panel
from gradviz.ui.plots.pinned import scores_behind
from gradviz.ui.plots.plot import Plot, Subject
from gradviz.ui.plots.scales import Decades, Linear, Range, round_up
from gradviz.ui.plots.series import Envelope
from gradviz.ui.scores import scores_of
from gradviz.ui.theme import Theme, magnified

Floats = NDArray[np.float64]

#: Up to so many epochs an axis of epochs shows all of them from the beginning; beyond, it grows with what is there.
WHOLE_EPOCHS = 10_000
#: What the cost is, by loss.
FORMULAS = {"mse": "1/(2m) Σ (y − h)²", "cross_entropy": "−1/m Σ log p"}
#: What the two plots show where the run has it, and what each curve is called.
COSTS = {"cost": "training", "test_cost": "test"}
ACCURACIES = {"accuracy": "training", "test_accuracy": "test"}
#: Accuracy in percent, with room for the labels of both ends.
PERCENT = Range(-8.0, 108.0)
#: Two plots need so many pixels; in less there is room for one, which a person chooses.
ROOM_FOR_TWO = 200
AXIS, BARE_AXIS = 34, 4


def epochs_shown(run: Run) -> float:
    """The last epoch on an axis of epochs."""
    epochs = run.config.epochs
    return max(1.0, epochs if epochs <= WHOLE_EPOCHS else min(epochs, round_up(max(100.0, run.epochs_done))))


def _cost_of(config: Config) -> Subject:
    return Subject("Cost", "C", FORMULAS[config.loss], "epoch", positive=True)


class EpochLine:
    """A line at the epoch on the screen, with a dot on each curve, while an earlier one than the newest is looked at; it can be dragged."""

    def __init__(self, plot: Plot) -> None:
        self.plot = plot
        self.line = pg.InfiniteLine(angle=90, movable=True)
        self.dots = pg.ScatterPlotItem(size=magnified(9), symbol="o", pxMode=True)
        for item, depth in ((self.line, 10), (self.dots, 11)):
            item.setZValue(depth)
            item.hide()
            plot.item.addItem(item, ignoreBounds=True)
        self._values: Floats = np.empty(0)
        plot.item.vb.sigYRangeChanged.connect(self._place_dots)  # another scale, or more of it

    def apply_theme(self, theme: Theme) -> None:
        self.line.setPen(pg.mkPen(theme.accent, width=magnified(1.5)))
        self.line.setHoverPen(pg.mkPen(theme.accent, width=magnified(3.0)))
        self.dots.setBrush(pg.mkBrush(theme.accent))
        self.dots.setPen(pg.mkPen(theme.plot, width=1.0))

    def show(self, epoch: int, values: Floats) -> None:
        """Stand at an epoch where the curves have these values."""
        self._values = values
        self.line.setPos(epoch)
        self.line.show()
        self._place_dots()

    def hide(self) -> None:
        """The newest epoch is looked at, where the curves end."""
        self.line.hide()
        self.dots.hide()

    def _place_dots(self, *_: object) -> None:
        covered = self.plot.covered
        if not self.line.isVisible() or covered is None:
            return
        heights = self.plot.scale.place(self._values)
        inside = heights[(heights >= covered.low) & (heights <= covered.high)]
        self.dots.setData(x=np.full(len(inside), self.line.value()), y=inside)
        self.dots.setVisible(bool(len(inside)))


class CostPanel(Panel):
    """The cost of every observed epoch so far, and of a test; where there are classes, the share of right answers below it or in its place.

    A click or a drag on the axis of epochs, or a drag of the line at the epoch on the screen, asks for another epoch.
    """

    epoch_wanted = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__("cost", "Cost")
        self.plot = self.add_plot(_cost_of(Config()), Linear(from_zero=True), Decades())
        #: Made with the first run that has classes.
        self.accuracy: Plot | None = None
        self.lines = [self._line_on(self.plot)]
        self._theme: Theme | None = None
        self.choice = QComboBox(self.viewport())
        self.choice.setObjectName("cost_choice")
        self.choice.setAccessibleName("Cost or accuracy")
        self.choice.addItems(["cost", "accuracy"])
        self.choice.currentIndexChanged.connect(self._share_room)
        self._classes = False
        self._envelopes: dict[str, Envelope] = {}
        self._seen = 0
        self._run: Run | None = None
        self._drawn: tuple[object, ...] = ()
        self._shown = (False, True, False, False)
        self.choice.hide()
        self.plot.item.getAxis("bottom").setHeight(magnified(AXIS))
        self._say_which()
        self._share_room()

    def _add_accuracy(self) -> Plot:
        plot = self.add_plot(Subject("Accuracy in", "%", across="epoch", positive=True), Linear(PERCENT))
        self.lines.append(self._line_on(plot))
        plot.item.getAxis("bottom").setHeight(magnified(AXIS))
        for one, other in ((self.plot, plot), (plot, self.plot)):  # pyqtgraph's own links shift a plot that is linked to a hidden one
            one.item.vb.sigXRangeChanged.connect(lambda _, seen, view=other.item.vb: view.setXRange(*seen, padding=0))
        if self._theme is not None:
            self.apply_theme(self._theme)
        return plot

    def apply_theme(self, theme: Theme) -> None:
        self._theme = theme
        for line in self.lines:
            line.apply_theme(theme)
        super().apply_theme(theme)

    def begin_anew(self) -> None:
        super().begin_anew()
        self._forget_curves()

    def _forget_curves(self) -> None:
        self._envelopes, self._seen, self._drawn = {}, 0, ()

    def show_moment(self, moment: Moment) -> None:
        run, scores = moment.run, scores_of(moment.run)
        self._be_about(_cost_of(run.config), "accuracy" in scores)
        if run is not self._run:  # a branch of it goes on in the same range
            self._run = run
            self._forget_curves()
        behind = tuple((ghost.name, ghost.colour, id(ghost.moment.run), ghost.moment.run.epochs_done) for ghost in moment.ghosts)
        drawn = (run.epochs_done, len(run.epoch), self._by_hand, behind)
        if drawn != self._drawn:  # else another epoch of it is looked at, and the curves stay what they are
            self._draw_curves(moment, scores)
            self._drawn = drawn
        self._show_lines(moment, scores)

    def _draw_curves(self, moment: Moment, scores: Collection[str]) -> None:
        run = moment.run
        if not self._by_hand:
            ends = [float(ghost.moment.run.epoch[-1]) for ghost in moment.ghosts if len(ghost.moment.run.epoch)]
            for plot in self.plots:
                plot.set_across(0, max([epochs_shown(run), *ends]))
        places = self._places(run, sorted(scores))
        for plot, names, unit in self._named(scores):
            plot.show_pinned(scores_behind(moment, tuple(names), unit))
            self._show(plot, run, places, names, unit)

    def _named(self, scores: Collection[str]) -> list[tuple[Plot, Mapping[str, str], float]]:
        """Each plot, which of the scores it shows and what they are called, and in which unit."""
        named: list[tuple[Plot, Mapping[str, str], float]] = [(self.plot, {name: label for name, label in COSTS.items() if name in scores}, 1.0)]
        if self._classes and self.accuracy is not None:
            named.append((self.accuracy, {name: label for name, label in ACCURACIES.items() if name in scores}, 100.0))
        return named

    def _show_lines(self, moment: Moment, scores: Collection[str]) -> None:
        run = moment.run
        if moment.epoch >= run.newest.epoch[-1]:
            for line in self.lines:
                line.hide()
            return
        place = max(0, int(np.searchsorted(run.epoch, moment.epoch, side="right")) - 1)
        for line, (_plot, names, unit) in zip(self.lines, self._named(scores), strict=False):
            line.show(moment.epoch, unit * np.array([run.score(name)[place] for name in names]))

    def _be_about(self, subject: Subject, classes: bool) -> None:
        """Show this cost, and whether answers are right where there are classes."""
        if (subject, classes) == (self.plot.subject, self._classes):
            return
        self.plot.subject, self._classes = subject, classes
        if classes and self.accuracy is None:
            self.accuracy = self._add_accuracy()
        self.plot.rename()
        self._share_room()
        self._say_which()
        self._drawn = ()
        super().begin_anew()  # renaming has drawn the curves of another experiment, which must choose no range

    @property
    def _by_hand(self) -> bool:
        """Whether a person has zoomed into one of the plots, which share their epochs."""
        return any(plot.by_hand for plot in self.plots)

    def _say_which(self) -> None:
        self.choice.setToolTip(f"Which is shown while there is no room for both: the cost C = {self.plot.subject.means}, or the share of right answers.")

    @staticmethod
    def _show(plot: Plot, run: Run, places: NDArray[np.intp], names: Mapping[str, str], unit: float) -> None:
        labels = tuple(names.values()) if len(names) > 1 else (plot.subject.symbol,)
        plot.show_curves(run.epoch[places].astype(np.float64), unit * np.array([run.score(name)[places] for name in names]), labels)

    def _places(self, run: Run, names: Sequence[str]) -> NDArray[np.intp]:
        """Which observed epochs are drawn: of a long run those where a score is least or greatest, unless a person has zoomed in."""
        if self._by_hand:
            return np.arange(len(run.epoch))
        if len(run.cost) < self._seen:  # the run has thinned out its oldest costs
            self._envelopes, self._seen = {}, 0
        for name in names:
            envelope = self._envelopes.setdefault(name, Envelope())
            envelope.append(run.epoch[self._seen :], run.score(name)[self._seen :])
        self._seen = len(run.cost)
        drawn = [envelope.points()[0] for envelope in self._envelopes.values()]
        return np.searchsorted(run.epoch, np.unique(np.concatenate(drawn)))

    # another epoch

    def _line_on(self, plot: Plot) -> EpochLine:
        """A line that can be dragged, and an axis below it that can be clicked."""
        line = EpochLine(plot)
        line.line.sigDragged.connect(lambda: self._want(line.line.value()))
        axis = plot.item.getAxis("bottom")
        on_drag, on_click = axis.mouseDragEvent, axis.mouseClickEvent
        axis.mouseDragEvent = lambda event: self._on_axis(plot, event, on_drag)
        axis.mouseClickEvent = lambda event: self._on_axis(plot, event, on_click)
        axis.setCursor(Qt.CursorShape.PointingHandCursor)
        return line

    def _on_axis(self, plot: Plot, event: Any, otherwise: Callable[[Any], None]) -> None:
        """The left button asks for an epoch; others zoom, as on every axis."""
        if event.button() != Qt.MouseButton.LeftButton:
            otherwise(event)
            return
        event.accept()
        self._want(plot.item.vb.mapSceneToView(event.scenePos()).x())

    def pick(self, position: QPointF) -> None:
        """Ask for the epoch there."""
        self._want(self.plot.item.vb.mapSceneToView(position).x())

    def _want(self, epoch: float) -> None:
        if self._run is not None and len(self._run.newest):
            self.epoch_wanted.emit(int(min(max(0.0, round(epoch)), self._run.newest.epoch[-1])))

    def _place_buttons(self) -> None:
        super()._place_buttons()
        if self.accuracy is not None and not self.plot.item.isVisible():
            self.accuracy.leave_room(self.plot.button_room)  # it stands in the cost's place, below the same list

    # one plot or two

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if self.plots and not sip.isdeleted(self.plots[0].item):  # a view is resized before its plots are made, and after they are gone
            self._share_room()

    def _share_room(self, *_: object) -> None:
        """Both plots where there is room for them, with the epochs' numbers below the lower one; else the one that a person has chosen."""
        both = self._classes and self.height() >= magnified(ROOM_FOR_TWO)
        accuracy = self._classes and (both or self.choice.currentText() == "accuracy")
        shown = (both or not accuracy, accuracy)
        if self._shown == (both, *shown, self._classes):
            return
        self._shown = (both, *shown, self._classes)
        for plot, visible in zip(self.plots, shown, strict=False):
            plot.item.setVisible(visible)
        self.choice.setVisible(self._classes and not both)
        self.overlays[:] = [self.choice] * (self._classes and not both)
        self._buttons[0].setVisible(shown[0])
        axis = self.plot.item.getAxis("bottom")
        axis.setStyle(showValues=not both)
        axis.setHeight(BARE_AXIS if both else magnified(AXIS))
        self.plot.names_across = not both
        axis.showLabel(not both)
        self.plot.rename()
        self._place_buttons()
