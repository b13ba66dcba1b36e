"""`gradviz show`, and what a word on the command line leads to: which experiment is in a picture, a film, a run or a link."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

from gradviz import Config, __version__, record
from gradviz.cli.showing import found, resolve
from gradviz.core.interventions import Intervention
from gradviz.runs.files import FileError
from gradviz.runs.picture_files import with_recipe
from gradviz.runs.presets import presets
from gradviz.runs.provenance import MadeWith, this_machine
from gradviz.runs.recipe import Recipe, recipe_for, recipe_from_link, recipe_of
from gradviz.runs.run import Run
from gradviz.runs.store import save

CONFIG = Config(layers=12, weight_scale=5, epochs=1200)
LINK = "gradviz:run?layers=12&weight_scale=5&epochs=1200&at=200:learning_rate=0.5&at=300:w*=0.9&epoch=312&done=1200"
LINK = LINK.replace("*", "%2A")


def the_run() -> Run:
    return record(CONFIG, [Intervention(200, "learning_rate", 0.5), Intervention(300, "w*", 0.9)])


def a_picture(path: Path, colour: str = "white", recipe: Recipe | None = None) -> Path:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(file, "PNG")
    path.write_bytes(with_recipe(file.getvalue(), ".png", recipe or recipe_of(the_run(), 312)))
    return path


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the door to the window was called with; no window opens."""
    calls: list[tuple[Any, ...]] = []
    app = ModuleType("gradviz.ui.app")
    app.open_window = lambda *what, **_options: calls.append(what) or 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gradviz.ui.app", app)
    return calls


# --- in words ------------------------------------------------------------------------------------------------------------------------------


