"""The list of pinned runs with real clicks and keys, and the window with the table of what differs between them."""

from __future__ import annotations

import itertools

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QLineEdit

from gradviz import Config, record
from gradviz.core.interventions import Intervention
from gradviz.runs.run import Run
from gradviz.ui import pins
from gradviz.ui.differences import SAME, DifferencesDialog
from gradviz.ui.panels.runs import MOST_ROWS, RunsPanel, outcome_of, row_height
from gradviz.ui.theme import DARK

CONFIG = Config(layers=10, epochs=3)


@pytest.fixture
def three() -> pins.Pins:
    """Three pinned runs with different weights."""
    found: pins.Pins = ()
    for scale in (0.9, 1.0, 5.0):
        found = pins.pinned(found, record(CONFIG.replace(weight_scale=scale)), f"scale {scale}")
    return found


@pytest.fixture
def panel(on_screen, three) -> RunsPanel:
    """The panel as in the left column, with three pins."""
    shown = on_screen(RunsPanel(), 270, 300)
    shown.show_pins(three)
    QApplication.processEvents()
    return shown


def place_of(panel: RunsPanel, row: int, part: str) -> QPoint:
    return panel.list.rows.parts(panel.list.visualItemRect(panel.list.item(row)))[part].center()


def click(panel: RunsPanel, row: int, part: str, qtbot) -> None:
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place_of(panel, row, part))


def double_click(panel: RunsPanel, row: int, part: str, qtbot) -> None:
    """As a mouse does it: Qt's own for tests leaves out all but the third event."""
    click(panel, row, part, qtbot)
    qtbot.mouseDClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place_of(panel, row, part))
    qtbot.mouseRelease(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place_of(panel, row, part))


def texts(menu) -> list[str]:
    return [action.text() for action in menu.actions()]


# what is shown


def test_without_pins_there_is_only_the_button_and_what_it_is_good_for(panel, qtbot) -> None:
    panel.show_pins(())
    assert (panel.hint.isVisible(), panel.list.isVisible(), panel.differences.isVisible()) == (True, False, False)
    with qtbot.waitSignal(panel.pin_requested):
        qtbot.mouseClick(panel.pin, Qt.MouseButton.LeftButton)
    panel.allow_pinning(False)
    assert not panel.pin.isEnabled()


def test_each_pin_has_a_row_with_what_became_of_it(panel, three) -> None:
    assert panel.list.keys() == tuple(pin.key for pin in three)
    assert not panel.hint.isVisible()
    item = panel.list.item(2)
    assert outcome_of(three[2].run).words == "Vanishing, cost 0.125"
    assert item.toolTip().startswith("scale 5.0\nVanishing: ")
    assert item.data(Qt.ItemDataRole.AccessibleTextRole) == "scale 5.0, shown. Vanishing, cost 0.125"
    assert outcome_of(Run(CONFIG)).words == "no epoch yet"


def test_showing_the_same_again_makes_no_row_anew_and_keeps_the_focus(panel, three) -> None:
    panel.list.setCurrentRow(1)
    items = [panel.list.item(row) for row in range(3)]
    panel.show_pins(pins.changed(three, three[1].key, name="another", visible=False))
    assert [panel.list.item(row) for row in range(3)] == items
    panel.show_pins(pins.in_order(three, (3, 2, 1)))
    assert panel.list.keys() == (3, 2, 1)
    assert panel.list.current_key == three[1].key


def test_many_pins_are_scrolled(panel, three) -> None:
    many: pins.Pins = ()
    for _ in range(9):
        many = pins.pinned(many, three[0].run, "again")
    panel.show_pins(many)
    assert panel.list.height() == MOST_ROWS * row_height(panel.list.font()) + 2 * panel.list.frameWidth()


@pytest.mark.parametrize("width", [230, 270, 420])
def test_the_parts_of_a_row_lie_beside_each_other_within_it(panel, width: int) -> None:
    panel.resize(width, 300)
    QApplication.processEvents()
    row = panel.list.visualItemRect(panel.list.item(0))
    parts = list(panel.list.rows.parts(row).values())
    assert all(row.contains(part) for part in parts)
    assert all(left.right() < right.left() for left, right in itertools.pairwise(parts))


