"""How gradients become updates: each rule by its paper's formulas in exact decimals, clipping, and the schedule of the learning rate."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gradviz.core.config import ClippingName, Config, DecayName, OptimizerName
from gradviz.core.optimizers import CLIPPINGS, DECAYS, RULES, clip, norm_of, on_rows, optimizer_for, scheduled

Array = NDArray[Any]
D = Decimal

OPTIMIZERS: tuple[str, ...] = get_args(OptimizerName)


def faded(share: D, values: list[D]) -> D:
    """The values' sum, each a share less for every step that it lies back."""
    total = D(0)
    for value in values:
        total = share * total + value
    return total


def by_sgd(theta: D, gradients: list[D], rate: D, **_: D) -> D:
    for g in gradients:
        theta -= rate * g
    return theta


def by_momentum(theta: D, gradients: list[D], rate: D, beta1: D, **_: D) -> D:
    """Every gradient goes on moving theta, by a share beta1 less at each step (Polyak 1964)."""
    for step in range(len(gradients)):
        theta -= rate * faded(beta1, gradients[: step + 1])
    return theta


def by_nesterov(theta: D, gradients: list[D], rate: D, beta1: D, **_: D) -> D:
    """As momentum, looking one step of the velocity ahead (Sutskever et al. 2013)."""
    for step in range(len(gradients)):
        theta -= rate * (gradients[step] + beta1 * faded(beta1, gradients[: step + 1]))
    return theta


def by_rmsprop(theta: D, gradients: list[D], rate: D, beta2: D, **_: D) -> D:
    """Hinton's lecture 6e."""
    for step, g in enumerate(gradients):
        square = (1 - beta2) * faded(beta2, [past**2 for past in gradients[: step + 1]])
        theta -= rate * g / (square.sqrt() + D("1e-8"))
    return theta


def by_adam(theta: D, gradients: list[D], rate: D, beta1: D, beta2: D, weight_decay: D) -> D:
    """Kingma and Ba 2015, algorithm 1; with the decay of Loshchilov and Hutter 2019, algorithm 2."""
    m = v = D(0)
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        theta -= rate * weight_decay * theta
        theta -= rate * m_hat / (v_hat.sqrt() + D("1e-8"))
    return theta


PAPERS: dict[str, Callable[..., D]] = {
    "sgd": by_sgd,
    "momentum": by_momentum,
    "nesterov": by_nesterov,
    "rmsprop": by_rmsprop,
    "adam": lambda *values, **shares: by_adam(*values, **{**shares, "weight_decay": D(0)}),
    "adamw": by_adam,
}


def moved(config: Config, theta: Array, gradients: Array, rates: list[float]) -> Array:
    """Where an optimizer takes theta along these gradients, one a row."""
    theta = theta.copy()
    optimizer = optimizer_for(config, theta)
    for gradient, rate in zip(gradients, rates, strict=True):
        optimizer.update(gradient, rate)
    return theta


def test_there_is_a_rule_for_every_choice_of_the_config() -> None:
    assert set(RULES) == set(PAPERS) == set(OPTIMIZERS)
    assert set(CLIPPINGS) == set(get_args(ClippingName))
    assert set(DECAYS) == set(get_args(DecayName))


