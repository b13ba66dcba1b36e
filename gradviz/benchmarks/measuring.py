"""What a measure is: a goal, a reading, and whether the one meets the other; and how programs are timed beside each other."""

from __future__ import annotations

import timeit
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple, TypeVar

import msgspec

from gradviz.benchmarks.missing import Missing
from gradviz.benchmarks.rivals import Training
from gradviz.core.config import Config

Name = TypeVar("Name")


class Goal(NamedTuple):
    """What a measured number should reach: at least, or at most, a bound."""

    at_least: bool
    bound: float
    unit: str

    def met_by(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.shown(self.bound)}"

    def shown(self, value: float) -> str:
        """A number with the goal's unit, to three digits or to the unit."""
        return f"{value:,.0f}{self.unit}" if abs(value) >= 100 else f"{value:.3g}{self.unit}"


class Reading(msgspec.Struct, frozen=True):
    """What a measure found: the number that has a goal, and the absolute numbers behind it in words."""

    value: float
    detail: str


class Measurement(msgspec.Struct, frozen=True):
    """One line of the table: what was measured, the number, its goal, whether it was met, and the absolute numbers."""

    name: str
    value: float
    goal: Goal
    passed: bool
    detail: str


class LeftOut(msgspec.Struct, frozen=True):
    """A line that cannot be measured on this machine, and the reason as the end of a sentence."""

    name: str
    reason: str


class Measure(NamedTuple):
    """Something to measure: its name, its goal, and the function that takes the reading or raises Missing."""

    key: str
    name: str
    goal: Goal
    take: Callable[[], Reading]

    def result(self) -> Measurement | LeftOut:
        """Measure now, which takes seconds."""
        try:
            reading = self.take()
        except Missing as missing:
            return LeftOut(self.name, str(missing))
        return Measurement(self.name, reading.value, self.goal, self.goal.met_by(reading.value), reading.detail)


class Contestant(NamedTuple):
    """A way to train, and the config that it trains in one turn."""

    train: Training
    config: Config


def shortest_turns(turns: Mapping[Name, Callable[[], object]], rounds: int) -> dict[Name, float]:
    """The seconds that each takes for a turn, one after the other again and again, so that a busy moment hits all of them.

    The shortest of all turns counts: nothing makes a program faster than it is, and everything else on the machine makes it slower.
    """
    shortest = dict.fromkeys(turns, float("inf"))
    for turn in turns.values():
        turn()  # compiles, loads, and touches its memory
    for _ in range(rounds):
        for name, turn in turns.items():
            shortest[name] = min(shortest[name], timeit.timeit(turn, number=1))
    return shortest


def seconds_per_epoch(contestants: Mapping[str, Contestant], rounds: int = 30) -> dict[str, float]:
    """The time that each takes for an epoch, the shortest of so many turns."""
    shortest = shortest_turns({name: partial(train, config) for name, (train, config) in contestants.items()}, rounds)
    return {name: seconds / contestants[name].config.epochs for name, seconds in shortest.items()}


def in_words(seconds: float) -> str:
    """A time to three digits, in microseconds below a millisecond and in milliseconds above."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:,.3g} µs"
    return f"{seconds * 1e3:,.3g} ms" if seconds < 0.1 else f"{seconds * 1e3:,.0f} ms"
