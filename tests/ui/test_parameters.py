"""The parameters panel: a row for everything that Config declares, marks, sentences, presets and defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradviz import Config
from gradviz.core.config import GROUPS, PARAMETERS
from gradviz.core.memory import needed, size
from gradviz.runs import machine
from gradviz.runs.presets import Preset, presets
from gradviz.runs.table_check import TableCheck
from gradviz.ui import layout
from gradviz.ui import state as states
from gradviz.ui.panels.fields import SwitchField
from gradviz.ui.panels.parameters import SECTIONS, UNFOLDED, ParametersPanel
from gradviz.ui.panels.rows import LONGEST_WORD, breakable
from gradviz.ui.panels.text_fields import FileField
from gradviz.ui.state import Phase, State
from gradviz.ui.theme import DARK, LIGHT


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
def folded(qtbot: QtBot) -> Iterator[Shown]:
    """The panel in the window's column, every section folded and none of them made."""
    panel = ParametersPanel()
    column = layout.SideColumn([panel])
    column.resize(290, 660)
    with qtbot.waitExposed(column):
        column.show()
    column.activateWindow()
    panel.complete()
    yield Shown(panel)
    column.close()
    column.deleteLater()


@pytest.fixture
def shown(folded: Shown) -> Shown:
    """The panel with every section unfolded."""
    folded.panel.unfold(GROUPS)
    return folded


def another(name: str) -> object:
    """A value that differs from the default and goes with the defaults of all others."""
    parameter = PARAMETERS[name]
    values = {
        "layers": 6,
        "activation": "relu",
        "inputs": (0.1, 0.2),
        "targets": (0.1, 0.2),
        "csv_file": "a.csv",
        "csv_target": "price",
        "batch_size": 1,
        "normalization": "batch",
    }
    if parameter.choices and name not in values:
        return next(choice for choice in parameter.choices if choice != parameter.default)
    return values.get(name, 0.5 if parameter.kind is float else 3)


def text_of(panel: ParametersPanel, name: str) -> str:
    """What the field of a parameter says."""
    field = panel.rows[name].field
    if isinstance(field, SwitchField):
        return "on" if field.isChecked() else "off"
    return str(field.currentText() if hasattr(field, "currentText") else field.text())


def in_mid_run(config: Config) -> State:
    return states.arrived(states.toggled(states.arrived(states.opened(Preset("test", "Test", "", config)), 1, None)), 9, None)


def test_there_is_a_row_for_every_parameter_below_its_groups_header(shown) -> None:
    panel = shown.panel
    assert set(panel.rows) == set(PARAMETERS)
    QApplication.processEvents()
    tops = []
    for group, title in GROUPS.items():
        section = panel.sections[group]
        assert section.header.text() == title
        tops.append(section.header.mapTo(panel, section.header.rect().topLeft()).y())
        for name in SECTIONS[group]:
            assert PARAMETERS[name].group == group
            tops.append(panel.rows[name].field.mapTo(panel, panel.rows[name].field.rect().topLeft()).y())
    assert tops == sorted(set(tops))
    for name, row in panel.rows.items():
        assert PARAMETERS[name].title == row.label.text()
        assert PARAMETERS[name].symbol == row.label.symbol
        assert row.label.buddy() is row.field
        assert row.label.toolTip() == row.field.toolTip()
        assert PARAMETERS[name].help in row.field.toolTip()


@pytest.mark.parametrize("name", presets())
def test_a_state_fills_every_field(shown, name: str) -> None:
    config = presets()[name].config
    shown.show(states.opened(presets()[name]))
    for parameter, row in shown.panel.rows.items():
        assert PARAMETERS[parameter].parse(text_of(shown.panel, parameter)) == getattr(config, parameter)
        assert row.slider is None or parameter == "width"
    assert shown.panel.presets.currentText() == presets()[name].title
    assert shown.panel.description.text() == presets()[name].description
    assert shown.marked() == set()
    assert shown.sentences() == {}


@pytest.mark.parametrize("name", [name for name, parameter in PARAMETERS.items() if not parameter.live and name != "loss"])  # the other loss needs other data
def test_what_differs_from_the_running_experiment_is_marked(shown, name: str) -> None:
    state = in_mid_run(Config())
    shown.show(state)
    shown.show(states.entered(state, name, another(name)))
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


