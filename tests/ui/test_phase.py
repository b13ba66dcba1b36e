"""The phase map: its colours and lines against mean-field theory, and networks that start where a person clicks."""

from __future__ import annotations

import base64
import itertools
import math
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, QRectF, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication

from gradviz import Config, record
from gradviz.core import phases
from gradviz.core.config import PARAMETERS, ConfigError
from gradviz.core.diagnosis import RULES
from gradviz.core.meanfield import mean_field
from gradviz.runs.presets import presets, read_config
from gradviz.runs.run import Run, training
from gradviz.ui.pictures import files as pictures
from gradviz.ui.pictures import scenes
from gradviz.ui.plots.dashboard import PLACES, USUAL
from gradviz.ui.plots.phase import PhasePanel
from gradviz.ui.plots.phase_bar import DecadesBar
from gradviz.ui.plots.phase_image import CELLS, MOST_DECADES, NEUTRAL, PhaseImage, codes, contour, refined, roomiest
from gradviz.ui.plots.phase_labels import CRITICAL
from gradviz.ui.plots.phase_marks import MARKS, RING
from gradviz.ui.plots.phase_points import EPOCHS, Finished, Point, finished, standing, starting_at
from gradviz.ui.plots.scales import Range
from gradviz.ui.state import Phase
from gradviz.ui.theme import DARK, LIGHT, THEMES

BENT = [name for name in PARAMETERS["activation"].choices if name not in ("identity", "relu", "leaky_relu")]
ACROSS, UP = Range(0.0, 4.0), Range(0.0, 2.0)
WIDE = Config(layers=20, width=40, bias="on", activation="tanh", initialization="normal", bias_scale=0.1, epochs=EPOCHS - 1)


def finest(activation: str, across: Range = ACROSS, up: Range = UP) -> PhaseImage:
    """The last map that is worked out."""
    return [image for image in refined(activation, across, up) if image is not None][-1]


def decades(activation: str, sigma_w: float, sigma_b: float) -> float:
    """Decades per layer from the exact quadrature; the map reads them off a table."""
    return math.log10(mean_field(activation, sigma_w**2, sigma_b**2).chi_1) / 2.0


@pytest.fixture
def panel(open_dashboard, draw_anew, wait_for) -> PhasePanel:
    """A map of its own with a wide tanh network on it, drawn to the end."""
    shown = open_dashboard({"phase"}, size=(620, 400)).panels["phase"]
    draw_anew(shown, WIDE)
    wait_for(lambda: is_drawn(shown))
    return shown


@pytest.fixture
def wanted(panel: PhasePanel) -> list[dict[str, Any]]:
    """What the panel asks for, from now on."""
    asked: list[dict[str, Any]] = []
    panel.values_wanted.connect(asked.append)
    return asked


def is_drawn(panel: PhasePanel) -> bool:
    """Whether the map of the part that is shown is there in its finest cells, with its lines."""
    return panel.plot.image is not None and panel.plot.image.cells == CELLS[-1] and not panel._timer.isActive()


def on_screen_at(panel: PhasePanel, sigma_w: float, sigma_b: float) -> QPoint:
    """The pixel at which a place of the plane is drawn."""
    return panel.mapFromScene(panel.plot.item.vb.mapViewToScene(QPointF(sigma_w, sigma_b)))


@pytest.fixture
def click(qtbot) -> Callable[..., None]:
    def click_at(panel: PhasePanel, sigma_w: float, sigma_b: float) -> None:
        qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=on_screen_at(panel, sigma_w, sigma_b))

    return click_at


@pytest.fixture
def open_map(open_window, wait_for) -> Callable[..., tuple[Any, PhasePanel]]:
    """Opens a window with the map in it, drawn to the end."""

    def open_one(what: object, size: tuple[int, int] = (1280, 800)) -> tuple[Any, PhasePanel]:
        window = open_window(what)
        window.resize(*size)
        if "phase" not in window.dashboard.shown:
            window.findChild(type(window.actions_by_name["run"]), "view_phase").trigger()
        panel = window.dashboard.panels["phase"]
        wait_for(lambda: is_drawn(panel))
        return window, panel

    return open_one


# the numbers


@pytest.mark.parametrize("activation", PARAMETERS["activation"].choices)
def test_every_cell_has_the_decades_of_mean_field_theory(activation: str) -> None:
    image = finest(activation, Range(0.0, 3.0), Range(0.0, 2.0))
    shown = image.decades[1:-1, 1:-1]
    assert shown.shape == (200, 200)
    places = np.random.default_rng(1).integers(0, 200, (25, 2))
    for row, column in places:
        sigma_w, sigma_b = (column + 0.5) * 3.0 / 200, (row + 0.5) * 2.0 / 200
        assert shown[row, column] == pytest.approx(decades(activation, sigma_w, sigma_b), abs=1e-6)


