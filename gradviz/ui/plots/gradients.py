"""The gradient panel: which gradient a person chooses, on a decade axis, with what the number format lost and what theory predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QSignalBlocker
from PyQt6.QtGui import QStandardItemModel
from PyQt6.QtWidgets import QComboBox, QGraphicsItem

from gradviz.core.formats import FORMATS
from gradviz.core.frames import PROFILED, WideFrames
from gradviz.core.profiles import GRADIENTS, WIDE_COLUMNS, WIDE_GRADIENTS, Quantity, decades, lost, stored, subnormal, true_decades
from gradviz.core.theory import Prediction
from gradviz.core.words import scientific
from gradviz.runs.moment import Moment
from gradviz.ui.plots.axes import DecadeAxis
from gradviz.ui.plots.band_plot import ROOM_FOR_GRADIENTS, BandPlot
from gradviz.ui.plots.bands import RMS, Profile
from gradviz.ui.plots.format_axis import FormatAxis
from gradviz.ui.plots.panel import Panel, sample_labels
from gradviz.ui.plots.pinned import Curves, deepest, pinned, root_mean_squares
from gradviz.ui.plots.plot import Subject
from gradviz.ui.plots.scales import ROOM_BELOW, Decades, Linear, Range, Scale
from gradviz.ui.plots.trails import Trails, trails_of
from gradviz.ui.theme import Theme, magnified

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.logdomain import LogProfile

Floats = NDArray[np.float64]

#: Open marks stand about so many pixels apart where there are more of them, and always at both ends.
APART = 8
#: The open marks' symbols in pyqtgraph's letters: below the range, within it, above it.
EDGES = {-1.0: "t", 0.0: "o", 1.0: "t1"}
NOT_WIDE = "End to end, ∂h[L]/∂h[k], is one number a layer in a chain only; in a wide network it is a matrix for every layer and sample."


class GradientPlot(BandPlot):
    """A gradient as it is stored; open marks where the number format lost it, and a dotted line for what theory predicts."""

    def __init__(self, item: pg.PlotItem, axis: DecadeAxis, subject: Subject, scales: Sequence[Scale]) -> None:
        self.truth: Floats = np.empty((0, 0))
        self.signs: Floats = np.empty((0, 0))
        self.own_format = "float64"
        super().__init__(item, axis, subject, scales)
        self._open = pg.ScatterPlotItem(size=magnified(7), symbol="o", pxMode=True, brush=None)
        item.addItem(self._open)
        self._opened: tuple[bytes, bytes] | None = None

    def show_truth(self, truth: Floats, signs: Floats, ghost: Floats | None, own_format: str) -> None:
        """What the curves that come next truly are, as decades and signs (curves, n), and what theory predicts; before show_curves."""
        self.truth, self.signs = truth, signs
        self.be_in_format(own_format)
        self.show_ghost(ghost)

    def show_profile(self, across: NDArray[np.generic], profile: Profile, smallest: float, sizes: Profile | None = None) -> None:
        self.truth, self.signs = np.empty((0, 0)), np.empty((0, 0))
        super().show_profile(across, profile, smallest, sizes)

    def be_in_format(self, own_format: str) -> None:
        """Name the ends of this number format before the others'."""
        if own_format != self.own_format:
            self.own_format = own_format
            self._name_formats()

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
        self._opened = None
        super().apply_theme(theme)

    def set_axis_cache(self, on: bool) -> None:
        super().set_axis_cache(on)
        self.item.getAxis("right").setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache if on else QGraphicsItem.CacheMode.NoCache)

    def _to_cover(self, placed: Floats) -> Floats:
        placed = super()._to_cover(placed)
        return np.concatenate([placed.ravel(), self.truth.ravel()]) if isinstance(self.scale, Decades) else placed

    def _set_range(self, covered: Range) -> None:
        super()._set_range(covered)
        self._name_formats()

    def _name_formats(self) -> None:
        axis = self.item.getAxis("right")
        decades = isinstance(self.scale, Decades)
        axis.setVisible(decades)
        if decades and self.covered is not None:
            placed = self.scale.place(self.values)
            ends = np.median(np.maximum(placed[:, [0, -1]], self.covered.low), axis=0) if placed.size else np.full(2, np.nan)
            axis.mark(self.own_format, self.covered, Range(*ends.tolist()) if np.isfinite(ends).all() else None)

    def _draw(self) -> None:
        super()._draw()
        if self._theme is None or not len(self.across) or self.covered is None:
            return
        self._draw_open_marks(isinstance(self.scale, Decades))

    def _draw_open_marks(self, decades: bool) -> None:
        """Where the stored number is not the true one, the true one: one mark for each few pixels, at the edge where it lies beyond the range."""
        across, heights, curves = np.empty(0), np.empty(0), np.empty(0, np.intp)
        if decades and self.truth.shape == self.values.shape and self.covered is not None:
            missing = lost(self.scale.place(self.values), self.truth) & np.isfinite(self.truth)
            stride = max(1, round(magnified(APART)) * len(self.across) // self._pixel_columns)
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

    def _own_lines(self, place: int) -> list[str]:
        lines = super()._own_lines(place)
        if self.truth.shape != self.values.shape:
            return lines
        missing = lost(Decades().place(self.values[:, place]), self.truth[:, place])
        return lines + [
            f"{label}, true value:  {scientific(self.signs[number, place], self.truth[number, place])}"
            for number, label in enumerate(self.labels)
            if missing[number]
        ]


class GradientPanel(Panel):
    """One of the gradients by layer; a list on the plot says which."""

    def __init__(self) -> None:
        super().__init__("gradients", "Gradients")
        self._decades = Decades(fixed=True)
        self.plot = self.add_plot(_subject(GRADIENTS["du"]), self._decades, Linear(), kind=GradientPlot, right=FormatAxis())
        self.trails = Trails(self.plot)
        self._offered: Mapping[str, Quantity] = GRADIENTS
        self.choice = QComboBox(self.viewport())
        self.choice.setObjectName("gradient_choice")
        self.choice.setAccessibleName("Which gradient")
        for name in GRADIENTS:
            self.choice.addItem("", name)
        self._name_choices()
        self.choice.currentIndexChanged.connect(self._on_chosen)
        self.overlays.append(self.choice)
        self._moment: Moment | None = None
        self._wanted = ""  # what a lesson is about, until there is a network that has it
        self._say_what()

    @property
    def quantity(self) -> Quantity:
        """The gradient that is shown."""
        return self._offered[self.choice.currentData()]

    def choose(self, name: str) -> None:
        """Show this gradient, now or with the next network that has it."""
        self._wanted = name
        if name in self._offered:
            self.choice.setCurrentIndex(self.choice.findData(name))

    @property
    def looked_at(self) -> frozenset[str]:
        return frozenset({WIDE_COLUMNS[self.quantity.name]} & set(PROFILED)) if self._offered is WIDE_GRADIENTS else frozenset()

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self.trails.apply_theme(theme)

    def begin_anew(self) -> None:
        super().begin_anew()
        self._moment = None

    @property
    def quantities(self) -> tuple[str, ...]:
        return ("g",) if self.quantity.name == "du" else (self.quantity.name,)

    def show_moment(self, moment: Moment) -> None:
        self._moment = moment
        self._offer(WIDE_GRADIENTS if moment.config.wide else GRADIENTS)
        self.plot.set_layers(deepest(moment))
        behind = partial(self._behind, unsigned=moment.config.wide)
        self.plot.show_pinned(pinned(moment, behind))
        if isinstance(moment.frame, WideFrames):
            self._show_wide(moment, moment.frame)
        else:
            self._show_chain(moment)
        self.trails.show_moments(trails_of(moment, moment.trails), behind)

    def _behind(self, moment: Moment, unsigned: bool) -> Curves | None:
        """What is drawn of a pinned run: of a wide layer one line, beside a wide network without signs; None where it has no such gradient."""
        if isinstance(moment.frame, WideFrames):
            return self._wide_line(moment, moment.frame) if self.quantity.name in WIDE_COLUMNS else None
        curves = self._chain_curves(moment)
        return curves._replace(values=np.abs(curves.values)) if unsigned else curves

    def _wide_line(self, moment: Moment, frame: WideFrames) -> Curves:
        column, layers = WIDE_COLUMNS[self.quantity.name], np.arange(self.quantity.first, moment.config.layers)
        if column in PROFILED:
            return root_mean_squares(layers, self._profile(frame))
        return Curves(layers, getattr(frame, column)[-1:, self.quantity.first :], [self.quantity.symbol])

    def _profile(self, frame: WideFrames) -> Profile:
        quantity = self.quantity
        return Profile(getattr(frame, WIDE_COLUMNS[quantity.name])[-1][:, quantity.first :], quantity.symbol, f"|{quantity.symbol}|", {})

    def _show_wide(self, moment: Moment, frame: WideFrames) -> None:
        quantity, config = self.quantity, moment.config
        self.plot.be_in_format(config.number_format)
        column = WIDE_COLUMNS[quantity.name]
        if column in PROFILED:
            self.plot.show_ghost(self._expected(moment, getattr(frame, column)[-1, RMS]))
            self.plot.show_profile(np.arange(quantity.first, config.layers), self._profile(frame), FORMATS[config.number_format].smallest_normal)
        else:
            self.plot.show_truth(np.empty((0, 0)), np.empty((0, 0)), None, config.number_format)
            self.plot.show_curves(*self._wide_line(moment, frame))

    def _expected(self, moment: Moment, measured: Floats) -> Floats | None:
        """Theory's curve, which passes through what was measured at the last hidden layer: theory says how much each layer passes on."""
        expected, last = moment.expected.get(WIDE_COLUMNS[self.quantity.name]), moment.config.layers - 2
        if expected is None or last < self.quantity.first:
            return None
        with np.errstate(all="ignore"):  # a layer that nothing reaches passes nothing on: no line
            ghost: Floats = decades(measured)[last] + expected[self.quantity.first :]
        return ghost

    def _show_chain(self, moment: Moment) -> None:
        quantity, config = self.quantity, moment.config_now
        truth = true_decades(quantity.name, moment.profile, config)
        shown = sample_labels(config)[0] if quantity.by_sample else [0]
        ghost = self._predicted(moment.prediction, truth)
        layers = slice(quantity.first, None)
        signs = _true_signs(quantity.name, moment.profile)
        self.plot.show_truth(truth[shown, layers], signs[shown, layers], None if ghost is None else ghost[shown, layers], config.number_format)
        self.plot.show_curves(*self._chain_curves(moment))

    def _chain_curves(self, moment: Moment) -> Curves:
        quantity, config = self.quantity, moment.config_now
        shown, labels, note = sample_labels(config) if quantity.by_sample else ([0], [quantity.symbol], "")
        values = stored(quantity.name, config, moment.frame)[shown, quantity.first :]
        return Curves(np.arange(quantity.first, config.layers), values, labels, note, subnormal(values, config))

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

    def _offer(self, offered: Mapping[str, Quantity]) -> None:
        """Let the list name what this kind of network has; where what was shown is not among it, the activation's gradient is the closest."""
        if offered is self._offered:
            return
        gone = self.choice.currentData() not in offered
        self._offered = offered
        self._decades.room_below = ROOM_FOR_GRADIENTS if offered is WIDE_GRADIENTS else ROOM_BELOW
        with QSignalBlocker(self.choice):
            if self._wanted in offered:
                self.choice.setCurrentIndex(self.choice.findData(self._wanted))
            elif gone:
                self.choice.setCurrentIndex(self.choice.findData("dh"))
        self._wanted = ""
        self._name_choices()
        self._say_what()
        self.plot.begin_anew()

    def _name_choices(self) -> None:
        entries = self.choice.model()
        assert isinstance(entries, QStandardItemModel), "a list holds standard items"
        for place, quantity in enumerate(GRADIENTS.values()):
            there = self._offered.get(quantity.name)
            shown, entry = there or quantity, entries.item(place)
            assert entry is not None, "an entry for each gradient"
            entry.setText(shown.means or shown.symbol)
            entry.setToolTip(f"{shown.title}: {shown.help}" if there else NOT_WIDE)
            entry.setEnabled(there is not None)
        self._place_buttons()

    def _on_chosen(self) -> None:
        self._say_what()
        self.plot.begin_anew()
        if self._moment is not None:
            self.show_moment(self._moment)

    def _say_what(self) -> None:
        self.choice.setToolTip(f"Which gradient. Now: {self.quantity.title} {self.quantity.symbol}, {self.quantity.help}.")
        self.plot.be_about(_subject(self.quantity, positive=self._offered is WIDE_GRADIENTS))


def _true_signs(name: str, profile: LogProfile) -> Floats:
    """The signs of what true_decades() gives the sizes of."""
    found: Floats = profile.dw.sign * profile.weights.sign if name == "ratio" else getattr(profile, name).sign
    return np.array(found, ndmin=2)


def _subject(quantity: Quantity, *, positive: bool = False) -> Subject:
    """What the plot is about; of a wide network it draws absolute values, whatever the scale."""
    symbol, means = quantity.symbol, quantity.means
    if positive and "‖" not in symbol:
        symbol, means = f"|{symbol}|", means and f"|{means}|"
    return Subject(quantity.title, symbol, means, positive=positive, in_words=True)
