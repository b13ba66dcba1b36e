"""`gradviz check`: a table that can be read, a sentence, and an exit status that a script can trust."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradviz import Config, record
from gradviz.core import check as checks
from gradviz.core.logdomain import log_profile
from gradviz.runs.presets import presets

COLUMNS = ["Layer", "Backpropagation dC/dw", "Stored dC/dw", "Finite difference", "Relative difference", "Method"]


def table(printed: str) -> list[list[str]]:
    """The rows below the headings, cut at two spaces or more."""
    rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in printed.splitlines()]
    return [row for row in rows if len(row) == len(COLUMNS) and row != COLUMNS]


def test_a_long_table_is_shown_in_part_with_its_first_and_its_last_row(gradviz: Callable[..., Any]) -> None:
    said = gradviz("check", "notebook-1b")
    assert (said.status, said.err) == (0, "")
    assert [cell.strip() for cell in said.out.splitlines()[0].split("  ") if cell.strip()] == COLUMNS
    assert len(table(said.out)) == 20
    assert table(said.out)[0][:4] == ["1", "6.42×10⁻³⁰¹", "6.42×10⁻³⁰¹", "6.42×10⁻³⁰¹"]
    assert table(said.out)[0][5] == "log domain"
    assert (table(said.out)[-1][0], table(said.out)[-1][5]) == ("99", "plain")
    assert "20 of 99 rows; --all prints every one." in said.out
    assert said.out.splitlines()[-1].startswith("notebook-1b, epoch 0: Agrees. All 99 weight gradients agree with finite differences to ")


def test_all_rows_are_there_when_asked_for(gradviz: Callable[..., Any]) -> None:
    said = gradviz("check", "notebook-1b", "--all")
    assert [int(row[0]) for row in table(said.out)] == list(range(1, 100))
    assert "--all" not in said.out


def test_the_columns_stand_below_each_other(gradviz: Callable[..., Any]) -> None:
    lines = gradviz("check", "ten-layers").out.splitlines()[:10]
    ends = [line.index(word) for line, word in zip(lines, ["Method", *["plain"] * 9], strict=True)]
    assert len(set(ends)) == 1


def test_the_notebooks_first_case_is_what_is_checked_by_itself(gradviz: Callable[..., Any]) -> None:
    assert gradviz("check").out.splitlines()[-1].startswith("notebook-1a, epoch 0: Agrees. All 99 weight gradients")


def test_a_config_file_and_settings_say_what_is_checked(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("layers = 4\nweight_scale = 2.0\n")
    said = gradviz("check", "mine.toml", "--set", "activation=sigmoid", "--json")
    result = json.loads(said.out)
    assert said.status == 0
    assert result["config"] == {**Config(layers=4, weight_scale=2.0, activation="sigmoid").as_dict(), "inputs": [-0.5, 0.5], "targets": [-0.5, 0.5]}


def test_the_check_can_come_after_some_training(gradviz: Callable[..., Any]) -> None:
    said = gradviz("check", "ten-layers", "--epochs", "7", "--json")
    result = json.loads(said.out)
    assert (said.status, result["ok"], result["verdict"], result["epoch"]) == (0, True, "Agrees", 7)
    run = record(presets()["ten-layers"].config.replace(epochs=8))
    assert [row["stored"] for row in result["layers"]] == run.newest.dw[-1, 1:].tolist()


def test_json_holds_every_row_and_null_where_there_is_no_number(gradviz: Callable[..., Any]) -> None:
    result = json.loads(gradviz("check", "underflow", "--json").out)
    assert [row["layer"] for row in result["layers"]] == list(range(1, 120))
    first = result["layers"][0]
    assert first["stored"] == 0.0
    assert first["finite_difference"]["log10"] == pytest.approx(first["backpropagation"]["log10"], abs=1e-8)
    assert first["finite_difference"]["log10"] < -324
    assert (first["method"], first["agrees"]) == ("log domain", True)
    dead = json.loads(gradviz("check", "--set", "layers=3", "--set", "weight_scale=0", "--json").out)
    assert dead["layers"][0]["backpropagation"] == {"sign": 0.0, "log10": None}


def test_a_wrong_gradient_ends_with_status_1_and_its_row_is_shown(gradviz: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(config: Config, w: Any) -> Any:
        profile = log_profile(config, w)
        profile.dw.decades[42] += math.log10(1.01)
        return profile

    monkeypatch.setattr(checks, "log_profile", spoiled)
    said = gradviz("check", "notebook-1b")
    assert said.status == 1
    assert [row[0] for row in table(said.out) if row[5] == "log domain: disagrees"] == ["42"]
    assert len(table(said.out)) in (20, 21)
    assert "notebook-1b, epoch 0: Disagrees. 1 of 99 weight gradients does not agree with finite differences: layer 42." in said.out
    assert gradviz("check", "notebook-1b", "--json").status == 1


def test_a_training_that_diverged_is_checked_where_it_did(gradviz: Callable[..., Any]) -> None:
    said = gradviz("check", "explodes", "--epochs", "50")
    assert said.status == 0
    *_, ending, conclusion = said.out.splitlines()
    assert ending.startswith("Diverged at epoch 1:")
    assert conclusion.startswith("explodes, epoch 1: Agrees. All 99 weight gradients agree with finite differences")


def test_weights_that_are_not_finite_are_a_sentence_and_status_1(gradviz: Callable[..., Any]) -> None:
    said = gradviz("check", "--set", "initialization=normal", "--set", "weight_scale=1.7e308", "--set", "layers=50")
    assert said.status == 1
    assert said.out.splitlines()[-1] == ("notebook-1a, epoch 0: Not checked. There is nothing to check: not all weights are finite, the training has diverged.")
    assert said.err == ""


def test_what_float16_lost_is_in_the_table_and_in_words(gradviz: Callable[..., Any]) -> None:
    said = gradviz("check", "notebook-1b", "--set", "number_format=float16")
    assert said.status == 0
    assert table(said.out)[0][1:3] == ["6.42×10⁻³⁰¹", "0"]
    assert said.out.rstrip().endswith("float16 holds exactly 0 for layers 1 to 97, and is off by up to 44% elsewhere.")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "There is no preset or config file 'nonsense'."),
        (["--epochs", "-1"], "-1 is not in the range"),
        (["--set", "layers"], "--set takes NAME=VALUE"),
        (["--set", "layers=1"], "layers is 1"),
    ],
)
def test_bad_usage_is_status_2_and_a_sentence(gradviz: Callable[..., Any], arguments: list[str], words: str) -> None:
    said = gradviz("check", *arguments)
    assert (said.status, said.out) == (2, "")
    assert words in said.err


def test_a_deep_network_says_which_layers_it_took(gradviz: Callable[..., Any]) -> None:
    result = json.loads(gradviz("check", "--set", "layers=400", "--json").out)
    layers = [row["layer"] for row in result["layers"]]
    assert (len(layers), layers[0], layers[-1]) == (300, 1, 399)
    assert np.all(np.diff(layers) > 0)
    assert result["sentence"].startswith("All 300 weight gradients at evenly spaced layers, of 399, agree")
