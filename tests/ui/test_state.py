"""The window's state: every transition, and any number of them in any order."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz import Config, record
from gradviz.core.combinations import USED
from gradviz.core.config import PARAMETERS
from gradviz.core.training import Ending
from gradviz.runs import machine
from gradviz.runs.presets import Preset, presets
from gradviz.runs.run import Run
from gradviz.runs.table_check import TableCheck, asked_of_table
from gradviz.ui import state as states
from gradviz.ui.state import Phase, Speed, State

DONE = Ending("done", "50 epochs done.")
RECORDED = record(Config(layers=3, epochs=4))


def another(name: str) -> Any:
    """A value that differs from the default."""
    parameter = PARAMETERS[name]
    if parameter.choices:
        return next(choice for choice in parameter.choices if choice != parameter.default)
    others = {"layers": 6, "inputs": (0.1, 0.2), "targets": (0.1, 0.2), "csv_file": "a.csv", "csv_target": "price"}
    return others.get(name, 0.5 if parameter.kind is float else 3)


def own(config: Config) -> Preset:
    return Preset("test", "Test", "", config)


@pytest.fixture
def preparing() -> State:
    return states.opened(own(Config(layers=5, epochs=50)))


@pytest.fixture
def ready(preparing: State) -> State:
    return states.arrived(preparing, 1, None)


@pytest.fixture
def running(ready: State) -> State:
    return states.arrived(states.toggled(ready), 7, None)


@pytest.fixture
def finished(running: State) -> State:
    return states.arrived(running, 50, DONE)


def test_a_state_cannot_be_changed(preparing: State) -> None:
    with pytest.raises(FrozenInstanceError):
        preparing.phase = Phase.RUNNING  # type: ignore[misc]


def test_an_opened_preset_prepares_and_an_opened_run_is_finished() -> None:
    before = replace(states.opened(presets()["notebook-1b"]), speed=Speed.FAST, experiment=4)
    assert (before.phase, before.preset, before.changed) == (Phase.PREPARING, presets()["notebook-1b"], ())
    after = states.opened(RECORDED, before, "kept.npz")
    assert (after.phase, after.epochs_done, after.ending, after.name) == (Phase.FINISHED, 4, RECORDED.ending, "kept.npz")
    assert (after.speed, after.experiment, after.running) == (Speed.FAST, 5, RECORDED.config)


def test_the_first_frame_makes_it_ready(preparing: State) -> None:
    assert not states.can_step(preparing)
    ready = states.arrived(preparing, 1, None)
    assert ready.phase is Phase.PAUSED
    assert ready.fresh
    assert states.can_step(ready)


def test_frames_without_an_epoch_prepare_nothing(preparing: State) -> None:
    assert states.arrived(preparing, 0, None).phase is Phase.PREPARING


def test_run_pressed_while_it_prepares_runs_when_it_is_ready(preparing: State) -> None:
    waiting = states.toggled(preparing)
    assert waiting.run_when_ready
    assert not waiting.fresh
    assert states.arrived(waiting, 1, None).phase is Phase.RUNNING
    assert states.arrived(states.toggled(waiting), 1, None).phase is Phase.PAUSED


def test_toggled_runs_pauses_and_runs_again(ready: State) -> None:
    phases = [ready.phase]
    for _ in range(3):
        ready = states.toggled(ready)
        phases.append(ready.phase)
    assert phases == [Phase.PAUSED, Phase.RUNNING, Phase.PAUSED, Phase.RUNNING]


def test_a_finished_experiment_begins_again_and_runs(finished: State) -> None:
    again = states.toggled(finished)
    assert (again.phase, again.run_when_ready, again.epochs_done, again.ending) == (Phase.PREPARING, True, 0, None)
    assert again.experiment == finished.experiment + 1


def test_a_finished_experiment_with_a_problem_stays(finished: State) -> None:
    wrong = states.refused(finished, "layers", "layers is 'x'; it must be a whole number.")
    assert states.toggled(wrong) is not wrong or wrong.phase is Phase.FINISHED
    assert states.reset(wrong) is wrong
    assert states.toggled(wrong).phase is Phase.FINISHED
    assert not states.toggled(wrong).run_when_ready


def test_a_recorded_run_is_played_back_and_an_edited_one_is_trained() -> None:
    opened = states.opened(RECORDED)
    again = states.toggled(opened)
    assert (again.base, again.phase, again.epochs_done) == (RECORDED, Phase.FINISHED, RECORDED.epochs_done)
    assert (again.head.playing, again.head.cursor) == (True, 0)
    assert again.experiment == opened.experiment
    edited = states.toggled(states.entered(opened, "layers", 9))
    assert (edited.base, edited.running.layers) == (None, 9)


def test_step_pauses(running: State, ready: State, finished: State) -> None:
    assert states.stepped(running).phase is Phase.PAUSED
    assert states.stepped(ready) is ready
    assert not states.can_step(finished)


def test_an_edit_before_the_start_begins_anew(ready: State) -> None:
    edited = states.entered(ready, "layers", 9)
    assert edited.running.layers == 9
    assert edited.experiment == ready.experiment + 1
    assert (edited.phase, edited.changed, edited.name) == (Phase.PREPARING, (), "own settings")
    assert states.entered(ready, "layers", 5).experiment == ready.experiment  # the same value again


def test_an_edit_in_mid_run_waits_for_a_reset(running: State) -> None:
    edited = states.entered(running, "layers", 9)
    assert (edited.running, edited.phase, edited.changed) == (running.running, Phase.RUNNING, ("layers",))
    anew = states.reset(edited)
    assert (anew.running.layers, anew.phase, anew.changed, anew.run_when_ready) == (9, Phase.PREPARING, (), False)
    assert states.entered(edited, "layers", 5).changed == ()


@pytest.mark.parametrize("name", list(PARAMETERS))
def test_only_live_parameters_act_in_mid_run(running: State, name: str) -> None:
    other = another(name)
    edited = states.entered(running, name, other)
    assert edited.experiment == running.experiment
    assert (getattr(edited.running, name) == other) is PARAMETERS[name].live
    assert edited.changed == (() if PARAMETERS[name].live else (name,))


@pytest.mark.parametrize("phase", ["finished", "played back"])
def test_a_learning_rate_changes_nothing_that_is_over(finished: State, phase: str) -> None:
    before = finished if phase == "finished" else states.arrived(states.toggled(states.opened(RECORDED)), 2, None)
    edited = states.entered(before, "learning_rate", 0.5)
    assert edited.running == before.running
    assert edited.changed == ("learning_rate",)


def test_a_refused_value_is_a_problem_until_another_comes(ready: State) -> None:
    wrong = states.refused(ready, "layers", "a sentence")
    assert wrong.problems == {"layers": "a sentence"}
    assert wrong.wanted is None
    assert wrong.experiment == ready.experiment
    mended = states.entered(wrong, "layers", 5)
    assert mended.problems == {}
    assert mended.wanted == ready.running


def test_values_that_cannot_be_together_are_a_problem_of_one_of_them(ready: State) -> None:
    wrong = states.entered(ready, "inputs", (0.1, 0.2, 0.3))
    assert set(wrong.problems) == {"targets"}
    assert wrong.running == ready.running
    mended = states.entered(wrong, "targets", (0.0, 0.0, 0.0))
    assert mended.running.inputs == (0.1, 0.2, 0.3)


def test_restored_sets_every_field(running: State, ready: State) -> None:
    default = Config()
    in_mid_run = states.restored(states.refused(running, "seed", "no"), default)
    assert (in_mid_run.wanted, in_mid_run.problems, in_mid_run.running) == (default, {}, running.running)
    assert in_mid_run.changed == ("layers", "epochs")
    before_the_start = states.restored(ready, default)
    assert (before_the_start.running, before_the_start.name) == (default, "notebook-1a")


def test_the_end_of_a_training_and_an_error_finish_it(running: State) -> None:
    assert (states.arrived(running, 50, DONE).phase, states.arrived(running, 50, DONE).ending) == (Phase.FINISHED, DONE)
    failed = states.failed(running, "It broke off.")
    assert (failed.phase, failed.ending) == (Phase.FINISHED, Ending("stopped", "It broke off."))


# values that are tried: a slider, a click on a map


def test_values_tried_begin_anew_at_epoch_0_with_all_of_them(ready: State, finished: State, running: State) -> None:
    for before in (ready, finished, states.toggled(running), states.failed(running, "It broke off."), states.opened(RECORDED)):
        after = states.tried(before, {"width": 8, "weight_scale": 5})
        assert (after.running.width, after.running.weight_scale) == (8, 5.0)
        assert (after.phase, after.epochs_done, after.run_when_ready, after.base) == (Phase.PREPARING, 0, False, None)
        assert after.experiment == before.experiment + 1
        assert after.changed == ()


def test_values_tried_while_it_runs_are_only_entered(running: State, preparing: State) -> None:
    for before in (running, states.toggled(preparing)):
        after = states.tried(before, {"width": 8, "weight_scale": 5.0})
        assert (after.experiment, after.phase, after.run_when_ready) == (before.experiment, before.phase, before.run_when_ready)
        assert after.changed == ("width", "weight_scale")
    turned = states.tried(running, {"learning_rate": 0.5, "width": 8})
    assert (turned.running.learning_rate, turned.running.width) == (0.5, 1)


def test_the_same_values_tried_again_train_again_but_not_before_anything_was_trained(ready: State, finished: State) -> None:
    assert states.tried(ready, {"layers": 5}).experiment == ready.experiment
    again = states.tried(finished, {"layers": 5})
    assert (again.experiment, again.epochs_done) == (finished.experiment + 1, 0)


def test_tried_values_that_cannot_be_are_refused_as_typed_ones_are(finished: State) -> None:
    alone = states.tried(finished, {"width": 0, "bias": "on"})
    assert alone.problems == {"width": "width is 0; it must be a whole number from 1 to 10,000."}
    assert (alone.entered["width"], alone.entered["bias"], alone.experiment) == (1, "on", finished.experiment)
    together = states.tried(finished, {"normalization": "layer"})
    assert set(together.problems) == {"normalization"}
    assert together.experiment == finished.experiment
    mended = states.tried(alone, {"width": np.int64(3)})
    assert (mended.problems, mended.running.width, type(mended.running.width)) == ({}, 3, int)


# what sleeps


def test_a_parameter_that_does_nothing_sleeps_and_says_what_wakes_it(ready: State) -> None:
    assert {"clip_at", "momentum", "bias_scale", "seed", "csv_file"} <= ready.asleep
    sentences = {
        "clip_at": "Asleep: it acts only where Gradient clipping is not none.",
        "momentum": "Asleep: it acts only where Optimizer is momentum, nesterov, adam or adamw.",
        "weight_decay": "Asleep: it acts only where Optimizer is adamw.",
        "bias_scale": "Asleep: it acts only where Bias is on.",
        "seed": "Asleep: it acts only where Initialization is not constant, Batch size is not 0 or Data is not samples.",
        "layers": "",
    }
    assert {name: ready.why_asleep(name) for name in sentences} == sentences


@pytest.mark.parametrize("name", sorted(USED.keys() - {"seed"}))
def test_what_a_sentence_says_wakes_it_does_and_nothing_else(name: str) -> None:
    values = {**Config().as_dict(), "loss": "cross_entropy", "activation": "relu", "data": "csv" if name in ("inputs", "targets") else "samples"}
    asleep = State(Config(), values)
    said = re.fullmatch(r"Asleep: it acts only where (.+) is (not )?(.+)\.", asleep.why_asleep(name))
    assert said is not None
    other = next(parameter for parameter in PARAMETERS.values() if parameter.title == said[1])
    listed = set(re.split(", | or ", said[3]))
    wakes = {value for value in other.choices if name not in replace(asleep, entered={**values, other.name: value}).asleep}
    assert wakes == (set(other.choices) - listed if said[2] else listed)


# what the machine has no memory for


def test_what_needs_more_memory_than_there_is_is_a_problem_before_it_runs(finished: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "available", lambda: 2 * 1024**3)
    large = states.tried(finished, {"layers": 50, "width": 5000})
    assert set(large.problems) == {"width"}
    assert "This machine has 2.0 GB for it" in large.problems["width"]
    assert (large.wanted, large.experiment) == (None, finished.experiment)
    assert states.reset(large) is large
    assert states.toggled(large) is not None
    assert states.tried(large, {"width": 50}).running.width == 50


def test_a_problem_that_comes_and_goes_with_the_machines_memory_stays_what_it_was(finished: State, monkeypatch: pytest.MonkeyPatch) -> None:
    left = iter([10 * 1024**3, 1024**3])
    monkeypatch.setattr(machine, "available", lambda: next(left))
    large = states.entered(finished, "width", 800)
    assert large.problems == {}
    assert large.wanted is not None
    assert states.reset(large).running.width == 800


def test_a_preset_too_large_for_the_machine_is_entered_and_not_begun(finished: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "available", lambda: 1024**3)
    huge = own(Config(width=5000))
    for before in (finished, None):
        after = states.opened(huge, before)
        assert after.entered["width"] == 5000
        assert set(after.problems) == {"width"}
        assert after.running.width == 1
    assert states.opened(huge, finished).experiment == finished.experiment


def test_a_recorded_run_is_played_back_on_a_machine_that_could_not_train_it(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = states.opened(RECORDED)
    monkeypatch.setattr(machine, "ALWAYS_THERE", 0)
    monkeypatch.setattr(machine, "available", lambda: 0)
    assert set(opened.problems) == {"layers"}
    assert states.toggled(opened).base is RECORDED
    assert states.toggled(opened).head.playing


# a person's own table

TABLE = Config(width=4, layers=5, epochs=50, data="csv", csv_file="a.csv")


def found(state: State, refusal: tuple[str, str] | None = None, loss: str = "mse", *, complete: bool = True) -> TableCheck:
    """What reading the state's table came to."""
    asked = asked_of_table(state.entered)
    assert asked is not None
    return TableCheck(asked, ("x", "y"), loss, refusal, (1, 2, 3), complete)


