"""The self-check: |dh_L/dh_k| <= |h_L| / |h_k| is broken by a wrong number, and by no right one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gradviz import Config, train
from gradviz.core import chain
from gradviz.core.activations import NAMES
from gradviz.core.config import DerivativeName
from gradviz.core.formats import FORMAT_NAMES
from gradviz.core.initializers import initial_weights
from gradviz.core.training import SelfCheckError

Floats = NDArray[np.float64]

DERIVATIVES: tuple[DerivativeName, ...] = ("exact", "from_output")
#: Whose law it is; not the sigmoid's, gelu's and silu's.
LAWFUL = [name for name in NAMES if name not in ("sigmoid", "gelu", "silu")]


def passed_forward(config: Config) -> tuple[Floats, Floats, Floats, chain.Rules]:
    """Weights, activations and slopes of a network before its first update, and its rules."""
    rules = chain.Rules.of(config)
    with np.errstate(all="ignore"):
        w, x = (chain.in_format(rules.number_format, values) for values in (initial_weights(config), config.inputs))
        h, slope = np.zeros((2, config.layers, len(x)))
        chain.forward(w, x, rules, h, slope)
    return w, h, slope, rules


# --- what it catches -----------------------------------------------------------------------------------------------------------------------

#: Networks where the law is all but an equality, so that a percent matters: no activation bends.
TIGHT = {
    "identity": Config(layers=30, activation="identity", weight_scale=-1.3, inputs=(0.7, -0.2), targets=(0.0, 0.0)),
    "relu": Config(layers=30, activation="relu", weight_scale=0.8, inputs=(0.7, 0.2), targets=(0.0, 0.0)),
    "tanh": Config(layers=30, weight_scale=0.7, inputs=(1e-3, -2e-3), targets=(0.0, 0.0)),
    "softsign": Config(layers=30, activation="softsign", weight_scale=0.7, inputs=(1e-3, -2e-3), targets=(0.0, 0.0)),
    "leaky_relu": Config(layers=30, activation="leaky_relu", weight_scale=-1.3, inputs=(0.7, -0.2), targets=(0.0, 0.0)),
    "elu": Config(layers=30, activation="elu", weight_scale=0.9, inputs=(0.7, -1e-3), targets=(0.0, 0.0)),
    "selu": Config(layers=30, activation="selu", weight_scale=0.5, inputs=(0.7, -1e-3), targets=(0.0, 0.0)),
    "underflow": Config(layers=30, activation="identity", weight_scale=1e-10, inputs=(1.0, 1e200), targets=(0.0, 0.0)),
    "overflow": Config(layers=3, activation="identity", weight_scale=1e200, inputs=(1e-300, -1e-290), targets=(0.0, 0.0)),
}


@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("number_format", ["float64", "float32"])
@pytest.mark.parametrize("name", ["identity", "relu", "tanh", "softsign", "leaky_relu", "elu", "selu"])
def test_a_slope_that_is_a_percent_too_steep_is_found_in_any_layer_and_sample(name: str, number_format: str, derivative: str) -> None:
    w, h, slope, rules = passed_forward(TIGHT[name].replace(number_format=number_format, derivative=derivative))
    assert chain.unsound_layer(w, h, slope, rules) == -1
    for layer in range(1, 30):
        for sample in range(2):
            wrong = slope.copy()
            wrong[layer, sample] *= 1.01
            assert chain.unsound_layer(w, h, wrong, rules) == layer - 1
            wrong[layer, sample] *= 0.98  # too flat breaks no law
            assert chain.unsound_layer(w, h, wrong, rules) == -1


@pytest.mark.parametrize("name", TIGHT)
def test_a_weight_that_is_not_the_one_of_the_forward_pass_is_found(name: str) -> None:
    w, h, slope, rules = passed_forward(TIGHT[name])
    assert chain.unsound_layer(w, h, slope, rules) == -1
    last = int(np.flatnonzero(np.abs(h[:, 0]) > 1e-307).max())  # nothing is claimed of what has underflowed
    for layer in range(1, len(w) if last == len(w) - 1 else 1):
        wrong = w.copy()
        wrong[layer] *= 1.01
        assert chain.unsound_layer(wrong, h, slope, rules) == layer - 1


@pytest.mark.parametrize(("number_format", "factor"), [("float64", 1 + 1e-14), ("float32", 1 + 1e-5), ("float16", 1.02), ("bfloat16", 1.2)])
def test_how_small_a_fault_it_finds_in_each_format(number_format: str, factor: float) -> None:
    """From some roundings of the format on; fewer are allowed for."""
    w, h, slope, rules = passed_forward(Config(layers=3, activation="identity", weight_scale=0.5, number_format=number_format))
    slope[2, 1] = factor
    assert chain.unsound_layer(w, h, slope, rules) == 1
    slope[2, 1] = 1 + 2.0 ** -{"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}[number_format]
    assert chain.unsound_layer(w, h, slope, rules) == -1


def test_a_wrong_slope_is_found_where_a_saturated_network_lets_it_be_seen() -> None:
    """At weight 5 the law has three decades to spare, so that only a slope of the size of 1 breaks it: 1 - h instead of 1 - h^2 would go unseen."""
    w, h, slope, rules = passed_forward(Config(layers=60, weight_scale=5.0))
    assert chain.unsound_layer(w, h, slope, rules) == -1
    slope[-1] = 1.0
    assert chain.unsound_layer(w, h, slope, rules) == 58


# --- what it says nothing of ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["sigmoid", "gelu", "silu"])
def test_nothing_is_said_of_those_that_break_the_law_by_themselves(activation: str) -> None:
    w, h, slope, rules = passed_forward(Config(layers=3, activation=activation, weight_scale=-4.0))
    before = np.abs(w[1:, None] * h[:-1])
    assert (np.abs(slope[1:]) * before > 1.01 * np.abs(h[1:])).any(), "|u phi'(u)| > |phi(u)| somewhere"
    assert chain.unsound_layer(w, h, slope, rules) == -1


ordinary = st.floats(-8, 8)
sizes = st.floats(-60, 60).map(lambda size: 10.0**size) | st.floats(-60, 60).map(lambda size: -(10.0**size))
weights = ordinary | sizes | st.floats(allow_nan=False, allow_infinity=False)
samples = st.tuples(ordinary, weights)
configs = st.builds(
    Config,
    layers=st.integers(2, 500),
    activation=st.sampled_from(NAMES),
    initialization=st.sampled_from(["constant", "normal"]),
    weight_scale=weights,
    seed=st.integers(0, 99_999),
    number_format=st.sampled_from(FORMAT_NAMES),
    derivative=st.sampled_from(DERIVATIVES),
    inputs=samples,
    targets=st.tuples(ordinary, ordinary),
)


@given(configs)
@example(TIGHT["overflow"])  # dh_L/dh_0 is 1e400, which float64 takes for infinite
@example(TIGHT["underflow"])
@example(Config(layers=3, activation="identity", weight_scale=1e200, inputs=(1e-300, 1.0), targets=(0.0, 0.0)))
@example(Config(layers=2, weight_scale=5e-324, inputs=(1.7e308, -1e300), targets=(0.0, 0.0)))
@example(Config(layers=2, weight_scale=2.0**-1041, inputs=(1.7e308, -1e300), targets=(0.0, 0.0)))
@example(Config(layers=4, number_format="float16", derivative="from_output", weight_scale=1.0, inputs=(0.03, 1e6), targets=(0.0, 0.0)))
@settings(max_examples=1500)
def test_no_sound_network_is_called_unsound(config: Config) -> None:
    w, h, slope, rules = passed_forward(config)
    assert chain.unsound_layer(w, h, slope, rules) == -1


@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("number_format", FORMAT_NAMES)
@pytest.mark.parametrize("activation", LAWFUL)
def test_none_of_some_thousand_sound_layers_is(activation: str, number_format: str, derivative: str) -> None:
    """Two-layer networks, where no other layer's slack makes up for a rounding: inputs and weights of every size."""
    numbers = np.random.default_rng(7)
    inputs = tuple((numbers.standard_normal(500) * 10.0 ** numbers.uniform(-5, 3, 500)).tolist())
    for weight in (1.0, -1.0, *(numbers.standard_normal(60) * 10.0 ** numbers.uniform(-4, 3, 60)).tolist()):
        config = Config(
            layers=2, activation=activation, weight_scale=weight, number_format=number_format, derivative=derivative, inputs=inputs, targets=(0.0,) * 500
        )
        w, h, slope, rules = passed_forward(config)
        assert chain.unsound_layer(w, h, slope, rules) == -1


