"""The first lesson, given as a lecturer gives it: projector mode in a real X server of 1280 x 720, the keyboard alone, from the course to its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gradviz.lessons.course import course
from gradviz.ui.projecting import USUAL
from gradviz.ui.teaching import NOTHING, WITHHELD, WITHHELD_LONGER
from tests.ui.real_screen import PRESSES, XDOTOOL, driven, needs_keys

HEIGHT = 720

#: Gives the first lesson and says what was on the screen whenever it stood still; then sets the words of every step of all lessons.
DRIVER = (
    PRESSES
    + """
from dataclasses import replace
from gradviz.lessons.course import course
from gradviz.lessons.progress import Progress
from gradviz.ui.state import Phase


def stands_still():
    return window.now.phase not in (Phase.RUNNING, Phase.PREPARING) and not window.now.runs and not page.reading.verticalScrollBar().isSliderDown()


def settled():
    until(stands_still)
    for _ in range(40):
        app.processEvents()
        time.sleep(0.002)


def overflow():
    return page.reading.verticalScrollBar().maximum()


def on_screen():
    progress, moment = teaching.progress, window.dashboard.moment
    question = page.question
    return {
        "at": progress.at, "due": progress.due, "asks": progress.asks, "told": progress.would_be_told, "verdict": window.verdict.verdict.text(),
        "held back": window.dashboard.held_back, "panels": len(window.dashboard.visible), "overflow": overflow(), "key": page.next_key.text(),
        "answer": question.answer.text() if question.isVisible() and question.answer.isVisible() else "",
        "claims": [claim.holds for claim in teaching._claims], "epoch": moment.epoch if moment else None,
        "letters": page.text.fontInfo().pixelSize() if page.text.isVisible() else page.title.fontInfo().pixelSize(),
        "width": window.left.width() / window.width(), "strip": window.messages.isVisible(),
    }


found = []
teaching, page = window.teaching, window.teaching.panel.step
press("p", lambda: window.projecting.on and window.geometry() == window.screen().geometry())
press("ctrl+l", lambda: teaching.is_open and teaching.panel.course.list.hasFocus())
press("Return", lambda: teaching.in_step)
for _ in range(99):
    settled()
    found.append(on_screen())
    progress = teaching.progress
    if progress.due == "end":
        break
    press("Next", lambda: (teaching.progress.at, teaching.progress.due) != (progress.at, progress.due))
    if window.now.runs:
        press("3", lambda: window.actions_by_name["fast"].isChecked())
press("Next", lambda: not teaching.in_step)
after = teaching.panel.course.list.currentRow()
press("Home", lambda: teaching.panel.course.list.currentRow() == 0)
press("Return", lambda: teaching.in_step)
too_long = []
for name, lesson in course().items():
    for at, step in enumerate(lesson.steps):
        begun = Progress(lesson, name, at=at)
        told = replace(begun, shown=frozenset([at]), revealed=frozenset([at]))
        tried = replace(told, trying=step.turn is not None)
        for progress in (begun, told, tried):
            page.show_progress(progress, (), ())
            for _ in range(6):
                app.processEvents()
            if overflow():
                too_long.append([name, at + 1, progress.asks, progress.trying, overflow()])
press("Escape", lambda: not window.projecting.on)
window.close()
sip.delete(window)
print(json.dumps({"found": found, "after": after, "too long": too_long, "said": said}))
"""
)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory, python_environment: dict[str, str]) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("hall")
    return driven(DRIVER, f"1280x{HEIGHT}", [str(XDOTOOL), str(folder / "settings.ini"), "notebook-1d"], python_environment, folder)


@needs_keys
def test_one_key_leads_through_every_step_and_then_to_the_next_lesson(given: dict[str, Any]) -> None:
    lesson = next(iter(course().values()))
    assert list(dict.fromkeys(seen["at"] for seen in given["found"])) == list(range(len(lesson.steps)))
    assert given["found"][-1]["due"] == "end"
    assert given["after"] == 1
    assert all("Page Down" in seen["key"] for seen in given["found"])
    assert given["said"] == []
    assert not any(seen["strip"] for seen in given["found"])


@needs_keys
def test_nothing_gives_an_answer_away_before_it_is_revealed(given: dict[str, Any]) -> None:
    for seen in given["found"]:
        assert not (seen["asks"] and seen["answer"])
        if seen["told"]:
            assert seen["verdict"] == (WITHHELD if seen["asks"] else WITHHELD_LONGER)
        else:
            assert not seen["asks"]
            assert seen["verdict"] not in (WITHHELD, "")
            assert (seen["verdict"] == NOTHING) == seen["held back"]
    assert given["found"][0]["held back"], "the experiment of before is no part of the lesson"
    assert not given["found"][-1]["held back"]


@needs_keys
def test_every_claim_holds_and_the_epoch_to_look_at_is_on_the_plots(given: dict[str, Any]) -> None:
    lesson = next(iter(course().values()))
    checked = 0
    for seen in given["found"]:
        step = lesson.steps[seen["at"]]
        if seen["due"] in ("next", "end"):
            assert seen["claims"] == [True] * len(step.claims), step.title
            assert bool(seen["answer"]) == (step.question is not None)
            assert step.epoch is None or seen["epoch"] == step.epoch
            checked += len(step.claims)
    assert checked > 20


@needs_keys
def test_a_hall_reads_all_words_without_scrolling_in_letters_that_are_large_enough(given: dict[str, Any]) -> None:
    assert given["too long"] == []
    for seen in given["found"]:
        assert seen["overflow"] == 0
        assert seen["letters"] >= round(0.8 * USUAL * HEIGHT) - 1
        assert seen["panels"] <= 2
        assert 0.38 < seen["width"] < 0.46