def chosen(state: State) -> State:
    """The state after a person has chosen a table in the fields."""
    for name in ("width", "csv_file", "data"):
        state = states.entered(state, name, getattr(TABLE, name))
    return state


def test_a_table_chosen_begins_when_it_has_been_read(ready: State) -> None:
    before = chosen(ready)
    assert (before.running.data, before.running.width, before.unread, before.columns, before.problems) == ("samples", 4, asked_of_table(before.entered), (), {})
    part = states.read(before, found(before, complete=False))
    assert (part.columns, part.experiment, part.unread) == (("x", "y"), before.experiment, before.unread)
    done = states.read(part, found(part))
    assert (done.running.data, done.experiment, done.unread, done.columns) == ("csv", before.experiment + 1, None, ("x", "y"))
    assert (done.phase, done.run_when_ready, done.changed) == (Phase.PREPARING, False, ())


def test_what_is_wrong_with_a_table_is_a_problem_until_something_else_is_asked(ready: State) -> None:
    bad = states.read(chosen(ready), found(chosen(ready), ("csv_file", "It has a gap.")))
    assert bad.problems == {"csv_file": "It has a gap."}
    assert (bad.wanted, bad.running.data) == (None, "samples")
    for name, value in (("data", "xor"), ("csv_file", "b.csv"), ("csv_target", "x"), ("test_share", 0.5)):
        assert states.entered(bad, name, value).problems == {}
    assert states.entered(bad, "epochs", 7).problems == bad.problems
    assert states.entered(states.entered(bad, "data", "xor"), "data", "csv").problems == bad.problems
    both = states.entered(bad, "warm_up", 500)
    assert set(both.problems) == {"csv_file", "warm_up"}


