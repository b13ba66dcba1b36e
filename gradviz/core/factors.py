"""Why a gradient vanishes: the decades that each layer takes off it or adds to it, and which factor does it.

    g[k]  = phi'(u[k]) w[k+1] g[k+1],   g[L] = (h[L] - y)/m phi'(u[L])
    dw[k] = h[k-1] g[k]

In decades, products are sums: the parts of a layer stack up, and their running sums from the output back are the gradient itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.profiles import decades
from gradviz.core.training import Frames

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.logdomain import LogProfile

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Of = Literal["du", "dw"]

SATURATION, WEIGHTS, SIGNAL = range(3)


class Factors(NamedTuple):
    """One sample's gradient taken apart, in decades; n = l - 1 layers, 2 kinds of factor for du, 3 for dw, in the order saturation, weights, signal.

    layers (n,) are 1 to l - 1. parts (kinds, n) are what each layer adds, on the way back, to log10 of the gradient of the layer after it:
    log10|phi'(u[k])|, log10|w[k+1]| (0 for the last layer, which has no weight after it) and log10|h[k-1] / h[k]|. zero (kinds, n) says where a
    factor is exactly 0, and the part therefore not finite. sums (kinds, n) are the running sums of each kind from the output back; the signal's
    is log10|h[k-1]| itself. total (n,) = sums + log10|(h[L] - y)/m|, which is log10|g[k]|, or log10|h[k-1] g[k]|.
    """

    layers: Floats
    parts: Floats
    zero: Mask
    sums: Floats
    total: Floats

    @property
    def steps(self) -> Floats:
        """What each layer adds in all, (n,): the sum of its parts."""
        with np.errstate(invalid="ignore"):  # 0 times infinity is NaN, and is to be seen as one
            found: Floats = self.parts.sum(axis=0)
        return found


def factors(profile: LogProfile, sample: int, of: Of) -> Factors:
    """The factors of one sample's dC/du, or of its share of dC/dw, layer by layer."""
    slope, h = profile.slope[sample, 1:], profile.h.decades[sample]
    weights = np.append(profile.weights.decades[2:], 0.0)
    error = profile.dh.decades[sample, -1]
    with np.errstate(invalid="ignore"):
        kinds = [slope, weights, h[:-1] - h[1:]][: 3 if of == "dw" else 2]
        sums = [*(_from_the_output_back(part) for part in kinds[:SIGNAL]), h[:-1]][: len(kinds)]
        total = error + np.sum(sums, axis=0)
    silent = np.isneginf(h)
    zero = np.array([np.isneginf(slope), np.isneginf(weights), silent[:-1] | silent[1:]][: len(kinds)])
    return Factors(np.arange(1.0, len(h)), np.array(kinds), zero, np.array(sums), total)


def stored_decades(config: Config, frame: Frames, sample: int, of: Of) -> Floats:
    """What the number format holds of Factors.total, (n,): log10 of the newest frame's |g[k]|, or of |h[k-1] g[k]| as the format multiplies it."""
    g = frame.g[-1, sample, 1:]
    if of == "du":
        return decades(g)
    from gradviz.core import chain  # numba comes with the first frame, not with the import

    with np.errstate(all="ignore"):
        return decades(chain.in_format(chain.Rules.of(config).number_format, frame.h[-1, sample, :-1] * g))


def _from_the_output_back(parts: Floats) -> Floats:
    """At each layer, the sum of what stands from there to the output."""
    found: Floats = np.cumsum(parts[::-1])[::-1]
    return found
