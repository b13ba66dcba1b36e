"""Help from the window: the welcome of a first start, the sheet of keys, the page on everything, and what GradViz is."""

from __future__ import annotations

import platform
import re

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QSettings, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QApplication, QDialog, QPushButton, QTextBrowser
from pytestqt.qtbot import QtBot

from gradviz import __version__
from gradviz.core.config import Config
from gradviz.runs.presets import presets
from gradviz.runs.resources import resource
from gradviz.ui.actions import TABLE
from gradviz.ui.help import about, explanation, key_sheet
from gradviz.ui.help.citation import citation
from gradviz.ui.help.keys import OWN_KEYS, Group, groups, in_columns, written
from gradviz.ui.help.welcome import CASES, course
from gradviz.ui.layout import MENUS
from gradviz.ui.plots.dashboard import PLACES
from gradviz.ui.state import Phase
from gradviz.ui.window import Window

Key = Qt.Key


def page(window: Window, name: str) -> QDialog | None:
    return window.findChild(QDialog, name)


def settled() -> None:
    """What closed is gone."""
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()


# the welcome


def test_a_first_start_by_itself_is_welcomed_once(open_window, monkeypatch) -> None:
    connect = Window._connect

    def as_the_application_does(window: Window) -> None:
        connect(window)
        window.helping.greets = True

    monkeypatch.setattr(Window, "_connect", as_the_application_does)
    first = open_window()
    welcome = page(first, "welcome")
    assert welcome is not None
    assert welcome.isVisible()
    assert not welcome.isModal()
    welcome.close()
    assert page(open_window(), "welcome") is None


def test_a_window_on_something_that_was_named_welcomes_nobody(open_window, settings: QSettings) -> None:
    window = open_window()
    assert not window.helping.greets
    assert page(window, "welcome") is None
    assert not settings.contains("welcomed")


def test_who_is_offered_something_back_is_not_welcomed_as_well(open_window, settings: QSettings) -> None:
    window = open_window()
    window.messages.say("GradViz was ended before it could close.")
    window.helping.greets = True
    window.helping.begin()
    assert page(window, "welcome") is None
    assert not settings.contains("welcomed")  # the next start may


def test_the_welcome_has_the_three_cases_of_the_notebook_and_each_opens_ready_to_run(open_window, press, wait_for, qtbot: QtBot) -> None:
    window = open_window("he-2015")
    for name in CASES:
        window.actions_by_name["welcome"].trigger()
        welcome = page(window, "welcome")
        buttons = welcome.findChildren(QPushButton)
        assert [button.objectName() for button in buttons] == ["notebook-1a", "notebook-1b", "notebook-1d"]
        button = next(button for button in buttons if button.objectName() == name)
        assert presets()[name].description in button.accessibleDescription()
        if name == "notebook-1b":
            qtbot.keyClick(button, Key.Key_Return)
        else:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        settled()
        assert page(window, "welcome") is None
        assert window.state.running == presets()[name].config
        assert not window.state.runs
        wait_for(lambda: window.state.phase is not Phase.PREPARING)
    wait_for(window.isActiveWindow)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 1)


def test_arrows_go_from_case_to_case_and_escape_closes_the_welcome(open_window, press, wait_for) -> None:
    window = open_window()
    window.actions_by_name["welcome"].trigger()
    welcome = page(window, "welcome")
    wait_for(lambda: welcome.buttons[0].hasFocus())
    seen = []
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Right, Key.Key_Left):
        press(key)
        seen.append(QApplication.focusWidget().objectName())
    assert seen == ["notebook-1b", "notebook-1d", "notebook-1a", "notebook-1d"]
    press(Key.Key_Escape)
    settled()
    assert page(window, "welcome") is None
    assert window.run.config == presets()["notebook-1a"].config


def test_the_drawings_are_the_gradients_of_the_first_epoch(open_window, wait_for) -> None:
    """Held against the notebook's own lines: h = tanh(w h), g[k] = (1 − tanh²) w g[k+1]."""
    window = open_window()
    window.actions_by_name["welcome"].trigger()
    welcome = page(window, "welcome")
    wait_for(lambda: all(len(button.drawing.course) for button in welcome.buttons))
    for button in welcome.buttons:
        config = button.preset.config
        weight, h = config.weight_scale, [config.inputs[0]]
        for _ in range(config.layers - 1):
            h.append(np.tanh(weight * h[-1]))
        u = weight * np.array(h[:-1])
        slope = 1.0 / np.cosh(u) ** 2
        size = np.log10(abs(h[-1] - config.targets[0]) / len(config.inputs)) + np.cumsum(np.append(0.0, np.full(config.layers - 2, np.log10(weight))))
        expected = (size + np.cumsum(np.log10(slope[::-1])))[::-1]
        np.testing.assert_allclose(button.drawing.course, expected, atol=1e-6)
        assert button.drawing.words in button.accessibleDescription()
    welcome.close()


