"""The check of the gradient against differences of the cost in hundreds of decimal digits, which see what float64 cannot; and it catches what is wrong."""

from __future__ import annotations

import itertools
import math
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gradviz import Config, record
from gradviz.core import check as checks
from gradviz.core import differences
from gradviz.core.check import KINK, LOG_DOMAIN, NOISE, PLAIN, Row, cells, check, conclusion, layers_in_words
from gradviz.core.initializers import initial_weights
from gradviz.core.logdomain import LogProfile, Signed, log_profile
from gradviz.core.words import scientific
from gradviz.runs.presets import presets

Floats = NDArray[np.float64]
INF, NAN = math.inf, math.nan


def table(config: Config, w: Floats | None = None, stored: Floats | None = None) -> list[Row]:
    weights = initial_weights(config) if w is None else np.array(w)
    return [row for block in check(config, weights, stored) for row in block.rows]


# --- the authority -------------------------------------------------------------------------------------------------------------------------


def exact_phi(activation: str, u: Decimal) -> Decimal:
    if activation == "tanh":
        e = (-2 * abs(u)).exp()
        return ((1 - e) / (1 + e)).copy_sign(u)
    if activation == "sigmoid":
        return 1 / (1 + (-u).exp())
    return max(u, Decimal(0)) if activation == "relu" else u


