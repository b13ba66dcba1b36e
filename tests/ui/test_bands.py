"""Wide networks in the panels by layer: what the bands hold is what the frame's statistics are, and nothing of it is left over for a chain."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QApplication

from gradviz import Config, record
from gradviz.core.frames import SHARES, STATISTICS, WideFrames, columns_for
from gradviz.runs.moment import Moment
from gradviz.runs.run import Run
from gradviz.ui.pictures.files import save_picture
from gradviz.ui.pictures.scenes import Scene
from gradviz.ui.plots.band_plot import NOT_WORKED_OUT, ORDERED, BandPlot
from gradviz.ui.plots.bands import RMS
from gradviz.ui.plots.dashboard import Dashboard
from gradviz.ui.plots.gradients import GradientPanel
from gradviz.ui.plots.panel import Panel
from gradviz.ui.plots.profiles import ActivationPanel, WeightPanel
from gradviz.ui.plots.scales import exact
from gradviz.ui.theme import DARK, LIGHT, Theme

Floats = NDArray[np.float64]
NAN, INF = float("nan"), float("inf")
PERCENTS = {"min": 0, "p5": 5, "p25": 25, "p50": 50, "p75": 75, "p95": 95, "max": 100}
CHOICES = ["du", "dh", "dw", "ratio", "end"]
WIDE = Config(layers=8, width=6, initialization="normal", data="moons", loss="cross_entropy", samples=30, epochs=2)
RELU = WIDE.replace(activation="relu", initialization="he")
CHAIN = Config(layers=8, epochs=2)


def statistics(numbers: Floats, *, absolute: bool) -> Floats:
    """Each layer's statistics as numpy has them, (STATISTICS, layers); numbers (layers, units)."""
    ordered = np.abs(numbers) if absolute else numbers
    found = {"rms": np.sqrt(np.mean(numbers**2, axis=1)), "mean": numbers.mean(axis=1), "std": numbers.std(axis=1)}
    found |= {name: np.percentile(ordered, percent, axis=1) for name, percent in PERCENTS.items()}
    return np.array([found[name] for name in STATISTICS])


def made_up(config: Config = WIDE, numbers: Mapping[str, Floats] | None = None, *, worked_out: bool = True, **rows: Floats) -> Run:
    """A run of one frame: the columns' statistics are those of these numbers (layers, units) or, in rows, given; the other layers' are random's."""
    draws = np.random.default_rng(1)
    columns = columns_for(config, 1)
    for name in ("h", "size", "u", "g", "dh", "dw", "w"):
        units = (numbers or {}).get("h" if name == "size" else name)
        if units is None:
            units = draws.normal(size=(config.layers, 40))
        columns[name][0] = statistics(units, absolute=name not in ("h", "u"))
        if not worked_out:
            columns[name][0, RMS + 1 :] = NAN
    for name, values in rows.items():
        columns[name][0] = values
    run = Run(config)
    run.append(WideFrames(**columns))
    return run


@pytest.fixture
def show(on_screen, draw_anew) -> Callable[..., Moment]:
    """Draws a run in a panel, 900 by 420 unless another size is asked for."""

    def draw(panel: Panel, what: Run | Config, size: tuple[int, int] = (900, 420)) -> Moment:
        if not panel.isVisible():
            on_screen(panel, *size)
        return draw_anew(panel, what)

    return draw


def row(moment: Moment, column: str, name: str, first: int = 0) -> Floats:
    found: Floats = getattr(moment.frame, column)[-1, STATISTICS.index(name), first:]
    return found


def title(plot: BandPlot) -> str:
    return re.sub(r"<[^>]*>", "", plot.item.titleLabel.text).replace("&nbsp;", " ")


def hover(plot: BandPlot, layer: float) -> str:
    low, high = plot.item.vb.viewRange()[1]
    assert plot.hover(plot.item.vb.mapViewToScene(QPointF(layer, (low + high) / 2)))
    return plot.reading()


