"""The proof: backpropagation's dC/dw of every layer against finite differences of the cost, however deep the gradient lies.

    dC/dw[k] = (C(w[k] + d) - C(w[k] - d)) / 2d + O(d^2)                   central difference

Two costs in float64 cannot show a gradient of 1e-301: they are equal in all their digits. There the *difference itself* travels through the layers, as a
sign and a log10, by identities that subtract nothing and so lose no digit. With a = u+ and b = u-, the pre-activations at w + d and w - d:

    tanh a - tanh b = sinh(a - b) / (cosh a cosh b)                        and so on: gradviz.core.phi_differences has every activation's
    C+ - C- = 1/(2m) sum over samples (h+ - h-)(h+ + h- - 2y)

with h+ + h- - 2y = 2(h - y) + (h+ - h) - (h - h-), where h - y is what float64 makes of it: in a trained network its rounding is all that is left of it,
and says nothing about the derivative. No derivative is used, save in the bounds on rounding.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.core import chain
from gradviz.core.activations import FROM_OUTPUT, LN10, NAMES
from gradviz.core.config import Config
from gradviz.core.differences import EPSILON, HIDDEN, Network, log_domain_difference, plain_difference
from gradviz.core.logdomain import log_profile
from gradviz.core.training import Ending
from gradviz.core.words import scientific

Floats = NDArray[np.float64]

#: Backpropagation and finite difference may differ by this much of themselves, and by what rounding can do to either.
TOLERANCE = 1e-6
#: The plain difference counts where its own error, rounding and step together, is below this; else the log domain takes over.
RESOLVED = 1e-7
PLAIN, LOG_DOMAIN, KINK, NOISE = "plain", "log domain", "not differentiable here", "hidden by rounding"
#: How a wide network's differences are found where two costs cannot show them, and what is said of either way.
CARRIED = "carried"
NEEDED = {LOG_DOMAIN: "the log domain was needed", CARRIED: "the difference itself was carried through the layers"}
#: Activations that have a kink at u = 0, as people call them.
KINKED = {"relu": "ReLU", "leaky_relu": "leaky ReLU", "selu": "SELU"}
#: A deeper network is checked at so many layers, or fewer where that would take long.
MOST_LAYERS, LEAST_LAYERS, MOST_WORK = 300, 8, 4_000_000
#: One block has at most so many rows, and takes about this many layer-samples' time (some 50 ms).
BLOCK_ROWS, BLOCK_WORK = 25, 100_000


class Row(NamedTuple):
    """One layer of the table: dC/dw[k] by backpropagation and by finite difference, each as sign and log10 of the absolute value.

    `stored` is what the training's own arithmetic makes of it; `relative` their difference as a part of the greater of the two; `allowed` how much that may be.
    """

    layer: int
    sign: float
    decades: float
    stored: float
    finite_sign: float
    finite_decades: float
    relative: float
    allowed: float
    method: str

    @property
    def compared(self) -> bool:
        return self.method not in (KINK, NOISE)

    @property
    def agrees(self) -> bool:
        return not self.compared or self.relative == 0.0 or self.relative <= self.allowed


class Rows(msgspec.Struct, frozen=True):
    """Some rows of the table, in the order of the layers, and how many there will be; the last ones carry the ending."""

    rows: tuple[Row, ...]
    total: int
    ending: Ending | None = None

    def __len__(self) -> int:
        return len(self.rows)


def check(config: Config, w: Floats, stored_dw: Floats | None = None) -> Generator[Rows, object, None]:
    """Check the gradient of a network with these weights, shape (layers,), layer by layer; hands out the table in blocks, the last one with an ending.

    stored_dw (layers,) is what the training made of it; where it is not given, one pass in the config's arithmetic makes it. Networks of more than
    300 layers are checked at evenly spaced layers, the first and the last among them. Weights that are not finite end it at once, without rows.
    """
    w = np.array(w, np.float64)
    broken = np.flatnonzero(~np.isfinite(w))
    if broken.size:
        yield Rows((), 0, Ending("diverged", f"The weight of layer {broken[0]:,} is {w[broken[0]]}: the training has diverged."))
        return
    with np.errstate(all="ignore"):
        network = Network.of(config, w)
        dw = log_profile(config, w).dw
        stored = _stored(config, w) if stored_dw is None else stored_dw
    layers = _checked_layers(config)
    size = max(1, min(BLOCK_ROWS, BLOCK_WORK // (config.layers * len(config.inputs))))
    for start in range(0, len(layers), size):
        block = []
        for k in layers[start : start + size]:
            with np.errstate(all="ignore"):
                block.append(_row(network, int(k), float(dw.sign[k]), float(dw.decades[k]), float(stored[k])))
        ending = Ending("done", f"{len(layers):,} layers checked.") if start + size >= len(layers) else None
        yield Rows(tuple(block), len(layers), ending)


def _checked_layers(config: Config) -> NDArray[np.int64]:
    """Every layer that has a weight, or evenly spaced ones of a deep network."""
    last = config.layers - 1
    if last <= MOST_LAYERS:
        return np.arange(1, last + 1)
    count = min(MOST_LAYERS, max(LEAST_LAYERS, MOST_WORK // (config.layers * len(config.inputs))))
    return np.unique(np.linspace(1, last, count).round().astype(np.int64))


def _stored(config: Config, w: Floats) -> Floats:
    """dC/dw (layers,) as a training in the config's number format, with its derivative, has it."""
    rules = chain.Rules.of(config)
    weights, x, y = (chain.in_format(rules.number_format, values) for values in (w, config.inputs, config.targets))
    h, slope, g = (np.zeros((len(w), len(x))) for _ in range(3))
    dw = np.zeros(len(w))
    chain.forward(weights, x, rules, h, slope)
    chain.backward(weights, y, h, slope, rules.number_format, g, dw)
    return dw


