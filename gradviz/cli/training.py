"""Training without a window: progress, files, and one last line."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from types import FrameType
from typing import IO, NamedTuple

import click
import msgspec

from gradviz.cli import INTERRUPTED
from gradviz.core.config import Config
from gradviz.core.training import train
from gradviz.runs.files import written_whole
from gradviz.runs.run import PROFILE_MEMORY, Run


class Outputs(NamedTuple):
    """Where the result of a training goes."""

    run: Path | None
    table: Path | None
    as_json: bool
    quiet: bool


def train_headless(name: str, config: Config, outputs: Outputs) -> int:
    """Train to the end or to Ctrl-C, write what was asked for, and return the exit status."""
    from tqdm import tqdm

    from gradviz.core.compiled import NOTICE  # as late as numba itself

    tqdm.monitor_interval = 0  # no thread of its own: the bar hears of every block

    next(train(Config(layers=2, epochs=1)))  # compiles or loads the kernel, so that the speed below is of training alone
    if NOTICE and not outputs.quiet:
        click.echo(NOTICE, err=True)
    run = Run(config, memory=PROFILE_MEMORY if outputs.run else 0)
    seconds = 0.0
    silent = outputs.quiet or sys.stderr is None or not sys.stderr.isatty()
    with contextlib.ExitStack() as stack:
        interrupted = stack.enter_context(_ctrl_c())
        table = stack.enter_context(_table(outputs.table)) if outputs.table else None
        bar = stack.enter_context(tqdm(total=config.epochs, desc=name, unit=" epochs", unit_scale=True, disable=silent, leave=False))
        training = train(config)
        while run.ending is None and not (run.epochs_done and interrupted.is_set()):  # the first frame is always there to report and to save
            started = time.perf_counter()
            frames = next(training)
            seconds += time.perf_counter() - started
            run.append(frames)
            if table:
                from gradviz.runs.tables import lines

                table.writelines(lines(frames))
            bar.update(run.epochs_done - bar.n)
        run.stop()
    if outputs.run:
        from gradviz.runs.store import save

        save(run, outputs.run)
    _report(name, run, seconds, outputs)
    return INTERRUPTED if run.ending and run.ending.kind == "stopped" else 0


@contextlib.contextmanager
def _ctrl_c() -> Iterator[Event]:
    """An event that the first Ctrl-C sets, so that no frame is cut in half; a second one interrupts as usual."""
    pressed = Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _table(path: Path) -> Iterator[IO[str]]:
    from gradviz.runs.tables import HEADER

    with written_whole(path) as beside, beside.open("w", encoding="ascii", newline="\n") as file:
        file.write(HEADER)
        yield file


def _report(name: str, run: Run, seconds: float, outputs: Outputs) -> None:
    assert run.ending is not None, "a training ends in some way before it is reported"
    speed = run.epochs_done / seconds
    if outputs.as_json:
        result = {
            "config": run.config.as_dict(),
            "epochs_done": run.epochs_done,
            "cost_first": float(run.cost[0]),
            "cost_last": float(run.newest.cost[-1]),
            "ended": run.ending.kind,
            "reason": run.ending.reason,
            "epochs_per_second": speed,
        }
        click.echo(msgspec.json.format(msgspec.json.encode(result), indent=2))
    if outputs.quiet or (outputs.as_json and run.ending.kind != "stopped"):
        return
    written = [str(path) for path in (outputs.run, outputs.table) if path]
    thinned = f" (profiles of one in {run.stride} observed epochs: more would take over {PROFILE_MEMORY >> 20} MB)" if outputs.run and run.stride > 1 else ""
    click.echo(
        f"{name}: {run.ending.reason} Cost from {run.cost[0]:.10g} to {run.newest.cost[-1]:.10g}, {speed:,.0f} epochs/s."
        + (f" Wrote {' and '.join(written)}{thinned}." if written else ""),
        err=outputs.as_json,
    )
