"""Drawn data: balanced, bounded, the same for the same seed, and no sample both learned from and tested with."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.core import combinations
from gradviz.core.config import Config
from gradviz.core.datasets import CHOSEN, KEPT_BACK, NOISE, PLACES, SHAPES, TARGET_RANGE, Dataset, drawn, generator, one_hot, split, standardized

DRAWN = [*SHAPES, "function"]


def config_of(data: Any, **changes: Any) -> Config:
    return Config(**{"data": data, "noise": 0.0, **changes})


def data_of(data: Any, **changes: Any) -> Dataset:
    made = drawn(config_of(data, **changes))
    assert made is not None
    return made


def everything(data: Dataset) -> np.ndarray:
    """All samples of both parts, inputs beside targets."""
    return np.vstack([np.hstack([data.inputs, data.targets]), np.hstack([data.test_inputs, data.test_targets])])


def test_the_notebooks_samples_come_in_their_order() -> None:
    data = data_of("samples", inputs=(3.0, -1.0, 2.0), targets=(0.1, 0.2, 0.3))
    assert data.inputs.tolist() == [[3.0], [-1.0], [2.0]]
    assert data.targets.tolist() == [[0.1], [0.2], [0.3]]
    assert (data.classes, data.features, data.outputs, len(data.test_inputs)) == ((), 1, 1, 0)
    assert data.mean_square == pytest.approx(14 / 3)


@pytest.mark.parametrize("name", ["digits", "csv"])
def test_what_is_in_a_file_is_not_drawn(name: str) -> None:
    assert drawn(config_of(name, csv_file="table.csv")) is None


@pytest.mark.parametrize("name", DRAWN)
@given(samples=st.integers(2, 300), share=st.floats(0, 0.99), seed=st.integers(0, 2**32 - 1))
def test_as_many_samples_as_the_config_counts(name: str, samples: int, share: float, seed: int) -> None:
    config = config_of(name, samples=samples, test_share=share, seed=seed, noise=0.1)
    data = data_of(name, samples=samples, test_share=share, seed=seed, noise=0.1)
    assert len(data.inputs) == len(data.targets) == combinations.training_samples(config)
    assert len(data.test_inputs) == len(data.test_targets) == combinations.tested(samples, share)
    assert (len(data.classes), data.features, data.outputs) == (combinations.CLASSES[name], 1 if name == "function" else 2, max(1, combinations.CLASSES[name]))


@pytest.mark.parametrize("name", SHAPES)
@given(samples=st.integers(2, 300), share=st.floats(0, 0.99))
def test_classes_are_as_frequent_in_both_parts_to_within_a_sample(name: str, samples: int, share: float) -> None:
    data = data_of(name, samples=samples, test_share=share)
    both = np.vstack([data.targets, data.test_targets])
    assert set(np.unique(both)) <= {0.0, 1.0}
    assert (both.sum(axis=1) == 1).all()
    assert np.ptp(both.sum(axis=0)) <= 1
    fair = both.sum(axis=0) * len(data.test_targets) / samples
    assert np.abs(data.test_targets.sum(axis=0) - fair).max() <= 1


@given(counts=st.lists(st.integers(1, 60), min_size=2, max_size=5), share=st.floats(0.01, 0.9), seed=st.integers(0, 99))
def test_rare_classes_keep_their_share_back_too(counts: list[int], share: float, seed: int) -> None:
    kinds = np.repeat(np.arange(len(counts)), counts)
    names = tuple(map(str, range(len(counts))))
    data = split(Config(test_share=share, seed=seed), np.arange(len(kinds))[:, None].astype(float), one_hot(kinds, len(counts)), names)
    fair = np.array(counts) * len(data.test_targets) / len(kinds)
    assert np.abs(data.test_targets.sum(axis=0) - fair).max() <= 1


@given(samples=st.integers(2, 200), share=st.floats(0, 0.99), seed=st.integers(0, 2**32 - 1), classes=st.sampled_from([(), ("a", "b")]))
def test_a_split_shares_out_every_sample_once_and_in_order(samples: int, share: float, seed: int, classes: tuple[str, ...]) -> None:
    inputs = np.arange(float(samples))[:, None]
    targets = one_hot(np.arange(samples) % 2, 2) if classes else -inputs
    data = split(Config(test_share=share, seed=seed), inputs, targets, classes)
    assert sorted([*data.inputs[:, 0], *data.test_inputs[:, 0]]) == list(range(samples))
    for part, answers in ((data.inputs, data.targets), (data.test_inputs, data.test_targets)):
        assert (np.diff(part[:, 0]) > 0).all()
        np.testing.assert_array_equal(answers, targets[part[:, 0].astype(int)])


def test_which_samples_are_kept_back_depends_on_the_seed() -> None:
    inputs = np.arange(100.0)[:, None]
    back = {tuple(split(Config(test_share=0.2, seed=seed), inputs, inputs, ()).test_inputs[:, 0]) for seed in range(10)}
    assert len(back) == 10


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_seed_draws_the_same_and_another_seed_others(name: str) -> None:
    first, again, other = (data_of(name, seed=seed, noise=0.1, test_share=0.25) for seed in (5, 5, 6))
    for column in ("inputs", "targets", "test_inputs", "test_targets"):
        np.testing.assert_array_equal(getattr(first, column), getattr(again, column))
    assert not np.isin(first.inputs[:, 0], other.inputs[:, 0]).any()


@pytest.mark.parametrize("name", DRAWN)
def test_a_slider_moves_nothing_that_is_not_its_own(name: str) -> None:
    data = data_of(name, samples=60, noise=0.1)
    more = data_of(name, samples=90, noise=0.1)
    np.testing.assert_array_equal(everything(more)[:60], everything(data))
    parted = everything(data_of(name, samples=60, noise=0.1, test_share=0.5))
    assert sorted(map(tuple, parted)) == sorted(map(tuple, everything(data)))
    still, twice = everything(data_of(name, samples=60)), everything(data_of(name, samples=60, noise=0.2))
    np.testing.assert_allclose(twice - still, 2 * (everything(data) - still), rtol=0, atol=1e-15)


def test_places_noise_and_weights_share_no_draws() -> None:
    config = config_of("function", samples=500, noise=1.0)
    data = data_of("function", samples=500, noise=1.0)
    places, noise = (data.inputs[:, 0] + 1) / 2, data.targets[:, 0] - np.sin(np.pi * data.inputs[:, 0]) / 2
    for other in (np.random.default_rng(config.seed), generator(config, KEPT_BACK), generator(config, CHOSEN)):
        state = other.bit_generator.state
        uniform = other.random(500)
        other.bit_generator.state = state
        normal = other.standard_normal(500)
        assert not np.isclose(places, uniform, atol=1e-9).any()
        assert not np.isclose(noise, normal, atol=1e-9).any()
    assert not np.isclose(noise, generator(config, PLACES).standard_normal(500), atol=1e-9).any()
    assert not np.isclose(places, generator(config, NOISE).random(500), atol=1e-9).any()


@pytest.mark.parametrize("name", DRAWN)
def test_without_noise_features_lie_within_one(name: str) -> None:
    data = data_of(name, samples=1000)
    reach = np.abs(data.inputs).max(axis=0)
    assert reach.max() <= 1
    assert reach.min() > 0.45, "both coordinates are of the scale of 1"
    assert abs(data.inputs.mean()) < 0.1


def test_xor_is_where_the_signs_differ() -> None:
    data = data_of("xor", samples=8)
    assert sorted(map(tuple, data.inputs[:4])) == [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    np.testing.assert_array_equal(data.targets[:, 1] == 1, data.inputs.prod(axis=1) < 0)


def test_circles_have_one_centre() -> None:
    data = data_of("circles")
    np.testing.assert_allclose(np.hypot(*data.inputs.T), np.where(data.targets[:, 0] == 1, 0.5, 1.0), rtol=1e-14)


def test_moons_are_half_circles_that_reach_into_each_other() -> None:
    data = data_of("moons")
    x, y = (data.inputs * 1.5 + (0.5, 0.25)).T
    upper = data.targets[:, 0] == 1
    np.testing.assert_allclose(np.hypot(x[upper], y[upper]), 1, rtol=1e-14)
    np.testing.assert_allclose(np.hypot(x[~upper] - 1, y[~upper] - 0.5), 1, rtol=1e-14)
    assert (y[upper] >= 0).all()
    assert (y[~upper] <= 0.5).all()


def test_spirals_turn_by_four_radians_and_stand_a_third_of_a_turn_apart() -> None:
    data = data_of("spirals")
    radius = np.hypot(*data.inputs.T)
    arm = data.targets.argmax(axis=1)
    angle = np.arctan2(data.inputs[:, 0], data.inputs[:, 1])
    turned = (angle - 4 * radius - 2 * math.pi / 3 * arm) / (2 * math.pi)
    np.testing.assert_allclose(turned, np.round(turned), atol=1e-12)


def test_the_function_is_half_a_sine() -> None:
    data = data_of("function")
    assert data.targets[:, 0].tolist() == pytest.approx([math.sin(math.pi * x) / 2 for x in data.inputs[:, 0].tolist()], abs=1e-15)


@pytest.mark.parametrize("name", DRAWN)
def test_noise_has_the_standard_deviation_asked_for(name: str) -> None:
    noise = (everything(data_of(name, samples=20_000, noise=0.3)) - everything(data_of(name, samples=20_000)))[:, : 2 if name in SHAPES else None]
    noise = noise[:, np.abs(noise).max(axis=0) > 0]
    assert noise.shape[1] == (2 if name in SHAPES else 1)
    assert noise.std() == pytest.approx(0.3, rel=0.02)
    assert abs(noise.mean()) < 0.01


def test_noise_near_the_largest_float_draws_infinite_places_and_no_warning() -> None:
    data = data_of("xor", noise=1.7e308)
    assert np.isinf(data.inputs).any()
    assert data.mean_square == math.inf


def test_arrays_are_read_only() -> None:
    data = data_of("moons", test_share=0.5)
    for array in (data.inputs, data.targets, data.test_inputs, data.test_targets):
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1.0


COLUMN = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=30)


@given(column=COLUMN)
def test_standardised_columns_have_mean_0_and_variance_1_whatever_their_scale(column: list[float]) -> None:
    numbers = np.array(column)[:, None]
    data = standardized(Dataset(numbers, numbers.copy(), (), numbers[:0], numbers[:0]))
    if len(set(column)) == 1:
        assert not data.inputs.any()
        assert not data.targets.any()
        return
    assert data.inputs.mean() == pytest.approx(0, abs=1e-6)
    assert data.inputs.std() == pytest.approx(1, rel=1e-6)
    assert (data.targets.min(), data.targets.max()) == pytest.approx((-TARGET_RANGE, TARGET_RANGE), rel=1e-6)
    order = np.argsort(numbers[:, 0], kind="stable")
    assert (np.diff(data.inputs[order, 0]) >= 0).all()


def test_the_test_part_moves_by_the_training_parts_numbers() -> None:
    training, test = np.array([[1.0, 7.0], [3.0, 7.0]]), np.array([[5.0, 8.0]])
    data = standardized(Dataset(training, training[:, :1].copy(), (), test, test[:, :1].copy()))
    assert data.inputs.tolist() == [[-1, 0], [1, 0]]
    assert data.test_inputs.tolist() == [[3, 0]], "a column that was constant in training says nothing in the test either"
    assert data.targets[:, 0].tolist() == pytest.approx([-0.8, 0.8])
    assert data.test_targets.tolist() == [[pytest.approx(2.4)]]


def test_classes_stay_0_and_1_when_features_are_standardised() -> None:
    data = data_of("xor", noise=0.1)
    np.testing.assert_array_equal(standardized(data).targets, data.targets)
