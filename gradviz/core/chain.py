"""The notebook's network: a chain of one unit a layer, no bias, trained by plain gradient descent.

    u[k] = w[k] h[k-1],  h[k] = phi(u[k]),  h[0] = x                       forward
    C = 1/(2m) sum over samples (y - h[l-1])^2                             cost, before the update of the same epoch
    g[l-1] = (h[l-1] - y)/m phi'(u[l-1]),  g[k] = phi'(u[k]) w[k+1] g[k+1] backward: g = dC/du
    dw[k] = sum over samples h[k-1] g[k],  w[k] -= alpha dw[k]             update, all weights at once

Layers are 0 to l-1; index 0 of w, g and dw is unused and 0. Source: the notebook exercise that GradViz grew out of.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gradviz.core.activations import phi, phi_prime
from gradviz.core.compiled import compiled

Floats = NDArray[np.float64]


@compiled
def forward(w: Floats, x: Floats, activation: int, h: Floats, slope: Floats) -> None:
    """Fill h and slope = phi'(u), both (layers, samples), from the weights w and the inputs x."""
    layers, samples = h.shape
    for s in range(samples):
        h[0, s] = x[s]
    for k in range(1, layers):
        for s in range(samples):  # inside, so that the samples' independent chains overlap in the processor
            u = w[k] * h[k - 1, s]
            h[k, s] = phi(activation, u)
            slope[k, s] = phi_prime(activation, u)


@compiled
def cost_of(h: Floats, y: Floats) -> float:
    """C = 1/(2m) sum (y - h[l-1])^2 over the m samples."""
    last, samples = len(h) - 1, len(y)
    total = 0.0
    for s in range(samples):
        miss = y[s] - h[last, s]
        total += miss * miss
    return total / (2 * samples)


@compiled
def backward(w: Floats, y: Floats, h: Floats, slope: Floats, g: Floats, dw: Floats) -> None:
    """Fill g = dC/du (layers, samples) and dw = dC/dw (layers,) from what forward() left in h and slope."""
    layers, samples = h.shape
    last = layers - 1
    for s in range(samples):
        g[last, s] = (h[last, s] - y[s]) / samples * slope[last, s]
    for k in range(last, 0, -1):
        total = 0.0
        for s in range(samples):
            if k < last:
                g[k, s] = slope[k, s] * w[k + 1] * g[k + 1, s]
            total += h[k - 1, s] * g[k, s]
        dw[k] = total


@compiled
def update(w: Floats, dw: Floats, learning_rate: float) -> bool:
    """Move every weight by -alpha dw in place; False when one of them is no longer finite."""
    finite = True
    for k in range(1, w.size):
        w[k] -= learning_rate * dw[k]
        finite = finite and math.isfinite(w[k])
    return finite


@compiled
def advance(
    w: Floats,
    x: Floats,
    y: Floats,
    activation: int,
    learning_rate: float,
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
) -> tuple[int, int, bool]:
    """Train epochs first to stop-1, moving w in place; return (epochs done, frames written, diverged).

    A frame is written for every epoch that observe_every divides, for epoch `last`, and for the one that diverged: its cost or
    one of its weights is not finite, and no update follows it. out_h and out_g are (frames, samples, layers).
    """
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
        forward(w, x, activation, h, slope)
        cost = cost_of(h, y)
        diverged = not (finite and math.isfinite(cost))
        backward(w, y, h, slope, g, dw)
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
        if diverged:
            return epoch + 1 - first, rows, True
        finite = update(w, dw, learning_rate)
    return stop - first, rows, False
