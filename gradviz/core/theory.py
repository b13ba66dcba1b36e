"""What mathematics predicts for a chain before it is run: where its signal settles, and what each layer passes on of the gradient.

    |dh[l-1]/dh[k]| = product over j > k of |w[j]| phi'(u[j])

With one weight w for all layers the signal goes to a fixed point h* = phi(w h*), where every layer passes on the same factor: an exponential law. tanh and
softsign at |w| = 1 have no such factor below 1, and fall as a power law. Everything is worked out in logarithms, for 0.1 times itself a thousand times is
no float.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.elementwise import LEAK
from gradviz.core.fixed_points import LN10, root, sigmoid, sigmoid_decades, sigmoid_slope_decades, tanh_fixed_point, tanh_slope_decades
from gradviz.core.initializers import initial_weights
from gradviz.core.words import scientific

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.logdomain import LogProfile

Floats = NDArray[np.float64]

EULER = 0.57721566490153286061
#: What a normal weight of scale 1 takes off a signal on average: mean ln|w| = -(gamma + ln 2)/2, from the log-chi-square distribution of one degree.
NORMAL_LOSS = (EULER + math.log(2.0)) / 2.0
#: The scale at which normal weights neither shrink nor stretch a signal on average.
CRITICAL_SCALE = math.exp(NORMAL_LOSS)
#: How much one normal weight's log10 scatters: the standard deviation of ln|w| is pi / sqrt 8.
NORMAL_SCATTER = math.pi / math.sqrt(8.0) / LN10
#: Measurement agrees with theory to within so many decades over all layers: two per cent, however deep the network.
AGREED = 0.01
DIES, GROWS = "the signal dies out", "the signal grows without end"


class Prediction(msgspec.Struct, frozen=True, eq=False):
    """What theory says of a config: the law, and the two curves that can be drawn beside the measured ones.

    factor is |dh[k]/dh[k-1]| far from the input, 1 for the power law; fixed_point is |h*|, None where there is none. end and h, both (samples, layers),
    are the predicted log10|dh[l-1]/dh[k]| and log10|h[k]|: -inf for an exact zero. sentence says it in words. scatter is the standard deviation in decades
    that chance gives to one layer's factor, 0 where the weights are no matter of chance; over n layers it is sqrt(n) times that. by_sample says that samples
    may be led to different ends: factor and fixed point are then those of the one that keeps most of its gradient, and of those that `alike` tells.
    """

    law: Literal["exponential", "power"]
    factor: float
    fixed_point: float | None
    end: Floats
    h: Floats
    sentence: str
    scatter: float = 0.0
    by_sample: bool = False

    def alike(self) -> NDArray[np.bool_]:
        """Which samples are led to where factor and fixed point are: by what their last two layers pass on."""
        if not self.by_sample:
            return np.ones(len(self.end), np.bool_)
        last = self.end[:, -3:][:, 0]
        found: NDArray[np.bool_] = np.isclose(last, last[int(np.argmax(self.end[:, 0]))], rtol=0.0, atol=AGREED)
        return found


def predict(config: Config) -> Prediction | None:
    """What theory predicts for the chain as it starts; None where no law is known: tanh with wide random weights, for one, or gelu that never settles."""
    if config.wide:
        return None
    return (_normal if config.initialization == "normal" else CONSTANT[config.activation])(config)


def compare(prediction: Prediction, profile: LogProfile, sample: int = 0, *, trained: bool = False) -> str:
    """Measured, predicted and the difference, in words, of what layer 1 gets of the output's gradient; one sample of the profile.

    trained says that the profile is not of the weights at the start any more, which the prediction always is of.
    """
    first, layers = span(profile.end.decades.shape[1])
    measured, predicted = float(profile.end.decades[sample, first]), float(prediction.end[sample, first])
    now = "measured now" if trained else "measured"
    if not math.isfinite(measured) or not math.isfinite(predicted):
        return f"Theory, for the weights at the start: layer 1 gets {_share(predicted)} of the output's gradient; {now}: {_share(measured)}."
    over, apart = f"over {layers:,} layer{'s' * (layers != 1)}", abs(measured - predicted)
    chance = f", where chance alone makes ±{readable(prediction.scatter * math.sqrt(layers), 2)}" if prediction.scatter else ""
    verdict = f"they agree to {AGREED:g} decades" if apart < AGREED else f"{over} they differ by {readable(apart, 2)} decades{chance}"
    if prediction.law == "power":
        return f"Theory, for the weights at the start: a power law, {readable(-predicted, 3)} decades {over}; {now}: {readable(-measured, 3)}; {verdict}."
    average = of_decades(predicted / layers, 4)
    alike = bool(prediction.alike()[sample])
    settled = readable(prediction.factor, 4) if 0.0 < prediction.factor < math.inf and alike else average
    where = "" if prediction.fixed_point is None or not alike else f" (fixed point h* = {readable(prediction.fixed_point, 5)})"
    on_the_way = "" if settled == average else f", {average} on average"
    law = f"each layer passes on {settled}{where}{on_the_way}"
    return f"Theory, for the weights at the start: {law}; {now}: {of_decades(measured / layers, 3)}; {verdict}."


def span(layers: int) -> tuple[int, int]:
    """Where the way of a gradient through the layers is measured from, and over how many of them: from the output's h back to layer 1's.

    The first layer's own factor is left out: the input need not be where the signal settles. A chain of two layers has no other.
    """
    first = 1 if layers > 2 else 0
    return first, layers - 1 - first


# --- words ---------------------------------------------------------------------------------------------------------------------------------


def readable(number: float, digits: int = 2) -> str:
    """A finite number as a student reads it: 0.893, 12,528, 9.1×10⁻⁴; with the minus sign of print."""
    return ("−" if number < 0.0 else "") + (of_decades(math.log10(abs(number)), digits) if number else "0")


def of_decades(decades: float, digits: int = 2) -> str:
    """The number 10^decades in words, however far outside the floats; beyond a hundred decades its power of ten alone is worth reading."""
    if math.isinf(decades):
        return "0" if decades < 0.0 else "∞"
    if abs(decades) >= 1e6:
        return f"10^({readable(decades, digits)})"
    exponent = math.floor(decades)
    if -3 <= exponent < 6:
        rounded = f"{float(f'{10.0**decades:.{digits}g}'):,.{max(0, digits - 1 - exponent)}f}"
        return rounded.rstrip("0").rstrip(".") if "." in rounded else rounded
    if abs(decades) >= 100.0:
        decades, digits = round(decades), 1
    return scientific(1.0, decades, digits).removeprefix(f"{1.0:.{digits - 1}f}×")


def _share(decades: float) -> str:
    if math.isnan(decades):
        return "no number"
    return "an infinite share" if decades == math.inf else ("exactly 0" if decades == -math.inf else of_decades(decades, 3))


# --- the laws ------------------------------------------------------------------------------------------------------------------------------


def _tanh(config: Config) -> Prediction:
    """tanh settles at 0 for |w| <= 1, at |w| = 1 as slowly as a power law, and at h* = tanh(|w| h*) for |w| > 1."""
    w = abs(config.weight_scale)
    if w == 0.0:
        return _linear(config, 0.0, 0.0, "the signal dies out")
    if w > 1.0:
        return _tanh_settling(config, w)
    h = _tanh_signal(_inputs(config), w, config.layers)
    with np.errstate(invalid="ignore"):
        grown = np.where(np.isfinite(h[:, :1]), 3.0 * (h[:, -1:] - h), 3.0 * math.log10(w) * np.arange(config.layers - 1, -1, -1))
    end = grown - 2.0 * math.log10(w) * np.arange(config.layers - 1, -1, -1)
    if w == 1.0:
        words = "Theory: each layer takes a little less off the gradient than the one before: a power law. h[k] goes as √(3/2k), the gradient as k to the −1.5."
        return Prediction("power", 1.0, 0.0, end, h, words)
    words = f"Theory: the signal dies out, and each layer passes on {readable(w, 4)} of the gradient, layer after layer."
    return Prediction("exponential", w, 0.0, end, h, words)


def _tanh_settling(config: Config, w: float) -> Prediction:
    """The slopes are taken where the signal is expected: |w| phi'(w h[k-1]), the first from the input itself."""
    u = tanh_fixed_point(w)
    h_star, factor = math.tanh(u), math.log10(w) + float(tanh_slope_decades(np.float64(u)))
    x = _inputs(config)
    with np.errstate(divide="ignore", over="ignore"):
        first = np.log10(np.tanh(10.0 ** (x + math.log10(w))))
    first = np.where(x < -9.0 - math.log10(w), x + math.log10(w), first)  # tanh u is u, also below the floats
    h = np.concatenate([x, _tanh_signal(first, w, config.layers - 1, h_star)], axis=1)
    with np.errstate(over="ignore"):
        factors = math.log10(w) + tanh_slope_decades(10.0 ** (h[:, :-1] + math.log10(w)))
    words = f"Theory: the signal settles at |h*| = {readable(h_star, 5)}, and each layer passes on {of_decades(factor, 4)} of the gradient, layer after layer."
    return Prediction("exponential", _float(factor), h_star if np.isfinite(x).any() else 0.0, _summed(factors), h, words)


