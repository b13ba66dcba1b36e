"""The window, driven as a person drives it: real keys and clicks, and what is then to be read on the screen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtCore import QEvent, QMimeData, QPoint, QPointF, QSettings, Qt, QTimer, QUrl
from PyQt6.QtGui import QAction, QContextMenuEvent, QDragEnterEvent, QDropEvent, QEnterEvent
from PyQt6.QtWidgets import QApplication, QComboBox, QDialog, QFileDialog, QMenu, QMessageBox, QTextBrowser, QToolBar, QToolButton
from pytestqt.qtbot import QtBot

from gradviz import Config, record
from gradviz.core.diagnosis import diagnose
from gradviz.core.logdomain import log_profile
from gradviz.core.training import Ask, Frames, Intervention, train
from gradviz.core.words import short
from gradviz.runs import store
from gradviz.runs.moment import Moment
from gradviz.runs.picture_files import recipe_in
from gradviz.runs.presets import presets
from gradviz.runs.run import Run
from gradviz.ui.check import CheckDialog
from gradviz.ui.pictures.options import Options
from gradviz.ui.plots.dashboard import PLACES, USUAL
from gradviz.ui.saving import LEAST_COPIED
from gradviz.ui.state import Phase
from gradviz.ui.theme import DARK, LIGHT, Theme
from gradviz.ui.window import Window

Key = Qt.Key
COLUMNS = ("epoch", "cost", "h", "g", "dw", "w")
ENDLESS = Config(weight_scale=0.9, epochs=10**9)
#: The panels of a window that opens, in their order.
SHOWN = ["activations", "gradients", "heatmap", "why", "phi", "cost"]

#: Lists and menus that pop up ask an offscreen platform for what it does not have.
pops_up = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)", extend=True)


def button(window: Window, name: str) -> QToolButton:
    """The toolbar's button for an action."""
    bar = window.findChild(QToolBar, "transport")
    assert bar is not None
    found = bar.widgetForAction(window.actions_by_name[name])
    assert isinstance(found, QToolButton)
    return found


def same_bits(run: Run, other: Run | Frames) -> bool:
    """Whether two runs hold the same epochs with the same bits."""
    return all(getattr(run, name).tobytes() == getattr(other, name).tobytes() for name in COLUMNS)


def show_panel(window: Window, name: str) -> None:
    """Show a panel, or hide it, by the View menu."""
    window.findChild(QAction, f"view_{name}").trigger()


def consecutive(run: Run) -> bool:
    return np.array_equal(run.epoch, np.arange(run.epochs_done)) and np.array_equal(run.frames.epoch, run.epoch)


def says(window: Window) -> str:
    """What the message strip says; empty while it is hidden."""
    return window.messages.text.text() if window.messages.isVisible() else ""


@pytest.fixture
def click(qtbot: QtBot) -> Callable[[Window, str], None]:
    return lambda window, name: qtbot.mouseClick(button(window, name), Qt.MouseButton.LeftButton)


# run, pause, step, reset


def test_a_window_opens_ready_with_the_first_pass_drawn(open_window) -> None:
    window = open_window("notebook-1b")
    assert window.windowTitle() == "notebook-1b — GradViz"
    assert window.timeline.phase.text() == "Ready: Space runs, → steps"
    assert window.timeline.epochs.text() == "1 of 1,000 epochs"
    assert window.parameters.presets.currentText() == presets()["notebook-1b"].title
    first = record(Config(weight_scale=5.0, epochs=1))
    for (layers, drawn), h in zip(window.dashboard.panels["activations"].plot.drawn(), first.h[0], strict=True):
        assert np.array_equal(layers, np.arange(100))
        assert np.array_equal(drawn, h)
    assert not says(window)


def test_while_the_kernel_is_prepared_the_window_is_up_and_says_so(open_window, wait_for, press) -> None:
    window = open_window("notebook-1a", ready=False)
    assert window.isVisible()
    assert window.timeline.phase.text().startswith("Preparing the engine")
    assert not button(window, "step").isEnabled()
    press(Key.Key_Space)
    assert button(window, "run").text() == "Pause"
    wait_for(lambda: window.run.epochs_done > 3)
    assert window.timeline.phase.text() == "Running"


@pytest.mark.parametrize("by", ["Space", "the Run button", "the Run menu"])
def test_run_runs_and_pauses(open_window, wait_for, let_ticks_pass, press, click, by: str) -> None:
    window = open_window(ENDLESS)
    do = {"Space": lambda: press(Key.Key_Space), "the Run button": lambda: click(window, "run"), "the Run menu": window.actions_by_name["run"].trigger}[by]
    do()
    assert button(window, "run").text() == "Pause"
    wait_for(lambda: window.run.epochs_done > 8)
    assert window.timeline.phase.text() == "Running"
    do()
    assert (window.timeline.phase.text(), button(window, "run").text()) == ("Paused", "Run")
    let_ticks_pass(window, 4)  # what was under way arrives
    held = window.run.epochs_done
    let_ticks_pass(window, 10)
    assert window.run.epochs_done == held
    assert window.timeline.epochs.text() == f"{held:,} of 1,000,000,000 epochs"
    do()
    wait_for(lambda: window.run.epochs_done > held + 3)
    assert consecutive(window.run)


def test_fast_pauses_at_once_too(open_window, wait_for, let_ticks_pass, press, click) -> None:
    window = open_window(ENDLESS)
    click(window, "fast")
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 5_000)
    press(Key.Key_Space)
    let_ticks_pass(window, 4)
    held = window.run.epochs_done
    let_ticks_pass(window, 10)
    assert window.run.epochs_done == held
    assert consecutive(window.run)


@pytest.mark.parametrize("by", ["Right", "the Step button"])
def test_step_trains_one_epoch(open_window, wait_for, let_ticks_pass, press, click, by: str) -> None:
    window = open_window(Config(weight_scale=5.0, epochs=50))
    for epochs in (2, 3, 4):
        press(Key.Key_Right) if by == "Right" else click(window, "step")
        wait_for(lambda epochs=epochs: window.run.epochs_done == epochs)
    let_ticks_pass(window, 5)
    assert window.run.epochs_done == 4
    assert window.timeline.phase.text() == "Paused"
    assert same_bits(window.run, record(Config(weight_scale=5.0, epochs=50)).frames.rows(slice(4)))


def test_steps_pressed_faster_than_the_screen_are_all_made(open_window, wait_for, let_ticks_pass, press) -> None:
    window = open_window(ENDLESS)
    for _ in range(20):
        press(Key.Key_Right)
    wait_for(lambda: window.run.epochs_done == 21)
    let_ticks_pass(window, 5)
    assert window.run.epochs_done == 21


def test_step_pauses_a_run(open_window, wait_for, let_ticks_pass, press) -> None:
    window = open_window(ENDLESS)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 3)
    press(Key.Key_Right)
    assert window.timeline.phase.text() == "Paused"
    let_ticks_pass(window, 4)
    held = window.run.epochs_done
    let_ticks_pass(window, 8)
    assert window.run.epochs_done == held


def test_reset_goes_back_to_epoch_0_and_does_not_start(open_window, wait_for, let_ticks_pass, press) -> None:
    window = open_window(ENDLESS)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 5)
    press(Key.Key_R)
    wait_for(lambda: window.timeline.phase.text() == "Ready: Space runs, → steps")
    let_ticks_pass(window, 8)
    assert window.run.epochs_done == 1
    assert window.timeline.epochs.text() == "1 of 1,000,000,000 epochs"
    assert len(window.dashboard.panels["cost"].plot.drawn()[0][0]) == 1
    assert window.cost_numbers.current.text() == window.cost_numbers.first.text()


