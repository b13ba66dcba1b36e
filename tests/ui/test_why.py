"""The panel that says why: its areas and curves hold each layer's factors, its box prints each layer's equation."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QColor, QImage
from PyQt6.QtWidgets import QApplication

from gradviz import Config, record
from gradviz.core.profiles import true_decades
from gradviz.runs.moment import Moment
from gradviz.runs.presets import presets
from gradviz.ui.pictures.files import save_picture
from gradviz.ui.pictures.scenes import Scene
from gradviz.ui.plots.equations import equation, in_decades, number, signed_sum
from gradviz.ui.plots.factors import FactorPlot, mixed
from gradviz.ui.plots.kinds import KINDS
from gradviz.ui.plots.why import WhyPanel
from gradviz.ui.theme import DARK, LIGHT, Theme

Show = Callable[..., Moment]
#: From signs as printed to those that Python reads.
PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")
#: A net whose units are dead from the first layer on, for both samples.
DEAD = Config(layers=30, activation="relu", initialization="normal", seed=3, epochs=1)


@pytest.fixture
def panel(on_screen) -> WhyPanel:
    """The panel by itself, as small as in the window."""
    return on_screen(WhyPanel(), 490, 216)


@pytest.fixture
def show(panel: WhyPanel, draw_anew) -> Show:
    """Draws on this panel."""
    return partial(draw_anew, panel)


def preset(name: str, epochs: int = 3) -> Config:
    return presets()[name].config.replace(epochs=epochs)


def parts_of(moment: Moment) -> dict[str, np.ndarray]:
    """Each layer's factors in decades, from the frame's own arrays of a chain of tanh."""
    w, h = moment.frame.w[-1], moment.frame.h[-1, moment.sample]
    u = w[1:] * h[:-1]
    with np.errstate(divide="ignore"):
        return {"saturation": np.log10(np.cosh(u) ** -2.0), "weights": np.append(np.log10(np.abs(w[2:])), 0.0), "signal": np.log10(np.abs(h[:-1] / h[1:]))}


def heights(outline: tuple[np.ndarray, np.ndarray] | tuple[None, None], layers: int) -> np.ndarray:
    """An area's height at each layer, where it has steps of one layer; 0 where it was never drawn."""
    across, tops = outline
    if across is None or not len(across):
        return np.zeros(layers)
    assert np.array_equal(across[::2], np.arange(layers) + 0.5)
    assert np.array_equal(across[1::2], np.arange(layers) + 1.5)
    assert np.array_equal(tops[::2], tops[1::2])
    return tops[::2]


def plain_title(plot: FactorPlot) -> str:
    return re.sub(r"<[^>]*>", "", plot.item.titleLabel.text).replace("&nbsp;", " ").replace("\xa0", " ")


def tick_labels(plot: FactorPlot) -> dict[str, float]:
    return {text: height for height, text in plot.item.getAxis("left")._tickLevels[0]}


def move_to(panel: WhyPanel, plot: FactorPlot, layer: float, qtbot) -> None:
    low, high = plot.item.vb.viewRange()[1]
    where = panel.mapFromScene(plot.item.vb.mapViewToScene(QPointF(layer, (low + high) / 2)))

    def there() -> bool:
        for aside in (1, 0):  # pyqtgraph takes no more than a hundred moves a second, and none that goes nowhere
            qtbot.mouseMove(panel.viewport(), where + QPoint(0, aside))
        return panel.layer is not None and abs(panel.layer - layer) <= 1

    qtbot.waitUntil(there)


# what is drawn


