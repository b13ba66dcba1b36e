"""Sweeping without a window: axes and measures as a person types them, progress, files, and one last line."""

from __future__ import annotations

import contextlib
import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from gradviz.cli import FAILED, INTERRUPTED
from gradviz.cli.training import _ctrl_c, _printable
from gradviz.core.config import PARAMETERS, Config, ConfigError, unknown_parameter
from gradviz.runs.files import FileError, writable_target
from gradviz.runs.sweep_files import lines, write_arrays, write_table
from gradviz.runs.sweep_points import Index, Point
from gradviz.runs.sweeps import Axis, Pool, PoolError, Sweep, sweep_in_blocks

#: Between the values of a list; where a value may hold commas itself, it is the other one.
COMMA, SEMICOLON = ",", ";"
#: A picture has no more axes.
MOST_AXES_DRAWN = 2


class Wish(NamedTuple):
    """What a person typed."""

    name: str
    config: Config
    settings: Mapping[str, Any]
    over: Sequence[str]
    measures: str
    out: Sequence[Path]
    workers: int | None
    cluster: str | None


def sweep_headless(wish: Wish) -> int:
    """Train every point, or as many as come before Ctrl-C, write what was asked for, and return the exit status."""
    plan = planned(wish)
    _check_outputs(plan, wish.out)
    if wish.workers and wish.cluster:
        raise click.UsageError("--workers is for this machine; with --cluster the cluster says how many there are.")
    pool = _pool(wish)
    began = time.perf_counter()
    found, fault, interrupted = _turn(wish.name, plan, pool)
    seconds = time.perf_counter() - began
    if fault and not found:
        raise fault
    if found:
        _write(plan, found, wish.out)
    else:
        wish = wish._replace(out=())  # an older file is worth more than an empty one
    said = _said(wish, plan, found, seconds)
    click.echo(_printable(f"{said} {fault}" if fault else said, sys.stderr if fault or not wish.out else sys.stdout), err=bool(fault) or not wish.out)
    return FAILED if fault else INTERRUPTED if interrupted else 0


# --- what was typed ------------------------------------------------------------------------------------------------------------------------


def planned(wish: Wish) -> Sweep:
    """The sweep that was asked for; raises ConfigError or a usage error, which are sentences."""
    axes = tuple(map(axis, wish.over))
    if not axes:
        raise click.UsageError("--over says what differs, as in --over weight_scale=0.5:3:101 or --over activation=tanh,relu.")
    both = next((one.name for one in axes if one.name in wish.settings), None)
    if both is not None:
        raise click.UsageError(f"{both} is set to one value and swept over too; it can be one of them.")
    measures = tuple(dict.fromkeys(name.strip() for name in wish.measures.split(COMMA)))
    return Sweep(_base(wish, axes), axes, measures)


def axis(text: str) -> Axis:
    """An axis as a person types it: NAME=LOW:HIGH:COUNT, with :log behind it for equal factors, or NAME=A,B,C."""
    name, equals, values = text.partition("=")
    name = name.strip()
    if not equals:
        raise click.UsageError(f"--over takes NAME=LOW:HIGH:COUNT or NAME=A,B,C; '{text}' has no '='.")
    parameter = PARAMETERS.get(name)
    if parameter is None:
        raise unknown_parameter(name)
    if ":" in values and parameter.kind in (int, float):
        return _range(name, values)
    separator = SEMICOLON if parameter.kind is tuple else COMMA
    return Axis(name, tuple(parameter.parse(value) for value in values.split(separator)))


def _range(name: str, text: str) -> Axis:
    low, high, count, *rest = (*map(str.strip, text.split(":")), "", "")
    rest = [word for word in rest if word]
    if not count or rest not in ([], ["log"]):
        raise ConfigError(name, f"{name} is '{text}'; a range is LOW:HIGH:COUNT, such as 0.5:3:101, with :log behind it for equal factors.")
    try:
        number = int(count)
    except ValueError:
        raise ConfigError(name, f"{name} is to take '{count}' values; it must be a whole number, 2 or greater.") from None
    parse = PARAMETERS[name].parse
    return Axis.between(name, parse(low), parse(high), number, log=bool(rest))