def test_an_answer_to_another_question_is_not_believed(ready: State) -> None:
    old = chosen(ready)
    now = states.entered(old, "csv_file", "b.csv")
    assert states.read(now, found(old, ("csv_file", "It has a gap."))) is now
    assert states.read(ready, found(old)) is ready


def test_run_waits_for_the_table_and_then_runs(ready: State, finished: State) -> None:
    for before in (chosen(ready), chosen(finished)):
        waits = states.toggled(before)
        assert waits.runs
        assert (waits.phase, waits.experiment) == (before.phase, before.experiment)
        assert not states.toggled(waits).runs
        begun = states.read(waits, found(waits))
        assert (begun.running.data, begun.run_when_ready, begun.waiting) == ("csv", True, None)
        assert states.arrived(begun, 1, None).phase is Phase.RUNNING


def test_run_does_nothing_while_the_table_is_bad_and_reset_neither(ready: State, finished: State) -> None:
    for before in (chosen(ready), chosen(finished)):
        bad = states.read(before, found(before, ("csv_target", "It holds one class only.")))
        assert states.toggled(bad) is bad
        assert states.reset(bad) is bad
        waits = states.toggled(before)
        missed = states.read(waits, found(waits, ("csv_target", "It holds one class only.")))
        assert (missed.waiting, missed.runs, missed.experiment) == (None, False, before.experiment)


