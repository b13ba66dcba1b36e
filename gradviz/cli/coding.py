"""An experiment as a Python program, printed or written to a file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gradviz.cli.showing import resolve
from gradviz.cli.training import _printable
from gradviz.runs.code import numpy_code, pytorch_code
from gradviz.runs.files import writable_target, written_whole


def print_code(target: str, *, torch: bool, epoch: int | None, out: Path | None) -> int:
    """Print the program that reproduces a target's experiment up to an epoch, or to the one that it shows, or write it to a file; returns the exit status."""
    if out is not None:
        if out.suffix.lower() != ".py":
            raise click.UsageError(f"A Python program is saved as a .py file; '{out}' is not one.")
        writable_target(out)
    recipe = resolve(target)
    problem = recipe.table_problem()
    if problem is not None:
        raise problem
    code = (pytorch_code if torch else numpy_code)(recipe.config, recipe.interventions, recipe.epoch if epoch is None else epoch)
    if out is None:
        click.echo(_printable(code, sys.stdout), nl=False)
        return 0
    with written_whole(out) as beside:
        beside.write_text(code, encoding="utf-8")
    click.echo(f"Wrote {out}.")
    return 0
