"""The gradient panel: the gradient that a person chooses, what the number format lost of it, the formats' ends, and theory's line."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import NamedTuple

import numpy as np
import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QApplication, QToolButton

from gradviz import Config, record
from gradviz.core.training import Intervention
from gradviz.runs.moment import Moment
from gradviz.runs.presets import presets
from gradviz.runs.run import Run
from gradviz.ui.plots.format_axis import NAMES_APART
from gradviz.ui.plots.gradients import APART, GradientPanel, GradientPlot
from gradviz.ui.theme import DARK, LIGHT, Theme

Show = Callable[..., Run]
CHOICES = ["du", "dh", "dw", "ratio", "end"]
#: log10 of what one layer passes on at w = 5, and the first ends of the formats, IEEE 754-2019: from the largest number to exactly 0.
FACTOR_AT_5 = np.log10(9.087415532632592e-4)
ENDS = {
    "float64 → 0": -323.306215,
    "float64": -307.652656,
    "float32 → 0": -44.853470,
    "float32": -37.929779,
    "float16 → 0": -7.224720,
    "float16": -4.214420,
    "bfloat16 → 0": -40.036990,
    "bfloat16": -37.929779,
    "float16 → ∞": 4.816480,
    "float32 → ∞": 38.531839,
    "bfloat16 → ∞": 38.530140,
    "float64 → ∞": 308.254716,
}
#: Weights of 5 in float16: from some layer on the stored gradient is exactly 0.
HALF = Config(layers=30, weight_scale=5.0, number_format="float16", epochs=2)


@pytest.fixture
def panel(on_screen) -> GradientPanel:
    """The panel by itself."""
    return on_screen(GradientPanel(), 900, 420)


@pytest.fixture
def show(panel: GradientPanel) -> Show:
    """Draws one epoch of a run, the last one unless another is named, as the first of an experiment."""

    def draw(what: Config | Run, epoch: int | None = None) -> Run:
        run = record(what) if isinstance(what, Config) else what
        frame = run.newest if epoch is None else run.at(epoch)
        panel.begin_anew()
        panel.show_moment(Moment(run, frame))
        QApplication.processEvents()
        return run

    return draw


def choose(panel: GradientPanel, name: str) -> None:
    panel.choice.setCurrentIndex(CHOICES.index(name))


def title(plot: GradientPlot) -> str:
    """The title as it is read."""
    return re.sub(r"<[^>]*>", "", plot.item.titleLabel.text).replace("&nbsp;", " ")


def point_at(plot: GradientPlot, layer: float) -> QPointF:
    low, high = plot.item.vb.viewRange()[1]
    return plot.item.vb.mapViewToScene(QPointF(layer, (low + high) / 2))


def marks(plot: GradientPlot) -> dict[int, list[float]]:
    """The open marks: heights, lowest first, by layer."""
    found: dict[int, list[float]] = {}
    for layer, height in plot.open_marks():
        found.setdefault(int(layer), []).append(float(height))
    return {layer: sorted(heights) for layer, heights in found.items()}


class Exact(NamedTuple):
    """The gradients of a tanh chain with 60 digits and no end of the exponents, by name: (samples, layers); layers without one are 0."""

    du: list[list[Decimal]]
    dh: list[list[Decimal]]
    end: list[list[Decimal]]
    dw: list[list[Decimal]]


def exact_gradients(config: Config, weights: np.ndarray) -> Exact:
    """Backpropagation of a tanh chain in decimal arithmetic."""
    zero, one, two, four = Decimal(0), Decimal(1), Decimal(2), Decimal(4)
    found = Exact([], [], [], [[zero] * config.layers])
    w = [Decimal(float(value)) for value in weights]
    with localcontext() as context:
        context.prec = 60
        for x, y in zip(config.inputs, config.targets, strict=True):
            h, slopes = [Decimal(x)], [zero]
            for k in range(1, config.layers):
                u = w[k] * h[-1]
                e = (-two * abs(u)).exp()
                h.append(((one - e) / (one + e)).copy_sign(u))
                slopes.append(four * e / (one + e) ** 2)
            du, dh, end = ([zero] * config.layers for _ in range(3))
            dh[-1], end[-1] = (h[-1] - Decimal(y)) / len(config.inputs), one
            for k in range(config.layers - 1, 0, -1):
                du[k] = slopes[k] * dh[k]
                dh[k - 1], end[k - 1] = du[k] * w[k], end[k] * slopes[k] * w[k]
                found.dw[0][k] += h[k - 1] * du[k]
            for kept, row in ((found.du, du), (found.dh, dh), (found.end, end)):
                kept.append(row)
    return found


def decades(value: Decimal) -> float:
    return float(abs(value).log10()) if value else -np.inf


def lost_layers(stored: np.ndarray, true: list[list[Decimal]], first: int) -> dict[int, list[float]]:
    """Where a stored number is more than a tenth of a decade off the true one, and the true one's decades, lowest first."""
    found: dict[int, list[float]] = {}
    for row, numbers in zip(stored, true, strict=True):
        for layer in range(first, len(numbers)):
            size = decades(numbers[layer])
            if size != -np.inf and (row[layer] == 0 or abs(np.log10(abs(row[layer])) - size) > 0.1):
                found.setdefault(layer, []).append(size)
    return {layer: sorted(sizes) for layer, sizes in found.items()}


