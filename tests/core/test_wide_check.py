"""The check of a wide network's gradient: it agrees with exact arithmetic, agrees for every kind of network, and catches a wrong one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.core.check import CARRIED, HIDDEN, KINK, NOISE, PLAIN, Row, conclusion
from gradviz.core.config import ActivationName, Config, NormalizationName, ResidualName
from gradviz.core.datasets import drawn
from gradviz.core.dense import Network
from gradviz.core.elementwise import PAIRS
from gradviz.core.frames import STATISTICS, Ask, Frames, Intervention, WideFrames
from gradviz.core.training import train
from gradviz.core.wide_check import check_engine, engine_of, retrained, same_weights
from gradviz.core.wide_differences import CHANGES, LOSSES, Number, carried_differences, plain_differences
from gradviz.runs.blas import one_thread

RMS = STATISTICS.index("rms")
NET = Config(layers=6, width=7, bias="on", initialization="normal", data="moons", samples=40, loss="cross_entropy", epochs=30, learning_rate=0.3)


@pytest.fixture(autouse=True)
def on_one_thread() -> Iterator[None]:
    with one_thread():
        yield


def rows_of(config: Config, epoch: int = 0, interventions: tuple[Intervention, ...] = ()) -> list[Row]:
    data = drawn(config)
    assert data is not None
    engine = engine_of(config, data)
    list(retrained(engine, epoch, interventions))
    blocks = list(check_engine(engine, config, epoch))
    assert blocks[-1].ending is not None
    assert all(block.ending is None for block in blocks[:-1])
    assert sum(map(len, blocks)) == blocks[-1].total
    return [row for block in blocks for row in block.rows]


# --- against exact arithmetic ---------------------------------------------------------------------------------------------------------------


def exact_gradient(weights: list[list[list[Fraction]]], x: Fraction, y: Fraction, k: int, i: int, j: int) -> Fraction:
    """dC/dW[k][i][j] of a linear network with one sample and C = (h - y)^2 / 2, as a polynomial says it."""

    def answer(moved: int) -> Fraction:
        h = [x]
        for layer, matrix in enumerate(weights):
            used = [[value + moved * (layer == k and (row, column) == (i, j)) for column, value in enumerate(line)] for row, line in enumerate(matrix)]
            h = [sum((w * v for w, v in zip(line, h, strict=True)), Fraction(0)) for line in used]
        return h[0]

    return (answer(0) - y) * (answer(1) - answer(0))  # the answer is linear in one weight


@pytest.mark.parametrize("size", [-60, -30, 0, 5])
def test_a_carried_difference_is_right_however_small_or_large_the_gradient(size: int) -> None:
    """Down to 1e-180 and up to 1e+16, to nearly all digits, by rational numbers."""
    network = Network(Config(layers=5, width=2, activation="identity", data="function"), 1, 1)
    network.theta[...] = np.random.default_rng(3).uniform(0.5, 1.0, network.theta.size) * 10.0**size
    weights = [[[Fraction(value) for value in line] for line in array.tolist()] for array in network.weights[1:]]
    numbers = [Number("weights", 1, (1, 0)), Number("weights", 2, (0, 1)), Number("weights", 4, (0, 1))]
    found = carried_differences(network, np.array([[0.5]]), np.array([[-0.25]]), numbers)
    exact = [exact_gradient(weights, Fraction(1, 2), Fraction(-1, 4), number.layer - 1, *number.place) for number in numbers]
    np.testing.assert_allclose(found.values, [float(value) for value in exact], rtol=1e-12)
    assert np.all(np.abs(found.values - [float(value) for value in exact]) <= found.errors)
    assert size > -30 or np.abs(found.values).max() < 1e-80
    plain = plain_differences(network, np.array([[0.5]]), np.array([[-0.25]]), numbers, 1e-7)
    if size in (-60, -30):
        assert plain is None, "no two costs show it"


@given(st.sampled_from(get_args(ActivationName)), st.floats(-30, 30), st.floats(-3, 3))
def test_the_change_of_an_activation_is_the_difference_of_two_where_that_has_digits(activation: str, u: float, e: float) -> None:
    at, by = np.array([[u]]), np.array([[[e]]])
    phi = PAIRS[activation].phi
    after, before = float(phi(at + by[0])[0, 0]), float(phi(at)[0, 0])
    assert float(CHANGES[activation](at, by)[0, 0, 0]) == pytest.approx(
        after - before, abs=3e-15 * max(1.0, abs(after), abs(before)) + tolerance(activation, e)
    )


def tolerance(activation: str, e: float) -> float:
    """GELU's quadrature is meant for steps, not for strides."""
    return abs(e) ** 7 / 1000 if activation == "gelu" else 0.0


