"""The panels of plain profiles by layer: activations, and weights with their gradients."""

from __future__ import annotations

from functools import partial

import numpy as np
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QToolButton

from gradviz.core.config import Config
from gradviz.core.formats import FORMATS
from gradviz.core.frames import HISTOGRAM, SHARES, WideFrames
from gradviz.core.profiles import subnormal
from gradviz.runs.moment import Moment
from gradviz.ui.plots.band_plot import ROOM_FOR_GRADIENTS, ROOM_FOR_SIZES, BandPlot
from gradviz.ui.plots.bands import Profile
from gradviz.ui.plots.grip import Grip
from gradviz.ui.plots.histogram import HistogramPlot
from gradviz.ui.plots.panel import BUTTON, TWO_PLOTS, Panel, sample_labels
from gradviz.ui.plots.pinned import Curves, deepest, pinned, root_mean_squares
from gradviz.ui.plots.plot import Subject
from gradviz.ui.plots.scales import BOUNDS, ROOM_BELOW, Decades, Linear
from gradviz.ui.plots.shares import ShareBar, histograms_of
from gradviz.ui.plots.trails import Trails, trails_of
from gradviz.ui.plots.weight_plot import WeightPlot
from gradviz.ui.theme import Theme

#: What is said of a layer's activations beside their statistics.
SAID = {"saturated": "saturated", "dead": "dead units", "zero": "exactly zero"}
ACTIVATIONS, WEIGHTS, WEIGHT_GRADIENTS = Subject("Activations", "h"), Subject("Weights", "w"), Subject("Weight gradients", "dw", "∂C/∂w")
#: The same of a wide network, whose weights are drawn as absolute values whatever the scale; the long legend gives way to the words.
OF_LAYERS = {
    ACTIVATIONS: ACTIVATIONS._replace(in_words=True),
    WEIGHTS: Subject("Weights", "|w|", positive=True, in_words=True),
    WEIGHT_GRADIENTS: Subject("Weight gradients", "|dw|", "|∂C/∂w|", positive=True, in_words=True),
}


#: What is said, in more and in fewer words, where histograms are wanted and the frame has none: of the newest one of a training, and of any other.
COMES = ("histogram: with the next epoch", "histogram: next epoch")
GONE = ("no histogram kept of this epoch", "no histogram kept")
DESCRIBED = (
    "Colours show which share of a layer's activations lies at each height, from none (dark violet) to a quarter and more (yellow): layers from left to right. "
    "A line shows their root mean square."
)


class ActivationPanel(Panel):
    """The activations of every sample by layer, or of a wide network their spread or their histograms; those without bounds begin in decades."""

    def __init__(self) -> None:
        super().__init__("activations", "Activations")
        self._linear = Linear(BOUNDS[Config().activation])
        self._decades = Decades(fixed=True)
        self.plot = self.add_plot(ACTIVATIONS, self._linear, self._decades, kind=HistogramPlot, right=ShareBar())
        self.trails = Trails(self.plot)
        self._begun = False
        self._moment: Moment | None = None
        self.histogram = QToolButton(self.viewport())
        self.histogram.setText("histogram")
        self.histogram.setCheckable(True)
        self.histogram.setAccessibleName("Histograms of the activations")
        self.histogram.setToolTip("Instead of bands the share of a layer's activations that lies at each height, as a colour; counted for the newest epoch")
        self.histogram.toggled.connect(self._on_histogram)
        self.histogram.hide()

    def begin_anew(self) -> None:
        self._begun = False
        self._moment = None
        super().begin_anew()

    def apply_theme(self, theme: Theme) -> None:
        self.histogram.setStyleSheet(BUTTON.format(theme=theme))  # also while it is not among those that lie on the plot
        super().apply_theme(theme)
        self.trails.apply_theme(theme)

    def _begin(self, config: Config) -> None:
        bounds = BOUNDS.get(config.activation)
        if (bounds is None) != (self._linear.bounds is None):
            self.choose_scale("decades" if bounds is None else "linear")
        self._linear.bounds = bounds
        self._decades.room_below = ROOM_FOR_SIZES if config.wide else ROOM_BELOW
        self._offer_histogram(config.wide)
        self.plot.be_about(OF_LAYERS[ACTIVATIONS] if config.wide else ACTIVATIONS)
        super().begin_anew()
        self._begun = True

    def _offer_histogram(self, offered: bool) -> None:
        """A chain's layers have one activation for each sample: all are drawn."""
        self.histogram.setVisible(offered)
        self.overlays = [self.histogram] * offered
        self._place_buttons()

    @property
    def looked_at(self) -> frozenset[str]:
        """What all of its scales draw: a person may choose another one while nothing new comes."""
        return frozenset({"h", "size", *[HISTOGRAM] * self.histogram.isChecked()})

    def show_moment(self, moment: Moment) -> None:
        self._moment = moment
        if not self._begun:
            self._begin(moment.config)
        self.plot.set_layers(deepest(moment))
        wide = isinstance(moment.frame, WideFrames)
        pictured = wide and self.histogram.isChecked()  # lines over colours would be taken for some of them
        self.plot.show_pinned(() if pictured else pinned(moment, _activations))
        if isinstance(moment.frame, WideFrames):
            self._show_wide(moment, moment.frame)
        else:
            self.plot.show_ghost(None)
            self.plot.show_curves(*_activations(moment))
        self.trails.show_moments([] if pictured else trails_of(moment, moment.trails), _activations)

    def _show_wide(self, moment: Moment, frame: WideFrames) -> None:
        signed, sizes = _profiles(frame)
        self.plot.show_ghost(moment.expected.get("h"))
        if self.histogram.isChecked():
            comes = moment.run.ending is None and moment.epoch == moment.run.newest.epoch[-1]
            self.plot.show_histograms(histograms_of(frame), COMES if comes else GONE)
        else:
            self.plot.show_histograms({})
        self.plot.show_profile(np.arange(moment.config.layers), signed, FORMATS[moment.config.number_format].smallest_normal, sizes)

    def _on_histogram(self, wanted: bool) -> None:
        self.tell(DESCRIBED * wanted)
        if self._moment is not None:
            self.show_moment(self._moment)


