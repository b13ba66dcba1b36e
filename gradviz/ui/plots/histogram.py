"""A plot of wide layers that can show, instead of bands, which share of a layer's activations lies where, in colours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QPen

from gradviz.core.frames import BINS, STATISTICS
from gradviz.core.words import scientific, short
from gradviz.ui.plots.axes import DecadeAxis
from gradviz.ui.plots.band_plot import RMS_ENTRY, BandPlot
from gradviz.ui.plots.bands import RMS, Profile
from gradviz.ui.plots.colour_bar import colour_table
from gradviz.ui.plots.heat_cells import Cells
from gradviz.ui.plots.plot import Plot, Subject
from gradviz.ui.plots.scales import Decades, Scale
from gradviz.ui.plots.shares import ABOVE, BELOW, ZERO, Histogram, ShareBar, codes, joined
from gradviz.ui.theme import Theme

Floats = NDArray[np.float64]

#: The row of what lies beyond the bins: so far from them, and so high, as parts of their range.
GAP, ROW = 0.012, 0.03
#: The row of exact zeros takes this part of the room between the decades and its lane.
ZERO_ROW = 0.7
#: A line on the colours is so many pixels wide, and has a border of so many on both sides; a wider one would hide the bins along it.
WIDTH, BORDER = 1.0, 0.6
#: How strong the lines of the grid are where there are bands.
GRID = 110
#: The crosshair's line at the height of the mouse, over colours that are dark where little is.
LEVEL = "#ffffff"


class HistogramPlot(BandPlot):
    """Bands, or the histograms of all layers side by side and the root mean square over them."""

    def __init__(self, item: pg.PlotItem, axis: DecadeAxis, subject: Subject, scales: Sequence[Scale]) -> None:
        bar = item.getAxis("right")
        assert isinstance(bar, ShareBar), "a plot of histograms has their legend at its right"
        self.bar = bar
        #: What is said, in more and in fewer words, where a person wants histograms and the frame has none.
        self.missing: Sequence[str] = ()
        self._histograms: Mapping[str, Histogram] = {}
        self._pictured = False
        self._height: float | None = None
        self._colours: list[int] = []
        super().__init__(item, axis, subject, scales)
        self.cells = Cells()
        #: One row each for what is in no bin.
        self.rows = {place: Cells() for place in (ZERO, BELOW, ABOVE)}
        self._level = pg.InfiniteLine(angle=0)
        for part in (self.cells, *self.rows.values(), self._level):
            part.setZValue(-8)
            part.hide()
            item.addItem(part, ignoreBounds=True)
        self._level.setZValue(0)

    # what it shows

    @property
    def histogram(self) -> Histogram | None:
        """What is drawn, where that is a histogram."""
        return self._histograms[self.scale.name] if self._pictured else None

    def show_histograms(self, histograms: Mapping[str, Histogram], missing: Sequence[str] = ()) -> None:
        """Draw these, by the scale that shows them, with the profile that is shown next; bands where there are none, and what is to be said of that."""
        said = () if histograms else tuple(missing)
        self._histograms = histograms
        self._turn(bool(histograms))
        if said != self.missing:
            self.missing = said
            if self._theme is not None:
                self._show_title()

    def _turn(self, pictured: bool) -> None:
        """Draw histograms or bands from now on, each on a range of its own."""
        if pictured == self._pictured:
            return
        self._pictured = pictured
        self.bar.show_colours(pictured)
        self._show_grid()
        for scale in self.scales:
            if isinstance(scale, Decades):
                scale.fixed = not pictured  # bins beyond a fixed range could not be drawn
        self.begin_anew()
        self.labels = ()  # so that title and curves are made anew

    def _show_profile_on(self, scale: str, across: Floats) -> None:
        if not self._pictured:
            super()._show_profile_on(scale, across)
            return
        self.profile = self._by_scale[scale]
        sizes = self.profile.statistics[[RMS]]
        Plot.show_curves(self, across, sizes, [STATISTICS[RMS]], "", (sizes > 0) & (sizes < self._smallest))

    def show_curves(
        self, across: NDArray[np.generic], values: Floats, labels: Sequence[str], note: str = "", subnormal: NDArray[np.bool_] | None = None
    ) -> None:
        self.show_histograms({})
        super().show_curves(across, values, labels, note, subnormal)

    def apply_theme(self, theme: Theme) -> None:
        self._colours = []
        self._level.setPen(pg.mkPen(LEVEL, width=self._widths))
        super().apply_theme(theme)
        self._show_grid()

    def _show_grid(self) -> None:
        """Lines over colours would be taken for some of them."""
        for side in ("left", "bottom"):
            self.item.getAxis(side).setGrid(False if self._pictured else GRID)

    # title and reading

    def _legends(self) -> Iterator[list[str]]:
        if not self._pictured:
            for words in self.missing:
                yield from ([words, *legend] for legend in super()._legends())
            yield from super()._legends()
            return
        remarks = self._remarks()
        for kept in range(len(remarks) + 1, -1, -1):
            yield [RMS_ENTRY, *remarks][:kept]

    def _remarks(self) -> list[str]:
        return [*[f"{self.layers_joined} layers a column"] * (self._pictured and self.layers_joined > 1), *super()._remarks()]

    def _coloured(self, number: int, entry: str) -> str:
        return entry if self._pictured else super()._coloured(number, entry)

    def hover(self, scene_position: QPointF | None) -> bool:
        self._height = None if scene_position is None else float(self.item.vb.mapSceneToView(scene_position).y())
        return super().hover(scene_position)

    def reading(self) -> str:
        place, histogram = self._place_hovered(), self.histogram
        if place is None or histogram is None or self.profile is None or self._height is None:
            return super().reading()
        layer = f"{self.subject.across.split()[0]} {self.across[place]:,.0f}"
        missing = 1.0 - float(histogram.shares[:, place].sum())
        broken = [f"NaN or infinite:  {short(100 * missing, 3)} %"] * (missing > 1e-9)
        return "\n".join([layer, self._said(histogram, self.profile, place, self._height), *broken, self._averaged(self.profile, place)])

    def _averaged(self, profile: Profile, place: int) -> str:
        return f"{RMS_ENTRY.split()[1]} {profile.averaged}:  {short(profile.statistics[RMS, place], 4)}"

    def _said(self, histogram: Histogram, profile: Profile, place: int, height: float) -> str:
        """Where in the histogram of a layer this height is, and what share of the activations is there."""
        decades = isinstance(self.scale, Decades)
        found = histogram.place(height)
        if found == BELOW and decades and self.covered is not None and height < self.covered.low:
            found = ZERO
        edges = [self._number_at(edge) for edge in (histogram.edges(found) if found < BINS else (histogram.low, histogram.high))]
        where = {ZERO: "exactly zero", BELOW: f"{profile.ordered} below {edges[0]}", ABOVE: f"{profile.ordered} above {edges[1]}"}
        share = histogram.shares[found, place]
        return f"{where.get(found, f'{profile.ordered} {edges[0]} to {edges[1]}')}:  {short(100 * share, 4)} % of the activations"

    def _number_at(self, height: float) -> str:
        if isinstance(self.scale, Decades):
            return scientific(1.0, height, 3)
        histogram = self.histogram
        assert histogram is not None, "a height is one of a histogram"
        bins = max(abs(histogram.low), abs(histogram.high)) / histogram.span * BINS
        return short(height if abs(height) > 1e-9 * histogram.span else 0.0, max(3, 1 + math.ceil(math.log10(bins))))

    def _show_crosshair(self) -> None:
        super()._show_crosshair()
        shown = self._line.isVisible() and self._pictured and self._height is not None
        self._level.setVisible(shown)
        if shown:
            self._level.setPos(self._height)

    # drawing

    def _to_cover(self, placed: Floats) -> Floats:
        histogram = self.histogram
        if histogram is None:
            return super()._to_cover(placed)
        room = (GAP + ROW) * histogram.span
        return np.array([histogram.low - room * self._has(BELOW), histogram.high + room * self._has(ABOVE)])

    def _has(self, row: int) -> bool:
        """Whether any layer has activations in this row beside the bins."""
        histogram = self.histogram
        return histogram is not None and bool(histogram.shares[row].any())

    def _colour_curves(self) -> None:
        super()._colour_curves()
        assert self._theme is not None, "colours come with the theme"
        border = pg.mkPen(self._theme.plot, width=(WIDTH + 2 * BORDER) * self._widths) if self._pictured else None
        for curve in (*self._curves, self._ghost):
            curve.setShadowPen(border)

    def _pen(self, number: int, smooth: bool) -> QPen:
        pen = super()._pen(number, smooth)
        if self._pictured:
            pen.setWidthF(min(pen.widthF(), WIDTH * self._widths))
        return pen

    def _colour(self, number: int) -> str:
        return self._theme.text if self._pictured and self._theme is not None else super()._colour(number)

    def _draw_bands(self) -> None:
        if not self._pictured:
            super()._draw_bands()
            return
        for band in self.bands:
            band.hide()

    def _draw(self) -> None:
        super()._draw()
        self._draw_cells()

    def _draw_cells(self) -> None:
        histogram = self.histogram
        self.cells.setVisible(histogram is not None)
        if histogram is None or self._theme is None or self.covered is None:
            for row in self.rows.values():
                row.hide()
            return
        self._palette()
        shares = joined(histogram.shares, self.layers_joined)
        left, width = float(self.across[0]) - 0.5, float(shares.shape[1] * self.layers_joined)
        self.cells.show_codes(codes(shares[:BINS]), QRectF(left, histogram.low, width, histogram.span))
        for place, (low, high) in self._row_places(histogram).items():
            self.rows[place].setVisible(self._has(place))
            self.rows[place].show_codes(codes(shares[[place]]), QRectF(left, low, width, high - low))

    def _row_places(self, histogram: Histogram) -> dict[int, tuple[float, float]]:
        """Where the rows beside the bins begin and end."""
        assert self.covered is not None, "a range is chosen before rows are drawn"
        lane = self.scale.zero_lane(self.covered)
        half = ZERO_ROW / 2 * (self.covered.low - lane)
        near, far = GAP * histogram.span, (GAP + ROW) * histogram.span
        return {ZERO: (lane - half, lane + half), BELOW: (histogram.low - far, histogram.low - near), ABOVE: (histogram.high + near, histogram.high + far)}

    def _palette(self) -> list[int]:
        """The colour of every code, when it is first needed."""
        assert self._theme is not None, "colours come with the theme"
        if not self._colours:
            self._colours = colour_table(self._theme)
            self.bar.use(self._colours, self._theme)
            for part in (self.cells, *self.rows.values()):
                part.colour(self._colours)
        return self._colours

    @property
    def layers_joined(self) -> int:
        """So many layers share a column of cells: there are no more columns than pixels."""
        low, high = map(float, self.item.vb.viewRange()[0])
        return math.ceil((high - low) / self._pixel_columns)

    def _on_columns_changed(self, *arguments: object) -> None:
        super()._on_columns_changed(*arguments)
        if self._pictured and self._theme is not None:
            self._draw_cells()
            self._show_title()
