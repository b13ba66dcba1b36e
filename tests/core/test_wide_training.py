"""Wide networks in training: the facts of the literature come out of the frames, and the verdicts on them are right."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.core.config import Config
from gradviz.core.datasets import drawn
from gradviz.core.dense_training import DenseEngine
from gradviz.core.diagnosis import Verdict, diagnose
from gradviz.core.distributions import Observer
from gradviz.core.frames import STATISTICS, Frames, WideFrames, columns_for
from gradviz.core.training import train
from gradviz.core.wide_evidence import back_parts
from gradviz.runs.blas import one_thread

RMS = STATISTICS.index("rms")
#: Random weights that answer a few random samples; looked at before they learn.
DRAWN = {"initialization": "normal", "data": "moons", "samples": 20, "epochs": 1}


@pytest.fixture(autouse=True)
def on_one_thread() -> Iterator[None]:
    with one_thread():
        yield


def norms(config: Config) -> dict[str, Any]:
    """The first frame's columns, without percentiles, one sum of squares each: of wide and deep nets these take many times as long as the pass itself."""
    engine, columns = DenseEngine(config, None), columns_for(config, 1)
    observer = Observer(engine.network, columns, 0, ())
    x, y = next(engine.batches(0))
    engine.network.forward(x)
    observer.look_forward()
    engine.network.backward(y, observer.look_back)
    return columns


def first(config: Config) -> WideFrames:
    frame = next(train(config))
    assert isinstance(frame, WideFrames)
    return frame


def trained(config: Config) -> tuple[WideFrames, Verdict]:
    """All frames, and the verdict on the last."""
    blocks = list(train(config))
    whole = Frames.joined([block for block in blocks if len(block)])
    assert isinstance(whole, WideFrames)
    return whole, diagnose(config, whole, None, whole.cost, blocks[-1].ending)


def slope(profile: Any, middle: slice) -> float:
    """How much ln of a profile grows from one layer to the one before it, by a straight line through the middle layers."""
    layers = np.arange(len(profile))[middle]
    return -float(np.polyfit(layers, np.log(profile[middle]), 1)[0])


# --- what the literature says ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sigma_w2", "sigma_b2", "chi_1"), [(0.81, 0.0, 0.81), (1.0, 0.05, 0.7590316472), (1.7, 0.05, 0.9867408090), (2.0, 0.0, 1.1055288200)])
def test_the_gradient_grows_or_vanishes_by_chi_1(sigma_w2: float, sigma_b2: float, chi_1: float) -> None:
    """Schoenholz et al. 2016: ln of the squared norm, of 60 layers of 256 units; one seed scatters by 0.014 to 0.03."""
    config = Config(layers=60, width=256, bias="on", weight_scale=math.sqrt(sigma_w2), bias_scale=math.sqrt(sigma_b2), **DRAWN)
    slopes = [2.0 * slope(norms(config.replace(seed=seed))["dh"][0, RMS], slice(15, 45)) for seed in range(6)]
    assert np.mean(slopes) == pytest.approx(math.log(chi_1), abs=0.03)


