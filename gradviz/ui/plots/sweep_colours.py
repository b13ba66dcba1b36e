"""The colours of a sweep's map: verdicts by name, other words as they come, and the scales that the other maps have."""

from __future__ import annotations

import pyqtgraph as pg
from PyQt6.QtGui import QColor

from gradviz.ui.plots.phase_bar import MAPS
from gradviz.ui.plots.sweep_shades import BROKEN, COLOURS, NONE, ZERO, Shades
from gradviz.ui.theme import Theme

#: A verdict's colour: the place among the theme's curves, or the name of another of its colours. Those of one kind lie beside each other in hue.
SHADES: dict[str, int | str] = {
    "trains": 2,
    "vanishing": 0,
    "shrinking": "pale",
    "saturated": 3,
    "stalled": "faint",
    "dead": "text",
    "exploding": 1,
    "diverged": "error",
    "impossible": "line",
    "failed": "warning",
}
#: What the themes have not: a lighter, or on a dark ground a darker, blue than that of vanishing; and other words' colours in the order that they come.
PALE = {"light": "#8ccbee", "dark": "#1f6f9f"}
OTHERS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#f0e442", "#56b4e9", "#e69f00", "#7f7f7f", "#8c564b", "#332288", "#88ccee", "#aa4499")
#: Zero and what is no number stand beside the scale's ends, and are in none of its colours.
LANES = {ZERO: "#ff99ff", BROKEN: "#cc3300"}


def colour_table(shades: Shades, theme: Theme) -> list[int]:
    """The colour of every code as Qt's QRgb."""
    table = [QColor(theme.plot)] * 256
    if shades.kind == "word":
        for word, code in shades.words.items():
            table[code] = QColor(_word_colour(word, code, theme))
    else:
        colours = pg.colormap.get(MAPS[theme.name] if shades.kind == "pace" else "viridis").getLookupTable(nPts=COLOURS, alpha=False)
        table[1 : COLOURS + 1] = [QColor(*map(int, colour)) for colour in colours]
        for code, colour in LANES.items():
            table[code] = QColor(colour)
    table[NONE] = QColor(theme.line)
    return [colour.rgb() for colour in table]


def _word_colour(word: str, code: int, theme: Theme) -> str:
    shade = SHADES.get(word)
    if shade is None:
        return OTHERS[(code - 1) % len(OTHERS)]
    if shade == "pale":
        return PALE[theme.name]
    return theme.curves[shade] if isinstance(shade, int) else str(getattr(theme, shade))