def assert_edges(plot: BandPlot, moment: Moment, column: str, first: int, convert: Callable[[Floats], Floats]) -> None:
    """The bands' edges are the column's percentiles, and the lines its root mean square, least and greatest."""
    layers = np.arange(first, moment.config.layers)
    for band, names in zip(plot.bands, (("p5", "p95"), ("p25", "p75")), strict=True):
        assert band.isVisible()
        assert np.array_equal(band.across, layers)
        np.testing.assert_allclose(band.edges, [convert(row(moment, column, name, first)) for name in names], rtol=1e-13)
        box = band.path().boundingRect()
        assert (box.left(), box.right()) == (first, moment.config.layers - 1)
        assert (box.top(), box.bottom()) == pytest.approx((band.edges[0].min(), band.edges[1].max()))
    for (across, heights), name in zip(plot.drawn(), ("rms", "min", "max"), strict=False):
        assert np.array_equal(across, layers)
        np.testing.assert_allclose(heights, convert(row(moment, column, name, first)), rtol=1e-13)


# what is drawn


def test_activations_are_signed_on_a_linear_axis_and_sizes_on_one_of_decades(show) -> None:
    panel = ActivationPanel()
    moment = show(panel, WIDE)
    assert panel.plot.scale.name == "linear"
    assert panel.looked_at == {"h", "size"}, "both, so that bands are there at once when the scale is switched"
    assert_edges(panel.plot, moment, "h", 0, lambda values: values)
    assert np.array_equal(panel.plot.drawn()[3][1], row(moment, "h", "p50"))
    assert title(panel.plot).startswith("Activations h ")
    panel.choose_scale("decades")
    assert_edges(panel.plot, moment, "size", 0, np.log10)
    assert len(panel.plot.drawn()) == 3
    assert title(panel.plot).startswith("Activations |h| ")
    panel.choose_scale("linear")
    assert_edges(panel.plot, moment, "h", 0, lambda values: values)


@pytest.mark.parametrize(
    ("choice", "column", "first", "named"), [("du", "g", 1, "|g| = |∂C/∂u|"), ("dh", "dh", 0, "|∂C/∂h|"), ("dw", "dw", 1, "|dw| = |∂C/∂w|")]
)
def test_the_gradient_that_is_chosen_is_drawn_in_decades(show, choice: str, column: str, first: int, named: str) -> None:
    panel = GradientPanel()
    moment = show(panel, WIDE)
    panel.choice.setCurrentIndex(CHOICES.index(choice))
    assert_edges(panel.plot, moment, column, first, np.log10)
    assert panel.looked_at == {column}
    assert panel.quantities == (column,)
    assert named in title(panel.plot)
    panel.choose_scale("linear")
    assert_edges(panel.plot, moment, column, first, lambda values: values)
    assert named in title(panel.plot), "absolute values, whatever the scale"


def test_the_update_ratio_is_one_number_a_layer(show) -> None:
    panel = GradientPanel()
    moment = show(panel, WIDE)
    panel.choice.setCurrentIndex(CHOICES.index("ratio"))
    (across, heights), *more = panel.plot.drawn()
    assert not more
    assert not any(band.isVisible() for band in panel.plot.bands)
    assert np.array_equal(across, np.arange(1, 8))
    np.testing.assert_allclose(heights, np.log10(moment.frame.ratio[-1, 1:]), rtol=1e-13)
    assert panel.looked_at == frozenset()
    assert hover(panel.plot, 3) == f"layer 3\n‖Δw‖/‖w‖:  {exact(moment.frame.ratio[-1, 3])}"
    panel.choice.setCurrentIndex(CHOICES.index("dh"))
    assert_edges(panel.plot, moment, "dh", 0, np.log10)


def test_weights_and_their_gradients_have_bands_of_sizes(show) -> None:
    panel = WeightPanel()
    moment = show(panel, WIDE, (900, 700))
    assert panel.looked_at == {"w", "dw"}
    assert_edges(panel.weights, moment, "w", 1, lambda values: values)
    assert panel.weights.covered is not None
    assert panel.weights.covered.low == 0.0
    assert_edges(panel.gradients, moment, "dw", 1, np.log10)
    assert title(panel.weights).startswith("Weights |w| ")


def test_bands_are_the_percentiles_of_the_units(show) -> None:
    units = np.random.default_rng(5).standard_cauchy((8, 51))
    panel = ActivationPanel()
    show(panel, made_up(numbers={"h": units}))
    wide, half = panel.plot.bands
    np.testing.assert_allclose(wide.edges, np.percentile(units, [5, 95], axis=1))
    np.testing.assert_allclose(half.edges, np.percentile(units, [25, 75], axis=1))


