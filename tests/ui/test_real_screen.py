"""The whole window in a real X server: keys come through the server, and the picture is what a person would see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtGui import QImage

from gradviz.ui.theme import LIGHT
from tests.ui.real_screen import XDOTOOL, driven, needs_screen

#: The colour of what each plot draws: curves in most, the area of saturation, a slope. The heat map has very many.
INK = dict.fromkeys(("activations 0", "gradients 0", "cost 0"), LIGHT.curves[0]) | {"why 0": LIGHT.curves[1], "why 1": LIGHT.curves[1], "phi 0": LIGHT.text}

#: Opens the window as `gradviz notebook-1b` does, waits for keys to have their effect, and grabs the screen. argv: picture, xdotool or nothing.
DRIVER = """
import json, subprocess, sys, time
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtTest import QTest
from gradviz.cli import main
from gradviz.ui.app import application
from gradviz.ui.window import Window

picture, xdotool = sys.argv[1], sys.argv[2]
app = application()
deadline = time.perf_counter() + 100
seen = []


def press(window, key, name):
    if xdotool:
        subprocess.run([xdotool, "key", name], check=True)
    else:
        QTest.keyClick(app.focusWidget() or window, key)


def phases(window):
    '''One step at a time: each waits for its condition, does something, and gives way to the next.'''
    while window.timeline.phase.text() != "Ready: Space runs, → steps":
        yield
    window.use_theme("light")
    window.activateWindow()
    while not window.isActiveWindow():
        yield
    window.dashboard.setFocus()
    for key, number, speed in ((Qt.Key.Key_3, "3", "fast"), (Qt.Key.Key_2, "2", "normal")):
        press(window, key, number)
        while not window.actions_by_name[speed].isChecked():
            yield
    press(window, Qt.Key.Key_Space, "space")
    while window.run.epochs_done < 20:
        yield
    press(window, Qt.Key.Key_Space, "space")
    while window.timeline.phase.text() != "Paused":
        yield
    epochs = window.run.epochs_done
    press(window, Qt.Key.Key_Right, "Right")
    while window.run.epochs_done == epochs:
        yield
    for _ in range(5):
        yield
    screen = window.screen().grabWindow(0)
    screen.save(picture)
    panels = {}
    for name, panel in window.dashboard.panels.items():
        for number, plot in enumerate(panel.plots):
            box = panel.mapFromScene(plot.item.vb.sceneBoundingRect()).boundingRect()
            corner = panel.viewport().mapToGlobal(box.topLeft())
            panels[f"{name} {number}"] = [corner.x(), corner.y(), box.width(), box.height()]
    seen.append({"platform": app.platformName(), "title": window.windowTitle(), "epochs": window.run.epochs_done, "ratio": screen.devicePixelRatio(),
                 "verdict": window.verdict.verdict.text(),
                 "consecutive": window.run.epoch.tolist() == list(range(window.run.epochs_done)), "plots": panels})
    window.close()


def look():
    global steps
    window = next((widget for widget in app.topLevelWidgets() if isinstance(widget, Window) and widget.isVisible()), None)
    if time.perf_counter() > deadline:
        print("too late: " + (window.timeline.phase.text() if window else "no window"), file=sys.stderr)
        clock.stop()
        app.exit(3)
    elif window is not None:
        steps = steps or phases(window)
        next(steps, None)


steps = None
clock = QTimer()
clock.timeout.connect(look)
clock.start(20)
status = main(["notebook-1b"])
print(json.dumps(seen))
sys.exit(status)
"""

#: Opens a window for the first time, with its welcome, and again where it was kept; says how large they are, and what there is. argv: settings.
TWICE = """
import json, sys, time
from PyQt6 import sip
from PyQt6.QtCore import QSettings
from PyQt6.QtWidgets import QDialog
from gradviz.runs.presets import presets
from gradviz.ui.app import application
from gradviz.ui.window import Window

app = application()
settings = QSettings(sys.argv[1], QSettings.Format.IniFormat)
found = {}
for name in ("first", "again"):
    window = Window(presets()["notebook-1a"], settings=settings)
    window.show()
    deadline = time.monotonic() + 100
    while window.run.epochs_done < 1 and time.monotonic() < deadline:
        app.processEvents()
        time.sleep(0.002)
    window.helping.welcome()
    app.processEvents()
    welcome = window.findChild(QDialog, "welcome")
    room = window.screen().availableGeometry()
    found[name] = {what: [part.width(), part.height()] for what, part in {"window": window, "welcome": welcome, "room": room}.items()}
    welcome.close()
    window.close()
    sip.delete(window)
