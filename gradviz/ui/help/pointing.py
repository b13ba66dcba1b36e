"""Which mark of a panel a person points at: a title's entry, an axis, a lane, a curve, a point, an area, or the panel itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PyQt6.QtCore import QPointF, Qt

from gradviz.ui.help.marks import Drawn, drawn_on, plot_name, seen_on
from gradviz.ui.help.nearness import nearness
from gradviz.ui.help.texts import EVERYWHERE, Text, text_of
from gradviz.ui.plots.band_plot import ENDS, GHOST_SIGN, HALF, MEDIAN, NINE_TENTHS, RMS_ENTRY
from gradviz.ui.plots.kinds import KINDS, WIDE_KINDS
from gradviz.ui.plots.panel import Panel
from gradviz.ui.plots.pinned import SIGNS
from gradviz.ui.plots.plot import DASH_SIGNS, Plot
from gradviz.ui.plots.scales import Decades

#: What parts the entries of a title: three spaces that do not break, and one that does.
BETWEEN = "\u00a0\u00a0\u00a0 "
#: What an entry of a title is, by how it begins; the first that fits.
ENTRIES: tuple[tuple[str, str], ...] = (
    *((RMS_ENTRY, "rms"), (HALF, "half"), (NINE_TENTHS, "nine tenths"), (MEDIAN, "median"), (ENDS, "ends"), (GHOST_SIGN, "theory")),
    *(("axis ", "changed axis"), ("colours ", "changed axis"), ("(", "remark"), ("and ", "more"), ("+", "more")),
    *((sign, "curve") for sign in (*DASH_SIGNS, *(kind.dash_glyph for kind in KINDS))),
    *((kind.glyph, "areas") for kind in WIDE_KINDS),
    *((sign, "pinned") for sign in SIGNS),
    *(("─ ", "sum"), ("layer 1 ", "depth"), ("1 ●", "depth")),
)
#: The same where a panel's entries mean something of their own.
OWN_ENTRIES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "phase": ((DASH_SIGNS[0], "critical line"), (DASH_SIGNS[1], "trainable depth")),
    "together": (("", "title"),),
    "heatmap": (("(", "joined"),),
    "difference.costs": (("below ", "line of equals"),),
}
#: What is under the mouse because the mouse is there: nobody means it.
FOLLOWS = "crosshair"


class Pointed(NamedTuple):
    """A mark that is pointed at: its name, which of several, and the sections that may have its text, the most particular first."""

    mark: str
    which: str
    sections: tuple[str, ...]

    @property
    def text(self) -> Text | None:
        """What is said of it."""
        found = text_of(self.mark, *self.sections)
        return found and Text(f"{found.title}: {self.which}" if self.which else found.title, found.words)


def sections_of(panel: Panel, plot: Plot | None) -> tuple[str, ...]:
    """Where the texts of a plot's marks are, the most particular first."""
    return plot_name(panel, plot), panel.name, EVERYWHERE


def pointed_at(panel: Panel, position: QPointF) -> Pointed:
    """The mark at this place of the panel's scene."""
    plot = _plot_at(panel, position)
    sections = sections_of(panel, plot)
    if plot is not None and not plot.item.opacity():
        return Pointed("hint", "", sections)
    if plot is None:
        words = next((drawn for drawn in seen_on(panel) if drawn.plot is panel.plots[0] and _is_words(drawn, position)), None)
        return Pointed(words.mark if words else "panel", "", sections)
    if plot.item.titleLabel.sceneBoundingRect().contains(position):
        return Pointed(*entry_at(panel, plot, position), sections)
    for side in ("left", "bottom", "right"):
        axis = plot.item.getAxis(side)
        if axis.isVisible() and axis.mapRectToScene(axis.rect()).contains(position):
            lane = lane_at(plot, position) if side == "left" else ""
            return Pointed(lane or f"{side} axis", "", sections)
    return Pointed(*_within(panel, plot, position), sections)


def _plot_at(panel: Panel, position: QPointF) -> Plot | None:
    return next((plot for plot in panel.plots if plot.item.isVisible() and plot.item.sceneBoundingRect().contains(position)), None)


def _is_words(drawn: Drawn, position: QPointF) -> bool:
    return drawn.mark in ("title", "hint") and drawn.item.sceneBoundingRect().contains(position)


def _within(panel: Panel, plot: Plot, position: QPointF) -> tuple[str, str]:
    """The nearest thing that is drawn there: words before points, points before lines, lines before areas; else the lane, or the panel itself."""
    near = [
        (*found, -drawn.item.zValue(), number, drawn)
        for number, drawn in enumerate(drawn_on(panel))
        if drawn.plot is plot and drawn.item.isVisible() and drawn.mark not in ("", FOLLOWS) and (found := nearness(drawn.item, position)) is not None
    ]
    lane = lane_at(plot, position)
    if not near:
        return lane or "panel", ""
    drawn = min(near, key=lambda found: found[:4])[-1]
    if drawn.mark == "spot":
        return lane or _kind_of_spot(plot, position), ""
    return drawn.mark, drawn.which


