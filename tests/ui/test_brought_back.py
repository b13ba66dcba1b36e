"""A window that is killed gives everything back at the next start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PyQt6.QtCore import Qt

from gradviz.core.interventions import Intervention
from gradviz.runs.presets import presets
from gradviz.runs.run import Run, record
from gradviz.runs.store import load
from gradviz.ui.state import Phase

Key = Qt.Key
#: Opens a window with this file of settings; trains, drags the timeline back to where the cost turned, pins, drags a weight, undoes that or not, saves.
KILLED = """
import sys
from pathlib import Path
from PyQt6.QtCore import QEvent, QPoint, QPointF, QSettings, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication
from gradviz.runs.files import FileError
from gradviz.runs.presets import presets
from gradviz.runs.session import load_session
from gradviz.ui.app import application
from gradviz.ui.window import Window

app = application()
settings = Path(sys.argv[1])
window = Window(presets()["notebook-1a"], settings=QSettings(str(settings), QSettings.Format.IniFormat))
window.resize(1280, 1000)
window.show()
window.activateWindow()

def until(condition):
    while not condition():
        app.processEvents()

def mouse(widget, kind, where, button, buttons):
    event = QMouseEvent(kind, QPointF(where), QPointF(widget.mapToGlobal(where)), button, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)

def drag(widget, begin, end):
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    mouse(widget, QEvent.Type.MouseMove, begin, none, none)
    mouse(widget, QEvent.Type.MouseButtonPress, begin, left, left)
    for step in range(1, 6):
        mouse(widget, QEvent.Type.MouseMove, begin + (end - begin) * step / 5, none, left)
        app.processEvents()
    mouse(widget, QEvent.Type.MouseButtonRelease, end, left, none)

control = Qt.KeyboardModifier.ControlModifier
until(lambda: window.run.epochs_done and window.isActiveWindow())
window.dashboard.setFocus()
QTest.keyClick(window, Qt.Key.Key_W)
QTest.keyClick(window, Qt.Key.Key_3)
QTest.keyClick(window, Qt.Key.Key_Space)
until(lambda: window.run.epochs_done == 1000)

# back to where the cost turned: it had fallen below a thousandth
turned = int((window.run.cost < 1e-3).argmax())
track = window.timeline.track
def go(epoch):
    height = track.height() // 2
    drag(track, QPoint(round(track.place(track.epoch)), height), QPoint(round(track.place(epoch)), height))
    window.dashboard.setFocus()
    while window.state.head.cursor != epoch:  # a pixel is more than an epoch
        QTest.keyClick(window, Qt.Key.Key_Right if (window.state.head.cursor or 0) < epoch else Qt.Key.Key_Left)
    until(lambda: window.dashboard.moment.epoch == epoch)
go(turned)
QTest.keyClick(window, Qt.Key.Key_P, control)

panel = window.dashboard.panels["weights"]
def spot(layer):
    plot = panel.weights
    at = QPointF(layer, float(plot.values[0, layer - 1]))
    return panel.mapFromScene(plot.item.vb.mapViewToScene(at))
before = window.dashboard.moment.frame.g[-1, 0].copy()
drag(panel.viewport(), spot(50), spot(50) + QPoint(0, 30))
until(lambda: window.run.interventions and window.run.epochs_done == turned + 1)
changed = window.run.interventions[-1]
assert changed.parameter == "w[50]" and changed.epoch == turned, changed
after = window.dashboard.moment.frame.g[-1, 0]
assert not (after[1:] == before[1:]).all(), "the gradient answers"
if sys.argv[2] == "undone":
    QTest.keyClick(window, Qt.Key.Key_Z, control)
    until(lambda: window.run.epochs_done == 1000)
    assert window.run.interventions == []
window.saving.save_run(window.run, settings.parent / "saved.npz")
window.timeline.bookmark_toggled.emit(10)
go(5)

