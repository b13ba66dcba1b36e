"""Projector mode and the presenter's notes: what a hall sees, by which keys, and that afterwards all is as it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QColor, QEnterEvent, QFontInfo, QMouseEvent, QTextCursor
from PyQt6.QtWidgets import QApplication, QToolBar, QWidget
from pytestqt.qtbot import QtBot

from gradviz import Config
from gradviz.runs.presets import Preset, presets
from gradviz.ui.pictures.drawing import Drawing, View
from gradviz.ui.pictures.options import Options
from gradviz.ui.plots import hall
from gradviz.ui.plots.dashboard import PLACES, USUAL, Dashboard
from gradviz.ui.plots.gradients import GradientPanel
from gradviz.ui.plots.plot import Plot
from gradviz.ui.plots.side_by_side import SideBySidePanel
from gradviz.ui.presenting.notes import NotesWindow
from gradviz.ui.projecting import SHAPE
from gradviz.ui.state import Phase
from gradviz.ui.theme import LIGHT, magnified
from gradviz.ui.window import Window

Key, Modifier = Qt.Key, Qt.KeyboardModifier
#: What can be read in a screenshot that is 360 pixels high.
LEAST = 10 / 360
#: An offscreen platform has no windows that could be on top of others.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|propagateSizeHints|grabbing the keyboard)", extend=True)


@pytest.fixture
def project(open_window, press, wait_for) -> Callable[..., Window]:
    """A window that a hall looks at, after some epochs, with P pressed."""

    def begin(what: Any = "notebook-1a", *, epochs: int = 3) -> Window:
        window = open_window(what)
        while window.run.epochs_done < epochs:
            done = window.run.epochs_done
            window.actions_by_name["step"].trigger()
            wait_for(lambda done=done: window.run.epochs_done > done)
        press(Key.Key_P)
        assert window.projecting.on
        QApplication.processEvents()
        return window

    return begin


def height_of(window: Window) -> float:
    """What letters are measured against: the screen's height, or of a narrow one its width."""
    size = window.screen().size()
    return min(size.height(), SHAPE * size.width())


def letters_of(plot: Plot) -> dict[str, float]:
    """The pixels that a plot's letters are high, by what they say."""
    found = {f"numbers {side}": float(QFontInfo(plot.item.getAxis(side).style["tickFont"]).pixelSize()) for side in ("left", "bottom")}
    for name, item in (("title", plot.item.titleLabel.item), *((side, plot.item.getAxis(side).label) for side in ("left", "bottom"))):
        cursor = QTextCursor(item.document())
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
        if item.toPlainText().strip():
            found[name] = float(QFontInfo(cursor.charFormat().font()).pixelSize())
    return found


# into it and back


def test_p_shows_a_hall_less_and_escape_brings_everything_back(open_window, press, wait_for) -> None:
    window = open_window()
    window.use_theme("dark")
    window.setGeometry(5, 60, 790, 560)
    window.dashboard.share_room((window.dashboard.proportions()[0], [[200, 100, 90, 0], [150, 0, 90, 60, 0, 0]]))
    QApplication.processEvents()
    before = (window.geometry(), window.dashboard.visible, window.dashboard.proportions()[1], window.verdict.font().pointSizeF(), window.timeline.height())

    press(Key.Key_P)
    assert window.isFullScreen()
    wait_for(lambda: window.geometry() == window.screen().geometry())
    assert window.theme == LIGHT
    assert window.dashboard.visible == {"gradients", "activations", "why"}
    hidden = (window.menuBar(), window.side, window.transport, window.verdict.theory, *window.timeline.buttons.values(), window.timeline.speed)
    assert not any(part.isVisible() for part in hidden)
    assert window.verdict.verdict.isVisible()
    assert window.timeline.phase.isVisible()
    assert window.timeline.track.isVisible()

    press(Key.Key_Escape)
    wait_for(lambda: window.geometry() == before[0])
    QApplication.processEvents()
    after = (window.geometry(), window.dashboard.visible, window.dashboard.proportions()[1], window.verdict.font().pointSizeF(), window.timeline.height())
    assert after == before
    assert not window.isFullScreen()
    assert window.theme.name == "dark"
    assert window.settings.value("theme") == "dark"
    assert all(part.isVisible() for part in hidden)
    assert magnified(1.0) == 1.0
    assert not window.findChild(QToolBar, "projector_bar").isVisible()


