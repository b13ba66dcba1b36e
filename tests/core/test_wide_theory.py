"""What papers found of wide networks at their start, out of the engine itself: many drawn networks against the theory of infinitely wide ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.dense import Network, Seen
from gradviz.core.dense_training import begin
from gradviz.core.statistics import root_mean_square

Floats = NDArray[np.float64]


def backward_sizes(config: Config, inputs: int = 0, samples: int = 32) -> tuple[Floats, Floats, Floats]:
    """ln of the root mean square of dC/dh, of dC/dW and of h, by layer: of a freshly drawn network, through which an error of random direction passes back."""
    draws = np.random.default_rng([config.seed, 9])
    width = inputs or config.width
    network = Network(config, width, config.width)
    x = draws.standard_normal((samples, width))
    begin(network, x)
    answers = network.forward(x)
    found = np.full((2, config.layers), np.nan)

    def observe(k: int, seen: Seen) -> None:
        found[0, k] = np.log(root_mean_square(seen.dh))
        found[1, k] = np.log(root_mean_square(seen.dw))
        found[0, k - 1] = np.log(root_mean_square(seen.back))

    with np.errstate(all="ignore"):
        network.backward(answers + draws.standard_normal(answers.shape), observe)
        h = np.array([np.log(root_mean_square(h)) for h in network.room.h])
    return found[0], found[1], h


def slope(sizes: Floats, first: int, last: int) -> float:
    """What each layer adds on the way back, between two layers."""
    return float((sizes[first] - sizes[last]) / (last - first))


#: theory.md: tanh, Gaussian weights, no bias, 60 layers; ln of the gradient's norm that each layer adds on the way back.
WIDTHS = {1: (-0.74, -4.20), 2: (-0.42, -2.39), 5: (-0.23, -0.64), 10: (-0.17, -0.01), 50: (-0.13, 0.44), 200: (-0.12, 0.52)}


@pytest.mark.parametrize(("width", "scale", "expected"), [(n, s, e) for n, row in WIDTHS.items() for s, e in zip((0.9, 5.0), row, strict=True)])
def test_width_turns_the_sign(width: int, scale: float, expected: float) -> None:
    """One sample each, as a gradient's direction is lost with few units; narrow networks scatter, so that many are drawn."""
    seeds = 150 if width < 20 else 8
    config = Config(layers=61, width=width, initialization="normal", weight_scale=scale, bias="off", output="linear")
    slopes = [slope(backward_sizes(config.replace(seed=seed), samples=1)[0], 1, 59) for seed in range(seeds)]
    scatter = np.std(slopes) / math.sqrt(seeds)
    assert np.mean(slopes) == pytest.approx(expected, abs=0.05 + 3.0 * scatter)
    assert scatter < 0.15, "enough were drawn to tell the sign"


#: theory.md: sigma_w^2, sigma_b^2, chi_1.
CHI = [(1.0, 0.05, 0.7590316472), (1.7, 0.05, 0.9867408090), (25 / 9, 0.0, 1.2098313200), (0.81, 0.0, 0.81)]


@pytest.mark.parametrize(("sigma_w2", "sigma_b2", "chi"), CHI)
def test_the_gradient_grows_by_chi_a_layer(sigma_w2: float, sigma_b2: float, chi: float) -> None:
    config = Config(layers=62, width=256, bias="on", initialization="normal", weight_scale=math.sqrt(sigma_w2), bias_scale=math.sqrt(sigma_b2))
    slopes = [2.0 * slope(backward_sizes(config.replace(seed=seed), samples=8)[0], 10, 50) for seed in range(6)]
    assert np.mean(slopes) == pytest.approx(math.log(chi), abs=0.03)


def test_glorot_2010_the_old_standard_takes_a_third_and_leaves_dw_alike() -> None:
    """Their eq. 14: in the linear regime the variance of dC/dW is the same in every layer, though that of dC/dz falls by a third in each."""
    sizes = [backward_sizes(Config(layers=22, width=200, initialization="glorot", seed=seed, weight_scale=1.0, activation="identity")) for seed in range(8)]
    backward, by_weight, _ = np.mean(sizes, axis=0)
    assert 2.0 * slope(backward, 2, 20) == pytest.approx(math.log(1 / 3), abs=0.03)
    assert np.ptp(by_weight[2:20]) < 0.15, "while dC/dz falls by a factor e^10"
    xavier = np.mean([backward_sizes(Config(layers=22, width=200, initialization="xavier", seed=seed, activation="identity"))[0] for seed in range(8)], axis=0)
    assert abs(slope(xavier, 2, 20)) < 0.02


@pytest.mark.parametrize(("initialization", "expected"), [("xavier", 0.848826), ("glorot", 0.490070)])
def test_the_mean_singular_value_of_a_layer(initialization: str, expected: float) -> None:
    config = Config(layers=4, width=400, initialization=initialization)
    network = Network(config, 400, 400)
    begin(network, np.zeros((1, 400)))
    assert np.linalg.svd(network.weights[2], compute_uv=False).mean() == pytest.approx(expected, abs=0.003)


