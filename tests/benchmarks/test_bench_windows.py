"""The window's measures, on a small network and in a hurry: the numbers are there, and mean what they say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gradviz.benchmarks import clicks
from gradviz.benchmarks.experiments import WIDE, experiment
from gradviz.benchmarks.missing import Missing
from gradviz.benchmarks.windows import Frames, in_a_process
from gradviz.core.config import PARAMETERS
from gradviz.core.phases import phase_map
from gradviz.runs.run import training

IN_A_HURRY = """windows.SETTLING, windows.COUNTED = 0.2, 0.5
import time
from gradviz.benchmarks import clicks, experiments
clicks.SETTLING, clicks.ROUNDS, clicks.SHORTEST_REST, clicks.LONGEST_REST = 0.2, 1, 0.005, 0.01
experiments.WIDE["small"] = experiments.MIDDLING.replace(layers=5, width=4, samples=20)
"""

# A window that does nothing else for 0.1 s as soon as a click is planned, which is due after 0.01 s at the latest.
BUSY = """
def keep_busy(until):
    while time.perf_counter() < until:
        pass

with windows.opened("small") as (app, window):
    from PyQt6.QtCore import QTimer
    def click():
        global clicker
        clicker = clicks.Clicker(clicks.clicks_on(window)[:1], app.quit)
        clicker.plan()
        keep_busy(time.perf_counter() + 0.1)
    QTimer.singleShot(200, click)
    app.exec()
    print(clicks.json.dumps(clicker.taken))
"""

BROKEN = """windows.SETTLING = 0.0
from PyQt6.QtCore import QTimer
with windows.opened("notebook-1b") as (app, _):
    QTimer.singleShot(0, lambda: 1 / 0)
    app.exec()
"""


def _measured(call: str) -> Any:
    return json.loads(in_a_process(IN_A_HURRY + call))


def test_an_experiment_does_not_end_while_it_is_measured() -> None:
    assert {experiment(name).config.epochs for name in ("notebook-1b", *WIDE)} == {1_000_000_000}


@pytest.mark.parametrize("name", WIDE)
def test_a_wide_experiment_is_as_large_as_its_name_says(name: str) -> None:
    config = WIDE[name]
    assert name == f"{config.layers - 1} x {config.width}"
    assert (config.samples, config.batch_size) == (config.width, 0)


def test_the_middling_experiment_does_not_diverge() -> None:
    *_, last = training(WIDE["50 x 64"].replace(epochs=30, observe_every=10))
    assert last.ending is not None
    assert last.ending.kind == "done"


def test_paints_are_counted() -> None:
    seen = Frames(*_measured("windows.count_frames('small')"))
    assert 0 < seen.median <= seen.p95
    assert seen.painted > 2
    assert seen.epochs_per_second > 0


def test_every_click_is_answered() -> None:
    answers = clicks.Answers(**_measured("clicks.click_through('small')"))
    assert answers.clicks == 6
    assert list(answers.slowest) == ["linear scale", "another gradient", "Pause", "Run", "log scale", "the first gradient"]
    assert 0 < answers.median <= answers.p95 <= answers.greatest < clicks.PATIENCE * 1e3
    assert answers.greatest == max(answers.slowest.values())


def test_a_click_waits_for_a_window_that_is_busy() -> None:
    [(name, milliseconds)] = _measured(BUSY)
    assert name == "linear scale"
    assert milliseconds >= 90


@pytest.mark.parametrize("while_it_trains", [True, False])
def test_the_map_is_shown_coarse_and_then_fine(while_it_trains: bool) -> None:
    first, finest = _measured(f"clicks.show_map('small', {while_it_trains})")
    assert 0 < first < finest


def test_a_failure_in_a_window_leaves_its_line_out() -> None:
    with pytest.raises(Missing, match="the window did not open: KeyError: 'no such experiment'"):
        in_a_process("windows.count_frames('no such experiment')")
    with pytest.raises(Missing, match="the window did not open: ZeroDivisionError"):
        in_a_process(BROKEN)


def test_every_activation_has_its_map_measured(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    monkeypatch.setattr("gradviz.core.phases.phase_map", lambda *arguments: sizes.append(phase_map(*arguments).shape))
    clicks.work_out_maps()
    assert set(json.loads(capsys.readouterr().out)) == set(PARAMETERS["activation"].choices)
    assert set(sizes) == {(200, 200)}