def test_exact_zeros_take_a_band_down_to_their_lane_as_a_tail(show) -> None:
    units = np.abs(np.random.default_rng(2).normal(size=(8, 40))) + 0.1
    units[2:5, :30] = 0.0
    panel = ActivationPanel()
    show(panel, made_up(RELU, {"h": units}))
    plot = panel.plot
    assert plot.scale.name == "decades"
    lane = plot.scale.zero_lane(plot.covered)
    half = plot.bands[1]
    np.testing.assert_array_equal(half.edges[0] == lane, [False, False, True, True, True, False, False, False])
    assert np.isfinite(half.edges[1]).all()
    assert half.tail.path().boundingRect().left() == 1.0, "from the last layer without zeros"
    assert half.tail.path().boundingRect().right() == 5.0
    assert half.tail.path().contains(QPointF(3.0, lane + 0.1))
    assert not half.path().contains(QPointF(3.0, lane + 0.1))
    assert half.path().contains(QPointF(6.5, float(np.mean(half.edges[:, 6:8]))))
    assert half.brush().color().alpha() > half.tail.brush().color().alpha() > 0
    assert [layer for layer, height in plot.lane_points() if height == lane] == [2, 3, 4], "the least of these layers is 0"


@pytest.mark.parametrize("broken", [NAN, INF])
def test_a_layer_of_nan_or_infinity_is_a_gap_and_stands_in_its_lane(show, broken: float) -> None:
    values = statistics(np.random.default_rng(3).normal(size=(8, 40)), absolute=True)
    values[:, 4] = broken
    panel = GradientPanel()
    show(panel, made_up(g=values))
    plot = panel.plot
    lane = plot.scale.broken_lane(plot.covered)
    assert {layer for layer, height in plot.lane_points() if height == lane} == {4}
    wide = plot.bands[0]
    assert np.isnan(wide.edges[:, 3]).all() if np.isnan(broken) else (wide.edges[:, 3] == lane).all()
    if np.isnan(broken):
        middle = float(wide.edges[:, 2:5:2].mean())
        assert not wide.path().contains(QPointF(4.0, middle))
        assert "NaN" in hover(plot, 4)


def test_edges_beyond_the_range_end_at_it_and_marks_say_so(show) -> None:
    panel = GradientPanel()
    show(panel, made_up())
    covered = panel.plot.covered
    far = statistics(np.random.default_rng(4).normal(size=(8, 40)) * 1e30, absolute=True)
    run = made_up(g=far)
    panel.show_moment(Moment(run, run.newest))
    assert panel.plot.covered == covered, "a fixed range stays"
    assert (panel.plot.bands[0].edges == covered.high).all()
    assert {(layer, height) for layer, height in panel.plot.lane_points()} == {(float(k), covered.high) for k in range(1, 8)}


@pytest.mark.parametrize("layers", [2, 3])
def test_few_layers_of_one_unit_are_seen(show, layers: int) -> None:
    config = WIDE.replace(layers=layers, width=1, data="function", loss="mse", samples=20)
    panel = GradientPanel()
    moment = show(panel, config)
    across = np.arange(1, layers)
    assert np.array_equal(panel.plot.drawn()[0][0], across)
    np.testing.assert_allclose(panel.plot.bands[0].edges, np.log10([row(moment, "g", name, 1) for name in ("p5", "p95")]), rtol=1e-13)
    box = panel.plot.bands[0].path().boundingRect()
    assert box.width() > 0
    assert box.height() > 0


def test_one_sample_through_layers_of_one_unit_has_a_band_of_no_height(show) -> None:
    config = Config(layers=5, width=1, bias="on", initialization="normal", inputs=(0.5,), targets=(0.2,), epochs=1)
    panel = ActivationPanel()
    moment = show(panel, config)
    assert np.array_equal(panel.plot.bands[0].edges[0], panel.plot.bands[0].edges[1])
    assert np.array_equal(panel.plot.drawn()[0][1], np.abs(row(moment, "h", "p50")))


