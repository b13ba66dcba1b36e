"""A person's answers are saved where they want, as a plain text that a teacher can read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QFileDialog, QInputDialog

from gradviz.lessons.answers import answers_text
from gradviz.lessons.progress import Progress
from gradviz.runs.files import FileError, written_whole

if TYPE_CHECKING:
    from gradviz.ui.window import Window


def ask_to_save(window: Window, progress: Progress) -> None:
    """Ask for a name and a file, and write there what was answered until now; what goes wrong is said in the strip."""
    saving = window.saving
    name, wanted = QInputDialog.getText(window, "Save answers", "Your name, as your teacher knows it (it may stay empty):")
    if not wanted:
        return
    place = str(Path(saving.folder()) / f"answers-{progress.name}.txt")
    file, _ = QFileDialog.getSaveFileName(window, "Save answers", place, "Text (*.txt)")
    if not file:
        return
    saving.remember_folder(file)
    path = Path(file if Path(file).suffix else f"{file}.txt")
    try:
        with written_whole(path) as beside:
            beside.write_text(answers_text(progress, name), encoding="utf-8")
    except FileError as problem:
        window.messages.complain(str(problem))
    else:
        window.messages.say(f"Your answers are in '{path}'.")
