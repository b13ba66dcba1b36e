"""What a picture, a film, a saved run, a link, a preset or a config is: the experiment in it, in words, without training anything."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec

from gradviz.cli.replaying import MOST_CHANGES_SHOWN, _short
from gradviz.cli.training import _printable
from gradviz.core.config import PARAMETERS
from gradviz.core.words import short
from gradviz.runs.files import FileError, is_archive
from gradviz.runs.links import holds_link
from gradviz.runs.picture_files import recipe_in
from gradviz.runs.presets import presets, read_config
from gradviz.runs.recipe import Recipe, recipe_for, recipe_from_link, recipe_of


class Target(NamedTuple):
    """What was named on the command line: what kind of thing it is, the experiment, and whether it is a picture that was changed after it was written."""

    kind: str
    recipe: Recipe
    altered: bool = False
    sentence: str = ""


def resolve(target: str) -> Recipe:
    """The experiment in a picture, a film, a saved run, a link, a preset or a config file; raises FileError or ConfigError. Nothing is trained.

    A person's own table is looked for where the config says, beside the file, and in the folder that one is in.
    """
    return found(target).recipe


def found(target: str) -> Target:
    """What resolve() finds, and what kind of thing it is in."""
    if target in presets():
        preset = presets()[target]
        return Target("preset", recipe_for(preset.config, preset.name, preset.shows))
    path = Path(target)
    if holds_link(target) and not _exists(path):
        return Target("link", _with_table(recipe_from_link(target), Path.cwd()))
    if not _exists(path) and not path.suffix:
        raise FileError(f"There is no picture, run, config or preset '{target}'. The presets are {', '.join(presets())}.")
    return READERS[_kind(path)](path)


def _of_config(path: Path) -> Target:
    preset = read_config(path)
    return Target("config", _with_table(recipe_for(preset.config, preset.name, preset.shows), path.parent))


def _of_run(path: Path) -> Target:
    from gradviz.runs.store import read

    saved = read(path)
    return Target("run", _with_table(recipe_of(saved.run, name=path.name, made_with=saved.made_with, table=saved.table), path.parent))


def _of_picture(path: Path) -> Target:
    inside = recipe_in(path)
    return Target("picture", _with_table(inside.recipe, path.parent), inside.altered, inside.sentence)


READERS: dict[str, Callable[[Path], Target]] = {"config": _of_config, "run": _of_run, "picture": _of_picture}


def _kind(path: Path) -> str:
    """What a file is, by its ending where that says it, else by how it begins."""
    ending = {".toml": "config", ".npz": "run"}.get(path.suffix.lower())
    if ending is not None:
        return ending
    return "run" if is_archive(path) else "picture"


def _with_table(recipe: Recipe, folder: Path) -> Recipe:
    """With its table where that is there; where not, it can be shown all the same, and Recipe.train() says what is missing."""
    try:
        return recipe.with_table([folder.absolute(), Path.cwd()])
    except FileError:
        return recipe


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


# --- in words ------------------------------------------------------------------------------------------------------------------------------


def show_headless(target: str, *, as_json: bool) -> int:
    """Print what a target holds, as lines or as one JSON object; returns the exit status."""
    what = found(target)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(_as_object(target, what)), indent=2))
        return 0
    for line in _in_words(target, what):
        click.echo(_printable(line, sys.stdout))
    return 0


def _in_words(target: str, what: Target) -> list[str]:
    recipe, config = what.recipe, what.recipe.config
    called = recipe.name or "An experiment without a name"
    lines = [called if what.kind in ("link", "preset") or called == Path(target).name else f"{Path(target).name}: {called}"]
    lines.append(_epochs(recipe))
    differs = _differs(recipe)
    lines += [f"{name} = {_short(value)}" for name, value in differs.items()] or ["Every parameter has its default."]
    lines += [f"Changed at epoch {change}" for change in recipe.interventions[:MOST_CHANGES_SHOWN]]
    more = len(recipe.interventions) - MOST_CHANGES_SHOWN
    lines += [f"and {more:,} more changes; --json lists them all."] if more > 0 else []
    if recipe.fingerprint is not None:
        lines.append(f"Cost at epoch {recipe.epoch:,}: {short(float(recipe.fingerprint.cost), 10)}.")
    problem = recipe.table_problem() if config.data == "csv" else None
    lines += [str(problem)] if problem else []
    lines += [_made(recipe)] if recipe.made_with.known else []
    lines += [what.sentence] if what.sentence else []
    lines.append(_link(recipe)[1])
    return lines


def _epochs(recipe: Recipe) -> str:
    """Which epoch is shown, of how many, and how far it was trained."""
    all_epochs = recipe.config.epochs
    shown = f"Shows epoch {recipe.epoch:,} of {all_epochs:,} (from 0 to {all_epochs - 1:,})"
    return f"{shown}." if recipe.epochs_done in (recipe.epoch + 1, all_epochs) else f"{shown}; trained {recipe.epochs_done:,} epochs far."


def _differs(recipe: Recipe) -> dict[str, str]:
    """The parameters that are not at their defaults, as a person would type them."""
    values = {name: parameter.format(getattr(recipe.config, name)) for name, parameter in PARAMETERS.items()}
    return {name: value for name, value in values.items() if value != PARAMETERS[name].format(PARAMETERS[name].default)}


def _made(recipe: Recipe) -> str:
    return f"Recorded with {recipe.made_with}{f'; written by {recipe.written_by}' if recipe.written_by else ''}."


def _link(recipe: Recipe) -> tuple[str | None, str]:
    """The link, and what to say of it: the link itself, or why there is none."""
    try:
        return recipe.link, recipe.link
    except FileError as problem:
        return None, str(problem)


def _as_object(target: str, what: Target) -> dict[str, Any]:
    recipe = what.recipe
    fingerprint = recipe.fingerprint
    return {
        "target": target,
        "kind": what.kind,
        "name": recipe.name,
        "epoch": recipe.epoch,
        "epochs_done": recipe.epochs_done,
        "differs": {name: getattr(recipe.config, name) for name in _differs(recipe)},
        "interventions": [msgspec.structs.asdict(change) for change in recipe.interventions],
        "config": recipe.config.as_dict(),
        "panels": recipe.shows,
        "cost": None if fingerprint is None else float(fingerprint.cost),
        "fingerprint": None if fingerprint is None else fingerprint.numbers,
        "table": recipe.table_name or None,
        "table_sha256": recipe.table or None,
        "made_with": msgspec.structs.asdict(recipe.made_with),
        "written_by": recipe.written_by,
        "altered": what.altered,
        "link": _link(recipe)[0],
    }