def _row(network: Network, k: int, sign: float, decades: float, stored: float) -> Row:
    """Plain where the plain difference can say it, in the log domain where it cannot."""
    finite_sign, finite, error, noise = log_domain_difference(k, network)
    difference, plain_error = plain_difference(k, network)
    method = LOG_DOMAIN
    if difference != 0.0 and plain_error <= RESOLVED * abs(difference):
        method, error = PLAIN, plain_error / abs(difference)
        finite_sign, finite = math.copysign(1.0, difference), math.log10(abs(difference))
    if NAMES[network.activation] in KINKED and network.w[k] == 0.0 and finite_sign != 0.0:
        method = KINK
    relative = _relative(sign, decades, finite_sign, finite)
    allowed = TOLERANCE + error + noise + EPSILON * 6.0 * len(network.w) * (0.0 if math.isinf(finite) else abs(finite))
    if (sign, finite_sign) != (0.0, 0.0) and method != KINK and not allowed <= HIDDEN:
        method = NOISE
    return Row(k, sign, decades, stored, finite_sign, finite, relative, allowed, method)


def _relative(sign: float, size: float, other_sign: float, other: float) -> float:
    """|a - b| / max(|a|, |b|) of two numbers given by sign and decades: 0 to 2, NaN where one is NaN."""
    if sign == other_sign == 0.0 or (sign, size) == (other_sign, other):
        return 0.0
    if sign * other_sign == 0.0:
        return 1.0
    less = -abs(size - other) * LN10
    return -math.expm1(less) if sign == other_sign else 1.0 + math.exp(less)


class Conclusion(NamedTuple):
    """Whether backpropagation and finite differences agree: in a word, and in sentences."""

    ok: bool
    word: str
    sentence: str


def conclusion(rows: Sequence[Row], config: Config) -> Conclusion:
    """What the whole table says; ok is about exact backpropagation, the last sentence about what the training's own arithmetic made of it."""
    compared = [row for row in rows if row.compared]
    wrong = [row for row in rows if not row.agrees]
    if not rows:
        what = "numbers" if config.wide else "weights"
        return Conclusion(False, "Not checked", f"There is nothing to check: not all {what} are finite, the training has diverged.")
    sentences = [_disagreement(wrong, rows) if wrong else _agreement(compared, rows, config)]
    kinks, hidden = ([row for row in rows if row.method == method] for method in (KINK, NOISE))
    if kinks:
        kink = f"u is exactly 0, the kink of {KINKED[config.activation]}: the cost is not differentiable there"
        sentences.append(f"At {layers_in_words(kinks, rows)} {kink}, and nothing was compared.")
    if hidden:
        sentences.append(
            f"At {layers_in_words(hidden, rows)} nothing can be proved: float64's rounding is as large as the gradient itself, or nearly so, "
            "as it is where the outputs are already on their targets."
        )
    if config.wide:
        tied = "; the first of the tied layers stands for all" if config.tied_weights == "on" else ""
        sentences.append(f"Of each layer a few numbers were compared, chosen at random{tied}.")
    if not wrong:  # what was lost is measured by what was proved
        sentences.append(stored_in_words(rows, config))
    word = "Disagrees" if wrong else ("Agrees" if compared else "Not checked")
    return Conclusion(word == "Agrees", word, " ".join(filter(None, sentences)))


def _agreement(compared: list[Row], rows: Sequence[Row], config: Config) -> str:
    if not compared:
        return ""
    worst = max(row.relative for row in compared)
    exactly = f"to {scientific(1.0, _rounded_up(worst), 1)} or better" if worst else "in every digit"
    if len(compared) == 1:
        words = f"The weight gradient of layer {compared[0].layer:,} agrees with the finite difference {exactly}"
    else:
        all_are_there = len(rows) == config.layers - 1 or config.tied_weights == "on"
        spaced = "" if all_are_there else f" at evenly spaced layers, of {config.layers - 1:,},"
        words = f"{'All ' if len(compared) == len(rows) else ''}{len(compared):,} weight gradients{spaced} agree with finite differences {exactly}"
    deep = [row for row in compared if row.method in NEEDED and row.finite_sign]
    if deep:
        far = max(deep, key=lambda row: abs(row.finite_decades))
        some = f"{len(deep):,} of them cannot" if len(deep) > 1 else "one of them cannot"
        some = some if len(deep) < len(compared) else ("none of them can" if len(compared) > 1 else "it cannot")
        reach = f"{'up' if far.finite_decades > 0.0 else 'down'} to {scientific(1.0, far.finite_decades, 1)}"
        words += f"; {some} be read off costs in float64, so that {NEEDED[far.method]}, {reach} at layer {far.layer:,}"
    zero = [row for row in compared if not row.finite_sign]
    return words + (f"; both are exactly 0 for {layers_in_words(zero, rows)}." if zero else ".")


