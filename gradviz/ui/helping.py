"""Help from the window: what each mark is, the keys on a sheet, the welcome of a first start, and what GradViz is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QDialog

from gradviz.ui.state import Phase

if TYPE_CHECKING:  # pages come with their first use
    from gradviz.runs.presets import Preset
    from gradviz.ui.help.asking import Asking
    from gradviz.ui.window import Window

#: The setting that says that a person has been welcomed.
WELCOMED = "welcomed"


class Helping:
    """Opens the window's pages of help; a page is there once."""

    def __init__(self, window: Window) -> None:
        self._window = window
        #: Whether the window was started by itself, and not on a file, a preset or a link: then a person may be here for the first time.
        self.greets = False
        self.asking: Asking | None = None

    def connect(self) -> None:
        """Let the menu's and the keys' intentions reach it."""
        intentions = {"seeing": self.explain, "whats_this": self.ask, "keys": self.show_keys, "welcome": self.welcome, "about": self.show_about}
        for name, intention in intentions.items():
            self._window.actions_by_name[name].triggered.connect(lambda _checked=False, intention=intention: intention())

    def begin(self) -> None:
        """The window is up: welcome a person who is here for the first time, unless there is something else to answer first."""
        settings = self._window.settings
        wanted = {"always": True, "never": False, "once": not settings.contains(WELCOMED)}[self._window.preferring["welcome"]]
        if self.greets and wanted and self._window.messages.isHidden():
            settings.setValue(WELCOMED, True)
            self.welcome()

    def explain(self) -> None:
        """The page that explains every mark."""
        from gradviz.ui.help.explanation import show_explanation

        if not self._brought_forward("explanation"):
            show_explanation(self._window)

    def ask(self) -> None:
        """What is this? Of what has the focus at once; then of everything that is clicked, until Escape."""
        if self.asking is None:
            from gradviz.ui.help.asking import Asking

            self.asking = Asking(self._window)
        self.asking.toggle(self._window.theme)

    def show_keys(self) -> None:
        """The sheet of keys, or away with it."""
        from gradviz.ui.help.key_sheet import show_keys

        sheet = self._window.findChild(QDialog, "key_sheet")
        if sheet is None:
            show_keys(self._window, hall=self._window.projecting.on)
        else:
            sheet.close()

    def welcome(self) -> None:
        """The notebook's three cases as large buttons."""
        from gradviz.ui.help.welcome import Welcome

        if self._brought_forward("welcome"):
            return
        page = Welcome(self._window, self._window.theme, lambda: self._window.now.phase is not Phase.PREPARING)
        page.chosen.connect(self._on_case_chosen)
        page.show()
        page.activateWindow()
        page.buttons[0].setFocus()

    def _on_case_chosen(self, preset: Preset) -> None:
        self._window.open(preset)
        self._window.activateWindow()
        self._window.dashboard.setFocus()  # so that Space runs it

    def show_about(self) -> None:
        """Versions, licences, and how to cite."""
        from gradviz.ui.help.about import show_about

        if not self._brought_forward("about"):
            show_about(self._window)

    def _brought_forward(self, name: str) -> bool:
        """Whether the page of this name is open; then it comes to the front."""
        page = self._window.findChild(QDialog, name)
        if page is not None:
            page.activateWindow()
        return page is not None
