"""The verdict on wide networks: what a teacher would say of each preset and of each trap, and every number in it is the frame's."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz import Config
from gradviz.core.combinations import ConfigError
from gradviz.core.diagnosis import WIDE_CAUSES, WIDE_RULES, Verdict, diagnose
from gradviz.core.frames import NORMS, STATISTICS, Ask, WideFrames
from gradviz.core.guessing import guessing_cost
from gradviz.core.trend import falls
from gradviz.runs.blas import one_thread
from gradviz.runs.data import dataset
from gradviz.runs.presets import presets
from gradviz.runs.run import training

RMS = STATISTICS.index("rms")


@pytest.fixture(autouse=True)
def on_one_thread() -> Iterator[None]:
    with one_thread():
        yield


class Judged(NamedTuple):
    config: Config
    frame: WideFrames
    verdict: Verdict


def judged(config: Config) -> list[Judged]:
    """Every observed epoch with its verdict."""
    costs: list[float] = []
    found = []
    trained, ask = training(config), None
    while True:
        try:
            frames = trained.send(ask)
        except StopIteration:
            return found
        ask = Ask(looked_at=frozenset())
        for row in range(len(frames)):
            frame = frames.rows(slice(row, row + 1))
            assert isinstance(frame, WideFrames)
            costs.extend(frame.cost)
            ending = frames.ending if row == len(frames) - 1 else None
            found.append(Judged(config, frame, diagnose(config, frame, None, np.array(costs), ending)))


def known(name: str, **changes: Any) -> Config:
    return Config(**{**KNOWN[name], **changes})


# --- the presets ---------------------------------------------------------------------------------------------------------------------------

#: What the literature is known for, small enough to be run here; the presets that show it are held against fewer words below.
KNOWN: dict[str, dict[str, Any]] = {
    "glorot-2010": {
        "layers": 32,
        "width": 100,
        "activation": "tanh",
        "initialization": "glorot",
        "data": "digits",
        "samples": 100,
        "loss": "cross_entropy",
        "bias": "on",
    },
    "he-2015": {
        "layers": 32,
        "width": 128,
        "activation": "relu",
        "initialization": "xavier",
        "data": "digits",
        "samples": 100,
        "loss": "cross_entropy",
        "bias": "on",
    },
    "batch-norm-explodes": {
        "layers": 52,
        "width": 128,
        "activation": "relu",
        "initialization": "he",
        "normalization": "batch",
        "data": "digits",
        "samples": 100,
        "loss": "cross_entropy",
        "learning_rate": 0.001,
    },
    "residual-flat": {
        "layers": 102,
        "width": 64,
        "activation": "tanh",
        "initialization": "normal",
        "weight_scale": 0.5,
        "residual": "fixup",
        "data": "spirals",
        "loss": "cross_entropy",
        "bias": "on",
        "optimizer": "adam",
        "learning_rate": 0.001,
    },
    "rnn-unrolled": {
        "layers": 62,
        "width": 64,
        "activation": "tanh",
        "initialization": "normal",
        "weight_scale": 2.0,
        "tied_weights": "on",
        "clipping": "norm",
        "clip_at": 1.0,
        "data": "moons",
        "loss": "cross_entropy",
        "learning_rate": 0.05,
    },
    "same-scale": {"layers": 60, "width": 1, "bias": "off", "activation": "tanh", "initialization": "normal", "weight_scale": 5.0},
    "edge-of-chaos": {
        "layers": 100,
        "width": 100,
        "activation": "tanh",
        "initialization": "normal",
        "weight_scale": 1.0,
        "bias": "on",
        "bias_scale": 0.1,
        "data": "circles",
        "loss": "cross_entropy",
    },
    "cured": {
        "layers": 100,
        "width": 64,
        "activation": "tanh",
        "initialization": "critical",
        "residual": "skipinit",
        "bias": "on",
        "data": "digits",
        "samples": 500,
        "test_share": 0.2,
        "batch_size": 50,
        "loss": "cross_entropy",
        "optimizer": "adam",
        "learning_rate": 0.001,
        "epochs": 100,
    },
}

CASES: dict[str, tuple[Config, int, str, str, str]] = {
    "glorot-2010": (
        known("glorot-2010", epochs=1),
        0,
        "vanishing",
        "weights",
        "The weights take 6.8 decades. The signal shrinks by 6.9 too: ∂C/∂W is about as",
    ),
    "glorot-2010, on": (known("glorot-2010", epochs=12), -1, "vanishing", "weights", "The upper layers still learn."),
    "glorot-2010, cured": (known("glorot-2010", epochs=60, initialization="xavier"), -1, "trains", "none", "Trains: the cost fell from 2.28 to"),
    "he-2015": (known("he-2015", epochs=1), 0, "vanishing", "slope", "passes on 0.701 of the gradient, a decade every 6.5 layers"),
    "he-2015, blamed": (known("he-2015", epochs=1), 0, "vanishing", "slope", "Units that answer 0 take 4.4 decades."),
    "he-2015, cured": (known("he-2015", epochs=20, initialization="he", learning_rate=0.01), 10, "trains", "none", "Trains: the cost fell from"),
    "batch norm": (known("batch-norm-explodes", epochs=1), 0, "exploding", "normalization", "multiplies the gradient by 1.21"),
    "batch norm, blamed": (
        known("batch-norm-explodes", epochs=1),
        0,
        "exploding",
        "normalization",
        "Batch norm and the weights add 12 decades, units that answer 0 take",
    ),
    "batch norm, helped": (known("batch-norm-explodes", epochs=12), -1, "exploding", "normalization", "residual connections or a smaller learning rate help."),
    "batch norm, cured": (known("batch-norm-explodes", epochs=12, residual="skipinit"), -1, "trains", "none", "Trains: the cost fell from"),
    "residual-flat": (known("residual-flat", epochs=1), 0, "trains", "none", "Layer 1 gets about as much gradient as layer 100."),
    "residual-flat, on": (known("residual-flat", epochs=12), -1, "trains", "none", "Trains: the cost fell from 1.06 to 0.72"),
    "residual-flat, without": (known("residual-flat", epochs=1, residual="none"), 0, "vanishing", "weights", "The weights take 30 decades."),
    "rnn-unrolled": (
        known("rnn-unrolled", epochs=1),
        0,
        "exploding",
        "weights",
        "The weights add 17 decades, the slope φ′ ≤ 1 takes 14. Clipping bounds the updates",
    ),
    "rnn-unrolled, on": (known("rnn-unrolled", epochs=12), -1, "exploding", "weights", "Clipping bounds the updates, and the cost falls all the same."),
    "rnn-unrolled, below 1": (known("rnn-unrolled", epochs=1, weight_scale=0.7), 0, "vanishing", "weights", "Vanishing: each hidden layer passes on 0.7"),
    "same-scale, 2": (known("same-scale", epochs=1, width=2), 0, "vanishing", "saturation", "Saturation takes 81 decades, the weights give back 30."),
    "same-scale, 5": (known("same-scale", epochs=1, width=5), 0, "vanishing", "saturation", "passes on 0.307 of the gradient, a decade every 2 layers"),
    "same-scale, 50": (known("same-scale", epochs=1, width=50), 0, "exploding", "weights", "multiplies the gradient by 1.54, a decade every 5.4 layers"),
    "same-scale, 200": (known("same-scale", epochs=1, width=200), 0, "exploding", "weights", "smaller weights or a smaller learning rate help."),
    "same-scale, blown": (known("same-scale", epochs=12, width=20), -1, "vanishing", "saturation", "The updates overshot: the cost rose from 0.125 to 1.12."),
    "edge-of-chaos": (known("edge-of-chaos", epochs=1), 0, "vanishing", "slope", "The slope φ′ ≤ 1 takes 3.1 decades, the weights take 0.79."),
    "edge-of-chaos, third": (known("edge-of-chaos", epochs=3), -1, "vanishing", "slope", "The upper layers still learn."),
    "cured": (known("cured", epochs=1), 0, "trains", "none", "an update should take about 3.5% off it. Layer 1 gets about as much gradient as layer 98."),
    "cured, on": (known("cured", epochs=5), -1, "trains", "none", "of the test's)"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_the_literature_knows_is_called_by_its_name(case: str) -> None:
    config, place, kind, cause, words = CASES[case]
    verdict = judged(config)[place].verdict
    assert (verdict.kind, verdict.cause) == (kind, cause), verdict.sentence
    assert words in verdict.sentence, verdict.sentence


@pytest.mark.parametrize(
    ("name", "kind", "cause"),
    [
        ("glorot-2010", "vanishing", "weights"),
        ("he-2015", "vanishing", "slope"),
        ("batch-norm-explodes", "exploding", "normalization"),
        ("residual-flat", "trains", "none"),
        ("rnn-unrolled", "exploding", "weights"),
        ("edge-of-chaos", "vanishing", "slope"),
        ("cured", "trains", "none"),
    ],
)
def test_each_preset_begins_as_its_description_says(name: str, kind: str, cause: str) -> None:
    shown = presets()[name].config
    first = judged(shown.replace(epochs=shown.warm_up + 1))[0].verdict
    assert (first.kind, first.cause) == (kind, cause), first.sentence


def test_a_preset_that_learns_is_not_called_stalled_for_one_cost_that_rose() -> None:
    """With Adam the cost of residual-flat jumps from 0.83 to 2.85 and back; momentum's goes uphill for a while, and batches jitter."""
    kinds = [judgement.verdict.kind for judgement in judged(known("residual-flat", epochs=40))]
    assert kinds[2] == "stalled", "nearly three times as much as at first"
    assert set(kinds[3:]) == {"trains"}