def test_the_first_map_is_coarse_and_the_last_one_is_there_within_a_second() -> None:
    begun = time.perf_counter()
    steps = list(refined("tanh", Range(0.0, 4.0), Range(0.0, 2.0)))
    assert time.perf_counter() - begun < 1.0
    assert [image.cells for image in steps if image is not None] == list(CELLS)
    assert len(steps) > 10, "in many steps, between which the window can paint"


def test_colours_keep_apart_what_vanishes_and_what_explodes() -> None:
    assert codes(np.array([0.0, MOST_DECADES, -MOST_DECADES, 9.0, -np.inf])).tolist() == [NEUTRAL, 2 * NEUTRAL, 0, 2 * NEUTRAL, 0]
    assert (np.diff(codes(np.linspace(-0.5, 0.5, 101)).astype(int)) > 0).all()
    assert codes(np.array([-0.002, 0.002])).tolist() == [NEUTRAL - 8, NEUTRAL + 8], "a decade in 500 layers is told from none"


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_colour_of_every_cell_is_that_of_its_decades_on_the_bar(panel, theme) -> None:
    panel.apply_theme(theme)
    vanishing, neutral, exploding = (np.array(shares(panel.bar._colours[code])) for code in (0, NEUTRAL, 2 * NEUTRAL))
    assert vanishing[2] > vanishing[0] + 60, "blue"
    assert exploding[0] > exploding[2] + 60, "yellow"
    assert np.ptp(neutral) < 10, "grey"
    picture = panel.grab().toImage()
    image = panel.plot.image
    for row, column in ((120, 10), (60, 30), (150, 195)):
        pixel = picture.pixelColor(on_screen_at(panel, image.sigma_w[column], image.sigma_b[row]))
        shown = np.array([pixel.red(), pixel.green(), pixel.blue()])
        code = int(codes(image.decades[row, column]))
        near = [shares(panel.bar._colours[other]) for other in range(max(0, code - 2), min(2 * NEUTRAL, code + 2) + 1)]
        assert min(np.abs(shown - colour).max() for colour in near) <= 2


def shares(rgb: int) -> tuple[int, int, int]:
    return rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255


def test_the_bars_labels_say_what_its_ends_and_its_middle_are() -> None:
    bar = QRectF(0.0, 10.0, 12.0, 200.0)
    labels = DecadesBar.labels(bar)
    assert [labels[tick] for tick in (MOST_DECADES, 0.0, -MOST_DECADES)] == [10.0, 110.0, 210.0]
    assert [DecadesBar.words(tick) for tick in (MOST_DECADES, 0.1, 0.0, -MOST_DECADES)] == ["≥+0.5", "+0.1", "0", "≤−0.5"]
    heights = sorted(labels.values())
    assert np.diff(heights).min() >= 14.0
    assert len(DecadesBar.labels(QRectF(0.0, 0.0, 12.0, 40.0))) < len(labels)


# the lines


@pytest.mark.parametrize("activation", BENT)
def test_on_the_critical_line_a_layer_keeps_the_gradient_or_theory_jumps_over_it(activation: str) -> None:
    extent = (20.0, 5.0) if activation == "sigmoid" else (4.0, 2.0)
    image = finest(activation, *(Range(0.0, end) for end in extent))
    line = contour(image, 0.0)
    assert np.isnan(line[-1]).all()
    assert line[~np.isnan(line[:, 1]), 1].max() == extent[1]
    cell = extent[0] / 200
    for sigma_w, sigma_b in line[:-1:9]:
        here = decades(activation, sigma_w, sigma_b)
        sides = [decades(activation, sigma_w + side * cell, sigma_b) for side in (-1, 1)]
        assert abs(here) < 1e-4 or sides[0] < 0.0 < sides[1]
        assert sides[0] < 1e-9
        assert sides[1] > -1e-9


@pytest.mark.parametrize(("sigma_w2", "sigma_b2"), [(1.17756910, 8.322804e-4), (2.15330265, 0.15096463)])
def test_the_critical_line_of_tanh_goes_through_the_points_of_the_books(sigma_w2: float, sigma_b2: float) -> None:
    line = contour(finest("tanh"), 0.0)[:-1]
    near = np.argsort(line[:, 1])
    assert np.interp(math.sqrt(sigma_b2), line[near, 1], line[near, 0]) == pytest.approx(math.sqrt(sigma_w2), abs=2e-3)
    assert line[near[0]].tolist() == pytest.approx([1.0, 0.0], abs=0.02)


def test_relus_critical_line_is_the_root_of_two_whatever_the_biases() -> None:
    line = contour(finest("relu"), 0.0)[:-1]
    np.testing.assert_allclose(line[:, 0], math.sqrt(2.0), atol=1e-3)
    assert sorted(line[:, 1].tolist())[:: len(line) - 1] == [0.0, 2.0]


def test_the_dashed_lines_are_where_the_networks_depth_is_the_trainable_one(panel) -> None:
    line = np.column_stack(panel.plot.depth.getData())
    line = line[~np.isnan(line[:, 0])]
    found = [mean_field("tanh", sigma_w**2, sigma_b**2) for sigma_w, sigma_b in line[::11]]
    np.testing.assert_allclose([point.trainable_depth for point in found], WIDE.layers, rtol=0.02)
    assert {point.phase for point in found} == {"ordered", "chaotic"}, "on both sides"


