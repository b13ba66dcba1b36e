"""What leaves the window: runs, pictures and numbers as files, and a picture on the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PyQt6.QtCore import QMimeData, QSettings, QTimer
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget

from gradviz.runs.files import FileError, writable_target
from gradviz.runs.run import Run
from gradviz.ui.messages import MessageStrip
from gradviz.ui.plots.dashboard import Dashboard
from gradviz.ui.preferring import folder_in
from gradviz.ui.theme import LIGHT, Theme

if TYPE_CHECKING:  # what draws comes with the first picture
    from concurrent.futures import Future, ThreadPoolExecutor

    from gradviz.runs.session import Snapshot
    from gradviz.ui.pictures.options import Options
    from gradviz.ui.studio.orders import Sight
    from gradviz.ui.studio.studio import Make, Studio

#: The least size of a panel in a picture that nobody chose the size of, and what a caption takes: pixels of all its words in one line, and from line to line.
LEAST_COPIED = (640, 320)
CAPTION, LINE = 3400, 16
#: A run of more bytes is written by a thread, at whose end is looked every so many milliseconds: 200 MB take most of a second.
LARGE, LOOKS = 8 * 1024**2, 50


class Saving:
    """Asks where to, writes what the dashboard shows or a run has recorded, and says in the strip how it went."""

    def __init__(self, window: QWidget, dashboard: Dashboard, messages: MessageStrip, settings: QSettings) -> None:
        self._window, self._dashboard, self._messages, self.settings = window, dashboard, messages, settings
        #: What the experiment is called: proposed names begin with it.
        self.name = ""
        self.theme: Theme = LIGHT
        self._writer: ThreadPoolExecutor | None = None
        self._writing: tuple[Path, Future[None]] | None = None
        self._studio: Studio | None = None
        self._ordered: set[int] = set()
        self._copying = 0
        self._look = QTimer()
        self._look.timeout.connect(self._on_look)

    # runs

    def ask_for_run(self, run: Run) -> None:
        """Ask for a file, and save everything recorded so far."""
        name, _ = QFileDialog.getSaveFileName(self._window, "Save the run", self.proposal("run", ".npz"), "GradViz run (*.npz)")
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
        if self._studio is not None:
            self._studio.leave()
        from gradviz.ui.studio import studio

        studio.wait_for_all()

    def _on_look(self) -> None:
        if self._writing is not None and self._writing[1].done():
            self.finish()

    def _completed(self, path: Path, ending: str, known: tuple[str, ...]) -> Path | None:
        """The path with an ending, which a name such as `scale-0.9` lacks; None where that file exists and is to stay."""
        if path.suffix.lower() in known:
            return path
        whole = path.with_name(path.name + ending)
        if not whole.exists():
            return whole
        answer = QMessageBox.question(self._window, "Replace the file?", f"There is already a file '{whole.name}'. Replace it?")
        return whole if answer is QMessageBox.StandardButton.Yes else None

    # pictures and numbers, which are made in a process of their own

    @property
    def studio(self) -> Studio:
        """Where pictures, films, hand-outs and tables are made; it begins with the first."""
        if self._studio is None:
            from gradviz.ui.studio.studio import Studio

            self._studio = Studio(self.sight)
            self._studio.made.connect(self._on_made)
            self._studio.failed.connect(self._on_failed)
        return self._studio

    def sight(self) -> tuple[Snapshot, Sight]:
        """What the dashboard shows now, in copies that stay as they are."""
        from gradviz.runs.session import PinnedRun, Snapshot
        from gradviz.ui.studio.orders import Sight

        dashboard, moment = self._dashboard, self._dashboard.moment
        if moment is None:
            raise FileError("There is nothing to draw yet; it comes with the first epoch.")
        dashboard.catch_up()
        pinned = tuple(PinnedRun(pin.run.copy(), pin.name, pin.colour, pin.visible) for pin in dashboard.pins)
        settings = {name: panel.view() for name, panel in dashboard.shown.items()}
        sight = Sight("", 0, moment.epoch, self.name, dashboard.sample, dashboard.trails, tuple(dashboard.shown), settings)
        return Snapshot(moment.run.copy(), self.name, pins=pinned), sight

    def ask_for_picture(self, name: str) -> None:
        """Ask what a picture is to be like, with a preview; of one panel, or of the dashboard."""
        from gradviz.ui.dialogs.picture import PictureDialog

        PictureDialog(self, self._window, self._dashboard, name).open()

    def ask_for_numbers(self, name: str) -> None:
        """Ask which numbers to save, of one panel or of the whole run."""
        from gradviz.ui.dialogs.numbers import NumbersDialog

        NumbersDialog(self, self._window, self._dashboard, name).open()

    def ask_for_film(self) -> None:
        """Ask what a film is to show."""
        from gradviz.ui.dialogs.film import FilmDialog

        FilmDialog(self, self._window, self._dashboard).open()

    def ask_for_report(self) -> None:
        """Ask what a hand-out is to answer."""
        from gradviz.ui.dialogs.report import ReportDialog

        ReportDialog(self, self._window, self._dashboard).open()

    def usual(self, name: str) -> Options:
        """A picture of a panel, or of the dashboard, as large as it is on the screen, with twice as many dots, and room for its caption."""
        from gradviz.ui.pictures.options import Options
        from gradviz.ui.pictures.scenes import scene_of

        size = scene_of(self._dashboard, name, self.theme).size  # of panels that a person has to scroll to as well
        width = max(size.width(), LEAST_COPIED[0])
        caption = LINE * (2 + CAPTION // width)
        return Options(width, max(size.height(), LEAST_COPIED[1]) + caption, scale=2.0, theme=self.theme.ground)

    def panels_of(self, name: str) -> tuple[str, ...]:
        """One panel, or all that the dashboard shows; raises FileError where that is nothing."""
        shown = tuple(self._dashboard.shown)
        if not shown:
            raise FileError("Every panel is hidden, so there is no picture; show one with the View menu.")
        if name != "dashboard" and name not in shown:
            raise FileError(f"The panel '{name}' is hidden, so there is no picture of it; show it with the View menu.")
        return shown if name == "dashboard" else (name,)

    def save_picture(self, name: str, path: Path, options: Options | None = None, *, each: bool = False) -> None:
        """Save one panel, or the dashboard, in the format that the ending names; with `each`, every panel as a picture of its own."""
        try:
            self.save_panels(self.panels_of(name), path, options or self.usual(name), each=each)
        except FileError as problem:
            self._messages.complain(str(problem))

    def save_panels(self, panels: tuple[str, ...], path: Path, options: Options, *, each: bool = False, epoch: int | None = None) -> None:
        """Save these panels, shown or not, as one picture, or with `each` every one as a picture of its own; at this epoch, or at the one on the screen."""
        from gradviz.ui.pictures.options import picture_ending
        from gradviz.ui.studio.orders import PictureOrder

        try:
            chosen = options.check()
            writable_target(path)
            picture_ending(path)
            self._order(lambda number, sight: PictureOrder(number, sight.at(epoch), str(path), panels, chosen, each), path)
        except FileError as problem:
            self._messages.complain(str(problem))

    def save_numbers(self, what: str, path: Path, form: Literal["long", "wide"] = "long") -> None:
        """Save the numbers that a panel shows, or those of the whole run (`run`), as a table."""
        from gradviz.ui.studio.orders import NumbersOrder

        panel = self._dashboard.shown.get(what)
        quantities = panel.quantities if panel is not None else None
        try:
            self._order(lambda number, sight: NumbersOrder(number, sight, str(path), what, form, quantities), path)
        except FileError as problem:
            self._messages.complain(str(problem))

    def copy_picture(self, name: str, options: Options | None = None) -> None:
        """Put a picture of one panel, or of the dashboard, on the clipboard, with the experiment inside."""
        try:
            self.copy_panels(self.panels_of(name), options or self.usual(name))
        except FileError as problem:
            self._messages.complain(str(problem))

    def copy_panels(self, panels: tuple[str, ...], options: Options, epoch: int | None = None) -> None:
        """Put one picture of these panels, shown or not, on the clipboard; at this epoch, or at the one on the screen."""
        from gradviz.ui.studio.orders import PictureOrder

        try:
            chosen = options.check()
            self._copying = self._order(lambda number, sight: PictureOrder(number, sight.at(epoch), str(Path(sight.folder) / "copy.png"), panels, chosen), None)
        except FileError as problem:
            self._messages.complain(str(problem))

    def _order(self, make: Make, path: Path | None) -> int:
        """Have something made, once it is certain that there is a place for it."""
        if path is not None:
            writable_target(path)
        number = self.studio.order(make)
        self._ordered.add(number)
        self._messages.say(f"Writing {path.name}…" if path is not None else "Drawing the picture…")
        return number

    def _on_made(self, number: int, written: list[str]) -> None:
        if number not in self._ordered:
            return
        self._ordered.discard(number)
        if number == self._copying:
            self._put_on_clipboard(Path(written[0]))
        else:
            self._messages.say(f"Saved {written[0]}" + (f" and {len(written) - 1} more" if len(written) > 1 else ""))

    def _on_failed(self, number: int, problem: str, details: str) -> None:
        if number in self._ordered:
            self._ordered.discard(number)
            self._messages.complain(problem, details or None)

    def _put_on_clipboard(self, path: Path) -> None:
        """As the file that it is, for programs that keep what is inside, and as an image for all others."""
        clipboard, content = QApplication.clipboard(), path.read_bytes()
        if clipboard is None:
            return
        mime = QMimeData()
        mime.setData("image/png", content)
        mime.setImageData(QImage.fromData(content))
        clipboard.setMimeData(mime)
        self._messages.say("A picture is on the clipboard.")

    def _write(self, path: Path, writer: Callable[[], None]) -> None:
        try:
            writer()
        except FileError as problem:
            self._messages.complain(str(problem))
        else:
            self._messages.say(f"Saved {path}")

    def folder(self) -> str:
        """Where the dialogs for files begin: where the last one went to, or came from, or always in the folder that a person prefers."""
        return folder_in(self.settings)

    def proposal(self, what: str, ending: str) -> str:
        """A path for a file of what is on the screen, in the folder of the last one."""
        moment = self._dashboard.moment
        name = f"{self.name or 'gradviz'}-{what}-epoch-{moment.epoch}" if moment else what
        return str(Path(self.folder()) / (name.replace(" ", "-") + ending))

    def remember_folder(self, name: str) -> None:
        """The next dialog begins where this file is."""
        self.settings.setValue("folder", str(Path(name).parent))
