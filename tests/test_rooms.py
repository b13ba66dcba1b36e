"""The walls between the rooms, and the house rules: checked by the tools, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "ruff", "check", "."],
        ["-m", "ruff", "format", "--check", "."],
        ["-m", "mypy"],
        ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    ],
    ids=["ruff check", "ruff format", "mypy", "lint-imports"],
)
def test_the_house_rules_are_kept(checkout: Path, command: list[str]) -> None:
    done = run(command, checkout)
    assert done.returncode == 0, done.stdout + done.stderr


IMPORT_ALL = """
import importlib, pathlib, sys
sys.modules["PyQt6"] = sys.modules["pyqtgraph"] = None  # importing either fails from here on
import gradviz
package = pathlib.Path(gradviz.__file__).parent
for path in sorted(package.rglob("*.py")):
    parts = path.relative_to(package).with_suffix("").parts
    if parts[0] not in ("ui", "benchmarks"):
        name = ".".join(("gradviz", *parts)).removesuffix(".__init__")
        importlib.import_module(name)
        print(name)
"""


def test_everything_but_the_window_works_where_qt_is_not(tmp_path: Path, python_environment: dict[str, str]) -> None:
    done = run(["-c", IMPORT_ALL], tmp_path, python_environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert {"gradviz", "gradviz.core.chain", "gradviz.runs.store", "gradviz.feed", "gradviz.cli.commands"} <= set(done.stdout.split())


HEADLESS = """
import runpy, sys
main, *arguments = sys.argv[1:]
sys.argv = [main, *arguments]
try:
    runpy.run_path(main, run_name="__main__")
except SystemExit as ending:
    assert not ending.code, ending.code
loaded = {name.partition(".")[0] for name in sys.modules} & {"PyQt6", "pyqtgraph", "numba", "PIL", "matplotlib", "torch"}
print("loaded:", *sorted(loaded))
"""


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (["--help"], []),
        (["--version"], []),
        (["presets"], []),
        (["parameters"], []),
        (["train", "--epochs", "2", "--out", "run.npz", "--csv", "table.csv"], ["numba"]),
        (["export", "saved.npz", "--out", "plot.csv"], []),
    ],
    ids=lambda value: value[0] if value else "nothing",
)
def test_headless_commands_load_no_qt_and_lists_no_compiler(
    checkout: Path, tmp_path: Path, python_environment: dict[str, str], arguments: list[str], loaded: list[str]
) -> None:
    from gradviz import Config, record
    from gradviz.runs.store import save

    save(record(Config(layers=3, epochs=2)), tmp_path / "saved.npz")
    done = run(["-c", HEADLESS, str(checkout / "main.py"), *arguments], tmp_path, python_environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].split() == ["loaded:", *loaded]


WINDOW = """
import sys
import numpy, pyqtgraph
before = set(sys.modules)
import gradviz.ui.app, gradviz.ui.window
print(*sorted({"numba", "numpy.random", "PIL", "matplotlib", "torch"} & (set(sys.modules) - before)))
"""


def test_a_window_does_not_wait_for_what_only_some_experiments_need(tmp_path: Path, python_environment: dict[str, str]) -> None:
    done = run(["-c", WINDOW], tmp_path, python_environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")


def test_on_a_python_without_any_package_main_py_names_the_command_that_installs_them(checkout: Path, tmp_path: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = run(["-S", str(checkout / "main.py"), "train"], tmp_path, bare)  # -S: the standard library alone
    assert (done.returncode, done.stdout) == (1, "")
    assert "GradViz needs the Python package 'click'" in done.stderr
    assert "python3 -m venv .venv && .venv/bin/pip install -e ." in done.stderr
    assert "Traceback" not in done.stderr


WITHOUT = """
import sys
sys.modules[sys.argv[1]] = None
from gradviz.cli import main
raise SystemExit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize(
    ("package", "arguments"),
    [
        ("msgspec", ["presets"]),
        ("numpy", ["presets"]),
        ("tqdm", ["train"]),
        ("PyQt6", []),
        ("PyQt6", ["notebook-1b"]),
    ],
)
def test_a_missing_package_is_a_sentence_that_names_the_command(tmp_path: Path, python_environment: dict[str, str], package: str, arguments: list[str]) -> None:
    done = run(["-c", WITHOUT, package, *arguments], tmp_path, python_environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"GradViz needs the Python package '{package}', which {sys.executable} does not have.")
    assert "pip install -e ." in done.stderr
    assert "Traceback" not in done.stderr


def test_the_public_names_are_there_for_python_and_jupyter(tmp_path: Path, python_environment: dict[str, str]) -> None:
    code = "from gradviz import Config, record, train; run = record(Config(layers=3, epochs=2)); print(run.g.shape, len(list(train(Config(epochs=1)))))"
    done = run(["-c", code], tmp_path, python_environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "(2, 2, 3) 1\n", "")


def test_without_numba_the_command_line_says_that_it_is_slow(tmp_path: Path, python_environment: dict[str, str]) -> None:
    done = run(["-c", WITHOUT, "numba", "train", "--epochs", "2"], tmp_path, python_environment)
    assert done.returncode == 0
    assert done.stderr == "Without the Python package 'numba' training runs uncompiled, some hundred times slower, with the same numbers.\n"
    assert done.stdout.startswith("notebook-1a: 2 epochs done.")
