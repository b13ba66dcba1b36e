"""Maps in words: the heat map of layers and epochs, the phase map, the dots on phi', and histograms. No Qt here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gradviz.core.formats import FORMATS
from gradviz.core.frames import BINS
from gradviz.core.words import short
from gradviz.runs.reports import in_words, size
from gradviz.ui.told.trends import DIGITS, Axis, course, spans

if TYPE_CHECKING:  # Qt comes with them
    from gradviz.core.frames import Frames
    from gradviz.runs.moment import Moment
    from gradviz.ui.plots.heatmap import HeatMapPanel
    from gradviz.ui.plots.histogram import HistogramPlot
    from gradviz.ui.plots.operating import OperatingPanel
    from gradviz.ui.plots.phase import PhasePanel

Floats = NDArray[np.float64]

#: phi' below this lets next to nothing through.
SATURATED = 0.01
#: Dots are at the same place where they differ by no more than this share.
ALIKE = 0.002


def heat_map(panel: HeatMapPanel, moment: Moment) -> list[str]:
    """What the colours say: along the layers at the first epoch, at this one and at the newest, and what is in a lane."""
    run, quantity = moment.run, panel.quantity
    parts = [panel.in_words()]
    first = next(iter(run.between(-1))).rows(slice(0, 1))
    frames = {int(frame.epoch[-1]): frame for frame in (first, moment.frame, run.newest.rows(slice(-1, None)))}
    begin, end = int(run.epoch[0]), int(run.epoch[-1])
    several = f"epochs {begin:,} to {end:,} are drawn; the cursor stands at epoch {moment.epoch:,}"
    parts.append(several if end > begin else f"only epoch {begin:,} is drawn so far")
    parts += [f"at epoch {epoch:,} {_along(panel, moment, frame)}" for epoch, frame in sorted(frames.items())]
    pinned = panel.plot.pinned_text
    return [*parts, f"pinned on it: {'; '.join(pinned.splitlines())}"] if pinned and quantity else parts


def _along(panel: HeatMapPanel, moment: Moment, frame: Frames) -> str:
    """One column of cells, from the output back."""
    quantity, config = panel.quantity, moment.config
    layers = quantity.layers(config.layers)
    sizes, others = quantity.sizes([frame], moment.sample, layers)
    places = np.arange(layers.start, layers.stop, layers.step, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        heights = np.log10(sizes[0]) - (0.0 if others is None else np.log10(others[0]))
    normal = (sizes[0] >= FORMATS[config.number_format].smallest_normal) & np.isfinite(heights)
    words = course(places[normal][::-1], heights[normal][::-1], Axis(True)) or "no layer has a colour"
    zero = (sizes[0] == 0.0) if others is None else (sizes[0] == 0.0) | (others[0] == 0.0)
    return f"{words}; exactly 0 in {spans(places[zero])}" if zero.any() else words


def phase_map(panel: PhasePanel, moment: Moment) -> list[str]:  # noqa: ARG001 - the map is of the experiment, whatever its epoch
    """Where the experiment stands on the map, and what ended where."""
    parts = [panel.in_words()]
    for dot in panel.plot.dots[:6]:
        parts.append(f"a finished run at {dot.point.words}: {dot.words.splitlines()[0]}")
    more = len(panel.plot.dots) - 6
    return [*parts, f"and {more:,} more"] if more > 0 else parts


def operating_points(panel: OperatingPanel, moment: Moment) -> list[str]:
    """Where the layers work on phi: how far out their pre-activations are, and what phi' is there."""
    plot = panel.plot
    names = in_words(list(plot.samples)) if len(plot.samples) <= 6 else f"{len(plot.samples):,} samples"
    parts = [f"φ = {plot.activation} and its slope φ′ over u, and on φ′ a dot for each of {plot.layers:,} layers ({names}), at epoch {moment.epoch:,}"]
    known = np.flatnonzero(~np.isnan(plot.u))
    if not len(known):
        return [*parts, "no pre-activation is a number"]
    count, slopes = max(1, len(plot.samples)), plot.slope[known]
    for word, place in (("left", known[plot.u[known].argmin()]), ("right", known[plot.u[known].argmax()])):
        here = f"u = {short(float(plot.u[place]), DIGITS)}, in {_layers_like(plot.u, int(place), count)}, {plot.samples[place % count]}"
        parts.append(f"farthest {word}: {here}, where φ′ is {_slope(plot.slope[place])}")
    least, most = (int(known[place]) for place in (slopes.argmin(), slopes.argmax()))
    ends = [f"{_slope(plot.slope[place])} in {_layers_like(plot.slope, place, count)}" for place in (least, most)]
    parts.append(f"the slope φ′ of the dots is least, {ends[0]}, and greatest, {ends[1]}")
    parts.append(_along_the_layers(plot.u, count, plot.samples[0]))
    small = float((slopes < np.log10(SATURATED)).mean())
    parts.append(f"{100.0 * small:.0f} % of the dots are where φ′ is below {SATURATED}, and hardly let a gradient through" if small else "")
    parts.append(f"{plot.lost:,} pre-activations are NaN" if plot.lost else "")
    for behind in plot.points_behind:
        u = behind.points.u[np.isfinite(behind.points.u)]
        reach = f"u from {short(float(u.min()), DIGITS)} to {short(float(u.max()), DIGITS)}" if len(u) else "no pre-activation is a number"
        parts.append(f"behind it, pinned, “{behind.name}”{behind.when}: {reach}")
    return parts


def _along_the_layers(u: Floats, count: int, name: str) -> str:
    """Where the first sample's dots go as the network becomes deeper."""
    own = u[::count]
    there = np.isfinite(own)
    places = np.arange(1.0, len(own) + 1.0)
    return f"along the layers u, {name}: {course(places[there], own[there], Axis(False))}" if there.sum() > 1 else ""


def _layers_like(values: Floats, place: int, count: int) -> str:
    """Which layers of a dot's sample are where it is."""
    own, value = values[place % count :: count], values[place]
    with np.errstate(invalid="ignore"):
        alike = (np.abs(own - value) <= ALIKE * abs(value)) | (own == value)
    return spans(np.flatnonzero(alike) + 1)


def _slope(decades: float) -> str:
    return "exactly 0" if decades == -np.inf else size(float(decades), DIGITS)


def histogram(plot: HistogramPlot) -> list[str]:
    """Which bin holds most of the first, the middle and the last layer's activations."""
    found = plot.histogram
    assert found is not None, "told where it is drawn"
    parts = ["colours show which share of a layer's activations lies at each height"]
    last = found.shares.shape[1] - 1
    for layer in dict.fromkeys((0, last // 2, last)):
        shares = found.shares[:BINS, layer]
        place = int(shares.argmax())
        ends = [size(edge, DIGITS) if plot.scale.name == "decades" else short(edge, DIGITS) for edge in found.edges(place)]
        parts.append(f"in layer {layer:,} most lie between {ends[0]} and {ends[1]}, {100.0 * shares[place]:.0f} %")
    return parts
