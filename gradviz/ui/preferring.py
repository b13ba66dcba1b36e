"""Preferences: how the window looks and what it keeps, chosen in one dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradviz.ui.window import Window


class Preferring:
    """Opens the preferences, and does what is chosen there."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def connect(self) -> None:
        """Let the menu's and the keys' intentions reach it."""
