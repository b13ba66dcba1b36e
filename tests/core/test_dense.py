"""The dense network: its gradient against finite differences, one unit a layer against the chain's own engine, and how it trains."""

from __future__ import annotations

from itertools import product
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.core.config import ActivationName, Config, ResidualName
from gradviz.core.datasets import drawn
from gradviz.core.dense import FOLLOWING, Network
from gradviz.core.dense_training import DenseEngine
from gradviz.core.frames import PROFILED, STATISTICS, Ask, Frames, Intervention, WideFrames
from gradviz.core.training import train

RMS, MEAN, STD = (STATISTICS.index(name) for name in ("rms", "mean", "std"))
#: The chain, trained by the dense engine: momentum that keeps nothing is gradient descent.
AS_DENSE = {"optimizer": "momentum", "momentum": 0.0}
NET = Config(layers=6, width=7, bias="on", initialization="normal", data="moons", samples=40, loss="cross_entropy", epochs=30, learning_rate=0.3)


def frames_of(config: Config, *asks: Ask | None, interventions: tuple[Intervention, ...] = ()) -> WideFrames:
    """All frames of a training that is asked in this way, and then as it likes."""
    training, waiting = train(config, interventions), iter(asks)
    blocks = [next(training)]
    while blocks[-1].ending is None:
        blocks.append(training.send(next(waiting, None)))
    whole = Frames.joined([block for block in blocks if len(block)])
    assert isinstance(whole, WideFrames)
    return whole


# --- forward and backward ------------------------------------------------------------------------------------------------------------------


#: Near a bend of phi or phi' only a small step stays on one side of it.
BENT = {"relu", "leaky_relu", "selu", "elu", "softsign"}


def by_central_differences(network: Network, x: Any, y: Any) -> Any:
    """dC/dtheta, one number at a time, of fourth order: (8 (C(d) - C(-d)) - (C(2d) - C(-2d))) / 12d."""
    found = np.zeros_like(network.theta)
    d = 1e-6 if network.config.activation in BENT else 1e-4
    for place, own in enumerate(network.theta.tolist()):
        costs = []
        for step in (d, -d, 2 * d, -2 * d):
            network.theta[place] = own + step
            network.forward(x, follow=False)
            costs.append(network.cost(y))
        network.theta[place] = own
        found[place] = (8 * (costs[0] - costs[1]) - (costs[2] - costs[3])) / (12 * d)
    return found


@pytest.mark.parametrize("residual", get_args(ResidualName))
@pytest.mark.parametrize("activation", get_args(ActivationName))
def test_the_gradient_is_that_of_central_differences_whatever_the_network_is_made_of(activation: str, residual: str) -> None:
    draws = np.random.default_rng(2)
    x, y = draws.standard_normal((5, 3)), np.eye(2)[draws.integers(0, 2, 5)]
    ends = (("mse", "activation"), ("mse", "linear"), ("cross_entropy", "linear"))
    for normalization, tied, (loss, output), bias in product(("none", "layer", "batch"), ("off", "on"), ends, ("off", "on")):
        made_of = {"normalization": normalization, "tied_weights": tied, "loss": loss, "bias": bias, "output": output}
        network = Network(Config(layers=5, width=4, activation=activation, residual=residual, data="xor", **made_of), 3, 2)
        network.theta += 0.5 * draws.standard_normal(network.theta.size)
        expected = by_central_differences(network, x, y)
        network.forward(x, follow=False)
        network.backward(y)
        assert np.linalg.norm(network.gradient - expected) <= 3e-7 * np.linalg.norm(expected), made_of


def test_an_observer_sees_each_layers_own_part_of_a_tied_gradient() -> None:
    config = NET.replace(tied_weights="on", normalization="layer", residual="plain")
    network = Network(config, 2, 2)
    draws = np.random.default_rng(0)
    network.theta += draws.standard_normal(network.theta.size)
    network.forward(draws.standard_normal((9, 2)))
    seen = {}
    network.backward(np.eye(2)[draws.integers(0, 2, 9)], lambda k, layer: seen.update({k: layer.dw.copy()}))
    assert list(seen) == [5, 4, 3, 2, 1]
    np.testing.assert_allclose(seen[2] + seen[3] + seen[4], network.gradients_of.weights[2], rtol=1e-12)
    np.testing.assert_array_equal(seen[5], network.gradients_of.weights[5])
    assert network.weights[2] is network.weights[3] is network.weights[4]