def test_reset_in_mid_run_goes_on_until_the_table_has_been_read(running: State) -> None:
    waits = states.reset(chosen(running))
    assert (waits.phase, waits.experiment) == (Phase.RUNNING, running.experiment)
    assert states.toggled(waits).phase is Phase.PAUSED
    begun = states.read(waits, found(waits))
    assert (begun.experiment, begun.runs) == (running.experiment + 1, False)


def test_what_waits_for_a_table_does_so_no_more_when_none_is_wanted(finished: State) -> None:
    waits = states.reset(chosen(finished))
    assert waits.waiting is not None
    for after in (states.entered(waits, "data", "xor"), states.restored(waits, Config()), states.opened(presets()["notebook-1b"], waits)):
        assert after.waiting is None


def test_a_config_with_a_table_is_entered_and_begins_when_it_has_been_read(running: State) -> None:
    for before in (running, None):
        waits = states.opened(own(TABLE), before)
        assert (dict(waits.entered), waits.running.data) == (TABLE.as_dict(), "samples")
        begun = states.read(waits, found(waits))
        assert (begun.running, begun.name) == (TABLE, "test")


def test_a_table_opened_brings_its_network_and_loss(running: State) -> None:
    before = states.opened_table(Path("flowers.csv"), running)
    assert (before.running, before.phase) == (running.running, Phase.RUNNING)
    assert (before.entered["width"], before.entered["csv_file"], before.entered["loss"]) == (16, str(Path("flowers.csv").absolute()), "mse")
    asks_again = states.read(before, found(before, loss="cross_entropy"))
    assert (asks_again.entered["loss"], asks_again.experiment) == ("cross_entropy", running.experiment)
    assert asks_again.unread == asked_of_table(asks_again.entered)
    begun = states.read(asks_again, found(asks_again, loss="cross_entropy"))
    assert (begun.running.loss, begun.name, begun.phase) == ("cross_entropy", "flowers", Phase.PREPARING)
    assert states.read(states.entered(begun, "loss", "mse"), found(states.entered(begun, "loss", "mse"), loss="cross_entropy")).entered["loss"] == "mse"


