"""What a hand-out says of runs: question, verdicts, comparison, and of each run config, plots, theory beside measurement, numbers and how to make it again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from gradviz.core.combinations import unused
from gradviz.core.config import PARAMETERS, Config
from gradviz.runs.comparison import config_differences
from gradviz.runs.moment import Moment
from gradviz.runs.recipe import Recipe
from gradviz.runs.reports import Block, Figure, Heading, Report, Table, Words, first_frame, in_words, layer_tables, reproduction
from gradviz.ui.pictures.captions import value_in_words
from gradviz.ui.plots.pinned import sign_of
from gradviz.ui.plots.titles import sample_name
from gradviz.ui.reports.sights import SIGHTS, WITH_ACCURACY
from gradviz.ui.reports.theory import FACTS, theory_table

if TYPE_CHECKING:
    from gradviz.ui.pictures.drawing import View

LETTERS = "ABCDEF"
#: Of more changes on the way the first ones are listed.
MOST_CHANGES = 40
ONE_QUESTION = "Does the gradient reach the first layers of this network, does it learn, and what does theory say of it?"
MORE_QUESTION = "In what do these runs differ, and what does that do to their gradients and to what they learn?"


class Part:
    """One of the runs that a hand-out is about: its letter, where there are several, its name, and what is known of it at its epoch."""

    def __init__(self, view: View, letter: str = "") -> None:
        self.view, self.letter = view, letter
        self.run = view.run
        self.name = view.name or "An experiment"
        self.moment = Moment(view.run, view.frame, view.sample)

    @property
    def title(self) -> str:
        return f"Run {self.letter}: {self.name}" if self.letter else self.name

    @property
    def called(self) -> str:
        return f"run {self.letter}" if self.letter else "this run"

    @property
    def epoch(self) -> int:
        return self.moment.epoch

    @cached_property
    def first(self) -> Moment:
        """The run at its first epoch."""
        return Moment(self.run, first_frame(self.run), self.view.sample)

    @cached_property
    def recipe(self) -> Recipe:
        """What makes it again."""
        return self.view.recipe()


def parts_of(views: Sequence[View]) -> tuple[Part, ...]:
    """The runs, lettered where they are several; raises FileError where one of them has no epoch yet."""
    letters = LETTERS if len(views) > 1 else ("",)
    return tuple(map(Part, views, letters))


def report_on(parts: Sequence[Part], title: str = "", question: str = "") -> Report:
    """The hand-out on these runs."""
    numbers = count(1)
    several = len(parts) > 1
    named = title or (f"Comparison of {len(parts)} runs" if several else parts[0].name)
    blocks: list[Block] = [
        Words(question or (MORE_QUESTION if several else ONE_QUESTION), "question"),
        *(_summary(part) for part in parts),
    ]
    if several:
        blocks += [Heading("Comparison"), *comparison_tables(parts), *comparison_figures(parts, numbers), Heading("Experiments"), shared_config_table(parts)]
    for place, part in enumerate(parts):
        blocks += _on_run(part, place, numbers)
    return Report(named, (*blocks, *reproduction([(part.called if part.letter else "", part.recipe) for part in parts])))


def _summary(part: Part) -> Words:
    """The verdict, in one paragraph."""
    about = (
        f"{part.title}, at epoch {part.epoch:,} of {part.run.config.epochs:,}. " if part.letter else f"At epoch {part.epoch:,} of {part.run.config.epochs:,}: "
    )
    return Words(about + part.moment.verdict.sentence, "verdict")


# --- several runs --------------------------------------------------------------------------------------------------------------------------


def comparison_tables(parts: Sequence[Part]) -> list[Block]:
    """In what they differ, and what becomes of them."""
    heads = ("", *(part.letter for part in parts))
    differences = [
        (row.title, *(value.replace("-", "−") for value in row.values)) for row in config_differences([(part.letter, part.run) for part in parts]).rows
    ]
    results = [(fact.title, *(fact.of(part.moment) for part in parts)) for fact in FACTS]
    same: Block = Words("All runs have the same config, and were left alone alike.", "note")
    return [
        Table(
            "Which run is which",
            ("Run", "Name", "Epoch shown"),
            tuple((part.letter, part.name, f"{part.epoch:,} of {part.run.config.epochs:,}") for part in parts),
        ),
        Table("In what the runs differ", heads, tuple(differences)) if differences else same,
        Table("What becomes of them, at the epoch shown", heads, tuple(results)),
    ]


def comparison_figures(parts: Sequence[Part], numbers: Iterator[int]) -> list[Block]:
    """Gradients and costs on the same axes, and gradients side by side; the run that was shown farthest is in front, and those behind it are as they ended."""
    front = max(range(len(parts)), key=lambda place: parts[place].epoch)
    behind = tuple(place for place in range(len(parts)) if place != front)
    others = in_words([f"{parts[place].letter} {sign_of(colour)}" for colour, place in enumerate(behind)])
    drawn = f"Run {parts[front].letter} is drawn in broad lines, the others in thin and dashed ones: {others}."
    detail = {name: " ".join(f"{part.letter}: {SIGHTS[name].seen(part.moment)}" for part in parts) for name in ("gradients", "cost")}
    beside = f"The first plot is run {parts[front].letter}; the others have their letters. All have the same axes."
    epoch = parts[front].epoch

    def of_all(panel: str, title: str, seen: str, height: int, said: str) -> Figure:
        return Figure(next(numbers), panel, title, seen, front, behind, epoch, height, detail=detail[said])

    return [
        of_all("gradients", "Gradients of all runs on the same axes", drawn, 320, "gradients"),
        of_all("together", "Gradients side by side", beside, 240 if len(parts) < 4 else 400, "gradients"),
        of_all("cost", "Costs of all runs on the same axes", drawn, 240, "cost"),
    ]


def shared_config_table(parts: Sequence[Part]) -> Table:
    """Every parameter that makes a difference in one of the runs, with a column for each; rows in which they differ stand out."""
    usual = Config()
    unused_by = [unused(part.run.config.as_dict()) for part in parts]
    used = [parameter for parameter in PARAMETERS.values() if not all(parameter.name in without for without in unused_by)]
    rows = []
    for parameter in used:
        name = parameter.name
        values = [
            "—" if name in without else _value(name, part.run.config) + " *" * (getattr(part.run.config, name) != getattr(usual, name))
            for part, without in zip(parts, unused_by, strict=True)
        ]
        rows.append((f"{parameter.title} {parameter.symbol}{parameter.unit and f' ({parameter.unit})'}", *values))
    strong = frozenset(row for row, cells in enumerate(rows) if len(set(cells[1:])) > 1)
    title = "All parameters that make a difference; * is not the default, — makes no difference there, and in bold rows the runs differ"
    return Table(title, ("", *(part.letter for part in parts)), tuple(rows), strong)


# --- one run -------------------------------------------------------------------------------------------------------------------------------


def _on_run(part: Part, place: int, numbers: Iterator[int]) -> list[Block]:
    several, moment = bool(part.letter), part.moment
    level = 3 if several else 2
    sample = 0 if part.run.config.wide else moment.verdict.sample
    blocks: list[Block] = [Heading(part.title), Words(moment.verdict.sentence, "verdict")] if several else []
    blocks += _changes(part) if several else [Heading("Experiment", level), config_table(part.run.config), *_changes(part)]
    blocks += [Heading("What it does", level), *(figure(part, place, name, next(numbers)) for name in SIGHTS)]
    blocks += [Heading("Theory beside measurement", level), *theory_table(part.first, moment), Words(moment.compared, "note")]
    blocks += [Heading("Numbers", level)]
    blocks += layer_tables(part.run, moment.frame, sample, "" if part.run.config.wide else f"sample {sample_name(part.run.config, sample)}")
    return blocks


def figure(part: Part, place: int, panel: str, number: int) -> Figure:
    """One panel of one run."""
    sight = SIGHTS[panel]
    scores = part.run.newest.SCORES
    tall = panel == "cost" and "accuracy" in scores and bool(np.isfinite(part.run.score("accuracy")).any())
    title = f"{sight.title}, {part.called}" if part.letter else sight.title
    return Figure(number, panel, title, sight.seen(part.moment), place, epoch=part.epoch, height=WITH_ACCURACY if tall else sight.height)


def _value(name: str, config: Config) -> str:
    """A parameter's value as a person reads it."""
    value = getattr(config, name)
    return f"{value:,}" if isinstance(value, int) else value_in_words(name, config)


