"""Where a run comes from: the versions and the machine that rounded its numbers, and the table that it learned."""

from __future__ import annotations

import hashlib
import platform
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path

import msgspec
import numpy as np

from gradviz.core.config import Config
from gradviz.runs.csv_table import LARGEST_FILE, Stamp, stamp


class MadeWith(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a run's last bits depend on besides its config: versions, the kind of machine, and for a wide network the library that multiplies matrices."""

    numpy: str = ""
    numba: str = ""
    machine: str = ""
    blas: str = ""

    @property
    def known(self) -> bool:
        return bool(self.numpy)

    def __str__(self) -> str:
        parts = [f"numpy {self.numpy}", f"numba {self.numba}" if self.numba else "no numba", self.blas]
        return f"{', '.join(part for part in parts if part)} on {self.machine or 'an unknown machine'}"


def this_machine(config: Config) -> MadeWith:
    """What a run of this config is made with here."""
    return MadeWith(np.__version__, _numba(), platform.machine(), _blas() if config.wide else "")


@cache
def _numba() -> str:
    try:
        return metadata.version("numba")
    except metadata.PackageNotFoundError:  # then the kernel runs uncompiled
        return ""


@cache
def _blas() -> str:
    """The matrix library, its version, and the processor that it chose its code for."""
    from threadpoolctl import threadpool_info

    found = (library for library in threadpool_info() if library["user_api"] == "blas")
    return next((f"{library['internal_api']} {library['version']} for {library.get('architecture', 'any processor')}" for library in found), "")


def table_digest(config: Config) -> str:
    """The SHA-256 of the person's own table that a config learns, in hex; empty where it learns none, or the table is gone."""
    if config.data != "csv":
        return ""
    path = Path(config.csv_file)
    now = stamp(path)
    return _digest(path, now) if now and path.is_file() and now[-1] <= LARGEST_FILE else ""


@lru_cache(maxsize=8)
def _digest(path: Path, _unchanged: Stamp) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
