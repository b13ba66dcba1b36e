"""What a person may change in a task: its goal counts for the experiment that the task began with, and for no other one."""

from __future__ import annotations

from collections.abc import Iterable

from gradviz.core.config import PARAMETERS, Config
from gradviz.core.interventions import Intervention
from gradviz.lessons.lesson import Turn

#: Stands for weights that are taken in the hand, which are no parameter.
WEIGHTS = "w"
#: More parameters than this nobody reads in a sentence.
LISTED = 4
#: What changes nothing of what is learned, and may always be changed.
HARMLESS = frozenset({"observe_every"})


def may_change(turn: Turn) -> tuple[str, ...]:
    """The names of what may be changed in a task: what its solution changes, and what it allows besides."""
    return tuple(dict.fromkeys([*turn.solution, *turn.may_change]))


def forbidden(turn: Turn, start: Config, config: Config, changes: Iterable[Intervention] = ()) -> tuple[str, ...]:
    """What was changed though it may not be, by name and each once; empty where the goal counts.

    start is what the task begins with, config and changes are what a person has trained in its place: a change on the way that leaves a parameter as it
    was at the start is none. The name of weights that were taken in the hand is w.
    """
    turned = [WEIGHTS if change.weights else change.parameter for change in changes if change.weights or change.value != getattr(start, change.parameter)]
    free = HARMLESS.union(may_change(turn))
    return tuple(name for name in dict.fromkeys([*start.differences(config), *turned]) if name not in free)


def in_words(names: Iterable[str]) -> str:
    """Parameters as a sentence lists them: weight scale, learning rate."""
    return ", ".join("the weights on the way" if name == WEIGHTS else PARAMETERS[name].title.lower() for name in names)


def only_changed(turn: Turn) -> str:
    """In a sentence, what nothing may be changed but."""
    names = may_change(turn)
    if len(names) > LISTED:
        return "Nothing is changed but what the task leaves open."
    return f"Nothing is changed but {in_words(names)}." if names else "Nothing is changed."
