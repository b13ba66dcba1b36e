"""What a step of a lesson is about, as its claims see it: the numbers of one epoch of a run, and those of the step before."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.frames import SHARES, STATISTICS, WideFrames
from gradviz.core.profiles import decades, stored
from gradviz.core.theory import span
from gradviz.core.wide_evidence import hidden_span
from gradviz.runs.moment import Moment
from gradviz.runs.run import Run

Floats = NDArray[np.float64]
RMS = STATISTICS.index("rms")


class Seen(NamedTuple):
    """A run at one epoch, and what the step before showed, where there was one."""

    moment: Moment
    before: Moment | None = None


def seen(run: Run, epoch: int | None = None, before: Seen | None = None) -> Seen:
    """What a person sees of a run at an epoch, the newest where none is named."""
    frame = run.newest if epoch is None else run.at_or_before(epoch)
    return Seen(Moment(run, run.newest if frame is None else frame), None if before is None else before.moment)


# --- by layer ------------------------------------------------------------------------------------------------------------------------------


def _of(column: str) -> Callable[[Moment], Floats]:
    def take(moment: Moment) -> Floats:
        values: Floats = getattr(moment.frame, column)[-1]
        return values if values.ndim == 1 else values[RMS if moment.config.wide else moment.sample]

    return take


def _gradient(name: str) -> Callable[[Moment], Floats]:
    def take(moment: Moment) -> Floats:
        if isinstance(moment.frame, WideFrames):
            return _of(name)(moment)
        rows = stored(name, moment.config_now, moment.frame)
        return np.asarray(rows[min(moment.sample, len(rows) - 1)])

    return take


def _slopes(moment: Moment) -> Floats:
    if isinstance(moment.frame, WideFrames):  # what a layer's activation leaves of its gradient
        norms = moment.frame.norms[-1]
        with np.errstate(all="ignore"):
            return np.asarray(norms[1] / norms[0])
    return np.asarray(10.0 ** moment.profile.slope[moment.sample])


def _before_activation(moment: Moment) -> Floats:
    return _of("u")(moment) if moment.config.wide else moment.profile.u[moment.sample]


def _true(moment: Moment) -> Floats:
    if isinstance(moment.frame, WideFrames):
        return decades(_of("g")(moment))
    return np.asarray(moment.profile.du.decades[moment.sample])


def _share(name: str) -> Callable[[Moment], Floats]:
    def take(moment: Moment) -> Floats:
        if not isinstance(moment.frame, WideFrames):
            raise LookupError(f"of a chain there is no share of {name} units, for each layer has one")
        return np.asarray(moment.frame.shares[-1, SHARES.index(name)])

    return take


def _mean(moment: Moment) -> Floats:
    if not isinstance(moment.frame, WideFrames):
        raise LookupError("of a chain there is no mean over units, for each layer has one")
    return np.asarray(moment.frame.h[-1, STATISTICS.index("mean")])


class Quantity(NamedTuple):
    """Something that a claim may name: its symbol, the function of a moment that gives it, and which layers and networks have it.

    `first` is the lowest layer that has one, for the input has no weights; `by_sample` says whether each sample of a chain has its own, `wide` that only
    wide networks have it. `place` is the word between it and a layer.
    """

    symbol: str
    take: Callable[[Moment], Floats]
    first: int = 1
    by_sample: bool = True
    wide: bool = False
    place: str = "of"

    @property
    def called(self) -> str:
        return self.symbol


#: What each layer has a number of: of a chain the first sample's, of a wide network the root mean square over units and samples.
BY_LAYER: Mapping[str, Quantity] = {
    "h": Quantity("|h|", _of("h"), first=0),
    "mean h": Quantity("|mean of h|", _mean, first=0, wide=True, place="in"),
    "u": Quantity("|u|", _before_activation),
    "g": Quantity("|g|", _of("g")),
    "dh": Quantity("|∂C/∂h|", _gradient("dh"), first=0),
    "dw": Quantity("|dw|", _of("dw"), by_sample=False),
    "w": Quantity("|w|", _of("w"), by_sample=False),
    "slope": Quantity("φ′(u)", _slopes),
    "ratio": Quantity("the update as a share of the weight", _gradient("ratio"), by_sample=False, place="in"),
    "log10 g": Quantity("the true log₁₀|g|", _true),
    "saturated": Quantity("the share of saturated units", _share("saturated"), wide=True, place="in"),
    "dead": Quantity("the share of dead units", _share("dead"), wide=True, place="in"),
}


def at_layer(name: str, layer: int, moment: Moment) -> float:
    """The number of that name at a layer, counted from the end where it is negative; the absolute value but for logarithms."""
    number = float(BY_LAYER[name].take(moment)[layer])
    return number if name.startswith("log10") else abs(number)


# --- of the whole run ----------------------------------------------------------------------------------------------------------------------


def way_back(moment: Moment) -> tuple[float, int]:
    """How many decades dC/dh changes by from where the network ends back to its first layer, and over how many layers."""
    if isinstance(moment.frame, WideFrames):
        first, last = hidden_span(moment.config.layers)
        sizes = decades(_of("dh")(moment))
        return float(sizes[first] - sizes[last]), last - first
    first, layers = span(moment.config.layers)
    return float(moment.profile.end.decades[moment.sample, first]), layers


def predicted(moment: Moment) -> float | None:
    """The decades that theory expects on the same way, for the weights at the start; None where it has no answer."""
    if moment.config.wide:
        first, last = hidden_span(moment.config.layers)
        backward = moment.expected.get("dh")
        return None if backward is None else float(backward[first] - backward[last])
    prediction = moment.prediction
    return None if prediction is None else float(prediction.end[moment.sample, span(moment.config.layers)[0]])


def _score(name: str) -> Callable[[Moment], float]:
    return lambda moment: float(getattr(moment.frame, name)[-1]) if hasattr(moment.frame, name) else math.nan


def _power_of_ten(decades: float) -> float:
    return math.inf if decades > 308.0 else 10.0**decades


def _per_layer(moment: Moment) -> float:
    gain, layers = way_back(moment)
    return gain / layers if layers else math.nan


def _at_infinite_width(name: str) -> Callable[[Moment], float]:
    """What mean-field theory has for plain layers like these, infinitely wide and as they start."""

    def take(moment: Moment) -> float:
        from gradviz.core.expectations import VARIANCES
        from gradviz.core.meanfield import mean_field

        config = moment.config
        if not config.wide or config.residual != "none" or config.normalization != "none":
            raise LookupError("the phase map is of wide networks with plain layers")
        sigma_w2 = config.weight_scale**2 * VARIANCES[config.initialization](1, 1)
        sigma_b2 = config.bias_scale**2 if config.bias == "on" else 0.0
        return float(getattr(mean_field(config.activation, sigma_w2, sigma_b2), name))

    return take


def _lost(moment: Moment) -> float:
    sizes = _true(moment)
    with np.errstate(invalid="ignore"):  # of two that are exactly 0
        return float(sizes[-1] - sizes[1])


def _untouched(moment: Moment) -> float:
    first = moment.run.at_or_before(0)
    assert first is not None, "what is looked at has a first epoch"
    return float(np.count_nonzero(_of("w")(Moment(moment.run, first))[1:] == _of("w")(moment)[1:]))


def _epochs_to_learn(moment: Moment) -> float:
    """The first epoch whose cost is a hundredth of the first one's, up to the one that is looked at."""
    run = moment.run
    learned = np.flatnonzero((run.cost <= 0.01 * run.cost[0]) & (run.epoch <= moment.epoch))
    if not learned.size:
        raise LookupError("the cost is not there yet")
    return float(run.epoch[learned[0]])


