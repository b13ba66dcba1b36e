"""What mean-field theory expects of a wide network as it starts, layer by layer: how large its signals are, and its gradients on the way back.

    E z[k]^2 = sigma_w^2 E h[k-1]^2 + sigma_b^2                     u = z, or z / sqrt(E z^2 + epsilon) where normalized
    E h[k]^2 = V(q),   q = E u[k]^2                                 V(q) = E phi^2, D(q) = E phi'^2
    E (dC/dh[k-1])^2 = a E (dC/dh[k])^2,   a = n[k] Var w D(q)      divided by E z^2 + epsilon where normalized
    E h[k]^2 = E h[k-1]^2 + 2 E h[k-1] E phi + V(q),   1 + a        residual layers: what goes past, and the branch

Gradients that come back count as independent of the weights they come through (Schoenholz et al. 2016), which holds for tied weights too, to leading order.
Batch norm takes each unit's mean over the samples out, so that V - (E phi)^2 is left of a layer's h where V is of layer norm's: after a few layers of any
activation but a straight line, different samples are normal and independent. D / (V - (E phi)^2) is then never below 1 (Poincare's inequality), and pi/(pi-1)
with ReLU (Yang et al. 2019, A mean field theory of batch normalization).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np

from gradviz.core.combinations import training_samples
from gradviz.core.config import Config
from gradviz.core.dense import EPSILON
from gradviz.core.frames import STATISTICS, WideFrames
from gradviz.core.meanfield import SMALLEST_WIDTH, critical_scale
from gradviz.core.quadrature import NEIGHBOURS, STEP, Floats, ends, table
from gradviz.core.theory import of_decades, readable
from gradviz.core.wide_evidence import hidden_span

LN10 = math.log(10.0)
POWERS = np.arange(NEIGHBOURS)
#: The theory of batch norm is of large batches: with so many samples its factor is met to a hundredth.
SMALLEST_BATCH = 64
#: It is also of samples that have become independent, which a bent activation makes of any (by 0.73 to 0.80 a layer), and one that is nearly a straight line
#: (0.93 and more) only of those that differ in many inputs.
BENT, MANY_INPUTS = frozenset({"relu", "leaky_relu", "gelu", "silu"}), 64
#: So many decades a layer a network of finite width may be off what is true of infinitely wide ones: twice the 0.03 of ln|delta|^2 found at 256 units.
AGREED = 0.015
#: A gradient that changes by less, in decades over all hidden layers, keeps its size.
FLAT = 0.02


class Expected(NamedTuple):
    """What is expected of each layer of a network, all (layers,); the input is layer 0.

    h_rms and u_rms are the root mean squares of h and u over units and samples; layer 0 has no u, and NaN. backward is log10 of the root mean square of
    dC/dh[k], relative to that of the last hidden layer, -inf where nothing passes back. sentence says it in words.
    """

    h_rms: Floats
    u_rms: Floats
    backward: Floats
    sentence: str


def expect(config: Config, input_mean_square: float, inputs: int, outputs: int) -> Expected | None:
    """What theory expects of the network as it starts, with so many inputs of that mean square E |x|^2 / inputs, and so many outputs.

    None where mean-field theory has no answer: constant weights, width 1, batch norm with few samples or, for tanh and what is nearly straight too, few
    inputs. It is of wide layers: see meanfield.SMALLEST_WIDTH. With batch norm the inputs count as centred. At finite width squared gradients scatter, and
    are larger than expected by some 1/n a layer and more where ReLU's mean adds up: in residual layers, and in tied ones the signal.
    """
    if config.initialization == "constant" or config.width < 2 or (config.normalization == "batch" and not _as_batch_norm_wants(config, inputs)):
        return None
    sizes = [inputs, *[config.width] * (config.layers - 2), outputs]
    passed = _forward(config, sizes, input_mean_square)
    half_logs = np.array([[layer.log_h, layer.log_u, layer.log_factor] for layer in passed]) / 2.0
    with np.errstate(over="ignore"):  # beyond the floats a signal is infinite or 0, as the network's own is
        h_rms, u_rms = np.exp(half_logs[:, 0]), np.exp(half_logs[:, 1])
    # layer k's factor stands between its gradient and that of the layer before
    backward = np.concatenate([np.cumsum(half_logs[-2:0:-1, 2])[::-1], [0.0, -half_logs[-1, 2]]]) / LN10
    return Expected(h_rms, u_rms, backward, _in_words(backward))


def _as_batch_norm_wants(config: Config, inputs: int) -> bool:
    batch = config.batch_size or training_samples(config)
    return (batch is None or batch >= SMALLEST_BATCH) and (config.activation in BENT or inputs >= MANY_INPUTS)


def _in_words(backward: Floats) -> str:
    layers = len(backward) - 3
    if layers < 1:
        return "Theory of wide layers: there is no layer between two hidden ones that a gradient could vanish in."
    decades = float(backward[1])
    if abs(decades) < FLAT:
        return "Theory of wide layers: a gradient keeps its size from the last hidden layer to the first."
    if decades == -math.inf:
        return "Theory of wide layers: nothing of a gradient passes back."
    fate = "it vanishes" if decades < 0.0 else "it explodes"
    each = f"each hidden layer passes on {of_decades(decades / layers, 4)} of a gradient on average"
    return f"Theory of wide layers: {each}: {fate}, by a decade every {readable(abs(layers / decades), 3)} layers."


def compare(backward: Floats, frame: WideFrames, *, width: int, trained: bool = False) -> str:
    """Measured, predicted and the difference, in words, of what the first hidden layer gets of the last one's gradient, dC/dh, in the newest frame.

    backward is Expected's; below meanfield.SMALLEST_WIDTH units a layer it says that theory is of wider ones. trained says that the frame is not of the
    weights at the start any more, which the expectation always is of.
    """
    first, last = hidden_span(len(backward))
    layers = last - first
    if layers < 1:
        return "Mean-field theory is of what passes between two hidden layers; this network has not two of them."
    with np.errstate(divide="ignore", invalid="ignore"):
        sizes = np.log10(frame.dh[-1, STATISTICS.index("rms")])
        measured, expected = float(sizes[first] - sizes[last]), float(backward[first] - backward[last])
    of_wide = f" (of {SMALLEST_WIDTH} units a layer and more, not {width:,})" if width < SMALLEST_WIDTH else ""
    start = f"Mean-field theory{of_wide}, for the weights at the start"
    sides = f"{start}: {_passes(expected, layers)}; {'measured now' if trained else 'measured'}: {_passes(measured, layers)}"
    if not math.isfinite(measured) or not math.isfinite(expected):
        return f"{sides}."
    apart = abs(measured - expected)
    over = f"over {layers:,} layer{'s' * (layers != 1)}"
    chance = ", as chance has it in one network" if apart < AGREED * layers else ""
    return f"{sides}; {over} {readable(apart, 2)} decades apart{chance}."


def _passes(decades: float, layers: int) -> str:
    if math.isnan(decades):
        return "no gradient to pass on"
    if decades == -math.inf:
        return "nothing is passed on"
    return f"each layer passes on {of_decades(decades / layers, 3)}" if math.isfinite(decades) else "all numbers are left behind"


# --- initial weights -----------------------------------------------------------------------------------------------------------------------

#: sigma_w^2 = n_in Var w at weight scale 1, from n_in and n_out. Orthogonal: rows of length 1 where there are at most as many of them as inputs, else columns.
VARIANCES: Mapping[str, Callable[[int, int], float]] = {
    "normal": lambda _inputs, _units: 1.0,
    "uniform": lambda _inputs, _units: 1.0,
    "lecun": lambda _inputs, _units: 1.0,
    "glorot": lambda _inputs, _units: 1.0 / 3.0,
    "xavier": lambda inputs, units: 2.0 * inputs / (inputs + units),
    "he": lambda _inputs, _units: 2.0,
    "orthogonal": lambda inputs, units: min(1.0, inputs / units),
    "lsuv": lambda inputs, units: min(1.0, inputs / units),
}


def _log_weights(config: Config, k: int, sizes: list[int], log_h: float, before: float) -> float:
    """log sigma_w^2 of layer k, whose inputs have mean square exp(log_h); `before` is the layer before's, which tied layers share."""
    if _silent(config, k):
        return -math.inf
    log_scale = 2.0 * _log(abs(config.weight_scale))
    if config.initialization == "critical":
        return log_scale + 2.0 * _log(critical_scale(config.activation, config.bias_scale if config.bias == "on" else 0.0))
    if config.initialization != "lsuv" or log_h == -math.inf:
        return log_scale + _log(VARIANCES[config.initialization](sizes[k - 1], sizes[k]))
    if config.tied_weights == "on" and 2 < k < config.layers - 1:
        return before
    # it brings z's variance to scale^2, of which the biases are a part
    return _log_difference(log_scale, _log_biases(config, k)) - log_h


