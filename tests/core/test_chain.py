"""The chain against the notebook's print-out, against central differences and against what mathematics predicts."""

from __future__ import annotations

import csv
import math
from decimal import Decimal, localcontext
from pathlib import Path

import many_digits
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gradviz import Config, record, train
from gradviz.core.activations import TANH, phi_prime
from gradviz.core.check import HIDDEN, KINK, LOG_DOMAIN, NOISE, check, conclusion
from gradviz.core.config import ActivationName
from gradviz.core.training import Frames
from gradviz.runs.presets import presets

Floats = NDArray[np.float64]
NEW: tuple[ActivationName, ...] = ("softsign", "leaky_relu", "elu", "selu", "gelu", "silu")

# --- the notebook's numbers ---------------------------------------------------------------------------------------------------------------


def first_frame(config: Config) -> Frames:
    """Epoch 0: the state before the first update."""
    return next(train(config))


def as_printed(text: str) -> Decimal:
    """A value of the print-out; exponents there have three digits, so a fourth, as in the damaged -4.54288192e-0051, is a stray character."""
    mantissa, e, exponent = text.partition("e")
    return Decimal(mantissa + e + exponent[:4])  # the sign and three digits


def last_digit(text: str) -> Decimal:
    """One unit of the last printed digit: the print-out has eight decimals, and leaves out the zeros that a shorter number ends in."""
    return Decimal(1).scaleb(as_printed(text).adjusted() - 8 if "e" in text else -8)


def notebook_rows(data: Path, case: str) -> list[dict[str, str]]:
    with (data / "notebook_tables.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["case"] == case]


@pytest.mark.parametrize(("case", "rows"), [("1a", 393), ("1b", 345), ("1d", 396)])
def test_every_number_that_survives_in_the_print_out_is_reproduced_to_its_last_digit(data: Path, case: str, rows: int) -> None:
    config = presets()[f"notebook-{case}"].config
    frame = first_frame(config)
    printed = notebook_rows(data, case)
    wrong = []
    for row in printed:
        assert float(row["weight_scale"]) == config.weight_scale
        value = float(getattr(frame, row["quantity"])[0, int(row["sample"]), int(row["layer"])])
        if abs(Decimal(value) - as_printed(row["printed"])) > last_digit(row["printed"]):
            wrong.append((row, value))
    assert wrong == []
    assert len(printed) == rows


def test_the_print_outs_one_damaged_exponent_is_read_as_it_was_meant() -> None:
    assert as_printed("-4.54288192e-0051") == Decimal("-4.54288192e-5")
    assert as_printed("-6.42041275e-301") == Decimal("-6.42041275e-301")
    assert last_digit("-6.42041275e-301") == Decimal("1e-309")
    assert as_printed("0.") == 0


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("notebook-1a", 0.07247484298514874, None),
        ("notebook-1b", 0.12495456498704757, 0.12495372522078026),
        ("notebook-1d", 0.12499436967189959, 0.12499397189001932),
    ],
)
def test_the_notebooks_costs_before_and_after_a_thousand_epochs(name: str, first: float, last: float | None) -> None:
    run = record(presets()[name].config)
    assert run.cost.shape == (1000,)
    assert run.cost[0] == pytest.approx(first, rel=1e-9)
    if last is None:  # rounding noise, far below what the inputs' own digits carry
        assert 0 <= run.cost[-1] < 1e-25
    else:
        assert run.cost[-1] == pytest.approx(last, rel=1e-9)


def test_layer_0_is_the_input_and_its_unused_places_are_0() -> None:
    frame = first_frame(Config(layers=7, inputs=(0.25, -3.0, 0.0), targets=(1.0, 2.0, 3.0)))
    assert frame.h[0, :, 0].tolist() == [0.25, -3.0, 0.0]
    assert not frame.g[0, :, 0].any()
    assert frame.w[0].tolist() == [0.0] + [1.0] * 6
    assert frame.dw[0, 0] == 0


# --- gradients against central differences -------------------------------------------------------------------------------------------------

PHI = {
    "tanh": np.tanh,
    "sigmoid": lambda u: 1 / (1 + np.exp(-u)),
    "relu": lambda u: np.maximum(u, 0),
    "identity": lambda u: u,
    "softsign": lambda u: u / (1 + np.abs(u)),
    "leaky_relu": lambda u: np.where(u > 0, u, 0.01 * u),
    "elu": lambda u: np.where(u > 0, u, np.exp(u) - 1),
    "selu": lambda u: 1.0507009873554805 * np.where(u > 0, u, 1.6732632423543772 * (np.exp(u) - 1)),
    "gelu": lambda u: u * (1 + np.array([math.erf(value / math.sqrt(2)) for value in u])) / 2,
    "silu": lambda u: u / (1 + np.exp(-u)),
}