@pytest.mark.parametrize("key", [Key.Key_P, Key.Key_F11])
def test_the_same_key_leaves_again(open_window, press, key: Key) -> None:
    window = open_window()
    press(key)
    assert window.projecting.on
    assert window.actions_by_name["projector"].isChecked()
    press(key)
    assert not window.projecting.on
    assert not window.actions_by_name["projector"].isChecked()


def test_escape_does_nothing_where_no_hall_looks(open_window, press) -> None:
    window = open_window()
    press(Key.Key_Escape)
    assert not window.projecting.on
    assert window.isVisible()


def test_escape_first_takes_a_pinned_box_away(project, press) -> None:
    window = project()
    window.projecting.show_only(("heatmap",))
    window.choosing.show()
    panel = window.dashboard.panels["heatmap"]
    panel._pin(1, 5)
    panel.setFocus()
    press(Key.Key_Escape)
    assert window.projecting.on
    assert panel.plot.pinned is None
    press(Key.Key_Escape)
    assert not window.projecting.on


def test_a_theme_that_is_chosen_meanwhile_is_kept_for_afterwards(project, press) -> None:
    window = project()
    window.use_theme("contrast-dark")
    assert window.theme.name == "contrast-light"
    press(Key.Key_Escape)
    assert window.theme.name == "contrast-dark"


def test_nothing_of_the_dark_is_left_in_what_a_hall_reads(open_window, press) -> None:
    window = open_window()
    window.use_theme("dark")
    press(Key.Key_P)
    for part in (window.timeline.phase, window.timeline.epochs, window.messages.text):
        assert part.palette().color(part.foregroundRole()) == QColor(LIGHT.text)


def test_a_window_that_closes_in_projector_mode_leaves_nothing_magnified(project) -> None:
    window = project()
    window.projecting.noting.open(True)
    window.close()
    assert magnified(1.0) == 1.0


def test_a_lesson_stays_beside_the_plots(project, press) -> None:
    window = project()
    window.left.teach(True, trying=False)
    assert window.teaching.room.isVisible()
    assert not window.side.isVisible()
    press(Key.Key_Escape)
    assert window.teaching.room.isVisible()
    window.left.teach(False, trying=False)
    assert window.side.isVisible()


# letters


@pytest.mark.parametrize("names", [("gradients", "activations", "why"), ("cost", "phi", "weights"), ("heatmap", "phase", "difference")])
def test_every_letter_can_be_read_in_a_screenshot_of_360_pixels(project, names: tuple[str, ...]) -> None:
    window = project(Config(layers=20, width=8, epochs=20, observe_every=1))
    window.projecting.show_only(names)
    window.choosing.show()
    QApplication.processEvents()
    least = LEAST * height_of(window) - 0.5  # pixels are whole
    for panel in window.dashboard.shown.values():
        for plot in panel.plots:
            for what, pixels in letters_of(plot).items():
                assert pixels >= least, (panel.name, what)
    bar = window.findChild(QToolBar, "projector_bar")
    words: list[QWidget] = [window.verdict.verdict, window.timeline.phase, window.timeline.epochs, window.messages.text]
    words += [bar.widgetForAction(window.actions_by_name[name]) for name in ("run", "step", "normal")]
    for part in words:
        assert QFontInfo(part.font()).pixelSize() >= least, part.objectName()


def test_the_second_hall_reads_letters_as_large_as_the_first(project) -> None:
    window = project()
    bar = window.findChild(QToolBar, "projector_bar")
    button = bar.widgetForAction(window.actions_by_name["run"])
    first = (QFontInfo(button.font()).pixelSize(), bar.iconSize(), bar.height())
    window.projecting.turn(False)
    window.projecting.turn(True)
    QApplication.processEvents()
    assert (QFontInfo(button.font()).pixelSize(), bar.iconSize(), bar.height()) == first


