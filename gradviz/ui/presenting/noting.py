"""The presenter's notes beside a window: what a lesson says at its step, on the screen that the hall does not see."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PyQt6 import sip
from PyQt6.QtGui import QGuiApplication

if TYPE_CHECKING:  # it comes with its first use
    from gradviz.ui.presenting.notes import NotesWindow
    from gradviz.ui.window import Window

#: These keys work in the window of notes as well.
SHARED = (
    *("run", "step", "reset", "slow", "normal", "fast", "back", "play", "follow", "bookmark"),
    *("lessons", "lesson_on", "lesson_back", "lesson_next", "show_me", "answer", "your_turn", "projector", "notes"),
)


class Notes(NamedTuple):
    """What a step's notes are, as the notes' window shows them."""

    title: str = ""
    notes: str = ""
    place: str = ""
    following: str = ""


class Noting:
    """Keeps what is to be said, and shows it in a window where a person wants that."""

    def __init__(self, window: Window) -> None:
        self._window = window
        #: The notes' window, where it has been opened.
        self.notes: NotesWindow | None = None
        self._said = Notes()
        #: Whether they came by themselves, and whether a person has sent them away since the hall looks.
        self._came = self._unwanted = False

    def begin(self) -> None:
        """A hall looks from now on: what there is to be said comes on the other screen, where there is one."""
        self._unwanted = False
        self._come()

    def end(self) -> None:
        """The hall has gone: what came by itself goes by itself."""
        if self._came and self.notes is not None:
            self.notes.close()

    def _come(self) -> None:
        """Show the notes of a lesson beside the hall, unless they are there or a person wants none; the keys stay where they are."""
        shown = self.notes is not None and self.notes.isVisible()
        if shown or self._unwanted or not self._said.title or not self._window.projecting.on or len(QGuiApplication.screens()) < 2:
            return
        self._window.actions_by_name["notes"].setChecked(True)
        self.open(True)
        self._came = True
        self._window.activateWindow()

    def show(self, said: Notes) -> None:
        """This is to be said now."""
        self._said = said
        if self.notes is not None:
            self.notes.show_notes(*said)
        self._come()

    def open(self, on: bool) -> None:
        """Open the notes on the screen that the hall does not see, or else in a window beside this one; or close them."""
        if not on:
            if self.notes is not None:
                self.notes.close()
            return
        if self.notes is None:
            self.notes = self._made()
        self.notes.show_notes(*self._said)
        screen = QGuiApplication.primaryScreen()
        if len(QGuiApplication.screens()) > 1 and screen is not None:
            self.notes.setGeometry(screen.availableGeometry())
        self.notes.show()

    def _made(self) -> NotesWindow:
        from gradviz.ui.presenting.notes import NotesWindow

        window, made = self._window, NotesWindow()
        made.share_keys([*(window.actions_by_name[name] for name in SHARED), *window.choosing.actions, *window.choosing.alone])
        made.closed.connect(self._on_closed)
        return made

    def _on_closed(self) -> None:
        """Keys go to the plots again."""
        self._came, self._unwanted = False, True
        self._window.actions_by_name["notes"].setChecked(False)
        if self.notes is not None and self.notes.isActiveWindow():
            self._window.activateWindow()

    def close(self) -> None:
        """The window closes, and the notes with it."""
        if self.notes is not None:
            self.notes.close()
            sip.delete(self.notes)  # at once: it has no parent that would take it along before the application goes
            self.notes = None
