"""The command line as a person, a script and a pipe meet it: what it prints where, what it writes, and how it ends."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest

from gradviz import Config, __version__, record
from gradviz.core.config import GROUPS, PARAMETERS
from gradviz.core.frames import Ask
from gradviz.core.interventions import Intervention
from gradviz.core.training import Frames, SelfCheckError, Training, train
from gradviz.runs.files import FileError
from gradviz.runs.picture_files import with_recipe
from gradviz.runs.presets import Preset, presets
from gradviz.runs.recipe import recipe_of
from gradviz.runs.run import Run, training
from gradviz.runs.store import load, save
from gradviz.runs.tables import HEADER, lines
from gradviz.ui.pictures.options import Options


def small(path: Path, epochs: int = 5) -> Run:
    run = record(Config(layers=4, epochs=epochs))
    save(run, path)
    return run


# --- train ---------------------------------------------------------------------------------------------------------------------------------


def test_the_notebooks_numbers_come_out_as_a_table(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    assert gradviz("train", "notebook-1b", "--epochs", "1", "--csv", "out.csv").status == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = {(row["epoch"], row["quantity"], row["sample"], row["layer"]): float(row["value"]) for row in csv.DictReader(file)}
    assert rows["0", "g", "0", "1"] == pytest.approx(-6.42041275e-301, rel=1e-8)
    assert rows["0", "g", "0", "99"] == pytest.approx(-4.54288192e-05, rel=1e-8)
    assert rows["0", "h", "1", "1"] == pytest.approx(0.9866143, abs=5e-8)
    assert rows["0", "cost", "", ""] == pytest.approx(0.12495456498704757, rel=1e-9)
    assert len(rows) == 4 * 100 + 2 * 99 + 1


def test_the_table_holds_every_observed_epoch_and_the_run_file_the_same_numbers(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    said = gradviz("train", "--set", "layers=5", "--set", "observe_every=7", "--epochs", "30", "--csv", "table.csv", "--out", "run.npz")
    assert said.status == 0
    run = record(Config(layers=5, observe_every=7, epochs=30))
    assert run.epoch.tolist() == [0, 7, 14, 21, 28, 29]
    assert (tmp_path / "table.csv").read_text() == HEADER + "".join(lines(run.frames))
    np.testing.assert_array_equal(load(tmp_path / "run.npz").g, run.g)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.npz", "table.csv"]


def test_the_last_line_says_what_became_of_it_and_where_it_went(gradviz: Callable[..., Any]) -> None:
    said = gradviz("train", "--epochs", "1_000", "--set", "layers=3", "--out", "run.npz", "--csv", "table.csv")
    assert said.err == "", "a progress bar belongs on a terminal"
    cost = record(Config(layers=3)).cost
    expected = f"notebook-1a: 1,000 epochs done. Cost from {cost[0]:.10g} to {cost[-1]:.10g}, "
    assert said.out.startswith(expected)
    assert re.fullmatch(r"[\d,]+ epochs/s\. Trains: [^\n]+\. Wrote run\.npz and table\.csv\.\n", said.out.removeprefix(expected))


def test_without_a_target_the_notebooks_case_1a_is_trained(gradviz: Callable[..., Any]) -> None:
    said = gradviz("train", "--epochs", "2", "--json")
    assert Config(**json.loads(said.out)["config"]) == presets()["notebook-1a"].config.replace(epochs=2)


def test_settings_are_laid_over_the_preset_and_the_last_one_counts(gradviz: Callable[..., Any]) -> None:
    said = gradviz(
        *("train", "notebook-1b", "--json", "--epochs", "3"),
        *("--set", "learning_rate=1e-3", "--set", "inputs=1,2,3", "--set", "targets = 0, 0, 0", "--set", "learning_rate=0.5"),
    )
    expected = Config(weight_scale=5.0, learning_rate=0.5, epochs=3, inputs=(1.0, 2.0, 3.0), targets=(0.0, 0.0, 0.0))
    assert Config(**json.loads(said.out)["config"]) == expected


def test_a_config_file_is_trained(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "steep.toml").write_text("layers = 6\nweight_scale = 3.0\nepochs = 4\n")
    said = gradviz("train", "steep.toml", "--set", "seed=9")
    assert said.status == 0
    assert said.out.startswith("steep: 4 epochs done.")
    assert Config(**json.loads(gradviz("train", "steep.toml", "--json").out)["config"]) == Config(layers=6, weight_scale=3.0, epochs=4)


def test_json_is_one_object_on_standard_output_and_nothing_else(gradviz: Callable[..., Any]) -> None:
    said = gradviz("train", "notebook-1d", "--json", "--epochs", "50", "--out", "run.npz")
    assert (said.status, said.err) == (0, "")
    result = json.loads(said.out)
    run = record(presets()["notebook-1d"].config.replace(epochs=50))
    assert Config(**result.pop("config")) == run.config
    assert result.pop("epochs_per_second") > 0
    assert result.pop("verdict")["kind"] == "vanishing"
    assert result.pop("interventions") == []
    assert result == {"epochs_done": 50, "cost_first": run.cost[0], "cost_last": run.cost[-1], "ended": "done", "reason": "50 epochs done."}


def test_divergence_is_an_ordinary_ending_with_a_reason(gradviz: Callable[..., Any]) -> None:
    said = gradviz("train", "explodes", "--out", "run.npz")
    assert (said.status, said.err) == (0, "")
    assert "Diverged at epoch 1: the activation of layer " in said.out
    result = json.loads(gradviz("train", "explodes", "--json").out)
    assert (result["ended"], result["epochs_done"], result["cost_last"]) == ("diverged", 2, None)


@pytest.mark.parametrize("more", [[], ["--out", "run.npz", "--csv", "table.csv"]])
def test_quiet_is_silent(gradviz: Callable[..., Any], tmp_path: Path, more: list[str]) -> None:
    assert gradviz("train", "--quiet", "--epochs", "3", *more) == (0, "", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(more[1::2])


def test_a_long_run_says_when_its_file_holds_fewer_profiles_than_epochs(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    said = gradviz("train", "--set", "layers=100", "--epochs", "600", "--memory", "1", "--out", "run.npz", "--csv", "table.csv")
    run = load(tmp_path / "run.npz")
    assert run.stride == 16
    assert run.memory == 1 << 20
    assert run.profile_bytes < 1 << 20
    assert len(run.cost) == 600
    assert "(profiles of one in 16 observed epochs: more would take over 1 MB)" in said.out
    with (tmp_path / "table.csv").open() as table:
        assert sum(1 for line in table if ",cost," in line) == 600


# --- changes on the way, and going on ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "made"),
    [
        (["200:learning_rate=0.5"], [(200, "learning_rate", 0.5)]),
        (["200:w[12]=-1"], [(200, "w[12]", -1.0)]),
        (["50:w*=0.9", "100:clipping=norm", "100:clip_at=1e-3"], [(50, "w*", 0.9), (100, "clipping", "norm"), (100, "clip_at", 1e-3)]),
        ([" 1_0 : w[3]* = 2 ", "0:learning_rate=1e-1"], [(0, "learning_rate", 0.1), (10, "w[3]*", 2.0)]),
    ],
)
def test_a_change_on_the_way_gives_the_same_bits_as_one_made_live(gradviz: Callable[..., Any], tmp_path: Path, typed: list[str], made: list[Any]) -> None:
    options = [word for change in typed for word in ("--at", change)]
    assert gradviz("train", "notebook-1d", "--epochs", "300", "--out", "run.npz", *options).status == 0
    config = presets()["notebook-1d"].config.replace(epochs=300)
    live, epochs = Run(config), train(config)
    live.append(next(epochs))
    for epoch in sorted({epoch for epoch, *_ in made if epoch}):
        while live.epochs_done < epoch:
            live.append(epochs.send(Ask(epoch - live.epochs_done)))
        live.append(epochs.send(Ask(1, changes=tuple((name, value) for at, name, value in made if at == epoch))))
    for frames in epochs:
        live.append(frames)
    run = load(tmp_path / "run.npz")
    assert [(change.epoch, change.parameter, change.value) for change in run.interventions] == made
    later = [change for change in run.interventions if change.epoch]  # at epoch 0 nothing can be changed live: there it is what the config says already
    assert live.interventions == later
    assert len(later) == len(made) or made[0] == (0, "learning_rate", config.learning_rate)
    for name in Frames.COLUMNS:
        assert getattr(run.frames, name).tobytes() == getattr(live.frames, name).tobytes()


def test_changes_are_said_in_the_last_line_and_in_json(gradviz: Callable[..., Any]) -> None:
    options = ["--at", "3:w*=2", "--at", "1:learning_rate=0.5", "--at", "4:w[2]=-1", "--at", "4:clipping=value"]
    said = gradviz("train", "--epochs", "6", *options)
    assert " Changed on the way: learning_rate = 0.5 from epoch 1; w × 2 from epoch 3; w[2] = " in said.out
    assert " from epoch 4, and 1 more. Cost from " in said.out
    result = json.loads(gradviz("train", "--epochs", "6", "--json", *options).out)
    assert result["interventions"] == [
        {"epoch": 1, "parameter": "learning_rate", "value": 0.5},
        {"epoch": 3, "parameter": "w*", "value": 2.0},
        {"epoch": 4, "parameter": "w[2]", "value": -1.0},
        {"epoch": 4, "parameter": "clipping", "value": "value"},
    ]
    assert "Changed" not in gradviz("train", "--epochs", "6").out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("soon:learning_rate=0.5", "'soon:learning_rate=0.5' is not an intervention; it must be EPOCH:NAME=VALUE"),
        ("5:learning_rate", "'5:learning_rate' is not an intervention"),
        ("5:learning_rate=fast", "learning_rate is 'fast'; it must be a finite number greater than 0."),
        ("5:learning_rate=-1", "learning_rate is -1.0; it must be a finite number greater than 0."),
        ("5:layers=3", "'layers' cannot change while a training runs; what can: "),
        ("5:speed=3", "'speed' cannot change while a training runs"),
        ("5:w[2]=nan", "w[2] is 'nan'; it must be a finite number."),
        ("5:w[100]=1", "with 100 layers, those with weights are 1 to 99."),
        ("5:w[0]=1", "with 100 layers, those with weights are 1 to 99."),
        ("10:w*=2", "the last epoch is 9."),
    ],
)
def test_a_change_that_cannot_be_is_a_sentence_and_no_file(gradviz: Callable[..., Any], tmp_path: Path, change: str, words: str) -> None:
    said = gradviz("train", "--epochs", "10", "--out", "run.npz", "--at", change)
    assert (said.status, said.out) == (2, "")
    assert words in said.err
    assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_wide_networks_single_weight_cannot_be_set_and_it_is_said(gradviz: Callable[..., Any]) -> None:
    said = gradviz("train", "--set", "width=3", "--set", "bias=on", "--at", "5:w[2]=1")
    assert said.status == 2
    assert "layer 2 of a wide network has many weights; w[2]* multiplies them all." in said.err


def a_stopped_run(path: Path, config: Config) -> Run:
    run, epochs = Run(config), training(config)
    run.append(next(epochs))
    while run.epochs_done < 20:
        run.append(epochs.send(Ask(5)))
    run = run.before(20)
    run.stop()
    save(run, path)
    return run


@pytest.mark.parametrize("wide", [False, True])
def test_a_stopped_run_goes_on_as_if_it_had_not_been(gradviz: Callable[..., Any], tmp_path: Path, wide: bool) -> None:
    values: dict[str, Any] = {"width": 3, "bias": "on", "initialization": "normal", "data": "moons", "samples": 12} if wide else {}
    config = Config(layers=5, epochs=60, **values)
    a_stopped_run(tmp_path / "stopped.npz", config)
    said = gradviz("train", "--from", "stopped.npz", "--out", "done.npz", "--at", "30:learning_rate=0.3", "--at", "40:w*=0.5")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("stopped.npz: 60 epochs done. Changed on the way: learning_rate = 0.3 from epoch 30; w × 0.5 from epoch 40. Cost from ")
    run, whole = load(tmp_path / "done.npz"), record(config, [Intervention(30, "learning_rate", 0.3), Intervention(40, "w*", 0.5)])
    assert run.interventions == whole.interventions
    assert run.ending == whole.ending
    assert run.cost.tobytes() == whole.cost.tobytes()
    root_mean_squares = (slice(None), 0) if wide else ()  # percentiles are those of the epochs that were looked at
    assert run.w[root_mean_squares].tobytes() == whole.w[root_mean_squares].tobytes()
    assert load(tmp_path / "stopped.npz").epochs_done == 20, "the run that it goes on from stays as it is"


def test_what_cannot_go_on_is_a_sentence(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    small(tmp_path / "done.npz")
    said = gradviz("train", "--from", "done.npz", "--out", "more.npz")
    assert said == (1, "", "'done.npz' cannot go on: 5 epochs done.\n")
    a_stopped_run(tmp_path / "stopped.npz", Config(layers=5, epochs=60))
    said = gradviz("train", "--from", "stopped.npz", "--at", "19:w*=2")
    assert said == (2, "", "19: w × 2 cannot be: 'stopped.npz' has been trained to epoch 19 already.\n")
    assert gradviz("train", "--from", "stopped.npz", "--at", "60:w*=2").status == 2
    for more in (["notebook-1a"], ["--epochs", "3"], ["--set", "layers=3"], ["--csv", "table.csv"]):
        said = gradviz("train", "--from", "stopped.npz", *more)
        assert said.status == 2
        assert "--from goes on with a run as it was begun" in said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["done.npz", "stopped.npz"]


# --- how it refuses ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "notebook-9"], "There is no preset or config file 'notebook-9'. The presets are notebook-1a, "),
        (["notebook9"], "No such command 'notebook9'"),
        (["train", "--fast"], "No such option"),
        (["train", "a", "b"], "unexpected extra argument"),
        (["train", "--set", "layers"], "--set takes NAME=VALUE, such as weight_scale=5; 'layers' has no '='."),
        (["train", "--set", "layers=1"], "layers is 1; it must be a whole number from 2 to 100,000."),
        (["train", "--set", "weight_scale=five"], "weight_scale is 'five'; it must be a finite number."),
        (["train", "--set", "depth=3"], f"There is no parameter 'depth'; the parameters are {', '.join(PARAMETERS)}."),
        (["train", "--set", "inputs=1"], "targets has 2 values; it must have as many as inputs, which has 1."),
        (["train", "--epochs", "0"], "epochs is 0; it must be a whole number from 1 to 1,000,000,000."),
        (["train", "--epochs", "many"], "epochs is 'many'; it must be a whole number from 1 to 1,000,000,000."),
        (["train", "--out", "run.txt"], "A run is saved as a .npz file; 'run.txt' is not one."),
        (["export", "run.npz"], "Missing option '--out'"),
        (["export", "run.npz", "--out", "plot.bmp"], "'plot.bmp' ends in none of .png, .svg, .pdf and .csv"),
        (["export", "run.npz", "--out", "plot.csv", "--plot", "pie"], "There is no plot 'pie'; the plots are activations, gradients"),
        (["export", "run.npz", "--out", "plot.png", "--plot", "cost,pie"], "There is no plot 'pie'"),
        (["export", "run.npz", "--out", "plot.csv", "--plot", "cost,why"], "A table is of one plot"),
        (["export", "run.npz", "--out", "plot.png", "--size", "big"], "'big' is no size; it must be WIDTHxHEIGHT"),
        (["export", "run.npz", "--out", "plot.png", "--size", "10x10"], "it needs 200 x 150"),
        (["export", "run.npz", "--out", "plot.png", "--size", "100000x100000"], "would have 100,000 x 100,000 pixels"),
        (["export", "run.npz", "--out", "plot.png", "--dpi", "0"], "resolution (dpi) is 0; it must be from 36 to 1200"),
        (["export", "run.npz", "--out", "plot.csv", "--size", "slide"], "--size is of pictures"),
        (["export", "run.npz", "--out", "plot.csv", "--each"], "--each is of pictures"),
        (["export", "run.npz", "--out", "plot.csv", "--epoch", "last"], "'last' is not a valid integer"),
    ],
)
def test_bad_usage_is_a_sentence_and_status_2(gradviz: Callable[..., Any], arguments: list[str], words: str) -> None:
    said = gradviz(*arguments)
    assert (said.status, said.out) == (2, "")
    assert words in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--out", "no/run.npz"], "Cannot write 'no/run.npz': there is no folder 'no'."),
        (["train", "--csv", "folder"], "Cannot write 'folder': it is a folder; add a file name."),
        (["train", "--out", "n" * 300 + ".npz"], ".npz': File name too long."),
        (["train", "nowhere.toml"], "Cannot read 'nowhere.toml': No such file or directory."),
        (["train", "broken.toml"], "'broken.toml' is not a TOML config: "),
        (["train", "n" * 300], "File name too long"),
        (["nowhere.npz"], "Cannot read 'nowhere.npz': No such file or directory."),
        (["broken.toml"], "'broken.toml' is not a TOML config: "),
        (["foreign.npz"], "'foreign.npz' is not a run saved by GradViz"),
        (["export", "nowhere.npz", "--out", "plot.csv"], "Cannot read 'nowhere.npz': No such file or directory."),
        (["export", "foreign.npz", "--out", "plot.csv"], "'foreign.npz' is not a run saved by GradViz"),
        (["export", "run.npz", "--out", "no/plot.csv"], "Cannot write 'no/plot.csv': there is no folder 'no'."),
        (["export", "run.npz", "--out", "plot.csv", "--epoch", "5"], "Epoch 5 is not in this run: it holds the profiles of 5 epochs from 0 to 4."),
        (["export", "run.npz", "--out", "plot.csv", "--epoch", "-1"], "Epoch -1 is not in this run"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_status_1(gradviz: Callable[..., Any], tmp_path: Path, arguments: list[str], words: str) -> None:
    small(tmp_path / "run.npz")
    (tmp_path / "foreign.npz").write_text("not a run")
    (tmp_path / "broken.toml").write_text("layers 7")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.iterdir())
    said = gradviz(*arguments)
    assert (said.status, said.out) == (1, "")
    assert words in said.err
    assert said.err.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_a_folder_that_does_not_allow_it_is_refused_before_the_training(gradviz: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # the superuser may write anywhere
    said = gradviz("train", "--epochs", "1e9", "--out", "run.npz")
    assert said == (1, "", "Cannot write 'run.npz': the folder '.' does not allow it.\n")


def test_a_bad_value_in_a_config_file_names_the_file(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("layers = 1\n")
    said = gradviz("train", "mine.toml")
    assert said == (2, "", "In 'mine.toml': layers is 1; it must be a whole number from 2 to 100,000.\n")


def test_too_little_memory_is_a_sentence(gradviz: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(_config: Config) -> Training:
        raise MemoryError

    monkeypatch.setattr("gradviz.cli.training.training", no_room)
    said = gradviz("train")
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("There is not enough memory for this run; use fewer layers or samples")


# --- Ctrl-C --------------------------------------------------------------------------------------------------------------------------------


def pressing_ctrl_c(at_block: int, times: int = 1) -> Callable[..., Training]:
    """train(), with Ctrl-C pressed while it makes this block; at -1, before it makes any."""

    def press() -> None:
        for _ in range(times):
            signal.raise_signal(signal.SIGINT)

    def pressed(config: Config, changes: Sequence[Intervention] = ()) -> Training:
        if at_block == -1 and config.epochs > 1:  # and not while the kernel is loaded
            press()
        for number, frames in enumerate(train(config, changes)):
            if number == at_block:
                press()
            yield frames

    return pressed


@pytest.mark.parametrize("at_block", [-1, 1, 4])
def test_ctrl_c_keeps_what_was_recorded_says_so_and_ends_with_130(
    gradviz: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_block: int
) -> None:
    monkeypatch.setattr("gradviz.cli.training.training", pressing_ctrl_c(at_block))
    before = signal.getsignal(signal.SIGINT)
    said = gradviz("train", "notebook-1b", "--epochs", "1e9", "--out", "run.npz", "--csv", "table.csv")
    assert signal.getsignal(signal.SIGINT) is before
    run = load(tmp_path / "run.npz")
    assert run.epochs_done >= 1
    assert run.ending is not None
    assert run.ending.kind == "stopped"
    assert (said.status, said.err) == (130, "")
    assert said.out.startswith(f"notebook-1b: Stopped after {run.epochs_done:,} of 1,000,000,000 epochs. Cost from ")
    assert said.out.endswith("Wrote run.npz and table.csv.\n")
    assert (tmp_path / "table.csv").read_text() == HEADER + "".join(lines(run.frames))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.npz", "table.csv"]


def test_ctrl_c_with_json_still_gives_one_object_and_the_sentence_beside_it(gradviz: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradviz.cli.training.training", pressing_ctrl_c(2))
    said = gradviz("train", "--epochs", "1e9", "--json")
    assert said.status == 130
    result = json.loads(said.out)
    assert result["ended"] == "stopped"
    assert f"Stopped after {result['epochs_done']:,} of 1,000,000,000 epochs." in said.err


@pytest.fixture
def hears_ctrl_c() -> Iterator[None]:
    """A process that was begun in the background of a script ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("hears_ctrl_c")
