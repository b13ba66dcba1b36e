"""Where a field stands in a lesson's file: its line, and its name as a person reads it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any

Path_ = Sequence[str | int]
#: What closes a value that a line leaves open: the beginning of a text is read as if it ended there.
ENDINGS = ("", "]", "}", "}]", '"""', "'''", '"""}', "]}", "]}]", '"""]')
_STEP = re.compile(r"^[ \t]*\[\[[ \t]*steps[ \t]*\]\]", re.MULTILINE)


def field_of(path: Path_) -> str:
    """A path as a person reads it, steps counted from 1: step 3, claims 1, within."""
    words: list[str] = []
    for part in path:
        if isinstance(part, int):
            words[-1] = f"{words[-1].removesuffix('s') if words[-1] == 'steps' else words[-1]} {part + 1}"
        else:
            words.append(part)
    return ", ".join(words)


def line_of(text: str, path: Path_) -> int:
    """The line on which a reader of the text first knows the field, counted from 1; of the longest part of its path that it ever knows."""
    skipped, text, path = _of_its_step(text, path)
    lines = text.split("\n")
    for known in range(len(path), 0, -1):
        for number in range(1, len(lines) + 1):
            if _knows("\n".join(lines[:number]), path[:known]):
                return skipped + number
    return 0


def _of_its_step(text: str, path: Path_) -> tuple[int, str, Path_]:
    """How many lines are before the step that a path leads into, the text of that step alone, and the path in it: to read it is a hundred times as quick."""
    whole = (0, text, path)
    if len(path) < 2 or path[0] != "steps" or not isinstance(path[1], int):
        return whole
    begins = [found.start() for found in _STEP.finditer(text)]
    begin = next((place for place in begins[path[1] :] if _steps(text[:place]) == path[1]), None)
    if begin is None:
        return whole
    end = next((place for place in begins if place > begin and _steps(text[begin:place]) == 1), len(text))
    return (text.count("\n", 0, begin), text[begin:end], ["steps", 0, *path[2:]])


def _steps(text: str) -> int:
    """How many steps a text has; -1 where it is not TOML, such as one that ends within a text of several lines."""
    try:
        return len(tomllib.loads(text).get("steps", []))
    except (ValueError, TypeError):
        return -1


def _knows(text: str, path: Path_) -> bool:
    for ending in ENDINGS:
        try:
            at(tomllib.loads(text + ending), path)
        except (ValueError, LookupError, TypeError):
            continue
        return True
    return False


def at(table: Any, path: Path_) -> Any:
    for part in path:
        table = table[part]
    return table