def test_a_bad_table_opened_brings_its_loss_when_it_is_mended(finished: State) -> None:
    before = states.opened_table(Path("flowers.csv"), finished)
    bad = states.read(before, found(before, ("csv_file", "It has a gap."), loss=""))
    assert (set(bad.problems), bad.waiting, bad.experiment) == ({"csv_file"}, None, finished.experiment)
    mended = states.outdated(bad)
    assert (mended.problems, mended.columns) == ({}, ("x", "y"))
    assert states.read(mended, found(mended, loss="cross_entropy")).entered["loss"] == "cross_entropy"


def test_a_table_that_changes_before_anything_is_trained_begins_anew(ready: State) -> None:
    begun = states.arrived(states.read(chosen(ready), found(chosen(ready))), 1, None)
    changed = states.outdated(begun)
    assert changed.unread == begun.asked
    assert states.read(changed, found(changed)).experiment == begun.experiment + 1
    trained = states.outdated(states.arrived(states.toggled(begun), 9, None))
    assert states.read(trained, found(trained)).experiment == begun.experiment
    assert states.outdated(ready) is ready


def test_a_recorded_run_is_played_back_without_its_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n2,4\n3,5\n")
    run = record(TABLE.replace(csv_file=str(path), epochs=3))
    opened = states.opened(run)
    bad = states.read(opened, found(opened, ("csv_file", "No such file.")))
    assert set(bad.problems) == {"csv_file"}
    assert states.toggled(bad).base is run
    assert states.toggled(bad).head.playing


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "layers": st.sampled_from([2, 5, 100_000]),
    "activation": st.sampled_from(["tanh", "identity"]),
    "weight_scale": st.sampled_from([0.9, 1.0, 5.0]),
    "learning_rate": st.sampled_from([0.1, 0.5]),
    "inputs": st.sampled_from([(-0.5, 0.5), (1.0,), (0.0,) * 500]),
    "targets": st.sampled_from([(-0.5, 0.5), (1.0,), (0.0,) * 500]),
    "width": st.sampled_from([1, 4]),
    "normalization": st.sampled_from(["none", "layer"]),
    "batch_size": st.sampled_from([0, 2]),
    "data": st.sampled_from(["samples", "csv", "xor"]),
    "csv_file": st.sampled_from(["", "a.csv", "b.csv"]),
    "loss": st.sampled_from(["mse", "cross_entropy"]),
}
STEPS = st.one_of(
    st.sampled_from(["toggled", "stepped", "reset", "failed", "done", "frames", "defaults", "run"]).map(lambda name: (name,)),
    st.sampled_from(list(VALUES)).flatmap(lambda name: st.tuples(st.just("entered"), st.just(name), VALUES[name])),
    st.dictionaries(st.sampled_from(list(VALUES)), st.none(), max_size=3).flatmap(
        lambda names: st.tuples(st.just("tried"), st.fixed_dictionaries({name: VALUES[name] for name in names}))
    ),
    st.tuples(st.just("refused"), st.sampled_from(list(VALUES)), st.just("no")),
    st.tuples(st.just("preset"), st.sampled_from(list(presets()))),
    st.sampled_from(["a table", "outdated"]).map(lambda name: (name,)),
    st.tuples(st.just("read"), st.sampled_from([None, ("csv_file", "It has a gap.")]), st.sampled_from(["mse", "cross_entropy", ""]), st.booleans()),
)


