"""What a lesson is: steps of words, each with an experiment, what to look at, a question, claims, and a task."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

from gradviz.core.config import PARAMETERS, Config, ConfigError, unknown_parameter
from gradviz.core.interventions import Intervention
from gradviz.lessons.claims import AnyClaim
from gradviz.lessons.fault import Fault, whole
from gradviz.runs.presets import presets
from gradviz.runs.tables import SHOWN_BY

SpeedName = Literal["slow", "normal", "fast"]
#: The panels that a step may show.
PANELS = tuple(name for name in SHOWN_BY if name != "dashboard")
#: So many panels can be read from the last row of a hall beside the words.
MOST_PANELS = 2
#: So many options can be told apart by a show of hands.
MOST_OPTIONS = 6


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a person predicts before it is shown: with `options` one of them is to be chosen, and `right` counts from 1; else it is answered in words."""

    ask: str
    answer: str
    options: tuple[str, ...] = ()
    right: int = 0

    def __post_init__(self) -> None:
        number = len(self.options)
        if not number:
            if self.right:
                raise Fault("says which option is right, and has no options", "right")
            return
        if not 2 <= number <= MOST_OPTIONS:
            raise Fault(f"has {number} option{'s' * (number != 1)}; it must have 2 to {MOST_OPTIONS}, or none, and is then answered in words", "options")
        for place, option in enumerate(self.options):
            if option.strip() in {other.strip() for other in self.options[:place]}:
                raise Fault(f"'{option}' is among the options already", "options", place)
        if not 1 <= self.right <= number:
            raise Fault(f"has {number} options, and right is {whole(self.right)}; it counts them from 1", "right")


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a person does alone: a task that begins with the step's experiment (but for `start`) and is done when all claims of its goal hold.

    `solution` is what differs from the beginning in an experiment that reaches the goal: whoever sets a task shows that it can be done. The goal counts
    only where nothing else has been changed than the parameters of the solution and those that `may_change` names (w stands for weights that are taken in
    the hand); so nobody reaches it with another experiment.
    """

    task: str
    goal: tuple[AnyClaim, ...]
    start: dict[str, Any] = {}
    solution: dict[str, Any]
    may_change: tuple[str, ...] = ()
    hint: str = ""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A few sentences, and what is shown with them.

    The experiment is a `preset`, or that of the step before, with the parameters of `set`; `changes` are made on its way, as `gradviz train --at` takes them. A
    step without any of these goes on with the run before. `epoch` is the one to look at when it is over, the newest where none is named. `beside` leaves
    the run of the step before on the plots. `panels` are shown, `look_at` is the one that is pointed out, `quantity` the gradient to choose in its panel;
    those of `decades` are drawn on a decade axis too, where gradients always are. `name` is what its run is called where it stands beside another one; its
    title, or what of it stands before a colon, where there is none.
    """

    title: str
    text: str
    name: str = ""
    notes: str = ""
    preset: str = ""
    set: dict[str, Any] = {}
    changes: tuple[str, ...] = ()
    epoch: int | None = None
    speed: SpeedName = "normal"
    panels: tuple[str, ...] = ()
    look_at: str = ""
    quantity: str = ""
    decades: tuple[str, ...] = ()
    beside: bool = False
    question: Question | None = None
    claims: tuple[AnyClaim, ...] = ()
    turn: Turn | None = None


class Lesson(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One lesson: what it is about, how long it takes, its steps, and where what it says is from."""

    title: str
    summary: str
    minutes: int
    steps: tuple[Step, ...]
    sources: tuple[str, ...] = ()
    author: str = ""


class Experiment(NamedTuple):
    """What a step trains: a config, and what is changed on its way."""

    config: Config
    changes: tuple[Intervention, ...] = ()


def experiments(lesson: Lesson) -> tuple[Experiment | None, ...]:
    """What each step trains; a step that goes on with the run before has the very same one, None before there is any. Raises Fault."""
    found: list[Experiment | None] = []
    for number, step in enumerate(lesson.steps):
        before = found[-1] if found else None
        found.append(_experiment(step, before, ("steps", number)))
    return tuple(found)


def _experiment(step: Step, before: Experiment | None, path: tuple[str | int, ...]) -> Experiment | None:
    if not step.preset and not step.set and not step.changes:
        return before
    if step.preset and step.preset not in presets():
        raise Fault(f"there is no preset '{step.preset}'; they are {', '.join(presets())}", *path, "preset")
    start = presets()[step.preset].config if step.preset else (before.config if before else Config())
    config = with_values(start, step.set, *path, "set")
    return Experiment(config, _changes(step, config, path))


def _changes(step: Step, config: Config, path: tuple[str | int, ...]) -> tuple[Intervention, ...]:
    made = []
    for number, text in enumerate(step.changes):
        try:
            change = Intervention.parse(text)
            change.check_for(config)
        except ConfigError as problem:
            raise Fault(str(problem), *path, "changes", number) from None
        made.append(change)
    return tuple(made)


def with_values(config: Config, values: dict[str, Any], *path: str | int) -> Config:
    """The config with these parameters; raises Fault with the path to the one that cannot be."""
    checked = {}
    for name, value in values.items():
        try:
            if name not in PARAMETERS:
                raise unknown_parameter(name)
            checked[name] = PARAMETERS[name].check(value)
        except ConfigError as problem:
            raise Fault(str(problem), *path, name) from None
    try:
        return config.replace(**checked)
    except ConfigError as problem:
        raise Fault(str(problem), *path, *([problem.name] if problem.name in values else [])) from None
