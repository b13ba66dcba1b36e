"""The panels of plain profiles by layer: activations, and weights with their gradients."""

from __future__ import annotations

import numpy as np

from gradviz.core.config import Config
from gradviz.core.profiles import subnormal
from gradviz.ui.plots.moment import Moment
from gradviz.ui.plots.panel import RIGHT_ROOM, Panel, sample_labels
from gradviz.ui.plots.plot import Subject
from gradviz.ui.plots.scales import BOUNDS, Decades, Linear


class ActivationPanel(Panel):
    """The activations of every sample by layer; those without bounds begin in decades."""

    def __init__(self) -> None:
        super().__init__("activations", "Activations")
        self._linear = Linear(BOUNDS[Config().activation])
        self.plot = self.add_plot(Subject("Activations", "h"), self._linear, Decades(fixed=True))

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
        super().begin_anew()
        self._begun = True

    def show_moment(self, moment: Moment) -> None:
        if not self._begun:
            self._begin(moment.config)
        shown, labels, note = sample_labels(moment.config)
        values = moment.frame.h[-1][shown]
        self.plot.set_layers(moment.config.layers)
        self.plot.show_curves(np.arange(moment.config.layers), values, labels, note, subnormal(values, moment.config))


class WeightPanel(Panel):
    """Weights and their gradients by layer, one above the other."""

    def __init__(self) -> None:
        super().__init__("weights", "Weights and weight gradients")
        self.weights = self.add_plot(Subject("Weights", "w"), Linear(), Decades(fixed=True))
        self.gradients = self.add_plot(Subject("Weight gradients", "dw", "∂C/∂w"), Decades(fixed=True), Linear())
        self.weights.item.getAxis("bottom").setStyle(showValues=False)
        self.weights.names_across = False
        self.gradients.item.vb.setXLink(self.weights.item.vb)

    def show_moment(self, moment: Moment) -> None:
        layers = np.arange(1, moment.config.layers)
        w, dw = moment.frame.w[-1:, 1:], moment.frame.dw[-1:, 1:]
        self.weights.set_layers(moment.config.layers)
        self.weights.show_curves(layers, w, ("w",), subnormal=subnormal(w, moment.config))
        self.gradients.show_curves(layers, dw, ("dw",), subnormal=subnormal(dw, moment.config))
