"""The commands. What needs Qt imports it when it is used; what needs only numbers never does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradviz import __version__
from gradviz.cli.teaching import lesson_file, names
from gradviz.cli.training import Outputs, go_on_headless, train_headless
from gradviz.core.config import GROUPS, PARAMETERS, Config
from gradviz.core.interventions import Intervention
from gradviz.runs.files import is_archive, writable_target
from gradviz.runs.machine import fitting
from gradviz.runs.presets import Preset, presets, read_config
from gradviz.runs.run import PROFILE_MEMORY, Run
from gradviz.runs.sweep_points import MEASURES
from gradviz.runs.sweep_points import USUAL as USUAL_MEASURES
from gradviz.runs.tables import SHOWN_BY

if TYPE_CHECKING:  # zip and JSON cost a start-up what few starts need
    from gradviz.runs.recipe import Recipe

FilePath = click.Path(path_type=Path)


class _WindowOrCommand(click.Group):
    """A group whose first word may also be a preset, a file or a link: `gradviz notebook-1b` opens the window on it."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        opens = args[0] in presets() or Path(args[0]).suffix or "gradviz:" in args[0].lower() or Path(args[0]).exists()
        if args[0] in self.commands or not (opens or args[0] in names()):
            try:
                return super().resolve_command(ctx, args)
            except click.UsageError as problem:
                raise click.UsageError(
                    f"{problem.format_message()} Nor is it a file, a lesson or a preset; the presets are {', '.join(presets())}.", ctx
                ) from None
        return "open", open_window, args


