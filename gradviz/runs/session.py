"""A window's session as files: what brings everything back after the process was killed at any moment."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gradviz import __version__
from gradviz.core.frames import Frames
from gradviz.runs.files import FileError, explained, written_whole
from gradviz.runs.run import Run
from gradviz.runs.store import load, save

MANIFEST = "session.json"
FORMAT = "gradviz session"
VERSION = 1
LARGEST_MANIFEST = 16 * 2**20
MOST_PINS = 200
_RUN_FILE = re.compile(r"run-(\d{1,12})\.npz")
#: What a write that was killed leaves behind.
_UNFINISHED = re.compile(r"\.(?:run-\d{1,12}|session)-[^/]*")


class PinnedRun(NamedTuple):
    """A run that stays behind the live one: under this name, in the colour of this number, shown or not; whether it is trained along."""

    run: Run
    name: str
    colour: int
    visible: bool
    trains: bool = False


@dataclass(frozen=True)
class Snapshot:
    """Everything that a window has, at one moment: no one appends to its runs any more, Run.before() gives such ones.

    `live` is the run on the plots, `name` what it is called, `entered` the fields' values, `cursor` the epoch that is looked at (None: the newest),
    `loop` the first and last epoch that playing goes round in, `trails` how many past epochs fade behind, `changed_at` the time in seconds since 1970.
    """

    live: Run | None
    name: str = ""
    entered: Mapping[str, Any] = field(default_factory=dict)
    cursor: int | None = None
    bookmarks: tuple[int, ...] = ()
    loop: tuple[int, int] | None = None
    trails: int = 0
    pins: tuple[PinnedRun, ...] = ()
    changed_at: float = 0.0
    #: The runs that undoing brings back, the last one last; and which panels are shown.
    earlier: tuple[Run, ...] = ()
    panels: tuple[str, ...] = ()


class Restored(NamedTuple):
    """What came back, and a sentence for each part that could not."""

    snapshot: Snapshot
    lost: tuple[str, ...]


class Found(NamedTuple):
    """A session that can be brought back: its folder, what it was called, how far it was, its pinned runs, and when it changed last."""

    folder: Path
    name: str
    epochs_done: int
    pins: int
    changed_at: float


class _Pin(msgspec.Struct, frozen=True):
    file: str
    name: str
    colour: int
    visible: bool
    trains: bool = False


class _Manifest(msgspec.Struct, frozen=True):
    format: str
    version: int
    written_by: str
    name: str
    live: str | None
    epochs_done: int
    entered: dict[str, int | float | str | list[float]]
    cursor: int | None
    bookmarks: list[int]
    loop: tuple[int, int] | None
    trails: int
    pins: list[_Pin]
    changed_at: float
    earlier: list[str] = []
    panels: list[str] = []


class Session:
    """Saves a window's snapshots in a folder of its own, one call at a time, in any thread; each run is written once, until it has changed.

    At any moment the folder holds one whole snapshot: files of runs come under new names, then the manifest that names them takes the place of the last one,
    then those that it no longer names go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._written: dict[_Key, str] = {}
        self._next = 1

    def save(self, snapshot: Snapshot) -> None:
        """Save it, whole or not at all; raises FileError, and then what was saved before is still there."""
        self._make_folder()
        written: dict[_Key, str] = {}
        names = [self._file_of(run, written) for run in (snapshot.live, *(pin.run for pin in snapshot.pins), *snapshot.earlier)]
        manifest = msgspec.json.encode(_manifest_of(snapshot, names))
        if len(manifest) > LARGEST_MANIFEST:
            raise FileError("What was entered is too long to be kept for the next start.")
        _settle(self.folder)
        with written_whole(self.folder / MANIFEST) as beside:
            beside.write_bytes(manifest)
        _settle(self.folder)
        self._written = written
        _tidy(self.folder, keep={MANIFEST, *filter(None, names)})

    def forget(self) -> None:
        """Take the session away: there is nothing to bring back any more."""
        forget(self.folder)
        self._written = {}

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            taken = (_RUN_FILE.fullmatch(path.name) for path in self.folder.iterdir())
            self._next = max([self._next, *(int(found[1]) + 1 for found in taken if found)])
        except OSError as problem:
            raise explained(problem, self.folder, "write") from problem
        self._written = {key: name for key, name in self._written.items() if (self.folder / name).is_file()}

    def _file_of(self, run: Run | None, written: dict[_Key, str]) -> str | None:
        """The name of the file that holds this run, written now if there is none."""
        if run is None:
            return None
        key = _Key(run)
        name = written.get(key) or self._written.get(key)
        if name is None:
            name = f"run-{self._next}.npz"
            self._next += 1
            save(run, self.folder / name)
        written[key] = name
        return name