def assert_marks(plot: GradientPlot, expected: dict[int, list[float]]) -> None:
    found = marks(plot)
    assert sorted(found) == sorted(expected)
    for layer, heights in expected.items():
        np.testing.assert_allclose(found[layer], heights, atol=1e-8)


# which gradient


def by_hand(run: Run, epoch: int, learning_rate: float) -> dict[str, np.ndarray]:
    """The five gradients of a tanh chain from one frame's h and w, in numpy: (samples or 1, layers)."""
    frame, config = run.at(epoch), run.config
    h, w = frame.h[0], frame.w[0]
    layers = config.layers
    slopes = 1 - h**2
    du, dh, end = np.zeros_like(h), np.zeros_like(h), np.ones_like(h)
    dh[:, -1] = (h[:, -1] - np.array(config.targets)) / len(h)
    for k in range(layers - 1, 0, -1):
        du[:, k] = slopes[:, k] * dh[:, k]
        dh[:, k - 1] = du[:, k] * w[k]
        end[:, k - 1] = end[:, k] * slopes[:, k] * w[k]
    dw = np.zeros(layers)
    dw[1:] = (h[:, :-1] * du[:, 1:]).sum(axis=0)
    ratio = np.zeros(layers)
    ratio[1:] = learning_rate * dw[1:] / w[1:]
    return {"du": du, "dh": dh, "dw": dw[None], "ratio": ratio[None], "end": end}


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("scale", ["decades", "linear"])
def test_the_curves_are_the_gradient_that_is_chosen(panel, show, name: str, scale: str) -> None:
    choose(panel, name)
    panel.choose_scale(scale)
    run = show(Config(layers=12, weight_scale=1.3, inputs=(0.5, -0.25, 0.8), targets=(0.1, 0.3, -0.9), epochs=6))
    expected = by_hand(run, 5, 0.1)[name]
    first = 0 if name in ("dh", "end") else 1
    assert len(panel.plot.drawn()) == len(expected)
    for (layers, drawn), values in zip(panel.plot.drawn(), expected[:, first:], strict=True):
        assert np.array_equal(layers, np.arange(first, 12))
        np.testing.assert_allclose(drawn, np.log10(np.abs(values)) if scale == "decades" else values, rtol=1e-9, atol=1e-12)


def test_the_ratio_is_worked_out_with_the_learning_rate_in_force(panel) -> None:
    run = record(Config(layers=6, weight_scale=0.9, epochs=6), [Intervention(3, "learning_rate", 25.0)])
    choose(panel, "ratio")
    for epoch, rate in ((2, 0.1), (3, 25.0), (5, 25.0)):
        panel.begin_anew()
        panel.show_moment(Moment(run, run.at(epoch)))
        expected = np.log10(np.abs(rate * run.dw[epoch, 1:] / run.w[epoch, 1:]))
        np.testing.assert_allclose(panel.plot.drawn()[0][1], expected, rtol=1e-12)


WORDS = {
    "du": ("Gradients |g| = |∂C/∂u|", "|g|", "∂C/∂u", True),
    "dh": ("Activation gradients |∂C/∂h|", "|∂C/∂h|", "∂C/∂h", True),
    "dw": ("Weight gradients |dw| = |∂C/∂w|", "|dw|", "∂C/∂w", False),
    "ratio": ("Update / weight |α dw/w|", "|α dw/w|", "α dw/w", False),
    "end": ("End to end |∂h[L]/∂h[k]|", "|∂h[L]/∂h[k]|", "∂h[L]/∂h[k]", True),
}


