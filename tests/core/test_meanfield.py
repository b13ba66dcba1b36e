"""Mean-field theory against the tables of the literature, plain iteration of its map, and networks that are drawn and measured."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from gradviz.core.combinations import ConfigError
from gradviz.core.elementwise import PAIRS
from gradviz.core.meanfield import critical_line, critical_scale, fixed_point, gradient_factor, mean_field, variance_map
from gradviz.core.phases import phase_map, trainable_depth
from gradviz.core.quadrature import LINES, mean_square
from gradviz.runs.blas import one_thread

#: sigma_w^2, sigma_b^2, q*, chi_1 of tanh: recomputed by quadrature at a relative 1e-13 elsewhere.
TANH = [
    (0.81, 0.0, 0.0, 0.81),
    (1.0, 0.05, 0.1935925202, 0.7590316472),
    (1.7, 0.05, 0.5330756279, 0.9867408090),
    (2.0, 0.0, 0.6179647698, 1.10552882),
    (25 / 9, 0.0, 1.17848049, 1.20983132),
    (4.0, 0.05, 2.195493928, 1.342402414),
]


@pytest.mark.parametrize(("sigma_w2", "sigma_b2", "q_star", "chi_1"), TANH)
def test_the_table_of_tanh_comes_out(sigma_w2: float, sigma_b2: float, q_star: float, chi_1: float) -> None:
    found = mean_field("tanh", sigma_w2, sigma_b2)
    assert (found.q_star, found.chi_1) == (pytest.approx(q_star, abs=6e-10), pytest.approx(chi_1, abs=6e-10))


def test_selu_has_its_fixed_point_at_1_and_explodes_there_a_little() -> None:
    found = mean_field("selu", 1.0)
    assert found.q_star == pytest.approx(1.0, abs=1e-13)
    assert found.chi_1 == pytest.approx(1.0715749925, abs=5e-11)
    assert found.phase == "chaotic"


@pytest.mark.parametrize("activation", PAIRS)
@pytest.mark.parametrize(("sigma_w2", "sigma_b2"), [(0.3, 0.0), (0.6, 0.2), (1.3, 0.01), (1.9, 0.5), (2.2, 0.02), (2.6, 0.0), (40.0, 1.0), (0.0, 0.7)])
def test_the_fixed_point_is_where_the_map_goes_to_from_1(activation: str, sigma_w2: float, sigma_b2: float) -> None:
    q = 1.0
    for _ in range(2000):
        q = float(variance_map(activation, min(q, 1e150), sigma_w2, sigma_b2))
    found = fixed_point(activation, sigma_w2, sigma_b2)
    assert found == pytest.approx(math.inf if q > 1e30 else q, rel=1e-10, abs=1e-60)
    if 0.0 < found < math.inf:
        assert float(variance_map(activation, found, sigma_w2, sigma_b2)) == pytest.approx(found, rel=1e-13)


def test_where_there_are_several_fixed_points_the_start_at_1_decides() -> None:
    # gelu: 0 is stable up to sigma_w^2 = 4, and from 2 on a large signal grows; 1 belongs to the large ones from 1 / V(1) on
    turn = 1.0 / float(mean_square("gelu", 1.0))
    assert fixed_point("gelu", turn * (1.0 - 1e-9)) == 0.0
    assert fixed_point("gelu", turn * (1.0 + 1e-9)) == math.inf
    assert 0.0 < fixed_point("gelu", 2.1, 0.01) < 1.0


@pytest.mark.parametrize(
    ("activation", "sigma_w2", "sigma_b2", "q_star", "chi_1"),
    [
        ("relu", 1.5, 0.3, 1.2, 0.75),
        ("relu", 2.0, 0.0, 1.0, 1.0),
        ("relu", 2.0, 0.1, math.inf, 1.0),
        ("relu", 2.5, 0.0, math.inf, 1.25),
        ("identity", 0.5, 0.0, 0.0, 0.5),
        ("leaky_relu", 1.0, 0.0, 0.0, 0.50005),
        ("elu", 3.0, 0.1, math.inf, 1.5),
        ("tanh", 0.0, 0.0, 0.0, 0.0),
        ("tanh", 1.0, 0.0, 0.0, 1.0),
        ("tanh", 0.5, 1e-40, 2e-40, 0.5),
        ("sigmoid", 1e-20, 1e-20, 1.25e-20, 1e-20 / 16.0),
    ],
)
def test_limits_are_what_they_are(activation: str, sigma_w2: float, sigma_b2: float, q_star: float, chi_1: float) -> None:
    found = mean_field(activation, sigma_w2, sigma_b2)
    assert (found.q_star, found.chi_1) == (pytest.approx(q_star, rel=1e-12), pytest.approx(chi_1, rel=1e-12))


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softsign"])
def test_far_from_0_a_bounded_signal_settles_at_what_the_weights_make_of_its_bound(activation: str) -> None:
    bound = {"sigmoid": 0.5}.get(activation, 1.0)  # of phi^2, on average over both sides
    found = mean_field(activation, 1e40, 3e40)
    assert found.q_star == pytest.approx((3.0 + bound) * 1e40, rel=1e-9)
    assert found.chi_1 == pytest.approx(1e40 * float(gradient_factor(activation, found.q_star, 1.0)), rel=1e-12)


def test_what_is_said_of_a_phase_follows_from_chi_1() -> None:
    ordered, chaotic, edge = (mean_field("tanh", *variances) for variances in ((1.7, 0.05), (4.0, 0.05), (1.0, 0.0)))
    assert ordered.xi_c == pytest.approx(-1.0 / math.log(0.986740809), rel=1e-7)
    assert ordered.trainable_depth == pytest.approx(6.0 * ordered.xi_c)
    assert ordered.layers_per_decade == pytest.approx(-2.0 / math.log10(ordered.chi_1))
    assert (ordered.phase, chaotic.phase, edge.phase) == ("ordered", "chaotic", "critical")
    assert "vanishes, by a decade every 345 layers; about 450 layers can be trained." in ordered.sentence
    assert chaotic.xi_c is None
    assert chaotic.trainable_depth == pytest.approx(6.0 / math.log(1.342402414), rel=1e-8)
    assert "each layer multiplies a gradient by 1.159: it explodes, by a decade every 15.6 layers" in chaotic.sentence
    assert (edge.xi_c, edge.layers_per_decade, edge.trainable_depth) == (math.inf, math.inf, math.inf)
    assert edge.sentence.endswith("the edge of chaos.")
    assert mean_field("tanh", 0.0).sentence == "The signal dies out, and nothing of a gradient passes back."


def test_at_the_edge_of_chaos_tanh_falls_as_a_power_law() -> None:
    q, gradient, sizes = 1.0, 1.0, {}
    for layer in range(1, 10_001):
        gradient *= float(gradient_factor("tanh", q, 1.0))
        q = float(variance_map("tanh", q, 1.0))
        sizes[layer] = gradient
    assert q == pytest.approx(1.0 / (2.0 * 10_000), rel=1e-3)
    assert sizes[10_000] == pytest.approx(0.71 / 10_000, rel=1e-2)
    assert math.log10(sizes[100]) / 2.0 == pytest.approx(-1.0, abs=0.1)


@pytest.mark.parametrize("name", ["sigma_w2", "sigma_b2"])
@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, 1e101])
def test_a_variance_that_cannot_be_is_a_sentence(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match=rf"^{name} is .*; it must be a number from 0 to 1e\+100\.$") as raised:
        mean_field("tanh", **{"sigma_w2": 1.0, "sigma_b2": 0.0, name: value})
    assert raised.value.name == name


# the edge of chaos


@pytest.mark.parametrize(("q", "sigma_w2", "sigma_b2"), [(0.1, 1.17756910, 8.322804e-4), (1.0, 2.15330265, 0.15096463)])
def test_the_critical_points_of_tanh_come_out(q: float, sigma_w2: float, sigma_b2: float) -> None:
    weights, biases = critical_line("tanh", q)
    assert (float(weights), float(biases)) == (pytest.approx(sigma_w2, abs=5e-9), pytest.approx(sigma_b2, abs=5e-9))
    assert critical_scale("tanh", math.sqrt(float(biases))) == pytest.approx(math.sqrt(float(weights)), rel=1e-12)


@pytest.mark.parametrize(
    ("activation", "q", "sigma_w2", "sigma_b2"),
    # Roberts, Yaida and Hanin 2022, The Principles of Deep Learning Theory, section 5.3.4: where the line of stable points begins
    [("gelu", (3.0 + math.sqrt(17.0)) / 2.0, 1.98305826, 0.17292239), ("silu", 14.32017362, 1.98800468, 0.55514317)],
)
def test_the_critical_line_of_the_smooth_hinges_begins_where_the_literature_has_it(activation: str, q: float, sigma_w2: float, sigma_b2: float) -> None:
    weights, biases = critical_line(activation, np.array([0.999 * q, 1.0001 * q]))
    assert np.isnan(weights[0])
    assert np.isnan(biases[0])
    assert (weights[1], biases[1]) == (pytest.approx(sigma_w2, rel=1e-4), pytest.approx(sigma_b2, rel=1e-3))


@pytest.mark.parametrize("activation", ["tanh", "softsign", "elu", "selu", "sigmoid"])
def test_every_point_of_the_critical_line_is_critical(activation: str) -> None:
    q = np.geomspace(0.01, 1e4, 25)
    weights, biases = critical_line(activation, q)
    there = ~np.isnan(weights)
    assert there.all() or activation == "sigmoid"
    assert there.sum() >= 10
    for settled, sigma_w2, sigma_b2 in zip(q[there], weights[there], biases[there], strict=True):
        found = mean_field(activation, sigma_w2, sigma_b2)
        assert (found.q_star, found.chi_1) == (pytest.approx(settled, rel=1e-8), pytest.approx(1.0, abs=1e-10))


def test_straight_lines_have_one_critical_point() -> None:
    assert [part.tolist() for part in critical_line("relu", [0.1, 3.0])] == [[2.0, 2.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("activation", "sigma_w"),
    [
        ("tanh", 1.0),
        ("softsign", 1.0),
        ("elu", 1.0),
        ("identity", 1.0),
        ("relu", math.sqrt(2.0)),
        ("leaky_relu", math.sqrt(2.0 / (1.0 + 0.01**2))),
        ("selu", math.sqrt(2.0 / (1.0507009873554805**2 * (1.0 + 1.6732632423543772**2)))),
    ],
)
def test_without_biases_the_critical_scale_undoes_the_slopes_at_0(activation: str, sigma_w: float) -> None:
    assert critical_scale(activation) == pytest.approx(sigma_w, rel=1e-14)
    assert mean_field(activation, critical_scale(activation) ** 2).phase == "critical"


def test_the_critical_scale_of_the_sigmoid_comes_out() -> None:
    assert critical_scale("sigmoid") == pytest.approx(10.1493, abs=5e-5)


@pytest.mark.parametrize("activation", ["gelu", "silu"])
def test_where_no_point_is_critical_the_scale_is_the_one_between_the_phases(activation: str) -> None:
    assert critical_scale(activation) ** 2 == pytest.approx(1.0 / float(mean_square(activation, 1.0)), rel=1e-7)


@pytest.mark.parametrize("activation", PAIRS)
@pytest.mark.parametrize("sigma_b", [0.0, 0.05, 0.4, 2.0, 50.0])
def test_below_the_critical_scale_gradients_vanish_and_above_they_explode(activation: str, sigma_b: float) -> None:
    scale = critical_scale(activation, sigma_b)
    below, above = (mean_field(activation, (scale * near) ** 2, sigma_b**2).chi_1 for near in (1.0 - 1e-4, 1.0 + 1e-4))
    assert below < 1.0 < above
    jumps = activation in ("gelu", "silu") and sigma_b < 0.5
    assert (above - below > 0.01) == jumps
    if not jumps:
        assert mean_field(activation, scale**2, sigma_b**2).chi_1 == pytest.approx(1.0, abs=1e-10)


@pytest.mark.parametrize("sigma_b", [1e-9, 1e7, 1e12])
def test_extreme_biases_have_a_critical_scale_too(sigma_b: float) -> None:
    for activation in ("tanh", "sigmoid", "elu", "gelu"):
        scale = critical_scale(activation, sigma_b)
        below, above = (mean_field(activation, (scale * near) ** 2, sigma_b**2).chi_1 for near in (0.99, 1.01))
        assert below < 1.0 < above


@pytest.mark.parametrize("sigma_b", [-0.1, math.nan, math.inf])
def test_a_bias_scale_that_cannot_be_is_a_sentence(sigma_b: float) -> None:
    with pytest.raises(ConfigError, match=r"^sigma_b is .*; it must be a number from 0 to 1e\+50\.$"):
        critical_scale("tanh", sigma_b)


# the plane of both scales


@pytest.mark.parametrize("activation", PAIRS)
def test_the_phase_map_is_the_theory_point_by_point(activation: str) -> None:
    sigma_w, sigma_b = np.linspace(0.05, 12.0, 40), np.linspace(0.0, 3.0, 30)
    found = phase_map(activation, sigma_w, sigma_b)
    assert found.shape == (30, 40)
    places = np.random.default_rng(5).integers(0, (30, 40), (60, 2))
    for row, column in [(0, 0), (29, 39), *places.tolist()]:
        chi_1 = mean_field(activation, sigma_w[column] ** 2, sigma_b[row] ** 2).chi_1
        assert found[row, column] == pytest.approx(math.log10(chi_1) / 2.0, abs=2e-7)


def test_far_beyond_the_table_the_phase_map_holds_too() -> None:
    for activation in ("tanh", "sigmoid", "gelu"):
        found = phase_map(activation, [1e-12, 1e9, 1e30], [0.0, 1e-15, 1e20])
        expected = [[mean_field(activation, w * w, b * b).chi_1 for w in (1e-12, 1e9, 1e30)] for b in (0.0, 1e-15, 1e20)]
        assert found == pytest.approx(np.log10(expected) / 2.0, abs=1e-6)


def test_without_weights_nothing_passes_back() -> None:
    for activation in ("tanh", "relu"):
        assert phase_map(activation, [0.0, 1.0], [0.1])[0, 0] == -math.inf


def test_the_trainable_depth_of_a_map_is_that_of_its_points() -> None:
    depths = trainable_depth(phase_map("tanh", np.sqrt([1.7, 4.0]), np.sqrt([0.05])))
    assert depths[0] == pytest.approx([mean_field("tanh", w2, 0.05).trainable_depth for w2 in (1.7, 4.0)], rel=1e-4)
    assert trainable_depth([0.0, -math.inf]).tolist() == [math.inf, 0.0]


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf, 1e51])
@pytest.mark.parametrize("name", ["sigma_w", "sigma_b"])
def test_a_map_of_scales_that_cannot_be_is_a_sentence(name: str, bad: float) -> None:
    with pytest.raises(ConfigError, match=f"^{name} is ") as raised:
        phase_map("tanh", **{"sigma_w": [1.0, 2.0], "sigma_b": [0.0, 1.0], name: [1.0, bad, 0.5]})
    assert raised.value.name == name


# networks that are drawn


def measured_slope(phi: Callable[[np.ndarray], np.ndarray], slope: Callable[[np.ndarray], np.ndarray], sigma_w2: float, sigma_b2: float) -> float:
    """ln of a squared gradient's change in one layer on its way back: over the middle layers of 60, 256 wide, on average over 12 draws."""
    draw = np.random.default_rng(11)
    layers, width, slopes = 60, 256, []
    for _ in range(12):
        weights = draw.standard_normal((layers, width, width), np.float32) * np.float32(math.sqrt(sigma_w2 / width))
        h, steep = draw.standard_normal(width), []
        for matrix in weights:
            u = matrix @ h + math.sqrt(sigma_b2) * draw.standard_normal(width)
            h = phi(u)
            steep.append(slope(u))
        g, sizes = draw.standard_normal(width), []
        for matrix, factor in zip(weights[::-1], steep[::-1], strict=True):
            g = matrix.T @ (factor * g)
            sizes.append(math.log(g @ g))
        slopes.append((sizes[44] - sizes[14]) / 30.0)
    return float(np.mean(slopes))


@pytest.mark.parametrize(("activation", "sigma_w2", "sigma_b2"), [("tanh", 1.0, 0.05), ("tanh", 4.0, 0.05), ("relu", 1.6, 0.1), ("selu", 1.0, 0.0)])
def test_networks_that_are_drawn_have_the_slope_that_theory_expects(activation: str, sigma_w2: float, sigma_b2: float) -> None:
    pair = PAIRS[activation]
    expected = math.log(mean_field(activation, sigma_w2, sigma_b2).chi_1)
    with one_thread():
        found = measured_slope(pair.phi, pair.slope, sigma_w2, sigma_b2)
    assert found == pytest.approx(expected, abs=0.03)


def test_the_straight_lines_are_those_whose_factor_no_signal_changes() -> None:
    indifferent = {name for name in PAIRS if np.ptp(gradient_factor(name, [1e-6, 1.0, 1e6], 1.0)) < 1e-12}
    assert indifferent == LINES