def exact_cost(config: Config, w: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for x, y in zip(config.inputs, config.targets, strict=True):
        h = Decimal(x)
        for weight in w:
            h = exact_phi(config.activation, weight * h)
        total += (h - Decimal(y)) ** 2
    return total / (2 * len(config.inputs))


def exact_gradient(config: Config, w: Floats, k: int, digits: int) -> tuple[float, float]:
    """dC/dw[k] as sign and decades, by the difference of two costs at a step of 1e-60, in so many digits."""
    with localcontext(Context(prec=digits, Emin=MIN_EMIN, Emax=MAX_EMAX)):
        up, down = ([Decimal(float(weight)) for weight in w[1:]] for _ in range(2))
        step = Decimal("1e-60")
        up[k - 1] += step
        down[k - 1] -= step
        found = (exact_cost(config, up) - exact_cost(config, down)) / (2 * step)
        return (math.copysign(1.0, found), float(abs(found).log10())) if found else (0.0, -INF)


def off(sign: float, decades: float, truth: tuple[float, float]) -> float:
    """The relative error of a number given by sign and decades."""
    if sign != truth[0]:
        return INF
    return abs(math.expm1((decades - truth[1]) * math.log(10.0))) if sign else 0.0


@pytest.mark.parametrize("layer", [1, 2, 50, 98, 99])
def test_a_hundred_layers_at_weight_5_agree_with_costs_of_450_digits(layer: int) -> None:
    config = presets()["notebook-1b"].config
    row = table(config)[layer - 1]
    truth = exact_gradient(config, initial_weights(config), layer, 450)
    assert row.layer == layer
    assert off(row.finite_sign, row.finite_decades, truth) < 1e-9
    assert off(row.sign, row.decades, truth) < 1e-9
    if layer == 1:
        assert truth[1] == pytest.approx(-300.19, abs=0.01)
        assert row.method == LOG_DOMAIN


weights = st.floats(-30.0, 30.0).map(lambda weight: round(weight, 3))
values = st.floats(-2.0, 2.0).map(lambda value: round(value, 3))


@given(
    st.sampled_from(["tanh", "sigmoid", "relu", "identity"]),
    st.lists(weights, min_size=1, max_size=5),
    st.lists(st.tuples(values, values), min_size=1, max_size=3),
)
def test_every_difference_is_what_exact_arithmetic_gives(activation: Any, w: list[float], samples: list[tuple[float, float]]) -> None:
    config = Config(layers=len(w) + 1, activation=activation, inputs=tuple(x for x, _ in samples), targets=tuple(y for _, y in samples))
    weights = np.array([0.0, *w])
    rows = table(config, weights)
    assert [row.layer for row in rows] == list(range(1, config.layers))
    for row in rows:
        if activation == "relu" and weights[row.layer] == 0.0:  # on the kink: a difference, however small, sees one side of it
            assert row.method == KINK or row.sign == row.finite_sign == 0.0
        elif row.compared:
            truth = exact_gradient(config, weights, row.layer, 420)
            assume(truth[1] > -250.0 or not truth[0])  # deeper, these digits would not do
            assert off(row.finite_sign, row.finite_decades, truth) <= row.allowed
            assert row.agrees
        else:
            assert row.method == KINK or row.allowed > checks.HIDDEN


# --- how it is done ------------------------------------------------------------------------------------------------------------------------


def test_the_difference_knows_no_derivative() -> None:
    kernels = [value.py_func if hasattr(value, "py_func") else value for value in vars(differences).values() if callable(value)]
    names = {name for kernel in kernels if hasattr(kernel, "__code__") for name in kernel.__code__.co_names}
    assert {"phi", "phi_decades"} <= names
    assert not {name for name in (*names, *vars(differences)) if "prime" in name}


def test_the_plain_difference_is_used_where_it_can_show_the_gradient() -> None:
    assert {row.method for row in table(presets()["notebook-1a"].config)} == {PLAIN}
    deep = table(presets()["notebook-1b"].config)
    assert [row.layer for row in deep if row.method == PLAIN] == [99]
    assert {row.method for row in deep[:-1]} == {LOG_DOMAIN}


def test_blocks_come_one_after_the_other_and_the_last_one_says_that_it_is() -> None:
    blocks = list(check(Config(), initial_weights(Config())))
    assert len(blocks) > 1, "a progress bar has something to show"
    assert {block.total for block in blocks} == {99}
    assert [block.ending is not None for block in blocks] == [False] * (len(blocks) - 1) + [True]
    assert [row.layer for block in blocks for row in block.rows] == list(range(1, 100))
    assert sum(map(len, blocks)) == 99


def test_two_thousand_layers_are_checked_at_evenly_spaced_ones() -> None:
    config = Config(layers=2000, weight_scale=5.0)
    rows = table(config)
    layers = [row.layer for row in rows]
    assert len(rows) == 300
    assert (layers[0], layers[-1]) == (1, 1999)
    assert {b - a for a, b in itertools.pairwise(layers)} == {6, 7}
    assert rows[0].finite_decades == pytest.approx(-6079.2, abs=0.1)
    first, later = rows[100], rows[200]
    slope = (later.finite_decades - first.finite_decades) / (later.layer - first.layer)
    with localcontext(Context(prec=50)):
        fixed = Decimal(1)
        for _ in range(30):
            fixed = exact_phi("tanh", 5 * fixed)
        assert slope == pytest.approx(-float((5 * (1 - fixed**2)).log10()), rel=1e-12), "w (1 - h*^2) at the fixed point"
    found = conclusion(rows, config)
    assert found.ok
    assert found.sentence.startswith("All 300 weight gradients at evenly spaced layers, of 1,999, agree with finite differences to ")
    assert "down to 7×10⁻⁶⁰⁸⁰ at layer 1" in found.sentence
    zero = np.flatnonzero(record(config.replace(epochs=1)).newest.dw[0, 1:] == 0.0) + 1
    assert zero[-1] not in layers, "what is said of rows is not all that there is to say of layers"
    assert f"float64 holds exactly 0 for the checked layers 1 to {max(set(zero) & set(layers)):,}." in found.sentence


def test_a_huge_network_is_checked_at_fewer_layers_and_one_at_a_time() -> None:
    config = Config(layers=100_000, activation="identity")
    block = next(check(config, initial_weights(config)))
    assert (len(block), block.total) == (1, 20)


@pytest.mark.parametrize("name", [name for name, preset in presets().items() if not preset.config.wide])
def test_every_preset_agrees_before_and_after_training(name: str) -> None:
    config = presets()[name].config.replace(epochs=201, observe_every=200)
    for frame in record(config).frames.rows(slice(0, 1)), record(config).newest:
        rows = table(config, frame.w[-1], frame.dw[-1])
        assert conclusion(rows, config).ok
        assert all(row.compared for row in rows)


def test_a_network_that_has_learned_all_it_can_is_still_checked() -> None:
    """There outputs and targets differ by a rounding, and costs are 1e-33: no difference of costs says anything."""
    config = presets()["ten-layers"].config
    run = record(config)
    assert run.cost[-1] < 1e-28
    rows = table(config, run.newest.w[-1], run.newest.dw[-1])
    assert {row.method for row in rows} == {LOG_DOMAIN}
    assert max(row.relative for row in rows) < 1e-7


# --- what it says --------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def wrong_backpropagation(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, float, float], None]:
    """Lets backpropagation say something else at one layer: times a factor, or of another sign."""

    def spoil(layer: int, factor: float, sign: float = 1.0) -> None:
        def spoiled(config: Config, w: Floats) -> LogProfile:
            profile = log_profile(config, w)
            signs, decades = profile.dw.sign.copy(), profile.dw.decades.copy()
            signs[layer] *= sign
            decades[layer] += math.log10(factor) if factor else -INF
            return msgspec.structs.replace(profile, dw=Signed(signs, decades))

        monkeypatch.setattr(checks, "log_profile", spoiled)

    return spoil


@pytest.mark.parametrize(("factor", "sign"), [(1.0 + 1e-5, 1.0), (0.5, 1.0), (1.0, -1.0), (0.0, 0.0)])
@pytest.mark.parametrize("preset", ["notebook-1a", "notebook-1b", "sigmoid", "random-weights"])
def test_a_wrong_gradient_is_caught(wrong_backpropagation: Callable[..., None], preset: str, factor: float, sign: float) -> None:
    config = presets()[preset].config
    wrong_backpropagation(40, factor, sign)
    rows = table(config)
    found = conclusion(rows, config)
    assert (found.ok, found.word) == (False, "Disagrees")
    assert [row.layer for row in rows if not row.agrees] == [40]
    assert found.sentence.startswith("1 of 99 weight gradients does not agree with finite differences: layer 40. At layer 40 backpropagation says ")
    assert cells(rows[39])[-1].endswith(": disagrees")


def test_agreement_is_said_with_its_size_and_its_depth() -> None:
    config = presets()["notebook-1b"].config
    found = conclusion(table(config), config)
    assert (found.ok, found.word) == (True, "Agrees")
    assert found.sentence == (
        "All 99 weight gradients agree with finite differences to 3×10⁻¹⁰ or better; "
        "98 of them cannot be read off costs in float64, so that the log domain was needed, down to 6×10⁻³⁰¹ at layer 1."
    )


@pytest.mark.parametrize("broken", [NAN, INF, -INF])
def test_weights_that_are_not_finite_are_a_sentence(broken: float) -> None:
    config = Config(layers=5)
    blocks = list(check(config, np.array([0.0, 1.0, broken, 1.0, 1.0])))
    assert len(blocks) == 1
    assert blocks[0].rows == ()
    assert blocks[0].ending is not None
    assert blocks[0].ending.reason == f"The weight of layer 2 is {broken}: the training has diverged."
    found = conclusion([], config)
    assert (found.ok, found.word) == (False, "Not checked")
    assert found.sentence == "There is nothing to check: not all weights are finite, the training has diverged."


def test_a_cost_beyond_float64_is_checked_all_the_same() -> None:
    config = Config(layers=200, activation="identity", weight_scale=1000.0)
    rows = table(config)
    assert conclusion(rows, config).ok
    assert rows[0].finite_decades == pytest.approx(2 * 199 * 3 - 3 + 2 * math.log10(0.5), abs=1e-9), "x^2 times the product of all weights and of all but one"


def test_at_the_kink_of_relu_there_is_nothing_to_compare() -> None:
    config = Config(layers=4, activation="relu", inputs=(0.5,), targets=(1.0,))
    rows = table(config, np.array([0.0, 1.0, 0.0, 1.0]))
    assert [row.method for row in rows] == [LOG_DOMAIN, KINK, LOG_DOMAIN]
    assert (rows[1].sign, rows[1].finite_sign) == (0.0, -1.0), "backpropagation takes the slope 0, and half the way down there is one"
    found = conclusion(rows, config)
    assert found.ok
    assert "At layer 2 u is exactly 0, the kink of ReLU: the cost is not differentiable there, and nothing was compared." in found.sentence


def test_a_dead_relu_has_gradients_of_exactly_zero_by_both() -> None:
    config = Config(layers=5, activation="relu", inputs=(0.5,), targets=(1.0,))
    rows = table(config, np.array([0.0, 1.0, -1.0, 1.0, 1.0]))
    assert {(row.sign, row.finite_sign, row.relative) for row in rows} == {(0.0, 0.0, 0.0)}
    assert conclusion(rows, config).sentence == "All 4 weight gradients agree with finite differences in every digit; both are exactly 0 for layers 1 to 4."


def test_samples_that_cancel_to_a_rounding_prove_nothing() -> None:
    first, second = (x / math.cosh(5.0 * x) ** 2 for x in (0.3, 0.4))
    targets = (math.tanh(1.5) - 0.7, math.tanh(2.0) + 0.7 * first / second)
    config = Config(layers=2, weight_scale=5.0, inputs=(0.3, 0.4), targets=targets)
    rows = table(config)
    assert [row.method for row in rows] == [NOISE]
    found = conclusion(rows, config)
    assert (found.ok, found.word) == (False, "Not checked")
    assert found.sentence.startswith("At layer 1 nothing can be proved: float64's rounding is as large as the gradient itself")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number_format": "float16"}, r"float16 holds exactly 0 for layers 1 to 97, and is off by up to 44% elsewhere\."),
        ({"number_format": "float32"}, r"float32 holds exactly 0 for layers 1 to 85, and is off by up to 3\.7% elsewhere\."),
        ({"number_format": "bfloat16", "weight_scale": 1.0}, r"bfloat16 is off by up to [\d.]+%\."),
        ({"layers": 120}, r"float64 holds exactly 0 for layers 1 to 14\."),
        ({"weight_scale": 25.0, "derivative": "from_output"}, r"float64 with φ′ from the output holds exactly 0 for layers 1 to 99\."),
        ({"activation": "identity", "weight_scale": 1e5}, r"float64 holds no finite number for .*\."),
    ],
)
def test_what_the_training_lost_is_said_in_words(changes: dict[str, Any], words: str) -> None:
    config = Config(**{"weight_scale": 5.0, **changes})
    found = conclusion(table(config), config)
    assert found.ok, "exact backpropagation is not what lost it"
    assert re.search(rf" {words}$", found.sentence), found.sentence