@pytest.mark.parametrize(("width", "expected"), [(2, -2.39), (5, -0.64), (10, -0.01), (50, 0.44), (200, 0.52)])
def test_the_same_scale_5_vanishes_in_narrow_nets_and_explodes_in_wide_ones(width: int, expected: float) -> None:
    """theory.md's table: ln of the gradient's norm per layer; one net of few units scatters, so that the seeds are many."""
    config = Config(layers=60, width=width, weight_scale=5.0, **{**DRAWN, "data": "samples"}, inputs=(1.0,), targets=(1.0,))
    slopes = []
    for seed in range(1000 // width if width < 50 else 6):
        dh = norms(config.replace(seed=seed))["dh"][0, RMS]
        slopes.append(math.log(dh[1] / dh[58]) / 57.0 if dh[1] > 0.0 else -math.inf)
    assert np.median(slopes) == pytest.approx(expected, abs=0.12 if width < 50 else 0.05)


def test_relu_needs_the_square_root_of_2_of_he() -> None:
    """He et al. 2015: without it 30 layers pass on 2^-15 = 3.05e-5 of the gradient that they pass on with it; the weights are the same draws."""
    config = Config(layers=33, width=50, activation="relu", output="linear", inputs=(1.0,), targets=(0.5,), initialization="normal", epochs=1)
    he, xavier = (norms(config.replace(weight_scale=scale))["dh"][0, RMS] for scale in (math.sqrt(2.0), 1.0))
    assert (xavier[1] / xavier[31]) / (he[1] / he[31]) == pytest.approx(3.0517578125e-5, rel=1e-9)


def test_glorots_old_standard_loses_a_third_of_the_variance_while_dw_stays_the_same() -> None:
    """Glorot and Bengio 2010, eq. 14: the backward signal falls by 1/3 a layer, and so does the forward one, and dC/dW is the same in every layer."""
    config = Config(layers=22, width=200, activation="identity", **{**DRAWN, "initialization": "glorot"})
    found = [norms(config.replace(seed=seed)) for seed in range(12)]
    slopes = np.array([[slope(columns[name][0, RMS], slice(2, 21)) for name in ("g", "dw")] for columns in found])
    assert slopes.mean(axis=0) == pytest.approx([-math.log(3.0) / 2.0, 0.0], abs=0.01)


def test_batch_norm_explodes() -> None:
    """Yang et al. 2019: wide ReLU with batch norm multiplies the squared gradient by pi/(pi - 1) = 1.466942 a layer."""
    config = Config(layers=42, width=300, activation="relu", normalization="batch", **{**DRAWN, "samples": 200, "noise": 1.0})
    slopes = [2.0 * slope(norms(config.replace(seed=seed))["dh"][0, RMS], slice(8, 36)) for seed in range(4)]
    assert np.mean(slopes) == pytest.approx(math.log(math.pi / (math.pi - 1.0)), abs=0.05)


@pytest.mark.parametrize("residual", ["fixup", "skipinit"])
@pytest.mark.parametrize("normalization", ["none", "layer"])
def test_blocks_that_start_silent_pass_the_gradient_on_as_it_is(residual: str, normalization: str) -> None:
    frame = first(Config(layers=40, width=16, bias="on", residual=residual, normalization=normalization, weight_scale=3.0, **DRAWN))
    for name in ("dh", "h"):
        blocks = getattr(frame, name)[0, :, 1:39]
        assert np.all(blocks == blocks[:, :1]), "each block is the identity, to the last bit"


def test_orthogonal_weights_pass_every_gradient_on_with_the_same_norm() -> None:
    """Saxe et al. 2013: a linear net of gain g has every singular value g^L."""
    frame = first(Config(layers=20, width=30, activation="identity", weight_scale=0.9, **{**DRAWN, "initialization": "orthogonal"}))
    np.testing.assert_allclose(frame.dh[0, RMS, 1:18] / frame.dh[0, RMS, 2:19], 0.9, rtol=1e-12)


# --- the parts of the way back ---------------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    st.sampled_from(["tanh", "relu", "gelu", "selu"]),
    st.sampled_from(["none", "plain", "skipinit"]),
    st.sampled_from(["none", "layer", "batch"]),
    st.integers(0, 100),
    st.floats(0.2, 3.0),
)
def test_the_parts_of_the_way_back_add_up_to_it(activation: str, residual: str, normalization: str, seed: int, scale: float) -> None:
    config = Config(layers=7, width=9, activation=activation, residual=residual, normalization=normalization, seed=seed, weight_scale=scale, **DRAWN)
    frame = first(config)
    parts, dh = back_parts(frame), np.log10(frame.norms[0, 0])
    np.testing.assert_allclose(parts.sum(axis=0)[1:], dh[:-1] - dh[1:], atol=1e-12)
    assert not parts[:, 0].any()
    hidden = slice(1, 6)
    assert (normalization == "none") == (not parts[1, hidden].any()), "layer 1 has no skip, whatever the others have"
    assert parts[3, 1] == 0.0, "layer 1 has no skip"
    if residual != "skipinit":  # which passes all on, so that no part is other than 0
        assert (residual == "none") == (not parts[3, 2:6].any())
    if activation in ("tanh", "relu"):
        assert np.all(parts[0, hidden] <= 1e-12), "phi' is 1 at most"


