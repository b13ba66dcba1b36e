"""`gradviz table.csv`: the window opens on a person's own table, or a sentence says why not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gradviz.runs.presets import Preset


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the door to the window was called with; no window opens."""
    calls: list[tuple[Any, ...]] = []
    app = ModuleType("gradviz.ui.app")
    app.open_window = lambda *what, **_options: calls.append(what) or 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gradviz.ui.app", app)
    return calls


@pytest.mark.parametrize(("targets", "loss"), [("rose lily rose", "cross_entropy"), ("1.5 2.5 7", "mse")])
def test_a_table_opens_with_a_network_that_learns_it(
    gradviz: Callable[..., Any], window: list[tuple[Any, ...]], tmp_path: Path, targets: str, loss: str
) -> None:
    (tmp_path / "mine.CSV").write_text("a,b,y\n" + "".join(f"1,{place},{target}\n" for place, target in enumerate(targets.split())))
    assert gradviz("mine.CSV") == (0, "", "")
    [(preset, _)] = window
    assert isinstance(preset, Preset)
    assert preset.name == "mine"
    config = preset.config
    assert (config.data, config.csv_file, config.loss, config.wide) == ("csv", str(tmp_path / "mine.CSV"), loss, True)


def test_what_is_no_table_is_a_sentence(gradviz: Callable[..., Any], window: list[tuple[Any, ...]], tmp_path: Path) -> None:
    (tmp_path / "gap.csv").write_text("a,y\n1,2\n,3\n")
    said = gradviz("gap.csv")
    assert (said.status, said.out) == (1, "")
    assert said.err.endswith("line 3 has nothing in column 'a'; fill the gap, or delete the line.\n")
    assert gradviz("none.csv").status == 1
    assert window == []
