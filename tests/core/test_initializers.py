"""How weights start: their size and spread, what orthogonal means, and that LSUV leaves unit variance behind."""

from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gradviz.core.config import Config, InitializationName
from gradviz.core.dense import Network
from gradviz.core.initializers import DRAWS, initial_bias, initial_matrix, initial_weights, lsuv

Array = NDArray[Any]

#: n_in and n_out of a matrix large enough for its spread to be known to half a percent.
INPUTS, OUTPUTS = 400, 300
#: The standard deviation by the config's help text, and the greatest absolute value where there is one.
SPREAD = {
    "normal": (1 / math.sqrt(400), math.inf),
    "uniform": (1 / math.sqrt(400), math.sqrt(3 / 400)),
    "glorot": (1 / math.sqrt(3 * 400), 1 / math.sqrt(400)),
    "xavier": (math.sqrt(2 / 700), math.sqrt(6 / 700)),
    "he": (math.sqrt(2 / 400), math.inf),
    "lecun": (1 / math.sqrt(400), math.inf),
}


def matrix(name: str, inputs: int = INPUTS, outputs: int = OUTPUTS, seed: int = 0, **others: Any) -> Array:
    return initial_matrix(Config(initialization=name, width=2, **others), inputs, outputs, np.random.default_rng(seed))


def drawn_network(config: Config, inputs: int, outputs: int) -> Network:
    network, draws = Network(config, inputs, outputs), np.random.default_rng(config.seed)
    for k in range(1, len(network.sizes)):
        network.weights[k][...] = initial_matrix(config, network.sizes[k - 1], network.sizes[k], draws)
        if network.biases[k] is not None:
            network.biases[k][...] = initial_bias(config, network.sizes[k], draws)
    return network


def test_every_initialization_of_the_config_is_drawn() -> None:
    assert set(DRAWS) == set(get_args(InitializationName))


@pytest.mark.parametrize("name", get_args(InitializationName))
def test_a_matrix_has_units_by_inputs_and_is_drawn_with_the_generator_given(name: str) -> None:
    drawn = matrix(name, 5, 3)
    assert drawn.shape == (3, 5)
    assert drawn.dtype == np.float64
    np.testing.assert_array_equal(drawn, matrix(name, 5, 3))
    assert (drawn == matrix(name, 5, 3, seed=1)).all() == (name == "constant")


@pytest.mark.parametrize("name", get_args(InitializationName))
@pytest.mark.parametrize("scale", [-2.0, 0.0, 5.0])
def test_the_weight_scale_multiplies_every_start(name: str, scale: float) -> None:
    np.testing.assert_allclose(matrix(name, 6, 4, weight_scale=scale), scale * matrix(name, 6, 4), rtol=1e-15)


@pytest.mark.parametrize("name", SPREAD)
def test_random_weights_spread_as_their_papers_say(name: str) -> None:
    deviation, bound = SPREAD[name]
    drawn = matrix(name)
    assert drawn.std() == pytest.approx(deviation, rel=0.005)
    assert abs(drawn.mean()) < 0.01 * deviation * 2
    assert np.abs(drawn).max() <= bound
    if bound < math.inf:
        assert np.abs(drawn).max() > 0.999 * bound


def test_constant_weights_add_up_to_the_scale() -> None:
    np.testing.assert_array_equal(matrix("constant", 8, 3, weight_scale=2.0), np.full((3, 8), 0.25))


@given(st.integers(1, 12), st.integers(1, 12), st.sampled_from(["orthogonal", "lsuv"]), st.integers(0, 100))
def test_orthogonal_rows_or_columns_have_length_one_and_right_angles(inputs: int, outputs: int, name: str, seed: int) -> None:
    drawn = matrix(name, inputs, outputs, seed)
    products = drawn @ drawn.T if outputs <= inputs else drawn.T @ drawn
    np.testing.assert_allclose(products, np.eye(min(inputs, outputs)), atol=1e-14)


@pytest.mark.parametrize(("inputs", "outputs"), [(4, 4), (3, 6), (6, 3)])
def test_an_orthogonal_matrix_is_the_q_that_makes_the_diagonal_of_r_positive(inputs: int, outputs: int) -> None:
    gaussian = np.random.default_rng(7).standard_normal((outputs, inputs))
    drawn = matrix("orthogonal", inputs, outputs, 7)
    r = drawn.T @ gaussian if outputs >= inputs else drawn @ gaussian.T
    assert (np.diagonal(r) > 0.1).all()
    np.testing.assert_allclose(np.tril(r, -1), 0.0, atol=1e-14)


def test_orthogonal_matrices_favour_no_direction() -> None:
    # LAPACK's own signs would make the first diagonal element negative always
    corners = np.array([matrix("orthogonal", 3, 3, seed)[0, 0] for seed in range(4000)])
    assert abs(corners.mean()) < 4 * corners.std() / math.sqrt(len(corners))
    assert corners.std() == pytest.approx(math.sqrt(1 / 3), rel=0.03)


# theory.md: chi_1 = 1 at sigma_w = 1 for tanh, sqrt 2 for ReLU, sqrt(2 / (1 + a^2)) for leaky ReLU, 10.1493 for the sigmoid, all without bias; and with bias
# at sigma_w^2 = 2.15330265, sigma_b^2 = 0.15096463 for tanh
CRITICAL = [
    ("tanh", 0.0, 1.0),
    ("relu", 0.0, math.sqrt(2.0)),
    ("leaky_relu", 0.0, math.sqrt(2.0 / 1.0001)),
    ("sigmoid", 0.0, 10.1493),
    ("tanh", math.sqrt(0.15096463), math.sqrt(2.15330265)),
]


