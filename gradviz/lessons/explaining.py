"""What is wrong with a lesson's table, said for a person who has never heard of the program that found it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any

import msgspec

from gradviz.lessons.fault import Fault
from gradviz.lessons.fields import CLAIMS, called, fields, nearest, table_at
from gradviz.lessons.lesson import Lesson
from gradviz.lessons.places import Path_, at

_PLACE = re.compile(r" - at `(?:key in )?\$(.*)`$")
_FIELD = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[(\.\.\.)\]")
#: Where a person finds what a file may say.
EXPLAINED = "`gradviz lessons format` explains them"
#: The fields that hold one table after the other.
LISTS_OF_TABLES = frozenset({"steps", "claims", "goal"})


def explained(problem: msgspec.ValidationError, table: dict[str, Any]) -> tuple[str, Path_]:
    """A problem that was found in a table, in a sentence, and the path to its field."""
    words = str(problem)
    place = _PLACE.search(words)
    path = [name or int(number or 0) for name, number, _any in _FIELD.findall(place[1] if place else "")]
    if isinstance(problem.__cause__, Fault):
        return sentence(str(problem.__cause__)), [*path, *problem.__cause__.path]
    words = _PLACE.sub("", words)
    for pattern, explain in EXPLANATIONS:
        found = re.fullmatch(pattern, words)
        if found:
            return explain(found, path, table)
    return sentence(words), path


def sentence(words: str) -> str:
    """The words with a full stop at their end."""
    return words if words.endswith(".") else f"{words}."


def shown(value: Any) -> str:
    """A value as a file has it, and of a long one its beginning."""
    text = in_toml(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def in_toml(value: Any) -> str:
    """A value as a file has it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {in_toml(one)}" for name, one in value.items()) + " }" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(in_toml, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return f"'{value}'" if isinstance(value, str) else str(value)


# --- what can be wrong ---------------------------------------------------------------------------------------------------------------------

Explanation = tuple[str, Path_]


def _missing(found: re.Match[str], path: Path_, _table: dict[str, Any]) -> Explanation:
    return f"the field {found[1]} is missing.", path


def _unknown(found: re.Match[str], path: Path_, table: dict[str, Any]) -> Explanation:
    name, kind = found[1], table_at(path, table)
    if kind is None:
        return f"there is no field '{name}' here; {EXPLAINED}.", [*path, name]
    known = [field.name for field in fields(kind)]
    having = called(kind)
    words = f"there is no field '{name}' here.{nearest(name, known)} {having[0].upper()}{having[1:]} may have {', '.join(known)}; {EXPLAINED}."
    return words, [*path, name]


def _no_value(found: re.Match[str], path: Path_, table: dict[str, Any]) -> Explanation:
    value = at(table, path)
    if path and path[-1] == "claim":
        return f"there is no claim {shown(value)}.{nearest(str(value), list(CLAIMS))} The claims are {', '.join(CLAIMS)}; {EXPLAINED}.", path
    return sentence(found[0]), path


def _no_choice(_found: re.Match[str], path: Path_, table: dict[str, Any]) -> Explanation:
    field = next((field for field in fields(table_at(path[:-1], table) or Lesson) if path and field.name == path[-1]), None)
    return f"it is {shown(at(table, path))}; it must be {field.kind if field else 'another one'}.", path


def _length(found: re.Match[str], path: Path_, table: dict[str, Any]) -> Explanation:
    return f"it is {shown(at(table, path))}; it must be a list of {found[1]}.", path


def _expected(found: re.Match[str], path: Path_, table: dict[str, Any]) -> Explanation:
    value, kind = at(table, path), found[1].removesuffix(" | null")
    header = _header(path)
    if kind == "array" and path[-1] in LISTS_OF_TABLES:
        return (f"{path[-1]} are tables: write {header}." if isinstance(value, dict) else f"it is {shown(value)}; {path[-1]} are tables: write {header}."), path
    if kind == "object" and isinstance(path[-1], str):
        return (f"{path[-1]} is a table; write {header}." if isinstance(value, list) else f"it is {shown(value)}; it must be a table: write {header}."), path
    if kind == "object" and path[-2] == "steps":
        return f"it is {shown(value)}; steps are tables: write {header}.", path
    return f"it is {shown(value)}; it must be {KINDS.get(kind, kind)}.", path


def _header(path: Sequence[str | int]) -> str:
    """How a table begins in a file."""
    names = [part for part in path if isinstance(part, str)]
    return f"[[{'.'.join(names)}]]" if names[-1] in LISTS_OF_TABLES else f"[{'.'.join(names)}]"


KINDS = {
    "str": "a text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list in [ ]",
    "object": "a table in { }",
}
#: What a check of types says, and how it is said here.
EXPLANATIONS: tuple[tuple[str, Callable[[re.Match[str], Path_, dict[str, Any]], Explanation]], ...] = (
    (r"Object missing required field `(.*)`", _missing),
    (r"Object contains unknown field `(.*)`", _unknown),
    (r"Invalid value .*", _no_value),
    (r"Invalid enum value .*", _no_choice),
    (r"Expected `array` of length (\d+), got \d+", _length),
    (r"Expected `(.*)`, got `.*`", _expected),
)
