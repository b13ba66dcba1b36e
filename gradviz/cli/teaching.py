"""Lessons without a window: listed, checked, printed, begun and explained."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import msgspec

from gradviz.cli import FAILED
from gradviz.cli.training import _printable
from gradviz.core.config import ConfigError
from gradviz.runs.files import FileError, writable_target, written_whole
from gradviz.runs.resources import resource

if TYPE_CHECKING:  # what trains is imported when it is used
    from gradviz.lessons.checking import Checked
    from gradviz.lessons.lesson import Lesson, Step, Turn

LINE = 120


def lesson_file(target: str) -> Path | None:
    """The file of the course's lesson of that name, or the lesson that a file is; None where it is neither."""
    if target in names():
        return resource("lessons") / f"{target}.toml"
    path = Path(target)
    if path.suffix.lower() != ".toml":
        return None
    from gradviz.lessons.reading import is_lesson

    return path if is_lesson(path) else None


def names() -> list[str]:
    """The names of the course's lessons, in its order; no lesson is read for them."""
    return sorted(path.stem for path in resource("lessons").glob("*.toml"))


def print_course() -> None:
    """Print what the course's lessons are about."""
    from gradviz.lessons.course import course

    width = max(map(len, names()))
    for name, lesson in course().items():
        _say(f"{name:{width}}  {lesson.title} ({lesson.minutes} minutes)")
        _say(f"{'':{width}}  {lesson.summary}")


def _path(target: str) -> Path:
    """The file that is meant, whether it can be read or not."""
    path = resource("lessons") / f"{target}.toml" if target in names() else Path(target)
    if path.suffix.lower() != ".toml" and not path.exists():
        raise click.UsageError(f"There is no lesson or file '{target}'. The lessons are {', '.join(names())}.")
    return path


def _say(line: str) -> None:
    click.echo(_printable(line, sys.stdout))


# --- checking ------------------------------------------------------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """What the check of one lesson found: its claims, or what kept it from being read."""

    name: str
    title: str
    claims: tuple[Checked, ...]
    problem: FileError | None = None

    @property
    def holds(self) -> bool:
        return self.problem is None and all(claim.holds for claim in self.claims)


def check_headless(targets: Sequence[str], *, as_json: bool) -> int:
    """Check these lessons, or the whole course, and print every claim; 0 where all hold, else 1."""
    wanted = [(target, _path(target)) for target in targets or names()]  # bad usage is said before any work is done
    outcomes = [_check(target, path, aloud=not as_json) for target, path in wanted]
    holds = all(outcome.holds for outcome in outcomes)
    if as_json:
        result = {"holds": holds, "lessons": [_result(outcome) for outcome in outcomes]}
        click.echo(msgspec.json.format(msgspec.json.encode(result), indent=2))
    elif len(outcomes) > 1:
        claims, faulty = sum(len(outcome.claims) for outcome in outcomes), [outcome.name for outcome in outcomes if not outcome.holds]
        _say(f"All {claims:,} claims of {len(outcomes)} lessons hold." if holds else f"Not everything holds in {', '.join(faulty)}.")
    return 0 if holds else FAILED


def _nothing(_line: str) -> None:
    """What there is to tell is told at the end."""


def _check(target: str, path: Path, *, aloud: bool) -> Outcome:
    """Check one lesson, and tell at once how long it will take and what each step's claims are worth."""
    from gradviz.lessons.checking import epochs_to_train
    from gradviz.lessons.reading import read_lesson

    tell = _say if aloud else _nothing
    claims: list[Checked] = []
    title = ""
    try:
        lesson = read_lesson(path)
        title, epochs = lesson.title, epochs_to_train(lesson)
        tell(f"{target}: {title}")
        if epochs:
            tell(textwrap.fill(_to_train(epochs), LINE, initial_indent="  ", subsequent_indent="    "))
        for claim in _watched(target, lesson, sum(epochs.values()), tell):
            claims.append(claim)
    except (FileError, ConfigError) as problem:  # a ConfigError: of data that do not fit the network, which nobody knows before they are read
        if aloud:
            click.echo(_printable(str(problem), sys.stderr), err=True)
        return Outcome(target, title, tuple(claims), FileError(str(problem)) if isinstance(problem, ConfigError) else problem)
    held, whole = sum(claim.holds for claim in claims), len(claims)
    tell(f"{target}: {f'{held:,} of {whole:,} claims hold.' if whole else 'it claims nothing.'}")
    return Outcome(target, title, tuple(claims))


