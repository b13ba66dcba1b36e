"""Preferences: how the window looks, how it starts and what it keeps, declared once, chosen in one dialog, and brought back at the next start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PyQt6.QtCore import QByteArray, QSettings, QSize, Qt
from PyQt6.QtWidgets import QSplitter, QStyle

from gradviz.runs.run import PROFILE_MEMORY
from gradviz.ui.layout import THEMES
from gradviz.ui.playhead import trailing
from gradviz.ui.plots.dashboard import PLACES, USUAL
from gradviz.ui.state import Speed, State

if TYPE_CHECKING:
    from gradviz.ui.dialogs.preferences import PreferencesDialog
    from gradviz.ui.window import Window

#: How many past epochs leave faint curves behind.
TRAILS = {0: "None", 10: "Of 10 epochs", 50: "Of 50 epochs", 200: "Of 200 epochs", 1000: "Of 1,000 epochs"}


class Choice(NamedTuple):
    """One of several: its words, what there is to choose and how that reads, which is the usual, and what it is about."""

    title: str
    allowed: Mapping[str, str]
    usual: str
    help: str


class Number(NamedTuple):
    """A whole number: its words, its bounds, the usual one, what stands behind it, and what it is about."""

    title: str
    bounds: tuple[int, int]
    usual: int
    unit: str
    help: str


#: By their names in the settings.
CHOICES = {
    "theme": Choice("&Colours", dict(THEMES), "system", "The colours of the window and its plots"),
    "trails": Choice("&Trails", {str(epochs): words for epochs, words in TRAILS.items()}, "0", "Faint curves of so many past epochs behind each profile"),
    "start_speed": Choice(
        "&Speed",
        {"normal": "Normal", "slow": "Slow", "fast": "Fast", "last": "As it was the last time"},
        "normal",
        "How fast a training runs at first: Normal draws up to 30 epochs a second, Slow two, Fast as many as the screen follows",
    ),
    "start_panels": Choice(
        "&Panels",
        {"last": "Those of the last time", "usual": "The usual ones", "own": "These:"},
        "last",
        "Which panels are there at first, beside those that a preset asks for",
    ),
    "welcome": Choice(
        "&Welcome",
        {"once": "At the first start", "always": "At every start", "never": "Never"},
        "once",
        "Whether GradViz, started by itself, begins with the notebook's three cases",
    ),
    "left_behind": Choice(
        "&After a crash",
        {"ask": "Ask what to do", "always": "Bring everything back", "never": "Forget what was there"},
        "ask",
        "What becomes of the experiment of a window that could not close, at the next start",
    ),
    "folder_choice": Choice("&Folder", {"last": "That of the last file", "own": "Always this one:"}, "last", "Where the dialogs for files begin"),
}
NUMBERS = {
    "recent_kept": Number("&Recent files", (0, 30), 8, "files", "So many are in the list of the last files"),
    "memory": Number(
        "&Memory",
        (8, 65_536),
        PROFILE_MEMORY >> 20,
        "MB for recording",
        "So much may the recorded profiles of a run take; beyond it they are thinned out, and their extremes kept",
    ),
}
#: Names of panels, with commas between, and a folder, where those are chosen.
OWN_PANELS, LAST_PANELS, OWN_FOLDER = "own_panels", "last_panels", "own_folder"
#: How large the first window is, where the screen has room for it.
FIRST_SIZE = QSize(1280, 800)
#: While one of these is on, the window is as a hall or a lesson needs it, and not as a person wants to find it again: how it was before is kept.
ELSEWHERE = ("projector", "lessons")
#: Everything that Restore defaults forgets.
ALL = (*CHOICES, *NUMBERS, OWN_PANELS, OWN_FOLDER)


def text_in(settings: QSettings, name: str, usual: str = "") -> str:
    """A setting as a text; the usual one where somebody has written something else there."""
    value = settings.value(name)
    return value if isinstance(value, str) else usual


def folder_in(settings: QSettings) -> str:
    """Where the dialogs for files begin: in the folder that is chosen for it, else in that of the last file, else at home."""
    own = text_in(settings, OWN_FOLDER) if text_in(settings, "folder_choice") == "own" else ""
    return next((folder for folder in (own, text_in(settings, "folder")) if folder and Path(folder).is_dir()), str(Path.home()))


class Preferring:
    """What a person prefers, read from the settings as far as it makes sense there; opens the preferences, and does what is chosen in them."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.settings = window.settings
        self.dialog: PreferencesDialog | None = None

    def connect(self) -> None:
        """Let the menu's and the keys' intentions reach it."""
        actions = self._window.actions_by_name
        actions["preferences"].triggered.connect(lambda _checked=False: self.ask())
        actions["memory"].triggered.connect(lambda _checked=False: self.ask("memory"))
        for name in ELSEWHERE:
            actions[name].toggled.connect(lambda on: self.keep() if on and self._window.is_up else None)

    def ask(self, name: str = "") -> None:
        """Open the preferences beside the window, at the field of this name."""
        if self.dialog is None:
            from gradviz.ui.dialogs.preferences import PreferencesDialog

            self.dialog = PreferencesDialog(self._window, self)
        self.dialog.show_preferences()
        self.dialog.begin_at(name)

    # what is preferred

    def __getitem__(self, name: str) -> str:
        """Which of its choices."""
        choice = CHOICES[name]
        value = str(self.settings.value(name, choice.usual))
        return value if value in choice.allowed else choice.usual

    def number(self, name: str) -> int:
        """How much, or how many."""
        least, most = NUMBERS[name].bounds
        text = str(self.settings.value(name, ""))
        return min(max(int(text), least), most) if text.isdecimal() and len(text) < 10 else NUMBERS[name].usual

    @property
    def own_panels(self) -> frozenset[str]:
        """The panels that are chosen for the start; the usual ones where none is."""
        return self._panels(OWN_PANELS)

    def _panels(self, name: str) -> frozenset[str]:
        return frozenset(text_in(self.settings, name).split(",")) & set(PLACES) or USUAL

    # choosing

    def choose(self, name: str, value: str | int) -> None:
        """Prefer this from now on; what can be seen is seen at once."""
        self.settings.setValue(name, value)
        self._act(name)

    def restore_defaults(self) -> None:
        """Prefer nothing any more."""
        for name in ALL:
            self.settings.remove(name)
        for name in (*CHOICES, *NUMBERS):
            self._act(name)

    def _act(self, name: str) -> None:
        window = self._window
        if name == "theme":
            window.use_theme(self["theme"])
        elif name == "trails":
            window.show_state(replace(window.now, head=trailing(window.now.head, int(self["trails"]))))
            self.check_trails()
        elif name == "memory":
            window.allow_memory(self.number("memory"))
        elif name == "recent_kept":
            window.opening.shorten()
        if self.dialog is not None:
            self.dialog.show_preferences()

    def check_trails(self) -> None:
        """Check the entry of the View menu that says what is left behind."""
        for action in self._window.trail_actions.actions():
            action.setChecked(action.data() == self["trails"])

    # the start and the end

    def begun(self, state: State) -> State:
        """The first state, at the speed and with the trails that a person prefers."""
        last = text_in(self.settings, "last_speed", "normal")
        name = (last if self["start_speed"] == "last" else self["start_speed"]).upper()
        return replace(state, speed=Speed.__members__.get(name, Speed.NORMAL), head=trailing(state.head, int(self["trails"])))

    def panels_at_start(self) -> frozenset[str]:
        """The panels to begin with."""
        return {"usual": USUAL, "own": self.own_panels, "last": self._panels(LAST_PANELS)}[self["start_panels"]]

    def place(self) -> None:
        """Put the window where it was the last time, which Qt makes fit the screen; at first it is no larger than the screen, with a title above it."""
        window, kept = self._window, self.settings.value("geometry")
        if isinstance(kept, QByteArray) and window.restoreGeometry(kept):
            return
        screen, style = window.screen(), window.style()
        assert screen is not None, "a window is on a screen"
        assert style is not None, "every widget has one"
        room = screen.availableGeometry().size() - QSize(0, style.pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight))
        window.resize(FIRST_SIZE.boundedTo(room))

    def share_room(self) -> None:
        """Share the window's room as it was shared the last time: between fields and plots, between columns, and between the same panels."""
        split, dashboard = self._split, self._window.dashboard
        kept = self.settings.value("split")
        if split is not None and isinstance(kept, QByteArray):
            split.restoreState(kept)
        columns, heights = self.settings.value("columns"), _heights(text_in(self.settings, "heights"))
        now = dashboard.proportions()[1]
        same = [len(sizes) for sizes in heights] == [len(sizes) for sizes in now] and text_in(self.settings, "shared_by") == self._visible
        if isinstance(columns, QByteArray):
            dashboard.share_room((columns, heights if same else now))

    def keep(self) -> None:
        """Keep how the window is, for the next start."""
        window, settings = self._window, self.settings
        columns, heights = window.dashboard.proportions()
        settings.setValue("geometry", window.saveGeometry())
        settings.setValue("columns", columns)
        settings.setValue("heights", json.dumps(heights))
        settings.setValue("shared_by", self._visible)
        settings.setValue(LAST_PANELS, ",".join(sorted(window.choosing.chosen)))
        if self._split is not None:
            settings.setValue("split", self._split.saveState())

    def close(self) -> None:
        """The window closes."""
        self.settings.setValue("last_speed", self._window.now.speed.name.lower())
        if not any(self._window.actions_by_name[name].isChecked() for name in ELSEWHERE):
            self.keep()
        if self.dialog is not None:
            self.dialog.close()

    @property
    def _visible(self) -> str:
        return ",".join(sorted(self._window.dashboard.visible))

    @property
    def _split(self) -> QSplitter | None:
        """Between fields and plots."""
        centre = self._window.centralWidget()
        return centre.findChild(QSplitter, options=Qt.FindChildOption.FindDirectChildrenOnly) if centre is not None else None


def _heights(text: str) -> list[list[int]]:
    """The heights of panels, column by column, as they were kept; none where that makes no sense."""
    try:
        found = json.loads(text)
    except ValueError:
        return []
    whole = isinstance(found, list) and all(isinstance(sizes, list) and all(type(size) is int and 0 <= size < 10**5 for size in sizes) for sizes in found)
    return found if whole else []