def test_the_sentence_on_what_was_lost_is_true_of_the_table() -> None:
    config = Config(weight_scale=5.0, number_format="float32")
    rows = table(config)
    frame = record(config.replace(epochs=1)).frames
    np.testing.assert_array_equal([row.stored for row in rows], frame.dw[0, 1:])
    zero = [row.layer for row in rows if row.stored == 0.0]
    assert f"for layers 1 to {zero[-1]}," in conclusion(rows, config).sentence
    assert zero == list(range(1, zero[-1] + 1))


def test_what_is_stored_can_be_handed_in() -> None:
    config = Config(layers=4)
    given = np.array([0.0, 1.5, 0.0, NAN])
    rows = table(config, stored=given)
    assert [cells(row)[2] for row in rows] == ["1.50", "0", "NaN"]


@pytest.mark.parametrize(
    ("sign", "decades", "digits", "text"),
    [
        (-1.0, -300.1924, 3, "−6.42×10⁻³⁰¹"),
        (1.0, -6079.1555, 3, "6.99×10⁻⁶⁰⁸⁰"),
        (1.0, 0.0, 3, "1.00"),
        (1.0, math.log10(9.999), 3, "1.00×10¹"),
        (-1.0, math.log10(0.002), 1, "−2×10⁻³"),
        (0.0, -INF, 3, "0"),
        (1.0, INF, 3, "∞"),
        (-1.0, INF, 3, "−∞"),
        (NAN, 0.0, 3, "NaN"),
        (1.0, NAN, 3, "NaN"),
    ],
)
def test_numbers_of_any_size_are_printed_as_in_a_book(sign: float, decades: float, digits: int, text: str) -> None:
    assert scientific(sign, decades, digits) == text


