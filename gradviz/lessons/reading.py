"""Lessons are read from TOML that anyone can write in a text editor; what is wrong with one is a sentence with its line and its field."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from gradviz.lessons.fields import CLAIMS, called, fields, nearest, table_at
from gradviz.lessons.lesson import Fault, Lesson, check_whole
from gradviz.runs.files import FileError, explained

#: What closes a value that a line leaves open: the beginning of a text is read as if it ended there.
ENDINGS = ("", "]", "}", "}]", '"""', "'''", '"""}', "]}", "]}]", '"""]')


class LessonError(FileError):
    """What is wrong with a lesson's file, as a sentence with the line (0 where none is known) and the field."""

    def __init__(self, name: str, sentence: str, line: int = 0, field: str = "") -> None:
        place = f"In '{name}'" + (f", line {line:,}" if line else "") + (f", {field}" if field else "")
        super().__init__(f"{place}: {' '.join(sentence.split())}")  # a value in it may have lines of its own
        self.line, self.field = line, field


def read_lesson(path: Path) -> Lesson:
    """The lesson in a TOML file; raises FileError, of which LessonError names line and field."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise explained(problem, path, "read") from problem
    except ValueError:
        raise LessonError(path.name, "it is not a text in UTF-8.") from None
    return lesson_from(text, path.name)


def is_lesson(path: Path) -> bool:
    """Whether a TOML file is a lesson, or wants to be one: a config has no steps."""
    try:
        return re.search(r"^\s*(\[\[\s*steps\s*\]\]|steps\s*=)", path.read_text(encoding="utf-8-sig"), re.MULTILINE) is not None
    except (OSError, ValueError):  # who reads it says why not
        return False


def lesson_from(text: str, name: str) -> Lesson:
    """The lesson that a text says; its name is for the sentence of what is wrong."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        raise _not_toml(name, text, problem) from None
    try:
        lesson = msgspec.convert(table, Lesson)
        check_whole(lesson)
    except msgspec.ValidationError as problem:
        sentence, path = _explained(str(problem), table)
        raise LessonError(name, sentence, line_of(text, path), field_of(path)) from None
    except Fault as problem:
        raise LessonError(name, _sentence(str(problem)), line_of(text, problem.path), field_of(problem.path)) from None
    return lesson


def _not_toml(name: str, text: str, problem: Exception) -> LessonError:
    words = str(problem)
    found = re.search(r"\s*\(at line (\d+), column \d+\)", words)
    line = int(found[1]) if found else (text.count("\n") + 1 if "end of document" in words else 0)
    words = words.replace(found[0], "") if found else words.replace(" (at end of document)", "")
    return LessonError(name, f"it is not TOML: {words[:1].lower()}{words[1:]}.", line)


# --- where and what ------------------------------------------------------------------------------------------------------------------------

Path_ = Sequence[str | int]
_STEP = re.compile(r"^[ \t]*\[\[[ \t]*steps[ \t]*\]\]", re.MULTILINE)
_PLACE = re.compile(r" - at `(?:key in )?\$(.*)`$")
_FIELD = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[(\.\.\.)\]")


def _explained(problem: str, table: dict[str, Any]) -> tuple[str, Path_]:
    """A problem that msgspec found, in a sentence, and the path to its field."""
    place = _PLACE.search(problem)
    path: list[str | int] = []
    for name, number, _any in _FIELD.findall(place[1] if place else ""):
        path.append(name or int(number or 0))
    words = _PLACE.sub("", problem)
    missing = re.fullmatch(r"Object missing required field `(.*)`", words)
    if missing:
        return f"the field {missing[1]} is missing.", path
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", words)
    if unknown:
        return _unknown_field(unknown[1], table_at(path, table)), [*path, unknown[1]]
    value = _at(table, path)
    tag = re.fullmatch(r"Invalid value (.*)", words)
    if tag and path and path[-1] == "claim":
        return f"there is no claim '{value}'.{nearest(str(value), list(CLAIMS))} The claims are {', '.join(CLAIMS)}; {EXPLAINED}.", path
    if words.startswith("Invalid enum value") and path:
        field = next((field for field in fields(table_at(path[:-1], table) or Lesson) if field.name == path[-1]), None)
        return f"it is {_shown(value)}; it must be {field.kind if field else 'another one'}.", path
    length = re.fullmatch(r"Expected `array` of length (\d+), got (\d+)", words)
    if length:
        return f"it is {_shown(value)}; it must be a list of {length[1]}.", path
    expected = re.fullmatch(r"Expected `(.*)`, got `.*`", words)
    if expected:
        return f"it is {_shown(value)}; it must be {KINDS.get(expected[1], expected[1])}.", path
    return _sentence(words), path


KINDS = {
    "str": "a text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list in [ ]",
    "object": "a table in { }",
    "str | null": "a text in quotes",
    "int | null": "a whole number",
    "float | null": "a number",
}


def _unknown_field(name: str, table: type[msgspec.Struct] | None) -> str:
    if table is None:
        return f"there is no field '{name}' here; {EXPLAINED}."
    known = [field.name for field in fields(table)]
    having = called(table)
    return f"there is no field '{name}' here.{nearest(name, known)} {having[0].upper()}{having[1:]} may have {', '.join(known)}; {EXPLAINED}."


#: Where a person finds what a file may say.
EXPLAINED = "`gradviz lessons format` explains them"


def _sentence(words: str) -> str:
    return words if words.endswith(".") else f"{words}."


def _shown(value: Any) -> str:
    shown = f"'{value}'" if isinstance(value, str) else repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"


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
            _at(tomllib.loads(text + ending), path)
        except (ValueError, LookupError, TypeError):
            continue
        return True
    return False


def _at(table: Any, path: Path_) -> Any:
    for part in path:
        table = table[part]
    return table
