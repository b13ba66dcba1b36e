"""The parameters panel: a row for everything that Config declares, marks, sentences, presets and defaults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradviz import Config
from gradviz.core.config import PARAMETERS
from gradviz.runs.presets import Preset, presets
from gradviz.ui import state as states
from gradviz.ui.panels.parameters import ParametersPanel
from gradviz.ui.state import State


class Shown:
    """The panel on the screen, showing one state after the other."""

    def __init__(self, panel: ParametersPanel) -> None:
        self.panel = panel
        self.state: State | None = None

    def show(self, state: State) -> None:
        old, self.state = self.state, state
        self.panel.show_state(old, state)

    def marked(self) -> set[str]:
        return {name for name, row in self.panel.rows.items() if row.mark.isVisible()}

    def sentences(self) -> dict[str, str]:
        return {name: row.problem.text() for name, row in self.panel.rows.items() if row.problem.isVisible()}


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Shown]:
    panel = ParametersPanel()
    panel.resize(260, 700)
    with qtbot.waitExposed(panel):
        panel.show()
    yield Shown(panel)
    panel.close()
    panel.deleteLater()


def in_mid_run(config: Config) -> State:
    return states.arrived(states.toggled(states.arrived(states.opened(Preset("test", "Test", "", config)), 1, None)), 9, None)


def test_there_is_a_row_for_every_parameter_in_their_order(shown) -> None:
    assert list(shown.panel.rows) == list(PARAMETERS)
    tops = [row.field.y() for row in shown.panel.rows.values()]
    assert tops == sorted(set(tops))
    for name, row in shown.panel.rows.items():
        assert PARAMETERS[name].title in row.label.text()
        assert PARAMETERS[name].symbol in row.label.text()
        assert row.label.buddy() is row.field
        assert row.label.toolTip() == row.field.toolTip()
        assert PARAMETERS[name].help in row.field.toolTip()


@pytest.mark.parametrize("name", presets())
def test_a_state_fills_every_field(shown, name: str) -> None:
    config = presets()[name].config
    shown.show(states.opened(presets()[name]))
    for parameter, row in shown.panel.rows.items():
        value = getattr(config, parameter)
        if PARAMETERS[parameter].choices:
            assert row.field.currentText() == value
        else:
            assert PARAMETERS[parameter].parse(row.field.text()) == value
    assert shown.panel.presets.currentText() == presets()[name].title
    assert shown.panel.description.text() == presets()[name].description
    assert shown.marked() == set()
    assert shown.sentences() == {}


@pytest.mark.parametrize("name", [name for name, parameter in PARAMETERS.items() if not parameter.live])
def test_what_differs_from_the_running_experiment_is_marked(shown, name: str) -> None:
    choices = {"activation": "relu", "initialization": "normal", "number_format": "float16", "derivative": "from_output"}
    other = {"layers": 6, "inputs": (0.1, 0.2), "targets": (0.1, 0.2), **choices}.get(name, 3)
    state = in_mid_run(Config())
    shown.show(state)
    shown.show(states.entered(state, name, other))
    assert shown.marked() == {name}
    assert "Reset" in shown.panel.rows[name].mark.toolTip()
    assert shown.panel.presets.currentIndex() == -1
    assert shown.panel.presets.placeholderText() == "Own settings"
    shown.show(states.entered(shown.state, name, getattr(Config(), name)))
    assert shown.marked() == set()
    assert shown.panel.presets.currentText() == presets()["notebook-1a"].title


def test_an_edit_does_not_move_the_field_under_the_hand(shown) -> None:
    state = in_mid_run(Config())
    shown.show(state)
    QApplication.processEvents()
    before = [row.field.geometry() for row in shown.panel.rows.values()]
    shown.show(states.entered(state, "layers", 5))  # a mark comes, the preset's description goes
    QApplication.processEvents()
    assert not shown.panel.description.isVisible()
    assert [row.field.geometry() for row in shown.panel.rows.values()] == before


def test_a_sentence_stands_beside_the_field_that_cannot_be_and_its_text_stays(shown, type_into) -> None:
    state = in_mid_run(Config())
    shown.show(state)
    panel = shown.panel
    panel.value_refused.connect(lambda name, sentence: shown.show(states.refused(shown.state, name, sentence)))
    panel.value_entered.connect(lambda name, value: shown.show(states.entered(shown.state, name, value)))
    type_into(panel.rows["layers"].field, "1")
    assert shown.sentences() == {"layers": "layers is 1; it must be a whole number from 2 to 100,000."}
    assert shown.marked() == set()
    assert panel.rows["layers"].field.text() == "1"
    type_into(panel.rows["epochs"].field, "9")
    assert panel.rows["layers"].field.text() == "1"
    type_into(panel.rows["layers"].field, "12")
    assert shown.sentences() == {}
    assert shown.marked() == {"layers", "epochs"}


def test_values_that_do_not_fit_together_say_so(shown) -> None:
    state = in_mid_run(Config())
    shown.show(state)
    shown.show(states.entered(state, "inputs", (1.0, 2.0, 3.0)))
    assert shown.sentences() == {"targets": "targets has 2 values; it must have as many as inputs, which has 3."}


def test_restore_defaults_asks_for_them_and_is_off_where_there_is_nothing_to_restore(shown, qtbot) -> None:
    shown.show(states.opened(presets()["notebook-1a"]))
    assert not shown.panel.defaults.isEnabled()
    state = in_mid_run(Config(layers=7))
    shown.show(state)
    assert shown.panel.defaults.isEnabled()
    with qtbot.waitSignal(shown.panel.defaults_requested):
        qtbot.mouseClick(shown.panel.defaults, Qt.MouseButton.LeftButton)
    shown.show(states.restored(state, Config()))
    assert shown.panel.rows["layers"].field.text() == "100"
    assert not shown.panel.defaults.isEnabled()
    assert shown.marked() == {"layers"}


def test_restore_defaults_mends_a_text_that_cannot_be(shown) -> None:
    state = states.opened(presets()["notebook-1a"])
    shown.show(state)
    shown.panel.rows["layers"].field.lineEdit().setText("many")
    shown.show(states.refused(state, "layers", "no"))
    assert shown.panel.defaults.isEnabled()
    shown.show(states.restored(shown.state, Config()))
    assert shown.panel.rows["layers"].field.text() == "100"
    assert shown.sentences() == {}


def test_the_presets_are_listed_with_what_they_show(shown) -> None:
    box = shown.panel.presets
    assert [box.itemText(index) for index in range(box.count())] == [preset.title for preset in presets().values()]
    assert [box.itemData(index, Qt.ItemDataRole.ToolTipRole) for index in range(box.count())] == [preset.description for preset in presets().values()]


def test_a_preset_chosen_is_asked_for_by_name(shown, qtbot) -> None:
    shown.show(states.opened(presets()["notebook-1a"]))
    with qtbot.waitSignal(shown.panel.preset_chosen) as chosen:
        qtbot.keyClick(shown.panel.presets, Qt.Key.Key_Down)
    assert chosen.args == [list(presets())[1]]


@pytest.mark.parametrize(("initialization", "enabled"), [("constant", False), ("normal", True)])
def test_the_seed_is_off_where_nothing_is_drawn(shown, initialization: str, enabled: bool) -> None:
    shown.show(states.opened(Preset("test", "Test", "", Config(initialization=initialization))))
    assert shown.panel.rows["seed"].field.isEnabled() is enabled
    assert shown.panel.rows["seed"].label.isEnabled() is enabled


def test_a_state_that_only_ran_on_leaves_what_is_being_typed(shown, type_into) -> None:
    state = in_mid_run(Config())
    shown.show(state)
    type_into(shown.panel.rows["learning_rate"].field, "0.10")
    shown.show(replace(states.entered(state, "learning_rate", 0.1), epochs_done=77))
    assert shown.panel.rows["learning_rate"].field.text() == "0.10"
