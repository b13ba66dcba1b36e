"""Runs side by side: differences of configs in words, and ratios and pairs of costs against brute force."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gradviz import Config, record
from gradviz.core.config import PARAMETERS
from gradviz.core.frames import Frames
from gradviz.core.interventions import Intervention
from gradviz.core.logdomain import log_profile
from gradviz.runs.comparison import UNCHANGED, CostPairs, config_differences, gradient_decades, gradient_ratio, root_mean_square
from gradviz.runs.run import Run

CHAIN = Config(layers=12, epochs=5)


def decades_of(run: Run) -> np.ndarray:
    profile = None if run.config.wide else log_profile(run.config, run.newest.w[-1])
    return gradient_decades(run.newest, profile)


def costly(config: Config, epochs: list[int], costs: list[float]) -> Run:
    """A run that observed these epochs with these costs."""
    run = Run(config)
    add(run, epochs, costs)
    return run


def add(run: Run, epochs: list[int] | np.ndarray, costs: list[float] | np.ndarray) -> None:
    count, layers, samples = len(epochs), run.config.layers, len(run.config.inputs)
    profile, line = np.zeros((count, samples, layers)), np.zeros((count, layers))
    run.append(Frames(epoch=np.array(epochs, np.int64), cost=np.array(costs, float), h=profile, g=profile.copy(), dw=line, w=line.copy()))


# configs


def test_the_rows_are_the_parameters_that_differ_each_as_it_is_typed() -> None:
    configs = [CHAIN, CHAIN.replace(weight_scale=0.9), CHAIN.replace(weight_scale=5.0, activation="relu")]
    table = config_differences([(f"run {number}", Run(config)) for number, config in enumerate(configs)])
    assert table.names == ("run 0", "run 1", "run 2")
    assert [(row.title, row.values) for row in table.rows] == [
        ("Activation φ", ("tanh", "tanh", "relu")),
        ("Weight scale σ", ("1.0", "0.9", "5.0")),
    ]
    assert table.as_tsv().split("\n") == ["\trun 0\trun 1\trun 2", "Activation φ\ttanh\ttanh\trelu", "Weight scale σ\t1.0\t0.9\t5.0"]


def test_the_same_config_twice_leaves_no_row() -> None:
    assert config_differences([("live", Run(CHAIN)), ("pinned", Run(CHAIN))]).rows == ()


@pytest.mark.parametrize(("name", "value"), [("learning_rate", 1 / 3), ("epochs", 7), ("inputs", (-0.1, 1e-17)), ("activation", "gelu")])
def test_a_cell_can_be_typed_into_the_parameters_field(name: str, value: object) -> None:
    configs = [CHAIN, CHAIN.replace(**{name: value})]
    (row,) = config_differences([("a", Run(configs[0])), ("b", Run(configs[1]))]).rows
    assert row.title.startswith(PARAMETERS[name].title)
    assert [PARAMETERS[name].parse(cell) for cell in row.values] == [getattr(config, name) for config in configs]


def test_what_was_changed_on_the_way_has_a_row_of_its_own_unless_all_were_changed_alike() -> None:
    both = Intervention(1, "clipping", "norm")
    changes = [both, Intervention(2, "learning_rate", 0.5), Intervention(2, "w[3]", -1.0), Intervention(3, "w*", 2.0), Intervention(3, "w*", 0.5)]
    table = config_differences([("live", record(CHAIN, changes)), ("left alone", record(CHAIN, [both]))])
    assert [(row.title, row.values) for row in table.rows] == [
        ("Learning rate, changed on its way at epoch 2", ("0.5", UNCHANGED)),
        ("w[3], changed on its way at epoch 2", ("−1", UNCHANGED)),
        ("w, changed on its way at epoch 3", ("× 2, × 0.5", UNCHANGED)),
    ]


# ratios


def test_the_ratio_of_two_chains_is_that_of_their_gradients() -> None:
    own, other = record(CHAIN), record(CHAIN.replace(weight_scale=1.3, initialization="normal", seed=4))
    ratio = gradient_ratio(decades_of(own), decades_of(other))
    expected = [np.sqrt(np.mean(run.g[-1, :, 1:] ** 2, axis=0)) for run in (own, other)]
    np.testing.assert_allclose(10.0**ratio.decades, expected[0] / expected[1], rtol=1e-9)
    np.testing.assert_array_equal(ratio.layers, np.arange(1, CHAIN.layers))


def test_the_ratio_of_wide_networks_is_that_of_their_root_mean_squares() -> None:
    config = Config(layers=6, width=8, data="moons", samples=40, initialization="he", epochs=3)
    own, other = record(config), record(config.replace(seed=1))
    expected = own.newest.g[-1, 0, 1:] / other.newest.g[-1, 0, 1:]
    np.testing.assert_allclose(10.0 ** gradient_ratio(decades_of(own), decades_of(other)).decades, expected, rtol=1e-9)


def exact_decades(scale: str, layers: int, x: str = "0.5", y: str = "0.5", samples: int = 2) -> np.ndarray:
    """log10|dC/du| of a chain of tanh with one weight, with 60 digits and no end of the exponents; both samples' are the same."""
    with localcontext() as context:
        context.prec, context.Emin = 60, -(10**9)
        w, h, us, hs = Decimal(scale), Decimal(x), [], []
        for _ in range(1, layers):
            u = w * h
            power = (2 * u).exp()
            h = (power - 1) / (power + 1)
            us.append(u)
            hs.append(h)
        signal, found = (h - Decimal(y)) / samples, []
        for u in reversed(us):
            half = (u.exp() + (-u).exp()) / 2
            found.append(signal / half**2)
            signal = found[-1] * w
        return np.array([float(abs(g).log10()) for g in reversed(found)])


