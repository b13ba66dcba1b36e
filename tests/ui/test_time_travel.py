"""A person goes back and forth in a run, changes it on the way, takes it back, and gets exactly what would have been."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from gradviz.core.chain import advance  # noqa: F401  the kernel is loaded before the windows are timed
from gradviz.core.conditions import Condition
from gradviz.core.config import Config
from gradviz.core.interventions import Intervention
from gradviz.runs.presets import presets
from gradviz.runs.run import Run, record
from gradviz.runs.store import load
from gradviz.ui.saving import LARGE
from gradviz.ui.state import Phase, Speed

Key = Qt.Key
Opener, WaitFor = Callable[..., Any], Callable[..., None]
CONFIG = presets()["notebook-1a"].config.replace(epochs=200)
WIDE = Config(layers=6, width=5, epochs=60, data="xor", optimizer="adam", normalization="batch", bias="on", batch_size=7, samples=40)


def same_bits(run: Run, other: Run) -> bool:
    """Whether two runs hold the same epochs with the same bits; what of a wide one was looked at is not part of it."""
    columns = run.frames.columns()
    names = [name for name in columns if not run.config.wide or name in ("epoch", "cost", "norms", "shares", "accuracy")]
    return all(getattr(run.frames, name).tobytes() == getattr(other.frames, name).tobytes() for name in names)


def drawn_h(window: Any) -> np.ndarray[Any, Any]:
    return np.array([curve[1] for curve in window.dashboard.panels["activations"].plot.drawn()])


def finish(window: Any, wait_for: WaitFor, press: Callable[..., None]) -> None:
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.state.phase is Phase.FINISHED)


def test_a_person_looks_back_while_training_goes_on(open_window, wait_for, press) -> None:
    window = open_window(presets()["notebook-1a"].config.replace(epochs=100_000))
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 500)
    window.timeline.epoch_wanted.emit(312)
    wait_for(lambda: window.dashboard.moment.epoch == 312)
    done = window.run.epochs_done
    wait_for(lambda: window.run.epochs_done > done + 1000)
    assert window.state.phase is Phase.RUNNING
    assert window.timeline.epochs.text().startswith("epoch 312 of 100,000, live at ")
    expected = record(CONFIG.replace(epochs=313))
    np.testing.assert_array_equal(drawn_h(window), expected.h[-1])
    assert window.cost_numbers.current.text().endswith("at epoch 312")
    press(Key.Key_Left)
    wait_for(lambda: window.dashboard.moment.epoch == 311)
    np.testing.assert_array_equal(drawn_h(window), expected.h[-2])
    press(Key.Key_Right)
    wait_for(lambda: window.dashboard.moment.epoch == 312)
    press(Key.Key_End)
    wait_for(lambda: window.dashboard.moment.epoch > done)


@pytest.mark.parametrize("config", [CONFIG, WIDE], ids=["chain", "wide"])
def test_a_change_at_an_earlier_epoch_is_a_branch_that_undo_takes_back(open_window, wait_for, press, config: Config) -> None:
    window = open_window(config)
    finish(window, wait_for, press)
    before = window.run
    window.timeline.epoch_wanted.emit(20)
    parameter, value = ("w[3]*", -0.5) if config.wide else ("w[50]", -0.5)
    window.changing.change(parameter, value)
    wait_for(lambda: window.run.epochs_done == 21)
    assert window.run.interventions == [Intervention(20, parameter, value)]
    assert window.state.phase is Phase.PAUSED
    expected = record(config, window.run.interventions)
    if not config.wide:
        np.testing.assert_array_equal(drawn_h(window), expected.h[20])
    press(Key.Key_Space)
    wait_for(lambda: window.state.phase is Phase.FINISHED)
    assert same_bits(window.run, expected)

    press(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.run is before
    assert window.dashboard.moment.epoch == 20, "what is seen is the same epoch without the change"
    assert window.state.phase is Phase.FINISHED
    assert same_bits(window.run, record(config))
    press(Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert same_bits(window.run, expected)
    assert window.run.interventions == [Intervention(20, parameter, value)]


def test_several_changes_of_one_weight_at_one_epoch_are_one_change(open_window, wait_for, press) -> None:
    window = open_window(CONFIG)
    press(Key.Key_Right)
    wait_for(lambda: window.run.epochs_done == 2)
    for value in (0.9, 0.7, 0.5):
        window.changing.change("w[50]", value)
        wait_for(lambda: window.run.epochs_done == 2)
    window.changing.change("w*", 1.1)
    window.changing.change("w*", 1.1)
    wait_for(lambda: window.run.epochs_done == 2)
    assert window.run.interventions == [Intervention(1, "w[50]", 0.5), Intervention(1, "w*", 1.1 * 1.1)]
    assert window.dashboard.moment.frame.w[-1, 50] == 0.5 * (1.1 * 1.1)
    for left in ([Intervention(1, "w[50]", 0.5)], []):
        press(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        wait_for(lambda: window.run.epochs_done == 2)
        assert window.run.interventions == left
    finish(window, wait_for, press)
    assert same_bits(window.run, record(CONFIG))


def test_a_change_while_it_runs_is_made_on_the_way_and_undone(open_window, wait_for, press) -> None:
    config = CONFIG.replace(epochs=1_000_000)
    window = open_window(config)
    press(Key.Key_2)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 3)
    window.changing.hold("w[50]")
    for value in (0.9, 0.8):
        window.changing.change("w[50]", value)
        wait_for(lambda value=value: any(change.value == value for change in window.run.interventions))
    window.changing.hold("")
    first = window.run.interventions[0].epoch
    wait_for(lambda: window.run.epochs_done > first + 3)
    press(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.run.interventions == []
    assert window.run.epochs_done == first
    assert window.state.phase is Phase.RUNNING
    wait_for(lambda: window.run.epochs_done > first + 3)
    press(Key.Key_Space)
    assert same_bits(window.run, record(config.replace(epochs=window.run.epochs_done)))


def test_clipping_is_switched_and_the_learning_rate_turned_where_the_person_looks(open_window, wait_for, press, type_into) -> None:
    window = open_window(CONFIG)
    finish(window, wait_for, press)
    window.timeline.epoch_wanted.emit(7)
    type_into(window.parameters.rows["learning_rate"].field, "0.3")
    wait_for(lambda: window.run.epochs_done == 8)
    assert window.run.interventions == [Intervention(7, "learning_rate", 0.3)]
    window.dashboard.setFocus()
    press(Key.Key_Space)
    wait_for(lambda: window.state.phase is Phase.FINISHED)
    assert same_bits(window.run, record(CONFIG, [Intervention(7, "learning_rate", 0.3)]))


def test_it_pauses_where_a_condition_is_met_and_shows_that_epoch(open_window, wait_for, press) -> None:
    window = open_window(presets()["notebook-1a"].config.replace(epochs=100_000))
    window.show_state(replace(window.state, pauses=(Condition("cost_below", 1e-3),), speed=Speed.FAST))
    press(Key.Key_Space)
    wait_for(lambda: window.state.phase is Phase.PAUSED)
    cost = record(CONFIG).cost
    epoch = int(np.flatnonzero(cost < 1e-3)[0])
    assert window.dashboard.moment.epoch == epoch
    assert window.messages.text.text().startswith(f"Paused at epoch {epoch}: ")
    assert window.run.epochs_done == epoch + 1, "it has stopped there, however far ahead of the screen the engine was"
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 2000)
    assert window.state.phase is Phase.RUNNING, "what holds already is not met again"


def test_playing_back_goes_round_the_loop_while_training_goes_on(open_window, wait_for, press) -> None:
    window = open_window(presets()["notebook-1a"].config.replace(epochs=1_000_000))
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 100)
    window.timeline.loop_chosen.emit((10, 14))
    window.timeline.speed_chosen.emit(200.0)
    window.timeline.play_toggled.emit()
    seen = set()
    for _ in range(40):
        wait_for(lambda: True)
        seen.add(window.dashboard.moment.epoch)
    wait_for(lambda: (seen.add(window.dashboard.moment.epoch), seen >= {10, 11, 12, 13, 14})[1])
    assert window.state.phase is Phase.RUNNING
    seen.clear()
    wait_for(lambda: (seen.add(window.dashboard.moment.epoch), len(seen) > 3)[1])
    assert seen <= {10, 11, 12, 13, 14}


def test_a_large_run_is_saved_beside_the_window_as_it_was_when_asked_for(open_window, wait_for, press, tmp_path: Path) -> None:
    config = presets()["notebook-1a"].config.replace(epochs=1_000_000)
    window = open_window(config)
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.run.profile_bytes > LARGE)
    done = window.run.epochs_done
    window.saving.save_run(window.run, tmp_path / "large.npz")
    assert window.messages.text.text() == f"Saving {tmp_path / 'large.npz'}…"
    wait_for(lambda: window.messages.text.text() == f"Saved {tmp_path / 'large.npz'}")
    wait_for(lambda: window.run.epochs_done > done + 1000)
    saved = load(tmp_path / "large.npz")
    assert saved.epochs_done == done
    np.testing.assert_array_equal(saved.cost, window.run.cost[:done])


def test_undo_brings_back_the_experiment_that_another_one_took_the_place_of(open_window, wait_for, press, tmp_path: Path) -> None:
    window = open_window("notebook-1b")
    window.show_state(replace(window.state, speed=Speed.FAST))
    press(Key.Key_Space)
    wait_for(lambda: window.state.phase is Phase.FINISHED)
    before = window.run
    window.timeline.bookmark_toggled.emit(7)
    window.open(presets()["notebook-1a"])
    wait_for(lambda: window.run.epochs_done == 1)
    window.timeline.bookmark_toggled.emit(0)
    press(Key.Key_R)  # nothing trained: what undo gave before stays
    wait_for(lambda: window.run.epochs_done == 1)
    press(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.run is before
    assert (window.windowTitle(), window.state.head.bookmarks) == ("notebook-1b — GradViz", (7,))
    assert window.state.entered["weight_scale"] == 5.0
    press(Key.Key_Left)
    window.saving.save_run(window.run, tmp_path / "again.npz")
    assert load(tmp_path / "again.npz").bookmarks == (7,)
    press(Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    wait_for(lambda: window.windowTitle() == "notebook-1a — GradViz")
    assert window.run.config.weight_scale == 1.0


def test_space_while_looking_back_at_a_finished_run_plays_it_and_throws_nothing_away(open_window, wait_for, press) -> None:
    window = open_window(CONFIG)
    finish(window, wait_for, press)
    before = window.run
    window.timeline.epoch_wanted.emit(16)
    press(Key.Key_Space)
    assert window.state.head.playing
    wait_for(lambda: window.state.head.cursor is not None and window.state.head.cursor > 20)
    press(Key.Key_Space)
    assert not window.state.head.playing
    assert window.run is before


def test_where_the_live_run_ends_first_the_others_are_paused_and_go_on(open_window, wait_for, press) -> None:
    window = open_window("notebook-1a")
    window.show_state(replace(window.state, speed=Speed.FAST))
    window.comparing.train_together(presets()["notebook-1a"].config, "epochs", (50, 1_000_000))
    [other] = [pin.run for pin in window.state.pins]
    wait_for(lambda: window.state.phase is Phase.FINISHED and other.epochs_done > 500)
    assert window.actions_by_name["run"].text() == "Pause"
    press(Key.Key_Space)
    assert window.actions_by_name["run"].text() == "Run"
    wait_for(lambda: not window.comparing.goes_on)
    press(Key.Key_Space)
    done = other.epochs_done
    wait_for(lambda: other.epochs_done > done + 500)
    assert [pin.run for pin in window.state.pins] == [other], "nothing has begun anew"


def test_where_profiles_are_thinned_out_a_change_is_made_at_the_epoch_on_the_screen(open_window, wait_for, press) -> None:
    window = open_window(presets()["notebook-1a"].config.replace(epochs=20_000))
    window.memory = window.run.memory = 8 << 20
    finish(window, wait_for, press)
    assert window.run.stride > 1
    window.timeline.epoch_wanted.emit(1234)
    wait_for(lambda: window.dashboard.moment.epoch <= 1234)
    shown = window.dashboard.moment.epoch
    assert shown < 1234
    window.changing.change("w[3]", 0.5)
    wait_for(lambda: window.run.epochs_done == shown + 1)
    assert window.run.interventions == [Intervention(shown, "w[3]", 0.5)]


def test_undoing_a_reset_brings_all_runs_that_are_trained_together_back_to_where_they_were(open_window, wait_for, press) -> None:
    window = open_window("notebook-1a")
    config = presets()["notebook-1a"].config.replace(epochs=1_000_000)
    window.comparing.train_together(config, "weight_scale", (1.0, 5.0))
    wait_for(lambda: window.run.epochs_done > 20)
    press(Key.Key_Space)
    live, [other] = window.run, [pin.run for pin in window.state.pins]
    press(Key.Key_R)
    wait_for(lambda: window.run.epochs_done == 1)
    assert window.state.pins[0].run is not other
    press(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (window.run, [pin.run for pin in window.state.pins]) == (live, [other])
    done, others_done = live.epochs_done, other.epochs_done
    press(Key.Key_Space)
    wait_for(lambda: live.epochs_done > done + 5 and other.epochs_done > others_done + 5)
    assert other.cost.tobytes() == record(config.replace(weight_scale=5.0, epochs=other.epochs_done)).cost.tobytes()
