"""A saved run without a window: what it was, and whether training again gives the same bits."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from gradviz.cli import FAILED, INTERRUPTED
from gradviz.cli.training import _ctrl_c, _printable, _tested, _verdict
from gradviz.core.config import PARAMETERS, Config
from gradviz.runs.machine import fitting
from gradviz.runs.presets import presets
from gradviz.runs.replay import Checked, check, rounding, table_problem
from gradviz.runs.run import Run
from gradviz.runs.store import Saved, read

#: So many of a run's changes are listed; JSON has them all.
MOST_CHANGES_SHOWN = 20
LONGEST_VALUE = 60


def replay_headless(path: Path, *, trained_again: bool, as_json: bool, quiet: bool) -> int:
    """Print what a saved run was, train it again where that is asked for, and return the exit status: 1 where it came out otherwise."""
    saved = read(path)
    checked = _trained_again(path.name, saved, quiet=quiet) if trained_again else None
    if trained_again and checked is None:
        return INTERRUPTED
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(_as_object(saved, checked)), indent=2))
    elif not quiet:
        for line in _in_words(path.name, saved, checked):
            click.echo(_printable(line, sys.stdout))
    return FAILED if checked is not None and not checked.same else 0


def _trained_again(name: str, saved: Saved, *, quiet: bool) -> Checked | None:
    """What came of training it again; None where Ctrl-C ended that."""
    fitting(saved.run.config)
    problem = table_problem(saved)
    if problem is not None:
        raise problem
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no thread of its own: the bar hears of every block
    silent = quiet or sys.stderr is None or not sys.stderr.isatty()
    total = saved.run.epochs_done
    with contextlib.ExitStack() as stack:
        interrupted = stack.enter_context(_ctrl_c())
        bar = stack.enter_context(tqdm(total=total, desc=f"{name}, again", unit=" epochs", unit_scale=True, disable=silent, leave=False))
        steps = check(saved.run)
        while True:
            try:
                done = next(steps)
            except StopIteration as end:
                checked: Checked = end.value
                return checked
            bar.update(done - bar.n)
            if interrupted.is_set():
                click.echo(f"Stopped: {done:,} of {total:,} epochs were the same until then.", err=True)
                return None


def _in_words(name: str, saved: Saved, checked: Checked | None) -> list[str]:
    run = saved.run
    lines = [f"{name}: {_origin(run.config)}."]
    lines += [f"Changed at epoch {change}" for change in run.interventions[:MOST_CHANGES_SHOWN]]
    more = len(run.interventions) - MOST_CHANGES_SHOWN
    lines += [f"and {more:,} more changes; --json lists them all."] if more > 0 else []
    lines.append(_sentence(run.how_it_ended.reason))
    if len(run.newest):
        lines.append(f"Cost from {run.cost[0]:.10g} to {run.newest.cost[-1]:.10g}{_tested(run)}. {_verdict(run).sentence}")
    lines.append(_kept(run))
    if saved.made_with.known:
        lines.append(f"Recorded with {saved.made_with}.")
    if checked is not None:
        lines.append(checked.sentence if checked.same else f"{checked.sentence} {rounding(saved)}")
    return lines


def _origin(config: Config) -> str:
    """The preset that the config is nearest to, and in what it differs."""
    nearest = min(presets().values(), key=lambda preset: len(preset.config.differences(config)))
    different = nearest.config.differences(config)
    if not different:
        return nearest.name
    return f"{nearest.name} with {', '.join(f'{name} = {_short(PARAMETERS[name].format(getattr(config, name)))}' for name in different)}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _kept(run: Run) -> str:
    """How many epochs it trained, and of how many there are costs and profiles."""
    costs = "every cost" if run.score_stride == 1 else f"one cost in {run.score_stride:,}"
    profiles = "all profiles" if run.stride == 1 else f"the profiles of {_profiles_kept(run):,}, one in {run.stride:,} and the last"
    return f"{run.epochs_done:,} of {run.config.epochs:,} epochs trained, {run.observed:,} of them observed: {costs} is kept, and {profiles}."


def _profiles_kept(run: Run) -> int:
    return sum(len(block) for block in run.between(0))


def _as_object(saved: Saved, checked: Checked | None) -> dict[str, Any]:
    run = saved.run
    result: dict[str, Any] = {
        "config": run.config.as_dict(),
        "interventions": [msgspec.structs.asdict(change) for change in run.interventions],
        "ended": run.how_it_ended.kind,
        "reason": run.how_it_ended.reason,
        "epochs_done": run.epochs_done,
        "epochs_observed": run.observed,
        "profiles_kept": _profiles_kept(run),
        "stride": run.stride,
        "bookmarks": run.bookmarks,
        "made_with": msgspec.structs.asdict(saved.made_with),
    }
    if len(run.newest):
        verdict = _verdict(run)
        result |= {"cost_first": float(run.cost[0]), "cost_last": float(run.newest.cost[-1]), "verdict": {"kind": verdict.kind, "sentence": verdict.sentence}}
    if checked is not None:
        difference = None if checked.difference is None else checked.difference._asdict()
        said = checked.sentence if checked.same else f"{checked.sentence} {rounding(saved)}"
        result["check"] = {"same": checked.same, "epochs": checked.epochs, "numbers": checked.numbers, "sentence": said, "difference": difference}
    return result


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
