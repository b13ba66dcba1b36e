"""The kinds of factors that a gradient is taken apart into, and how each is drawn and named. No Qt here."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of factor: its area in the legend, its symbol and words, its colour's place in the theme, how much of it fills an area, its curve, its lane."""

    glyph: str
    symbol: str
    words: str
    colour: int
    fill: float
    dash: list[float]
    dash_glyph: str
    zero: str


#: Of a chain. Saturation, weights and signal differ in lightness as well as in colour.
KINDS = (
    Kind("■", "φ′", "saturation φ′(u[k])", 1, 1.0, [5.0, 3.0], "╍╍", "φ′ = 0"),
    Kind("▒", "w", "weights w[k+1]", 0, 0.5, [1.0, 2.0], "••", "w = 0"),
    Kind("░", "h", "signal h[k−1]/h[k]", 2, 0.25, [6.0, 2.0, 1.0, 2.0], "╍•", "h = 0"),
)
#: Of a wide network, in the order in which a gradient passes back through them.
WIDE_KINDS = (
    Kind("■", "φ′", "saturation φ′(u[k])", 1, 1.0, [5.0, 3.0], "╍╍", "φ′ = 0"),
    Kind("▓", "N′", "normalization N′[k]", 3, 0.9, [3.0, 2.0, 3.0, 2.0, 1.0, 2.0], "╍╍", "N′ = 0"),
    Kind("▒", "Wᵀ", "weights W[k]ᵀ", 0, 0.4, [1.0, 2.0], "••", "Wᵀ = 0"),
    Kind("░", "skip", "skip +∂C/∂h[k]", 2, 0.2, [6.0, 2.0, 1.0, 2.0], "╍•", "sum = 0"),
)


class Entry(NamedTuple):
    """A legend's entry."""

    glyph: str
    colour: str
    words: str

    @property
    def html(self) -> str:
        return f'<span style="color:{self.colour}">{self.glyph}</span>&nbsp;{self.words}'