@pytest.mark.parametrize(("key", "name", "epochs", "seconds"), [(Key.Key_1, "slow", 3, 0.95), (Key.Key_2, "normal", 16, 0.45)])
def test_slow_and_normal_are_no_faster_than_they_say(open_window, wait_for, press, key: Qt.Key, name: str, epochs: int, seconds: float) -> None:
    window = open_window(ENDLESS)
    press(key)
    assert [speed for speed in ("slow", "normal", "fast") if button(window, speed).isChecked()] == [name]
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done >= 2)
    began, first = time.perf_counter(), window.run.epochs_done
    wait_for(lambda: window.run.epochs_done >= first + epochs - 1)
    assert time.perf_counter() - began >= seconds


def test_fast_trains_many_epochs_for_each_frame_it_draws(open_window, wait_for, press) -> None:
    window = open_window(ENDLESS)
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 20_000 and window.timeline.frames.text())
    assert window.timeline.speed.text().endswith("epochs/s")
    assert window.timeline.frames.text().endswith("frames/s")
    assert consecutive(window.run)


def test_the_speed_is_kept_when_another_experiment_begins(open_window, wait_for, press) -> None:
    window = open_window("notebook-1a")
    press(Key.Key_3)
    press(Key.Key_R)
    wait_for(lambda: window.state.phase is Phase.PAUSED)
    assert button(window, "fast").isChecked()


# the numbers on the screen are the engine's


@pytest.mark.parametrize("name", ["notebook-1a", "notebook-1b", "notebook-1d", "sigmoid", "random-weights"])
def test_the_curves_are_the_engines_numbers(open_window, wait_for, press, name: str) -> None:
    config = presets()[name].config.replace(epochs=12)
    window = open_window(config)
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.timeline.phase.text() == "Finished")
    expected = record(config)
    assert same_bits(window.run, expected)
    window.findChild(QAction, "view_weights").trigger()
    panels = window.dashboard.panels
    for sample, (layers, drawn) in enumerate(panels["activations"].plot.drawn()):
        assert np.array_equal(layers, np.arange(100))
        assert np.array_equal(drawn, expected.h[-1, sample])
    for sample, (layers, drawn) in enumerate(panels["gradients"].plot.drawn()):
        assert np.array_equal(layers, np.arange(1, 100))
        np.testing.assert_allclose(10.0**drawn, np.abs(expected.g[-1, sample, 1:]), rtol=1e-12)
    (weights, gradients) = (plot.drawn()[0] for plot in panels["weights"].plots)
    assert np.array_equal(weights[1], expected.w[-1, 1:])
    np.testing.assert_allclose(10.0 ** gradients[1], np.abs(expected.dw[-1, 1:]), rtol=1e-12)
    (epochs, cost) = panels["cost"].plot.drawn()[0]
    assert np.array_equal(epochs, np.arange(12))
    assert np.array_equal(cost, expected.cost)
    assert window.timeline.epochs.text() == "12 of 12 epochs"


def test_the_cost_in_numbers_is_the_runs(open_window, wait_for, press) -> None:
    config = Config(layers=10, weight_scale=0.9, learning_rate=0.5, epochs=40)
    window = open_window(config)
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.timeline.phase.text() == "Finished")
    expected = record(config).cost
    best = int(np.argmin(expected))
    shown = {name: getattr(window.cost_numbers, name).text() for name in ("current", "first", "best")}
    assert shown == {
        "current": f"{short(expected[-1])} at epoch 39",
        "first": f"{short(expected[0])} at epoch 0",
        "best": f"{short(expected[best])} at epoch {best}",
    }
    assert float(window.cost_numbers.current.toolTip().replace("−", "-")) == expected[-1]


def test_divergence_is_an_ordinary_ending(open_window, wait_for, press) -> None:
    window = open_window("explodes")
    press(Key.Key_Space)
    wait_for(lambda: window.state.phase is Phase.FINISHED)
    assert window.timeline.phase.text().startswith("Diverged at epoch ")
    assert window.timeline.phase.text() == record(presets()["explodes"].config).ending.reason
    assert not says(window)
    press(Key.Key_R)
    wait_for(lambda: window.timeline.phase.text() == "Ready: Space runs, → steps")


# turning and editing


def test_a_learning_rate_turned_while_it_runs_acts_and_can_be_replayed(open_window, wait_for, let_ticks_pass, press, type_into) -> None:
    window = open_window(Config(layers=10, weight_scale=0.9, epochs=100_000))
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 5)
    field = window.parameters.rows["learning_rate"].field
    for text in ("0.25", "2e-2"):
        type_into(field, text)
        wait_for(lambda text=text: window.run.interventions and window.run.interventions[-1].value == float(text))
    turned = window.run.epochs_done
    wait_for(lambda: window.run.epochs_done > turned + 3)
    assert not window.parameters.rows["learning_rate"].mark.isVisible()
    button(window, "run").click()
    let_ticks_pass(window, 4)
    run = window.run
    assert {change.parameter for change in run.interventions} == {"learning_rate"}
    assert all(isinstance(change, Intervention) and change.epoch > 5 for change in run.interventions)
    again = Run(run.config)
    for frames in train(run.config.replace(epochs=run.epochs_done), run.interventions):
        again.append(frames)
    assert same_bits(run, again)
    unturned = record(run.config.replace(epochs=run.epochs_done))
    assert not np.array_equal(unturned.w, run.w)


def test_a_learning_rate_turned_while_paused_holds_from_the_next_epoch(open_window, wait_for, press, type_into) -> None:
    window = open_window(Config(layers=10, weight_scale=0.9, epochs=100))
    for epochs in (2, 3):
        press(Key.Key_Right)
        wait_for(lambda epochs=epochs: window.run.epochs_done == epochs)
    type_into(window.parameters.rows["learning_rate"].field, "3")
    window.dashboard.setFocus()
    press(Key.Key_Right)
    wait_for(lambda: window.run.epochs_done == 4)
    assert window.run.interventions == [Intervention(3, "learning_rate", 3.0)]


@pytest.mark.parametrize(
    ("name", "text", "value"), [("weight_scale", "4.5", 4.5), ("layers", "20", 20), ("inputs", "1, 2", (1.0, 2.0)), ("learning_rate", "1e-3", 1e-3)]
)
def test_an_edit_before_the_start_shows_at_once(open_window, wait_for, type_into, name: str, text: str, value: object) -> None:
    window = open_window("notebook-1a")
    type_into(window.parameters.rows[name].field, text)
    wait_for(lambda: getattr(window.run.config, name) == value and window.state.phase is Phase.PAUSED)
    expected = record(Config(epochs=1).replace(**{name: value}))
    for (_, drawn), h in zip(window.dashboard.panels["activations"].plot.drawn(), expected.h[0], strict=True):
        assert np.array_equal(drawn, h)
    assert not window.parameters.rows[name].mark.isVisible()
    assert window.windowTitle() == "own settings — GradViz"


def test_an_edit_in_mid_run_is_marked_and_taken_up_by_reset(open_window, wait_for, press, type_into) -> None:
    window = open_window(ENDLESS)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 3)
    row = window.parameters.rows["weight_scale"]
    type_into(row.field, "5")
    assert row.mark.isVisible()
    assert window.run.config == ENDLESS
    seen = window.run.epochs_done
    wait_for(lambda: window.run.epochs_done > seen + 2)
    window.dashboard.setFocus()
    press(Key.Key_R)
    assert not row.mark.isVisible()
    wait_for(lambda: window.state.phase is Phase.PAUSED)
    assert window.run.config.weight_scale == 5.0
    window.findChild(QAction, "view_weights").trigger()
    assert np.array_equal(window.dashboard.panels["weights"].weights.drawn()[0][1], np.full(99, 5.0))