@pytest.mark.parametrize("of", ["du", "dw"])
@pytest.mark.parametrize("name", ["notebook-1a", "notebook-1b", "notebook-1d", "ten-layers", "random-weights"])
def test_the_stacks_are_the_factors_of_each_layer(panel, show, name: str, of: str) -> None:
    panel.choose(of)
    moment = show(preset(name), sample=1)
    parts = list(parts_of(moment).values())[: 2 if of == "du" else 3]
    layers = moment.config.layers - 1
    lost, gained = np.zeros(layers), np.zeros(layers)
    for part, pair in zip(parts, panel.factors.stacks(), strict=True):
        lost, gained = lost + np.minimum(part, 0.0), gained + np.maximum(part, 0.0)
        np.testing.assert_allclose(heights(pair[0], layers), lost, atol=1e-9)
        np.testing.assert_allclose(heights(pair[1], layers), gained, atol=1e-9)
    np.testing.assert_allclose(heights(panel.factors.drawn()[0], layers), np.sum(parts, axis=0), atol=1e-9)


@pytest.mark.parametrize("name", ["notebook-1a", "notebook-1b", "notebook-1d", "underflow", "sigmoid", "random-weights"])
def test_the_running_product_is_the_curve_of_the_gradient_panel(panel, show, name: str) -> None:
    moment = show(preset(name))
    (layers, total), (_, saturation), (_, weights) = panel.sums.drawn()
    assert np.array_equal(layers, np.arange(1, moment.config.layers))
    true = true_decades("du", moment.profile, moment.config)[0, 1:]
    np.testing.assert_allclose(total, true, rtol=0, atol=1e-9)
    g = np.abs(moment.frame.g[-1, 0, 1:])
    normal = g > 1e-300
    np.testing.assert_allclose(total[normal], np.log10(g[normal]), atol=1e-9)
    error = (moment.frame.h[-1, 0, -1] - moment.config.targets[0]) / len(moment.config.inputs)
    np.testing.assert_allclose(saturation + weights + math.log10(abs(error)), total, atol=1e-9)
    assert weights[-1] == 0.0


def test_the_product_of_weight_gradients_has_the_signal_in_it(panel, show) -> None:
    panel.choose("dw")
    moment = show(preset("notebook-1d"))
    h, g = moment.frame.h[-1, 0], moment.frame.g[-1, 0]
    total, *_, signal = (curve for _, curve in panel.sums.drawn())
    np.testing.assert_allclose(total, np.log10(np.abs(h[:-1] * g[1:])), atol=1e-9)
    np.testing.assert_allclose(signal, np.log10(np.abs(h[:-1])), atol=1e-9)
    assert plain_title(panel.factors).startswith("dw[k], share of x = −0.5")


def left_side(text: str) -> float:
    return float(text.split("\n")[1].split(" = ")[0].translate(PLAIN).replace("×10", "e"))


def test_an_equation_of_a_weight_gradient_says_whose_share_it_is_and_the_shares_add_up(panel, show, qtbot) -> None:
    panel.choose("dw")
    shares = []
    for sample, name in enumerate(("x = −0.5", "x = 0.25")):
        moment = show(Config(layers=20, weight_scale=0.9, inputs=(-0.5, 0.25), targets=(0.3, 0.1), epochs=1), sample)
        move_to(panel, panel.factors, 7, qtbot)
        assert panel.layer == 7
        assert panel.box.text().startswith(f"{name}'s share of dw[7] = h[6] · g[7]\n")
        assert f"share of {name}" in plain_title(panel.factors)
        assert panel.sums.item.getAxis("left").labelText == "share of |dw|"
        shares.append(left_side(panel.box.text()))
        panel.leaveEvent(QEvent(QEvent.Type.Leave))
    assert sum(shares) == pytest.approx(moment.frame.dw[-1, 7], rel=0.05)


def test_of_a_single_sample_it_is_the_weight_gradient_itself(panel, show, qtbot) -> None:
    panel.choose("dw")
    moment = show(Config(layers=20, weight_scale=0.9, inputs=(-0.5,), targets=(0.3,), epochs=1))
    move_to(panel, panel.factors, 7, qtbot)
    assert panel.box.text().startswith(f"dw[{panel.layer}] = h[")
    assert left_side(panel.box.text()) == pytest.approx(moment.frame.dw[-1, panel.layer], rel=0.05)
    assert "share" not in plain_title(panel.factors) + plain_title(panel.sums) + panel.box.text()
    assert panel.sums.item.getAxis("left").labelText == "|dw|"


