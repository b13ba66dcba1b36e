"""Whatever a person changes, undoes and redoes, and wherever: each run is the one that its config and interventions give, and every change comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PyQt6.QtCore import QThread

from gradviz.core.config import Config, ConfigError
from gradviz.core.frames import Ask, Frames
from gradviz.core.interventions import Intervention
from gradviz.core.training import Training, train
from gradviz.runs.blas import one_thread
from gradviz.runs.presets import Preset
from gradviz.runs.run import Run, record, training
from gradviz.ui import branches, playhead
from gradviz.ui import state as states
from gradviz.ui.live import Live
from gradviz.ui.state import Branch, Phase, State

CHAIN = Config(layers=5, epochs=25, weight_scale=0.9, learning_rate=0.5)
WIDE = Config(layers=4, width=3, epochs=25, data="xor", samples=16, optimizer="adam", batch_size=5, normalization="batch", bias="on", learning_rate=0.02)
BOTH = {"chain": CHAIN, "wide": WIDE}


@pytest.fixture(autouse=True)
def on_one_thread() -> Iterator[None]:
    with one_thread():
        yield


@dataclass
class Experiment:
    """What the window does with a state, without a window: a branch begins anew, frames arrive, and what was changed on the way is noted."""

    state: State
    run: Run
    source: Training | None
    planned: tuple[Intervention, ...] = ()
    branch: int = 0
    asked: list[tuple[str, float]] = field(default_factory=list)

    @staticmethod
    def of(config: Config) -> Experiment:
        state = states.opened(Preset("test", "Test", "", config))
        experiment = Experiment(state, Run(config), training(config))
        experiment.train(1)
        return experiment

    def show(self, state: State) -> None:
        self.state = state
        if state.branch == self.branch:
            return
        self.branch, self.planned, self.asked = state.branch, state.made, []
        assert state.base is not None
        self.run, self.source = state.base, None
        if state.made or self.run.can_go_on:
            self.run.ending = None
            self.source = self.run.go_on(state.made)
        if state.answers:
            self.train(1)

    def train(self, frames: int) -> None:
        """So many frames more, and what lies before them on the way back."""
        while self.source is not None and frames > 0:
            block = next(self.source) if self.source.gi_frame.f_lasti <= 0 else self.source.send(Ask(1, tuple(self.asked)))  # type: ignore[attr-defined]
            self.asked = [] if len(block) else self.asked
            news = [change for change in block.interventions if change not in self.planned]
            if news:
                self.state = branches.noted(self.state, self.run.before(news[0].epoch))
            self.run.append(block)
            frames -= len(block)
            self.state = states.arrived(self.state, self.run.epochs_done, block.ending)
            if block.ending:
                self.source = None

    def look_at(self, epoch: int) -> None:
        newest = int(self.run.newest.epoch[-1])
        self.state = replace(self.state, head=playhead.moved(self.state.head, min(epoch, newest), newest))

    def change(self, parameter: str, value: float) -> None:
        self.show(branches.intervened(self.state, self.run, branches.epoch_of_change(self.state, self.run, int(self.run.newest.epoch[-1])), parameter, value))

    def change_on_the_way(self, parameter: str, value: float) -> None:
        if self.source is not None:
            self.asked.append((parameter, value))

    def plan(self, rate: float) -> None:
        """Another learning rate, typed while it is paused."""
        if self.run.epochs_done < self.run.config.epochs:
            self.show(branches.intervened(self.state, self.run, self.run.epochs_done, "learning_rate", rate))

    def undo(self) -> None:
        self.show(branches.undone(self.state, self.run))

    def redo(self) -> None:
        self.show(branches.redone(self.state, self.run))


def assert_is_what_it_says(run: Run) -> None:
    """The run has the bits that training its config with its interventions gives, up to where it is."""
    whole = Frames.joined(list(train(run.config, run.interventions)))
    upto = whole.epoch < run.epochs_done
    assert run.epoch.tolist() == whole.epoch[upto].tolist()
    for name, column in whole.columns().items():
        assert getattr(run.frames, name).tobytes() == column[upto].tobytes(), name


WEIGHT = st.floats(-1.2, 1.2)
FACTOR = st.floats(0.8, 1.25)
STEPS: dict[str, st.SearchStrategy[tuple[Any, ...]]] = {
    "train": st.tuples(st.integers(1, 6)),
    "look_at": st.tuples(st.integers(0, 25)),
    "change": st.one_of(st.tuples(st.sampled_from(["w[2]*", "w*"]), FACTOR), st.tuples(st.sampled_from(["w[1]", "w[3]"]), WEIGHT)),
    "change_on_the_way": st.tuples(st.sampled_from(["w[2]*", "w*"]), FACTOR),
    "plan": st.tuples(st.floats(0.05, 0.6)),
    "undo": st.just(()),
    "redo": st.just(()),
}
SEQUENCES = st.lists(st.sampled_from(sorted(STEPS)).flatmap(lambda name: st.tuples(st.just(name), STEPS[name])), max_size=14)


def do(experiment: Experiment, name: str, values: tuple[Any, ...]) -> None:
    if name == "change" and experiment.run.config.wide:
        values = (values[0].rstrip("*") + "*", abs(values[1]) + 0.5)
    getattr(experiment, name)(*values)


@pytest.mark.parametrize("config", BOTH.values(), ids=BOTH.keys())
@given(SEQUENCES)
@settings(max_examples=60)
def test_whatever_is_changed_undone_and_redone_a_run_is_what_its_interventions_say(config: Config, steps: list[tuple[str, tuple[Any, ...]]]) -> None:
    experiment = Experiment.of(config)
    for name, values in steps:
        do(experiment, name, values)
    assert_is_what_it_says(experiment.run)
    for branch in (*experiment.state.past, *experiment.state.future):
        assert_is_what_it_says(branch.run)
    experiment.train(100)
    assert_is_what_it_says(experiment.run)
    assert experiment.run.ending is not None
    assert experiment.state.phase is Phase.FINISHED


@pytest.mark.parametrize("config", BOTH.values(), ids=BOTH.keys())
@given(SEQUENCES)
@settings(max_examples=30)
def test_undoing_everything_leads_back_to_the_untouched_run_and_redoing_to_where_one_was(config: Config, steps: list[tuple[str, tuple[Any, ...]]]) -> None:
    experiment = Experiment.of(config)
    for name, values in steps:
        do(experiment, name, values)
    here = experiment.run
    undone = 0
    while experiment.state.past:
        experiment.undo()
        undone += 1
    assert experiment.run.interventions == []
    assert not experiment.state.made
    assert_is_what_it_says(experiment.run)
    for _ in range(undone):
        experiment.redo()
    assert experiment.run is here


@given(st.lists(st.tuples(st.sampled_from(["w[1]", "w[3]"]), WEIGHT), min_size=1, max_size=8), st.integers(1, 20))
def test_a_weight_that_is_dragged_is_one_change_with_its_last_value(dragged: list[tuple[str, float]], done: int) -> None:
    experiment = Experiment.of(CHAIN)
    experiment.train(done)
    before = experiment.run
    for parameter, value in dragged:
        experiment.change(parameter, value)
    together = [(parameter, value) for place, (parameter, value) in enumerate(dragged) if place + 1 == len(dragged) or dragged[place + 1][0] != parameter]
    assert [(change.parameter, change.value) for change in experiment.run.interventions] == together
    assert len(experiment.state.past) == len(together)
    assert experiment.run.epochs_done == before.epochs_done, "the epoch on the screen answers, and no more are trained"
    for _ in together:
        experiment.undo()
    assert experiment.run is before


@given(st.lists(FACTOR, min_size=1, max_size=8))
def test_a_wheel_that_is_turned_is_one_change_with_all_of_its_factors(factors: list[float]) -> None:
    experiment = Experiment.of(WIDE)
    experiment.train(7)
    for factor in factors:
        experiment.change("w*", factor)
    (change,) = experiment.run.interventions
    assert (change.epoch, change.parameter) == (7, "w*")
    assert change.value == pytest.approx(float(np.prod(factors)))
    assert len(experiment.state.past) == 1


def test_only_the_first_step_of_a_drag_trains_again_what_lies_before_it() -> None:
    experiment = Experiment.of(WIDE)
    experiment.train(20)
    assert experiment.run.start_for(20) is None, "so small a network has no checkpoint yet"
    for factor in (1.1, 1.2):
        experiment.change("w*", factor)
    start = experiment.state.base.start_for(20) if experiment.state.base is not None else None
    assert start is not None
    assert start.epoch == 20
    assert_is_what_it_says(experiment.run)


def test_a_change_that_has_not_answered_yet_is_not_lost_when_another_one_comes() -> None:
    experiment = Experiment.of(CHAIN)
    experiment.train(5)
    state = branches.intervened(experiment.state, experiment.run, 5, "w[1]", 0.5)
    assert state.base is not None
    state = branches.intervened(state, state.base, branches.epoch_of_change(state, state.base, 4), "w*", 1.1)
    assert state.made == (Intervention(5, "w[1]", 0.5), Intervention(5, "w*", 1.1))
    assert state.answers
    experiment.show(state)
    experiment.undo()
    experiment.train(1)
    assert experiment.run.interventions == [Intervention(5, "w[1]", 0.5)]


def test_a_learning_rate_that_waits_for_the_next_epoch_stays_when_a_weight_is_dragged() -> None:
    experiment = Experiment.of(CHAIN)
    experiment.train(5)
    experiment.plan(0.3)
    assert experiment.state.running.learning_rate == 0.3
    for value in (0.9, 0.7, 0.5):
        experiment.change("w[1]", value)
        assert experiment.state.running.learning_rate == 0.3
        assert experiment.run.epochs_done == 6
    assert experiment.run.interventions == [Intervention(5, "w[1]", 0.5)]
    assert len(experiment.state.past) == 2
    experiment.train(1)
    assert experiment.run.interventions == [Intervention(5, "w[1]", 0.5), Intervention(6, "learning_rate", 0.3)]
    assert_is_what_it_says(experiment.run)


def test_a_learning_rate_typed_after_a_weight_was_dragged_waits_for_the_next_epoch() -> None:
    experiment = Experiment.of(CHAIN)
    experiment.train(5)
    experiment.change("w[1]", 0.5)
    experiment.plan(0.3)
    assert experiment.run.epochs_done == 6
    assert not experiment.state.answers
    experiment.train(1)
    assert experiment.run.interventions == [Intervention(5, "w[1]", 0.5), Intervention(6, "learning_rate", 0.3)]


def test_what_waits_for_the_next_epoch_still_does_after_undo_and_redo() -> None:
    experiment = Experiment.of(CHAIN)
    experiment.train(5)
    experiment.plan(0.3)
    experiment.undo()
    assert experiment.state.running.learning_rate == 0.5
    experiment.redo()
    assert experiment.state.running.learning_rate == 0.3
    experiment.change("w[1]", 0.5)
    for _ in range(2):
        experiment.undo()
        assert experiment.state.made == (Intervention(6, "learning_rate", 0.3),)
        experiment.redo()
    assert experiment.state.made == (Intervention(6, "learning_rate", 0.3),)
    experiment.train(1)
    assert experiment.run.interventions == [Intervention(5, "w[1]", 0.5), Intervention(6, "learning_rate", 0.3)]


def test_the_same_weight_changed_again_after_training_went_on_is_another_change() -> None:
    experiment = Experiment.of(CHAIN)
    experiment.train(5)
    experiment.change("w[1]", 0.5)
    experiment.train(4)
    gone_on = experiment.run
    experiment.look_at(5)
    experiment.change("w[1]", 0.6)
    assert [change.value for change in experiment.run.interventions] == [0.5, 0.6]
    experiment.undo()
    assert experiment.run is gone_on
    assert experiment.run.epochs_done == 10


def test_a_change_at_an_earlier_epoch_takes_what_was_recorded_since_with_it_until_it_is_undone() -> None:
    experiment = Experiment.of(CHAIN)
    experiment.train(100)
    whole = experiment.run
    experiment.look_at(8)
    experiment.change("w[2]", -0.5)
    assert experiment.run.epochs_done == 9
    assert (experiment.state.phase, experiment.state.head.live) == (Phase.PAUSED, True)
    assert experiment.run.cost[:8].tobytes() == whole.cost[:8].tobytes()
    experiment.undo()
    assert experiment.run is whole
    assert experiment.state.phase is Phase.FINISHED
    assert experiment.state.ending == whole.ending


def test_a_change_that_the_network_cannot_have_changes_nothing() -> None:
    experiment = Experiment.of(WIDE)
    experiment.train(3)
    with pytest.raises(ConfigError, match="has many weights"):
        branches.intervened(experiment.state, experiment.run, 3, "w[2]", 0.5)
    with pytest.raises(ConfigError, match="cannot be: the last epoch is 24"):
        branches.intervened(experiment.state, experiment.run, 25, "w*", 0.5)


def test_with_nothing_to_undo_or_redo_a_state_stays_the_same_object() -> None:
    experiment = Experiment.of(CHAIN)
    assert branches.undone(experiment.state, experiment.run) is experiment.state
    assert branches.redone(experiment.state, experiment.run) is experiment.state


def test_a_new_change_leaves_nothing_to_redo() -> None:
    experiment = Experiment.of(CHAIN)
    experiment.train(4)
    experiment.change("w[1]", 0.5)
    experiment.undo()
    assert experiment.state.future
    experiment.change("w[2]", 0.5)
    assert not experiment.state.future
    experiment.undo()
    experiment.change_on_the_way("w*", 0.9)
    experiment.train(1)
    assert not experiment.state.future


# memory


def grown(epochs: int, memory: int) -> Run:
    config = CHAIN.replace(layers=100, epochs=epochs)
    run = Run(config, memory=memory)
    for frames in train(config):
        run.append(frames)
    return run


def test_runs_that_share_what_was_before_them_count_once() -> None:
    run = grown(600, 2**21)
    held = run.profile_bytes
    family = tuple(Branch(run.before(epoch)) for epoch in range(300, 600, 3))
    assert held > 2**20
    assert len(branches.within_memory(family)) > 50, "a branch is no more than the chunk in which it leaves the others"


@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_of_runs_that_share_nothing_the_newest_are_kept(count: int) -> None:
    held = tuple(Branch(grown(600, 2**20)) for _ in range(count))
    kept = branches.within_memory(held)
    assert kept == held[-len(kept) :]
    own = held[0].run.profile_bytes
    assert len(kept) == min(count, max(1, branches.KEPT_TIMES * 2**20 // own))


def test_a_run_beyond_all_memory_can_still_be_undone() -> None:
    run = grown(600, 2**28)
    run.memory = 1
    earlier, last = Branch(grown(10, 1)), Branch(run)
    assert branches.within_memory((earlier, last)) == (last,)


# a run and its thread


@pytest.fixture
def alive() -> Iterator[list[Live]]:
    made: list[Live] = []
    yield made
    for live in made:
        live.retire()


@pytest.mark.parametrize("config", BOTH.values(), ids=BOTH.keys())
def test_a_live_run_grows_by_what_was_asked_for_and_notes_each_block_before_it_is_there(
    wait_for: Callable[..., None], alive: list[Live], config: Config
) -> None:
    live = Live(Run(config), training(config))
    alive.append(live)
    seen: list[tuple[int, int]] = []
    live.start()
    wait_for(lambda: live.take(lambda frames: seen.append((live.run.epochs_done, frames.done))))
    assert (live.run.epochs_done, seen) == (1, [(0, 1)])
    live.turn([("w*", 1.1), ("w*", 1.1), ("learning_rate", 0.1), ("learning_rate", 0.2)])
    live.ask(100, frozenset())
    wait_for(lambda: live.take() and not live.works)
    assert live.error is None
    assert live.run.interventions == [Intervention(1, "w*", 1.1), Intervention(1, "w*", 1.1), Intervention(1, "learning_rate", 0.2)]
    assert live.run.ending is not None
    assert live.run.epochs_done == config.epochs


def test_a_live_run_that_is_retired_lets_its_worker_end_and_takes_nothing_any_more(wait_for: Callable[..., None]) -> None:
    live = Live(Run(CHAIN), training(CHAIN))
    live.start()
    worker = live._worker
    assert isinstance(worker, QThread)
    live.retire()
    assert not live.works
    live.ask(5, frozenset())
    live.turn([("w*", 2.0)])
    assert live.take() == []
    wait_for(worker.isFinished)
    assert live.run.epochs_done == 0


def test_what_breaks_a_training_off_is_kept_beside_what_was_recorded(wait_for: Callable[..., None]) -> None:
    def breaking() -> Training:
        source = train(CHAIN)
        yield next(source)
        raise MemoryError

    live = Live(Run(CHAIN), breaking())
    live.start()
    live.ask(5, frozenset())
    wait_for(lambda: live.take() is not None and not live.works)
    assert isinstance(live.error, MemoryError)
    assert live.run.epochs_done == 1


def test_a_run_without_a_source_stands_as_it_is() -> None:
    live = Live(record(CHAIN))
    live.start()
    live.ask(5, frozenset())
    assert not live.works
    assert live.take() == []
    assert live.run.epochs_done == 25
