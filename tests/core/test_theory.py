"""Theory: every law against fifty digits, against theory's own published numbers, and against the log-domain profile of deep chains."""

from __future__ import annotations

import math
import re
from decimal import Decimal, localcontext
from typing import get_args

import many_digits
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gradviz import Config
from gradviz.core.config import ActivationName
from gradviz.core.fixed_points import tanh_fixed_point
from gradviz.core.initializers import initial_weights
from gradviz.core.logdomain import LogProfile, log_profile
from gradviz.core.theory import CRITICAL_SCALE, NORMAL_LOSS, Prediction, compare, of_decades, predict, readable, span

INF = float("inf")


def both(config: Config) -> tuple[Prediction, LogProfile]:
    prediction = predict(config)
    assert prediction is not None
    return prediction, log_profile(config, initial_weights(config))


def tanh(u: Decimal) -> Decimal:
    e = (-2 * u).exp()
    return (1 - e) / (1 + e)


def fixed_point(w: float) -> tuple[Decimal, Decimal]:
    """h* = tanh(w h*) and w (1 - h*^2), with fifty digits, by halving."""
    with localcontext(prec=60):
        scale, low, high = Decimal(w), Decimal("1e-9"), Decimal(1)
        for _ in range(190):
            middle = (low + high) / 2
            low, high = (middle, high) if tanh(scale * middle) > middle else (low, middle)
        return low, scale * (1 - low * low)


def sigmoid(u: Decimal) -> Decimal:
    return 1 / (1 + (-u).exp())


# --- published numbers ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight_scale", "first", "decades"),
    [(0.9, 1.0, -5.4889), (1.0, 1.0, -2.7981), (0.9, 0.5, -4.9305), (1.0, 0.5, -1.8840)],
)
def test_a_hundred_layers_lose_what_is_published_and_the_law_comes_near(weight_scale: float, first: float, decades: float) -> None:
    prediction, profile = both(Config(layers=101, weight_scale=weight_scale, inputs=(first,), targets=(1.0,)))
    assert profile.end.decades[0, 0] == pytest.approx(decades, abs=5e-5)
    assert prediction.end[0, 0] == pytest.approx(decades, abs=0.06), "the law leaves out the next order of the first layers"


def test_weight_5_settles_where_it_is_published() -> None:
    prediction, profile = both(Config(weight_scale=5.0))
    assert prediction.law == "exponential"
    assert prediction.fixed_point == pytest.approx(0.9999091217152424, abs=1e-13)
    assert prediction.factor == pytest.approx(9.0874155e-4, abs=1e-11)
    assert -math.log10(prediction.factor) == pytest.approx(3.0416, abs=5e-5)
    assert np.diff(prediction.end[0])[50:] == pytest.approx(np.diff(profile.end.decades[0])[50:], abs=1e-10)


def test_normal_weights_take_what_is_published() -> None:
    assert pytest.approx(0.6351814227, abs=1e-10) == NORMAL_LOSS
    assert pytest.approx(1.8873645212, abs=1e-9) == CRITICAL_SCALE
    prediction = predict(Config(initialization="normal", weight_scale=0.5))
    assert prediction is not None
    assert math.log(prediction.factor) == pytest.approx(math.log(0.5) - 0.6351814227, abs=1e-10)


# --- fifty digits --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("w", [5.0, 1.1, 1.0001, 1.5, 2.0, 3.0, -4.0, 8.0])
def test_tanh_settles_where_fifty_digits_say(w: float) -> None:
    h_star, factor = fixed_point(abs(w))
    prediction = predict(Config(weight_scale=w))
    assert prediction is not None
    assert prediction.fixed_point == pytest.approx(float(h_star), abs=1e-15)
    assert prediction.factor == pytest.approx(float(factor), rel=1e-14)


def test_weight_5_in_digits() -> None:
    h_star, factor = fixed_point(5.0)
    assert str(h_star).startswith("0.99990912171523255")
    assert f"{factor:.10e}" == "9.0874155336e-4"


