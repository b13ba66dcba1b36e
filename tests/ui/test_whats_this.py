"""What is this: every mark on every panel has a text, every text has its mark, and a click or the focus brings up the one that is meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtWidgets import QApplication, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from gradviz.core.config import PARAMETERS, Config
from gradviz.runs.presets import presets
from gradviz.runs.run import Run, record
from gradviz.ui.actions import TABLE
from gradviz.ui.help.marks import drawn_on
from gradviz.ui.help.pointing import entries_of, marks_of, pointed_at
from gradviz.ui.help.texts import EVERYWHERE, sections, text_of
from gradviz.ui.help.widgets import OF_THE_WINDOW, explained, of_parameter
from gradviz.ui.pins import Pin
from gradviz.ui.plots.dashboard import PLACES, Dashboard
from gradviz.ui.plots.phase_points import Finished, Point
from gradviz.ui.plots.plot import Plot
from gradviz.ui.window import Window

Key, Modifier = Qt.Key, Qt.KeyboardModifier
#: A plugin that draws nowhere says of every balloon and menu that it can neither raise it nor grab the keyboard.
pops_up = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)

WIDE = Config(layers=12, width=40, initialization="normal", bias="on", bias_scale=0.1, samples=30, data="moons", loss="cross_entropy", test_share=0.2, epochs=5)
#: Config by what of it is special.
EXPERIMENTS: Mapping[str, Config] = {
    "the notebook's chain": Config(weight_scale=5.0, epochs=6),
    "exact zeros": Config(layers=120, weight_scale=5.0, epochs=3),
    "a format that loses digits": Config(layers=40, weight_scale=5.0, number_format="float16", epochs=3),
    "an explosion": presets()["explodes"].config,
    "many samples": Config(inputs=tuple(np.linspace(-1.0, 1.0, 20)), targets=tuple(np.linspace(-1.0, 1.0, 20)), layers=20, epochs=3),
    "a long training": Config(layers=4, epochs=6000),
    "a wide network": WIDE,
    "a wide network of relu": WIDE.replace(activation="relu", weight_scale=1.4, normalization="batch", residual="plain"),
    "dead relu": WIDE.replace(activation="relu", initialization="constant", weight_scale=-1.0, data="samples", loss="mse", test_share=0.0),
}


def show(dashboard: Dashboard, run: Run, epoch: int | None = None) -> None:
    """Draw a run's newest epoch, or another one."""
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.newest if epoch is None else run.at(epoch))
    dashboard.catch_up()
    map_ = dashboard.panels["phase"]
    map_.plot.complete()
    QApplication.processEvents()


def point_everywhere(dashboard: Dashboard) -> None:
    """The mouse is over the middle of every plot."""
    for panel in dashboard.panels.values():
        for plot in panel.plots:
            panel._on_mouse_moved(plot.item.vb.sceneBoundingRect().center())


def states(dashboard: Dashboard, runs: Mapping[str, Run]) -> Iterator[str]:
    """Puts the panels into one state after the other, so that each mark is there in one of them."""
    chain = runs["the notebook's chain"]
    for name, run in runs.items():
        show(dashboard, run)
        yield name
        point_everywhere(dashboard)
        yield f"{name}, the mouse on the plots"
        for panel in dashboard.panels.values():
            for plot in panel.plots:
                if len(plot.scales) > 1:
                    plot.use_scale(next(scale.name for scale in plot.scales if scale is not plot.scale))
        yield f"{name}, on other scales"
        for panel in dashboard.panels.values():
            for plot in panel.plots:
                plot.use_scale(plot.scales[0].name)
    dashboard.panels["activations"].histogram.setChecked(True)
    for name in ("a wide network", "dead relu"):
        show(dashboard, runs[name])
        yield f"{name}, histograms"
    dashboard.panels["activations"].histogram.setChecked(False)
    show(dashboard, runs["a long training"])
    yield "more epochs than pixels"
    show(dashboard, runs["a long training"].before(1))
    yield "nothing but epoch 0"
    yield from _compared(dashboard, runs)
    dashboard.pins = ()
    show(dashboard, chain, epoch=3)
    yield "an earlier epoch"
    dashboard.show_finished((Finished("tanh", Point(1.0, 0.2), "trains", "a run"),))
    dashboard.panels["heatmap"]._pin(2, 30)
    dashboard.panels["weights"].weights.mark(40)
    for panel in dashboard.panels.values():
        for plot in panel.plots:
            plot.item.vb.sigRangeChangedManually.emit([True, True])
    yield "a person's hand on it"


