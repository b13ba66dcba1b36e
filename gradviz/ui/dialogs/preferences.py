"""The preferences: one dialog, in which everything acts at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gradviz.core.config import ConfigError
from gradviz.ui.dialogs.making import TickList
from gradviz.ui.dialogs.number_box import NumberBox
from gradviz.ui.panels.rows import breakable
from gradviz.ui.panels.sections import paint_in
from gradviz.ui.plots.dashboard import PLACES
from gradviz.ui.preferring import CHOICES, NUMBERS, OWN_FOLDER, OWN_PANELS, Preferring, folder_in

if TYPE_CHECKING:
    from gradviz.ui.window import Window

GROUPS = {
    "Looks": ("theme", "trails"),
    "At the start": ("start_speed", "start_panels", "welcome", "left_behind"),
    "Files and memory": ("folder_choice", "recent_kept", "memory"),
}
#: Pixels that the dialog is wide at least.
WIDTH = 380
NO_PANEL = "At least one panel is there at the start."


class PreferencesDialog(QDialog):
    """Stays open beside the window, which changes with it."""

    def __init__(self, window: Window, preferring: Preferring) -> None:
        super().__init__(window)
        self.setObjectName("preferences_dialog")
        self.setWindowTitle("Preferences")
        self._window, self._preferring = window, preferring
        self._showing = False
        self._labels: list[QLabel] = []
        self.choices = {name: _box(name) for name in CHOICES}
        self.numbers = {name: _number(name) for name in NUMBERS}
        self.panels = TickList()
        for place in PLACES.values():
            self.panels.add(place.title, place.name, ticked=False)
        self.folder, self.clear = QPushButton(), QPushButton("C&lear list")
        self.problem = QLabel()
        self._lay_out()
        self._connect()

    # what is preferred

    def show_preferences(self) -> None:
        """Show what is preferred now; a number that is being typed stays as it is."""
        self._showing = True
        preferring = self._preferring
        for name, box in self.choices.items():
            box.setCurrentIndex(box.findData(preferring[name]))
        for name, number in self.numbers.items():
            if not number.hasFocus() or not number.marked:
                number.show_number(preferring.number(name))
        for row in range(self.panels.count()):
            item = self.panels.item(row)
            if item is not None:
                ticked = item.data(Qt.ItemDataRole.UserRole) in preferring.own_panels
                item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        self.panels.setVisible(preferring["start_panels"] == "own")
        folder = Path(folder_in(preferring.settings))
        self.folder.setText(f"{_short(folder)}…".replace("&", "&&"))
        self.folder.setToolTip(f"Choose another folder; now {folder}")
        self.folder.setEnabled(preferring["folder_choice"] == "own")
        self.clear.setEnabled(self._window.opening.menu.isEnabled())
        self._showing = False
        self._read_numbers()

    def begin_at(self, name: str) -> None:
        """Open it, or bring it forward, with this field first; the first of all where none is named."""
        self.show()
        self.raise_()
        self.activateWindow()
        field: QWidget = self.numbers[name] if name in self.numbers else self.choices.get(name, self.choices["theme"])
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if isinstance(field, NumberBox):
            field.selectAll()

    def _read_numbers(self) -> dict[str, int]:
        """The numbers that can be; beside the others a sentence."""
        found, problem = {}, ""
        for name, box in self.numbers.items():
            wrong = ""
            try:
                found[name] = int(box.number())
            except ConfigError as impossible:
                wrong = problem = str(impossible)
            box.mark(wrong, self._window.theme.error)
            box.setAccessibleDescription(wrong or NUMBERS[name].help)
        self._complain(problem)
        return found

    def _complain(self, sentence: str) -> None:
        paint_in(self.problem, self._window.theme.error)
        self.problem.setText(breakable(sentence))

    # choosing

    def _on_chosen(self, name: str) -> None:
        if not self._showing:
            self._preferring.choose(name, str(self.choices[name].currentData()))
            if name == "folder_choice" and self._preferring[name] == "own" and not self._preferring.settings.contains(OWN_FOLDER):
                self._on_folder()

    def _on_number(self, name: str) -> None:
        number = self._read_numbers().get(name)
        if number is not None and number != self._preferring.number(name):
            self._preferring.choose(name, number)

    def _on_ticked(self, item: QListWidgetItem) -> None:
        if self._showing:
            return
        ticked = self.panels.ticked
        if ticked:
            self._preferring.choose(OWN_PANELS, ",".join(map(str, ticked)))
        else:  # of nothing there would be nothing to see
            item.setCheckState(Qt.CheckState.Checked)
            self._complain(NO_PANEL)

    def _on_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Where the dialogs for files begin", folder_in(self._preferring.settings))
        if folder:
            self._preferring.choose(OWN_FOLDER, folder)
        elif not self._preferring.settings.contains(OWN_FOLDER):
            self._preferring.choose("folder_choice", "last")

    def _on_clear(self) -> None:
        self._window.opening.forget()
        self.show_preferences()

    # layout

    def _connect(self) -> None:
        for name, box in self.choices.items():
            box.currentIndexChanged.connect(lambda _index, name=name: self._on_chosen(name))
        for name, number in self.numbers.items():
            number.changed.connect(lambda name=name: self._on_number(name))
        self.panels.itemChanged.connect(self._on_ticked)
        self.folder.clicked.connect(self._on_folder)
        self.clear.clicked.connect(self._on_clear)

    def _lay_out(self) -> None:
        beside = {"folder_choice": self.folder, "recent_kept": self.clear}
        self.panels.setAccessibleName("Panels at the start")
        self.panels.setToolTip("The panels that are there at first")
        self.folder.setAccessibleName("Folder where the dialogs for files begin")
        self.clear.setToolTip("Forget which files were opened; the files stay")
        self.problem.setWordWrap(True)
        self.problem.setAccessibleName("What cannot be")
        self.problem.setMinimumHeight(2 * self.fontMetrics().height())  # the dialog must not jump when something is said
        self.problem.setMinimumWidth(WIDTH)
        rows = QVBoxLayout(self)
        rows.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)  # it grows with the list of panels, and shrinks again
        for title, names in GROUPS.items():
            group = QGroupBox(title)
            form = QFormLayout(group)
            form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
            for name in names:
                self._add(form, name, beside.get(name))
            rows.addWidget(group)
        rows.addWidget(self.problem)
        rows.addWidget(self._buttons())
        widest = max(label.sizeHint().width() for label in self._labels)
        for label in self._labels:
            label.setMinimumWidth(widest)  # the fields of all groups begin in one line

    def _add(self, form: QFormLayout, name: str, beside: QWidget | None) -> None:
        """One row: the words, the field, and what stands behind or below it."""
        field: QWidget = self.choices[name] if name in self.choices else self.numbers[name]
        label = QLabel(CHOICES[name].title if name in CHOICES else NUMBERS[name].title)
        label.setBuddy(field)
        self._labels.append(label)
        label.setToolTip(CHOICES[name].help if name in CHOICES else NUMBERS[name].help)
        line = QHBoxLayout()
        line.addWidget(field, int(name in CHOICES))
        if name in NUMBERS:
            line.addWidget(QLabel(NUMBERS[name].unit))
            line.addStretch(1)
        if beside is not None:
            line.addWidget(beside, int(name in CHOICES))
        form.addRow(label, line)
        if name == "start_panels":
            form.addRow("", self.panels)

    def _buttons(self) -> QDialogButtonBox:
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.RestoreDefaults | kinds.Close)
        restore, close = buttons.button(kinds.RestoreDefaults), buttons.button(kinds.Close)
        assert restore is not None, "a button box makes the buttons that it is asked for"
        assert close is not None, "a button box makes the buttons that it is asked for"
        for button in (restore, close):
            button.setIcon(QIcon())  # the style's own are black in both themes
            button.setAutoDefault(False)  # Enter ends what is typed, and closes nothing
        restore.setToolTip("Everything in this dialog as it was at the first start")
        restore.clicked.connect(self._preferring.restore_defaults)
        buttons.rejected.connect(self.reject)
        return buttons


def _box(name: str) -> QComboBox:
    choice, box = CHOICES[name], QComboBox()
    for value, words in choice.allowed.items():
        box.addItem(words, value)
    box.setObjectName(name)
    box.setToolTip(choice.help)
    box.setAccessibleName(choice.title.replace("&", ""))
    box.setAccessibleDescription(choice.help)
    return box


def _number(name: str) -> NumberBox:
    number = NUMBERS[name]
    title = number.title.replace("&", "")
    box = NumberBox({"memory": "memory", "recent_kept": "number of recent files"}[name], number.bounds, 64 if name == "memory" else 1, whole=True)
    box.setObjectName(name)
    box.setAccessibleName(title)
    return box


def _short(folder: Path) -> str:
    """What a folder is called."""
    return "Home" if folder == Path.home() else folder.name or str(folder)