def test_lines_are_as_much_thicker_as_letters_are_larger(open_window, press) -> None:
    window = open_window()
    before = [curve.opts["pen"].widthF() for curve in window.dashboard.panels["gradients"].plot._curves]
    press(Key.Key_P)
    after = [curve.opts["pen"].widthF() for curve in window.dashboard.panels["gradients"].plot._curves]
    assert magnified(1.0) > 1.1
    np.testing.assert_allclose(after, np.array(before) * magnified(1.0))


def test_two_lines_of_the_verdict_fit_into_its_room(project) -> None:
    window = project("notebook-1b")
    verdict = window.verdict.verdict
    assert verdict.height() >= 2 * verdict.fontMetrics().lineSpacing()
    assert window.timeline.epochs.width() >= window.timeline.epochs.fontMetrics().horizontalAdvance(window.timeline.epochs.text())


# panels


def test_keys_show_panels_while_there_is_no_menu_and_the_oldest_makes_room(project, press) -> None:
    window = project()
    assert window.projecting.panels == ("why", "activations", "gradients")
    press(Key.Key_3, Modifier.ControlModifier)
    assert window.dashboard.visible == {"activations", "gradients", "heatmap"}
    assert window.messages.text.text() == "A hall can read 3 panels at most: Why made room."
    press(Key.Key_1, Modifier.ControlModifier)
    assert window.dashboard.visible == {"gradients", "heatmap"}
    press(Key.Key_5, Modifier.AltModifier)
    assert window.dashboard.visible == {"why"}
    press(Key.Key_5, Modifier.ControlModifier)
    assert window.dashboard.visible == {"why"}, "the last one stays"
    assert [action.data() for action in window.choosing.actions if action.isChecked()] == ["why"]
    press(Key.Key_Escape)
    assert window.dashboard.visible == USUAL


def test_every_panel_has_keys_of_its_own_and_says_them(open_window) -> None:
    window = open_window()
    keys = [key.toString() for action in (*window.choosing.actions, *window.choosing.alone) for key in action.shortcuts()]
    others = [key.toString() for action in window.actions_by_name.values() for key in action.shortcuts()]
    assert len(keys) == len(set(keys))
    assert not set(keys) & set(others)
    for action in (*window.choosing.actions, *window.choosing.alone):
        assert action.shortcuts()[-1].toString() in action.toolTip()


def test_panels_that_a_lesson_asks_for_come_and_stay_afterwards(project, press) -> None:
    window = project()
    window.choosing.ask_for(("phi",))
    assert window.dashboard.visible == {"activations", "gradients", "phi"}
    window.choosing.show_only(("cost",))
    assert window.dashboard.visible == {"cost"}
    press(Key.Key_Escape)
    assert window.dashboard.visible == {"cost"}


@given(st.lists(st.sampled_from(list(PLACES)), unique=True), st.lists(st.sampled_from(list(PLACES))))
def test_of_panels_the_newest_stay_and_none_is_lost_without_being_named(shown: list[str], asked: list[str]) -> None:
    kept, gone = hall.with_newest(shown, asked)
    assert len(kept) == len(set(kept)) <= hall.MOST
    newest = list(dict.fromkeys(asked))[-hall.MOST :]
    assert list(kept[len(kept) - len(newest) :]) == newest
    assert {*kept, *gone} == {*shown, *newest}


@given(st.sets(st.sampled_from(list(PLACES)), min_size=1, max_size=3))
def test_a_panel_that_needs_the_height_stands_alone_and_no_column_has_three(names: set[str]) -> None:
    ordered = [name for name in PLACES if name in names]
    standing = hall.columns(ordered)
    assert set(standing) == names
    in_columns = [[name for name in ordered if standing[name] == column] for column in (0, 1)]
    assert max(map(len, in_columns)) <= 2
    if names & hall.TALL and len(names) > 1:
        assert any(len(column) == 1 and column[0] in hall.TALL for column in in_columns)


def test_beside_a_lesson_two_panels_stand_above_each_other(project, wait_for) -> None:
    window = project()
    window.choosing.show_only(("gradients", "why"))
    board = window.dashboard
    board.setFixedWidth(round(2.0 * board.height()))
    wait_for(lambda: standing(board, "gradients") != standing(board, "why"))
    board.setFixedWidth(round(1.2 * board.height()))
    wait_for(lambda: standing(board, "gradients") == standing(board, "why"))
    board.setFixedWidth(round(2.0 * board.height()))
    wait_for(lambda: standing(board, "gradients") != standing(board, "why"))
    assert board.panels["why"].height() == board.panels["gradients"].height()