def test_keys_choose_the_gradient_and_the_title_says_in_words_which(panel, show, qtbot) -> None:
    run = show(presets()["notebook-1b"].config.replace(epochs=2))
    assert [panel.choice.itemText(place) for place in range(5)] == [WORDS[name][2] for name in CHOICES]
    panel.choice.setFocus()
    for place, name in enumerate(CHOICES):
        if place:
            qtbot.keyClick(panel.choice, Qt.Key.Key_Down)
        words, symbol, _, by_sample = WORDS[name]
        assert panel.quantity.name == name
        assert title(panel.plot).startswith(words)
        assert panel.plot.item.getAxis("left").labelText == symbol
        assert ("x = −0.5" in title(panel.plot)) == by_sample
        assert words.partition(" |")[0] in panel.choice.toolTip()
        np.testing.assert_allclose(10 ** panel.plot.drawn()[0][1][-1], np.abs(by_hand(run, 1, 0.1)[name][0, -1]), rtol=1e-6)
    assert panel.choice.accessibleName() == "Which gradient"


def test_another_gradient_has_an_axis_of_its_own_that_nobody_changed(panel, show) -> None:
    show(Config(layers=50, weight_scale=5.0, epochs=1))
    ranges = {}
    for name in [*CHOICES, *CHOICES]:
        choose(panel, name)
        assert "axis" not in title(panel.plot)
        assert ranges.setdefault(name, panel.plot.covered) == panel.plot.covered
    choose(panel, "end")
    low, high = panel.plot.covered
    assert low <= 49 * FACTOR_AT_5 - 16
    assert high >= 1


def test_chosen_between_two_experiments_the_axis_is_the_new_ones(panel, show) -> None:
    small = Config(layers=10, weight_scale=0.9, epochs=1)
    choose(panel, "dh")
    show(small)
    expected = panel.plot.covered
    choose(panel, "du")
    show(Config(layers=200, weight_scale=5.0, epochs=1))
    panel.begin_anew()
    choose(panel, "dh")  # before the first frame of what follows
    run = record(small)
    panel.show_moment(Moment(run, run.newest))
    assert panel.plot.covered == expected


# what the number format lost


def test_in_case_1a_nothing_is_lost_in_float64(panel) -> None:
    run = record(presets()["notebook-1a"].config)
    panel.begin_anew()
    for name in CHOICES:
        choose(panel, name)
        for epoch in (0, 1, 10, 100, 500, 999):
            panel.show_moment(Moment(run, run.at(epoch)))
            assert not marks(panel.plot), (name, epoch)


@pytest.mark.parametrize("name", ["du", "dh", "dw", "end"])
@pytest.mark.parametrize("config", [presets()["underflow"].config.replace(epochs=1), HALF.replace(epochs=1)], ids=["underflow", "float16"])
def test_open_marks_are_the_true_values_where_the_format_lost_them(panel, show, config: Config, name: str) -> None:
    choose(panel, name)
    run = show(config)
    first = 0 if name in ("dh", "end") else 1
    true = getattr(exact_gradients(config, run.w[-1]), name)
    stored = np.zeros((len(true), config.layers))
    for row, (layers, drawn) in zip(stored, panel.plot.drawn(), strict=True):
        row[layers.astype(int)] = np.where(np.isfinite(drawn), 10.0**drawn, 0.0)
    if name in ("du", "dw"):
        np.testing.assert_allclose(stored, np.abs(run.g[-1] if name == "du" else run.dw[-1:]), rtol=1e-11)
    expected = lost_layers(stored, true, first)
    assert len(expected) > 5
    assert_marks(panel.plot, expected)
    low, high = panel.plot.covered
    assert low <= min(map(min, expected.values())) <= high, "the lowest true value has its place too"
    zero = panel.plot.scale.zero_lane(panel.plot.covered)
    in_lane = {int(layer) for layer, height in panel.plot.lane_points() if height == zero}
    assert in_lane == {layer for layer in range(first, config.layers) if not stored[:, layer].all()}, "and the stored zero stands in its lane"


