"""The panel of phi and phi': its curves are the activation's, and every layer's dot stands where the layer works."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF
from PyQt6.QtGui import QColor, QImage
from PyQt6.QtWidgets import QApplication

from gradviz import Config, record
from gradviz.runs.moment import Moment
from gradviz.runs.presets import presets
from gradviz.ui.pictures.files import save_picture
from gradviz.ui.pictures.scenes import Scene
from gradviz.ui.plots.dots import shades
from gradviz.ui.plots.operating import GREATEST_U, MOST_COLUMNS, OperatingPanel, half_range
from gradviz.ui.theme import DARK, LIGHT, Theme

Show = Callable[..., Moment]


def share(u: np.ndarray) -> np.ndarray:
    """Phi(u) of the standard normal distribution."""
    return np.array([(1 + math.erf(value / math.sqrt(2))) / 2 for value in np.ravel(u)]).reshape(np.shape(u))


PHI = {
    "tanh": (np.tanh, lambda u: np.cosh(u) ** -2.0),
    "sigmoid": (lambda u: 1 / (1 + np.exp(-u)), lambda u: np.exp(-u) / (1 + np.exp(-u)) ** 2),
    "relu": (lambda u: np.maximum(u, 0.0), lambda u: (u > 0).astype(float)),
    "identity": (lambda u: u, np.ones_like),
    "softsign": (lambda u: u / (1 + np.abs(u)), lambda u: (1 + np.abs(u)) ** -2.0),
    "leaky_relu": (lambda u: np.where(u > 0, u, 0.01 * u), lambda u: np.where(u > 0, 1.0, 0.01)),
    "elu": (lambda u: np.where(u > 0, u, np.expm1(np.minimum(u, 0))), lambda u: np.where(u > 0, 1.0, np.exp(u))),
    "selu": (
        lambda u: 1.0507009873554805 * np.where(u > 0, u, 1.6732632423543772 * np.expm1(np.minimum(u, 0))),
        lambda u: 1.0507009873554805 * np.where(u > 0, 1.0, 1.6732632423543772 * np.exp(np.minimum(u, 0))),
    ),
    "gelu": (lambda u: u * share(u), lambda u: share(u) + u * np.exp(-u * u / 2) / math.sqrt(2 * math.pi)),
    "silu": (lambda u: u / (1 + np.exp(-u)), lambda u: (1 + np.exp(-u) * (1 + u)) / (1 + np.exp(-u)) ** 2),
}
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
DEAD = Config(layers=30, activation="relu", initialization="normal", seed=3, epochs=1)


@pytest.fixture
def panel(on_screen) -> OperatingPanel:
    """The panel by itself, as small as in the window."""
    return on_screen(OperatingPanel(), 490, 216)


@pytest.fixture
def show(panel: OperatingPanel, draw_anew) -> Show:
    """Draws on this panel."""
    return partial(draw_anew, panel)


def preset(name: str, epochs: int = 2) -> Config:
    return presets()[name].config.replace(epochs=epochs)


def pre_activations(moment: Moment) -> np.ndarray:
    """Every u, from the frame's own arrays: (samples, layers)."""
    return moment.frame.w[-1, 1:] * moment.frame.h[-1, :, :-1]


def plain_title(panel: OperatingPanel) -> str:
    return re.sub(r"<[^>]*>", "", panel.plot.item.titleLabel.text).replace("&nbsp;", " ").replace("\xa0", " ")


def in_pixels(panel: OperatingPanel, points: np.ndarray) -> np.ndarray:
    box = panel.plot.item.vb
    (left, right), (low, high) = box.viewRange()
    return (np.asarray(points) - (left, low)) * (box.width() / (right - left), box.height() / (high - low))


def move_to(panel: OperatingPanel, u: float, height: float, qtbot) -> None:
    where = panel.mapFromScene(panel.plot.item.vb.mapViewToScene(QPointF(u, height)))

    def there() -> bool:
        for aside in (1, 0):  # pyqtgraph takes no more than a hundred moves a second, and none that goes nowhere
            qtbot.mouseMove(panel.viewport(), where + QPoint(aside, 0))
        return bool(panel.plot.reading())

    qtbot.waitUntil(there)


# the curves


