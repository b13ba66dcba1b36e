"""Every step of a lesson trained without a window, and every claim held against it: a lesson that is checked cannot lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from gradviz.core.config import Config
from gradviz.lessons.claims import AnyClaim, Found
from gradviz.lessons.lesson import Experiment, Lesson, Step, experiments, with_values
from gradviz.lessons.seen import Seen, seen
from gradviz.runs.run import Run, training

#: Hears how many more epochs have been trained.
Heard = Callable[[int], object]


class Checked(NamedTuple):
    """A claim, the number of its step (from 1), what it is part of, and whether it holds with what was measured."""

    step: int
    part: str
    claim: str
    holds: bool
    measured: str


def epochs_to_train(lesson: Lesson) -> Mapping[int, int]:
    """How many epochs the check trains for each step, by its number (from 1), where there are any: of a task those of its beginning and its solution too."""
    found: dict[int, int] = {}
    before: Experiment | None = None
    for number, (step, wanted) in enumerate(zip(lesson.steps, experiments(lesson), strict=True), 1):
        if wanted is None:
            continue
        configs = [] if wanted == before else [wanted.config]
        if step.turn is not None:
            start, solved = _of_task(step, wanted)
            configs += [solved] if Experiment(start) == wanted else [solved, start]
        if configs:
            found[number] = sum(config.epochs for config in configs)
        before = wanted
    return found


def check_lesson(lesson: Lesson, heard: Heard = lambda _epochs: None) -> Iterator[Checked]:
    """Train every step and check every claim, as soon as it can be; of a task, that its goal is not reached where it begins, and is by its solution.

    `heard` is told of every few epochs that were trained: of epochs_to_train() altogether, for one that ends before its time counts as all of it.
    """
    before: Seen | None = None
    experiment: Experiment | None = None
    run: Run | None = None
    for number, (step, wanted) in enumerate(zip(lesson.steps, experiments(lesson), strict=True), 1):
        if wanted is None:
            continue
        if run is None or wanted != experiment:
            experiment, run = wanted, _trained(wanted, heard)
        now = seen(run, step.epoch, before)
        missed = (
            Found(False, f"the run has no epoch {step.epoch:,} in it: it ended before, or is too long to keep all")
            if step.epoch not in (None, now.moment.epoch)
            else None
        )
        for claim in step.claims:
            yield _checked(number, "claim", claim, missed or claim.check(now))
        yield from _check_turn(number, step, wanted, run, now, heard)
        before = now


def _check_turn(number: int, step: Step, experiment: Experiment, run: Run, shown: Seen, heard: Heard) -> Iterator[Checked]:
    turn = step.turn
    if turn is None:
        return
    start, solution = _of_task(step, experiment)
    solved = seen(_trained(Experiment(solution), heard), None, shown)
    for claim in turn.goal:
        yield _checked(number, "goal, with the solution", claim, claim.check(solved))
    begun = seen(run if Experiment(start) == experiment else _trained(Experiment(start), heard), None, shown)
    reached = [claim.check(begun) for claim in turn.goal]
    yield Checked(
        number, "task", "The goal is not reached where the task begins.", not all(found.holds for found in reached), "; ".join(f.measured for f in reached)
    )


def _of_task(step: Step, experiment: Experiment) -> tuple[Config, Config]:
    """What a step's task begins with, and its solution."""
    assert step.turn is not None, "only a step with a task is asked"
    start = with_values(experiment.config, step.turn.start)
    return start, with_values(start, step.turn.solution)


def _trained(experiment: Experiment, heard: Heard) -> Run:
    """An experiment, trained to its end."""
    run = Run(experiment.config)
    for frames in training(*experiment):
        before = run.epochs_done
        run.append(frames)
        heard(run.epochs_done - before)
    heard(experiment.config.epochs - run.epochs_done)
    return run


def _checked(number: int, part: str, claim: AnyClaim, found: Found) -> Checked:
    return Checked(number, part, claim.words, *found)
