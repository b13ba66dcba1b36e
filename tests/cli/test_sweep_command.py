"""`gradviz sweep`: axes as people type them, a file for what came of it, and nothing lost to Ctrl-C."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PyQt6.QtGui import QImage

from gradviz import Config, record
from gradviz.cli.sweeping import axis
from gradviz.runs.presets import presets
from gradviz.runs.sweep_points import MEASURES

#: A process for each worker takes its time to begin; one is enough where nothing else is asked.
ONE = ("--workers", "1")


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --- what is typed --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("weight_scale=0.5:3:6", (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)),
        ("weight_scale = -1 : 1 : 3", (-1.0, 0.0, 1.0)),
        ("learning_rate=1e-3:10:5:log", (0.001, 0.01, 0.1, 1.0, 10.0)),
        ("layers=2:200:3", (2, 101, 200)),
        ("epochs=1e1:1e3:3:log", (10, 100, 1000)),
        ("activation=tanh, relu", ("tanh", "relu")),
        ("layers=3,5,1e2", (3, 5, 100)),
        ("inputs=-0.5,0.5;1,2,3", ((-0.5, 0.5), (1.0, 2.0, 3.0))),
        ("csv_file=a:b.csv,c.csv", ("a:b.csv", "c.csv")),
    ],
)
def test_an_axis_is_a_range_or_a_list(text: str, values: tuple[Any, ...]) -> None:
    assert axis(text).values == values
    assert axis(text).log == text.endswith("log")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--over says what differs, as in --over weight_scale=0.5:3:101 or --over activation=tanh,relu."),
        (("--over", "weight_scale"), "--over takes NAME=LOW:HIGH:COUNT or NAME=A,B,C; 'weight_scale' has no '='."),
        (("--over", "wheight=1,2"), "There is no parameter 'wheight'; the parameters are layers, width,"),
        (("--over", "weight_scale=1:2"), "weight_scale is '1:2'; a range is LOW:HIGH:COUNT, such as 0.5:3:101, with :log behind it for equal factors."),
        (("--over", "weight_scale=1:2:3:lin"), "weight_scale is '1:2:3:lin'; a range is LOW:HIGH:COUNT,"),
        (("--over", "weight_scale=1:2:3:log:log"), "weight_scale is '1:2:3:log:log'; a range is LOW:HIGH:COUNT,"),
        (("--over", "weight_scale=1:two:3"), "weight_scale is 'two'; it must be a finite number."),
        (("--over", "weight_scale=1:2:many"), "weight_scale is to take 'many' values; it must be a whole number, 2 or greater."),
        (("--over", "layers=1:5:3"), "layers is 1; it must be a whole number from 2 to 100,000."),
        (("--over", "activation=tanh,tahn"), "activation is 'tahn'; it must be one of tanh, sigmoid,"),
        (("--over", "weight_scale=1,2", "--measure", "verdict,fate"), "There is no measure 'fate'; the measures are verdict, cause,"),
        (("--over", "weight_scale=1,2", "--set", "weight_scale=3"), "weight_scale is set to one value and swept over too; it can be one of them."),
        (("--over", "epochs=1,2", "--epochs", "5"), "epochs is set to one value and swept over too; it can be one of them."),
        (("--over", "weight_scale=1,2", "--set", "layers=1"), "layers is 1; it must be a whole number from 2 to 100,000."),
        (("--over", "weight_scale=1,2", "--out", "sweep.gif"), "'sweep.gif' ends in none of .csv, .npz and .png; the ending says what is written."),
        (("--over", "weight_scale=1,2", "--out", "a.csv", "--out", "./a.csv"), "--out names the same file twice; one would replace the other."),
        (
            ("--over", "weight_scale=1,2", "--over", "layers=3,4", "--over", "seed=1,2", "--out", "sweep.png"),
            "This sweep has 3 axes, and a picture has two at most; write a .csv or .npz file.",
        ),
        (("--over", "weight_scale=1,2", "--workers", "2", "--cluster", "tcp://127.0.0.1:1"), "--workers is for this machine; with --cluster the cluster"),
    ],
)
def test_what_cannot_be_is_a_sentence_before_anything_begins(gradviz: Callable[..., Any], tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    said = gradviz("sweep", *arguments)
    assert (said.status, said.out) == (2, "")
    assert says in said.err
    assert "Traceback" not in said.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("out", ["nowhere/sweep.csv", "."])
def test_a_file_that_cannot_be_written_is_said_before_anything_begins(gradviz: Callable[..., Any], out: str, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    said = gradviz("sweep", "--over", "weight_scale=1,2", "--out", "folder.csv" if out == "." else out)
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("Cannot write '")


def test_a_cluster_that_is_not_there_is_a_sentence(gradviz: Callable[..., Any]) -> None:
    pytest.importorskip("distributed", reason="Dask's distributed is not installed: pip install 'gradviz[cluster]' brings it.")
    said = gradviz("sweep", "--over", "weight_scale=1,2", "--cluster", "nowhere")
    assert (said.status, said.out) == (1, "")
    assert said.err == "'nowhere' is not the address of a Dask scheduler; it must be one such as tcp://192.168.0.5:8786.\n"


def test_the_help_names_every_measure(gradviz: Callable[..., Any]) -> None:
    said = gradviz("sweep", "--help")
    assert said.status == 0
    assert all(name in said.out.replace("\n", " ") for name in MEASURES)


# --- what comes of it -----------------------------------------------------------------------------------------------------------------------


def test_without_a_file_the_table_is_printed_and_the_last_line_stands_beside_it(gradviz: Callable[..., Any]) -> None:
    said = gradviz("sweep", "ten-layers", "--over", "weight_scale=0.5:2:4", "--epochs", "50", "--measure", "verdict,cost_last", *ONE)
    assert said.status == 0
    rows = table(said.out)
    assert [row["weight_scale"] for row in rows] == ["0.5", "1.0", "1.5", "2.0"]
    for row in rows:
        run = record(presets()["ten-layers"].config.replace(epochs=50, weight_scale=float(row["weight_scale"])))
        assert float(row["cost_last"]) == run.newest.cost[-1]
    assert said.err.startswith("ten-layers: 4 points in ")
    assert "a second: " in said.err


def test_several_files_are_written_and_say_the_same(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    over = ("--over", "weight_scale=0.5:3:5", "--over", "layers=2:20:4")
    said = gradviz("sweep", *over, "--epochs", "30", "--measure", "cost_last, verdict", "--out", "a.csv", "--out", "b.npz", "--out", "c.png", *ONE)
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("notebook-1a: 20 points in ")
    assert said.out.endswith(" Wrote a.csv and b.npz and c.png.\n")
    rows = table((tmp_path / "a.csv").read_text())
    with np.load(tmp_path / "b.npz", allow_pickle=False) as arrays:
        assert arrays["cost_last"].ravel().tolist() == [float(row["cost_last"]) for row in rows]
        assert arrays["verdict"].ravel().tolist() == [row["verdict"] for row in rows]
    picture = QImage(str(tmp_path / "c.png"))
    assert picture.width() > 2 * picture.height() > 0
    assert picture.text("Title") == "5 × 4 runs of 30 epochs"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.npz", "c.png"]


def test_what_is_swept_over_need_not_be_possible_at_the_experiments_own_value(gradviz: Callable[..., Any]) -> None:
    said = gradviz("sweep", "--set", "normalization=layer", "--set", "layers=4", "--over", "width=1,2,3", "--epochs", "5", "--measure", "verdict", *ONE)
    rows = table(said.out)
    assert [row["status"] for row in rows] == ["impossible", "done", "done"]
    assert rows[0]["verdict"] == "impossible"
    assert rows[0]["sentence"].startswith("normalization is layer, and width is 1:")
    assert "1 impossible" in said.err


def test_an_experiment_that_is_possible_nowhere_is_a_sentence(gradviz: Callable[..., Any]) -> None:
    said = gradviz("sweep", "--set", "normalization=layer", "--over", "weight_scale=1,2", *ONE)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("normalization is layer, and width is 1:")


# --- Ctrl-C ---------------------------------------------------------------------------------------------------------------------------------


def test_ctrl_c_keeps_what_is_done_and_says_how_much(tmp_path: Path, python_environment: dict[str, str]) -> None:
    """As a terminal sends it: to the command and to all of its processes."""
    arguments = ["sweep", "--over", "epochs=10,1e9,20", "--out", "sweep.csv", "--workers", "2"]  # the ends come first
    (tmp_path / "sweep.csv").write_text("older")
    code = (
        "import gradviz.cli.sweeping as sweeping, sys\n"
        "blocks = sweeping.sweep_in_blocks\n"
        "def telling(*arguments):\n"
        "    for block in blocks(*arguments):\n"
        "        print('.' * len(block), end='', flush=True)\n"
        "        yield block\n"
        "sweeping.sweep_in_blocks = telling\n"
        "from gradviz.cli import main\n"
        "if __name__ == '__main__':\n"
        "    sys.exit(main(sys.argv[1:]))\n"
    )
    (tmp_path / "telling.py").write_text(code)
    process = subprocess.Popen(
        [sys.executable, "telling.py", *arguments], cwd=tmp_path, env=python_environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.read(2) == b"..", "the two that end are done"
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, err) == (130, b"")
    assert out.decode().startswith("notebook-1a: stopped after 2 of 3 points in ")
    assert out.decode().endswith(" Wrote sweep.csv.\n")
    rows = table((tmp_path / "sweep.csv").read_text())
    assert [row["epochs"] for row in rows] == ["10", "20"]
    assert [float(row["cost_last"]) for row in rows] == [record(Config(epochs=int(row["epochs"]))).newest.cost[-1] for row in rows]
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".csv") == ["sweep.csv"]


def test_ctrl_c_before_the_first_point_leaves_an_older_file_alone(gradviz: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sweep.csv").write_text("older")

    def pressed(*_: object) -> Any:
        signal.raise_signal(signal.SIGINT)
        yield ()

    monkeypatch.setattr("gradviz.cli.sweeping.sweep_in_blocks", pressed)
    said = gradviz("sweep", "--over", "weight_scale=1,2", "--out", "sweep.csv", *ONE)
    assert said.status == 130
    assert "stopped before the first of 2 points was done; nothing is written." in said.err
    assert (tmp_path / "sweep.csv").read_text() == "older"