def plain_cost(config: Config, w: Floats, nudge: tuple[int, int, float] | None = None) -> float:
    """The cost by a forward pass written for this test alone; a nudge (layer, sample, size) is added to that one pre-activation."""
    h = np.array(config.inputs)
    for k in range(1, config.layers):
        u = w[k] * h
        if nudge and nudge[0] == k:
            u[nudge[1]] += nudge[2]
        h = PHI[config.activation](u)
    return float(np.sum((np.array(config.targets) - h) ** 2) / (2 * len(h)))


CHAINS = {
    "notebook-1a": (presets()["notebook-1a"].config, 1e-5),
    "notebook-1d": (presets()["notebook-1d"].config, 1e-4),
    **{
        f"random {activation}": (
            Config(
                layers=12,
                activation=activation,
                initialization="normal",
                weight_scale=1.5,
                seed=5,
                inputs=(-0.7, 0.3, 1.1),
                targets=(0.2, -0.4, 0.9),
            ),
            1e-5,
        )
        for activation in ("tanh", "sigmoid", "identity", *NEW)
        if activation != "leaky_relu"
    },
    # every u positive: at the kink, u = 0, a central difference has no slope to find
    "relu": (Config(layers=12, activation="relu", weight_scale=0.9, inputs=(0.7, 0.3, 1.1), targets=(0.2, -0.4, 0.9)), 1e-5),
    "leaky_relu": (Config(layers=4, activation="leaky_relu", weight_scale=-0.9, inputs=(0.7, -0.3, 1.1), targets=(0.2, -0.4, 0.9)), 1e-5),
    "two layers": (Config(layers=2, inputs=(0.5,), targets=(-1.0,)), 1e-5),
}


@pytest.mark.parametrize(("config", "step"), CHAINS.values(), ids=CHAINS.keys())
def test_dw_is_the_slope_of_the_cost_along_each_weight(config: Config, step: float) -> None:
    frame = first_frame(config)
    slopes = [0.0]
    for k in range(1, config.layers):
        nudge = np.zeros(config.layers)
        nudge[k] = step
        slopes.append((plain_cost(config, frame.w[0] + nudge) - plain_cost(config, frame.w[0] - nudge)) / (2 * step))
    np.testing.assert_allclose(frame.dw[0], slopes, rtol=2e-5, atol=1e-11)
    assert frame.dw[0, 1:].all()


@pytest.mark.parametrize(("config", "step"), CHAINS.values(), ids=CHAINS.keys())
def test_g_is_the_slope_of_the_cost_along_each_pre_activation(config: Config, step: float) -> None:
    frame = first_frame(config)
    slopes = np.zeros((len(config.inputs), config.layers))
    for sample in range(len(config.inputs)):
        for k in range(1, config.layers):
            up, down = (plain_cost(config, frame.w[0], (k, sample, size)) for size in (step, -step))
            slopes[sample, k] = (up - down) / (2 * step)
    np.testing.assert_allclose(frame.g[0], slopes, rtol=2e-5, atol=1e-11)


def exact_gradient(config: Config, w: Floats) -> tuple[list[Decimal], list[Decimal], list[Decimal]]:
    """dC/dw of every layer, every u and every slope, by the chain rule with 80 digits or more."""
    total, every_u, every_slope = [Decimal(0)] * len(w), [], []
    for x, y in zip(config.inputs, config.targets, strict=True):
        h, slopes = [Decimal(x)], [Decimal(0)]
        for weight in w[1:].tolist():
            every_u.append(Decimal(weight) * h[-1])
            activated, slope = many_digits.both(config.activation, every_u[-1])
            h.append(activated)
            slopes.append(slope)
        back = (h[-1] - Decimal(y)) / len(config.inputs)
        for k in range(len(w) - 1, 0, -1):
            back *= slopes[k]
            total[k] += back * h[k - 1]
            back *= Decimal(float(w[k]))
        every_slope += slopes[1:]
    return total, every_u, every_slope


some_weights = st.lists(st.floats(-30, 30).map(lambda weight: round(weight, 3)), min_size=1, max_size=6)
some_samples = st.lists(st.tuples(*[st.floats(-2, 2).map(lambda value: round(value, 3))] * 2), min_size=1, max_size=3)


