"""The legend of a heat map: its colours with the decades they stand for, and a square with a word for each lane."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter

from gradviz.ui.plots.bar import BAR_WIDTH, Bar
from gradviz.ui.plots.heat_image import ABOVE, BELOW, BROKEN, COLOURS, LANES, SUBNORMAL, ZERO
from gradviz.ui.plots.plot import POINTS
from gradviz.ui.plots.scales import Range, power_of_ten, printed, round_up
from gradviz.ui.theme import Theme, magnified, plot_font

#: Colours that are not in viridis and keep apart from it, from each other and from both grounds, whatever cones a person lacks;
#: zero and subnormal, which lie beside the scale's dark end, are light ones.
LANE_COLOURS = {BROKEN: "#cc3300", BELOW: "#660000", SUBNORMAL: "#cc33ff", ZERO: "#ff99ff"}
#: What is above the scale: the ground's opposite.
ABOVE_COLOURS = {"light": "#000000", "dark": "#ffffff"}
ABOVE_THE_BAR = (BROKEN, ABOVE)
BELOW_THE_BAR = tuple(lane for lane in LANES if lane not in ABOVE_THE_BAR)
#: The bar is drawn in so many bands: fewer would be seen, more cost time.
BANDS = 64
SWATCH = 9.0
#: Labels of the bar stand at least so many pixels apart, and farther where there are enough of them.
LABELS_APART, LABELS_AT_EASE = 14.0, 32.0
#: Lower than this the bar has no room to spare for lanes that nothing is in yet.
ROOMY = 110.0


def colour_table(theme: Theme) -> list[int]:
    """The colour of every code as Qt's QRgb: the ground, viridis, and the lanes."""
    scale = pg.colormap.get("viridis").getLookupTable(nPts=COLOURS, alpha=False)
    lanes = LANE_COLOURS | {ABOVE: ABOVE_COLOURS[theme.ground]}
    colours = [QColor(theme.plot), *(QColor(*map(int, colour)) for colour in scale), *(QColor(lanes[lane]) for lane in sorted(lanes))]
    return [colour.rgb() for colour in colours]


def bar_ticks(scale: Range, room: float, least: float) -> list[float]:
    """Round numbers, at least so far apart, for the labels of a bar so many pixels high."""
    room /= magnified(1.0)
    wanted = min(room / LABELS_APART, max(4.0, room / LABELS_AT_EASE))
    step = max(least, round_up(scale.span / max(1.0, wanted)))
    first = math.ceil(scale.low / step - 1e-9)
    return [tick * step for tick in range(first, math.floor(scale.high / step + 1e-9) + 1)]


class ColourBar(Bar):
    """The right-hand side of the heat map: lanes above, the scale, and lanes below; its places stay whatever is in them."""

    def __init__(self) -> None:
        widest = max(QFontMetricsF(plot_font(POINTS - 1)).horizontalAdvance(lane.word) for lane in LANES.values())
        super().__init__(math.ceil(widest + magnified(SWATCH + 14)))
        self.scale_drawn: Range | None = None
        self.in_decades = True
        self.seen: frozenset[int] = frozenset()

    def colour(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self.use(colour_table(theme), theme)

    def show_scale(self, scale: Range | None, seen: frozenset[int], *, in_decades: bool) -> None:
        """Label this range, as powers of ten or as plain numbers, if one is chosen yet, and the lanes that something is in."""
        if (scale, seen, in_decades) != (self.scale_drawn, self.seen, self.in_decades):
            self.scale_drawn, self.seen, self.in_decades = scale, seen, in_decades
            self.draw_anew()

    def number(self, tick: float) -> str:
        return power_of_ten(tick) if self.in_decades and tick == round(tick) else printed(f"{tick:g}")

    def places(self, height: float) -> tuple[QRectF, dict[int, float]]:
        """Where the bar stands in an axis so high, and the middle of each lane's line."""
        above, below = ([lane for lane in lanes if height >= magnified(ROOMY) or lane in self.seen] for lanes in (ABOVE_THE_BAR, BELOW_THE_BAR))
        top, bottom = len(above) * self._row, height - len(below) * self._row
        middles = {lane: (number + 0.5) * self._row for number, lane in enumerate(above)}
        middles |= {lane: bottom + (number + 0.5) * self._row for number, lane in enumerate(below)}
        gap = 0.5 * self._row  # room for the halves of the labels at the ends
        return QRectF(magnified(8.0), top + gap, magnified(BAR_WIDTH), max(4.0, bottom - top - 2 * gap)), middles

    def paint(self, painter: QPainter, *_: object) -> None:
        if not self._colours:
            return
        bar, middles = self.places(self.size().height())
        painter.setFont(self._font)
        self._paint_bar(painter, bar)
        for lane, middle in middles.items():
            if lane in self.seen:
                swatch = magnified(SWATCH)
                square = QRectF(bar.left(), middle - swatch / 2, swatch, swatch)
                painter.fillRect(square, QColor.fromRgb(self._colours[lane]))
                self.outline(painter, square)
                self.write(painter, square.right() + magnified(4), middle, LANES[lane].word)

    def _paint_bar(self, painter: QPainter, bar: QRectF) -> None:
        codes = [1 + round((BANDS - 1 - band) * (COLOURS - 1) / (BANDS - 1)) for band in range(BANDS)]
        self.paint_bands(painter, bar, [self._colours[code] for code in codes])
        if self.scale_drawn is None:
            return
        low, high = self.scale_drawn
        for tick in bar_ticks(self.scale_drawn, bar.height(), 1.0 if self.in_decades else 0.0):
            self.paint_tick(painter, bar, bar.bottom() - (tick - low) / (high - low) * bar.height(), self.number(tick))
