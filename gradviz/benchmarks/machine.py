"""What this machine is, in one line: a measurement without it says nothing."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

import msgspec

#: The packages whose speed is measured, and what people call them.
PACKAGES = {"numpy": "numpy", "numba": "numba", "PyQt6-Qt6": "Qt", "pyqtgraph": "pyqtgraph", "torch": "PyTorch"}


class Machine(msgspec.Struct, frozen=True):
    """The processor, its cores, the system, and the versions of what runs on it."""

    processor: str
    cores: int
    system: str
    python: str
    packages: dict[str, str]

    def __str__(self) -> str:
        packages = ", ".join(f"{name} {version}" for name, version in self.packages.items())
        cores = f"{self.cores} core{'s' * (self.cores != 1)}"
        numba = "" if "numba" in self.packages else "; numba is missing, the engine runs uncompiled"
        return f"{self.processor}, {cores}, {self.system}; Python {self.python}, {packages}{numba}"


def this_machine() -> Machine:
    """The machine that this runs on."""
    return Machine(_processor(), os.cpu_count() or 1, f"{platform.system()} {platform.machine()}", platform.python_version(), _versions())


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.is_file():
        for line in described.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine() or "unknown processor"


def _versions() -> dict[str, str]:
    versions = {}
    for package, name in PACKAGES.items():
        try:
            versions[name] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions
