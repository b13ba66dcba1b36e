"""What `gradviz bench` prints, with measures that take no time."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gradviz.benchmarks import report as module
from gradviz.benchmarks.machine import this_machine
from gradviz.benchmarks.measuring import Contestant, Goal, Measure, Reading, seconds_per_epoch
from gradviz.benchmarks.rivals import Missing
from gradviz.core.config import Config


def _missing() -> Reading:
    raise Missing("there is no C compiler on this machine")


MEASURES = (
    Measure("fast", "a fast thing", Goal(True, 150, "x"), lambda: Reading(210.4, "it takes 1 µs")),
    Measure("slow", "a slow thing", Goal(False, 1.5, "x"), lambda: Reading(1.75, "it takes 2 µs")),
    Measure("missing", "a missing thing", Goal(False, 1.5, "x"), _missing),
)


@pytest.fixture(autouse=True)
def measures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEASURES", MEASURES)


def test_the_table_shows_ratio_goal_and_absolute_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    module.report(as_json=False)
    machine, _header, *rows = capsys.readouterr().out.splitlines()
    assert machine == str(this_machine())
    assert [" ".join(row.split()) for row in rows] == [
        "a fast thing 210x at least 150x: met",
        "it takes 1 µs.",
        "a slow thing 1.75x at most 1.5x: MISSED",
        "it takes 2 µs.",
        "a missing thing left out: there is no C compiler on this machine.",
    ]


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    module.report(as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert [(line["value"], line["unit"], line["goal"], line["passed"]) for line in document["measurements"]] == [
        (210.4, "x", {"at_least": 150}, True),
        (1.75, "x", {"at_most": 1.5}, False),
    ]
    assert document["left_out"] == [{"name": "a missing thing", "reason": "there is no C compiler on this machine"}]
    assert document["machine"]["packages"]["numpy"] == np.__version__


def test_contestants_take_turns() -> None:
    turns = []

    def contestant(name: str) -> Contestant:
        def train(_config: Config) -> np.ndarray:
            turns.append(name)
            return np.zeros(1)

        return Contestant(train, Config(epochs=1))

    seconds = seconds_per_epoch({"a": contestant("a"), "b": contestant("b")}, rounds=2)
    assert turns == ["a", "b"] * 3
    assert all(0 <= time < 1 for time in seconds.values())
