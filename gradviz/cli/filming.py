"""What `gradviz film` does: it films a run without a window, says how far it is, and leaves nothing behind where it is stopped."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from gradviz.cli import INTERRUPTED
from gradviz.cli.sources import source_of
from gradviz.cli.training import _ctrl_c
from gradviz.runs.files import FileError, writable_target
from gradviz.runs.tables import OF_SEVERAL_RUNS, SHOWN_BY

if TYPE_CHECKING:
    from gradviz.ui.films.film import Filmed
    from gradviz.ui.films.options import FilmOptions
    from gradviz.ui.pictures.drawing import View

#: The plots that one run has something for, each by itself.
PANELS = tuple(name for name in SHOWN_BY if name not in OF_SEVERAL_RUNS | {"dashboard"})


class Wish(NamedTuple):
    """What a person asked for; `values` are those of film_options.FilmOptions that were given, and `look` those of picture_options.Options."""

    target: str
    out: Path
    panels: str
    size: str
    values: Mapping[str, Any] = {}
    look: Mapping[str, Any] = {}


def film_headless(wish: Wish) -> int:
    """Film what is wished, and return the exit status; raises UsageError, FileError or ConfigError."""
    options = _options(wish)
    writable_target(wish.out)
    from gradviz.ui.films.encoders import check_encoder

    check_encoder(wish.out.suffix.lower())
    source = source_of(wish.target)
    from gradviz.ui.app import without_screen

    application = without_screen()
    from gradviz.ui.pictures.drawing import View

    filmed = _filmed(options, View(source.run, name=source.name, made_with=source.made_with, table=source.table), wish.out)
    del application  # not before: nothing can be drawn without it
    if filmed is None:
        click.echo("Stopped; there is no film.", err=True)
        return INTERRUPTED
    width, height = options.picture.pixels
    evened = " (even numbers, which its encoding needs)" if (width, height) != (filmed.width, filmed.height) else ""
    frames = f"{filmed.frames:,} frame{'s' * (filmed.frames != 1)}"
    click.echo(f"Wrote {wish.out}: {frames} of {filmed.width:,} x {filmed.height:,} pixels{evened}, {filmed.seconds:,.1f} s.")
    return 0


def _options(wish: Wish) -> FilmOptions:
    """The options of the film; raises UsageError for what cannot be filmed."""
    from gradviz.ui.films.options import FilmOptions
    from gradviz.ui.pictures.options import sized

    panels = tuple(name.strip() for name in wish.panels.split(","))
    unknown = [name for name in panels if name not in PANELS]
    if unknown:
        raise click.UsageError(f"There is no panel '{unknown[0]}' of one run; the panels are {', '.join(PANELS)}.")
    try:
        return FilmOptions(panels=panels, **wish.values, picture=sized(wish.size, **wish.look)).check(wish.out.suffix.lower())
    except FileError as problem:
        raise click.UsageError(str(problem)) from None


def _filmed(options: FilmOptions, view: View, path: Path) -> Filmed | None:
    """What was written; None where Ctrl-C ended it."""
    from tqdm import tqdm

    from gradviz.ui.films.film import film

    tqdm.monitor_interval = 0  # no thread of its own: the bar hears of every frame
    silent = sys.stderr is None or not sys.stderr.isatty()
    with contextlib.ExitStack() as stack:
        interrupted = stack.enter_context(_ctrl_c())
        steps = stack.enter_context(contextlib.closing(film(options, view, path)))
        bar = stack.enter_context(tqdm(total=next(steps).total, desc=path.name, unit=" frames", disable=silent, leave=False))
        while not interrupted.is_set():
            try:
                bar.update(next(steps).done - bar.n)
            except StopIteration as end:
                filmed: Filmed = end.value
                return filmed
    return None