def test_a_second_ctrl_c_ends_it_at_once_and_leaves_no_half_file(gradviz: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run.npz").write_text("the old file")
    monkeypatch.setattr("gradviz.cli.training.training", pressing_ctrl_c(2, times=2))
    said = gradviz("train", "--epochs", "1e9", "--out", "run.npz", "--csv", "table.csv")
    assert (said.status, said.out, said.err.strip()) == (130, "", "Stopped.")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("run.npz", "the old file")]


COMMAND = [sys.executable, "-c", "from gradviz.cli import main; raise SystemExit(main())"]


def read_until(terminal: int, pattern: bytes) -> bytes:
    """What appears on a terminal until the pattern does, or until nothing more comes."""
    shown = b""
    while not re.search(pattern, shown):
        ready, _, _ = select.select([terminal], [], [], 60.0)
        if not ready:
            break
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other end was closed
            break
        if not piece:
            break
        shown += piece
    return shown


def test_on_a_terminal_a_bar_shows_epochs_per_second_and_a_real_ctrl_c_stops_cleanly(tmp_path: Path, python_environment: dict[str, str]) -> None:
    terminal, screen = pty.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))  # 24 lines of 120 columns
    arguments = ["train", "notebook-1a", "--epochs", "1e9", "--out", "run.npz", "--csv", "table.csv"]
    process = subprocess.Popen([*COMMAND, *arguments], cwd=tmp_path, env=python_environment, stdout=subprocess.PIPE, stderr=screen, text=True)
    os.close(screen)
    try:
        shown = read_until(terminal, rb"\d[kM]? epochs/s")
        process.send_signal(signal.SIGINT)
        rest = read_until(terminal, rb"never shown")
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    assert re.search(rb"notebook-1a: .*/1\.00G .*\d[kM]? epochs/s", shown)
    assert b"Traceback" not in shown + rest
    assert process.returncode == 130
    run = load(tmp_path / "run.npz")
    assert out.startswith(f"notebook-1a: Stopped after {run.epochs_done:,} of 1,000,000,000 epochs.")
    np.testing.assert_array_equal(run.frames.cost, record(run.config.replace(epochs=run.epochs_done)).cost[run.frames.epoch])
    with (tmp_path / "table.csv").open() as table:
        content = table.readlines()
    assert content[-1].startswith(f"{run.epochs_done - 1},cost,,,")
    assert content[-1].endswith("\n")
    assert len(content) == 1 + run.epochs_done * (4 * 100 + 2 * 99 + 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.npz", "table.csv"]


def test_another_process_gives_the_same_bits(tmp_path: Path, python_environment: dict[str, str]) -> None:
    arguments = ["train", "random-weights", "--epochs", "20", "--csv", "table.csv", "--quiet"]
    done = subprocess.run([*COMMAND, *arguments], cwd=tmp_path, env=python_environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    here = record(presets()["random-weights"].config.replace(epochs=20))
    assert (tmp_path / "table.csv").read_text() == HEADER + "".join(lines(here.frames))


def test_a_reader_that_has_seen_enough_is_no_error_to_speak_of(tmp_path: Path, python_environment: dict[str, str]) -> None:
    done = subprocess.run(
        f"'{sys.executable}' -c 'from gradviz.cli import main; raise SystemExit(main())' parameters | head -n 1",
        shell=True,
        cwd=tmp_path,
        env=python_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "Network\n"
    assert done.stderr == ""


# --- lists and words -----------------------------------------------------------------------------------------------------------------------


def test_presets_are_listed_with_their_titles(gradviz: Callable[..., Any]) -> None:
    said = gradviz("presets")
    assert (said.status, said.err) == (0, "")
    names = re.findall(r"^(\S+)  ", said.out, re.MULTILINE)
    assert names == list(presets())
    for preset in presets().values():
        assert preset.title in said.out
        assert preset.description in said.out


def test_parameters_are_listed_with_what_they_may_be(gradviz: Callable[..., Any]) -> None:
    said = gradviz("parameters")
    assert said.status == 0
    assert "learning_rate = 0.1\n" in said.out
    assert "inputs = -0.5, 0.5\n" in said.out
    for parameter in PARAMETERS.values():
        assert parameter.help in said.out
        assert f"May be {parameter.allowed}." in said.out
    headings = [said.out.index(f"\n{title}\n") for title in list(GROUPS.values())[1:]]
    assert headings == sorted(headings)
    for name, parameter in PARAMETERS.items():
        place = said.out.index(f"\n{name} = ")
        assert list(GROUPS)[sum(heading < place for heading in headings)] == parameter.group


@pytest.mark.parametrize("command", ["train", "check"])
def test_what_the_machine_has_no_memory_for_is_refused_before_any_work(gradviz: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setattr("gradviz.runs.machine.available", lambda: 2 * 1024**3)
    said = gradviz(command, "--set", "width=10000")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("width is 10,000, and the training needs ")
    assert "This machine has 2.0 GB for it; width " in said.err


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["train", "--help"], ["export", "-h"]])
def test_help_is_given(gradviz: Callable[..., Any], arguments: list[str]) -> None:
    said = gradviz(*arguments)
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("Usage: gradviz")


def test_the_version_is_said(gradviz: Callable[..., Any]) -> None:
    assert gradviz("--version") == (0, f"gradviz, version {__version__}\n", "")


# --- export and window ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "epochs", "quantities"),
    [
        (["--plot", "gradients"], {"4"}, {"g"}),
        (["--plot", "activations", "--epoch", "0"], {"0"}, {"h"}),
        (["--plot", "weights", "--epoch", "2"], {"2"}, {"w", "dw"}),
        (["--plot", "cost"], {"0", "1", "2", "3", "4"}, {"cost"}),
        (["--plot", "cost", "--epoch", "2"], {"0", "1", "2"}, {"cost"}),
    ],
)
def test_what_a_plot_shows_is_exported_as_a_table(gradviz: Callable[..., Any], tmp_path: Path, more: list[str], epochs: set[str], quantities: set[str]) -> None:
    run = small(tmp_path / "run.npz")
    assert gradviz("export", "run.npz", "--out", "plot.csv", *more) == (0, "Wrote plot.csv.\n", "")
    with (tmp_path / "plot.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["epoch"] for row in rows} == epochs
    assert {row["quantity"] for row in rows} == quantities
    for row in rows:
        place = [int(row[name]) for name in ("epoch", "sample", "layer") if row[name]]
        assert float(row["value"]) == getattr(run, row["quantity"])[tuple(place)]


def test_the_dashboards_table_has_one_frames_profiles_and_all_costs_up_to_it(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    small(tmp_path / "run.npz")
    assert gradviz("export", "run.npz", "--out", "all.csv", "--epoch", "3").status == 0
    with (tmp_path / "all.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["epoch"] for row in rows if row["quantity"] != "cost"} == {"3"}
    assert [row["epoch"] for row in rows if row["quantity"] == "cost"] == ["0", "1", "2", "3"]


def test_one_file_for_both_outputs_is_refused_before_any_work(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    said = gradviz("train", "--epochs", "2", "--out", "same.npz", "--csv", "same.npz")
    assert said.status == 2
    assert "--out and --csv both name 'same.npz'" in said.err
    assert list(tmp_path.iterdir()) == []


def test_epochs_between_two_observed_ones_are_counted(gradviz: Callable[..., Any]) -> None:
    result = json.loads(gradviz("train", "--set", "observe_every=7", "--epochs", "30", "--json").out)
    assert result["epochs_done"] == 30


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the door to the window was called with; no window opens."""
    calls: list[tuple[Any, ...]] = []
    app = ModuleType("gradviz.ui.app")
    app.open_window = lambda *what, **_options: calls.append(what) or 0  # type: ignore[attr-defined]
    app.draw_without_screen = lambda view, panels, options, out, each: calls.append((view, panels, options, out, each)) or [out]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gradviz.ui.app", app)
    return calls


@pytest.mark.parametrize(("arguments", "name"), [([], "notebook-1a"), (["notebook-1b"], "notebook-1b"), (["mine.toml"], "mine")])
def test_the_window_opens_on_a_preset_or_a_config(
    gradviz: Callable[..., Any], window: list[tuple[Any, ...]], tmp_path: Path, arguments: list[str], name: str
) -> None:
    (tmp_path / "mine.toml").write_text("layers = 12\n")
    assert gradviz(*arguments) == (0, "", "")
    [(preset, _)] = window
    assert isinstance(preset, Preset)
    assert preset.name == name
    assert preset.config == (Config(layers=12) if name == "mine" else presets()[name].config)


def test_the_window_opens_on_a_saved_run(gradviz: Callable[..., Any], window: list[tuple[Any, ...]], tmp_path: Path) -> None:
    saved = small(tmp_path / "run.npz")
    assert gradviz("run.npz").status == 0
    [(run, name)] = window
    assert isinstance(run, Run)
    assert name == "run.npz"
    np.testing.assert_array_equal(run.g, saved.g)


def test_a_picture_is_drawn_as_it_was_asked_for(gradviz: Callable[..., Any], window: list[tuple[Any, ...]], tmp_path: Path) -> None:
    small(tmp_path / "run.npz")
    words = [
        "--plot",
        "gradients,cost",
        "--epoch",
        "3",
        "--size",
        "16x9cm",
        "--dpi",
        "150",
        "--points",
        "8",
        "--theme",
        "dark",
        "--transparent",
        "--no-caption",
    ]
    assert gradviz("export", "run.npz", *words, "--each", "--out", "plot.PNG") == (0, "Wrote plot.PNG.\n", "")
    [(view, panels, options, out, each)] = window
    assert (view.epoch, view.name, panels, out, each) == (3, "run", ("gradients", "cost"), Path("plot.PNG"), True)
    assert options == Options(16, 9, "cm", 150, points=8, theme="dark", transparent=True, caption=False)


@pytest.mark.parametrize("target", ["picture.svg", "gradviz:run?layers=4&epochs=5&epoch=3", "small.toml"])
def test_what_is_no_saved_run_is_trained_before_it_is_drawn(gradviz: Callable[..., Any], window: list[tuple[Any, ...]], tmp_path: Path, target: str) -> None:
    run = small(tmp_path / "run.npz")
    (tmp_path / "small.toml").write_text("layers = 4\nepochs = 5\n")
    (tmp_path / "picture.svg").write_bytes(with_recipe(b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', ".svg", recipe_of(run, 3)))
    assert gradviz("export", target, "--plot", "cost", "--out", "plot.png") == (0, "Wrote plot.png.\n", "")
    [(view, _panels, _options, _out, _each)] = window
    assert view.epoch == (4 if target == "small.toml" else 3)
    np.testing.assert_array_equal(view.run.g, run.g[: view.run.epochs_done])


def test_what_goes_wrong_in_the_window_is_a_sentence(gradviz: Callable[..., Any], window: list[tuple[Any, ...]]) -> None:
    def fail(*_what: object, greets: bool) -> int:
        assert greets
        raise FileError("The disk is full.")

    sys.modules["gradviz.ui.app"].open_window = fail  # type: ignore[attr-defined]
    assert gradviz() == (1, "", "The disk is full.\n")
    assert window == []


# --- the verdict ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("notebook-1a", "Trains: the cost fell from 0.0725 to 4.66×10⁻³⁰."),
        ("notebook-1b", "Saturation takes 367 decades, the weights give back 68. float32 would hold exactly 0 from layer 85 down."),
        ("notebook-1d", "The weights take 4.5 decades, the slope φ′ < 1 takes 0.27. The signal shrinks by 4.6 too."),
        ("explodes", "Diverged: the weights multiply the signal layer by layer, the first cost was 1.96×10⁷, and then the update overshot."),
    ],
)
def test_the_verdict_is_in_the_last_line(gradviz: Callable[..., Any], name: str, words: str) -> None:
    said = gradviz("train", name)
    assert (said.status, said.err, said.out.count("\n")) == (0, "", 1)
    assert words in said.out
    assert said.out.count("Diverged at epoch") == (name == "explodes"), "where it did is said once"


def test_the_verdict_in_json_has_its_five_keys(gradviz: Callable[..., Any]) -> None:
    verdict = json.loads(gradviz("train", "notebook-1d", "--json", "--epochs", "20").out)["verdict"]
    assert list(verdict) == ["kind", "cause", "factor_per_layer", "layers_per_decade", "sentence"]
    assert (verdict["kind"], verdict["cause"]) == ("vanishing", "weights")
    assert verdict["factor_per_layer"] == pytest.approx(0.894, abs=1e-3)
    assert verdict["layers_per_decade"] == pytest.approx(-1.0 / np.log10(verdict["factor_per_layer"]))
    assert verdict["sentence"] in gradviz("train", "notebook-1d", "--epochs", "20").out


def test_where_there_is_no_number_json_says_null(gradviz: Callable[..., Any]) -> None:
    verdict = json.loads(gradviz("train", "--json", "--epochs", "2", "--set", "activation=relu", "--set", "weight_scale=-1").out)["verdict"]
    assert (verdict["kind"], verdict["factor_per_layer"], verdict["layers_per_decade"]) == ("dead", None, None)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_on_an_old_code_page_the_verdict_is_spelled_out(tmp_path: Path, python_environment: dict[str, str], encoding: str) -> None:
    environment = {**python_environment, "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    arguments = ["train", "sigmoid", "--epochs", "3"]
    done = subprocess.run([*COMMAND, *arguments], cwd=tmp_path, env=environment, capture_output=True, encoding=encoding, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "below 10^-7 from layer 89 down, 4.2x10^-65 at layer 1. The slope phi' <= 1/4 takes 63 decades." in done.stdout


def failing_the_self_check(at_block: int) -> Callable[..., Training]:
    """train(), whose self-check fails on the last frame of this block; -1 is the very last one."""

    def checked(config: Config, changes: Sequence[Intervention] = ()) -> Training:
        for number, frames in enumerate(train(config, changes)):
            fails = config.epochs > 1 and (number == at_block or (at_block == -1 and frames.ending))
            yield msgspec.structs.replace(frames, ending=None) if fails else frames  # the ending is the error
            if fails:
                raise SelfCheckError(int(frames.epoch[-1]), 3)

    return checked


@pytest.mark.parametrize("at_block", [0, 2, -1])
@pytest.mark.parametrize("more", [[], ["--quiet"], ["--json"]])
def test_a_failed_self_check_is_its_sentence_and_status_1_and_what_was_recorded_is_kept(
    gradviz: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_block: int, more: list[str]
) -> None:
    monkeypatch.setattr("gradviz.cli.training.training", failing_the_self_check(at_block))
    said = gradviz("train", "ten-layers", "--epochs", "2000", "--out", "run.npz", "--csv", "table.csv", *more)
    run = load(tmp_path / "run.npz")
    last = int(run.epoch[-1])
    sentence = str(SelfCheckError(last, 3))
    assert said == (1, "", f"{sentence} Wrote run.npz and table.csv.\n")
    assert last == 1999 if at_block == -1 else last < 1999
    assert run.ending is not None
    assert (run.ending.kind, run.ending.reason) == ("stopped", sentence), "who opens the file is told too"
    expected: list[Frames] = list(train(run.config.replace(epochs=last + 1)))
    np.testing.assert_array_equal(run.g, Frames.joined(expected).g)
    assert (tmp_path / "table.csv").read_text() == HEADER + "".join(lines(run.frames))


def test_a_failed_self_check_without_files_is_its_sentence_alone(gradviz: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradviz.cli.training.training", failing_the_self_check(1))
    said = gradviz("train", "--epochs", "500")
    assert (said.status, said.out) == (1, "")
    assert re.fullmatch(r"The self-check failed at epoch \d+: .* please report them with the config\.\n", said.err)