def _kind_of_spot(plot: Plot, position: QPointF) -> str:
    """A mark outside the lanes: at the range's edge for what lies beyond it, else a point without neighbours."""
    assert plot.covered is not None, "marks are drawn within a range"
    height = plot.item.vb.mapSceneToView(position).y()
    pixel = plot.item.vb.viewPixelSize()[1]
    at_edge = min(abs(height - end) for end in plot.covered) <= 8 * pixel
    return "beyond" if at_edge and isinstance(plot.scale, Decades) else "single point"


def lanes_of(plot: Plot) -> dict[str, float]:
    """The lanes that a plot's axis has now, by their marks, and where they are."""
    scale, covered = plot.scale, plot.covered
    if covered is None or not hasattr(scale, "zero_lane"):
        return {}
    decades = isinstance(scale, Decades)
    lanes = {
        "zero lane": (getattr(scale, "zero_seen", decades), scale.zero_lane(covered)),
        "subnormal lane": (scale.subnormals and decades, scale.subnormal_lane(covered)),
        "broken lane": (decades or plot.item.getAxis("left").broken_seen, scale.broken_lane(covered)),
    }
    low, high = plot.item.vb.viewRange()[1]
    return {mark: height for mark, (there, height) in lanes.items() if there and low < height < high}


def lane_at(plot: Plot, position: QPointF) -> str:
    """The lane at this height; "" where there is none."""
    height = plot.item.vb.mapSceneToView(position).y()
    pixel = plot.item.vb.viewPixelSize()[1]
    return next((mark for mark, lane in lanes_of(plot).items() if abs(height - lane) <= 8 * pixel), "")


def entries_of(plot: Plot) -> list[str]:
    """The title and the entries behind it, as they are read."""
    return [entry.replace("\u00a0", " ").strip() for entry in _plain(plot).split(BETWEEN)]


def _plain(plot: Plot) -> str:
    """The title's text with the spaces that do not break, which Qt's plain text has not."""
    return str(plot.item.titleLabel.item.document().toRawText()).replace("\u2028", BETWEEN).replace("\u2029", BETWEEN)


def entry_at(panel: Panel, plot: Plot, position: QPointF) -> tuple[str, str]:
    """What the title says at this place: the title itself, or an entry of the legend."""
    label = plot.item.titleLabel.item
    layout = label.document().documentLayout()
    place = layout.hitTest(label.mapFromScene(position), Qt.HitTestAccuracy.FuzzyHit)
    return mark_of_entry(panel, plot, _plain(plot)[: max(0, place)].count(BETWEEN))


def mark_of_entry(panel: Panel, plot: Plot, number: int) -> tuple[str, str]:
    """The mark that an entry of the title stands for, and which of several."""
    entry = entries_of(plot)[number]
    if number == 0 and not entry.startswith(DASH_SIGNS):
        return "title", ""
    rules = (*OWN_ENTRIES.get(plot_name(panel, plot), ()), *OWN_ENTRIES.get(panel.name, ()), *ENTRIES)
    mark = next((mark for begins, mark in rules if entry.startswith(begins)), "remark")
    return mark, _words_of(entry) if mark in ("curve", "areas", "pinned") else ""


def _words_of(entry: str) -> str:
    """An entry without its sign."""
    return entry.partition(" ")[2]


def marks_of(panel: Panel) -> set[tuple[str, Sequence[str]]]:
    """All marks that can be pointed at on a panel as it is now, each with the sections that may have its text."""
    found: set[tuple[str, Sequence[str]]] = {("panel", sections_of(panel, None))}
    for plot in (plot for plot in panel.plots if plot.item.isVisible()):
        sections = sections_of(panel, plot)
        if not plot.item.opacity():
            found.add(("hint", sections))
            continue
        marks = {drawn.mark for drawn in seen_on(panel) if drawn.plot is plot and drawn.mark != "spot"}
        marks |= {mark_of_entry(panel, plot, number)[0] for number in range(len(entries_of(plot)))}
        marks |= {f"{side} axis" for side in ("left", "bottom", "right") if plot.item.getAxis(side).isVisible()}
        marks |= set(lanes_of(plot))
        if any(drawn.mark == "spot" for drawn in seen_on(panel) if drawn.plot is plot):
            marks |= {"beyond", "single point"}
        found |= {(mark, sections) for mark in marks}
    return found
