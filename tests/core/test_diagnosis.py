"""The verdict: right for the cases that everybody knows, and never at odds with its own numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gradviz import Config, record, train
from gradviz.core.diagnosis import THRESHOLDS, Thresholds, Verdict, diagnose
from gradviz.core.formats import FORMATS
from gradviz.core.logdomain import LogProfile, log_profile
from gradviz.core.training import Ending, Frames
from gradviz.runs.presets import presets

INF = float("inf")


class Judged(NamedTuple):
    """One frame of a training, and the verdict on it."""

    config: Config
    frame: Frames
    profile: LogProfile
    costs: NDArray[np.float64]
    verdict: Verdict


def judged(config: Config) -> Iterator[Judged]:
    """Every observed epoch of a training with its verdict."""
    costs: list[float] = []
    for frames in train(config):
        for row in range(len(frames)):
            frame = frames.rows(slice(row, row + 1))
            costs.extend(frame.cost)
            profile = log_profile(config, frame.w[0])
            seen = np.array(costs)
            yield Judged(config, frame, profile, seen, diagnose(config, frame, profile, seen))


def at(config: Config, *epochs: int, **thresholds: float) -> list[Verdict]:
    """The verdicts at these epochs; -1 is the last one."""
    run = record(config)
    verdicts = []
    for row in epochs:
        place = row % len(run.cost)
        profile, frame = log_profile(config, run.w[place]), run.frames.rows(slice(place, place + 1))
        verdicts.append(diagnose(config, frame, profile, run.cost[: place + 1], thresholds=Thresholds(**thresholds)))
    return verdicts


def preset(name: str, **changes: Any) -> Config:
    return presets()[name].config.replace(**changes)


# --- the notebook's cases, and the other presets -------------------------------------------------------------------------------------------


def test_case_1a_trains_from_the_first_epoch_to_the_last() -> None:
    verdicts = [judgement.verdict for judgement in judged(preset("notebook-1a"))]
    assert {(verdict.kind, verdict.cause) for verdict in verdicts} == {("trains", "none")}
    assert verdicts[0].sentence == (
        "Trains: the cost is 0.0725, each update takes about 9.8% off it. Layer 1 gets 0.017 of the output's gradient, 1.8 decades less over 98 layers."
    )
    assert verdicts[-1].smallest < -16.0, "all gradients are tiny, for the error is"
    assert verdicts[-1].below_layer == 99
    assert verdicts[-1].sentence.startswith("Trains: the cost fell from 0.0725 to 4.66×10⁻³⁰. The error left is small, and so are all gradients")


def test_case_1b_vanishes_by_saturation() -> None:
    for verdict in at(preset("notebook-1b"), 0, 500, -1):
        assert (verdict.kind, verdict.cause) == ("vanishing", "saturation")
        assert verdict.factor_per_layer == pytest.approx(9.1e-4, rel=1e-2)
        assert verdict.layers_per_decade == pytest.approx(1 / 3.041, rel=1e-3)
        assert verdict.smallest == pytest.approx(math.log10(6.42041275e-301), abs=0.01), "the notebook's g of layer 1"
        assert (verdict.below_layer, verdict.zero_in_float32, verdict.zero_in_format) == (98, 85, None)
        assert verdict.sentence == (
            "Vanishing: each layer passes on 9.1×10⁻⁴ of the gradient, a decade every 0.33 layers; g is below 10⁻⁷ from layer 98 down, 10⁻³⁰⁰ at layer 1. "
            "Saturation takes 367 decades, the weights give back 68. float32 would hold exactly 0 from layer 85 down."
        )


def test_case_1d_vanishes_by_its_weights_and_the_signal_shrinks_too() -> None:
    for verdict in at(preset("notebook-1d"), 0, 500, -1):
        assert (verdict.kind, verdict.cause) == ("vanishing", "weights")
        assert verdict.factor_per_layer == pytest.approx(0.894, abs=1e-3)
        assert verdict.layers_per_decade == pytest.approx(20.7, abs=0.1)
        assert verdict.weights_decades == pytest.approx(98 * math.log10(0.9), abs=0.05)
        assert verdict.signal_decades == pytest.approx(4.64, abs=0.03)
        assert verdict.below_layer is None
        assert "The weights take 4.5 decades" in verdict.sentence
        assert "The signal shrinks by 4.6 too." in verdict.sentence


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("ten-layers", ("trains", "none"), ("trains", "none")),
        ("underflow", ("vanishing", "saturation"), ("vanishing", "saturation")),
        ("sigmoid", ("vanishing", "slope"), ("vanishing", "slope")),
        ("random-weights", ("vanishing", "weights"), ("vanishing", "weights")),
        ("explodes", ("exploding", "weights"), ("diverged", "weights")),
        ("deep-1000", ("trains", "none"), ("trains", "none")),
    ],
)
def test_the_other_presets(name: str, first: tuple[str, str], last: tuple[str, str]) -> None:
    verdicts = at(preset(name), 0, -1)
    assert [(verdict.kind, verdict.cause) for verdict in verdicts] == [first, last]


def test_what_formats_lose_is_said() -> None:
    [underflow] = at(preset("underflow", epochs=1), 0)
    assert (underflow.zero_in_format, underflow.zero_in_float32) == (14, 105)
    assert "float64 holds exactly 0 from layer 14 down, float32 from 105." in underflow.sentence
    assert underflow.zero_in_float32 == zero_in_a_float32_run(preset("underflow"))
    [half] = at(preset("notebook-1b", epochs=1, number_format="float16"), 0)
    assert half.zero_in_format == 97
    assert "float16 holds exactly 0 from layer 97 down." in half.sentence
    [flat] = at(Config(derivative="from_output", weight_scale=30.0, epochs=1), 0)
    assert (flat.kind, flat.cause, flat.zero_in_format) == ("vanishing", "saturation", 99)
    assert flat.sentence.endswith(" float64 with φ′ from h holds exactly 0 from layer 99 down, as would float32.")


def zero_in_a_float32_run(config: Config) -> int | None:
    """The highest layer from which downwards the g of a real float32 run is 0 at epoch 0, for all samples."""
    g = record(config.replace(number_format="float32", epochs=1)).g[0]
    layer = 0
    while layer + 1 < config.layers and not g[:, layer + 1].any():
        layer += 1
    return layer or None


@pytest.mark.parametrize(
    "config",
    [
        Config(layers=3000, weight_scale=0.9),
        Config(layers=3000, weight_scale=0.4),
        Config(layers=400, weight_scale=0.5),
        Config(layers=3000, activation="identity", weight_scale=0.9),
        Config(layers=300, activation="sigmoid", weight_scale=2.0, inputs=(-1.0, 0.0, 2.0), targets=(0.0, 0.5, 1.0)),
        Config(layers=40, weight_scale=5.0, derivative="from_output"),
        Config(layers=200, initialization="normal", seed=7),
        preset("from-output"),
        preset("deep-2000"),
        preset("notebook-1b"),
        preset("notebook-1a"),
    ],
    ids=str,
)
def test_what_float32_would_hold_is_what_a_float32_run_holds(config: Config) -> None:
    [verdict] = at(config.replace(epochs=1), 0)
    assert verdict.zero_in_float32 == zero_in_a_float32_run(config)
    assert ("float32" in verdict.sentence) == (verdict.zero_in_float32 is not None and verdict.kind == "vanishing")


@pytest.mark.parametrize("weight_scale", [0.45, 0.5, 0.55, 0.9])
def test_a_gradient_that_sticks_at_the_smallest_number_is_not_0_in_numpy_either(weight_scale: float) -> None:
    w, g = np.float32(weight_scale), np.float32((weight_scale**399 * 0.5 - 0.5) / 1.0)
    highest = None
    for layer in range(398, 0, -1):
        g = w * g
        highest = highest or (layer if g == 0.0 else None)
    [verdict] = at(Config(layers=400, activation="identity", weight_scale=weight_scale, inputs=(0.5,), targets=(0.5,), epochs=1), 0)
    assert verdict.zero_in_float32 == highest
    assert (highest is None) == (weight_scale > 0.5), "half of the smallest is a tie, and goes to 0"


# --- whose gradient it is ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "sample", "words"),
    [
        (Config(inputs=(0.0, 0.5), targets=(0.0, 0.5)), 1, "Layer 1 gets 0.017 of the output's gradient for x = 0.5, 1.8 decades less over 98 layers."),
        (Config(activation="relu", inputs=(0.0, 0.5), targets=(0.1, 0.4)), 1, "Layer 1 gets all of the output's gradient for x = 0.5."),
        (Config(inputs=tuple(np.linspace(-1.0, 1.0, 50)), targets=(0.0,) * 50), 24, "Layer 1 gets 0.96 of the output's gradient for x = −0.0204,"),
        (Config(activation="sigmoid", weight_scale=-30.0, layers=10), 1, "of the gradient for x = 0.5, a decade every"),
        (Config(weight_scale=0.9, inputs=(1e-3, 2.0), targets=(0.5, 0.5)), 0, "each layer passes on 0.9 of the gradient for x = 0.001, a decade every"),
        (Config(weight_scale=0.9, inputs=(0.5, -0.5), targets=(0.1, 0.2)), 0, "of the gradient, a decade every"),
        (Config(layers=60, activation="relu", weight_scale=1.5, inputs=(-0.5, 0.5), targets=(0.0, 0.0)), 1, "the gradient by 1.5 for x = 0.5, a decade every"),
        (Config(layers=3, weight_scale=5.0, inputs=(0.4, 0.5), targets=(0.0, 0.0)), 0, "φ′ is near 0, 2.6×10⁻⁴ on average for x = 0.4: the answer"),
    ],
    ids=str,
)
def test_the_sample_is_named_where_another_ones_gradient_fares_otherwise(config: Config, sample: int, words: str) -> None:
    [verdict] = at(config.replace(epochs=1), 0)
    assert verdict.sample == sample
    assert words in verdict.sentence


def test_a_sample_on_its_target_has_no_gradient_to_judge_by() -> None:
    """At x = 0 a tanh passes on everything, but of an error of exactly 0."""
    config = Config(weight_scale=1.1, inputs=(0.0, 0.5), targets=(0.0, 0.5), epochs=1)
    assert not record(config).g[0, 0].any()
    [verdict] = at(config, 0)
    assert verdict.sample == 1
    h, lost = 0.5, 0.0
    for layer in range(1, 100):
        h = math.tanh(1.1 * h)
        lost -= math.log10(1.1 * (1.0 - h * h)) if layer > 1 else 0.0
    assert lost > 0.0
    assert verdict.saturation_decades + verdict.weights_decades == pytest.approx(-lost, rel=1e-9)


@pytest.mark.parametrize("changes", [{}, {"inputs": (0.0, 0.25), "targets": (0.0, 0.25), "activation": "identity"}])
def test_where_every_answer_is_right_there_is_no_gradient(changes: dict[str, Any]) -> None:
    [verdict] = at(Config(**{"inputs": (0.0,), "targets": (0.0,), "epochs": 1, **changes}), 0)
    assert verdict.sentence == "Trains: the cost is 0. Nothing is left to learn. There is no gradient to pass back: every answer is exactly its target."


def test_a_thousand_layers_train_through_all_of_a_power_law() -> None:
    verdicts = [judgement.verdict for judgement in judged(preset("deep-1000"))]
    assert {verdict.kind for verdict in verdicts} == {"trains"}
    assert "Layer 1 gets 2.4×10⁻⁶ of the output's gradient." in verdicts[-1].sentence


# --- every other kind and cause ------------------------------------------------------------------------------------------------------------

CASES: dict[str, tuple[Config, int, str, str, str]] = {
    "relu on the dead side": (Config(activation="relu", inputs=(-0.5, -1.0), targets=(0.5, 0.2)), -1, "dead", "dead units", "every sample meets a ReLU"),
    "half of the samples dead": (Config(activation="relu"), -1, "dead", "dead units", "1 of 2 samples meets a ReLU that answers 0"),
    "dead ones left over": (Config(activation="relu", layers=5, targets=(-0.5, 0.4)), -1, "dead", "dead units", "1 of 2 samples meets a ReLU"),
    "killed by an update": (
        Config(layers=10, activation="relu", weight_scale=3.0, learning_rate=0.01, inputs=(1.0,), targets=(0.5,)),
        -1,
        "dead",
        "dead units",
        "every sample meets a ReLU",
    ),
    "sixty layers, slowly at first": (Config(layers=60, weight_scale=0.9), 0, "trains", "none", "each update takes about 7.9×10⁻⁴% off it"),
    "no weights": (Config(weight_scale=0.0), -1, "dead", "weights", "weights are exactly 0"),
    "no input": (Config(inputs=(0.0,), targets=(0.5,)), -1, "dead", "input", "every input is 0"),
    "two flat layers": (Config(layers=3, weight_scale=5.0), -1, "saturated", "saturation", "50% of the activations lie beyond ±0.99"),
    "two flat layers in bfloat16": (
        Config(layers=3, weight_scale=4.0, derivative="from_output", number_format="bfloat16"),
        -1,
        "saturated",
        "saturation",
        "1.3×10⁻⁴",
    ),
    "a sigmoid's tails": (Config(layers=3, activation="sigmoid", weight_scale=8.0, inputs=(1.0,), targets=(0.0,)), 0, "saturated", "saturation", "0.99"),
    "learning too slowly": (Config(learning_rate=1e-9), -1, "stalled", "learning rate", "a greater one helps"),
    "a thousand layers too slowly": (Config(layers=1000, learning_rate=1e-9, epochs=5), -1, "stalled", "learning rate", "a greater one helps"),
    "jumping": (Config(learning_rate=1e6, epochs=1), 0, "stalled", "learning rate", "a smaller one helps"),
    "jumped onto the tails": (Config(learning_rate=1e6, epochs=9), -1, "vanishing", "saturation", "10⁻²⁰⁸⁴⁹ of the gradient"),
    "updates rounded away": (Config(number_format="bfloat16"), -1, "stalled", "number format", "bfloat16 is too coarse"),
    "float16 is fine enough": (Config(number_format="float16"), -1, "trains", "none", "the cost fell from 0.0725 to 9.35×10⁻⁵"),
    "1(d) in float16": (Config(weight_scale=0.9, number_format="float16"), -1, "vanishing", "weights", "The weights take 4.5 decades"),
    "1(d), slowly": (Config(weight_scale=0.9, learning_rate=1e-9), -1, "vanishing", "weights", "The signal shrinks by 4.6 too."),
    "growing and learning": (Config(layers=30, activation="identity", weight_scale=1.1, learning_rate=1e-4), -1, "trains", "none", "the cost fell from 27.6"),
    "growing too far": (Config(layers=60, activation="identity", weight_scale=1.5, learning_rate=1e-30), -1, "exploding", "weights", "multiplies"),
    "a format left": (
        Config(layers=80, activation="identity", weight_scale=1.2, number_format="float16"),
        0,
        "diverged",
        "number format",
        "a number outgrew float16, which ends at 65,504",
    ),
    "too large from the start": (
        Config(activation="identity", weight_scale=10.0, inputs=(1e200,), targets=(0.0,)),
        0,
        "diverged",
        "overflow",
        "the first pass leaves float64",
    ),
    "overshot": (Config(layers=5, activation="identity", weight_scale=0.5, learning_rate=1e200), -1, "diverged", "learning rate", "the updates overshot"),
    "settled between its samples": (Config(layers=3, inputs=(0.5, -0.5), targets=(0.5, 0.4), epochs=5000), -1, "trains", "none", "opposite directions"),
    "one layer on its tail": (Config(layers=2, weight_scale=50.0), -1, "saturated", "saturation", "100% of the activations lie beyond ±0.99"),
    "balanced": (Config(layers=2, activation="identity", weight_scale=1e-3, inputs=(1.0, -1.0), targets=(1.0, 1.0)), -1, "stalled", "cancellation", "cancel"),
    "nothing left to learn": (Config(activation="identity"), 0, "trains", "none", "Nothing is left to learn."),
    "the top alone": (Config(weight_scale=1.1), -1, "trains", "none", "the upper layers do the learning"),
}


@pytest.mark.parametrize(("config", "epoch", "kind", "cause", "words"), CASES.values(), ids=CASES)
def test_cases_that_can_be_told_by_hand(config: Config, epoch: int, kind: str, cause: str, words: str) -> None:
    [verdict] = at(config, epoch)
    assert (verdict.kind, verdict.cause) == (kind, cause), verdict.sentence
    assert words in verdict.sentence


def test_a_signal_that_shrinks_before_the_gradient_has_vanished() -> None:
    """Where depth is blamed is a threshold: just short of it the signal is."""
    config = Config(weight_scale=0.9, epochs=1)
    [verdict] = at(config, 0, lost=6.0)
    assert (verdict.kind, verdict.cause) == ("shrinking", "weights")
    assert verdict.sentence.startswith("Shrinking: the signal loses 4.6 decades from input to output")
    assert at(config, 0, lost=4.0)[0].kind == "vanishing"


def test_a_single_weight_of_0_lets_nothing_past() -> None:
    config = Config(layers=6, activation="identity", weight_scale=0.9)
    frame = next(judged(config)).frame
    w = frame.w.copy()
    w[0, 4] = 0.0
    profile = log_profile(config, w[0])
    verdict = diagnose(config, frame, profile, np.array([0.125]))
    assert (verdict.kind, verdict.cause, verdict.factor_per_layer, verdict.layers_per_decade) == ("vanishing", "weights", 0.0, 0.0)
    assert verdict.sentence == "Vanishing: exactly nothing of the gradient reaches layer 1, for weights that are exactly 0 stand in its way."


def test_the_ending_lends_its_words() -> None:
    *_, last = judged(preset("explodes"))
    ending = Ending("diverged", "Diverged at epoch 1: the activation of layer 48 left the range of float64.")
    sentence = diagnose(last.config, last.frame, last.profile, last.costs, ending).sentence
    assert sentence.startswith(ending.reason)
    assert sentence.endswith("The weights multiply the signal layer by layer, the first cost was 1.96×10⁷, and then the update overshot.")
    assert last.verdict.sentence.startswith("Diverged: the weights multiply the signal")


def test_a_learning_rate_that_was_turned_counts_as_it_is_now() -> None:
    first = next(judged(Config(epochs=1)))
    slow = diagnose(Config(learning_rate=1e-9), first.frame, first.profile, first.costs)
    assert (slow.kind, slow.cause) == ("stalled", "learning rate")


def test_a_last_epoch_that_comes_early_promises_no_more_than_it_can_keep() -> None:
    config = Config(layers=10, weight_scale=0.9, learning_rate=0.01, epochs=5, observe_every=1000)
    assert [verdict.kind for verdict in at(config, 0, -1)] == ["trains", "trains"]


def test_a_cost_that_does_not_do_what_the_update_promises_is_not_learning() -> None:
    first = next(judged(Config(epochs=1)))
    later = Frames(**{**first.frame.columns(), "epoch": np.array([9])})
    falling = first.costs[-1] * 1.1 ** np.arange(9.0, -1.0, -1.0)
    assert diagnose(first.config, later, first.profile, falling).kind == "trains"
    level = np.full(10, first.costs[-1])
    verdict = diagnose(first.config, later, first.profile, level)
    assert (verdict.kind, verdict.cause) == ("stalled", "learning rate")
    assert "a smaller one helps" in verdict.sentence


# --- never at odds with itself -------------------------------------------------------------------------------------------------------------

ordinary = st.floats(-2, 2)
anything = st.floats(allow_nan=False, allow_infinity=False)
configs = st.integers(1, 3).flatmap(
    lambda samples: st.builds(
        Config,
        layers=st.integers(2, 60),
        activation=st.sampled_from(["tanh", "sigmoid", "relu", "identity"]),
        initialization=st.sampled_from(["constant", "normal"]),
        weight_scale=st.floats(-8, 8) | st.sampled_from([0.0, 0.9, 1.0, 1.1, 5.0]) | anything,
        seed=st.integers(0, 999),
        learning_rate=st.floats(-12, 8).map(lambda size: 10.0**size) | st.sampled_from([0.1, 1e308]),
        epochs=st.integers(1, 30),
        observe_every=st.sampled_from([1, 1, 7]),
        number_format=st.sampled_from(list(FORMATS)),
        derivative=st.sampled_from(["exact", "from_output"]),
        inputs=st.tuples(*[ordinary | anything] * samples),
        targets=st.tuples(*[ordinary | anything] * samples),
    )
)


def check(judgement: Judged) -> None:
    config, frame, profile, _, verdict = judgement
    factor, pace = verdict.factor_per_layer, verdict.layers_per_decade
    layers = max(1, config.layers - 2)
    assert verdict.kind in verdict.sentence.lower()
    for word in ("nan", "inf ", "inf.", "inf,", "None", "e-", "e+", "--"):
        assert word not in verdict.sentence
    assert len(verdict.sentence) <= 250, verdict.sentence
    assert verdict.sentence[-1] == "."
    assert (verdict.kind == "diverged") == (not (np.isfinite(frame.cost[-1]) and np.isfinite(frame.w[-1]).all() and np.isfinite(frame.dw[-1]).all()))
    for number in (factor, pace):
        assert number is None or (math.isfinite(number) and number >= 0.0)
    if factor and pace:
        assert pace == pytest.approx(1.0 / abs(math.log10(factor)), rel=1e-3 if factor < 1e-300 else 1e-6)
    if factor and math.isfinite(verdict.saturation_decades + verdict.weights_decades):
        assert math.log10(factor) * layers == pytest.approx(verdict.saturation_decades + verdict.weights_decades, rel=1e-4, abs=1e-6 * layers)
    if verdict.kind == "vanishing":
        assert factor is not None
        assert factor < 1.0
        assert (verdict.cause == "weights") == (verdict.weights_decades <= verdict.saturation_decades)
        assert verdict.cause in ("weights", "saturation", "slope")
    if verdict.kind == "exploding":
        assert factor is None or factor > 1.0
    if verdict.kind != "diverged":
        check_layers(config, frame, profile, verdict)


def check_layers(config: Config, frame: Frames, profile: LogProfile, verdict: Verdict) -> None:
    """The layers that a verdict names, one by one."""
    true = [max(profile.du.decades[sample, k] for sample in range(len(config.inputs))) for k in range(config.layers)]
    assert verdict.smallest == true[1]
    if not any(abs(size + 7.0) < 1e-6 for size in true):  # else it is a matter of the last digit
        highest = 0
        while highest + 1 < config.layers and true[highest + 1] < -7.0:
            highest += 1
        assert verdict.below_layer == (highest or None)
    if frame.epoch[-1] == 0 and config.number_format in ("float64", "float32"):  # the others' weights are not a float32 run's
        assert verdict.zero_in_float32 == (zero_in_a_float32_run(config) if true[1] > -INF else None)
    errors = [profile.dh.sign[sample, -1] for sample in range(len(config.inputs))]
    assert errors[verdict.sample] != 0.0 or not any(errors)
    lost = [k for k in range(1, config.layers) if not frame.g[-1, :, k].any() and true[k] > -INF]
    assert verdict.zero_in_format == (max(lost) if lost else None)


@given(configs)
@settings(max_examples=250)
@example(Config(learning_rate=1e308, epochs=3))
@example(Config(layers=2, weight_scale=50.0, epochs=2))
@example(Config(layers=4, activation="relu", initialization="normal", weight_scale=2.0, seed=3, epochs=30))
@example(Config(layers=3, weight_scale=1e308, inputs=(100.0,), targets=(0.5,), epochs=2))
def test_a_verdict_never_contradicts_its_own_numbers(config: Config) -> None:
    for judgement in judged(config):
        check(judgement)


def test_the_last_costs_are_enough_for_it() -> None:
    """A verdict must not cost more the longer a run is: all between the first cost and the last ten may be anything."""
    *_, last = judged(Config(epochs=300))
    middle = np.concatenate([last.costs[:1], np.full(5000, np.nan), last.costs[-10:]])
    assert diagnose(last.config, last.frame, last.profile, middle) == last.verdict


@pytest.mark.parametrize("share", [0.45, 0.55, 0.9, 1.1])
def test_what_float32_would_hold_is_what_numpy_holds(share: float) -> None:
    tiny = share * float(np.finfo(np.float32).smallest_subnormal)
    [verdict] = at(Config(layers=2, activation="identity", inputs=(0.0,), targets=(tiny,), epochs=1), 0)
    assert verdict.zero_in_float32 == (1 if np.float32(tiny) == 0.0 else None)


LONG = [
    Config(layers=2000, activation="sigmoid", weight_scale=100.0, derivative="from_output", inputs=(-1.23e-300, 2.0), targets=(0.5, 0.5)),
    Config(layers=2000, activation="sigmoid", weight_scale=-1.23e-300, number_format="bfloat16", derivative="from_output"),
    Config(layers=20_000, weight_scale=1.01, inputs=(-1.23456e-7, 0.5), targets=(0.5, 0.5)),
    Config(layers=20_000, weight_scale=0.98, learning_rate=1e-5, inputs=(-1.23456e-7, 0.5), targets=(0.5, 0.5)),
    Config(layers=12_345, weight_scale=5.0, derivative="from_output", inputs=(-1.23456e-7, 0.5), targets=(0.5, 0.5)),
    Config(layers=12_345, initialization="normal", weight_scale=1e-300),
]


@pytest.mark.parametrize("config", [*LONG, *(named.config for named in presets().values() if not named.config.wide)], ids=str)
def test_two_lines_hold_every_sentence(config: Config) -> None:
    for verdict in at(config.replace(epochs=2), 0, -1):
        assert len(verdict.sentence) <= 250, verdict.sentence


def test_thresholds_are_frozen_and_can_be_set() -> None:
    with pytest.raises(AttributeError):
        THRESHOLDS.vanishing = 1.0  # type: ignore[misc]
    assert at(Config(weight_scale=5.0, epochs=1), 0, vanishing=1e-20)[0].below_layer == 93
    assert "below 10⁻²⁰ from layer 93 down" in at(Config(weight_scale=5.0, epochs=1), 0, vanishing=1e-20)[0].sentence
    assert msgspec.structs.asdict(Thresholds(saturated=0.9))["saturated"] == 0.9
