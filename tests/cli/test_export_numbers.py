"""`gradviz export` writes numbers in every format, and says what cannot be."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

from gradviz import Config, record
from gradviz.runs.run import Run
from gradviz.runs.store import load, save

READERS: dict[str, Callable[[Path], Any]] = {
    ".csv": pandas.read_csv,
    ".json": lambda path: pandas.DataFrame(json.loads(path.read_text(encoding="utf-8"))["data"]),
    ".parquet": pandas.read_parquet,
    ".xlsx": pandas.read_excel,
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run that is saved as run.npz."""
    made = record(Config(layers=6, epochs=5, weight_scale=0.9))
    save(made, tmp_path / "run.npz")
    return made


@pytest.mark.parametrize("ending", READERS)
def test_the_whole_run_is_written_wide_in_every_format(gradviz: Callable[..., Any], tmp_path: Path, run: Run, ending: str) -> None:
    assert gradviz("export", "run.npz", "--whole", "--wide", "--out", f"all{ending}") == (0, f"Wrote all{ending}.\n", "")
    table = READERS[ending](tmp_path / f"all{ending}")
    np.testing.assert_array_equal(table["h of x = 0.5"], run.h[:, 1].ravel())
    np.testing.assert_array_equal(table["g = dC/du of x = -0.5"], run.g[:, 0].ravel())
    np.testing.assert_array_equal(table["cost C"].dropna(), run.cost)


@pytest.mark.parametrize("ending", READERS)
def test_a_plots_numbers_are_written_of_the_epoch_that_was_asked_for(gradviz: Callable[..., Any], tmp_path: Path, run: Run, ending: str) -> None:
    assert gradviz("export", "run.npz", "--plot", "gradients", "--epoch", "2", "--out", f"g{ending}").status == 0
    table = READERS[ending](tmp_path / f"g{ending}")
    assert list(table) == ["epoch", "quantity", "sample", "layer", "value"]
    assert set(table["epoch"]) == {2}
    assert set(table["quantity"]) == {"g"}
    np.testing.assert_array_equal(table["value"], run.g[2].ravel())


def test_without_a_plot_it_is_what_the_dashboard_shows(gradviz: Callable[..., Any], tmp_path: Path, run: Run) -> None:
    assert gradviz("export", "run.npz", "--wide", "--out", "all.csv").status == 0
    table = pandas.read_csv(tmp_path / "all.csv")
    assert table["epoch"].tolist() == [0, 1, 2, 3, *[4] * 6]
    assert table["layer k"].tolist() == [0, 0, 0, 0, *range(6)]
    np.testing.assert_array_equal(table["w"].dropna(), run.w[4, 1:])
    np.testing.assert_array_equal(table["cost C"].dropna(), run.cost)


def test_arrays_are_those_of_the_run(gradviz: Callable[..., Any], tmp_path: Path, run: Run) -> None:
    assert gradviz("export", "run.npz", "--whole", "--out", "arrays.npz").status == 0
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["g"], run.g)
        np.testing.assert_array_equal(arrays["cost"], run.cost)


def test_the_whole_run_as_csv_is_the_table_that_training_writes(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    assert gradviz("train", "--epochs", "4", "--set", "layers=5", "--out", "run.npz", "--csv", "trained.csv", "--quiet").status == 0
    assert gradviz("export", "run.npz", "--whole", "--out", "exported.csv").status == 0
    assert (tmp_path / "exported.csv").read_bytes() == (tmp_path / "trained.csv").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--whole", "--out", "all.png"], "--whole and --wide are of numbers (.csv, .json, .npz, .parquet, .xlsx); 'all.png' is a picture."),
        (["--wide", "--out", "all.svg"], "'all.svg' is a picture."),
        (
            ["--whole", "--plot", "cost", "--out", "all.csv"],
            "--whole writes every plot's numbers of every kept epoch: with it there can be no --plot or --epoch.",
        ),
        (["--whole", "--epoch", "2", "--out", "all.csv"], "with it there can be no --plot or --epoch."),
        (["--wide", "--out", "all.npz"], "--wide is a form of tables; a .npz holds arrays"),
        (["--out", "run.npz"], "--out names the run itself, 'run.npz'; a table in its place would be no run any more."),
        (["--plot", "difference", "--out", "all.csv"], "The plot 'difference' compares several runs, and this is one; `gradviz report` takes several."),
        (["--plot", "together", "--out", "all.json"], "The plot 'together' compares several runs"),
        (["--out", "all.txt"], "'all.txt' ends in none of .png, .svg, .pdf and .csv, .json, .npz, .parquet, .xlsx; the ending says what is written."),
    ],
)
def test_what_does_not_go_together_is_a_sentence_and_writes_nothing(
    gradviz: Callable[..., Any], tmp_path: Path, run: Run, arguments: list[str], words: str
) -> None:
    said = gradviz("export", "run.npz", *arguments)
    assert (said.status, said.out) == (2, "")
    assert words in said.err
    assert "Traceback" not in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]
    np.testing.assert_array_equal(load(tmp_path / "run.npz").g, run.g)


def test_a_package_that_is_not_there_is_a_sentence(gradviz: Callable[..., Any], tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    said = gradviz("export", "run.npz", "--out", "all.xlsx")
    assert (said.status, said.out) == (1, "")
    assert 'pip install "gradviz[tables]"' in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]
    assert len(run.epoch) == 5
