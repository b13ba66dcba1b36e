"""Where the layers work: the pre-activations that the panel of phi shows as dots, and the slope of phi there. No Qt here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.frames import STATISTICS, WideFrames
from gradviz.core.profiles import decades
from gradviz.runs.moment import Moment
from gradviz.ui.plots.panel import sample_labels

Floats = NDArray[np.float64]

#: What stands for all pre-activations of a wide layer, and what it is called.
PERCENTILES = {STATISTICS.index("p5"): "5th percentile", STATISTICS.index("p50"): "median", STATISTICS.index("p95"): "95th percentile"}
RMS = STATISTICS.index("rms")


class Points(NamedTuple):
    """Pre-activations u (dots, layers) from layer 1 on with log10 |phi'(u)| and its sign, what each row is called, and a remark on what is shown of them."""

    u: Floats
    slope: Floats
    sign: Floats
    names: Sequence[str]
    note: str


def points_of(moment: Moment) -> Points:
    """The dots of a moment: of a chain a row for each sample, of a wide network one for each of PERCENTILES."""
    if isinstance(moment.frame, WideFrames):
        return _spread(moment, moment.frame)
    shown, samples, _ = sample_labels(moment.config)
    count = len(moment.config.inputs)
    note = f"{len(shown)} of {count:,} samples" if len(shown) < count else ""
    profile = moment.profile
    return Points(profile.u[shown, 1:], profile.slope[shown, 1:], profile.slope_sign[shown, 1:], samples, note)


def _spread(moment: Moment, frame: WideFrames) -> Points:
    """The layers that have an activation; where the percentiles were not worked out, the root mean square on both sides of 0."""
    config = moment.config
    profile = frame.u[-1, :, 1 : config.layers - config.linear_output]
    u, names, note = profile[list(PERCENTILES)], list(PERCENTILES.values()), "5 %, 50 %, 95 % of u"
    if np.isnan(u).all():
        u, names, note = np.array([-profile[RMS], profile[RMS]]), ["−RMS", "+RMS"], "±RMS of u"
    return Points(u, *slopes(config.activation, u), names, note)


def slopes(activation: str, u: Floats) -> tuple[Floats, Floats]:
    """log10 |phi'(u)|, exact where phi'(u) itself would be 0 in float64, and the sign, which is -1 where gelu or silu falls."""
    from gradviz.core import activations  # numba comes with the first frame, not with the import

    number = activations.NAMES.index(activation)
    pairs = list(zip(decades(u).ravel().tolist(), (u < 0.0).ravel().tolist(), strict=True))
    sizes = np.array([activations.phi_prime_decades(number, *pair) for pair in pairs]).reshape(u.shape)
    falling = np.array([activations.falls(number, *pair) for pair in pairs], np.bool_).reshape(u.shape)
    return np.where(np.isnan(u), np.nan, sizes), np.where(falling, -1.0, 1.0)
