"""The sweep's benchmark measures real sweeps, and says in numbers what it found."""

from __future__ import annotations

import re

import pytest

from gradviz.benchmarks import sweeps
from gradviz.benchmarks.missing import Missing
from gradviz.core.config import Config
from gradviz.runs.sweep_points import Point


def test_a_sweep_is_timed_from_its_beginning_and_each_point_once_the_workers_have_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, *(103.0 + second for second in range(20))])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    swept = sweeps.timed(Point((place,), "done", ()) for place in range(20))
    assert swept == (20, 22.0, 1.0)


def test_the_notebooks_loop_is_set_against_as_many_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "NOTEBOOK", Config(epochs=40))
    monkeypatch.setattr(sweeps, "RIVAL_ROUNDS", 1)
    reading = sweeps.against_notebook(4, 3)
    assert reading.detail.startswith("12 runs of 40 epochs took ")
    assert "measured on 20 epochs" in reading.detail
    assert reading.value > 0


def test_one_process_is_set_against_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "NOTEBOOK", Config(epochs=40))
    monkeypatch.setattr(sweeps, "cores", lambda: 2)
    reading = sweeps.all_cores(4, 1)
    assert re.search(r"with one process and .* with 2, once they have begun; best of 1 sweeps of 16 runs each", reading.detail)
    monkeypatch.setattr(sweeps, "cores", lambda: 1)
    with pytest.raises(Missing, match="this machine has one core"):
        sweeps.all_cores()
