"""The plots: what they draw is what the engine computed, whatever numbers it computed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QApplication, QToolButton

from gradviz import Config, record
from gradviz.core.training import Frames
from gradviz.runs.presets import presets
from gradviz.runs.run import Run
from gradviz.ui.plots.dashboard import Dashboard
from gradviz.ui.plots.panel import MOST_CURVES, Panel
from gradviz.ui.plots.plot import Plot
from gradviz.ui.theme import DARK, LIGHT, Theme

NAN, INF = float("nan"), float("inf")
#: The panels of plain curves; the others' own tests say what is in them.
CURVES = ("activations", "gradients", "weights", "cost")


@pytest.fixture
def dashboard(open_dashboard: Callable[..., Dashboard]) -> Dashboard:
    return open_dashboard(CURVES, size=(1400, 700))


@pytest.fixture
def show(dashboard: Dashboard) -> Callable[..., Run]:
    """Draws the last frame of a run, trained here or given."""

    def draw(what: Config | Run) -> Run:
        run = record(what) if isinstance(what, Config) else what
        dashboard.begin_anew(run.config)
        dashboard.show_run(run, run.newest)
        QApplication.processEvents()
        return run

    return draw


def made_up(layers: int = 8, **columns: Sequence[float]) -> Run:
    """A run of one frame with profiles of our choice: h and g for one sample, dw and w; the layers left out are 0.5."""
    config = Config(layers=layers, inputs=(0.5,), targets=(0.5,), epochs=1)
    shapes = {name: np.full(column.shape[1:], 0.5) for name, column in Frames.empty(config).columns().items()}
    for name, values in columns.items():
        shapes[name].reshape(-1)[: len(values)] = values
    arrays = {name: values[None] for name, values in shapes.items()}
    run = Run(config)
    run.append(Frames(**{**arrays, "epoch": np.zeros(1, np.int64)}))
    return run


def view(plot: Plot) -> tuple[tuple[float, float], tuple[float, float]]:
    """What of the axes is on the screen."""
    return tuple(tuple(limits) for limits in plot.item.vb.viewRange())


def tick_labels(plot: Plot) -> dict[str, float]:
    """The labels of the vertical axis, and where they stand."""
    axis = plot.item.getAxis("left")
    low, high = view(plot)[1]
    labels = {}
    for spacing, values in axis.tickValues(low, high, plot.item.vb.height()):
        labels.update(zip(axis.tickStrings(values, 1.0, spacing), values, strict=True))
    return labels


def point_at(plot: Plot, across: float) -> QPointF:
    """Where on the scene a layer or epoch stands, half-way up the plot."""
    (_, _), (low, high) = view(plot)
    return plot.item.vb.mapViewToScene(QPointF(across, (low + high) / 2))


# what is drawn


@pytest.mark.parametrize("name", [name for name, preset in presets().items() if name != "explodes" and not preset.config.wide])
def test_h_and_the_decades_of_g_are_drawn_as_the_engine_gives_them(dashboard, show, name: str) -> None:
    run = show(presets()[name].config.replace(epochs=3))
    layers = run.config.layers
    for sample, ((at, h), (at_g, decades)) in enumerate(
        zip(dashboard.panels["activations"].plot.drawn(), dashboard.panels["gradients"].plot.drawn(), strict=True)
    ):
        if layers <= 200:
            assert np.array_equal(at, np.arange(layers))
            assert np.array_equal(at_g, np.arange(1, layers))
            assert np.array_equal(h, run.h[-1, sample])
        g = np.abs(run.g[-1, sample, 1:])
        there = g[at_g.astype(int) - 1] if layers <= 200 else g
        if layers <= 200:
            np.testing.assert_allclose(decades[there > 0], np.log10(there[there > 0]), rtol=1e-14)
            assert np.isnan(decades[there == 0]).all()
        assert np.isfinite(decades).any() == (g > 0).any()
        if (g > 0).any():
            assert np.nanmin(decades) == pytest.approx(np.log10(g[g > 0].min()))
            assert np.nanmax(decades) == pytest.approx(np.log10(g.max()))


def test_weights_and_their_gradients_share_the_layers(dashboard, show) -> None:
    run = show(Config(weight_scale=5.0, epochs=4))
    panel = dashboard.panels["weights"]
    assert np.array_equal(panel.weights.drawn()[0][1], run.w[-1, 1:])
    np.testing.assert_allclose(panel.gradients.drawn()[0][1], np.log10(np.abs(run.dw[-1, 1:])), rtol=1e-14)
    panel.weights.item.vb.setXRange(10, 20, padding=0)
    assert view(panel.gradients)[0] == view(panel.weights)[0] == (10, 20)


@pytest.mark.parametrize("zeros", [[3], [1, 2, 3], [1, 7], list(range(1, 8))])
def test_exact_zeros_stand_in_their_lane_and_the_rest_of_the_curve_stays(dashboard, show, zeros: list[int]) -> None:
    g = np.array([0.0, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0])
    g[zeros] = 0.0
    show(made_up(g=g))
    plot = dashboard.panels["gradients"].plot
    layers, decades = plot.drawn()[0]
    kept = [layer for layer in range(1, 8) if layer not in zeros]
    np.testing.assert_allclose(decades[np.isfinite(decades)], np.log10(g[kept]), atol=1e-12)
    assert np.array_equal(layers[np.isfinite(decades)], kept)
    lane = tick_labels(plot)["zero"]
    (_, _), (bottom, _) = view(plot)
    assert bottom < lane < plot.covered.low
    points = plot.lane_points()
    assert [layer for layer, height in points if height == lane] == zeros


@pytest.mark.parametrize("broken", [NAN, INF, -INF])
@pytest.mark.parametrize("scale", ["decades", "linear"])
@pytest.mark.parametrize("quantity", ["h", "g"])
def test_nan_and_infinity_stand_in_a_lane_above(dashboard, show, broken: float, scale: str, quantity: str) -> None:
    panel = dashboard.panels[{"h": "activations", "g": "gradients"}[quantity]]
    panel.choose_scale(scale)
    show(made_up(**{quantity: [1.0, 1.0, broken, 1.0, 1.0, broken, broken, 1.0]}))
    lane = tick_labels(panel.plot)["NaN, ∞" if scale == "decades" else "beyond"]
    (_, _), (_, top) = view(panel.plot)
    assert panel.plot.covered.high < lane < top
    assert [layer for layer, height in panel.plot.lane_points() if height == lane] == [2, 5, 6]
    layers, drawn = panel.plot.drawn()[0]
    assert np.array_equal(layers[np.isnan(drawn)], [2, 5, 6])


def test_a_point_without_neighbours_is_still_seen(dashboard, show) -> None:
    show(made_up(g=[0.0, 0.0, 0.0, 1e-3, 0.0, 0.0, NAN, 1e-2]))
    plot = dashboard.panels["gradients"].plot
    assert {(3.0, -3.0), (7.0, -2.0)} <= {(layer, round(height, 9)) for layer, height in plot.lane_points()}


def test_the_cost_of_a_single_epoch_is_seen(dashboard, show) -> None:
    run = show(Config(epochs=1))
    assert dashboard.panels["cost"].plot.lane_points().tolist() == [[0.0, run.cost[0]]]


@pytest.mark.parametrize("value", [5e-324, 2.2e-308, 1e-150, 1.0, 1e150, 1.7e308])
def test_every_magnitude_of_float64_has_its_decade(dashboard, show, value: float) -> None:
    show(made_up(g=[0.0, *[value] * 7]))
    plot = dashboard.panels["gradients"].plot
    np.testing.assert_allclose(plot.drawn()[0][1], np.log10(value), rtol=1e-12)
    (_, _), (low, high) = view(plot)
    assert low < np.log10(value) < high


@pytest.mark.parametrize("scale", ["linear", "decades"])
@pytest.mark.parametrize("h", [[0.0] * 8, [1.7e308, -1.7e308] * 4, [5e-324] * 8, [NAN] * 8, [INF, -INF] * 4, [1e200, 0.0, -1.0, NAN, 5e-324, INF, 1.0, 2.0]])
def test_no_numbers_break_the_drawing(open_dashboard, h: list[float], scale: str) -> None:
    dashboard = open_dashboard()
    for panel in dashboard.panels.values():
        panel.choose_scale(scale)
    run = made_up(h=h, g=h, w=h, dw=h, cost=h[:1])
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.newest)
    for name, panel in dashboard.panels.items():
        assert not panel.grab().isNull()
        for plot in panel.plots:
            (left, right), (low, high) = view(plot)
            assert np.isfinite([left, right, low, high]).all()
            heights = np.concatenate([np.empty(0), *[drawn for _, drawn in plot.drawn()], plot.lane_points()[:, 1]])
            seen = heights[np.isfinite(heights)]
            if name in CURVES:
                assert len(seen)
                assert ((low <= seen) & (seen <= high)).all()


@pytest.mark.parametrize("spike", [0, 1, 31_415, 99_998, 99_999])
def test_a_hundred_thousand_layers_keep_every_spike(dashboard, show, spike: int) -> None:
    run = made_up(layers=100_000)
    h = np.array(run.newest.h)
    h[0, 0, spike] = 0.9
    h[0, 0, 50_000] = -0.9
    again = Run(run.config)
    again.append(Frames(**{**run.newest.columns(), "h": h}))
    show(again)
    layers, drawn = dashboard.panels["activations"].plot.drawn()[0]
    assert len(drawn) < 5_000
    assert drawn.max() == 0.9
    assert drawn.min() == -0.9
    pixel = 100_000 / dashboard.panels["activations"].plot.item.vb.width()
    assert abs(layers[drawn.argmax()] - spike) <= 2 * pixel
    assert (np.diff(layers) >= 0).all()


def test_zoomed_into_a_hundred_thousand_layers_each_one_is_drawn(dashboard, show) -> None:
    run = show(Config(layers=100_000, epochs=1, initialization="normal", weight_scale=1.0))
    plot = dashboard.panels["weights"].weights
    assert len(plot.drawn()[0][0]) < 5_000
    plot.item.vb.setXRange(5_000, 5_050, padding=0)
    layers, drawn = plot.drawn()[0]
    assert set(range(5_000, 5_051)) <= set(layers.astype(int))
    assert np.array_equal(drawn, run.w[-1, layers.astype(int)])


def test_of_many_samples_some_are_drawn_and_the_title_says_so(dashboard, show) -> None:
    run = show(Config(layers=5, epochs=1, inputs=tuple(np.linspace(-1, 1, 50)), targets=(0.0,) * 50))
    plot = dashboard.panels["activations"].plot
    drawn = plot.drawn()
    assert len(drawn) == MOST_CURVES
    assert np.array_equal(drawn[0][1], run.h[-1, 0])
    assert np.array_equal(drawn[-1][1], run.h[-1, 49])
    assert "(12 of 50 samples drawn)" in plot.item.titleLabel.text


# axes


@pytest.mark.parametrize(("name", "title", "symbol", "across"), [
    ("activations", "Activations h", "h", "layer k"),
    ("gradients", "Gradients |g| = |∂C/∂u|", "|g|", "layer k"),
    ("weights", "Weights w", "w", None),
    ("cost", "Cost C = 1/(2m) Σ (y − h)²", "C", "epoch"),
])  # fmt: skip
def test_title_axes_and_legend_are_in_words_and_symbols(dashboard, show, name: str, title: str, symbol: str, across: str | None) -> None:
    show(presets()["notebook-1b"].config.replace(epochs=2))
    plot = dashboard.panels[name].plots[0]
    assert title in plot.item.titleLabel.text
    assert plot.item.getAxis("left").labelText == symbol
    if across:
        assert plot.item.getAxis("bottom").labelText == across
    if name in ("activations", "gradients"):
        assert re.search("x = −0.5.*x = 0.5", plot.item.titleLabel.text)


def test_only_the_left_and_the_bottom_axis_are_shown_and_a_right_one_where_it_names_something(dashboard, show) -> None:
    show(presets()["notebook-1b"].config.replace(epochs=2))
    for name, panel in dashboard.panels.items():
        for plot in panel.plots:
            more = ["right"] if name in ("activations", "gradients", "phase") else []  # formats, or a bar of colours with room kept for it
            assert [side for side in ("left", "bottom", "right", "top") if plot.item.getAxis(side).isVisible()] == ["left", "bottom", *more]


def test_the_axes_are_drawn_anew_when_the_range_changes(dashboard, show, open_dashboard) -> None:
    """They are cached, for speed; a stale one would label the data wrongly. So they look as on a dashboard that is shown with these data."""
    show(Config(layers=100, epochs=1))
    before = {name: pixels(panel) for name, panel in dashboard.panels.items()}
    run = show(Config(layers=9, inputs=(-4.0, 4.0), activation="identity", weight_scale=1.3, epochs=1))
    fresh = open_dashboard(CURVES, size=(1400, 700))
    fresh.begin_anew(run.config)
    fresh.show_run(run, run.newest)
    QApplication.processEvents()
    for name, panel in dashboard.panels.items():
        shown = pixels(panel)
        assert (np.abs(shown - pixels(fresh.panels[name])).max(axis=2) > 3).sum() <= 5, name
        assert name == "cost" or (np.abs(shown - before[name]).max(axis=2) > 3).sum() > 500, name


def test_decades_are_labelled_as_powers_of_ten(dashboard, show) -> None:
    show(made_up(h=[1.0, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0]))
    panel = dashboard.panels["activations"]
    panel.choose_scale("decades")
    assert panel.plot.covered == (-20, 5)  # room for 16 decades below and one above, in steps of five
    labels = tick_labels(panel.plot)
    superscript = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    assert len(labels) >= 4
    for label, decade in labels.items():
        if label != "zero":
            assert decade == round(decade)
            assert label == {0: "1", 1: "10"}.get(round(decade), "10" + str(round(decade)).translate(superscript))
    assert labels["1"] == 0
    assert labels["zero"] < -20
    assert not {"NaN, ∞", "subnormal"} & set(labels)


@pytest.mark.parametrize("name", ["activations", "gradients", "cost"])
def test_the_button_switches_the_scale(dashboard, show, qtbot, name: str) -> None:
    run = show(Config(weight_scale=0.9, epochs=5))
    panel = dashboard.panels[name]
    values = {"activations": run.h[-1, 0], "gradients": run.g[-1, 0, 1:], "cost": run.cost}[name]
    button = panel.findChild(QToolButton)
    assert button.text() == "log"
    for _ in range(2):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        drawn = panel.plot.drawn()[0][1]
        if button.isChecked():
            np.testing.assert_allclose(drawn, np.log10(np.abs(values)), rtol=1e-12)
        else:
            assert np.array_equal(drawn, values)
        (_, _), (low, high) = view(panel.plot)
        assert low <= np.nanmin(drawn) <= np.nanmax(drawn) <= high


def test_bounded_activations_have_a_fixed_axis(dashboard, show) -> None:
    plot = dashboard.panels["activations"].plot
    show(Config(weight_scale=5.0, epochs=1))
    first = view(plot)
    show(Config(weight_scale=0.5, epochs=1))
    assert view(plot) == first
    assert first[1] == (-1.1, 1.1)


def test_activations_without_bounds_begin_in_decades(dashboard, show) -> None:
    panel = dashboard.panels["activations"]
    show(Config(activation="identity", weight_scale=1.1, epochs=1))
    assert panel.findChild(QToolButton).isChecked()
    show(Config(activation="sigmoid", inputs=(0.5, 1.0), epochs=1))
    assert not panel.findChild(QToolButton).isChecked()
    assert view(panel.plot)[1] == (-0.05, 1.05)


@pytest.mark.parametrize("scale", ["linear", "decades"])
def test_the_range_of_the_cost_only_grows_while_a_run_goes_on(dashboard, scale: str) -> None:
    run = record(Config(layers=10, weight_scale=0.9, learning_rate=0.5, epochs=200))
    dashboard.begin_anew(run.config)
    panel = dashboard.panels["cost"]
    panel.choose_scale(scale)
    before = None
    ranges = set()
    grown = Run(run.config)
    for epoch in range(0, 200, 7):
        grown.append(run.frames.rows(slice(max(0, epoch - 6), epoch + 1)))
        dashboard.show_run(grown, grown.newest)
        (_, _), (low, high) = view(panel.plot)
        if before is not None:
            assert low <= before[0]
            assert high >= before[1]
        before = (low, high)
        ranges.add(before)
    assert len(ranges) > 1 or scale == "linear", "a cost that falls by decades needs more of them"
    assert "axis" not in panel.plot.item.titleLabel.text


# the fixed axis


def title(plot: Plot) -> str:
    """The title as it is read."""
    return re.sub(r"<[^>]*>", "", plot.item.titleLabel.text).replace("&nbsp;", " ")


def marks(plot: Plot) -> set[tuple[float, float, str]]:
    """Every mark beside the curves: layer, height to nine digits, and shape."""
    if not plot._lanes.isVisible():
        return set()
    return {(float(spot.pos().x()), round(float(spot.pos().y()), 9), spot.symbol()) for spot in plot._lanes.points()}


def in_steps(**columns: Sequence[Sequence[float]]) -> Run:
    """A run of made-up frames: of each named quantity, the profile of every epoch."""
    (epochs,) = {len(profiles) for profiles in columns.values()}
    run = Run(Config(layers=8, inputs=(0.5,), targets=(0.5,), epochs=epochs))
    for epoch in range(epochs):
        one = made_up(**{name: profiles[epoch] for name, profiles in columns.items()}).newest
        run.append(Frames(**{**one.columns(), "epoch": np.array([epoch], np.int64)}))
    return run


#: Panel, number of its plot, and the quantity that it draws by layer.
BY_LAYER = [("activations", 0, "h"), ("gradients", 0, "g"), ("weights", 0, "w"), ("weights", 1, "dw")]


def decades_of(dashboard: Dashboard, name: str, number: int) -> Plot:
    """That plot on its decade axis."""
    panel = dashboard.panels[name]
    panel._buttons[number].setChecked(True)
    return panel.plots[number]


@pytest.mark.parametrize(("name", "number", "quantity"), BY_LAYER)
def test_a_decade_axis_by_layer_stays_whatever_comes_and_no_layer_is_missing(dashboard, name: str, number: int, quantity: str) -> None:
    plot = decades_of(dashboard, name, number)
    first = [0.5, 1e-2, 1e-3, 1e-2, 1e-1, 1e-2, 1e-2, 1e-1]
    later = [1e-28, 1e-30, 1e-25, 1e-2, 1e-3, 1e7, 1e12, 0.0]
    run = in_steps(**{quantity: [first, later, first]})
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.at(0))
    fixed = view(plot)
    first_decades = np.log10(first[1:] if quantity != "h" else first)
    assert plot.covered.low <= first_decades.min() - 16
    assert plot.covered.high >= first_decades.max() + (quantity != "h")
    assert not {symbol for _, _, symbol in marks(plot)}
    low, high = plot.covered
    dashboard.show_run(run, run.at(1))
    assert view(plot) == fixed
    expected = {(1.0, low, "t"), (2.0, low, "t"), (5.0, high, "t1"), (6.0, high, "t1"), (7.0, round(plot.scale.zero_lane(plot.covered), 9), "s")}
    assert marks(plot) == (expected | {(0.0, low, "t")} if quantity == "h" else expected)
    layers, decades = plot.drawn()[0]
    np.testing.assert_allclose(decades[np.isin(layers, [3, 4])], [-2, -3], atol=1e-12)
    everywhere = set(layers[np.isfinite(decades)]) | {layer for layer, _, _ in marks(plot)}
    assert everywhere == set(layers) == set(range(0 if quantity == "h" else 1, 8))
    dashboard.show_run(run, run.at(2))
    assert view(plot) == fixed
    assert marks(plot) == set()
    assert "axis" not in title(plot)


@pytest.mark.parametrize(("name", "number", "quantity"), BY_LAYER)
def test_a_double_click_chooses_a_fixed_axis_anew_and_the_title_says_when(dashboard, qtbot, name: str, number: int, quantity: str) -> None:
    plot = decades_of(dashboard, name, number)
    run = in_steps(**{quantity: [[0.5] * 8, [0.5] * 8, [1e-40] * 8, [1e-40] * 8]})
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.at(0))
    before = plot.covered
    panel = dashboard.panels[name]

    def double_click() -> None:
        middle = panel.mapFromScene(point_at(plot, 4))
        qtbot.mouseDClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle)
        qtbot.mouseRelease(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle)

    double_click()  # nothing has left the range, so nothing changes
    assert plot.covered == before
    assert "axis" not in title(plot)
    dashboard.show_run(run, run.at(2))
    assert {symbol for _, _, symbol in marks(plot)} == {"t"}
    double_click()
    assert plot.covered.low <= -56
    assert plot.covered.high >= -40
    assert not marks(plot)
    assert "axis chosen anew at epoch 2" in title(plot)
    dashboard.show_run(run, run.at(3))
    assert "axis chosen anew at epoch 2" in title(plot), "it is when the axis changed, not the epoch that is drawn"
    dashboard.begin_anew(run.config)
    assert "axis" not in title(plot), "another experiment has an axis of its own"


def test_the_wheel_changes_the_axis_by_hand_and_the_title_says_when(dashboard) -> None:
    run = record(Config(weight_scale=0.9, epochs=8))
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.at(5))
    panel = dashboard.panels["gradients"]
    turn_the_wheel(panel, panel.mapFromScene(point_at(panel.plot, 50)))
    changed = view(panel.plot)
    assert "axis changed by hand at epoch 5" in title(panel.plot)
    dashboard.show_run(run, run.at(7))
    assert view(panel.plot) == changed
    assert "axis changed by hand at epoch 5" in title(panel.plot)
    for name in ("activations", "cost"):
        assert "axis" not in title(dashboard.panels[name].plot)
    panel.reset_view()
    assert "axis" not in title(panel.plot), "a double click goes back to the range that was chosen first"


def turn_the_wheel(panel: Panel, where: QPoint) -> None:
    """One notch of the wheel over this place of a panel."""
    event = QWheelEvent(
        QPointF(where),
        QPointF(panel.viewport().mapToGlobal(where)),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(panel.viewport(), event)


@pytest.mark.parametrize("width", [978, 1400])
@pytest.mark.parametrize("choice", range(5))
def test_that_the_axis_was_changed_is_said_however_little_room_there_is(dashboard, width: int, choice: int) -> None:
    dashboard.resize(width, 657)  # as in a window of 1280 x 800
    run = record(Config(weight_scale=5.0, epochs=4))
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.newest)
    QApplication.processEvents()
    panel = dashboard.panels["gradients"]
    panel.choice.setCurrentIndex(choice)
    assert panel.quantity.title in title(panel.plot)
    turn_the_wheel(panel, panel.mapFromScene(point_at(panel.plot, 50)))
    assert re.search("axis (changed by hand at|since) epoch 3$", title(panel.plot))


@pytest.mark.parametrize(("name", "number", "quantity"), BY_LAYER)
def test_subnormal_numbers_get_a_lane_and_stand_on_the_curve_too(dashboard, name: str, number: int, quantity: str) -> None:
    plot = decades_of(dashboard, name, number)
    normal = [1e-300] * 8
    small = [1e-300, 1e-310, 5e-324, 2.3e-308, 2.2e-308, 0.0, 1e-300, -3e-312]
    run = in_steps(**{quantity: [normal, small, normal]})
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.at(0))
    assert "subnormal" not in tick_labels(plot)
    narrow = view(plot)[1]
    dashboard.show_run(run, run.at(1))
    labels = tick_labels(plot)
    low, high = view(plot)[1]
    assert low < labels["zero"] < labels["subnormal"] < plot.covered.low < plot.covered.high < high
    assert low < narrow[0]
    lane = round(labels["subnormal"], 9)
    assert {layer for layer, height, _ in marks(plot) if height == lane} == {1, 2, 4, 7}  # 2.3e-308 is just above 2^-1022
    assert {layer for layer, height, _ in marks(plot) if height == round(labels["zero"], 9)} == {5}
    layers, decades = plot.drawn()[0]
    np.testing.assert_allclose(decades[np.isin(layers, [1, 4, 7])], np.log10([1e-310, 2.2e-308, 3e-312]), rtol=1e-12)
    beyond = plot.covered.low > np.log10(5e-324)
    assert beyond == (quantity != "g")  # of g the true values are to be seen as well, so that the range is a wider one
    assert ((2.0, plot.covered.low, "t") in marks(plot)) == beyond
    np.testing.assert_allclose(decades[layers == 2], np.nan if beyond else np.log10(5e-324))
    dashboard.show_run(run, run.at(2))
    assert "subnormal" in tick_labels(plot), "a lane that came stays: the axis must not jump"
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.at(2))
    assert "subnormal" not in tick_labels(plot)


def test_the_lane_of_subnormals_goes_by_the_runs_own_number_format(dashboard, show) -> None:
    run = show(Config(layers=30, weight_scale=5.0, number_format="float16", epochs=1))
    g = np.abs(run.g[-1, 0])
    expected = np.flatnonzero((g > 0) & (g < 2.0**-14))
    assert len(expected) > 0
    plot = dashboard.panels["gradients"].plot
    lane = round(tick_labels(plot)["subnormal"], 9)
    assert {layer for layer, height, _ in marks(plot) if height == lane} == set(expected)
    plot.use_scale("linear")
    assert "subnormal" not in tick_labels(plot)
    assert not marks(plot)


def test_zoomed_by_hand_the_view_stays_until_a_double_click(dashboard, show, qtbot) -> None:
    run = show(Config(weight_scale=5.0, epochs=3))
    panel = dashboard.panels["gradients"]
    plot = panel.plot
    whole = view(plot)
    plot.item.vb.scaleBy((0.5, 0.5))
    plot.item.vb.sigRangeChangedManually.emit([True, True])  # as the wheel does
    zoomed = view(plot)
    assert zoomed != whole
    dashboard.show_run(run, run.at(0))
    assert view(plot) == zoomed
    middle = panel.mapFromScene(point_at(plot, 50))
    qtbot.mouseDClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseRelease(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    np.testing.assert_allclose(view(plot), whole, atol=0.2)
    (left, right), (low, high) = view(plot)
    assert left <= 1
    assert right >= 99
    assert low < np.log10(np.abs(run.g[0, :, 1:]).min()) < high


# the crosshair


@pytest.mark.parametrize("layer", [0, 1, 42, 98, 99])
def test_the_crosshair_reads_the_exact_numbers_of_its_layer(dashboard, show, layer: int) -> None:
    run = show(presets()["notebook-1b"].config.replace(epochs=3))
    panel = dashboard.panels["activations"]
    assert panel.plot.hover(point_at(panel.plot, layer + 0.3))
    title, *rows = panel.plot.reading().split("\n")
    assert title == f"layer {layer}"
    assert [row.split(":")[0] for row in rows] == ["x = −0.5", "x = 0.5"]
    digits = [row.split(":")[1].strip().replace("−", "-") for row in rows]
    assert digits == [repr(float(value)) for value in run.h[-1, :, layer]]


def test_moving_the_mouse_over_a_plot_shows_the_numbers_and_leaving_hides_them(dashboard, show, qtbot) -> None:
    run = show(presets()["notebook-1b"].config.replace(epochs=2))
    panel = dashboard.panels["gradients"]
    where = panel.mapFromScene(point_at(panel.plot, 60))
    with qtbot.waitSignal(panel.scene().sigMouseMoved):
        qtbot.mouseMove(panel.viewport(), where)
    lines = panel.plot.reading().split("\n")
    layer = int(lines[0].split()[1])
    assert abs(layer - 60) <= 1
    assert lines[1].endswith(repr(float(run.g[-1, 0, layer])).replace("-", "−"))
    boxes = [item for item in panel.scene().items() if isinstance(item, pg.TextItem) and item.isVisible()]
    assert [box.toPlainText() for box in boxes] == [panel.plot.reading()]
    assert not panel.plot.hover(QPointF(-10, -10))
    assert panel.plot.reading() == ""
    assert not [item for item in panel.scene().items() if isinstance(item, pg.TextItem) and item.isVisible()]


@pytest.mark.parametrize("value", [0.0, 5e-324, NAN, INF, -1.7e308])
def test_the_crosshair_names_what_has_no_place_on_the_axis(dashboard, show, value: float) -> None:
    show(made_up(g=[0.0, 1.0, 1.0, value, 1.0, 1.0, 1.0, 1.0]))
    panel = dashboard.panels["gradients"]
    panel.plot.hover(point_at(panel.plot, 3))
    shown = panel.plot.reading().split("\n")[1].split(":")[1].strip().replace("−", "-").replace("∞", "inf").replace("NaN", "nan")
    assert shown == repr(value)


def test_the_crosshair_follows_the_training(dashboard, show) -> None:
    run = show(Config(layers=10, weight_scale=0.9, learning_rate=0.5, epochs=5))
    panel = dashboard.panels["cost"]
    panel.plot.hover(point_at(panel.plot, 0))
    assert panel.plot.reading().startswith("epoch 0\n")
    dashboard.panels["activations"].plot.hover(point_at(dashboard.panels["activations"].plot, 5))
    for epoch in (1, 4):
        dashboard.show_run(run, run.at(epoch))
        digits = dashboard.panels["activations"].plot.reading().split("\n")[1].split(":")[1].strip()
        assert digits.replace("−", "-") == repr(float(run.h[epoch, 0, 5]))


@pytest.mark.parametrize("layer", [0, 50, 99])
def test_the_box_of_numbers_lies_inside_the_plot(dashboard, show, layer: int) -> None:
    show(presets()["notebook-1b"].config.replace(epochs=1))
    panel = dashboard.panels["activations"]
    panel.plot.hover(point_at(panel.plot, layer))
    box = next(item for item in panel.scene().items() if isinstance(item, pg.TextItem) and item.isVisible())
    place = box.mapToScene(box.boundingRect()).boundingRect()
    inside = panel.plot.item.vb.sceneBoundingRect().adjusted(-2, -2, 2, 2)
    assert inside.left() <= place.left()
    assert place.right() <= inside.right()


# colours


def pixels(panel: Panel) -> np.ndarray:
    """The panel as it is on the screen, (height, width, 3)."""
    image = panel.grab().toImage()
    image = image.convertToFormat(image.Format.Format_RGB32)
    bits = image.constBits().asarray(image.sizeInBytes())
    return np.frombuffer(bits, np.uint8).reshape(image.height(), -1, 4)[:, : image.width(), 2::-1].astype(int)


def count(picture: np.ndarray, colour: str) -> int:
    wanted = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return int((np.abs(picture - wanted).max(axis=2) <= 40).sum())


@pytest.mark.parametrize(("before", "after"), [(LIGHT, DARK), (DARK, LIGHT)])
def test_another_theme_recolours_what_is_drawn(dashboard, show, before: Theme, after: Theme) -> None:
    dashboard.apply_theme(before)
    show(presets()["notebook-1a"].config.replace(epochs=5))
    panel = dashboard.panels["activations"]
    for theme in (before, after):
        dashboard.apply_theme(theme)
        picture = pixels(panel)
        assert count(picture, theme.plot) > 0.5 * picture.shape[0] * picture.shape[1]
        assert count(picture, theme.curves[0]) > 200
        assert count(picture, theme.curves[1]) > 40
    assert count(picture, before.plot) < 0.1 * picture.shape[0] * picture.shape[1]
    assert np.array_equal(panel.plot.drawn()[0][0], np.arange(100))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_colours_stand_out_from_their_ground(theme: Theme) -> None:
    def contrast(one: str, other: str) -> float:
        lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)

    assert len(set(theme.curves)) == len(theme.curves)
    for colour in theme.curves:
        # Okabe and Ito's reddish purple reaches 2.9 on white
        assert contrast(colour, theme.plot) >= 2.9, colour
    for ground in (theme.window, theme.field, theme.plot):
        for colour in (theme.text, theme.faint, theme.error, theme.warning):
            assert contrast(colour, ground) >= 4.5, (colour, ground)


def test_two_samples_that_lie_on_each_other_are_both_seen(dashboard, show) -> None:
    run = show(presets()["notebook-1a"].config.replace(epochs=1))
    assert np.array_equal(np.abs(run.g[-1, 0]), np.abs(run.g[-1, 1]))
    picture = pixels(dashboard.panels["gradients"])
    assert count(picture, LIGHT.curves[0]) > 100
    assert count(picture, LIGHT.curves[1]) > 100


def test_the_mouse_leaves_the_panel(dashboard, show) -> None:
    show(presets()["notebook-1b"].config.replace(epochs=1))
    panel = dashboard.panels["activations"]
    panel.plot.hover(point_at(panel.plot, 5))
    assert panel.plot.reading()
    QApplication.sendEvent(panel, QEvent(QEvent.Type.Leave))
    assert panel.plot.reading() == ""


def test_of_very_many_marks_every_kind_keeps_its_own(dashboard) -> None:
    plot = dashboard.panels["gradients"].plot
    values = np.zeros((1, 10_000))
    values[0, 4_321], values[0, 4_325], values[0, 7_777] = NAN, INF, 1.0
    plot.show_curves(np.arange(10_000), values, ("x",))
    points = plot.lane_points()
    zero, broken = plot.scale.zero_lane(plot.covered), plot.scale.broken_lane(plot.covered)
    assert {4_321.0} <= set(points[points[:, 1] == broken, 0]) | {4_325.0}
    assert (points[:, 1] == broken).any()
    assert (points[:, 1] == zero).sum() > 100
    assert [7_777.0, 0.0] in points.tolist()


@pytest.mark.parametrize("width", [500, 700, 1280])
def test_a_long_title_never_pushes_the_plot_out_of_its_panel(dashboard, qtbot, width: int) -> None:
    third, seventh = 1 / 3, 1 / 7
    run = record(Config(layers=50, epochs=1, inputs=(third, -third, seventh, -seventh), targets=(0.0,) * 4))
    dashboard.resize(width, 700)
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.newest)
    for panel in dashboard.panels.values():
        for plot in panel.plots:
            qtbot.waitUntil(lambda panel=panel, plot=plot: plot.item.vb.sceneBoundingRect().right() <= panel.width())


@pytest.mark.parametrize("layers", [50, 700, 3000])
@pytest.mark.parametrize("width", [520, 1280])
def test_after_a_resize_every_curve_reaches_from_the_first_layer_to_the_last(dashboard, qtbot, layers: int, width: int) -> None:
    run = record(Config(layers=layers, epochs=2))
    dashboard.begin_anew(run.config)
    dashboard.resize(1500, 900)
    dashboard.show_run(run, run.newest)
    dashboard.resize(width, 500)
    for name in ("activations", "gradients", "weights"):
        for plot in dashboard.panels[name].plots:
            qtbot.waitUntil(lambda plot=plot: plot.drawn()[0][0][0] <= 1 and plot.drawn()[0][0][-1] >= 0.98 * (layers - 1))


def test_a_title_takes_the_themes_colour_when_only_the_theme_changes(dashboard) -> None:
    run = record(Config(epochs=2))
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.newest)
    for theme in (DARK, LIGHT):
        dashboard.apply_theme(theme)
        for panel in dashboard.panels.values():
            for plot in panel.plots:
                assert f"color:{theme.text}" in plot.item.titleLabel.item.toHtml().replace("color: ", "color:")