@given(st.floats(1.0 + 1e-12, 1e3))
@example(1.0 + 2.0**-52)
@example(1e308)
def test_the_fixed_point_solves_its_equation_however_near_to_1(w: float) -> None:
    u = tanh_fixed_point(w)
    assert u > 0.0
    with localcontext(prec=60):
        exact = Decimal(u)
        if w < 300.0:
            assert float(exact / tanh(exact) / Decimal(w)) == pytest.approx(1.0, abs=3e-16 * max(1.0, u))
        else:
            assert u == w
    assert u == pytest.approx(math.sqrt(3.0 * (w - 1.0)), rel=0.05) or w > 1.1


@pytest.mark.parametrize("w", [1.0, 5.0, -3.0, -5.8, 20.0])
def test_the_sigmoid_settles_where_fifty_digits_say(w: float) -> None:
    with localcontext(prec=60):
        low, high = Decimal(0), Decimal(1)
        for _ in range(190):
            middle = (low + high) / 2
            low, high = (middle, high) if sigmoid(Decimal(w) * middle) > middle else (low, middle)
        slope = abs(Decimal(w)) * low * (1 - low)
    prediction = predict(Config(activation="sigmoid", weight_scale=w))
    assert prediction is not None
    assert prediction.fixed_point == pytest.approx(float(low), abs=1e-15)
    assert prediction.factor == pytest.approx(float(slope), rel=1e-13)


def test_a_sigmoid_that_swings_passes_on_the_geometric_mean_of_its_two_slopes() -> None:
    with localcontext(prec=60):
        low, w = Decimal(0), Decimal(-20)
        for _ in range(200):  # the two values attract
            low = sigmoid(w * sigmoid(w * low))
        high = sigmoid(w * low)
        mean = (w * low * (1 - low) * w * high * (1 - high)).sqrt()
    prediction, profile = both(Config(activation="sigmoid", weight_scale=-20.0))
    assert prediction.fixed_point is None
    assert prediction.factor == pytest.approx(float(mean), rel=1e-12)
    assert prediction.h[:, 10:] == pytest.approx(profile.h.decades[:, 10:], abs=1e-9)
    assert np.diff(prediction.end)[:, 10:] == pytest.approx(np.diff(profile.end.decades)[:, 10:], abs=1e-9)


# --- curves against the log domain ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layers", [1_000, 10_000])
def test_weight_1_falls_as_a_power_law(layers: int) -> None:
    prediction, profile = both(Config(layers=layers, weight_scale=-1.0, inputs=(0.5, 1.0), targets=(0.0, 0.0)))
    assert (prediction.law, prediction.factor) == ("power", 1.0)
    end, h = profile.end.decades, profile.h.decades
    assert prediction.end == pytest.approx(end, abs=0.06)
    assert prediction.h == pytest.approx(h, abs=0.02)
    assert prediction.h[:, 0] == pytest.approx(h[:, 0], abs=1e-12)
    half = layers // 2
    assert prediction.end[:, half:] == pytest.approx(end[:, half:], abs=1.0 / layers), "what it leaves out is of the next order"
    k, c = np.arange(layers), 3.0 / (2.0 * 0.5**2)
    assert 10.0 ** prediction.h[0] == pytest.approx(np.sqrt(3.0 / (2.0 * (k + c))), rel=1e-12)
    assert 10.0 ** prediction.end[0] == pytest.approx(((k + c) / (layers - 1 + c)) ** 1.5, rel=1e-12)


@pytest.mark.parametrize("w", [0.5, 0.9, -0.99, 0.9999, 1.0, 1.0001, 1.01, 1.1, 2.0, -5.0, 30.0])
@pytest.mark.parametrize("x", [1e-300, 1e-3, 0.5, -1.0])
def test_tanh_falls_as_theory_says_at_every_layer(w: float, x: float) -> None:
    prediction, profile = both(Config(layers=300, weight_scale=w, inputs=(x,), targets=(0.0,)))
    assert prediction.h == pytest.approx(profile.h.decades, abs=0.1)
    lost = np.abs(profile.end.decades)
    assert np.abs(prediction.end - profile.end.decades).max() <= 0.25 + 0.003 * lost.max()
    assert np.diff(prediction.end)[:, 250:] == pytest.approx(np.diff(profile.end.decades)[:, 250:], abs=0.02 if x == 1e-300 else 2e-4)


