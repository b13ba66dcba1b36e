"""`gradviz LESSON` opens the window on a lesson; a file with a mistake is a sentence, and opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradviz.lessons.course import course

MINE = 'title = "Mine"\nsummary = "s"\nminutes = 5\n[[steps]]\ntitle = "One"\ntext = "Words."\nset = { epochs = 1 }\n'


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the window would have been opened with: titles and names of lessons."""
    from gradviz.ui import app

    found: list[tuple[str, str]] = []
    monkeypatch.setattr(app, "open_lesson", lambda lesson, name: found.append((lesson.title, name)) or 0)
    monkeypatch.setattr(app, "open_window", lambda what, *_name, **_more: found.append(("no lesson", what.name)) or 0)
    return found


def test_a_lessons_name_or_file_opens_the_window_on_it(gradviz: Callable[..., Any], opened: list[tuple[str, str]], tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE, encoding="utf-8")
    assert gradviz("01-notebook").status == 0
    assert gradviz("mine.toml").status == 0
    assert opened == [(course()["01-notebook"].title, "01-notebook"), ("Mine", "mine")]


def test_a_config_and_a_preset_open_the_window_as_before(gradviz: Callable[..., Any], opened: list[tuple[str, str]], tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("weight_scale = 2.0\n", encoding="utf-8")
    assert gradviz("config.toml").status == 0
    assert gradviz("notebook-1b").status == 0
    assert opened == [("no lesson", "config"), ("no lesson", "notebook-1b")]


def test_a_lesson_with_a_mistake_is_a_sentence_and_opens_nothing(gradviz: Callable[..., Any], opened: list[tuple[str, str]], tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE + "claims = [{}]\n", encoding="utf-8")
    said = gradviz("mine.toml")
    assert (said.status, opened) == (1, [])
    assert said.err == "In 'mine.toml', line 8, step 1, claims 1: the field claim is missing.\n"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            "title = 'Gr\xfc\xdfe'\n[[steps]]\n".encode("latin-1"),
            "In 'mine.toml', line 1: this file is not UTF-8; save it as UTF-8, as every text editor can.\n",
        ),
        (b"title = 'T'\nsummary = 'S'\nminutes = 5\n[steps]\ntitle = 'x'\n", "In 'mine.toml', line 4, steps: steps are tables: write [[steps]].\n"),
        ("weight_scale = 5 # f\xfcnf".encode("latin-1"), "'mine.toml' is not a TOML config: it is not UTF-8; save it as UTF-8, as every text editor can.\n"),
    ],
)
def test_a_file_is_told_what_is_wrong_with_it_as_the_kind_of_file_that_it_is(
    gradviz: Callable[..., Any], opened: list[tuple[str, str]], tmp_path: Path, raw: bytes, said: str
) -> None:
    (tmp_path / "mine.toml").write_bytes(raw)
    assert (gradviz("mine.toml").status, gradviz("mine.toml").err, opened) == (1, said, [])
