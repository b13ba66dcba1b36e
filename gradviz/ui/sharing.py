"""What a person takes along as text, and brings back: links, code, and whatever of GradViz lies on the clipboard."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PyQt6.QtCore import QMimeData
from PyQt6.QtWidgets import QApplication

from gradviz.core.config import ConfigError
from gradviz.runs.files import FileError
from gradviz.ui.opening import found_in
from gradviz.ui.reopening import Wanted

if TYPE_CHECKING:
    from gradviz.runs.recipe import Recipe
    from gradviz.ui.window import Window

#: What a browser or a mail program hands over with a picture that it shows.
PICTURE_KINDS = {"image/png": ".png", "image/svg+xml": ".svg", "application/pdf": ".pdf"}
#: A link is among so many characters of what is pasted.
LONGEST_PASTED = 20_000
NOTHING = "The clipboard holds no link, picture or file of GradViz. Edit > Copy link makes a line that can be pasted here."


class Sharing:
    """Copies the experiment on the plots as a line of text or as code, and opens what is pasted or dropped."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def connect(self) -> None:
        """Let the menu's intentions reach it."""
        actions = self._window.actions_by_name
        actions["copy_link"].triggered.connect(lambda: self.copy_link())
        actions["copy_numpy"].triggered.connect(lambda: self.copy_code("numpy"))
        actions["copy_pytorch"].triggered.connect(lambda: self.copy_code("pytorch"))
        actions["paste"].triggered.connect(lambda: self.paste())

    def recipe(self) -> Recipe:
        """What makes the experiment on the plots again, at the epoch that is looked at."""
        from gradviz.runs.recipe import recipe_of

        moment = self._window.dashboard.moment
        if moment is None:
            raise FileError("There is nothing to copy yet; it comes with the first epoch.")
        return recipe_of(moment.run, moment.epoch, self._window.now.name, tuple(self._window.dashboard.shown))

    def copy_link(self) -> None:
        """One line that opens this experiment at this epoch, in a chat or on the command line."""
        try:
            self._copy(self.recipe().link, "A link to this experiment at this epoch is on the clipboard: one line, to be pasted into a chat or into GradViz.")
        except (FileError, ConfigError) as problem:
            self._window.messages.complain(str(problem))

    def copy_code(self, library: Literal["numpy", "pytorch"]) -> None:
        """A program that trains this experiment without GradViz."""
        from gradviz.runs.code import numpy_code, pytorch_code

        try:
            recipe = self.recipe()
            code = (numpy_code if library == "numpy" else pytorch_code)(recipe.config, recipe.interventions, recipe.epoch)
        except (FileError, ConfigError) as problem:
            self._window.messages.complain(str(problem))
            return
        name = "NumPy" if library == "numpy" else "PyTorch"
        self._copy(code, f"A program that trains this experiment up to epoch {recipe.epoch:,} with {name} is on the clipboard.")

    def _copy(self, text: str, said: str) -> None:
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(text)
            self._window.messages.say(said)

    def paste(self) -> None:
        """Open the link, the picture or the file that lies on the clipboard."""
        clipboard = QApplication.clipboard()
        mime = clipboard.mimeData() if clipboard is not None else None
        if mime is None or not self.open(mime):
            self._window.messages.complain(NOTHING)

    def holds_something(self, mime: QMimeData | None) -> bool:
        """Whether what is dragged may be opened."""
        if mime is None:
            return False
        from gradviz.runs.links import holds_link

        texts = (mime.text()[:LONGEST_PASTED], mime.html()[:LONGEST_PASTED])
        return bool(self._window.opening.dropped(mime)) or any(mime.hasFormat(kind) for kind in PICTURE_KINDS) or any(map(holds_link, texts))

    def open(self, mime: QMimeData) -> bool:
        """Open a file, a picture's bytes or a link; whether there was one."""
        from gradviz.runs.links import holds_link

        paths = self._window.opening.dropped(mime)
        kind = next((kind for kind in PICTURE_KINDS if mime.hasFormat(kind)), "")
        text = next((text for text in (mime.text()[:LONGEST_PASTED], html.unescape(mime.html()[:LONGEST_PASTED])) if holds_link(text)), "")
        if paths:
            self._window.opening.open(paths[0])
        elif text:
            self._window.opening.open_link(text)
        elif kind:
            self._open_picture(mime.data(kind).data(), PICTURE_KINDS[kind])
        else:
            return False
        return True

    def _open_picture(self, content: bytes, ending: str) -> None:
        def find() -> Wanted:
            import tempfile

            with tempfile.TemporaryDirectory(prefix="gradviz-") as folder:
                path = Path(folder) / f"the pasted picture{ending}"
                path.write_bytes(content)
                return found_in(path)

        self._window.reopening.open(find)
