"""A virtual X server, and programs that open the window in it and press keys as a person does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

#: So many seconds may a program take.
SECONDS = 180
XVFB, XDOTOOL = shutil.which("Xvfb"), shutil.which("xdotool")

needs_screen = pytest.mark.skipif(XVFB is None, reason="Xvfb (Debian package xvfb) is not installed")
needs_keys = pytest.mark.skipif(XVFB is None or XDOTOOL is None, reason="Xvfb or xdotool (Debian packages xvfb, xdotool) is not installed")

#: The beginning of a program that opens the window and presses its keys: argv are xdotool, the file of its settings, a preset, and what the program wants.
PRESSES = """
import json, subprocess, sys, time
from PyQt6 import sip
from PyQt6.QtCore import QSettings, qInstallMessageHandler
from gradviz.runs.presets import presets
from gradviz.ui.app import application
from gradviz.ui.window import Window

xdotool, settings, preset, *wanted = sys.argv[1:]
said = []
qInstallMessageHandler(lambda kind, context, text: said.append(text))
app = application()
window = Window(presets()[preset], settings=QSettings(settings, QSettings.Format.IniFormat))
window.setGeometry(30, 40, 1000, 600)
window.show()
deadline = time.monotonic() + 150


def until(condition, what="the window"):
    while not condition():
        app.processEvents()
        time.sleep(0.002)
        if time.monotonic() > deadline:
            print(f"too late: {what}; {window.geometry()}, {window.timeline.phase.text()}", file=sys.stderr)
            sys.exit(3)


def press(keys, condition):
    subprocess.run([xdotool, "key", keys], check=True)
    until(condition, keys)


until(lambda: window.run.epochs_done >= 1)
window.activateWindow()
until(window.isActiveWindow)
window.dashboard.setFocus()
"""


@contextmanager
def screen(size: str) -> Iterator[str]:
    """A virtual screen of so many pixels, such as 1280x720, on a display that is free."""
    reader, writer = os.pipe()
    command = [str(XVFB), "-displayfd", str(writer), "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as number:
            name = number.readline().strip()  # written when the server is ready; empty where it ended instead
        assert name, "Xvfb did not start"
        yield f":{name}"
    finally:
        server.terminate()
        server.wait(SECONDS)


def driven(program: str, size: str, arguments: list[str], environment: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """Run a Python program on a virtual screen; the JSON of the last line that it prints."""
    with screen(size) as display:
        places = {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "XDG_CONFIG_HOME": str(folder), "HOME": str(folder)}
        whole = {**environment, **places}
        whole.pop("WAYLAND_DISPLAY", None)
        order = [sys.executable, "-c", program, *arguments]
        result = subprocess.run(order, env=whole, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found
