"""The entry fields: they take every way to write a number, step in a sensible series, and say what cannot be."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QApplication, QComboBox, QFileDialog
from pytestqt.qtbot import QtBot

from gradviz.core.config import PARAMETERS
from gradviz.ui.panels.fields import (
    STOPS,
    ChoiceField,
    Field,
    NameLabel,
    NumberField,
    StopsSlider,
    SwitchField,
    describe,
    field_for,
    neighbour_in_series,
)
from gradviz.ui.panels.text_fields import ColumnField, FileField

Key = Qt.Key


class Heard:
    """A field on the screen, and what it has reported."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.values: list[object] = []
        self.sentences: list[str] = []
        field.value_entered.connect(lambda name, value: self.values.append((name, value)))
        field.value_refused.connect(lambda _name, sentence: self.sentences.append(sentence))


@pytest.fixture
def field(qtbot: QtBot) -> Iterator[Callable[[str], Heard]]:
    shown: list[Field] = []

    def make(name: str) -> Heard:
        made = field_for(PARAMETERS[name])
        shown.append(made)
        with qtbot.waitExposed(made):
            made.show()
        made.activateWindow()
        made.setFocus()
        return Heard(made)

    yield make
    for made in shown:
        made.close()
        made.deleteLater()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("learning_rate", "1e-3", 1e-3),
        ("learning_rate", "1E-3", 1e-3),
        ("learning_rate", ".5", 0.5),
        ("learning_rate", " 2 ", 2.0),
        ("learning_rate", "1_000", 1000.0),
        ("weight_scale", "-1.5", -1.5),
        ("weight_scale", "0", 0.0),
        ("layers", "1e3", 1000),
        ("layers", "1_000", 1000),
        ("epochs", "1e9", 10**9),
        ("inputs", "-0.5, 0.5, 1e-3", (-0.5, 0.5, 1e-3)),
        ("inputs", "[1, 2]", (1.0, 2.0)),
        ("targets", "7", (7.0,)),
    ],
)
def test_numbers_are_typed_as_people_write_them(field, type_into, name: str, text: str, value: object) -> None:
    heard = field(name)
    type_into(heard.field, text)
    assert heard.values[-1] == (name, value)
    assert heard.field.text() == text


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("layers", "1", "layers is 1; it must be a whole number from 2 to 100,000."),
        ("layers", "2.5", "layers is '2.5'; it must be a whole number from 2 to 100,000."),
        ("layers", "many", "layers is 'many'; it must be a whole number from 2 to 100,000."),
        ("learning_rate", "0", "learning_rate is 0.0; it must be a finite number greater than 0."),
        ("learning_rate", "-1", "learning_rate is -1.0; it must be a finite number greater than 0."),
        ("weight_scale", "inf", "weight_scale is inf; it must be a finite number."),
        ("weight_scale", "nan", "weight_scale is nan; it must be a finite number."),
        ("inputs", "1, two", "inputs is '1, two'; it must be one or more finite numbers separated by commas."),
        ("epochs", "1e10", "epochs is 10000000000; it must be a whole number from 1 to 1,000,000,000."),
    ],
)
def test_what_cannot_be_is_a_sentence_with_parameter_value_and_what_is_allowed(field, type_into, name: str, text: str, sentence: str) -> None:
    heard = field(name)
    type_into(heard.field, text)
    assert heard.sentences[-1] == sentence
    assert heard.field.text() == text  # what was typed stays, to be corrected


