"""What the plots show, in plain words: for a person who cannot see them, and for a screen reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradviz.ui.window import Window


class Telling:
    """Describes the panels in words, when it is asked for and when the picture stands still."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def connect(self) -> None:
        """Let the menu's and the keys' intentions reach it."""

    def settle(self) -> None:
        """Nothing moves any more: what a screen reader reads of each panel is what it shows now."""
