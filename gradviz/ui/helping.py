"""Help from the window: what each mark is, the keys on a sheet, the welcome of a first start, and what GradViz is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradviz.ui.window import Window


class Helping:
    """Opens the window's pages of help."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def connect(self) -> None:
        """Let the menu's and the keys' intentions reach it."""
        from gradviz.ui.help import show_about, show_explanation

        actions = self._window.actions_by_name
        actions["seeing"].triggered.connect(lambda _checked=False: show_explanation(self._window))
        actions["about"].triggered.connect(lambda _checked=False: show_about(self._window))

    def begin(self) -> None:
        """The window is up: welcome a person who is here for the first time."""
