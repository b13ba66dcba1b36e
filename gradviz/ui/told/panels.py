"""Every panel of plots in plain sentences: what a sighted person sees on it, with the numbers of now. No Qt here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradviz.core.evidence import THRESHOLDS
from gradviz.core.theory import readable
from gradviz.core.words import short
from gradviz.ui.told import curves, maps
from gradviz.ui.told.factors import why
from gradviz.ui.told.trends import DIGITS, Axis, course, sentences

if TYPE_CHECKING:  # Qt comes with them
    from gradviz.runs.moment import Moment
    from gradviz.ui.plots.cost import CostPanel
    from gradviz.ui.plots.difference import DifferencePanel
    from gradviz.ui.plots.gradients import GradientPanel
    from gradviz.ui.plots.panel import Panel
    from gradviz.ui.plots.profiles import ActivationPanel, WeightPanel
    from gradviz.ui.plots.side_by_side import SideBySidePanel


class Story(NamedTuple):
    """A panel's title, and what is to be said of it."""

    title: str
    words: str


def activations(panel: ActivationPanel, moment: Moment) -> list[str]:
    """The signal, from the input to the output."""
    plot = panel.plot
    told = curves.told_as(plot, backwards=False)
    parts = [curves.heading(plot, moment)]
    if plot.profile is None:
        parts += curves.curves(plot, told)
    else:
        parts += maps.histogram(plot) if plot.histogram is not None else []
        parts += curves.bands(plot, told)
    return [*parts, *curves.theory(plot, told), *curves.pinned(plot, told), *curves.view(plot, moment)]


def gradients(panel: GradientPanel, moment: Moment) -> list[str]:
    """The chosen gradient, from the output back."""
    plot, quantity = panel.plot, panel.quantity
    told = curves.told_as(plot, backwards=True)
    parts = [curves.heading(plot, moment), f"that is {quantity.help}"]
    parts += curves.bands(plot, told) if plot.profile is not None else curves.curves(plot, told)
    parts += curves.theory(plot, told, _law(moment))
    parts += curves.below(plot, THRESHOLDS.vanishing) if quantity.name in ("du", "dh", "dw") and plot.profile is None else []
    parts += curves.number_format(plot, told)
    return [*parts, *curves.pinned(plot, told), *curves.view(plot, moment)]


def _law(moment: Moment) -> str:
    """The law that theory's line follows, where it is one that has a name."""
    prediction = None if moment.config.wide else moment.prediction
    return ", a power law," if prediction is not None and prediction.law == "power" else ""


def weights(panel: WeightPanel, moment: Moment) -> list[str]:
    """The weights, and below them their gradients."""
    parts = []
    for plot, backwards in ((panel.weights, False), (panel.gradients, True)):
        told = curves.told_as(plot, backwards=backwards)
        parts.append(curves.heading(plot, moment))
        parts += curves.bands(plot, told) if plot.profile is not None else curves.curves(plot, told)
        parts += [*curves.pinned(plot, told), *curves.view(plot)]
    return [*parts, "by keys: Page Up and Page Down choose a layer, Up and Down change its weights by 5 %, Ctrl+Z undoes it"]


def cost(panel: CostPanel, moment: Moment) -> list[str]:
    """How the cost went, where it is now, and where it was least; of classes the share of right answers too."""
    parts = []
    for plot in panel.plots:
        if not plot.item.isVisible():
            continue
        told = curves.told_as(plot, backwards=False)
        parts.append(curves.heading(plot, moment, over="by epoch"))
        parts += curves.curves(plot, told)
        parts += [*curves.pinned(plot, told), *curves.view(plot)]
    known = np.isfinite(moment.run.cost)
    if known.any() and len(moment.run.cost) > 1:
        place = int(np.nanargmin(np.where(known, moment.run.cost, np.nan)))
        least = f"its least was {short(float(moment.run.cost[place]))} at epoch {moment.run.epoch[place]:,}"
        parts.append(f"now, at epoch {moment.epoch:,}, the cost is {short(float(moment.frame.cost[-1]))}; {least}")
    return parts


def together(panel: SideBySidePanel, moment: Moment) -> list[str]:
    """Each run by itself: its name, what became of it, and its profile."""
    runs = [plot for plot in panel.plots if plot.shown is not None]  # type: ignore[attr-defined]
    backwards = panel.what.column == "g"
    count = f"{len(runs):,} run{'s' * (len(runs) != 1)}"
    parts = [f"{panel.what.words} {panel.what.symbol} by layer of {count}, all on the same decade axis, at epoch {moment.epoch:,}"]
    for plot in runs:
        told = curves.told_as(plot, backwards=backwards)
        shown = plot.shown  # type: ignore[attr-defined]
        parts.append(f"“{shown.name}”{' (live)' * (shown.colour is None)}: {next(shown.said)}")
        parts += curves.curves(plot, told)
    if len(runs) == 1:
        parts.append("it is alone: Run, Several runs together, or Ctrl+P, which pins a run, bring others beside it")
    return parts


def difference(panel: DifferencePanel, moment: Moment) -> list[str]:
    """How many times as great the live run's gradients are as each pinned one's, and the costs of both."""
    if not moment.ghosts:
        return ["no run is pinned: Ctrl+P pins one to compare with"]
    parts = [f"the live run's gradient |g| divided by each pinned run's, by layer, on a decade axis, at epoch {moment.epoch:,}"]
    axis = Axis(True)
    for pin in panel.ratio.behind.given:
        ratio = pin.values[0]
        there = np.isfinite(ratio)
        if np.abs(ratio[there]).max(initial=0.0) < 0.005 and there.any():
            parts.append(f"against “{pin.name}”{pin.when}: both are alike in every layer")
            continue
        parts.append(f"against “{pin.name}”{pin.when}: {course(pin.across[there][::-1], ratio[there][::-1], axis) or 'no layer of both has a number'}")
    for pair in panel.costs.pairs if panel.costs.item.isVisible() else ():
        if pair.now is not None:
            own, other = pair.now
            parts.append(f"the cost is {short(own, DIGITS)}, of “{pair.name}” {short(other, DIGITS)} at the same epoch{_times(own, other)}")
    return parts


def _times(own: float, other: float) -> str:
    """How many times as much."""
    if not (own > 0.0 and other > 0.0 and np.isfinite(own) and np.isfinite(other)):
        return ""
    ratio = own / other
    return ": the same" if abs(ratio - 1.0) < 0.005 else f": {readable(ratio, 2)} times as much"


TOLD: Mapping[str, Callable[[Any, Moment], list[str]]] = {
    "activations": activations,
    "gradients": gradients,
    "heatmap": maps.heat_map,
    "together": together,
    "why": why,
    "phase": maps.phase_map,
    "phi": maps.operating_points,
    "cost": cost,
    "weights": weights,
    "difference": difference,
}


def story(panel: Panel, moment: Moment | None) -> Story:
    """What is to be said of a panel that shows this moment."""
    if moment is None:
        return Story(panel.title, "Nothing is drawn yet.")
    return Story(panel.title, sentences(TOLD[panel.name](panel, moment)))
