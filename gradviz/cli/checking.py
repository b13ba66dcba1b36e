"""Checking the gradient without a window: a table by layer, and what it says in words."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
import msgspec
import numpy as np

from gradviz.core.config import Config
from gradviz.core.training import Frames, train

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.check import Conclusion, Row

#: A longer table is shown in so many rows, unless a person wants all.
SHOWN_ROWS = 20


def check_headless(name: str, config: Config, epochs: int, *, every_row: bool, as_json: bool) -> int:
    """Check the gradient after so many epochs of training, print the table and the conclusion; 0 where they agree, else 1."""
    from gradviz.core.check import check, conclusion

    weights, stored, reached, ending = _weights_after(name, config, epochs)
    rows = [row for block in check(config, weights, stored) for row in block.rows]
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


def _weights_after(name: str, config: Config, epochs: int) -> tuple[Any, Any, int, str]:
    """Weights, the dC/dw that the training has at them, and the epoch; where the training diverges before, an earlier one, and how it ended."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no thread of its own: the bar hears of every block
    newest: Frames | None = None
    silent = epochs == 0 or sys.stderr is None or not sys.stderr.isatty()
    # a frame is the state before its epoch's update: epoch N has had N of them
    trained = config.replace(epochs=epochs + 1, observe_every=max(1, epochs))
    with tqdm(total=epochs, desc=name, unit=" epochs", unit_scale=True, disable=silent, leave=False) as bar:
        for frames in train(trained):
            newest = frames if len(frames) else newest
            bar.update(min(frames.done, epochs) - bar.n)
    assert newest is not None, "every training has a first frame"
    return newest.w[-1], newest.dw[-1], int(newest.epoch[-1]), newest.ending.reason if newest.ending and newest.ending.kind == "diverged" else ""


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