def test_the_choice_on_the_panel_changes_what_is_taken_apart(panel, show, qtbot) -> None:
    show(preset("notebook-1d"))
    assert len(panel.sums.drawn()) == 3
    qtbot.keyClick(panel.choice, Qt.Key.Key_Down)
    assert panel.gradient.name == "dw"
    assert len(panel.sums.drawn()) == 4
    assert [curve.isVisible() for pair in panel.factors._areas for curve in pair].count(True) >= 3
    panel.choose("du")
    assert not any(area.isVisible() for area in panel.factors._areas[2])
    assert len(panel.sums.drawn()) == 3


@pytest.mark.parametrize("sizes", [(471, 240, 479), (487, 300, 480), (900, 240, 478)])
def test_however_the_panel_came_to_its_width_the_title_ends_before_the_list(panel, show, sizes: tuple[int, ...]) -> None:
    show(preset("notebook-1a"))
    for width in sizes:
        panel.resize(width, 252)
        QApplication.processEvents()
    label = panel.factors.item.titleLabel.item
    assert label.mapToScene(label.document().idealWidth(), 0.0).x() <= panel.choice.x()


def test_the_title_says_which_sample(panel, show) -> None:
    show(preset("notebook-1b"), sample=1)
    assert "x = 0.5" in plain_title(panel.factors)
    show(preset("notebook-1b"), sample=0)
    assert "x = −0.5" in plain_title(panel.factors)


def test_where_a_format_loses_numbers_the_panel_says_that_its_own_are_true(panel, show) -> None:
    panel.resize(900, 500)
    show(preset("notebook-1b").replace(number_format="float16"))
    assert "(true values)" in plain_title(panel.sums)
    show(preset("notebook-1b"))
    assert "(true values)" not in plain_title(panel.sums)


@pytest.mark.parametrize("of", ["du", "dw"])
@pytest.mark.parametrize(
    ("name", "epochs", "loses"),
    [("underflow", 1, True), ("deep-2000", 1, True), ("explodes", 2, True), ("from-output", 1, True), ("notebook-1a", 3, False), ("explodes", 1, False)],
)
def test_it_says_so_where_float64_loses_them_too(panel, show, name: str, epochs: int, loses: bool, of: str) -> None:
    panel.choose(of)
    moment = show(preset(name, epochs))
    stored = moment.frame.g[-1, 0, 1:]
    assert (not np.isfinite(stored).all() or not stored.all()) == loses, "what the case is about"
    assert ("(true values)" in plain_title(panel.sums)) == loses


def test_a_product_that_the_format_cannot_multiply_is_lost_though_its_factors_are_not(panel, show) -> None:
    panel.resize(900, 500)
    config = Config(layers=4, activation="identity", weight_scale=1.0, inputs=(1e-4,), targets=(2e-4,), epochs=1, number_format="float16")
    panel.choose("dw")
    moment = show(config)
    assert (moment.frame.g[-1, 0, 1:] != 0).all()
    assert not moment.frame.dw[-1].any()
    assert "(true values)" in plain_title(panel.sums)
    panel.choose("du")
    assert "(true values)" not in plain_title(panel.sums)