print(json.dumps(found))
"""


def pixels(path: Path) -> np.ndarray:
    """The picture, (height, width, 3)."""
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)
    bits = image.constBits().asarray(image.sizeInBytes())
    return np.frombuffer(bits, np.uint8).reshape(image.height(), -1, 4)[:, : image.width(), 2::-1].astype(int)


def drawn_in(picture: np.ndarray, colour: str) -> np.ndarray:
    """Which pixels have a curve's colour, (height, width): a smoothed line mixes it with its ground, but not with another hue."""
    ground, ink = ([int(code[place : place + 2], 16) for place in (1, 3, 5)] for code in (LIGHT.plot, colour))
    full = np.array(ground) - ink
    away = np.array(ground) - picture
    share = away @ full / (full @ full)
    other = np.abs(away - share[..., None] * full).max(axis=2)
    return (share >= 0.4) & (other <= 25)


@needs_screen
def test_the_window_on_a_real_screen_shows_its_curves(tmp_path: Path, python_environment: dict[str, str]) -> None:
    picture = tmp_path / "screen.png"
    (seen,) = driven(DRIVER, "1400x900", [str(picture), XDOTOOL or ""], python_environment, tmp_path)
    assert (seen["platform"], seen["title"]) == ("xcb", "notebook-1b — GradViz")
    assert seen["epochs"] >= 21
    assert seen["consecutive"]
    screen = pixels(picture)
    assert screen.shape[:2] == (900, 1400)
    assert seen["verdict"].startswith("Vanishing: ")
    plots = {}
    for name, box in seen["plots"].items():
        left, top, width, height = box
        plots[name] = screen[top : top + height, left : left + width]
        assert width > 250, name
        assert height > 60, name
        drawn = width * seen["epochs"] / 1000 if name == "cost 0" else width
        if name not in ("why 0", "heatmap 0"):  # those are filled with colours
            assert (np.abs(plots[name] - 255).max(axis=2) <= 20).sum() > 0.6 * width * height, f"{name} has no clean ground"
        if name in INK:
            assert drawn_in(plots[name], INK[name]).sum() > 0.8 * drawn, f"{name} has no curve"
    assert set(plots) == {*INK, "heatmap 0"}
    colours = {tuple(pixel) for pixel in plots["heatmap 0"].reshape(-1, 3)}
    assert len(colours) > 60, "the decades of case 1(b) go through the whole scale"
    for name in ("activations 0", "gradients 0"):
        assert drawn_in(plots[name], LIGHT.curves[1]).sum() > 0.3 * plots[name].shape[1], f"{name} has no second curve"
    # |g| of case 1(b) falls from right to left over hundreds of decades: high at the right, low at the left
    rows, columns = np.nonzero(drawn_in(plots["gradients 0"], LIGHT.curves[0]))
    middle = plots["gradients 0"].shape[1] / 2
    assert rows[columns < middle / 2].mean() > rows[columns > 1.5 * middle].mean() + 50


@needs_screen
@pytest.mark.parametrize(("scale", "room"), [("2", (960, 540)), ("1", (1920, 1080))])
def test_window_and_welcome_fit_a_screen_however_large_its_letters_are(
    tmp_path: Path, python_environment: dict[str, str], scale: str, room: tuple[int, int]
) -> None:
    """The second time the settings are of a screen with letters of the usual size: what was kept there would not fit."""
    settings = str(tmp_path / "kept.ini")
    driven(TWICE, "1920x1080", [settings], python_environment, tmp_path)
    found = driven(TWICE, "1920x1080", [settings], python_environment | {"QT_SCALE_FACTOR": scale}, tmp_path)
    fresh = driven(TWICE, "1920x1080", [str(tmp_path / "fresh.ini")], python_environment | {"QT_SCALE_FACTOR": scale}, tmp_path)
    for seen in (found["first"], found["again"], fresh["first"]):
        assert tuple(seen["room"]) == room
        for part in ("window", "welcome"):
            assert all(size <= most for size, most in zip(seen[part], room, strict=True)), part
    assert fresh["first"]["window"][0] == min(1280, room[0])
