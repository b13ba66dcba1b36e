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
from gradviz.core.evidence import CANCELLED, STEEPEST, THRESHOLDS, Facts, Thresholds, gather, steepest
from gradviz.core.frames import Ending, Frames, WideFrames
from gradviz.core.sentences import SENTENCES
from gradviz.core.wide_evidence import gather_wide
from gradviz.core.wide_facts import BOUNDED, NORMALIZATION, SLOPE, WideFacts
from gradviz.core.wide_sentences import WIDE_SENTENCES

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

    In a wide network all of that is of root mean squares over units and samples, and of the way from the last hidden layer back to the first; without two
    of them, from the output. What normalization and skips do counts as the weights', and with skips phi' does too.
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
    """The verdict on the newest of the frames; the config's learning rate is taken for the one in force.

    A chain's profile is made from that frame's weights; a wide network has none. costs are those of the observed epochs up to this frame, oldest first: the
    first one and the last few are looked at, so that it is as quick after a million. An ending that says where a number left the floats lends its words.
    """
    if isinstance(frame, WideFrames):
        return _of_wide(gather_wide(config, frame, costs, ending, thresholds))
    assert profile is not None, "a chain's facts are in its log-domain profile"
    facts = gather(config, frame, profile, costs, ending, thresholds)
    kind = next(kind for kind, applies in RULES if applies(facts))
    cause = CAUSES[kind](facts)
    way = facts.way
    factor, pace = _each_layer(way.gain, way.layers, kind)
    return Verdict(
        kind=kind,
        cause=cause,
        sample=way.sample,
        factor_per_layer=factor,
        layers_per_decade=pace,
        below_layer=facts.below,
        smallest=facts.smallest,
        saturation_decades=way.slopes,
        weights_decades=way.weights,
        signal_decades=way.signal,
        zero_in_format=facts.zero_in_format,
        zero_in_float32=facts.zero_in_float32,
        sentence=SENTENCES[kind](facts, cause),
    )


def _of_wide(facts: WideFacts) -> Verdict:
    kind = next(kind for kind, applies in WIDE_RULES if applies(facts))
    cause = WIDE_CAUSES[kind](facts)
    way = facts.way
    factor, pace = _each_layer(way.gain, way.layers, kind)
    slopes = way.parts[SLOPE] if facts.config.residual == "none" else 0.0  # of a branch they are not the way's
    return Verdict(
        kind=kind,
        cause=cause,
        sample=0,
        factor_per_layer=factor,
        layers_per_decade=pace,
        below_layer=facts.below,
        smallest=facts.smallest,
        saturation_decades=slopes,
        weights_decades=way.gain - slopes if math.isfinite(slopes) else way.gain,
        signal_decades=way.signal,
        zero_in_format=facts.zero_in_format,
        zero_in_float32=facts.zero_in_float32,
        sentence=WIDE_SENTENCES[kind](facts, cause),
    )


def _each_layer(gain: float, layers: int, kind: Kind) -> tuple[float | None, float | None]:
    """What each layer passes on, the geometric mean, and how many of them take or add a decade; None where there is no such number."""
    if gain == -math.inf and kind == "vanishing":
        return 0.0, 0.0
    known = layers > 0 and math.isfinite(gain)
    mean = gain / layers if known else math.nan
    return 10.0**mean if known and mean < 308.0 else None, abs(1.0 / mean) if known and abs(mean) > 1e-12 else None


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


# --- wide networks -------------------------------------------------------------------------------------------------------------------------

#: The first that applies is the verdict. What a network lost on its way back is blamed for as long as its answers show nothing of the inputs: the biases
#: and the last weights alone bring a cost down to that, and the cost of a network that will never learn falls a little too.
WIDE_RULES: tuple[tuple[Kind, Callable[[WideFacts], bool]], ...] = (
    ("diverged", lambda facts: not facts.finite),
    ("trains", lambda facts: facts.learned),
    ("dead", lambda facts: facts.dead),
    ("exploding", lambda facts: facts.explodes),
    ("vanishing", lambda facts: facts.lost >= facts.vanished),
    ("vanishing", lambda facts: facts.lost >= facts.thresholds.lost and (facts.flat or facts.knows_nothing)),
    ("trains", lambda facts: facts.learning),
    ("trains", lambda facts: facts.knows),
    ("saturated", lambda facts: facts.saturated >= facts.thresholds.most and facts.flat),
    ("shrinking", lambda facts: facts.way.signal >= facts.thresholds.shrunk and facts.flat),
    ("stalled", lambda _facts: True),
)


def _wide_blamed(facts: WideFacts) -> str:
    """What takes the most decades; saturation is of activations with two flat tails alone."""
    weights, slopes = _weights_and_slopes(facts)
    if facts.config.residual != "none":
        return "branches"
    if weights <= slopes:
        return "weights" if facts.config.normalization == "none" else "normalization"
    steepest_slope = STEEPEST.get(facts.config.activation, 1.0)
    saturated = facts.config.activation in BOUNDED and slopes < facts.way.layers * math.log10(steepest_slope / 2.0)
    return "saturation" if saturated else "slope"


def _why_wide_exploding(facts: WideFacts) -> str:
    weights, slopes = _weights_and_slopes(facts)
    if facts.config.residual != "none":
        return "branches"
    return "slope" if slopes > weights else ("weights" if facts.config.normalization == "none" else "normalization")


def _weights_and_slopes(facts: WideFacts) -> tuple[float, float]:
    parts = facts.way.parts
    return sum(parts[NORMALIZATION:]), parts[SLOPE]


def _why_wide_diverged(facts: WideFacts) -> str:
    if facts.epoch == 0:
        return "number format" if facts.config.number_format != "float64" and facts.fits_float64 else "overflow"
    return "weights" if facts.first_cost > 20.0 * facts.guess > 0.0 else "learning rate"


def _why_wide_dead(facts: WideFacts) -> str:
    if facts.no_input and facts.silent:
        return "input"
    if facts.no_weights and (facts.silent or facts.shrunk):
        return "weights"
    if facts.dead_layer:
        if facts.shrunk:
            return "signal" if facts.config.normalization == "none" else "normalization"
        return "saturation" if facts.config.activation in BOUNDED else "dead units"
    return "symmetry"


def _why_wide_stalled(facts: WideFacts) -> str:
    if facts.rounded:
        return "number format"
    slow = facts.slow
    guesses = facts.knows_nothing and not facts.blown and facts.cost <= PLATEAU * facts.guess
    # batches disagree, and each promises something; of all samples together an update that promises a hundredth and does not keep it overshoots
    small = facts.flat if slow else facts.rate < (-1.0 if facts.updates > 1 else -2.0)
    if guesses and small:
        return "plateau"
    return "flat cost" if slow and facts.flat else "learning rate"


#: Above so many times what one answer to every input costs, a network says something, and it is wrong.
PLATEAU = 1.05
WIDE_CAUSES: dict[Kind, Callable[[WideFacts], str]] = {
    "trains": lambda _facts: "none",
    "vanishing": _wide_blamed,
    "exploding": _why_wide_exploding,
    "saturated": lambda _facts: "saturation",
    "shrinking": _wide_blamed,
    "dead": _why_wide_dead,
    "diverged": _why_wide_diverged,
    "stalled": _why_wide_stalled,
}
