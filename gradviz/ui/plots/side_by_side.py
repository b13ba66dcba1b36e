"""The live run and those behind it beside each other: a small plot for each, all on the same axes and at the same epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PyQt6 import sip
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QComboBox

from gradviz.core.config import PARAMETERS
from gradviz.core.frames import WideFrames
from gradviz.runs.moment import Moment
from gradviz.ui.companions import in_print
from gradviz.ui.plots.band_plot import ROOM_FOR_GRADIENTS, ROOM_FOR_SIZES
from gradviz.ui.plots.bands import RMS
from gradviz.ui.plots.panel import AWAY, ON_PLOT, Panel, sample_labels
from gradviz.ui.plots.pinned import RMS_LABEL, Curves, deepest, when
from gradviz.ui.plots.plot import Subject
from gradviz.ui.plots.scales import ROOM_BELOW, Decades, Range
from gradviz.ui.plots.small_plot import AXIS, BARE_AXIS, Shown, SmallPlot, Words, unbroken
from gradviz.ui.plots.titles import first_fitting
from gradviz.ui.theme import Theme, magnified

#: So many runs are drawn; a header says where there are more.
MOST = 6
#: In how many columns they stand, by how many there are.
COLUMNS = (1, 1, 2, 3, 2, 3, 3)
HEADER, EDGE = 22, 8
#: The least height for so many rows.
HEIGHTS = {1: 150, 2: 270}
HOW = "To see runs side by side: Run &gt; Several runs together…, or pin a run with Ctrl+P."


class What(NamedTuple):
    """What is drawn of each run: its column in the frames, the first layer that has it, its words, and the room below a wide network's first frame."""

    column: str
    first: int
    words: str
    room_below: float

    @property
    def symbol(self) -> str:
        return f"|{self.column}|"


WHATS = (What("g", 1, "gradients", ROOM_FOR_GRADIENTS), What("h", 0, "activations", ROOM_FOR_SIZES))


