"""The measurements as a table for people or one JSON object for programs."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from gradviz.benchmarks.machine import this_machine
from gradviz.benchmarks.measures import MEASURES
from gradviz.benchmarks.measuring import LeftOut, Measurement

WIDTH = max(len(measure.name) for measure in MEASURES)
HEADER = f"{'what':{WIDTH}}  {'measured':>8}  goal"


def report(as_json: bool) -> None:
    """Measure everything and print it; the table grows line by line, for it takes a minute or two."""
    machine = this_machine()
    if as_json:
        results = [measure.result() for measure in MEASURES]
        document = {
            "machine": machine,
            "measurements": [_plain(result) for result in results if isinstance(result, Measurement)],
            "left_out": [result for result in results if isinstance(result, LeftOut)],
        }
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
        return
    click.echo(machine)
    click.echo(HEADER)
    for measure in MEASURES:
        click.echo(lines(measure.result()))


def lines(result: Measurement | LeftOut) -> str:
    """One measurement as two lines of the table: the number beside its goal, and the absolute numbers below."""
    if isinstance(result, LeftOut):
        return f"{result.name:{WIDTH}}  left out: {result.reason}."
    verdict = "met" if result.passed else "MISSED"
    return f"{result.name:{WIDTH}}  {result.goal.shown(result.value):>8}  {result.goal}: {verdict}\n    {result.detail}."


def _plain(result: Measurement) -> dict[str, Any]:
    goal = result.goal
    return {
        "name": result.name,
        "value": result.value,
        "unit": goal.unit.strip(),
        "goal": {"at_least" if goal.at_least else "at_most": goal.bound},
        "passed": result.passed,
        "detail": result.detail,
    }
