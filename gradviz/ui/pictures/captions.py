"""What stands under a picture: what was trained, how far, what became of it, and what theory says. No Qt here."""

from __future__ import annotations

from pathlib import PurePath
from typing import NamedTuple

from gradviz import __version__
from gradviz.core.combinations import unused
from gradviz.core.config import PARAMETERS, Config, Parameter
from gradviz.core.interventions import Intervention
from gradviz.core.words import short
from gradviz.runs.moment import Moment

#: A caption says these of every experiment; of the others those that are not as usual, and those that only this one uses, as its seed.
ALWAYS = frozenset({"layers", "activation", "initialization", "weight_scale", "learning_rate"})
#: Names of choices that people know in another spelling.
SPELLED = {"mse": "mean squared error", "cross_entropy": "cross-entropy", "sgd": "SGD", "csv": "a table of one's own"}
#: The title of the picture says these, or another parameter does.
NEVER = frozenset({"epochs", "observe_every"})
#: Of more changes on the way, or more numbers in a list, the first ones are said, and how many there are.
MOST = 4


class Caption(NamedTuple):
    """What a picture says in words: the title above the plots, and the paragraphs below them."""

    title: str
    paragraphs: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join((self.title, *self.paragraphs))


def caption_of(moment: Moment, name: str = "") -> Caption:
    """The caption of one frame of a run: its name and epoch, its parameters and changes, the verdict, theory beside measurement, and the version."""
    config = moment.config
    title = f"{name or 'An experiment'}, epoch {moment.epoch:,} of {config.epochs:,}"
    changes = changes_in_words(moment.run.interventions)  # those after this epoch too: what is drawn over epochs shows them
    behind = f"Behind it: {', '.join(ghost.name for ghost in moment.ghosts)}." if moment.ghosts else ""
    made = ". ".join(filter(None, [f"{title}: {parameters_in_words(config)}", changes])) + "."
    paragraphs = (made, behind, moment.verdict.sentence, f"{moment.compared} GradViz {__version__}.")
    return Caption(title, tuple(filter(None, paragraphs)))


def parameters_in_words(config: Config) -> str:
    """The parameters by which an experiment is known, and all others that are not as usual: each with title, symbol, value and unit."""
    usual, without = Config(), unused(config.as_dict())
    said_of = ALWAYS | (unused(usual.as_dict()) - without)
    return ", ".join(
        _said(parameter, config)
        for parameter in PARAMETERS.values()
        if parameter.name not in without | NEVER and (parameter.name in said_of or getattr(config, parameter.name) != getattr(usual, parameter.name))
    )


def _said(parameter: Parameter, config: Config) -> str:
    """A number with the symbol that formulas have for it, a choice by its name."""
    value = value_in_words(parameter.name, config)
    if isinstance(getattr(config, parameter.name), str):
        return f"{parameter.title.lower()} {value}"
    return f"{parameter.title.lower()} {parameter.symbol} = {value}{parameter.unit and f' {parameter.unit}'}"


def value_in_words(name: str, config: Config) -> str:
    """A parameter's value as print has it; of a file its name alone, for a picture is no place for a person's folders."""
    value = getattr(config, name)
    if name == "csv_file":
        return PurePath(str(value).replace("\\", "/")).name
    if isinstance(value, tuple) and len(value) > MOST:
        first = ", ".join(f"{number:g}" for number in value[: MOST - 1])
        return f"{first}, … ({len(value):,} numbers)".replace("-", "−")
    if isinstance(value, float):
        return short(value)
    text = PARAMETERS[name].format(value)
    return SPELLED.get(text, text.replace("_", " ")) if isinstance(value, str) else text.replace("-", "−")


def changes_in_words(changes: list[Intervention]) -> str:
    """What a person changed on the way; empty where nothing was."""
    if not changes:
        return ""
    said = "; ".join(f"{_what(change)} from epoch {change.epoch:,}" for change in changes[:MOST])
    return f"Changed on the way: {said}" + (f"; and {len(changes) - MOST:,} more" if len(changes) > MOST else "")


def _what(change: Intervention) -> str:
    """A change as print has it: a parameter by its title."""
    name, rest = change.what.partition(" ")[::2]
    return f"{PARAMETERS[name].title.lower()} {rest}" if name in PARAMETERS else change.what