# --- scores --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, {"batch_size": 16}, {"normalization": "batch", "batch_size": 16}, {"loss": "mse"}])
def test_scores_are_those_of_the_samples_learned_from_and_of_those_kept_back(more: dict[str, Any]) -> None:
    config = Config(layers=5, width=8, bias="on", initialization="normal", data="spirals", samples=80, test_share=0.2, epochs=6, learning_rate=0.5)
    config = config.replace(**{"loss": "cross_entropy", **more})
    whole, _ = trained(config)
    data = drawn(config)
    assert data is not None
    assert (len(data.inputs), len(data.test_inputs)) == (64, 16)
    engine = DenseEngine(config, None)
    engine.advance(0, 5, None)
    network = engine.network
    answers = network.forward(data.test_inputs, learning=False)
    assert whole.test_cost[5] == pytest.approx(cost_by_hand(config, answers, data.test_targets), rel=1e-12)
    assert whole.test_accuracy[5] == np.mean(answers.argmax(axis=1) == data.test_targets.argmax(axis=1))
    if config.normalization == "none":
        answers = network.forward(data.inputs)
        assert whole.cost[5] == pytest.approx(cost_by_hand(config, answers, data.targets), rel=1e-12)
        assert whole.accuracy[5] == np.mean(answers.argmax(axis=1) == data.targets.argmax(axis=1))


def cost_by_hand(config: Config, answers: Any, targets: Any) -> float:
    if config.loss == "mse":
        return float(np.sum((targets - answers) ** 2) / (2 * len(answers)))
    likely = np.exp(answers) / np.exp(answers).sum(axis=1, keepdims=True)
    return -float(np.mean(np.log(likely[np.arange(len(answers)), targets.argmax(axis=1)])))


def test_what_has_no_classes_has_no_accuracy_and_what_has_no_test_no_test_cost() -> None:
    whole, _ = trained(Config(layers=4, width=5, data="function", samples=20, epochs=3))
    for name in ("accuracy", "test_accuracy", "test_cost"):
        assert np.isnan(getattr(whole, name)).all(), name
    assert np.isfinite(whole.cost).all()


# --- verdicts ------------------------------------------------------------------------------------------------------------------------------