def test_what_cannot_be_is_said_beside_the_field_and_run_points_to_it(open_window, wait_for, press, type_into) -> None:
    window = open_window(Config(epochs=3))
    row = window.parameters.rows["layers"]
    press(Key.Key_Space)
    wait_for(lambda: window.timeline.phase.text() == "Finished")
    type_into(row.field, "1")
    assert row.problem.isVisible()
    assert row.problem.text() == "layers is 1; it must be a whole number from 2 to 100,000."
    window.dashboard.setFocus()
    press(Key.Key_R)
    assert says(window).startswith(row.problem.text())
    assert window.run.ending.kind == "done"
    assert QApplication.focusWidget() is row.field
    type_into(row.field, "7")
    assert not row.problem.isVisible()
    window.dashboard.setFocus()
    press(Key.Key_R)
    wait_for(lambda: window.state.phase is Phase.PAUSED)
    assert not says(window)
    assert window.run.config.layers == 7


def test_run_on_a_finished_run_begins_again(open_window, wait_for, press) -> None:
    config = Config(weight_scale=0.9, epochs=8)
    window = open_window(config)
    press(Key.Key_Space)
    wait_for(lambda: window.timeline.phase.text() == "Finished")
    assert not button(window, "step").isEnabled()
    first = window.run
    press(Key.Key_Space)
    wait_for(lambda: window.run is not first and window.timeline.phase.text() == "Finished")
    assert same_bits(window.run, first)
    assert same_bits(window.run, record(config))


@pops_up
@pytest.mark.parametrize("name", ["notebook-1b", "deep-1000", "explodes"])
def test_a_preset_chosen_from_the_list_shows_and_space_starts_it(open_window, wait_for, qtbot, press, name: str) -> None:
    window = open_window("notebook-1a")
    box = window.parameters.presets
    box.setFocus()
    box.showPopup()
    list_of_presets = box.view()
    rows = list(presets())
    for _ in range(rows.index(name)):
        qtbot.keyClick(list_of_presets, Key.Key_Down)
    qtbot.keyClick(list_of_presets, Key.Key_Return)
    window.activateWindow()  # without a window manager nobody gives the focus back
    wait_for(window.isActiveWindow)
    wait_for(lambda: window.run.config == presets()[name].config and window.state.phase is Phase.PAUSED)
    assert window.windowTitle() == f"{name} — GradViz"
    assert window.parameters.description.text() == presets()[name].description
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 1)


# files


def test_a_saved_run_opens_as_it_was_and_plays_back(open_window, wait_for, press, tmp_path: Path) -> None:
    config = Config(weight_scale=5.0, epochs=15)
    window = open_window(config)
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.timeline.phase.text() == "Finished")
    path = tmp_path / "five.npz"
    window.saving.save_run(window.run, path)
    assert says(window) == f"Saved {path}"

    window.open(presets()["notebook-1a"])
    wait_for(lambda: window.state.phase is Phase.PAUSED)
    window.opening.open(path)
    assert window.windowTitle() == "five.npz — GradViz"
    assert window.timeline.phase.text() == "Finished"
    assert window.timeline.epochs.text() == "15 of 15 epochs"
    expected = record(config)
    assert np.array_equal(window.dashboard.panels["activations"].plot.drawn()[0][1], expected.h[-1, 0])
    assert window.parameters.rows["weight_scale"].field.text() == "5.0"
    saved = window.run
    assert same_bits(saved, expected)
    press(Key.Key_Space)
    wait_for(lambda: window.state.head.cursor is not None and 2 <= window.state.head.cursor <= 13)
    shown = window.dashboard.panels["activations"].plot.drawn()[0][1]
    assert any(np.array_equal(shown, frame) for frame in expected.h[:14, 0])
    assert same_bits(window.run, expected), "saving while it plays saves the whole run"
    wait_for(lambda: window.state.head.live)
    assert np.array_equal(window.dashboard.panels["activations"].plot.drawn()[0][1], expected.h[-1, 0])
    assert window.timeline.phase.text() == "Finished"
    assert same_bits(window.run, expected)


def test_opened_with_a_run_it_shows_that_run(open_window, wait_for) -> None:
    run = record(Config(weight_scale=0.9, epochs=30))
    window = open_window(run)
    wait_for(lambda: "cost" in window.dashboard.panels)
    assert window.timeline.epochs.text() == "30 of 30 epochs"
    assert np.array_equal(window.dashboard.panels["cost"].plot.drawn()[0][1], run.cost)


def test_a_run_stopped_by_a_person_opens_as_stopped(open_window, tmp_path: Path) -> None:
    run = Run(Config(epochs=100))
    training = train(run.config)
    run.append(next(training))
    run.append(next(training).rows(slice(3)))
    run.stop()
    store.save(run, tmp_path / "part.npz")
    window = open_window()
    window.opening.open(tmp_path / "part.npz")
    assert window.timeline.phase.text() == "Stopped after 4 of 100 epochs. Space goes on."
    assert window.timeline.epochs.text() == "4 of 100 epochs"


def test_a_run_saved_on_its_way_says_so_and_goes_on_as_if_it_had_never_stopped(open_window, wait_for, press, tmp_path: Path) -> None:
    run = Run(Config(epochs=100))
    training = train(run.config)
    run.append(next(training))
    run.append(training.send(Ask(4, (("learning_rate", 0.5),))))
    store.save(run, tmp_path / "part.npz")
    window = open_window()
    window.opening.open(tmp_path / "part.npz")
    assert window.timeline.phase.text() == "Recorded: 5 of 100 epochs. Space goes on."
    assert says(window) == "This run was changed on its way: learning_rate = 0.5 from epoch 1."
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.state.phase is Phase.FINISHED)
    assert window.timeline.phase.text() == "Finished"
    assert same_bits(window.run, record(Config(epochs=100), [Intervention(1, "learning_rate", 0.5)]))


def test_pause_and_step_count_from_fast_too(open_window, wait_for, press, let_ticks_pass) -> None:
    window = open_window(Config(epochs=1_000_000_000, observe_every=20_000))
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: len(window.run.epoch) > 3)
    press(Key.Key_Space)
    let_ticks_pass(window, 3)  # a block that was under way may still come
    paused = window.run.epochs_done
    let_ticks_pass(window, 10)
    assert window.run.epochs_done == paused
    observed = len(window.run.epoch)
    press(Key.Key_Right)
    wait_for(lambda: len(window.run.epoch) == observed + 1)
    let_ticks_pass(window, 10)
    assert len(window.run.epoch) == observed + 1


def test_epochs_that_are_not_observed_count_as_trained(open_window, wait_for, press) -> None:
    window = open_window(Config(epochs=1_000_000_000, observe_every=1_000_000_000))
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 10_000)
    press(Key.Key_Space)
    wait_for(lambda: window.state.phase is Phase.PAUSED)
    assert window.timeline.epochs.text() != "1 of 1,000,000,000 epochs"
    assert not window.state.fresh, "an edit now must not throw the training away"