def test_thousands_of_layers_keep_every_spike_in_a_few_points(show) -> None:
    config = WIDE.replace(layers=6000, width=2)
    values = statistics(np.random.default_rng(6).normal(size=(6000, 12)), absolute=True)
    values[-2:, 1234] = 1e3
    values[STATISTICS.index("p5"), 4321] = 1e-7
    panel = GradientPanel()
    show(panel, made_up(config, g=values))
    wide = panel.plot.bands[0]
    assert len(wide.across) <= 2 * panel.plot.item.vb.width() + 1
    assert wide.edges[1].max() == 3.0
    assert wide.edges[0].min() == -7.0


def test_a_range_of_decades_has_room_for_what_a_wide_network_does(show) -> None:
    units = np.random.default_rng(9).normal(size=(8, 400))
    panels = ActivationPanel(), GradientPanel()
    for panel, room in zip(panels, (6.0, 10.0), strict=True):
        show(panel, made_up(numbers={"h": units, "g": units}))
        panel.choose_scale("decades")
        moment = draw_of(panel, made_up(numbers={"h": units, "g": units}))
        least = np.log10(row(moment, "g", "rms", 1).min())
        assert least - room - 2.0 < panel.plot.covered.low <= least - room, "in steps of two decades at most"
    chain = draw_of(panels[1], record(CHAIN))
    assert panels[1].plot.covered.low <= np.log10(np.abs(chain.frame.g[-1, :, 1:]).min()) - 16.0


def draw_of(panel: Panel, run: Run) -> Moment:
    """The run in a panel that is shown, as another experiment."""
    panel.begin_anew()
    panel.show_moment(moment := Moment(run, run.newest))
    return moment


# percentiles that are not there


def test_without_percentiles_the_line_alone_is_drawn_and_the_title_stays(show) -> None:
    panel = ActivationPanel()
    moment = show(panel, made_up())
    said = panel.plot.item.titleLabel.text
    run = made_up(worked_out=False)
    panel.show_moment(Moment(run, run.newest))
    (across, heights), *more = panel.plot.drawn()
    assert not more
    assert np.array_equal(heights, row(moment, "h", "rms"))
    assert np.array_equal(across, np.arange(8))
    assert not any(band.isVisible() for band in panel.plot.bands)
    assert len(panel.plot.lane_points()) == 0
    assert panel.plot.item.titleLabel.text == said
    lines = hover(panel.plot, 3).split("\n")
    assert lines[:2] == ["layer 3", f"RMS h:  {exact(row(moment, 'h', 'rms')[3])}"]
    assert lines[-1] == NOT_WORKED_OUT
    assert not any("25 %" in line for line in lines)
    panel.show_moment(moment)
    assert_edges(panel.plot, moment, "h", 0, lambda values: values)
    assert panel.plot.item.titleLabel.text == said


def test_a_network_that_is_broken_from_end_to_end_left_nothing_out(show) -> None:
    panel = GradientPanel()
    show(panel, made_up(g=np.full((len(STATISTICS), 8), NAN)))
    assert NOT_WORKED_OUT not in hover(panel.plot, 3)
    assert {layer for layer, _ in panel.plot.lane_points()} == set(range(1, 8))


# the crosshair


def test_the_reading_has_every_number_of_the_layer(show) -> None:
    shares = np.zeros((len(SHARES), 8))
    shares[:3, 5] = 0.25, 0.5, 0.125
    panel = ActivationPanel()
    moment = show(panel, made_up(shares=shares), (1400, 900))
    lines = hover(panel.plot, 5).split("\n")
    assert lines[0] == "layer 5"
    named = dict(line.split(":  ") for line in lines[1:])
    expected = {f"{words} h": name for words, name in (("RMS", "rms"), ("mean", "mean"), ("std", "std"))}
    expected |= {f"{words} h": STATISTICS[place] for place, words in ORDERED.items()}
    assert {words: named[words] for words in expected} == {words: exact(row(moment, "h", name)[5]) for words, name in expected.items()}
    assert (named["saturated"], named["dead units"], named["exactly zero"]) == ("25 %", "50 %", "12.5 %")
    assert not any("saturated" in line for line in hover(panel.plot, 0).split("\n")), "the input is no layer of units"
    panel.choose_scale("decades")
    named = dict(line.split(":  ") for line in hover(panel.plot, 5).split("\n")[1:])
    assert named["25 % |h|"] == exact(row(moment, "size", "p25")[5])
    assert named["mean h"] == exact(row(moment, "size", "mean")[5])