def test_in_a_hall_the_panel_to_look_at_is_no_smaller_than_the_other(project, wait_for) -> None:
    window = project()
    window.choosing.show_only(("phase", "cost"))
    board = window.dashboard
    board.setFixedWidth(round(1.2 * board.height()))
    wait_for(lambda: board.panels["phase"].height() > 1.5 * board.panels["cost"].height())
    board.point_out("cost")
    wait_for(lambda: board.panels["cost"].height() > 0.9 * board.panels["phase"].height())
    board.point_out("")
    wait_for(lambda: board.panels["phase"].height() > 1.5 * board.panels["cost"].height())
    assert board.visible == {"phase", "cost"}


def standing(board: Dashboard, name: str) -> int:
    """How far from the left a panel stands."""
    return int(board.panels[name].mapTo(board, QPoint(0, 0)).x())


def test_what_was_chosen_in_a_panel_stays_in_both_sizes(open_window, press, wait_for) -> None:
    window = open_window()
    wait_for(lambda: "cost" in window.dashboard.panels)
    panel = window.dashboard.panels["gradients"]
    panel.choice.setCurrentIndex(panel.choice.findData("dh"))
    panel.choose_scale("linear")
    window.dashboard.panels["activations"].plot.item.vb.setRange(xRange=(10, 30), yRange=(-0.5, 0.5), padding=0)
    window.dashboard.panels["activations"].plot.by_hand = True
    before = {name: window.dashboard.panels[name].view() for name in ("gradients", "activations", "why")}
    press(Key.Key_P)
    large = window.dashboard.panels["gradients"]
    assert isinstance(large, GradientPanel)
    assert large is not panel
    assert {name: window.dashboard.panels[name].view() for name in before} == before
    large.choice.setCurrentIndex(large.choice.findData("dw"))
    press(Key.Key_Escape)
    assert window.dashboard.panels["gradients"] is panel
    assert panel.quantity.name == "dw"
    assert window.dashboard.panels["activations"].view() == before["activations"]


def test_the_training_goes_on_and_is_drawn_on_both_sides_of_the_door(open_window, press, wait_for) -> None:
    window = open_window(Config(epochs=10**6))
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 5)
    run = window.run
    for _ in range(2):
        press(Key.Key_P)
        done = window.run.epochs_done
        wait_for(lambda done=done: window.run.epochs_done > done + 3)
        assert window.run is run
        assert window.now.phase is Phase.RUNNING
        shown = window.dashboard.panels["gradients"].plot
        assert shown.epoch == window.dashboard.moment.epoch
        np.testing.assert_array_equal(shown.values, window.dashboard.moment.frame.g[-1][:, 1:])


def test_another_experiment_that_began_for_the_hall_is_on_the_plots_afterwards(project, press, wait_for) -> None:
    window = project()
    window.open(Preset("seven", "Seven", "", Config(layers=7)))
    wait_for(lambda: window.run.epochs_done >= 1)
    press(Key.Key_Escape)
    assert window.dashboard.panels["gradients"].plot.values.shape[-1] == 6
    assert {name for name, panel in window.dashboard.shown.items() if panel.isVisible()} == window.dashboard.visible


def test_buttons_of_a_panel_come_with_the_mouse_or_the_focus(project) -> None:
    window = project()
    panel = window.dashboard.panels["gradients"]
    assert not panel.rect().intersects(panel.choice.geometry())
    QApplication.sendEvent(panel, _entering())
    _move_to(panel, 5)
    assert not panel.rect().intersects(panel.choice.geometry()), "the mouse rests, and the panel has come to be below it"
    _move_to(panel, 6)
    assert panel.rect().contains(panel.choice.geometry())
    QApplication.sendEvent(panel, QEvent(QEvent.Type.Leave))
    assert not panel.rect().intersects(panel.choice.geometry())
    panel.choice.setFocus()
    assert panel.rect().contains(panel.choice.geometry())
    window.dashboard.setFocus()
    assert not panel.rect().intersects(panel.choice.geometry())


