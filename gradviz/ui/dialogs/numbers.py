"""The dialog that asks which numbers to save, and shows the first rows as they will stand in the table."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gradviz.runs.files import FileError, writable_target
from gradviz.runs.table_rows import WORDS, Cells, number_texts
from gradviz.runs.tables import WHOLE_RUN, Shown, shown
from gradviz.ui.dialogs.file_kinds import TABLE_KINDS, ask_where
from gradviz.ui.panels.rows import breakable
from gradviz.ui.panels.sections import paint_in
from gradviz.ui.plots.dashboard import PLACES, Dashboard

if TYPE_CHECKING:
    from gradviz.runs.moment import Moment
    from gradviz.ui.saving import Saving

GROUP = "numbers"
DASHBOARD = "dashboard"
FORM_TITLES = {"long": "Long: a row for each number", "wide": "Wide: a row for each epoch and layer"}
#: So many rows are shown of a table, from so many of its epochs.
ROWS, EPOCHS = 15, 2
#: What some files need that may not be there.
PACKAGES = {".parquet": "pyarrow", ".xlsx": "openpyxl"}


class NumbersDialog(QDialog):
    """Asks for a panel or the whole run, and for the form of the table; the file's ending says the format."""

    def __init__(self, saving: Saving, window: QWidget, dashboard: Dashboard, name: str) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("numbers")
        self.setWindowTitle("Save numbers")
        self._saving, self._dashboard, self._theme = saving, dashboard, saving.theme
        self._settings = saving.settings
        self.what, self.form = QComboBox(), QComboBox()
        self.table = QTableWidget()
        self.said = QLabel()
        self.save = QPushButton("&Save…")
        self._offer(name)
        self._lay_out()
        self.what.currentIndexChanged.connect(self._show_rows)
        self.form.currentIndexChanged.connect(self._show_rows)
        self.save.clicked.connect(self._on_save)
        window.installEventFilter(self)
        self._show_rows()

    def _offer(self, name: str) -> None:
        for panel in self._dashboard.shown:
            self.what.addItem(PLACES[panel].title, panel)
        self.what.addItem("All of this epoch", DASHBOARD)
        self.what.addItem("The whole run: every epoch that is kept", WHOLE_RUN)
        for form, title in FORM_TITLES.items():
            self.form.addItem(title, form)
        kept = str(self._settings.value(f"{GROUP}/what", WHOLE_RUN, type=str))
        self.what.setCurrentIndex(max(0, self.what.findData(name if name != DASHBOARD else kept)))
        self.form.setCurrentIndex(max(0, self.form.findData(self._settings.value(f"{GROUP}/form", "long", type=str))))

    @property
    def chosen(self) -> str:
        """A panel's name, or "dashboard", or "run"."""
        return str(self.what.currentData())

    # the first rows

    def _show_rows(self) -> None:
        """Show how the table begins, or say why there is none."""
        moment = self._dashboard.moment
        try:
            if moment is None:
                raise FileError("There are no numbers yet; they come with the first epoch.")
            panel = self._dashboard.shown.get(self.chosen)
            columns = first_rows(moment, self.chosen, self.form.currentData(), panel.quantities if panel is not None else None)
        except FileError as problem:
            self.table.setRowCount(0)
            self.save.setEnabled(False)
            self._say(str(problem), wrong=True)
            return
        self._fill(columns)
        self.save.setEnabled(True)
        self._say("")

    def _fill(self, columns: Sequence[tuple[str, str, list[str]]]) -> None:
        self.table.setColumnCount(len(columns))
        self.table.setRowCount(max((len(texts) for _name, _means, texts in columns), default=0))
        for column, (name, means, texts) in enumerate(columns):
            head = QTableWidgetItem(name)
            head.setToolTip(means)
            self.table.setHorizontalHeaderItem(column, head)
            for row, text in enumerate(texts):
                self.table.setItem(row, column, QTableWidgetItem(text))
        self.table.resizeColumnsToContents()

    # saving

    def _on_save(self) -> None:
        ending = str(self._settings.value(f"{GROUP}/ending", ".csv", type=str))
        what = {WHOLE_RUN: "numbers", DASHBOARD: "epoch"}.get(self.chosen, self.chosen)
        path = ask_where(self, "Save numbers", self._saving.proposal(what, ending), kinds())
        if path is not None:
            self.save_as(path)

    def save_as(self, path: Path) -> None:
        """Have the table written, and close; where nothing can be written, say so and stay."""
        try:
            writable_target(path)
        except FileError as problem:
            self._say(str(problem), wrong=True)
            return
        self._settings.setValue(f"{GROUP}/ending", path.suffix.lower())
        self._saving.remember_folder(str(path))
        self._saving.save_numbers(self.chosen, path, self.form.currentData())
        self.accept()

    def _say(self, sentence: str, *, wrong: bool = False) -> None:
        paint_in(self.said, self._theme.error if wrong else self._theme.text)
        self.said.setText(breakable(sentence))

    def done(self, result: int) -> None:
        """Close, and remember what was chosen."""
        self._settings.setValue(f"{GROUP}/what", self.chosen if self.chosen in (WHOLE_RUN, DASHBOARD) else WHOLE_RUN)
        self._settings.setValue(f"{GROUP}/form", self.form.currentData())
        super().done(result)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """The window takes its dialog with it."""
        if event is not None and event.type() == QEvent.Type.Close:
            self.reject()
        return super().eventFilter(watched, event)

    # layout

    def _lay_out(self) -> None:
        named = {self.what: "Which numbers", self.form: "Form of the table", self.table: "The first rows", self.said: "What cannot be"}
        for part, words in named.items():
            part.setAccessibleName(words)
        self.what.setToolTip("The numbers of one panel, of all of this epoch, or of the whole run")
        self.form.setToolTip("Long suits programs, wide suits a spreadsheet")
        self.table.setAccessibleDescription("The beginning of what will be saved; arrow keys move in it")
        self.save.setToolTip("Choose a file; its ending says the format")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        head = self.table.horizontalHeader()
        assert head is not None, "a table has a header"
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setHighlightSections(False)
        side = self.table.verticalHeader()
        assert side is not None, "a table has a header at its side"
        side.setDefaultSectionSize(self.fontMetrics().height() + 8)
        side.hide()
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&What", self.what)
        form.addRow("&Form", self.form)
        about = QLabel("&How the table begins. An .npz file holds arrays in neither form.")
        about.setBuddy(self.table)
        paint_in(about, self._theme.faint)
        self.said.setWordWrap(True)
        rows = QVBoxLayout(self)
        rows.addLayout(form)
        rows.addWidget(about)
        rows.addWidget(self.table, 1)
        rows.addLayout(self._bottom())
        self.save.setDefault(True)  # not before it is in the dialog: it would not be for long
        self.resize(760, 520)

    def _bottom(self) -> QHBoxLayout:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        for button in buttons.buttons():
            button.setIcon(QIcon())  # the style's own are black in both themes
        row = QHBoxLayout()
        row.addWidget(self.said, 1)
        row.addWidget(buttons)
        return row


