"""The gradient panel: which gradient a person chooses, on a decade axis, with what the number format lost and what theory predicts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtWidgets import QComboBox, QGraphicsItem

from gradviz.core.formats import FORMATS
from gradviz.core.profiles import GRADIENTS, Quantity, lost, stored, subnormal, true_decades
from gradviz.core.theory import Prediction
from gradviz.core.words import scientific
from gradviz.ui.plots.axes import DecadeAxis
from gradviz.ui.plots.moment import Moment
from gradviz.ui.plots.panel import RIGHT_ROOM, Panel, sample_labels
from gradviz.ui.plots.plot import POINTS, Plot, Subject
from gradviz.ui.plots.scales import Decades, Linear, Range, Scale
from gradviz.ui.theme import Theme, plot_font

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.logdomain import LogProfile

Floats = NDArray[np.float64]

#: Open marks stand about so many pixels apart where there are more of them, and always at both ends.
APART = 8
#: So are the names of the formats' ends.
NAMES_APART = 11.0
GHOST_SIGN = "┈┈"
#: The open marks' symbols in pyqtgraph's letters: below the range, within it, above it.
EDGES = {-1.0: "t", 0.0: "o", 1.0: "t1"}
#: Which names go where there is no room for all: the run's own format is always first.
IMPORTANCE = ("float32", "float16", "float64", "bfloat16")


def format_ends(own: str) -> list[tuple[float, str]]:
    """Where each number format ends, in decades, and the mark's name; the most important first."""
    names = [own, *(name for name in IMPORTANCE if name != own)]
    ends = [(math.log10(FORMATS[name].smallest_subnormal), f"{name} → 0") for name in names]
    ends += [(math.log10(FORMATS[name].smallest_normal), name) for name in names]
    return ends + [(math.log10(FORMATS[name].largest), f"{name} → ∞") for name in names]