def test_the_target_columns_are_those_of_the_table_that_is_chosen(shown) -> None:
    state = in_mid_run(Config())
    shown.show(state)
    field = shown.panel.rows["csv_target"].field
    shown.show(states.entered(states.entered(state, "data", "csv"), "csv_file", "a.csv"))
    assert field.count() == 0
    shown.show(states.read(shown.state, TableCheck(shown.state.asked, ("x", "y"))))
    assert [field.itemText(index) for index in range(field.count())] == ["last column", "x", "y"]
    shown.show(states.entered(shown.state, "csv_target", "x"))
    assert (field.count(), field.currentText()) == (3, "x")
    shown.show(states.entered(shown.state, "csv_file", "b.csv"))
    assert (field.count(), field.text()) == (0, "x")


def test_a_long_word_in_a_sentence_may_be_broken_and_nothing_else_changes() -> None:
    assert breakable("layers is 1; it must be a whole number.") == "layers is 1; it must be a whole number."
    name = "'" + "x" * 100 + ".csv'"
    broken = breakable(f"Cannot read {name}: it is empty.")
    assert broken.replace("\u200b", "") == f"Cannot read {name}: it is empty."
    assert max(map(len, re.split("[ \u200b]", broken))) <= LONGEST_WORD


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


def test_what_sleeps_is_off_and_says_what_wakes_it(shown) -> None:
    shown.show(states.opened(Preset("test", "Test", "", Config())))
    for name, row in shown.panel.rows.items():
        assert row.field.isEnabled() is row.label.isEnabled() is (name not in shown.state.asleep)
    row = shown.panel.rows["clip_at"]
    for widget in (row.field, row.label):
        assert "acts only where Gradient clipping is not none." in widget.toolTip()
    shown.show(states.entered(shown.state, "clipping", "norm"))
    assert row.field.isEnabled()
    assert "Asleep" not in row.field.toolTip()


def test_a_state_that_only_ran_on_leaves_what_is_being_typed(shown, type_into) -> None:
    state = in_mid_run(Config())
    shown.show(state)
    type_into(shown.panel.rows["learning_rate"].field, "0.10")
    shown.show(replace(states.entered(state, "learning_rate", 0.1), epochs_done=77))
    assert shown.panel.rows["learning_rate"].field.text() == "0.10"


# sections


def header(panel: ParametersPanel, group: str):
    return panel.sections[group].header


def test_a_folded_section_has_made_nothing_until_it_is_unfolded(folded, qtbot) -> None:
    folded.show(states.opened(presets()["notebook-1b"]))
    assert dict(folded.panel.rows) == {}
    qtbot.mouseClick(header(folded.panel, "start"), Qt.MouseButton.LeftButton)
    assert list(folded.panel.rows) == SECTIONS["start"]
    assert text_of(folded.panel, "weight_scale") == "5.0"
    assert folded.panel.rows["weight_scale"].field.isVisible()
    qtbot.mouseClick(header(folded.panel, "start"), Qt.MouseButton.LeftButton)
    assert not folded.panel.rows["weight_scale"].field.isVisible()
    assert folded.panel.unfolded() == []


def test_a_row_asked_for_is_made_though_its_section_is_folded(folded) -> None:
    folded.show(states.opened(presets()["notebook-1b"]))
    assert folded.panel.rows["inputs"].field.text() == "-0.5, 0.5"
    assert not folded.panel.sections["data"].unfolded


def test_sections_fold_and_unfold_with_the_keyboard_and_say_so(folded, qtbot) -> None:
    folded.show(states.opened(presets()["notebook-1a"]))
    cures = header(folded.panel, "cures")
    cures.setFocus()
    assert (cures.accessibleName(), cures.arrowType()) == ("Cures, folded", Qt.ArrowType.RightArrow)
    qtbot.keyClick(cures, Qt.Key.Key_Space)
    assert folded.panel.rows["residual"].field.isVisible()
    assert (cures.accessibleName(), cures.arrowType()) == ("Cures, unfolded", Qt.ArrowType.DownArrow)


