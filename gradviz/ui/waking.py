"""What would wake a parameter that does nothing as the others are, in a sentence."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gradviz.core.combinations import USED
from gradviz.core.config import PARAMETERS, Parameter


def woken_by(name: str, values: Mapping[str, Any], sleeping: Collection[str]) -> str:
    """Which other parameters, that do not sleep themselves, make this one do something; found by trying."""
    ways = []
    for other in PARAMETERS.values():
        if other.name in sleeping:
            continue
        waking = [value for value in _others(other, values[other.name]) if USED[name]({**values, other.name: value})]
        if waking:
            ways.append(f"{other.title} {_is_one_of(other, waking, values[other.name])}")
    return f"Asleep: it acts only where {_listed(ways)}." if ways else "Asleep: as the other parameters are, it does nothing."


def _others(parameter: Parameter, now: Any) -> Iterator[Any]:
    """Values that a parameter might have instead of the one it has now: every choice, or 1 for a number."""
    yield from (choice for choice in parameter.choices if choice != now)
    if parameter.kind in (int, float):
        yield parameter.kind(1)


def _is_one_of(parameter: Parameter, waking: list[Any], now: Any) -> str:
    if (len(waking) > 1 and len(waking) == len(parameter.choices) - 1) or not parameter.choices:
        return f"is not {parameter.format(now)}"
    return f"is {_listed(waking)}"


def _listed(words: list[str]) -> str:
    """a, b or c."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