class FormatAxis(pg.AxisItem):
    """A right-hand axis that names, and draws across the plot, where number formats lose digits, end at 0, and end at infinity."""

    def __init__(self) -> None:
        super().__init__("right")
        self._covered = Range(0.0, 0.0)
        self._ends: list[tuple[float, str]] = []
        self.setWidth(RIGHT_ROOM)
        self.setStyle(tickFont=plot_font(POINTS - 2), tickTextOffset=3, tickLength=0, hideOverlappingLabels=False)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.setZValue(-1)  # its lines go behind curves and the box of numbers

    def mark(self, own_format: str, covered: Range) -> None:
        """Mark the formats' ends within this range."""
        self._covered, self._ends = covered, format_ends(own_format)
        self.picture = None
        self.update()

    def marks(self, low: float, high: float, size: float) -> list[tuple[float, str]]:
        """The marks in view that have room for their names."""
        pixel = (high - low) / max(size, 1.0)
        shown: list[tuple[float, str]] = []
        for decade, name in self._ends:
            inside = max(low, self._covered.low) <= decade <= min(high, self._covered.high)
            if inside and all(abs(decade - other) >= NAMES_APART * pixel for other, _ in shown):
                shown.append((decade, name))
        return shown

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        return [(1.0, sorted(decade for decade, _ in self.marks(minVal, maxVal, size)))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: ARG002
        names = dict(reversed(self._ends))
        return [names[value] for value in values]

    def updateAutoSIPrefix(self) -> None:
        """Nothing to prefix."""


class GradientPlot(Plot):
    """Curves of a gradient as it is stored; open marks where the number format lost it, and a dotted line for what theory predicts."""

    def __init__(self, item: pg.PlotItem, axis: DecadeAxis, subject: Subject, scales: Sequence[Scale]) -> None:
        self.truth: Floats = np.empty((0, 0))
        self.signs: Floats = np.empty((0, 0))
        self.ghost: Floats = np.empty((0, 0))
        self.own_format = "float64"
        super().__init__(item, axis, subject, scales)
        self._open = pg.ScatterPlotItem(size=7, symbol="o", pxMode=True, brush=None)
        self._ghost = pg.PlotCurveItem(connect="finite")
        self._ghost.setZValue(-5)
        for drawn in (self._open, self._ghost):
            item.addItem(drawn)
        self._opened: tuple[bytes, bytes] | None = None

    def show_truth(self, truth: Floats, signs: Floats, ghost: Floats | None, own_format: str) -> None:
        """What the curves that come next truly are, as decades and signs (curves, n), and what theory predicts; before show_curves."""
        before = self._remarks()
        self.truth, self.signs, self.ghost = truth, signs, np.empty((0, 0)) if ghost is None else np.unique(ghost, axis=0)
        if own_format != self.own_format:
            self.own_format = own_format
            self._name_formats()
        if self._remarks() != before and self._theme is not None:
            self._show_title()

    def _remarks(self) -> list[str]:
        return [*super()._remarks(), *[f"{GHOST_SIGN} theory"] * (self.ghost.size > 0 and isinstance(self.scale, Decades))]

    def open_marks(self) -> Floats:
        """Where the open marks stand, (n, 2): layer, and log10 of the true value."""
        if not self._open.isVisible() or not len(self._open.data):
            return np.empty((0, 2))
        return np.column_stack(self._open.getData())

    def apply_theme(self, theme: Theme) -> None:
        axis = self.item.getAxis("right")
        axis.setPen(pg.mkPen(None))
        axis.setTickPen(pg.mkPen(theme.faint, width=self._widths, dash=[2, 3]))
        axis.setTextPen(theme.faint)
        axis.setGrid(150)
        self._ghost.setPen(pg.mkPen(theme.faint, width=1.5 * self._widths, dash=[1.5, 3]))
        self._opened = None
        super().apply_theme(theme)

    def set_axis_cache(self, on: bool) -> None:
        super().set_axis_cache(on)
        self.item.getAxis("right").setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache if on else QGraphicsItem.CacheMode.NoCache)

    def _to_cover(self, placed: Floats) -> Floats:
        return np.concatenate([placed.ravel(), self.truth.ravel()]) if isinstance(self.scale, Decades) else placed

    def _set_range(self, covered: Range) -> None:
        super()._set_range(covered)
        self._name_formats()

    def _name_formats(self) -> None:
        axis = self.item.getAxis("right")
        decades = isinstance(self.scale, Decades)
        axis.setVisible(decades)
        if decades and self.covered is not None:
            axis.mark(self.own_format, self.covered)

    def _draw(self) -> None:
        super()._draw()
        if self._theme is None or not len(self.across) or self.covered is None:
            return
        decades = isinstance(self.scale, Decades)
        self._draw_ghost(decades)
        self._draw_open_marks(decades)

    def _draw_ghost(self, decades: bool) -> None:
        shown = decades and self.ghost.size > 0 and self.ghost.shape[-1] == len(self.across)
        self._ghost.setVisible(shown)
        if shown:
            inside = np.where((self.ghost >= self.covered.low) & (self.ghost <= self.covered.high), self.ghost, np.nan)  # type: ignore[union-attr]
            gap = np.full((len(inside), 1), np.nan)
            self._ghost.setData(np.tile(np.append(self.across, np.nan), len(inside)), np.hstack([inside, gap]).ravel())

    def _draw_open_marks(self, decades: bool) -> None:
        """Where the stored number is not the true one, the true one: one mark for each few pixels, at the edge where it lies beyond the range."""
        across, heights, curves = np.empty(0), np.empty(0), np.empty(0, np.intp)
        if decades and self.truth.shape == self.values.shape and self.covered is not None:
            missing = lost(self.scale.place(self.values), self.truth) & np.isfinite(self.truth)
            stride = max(1, APART * len(self.across) // self._pixel_columns)
            for number in np.flatnonzero(missing.any(axis=1)):
                places = np.flatnonzero(missing[number])
                places = places[(places % stride == 0) | (places == places[0]) | (places == places[-1])]
                across, heights = np.append(across, self.across[places]), np.append(heights, self.truth[number, places])
                curves = np.append(curves, np.full(len(places), number))
        symbols = ["o"] * len(across)
        if self.covered is not None:
            beyond = np.sign(heights - np.clip(heights, *self.covered))
            symbols = [EDGES[side] for side in beyond]
            heights = np.clip(heights, *self.covered)
        if self._opened == (across.tobytes(), heights.tobytes()):
            return
        self._opened = (across.tobytes(), heights.tobytes())
        self._open.setVisible(bool(len(across)))
        pens = [pg.mkPen(self._colour(number), width=1.2 * self._widths) for number in range(len(self.values))]
        self._open.setData(x=across, y=heights, pen=[pens[number] for number in curves], symbol=symbols, brush=None)

    def reading(self) -> str:
        text = super().reading()
        place = self._place_hovered()
        if place is None or self.truth.shape != self.values.shape:
            return text
        missing = lost(Decades().place(self.values[:, place]), self.truth[:, place])
        true = [
            f"{label}, true value:  {scientific(self.signs[number, place], self.truth[number, place])}"
            for number, label in enumerate(self.labels)
            if missing[number]
        ]
        return "\n".join([text, *true])


class GradientPanel(Panel):
    """One of the gradients by layer; a list on the plot says which."""

    def __init__(self) -> None:
        super().__init__("gradients", "Gradients")
        self._decades = Decades(fixed=True)
        self.plot = self.add_plot(_subject(GRADIENTS["du"]), self._decades, Linear(), kind=GradientPlot, right=FormatAxis())
        self.choice = QComboBox(self)
        self.choice.setObjectName("gradient_choice")
        self.choice.setAccessibleName("Which gradient")
        for quantity in GRADIENTS.values():
            self.choice.addItem(quantity.means or quantity.symbol, quantity.name)
            self.choice.setItemData(self.choice.count() - 1, f"{quantity.title}: {quantity.help}", 3)
        self.choice.currentIndexChanged.connect(self._on_chosen)
        self.overlays.append(self.choice)
        self._moment: Moment | None = None
        self._say_what()

    @property
    def quantity(self) -> Quantity:
        """The gradient that is shown."""
        return GRADIENTS[self.choice.currentData()]

    def begin_anew(self) -> None:
        super().begin_anew()
        self._moment = None

    @property
    def quantities(self) -> tuple[str, ...]:
        return ("g",) if self.quantity.name == "du" else (self.quantity.name,)

    def show_moment(self, moment: Moment) -> None:
        self._moment = moment
        quantity, config = self.quantity, moment.config
        values = stored(quantity.name, config, moment.frame, moment.learning_rate)
        truth = true_decades(quantity.name, moment.profile, moment.learning_rate)
        shown, labels, note = sample_labels(config)
        if not quantity.by_sample:
            shown, labels, note = [0], [quantity.symbol], ""
        ghost = self._predicted(moment.prediction, truth)
        layers = slice(quantity.first, None)
        self.plot.set_layers(config.layers)
        signs = _true_signs(quantity.name, moment.profile)
        self.plot.show_truth(truth[shown, layers], signs[shown, layers], None if ghost is None else ghost[shown, layers], config.number_format)
        small = subnormal(values[shown, layers], config)
        self.plot.show_curves(np.arange(quantity.first, config.layers), values[shown, layers], labels, note, small)

    def _predicted(self, prediction: Prediction | None, truth: Floats) -> Floats | None:
        """Theory's curve, which begins at the measured value of the last layer: theory says how much each layer passes on, not how great the error is."""
        if prediction is None or not self.quantity.by_sample:
            return None
        end = prediction.end
        if self.quantity.first:  # du[k] = dh[k-1] / w[k], and theory's weights are all alike
            end = np.hstack([end[:, :1], end[:, :-1]])
        with np.errstate(invalid="ignore"):  # a dead last layer passes nothing on: no line
            ghost: Floats = truth[:, -1:] + end - end[:, -1:]
        return ghost

    def _on_chosen(self) -> None:
        self._say_what()
        self.plot.begin_anew()
        if self._moment is not None:
            self.show_moment(self._moment)

    def _say_what(self) -> None:
        self.plot.subject = _subject(self.quantity)
        self.choice.setToolTip(f"Which gradient. Now: {self.quantity.title} {self.quantity.symbol}, {self.quantity.help}.")
        self.plot.rename()


def _true_signs(name: str, profile: LogProfile) -> Floats:
    """The signs of what true_decades() gives the sizes of."""
    found: Floats = profile.dw.sign * profile.weights.sign if name == "ratio" else getattr(profile, name).sign
    return np.array(found, ndmin=2)


def _subject(quantity: Quantity) -> Subject:
    return Subject(quantity.title, quantity.symbol, quantity.means, in_words=True)