def _to_train(epochs: Mapping[int, int]) -> str:
    """How many epochs the check trains, for each step."""
    whole, steps = sum(epochs.values()), ", ".join(f"{number:,} for step {step}" for step, number in epochs.items())
    return f"Trains {whole:,} epoch{'s' * (whole != 1)}: {steps}."


def _watched(name: str, lesson: Lesson, epochs: int, tell: Callable[[str], None]) -> Iterator[Checked]:
    """The check's claims as they come, each told at once, with a bar of epochs on a terminal."""
    from tqdm import tqdm

    from gradviz.lessons.checking import check_lesson

    tqdm.monitor_interval = 0  # no thread of its own: the bar hears of every few epochs
    silent = sys.stderr is None or not sys.stderr.isatty()
    with tqdm(total=epochs, desc=name, unit=" epochs", unit_scale=True, disable=silent, leave=False) as bar:
        for claim in check_lesson(lesson, bar.update):
            bar.clear()  # else the line is written into it
            part = "" if claim.part == "claim" else f" ({claim.part})"
            tell(f"  {'✓' if claim.holds else '✗'} step {claim.step}{part}: {claim.claim} Measured: {claim.measured}.")
            bar.refresh()
            yield claim


def _result(outcome: Outcome) -> dict[str, Any]:
    problem = outcome.problem
    faulty = {} if problem is None else {"problem": str(problem), "line": getattr(problem, "line", 0), "field": getattr(problem, "field", "")}
    return {"name": outcome.name, "title": outcome.title, "holds": outcome.holds, "claims": [claim._asdict() for claim in outcome.claims], **faulty}


# --- printing ------------------------------------------------------------------------------------------------------------------------------


def show(target: str, *, notes: bool) -> None:
    """Print a lesson as Markdown; with notes what only its presenter sees, and what is checked of it."""
    from gradviz.lessons.reading import read_lesson

    lesson = read_lesson(_path(target))
    written = f", by {lesson.author}" if lesson.author else ""
    _say(f"# {lesson.title}\n\n{lesson.summary}\n\n{lesson.minutes} minutes, {len(lesson.steps)} steps{written}.")
    for number, step in enumerate(lesson.steps, 1):
        for block in _blocks(number, step, notes=notes):
            _say(f"\n{block.strip()}")
    if lesson.sources:
        _say("\n## Sources\n\n" + "\n".join(f"- {source}" for source in lesson.sources))


def _blocks(number: int, step: Step, *, notes: bool) -> Iterator[str]:
    """A step's paragraphs."""
    yield f"## {number}. {step.title}"
    yield step.text
    experiment = _experiment(step)
    if experiment:
        yield f"Experiment: {experiment}."
    if step.panels:
        yield f"Look at: {', '.join(step.panels)}{f' at epoch {step.epoch:,}' if step.epoch is not None else ''}."
    if step.question is not None:
        options = "".join(f"\n{place}. {option}" for place, option in enumerate(step.question.options, 1))
        yield f"**Question.** {step.question.ask}" + (f"\n{options}" if options else "")
        yield f"**Answer{f' {step.question.right}' if step.question.right else ''}.** {step.question.answer}"
    if step.turn is not None:
        yield from _task(step.turn)
    if notes:
        yield f"*Notes.* {step.notes.strip()}"
        if step.claims:
            yield "*Checked.*\n\n" + "\n".join(f"- {claim.words}" for claim in step.claims)


def _experiment(step: Step) -> str:
    parts = [f"preset {step.preset}"] if step.preset else []
    parts += [", ".join(f"{name} = {_value(value)}" for name, value in step.set.items())] if step.set else []
    parts += [f"on the way {'; '.join(step.changes)}"] if step.changes else []
    return "; ".join(parts)


