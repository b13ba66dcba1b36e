"""A gradient taken apart: its parts are what the engine's own arrays say, and they add up to the gradient again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gradviz import Config, record
from gradviz.core.factors import SATURATION, SIGNAL, WEIGHTS, Factors, factors, stored_decades
from gradviz.core.logdomain import log_profile
from gradviz.core.profiles import decades

Floats = NDArray[np.float64]

SLOPES = {
    "tanh": lambda u: np.cosh(u) ** -2.0,
    "sigmoid": lambda u: np.exp(-u) / (1 + np.exp(-u)) ** 2,
    "relu": lambda u: (u > 0).astype(float),
    "identity": np.ones_like,
}


def taken_apart(config: Config, weights: Floats, sample: int, of: str) -> Factors:
    return factors(log_profile(config, weights), sample, of)


@pytest.mark.parametrize("activation", SLOPES)
@pytest.mark.parametrize("sample", [0, 1])
def test_the_parts_are_those_of_the_engines_own_numbers(activation: str, sample: int) -> None:
    run = record(Config(layers=12, activation=activation, initialization="normal", weight_scale=1.3, seed=4, epochs=3, inputs=(0.4, -0.7), targets=(0.2, 0.1)))
    w, h, g, dw = run.w[-1], run.h[-1, sample], run.g[-1, sample], run.g[-1, sample] * np.append(0.0, run.h[-1, sample, :-1])
    u = w[1:] * h[:-1]
    found = taken_apart(run.config, w, sample, "dw")
    assert np.array_equal(found.layers, np.arange(1, 12))
    np.testing.assert_allclose(found.parts[SATURATION], decades(SLOPES[activation](u)), atol=1e-12)
    np.testing.assert_allclose(found.parts[WEIGHTS, :-1], decades(w[2:]), atol=1e-14)
    assert found.parts[WEIGHTS, -1] == 0.0
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(found.parts[SIGNAL], decades(h[:-1]) - decades(h[1:]), atol=1e-12)
    np.testing.assert_allclose(found.total, decades(dw[1:]), atol=1e-9)
    np.testing.assert_allclose(taken_apart(run.config, w, sample, "du").total, decades(g[1:]), atol=1e-9)


@pytest.mark.parametrize("scale", [0.9, 1.0, 5.0])
@pytest.mark.parametrize("layers", [2, 3, 100, 2000])
def test_running_sums_are_the_gradient_itself(scale: float, layers: int) -> None:
    config = Config(layers=layers, weight_scale=scale)
    profile = log_profile(config, np.append(0.0, np.full(layers - 1, scale)))
    for sample in (0, 1):
        g = profile.du.decades[sample, 1:]
        du, dw = factors(profile, sample, "du"), factors(profile, sample, "dw")
        np.testing.assert_allclose(du.total, g, rtol=0, atol=1e-9)
        np.testing.assert_allclose(dw.total, profile.h.decades[sample, :-1] + g, rtol=0, atol=1e-9)
        error = profile.dh.decades[sample, -1]
        for found in (du, dw):
            np.testing.assert_allclose(error + found.sums.sum(axis=0), found.total, rtol=0, atol=1e-9)
            np.testing.assert_allclose(np.cumsum(found.steps[::-1])[::-1] - found.steps[-1] + found.total[-1], found.total, rtol=0, atol=1e-9)


def test_a_saturated_layer_takes_what_theory_says() -> None:
    found = taken_apart(Config(layers=2000, weight_scale=5.0), np.append(0.0, np.full(1999, 5.0)), 0, "du")
    np.testing.assert_allclose(found.steps[50:-1], math.log10(9.087415532632592e-4), atol=1e-6)
    assert found.total[0] == pytest.approx(-6080, abs=5)
    assert found.parts[SATURATION, 50] == pytest.approx(math.log10(1 - 0.9999091217152424**2), abs=1e-6)


def test_in_the_shrinking_chain_the_signal_gains_going_back_what_the_weights_lose() -> None:
    """dw is small everywhere, and equally small: what is missing at the output is missing at the first layer too."""
    found = taken_apart(Config(weight_scale=0.9), np.append(0.0, np.full(99, 0.9)), 0, "dw")
    assert np.abs(found.steps[40:-1]).max() < 1e-4
    assert found.parts[SIGNAL, 60] == pytest.approx(-math.log10(0.9), abs=1e-4)
    assert found.sums[SIGNAL, 0] == pytest.approx(math.log10(0.5))


def test_an_exact_zero_is_said_to_be_one() -> None:
    config = Config(layers=6, activation="relu", inputs=(1.0, 0.0), targets=(0.5, 0.5))
    dead = taken_apart(config, np.array([0.0, 1.0, 1.0, -1.0, 1.0, 1.0]), 0, "dw")
    assert np.array_equal(dead.zero[SATURATION], [False, False, True, True, True])
    assert np.array_equal(dead.zero[SIGNAL], [False, False, True, True, True])
    assert not dead.zero[WEIGHTS].any()
    assert np.isneginf(dead.total).all()
    cut = taken_apart(config, np.array([0.0, 1.0, 1.0, 0.0, 1.0, 1.0]), 0, "du")
    assert np.array_equal(cut.zero[WEIGHTS], [False, True, False, False, False])
    silent = taken_apart(config.replace(activation="tanh"), np.append(0.0, np.ones(5)), 1, "dw")
    assert silent.zero[SIGNAL].all()
    assert np.isfinite(silent.parts[:SIGNAL]).all()


@given(
    st.lists(st.one_of(st.floats(-20, 20), st.just(0.0)), min_size=1, max_size=30),
    st.sampled_from(list(SLOPES)),
    st.floats(-3, 3),
)
def test_whatever_the_weights_the_parts_add_up_and_every_infinite_one_is_explained(weights: list[float], activation: str, x: float) -> None:
    config = Config(layers=len(weights) + 1, activation=activation, inputs=(x,), targets=(0.3,))
    profile = log_profile(config, np.array([0.0, *weights]))
    g, h = profile.du.decades[0, 1:], profile.h.decades[0, :-1]
    np.testing.assert_allclose(factors(profile, 0, "du").total, g, rtol=0, atol=1e-9)
    found = factors(profile, 0, "dw")
    np.testing.assert_allclose(found.total, h + g, rtol=0, atol=1e-9)
    assert np.array_equal(found.zero, ~np.isfinite(found.parts))


def test_what_the_format_stores_of_the_product_is_what_it_can_multiply() -> None:
    run = record(Config(layers=4, activation="identity", inputs=(1e-4,), targets=(2e-4,), epochs=1, number_format="float16"))
    g, h = run.g[-1, 0], run.h[-1, 0]
    assert np.array_equal(stored_decades(run.config, run.newest, 0, "du"), decades(g[1:]))
    assert np.array_equal(stored_decades(run.config, run.newest, 0, "dw"), decades((h[:-1] * g[1:]).astype(np.float16).astype(float)))
    assert np.isneginf(stored_decades(run.config, run.newest, 0, "dw")).all()


def test_shares_as_stored_add_up_to_the_weight_gradient() -> None:
    run = record(Config(layers=12, weight_scale=0.9, epochs=2, inputs=(0.4, 0.7), targets=(-0.2, -0.1)))
    shares = [10.0 ** stored_decades(run.config, run.newest, other, "dw") for other in (0, 1)]
    np.testing.assert_allclose(shares[0] + shares[1], np.abs(run.dw[-1, 1:]), rtol=1e-12)
