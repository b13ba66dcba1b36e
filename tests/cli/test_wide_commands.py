"""The command line with wide networks: training, tables, export and the check of the gradient."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradviz import Config, record
from gradviz.core.dense import Network
from gradviz.core.frames import PROFILED, STATISTICS, WideFrames
from gradviz.runs.store import load
from gradviz.runs.tables import WIDE_HEADER, lines

WIDE = Config(layers=5, width=6, bias="on", initialization="normal", data="moons", samples=40, test_share=0.25, loss="cross_entropy", epochs=20)
SETTINGS = [
    word
    for name in ("layers", "width", "bias", "initialization", "data", "samples", "test_share", "loss", "epochs")
    for word in ("--set", f"{name}={getattr(WIDE, name)}")
]


def test_a_wide_network_is_trained_and_its_scores_are_in_the_json(gradviz: Callable[..., Any]) -> None:
    said = gradviz("train", *SETTINGS, "--json")
    assert (said.status, said.err) == (0, "")
    result = json.loads(said.out)
    run = record(WIDE)
    assert Config(**result.pop("config")) == WIDE
    assert result.pop("epochs_per_second") > 0
    assert list(result.pop("verdict")) == ["kind", "cause", "factor_per_layer", "layers_per_decade", "sentence"]
    assert result == {
        "epochs_done": 20,
        "cost_first": run.cost[0],
        "cost_last": run.cost[-1],
        "test_cost": run.newest.test_cost[-1],
        "accuracy": run.newest.accuracy[-1],
        "test_accuracy": run.newest.test_accuracy[-1],
        "ended": "done",
        "reason": "20 epochs done.",
        "interventions": [],
    }


def test_a_score_that_the_data_do_not_have_is_null(gradviz: Callable[..., Any]) -> None:
    result = json.loads(gradviz("train", "--set", "width=4", "--set", "layers=4", "--epochs", "3", "--json").out)
    assert [result[name] for name in ("test_cost", "accuracy", "test_accuracy")] == [None, None, None]
    assert result["cost_last"] < result["cost_first"]


def test_the_last_line_has_the_tests_cost_and_the_verdict(gradviz: Callable[..., Any]) -> None:
    said = gradviz("train", *SETTINGS, "--epochs", "300")
    run = record(WIDE.replace(epochs=300))
    assert said.out.startswith(
        f"notebook-1a: 300 epochs done. Cost from {run.cost[0]:.10g} to {run.cost[-1]:.10g} ({run.newest.test_cost[-1]:.10g} of the test), "
    )
    assert "% of the answers are right" in said.out
    assert said.out.count("\n") == 1


def test_the_table_holds_every_number_of_every_observed_epoch(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    said = gradviz("train", *SETTINGS, "--set", "observe_every=7", "--csv", "table.csv")
    assert (said.status, said.err) == (0, "")
    run = record(WIDE.replace(observe_every=7))
    assert (tmp_path / "table.csv").read_text() == WIDE_HEADER + "".join(lines(run.frames))
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["epoch"] for row in rows} == {"0", "7", "14", "19"}
    for epoch in ("7", "14"):
        assert {row["statistic"] for row in rows if row["quantity"] == "dw" and row["epoch"] == epoch} == set(STATISTICS)


def test_a_run_file_has_percentiles_of_some_epochs_and_all_else_of_every_one(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    """They cost up to ten times as much as the learning."""
    said = gradviz("train", *SETTINGS, "--epochs", "600", "--out", "run.npz")
    assert said.status == 0
    saved, everything = load(tmp_path / "run.npz"), record(WIDE.replace(epochs=600))
    assert isinstance(saved.frames, WideFrames)
    for name in (*WideFrames.SCORES, "norms", "shares", "ratio", "promise"):
        np.testing.assert_array_equal(getattr(saved.frames, name), getattr(everything.frames, name), name)
    for name in PROFILED:
        one, other = getattr(saved.frames, name), getattr(everything.frames, name)
        np.testing.assert_array_equal(one[:, 0], other[:, 0])
        np.testing.assert_array_equal(np.where(np.isnan(one), other, one), other)
        known = np.isfinite(one[:, 1, -1])
        assert known[[0, -1]].all()
        assert 3 <= known.sum() < 600


def test_an_export_of_a_wide_run_is_a_table_of_its_statistics(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    gradviz("train", *SETTINGS, "--out", "run.npz", "--quiet")
    run = load(tmp_path / "run.npz")
    for plot, quantities in (("gradients", {"g"}), ("cost", {"cost", "test_cost", "accuracy", "test_accuracy"}), ("weights", {"w", "dw", "ratio"})):
        assert gradviz("export", "run.npz", "--plot", plot, "--epoch", "3", "--out", "plot.csv") == (0, "Wrote plot.csv.\n", "")
        with (tmp_path / "plot.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert list(rows[0]) == ["epoch", "quantity", "statistic", "layer", "value"]
        assert {row["quantity"] for row in rows} == quantities
    gradviz("export", "run.npz", "--plot", "cost", "--out", "plot.csv")
    with (tmp_path / "plot.csv").open(newline="") as file:
        cost = [float(row["value"]) for row in csv.DictReader(file) if row["quantity"] == "cost"]
    np.testing.assert_array_equal(cost, run.cost)


def test_divergence_of_a_wide_network_is_an_ordinary_ending(gradviz: Callable[..., Any]) -> None:
    said = gradviz("train", *SETTINGS, "--set", "activation=identity", "--set", "learning_rate=1e9", "--set", "loss=mse", "--epochs", "50")
    assert (said.status, said.err) == (0, "")
    assert said.out.count("Diverged at epoch ") == 1


@pytest.mark.parametrize(
    ("settings", "status", "words"),
    [
        (["data=csv", "csv_file=nowhere.csv"], 1, "Cannot read 'nowhere.csv': No such file or directory."),
        (["data=csv"], 2, "csv_file must be the path of a CSV file."),
        (["data=csv", "csv_file=same.csv"], 2, "there is nothing to learn"),
        (["data=csv", "csv_file=few.csv", "batch_size=50"], 2, "batch_size is 50, and the table gives 3 samples to learn from"),
        (["data=moons", "batch_size=300"], 2, "batch_size is 300, and there are 200 samples to learn from"),
        (["loss=cross_entropy"], 2, "loss is cross_entropy, which needs two classes or more"),
    ],
)
@pytest.mark.parametrize("command", ["train", "check"])
def test_data_that_cannot_be_learned_are_a_sentence(
    gradviz: Callable[..., Any], tmp_path: Path, settings: list[str], status: int, words: str, command: str
) -> None:
    (tmp_path / "same.csv").write_text("a,y\n1,2\n3,2\n5,2\n")
    (tmp_path / "few.csv").write_text("a,y\n1,2\n3,4\n5,1\n")
    before = sorted(tmp_path.iterdir())
    more = ["--out", "run.npz", "--csv", "table.csv"] if command == "train" else []
    said = gradviz(command, *(word for setting in ("width=4", "layers=5", *settings) for word in ("--set", setting)), *more)
    assert (said.status, said.out) == (status, "")
    assert words in said.err
    assert said.err.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_a_table_of_ones_own_is_learned(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    draws = np.random.default_rng(0).normal(size=(60, 2))
    (tmp_path / "mine.csv").write_text("a,b,kind\n" + "".join(f"{a},{b},{'up' if a > b else 'down'}\n" for a, b in draws))
    settings = ("data=csv", "csv_file=mine.csv", "loss=cross_entropy", "width=8", "layers=4", "initialization=xavier", "bias=on", "test_share=0.2")
    result = json.loads(gradviz("train", *(word for setting in settings for word in ("--set", setting)), "--epochs", "200", "--json").out)
    assert result["accuracy"] > 0.9
    assert result["verdict"]["kind"] == "trains"


def test_a_wide_training_needs_no_kernel_of_the_chain(gradviz: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gradviz.core.chain", "gradviz.core.logdomain"):
        monkeypatch.setitem(sys.modules, name, None)
    assert gradviz("train", *SETTINGS, "--json").status == 0


# --- the check -----------------------------------------------------------------------------------------------------------------------------


def test_a_wide_networks_gradient_is_checked_after_some_training(gradviz: Callable[..., Any]) -> None:
    said = gradviz("check", *SETTINGS, "--epochs", "7", "--json")
    result = json.loads(said.out)
    assert (said.status, said.err, result["ok"], result["verdict"], result["epoch"]) == (0, "", True, "Agrees", 7)
    assert [row["layer"] for row in result["layers"]] == [1, 2, 3, 4]
    for row in result["layers"]:
        assert row["stored"] == pytest.approx(10.0 ** row["backpropagation"]["log10"], rel=1e-12)
        assert row["backpropagation"]["log10"] == pytest.approx(row["finite_difference"]["log10"], abs=1e-6)
        assert row["method"] in ("plain", "carried")


def test_more_epochs_than_the_config_has_may_be_trained_before_it(gradviz: Callable[..., Any]) -> None:
    said = gradviz("check", *SETTINGS, "--set", "decay=linear", "--epochs", "40")
    assert said.status == 0
    assert said.out.splitlines()[-1].startswith("notebook-1a, epoch 40: Agrees. All 4 weight gradients agree with finite differences to ")


def test_a_wrong_gradient_of_a_wide_network_ends_with_status_1(gradviz: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    right = Network.backward

    def wrong(network: Network, y: Any, observe: Any = None) -> None:
        right(network, y, observe)
        network.gradients_of.weights[2][...] *= 1.001

    monkeypatch.setattr(Network, "backward", wrong)
    said = gradviz("check", *SETTINGS)
    assert said.status == 1
    assert [line.split()[0] for line in said.out.splitlines() if "disagrees" in line] == ["2"]
    assert "Disagrees. 1 of 4 weight gradients does not agree with finite differences: layer 2." in said.out


def test_a_wide_training_that_diverged_is_said(gradviz: Callable[..., Any]) -> None:
    said = gradviz("check", *SETTINGS, "--set", "activation=identity", "--set", "learning_rate=1e9", "--set", "loss=mse", "--epochs", "30")
    assert said.status == 1
    *_, ending, conclusion = said.out.splitlines()
    assert ending.startswith("Diverged at epoch ")
    assert conclusion.endswith("Not checked. There is nothing to check: not all numbers are finite, the training has diverged.")


def test_what_float32_makes_of_a_wide_gradient_is_in_words(gradviz: Callable[..., Any]) -> None:
    said = gradviz("check", *SETTINGS, "--set", "number_format=float32")
    assert said.status == 0
    assert "float32 is off by up to " in said.out
    result = json.loads(gradviz("check", *SETTINGS, "--set", "number_format=float32", "--json").out)
    for row in result["layers"]:
        assert 0 < abs(math.log10(row["stored"]) - row["backpropagation"]["log10"]) < 1e-5
