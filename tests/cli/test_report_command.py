"""`gradviz report`: saved runs, presets, links and pictures become a hand-out without a screen; what cannot be is a sentence."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gradviz import Config, record
from gradviz.runs.picture_files import recipe_in
from gradviz.runs.recipe import recipe_of
from gradviz.runs.store import save

#: What a report prints, and the file that it wrote.
Report = Callable[..., str]


@pytest.fixture
def report(tmp_path: Path, python_environment: dict[str, str]) -> Report:
    """Runs the command in a process of its own, without a screen."""
    environment = {name: value for name, value in python_environment.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}

    def run(*arguments: str) -> str:
        code = "import sys; from gradviz.cli import main; sys.exit(main(['report', *sys.argv[1:]]))"
        done = subprocess.run([sys.executable, "-c", code, *arguments], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


def words(path: Path) -> str:
    return re.sub(r"<[^>]*>", " ", path.read_text("utf-8-sig"))


def test_a_saved_run_becomes_a_page_at_the_epoch_that_is_asked_for(tmp_path: Path, report: Report) -> None:
    run = record(Config(layers=12, weight_scale=3.0, epochs=20))
    save(run, tmp_path / "three.npz")
    assert report("three.npz", "--epoch", "7", "--out", "r.html", "--title", "Three & more", "--question", "Does it learn?") == "Wrote r.html.\n"
    text = words(tmp_path / "r.html")
    for said in ("Three &amp; more", "Does it learn?", "At epoch 7 of 20", "g[k], epoch 7", "gradviz:run?name=three&amp;layers=12&amp;weight_scale=3"):
        assert said in text
    inside = recipe_in(tmp_path / "r.html").recipe
    assert (inside.config, inside.epoch, inside.epochs_done) == (run.config, 7, 20)


def test_a_preset_a_link_and_a_report_are_trained_and_compared_on_paper(tmp_path: Path, report: Report) -> None:
    link = recipe_of(record(Config(layers=10, weight_scale=0.8, epochs=6)), 4, "a link").link
    report(link, "--out", "r.html")
    assert "At epoch 4 of 6" in words(tmp_path / "r.html")
    report("r.html", "ten-layers", link, "--paper", "letter", "--out", "all.pdf")
    inside = recipe_in(tmp_path / "all.pdf").recipe
    assert (inside.name, inside.epoch, inside.config.weight_scale) == ("a link (1)", 4, 0.8)
    assert b"612" in (tmp_path / "all.pdf").read_bytes()


def test_the_notebooks_exercise_comes_in_one_command(tmp_path: Path, report: Report) -> None:
    assert report("--notebook", "--out", "exercise.html") == "Wrote exercise.html.\n"
    text = words(tmp_path / "exercise.html")
    for said in ("1(a)", "1(b)", "1(c)", "1(d)", "1(e)", "It begins at 0.0724748 and ends at 4.66075×10⁻³⁰", "95 of the 99 weights", "6.42×10⁻³⁰¹"):
        assert said in text


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["notebook-1a", "--out", "r.docx"], 1, "'r.docx' ends in neither .html nor .pdf; the ending says what is written."),
        (["notebook-1a"], 2, "Missing option '--out'"),
        (["--out", "r.html"], 2, "There is no run to report"),
        (["nothing", "--out", "r.html"], 1, "There is no picture, run, config or preset 'nothing'."),
        (["gone.npz", "--out", "r.html"], 1, "gone.npz"),
        (["ten-layers", "--epoch", "5000", "--out", "r.html"], 1, "Epoch 5,000 is not in 'ten-layers': it holds the profiles of 1,000 epochs from 0 to 999."),
        (["ten-layers"] * 7 + ["--out", "r.html"], 1, "A report is on 1 to 6 runs, which fit beside each other on a page; these are 7."),
        (["ten-layers", "--notebook", "--out", "r.html"], 2, "--notebook writes an exercise of its own"),
        (["ten-layers", "--paper", "a3", "--out", "r.pdf"], 2, "'a3' is not one of 'a4', 'letter'"),
        (["--notebook", "--out", "nowhere/r.pdf"], 1, "there is no folder 'nowhere'"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_what_cannot_be_reported_is_a_sentence(gradviz: Callable[..., object], tmp_path: Path, arguments: list[str], status: int, sentence: str) -> None:
    said = gradviz("report", *arguments)
    assert said.status == status
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert list(tmp_path.iterdir()) == []
