"""The one application: it starts Qt, says in a sentence why it cannot, and shows the window."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PyQt6 import sip
from PyQt6.QtCore import QLibraryInfo, QSettings, QTimer
from PyQt6.QtWidgets import QApplication

from gradviz import __version__
from gradviz.runs.files import FileError
from gradviz.runs.presets import Preset, presets
from gradviz.runs.run import Run
from gradviz.ui.theme import LIGHT, PLOT_FONT, apply_to_application, load_fonts

if TYPE_CHECKING:  # what draws comes with the first picture
    from gradviz.lessons.lesson import Lesson
    from gradviz.runs.recipe import Recipe
    from gradviz.ui.pictures.drawing import View
    from gradviz.ui.pictures.options import Options


#: Seconds that a thread may keep the interpreter from the window, which takes it back dozens of times a frame: with Python's own 5 ms it stands still for a
#: tenth of a second now and then while others write a run.
SWITCHES = 0.001


def application() -> QApplication:
    """The running application, or a new one with our name, fonts and icon."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    _check_screen()
    sys.setswitchinterval(SWITCHES)
    made = QApplication(["gradviz"])
    style = made.style()
    if style is None or style.objectName() != "fusion":
        made.setStyle("Fusion")  # it draws the same on every system
    made.setApplicationName("GradViz")
    made.setOrganizationName("GradViz")
    made.setApplicationVersion(__version__)
    made.setDesktopFileName("gradviz")  # what `gradviz install-desktop` calls its entry: a desktop finds icon and name by it
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


def open_window(what: Preset | Run | Recipe, name: str = "", remark: str = "", *, greets: bool = False, lesson: tuple[Lesson, str] | None = None) -> int:
    """Show the window until it is closed; returns the exit status. What a picture or a link says is trained again, while its config is there already.

    `greets`: nothing was named to open, so that a person who is here for the first time is welcomed. `lesson`: it begins with this one, of this name.
    """
    gc.disable()  # a start-up makes many objects and no garbage: looking for some is a twentieth of it
    app = application()
    from gradviz.ui.window import Window

    recipe = None if isinstance(what, Preset | Run) else what
    window = Window(what if isinstance(what, Preset | Run) else Preset(what.name, what.name, "", what.config, what.shows), name, QSettings())
    window.helping.greets = greets
    window.first_painted.connect(_settle)
    if lesson is not None:
        window.first_painted.connect(lambda: QTimer.singleShot(0, lambda: window.teaching.open(*lesson)))  # when the rest of the window is there
    if recipe is not None:
        window.first_painted.connect(lambda: window.opening.open_recipe(recipe, remark=remark))
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


def open_lesson(lesson: Lesson, name: str) -> int:
    """Show the window with a lesson until it is closed; returns the exit status."""
    return open_window(presets()["notebook-1a"], lesson=(lesson, name))


def _settle() -> None:
    """What can wait until the window is up: its icon, and looking for garbage, though not among what stays as long as the window."""
    from gradviz.ui.icons import window_icon

    application().setWindowIcon(window_icon())
    gc.freeze()
    gc.enable()


def draw_without_screen(view: View, panels: Sequence[str], options: Options, path: Path, *, each: bool = False) -> list[Path]:
    """Draw what is looked at in these panels, as one picture or with `each` as one of each, without opening a window; returns what was written."""
    app = without_screen()  # it must outlive what is drawn
    from gradviz.ui.pictures.files import save_view
    from gradviz.ui.studio.orders import for_panel

    groups = [((name,), for_panel(path, name)) for name in panels] if each else [(tuple(panels), path)]
    for some, place in groups:
        save_view(view, some, options, place)
    app.processEvents()
    return [place for _, place in groups]


def without_screen() -> QApplication:
    """The application, where nothing is to be seen."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    made = application()
    apply_to_application(LIGHT)
    return made
