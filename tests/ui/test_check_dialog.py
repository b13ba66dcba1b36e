"""The dialog that checks the gradient: it fills while it works, says what it found, and leaves nothing behind."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QDialogButtonBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gradviz.core import check as checks
from gradviz.core.config import Config
from gradviz.core.frames import Intervention
from gradviz.core.logdomain import log_profile
from gradviz.core.training import train
from gradviz.runs.presets import presets
from gradviz.runs.run import record
from gradviz.ui import check as dialogs
from gradviz.ui import worker as workers
from gradviz.ui.check import CheckDialog
from gradviz.ui.theme import DARK, LIGHT, Theme

PATIENCE = 60_000
DEEP = Config(layers=3000, weight_scale=5.0)  # some seconds of work

Opener = Callable[..., CheckDialog]


@pytest.fixture
def open_dialog(qtbot: QtBot) -> Iterator[Opener]:
    """Opens the dialog on a config's first frame; closes it after the test."""
    opened: list[CheckDialog] = []

    def open_one(config: Config, theme: Theme = LIGHT, parent: QWidget | None = None) -> CheckDialog:
        dialog = CheckDialog(parent, config, next(train(config)), theme)
        opened.append(dialog)
        with qtbot.waitExposed(dialog):
            dialog.show()
        return dialog

    yield open_one
    for dialog in opened:
        if not sip.isdeleted(dialog):
            dialog.close()


@pytest.fixture
def finished(qtbot: QtBot) -> Callable[[CheckDialog], CheckDialog]:
    def wait(dialog: CheckDialog) -> CheckDialog:
        qtbot.waitUntil(lambda: not dialog._timer.isActive(), timeout=PATIENCE)
        return dialog

    return wait


def shown(dialog: CheckDialog) -> list[list[str]]:
    table = dialog.table
    return [[table.item(row, column).text() for column in range(table.columnCount())] for row in range(table.rowCount())]


def test_in_a_hall_its_letters_are_the_halls(open_window: Any, open_dialog: Opener, finished: Any) -> None:
    window = open_window("notebook-1b")
    word, letters, rows = sizes(finished(open_dialog(Config(layers=10), parent=window)))
    window.actions_by_name["projector"].trigger()
    large_word, large_letters, large_rows = sizes(finished(open_dialog(Config(layers=10), parent=window)))
    assert large_word > word
    assert large_letters > letters
    assert large_rows - large_letters == rows - letters > 0


def sizes(dialog: CheckDialog) -> tuple[int, int, int]:
    """How high the letters of the conclusion's word and of the table are, and the table's rows."""
    assert dialog.table.rowCount() == 9
    return dialog.verdict.fontMetrics().height(), dialog.table.fontMetrics().height(), dialog.table.rowHeight(8)


def test_the_table_has_a_row_for_every_layer_and_the_words_say_what_it_proves(open_dialog: Opener, finished: Any) -> None:
    dialog = finished(open_dialog(presets()["notebook-1b"].config))
    rows = shown(dialog)
    assert [int(row[0]) for row in rows] == list(range(1, 100))
    assert rows[0][1:4] == ["6.42×10⁻³⁰¹"] * 3
    assert rows[0][5] == "log domain"
    assert dialog.verdict.text() == "✓ Agrees."
    assert dialog.sentence.text().startswith("All 99 weight gradients agree with finite differences to ")
    assert dialog.windowTitle() == "Check the gradient at epoch 0"
    assert not dialog.progress.isVisible()


def test_numbers_far_outside_float64_are_shown(open_dialog: Opener, finished: Any) -> None:
    dialog = finished(open_dialog(Config(layers=2000, weight_scale=5.0)))
    assert shown(dialog)[0][:4] == ["1", "6.99×10⁻⁶⁰⁸⁰", "0", "6.99×10⁻⁶⁰⁸⁰"]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_verdict_is_a_mark_a_word_and_a_colour(open_dialog: Opener, finished: Any, monkeypatch: pytest.MonkeyPatch, theme: Theme) -> None:
    config = Config(layers=6)
    good = finished(open_dialog(config, theme))
    assert theme.curves[2] in good.verdict.styleSheet()

    def spoiled(config: Config, w: Any) -> Any:
        profile = log_profile(config, w)
        profile.dw.decades[3] += math.log10(2.0)
        return profile

    monkeypatch.setattr(checks, "log_profile", spoiled)
    bad = finished(open_dialog(config, theme))
    assert bad.verdict.text() == "✗ Disagrees."
    assert theme.error in bad.verdict.styleSheet()
    assert "layer 3. At layer 3 backpropagation says" in bad.sentence.text()
    assert [row[5].endswith("disagrees") for row in shown(bad)] == [False, False, True, False, False]
    assert bad.table.item(2, 0).foreground().color().name() == theme.error


