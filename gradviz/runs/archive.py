"""Arrays in one npz file, written whole as they come and read as if a stranger had written it: no pickle, and no byte taken that the file has not."""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.runs.files import FileError, explained

#: Files are read in pieces of so many bytes, and a zip's directory may not have more.
PIECE = 2**20
#: No array's own header is longer, and no archive of ours has more parts.
LONGEST_HEADER = 4096
MOST_PARTS = 200
#: What numpy writes before an array's numbers.
_MAGIC = re.compile(rb"\x93NUMPY([\x01\x02])\x00", re.DOTALL)
_HEADER = re.compile(r"\{'descr': '([<|][fiu][1248])', 'fortran_order': (False|True), 'shape': \(((?:\d{1,18}, ?){0,4}(?:\d{1,18})?)\), \}\s*", re.ASCII)


class Part(NamedTuple):
    """One array of an archive: its type and shape, whether its columns come first, and where its numbers begin in its member."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    columns_first: bool
    begins: int


class ArchiveWriter:
    """Writes named arrays one after the other; `digest` is the SHA-256 of all that was written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._sum = hashlib.sha256()

    @property
    def digest(self) -> NDArray[np.uint8]:
        return np.frombuffer(self._sum.digest(), np.uint8)

    def add(self, name: str, blocks: Iterable[NDArray[Any]], rows: int, like: NDArray[Any]) -> None:
        """Write the blocks as one array of so many rows, each of the type and shape of those of `like`."""
        dtype = like.dtype.newbyteorder("<")
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": dtype.str, "fortran_order": False, "shape": (rows, *like.shape[1:])})
        self._sum.update(f"{name}\n".encode())
        # a time of its own would give the same run another file every time
        with self._archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
            self._write(member, header.getvalue())
            for block in blocks:
                self._write(member, np.ascontiguousarray(block, dtype).reshape(-1).view(np.uint8).data)

    def add_array(self, name: str, array: NDArray[Any]) -> None:
        """Write one array."""
        self.add(name, [array], len(array), array)

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Finish the archive; where writing it failed, that is what is said, and not that it cannot be finished either."""
        with contextlib.suppress(OSError, ValueError) if kind else contextlib.nullcontext():
            self._archive.close()

    def _write(self, member: IO[bytes], content: bytes | memoryview) -> None:
        self._sum.update(content)
        member.write(content)


class _InPieces(io.FileIO):
    """A file that gives no more at once than a piece: a zip's directory cannot ask for more."""

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = PIECE + 1 if size is None or size < 0 else min(size, PIECE + 1)
        content: bytes = super().read(wanted)
        if len(content) > PIECE:
            raise zipfile.BadZipFile("its directory is larger than any of ours")
        return content


class ArchiveReader:
    """The named arrays of an archive whose parts are as large as they say; `digest` is the SHA-256 of all that was read."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, size: int) -> None:
        self._path, self._archive = path, archive
        self._sum = hashlib.sha256()
        members = archive.infolist()
        if len({member.filename for member in members}) < len(members) or len(members) > MOST_PARTS:
            raise foreign(path, "it has more parts than any run, or two of the same name")
        if sum(member.file_size for member in members) > size:
            raise foreign(path, "its parts claim to be larger than the file")
        for member in members:
            if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1 or member.compress_size != member.file_size:
                raise foreign(path, "its parts are compressed or encrypted, which those of a run never are")
        self.parts = {member.filename.removesuffix(".npy"): self._part(member) for member in members}

    @property
    def digest(self) -> bytes:
        return self._sum.digest()

    def read(self, name: str) -> NDArray[Any]:
        """One array, which is then part of the digest."""
        part = self.parts[name]
        numbers = np.empty(math.prod(part.shape), part.dtype)
        room = numbers.view(np.uint8).data
        self._sum.update(f"{name}\n".encode())
        with self._archive.open(f"{name}.npy") as member:
            self._sum.update(member.read(part.begins))
            done = 0
            while piece := member.read(PIECE):
                room[done : done + len(piece)] = piece
                self._sum.update(piece)
                done += len(piece)
        if done != len(room):
            raise damaged(self._path, f"{name} ends too early")
        return numbers.reshape(part.shape[::-1]).T if part.columns_first else numbers.reshape(part.shape)

    def _part(self, member: zipfile.ZipInfo) -> Part:
        """What a member says of itself, once its size bears it out."""
        with self._archive.open(member) as file:
            start = file.read(8)
            version = _MAGIC.fullmatch(start)
            wide = 4 if version and version[1] == b"\x02" else 2
            length = int.from_bytes(file.read(wide), "little")
            text = file.read(length) if length <= LONGEST_HEADER else b""
        header = _HEADER.fullmatch(text.decode("latin-1")) if version and len(text) == length else None
        if header is None:
            raise foreign(self._path, f"its part '{member.filename[:40]}' is not an array of numbers")
        dtype, shape = np.dtype(header[1]), tuple(int(number) for number in header[3].split(",") if number.strip())
        begins = len(start) + wide + length
        if math.prod(shape) * dtype.itemsize != member.file_size - begins:
            raise damaged(self._path, f"its part '{member.filename[:40]}' is not as large as it claims to be")
        return Part(dtype, shape, header[2] == "True", begins)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[ArchiveReader]:
    """The archive at `path`; whatever is wrong with it while it is read becomes a FileError with a sentence."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():  # a pipe would wait for ever
            raise FileError(f"Cannot read '{path}': it is not an ordinary file.")
        with _InPieces(path) as file, zipfile.ZipFile(file) as archive:
            yield ArchiveReader(path, archive, path.stat().st_size)
    except FileError:
        raise
    except zipfile.BadZipFile as problem:
        if "CRC" in str(problem):
            raise damaged(path, "its numbers are not those that were written") from problem
        raise FileError(f"'{path}' is not a run saved by GradViz, or it is cut short; a run file ends in .npz and opens as a whole.") from problem
    except OSError as problem:
        raise explained(problem, path, "read") from problem
    except MemoryError as problem:
        raise FileError(f"Cannot read '{path}': there is not enough memory for it.") from problem
    except Exception as problem:  # a stranger's bytes fail in any of the many ways that zip, npy and JSON know
        raise damaged(path, "its parts cannot be read") from problem


def damaged(path: Path, detail: str) -> FileError:
    """What is said of a file that was one of ours."""
    return FileError(f"'{path}' was altered after it was saved, or is damaged: {detail}.")


def foreign(path: Path, detail: str) -> FileError:
    """What is said of a file that never was one of ours."""
    return FileError(f"'{path}' is not a run saved by GradViz: {detail}.")
