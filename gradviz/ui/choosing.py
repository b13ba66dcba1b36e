"""Which panels are shown: those that a person has chosen in the View menu, and those that a preset or a picture asks for, as far as there is room."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMenu, QToolBar

from gradviz.runs.presets import Preset
from gradviz.runs.run import Run
from gradviz.ui import layout
from gradviz.ui.plots.dashboard import PLACES, USUAL

if TYPE_CHECKING:
    from gradviz.ui.window import Window


class Choosing:
    """Shows and hides the window's panels; those with keys have a button in the toolbar too."""

    def __init__(self, window: Window, asked: tuple[str, ...]) -> None:
        self._window = window
        self._chosen: frozenset[str] = USUAL
        self._asked = asked
        self.actions: list[QAction] = []

    def list_in(self, menu: QMenu, bar: QToolBar) -> None:
        """An entry for each panel."""
        self.actions = [layout.add_checkable(menu, place.title, place.name, self._on_chosen) for place in PLACES.values()]
        for action, place in zip(self.actions, PLACES.values(), strict=True):
            action.setChecked(place.name in USUAL)
            if place.keys:
                action.setShortcut(place.keys)
                action.setToolTip(f"Show or hide the {place.title.lower()} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
                action.setIconText(place.title.partition(" and ")[0])
                bar.addAction(action)

    def _on_chosen(self) -> None:
        self._chosen = frozenset(action.data() for action in self.actions if action.isChecked())
        self.ask_for(())

    def bring_back(self, names: Collection[str]) -> None:
        """Those that a person had chosen before, where that is known."""
        self._chosen = frozenset(names) & set(PLACES) or self._chosen
        self.ask_for(())

    def ask_for(self, names: tuple[str, ...]) -> None:
        """Show these panels beside those that a person has chosen, as far as there is room."""
        self._asked = names
        self.show()

    def show(self) -> None:
        """Show what is chosen and asked for; a name that is no panel's is said."""
        unknown = [name for name in self._asked if name not in PLACES]
        if unknown:
            self._window.messages.complain(f"The config shows '{unknown[0]}', which is no panel; the panels are {', '.join(PLACES)}.")
        asked, dashboard = [name for name in self._asked if name in PLACES], self._window.dashboard
        names = dashboard.with_room_for(asked, self._chosen)
        for action in self.actions:
            action.setChecked(action.data() in names)
        if names != dashboard.visible:
            dashboard.set_visible(names)
            self._window.watch_keys()  # a panel may have been made only now


def panels_of(what: Preset | Run) -> tuple[str, ...]:
    """The panels that a preset asks for."""
    return what.shows if isinstance(what, Preset) else ()