@pytest.mark.parametrize(("size", "digits"), [((1400, 900), "0.1234567890123456"), ((450, 280), "1.235×10⁻¹")])
def test_all_digits_are_given_where_they_cover_less_than_half_of_the_plot(show, size: tuple[int, int], digits: str) -> None:
    panel = ActivationPanel()
    show(panel, made_up(h=np.full((len(STATISTICS), 8), 0.1234567890123456)), size)
    assert f"mean h:  {digits}" in hover(panel.plot, 1).split("\n")
    box, room = panel.plot._label.boundingRect(), panel.plot.item.vb.rect()
    assert box.width() * box.height() <= 0.5 * room.width() * room.height() or digits.endswith("⁻¹")


@pytest.mark.parametrize("size", [(1400, 900), (900, 420), (560, 300), (500, 240), (420, 200)])
def test_the_box_of_numbers_lies_within_the_plot(show, size: tuple[int, int]) -> None:
    panel = ActivationPanel()
    show(panel, WIDE, size)
    for layer in range(WIDE.layers):
        text = hover(panel.plot, layer)
        box, room = panel.plot._label.boundingRect(), panel.plot.item.vb.rect()
        assert box.width() <= room.width()
        assert box.height() <= room.height()
        assert len(text.split("\n")) == (11 if layer == 0 else 14)
        shown = panel.plot._label.textItem.toPlainText()
        assert [line in shown.replace("\xa0", " ") for line in text.split("\n")] == [True] * len(text.split("\n"))


# titles


@pytest.mark.parametrize("width", range(300, 1300, 100))
@pytest.mark.parametrize("kind", [ActivationPanel, GradientPanel, WeightPanel])
def test_the_legend_ends_before_the_buttons(show, kind: type[Panel], width: int) -> None:
    panel = kind()
    show(panel, WIDE, (width, 500))
    for number, plot in enumerate(panel.plots):
        label = plot.item.titleLabel
        ends = label.mapToScene(QPointF(label.item.boundingRect().right(), 0)).x()
        buttons = [panel._buttons[number], *(panel.overlays if number == 0 else [])]
        assert ends <= min(button.x() for button in buttons) or title(plot).split("  ")[0] == title(plot).strip()
        assert plot.subject.symbol in title(plot)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_line_bands_and_ground_can_be_told_apart_in_grey(show, theme: Theme) -> None:
    panel = ActivationPanel()
    show(panel, made_up(numbers={"h": np.random.default_rng(7).normal(size=(8, 400)) + np.zeros((8, 1))}))
    panel.apply_theme(theme)
    panel.plot.item.showGrid(False, False)
    QApplication.processEvents()
    image = panel.grab().toImage()

    def grey(layer: float, height: float) -> int:
        place = panel.plot.item.vb.mapViewToScene(QPointF(layer, height))
        colour = image.pixelColor(place.toPoint())
        return round(0.299 * colour.red() + 0.587 * colour.green() + 0.114 * colour.blue())

    wide, half = panel.plot.bands
    ground = grey(2.5, float(wide.edges[1].max()) + 0.08)
    nine_tenths = grey(2.5, float(wide.edges[1, 2:4].mean() + half.edges[1, 2:4].mean()) / 2)
    both = grey(2.5, float(half.edges[1, 2:4].mean()) / 2)
    assert min(abs(ground - nine_tenths), abs(nine_tenths - both)) >= 12


# theory


def test_theory_of_he_and_relu_keeps_signals_and_gradients(show) -> None:
    config = RELU.replace(layers=12, width=16)
    moment = Moment(record(config), record(config).newest)
    x = float(moment.run.at(0).h[0, RMS, 0])
    np.testing.assert_allclose(moment.expected["h"][:-1], np.log10(x), atol=1e-9)
    np.testing.assert_allclose(moment.expected["dh"][1:-1], 0.0, atol=1e-9)
    np.testing.assert_allclose(moment.expected["g"][1:-1], 0.0, atol=1e-9)
    activations, gradients = ActivationPanel(), GradientPanel()
    show(activations, moment.run)
    np.testing.assert_allclose(activations.plot._ghost.getData()[1][:11], np.log10(x), atol=1e-9)
    assert "theory" in title(activations.plot)
    moment = show(gradients, moment.run)
    np.testing.assert_allclose(gradients.plot._ghost.getData()[1][:10], np.log10(row(moment, "g", "rms")[10]), atol=1e-9)


