"""`gradviz code`: an experiment as a program, printed or written, and a sentence for what cannot be."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradviz import Config
from gradviz.core.interventions import Intervention
from gradviz.runs.code import numpy_code, pytorch_code
from gradviz.runs.presets import presets
from gradviz.runs.recipe import recipe_of
from gradviz.runs.store import load

Gradviz = Callable[..., Any]


def test_a_preset_is_printed_as_a_program_that_runs(gradviz: Gradviz, tmp_path: Path) -> None:
    said = gradviz("code", "notebook-1b", "--epoch", "3")
    assert (said.status, said.err) == (0, "")
    assert said.out == numpy_code(presets()["notebook-1b"].config, (), 3)
    done = subprocess.run([sys.executable, "-I", "-"], input=said.out, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("epoch 3: cost 0.12495")


def test_with_pytorch_it_is_pytorchs_and_without_an_epoch_it_is_the_last(gradviz: Gradviz) -> None:
    assert gradviz("code", "float16", "--torch").out == pytorch_code(presets()["float16"].config, (), 999)


def test_a_config_file_is_written_as_a_program(gradviz: Gradviz, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("layers = 7\nepochs = 30\n", encoding="utf-8")
    said = gradviz("code", "mine.toml", "--out", "mine.py")
    assert (said.status, said.out, said.err) == (0, "Wrote mine.py.\n", "")
    assert (tmp_path / "mine.py").read_text(encoding="utf-8") == numpy_code(Config(layers=7, epochs=30))


def test_a_saved_run_and_its_link_have_the_changes_and_the_epoch_that_it_was_left_at(gradviz: Gradviz, tmp_path: Path) -> None:
    assert gradviz("train", "ten-layers", "--epochs", "40", "--at", "5:learning_rate=0.25", "--out", "run.npz", "--quiet").status == 0
    expected = numpy_code(presets()["ten-layers"].config.replace(epochs=40), [Intervention(5, "learning_rate", 0.25)], 39)
    assert "if epoch == 5:\n        alpha = 0.25" in expected
    assert gradviz("code", "run.npz").out == expected
    assert gradviz("code", recipe_of(load(tmp_path / "run.npz")).link).out == expected


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["bfloat16"], 2, "number_format is bfloat16, which NumPy has not; take the PyTorch code, or float16, float32 or float64."),
        (["notebook-1a", "--epoch", "1000"], 2, "epoch is 1,000; it must be from 0 to 999, the last one."),
        (["notebook-1a", "--out", "code.txt"], 2, "A Python program is saved as a .py file; 'code.txt' is not one."),
        (["notebook-1a", "--out", "nowhere/code.py"], 1, "Cannot write 'nowhere/code.py': there is no folder 'nowhere'."),
        (["no-such-thing"], 1, "There is no picture, run, config or preset 'no-such-thing'."),
        (["gone.npz"], 1, "gone.npz"),
    ],
)
def test_what_cannot_be_is_a_sentence(gradviz: Gradviz, tmp_path: Path, arguments: list[str], status: int, sentence: str) -> None:
    said = gradviz("code", *arguments)
    assert (said.status, said.out) == (status, "")
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert not list(tmp_path.glob("*.py"))


def test_what_was_written_before_stays_where_nothing_can_be_written(gradviz: Gradviz, tmp_path: Path) -> None:
    before = tmp_path / "code.py"
    before.write_text("print('mine')\n", encoding="utf-8")
    assert gradviz("code", "bfloat16", "--out", "code.py").status == 2
    assert before.read_text(encoding="utf-8") == "print('mine')\n"


def test_another_table_than_the_one_that_was_learned_is_refused(gradviz: Gradviz, tmp_path: Path) -> None:
    table = tmp_path / "plants.csv"
    table.write_text("length,kind\n1,a\n2,b\n3,a\n4,b\n", encoding="utf-8")
    (tmp_path / "mine.toml").write_text('data = "csv"\ncsv_file = "plants.csv"\nloss = "cross_entropy"\nlayers = 3\nwidth = 2\n', encoding="utf-8")
    assert gradviz("train", "mine.toml", "--epochs", "2", "--out", "run.npz", "--quiet").status == 0
    assert "plants.csv" in gradviz("code", "run.npz").out
    table.write_text("length,kind\n9,a\n2,b\n3,a\n4,b\n", encoding="utf-8")
    said = gradviz("code", "run.npz")
    assert (said.status, said.out) == (1, "")
    assert "plants.csv" in said.err
    assert "not the one that the experiment learned" in said.err


PRINTED = "from gradviz.cli import main; raise SystemExit(main(['code', 'from-output', '--epoch', '0']))"


def test_a_terminal_of_an_old_code_page_gets_a_program_that_runs(tmp_path: Path, python_environment: dict[str, str]) -> None:
    environment = {**python_environment, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", PRINTED], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    again = subprocess.run([sys.executable, "-I", "-"], input=done.stdout, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr


LOADED = """
import sys
from gradviz.cli import main
main(["code", "he-2015"])
print({"numba", "PyQt6", "pyqtgraph", "torch"} & set(sys.modules))
"""


def test_no_compiler_and_no_window_is_waited_for(tmp_path: Path, python_environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=tmp_path, env=python_environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "set()"
