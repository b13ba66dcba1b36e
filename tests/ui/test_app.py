"""The application: it opens the window, keeps it when something goes wrong inside, and closes with status 0."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradviz.cli import main
from gradviz.runs.presets import presets
from gradviz.ui.app import application
from gradviz.ui.state import Phase
from gradviz.ui.window import Window


@pytest.fixture
def meanwhile(qapp: QApplication) -> Callable[[Callable[[Window], bool]], None]:
    """Does something with the window that an application's own loop shows, until it is done with it and closes it."""

    def arrange(visit: Callable[[Window], bool]) -> None:
        clock = QTimer(qapp)
        deadline = time.perf_counter() + 60

        def look() -> None:
            window = next((widget for widget in qapp.topLevelWidgets() if isinstance(widget, Window) and widget.isVisible()), None)
            late = time.perf_counter() > deadline  # the loop is not the test's, so nobody else ends it
            if window is not None and (late or (window.state.phase is not Phase.PREPARING and visit(window))):
                clock.stop()
                window.close()

        clock.timeout.connect(look)
        clock.start(20)

    return arrange


def test_there_is_one_application_with_our_name(qapp: QApplication) -> None:
    assert application() is qapp
    assert qapp.applicationName() == "GradViz"


@pytest.mark.parametrize(("arguments", "preset"), [([], "notebook-1a"), (["notebook-1b"], "notebook-1b")])
def test_the_command_opens_the_window_on_a_preset(meanwhile, arguments: list[str], preset: str) -> None:
    seen = []

    def visit(window: Window) -> bool:
        seen.append((window.windowTitle(), window.run.config))
        return True

    meanwhile(visit)
    assert main(arguments) == 0
    assert seen == [(f"{preset} — GradViz", presets()[preset].config)]


def test_an_error_inside_is_a_sentence_in_the_strip_and_the_experiment_is_kept(meanwhile, qtbot: QtBot) -> None:
    seen: list[str] = []

    def trip() -> None:
        raise RuntimeError("a slot tripped")

    def visit(window: Window) -> bool:
        if not seen:
            seen.append("tripping")
            QTimer.singleShot(0, trip)
            return False
        if window.messages.isVisible():
            seen.append(window.messages.text.text())
            window.actions_by_name["step"].trigger()
        return window.run.epochs_done >= 2

    meanwhile(visit)
    with qtbot.captureExceptions() as exceptions:
        assert main(["notebook-1a"]) == 0
    assert "Something went wrong inside GradViz (RuntimeError: a slot tripped). The experiment is kept." in seen
    assert {str(problem) for _, problem, _ in exceptions} == {"a slot tripped"}
