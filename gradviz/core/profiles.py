"""What we look at, layer by layer: which gradient, in which numbers, and how many decades deep."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.formats import FORMATS
from gradviz.core.training import Frames

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.logdomain import LogProfile

Floats = NDArray[np.float64]

#: A stored number counts as lost where it is off the true one by more than this many decades: a quarter more, or less.
LOST = 0.1


class Quantity(NamedTuple):
    """One of the gradients that a person may look at, in words and symbols; `first` is the first layer that has it."""

    name: str
    title: str
    symbol: str
    means: str
    help: str
    first: int
    by_sample: bool


GRADIENTS = {
    quantity.name: quantity
    for quantity in (
        Quantity("du", "Gradients", "g", "∂C/∂u", "how much the cost changes with each layer's pre-activation u: the notebook's g", 1, True),
        Quantity("dh", "Activation gradients", "∂C/∂h", "", "how much the cost changes with each layer's activation h: the signal that passes back", 0, True),
        Quantity("dw", "Weight gradients", "dw", "∂C/∂w", "how much the cost changes with each weight: what learning is made of", 1, False),
        Quantity("ratio", "Update / weight", "α dw/w", "", "how much of itself each weight moves in one update; about 10⁻³ is healthy", 1, False),
        Quantity("end", "End to end", "∂h[L]/∂h[k]", "", "how much the output changes with each activation: the product of all factors between", 0, True),
    )
}

#: Those of a wide network, each layer by statistics over its units. ∂h[L]/∂h[k] is a matrix there for every layer, and not among them.
WIDE_GRADIENTS = {
    quantity.name: quantity
    for quantity in (
        Quantity("du", "Gradients", "g", "∂C/∂u", "how much the cost changes with each unit's pre-activation u", 1, False),
        Quantity("dh", "Activation gradients", "∂C/∂h", "", "how much the cost changes with each unit's activation h: the signal that passes back", 0, False),
        Quantity("dw", "Weight gradients", "dw", "∂C/∂w", "how much the cost changes with each weight: what learning is made of", 1, False),
        Quantity(
            *("ratio", "Update / weight", "‖Δw‖/‖w‖", ""),
            *("how far the epoch's first update moves a layer's weights, as a share of their own norm; about 10⁻³ is healthy", 1, False),
        ),
    )
}
#: The column of a wide network's frames that holds the gradient of that name.
WIDE_COLUMNS = {"du": "g", "dh": "dh", "dw": "dw", "ratio": "ratio"}


def decades(values: Floats) -> Floats:
    """log10|value|: how many decades above or below 1; -inf for exact zero, +inf for infinity, NaN for NaN.

    np.log10 is exact to an ulp for subnormals too, so 1e-320 is at -320 and not lost.
    """
    with np.errstate(divide="ignore"):
        found: Floats = np.log10(np.abs(values))
    return found


def stored(name: str, config: Config, frame: Frames) -> Floats:
    """The gradient of that name as the number format holds it, of the newest of the frames: (samples or 1, layers); unused layers are 0.

    config is the one of that epoch, with what was turned until then.
    """
    g: Floats = frame.g[-1]
    dw, w = frame.dw[-1], frame.w[-1]
    if name == "du":
        return g
    if name == "dw":
        return np.array(dw, ndmin=2)
    from gradviz.core import chain  # numba comes with the first frame, not with the import

    rules = chain.Rules.of(config)
    if name == "ratio":
        rate, clip_at = map(float, chain.in_format(rules.number_format, [config.learning_rate, config.clip_at]))
        clipped = dw.copy()
        with np.errstate(all="ignore"):
            chain.clip(clipped, chain.CLIPPINGS.index(config.clipping), clip_at, rules.number_format)
            update = chain.in_format(rules.number_format, rate * clipped)
            ratio = chain.in_format(rules.number_format, update / w)
        ratio[0] = 0.0
        return np.array(ratio, ndmin=2)
    dh: Floats = np.empty_like(g)
    end: Floats = np.empty_like(g)
    with np.errstate(all="ignore"):
        chain.backward_signals(w, chain.in_format(rules.number_format, config.targets), frame.h[-1], g, rules, dh, end)
    return dh if name == "dh" else end


def true_decades(name: str, profile: LogProfile, config: Config) -> Floats:
    """log10 of the absolute value that the gradient of that name truly has: (samples or 1, layers); -inf for an exact zero."""
    found: Floats = getattr(profile, "dw" if name == "ratio" else name).decades
    if name == "ratio":
        found = _clipped(found, config) + np.log10(config.learning_rate) - np.where(np.isfinite(found), profile.weights.decades, 0.0)
    return np.array(found, ndmin=2)


def _clipped(true: Floats, config: Config) -> Floats:
    """The decades (layers,) of a gradient that is clipped as the config says: by its norm, or each number."""
    limit = np.log10(config.clip_at)
    if config.clipping == "value":
        return np.minimum(true, limit)
    greatest = float(np.max(true, initial=-np.inf, where=~np.isnan(true)))
    if config.clipping == "none" or not np.isfinite(greatest):
        return true
    norm = greatest + 0.5 * np.log10(np.nansum(10.0 ** (2.0 * (true - greatest))))
    found: Floats = true - max(0.0, float(norm - limit))
    return found


def lost(stored_decades: Floats, true: Floats) -> NDArray[np.bool_]:
    """Where the stored number does not say what the true one is: zero, infinite, or off by more than LOST decades."""
    known = ~np.isnan(true)
    same = stored_decades == true  # zero as well as it should be
    with np.errstate(invalid="ignore"):
        near = np.abs(stored_decades - true) <= LOST
    wrong: NDArray[np.bool_] = known & ~same & ~near
    return wrong


def subnormal(values: Floats, config: Config) -> NDArray[np.bool_]:
    """Where a number is below the format's normal ones, but not 0: it has lost digits."""
    size = np.abs(values)
    found: NDArray[np.bool_] = (size > 0) & (size < FORMATS[config.number_format].smallest_normal)
    return found
