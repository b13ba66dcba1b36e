"""Files are written whole or not at all, and what goes wrong is a sentence."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

#: What a saved run begins with, whatever its name ends in.
ARCHIVE = b"PK\x03\x04"


class FileError(Exception):
    """Something that a file is or cannot be, as a sentence for a person."""


def explained(problem: OSError, path: Path, doing: str) -> FileError:
    """The operating system's error as a sentence: what was being done, to which file, and why it failed."""
    return FileError(f"Cannot {doing} '{path}': {problem.strerror or problem}.")


def writable_target(path: Path) -> Path:
    """The path, where a file could be written there; raises FileError before any work is done for it otherwise."""
    try:
        is_folder, has_folder = path.is_dir(), path.parent.is_dir()
    except OSError as problem:  # such as a name that is too long
        raise explained(problem, path, "write") from problem
    if path.exists() and not is_folder and not path.is_file():
        raise FileError(f"Cannot write '{path}': it is not an ordinary file.")
    if is_folder:
        raise FileError(f"Cannot write '{path}': it is a folder; add a file name.")
    if not has_folder:
        raise FileError(f"Cannot write '{path}': there is no folder '{path.parent}'.")
    if not os.access(path.parent, os.W_OK):
        raise FileError(f"Cannot write '{path}': the folder '{path.parent}' does not allow it.")
    return path


def is_archive(path: Path) -> bool:
    """Whether a file is a saved run, or says by its name that it is one."""
    if path.suffix.lower() == ".npz":
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(ARCHIVE)) == ARCHIVE
    except (OSError, ValueError):  # who reads it says why not
        return False


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to; it takes the place of `path` when the block ends, and goes when the block fails."""
    path = writable_target(path).resolve()  # a link stays one; what it leads to is written
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem[:40]}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as problem:
        raise explained(problem, path, "write") from problem
    beside = Path(name)
    try:
        yield beside
        with beside.open("rb+") as written:
            os.fsync(written.fileno())
        beside.chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        beside.replace(path)
    except OSError as problem:
        raise explained(problem, path, "write") from problem
    finally:
        beside.unlink(missing_ok=True)


def _umask() -> int:
    """The process's mask for new files: mkstemp makes them private, a file that a person saves is not."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