@pytest.mark.parametrize(("typed", "written"), [("lr-0.1", "lr-0.1.npz"), ("plain", "plain.npz"), ("whole.npz", "whole.npz")])
def test_a_name_with_a_dot_in_it_is_not_cut(open_window, monkeypatch, tmp_path: Path, typed: str, written: str) -> None:
    window = open_window()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), ""))
    window.actions_by_name["save"].trigger()
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".npz"] == [written]


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No])
def test_a_completed_name_asks_before_it_replaces_a_file(open_window, monkeypatch, tmp_path: Path, answer) -> None:
    window = open_window()
    (tmp_path / "scale-0.9.npz").write_bytes(b"old")
    asked: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "scale-0.9"), "GradViz run (*.npz)"))
    monkeypatch.setattr(QMessageBox, "question", lambda _parent, _title, text: asked.append(text) or answer)
    window.actions_by_name["save"].trigger()
    assert asked == ["There is already a file 'scale-0.9.npz'. Replace it?"]
    assert ((tmp_path / "scale-0.9.npz").read_bytes() == b"old") == (answer is QMessageBox.StandardButton.No)


BAD_FILES = {
    "missing.npz": (None, "No such file"),
    "text.npz": (b"not a run", "not a run saved by GradViz"),
    "broken.toml": (b"layers = = 3", "not a TOML config"),
    "impossible.toml": (b"layers = 1", "layers is 1; it must be a whole number from 2 to 100,000."),
    "unknown.toml": (b"breadth = 3", "There is no parameter 'breadth'"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_a_sentence_and_the_experiment_goes_on(open_window, wait_for, press, tmp_path: Path, name: str) -> None:
    contents, sentence = BAD_FILES[name]
    if contents is not None:
        (tmp_path / name).write_bytes(contents)
    window = open_window(ENDLESS)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 3)
    run = window.run
    window.opening.open(tmp_path / name)
    assert sentence in says(window)
    assert name in says(window)
    seen = run.epochs_done
    wait_for(lambda: run.epochs_done > seen + 3)
    assert window.run is run
    assert consecutive(run)


def test_a_config_file_opens_and_says_its_name(open_window, wait_for, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("layers = 12\nweight_scale = 2.5\n")
    window = open_window()
    window.opening.open(tmp_path / "mine.toml")
    wait_for(lambda: window.state.phase is Phase.PAUSED)
    assert window.windowTitle() == "mine — GradViz"
    assert window.run.config == Config(layers=12, weight_scale=2.5)


def drop(window: Window, mime: QMimeData) -> bool:
    """Drag something over the window and let it go; whether the window took it."""
    where = QPoint(200, 200)
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where, Qt.DropAction.CopyAction, mime, buttons, keys)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPointF(where), Qt.DropAction.CopyAction, mime, buttons, keys))
    return enter.isAccepted()


def test_a_dropped_file_opens(open_window, wait_for, tmp_path: Path) -> None:
    (tmp_path / "dropped.toml").write_text("layers = 12\n")
    window = open_window()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "dropped.toml"))])
    assert drop(window, mime)
    wait_for(lambda: window.run.config.layers == 12 and window.state.phase is Phase.PAUSED)


def test_something_else_cannot_be_dropped(open_window) -> None:
    mime = QMimeData()
    mime.setText("layers = 12")
    assert not drop(open_window(), mime)


@pytest.mark.parametrize(("key", "asks"), [(Key.Key_O, "getOpenFileName"), (Key.Key_S, "getSaveFileName")])
def test_a_cancelled_file_dialog_changes_nothing(open_window, press, monkeypatch, key: Qt.Key, asks: str) -> None:
    asked = []
    monkeypatch.setattr(QFileDialog, asks, lambda *words: asked.append(words) or ("", ""))
    window = open_window()
    before = window.state
    press(key, Qt.KeyboardModifier.ControlModifier)
    assert len(asked) == 1
    assert window.state is before
    assert not says(window)


def test_open_and_save_by_key(open_window, wait_for, press, monkeypatch, tmp_path: Path) -> None:
    window = open_window(Config(weight_scale=5.0, epochs=5))
    press(Key.Key_Space)
    wait_for(lambda: window.timeline.phase.text() == "Finished")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "kept"), "GradViz run (*.npz)"))
    press(Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert same_bits(store.load(tmp_path / "kept.npz"), window.run)
    proposals = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *words: proposals.append(words[2]) or (str(tmp_path / "kept.npz"), ""))
    press(Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    assert window.windowTitle() == "kept.npz — GradViz"
    assert proposals == [str(tmp_path)]  # where the last file was


# pictures


@pytest.fixture
def written(wait_for) -> Callable[[Window], str]:
    """Waits until everything that was asked for is made, and returns what the window says of it."""

    def wait(window: Window) -> str:
        wait_for(lambda: not window.saving.studio.busy)
        return says(window)

    return wait


def test_every_panel_is_saved_in_every_format(open_window, wait_for, press, written, tmp_path: Path) -> None:
    window = open_window(Config(weight_scale=5.0, epochs=6))
    for hidden in set(PLACES) - USUAL:
        window.findChild(QAction, f"view_{hidden}").trigger()
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.timeline.phase.text() == "Finished")
    folder = tmp_path / "Pictures, ∂C"
    folder.mkdir()
    for ending, start in {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}.items():
        window.saving.save_picture("dashboard", folder / f"all{ending}")
        assert written(window) == f"Saved {folder / f'all{ending}'}"
        window.saving.save_picture("dashboard", folder / f"one{ending}", Options(700, 500), each=True)
        assert written(window) == f"Saved {folder / f'one-activations{ending}'} and {len(PLACES) - 1} more"
        for path in (folder / f"all{ending}", *(folder / f"one-{name}{ending}" for name in PLACES)):
            assert path.read_bytes().startswith(start)
            recipe, altered = recipe_in(path)
            assert (recipe.config, recipe.epoch, recipe.epochs_done, altered) == (window.run.config, 5, 6, False)
    assert len(list(folder.iterdir())) == 3 * (1 + len(PLACES))


def test_the_numbers_of_every_panel_are_those_of_the_run(open_window, wait_for, press, written, tmp_path: Path) -> None:
    window = open_window(Config(weight_scale=5.0, epochs=6))
    window.findChild(QAction, "view_weights").trigger()
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.timeline.phase.text() == "Finished")
    worked_out = {"heatmap": {"g"}, "phase": {"g"}, "why": {"h", "g", "w"}, "phi": {"h", "w"}}
    shown = {"activations": {"h"}, "gradients": {"g"}, "weights": {"w", "dw"}, "cost": {"cost"}, "dashboard": {"h", "g", "w", "dw", "cost"}} | worked_out
    expected = record(Config(weight_scale=5.0, epochs=6))
    for name, quantities in shown.items():
        window.saving.save_numbers(name, tmp_path / f"{name}.csv")
        assert written(window) == f"Saved {tmp_path / f'{name}.csv'}"
        head, *lines = (tmp_path / f"{name}.csv").read_text().splitlines()
        assert head == "epoch,quantity,sample,layer,value"
        rows = [line.split(",") for line in lines]
        assert {row[1] for row in rows} == quantities
        assert {int(row[0]) for row in rows} == (set(range(6)) if name in ("heatmap", "cost", "dashboard") else {5})
        for epoch, quantity, sample, layer, value in rows:
            if quantity == "cost":
                assert float(value) == expected.cost[int(epoch)]
            else:
                assert name == "heatmap" or int(epoch) == 5
                place = (int(epoch), int(sample), int(layer)) if sample else (int(epoch), int(layer))
                assert float(value) == getattr(expected, quantity)[place]