def test_another_depth_has_other_lines_on_the_same_map(panel, draw_anew, wait_for) -> None:
    before = np.column_stack(panel.plot.depth.getData())
    draw_anew(panel, WIDE.replace(layers=60))
    wait_for(lambda: is_drawn(panel))
    after = np.column_stack(panel.plot.depth.getData())
    at = [np.nanmin(line[:, 0]) for line in (before, after)]
    assert at[0] < at[1] < 1.0
    assert "60 layers" in panel.plot._html


def test_contours_join_what_belongs_together() -> None:
    places = np.linspace(-1.0, 1.0, 41)
    bowl = np.hypot(places[None, :], places[:, None])
    line = contour(PhaseImage("bowl", Range(-1.0, 1.0), Range(-1.0, 1.0), places, places, bowl), 0.52)
    assert np.isnan(line).all(axis=1).tolist() == [False] * (len(line) - 1) + [True], "one line"
    np.testing.assert_allclose(np.hypot(*line[:-1].T), 0.52, atol=2e-3)
    assert np.hypot(*np.diff(line[:-1], axis=0).T).max() < 0.08, "neighbours follow each other"
    waves = np.cos(6.0 * places)[None, :] * np.cos(6.0 * places)[:, None]
    image = PhaseImage("waves", Range(-1.0, 1.0), Range(-1.0, 1.0), places, places, waves)
    assert np.isnan(contour(image, 0.5)[:, 0]).sum() == 13, "hills in the middle, around it, at the edges and in the corners"
    assert contour(image, 2.0).shape == (0, 2)


def test_a_label_stands_where_it_has_most_room() -> None:
    places = np.linspace(0.0, 1.0, 22)
    image = PhaseImage("step", Range(0.0, 1.0), Range(0.0, 1.0), places, places, np.where(places < 0.6, -1.0, 1.0) * np.ones((22, 1)))
    assert roomiest(image, -1.0, (0.1, 0.1)) == pytest.approx((0.3, 0.5), abs=0.06)
    assert roomiest(image, 1.0, (0.1, 0.2)) == pytest.approx((0.8, 0.5), abs=0.06)
    assert roomiest(image, 1.0, (0.4, 0.1)) is None
    assert roomiest(image._replace(decades=np.ones((22, 22))), -1.0, (0.1, 0.1)) is None


def test_regions_and_line_are_named_in_the_map(panel) -> None:
    for words, sign in (("vanishes", -1.0), ("explodes", 1.0)):
        label = panel.plot.labelled.regions[words]
        assert label.isVisible()
        assert decades("tanh", label.pos().x(), label.pos().y()) * sign > 0.0
    assert panel.plot.labelled.line.isVisible()
    assert panel.plot.labelled.line.toPlainText() == CRITICAL
    here = panel.plot.labelled.line.pos()
    assert abs(decades("tanh", here.x(), here.y())) < 1e-4
    assert "critical" in panel.plot._html
    assert "20 layers" in panel.plot._html


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_no_line_is_seen_through_the_words_on_the_map(panel, theme) -> None:
    panel.apply_theme(theme)
    plot = panel.plot
    boxes = [panel.mapFromScene(label.sceneBoundingRect()).boundingRect().adjusted(2, 2, -2, -2) for label in plot.labelled.all]
    pictures_of = []
    for seen in (True, False):
        for line in (plot.critical, plot.depth, plot._ground_line):
            line.setVisible(seen)
        QApplication.processEvents()
        whole = panel.grab()
        pictures_of.append([whole.copy(box).toImage() for box in boxes])
    assert pictures_of[0] == pictures_of[1]


# where an experiment stands


@pytest.mark.parametrize("initialization", [name for name in PARAMETERS["initialization"].choices if name not in ("constant", "lsuv")])
def test_an_experiment_stands_where_its_weights_deviate_so_much(initialization: str) -> None:
    config = Config(layers=4, width=300, bias="on", bias_scale=0.3, initialization=initialization, weight_scale=1.3)
    point = standing(config)
    frame = next(training(config))
    rms = float(frame.w[0, 0, 2])
    assert point is not None
    assert point.sigma_w == pytest.approx(math.sqrt(config.width) * rms, rel=0.01)
    assert point.sigma_b == 0.3


def test_the_critical_start_stands_on_the_line_and_lsuv_where_u_settles_at_its_scale() -> None:
    config = Config(layers=30, width=100, bias="on", bias_scale=0.4, initialization="critical")
    critical, lsuv = standing(config), standing(config.replace(initialization="lsuv", weight_scale=1.5))
    assert critical is not None
    assert lsuv is not None
    assert decades("tanh", *critical) == pytest.approx(0.0, abs=1e-9)
    assert mean_field("tanh", lsuv.sigma_w**2, lsuv.sigma_b**2).q_star == pytest.approx(1.5**2, rel=1e-9)
    assert standing(config.replace(initialization="lsuv", weight_scale=0.3)) is None, "its biases alone deviate more"