def test_the_window_lives_while_the_worker_works(open_dialog: Opener, qtbot: QtBot) -> None:
    dialog = open_dialog(DEEP)
    assert dialog.verdict.text() == "Checking…"
    assert dialog._worker.isRunning()
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0, timeout=PATIENCE)
    assert dialog.table.rowCount() < 300, "rows come while others are still being worked out"
    assert dialog.progress.maximum() == 300
    assert dialog.progress.value() == dialog.table.rowCount()
    assert dialog.sentence.text() == f"{dialog.table.rowCount()} of 300 layers are checked."


@pytest.mark.parametrize("how", ["close", "reject", "escape"])
def test_closing_while_it_runs_ends_the_worker_and_the_dialog(open_dialog: Opener, how: str) -> None:
    dialog = open_dialog(DEEP)
    worker = dialog._worker
    assert worker.isRunning()
    {"close": dialog.close, "reject": dialog.reject, "escape": lambda: QTest.keyClick(dialog, Qt.Key.Key_Escape)}[how]()
    assert worker.isFinished()
    assert worker not in workers._ending
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert sip.isdeleted(dialog)


def test_a_worker_that_takes_long_is_not_waited_for_but_kept_until_its_end(open_dialog: Opener, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogs, "PATIENCE", 0)
    dialog = open_dialog(DEEP)
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0, timeout=PATIENCE)
    worker = dialog._worker
    dialog.close()
    assert worker in workers._ending or worker.isFinished()
    qtbot.waitUntil(lambda: worker.isFinished(), timeout=PATIENCE)


def test_the_window_takes_its_dialog_with_it(open_dialog: Opener, qtbot: QtBot) -> None:
    window = QWidget()
    with qtbot.waitExposed(window):
        window.show()
    dialog = open_dialog(DEEP, parent=window)
    worker = dialog._worker
    window.close()
    assert worker.isFinished()
    assert sip.isdeleted(dialog) or not dialog.isVisible()
    sip.delete(window)


def test_a_dialog_that_is_never_shown_starts_nothing() -> None:
    config = Config(layers=4)
    dialog = CheckDialog(None, config, next(train(config)), LIGHT)
    assert not dialog._worker.isRunning()
    sip.delete(dialog)


def test_an_error_in_the_worker_is_a_sentence(open_dialog: Opener, finished: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any) -> Any:
        raise MemoryError("no room for a network of this size")

    monkeypatch.setattr(checks, "log_profile", broken)
    dialog = finished(open_dialog(Config(layers=4)))
    assert dialog.verdict.text() == "✗ Broken off."
    assert dialog.sentence.text() == "The check broke off after 0 layers: no room for a network of this size."


def test_weights_that_are_not_finite_are_a_sentence(open_dialog: Opener, finished: Any) -> None:
    dialog = finished(open_dialog(Config(layers=50, initialization="normal", weight_scale=1.7e308)))
    assert dialog.verdict.text() == "✗ Not checked."
    assert dialog.table.rowCount() == 0
    assert "not all weights are finite" in dialog.sentence.text()


def test_the_table_can_be_copied_as_text_for_a_spreadsheet(open_dialog: Opener, finished: Any, qtbot: QtBot) -> None:
    dialog = finished(open_dialog(Config(layers=4)))
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    conclusion, headings, *rows = QApplication.clipboard().text().splitlines()
    assert conclusion == f"Check the gradient at epoch 0: ✓ Agrees. {dialog.sentence.text()}"
    assert headings.split("\t") == list(checks.COLUMNS)
    assert [row.split("\t") for row in rows] == shown(dialog)