def test_a_swatch_is_drawn_in_the_pins_colour_and_a_long_name_ends_inside_its_row(panel, three) -> None:
    panel.apply_theme(DARK)
    panel.show_pins(pins.changed(three, 1, name="a name that is much too long for this narrow list of runs", colour=4))
    picture = panel.list.viewport().grab().toImage()
    parts = panel.list.rows.parts(panel.list.visualItemRect(panel.list.item(0)))
    swatch = parts["swatch"]
    colours = {picture.pixelColor(x, y).name() for x in range(swatch.left(), swatch.right()) for y in range(swatch.top(), swatch.bottom())}
    assert DARK.pins[4] in colours
    beside = {picture.pixelColor(parts["name"].right() + 2, y).name() for y in range(parts["name"].top(), parts["name"].bottom())}
    assert len(beside) == 1, "nothing of the name lies between it and the cross"


# what a person changes


def test_a_click_on_each_part_asks_for_what_it_is_there_for(panel, three, qtbot) -> None:
    asked = []
    panel.changed.connect(lambda key, values: asked.append((key, values)))
    panel.removed.connect(lambda key: asked.append((key, "removed")))
    for row, part in ((0, "check"), (1, "swatch"), (2, "remove"), (0, "name")):
        click(panel, row, part, qtbot)
    assert asked == [(1, {"visible": False}), (2, {"colour": pins.next_colour(three, 2)}), (3, "removed")]
    assert panel.list.current_key == 1


def test_a_press_that_is_let_go_elsewhere_does_nothing(panel, qtbot) -> None:
    asked = []
    panel.removed.connect(asked.append)
    qtbot.mousePress(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place_of(panel, 0, "remove"))
    qtbot.mouseRelease(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place_of(panel, 0, "name"))
    assert not asked


def test_space_and_delete_do_what_the_check_box_and_the_cross_do(panel, qtbot) -> None:
    panel.list.setCurrentRow(1)
    with qtbot.waitSignal(panel.changed) as changed:
        qtbot.keyClick(panel.list, Qt.Key.Key_Space)
    assert changed.args == [2, {"visible": False}]
    with qtbot.waitSignal(panel.removed) as removed:
        qtbot.keyClick(panel.list, Qt.Key.Key_Delete)
    assert removed.args == [2]


@pytest.mark.parametrize("by_mouse", [True, False])
def test_a_name_is_typed_in_its_place(panel, three, qtbot, by_mouse: bool) -> None:
    panel.list.setCurrentRow(1)
    if by_mouse:
        double_click(panel, 1, "name", qtbot)
    else:
        qtbot.keyClick(panel.list, Qt.Key.Key_F2)
    editor = panel.list.findChild(QLineEdit)
    assert editor.text() == "scale 1.0"
    panel.show_pins(pins.changed(three, 1, visible=False))
    assert panel.list.findChild(QLineEdit) is editor, "what is typed stays while other things change"
    editor.selectAll()
    QTest.keyClicks(editor, "critical")
    with qtbot.waitSignal(panel.changed) as changed:
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert changed.args == [2, {"name": "critical"}]


@pytest.mark.parametrize("typed", ["", "   ", "scale 0.9"])
def test_no_name_and_the_same_name_ask_for_nothing(panel, typed: str) -> None:
    asked = []
    panel.changed.connect(lambda *change: asked.append(change))
    panel.list.rename(1, typed)
    assert not asked


def test_a_double_click_on_a_part_is_two_clicks_and_no_editing(panel, qtbot) -> None:
    asked = []
    panel.changed.connect(lambda *change: asked.append(change))
    double_click(panel, 0, "check", qtbot)
    assert panel.list.findChild(QLineEdit) is None
    assert asked == [(1, {"visible": False})] * 2