def first_rows(moment: Moment, what: str, form: str, quantities: Sequence[str] | None) -> list[tuple[str, str, list[str]]]:
    """The first columns' cells of a table as text: each column's name, what it means, and its cells; of the first epochs alone, so that it costs nothing."""
    from gradviz.runs.table_files import FORMS

    beginning = _beginning(shown(moment.run, moment.frame, what, quantities))
    table = FORMS["wide" if form == "wide" else "long"](beginning)
    if form == "wide":
        columns = [_texts(cells) for cells in next(iter(table.pieces()), ())]
    else:  # all digits, as the CSV table has them
        lines = itertools.islice((row for line in beginning.lines for row in line.text.splitlines()), ROWS)
        columns = [list(column) for column in zip(*(line.split(",") for line in lines), strict=True)]
    return [(field.name, field.means, texts[:ROWS]) for field, texts in zip(table.fields, columns, strict=False)]


def _beginning(whole: Shown) -> Shown:
    """The same of the first epochs."""
    begin = whole.frames[0].rows(slice(0, EPOCHS))
    scored = min(whole.scored, int(np.searchsorted(whole.run.epoch, begin.epoch[-1], side="right"))) if whole.whole else min(whole.scored, ROWS)
    return whole._replace(frames=(begin,), scored=scored)


def _texts(cells: Cells) -> list[str]:
    if isinstance(cells.values, list):
        there = [True] * len(cells.values) if cells.there is None else cells.there.tolist()
        return [word if is_there else "" for word, is_there in zip(cells.values, there, strict=True)]
    return [text.decode("ascii") for text in number_texts(cells, WORDS, b"")]


def kinds() -> dict[str, str]:
    """What the file dialog lists; a kind whose package is not installed says so."""
    missing = {ending: package for ending, package in PACKAGES.items() if importlib.util.find_spec(package) is None}
    return {ending: title.replace(" (", f", needs {missing[ending]} (") if ending in missing else title for ending, title in TABLE_KINDS.items()}
