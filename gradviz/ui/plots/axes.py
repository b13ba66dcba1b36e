"""Axes whose labels are their numbers, or the decades and lanes of a scale."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PyQt6.QtCore import QRectF

from gradviz.ui.plots.scales import Linear, Range, Scale, decade_ticks, power_of_ten, printed
from gradviz.ui.theme import magnified

#: Half the height of a label, in pixels.
HALF_LABEL = 6.0


class PlainAxis(pg.AxisItem):
    """An axis whose labels are its numbers: nobody reads a gradient in milli or kilo."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        strings: list[str] = super().tickStrings(values, scale, spacing)
        return [printed(string) for string in strings]

    def updateAutoSIPrefix(self) -> None:
        """Only draw anew, as the range has changed: pyqtgraph would lay out the label too."""
        self.picture = None
        self.update()


class DecadeAxis(PlainAxis):
    """A vertical axis that labels the scale's decades and lanes."""

    def __init__(self) -> None:
        super().__init__("left")
        self.scale_drawn: Scale = Linear()
        self.covered = Range(0.0, 1.0)
        self.broken_seen = False

    def draw_anew(self, covered: Range, scale: Scale) -> None:
        """Label this range of this scale from now on."""
        self.covered, self.scale_drawn = covered, scale
        self.picture = None
        self.update()

    def boundingRect(self) -> QRectF:
        """With room for half a label beyond either end: where there is a grid, pyqtgraph leaves none, and drops the label that counts, ±1 of tanh."""
        whole: QRectF = super().boundingRect()
        half = magnified(HALF_LABEL)
        return whole.adjusted(0.0, -half, 0.0, half)

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        scale = self.scale_drawn
        lanes = [scale.broken_lane(self.covered)] * self.broken_seen
        if isinstance(scale, Linear):
            levels: list[tuple[float, list[float]]] = super().tickValues(minVal, min(maxVal, self.covered.high), size)
            return [(spacing, [*values, *(lanes if level == 0 else ())]) for level, (spacing, values) in enumerate(levels[:2])]
        inside = Range(max(minVal, self.covered.low), min(maxVal, self.covered.high))
        room = size / magnified(1.0) * inside.span / max(maxVal - minVal, 1e-12)
        lanes += [scale.zero_lane(self.covered)] + [scale.subnormal_lane(self.covered)] * scale.subnormals
        # lanes among the first level: of the later ones pyqtgraph leaves out the labels where the first has many
        return [(1.0, decade_ticks(inside, room) + [lane for lane in lanes if minVal <= lane <= maxVal])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if isinstance(self.scale_drawn, Linear):
            strings = super().tickStrings(values, scale, spacing)
            return ["beyond" if value > self.covered.high else string for value, string in zip(values, strings, strict=True)]
        return [self._decade(value) for value in values]

    def _decade(self, value: float) -> str:
        if value < self.covered.low - 1e-9 * self.covered.span:
            return "subnormal" if self.scale_drawn.subnormals and value > self.scale_drawn.zero_lane(self.covered) else "zero"
        return "NaN, ∞" if value > self.covered.high + 1e-9 else power_of_ten(value)