@pytest.mark.parametrize("w", [0.9, 1.0, 1.1, -1.3, 0.0])
@pytest.mark.parametrize("activation", ["identity", "relu"])
def test_what_multiplies_only_is_predicted_to_the_last_digits(activation: ActivationName, w: float) -> None:
    prediction, profile = both(Config(layers=500, activation=activation, weight_scale=w, inputs=(0.5, -0.3, 0.0), targets=(0.0, 0.0, 0.0)))
    np.testing.assert_allclose(prediction.h, profile.h.decades, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(prediction.end, profile.end.decades, rtol=1e-10, atol=1e-12)


def test_a_relu_passes_on_w_to_the_active_side_and_nothing_to_the_other() -> None:
    prediction, _ = both(Config(layers=4, activation="relu", weight_scale=0.5, inputs=(2.0, -2.0), targets=(0.0, 0.0)))
    assert prediction.factor == 0.5
    assert prediction.end[0] == pytest.approx(np.log10(0.5) * np.array([3, 2, 1, 0]))
    assert prediction.end[1].tolist() == [-INF, -INF, -INF, 0.0]
    dead, _ = both(Config(layers=4, activation="relu", weight_scale=-0.5))
    assert dead.factor == 0.0
    assert "dead" in dead.sentence


@given(st.floats(-60, 60), st.floats(-5, 5))
def test_a_settled_sigmoid_falls_as_theory_says(w: float, x: float) -> None:
    prediction, profile = both(Config(layers=200, activation="sigmoid", weight_scale=w, inputs=(x,), targets=(0.0,)))
    if w != 0.0 and prediction.factor < 0.7 and (prediction.fixed_point is not None or w < -7.0):  # near the fork it takes its time
        measured = np.diff(profile.end.decades)[0, 100:]
        assert np.diff(prediction.end)[0, 100:] == pytest.approx(measured, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("activation", "weight_scale"), [("identity", 1.0), ("identity", 3.0), ("tanh", 0.5)])
def test_random_weights_fall_within_their_scatter(activation: ActivationName, weight_scale: float) -> None:
    layers, off = 2_001, []
    for seed in range(40):
        prediction, profile = both(Config(layers=layers, activation=activation, initialization="normal", weight_scale=weight_scale, seed=seed))
        off.append(profile.end.decades[0, 0] - prediction.end[0, 0])
    scatter = math.pi / math.sqrt(8.0) / math.log(10.0) * math.sqrt(layers - 1)
    assert abs(np.mean(off)) < 3.0 * scatter / math.sqrt(40)
    assert 0.7 < np.std(off) / scatter < 1.3


@pytest.mark.parametrize(("activation", "weight_scale"), [("tanh", 1.9), ("tanh", 5.0), ("relu", 1.0), ("sigmoid", 1.0), ("gelu", 1.0), ("leaky_relu", 1.0)])
def test_where_no_closed_form_is_known_none_is_claimed(activation: ActivationName, weight_scale: float) -> None:
    assert predict(Config(activation=activation, initialization="normal", weight_scale=weight_scale)) is None


# --- the other activations -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("w", [1e-3, 0.9, -0.99, 1.0, -1.0, 1.0001, 2.0, -30.0, 1e200])
@pytest.mark.parametrize("activation", ["softsign", "leaky_relu"])
def test_softsign_and_leaky_relu_are_predicted_to_the_last_digits(activation: ActivationName, w: float) -> None:
    config = Config(layers=400, activation=activation, weight_scale=w, inputs=(0.5, -3.0, 0.0, 1e-200), targets=(0.0,) * 4)
    prediction, profile = both(config)
    np.testing.assert_allclose(prediction.h, profile.h.decades, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(prediction.end, profile.end.decades, rtol=1e-10, atol=1e-9)
    if activation == "softsign":
        assert prediction.law == ("power" if abs(w) == 1.0 else "exponential")
        assert prediction.fixed_point == pytest.approx(max(0.0, 1.0 - 1.0 / abs(w)), abs=1e-15)
        assert prediction.factor == pytest.approx(min(abs(w), 1.0 / abs(w)), rel=1e-12)


def test_softsign_at_weight_1_falls_as_the_square_of_the_layer() -> None:
    """h = u / (1 + u): 1/h grows by 1 from layer to layer, and the slope is (h[k] / h[k-1])^2."""
    prediction, _ = both(Config(layers=1000, activation="softsign", inputs=(0.5,), targets=(0.0,)))
    k = np.arange(1000)
    assert 10.0 ** prediction.h[0] == pytest.approx(1.0 / (k + 2.0), rel=1e-12)
    assert 10.0 ** prediction.end[0] == pytest.approx(((k + 2.0) / 1001.0) ** 2, rel=1e-12)


@pytest.mark.parametrize(
    ("activation", "w", "x", "words"),
    [
        ("elu", 2.0, -0.5, "settles at |h*| = 0.79681"),
        ("elu", -2.0, 0.5, "swings between"),
        ("selu", 1.5, -0.5, "settles at |h*| = "),
        ("selu", -0.9, 0.5, "swings between"),
        ("elu", 0.7, -0.5, "dies out"),
        ("gelu", -1.2, 0.5, "dies out"),
        ("silu", -1.2, 0.5, "dies out"),
        ("gelu", 1.1, 0.3, "dies out"),
        ("silu", 5.0, -0.5, "settles at |h*| = "),
        ("gelu", 5.0, -0.5, "settles at |h*| = "),
        ("elu", 1.5, 0.5, "grows without end"),
        ("selu", 1.0, 0.5, "grows without end"),
        ("gelu", 3.0, 0.7, "grows without end"),
        ("leaky_relu", -30.0, 0.7, "grows without end"),
    ],
)
def test_where_the_map_leads_is_where_fifty_digits_lead(activation: ActivationName, w: float, x: float, words: str) -> None:
    prediction, profile = both(Config(layers=30, activation=activation, weight_scale=w, inputs=(x,), targets=(0.0,)))
    assert words in prediction.sentence
    with localcontext(many_digits.DIGITS):
        h, factors, sizes = Decimal(x), [], []
        for _ in range(400):
            u = Decimal(w) * h
            h, slope = many_digits.both(activation, u)
            factors.append(abs(Decimal(w) * slope))
            sizes.append(abs(h))
        assert prediction.factor == pytest.approx(float((factors[-1] * factors[-2]).sqrt()), rel=1e-9)
        if "settles" in words:
            assert prediction.fixed_point == pytest.approx(float(sizes[-1]), rel=1e-9)
        elif "dies" in words:
            assert prediction.fixed_point == 0.0
            assert sizes[-1] < Decimal("1e-9")
        else:
            assert prediction.fixed_point is None
            assert abs(sizes[-1] - sizes[-2]) > Decimal("0.01")
    assert prediction.end == pytest.approx(profile.end.decades, rel=1e-12)


@pytest.mark.parametrize("activation", ["elu", "selu"])
def test_on_its_critical_side_elu_falls_as_a_power_law_too(activation: ActivationName) -> None:
    slope = 1.0507009873554805 * 1.6732632423543772 if activation == "selu" else 1.0
    config = Config(layers=2000, activation=activation, weight_scale=1.0 / slope, inputs=(-0.5,), targets=(0.0,))
    prediction, profile = both(config)
    assert (prediction.law, prediction.factor, prediction.fixed_point) == ("power", 1.0, 0.0)
    half = profile.end.decades[0, 500] - profile.end.decades[0, 1000]
    assert half == pytest.approx(2.0 * math.log10(0.5), abs=0.02), "the gradient goes as 1/k^2"


def test_a_signal_that_never_settles_has_no_law() -> None:
    assert predict(Config(activation="gelu", weight_scale=-12.0)) is None
    assert predict(Config(activation="silu", weight_scale=-20.0)) is None


def test_of_a_wide_network_the_chains_laws_say_nothing() -> None:
    assert predict(Config(width=10)) is None
    assert predict(Config(activation="gelu", normalization="layer", width=10, initialization="he")) is None


def test_samples_that_fare_worse_are_counted() -> None:
    prediction = predict(Config(layers=20, activation="leaky_relu", weight_scale=0.9, inputs=(0.5, -0.5, -1.0), targets=(0.0,) * 3))
    assert prediction is not None
    assert prediction.sentence.endswith("each layer passes on 0.9 of the gradient, layer after layer; 2 of 3 samples get less of it.")
    elu = Config(activation="elu", weight_scale=2.0)
    prediction, profile = both(elu)
    assert prediction.sentence.endswith("each layer passes on 2 of the gradient, layer after layer; 1 of 2 samples get less of it.")
    start = "Theory, for the weights at the start: each layer passes on "
    assert compare(prediction, profile, 1) == start + "2; measured: 2; they agree to 0.01 decades."
    assert compare(prediction, profile, 0) == start + "0.4089; measured: 0.409; they agree to 0.01 decades.", "not 2, which is the other one's"


# --- any config, and words -----------------------------------------------------------------------------------------------------------------

configs = st.builds(
    Config,
    layers=st.integers(2, 60),
    activation=st.sampled_from(get_args(ActivationName)),
    initialization=st.sampled_from(["constant", "normal"]),
    weight_scale=st.floats(-10, 10) | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 1.0, -1.0]),
    inputs=st.tuples(st.floats(-2, 2), st.floats(allow_nan=False, allow_infinity=False)),
    targets=st.just((0.0, 0.0)),
)


