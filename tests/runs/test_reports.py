"""What a hand-out says: which layers its tables have, how numbers are told apart, and the notebook's exercise held against the notebook's print-out."""

from __future__ import annotations

import csv
import math
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz import Config, record
from gradviz.core.config import Config as AnyConfig
from gradviz.runs import notebook_exercise
from gradviz.runs.files import FileError
from gradviz.runs.notebook_case import Case
from gradviz.runs.notebook_exercise import ANSWERS, CASES, NETWORK, SEEN, SHRINKS, exercise
from gradviz.runs.presets import presets
from gradviz.runs.recipe import Recipe, recipe_from_link, recipe_of
from gradviz.runs.reports import Copied, Figure, Heading, Report, Words, checked, first_frame, layer_tables, picked, reproduction, share, size, told_apart
from gradviz.runs.run import Run

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
#: The first costs that the print-out of the notebook's own code has.
FIRST_COSTS = {"1(a)": 0.07247484298514874, "1(b)": 0.12495456498704757, "1(d)": 0.12499436967189959}


def number(cell: str) -> Decimal:
    """A printed number as it stands there."""
    plain, _, power = cell.replace("−", "-").replace(",", "").partition("×10")
    return Decimal(plain).scaleb(int(power.translate(SUPERSCRIPTS) or 0))


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return [record(presets()[name].config) for name in CASES.values()]


@pytest.fixture(scope="module")
def report(runs: list[Run]) -> Report:
    return exercise(runs)


@pytest.fixture(scope="module")
def texts(report: Report) -> str:
    return "\n".join(report.texts)


# --- tables --------------------------------------------------------------------------------------------------------------------------------


@given(st.integers(2, 100_000), st.integers(8, 200))
def test_the_layers_that_are_picked_are_few_and_have_both_ends(layers: int, most: int) -> None:
    found = picked(layers, most)
    assert found == sorted(set(found))
    assert len(found) <= most
    assert {0, 1, layers - 2, layers - 1} <= set(found)
    assert found == list(range(layers)) or len(found) > most // 5


@pytest.mark.parametrize(
    "config", [Config(layers=150, epochs=4, weight_scale=5.0), Config(layers=30, width=8, initialization="normal", epochs=3)], ids=["chain", "wide"]
)
def test_tables_hold_the_numbers_of_the_run(config: AnyConfig) -> None:
    run = record(config)
    short, long = layer_tables(run, run.newest, 0, "sample x = −0.5")
    assert (short.folded, long.folded) == (False, True)
    assert len(short.rows) < len(long.rows) <= 100
    first, last = first_frame(run), run.newest
    for table in (short, long):
        assert table.columns[1:] == tuple(f"{name}[k], epoch {epoch}" for epoch in (0, config.epochs - 1) for name in "hg")
        for layer, *cells in table.rows:
            k = int(layer)
            stored = [first.h[-1, 0, k], first.g[-1, 0, k], last.h[-1, 0, k], last.g[-1, 0, k]]
            assert [cell == "—" for cell in cells] == [False, k == 0, False, k == 0]
            for cell, value in zip(cells, stored, strict=True):
                assert cell == "—" or float(number(cell)) == pytest.approx(value, rel=6e-4)


def test_a_short_network_needs_one_table_and_one_epoch_half_of_it() -> None:
    run = record(Config(layers=5, epochs=1))
    (table,) = layer_tables(run, run.newest, 1, "sample x = 0.5")
    assert table.title.endswith("sample x = 0.5, all layers")
    assert len(table.columns) == 3
    assert [row[0] for row in table.rows] == ["0", "1", "2", "3", "4"]
    assert table.rows[0] == ("0", "0.5", "—")


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (0.12499437, 0.12499397, ("0.1249944", "0.124994")),
        (2.302585079701, 2.302585079700, ("2.30259", "2.30259")),
        (0.5, 4.66e-30, ("0.5", "4.66×10⁻³⁰")),
        (math.inf, 1.0, ("∞", "1")),
    ],
)
def test_two_numbers_are_told_apart_with_as_few_digits_as_can_be(one: float, other: float, said: tuple[str, str]) -> None:
    assert told_apart(one, other) == said


@given(st.floats(-2000, 2000))
def test_a_size_far_outside_the_floats_is_printed_all_the_same(log: float) -> None:
    assert float(number(size(log, 5)).log10()) == pytest.approx(log, abs=5e-5)


@pytest.mark.parametrize(
    ("measured", "expected", "said"),
    [
        (1.01, 1.0, "1 %"),
        (100.0, 1.0, "2 decades"),
        (0.25, 0.25, "same"),
        (0.0, 0.0, "same"),
        (0.0, 1.0, "—"),
        (math.nan, 1.0, "—"),
        (math.inf, 1.0, "—"),
        (math.inf, math.inf, "same"),
        (1.0 + 1e-15, 1.0, "to 12 digits"),
    ],
)
def test_how_far_measurement_is_from_theory_is_said_in_per_cent_or_decades(measured: float, expected: float, said: str) -> None:
    assert share(measured, expected) == said


