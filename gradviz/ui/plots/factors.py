"""Plots of a gradient taken apart: the factors of each layer as stacked steps, and their running sums from the output back as curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtGui import QColor

from gradviz.core.factors import SIGNAL, Factors
from gradviz.ui.plots.axes import DecadeAxis
from gradviz.ui.plots.kinds import KINDS, WIDE_KINDS, Entry, Kind
from gradviz.ui.plots.layers import Floats, InDecades, LayerPlot, Parts
from gradviz.ui.plots.marks import Spot, apart
from gradviz.ui.plots.plot import Subject
from gradviz.ui.plots.scales import Range, Scale, power_of_ten
from gradviz.ui.plots.titles import first_fitting
from gradviz.ui.theme import Theme

#: What a curve's label ends with, where there is room for words.
ALONE = " alone"
NORM = "‖"


class SumPlot(LayerPlot):
    """Running sums from the output back, drawn as the products that they are: in all, and by each kind of factor alone."""

    scale: InDecades
    least_step = 1.0
    #: What the curves after the first are of.
    kinds: Sequence[Kind] = KINDS
    #: Numbers that are not drawn, such as other samples', but that a range has to hold which is chosen now.
    not_drawn: Floats = np.empty(0)

    def _to_cover(self, placed: Floats) -> Floats:
        return np.concatenate([placed.ravel(), self.not_drawn.ravel()])

    def begin_anew(self) -> None:
        super().begin_anew()
        self.scale.zero_seen = False

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        if self.subject.symbol.startswith(NORM):
            self._axis.setLabel("norm")  # a norm's double bars lie on each other in a label that stands upright
            self._axis.resizeEvent()

    def _colour(self, number: int) -> str:
        assert self._theme is not None, "colours come with the theme"
        return self._theme.curves[self.kinds[number - 1].colour] if number else self._theme.text

    def _dash(self, number: int) -> list[float] | None:
        """The whole product solid, and on it its parts in dashes of their own: curves that lie on each other are all seen."""
        return self.kinds[number - 1].dash if number else None

    def _fitting_title(self, room: float) -> tuple[str, list[str]]:
        """First the words go, then the legend, which the plot above has too, then the remark."""
        glyphs = ["━━", *(kind.dash_glyph for kind in self.kinds)]
        entries = [Entry(glyphs[number], self._colour(number), label) for number, label in enumerate(self.labels)]
        remarks = [self._note] if self._note else []
        in_words = [entry.html for entry in entries] + remarks
        symbols = [entry._replace(words=entry.words.removesuffix(ALONE)).html for entry in entries] + remarks
        symbol = self.subject.symbol_on(self.scale)
        titles = [f"{self.subject.title} {self.subject.means}: {symbol}", f"{self.subject.title}: {symbol}", symbol]
        named = [(title, in_words) for title in titles[:-1]] + [(title, kept) for kept in (symbols, remarks, []) for title in titles[1:]]
        tried = [(title, [*kept, *changed]) for changed in self._wordings() for title, kept in named]
        return first_fitting(room, [*tried, (symbol, [])])

    def _draw(self) -> None:
        if not self.scale.zero_seen and np.isneginf(self.values).any():
            self.scale.zero_seen = True
            if self.covered is not None:
                self._set_range(self.covered)
        super()._draw()

    def _decades_named(self, decades: float) -> str:
        return power_of_ten(decades)

    def _lane_names(self, covered: Range) -> list[tuple[float, str]]:
        return [(self.scale.zero_lane(covered), "zero")] * self.scale.zero_seen + super()._lane_names(covered)


class FactorPlot(LayerPlot):
    """Each layer's factors in decades, stacked: what is lost downwards from 0, what is gained upwards; a thin line is their sum."""

    scale: Parts

    def __init__(self, item: pg.PlotItem, axis: DecadeAxis, subject: Subject, scales: Sequence[Scale]) -> None:
        super().__init__(item, axis, subject, scales)
        self._found: Factors | None = None
        #: What the plot may be called, the longest first.
        self.titles: Sequence[str] = (subject.title,)
        self.kinds: Sequence[Kind] = KINDS
        self._zeros_seen = np.zeros(len(KINDS), np.bool_)
        self._areas = [[self._curve(-1.0 - number) for _ in range(2)] for number in range(max(len(KINDS), len(WIDE_KINDS)))]
        self._sum = self._curve(0.0)
        self.behind.depth, self.behind.bordered = -0.5, True  # in front of the areas

    def _curve(self, z: float) -> pg.PlotCurveItem:
        curve = pg.PlotCurveItem(connect="finite", fillLevel=0.0 if z else None)
        curve.setZValue(z)
        self.item.addItem(curve)
        return curve

    def show_factors(self, found: Factors, titles: Sequence[str], kinds: Sequence[Kind] = KINDS) -> None:
        """Draw the factors of a gradient, each of its kind, under the longest of these titles that fits."""
        other = found.parts.shape != self.values.shape or self.titles != titles
        if self.kinds != kinds:
            self.kinds, other = kinds, True
            self._zeros_seen = np.zeros(len(kinds), np.bool_)
        self._found, self.titles = found, titles
        self.across, self.values = found.layers, found.parts
        if other:
            self._make_curves()
        self._draw()

    def begin_anew(self) -> None:
        super().begin_anew()
        self._found = None  # what it still holds is another experiment's, and must choose no range
        self._zeros_seen[:] = False
        self.scale.zero_seen = False

    def stacks(self) -> list[list[tuple[Floats, Floats]]]:
        """What the areas hold as they are drawn: of each kind, the outline of what is lost and of what is gained."""
        return [[area.getData() for area in pair] for pair in self._areas[: len(self.values)]]

    def drawn(self) -> list[tuple[Floats, Floats]]:
        return [self._sum.getData()]

    def _colour(self, number: int) -> str:
        assert self._theme is not None, "colours come with the theme"
        return self._theme.curves[self.kinds[number].colour]

    def _make_curves(self) -> None:
        if self._theme is None:
            return
        for number, (kind, pair) in enumerate(zip(self.kinds, self._areas, strict=False)):
            fill = mixed(self._colour(number), self._theme.plot, kind.fill)
            for area in pair:
                area.setBrush(pg.mkBrush(fill))
                area.setPen(pg.mkPen(self._colour(number), width=self._widths) if kind.fill < 1.0 and not self._crowded else pg.mkPen(None))
        self._sum.setPen(pg.mkPen(self._theme.text, width=self._widths))
        self._sum.setShadowPen(pg.mkPen(self._theme.plot, width=3.0 * self._widths))  # it runs across the areas
        self._show_title()

    def _fitting_title(self, room: float) -> tuple[str, list[str]]:
        """First the legend's words go, then the title's, then the sum, then all but the shortest title, which is all that stays where a legend has no room."""
        assert self._theme is not None, "a title is coloured by the theme"
        kinds = list(enumerate(self.kinds[: max(len(self.values), SIGNAL)]))
        in_words, symbols = ([Entry(kind.glyph, self._colour(number), getattr(kind, words)).html for number, kind in kinds] for words in ("words", "symbol"))
        total = [Entry("─", self._theme.text, "sum").html]
        longest, *others = self.titles
        named = [(longest, in_words + total), (longest, symbols + total)]
        named += [(title, entries) for title in others for entries in (symbols + total, symbols)] + [(title, []) for title in self.titles]
        tried = [(title, [*entries, *changed]) for changed in self._wordings() for title, entries in named]
        return first_fitting(room, [*tried, (self.titles[-1], [])])

    def _draw(self) -> None:
        if self._theme is None or self._found is None:
            return
        self._colour_labels(self._theme.text)
        lost, gained = _stacked(self.values)
        covered = self._covering(np.concatenate([lost[-1], gained[-1]]))
        bad = ~np.isfinite(self.values) & ~self._found.zero
        zeros = self._zeros_seen.copy()
        zeros[: len(self.values)] |= self._found.zero.any(axis=1)
        broken = self._axis.broken_seen or self.behind.broken or bool(bad.any())
        if covered != self.covered or broken != self._axis.broken_seen or (zeros != self._zeros_seen).any():
            self._axis.broken_seen, self._zeros_seen, self.scale.zero_seen = broken, zeros, bool(zeros.any())
            self._set_range(covered)
        for pair, below, above in zip(self._areas, lost, gained, strict=False):
            for area, heights, outermost in zip(pair, (below, above), (np.minimum, np.maximum), strict=True):
                area.setVisible(bool(heights.any()))
                if heights.any():
                    area.setData(*self._outline(heights, outermost))
        for area in (area for pair in self._areas[len(lost) :] for area in pair):
            area.hide()
        steps = self._found.steps
        self._sum.setData(*(self._columns(steps) if self._crowded else self._outline(np.where(np.isfinite(steps), steps, np.nan), np.minimum)))
        self._show_marks(self._lane_spots(bad, covered))
        self._draw_pinned(covered)

    def _outline(self, heights: Floats, outermost: np.ufunc) -> tuple[Floats, Floats]:
        """Steps one layer wide; where there are more of them than pixels, the outermost of each column."""
        places, edges = np.arange(len(heights)), np.append(self.across - 0.5, self.across[-1] + 0.5)
        if self._crowded:
            left, right = self.item.vb.viewRange()[0]
            begin = max(0, min(int(np.searchsorted(edges, left)) - 1, len(heights) - 1))
            end = max(begin + 1, min(int(np.searchsorted(edges, right)) + 1, len(heights)))
            columns = min(self._pixel_columns, end - begin)
            places = begin + np.arange(columns) * (end - begin) // columns
            edges, heights = np.append(edges[places], edges[end]), outermost.reduceat(heights[:end], places)
        return np.repeat(edges, 2)[1:-1], np.repeat(heights, 2)

    def _lane_spots(self, bad: NDArray[np.bool_], covered: Range) -> list[Spot]:
        """Factors that are exactly 0, each kind in a row of its own within the lane, and those that are NaN or infinite: none is missing."""
        assert self._found is not None, "factors come before their marks"
        lane, above = self.scale.zero_lane(covered), self.scale.broken_lane(covered)
        rows = np.flatnonzero(self._zeros_seen)
        spots = []
        for number in range(len(self.values)):
            aside = (float(np.searchsorted(rows, number)) - (len(rows) - 1) / 2) * (covered.low - lane) / max(len(rows), 1)
            for mask, height in ((self._found.zero[number], lane - aside), (bad[number], above)):
                spots += [Spot(float(self.across[place]), float(height), number, "s") for place in apart(np.flatnonzero(mask), len(self.across))]
        return spots

    def _lane_names(self, covered: Range) -> list[tuple[float, str]]:
        zeros = [kind.zero for kind, seen in zip(self.kinds, self._zeros_seen, strict=True) if seen]
        lane = [(self.scale.zero_lane(covered), zeros[0] if len(zeros) == 1 else "zero")] if zeros else []
        return lane + super()._lane_names(covered)


def steps(layers: Floats, heights: Floats) -> tuple[Floats, Floats]:
    """The outline of steps one layer wide: across (2n,), and heights (2n,)."""
    edges = np.append(layers - 0.5, layers[-1] + 0.5)
    return np.repeat(edges, 2)[1:-1], np.repeat(heights, 2)


def _stacked(parts: Floats) -> tuple[Floats, Floats]:
    """How far down and up the stack reaches with each kind, (kinds, n) each; what is not finite stands in a lane, not in the stack."""
    finite = np.where(np.isfinite(parts), parts, 0.0)
    return np.cumsum(np.minimum(finite, 0.0), axis=0), np.cumsum(np.maximum(finite, 0.0), axis=0)


def mixed(colour: str, ground: str, share: float) -> QColor:
    """So much of a colour on the ground; opaque, for the areas lie on each other."""
    top, bottom = QColor(colour), QColor(ground)
    red, green, blue = (round(share * a + (1.0 - share) * b) for a, b in zip(top.getRgb()[:3], bottom.getRgb()[:3], strict=True))  # type: ignore[operator]
    return QColor(red, green, blue)
