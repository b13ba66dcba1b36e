"""A layer's equation with its numbers, as a book prints them: what a gradient gets from the layer after it. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gradviz.core.factors import Of, factors
from gradviz.core.words import scientific
from gradviz.ui.plots.kinds import KINDS
from gradviz.ui.plots.scales import signs

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.logdomain import LogProfile, Signed


def number(sign: float, decades: float) -> str:
    """A number given by sign and decades in two or three digits; a round one, such as a weight of 5, in fewer."""
    if not math.isfinite(decades) or sign == 0 or not -2.0 <= decades < 2.99:
        return scientific(sign, decades, 2)
    value = sign * 10.0**decades
    short = f"{value:.3g}"
    return signs(short if math.isclose(float(short), value, rel_tol=1e-12) else f"{value:#.3g}".rstrip("."))


def in_decades(value: float) -> str:
    """Decades without their sign: two places, and two digits where there would be none left."""
    size = abs(value)
    if size >= 0.095 or not math.isfinite(size):
        return signs(f"{size:.2f}")
    if size >= 1e-4:
        return f"{size:.2g}"
    return scientific(1.0, math.log10(size), 2) if size > 0 else "0"


class Term(NamedTuple):
    """A factor in an equation: its name, and its value by sign and decades."""

    name: str
    sign: float
    decades: float

    @property
    def zero(self) -> bool:
        return self.decades == -math.inf


def equation(profile: LogProfile, sample: int, layer: int, of: Of, share: str = "") -> str:
    """One layer's equation, with its numbers, and in decades; a line each. `share` says whose share of the gradient it is, if it is not all of it."""
    last = profile.slope.shape[1] - 1
    terms = _terms(profile, sample, layer, of)
    sign, size = math.prod(term.sign for term in terms), sum(term.decades for term in terms)
    texts = [number(term.sign, term.decades) for term in terms]
    product = " · ".join([texts[0], *(f"({text})" if text.startswith("−") else text for text in texts[1:])])
    lines = [f"{share}{of.replace('du', 'g')}[{layer}] = {' · '.join(term.name for term in terms)}", f"{number(sign, size)} = {product}"]
    zeros = [term.name for term in terms if term.zero]
    if zeros:
        return "\n".join([*lines, f"{' and '.join(zeros)} {'is' if len(zeros) == 1 else 'are'} exactly 0"])
    sizes = [term.decades for term in terms]
    step = of == "du" and layer < last
    lines.append(f"in decades: {signed_sum(sizes[:-1] if step else sizes)}")
    if of == "dw" and layer < last:
        parts = factors(profile, sample, of).parts[:, layer - 1]
        lines.append(f"against {'its share of ' if share else ''}dw[{layer + 1}]: {signed_sum(parts, [f' ({kind.symbol})' for kind in KINDS])}")
    return "\n".join(lines)


def _terms(profile: LogProfile, sample: int, layer: int, of: Of) -> list[Term]:
    last = profile.slope.shape[1] - 1

    def of_sample(name: str, numbers: Signed, k: int) -> Term:
        return Term(name, float(numbers.sign[sample, k]), float(numbers.decades[sample, k]))

    if of == "dw":
        return [of_sample(f"h[{layer - 1}]", profile.h, layer - 1), of_sample(f"g[{layer}]", profile.du, layer)]
    slope = Term(f"φ′(u[{layer}])", float(profile.slope_sign[sample, layer]), float(profile.slope[sample, layer]))
    if layer == last:
        return [of_sample(f"(h[{last}] − y)/m", profile.dh, last), slope]
    weight = Term(f"w[{layer + 1}]", float(profile.weights.sign[layer + 1]), float(profile.weights.decades[layer + 1]))
    return [slope, weight, of_sample(f"g[{layer + 1}]", profile.du, layer + 1)]


def signed_sum(values: Iterable[float], names: Sequence[str] = ()) -> str:
    """Decades added up, such as `−3.74 + 0.70 = −3.04`; each with its name behind it, if it has one."""
    values = [float(value) for value in values]
    text = ""
    for place, value in enumerate(values):
        sign = ("−" if value < 0 else "+") if text else ("−" if value < 0 else "")
        text += (f" {sign} " if text else sign) + in_decades(value) + (names[place] if names else "")
    total = math.fsum(values)
    return f"{text} = {'−' if total < 0 else ''}{in_decades(total)}"