@given(configs)
@example(Config(weight_scale=1.0 + 2.0**-52))
@example(Config(weight_scale=1.0 - 2.0**-53))
@example(Config(weight_scale=5e-324))
@example(Config(weight_scale=-1e308, activation="sigmoid"))
def test_every_prediction_is_a_curve_without_a_gap_and_a_sentence(config: Config) -> None:
    prediction = predict(config)
    if prediction is None:
        return
    assert prediction.end.shape == prediction.h.shape == (2, config.layers)
    assert not np.isnan(prediction.end).any()
    assert not np.isnan(prediction.h).any()
    assert (prediction.end[:, -1] == 0.0).all()
    assert prediction.factor >= 0.0
    critical = config.initialization == "constant" and abs(config.weight_scale) == 1
    if config.activation in ("tanh", "softsign"):
        assert prediction.law == ("power" if critical else "exponential")
    elif config.activation in ("sigmoid", "relu", "identity", "leaky_relu"):
        assert prediction.law == "exponential"
    for sample in range(2):
        sentence = compare(prediction, log_profile(config, initial_weights(config)), sample)
        for words, start in ((prediction.sentence, "Theory: "), (sentence, "Theory, for the weights at the start: ")):
            assert words.startswith(start)
            assert words.endswith(".")
            assert "nan" not in words
            assert "inf" not in words.replace("infinite", "")
            assert len(words) < 240


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (
            Config(weight_scale=5.0),
            "Theory, for the weights at the start: each layer passes on 9.087×10⁻⁴ (fixed point h* = 0.99991), 9.100×10⁻⁴ on average; "
            "measured: 9.10×10⁻⁴; they agree to 0.01 decades.",
        ),
        (
            Config(),
            "Theory, for the weights at the start: a power law, 1.76 decades over 98 layers; measured: 1.77; they agree to 0.01 decades.",
        ),
        (
            Config(layers=10, inputs=(1.0,), targets=(1.0,)),
            "Theory, for the weights at the start: a power law, 0.935 decades over 8 layers; measured: 0.952; over 8 layers they differ by 0.018 decades.",
        ),
        (
            Config(activation="identity", weight_scale=0.9),
            "Theory, for the weights at the start: each layer passes on 0.9 (fixed point h* = 0); measured: 0.9; they agree to 0.01 decades.",
        ),
        (Config(weight_scale=0.0), "Theory, for the weights at the start: layer 1 gets exactly 0 of the output's gradient; measured: exactly 0."),
    ],
)
def test_measured_predicted_and_difference_in_words(config: Config, words: str) -> None:
    assert compare(*both(config)) == words


