"""What tests of the window live under: no screen, settings of their own, and nothing left open or running."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, TypeVar

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is imported

import pytest
from PyQt6 import sip
from PyQt6.QtCore import QByteArray, QEvent, QSettings, QStandardPaths, Qt, QThread, QTimer
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gradviz.core.config import Config
from gradviz.runs.moment import Moment
from gradviz.runs.presets import Preset, presets
from gradviz.runs.run import Run, record
from gradviz.ui import worker as workers
from gradviz.ui.app import application
from gradviz.ui.plots.dashboard import PLACES, Dashboard
from gradviz.ui.plots.panel import Panel
from gradviz.ui.state import Phase
from gradviz.ui.theme import LIGHT
from gradviz.ui.window import Window
from gradviz.ui.worker import Worker

#: Milliseconds that a condition may take; only a failing test waits so long, and the kernel may have to be compiled meanwhile.
PATIENCE = 60_000

OpenWindow = Callable[..., Window]
#: Shows a widget of this width and height, and returns it.
OnScreen = Callable[..., Any]
AnyWidget = TypeVar("AnyWidget", bound=QWidget)
DrawAnew = Callable[..., Moment]
OpenDashboard = Callable[..., Dashboard]
WaitFor = Callable[[Callable[[], object]], None]


@pytest.fixture(scope="session")
def qapp(tmp_path_factory: pytest.TempPathFactory) -> QApplication:
    """The application as a person starts it, with its name and its fonts, but with no person's settings."""
    QStandardPaths.setTestModeEnabled(True)
    for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, str(tmp_path_factory.mktemp("settings")))
    made = application()
    gc.collect()
    gc.freeze()  # what is imported stays; collecting the rest after each test then takes a millisecond
    return made


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """After each test no widget may be open and no worker may run."""
    started: list[Worker] = []

    def start(worker: Worker) -> None:
        started.append(worker)
        QThread.start(worker)

    monkeypatch.setattr(Worker, "start", start)
    yield
    _delete_what_waits_for_it()
    gc.collect()  # here, in Qt's own thread: pyqtgraph's menus are cycles, and a collection in the next test's worker would delete them there
    running = [worker for worker in started if not sip.isdeleted(worker) and worker.isRunning()]
    for worker in running:
        worker.feed.stop()
        worker.wait()
    shown = [widget for widget in qapp.topLevelWidgets() if widget.isVisible() or isinstance(widget, Window)]
    names = ", ".join(f"{type(widget).__name__} '{widget.objectName() or widget.windowTitle()}'" for widget in shown)
    for widget in shown:
        sip.delete(widget)
    if running:
        pytest.fail(
            f"{len(running)} of {len(started)} workers still run after this test. Window.closeEvent stops and waits for every one; "
            "open windows with the fixture `open_window`, or call feed.stop() and wait() for a worker of your own."
        )
    if shown:
        pytest.fail(f"Left open after this test: {names}. Open windows with the fixture `open_window`, and close() every dialog and menu.")


def _delete_what_waits_for_it() -> None:
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    """Settings that no other test and no person has."""
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def open_window(qtbot: QtBot, settings: QSettings) -> Iterator[OpenWindow]:
    """Opens windows on a preset's name, a preset, a config or a run, shown and with their first frame; closes them after the test."""
    opened: list[Window] = []

    def open_one(what: str | Preset | Config | Run = "notebook-1a", *, ready: bool = True) -> Window:
        if isinstance(what, str):
            what = presets()[what]
        elif isinstance(what, Config):
            what = Preset("test", "Test", "", what)
        made = Window(what, settings=settings)
        opened.append(made)
        if not isinstance(settings.value("geometry"), QByteArray):
            made.resize(1280, 800)  # the screen that there is not has 800 x 800 pixels
        with qtbot.waitExposed(made):
            made.show()
        made.activateWindow()
        qtbot.waitUntil(made.isActiveWindow, timeout=PATIENCE)
        made.dashboard.setFocus()
        if ready:
            qtbot.waitUntil(lambda: made.state.phase is not Phase.PREPARING, timeout=PATIENCE)
        return made

    yield open_one
    for window in opened:
        if not sip.isdeleted(window):
            window.close()
            assert all(worker.isFinished() for worker in workers._ending), "closing a window waits for its workers"
            sip.delete(window)


@pytest.fixture
def wait_for(qtbot: QtBot) -> WaitFor:
    """Lets the window live until a condition holds."""
    return lambda condition: qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE)


@pytest.fixture
def press(qtbot: QtBot) -> Callable[..., None]:
    """Presses a key as a keyboard does: whoever has the focus gets it."""

    def press_key(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        focused = QApplication.focusWidget()
        assert focused is not None, "a window with the focus"
        qtbot.keyClick(focused, key, modifier)

    return press_key


@pytest.fixture
def type_into(qtbot: QtBot) -> Callable[[QWidget, str], None]:
    """Clicks into a field, and types something in place of what it holds."""

    def type_text(field: QWidget, text: str) -> None:
        field.setFocus()
        qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClicks(field, text)

    return type_text


@pytest.fixture
def let_ticks_pass(qtbot: QtBot) -> Callable[[Window, int], None]:
    """Waits for the window's own clock: in so many ticks it would have drawn, if there was something to draw."""

    def wait(window: Window, count: int) -> None:
        clock = window.findChild(QTimer, "clock")
        assert clock is not None, "a window has a clock"
        with qtbot.waitSignals([clock.timeout] * count, timeout=PATIENCE):
            pass

    return wait


@pytest.fixture
def on_screen(qtbot: QtBot) -> Iterator[OnScreen]:
    """Shows a part of the window by itself, in the light theme; closes it after the test."""
    opened: list[QWidget] = []

    def show(widget: AnyWidget, width: int, height: int) -> AnyWidget:
        opened.append(widget)
        widget.apply_theme(LIGHT)
        widget.resize(width, height)
        with qtbot.waitExposed(widget):
            widget.show()
        return widget

    yield show
    for widget in opened:
        widget.close()
        widget.deleteLater()


@pytest.fixture
def draw_anew() -> DrawAnew:
    """Draws the last frame of a run, trained here or given, as the first of an experiment."""

    def draw(panel: Panel, what: Config | Run, sample: int = 0) -> Moment:
        run = record(what) if isinstance(what, Config) else what
        moment = Moment(run, run.newest, sample)
        panel.begin_anew()
        panel.show_moment(moment)
        QApplication.processEvents()
        return moment

    return draw


@pytest.fixture
def open_dashboard(on_screen: OnScreen) -> OpenDashboard:
    """Shows panels by themselves, without a window; closes them after the test."""

    def open_one(visible: Collection[str] = tuple(PLACES), at_once: Collection[str] = tuple(PLACES), size: tuple[int, int] = (1400, 1000)) -> Dashboard:
        return on_screen(Dashboard(visible, at_once), *size)

    return open_one


@pytest.fixture
def dashboard(open_dashboard: OpenDashboard) -> Dashboard:
    """All panels by themselves."""
    return open_dashboard()
