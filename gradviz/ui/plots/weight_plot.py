"""The plot of the weights: a ring around the one that can be taken in the hand, and an axis that waits until it is let go."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QFontMetricsF

from gradviz.core.words import short
from gradviz.ui.plots.band_plot import BandPlot
from gradviz.ui.plots.marks import Floats
from gradviz.ui.plots.pinned import gap
from gradviz.ui.plots.plot import POINTS
from gradviz.ui.plots.scales import Decades, Range
from gradviz.ui.theme import Theme, magnified, plot_font

#: A point can be taken from so many pixels away; its ring is so many wide.
REACH, RING = 12.0, 15
#: The least part of what it was that a wide layer can be dragged to: from 0 no factor leads back.
LEAST_PART = 1e-6
#: A decade axis is dragged along no further than floats go.
MOST_DECADES = 307.0
#: What the title says where there is room, in more and in fewer words.
HINTS = ("drag a weight; wheel scales all, Ctrl+wheel zooms", "drag a weight; wheel scales all", "drag a weight")
HELP = (
    "Drag a weight's point up or down to change it; with Shift it goes a tenth of the way, and Escape gives it back. The wheel scales all weights by 5 % "
    "a notch; with Ctrl it zooms. By keys: Page Up and Page Down choose a layer, Up and Down change its weights by 5 %. Ctrl+Z undoes it."
)


@dataclass
class Held:
    """A weight in the hand: where it is on the curve, what it was when it was taken, where on the axis the hand is now and how finely it moves, and what was
    last sent of it.
    """

    place: int
    began: float
    height: float
    sent: float
    step: float = 1.0


class WeightPlot(BandPlot):
    """The weights by layer, with a ring around the one that can be taken, and an axis that waits until it is let go."""

    held: Held | None = None
    near: int | None = None

    def _prepare(self) -> None:
        super()._prepare()
        self.ring = pg.ScatterPlotItem(size=magnified(RING), pxMode=True)
        self.ring.setZValue(25)  # above the box of numbers
        self.ring.hide()
        self.item.addItem(self.ring, ignoreBounds=True)
        self.item.titleLabel.setToolTip(HELP)

    # which point the hand is at

    def point_near(self, scene_position: QPointF) -> int | None:
        """The place of the nearest point that can be taken from there; None where there is none."""
        view = self.item.vb
        if self.covered is None or not len(self.across) or not view.sceneBoundingRect().contains(scene_position):
            return None
        at = view.mapSceneToView(scene_position)
        wide, high = view.viewPixelSize()
        with np.errstate(invalid="ignore", over="ignore"):
            distances = np.hypot((self.across - at.x()) / wide, (self._heights - at.y()) / high)
        if not np.isfinite(distances).any():
            return None
        place = int(np.nanargmin(distances))
        return place if distances[place] <= REACH else None

    @property
    def _heights(self) -> Floats:
        """Where the points are drawn; NaN for those that have no place on the axis itself."""
        assert self.covered is not None, "a range is chosen before there are points"
        placed = self.scale.place(self.values[0])
        there = np.isfinite(placed) if self.profile is None else np.isfinite(placed) & (self.values[0] > 0.0)  # no factor leads from 0
        return np.where(there, np.clip(placed, *self.covered), np.nan)

    @property
    def crosshair(self) -> int | None:
        """The place under the crosshair."""
        return self._place_hovered()

    def put_crosshair(self, place: int) -> None:
        """Put the crosshair on the layer at this place."""
        low, high = self.item.vb.viewRange()[1]
        self.hover(self.item.vb.mapViewToScene(QPointF(float(self.across[place]), (low + high) / 2)))

    # in the hand

    def take(self, place: int) -> None:
        """The weight at this place is in the hand from now on: the axis waits."""
        value = float(self.values[0, place])
        self.held = Held(place, value, float(self.scale.place(self.values[:1, place])[0]), value)
        self.mark(place)

    def move_hand(self, by: float, part: float) -> None:
        """The hand goes this part of so far up the axis."""
        if self.held is not None:
            self.held.height += part * by
            self.held.step = part
            self._place_ring()

    @property
    def wanted(self) -> float:
        """What the weight in the hand is to be, as the roundest number of the pixel; of a wide layer its root mean square, which has no sign and is not 0."""
        assert self.held is not None, "a weight is in the hand"
        value = self._value_at(self.held.height)
        pixel = abs(self._value_at(self.held.height + self.held.step * self.item.vb.viewPixelSize()[1]) - value)
        if not 0.0 < pixel < math.inf:
            return value
        digits = -math.floor(math.log10(pixel))
        rounded = next(near for near in (round(value, digits - 1), round(value, digits), value) if abs(near - value) <= pixel / 2)
        return rounded if rounded or self._passes_zero else value

    @property
    def _passes_zero(self) -> bool:
        """Whether a weight can become 0 by being dragged: neither on a decade axis, nor all of a wide layer's."""
        return self.profile is None and not isinstance(self.scale, Decades)

    def _value_at(self, height: float) -> float:
        """The weight whose point is so high, with the sign of the one in the hand where the axis has none."""
        assert self.held is not None, "a weight is in the hand"
        if isinstance(self.scale, Decades):
            return math.copysign(10.0 ** min(max(height, -MOST_DECADES), MOST_DECADES), self.held.began)
        return height if self.profile is None else max(height, LEAST_PART * self.held.began)

    def let_go(self) -> None:
        """Nothing is in the hand any more: the axis takes in what has left it."""
        if self.held is None:
            return
        self.held = None
        if self.covered is not None and len(self.across):
            self._set_range(self._covering(self._to_cover(self.scale.place(self.values))))
        self._draw()

    def mark(self, place: int | None) -> None:
        """Put the ring around the point at this place, or around none."""
        self.near = place
        self._place_ring()

    def _place_ring(self) -> None:
        place = self.near if self.near is not None and self.near < len(self.across) else None
        there = place is not None and self.covered is not None and bool(self.held or np.isfinite(self._heights[place]))
        self.ring.setVisible(there)
        if not there or place is None:
            return
        height = float(np.clip(self.held.height, *self.item.vb.viewRange()[1])) if self.held else float(self._heights[place])
        self.ring.setData([self.across[place]], [height])

    # what the plot does otherwise

    def begin_anew(self) -> None:
        self.held, self.near = None, None
        super().begin_anew()

    def use_scale(self, name: str) -> None:
        self.held = None
        super().use_scale(name)

    def apply_theme(self, theme: Theme) -> None:
        self.ring.setPen(pg.mkPen(theme.text, width=2.0 * self._widths))
        self.ring.setBrush(pg.mkBrush(None))
        super().apply_theme(theme)

    def _beside(self, position: float) -> float:
        """Where the box of numbers begins: at the far end of the plot from a weight that is in the hand, which it must not cover."""
        if self.held is None:
            return super()._beside(position)
        left, right = map(float, self.item.vb.viewRange()[0])
        box = float(self._label.boundingRect().width()) * (right - left) / max(float(self.item.vb.width()), 1.0)
        return max(left, right - box) if position < (left + right) / 2.0 else left

    def _covering(self, heights: Floats) -> Range:
        return self.covered if self.held is not None and self.covered is not None else super()._covering(heights)

    def _set_range(self, covered: Range) -> None:
        if self.held is None or self.covered is None:
            super()._set_range(covered)

    def _draw(self) -> None:
        super()._draw()
        self._place_ring()

    def _own_lines(self, place: int) -> list[str]:
        lines = super()._own_lines(place)
        if self.held is None or self.held.place != place or self.held.began == 0.0:
            return lines
        return [f"× {short(float(self.values[0, place]) / self.held.began, 4)} since it was taken", *lines]

    def _title_with_names(self, room: float) -> tuple[str, list[str], list[str]]:
        """The hint stands where title, legend and the names of pinned runs leave room for it."""
        title, entries, names = super()._title_with_names(room)
        bold, plain = QFontMetricsF(plot_font(POINTS, bold=True)), QFontMetricsF(plot_font(POINTS))
        taken = bold.horizontalAdvance(title) + sum(plain.horizontalAdvance(entry) + gap() for entry in entries)
        hints = () if self.on_paper else HINTS
        fitting = [hint for hint in hints if taken + plain.horizontalAdvance(hint) + gap() <= room]
        if names or not fitting or self._theme is None:
            return title, entries, names
        return title, entries, [f'<span style="color:{self._theme.faint}">{fitting[0]}</span>']