# --- traps ---------------------------------------------------------------------------------------------------------------------------------

DEEP = {"width": 32, "layers": 20, "data": "moons", "samples": 100, "loss": "cross_entropy", "bias": "on", "initialization": "lecun"}
CHAINS = {"width": 8, "layers": 12, "data": "samples", "loss": "mse", "bias": "off", "initialization": "lecun"}
TRAPS: dict[str, tuple[dict[str, Any], int, str, str, str]] = {
    # nothing to go by
    "no weights": ({"weight_scale": 0.0}, -1, "dead", "weights", "Dead: weights are exactly 0"),
    "no weights of sigmoids": ({"weight_scale": 0.0, "activation": "sigmoid"}, -1, "dead", "weights", "no weight is updated"),
    "no weights, and biases": (
        {"weight_scale": 0.0, "bias_scale": 1.0},
        0,
        "vanishing",
        "weights",
        "nothing of the gradient gets past layer 19, where weights are",
    ),
    "no inputs": ({**CHAINS, "inputs": (0.0, 0.0), "targets": (0.3, 0.5)}, -1, "dead", "input", "every input is 0"),
    "nothing to tell apart": (
        {
            "normalization": "batch",
            "width": 1,
            "layers": 5,
            "data": "samples",
            "loss": "mse",
            "inputs": (0.5, 0.5),
            "targets": (0.1, 0.2),
            "bias": "off",
            "activation": "relu",
            "initialization": "constant",
        },
        -1,
        "dead",
        "normalization",
        "all that batch norm averages over is alike",
    ),
    "alike": ({"initialization": "constant"}, 0, "trains", "none", "All units of a layer start alike, and stay so."),
    "alike and normalized": ({"initialization": "constant", "normalization": "layer"}, -1, "dead", "symmetry", "random weights help"),
    # dead and saturated
    "every ReLU at 0": (
        {"activation": "relu", "bias_scale": 5.0, "weight_scale": 0.1, "seed": 3, "width": 4},
        -1,
        "dead",
        "dead units",
        "Dead: every unit of layer 9 answers 0 to every sample, and passes no gradient back: layers 1 to 9 stand still.",
    ),
    "below 0 from the start": (
        {**CHAINS, "activation": "relu", "initialization": "constant", "weight_scale": -1.0, "inputs": (0.5, 1.0), "targets": (0.5, 1.0)},
        -1,
        "dead",
        "dead units",
        "Dead: every unit of layer 1 answers 0 to every sample, and nothing gets past it",
    ),
    "a signal shrunk to 0": ({"activation": "relu", "weight_scale": 1e-8, "layers": 60, "bias": "off"}, -1, "dead", "signal", "larger weights help"),
    "flat units": (
        {"weight_scale": 1e10, "layers": 6},
        0,
        "dead",
        "saturation",
        "Dead: every unit of layer 4 sits so far out for every sample that φ′ is exactly 0",
    ),
    "scale 1000": ({"weight_scale": 1e3, "epochs": 1}, 0, "vanishing", "saturation", "Saturation takes 218 decades, the weights give back 51."),
    # optimizers, rates and batches
    "far too fast": ({"learning_rate": 10.0, "layers": 6}, -1, "vanishing", "saturation", "The updates overshot: the cost rose from 0.653 to"),
    "too fast for squares": (
        {"learning_rate": 1.0, "layers": 6, "loss": "mse", "output": "linear", "epochs": 5},
        -1,
        "stalled",
        "learning rate",
        "up from 0.553",
    ),
    "too slow": ({"learning_rate": 1e-10, "layers": 6}, -1, "stalled", "learning rate", "with a learning rate of 10⁻¹⁰ an update takes only 1.8×10⁻¹⁰ of it"),
    "clipped to nothing": ({"clipping": "norm", "clip_at": 1e-9, "layers": 6}, -1, "stalled", "learning rate", "and gradients clipped at 10⁻⁹ an update takes"),
    "adam": ({"layers": 12, "optimizer": "adam", "learning_rate": 0.001, "epochs": 30}, -1, "trains", "none", "Trains: the cost fell from 0.664 to"),
    "adam in batches": (
        {"layers": 12, "optimizer": "adam", "learning_rate": 0.001, "epochs": 30, "batch_size": 10},
        -1,
        "trains",
        "none",
        "Trains: the cost fell",
    ),
    "momentum in batches": (
        {"layers": 12, "optimizer": "momentum", "learning_rate": 0.05, "epochs": 30, "batch_size": 10},
        -1,
        "trains",
        "none",
        "Trains: the cost",
    ),
    "rmsprop in batches": (
        {"layers": 12, "optimizer": "rmsprop", "learning_rate": 0.001, "batch_size": 10, "epochs": 1},
        0,
        "trains",
        "none",
        "Trains: the cost is",
    ),
    "overflow": (
        {"weight_scale": 1e6, "layers": 60, "activation": "relu"},
        -1,
        "diverged",
        "overflow",
        "already the first pass leaves float64".replace("al", "Al", 1),
    ),
    "a format left": (
        {"weight_scale": 30.0, "layers": 40, "activation": "relu", "number_format": "float32"},
        -1,
        "diverged",
        "number format",
        "float64 would hold it",
    ),
    "identity, too fast": ({"activation": "identity", "weight_scale": 1.5, "layers": 40}, -1, "diverged", "weights", "the first cost was 1.66×10⁶"),
    # what is exactly 0
    "below float32": (
        {"number_format": "float32", "weight_scale": 0.1, "layers": 60, "epochs": 1},
        0,
        "vanishing",
        "weights",
        "float32 holds exactly 0 from layer 17",
    ),
    "below float64": ({"weight_scale": 1e-8, "layers": 60, "epochs": 1}, 0, "vanishing", "weights", "passes on 9.6×10⁻⁹ of the gradient"),
    # activations
    "sigmoid": ({"activation": "sigmoid", "epochs": 1}, 0, "vanishing", "slope", "The slope φ′ ≤ 1/4 takes"),
    "leaky": ({"activation": "leaky_relu", "layers": 40, "epochs": 1}, 0, "vanishing", "slope", "The slope φ′ ≤ 1 takes"),
    "normalized sigmoid": (
        {"activation": "sigmoid", "normalization": "layer", "layers": 30, "epochs": 1},
        0,
        "vanishing",
        "slope",
        "layer norm and the weights give back",
    ),
    "selu": ({"activation": "selu", "learning_rate": 0.01, "epochs": 20}, -1, "trains", "none", "Trains: the cost fell"),
    # shallow
    "two layers": ({"layers": 2}, 0, "trains", "none", "Trains: the cost is 0.648 (65% of the answers are right), an update should take about 1.4% off it."),
    "three layers": ({"layers": 3}, 0, "trains", "none", "Layer 1 gets 0.27 of the output's gradient, 0.58 decades less over 1 layer."),
    "four layers": ({"layers": 4}, 0, "trains", "none", "Layer 1 gets 0.87 of layer 2's gradient, 0.062 decades less over 1 layer."),
    "all right": (
        {"layers": 5, "optimizer": "adam", "learning_rate": 0.01, "epochs": 200},
        -1,
        "trains",
        "none",
        "(100% of the answers are right). Layer 1 gets 9 times",
    ),
    # cures
    "branches": (
        {"residual": "plain", "activation": "relu", "initialization": "he", "layers": 30, "learning_rate": 0.01, "epochs": 1},
        0,
        "exploding",
        "branches",
        "The branches add 4.9 decades to what the skips carry. The next update overshoots: branches that start at 0 (fixup) or a smaller learning rate help.",
    ),
    "clipped": ({"weight_scale": 3.0, "clipping": "norm", "clip_at": 0.1}, -1, "trains", "none", "Trains: the cost fell from 0.768 to"),
    "clipping cures no vanishing": ({"weight_scale": 0.5, "clipping": "norm"}, -1, "vanishing", "weights", "The weights take 5.1 decades."),
    "tied": ({"tied_weights": "on", "weight_scale": 0.5}, -1, "vanishing", "weights", "The weights take 4.4 decades."),
}


