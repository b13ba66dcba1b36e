"""A task's goal counts for the experiment that it began with: what was changed beside what may be is named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.core.config import Config
from gradviz.core.interventions import Intervention
from gradviz.lessons.claims import Has
from gradviz.lessons.course import course
from gradviz.lessons.lesson import Turn, experiments, with_values
from gradviz.lessons.turns import forbidden, in_words, may_change, only_changed
from gradviz.lessons.verdict_claims import Trains
from gradviz.runs.presets import presets

START = Config(layers=8, epochs=20)
#: Something else than what the start has.
OTHERS: dict[str, Any] = {
    "layers": 9,
    "weight_scale": 2.0,
    "learning_rate": 0.5,
    "epochs": 30,
    "residual": "plain",
    "inputs": (0.1, 0.2),
    "number_format": "float32",
}


def turn(*solution: str, may_change: tuple[str, ...] = ()) -> Turn:
    return Turn(task="t", goal=(Trains(),), solution={name: OTHERS[name] for name in solution}, may_change=may_change)


NAMES = st.sets(st.sampled_from(sorted(OTHERS)))


@given(solution=NAMES, free=NAMES, changed=NAMES)
def test_what_is_in_neither_the_solution_nor_the_list_may_not_be_changed(solution: set[str], free: set[str], changed: set[str]) -> None:
    config = START.replace(**{name: OTHERS[name] for name in changed})
    assert set(forbidden(turn(*solution, may_change=tuple(free)), START, config)) == changed - solution - free


def test_how_often_a_run_is_looked_at_may_always_be_changed() -> None:
    assert forbidden(turn("layers"), START, START.replace(observe_every=5)) == ()


@pytest.mark.parametrize(
    ("change", "task", "found"),
    [
        ("3:learning_rate=0.5", turn("layers"), ("learning_rate",)),
        ("3:learning_rate=0.5", turn("learning_rate"), ()),
        ("3:learning_rate=0.5", turn("layers", may_change=("learning_rate",)), ()),
        ("3:learning_rate=0.1", turn("layers"), ()),
        ("3:w[2]=1.5", turn("weight_scale"), ("w",)),
        ("3:w*=1.5", turn("weight_scale"), ("w",)),
        ("3:w[2]*=1.5", turn("weight_scale", may_change=("w",)), ()),
    ],
)
def test_a_change_on_the_way_counts_like_one_before_the_start(change: str, task: Turn, found: tuple[str, ...]) -> None:
    assert forbidden(task, START, START, [Intervention.parse(change)]) == found


def test_what_was_changed_twice_is_named_once_and_can_be_said() -> None:
    changes = [Intervention.parse(text) for text in ("1:w[2]=1.5", "2:w*=2", "3:learning_rate=0.7")]
    found = forbidden(turn("layers"), START, START.replace(learning_rate=0.5), changes)
    assert found == ("learning_rate", "w")
    assert in_words(found) == "learning rate, the weights on the way"
    assert only_changed(turn("weight_scale", may_change=("epochs", "weight_scale"))) == "Nothing is changed but weight scale, epochs."


TASKS = {
    f"{name} {number}": (step.turn, with_values(experiment.config, step.turn.start))
    for name, lesson in course().items()
    for number, (step, experiment) in enumerate(zip(lesson.steps, experiments(lesson), strict=True), 1)
    if step.turn is not None and experiment is not None
}
#: What the tasks' words say has to stay, whatever else may be changed.
STAYS = {
    "01-notebook 12": ("layers", "optimizer", "learning_rate", "w"),
    "04-formats 8": ("number_format", "epochs", "layers"),
    "05-width 5": ("weight_scale", "layers", "initialization"),
    "05-width 10": ("width", "layers", "activation"),
    "06-edge-of-chaos 9": ("layers", "epochs", "learning_rate"),
    "07-glorot 8": ("layers", "initialization", "activation", "normalization"),
    "08-he 6": ("layers", "initialization", "activation", "normalization"),
    "09-residual 10": ("layers", "weight_scale", "learning_rate", "optimizer"),
    "10-normalization 7": ("layers", "width", "normalization", "activation"),
    "11-recurrent 9": ("layers", "weight_scale", "tied_weights", "initialization"),
    "12-optimizers 2": ("layers", "weight_scale", "optimizer", "residual"),
    "12-optimizers 5": ("layers", "weight_scale", "optimizer", "residual"),
}


@pytest.mark.parametrize("name", TASKS)
def test_a_task_of_the_course_may_be_solved_as_its_solution_does_and_keeps_what_it_speaks_of(name: str) -> None:
    task, start = TASKS[name]
    assert forbidden(task, start, with_values(start, task.solution)) == ()
    assert set(STAYS.get(name, ("layers",))).isdisjoint(may_change(task))
    assert not any(isinstance(claim, Has) and not set(claim.set) & set(may_change(task)) for claim in task.goal), "nobody can change that"


def test_another_preset_is_no_solution_of_a_task_of_the_course() -> None:
    task, start = TASKS["01-notebook 12"]
    assert forbidden(task, start, presets()["ten-layers"].config) == ("layers", "learning_rate")
    assert forbidden(task, start, presets()["notebook-1b"].config) == ()