@pytest.mark.parametrize("changes", [{"initialization": "constant"}, {"residual": "fixup"}])
def test_weights_that_do_not_vary_stand_nowhere_and_the_title_says_so(panel, draw_anew, changes: dict[str, str]) -> None:
    draw_anew(panel, WIDE.replace(**changes))
    assert panel.plot.ring is None
    assert "no place" in panel.plot._html


def test_biases_count_where_they_are_on() -> None:
    assert standing(WIDE) == Point(1.0, 0.1)
    assert standing(WIDE.replace(bias="off")) == Point(1.0, 0.0)
    assert standing(WIDE.replace(weight_scale=-2.0)) == Point(2.0, 0.1)


def test_the_map_reaches_as_far_as_the_experiment_and_shows_one_farther_out_at_its_edge(panel, draw_anew, wait_for) -> None:
    draw_anew(panel, WIDE.replace(weight_scale=7.0))
    assert panel.plot.part == (Range(0.0, 10.0), Range(0.0, 2.0))
    wait_for(lambda: is_drawn(panel))
    assert panel.plot.image.across == Range(0.0, 10.0)
    draw_anew(panel, WIDE.replace(weight_scale=2.0))
    assert panel.plot.part[0].high == 10.0, "a map does not jump from under the hand"
    draw_anew(panel, WIDE.replace(weight_scale=1e5))
    (across,), _ = panel.plot._ring.getData()
    assert (panel.plot.part[0].high, across) == (100.0, 100.0)
    assert "beyond the map" in panel.plot._html


def test_another_activation_has_a_map_of_its_own(panel, draw_anew, wait_for) -> None:
    draw_anew(panel, WIDE.replace(activation="sigmoid"))
    assert panel.plot.part == (Range(0.0, 20.0), Range(0.0, 5.0)), "both sides of 10.15"
    wait_for(lambda: is_drawn(panel))
    assert panel.plot.image.activation == "sigmoid"
    line = np.column_stack(panel.plot.critical.getData())
    assert line[np.nanargmin(line[:, 1]), 0] == pytest.approx(10.1493, abs=0.01)
    draw_anew(panel, WIDE.replace(activation="sigmoid", residual="plain"))
    assert "plain" in panel.plot._html, "the theory is of plain layers"


# the mouse


def test_the_box_has_the_exact_numbers_of_the_place_under_the_mouse(panel) -> None:
    place = panel.plot.item.vb.mapViewToScene(QPointF(math.sqrt(1.7), math.sqrt(0.05)))
    panel.plot.hover(place)
    point = panel.plot.point_at(place)
    found = mean_field("tanh", point.sigma_w**2, point.sigma_b**2)
    lines = panel.plot.reading().split("\n")
    assert point == pytest.approx((math.sqrt(1.7), math.sqrt(0.05)), abs=0.01)
    assert lines[0] == f"σw {point.sigma_w:g}, σb {point.sigma_b:g}"
    assert lines[1] == f"q* {found.q_star:.6g}, χ₁ {found.chi_1:.6g}"
    assert lines[2] == f"−{-math.log10(found.chi_1) / 2:.4g} decades per layer"
    assert lines[3:] == [
        f"a decade in {found.layers_per_decade:.4g} layers",
        f"trainable depth {found.trainable_depth:.4g} layers",
        "ordered: gradients vanish",
    ]
    panel.plot.hover(panel.plot.item.vb.mapViewToScene(QPointF(3.0, 0.1)))
    assert panel.plot.reading().endswith("chaotic: gradients explode")
    panel.plot.hover(None)
    assert panel.plot.reading() == ""


def test_the_box_stays_inside_and_leaves_the_place_free(panel) -> None:
    view = panel.plot.item.vb.sceneBoundingRect()
    for place in ((0.1, 0.05), (3.9, 0.05), (0.1, 1.95), (3.9, 1.95), (2.0, 1.0)):
        scene = panel.plot.item.vb.mapViewToScene(QPointF(*place))
        panel.plot.hover(scene)
        box = panel.plot._label.mapRectToScene(panel.plot._label.boundingRect())
        assert view.adjusted(-1, -1, 1, 1).contains(box)
        assert not box.contains(scene)


def test_a_click_asks_for_a_network_that_starts_there(panel, wanted, click) -> None:
    click(panel, 2.0, 0.5)
    (values,) = wanted
    assert values.keys() == {"initialization", "weight_scale", "bias_scale", "bias"}
    assert (values["initialization"], values["bias"]) == ("normal", "on")
    assert values["weight_scale"] == pytest.approx(2.0, abs=0.01)
    assert values["bias_scale"] == pytest.approx(0.5, abs=0.01)
    assert all(float(f"{values[name]:.3g}") == values[name] for name in ("weight_scale", "bias_scale")), "three digits"


def test_a_click_on_the_axis_or_below_asks_for_no_biases_and_leaves_the_switch_alone(panel, wanted, click) -> None:
    for height in (0.0, -0.05):
        click(panel, 1.5, height)
    assert [values["bias_scale"] for values in wanted] == [0.0, 0.0]
    assert all("bias" not in values for values in wanted)


