"""A run as one file: an npz with a JSON manifest, a SHA-256 and no pickle, safe to open from a stranger."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz import __version__
from gradviz.core.config import PARAMETERS, Config, ConfigError
from gradviz.core.frames import Ending, Frames
from gradviz.core.interventions import Intervention, in_order
from gradviz.runs.archive import ArchiveReader, ArchiveWriter, damaged, foreign, opened
from gradviz.runs.files import FileError, written_whole
from gradviz.runs.provenance import MadeWith, table_digest, this_machine
from gradviz.runs.run import PROFILE_MEMORY, Run

FORMAT = "gradviz run"
VERSION = 2
#: The bytes of a manifest, and of the config in it: as JSON their numbers take up to thirty times as much memory.
LARGEST_MANIFEST = 12 * 2**20
LARGEST_CONFIG = 2 * 2**20
#: The part that holds the SHA-256 of all others.
DIGEST = "sha256"
#: What the names of the parts that hold the extremes begin with.
EXTREMES = ("low", "high")
LONGEST_TEXT = 1000
_NAMES: Any = Literal.__getitem__(tuple(PARAMETERS))


class Head(msgspec.Struct, frozen=True):
    """What every version's manifest begins with."""

    format: str
    version: int
    written_by: str


class Manifest(Head, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a run file says of itself. Version 1 had no word on what comes after stride and epochs_done, and no SHA-256."""

    config: msgspec.Raw
    interventions: list[Intervention]
    ending: Ending | None
    stride: int
    epochs_done: int = 0
    observed: int | None = None
    score_stride: int = 1
    bookmarks: list[int] = []
    memory: int = PROFILE_MEMORY
    made_with: MadeWith = MadeWith()
    table: str = ""


class Saved(NamedTuple):
    """A run as a file holds it, what it was made with, and the SHA-256 of its table in hex; empty where the file does not say."""

    run: Run
    made_with: MadeWith
    table: str


def save(run: Run, path: Path) -> None:
    """Write a run to `path`, whole or not at all; raises FileError. Any thread may, of a run that no other thread appends to, such as Run.before() gives."""
    manifest = _manifest_of(run, path)
    with written_whole(path) as beside, beside.open("wb") as file, ArchiveWriter(file) as archive:
        archive.add_array("manifest", np.frombuffer(manifest, np.uint8))
        for name in ("epoch", *run.newest.SCORES):
            archive.add_array(name, run.score(name))
        _write_profiles(archive, run)
        archive.add_array(DIGEST, archive.digest)


def load(path: Path, *, memory: int | None = None) -> Run:
    """Read a run from `path`; raises FileError with a sentence for a file that is missing, foreign, altered or damaged.

    What is appended to it later thins out beyond so many bytes of memory, or beyond those that it was recorded with.
    """
    return read(path, memory=memory).run


def read(path: Path, *, memory: int | None = None) -> Saved:
    """Read a run from `path`, and where it comes from; raises FileError as load() does."""
    with opened(path) as archive:
        try:
            return _assembled(archive, path, memory)
        except ConfigError as problem:
            raise FileError(f"'{path}' holds a config or a change that no run can have: {problem}") from problem
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise damaged(path, f"its manifest cannot be read ({str(problem).rstrip('.')[:200]})") from problem


# --- writing -------------------------------------------------------------------------------------------------------------------------------


def _manifest_of(run: Run, path: Path) -> bytes:
    manifest = Manifest(
        FORMAT,
        VERSION,
        f"gradviz {__version__}",
        config=msgspec.Raw(msgspec.json.encode(run.config.as_dict())),
        interventions=run.interventions,
        ending=run.ending,
        stride=run.stride,
        epochs_done=run.epochs_done,
        observed=run.observed,
        score_stride=run.score_stride,
        bookmarks=[mark for mark in run.bookmarks if 0 <= mark < run.config.epochs],
        memory=run.memory,
        made_with=this_machine(run.config),
        table=table_digest(run.config),
    )
    encoded = msgspec.json.encode(manifest)
    if len(encoded) > LARGEST_MANIFEST or len(bytes(manifest.config)) > LARGEST_CONFIG:
        changes, samples = len(run.interventions), len(run.config.inputs)
        raise FileError(f"Cannot write '{path}': {changes:,} changes and {samples:,} samples are more than a run file can hold.")
    return encoded


def _write_profiles(archive: ArchiveWriter, run: Run) -> None:
    """Each column of the frames that are kept, and the extremes of the spans that thinned ones stand for, block by block."""
    spans = list(run.spans())
    frames = [block for block, _, _ in spans]
    if frames and run.newest.epoch[-1] > frames[-1].epoch[-1]:
        frames.append(run.newest)
    rows = sum(map(len, frames))
    for name, column in run.newest.columns().items():
        archive.add(_member(name, run.newest), (getattr(block, name) for block in frames), rows, column)
    if run.stride > 1:
        rows = sum(len(block) for block, _, _ in spans)
        for place, word in enumerate(EXTREMES, 1):
            for name in _profiles(run.newest):
                archive.add(f"{word}_{name}", (getattr(span[place], name) for span in spans), rows, getattr(run.newest, name))


def _member(name: str, kind: Frames) -> str:
    """What a column of the frames is called in the file, where epoch and scores are those of all observed epochs."""
    return f"profile_{name}" if name in ("epoch", *kind.SCORES) else name


def _profiles(kind: Frames) -> list[str]:
    return [name for name, column in kind.columns().items() if column.ndim > 1]


# --- reading -------------------------------------------------------------------------------------------------------------------------------


def _assembled(archive: ArchiveReader, path: Path, memory: int | None) -> Saved:
    parts = _parts(archive, path)
    said = _manifest(parts["manifest"].tobytes(), path)
    config = _config(said, path)
    nothing = Frames.empty(config)
    _check_manifest(said, config, path)
    observed = said.observed if said.observed is not None else _counted(parts, config)
    _check_shapes(parts, said, nothing, observed, path)
    _check_epochs(parts, said, config, observed, path)
    if memory is None:  # in chunks that are not too small for what there is of it
        memory = max(said.memory, sum(part.nbytes for part in parts.values()))
    return Saved(_run_of(said, config, nothing, parts, observed, memory), said.made_with, said.table)


def _parts(archive: ArchiveReader, path: Path) -> dict[str, NDArray[Any]]:
    """All arrays, once they are those that were written."""
    manifest = archive.parts.get("manifest")
    if manifest is None:
        raise foreign(path, "it has no manifest")
    if manifest.dtype != np.uint8 or len(manifest.shape) != 1 or manifest.shape[0] > LARGEST_MANIFEST:
        raise foreign(path, "its manifest is no text, or is larger than any")
    parts = {name: archive.read(name) for name in archive.parts if name != DIGEST}  # in the order of writing, which is that of the digest
    found = archive.digest
    if DIGEST in archive.parts:
        parts[DIGEST] = archive.read(DIGEST)
        if parts[DIGEST].tobytes() != found:
            raise damaged(path, "what it holds is not what was written")
    return parts


def _manifest(text: bytes, path: Path) -> Manifest:
    """The manifest, where it is one that this version knows."""
    head = msgspec.json.decode(text, type=Head)
    if head.format != FORMAT:
        raise foreign(path, "its manifest says that it is something else")
    if head.version > VERSION:
        raise FileError(
            f"'{path}' was written by {head.written_by[:60]} in format version {head.version:,}; this GradViz, {__version__}, reads up to version {VERSION}. "
            "A newer GradViz opens it."
        )
    return msgspec.json.decode(text, type=Manifest)


def _config(said: Manifest, path: Path) -> Config:
    if len(bytes(said.config)) > LARGEST_CONFIG:
        raise damaged(path, "its config is larger than any")
    try:
        values: dict[str, Any] = msgspec.json.decode(said.config, type=dict[_NAMES, int | float | str | list[float]])
    except msgspec.ValidationError as problem:
        unknown = f"a parameter or a value that this GradViz, {__version__}, does not know ({str(problem)[:200]})"
        raise FileError(f"'{path}' was written by {said.written_by[:60]} and holds {unknown}.") from problem
    return Config(**values)


def _check_manifest(said: Manifest, config: Config, path: Path) -> None:
    """Raise FileError or ConfigError for what no run can be."""
    for change in said.interventions:
        change.check_for(config)
    impossible = {
        "its stride is none that a run has": any(stride < 1 or stride & (stride - 1) or stride > 2**32 for stride in (said.stride, said.score_stride)),
        "it counts more epochs than it trains": not all(0 <= count <= config.epochs for count in (said.epochs_done, said.observed or 0)),
        "its bookmarks are at epochs that it has not": not all(0 <= mark < config.epochs for mark in said.bookmarks),
        "its memory is none that a machine has": not 0 <= said.memory < 2**63,
        "its words are longer than any": any(len(text) > LONGEST_TEXT for text in (said.ending.reason if said.ending else "", str(said.made_with), said.table)),
    }
    for detail, found in impossible.items():
        if found:
            raise damaged(path, detail)


def _check_shapes(parts: Mapping[str, NDArray[Any]], said: Manifest, nothing: Frames, observed: int, path: Path) -> None:
    """Raise FileError where a part is missing, is of another kind than its name says, or has not as many rows as there should be."""
    spans = -(-observed // said.stride)
    rows = spans + (observed > 0 and len(parts.get("profile_cost", ())) > spans)  # the newest, where it is not the first of a span
    scores = -(-observed // said.score_stride)
    shapes = {"epoch": (scores,), **dict.fromkeys(nothing.SCORES, (scores,))}
    shapes |= {_member(name, nothing): (rows, *column.shape[1:]) for name, column in nothing.columns().items()}
    if said.version > 1:
        shapes[DIGEST] = (hashlib.sha256().digest_size,)
        if said.stride > 1:
            shapes |= {f"{word}_{name}": (spans, *getattr(nothing, name).shape[1:]) for word in EXTREMES for name in _profiles(nothing)}
    for name in shapes.keys() ^ (parts.keys() - {"manifest"}):
        raise damaged(path, f"{name} is missing" if name in shapes else f"no run has a part '{name[:40]}'")
    for name, shape in shapes.items():
        kind = np.uint8 if name == DIGEST else np.int64 if name.endswith("epoch") else np.float64
        if parts[name].dtype != kind or parts[name].shape != shape:
            raise damaged(path, f"{name} has shape {parts[name].shape} of {parts[name].dtype}, and {shape} of {np.dtype(kind)} was expected")


def _check_epochs(parts: Mapping[str, NDArray[Any]], said: Manifest, config: Config, observed: int, path: Path) -> None:
    """Raise FileError where the epochs are not those that a run observes: one in so many, and the newest."""
    spans, every = -(-observed // said.stride), config.observe_every
    kept, newest = parts["profile_epoch"][:spans], parts["profile_epoch"][spans:].tolist()
    regular = _regular(kept, every, said.stride, observed) and _regular(parts["epoch"], every, said.score_stride, observed)
    after = all(kept[-1] < epoch <= (observed - 1) * every for epoch in newest)
    if not (regular and after and all(epochs.size == 0 or epochs[-1] < config.epochs for epochs in (parts["epoch"], parts["profile_epoch"]))):
        raise damaged(path, "its epochs are not those that a run observes")


def _regular(epochs: NDArray[np.int64], every: int, stride: int, observed: int) -> bool:
    """Whether they are the first of every `stride` of so many observed epochs; the newest of all may come early, as where a run ends."""
    expected = np.arange(len(epochs), dtype=np.int64) * (stride * every)
    if len(epochs) and (observed - 1) % stride == 0:
        newest = int(epochs[-1])
        return max(0, (observed - 2) * every + 1) <= newest <= (observed - 1) * every and np.array_equal(epochs[:-1], expected[:-1])
    return np.array_equal(epochs, expected)


def _counted(parts: Mapping[str, NDArray[Any]], config: Config) -> int:
    """How many epochs were observed, of a file of version 1, which does not say: up to the newest, which it has the profiles of."""
    newest = parts["profile_epoch"][-1:].tolist() if parts.get("profile_epoch", np.zeros(())).ndim == 1 else []
    return min(-(-int(newest[0]) // config.observe_every) + 1, config.epochs) if newest and newest[0] >= 0 else 0


def _run_of(said: Manifest, config: Config, nothing: Frames, parts: Mapping[str, Any], observed: int, memory: int) -> Run:
    kind = type(nothing)
    columns: dict[str, Any] = {name: parts[_member(name, nothing)] for name in nothing.COLUMNS}
    extremes = None
    if f"low_{_profiles(nothing)[0]}" in parts:
        spans = -(-observed // said.stride)
        others = {name: column[:spans] for name, column in columns.items()}
        low, high = (kind(**others | {name: parts[f"{word}_{name}"] for name in _profiles(nothing)}) for word in EXTREMES)
        extremes = low, high
    return Run.restored(
        config,
        kind(**columns),
        {name: parts[name] for name in ("epoch", *nothing.SCORES)},
        in_order(said.interventions),
        said.ending,
        said.stride,
        said.epochs_done,
        extremes=extremes,
        observed=observed,
        score_stride=said.score_stride,
        bookmarks=said.bookmarks,
        memory=memory,
    )