@pytest.mark.parametrize("of", ["du", "dw"])
def test_of_more_layers_than_pixels_no_extreme_is_left_out(panel, show, of: str) -> None:
    panel.choose(of)
    config = Config(layers=3000, initialization="normal", weight_scale=2.0, seed=5, epochs=1)
    moment = show(config)
    parts = list(parts_of(moment).values())[: 2 if of == "du" else 3]
    lost, gained = np.zeros(2999), np.zeros(2999)
    for part, pair in zip(parts, panel.factors.stacks(), strict=True):
        lost, gained = lost + np.minimum(part, 0.0), gained + np.maximum(part, 0.0)
        for outline, stack, outermost in zip(pair, (lost, gained), (np.minimum, np.maximum), strict=True):
            if not stack.any():
                continue
            across, tops = outline
            assert len(across) < 2000
            assert (across[0], across[-1]) == (0.5, 2999.5)
            begins, ends = across[::2].astype(int), across[1::2].astype(int)
            np.testing.assert_allclose(tops[::2], [outermost.reduce(stack[begin:end]) for begin, end in zip(begins, ends, strict=True)], atol=1e-9)
    total = np.sum(parts, axis=0)
    drawn = panel.factors.drawn()[0][1]
    assert np.nanmin(drawn) == pytest.approx(total.min())
    assert np.nanmax(drawn) == pytest.approx(total.max())


def test_zooming_into_many_layers_shows_each_of_them(panel, show) -> None:
    moment = show(Config(layers=3000, initialization="normal", weight_scale=2.0, seed=5, epochs=1))
    panel.sums.item.vb.setXRange(1000, 1020, padding=0)
    QApplication.processEvents()
    across, tops = panel.factors.stacks()[1][0]
    inside = (across[::2] >= 1000) & (across[::2] < 1020)
    expected = np.minimum(parts_of(moment)["weights"], 0.0) + parts_of(moment)["saturation"]
    np.testing.assert_allclose(tops[::2][inside], expected[across[::2][inside].astype(int)], atol=1e-9)
    assert inside.sum() == 20
    panel.show_moment(moment)
    assert panel.factors.item.vb.viewRange()[0] == [1000, 1020], "the next frame leaves the view as a person chose it"
    panel.reset_view()
    assert panel.factors.item.vb.viewRange()[0][0] < 1


# what has no place on a decade axis


def test_factors_that_are_zero_stand_in_a_lane_with_their_name(panel, show) -> None:
    moment = show(DEAD)
    w, h = moment.frame.w[-1], moment.frame.h[-1, 0]
    dead = np.flatnonzero(w[1:] * h[:-1] <= 0) + 1
    assert len(dead) > 20
    lane = tick_labels(panel.factors)["φ′ = 0"]
    low, high = panel.factors.item.vb.viewRange()[1]
    assert low < lane < panel.factors.covered.low < high
    assert [layer for layer, height in panel.factors.lane_points() if height == pytest.approx(lane)] == dead.tolist()
    zero = tick_labels(panel.sums)["zero"]
    assert {layer for layer, height in panel.sums.lane_points() if height == zero} == set(range(1, 30))


def test_a_lane_of_several_kinds_has_a_row_for_each(panel, show) -> None:
    panel.choose("dw")
    show(Config(layers=8, weight_scale=0.0, epochs=1))
    marks = panel.factors.lane_points()
    rows = sorted(set(marks[:, 1]))
    assert len(rows) == 2
    assert sorted(marks[marks[:, 1] == rows[1]][:, 0]) == [1, 2, 3, 4, 5, 6]
    assert sorted(marks[marks[:, 1] == rows[0]][:, 0]) == [1, 2, 3, 4, 5, 6, 7]
    assert "zero" in tick_labels(panel.factors)
    show(preset("notebook-1a"))
    assert not len(panel.factors.lane_points())
    assert not {"zero", "w = 0"} & set(tick_labels(panel.factors)), "other data, no lane"


def test_what_is_not_finite_without_being_zero_stands_above(panel) -> None:
    run = record(Config(layers=8, epochs=1))
    broken = run.newest.w.copy()
    broken[-1, 4] = np.inf
    moment = Moment(run, type(run.newest)(**{**run.newest.columns(), "w": broken}))
    panel.begin_anew()
    panel.show_moment(moment)
    lane = tick_labels(panel.factors)["NaN, ∞"]
    assert panel.factors.covered.high < lane
    assert 3 in [layer for layer, height in panel.factors.lane_points() if height == lane]


