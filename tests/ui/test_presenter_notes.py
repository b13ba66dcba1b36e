"""The presenter's notes as paragraphs, and what closes them; that nothing of the window has moved afterwards."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QTextBlock, QTextDocument
from PyQt6.QtWidgets import QApplication, QSplitter
from pytestqt.qtbot import QtBot

from gradviz.lessons.course import course_files
from gradviz.ui.presenting.notes import NotesWindow
from gradviz.ui.presenting.thoughts import paragraphs
from gradviz.ui.window import Window

Key = Qt.Key
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|propagateSizeHints|grabbing the keyboard)", extend=True)


def steps() -> list[Any]:
    """The notes of every step of the course."""
    lessons = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in course_files()}
    return [pytest.param(step["notes"], id=f"{name}-{place}") for name, lesson in lessons.items() for place, step in enumerate(lesson["steps"], 1)]


def blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


def plain(markdown: str) -> str:
    document = QTextDocument()
    document.setMarkdown(markdown)
    return document.toPlainText()


@pytest.mark.parametrize("notes", steps())
def test_each_line_of_the_courses_notes_is_a_paragraph(qapp: QApplication, notes: str) -> None:  # noqa: ARG001
    shown = QTextDocument()
    shown.setMarkdown(paragraphs(notes))
    assert [block.text() for block in blocks(shown)] == [plain(line) for line in notes.strip().splitlines()]
    for block in blocks(shown):
        if block.text().startswith("Typical question:"):
            formats = {block.text()[part.start : part.start + part.length]: part.format.fontWeight() for part in block.textFormats()}
            assert formats["Typical question:"] > 500
            assert min(formats.values()) <= 500, "the question itself is not bold"


def test_a_sentence_that_is_typed_on_in_the_next_line_stays_one_paragraph() -> None:
    assert paragraphs("Ask them first, and wait\nfor an answer. Then show it.") == "Ask them first, and wait\nfor an answer. Then show it."
    assert paragraphs("Wait for an answer,\nTypical question: “Why?”\nBecause.") == "Wait for an answer,\n\n**Typical question:** “Why?”\n\nBecause."


def test_lists_tables_and_quotations_stay_what_they_are() -> None:
    listed = "Say:\n- one.\n- two,\n  and a half.\n- three.\nThen go on."
    assert paragraphs(listed) == "Say:\n\n- one.\n- two,\n  and a half.\n- three.\n\nThen go on."
    assert paragraphs("| a. |\n|---|\n| b. |") == "| a. |\n|---|\n| b. |"
    assert paragraphs("> One.\n> Two.") == "> One.\n> Two."


@given(st.lists(st.sampled_from(["A thought.", "a line", "- an entry", "1. a number", "Typical question: “Why?”", "", "  more", "> quoted."])))
def test_no_word_is_lost_and_no_paragraph_is_parted_twice(lines: list[str]) -> None:
    notes = "\n".join(lines)
    found = paragraphs(notes)
    assert found.replace("**", "").split() == notes.split()
    assert paragraphs(found) == found


@pytest.fixture
def presented(open_window, press, wait_for) -> tuple[Window, NotesWindow]:
    """A window that a hall looks at, and its notes, which have the focus."""
    window = open_window()
    press(Key.Key_P)
    window.actions_by_name["notes"].trigger()
    shown = window.projecting.noting.notes
    shown.activateWindow()
    wait_for(shown.isActiveWindow)
    return window, shown


def test_escape_closes_the_notes_and_leaves_the_hall_its_picture(presented, qtbot: QtBot, wait_for, press) -> None:
    window, shown = presented
    qtbot.keyClick(shown, Key.Key_Escape)
    assert not shown.isVisible()
    assert not window.actions_by_name["notes"].isChecked()
    assert window.projecting.on
    wait_for(window.isActiveWindow)
    press(Key.Key_Escape)
    assert not window.projecting.on


@pytest.mark.parametrize("closed_before", [True, False])
def test_after_a_talk_with_notes_the_window_is_laid_out_as_before(open_window, press, qtbot: QtBot, wait_for, closed_before: bool) -> None:
    window = open_window()
    window.setGeometry(5, 60, 790, 560)
    split = window.left.parentWidget()
    assert isinstance(split, QSplitter)
    QApplication.processEvents()
    wait_for(lambda: "cost" in window.dashboard.panels)  # what is made last makes plots want more room
    split.setSizes([270, split.width() - 270])
    window.dashboard.share_room((window.dashboard.proportions()[0], [[200, 100, 90, 0], [150, 0, 90, 60, 0, 0]]))
    QApplication.processEvents()

    def layout() -> tuple[Any, ...]:
        return window.geometry(), split.sizes(), window.left.width(), window.dashboard.visible, window.dashboard.proportions()[1], window.styleSheet()

    before = layout()
    assert abs(before[2] - 270) <= 5, "it is not as wide as usual"
    press(Key.Key_P)
    window.actions_by_name["notes"].trigger()
    QApplication.processEvents()
    shown = window.projecting.noting.notes
    if closed_before:
        qtbot.keyClick(shown, Key.Key_Escape)
    window.activateWindow()
    wait_for(window.isActiveWindow)
    window.dashboard.setFocus()
    press(Key.Key_P)
    assert not window.projecting.on
    wait_for(lambda: not window.projecting._settling.isActive())
    QApplication.processEvents()
    assert layout() == before
    assert shown.isVisible() is not closed_before
