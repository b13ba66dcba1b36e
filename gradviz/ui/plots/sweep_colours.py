"""The colours of a sweep's map: verdicts by name, other words as they come, and the scales that the other maps have."""

from __future__ import annotations

import pyqtgraph as pg
from PyQt6.QtGui import QColor

from gradviz.ui.plots.phase_bar import MAPS
from gradviz.ui.plots.sweep_shades import BROKEN, COLOURS, NONE, ZERO, Shades
from gradviz.ui.theme import Theme

#: A verdict's colour, by the theme's ground: where cells touch, people of every kind of colour vision must tell any two apart.
SHADES: dict[str, dict[str, str]] = {
    "light": {
        "trains": "#009e73",
        "vanishing": "#0072b2",
        "shrinking": "#8ccbee",
        "saturated": "#cc79a7",
        "stalled": "#5a6470",
        "dead": "#1b1f24",
        "exploding": "#d55e00",
        "diverged": "#a00000",
        "impossible": "#c9ced6",
        "failed": "#ffe000",
    },
    "dark": {
        "trains": "#009e73",
        "vanishing": "#56b4e9",
        "shrinking": "#1f6f9f",
        "saturated": "#cc79a7",
        "stalled": "#602000",
        "dead": "#e8eaed",
        "exploding": "#e69f00",
        "diverged": "#c04000",
        "impossible": "#454c56",
        "failed": "#f0e442",
    },
}
#: Other words' colours, in the order that they come.
OTHERS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#f0e442", "#56b4e9", "#e69f00", "#600000", "#400060", "#4000c0", "#c0ffc0", "#a04040")
#: Zero and what is no number stand beside the scale's ends, and are in none of its colours.
LANES = {ZERO: "#ff99ff", BROKEN: "#cc3300"}


def colour_table(shades: Shades, theme: Theme) -> list[int]:
    """The colour of every code as Qt's QRgb."""
    table = [QColor(theme.plot)] * 256
    if shades.kind == "word":
        for word, code in shades.words.items():
            table[code] = QColor(SHADES[theme.ground].get(word, OTHERS[(code - 1) % len(OTHERS)]))
    else:
        colours = pg.colormap.get(MAPS[theme.ground] if shades.kind == "pace" else "viridis").getLookupTable(nPts=COLOURS, alpha=False)
        table[1 : COLOURS + 1] = [QColor(*map(int, colour)) for colour in colours]
        for code, colour in LANES.items():
            table[code] = QColor(colour)
    table[NONE] = QColor(SHADES[theme.ground]["impossible"])
    return [colour.rgb() for colour in table]
