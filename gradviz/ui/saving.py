"""What leaves the window: runs, pictures and numbers as files, and a picture on the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QSettings, QTimer
from PyQt6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget

from gradviz.runs.files import FileError
from gradviz.runs.run import Run
from gradviz.ui.messages import MessageStrip
from gradviz.ui.plots.dashboard import Dashboard
from gradviz.ui.theme import LIGHT, Theme

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

PICTURE_KINDS = "PNG picture (*.png);;SVG drawing (*.svg);;PDF document (*.pdf);;CSV numbers (*.csv)"
NUMBERS = ".csv"
#: A run of more bytes is written by a thread, at whose end is looked every so many milliseconds: 200 MB take most of a second.
LARGE, LOOKS = 8 * 1024**2, 50


class Saving:
    """Asks where to, writes what the dashboard shows or a run has recorded, and says in the strip how it went."""

    def __init__(self, window: QWidget, dashboard: Dashboard, messages: MessageStrip, settings: QSettings) -> None:
        self._window, self._dashboard, self._messages, self._settings = window, dashboard, messages, settings
        #: What the experiment is called: proposed names begin with it.
        self.name = ""
        self.theme: Theme = LIGHT
        self._writer: ThreadPoolExecutor | None = None
        self._writing: tuple[Path, Future[None]] | None = None
        self._look = QTimer()
        self._look.timeout.connect(self._on_look)

    # runs

    def ask_for_run(self, run: Run) -> None:
        """Ask for a file, and save everything recorded so far."""
        name, _ = QFileDialog.getSaveFileName(self._window, "Save the run", self._proposal("run", ".npz"), "GradViz run (*.npz)")
        if name:
            self.remember_folder(name)
            path = self._completed(Path(name), ".npz", (".npz",))
            if path is not None:
                self.save_run(run, path)

    def save_run(self, run: Run, path: Path) -> None:
        """Save everything recorded so far; hundreds of megabytes beside the window, which goes on meanwhile."""
        from gradviz.runs import store  # when it is used: zip and JSON cost a start-up what few starts need

        if run.profile_bytes < LARGE:
            self._write(path, lambda: store.save(run, path))
            return
        from concurrent.futures import ThreadPoolExecutor

        self.finish()
        whole = run.copy()
        self._messages.say(f"Saving {path}…")
        self._writer = self._writer or ThreadPoolExecutor(1, "saving")
        self._writing = (path, self._writer.submit(store.save, whole, path))
        self._look.start(LOOKS)

    def finish(self) -> None:
        """Wait for what is still being written, and say how it went."""
        if self._writing is not None:
            path, writing = self._writing
            self._writing = None
            self._look.stop()
            self._write(path, writing.result)

    def close(self) -> None:
        """The window closes: what is being written is written to its end."""
        self.finish()
        if self._writer is not None:
            self._writer.shutdown()

    def _on_look(self) -> None:
        if self._writing is not None and self._writing[1].done():
            self.finish()

    # pictures

    def ask_for_picture(self, name: str) -> None:
        """Ask for a file, and save one panel, or the dashboard, as a picture or as numbers."""
        chosen, kind = QFileDialog.getSaveFileName(self._window, "Save a picture", self._proposal(name, ".png"), PICTURE_KINDS)
        if not chosen:
            return
        self.remember_folder(chosen)
        ending = kind.partition("*")[2].rstrip(")") or ".png"
        path = self._completed(Path(chosen), ending, (".png", ".svg", ".pdf", ".csv"))
        if path is not None:
            self.save_picture(name, path)

    def _completed(self, path: Path, ending: str, known: tuple[str, ...]) -> Path | None:
        """The path with an ending, which a name such as `scale-0.9` lacks; None where that file exists and is to stay."""
        if path.suffix.lower() in known:
            return path
        whole = path.with_name(path.name + ending)
        if not whole.exists():
            return whole
        answer = QMessageBox.question(self._window, "Replace the file?", f"There is already a file '{whole.name}'. Replace it?")
        return whole if answer is QMessageBox.StandardButton.Yes else None

    def save_picture(self, name: str, path: Path) -> None:
        """Save one panel, or the dashboard, in the format that the ending names; csv writes the numbers that it shows."""
        self._dashboard.catch_up()
        if path.suffix.lower() == NUMBERS:
            self._write(path, lambda: self._write_numbers(name, path))
        else:
            from gradviz.ui import pictures

            self._write(path, lambda: pictures.save_picture(pictures.scene_of(self._dashboard, name, self.theme), path))

    def copy_picture(self, name: str) -> None:
        """Put a picture of one panel, or of the dashboard, on the clipboard."""
        clipboard = QApplication.clipboard()
        if clipboard is None:
            return
        from gradviz.ui import pictures

        self._dashboard.catch_up()
        try:
            clipboard.setImage(pictures.image_of(pictures.scene_of(self._dashboard, name, self.theme)))
        except FileError as problem:
            self._messages.complain(str(problem))
        else:
            self._messages.say("A picture is on the clipboard.")

    def _write_numbers(self, name: str, path: Path) -> None:
        from gradviz.runs import tables

        moment, panel = self._dashboard.moment, self._dashboard.shown.get(name)
        if moment is None:
            raise FileError("There are no numbers yet; they come with the first epoch.")
        tables.write_plot(moment.run, moment.frame, name, path, panel.quantities if panel else None)

    def _write(self, path: Path, writer: Callable[[], None]) -> None:
        try:
            writer()
        except FileError as problem:
            self._messages.complain(str(problem))
        else:
            self._messages.say(f"Saved {path}")

    def folder(self) -> str:
        """Where the last file went to, or came from."""
        return str(self._settings.value("folder", str(Path.home()), type=str))

    def _proposal(self, what: str, ending: str) -> str:
        moment = self._dashboard.moment
        name = f"{self.name or 'gradviz'}-{what}-epoch-{moment.epoch}" if moment else what
        return str(Path(self.folder()) / (name.replace(" ", "-") + ending))

    def remember_folder(self, name: str) -> None:
        """The next dialog begins where this file is."""
        self._settings.setValue("folder", str(Path(name).parent))
