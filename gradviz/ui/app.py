"""The one application: it starts Qt, says in a sentence why it cannot, and shows the window."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from pathlib import Path
from types import TracebackType

from PyQt6 import sip
from PyQt6.QtCore import QLibraryInfo, QSettings, Qt
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QApplication

from gradviz import __version__
from gradviz.core.training import Frames
from gradviz.runs.files import FileError
from gradviz.runs.presets import Preset
from gradviz.runs.resources import resource
from gradviz.runs.run import Run
from gradviz.ui.theme import LIGHT, PLOT_FONT, apply_to_application, load_fonts


def application() -> QApplication:
    """The running application, or a new one with our name, fonts and icon."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    _check_screen()
    made = QApplication(["gradviz"])
    style = made.style()
    if style is None or style.objectName() != "fusion":
        made.setStyle("Fusion")  # it draws the same on every system
    made.setApplicationName("GradViz")
    made.setOrganizationName("GradViz")
    made.setApplicationVersion(__version__)
    load_fonts()
    font = made.font()
    font.setFamilies([font.family(), PLOT_FONT])  # on a bare machine every letter would be a box
    made.setFont(font)
    return made


def _check_screen() -> None:
    """Raise FileError with a sentence where Qt would abort the process: no screen, or no library to draw on it."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM", "xcb") not in ("xcb", "wayland"):
        return
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise FileError("There is no screen to open a window on (DISPLAY is not set). `gradviz train` and `gradviz export` work without one.")
    if os.environ.get("WAYLAND_DISPLAY"):
        return
    plugin = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms" / "libqxcb.so"
    try:
        ctypes.CDLL(str(plugin))
    except OSError as problem:
        raise ImportError(str(problem)) from problem


def open_window(what: Preset | Run, name: str = "") -> int:
    """Show the window until it is closed; returns the exit status."""
    gc.disable()  # a start-up makes many objects and no garbage: looking for some is a twentieth of it
    app = application()
    from gradviz.ui.window import Window

    window = Window(what, name, QSettings())
    window.first_painted.connect(_settle)
    before = sys.excepthook

    def report(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
        """An exception in a slot would abort the process: show it instead, and keep the experiment."""
        if issubclass(kind, KeyboardInterrupt):
            app.quit()
            return
        window.messages.complain(f"Something went wrong inside GradViz ({kind.__name__}: {problem}). The experiment is kept.", problem)
        before(kind, problem, trace)

    sys.excepthook = report
    window.show()
    try:
        return app.exec()
    finally:
        sys.excepthook = before
        sip.delete(window)  # before the application: left to the interpreter's end, the order is chance, and the wrong one crashes


def _settle() -> None:
    """What can wait until the window is up: its icon, and looking for garbage, though not among what stays as long as the window."""
    application().setWindowIcon(QIcon(str(resource("icons/gradviz.svg"))))
    gc.freeze()
    gc.enable()


def draw_without_screen(run: Run, frame: Frames, plot: str, size: tuple[int, int], path: Path) -> None:
    """Draw one frame of a run at a size in pixels and write it, without opening a window."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = application()
    from gradviz.ui.pictures import save_picture, scene_of
    from gradviz.ui.plots.dashboard import USUAL, Dashboard

    apply_to_application(LIGHT)
    dashboard = Dashboard(USUAL if plot == "dashboard" else {plot})
    dashboard.take_any_size()
    dashboard.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    dashboard.resize(*size)
    dashboard.apply_theme(LIGHT)
    dashboard.show()
    app.processEvents()
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, frame)
    app.processEvents()
    save_picture(scene_of(dashboard, plot, LIGHT), path, scale=1.0)
    sip.delete(dashboard)
