"""The notebook's exercise 1(a) to 1(e) with its questions, answered from what these very runs have measured: no measured number is typed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from gradviz.core.words import short
from gradviz.runs.notebook_case import Case
from gradviz.runs.recipe import recipe_of
from gradviz.runs.reports import Block, Figure, Heading, Report, Table, Tone, Words, layer_tables, reproduction, size
from gradviz.runs.run import Run

#: The three trainings, by the question that asks for them.
CASES: Mapping[str, str] = {"1(a)": "notebook-1a", "1(b)": "notebook-1b", "1(d)": "notebook-1d"}
TITLE = "Exercise 1: a chain of tanh layers, and two ways to fail"
COMMAND = "gradviz report --notebook --out exercise.html"
#: The axes of the notebook's plot of the cost in 1(a); a cost that is higher has a higher one.
EPOCHS_SEEN, COSTS_SEEN = (-20.0, 1020.0), (-0.002, 0.078)

NETWORK = (
    "The network is a chain of {layers} layers, the input counted as layer 0, with one unit a layer and no bias, and so {last} weights: u[k] = w[k] h[k−1] and "
    "h[k] = tanh(u[k]), with h[0] = x. There are {count} samples, x = y = {samples}.",
    "The cost is C = 1/(2m) Σ (y − h[l−1])². Backwards go the gradients g[k] = ∂C/∂u[k] = tanh′(u[k]) w[k+1] g[k+1], and those of the weights are "
    "dw[k] = Σ h[k−1] g[k], summed over the samples. Each of {epochs} epochs then takes α dw[k] off each weight, with α = {rate}.",
)
NOTE = "All numbers below were measured in these trainings when this page was made; those along the layers are of the first epoch, before any update."
QUESTIONS: Mapping[str, str] = {
    "1(a)": "Start every weight at {scale}, print h and g along the layers, and plot the cost against the epoch. Does it train?",
    "1(b)": "The same with every weight starting at {scale}. What is different?",
    "1(c)": "Why does 1(b) fail? Plot tanh′(u) for u from −5.5 to 5.5, and put every layer on it.",
    "1(d)": "The same with every weight starting at {scale}. Does it train?",
    "1(e)": "Why does 1(d) fail, though no activation is saturated? Look at h, g and dw[k] = Σ h[k−1] g[k] along the layers.",
}
ANSWERS: Mapping[str, Sequence[str]] = {
    "1(a)": (
        "{yes}: in {epochs} epochs the cost falls from {first_cost} to {last_cost}, {fell}.",
        "The signal shrinks slowly, from {h_input} to {h_last} at layer {last}: not exponentially but as a power law, √(3/2k) far from the input, for "
        "which theory expects {h_theory} there. The gradient falls from {g_last} at layer {last} to {g_1} at layer 1, by {lost} decades over {factors} "
        "layers. So every weight gets a gradient that can move it.",
    ),
    "1(b)": (
        "It {trains}: in {epochs} epochs the cost falls from {first_cost} to {last_cost}, {fell}.",
        "Behind layer 1 the activations are {h_1_exact} already, at layer {last} {h_last_exact}: they are saturated. The gradient is {g_last} at layer "
        "{last} and {g_1} at layer 1. It vanishes, by {lost} decades.",
    ),
    "1(c)": (
        "Each layer multiplies the gradient by tanh′(u[k]) w[k+1]. With w = {scale} the activations sit at ±{h_last_exact}, so u = ±{u_middle}, far out "
        "on the flat tails, where tanh′(u) is only {slope_middle}. Times the weight that is {factor}: {pace} decades lost at each layer. Theory says the "
        "same: the fixed point h* = tanh({scale} h*) is {star}, and a layer there passes on {star_factor}.",
        "Multiplied {factors} times, {product} of ∂C/∂h[{last}] is left at layer 1. The step α dw[1] there is {step_1}, but the next number above {scale}"
        " in float64 is {spacing} away: {untouched} of the {last} weights are after {epochs} epochs what they were, to the last bit. To blame is "
        "saturation: tanh′ near 0, multiplied again and again.",
    ),
    "1(d)": (
        "{yes}: in {epochs} epochs the cost falls from {first_cost} to {last_cost}, {fell}.",
        "This time nothing is saturated: |h| is {h_1} at layer 1 and {h_last} at layer {last}. The gradient is {g_last} at layer {last} and {g_1} at layer 1.",
    ),
    "1(e)": (
        "tanh′ is never below {slope_least} here, and within {slope_from_1} of 1 at the end: to blame are the weights of {scale}. Forwards the signal "
        "shrinks to {h_share} of itself. Backwards the gradient shrinks on its way from layer {last} to layer 1 to {g_share} of itself.",
        "A weight's gradient is the product of the two, dw[k] = Σ h[k−1] g[k]. Near the input h is large, but g is small; near the output g is large, but"
        " h is small. So dw is small everywhere: {dw_most} at most, of layer {dw_where}. A step α dw is then {step_most} at most, and in {epochs} epochs "
        "no weight has moved by more than {moved} from {scale}.",
    ),
}
SATURATES = "In 1(b) the signal lives and the slope dies: tanh′ is {slope_last} at layer {last}."
SHRINKS = (
    "In 1(d) the slope lives, within {slope_from_1} of 1, and the signal dies: |h| is {h_last}. Either way a product of many small factors is next to nothing."
)
SEEN: Mapping[str, str] = {
    "cost": "It begins at {first_cost} and ends at {last_cost}.",
    "activations": "|h| goes from {h_input} at the input to {h_last} at layer {last}.",
    "gradients": "|g| goes from {g_last} at layer {last} to {g_1} at layer 1.",
    "phi": "Layer 1 is at u = ±{u_1}, where tanh′ is {slope_1}; all others are near u = ±{u_middle}, where it is {slope_middle}.",
    "why": "From the output back to layer 1 the slopes tanh′ take {taken} decades, and the weights add {given}.",
    "decades": "It falls with k, from {h_input} at the input to {h_last} at layer {last}.",
    "weights": "|dw| is between {dw_least} and {dw_most} at all {last} layers: nowhere large.",
}


def exercise(runs: Sequence[Run]) -> Report:
    """The exercise on the runs of 1(a), 1(b) and 1(d), whose figures look at them by this order."""
    a, b, d = cases = [Case(letter, run) for letter, run in zip(CASES, runs, strict=True)]
    numbers = count(1)
    blocks: list[Block] = [
        *_words(NETWORK, a),
        Words(NOTE, "note"),
        *_trained(a, 0, numbers),
        *_trained(b, 1, numbers),
        *_asked("1(c)", b),
        Figure(next(numbers), "phi", "tanh and tanh′ with the layers of 1(b)", _seen("phi", b), 1, epoch=0, height=270),
        Figure(next(numbers), "why", "The factors of each layer of 1(b), and their product", _seen("why", b), 1, epoch=0, height=330),
        *_words(ANSWERS["1(c)"], b, "answer"),
        *_trained(d, 2, numbers),
        *_asked("1(e)", d),
        *_products(d, numbers),
        *_words(ANSWERS["1(e)"], d, "answer"),
        Heading("Two ways to fail"),
        *_words([SATURATES], b, "answer"),
        *_words([SHRINKS], d, "answer"),
        _beside_each_other(cases),
        _on_the_same_axes(cases, next(numbers)),
        *reproduction([(case.letter, recipe_of(case.run, name=CASES[case.letter])) for case in cases], COMMAND),
    ]
    return Report(TITLE, tuple(blocks))


def _words(texts: Sequence[str], case: Case, tone: Tone = "plain") -> list[Block]:
    return [Words(text.format_map(case.said), tone) for text in texts]


def _asked(letter: str, case: Case) -> list[Block]:
    return [Heading(letter), *_words([QUESTIONS[letter]], case, "question")]


def _seen(panel: str, case: Case) -> str:
    return SEEN[panel].format_map(case.said)


def _trained(case: Case, place: int, numbers: Iterator[int]) -> list[Block]:
    """A question that asks for a training, with its plots, its answer and its table."""
    letter = case.letter
    top = max(COSTS_SEEN[1], 1.04 * float(case.run.cost.max()))
    axes = {"plots": [{"scale": "linear", "covered": None, "seen": [list(EPOCHS_SEEN), [COSTS_SEEN[0], top]]}]}
    return [
        *_asked(letter, case),
        Figure(next(numbers), "cost", f"Cost by epoch, {letter}", _seen("cost", case), place, height=230, settings=axes),
        Figure(next(numbers), "activations", f"h by layer, {letter}, first epoch", _seen("activations", case), place, epoch=0, height=220),
        Figure(next(numbers), "gradients", f"g by layer, {letter}, first epoch", _seen("gradients", case), place, epoch=0, height=250),
        *_words(ANSWERS[letter], case, "answer"),
        *layer_tables(case.run, case.first, 0, f"{letter}, sample x = {short(case.config.inputs[0])}"),
    ]


def _products(case: Case, numbers: Iterator[int]) -> list[Block]:
    """What shrinks forwards, and what is small everywhere; g is drawn above already."""
    decades: dict[str, Any] = {"plots": [{"scale": "decades", "covered": None, "seen": None}]}
    signal, weights = "|h| by layer in decades, 1(d), first epoch", "Weights and their gradients dw by layer, 1(d), first epoch"
    return [
        Figure(next(numbers), "activations", signal, _seen("decades", case), 2, epoch=0, height=230, settings=decades),
        Figure(next(numbers), "weights", weights, _seen("weights", case), 2, epoch=0, height=340),
    ]


def _beside_each_other(cases: Sequence[Case]) -> Table:
    last, factors = cases[0].output, cases[0].output - 1
    rows: list[tuple[str, ...]] = [
        ("Every weight starts at", *(case.said["scale"] for case in cases)),
        ("Cost at the first epoch", *(case.said["first_cost"] for case in cases)),
        (f"Cost after {cases[0].said['epochs']} epochs", *(case.said["last_cost"] for case in cases)),
        (f"|h| at layer {last:,}", *(case.said["h_last"] for case in cases)),
        (f"tanh′ at layer {last:,}", *(case.said["slope_last"] for case in cases)),
        (f"|g| at layer {last:,}", *(case.said["g_last"] for case in cases)),
        ("|g| at layer 1", *(case.said["g_1"] for case in cases)),
        ("A layer passes on, mean", *(size(case.passed / factors) for case in cases)),
        ("The same by theory", *(size(float(case.prediction.end[0, 1]) / factors) for case in cases)),
        ("Largest |dw|", *(case.said["dw_most"] for case in cases)),
        ("Smallest |dw|", *(case.said["dw_least"] for case in cases)),
        ("Verdict after training", *(case.verdict.kind for case in cases)),
    ]
    return Table("The three trainings; along the layers, of the first epoch", ("", *(case.letter for case in cases)), tuple(rows))


def _on_the_same_axes(cases: Sequence[Case], number: int) -> Figure:
    drawn = "1(a) is drawn in broad lines; 1(b) and 1(d) in thin ones, with the dashes that stand beside their names above the plot."
    at_layer_1 = ", ".join(f"{case.said['g_1']} in {case.letter}" for case in cases)
    title = "g by layer at the first epoch, all three on the same axes"
    return Figure(number, "gradients", title, drawn, 0, (1, 2), 0, 300, detail=f"At layer 1 |g| is {at_layer_1}.")
