"""A plot of wide layers: a line for the root mean square, bands that hold half and nine tenths of the units, their ends, and what theory predicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtGui import QColor, QPen

from gradviz.core.frames import STATISTICS
from gradviz.core.words import short
from gradviz.ui.plots.axes import DecadeAxis
from gradviz.ui.plots.bands import EDGES, MAX, MEAN, MIN, P5, P25, P50, P75, P95, RMS, SHADES, STD, TAIL_SHADES, Band, Profile
from gradviz.ui.plots.marks import Mask
from gradviz.ui.plots.plot import Plot, Subject, in_columns
from gradviz.ui.plots.scales import Decades, Scale
from gradviz.ui.theme import Theme

Floats = NDArray[np.float64]

#: How much of the curve's colour the lines of the least and the greatest keep.
FAINT = 0.5
#: What a range is chosen by. On a decade axis not by the small ones: a median of ReLU is 0 or by chance next to it.
COVERED: Mapping[bool, tuple[int, ...]] = {True: (RMS, MAX), False: (RMS, MIN, MAX)}
GHOST_SIGN = "┈┈"
#: The legend: sign and words of each thing drawn, the most important first.
HALF, NINE_TENTHS, ENDS, MEDIAN = "■ 25–75 %", "■ 5–95 %", "── min, max", "╌╌ median"
RMS_ENTRY = "━━ RMS"
#: The statistics as the box of numbers names them: of all numbers, and of those in their order.
AVERAGES = {RMS: "RMS", MEAN: "mean", STD: "std"}
ORDERED = {MIN: "min", P5: "5 %", P25: "25 %", P50: "50 %", P75: "75 %", P95: "95 %", MAX: "max"}
NOT_WORKED_OUT = "percentiles: not worked out for this epoch"
#: Of more layers than these the root mean squares are a thin line: weights of narrow layers scatter, and a thick one would cost 20 ms.
THICK_LAYERS = 500
#: A point without neighbours is a bar so many pixels wide.
BAR = 5.0
#: How the box of numbers is laid out, the first way that fits: with four digits or all, tight (three digits, and no symbols), in how many columns at most,
#: and covering what share of the plot at most.
LAYOUTS = ((False, False, 3, 0.5), (True, False, 3, 1.0), (True, True, 4, 1.0))
#: How far below the first root mean squares a range of decades begins: gradients fall with the cost, by fewer decades than a chain's; activations and
#: weights hardly move; and the least of thousands of numbers lies some five decades below them.
ROOM_FOR_GRADIENTS, ROOM_FOR_SIZES = 10.0, 6.0


class BandPlot(Plot):
    """Curves of a chain; or of a wide network a line, bands and their ends; and a dotted line for what theory predicts."""

    def __init__(self, item: pg.PlotItem, axis: DecadeAxis, subject: Subject, scales: Sequence[Scale]) -> None:
        self.profile: Profile | None = None
        #: What theory predicts, as decades (lines, n).
        self.ghost: Floats = np.empty((0, 0))
        self._by_scale: Mapping[str, Profile] = {}
        self._smallest = 0.0
        self._tight = False
        super().__init__(item, axis, subject, scales)
        self.bands = [Band() for _ in EDGES]
        self._ghost = pg.PlotCurveItem(connect="finite")
        self._ghost.setZValue(-5)
        for depth, band in enumerate(self.bands):
            band.setZValue(-10 + depth)
            band.hide()
            item.addItem(band, ignoreBounds=True)
        item.addItem(self._ghost)

    # what it shows

    def show_ghost(self, ghost: Floats | None) -> None:
        """What theory predicts for the curves that come next, as decades (lines, n); before they are shown."""
        before = self._remarks()
        lines = np.empty((0, 0)) if ghost is None else np.atleast_2d(ghost)
        alike = len(lines) > 1 and bool((lines == lines[0]).all())  # as two samples' are in most frames: np.unique costs a quarter of a millisecond
        self.ghost = lines[:1] if alike else np.unique(lines, axis=0) if len(lines) > 1 else lines
        if self._remarks() != before and self._theme is not None:
            self._show_title()

    def show_profile(self, across: NDArray[np.generic], profile: Profile, smallest: float, sizes: Profile | None = None) -> None:
        """Draw one quantity of a wide network over these layers; what is not 0 but below the smallest normal number gets a mark.

        sizes is drawn on a decade axis, where that is another profile.
        """
        self._by_scale = {"linear": profile, "decades": sizes or profile}
        self._smallest = smallest
        self._show_profile_on(self.scale.name, np.asarray(across, np.float64))

    def _show_profile_on(self, scale: str, across: Floats) -> None:
        self.profile = self._by_scale[scale]
        values = self.profile.statistics[list(self.profile.lines)]
        size = np.abs(values)
        super().show_curves(across, values, [STATISTICS[row] for row in self.profile.lines], "", (size > 0) & (size < self._smallest))

    def show_curves(self, across: NDArray[np.generic], values: Floats, labels: Sequence[str], note: str = "", subnormal: Mask | None = None) -> None:
        self.profile = None
        super().show_curves(across, values, labels, note, subnormal)

    def use_scale(self, name: str) -> None:
        if self.profile is not None:
            self._show_profile_on(name, self.across)
        super().use_scale(name)

    def apply_theme(self, theme: Theme) -> None:
        for band, *shades in zip(self.bands, SHADES, TAIL_SHADES, strict=True):
            for item, shade in zip((band, band.tail), shades, strict=True):
                colour = QColor(theme.curves[0])
                colour.setAlpha(shade)
                item.setBrush(colour)
        self._ghost.setPen(pg.mkPen(theme.faint, width=1.5 * self._widths, dash=[1.5, 3]))
        super().apply_theme(theme)

    # title and reading

    def _colour(self, number: int) -> str:
        if self.profile is None or self.profile.lines[number] in (RMS, P50):
            return super()._colour(number if self.profile is None else 0)
        assert self._theme is not None, "colours come with the theme"
        return _blended(super()._colour(0), self._theme.plot, FAINT)

    def _pen(self, number: int, smooth: bool) -> QPen:
        if self.profile is None or self.profile.lines[number] == RMS:
            return super()._pen(number, smooth and (self.profile is None or self.values.shape[-1] <= THICK_LAYERS))
        pen: QPen = pg.mkPen(self._colour(number), width=self._widths)
        if self.profile.lines[number] == P50 and smooth:
            pen.setDashPattern([6.0, 4.0])
        return pen

    def _dash(self, number: int) -> list[float] | None:
        """The lines of a wide network's units are thick, thin, or dashed by their pen."""
        return super()._dash(number) if self.profile is None else None

    def _make_curves(self) -> None:
        super()._make_curves()
        if self.profile is not None:
            for curve, row in zip(self._curves, self.profile.lines, strict=False):
                curve.setZValue(1.0 if row == RMS else 0.0)  # where all units are alike the lines lie on each other

    def _coloured(self, number: int, entry: str) -> str:
        if self.profile is None or self._theme is None:
            return super()._coloured(number, entry)
        own = super()._colour(0)
        wide = SHADES[0] / 255
        both = 1 - (1 - wide) * (1 - SHADES[1] / 255)
        colours = {RMS_ENTRY: own, MEDIAN: own, NINE_TENTHS: _blended(own, self._theme.plot, wide), HALF: _blended(own, self._theme.plot, both)}
        colours[ENDS] = _blended(own, self._theme.plot, FAINT)
        if entry not in colours:
            return entry
        sign, _, words = entry.partition(" ")
        return f'<span style="color:{colours[entry]}">{sign}</span>&nbsp;{words}'

    def _legends(self) -> Iterator[list[str]]:
        if self.profile is None:
            yield from super()._legends()
            return
        remarks = self._remarks()
        entries = [RMS_ENTRY, *remarks, HALF, NINE_TENTHS, *[MEDIAN] * self.profile.signed, ENDS]
        for kept in range(len(entries), -1, -1):
            yield entries[:kept]

    def _legends_below(self) -> Iterator[list[str]]:
        return super()._legends_below() if self.profile is None else self._legends()

    def _entries_kept(self, entries: int) -> int:
        """What the bands are gives way."""
        return entries if self.profile is None else min(entries, 1 + len(self._remarks()))

    def _remarks(self) -> list[str]:
        return [*super()._remarks(), *[f"{GHOST_SIGN} theory"] * self._predicts]

    @property
    def _predicts(self) -> bool:
        """Whether theory's line is there: of the signed curves of a chain there is none on a linear axis."""
        return self.ghost.size > 0 and (self.profile is not None or isinstance(self.scale, Decades))

    def _own_lines(self, place: int) -> list[str]:
        return super()._own_lines(place) if self.profile is None else self._numbers(self.profile, place)

    def _numbers(self, profile: Profile, place: int) -> list[str]:
        """All that is known about one layer, a line each."""
        found = profile.statistics[:, place].tolist()
        averaged, ordered = ("", "") if self._tight else (f" {profile.averaged}", f" {profile.ordered}")
        gap = " " if self._tight else ":  "
        named = [(words + averaged, row) for row, words in AVERAGES.items()] + [(words + ordered, row) for row, words in ORDERED.items()]
        lines = [f"{words}{gap}{self._number(found[row])}" for words, row in named if profile.worked_out or row == RMS]
        lines += [f"{name}{gap}{short(100 * share[place], 4)} %" for name, share in profile.shares.items() if not np.isnan(share[place])]
        return lines if profile.worked_out else [*lines, NOT_WORKED_OUT]

    def _number(self, value: float) -> str:
        return short(value, 3) if self._tight else super()._number(value)

    def _write_reading(self) -> None:
        """In as many digits and words and in as few columns as there is room for."""
        if self.profile is None:
            super()._write_reading()
            return
        room = self.item.vb.rect()
        for narrow, tight, most, covered in LAYOUTS:
            self._narrow, self._tight = narrow, tight
            lines = self.reading().split("\n")
            for columns in range(1, most + 1):
                self._label.setHtml(in_columns(lines, columns, title=not self._tight))
                box = self._label.boundingRect()
                share = box.width() * box.height() / max(room.width() * room.height(), 1.0)
                if box.width() <= room.width() and box.height() <= room.height() and share <= covered:
                    return

    # drawing

    def _to_cover(self, placed: Floats) -> Floats:
        if self.profile is None:
            return placed
        return self.scale.place(self.profile.statistics[list(COVERED[isinstance(self.scale, Decades)])])

    def _draw(self) -> None:
        super()._draw()
        if self._theme is None or not len(self.across) or self.covered is None:
            return
        self._draw_bands()
        self._draw_ghost()

    def _draw_bands(self) -> None:
        shown = self.profile is not None and self.profile.worked_out
        for band, rows in zip(self.bands, EDGES, strict=True):
            band.setVisible(shown)
            if shown and self.profile is not None:
                low, high = self.item.vb.viewRange()[0]
                half = 0.5 * BAR * (high - low) / self._pixel_columns
                edges = self._thinned(self._edges(self.profile.statistics[list(rows)]))
                band.show_edges(*edges, self._zero, half)

    def _edges(self, values: Floats) -> Floats:
        """Where edges stand: at the range's ends where they are beyond, in a lane where no decade holds them; the ends' own marks say so."""
        assert self.covered is not None, "a range is chosen before bands are drawn"
        placed = self.scale.place(values)
        heights = np.clip(placed, *self.covered)
        heights[placed == -np.inf] = self._zero
        unplaced = ~np.isfinite(placed) & (placed != -np.inf) & ~np.isnan(values)
        heights[unplaced & (values > 0)] = self.scale.broken_lane(self.covered)
        heights[unplaced & (values < 0)] = self.covered.low
        return heights

    @property
    def _zero(self) -> float:
        """Where exact zeros stand, below every edge that is none."""
        assert self.covered is not None, "a range is chosen before bands are drawn"
        return self.scale.zero_lane(self.covered) if isinstance(self.scale, Decades) else -np.inf

    def _thinned(self, edges: Floats) -> tuple[Floats, Floats]:
        """Layers and edges, at most two for each column of pixels in view, and no spike left out."""
        if not self._crowded:
            return self.across, edges
        low, high = self.item.vb.viewRange()[0]
        begin = max(0, int(np.searchsorted(self.across, low)) - 1)
        end = int(np.searchsorted(self.across, high, side="right")) + 1
        across, edges = self.across[begin:end], edges[:, begin:end]
        columns = 2 * self._pixel_columns
        if len(across) <= columns:
            return across, edges
        starts = np.arange(columns) * len(across) // columns
        return across[starts], np.stack([np.fmin.reduceat(edges[0], starts), np.fmax.reduceat(edges[1], starts)])

    def _draw_ghost(self) -> None:
        shown = self._predicts and self.ghost.shape[-1] == len(self.across)
        self._ghost.setVisible(shown)
        if shown and self.covered is not None:
            with np.errstate(over="ignore", under="ignore"):
                heights = self.ghost if isinstance(self.scale, Decades) else np.power(10.0, self.ghost)
            inside = np.where((heights >= self.covered.low) & (heights <= self.covered.high), heights, np.nan)
            gap = np.full((len(inside), 1), np.nan)
            self._ghost.setData(np.tile(np.append(self.across, np.nan), len(inside)), np.hstack([inside, gap]).ravel())


def _blended(colour: str, ground: str, share: float) -> str:
    """How a colour looks that covers this share of a ground."""
    pairs = zip(QColor(colour).getRgb()[:3], QColor(ground).getRgb()[:3], strict=True)
    return QColor(*[round(share * (own or 0) + (1 - share) * (below or 0)) for own, below in pairs]).name()