def _tanh_signal(first: Floats, w: float, layers: int, h_star: float | None = None) -> Floats:
    """log10|h| of so many layers from the first one's, a column.

    1/tanh^2(u) = 1/u^2 + 2/3 + ..., so that y = 1/h^2 goes to y/w^2 + 2/3, layer by layer: y[k] = y[0]/w^2k + 2/3 (1 + 1/w^2 + ... + 1/w^(2k-2)). At w = 1
    that is h[k] = sqrt(3/(2(k + c))) with c = 3/(2 h[0]^2), and always dh[l]/dh[k] = (h[l]/h[k])^3 / w^2(l-k). Above w = 1 the sum has a limit: h* gives it.
    """
    k, rate = np.arange(layers), 2.0 * math.log(w)
    with np.errstate(divide="ignore"):
        if h_star is not None:
            added = np.log(-np.expm1(-rate * k)) - 2.0 * math.log(h_star)
        elif w == 1.0:
            added = np.log(2.0 / 3.0 * k)
        else:
            added = math.log(2.0 / 3.0) - rate * (k - 1) + np.log(-np.expm1(rate * k)) - math.log(-math.expm1(rate))
    y = np.logaddexp(-2.0 * LN10 * first - rate * k, added)
    h: Floats = np.minimum(-y / (2.0 * LN10), np.where(k > 0, 0.0, np.inf))  # behind a tanh nothing is above 1
    return h


