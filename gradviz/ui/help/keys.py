"""All keys on one sheet, made from the tables that give them: actions, panels, and the plots that have keys of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PyQt6.QtGui import QKeySequence

from gradviz.ui.actions import TABLE
from gradviz.ui.layout import MENUS
from gradviz.ui.plots.dashboard import PLACES
from gradviz.ui.plots.panel_keys import KEYS

#: A group's title takes so many lines, with the room above it.
HEADING = 1.6


class Key(NamedTuple):
    """Keys as they are written, and what they do."""

    keys: str
    does: str


class Group(NamedTuple):
    """Keys that belong together."""

    title: str
    keys: tuple[Key, ...]

    @property
    def lines(self) -> float:
        """How high it is, in lines."""
        return HEADING + len(self.keys)


#: The keys of what has the focus.
OWN_KEYS = (
    Group(
        "On the timeline",
        (
            Key("← →", "an epoch back, on"),
            Key("PgUp PgDown", "a tenth back, on"),
            Key("Home", "epoch 0"),
            Key("End", "the newest epoch"),
            Key("Shift+Home End", "a loop begins, ends here"),
        ),
    ),
    Group("On every plot", tuple(Key(keys, does) for keys, does in KEYS.items())),
    Group(
        "On the weights",
        (
            Key("PgUp PgDown", "choose a layer"),
            Key("↑ ↓", "its weights by 5 %"),
            Key("Esc", "give back what is dragged"),
        ),
    ),
    Group(
        "On the phase map",
        (
            Key("← → ↑ ↓", "move the ring"),
            Key("Shift+← → ↑ ↓", "five times as far"),
            Key("Enter", "start there"),
            Key("Esc", "the ring goes back"),
        ),
    ),
    Group("On layer × epoch", (Key("Esc", "take the pinned box away"),)),
    Group(
        "On the pinned runs",
        (
            Key("Space", "show or hide"),
            Key("Alt+↑ ↓", "change the order"),
            Key("F2", "rename"),
            Key("C", "another colour"),
            Key("Del", "unpin"),
        ),
    ),
    Group(
        "Everywhere",
        (
            Key("Tab, Shift+Tab", "to the next, the one before"),
            Key("Alt+letter", "a menu"),
            Key("Esc", "close, leave, give back"),
        ),
    ),
)
#: What is held while a panel's number is pressed, and what that does.
PANEL_KEYS = {"Ctrl": "Show or hide a panel", "Alt": "One panel alone"}
#: The menus that a lecturer in a hall needs first.
FIRST_IN_A_HALL = ("Run", "Lesson")
#: Qt's names of keys, as a keyboard shows them.
SIGNS = {"Right": "→", "Left": "←", "Up": "↑", "Down": "↓"}


def written(keys: str) -> str:
    """Keys of the table as they are read: `PgDown, N` and `Ctrl+Shift+→`."""
    return ", ".join(_sequence(part) for part in keys.split(", "))


def _sequence(keys: str) -> str:
    if keys.endswith(("+", ",")):  # such a key parts no others
        return keys
    *held, last = QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText).rsplit("+", 1)
    return "+".join([*held, SIGNS.get(last, last)])


def groups(*, hall: bool = False) -> tuple[Group, ...]:
    """All keys, grouped as the menus are, and after them those of what has the focus; what a hall needs first comes first there."""
    found = [group for group in (*_of_menus(), *OWN_KEYS) if group.keys]
    return tuple(sorted(found, key=lambda group: hall and group.title not in FIRST_IN_A_HALL))


def _of_menus() -> Iterator[Group]:
    entries = {entry.name: entry for entry in TABLE}
    for title, names in MENUS.items():
        found = [Key(written(entries[name].keys), entries[name].text.rstrip("…")) for name in names if name and entries[name].keys]
        if title == "&View":
            found += [*_of_panels(), *(Key(written(place.keys), place.title) for place in PLACES.values() if place.keys)]
        yield Group(title.replace("&", ""), tuple(found))


def _of_panels() -> Iterator[Key]:
    """The keys that panels have by their number in the menu; the tenth has 0."""
    for held, does in PANEL_KEYS.items():
        yield Key(f"{held}+1 … {held}+{len(PLACES) % 10}", does)


def in_columns(shown: Sequence[Group], columns: int) -> list[list[Group]]:
    """The groups in their order in so many columns, the longest of which is as short as can be."""
    limits = sorted({sum(group.lines for group in shown[first : last + 1]) for first in range(len(shown)) for last in range(first, len(shown))})
    return next(filled for limit in limits if len(filled := _filled(shown, limit)) <= columns)


def _filled(shown: Sequence[Group], limit: float) -> list[list[Group]]:
    """Columns of no more than so many lines."""
    columns: list[list[Group]] = [[]]
    for group in shown:
        if columns[-1] and sum(other.lines for other in columns[-1]) + group.lines > limit:
            columns.append([])
        columns[-1].append(group)
    return columns if all(sum(group.lines for group in column) <= limit for column in columns) else [list(shown)] * 99


def as_text(shown: Sequence[Group]) -> str:
    """The sheet as a screen reader reads it."""
    return ". ".join(f"{group.title}: " + "; ".join(f"{key.keys}, {key.does}" for key in group.keys) for group in shown) + "."