def _activations(moment: Moment) -> Curves:
    """The activations as lines: of a chain one for each sample, of a wide network the root mean square."""
    layers = np.arange(moment.config.layers)
    if isinstance(moment.frame, WideFrames):
        return root_mean_squares(layers, _profiles(moment.frame)[0])
    shown, labels, note = sample_labels(moment.config)
    values = moment.frame.h[-1][shown]
    return Curves(layers, values, labels, note, subnormal(values, moment.config))


def _profiles(frame: WideFrames) -> tuple[Profile, Profile]:
    """The activations with their signs, and their sizes."""
    shares = {said: frame.shares[-1, SHARES.index(name)].copy() for name, said in SAID.items()}
    for share in shares.values():
        share[0] = np.nan  # the input is no layer of units
    return Profile(frame.h[-1], "h", "h", shares), Profile(frame.size[-1], "h", "|h|", shares)


class WeightPanel(Panel):
    """Weights and their gradients by layer, one above the other; the weights can be taken in the hand."""

    #: An intervention's parameter and value; what is in the hand, or ""; and that what was done with it is to be undone.
    weight_changed = pyqtSignal(str, float)
    weight_held = pyqtSignal(str)
    weight_returned = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("weights", "Weights and weight gradients")
        self.setMinimumHeight(TWO_PLOTS)
        self._linear, self._decades = (Linear(), Linear()), (Decades(fixed=True), Decades(fixed=True))
        self.weights = self.add_plot(WEIGHTS, self._linear[0], self._decades[0], kind=WeightPlot)
        self.gradients = self.add_plot(WEIGHT_GRADIENTS, self._decades[1], self._linear[1], kind=BandPlot)
        self._wide = False
        self.weights.item.getAxis("bottom").setStyle(showValues=False)
        self.weights.names_across = False
        self.gradients.item.vb.setXLink(self.weights.item.vb)
        self.grip = Grip(self, self.weights)
        self.grip.weight_changed.connect(self.weight_changed)
        self.grip.weight_held.connect(self.weight_held)
        self.grip.returned.connect(self.weight_returned)

    @property
    def looked_at(self) -> frozenset[str]:
        return frozenset({"w", "dw"})

    def show_moment(self, moment: Moment) -> None:
        self._prepare(moment.config.wide)
        self.weights.set_layers(deepest(moment))
        for plot, subject in ((self.weights, WEIGHTS), (self.gradients, WEIGHT_GRADIENTS)):
            plot.show_pinned(pinned(moment, partial(_weights, subject, unsigned=moment.config.wide)))
            if isinstance(moment.frame, WideFrames):
                layers = np.arange(1, moment.config.layers)
                plot.show_profile(layers, _of_weights(subject, moment.frame), FORMATS[moment.config.number_format].smallest_normal)
            else:
                plot.show_curves(*_weights(subject, moment))
        self.grip.answered()

    def _prepare(self, wide: bool) -> None:
        """Titles and scales for a chain's numbers with their signs, or for a wide network's absolute values."""
        if wide is self._wide:
            return
        self._wide = wide
        for linear, decades, room in zip(self._linear, self._decades, (ROOM_FOR_SIZES, ROOM_FOR_GRADIENTS), strict=True):
            linear.from_zero = wide
            decades.room_below = room if wide else ROOM_BELOW
        for plot, subject in ((self.weights, WEIGHTS), (self.gradients, WEIGHT_GRADIENTS)):
            plot.be_about(OF_LAYERS[subject] if wide else subject)
            plot.begin_anew()


def _weights(subject: Subject, moment: Moment, *, unsigned: bool = False) -> Curves:
    """Weights or their gradients as a line: of a chain the numbers, beside a wide network without signs; of a wide network the root mean square."""
    layers = np.arange(1, moment.config.layers)
    if isinstance(moment.frame, WideFrames):
        return root_mean_squares(layers, _of_weights(subject, moment.frame))
    values = getattr(moment.frame, subject.symbol)[-1:, 1:]
    return Curves(layers, np.abs(values) if unsigned else values, (subject.symbol,), "", subnormal(values, moment.config))


def _of_weights(subject: Subject, frame: WideFrames) -> Profile:
    return Profile(getattr(frame, subject.symbol)[-1][:, 1:], subject.symbol, f"|{subject.symbol}|", {})