@pytest.mark.parametrize("changes", [{}, {"normalization": "layer"}, {"activation": "sigmoid", "weight_scale": 4.0}, {"residual": "plain"}], ids=str)
def test_wide_layers_follow_theory(changes: dict[str, object]) -> None:
    config = WIDE.replace(layers=10, width=400, weight_scale=1.5, samples=100, epochs=1).replace(**changes)
    run = record(config)
    moment = Moment(run, run.newest)
    hidden = slice(1, 9)
    np.testing.assert_allclose(np.log10(row(moment, "h", "rms"))[hidden], moment.expected["h"][hidden], atol=0.06)
    for column in ("dh", "g"):
        measured = np.log10(row(moment, column, "rms"), where=np.arange(10) > 0, out=np.zeros(10))
        np.testing.assert_allclose((measured - measured[8])[hidden], moment.expected[column][hidden], atol=0.1)


def test_the_linear_output_has_one_gradient_for_u_and_h() -> None:
    config = WIDE.replace(layers=6, width=300, activation="sigmoid", weight_scale=4.0, epochs=1)
    moment = Moment(run := record(config), run.newest)
    assert np.array_equal(row(moment, "g", "rms")[-1], row(moment, "dh", "rms")[-1])
    slope = np.log10(row(moment, "g", "rms")[4] / row(moment, "dh", "rms")[4])
    assert moment.expected["dh"][-1] - moment.expected["g"][-1] == pytest.approx(slope, abs=0.05)


def test_theory_is_of_the_weights_at_the_start_and_its_backward_line_meets_the_last_hidden_layer(show) -> None:
    run = record(WIDE.replace(learning_rate=1.0, epochs=20))
    first, last = Moment(run, run.at(0)), Moment(run, run.newest)
    assert first.expected is last.expected
    panel = GradientPanel()
    show(panel, run)
    across, heights = panel.plot._ghost.getData()
    assert heights[list(across).index(6)] == pytest.approx(np.log10(row(last, "g", "rms")[6]))
    panel.choice.setCurrentIndex(CHOICES.index("dw"))
    assert not panel.plot._ghost.isVisible()
    assert "theory" not in title(panel.plot)


@pytest.mark.parametrize(
    "config",
    [CHAIN, WIDE.replace(initialization="constant"), WIDE.replace(data="csv", csv_file="nowhere.csv", loss="mse")],
    ids=["chain", "constant", "a table that is gone"],
)
def test_where_theory_has_no_answer_there_is_no_line(config: Config) -> None:
    run = made_up(config) if config.wide else record(config)
    assert Moment(run, run.newest).expected == {}


# one after the other


def test_a_chain_after_a_wide_network_leaves_nothing_over_and_back(open_dashboard) -> None:
    names = ("activations", "gradients", "weights")
    runs = {"chain": record(CHAIN), "wide": record(WIDE)}

    def seen(dashboard: Dashboard, run: Run) -> list[object]:
        dashboard.begin_anew(run.config)
        dashboard.show_run(run, run.newest)
        QApplication.processEvents()
        found: list[object] = []
        for name in names:
            for plot in dashboard.panels[name].plots:
                shown = [(band.isVisible(), band.edges.tolist() if band.isVisible() else None) for band in plot.bands]
                lines = [
                    (np.nan_to_num(heights, nan=-999.0).tolist(), curve.opts["pen"].color().name())
                    for (_, heights), curve in zip(plot.drawn(), plot._curves, strict=True)
                ]
                found.append((shown, lines, title(plot), plot.covered, hover(plot, 3), plot._ghost.isVisible(), plot.lane_points().tolist()))
                plot.hover(None)
        panel = dashboard.panels["gradients"]
        found.append([(panel.choice.itemText(place), panel.choice.model().item(place).isEnabled()) for place in range(5)])
        return found

    fresh = {name: seen(open_dashboard(names, size=(900, 1000)), run) for name, run in runs.items()}
    one = open_dashboard(names, size=(900, 1000))
    for name in ("chain", "wide", "chain", "wide"):
        assert seen(one, runs[name]) == fresh[name], name


