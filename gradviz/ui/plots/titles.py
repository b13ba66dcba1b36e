"""Titles of plots: of several wordings the first that fits is shown."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from PyQt6.QtGui import QFontMetricsF

from gradviz.core.config import Config
from gradviz.core.words import short
from gradviz.ui.plots.pinned import gap
from gradviz.ui.plots.plot import POINTS
from gradviz.ui.theme import plot_font

#: A title, and the legend entries and remarks behind it.
Wording = tuple[str, Sequence[str]]


def width(text: str, *, bold: bool = False) -> float:
    """How many pixels a title's HTML takes in one line."""
    plain = html.unescape(re.sub(r"<[^>]*>", "", text))
    return QFontMetricsF(plot_font(POINTS, bold=bold)).horizontalAdvance(plain)


def first_fitting(room: float, wordings: Iterable[Wording]) -> tuple[str, list[str]]:
    """The first of the wordings that fits in so many pixels; the last where none does."""
    tried = list(wordings)
    fitting = (wording for wording in tried if width(wording[0], bold=True) + sum(width(entry) + gap() for entry in wording[1]) <= room)
    title, entries = next(fitting, tried[-1])
    return title, list(entries)


def sample_name(config: Config, sample: int) -> str:
    """A sample by its input, such as `x = −0.5`."""
    return f"x = {short(config.inputs[sample])}"
