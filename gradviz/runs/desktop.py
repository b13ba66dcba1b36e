"""GradViz among a user's programs: the files that a Linux desktop reads, whole or not at all, and what makes it read them anew."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import gradviz
from gradviz.runs.files import FileError, explained, written_whole
from gradviz.runs.resources import resource

#: What the desktop calls the program and its saved runs. No reverse domain name: the project has no domain, and one that is somebody else's would be a lie.
APP_ID, RUN_TYPE = "gradviz", "application/x-gradviz-run"
#: Pixels of the icons.
SIZES = (16, 24, 32, 48, 64, 96, 128, 256, 512)
#: Up to so many pixels an icon has no room for three marks and an axis, and is drawn from its `-small` drawing.
SMALL = 24
#: The drawings in resources/, without an ending, and where in a theme they belong, under which name.
DRAWINGS = {"icons/gradviz": ("apps", APP_ID), "icons/app/run": ("mimetypes", RUN_TYPE.replace("/", "-"))}
#: Of an argument that has one of these the specification of desktop entries wants quotes around it.
RESERVED = frozenset(" \t\n\"'\\><~|&;$*?#()`")
#: What the name of a program may not have: the specification excludes the one, and GNOME's library looks for a file with the other twice.
NOT_IN_PROGRAMS = {"=": "an equals", "%": "a percent"}
#: Seconds that a program of the desktop may take.
PATIENCE = 60

#: Draws a file of resources/ as a PNG of so many pixels a side.
Draw = Callable[[str, int], bytes]


class Updater(NamedTuple):
    """A program that makes the desktop read a folder anew: its arguments, with the folder as the last one, and what is not known where there is none."""

    program: str
    arguments: tuple[str, ...]
    folder: str
    unknown: str


UPDATERS = (
    Updater("update-mime-database", (), "mime", "the type of saved runs may be known only after the next login"),
    Updater("update-desktop-database", ("-q",), "applications", "a double click on a run may find GradViz only after the next login"),
)


def data_home(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of the user's own data: $XDG_DATA_HOME where that is an absolute path, else ~/.local/share."""
    named = Path(environment.get("XDG_DATA_HOME", ""))
    return named if named.is_absolute() else Path.home() / ".local" / "share"


def command() -> tuple[str, ...]:
    """What starts this installation from any folder: its script where there is one, else its Python with a checkout's main.py, or with a line of code."""
    called = Path(sys.argv[0])
    for script in (called, Path(sys.executable).with_name(APP_ID)):
        if script.name == APP_ID and script.is_absolute() and os.access(script, os.X_OK) and script.is_file():
            return (str(script),)
    main = Path(gradviz.__file__).parents[1] / "main.py"
    if main.is_file():
        return (sys.executable, str(main))
    return (sys.executable, "-c", "import sys; from gradviz.cli import main; sys.exit(main())")


def quoted(argument: str) -> str:
    """An argument as it stands in the Exec line of a desktop entry; raises FileError for one that no line can hold.

    Quotes around what has reserved letters, a backslash before ", `, $ and backslashes in them, a percent sign twice; then the backslashes of every value once
    more (freedesktop.org, Desktop Entry Specification 1.5, "The Exec key").
    """
    if any(not letter.isprintable() for letter in argument):
        raise FileError(f"GradViz is at {argument!r}, whose line breaks or control letters no desktop entry can hold; install it in another folder.")
    doubled = argument.replace("%", "%%")
    if not argument or RESERVED & set(argument):
        escaped = "".join(f"\\{letter}" if letter in '"`$\\' else letter for letter in doubled)
        doubled = f'"{escaped}"'
    return doubled.replace("\\", "\\\\")


def entry(start: Sequence[str]) -> str:
    """The desktop entry that starts GradViz with this command, and a file where one is opened with it."""
    for letter, name in NOT_IN_PROGRAMS.items():
        if letter in start[0]:
            raise FileError(f"GradViz is at '{start[0]}'; with {name} sign in its name no desktop starts a program. Install it in another folder.")
    filled = {"@EXEC@": " ".join(map(quoted, start)), "@TRY_EXEC@": start[0].replace("\\", "\\\\")}
    text = resource(f"desktop/{APP_ID}.desktop").read_text(encoding="utf-8")
    for place, words in filled.items():
        text = text.replace(place, words)
    return text


