"""What stands on the phase map: a ring, dots by verdict and their legend, and an axis with room for a ring at 0."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QPainterPath

from gradviz.ui.plots.phase_points import Finished
from gradviz.ui.plots.scales import Linear, Range
from gradviz.ui.plots.titles import first_fitting
from gradviz.ui.theme import Theme

#: Diameters of dots, of stars, which fill less of theirs, and of the ring, in pixels.
DOT, STAR, RING = 12.0, 17.0, 26.0


class Mark(NamedTuple):
    """How a verdict's dots look: pyqtgraph's letter, the sign in a legend, and the colour's place in the theme; None is the text's own."""

    symbol: str
    glyph: str
    colour: int | None

    def shade(self, theme: Theme) -> str:
        """Its colour in a theme."""
        return theme.text if self.colour is None else theme.curves[self.colour]


MARKS = {
    "trains": Mark("o", "●", 2),
    "vanishing": Mark("t", "▼", 0),
    "exploding": Mark("t1", "▲", 1),
    "saturated": Mark("s", "■", 3),
    "shrinking": Mark("d", "◆", 0),
    "dead": Mark("x", "✕", None),
    "diverged": Mark("star", "★", 1),
    "stalled": Mark("h", "⬢", None),
}


def legend(words: str, short: str, dots: Iterable[Finished], theme: Theme, room: float) -> str:
    """An axis' words, or short ones, and what each kind of dot means, as HTML: in so many pixels the signs alone may have to do."""
    seen = {dot.kind for dot in dots}
    signs = {kind: f'<span style="color:{mark.shade(theme)}">{mark.glyph}</span>' for kind, mark in MARKS.items() if kind in seen}
    named = [f"{sign}&nbsp;{kind}" for kind, sign in signs.items()]
    title, entries = first_fitting(room, [(words, named), (short, named), (short, list(signs.values()))])
    return "&nbsp;&nbsp;&nbsp; ".join([title, *entries])


def ring() -> QPainterPath:
    """A ring with the four ends of a crosshair, of size 1."""
    path = QPainterPath()
    path.addEllipse(QPointF(0.0, 0.0), 0.28, 0.28)
    for across, up in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        path.moveTo(0.16 * across, 0.16 * up)
        path.lineTo(0.5 * across, 0.5 * up)
    return path


class FromZero(Linear):
    """A linear axis with room for half a ring below 0, where networks without biases stand."""

    def make_room(self, pixels: float) -> None:
        super().make_room(pixels)
        self._below = RING / 2 / max(pixels - RING / 2, RING)

    def view(self, covered: Range, *, broken: bool) -> Range:  # noqa: ARG002 - nothing here is broken
        return Range(covered.low - self._below * covered.span, covered.high)
