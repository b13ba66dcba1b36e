"""How far a person is in a lesson: which step, what was shown, predicted and revealed. Frozen, with plain functions from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Literal

import msgspec

from gradviz.lessons.lesson import Experiment, Lesson, Step, experiments

#: What comes next in a step: the experiment is run, the answer revealed, or the step is over; the last step's end is the lesson's.
Due = Literal["show", "answer", "next", "end"]
#: What a person predicts: the number of an option, from 1, or words.
Prediction = int | str


@dataclass(frozen=True)
class Progress:
    """A lesson, and where a person is in it.

    `name` is what its file is called. `shown`, `revealed` and `reached` are the steps (from 0) whose experiment was run, whose answer was revealed and whose
    task was done; `predictions` by step are what was predicted, and count no more once they are revealed. `trying` says that it is the person's turn;
    `with_help`, which tasks were done after their solution had been shown; `late`, in which steps the prediction was made after the run.
    """

    lesson: Lesson
    name: str
    at: int = 0
    shown: frozenset[int] = frozenset()
    revealed: frozenset[int] = frozenset()
    reached: Mapping[int, str] = field(default_factory=dict)
    with_help: frozenset[int] = frozenset()
    predictions: Mapping[int, Prediction] = field(default_factory=dict)
    late: frozenset[int] = frozenset()
    trying: bool = False
    trained: tuple[Experiment | None, ...] = ()

    def __post_init__(self) -> None:
        if not self.trained:
            object.__setattr__(self, "trained", experiments(self.lesson))

    @property
    def step(self) -> Step:
        return self.lesson.steps[self.at]

    @property
    def experiment(self) -> Experiment | None:
        """What this step trains, or goes on with."""
        return self.trained[self.at]

    @property
    def goes_on(self) -> bool:
        """Whether this step has nothing of its own to train."""
        return self.experiment is None or (self.at > 0 and self.experiment == self.trained[self.at - 1])

    @property
    def asks(self) -> bool:
        """Whether there is a question that is not answered yet: nothing is shown that it asks for."""
        return self.step.question is not None and self.at not in self.revealed

    @property
    def would_be_told(self) -> bool:
        """Whether a verdict on this step's run would answer an open question: its own, or one of the steps that go on with the run."""
        steps = range(self.at, len(self.lesson.steps))
        same = takewhile(lambda step: step == self.at or (self.experiment is not None and self.trained[step] == self.experiment), steps)
        return any(self.lesson.steps[step].question is not None and step not in self.revealed for step in same)

    @property
    def prediction(self) -> Prediction | None:
        return self.predictions.get(self.at)

    @property
    def due(self) -> Due:
        """What comes next."""
        if self.at not in self.shown and self.experiment is not None:
            return "show"
        if self.asks:
            return "answer"
        return "end" if self.at == len(self.lesson.steps) - 1 else "next"


def moved(progress: Progress, by: int) -> Progress:
    """So many steps on, or back, as far as there are any."""
    return replace(progress, at=min(max(0, progress.at + by), len(progress.lesson.steps) - 1), trying=False)


def shown(progress: Progress) -> Progress:
    """This step's experiment is run."""
    return replace(progress, shown=progress.shown | {progress.at})


def revealed(progress: Progress) -> Progress:
    """The answer is shown; what was predicted before stays as it was."""
    return replace(progress, revealed=progress.revealed | {progress.at}) if progress.step.question else progress


def predicted(progress: Progress, prediction: Prediction) -> Progress:
    """The person predicts this, unless the answer has been revealed; no words at all are no prediction."""
    if not progress.asks:
        return progress
    others = {step: what for step, what in progress.predictions.items() if step != progress.at}
    late = progress.late | {progress.at} if progress.at in progress.shown and not progress.goes_on else progress.late
    return replace(progress, predictions=others if prediction == "" else {**others, progress.at: prediction}, late=late)


def trying(progress: Progress, on: bool) -> Progress:
    """It is the person's turn, where the step has a task, or not any more."""
    return replace(progress, trying=on and progress.step.turn is not None)


def helped(progress: Progress) -> Progress:
    """The task's solution was shown."""
    return progress if progress.at in progress.reached else replace(progress, with_help=progress.with_help | {progress.at})


def reached(progress: Progress, how: str) -> Progress:
    """The task's goal is reached, with what was changed for it in words; the first time counts."""
    return progress if progress.at in progress.reached else replace(progress, reached={**progress.reached, progress.at: how})


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of a lesson from one start to the next: which lesson, and what a person did in it, by steps from 0."""

    name: str
    title: str
    at: int
    shown: tuple[int, ...] = ()
    revealed: tuple[int, ...] = ()
    reached: dict[int, str] = {}
    with_help: tuple[int, ...] = ()
    late: tuple[int, ...] = ()
    predictions: dict[int, int | str] = {}


def kept(progress: Progress) -> str:
    """What a person did in a lesson, as one line of JSON."""
    what = Kept(
        name=progress.name,
        title=progress.lesson.title,
        at=progress.at,
        shown=tuple(sorted(progress.shown)),
        revealed=tuple(sorted(progress.revealed)),
        reached=dict(progress.reached),
        with_help=tuple(sorted(progress.with_help)),
        late=tuple(sorted(progress.late)),
        predictions=dict(progress.predictions),
    )
    return msgspec.json.encode(what).decode()


def resumed(progress: Progress, text: str) -> Progress | None:
    """The lesson as it was left; None where the text is not of this lesson, or nothing was done in it."""
    try:
        what = msgspec.json.decode(text, type=Kept)
    except msgspec.DecodeError:
        return None
    steps = {*what.shown, *what.revealed, *what.reached, *what.with_help, *what.late, *what.predictions, what.at}
    if (what.name, what.title) != (progress.name, progress.lesson.title) or not steps <= set(range(len(progress.lesson.steps))):
        return None
    if not (what.at or what.predictions or what.revealed or what.reached):
        return None
    return replace(
        progress,
        at=what.at,
        shown=frozenset(what.shown),
        revealed=frozenset(what.revealed),
        reached=what.reached,
        with_help=frozenset(what.with_help),
        late=frozenset(what.late),
        predictions=what.predictions,
    )
