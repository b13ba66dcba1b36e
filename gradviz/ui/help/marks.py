"""Which marks a panel of plots has: everything that is drawn on it, by the name that help knows it by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from PyQt6.QtWidgets import QGraphicsItem

from gradviz.ui.plots.band_plot import BandPlot
from gradviz.ui.plots.bands import MAX, MIN, P50, RMS
from gradviz.ui.plots.panel import Panel
from gradviz.ui.plots.plot import Plot

#: By the kind of what has them: where the things that are drawn are kept, and which mark they are.
PARTS: Mapping[str, Mapping[str, str]] = {
    "Plot": {"_curves": "curve", "_lanes": "spot", "_line": "crosshair", "_label": "numbers", "behind": ""},
    "BandPlot": {"bands": "band", "_ghost": "theory"},
    "GradientPlot": {"_open": "true value"},
    "HistogramPlot": {"cells": "histogram", "rows": "rows beside", "_level": "crosshair"},
    "WeightPlot": {"ring": "ring"},
    "HeatPlot": {
        "cells": "cells",
        "cursor": "epoch line",
        "_cursor_ground": "epoch line",
        "_level": "crosshair",
        "_pin": "pinned box",
        "_pin_label": "pinned box",
        "_hint": "hint",
    },
    "LayerPlot": {"_band": "crosshair"},
    "FactorPlot": {"_areas": "areas", "_sum": "sum"},
    "OperatingPlot": {"_dots": "dots", "_edges": "edges", "_ring": "crosshair", "_marks_behind": "pinned"},
    "PhasePlot": {
        "cells": "cells",
        "critical": "critical line",
        "_ground_line": "critical line",
        "depth": "trainable depth",
        "_level": "crosshair",
        "_dots": "finished runs",
        "_ring_ground": "ring",
        "_ring": "ring",
        "labelled": "",
    },
    "PhaseLabels": {"regions": "regions", "line": "critical line"},
    "CostPairPlot": {"_alike": "line of equals", "_dots": "dots", "_ring": "crosshair"},
    "PinnedCurves": {"_drawn": ""},
    "Drawn": {"curve": "pinned", "marks": "pinned"},
    "EpochLine": {"line": "epoch line", "dots": "epoch line"},
    "Panel": {"lines": "", "trails": "trail", "header": "title", "how": "hint"},
}
#: What the lines of a wide network's plot are.
LINES = {RMS: "rms", MIN: "ends", MAX: "ends", P50: "median"}
#: The wide band and the one in it.
BANDS = ("nine tenths", "half")


class Drawn(NamedTuple):
    """One thing that is drawn: the mark that it is, which of several (such as a curve's label), the plot it is on, and Qt's item."""

    mark: str
    which: str
    plot: Plot | None
    item: QGraphicsItem


def drawn_on(panel: Panel) -> list[Drawn]:
    """Everything that is drawn on a panel within its axes, seen or not."""
    found = [Drawn(mark, which, plot, item) for plot in panel.plots for mark, which, item in _parts(plot, plot)]
    first = panel.plots[0]
    return [*found, *(Drawn(mark, which, first, item) for mark, which, item in _parts(panel, first))]


def seen_on(panel: Panel) -> list[Drawn]:
    """What of it a person can see now."""
    return [drawn for drawn in drawn_on(panel) if drawn.item.isVisible() and not drawn.item.boundingRect().isEmpty()]


def plot_name(panel: Panel, plot: Plot | None) -> str:
    """The section that is about this plot alone, such as `why.sums`."""
    name = next((name for name, value in vars(panel).items() if value is plot), "")
    return f"{panel.name}.{name}"


def _parts(owner: object, plot: Plot) -> Iterator[tuple[str, str, QGraphicsItem]]:
    """Mark, which of several, and item, of everything that an object keeps."""
    for kind in type(owner).__mro__:
        for place, mark in PARTS.get(kind.__name__, {}).items():
            for number, part in enumerate(_flat(getattr(owner, place, None))):
                if isinstance(part, QGraphicsItem):
                    yield *_which(mark, number, plot), part
                else:
                    yield from _parts(part, plot)


def _flat(value: Any) -> Iterator[Any]:
    """What a place holds, whether one thing, several, or several of several."""
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, Iterable) and not isinstance(value, QGraphicsItem):
        for part in value:
            yield from _flat(part)
    elif value is not None:
        yield value


def _which(mark: str, number: int, plot: Plot) -> tuple[str, str]:
    """The mark's own name where one place holds several kinds, and which of them it is."""
    if mark == "band":
        return BANDS[number], ""
    if mark == "areas":
        kinds = getattr(plot, "kinds", ())
        return mark, kinds[number // 2].words if number // 2 < len(kinds) else ""
    if mark != "curve":
        return mark, ""
    if isinstance(plot, BandPlot) and plot.profile is not None and number < len(plot.profile.lines):
        return LINES[plot.profile.lines[number]], ""
    return mark, plot.labels[number] if number < len(plot.labels) else ""