def test_two_thousand_layers_go_down_to_1e_6080(panel, show) -> None:
    config = presets()["deep-2000"].config.replace(epochs=1)
    assert (config.layers, config.weight_scale) == (2000, 5.0)
    run = show(config)
    true = exact_gradients(config, run.w[-1]).du[0]
    assert -6081 < decades(true[1]) < -6079
    found = marks(panel.plot)
    np.testing.assert_allclose(found[1], [decades(true[1])] * 2, atol=1e-6)
    expected = lost_layers(run.g[-1, :1], [true], 1)
    assert min(found) == min(expected)
    assert max(found) == max(expected)
    for layer, heights in found.items():
        np.testing.assert_allclose(heights, expected[layer] * 2, atol=1e-6)
    gaps = np.diff(sorted(found))
    pixels = panel.plot.item.vb.width() / 2000
    assert gaps[1:-1].min() * pixels >= 0.5 * APART
    assert gaps.max() * pixels <= 2 * APART, "close enough to be seen as a line"
    assert panel.plot.covered.low <= -6080


def test_open_marks_are_hollow_and_in_the_colour_of_their_curve(panel, show) -> None:
    show(HALF)
    for theme in (DARK, LIGHT):
        panel.apply_theme(theme)
        assert marks(panel.plot)
        points = panel.plot._open.points()
        assert {point.brush().style() for point in points} == {Qt.BrushStyle.NoBrush}
        assert {point.pen().color().name() for point in points} == set(theme.curves[:2])
        assert {point.symbol() for point in points} == {"o"}


def test_marks_come_and_go_with_the_frames(panel) -> None:
    """A learning rate that throws the weights apart loses gradients; before, none was lost. Far outside the axis a mark stands at its edge."""
    run = record(Config(layers=40, weight_scale=1.0, learning_rate=1e4, epochs=3))
    panel.begin_anew()
    panel.show_moment(Moment(run, run.at(0)))
    assert not marks(panel.plot)
    panel.show_moment(Moment(run, run.at(2)))
    true = exact_gradients(run.config, run.w[2]).du
    expected = lost_layers(run.g[2], true, 1)
    low, high = panel.plot.covered
    assert min(map(min, expected.values())) < low
    assert_marks(panel.plot, {layer: sorted(np.clip(sizes, low, high)) for layer, sizes in expected.items()})
    assert {(spot.pos().y() == low, spot.symbol()) for spot in panel.plot._open.points()} <= {(True, "t"), (False, "o")}
    assert "t" in {spot.symbol() for spot in panel.plot._open.points()}
    panel.show_moment(Moment(run, run.at(0)))
    assert not marks(panel.plot)


def test_a_run_that_left_the_floats_has_no_true_values_and_breaks_nothing(panel) -> None:
    run = record(presets()["explodes"].config)
    panel.begin_anew()
    for name in CHOICES:
        choose(panel, name)
        for frame in (run.at(0), run.newest):
            panel.show_moment(Moment(run, frame))
            assert not panel.grab().isNull()
    choose(panel, "du")
    broken = np.flatnonzero(~np.isfinite(run.g[-1, 0, 1:])) + 1
    assert len(broken)
    lane = panel.plot.scale.broken_lane(panel.plot.covered)
    assert set(broken) <= {int(layer) for layer, height in panel.plot.lane_points() if height == lane}


# hovering


def printed(value: Decimal) -> str:
    """Three digits as a book prints them."""
    digits, _, exponent = f"{value:.2e}".partition("e")
    superscript = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits}×10{superscript}".replace("-", "−")


@pytest.mark.parametrize("name", ["du", "dh", "dw", "end"])
@pytest.mark.parametrize("weight", [5.0, -5.0])
def test_the_crosshair_adds_the_true_value_with_its_sign_where_it_was_lost(panel, show, name: str, weight: float) -> None:
    choose(panel, name)
    config = HALF.replace(weight_scale=weight, inputs=(0.5, -0.25), targets=(-0.5, 0.25), epochs=1)
    run = show(config)
    true = getattr(exact_gradients(config, run.w[-1]), name)
    labels = ["x = 0.5", "x = −0.25"] if name != "dw" else ["dw"]
    signs = set()
    for layer in (3, 4, 9, 29):
        assert panel.plot.hover(point_at(panel.plot, layer))
        lines = panel.plot.reading().split("\n")
        assert lines[0] == f"layer {layer}"
        assert [line.split(":")[0] for line in lines[1 : 1 + len(labels)]] == labels
        added = lines[1 + len(labels) :]
        assert added == ([] if layer == 29 else [f"{label}, true value:  {printed(true[row][layer])}" for row, label in enumerate(labels)])
        signs |= {"−" in line.partition(":")[2].partition("×")[0] for line in added}
    assert len(signs) == 2 or name == "dw" or (name == "end" and weight > 0), "both signs were seen"


