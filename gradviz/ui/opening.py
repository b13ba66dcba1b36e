"""What a person opens: a saved run, a picture, a link, a config, a table; by the dialog, by dropping it, or from the list of the last ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QMimeData
from PyQt6.QtWidgets import QFileDialog, QMenu

from gradviz.core.config import ConfigError
from gradviz.runs.files import FileError, is_archive
from gradviz.runs.presets import read_config
from gradviz.ui import state as states
from gradviz.ui.reopening import Wanted

if TYPE_CHECKING:
    from gradviz.runs.recipe import Recipe
    from gradviz.runs.store import Saved
    from gradviz.ui.window import Window

#: What may hold an experiment beside what it shows.
PICTURES = (".png", ".svg", ".pdf", ".gif", ".html", ".mp4", ".webm")
OPENS = f"Runs, pictures, configs and tables (*.npz *.toml *.csv {' '.join(f'*{ending}' for ending in PICTURES)});;All files (*)"


class Opening:
    """Opens files in a window; what is wrong with one is said in the strip, and the experiment stays."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.menu = QMenu("Open &recent", window)
        self.menu.setObjectName("recent")
        self.menu.aboutToShow.connect(self._list)
        self.menu.setEnabled(bool(self._recent()))

    def ask(self) -> None:
        """Ask for a file, and open it."""
        saving = self._window.saving
        name, _ = QFileDialog.getOpenFileName(self._window, "Open a run, a picture, a config or a table", saving.folder(), OPENS)
        if name:
            saving.remember_folder(name)
            self.open(Path(name))

    def open(self, path: Path) -> None:
        """Open a saved run, a picture, a config or a table; what is wrong with it is said in the strip."""
        self._window.reopening.stop()
        if path.suffix.lower() == ".csv":
            self._open_table(path)
            self.remember(path)
        elif path.suffix.lower() == ".toml" or is_archive(path):
            self._open_recorded(path)
        else:
            self._window.reopening.open(lambda: found_in(path), lambda: self.remember(path))

    def _open_recorded(self, path: Path) -> None:
        from gradviz.lessons.reading import is_lesson
        from gradviz.runs import store  # when it is used: zip and JSON cost a start-up what few starts need

        if path.suffix.lower() == ".toml" and is_lesson(path):
            if self._window.teaching.open_file(path):
                self.remember(path)
            return
        try:
            if path.suffix.lower() == ".toml":
                self._window.open(read_config(path))
            else:
                self._open_run(store.read(path), path.name)
        except (FileError, ConfigError) as problem:
            self._window.messages.complain(str(problem))
        else:
            self.remember(path)

    def open_link(self, text: str) -> None:
        """Train the experiment of a link again, and show it at its epoch."""
        folders = [Path.cwd(), Path(self._window.saving.folder())]

        def find() -> Wanted:
            from gradviz.runs.recipe import recipe_from_link

            return Wanted(recipe_from_link(text).with_table(folders))

        self._window.reopening.open(find)

    def open_recipe(self, recipe: Recipe, remark: str = "") -> None:
        """Train an experiment again, whose table has been looked for."""
        self._window.reopening.open(lambda: Wanted(recipe, remark))

    def _open_run(self, saved: Saved, name: str) -> None:
        """Show a saved run; whether it can be trained again as it was is said at once, before anybody goes on with it."""
        from gradviz.runs.replay import table_problem

        self._window.open(saved.run, name)
        problem = table_problem(saved)
        if problem is not None:
            self._window.messages.complain(str(problem))

    def _open_table(self, path: Path) -> None:
        """Learn a person's own table, as soon as it has been read."""
        self._window.messages.clear()
        self._window.show_state(states.opened_table(path, self._window.now))
        self._window.choosing.ask_for(())

    @staticmethod
    def dropped(mime: QMimeData | None) -> list[Path]:
        """The files of this machine that are being dropped."""
        return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()] if mime else []

    # the last ones

    def remember(self, path: Path) -> None:
        """Put a file at the head of the list of the last ones."""
        whole = str(path.resolve())
        self._keep([whole, *(other for other in self._recent() if other != whole)])

    def shorten(self) -> None:
        """A person wants fewer of them in the list, perhaps."""
        self._keep(self._recent())

    def forget(self) -> None:
        """Clear the list."""
        self._keep([])

    def _keep(self, names: list[str]) -> None:
        self._window.settings.setValue("recent", names[: self._window.preferring.number("recent_kept")])
        self.menu.setEnabled(bool(self._recent()))

    def _recent(self) -> list[str]:
        kept = self._window.settings.value("recent")
        return [str(path) for path in ([kept] if isinstance(kept, str) else kept or [])]

    def _list(self) -> None:
        self.menu.clear()
        for path in self._recent():
            action = self.menu.addAction(Path(path).name.replace("&", "&&"))
            assert action is not None, "Qt makes the action"
            action.setToolTip(path)
            action.triggered.connect(lambda _checked, path=path: self.open_again(Path(path)))
        self.menu.setToolTipsVisible(True)
        self.menu.addSeparator()
        clear = self.menu.addAction("Clear list", self.forget)
        assert clear is not None, "Qt makes the action"
        clear.setToolTip("Forget which files were opened; the files stay")

    def open_again(self, path: Path) -> None:
        """Open one of the list; where it is not there any more, say so and take it out."""
        if path.exists():
            self.open(path)
            return
        self._keep([name for name in self._recent() if name != str(path)])
        self._window.messages.complain(f"'{path}' is not there any more: it was moved, renamed or deleted. It is out of the list of recent files.")


def found_in(path: Path) -> Wanted:
    """The experiment inside a picture, its table being beside it or in the folder that one is in; any thread may ask."""
    from gradviz.runs.picture_files import recipe_in

    inside = recipe_in(path)
    return Wanted(inside.recipe.with_table([path.parent, Path.cwd()]), f"{path.name}: {inside.sentence}" if inside.altered else "")