def _base(wish: Wish, axes: tuple[Axis, ...]) -> Config:
    """What all points have in common, at one of the sweep's corners: with the values that are swept over anyway it need not be possible."""
    refused: ConfigError | None = None
    for corner in itertools.product(*((one.values[0], one.values[-1]) for one in axes)):
        try:
            return wish.config.replace(**wish.settings, **dict(zip((one.name for one in axes), corner, strict=True)))
        except ConfigError as problem:
            refused = refused or problem
    assert refused is not None, "a sweep has corners"
    raise refused


def _check_outputs(plan: Sweep, out: Sequence[Path]) -> None:
    for path in out:
        if path.suffix.lower() not in ENDINGS:
            raise click.UsageError(f"'{path}' ends in none of {', '.join(ENDINGS[:-1])} and {ENDINGS[-1]}; the ending says what is written.")
        if path.suffix.lower() == ".png" and len(plan.axes) > MOST_AXES_DRAWN:
            raise click.UsageError(f"This sweep has {len(plan.axes)} axes, and a picture has two at most; write a .csv or .npz file.")
        writable_target(path)
    if len({path.resolve() for path in out}) < len(out):
        raise click.UsageError("--out names the same file twice; one would replace the other.")


# --- doing it ------------------------------------------------------------------------------------------------------------------------------


def _pool(wish: Wish) -> Pool:
    if wish.cluster:
        from gradviz.runs.cluster import Cluster

        return Cluster(wish.cluster)
    from gradviz.runs.pools import Processes

    return Processes(wish.workers)


def _turn(name: str, plan: Sweep, pool: Pool) -> tuple[dict[Index, Point], PoolError | None, bool]:
    """The points that came, what ended the sweep where that was a fault, and whether it was Ctrl-C."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no thread of its own: the bar hears of every block
    found: dict[Index, Point] = {}
    silent = sys.stderr is None or not sys.stderr.isatty()
    bar = tqdm(total=plan.count, desc=name, unit=" runs", disable=silent, leave=False)
    with contextlib.closing(sweep_in_blocks(plan, pool)) as blocks, _ctrl_c() as interrupted, bar:
        try:
            for block in blocks:
                found |= {point.index: point for point in block}
                bar.update(len(block))
                if interrupted.is_set():
                    break
        except PoolError as problem:  # what came before it is kept
            return found, problem, False
    return found, None, interrupted.is_set() and len(found) < plan.count


def _write(plan: Sweep, found: Mapping[Index, Point], out: Sequence[Path]) -> None:
    """Write every file, also where one of them cannot be; of a long sweep as much as possible is kept."""
    refused = []
    for path in sorted(out, key=lambda path: ENDINGS.index(path.suffix.lower())):
        try:
            WRITERS[path.suffix.lower()](plan, found, path)
        except FileError as problem:
            refused.append(problem)
    if refused:
        raise refused[0]
    if not out:
        for line in lines(plan, found):
            click.echo(line, nl=False)


def _draw(plan: Sweep, found: Mapping[Index, Point], path: Path) -> None:
    from gradviz.ui.dialogs.sweep_picture import draw_without_screen  # Qt comes with it

    draw_without_screen(plan, found, path)


WRITERS: Mapping[str, Callable[[Sweep, Mapping[Index, Point], Path], None]] = {".csv": write_table, ".npz": write_arrays, ".png": _draw}
#: What a sweep can be written as; a picture comes last, for it takes the longest.
ENDINGS = tuple(WRITERS)


def _said(wish: Wish, plan: Sweep, found: Mapping[Index, Point], seconds: float) -> str:
    """The last line: how many, how fast, what became of them, and where it is written."""
    if not found:
        return f"{wish.name}: stopped before the first of {plan.count:,} points was done; nothing is written."
    count = f"{len(found):,} points" if len(found) == plan.count else f"stopped after {len(found):,} of {plan.count:,} points"
    kinds = Counter(_kind(plan, point) for point in found.values())
    words = ", ".join(f"{number:,} {kind}" for kind, number in kinds.most_common())
    written = f" Wrote {' and '.join(map(str, wish.out))}." if wish.out else ""
    return f"{wish.name}: {count} in {seconds:,.1f} s, {len(found) / seconds:,.0f} a second: {words}.{written}"


def _kind(plan: Sweep, point: Point) -> str:
    if point.status == "done" and "verdict" in plan.measures:
        return str(point.values[plan.measures.index("verdict")])
    return point.status