def _compared(dashboard: Dashboard, runs: Mapping[str, Run]) -> Iterator[str]:
    """Pinned runs, of another depth and with a cost of 0 too, and trails."""
    chain = runs["the notebook's chain"]
    dashboard.pins = (Pin(1, runs["exact zeros"], "pinned", 0), Pin(2, record(chain.config.replace(weight_scale=1.0)), "other", 1))
    dashboard.show_trails(4)
    show(dashboard, chain)
    yield "pinned runs and trails"
    dashboard.show_trails(0)
    dashboard.pins = (Pin(1, runs["a wide network of relu"], "pinned", 0),)
    show(dashboard, runs["a wide network"])
    yield "a wide network behind a wide network"


@pytest.fixture(scope="module")
def runs() -> Mapping[str, Run]:
    return {name: record(config) for name, config in EXPERIMENTS.items()}


@pytest.fixture
def large(open_dashboard) -> Dashboard:
    """All panels with room for everything, as none of them is on a usual screen."""
    return open_dashboard(size=(3200, 4400))


# every mark has a text, every text a mark


def test_every_mark_has_a_text_every_text_a_mark_and_all_that_is_drawn_is_a_mark(large: Dashboard, runs) -> None:
    """In one pass, for the states take long to draw. What is drawn is Qt's own list of what each plot's view holds."""
    used: set[tuple[str, str]] = set()
    for state in states(large, runs):
        for panel in large.panels.values():
            known = {id(drawn.item) for drawn in drawn_on(panel)}
            for plot in panel.plots:
                unknown = [item for item in plot.item.vb.addedItems if id(item) not in known]
                assert not unknown, f"{panel.name} draws {unknown} ({state}), which gradviz/ui/help/marks.py does not know"
            for mark, places in marks_of(panel):
                place = next((place for place in places if mark in sections().get(place, {})), None)
                assert place is not None, f"{panel.name} has the mark '{mark}' ({state}), of which resources/marks.toml says nothing"
                used.add((place, mark))
    of_plots = {(place, mark) for place, marks in sections().items() if place.partition(".")[0] in (*PLACES, EVERYWHERE) for mark in marks}
    assert of_plots - used == set(), "texts of marks that no panel has"


def test_every_text_is_a_name_and_sentences() -> None:
    for place, marks in sections().items():
        for mark, text in marks.items():
            assert text.title, (place, mark)
            assert text.words.endswith("."), (place, mark)
            assert text.words[0].isupper() or text.words[0] in "−●“", (place, mark)


# which mark is meant


def at(plot: Plot, across: float, height: float) -> QPointF:
    """The place of the scene where a plot has these numbers on its axes."""
    return plot.item.vb.mapViewToScene(QPointF(across, height))


def on_axis(plot: Plot, side: str) -> QPointF:
    """The middle of an axis, without its lines across the plot."""
    axis = plot.item.getAxis(side)
    return axis.mapRectToScene(axis.rect()).center()


def test_a_curve_is_meant_from_a_few_pixels_away_and_says_whose_it_is(dashboard: Dashboard, runs) -> None:
    show(dashboard, runs["the notebook's chain"])
    panel = dashboard.panels["activations"]
    across, heights = panel.plot.drawn()[1]
    on = at(panel.plot, float(across[50]), float(heights[50]))
    for away in (0.0, 5.0, -5.0):
        found = pointed_at(panel, on + QPointF(0.0, away))
        assert (found.mark, found.which) == ("curve", "x = 0.5")
        assert found.text.title.endswith("x = 0.5")
    assert pointed_at(panel, on + QPointF(0.0, 12.0)).mark == "panel"