def test_a_trained_network_is_compared_with_where_it_began() -> None:
    prediction, _ = both(Config(layers=12, activation="identity"))
    trained = log_profile(Config(layers=12, activation="identity"), np.full(12, 0.1))
    assert (
        compare(prediction, trained, trained=True)
        == "Theory, for the weights at the start: each layer passes on 1; measured now: 0.1; over 10 layers they differ by 10 decades."
    )
    dead = log_profile(Config(layers=12), np.zeros(12))
    assert compare(prediction, dead, trained=True) == "Theory, for the weights at the start: layer 1 gets 1 of the output's gradient; measured now: exactly 0."


def test_what_chance_alone_makes_stands_beside_the_difference_that_it_makes() -> None:
    """The standard deviation of a sum of 98 times log10|w|, of weights drawn by numpy."""
    prediction, profile = both(Config(initialization="normal", seed=1))
    scatter = np.log10(np.abs(np.random.default_rng(5).normal(size=(20_000, 98)))).sum(axis=1).std()
    sentence = compare(prediction, profile)
    apart = abs(profile.end.decades[0, 1] - prediction.end[0, 1])
    found = re.search(r"; over 98 layers they differ by ([\d.]+) decades, where chance alone makes ±([\d.]+)\.$", sentence)
    assert found, sentence
    assert float(found[1]) == pytest.approx(apart, rel=0.05)
    assert float(found[2]) == pytest.approx(scatter, rel=0.03)
    assert "chance" not in compare(*both(Config(layers=10, inputs=(1.0,), targets=(1.0,)))), "weights of 1 are no matter of it"