def test_he_2015_xaviers_scale_is_a_thirty_thousandth_after_thirty_relu_layers() -> None:
    """The same draw with another scale: ReLU multiplies through, so that the ratio is 2^(-L/2) up to rounding."""
    he, xavier = (Config(layers=32, width=100, activation="relu", initialization=name, seed=3) for name in ("he", "xavier"))
    (of_he, _, h_he), (of_xavier, _, h_xavier) = (
        backward_sizes(config.replace(initialization="normal", weight_scale=scale), samples=16) for config, scale in ((he, math.sqrt(2.0)), (xavier, 1.0))
    )
    assert math.exp(h_xavier[30] - h_he[30]) == pytest.approx(3.05e-5, rel=1e-3)
    assert math.exp((of_xavier - of_he)[1] - (of_xavier - of_he)[31]) == pytest.approx(3.05e-5, rel=1e-3)
    drawn = [backward_sizes(he.replace(seed=seed, width=256), samples=16)[0] for seed in range(8)]
    assert abs(slope(np.mean(drawn, axis=0), 1, 30)) < 0.02, "he itself keeps the gradient"


def test_hanin_2018_the_spread_of_a_relu_net_grows_with_the_sum_of_1_by_n() -> None:
    """E r^2 = prod (1 + 5/n_j), r the mean square of a hidden layer by that of the input, over the drawing of the weights."""
    layers, width = 7, 40
    ratios = []
    for seed in range(1500):
        network = Network(Config(layers=layers + 2, width=width, activation="relu", initialization="he", seed=seed), width, width)
        x = np.ones((1, width))
        begin(network, x)
        network.forward(x)
        # over all layers but the first, whose input is not random
        ratios.append(float(np.mean(network.room.h[layers] ** 2) / np.mean(network.room.h[0] ** 2)))
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.05)
    assert np.mean(np.square(ratios)) == pytest.approx((1.0 + 5.0 / width) ** layers, rel=0.12)


def test_yang_2019_batch_norm_explodes() -> None:
    config = Config(layers=42, width=256, activation="relu", initialization="he", normalization="batch")
    slopes = [2.0 * slope(backward_sizes(config.replace(seed=seed), samples=128)[0], 5, 35) for seed in range(3)]
    assert np.mean(slopes) == pytest.approx(math.log(math.pi / (math.pi - 1.0)), abs=0.03)


@pytest.mark.parametrize("residual", ["fixup", "skipinit"])
@pytest.mark.parametrize("scale", [0.3, 5.0])
def test_residual_branches_that_start_at_0_leave_the_gradient_exactly_flat(residual: str, scale: float) -> None:
    found = backward_sizes(Config(layers=102, width=20, initialization="normal", weight_scale=scale, residual=residual))[0]
    assert np.ptp(found[1:101]) == 0.0


@pytest.mark.parametrize("gain", [0.9, 1.1])
def test_a_linear_net_of_orthogonal_weights_has_every_singular_value_alike(gain: float) -> None:
    """Saxe et al. 2013: g^L, all of them."""
    network = Network(Config(layers=22, width=30, activation="identity", initialization="orthogonal", weight_scale=gain), 30, 30)
    x = np.eye(30)
    begin(network, x)
    assert np.linalg.svd(network.forward(x), compute_uv=False) == pytest.approx(np.full(30, gain**21), rel=1e-12)


def test_xavier_tanh_without_bias_falls_as_a_power_law() -> None:
    """q[k] goes to 1/(2k), and a hundred layers cost about one decade of the gradient's norm."""
    found = [backward_sizes(Config(layers=102, width=400, initialization="normal", seed=seed), samples=4) for seed in range(2)]
    backward, _, h = np.mean(found, axis=0)
    assert math.exp(2.0 * h[100]) == pytest.approx(1 / 200, rel=0.25)
    assert (backward[100] - backward[1]) / math.log(10.0) == pytest.approx(1.0, abs=0.4)


def test_pascanu_2013_tied_weights_are_a_chain_and_clipping_bounds_its_step() -> None:
    exploding = Config(layers=62, width=64, initialization="normal", weight_scale=2.0, tied_weights="on")
    network = Network(exploding, 64, 64)
    begin(network, np.zeros((1, 64)))
    assert all(network.weights[k] is network.weights[2] for k in range(2, 61))
    assert slope(np.mean([backward_sizes(exploding.replace(seed=seed))[0] for seed in range(6)], axis=0), 2, 59) > 0.05
    assert slope(np.mean([backward_sizes(exploding.replace(seed=seed, weight_scale=0.7))[0] for seed in range(6)], axis=0), 2, 59) < -0.3
