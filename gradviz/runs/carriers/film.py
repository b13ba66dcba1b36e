"""A film carries it as a comment among its metadata; here it is only read, for what encodes a film writes it."""

from __future__ import annotations

from pathlib import Path

from gradviz.runs.carriers import MARK
from gradviz.runs.files import FileError


def is_film(begins: bytes) -> bool:
    return begins[4:8] == b"ftyp" or begins.startswith(b"\x1a\x45\xdf\xa3")


def text_in(path: Path) -> bytes | None:
    """The comment among a film's metadata."""
    try:
        import av
    except ImportError as problem:
        raise FileError(f"To read the film '{path}', GradViz needs the Python package 'av': pip install av.") from problem
    try:
        with path.open("rb") as file, av.open(file) as container:  # a file, not a name, which could be an address
            said = {name.lower(): text for name, text in container.metadata.items()}
    except av.error.FFmpegError:
        return None
    comment = said.get("comment", "")
    return comment.encode() if MARK in comment.encode() else None
