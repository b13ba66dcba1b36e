"""Where a config comes from: a preset by name, or a TOML file with one line for each parameter that differs from the default."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from gradviz.core.config import PARAMETERS, Config, ConfigError, unknown_parameter
from gradviz.runs.files import FileError, explained
from gradviz.runs.resources import resource

#: What a config file may say besides parameters.
WORDS = ("title", "description", "shows")


class Preset(msgspec.Struct, frozen=True):
    """A config with a name, a title, a sentence on what to look at, and the names of panels of plots that belong to it, besides the usual ones."""

    name: str
    title: str
    description: str
    config: Config
    shows: tuple[str, ...] = ()


@cache
def presets() -> Mapping[str, Preset]:
    """The presets by name, in the order of a course; the notebook's three cases come first."""
    tables = tomllib.loads(resource("presets.toml").read_text(encoding="utf-8"))
    return {name: _preset(name, table) for name, table in tables.items()}


def _preset(name: str, table: dict[str, Any]) -> Preset:
    values = {key: value for key, value in table.items() if key not in WORDS}
    for key in values:
        if key not in PARAMETERS:
            raise unknown_parameter(key)
    return Preset(name, str(table.get("title", name)), str(table.get("description", "")), Config(**values), _panels(table.get("shows", [])))


def _panels(shows: Any) -> tuple[str, ...]:
    if not isinstance(shows, list) or not all(isinstance(name, str) for name in shows):
        raise ConfigError("shows", f"shows is {shows!r}; it must be a list of panels' names, such as ['phase'].")
    return tuple(shows)


def read_config(path: Path) -> Preset:
    """The config in a TOML file; raises FileError or ConfigError, which name the file."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as problem:
        raise explained(problem, path, "read") from problem
    except UnicodeDecodeError:
        raise FileError(f"'{path}' is not a TOML config: it is not UTF-8; save it as UTF-8, as every text editor can.") from None
    except ValueError as problem:  # not TOML, or a number of too many digits
        raise FileError(f"'{path}' is not a TOML config: {problem}.") from None
    try:
        return _preset(path.stem, table)
    except ConfigError as problem:
        raise ConfigError(problem.name, f"In '{path}': {problem}") from None