@click.group(cls=_WindowOrCommand, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gradviz")
@click.pass_context
def gradviz(ctx: click.Context) -> int | None:
    """See gradients vanish.

    Without a command, opens the window; `gradviz PRESET` or `gradviz FILE` opens it on a preset, a config (.toml), a saved run (.npz),
    a lesson (.toml, or its name), a table to be learned (.csv), or the experiment in a picture of GradViz; `gradviz "gradviz:run?..."` on the one in a link.
    """
    return _show(_chosen(None), greets=True) if ctx.invoked_subcommand is None else None


@gradviz.command("open", hidden=True)
@click.argument("target")
def open_window(target: str) -> int:
    """Open the window on a preset, a config, a lesson, a saved run, a table, or the experiment in a picture or a link."""
    path = Path(target)
    lesson = None if target in presets() else lesson_file(target)
    if lesson is not None:
        return _teach(lesson)
    if target not in presets() and path.suffix.lower() == ".csv":
        from gradviz.runs.table_check import config_for

        return _show(Preset(path.stem, path.name, "", config_for(path)))
    if target in presets() or path.suffix.lower() == ".toml":
        return _show(_chosen(target))
    from gradviz.cli.showing import found

    if is_archive(path):
        from gradviz.runs.store import load

        return _show(load(path), path.name)
    what = found(target)
    return _show(what.recipe, what.recipe.name or ("link" if what.kind == "link" else path.name), what.sentence)


def _show(what: Preset | Run | Recipe, name: str = "", *remark: str, greets: bool = False) -> int:
    from gradviz.ui.app import open_window

    return open_window(what, name, *remark, greets=greets)


def _teach(path: Path) -> int:
    from gradviz.lessons.reading import read_lesson
    from gradviz.ui.app import open_lesson

    return open_lesson(read_lesson(path), path.stem)


def _chosen(target: str | None) -> Preset:
    """The preset of that name or the config in that file; the notebook's case 1(a) where none is given."""
    if target is None:
        return presets()["notebook-1a"]
    if target in presets():
        return presets()[target]
    path = Path(target)
    if path.suffix.lower() == ".toml" or path.is_file():
        return read_config(path)
    raise click.UsageError(f"There is no preset or config file '{target}'. The presets are {', '.join(presets())}.")


@gradviz.command()
@click.argument("target", required=False, metavar="[PRESET|CONFIG.toml]")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Set a parameter, such as weight_scale=5; can be given again.")
@click.option("--epochs", metavar="N", help="Short for --set epochs=N.")
@click.option("--at", "changes", multiple=True, metavar="EPOCH:NAME=VALUE", help="Change something on the way; can be given again.")
@click.option("--from", "begun", type=FilePath, metavar="RUN.npz", help="Go on with a saved run that was stopped, in place of a preset.")
@click.option("--out", type=FilePath, metavar="RUN.npz", help="Save the run.")
@click.option(
    "--memory", type=click.IntRange(1, 2**20), metavar="MB", help="Keep so many megabytes of profiles, 256 where nothing is given; beyond, they thin out."
)
@click.option("--csv", "table", type=FilePath, metavar="TABLE.csv", help="Write every number of every observed epoch as a table.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print neither progress nor result.")
def train(
    target: str | None,
    settings: tuple[str, ...],
    epochs: str | None,
    changes: tuple[str, ...],
    begun: Path | None,
    out: Path | None,
    memory: int | None,
    table: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Train without a window, with a preset, a config file or the notebook's case 1(a).

    Parameters: see `gradviz parameters`. `--at 200:learning_rate=0.5` turns a parameter from epoch 200 on, `--at 200:w[12]=-1` replaces the weight of layer
    12 of a chain, `--at "200:w[12]*=0.9"` multiplies that layer's weights and `--at "200:w*=0.9"` all of them.
    """
    made = [Intervention.parse(change) for change in changes]
    outputs = Outputs(out, table, as_json, quiet, (memory or PROFILE_MEMORY >> 20) << 20)
    if begun is not None:
        if target is not None or settings or epochs is not None or table is not None:
            raise click.UsageError("--from goes on with a run as it was begun: with it there can be no preset, --set, --epochs or --csv.")
        _check_outputs(out, table)
        return _go_on(begun, outputs, made, None if memory is None else outputs.memory)
    preset = _chosen(target)
    values = dict(_assignment(setting) for setting in settings)
    if epochs is not None:
        values["epochs"] = PARAMETERS["epochs"].parse(epochs)
    config = fitting(preset.config.replace(**values))
    for change in made:
        change.check_for(config)
    _check_outputs(out, table)
    return train_headless(preset.name, config, outputs, made)


def _go_on(path: Path, outputs: Outputs, changes: list[Intervention], memory: int | None) -> int:
    from gradviz.runs.replay import table_problem
    from gradviz.runs.store import read

    saved = read(path, memory=memory)
    problem = table_problem(saved)
    if problem is not None:
        raise problem
    run = saved.run
    fitting(run.config)
    for change in changes:
        change.check_for(run.config)
    return go_on_headless(path.name, run, outputs._replace(memory=run.memory), changes)


def _check_outputs(out: Path | None, table: Path | None) -> None:
    """Raise UsageError or FileError, before any work is done, where what was asked for could not be written."""
    if out is not None and out.suffix != ".npz":
        raise click.UsageError(f"A run is saved as a .npz file; '{out}' is not one.")
    for path in filter(None, (out, table)):
        writable_target(path)
    if out is not None and table is not None and out.resolve() == table.resolve():
        raise click.UsageError(f"--out and --csv both name '{out}'; one would replace the other.")


@gradviz.command()
@click.argument("run_file", type=FilePath, metavar="RUN.npz")
@click.option("--check", "trained_again", is_flag=True, help="Train it again, with its changes, and compare everything recorded bit for bit.")
@click.option("--json", "as_json", is_flag=True, help="Print what it was, and what came of the check, as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print neither progress nor result; the exit status says what came of the check.")
def replay(run_file: Path, trained_again: bool, as_json: bool, quiet: bool) -> int:
    """Say what a saved run was, and with --check whether training again gives the same bits.

    Exit status 0 where it does, 1 where it does not.
    """
    from gradviz.cli.replaying import replay_headless

    return replay_headless(run_file, trained_again=trained_again, as_json=as_json, quiet=quiet)


@gradviz.command()
@click.argument("target", metavar="PICTURE|RUN.npz|LINK|PRESET|CONFIG.toml")
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object.")
def show(target: str, as_json: bool) -> int:
    """Say which experiment is in a picture or film of GradViz, a saved run or a link; nothing is trained and no window opens."""
    from gradviz.cli.showing import show_headless

    return show_headless(target, as_json=as_json)


@gradviz.command()
@click.argument("target", required=False, metavar="[PRESET|CONFIG.toml]")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Set a parameter, such as weight_scale=5; can be given again.")
@click.option(
    "--epochs", type=click.IntRange(0, 10**9 - 1), default=0, metavar="N", help="Train so many epochs first; without it the initial weights are checked."
)
@click.option("--all", "every_row", is_flag=True, help="Print every row of a long table.")
@click.option("--json", "as_json", is_flag=True, help="Print every row and the conclusion as one JSON object.")
def check(target: str | None, settings: tuple[str, ...], epochs: int, every_row: bool, as_json: bool) -> int:
    """Check backpropagation against finite differences, layer by layer, however small the gradient.

    Exit status 0 where they agree, 1 where they do not or nothing can be compared.
    """
    from gradviz.cli.checking import check_headless

    preset = _chosen(target)
    config = fitting(preset.config.replace(**dict(_assignment(setting) for setting in settings)))
    return check_headless(preset.name, config, epochs, every_row=every_row, as_json=as_json)


def _assignment(setting: str) -> tuple[str, Any]:
    name, equals, text = setting.partition("=")
    name = name.strip()
    if not equals:
        raise click.UsageError(f"--set takes NAME=VALUE, such as weight_scale=5; '{setting}' has no '='.")
    return name, PARAMETERS[name].parse(text) if name in PARAMETERS else text


@gradviz.command()
@click.argument("target", required=False, metavar="[PRESET|CONFIG.toml]")
@click.option("--over", multiple=True, metavar="NAME=LOW:HIGH:COUNT[:log]|NAME=A,B,C", help="A parameter and the values that it takes; can be given again.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Set a parameter of all points, such as weight_scale=5; can be given again.")
@click.option("--epochs", metavar="N", help="Short for --set epochs=N.")
@click.option("--measure", default=",".join(USUAL_MEASURES), show_default=True, metavar="NAMES", help=f"What to say of each point: {', '.join(MEASURES)}.")
@click.option("--out", type=FilePath, multiple=True, metavar="FILE", help="Write a .csv table, .npz arrays or a .png map; without it the table is printed.")
@click.option("--workers", type=click.IntRange(1, 256), metavar="N", help="So many processes; without it one for each core.")
@click.option("--cluster", metavar="ADDRESS", help="Train on the workers of this Dask scheduler, such as tcp://192.168.0.5:8786 (needs gradviz[cluster]).")
def sweep(
    target: str | None,
    over: tuple[str, ...],
    settings: tuple[str, ...],
    epochs: str | None,
    measure: str,
    out: tuple[Path, ...],
    workers: int | None,
    cluster: str | None,
) -> int:
    """Train the same experiment at every value of one or two parameters, and write what becomes of it.

    Ctrl-C ends it, and what is done by then is written.
    """
    from gradviz.cli.sweeping import Wish, sweep_headless

    preset = _chosen(target)
    changes = dict(_assignment(setting) for setting in settings)
    if epochs is not None:
        changes["epochs"] = PARAMETERS["epochs"].parse(epochs)
    return sweep_headless(Wish(preset.name, preset.config, changes, over, measure, out, workers, cluster))


@gradviz.command("presets")
def list_presets() -> None:
    """List the presets."""
    width = max(map(len, presets()))
    for preset in presets().values():
        click.echo(f"{preset.name:{width}}  {preset.title}")
        click.echo(f"{'':{width}}  {preset.description}")


@gradviz.command("parameters")
def list_parameters() -> None:
    """List the parameters of a run, their defaults and what they may be."""
    default = Config()
    for group, title in GROUPS.items():
        click.echo(("\n" if group != next(iter(GROUPS)) else "") + title)
        for name, parameter in PARAMETERS.items():
            if parameter.group == group:
                click.echo(f"{name} = {parameter.format(getattr(default, name))}")
                click.echo(f"    {parameter.help}")
                click.echo(f"    May be {parameter.allowed}.")


@gradviz.command()
@click.argument("target", metavar="RUN.npz|PICTURE|LINK|PRESET|CONFIG.toml")
@click.option("--plot", metavar="NAMES", show_default="dashboard", help=f"Which plots, with commas between: {', '.join(SHOWN_BY)}, or all.")
@click.option("--epoch", type=int, help="Which epoch's profiles; where it is not given the one that a picture or link shows, or the last one.")
@click.option("--size", metavar="SIZE", help="Of a picture: 1280x720 (pixels), 16x9cm, 6x4in, or screen, slide, slide-4-3, column, page-width, a4, letter.")
@click.option("--dpi", type=float, metavar="N", help="Dots per inch.")
@click.option("--scale", type=float, metavar="N", help="So many times as many dots, lines and letters being as thick.")
@click.option("--points", type=float, metavar="N", help="The size of letters.")
@click.option("--theme", type=click.Choice(("light", "dark")), help="Colours: light, which prints, or dark.")
@click.option("--transparent", is_flag=True, default=None, help="Leave the ground out.")
@click.option("--title/--no-title", default=None, help="Whether the experiment's name stands above.")
@click.option("--caption/--no-caption", default=None, help="Whether parameters, verdict and theory stand below.")
@click.option("--each", is_flag=True, help="A picture of each plot, with the plot's name added to the file's.")
@click.option("--whole", is_flag=True, help="Write all numbers of the whole run: every kept epoch, every quantity, every observed cost.")
@click.option("--wide", is_flag=True, help="Write a row for each epoch and layer, in place of one for each number.")
@click.option("--out", type=FilePath, required=True, metavar="FILE", help="Where to: .png, .svg, .pdf; or numbers: .csv, .json, .npz, .parquet, .xlsx.")
def export(target: str, out: Path, plot: str | None, epoch: int | None, whole: bool, wide: bool, each: bool, **look: Any) -> None:
    """Draw a run as a picture, or write what a plot shows, or the whole run, as a table; needs no screen.

    The experiment is inside the picture: `gradviz PICTURE` opens it. What is not a saved run is trained first.

    Every number reads back as the same float64: a .csv in a spreadsheet or with pandas.read_csv (before 3.1 with float_precision="round_trip"), a .json
    with pandas.DataFrame(json.load(file)["data"]), a .npz, which is plain arrays and no saved run, with numpy.load, a .parquet with pandas.read_parquet,
    and an .xlsx in a spreadsheet. The last two need gradviz[tables].
    """
    from gradviz.cli.exporting import Wish, export_headless

    export_headless(Wish(target, out, plot, epoch, whole, wide, each, {name: value for name, value in look.items() if value is not None}))


@gradviz.command()
@click.argument("target", metavar="PRESET|CONFIG.toml|RUN.npz|PICTURE|LINK")
@click.option("--torch", is_flag=True, help="With PyTorch; without it, with NumPy.")
@click.option("--epoch", type=int, metavar="N", help="Train up to this epoch; without it, to the one that is shown, or the last one.")
@click.option("--out", type=FilePath, metavar="FILE.py", help="Write it to a file.")
def code(target: str, torch: bool, epoch: int | None, out: Path | None) -> int:
    """Print an experiment as a short Python program that reproduces its numbers, with NumPy or PyTorch and without GradViz."""
    from gradviz.cli.coding import print_code

    return print_code(target, torch=torch, epoch=epoch, out=out)


@gradviz.command()
@click.argument("targets", nargs=-1, metavar="[RUN.npz|PICTURE|LINK|PRESET|CONFIG.toml]...")
@click.option("--notebook", is_flag=True, help="Train the notebook's three cases, and write its exercise 1(a) to 1(e) with the answers.")
@click.option("--epoch", type=click.IntRange(0), metavar="N", help="Which epoch is shown; the last one where it is not given.")
@click.option("--paper", type=click.Choice(("a4", "letter")), help="The paper; A4 for a PDF where it is not given, and for HTML the printer's own.")
@click.option("--title", default="", help="The title; the runs' names where it is not given.")
@click.option("--question", default="", help="The question that the report begins with.")
@click.option("--out", type=FilePath, required=True, metavar="FILE", help="Where to: .html or .pdf.")
def report(targets: tuple[str, ...], notebook: bool, epoch: int | None, paper: str | None, title: str, question: str, out: Path) -> int:
    """Write a hand-out on one run or several: plots, verdicts, theory beside measurement and tables in one file; needs no screen.

    A saved run is shown as it is; a preset, a config, or the experiment in a picture or a link is trained first.
    """
    from gradviz.cli.reporting import notebook_headless, report_headless

    if notebook:
        if targets or epoch is not None or title or question:
            raise click.UsageError("--notebook writes an exercise of its own: with it there can be no runs, --epoch, --title or --question.")
        return notebook_headless(out, paper=paper or "")
    if not targets:
        raise click.UsageError("There is no run to report; name a saved run, a preset, a config, a picture or a link, or give --notebook.")
    return report_headless(targets, out, epoch, paper=paper or "", title=title, question=question)


@gradviz.command()
@click.argument("target", metavar="RUN.npz|PICTURE|LINK|PRESET|CONFIG.toml")
@click.option("--panels", default="activations,gradients", show_default=True, metavar="NAMES", help="Which plots, with commas between.")
@click.option("--from", "first", type=int, metavar="N", help="The first epoch.")
@click.option("--to", "last", type=int, metavar="N", help="The last epoch.")
@click.option("--fps", type=float, default=30.0, show_default=True, metavar="N", help="Frames a second.")
@click.option("--every", type=int, metavar="N", help="So many epochs a frame; without it each epoch that is kept has a frame.")
@click.option("--seconds", type=float, metavar="S", help="How long the film is: epochs are dropped or repeated.")
@click.option("--speed", type=float, metavar="N", help="So many epochs a second: epochs are dropped or repeated.")
@click.option("--time", type=click.Choice(("linear", "log")), default="linear", show_default=True, help="log: as many frames for epochs 1-10 as for 10-100.")
@click.option("--size", default="screen", show_default=True, metavar="SIZE", help="1280x720 (pixels), or screen, slide, slide-4-3.")
@click.option("--points", type=float, metavar="N", help="The size of letters.")
@click.option("--theme", type=click.Choice(("light", "dark")), default="light", show_default=True, help="Colours: light or dark.")
@click.option("--title/--no-title", default=True, show_default=True, help="Whether the experiment's name stands above; the epoch always does.")
@click.option("--caption/--no-caption", default=False, show_default=True, help="Whether parameters, and the verdict at the last epoch, stand below.")
@click.option("--out", type=FilePath, required=True, metavar="FILE", help="Where to: .gif, .mp4 or .webm.")
def film(target: str, out: Path, panels: str, size: str, points: float | None, theme: str, title: bool, caption: bool, **values: Any) -> int:
    """Film a run: its plots epoch after epoch, on axes that stay; needs no screen.

    Plots over epochs grow as they do in training. The experiment is inside the film: `gradviz FILM` opens it. What is not a saved run is trained first. MP4 and
    WebM need gradviz[film]; a GIF holds its last picture for a second more, and has at most 50 frames a second. Ctrl-C leaves no file behind.
    """
    from gradviz.cli.filming import Wish, film_headless

    look = {"theme": theme, "title": title, "caption": caption} | ({} if points is None else {"points": points})
    return film_headless(Wish(target, out, panels, size, values, look))


@gradviz.command()
@click.option("--activation", default="tanh", show_default=True, metavar="NAME", help="The activation of every layer.")
@click.option("--sigma-w2", required=True, metavar="VARIANCE", help="The variance of a weight times the inputs of its layer.")
@click.option("--sigma-b2", default="0", show_default=True, metavar="VARIANCE", help="The variance of a bias.")
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object; null is infinite, or nothing.")
def theory(activation: str, sigma_w2: str, sigma_b2: str, as_json: bool) -> None:
    """Say what mean-field theory expects of wide layers with random weights: whether gradients vanish in them, and how fast."""
    from gradviz.cli.theory import print_theory

    print_theory(activation, sigma_w2, sigma_b2, as_json=as_json)


@gradviz.group(invoke_without_command=True)
@click.pass_context
def lessons(ctx: click.Context) -> None:
    """List the lessons of the course; check, print, or write lessons.

    `gradviz NAME` or `gradviz FILE.toml` opens the window on a lesson.
    """
    from gradviz.cli.teaching import print_course

    if ctx.invoked_subcommand is None:
        print_course()


@lessons.command("check")
@click.argument("targets", nargs=-1, metavar="[NAME|FILE.toml]...")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one JSON object.")
def check_lessons(targets: tuple[str, ...], as_json: bool) -> int:
    """Train every step of lessons, or of the whole course, and check every claim on it; the exit status is 1 where one does not hold."""
    from gradviz.cli.teaching import check_headless

    return check_headless(targets, as_json=as_json)


@lessons.command("show")
@click.argument("target", metavar="NAME|FILE.toml")
@click.option("--notes", is_flag=True, help="With the presenter's notes, and with what is checked.")
def show_lesson(target: str, notes: bool) -> None:
    """Print a lesson as plain text (Markdown)."""
    from gradviz.cli.teaching import show

    show(target, notes=notes)


@lessons.command("new")
@click.argument("path", type=FilePath, metavar="FILE.toml")
def new_lesson(path: Path) -> None:
    """Write a lesson to begin with: two steps, with a comment on everything."""
    from gradviz.cli.teaching import begin

    begin(path)


@lessons.command("format")
def lesson_format() -> None:
    """Explain every field of a lesson's file, and every claim that it may make."""
    from gradviz.cli.teaching import print_format

    print_format()


@gradviz.command("install-desktop")
@click.option("--remove", is_flag=True, help="Take it all away again.")
@click.option("--dry-run", is_flag=True, help="Only say which files would be written or removed.")
def install_desktop(remove: bool, dry_run: bool) -> int:
    """Put GradViz into the menu of a Linux desktop, with its icon, so that a double click on a saved run opens it; for this user alone."""
    from gradviz.cli.installing import install

    return install(remove=remove, dry_run=dry_run)


@gradviz.command()
@click.option("--json", "as_json", is_flag=True, help="Print the measurements as one JSON object.")
def bench(as_json: bool) -> None:
    """Measure on this machine how fast the engine and the window are, beside other ways to do the same."""
    from gradviz.benchmarks.report import report

    report(as_json)