@pytest.mark.parametrize(("panel", "row", "quantity", "layers"), [
    ("gradients", 0, "g", 100), ("gradients", 1, "dh", 100), ("gradients", 2, "dw", 99), ("gradients", 3, "ratio", 99), ("gradients", 4, "end", 100),
    ("heatmap", 1, "h", 100), ("heatmap", 2, "dw", 99),
])  # fmt: skip
def test_the_numbers_that_are_saved_are_of_the_quantity_that_is_chosen(
    open_window, qtbot, written, tmp_path: Path, panel: str, row: int, quantity: str, layers: int
) -> None:
    window = open_window(Config(weight_scale=0.9, inputs=(0.5,), targets=(0.25,), epochs=6))
    choice = window.dashboard.panels[panel].choice
    choice.setFocus()
    for _ in range(row):
        qtbot.keyClick(choice, Key.Key_Down)
    window.saving.save_numbers(panel, tmp_path / "p.csv")
    written(window)
    rows = [line.split(",") for line in (tmp_path / "p.csv").read_text().splitlines()[1:]]
    assert {(row[0], row[1]) for row in rows} == {("0", quantity)}
    assert len(rows) == layers


def test_a_panels_menu_copies_that_panel(open_window, written) -> None:
    window = open_window("notebook-1b")
    panel = window.dashboard.panels["gradients"]
    menu = window.panel_menu(panel)
    next(action for action in menu.actions() if action.text() == f"Copy {panel.title.lower()}").trigger()
    assert written(window) == "A picture is on the clipboard."
    assert QApplication.clipboard().image().width() == max(panel.width(), LEAST_COPIED[0]) * 2
    assert QApplication.clipboard().mimeData().data("image/png").data().startswith(b"\x89PNG")
    menu.close()


@pops_up
@pytest.mark.parametrize("name", ["cost", "why", "weights"])
def test_the_context_menu_opens_over_a_panel_whenever_it_was_made(open_window, wait_for, name: str) -> None:
    window = open_window("notebook-1b")
    if name == "weights":
        show_panel(window, name)
    panel = window.dashboard.panels[name]
    where = QPoint(20, 20)
    QApplication.sendEvent(panel.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, panel.viewport().mapToGlobal(where)))
    wait_for(lambda: QApplication.activePopupWidget() is not None)
    menu = QApplication.activePopupWidget()
    assert f"Copy {panel.title.lower()}" in [action.text() for action in menu.actions()]
    menu.close()


@pytest.mark.parametrize(
    ("name", "words"), [("no folder/a.png", "there is no folder"), ("a.bmp", "no ending that says what to write"), ("taken.csv", "it is a folder")]
)
def test_what_cannot_be_written_is_a_sentence(open_window, written, tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "taken.csv").mkdir()
    window = open_window()
    window.saving.save_picture("dashboard", tmp_path / name)
    assert words in written(window)
    assert Path(name).name in says(window)
    assert not (tmp_path / "a.bmp").exists()


def move_the_mouse_to(window: Window, name: str) -> None:
    """Over one panel, or off all of them."""
    for panel in window.dashboard.panels.values():
        centre = QPointF(panel.rect().center())
        over = QEnterEvent(centre, centre, QPointF(panel.mapToGlobal(panel.rect().center())))
        QApplication.sendEvent(panel, over if panel.name == name else QEvent(QEvent.Type.Leave))


def test_ctrl_c_copies_the_panel_under_the_mouse(open_window, press, written) -> None:
    window = open_window("notebook-1b")
    move_the_mouse_to(window, "gradients")
    press(Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert written(window) == "A picture is on the clipboard."
    image, panel = QApplication.clipboard().image(), window.dashboard.panels["gradients"]
    assert image.width() == max(panel.width(), LEAST_COPIED[0]) * 2
    assert 0 < image.height() - max(panel.height(), LEAST_COPIED[1]) * 2 < 300  # the caption


def test_ctrl_c_copies_the_dashboard(open_window, press, written) -> None:
    window = open_window("notebook-1b")
    move_the_mouse_to(window, "none")
    press(Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert written(window) == "A picture is on the clipboard."
    image = QApplication.clipboard().image()
    assert image.width() == window.dashboard.width() * 2
    assert near(image, LIGHT.curves[0]) > 100


def near(image, colour: str, distance: int = 30) -> int:
    """How many pixels of a picture have about this colour."""
    image = image.convertToFormat(image.Format.Format_RGB32)
    bits = image.constBits().asarray(image.sizeInBytes())
    pixels = np.frombuffer(bits, np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width(), 2::-1].astype(int)
    wanted = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return int((np.abs(pixels - wanted).max(axis=2) <= distance).sum())


# a rough life


@pytest.mark.parametrize("speed", [Key.Key_1, Key.Key_2, Key.Key_3])
def test_closed_while_it_trains_no_thread_is_left(open_window, wait_for, press, speed: Qt.Key) -> None:
    window = open_window(ENDLESS)
    press(speed)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 2)
    assert window.close()
    assert not window.isVisible()
    kept = window.run
    assert consecutive(kept)


def test_closed_before_its_first_frame(open_window) -> None:
    assert open_window("deep-1000", ready=False).close()


def test_closed_by_ctrl_q(open_window, press, wait_for) -> None:
    window = open_window()
    press(Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    wait_for(lambda: not window.isVisible())
    assert not window.isVisible()


def test_reset_again_and_again_while_it_trains(open_window, wait_for, press) -> None:
    window = open_window(ENDLESS)
    press(Key.Key_3)
    for _ in range(10):
        press(Key.Key_Space)
        wait_for(lambda: window.run.epochs_done > 1)
        press(Key.Key_R)
        assert window.timeline.phase.text() != "Running"
    wait_for(lambda: window.state.phase is Phase.PAUSED)
    assert window.run.epochs_done == 1


def test_fifty_starts_and_stops_in_a_row_lose_nothing(open_window, wait_for, let_ticks_pass, press) -> None:
    window = open_window(ENDLESS)
    for _ in range(50):
        before = window.run.epochs_done
        press(Key.Key_Space)
        wait_for(lambda before=before: window.run.epochs_done > before)
        press(Key.Key_Space)
    let_ticks_pass(window, 4)
    assert window.run.epochs_done >= 51
    assert consecutive(window.run)
    assert same_bits(window.run, record(ENDLESS.replace(epochs=window.run.epochs_done)))


def test_fifty_starts_and_stops_without_a_breath(open_window, let_ticks_pass, press, wait_for) -> None:
    window = open_window(ENDLESS)
    for _ in range(100):
        press(Key.Key_Space)
    let_ticks_pass(window, 6)
    assert window.timeline.phase.text() in ("Paused", "Ready: Space runs, → steps")
    press(Key.Key_Space)
    seen = window.run.epochs_done
    wait_for(lambda: window.run.epochs_done > seen)
    assert consecutive(window.run)


def test_fifty_experiments_begun_without_a_breath(open_window, wait_for, press) -> None:
    window = open_window(ENDLESS)
    for _ in range(50):
        press(Key.Key_R)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 3)
    assert window.state.experiment == 50
    assert consecutive(window.run)


def test_while_a_modal_dialog_is_open_the_training_goes_on(open_window, wait_for, press) -> None:
    window = open_window(ENDLESS)
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 100)
    dialog = QDialog(window)
    reached = []

    def look() -> None:
        reached.append(window.run.epochs_done)
        if reached[-1] > reached[0] + 5_000 or time.perf_counter() > deadline:
            dialog.accept()

    clock = QTimer(dialog)
    clock.timeout.connect(look)
    clock.start(20)
    deadline = time.perf_counter() + 60
    dialog.exec()
    assert reached[-1] > reached[0] + 5_000
    after = window.run.epochs_done
    wait_for(lambda: window.run.epochs_done > after)
    assert consecutive(window.run)


