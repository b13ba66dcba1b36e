"""Checking the gradient without a window: a table by layer, and what it says in words."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import msgspec
import numpy as np

from gradviz.core.config import Config
from gradviz.core.frames import Frames
from gradviz.core.training import train

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.check import Conclusion, Row

#: A longer table is shown in so many rows, unless a person wants all.
SHOWN_ROWS = 20


class Checked(NamedTuple):
    """The table's rows, the epoch whose weights were checked, and how a training ended that did not get to the one that was asked for."""

    rows: list[Row]
    epoch: int
    ending: str


def check_headless(name: str, config: Config, epochs: int, *, every_row: bool, as_json: bool) -> int:
    """Check the gradient after so many epochs of training, print the table and the conclusion; 0 where they agree, else 1."""
    from gradviz.core.check import conclusion

    rows, reached, ending = (_wide_rows if config.wide else _chain_rows)(name, config, epochs)
    found = conclusion(rows, config)
    where = f"{name}, epoch {reached:,}"
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(_result(config, reached, rows, found)), indent=2))
    else:
        for line in _table(rows, every_row=every_row):
            click.echo(line)
        if ending:
            click.echo(ending)
        click.echo(f"{where}: {found.word}. {found.sentence}")
    return 0 if found.ok else 1


def _chain_rows(name: str, config: Config, epochs: int) -> Checked:
    from gradviz.core.check import check

    newest: Frames | None = None
    # a frame is the state before its epoch's update: epoch N has had N of them
    trained = config.replace(epochs=epochs + 1, observe_every=max(1, epochs))
    with _bar(name, "training", epochs, " epochs") as bar:
        for frames in train(trained):
            newest = frames if len(frames) else newest
            bar.update(min(frames.done, epochs) - bar.n)
    assert newest is not None, "every training has a first frame"
    rows = [row for block in check(config, newest.w[-1], newest.dw[-1]) for row in block.rows]
    return Checked(rows, int(newest.epoch[-1]), newest.ending.reason if newest.ending and newest.ending.kind == "diverged" else "")


def _wide_rows(name: str, config: Config, epochs: int) -> Checked:
    from gradviz.core.wide_check import Reached, check_engine, engine_of, retrained
    from gradviz.runs.blas import one_thread
    from gradviz.runs.data import dataset

    longer = config.replace(epochs=max(config.epochs, epochs + 1))  # where it decays, the learning rate depends on how many there are
    rows: list[Row] = []
    reached = Reached(0)
    with one_thread():
        engine = engine_of(longer, dataset(config))
        with _bar(name, "training", epochs, " epochs") as bar:
            for reached in retrained(engine, epochs):
                bar.update(reached.epoch - bar.n)
        with _bar(name, "checking", None, " layers") as bar:
            for block in check_engine(engine, longer, reached.epoch):
                rows += block.rows
                bar.total = block.total
                bar.update(len(block))
    return Checked(rows, reached.epoch, reached.diverged)


def _bar(name: str, what: str, total: int | None, unit: str) -> Any:
    """A progress bar on a terminal, where there is anything to wait for; nothing elsewhere."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no thread of its own: the bar hears of every block
    silent = total == 0 or sys.stderr is None or not sys.stderr.isatty()
    return tqdm(total=total, desc=f"{name}, {what}", unit=unit, unit_scale=True, disable=silent, leave=False)


def _table(rows: Sequence[Row], *, every_row: bool) -> list[str]:
    """The rows as aligned text, and what was left out of it."""
    if not rows:
        return []
    from gradviz.core.check import COLUMNS, cells

    shown = list(rows) if every_row else _selection(rows)
    texts = [COLUMNS, *map(cells, shown)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    lines = ["  ".join(text.rjust(width) for text, width in zip(line[:-1], widths, strict=False)) + f"  {line[-1]}" for line in texts]
    if len(shown) < len(rows):
        lines.append(f"{len(shown)} of {len(rows):,} rows; --all prints every one.")
    return lines


def _selection(rows: Sequence[Row]) -> list[Row]:
    """Evenly spaced rows, the first and the last among them, and at most as many again of those that disagree."""
    places = set(np.linspace(0, len(rows) - 1, min(SHOWN_ROWS, len(rows))).round().astype(int).tolist())
    places.update([place for place, row in enumerate(rows) if not row.agrees][:SHOWN_ROWS])
    return [rows[place] for place in sorted(places)]


def _result(config: Config, epoch: int, rows: Sequence[Row], found: Conclusion) -> dict[str, Any]:
    layers = [
        {
            "layer": row.layer,
            "backpropagation": {"sign": row.sign, "log10": row.decades},
            "stored": row.stored,
            "finite_difference": {"sign": row.finite_sign, "log10": row.finite_decades},
            "relative_difference": row.relative,
            "allowed": row.allowed,
            "method": row.method,
            "agrees": row.agrees,
        }
        for row in rows
    ]
    return {"config": config.as_dict(), "epoch": epoch, "ok": found.ok, "verdict": found.word, "sentence": found.sentence, "layers": layers}
