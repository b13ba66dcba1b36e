"""How soon the window answers: a click while a large network trains, and the phase map when it is called for.

As in `windows`, each function runs in a process of its own, and imports nothing before it is used.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, NamedTuple

from gradviz.benchmarks.windows import at_paint, in_a_process, opened, when_it_trains, when_trained

#: Each kind of click so many times.
ROUNDS = 4
#: Seconds from an answer to the next click: between these, at random, so that clicks fall anywhere in an epoch and in a tick.
SHORTEST_REST, LONGEST_REST = 0.25, 0.6
#: Who has no answer after so many seconds does not wait on.
PATIENCE = 5.0
#: Seconds until the window has drawn all its panels.
SETTLING = 1.5


class Answers(NamedTuple):
    """Milliseconds from a click to its picture, the slowest by kind of click, and how many epochs were trained meanwhile."""

    median: float
    p95: float
    greatest: float
    clicks: int
    slowest: dict[str, float]
    epochs: int
    seconds: float


class MapShown(NamedTuple):
    """Milliseconds from showing the phase map to its first and its finest picture while a network trains, and to the finest while nothing does."""

    first: float
    finest: float
    finest_at_rest: float


@cache
def answers() -> Answers:
    """Click in a window that trains a 200-layer, 256-wide network."""
    return Answers(**json.loads(in_a_process("clicks.click_through('200 x 256')")))


@cache
def map_shown() -> MapShown:
    """Show the phase map while a 50 x 64 network trains, and while it does not."""
    first, finest = json.loads(in_a_process("clicks.show_map('50 x 64', True)"))
    _, finest_at_rest = json.loads(in_a_process("clicks.show_map('50 x 64', False)"))
    return MapShown(first, finest, finest_at_rest)


@cache
def maps_from_cold() -> dict[str, float]:
    """Seconds for a map of 200 x 200 points by activation: each is the first that a process does, imports not counted."""
    found: dict[str, float] = json.loads(in_a_process("clicks.work_out_maps()"))
    return found


# what runs in the processes


def work_out_maps() -> None:
    """Print, as JSON, the seconds that each activation's map takes; what one has worked out is no use to the next."""
    import numpy as np

    from gradviz.core.config import PARAMETERS
    from gradviz.core.phases import phase_map

    taken = {}
    for activation in PARAMETERS["activation"].choices:
        started = time.perf_counter()
        phase_map(activation, np.linspace(0.0, 4.0, 200), np.linspace(0.0, 2.0, 200))
        taken[activation] = time.perf_counter() - started
    print(json.dumps(taken))


class Click(NamedTuple):
    """Something that a person does, and the widget that shows that it was done."""

    name: str
    do: Callable[[], object]
    shows: Any


def clicks_on(window: Any) -> list[Click]:
    """One of each kind, in an order that leaves the training running."""
    from PyQt6.QtCore import Qt
    from PyQt6.QtTest import QTest
    from PyQt6.QtWidgets import QToolBar, QToolButton

    panel = window.dashboard.panels["gradients"]
    scale = next(button for button in panel.findChildren(QToolButton) if button.text() == "log")
    run = window.findChild(QToolBar).widgetForAction(window.actions_by_name["run"])

    def press(button: QToolButton) -> Callable[[], object]:
        def do() -> None:
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]
            button.update()  # it has painted itself before it told anyone that it was pressed

        return do

    def choose(key: Qt.Key) -> Callable[[], object]:
        return lambda: QTest.keyClick(panel.choice, key)  # type: ignore[call-overload]

    return [
        Click("linear scale", press(scale), panel.viewport()),
        Click("another gradient", choose(Qt.Key.Key_Down), panel.viewport()),
        Click("Pause", press(run), run),
        Click("Run", press(run), run),
        Click("log scale", press(scale), panel.viewport()),
        Click("the first gradient", choose(Qt.Key.Key_Up), panel.viewport()),
    ]


