"""Pause at…: what is ticked counts at once, what is typed when typing rests, and what is no number is a sentence beside it."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from gradviz import Config
from gradviz.core.conditions import Condition
from gradviz.ui.panels.pauses import CHOICES, PausesDialog

CONFIG = Config(epochs=1000)


@pytest.fixture
def dialog(on_screen) -> PausesDialog:
    made = on_screen(PausesDialog(), 380, 320)
    made.activateWindow()
    made.show_conditions((), CONFIG)
    return made


@pytest.fixture
def said(dialog: PausesDialog) -> list[tuple[Condition, ...]]:
    emitted: list[tuple[Condition, ...]] = []
    dialog.conditions_changed.connect(emitted.append)
    return emitted


def tick(qtbot: QtBot, dialog: PausesDialog, kind: str) -> None:
    qtbot.keyClick(dialog.rows[kind].box, Qt.Key.Key_Space)


def test_every_kind_has_a_box_and_what_it_is_compared_with_a_number(dialog: PausesDialog, said, qtbot: QtBot) -> None:
    for choice in CHOICES:
        tick(qtbot, dialog, choice.kind)
    assert [condition.kind for condition in said[-1]] == [choice.kind for choice in CHOICES]
    assert {condition.kind: condition.value for condition in said[-1] if condition.value} == {
        "epoch": 100.0,
        "cost_below": 0.01,
        "cost_above": 1.0,
        "gradient_below": 1e-7,
    }
    tick(qtbot, dialog, "zero")
    assert "zero" not in [condition.kind for condition in said[-1]]


def test_who_types_a_number_means_it_and_not_what_it_began_with(dialog: PausesDialog, said, type_into, wait_for) -> None:
    type_into(dialog.rows["cost_below"].field, "2.5e-3")
    assert dialog.rows["cost_below"].box.isChecked()
    wait_for(lambda: said)
    assert said == [(Condition("cost_below", 0.0025),)]


def test_enter_takes_a_number_at_once_and_closes_nothing(dialog: PausesDialog, said, type_into, qtbot: QtBot) -> None:
    type_into(dialog.rows["epoch"].field, "250")
    qtbot.keyClick(dialog.rows["epoch"].field, Qt.Key.Key_Return)
    assert said == [(Condition("epoch", 250),)]
    assert dialog.isVisible()


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        ("epoch", "1,000", "The epoch to pause at is 1,000; the last epoch of this run is 999."),
        ("epoch", "2.5", "The epoch to pause at is 2.5; it must be a whole number."),
        ("cost_above", "big", "'big' is not a number; write one such as 1."),
        ("gradient_below", "-1e-7", "The |gradient| to pause at is −1×10⁻⁷; it must be a number greater than 0."),
        ("cost_below", "", "'' is not a number; write one such as 0.01."),
    ],
)
def test_what_cannot_be_is_a_sentence_beside_its_field_and_no_condition(dialog: PausesDialog, said, type_into, qtbot, kind, text, sentence) -> None:
    row = dialog.rows[kind]
    tick(qtbot, dialog, "zero")
    row.field.clear()
    type_into(row.field, text)
    row.box.setChecked(True)
    qtbot.keyClick(row.field, Qt.Key.Key_Return)
    assert (row.problem.text(), row.problem.isVisible()) == (sentence, True)
    assert row.field.text() == text
    assert said[-1] == (Condition("zero"),)
    row.box.setChecked(False)
    assert not row.problem.isVisible()


def test_a_number_within_the_next_run_is_refused_no_more(dialog: PausesDialog, said, type_into, qtbot: QtBot) -> None:
    row = dialog.rows["epoch"]
    type_into(row.field, "5000")
    qtbot.keyClick(row.field, Qt.Key.Key_Return)
    assert said == []
    assert row.problem.isVisible()
    dialog.show_conditions((), CONFIG.replace(epochs=10_000))
    assert not row.problem.isVisible()


def test_it_shows_what_holds_without_reporting_it(dialog: PausesDialog, said) -> None:
    dialog.show_conditions((Condition("epoch", 250), Condition("verdict")), CONFIG)
    assert [kind for kind, row in dialog.rows.items() if row.box.isChecked()] == ["epoch", "verdict"]
    assert dialog.rows["epoch"].field.text() == "250"
    assert said == []
    dialog.show_conditions((), CONFIG)
    assert not any(row.box.isChecked() for row in dialog.rows.values())
    assert dialog.rows["epoch"].field.text() == "250", "the number is there for the next time"


def test_a_text_that_means_the_number_stays_as_it_was_typed(dialog: PausesDialog, said, type_into, qtbot: QtBot) -> None:
    type_into(dialog.rows["gradient_below"].field, "10e-9")
    qtbot.keyClick(dialog.rows["gradient_below"].field, Qt.Key.Key_Return)
    dialog.show_conditions(said[-1], CONFIG)
    assert dialog.rows["gradient_below"].field.text() == "10e-9"


def test_close_closes_it(dialog: PausesDialog, qtbot: QtBot) -> None:
    qtbot.mouseClick(dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Close), Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
