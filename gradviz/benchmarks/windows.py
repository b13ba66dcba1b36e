"""The window measured from outside: each function runs in a process of its own, on the screen where there is one, else on none.

Nothing is imported before it is used: what an import costs is part of the measurement.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import TracebackType
from typing import Any, NamedTuple

from gradviz.benchmarks.missing import Missing

#: Seconds that pass before counting begins, and that are counted.
SETTLING, COUNTED = 1.5, 5.0
LAUNCHES = 7
#: Seconds that a process may take.
LONGEST = 120


class Frames(NamedTuple):
    """How the window drew while training as fast as the screen follows: milliseconds between paints, and epochs a second meanwhile."""

    median: float
    p95: float
    epochs_per_second: float
    painted: int


@cache
def frames(experiment: str) -> Frames:
    """Train an experiment, by its name, in the window at 1280x800, everything live, Fast, for some seconds."""
    return Frames(*json.loads(in_a_process(f"windows.count_frames({experiment!r})")))


def launches() -> tuple[float, float]:
    """Seconds from the start of a process to its first paint: GradViz's window, and an empty one; the median of several, by turns."""
    # the command line comes from outside: benchmarks stand below it
    own_code, empty_code = "windows.end_at_first_paint(); from gradviz.cli import main; main(['notebook-1b'])", "windows.show_empty()"
    times: dict[str, list[float]] = {own_code: [], empty_code: []}
    for code in times:
        in_a_process(code)  # whatever is not in a cache yet is now
    for _ in range(LAUNCHES):
        for code, seconds in times.items():
            started = time.perf_counter()
            in_a_process(code)
            seconds.append(time.perf_counter() - started)
    own, empty = (sorted(seconds)[LAUNCHES // 2] for seconds in times.values())
    return own, empty


def in_a_process(call: str) -> str:
    """What this call, of a function of a module of this package, prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # modules compiled once, as usual
    if sys.platform.startswith("linux") and not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    code = f"from gradviz.benchmarks import {call.partition('.')[0]}; {call}"
    try:
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        raise Missing(f"the window took longer than {LONGEST} s") from None
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"it ended with status {done.returncode}"]
        raise Missing(f"the window did not open: {last[0]}")
    return done.stdout


# what runs in the processes


def at_paint(watched: Any, then: Callable[[], object]) -> Any:
    """Call this whenever the widget is painted."""
    from PyQt6.QtCore import QEvent, QObject

    class Painted(QObject):
        def eventFilter(self, _watched: QObject | None, event: QEvent | None) -> bool:
            if event is not None and event.type() is QEvent.Type.Paint:
                then()
            return False

    painter = Painted(watched)
    watched.installEventFilter(painter)
    return painter


def show_empty() -> None:
    """An empty pyqtgraph window: what any program of this kind has to wait for."""
    import pyqtgraph as pg
    from PyQt6.QtWidgets import QApplication

    app = QApplication([])
    window = pg.PlotWidget()
    window.resize(1280, 800)
    at_paint(window.viewport(), lambda: os._exit(0))
    window.show()
    app.exec()


def end_at_first_paint() -> None:
    """Let GradViz's window end the process as soon as its plots have been painted."""
    gc.disable()  # as open_window() does before it imports the window
    from gradviz.ui import window

    class Timed(window.Window):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            at_paint(self.dashboard.panels["gradients"].viewport(), lambda: os._exit(0))

    window.Window = Timed  # type: ignore[misc, assignment]


@contextmanager
def opened(experiment: str) -> Iterator[tuple[Any, Any]]:
    """The application and a window of 1280x800 with this experiment, in Fast, with settings of its own; closed afterwards."""
    import tempfile
    from pathlib import Path

    from PyQt6 import sip
    from PyQt6.QtCore import QSettings

    from gradviz.benchmarks import experiments
    from gradviz.ui.app import application
    from gradviz.ui.window import Window

    app = application()
    with tempfile.TemporaryDirectory() as folder:
        settings = QSettings(str(Path(folder, "settings.ini")), QSettings.Format.IniFormat)
        window = Window(experiments.experiment(experiment), settings=settings)
        window.resize(1280, 800)
        window.actions_by_name["fast"].trigger()
        window.show()
        sys.excepthook = _end  # else a failure in a slot would leave the window open for ever
        yield app, window
        window.close()
        sip.delete(window)


def _end(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    sys.__excepthook__(kind, problem, trace)
    os._exit(1)


def when_trained(window: Any, epochs: int, then: Callable[[], object]) -> None:
    """Go on when so many epochs have come: until then the program loads and compiles."""
    from PyQt6.QtCore import QTimer

    def wait() -> None:
        if window.run.epochs_done < epochs:
            QTimer.singleShot(50, wait)
        else:
            then()

    wait()


def when_it_trains(window: Any, then: Callable[[], object]) -> None:
    """Press Run, and go on when the second epoch has come."""
    window.actions_by_name["run"].trigger()
    when_trained(window, 2, then)


def count_frames(experiment: str) -> None:
    """Print, as JSON, the fields of Frames."""
    import numpy as np
    from PyQt6.QtCore import QTimer

    with opened(experiment) as (app, window):
        painted: list[float] = []
        at_paint(window.dashboard.panels["gradients"].viewport(), lambda: painted.append(time.perf_counter()))
        began: list[tuple[float, int]] = []

        def run() -> None:
            when_it_trains(window, lambda: QTimer.singleShot(int(SETTLING * 1000), count))

        def count() -> None:
            painted.clear()
            began.append((time.perf_counter(), window.run.epochs_done))
            QTimer.singleShot(int(COUNTED * 1000), finish)

        def finish() -> None:
            (started, first), ended = began[0], time.perf_counter()
            gaps = np.diff(painted) * 1e3
            speed = (window.run.epochs_done - first) / (ended - started)
            print(json.dumps([float(np.median(gaps)), float(np.percentile(gaps, 95)), speed, len(painted)]))
            app.quit()

        QTimer.singleShot(int(SETTLING * 1000), run)
        app.exec()
