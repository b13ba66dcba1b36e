"""The course that comes with GradViz: its lessons in the order in which they build on each other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from gradviz.lessons.lesson import Lesson
from gradviz.lessons.reading import read_lesson
from gradviz.runs.resources import resource


def course_files() -> tuple[Path, ...]:
    """The lessons' files; their names begin with their numbers."""
    return tuple(sorted(resource("lessons").glob("*.toml")))


@cache
def course() -> Mapping[str, Lesson]:
    """The lessons by name, such as `01-notebook`."""
    return {path.stem: read_lesson(path) for path in course_files()}
