"""Where a file is to go to: the dialog with its kinds, an ending for a name without one, and one question where files are there already."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PyQt6.QtWidgets import QFileDialog, QMessageBox, QWidget

#: What the dialog lists for each ending.
PICTURE_KINDS = {".png": "PNG picture (*.png)", ".svg": "SVG drawing (*.svg)", ".pdf": "PDF page (*.pdf)"}
TABLE_KINDS = {
    ".csv": "CSV table (*.csv)",
    ".json": "JSON (*.json)",
    ".npz": "NumPy arrays (*.npz)",
    ".parquet": "Parquet table (*.parquet)",
    ".xlsx": "Excel workbook (*.xlsx)",
}
FILM_KINDS = {".mp4": "MP4 film (*.mp4)", ".webm": "WebM film (*.webm)", ".gif": "GIF film (*.gif)"}
REPORT_KINDS = {".html": "HTML page (*.html)", ".pdf": "PDF (*.pdf)"}


def ask_where(
    parent: QWidget,
    title: str,
    proposal: str,
    kinds: Mapping[str, str],
    files: Callable[[Path], Sequence[Path]] = lambda path: (path,),
) -> Path | None:
    """The path that a person chooses, with an ending of one of the kinds; None where there is to be none.

    The proposal's ending chooses the kind that the dialog begins with. `files` says which files will be written for a path: where some of them are there
    already, a person is asked once.
    """
    chosen = kinds.get(Path(proposal).suffix.lower(), next(iter(kinds.values())))
    name, kind = QFileDialog.getSaveFileName(parent, title, proposal, ";;".join(kinds.values()), chosen, QFileDialog.Option.DontConfirmOverwrite)
    if not name:
        return None
    path = completed(Path(name), kinds, kind)
    there = [file for file in files(path) if file.exists()]
    return path if not there or _may_replace(parent, there) else None


def completed(path: Path, kinds: Mapping[str, str], kind: str) -> Path:
    """The path with the ending of the chosen kind, which a name such as `scale-0.9` lacks; an ending that is typed counts more than the kind."""
    if path.suffix.lower() in kinds:
        return path
    ending = next((ending for ending, words in kinds.items() if words == kind), next(iter(kinds)))
    return path.with_name(path.name + ending)


def _may_replace(parent: QWidget, there: Sequence[Path]) -> bool:
    words = f"There is already a file '{there[0].name}'. Replace it?"
    if len(there) > 1:
        words = f"{len(there)} of the files are there already, such as '{there[0].name}'. Replace them?"
    return QMessageBox.question(parent, "Replace?", words) is QMessageBox.StandardButton.Yes