def _identity(config: Config) -> Prediction:
    w = abs(config.weight_scale)
    fate = "the signal dies out" if w < 1.0 else ("the signal passes unchanged" if w == 1.0 else "the signal grows without end")
    return _linear(config, w, 0.0 if w < 1.0 else None, fate)


def _linear(config: Config, w: float, fixed_point: float | None, fate: str, more: str = "") -> Prediction:
    """Every layer multiplies by w, forwards and back."""
    decades = math.log10(w) if w else -math.inf
    factors = np.full((len(config.inputs), config.layers - 1), decades)
    h = np.concatenate([np.zeros((len(factors), 1)), np.cumsum(factors, axis=1)], axis=1) + _inputs(config)
    words = f"Theory: {fate}, and each layer passes on {of_decades(decades, 4)} of the gradient{more or ', layer after layer'}."
    return Prediction("exponential", w, fixed_point, _summed(factors), h, words)


def _relu(config: Config) -> Prediction:
    """ReLU is the identity for a sample on its active side, and passes nothing on for one on the other."""
    w, x = config.weight_scale, np.array(config.inputs)[:, None]
    plain = _identity(config)
    k = np.arange(1, config.layers)
    active = (np.sign(w) * np.sign(x) > 0.0) & ((w > 0.0) | (k == 1))  # behind layer 1 no signal is negative
    factors = np.where(active, math.log10(abs(w)) if w else -math.inf, -np.inf)
    h = np.where(np.concatenate([np.ones_like(active[:, :1]), active], axis=1), plain.h, -np.inf)
    alive = int(active.all(axis=1).sum())
    if not alive:
        words = "Theory: no sample is on the active side of every ReLU, so each is dead: nothing passes back."
        return Prediction("exponential", 0.0, 0.0, _summed(factors), h, words)
    dead = len(x) - alive
    words = plain.sentence if not dead else f"{plain.sentence[:-1]}; but {dead} of {len(x)} samples on the dead side get nothing."
    return Prediction("exponential", abs(w), plain.fixed_point, _summed(factors), h, words)