@pytest.mark.parametrize("case", TRAPS)
def test_a_trap_is_called_what_a_teacher_would_call_it(case: str) -> None:
    changes, place, kind, cause, words = TRAPS[case]
    verdict = judged(Config(**{**DEEP, "epochs": 20, **changes}))[place].verdict
    assert (verdict.kind, verdict.cause) == (kind, cause), verdict.sentence
    assert words in verdict.sentence, verdict.sentence


def test_a_plateau_is_named_and_so_is_its_end() -> None:
    """The cost stands at ln 2, what guessing costs, until the symmetry breaks: then it falls ever faster."""
    config = Config(**{**DEEP, "layers": 3, "weight_scale": 1e-3, "batch_size": 10, "epochs": 40})
    verdicts = [judgement.verdict for judgement in judged(config)]
    assert (verdicts[5].kind, verdicts[5].cause) == ("stalled", "plateau"), verdicts[5].sentence
    assert verdicts[5].sentence.startswith("Stalled at a cost of 0.693: that is about what one and the same answer to every input costs")
    assert {verdict.kind for verdict in verdicts[12:]} == {"trains"}


@pytest.mark.parametrize(("learning_rate", "cause", "words"), [(0.1, "number format", "rounded away"), (1e-20, "learning rate", "a greater one helps")])
def test_an_update_that_rounding_took_is_blamed_on_it_only_where_it_would_have_been_one(learning_rate: float, cause: str, words: str) -> None:
    config = Config(**{**DEEP, "layers": 6, "number_format": "float32", "learning_rate": learning_rate, "epochs": 1})
    frame = judged(config)[0].frame
    without = msgspec.structs.replace(frame, promise=np.zeros(1))
    verdict = diagnose(config, without, None, frame.cost)
    assert (verdict.kind, verdict.cause) == ("stalled", cause), verdict.sentence
    assert words in verdict.sentence


