"""What menus, keys and tooltips have in common with those of every other program."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QMimeData, QPoint, QUrl
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMenu, QStatusBar

from gradviz.core.config import Config
from gradviz.runs.presets import presets
from gradviz.runs.store import save
from gradviz.ui.actions import TABLE
from gradviz.ui.menus import lettered
from gradviz.ui.panels.verdict import Sentence
from gradviz.ui.state import Phase
from gradviz.ui.window import Window

Standard = QKeySequence.StandardKey
#: A plugin that draws nowhere says of every popup that it can neither raise it nor grab the keyboard.
pops_up = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)
QUICK = Config(layers=6, epochs=40)
#: What every desktop's programs do with these keys.
KNOWN = {
    "open": Standard.Open,
    "save": Standard.Save,
    "undo": Standard.Undo,
    "redo": Standard.Redo,
    "copy": Standard.Copy,
    "paste": Standard.Paste,
    "seeing": Standard.HelpContents,
    "whats_this": Standard.WhatsThis,
}


def menus_of(window: Window) -> list[QMenu]:
    """The menus of the bar, and those in them."""
    found = [action.menu() for action in window.menuBar().actions()]
    for menu in found:
        found += [action.menu() for action in menu.actions() if action.menu() is not None]
    return found


def written(action: QAction) -> list[str]:
    """Its keys as this system writes them."""
    return [key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts()]


# keys


def test_no_two_actions_share_a_key(open_window) -> None:
    window = open_window()
    actions = {action for action in window.findChildren(QAction) if action.shortcuts()} | set(window.actions())
    taken: dict[str, str] = {}
    for action in actions:
        for key in action.shortcuts():
            text = key.toString(QKeySequence.SequenceFormat.PortableText)
            assert taken.setdefault(text, action.text()) == action.text(), f"{text} is both '{taken[text]}' and '{action.text()}'"
    assert {"Ctrl+Y", "Ctrl+Shift+Z", "Ctrl+,", "F11"} <= set(taken)


@pytest.mark.parametrize("name", KNOWN)
def test_what_every_program_has_is_on_the_keys_of_every_program(open_window, name: str) -> None:
    window = open_window()
    usual = [key.toString() for key in QKeySequence.keyBindings(KNOWN[name])]
    own = [key.toString() for key in window.actions_by_name[name].shortcuts()]
    assert usual
    assert set(own) & set(usual)


@pytest.mark.parametrize("key", ["Ctrl+Shift+Z", "Ctrl+Y"])
def test_both_usual_keys_bring_back_what_was_undone(open_window, wait_for, qtbot, key: str) -> None:
    window = open_window(QUICK)
    window.changing.change("w[2]", 0.5)
    wait_for(lambda: window.run.interventions)
    window.actions_by_name["undo"].trigger()
    assert not window.run.interventions
    keys = QKeySequence(key)[0]
    qtbot.keyClick(window.dashboard, keys.key(), keys.keyboardModifiers())
    assert window.run.interventions
    assert window.now.past


def test_every_tooltip_names_all_keys(open_window) -> None:
    window = open_window()
    for entry in TABLE:
        action = window.actions_by_name[entry.name]
        keys = written(action)
        assert len(keys) == len([key for key in entry.keys.split(", ") if key])
        assert all(keys), "a key that Qt does not know has no name"
        assert action.toolTip() == (f"{entry.help} ({', '.join(keys)})" if keys else entry.help)
    for action in window.choosing.actions:
        assert all(key in action.toolTip() for key in written(action))


# letters


def test_in_an_open_menu_every_entry_has_a_letter_of_its_own_and_in_a_closed_one_none(open_window) -> None:
    window = open_window()
    seen = 0
    for menu in menus_of(window):
        plain = [action.text() for action in menu.actions()]
        menu.aboutToShow.emit()
        entries = [action.text() for action in menu.actions() if not action.isSeparator()]
        found = [text[text.index("&") + 1].lower() for text in entries if "&" in text]
        assert len(found) == len(set(found)) == len(entries), entries
        menu.aboutToHide.emit()
        if menu.objectName() != "recent":
            assert [action.text() for action in menu.actions()] == plain
        seen += len(entries)
    assert seen > 60


def test_the_menus_in_the_bar_have_letters_of_their_own(open_window) -> None:
    window = open_window()
    titles = [action.text() for action in window.menuBar().actions()]
    letters = [title[title.index("&") + 1] for title in titles]
    assert len(set(letters)) == len(letters) == 6


@given(st.lists(st.text(st.sampled_from("abcABC &x0…"), max_size=8), max_size=12))
def test_no_letter_is_given_twice_and_no_word_is_changed(texts: list[str]) -> None:
    found = lettered(texts)
    bare = [text.replace("&&", "\0").replace("&", "") for text in texts]
    assert [text.replace("&&", "\0").replace("&", "") for text in found] == bare
    marks = [text.replace("&&", "\0") for text in found]
    letters = [text[text.index("&") + 1 :][:1].lower() for text in marks if "&" in text]
    assert len(letters) == len(set(letters))


def test_the_beginnings_of_words_are_taken_first() -> None:
    assert lettered(["Save run…", "Snapshot…", "Save numbers…", "Open &recent"]) == ["&Save run…", "S&napshot…", "S&ave numbers…", "Open &recent"]
    assert lettered(["Run", "&Run"]) == ["R&un", "&Run"]
    assert lettered(["…", "R && D"]) == ["…", "&R && D"]


def test_the_button_of_an_entry_keeps_its_words_while_the_menu_is_open(open_window, wait_for) -> None:
    window = open_window(QUICK)
    menu = next(menu for menu in menus_of(window) if window.actions_by_name["run"] in menu.actions())
    menu.aboutToShow.emit()
    assert window.transport.widgetForAction(window.actions_by_name["run"]).text() == "Run"
    window.actions_by_name["run"].trigger()
    assert window.actions_by_name["run"].text() == "Pause"
    menu.aboutToHide.emit()
    assert window.actions_by_name["run"].text() == "Pause", "what it is called now stays"
    wait_for(lambda: window.now.phase is Phase.FINISHED)


# what is undone


def edit_menu(window: Window) -> tuple[str, str]:
    """What the menu says of undoing and redoing when it is opened."""
    undo, redo = window.actions_by_name["undo"], window.actions_by_name["redo"]
    menu = next(menu for menu in menus_of(window) if undo in menu.actions())
    menu.aboutToShow.emit()
    said = undo.text().replace("&", ""), redo.text().replace("&", "")
    menu.aboutToHide.emit()
    return said


def test_the_menu_says_what_is_undone_and_what_comes_back(open_window, wait_for) -> None:
    window = open_window(QUICK)
    assert edit_menu(window) == ("Undo change", "Redo change")
    window.changing.change("w[2]", 0.5)
    wait_for(lambda: window.run.interventions)
    assert edit_menu(window) == ("Undo: w[2] = 0.5", "Redo change")
    window.changing.change("learning_rate", 0.25)
    wait_for(lambda: len(window.run.interventions) == 2)
    assert edit_menu(window) == ("Undo: learning_rate = 0.25", "Redo change")
    window.actions_by_name["undo"].trigger()
    assert edit_menu(window) == ("Undo: w[2] = 0.5", "Redo: learning_rate = 0.25")


def test_the_menu_names_the_experiment_that_undoing_brings_back(open_window, wait_for) -> None:
    window = open_window("notebook-1a")
    window.actions_by_name["step"].trigger()
    wait_for(lambda: window.run.epochs_done == 2)
    window.open(presets()["notebook-1b"])
    assert edit_menu(window)[0] == "Undo: back to notebook-1a"
    window.actions_by_name["undo"].trigger()
    assert edit_menu(window)[1].startswith("Redo: on to notebook-1b")


# what the menu says of an entry


@pops_up
def test_the_line_below_the_verdict_says_what_an_entry_does_and_there_is_no_bar_for_it(open_window, wait_for) -> None:
    window = open_window("notebook-1b")
    wait_for(window.verdict.theory.text)
    before, height = window.verdict.theory.text(), window.dashboard.height()
    menu = next(menu for menu in menus_of(window) if window.actions_by_name["save"] in menu.actions())
    menu.popup(QPoint(0, 0))
    menu.setActiveAction(window.actions_by_name["save"])
    window.actions_by_name["save"].hover()
    window.actions_by_name["save"].showStatusText(window)
    assert window.verdict.theory.text() == "Save the run with everything recorded"
    menu.close()
    wait_for(lambda: window.verdict.theory.text() == before)
    assert window.verdict.theory.accessibleDescription() == window.verdict.theory.sentence, "who hears it hears the menu's own words"
    assert window.findChild(QStatusBar) is None
    assert window.dashboard.height() == height


def test_a_sentence_gives_way_to_a_hint_and_comes_back(qtbot) -> None:
    line = Sentence("theory", "Theory", 1, bold=False)
    qtbot.addWidget(line)
    line.resize(600, 20)
    line.say("What theory says.")
    line.hint("What an entry does.")
    assert line.text() == "What an entry does."
    line.say("What theory says now.")
    assert line.text() == "What an entry does."
    line.hint("")
    assert line.text() == "What theory says now."


# files


def test_a_file_that_is_gone_leaves_the_list_with_a_sentence(open_window, tmp_path) -> None:
    window = open_window(QUICK)
    paths = [tmp_path / f"run {number}.npz" for number in range(3)]
    for path in paths:
        save(window.run, path)
        window.opening.open(path)
    paths[1].unlink()
    menu = window.opening.menu
    menu.aboutToShow.emit()
    names = [action.text().replace("&", "") for action in menu.actions()]
    assert names == ["run 2.npz", "run 1.npz", "run 0.npz", "", "Clear list"]
    menu.actions()[1].trigger()
    assert window.messages.text.text() == f"'{paths[1]}' is not there any more: it was moved, renamed or deleted. It is out of the list of recent files."
    menu.aboutToShow.emit()
    assert [action.toolTip() for action in menu.actions()[:2]] == [str(paths[2]), str(paths[0])]
    next(action for action in menu.actions() if action.text().replace("&", "") == "Clear list").trigger()
    assert not menu.isEnabled()
    assert paths[0].exists()


@pytest.mark.parametrize("ending", [".npz", ".toml", ".csv", ".png", ".svg", ".pdf", ".gif", ".html", ".mp4", ".webm"])
def test_what_can_be_opened_can_be_dropped(open_window, tmp_path, ending: str) -> None:
    window = open_window(QUICK)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / f"a file{ending}"))])
    assert window.sharing.holds_something(mime)