def after(state: State, step: tuple[Any, ...]) -> State:
    """The state after one thing that a person, or the worker, can do in it."""
    name, *words = step
    over = state.phase is Phase.FINISHED
    if name == "frames":
        return state if over else states.arrived(state, state.epochs_done + 3, None)
    if name == "done":
        return state if over else states.arrived(state, state.epochs_done + 3, DONE)
    if name == "failed":
        return state if over else states.failed(state, "It broke off.")
    if name == "preset":
        return states.opened(presets()[words[0]], state)
    if name == "run":
        return states.opened(RECORDED, state, "kept.npz")
    if name == "defaults":
        return states.restored(state, Config())
    if name == "a table":
        return states.opened_table(Path("c.csv"), state)
    if name == "read":
        return states.read(state, found(state, *words[:2], complete=words[2])) if state.asked else state
    transition = getattr(states, name)
    return transition(state, *words)


def check(before: State, now: State) -> None:
    assert (now.wanted is None) == bool(now.problems)
    if now.wanted is not None:
        assert now.wanted.as_dict() == dict(now.entered)
    assert set(now.entered) == set(PARAMETERS)
    assert before.experiment <= now.experiment <= before.experiment + 1
    assert (now.phase is Phase.FINISHED) == (now.ending is not None)
    assert not now.run_when_ready or now.phase is Phase.PREPARING
    assert now.waiting is None or now.unread is not None
    assert (now.unread is None) == (now.asked is None or (now.table is not None and now.table.complete and now.table.asked == now.asked))
    assert isinstance(now.running, Config)
    assert set(now.changed) == {name for name in PARAMETERS if now.entered[name] != getattr(now.running, name)}
    assert now.base is None or isinstance(now.base, Run)
    if now.experiment == before.experiment:
        assert set(before.running.differences(now.running)) <= {name for name, parameter in PARAMETERS.items() if parameter.live}
    else:
        assert (now.epochs_done, now.phase) == (0, Phase.PREPARING) or now.base is not None
        assert now.speed is before.speed
    if now.wanted is None and now.base is None:
        assert states.reset(now) is now


@given(st.lists(STEPS, max_size=25))
def test_whatever_is_done_in_whatever_order_the_state_makes_sense(steps: list[tuple[Any, ...]]) -> None:
    state = states.opened(own(Config(layers=5, epochs=50)))
    for step in steps:
        now = after(state, step)
        check(state, now)
        state = now