def test_points_are_meant_before_lines_and_lines_before_areas(dashboard: Dashboard, runs) -> None:
    show(dashboard, runs["a wide network"])
    plot = dashboard.panels["gradients"].plot
    panel, middle = dashboard.panels["gradients"], 5
    rows = dict(zip(plot.profile.lines, plot.drawn(), strict=True))
    rms = float(rows[plot.profile.lines[0]][1][middle])
    layer = float(plot.across[middle])
    assert pointed_at(panel, at(plot, layer, rms)).mark in ("rms", "theory")
    low, high = plot.bands[1].edges[:, middle]
    inside = [place for place in np.linspace(low, high, 50) if abs(place - rms) * plot.item.vb.height() / np.ptp(plot.item.vb.viewRange()[1]) > 12]
    assert {pointed_at(panel, at(plot, layer, place)).mark for place in inside[5:-5]} <= {"half", "theory"}
    show(dashboard, runs["a format that loses digits"])
    lost = plot.open_marks()
    assert len(lost)
    assert {pointed_at(panel, at(plot, *map(float, place))).mark for place in lost[:5]} == {"true value"}


def test_lanes_are_meant_on_the_axis_and_beside_it(dashboard: Dashboard, runs) -> None:
    show(dashboard, runs["exact zeros"])
    panel = dashboard.panels["gradients"]
    plot = panel.plot
    squares = plot.lane_points()
    zero = plot.scale.zero_lane(plot.covered)
    square = next(place for place in squares if place[1] == zero)
    beside = QPointF(on_axis(plot, "left").x(), at(plot, 1.0, zero).y())
    assert [pointed_at(panel, place).mark for place in (at(plot, *map(float, square)), beside)] == ["zero lane"] * 2
    for side in ("left", "bottom", "right"):
        assert pointed_at(panel, on_axis(plot, side)).mark == f"{side} axis"


def test_every_entry_of_a_legend_is_meant_where_it_stands(large: Dashboard, runs) -> None:
    show(large, runs["a wide network"])
    panel = large.panels["activations"]
    label = panel.plot.item.titleLabel
    entries = entries_of(panel.plot)
    marks = [pointed_at(panel, QPointF(x, label.sceneBoundingRect().center().y())).mark for x in np.arange(label.sceneBoundingRect().left() + 1, 900.0, 3.0)]
    in_order = [mark for place, mark in enumerate(marks) if place == 0 or mark != marks[place - 1]]
    assert in_order == ["title", "rms", "theory", "half", "nine tenths", "median", "ends"]
    assert len(entries) == len(in_order)


def test_the_crosshair_does_not_hide_what_it_lies_on(dashboard: Dashboard, runs) -> None:
    show(dashboard, runs["the notebook's chain"])
    panel = dashboard.panels["why"]
    on_layer = at(panel.factors, 50.0, -1.0)
    panel._on_mouse_moved(on_layer)
    assert (pointed_at(panel, on_layer).mark, pointed_at(panel, on_layer).which) == ("areas", "saturation φ′(u[k])")


def test_on_an_empty_place_the_plot_is_meant_and_not_the_crosshair_which_came_with_the_mouse(dashboard: Dashboard, runs) -> None:
    show(dashboard, runs["the notebook's chain"])
    for name in ("activations", "gradients", "cost"):
        panel = dashboard.panels[name]
        bounds = panel.plot.item.vb.sceneBoundingRect()
        for share in (0.1, 0.3, 0.5, 0.7, 0.9):
            place = bounds.topLeft() + QPointF(share * bounds.width(), share * bounds.height())
            panel._on_mouse_moved(place)
            assert pointed_at(panel, place).mark != "crosshair", name
    away = bounds.bottomRight() - QPointF(0.3 * bounds.width(), 0.4 * bounds.height())
    panel._on_mouse_moved(away)
    assert pointed_at(panel, away).mark == "panel"