def fails_after(frames: int, problem: Exception) -> Callable[..., Iterator[Frames]]:
    def training(config: Config, _planned: object):
        source = train(config)
        ask = None
        for _ in range(frames):
            ask = yield source.send(ask)
        raise problem

    return training


@pytest.mark.parametrize(
    ("problem", "words"),
    [(RuntimeError("the cat sat on the keyboard"), "the cat sat on the keyboard."), (MemoryError(), "there is not enough memory"), (KeyError(), "KeyError.")],
)
def test_an_error_in_the_training_is_a_sentence_with_details(open_window, wait_for, qtbot, press, monkeypatch, problem: Exception, words: str) -> None:
    monkeypatch.setattr("gradviz.ui.window.training", fails_after(3, problem))
    window = open_window(ENDLESS)
    press(Key.Key_Space)
    wait_for(lambda: says(window))
    assert says(window).startswith("The training broke off after 3 epochs: ")
    assert words in says(window)
    assert "Reset (R)" in says(window)
    assert window.timeline.phase.text() == "Stopped"
    assert consecutive(window.run)
    assert window.run.epochs_done == 3
    qtbot.mouseClick(window.messages.details, Qt.MouseButton.LeftButton)
    box = window.messages.findChild(QMessageBox)
    assert type(problem).__name__ in box.detailedText()
    assert "Traceback" in box.detailedText()
    box.close()
    qtbot.mouseClick(window.messages.dismiss, Qt.MouseButton.LeftButton)
    assert not says(window)
    monkeypatch.undo()
    window.activateWindow()
    window.dashboard.setFocus()
    press(Key.Key_R)
    wait_for(lambda: window.timeline.phase.text() == "Ready: Space runs, → steps")