def test_tab_goes_from_a_header_through_its_fields_to_the_next_header(folded, qtbot) -> None:
    panel = folded.panel
    folded.show(states.opened(Preset("test", "", "", Config(data="csv", csv_file="a.csv"))))
    for group in reversed(GROUPS):  # made in any order
        qtbot.mouseClick(header(panel, group), Qt.MouseButton.LeftButton)
    expected = [panel.presets]
    for group in GROUPS:
        expected.append(header(panel, group))
        for name in SECTIONS[group]:
            expected += [stop for stop in panel.rows[name].tab_stops() if stop.isEnabled()]
    panel.presets.setFocus()
    visited = []
    for _ in expected:
        visited.append(QApplication.focusWidget())
        qtbot.keyClick(visited[-1], Qt.Key.Key_Tab)
    assert [widget.accessibleName() for widget in visited] == [widget.accessibleName() for widget in expected]


def test_a_folded_section_says_what_in_it_is_not_as_usual(folded) -> None:
    cures = header(folded.panel, "cures")
    folded.show(states.opened(presets()["notebook-1a"]))
    assert cures.summary.text() == ""
    config = Config(width=4, residual="plain", clip_at=2.0, tied_weights="on")
    folded.show(states.opened(Preset("test", "Test", "", config)))
    assert cures.accessibleName() == "Cures, folded: residual plain, clip at 2.0, tied weights"
    assert cures.toolTip() == "Unfold cures: residual plain, clip at 2.0, tied weights"
    assert cures.summary.text().startswith("residual plain")
    assert cures.summary.text().endswith("…")
    assert header(folded.panel, "data").summary.text() == ""
    folded.panel.unfold(["cures"])
    assert cures.summary.text() == ""


def test_a_folded_section_is_marked_where_something_in_it_waits_for_a_reset(folded) -> None:
    state = in_mid_run(Config())
    folded.show(state)
    folded.show(states.entered(state, "residual", "plain"))
    assert header(folded.panel, "cures").summary.text() == "● residual plain"
    assert header(folded.panel, "start").summary.text() == ""


def test_a_section_with_a_problem_opens_by_itself_and_may_be_folded_again(folded, qtbot) -> None:
    state = in_mid_run(Config())
    folded.show(state)
    folded.show(states.entered(state, "inputs", (1.0, 2.0, 3.0)))
    assert folded.sentences() == {"targets": "targets has 2 values; it must have as many as inputs, which has 3."}
    assert folded.panel.unfolded() == []  # what a person wants open is another thing
    qtbot.mouseClick(header(folded.panel, "data"), Qt.MouseButton.LeftButton)
    folded.show(states.entered(folded.state, "epochs", 7))
    assert not folded.panel.sections["data"].unfolded


def test_a_section_that_opened_for_a_problem_closes_after_it_unless_a_person_is_in_it(folded) -> None:
    fixup = presets()["residual-flat"].config
    for within in (False, True):
        folded.show(in_mid_run(fixup))
        folded.show(states.entered(folded.state, "layers", 2))
        assert folded.panel.sections["cures"].unfolded, "residual connections need 4 layers"
        if within:
            folded.panel.rows["residual"].field.setFocus()
        folded.show(states.entered(folded.state, "layers", 20))
        assert folded.panel.sections["cures"].unfolded == within


def test_a_section_that_a_person_opened_stays_open_after_a_problem(folded, qtbot) -> None:
    folded.show(in_mid_run(presets()["residual-flat"].config))
    qtbot.mouseClick(header(folded.panel, "cures"), Qt.MouseButton.LeftButton)
    for layers in (2, 20):
        folded.show(states.entered(folded.state, "layers", layers))
    assert folded.panel.sections["cures"].unfolded


def test_a_changed_preset_keeps_its_words_until_another_experiment_is_opened(folded) -> None:
    panel, preset = folded.panel, presets()["edge-of-chaos"]
    folded.show(states.opened(preset))
    folded.show(states.tried(folded.state, {"width": 10}))
    assert (panel.presets.currentIndex(), panel.presets.placeholderText()) == (-1, "Changed: The edge of chaos")
    assert panel.description.text() == preset.description
    assert panel.description.isVisible()
    folded.show(states.reset(states.entered(folded.state, "width", 20)))
    assert panel.description.isVisible(), "nor does a Reset take them away"
    folded.show(states.entered(folded.state, "width", 100))
    assert panel.presets.currentText() == preset.title
    folded.show(states.opened(Preset("mine", "Mine", "", preset.config.replace(width=7)), folded.state))
    assert (panel.presets.currentIndex(), panel.presets.placeholderText()) == (-1, "Own settings")
    assert not panel.description.isVisible()


