"""All panels of plots in two columns, drawing the same moment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from PyQt6.QtCore import QByteArray, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

from gradviz.core.config import Config
from gradviz.core.training import Frames
from gradviz.runs.moment import Ghost, Moment
from gradviz.runs.run import Run
from gradviz.ui.pins import Pins
from gradviz.ui.plots import hall
from gradviz.ui.plots.cost import CostPanel
from gradviz.ui.plots.gradients import GradientPanel
from gradviz.ui.plots.panel import Panel, sample_labels
from gradviz.ui.plots.profiles import ActivationPanel, WeightPanel
from gradviz.ui.theme import Theme, magnify

if TYPE_CHECKING:  # it comes with the map
    from gradviz.ui.plots.phase_points import Finished


class Place(NamedTuple):
    """Where a panel stands: its column, its share of the height, whether it is there from the start, how it is made, and keys that show it."""

    name: str
    title: str
    column: int
    share: int
    usual: bool
    make: Callable[[], Panel]
    keys: str = ""


def _heat_map() -> Panel:
    from gradviz.ui.plots.heatmap import HeatMapPanel

    return HeatMapPanel()


def _why() -> Panel:
    from gradviz.ui.plots.why import WhyPanel

    return WhyPanel()


def _phase() -> Panel:
    from gradviz.ui.plots.phase import PhasePanel

    return PhasePanel()


def _operating() -> Panel:
    from gradviz.ui.plots.operating import OperatingPanel

    return OperatingPanel()


def _together() -> Panel:
    from gradviz.ui.plots.side_by_side import SideBySidePanel

    return SideBySidePanel()


def _difference() -> Panel:
    from gradviz.ui.plots.difference import DifferencePanel

    return DifferencePanel()


PLACES = {
    place.name: place
    for place in (
        Place("activations", "Activations", 0, 4, True, ActivationPanel),
        Place("gradients", "Gradients", 0, 6, True, GradientPanel),
        Place("heatmap", "Layer × epoch", 0, 5, True, _heat_map),
        Place("together", "Side by side", 0, 6, False, _together),
        Place("why", "Why: the factors of each layer", 1, 6, True, _why),
        Place("phase", "Phase map", 1, 9, False, _phase, "Ctrl+M"),
        Place("phi", "φ and φ′ with every layer on them", 1, 5, True, _operating),
        Place("cost", "Cost", 1, 4, True, CostPanel),
        Place("weights", "Weights and weight gradients", 1, 6, False, WeightPanel, "W"),
        Place("difference", "Difference to a pinned run", 1, 6, False, _difference),
    )
}
USUAL = frozenset(place.name for place in PLACES.values() if place.usual)
#: These follow every frame; of the others so many are drawn at a time where the next frame is due at once: a screen has 16 ms for all.
LEADING = frozenset({"activations", "gradients"})
IN_TURN = 2
#: What panels want of the window, beside a menu: signals that the dashboard has too.
WANTED = {"phase": ("values_wanted",), "cost": ("epoch_wanted",), "weights": ("weight_changed", "weight_held", "weight_returned")}
#: These show the whole run.
OVER_EPOCHS = frozenset({"cost", "heatmap"})
#: What a window needs for its first paint; the rest is made when it is up.
FIRST = frozenset({"activations", "gradients"})
#: The frame around a panel that is pointed out is so many pixels wide.
FRAME = 4
#: Where panels would be lower than so many pixels, some give way to one that is asked for, in this order.
LOWEST = 170
GIVE_WAY = ("phi", "weights", "heatmap", "cost", "why", "activations")


class Column(QScrollArea):
    """Panels above each other, with a bar to move them by where they are more than the window is high for."""

    def __init__(self) -> None:
        super().__init__()
        self.panels = QSplitter(Qt.Orientation.Vertical)
        self.panels.setChildrenCollapsible(False)
        self.setWidget(self.panels)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def minimumSizeHint(self) -> QSize:
        """As wide as its panels need, and no higher than one of them."""
        least = self.panels.minimumSizeHint()
        return QSize(least.width(), min(least.height(), LOWEST))


class Dashboard(QWidget):
    """The panels in two columns with handles between them; one is made when it is first to be seen."""

    menu_requested = pyqtSignal(object, object)
    values_wanted = pyqtSignal(dict)
    epoch_wanted = pyqtSignal(int)
    weight_changed = pyqtSignal(str, float)
    weight_held = pyqtSignal(str)
    weight_returned = pyqtSignal()

    def __init__(self, visible: Collection[str] = tuple(PLACES), at_once: Collection[str] = tuple(PLACES), *, stacked: bool = False) -> None:
        super().__init__()
        self._stacked = stacked  # all in one column
        #: What the run is called, where that is to be read in a panel.
        self.name = ""
        self.setObjectName("dashboard")
        self.panels: dict[str, Panel] = {}
        self._factor = 1.0
        self._narrow = False
        #: The panels of other sizes, which wait; and what was chosen in those that have not been drawn since, as Panel.view() says it.
        self._waiting: dict[float, dict[str, Panel]] = {}
        self._chosen: dict[str, Mapping[str, Any]] = {}
        self.sample = 0
        self._theme: Theme | None = None
        self._pointed: str | None = None
        self.moment: Moment | None = None
        self._behind: list[str] = []
        self.pins: Pins = ()
        self.trails = 0
        self._finished: tuple[Finished, ...] = ()
        self._show_finished: Callable[[tuple[Finished, ...]], None] = lambda _finished: None
        self._columns = [Column(), Column()]
        self._holders = {place.name: self._holder(place) for place in PLACES.values()}
        self._split = QSplitter()
        self._split.setChildrenCollapsible(False)
        for column in self._columns:
            self._split.addWidget(column)
        self._instead = QLabel()
        self._instead.setObjectName("instead")
        self._instead.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._instead.setWordWrap(True)
        self._instead.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._split, 1)
        row.addWidget(self._instead, 1)
        self._visible: frozenset[str] = frozenset()
        self._arrange(visible)
        self._make(set(at_once) & self._visible)

    def _holder(self, place: Place) -> QFrame:
        """The room of a panel, which is there before the panel is."""
        holder = QFrame()
        holder.setObjectName("holder")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        panels = self._columns[self._column_of(place)].panels
        panels.addWidget(holder)
        panels.setStretchFactor(panels.count() - 1, place.share)
        return holder

    def _column_of(self, place: Place) -> int:
        return 0 if self._stacked else place.column

    def _arrange(self, names: Collection[str]) -> None:
        self._visible = frozenset(names)
        for name, holder in self._holders.items():
            holder.setVisible(name in names)
        standing = {name: self._column_of(place) for name, place in PLACES.items()}
        if self._factor > 1.0:
            self._narrow = self.width() < hall.NARROW * self.height()
            standing |= hall.columns([name for name in PLACES if name in names], narrow=self._narrow)
        for number, column in enumerate(self._columns):
            there = [place for place in PLACES.values() if standing[place.name] == number]
            for row, place in enumerate(there):
                if column.panels.widget(row) is not self._holders[place.name]:
                    column.panels.insertWidget(row, self._holders[place.name])
            shares = {place.name: place.share for place in there if place.name in names}
            if self._factor > 1.0 and self._pointed in shares:
                shares[self._pointed] = max(shares.values())  # a class is to look there
            column.setVisible(bool(shares))
            column.panels.setSizes([shares.get(place.name, 0) * 100 for place in there])

    def _make(self, names: Collection[str]) -> None:
        for name, place in PLACES.items():
            if name in names and name not in self.panels:
                panel = place.make()
                self.panels[name] = panel
                for signal in ("menu_requested", *WANTED.get(name, ())):
                    getattr(panel, signal).connect(getattr(self, signal))
                if name == "phase":
                    self._connect_map(panel)
                if self._theme is not None:
                    panel.apply_theme(self._theme)
                self._put(name, panel)

    def _put(self, name: str, panel: Panel) -> None:
        layout = self._holders[name].layout()
        assert layout is not None, "a holder has a layout"
        layout.addWidget(panel)
        panel.show()  # with its size, at once: a picture may be asked for before Qt comes round to either
        layout.activate()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if self._factor > 1.0 and self._narrow != (self.width() < hall.NARROW * self.height()):
            self._arrange(self._visible)

    def hold_back(self, words: str) -> None:
        """Show these words and no panels, until there are none: what the panels show is not what is talked of."""
        self._instead.setText(words)
        self._instead.setVisible(bool(words))
        self._split.setVisible(not words)

    @property
    def held_back(self) -> bool:
        """Whether words stand in place of the panels."""
        return bool(self._instead.text())

    def magnify(self, factor: float) -> None:
        """Draw letters, lines and marks so many times as large from now on, for a hall; what a person has chosen in each panel stays.

        Nothing in a plot can be made larger later: there are panels of each size, and the others wait.
        """
        if factor == self._factor:
            return
        self._chosen = {name: panel.view() for name, panel in self.panels.items()} | self._chosen
        for name, panel in self.panels.items():
            panel.hide()
            layout = self._holders[name].layout()
            assert layout is not None, "a holder has a layout"
            layout.removeWidget(panel)
        self._waiting[self._factor], self.panels, self._factor = self.panels, self._waiting.pop(factor, {}), factor
        magnify(factor)
        self._arrange(self._visible)
        for name, panel in self.panels.items():
            panel.begin_anew()
            if self._theme is not None:
                panel.apply_theme(self._theme)
            if name == "phase":
                self._connect_map(panel)
            self._put(name, panel)
        self._make(self._visible)
        self._draw(self._visible)

    def proportions(self) -> tuple[QByteArray, list[list[int]]]:
        """How the room is shared by columns and panels."""
        return self._split.saveState(), [column.panels.sizes() for column in self._columns]

    def share_room(self, proportions: tuple[QByteArray, list[list[int]]]) -> None:
        """Share the room as it was shared when the same panels were shown."""
        whole, columns = proportions
        self._split.restoreState(whole)
        for column, sizes in zip(self._columns, columns, strict=True):
            column.panels.setSizes(sizes)

    def _connect_map(self, panel: Panel) -> None:
        """The one panel that starts networks, and marks what became of them."""
        from gradviz.ui.plots.phase import PhasePanel

        assert isinstance(panel, PhasePanel), "the phase map is made by its place"
        panel.show_finished(self._finished)
        self._show_finished = panel.show_finished

    def show_finished(self, finished: tuple[Finished, ...]) -> None:
        """These runs are over: the phase map marks them, when there is one."""
        self._finished = finished
        self._show_finished(finished)

    def complete(self) -> None:
        """Make every panel that is to be seen and is not there yet."""
        missing = self._visible - set(self.panels)
        self._make(missing)
        self._draw(missing)

    def with_room_for(self, asked: Collection[str], others: Collection[str]) -> frozenset[str]:
        """These panels and the others, but for those that have to give way where a column is too low for all."""
        kept = {*asked, *others}
        for column in {PLACES[name].column for name in asked}:
            there = {name for name in kept if PLACES[name].column == column}
            for name in GIVE_WAY:
                if len(there) * LOWEST > self.height() and name in there and name not in asked:
                    there.discard(name)
                    kept.discard(name)
        return frozenset(kept)

    def take_any_size(self) -> None:
        """For a picture, whose size is the person's: no panel asks for room any more."""
        parts: list[QWidget] = [*self.panels.values(), *(column.panels for column in self._columns)]
        for part in parts:
            part.setMinimumSize(1, 1)
        arrangement = self.layout()
        assert arrangement is not None, "a dashboard is laid out"
        arrangement.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)

    @property
    def visible(self) -> frozenset[str]:
        """The names of the panels that are to be seen, made or not."""
        return self._visible

    @property
    def shown(self) -> dict[str, Panel]:
        """The panels that can be seen."""
        return {name: self.panels[name] for name in PLACES if name in self._visible and name in self.panels}

    @property
    def looked_at(self) -> frozenset[str]:
        """Of which profiles of a wide network the panels draw the percentiles."""
        return frozenset[str]().union(*(panel.looked_at for panel in self.shown.values()))

    def set_visible(self, names: Collection[str]) -> None:
        """Show these panels and give them all the room; a hidden one costs nothing."""
        before = set(self.shown)
        self._arrange(names)
        self._make(self._visible)
        self._draw(self._visible - before)

    def apply_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._frame_holders()
        for panel in self.panels.values():
            panel.apply_theme(theme)

    def begin_anew(self, config: Config) -> None:
        """Other data follows: ranges are chosen anew."""
        self.moment = None
        self._behind = []
        self._chosen = {name: {**view, "plots": ()} for name, view in self._chosen.items()}
        choices, _, _ = sample_labels(config)
        self.sample = 0 if config.wide else min(choices, key=lambda sample: abs(sample - self.sample))
        for panel in self.panels.values():
            panel.begin_anew()

    def point_out(self, name: str | None) -> None:
        """Frame this panel, so that a class looks there; "" frames none but leaves the room for it, None takes that away too."""
        if name != self._pointed:
            self._pointed = name
            self._frame_holders()
            if self._factor > 1.0:
                self._arrange(self._visible)

    def _frame_holders(self) -> None:
        theme = self._theme
        if theme is None:
            return
        for name, holder in self._holders.items():
            frame = "none" if self._pointed is None else f"{FRAME}px solid {theme.accent if name == self._pointed else theme.plot}"
            sheet = f"QFrame#holder {{ background: {theme.plot}; border: {frame}; }}"
            if holder.styleSheet() != sheet:
                holder.setStyleSheet(sheet)

    def choose_scales(self, decades: Collection[str]) -> None:
        """Draw these panels on a decade axis, and the other ones that are shown on their usual one."""
        for name, panel in self.shown.items():
            panel.choose_scale("decades" if name in decades else panel.plots[0].scales[0].name)

    def choose_quantity(self, name: str) -> None:
        """Show this gradient in the panel of gradients, as soon as there is a network that has it."""
        panel = self.panels.get("gradients")
        if isinstance(panel, GradientPanel):
            panel.choose(name)

    def show_run(self, run: Run, frame: Frames, *, hurried: bool = False, epoch: int | None = None) -> None:
        """Draw one frame of a run in every panel that can be seen; the pinned runs at that epoch, where it is not the frame's own.

        `hurried`, where the next frame is due at once: of the panels that need not follow every frame only those that have waited longest are
        drawn; the others are behind until a later frame, or until catch_up().
        """
        self.moment = Moment(run, frame, self.sample, self.ghosts(int(frame.epoch[-1]) if epoch is None else epoch), self.trails, self.name)
        self._behind = [name for name in self._behind if name in self.shown] + [name for name in self.shown if name not in self._behind]
        self._draw([name for name in self._behind if name in LEADING] + [name for name in self._behind if name not in LEADING][: IN_TURN if hurried else None])

    def show_growth(self, run: Run) -> None:
        """More of the run is recorded, while an earlier epoch of it is looked at: only the panels over epochs have news."""
        if self.moment is not None and self.moment.run is run:
            self._draw([name for name in self.shown if name in OVER_EPOCHS])

    def ghosts(self, epoch: int) -> tuple[Ghost, ...]:
        """The pinned runs that are shown, as they were at this epoch, or as they ended before it."""
        shown = ((pin, pin.run.at_or_before(epoch)) for pin in self.pins if pin.visible)
        return tuple(Ghost(pin.name, pin.colour, Moment(pin.run, frame, self.sample)) for pin, frame in shown if frame is not None)

    def show_trails(self, epochs: int) -> None:
        """Leave faint curves of so many epochs behind; 0 leaves none."""
        if epochs != self.trails:
            self.trails = epochs
            if self.moment is not None:
                self.show_run(self.moment.run, self.moment.frame)

    def show_pins(self, pins: Pins) -> None:
        """These runs are pinned behind the live one."""
        self.pins = pins
        if self.moment is not None:
            self.show_run(self.moment.run, self.moment.frame)

    def catch_up(self) -> None:
        """Draw the newest frame in the panels that are behind."""
        if self._behind:
            self._draw([name for name in self._behind if name in self.shown])

    def _draw(self, names: Collection[str]) -> None:
        self._behind = [name for name in self._behind if name not in names]
        if self.moment is not None:
            for name in names:
                for plot in self.panels[name].plots:
                    plot.epoch = self.moment.epoch
                self.panels[name].show_moment(self.moment)
                chosen = self._chosen.pop(name, None)
                if chosen is not None:  # of a panel that this one has followed
                    self.panels[name].use_view(chosen)
                    self.panels[name].show_moment(self.moment)

    def show_sample(self, sample: int) -> None:
        """Show this sample where there is room for one."""
        self.sample = sample
        if self.moment is not None:
            self.show_run(self.moment.run, self.moment.frame)
