"""How smoothly the window follows a hand on the timeline: 10,000 recorded epochs of 100 layers, dragged through while training rests or goes on."""

from __future__ import annotations

import json
import time
from functools import cache

from gradviz.benchmarks import windows
from gradviz.benchmarks.measuring import Goal, Measure, Reading

RECORDED = 10_000
#: Milliseconds between two places of the mouse, as an ordinary one reports them; and how long the hand takes from one end to the other.
MOUSE, SWEEP = 8, 2.0


@cache
def scrubbed(trains: bool) -> windows.Frames:
    """The window's paints while a hand drags through the recorded epochs, back and forth."""
    return windows.Frames(*json.loads(windows.in_a_process(f"scrubbing.count_frames(trains={trains})")))


def count_frames(*, trains: bool) -> None:
    """Print, as JSON, the fields of windows.Frames."""
    import numpy as np
    from PyQt6.QtCore import QTimer

    with windows.opened("notebook-1a") as (app, window):
        painted: list[float] = []
        windows.at_paint(window.dashboard.panels["gradients"].viewport(), lambda: painted.append(time.perf_counter()))
        began: list[tuple[float, int]] = []
        mouse = QTimer()
        mouse.setInterval(MOUSE)

        def move() -> None:
            there = (time.perf_counter() - began[0][0]) / SWEEP % 2.0
            window.timeline.epoch_wanted.emit(int(RECORDED * (1.0 - abs(1.0 - there))))

        def drag() -> None:
            if not trains:
                window.actions_by_name["run"].trigger()
            painted.clear()
            began.append((time.perf_counter(), window.run.epochs_done))
            mouse.timeout.connect(move)
            mouse.start()
            QTimer.singleShot(int(windows.COUNTED * 1000), finish)

        def finish() -> None:
            mouse.stop()
            seconds, first = time.perf_counter() - began[0][0], began[0][1]
            gaps = np.diff(painted) * 1e3
            speed = (window.run.epochs_done - first) / seconds
            print(json.dumps([float(np.median(gaps)), float(np.percentile(gaps, 95)), speed, len(painted)]))
            app.quit()

        QTimer.singleShot(0, lambda: windows.when_it_trains(window, lambda: windows.when_trained(window, RECORDED, drag)))
        app.exec()


def _reading(trains: bool) -> Reading:
    seen = scrubbed(trains)
    meanwhile = f"{seen.epochs_per_second:,.0f} epochs/s trained and recorded meanwhile" if trains else "training paused"
    return Reading(seen.p95, f"median {seen.median:.0f} ms of {seen.painted} paints, six panels, 1280x800, {meanwhile}")


MEASURES: tuple[Measure, ...] = (
    Measure("scrub", "dragging through 10,000 epochs of 100 layers: p95 frame interval", Goal(False, 33, " ms"), lambda: _reading(False)),
    Measure("scrub live", "the same while training goes on in Fast", Goal(False, 33, " ms"), lambda: _reading(True)),
)