def _log_biases(config: Config, k: int) -> float:
    return 2.0 * _log(config.bias_scale) if config.bias == "on" and not _silent(config, k) else -math.inf


def _residual(config: Config, k: int) -> bool:
    return config.residual != "none" and 1 < k < config.layers - 1


def _silent(config: Config, k: int) -> bool:
    """Whether weights and biases of layer k start at 0."""
    return config.residual == "fixup" and _residual(config, k)


# --- forwards ------------------------------------------------------------------------------------------------------------------------------


class _Layer(NamedTuple):
    """A layer in logarithms, for what hundreds of layers multiply is no float: of E h^2, E u^2, and the factor of squared gradients through it.

    mean_share is E h / sqrt(E h^2), spread the part of E h^2 that is not of the units' means over the samples, log_weights log sigma_w^2.
    """

    log_h: float
    log_u: float
    log_factor: float
    mean_share: float
    log_spread: float
    log_weights: float


def _forward(config: Config, sizes: list[int], input_mean_square: float) -> list[_Layer]:
    log_h = _log(input_mean_square)
    layers = [_Layer(log_h, math.nan, math.nan, 0.0, log_h, 0.0)]
    for k in range(1, config.layers):
        layers.append(_layer(config, k, sizes, layers[-1]))
    return layers


