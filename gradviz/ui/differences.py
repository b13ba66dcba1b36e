"""A window with the table of what differs between the configs of the live run and the pinned ones."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gradviz.runs.comparison import Table, config_differences
from gradviz.runs.run import Run

SAME = "They have the same config."
ABOUT = "In what the runs differ. What differs from the first one is bold."


class DifferencesDialog(QDialog):
    """The parameters in which runs differ, a row each, and what was changed on their way; Ctrl+C copies the table for a spreadsheet."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("differences")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Differences between the runs")
        self.found = Table((), ())
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.table = QTableWidget()
        self.table.setAccessibleName("Parameters in which the runs differ")
        self.table.setAccessibleDescription("A row for each parameter, a column for each run; arrow keys move in it, Ctrl+C copies it")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        numbers = self.table.verticalHeader()
        if numbers is not None:
            numbers.hide()
        self.copy_button = QPushButton("Copy table")
        self.copy_button.setToolTip("Copy the table, with tabs between its columns (Ctrl+C)")
        self.copy_button.clicked.connect(self.copy)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self, self.copy)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.copy_button)
        buttons.addWidget(close)
        rows = QVBoxLayout(self)
        rows.addWidget(self.said)
        rows.addWidget(self.table, 1)
        rows.addLayout(buttons)

    def show_runs(self, runs: Sequence[tuple[str, Run]]) -> None:
        """Compare these runs, each with its name, the live one first."""
        found = config_differences(runs)
        if found == self.found:
            return
        self.found = found
        self.said.setText(ABOUT if found.rows else SAME)
        self.table.setVisible(bool(found.rows))
        self.copy_button.setVisible(bool(found.rows))
        self._fill(found)
        self._fit()

    def copy(self) -> None:
        """Put the table on the clipboard as text."""
        clipboard = QApplication.clipboard()
        if clipboard is not None and self.found.rows:
            clipboard.setText(self.found.as_tsv())

    def _fill(self, found: Table) -> None:
        self.table.setRowCount(len(found.rows))
        self.table.setColumnCount(1 + len(found.names))
        self.table.setHorizontalHeaderLabels(["Parameter", *found.names])
        for row, difference in enumerate(found.rows):
            for column, text in enumerate((difference.title, *difference.values)):
                cell = QTableWidgetItem(text)
                cell.setToolTip(text)
                font = cell.font()
                font.setBold(column > 1 and text != difference.values[0])
                cell.setFont(font)
                self.table.setItem(row, column, cell)

    def _fit(self) -> None:
        """As large as the table, within most of the screen."""
        self.table.resizeColumnsToContents()
        header = self.table.horizontalHeader()
        screen = self.screen()
        if header is None or screen is None:
            return
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column in range(self.table.columnCount()):
            header.resizeSection(column, min(header.sectionSize(column), 320))
        room = screen.availableGeometry()
        wide, high = header.length() + 60, self.table.rowCount() * self.table.rowHeight(0) + header.height() + 120
        self.resize(min(max(wide, 320), int(0.8 * room.width())), min(max(high, 120) if self.found.rows else 120, int(0.8 * room.height())))
