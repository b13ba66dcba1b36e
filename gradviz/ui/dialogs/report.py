"""The dialog that asks what a hand-out is to answer, on which runs and for which paper, and makes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PyQt6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from gradviz.runs.files import FileError
from gradviz.runs.reports import MOST_RUNS
from gradviz.runs.session import PinnedRun, Snapshot
from gradviz.ui.dialogs.file_kinds import REPORT_KINDS, ask_where
from gradviz.ui.dialogs.making import MakingDialog, TickList
from gradviz.ui.panels.sections import paint_in
from gradviz.ui.plots.dashboard import Dashboard
from gradviz.ui.reports.content import MORE_QUESTION, ONE_QUESTION
from gradviz.ui.studio.orders import ReportOrder, Sight

if TYPE_CHECKING:
    from gradviz.ui.saving import Saving

GROUP = "report"
PAPERS = {"a4": "A4", "letter": "Letter"}


class ReportDialog(MakingDialog):
    """A question, the runs that answer it, and the paper."""

    def __init__(self, saving: Saving, window: QWidget, dashboard: Dashboard) -> None:
        super().__init__(window, saving.theme, self._shown, called="report", counted="figures")
        self.setObjectName("report")
        self.setWindowTitle("Report")
        self._saving, self._settings = saving, saving.settings
        self.question, self.paper, self.runs = QLineEdit(), QComboBox(), TickList()
        self.problem = QLabel()
        names = [f"{saving.name or 'This run'} (live)", *(pin.name for pin in dashboard.pins)]
        for place, name in enumerate(names):
            shown = not place or dashboard.pins[place - 1].visible
            self.runs.add(name, place, ticked=shown and place < MOST_RUNS)
        for paper, title in PAPERS.items():
            self.paper.addItem(title, paper)
        self.paper.setCurrentIndex(max(0, self.paper.findData(self._settings.value(f"{GROUP}/paper", "a4", type=str))))
        self._lay_out()
        self.runs.itemChanged.connect(lambda _item: self._on_entered())
        self.make.clicked.connect(self._on_make)
        self._on_entered()

    # what is chosen

    @property
    def chosen(self) -> tuple[int, ...]:
        """The places of the runs that are ticked; 0 is the live one."""
        return tuple(place for place in self.runs.ticked if isinstance(place, int))

    def possible(self) -> bool:
        """Whether a page has room for so many runs."""
        return 1 <= len(self.chosen) <= MOST_RUNS

    def _on_entered(self) -> None:
        self.make.setEnabled(self.possible() and not self.running)
        count = len(self.chosen)
        self.problem.setText("" if self.possible() else f"A report is on 1 to {MOST_RUNS} runs; {f'{count} are' if count else 'none is'} ticked.")
        self.question.setPlaceholderText(MORE_QUESTION if count > 1 else ONE_QUESTION)
        self.say("")

    def _shown(self) -> tuple[Snapshot, Sight]:
        """The runs that are ticked, as if they alone were in the window; the first of them as if it were live."""
        snapshot, sight = self._saving.sight()
        if snapshot.live is None:
            raise FileError("There is nothing to report on yet; it comes with the first epoch.")
        runs = [PinnedRun(snapshot.live, snapshot.name, 0, visible=True), *snapshot.pins]
        first, *others = (runs[place]._replace(visible=True) for place in self.chosen)
        epoch = sight.epoch if self.chosen[0] == 0 else None
        return Snapshot(first.run, first.name, pins=tuple(others)), msgspec.structs.replace(sight, name=first.name, epoch=epoch)

    # making it

    def _on_make(self) -> None:
        ending = str(self._settings.value(f"{GROUP}/ending", ".html", type=str))
        path = ask_where(self, "Report", self._saving.proposal("report", ending), REPORT_KINDS)
        if path is not None:
            self.make_as(path)

    def make_as(self, path: Path) -> None:
        """Have the hand-out made, in the format that the ending names."""
        self._settings.setValue(f"{GROUP}/ending", path.suffix.lower())
        self._settings.setValue(f"{GROUP}/paper", self.paper.currentData())
        self._saving.remember_folder(str(path))
        question, paper = self.question.text().strip(), self.paper.currentData()
        self.begin(lambda number, sight: ReportOrder(number, sight, str(path), question, paper), path)

    # layout

    def _lay_out(self) -> None:
        self.question.setToolTip("Stands at the beginning of the hand-out; where it is empty, the one in grey does")
        for part, words in ((self.question, "Question"), (self.paper, "Paper"), (self.runs, "Runs"), (self.problem, "What cannot be")):
            part.setAccessibleName(words)
        self.runs.setToolTip("Which runs the hand-out is on; Space ticks one, arrow keys move")
        self.paper.setToolTip("How large a page is, where it is printed")
        paint_in(self.problem, self._theme.error)
        self.problem.setWordWrap(True)
        form = QFormLayout(self.fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Question", self.question)
        form.addRow("&Runs", self.runs)
        form.addRow("&Paper", self.paper)
        form.addRow(self.problem)
        about = QLabel("One file that needs no network: question, plots with captions, verdicts, theory beside measurement, and tables.")
        about.setWordWrap(True)
        paint_in(about, self._theme.faint)
        rows = QVBoxLayout(self)
        rows.addWidget(about)
        rows.addWidget(self.fields)
        rows.addStretch(1)
        rows.addLayout(self.bottom())
        self.make.setDefault(True)  # not before it is in the dialog: it would not be for long
        self.resize(760, 300)