def _task(turn: Turn) -> Iterator[str]:
    from gradviz.lessons.turns import only_changed

    yield f"**Your turn.** {turn.task}"
    if turn.start:
        yield "Begin with: " + ", ".join(f"{name} = {_value(value)}" for name, value in turn.start.items()) + "."
    yield "It is done when all of this holds:\n\n" + "\n".join(f"- {claim.words}" for claim in turn.goal) + f"\n- {only_changed(turn)}"
    if turn.hint:
        yield f"Hint: {turn.hint}"


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


# --- writing one's own ---------------------------------------------------------------------------------------------------------------------


def begin(path: Path) -> None:
    """Write a lesson with comments to begin with; raises FileError where there is a file already."""
    if path.suffix.lower() != ".toml":
        raise click.UsageError(f"A lesson is a .toml file; '{path}' is not one.")
    writable_target(path)
    if path.exists():
        raise FileError(f"There is a file '{path}' already, and a new lesson never takes the place of one; choose another name.")
    with written_whole(path) as beside:
        beside.write_bytes(resource("templates/lesson.toml").read_bytes())
    click.echo(f"Wrote {path}. Edit it, and then: gradviz lessons check {path}")


def print_format() -> None:
    """Print every field of a lesson's file and every claim that it may make, from the structs that it becomes."""
    from gradviz.core.profiles import GRADIENTS
    from gradviz.lessons.fields import CLAIMS, TABLES
    from gradviz.lessons.lesson import MOST_PANELS, PANELS
    from gradviz.lessons.seen import BY_LAYER, WHOLE

    _say("A lesson is a TOML file. `gradviz lessons new FILE.toml` writes one to begin with.")
    for table in TABLES:
        _print_table(f"{table.__name__.upper()}: {HEADERS[table.__name__]}", table)
    _say('\nCLAIMS: in claims = [...] and goal = [...], such as { claim = "number", of = "cost", below = 0.01 }')
    for alike in _alike(CLAIMS):
        _print_table("claim = " + " or ".join(f'"{name}"' for name in alike), CLAIMS[alike[0]])
    lists = {
        "Numbers by layer, for `of` with a layer or layers": {name: quantity.symbol for name, quantity in BY_LAYER.items()},
        "Numbers of the whole network or run, for `of` without one": {name: whole.words for name, whole in WHOLE.items()},
        f"Panels, {MOST_PANELS} at most": dict.fromkeys(PANELS, ""),
        "Gradients, for `quantity`": {name: gradient.means or gradient.title for name, gradient in GRADIENTS.items()},
    }
    for title, known in lists.items():
        _say(f"\n{title}:")
        for name, words in known.items():
            _say(f"    {name}" + (f": {words}" if words else ""))
    _say("\nPresets: `gradviz presets`. Parameters, for set, start, solution and may_change: `gradviz parameters`. Changes on the way: `gradviz train --help`.")


def _alike(claims: Mapping[str, type[msgspec.Struct]]) -> list[list[str]]:
    """The claims' names, those together that mean the same of different things and have the same fields."""
    from gradviz.lessons.fields import fields, meaning

    groups: dict[Any, list[str]] = {}
    for name, claim in claims.items():
        groups.setdefault((meaning(claim), fields(claim)), []).append(name)
    return list(groups.values())


#: Where each table stands in a file.
HEADERS = {"Lesson": "at the top of the file", "Step": "below each [[steps]]", "Question": "below [steps.question]", "Turn": "below [steps.turn]"}


def _print_table(title: str, table: type[msgspec.Struct]) -> None:
    from gradviz.lessons.fields import fields, meaning

    _say(f"\n{title}")
    for paragraph in meaning(table).split("\n\n"):
        _say(textwrap.fill(" ".join(paragraph.split()), LINE, initial_indent="    ", subsequent_indent="    "))
    for field in fields(table):
        _say(f"    {field.name} = {field.kind}" + (" (must be given)" if field.default is None else f" ({field.default} where it is not given)"))
