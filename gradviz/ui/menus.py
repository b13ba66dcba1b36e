"""What a menu is given when it is opened: a letter to press for each entry, and what undoing would take back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PyQt6 import sip
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QMenu

from gradviz.core.interventions import Intervention
from gradviz.runs.run import Run
from gradviz.ui.state import Branch, State

if TYPE_CHECKING:
    from gradviz.ui.window import Window

#: A change is called by so many letters at most.
LONGEST = 40


def menus_ready(window: Window) -> None:
    """Let every menu of the window prepare itself when it is opened."""
    undo = window.actions_by_name["undo"]
    for menu in window.findChildren(QMenu):
        if undo in menu.actions():
            menu.aboutToShow.connect(partial(_name_undo, window))
        letters = Letters(menu)
        menu.aboutToShow.connect(partial(Letters.give, letters))  # a bound method would not keep it
        menu.aboutToHide.connect(partial(Letters.take, letters))


class Letters:
    """Underlines a letter of each entry of an open menu, another one for each, as far as there are enough."""

    def __init__(self, menu: QMenu) -> None:
        self._menu = menu
        self._given: list[tuple[QAction, str, str]] = []

    def give(self) -> None:
        """The menu is opened: its entries are what they are now."""
        self.take()
        entries = [action for action in self._menu.actions() if not action.isSeparator()]
        for action, text in zip(entries, lettered([action.text() for action in entries]), strict=True):
            if text != action.text():
                self._given.append((action, action.text(), text))
                action.setText(text)

    def take(self) -> None:
        """The menu is closed: an entry that is called as it was is called so without a letter, as on a button."""
        for action, plain, text in self._given:
            if not sip.isdeleted(action) and action.text() == text:
                action.setText(plain)
        self._given = []


def lettered(texts: Sequence[str]) -> list[str]:
    """The texts, each with an `&` before the letter that chooses it: its own, else one that no other has, one that begins a word where that can be.

    Who comes late and finds all of its letters taken has another text take its next one, as long as that goes (H. W. Kuhn 1955, on assignments).
    """
    found = list(texts)
    holders: dict[str, tuple[int, int]] = {}
    own = [_own(text) for text in texts]
    for place, letter in enumerate(own):
        if letter and letter in own[:place]:
            own[place], found[place] = "", _plain(texts[place])

    def seated(place: int, refused: set[str]) -> bool:
        letters = {where: found[place][where].lower() for where in _candidates(found[place])}
        for where, letter in sorted(letters.items(), key=lambda item: item[1] in holders):  # the free ones first, in their order
            if letter in refused or letter in own:
                continue
            refused.add(letter)
            if letter not in holders or seated(holders[letter][0], refused):
                holders[letter] = place, where
                return True
        return False

    for place in range(len(found)):
        if not own[place]:
            seated(place, set())
    for place, where in holders.values():
        found[place] = f"{found[place][:where]}&{found[place][where:]}"
    return found


def _own(text: str) -> str:
    """The letter that a text has already."""
    left = text.replace("&&", "")
    place = left.find("&")
    return left[place + 1 : place + 2].lower() if place >= 0 else ""


def _plain(text: str) -> str:
    """A text without its letter."""
    return "&&".join(part.replace("&", "") for part in text.split("&&"))


def _candidates(text: str) -> Iterable[int]:
    """The places of letters and digits that could be pressed, those that begin a word first."""
    pressed = [place for place, letter in enumerate(text) if letter.isascii() and letter.isalnum()]
    begins = [place for place in pressed if not place or not text[place - 1].isalnum()]
    return [*begins, *(place for place in pressed if place not in begins)]


# undoing


def _name_undo(window: Window) -> None:
    state, run, actions = window.now, window.run, window.actions_by_name
    actions["undo"].setText(_entry("Undo", state.past[-1] if state.past else None, state, run, back=True))
    actions["redo"].setText(_entry("Redo", state.future[-1] if state.future else None, state, run, back=False))


def _entry(verb: str, branch: Branch | None, state: State, run: Run, *, back: bool) -> str:
    """What the menu calls it: the change, or the experiment that comes back."""
    if branch is None:
        return f"{verb} change"
    if branch.experiment != state.experiment:
        words = f"{'back to' if back else 'on to'} {branch.name or 'the run'}"
    else:
        here, there = [*run.interventions, *state.made], [*branch.run.interventions, *branch.made]
        words = _difference(here, there) if back else _difference(there, here)
    words = words if len(words) <= LONGEST else f"{words[: LONGEST - 1].rstrip()}…"
    return f"{verb}: {words}".replace("&", "&&") if words else f"{verb} change"


def _difference(changed: Sequence[Intervention], before: Sequence[Intervention]) -> str:
    """The last change that the one has and the other has not."""
    return next((change.what for change in reversed(changed) if change not in before), "")