def test_buttons_of_a_panel_go_when_the_mouse_rests(project, wait_for) -> None:
    panel = project().dashboard.panels["gradients"]
    panel._resting.setInterval(1)
    QApplication.sendEvent(panel, _entering())
    _move_to(panel, 6)
    assert panel.rect().contains(panel.choice.geometry())
    wait_for(lambda: not panel.rect().intersects(panel.choice.geometry()))


@pytest.mark.parametrize("names", [("gradients", "activations", "why"), ("cost", "heatmap", "together")])
def test_no_button_lies_on_a_title(project, names: tuple[str, ...]) -> None:
    window = project(Config(layers=20, width=8, epochs=20, observe_every=1))
    window.projecting.show_only(names)
    window.choosing.show()
    QApplication.processEvents()
    for panel in window.dashboard.shown.values():
        QApplication.sendEvent(panel, _entering())
        _move_to(panel, 6)
        titles = [panel.header] if isinstance(panel, SideBySidePanel) else [plot.item.titleLabel for plot in panel.plots]
        buttons = [widget.geometry() for widget in (*panel._buttons, *panel.overlays) if widget.isVisible()]
        assert buttons
        for title in titles:
            place = panel.mapFromScene(title.sceneBoundingRect()).boundingRect()
            assert not any(button.intersects(place) for button in buttons), panel.name


def _entering() -> QEvent:
    return QEnterEvent(QPointF(5, 5), QPointF(5, 5), QPointF(5, 5))


def _move_to(panel: QWidget, place: int) -> None:
    """The mouse is so many pixels from the panel's corner, and from the screen's."""
    at, none = QPointF(place, place), Qt.MouseButton.NoButton
    QApplication.sendEvent(panel.viewport(), QMouseEvent(QEvent.Type.MouseMove, at, at, none, none, Modifier.NoModifier))


@pytest.mark.parametrize(
    ("preset", "number_format", "named"),
    [
        ("notebook-1a", "float64", set()),
        ("underflow", "float64", {"float64 → 0"}),
        ("notebook-1b", "float32", {"float32 → 0", "float16 → 0"}),
    ],
)
def test_a_hall_is_shown_where_formats_end_only_where_it_matters(project, preset: str, number_format: str, named: set[str]) -> None:
    window = project(presets()[preset].config.replace(number_format=number_format, epochs=3), epochs=1)
    axis = window.dashboard.panels["gradients"].plot.item.getAxis("right")
    low, high = window.dashboard.panels["gradients"].plot.item.vb.viewRange()[1]
    shown = {name for _, name in axis.marks(low, high, axis.height())}
    assert named <= shown
    if number_format == "float64":
        assert {name.partition(" ")[0] for name in shown} <= {"float64"}


def test_a_picture_that_is_drawn_meanwhile_is_as_ever(open_window, press) -> None:
    def drawn(window: Window) -> tuple[float, float]:
        with Drawing(("gradients",), Options()) as drawing:
            drawing.show(View(window.run))
            plot = drawing.dashboard.panels["gradients"].plots[0]
            return letters_of(plot)["title"], plot._curves[0].opts["pen"].widthF()

    window = open_window()
    before = drawn(window)
    press(Key.Key_P)
    factor = magnified(1.0)
    assert drawn(window) == before
    assert magnified(1.0) == factor > 1.0
    assert window.saving.usual("gradients").theme == window.saving.theme.name


# the ring around the mouse


def test_a_ring_follows_the_mouse_lets_clicks_through_and_goes_when_the_mouse_rests(project, wait_for) -> None:
    window = project()
    halo = window.projecting._halo
    place = QPoint(300, 200)
    halo.follow(window.mapToGlobal(place))
    assert halo.isVisible()
    assert (halo.geometry().center() - place).manhattanLength() <= 2
    assert halo.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    assert window.childAt(place) is not halo
    assert halo.height() >= window.height() / 20
    halo._rest.setInterval(1)
    halo.follow(window.mapToGlobal(place + QPoint(4, 0)))
    wait_for(lambda: not halo.isVisible())
    halo.follow(window.mapToGlobal(QPoint(-50, -50)))
    assert not halo.isVisible()