def test_a_course_keeps_exact_zeros() -> None:
    assert np.isneginf(course(Config(layers=130, weight_scale=5.0))[0])


# the sheet of keys


def test_the_sheet_has_every_key_of_actions_panels_and_plots() -> None:
    written_there = {(key.keys, key.does) for group in groups() for key in group.keys}
    for entry in TABLE:
        if entry.keys:
            assert (written(entry.keys), entry.text.rstrip("…")) in written_there
    for place in PLACES.values():
        if place.keys:
            assert (written(place.keys), place.title) in written_there
    assert {("Ctrl+1 … Ctrl+0", "Show or hide a panel"), ("Alt+1 … Alt+0", "One panel alone")} <= written_there
    assert [group.title for group in groups()][: len(MENUS)] == [title.replace("&", "") for title in MENUS]
    assert set(OWN_KEYS) <= set(groups())


@pytest.mark.parametrize(("keys", "read"), [("PgDown, N", "PgDown, N"), ("Ctrl+Shift+Left", "Ctrl+Shift+←"), ("Ctrl+,", "Ctrl+,"), ("?", "?"), ("Right", "→")])
def test_keys_are_written_as_a_keyboard_has_them(keys: str, read: str) -> None:
    assert written(keys) == read


def test_the_numbers_of_panels_on_the_sheet_are_their_keys(open_window) -> None:
    choosing = open_window().choosing
    for actions, held in ((choosing.actions, "Ctrl"), (choosing.alone, "Alt")):
        keys = [{key.toString() for key in action.shortcuts()} for action in actions]
        assert f"{held}+1" in keys[0]
        assert f"{held}+0" in keys[-1]


def test_in_a_hall_the_sheet_begins_with_what_a_lecturer_needs_and_has_all_the_same() -> None:
    desk, hall = groups(), groups(hall=True)
    assert [group.title for group in hall[:2]] == ["Run", "Lesson"]
    assert [group for group in desk if group not in hall[:2]] == list(hall[2:])


def test_in_projector_mode_the_sheet_is_the_halls(open_window) -> None:
    window = open_window()
    for on, begins in ((False, "File: "), (True, "Run: ")):
        window.projecting.turn(on)
        window.helping.show_keys()
        assert page(window, "key_sheet").body.sheet.accessibleDescription().startswith(begins)
        window.helping.show_keys()
        settled()
    window.projecting.turn(False)


@pytest.mark.parametrize("columns", [1, 2, 3, 5])
def test_columns_keep_the_order_of_the_groups(columns: int) -> None:
    shown = groups()
    filled = in_columns(shown, columns)
    assert [group for column in filled for group in column] == list(shown)
    assert len(filled) <= columns


def test_the_tallest_column_is_as_low_as_can_be() -> None:
    """Held against trying every way to part five groups."""
    shown = [Group(str(count), tuple(OWN_KEYS[0].keys[:1]) * count) for count in (5, 1, 4, 2, 3)]
    heights = [group.lines for group in shown]
    best = min(max(sum(heights[:i]), sum(heights[i:j]), sum(heights[j:])) for i in range(1, 4) for j in range(i + 1, 5))
    assert max(sum(group.lines for group in column) for column in in_columns(shown, 3)) == pytest.approx(best)


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_the_sheet_fits_without_scrolling_and_the_same_key_closes_it(open_window, press, wait_for, size: tuple[int, int]) -> None:
    window = open_window()
    window.resize(*size)
    press(Key.Key_Question)
    sheet = page(window, "key_sheet")
    assert sheet is not None
    assert sheet.height() <= window.height()
    bars = (sheet.body.verticalScrollBar(), sheet.body.horizontalScrollBar())
    assert [bar.maximum() for bar in bars] == [0, 0]
    assert sheet.body.sheet.shown.font.pointSizeF() > window.font().pointSizeF()
    assert "Space, Run" in sheet.body.accessibleDescription()
    wait_for(sheet.isActiveWindow)
    press(Key.Key_Question)
    settled()
    assert page(window, "key_sheet") is None


def test_a_sheet_without_room_is_scrolled_and_stays_readable(open_window) -> None:
    window = open_window()
    window.actions_by_name["keys"].trigger()
    sheet = page(window, "key_sheet")
    sheet.resize(320, 240)
    QApplication.processEvents()
    assert sheet.body.sheet.shown.font.pointSizeF() == key_sheet.LEAST
    assert sheet.body.verticalScrollBar().maximum() > 0
    window.actions_by_name["keys"].trigger()
    settled()
    assert page(window, "key_sheet") is None