@given(st.floats(1e-300, 1e300))
def test_a_number_in_float64_is_printed_as_python_prints_it(value: float) -> None:
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    shown = scientific(1.0, math.log10(value))
    back = shown.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")).replace("×10", "e")
    assert float(back) == pytest.approx(float(f"{mantissa}e{exponent}"), rel=0.0101)  # one unit of the last digit, where log10 turns a tie


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([3], "layer 3"),
        ([1, 2, 3], "layers 1 to 3"),
        ([1, 3, 4, 5, 9], "layers 1, 3 to 5 and 9"),
        ([1, 3, 5, 7, 9], "5 layers from 1 to 9"),
    ],
)
def test_layers_are_listed_as_a_person_would(layers: list[int], words: str) -> None:
    rows = [Row(k, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, PLAIN) for k in range(1, 11)]
    assert layers_in_words([rows[k - 1] for k in layers], rows) == words


@pytest.mark.parametrize(
    ("layers", "words"),
    [([6], "layer 6"), ([1, 6, 11], "the checked layers 1 to 11"), ([1, 11, 21, 31, 41], "5 checked layers from 1 to 41")],
)
def test_of_layers_between_the_rows_nothing_is_said(layers: list[int], words: str) -> None:
    rows = [Row(k, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, PLAIN) for k in range(1, 60, 5)]
    assert layers_in_words([row for row in rows if row.layer in layers], rows) == words


UNCOMPILED = """
import sys, warnings
warnings.simplefilter("error")
sys.modules["numba"] = None
from gradviz.core.check import check, conclusion
from gradviz.core.config import Config
from gradviz.core.initializers import initial_weights
for config in (
    Config(layers=12, weight_scale=40.0),
    Config(layers=12, activation="sigmoid", weight_scale=-9.0),
    Config(layers=300, activation="identity", weight_scale=1e4),
):
    print(conclusion([row for block in check(config, initial_weights(config)) for row in block.rows], config).word)
"""


def test_without_numba_it_says_the_same(tmp_path: Path, python_environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", UNCOMPILED], cwd=tmp_path, env=python_environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout.split(), done.stderr) == (["Agrees"] * 3, "")