def config_table(config: Config) -> Table:
    """Every parameter that makes a difference; those that are not as usual stand out, with what is usual beside them."""
    usual, without = Config(), unused(config.as_dict())
    used = [parameter for parameter in PARAMETERS.values() if parameter.name not in without]
    rows = []
    for parameter in used:
        differs = getattr(config, parameter.name) != getattr(usual, parameter.name)
        default = _value(parameter.name, usual) if differs else ""
        rows.append((parameter.title, parameter.symbol, _value(parameter.name, config), parameter.unit, f"instead of {default}" if differs else ""))
    strong = frozenset(row for row, parameter in enumerate(used) if getattr(config, parameter.name) != getattr(usual, parameter.name))
    return Table(
        "All parameters that make a difference; those that differ from the default in bold",
        ("Parameter", "Symbol", "Value", "Unit", "Default"),
        tuple(rows),
        strong,
    )


def _changes(part: Part) -> list[Block]:
    """What a person changed on the way, up to the epoch that is shown."""
    changes = [change for change in part.run.interventions if change.epoch <= part.epoch]
    if not changes:
        return []
    rows = tuple((f"{change.epoch:,}", change.what) for change in changes[:MOST_CHANGES])
    more: list[Block] = [Words(f"And {len(changes) - MOST_CHANGES:,} more changes.", "note")] if len(changes) > MOST_CHANGES else []
    return [Table("Changed on the way", ("From epoch", "Change"), rows), *more]