@given(configs.map(lambda config: config.replace(layers=min(config.layers, 60), epochs=40)), st.floats(1e-3, 1e3), st.integers(1, 7))
@settings(max_examples=300)
def test_no_training_ends_in_a_self_check_error(config: Config, learning_rate: float, observe_every: int) -> None:
    for frames in train(config.replace(learning_rate=learning_rate, observe_every=observe_every)):
        ending = frames.ending
    assert ending is not None
    assert ending.kind in ("done", "diverged")


@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("number_format", FORMAT_NAMES)
def test_nor_do_the_usual_ones(number_format: str, derivative: str) -> None:
    usual = [("tanh", 0.9, "constant"), ("tanh", 2.0, "normal"), ("relu", 1.0, "constant"), ("identity", 1.9, "normal")]
    for activation, scale, initialization in usual + [(name, 0.95, "constant") for name in LAWFUL]:
        config = Config(
            layers=100,
            activation=activation,
            weight_scale=scale,
            initialization=initialization,
            epochs=1000,
            number_format=number_format,
            derivative=derivative,
        )
        assert [frames.ending for frames in train(config)][-1] is not None


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_network_that_diverged_is_not_unsound(bad: float) -> None:
    for layer in (1, 2, 3):
        for activation in LAWFUL:
            rules = chain.Rules.of(Config(activation=activation))
            w = np.array([0.0, 2.0, -1.0, 0.5])
            w[layer] = bad
            h, slope = np.zeros((2, 4, 2))
            with np.errstate(all="ignore"):
                chain.forward(w, np.array([0.5, 0.0]), rules, h, slope)
                assert chain.unsound_layer(w, h, slope, rules) == -1


