"""Training without a window: progress, files, and one last line."""

from __future__ import annotations

import contextlib
import re
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event
from types import FrameType
from typing import IO, Any, NamedTuple

import click
import msgspec
import numpy as np

from gradviz.cli import FAILED, INTERRUPTED
from gradviz.core.config import Config, ConfigError
from gradviz.core.diagnosis import Verdict, diagnose
from gradviz.core.frames import PROFILED, Ask, Ending
from gradviz.core.interventions import Intervention
from gradviz.core.training import SelfCheckError, Training
from gradviz.runs.files import FileError, written_whole
from gradviz.runs.run import PROFILE_MEMORY, Run, training

#: The last line names so many changes.
MOST_CHANGES_SAID = 3


class Outputs(NamedTuple):
    """Where the result of a training goes, and how many bytes of profiles it keeps."""

    run: Path | None
    table: Path | None
    as_json: bool
    quiet: bool
    memory: int = PROFILE_MEMORY


def train_headless(name: str, config: Config, outputs: Outputs, changes: Sequence[Intervention] = ()) -> int:
    """Train to the end or to Ctrl-C, with these changes on the way, write what was asked for, and return the exit status."""
    if not config.wide:
        _load_the_kernel(outputs)
    run = Run(config, memory=outputs.memory if outputs.run else 0)
    return _train(name, run, training(config, changes), outputs)


def go_on_headless(name: str, run: Run, outputs: Outputs, changes: Sequence[Intervention] = ()) -> int:
    """Train what is left of a run that was stopped, as train_headless() does; raises FileError where nothing is."""
    if not run.can_go_on:
        raise FileError(f"'{name}' cannot go on: {run.how_it_ended.reason.rstrip('.')}.")
    early = next((change for change in changes if change.epoch < run.epochs_done), None)
    if early is not None:
        raise ConfigError(early.parameter, f"{early} cannot be: '{name}' has been trained to epoch {run.epochs_done - 1:,} already.")
    if not run.config.wide:
        _load_the_kernel(outputs)
    run.ending = None
    return _train(name, run, run.go_on(changes), outputs)


def _train(name: str, run: Run, epochs: Training, outputs: Outputs) -> int:
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no thread of its own: the bar hears of every block
    speed, fault = 0.0, ""
    with contextlib.ExitStack() as stack:
        interrupted = stack.enter_context(_ctrl_c())
        table = stack.enter_context(_table(outputs.table, run.config)) if outputs.table else None
        silent = outputs.quiet or sys.stderr is None or not sys.stderr.isatty()
        whole = run.config.epochs
        bar = stack.enter_context(tqdm(total=whole, initial=run.epochs_done, desc=name, unit=" epochs", unit_scale=True, disable=silent, leave=False))
        try:
            speed = _turn(run, epochs, interrupted, _wanted(outputs), table, bar)
        except SelfCheckError as problem:  # the frames before it, and the one that shows it, are kept
            fault = str(problem)
            run.ending = Ending("stopped", fault)
        run.stop()
    if outputs.run:
        from gradviz.runs.store import save

        save(run, outputs.run)
    if fault:
        click.echo(_printable(fault + _written(run, outputs), sys.stderr), err=True)
        return FAILED
    _report(name, run, speed, outputs)
    return INTERRUPTED if run.ending and run.ending.kind == "stopped" else 0


def _load_the_kernel(outputs: Outputs) -> None:
    """Compile or load the chain's kernel, so that the speed that is said is of training alone."""
    from gradviz.core.compiled import NOTICE  # as late as numba itself

    next(training(Config(layers=2, epochs=1)))
    if NOTICE and not outputs.quiet:
        click.echo(NOTICE, err=True)


def _wanted(outputs: Outputs) -> Ask:
    """What of a wide network's epochs is looked at: percentiles cost up to ten times as much as the learning itself.

    A table has those of every observed epoch, a run file those of some in each stretch of training, and where nothing is written there are none between
    the first epoch and the last.
    """
    if outputs.table:
        return Ask()
    return Ask(looked_at=frozenset(PROFILED if outputs.run else ()))