def test_an_error_before_the_first_frame_is_a_sentence_too(open_window, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr("gradviz.ui.window.training", fails_after(0, MemoryError()))
    window = open_window("deep-1000")
    assert "there is not enough memory for this network; use fewer layers or samples." in says(window)
    assert window.timeline.phase.text() == "Stopped"
    window.saving.save_picture("dashboard", tmp_path / "empty.png")
    assert says(window) == "There is nothing to draw yet; it comes with the first epoch."
    assert not (tmp_path / "empty.png").exists()


# focus


def test_space_on_a_focused_button_presses_it(open_window, press) -> None:
    window = open_window("notebook-1b")
    window.parameters.defaults.setFocus()
    press(Key.Key_Space)
    assert window.parameters.rows["weight_scale"].field.text() == "1.0"
    assert button(window, "run").text() == "Run"


@pytest.mark.parametrize("key", [Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_1, Key.Key_3, Key.Key_R, Key.Key_Space])
@pytest.mark.parametrize("name", ["layers", "learning_rate", "inputs"])
def test_keys_typed_in_a_field_stay_there(open_window, wait_for, let_ticks_pass, press, name: str, key: Qt.Key) -> None:
    window = open_window(Config(layers=10))
    press(Key.Key_Right)
    wait_for(lambda: window.run.epochs_done == 2)
    before = window.state
    window.parameters.rows[name].field.setFocus()
    press(key)
    let_ticks_pass(window, 3)
    after = window.state
    assert (after.experiment, after.phase, after.speed, window.run.epochs_done) == (before.experiment, before.phase, before.speed, 2)


def test_arrows_in_a_list_choose_and_do_not_step(open_window, wait_for, let_ticks_pass, press) -> None:
    window = open_window(Config(layers=10))
    press(Key.Key_Right)
    wait_for(lambda: window.run.epochs_done == 2)
    field = window.parameters.rows["activation"].field
    field.setFocus()
    press(Key.Key_Right)
    let_ticks_pass(window, 3)
    assert window.run.epochs_done == 2
    press(Key.Key_Down)
    assert window.state.entered["activation"] == field.currentText()
    assert window.run.epochs_done == 2


# the verdict, the sample, the check


def judged(run: Run, frame: Frames) -> str:
    """The verdict's sentence on one frame of a run."""
    costs = run.cost[run.epoch <= frame.epoch[0]]
    ending = run.ending if frame.epoch[0] == run.newest.epoch[0] else None
    return diagnose(run.config, frame, log_profile(run.config, frame.w[-1]), costs, ending).sentence


def test_the_verdict_is_there_with_the_first_frame_and_follows_every_step(open_window, wait_for, let_ticks_pass, press) -> None:
    window = open_window("notebook-1b")
    wait_for(window.verdict.verdict.text)
    assert window.verdict.verdict.text() == judged(window.run, window.run.newest)
    assert window.verdict.verdict.text().startswith("Vanishing: each layer passes on 9.1×10⁻⁴")
    assert "0.99991" in window.verdict.theory.text()  # the fixed point h* at w = 5
    window.open(presets()["ten-layers"])
    wait_for(lambda: window.state.phase is Phase.PAUSED)
    for epochs in (2, 3, 4):
        press(Key.Key_Right)
        wait_for(lambda epochs=epochs: window.run.epochs_done == epochs)
        let_ticks_pass(window, 2)
        assert window.verdict.verdict.text() == judged(window.run, window.run.newest)


def test_paused_or_finished_the_verdict_is_on_what_is_drawn(open_window, wait_for, let_ticks_pass, press) -> None:
    window = open_window(Config(layers=10, weight_scale=0.9, learning_rate=0.5, epochs=100_000))
    press(Key.Key_3)
    for _ in range(3):
        seen = window.run.epochs_done
        press(Key.Key_Space)
        wait_for(lambda seen=seen: window.run.epochs_done > seen + 50)
        press(Key.Key_Space)
        let_ticks_pass(window, 4)
        assert window.verdict.verdict.text() == judged(window.run, window.run.newest)
        for name in SHOWN:
            assert {plot.epoch for plot in window.dashboard.panels[name].plots} == {int(window.run.newest.epoch[-1])}
    press(Key.Key_Space)
    wait_for(lambda: window.timeline.phase.text() == "Finished")
    let_ticks_pass(window, 2)
    assert window.verdict.verdict.text() == judged(window.run, window.run.newest)


def test_while_it_runs_the_verdict_changes_no_faster_than_it_can_be_read(open_window, wait_for, press, monkeypatch) -> None:
    window = open_window(ENDLESS)
    press(Key.Key_3)
    when: list[float] = []
    show_moment = window.verdict.show_moment
    monkeypatch.setattr(window.verdict, "show_moment", lambda moment: (when.append(time.perf_counter()), show_moment(moment)))
    press(Key.Key_Space)
    wait_for(lambda: len(when) >= 5)
    drawn = window._frames_drawn
    running = when[1:]  # the first may be the one of the pause before
    assert (np.diff(running) >= 0.2).all(), np.diff(running)
    assert drawn > 2 * len(when), "while many more frames are drawn"


def test_another_experiment_has_no_verdict_yet(open_window, wait_for, monkeypatch) -> None:
    window = open_window("notebook-1b")
    wait_for(window.verdict.verdict.text)
    monkeypatch.setattr("gradviz.ui.window.training", lambda *_what: (frames for frames in ()))  # one that never has a frame
    window.open(presets()["notebook-1a"])
    assert (window.verdict.verdict.text(), window.verdict.theory.text()) == ("", "")
    monkeypatch.undo()
    window.open(presets()["notebook-1a"])
    wait_for(window.verdict.verdict.text)
    assert window.verdict.verdict.text().startswith("Trains: ")


def test_a_played_back_run_is_judged_as_it_was_then(open_window, wait_for, press) -> None:
    run = record(presets()["explodes"].config)
    window = open_window(run)
    wait_for(window.verdict.verdict.text)
    assert window.verdict.verdict.text().startswith("Diverged at epoch ")
    window.show_state(replace(window.state, head=replace(window.state.head, speed=0.5)))
    press(Key.Key_Space)
    wait_for(lambda: window.verdict.verdict.text().startswith("Exploding: "))
    assert window.verdict.verdict.text() == judged(run, run.at(0))


def test_the_verdict_judges_by_the_learning_rate_that_was_turned(open_window, wait_for, let_ticks_pass, press, type_into) -> None:
    window = open_window(Config(layers=10, weight_scale=0.9, learning_rate=0.5, epochs=100))
    press(Key.Key_Right)
    wait_for(lambda: window.run.epochs_done == 2)
    assert window.verdict.verdict.text().startswith("Trains: ")
    type_into(window.parameters.rows["learning_rate"].field, "1e-12")
    window.dashboard.setFocus()
    for epochs in (3, 4, 5, 6):
        press(Key.Key_Right)
        wait_for(lambda epochs=epochs: window.run.epochs_done == epochs)
    let_ticks_pass(window, 2)
    assert window.verdict.verdict.text().startswith("Stalled")


def menu_named(window: Window, *titles: str) -> QMenu:
    """The menu that these titles lead to."""
    menu: QMenu | None = None
    for title in titles:
        actions = menu.actions() if menu else window.menuBar().actions()
        (menu,) = (action.menu() for action in actions if action.text() == title)
    assert menu is not None
    return menu


def click_in_menu(qtbot: QtBot, menu: QMenu, text: str) -> None:
    """Open a menu, and click one of its entries."""
    (action,) = (action for action in menu.actions() if action.text() == text)
    menu.popup(QPoint(0, 0))
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    assert not menu.isVisible()


@pops_up
def test_the_view_menu_chooses_the_sample_where_one_is_shown(open_window, let_ticks_pass, qtbot) -> None:
    window = open_window(Config(layers=60, inputs=(0.05, 2.0, -0.5), targets=(0.0,) * 3, epochs=5))
    menu = menu_named(window, "&View", "Sample where one is shown")
    assert [action.text() for action in menu.actions()] == ["x = 0.05", "x = 2", "x = −0.5"]
    for sample, text in ((1, "x = 2"), (2, "x = −0.5"), (0, "x = 0.05")):
        before = window.verdict.verdict.text(), window.verdict.theory.text()
        click_in_menu(qtbot, menu, text)
        assert [action.text() for action in menu.actions() if action.isChecked()] == [text]
        assert window.dashboard.sample == sample
        for name in ("why", "heatmap"):
            assert text in window.dashboard.panels[name].plots[0].item.titleLabel.text
        let_ticks_pass(window, 2)
        assert (window.verdict.verdict.text(), window.verdict.theory.text()) == before, "the verdict is on the network, whichever sample is looked at"
    click_in_menu(qtbot, menu, "x = −0.5")
    window.open(presets()["notebook-1b"])
    assert [(action.text(), action.isChecked()) for action in menu.actions()] == [("x = −0.5", False), ("x = 0.5", True)]
    assert window.dashboard.sample == 1


@pytest.mark.parametrize("by", ["Ctrl+G", "the toolbar", "the Run menu"])
@pops_up
def test_the_gradient_is_checked_at_the_weights_on_the_screen(open_window, wait_for, press, click, qtbot, by: str) -> None:
    window = open_window("ten-layers")
    press(Key.Key_Right)
    wait_for(lambda: window.run.epochs_done == 2)
    {
        "Ctrl+G": lambda: press(Key.Key_G, Qt.KeyboardModifier.ControlModifier),
        "the toolbar": lambda: click(window, "check"),
        "the Run menu": lambda: click_in_menu(qtbot, menu_named(window, "&Run"), "Check gradient…"),
    }[by]()
    dialog = window.findChild(CheckDialog)
    assert dialog.windowTitle() == "Check the gradient at epoch 1"
    wait_for(lambda: dialog.verdict.text() == "✓ Agrees.")
    assert dialog.table.rowCount() == 9
    dialog.close()


def test_before_the_first_frame_there_is_nothing_to_check(open_window) -> None:
    window = open_window("notebook-1a", ready=False)
    window.actions_by_name["check"].trigger()
    assert window.findChild(CheckDialog) is None


# panels, themes, settings, help


def test_the_first_paint_has_two_panels_and_the_rest_follows_at_once(qtbot, settings) -> None:
    window = Window(presets()["notebook-1b"], settings=settings)
    seen: list[set[str]] = []
    window.first_painted.connect(lambda: seen.append(set(window.dashboard.panels)))
    assert set(window.dashboard.panels) == {"activations", "gradients"}
    with qtbot.waitSignal(window.first_painted):
        window.show()
    assert seen == [{"activations", "gradients"}]
    qtbot.waitUntil(lambda: list(window.dashboard.shown) == SHOWN)
    assert "weights" not in window.dashboard.panels
    window.close()
    sip.delete(window)


@pops_up
def test_the_view_menu_shows_the_weights_and_hides_what_is_shown(open_window, qtbot) -> None:
    window = open_window("notebook-1b")
    menu = menu_named(window, "&View")
    panels = {action.data(): action for action in menu.actions() if action.data() in [*SHOWN, "weights"]}
    assert {name: action.isChecked() for name, action in panels.items()} == {**dict.fromkeys(SHOWN, True), "weights": False}
    click_in_menu(qtbot, menu, "Weights and weight gradients")
    assert window.dashboard.panels["weights"].isVisible()
    assert np.array_equal(window.dashboard.panels["weights"].weights.drawn()[0][1], np.full(99, 5.0))
    for name in SHOWN:
        click_in_menu(qtbot, menu, panels[name].text())
    assert list(window.dashboard.shown) == ["weights"]
    click_in_menu(qtbot, menu, panels["phi"].text())
    assert list(window.dashboard.shown) == ["phi", "weights"]


@pytest.mark.parametrize("name", ["gradient_choice", "why_choice"])
def test_a_panels_list_keeps_its_keys_whenever_the_panel_was_made(open_window, wait_for, let_ticks_pass, press, name: str) -> None:
    window = open_window(Config(layers=10))
    press(Key.Key_Right)
    wait_for(lambda: window.run.epochs_done == 2)
    choice = window.findChild(QComboBox, name)
    choice.setFocus()
    press(Key.Key_Right)
    press(Key.Key_Left)
    press(Key.Key_Down)
    let_ticks_pass(window, 3)
    assert window.run.epochs_done == 2
    assert choice.currentIndex() == 1
    assert window.state.phase is Phase.PAUSED


@pops_up
def test_space_opens_a_panels_list_and_does_not_run(open_window, let_ticks_pass, press) -> None:
    window = open_window(Config(layers=10))
    choice = window.findChild(QComboBox, "why_choice")
    choice.setFocus()
    press(Key.Key_Space)
    assert choice.view().isVisible()
    choice.hidePopup()
    let_ticks_pass(window, 3)
    assert (window.run.epochs_done, window.state.phase) == (1, Phase.PAUSED)


def test_while_it_runs_a_hidden_panel_is_not_drawn_and_the_others_are(open_window, wait_for, press, monkeypatch) -> None:
    window = open_window(ENDLESS)
    show_panel(window, "why")
    show_panel(window, "heatmap")
    counts = dict.fromkeys(SHOWN, 0)
    for name in SHOWN:
        show_moment = window.dashboard.panels[name].show_moment

        def counted(moment: Moment, name: str = name, show_moment: Callable[[Moment], None] = show_moment) -> None:
            counts[name] += 1
            show_moment(moment)

        monkeypatch.setattr(window.dashboard.panels[name], "show_moment", counted)
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: counts["phi"] > 5 and counts["cost"] > 5)
    assert (counts["why"], counts["heatmap"]) == (0, 0)
    press(Key.Key_Space)
    show_panel(window, "why")
    assert counts["why"] == 1


