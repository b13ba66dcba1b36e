"""The run that a person names on the command line: a file, or what is trained again from a picture, a link, a preset or a config."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

import click

from gradviz.cli.showing import found
from gradviz.core.frames import Frames
from gradviz.runs.files import FileError, is_archive
from gradviz.runs.presets import presets
from gradviz.runs.provenance import MadeWith
from gradviz.runs.run import Run


class Source(NamedTuple):
    """A run, the epoch that is shown (None: the newest), its name, and where its numbers were rounded and which table it learned, where a file says so."""

    run: Run
    epoch: int | None
    name: str
    made_with: MadeWith | None = None
    table: str = ""


def source_of(target: str) -> Source:
    """The run in a file, or that of a picture, a link, a preset or a config, which is trained first; raises FileError or ConfigError."""
    path = Path(target)
    if target not in presets() and is_archive(path):
        from gradviz.runs.store import read

        saved = read(path)
        return Source(saved.run, None, path.stem, saved.made_with if saved.made_with.known else None, saved.table)
    what = found(target)
    if what.sentence:
        click.echo(what.sentence, err=True)
    name = what.recipe.name or ("an experiment" if what.kind == "link" else path.stem)
    run = _trained(what.recipe.train(), name, what.recipe.epochs_done)
    different = what.recipe.difference(run)
    if different:
        click.echo(different, err=True)
    newest = int(run.newest.epoch[-1]) if len(run.newest) else 0  # one that diverges ends before the last epoch
    return Source(run, min(what.recipe.epoch, newest), name)


def _trained(steps: Generator[int, None, Run], name: str, epochs: int) -> Run:
    """Train to the end, with a bar where there is somebody to see it."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no thread of its own: the bar hears of every block
    silent = sys.stderr is None or not sys.stderr.isatty()
    with tqdm(total=epochs, desc=name, unit=" epochs", unit_scale=True, disable=silent, leave=False) as bar:
        while True:
            try:
                bar.update(next(steps) - bar.n)
            except StopIteration as end:
                run: Run = end.value
                return run


def frame_at(run: Run, epoch: int | None) -> Frames:
    """The frame of an epoch, or the newest; raises FileError where its profiles are not kept."""
    if epoch is None:
        return run.newest
    frame = run.at(epoch)
    if frame is None:
        kept = run.frames.epoch
        if not len(kept):
            raise FileError("This run holds no epoch yet.")
        raise FileError(f"Epoch {epoch:,} is not in this run: it holds the profiles of {len(kept):,} epochs from {kept[0]:,} to {kept[-1]:,}.")
    return frame