def test_on_the_phase_map_ring_line_and_colours_are_told_apart(dashboard: Dashboard, runs) -> None:
    show(dashboard, runs["a wide network"])
    panel = dashboard.panels["phase"]
    panel.plot.hover(None)
    ring = panel.plot.ring
    assert pointed_at(panel, at(panel.plot, ring.sigma_w, ring.sigma_b)).mark == "ring"
    line = np.column_stack(panel.plot.critical.getData())
    far = line[~np.isnan(line[:, 0])][-3]
    assert pointed_at(panel, at(panel.plot, *map(float, far))).mark in ("critical line", "regions")
    assert pointed_at(panel, at(panel.plot, 0.3, 0.05)).mark == "cells"


# every parameter and action


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_is_explained_by_its_declaration(name: str) -> None:
    parameter = PARAMETERS[name]
    text = of_parameter(parameter)
    assert text.title == f"{parameter.title} {parameter.symbol}".strip()
    for words in (parameter.help, parameter.allowed, parameter.unit):
        assert words in text.words
    assert text.words.count("while the training runs") == parameter.live


def test_fields_labels_sliders_and_buttons_of_the_window_say_what_they_are(open_window) -> None:
    window = open_window()
    window.parameters.unfold(list(window.parameters.sections))
    window.parameters.complete()
    for name, row in window.parameters.rows.items():
        for widget in (row.field, row.label, *filter(None, [row.slider])):
            assert PARAMETERS[name].help in explained(widget).words, name
    asleep = window.parameters.rows["momentum"]
    assert explained(asleep.field).words.startswith("Asleep")
    for entry in TABLE:
        for widget in window.actions_by_name[entry.name].associatedObjects():
            if isinstance(widget, QToolButton):
                assert explained(widget).words.startswith(entry.help), entry.name


def test_a_button_for_decades_says_once_what_it_is(dashboard: Dashboard) -> None:
    for panel in dashboard.panels.values():
        for button in panel._buttons:
            text = explained(button)
            assert text.title.endswith("on a decade axis")
            assert "decade axis" not in text.words


def test_everything_that_can_be_seen_or_have_the_focus_is_explained(open_window, wait_for) -> None:
    window = open_window("notebook-1b")
    wait_for(lambda: len(window.dashboard.shown) == 6)
    nothing = [type(widget).__name__ for widget in window.findChildren(QWidget) if _matters(widget) and explained(widget) == OF_THE_WINDOW]
    assert nothing == []


def _matters(widget: QWidget) -> bool:
    """Whether a person can see words in it or go to it."""
    return widget.isVisible() and (widget.focusPolicy() != Qt.FocusPolicy.NoFocus or (isinstance(widget, QLabel) and bool(widget.text())))


# asking


@pops_up
def test_whats_this_from_the_keyboard_explains_what_has_the_focus_and_follows_it(open_window, press) -> None:
    window = open_window()
    window.parameters.rows["weight_scale"].field.setFocus()
    press(Key.Key_F1, Modifier.ShiftModifier)
    balloon = window.helping.asking.balloon
    assert balloon.isVisible()
    assert PARAMETERS["weight_scale"].help in balloon.accessibleDescription()
    assert balloon.accessibleName() in balloon.label.text()
    press(Key.Key_Tab)
    assert PARAMETERS["weight_scale"].help not in balloon.accessibleDescription()
    press(Key.Key_Escape)
    assert not balloon.isVisible()
    assert QApplication.overrideCursor() is None


@pops_up
def test_a_short_text_after_a_long_one_has_a_box_of_its_own_height(open_window, press) -> None:
    window = open_window()
    press(Key.Key_F1, Modifier.ShiftModifier)
    asking = window.helping.asking
    rows = window.parameters.rows
    heights = []
    for name in ("layers", "initialization", "layers"):
        asking.explain(rows[name].field)
        heights.append(asking.balloon.height())
    assert heights[0] == heights[2] < heights[1]
    press(Key.Key_Escape)