# ranges


def test_the_range_is_round_stays_and_grows_only(panel) -> None:
    run = record(Config(epochs=300, learning_rate=0.5))
    ranges = []
    for epoch in range(0, 300, 10):
        panel.show_moment(Moment(run, run.at(epoch)))
        ranges.append(panel.factors.covered)
    for before, after in itertools.pairwise(ranges):
        assert after.low <= before.low
        assert after.high >= before.high
    assert len(set(ranges)) <= 5
    for limit in (*ranges[0], *ranges[-1]):
        assert float(f"{limit:.1g}") == pytest.approx(limit) or float(f"{limit:.2g}") == pytest.approx(limit)


def test_another_experiment_has_a_range_of_its_own(panel, show) -> None:
    show(preset("notebook-1b"))
    assert panel.factors.covered.low <= -3.74
    assert panel.sums.covered.low <= -300
    show(preset("notebook-1a"))
    assert panel.factors.covered.low > -0.5
    assert panel.sums.covered.low >= -20


def test_the_running_product_keeps_the_range_it_begins_with(panel) -> None:
    run = record(Config(layers=40, epochs=1))
    panel.resize(900, 500)
    panel.show_moment(Moment(run, run.newest))
    begun = panel.sums.covered
    for epoch, weight in enumerate((0.9, 1.1, 3.0), 1):
        weights = np.append(0.0, np.full(39, weight))[None]
        panel.sums.epoch = epoch
        panel.show_moment(Moment(run, type(run.newest)(**{**run.newest.columns(), "w": weights})))
        assert panel.sums.covered == begun
    total = panel.sums.values[0]
    beyond = np.flatnonzero(total < begun.low) + 1
    assert len(beyond) > 5, "the case is about numbers that leave the range"
    marks = [spot for spot in panel.sums._spots if spot.symbol == "t" and spot.curve == 0]
    assert [spot.across for spot in marks] == beyond.tolist()
    assert {spot.height for spot in marks} == {begun.low}
    assert panel.sums.item.vb.viewRange()[1][0] < begun.low
    panel.reset_view()
    assert panel.sums.covered.low <= total.min()
    assert "axis chosen anew at epoch 3" in plain_title(panel.sums)


def test_the_range_holds_every_sample_for_a_person_may_look_at_the_next_one(panel) -> None:
    run = record(Config(layers=60, weight_scale=5.0, inputs=(0.0, 0.5), targets=(0.0, 0.5), epochs=1))
    panel.show_moment(Moment(run, run.newest, 0))
    panel.show_moment(Moment(run, run.newest, 1))
    assert panel.sums.covered.low <= panel.sums.values.min() < -100


@pytest.mark.parametrize("config", [Config(layers=3, activation="relu", weight_scale=0.0, epochs=1), Config(layers=2, weight_scale=0.3, epochs=1)])
def test_a_single_finite_number_has_labels_on_both_sides(panel, show, config: Config) -> None:
    show(config)
    decades = [height for text, height in tick_labels(panel.sums).items() if text != "zero"]
    finite = panel.sums.values[np.isfinite(panel.sums.values)]
    assert len(decades) >= 2
    low, high = panel.sums.item.vb.viewRange()[1]
    assert low + 1 < finite.min() <= finite.max() < high - 0.5


@pytest.mark.parametrize("layers", [2, 3, 5])
def test_no_tick_is_at_half_a_layer(panel, show, layers: int) -> None:
    show(Config(layers=layers, epochs=1))
    for plot in panel.plots:
        low, high = plot.item.vb.viewRange()[0]
        ticks = [tick for _, level in plot.item.getAxis("bottom").tickValues(low, high, 400) for tick in level if low <= tick <= high]
        assert sorted(ticks) == list(range(1, layers))