@pytest.mark.parametrize("activation", PHI)
def test_the_curves_are_phi_and_its_slope(panel, show, activation: str) -> None:
    show(Config(layers=6, activation=activation, epochs=1))
    (u, slope), (_, phi) = panel.plot.drawn()
    expected_phi, expected_slope = PHI[activation]
    np.testing.assert_allclose(phi, expected_phi(u), atol=1e-15)
    np.testing.assert_allclose(slope, expected_slope(u), atol=1e-15)
    assert (u[0], u[-1]) == (-3.0, 3.0)
    assert 0.0 in u
    low, high = panel.plot.item.vb.viewRange()[1]
    assert low <= min(phi.min(), slope.min())
    assert max(phi.max(), slope.max()) <= high


def test_tanh_has_the_range_of_its_values(panel, show) -> None:
    show(preset("notebook-1b"))
    assert panel.plot.covered == (-1.1, 1.1)


# the dots


@pytest.mark.parametrize("activation", ["gelu", "silu"])
def test_where_phi_falls_the_dots_lie_below_0_and_a_decade_axis_says_that_it_shows_sizes(panel, show, qtbot, activation: str) -> None:
    moment = show(Config(layers=12, activation=activation, weight_scale=-2.5, epochs=1))
    u, (_, slope_at) = pre_activations(moment), PHI[activation]
    assert (slope_at(u) < 0).any(), "the case is about a slope that has turned"
    dots = panel.plot.dots()
    np.testing.assert_allclose(dots[:, 1], slope_at(dots[:, 0]), atol=1e-12)
    assert dots[:, 1].min() < 0
    lowest = dots[np.argmin(dots[:, 1])]
    move_to(panel, *lowest, qtbot)
    assert panel.plot.reading().split("\n")[3].startswith("φ′(u):  −0.")
    assert "|φ′|" not in plain_title(panel)
    panel.choose_scale("decades")
    dots = panel.plot.dots()
    np.testing.assert_allclose(dots[:, 1], np.log10(np.abs(slope_at(dots[:, 0]))), atol=1e-9)
    assert "|φ′|" in plain_title(panel)


@pytest.mark.parametrize("activation", PHI)
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("weight_scale", [0.9, -3.0, 80.0])
def test_the_axes_hold_curves_and_dots_of_every_activation(panel, show, activation: str, log: bool, weight_scale: float) -> None:
    panel.choose_scale("decades" if log else "linear")
    show(Config(layers=10, activation=activation, weight_scale=weight_scale, inputs=(-0.5, 0.5, 0.0), targets=(0.0,) * 3, epochs=1))
    low, high = panel.plot.item.vb.viewRange()[1]
    assert -4000 < low < high < 200
    for _, heights in panel.plot.drawn():
        drawn = heights[np.isfinite(heights)]
        assert len(drawn) >= 90, "half of ReLU is 0, and has no decades"
        assert low <= drawn.min() <= drawn.max() <= high
    assert len(panel.plot.dots()) or len(panel.plot.edge_marks())
    assert np.isfinite(panel.plot.dots()).all()


def test_softsign_has_the_range_of_its_values_and_gelu_that_of_its_curves(panel, show) -> None:
    show(Config(layers=6, activation="softsign", epochs=1))
    assert panel.plot.covered == (-1.1, 1.1)
    show(Config(layers=6, activation="gelu", epochs=1))
    assert -1.0 < panel.plot.covered.low <= -0.17
    assert 3.0 <= panel.plot.covered.high <= 4.0


@pytest.mark.parametrize("name", ["notebook-1a", "notebook-1b", "notebook-1d", "random-weights", "ten-layers", "sigmoid"])
def test_every_layer_has_a_dot_where_it_works(panel, show, name: str) -> None:
    moment = show(preset(name))
    u = pre_activations(moment)
    expected = np.column_stack([u.ravel(), PHI[moment.config.activation][1](u.ravel())])
    dots = panel.plot.dots()
    np.testing.assert_allclose(dots[:, 1], PHI[moment.config.activation][1](dots[:, 0]), atol=1e-12)
    distances = np.linalg.norm(in_pixels(panel, expected)[:, None] - in_pixels(panel, dots)[None], axis=2)
    assert distances.min(axis=1).max() < 7, "no layer is missing"
    assert distances.min(axis=0).max() < 1e-6, "no dot is invented"
    assert dots[:, 0].min() == pytest.approx(u.min(), abs=1e-12)
    assert dots[:, 0].max() == pytest.approx(u.max(), abs=1e-12)