# --- how a training says so ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def broken_from_epoch_25(monkeypatch: pytest.MonkeyPatch) -> None:
    """The uncompiled kernel with a forward pass whose 4th slope, from the 26th pass on, is a percent too steep."""
    forward, passes = chain.forward, []

    def wrong(w: Floats, x: Floats, rules: Any, h: Floats, slope: Floats) -> None:
        forward(w, x, rules, h, slope)
        passes.append(1)
        if len(passes) > 25:
            slope[4] *= 1.01

    monkeypatch.setattr(chain, "forward", wrong)
    monkeypatch.setattr(chain, "advance", getattr(chain.advance, "py_func", chain.advance))


@pytest.mark.usefixtures("broken_from_epoch_25")
@pytest.mark.parametrize(("observe_every", "epoch"), [(1, 25), (10, 30)])
def test_a_training_hands_out_the_unsound_frame_first_and_then_names_epoch_and_layer(observe_every: int, epoch: int) -> None:
    config = Config(layers=8, activation="identity", weight_scale=1.1, learning_rate=1e-3, epochs=100, observe_every=observe_every)
    taken: list[int] = []

    def take_all() -> None:
        for frames in train(config):
            taken.extend(frames.epoch.tolist())

    with pytest.raises(SelfCheckError) as caught:
        take_all()
    assert taken == list(range(0, epoch + 1, observe_every))
    sentence = str(caught.value)
    assert sentence.startswith(f"The self-check failed at epoch {epoch}: |∂h[4]/∂h[3]| is greater than |h[4]| / |h[3]|, ")
    assert "fault of GradViz, not of your network" in sentence
