"""Preferences: each acts at once, outlives the window, and gives way to the usual where the settings hold something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PyQt6.QtCore import QByteArray, QSettings, Qt
from PyQt6.QtGui import QIcon
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QComboBox, QDialog, QFileDialog, QLabel, QPushButton, QSplitter

from gradviz.core.config import Config
from gradviz.runs.presets import presets
from gradviz.runs.session import Session, Snapshot
from gradviz.ui.dialogs.preferences import NO_PANEL, PreferencesDialog
from gradviz.ui.layout import THEMES
from gradviz.ui.plots.dashboard import PLACES, USUAL
from gradviz.ui.preferring import ALL, CHOICES, NUMBERS, TRAILS, folder_in
from gradviz.ui.state import Speed
from gradviz.ui.theme import DARK, LIGHT
from gradviz.ui.theme import THEMES as DRAWN
from gradviz.ui.window import Window

#: A plugin that draws nowhere says so of every dialog that is brought forward.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
QUICK = Config(layers=6, epochs=40)
#: Where a window is, and how large; the screen of the tests is small.
PLACE = (10, 30, 740, 600)
UNKNOWN = ("", "plaid", "-1", "1e9", "∞", "last,last", "normal ", "999999999999999999999")


@pytest.fixture
def window(open_window) -> Window:
    return open_window(QUICK)


@pytest.fixture
def dialog(window: Window) -> PreferencesDialog:
    window.actions_by_name["preferences"].trigger()
    return window.preferring.dialog


def choose(dialog: PreferencesDialog, name: str, value: str) -> None:
    """Choose it with the keyboard, as a person does."""
    box = dialog.choices[name]
    box.setFocus()
    while box.currentIndex() != box.findData(value):
        QTest.keyClick(box, Qt.Key.Key_Down if box.currentIndex() < box.findData(value) else Qt.Key.Key_Up)


def enter(dialog: PreferencesDialog, name: str, text: str) -> None:
    """Type a number in place of the one that is there."""
    box = dialog.numbers[name]
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, text)


# reading them


def test_whatever_the_settings_hold_every_preference_is_one_that_can_be(window: Window) -> None:
    @given(
        st.sampled_from([*CHOICES, *NUMBERS]),
        st.one_of(st.sampled_from(UNKNOWN), st.text(max_size=20), st.integers(), st.lists(st.text(max_size=3), max_size=3)),
    )
    @examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
    def check(name: str, value: object) -> None:
        window.settings.setValue(name, value)
        if name in CHOICES:
            assert window.preferring[name] == (str(value) if str(value) in CHOICES[name].allowed else CHOICES[name].usual)
        else:
            least, most = NUMBERS[name].bounds
            assert least <= window.preferring.number(name) <= most
        window.settings.remove(name)

    check()


def test_a_window_opens_with_settings_that_are_all_nonsense(open_window, settings: QSettings) -> None:
    first = open_window(QUICK)
    usual = first.size()
    first.close()
    kept = ("split", "columns", "heights", "shared_by", "last_panels", "last_speed", "sections", "geometry", "recent", "folder")
    for name in (*ALL, *kept):
        settings.setValue(name, ["non", "sense"])
    window = open_window(QUICK)
    assert (window.theme, window.now.speed, window.now.head.trails) == (LIGHT, Speed.NORMAL, 0)
    assert window.dashboard.visible == USUAL
    assert window.size() == usual
    assert window.saving.folder() == str(Path.home())
    window.close()
    assert isinstance(settings.value("geometry"), QByteArray)


@pytest.mark.parametrize("heights", ["[", "[[1]]", '[["a"], [2]]', "[[-5, 3], [2]]", "{}", "[[true], [1]]", "7", "null"])
def test_heights_that_cannot_be_are_not_shared(open_window, settings: QSettings, heights: str) -> None:
    first = open_window(QUICK)
    first.setGeometry(*PLACE)
    expected = first.dashboard.proportions()[1]
    first.close()
    settings.setValue("heights", heights)
    second = open_window(QUICK)
    assert second.dashboard.proportions()[1] == expected


def test_fast_is_never_the_usual_speed_and_every_usual_value_can_be() -> None:
    assert CHOICES["start_speed"].usual == "normal"
    assert all(choice.usual in choice.allowed for choice in CHOICES.values())
    assert all(number.bounds[0] <= number.usual <= number.bounds[1] for number in NUMBERS.values())
    assert set(CHOICES["theme"].allowed) == {name for name, _ in THEMES}
    assert set(CHOICES["theme"].allowed) - {"system"} == set(DRAWN)


# choosing them


def test_the_colours_change_at_once_and_the_view_menu_knows(window: Window, dialog: PreferencesDialog) -> None:
    choose(dialog, "theme", "dark")
    assert window.theme is DARK
    assert [action.data() for action in window._theme_actions.actions() if action.isChecked()] == ["dark"]
    next(action for action in window._theme_actions.actions() if action.data() == "light").trigger()
    assert window.theme is LIGHT
    assert dialog.choices["theme"].currentData() == "light", "and the dialog knows what the menu does"


def test_trails_are_left_at_once_and_at_the_next_start(open_window) -> None:
    first = open_window(QUICK)
    first.actions_by_name["preferences"].trigger()
    choose(first.preferring.dialog, "trails", "50")
    assert (first.now.head.trails, first.dashboard.trails) == (50, 50)
    assert [action.text() for action in first.trail_actions.actions() if action.isChecked()] == [TRAILS[50]]
    first.close()
    second = open_window(QUICK)
    assert (second.now.head.trails, second.dashboard.trails) == (50, 50)
    assert [action.text() for action in second.trail_actions.actions() if action.isChecked()] == [TRAILS[50]]
    next(action for action in second.trail_actions.actions() if action.text() == TRAILS[0]).trigger()
    assert (second.now.head.trails, second.preferring["trails"]) == (0, "0")


@pytest.mark.parametrize(
    ("wish", "last", "expected"),
    [("normal", "fast", Speed.NORMAL), ("slow", "fast", Speed.SLOW), ("fast", "slow", Speed.FAST), ("last", "slow", Speed.SLOW), ("last", "fast", Speed.FAST)],
)
def test_a_window_starts_at_the_speed_that_is_preferred(open_window, wish: str, last: str, expected: Speed) -> None:
    first = open_window(QUICK)
    first.actions_by_name[last].trigger()
    first.preferring.choose("start_speed", wish)
    assert first.now.speed is Speed[last.upper()], "the speed at the start is not the one of now"
    first.close()
    second = open_window(QUICK)
    assert second.now.speed is expected
    assert second.actions_by_name[expected.name.lower()].isChecked()
    assert [name for name in ("slow", "normal", "fast") if second.actions_by_name[name].isChecked()] == [expected.name.lower()]


def test_memory_is_allowed_at_once_and_shared_by_runs_that_train_together(window: Window, dialog: PreferencesDialog) -> None:
    enter(dialog, "memory", "64")
    assert window.memory == window.run.memory == 64 << 20
    window.open(presets()["notebook-1a"])
    assert window.run.memory == 64 << 20


def test_a_number_that_cannot_be_is_a_sentence_and_changes_nothing(window: Window, dialog: PreferencesDialog) -> None:
    before = window.memory
    enter(dialog, "memory", "3")
    assert dialog.problem.text().replace("\u200b", "") == "The memory is '3'; it must be a whole number from 8 to 65,536."
    assert dialog.numbers["memory"].marked
    assert window.memory == before
    enter(dialog, "memory", "32")
    assert (dialog.problem.text(), dialog.numbers["memory"].marked, window.memory) == ("", False, 32 << 20)


def test_the_memory_entry_of_the_run_menu_opens_the_dialog_at_its_field(window: Window) -> None:
    window.actions_by_name["memory"].trigger()
    dialog = window.preferring.dialog
    assert dialog.isVisible()
    assert dialog.focusWidget() is dialog.numbers["memory"]
    window.actions_by_name["preferences"].trigger()
    assert window.preferring.dialog is dialog, "there is one"
    assert dialog.focusWidget() is dialog.choices["theme"]
    assert len([child for child in window.findChildren(QDialog) if child.objectName() == "preferences_dialog"]) == 1


# panels and room


def test_the_panels_of_the_last_time_are_there_again_with_their_room(open_window) -> None:
    first = open_window(QUICK)
    first.setGeometry(*PLACE)
    for name in ("phi", "heatmap"):
        next(action for action in first.choosing.actions if action.data() == name).trigger()
    for split, sizes in ((first.preferring._split, [350, 900]), (first.dashboard._columns[0].panels, None)):
        split.setSizes(sizes or [300 if size else 0 for size in split.sizes()])
    first.dashboard._split.setSizes([300, 600])
    kept = first.dashboard.proportions()[1], first.dashboard._split.sizes(), first.preferring._split.sizes()
    first.close()
    second = open_window(QUICK)
    assert second.dashboard.visible == USUAL - {"phi", "heatmap"} == set(second.dashboard.shown)
    assert [action.data() for action in second.choosing.actions if action.isChecked()] == [name for name in PLACES if name in second.dashboard.visible]
    found = second.dashboard.proportions()[1], second.dashboard._split.sizes(), second.preferring._split.sizes()
    assert found == kept


@pytest.mark.parametrize(("wish", "expected"), [("usual", USUAL), ("own", {"gradients", "weights"}), ("last", {"cost"})])
def test_a_window_starts_with_the_panels_that_are_preferred(open_window, settings: QSettings, wish: str, expected: set[str]) -> None:
    for name, value in (("start_panels", wish), ("own_panels", "gradients,weights,nonsense"), ("last_panels", "cost")):
        settings.setValue(name, value)
    assert open_window(QUICK).dashboard.visible == expected


def test_what_a_preset_shows_is_there_too_and_is_not_taken_for_a_choice(open_window, settings: QSettings) -> None:
    first = open_window("edge-of-chaos")
    assert "phase" in first.dashboard.visible
    first.close()
    assert set(settings.value("last_panels").split(",")) == USUAL


def test_panels_are_ticked_and_the_last_one_stays(window: Window, dialog: PreferencesDialog) -> None:
    assert dialog.panels.isHidden()
    choose(dialog, "start_panels", "own")
    assert dialog.panels.isVisible()
    for row in range(dialog.panels.count()):
        item = dialog.panels.item(row)
        if item.data(Qt.ItemDataRole.UserRole) != "cost":
            item.setCheckState(Qt.CheckState.Unchecked)
    assert window.preferring.own_panels == {"cost"}
    last = next(item for item in map(dialog.panels.item, range(dialog.panels.count())) if item.data(Qt.ItemDataRole.UserRole) == "cost")
    last.setCheckState(Qt.CheckState.Unchecked)
    assert window.preferring.own_panels == {"cost"}
    assert last.checkState() is Qt.CheckState.Checked
    assert dialog.problem.text() == NO_PANEL


def test_how_a_hall_saw_it_is_not_how_a_window_starts(open_window) -> None:
    first = open_window(QUICK)
    first.setGeometry(*PLACE)
    size = first.size()
    first.actions_by_name["projector"].trigger()
    first.close()
    second = open_window(QUICK)
    assert second.dashboard.visible == USUAL
    assert second.size() == size
    assert not second.isFullScreen()


# files


def test_the_folder_of_the_last_file_gives_way_to_one_that_is_chosen(window: Window, dialog: PreferencesDialog, tmp_path: Path, monkeypatch) -> None:
    last, own = tmp_path / "last", tmp_path / "own & only"
    for folder in (last, own):
        folder.mkdir()
    window.saving.remember_folder(str(last / "run.npz"))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_arguments: str(own))
    choose(dialog, "folder_choice", "own")
    assert window.saving.folder() == str(own)
    assert dialog.folder.text() == "own && only…"
    window.saving.remember_folder(str(last / "other.npz"))
    assert window.saving.folder() == str(own)
    choose(dialog, "folder_choice", "last")
    assert window.saving.folder() == str(last)
    assert not dialog.folder.isEnabled()


def test_who_chooses_no_folder_keeps_that_of_the_last_file(window: Window, dialog: PreferencesDialog, monkeypatch) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_arguments: "")
    dialog.choices["folder_choice"].setCurrentIndex(1)
    assert window.preferring["folder_choice"] == dialog.choices["folder_choice"].currentData() == "last"


def test_a_folder_that_is_gone_is_not_proposed(settings: QSettings, tmp_path: Path) -> None:
    assert folder_in(settings) == str(Path.home())
    settings.setValue("folder", str(tmp_path))
    settings.setValue("folder_choice", "own")
    settings.setValue("own_folder", str(tmp_path / "gone"))
    assert folder_in(settings) == str(tmp_path)
    (tmp_path / "gone").mkdir()
    assert folder_in(settings) == str(tmp_path / "gone")


def test_the_list_of_recent_files_is_as_long_as_is_preferred_and_can_be_cleared(window: Window, dialog: PreferencesDialog, tmp_path: Path) -> None:
    enter(dialog, "recent_kept", "3")
    for number in range(5):
        window.opening.remember(tmp_path / f"run {number}.npz")
    assert [Path(path).stem for path in window.opening._recent()] == ["run 4", "run 3", "run 2"]
    enter(dialog, "recent_kept", "1")
    assert [Path(path).stem for path in window.opening._recent()] == ["run 4"]
    window.preferring.ask()
    dialog.clear.click()
    assert window.opening._recent() == []
    assert not window.opening.menu.isEnabled()
    assert not dialog.clear.isEnabled()
    enter(dialog, "recent_kept", "0")
    window.opening.remember(tmp_path / "run.npz")
    assert window.opening._recent() == []


# the start


def left_behind(settings: QSettings, window: Window) -> Path:
    """A session whose process has ended without closing its window."""
    folder = Path(settings.fileName()).parent / "sessions" / "1-1-1"
    Session(folder).save(Snapshot(window.run.copy(), "lost and found"))
    return folder


@pytest.mark.parametrize(
    ("wish", "named", "offered", "back", "there"),
    [
        ("ask", False, True, False, True),
        ("always", False, False, True, True),
        ("always", True, True, False, True),
        ("never", False, False, False, False),
        ("nonsense", False, True, False, True),
    ],
)
def test_what_a_crash_left_behind_is_offered_brought_back_or_forgotten(
    open_window, settings: QSettings, monkeypatch, wish: str, named: bool, offered: bool, back: bool, there: bool
) -> None:
    first = open_window(QUICK)
    folder = left_behind(settings, first)
    first.close()
    settings.setValue("left_behind", wish)
    settings.setValue("welcome", "never")
    monkeypatch.setattr("gradviz.ui.helping.Helping.greets", not named, raising=False)
    monkeypatch.setattr("gradviz.ui.window.Helping.__init__", lambda helping, window: setattr(helping, "_window", window))
    second = open_window("notebook-1b")
    assert ("It had 'lost and found'" in second.messages.text.text()) == offered
    assert (second.now.name == "lost and found") == back
    assert folder.exists() == there or back


@pytest.mark.parametrize(
    ("wish", "welcomed", "greets", "expected"),
    [
        ("once", False, True, True),
        ("once", True, True, False),
        ("always", True, True, True),
        ("always", True, False, False),
        ("never", False, True, False),
    ],
)
def test_the_welcome_comes_when_it_is_preferred(open_window, settings: QSettings, wish: str, welcomed: bool, greets: bool, expected: bool) -> None:
    settings.setValue("welcome", wish)
    window = open_window(QUICK)
    if welcomed:
        settings.setValue("welcomed", True)
    else:
        settings.remove("welcomed")
    shown: list[str] = []
    window.helping.welcome = lambda: shown.append("welcome")
    window.helping.greets = greets
    window.helping.begin()
    assert bool(shown) == expected


# the dialog


def test_restore_defaults_gives_back_everything_and_is_seen_at_once(window: Window, dialog: PreferencesDialog, tmp_path: Path) -> None:
    window.opening.remember(tmp_path / "run.npz")
    for name, choice in CHOICES.items():
        window.preferring.choose(name, [value for value in choice.allowed if value != choice.usual][-1])
    for name, number in NUMBERS.items():
        window.preferring.choose(name, number.bounds[0] + 1)
    restore = next(button for button in dialog.findChildren(QPushButton) if "Defaults" in button.text())
    restore.click()
    assert {name: window.preferring[name] for name in CHOICES} == {name: choice.usual for name, choice in CHOICES.items()}
    assert {name: box.currentData() for name, box in dialog.choices.items()} == {name: choice.usual for name, choice in CHOICES.items()}
    assert {name: int(box.number()) for name, box in dialog.numbers.items()} == {name: number.usual for name, number in NUMBERS.items()}
    assert (window.theme, window.now.head.trails, window.memory) == (LIGHT, 0, NUMBERS["memory"].usual << 20)
    assert window.opening._recent(), "which files were opened is no preference"


def test_enter_closes_nothing_and_escape_does(window: Window, dialog: PreferencesDialog, qtbot) -> None:
    enter(dialog, "memory", "64")
    qtbot.keyClick(dialog.numbers["memory"], Qt.Key.Key_Return)
    assert dialog.isVisible()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert window.memory == 64 << 20


def test_ctrl_comma_opens_it_and_the_training_goes_on(open_window, press, wait_for) -> None:
    window = open_window(Config(layers=6, epochs=10**6))
    press(Qt.Key.Key_Space)
    press(Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    dialog = window.preferring.dialog
    assert dialog.isVisible()
    assert not dialog.isModal()
    seen = window.run.epochs_done
    wait_for(lambda: window.run.epochs_done > seen + 3)


def test_the_dialog_closes_with_its_window(window: Window, dialog: PreferencesDialog) -> None:
    window.close()
    assert not dialog.isVisible()


def test_every_field_has_a_name_a_description_a_tooltip_and_a_label_with_a_letter_of_its_own(dialog: PreferencesDialog) -> None:
    choose(dialog, "start_panels", "own")
    fields = [*dialog.choices.values(), *dialog.numbers.values()]
    buddies = {label.buddy(): label.text() for label in dialog.findChildren(QLabel) if label.buddy() is not None}
    for field in fields:
        assert field.accessibleName()
        assert field.accessibleDescription()
        assert field.toolTip()
        assert field in buddies
    letters = [text[text.index("&") + 1].lower() for text in (*buddies.values(), dialog.clear.text()) if "&" in text]
    assert len(letters) == len(set(letters)) == len(fields) + 1


@pytest.mark.parametrize("theme", sorted(DRAWN))
def test_nothing_in_it_is_cut_off_and_it_fits_on_a_small_screen(dialog: PreferencesDialog, wait_for, theme: str) -> None:
    choose(dialog, "theme", theme)
    choose(dialog, "start_panels", "own")
    enter(dialog, "memory", "1")
    wait_for(lambda: dialog.size() == dialog.sizeHint())
    assert dialog.width() <= 640
    assert dialog.height() <= 720
    for part in (*dialog.findChildren(QComboBox), *dialog.findChildren(QPushButton), *dialog.findChildren(QLabel)):
        if part.isVisible() and not (isinstance(part, QLabel) and part.wordWrap()):
            assert part.width() >= part.minimumSizeHint().width(), part.text() if hasattr(part, "text") else part.objectName()
    assert dialog.problem.height() >= dialog.problem.heightForWidth(dialog.problem.width())
    assert all(button.icon().cacheKey() == QIcon().cacheKey() for button in dialog.findChildren(QPushButton))


def test_the_window_has_one_splitter_between_fields_and_plots(window: Window) -> None:
    assert isinstance(window.preferring._split, QSplitter)
    assert window.preferring._split.count() == 2
