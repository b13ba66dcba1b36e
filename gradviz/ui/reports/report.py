"""Hand-outs as files: HTML or PDF of several runs, with the first one's experiment inside, whole or not at all."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from gradviz.runs.files import written_whole
from gradviz.runs.picture_files import with_recipe
from gradviz.runs.recipe import Recipe
from gradviz.runs.reports import Report, checked
from gradviz.ui.pictures.drawing import View
from gradviz.ui.reports.content import parts_of, report_on
from gradviz.ui.reports.html import Step, page
from gradviz.ui.reports.pdf import pages


class Wish(msgspec.Struct, frozen=True):
    """How a hand-out is to be: its title and question, empty for the usual ones, and the paper; an empty one is A4 for a PDF, and for HTML the printer's."""

    title: str = ""
    question: str = ""
    paper: str = ""


USUAL = Wish()


def views_of(view: View) -> tuple[View, ...]:
    """What a window shows as the runs of a hand-out: the live one, and those that are pinned and shown."""
    return (view, *(View(pin.run, None, pin.name, sample=view.sample) for pin in view.pins if pin.visible))


def write_report(path: Path, views: Sequence[View], wish: Wish = USUAL) -> Generator[Step, None, None]:
    """Write the hand-out on these runs, yielding how far it is; closed before its end it writes nothing. Raises FileError where it cannot be."""
    checked(path, wish.paper, len(views))
    parts = parts_of(views)
    with np.errstate(all="ignore"):  # a number that left the floats is what a report may be about
        report = report_on(parts, wish.title, wish.question)
    yield from write(path, report, views, parts[0].recipe, wish.paper, [part.letter for part in parts])


def write(path: Path, report: Report, views: Sequence[View], recipe: Recipe, paper: str = "", letters: Sequence[str] = ()) -> Generator[Step, None, None]:
    """Write a report whose figures look at these views, with this experiment inside."""
    ending, names = path.suffix.lower(), letters or [view.name for view in views]
    made = page(report, views, names, paper) if ending == ".html" else pages(report, views, names, paper or "a4")
    content = with_recipe((yield from made), ending, recipe)
    with written_whole(path) as beside:
        beside.write_bytes(content)
    figures = len(report.figures)
    yield Step(figures, figures, "Written")
