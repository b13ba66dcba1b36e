"""The benchmark of a long run, on few epochs: its numbers are there, and mean what they say."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gradviz.benchmarks import long_runs
from gradviz.benchmarks.long_runs import LongRun, Peak, long_run, train_recorded
from gradviz.benchmarks.missing import Missing


def test_a_short_one_is_measured() -> None:
    measured = long_run(3000)
    assert measured.seconds > 0
    assert measured.epochs_per_second == pytest.approx(3000 / measured.seconds)
    assert measured.ratio > 0
    assert measured.stride == 1
    assert 3000 * 8 * 600 < measured.peak < 2**28, "3,000 profiles of 600 numbers were kept"


def test_a_memory_that_is_full_is_thinned_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("gradviz.runs.run.PROFILE_MEMORY", 2**20)
    train_recorded(1000)
    seconds, peak, stride = json.loads(capsys.readouterr().out)
    assert seconds > 0
    assert peak >= 0
    assert stride == 16


def test_both_trainings_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"long_runs.train_recorded(500)": "[2.0, 1024, 4]", "long_runs.train_unrecorded(500)": "1.6"}
    monkeypatch.setattr(long_runs, "in_a_process", answers.__getitem__)
    assert long_run(500) == LongRun(2.0, 250.0, 1024, 1.25, 4)


def test_a_training_that_fails_leaves_the_line_out() -> None:
    with pytest.raises(Missing, match="ConfigError"):
        long_run(-1)


def test_memory_that_was_given_back_counts() -> None:
    with Peak() as peak:
        taken = np.ones(2**24)
        peak._look()
        del taken
    assert 2**27 * 0.9 < peak.bytes < 2**27 * 2
