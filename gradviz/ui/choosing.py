"""Which panels are shown: those that a person has chosen in the View menu, and those that a preset or a picture asks for, as far as there is room."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMenu, QToolBar

from gradviz.runs.presets import Preset
from gradviz.runs.run import Run
from gradviz.ui import layout
from gradviz.ui.plots.dashboard import PLACES, USUAL, Place

if TYPE_CHECKING:
    from gradviz.ui.window import Window


class Choosing:
    """Shows and hides the window's panels; those with keys have a button in the toolbar too."""

    def __init__(self, window: Window, asked: tuple[str, ...]) -> None:
        self._window = window
        self.chosen: frozenset[str] = window.preferring.panels_at_start()
        #: What a preset or a lesson asks for.
        self.asked = asked
        self.actions: list[QAction] = []
        #: An entry for each panel that shows it and no other.
        self.alone: list[QAction] = []

    def list_in(self, menu: QMenu, bar: QToolBar) -> None:
        """An entry for each panel."""
        self.actions = [layout.add_checkable(menu, place.title, place.name, self._on_chosen) for place in PLACES.values()]
        alone = menu.addMenu("One panel alone")
        assert alone is not None, "Qt makes the menu"
        for number, (action, place) in enumerate(zip(self.actions, PLACES.values(), strict=True), 1):
            action.setChecked(place.name in USUAL)
            action.setShortcuts([*[QKeySequence(place.keys)] * bool(place.keys), QKeySequence(f"Ctrl+{number % 10}")])
            keys = ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
            action.setToolTip(f"Show or hide the {place.title.lower()} ({keys})")
            if place.keys:
                action.setIconText(place.title.partition(" and ")[0])
                bar.addAction(action)
            self.alone.append(self._only(alone, place, f"Alt+{number % 10}"))
        self._window.addActions([*self.actions, *self.alone])  # their keys work while there is no menu

    def _only(self, menu: QMenu, place: Place, keys: str) -> QAction:
        """An entry that shows one panel, and no other."""
        action = menu.addAction(place.title)
        assert action is not None, "Qt makes the action"
        action.setObjectName(f"only_{place.name}")
        action.setShortcut(keys)
        action.setToolTip(f"Show {place.title.lower()} alone ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
        action.triggered.connect(lambda _checked: self._on_only(place.name))
        return action

    def _on_chosen(self) -> None:
        checked = frozenset(action.data() for action in self.actions if action.isChecked())
        if self._window.projecting.on:
            self._window.projecting.choose(checked)
            self.show()
            return
        self.chosen = checked
        self.ask_for(())

    def _on_only(self, name: str) -> None:
        if self._window.projecting.on:  # afterwards there is again what there was before
            self._window.projecting.show_only((name,))
            self.show()
        else:
            self.show_only((name,))

    @property
    def wanted(self) -> tuple[frozenset[str], tuple[str, ...]]:
        """What a person has chosen, and what a preset asks for, whatever a lesson or a hall makes of it."""
        return self.chosen, self.asked

    def want(self, wanted: tuple[frozenset[str], tuple[str, ...]]) -> None:
        """What was wanted before is wanted again; a hall sees the first of it."""
        self.chosen, self.asked = wanted
        board = self._window.dashboard
        self._window.projecting.show_only(board.with_room_for([name for name in self.asked if name in PLACES], self.chosen))
        self.show()

    def show_only(self, names: Collection[str]) -> None:
        """These panels and no others."""
        self.chosen = frozenset(names)
        self._window.projecting.show_only(names)
        self.ask_for(())

    def bring_back(self, names: Collection[str]) -> None:
        """Those that a person had chosen before, where that is known."""
        self.chosen = frozenset(names) & set(PLACES) or self.chosen
        self.ask_for(())

    def ask_for(self, names: tuple[str, ...]) -> None:
        """Show these panels beside those that a person has chosen, as far as there is room."""
        self.asked = names
        self._window.projecting.ask(names)
        self.show()

    def show(self) -> None:
        """Show what is chosen and asked for; a name that is no panel's is said."""
        unknown = [name for name in self.asked if name not in PLACES]
        if unknown:
            self._window.messages.complain(f"The config shows '{unknown[0]}', which is no panel; the panels are {', '.join(PLACES)}.")
        asked, projecting = [name for name in self.asked if name in PLACES], self._window.projecting
        self.show_these(frozenset(projecting.panels) if projecting.on else self._window.dashboard.with_room_for(asked, self.chosen))

    def show_these(self, names: frozenset[str]) -> None:
        """Show just these panels."""
        dashboard = self._window.dashboard
        for action in self.actions:
            action.setChecked(action.data() in names)
        if names != dashboard.visible:
            dashboard.set_visible(names)
            self._window.watch_keys()  # a panel may have been made only now


def panels_of(what: Preset | Run) -> tuple[str, ...]:
    """The panels that a preset asks for."""
    return what.shows if isinstance(what, Preset) else ()