@pytest.mark.parametrize(("row", "key", "order"), [(0, Qt.Key.Key_Down, (2, 1, 3)), (2, Qt.Key.Key_Up, (1, 3, 2)), (0, Qt.Key.Key_Up, None)])
def test_alt_and_an_arrow_move_a_row_as_far_as_there_is_room(panel, qtbot, row: int, key: Qt.Key, order) -> None:
    asked = []
    panel.order_chosen.connect(asked.append)
    panel.list.setCurrentRow(row)
    qtbot.keyClick(panel.list, key, Qt.KeyboardModifier.AltModifier)
    assert asked == ([order] if order else [])


def test_a_row_that_is_dropped_elsewhere_chooses_the_order(panel, qtbot) -> None:
    model = panel.list.model()
    with qtbot.waitSignal(panel.order_chosen) as chosen:
        assert model.moveRow(model.index(-1, -1), 2, model.index(-1, -1), 0)
    assert chosen.args == [(3, 1, 2)]


def test_the_menu_of_a_row_asks_for_what_it_says(panel, qtbot) -> None:
    asked = []
    for signal in ("opened", "saved", "removed"):
        getattr(panel, signal).connect(lambda key, signal=signal: asked.append((signal, key)))
    panel.differences_requested.connect(lambda: asked.append(("differences", None)))
    menu = panel.menu_for(2)
    assert texts(menu) == ["Open this run", "Save…", "Rename", "Show or hide", "Another colour", "Show differences…", "Unpin"]
    for action in menu.actions():
        action.trigger()
    assert asked == [("opened", 2), ("saved", 2), ("differences", None), ("removed", 2)]
    assert panel.list.findChild(QLineEdit).text() == "scale 1.0"
    menu.deleteLater()
    qtbot.mouseClick(panel.differences, Qt.MouseButton.LeftButton)
    assert asked[-1] == ("differences", None)


# the table


@pytest.fixture
def dialog(qtbot, three) -> DifferencesDialog:
    """The table of what differs between a live run and the three."""
    made = DifferencesDialog()
    qtbot.addWidget(made)
    live = record(CONFIG, [Intervention(1, "learning_rate", 0.5)])
    made.show_runs([("live", live), *((pin.name, pin.run) for pin in three)])
    with qtbot.waitExposed(made):
        made.show()
    return made


def cells(dialog: DifferencesDialog) -> list[list[str]]:
    return [[dialog.table.item(row, column).text() for column in range(dialog.table.columnCount())] for row in range(dialog.table.rowCount())]


def test_the_table_has_a_column_for_each_run_and_a_row_for_each_difference(dialog) -> None:
    header = dialog.table.horizontalHeader().model()
    assert [header.headerData(column, Qt.Orientation.Horizontal) for column in range(5)] == ["Parameter", "live", "scale 0.9", "scale 1.0", "scale 5.0"]
    assert cells(dialog) == [["Weight scale σ", "1.0", "0.9", "1.0", "5.0"], ["Learning rate, changed on its way at epoch 1", "0.5", "—", "—", "—"]]
    assert [dialog.table.item(0, column).font().bold() for column in range(5)] == [False, False, True, False, True]
    assert not dialog.isModal()


def test_ctrl_c_copies_the_table_for_a_spreadsheet(dialog, qtbot) -> None:
    clipboard = QApplication.clipboard()
    clipboard.setText("before")
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    qtbot.keySequence(dialog.table, QKeySequence(QKeySequence.StandardKey.Copy))
    assert clipboard.text().split("\n")[1] == "Weight scale σ\t1.0\t0.9\t1.0\t5.0"


def test_runs_of_one_config_are_said_to_have_it(dialog, three) -> None:
    dialog.show_runs([("live", Run(CONFIG)), ("pinned", Run(CONFIG))])
    assert dialog.said.text() == SAME
    assert not dialog.table.isVisible()
    dialog.copy()
    dialog.show_runs([("live", Run(CONFIG)), ("pinned", three[0].run)])
    assert dialog.table.isVisible()