class Clicker:
    """Clicks one after the other, each when it is due whether the window is free or not, and takes the time until its picture is on the screen."""

    def __init__(self, clicks: list[Click], then: Callable[[], object]) -> None:
        from PyQt6.QtCore import QTimer

        self.taken: list[tuple[str, float]] = []
        self._coming: Iterator[Click] = iter(clicks)
        self._then = then
        self._draw = random.Random(0)
        self._click: Click | None = None
        self._due = 0.0
        self._patience = QTimer()
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._answered)
        for widget in {id(click.shows): click.shows for click in clicks}.values():
            at_paint(widget, partial(self._on_painted, widget))

    def plan(self) -> None:
        """Plan the next click: a click comes when it comes, so that its time counts from then, and not from when the window finds time for it."""
        from PyQt6.QtCore import Qt, QTimer

        click = next(self._coming, None)
        if click is None:
            self._then()
            return
        rest = self._draw.uniform(SHORTEST_REST, LONGEST_REST)
        self._due = time.perf_counter() + rest
        QTimer.singleShot(round(rest * 1000), Qt.TimerType.PreciseTimer, lambda: self._do(click))

    def _do(self, click: Click) -> None:
        click.do()
        self._click = click
        self._patience.start(int(PATIENCE * 1000))

    def _on_painted(self, widget: Any) -> None:
        from PyQt6.QtCore import QTimer

        if self._click is not None and self._click.shows is widget:
            QTimer.singleShot(0, self._answered)  # when all that is painted with it has been, and is on the screen

    def _answered(self) -> None:
        if self._click is None:
            return
        self._patience.stop()
        self.taken.append((self._click.name, (time.perf_counter() - self._due) * 1e3))
        self._click = None
        self.plan()


def click_through(experiment: str) -> None:
    """Print, as JSON, the fields of Answers."""
    import numpy as np
    from PyQt6.QtCore import QTimer

    with opened(experiment) as (app, window):
        began: list[tuple[float, int]] = []

        def finish() -> None:
            times = [milliseconds for _, milliseconds in clicker.taken]
            slowest = {name: max(taken for other, taken in clicker.taken if other == name) for name, _ in clicker.taken}
            median, p95, greatest = (float(np.percentile(times, share)) for share in (50, 95, 100))
            (started, first), ended = began[0], time.perf_counter()
            answers = Answers(median, p95, greatest, len(times), slowest, window.run.epochs_done - first, ended - started)
            print(json.dumps(answers._asdict()))
            app.quit()

        def click() -> None:
            began.append((time.perf_counter(), window.run.epochs_done))
            clicker.plan()

        QTimer.singleShot(int(SETTLING * 1000), partial(when_it_trains, window, click))
        clicker = Clicker(clicks_on(window) * ROUNDS, finish)
        app.exec()


def show_map(experiment: str, training: bool) -> None:
    """Print, as JSON, the milliseconds to the phase map's first and finest pictures."""
    from PyQt6.QtCore import QTimer
    from PyQt6.QtGui import QAction

    from gradviz.ui.plots.phase_image import CELLS

    with opened(experiment) as (app, window):
        shown: list[float] = []

        def show() -> None:
            started = time.perf_counter()
            next(action for action in window.findChildren(QAction) if action.data() == "phase").trigger()
            panel = window.dashboard.panels["phase"]

            def on_painted() -> None:
                image, taken = panel.plot.image, (time.perf_counter() - started) * 1e3
                if image is not None and not shown:
                    shown.append(taken)
                if image is not None and image.cells == CELLS[-1] and len(shown) == 1:
                    shown.append(taken)
                    QTimer.singleShot(0, finish)

            at_paint(panel.viewport(), on_painted)

        def finish() -> None:
            print(json.dumps(shown))
            app.quit()

        QTimer.singleShot(int(SETTLING * 1000), partial(when_it_trains, window, show) if training else partial(when_trained, window, 1, show))
        app.exec()