def takes(widget: object, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> bool:
    """Whether a widget with the focus wants a key for itself, though the window may have a shortcut on it."""
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifier)
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_the_keys_of_timeline_weights_and_map_are_theirs(open_window, wait_for) -> None:
    window = open_window()
    window.choosing.ask_for(("weights", "phase"))
    panels = window.dashboard.panels
    wait_for(lambda: {"weights", "phase"} <= set(panels) and len(panels["weights"].weights.across))
    arrows = (Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down)
    for widget, keys in (
        (window.timeline.track, (Key.Key_Left, Key.Key_Right, Key.Key_PageUp, Key.Key_PageDown, Key.Key_Home, Key.Key_End)),
        (panels["weights"], (Key.Key_PageUp, Key.Key_PageDown, Key.Key_Up, Key.Key_Down)),
        (panels["phase"], arrows),
    ):
        for key in keys:
            assert takes(widget, key), (widget, key)
    assert all(takes(panels["phase"], key, Qt.KeyboardModifier.ShiftModifier) for key in arrows)


# the page on everything


def test_the_page_names_keys_that_there_are() -> None:
    text = resource("help.md").read_text(encoding="utf-8")
    known = {key for group in groups() for keys in group.keys for key in keys.keys.split(", ")}
    named = re.findall(r"\*+([^*]+)\*+ \(([^()]*)\)", text)
    modified = set(re.findall(r"(?:Ctrl|Shift|Alt)\+[^ )*,.]+", text.replace("Ctrl+,", "")))
    assert modified <= known
    words = {entry.text.rstrip("…"): written(entry.keys) for entry in TABLE if entry.keys}
    right = [(name, keys) for name, keys in named if words.get(name.rstrip("…")) == keys]
    wrong = [(name, keys) for name, keys in named if name.rstrip("…") in words and words[name.rstrip("…")] != keys and "menu" not in keys]
    assert wrong == []
    assert len(right) >= 20


def test_the_page_explains_every_panel_and_has_the_table_of_all_keys() -> None:
    text = explanation.explanation()
    for place in PLACES.values():
        assert f"**{place.title.partition(':')[0]}" in text or place.title.split()[0] in text
    assert explanation.KEYS not in text
    for entry in TABLE:
        if entry.keys:
            assert f"| {written(entry.keys)} | {entry.text.rstrip('…')} |" in text
    for word in ("Lessons", "Projector", "Describe in words", "What is this?", "Preferences"):
        assert word in text


def test_the_page_is_scrolled_by_keys_and_closed_by_escape(open_window, press, wait_for) -> None:
    window = open_window()
    press(Key.Key_F1)
    opened = page(window, "explanation")
    text = opened.findChild(QTextBrowser)
    wait_for(text.hasFocus)
    press(Key.Key_PageDown)
    assert text.verticalScrollBar().value() > 0
    window.actions_by_name["seeing"].trigger()
    assert len(window.findChildren(QDialog, "explanation")) == 1
    press(Key.Key_Escape)
    settled()
    assert page(window, "explanation") is None


# about


def test_about_has_versions_licences_and_how_to_cite_and_copies_them(open_window, qtbot: QtBot) -> None:
    window = open_window()
    window.actions_by_name["about"].trigger()
    opened = page(window, "about")
    text = opened.findChild(QTextBrowser).toPlainText()
    buttons = {button.text().replace("&", ""): button for button in opened.findChildren(QPushButton)}
    qtbot.mouseClick(buttons["Copy all"], Qt.MouseButton.LeftButton)
    copied = QApplication.clipboard().text()
    for words in (__version__, platform.python_version(), np.__version__, "GPL-3.0-or-later", "DejaVu Sans", "CC BY 4.0", citation().text):
        assert words in text
        assert words in copied
    qtbot.mouseClick(buttons["Copy BibTeX"], Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == citation().bibtex
    qtbot.mouseClick(buttons["Licence…"], Qt.MouseButton.LeftButton)
    licence = opened.findChild(QDialog, "licence")
    assert "GNU GENERAL PUBLIC LICENSE" in licence.findChild(QTextBrowser).toPlainText()
    licence.close()
    opened.close()


def test_every_licence_that_about_names_is_there() -> None:
    for *_, path in (*about.LICENCES, about.DIGITS):
        assert len(resource(path).read_text(encoding="utf-8")) > 500


def test_the_citation_is_of_this_version_and_invents_nothing() -> None:
    cited = citation()
    assert (cited.title, cited.version, cited.licence) == ("GradViz", __version__, "GPL-3.0-or-later")
    assert cited.authors
    entry = cited.bibtex
    assert entry.count("{") == entry.count("}")
    assert f"version = {{{__version__}}}" in entry
    assert "doi" not in entry.lower()
    for line in resource("CITATION.cff").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r'[a-z-]+: *"?.*"?|[a-z-]+:|  - (name: )?".*"', line), line


def test_a_package_that_is_not_installed_is_said_to_be_so() -> None:
    assert about._version("no-such-package-anywhere") == "not installed"
