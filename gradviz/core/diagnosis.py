"""What became of a training, and why: from the numbers of one frame to a verdict, and from there to a sentence.

Two questions decide. Does the cost fall? One update takes the share alpha |dw|^2 / C off it, to first order. And how many decades does a gradient lose from
the output back to layer 1? A chain may lose some and train all the same, as its upper layers carry it; and one that loses none may still not train.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.evidence import CANCELLED, THRESHOLDS, Facts, Thresholds, gather, steepest
from gradviz.core.frames import Ending, Frames
from gradviz.core.sentences import SENTENCES

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.logdomain import LogProfile

Floats = NDArray[np.float64]
Kind = Literal["trains", "vanishing", "exploding", "saturated", "shrinking", "dead", "diverged", "stalled"]


class Verdict(msgspec.Struct, frozen=True):
    """What became of a training, why, in numbers and in one sentence for a student.

    factor_per_layer is what each layer passes on of dC/dh from the output back to layer 1, the geometric mean, and layers_per_decade how many layers a factor
    of ten takes. saturation_decades and weights_decades are the sums of log10 phi' and log10|w| over the same layers, which together are all that the
    gradient gains (above 0) or loses. signal_decades is what |h| loses from input to output. All of that is of one sample, by its place: the one that keeps
    most, of those whose gradient at the output is not exactly 0. below_layer is the highest layer from which downwards |g| stays below the threshold,
    smallest log10|g| of layer 1 as it truly is, the greatest of all samples; zero_in_format the highest layer whose stored g is exactly 0 though it is not,
    zero_in_float32 the one from which downwards float32 would hold exactly 0 at these weights. None where there is no such number.
    """

    kind: Kind
    cause: str
    sample: int
    factor_per_layer: float | None
    layers_per_decade: float | None
    below_layer: int | None
    smallest: float
    saturation_decades: float
    weights_decades: float
    signal_decades: float
    zero_in_format: int | None
    zero_in_float32: int | None
    sentence: str


def diagnose(
    config: Config, frame: Frames, profile: LogProfile | None, costs: Floats, ending: Ending | None = None, thresholds: Thresholds = THRESHOLDS
) -> Verdict:
    """The verdict on the newest of the frames, whose weights the profile was made from; the config's learning rate is taken for the one in force.

    costs are those of the observed epochs up to this frame, oldest first: the first one and the last few are looked at, so that it is as quick after a
    million. An ending that says where a number left the floats lends its words.
    """
    facts = gather(config, frame, profile, costs, ending, thresholds)
    kind = next(kind for kind, applies in RULES if applies(facts))
    cause = CAUSES[kind](facts)
    way = facts.way
    known = math.isfinite(way.gain) or (way.gain < 0.0 and kind == "vanishing")
    mean = way.gain / way.layers
    return Verdict(
        kind=kind,
        cause=cause,
        sample=way.sample,
        factor_per_layer=10.0**mean if known and mean < 308.0 else None,
        layers_per_decade=abs(1.0 / mean) if known and abs(mean) > 1e-12 else None,
        below_layer=facts.below,
        smallest=facts.smallest,
        saturation_decades=way.slopes,
        weights_decades=way.weights,
        signal_decades=way.signal,
        zero_in_format=facts.zero_in_format,
        zero_in_float32=facts.zero_in_float32,
        sentence=SENTENCES[kind](facts, cause),
    )


#: The first that applies is the verdict.
RULES: tuple[tuple[Kind, Callable[[Facts], bool]], ...] = (
    ("diverged", lambda facts: not facts.finite),
    ("trains", lambda facts: facts.learned),
    ("dead", lambda facts: facts.dead),
    ("exploding", lambda facts: -facts.lost >= (facts.thresholds.grown if facts.overshoots and not facts.learning else facts.vanished)),
    ("vanishing", lambda facts: facts.lost >= facts.vanished),
    ("trains", lambda facts: facts.learning),
    ("vanishing", lambda facts: facts.lost >= facts.thresholds.lost and facts.flat),
    ("trains", lambda facts: facts.at_a_minimum and not facts.overshoots),
    ("saturated", lambda facts: facts.saturated >= facts.thresholds.most and facts.flat),
    ("shrinking", lambda facts: facts.way.settled_signal >= facts.thresholds.shrunk and facts.flat),
    ("stalled", lambda _facts: True),
)


def _blamed(facts: Facts) -> str:
    """What takes the most decades; of phi' it is saturation where it is on average below half of what it can be."""
    way = facts.way
    if way.weights <= way.slopes:
        return "weights"
    return "saturation" if way.slopes < way.layers * math.log10(steepest(facts) / 2.0) else "slope"


def _why_diverged(facts: Facts) -> str:
    if facts.epoch == 0:
        return "number format" if facts.config.number_format != "float64" and facts.fits_float64 else "overflow"
    return "weights" if facts.first_cost > 10.0 * facts.zero_cost > 0.0 else "learning rate"


def _why_dead(facts: Facts) -> str:
    if facts.config.wide:
        return "dead units" if facts.dead_layer else "weights"
    if not any(facts.config.inputs):
        return "input"
    if facts.dead_samples:
        if facts.way.weights == -math.inf:
            return "weights"
        return "dead units" if facts.config.activation == "relu" else "saturation"
    return "weights"


def _why_stalled(facts: Facts) -> str:
    slow = math.log10(facts.thresholds.slow)
    if facts.rate < slow <= facts.true_rate:
        return "number format"
    if facts.rate >= slow or not facts.flat:
        return "learning rate"
    return "cancellation" if facts.cancelled >= CANCELLED else "flat cost"


CAUSES: dict[Kind, Callable[[Facts], str]] = {
    "trains": lambda _facts: "none",
    "vanishing": _blamed,
    "exploding": lambda _facts: "weights",
    "saturated": lambda _facts: "saturation",
    "shrinking": _blamed,
    "dead": _why_dead,
    "diverged": _why_diverged,
    "stalled": _why_stalled,
}
