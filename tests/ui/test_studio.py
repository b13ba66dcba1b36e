"""Pictures made beside the window: it goes on meanwhile, nothing is half-written, and whatever goes wrong there is a sentence here."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PyQt6.QtCore import QTimer

from gradviz import Config, record
from gradviz.runs.picture_files import recipe_in
from gradviz.ui.pictures.options import Options
from gradviz.ui.studio.orders import Answer, FilmOrder, NumbersOrder, PictureOrder, Sight, for_panel
from gradviz.ui.window import Window

FAST = 10**8


@pytest.fixture
def window(open_window) -> Window:
    """Case 1(b) after 30 epochs."""
    return open_window(record(Config(weight_scale=5.0, epochs=30)))


@pytest.fixture
def asked(qtbot) -> Callable[..., tuple[str, object]]:
    """Orders something, and waits for the answer: which signal came, and what it carried."""

    def ask(window: Window, make: Callable[[int, Sight], object], after: Callable[[int], None] = lambda _number: None) -> tuple[str, object]:
        studio, heard = window.saving.studio, []
        for name in ("made", "failed", "cancelled"):
            getattr(studio, name).connect(lambda number, *rest, name=name: heard.append((number, name, rest)))
        number = studio.order(make)
        after(number)
        qtbot.waitUntil(lambda: any(entry[0] == number for entry in heard), timeout=60_000)
        return next((name, rest) for found, name, rest in heard if found == number)

    return ask


def test_the_window_never_waits_for_a_picture(window, asked, tmp_path: Path) -> None:
    """Its own clock goes on ticking while 20 million pixels are drawn."""
    began = time.perf_counter()
    ticks: list[float] = []
    clock = QTimer()
    clock.setInterval(5)
    clock.timeout.connect(lambda: ticks.append(time.perf_counter()))
    clock.start()
    options = Options(2700, 1900, scale=2.0)
    assert asked(window, lambda number, sight: PictureOrder(number, sight, str(tmp_path / "large.png"), sight.panels, options))[0] == "made"
    took = time.perf_counter() - began
    clock.stop()
    assert len(ticks) > took / 0.1  # one in each tenth of a second at least, on average
    assert recipe_in(tmp_path / "large.png").recipe.config == window.run.config


def test_a_preview_is_the_picture_made_smaller(window, asked, tmp_path: Path) -> None:
    from PyQt6.QtGui import QImage

    options = Options(4000, 2000)
    for preview, name in ((True, "small.png"), (False, "large.png")):
        asked(window, lambda number, sight, name=name, preview=preview: PictureOrder(number, sight, str(tmp_path / name), ("cost",), options, preview=preview))
    small, large = QImage(str(tmp_path / "small.png")), QImage(str(tmp_path / "large.png"))
    assert (small.width(), small.height()) == (1200, 600)
    assert (large.width(), large.height()) == (4000, 2000)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".csv"])
def test_where_nothing_can_be_written_the_old_file_stays(window, asked, tmp_path: Path, suffix: str) -> None:
    (tmp_path / "kept").mkdir()
    path = tmp_path / "kept" / f"old{suffix}"
    path.write_text("what was there")
    folder = tmp_path / "gone"

    def make(number: int, sight: Sight) -> object:
        place = str(folder / f"new{suffix}")
        return NumbersOrder(number, sight, place, "cost") if suffix == ".csv" else PictureOrder(number, sight, place, ("cost",))

    name, (problem, _details) = asked(window, make)
    assert name == "failed"
    assert problem == f"Cannot write '{folder / f'new{suffix}'}': there is no folder '{folder}'."
    assert path.read_text() == "what was there"
    assert [entry.name for entry in (tmp_path / "kept").iterdir()] == [path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="the system has no such limit")
@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_full_disk_is_a_sentence_and_the_old_file_stays(tmp_path: Path, suffix: str, python_environment: dict[str, str]) -> None:
    """A limit on the size of files stands for a disk that is full: the write fails in its middle."""
    import subprocess

    path = tmp_path / f"old{suffix}"
    path.write_text("what was there")
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from pathlib import Path\nfrom gradviz import Config, record\nfrom gradviz.runs.files import FileError\n"
        "from gradviz.ui.app import draw_without_screen\nfrom gradviz.ui.pictures.drawing import View\nfrom gradviz.ui.pictures.options import Options\n"
        "view = View(record(Config(epochs=5)), panels=('gradients',))\nresource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        f"try:\n    draw_without_screen(view, view.panels, Options(), Path({str(path)!r}))\nexcept FileError as problem:\n    print(problem)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], env=python_environment, capture_output=True, text=True, timeout=120, check=False)
    assert "Cannot write" in result.stdout, result.stderr
    assert str(path) in result.stdout
    assert path.read_text() == "what was there"
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_an_order_that_is_given_up_leaves_nothing(window, asked, tmp_path: Path) -> None:
    window.saving.studio.warm_up()
    options = Options(2000, 1500)
    path = tmp_path / "many.png"
    answer = asked(window, lambda number, sight: PictureOrder(number, sight, str(path), sight.panels, options, each=True), window.saving.studio.cancel)
    assert answer[0] == "cancelled"
    assert not path.exists()
    assert not [entry for entry in tmp_path.iterdir() if entry.name.startswith(".")]  # written beside


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed in another way there")
def test_where_the_process_is_killed_the_window_says_so_and_the_next_picture_is_made(window, asked, tmp_path: Path) -> None:
    studio = window.saving.studio

    def kill(_number: int) -> None:
        os.kill(studio._running().processId(), signal.SIGKILL)

    studio.warm_up()
    studio._running().waitForStarted(60_000)
    name, (problem, _details) = asked(window, lambda number, sight: PictureOrder(number, sight, str(tmp_path / "a.png"), sight.panels), kill)
    assert name == "failed"
    assert problem.startswith("The process that draws has ended before it was done")
    assert asked(window, lambda number, sight: PictureOrder(number, sight, str(tmp_path / "b.png"), ("cost",)))[0] == "made"


def test_what_goes_wrong_inside_is_a_sentence_with_details(window, asked, tmp_path: Path) -> None:
    name, (problem, details) = asked(window, lambda number, sight: FilmOrder(number, sight, str(tmp_path / "film.mp4"), ("cost",), {"fps": "x"}))
    assert name == "failed"
    assert problem.startswith("It could not be made: ValidationError")
    assert "Traceback" in details
    assert not (tmp_path / "film.mp4").exists()


def test_a_window_that_closes_gives_everything_up(open_window, tmp_path: Path) -> None:
    window = open_window(record(Config(weight_scale=5.0, epochs=30)))
    studio, path = window.saving.studio, tmp_path / "late.png"
    studio.order(lambda number, sight: PictureOrder(number, sight, str(path), sight.panels, Options(4000, 3000), each=True))
    process = studio._running()
    process.waitForStarted(60_000)
    number = process.processId()
    window.close()
    with pytest.raises(OSError, match="No such process"):
        os.kill(number, 0)
    assert not [entry for entry in tmp_path.iterdir() if entry.name.startswith(".late")]
    assert studio._folder is None


def test_an_answer_names_what_it_is_about() -> None:
    import msgspec

    answer = Answer(3, 1, 2, ("a.png",))
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Answer) == answer
    assert for_panel(Path("folder/two.words.png"), "cost") == Path("folder/two.words-cost.png")


def test_when_the_window_is_killed_the_process_ends_and_takes_what_it_was_handed_with_it(tmp_path: Path, python_environment: dict[str, str]) -> None:
    """All that it hears is the end of its input."""
    import subprocess

    import msgspec

    from gradviz.runs.session import Session, Snapshot

    handed = tmp_path / "handed over"
    Session(handed).save(Snapshot(record(Config(weight_scale=5.0, epochs=5)), "five"))
    order = PictureOrder(1, Sight(str(handed), 1, 3, "five", panels=("cost",)), str(tmp_path / "cost.svg"), ("cost",), Options(600, 400))
    done = subprocess.run(
        [sys.executable, "-m", "gradviz.ui.studio.draughtsman"],
        input=msgspec.json.encode(order) + b"\n",
        env=python_environment,
        capture_output=True,
        timeout=120,
        check=True,
    )
    answers = [msgspec.json.decode(line, type=Answer) for line in done.stdout.splitlines()]
    assert answers[-1] == Answer(1, 1, 1, (str(tmp_path / "cost.svg"),)) or answers[-1].cancelled
    assert not handed.exists()
    assert {path.name for path in tmp_path.iterdir()} <= {"cost.svg"}


def test_an_order_that_comes_too_late_to_be_given_up_says_that_it_was_written(window, asked, tmp_path: Path) -> None:
    """What it replaced is gone then: to say that nothing was written would be untrue."""
    path = tmp_path / "kept.png"
    path.write_text("old")
    studio = window.saving.studio
    studio.warm_up()
    name, _ = asked(window, lambda number, sight: PictureOrder(number, sight, str(path), ("cost",), Options(3000, 2000)), studio.cancel)
    assert (name == "made") == (path.read_bytes() != b"old")
