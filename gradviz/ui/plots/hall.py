"""Which panels are shown in a hall, and where they stand: at most three, as large as they can be. No Qt here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

#: More panels than these cannot be read from the last row.
MOST = 3
#: What is shown first of many, where nobody has asked for anything.
FIRST = ("gradients", "activations", "why", "heatmap", "cost", "phi", "phase", "weights", "together", "difference")
#: Panels in a room that is less than so many times as wide as high stand above each other, where they are two.
NARROW = 1.6
#: These are several plots, or a map: they need the height of the screen.
TALL = frozenset({"why", "weights", "phase", "together", "difference"})


def first_of(visible: Collection[str], asked: Sequence[str] = ()) -> tuple[str, ...]:
    """Which of the visible panels a hall sees first: those that were asked for, then by their importance; the least important first."""
    wanted = [name for name in (*asked, *FIRST) if name in visible]
    return tuple(reversed(list(dict.fromkeys(wanted))[:MOST]))


def with_newest(shown: Sequence[str], asked: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Panels with those that are asked for now as the newest of them, and which have to go: where there are too many, the oldest."""
    newest = list(dict.fromkeys(asked))[-MOST:]
    kept = [*(name for name in shown if name not in newest), *newest]
    return tuple(kept[-MOST:]), tuple(kept[:-MOST])


def columns(names: Sequence[str], *, narrow: bool = False) -> Mapping[str, int]:
    """In which of two columns each of one to three panels stands: two above each other, unless one needs all the height; of three, one beside two.

    `narrow`: a lesson stands beside them, and two columns would leave each too little to read by.
    """
    tall = [name for name in names if name in TALL]
    if len(names) < MOST and (narrow or not (tall and len(names) > 1)):
        return dict.fromkeys(names, 0)
    alone = (tall or list(names))[-1]
    return {name: int(name == alone) for name in names}
