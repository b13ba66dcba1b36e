"""Entry fields for words: a text, a file, and a column of the table in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from gradviz.core.config import Parameter

#: Parameters that are a file's path, and which files the dialog offers for them.
FILES = {"csv_file": "Tables (*.csv);;All files (*)"}
#: Milliseconds without a key after which a typed text is taken as complete: half a file name is none.
TYPED = 400
#: Parameters that are a column of the table, and what the list calls no name at all.
COLUMNS = {"csv_target": "last column"}


class TextField(QLineEdit):
    """A line of text, taken when typing rests, and at once with Enter or when another field gets the focus."""

    value_entered = pyqtSignal(str, object)
    value_refused = pyqtSignal(str, str)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self._parameter = parameter
        self._value = ""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(TYPED)
        self._rest.timeout.connect(self.take)
        self.textEdited.connect(lambda _text: self._rest.start())
        self.editingFinished.connect(self.take)

    def show_value(self, value: Any) -> None:
        self._value = value
        if self.text().strip() != value:
            self._rest.stop()
            self.setText(value)

    def take(self) -> None:
        """Report the text as it is now, if it is another one."""
        self._rest.stop()
        value = self._parameter.parse(self.text())
        if value != self._value:
            self._value = value
            self.value_entered.emit(self._parameter.name, value)


class ColumnField(QComboBox):
    """The name of one of the table's columns, typed or chosen from their list."""

    value_entered = pyqtSignal(str, object)
    value_refused = pyqtSignal(str, str)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self._none = COLUMNS[parameter.name]
        self._columns: tuple[str, ...] = ()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.line = TextField(parameter)
        self.line.setPlaceholderText(self._none)
        self.line.setAccessibleName(parameter.title)
        self.line.setAccessibleDescription(parameter.help)
        self.line.value_entered.connect(self.value_entered)
        self.setLineEdit(self.line)
        self.setCompleter(None)  # of a and ab the shorter could not be typed
        self.activated.connect(self._on_activated)

    def text(self) -> str:
        return self.line.text()

    def show_columns(self, columns: tuple[str, ...]) -> None:
        """List a table's columns, none of them chosen; what is being typed stays."""
        if columns == self._columns:
            return
        self._columns = columns
        text, cursor = self.line.text(), self.line.cursorPosition()
        self.clear()
        self.addItems([self._none, *columns] if columns else [])  # all at once: a table may have 100,000
        self.setCurrentIndex(self._place(text))
        self.line.setText(text)
        self.line.setCursorPosition(cursor)

    def show_value(self, value: Any) -> None:
        self.setCurrentIndex(self._place(value))
        self.line.show_value(value)

    def _place(self, value: str) -> int:
        """Where a value stands in the list; −1 where it does not."""
        if not value:
            return 0 if self._columns else -1
        return self._columns.index(value) + 1 if value in self._columns else -1

    def _on_activated(self, index: int) -> None:
        self.line.setText(self._columns[index - 1] if index else "")
        self.line.take()

    def wheelEvent(self, event: Any) -> None:
        event.ignore()


class FileField(QWidget):
    """A file's path, typed or chosen in the system's dialog."""

    value_entered = pyqtSignal(str, object)
    value_refused = pyqtSignal(str, str)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self._parameter = parameter
        self.line = TextField(parameter)
        self.line.value_entered.connect(self.value_entered)
        self.line.setAccessibleName(parameter.title)
        self.line.setAccessibleDescription(parameter.help)
        self.choose = QPushButton("Choose…")
        self.choose.setAccessibleName(f"Choose a file for {parameter.title.lower()}")
        self.choose.setToolTip("Choose it in the system's dialog")
        self.choose.setAutoDefault(False)
        self.choose.clicked.connect(self._on_choose)
        self.setFocusProxy(self.line)
        parts = QHBoxLayout(self)
        parts.setContentsMargins(0, 0, 0, 0)
        parts.addWidget(self.line, 1)
        parts.addWidget(self.choose)

    def text(self) -> str:
        return self.line.text()

    def show_value(self, value: Any) -> None:
        self.line.show_value(value)
        self.line.setToolTip(value)  # a path is longer than the line

    def _on_choose(self) -> None:
        folder = str(Path(self.text()).parent) if self.text() else ""
        path, _ = QFileDialog.getOpenFileName(self, f"Choose a {self._parameter.title.lower()}", folder, FILES[self._parameter.name])
        if path:
            self.show_value(path)
            self.value_entered.emit(self._parameter.name, path)
