"""Hand-outs from the command line: runs are loaded, or trained where only their experiment is named, and written without a screen."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from gradviz.cli.showing import found
from gradviz.runs.files import FileError
from gradviz.runs.provenance import MadeWith
from gradviz.runs.recipe import recipe_of
from gradviz.runs.reports import checked
from gradviz.runs.run import Run


class Loaded(NamedTuple):
    """One run of a hand-out: what it is called, the epoch that is shown, and where it was loaded what it was trained with, and on which table."""

    run: Run
    name: str
    epoch: int | None
    made_with: MadeWith | None = None
    table: str = ""


def report_headless(targets: Sequence[str], out: Path, epoch: int | None, *, paper: str, title: str, question: str) -> int:
    """Write the hand-out on these runs."""
    checked(out, paper, len(targets))
    loaded = _distinct([_load(target, epoch) for target in targets])

    from gradviz.ui.app import without_screen

    app = without_screen()  # it must outlive what is drawn
    from gradviz.ui.pictures.drawing import View
    from gradviz.ui.reports.report import Wish, write_report

    views = [View(each.run, each.epoch, each.name, made_with=each.made_with, table=each.table) for each in loaded]
    _turn(write_report(out, views, Wish(title, question, paper)), out.name)
    app.processEvents()
    click.echo(f"Wrote {out}.")
    return 0


def notebook_headless(out: Path, *, paper: str) -> int:
    """Train the notebook's three cases, and write its exercise with the answers."""
    from gradviz.runs.notebook_exercise import CASES, exercise

    checked(out, paper)
    loaded = [_load(preset, None) for preset in CASES.values()]
    report = exercise([each.run for each in loaded])

    from gradviz.ui.app import without_screen

    app = without_screen()
    from gradviz.ui.pictures.drawing import View
    from gradviz.ui.reports.report import write

    views = [View(each.run, None, letter) for letter, each in zip(CASES, loaded, strict=True)]
    _turn(write(out, report, views, recipe_of(loaded[0].run, name=loaded[0].name), paper), out.name)
    app.processEvents()
    click.echo(f"Wrote {out}.")
    return 0


def _load(target: str, epoch: int | None) -> Loaded:
    """A saved run as it is; of everything else the experiment, trained as far as it was recorded. Without a wanted epoch the one that it shows."""
    what = found(target)
    if what.sentence:
        click.echo(f"{target}: {what.sentence}", err=True)
    if what.kind == "run":
        from gradviz.runs.store import load

        run = load(Path(target))
        return Loaded(run, Path(target).stem, _kept(run, epoch, target), what.recipe.made_with, what.recipe.table)
    run = _turn(what.recipe.train(), what.recipe.name or "training", what.recipe.epochs_done)
    shown = epoch if epoch is not None or run.at(what.recipe.epoch) is None else what.recipe.epoch
    return Loaded(run, what.recipe.name or Path(target).stem, _kept(run, shown, target))


def _kept(run: Run, epoch: int | None, target: str) -> int | None:
    """The epoch, where the run has its profiles; raises FileError otherwise."""
    if not len(run.newest):
        raise FileError(f"'{target}' has no epoch yet: there is nothing to report.")
    if epoch is not None and run.at(epoch) is None:
        kept = run.frames.epoch
        raise FileError(f"Epoch {epoch:,} is not in '{target}': it holds the profiles of {len(kept):,} epochs from {kept[0]:,} to {kept[-1]:,}.")
    return epoch


def _distinct(loaded: Sequence[Loaded]) -> list[Loaded]:
    """Two of the same name get a number."""
    names = [each.name for each in loaded]
    return [
        each if names.count(each.name) == 1 else each._replace(name=f"{each.name} ({names[: place + 1].count(each.name)})") for place, each in enumerate(loaded)
    ]


def _turn(steps: Generator[Any, None, Any], name: str, total: int | None = None) -> Any:
    """Turn a generator's crank to its end with a bar of progress, and give what it returns."""
    with _bar(name, total) as bar, contextlib.closing(steps):
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                return end.value
            done = step if isinstance(step, int) else step.done
            bar.total = total if isinstance(step, int) else step.total
            bar.update(done - bar.n)


@contextlib.contextmanager
def _bar(name: str, total: int | None) -> Iterator[Any]:
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no thread of its own
    with tqdm(total=total, desc=name, leave=False, disable=sys.stderr is None or not sys.stderr.isatty()) as bar:
        yield bar
