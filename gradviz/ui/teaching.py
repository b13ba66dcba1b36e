"""A lesson in the window: its steps, what they run, what was predicted, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradviz.ui.window import Window


class Teaching:
    """Leads through a lesson's steps."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def connect(self) -> None:
        """Let the menu's and the keys' intentions reach it."""