def test_a_gradient_that_goes_uphill_for_a_moment_is_no_stall() -> None:
    """Momentum carries on where the slope has turned: the promise of its update is below 0."""
    config = Config(**{**DEEP, "layers": 5, "optimizer": "momentum", "learning_rate": 0.3, "epochs": 60})
    found = judged(config)
    uphill = [judgement.verdict for judgement in found if judgement.frame.promise[0] < 0.0]
    assert uphill
    assert {verdict.kind for verdict in uphill} == {"trains"}
    assert not any("should take" in verdict.sentence for verdict in uphill)


# --- the numbers are the frame's -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{}, {"normalization": "layer"}, {"residual": "plain"}, {"layers": 3}, {"weight_scale": 3.0}])
def test_the_verdicts_numbers_are_those_of_the_frame(changes: dict[str, Any]) -> None:
    config = Config(**{**DEEP, "epochs": 1, **changes})
    [(_, frame, verdict)] = judged(config)
    dh, last = frame.dh[0, RMS], max(2, config.layers - 2)
    gain = math.log10(dh[1] / dh[last])
    assert verdict.factor_per_layer == pytest.approx(10.0 ** (gain / (last - 1)), rel=1e-12)
    assert verdict.saturation_decades + verdict.weights_decades == pytest.approx(gain, abs=1e-12)
    assert verdict.signal_decades == pytest.approx(math.log10(frame.h[0, RMS, 1] / frame.h[0, RMS, last]), abs=1e-12)
    assert verdict.smallest == pytest.approx(math.log10(frame.g[0, RMS, 1]))
    if config.residual == "none" and config.layers > 3:
        du, norms = NORMS.index("du"), frame.norms[0]
        assert verdict.saturation_decades == pytest.approx(np.log10(norms[du, 2:-1] / norms[0, 2:-1]).sum(), abs=1e-12)