def test_an_empty_field_is_refused_and_asks_for_a_number(field, qtbot) -> None:
    heard = field("layers")
    qtbot.keyClick(heard.field, Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(heard.field, Key.Key_Delete)
    assert heard.sentences == ["layers is ''; it must be a whole number from 2 to 100,000."]


@pytest.mark.parametrize(
    ("name", "start", "up", "down"),
    [
        ("learning_rate", "0.1", ["0.2", "0.5", "1.0", "2.0"], ["0.05", "0.02", "0.01", "0.005"]),
        ("learning_rate", "0.3", ["0.5", "1.0"], ["0.2", "0.1"]),
        ("epochs", "1000", ["2000", "5000", "10000"], ["500", "200", "100"]),
        ("layers", "100", ["101", "102"], ["99", "98"]),
        ("weight_scale", "1.0", ["1.1", "1.2", "1.3"], ["0.9", "0.8", "0.7"]),
        ("weight_scale", "0.1", ["0.2"], ["0.0", "-0.1"]),
        ("seed", "0", ["1", "2"], ["0"]),
    ],
)
def test_arrow_keys_step(field, type_into, qtbot, name: str, start: str, up: list[str], down: list[str]) -> None:
    for key, texts in ((Key.Key_Up, up), (Key.Key_Down, down)):
        heard = field(name)
        type_into(heard.field, start)
        seen = []
        for _ in texts:
            qtbot.keyClick(heard.field, key)
            seen.append(heard.field.text())
        assert seen == texts
        assert heard.values[-1] == (name, PARAMETERS[name].parse(texts[-1]))


@pytest.mark.parametrize(
    ("name", "text", "key"), [("layers", "2", Key.Key_Down), ("layers", "100000", Key.Key_Up), ("epochs", "1", Key.Key_Down), ("epochs", "1e9", Key.Key_Up)]
)
def test_at_the_end_of_the_range_an_arrow_does_nothing(field, type_into, qtbot, name: str, text: str, key: Qt.Key) -> None:
    heard = field(name)
    type_into(heard.field, text)
    told = len(heard.values)
    qtbot.keyClick(heard.field, key)
    assert heard.field.text() == text
    assert len(heard.values) == told


def test_page_keys_step_ten_at_once(field, qtbot) -> None:
    heard = field("layers")
    qtbot.keyClick(heard.field, Key.Key_PageUp)
    assert heard.values == [("layers", 110)]


def test_a_list_of_numbers_has_no_steps(field, qtbot) -> None:
    heard = field("inputs")
    qtbot.keyClick(heard.field, Key.Key_Up)
    assert heard.values == []
    assert heard.field.text() == "-0.5, 0.5"


@given(st.floats(1e-300, 1e300), st.sampled_from([1, -1]))
def test_the_series_is_1_2_5(value: float, direction: int) -> None:
    neighbour = neighbour_in_series(value, direction)
    assert f"{neighbour:e}"[0] in "125"
    assert neighbour > value if direction > 0 else neighbour < value
    assert 1 < max(neighbour / value, value / neighbour) <= 2.6


def test_showing_a_value_reports_nothing_and_keeps_a_text_that_means_it(field, type_into) -> None:
    heard = field("learning_rate")
    type_into(heard.field, "1e-3")
    told = len(heard.values)
    heard.field.show_value(0.001)
    assert heard.field.text() == "1e-3"
    heard.field.show_value(0.25)
    assert heard.field.text() == "0.25"
    assert len(heard.values) == told


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_has_a_field_that_says_what_it_is(field, name: str) -> None:
    parameter = PARAMETERS[name]
    shown = field(name).field
    kinds = {"csv_file": FileField, "csv_target": ColumnField, "bias": SwitchField, "tied_weights": SwitchField}
    assert isinstance(shown, kinds.get(name, ChoiceField if parameter.choices else NumberField))
    assert shown.accessibleName() == parameter.title
    for words in (parameter.title, parameter.symbol, parameter.help, parameter.allowed, parameter.unit):
        assert words in shown.toolTip()
    if not parameter.choices:
        assert parameter.parse(shown.text()) == parameter.default
    describe(shown, parameter, "It sleeps.")
    assert "It sleeps." in shown.toolTip()


def test_a_list_offers_what_may_be_and_reports_what_is_chosen(field, qtbot) -> None:
    heard = field("activation")
    assert isinstance(heard.field, QComboBox)
    assert [heard.field.itemText(index) for index in range(heard.field.count())] == list(PARAMETERS["activation"].choices)
    qtbot.keyClick(heard.field, Key.Key_Down)
    assert heard.values == [("activation", PARAMETERS["activation"].choices[1])]


@pytest.mark.parametrize("name", ["layers", "activation", "csv_target"])
@pytest.mark.parametrize("focused", [False, True])
def test_scrolling_turns_only_a_field_that_has_the_focus(field, name: str, focused: bool) -> None:
    heard = field(name)
    if name == "csv_target":
        heard.field.show_columns(("rooms", "price"))
    if not focused:
        heard.field.clearFocus()
    angle = QPoint(0, 120)
    where = QPointF(5, 5)
    no_buttons, no_keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    wheel = QWheelEvent(where, heard.field.mapToGlobal(where), QPoint(), angle, no_buttons, no_keys, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(heard.field, wheel)
    assert heard.values == ([("layers", 101)] if focused and name == "layers" else [])


# switches, texts, files, the slider


def test_a_switch_is_ticked_with_the_mouse_and_with_space(field, qtbot) -> None:
    heard = field("bias")
    heard.field.show_value("on")
    assert heard.field.isChecked()
    assert heard.values == []
    qtbot.keyClick(heard.field, Key.Key_Space)
    qtbot.mouseClick(heard.field, Qt.MouseButton.LeftButton, pos=QPoint(8, heard.field.height() // 2))
    assert heard.values == [("bias", "off"), ("bias", "on")]


def listed(field: ColumnField) -> list[str]:
    return [field.itemText(index) for index in range(field.count())]


def test_a_column_is_typed_or_chosen_from_the_tables(field, qtbot, type_into) -> None:
    heard = field("csv_target")
    assert listed(heard.field) == []
    heard.field.show_columns(("rooms", "price"))
    assert listed(heard.field) == ["last column", "rooms", "price"]
    assert (heard.field.text(), heard.field.line.placeholderText(), heard.values) == ("", "last column", [])
    for key in (Key.Key_Down, Key.Key_Down, Key.Key_Up, Key.Key_Up):
        qtbot.keyClick(heard.field, key)
    assert heard.values == [("csv_target", "rooms"), ("csv_target", "price"), ("csv_target", "rooms"), ("csv_target", "")]
    assert heard.field.text() == ""
    type_into(heard.field, "ro")
    qtbot.keyClick(heard.field, Key.Key_Return)
    assert heard.values[4:] == [("csv_target", "ro")]
    assert listed(heard.field) == ["last column", "rooms", "price"]


def test_a_column_named_as_no_column_is_reported_by_its_name(field, qtbot) -> None:
    heard = field("csv_target")
    heard.field.show_columns(("a", "last column"))
    for _ in range(2):
        qtbot.keyClick(heard.field, Key.Key_Down)
    assert heard.values == [("csv_target", "a"), ("csv_target", "last column")]


def test_other_columns_leave_the_text_and_its_cursor(field, type_into, qtbot) -> None:
    heard = field("csv_target")
    heard.field.show_columns(("rooms", "price"))
    type_into(heard.field, "pri")
    qtbot.keyClick(heard.field, Key.Key_Left)
    heard.field.show_columns(("height", "pri"))
    assert (heard.field.text(), heard.field.line.cursorPosition(), heard.field.currentIndex()) == ("pri", 2, 2)
    heard.field.show_columns(())
    assert (heard.field.text(), listed(heard.field)) == ("pri", [])
    qtbot.keyClick(heard.field, Key.Key_Return)
    assert heard.values == [("csv_target", "pri")]


def test_a_column_shown_is_the_lists_too_and_is_not_reported(field) -> None:
    heard = field("csv_target")
    heard.field.show_columns(("rooms", "price"))
    heard.field.show_value("rooms")
    assert (heard.field.text(), heard.field.currentIndex()) == ("rooms", 1)
    heard.field.show_value("colour")
    assert (heard.field.text(), heard.field.currentIndex()) == ("colour", -1)
    heard.field.show_value("")
    assert (heard.field.text(), heard.field.currentIndex()) == ("", 0)
    heard.field.clearFocus()
    assert heard.values == []


def test_a_text_is_taken_when_typing_rests_and_once(field, qtbot, type_into) -> None:
    heard = field("csv_target")
    with qtbot.waitSignal(heard.field.value_entered):
        type_into(heard.field, "price")
    heard.field.clearFocus()
    assert heard.values == [("csv_target", "price")]


@pytest.mark.parametrize("by", ["Enter", "another field"])
def test_a_text_is_taken_at_once_where_it_is_done(field, qtbot, type_into, by: str) -> None:
    heard = field("csv_target")
    type_into(heard.field, " price ")
    assert heard.values == []
    qtbot.keyClick(heard.field, Key.Key_Return) if by == "Enter" else heard.field.clearFocus()
    assert heard.values == [("csv_target", "price")]


def test_a_text_shown_replaces_what_is_being_typed_and_is_not_reported(field, type_into, qtbot) -> None:
    heard = field("csv_target")
    type_into(heard.field, "pri")
    heard.field.show_value("rooms")
    assert heard.field.text() == "rooms"
    qtbot.keyClick(heard.field, Key.Key_Return)
    assert heard.values == []


@pytest.mark.parametrize("chosen", [True, False])
def test_a_file_is_chosen_in_the_systems_dialog(field, qtbot, monkeypatch, tmp_path: Path, chosen: bool) -> None:
    asked = []
    path = str(tmp_path / "houses.csv")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *what: asked.append(what[1:]) or (path if chosen else "", ""))
    heard = field("csv_file")
    heard.field.show_value(str(tmp_path / "before.csv"))
    qtbot.mouseClick(heard.field.choose, Qt.MouseButton.LeftButton)
    assert asked == [("Choose a table", str(tmp_path), "Tables (*.csv);;All files (*)")]
    assert heard.values == ([("csv_file", path)] if chosen else [])
    assert heard.field.text() == (path if chosen else str(tmp_path / "before.csv"))


def test_a_file_is_typed_too_and_its_parts_have_names(field, qtbot, type_into) -> None:
    heard = field("csv_file")
    type_into(heard.field.line, "my houses.csv")
    qtbot.keyClick(heard.field.line, Key.Key_Return)
    assert heard.values == [("csv_file", "my houses.csv")]
    assert (heard.field.line.accessibleName(), heard.field.choose.accessibleName()) == ("Table", "Choose a file for table")
    assert heard.field.focusProxy() is heard.field.line


@pytest.fixture
def slider(on_screen) -> StopsSlider:
    made = StopsSlider(PARAMETERS["width"])
    made.apply_theme = lambda _theme: None  # the fixture asks for it
    shown: StopsSlider = on_screen(made, 110, 24)
    return shown


def test_the_slider_goes_from_1_to_200_in_steps_that_look_alike(slider) -> None:
    stops = STOPS["width"]
    assert (stops[0], stops[-1], slider.maximum()) == (1, 200, len(stops) - 1)
    ratios = [after / before for before, after in pairwise(stops)]
    assert all(1.1 < ratio <= 2.0 for ratio in ratios)
    assert slider.accessibleName() == "Width from 1 to 200"


def test_the_slider_moves_with_keys_and_the_mouse_and_reports_the_width(slider, qtbot) -> None:
    tried = []
    slider.value_tried.connect(lambda name, value: tried.append((name, value)))
    slider.show_value(1)
    for key in (Key.Key_Right, Key.Key_Up, Key.Key_PageUp, Key.Key_End, Key.Key_Left, Key.Key_Home):
        qtbot.keyClick(slider, key)
    assert tried == [("width", width) for width in (2, 3, 10, 200, 150, 1)]
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() - 8, slider.height() // 2))
    assert tried[-1][1] > 1


@pytest.mark.parametrize(("width", "nearest"), [(1, 1), (7, 8), (64, 60), (90, 100), (200, 200), (10_000, 200)])
def test_the_slider_stands_at_the_nearest_stop_without_reporting_it(slider, width: int, nearest: int) -> None:
    tried = []
    slider.value_tried.connect(lambda _name, value: tried.append(value))
    slider.show_value(width)
    assert STOPS["width"][slider.value()] == nearest
    assert abs(math.log(nearest / width)) == min(abs(math.log(stop / width)) for stop in STOPS["width"])
    assert tried == []


def test_a_label_has_room_for_its_symbol(on_screen) -> None:
    made = NameLabel(PARAMETERS["final_rate"])
    made.apply_theme = lambda _theme: None
    shown = on_screen(made, 10, 10)
    plain = shown.fontMetrics().horizontalAdvance("Final rate α(T)/α")
    assert plain - 8 <= shown.minimumSizeHint().width() <= plain + 12