TANH = {"initialization": "normal", "data": "moons", "samples": 100, "loss": "cross_entropy", "bias": "on"}
CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "weights too small": ({**TANH, "width": 64, "layers": 60, "weight_scale": 0.5, "epochs": 20}, "vanishing", "weights"),
    "sigmoid": ({**TANH, "width": 32, "layers": 30, "activation": "sigmoid", "epochs": 20}, "vanishing", "slope"),
    "weights too large": ({**TANH, "width": 200, "layers": 60, "weight_scale": 5.0, "loss": "mse", "epochs": 1}, "exploding", "weights"),
    "a good start": ({**TANH, "width": 32, "layers": 6, "epochs": 200, "learning_rate": 0.2}, "trains", "none"),
    "relu and he": ({**TANH, "width": 32, "layers": 12, "activation": "relu", "initialization": "he", "epochs": 50}, "trains", "none"),
    "negative weights": (
        {"width": 4, "layers": 6, "activation": "relu", "weight_scale": -1.0, "inputs": (0.5, 1.0), "targets": (0.5, 1.0), "epochs": 3},
        "dead",
        "dead units",
    ),
    "too fast": (
        {"width": 16, "layers": 6, "activation": "identity", "initialization": "he", "data": "moons", "learning_rate": 10.0},
        "diverged",
        "learning rate",
    ),
    "too large for any float": ({"width": 16, "layers": 8, "activation": "identity", "weight_scale": 1e80}, "diverged", "overflow"),
    "far out": (
        {"width": 8, "layers": 4, "weight_scale": 2.0, "inputs": (1.5, 2.5), "targets": (0.5, -0.5), "bias": "on", "epochs": 20},
        "saturated",
        "saturation",
    ),
    "residual": ({**TANH, "width": 32, "layers": 60, "weight_scale": 0.5, "residual": "plain", "epochs": 50, "learning_rate": 0.02}, "trains", "none"),
    "layer norm": ({**TANH, "width": 32, "layers": 20, "weight_scale": 0.5, "normalization": "layer", "epochs": 50}, "trains", "none"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_is_right_for_the_cases_that_everybody_knows(case: str) -> None:
    values, kind, cause = CASES[case]
    _, verdict = trained(Config(**values))
    assert (verdict.kind, verdict.cause) == (kind, cause), verdict.sentence


def test_the_verdicts_numbers_are_the_frames() -> None:
    config = Config(**{**CASES["weights too small"][0], "epochs": 1})
    whole, verdict = trained(config)
    dh = whole.dh[0, RMS]
    assert verdict.factor_per_layer == pytest.approx((dh[1] / dh[58]) ** (1 / 57), rel=1e-12)
    assert verdict.factor_per_layer == pytest.approx(0.5, abs=0.01), "sigma_w times phi'(0) = 1"
    assert verdict.layers_per_decade == pytest.approx(-1.0 / math.log10(verdict.factor_per_layer))
    assert verdict.smallest == pytest.approx(math.log10(whole.g[0, RMS, 1]))
    assert verdict.saturation_decades + verdict.weights_decades == pytest.approx(math.log10(dh[1] / dh[58]))
    assert verdict.below_layer == np.flatnonzero(whole.g[0, RMS] < 1e-7)[-1]


def test_a_residual_layer_whose_own_branch_is_dead_is_not_in_the_way() -> None:
    """Fixup's branches start at 0, and there ReLU passes nothing back; the skip beside it does."""
    config = Config(**{**TANH, "width": 32, "layers": 10, "activation": "relu", "initialization": "he", "residual": "fixup", "epochs": 50})
    whole, verdict = trained(config)
    assert np.all(whole.shares[0, 1, 2:9] == 1.0)
    assert verdict.kind == "trains", verdict.sentence


def test_in_float32_the_small_gradients_are_exactly_0_and_the_verdict_says_from_where() -> None:
    """The output's gradient is of order 1; half a layer's weights pass on: float32 ends at 2^-150 and knows fewer layers than float64."""
    config = Config(layers=120, width=20, weight_scale=0.3, number_format="float32", output="linear", **DRAWN)
    whole, verdict = trained(config)
    zero = np.flatnonzero(whole.g[0, RMS, 1:] == 0.0) + 1
    assert zero.size
    assert verdict.zero_in_format == zero[-1]
    double, would = trained(config.replace(number_format="float64"))
    assert not (double.g[0, RMS, 1:] == 0.0).any()
    assert would.zero_in_float32 is not None
    assert abs(would.zero_in_float32 - zero[-1]) <= 3


def test_a_networks_profile_does_not_depend_on_the_order_of_its_samples() -> None:
    config = Config(layers=5, width=6, inputs=(0.1, 0.5, -0.3), targets=(0.0, 0.2, 0.4), initialization="normal", epochs=1)
    turned = config.replace(inputs=(-0.3, 0.1, 0.5), targets=(0.4, 0.0, 0.2))
    one, other = first(config), first(turned)
    for name in ("h", "g", "dw", "w"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-10, atol=1e-15)