def test_a_ratio_far_below_the_floats_is_exact() -> None:
    layers = 400
    own, other = (record(Config(layers=layers, weight_scale=scale, epochs=1)) for scale in (5.0, 4.0))
    assert not own.g[0, :, 1].any(), "float64 holds nothing of it"
    ratio = gradient_ratio(decades_of(own), decades_of(other))
    expected = exact_decades("5", layers) - exact_decades("4", layers)
    np.testing.assert_allclose(ratio.decades, expected, atol=1e-9)
    assert ratio.decades.min() < -300


def test_of_different_depths_the_layers_equally_far_from_the_output_are_compared() -> None:
    deep, flat = record(CHAIN), record(CHAIN.replace(layers=8))
    ratio = gradient_ratio(decades_of(deep), decades_of(flat))
    np.testing.assert_array_equal(ratio.layers, np.arange(5, 12))
    np.testing.assert_allclose(10.0**ratio.decades, np.abs(deep.g[-1, 0, 5:] / flat.g[-1, 0, 1:]), rtol=1e-9)
    back = gradient_ratio(decades_of(flat), decades_of(deep))
    np.testing.assert_array_equal(back.layers, np.arange(1, 8))
    np.testing.assert_array_equal(back.decades, -ratio.decades)


def test_exact_zeros_and_what_is_no_number_stay_what_they_are() -> None:
    own, other = np.array([np.nan, -np.inf, 0.0, -np.inf, np.nan, 2.0]), np.array([np.nan, 0.0, -np.inf, -np.inf, 1.0, -1.0])
    np.testing.assert_array_equal(gradient_ratio(own, other).decades, [-np.inf, np.inf, np.nan, np.nan, 3.0])


@given(arrays(np.float64, (3, 5), elements=st.floats(-100, 100)), st.floats(-5000, 5000))
def test_a_root_mean_square_of_decades_is_numpys_wherever_the_decades_are(sizes: np.ndarray, far: float) -> None:
    expected = np.log10(np.sqrt(np.mean((10.0**sizes) ** 2, axis=0)))
    np.testing.assert_allclose(root_mean_square(sizes), expected, atol=1e-12)
    np.testing.assert_allclose(root_mean_square(sizes + far), expected + far, atol=1e-9)


def test_a_root_mean_square_of_nothing_but_zeros_is_zero_and_of_a_nan_is_none() -> None:
    sizes = np.array([[-np.inf, -np.inf, np.nan, np.inf], [-np.inf, 1.0, 0.0, 0.0]])
    np.testing.assert_allclose(root_mean_square(sizes), [-np.inf, 1.0 - 0.5 * np.log10(2.0), np.nan, np.inf])


# costs


def test_costs_are_paired_at_the_epochs_that_both_have_as_they_come() -> None:
    own, other = costly(CHAIN, [0, 1, 2], [3.0, 2.0, 1.0]), costly(CHAIN, [0, 2, 4, 6], [30.0, 20.0, 10.0, 5.0])
    pairs = CostPairs(own, other)
    np.testing.assert_array_equal(pairs.points(), [[0, 2], [3.0, 1.0], [30.0, 20.0]])
    add(own, [3, 4], [0.5, 0.25])
    np.testing.assert_array_equal(pairs.points(), [[0, 2, 4], [3.0, 1.0, 0.25], [30.0, 20.0, 10.0]])
    add(other, [7], [4.0])
    add(own, [6, 7, 8], [0.2, 0.1, 0.0])
    np.testing.assert_array_equal(pairs.points()[0], [0, 2, 4, 6, 7])


def test_of_many_epochs_the_extremes_of_both_costs_are_there_and_each_pair_is_one() -> None:
    epochs, block, spans = 30_000, 371, 50
    random = np.random.default_rng(1)
    costs = random.lognormal(size=(2, epochs))
    costs[0, 12_345], costs[1, 23_456] = 1e9, 1e-9
    own, other = Run(CHAIN), Run(CHAIN)
    pairs = CostPairs(own, other, spans=spans)
    for begin in range(0, epochs, block):
        part = np.arange(begin, min(begin + block, epochs))
        add(own, part, costs[0, part])
        add(other, part, costs[1, part])
        pairs.points()
    found, ours, theirs = pairs.points()
    assert len(found) <= 4 * spans + 10_000 // spans * 8
    assert (np.diff(found) >= 0).all()
    np.testing.assert_array_equal(ours, costs[0, found])
    np.testing.assert_array_equal(theirs, costs[1, found])
    assert {12_345, 23_456, epochs - 1} <= set(found.tolist())