@pytest.mark.parametrize("name", OPTIMIZERS)
@given(
    st.lists(st.floats(-10.0, 10.0), min_size=1, max_size=6),
    st.floats(-3.0, 3.0),
    st.sampled_from([0.001, 0.5]),
    st.sampled_from([0.0, 0.5, 0.9]),
    st.sampled_from([0.0, 0.9, 0.999]),
    st.sampled_from([0.0, 0.01, 0.7]),
)
def test_updates_are_those_of_the_papers(name: str, gradients: list[float], theta: float, rate: float, momentum: float, beta2: float, decay: float) -> None:
    config = Config(optimizer=name, momentum=momentum, beta2=beta2, weight_decay=decay)
    found = moved(config, np.array([theta]), np.array(gradients)[:, np.newaxis], [rate] * len(gradients))[0]
    with localcontext() as context:
        context.prec = 60
        exact = PAPERS[name](D(theta), [D(g) for g in gradients], D(rate), beta1=D(momentum), beta2=D(beta2), weight_decay=D(decay))
        largest = max([abs(theta), rate, abs(float(exact)), *(rate * abs(g) for g in gradients)])
        # 1 - beta2 has lost some digits by itself, as it has in PyTorch
        assert abs(D(found) - exact) <= D(largest) * D("1e-11")


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("form", ["float64", "float32"])
def test_one_vector_moves_as_each_of_its_numbers_would(name: str, form: str) -> None:
    config, draws = Config(optimizer=name), np.random.default_rng(0)
    theta, gradients = draws.standard_normal(37).astype(form), draws.standard_normal((5, 37)).astype(form)
    rates = [0.1, 0.2, 0.05, 0.1, 0.1]
    whole = moved(config, theta, gradients, rates)
    assert whole.dtype == form
    np.testing.assert_array_equal(whole, [moved(config, theta[[i]], gradients[:, [i]], rates)[0] for i in range(37)])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_float32_follows_float64_as_far_as_its_digits_go(name: str) -> None:
    config, draws = Config(optimizer=name), np.random.default_rng(0)
    theta, gradients = draws.standard_normal(50).astype("float32"), draws.standard_normal((20, 50)).astype("float32")
    rates = [0.01] * 20
    np.testing.assert_allclose(moved(config, theta, gradients, rates), moved(config, theta.astype(float), gradients.astype(float), rates), atol=2e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("form", ["float64", "float32"])
def test_uncompiled_rules_give_the_same_bits(name: str, form: str) -> None:
    draws, config, rule = np.random.default_rng(0), Config(optimizer=name), RULES[name]
    theta, gradients = draws.standard_normal(37).astype(form), draws.standard_normal((5, 37)).astype(form)
    by_numpy, memory, update = theta.copy(), [np.zeros_like(theta) for _ in range(rule.remembers)], on_rows(rule.update)
    for step, gradient in enumerate(gradients, start=1):
        update(by_numpy, gradient, *memory, *map(theta.dtype.type, rule.numbers(config, 0.1, step)))
    np.testing.assert_array_equal(moved(config, theta, gradients, [0.1] * 5), by_numpy)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_update_works_in_place_and_leaves_the_gradient_as_it_is(name: str) -> None:
    theta, gradient = np.ones(200_000), np.linspace(-1.0, 1.0, 200_000)
    optimizer = optimizer_for(Config(optimizer=name), theta)
    optimizer.update(gradient, 0.1)
    tracemalloc.start()
    optimizer.update(gradient, 0.1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000  # theta alone has 1,600,000 bytes
    np.testing.assert_array_equal(gradient, np.linspace(-1.0, 1.0, 200_000))
    assert (theta[:1000] > 1.0).all()
    assert (theta[-1000:] < 1.0).all()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_gradients_that_are_no_numbers_reach_theta(name: str) -> None:
    found = moved(Config(optimizer=name), np.zeros(2), np.array([[math.nan, 1.0]]), [0.1])
    assert np.isnan(found[0])
    assert found[1] < 0.0


# clipping


def clipped(gradient: list[float], **changes: Any) -> Array:
    array = np.array(gradient)
    clip(Config(**changes), array)
    return array


def test_without_clipping_a_gradient_stays_as_it_is() -> None:
    assert clipped([3e300, -4.0], clipping="none", clip_at=1.0).tolist() == [3e300, -4.0]


def test_clipping_by_value_cuts_each_number() -> None:
    assert clipped([3.0, -4.0, 0.5, -math.inf], clipping="value", clip_at=2.0).tolist() == [2.0, -2.0, 0.5, -2.0]


def test_clipping_by_norm_keeps_the_direction_and_leaves_small_gradients_alone() -> None:
    assert clipped([3.0, -4.0], clipping="norm", clip_at=5.1).tolist() == [3.0, -4.0]
    np.testing.assert_allclose(clipped([3.0, -4.0], clipping="norm", clip_at=1.0), [0.6 / 1.0000002, -0.8 / 1.0000002], rtol=1e-15)
    assert clipped([0.0, 0.0], clipping="norm", clip_at=1.0).tolist() == [0.0, 0.0]


def test_an_exploding_gradient_is_clipped_where_its_squares_leave_the_floats() -> None:
    np.testing.assert_allclose(clipped([3e250, -4e250], clipping="norm", clip_at=1.0), [0.6, -0.8], rtol=1e-15)
    single = np.array([3e30, -4e30], np.float32)
    clip(Config(clipping="norm"), single)
    np.testing.assert_allclose(single, [0.6, -0.8], rtol=1e-6)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=6))