def test_everything_has_a_name_and_can_be_reached_by_keys(open_dialog: Opener, finished: Any, qtbot: QtBot) -> None:
    dialog = finished(open_dialog(Config(layers=4)))
    for widget in (dialog.table, dialog.progress, dialog.verdict, dialog.sentence):
        assert widget.accessibleName()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow, timeout=PATIENCE)
    dialog.table.setFocus()
    reached = set()
    for _ in range(6):
        QTest.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
    close = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Close)
    assert {dialog.table, dialog.copy, close} <= reached


def test_the_windows_own_action_opens_it(open_window: Callable[..., Any], finished: Any) -> None:
    window = open_window("ten-layers")
    window.actions_by_name["check"].trigger()
    dialog = window.findChild(CheckDialog)
    assert dialog is not None
    assert finished(dialog).verdict.text() == "✓ Agrees."
    dialog.close()


def test_the_first_row_that_disagrees_is_scrolled_to(open_dialog: Opener, finished: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(config: Config, w: Any) -> Any:
        profile = log_profile(config, w)
        profile.dw.decades[70:72] += 0.1
        return profile

    monkeypatch.setattr(checks, "log_profile", spoiled)
    table = finished(open_dialog(Config())).table
    assert table.viewport().rect().contains(table.visualItemRect(table.item(69, 0)))
    assert not table.viewport().rect().intersects(table.visualItemRect(table.item(0, 0)))


# --- wide networks -------------------------------------------------------------------------------------------------------------------------

WIDE = Config(layers=6, width=7, bias="on", initialization="normal", data="moons", samples=40, loss="cross_entropy", epochs=300)


def open_on(dialog: CheckDialog, qtbot: QtBot) -> CheckDialog:
    with qtbot.waitExposed(dialog):
        dialog.show()
    return dialog


def test_a_wide_networks_first_frame_is_checked(open_dialog: Opener, finished: Any) -> None:
    dialog = finished(open_dialog(WIDE))
    assert [row[0] for row in shown(dialog)] == ["1", "2", "3", "4", "5"]
    assert dialog.verdict.text() == "✓ Agrees."
    assert dialog.sentence.text().startswith("All 5 weight gradients agree with finite differences to ")
    assert dialogs.HOW_WIDE in [label.text() for label in dialog.findChildren(QLabel)]


def test_the_weights_of_a_later_frame_come_from_another_training_with_its_turned_knobs(qtbot: QtBot, finished: Any) -> None:
    turned = (Intervention(40, "learning_rate", 0.7),)
    run = record(WIDE, turned)
    frame = run.at(250)
    assert frame is not None
    dialog = finished(open_on(CheckDialog(None, WIDE, frame, LIGHT, run.interventions), qtbot))
    assert dialog.verdict.text() == "✓ Agrees."
    assert dialog.windowTitle() == "Check the gradient at epoch 250"
    forgetful = finished(open_on(CheckDialog(None, WIDE, frame, LIGHT), qtbot))
    assert forgetful.verdict.text() == "✗ Broken off."
    assert forgetful.sentence.text().endswith("the training comes to other weights than the recorded ones.")
    dialog.close()
    forgetful.close()


def test_it_says_that_it_trains_once_more_and_can_be_closed_meanwhile(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    config = WIDE.replace(layers=40, width=60, epochs=100_000, observe_every=100_000)
    later = msgspec.structs.replace(next(train(config)), epoch=np.array([99_999]))
    dialog = open_on(CheckDialog(None, config, later, LIGHT), qtbot)
    qtbot.waitUntil(lambda: dialog.sentence.text().startswith("Training once more up to epoch 99,999: "), timeout=PATIENCE)
    assert (dialog.progress.minimum(), dialog.progress.maximum()) == (0, 0), "how long it takes is not known"
    worker = dialog._worker
    monkeypatch.setattr(dialogs, "PATIENCE", PATIENCE)
    dialog.close()
    assert worker.isFinished()


def test_a_table_that_is_gone_is_a_sentence(finished: Any, tmp_path: Path, qtbot: QtBot) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("a,b,y\n1,2,3\n4,5,6\n7,8,10\n")
    config = Config(layers=4, width=3, data="csv", csv_file=str(table), epochs=3)
    frame = record(config).newest
    table.unlink()
    dialog = finished(open_on(CheckDialog(None, config, frame, LIGHT), qtbot))
    assert dialog.verdict.text() == "✗ Broken off."
    assert f"Cannot read '{table}'" in dialog.sentence.text()
    dialog.close()
