"""What `gradviz export` does: it draws pictures, or writes numbers, as the ending of --out says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from gradviz.cli.sources import Source, frame_at, source_of
from gradviz.core.frames import Frames
from gradviz.runs.files import FileError, writable_target
from gradviz.runs.run import Run
from gradviz.runs.table_files import ENDINGS, write_table
from gradviz.runs.tables import OF_SEVERAL_RUNS, SHOWN_BY, WHOLE_RUN

if TYPE_CHECKING:
    from gradviz.ui.pictures.options import Options

PICTURES = (".png", ".svg", ".pdf")


#: Beside the names of plots: those that a window shows at first, and all that one run has something for.
DASHBOARD, ALL = "dashboard", "all"
#: So large is a picture of all panels, where no size is named.
SIZE_OF_ALL = "1800x1500"


class Wish(NamedTuple):
    """What a person asked for: plots at one epoch, as one picture or with `each` as one of each, or numbers: of a plot or of the whole run, long or wide.

    `look` holds the words of the options of a picture that were given.
    """

    target: str
    out: Path
    plot: str | None = None
    epoch: int | None = None
    whole: bool = False
    wide: bool = False
    each: bool = False
    look: Mapping[str, Any] = {}


def export_headless(wish: Wish) -> None:
    """Draw or write what is wished, and say where it is; raises UsageError, FileError or ConfigError."""
    check_usage(wish)
    options = None if is_of_numbers(wish.out) else _options(wish)
    writable_target(wish.out)
    source = source_of(wish.target)
    frame = frame_at(source.run, source.epoch if wish.epoch is None else wish.epoch)
    if options is None:
        write_numbers(source.run, frame, wish)
        written = [wish.out]
    else:
        written = _draw(source, frame, wish, options)
    for path in written:
        click.echo(f"Wrote {path}.")


def _draw(source: Source, frame: Frames, wish: Wish, options: Options) -> list[Path]:
    from gradviz.ui.app import draw_without_screen
    from gradviz.ui.pictures.drawing import View

    epoch = int(frame.epoch[-1]) if len(frame) else None
    view = View(source.run, epoch, source.name, panels=_panels(wish.plot), made_with=source.made_with, table=source.table)
    return draw_without_screen(view, view.panels, options, wish.out, each=wish.each)


def _panels(plots: str | None) -> tuple[str, ...]:
    """The panels in a list of plots: some by name, those that a window shows at first, or all."""
    from gradviz.ui.plots.dashboard import PLACES, USUAL

    groups = {DASHBOARD: USUAL, ALL: frozenset(PLACES) - OF_SEVERAL_RUNS}
    asked = [name.strip() for name in (plots or DASHBOARD).split(",")]
    return tuple(name for name in PLACES if name in asked or any(name in groups.get(group, ()) for group in asked))


def _options(wish: Wish) -> Options:
    """The options of the picture; raises UsageError for what cannot be drawn."""
    from gradviz.ui.pictures.options import sized

    look = dict(wish.look)
    size = str(look.pop("size", None) or (SIZE_OF_ALL if wish.plot == ALL and not wish.each else "screen"))
    try:
        return sized(size, **look).check()
    except FileError as problem:
        raise click.UsageError(str(problem)) from None


def is_of_numbers(out: Path) -> bool:
    """Whether a file of this name holds numbers."""
    return out.suffix.lower() in ENDINGS


def check_usage(wish: Wish) -> None:
    """Raise UsageError, before any work is done, for what does not go together; `plot` is None where nobody named one."""
    for name in (wish.plot or DASHBOARD).split(","):
        if name.strip() not in (*SHOWN_BY, ALL):
            raise click.UsageError(f"There is no plot '{name.strip()}'; the plots are {', '.join(SHOWN_BY)}, and all.")
        if name.strip() in OF_SEVERAL_RUNS:
            raise click.UsageError(f"The plot '{name.strip()}' compares several runs, and this is one; `gradviz report` takes several.")
    if not is_of_numbers(wish.out):
        if wish.out.suffix.lower() not in PICTURES:
            raise click.UsageError(f"'{wish.out}' ends in none of {', '.join(PICTURES)} and {', '.join(ENDINGS)}; the ending says what is written.")
        if wish.whole or wish.wide:
            raise click.UsageError(f"--whole and --wide are of numbers ({', '.join(ENDINGS)}); '{wish.out}' is a picture.")
        return
    if wish.each or wish.look:
        said = ["--each"] * wish.each + [f"--{name}" for name in wish.look]
        raise click.UsageError(f"{said[0]} is of pictures ({', '.join(PICTURES)}); '{wish.out}' holds numbers.")
    if wish.plot is not None and (wish.plot == ALL or "," in wish.plot):
        raise click.UsageError(f"A table is of one plot, of the dashboard, or with --whole of the whole run; --plot names '{wish.plot}'.")
    if wish.whole and (wish.plot is not None or wish.epoch is not None):
        raise click.UsageError("--whole writes every plot's numbers of every kept epoch: with it there can be no --plot or --epoch.")
    if wish.wide and wish.out.suffix.lower() == ".npz":
        raise click.UsageError("--wide is a form of tables; a .npz holds arrays, with an axis for epochs and one for layers.")
    if wish.out.resolve() == Path(wish.target).resolve():
        raise click.UsageError(f"--out names the run itself, '{wish.target}'; a table in its place would be no run any more.")


def write_numbers(run: Run, frame: Frames, wish: Wish) -> None:
    """Write them; raises FileError."""
    write_table(run, frame, WHOLE_RUN if wish.whole else wish.plot or DASHBOARD, wish.out, "wide" if wish.wide else "long")
