"""`gradviz lessons`: the course's list, the check with its exit status, a lesson as text, one to begin with, and the format explained."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gradviz.lessons.claims import AnyClaim
from gradviz.lessons.course import course
from gradviz.lessons.lesson import Lesson, Question, Step, Turn
from gradviz.lessons.reading import read_lesson

TRUE = '{ claim = "number", of = "cost", below = 0.1 }'
FALSE = '{ claim = "number", of = "cost", above = 0.1 }'


def write(path: Path, *claims: str) -> Path:
    text = 'title = "Mine"\nsummary = "s"\nminutes = 5\n[[steps]]\ntitle = "One"\ntext = "Words."\nset = { epochs = 1 }\n'
    path.write_text(text + f"claims = [{', '.join(claims)}]\n", encoding="utf-8")
    return path


def test_the_lessons_of_the_course_are_listed_in_their_order(gradviz: Callable[..., Any]) -> None:
    said = gradviz("lessons")
    assert (said.status, said.err) == (0, "")
    names = [line.split()[0] for line in said.out.splitlines() if not line.startswith(" ")]
    assert names == list(course())
    for lesson in course().values():
        assert f"{lesson.title} ({lesson.minutes} minutes)" in said.out
        assert lesson.summary in said.out


def test_a_lesson_whose_claims_hold_is_said_to_hold(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    said = gradviz("lessons", "check", str(write(tmp_path / "mine.toml", TRUE)))
    assert (said.status, said.err) == (0, "")
    assert "  ✓ step 1: The cost is below 0.1. Measured: 0.07247." in said.out.splitlines()
    assert said.out.splitlines()[-1].endswith("mine.toml: 1 of 1 claims hold.")


def test_how_long_it_takes_is_said_before_and_what_a_step_shows_as_soon_as_it_is_there(gradviz: Callable[..., Any], tmp_path: Path, capsys: Any) -> None:
    from gradviz.lessons import checking

    path, said = write(tmp_path / "mine.toml", TRUE), []
    second = '[[steps]]\ntitle = "Two"\ntext = "Words."\nset = { epochs = 1_000_000_000 }\n'
    path.write_text(path.read_text(encoding="utf-8") + second, encoding="utf-8")
    training = checking.training

    def watched(config: Any, *changes: Any) -> Any:
        said.append(capsys.readouterr().out)
        if config.epochs > 1:
            raise KeyboardInterrupt  # nobody waits for a thousand million epochs
        return training(config, *changes)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(checking, "training", watched)
        assert gradviz("lessons", "check", str(path)).status == 130
    before, between = said
    assert before.splitlines() == [f"{path}: Mine", "  Trains 1,000,000,001 epochs: 1 for step 1, 1,000,000,000 for step 2."]
    assert between.splitlines() == ["  ✓ step 1: The cost is below 0.1. Measured: 0.07247."]


def test_data_that_cannot_be_read_fail_their_lesson_and_the_others_are_checked(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    good, bad = write(tmp_path / "good.toml", TRUE), write(tmp_path / "bad.toml", TRUE)
    there_is_none = 'set = { epochs = 1, data = "csv", csv_file = "none.csv", width = 4, initialization = "normal" }'
    bad.write_text(bad.read_text(encoding="utf-8").replace("set = { epochs = 1 }", there_is_none), encoding="utf-8")
    said = gradviz("lessons", "check", str(bad), str(good))
    assert said.status == 1
    assert "none.csv" in said.err
    assert f"{good}: 1 of 1 claims hold." in said.out.splitlines()
    assert said.out.splitlines()[-1] == f"Not everything holds in {bad}."


def test_one_claim_that_does_not_hold_fails_the_check(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    good, bad = write(tmp_path / "good.toml", TRUE), write(tmp_path / "bad.toml", TRUE, FALSE)
    said = gradviz("lessons", "check", str(good), str(bad))
    assert (said.status, said.err) == (1, "")
    assert "  ✗ step 1: The cost is above 0.1. Measured: 0.07247." in said.out.splitlines()
    assert f"{bad}: 1 of 2 claims hold." in said.out.splitlines()
    assert said.out.splitlines()[-1] == f"Not everything holds in {bad}."
    assert gradviz("lessons", "check", str(good), str(good)).out.splitlines()[-1] == "All 2 claims of 2 lessons hold."


def test_a_lesson_that_cannot_be_read_is_named_with_its_line_and_the_others_are_checked(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    good, bad = write(tmp_path / "good.toml", TRUE), write(tmp_path / "bad.toml", TRUE)
    bad.write_text(bad.read_text(encoding="utf-8").replace("minutes", "minuts"), encoding="utf-8")
    said = gradviz("lessons", "check", str(bad), str(good))
    assert said.status == 1
    assert said.err.startswith("In 'bad.toml', line 3, minuts: there is no field 'minuts' here. Did you mean 'minutes'?")
    assert f"{good}: 1 of 1 claims hold." in said.out.splitlines()


def test_the_checks_json_has_every_claim_and_every_problem(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    good, bad = write(tmp_path / "good.toml", TRUE, FALSE), write(tmp_path / "bad.toml", "{}")
    said = gradviz("lessons", "check", "--json", str(good), str(bad))
    found = json.loads(said.out)
    assert (said.status, found["holds"]) == (1, False)
    first, second = found["lessons"]
    assert [claim["holds"] for claim in first["claims"]] == [True, False]
    assert first["claims"][0] == {"step": 1, "part": "claim", "claim": "The cost is below 0.1.", "holds": True, "measured": "0.07247"}
    assert (second["claims"], second["line"], second["field"]) == ([], 8, "step 1, claims 1")
    assert second["problem"].endswith("the field claim is missing.")
    whole = gradviz("lessons", "check", "--json", str(write(tmp_path / "whole.toml", TRUE)))
    assert (whole.status, json.loads(whole.out)["holds"], "problem" in json.loads(whole.out)["lessons"][0]) == (0, True, False)


def test_without_a_name_the_whole_course_is_checked(gradviz: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from gradviz.lessons import checking

    checked: list[str] = []
    monkeypatch.setattr(checking, "check_lesson", lambda lesson, _heard: checked.append(lesson.title) or [])
    assert gradviz("lessons", "check").status == 0
    assert checked == [lesson.title for lesson in course().values()]
    checked.clear()
    gradviz("lessons", "check", "02-factor")
    assert checked == [course()["02-factor"].title]


def test_a_name_that_is_no_lesson_is_bad_usage_before_anything_is_trained(gradviz: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from gradviz.lessons import checking

    monkeypatch.setattr(checking, "check_lesson", lambda *_: pytest.fail("nothing is to be trained"))
    for command in (["check", "02-factor", "99-none"], ["show", "99-none"]):
        said = gradviz("lessons", *command)
        assert said.status == 2
        assert "There is no lesson or file '99-none'. The lessons are 01-notebook, 02-factor," in said.err
    said = gradviz("lessons", "show", "none.toml")
    assert (said.status, said.err) == (1, "Cannot read 'none.toml': No such file or directory.\n")


def test_a_lesson_is_printed_with_its_words_and_its_notes_only_where_they_are_wanted(gradviz: Callable[..., Any]) -> None:
    lesson = course()["01-notebook"]
    plain, noted = gradviz("lessons", "show", "01-notebook"), gradviz("lessons", "show", "01-notebook", "--notes")
    assert (plain.status, plain.err, noted.status, noted.err) == (0, "", 0, "")
    assert plain.out.startswith(f"# {lesson.title}\n")
    for number, step in enumerate(lesson.steps, 1):
        assert f"## {number}. {step.title}" in plain.out
        assert step.text in plain.out
        assert step.notes.strip() not in plain.out
        assert step.notes.strip() in noted.out
        assert all(f"- {claim.words}" in noted.out for claim in step.claims)
        if step.question:
            assert step.question.answer in plain.out
            assert all(f"{place}. {option}" in plain.out for place, option in enumerate(step.question.options, 1))
    assert "Experiment: preset notebook-1b; observe_every = 5." in plain.out
    assert "- Nothing is changed but weight scale, epochs." in plain.out.splitlines()
    assert all(source in plain.out for source in lesson.sources)


def test_a_new_lesson_passes_its_own_check(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    said = gradviz("lessons", "new", "mine.toml")
    assert (said.status, said.err) == (0, "")
    assert "gradviz lessons check mine.toml" in said.out
    assert len(read_lesson(tmp_path / "mine.toml").steps) == 2
    check = gradviz("lessons", "check", "mine.toml")
    assert check.status == 0, check.out


def test_the_new_lessons_comments_name_every_panel(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    from gradviz.lessons.lesson import PANELS

    gradviz("lessons", "new", "mine.toml")
    comments = " ".join(line.partition("#")[2] for line in (tmp_path / "mine.toml").read_text(encoding="utf-8").splitlines())
    assert [panel for panel in PANELS if panel not in comments] == []


def test_a_new_lesson_never_takes_the_place_of_a_file(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("mine", encoding="utf-8")
    said = gradviz("lessons", "new", "mine.toml")
    assert (said.status, said.out) == (1, "")
    assert said.err == "There is a file 'mine.toml' already, and a new lesson never takes the place of one; choose another name.\n"
    assert (tmp_path / "mine.toml").read_text(encoding="utf-8") == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]


@pytest.mark.parametrize(
    ("name", "status", "sentence"), [("mine.txt", 2, "A lesson is a .toml file; 'mine.txt' is not one."), ("no/mine.toml", 1, "there is no folder")]
)
def test_a_new_lesson_that_cannot_be_written_is_a_sentence(gradviz: Callable[..., Any], tmp_path: Path, name: str, status: int, sentence: str) -> None:
    said = gradviz("lessons", "new", name)
    assert said.status == status
    assert sentence in said.err
    assert not list(tmp_path.iterdir())


def test_the_format_explains_every_field_of_every_table_and_every_claim(gradviz: Callable[..., Any]) -> None:
    said = gradviz("lessons", "format")
    assert (said.status, said.err) == (0, "")
    blocks = said.out.split("\n\n")
    for table in (Lesson, Step, Question, Turn):
        (block,) = [block for block in blocks if block.startswith(f"{table.__name__.upper()}: ")]
        assert all(f"\n    {field.encode_name} = " in block for field in msgspec.structs.fields(table))
    for claim in AnyClaim.__args__:
        name = claim.__struct_config__.tag
        (block,) = [block for block in blocks if block.startswith("claim = ") and f'"{name}"' in block.splitlines()[0]]
        assert all(f"\n    {field.encode_name} = " in block for field in msgspec.structs.fields(claim))
        assert len(block.splitlines()[1]) > 20, "it says what the claim means"


def test_the_format_tells_what_must_be_given_and_what_else_it_is(gradviz: Callable[..., Any]) -> None:
    said = gradviz("lessons", "format").out
    assert "    title = a text (must be given)" in said
    assert '    speed = one of "fast", "normal", "slow" (normal where it is not given)' in said
    assert "    layers = a list of 2, each a whole number ([1, -2] where it is not given)" in said
    assert "    claims = a list, each a claim (nothing where it is not given)" in said
    assert max(map(len, said.splitlines())) <= 160


def test_what_is_no_command_points_to_what_there_is(gradviz: Callable[..., Any]) -> None:
    said = gradviz("lesson")
    assert said.status == 2
    assert "Nor is it a file, a lesson or a preset" in said.err


# --- what is loaded, and where it prints ---------------------------------------------------------------------------------------------------

LOADED = """
import sys
from gradviz.cli import main
main(["lessons"])
main(["lessons", "format"])
main(["lessons", "show", "01-notebook"])
print({"numba", "PyQt6", "pyqtgraph"} & set(sys.modules))
"""


def test_no_compiler_and_no_window_is_waited_for(tmp_path: Path, python_environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=tmp_path, env=python_environment, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "set()"


def test_a_terminal_of_an_old_code_page_gets_its_sentences_too(tmp_path: Path, python_environment: dict[str, str]) -> None:
    write(tmp_path / "mine.toml", TRUE)
    environment = {**python_environment, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    code = "from gradviz.cli import main; raise SystemExit(main(['lessons', 'check', 'mine.toml']) or main(['lessons', 'show', '01-notebook', '--notes']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "step 1: The cost is below 0.1." in done.stdout


def test_a_terminal_sees_how_far_the_check_is(tmp_path: Path, python_environment: dict[str, str]) -> None:
    write(tmp_path / "mine.toml", TRUE)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))  # 24 lines of 120 columns
    command = [sys.executable, "-c", "from gradviz.cli import main; raise SystemExit(main(['lessons', 'check', 'mine.toml']))"]
    done = subprocess.run(command, cwd=tmp_path, env=python_environment, stdout=subprocess.PIPE, stderr=theirs, check=False)
    os.write(theirs, b"end")  # so that there is something to read, whatever was printed
    said = os.read(ours, 65536).decode()
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 0
    assert "mine.toml" in said
    assert "0.00/1.00" in said
