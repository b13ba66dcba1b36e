"""A wide network's gradient taken apart on its way back: what each layer takes off its norm or adds to it, as it was measured. No Qt here.

    dC/dh[k-1] = W[k]^T N'[k] (phi'(u[k]) dC/dh[k])  +  dC/dh[k] where a skip goes around the layer

Norms do not multiply as numbers do: each part is the quotient of the norms after and before its step, over all units and the batch's samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.factors import Factors
from gradviz.core.frames import NORMS, WideFrames
from gradviz.core.profiles import decades
from gradviz.core.wide_evidence import back_parts
from gradviz.ui.plots.equations import number, signed_sum
from gradviz.ui.plots.kinds import WIDE_KINDS, Kind

Floats = NDArray[np.float64]

SATURATION, NORMALIZATION, WEIGHTS, SKIP = range(len(WIDE_KINDS))
#: What is taken apart.
SYMBOL = "‖∂C/∂h[k−1]‖"


class WayBack(NamedTuple):
    """What one frame's gradient went through; the kinds are those that the network has."""

    kinds: Sequence[Kind]
    factors: Factors
    #: The norm of dC/dh, (l,), in decades; the gradient that layer k passes back is at k - 1.
    norms: Floats

    @property
    def curves(self) -> Floats:
        """The running products that mean something, in decades: in all, and where no skip goes around layers each kind's alone."""
        total = self.factors.total[None, :]
        return total if WIDE_KINDS[SKIP] in self.kinds else np.vstack([total, self.factors.sums])


def kinds_of(config: Config) -> list[int]:
    """Which of WIDE_KINDS a network has."""
    there = {NORMALIZATION: config.normalization != "none", SKIP: config.residual != "none"}
    return [number for number in range(len(WIDE_KINDS)) if there.get(number, True)]


def way_back(config: Config, frame: WideFrames) -> WayBack:
    """The newest frame's gradient taken apart, layer by layer."""
    chosen = kinds_of(config)
    norms = frame.norms[-1]
    steps = np.vstack([norms, np.concatenate([[0.0], norms[NORMS.index("dh"), :-1]])])
    zero = (steps[1:] == 0.0) & (steps[:-1] > 0.0)
    parts = back_parts(frame)[chosen, 1:]
    with np.errstate(invalid="ignore"):
        sums = np.cumsum(parts[:, ::-1], axis=1)[:, ::-1]
    sizes = decades(norms[NORMS.index("dh")])
    found = Factors(np.arange(1.0, config.layers), parts, zero[chosen, 1:], sums, sizes[:-1])
    return WayBack([WIDE_KINDS[kind] for kind in chosen], found, sizes)


def equation(config: Config, found: WayBack, layer: int) -> str:
    """What a layer passes back, with its numbers, and in decades; a line each."""
    parts, zero = found.factors.parts[:, layer - 1], found.factors.zero[:, layer - 1]
    after, before = float(found.norms[layer]), float(found.norms[layer - 1])
    named = [(WIDE_KINDS[kind].symbol, float(part)) for kind, part in zip(kinds_of(config), parts, strict=True) if _acts(config, kind, layer)]
    product = [f"{number(1.0, part)} ({symbol})" for symbol, part in named] + [number(1.0, after)]
    silent = [kind.zero for kind, is_zero in zip(found.kinds, zero, strict=True) if is_zero]
    lines = [f"‖∂C/∂h[{layer - 1}]‖ = ‖{_back_through(config, layer)}‖"]
    if silent:
        around = ": only the skip passes something on" if np.isfinite(before) else ""
        return "\n".join([*lines, f"{number(1.0, before)}, of {number(1.0, after)} in layer {layer}", f"{' and '.join(silent)}, exactly{around}"])
    decades_each = signed_sum([part for _, part in named], [f" ({symbol})" for symbol, _ in named])
    return "\n".join([*lines, f"{number(1.0, before)} = {' · '.join(product)}", f"in decades: {decades_each}"])


def _acts(config: Config, kind: int, layer: int) -> bool:
    """Whether this layer has such a part: the first and the last one differ from those between."""
    last = config.layers - 1
    there = {
        SATURATION: layer < last or not config.linear_output,
        NORMALIZATION: config.normalization != "none" and layer < last,
        SKIP: config.residual != "none" and 1 < layer < last,
    }
    return there.get(kind, True)


def _back_through(config: Config, layer: int) -> str:
    """The gradient that a layer passes back, in symbols."""
    text = gradient = f"∂C/∂h[{layer}]"
    skips = _acts(config, SKIP, layer)
    if _acts(config, SATURATION, layer):
        branch = f"a[{layer}] " * (skips and config.residual != "plain")
        text = f"({branch}φ′(u[{layer}]) {gradient})"
    if _acts(config, NORMALIZATION, layer):
        text = f"N′[{layer}] {text}"
    return f"W[{layer}]ᵀ {text}" + f" + {gradient}" * skips