def kept():
    try:
        found = [load_session(folder).snapshot for folder in (settings.parent / "sessions").iterdir()]
    except (FileError, OSError):
        return False
    return any(one.cursor == 5 and one.bookmarks == (10,) and one.pins for one in found)

until(kept)
print("kept", turned, changed.value, flush=True)
while True:
    app.processEvents()
"""


def same_bits(run: Run, other: Run) -> bool:
    return all(column.tobytes() == getattr(other.frames, name).tobytes() for name, column in run.frames.columns().items())


class Killed(NamedTuple):
    """What a window had that was killed: where its settings are, where the cost turned, and what a weight became there."""

    settings: Path
    turned: int
    value: float


def kill(settings: Path, how: str) -> Killed:
    """A person's story with real mouse and keys, up to the end of the process."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen([sys.executable, "-c", KILLED, str(settings), how], stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        said = process.stdout.readline().split()
        assert said[:1] == ["kept"]
        process.send_signal(signal.SIGKILL)
    return Killed(settings, int(said[1]), float(said[2]))


@pytest.mark.parametrize("how", ["undone", "changed"])
def test_a_person_goes_back_pins_drags_a_weight_saves_and_is_killed_and_gets_it_all_back(
    how: str, tmp_path: Path, open_window: Any, wait_for: Any, press: Any, qtbot: Any
) -> None:
    killed = kill(tmp_path / "settings.ini", how)  # where open_window has its own
    changes = [Intervention(killed.turned, "w[50]", killed.value)] * (how == "changed")
    config = presets()["notebook-1a"].config
    expected, done = record(config, changes), 1000 if how == "undone" else killed.turned + 1
    window = open_window("notebook-1b")
    said = f"GradViz was ended before it could close. It had 'notebook-1a' with {done:,} epochs and 1 pinned run, "
    wait_for(lambda: window.messages.text.text().startswith(said))
    qtbot.mouseClick(window.messages.choices[0], Qt.MouseButton.LeftButton)
    assert window.run.interventions == changes
    assert window.dashboard.moment.epoch == 5
    assert window.state.head.bookmarks == (10,)
    assert window.run.w.tobytes() == expected.w[:done].tobytes()
    [pin] = window.state.pins
    assert (pin.name, pin.visible, pin.run.epochs_done) == ("notebook-1a", True, 1000)
    assert same_bits(pin.run, record(config))
    assert load(tmp_path / "saved.npz").w.tobytes() == window.run.w.tobytes()
    assert "weights" in window.dashboard.visible
    if how == "changed":
        press(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert same_bits(window.run, record(config)), "undoing still gives back the run as it was"
        press(Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        press(Key.Key_3)
        press(Key.Key_Space)
        wait_for(lambda: window.state.phase is Phase.FINISHED)
    assert same_bits(window.run, expected)
    sessions = tmp_path / "sessions"
    wait_for(lambda: len(list(sessions.iterdir())) == 1)  # what was brought back is kept under the new window's name
    window.close()
    assert not list(sessions.iterdir()), "a window that closes as it should leaves nothing behind"


def test_what_is_not_wanted_is_forgotten(tmp_path: Path, open_window: Any, wait_for: Any, qtbot: Any) -> None:
    kill(tmp_path / "settings.ini", "undone")
    window = open_window("notebook-1b")
    wait_for(lambda: window.messages.choices[1].isVisible())
    qtbot.mouseClick(window.messages.choices[1], Qt.MouseButton.LeftButton)
    assert not list((tmp_path / "sessions").iterdir())
    assert not window.messages.isVisible()


def test_the_session_of_a_window_that_is_open_is_not_offered(open_window: Any, wait_for: Any, press: Any, tmp_path: Path) -> None:
    one = open_window("notebook-1b")
    press(Key.Key_Right)
    wait_for(lambda: one.run.epochs_done == 2)
    wait_for(lambda: list((tmp_path / "sessions").glob("*/session.json")))
    other = open_window("notebook-1a")
    assert not other.messages.isVisible()