@pytest.mark.parametrize("apart", [0.0, 4e-4, 6e-4, 0.0099, 0.0101, 0.02])
def test_agreement_is_to_a_hundredth_of_a_decade(apart: float) -> None:
    config = Config(layers=12, activation="identity")
    prediction, _ = both(config)
    w = np.ones(12)
    w[5] = 10.0**apart
    assert ("they agree" in compare(prediction, log_profile(config, w))) == (apart < 0.01)


@pytest.mark.parametrize(("layers", "way"), [(2, (0, 1)), (3, (1, 1)), (100, (1, 98))])
def test_the_way_of_a_gradient_ends_at_layer_1(layers: int, way: tuple[int, int]) -> None:
    assert span(layers) == way


@pytest.mark.parametrize(
    ("number", "digits", "words"),
    [
        (0.893, 3, "0.893"),
        (9.0874e-4, 2, "9.1×10⁻⁴"),
        (-3.2, 2, "−3.2"),
        (0.0, 2, "0"),
        (100.0, 2, "100"),
        (12_528.0, 3, "12,500"),
        (65_504.0, 5, "65,504"),
        (1e-7, 2, "10⁻⁷"),
        (9.996, 3, "10"),
        (0.0996, 2, "0.1"),
        (9.96e-5, 2, "10⁻⁴"),
        (1.2e-301, 2, "10⁻³⁰¹"),
        (3.4e7, 2, "3.4×10⁷"),
    ],
)
def test_a_number_as_a_student_reads_it(number: float, digits: int, words: str) -> None:
    assert readable(number, digits) == words


def test_numbers_outside_the_floats_are_readable() -> None:
    assert of_decades(-6079.7) == "10⁻⁶⁰⁸⁰"
    assert of_decades(-2.1e306) == "10^(−10³⁰⁶)"
    assert of_decades(-INF) == "0"