def test_the_three_cases_are_where_the_notebook_says(panel, show) -> None:
    show(preset("notebook-1b"))
    assert panel.plot._whole == (-5.5, 5.5)
    assert np.abs(panel.plot.dots()[:, 0]).max() == pytest.approx(5.0, abs=0.01)
    show(preset("notebook-1d"))
    assert panel.plot._whole == (-3.0, 3.0)
    assert np.abs(panel.plot.dots()[:, 0]).max() < 0.5


@pytest.mark.parametrize("log", [False, True])
def test_thousands_of_layers_are_a_few_hundred_dots(panel, show, log: bool) -> None:
    panel.choose_scale("decades" if log else "linear")
    moment = show(Config(layers=2000, initialization="normal", weight_scale=2.5, seed=2, epochs=1))
    dots, u = panel.plot.dots(), pre_activations(moment)
    assert len(dots) <= MOST_COLUMNS
    assert dots[:, 0].min() == pytest.approx(u.min())
    assert dots[:, 0].max() == pytest.approx(u.max())
    gaps = np.abs(in_pixels(panel, np.column_stack([u.ravel(), 0 * u.ravel()]))[:, None, 0] - in_pixels(panel, dots)[None, :, 0]).min(axis=1)
    assert gaps.max() < 3


def test_dots_that_stand_for_many_layers_are_larger(panel, show) -> None:
    show(preset("notebook-1b"))
    sizes = {pen // len(shades("light")): polygon for pen, polygon in panel.plot._dots._by_pen}
    assert {round(point.x()) for point in (sizes[1].at(0), sizes[1].at(sizes[1].size() - 1))} <= {-5, 5}
    show(preset("ten-layers"))
    assert {pen // len(shades("light")) for pen, _ in panel.plot._dots._by_pen} == {0}


def test_deeper_layers_have_later_colours(panel, show) -> None:
    show(Config(layers=3, weight_scale=1.0, inputs=(2.0,), targets=(0.1,), epochs=1))
    by_colour = [(pen % len(shades("light")), polygon.at(0).x()) for pen, polygon in panel.plot._dots._by_pen]
    assert [u for _, u in sorted(by_colour)] == sorted([u for _, u in by_colour], reverse=True), "u shrinks from layer to layer"
    assert len({shade for shade, _ in by_colour}) == 2
    assert "layer 1" in plain_title(panel)


def test_of_many_samples_twelve_are_drawn_and_the_title_says_so(panel, show) -> None:
    inputs = tuple(np.linspace(-1, 1, 40))
    moment = show(Config(layers=20, inputs=inputs, targets=inputs, epochs=1))
    assert len(panel.plot.u) == 12 * 19
    assert "12 of 40 samples" in plain_title(panel)
    assert np.isin(np.round(panel.plot.u[:12], 9), np.round(pre_activations(moment)[:, 0], 9)).all()


def test_units_that_are_dead_stand_at_zero_and_in_the_lane_of_decades(panel, show) -> None:
    show(DEAD)
    assert (panel.plot.dots()[:, 1] == 0.0).any()
    panel.choose_scale("decades")
    lane = panel.plot.scale.zero_lane(panel.plot.covered)
    assert (panel.plot.dots()[:, 1] == lane).any()
    assert panel.plot.item.vb.viewRange()[1][0] < lane


def test_on_the_tails_the_decade_axis_tells_the_slopes_apart(panel, show) -> None:
    moment = show(preset("notebook-1b"))
    panel.choose_scale("decades")
    dots, u = panel.plot.dots(), pre_activations(moment)
    np.testing.assert_allclose(dots[:, 1], np.log10(np.cosh(dots[:, 0]) ** -2.0), atol=1e-9)
    assert dots[:, 1].min() == pytest.approx(np.log10(np.cosh(u) ** -2.0).min())
    assert "|φ|" in plain_title(panel)
    panel.choose_scale("linear")
    assert "|φ|" not in plain_title(panel)


# the axis of u


@pytest.mark.parametrize(
    ("u", "before", "half"),
    [
        (0.1, None, 3.0),
        (4.99, None, 5.5),
        (5.0, None, 5.5),
        (5.0, 5.5, 5.5),
        (0.1, 5.5, 5.5),
        (5.6, 5.5, 6.5),
        (37.0, None, 45.0),
        (1e9, 3.0, GREATEST_U),
        (math.inf, None, 3.0),
    ],
)
def test_the_axis_is_round_and_grows_only(u: float, before: float | None, half: float) -> None:
    assert half_range(np.array([[-u / 2, u, math.nan]]), before) == pytest.approx(half)


def test_the_axis_does_not_jump_while_training(panel) -> None:
    run = record(Config(epochs=400, learning_rate=1.0))
    halves = []
    for epoch in range(0, 400, 10):
        panel.show_moment(Moment(run, run.at(epoch)))
        halves.append(panel.plot._whole.high)
        assert np.abs(panel.plot.dots()[:, 0]).max() <= halves[-1]
    assert all(before <= after for before, after in itertools.pairwise(halves))
    assert len(set(halves)) <= 5


def test_what_lies_beyond_the_axis_is_marked_at_its_edge(panel, show) -> None:
    moment = show(Config(layers=10, weight_scale=300.0, epochs=1))
    u = pre_activations(moment)
    assert (np.abs(u) > GREATEST_U).all()
    assert sorted(panel.plot.edge_marks()[:, 0]) == [-GREATEST_U, GREATEST_U]
    assert not len(panel.plot.dots())
    show(preset("notebook-1a"))
    assert not len(panel.plot.edge_marks())
    assert len(panel.plot.dots())


def test_a_pre_activation_that_is_no_number_is_counted_in_the_title(panel) -> None:
    run = record(Config(layers=8, epochs=1))
    broken = run.newest.w.copy()
    broken[-1, 6] = np.nan
    panel.show_moment(Moment(run, type(run.newest)(**{**run.newest.columns(), "w": broken})))
    nan = int(np.isnan(panel.plot.u).sum())
    assert nan >= 2
    assert f"{nan} NaN" in plain_title(panel)
    panel.show_moment(Moment(run, run.newest))
    assert "NaN" not in plain_title(panel)


def test_the_decade_axis_keeps_the_range_it_begins_with_and_marks_what_leaves_it(panel) -> None:
    panel.choose_scale("decades")
    run = record(Config(layers=12, epochs=1))

    def at(weight: float) -> Moment:
        weights = np.append(0.0, np.full(11, weight))[None]
        return Moment(run, type(run.newest)(**{**run.newest.columns(), "w": weights}))

    panel.show_moment(at(1.0))
    begun = panel.plot.covered
    assert begun.low <= -4
    panel.show_moment(at(30.0))
    assert panel.plot.covered == begun
    beneath = panel.plot.slope < begun.low
    assert beneath.sum() >= 20, "the case is about dots below the axis"
    dots, marks = panel.plot.dots(), panel.plot.edge_marks()
    assert (dots[:, 1] >= begun.low).all()
    assert len(dots) + beneath.sum() >= len(panel.plot.u)
    assert set(marks[:, 1]) == {begun.low}
    gaps = np.abs(in_pixels(panel, np.column_stack([panel.plot.u[beneath], 0 * panel.plot.u[beneath]]))[:, None, 0] - in_pixels(panel, marks)[None, :, 0])
    assert gaps.min(axis=1).max() < 9
    panel.plot.epoch = 7
    panel.resize(900, 400)
    panel.reset_view()
    assert panel.plot.covered.low <= panel.plot.slope.min()
    assert not len(panel.plot.edge_marks())
    assert "axis chosen anew at epoch 7" in plain_title(panel)


# reading


@pytest.mark.parametrize("layer", [1, 2, 9])
def test_the_mouse_on_a_dot_reads_its_layer_exactly(panel, show, qtbot, layer: int) -> None:
    moment = show(preset("ten-layers"))
    u = moment.frame.w[-1, layer] * moment.frame.h[-1, 0, layer - 1]
    move_to(panel, u, 1 / math.cosh(u) ** 2, qtbot)
    lines = panel.plot.reading().split("\n")
    assert lines[0] == f"layer {layer}, x = −0.5"
    numbers = [float(line.split(":")[1].strip().replace("−", "-")) for line in lines[1:4]]
    assert numbers == pytest.approx([u, math.tanh(u), 1 / math.cosh(u) ** 2], rel=1e-15)
    assert panel.plot._label.isVisible()
    assert panel.plot._label.toPlainText() == panel.plot.reading()


def test_where_many_layers_work_the_reading_says_how_many(panel, show, qtbot) -> None:
    show(preset("notebook-1b"))
    move_to(panel, 5.0, 0.0, qtbot)
    assert panel.plot.reading().split("\n")[-1] == "98 layers here, 2 to 99"


def test_a_slope_below_every_float_is_read_all_the_same(panel, show, qtbot) -> None:
    show(Config(layers=4, weight_scale=900.0, epochs=1))
    move_to(panel, GREATEST_U, 0.0, qtbot)
    slope = 4 * Decimal(-900).exp()  # of layer 1, where u = 450
    digits, exponent = f"{slope:.2e}".split("e")
    assert panel.plot.reading().split("\n")[3] == f"φ′(u):  {digits}×10{exponent.translate(SUPERSCRIPTS)}"


def test_the_reading_follows_the_training_and_goes_with_the_mouse(panel, qtbot) -> None:
    run = record(Config(epochs=60, learning_rate=1.0))
    panel.show_moment(Moment(run, run.at(0)))
    move_to(panel, -0.5, 0.8, qtbot)
    before = panel.plot.reading()
    panel.show_moment(Moment(run, run.at(59)))
    assert panel.plot.reading() != before
    assert panel.plot._label.toPlainText() == panel.plot.reading()
    panel.plot.hover(None)
    assert not panel.plot.reading()
    assert not panel.plot._ring.isVisible()


def test_zooming_in_tells_dots_apart(panel, show) -> None:
    show(preset("notebook-1a"))
    before = len(panel.plot.dots())
    panel.plot.item.vb.setXRange(0.1, 0.3, padding=0)
    QApplication.processEvents()
    assert len(panel.plot.dots()) > before


# the look


def luminance(colour: str) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in QColor(colour).getRgbF()[:3]]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_every_depth_contrasts_with_the_ground(theme: Theme) -> None:
    ground = luminance(theme.plot)
    for colour in shades(theme.name):
        lighter, darker = sorted([luminance(colour), ground], reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 2.9, colour
    assert len(set(shades(theme.name))) == len(shades(theme.name))


def pixels_near(image: QImage, colour: str, distance: int = 16) -> int:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits().asarray(image.sizeInBytes()), np.uint8).reshape(image.height(), -1, 4)[:, : image.width(), 2::-1].astype(int)
    return int((np.abs(pixels - [int(colour[place : place + 2], 16) for place in (1, 3, 5)]).max(axis=2) <= distance).sum())


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("size", [(240, 140), (490, 216), (900, 500)])
def test_dots_are_seen_and_the_title_does_not_run_under_the_button(panel, show, theme: Theme, size: tuple[int, int]) -> None:
    panel.apply_theme(theme)
    panel.resize(*size)
    show(preset("notebook-1b"))
    assert pixels_near(panel.grab().toImage(), shades(theme.name)[-1]) > 10
    title = panel.plot.item.titleLabel.item.boundingRect().width() + panel.plot.item.vb.sceneBoundingRect().left()
    assert title <= panel._buttons[0].x() + 6


@pytest.mark.parametrize("log", [False, True])
def test_a_small_panel_keeps_its_legend(panel, show, log: bool) -> None:
    panel.resize(330, 150)
    panel.choose_scale("decades" if log else "linear")
    show(preset("notebook-1b"))
    words = plain_title(panel).split()
    assert words[:4] == ["━━", "φ′", "╍╍", "|φ|" if log else "φ"]
    assert words[4] == "1"
    assert words[-1] == "99"


@pytest.mark.parametrize("height", [140, 150, 216])
@pytest.mark.parametrize("above", [0.0, 0.9])
def test_the_reading_is_whole_within_the_plot(panel, show, qtbot, height: int, above: float) -> None:
    panel.resize(330, height)
    show(preset("notebook-1b"))
    move_to(panel, 5.0, above, qtbot)
    box = panel.plot._label.mapToScene(panel.plot._label.boundingRect()).boundingRect()
    assert panel.plot.item.vb.sceneBoundingRect().adjusted(-1, -1, 1, 1).contains(box)
    lines = panel.plot._label.toPlainText().split("\n")
    assert lines[0].startswith("layer ")
    assert lines[-1] == "98 layers here, 2 to 99"


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
@pytest.mark.parametrize("config", [presets()["notebook-1b"].config.replace(epochs=2), DEAD, Config(layers=2000, weight_scale=5.0, epochs=1)])
def test_pictures_of_it_are_written(panel, show, tmp_path: Path, ending: str, config: Config) -> None:
    show(config)
    path = tmp_path / f"phi{ending}"
    save_picture(Scene([panel], LIGHT), path)
    assert path.stat().st_size > 4000
    if ending == ".png":
        image = QImage(str(path))
        assert (image.width(), image.height()) == (980, 432)
        assert pixels_near(image, shades("light")[-1]) > 40
    elif ending == ".svg":
        assert shades("light")[-1] in path.read_text(encoding="utf-8")