def _leaky_relu(config: Config) -> Prediction:
    """Every layer multiplies by w above 0 and by w/100 below; a negative w sends the signal from one side to the other at every layer."""
    w, x = config.weight_scale, np.array(config.inputs)[:, None]
    if w == 0.0:
        return _linear(config, 0.0, 0.0, DIES)
    above = np.sign(x) * np.sign(w) ** np.arange(1, config.layers) > 0.0
    factors = math.log10(abs(w)) + np.where(above, 0.0, math.log10(LEAK))
    h = np.concatenate([np.zeros_like(x), np.cumsum(factors, axis=1)], axis=1) + _inputs(config)
    mean = math.log10(abs(w)) + (0.5 if w < 0.0 else float(not above.any())) * math.log10(LEAK)
    fate = DIES if mean < 0.0 else (GROWS if mean > 0.0 else "the signal passes unchanged")
    return _of_the_best(Prediction("exponential", _float(mean), 0.0 if mean < 0.0 else None, _summed(factors), h, ""), fate, w < 0.0)


def _softsign(config: Config) -> Prediction:
    """1/|h[k]| = 1/|w h[k-1]| + 1, so that y = 1/|h| goes to y/w + 1 and the slope is (h[k] / (w h[k-1]))^2: exact at every layer."""
    w, layers = abs(config.weight_scale), config.layers
    if w == 0.0:
        return _linear(config, 0.0, 0.0, DIES)
    k, rate, x = np.arange(layers), math.log(w), _inputs(config)
    with np.errstate(divide="ignore", invalid="ignore"):
        # the sum of k terms of a geometric series, from its greatest one; the input itself has nothing added
        terms = k if rate == 0.0 else np.expm1(-abs(rate) * k) / math.expm1(-abs(rate))
        added = np.log(terms) - min(rate, 0.0) * (k - 1)
        h = -np.logaddexp(-LN10 * x - rate * k, np.where(k > 0, added, -np.inf)) / LN10
        end = np.where(np.isfinite(x), 2.0 * (h[:, -1:] - h), 0.0) - math.log10(w) * k[::-1] * np.where(np.isfinite(x), 1.0, -1.0)
    if w == 1.0:
        words = "Theory: each layer takes a little less off the gradient than the one before: a power law. h[k] goes as 1/k, the gradient as k to the −2."
        return Prediction("power", 1.0, 0.0, end, h, words)
    h_star = max(1.0 - 1.0 / w, 0.0)
    where = f"settles at |h*| = {readable(h_star, 5)}" if h_star else "dies out"
    words = f"Theory: the signal {where}, and each layer passes on {of_decades(-abs(math.log10(w)), 4)} of the gradient, layer after layer."
    return Prediction("exponential", _float(-abs(math.log10(w))), h_star, end, h, words)


def _iterated(config: Config) -> Prediction | None:
    """Where no formula is known the map h -> phi(w h) itself says where it leads, in the log domain; None where that is nowhere."""
    from gradviz.core.logdomain import log_profile, settle  # numba comes with it

    w = config.weight_scale
    if w == 0.0:
        return _linear(config, 0.0, 0.0, DIES)
    profile = log_profile(config, initial_weights(config))
    end, h = profile.end.decades, profile.h.decades
    best = int(np.argmax(end[:, 0]))
    goal = settle(config.activation, w, float(profile.h.sign[best, -1]), float(h[best, -1]))
    if goal is None:
        return None
    if goal.slowly:
        words = "Theory: each layer takes a little less off the gradient than the one before: a power law."
        return Prediction("power", 1.0, 0.0, end, h, words)
    fixed_point = None if goal.grows or goal.swings else _float(goal.size)
    fate = GROWS if goal.grows else (f"the signal settles at |h*| = {of_decades(goal.size, 5)}" if goal.size > -math.inf else DIES)
    if goal.swings:
        fate = f"the signal swings between {of_decades(goal.size, 3)} and {of_decades(goal.before, 3)}"
    return _of_the_best(Prediction("exponential", _float(goal.factor), fixed_point, end, h, ""), fate, goal.swings)


def _of_the_best(prediction: Prediction, fate: str, on_average: bool) -> Prediction:
    """The prediction with a sentence, which is about the sample that keeps most of its gradient."""
    prediction = msgspec.structs.replace(prediction, by_sample=True)
    less = int((~prediction.alike()).sum())
    words = f"Theory: {fate}, and each layer passes on {readable(prediction.factor, 4)} of the gradient{' on average' if on_average else ', layer after layer'}"
    return msgspec.structs.replace(prediction, sentence=words + (f"; {less} of {len(prediction.end)} samples get less of it." if less else "."))