def test_an_update_should_take_what_it_promises_of_the_cost() -> None:
    [(_, frame, verdict)] = judged(Config(**{**DEEP, "layers": 4, "epochs": 1}))
    percent = 100.0 * frame.promise[0] / frame.cost[0]
    assert f"an update should take about {percent:.2g}% off it" in verdict.sentence
    batches = judged(Config(**{**DEEP, "layers": 4, "epochs": 1, "batch_size": 10}))[0]
    assert f"an update should take about {100.0 * batches.frame.promise[0] / batches.frame.cost[0]:.2g}% off it" in batches.verdict.sentence


def test_below_a_float_the_pace_is_of_the_layers_that_the_gradient_reaches() -> None:
    """1e-8 a layer: float64's normal numbers end some 38 layers below the output's 0.1."""
    [(_, frame, verdict)] = judged(Config(**{**DEEP, "weight_scale": 1e-8, "layers": 60, "epochs": 1}))
    assert verdict.factor_per_layer == pytest.approx(1e-8, rel=0.1)
    assert frame.g[0, RMS, 1] == 0.0
    zero = int(np.flatnonzero(frame.g[0, RMS, 1:] == 0.0)[-1]) + 1
    assert verdict.zero_in_format == zero
    assert f"float64 holds exactly 0 from layer {zero} down." in verdict.sentence


