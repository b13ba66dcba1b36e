"""The panel of factors in words: what each kind of factor takes off the gradient, and the product of all of them. No Qt here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gradviz.core.theory import readable
from gradviz.ui.told.trends import DIGITS, Axis, course, spans

if TYPE_CHECKING:  # Qt comes with it
    from gradviz.runs.moment import Moment
    from gradviz.ui.plots.kinds import Kind
    from gradviz.ui.plots.why import Taken, WhyPanel

Floats = NDArray[np.float64]

#: Less than so many decades are nothing.
NOTHING = 5e-4
#: Layers do alike where they differ by no more than this share; so many others are named as exceptions.
ALIKE, MOST_OTHERS = 0.02, 6


def why(panel: WhyPanel, moment: Moment) -> list[str]:
    """Who takes how much, layer by layer, and the running product from the output back."""
    taken = panel.taken_apart(moment)
    found, symbol = taken.factors, panel.gradient.symbol
    whose = "" if moment.config.wide else f", for {panel.sample_shown(moment)}"
    parts = [f"the factors of {symbol} in decades, stacked layer by layer, at epoch {moment.epoch:,}{whose}"]
    for number, kind in enumerate(taken.kinds[: len(found.parts)]):
        parts.append(_kind(kind, found.layers, found.parts[number], found.zero[number]))
    parts.append(f"below them their running product from the output back, {symbol} itself: {_product(taken)}")
    for ghost, other in panel.behind:
        parts.append(f"behind it, pinned, “{ghost.name}”: {_product(other)}")
    if panel.box.text() and panel.layer is not None:
        parts.append(f"layer {panel.layer:,} is picked out: {'; '.join(panel.box.text().splitlines())}")
    return parts


def _kind(kind: Kind, layers: Floats, parts: Floats, zero: NDArray[np.bool_]) -> str:
    """What one kind of factor takes or adds in all, and in which layer most."""
    there = np.isfinite(parts)
    known, places = parts[there], layers[there]
    silent = f"{kind.words} is exactly 0 in {spans(layers[zero])}" if zero.any() else ""
    if not len(known):
        return silent or f"{kind.words}: no number"
    whole = float(known.sum())
    if float(np.abs(known).max()) < NOTHING:
        said = f"{kind.words}: changes nothing"
    else:
        in_all = f"{_does(whole)} in all" if abs(whole) >= NOTHING else "takes and adds equally much"
        said = f"{kind.words}: {in_all}{_each(places, known)}"
    return f"{said}; elsewhere {silent}" if silent else said


def _each(layers: Floats, parts: Floats) -> str:
    """Whether every layer does alike, or which one does most."""
    if len(parts) < 2:
        return ""
    usual = float(np.median(parts))
    others = np.abs(parts - usual) > ALIKE * max(abs(usual), NOTHING)
    if not others.any():
        return f", {readable(abs(usual), DIGITS)} in every layer"
    if others.sum() <= MOST_OTHERS and others.sum() < len(parts) / 4 and abs(usual) > NOTHING:
        return f", {readable(abs(usual), DIGITS)} in every layer but {spans(layers[others])}"
    most, least = int(np.abs(parts).argmax()), int(np.abs(parts).argmin())
    return f", most of it in layer {layers[most]:,.0f} ({_signed(float(parts[most]))}) and least in layer {layers[least]:,.0f} ({_signed(float(parts[least]))})"


def _does(gained: float) -> str:
    return f"{'takes' if gained < 0.0 else 'adds'} {readable(abs(gained), DIGITS)} decades"


def _signed(decades: float) -> str:
    return readable(decades, DIGITS) if abs(decades) >= NOTHING else "0"


def _product(taken: Taken) -> str:
    total = taken.curves[0]
    there = np.isfinite(total)
    words = course(taken.factors.layers[there][::-1], total[there][::-1], Axis(True)) or "it has no number"
    zero = np.isneginf(total)
    return f"{words}; exactly 0 in {spans(taken.factors.layers[zero])}" if zero.any() else words