@pops_up
def test_whats_this_with_the_mouse_explains_and_does_nothing_else(open_window, press, qtbot: QtBot) -> None:
    window = open_window()
    press(Key.Key_F1, Modifier.ShiftModifier)
    balloon = window.helping.asking.balloon
    assert balloon.accessibleName() == "What is this?"
    assert QApplication.overrideCursor().shape() == Qt.CursorShape.WhatsThisCursor
    run = next(widget for widget in window.actions_by_name["run"].associatedObjects() if isinstance(widget, QToolButton))
    qtbot.mouseClick(run, Qt.MouseButton.LeftButton)
    assert balloon.accessibleDescription() == "Run or pause the training. Keys: Space."
    assert window.run.epochs_done <= 1
    assert not window.state.runs
    for wanted, place in marked_places(window).items():
        qtbot.mouseClick(window.timeline.track, Qt.MouseButton.LeftButton, pos=place)
        assert balloon.accessibleName() == text_of(wanted, "timeline").title
    gradients = window.dashboard.panels["gradients"]
    qtbot.mouseClick(gradients.viewport(), Qt.MouseButton.LeftButton, pos=gradients.mapFromScene(on_axis(gradients.plot, "right")))
    assert balloon.accessibleName() == "Where number formats end"
    press(Key.Key_Escape)
    qtbot.mouseClick(run, Qt.MouseButton.LeftButton)
    assert window.state.runs


def marked_places(window: Window) -> dict[str, QPoint]:
    """Where marks of the timeline stand while only epoch 0 is recorded."""
    track = window.timeline.track
    return {"handle": QPoint(round(track.place(0)), 17), "ahead": QPoint(track.width() // 2, 17)}


@pops_up
def test_escape_in_whats_this_leaves_it_alone_and_the_same_keys_end_it_too(open_window, press) -> None:
    window = open_window()
    action = window.actions_by_name["whats_this"]
    for end in ((Key.Key_Escape, Modifier.NoModifier), (Key.Key_F1, Modifier.ShiftModifier)):
        action.trigger()
        assert window.helping.asking.on
        press(*end)
        assert not window.helping.asking.on
    action.trigger()
    window.close()
    assert not window.helping.asking.on
    assert QApplication.overrideCursor() is None


@pops_up
def test_an_entry_of_a_menu_is_explained_and_not_chosen(open_window, press, qtbot: QtBot) -> None:
    window = open_window()
    window.actions_by_name["whats_this"].trigger()
    menu = next(menu.menu() for menu in window.menuBar().actions() if menu.text() == "&Run")
    menu.popup(window.mapToGlobal(QPoint(10, 30)))
    entry = menu.actionGeometry(window.actions_by_name["reset"]).center()
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=entry)
    assert window.helping.asking.balloon.accessibleName() == "Reset"
    assert not menu.isVisible()
    press(Key.Key_Escape)


def test_the_timeline_tells_its_marks_apart(open_window, wait_for) -> None:
    window = open_window(Config(epochs=40))
    window.actions_by_name["fast"].trigger()
    window.actions_by_name["run"].trigger()
    wait_for(lambda: window.run.epochs_done == 40)
    window.timeline.epoch_wanted.emit(20)
    window.actions_by_name["bookmark"].trigger()
    window.timeline.loop_chosen.emit((5, 12))
    track = window.timeline.track
    wait_for(lambda: len(track.groups) == 1)
    places = {"bookmark": (20, 8.0), "handle": (20, 17.0), "loop": (5, 17.0), "newest": (39, 17.0), "recorded": (30, 17.0)}
    assert {mark: track.part_at(QPointF(track.place(epoch), height)) for mark, (epoch, height) in places.items()} == {mark: mark for mark in places}
    for mark in (*places, "ahead", "intervention", "pause"):
        assert text_of(mark, "timeline") is not None
