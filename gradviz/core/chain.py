"""The notebook's network: a chain of one unit a layer, no bias, trained by plain gradient descent.

    u[k] = w[k] h[k-1],  h[k] = phi(u[k]),  h[0] = x                       forward
    C = 1/(2m) sum over samples (y - h[l-1])^2                             cost, before the update of the same epoch
    g[l-1] = (h[l-1] - y)/m phi'(u[l-1]),  g[k] = phi'(u[k]) w[k+1] g[k+1] backward: g = dC/du
    dw[k] = sum over samples h[k-1] g[k],  w[k] -= alpha dw[k]             update, all weights at once; dw may be clipped before it

Each operation is rounded to the number format, from left to right as it stands here.
Layers are 0 to l-1; index 0 of w, g and dw is unused and 0. Source: the notebook exercise that GradViz grew out of.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.activations import FROM_OUTPUT, GELU, NAMES, SIGMOID, SILU, phi, phi_prime, phi_prime_from_output
from gradviz.core.compiled import compiled
from gradviz.core.config import Config
from gradviz.core.formats import FLOAT64, FORMAT_NAMES, FORMATS
from gradviz.core.rounding import rounded

Floats = NDArray[np.float64]

#: By the format's place: the relative error that a layer's few roundings can add up to, and the smallest normal number.
ROUNDINGS = tuple(16.0 * 2.0 ** -FORMATS[name].bits for name in FORMAT_NAMES)
CLIPPINGS = ("none", "norm", "value")
_, CLIP_NORM, CLIP_VALUE = range(3)
SMALLEST_NORMAL = tuple(FORMATS[name].smallest_normal for name in FORMAT_NAMES)


class Rules(NamedTuple):
    """How the arithmetic is done, as the kernels know it: places in the tuples of activations, derivatives and number formats."""

    activation: int
    derivative: int
    number_format: int

    @staticmethod
    def of(config: Config) -> Rules:
        from_output = config.derivative == "from_output" and config.activation in FROM_OUTPUT
        return Rules(NAMES.index(config.activation), int(from_output), FORMAT_NAMES.index(config.number_format))


def in_format(number_format: int, values: Sequence[float] | Floats) -> Floats:
    """The numbers, each as the nearest that the format has."""
    if number_format == FLOAT64:
        return np.array(values, np.float64)
    with np.errstate(over="ignore"):  # a number too large becomes infinite; without numba it would also warn
        return np.array([rounded(number_format, float(value)) for value in values])


@compiled
def forward(w: Floats, x: Floats, rules: Rules, h: Floats, slope: Floats) -> None:
    """Fill h and slope = phi'(u), both (layers, samples), from the weights w and the inputs x."""
    activation, from_output, fl = rules
    layers, samples = h.shape
    for s in range(samples):
        h[0, s] = x[s]
    for k in range(1, layers):
        for s in range(samples):  # inside, so that the samples' independent chains overlap in the processor
            u = rounded(fl, w[k] * h[k - 1, s])
            h[k, s] = phi(activation, u, fl)
            slope[k, s] = phi_prime_from_output(activation, h[k, s], fl) if from_output else phi_prime(activation, u, fl)


@compiled
def cost_of(h: Floats, y: Floats, fl: int) -> float:
    """C = 1/(2m) sum (y - h[l-1])^2 over the m samples."""
    last, samples = len(h) - 1, len(y)
    total = 0.0
    for s in range(samples):
        miss = rounded(fl, y[s] - h[last, s])
        total = rounded(fl, total + rounded(fl, miss * miss))
    return rounded(fl, total / rounded(fl, 2.0 * samples))


@compiled
def backward(w: Floats, y: Floats, h: Floats, slope: Floats, fl: int, g: Floats, dw: Floats) -> None:
    """Fill g = dC/du (layers, samples) and dw = dC/dw (layers,) from what forward() left in h and slope."""
    layers, samples = h.shape
    last = layers - 1
    count = rounded(fl, float(samples))
    for s in range(samples):
        g[last, s] = rounded(fl, rounded(fl, rounded(fl, h[last, s] - y[s]) / count) * slope[last, s])
    for k in range(last, 0, -1):
        total = 0.0
        for s in range(samples):
            if k < last:
                g[k, s] = rounded(fl, rounded(fl, slope[k, s] * w[k + 1]) * g[k + 1, s])
            total = rounded(fl, total + rounded(fl, h[k - 1, s] * g[k, s]))
        dw[k] = total


@compiled
def backward_signals(w: Floats, y: Floats, h: Floats, g: Floats, rules: Rules, dh: Floats, end: Floats) -> None:
    """Fill dh = dC/dh and end = dh[l-1]/dh[k] from one pass; all but w and y are (samples, layers), as frames have them.

    end is the running product of phi'(u[j]) w[j], from the output back, rounded at every step.
    """
    activation, from_output, fl = rules
    samples, layers = h.shape
    last = layers - 1
    for s in range(samples):
        dh[s, last] = rounded(fl, rounded(fl, h[s, last] - y[s]) / rounded(fl, float(samples)))
        end[s, last] = 1.0
        for k in range(last, 0, -1):
            dh[s, k - 1] = rounded(fl, w[k] * g[s, k])
            u = rounded(fl, w[k] * h[s, k - 1])
            slope = phi_prime_from_output(activation, h[s, k], fl) if from_output else phi_prime(activation, u, fl)
            end[s, k - 1] = rounded(fl, rounded(fl, slope * w[k]) * end[s, k])