@given(st.sampled_from(get_args(ActivationName)), st.floats(-700, 700).filter(lambda u: abs(u) > 1e-3), st.sampled_from([1e-9, -1e-30]))
def test_a_tiny_change_is_the_slope_times_it_in_the_tails_too(activation: str, u: float, e: float) -> None:
    at = np.array([[u]])
    change = float(CHANGES[activation](at, np.array([[[e]]]))[0, 0, 0])
    slope = float(PAIRS[activation].slope(at)[0, 0])
    if abs(slope * e) > 1e-300:
        # near the bottom of GELU and SiLU the slope itself has no digits
        assert change == pytest.approx(slope * e, rel=1e-6, abs=1e-8 * abs(e) if activation in ("gelu", "silu") and -2.0 < u < 0.0 else 0.0)


@given(st.lists(st.floats(-20, 20), min_size=6, max_size=6), st.lists(st.floats(-2, 2), min_size=6, max_size=6))
def test_the_change_of_a_loss_is_the_difference_of_two(h: list[float], e: list[float]) -> None:
    network = Network(Config(layers=2, data="spirals", loss="cross_entropy"), 1, 3)
    answers, moved, y = np.reshape(h, (2, 3)), np.reshape(e, (1, 2, 3)), np.eye(3)[[2, 0]]
    for loss, found in LOSSES.items():
        network.config = network.config.replace(loss=loss)
        costs = []
        for values in (answers + moved[0], answers):
            network.room.h = [values]
            costs.append(network.cost(y))
        assert found(answers, y, moved).mean() == pytest.approx(costs[0] - costs[1], abs=1e-12)


# --- every kind of network -----------------------------------------------------------------------------------------------------------------


@settings(max_examples=150)
@given(
    st.fixed_dictionaries(
        {
            "activation": st.sampled_from(get_args(ActivationName)),
            "residual": st.sampled_from(get_args(ResidualName)),
            "normalization": st.sampled_from(get_args(NormalizationName)),
            "tied_weights": st.sampled_from(["off", "on"]),
            "bias": st.sampled_from(["off", "on"]),
            "loss": st.sampled_from(["mse", "cross_entropy"]),
            "output": st.sampled_from(["activation", "linear"]),
            "initialization": st.sampled_from(["normal", "constant", "orthogonal", "he"]),
            "weight_scale": st.floats(0.1, 3.0),
            "bias_scale": st.floats(0.0, 1.0),
            "batch_size": st.sampled_from([0, 5]),
            "number_format": st.sampled_from(["float64", "float32"]),
            "layers": st.integers(4, 12),
            "width": st.integers(2, 9),
            "seed": st.integers(0, 9),
        }
    ),
    st.sampled_from([0, 3]),
)
def test_every_network_agrees(values: dict[str, Any], epoch: int) -> None:
    config = Config(data="spirals", samples=30, epochs=5, learning_rate=0.01, **values)
    rows = rows_of(config, epoch)
    found = conclusion(rows, config)
    assert found.word != "Disagrees", found.sentence
    for row in rows:
        assert row.method in (PLAIN, CARRIED, KINK, NOISE)
        assert not row.compared or row.allowed <= HIDDEN
    if values["tied_weights"] == "off":
        assert [row.layer for row in rows] == list(range(1, config.layers))


