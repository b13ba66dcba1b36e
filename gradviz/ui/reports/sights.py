"""What a plot shows, in a sentence with its numbers: for who cannot see it, and for who wants to read it off. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.frames import STATISTICS, WideFrames
from gradviz.core.profiles import decades
from gradviz.core.theory import readable
from gradviz.core.words import short
from gradviz.runs.comparison import gradient_decades, root_mean_square
from gradviz.runs.moment import Moment
from gradviz.runs.reports import size, told_apart

Floats = NDArray[np.float64]
RMS = STATISTICS.index("rms")


class Sight(NamedTuple):
    """One panel in a hand-out: its title, how high it is, and the sentence on what it shows."""

    panel: str
    title: str
    height: int
    seen: Callable[[Moment], str]


def gradients_by_layer(moment: Moment) -> Floats:
    """log10 of the root mean square of dC/du over samples, and units, (layers,): as they truly are, where a chain's are not stored."""
    return gradient_decades(moment.frame, None if moment.config.wide else moment.profile)


def activations_by_layer(moment: Moment) -> Floats:
    """log10 of the root mean square of h over samples, and units, (layers,)."""
    if isinstance(moment.frame, WideFrames):
        return decades(moment.frame.h[-1, RMS])
    with np.errstate(all="ignore"):
        return root_mean_square(moment.profile.h.decades)


def gradients(moment: Moment) -> str:
    """What of the gradient reaches layer 1."""
    last, by_layer = moment.config.layers - 1, gradients_by_layer(moment)
    ends = f"|g| is {size(by_layer[last])} at layer {last:,}, the output, and {size(by_layer[1])} at layer 1"
    return f"At epoch {moment.epoch:,} {ends} (root mean squares){_on_the_way(float(by_layer[1] - by_layer[last]))}."


def _on_the_way(gained: float) -> str:
    """What comes of so many decades gained on the way back."""
    if math.isnan(gained):
        return ""
    if math.isinf(gained):
        return ": nothing of it arrives" if gained < 0.0 else ": it leaves all numbers behind"
    if abs(gained) < 0.05:
        return ": it keeps its size"
    return f": it {'loses' if gained < 0.0 else 'gains'} {readable(abs(gained), 3)} decades on its way back"


def activations(moment: Moment) -> str:
    """What becomes of the signal."""
    last, by_layer = moment.config.layers - 1, activations_by_layer(moment)
    middle = f", {size(by_layer[last // 2])} at layer {last // 2:,}" if last > 3 else ""
    return f"At epoch {moment.epoch:,} |h| is {size(by_layer[0])} at the input{middle} and {size(by_layer[last])} at layer {last:,} (root mean squares)."


def cost(moment: Moment) -> str:
    """Where the cost began, and where it is."""
    costs, run = moment.run.cost, moment.run
    first, now = float(costs[0]), float(moment.frame.cost[-1])
    accuracy = run.score("accuracy")[: np.searchsorted(run.epoch, moment.epoch, side="right")] if "accuracy" in run.newest.SCORES else np.empty(0)
    right = f" {100.0 * accuracy[-1]:.3g} % of the answers are right then." if accuracy.size and np.isfinite(accuracy[-1]) else ""
    if moment.epoch == int(run.epoch[0]):
        return f"The cost at epoch {moment.epoch:,} is {short(now)}.{right}"
    begin, end = told_apart(first, now)
    if begin == end:
        return f"The cost is {begin} at epoch {int(run.epoch[0]):,}, and still at epoch {moment.epoch:,}.{right}"
    return f"The cost goes from {begin} at epoch {int(run.epoch[0]):,} to {end} at epoch {moment.epoch:,}.{right}"


def heat_map(moment: Moment) -> str:
    """How it comes to that, epoch by epoch."""
    run, samples = moment.run, "one sample" if not moment.config.wide else "root mean squares"
    ends = f"epochs {int(run.epoch[0]):,} to {int(run.epoch[-1]):,}" if len(run.epoch) > 1 else f"epoch {moment.epoch:,} alone"
    return f"The gradient of {samples} by layer, from the input below to the output above, and by epoch, {ends}; the lighter, the larger, as the bar says."


def why(moment: Moment) -> str:
    """Who takes how much."""
    verdict, config = moment.verdict, moment.config
    way = "from the last hidden layer back to the first" if config.wide else "from the output back to layer 1"
    slopes, weights = verdict.saturation_decades, verdict.weights_decades
    others = "weights, normalization and skips" if config.normalization != "none" or config.residual != "none" else "the weights"
    if not math.isfinite(slopes) or not math.isfinite(weights):
        return f"The factors of each layer at epoch {moment.epoch:,}; on the way {way} one of them is exactly 0, or no number."
    return f"On the way {way} at epoch {moment.epoch:,} the slopes φ′ {_do(slopes)}, and {others} {_do(weights)}."


def _do(gained: float) -> str:
    if abs(gained) < 5e-4:
        return "change nothing"
    return f"{'take' if gained < 0.0 else 'add'} {readable(abs(gained), 3)} decades"


#: What a hand-out shows of each run.
SIGHTS: Mapping[str, Sight] = {
    sight.panel: sight
    for sight in (
        Sight("gradients", "Gradients by layer", 280, gradients),
        Sight("activations", "Activations by layer", 230, activations),
        Sight("cost", "Cost by epoch", 220, cost),
        Sight("heatmap", "Gradients by layer and epoch", 270, heat_map),
        Sight("why", "Why: the factors of each layer, and their product", 330, why),
    )
}
#: The cost of classes has the share of right answers below it.
WITH_ACCURACY = 380