def test_the_ring_goes_with_projector_mode(project, press) -> None:
    window = project()
    halo = window.projecting._halo
    halo.follow(window.mapToGlobal(QPoint(300, 200)))
    press(Key.Key_Escape)
    assert not halo.isVisible()
    assert not halo._look.isActive()


# notes


@pytest.fixture
def notes(open_window) -> Callable[[], tuple[Window, NotesWindow]]:
    """A window with its notes beside it."""

    def begin() -> tuple[Window, NotesWindow]:
        window = open_window()
        window.actions_by_name["notes"].trigger()
        found = next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, NotesWindow) and widget.isVisible())
        return window, found

    return begin


def test_the_notes_say_what_a_lesson_says_and_without_one_how_to_get_one(notes) -> None:
    window, shown = notes()
    assert "Ctrl+L" in shown.notes.toPlainText()
    window.projecting.show_notes("Why it vanishes", "Ask **first**, then press D.", "3 of 9", "The cure")
    assert shown.title.text() == "Why it vanishes"
    assert shown.notes.toPlainText().strip() == "Ask first, then press D."
    assert (shown.place.text(), shown.following.text()) == ("Step 3 of 9", "Next: The cure")
    window.projecting.show_notes("", "", "", "")
    assert "Ctrl+L" in shown.notes.toPlainText()


def test_notes_of_a_lesson_that_began_earlier_are_there_when_they_are_opened(open_window) -> None:
    window = open_window()
    window.projecting.show_notes("First", "Say hello.", "1 of 2", "Second")
    window.actions_by_name["notes"].trigger()
    assert window.projecting.noting.notes.notes.toPlainText().strip() == "Say hello."


def test_keys_of_the_window_work_in_the_notes(notes, qtbot: QtBot, wait_for) -> None:
    window, shown = notes()
    shown.activateWindow()
    wait_for(shown.isActiveWindow)
    qtbot.keyClick(shown, Key.Key_Space)
    wait_for(lambda: window.now.phase is Phase.RUNNING or window.run.epochs_done > 1)
    qtbot.keyClick(shown, Key.Key_P)
    assert window.projecting.on
    qtbot.keyClick(shown, Key.Key_5, Modifier.AltModifier)
    assert window.dashboard.visible == {"why"}
    qtbot.keyClick(shown, Key.Key_P)
    assert not window.projecting.on


def test_letters_of_the_notes_can_be_made_larger_and_smaller(notes, qtbot: QtBot, wait_for) -> None:
    _, shown = notes()
    shown.activateWindow()
    wait_for(shown.isActiveWindow)
    before = shown.notes.font().pointSizeF()
    assert before >= 16
    qtbot.keyClick(shown, Key.Key_Plus, Modifier.ControlModifier)
    assert shown.notes.font().pointSizeF() > before
    for _ in range(40):
        qtbot.keyClick(shown, Key.Key_Minus, Modifier.ControlModifier)
    assert shown.notes.font().pointSizeF() == 10


def test_the_notes_say_how_long_it_has_taken(on_screen_plain) -> None:
    now = [100.0]
    shown = on_screen_plain(NotesWindow(lambda: now[0]))
    now[0] += 754.0
    shown._show_time()
    assert shown.time.text().endswith("12:34 gone")


@pytest.fixture
def on_screen_plain(qtbot: QtBot) -> Callable[[QWidget], Any]:
    def show(widget: QWidget) -> Any:
        qtbot.addWidget(widget)
        with qtbot.waitExposed(widget):
            widget.show()
        return widget

    return show


# other screens


