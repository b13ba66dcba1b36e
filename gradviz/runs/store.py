"""A run as one file: an npz with a JSON manifest and no pickle, safe to open from a stranger."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz import __version__
from gradviz.core.config import Config, ConfigError
from gradviz.core.frames import Ending, Frames, Intervention
from gradviz.runs.files import FileError, explained, written_whole
from gradviz.runs.run import Run

FORMAT = "gradviz run"
VERSION = 1


class Manifest(msgspec.Struct, frozen=True):
    """What a run file says of itself."""

    format: str
    version: int
    written_by: str
    config: dict[str, Any]
    interventions: list[Intervention]
    ending: Ending | None
    stride: int
    epochs_done: int = 0


def save(run: Run, path: Path) -> None:
    """Write a run to `path`, whole or not at all."""
    manifest = Manifest(FORMAT, VERSION, f"gradviz {__version__}", run.config.as_dict(), run.interventions, run.ending, run.stride, run.epochs_done)
    scores: dict[str, Any] = {"epoch": run.epoch, **{name: run.score(name) for name in run.frames.SCORES}}
    profiles: dict[str, Any] = {f"profile_{name}" if name in scores else name: column for name, column in run.frames.columns().items()}
    with written_whole(path) as beside, beside.open("wb") as file:
        np.savez(file, manifest=np.frombuffer(msgspec.json.encode(manifest), np.uint8), **scores, **profiles)


def load(path: Path) -> Run:
    """Read a run from `path`; raises FileError with a sentence for a file that is missing, foreign or damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > path.stat().st_size:
                raise FileError(f"'{path}' is not a run saved by GradViz: its parts claim to be larger than the file.")
        with np.load(path, allow_pickle=False) as parts:
            return _assembled({name: parts[name] for name in parts.files}, path)
    except FileError:
        raise
    except zipfile.BadZipFile:
        raise FileError(f"'{path}' is not a run saved by GradViz, or it is cut short; a run file ends in .npz and opens as a whole.") from None
    except OSError as problem:
        raise explained(problem, path, "read") from problem
    except ConfigError as problem:
        raise FileError(f"'{path}' holds a config that no run can have: {problem}") from problem
    except Exception as problem:  # a stranger's bytes fail in any of the many ways that zip, npy and JSON know
        raise FileError(f"'{path}' is damaged, or was not saved by GradViz: its parts cannot be read.") from problem


def _assembled(parts: dict[str, NDArray[Any]], path: Path) -> Run:
    if "manifest" not in parts:
        raise FileError(f"'{path}' is not a run saved by GradViz: it has no manifest.")
    manifest = msgspec.json.decode(parts["manifest"].tobytes(), type=Manifest)
    if manifest.format != FORMAT or manifest.version > VERSION:
        raise FileError(f"'{path}' was written by {manifest.written_by} in format version {manifest.version}; this GradViz reads up to version {VERSION}.")
    config = Config(**manifest.config)
    nothing = Frames.empty(config)
    scores = {name: parts[name] for name in ("epoch", *nothing.SCORES)}
    shapes = {name: column.shape[1:] for name, column in nothing.columns().items()}
    profiles: dict[str, Any] = {name: parts[f"profile_{name}" if name in scores else name] for name in shapes}
    rows = len(profiles["epoch"])
    for name, column in profiles.items():
        expected = np.int64 if name == "epoch" else np.float64
        if column.shape != (rows, *shapes[name]) or column.dtype != expected:
            raise FileError(f"'{path}' is damaged: {name} has shape {column.shape}, and {(rows, *shapes[name])} was expected.")
    for name, column in scores.items():
        if column.shape != scores["epoch"].shape or column.ndim != 1 or not rows:
            raise FileError(f"'{path}' is damaged: it holds {scores['epoch'].size} epochs and {column.size} numbers of {name}.")
    said = manifest
    return Run.restored(config, type(nothing)(**profiles), scores, said.interventions, said.ending, said.stride, said.epochs_done)
