"""The panel of factors in words: what each kind of factor takes off the gradient, and the product of all of them. No Qt here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gradviz.core.factors import SATURATION
from gradviz.core.sentences import count
from gradviz.core.theory import readable, span
from gradviz.core.wide_evidence import hidden_span
from gradviz.ui.told.trends import DIGITS, Axis, course, spans

if TYPE_CHECKING:  # Qt comes with it
    from gradviz.core.config import Config
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
        parts.append(_kind(kind, found.layers, found.parts[number], found.zero[number], _counted(moment.config, number, found.layers)))
    parts.append(f"below them their running product from the output back, {symbol} itself: {_product(taken)}")
    for ghost, other in panel.behind:
        parts.append(f"behind it, pinned, “{ghost.name}”: {_product(other)}")
    if panel.box.text() and panel.layer is not None:
        parts.append(f"layer {panel.layer:,} is picked out: {'; '.join(panel.box.text().splitlines())}")
    return parts


def _kind(kind: Kind, layers: Floats, parts: Floats, zero: NDArray[np.bool_], counted: NDArray[np.bool_]) -> str:
    """What one kind of factor takes or adds in all, and in which layer most."""
    there = np.isfinite(parts)
    known, places = parts[there], layers[there]
    silent = f"{kind.words} is exactly 0 in {spans(layers[zero])}" if zero.any() else ""
    if not len(known):
        return silent or f"{kind.words}: no number"
    changes = float(np.abs(known).max()) >= NOTHING
    said = f"{kind.words}: {_in_all(places, known, counted[there])}{_each(places, known)}" if changes else f"{kind.words}: changes nothing"
    return f"{said}; elsewhere {silent}" if silent else said


def _counted(config: Config, kind: int, layers: Floats) -> NDArray[np.bool_]:
    """Which layers' factors the verdict counts, whose way ends at layer 1's h, and of a wide network is between hidden layers alone."""
    if config.wide:
        first, last = hidden_span(config.layers)
        return (layers > first) & (layers <= (last if last > first else config.layers - 1))
    return (layers > span(config.layers)[0]) | (kind != SATURATION)  # the weights of a layer here are those of the next one


def _in_all(layers: Floats, parts: Floats, counted: NDArray[np.bool_]) -> str:
    """What all layers do together; those that the verdict leaves out by themselves, so that both have the same numbers."""
    own, other = float(parts[counted].sum()), float(parts[~counted].sum())
    if not counted.any() or abs(other) < NOTHING:
        return f"{_does(own + other)} in all"
    alike = abs(own) >= NOTHING and (own < 0.0) == (other < 0.0)
    return f"{_does(own)} in {spans(layers[counted])} and {count(abs(other)) if alike else _does(other)} in {spans(layers[~counted])}"


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
    if abs(gained) < NOTHING:
        return "takes and adds equally much"
    return f"{'takes' if gained < 0.0 else 'adds'} {count(abs(gained))} decades"


def _signed(decades: float) -> str:
    return readable(decades, DIGITS) if abs(decades) >= NOTHING else "0"


def _product(taken: Taken) -> str:
    total = taken.curves[0]
    there = np.isfinite(total)
    words = course(taken.factors.layers[there][::-1], total[there][::-1], Axis(True)) or "it has no number"
    zero = np.isneginf(total)
    return f"{words}; exactly 0 in {spans(taken.factors.layers[zero])}" if zero.any() else words
