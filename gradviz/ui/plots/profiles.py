"""The panels of plain profiles by layer: activations, and weights with their gradients."""

from __future__ import annotations

import numpy as np

from gradviz.core.config import Config
from gradviz.core.formats import FORMATS
from gradviz.core.frames import SHARES, WideFrames
from gradviz.core.profiles import subnormal
from gradviz.ui.plots.band_plot import ROOM_FOR_GRADIENTS, ROOM_FOR_SIZES, BandPlot
from gradviz.ui.plots.bands import Profile
from gradviz.ui.plots.moment import Moment
from gradviz.ui.plots.panel import RIGHT_ROOM, Panel, sample_labels
from gradviz.ui.plots.plot import Subject
from gradviz.ui.plots.scales import BOUNDS, ROOM_BELOW, Decades, Linear

#: What is said of a layer's activations beside their statistics.
SAID = {"saturated": "saturated", "dead": "dead units", "zero": "exactly zero"}
ACTIVATIONS, WEIGHTS, WEIGHT_GRADIENTS = Subject("Activations", "h"), Subject("Weights", "w"), Subject("Weight gradients", "dw", "∂C/∂w")
#: The same of a wide network, whose weights are drawn as absolute values whatever the scale; the long legend gives way to the words.
OF_LAYERS = {
    ACTIVATIONS: ACTIVATIONS._replace(in_words=True),
    WEIGHTS: Subject("Weights", "|w|", positive=True, in_words=True),
    WEIGHT_GRADIENTS: Subject("Weight gradients", "|dw|", "|∂C/∂w|", positive=True, in_words=True),
}


class ActivationPanel(Panel):
    """The activations of every sample by layer, or of a wide network their spread; those without bounds begin in decades."""

    def __init__(self) -> None:
        super().__init__("activations", "Activations")
        self._linear = Linear(BOUNDS[Config().activation])
        self._decades = Decades(fixed=True)
        self.plot = self.add_plot(ACTIVATIONS, self._linear, self._decades, kind=BandPlot)
        self._begun = False
        self.ci.layout.setContentsMargins(4, 2, 10 + RIGHT_ROOM, 4)  # a layer stands above itself in the gradient panel

    def begin_anew(self) -> None:
        self._begun = False
        super().begin_anew()

    def _begin(self, config: Config) -> None:
        bounds = BOUNDS.get(config.activation)
        if (bounds is None) != (self._linear.bounds is None):
            self.choose_scale("decades" if bounds is None else "linear")
        self._linear.bounds = bounds
        self._decades.room_below = ROOM_FOR_SIZES if config.wide else ROOM_BELOW
        self.plot.be_about(OF_LAYERS[ACTIVATIONS] if config.wide else ACTIVATIONS)
        super().begin_anew()
        self._begun = True

    @property
    def looked_at(self) -> frozenset[str]:
        return frozenset({"size" if self.plot.scale.name == "decades" else "h"})

    def show_moment(self, moment: Moment) -> None:
        if not self._begun:
            self._begin(moment.config)
        self.plot.set_layers(moment.config.layers)
        if isinstance(moment.frame, WideFrames):
            self._show_wide(moment, moment.frame)
            return
        shown, labels, note = sample_labels(moment.config)
        values = moment.frame.h[-1][shown]
        self.plot.show_ghost(None)
        self.plot.show_curves(np.arange(moment.config.layers), values, labels, note, subnormal(values, moment.config))

    def _show_wide(self, moment: Moment, frame: WideFrames) -> None:
        shares = {said: frame.shares[-1, SHARES.index(name)].copy() for name, said in SAID.items()}
        for share in shares.values():
            share[0] = np.nan  # the input is no layer of units
        signed, sizes = Profile(frame.h[-1], "h", "h", shares), Profile(frame.size[-1], "h", "|h|", shares)
        self.plot.show_ghost(moment.expected.get("h"))
        self.plot.show_profile(np.arange(moment.config.layers), signed, FORMATS[moment.config.number_format].smallest_normal, sizes)


class WeightPanel(Panel):
    """Weights and their gradients by layer, one above the other."""

    def __init__(self) -> None:
        super().__init__("weights", "Weights and weight gradients")
        self._linear, self._decades = (Linear(), Linear()), (Decades(fixed=True), Decades(fixed=True))
        self.weights = self.add_plot(WEIGHTS, self._linear[0], self._decades[0], kind=BandPlot)
        self.gradients = self.add_plot(WEIGHT_GRADIENTS, self._decades[1], self._linear[1], kind=BandPlot)
        self._wide = False
        self.weights.item.getAxis("bottom").setStyle(showValues=False)
        self.weights.names_across = False
        self.gradients.item.vb.setXLink(self.weights.item.vb)

    @property
    def looked_at(self) -> frozenset[str]:
        return frozenset({"w", "dw"})

    def show_moment(self, moment: Moment) -> None:
        self._prepare(moment.config.wide)
        self.weights.set_layers(moment.config.layers)
        for plot, subject, values in ((self.weights, WEIGHTS, moment.frame.w[-1]), (self.gradients, WEIGHT_GRADIENTS, moment.frame.dw[-1])):
            layers, values = np.arange(1, moment.config.layers), values[..., 1:]
            if moment.config.wide:
                profile = Profile(values, subject.symbol, f"|{subject.symbol}|", {})
                plot.show_profile(layers, profile, FORMATS[moment.config.number_format].smallest_normal)
            else:
                plot.show_curves(layers, values[None], (subject.symbol,), subnormal=subnormal(values[None], moment.config))

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