def _layer(config: Config, k: int, sizes: list[int], before: _Layer) -> _Layer:
    log_weights = _log_weights(config, k, sizes, before.log_h, before.log_weights)
    last = k == config.layers - 1
    by_batch = config.normalization == "batch" and not last
    log_z = log_weights + before.log_spread if by_batch else _log_sum(log_weights + before.log_h, _log_biases(config, k))
    divisor = _log_sum(log_z, math.log(EPSILON)) if config.normalization != "none" and not last else 0.0
    log_u = log_z - divisor
    log_units = math.log(sizes[k] / sizes[k - 1])
    if last and config.linear_output:
        return _Layer(log_u, log_u, log_units + log_weights, 0.0, log_u, log_weights)
    log_square, mean_share, log_slope = _moments(config.activation, log_u)
    log_factor = log_units + log_weights + log_slope - divisor
    spread = log_square + _log(max(0.0, 1.0 - mean_share**2))
    layer = _Layer(log_square, log_u, log_factor, mean_share, spread, log_weights)
    return _beside(config, before, layer) if _residual(config, k) else layer


def _beside(config: Config, before: _Layer, branch: _Layer) -> _Layer:
    """What a residual layer makes of what comes in and its branch."""
    if config.residual == "skipinit" or branch.log_h == -math.inf:
        return before._replace(log_u=branch.log_u, log_factor=0.0, log_weights=branch.log_weights)
    if before.log_h == -math.inf:
        return branch._replace(log_factor=_log_sum(0.0, branch.log_factor))
    # in shares of the larger of the two, so that neither leaves the floats
    common = max(before.log_h, branch.log_h)
    past, added = (math.exp((log_h - common) / 2.0) for log_h in (before.log_h, branch.log_h))
    square = past**2 + 2.0 * past * added * before.mean_share * branch.mean_share + added**2
    mean = past * before.mean_share + added * branch.mean_share
    return branch._replace(
        log_h=common + math.log(square),
        log_factor=_log_sum(0.0, branch.log_factor),
        mean_share=mean / math.sqrt(square),
        log_spread=_log_sum(before.log_spread, branch.log_spread),
    )


def _moments(activation: str, log_q: float) -> tuple[float, float, float]:
    """log V, E phi / sqrt V and log D at q = exp(log_q), also where q itself is no float: beyond the table an activation is a line or a constant."""
    known, limits = table(activation), ends(activation)
    first, last = math.log(known.q[0]), math.log(known.q[-1])
    near = min(max(log_q, first), last)
    place = (near - first) / STEP
    cell = min(int(place), len(known.q) - 2)
    pieces = _pieces(activation)
    log_square, mean_share, log_slope = (pieces[cell] @ (place - cell) ** POWERS).tolist()
    if log_q > last:
        beyond = log_q - last
        return (log_square, mean_share, log_slope - beyond / 2.0) if limits.bounded else (log_square + beyond, mean_share, log_slope)
    if log_q < first and limits.square_at_0 == 0.0:
        return log_square + (log_q - first), mean_share, log_slope
    return log_square, mean_share, log_slope


@cache
def _pieces(activation: str) -> Floats:
    """The coefficients of log V, E phi / sqrt V and log D together: (pieces, 3, 6)."""
    known = table(activation)
    return np.stack([known.log_square, known.mean_share, known.log_slope_square], axis=1)


def _log(value: float) -> float:
    return math.log(value) if value > 0.0 else -math.inf


def _log_sum(a: float, b: float) -> float:
    """log(exp a + exp b)."""
    high, low = max(a, b), min(a, b)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


def _log_difference(a: float, b: float) -> float:
    """log(exp a - exp b), -inf where there is nothing left."""
    return a + math.log1p(-math.exp(b - a)) if a > b else -math.inf
