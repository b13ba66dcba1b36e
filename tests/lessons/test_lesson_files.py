"""Whatever a file is, it is told what is wrong with it: that it is no text, empty, of another shape, or no lesson at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.lessons.reading import LessonError, is_lesson, lesson_from, read_lesson
from gradviz.runs.files import FileError


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "nothing is in this file; `gradviz lessons new FILE.toml` writes a lesson to begin with."),
        ("# only a comment", 1, "nothing is in this file;"),
        ('title = "t"\nsummary = "s"\nminutes = 5\n', 1, "the field steps is missing."),
        ('title = "t"\nsummary = "s"\nminutes = 5\n[steps]\ntitle = "a"\n', 4, "steps are tables: write [[steps]]."),
        ('title = "t"\nsummary = "s"\nminutes = 5\nsteps = "x"\n', 4, "it is 'x'; steps are tables: write [[steps]]."),
        ('title = "t"\nsummary = "s"\nminutes = 5\nsteps = [1]\n', 4, "it is 1; steps are tables: write [[steps]]."),
        ('title = "t"\nsummary = "s"\nminutes = 5\n[[steps]]\ntitle = "a"\ntext = "b"\n[steps.claims]\n', 7, "claims are tables: write [[steps.claims]]."),
        ('title = "t"\nsummary = "s"\na = ' + "[" * 5000, 3, "lists or tables are nested too deeply here."),
    ],
)
def test_a_file_with_another_shape_is_told_the_right_one(text: str, line: int, said: str) -> None:
    with pytest.raises(LessonError) as caught:
        lesson_from(text, "mine.toml")
    assert caught.value.line == line
    assert said in str(caught.value)


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"Cannot read '.*no\.toml': No such file or directory\."):
        read_lesson(tmp_path / "no.toml")
    for raw, line in ((b"title = '\xff'", 1), (b"title = 'a'\nsummary = '\xe4'", 2), ("title = 'a'".encode("utf-16"), 1)):
        (tmp_path / "bytes.toml").write_bytes(raw)
        with pytest.raises(LessonError, match="this file is not UTF-8; save it as UTF-8") as caught:
            read_lesson(tmp_path / "bytes.toml")
        assert caught.value.line == line


def test_a_config_is_no_lesson_and_a_lesson_is_one(tmp_path: Path) -> None:
    lessons = [
        "[[steps]]",
        "  [[ steps ]]",
        "steps = []",
        "steps = 3",
        "[steps]\na = 1",
        '[["steps"]]',
        "steps.a = 1",
        "minutes = 3",
        "title = 'a\n[[steps]]\na = ",
    ]
    configs = ["weight_scale = 5.0", "epochs = 3 # [[steps]]", "", "title = '''\n[[steps]]\n'''", "epochs = = 3", "shows = ['minutes']"]
    broken = ["title = '\xff'\n[[steps]]\n".encode("latin-1"), "[[steps]]\n".encode("utf-16"), b"a = " + b"[" * 5000 + b"\n[[steps]]", b"a\r[[steps]]"]
    told = dict.fromkeys([*(text.encode() for text in lessons), *broken], True) | dict.fromkeys((text.encode() for text in configs), False)
    for number, (raw, lesson) in enumerate(told.items()):
        path = tmp_path / f"{number}.toml"
        path.write_bytes(raw)
        assert is_lesson(path) is lesson, raw[:60]
    assert not is_lesson(tmp_path / "no.toml")
    assert not is_lesson(tmp_path)


@given(text=st.text() | st.sampled_from(["title", "[[steps]]", "[" * 2000, "a = " + "[" * 5000, "a = 1" + "0" * 6000]))
def test_any_text_at_all_is_a_sentence(text: str) -> None:
    with pytest.raises(LessonError):
        lesson_from(text, "mine.toml")
