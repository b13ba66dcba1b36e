"""One of several small plots beside each other, and the words above and beside them."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFontMetricsF

from gradviz.core.words import short
from gradviz.runs.moment import Moment
from gradviz.ui.plots.axes import DecadeAxis, PlainAxis
from gradviz.ui.plots.pinned import Curves, colour_of, sign_of
from gradviz.ui.plots.plot import POINTS, Plot, Subject
from gradviz.ui.plots.scales import Decades, Range
from gradviz.ui.plots.titles import first_fitting
from gradviz.ui.theme import PLOT_FONT, Theme, magnified, plot_font

Floats = NDArray[np.float64]

#: Two lines of a title are so high.
TITLE = 32
#: The left-hand axis of the first column is so wide, those of the others, which have no labels, so.
AXIS, BARE_AXIS = 58, 8


class Shown(NamedTuple):
    """One run as it is drawn: its name, the number of its colour among those of pinned runs (None for the live one), its moment, and which epoch that is."""

    name: str
    colour: int | None
    moment: Moment
    when: str

    @property
    def said(self) -> Iterator[str]:
        """What became of it and its cost, in more and in fewer words."""
        verdict, cost = self.moment.verdict.kind, short(float(self.moment.frame.cost[-1]), 3)
        yield f"{verdict} · C = {cost}{self.when}"
        yield f"{verdict} · {cost}{self.when}"
        yield f"{verdict}{self.when}"
        yield f"{verdict}{self.when.partition(',')[0].rstrip(')')}{')' * bool(self.when)}"
        yield verdict


class SmallPlot(Plot):
    """One run's profile on the axes that all of them have; its title says which run, what became of it, and its cost."""

    def __init__(self, moved: Callable[[SmallPlot], None]) -> None:
        axis = DecadeAxis()
        item = pg.PlotItem(axisItems={"left": axis, "bottom": PlainAxis("bottom")}, enableMenu=False)
        self.shown: Shown | None = None
        self.locked: Range | None = None
        super().__init__(item, axis, Subject("", "g"), (Decades(fixed=True),))
        self.names_across = False
        item.vb.sigRangeChangedManually.connect(lambda *_: moved(self))

    def stand(self, *, leftmost: bool) -> None:
        """Only the first of a row has numbers at its left."""
        self._axis.setStyle(showValues=leftmost)
        self._axis.setWidth(magnified(AXIS) if leftmost else BARE_AXIS)

    def show_run(self, shown: Shown, curves: Curves, locked: Range, *, broken: bool) -> None:
        """Draw a run on the axis that all of them have; `broken`: one of them has something for the lane of NaN and infinity."""
        recoloured = self.shown is None or self.shown.colour != shown.colour
        self.shown, self.locked = shown, locked
        if broken != self._axis.broken_seen:
            self._axis.broken_seen, self.covered = broken, None  # the axis is labelled anew
        self.show_curves(*curves)
        if recoloured and self._theme is not None:
            self._colour_curves()
            self._spots = []
            self._draw()
        if self._theme is not None:
            self._show_title()

    @property
    def changed(self) -> Sequence[str]:
        """That the axis is another one than it was, in many words and in few."""
        return self._changed

    def show_part(self, across: Range, heights: Range) -> None:
        """Show the part of the axes that a person has chosen on another plot."""
        self.by_hand = True
        self.item.vb.setRange(xRange=across, yRange=heights, padding=0)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._axis.showLabel(False)  # the header says what all of them are about

    def _covering(self, heights: Floats) -> Range:
        return self.locked or super()._covering(heights)

    def _colour(self, number: int) -> str:
        assert self._theme is not None, "colours come with the theme"
        if self.shown is None or self.shown.colour is None:
            return super()._colour(number)
        return colour_of(self._theme, self.shown.colour)

    def _show_title(self) -> None:
        if self._theme is None or self.shown is None:
            return
        room = float(self.item.vb.width())
        sign = "" if self.shown.colour is None else f"{sign_of(self.shown.colour)} "
        name = _elided(self.shown, room - QFontMetricsF(plot_font(POINTS, bold=True)).horizontalAdvance(sign), live=not self.on_paper)
        said, _ = first_fitting(room, [(words, ()) for words in self.shown.said])
        colour = self._theme.text if self.shown.colour is None else colour_of(self._theme, self.shown.colour)
        bold = f'<b><span style="color:{colour}">{unbroken(sign)}</span>{unbroken(html.escape(name))}</b>'
        self._put_title(f'<span style="font-family:{PLOT_FONT}">{bold}<br>{unbroken(said)}</span>')
        self.item.titleLabel.setMaximumHeight(magnified(TITLE))  # pyqtgraph gives it 30, which cuts two lines
        self.item.layout.setRowFixedHeight(0, magnified(TITLE))
        self.item.titleLabel.setToolTip(f"{self.shown.name}: {next(self.shown.said)}")


class Words(pg.LabelItem):
    """A line or a paragraph beside the plots, as wide as the room that it is given."""

    #: Whether it is a paragraph.
    wraps = False

    def __init__(self) -> None:
        super().__init__(justify="left")

    def say(self, words: str, theme: Theme) -> None:
        if words != self.text or self.opts.get("color") != theme.text:
            self.setText(f'<span style="font-family:{PLOT_FONT}">{words}</span>' if words else "", color=theme.text, size=f"{magnified(POINTS)}pt")

    def updateMin(self) -> None:
        """It takes the room that there is; a long line must not widen the panel."""
        self._sizeHint = {Qt.SizeHint.MaximumSize: (-1, -1)}

    def resizeEvent(self, event: object) -> None:
        if self.wraps:
            self.item.setTextWidth(max(self.width(), 40.0))
        super().resizeEvent(event)


def _elided(shown: Shown, room: float, *, live: bool) -> str:
    """As much of a run's name as so many pixels hold: of "parameter = value" the end, which differs, and of another one the beginning."""
    letters = QFontMetricsF(plot_font(POINTS, bold=True))
    whole = f"{shown.name} (live)"
    if live and shown.colour is None and letters.horizontalAdvance(whole) <= room:
        return whole
    side = Qt.TextElideMode.ElideLeft if " = " in shown.name else Qt.TextElideMode.ElideRight
    return letters.elidedText(shown.name, side, room)


def unbroken(words: str) -> str:
    """Words as HTML in one line."""
    return words.replace(" ", "&nbsp;")