def test_a_picture_says_what_is_in_it(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    a_picture(tmp_path / "x.png")
    said = gradviz("show", "x.png")
    assert (said.status, said.err) == (0, "")
    first, epochs, *values, cost, made, link = said.out.splitlines()
    assert (first, epochs) == ("x.png: An experiment without a name", "Shows epoch 312 of 1,200 (from 0 to 1,199).")
    assert values == [
        "layers = 12",
        "weight_scale = 5.0",
        "epochs = 1200",
        "Changed at epoch 200: learning_rate = 0.5",
        "Changed at epoch 300: w × 0.9",
    ]
    assert cost == f"Cost at epoch 312: {the_run().cost[312]:.10g}."
    assert made == f"Recorded with {this_machine(CONFIG)}; written by gradviz {__version__}."
    assert link == LINK


def test_one_json_object_says_all_of_it(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    a_picture(tmp_path / "x.png", recipe=recipe_of(the_run(), 312, "deep", ["gradients"]))
    said = json.loads(gradviz("show", "x.png", "--json").out)
    assert Config(**said["config"]) == CONFIG
    assert said["differs"] == {"layers": 12, "weight_scale": 5.0, "epochs": 1200}
    assert said["interventions"] == [
        {"epoch": 200, "parameter": "learning_rate", "value": 0.5},
        {"epoch": 300, "parameter": "w*", "value": 0.9},
    ]
    assert (said["kind"], said["name"], said["epoch"], said["epochs_done"], said["panels"]) == ("picture", "deep", 312, 1200, ["gradients"])
    assert said["cost"] == the_run().cost[312]
    assert (said["altered"], said["table"], said["written_by"]) == (False, None, f"gradviz {__version__}")
    assert recipe_from_link(said["link"]).config == CONFIG


def test_a_picture_that_was_painted_over_says_so(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    inside = Image.open(a_picture(tmp_path / "x.png"))
    from PIL.PngImagePlugin import PngImageFile, PngInfo

    assert isinstance(inside, PngImageFile)
    text = PngInfo()
    text.add_text("gradviz", inside.text["gradviz"])
    Image.new("RGB", (30, 20), "red").save(tmp_path / "x.png", pnginfo=text)
    assert "This picture was changed after GradViz wrote it" in gradviz("show", "x.png").out
    assert json.loads(gradviz("show", "x.png", "--json").out)["altered"] is True


def test_a_saved_run_says_what_it_was_made_with_where_that_was(gradviz: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("gradviz.runs.store.this_machine", lambda _config: MadeWith("1.26.0", "", "arm64"))
        save(the_run().before(700), tmp_path / "run.npz")
    said = gradviz("show", "run.npz")
    assert said.out.splitlines()[:2] == ["run.npz", "Shows epoch 699 of 1,200 (from 0 to 1,199)."]
    assert "Recorded with numpy 1.26.0, no numba on arm64" in said.out


def test_a_link_is_shown_as_it_was_pasted(gradviz: Callable[..., Any]) -> None:
    said = gradviz("show", f"see <{LINK}> !")
    assert said.status == 0
    assert said.out.splitlines()[:2] == ["An experiment without a name", "Shows epoch 312 of 1,200 (from 0 to 1,199)."]
    assert said.out.splitlines()[-1] == LINK
    assert "Cost" not in said.out
    assert gradviz("show", "gradviz:run").out.splitlines()[2] == "Every parameter has its default."
    assert "(from 0 to 999); trained 600 epochs far." in gradviz("show", "gradviz:run?epoch=3&done=600").out


def test_a_link_too_long_for_a_line_is_a_sentence_and_all_else_is_shown(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    numbers = tuple(number / 7 for number in range(100))
    a_picture(tmp_path / "x.png", recipe=recipe_for(Config(inputs=numbers, targets=numbers)))
    said = gradviz("show", "x.png")
    assert said.status == 0
    assert "too long for a line" in said.out.splitlines()[-1]
    assert max(map(len, said.out.splitlines()[:-1])) < 100
    assert json.loads(gradviz("show", "x.png", "--json").out)["link"] is None


def test_of_many_changes_the_first_are_listed_and_the_others_counted(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    changes = tuple(Intervention(5, "learning_rate", 1 + number) for number in range(1500))
    a_picture(tmp_path / "x.png", recipe=Recipe(CONFIG, changes, 10, 11))
    lines = gradviz("show", "x.png").out.splitlines()
    assert sum(line.startswith("Changed at epoch") for line in lines) == 20
    assert "and 1,480 more changes; --json lists them all." in lines
    assert len(json.loads(gradviz("show", "x.png", "--json").out)["interventions"]) == 1500


WRONG = {
    "nothing": "There is no picture, run, config or preset 'nothing'. The presets are notebook-1a, ",
    "missing.png": "Cannot read 'missing.png': No such file or directory.",
    "missing.npz": "Cannot read 'missing.npz': No such file or directory.",
    "plain.png": "'plain.png' holds no experiment of GradViz: it was not written by it, or another program",
    "text.txt": "'text.txt' is no picture that GradViz writes: those are PNG, SVG, PDF, GIF, HTML, MP4 and WebM.",
    "foreign.npz": "'foreign.npz' is not a run saved by GradViz",
    "gradviz:run?layers=1": "The link cannot be opened: layers is 1; it must be a whole number from 2 to 100,000.",
}


@pytest.mark.parametrize("target", WRONG)
def test_what_holds_no_experiment_is_one_sentence_and_status_1(gradviz: Callable[..., Any], tmp_path: Path, target: str) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "plain.png")
    (tmp_path / "text.txt").write_text("no picture")
    (tmp_path / "foreign.npz").write_text("no run")
    said = gradviz("show", target)
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith(WRONG[target])
    assert said.err.count("\n") == 1


# --- what a word leads to ------------------------------------------------------------------------------------------------------------------


def test_whatever_names_an_experiment_is_the_same_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = the_run()
    save(run, tmp_path / "run.npz")
    (tmp_path / "run.npz").rename(tmp_path / "a run without an ending")
    (tmp_path / "mine.toml").write_text("layers = 12\n")
    a_picture(tmp_path / "x.jpeg")
    assert resolve("notebook-1b") == recipe_for(presets()["notebook-1b"].config, "notebook-1b", presets()["notebook-1b"].shows)
    assert resolve("mine.toml") == recipe_for(Config(layers=12), "mine")
    assert resolve("a run without an ending") == recipe_of(run, name="a run without an ending")
    assert resolve("x.jpeg") == recipe_of(run, 312)
    assert resolve(LINK) == recipe_from_link(LINK)
    assert [found(target).kind for target in ("notebook-1b", "mine.toml", "a run without an ending", "x.jpeg", LINK)] == [
        *("preset", "config", "run", "picture", "link")
    ]


def test_a_table_beside_the_picture_is_found_and_one_that_is_not_there_is_said(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    table = tmp_path / "there" / "mine.csv"
    table.write_text("a,b,kind\n0,1,x\n1,0,y\n0.5,1,x\n")
    config = Config(layers=4, width=3, bias="on", initialization="xavier", loss="cross_entropy", data="csv", csv_file=str(table), epochs=4)
    a_picture(tmp_path / "there" / "x.png", recipe=recipe_of(record(config)))
    assert resolve(str(tmp_path / "there" / "x.png")).config == config
    assert json.loads(gradviz("show", "there/x.png", "--json").out)["table"] == "mine.csv"
    (tmp_path / "there" / "x.png").rename(tmp_path / "x.png")
    said = gradviz("show", "x.png")
    assert said.status == 0
    assert "The experiment learns a table, 'mine.csv', which is not here" in said.out
    assert str(tmp_path) not in said.out
    with pytest.raises(FileError, match="which is not here"):
        next(resolve("x.png").train())


# --- the window ----------------------------------------------------------------------------------------------------------------------------


def test_the_window_opens_on_the_experiment_in_a_picture(gradviz: Callable[..., Any], window: list[tuple[Any, ...]], tmp_path: Path) -> None:
    a_picture(tmp_path / "x.png")
    a_picture(tmp_path / "named.png", recipe=recipe_of(the_run(), 5, "deep"))
    assert gradviz("x.png") == (0, "", "")
    assert gradviz("named.png") == (0, "", "")
    assert window == [(recipe_of(the_run(), 312), "x.png", ""), (recipe_of(the_run(), 5, "deep"), "deep", "")]


def test_the_window_opens_on_the_experiment_in_a_link(gradviz: Callable[..., Any], window: list[tuple[Any, ...]]) -> None:
    assert gradviz(f"<{LINK}>") == (0, "", "")
    assert window == [(recipe_from_link(LINK), "link", "")]


def test_the_window_is_told_that_the_picture_was_changed(gradviz: Callable[..., Any], window: list[tuple[Any, ...]], tmp_path: Path) -> None:
    (tmp_path / "x.svg").write_bytes(with_recipe(b'<svg xmlns="http://www.w3.org/2000/svg"><title>a</title></svg>', ".svg", recipe_for(CONFIG)))
    (tmp_path / "x.svg").write_bytes((tmp_path / "x.svg").read_bytes().replace(b"<title>a", b"<title>b"))
    assert gradviz("x.svg").status == 0
    [(recipe, name, remark)] = window
    assert (recipe, name) == (recipe_for(CONFIG), "x.svg")
    assert remark.startswith("This picture was changed after GradViz wrote it")


def test_the_window_does_not_open_on_what_holds_no_experiment(gradviz: Callable[..., Any], window: list[tuple[Any, ...]], tmp_path: Path) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "plain.png")
    assert gradviz("plain.png").err.startswith("'plain.png' holds no experiment of GradViz")
    assert gradviz("gradviz:run?layers=1").err.startswith("The link cannot be opened: layers is 1")
    assert window == []
