"""Why the gradient is what it is: each layer's factors, their product, and each layer's equation with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PyQt6 import sip
from PyQt6.QtCore import QEvent, QPoint, QPointF, QSignalBlocker, Qt
from PyQt6.QtGui import QResizeEvent, QStandardItemModel
from PyQt6.QtWidgets import QComboBox, QLabel

from gradviz.core.config import Config
from gradviz.core.factors import Factors, Of, factors, stored_decades
from gradviz.core.frames import WideFrames
from gradviz.core.profiles import lost
from gradviz.runs.moment import Ghost, Moment
from gradviz.ui.plots import way_back as wide
from gradviz.ui.plots.equations import equation, in_decades, number
from gradviz.ui.plots.factors import ALONE, FactorPlot, SumPlot, steps
from gradviz.ui.plots.kinds import KINDS, Kind
from gradviz.ui.plots.layers import InDecades, LayerPlot, Parts
from gradviz.ui.plots.panel import Panel
from gradviz.ui.plots.pinned import Curves, deepest, pinned, shortened, when
from gradviz.ui.plots.plot import POINTS, TITLE_ROOM, Subject
from gradviz.ui.plots.ticks import whole_ticks
from gradviz.ui.plots.titles import sample_name
from gradviz.ui.theme import Theme, magnified, plot_font

#: Two plots need so many pixels; in less there is room for the factors alone.
ROOM_FOR_TWO = 200
#: Pixels of a horizontal axis with its numbers and its name, and of one without.
AXIS, BARE_AXIS = 34, 4
#: The look of the box with the equation.
BOX = "QLabel {{ color: {theme.text}; background: {theme.plot}; border: 1px solid {theme.line}; border-radius: 3px; padding: 3px 6px; }}"


class Gradient(NamedTuple):
    """A gradient that can be taken apart: its symbols, and its factors in words."""

    name: Of
    choice: str
    symbol: str
    help: str


GRADIENTS = (
    Gradient("du", "∂C/∂u", "g", "g[k] = φ′(u[k]) · w[k+1] · g[k+1]"),
    Gradient("dw", "∂C/∂w", "dw", "dw[k] = h[k−1] · g[k], summed over the samples: of several, one sample's share is taken apart"),
)
#: Of a wide network, at the first's place in the list.
WAY_BACK = Gradient("du", "∂C/∂h", wide.SYMBOL, "∂C/∂h[k−1] = W[k]ᵀ (φ′(u[k]) ∂C/∂h[k]), measured step by step: how each changes the gradient's norm")
CHAIN_ONLY = "Only a chain's weight gradients are taken apart: choose width 1 without bias and cures."
#: The curves below: the whole product, and the running sums in the order of the factors.
CURVES = (f"φ′{ALONE}", f"w{ALONE}", "h[k−1]")


class Taken(NamedTuple):
    """A gradient taken apart: kinds of factors, the factors, and the curves below, (curves, n) in decades, the whole product first."""

    kinds: Sequence[Kind]
    factors: Factors
    curves: NDArray[np.float64]


class WhyPanel(Panel):
    """The factors of each layer, and below them their product from the output back, which is the gradient itself."""

    def __init__(self) -> None:
        self._moment: Moment | None = None
        self._layers = 0
        self._behind: list[tuple[Ghost, Taken]] = []
        self.layer: int | None = None
        super().__init__("why", "Why: the factors of each layer")
        self.factors = self.add_plot(Subject("Factors", "decades"), Parts(), kind=FactorPlot)
        self.sums = self.add_plot(Subject("", ""), InDecades(), kind=SumPlot)
        self.sums.item.vb.setXLink(self.factors.item.vb)
        self.choice = QComboBox(self.viewport())
        self.choice.setObjectName("why_choice")
        self.choice.setAccessibleName("Which gradient is taken apart")
        for gradient in GRADIENTS:
            self.choice.addItem(f"for {gradient.choice}", gradient.name)
        self._wide = False
        self.choice.currentIndexChanged.connect(self._on_chosen)
        self.overlays.append(self.choice)
        self.box = QLabel(self)
        self.box.setObjectName("equation")
        self.box.setTextFormat(Qt.TextFormat.PlainText)
        self.box.setFont(plot_font(POINTS))
        self.box.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.box.hide()
        self.sums.item.getAxis("bottom").setHeight(magnified(AXIS))
        self.factors.title_height = max(self.choice.sizeHint().height(), magnified(TITLE_ROOM))
        self._say_which()
        self._share_room()

    @property
    def gradient(self) -> Gradient:
        """The gradient that is taken apart."""
        return WAY_BACK if self._wide else GRADIENTS[self.choice.currentIndex()]

    def choose(self, name: Of) -> None:
        """Take this gradient apart, as if a person had chosen it."""
        self.choice.setCurrentIndex(self.choice.findData(name))

    def _offer(self, config: Config) -> None:
        """Let a person choose among what this network can show."""
        if config.wide == self._wide:
            return
        self._wide = config.wide
        items = self.choice.model()
        assert isinstance(items, QStandardItemModel), "a plain list has one"
        first, other = items.item(0), items.item(1)
        assert first is not None
        assert other is not None
        with QSignalBlocker(self.choice):
            first.setText(f"for {(WAY_BACK if self._wide else GRADIENTS[0]).choice}")
            other.setEnabled(not self._wide)
            other.setToolTip(CHAIN_ONLY if self._wide else "")
            if self._wide:
                self.choice.setCurrentIndex(0)
        self._place_buttons()
        self._say_which()
        super().begin_anew()  # renaming has drawn the curves of another experiment, which must choose no range

    def apply_theme(self, theme: Theme) -> None:
        self.box.setStyleSheet(BOX.format(theme=theme))
        super().apply_theme(theme)

    def begin_anew(self) -> None:
        super().begin_anew()
        self._moment, self._layers = None, 0
        self._point_at(None)

    def show_moment(self, moment: Moment) -> None:
        self._moment = moment
        self._offer(moment.config)
        layers = deepest(moment)
        if self._layers != layers:  # only then, for a person may have zoomed into the plot below
            self._layers = layers
            self.factors.set_across(0.5, layers - 0.5)
        for plot in self.plots:
            whole_ticks(plot.item.getAxis("bottom"), layers)
        self._say_which()
        self._show_behind(moment)
        if moment.config.wide:
            self._show_way_back(moment)
        else:
            self._show_chain(moment)
        self._describe()

    def _show_behind(self, moment: Moment) -> None:
        """Pinned runs of the same kind of network: what each layer takes or adds in all, and the product."""
        taken = cache(self.taken_apart)
        self._behind = [(ghost, taken(ghost.moment)) for ghost in moment.ghosts if ghost.moment.config.wide == moment.config.wide]
        live = Moment(moment.run, moment.frame, moment.sample, tuple(ghost for ghost, _ in self._behind))

        def stepped(of: Moment) -> Curves:
            across, heights = steps(taken(of).factors.layers, taken(of).factors.steps)
            return Curves(across, heights[None], ("",))

        self.factors.show_pinned(pinned(live, stepped))
        self.sums.show_pinned(pinned(live, lambda of: Curves(taken(of).factors.layers, taken(of).curves[:1], ("",))))

    @property
    def behind(self) -> Sequence[tuple[Ghost, Taken]]:
        """The pinned runs that are shown, with their gradients taken apart."""
        return self._behind

    def sample_shown(self, moment: Moment) -> str:
        """Whose gradient is taken apart."""
        return f"{self._share}{sample_name(moment.config, sample_of(moment))}"

    def taken_apart(self, moment: Moment) -> Taken:
        """One run's gradient taken apart, live or pinned; where it has not so many samples, its last one's."""
        if isinstance(moment.frame, WideFrames):
            back = wide.way_back(moment.config, moment.frame)
            return Taken(back.kinds, back.factors, back.curves)
        found = factors(moment.profile, sample_of(moment), self.gradient.name)
        return Taken(KINDS, found, np.vstack([found.total, found.sums]))

    def _show_chain(self, moment: Moment) -> None:
        of = self.gradient.name
        taken = self.taken_apart(moment)
        self.factors.show_factors(taken.factors, self._titles(moment))
        labels = ("all" if self._share else self.sums.subject.symbol, *CURVES)
        self.sums.kinds = KINDS
        self.sums.not_drawn = self._of_all_samples(moment) if self.sums.covered is None else np.empty(0)
        loses = lost(stored_decades(moment.config, moment.frame, moment.sample, of), taken.factors.total).any()
        self.sums.show_curves(taken.factors.layers, taken.curves, labels[: len(taken.curves)], "(true values)" if loses else "")

    def _show_way_back(self, moment: Moment) -> None:
        taken = self.taken_apart(moment)
        self.factors.show_factors(taken.factors, (f"Factors of {wide.SYMBOL}", wide.SYMBOL), taken.kinds)
        self.sums.kinds, self.sums.not_drawn = taken.kinds, np.empty(0)
        labels = ("all", *(f"{kind.symbol}{ALONE}" for kind in taken.kinds))
        self.sums.show_curves(taken.factors.layers, taken.curves, labels[: len(taken.curves)])

    def _on_chosen(self) -> None:
        self._say_which()
        for plot in self.plots:
            plot.begin_anew()
        if self._moment is not None:
            self.show_moment(self._moment)

    def _of_all_samples(self, moment: Moment) -> NDArray[np.float64]:
        """Every sample's running sums: the first frame's choose the axis, whichever sample a person looks at later."""
        each = [factors(moment.profile, sample, self.gradient.name) for sample in range(len(moment.config.inputs))]
        return np.concatenate([found.sums.ravel() for found in each] + [found.total for found in each])

    @property
    def _share(self) -> str:
        """Whose share of a gradient is taken apart, where that is a sum over several samples; else nothing."""
        shared = self.gradient.name == "dw" and self._moment is not None and len(self._moment.config.inputs) > 1
        return f"{sample_name(self._moment.config, self._moment.sample)}'s share of " if shared and self._moment else ""

    def _titles(self, moment: Moment) -> tuple[str, ...]:
        """What the factors may be called, the longest first; of several samples the one that is shown is always named."""
        symbol, sample = f"{self.gradient.symbol}[k]", sample_name(moment.config, moment.sample)
        if len(moment.config.inputs) == 1:
            return f"Factors of {symbol}, {sample}", f"Factors of {symbol}", symbol
        whose = f"share of {sample}" if self._share else sample
        return f"Factors of {symbol}, {whose}", f"{symbol}, {whose}", whose, sample

    def _say_which(self) -> None:
        symbol = self.gradient.symbol if self._wide else f"|{self.gradient.symbol}|"
        only = f". {CHAIN_ONLY}" if self._wide else ""
        self.choice.setToolTip(f"Which gradient is taken apart. Now: {self.gradient.help}{only}")
        subject = Subject("Running product", f"share of {symbol}" if self._share else symbol, "from the output back", positive=True)
        if subject != self.sums.subject:
            self.sums.subject = subject
            self.sums.rename()

    # one plot or two

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if len(self.plots) == 2 and not sip.isdeleted(self.plots[1].item):  # a view is resized before its plots are made, and after they are gone
            self._share_room()

    def _share_room(self) -> None:
        """Both plots where there is room for them; the factors alone, with the layers' numbers, where there is not."""
        alone = self.height() < magnified(ROOM_FOR_TWO)
        axis = self.factors.item.getAxis("bottom")
        if self.sums.item.isVisible() == alone or axis.style["showValues"] != alone:
            self.sums.item.setVisible(not alone)
            axis.setStyle(showValues=alone)
            axis.setHeight(magnified(AXIS) if alone else BARE_AXIS)
            self.factors.names_across = alone
            axis.showLabel(alone)
            self.factors.rename()

    # the equation

    def leaveEvent(self, event: QEvent | None) -> None:
        super().leaveEvent(event)
        self._point_at(None)

    def point_at(self, position: QPointF | None) -> None:
        self._point_at(position)

    def _on_mouse_moved(self, position: QPointF) -> None:
        self._point_at(position)

    def _point_at(self, position: QPointF | None) -> None:
        under = [(plot, plot.layer_at(position)) for plot in (self.factors, self.sums)] if position is not None else []
        pointed: tuple[LayerPlot, int] | None = next(((plot, layer) for plot, layer in under if layer is not None), None)
        self.layer = pointed[1] if pointed else None
        self._describe()
        if pointed and position is not None:
            self._place_box(pointed[0], position)

    def _describe(self) -> None:
        """Highlight the layer under the mouse, with its equation."""
        known = self.layer is not None and self._moment is not None and self.layer < self._moment.config.layers
        text = (
            "\n".join([self._equation(self._moment, self.layer), *self._lines_behind(self._moment, self.layer)])
            if known and self._moment and self.layer
            else ""
        )
        for plot in (self.factors, self.sums):
            plot.equation = text
            plot.highlight(self.layer if known else None)
        self.box.setVisible(bool(text))
        if text != self.box.text():
            self.box.setText(text)
            self.box.setWordWrap(False)
            self.box.adjustSize()
            if self.box.width() > self.width() - 4:
                self.box.setWordWrap(True)
                self.box.resize(self.width() - 4, self.box.heightForWidth(self.width() - 4))

    def _equation(self, moment: Moment, layer: int) -> str:
        if not self._wide:
            return equation(moment.profile, moment.sample, layer, self.gradient.name, self._share)
        assert isinstance(moment.frame, WideFrames), "a wide network has such frames"
        return wide.equation(moment.config, wide.way_back(moment.config, moment.frame), layer)

    def _lines_behind(self, live: Moment, layer: int) -> list[str]:
        """The same layer of each pinned run: its gradient, and what the layer adds to it in decades."""
        return [self._line_behind(f"{shortened(ghost.name)}{when(live, ghost)}", live, ghost.moment, taken, layer) for ghost, taken in self._behind]

    def _line_behind(self, name: str, live: Moment, moment: Moment, taken: Taken, layer: int) -> str:
        if layer >= moment.config.layers:
            return f"{name}: no layer {layer:,}"
        symbol = f"‖∂C/∂h[{layer - 1}]‖" if self._wide else f"|{self.gradient.symbol}[{layer}]|"
        size, step = float(taken.curves[0, layer - 1]), float(taken.factors.steps[layer - 1])
        own, other = (sample_name(of.config, sample_of(of)) for of in (live, moment))
        whose = "" if self._wide or own == other else f", {other}"
        sign = "−" if step < 0.0 else ""
        return f"{name}{whose}: {self._share and 'share of '}{symbol} = {number(1.0, size)}, here {sign}{in_decades(step)} decades"

    def _place_box(self, pointed: LayerPlot, position: QPointF) -> None:
        """Over the other plot, so that what is pointed at stays in sight; where it is alone, away from the mouse."""
        other = self.sums if pointed is self.factors else self.factors
        place = other.item.vb.sceneBoundingRect()
        mouse = self.mapFromScene(position)
        top = int(place.center().y()) - self.box.height() // 2
        if not other.item.isVisible():
            top = 2 if mouse.y() > self.height() / 2 else self.height()
        furthest = QPoint(self.width() - self.box.width() - 2, self.height() - self.box.height() - 2)
        self.box.move(max(2, min(mouse.x() + 12, furthest.x())), max(2, min(top, furthest.y())))


def sample_of(moment: Moment) -> int:
    """The sample that is shown; of a pinned run with fewer the last one."""
    return min(moment.sample, len(moment.config.inputs) - 1)
