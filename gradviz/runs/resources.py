"""The one door to resources/: the same from a checkout and from an installed wheel."""

from __future__ import annotations

from pathlib import Path

import gradviz


def resource(name: str) -> Path:
    """The path of a file or folder in resources/, such as `presets.toml` or `fonts`."""
    package = Path(gradviz.__file__).parent
    installed = package / "resources"  # where the wheel puts them
    return (installed if installed.is_dir() else package.parent / "resources") / name