def _rounded_up(value: float) -> float:
    """log10 of a value rounded up to one digit."""
    exponent = math.floor(math.log10(value))
    return math.log10(math.ceil(value / 10.0**exponent)) + exponent


def _disagreement(wrong: list[Row], rows: Sequence[Row]) -> str:
    worst = max(wrong, key=lambda row: math.inf if math.isnan(row.relative) else row.relative)
    exact, finite = scientific(worst.sign, worst.decades), scientific(worst.finite_sign, worst.finite_decades)
    return (
        f"{len(wrong):,} of {sum(row.compared for row in rows):,} weight gradients {'do' if len(wrong) > 1 else 'does'} not agree with finite differences: "
        f"{layers_in_words(wrong, rows)}. At layer {worst.layer:,} backpropagation says {exact} and the finite difference {finite}. "
        "This is a fault of GradViz, not of your network: do not trust these numbers, and please report them with the config."
    )


def stored_in_words(rows: Sequence[Row], config: Config) -> str:
    """What the number format and the derivative have made of the true gradients; empty where float64 holds them all."""
    from_output = config.derivative == "from_output" and config.activation in FROM_OUTPUT
    usual = config.number_format == "float64" and not from_output
    name = config.number_format + (" with φ′ from the output" if from_output else "")
    true = [row for row in rows if row.sign]
    zero = [row for row in true if row.stored == 0.0]
    broken = [row for row in true if not math.isfinite(row.stored)]
    kept = [row for row in true if row.stored != 0.0 and math.isfinite(row.stored)]
    parts = [f"holds {what} for {layers_in_words(some, rows)}" for what, some in (("exactly 0", zero), ("no finite number", broken)) if some]
    if kept:
        worst = max(map(_off, kept))
        if worst > (0.01 if usual else 0.0):
            parts.append(f"is off by up to {_part(worst)}{' elsewhere' if parts else ''}")
    return f"{name} {', and '.join(parts)}." if parts else ""


def _off(row: Row) -> float:
    """How far the stored value is off the true one, as a part of that."""
    exponent = (math.log10(abs(row.stored)) - row.decades) * LN10
    return abs(math.copysign(math.exp(min(exponent, 700.0)), row.stored * row.sign) - 1.0)


def _part(value: float) -> str:
    """A relative error in words."""
    if value >= 10.0:
        return f"a factor of {scientific(1.0, math.log10(value), 2)}"
    if value >= 0.001:
        return f"{100.0 * value:.0f}%" if value >= 0.1 else f"{100.0 * value:.2g}%"
    return f"{scientific(1.0, math.log10(value), 1)} of itself"


def layers_in_words(some: Sequence[Row], rows: Sequence[Row]) -> str:
    """Some of the rows as a person lists layers: "layer 3", "layers 1 to 83", "layers 1, 4 to 9 and 12", or how many where the list is long.

    Where rows stand only for some of the layers, "the checked layers": of those between nothing is known.
    """
    layers, chosen = [row.layer for row in rows], {row.layer for row in some}
    checked = "checked layers" if len(layers) < layers[-1] - layers[0] + 1 else "layers"
    places = [place for place, layer in enumerate(layers) if layer in chosen]
    starts = [place for place in places if place - 1 not in places]
    ends = [place for place in places if place + 1 not in places]
    if len(places) == 1:
        return f"layer {layers[places[0]]:,}"
    if len(starts) > 4:
        return f"{len(places):,} {checked} from {layers[places[0]]:,} to {layers[places[-1]]:,}"
    words = [f"{layers[start]:,}" if start == end else f"{layers[start]:,} to {layers[end]:,}" for start, end in zip(starts, ends, strict=True)]
    all_words = f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
    return f"{'the ' if checked != 'layers' else ''}{checked} {all_words}"


#: The columns of the table, for every one who prints it.
COLUMNS = ("Layer", "Backpropagation dC/dw", "Stored dC/dw", "Finite difference", "Relative difference", "Method")


def cells(row: Row) -> tuple[str, ...]:
    """One row of the table as text, in the order of COLUMNS."""
    stored_size = math.log10(abs(row.stored)) if row.stored else -math.inf
    return (
        f"{row.layer:,}",
        scientific(row.sign, row.decades),
        scientific(math.copysign(1.0, row.stored), stored_size),
        scientific(row.finite_sign, row.finite_decades),
        scientific(row.relative, math.log10(row.relative), 2) if row.relative > 0.0 else ("0" if row.relative == 0.0 else "NaN"),
        row.method if row.agrees else f"{row.method}: disagrees",
    )