def test_the_update_to_weight_ratio_has_a_true_value_too(panel, show) -> None:
    config = HALF.replace(weight_scale=-5.0, inputs=(0.5,), targets=(-0.5,), epochs=1)
    choose(panel, "ratio")
    run = show(config)
    true = [Decimal("0.1") * value / Decimal(-5) for value in exact_gradients(config, run.w[-1]).dw[0]]
    panel.plot.hover(point_at(panel.plot, 9))
    stored, added = panel.plot.reading().split("\n")[1:]
    assert stored == "α dw/w:  0.0" or stored == "α dw/w:  −0.0"
    assert added == f"α dw/w, true value:  {printed(true[9])}"


# the formats' ends


def named(panel: GradientPanel) -> dict[str, float]:
    """The names on the right-hand axis, and where they stand."""
    plot, axis = panel.plot, panel.plot.item.getAxis("right")
    low, high = plot.item.vb.viewRange()[1]
    names = {}
    for spacing, values in axis.tickValues(low, high, plot.item.vb.height()):
        names.update(zip(axis.tickStrings(values, 1.0, spacing), values, strict=True))
    return names


@pytest.mark.parametrize("height", [160, 260, 420, 1200])
@pytest.mark.parametrize("number_format", ["float64", "float32", "float16", "bfloat16"])
@pytest.mark.parametrize("layers", [3, 20, 120])
def test_the_right_hand_axis_names_the_formats_ends(panel, show, height: int, number_format: str, layers: int) -> None:
    panel.resize(900, height)
    show(Config(layers=layers, weight_scale=5.0, number_format=number_format, epochs=1))
    plot = panel.plot
    names = named(panel)
    low, high = plot.covered
    for name, decade in names.items():
        assert decade == pytest.approx(ENDS[name], abs=1e-5)
        assert low <= decade <= high
    view_low, view_high = plot.item.vb.viewRange()[1]
    pixel = (view_high - view_low) / plot.item.vb.height()
    places = np.sort(list(names.values()))
    assert (np.diff(places) >= NAMES_APART * pixel * (1 - 1e-9)).all(), "names that lie on each other cannot be read"
    own = f"{number_format} → 0"
    assert (own in names) == (low <= ENDS[own] <= high), "the run's own format comes first"
    for name, decade in ENDS.items():
        if low <= decade <= high and name not in names:
            assert np.abs(places - decade).min() < NAMES_APART * pixel, f"{name} has room, and is missing"


def test_the_axis_of_formats_follows_the_next_experiment(panel, show) -> None:
    show(HALF.replace(number_format="float32", layers=60))
    assert "float32 → 0" in named(panel)
    show(HALF.replace(number_format="bfloat16", layers=60))
    assert "bfloat16 → 0" in named(panel)


def test_a_line_is_drawn_across_the_plot_at_a_formats_end(panel, show) -> None:
    show(presets()["notebook-1b"].config.replace(epochs=1))
    image = panel.grab().toImage()
    row = [image.pixelColor(*pixel_at(panel, layer, ENDS["float32 → 0"])).name() for layer in np.linspace(5, 60, 80)]
    assert sum(colour != LIGHT.plot for colour in row) > 15, "a dashed line"
    assert sum(colour == LIGHT.plot for colour in row) > 15


def pixel_at(panel: GradientPanel, layer: float, decade: float) -> tuple[int, int]:
    place = panel.mapFromScene(panel.plot.item.vb.mapViewToScene(QPointF(layer, decade)))
    return place.x(), place.y()


# theory's line


def ghost_lines(plot: GradientPlot) -> list[np.ndarray]:
    """Theory's lines as they are drawn: heights by layer, a row each."""
    across, heights = plot._ghost.getData()
    rows = np.split(np.asarray(heights), np.flatnonzero(np.isnan(across)))
    return [row[~np.isnan(row)] for row in rows if not np.isnan(row).all()]