class SideBySidePanel(Panel):
    """A small plot for the live run and for each that is shown behind it."""

    def __init__(self) -> None:
        self._pool: list[SmallPlot] = []
        self._moment: Moment | None = None
        self._theme: Theme | None = None
        self._covered: Range | None = None
        self._who: list[tuple[object, ...]] = []
        self._ready = False  # Qt's own beginning already resizes
        super().__init__("together", "Side by side")
        self._scale = Decades(fixed=True)
        self.header, self.how = Words(), Words()
        self.how.wraps = True
        self.choice = QComboBox(self.viewport())
        self.choice.setObjectName("side_by_side_choice")
        self.choice.setAccessibleName("Which profile side by side")
        self.choice.setToolTip("Draw the gradients or the activations of each run")
        for what in WHATS:
            self.choice.addItem(f"{what.symbol} {what.words}")
        self.choice.currentIndexChanged.connect(self._on_chosen)
        self.overlays.append(self.choice)
        self.ci.addItem(self.header, row=0, col=0, colspan=max(COLUMNS))
        self._ready = True
        self._arrange(1)

    @property
    def what(self) -> What:
        """What is drawn of each run."""
        return WHATS[self.choice.currentIndex()]

    @property
    def quantities(self) -> tuple[str, ...]:
        return (self.what.column,)

    def begin_anew(self) -> None:
        super().begin_anew()
        self._moment, self._covered, self._who = None, None, []

    def apply_theme(self, theme: Theme) -> None:
        self._theme = theme
        for plot in self._pool[len(self.plots) :]:
            plot.apply_theme(theme)
        super().apply_theme(theme)
        self._place_buttons()
        self._say()

    def reset_view(self) -> None:
        """Show all data again, on a range that is chosen anew."""
        self._covered = None
        if self._moment is not None:
            for plot, (_, curves) in zip(self._pool, drawn := self._drawn(self._moment), strict=False):
                plot.locked = self._lock([curves for _, curves in drawn])
        super().reset_view()
        self._say()

    def show_moment(self, moment: Moment) -> None:
        self._moment = moment
        drawn = self._drawn(moment)
        if len(drawn) != len(self.plots):
            self._arrange(len(drawn))
        self._scale.room_below = self.what.room_below if moment.config.wide else ROOM_BELOW
        placed = [curves for _, curves in drawn]
        locked = self._lock(placed, who=[(shown.name, shown.colour) for shown, _ in drawn])
        broken = any(not np.isfinite(curves.values).all() for curves in placed)
        for plot, (shown, curves) in zip(self._pool, drawn, strict=False):
            plot.set_layers(deepest(moment))
            plot.show_run(shown, curves, locked, broken=broken)
        self._say()

    def _drawn(self, moment: Moment) -> list[tuple[Shown, Curves]]:
        ghosts = [Shown(ghost.name, ghost.colour, ghost.moment, when(moment, ghost)) for ghost in moment.ghosts[: MOST - 1]]
        return [(shown, _curves(shown.moment, self.what)) for shown in [Shown(name_of_live(moment), None, moment, ""), *ghosts]]

    def _lock(self, drawn: Sequence[Curves], who: list[tuple[object, ...]] | None = None) -> Range:
        """The range that all have: it stays, and becomes wider for a run that comes later."""
        heights = np.concatenate([self._scale.place(curves.values).ravel() for curves in drawn])
        anew = who is not None and who != self._who
        self._who = self._who if who is None else who
        before, self._covered = self._covered, self._scale.covering(heights, None if anew else self._covered)
        if anew and before is not None:
            self._covered = Range(min(before.low, self._covered.low), max(before.high, self._covered.high))
        return self._covered

    def _on_chosen(self) -> None:
        self._covered = None
        for plot in self._pool:
            plot.begin_anew()
            plot.be_about(Subject("", self.what.column))
        if self._moment is not None:
            self.show_moment(self._moment)

    def _on_moved(self, moved: SmallPlot) -> None:
        """A person has zoomed one: all show the same part."""
        across, heights = (Range(*side) for side in moved.item.vb.viewRange())
        for plot in self._pool:
            if plot is not moved:
                plot.show_part(across, heights)
        self._say()

    # layout

    def _arrange(self, count: int) -> None:
        """So many plots, in one row or, from four on, in two; one alone has words beside it."""
        for part in (*(plot.item for plot in self.plots), self.how):
            if part in self.ci.items:
                self.ci.removeItem(part)
        while len(self._pool) < count:
            self._pool.append(SmallPlot(self._on_moved))
            self._pool[-1].on_paper = self.on_paper
            if self._theme is not None:
                self._pool[-1].apply_theme(self._theme)
        self.plots = list(self._pool[:count])
        self._columns = columns = COLUMNS[count]
        for number, plot in enumerate(self._pool[:count]):
            plot.stand(leftmost=number % columns == 0)
            self.ci.addItem(plot.item, row=1 + number // columns, col=number % columns)
        if count == 1:
            self.ci.addItem(self.how, row=1, col=1)
        self.setMinimumHeight(HEIGHTS[-(-count // columns)])
        self._share_room()

    def _share_room(self) -> None:
        """All plots are equally large, whether they have numbers at their left or not."""
        if not self._ready or sip.isdeleted(self.ci.layout):  # a view is resized after its parts are gone, too
            return
        grid = self.ci.layout
        columns = self._columns
        parts = max(columns, 1 + (len(self.plots) == 1))
        rows = -(-len(self.plots) // columns)
        spare = float(self.width()) - 14 - (magnified(AXIS) - BARE_AXIS) - (parts - 1) * grid.horizontalSpacing()
        for column in range(max(grid.columnCount(), parts)):
            wide = spare / parts + (magnified(AXIS) - BARE_AXIS) * (column == 0) if column < parts else 0.0
            grid.setColumnFixedWidth(column, max(0.0, wide))
        grid.setRowFixedHeight(0, magnified(HEADER))
        tall = (float(self.height()) - 6 - magnified(HEADER) - rows * grid.verticalSpacing()) / rows
        for row in range(1, max(grid.rowCount(), rows + 1)):
            grid.setRowFixedHeight(row, max(0.0, tall) if row <= rows else 0.0)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._share_room()
        self._place_buttons()
        self._say()

    def _place_buttons(self) -> None:
        if self._ready:
            self.choice.adjustSize()
            top = self.height() - self.choice.height() - round(magnified(AXIS)) - ON_PLOT if self._quiet else 2  # a hall reads the header
            self.choice.move(self.width() - self.choice.width() - EDGE, top if self._has_buttons else AWAY)

    def _say(self) -> None:
        """The header, in as many words as there is room for."""
        if self._theme is None or not self._ready or sip.isdeleted(self.header):
            return
        alone = len(self.plots) == 1
        self.how.say(HOW if alone and self._moment is not None and not self.on_paper else "", self._theme)
        if self._moment is None:
            return
        more = len(self._moment.ghosts) - (MOST - 1)
        about = f"{self.what.symbol} by layer k"
        notes = [[f"the first {MOST} of {more + MOST} runs"] * (more > 0)]
        changes: Sequence[Sequence[str]] = [(words,) for words in next((plot.changed for plot in self._pool if plot.changed), ())] or [()]
        titles = (f"Side by side: {self.what.words} {about}, epoch {self._moment.epoch:,}", f"{about}, epoch {self._moment.epoch:,}", about)
        wordings = [(title, [*note, *change]) for change in changes for note in [*notes, []] for title in titles]
        title, entries = first_fitting(float(self.choice.x()) - 16, wordings)
        self.header.say(unbroken("   ".join([f"<b>{title}</b>", *entries])), self._theme)


def _curves(moment: Moment, what: What) -> Curves:
    """What is drawn of a run: of a chain a curve for each sample, of a wide network the root mean square."""
    layers = np.arange(what.first, moment.config.layers)
    values = getattr(moment.frame, what.column)[-1]
    if isinstance(moment.frame, WideFrames):
        return Curves(layers, values[[RMS], what.first :], (RMS_LABEL,))
    shown, labels, _ = sample_labels(moment.config)
    return Curves(layers, values[shown, what.first :], labels)


def name_of_live(moment: Moment) -> str:
    """The live run by what is different in it, where that is one parameter."""
    if moment.name:
        return moment.name
    different = {name for ghost in moment.ghosts for name in moment.config.differences(ghost.moment.config)}
    if len(different) != 1:
        return "this run"
    name = different.pop()
    return f"{name} = {in_print(PARAMETERS[name], getattr(moment.config, name))}"
