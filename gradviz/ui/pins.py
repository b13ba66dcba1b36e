"""Runs that are pinned: they stay behind the live one, to be compared with it. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gradviz.runs.run import Run

#: Each theme has so many colours for pinned runs; the next one has the first again.
COLOURS = 6


@dataclass(frozen=True)
class Pin:
    """A run that stays on the plots: its name, its colour's number, and whether it is shown."""

    key: int
    run: Run
    name: str
    colour: int
    visible: bool = True
    #: Whether it is trained along with the live run, epoch by epoch.
    trains: bool = False


Pins = tuple[Pin, ...]


def pinned(pins: Pins, run: Run, name: str) -> Pins:
    """Pin a run below the others, in the first colour that is free, under a name that no other has."""
    key = 1 + max((pin.key for pin in pins), default=0)
    taken = {pin.colour for pin in pins}
    colour = next((number for number in range(COLOURS) if number not in taken), key % COLOURS)
    return (*pins, Pin(key, run, _free(name, {pin.name for pin in pins}), colour))


def changed(pins: Pins, key: int, **values: object) -> Pins:
    """Another name, colour or visibility of one pin; a name that another has gets a number, and an empty one stays what it was."""
    if "name" in values:
        name = " ".join(str(values.pop("name")).split())
        values |= {"name": _free(name, {pin.name for pin in pins if pin.key != key})} if name else {}
    return tuple(replace(pin, **values) if pin.key == key else pin for pin in pins)  # type: ignore[arg-type]


def next_colour(pins: Pins, key: int) -> int:
    """The colour that comes after a pin's own: the next that no other has, or where all are taken the next one."""
    own = next(pin.colour for pin in pins if pin.key == key)
    taken = {pin.colour for pin in pins if pin.key != key}
    others = [(own + step) % COLOURS for step in range(1, COLOURS)]
    return next((colour for colour in others if colour not in taken), others[0])


def moved(pins: Pins, key: int, by: int) -> tuple[int, ...]:
    """The keys in their order when one of them has moved down by so many places, or up by as many below 0; it stops at the ends."""
    keys = [pin.key for pin in pins]
    place = keys.index(key)
    keys.insert(min(max(place + by, 0), len(keys) - 1), keys.pop(place))
    return tuple(keys)


def removed(pins: Pins, key: int) -> Pins:
    """Without this one."""
    return tuple(pin for pin in pins if pin.key != key)


def in_order(pins: Pins, keys: tuple[int, ...]) -> Pins:
    """In the order of these keys."""
    return tuple(sorted(pins, key=lambda pin: keys.index(pin.key)))


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name} ({number})" for number in range(2, len(taken) + 3) if f"{name} ({number})" not in taken)


def renewed(pins: Pins) -> Pins:
    """Those that are trained along begin anew, with what they began with."""
    return tuple(replace(pin, run=Run(pin.run.config, memory=pin.run.memory)) if pin.trains else pin for pin in pins)


def left_alone(pins: Pins) -> Pins:
    """None is trained along any more; they stay as they are."""
    return tuple(replace(pin, trains=False) if pin.trains else pin for pin in pins)