def _turn(run: Run, epochs: Training, interrupted: Event, ask: Ask, table: IO[str] | None, bar: Any) -> float:
    """Train to the end or to Ctrl-C; the epochs per second, without the first stretch, which reads the data, where there are others."""
    begun, first, spent = run.epochs_done, 0, [0.0, 0.0]  # seconds of the first stretch and of all others
    while run.ending is None and not (run.epochs_done and interrupted.is_set()):  # the first frame is always there to report and to save
        later, started = first > 0, time.perf_counter()
        frames = epochs.send(ask) if later else next(epochs)
        spent[later] += time.perf_counter() - started
        run.append(frames)
        first = first or max(run.epochs_done, 1)
        if table:
            from gradviz.runs.tables import lines

            table.writelines(lines(frames))
        bar.update(run.epochs_done - bar.n)
    epochs.close()
    return (run.epochs_done - first) / spent[1] if spent[1] else (run.epochs_done - begun) / spent[0]


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
def _table(path: Path, config: Config) -> Iterator[IO[str]]:
    from gradviz.runs.tables import header

    with written_whole(path) as beside, beside.open("w", encoding="ascii", newline="\n") as file:
        file.write(header(config))
        yield file


def _report(name: str, run: Run, speed: float, outputs: Outputs) -> None:
    assert run.ending is not None, "a training ends in some way before it is reported"
    if outputs.quiet and not outputs.as_json:
        return
    verdict = _verdict(run)
    if outputs.as_json:
        result = {
            "config": run.config.as_dict(),
            "epochs_done": run.epochs_done,
            "cost_first": float(run.cost[0]),
            "cost_last": float(run.newest.cost[-1]),
            **{score: float(run.score(score)[-1]) for score in run.newest.SCORES if score != "cost"},
            "ended": run.ending.kind,
            "reason": run.ending.reason,
            "interventions": [msgspec.structs.asdict(change) for change in run.interventions],
            "epochs_per_second": speed,
            "verdict": {name: getattr(verdict, name) for name in ("kind", "cause", "factor_per_layer", "layers_per_decade", "sentence")},
        }
        click.echo(msgspec.json.format(msgspec.json.encode(result), indent=2))
    if outputs.quiet or (outputs.as_json and run.ending.kind != "stopped"):
        return
    changed = f" {_changes(run)}" if run.interventions else ""
    costs = f"Cost from {run.cost[0]:.10g} to {run.newest.cost[-1]:.10g}{_tested(run)}, {speed:,.{0 if speed >= 10.0 else 2}f} epochs/s."
    line = f"{name}: {run.ending.reason}{changed} {costs} {verdict.sentence}{_written(run, outputs)}"
    click.echo(_printable(line, sys.stderr if outputs.as_json else sys.stdout), err=outputs.as_json)


def _changes(run: Run) -> str:
    """What a person changed on the way, as a sentence."""
    shown = "; ".join(f"{change.what} from epoch {change.epoch:,}" for change in run.interventions[:MOST_CHANGES_SAID])
    more = len(run.interventions) - MOST_CHANGES_SAID
    return f"Changed on the way: {shown}{f', and {more:,} more' if more > 0 else ''}."


def _tested(run: Run) -> str:
    """The test's cost in words, where samples were kept back for it."""
    if not run.config.wide or np.isnan(run.score("test_cost")[-1]):
        return ""
    return f" ({run.score('test_cost')[-1]:.10g} of the test)"


def _verdict(run: Run) -> Verdict:
    """What became of the run; without its ending's words, which stand in the same line."""
    if run.config.wide:
        return diagnose(run.config, run.newest, None, run.cost)
    from gradviz.core.logdomain import log_profile  # as late as numba itself

    with np.errstate(all="ignore"):  # of a run that diverged
        profile = log_profile(run.config, run.newest.w[-1])
    return diagnose(run.config, run.newest, profile, run.cost)


def _written(run: Run, outputs: Outputs) -> str:
    """A sentence on the files, with a space before it; empty where there are none."""
    written = [str(path) for path in (outputs.run, outputs.table) if path]
    thinned = f" (profiles of one in {run.stride} observed epochs: more would take over {outputs.memory >> 20} MB)" if outputs.run and run.stride > 1 else ""
    return f" Wrote {' and '.join(written)}{thinned}." if written else ""


#: How a sign is spelled where it cannot be printed.
SPELLED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−×′∂", "0123456789--x'd") | str.maketrans({"φ": "phi", "±": "+-", "≤": "<="})


def _printable(line: str, stream: IO[str]) -> str:
    """The line, spelled in ASCII where the terminal or file has not all of its signs: an old code page must not end a long training with a traceback."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        powers = re.sub("10(?=[⁰¹²³⁴⁵⁶⁷⁸⁹⁻])", "10^", line)
        return powers.translate(SPELLED).encode(encoding, "replace").decode(encoding)
    return line