@pytest.mark.parametrize("activation", NEW)
@given(weights=some_weights, samples=some_samples)
@example(weights=[-3.0, 7.0, -2.0, 9.0], samples=[(1.0, 0.5), (-0.3, 0.2)])
@example(weights=[0.8, 0.0, 2.0], samples=[(1.0, 0.5)])
@example(weights=[-0.7518, 2.0], samples=[(1.0, 0.5)])
@example(weights=[-1.27846, 2.0], samples=[(1.0, 0.5)])
def test_finite_differences_prove_the_gradient(activation: ActivationName, weights: list[float], samples: list[tuple[float, float]]) -> None:
    """The proof's own differences, in float64 or in the log domain, against the chain rule in many digits."""
    w = np.array([0.0, *weights])
    config = Config(layers=len(w), activation=activation, inputs=tuple(x for x, _ in samples), targets=tuple(y for _, y in samples))
    rows = [row for block in check(config, w) for row in block.rows]
    with localcontext(many_digits.DIGITS):
        exact, every_u, _ = exact_gradient(config, w)
        assume(all(abs(u) < 1e8 for u in every_u))  # far below, even these exponents end
        for row in rows:
            truth = exact[row.layer]
            if row.compared:
                assert row.agrees
                assert row.finite_sign == (truth > 0) - (truth < 0)
                if truth:
                    ratio = Decimal(10) ** (Decimal(row.finite_decades) - abs(truth).log10())
                    assert abs(ratio - 1) <= Decimal(row.allowed)
            else:
                assert row.method == KINK if row.method != NOISE else row.allowed > HIDDEN or math.isnan(row.allowed)
                assert row.method != KINK or w[row.layer] == 0.0


@pytest.mark.parametrize("activation", NEW)
@pytest.mark.parametrize("weight_scale", [-1.3, 0.9, 3.0])
def test_a_deep_chains_gradient_is_proved(activation: ActivationName, weight_scale: float) -> None:
    config = Config(layers=100, activation=activation, weight_scale=weight_scale, inputs=(-0.5, 0.7), targets=(-0.5, 0.5), epochs=1)
    frame = first_frame(config)
    rows = [row for block in check(config, frame.w[0], frame.dw[0]) for row in block.rows]
    assert conclusion(rows, config).ok, [row for row in rows if not row.agrees][:3]
    assert sum(row.compared for row in rows) >= 95
    assert any(row.method == LOG_DOMAIN for row in rows) or weight_scale == 0.9 or activation == "leaky_relu"


def exact_miss(w: int, h: Decimal, layers: int) -> Decimal:
    """1/4 (y - h)^2 with y = 0.5 after so many layers tanh(w h), in as many digits as the context has."""
    for _ in range(layers):
        falling = (-2 * w * h).exp()
        h = (1 - falling) / (1 + falling)
    return (Decimal("0.5") - h) ** 2 / 4


@pytest.mark.parametrize("layer", [1, 2, 13, 50, 77, 98, 99])
def test_gradients_far_below_what_a_float64_difference_can_see_are_exact(layer: int) -> None:
    """Case 1(b): at layer 1 the cost moves by 1e-301 of a nudge, so the difference is taken with 450 decimal digits."""
    frame = first_frame(presets()["notebook-1b"].config)
    with localcontext() as context:
        context.prec = 450
        h, step = Decimal("0.5"), Decimal("1e-60")
        for _ in range(layer - 1):
            falling = (-10 * h).exp()
            h = (1 - falling) / (1 + falling)
        u = 5 * h
        after = 100 - 1 - layer
        misses = []
        for nudged in (u + step, u - step):
            falling = (-2 * nudged).exp()
            misses.append(exact_miss(5, (1 - falling) / (1 + falling), after))
        g = float((misses[0] - misses[1]) / (2 * step))
        dw = 2 * float(h) * g  # two samples, mirrored
    assert frame.g[0, 1, layer] == pytest.approx(g, rel=1e-11)
    assert frame.g[0, 0, layer] == pytest.approx(-g, rel=1e-11)
    assert frame.dw[0, layer] == pytest.approx(dw, rel=1e-11)


# --- what mathematics predicts -------------------------------------------------------------------------------------------------------------


def through(w: float, h_0: float, layers: int, **more: object) -> Frames:
    """The first frame of a chain of so many weights w, with its target far from any output."""
    return first_frame(Config(layers=layers + 1, weight_scale=w, inputs=(h_0,), targets=(5.0,), epochs=1).replace(**more))


def output_slopes(frame: Frames, target: float) -> Floats:
    """dh_L/dh_k for k = 0 to L-1, from dC/dh_k = w[k+1] g[k+1] and dC/dh_L = h_L - y (one sample)."""
    return frame.w[0, 1:] * frame.g[0, 0, 1:] / (frame.h[0, 0, -1] - target)


