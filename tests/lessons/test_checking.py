"""A lesson that is checked: what holds, what does not, on which run, and whether its tasks can be done and are not done already."""

from __future__ import annotations

import pytest

from gradviz.lessons.checking import Checked, check_lesson, epochs_to_train
from gradviz.lessons.lesson import Lesson
from gradviz.lessons.reading import lesson_from

STEP = '\n[[steps]]\ntitle = "A step"\ntext = "Words."\n'


def lesson_of(*steps: str) -> Lesson:
    return lesson_from('title = "t"\nsummary = "s"\nminutes = 5\n' + "".join(STEP + step for step in steps), "mine.toml")


def checked(*steps: str) -> list[Checked]:
    """What the check finds of a lesson with these steps."""
    return list(check_lesson(lesson_of(*steps)))


COST = '{{ claim = "number", of = "{of}", near = {near}, within = {within} }}'


def claims(*said: str) -> str:
    return f"claims = [{', '.join(said)}]\n"


def cost(near: float, within: float = 1e-12, of: str = "cost") -> str:
    return COST.format(of=of, near=near, within=within)


def test_a_claim_is_held_against_the_run_of_its_step() -> None:
    found = checked('preset = "notebook-1b"\nset = { epochs = 1 }\n' + claims(cost(0.12495456498704757), cost(0.125, 1e-9)))
    assert [(one.step, one.part, one.holds) for one in found] == [(1, "claim", True), (1, "claim", False)]
    assert found[0].claim == "The cost is 0.124954564987, within 10⁻¹²."
    assert found[0].measured == "0.125"


def test_a_step_is_looked_at_in_its_own_epoch_and_else_in_the_last_one() -> None:
    run = "set = { epochs = 40 }\n"
    found = checked(run + claims(cost(0.07247484298514874), cost(0.0, 1e-3)), "epoch = 0\n" + claims(cost(0.07247484298514874), cost(0.0, 1e-3)))
    assert [(one.step, one.holds) for one in found] == [(1, False), (1, True), (2, True), (2, False)]


def test_nothing_is_claimed_of_an_epoch_that_a_run_never_reached() -> None:
    explodes = 'preset = "explodes"\nset = { epochs = 500 }\nepoch = 499\n'
    (found,) = checked(explodes + claims('{ claim = "number", of = "layers", above = 1 }'))
    assert not found.holds
    assert found.measured.startswith("the run has no epoch 499 in it")


def test_a_step_without_an_experiment_goes_on_with_the_run_before_and_trains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from gradviz.lessons import checking

    trained = []
    training = checking.training
    monkeypatch.setattr(checking, "training", lambda *wanted: trained.append(wanted) or training(*wanted))
    one = claims('{ claim = "number", of = "weight scale", near = 2.0, within = 0 }')
    found = checked("", "set = { epochs = 2, weight_scale = 2.0 }\n" + one, one, "set = { epochs = 3 }\n" + one)
    assert [(one.step, one.holds) for one in found] == [(2, True), (3, True), (4, True)]
    assert [wanted[0].epochs for wanted in trained] == [2, 3]


def test_every_epoch_that_is_trained_is_known_before_and_heard_of_on_the_way() -> None:
    task = '[steps.turn]\ntask = "t"\ngoal = [{ claim = "trains" }]\nsolution = { layers = 4 }\n'
    steps = [
        "",
        "set = { epochs = 40, layers = 5 }\n",
        "epoch = 3\n" + task,
        'preset = "explodes"\nset = { epochs = 100 }\n' + task + "start = { epochs = 7 }\n",
    ]
    lesson = lesson_of(*steps)
    assert dict(epochs_to_train(lesson)) == {2: 40, 3: 40, 4: 100 + 7 + 7}
    heard: list[int] = []
    list(check_lesson(lesson, heard.append))
    assert sum(heard) == sum(epochs_to_train(lesson).values())
    assert min(heard) >= 0


def test_a_steps_claims_are_known_before_the_next_step_is_trained() -> None:
    heard: list[int] = []
    below = claims('{ claim = "number", of = "cost", below = 1 }')
    found = check_lesson(lesson_of("set = { epochs = 2 }\n" + below, "set = { epochs = 30 }\n" + below), heard.append)
    assert next(found).step == 1
    assert sum(heard) == 2
    assert next(found).step == 2
    assert sum(heard) == 32


def test_a_preset_begins_anew_and_does_not_take_over_what_was_set_before() -> None:
    scale = '{{ claim = "has", set = {{ weight_scale = {} }} }}'
    found = checked("set = { layers = 7, weight_scale = 3.0, epochs = 1 }\n" + claims(scale.format(3)), 'preset = "notebook-1d"\n' + claims(scale.format(0.9)))
    assert all(one.holds for one in found)


def test_changes_on_the_way_are_made() -> None:
    run = "set = { epochs = 30, layers = 5 }\n"
    found = checked(
        run + claims('{ claim = "number", of = "untouched", near = 0, within = 0 }'),
        run + 'changes = ["0:learning_rate=1e-300"]\n' + claims('{ claim = "number", of = "untouched", near = 4, within = 0 }'),
    )
    assert [one.holds for one in found] == [True, True]


def test_a_step_is_compared_with_what_the_one_before_it_showed() -> None:
    falls = '{ claim = "compared", of = "cost", below = 0.5 }'
    found = checked("set = { epochs = 40 }\nepoch = 0\n" + claims(falls), claims(falls), "epoch = 0\n" + claims(falls), claims(falls))
    assert [one.holds for one in found] == [False, True, False, True]
    assert found[0].measured == "there was no step before with a run"


TURN = """set = {{ epochs = 60, layers = 10, weight_scale = {scale} }}
[steps.turn]
task = "Make it train."
goal = [{{ claim = "trains", within = 60 }}, {{ claim = "has", set = {{ layers = 10 }} }}]
start = {start}
solution = {solution}
"""


def turned(scale: float = 5.0, start: str = "{}", solution: str = "{ weight_scale = 1.0 }") -> list[tuple[str, bool]]:
    return [(one.part, one.holds) for one in checked(TURN.format(scale=scale, start=start, solution=solution))]


def test_a_task_is_good_where_its_solution_reaches_the_goal_and_its_beginning_does_not() -> None:
    assert turned() == [("goal, with the solution", True), ("goal, with the solution", True), ("task", True)]


def test_a_task_whose_solution_does_not_reach_the_goal_is_told() -> None:
    assert turned(solution="{ weight_scale = 4.0 }") == [("goal, with the solution", False), ("goal, with the solution", True), ("task", True)]
    assert turned(solution="{ layers = 9, weight_scale = 1.0 }") == [("goal, with the solution", True), ("goal, with the solution", False), ("task", True)]


def test_a_task_that_is_done_before_it_begins_is_told() -> None:
    assert turned(scale=1.0)[-1] == ("task", False)
    assert turned(scale=1.0, start="{ weight_scale = 5.0 }")[-1] == ("task", True)
    found = checked(TURN.format(scale=1.0, start="{}", solution="{}"))
    assert found[-1].claim == "The goal is not reached where the task begins."
    assert found[-1].measured.startswith("trains")
