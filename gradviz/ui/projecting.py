"""Projector mode: large type and thick lines on few panels, for a hall, and the presenter's notes on another screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradviz.ui.window import Window


class Projecting:
    """Turns the window into what a hall can read, and back."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def connect(self) -> None:
        """Let the menu's and the keys' intentions reach it."""