def _layer(number: int | None) -> float:
    if number is None:
        raise LookupError("there is no such layer")
    return float(number)


def _zeros(moment: Moment) -> float:
    return float(np.count_nonzero(_of("g")(moment)[1:] == 0.0))


class Whole(NamedTuple):
    """A number of the whole network or run: in words, the function of a moment that gives it, which networks and samples have it, and what it counts.

    See Quantity.
    """

    words: str
    take: Callable[[Moment], float]
    by_sample: bool = False
    wide: bool = False
    unit: str = ""

    @property
    def called(self) -> str:
        return self.words


WHOLE: Mapping[str, Whole] = {
    "cost": Whole("the cost", lambda moment: float(moment.frame.cost[-1])),
    "first cost": Whole("the first cost", lambda moment: float(moment.run.cost[0])),
    "test cost": Whole("the test's cost", _score("test_cost"), wide=True),
    "accuracy": Whole("the share of right answers", _score("accuracy"), wide=True),
    "test accuracy": Whole("the share of right answers in the test", _score("test_accuracy"), wide=True),
    "factor per layer": Whole("what each layer passes on of ∂C/∂h", lambda moment: _power_of_ten(_per_layer(moment)), by_sample=True),
    "decades per layer": Whole("what each layer adds to ∂C/∂h", _per_layer, by_sample=True, unit="decade"),
    "ln per layer": Whole("what each layer adds to ln |∂C/∂h|", lambda moment: math.log(10.0) * _per_layer(moment), by_sample=True),
    "decades lost": Whole("what |g| loses from the output to layer 1", _lost, by_sample=True, unit="decade"),
    "dh decades lost": Whole("what |∂C/∂h| loses on its way back to layer 1", lambda moment: -way_back(moment)[0], by_sample=True, unit="decade"),
    "saturation decades": Whole("what φ′ adds on the whole way back", lambda moment: moment.verdict.saturation_decades, unit="decade"),
    "weights decades": Whole("what the weights add on the whole way back", lambda moment: moment.verdict.weights_decades, unit="decade"),
    "signal decades": Whole("what |h| loses on its way through the layers", lambda moment: moment.verdict.signal_decades, unit="decade"),
    "untouched": Whole("the number of layers whose weights have not changed by a bit", _untouched),
    "epochs to learn": Whole("the epochs until the cost is a hundredth of the first one", _epochs_to_learn),
    "zero from": Whole("the highest layer whose |g| is stored as 0", lambda moment: _layer(moment.verdict.zero_in_format)),
    "zeros": Whole("the number of layers whose |g| is stored as 0", _zeros, by_sample=True),
    "below from": Whole("the highest layer from which down |g| stays below 10⁻⁷", lambda moment: _layer(moment.verdict.below_layer)),
    "layers": Whole("the number of layers", lambda moment: float(moment.config.layers)),
    "width": Whole("the number of units in a layer", lambda moment: float(moment.config.width)),
    "weight scale": Whole("the weight scale at the start", lambda moment: moment.config.weight_scale),
    "bias scale": Whole("the bias scale at the start", lambda moment: moment.config.bias_scale),
    "chi_1": Whole("χ₁ (what an infinitely wide layer multiplies a squared gradient by)", _at_infinite_width("chi_1"), wide=True),
    "trainable depth": Whole("the number of layers that theory holds to be trainable", _at_infinite_width("trainable_depth"), wide=True),
}