@pytest.mark.parametrize(("activation", "bias_scale", "sigma_w"), CRITICAL)
def test_critical_weights_have_the_scale_of_the_critical_line(activation: str, bias_scale: float, sigma_w: float) -> None:
    drawn = matrix("critical", 6, 4, activation=activation, bias="on", bias_scale=bias_scale)
    np.testing.assert_allclose(drawn, sigma_w * matrix("normal", 6, 4), rtol=1e-5)


def test_a_bias_scale_without_bias_does_not_move_the_critical_line() -> None:
    np.testing.assert_array_equal(matrix("critical", 6, 4, bias_scale=0.5), matrix("critical", 6, 4))


@given(st.integers(0, 1000), st.sampled_from(["constant", "normal"]), st.sampled_from([-0.7, 1.0, 5.0]))
def test_one_unit_a_layer_starts_as_the_chain_does(seed: int, name: str, scale: float) -> None:
    config = Config(layers=6, initialization=name, seed=seed, weight_scale=scale)
    draws = np.random.default_rng(seed)
    layers = [initial_matrix(config, 1, 1, draws)[0, 0] for _ in range(5)]
    assert layers == initial_weights(config)[1:].tolist()


def test_biases_are_drawn_with_their_own_scale_and_not_at_all_with_0() -> None:
    config = Config(bias="on", bias_scale=0.3, weight_scale=100.0)
    assert initial_bias(config, 100_000, np.random.default_rng(0)).std() == pytest.approx(0.3, rel=0.01)
    draws = np.random.default_rng(0)
    assert initial_bias(config.replace(bias_scale=0.0), 4, draws).tolist() == [0.0] * 4
    assert draws.random() == np.random.default_rng(0).random()


def test_a_scale_near_the_largest_float_draws_infinite_weights_without_a_word() -> None:
    for name in ("normal", "he", "uniform"):
        assert not np.isfinite(matrix(name, 1, 50, weight_scale=1.7e308)).all()


CASES = [
    {},
    {"weight_scale": 3.0},
    {"weight_scale": -0.5},
    {"activation": "relu"},
    {"bias": "on", "bias_scale": 0.3},
    {"residual": "plain"},
    {"residual": "skipinit"},
    {"normalization": "layer"},
    {"normalization": "batch", "weight_scale": 2.0},
    {"number_format": "float32"},
    {"activation": "gelu", "residual": "plain", "normalization": "batch", "bias": "on", "bias_scale": 0.2},
]


@pytest.mark.parametrize("changes", CASES, ids=str)
def test_lsuv_leaves_every_layer_with_the_variance_asked_for(changes: dict[str, Any]) -> None:
    config = Config(**{"initialization": "lsuv", "layers": 12, "width": 20, "data": "moons", **changes})
    network, x = drawn_network(config, 3, 2), np.random.default_rng(1).standard_normal((50, 3))
    before = network.theta.copy()
    lsuv(network, x)
    network.forward(x)
    found = [float(network.room.z[k].var(dtype=np.float64)) for k in range(1, 12)]
    np.testing.assert_allclose(found, config.weight_scale**2, rtol=1e-5)
    ratios = [network.weights[k] / was for k, was in enumerate(network.views_into(before).weights) if k]
    for ratio in ratios:  # each matrix times one positive number
        assert ratio.min() > 0.0
        np.testing.assert_allclose(ratio, ratio.flat[0], rtol=1e-5 if network.dtype == np.float32 else 1e-12)


def test_lsuv_scales_shared_weights_once_at_the_first_layer_that_has_them() -> None:
    config = Config(initialization="lsuv", layers=8, width=20, data="moons", tied_weights="on")
    network, x = drawn_network(config, 3, 2), np.random.default_rng(1).standard_normal((50, 3))
    lsuv(network, x)
    network.forward(x)
    variances = [float(network.room.z[k].var()) for k in range(1, 8)]
    np.testing.assert_allclose([variances[0], variances[1], variances[-1]], 1.0, rtol=1e-5)
    assert max(abs(variance - 1.0) for variance in variances[2:-1]) > 0.01


@pytest.mark.parametrize("dead", [2, 5])
def test_lsuv_leaves_a_dead_layer_as_it_is_and_ends(dead: int) -> None:
    config = Config(initialization="lsuv", layers=7, width=6, data="moons", activation="relu")
    network, x = drawn_network(config, 3, 2), np.random.default_rng(1).standard_normal((10, 3))
    network.weights[dead][...] = 0.0
    above = network.weights[dead + 1].copy()
    lsuv(network, x)
    assert not network.weights[dead].any()
    np.testing.assert_array_equal(network.weights[dead + 1], above)
    network.forward(x)
    assert network.room.z[dead - 1].var() == pytest.approx(1.0, rel=1e-5)


def test_lsuv_with_biases_that_vary_more_than_asked_for_ends_with_finite_weights() -> None:
    config = Config(initialization="lsuv", layers=4, width=6, data="moons", bias="on", bias_scale=3.0)
    network = drawn_network(config, 3, 2)
    lsuv(network, np.random.default_rng(1).standard_normal((10, 3)))
    assert np.isfinite(network.theta).all()
    assert np.abs(network.weights[2]).max() < 0.01


def test_lsuv_leaves_layers_alone_whose_sums_are_beyond_the_floats() -> None:
    network = drawn_network(Config(initialization="lsuv", layers=4, width=6, data="moons", weight_scale=1.7e308, activation="identity"), 3, 2)
    before = network.theta.copy()
    with np.errstate(all="ignore"):
        lsuv(network, np.full((10, 3), 1e300))
    np.testing.assert_array_equal(network.theta, before)