@pytest.mark.parametrize(("name", "drawn"), [("du", True), ("dh", True), ("dw", False), ("ratio", False), ("end", True)])
def test_theorys_line_begins_at_the_last_layer_and_falls_by_theorys_factor(panel, show, name: str, drawn: bool) -> None:
    choose(panel, name)
    config = presets()["notebook-1b"].config.replace(epochs=1)
    run = show(config)
    assert panel.plot._ghost.isVisible() == drawn
    assert ("┈┈ theory" in title(panel.plot)) == drawn
    if not drawn:
        return
    (line,) = ghost_lines(panel.plot)  # both samples' are the same line
    true = getattr(exact_gradients(config, run.w[-1]), name)[0]
    assert line[-1] == pytest.approx(decades(true[-1]), abs=1e-10)
    np.testing.assert_allclose(np.diff(line)[10:], -FACTOR_AT_5, rtol=1e-9)
    measured = np.array([decades(value) for value in true[100 - len(line) :]])
    assert np.abs(line - measured).max() < 0.1, "and it lies on the measured curve, also where the signal has not settled yet"
    assert np.abs(line - measured)[20:].max() < 1e-9


def test_at_weight_1_theorys_line_is_the_power_law(panel, show) -> None:
    choose(panel, "end")
    show(Config(layers=101, epochs=1))
    (line,) = ghost_lines(panel.plot)
    assert line[0] == pytest.approx(-1.8840, abs=0.05)  # theory.md, h_0 = 0.5
    steps = np.diff(line)
    assert steps[0] > 5 * steps[-1] > 0, "it falls ever more slowly towards the output, as no exponential does"


def test_samples_that_go_different_ways_have_a_line_each(panel, show) -> None:
    choose(panel, "end")
    show(Config(layers=30, weight_scale=0.9, inputs=(0.1, 1.5, -1.5), targets=(0.0,) * 3, epochs=1))
    assert len(ghost_lines(panel.plot)) == 2


def test_without_a_closed_form_there_is_no_line_and_the_title_does_not_speak_of_one(panel, show) -> None:
    show(Config(weight_scale=0.9, epochs=1))
    assert "theory" in title(panel.plot)
    show(Config(initialization="normal", weight_scale=3.0, epochs=1))
    assert not panel.plot._ghost.isVisible()
    assert "theory" not in title(panel.plot)
    show(Config(weight_scale=0.9, epochs=1))
    assert panel.plot._ghost.isVisible()
    assert "theory" in title(panel.plot)


def test_theory_of_a_network_without_weight_or_error_breaks_nothing(panel, show) -> None:
    for config in (
        Config(layers=5, weight_scale=0.0, epochs=1),
        Config(layers=2, epochs=1),
        Config(layers=5, inputs=(0.0,), targets=(0.0,), epochs=2),
        Config(layers=5, activation="relu", weight_scale=-1.0, epochs=2),
    ):
        for name in CHOICES:
            choose(panel, name)
            show(config)
            assert not panel.grab().isNull()


# linear


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_linear_scale_shows_stored_numbers_alone(panel, show, qtbot, theme: Theme) -> None:
    panel.apply_theme(theme)
    run = show(HALF)
    plot, right = panel.plot, panel.plot.item.getAxis("right")
    assert marks(plot)
    assert plot._ghost.isVisible()
    assert right.isVisible()
    button = panel.findChild(QToolButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not marks(plot)
    assert not plot._ghost.isVisible()
    assert not right.isVisible()
    assert "theory" not in title(plot)
    for (_, drawn), g in zip(plot.drawn(), run.g[-1], strict=True):
        assert np.array_equal(drawn, g[1:])
    plot.hover(point_at(plot, 5))
    assert "true value" in plot.reading(), "the numbers are told all the same"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert marks(plot)
    assert plot._ghost.isVisible()
    assert right.isVisible()
    assert "theory" in title(plot)


def test_the_list_and_the_button_lie_beside_the_title(panel, show) -> None:
    show(presets()["notebook-1b"].config.replace(epochs=1))
    for width in (430, 500, 900):
        panel.resize(width, 300)
        QApplication.processEvents()
        button = panel.findChild(QToolButton)
        assert button.geometry().right() <= panel.width()
        assert panel.choice.geometry().right() < button.geometry().left()
        words = panel.plot.item.titleLabel.item
        ends = panel.mapFromScene(words.mapToScene(words.boundingRect().topLeft() + QPointF(words.document().idealWidth(), 0))).x()
        assert ends <= panel.choice.geometry().left() + 2