def test_a_click_outside_the_map_asks_for_nothing(panel, wanted, qtbot) -> None:
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.RightButton, pos=on_screen_at(panel, 2.0, 1.0))
    assert wanted == []


def test_in_a_zoomed_map_a_click_waits_for_a_second_one_which_undoes_the_zoom(panel, wanted, qtbot, click, wait_for) -> None:
    panel.plot.item.vb.setRange(xRange=(1.0, 2.0), yRange=(0.5, 1.0), padding=0)
    panel.plot.item.vb.sigRangeChangedManually.emit([True, True])
    wait_for(lambda: is_drawn(panel) and panel.plot.image.across == Range(1.0, 2.0))
    assert np.abs(contour(panel.plot.image, 0.0)[:-1, 0] - 1.75).max() < 0.25, "the part is drawn as finely as the whole"
    spot = on_screen_at(panel, 1.5, 0.75)
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert wanted == []
    qtbot.mouseDClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    qtbot.mouseRelease(panel.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert not panel._picking.isActive()
    assert panel.plot.part == (Range(0.0, 4.0), Range(0.0, 2.0))
    assert wanted == []
    panel.plot.item.vb.setRange(xRange=(1.0, 2.0), yRange=(0.5, 1.0), padding=0)
    panel.plot.item.vb.sigRangeChangedManually.emit([True, True])
    click(panel, 1.5, 0.75)
    wait_for(lambda: wanted)
    assert wanted[0]["weight_scale"] == pytest.approx(1.5, abs=0.01)


# the keyboard


def test_arrow_keys_move_the_ring_and_enter_picks_its_place(panel, wanted, qtbot) -> None:
    panel.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up):
        qtbot.keyClick(panel, key)
    assert panel.plot.ring == pytest.approx((1.1, 0.15))
    assert panel.plot.reading().startswith("σw 1.1, σb 0.15\nq* ")
    qtbot.keyClick(panel, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert panel.plot.ring == pytest.approx((0.85, 0.15))
    assert "The ring is at σw 0.85, σb 0.15" in panel.accessibleDescription()
    assert wanted == []
    qtbot.keyClick(panel, Qt.Key.Key_Return)
    assert wanted == [{"initialization": "normal", "weight_scale": 0.85, "bias_scale": 0.15, "bias": "on"}]


def test_escape_brings_the_ring_back_and_it_never_leaves_the_map(panel, wanted, qtbot) -> None:
    panel.setFocus()
    for _ in range(60):
        qtbot.keyClick(panel, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
        qtbot.keyClick(panel, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert panel.plot.ring == (4.0, 0.0)
    qtbot.keyClick(panel, Qt.Key.Key_Escape)
    assert panel.plot.ring == standing(WIDE)
    assert panel.plot.reading() == ""
    assert wanted == []


def test_the_map_says_in_words_where_the_experiment_stands(panel) -> None:
    assert panel.accessibleName() == "Phase map"
    description = panel.accessibleDescription()
    assert f"The experiment stands at σw 1, σb 0.1, q* {mean_field('tanh', 1.0, 0.01).q_star:.6g}, χ₁ 0." in description
    assert "ordered: gradients vanish" in description
    assert "Enter starts the network there" in description


# the window


def test_a_click_begins_the_network_there_at_epoch_0(open_map, click, wait_for) -> None:
    window, panel = open_map(WIDE)
    before = window.state.experiment
    click(panel, 2.0, 0.5)
    assert panel.plot.ring == pytest.approx((2.0, 0.5), abs=0.02), "the ring is there at once"
    assert window.state.experiment == before + 1
    wait_for(lambda: window.state.phase is Phase.PAUSED)
    running = window.state.running
    assert running == WIDE.replace(weight_scale=running.weight_scale, bias_scale=running.bias_scale)
    assert (running.weight_scale, running.bias_scale) == pytest.approx((2.0, 0.5), abs=0.02)
    assert window.state.epochs_done == 1
    wait_for(lambda: panel.plot.ring == (running.weight_scale, running.bias_scale) and not panel.plot.aimed)
    assert window.parameters.rows["weight_scale"].field.text() == PARAMETERS["weight_scale"].format(running.weight_scale)


def test_where_one_ran_the_picked_network_runs(open_map, click, wait_for) -> None:
    window, panel = open_map(WIDE.replace(epochs=1_000_000))
    window.actions_by_name["run"].trigger()
    wait_for(lambda: window.state.epochs_done > EPOCHS)
    before = window.state.experiment
    click(panel, 1.5, 1.0)
    assert window.state.experiment == before + 1
    assert window.state.run_when_ready
    click(panel, 1.2, 1.0)
    assert window.state.run_when_ready, "nor does it stop where the next one has not begun yet"
    wait_for(lambda: window.state.phase is Phase.RUNNING and window.state.epochs_done > 2)
    assert window.run.config.weight_scale == pytest.approx(1.2, abs=0.02)


def test_a_click_makes_a_chain_wide(open_map, click, wait_for) -> None:
    window, panel = open_map("notebook-1b")
    assert panel.plot.ring is None
    assert "wide networks" in panel.plot._html
    panel.plot.hover(panel.plot.item.vb.mapViewToScene(QPointF(1.0, 1.0)))
    assert panel.plot.reading().endswith("a click makes it 100 wide")
    click(panel, 1.5, 0.5)
    wait_for(lambda: window.state.phase is Phase.PAUSED)
    running = window.state.running
    assert (running.width, running.initialization, running.bias, running.layers) == (100, "normal", "on", 100)
    assert running.weight_scale == pytest.approx(1.5, abs=0.02)


def test_what_cannot_start_is_said_beside_its_field(open_map, click) -> None:
    window, panel = open_map("float16")
    before = window.state
    click(panel, 1.5, 0.5)
    assert window.state.running == before.running
    assert "number_format is float16" in window.state.problems["number_format"]
    assert window.state.phase is before.phase


def test_the_arrow_keys_step_the_training_only_where_the_map_has_not_the_focus(open_map, press, wait_for) -> None:
    window, panel = open_map(WIDE)
    panel.setFocus()
    press(Qt.Key.Key_Right)
    assert panel.plot.ring == pytest.approx((1.05, 0.1))
    assert window.state.epochs_done == 1
    window.dashboard.setFocus()
    assert panel.plot.ring == (1.0, 0.1), "without the focus it is where the experiment is"
    press(Qt.Key.Key_Right)
    wait_for(lambda: window.state.epochs_done == 2)


# what became of runs


def test_a_run_that_ends_leaves_a_mark_with_its_verdict(open_map, wait_for) -> None:
    window, panel = open_map(WIDE)
    window.actions_by_name["run"].trigger()
    wait_for(lambda: window.state.phase is Phase.FINISHED and panel.plot.dots)
    (dot,) = panel.plot.dots
    assert (dot.point, dot.activation) == (Point(1.0, 0.1), "tanh")
    wait_for(lambda: window.verdict._kind)
    assert dot.kind == window.verdict._kind
    window.actions_by_name["reset"].trigger()
    assert len(panel.plot.dots) == 1, "once for each run"


@pytest.mark.parametrize(("epochs", "marks"), [(EPOCHS - 2, 0), (EPOCHS, 1)])
def test_a_run_that_another_one_replaces_counts_after_a_few_epochs(open_map, press, wait_for, epochs: int, marks: int) -> None:
    window, panel = open_map(WIDE.replace(epochs=1000))
    window.dashboard.setFocus()
    for done in range(2, epochs + 1):
        press(Qt.Key.Key_Right)
        wait_for(lambda done=done: window.state.epochs_done == done)
    window.actions_by_name["reset"].trigger()
    assert len(panel.plot.dots) == marks


def test_marks_wait_for_a_map_that_is_made_later(open_window, wait_for) -> None:
    window = open_window(WIDE)
    window.actions_by_name["run"].trigger()
    wait_for(lambda: window.state.phase is Phase.FINISHED)
    wait_for(lambda: window._past.marks)
    assert "phase" not in window.dashboard.panels
    window.findChild(type(window.actions_by_name["run"]), "view_phase").trigger()
    assert window.dashboard.panels["phase"].plot.dots == window._past.marks


def test_chains_and_what_is_nowhere_on_the_map_leave_no_mark() -> None:
    assert finished(record(Config(layers=5, initialization="normal", epochs=20))) is None
    assert finished(record(WIDE.replace(initialization="constant"))) is None
    assert finished(Run(WIDE)) is None
    mark = finished(record(WIDE.replace(normalization="layer", epochs=2)))
    assert mark is not None
    assert mark.words.split("\n")[0] == f"{mark.kind}, after 2 epochs"
    assert "20 layers of 40 units, normal, layer norm" in mark.words


def test_marks_differ_in_shape_and_are_named_in_the_legend_and_under_the_mouse(panel) -> None:
    kinds = [kind for kind, _ in RULES]
    assert set(kinds) == MARKS.keys()
    assert len({mark.symbol for mark in MARKS.values()}) == len({mark.glyph for mark in MARKS.values()}) == len(MARKS)
    marks = [Finished("tanh", Point(1.0 + 0.3 * number, 1.0), kind, f"{kind}, so said") for number, kind in enumerate(MARKS)]
    panel.show_finished((*marks, Finished("relu", Point(2.0, 0.2), "trains", "elsewhere")))
    assert panel.plot.dots == tuple(marks), "those of this activation"
    assert [spot.symbol() for spot in panel.plot._dots.points()] == [MARKS[mark.kind].symbol for mark in marks]
    for mark in marks:
        panel.plot.hover(panel.plot.item.vb.mapViewToScene(QPointF(*mark.point)) + QPointF(4.0, 3.0))
        assert panel.plot.reading() == mark.words
    panel.plot.hover(panel.plot.item.vb.mapViewToScene(QPointF(1.15, 1.0)))
    assert panel.plot.reading().startswith("σw 1.15")
    legend = panel.plot.item.getAxis("bottom").labelText
    assert all(MARKS[kind].glyph in legend for kind in MARKS)
    panel.show_finished(tuple(marks[:1]))
    assert f"{MARKS['trains'].glyph}</span>&nbsp;trains" in panel.plot.item.getAxis("bottom").labelText


# what it costs


def test_a_map_that_cannot_be_seen_is_not_worked_out(open_dashboard, monkeypatch, wait_for) -> None:
    dashboard = open_dashboard({"cost", "phase"})
    runs = [record(WIDE.replace(activation=activation)) for activation in ("tanh", "relu", "softsign")]
    dashboard.show_run(runs[0], runs[0].newest)
    wait_for(lambda: is_drawn(dashboard.panels["phase"]))
    calls: list[str] = []
    work = phases.phase_map
    monkeypatch.setattr(phases, "phase_map", lambda activation, *where: (calls.append(activation), work(activation, *where))[1])
    dashboard.set_visible({"cost"})
    dashboard.begin_anew(runs[1].config)
    dashboard.show_run(runs[1], runs[1].newest)
    QApplication.processEvents()
    assert calls == []
    dashboard.set_visible({"cost", "phase"})
    wait_for(lambda: is_drawn(dashboard.panels["phase"]) and dashboard.panels["phase"].plot.image.activation == "relu")
    assert set(calls) == {"relu"}


def test_the_same_experiments_next_frames_work_nothing_out(panel, draw_anew, monkeypatch) -> None:
    monkeypatch.setattr(phases, "phase_map", lambda *_: pytest.fail("the map is there"))
    draw_anew(panel, WIDE.replace(weight_scale=1.7, bias_scale=0.7))
    assert not panel._timer.isActive()
    assert panel.plot.ring == (1.7, 0.7)


# presets that ask for it


def test_presets_ask_for_panels_that_there_are() -> None:
    for preset in presets().values():
        assert set(preset.shows) <= PLACES.keys()
    assert presets()["edge-of-chaos"].shows == ("phase",)


def test_a_preset_brings_its_panel_and_another_one_takes_it_away(open_window) -> None:
    window = open_window("notebook-1a")
    window.resize(1280, 800)
    QApplication.processEvents()
    window.open(presets()["edge-of-chaos"])
    assert window.dashboard.visible == (USUAL | {"phase"}) - {"phi"}, "phi gives way where there is no room for both"
    assert {action.data() for action in window.choosing.actions if action.isChecked()} == window.dashboard.visible
    window.open(presets()["notebook-1a"])
    assert window.dashboard.visible == USUAL
    window.resize(1280, 1050)
    QApplication.processEvents()
    window.open(presets()["edge-of-chaos"])
    assert window.dashboard.visible == USUAL | {"phase"}


def test_a_window_that_opens_on_such_a_preset_has_it_and_keeps_what_a_person_chooses_then(open_window, wait_for) -> None:
    window = open_window("edge-of-chaos")
    wait_for(lambda: "phase" in window.dashboard.shown)
    assert "phi" not in window.dashboard.shown
    window.findChild(type(window.actions_by_name["run"]), "view_phi").trigger()
    assert {"phi", "phase"} <= window.dashboard.shown.keys()
    window.open(presets()["notebook-1a"])
    assert {"phi", "phase"} <= window.dashboard.shown.keys()


def test_a_key_and_the_toolbar_show_and_hide_it(open_window, press) -> None:
    window = open_window("notebook-1a")
    press(Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert window.dashboard.visible == USUAL | {"phase"}
    press(Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert window.dashboard.visible == USUAL
    assert "Ctrl+M" in next(action for action in window.choosing.actions if action.data() == "phase").toolTip()


def test_what_a_config_file_shows_is_checked(open_window, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('shows = "phase"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"shows is 'phase'; it must be a list of panels' names"):
        read_config(path)
    path.write_text('shows = ["phases", "weights"]\n', encoding="utf-8")
    window = open_window("notebook-1a")
    window.opening.open(path)
    assert "'phases', which is no panel" in window.messages.text.text()
    assert "weights" in window.dashboard.shown


# pictures


def test_an_svg_and_a_pdf_hold_sharp_cells(panel, tmp_path: Path) -> None:
    scene = scenes.Scene([panel], LIGHT)
    pictures.save_picture(scene, tmp_path / "map.svg")
    drawn = (tmp_path / "map.svg").read_text(encoding="utf-8")
    sizes = []
    for data in re.findall(r"data:image/png;base64,([^\"]+)", drawn):
        image = QImage()
        image.loadFromData(base64.b64decode(data))
        sizes.append((image.width(), image.height()))
    assert max(sizes) >= (2000, 2000), "each cell many pixels, so that nobody smooths them"
    assert "explodes" in drawn
    pictures.save_picture(scene, tmp_path / "map.pdf")
    assert (tmp_path / "map.pdf").stat().st_size > 10_000


def test_a_picture_with_more_pixels_has_cells_with_edges(panel) -> None:
    picture = pictures.image_of(scenes.Scene([panel], LIGHT), 4.0)
    row = on_screen_at(panel, 0.5, 1.93).y() * 4
    left, right = (on_screen_at(panel, place, 1.93).x() * 4 for place in (0.7, 1.0))
    pixels = [picture.pixel(across, row) for across in range(left, right)]
    assert len(set(pixels)) <= 1 + 0.3 / (4.0 / 200) + 1, "one colour for a cell, and none between two"


def test_a_picture_waits_for_the_map(on_screen, draw_anew) -> None:
    panel = on_screen(PhasePanel(), 500, 300)
    panel._timer.setInterval(100_000)
    draw_anew(panel, WIDE)
    assert panel.plot.image is None
    picture = pictures.image_of(scenes.Scene([panel], LIGHT), 1.0)
    assert panel.plot.image.cells == CELLS[-1]
    spot = on_screen_at(panel, 0.2, 1.0)
    assert picture.pixelColor(spot).getRgb()[:3] == shares(panel.bar._colours[0])


def test_a_network_that_starts_at_a_point_keeps_all_else() -> None:
    config = WIDE.replace(initialization="xavier", normalization="layer")
    point = Point(1.47, 0.39)
    there = config.replace(**starting_at(point, config))
    assert standing(there) == point
    assert there.differences(config) == ("initialization", "weight_scale", "bias_scale")


def test_words_on_the_map_make_way_for_the_box_of_numbers(panel, wait_for) -> None:
    panel.window().resize(490, 300)
    wait_for(lambda: panel.height() == 300 and is_drawn(panel))
    labels = panel.plot.labelled.all
    shown = [label for label in labels if label.isVisible()]
    assert len(shown) == 3
    view = panel.plot.item.vb
    (left, right), _ = view.viewRange()
    gone = set()
    for place in itertools.product(np.linspace(left + 0.05, right - 0.05, 20), (0.3, 1.7)):
        panel.plot.hover(view.mapViewToScene(QPointF(*place)))
        QApplication.processEvents()
        box = panel.plot._label.sceneBoundingRect()
        for label in shown:
            assert (label.opacity() == 0.0) == box.intersects(label.sceneBoundingRect())
        gone |= {label.toPlainText() for label in shown if label.opacity() == 0.0}
    assert len(gone) >= 2, "the box lies on more than one of them"
    panel.plot.hover(None)
    assert all(label.opacity() == 1.0 for label in labels)


def test_what_five_kinds_of_dots_mean_is_said_in_words_in_a_small_window(open_map) -> None:
    _, panel = open_map("edge-of-chaos")
    kinds = ("trains", "vanishing", "exploding", "dead", "stalled")
    panel.show_finished(tuple(Finished("tanh", Point(1.0 + number / 10, 0.5), kind, kind) for number, kind in enumerate(kinds)))
    words = panel.plot.item.getAxis("bottom").label
    assert all(kind in words.toPlainText() for kind in kinds)
    box = words.mapRectToScene(words.boundingRect())
    assert box.left() >= 0
    assert box.right() <= panel.width()


def test_in_a_picture_of_more_pixels_the_ring_is_as_large(panel) -> None:
    centre = panel.plot.item.vb.mapViewToScene(QPointF(*panel.plot.ring))
    part = QRectF(centre.x() - 16, centre.y() - 16, 32, 32).toRect()
    scene = scenes.Scene([panel], LIGHT)
    small, large = (pictures.image_of(scene, scale) for scale in (1.0, 2.0))
    halved = large.scaled(small.size(), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    greys = [np.array([[image.pixelColor(x, y).lightness() for x in range(32)] for y in range(32)]) for image in (small.copy(part), halved.copy(part))]
    assert np.ptp(greys[0]) > 150, "the ring is in this part"
    assert np.corrcoef(greys[0].ravel(), greys[1].ravel())[0, 1] > 0.9
    assert (panel.plot._ring.opts["size"], panel.plot._ring_ground.opts["size"]) == (RING, RING), "and the screen's stay as they were"


@pytest.mark.parametrize("height", [140, 180, 240, 400])
def test_the_box_of_numbers_is_no_higher_than_the_map(open_dashboard, draw_anew, wait_for, height: int) -> None:
    shown = open_dashboard({"phase"}, size=(490, height)).panels["phase"]
    draw_anew(shown, WIDE)
    wait_for(lambda: is_drawn(shown))
    view = shown.plot.item.vb
    for up in (0.1, 1.9):
        shown.plot.hover(view.mapViewToScene(QPointF(2.0, up)))
        QApplication.processEvents()
        box = shown.plot._label.sceneBoundingRect()
        assert view.sceneBoundingRect().adjusted(-1, -1, 1, 1).contains(box)
        assert "decades per layer" in shown.plot._label.toPlainText()
    lines = shown.plot._label.toPlainText().split("\n")
    assert len(lines) == (6 if height >= 180 else 3)