def test_a_link_in_a_report_opens_the_run_that_it_is_on() -> None:
    run = record(Config(layers=7, epochs=9, weight_scale=3.0))
    copied = [block for block in reproduction([("run A", recipe_of(run, 4, "A & B"))]) if isinstance(block, Copied)]
    assert [block.title for block in copied] == ["Link of run A", "Command"]
    found = recipe_from_link(copied[0].text)
    assert (found.config, found.epoch, found.name) == (run.config, 4, "A & B")
    assert copied[1].text == f'gradviz "{copied[0].text}"'


def test_a_link_that_would_be_too_long_is_a_sentence() -> None:
    many = tuple(place / 997 for place in range(1000))
    recipe = Recipe(Config(layers=2, epochs=1, inputs=many, targets=many), (), 0, 1)
    said = [block.text for block in reproduction([("", recipe)]) if isinstance(block, Words)]
    assert any(text.startswith("There is no link: The link would have") for text in said)


@pytest.mark.parametrize(
    ("name", "paper", "runs", "sentence"),
    [
        ("r.docx", "", 1, r"ends in neither \.html nor \.pdf"),
        ("r.pdf", "a3", 1, "'a3' is no paper; it must be a4 or letter"),
        ("r.pdf", "", 7, "on 1 to 6 runs, which fit beside each other on a page; these are 7"),
        ("nowhere/r.pdf", "", 1, "there is no folder"),
    ],
)
def test_what_cannot_be_written_is_a_sentence_before_any_work(tmp_path: Path, name: str, paper: str, runs: int, sentence: str) -> None:
    with pytest.raises(FileError, match=sentence):
        checked(tmp_path / name, paper, runs)