@pytest.mark.parametrize("which", ["factors", "sums"])
def test_the_title_says_that_a_person_has_changed_the_axis(panel, show, which: str) -> None:
    show(preset("notebook-1b"))
    plot = getattr(panel, which)
    plot.epoch = 2
    plot.item.vb.sigRangeChangedManually.emit([True, True])
    assert re.search(r"axis (changed by hand at|since) epoch 2", plain_title(plot))
    assert "x = −0.5" in plain_title(panel.factors)
    panel.reset_view()
    assert "axis" not in plain_title(plot)


# the equation


@pytest.mark.parametrize("which", ["factors", "sums"])
def test_the_mouse_on_a_layer_shows_its_equation(panel, show, qtbot, which: str) -> None:
    moment = show(preset("notebook-1b", epochs=1))
    move_to(panel, getattr(panel, which), 42, qtbot)
    assert panel.layer == 42
    lines = panel.box.text().split("\n")
    assert panel.box.isVisible()
    assert lines[0] == "g[42] = φ′(u[42]) · w[43] · g[43]"
    numbers = [float(text.strip("() ").translate(PLAIN).replace("×10", "e")) for text in re.split("[=·]", lines[1])]
    g, w, h = moment.frame.g[-1, 0], moment.frame.w[-1], moment.frame.h[-1, 0]
    expected = [g[42], 1 / math.cosh(w[42] * h[41]) ** 2, w[43], g[43]]
    np.testing.assert_allclose(numbers, expected, rtol=0.06)
    assert lines[2] == "in decades: −3.74 + 0.70 = −3.04"
    assert not panel.box.geometry().intersects(panel.mapFromScene(getattr(panel, which).item.vb.sceneBoundingRect()).boundingRect().adjusted(0, 0, 0, -12))
    panel.leaveEvent(QEvent(QEvent.Type.Leave))
    assert not panel.box.isVisible()
    assert panel.layer is None


def test_the_equation_follows_the_training_while_the_mouse_rests(panel, qtbot) -> None:
    run = record(Config(epochs=60, learning_rate=1.0))
    panel.show_moment(Moment(run, run.at(0)))
    move_to(panel, panel.factors, 50, qtbot)
    before = panel.box.text()
    panel.show_moment(Moment(run, run.at(59)))
    assert panel.box.text() != before
    assert panel.box.text().startswith(before.split("=")[0])


def test_another_experiment_forgets_the_layer_under_the_mouse(panel, show, qtbot) -> None:
    show(preset("notebook-1b"))
    move_to(panel, panel.factors, 80, qtbot)
    assert panel.box.isVisible()
    show(preset("ten-layers"))
    assert not panel.box.isVisible()


def test_the_last_layers_equation_begins_with_the_error() -> None:
    run = record(Config(layers=5, weight_scale=2.0, epochs=1))
    profile = Moment(run, run.at(0)).profile
    error = (run.h[0, 0, -1] + 0.5) / 2
    slope = 1 / math.cosh(2.0 * run.h[0, 0, 3]) ** 2
    lines = equation(profile, 0, 4, "du").split("\n")
    assert lines[0] == "g[4] = (h[4] − y)/m · φ′(u[4])"
    assert lines[1] == f"{number(-1.0, math.log10(-error * slope))} = {number(-1.0, math.log10(-error))} · {number(1.0, math.log10(slope))}"
    assert lines[2] == f"in decades: {signed_sum([math.log10(-error), math.log10(slope)])}"


def test_a_weight_gradients_equation_and_the_steps_that_are_drawn(panel, show, qtbot) -> None:
    panel.choose("dw")
    moment = show(preset("notebook-1d"))
    move_to(panel, panel.factors, 30, qtbot)
    lines = panel.box.text().split("\n")
    assert lines[0] == "x = −0.5's share of dw[30] = h[29] · g[30]"
    h, g = moment.frame.h[-1, 0], moment.frame.g[-1, 0]
    assert lines[2] == f"in decades: {signed_sum(np.log10(np.abs([h[29], g[30]])))}"
    parts = [part[29] for part in parts_of(moment).values()]
    assert lines[3].startswith("against its share of dw[31]: −")
    assert lines[3].endswith(signed_sum(parts, [" (φ′)", " (w)", " (h)"]))


