"""For who hears the window, or has a keyboard alone: names, descriptions and stops of Tab over the window, every panel and every dialog."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from accessibility_check import description_of, faults, stops_expected, walk, where
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QApplication, QCheckBox, QComboBox, QDialog, QLabel, QLineEdit, QPushButton, QToolBar, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from still_studio import StillStudio

from gradviz.core.config import Config
from gradviz.ui.plots.dashboard import PLACES
from gradviz.ui.plots.panel import Panel
from gradviz.ui.window import Window

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)

CHAIN = "notebook-1a"
WIDE = Config(layers=6, width=8, initialization="normal", data="circles", samples=40, loss="cross_entropy", epochs=20)


@pytest.fixture
def full_window(open_window, wait_for) -> Callable[..., Window]:
    """A window with every panel, every section unfolded, a pinned run, and a message that asks something."""

    def open_full(what: object = CHAIN) -> Window:
        window = open_window(what)
        window.resize(1900, 1060)
        window.dashboard.set_visible(set(PLACES))
        window.watch_keys()
        for section in window.parameters.sections.values():
            section.unfold()
            section.build()
        window.comparing.pin()
        window.messages.offer("There is something to decide.", Bring_it_back=lambda: None, Forget_it=lambda: None)
        wait_for(lambda: _told(window))
        QApplication.processEvents()
        return window

    return open_full


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Callable[[Window], None]:
    """No process draws: what dialogs say is looked at, and not what they make."""
    monkeypatch.setattr("gradviz.ui.dialogs.making.Studio", lambda shown: StillStudio(shown, tmp_path))

    def be_still(window: Window) -> None:
        window.saving._studio = StillStudio(window.saving.sight, tmp_path)

    return be_still


#: A dialog's columns are at least so many pixels wide.
COLUMN = 280
#: Everything that opens beside the window, by the action that opens it.
DIALOGS = (
    "preferences",
    "snapshot",
    "numbers",
    "film",
    "report",
    "pauses",
    "together",
    "sweep",
    "check",
    "describe",
    "seeing",
    "keys",
    "welcome",
    "about",
    "differences",
)


def open_by(window: Window, name: str, wait_for) -> QDialog:
    """The dialog that an action opens, with the focus."""
    before = set(window.findChildren(QDialog))
    if name == "differences":
        window.comparing.pin()
        window.comparing.show_differences()
    else:
        window.actions_by_name[name].trigger()
    wait_for(lambda: [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible() and dialog not in before])
    dialog = next(dialog for dialog in window.findChildren(QDialog) if dialog.isVisible() and dialog not in before)
    dialog.activateWindow()
    wait_for(dialog.isActiveWindow)
    QApplication.processEvents()
    return dialog


# the check itself


@pytest.fixture
def bad_form(on_screen) -> QWidget:
    """Everything that the check is there to find, at once."""
    form = QWidget()
    form.apply_theme = lambda _theme: None
    rows = QVBoxLayout(form)
    cross, list_, tick, field, button = QPushButton("✕"), QComboBox(), QCheckBox("Smooth"), QLineEdit(), QPushButton("Smooth")
    for part in (cross, list_, tick, field, button):
        part.setToolTip("What it does")
        rows.addWidget(part)
    list_.setAccessibleName("Which")
    tick.setToolTip("")
    field.setAccessibleName("Rate")
    field.setToolTip("<p>How <b>fast</b></p>")
    label = QLabel("About")
    label.setToolTip("<p>About</p>")
    rows.addWidget(label)
    return on_screen(form, 300, 300)


def test_the_check_finds_what_is_wrong(bad_form: QWidget) -> None:
    said = "; ".join(faults(bad_form))
    for expected in (
        "QPushButton '✕' has no name but '✕'",
        "QComboBox 'What it does' has no name but ''",
        "QCheckBox 'Smooth' has no description",
        "2 controls beside each other are called 'Smooth'",
        "QLineEdit 'Rate': its description is HTML",
        "QLabel '<p>About</p>': its description is HTML",
    ):
        assert expected in said
    assert len(faults(bad_form)) == 6


def test_the_walk_finds_a_trap(bad_form: QWidget, qtbot: QtBot) -> None:
    stops = walk(bad_form, qtbot)
    assert set(stops) == stops_expected(bad_form)
    assert len(stops) == 5

    class Trap(QLineEdit):
        def focusNextPrevChild(self, _next: bool) -> bool:
            return True

    trap = Trap(bad_form)
    bad_form.layout().addWidget(trap)
    trap.show()
    with pytest.raises(AssertionError, match="Tab does not leave Trap"):
        walk(bad_form, qtbot)


# the window


@pytest.mark.parametrize("what", [CHAIN, WIDE], ids=["chain", "wide"])
def test_over_the_window_and_all_panels_the_check_reports_nothing(full_window, what: object) -> None:
    assert faults(full_window(what)) == []


@pytest.mark.parametrize("back", [False, True], ids=["Tab", "Shift+Tab"])
def test_tab_stops_once_at_everything_in_the_window(full_window, qtbot: QtBot, back: bool) -> None:
    window = full_window()
    stops = walk(window, qtbot, back=back)
    assert {where(stop) for stop in stops_expected(window) - set(stops)} == set()
    assert {where(stop) for stop in set(stops) - stops_expected(window)} == set()


def test_tab_goes_as_the_window_is_read(full_window, qtbot: QtBot) -> None:
    """Toolbar, message, left column, plots column by column, verdict, timeline; in each from the top down, and from left to right."""
    window = full_window()
    first = window.findChild(QToolBar, "transport").widgetForAction(window.actions_by_name["run"])
    stops = walk(window, qtbot)
    begin = stops.index(first)
    stops = stops[begin:] + stops[:begin]
    regions = [_region(window, stop) for stop in stops]
    assert regions == sorted(regions)
    assert set(regions) == {0, 1, 2, 3, 4, 5, 6}
    for one, other in itertools.pairwise(stops):
        if _region(window, one) == _region(window, other):
            assert _is_before(one, other), f"{where(one)} before {where(other)}"


def _region(window: Window, stop: QWidget) -> int:
    """Which part of the window it is in, in the order of reading."""
    for number, part in enumerate((window.findChild(QToolBar, "transport"), window.messages, window.left)):
        if part.isAncestorOf(stop):
            return number
    if window.dashboard.isAncestorOf(stop):
        panel = next(panel for panel in window.dashboard.panels.values() if panel is stop or panel.isAncestorOf(stop))
        return 3 + PLACES[panel.name].column
    return 5 if window.verdict.isAncestorOf(stop) else 6


def _is_before(one: QWidget, other: QWidget) -> bool:
    """Above it, left of it in the same line, or around it."""
    if one.isAncestorOf(other):
        return True
    (first, second) = (QPoint(widget.mapToGlobal(widget.rect().topLeft())) for widget in (one, other))
    same_line = first.y() < second.y() + other.height() and second.y() < first.y() + one.height()
    return first.x() < second.x() if same_line else first.y() < second.y()


def test_what_tab_reaches_is_brought_into_view(open_window) -> None:
    window = open_window(CHAIN)
    window.resize(1280, 700)
    window.parameters.rows["batch_size"].field.setFocus(Qt.FocusReason.TabFocusReason)
    field = window.parameters.rows["batch_size"].field
    assert window.side.viewport().rect().contains(field.mapTo(window.side.viewport(), field.rect().center()))


def test_a_panel_that_comes_later_has_its_place_between_the_others(open_window, qtbot: QtBot) -> None:
    window = open_window(CHAIN)
    window.resize(1900, 1060)
    action = next(action for action in window.choosing.actions if action.data() == "weights")
    action.trigger()
    stops = [stop.name for stop in walk(window, qtbot) if isinstance(stop, Panel)]
    begin = stops.index("activations")
    assert stops[begin:] + stops[:begin] == ["activations", "gradients", "heatmap", *(name for name in PLACES if PLACES[name].column == 1 and name in stops)]
    assert "weights" in stops


def test_what_cannot_be_is_said_at_its_field(open_window, type_into) -> None:
    window = open_window(CHAIN)
    field = window.parameters.rows["layers"].field
    before = description_of(field)
    type_into(field, "1")
    assert description_of(field).startswith(window.now.problems["layers"])
    type_into(field, "20")
    assert description_of(field) == before


def test_the_timeline_is_a_slider_whose_value_is_the_epoch(open_window, wait_for) -> None:
    """So Qt hands it over: a screen reader says the value whenever it changes, and may set it."""
    window = open_window(CHAIN)
    window.actions_by_name["step"].trigger()
    wait_for(lambda: window.run.epochs_done > 1)
    window.actions_by_name["back"].trigger()
    track = window.timeline.track
    wait_for(lambda: track.value() == 0)
    assert (track.minimum(), track.maximum()) == (0, window.newest)
    assert track.accessibleDescription().startswith(f"epoch 0 of {window.run.config.epochs:,}")
    track.setValue(1)  # as a screen reader does
    assert window.now.head.epoch(window.newest) == 1


def test_over_a_lesson_step_by_step_the_check_reports_nothing_and_tab_goes_from_the_top_down(open_window, wait_for, qtbot: QtBot) -> None:
    window = open_window(CHAIN)
    window.resize(1600, 1000)
    window.actions_by_name["lessons"].trigger()
    wait_for(lambda: window.teaching.panel.isVisible() and _told(window))
    assert faults(window) == []
    window.teaching.panel.course.begin.click()
    for _step in range(6):
        wait_for(lambda: window.telling._progress is window.teaching.progress and not window.now.runs and _told(window))
        assert faults(window) == []
        stops = walk(window, qtbot)
        assert {where(stop) for stop in stops_expected(window) - set(stops)} == set()
        inside = [stop for stop in walk(window, qtbot) if window.left.isAncestorOf(stop)]
        begin = inside.index(min(inside, key=lambda stop: (stop.mapTo(window, QPoint()).y(), stop.mapTo(window, QPoint()).x())))
        inside = inside[begin:] + inside[:begin]
        assert [(where(one), where(other)) for one, other in itertools.pairwise(inside) if not _is_before(one, other)] == []
        window.actions_by_name["lesson_on"].trigger()


def _told(window: Window) -> bool:
    """Whether every panel that can be seen has its words."""
    return all(panel.accessibleDescription() for panel in window.dashboard.shown.values())


def test_in_a_hall_the_check_reports_nothing(open_window, wait_for, qtbot: QtBot) -> None:
    window = open_window(CHAIN)
    window.actions_by_name["projector"].trigger()
    wait_for(lambda: _told(window))
    assert faults(window) == []
    stops = walk(window, qtbot)
    assert {where(stop) for stop in stops_expected(window) - set(stops)} == set()
    window.actions_by_name["projector"].trigger()


# the dialogs


@pytest.mark.parametrize("name", DIALOGS)
def test_over_every_dialog_the_check_reports_nothing(open_window, still, wait_for, name: str) -> None:
    window = open_window(CHAIN)
    still(window)
    dialog = open_by(window, name, wait_for)
    assert faults(dialog) == []
    dialog.close()


@pytest.mark.parametrize("name", DIALOGS)
def test_tab_stops_once_at_everything_in_every_dialog_from_the_top_down(open_window, still, wait_for, qtbot: QtBot, name: str) -> None:
    window = open_window(CHAIN)
    still(window)
    dialog = open_by(window, name, wait_for)
    stops = walk(dialog, qtbot)
    assert {where(stop) for stop in stops_expected(dialog) - set(stops)} == set()
    begin = min(range(len(stops)), key=lambda place: (stops[place].mapTo(dialog, QPoint()).x() // COLUMN, stops[place].mapTo(dialog, QPoint()).y()))
    stops = stops[begin:] + stops[:begin]
    turns = [(where(one), where(other)) for one, other in itertools.pairwise(stops) if not _is_before(one, other)]
    assert len(turns) <= 1, turns  # a second column begins at the top again
    dialog.close()


def test_a_pinned_run_gets_another_colour_and_hides_by_keys(open_window, wait_for, qtbot: QtBot) -> None:
    window = open_window(CHAIN)
    wait_for(lambda: len(window.run.newest))
    window.comparing.pin()
    rows = window.comparing.panel.list
    rows.setFocus()
    rows.setCurrentRow(0)
    colour = window.now.pins[0].colour
    qtbot.keyClick(rows, Qt.Key.Key_C)
    assert window.now.pins[0].colour != colour
    menu = window.comparing.panel.menu_for(window.now.pins[0].key)
    next(action for action in menu.actions() if action.text() == "Show or hide").trigger()
    assert not window.now.pins[0].visible
    menu.close()