def test_end_to_end_is_of_chains_alone(show) -> None:
    panel = GradientPanel()
    show(panel, CHAIN)
    panel.choice.setCurrentIndex(CHOICES.index("end"))
    moment = show(panel, WIDE)
    assert panel.choice.currentData() == "dh"
    assert_edges(panel.plot, moment, "dh", 0, np.log10)
    entry = panel.choice.model().item(CHOICES.index("end"))
    assert not entry.isEnabled()
    assert "chain" in entry.toolTip()
    assert panel.choice.itemText(CHOICES.index("ratio")) == "‖Δw‖/‖w‖"
    show(panel, CHAIN)
    assert panel.choice.model().item(CHOICES.index("end")).isEnabled()
    assert panel.choice.itemText(CHOICES.index("ratio")) == "α dw/w"
    assert len(panel.plot.drawn()) == 2
    assert panel.looked_at == frozenset()


def test_a_wide_network_in_float32_names_its_own_format(show) -> None:
    values = statistics(np.random.default_rng(8).normal(size=(8, 40)), absolute=True)
    values[:, 2] = 1e-40
    panel = GradientPanel()
    show(panel, made_up(WIDE.replace(number_format="float32"), g=values))
    assert panel.plot.own_format == "float32"
    lane = panel.plot.scale.subnormal_lane(panel.plot.covered)
    assert {layer for layer, height in panel.plot.lane_points() if height == lane} == {2}


# pictures


def test_bands_are_vectors_in_a_picture(show, tmp_path: Path) -> None:
    panel = ActivationPanel()
    show(panel, WIDE)
    save_picture(Scene([panel], LIGHT), tmp_path / "bands.svg")
    root = ElementTree.parse(tmp_path / "bands.svg").getroot()
    assert not list(root.iter("{http://www.w3.org/2000/svg}image"))
    filled = [group for group in root.iter() if group.get("fill") == LIGHT.curves[0] and float(group.get("fill-opacity", "1")) < 0.5]
    paths = [path for group in filled for path in group.iter("{http://www.w3.org/2000/svg}path")]
    assert len([path for path in paths if len(re.findall(r"[ML]", path.get("d", ""))) >= 2 * WIDE.layers]) == 2, "the areas of the two bands"
    save_picture(Scene([panel], LIGHT), tmp_path / "bands.pdf")
    assert b"/Subtype /Image" not in (tmp_path / "bands.pdf").read_bytes()


def test_a_click_on_the_scale_shows_what_the_frame_has(show, qtbot) -> None:
    """The frame was drawn for a linear axis: of the sizes there is the root mean square alone."""
    run = made_up()
    sizes = run.newest.size.copy()
    sizes[0, RMS + 1 :] = NAN
    partly = Run(WIDE)
    partly.append(WideFrames(**{**run.newest.columns(), "size": sizes}))
    panel = ActivationPanel()
    show(panel, partly)
    assert panel.plot.bands[0].isVisible()
    qtbot.mouseClick(panel._buttons[0], Qt.MouseButton.LeftButton)
    assert not panel.plot.bands[0].isVisible()
    assert len(panel.plot.drawn()) == 1
    assert NOT_WORKED_OUT in hover(panel.plot, 3)


def test_where_there_is_little_room_the_title_names_theorys_line_before_the_bands(show) -> None:
    panel = GradientPanel()
    show(panel, WIDE.replace(bias="on", layers=20, width=40), (490, 260))
    words = panel.plot._html
    assert "theory" in words
    assert words.index("RMS") < words.index("theory")


def test_where_all_units_are_alike_the_line_of_the_mean_square_lies_on_top(show) -> None:
    panel = ActivationPanel()
    show(panel, made_up(numbers={"h": np.full((8, 40), 0.5)}))
    heights = {STATISTICS[row]: curve.zValue() for curve, row in zip(panel.plots[0]._curves, panel.plots[0].profile.lines, strict=True)}
    assert len(heights) > 2
    assert all(heights["rms"] > height for name, height in heights.items() if name != "rms")