def desktop_files(home: Path, start: Sequence[str], draw: Draw) -> dict[Path, bytes]:
    """Every file that belongs among the user's data, with what is in it: entry, description, the type of runs, and both icons in all sizes."""
    files = {
        home / "applications" / f"{APP_ID}.desktop": entry(start).encode(),
        home / "metainfo" / f"{APP_ID}.metainfo.xml": resource(f"desktop/{APP_ID}.metainfo.xml").read_bytes(),
        home / "mime" / "packages" / f"{APP_ID}.xml": resource(f"desktop/{APP_ID}.xml").read_bytes(),
    }
    icons = home / "icons" / "hicolor"
    for drawing, (folder, name) in DRAWINGS.items():
        files[icons / "scalable" / folder / f"{name}.svg"] = resource(f"{drawing}.svg").read_bytes()
        for size in SIZES:
            files[icons / f"{size}x{size}" / folder / f"{name}.png"] = draw(drawing_for(drawing, size), size)
    return files


def drawing_for(drawing: str, size: int) -> str:
    """The file of a drawing that suits so many pixels."""
    small = f"icons/app/{Path(drawing).name}-small"
    return f"{small if size <= SMALL else drawing}.svg"


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write all of them, with the folders that are missing, or none: where one cannot be written everything is as it was before, and FileError says why."""
    made: list[Path] = []
    before = {path: path.read_bytes() if path.is_file() else None for path in files}
    try:
        for folder in sorted({path.parent for path in files}):
            made += _folders_made(folder)
        with contextlib.ExitStack() as every:
            for path, content in files.items():
                every.enter_context(written_whole(path)).write_bytes(content)
    except (FileError, OSError) as problem:
        for path, was in before.items():
            _put_back(path, was)
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        if isinstance(problem, OSError):
            raise explained(problem, Path(problem.filename or next(iter(files))), "write") from problem
        raise


def _folders_made(folder: Path) -> Iterator[Path]:
    """Make a folder and those above it, handing out each as soon as it is there."""
    if folder.is_dir():
        return
    yield from _folders_made(folder.parent)
    try:
        folder.mkdir()
    except OSError as problem:
        raise explained(problem, folder, "make the folder") from problem
    yield folder


def _put_back(path: Path, was: bytes | None) -> None:
    """The file as it was, where it is not so any more."""
    with contextlib.suppress(OSError):
        if was is None:
            path.unlink(missing_ok=True)
        elif path.read_bytes() != was:
            path.write_bytes(was)


def remove_all(paths: Iterable[Path]) -> list[Path]:
    """Take these files away, those that are there; returns which were. Raises FileError before the first where a folder does not allow it."""
    there = [path for path in paths if path.is_file() or path.is_symlink()]
    for path in there:
        if not os.access(path.parent, os.W_OK):
            raise FileError(f"Cannot remove '{path}': the folder '{path.parent}' does not allow it.")
    for path in there:
        try:
            path.unlink()
        except OSError as problem:
            raise explained(problem, path, "remove") from problem
    return there


def remove_empty_folders(paths: Iterable[Path], home: Path) -> None:
    """Take those folders away that are empty without these files, up to the user's data."""
    for path in paths:
        for folder in path.parents:
            if folder == home or home not in folder.parents:
                break
            with contextlib.suppress(OSError):
                folder.rmdir()


def read_anew(home: Path) -> list[str]:
    """Make the desktop notice what has changed; returns a sentence for each part of it that could not be told."""
    import shutil

    sentences = []
    for updater in UPDATERS:
        program, folder = shutil.which(updater.program), home / updater.folder
        if program is None:
            sentences.append(f"There is no {updater.program} on this machine, so {updater.unknown}.")
        elif folder.is_dir() and not _done([program, *updater.arguments, str(folder)]):
            sentences.append(f"{updater.program} failed, so {updater.unknown}.")
    icons = home / "icons" / "hicolor"
    program = shutil.which("gtk-update-icon-cache")
    if icons.is_dir():
        with contextlib.suppress(OSError):
            os.utime(icons)  # who keeps icons in mind looks at this time
        # one that is not there is not begun: every program that adds an icon would have to keep it true from then on
        if program and (icons / "icon-theme.cache").is_file() and not _done([program, "-f", "-t", "-q", str(icons)]):
            sentences.append("gtk-update-icon-cache failed, so the icon may be seen only after the next login.")
    return sentences


def _done(arguments: list[str]) -> bool:
    import subprocess  # here: the window asks this module for its icon, and would wait for it

    try:
        return subprocess.run(arguments, capture_output=True, timeout=PATIENCE, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
