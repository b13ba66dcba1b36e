"""Kept machine code is used again, and never for another source than it was made of."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba", reason="there is no machine code without numba")

CALLED = "from gradviz.core.compiled import compiled\n\n\n@compiled\ndef inner(x):\n    return x + {added}\n"
CALLER = (
    "from called import inner\nfrom gradviz.core.compiled import compiled\n\n\n@compiled\ndef outer(x):\n    return 2.0 * inner(x)\n\n\n"
    "print(outer(1.0), sum(outer.stats.cache_hits.values()))\n"
)


def run(folder: Path) -> list[str]:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "kept"), "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    done = subprocess.run([sys.executable, "-B", "caller.py"], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_kernel_is_compiled_anew_when_a_function_it_calls_in_another_file_changes(tmp_path: Path) -> None:
    (tmp_path / "caller.py").write_text(CALLER)
    (tmp_path / "called.py").write_text(CALLED.format(added="1.0"))
    assert run(tmp_path) == ["4.0", "0"]
    assert run(tmp_path) == ["4.0", "1"], "the second process loads what the first one compiled"
    (tmp_path / "called.py").write_text(CALLED.format(added="10.0"))
    assert run(tmp_path) == ["22.0", "0"], "the old machine code does not run for the new source"