def test_the_title_of_a_changed_preset_fits_into_the_list(folded) -> None:
    for preset in presets().values():
        folded.show(states.opened(preset))
        folded.show(states.entered(folded.state, "seed", 12345))
        words = folded.panel.presets.placeholderText()
        assert words.startswith("Changed: ")
        assert folded.panel.presets.fontMetrics().horizontalAdvance(words) <= folded.panel.presets.width() - folded.panel.presets.height()


def test_every_title_fits_into_the_list(folded) -> None:
    for preset in presets().values():
        assert folded.panel.presets.fontMetrics().horizontalAdvance(preset.title) <= folded.panel.presets.width() - folded.panel.presets.height(), preset.title


def test_the_cursor_goes_to_a_field_in_a_folded_section(folded) -> None:
    folded.show(states.opened(presets()["notebook-1a"]))
    folded.panel.set_focus("inputs")
    assert folded.panel.rows["inputs"].field.hasFocus()


def test_a_section_unfolded_below_comes_into_view(folded, qtbot) -> None:
    panel = folded.panel
    folded.show(states.opened(presets()["notebook-1a"]))
    panel.unfold(UNFOLDED)
    area = panel.window()
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    qtbot.mouseClick(header(panel, "data"), Qt.MouseButton.LeftButton)
    last = panel.rows["test_share"].field
    qtbot.waitUntil(lambda: not last.visibleRegion().isEmpty())


@pytest.mark.parametrize("width", [290, 400])
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_nothing_is_cut_off_sideways(shown, width: int, theme) -> None:
    panel = shown.panel
    panel.apply_theme(theme)
    shown.show(states.opened(Preset("test", "", "", Config(data="digits", loss="cross_entropy", derivative="from_output", decay="exponential"))))
    area = panel.window()
    area.resize(width, 660)
    QApplication.processEvents()
    assert area.minimumSizeHint().width() <= 290
    assert area.horizontalScrollBar().maximum() == 0
    right = area.viewport().width()
    for row in panel.rows.values():
        assert row.label.width() >= row.label.sizeHint().width()
        assert row.field.mapTo(area, row.field.rect().topRight()).x() <= right
        if not isinstance(row.field, FileField):
            assert row.field.mapTo(panel, row.field.rect().topLeft()).x() >= row.label.mapTo(panel, row.label.rect().topRight()).x()
    lefts = [row.field.mapTo(panel, row.field.rect().topLeft()).x() for row in panel.rows.values() if not isinstance(row.field, (FileField, SwitchField))]
    assert max(lefts) - min(lefts) <= 1  # a list's frame is a pixel off in this style


def test_what_the_chain_needs_is_seen_without_scrolling(folded) -> None:
    folded.panel.unfold(UNFOLDED)
    folded.show(states.opened(presets()["notebook-1a"]))
    QApplication.processEvents()
    wanted = ("layers", "activation", "number_format", "derivative", "initialization", "weight_scale", "seed", "learning_rate", "epochs", "observe_every")
    for name in wanted:
        field = folded.panel.rows[name].field
        assert field.visibleRegion().boundingRect().height() == field.height(), name


# the width's slider, and memory


def test_the_slider_follows_the_field_and_moving_it_tries_the_width(shown, qtbot, type_into) -> None:
    shown.show(states.opened(presets()["notebook-1a"]))
    panel = shown.panel
    panel.value_entered.connect(lambda name, value: shown.show(states.entered(shown.state, name, value)))
    panel.values_tried.connect(lambda values: shown.show(states.tried(shown.state, values)))
    slider = panel.rows["width"].slider
    type_into(panel.rows["width"].field, "200")
    assert slider.value() == slider.maximum()
    shown.show(replace(shown.state, phase=Phase.FINISHED, epochs_done=9))
    before = shown.state.experiment
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert (shown.state.entered["width"], shown.state.running.width) == (150, 150)
    assert (shown.state.experiment, shown.state.epochs_done) == (before + 1, 0)
    assert panel.rows["width"].field.text() == "150"