def test_a_hidden_panel_is_not_drawn_and_shows_the_newest_when_it_returns(open_window, wait_for, press) -> None:
    window = open_window(Config(weight_scale=0.9, epochs=9))
    view = window.findChild(QAction, "view_cost")
    cost = window.dashboard.panels["cost"]
    view.trigger()
    assert not cost.isVisible()
    press(Key.Key_Space)
    wait_for(lambda: window.timeline.phase.text() == "Finished")
    assert len(cost.plot.drawn()[0][0]) == 1
    view.trigger()
    assert cost.isVisible()
    assert np.array_equal(cost.plot.drawn()[0][1], window.run.cost)


def test_without_a_panel_a_picture_is_a_sentence(open_window, tmp_path: Path) -> None:
    window = open_window()
    for name in USUAL:
        window.findChild(QAction, f"view_{name}").trigger()
    window.saving.save_picture("dashboard", tmp_path / "nothing.png")
    assert says(window).startswith("Every panel is hidden")
    assert not (tmp_path / "nothing.png").exists()
    window.messages.clear()
    window.saving.copy_picture("dashboard")
    assert says(window).startswith("Every panel is hidden")
    for name in PLACES:
        window.findChild(QAction, f"view_{name}").trigger()
    assert set(window.dashboard.panels) == set(PLACES)
    assert all(panel.isVisible() for panel in window.dashboard.panels.values())


@pytest.mark.parametrize(("setting", "theme"), [("light", LIGHT), ("dark", DARK)])
def test_a_theme_colours_the_whole_window(open_window, setting: str, theme: Theme) -> None:
    window = open_window("notebook-1b")
    window.use_theme(setting)
    picture = window.grab().toImage()
    for colour in (theme.plot, theme.window, theme.curves[0], theme.curves[1]):
        assert near(picture, colour) > 200, colour
    window.open(presets()["random-weights"])
    assert near(window.grab().toImage(), theme.plot, 10) > 100_000


def test_the_theme_follows_the_system_until_one_is_chosen(open_window, monkeypatch) -> None:
    window = open_window()
    hints = QApplication.styleHints()
    themes = {"system": DARK}
    monkeypatch.setattr("gradviz.ui.theme.chosen", lambda setting: themes.get(setting, LIGHT))
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert window.theme is DARK
    window.use_theme("light")
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert window.theme is LIGHT


def test_a_long_sentence_does_not_widen_the_window(open_window, wait_for, press) -> None:
    window = open_window("explodes", ready=False)
    narrowest = 900
    assert window.minimumSizeHint().width() <= narrowest
    window.resize(narrowest, 600)
    press(Key.Key_Space)
    wait_for(lambda: window.state.phase is Phase.FINISHED)
    assert window.width() == narrowest
    assert window.timeline.phase.toolTip() == window.run.ending.reason


def test_size_place_and_theme_are_remembered(open_window) -> None:
    first = open_window()
    first.setGeometry(10, 30, 740, 600)
    next(action for action in first.findChildren(QAction) if action.text() == "Dark").trigger()
    first.close()
    second = open_window()
    assert second.size() == first.size()
    assert second.pos() == first.pos()
    assert second.theme is DARK
    assert next(action for action in second.findChildren(QAction) if action.text() == "Dark").isChecked()


def test_settings_that_make_no_sense_are_not_believed(open_window, settings: QSettings) -> None:
    settings.setValue("geometry", b"nonsense")
    settings.setValue("theme", "plaid")
    window = open_window()
    assert (window.width(), window.height()) == (1280, 800)
    assert window.theme is LIGHT
    assert list(window.dashboard.shown) == SHOWN


def test_help_explains_while_the_training_goes_on(open_window, wait_for, press) -> None:
    window = open_window(ENDLESS)
    press(Key.Key_Space)
    press(Key.Key_F1)
    wait_for(lambda: window.findChild(QTextBrowser) and window.findChild(QTextBrowser).isVisible())
    text = window.findChild(QTextBrowser)
    for word in ("epoch", "vanished", "NaN, ∞", "Ctrl+E"):
        assert word in text.toPlainText()
    seen = window.run.epochs_done
    wait_for(lambda: window.run.epochs_done > seen + 3)
    text.window().close()


def test_every_button_and_field_has_a_name_and_a_tooltip(open_window) -> None:
    window = open_window()
    for name in ("run", "step", "reset", "slow", "normal", "fast", "snapshot", "check"):
        assert button(window, name).toolTip()
        assert button(window, name).text()
    for choice in window.dashboard.findChildren(QComboBox):
        assert choice.accessibleName()
        assert choice.toolTip()
    for row in window.parameters.rows.values():
        assert row.field.accessibleName()
        assert row.field.toolTip() == row.label.toolTip()


def test_without_numba_the_window_says_why_it_is_slow(open_window, wait_for, monkeypatch) -> None:
    monkeypatch.setattr("gradviz.core.compiled.NOTICE", "Without numba it is slow.")
    window = open_window()
    wait_for(lambda: says(window) == "Without numba it is slow.")
    assert window.messages.isVisible()


def test_a_complaint_goes_when_its_field_is_corrected_and_not_before(open_window, press) -> None:
    window = open_window("cured")
    for name, value in (("batch_size", 1_000_000), ("width", 33)):
        window.parameters.value_entered.emit(name, value)
    press(Qt.Key.Key_Space)
    assert says(window).startswith("batch_size is 1,000,000, and there are 400 samples to learn from")
    window.parameters.value_entered.emit("width", 34)
    assert says(window).startswith("batch_size is 1,000,000"), "another field is not what it complains of"
    window.parameters.value_entered.emit("batch_size", 50)
    assert says(window) == ""
    window.messages.say("Saved a.npz")
    window.parameters.value_entered.emit("batch_size", 40)
    assert says(window) == "Saved a.npz", "other words stay"


def test_the_bottom_line_keeps_its_bar_in_its_place(open_window, press, wait_for) -> None:
    window = open_window(presets()["notebook-1a"].config.replace(epochs=123_456))
    track = window.timeline.track
    QApplication.processEvents()
    before = track.geometry()
    press(Qt.Key.Key_3)
    press(Qt.Key.Key_Space)
    wait_for(lambda: window.state.epochs_done > 12_345)
    press(Qt.Key.Key_Space)
    wait_for(lambda: window.timeline.phase.text() == "Paused")
    assert track.geometry() == before
    for label in (window.timeline.phase, window.timeline.epochs):
        assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()


def test_a_slow_rate_is_not_nought(open_window) -> None:
    window = open_window()
    window.timeline.show_rates(0.04, 0.0)
    assert window.timeline.speed.text() == "0.04 epochs/s"
