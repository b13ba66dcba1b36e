"""The activations for whole arrays, each as a pair phi and phi': what a wide network applies to all units and samples of a layer at once.

phi' is exact in the tails too: where 1 - h^2 has lost its digits it is worked out from u. `activations` has the same pairs for single numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gradviz.core.config import Config

Array = NDArray[Any]

#: The slope of leaky ReLU below 0, as frameworks have it.
LEAK = 0.01
#: Klambauer et al. 2017, Self-Normalizing Neural Networks: q = 1 is a fixed point of SELU with these.
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
#: Below this slope 1 - h^2 has lost a digit, and phi' is taken from u.
STEEP = 0.1
#: So few numbers are not worth compiling a loop for.
FEW = 20_000


class Pair(NamedTuple):
    """An activation and its slope for whole arrays.

    phi(u, out=None) gives h; slope(u, h=None, out=None) gives phi'(u), and is quicker where h = phi(u) is handed in; from_output(h, out) is what
    frameworks take for it, with what rounding has left, where they have one. `out` is written to and handed back.
    """

    phi: Callable[..., Array]
    slope: Callable[..., Array]
    from_output: Callable[..., Array] | None = None


def _room(u: Array, out: Array | None) -> Array:
    return np.empty_like(u) if out is None else out


# tanh


def _tanh(u: Array, out: Array | None = None) -> Array:
    return np.tanh(u, out=_room(u, out))


def _tanh_slope(u: Array, h: Array | None = None, out: Array | None = None) -> Array:
    slope = _tanh_from_output(np.tanh(u) if h is None else h, out)
    if slope.size and not slope.min() >= STEEP:
        flat = np.nonzero(slope < STEEP)
        e = np.exp(-2.0 * np.abs(u[flat]))
        slope[flat] = 4.0 * e / (1.0 + e) ** 2
    return slope


def _tanh_from_output(h: Array, out: Array | None = None) -> Array:
    slope = np.multiply(h, h, out=_room(h, out))
    return np.subtract(1.0, slope, out=slope)


# sigmoid


def sigmoid(u: Array, out: Array | None = None) -> Array:
    """1 / (1 + exp(-u)), without overflow."""
    e = np.exp(-np.abs(u))
    return np.divide(np.where(u >= 0.0, u.dtype.type(1.0), e), 1.0 + e, out=_room(u, out))


def _sigmoid_slope(u: Array, h: Array | None = None, out: Array | None = None) -> Array:  # noqa: ARG001
    e = np.exp(-np.abs(u))
    return np.divide(e, (1.0 + e) ** 2, out=_room(u, out))


def _sigmoid_from_output(h: Array, out: Array | None = None) -> Array:
    return np.multiply(h, 1.0 - h, out=_room(h, out))


# straight and bent lines


def _identity(u: Array, out: Array | None = None) -> Array:
    h = _room(u, out)
    h[...] = u
    return h


def _identity_slope(u: Array, h: Array | None = None, out: Array | None = None) -> Array:  # noqa: ARG001
    slope = _room(u, out)
    slope.fill(1.0)
    return slope


def _relu(u: Array, out: Array | None = None) -> Array:
    return np.maximum(u, 0.0, out=_room(u, out))


def _relu_slope(u: Array, h: Array | None = None, out: Array | None = None) -> Array:  # noqa: ARG001
    return np.greater(u, 0.0, out=_room(u, out), casting="unsafe")


def _leaky_relu(u: Array, out: Array | None = None) -> Array:
    return np.maximum(u, np.multiply(u, LEAK), out=_room(u, out))


def _leaky_relu_slope(u: Array, h: Array | None = None, out: Array | None = None) -> Array:  # noqa: ARG001
    slope = _room(u, out)
    slope[...] = np.where(u > 0.0, 1.0, LEAK)
    return slope


def _softsign(u: Array, out: Array | None = None) -> Array:
    return np.divide(u, 1.0 + np.abs(u), out=_room(u, out))


def _softsign_slope(u: Array, h: Array | None = None, out: Array | None = None) -> Array:  # noqa: ARG001
    return np.divide(1.0, (1.0 + np.abs(u)) ** 2, out=_room(u, out))


# exponential below 0


def _elu_of(alpha: float, scale: float) -> Pair:
    def phi(u: Array, out: Array | None = None) -> Array:
        h = _room(u, out)
        below = np.expm1(np.minimum(u, 0.0))
        h[...] = np.where(u > 0.0, scale * u, scale * alpha * below)
        return h

    def slope(u: Array, h: Array | None = None, out: Array | None = None) -> Array:  # noqa: ARG001
        found = _room(u, out)
        found[...] = np.where(u > 0.0, scale, scale * alpha * np.exp(np.minimum(u, 0.0)))
        return found

    return Pair(phi, slope)


# smooth hinges


def _gelu(u: Array, out: Array | None = None) -> Array:
    return np.multiply(u, normal_below(u), out=_room(u, out))


def _gelu_slope(u: Array, h: Array | None = None, out: Array | None = None) -> Array:  # noqa: ARG001
    density = np.exp(-0.5 * u * u) / math.sqrt(2.0 * math.pi)
    return np.add(normal_below(u), u * density, out=_room(u, out))


def _silu(u: Array, out: Array | None = None) -> Array:
    return np.multiply(u, sigmoid(u), out=_room(u, out))


def _silu_slope(u: Array, h: Array | None = None, out: Array | None = None) -> Array:  # noqa: ARG001
    above = sigmoid(u)
    return np.multiply(above, 1.0 + u * sigmoid(-u), out=_room(u, out))


def normal_below(u: Array) -> Array:
    """The share of a standard normal that lies below u, erfc(-u / sqrt 2) / 2; exact in both tails."""
    if u.size < FEW:
        return np.array([0.5 * math.erfc(-value / math.sqrt(2.0)) for value in u.ravel().tolist()], u.dtype).reshape(u.shape)
    found = np.empty(u.shape, np.float64)
    _compiled_normal_below()(np.ascontiguousarray(u, np.float64).ravel(), found.ravel())
    return found.astype(u.dtype, copy=False)


@cache
def _compiled_normal_below() -> Callable[[Array, Array], None]:
    from gradviz.core.compiled import compiled  # numba comes with the first wide layer, not with the import

    return compiled(_fill_normal_below)


def _fill_normal_below(u: Array, found: Array) -> None:
    for place in range(u.size):
        found[place] = 0.5 * math.erfc(-u[place] / 1.4142135623730951)


PAIRS: Mapping[str, Pair] = {
    "tanh": Pair(_tanh, _tanh_slope, _tanh_from_output),
    "sigmoid": Pair(sigmoid, _sigmoid_slope, _sigmoid_from_output),
    "relu": Pair(_relu, _relu_slope),
    "identity": Pair(_identity, _identity_slope),
    "softsign": Pair(_softsign, _softsign_slope),
    "leaky_relu": Pair(_leaky_relu, _leaky_relu_slope),
    "elu": _elu_of(1.0, 1.0),
    "selu": _elu_of(SELU_ALPHA, SELU_SCALE),
    "gelu": Pair(_gelu, _gelu_slope),
    "silu": Pair(_silu, _silu_slope),
}


# the way back

Back = Callable[[Array, Array, Array, Array], None]


def back_for(config: Config) -> Back:
    """What fills dC/du from u, phi(u) and dC/dh, all of one shape and in C order: phi'(u) dC/dh, phi' being what the config wants."""
    pair = PAIRS[config.activation]
    if config.derivative == "from_output" and pair.from_output is not None:
        from_output = pair.from_output

        def back(u: Array, h: Array, dh: Array, du: Array) -> None:  # noqa: ARG001
            np.multiply(from_output(h, du), dh, out=du)

    elif config.activation == "tanh":
        kernel = _compiled_tanh_back()

        def back(u: Array, h: Array, dh: Array, du: Array) -> None:
            kernel(u, h, dh, du)

    else:

        def back(u: Array, h: Array, dh: Array, du: Array) -> None:
            np.multiply(pair.slope(u, h, du), dh, out=du)

    return back


@cache
def _compiled_tanh_back() -> Back:
    from gradviz.core.compiled import compiled  # numba comes with the first wide layer, not with the import

    return compiled(_tanh_back)


def _tanh_back(u: Array, h: Array, dh: Array, du: Array) -> None:
    """In one pass what numpy takes five for, and a second one where 1 - h^2 has lost a digit."""
    rows, columns = h.shape
    one, steep = h.dtype.type(1.0), h.dtype.type(STEEP)
    flat = 0
    for row in range(rows):
        for place in range(columns):
            slope = one - h[row, place] * h[row, place]
            flat += slope < steep
            du[row, place] = slope * dh[row, place]
    if flat:
        for row in range(rows):
            for place in range(columns):
                if one - h[row, place] * h[row, place] < steep:
                    e = math.exp(-2.0 * abs(u[row, place]))
                    du[row, place] = 4.0 * e / (1.0 + e) ** 2 * dh[row, place]