def test_of_a_zero_the_equation_says_which_factor_it_is() -> None:
    run = record(DEAD)
    profile = Moment(run, run.newest).profile
    dead = int(np.flatnonzero(np.isneginf(profile.slope[0, 1:-1]))[0]) + 1
    weight = number(float(profile.weights.sign[dead + 1]), float(profile.weights.decades[dead + 1]))
    product, reason = equation(profile, 0, dead, "du").split("\n")[1:]
    assert product == f"0 = 0 · {f'({weight})' if weight.startswith('−') else weight} · 0"
    assert reason == f"φ′(u[{dead}]) and g[{dead + 1}] are exactly 0"
    zeros = record(Config(layers=8, weight_scale=0.0, epochs=1))
    assert equation(Moment(zeros, zeros.newest).profile, 0, 6, "du").endswith("\nw[7] is exactly 0")


def test_numbers_far_below_every_float_are_printed() -> None:
    run = record(Config(layers=2000, weight_scale=5.0, epochs=1))
    text = equation(Moment(run, run.newest).profile, 0, 2, "du")
    assert re.search(r"×10⁻⁶⁰[⁷⁸]", text)


@pytest.mark.parametrize(
    ("sign", "decades", "text"),
    [
        (1.0, math.log10(5.0), "5"),
        (-1.0, math.log10(0.9), "−0.9"),
        (1.0, math.log10(1 / 3), "0.333"),
        (-1.0, math.log10(0.99991), "−1.00"),
        (1.0, math.log10(977.1), "977"),
        (1.0, math.log10(1.8e-4), "1.8×10⁻⁴"),
        (-1.0, -6080.0 + math.log10(2.5), "−2.5×10⁻⁶⁰⁸⁰"),
        (1.0, math.log10(9.97e-4), "1.0×10⁻³"),
        (0.0, -math.inf, "0"),
        (-1.0, math.inf, "−∞"),
        (1.0, math.nan, "NaN"),
    ],
)
def test_numbers_are_printed_as_in_a_book(sign: float, decades: float, text: str) -> None:
    assert number(sign, decades) == text


@pytest.mark.parametrize(
    ("value", "text"), [(-3.7412, "3.74"), (0.0458, "0.046"), (-2.1e-5, "2.1×10⁻⁵"), (0.0, "0"), (-6080.123, "6080.12"), (2.345e-4, "0.00023")]
)
def test_decades_keep_two_digits(value: float, text: str) -> None:
    assert in_decades(value) == text


def test_sums_have_real_minus_signs() -> None:
    assert signed_sum([-3.74, 0.7]) == "−3.74 + 0.70 = −3.04"
    assert signed_sum([0.5, -0.25]) == "0.50 − 0.25 = 0.25"


# the look


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("size", [(490, 216), (900, 500)])
def test_every_kind_is_seen_in_its_colour_and_titles_do_not_run_under_the_choice(panel, show, theme: Theme, size: tuple[int, int]) -> None:
    panel.apply_theme(theme)
    panel.resize(*size)
    panel.choose("dw")
    show(preset("notebook-1d"))
    image = panel.grab().toImage()
    for kind in KINDS:
        assert pixels_near(image, theme.curves[kind.colour]) > 40, kind
    for plot in panel.plots:
        label = plot.item.titleLabel
        right = plot.item.vb.sceneBoundingRect().left() + label.item.boundingRect().width()
        assert right <= (panel.choice.x() if plot is panel.factors else panel.width()) + 6
        assert plot.item.vb.height() > 45


