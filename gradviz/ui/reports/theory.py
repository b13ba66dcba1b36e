"""Theory beside measurement, and what runs are compared by: numbers of one moment in words. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gradviz.core.frames import STATISTICS
from gradviz.core.profiles import decades
from gradviz.core.theory import Prediction, span
from gradviz.core.wide_evidence import hidden_span
from gradviz.core.words import short
from gradviz.runs.moment import NO_THEORY, Moment
from gradviz.runs.reports import Block, Table, Words, share, size, told_apart

RMS = STATISTICS.index("rms")
#: What stands where there is no such number.
NONE = "—"


class Fact(NamedTuple):
    """A row that runs are compared by."""

    title: str
    of: Callable[[Moment], str]


class Line(NamedTuple):
    """One number that theory has an answer to, and how to measure it; both as log10 of the size."""

    title: str
    expected: float
    measured: Callable[[Moment], float]
    #: Whether it is said in decades, because it is far outside of what one can imagine.
    in_decades: bool = False


def measured_gain(moment: Moment) -> tuple[float, int]:
    """How many decades dC/dh gains from the output, or the last hidden layer, back to the first, and over how many layers."""
    if moment.config.wide:
        first, last = hidden_span(moment.config.layers)
        sizes = decades(moment.frame.dh[-1, RMS])  # type: ignore[attr-defined]
        with np.errstate(invalid="ignore"):
            return float(sizes[first] - sizes[last]), last - first
    first, layers = span(moment.config.layers)
    return float(moment.profile.end.decades[moment.verdict.sample, first]), layers


def expected_gain(moment: Moment) -> float | None:
    """The same as theory has it for the weights at the start; None where it has no answer."""
    if moment.config.wide:
        backward = moment.expected.get("dh")
        first, last = hidden_span(moment.config.layers)
        return None if backward is None else float(backward[first] - backward[last])
    prediction = moment.prediction
    return None if prediction is None else float(prediction.end[moment.verdict.sample, span(moment.config.layers)[0]])


def _passes_on(gain: float | None, layers: int) -> str:
    return NONE if gain is None or layers < 1 or math.isnan(gain) else size(gain / layers)


def _lost(moment: Moment) -> str:
    gain, layers = measured_gain(moment)
    if math.isnan(gain) or layers < 1:
        return NONE
    return "all" if gain == -math.inf else short(0.0 if gain == 0.0 else -gain, 4)


def _below(moment: Moment) -> str:
    below = moment.verdict.below_layer
    return "no layer" if below is None else f"layer {below:,}"


def _costs(moment: Moment) -> tuple[str, str]:
    return told_apart(float(moment.run.cost[0]), float(moment.frame.cost[-1]), 5)


#: What a comparison says of each run.
FACTS = (
    Fact("Cost at the first epoch", lambda moment: _costs(moment)[0]),
    Fact("Cost at the epoch shown", lambda moment: _costs(moment)[1]),
    Fact("Each layer passes on, measured", lambda moment: _passes_on(*measured_gain(moment))),
    Fact("Each layer passes on, theory at the start", lambda moment: _passes_on(expected_gain(moment), measured_gain(moment)[1])),
    Fact("Decades of ∂C/∂h lost on the way back", _lost),
    Fact("|g| is below 10⁻⁷ from here down", _below),
    Fact("Verdict", lambda moment: moment.verdict.kind),
)


def theory_table(first: Moment, now: Moment) -> list[Block]:
    """What theory says of the weights at the start beside what is measured there and now; a sentence where it says nothing."""
    lines = _lines_of_wide(first) if first.config.wide else _lines_of_chain(first)
    if not lines:
        return [Words(NO_THEORY)]
    moments = [first] if first.epoch == now.epoch else [first, now]
    heads = ("", "Theory, at the start", *(f"Measured, epoch {moment.epoch:,}" for moment in moments), f"Apart, epoch {first.epoch:,}")
    rows = []
    for line in lines:
        found = [line.measured(moment) for moment in moments]
        said = [short(log, 5) if line.in_decades and math.isfinite(log) else size(log) for log in (line.expected, *found)]
        rows.append((line.title, *said, apart(line, found[0])))
    return [Table("What theory says, and what is measured", heads, tuple(rows))]


def apart(line: Line, measured: float) -> str:
    """How far measurement is from theory: of decades their difference, of a number per cent."""
    if not line.in_decades:
        return share(_power(measured), _power(line.expected)) if abs(measured - line.expected) < 100.0 else NONE
    difference = abs(measured - line.expected)
    return NONE if math.isnan(difference) else ("same" if difference == 0.0 else f"{short(difference, 2)} decades")


def _power(log: float) -> float:
    return 10.0**log if log < 308.0 else math.inf


def _lines_of_chain(moment: Moment) -> list[Line]:
    prediction = moment.prediction
    if prediction is None:
        return []
    sample, (first, layers) = moment.verdict.sample, span(moment.config.layers)
    middle = moment.config.layers // 2
    end, h = prediction.end[sample], prediction.h[sample]
    gain = float(end[first])
    lines = [
        Line(f"Each layer passes on, mean of {layers:,}", gain / layers, lambda m: float(m.profile.end.decades[sample, first]) / layers),
        Line("Decades from the output back to layer 1", gain, lambda m: float(m.profile.end.decades[sample, first]), in_decades=True),
    ]
    if layers > 2:
        lines.insert(1, Line(f"Layer {middle:,} passes on", float(end[middle - 1] - end[middle]), lambda m: _passed(m, sample, middle)))
        lines.append(Line(f"|h| at layer {middle:,}", float(h[middle]), lambda m: float(m.profile.h.decades[sample, middle])))
    return [*lines, *_fixed_point(prediction, sample, moment.config.layers - 1)]


def _passed(moment: Moment, sample: int, layer: int) -> float:
    return float(moment.profile.slope[sample, layer] + moment.profile.weights.decades[layer])


def _fixed_point(prediction: Prediction, sample: int, last: int) -> list[Line]:
    """Where the signal settles, beside where it is at the last layer but one."""
    if prediction.fixed_point is None or not prediction.fixed_point > 0.0 or not bool(prediction.alike()[sample]) or last < 3:
        return []
    title = f"Fixed point |h*|, and |h| at layer {last - 1:,}"
    return [Line(title, math.log10(prediction.fixed_point), lambda moment: float(moment.profile.h.decades[sample, last - 1]))]


def _lines_of_wide(moment: Moment) -> list[Line]:
    gain, (_, layers) = expected_gain(moment), measured_gain(moment)
    if gain is None or layers < 1:
        return []
    middle = moment.config.layers // 2
    expected_h = float(moment.expected["h"][middle])
    return [
        Line(f"Each hidden layer passes on, mean of {layers:,}", gain / layers, lambda m: measured_gain(m)[0] / layers),
        Line("Decades from the last hidden layer back to the first", gain, lambda m: measured_gain(m)[0], in_decades=True),
        Line(f"Root mean square of h at layer {middle:,}", expected_h, lambda m: float(decades(m.frame.h[-1, RMS])[middle])),
    ]