#: Opens the window on screens of its own kind, goes into projector mode with notes, and says in JSON what is where.
ELSEWHERE = """
import json, sys, time
from PyQt6 import sip
from PyQt6.QtCore import QSettings, qInstallMessageHandler
from PyQt6.QtWidgets import QToolButton
from gradviz.runs.presets import presets
from gradviz.ui.app import application
from gradviz.ui.window import Window

said = []
qInstallMessageHandler(lambda kind, context, text: said.append(text))
app = application()
window = Window(presets()["notebook-1b"], settings=QSettings(sys.argv[1], QSettings.Format.IniFormat))
window.show()
deadline = time.monotonic() + 60
while window.run.epochs_done < 1 and time.monotonic() < deadline:
    app.processEvents()
before = window.geometry().getRect()
window.actions_by_name["projector"].trigger()
window.actions_by_name["notes"].trigger()
for _ in range(20):
    app.processEvents()
notes, bar, verdict = window.projecting.noting.notes, window.projecting._bar, window.verdict.verdict
buttons = [button for button in bar.findChildren(QToolButton) if button.objectName() != "qt_toolbar_ext_button"]
found = {
    "window": window.geometry().getRect(), "notes": notes.frameGeometry().getRect(), "ratio": window.devicePixelRatioF(),
    "size": window.screen().size().height(),
    "clipped": [button.text() for button in buttons if button.width() < button.sizeHint().width() or button.geometry().right() > bar.width()],
    "buttons": len(buttons), "lines": verdict.height() / verdict.fontMetrics().lineSpacing(), "pixels": verdict.fontInfo().pixelSize(),
}
window.actions_by_name["projector"].trigger()
for _ in range(20):
    app.processEvents()
found["after"], found["before"] = window.geometry().getRect(), before
window.close()
sip.delete(window)
print(json.dumps(found | {"said": said}))
"""


def elsewhere(tmp_path: Path, python_environment: dict[str, str], screens: list[dict[str, object]], program: str = ELSEWHERE, **more: str) -> dict[str, Any]:
    """What the window says of itself on such screens, offscreen, in a process of its own."""
    described = tmp_path / "screens.json"
    described.write_text(json.dumps({"screens": screens}))
    environment = {**python_environment, **more, "QT_QPA_PLATFORM": f"offscreen:configfile={described}"}
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "settings.ini")],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    found["said"] = [text for text in found["said"] if "propagateSizeHints" not in text and "does not support raise" not in text]
    return found


def screen(name: str, x: int, width: int, height: int) -> dict[str, object]:
    return {"name": name, "x": x, "y": 0, "width": width, "height": height, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}


def test_the_hall_sees_the_other_screen_and_the_presenter_the_notes_on_the_first(tmp_path: Path, python_environment: dict[str, str]) -> None:
    found = elsewhere(tmp_path, python_environment, [screen("1 own", 0, 1400, 900), screen("2 hall", 1400, 1280, 720)])
    assert found["window"] == [1400, 0, 1280, 720]
    assert found["notes"][0] < 1400
    assert found["pixels"] >= LEAST * 720
    assert found["after"] == found["before"]
    assert found["said"] == []


def test_a_lesson_brings_its_notes_to_the_other_screen_and_takes_them_along(tmp_path: Path, python_environment: dict[str, str]) -> None:
    opens = 'window.actions_by_name["lessons"].trigger(); window.teaching.panel.course.begin.click()'
    leaves = 'found["after"], found'
    program = ELSEWHERE.replace('window.actions_by_name["notes"].trigger()', opens)
    program = program.replace(leaves, f'found["said by notes"], found["left"] = notes.title.text(), notes.isVisible()\n{leaves}')
    found = elsewhere(tmp_path, python_environment, [screen("1 own", 0, 1400, 900), screen("2 hall", 1400, 1280, 720)], program)
    assert found["window"] == [1400, 0, 1280, 720]
    assert found["notes"][0] < 1400
    assert found["said by notes"] == "A network with nowhere to hide"
    assert not found["left"]
    assert found["after"] == found["before"]
    assert found["said"] == []


@pytest.mark.skipif(os.name == "nt", reason="offscreen screens are described by a path with a colon in it")
@pytest.mark.parametrize(("width", "height", "scale"), [(2560, 1440, "2"), (1280, 720, "1"), (3840, 2160, "2")])
def test_nothing_is_cut_off_at_any_scaling(tmp_path: Path, python_environment: dict[str, str], width: int, height: int, scale: str) -> None:
    found = elsewhere(tmp_path, python_environment, [screen("hall", 0, width, height)], QT_SCALE_FACTOR=scale)
    assert found["ratio"] == float(scale)
    assert found["buttons"] == 7
    assert found["clipped"] == []
    assert found["lines"] >= 2
    assert found["pixels"] >= LEAST * found["size"]
    assert found["said"] == []