@pytest.mark.parametrize(("w", "h_0", "decades"), [(0.9, 1.0, -5.4889), (1.0, 1.0, -2.7981), (0.9, 0.5, -4.9305), (1.0, 0.5, -1.8840)])
def test_decades_that_a_hundred_layers_take_off_the_gradient(w: float, h_0: float, decades: float) -> None:
    assert math.log10(abs(output_slopes(through(w, h_0, 100), 5.0)[0])) == pytest.approx(decades, abs=0.5e-4)


def test_at_weight_1_activations_and_gradient_fall_as_power_laws() -> None:
    shallow, deep = through(1.0, 1.0, 3000), through(1.0, 1.0, 30_000)
    assert deep.h[0, 0, -1] == pytest.approx(math.sqrt(3 / (2 * 30_000)), rel=1e-3)
    exponent = math.log10(output_slopes(deep, 5.0)[0] / output_slopes(shallow, 5.0)[0])
    assert exponent == pytest.approx(-1.5, abs=0.01)


def test_at_weight_5_activations_saturate_at_the_fixed_point_and_each_layer_takes_three_decades() -> None:
    frame = first_frame(presets()["notebook-1b"].config)
    # h* = tanh(5 h*) and 5 (1 - h*^2), each iterated with 50 digits
    np.testing.assert_allclose(frame.h[0, :, 20:], [[-0.99990912171523255] * 80, [0.99990912171523255] * 80], rtol=3e-16)
    factors = frame.g[0, 1, 20:80] / frame.g[0, 1, 21:81]
    np.testing.assert_allclose(factors, 9.0874155336127925e-4, rtol=1e-14)
    assert -np.log10(factors).mean() == pytest.approx(3.0416, abs=0.5e-4)


@pytest.mark.parametrize(("precision", "first_zero", "first_subnormal"), [(np.float64, 107, 102), (np.float32, 15, 13)])
def test_the_running_product_of_factors_at_weight_5_becomes_exactly_0(precision: type, first_zero: int, first_subnormal: int) -> None:
    h = through(5.0, 0.99990912171523255, 120).h[0, 0, :-1]
    factors = np.array([5.0 * phi_prime(TANH, 5.0 * activation) for activation in h], precision)
    with np.errstate(under="ignore"):
        product = np.cumprod(factors, dtype=precision)
    assert int(np.argmax(product == 0)) + 1 == first_zero
    assert int(np.argmax(product < np.finfo(precision).tiny)) + 1 == first_subnormal
    assert not product[first_zero:].any()


def test_a_chain_of_120_layers_at_weight_5_gets_gradients_of_exactly_0_and_says_so_with_0() -> None:
    g = first_frame(presets()["underflow"].config).g[0, 0]
    from_the_output = 120 - int(np.flatnonzero(g).min())  # how many layers still get something
    assert from_the_output == pytest.approx(106, abs=2)
    assert not g[: 120 - from_the_output].any()
    assert np.isfinite(g).all()


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 8.0), st.floats(0.01, 3.0), st.integers(2, 120))
def test_no_layer_multiplies_a_nudge_by_more_than_the_activation_itself_grew(seed: int, scale: float, h_0: float, layers: int) -> None:
    """Width 1, no bias: |dh_L/dh_k| <= |h_L| / |h_k|, whatever the weights."""
    frame = through(scale, h_0, layers, initialization="normal", seed=seed)
    h = np.abs(frame.h[0, 0])
    assert (np.abs(output_slopes(frame, 5.0)) * h[:-1] <= h[-1] * (1 + 1e-9) + 1e-300).all()


CRITICAL_SCALE = 1.8873645212


@pytest.mark.parametrize("ratio", [0.8, 1.0, 1.2])
def test_random_weights_neither_vanish_nor_explode_at_the_critical_scale(ratio: float) -> None:
    """Mean ln|w| = ln s - 0.6351814227, so a linear chain's gradient changes by ln(s/critical) a layer, within 4 standard errors here."""
    layers, seeds = 500, 40
    rates = [
        math.log(abs(output_slopes(through(ratio * CRITICAL_SCALE, 0.5, layers, initialization="normal", activation="identity", seed=seed), 5.0)[0])) / layers
        for seed in range(seeds)
    ]
    assert np.mean(rates) == pytest.approx(math.log(ratio), abs=4 * 1.11 / math.sqrt(layers * seeds))
    weights = first_frame(Config(layers=100_000, initialization="normal", weight_scale=CRITICAL_SCALE, epochs=1)).w[0, 1:]
    assert np.log(np.abs(weights)).mean() == pytest.approx(0.0, abs=4 * 1.11 / math.sqrt(100_000))