@compiled
def clip(dw: Floats, clipping: int, clip_at: float, fl: int) -> None:
    """Cut dw in place: all of it to a norm of clip_at (1), or each number to +-clip_at (2); 0 leaves it.

    As the dense engine's and PyTorch's, with the 1e-6 that is added to the norm; the norm itself is of float64, and so scaled that its squares stay in it.
    """
    if clipping == CLIP_NORM:
        greatest, squares = 0.0, 0.0
        for k in range(1, dw.size):
            greatest = max(greatest, abs(dw[k]))
        if not 0.0 < greatest < math.inf:
            return
        for k in range(1, dw.size):
            squares += (dw[k] / greatest) ** 2
        share = rounded(fl, clip_at / (greatest * math.sqrt(squares) + 1e-6))
        if share < 1.0:
            for k in range(1, dw.size):
                dw[k] = rounded(fl, dw[k] * share)
    elif clipping == CLIP_VALUE:
        for k in range(1, dw.size):
            dw[k] = min(max(dw[k], -clip_at), clip_at)


@compiled
def update(w: Floats, dw: Floats, learning_rate: float, fl: int) -> bool:
    """Move every weight by -alpha dw in place; False when one of them is no longer finite."""
    finite = True
    for k in range(1, w.size):
        w[k] = rounded(fl, w[k] - rounded(fl, learning_rate * dw[k]))
        finite = finite and math.isfinite(w[k])
    return finite


@compiled
def unsound_layer(w: Floats, h: Floats, slope: Floats, rules: Rules) -> int:
    """A layer k where |dh[k+1]/dh[k]| > |h[k+1]| / |h[k]|, or -1: without a bias no chain has one, so that it is our own fault.

    It is |phi'(u) u| <= |phi(u)|, which holds of every activation but the sigmoid, gelu and silu, and multiplied over the layers
    |dh_L/dh_k| <= |h_L| / |h_k|: so this is stricter, and no layer can hide behind another.
    A few roundings are allowed for; below the format's normal numbers nothing is claimed.
    """
    layers, samples = h.shape
    if rules[0] in (SIGMOID, GELU, SILU):
        return -1
    allowed, normal = 1.0 + ROUNDINGS[rules[2]], SMALLEST_NORMAL[rules[2]]
    for k in range(1, layers):
        for s in range(samples):
            size, before = abs(h[k, s]), abs(h[k - 1, s])
            if abs(slope[k, s] * (w[k] * before)) > size * allowed and before >= normal and normal <= size < math.inf:
                return k - 1
    return -1


@compiled
def advance(
    w: Floats,
    x: Floats,
    y: Floats,
    rules: Rules,
    learning_rate: float,
    clipping: int,
    clip_at: float,
    first: int,
    stop: int,
    last: int,
    observe_every: int,
    out_epoch: NDArray[np.int64],
    out_cost: Floats,
    out_h: Floats,
    out_g: Floats,
    out_dw: Floats,
    out_w: Floats,
) -> tuple[int, int, bool, int]:
    """Train epochs first to stop-1, moving w in place; return (epochs done, frames written, diverged, unsound layer or -1).

    A frame is written for every epoch that observe_every divides, for epoch `last`, and for the one that diverged: its cost or
    one of its weights is not finite, and no update follows it. So it is for the one that is unsound. out_h and out_g are (frames, samples, layers).
    All numbers that come in are ones that the format has.
    """
    fl = rules[2]
    layers, samples = w.size, x.size
    h = np.empty((layers, samples))
    slope = np.empty((layers, samples))
    g = np.zeros((layers, samples))
    dw = np.zeros(layers)
    finite = True
    for k in range(1, layers):
        finite = finite and math.isfinite(w[k])
    rows = 0
    for epoch in range(first, stop):
        forward(w, x, rules, h, slope)
        cost = cost_of(h, y, fl)
        diverged = not (finite and math.isfinite(cost))
        backward(w, y, h, slope, fl, g, dw)
        if epoch % observe_every == 0 or epoch == last or diverged:
            out_epoch[rows] = epoch
            out_cost[rows] = cost
            for k in range(layers):
                out_dw[rows, k] = dw[k]
                out_w[rows, k] = w[k]
            for s in range(samples):
                for k in range(layers):  # inside, so that memory is written in one go
                    out_h[rows, s, k] = h[k, s]
                    out_g[rows, s, k] = g[k, s]
            rows += 1
            unsound = unsound_layer(w, h, slope, rules)
            if unsound >= 0:
                return epoch + 1 - first, rows, diverged, unsound
        if diverged:
            return epoch + 1 - first, rows, True, -1
        clip(dw, clipping, clip_at, fl)
        finite = update(w, dw, learning_rate, fl)
    return stop - first, rows, False, -1
