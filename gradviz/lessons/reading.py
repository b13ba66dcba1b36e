"""Lessons are read from TOML that anyone can write in a text editor; what is wrong with one is a sentence with its line and its field."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from pathlib import Path

import msgspec

from gradviz.lessons.explaining import explained, sentence
from gradviz.lessons.fault import Fault
from gradviz.lessons.lesson import Lesson
from gradviz.lessons.places import field_of, line_of
from gradviz.lessons.whole import check_whole
from gradviz.runs import files
from gradviz.runs.files import FileError

#: What a lesson has at its top and no config ever has.
OF_A_LESSON = frozenset({"steps", "summary", "minutes"})
#: A line that only a lesson has, whatever is wrong with the others.
_LINE = re.compile(r"""^[ \t]*(\[{1,2}[ \t]*["']?steps\b|["']?(steps|summary|minutes)["']?[ \t]*[=.])""", re.MULTILINE)


class LessonError(FileError):
    """What is wrong with a lesson's file, as a sentence with the line (0 where none is known) and the field."""

    def __init__(self, name: str, sentence: str, line: int = 0, field: str = "") -> None:
        place = f"In '{name}'" + (f", line {line:,}" if line else "") + (f", {field}" if field else "")
        super().__init__(f"{place}: {' '.join(sentence.split())}")  # a value in it may have lines of its own
        self.line, self.field = line, field


def read_lesson(path: Path) -> Lesson:
    """The lesson in a TOML file; raises FileError, of which LessonError names line and field."""
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise files.explained(problem, path, "read") from problem
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise LessonError(path.name, "this file is not UTF-8; save it as UTF-8, as every text editor can.", line) from None
    return lesson_from(_with_plain_lines(text), path.name)


def is_lesson(path: Path) -> bool:
    """Whether a TOML file is a lesson, or wants to be one, however broken it is: a config has no steps."""
    try:
        raw = path.read_bytes()
    except (OSError, ValueError):  # who reads it says why not
        return False
    coding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    text = _with_plain_lines(raw.decode(coding, errors="replace"))
    try:
        return not OF_A_LESSON.isdisjoint(tomllib.loads(text))
    except (ValueError, RecursionError):
        return _LINE.search(text) is not None


def _with_plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def lesson_from(text: str, name: str) -> Lesson:
    """The lesson that a text says; its name is for the sentence of what is wrong."""
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise LessonError(name, "lists or tables are nested too deeply here.", _first_too_deep(text)) from None
    except ValueError as problem:
        raise _not_toml(name, text, problem) from None
    if not table:
        raise LessonError(name, "nothing is in this file; `gradviz lessons new FILE.toml` writes a lesson to begin with.", 1)
    try:
        lesson = msgspec.convert(table, Lesson)
        check_whole(lesson)
    except msgspec.ValidationError as problem:
        words, path = explained(problem, table)
    except Fault as problem:
        words, path = sentence(str(problem)), problem.path
    else:
        return lesson
    raise LessonError(name, words, line_of(text, path) or 1, field_of(path))


def _not_toml(name: str, text: str, problem: Exception) -> LessonError:
    words = str(problem)
    found = re.search(r"\s*\(at line (\d+), column \d+\)", words)
    line = int(found[1]) if found else (text.count("\n") + 1 if "end of document" in words else 0)
    words = words.replace(found[0], "") if found else words.replace(" (at end of document)", "")
    return LessonError(name, f"it is not TOML: {words[:1].lower()}{words[1:]}.", line)


def _first_too_deep(text: str) -> int:
    """The line at which lists or tables are nested too deeply to be read."""
    lines = text.split("\n")

    def is_too_deep(number: int) -> bool:
        try:
            tomllib.loads("\n".join(lines[:number]))
        except RecursionError:
            return True
        except ValueError:
            return False
        return False

    return bisect_left(range(len(lines)), True, key=is_too_deep)
