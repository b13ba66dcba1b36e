"""Projector mode in a real X server of 1280 x 720, by keyboard alone, read in a picture of it that is half as large."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QImage

from tests.ui.real_screen import PRESSES, XDOTOOL, driven, needs_keys

#: Opens the window, presses keys and waits for what they do, grabs the screen, and says what was to be seen. wanted: a picture's name.
DRIVER = (
    PRESSES
    + """
picture = wanted[0]
window.use_theme("dark")
projecting, visible, place = window.projecting, window.dashboard.visible, window.geometry()
press("p", lambda: projecting.on and window.geometry() == window.screen().geometry())
press("1", lambda: window.actions_by_name["slow"].isChecked())
press("2", lambda: window.actions_by_name["normal"].isChecked())
press("space", lambda: window.run.epochs_done > 20)
press("space", lambda: window.timeline.phase.text() == "Paused")
press("ctrl+5", lambda: window.dashboard.visible == {"activations", "gradients"})
window.messages.clear()
for _ in range(30):
    app.processEvents()
    time.sleep(0.01)
window.screen().grabWindow(0).save(picture)


def box(widget, rect):
    corner = widget.mapToGlobal(rect.topLeft())
    return [corner.x(), corner.y(), rect.width(), rect.height()]


panel = window.dashboard.panels["gradients"]
title, axis = panel.plots[0].item.titleLabel, panel.plots[0].item.getAxis("bottom")
found = {
    "title": box(panel.viewport(), panel.mapFromScene(title.sceneBoundingRect()).boundingRect()),
    "plot": box(panel.viewport(), panel.mapFromScene(panel.plots[0].item.vb.sceneBoundingRect()).boundingRect()),
    "across": box(panel.viewport(), panel.mapFromScene(axis.sceneBoundingRect()).boundingRect()),
    "verdict": box(window.verdict.verdict, window.verdict.verdict.rect()), "words": window.verdict.verdict.text(),
    "phase": box(window.timeline.phase, window.timeline.phase.rect()),
}
press("Escape", lambda: not projecting.on and window.geometry() == place)
found["as it was"] = window.dashboard.visible == visible and window.theme.name == "dark"
window.close()
sip.delete(window)
print(json.dumps(found | {"said": said}))
"""
)


def halved(path: Path) -> np.ndarray:
    """How dark each pixel of the picture is, at half its size, (height, width) from 0 to 255."""
    image = QImage(str(path)).scaled(640, 360, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = image.constBits().asarray(image.sizeInBytes())
    pixels = np.frombuffer(bits, np.uint8).reshape(360, -1, 4)[:, :640, :3].astype(int)
    return 255 - pixels.min(axis=2)


def tallest(picture: np.ndarray, place: list[int]) -> int:
    """The height of the highest line of letters in this part of the whole screen, in rows of the picture that is half as large."""
    left, top, width, height = (round(part / 2) for part in place)
    inked = (picture[max(top, 0) : top + height, max(left, 0) : left + width] > 110).any(axis=1)
    edges = np.flatnonzero(np.diff(inked.astype(int), prepend=0, append=0))
    return int(max(edges[1::2] - edges[::2], default=0))


@needs_keys
def test_a_hall_can_read_a_picture_of_640_by_360_and_the_keyboard_is_enough(tmp_path: Path, python_environment: dict[str, str]) -> None:
    screen = tmp_path / "screen.png"
    found = driven(DRIVER, "1280x720", [str(XDOTOOL), str(tmp_path / "settings.ini"), "notebook-1b", str(screen)], python_environment, tmp_path)
    assert found["said"] == []
    assert found["as it was"]
    assert found["words"].startswith("Vanishing: ")
    picture = halved(screen)
    assert (picture[:330] < 40).mean() > 0.6, "it is light"
    for part in ("title", "verdict", "phase"):  # capitals and brackets are three quarters and more of their letters' size
        assert tallest(picture, found[part]) >= 8, part
    assert tallest(picture, found["across"]) >= 7
    assert found["plot"][2] > 0.8 * 1280, "two panels stand above each other"