def test_a_norm_is_that_of_exact_decimals(numbers: list[float]) -> None:
    exact = math.hypot(*numbers)
    if exact < math.inf:
        assert norm_of(np.array(numbers)) == pytest.approx(exact, rel=1e-6, abs=0.0 if exact > 1e-300 else 1e-160)


@pytest.mark.parametrize(("numbers", "norm"), [([], 0.0), ([0.0], 0.0), ([math.inf, 1.0], math.inf)])
def test_the_norm_of_nothing_and_of_infinity(numbers: list[float], norm: float) -> None:
    assert norm_of(np.array(numbers)) == norm


def test_the_norm_of_no_number_is_none_and_clips_nothing() -> None:
    assert math.isnan(norm_of(np.array([math.nan, 1.0])))
    found = clipped([math.nan, 1.0], clipping="norm", clip_at=0.1)
    assert math.isnan(found[0])
    assert found[1] == 1.0


# the learning rate


def rates(epochs: int, **changes: Any) -> list[float]:
    config = Config(epochs=epochs, **changes)
    return [scheduled(config, 2.0, epoch) for epoch in range(epochs)]


def test_a_learning_rate_without_schedule_stays() -> None:
    assert rates(5) == [2.0] * 5


def test_a_warm_up_rises_in_equal_steps_to_all_of_it() -> None:
    np.testing.assert_allclose(rates(6, warm_up=3), [0.5, 1.0, 1.5, 2.0, 2.0, 2.0], rtol=1e-15)


@pytest.mark.parametrize(
    ("decay", "halfway"),
    [("linear", 2.0 * (1 + 0.04) / 2), ("cosine", 2.0 * (1 + 0.04) / 2), ("exponential", 2.0 * 0.2)],
)
@pytest.mark.parametrize("warm_up", [0, 4])
def test_a_decay_begins_after_the_warm_up_and_ends_at_the_final_share(decay: str, halfway: float, warm_up: int) -> None:
    found = rates(warm_up + 21, decay=decay, final_rate=0.04, warm_up=warm_up)[warm_up:]
    np.testing.assert_allclose([found[0], found[10], found[20]], [2.0, halfway, 0.08], rtol=1e-13)
    assert found == sorted(found, reverse=True)


def test_the_decays_differ_on_the_way() -> None:
    linear, cosine, exponential = (rates(21, decay=decay, final_rate=0.04)[5] for decay in ("linear", "cosine", "exponential"))
    # at a quarter of the way: 1 - 0.96/4, 0.04 + 0.96 (1 + cos 45°)/2, and 0.04^(1/4)
    np.testing.assert_allclose([linear, cosine, exponential], [1.52, 2 * (0.04 + 0.96 * (1 + math.sqrt(0.5)) / 2), 2 * 0.04**0.25], rtol=1e-13)


@pytest.mark.parametrize("decay", get_args(DecayName))
def test_a_run_that_ends_with_its_warm_up_has_its_full_rate_at_the_last_epoch(decay: str) -> None:
    assert rates(1, decay=decay) == [2.0]
    assert rates(4, decay=decay, warm_up=3)[-1] == 2.0