class _Key:
    """Tells a run from itself as it was before: what it recorded last is the same object in every copy of it, and not in another run."""

    def __init__(self, run: Run) -> None:
        self._newest: Frames = run.newest  # kept, so that no later one gets its place in the memory
        self._rest = (run.config, run.epochs_done, run.ending, run.stride, tuple(run.interventions), run.bookmarks)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._newest is other._newest and self._rest == other._rest

    def __hash__(self) -> int:
        return hash((id(self._newest), self._rest[1]))


def load_session(folder: Path) -> Restored:
    """The last snapshot that was saved in a folder; raises FileError where there is none that can be read. A damaged run costs only itself."""
    manifest = _read_manifest(folder)
    lost: list[str] = []

    def run_of(file: str | None, what: str) -> Run | None:
        if file is None:
            return None
        try:
            if not _RUN_FILE.fullmatch(file):
                raise FileError(f"'{file[:60]}' is no file of a session.")
            return load(folder / file)
        except FileError as problem:
            lost.append(f"{what} could not be brought back: {problem}")
            return None

    live = run_of(manifest.live, "The experiment")
    pins = [(run_of(pin.file, f"The pinned run '{pin.name[:60]}'"), pin) for pin in manifest.pins]
    snapshot = Snapshot(
        live,
        manifest.name,
        {name: tuple(value) if isinstance(value, list) else value for name, value in manifest.entered.items()},
        manifest.cursor,
        tuple(manifest.bookmarks),
        manifest.loop,
        manifest.trails,
        tuple(PinnedRun(run, pin.name, pin.colour, pin.visible, pin.trains) for run, pin in pins if run is not None),
        manifest.changed_at,
        tuple(run for file in manifest.earlier[:MOST_PINS] if (run := run_of(file, "A run that undoing would bring back")) is not None),
        tuple(manifest.panels),
    )
    return Restored(snapshot, tuple(lost))


def found(parent: Path, gone: Callable[[Path], bool]) -> list[Found]:
    """The sessions in a folder of sessions whose process is gone, as `gone` says of each one's folder; the newest first."""
    sessions = []
    try:
        folders = [folder for folder in parent.iterdir() if (folder / MANIFEST).is_file()]
    except OSError:  # where none was ever saved
        return []
    for folder in folders:
        with contextlib.suppress(FileError):  # of one that cannot be read there is nothing to offer
            if gone(folder):
                manifest = _read_manifest(folder)
                sessions.append(Found(folder, manifest.name, manifest.epochs_done, len(manifest.pins), manifest.changed_at))
    return sorted(sessions, key=lambda session: session.changed_at, reverse=True)


def forget(folder: Path) -> None:
    """Take away a session's files, and its folder if nothing else is in it; the manifest first, so that no half of it can be brought back."""
    with contextlib.suppress(OSError):
        (folder / MANIFEST).unlink(missing_ok=True)
        _tidy(folder, keep=set())
        folder.rmdir()


def _manifest_of(snapshot: Snapshot, names: list[str | None]) -> _Manifest:
    live, *others = names
    pinned, earlier = others[: len(snapshot.pins)], others[len(snapshot.pins) :]
    pins = [_Pin(file or "", pin.name, pin.colour, pin.visible, pin.trains) for file, pin in zip(pinned, snapshot.pins, strict=True)]
    return _Manifest(
        FORMAT,
        VERSION,
        f"gradviz {__version__}",
        snapshot.name,
        live,
        snapshot.live.epochs_done if snapshot.live else 0,
        dict(snapshot.entered),
        snapshot.cursor,
        list(snapshot.bookmarks),
        snapshot.loop,
        snapshot.trails,
        pins,
        snapshot.changed_at,
        [file for file in earlier if file],
        list(snapshot.panels),
    )


def _read_manifest(folder: Path) -> _Manifest:
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_MANIFEST + 1)
    except OSError as problem:
        raise explained(problem, path, "read") from problem
    try:
        manifest = msgspec.json.decode(content, type=_Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise FileError(f"The session in '{folder}' cannot be brought back: its manifest is damaged.") from problem
    if manifest.format != FORMAT or manifest.version > VERSION:
        raise FileError(f"The session in '{folder}' was saved by {manifest.written_by[:60]}, which this GradViz, {__version__}, cannot read.")
    if len(manifest.pins) > MOST_PINS:
        raise FileError(f"The session in '{folder}' cannot be brought back: it has {len(manifest.pins):,} pinned runs.")
    return manifest


def _settle(folder: Path) -> None:
    """Wait until the folder's names are on the disk, so that not even a power cut shows a manifest before the runs that it names."""
    with contextlib.suppress(OSError):  # not every system can wait for a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _tidy(folder: Path, keep: set[str]) -> None:
    """Take away a session's own files but those to keep, and what was left of a write that was killed."""
    for path in folder.iterdir():
        if path.name not in keep and (_RUN_FILE.fullmatch(path.name) or _UNFINISHED.fullmatch(path.name)):
            path.unlink(missing_ok=True)
