"""Every step of a lesson trained without a window, and every claim held against it: a lesson that is checked cannot lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gradviz.lessons.claims import AnyClaim, Found
from gradviz.lessons.lesson import Experiment, Lesson, Step, experiments, with_values
from gradviz.lessons.seen import Seen, seen
from gradviz.runs.run import Run, record


class Checked(NamedTuple):
    """A claim, the number of its step (from 1), what it is part of, and whether it holds with what was measured."""

    step: int
    part: str
    claim: str
    holds: bool
    measured: str


def check_lesson(lesson: Lesson) -> Iterator[Checked]:
    """Train every step and check every claim; of a task, that its goal is not reached where it begins, and is by its solution."""
    before: Seen | None = None
    experiment: Experiment | None = None
    run: Run | None = None
    for number, (step, wanted) in enumerate(zip(lesson.steps, experiments(lesson), strict=True), 1):
        if wanted is None:
            continue
        if run is None or wanted != experiment:
            experiment, run = wanted, record(*wanted)
        now = seen(run, step.epoch, before)
        for claim in step.claims:
            yield _checked(number, "claim", claim, claim.check(now))
        yield from _check_turn(number, step, wanted, run, now)
        before = now


def _check_turn(number: int, step: Step, experiment: Experiment, run: Run, shown: Seen) -> Iterator[Checked]:
    turn = step.turn
    if turn is None:
        return
    start = with_values(experiment.config, turn.start)
    solved = seen(record(with_values(start, turn.solution)), None, shown)
    for claim in turn.goal:
        yield _checked(number, "goal, with the solution", claim, claim.check(solved))
    begun = seen(run if Experiment(start) == experiment else record(start), None, shown)
    reached = [claim.check(begun) for claim in turn.goal]
    yield Checked(
        number, "task", "The goal is not reached where the task begins.", not all(found.holds for found in reached), "; ".join(f.measured for f in reached)
    )


def _checked(number: int, part: str, claim: AnyClaim, found: Found) -> Checked:
    return Checked(number, part, claim.words, *found)
