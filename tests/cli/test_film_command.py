"""`gradviz film` as a script meets it: what it writes and says, and that nothing is left of a film that is not made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gradviz.cli.showing import resolve
from gradviz.core.config import Config
from gradviz.runs.run import record
from gradviz.runs.store import save

#: Stops at the third picture as Ctrl-C does.
STOPPING = """
import signal
from gradviz.ui.films.stage import Stage
paint, painted = Stage.paint, []

def painting(stage, image):
    painted.append(1)
    if len(painted) == 3:
        signal.raise_signal(signal.SIGINT)
    paint(stage, image)

Stage.paint = painting
"""


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A run of 20 epochs in a file."""
    path = tmp_path / "run.npz"
    save(record(Config(layers=5, epochs=20, weight_scale=1.3)), path)
    return path


@pytest.fixture
def in_a_process(tmp_path: Path, python_environment: Mapping[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command line in a process and a folder of its own, without a screen, after some lines of Python."""

    def run(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
        code = f"{before}\nimport sys\nfrom gradviz.cli import main\nsys.exit(main())"
        environment = {name: value for name, value in python_environment.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
        return subprocess.run([sys.executable, "-c", code, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=180)

    return run


def test_a_saved_run_becomes_a_film_without_a_screen(saved: Path, tmp_path: Path, in_a_process: Callable[..., Any]) -> None:
    done = in_a_process("film", saved.name, "--out", "film.gif", "--size", "480x320", "--from", "3", "--to", "12", "--every", "2", "--fps", "10")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Wrote film.gif: 6 frames of 480 x 320 pixels, 0.6 s.\n", "")
    with Image.open(tmp_path / "film.gif") as image:
        assert (image.size, image.n_frames) == ((480, 320), 6)
    recipe = resolve(str(tmp_path / "film.gif"))
    assert (recipe.config.weight_scale, recipe.epoch, recipe.epochs_done, recipe.shows) == (1.3, 12, 20, ("activations", "gradients"))


def test_a_film_of_a_film_is_trained_again(saved: Path, tmp_path: Path, in_a_process: Callable[..., Any]) -> None:
    av = pytest.importorskip("av")
    options = ("--size", "481x321", "--seconds", "1", "--time", "log", "--theme", "dark", "--no-title", "--points", "8", "--panels", "cost")
    assert in_a_process("film", saved.name, "--out", "one.mp4", *options).returncode == 0
    done = in_a_process("film", "one.mp4", "--out", "two.webm", *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Wrote two.webm: 30 frames of 482 x 322 pixels (even numbers, which its encoding needs), 1.0 s.\n"
    with av.open(str(tmp_path / "two.webm")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 30


def test_ctrl_c_leaves_no_film_and_the_old_file(saved: Path, tmp_path: Path, in_a_process: Callable[..., Any]) -> None:
    pytest.importorskip("av")
    (tmp_path / "film.mp4").write_bytes(b"old")
    done = in_a_process("film", saved.name, "--out", "film.mp4", "--size", "480x320", before=STOPPING)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Stopped; there is no film.\n")
    assert (tmp_path / "film.mp4").read_bytes() == b"old"
    assert {path.name for path in tmp_path.iterdir()} == {"film.mp4", "run.npz"}


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("--out", "film.avi"), 2, "'.avi' is no ending of a film"),
        (("--out", "film.gif", "--fps", "60"), 2, "from 1 to 50"),
        (("--out", "film.gif", "--every", "2", "--seconds", "3"), 2, "choose epochs a frame or seconds"),
        (("--out", "film.gif", "--size", "huge"), 2, "'huge' is no size"),
        (("--out", "film.gif", "--size", "100000x100000"), 2, "100,000 x 100,000 pixels"),
        (("--out", "film.gif", "--size", "8000x4000"), 2, "it may have 4,096 on a side"),
        (("--out", "film.gif", "--time", "sideways"), 2, "'sideways' is not one of 'linear', 'log'"),
        (("--out", "film.gif", "--panels", "activations,graditens"), 2, "There is no panel 'graditens'"),
        (("--out", "nowhere/film.gif"), 1, "there is no folder 'nowhere'"),
    ],
)
def test_what_cannot_be_filmed_is_a_sentence(
    saved: Path, tmp_path: Path, gradviz: Callable[..., Any], arguments: tuple[str, ...], status: int, sentence: str
) -> None:
    said = gradviz("film", str(saved), *arguments)
    assert (said.status, said.out) == (status, "")
    assert sentence in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_an_epoch_that_the_run_has_not_is_a_sentence(saved: Path, tmp_path: Path, in_a_process: Callable[..., Any]) -> None:
    done = in_a_process("film", saved.name, "--out", "film.gif", "--to", "20")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Epoch 20 is not in this run, which was recorded from epoch 0 to 19.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_without_pyav_it_says_how_to_get_it_before_anything_is_trained(gradviz: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setattr("gradviz.cli.filming.source_of", lambda _target: pytest.fail("nothing is to be trained"))
    said = gradviz("film", "notebook-1a", "--out", "film.mp4")
    assert said.status == 1
    assert "pip install 'gradviz[film]'" in said.err