def test_a_vanished_gradient_is_proved_by_the_carried_difference() -> None:
    config = NET.replace(layers=120, width=16, weight_scale=0.2, bias_scale=0.1, data="samples", loss="mse", inputs=(0.5, 0.7), targets=(-0.5, 0.1))
    rows = rows_of(config)
    found = conclusion(rows, config)
    assert (found.ok, len(rows)) == (True, 119)
    assert rows[-1].method == PLAIN
    assert rows[0].method == CARRIED
    assert rows[0].decades < -75.0
    assert rows[0].relative < 1e-12
    assert f"at layer {min(rows, key=lambda row: row.decades).layer}" in found.sentence
    assert "so that the difference itself was carried through the layers, down to " in found.sentence


def test_an_exploding_gradient_is_proved_too() -> None:
    rows = rows_of(NET.replace(layers=60, width=100, weight_scale=5.0, bias="off", loss="mse"))
    assert rows[0].decades > 5.0
    assert all(row.agrees and row.compared for row in rows)


def test_a_gradient_below_all_floats_is_0_on_both_sides_and_what_loses_its_digits_is_not_compared() -> None:
    config = NET.replace(layers=200, width=4, weight_scale=0.01, bias_scale=0.1, data="function", samples=4, loss="mse")
    rows = rows_of(config)
    assert (rows[0].sign, rows[0].finite_sign, rows[0].method) == (0.0, 0.0, CARRIED)
    assert "both are exactly 0 for layers 1 to " in conclusion(rows, config).sentence
    hidden = [row for row in rows if row.method == NOISE]
    assert hidden
    assert all(row.decades < -270.0 for row in hidden)
    assert all(row.agrees for row in rows)


@pytest.mark.parametrize("factor", [1.00001, 0.5, -1.0, 0.0])
@pytest.mark.parametrize("more", [{}, {"weight_scale": 0.05}, {"normalization": "batch"}, {"activation": "relu"}])
def test_a_wrong_gradient_is_caught(monkeypatch: pytest.MonkeyPatch, factor: float, more: dict[str, Any]) -> None:
    right = Network.backward

    def wrong(network: Network, y: Any, observe: Any = None) -> None:
        right(network, y, observe)
        network.gradients_of.weights[3][...] *= factor

    monkeypatch.setattr(Network, "backward", wrong)
    rows = rows_of(NET.replace(**more))
    assert [row.layer for row in rows if not row.agrees] == [3]
    found = conclusion(rows, NET.replace(**more))
    assert (found.ok, found.word) == (False, "Disagrees")
    assert "layer 3. At layer 3 backpropagation says" in found.sentence