def pixels_near(image: QImage, colour: str, distance: int = 24) -> int:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits().asarray(image.sizeInBytes()), np.uint8).reshape(image.height(), -1, 4)[:, : image.width(), 2::-1].astype(int)
    return int((np.abs(pixels - [int(colour[place : place + 2], 16) for place in (1, 3, 5)]).max(axis=2) <= distance).sum())


def test_kinds_differ_in_lightness_as_well() -> None:
    for theme in (LIGHT, DARK):
        lightness = sorted(mixed(theme.curves[kind.colour], theme.plot, kind.fill).lightnessF() for kind in KINDS)
        assert len({QColor(theme.curves[kind.colour]).name() for kind in KINDS}) == 3
        assert min(np.diff(lightness)) > 0.08


def test_a_low_panel_shows_the_factors_alone_with_their_layers(panel, show) -> None:
    show(preset("notebook-1b"))
    both = panel.factors.item.vb.height()
    panel.resize(490, 160)
    QApplication.processEvents()
    assert not panel.sums.item.isVisible()
    assert panel.factors.item.getAxis("bottom").style["showValues"]
    assert panel.factors.item.vb.height() > both
    panel.resize(490, 216)
    QApplication.processEvents()
    assert panel.sums.item.isVisible()
    assert not panel.factors.item.getAxis("bottom").style["showValues"]
    assert panel.factors.item.vb.height() == pytest.approx(both, abs=2)


@pytest.mark.parametrize("of", ["du", "dw"])
@pytest.mark.parametrize("width", [240, 330, 490])
def test_of_several_samples_the_one_that_is_shown_is_named_on_the_smallest_panel(panel, show, of: str, width: int) -> None:
    panel.choose(of)
    panel.resize(width, 150)
    show(preset("notebook-1b"), sample=1)
    assert "x = 0.5" in plain_title(panel.factors)
    if width == 330:
        assert ("■ φ′" if of == "du" else "share of x = 0.5") in plain_title(panel.factors)


def test_a_tiny_input_is_printed_as_in_a_book(panel, show) -> None:
    show(Config(layers=4, inputs=(1e-5, -0.25), targets=(0.5, 0.5), epochs=1))
    assert "x = 1×10⁻⁵" in plain_title(panel.factors)


def test_what_the_panel_held_before_chooses_no_range_of_a_new_experiment(panel, show, on_screen) -> None:
    show(preset("notebook-1b"))
    panel.begin_anew()
    panel.hide()
    panel.resize(700, 400)
    panel.show()
    on_screen(panel, 700, 400)
    run = record(preset("notebook-1d"))
    panel.show_moment(Moment(run, run.newest))
    assert panel.factors.covered.low > -1.0  # 1(b) takes nearly four decades a layer, and 1(d) a twentieth


def test_the_box_is_always_whole_on_the_panel(panel, show, qtbot) -> None:
    panel.choose("dw")
    for size in ((240, 140), (490, 160), (490, 216)):
        panel.resize(*size)
        show(preset("notebook-1d"))
        for layer in (1, 50, 99):
            move_to(panel, panel.factors, layer, qtbot)
            assert panel.rect().contains(panel.box.geometry()), (size, layer)


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
@pytest.mark.parametrize("config", [presets()["notebook-1b"].config.replace(epochs=2), DEAD, Config(layers=2000, weight_scale=5.0, epochs=1)])
def test_pictures_of_it_are_written(panel, show, tmp_path: Path, ending: str, config: Config) -> None:
    show(config)
    path = tmp_path / f"why{ending}"
    save_picture(Scene([panel], LIGHT), path)
    assert path.stat().st_size > 5000
    if ending == ".png":
        image = QImage(str(path))
        assert (image.width(), image.height()) == (980, 432)
        assert pixels_near(image, LIGHT.curves[KINDS[0].colour]) > 100
    elif ending == ".svg":
        text = path.read_text(encoding="utf-8")
        assert LIGHT.curves[KINDS[0].colour] in text
        assert "Factors of g[k]" in text