# --- what one answer to every input costs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"data": "moons"},
        {"data": "moons", "loss": "mse"},
        {"data": "digits", "samples": 500, "test_share": 0.2},
        {"data": "digits", "samples": 500, "loss": "mse"},
        {"data": "spirals", "samples": 90},
        {"data": "function", "loss": "mse", "output": "linear", "samples": 80, "test_share": 0.25},
        {"data": "samples", "loss": "mse", "inputs": (0.1, 0.2, 0.4), "targets": (0.3, 0.4, -0.5)},
    ],
)
def test_guessing_costs_what_the_best_of_all_constant_answers_costs(changes: dict[str, Any]) -> None:
    config = Config(**{**DEEP, "layers": 4, "epochs": 1, **changes})
    [(_, frame, _)] = judged(config)
    targets = dataset(config).targets
    shares = targets.mean(axis=0)
    best = -float(np.sum(shares * np.log(shares))) if config.loss == "cross_entropy" else float(np.square(targets - shares).sum(axis=1).mean()) / 2.0
    assert guessing_cost(config, frame, 99.0) == pytest.approx(best, rel=0.01), "classes count as equally frequent"


@pytest.mark.parametrize(("kinds", "loss", "cost"), [(3, "cross_entropy", math.log(3)), (5, "mse", 0.4), (0, "mse", 0.32)])
def test_guessing_at_a_tables_target(tmp_path, kinds: int, loss: str, cost: float) -> None:
    target = [("abcdefg"[line % kinds] if kinds else f"{line % 7}.5") for line in range(60)]
    path = tmp_path / "table.csv"
    path.write_text("a,b,y\n" + "\n".join(f"{line},{line * line % 11},{value}" for line, value in enumerate(target)) + "\n")
    config = Config(**{**DEEP, "layers": 4, "epochs": 1, "data": "csv", "csv_file": str(path), "loss": loss})
    [(_, frame, verdict)] = judged(config)
    assert guessing_cost(config, frame, 99.0) == pytest.approx(cost)
    assert verdict.kind == "trains"


# --- whether a cost falls ------------------------------------------------------------------------------------------------------------------


def test_a_cost_that_jitters_and_falls_falls_and_one_that_only_jitters_does_not() -> None:
    draw = np.random.default_rng(0)
    noise = 0.1 * draw.standard_normal((400, 40))
    level, falling = 1.0 + noise, np.linspace(1.5, 0.5, 40) + noise
    assert all(falls(costs, -1.0) is True for costs in falling)
    chance = np.mean([falls(costs, -1.0) is True for costs in level])
    assert chance < 0.06, "twice the standard deviation, on one side"
    assert all(falls(costs, -9.0) is not False for costs in level), "what promises next to nothing is not to be seen in noise"
    assert np.mean([falls(costs, 0.0) is False for costs in level]) > 0.7, "what promises all of the cost would be"