def test_batch_norm_follows_the_batches_as_pytorch_does_and_tests_with_what_it_has_followed() -> None:
    network = Network(NET.replace(normalization="batch", activation="identity", bias="off"), 2, 2)
    draws = np.random.default_rng(0)
    network.theta += draws.standard_normal(network.theta.size)
    x = draws.standard_normal((8, 2))
    z = x @ network.weights[1].T
    network.forward(x)
    np.testing.assert_allclose(network.means[1], FOLLOWING * z.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(network.variances[1], 1 - FOLLOWING + FOLLOWING * z.var(axis=0, ddof=1), rtol=1e-12)
    before = network.means[1].copy()
    answers = network.forward(x, learning=False).copy()
    np.testing.assert_array_equal(network.means[1], before)
    np.testing.assert_allclose(network.room.normal[1], (z - before) / np.sqrt(network.variances[1] + 1e-5), rtol=1e-12)
    np.testing.assert_allclose(network.forward(x[:3], learning=False), answers[:3], rtol=1e-12, err_msg="tested samples do not see each other")


def test_cross_entropy_does_not_overflow() -> None:
    network = Network(NET.replace(layers=2, bias="off"), 2, 2)
    network.weights[1][...] = [[1e5, 0.0], [0.0, 1e5]]
    network.forward(np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert network.cost(np.eye(2)) == 0.0
    assert network.cost(np.eye(2)[::-1]) == 1e5
    network.backward(np.eye(2)[::-1])
    assert np.isfinite(network.gradient).all()


# --- one unit a layer is the chain ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "gelu"])
@pytest.mark.parametrize(
    "start", [{"weight_scale": 1.0}, {"weight_scale": 0.9}, {"weight_scale": 5.0}, {"weight_scale": 1.5, "initialization": "normal", "seed": 7}]
)
def test_one_unit_without_bias_is_the_chain(activation: str, start: dict[str, Any]) -> None:
    """With one sample every profile's mean is the number itself, of all layers and 50 epochs."""
    for one_sample in ({"inputs": (0.5,), "targets": (-0.5,)}, {}):
        config = Config(layers=40 if activation == "tanh" else 12, epochs=50, activation=activation, **start, **one_sample)
        chain, dense = Frames.joined(list(train(config))), frames_of(config.replace(**AS_DENSE))
        np.testing.assert_allclose(dense.cost, chain.cost, rtol=1e-9)
        np.testing.assert_allclose(dense.w[:, MEAN], chain.w, rtol=1e-9, atol=1e-13)
        np.testing.assert_allclose(dense.dw[:, MEAN], chain.dw, rtol=1e-8, atol=1e-13 * np.abs(chain.dw).max())
        for name in ("h", "g"):
            samples = getattr(chain, name)
            if one_sample:
                np.testing.assert_allclose(getattr(dense, name)[:, MEAN], samples[:, 0], rtol=1e-8, atol=1e-13 * np.abs(samples).max())
            np.testing.assert_allclose(getattr(dense, name)[:, RMS], np.sqrt(np.mean(samples**2, axis=1)), rtol=1e-8, atol=1e-13 * np.abs(samples).max())


def test_the_chains_weights_start_with_the_same_bits() -> None:
    config = Config(initialization="normal", weight_scale=1.7, epochs=1)
    dense = frames_of(config.replace(**AS_DENSE))
    assert dense.w[0, MEAN].tobytes() == next(train(config)).w[0].tobytes()


@pytest.mark.parametrize("width", [2, 5, 32])
def test_constant_weights_are_so_many_copies_of_the_chain(width: int) -> None:
    """W = scale / n: all units answer as the chain's one does, and share its gradient; they never come apart."""
    config = Config(layers=20, weight_scale=1.3, epochs=20, learning_rate=0.05)
    chain, copies = next(train(config)), frames_of(config.replace(width=width))
    np.testing.assert_allclose(copies.h[0, RMS], np.sqrt(np.mean(chain.h[0] ** 2, axis=0)), rtol=1e-12)
    shared = np.array([1.0, *[width] * 18, 1.0])
    np.testing.assert_allclose(copies.g[0, RMS] * shared, np.sqrt(np.mean(chain.g[0] ** 2, axis=0)), rtol=1e-12)
    np.testing.assert_allclose(copies.cost[0], chain.cost[0], rtol=1e-12)
    for name in ("w", "dw"):
        column = getattr(copies, name)
        assert np.all(column[:, STD] <= 1e-14 * column[:, RMS])
    assert copies.cost[-1] < copies.cost[0]


# --- training ------------------------------------------------------------------------------------------------------------------------------


def test_in_float32_everything_learned_is_float32_and_near_float64() -> None:
    engine = DenseEngine(NET.replace(number_format="float32", learning_rate=0.3), None)
    stretch = engine.advance(0, 30, None)
    assert {array.dtype.name for array in (engine.network.theta, engine.network.gradient, engine.network.room.h[-1])} == {"float32"}
    double = frames_of(NET)
    np.testing.assert_allclose(stretch.columns["cost"], double.cost, rtol=1e-4)
    assert not np.array_equal(stretch.columns["cost"], double.cost)


def test_every_epoch_passes_all_samples_once_in_an_order_drawn_anew() -> None:
    engine, data = DenseEngine(NET.replace(batch_size=12), None), drawn(NET)
    assert data is not None
    epochs = [list(engine.batches(epoch)) for epoch in (0, 1, 0)]
    for batches in epochs:
        assert [len(x) for x, _ in batches] == [12, 12, 12, 4]
        passed = np.concatenate([np.concatenate([x, y], axis=1) for x, y in batches])
        samples = np.concatenate([data.inputs, data.targets], axis=1)
        np.testing.assert_array_equal(passed[np.lexsort(passed.T)], samples[np.lexsort(samples.T)])
    inputs = [np.concatenate([x for x, _ in batches]).tobytes() for batches in epochs]
    assert inputs[0] == inputs[2] != inputs[1]
    [(x, _)] = DenseEngine(NET, None).batches(3)
    np.testing.assert_array_equal(x, data.inputs, err_msg="one batch of all needs no other order")


def test_another_seed_draws_another_order() -> None:
    first = [
        next(DenseEngine(NET.replace(batch_size=12, seed=seed, data="samples", loss="mse", inputs=tuple(range(24)), targets=(0,) * 24), None).batches(0))
        for seed in (1, 2)
    ]
    assert first[0][0].tolist() != first[1][0].tolist()


@pytest.mark.parametrize("more", [{}, {"batch_size": 7}, {"normalization": "batch", "test_share": 0.25, "batch_size": 10}, {"optimizer": "adam"}])
def test_the_same_config_gives_the_same_bits(more: dict[str, Any]) -> None:
    config = NET.replace(**more)
    one, other = frames_of(config), frames_of(config)
    for name in WideFrames.COLUMNS:
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name


@settings(max_examples=25)
@given(
    st.lists(st.builds(Ask, st.one_of(st.none(), st.integers(0, 5)), looked_at=st.one_of(st.none(), st.frozensets(st.sampled_from(PROFILED)))), max_size=8),
    st.sampled_from([{}, {"batch_size": 7}, {"normalization": "batch", "test_share": 0.25, "batch_size": 10}]),
)
def test_how_often_and_how_closely_one_looks_changes_nothing(asks: list[Ask], more: dict[str, Any]) -> None:
    config = NET.replace(epochs=9, **more)
    looked, plain = frames_of(config, *asks), frames_of(config)
    for name in ("epoch", *WideFrames.SCORES, "promise", "reach", "norms", "shares", "ratio"):
        assert getattr(looked, name).tobytes() == getattr(plain, name).tobytes(), name
    for name in PROFILED:
        one, other = getattr(looked, name), getattr(plain, name)
        assert one[:, RMS].tobytes() == other[:, RMS].tobytes()
        np.testing.assert_array_equal(np.where(np.isnan(one), other, one), other, err_msg="what was worked out is the same")


@pytest.mark.parametrize("more", [{}, {"batch_size": 7, "normalization": "batch", "test_share": 0.25}])
def test_epochs_that_nobody_sees_are_the_same_ones(more: dict[str, Any]) -> None:
    every, some = frames_of(NET.replace(**more)), frames_of(NET.replace(observe_every=7, **more))
    assert some.epoch.tolist() == [0, 7, 14, 21, 28, 29]
    for name in WideFrames.COLUMNS:
        assert getattr(some, name).tobytes() == getattr(every, name)[some.epoch].tobytes(), name


def test_the_last_frame_of_a_block_has_what_is_looked_at_even_where_no_observed_epoch_ends_it() -> None:
    """Stretches are as long as their work allows: an observed epoch then lies somewhere in them."""
    engine = DenseEngine(NET.replace(observe_every=10, epochs=1000), None)
    columns = engine.advance(15, 48, Ask(looked_at=frozenset({"g"}))).columns
    assert columns["epoch"].tolist() == [20, 30, 40]
    assert np.isfinite(columns["g"][2]).all()
    assert np.isnan(columns["g"][:2, MEAN, 1:]).all()
    assert np.isnan(columns["h"][:, MEAN]).all()


@pytest.mark.parametrize(("batch_size", "learning_rate"), [(0, 3.0), (8, 0.5)])
def test_divergence_is_an_ending_that_says_where(batch_size: int, learning_rate: float) -> None:
    config = NET.replace(activation="identity", loss="mse", learning_rate=learning_rate, batch_size=batch_size, epochs=200, observe_every=50)
    frames = list(train(config))
    ending, last = frames[-1].ending, frames[-1]
    assert ending is not None
    assert ending.kind == "diverged"
    assert ending.reason.startswith(f"Diverged at epoch {last.epoch[-1]:,}: ")
    assert ending.reason.endswith(" left the range of float64.")
    assert last.done == last.epoch[-1] + 1 < 200
    assert last.epoch[-1] % 50, "where it diverges is seen whatever the cadence"
    assert not np.isfinite(last.cost[-1])
    assert np.isfinite(np.concatenate([block.cost for block in frames])[:-1]).all()
    seen_before = frames_of(config.replace(observe_every=1))
    for name in WideFrames.COLUMNS:
        assert getattr(seen_before, name)[-1].tobytes() == getattr(last, name)[-1].tobytes(), f"{name}: also where the epoch was looked at before it broke"


def test_a_first_pass_that_leaves_the_floats_ends_at_epoch_0() -> None:
    [frames] = train(NET.replace(activation="identity", weight_scale=1e100, layers=8))
    assert frames.ending is not None
    assert frames.ending.reason == "Diverged at epoch 0: activations of layer 4 left the range of float64."


def test_a_turned_learning_rate_is_replayed_bit_for_bit() -> None:
    training = train(NET.replace(batch_size=9, optimizer="adam"))
    blocks = [next(training), training.send(Ask(5, (("learning_rate", 0.01),))), training.send(Ask(4)), training.send(Ask(100, (("learning_rate", 0.5),)))]
    blocks += list(training)
    turned = tuple(change for block in blocks for change in block.interventions)
    assert [(change.epoch, change.value) for change in turned] == [(1, 0.01), (10, 0.5)]
    again = frames_of(NET.replace(batch_size=9, optimizer="adam"), interventions=turned)
    whole = Frames.joined(blocks)
    for name in WideFrames.COLUMNS:
        assert getattr(whole, name).tobytes() == getattr(again, name).tobytes(), name
    assert whole.cost.tobytes() != frames_of(NET.replace(batch_size=9, optimizer="adam")).cost.tobytes()
