"""How long the window stands still while it saves pictures: its longest pause, while it trains in Fast and a picture of all its panels is drawn and written."""

from __future__ import annotations

import json
import time
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from gradviz.benchmarks import windows
from gradviz.benchmarks.measuring import Goal, Measure, Reading

#: Epochs that are recorded before the first picture.
RECORDED = 2000
#: Each kind of picture so many times.
ROUNDS = 2
#: Milliseconds between two looks at the clock.
LOOKS = 2


class Pauses(NamedTuple):
    """The window's longest pause in milliseconds while pictures were made, and without; how many were made, and the seconds that one took."""

    longest: float
    without: float
    pictures: int
    seconds: float


@cache
def pauses() -> Pauses:
    """Save PNG at 300 dots per inch, SVG and PDF of the dashboard, while it trains."""
    return Pauses(*json.loads(windows.in_a_process("exporting.save_pictures()")))


def save_pictures() -> None:
    """Print, as JSON, the fields of Pauses."""
    import tempfile
    from pathlib import Path

    from PyQt6.QtCore import QTimer

    from gradviz.ui.pictures.options import Options

    folder = tempfile.TemporaryDirectory()
    with windows.opened("notebook-1a") as (app, window):
        looks: list[float] = []
        clock = QTimer()
        clock.setInterval(LOOKS)
        clock.timeout.connect(lambda: looks.append(time.perf_counter()))
        jobs = [Path(folder.name) / f"{number}{ending}" for number in range(ROUNDS) for ending in (".png", ".svg", ".pdf")]
        seen: list[float] = []
        begun: list[float] = []

        def longest() -> float:
            gap = max(after - before for before, after in pairwise(looks)) * 1e3
            looks.clear()
            return gap

        def begin() -> None:
            seen.append(longest())
            begun.append(time.perf_counter())
            save()

        def save(*_: object) -> None:
            if jobs:
                window.saving.save_picture("dashboard", jobs.pop(), Options(33.0, 20.0, "cm", 300.0))
                return
            seconds = (time.perf_counter() - begun[0]) / (3 * ROUNDS)
            print(json.dumps([longest(), seen[0], 3 * ROUNDS, seconds]))
            app.quit()

        def trained() -> None:
            clock.start()
            window.saving.studio.made.connect(save)
            QTimer.singleShot(int(windows.COUNTED * 1000), begin)

        QTimer.singleShot(0, lambda: windows.when_it_trains(window, lambda: windows.when_trained(window, RECORDED, trained)))
        app.exec()
    folder.cleanup()


def _reading() -> Reading:
    seen = pauses()
    words = f"{seen.pictures} pictures of six panels, PNG of 3,898 x 2,362 pixels, SVG and PDF, {seen.seconds:.1f} s each; without them {seen.without:.0f} ms"
    return Reading(seen.longest, words)


MEASURES: tuple[Measure, ...] = (Measure("saving", "saving pictures while training in Fast: the window's longest pause", Goal(False, 100, " ms"), _reading),)