def test_the_memory_that_a_large_network_needs_is_shown_below_its_numbers(shown) -> None:
    memory = shown.panel.memory
    shown.show(states.opened(presets()["notebook-1a"]))
    assert not memory.isVisible()
    shown.show(states.tried(shown.state, {"layers": 100, "width": 256}))
    assert memory.isVisible()
    assert memory.text() == f"Needs {size(needed(shown.state.running).total)} of memory"
    shown.show(states.tried(shown.state, {"width": 0}))
    assert not memory.isVisible()


def test_what_is_too_large_for_the_machine_is_said_beside_the_field(shown, monkeypatch) -> None:
    monkeypatch.setattr(machine, "available", lambda: 2 * 1024**3)
    shown.show(states.opened(presets()["notebook-1a"]))
    shown.show(states.tried(shown.state, {"width": 5000}))
    assert list(shown.sentences()) == ["width"]
    assert shown.sentences()["width"].startswith("width is 5,000, and the training needs ")


# in the window


def test_the_slider_begins_anew_at_epoch_0_what_has_been_trained_and_its_arrows_do_not_step(open_window, wait_for, press) -> None:
    window = open_window(Config(layers=5, weight_scale=0.9, epochs=20))
    press(Qt.Key.Key_Right)
    wait_for(lambda: window.run.epochs_done == 2)
    window.parameters.rows["width"].slider.setFocus()
    press(Qt.Key.Key_Right)
    wait_for(lambda: window.run.config.width == 2 and window.state.phase is Phase.PAUSED)
    assert window.run.epochs_done == 1
    press(Qt.Key.Key_Left)
    wait_for(lambda: window.run.config.width == 1 and window.state.phase is Phase.PAUSED)


def test_the_slider_turns_the_network_that_runs_and_it_runs_on(open_window, wait_for, press) -> None:
    window = open_window(presets()["same-scale"])
    press(Qt.Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 2)
    window.parameters.rows["width"].slider.setFocus()
    for _ in range(5):
        press(Qt.Key.Key_Right)
    wait_for(lambda: window.run.config.width == 6 and window.state.phase is Phase.RUNNING and window.run.epochs_done > 2)
    assert window.parameters.description.text() == presets()["same-scale"].description


def test_values_from_elsewhere_in_the_window_are_tried_together(open_window, wait_for) -> None:
    window = open_window(Config(layers=5, weight_scale=0.9, epochs=20))
    before = window.state.experiment
    window.try_values({"weight_scale": 1.5, "width": 3, "bias": "on"})
    wait_for(lambda: window.state.phase is Phase.PAUSED)
    assert (window.run.config.weight_scale, window.run.config.width, window.run.config.bias) == (1.5, 3, "on")
    assert window.state.experiment == before + 1
    assert window.parameters.rows["bias"].field.isChecked()


def test_a_field_made_late_keeps_its_keys(open_window, press) -> None:
    window = open_window(Config(layers=5, epochs=20))
    window.parameters.set_focus("inputs")
    press(Qt.Key.Key_Right)
    press(Qt.Key.Key_R)
    assert (window.state.phase, window.run.epochs_done) == (Phase.PAUSED, 1)
    assert "r" in window.parameters.rows["inputs"].field.text()


def test_run_points_to_a_field_that_cannot_be_in_a_folded_section(open_window) -> None:
    window = open_window(Config(layers=5, epochs=20))
    window.parameters.value_entered.emit("inputs", (1.0, 2.0, 3.0))
    window.parameters.sections["data"].unfold(False)
    window._start(states.reset)
    assert window.parameters.rows["targets"].field.hasFocus()


def test_open_sections_are_remembered_and_nonsense_is_not_believed(open_window, qtbot, settings) -> None:
    first = open_window()
    assert first.parameters.unfolded() == list(UNFOLDED)
    for group in ("cures", "training"):
        qtbot.mouseClick(first.parameters.sections[group].header, Qt.MouseButton.LeftButton)
    first.close()
    second = open_window()
    assert second.parameters.unfolded() == ["network", "start", "cures"]
    assert second.parameters.rows["residual"].field.isVisible()
    second.close()
    settings.setValue("sections", "attic,cures")
    assert open_window().parameters.unfolded() == ["cures"]
