"""The dialog that asks what a picture is to be like, and shows beforehand what will be written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QGuiApplication, QIcon
from PyQt6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gradviz.runs.files import FileError, writable_target
from gradviz.ui.dialogs.file_kinds import PICTURE_KINDS, ask_where
from gradviz.ui.dialogs.picture_form import NAMES_WIDTH, WIDTH, PictureForm, in_words
from gradviz.ui.dialogs.preview import Preview
from gradviz.ui.panels.rows import breakable
from gradviz.ui.panels.sections import paint_in
from gradviz.ui.pictures.options import Options
from gradviz.ui.plots.dashboard import PLACES, Dashboard
from gradviz.ui.studio.orders import for_panel

if TYPE_CHECKING:
    from gradviz.ui.saving import Saving

DASHBOARD, ALL, EACH = "dashboard", "all", "each"
#: These have nothing to show unless a run is pinned.
OF_SEVERAL_RUNS = frozenset({"together", "difference"})
#: Of the window's size the dialog has so much, and no more than so many pixels.
SHARE, LARGEST = 0.92, (1560, 960)
GROUP = "picture"
#: What a panel needs to be read well, and at least, and a caption, in the screen's pixels.
ROOM, LEAST_ROOM, CAPTION = 150.0, 105.0, 70.0
HIDDEN = "Every panel is hidden, so there is no picture; show one with the View menu."


class PictureDialog(QDialog):
    """Asks which panels, how large and how; the preview comes from the process that will draw the picture itself."""

    def __init__(self, saving: Saving, window: QWidget, dashboard: Dashboard, name: str) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("picture")
        self.setWindowTitle("Save a picture")
        self._saving, self._dashboard, self._theme = saving, dashboard, saving.theme
        self._settings = saving.settings
        self._epoch = dashboard.moment.epoch if dashboard.moment is not None else None
        self.what = QComboBox()
        self.form = PictureForm(self._theme)
        self.preview = Preview(self._theme, saving.studio)
        self.facts, self.said = QLabel(), QLabel()
        self.save, self.copy = QPushButton("&Save…"), QPushButton("&Copy")
        self._offer(name)
        self._lay_out()
        self._connect(window)
        self._on_what_chosen()
        self.form.restore(self._settings, GROUP)
        self._on_entered()
        self.resize(*(min(most, round(side * SHARE)) for most, side in zip(LARGEST, (window.width(), window.height()), strict=True)))

    # what is chosen

    def _offer(self, name: str) -> None:
        """The dashboard, its panels, all panels, and each by itself."""
        self.what.addItem("The dashboard as one picture", DASHBOARD)
        for panel in self._dashboard.shown:
            self.what.addItem(PLACES[panel].title, panel)
        self.what.addItem("All panels, shown or not", ALL)
        self.what.addItem("Each panel as a file of its own", EACH)
        kept = str(self._settings.value(f"{GROUP}/what", DASHBOARD, type=str))
        wanted = kept if name == DASHBOARD and kept in (ALL, EACH) else name
        self.what.setCurrentIndex(max(0, self.what.findData(wanted)))
        self.what.setAccessibleName("What the picture shows")
        self.what.setToolTip("All that is shown as one picture, one panel, or each panel as a file of its own")
        self.what.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    @property
    def chosen(self) -> str:
        """A panel's name, or "dashboard", "all" or "each"."""
        return str(self.what.currentData())

    @property
    def panels(self) -> tuple[str, ...]:
        """The panels of the picture, or of the pictures; none where every one is hidden."""
        if self.chosen == ALL:
            return tuple(name for name in PLACES if self._dashboard.pins or name not in OF_SEVERAL_RUNS)
        return tuple(self._dashboard.shown) if self.chosen in (DASHBOARD, EACH) else (self.chosen,)

    def _on_what_chosen(self) -> None:
        like = self.panels[0] if self.panels and self.chosen not in (DASHBOARD, ALL) else DASHBOARD
        usual = self._saving.usual(like)
        if self.chosen == ALL:
            usual = msgspec.structs.replace(usual, height=max(usual.height, height_for(self.panels)))
        self.form.offer_usual(usual)
        self._on_entered()

    def _on_entered(self) -> None:
        """Say how large it will be, and draw it when nothing changes for a while."""
        options = self.form.wanted()
        possible = options is not None and bool(self.panels)
        self.save.setEnabled(possible)
        self.copy.setEnabled(possible and self.chosen != EACH)
        self.facts.setText(self._facts(options) if options is not None else "")
        self._say("")
        if not self.panels:
            self.preview.refuse(HIDDEN)
        elif options is not None:
            self.preview.ask(self.panels[: 1 if self.chosen == EACH else None], options, self._epoch)

    def _facts(self, options: Options) -> str:
        if self.chosen == EACH and len(self.panels) > 1:
            return f"The first of {len(self.panels)} pictures, each of {in_words(options)}"
        low = self.chosen in (DASHBOARD, ALL) and options.layout[1] < height_for(self.panels, LEAST_ROOM)
        return in_words(options) + (". There is little room for so many panels: choose a higher picture, or smaller letters." if low else "")

    # what is done with it

    def _on_save(self) -> None:
        options = self.form.wanted()
        if options is None or not self.panels:
            return
        ending = str(self._settings.value(f"{GROUP}/ending", ".png", type=str))
        each, panels = self.chosen == EACH, self.panels
        proposal = self._saving.proposal({EACH: "panel"}.get(self.chosen, self.chosen), ending)
        path = ask_where(self, "Save a picture", proposal, PICTURE_KINDS, lambda path: [for_panel(path, name) for name in panels] if each else [path])
        if path is not None:
            self.save_as(path, options)

    def save_as(self, path: Path, options: Options) -> None:
        """Have it written, and close; where nothing can be written, say so and stay."""
        try:
            writable_target(path)
        except FileError as problem:
            self._say(str(problem), wrong=True)
            return
        self._settings.setValue(f"{GROUP}/ending", path.suffix.lower())
        self._saving.remember_folder(str(path))
        self._saving.save_panels(self.panels, path, options, each=self.chosen == EACH, epoch=self._epoch)
        self.accept()

    def _on_copy(self) -> None:
        options = self.form.wanted()
        if options is not None:
            self._say("Drawing the picture…")
            self._saving.copy_panels(self.panels, options, self._epoch)

    def _on_copied(self) -> None:
        self._say("The picture is on the clipboard.")

    def _say(self, sentence: str, *, wrong: bool = False) -> None:
        paint_in(self.said, self._theme.error if wrong else self._theme.text)
        self.said.setText(breakable(sentence))

    # closing

    def done(self, result: int) -> None:
        """Close: remember what was chosen, and let go of a preview that is being drawn."""
        self.preview.let_go()
        self.form.keep(self._settings, GROUP)
        self._settings.setValue(f"{GROUP}/what", self.chosen)
        super().done(result)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """The window takes its dialog with it."""
        if event is not None and event.type() == QEvent.Type.Close:
            self.reject()
        return super().eventFilter(watched, event)

    # layout

    def _connect(self, window: QWidget) -> None:
        self.what.currentIndexChanged.connect(self._on_what_chosen)
        self.form.changed.connect(self._on_entered)
        self.save.clicked.connect(self._on_save)
        self.copy.clicked.connect(self._on_copy)
        clipboard = QGuiApplication.clipboard()
        assert clipboard is not None, "an application with a screen has a clipboard"
        clipboard.dataChanged.connect(self._on_copied)
        window.installEventFilter(self)

    def _lay_out(self) -> None:
        top = QGridLayout()
        top.setColumnMinimumWidth(0, NAMES_WIDTH)
        top.setColumnStretch(1, 1)
        name = QLabel("W&hat")
        name.setBuddy(self.what)
        top.addWidget(name, 0, 0)
        top.addWidget(self.what, 0, 1)
        left = QWidget()
        left.setFixedWidth(WIDTH)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(top)
        column.addWidget(self.form)
        column.addStretch(1)
        right = QVBoxLayout()
        right.addWidget(self.preview, 1)
        right.addWidget(self.facts)
        self.facts.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        parts = QHBoxLayout()
        parts.addWidget(left)
        parts.addLayout(right, 1)
        rows = QVBoxLayout(self)
        rows.addLayout(parts, 1)
        rows.addLayout(self._bottom())
        self.save.setDefault(True)  # not before it is in the dialog: it would not be for long
        for label, words in ((self.facts, "How large it will be"), (self.said, "What was done")):
            label.setAccessibleName(words)
            label.setWordWrap(True)

    def _bottom(self) -> QHBoxLayout:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        for button in buttons.buttons():
            button.setIcon(QIcon())  # the style's own are black in both themes
        self.copy.setToolTip("Put a PNG of it on the clipboard")
        self.save.setToolTip("Choose a file; its ending says the format")
        row = QHBoxLayout()
        row.addWidget(self.said, 1)
        row.addWidget(buttons)
        return row


def height_for(panels: Sequence[str], room: float = ROOM) -> float:
    """How high a picture of these panels is, in the screen's pixels, where the lowest one has so much room, and the caption its own."""
    columns: dict[int, list[int]] = {}
    for name in panels:
        columns.setdefault(PLACES[name].column, []).append(PLACES[name].share)
    return max((CAPTION + room * sum(shares) / min(shares) for shares in columns.values()), default=0.0)