def _sigmoid(config: Config) -> Prediction:
    """The sigmoid settles at h* = sigmoid(w h*); with w below about -5.9 it swings between two values instead."""
    w = config.weight_scale
    fixed = root(lambda h: sigmoid(w * h) - h, 0.0, 1.0)
    cycle = (fixed, fixed)
    if math.log10(abs(w) or 1.0) + sigmoid_slope_decades(w * fixed) > 0.0:  # it is thrown away from the fixed point
        low = root(lambda h: sigmoid(w * sigmoid(w * h)) - h, 0.0, fixed * (1.0 - 1e-9))
        cycle = (low, sigmoid(w * low))
    weight = math.log10(abs(w)) if w else -math.inf
    passed = [weight + sigmoid_slope_decades(w * before) for before in reversed(cycle)]  # onto the low side, onto the high
    sizes = [sigmoid_decades(w * before) for before in reversed(cycle)]
    first = [sigmoid(w * value) for value in config.inputs]
    k = np.arange(config.layers - 1)
    high = ((np.array(first) > fixed)[:, None] + k) % 2
    # what enters layer 1 and layer 2 is known; from there on the signal counts as settled
    factors, h = np.choose(high, passed), np.concatenate([_inputs(config), np.choose(high, sizes)], axis=1)
    h[:, 1] = [sigmoid_decades(w * value) for value in config.inputs]
    for layer, entering in enumerate((config.inputs, first)[: len(k)]):
        factors[:, layer] = [weight + sigmoid_slope_decades(w * value) for value in entering]
    mean, swings = sum(passed) / 2.0, cycle[0] != cycle[1]
    where = f"swings between {of_decades(sizes[0], 3)} and {of_decades(sizes[1], 3)}" if swings else f"settles at h* = {readable(fixed, 5)}"
    words = f"Theory: the signal {where}, and each layer passes on {of_decades(mean, 4)} of the gradient{' on average' if swings else ', layer after layer'}."
    return Prediction("exponential", _float(mean), None if swings else fixed, _summed(factors), h, words)


def _normal(config: Config) -> Prediction | None:
    """Random weights multiply: by the law of large numbers ln|w[1] ... w[k]| is k times the mean of ln|w|, give or take sqrt(k) times its scatter.

    Where that mean is below 0 the signal dies out, and tanh is the identity from some layer on. Wider weights hold a tanh between its tails: no closed form.
    """
    linear = config.activation == "identity" or (config.activation == "tanh" and abs(config.weight_scale) < CRITICAL_SCALE)
    if not linear:
        return None
    w = abs(config.weight_scale) * math.exp(-NORMAL_LOSS)
    layers = config.layers - 1
    more = f" on average; over {layers:,} layers chance adds or takes some {readable(NORMAL_SCATTER * math.sqrt(layers), 2)} decades"
    prediction = _linear(config, w, 0.0 if w < 1.0 else None, "the signal dies out" if w < 1.0 else "the signal grows without end", more)
    return msgspec.structs.replace(prediction, scatter=NORMAL_SCATTER)


CONSTANT: dict[str, Callable[[Config], Prediction | None]] = {
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "relu": _relu,
    "identity": _identity,
    "softsign": _softsign,
    "leaky_relu": _leaky_relu,
    "elu": _iterated,
    "selu": _iterated,
    "gelu": _iterated,
    "silu": _iterated,
}


def _inputs(config: Config) -> Floats:
    """log10|x| as a column."""
    with np.errstate(divide="ignore"):
        sizes: Floats = np.log10(np.abs(np.array(config.inputs)))[:, None]
    return sizes


def _summed(factors: Floats) -> Floats:
    """log10|dh[l-1]/dh[k]| from the log10 of what layers 1 to l-1 pass on: (samples, layers), 0 at the output."""
    with np.errstate(over="ignore"):  # -inf, an exact zero, is what is left of a weight near the largest float
        ahead = np.cumsum(factors[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([ahead, np.zeros((len(factors), 1))], axis=1)


def _float(decades: float) -> float:
    return 10.0**decades if decades < 308.0 else math.inf
