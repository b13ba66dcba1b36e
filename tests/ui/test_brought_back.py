"""A window that is killed gives everything back at the next start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import Qt

from gradviz.core.interventions import Intervention
from gradviz.runs.presets import presets
from gradviz.runs.run import Run, record
from gradviz.ui.state import Phase

Key = Qt.Key
#: Opens a window with this file of settings, trains, looks back, pins, changes a weight, and says when that is kept; it is then killed.
KILLED = """
import sys
from pathlib import Path
from PyQt6.QtCore import QSettings, QTimer
from gradviz.runs.presets import presets
from gradviz.ui.app import application
from gradviz.ui.window import Window
app = application()
window = Window(presets()["notebook-1a"], settings=QSettings(sys.argv[1], QSettings.Format.IniFormat))
window.show()
def until(condition):
    while not condition():
        app.processEvents()
until(lambda: window.run.epochs_done)
window.actions_by_name["fast"].trigger()
window.actions_by_name["run"].trigger()
until(lambda: window.run.epochs_done == 1000)
window.timeline.epoch_wanted.emit(312)
window.actions_by_name["pin"].trigger()
window.changing.change("w[50]", 0.25)
until(lambda: window.run.epochs_done == 313 and len(window.run.newest))
window.timeline.bookmark_toggled.emit(100)
window.timeline.epoch_wanted.emit(300)
sessions = Path(sys.argv[1]).parent / "sessions"
def kept():
    from gradviz.runs.files import FileError
    from gradviz.runs.session import load_session
    try:
        found = [load_session(folder).snapshot for folder in sessions.iterdir()]
    except (FileError, OSError):
        return False
    return any(one.cursor == 300 and one.bookmarks == (100,) and one.pins for one in found)
until(kept)
print("kept", flush=True)
while True:
    app.processEvents()
"""


def same_bits(run: Run, other: Run) -> bool:
    return all(column.tobytes() == getattr(other.frames, name).tobytes() for name, column in run.frames.columns().items())


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The settings' file of a window that was killed on the way; open_window takes the same."""
    settings = tmp_path / "settings.ini"
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen([sys.executable, "-c", KILLED, str(settings)], stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "kept\n"
        process.send_signal(signal.SIGKILL)
    return settings


def test_what_a_killed_window_had_is_brought_back(killed: Path, open_window: Any, wait_for: Any, press: Any, qtbot: Any) -> None:
    window = open_window("notebook-1b")
    wait_for(lambda: window.messages.text.text().startswith("GradViz was ended before it could close. It had 'notebook-1a' with 313 epochs and 1 pinned run, "))
    qtbot.mouseClick(window.messages.choices[0], Qt.MouseButton.LeftButton)
    config = presets()["notebook-1a"].config
    assert window.run.interventions == [Intervention(312, "w[50]", 0.25)]
    assert window.dashboard.moment.epoch == 300
    assert window.state.head.bookmarks == (100,)
    expected = record(config, window.run.interventions)
    assert window.run.w.tobytes() == expected.w[:313].tobytes()
    [pin] = window.state.pins
    assert (pin.name, pin.visible, pin.run.epochs_done) == ("notebook-1a", True, 1000)
    assert same_bits(pin.run, record(config))
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.state.phase is Phase.FINISHED)
    assert same_bits(window.run, expected)
    wait_for(lambda: len(list((killed.parent / "sessions").iterdir())) == 1)  # what was brought back is kept under the new window's name
    window.close()
    assert not list((killed.parent / "sessions").iterdir()), "a window that closes as it should leaves nothing behind"


def test_what_is_not_wanted_is_forgotten(killed: Path, open_window: Any, wait_for: Any, qtbot: Any) -> None:
    window = open_window("notebook-1b")
    wait_for(lambda: window.messages.choices[1].isVisible())
    qtbot.mouseClick(window.messages.choices[1], Qt.MouseButton.LeftButton)
    assert not list((killed.parent / "sessions").iterdir())
    assert not window.messages.isVisible()


def test_the_session_of_a_window_that_is_open_is_not_offered(open_window: Any, wait_for: Any, press: Any, tmp_path: Path) -> None:
    one = open_window("notebook-1b")
    press(Key.Key_Right)
    wait_for(lambda: one.run.epochs_done == 2)
    wait_for(lambda: list((tmp_path / "sessions").glob("*/session.json")))
    other = open_window("notebook-1a")
    assert not other.messages.isVisible()