def test_a_smooth_cost_falls_however_slowly_and_too_few_tell_nothing() -> None:
    slowly = 1.0 - 1e-9 * np.arange(6.0)
    assert falls(slowly, -9.0) is True
    assert falls(slowly[::-1], -9.0) is not True
    assert falls(np.ones(40), -3.0) is False
    assert falls(np.ones(5), -3.0) is None
    assert falls(np.array([1.0, 1.0, 1.0, np.nan, 1.0, 1.0]), -3.0) is None
    assert falls(np.array([9.0, 1.0, 0.9, 5.0, 0.8, 0.7, 0.6, 0.5]), 0.0) is True, "one that jumped up again is one"


# --- never at odds with itself -------------------------------------------------------------------------------------------------------------

CHOICES: dict[str, list[Any]] = {
    "layers": [2, 3, 4, 8, 20],
    "width": [1, 2, 8, 16],
    "activation": ["identity", "tanh", "sigmoid", "softsign", "relu", "leaky_relu", "elu", "selu", "gelu", "silu"],
    "initialization": ["constant", "normal", "uniform", "glorot", "xavier", "he", "orthogonal", "lsuv", "critical"],
    "weight_scale": [1.0, 1.0, 0.5, 2.0, 5.0, 0.0, 100.0, 1e-5, 1e10, 1e-200, -1.0, 1e300],
    "bias": ["on", "off"],
    "bias_scale": [0.0, 0.1, 2.0],
    "residual": ["none", "none", "plain", "fixup", "skipinit"],
    "normalization": ["none", "none", "layer", "batch"],
    "clipping": ["none", "none", "norm", "value"],
    "clip_at": [1.0, 1e-9],
    "tied_weights": ["off", "off", "on"],
    "loss": ["mse", "cross_entropy"],
    "output": ["activation", "linear"],
    "optimizer": ["sgd", "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"],
    "learning_rate": [0.1, 0.01, 1.0, 100.0, 1e-9, 1e200, 1e-300],
    "data": ["samples", "xor", "moons", "spirals", "function"],
    "samples": [20, 40],
    "batch_size": [0, 0, 10, 1],
    "test_share": [0.0, 0.2],
    "number_format": ["float64", "float64", "float32"],
    "epochs": [1, 3, 12],
    "inputs": [(0.0, 0.5), (1.0, -0.5), (0.5, 0.5)],
    "targets": [(0.0, 0.5), (1.0, -0.5), (0.0, 0.0), (1e-3, 1e3)],
}


@given(st.fixed_dictionaries({name: st.sampled_from(choices) for name, choices in CHOICES.items()}))
@settings(max_examples=150, deadline=None)
def test_a_verdict_is_a_sentence_that_its_numbers_do_not_contradict(values: dict[str, Any]) -> None:
    try:
        config = Config(**values)
        found = judged(config) if config.wide else []
    except ConfigError:
        return
    for _, frame, verdict in found:
        assert verdict.kind in WIDE_CAUSES
        assert verdict.kind in verdict.sentence.lower()
        assert len(verdict.sentence) <= 250, verdict.sentence
        assert verdict.sentence.endswith(".")
        assert not re.search(r"\bnan\b|\binf|None|e-\d|e\+|--|∞|  |for x =", verdict.sentence), verdict.sentence
        assert (verdict.kind == "diverged") == (not all(np.isfinite(values).all() for values in (frame.cost, frame.w[:, RMS], frame.dw[:, RMS])))
        factor = verdict.factor_per_layer
        assert factor is None or (math.isfinite(factor) and factor >= 0.0)
        if verdict.kind == "vanishing":
            assert factor is not None
            assert factor < 1.0
        if verdict.kind == "exploding":
            assert factor is None or factor > 1.0


def test_every_rule_has_its_causes_and_words() -> None:
    assert {kind for kind, _ in WIDE_RULES} == WIDE_CAUSES.keys()