# --- the notebook's exercise ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["1a", "1b", "1d"])
def test_the_printed_h_and_g_are_those_of_the_notebook(report: Report, data: Path, case: str) -> None:
    """To half a unit of our fourth digit, and one of the last digit that the print-out has."""
    letter = f"1({case[1]})"
    table = next(table for table in report.tables if table.folded and f", {letter}," in table.title)
    with (data / "notebook_tables.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["case"] == case and row["sample"] == "0"]
    assert len(rows) > 140
    for row in rows:
        cell = table.rows[int(row["layer"])][{"h": 1, "g": 2}[row["quantity"]]]
        printed = Decimal(row["printed"].replace("e-0051", "e-5"))  # the print-out's one damaged exponent
        if cell == "—":
            assert (row["layer"], printed) == ("0", 0)
            continue
        ours, theirs = Decimal(1).scaleb(number(cell).adjusted() - 3), Decimal(1).scaleb(int(printed.as_tuple().exponent))
        assert abs(number(cell) - printed) <= ours / 2 + theirs, row


@pytest.mark.parametrize("letter", CASES)
def test_the_first_costs_are_those_of_the_notebook(report: Report, runs: list[Run], letter: str) -> None:
    case = Case(letter, runs[list(CASES).index(letter)])
    assert case.first_cost == pytest.approx(FIRST_COSTS[letter], rel=1e-13)
    caption = next(figure.caption for figure in report.figures if figure.title == f"Cost by epoch, {letter}")
    printed = re.search(r"begins at (\S+) and ends at (\S+)\.$", caption)
    assert printed is not None
    assert float(number(printed[1])) == pytest.approx(FIRST_COSTS[letter], rel=5e-6)
    assert float(number(printed[2])) == pytest.approx({"1(a)": 4.66e-30, "1(b)": 0.12495372522078026, "1(d)": 0.12499397189001932}[letter], rel=1e-3)


def test_the_answer_to_1c_is_what_theory_says_of_saturation(texts: str) -> None:
    """The fixed point and what a layer passes on, and the product of 98 factors, stepped through with nothing but math."""
    h, product = 0.5, 0.0
    for layer in range(1, 100):
        u = 5.0 * h
        h = math.tanh(u)
        product += math.log10(5.0 / math.cosh(u) ** 2) if layer > 1 else 0.0
    assert "the fixed point h* = tanh(5 h*) is 0.9999091, and a layer there passes on 0.0009087." in texts
    assert h == pytest.approx(0.9999091217152424, rel=1e-14)
    found = re.search(r"Multiplied 98 times, (\S+) of ∂C/∂h\[99\] is left at layer 1", texts)
    assert found is not None
    assert float(number(found[1]).log10()) == pytest.approx(product, abs=3e-3)
    assert f"tanh′(u) is only {1.0 / math.cosh(5.0 * h) ** 2:.4g}" in texts
    assert "3.042 decades lost at each layer" in texts
    assert "all others are near u = ±4.9995" in texts


def test_the_weights_that_1c_calls_untouched_are(texts: str, runs: list[Run]) -> None:
    run = runs[1]
    same = int((run.w[0, 1:] == run.w[-1, 1:]).sum())
    assert 90 < same < 99
    assert f"{same} of the 99 weights are after 1,000 epochs what they were, to the last bit" in texts


def test_the_answer_to_1e_is_that_the_product_is_small_everywhere(texts: str, runs: list[Run]) -> None:
    run = runs[2]
    h, g = run.h[0], run.g[0]
    product = np.abs((h[:, :-1] * g[:, 1:]).sum(axis=0))
    least, most = product.min(), product.max()
    assert most < 1e-5
    assert f"|dw| is between {least:.2e} and {most:.2e} at all 99 layers".replace("e-06", "×10⁻⁶") in texts
    assert f"dw is small everywhere: {most:.2e} at most, of layer {product.argmax() + 1}".replace("e-06", "×10⁻⁶") in texts
    assert f"no weight has moved by more than {np.abs(run.w[-1] - run.w[0]).max():.3g} from 0.9" in texts
    assert f"tanh′ is never below {(1.0 - h[:, 1:] ** 2).min():.3g} here" in texts
    assert h[0, 0] == -0.5
    assert f"shrinks to {abs(h[0, -1] / h[0, 0]):.2e} of itself".replace("e-05", "×10⁻⁵") in texts


def test_the_power_law_of_1a_is_what_theory_expects(texts: str) -> None:
    expected = math.sqrt(1.0 / (4.0 + 2.0 / 3.0 * 99))  # 1/h^2 grows by 2/3 a layer, from 1/0.5^2
    found = re.search(r"for which theory expects (\S+) there", texts)
    assert found is not None
    assert float(found[1]) == pytest.approx(expected, rel=5e-4)
    assert "Yes: in 1,000 epochs the cost falls from 0.0724748 to 4.66075×10⁻³⁰, to next to nothing." in texts


def test_no_measured_number_is_typed_in() -> None:
    """Other trainings have other answers, and the texts themselves name none."""
    other = [record(Config(layers=60, weight_scale=scale, epochs=40, learning_rate=0.05)) for scale in (0.95, 4.0, 0.8)]
    texts = "\n".join(exercise(other).texts)
    assert "h* = tanh(4 h*) is 0.9993257" in texts
    assert "No: in 40 epochs the cost falls" in texts
    for gone in ("0.9999091", "4.9995", "0.124955", "0.124994", " 99", "1,000", "4.66", "3.042", "0.0724748"):
        assert gone not in texts
    for text in (*(answer for answers in ANSWERS.values() for answer in answers), *NETWORK, *SEEN.values(), SHRINKS):
        bare = re.sub(r"\{\w+\}|1\([a-e]\)|√\(3/2k\)|\[k[+−]1\]|\[l−1\]|h\[0\]|dw\[1\]|1/\(2m\)|[Ll]ayer [01]\b|within .* of 1\b|near 0|float64", "", text)
        assert re.findall(r"\d", bare) == [], bare


def test_the_exercise_asks_and_answers_all_five_questions(report: Report) -> None:
    headings = [block.text for block in report.blocks if isinstance(block, Heading)]
    assert headings == ["1(a)", "1(b)", "1(c)", "1(d)", "1(e)", "Two ways to fail", "How to make it again"]
    for letter in headings[:5]:
        begin = next(place for place, block in enumerate(report.blocks) if isinstance(block, Heading) and block.text == letter)
        after = report.blocks[begin + 1 :]
        chapter = after[: next(place for place, block in enumerate(after) if isinstance(block, Heading))]
        tones = [block.tone for block in chapter if isinstance(block, Words)]
        assert tones == ["question", "answer", "answer"]
        assert any(isinstance(block, Figure) for block in chapter)
    assert [figure.number for figure in report.figures] == list(range(1, 15))


def test_the_cost_of_1a_has_the_axes_of_the_notebook(report: Report) -> None:
    costs = [figure for figure in report.figures if figure.panel == "cost"]
    assert costs[0].settings["plots"][0]["seen"] == [[-20.0, 1020.0], [-0.002, 0.078]]
    for figure, first in zip(costs, FIRST_COSTS.values(), strict=True):
        (left, right), (low, high) = figure.settings["plots"][0]["seen"]
        assert (left, right, low) == (-20.0, 1020.0, -0.002)
        assert high > first
    assert notebook_exercise.COMMAND.startswith("gradviz report --notebook --out ")