@pytest.mark.parametrize("part", ["biases", "gains", "shifts", "branches"])
def test_so_is_one_of_what_is_no_weight(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    right = Network.backward

    def wrong(network: Network, y: Any, observe: Any = None) -> None:
        right(network, y, observe)
        getattr(network.gradients_of, part)[2][...] *= 1.01

    monkeypatch.setattr(Network, "backward", wrong)
    config = NET.replace(normalization="layer", residual="skipinit", bias_scale=0.3)
    assert [row.layer for row in rows_of(config, epoch=2) if not row.agrees] == [2]


def test_at_a_kink_nothing_is_compared() -> None:
    """Fixup's branches start at 0 exactly, where ReLU has two slopes."""
    config = NET.replace(activation="relu", residual="fixup")
    rows = rows_of(config)
    assert [row.method == KINK for row in rows] == [False, True, True, True, False]
    found = conclusion(rows, config)
    assert found.ok
    assert "At layers 2 to 4 u is exactly 0, the kink of ReLU: the cost is not differentiable there, and nothing was compared." in found.sentence


def test_numbers_that_left_the_floats_end_it_with_a_sentence() -> None:
    config = NET.replace(activation="identity", weight_scale=1e100, layers=8)
    assert rows_of(config) == []
    found = conclusion([], config)
    assert found == (False, "Not checked", "There is nothing to check: not all numbers are finite, the training has diverged.")


def test_of_float32_the_exact_gradient_is_checked_and_the_stored_one_shown() -> None:
    config = NET.replace(number_format="float32")
    rows = rows_of(config)
    for row in rows:
        assert 1e-9 < abs(row.stored / 10.0**row.decades - 1.0) < 1e-4
        assert row.agrees
    assert "float32 is off by up to " in conclusion(rows, config).sentence


def test_phi_from_the_output_is_what_is_stored_and_not_what_is_checked() -> None:
    """At u = 8 what is left of 1 - h^2 has six digits less."""
    config = Config(layers=4, width=3, weight_scale=8.0, derivative="from_output", inputs=(1.0,), targets=(0.5,))
    rows = rows_of(config)
    assert all(row.agrees for row in rows)
    assert 1e-12 < max(abs(row.stored / 10.0**row.decades - 1.0) for row in rows) < 1e-8


def test_tied_layers_are_one_row_and_the_words_say_so() -> None:
    config = NET.replace(tied_weights="on")
    rows = rows_of(config)
    assert [row.layer for row in rows] == [1, 2, 5]
    sentence = conclusion(rows, config).sentence
    assert sentence.startswith("All 3 weight gradients agree with finite differences to ")
    assert sentence.endswith("Of each layer a few numbers were compared, chosen at random; the first of the tied layers stands for all.")


def test_a_huge_network_is_checked_at_layers_evenly_spaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradviz.core.wide_check.MOST_LAYERS", 30)
    config = NET.replace(layers=41)
    rows = rows_of(config)
    layers = [row.layer for row in rows]
    assert (len(layers), layers[0], layers[-1]) == (30, 1, 40)
    assert set(np.diff(layers)) == {1, 2}
    assert conclusion(rows, config).sentence.startswith("All 30 weight gradients at evenly spaced layers, of 40, agree")
    monkeypatch.setattr("gradviz.core.wide_check.MOST_WORK", 1.0)
    assert len(rows_of(config)) == 8


def test_the_same_numbers_are_chosen_each_time() -> None:
    assert rows_of(NET) == rows_of(NET)


# --- the weights on the screen --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, {"batch_size": 9, "optimizer": "adam", "decay": "cosine", "warm_up": 4}, {"normalization": "batch", "observe_every": 4}])
def test_training_once_more_comes_to_the_weights_of_the_frame(more: dict[str, Any]) -> None:
    config = NET.replace(**more)
    turned = (Intervention(3, "learning_rate", 0.01), Intervention(3, "learning_rate", 0.05), Intervention(10, "learning_rate", 0.5))
    whole = Frames.joined([block for block in train(config, turned) if len(block)])
    assert isinstance(whole, WideFrames)
    data = drawn(config)
    assert data is not None
    for epoch in (0, 4, 12, 29):
        if epoch not in whole.epoch:
            continue
        engine = engine_of(config, data)
        steps = list(retrained(engine, epoch, turned))
        assert [step.epoch for step in steps][-1:] == [epoch][: len(steps)]
        frame = whole.rows(np.flatnonzero(whole.epoch == epoch))
        found = [math.sqrt(float(np.mean(weights**2))) for weights in engine.network.weights[1:]]
        np.testing.assert_allclose(found, frame.w[0, RMS, 1:], rtol=1e-14)
        assert same_weights(engine, frame)
        assert epoch < 5 or not same_weights(engine, whole.rows([0]))


def test_a_training_that_diverges_is_said_with_its_epoch() -> None:
    config = NET.replace(activation="identity", loss="mse", learning_rate=3.0, epochs=200)
    data = drawn(config)
    assert data is not None
    engine = engine_of(config, data)
    *_, last = retrained(engine, 150)
    assert last.diverged.startswith(f"Diverged at epoch {last.epoch:,}: ")
    assert last.epoch < 150
    [block] = check_engine(engine, config, last.epoch)
    assert block.ending is not None
    assert block.ending.kind == "diverged"


def test_looking_at_a_run_is_not_needed_to_train_it_again() -> None:
    """The engine that trains again looks at nothing after the first epoch."""
    data = drawn(NET)
    assert data is not None
    stretch = engine_of(NET, data).advance(1, 20, Ask(looked_at=frozenset()), observed=False)
    assert len(stretch.columns["epoch"]) == 0
