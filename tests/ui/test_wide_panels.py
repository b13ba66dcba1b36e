"""Panels of a wide network: what the heat map, the way back, the dots on phi, the cost and its numbers hold is what the frames hold."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pytest
from PyQt6.QtCore import QPointF
from PyQt6.QtWidgets import QApplication

from gradviz import Config, record
from gradviz.core.frames import SHARES, STATISTICS, Ask, WideFrames
from gradviz.core.wide_evidence import back_parts
from gradviz.runs.moment import Moment
from gradviz.runs.run import Run, training
from gradviz.ui.panels.cost import CostNumbers
from gradviz.ui.plots.cost import CostPanel
from gradviz.ui.plots.dashboard import USUAL
from gradviz.ui.plots.heat_image import COLOURS, ZERO
from gradviz.ui.plots.heatmap import HeatMapPanel
from gradviz.ui.plots.kinds import WIDE_KINDS
from gradviz.ui.plots.operating import OperatingPanel
from gradviz.ui.plots.plot import Plot
from gradviz.ui.plots.scales import exact
from gradviz.ui.plots.way_back import kinds_of
from gradviz.ui.plots.why import WhyPanel

MOONS = Config(layers=9, width=7, initialization="normal", data="moons", samples=60, loss="cross_entropy", test_share=0.2, epochs=12, seed=3)
NORMALIZED = MOONS.replace(activation="relu", normalization="batch", bias="on", initialization="he")
RESIDUAL = MOONS.replace(residual="plain")
NUMBERS = MOONS.replace(data="function", loss="mse", activation="gelu", weight_scale=2.0)
NETS = {"moons": MOONS, "normalized": NORMALIZED, "residual": RESIDUAL, "numbers": NUMBERS}
CHAIN = Config(layers=9, epochs=12)
ROW = {name: row for row, name in enumerate(STATISTICS)}
#: What stands between the norms of a layer, in the order of WIDE_KINDS.
SATURATION, NORMALIZATION, WEIGHTS, SKIP = range(len(WIDE_KINDS))


@cache
def run_of(config: Config) -> Run:
    return record(config)


@pytest.fixture(params=NETS)
def run(request: pytest.FixtureRequest) -> Run:
    """A few epochs of each kind of wide network."""
    return run_of(NETS[request.param])


def rarely_looked_at(config: Config) -> Run:
    """A run none of whose frames has percentiles, but the first and the last."""
    run, trained = Run(config), training(config)
    run.append(next(trained))
    while run.ending is None:
        run.append(trained.send(Ask(1, looked_at=frozenset())))
    return run


def plain(text: str) -> str:
    return re.sub(r"<[^>]*>", "", text).replace("&nbsp;", " ").replace("\xa0", " ")


def title(plot: Plot) -> str:
    return plain(plot.item.titleLabel.text)


def wide_frame(moment: Moment) -> WideFrames:
    assert isinstance(moment.frame, WideFrames)
    return moment.frame


# layer by epoch


def rms_by_epoch(run: Run, name: str) -> np.ndarray:
    """What the heat map should show, in decades, (layers, epochs)."""
    column = {"factor": "g"}.get(name, name)
    with np.errstate(divide="ignore"):
        found = np.log10(getattr(run.frames, column)[:, ROW["rms"]]).T
    return found[1:-1] - found[2:] if name == "factor" else found[0 if name == "h" else 1 :]


@pytest.mark.parametrize("name", ["g", "h", "dw", "factor"])
def test_the_cells_are_the_decades_of_the_root_mean_squares(on_screen, draw_anew, run: Run, name: str) -> None:
    panel = on_screen(HeatMapPanel(), 500, 220)
    draw_anew(panel, run)
    panel.choice.setCurrentIndex(panel.choice.findData(name))
    image = panel.plot.image
    assert image is not None
    low, high = image.scale
    expected = rms_by_epoch(run, name)
    assert np.isfinite(expected).all()
    assert ((low <= expected) & (expected <= high)).all(), "these runs have no value outside the scale"
    steps = np.minimum(np.floor((expected - low) / (high - low) * COLOURS), COLOURS - 1)
    shown = image.codes.astype(int) - 1
    assert shown.shape == expected.shape
    np.testing.assert_allclose(shown, steps, atol=1)  # the last digit may decide between two steps
    assert (shown == steps).mean() > 0.99
    assert title(panel.plot).startswith(panel.quantity.formula)
    assert "x =" not in title(panel.plot)


def test_a_gradient_that_is_exactly_zero_has_its_lane(on_screen, draw_anew) -> None:
    """SkipInit's branches pass nothing at first: dC/du is exactly 0 in every residual layer of epoch 0, and nowhere later."""
    panel = on_screen(HeatMapPanel(), 500, 220)
    moment = draw_anew(panel, MOONS.replace(residual="skipinit"))
    g = moment.run.frames.g[:, ROW["rms"], 1:].T
    assert (g == 0.0).any()
    assert np.array_equal(panel.plot.image.codes == ZERO, g == 0.0)


def test_a_pinned_cell_has_the_exact_numbers(on_screen, draw_anew) -> None:
    panel = on_screen(HeatMapPanel(), 500, 220)
    frame = wide_frame(draw_anew(panel, run_of(MOONS)))
    panel._pin(MOONS.epochs - 1, 4)
    lines = panel.plot.pinned_text.split("\n")
    assert lines[0] == f"epoch {MOONS.epochs - 1}, layer 4"
    g = frame.g[-1, :, 4]
    assert lines[1:4] == [f"rms g = {exact(g[ROW['rms']])}", f"median |g| = {exact(g[ROW['p50']])}", f"max |g| = {exact(g[ROW['max']])}"]
    assert lines[4:] == [f"rms {name} = {exact(getattr(frame, name)[-1, ROW['rms'], 4])}" for name in ("h", "dw", "w")]


def test_the_spread_of_activations_is_that_of_their_sizes(on_screen, draw_anew) -> None:
    """h itself has signs: its greatest is not that of |h|."""
    panel = on_screen(HeatMapPanel(), 500, 220)
    frame = wide_frame(draw_anew(panel, run_of(MOONS)))
    panel.choice.setCurrentIndex(panel.choice.findData("h"))
    panel._pin(MOONS.epochs - 1, 4)
    assert f"max |h| = {exact(frame.size[-1, ROW['max'], 4])}" in panel.plot.pinned_text
    assert f"median |h| = {exact(frame.size[-1, ROW['p50'], 4])}" in panel.plot.pinned_text


def test_a_pinned_cell_says_where_the_spread_is_not_known(on_screen, draw_anew) -> None:
    panel = on_screen(HeatMapPanel(), 500, 220)
    draw_anew(panel, rarely_looked_at(MOONS))
    panel._pin(5, 4)
    assert "rms g = " in panel.plot.pinned_text
    assert "median and max were not worked out at this epoch" in panel.plot.pinned_text
    assert "NaN" not in panel.plot.pinned_text
    panel._pin(0, 4)
    assert "median |g| = " in panel.plot.pinned_text


# why


def parts_by_hand(frame: WideFrames, config: Config) -> np.ndarray:
    """Decades that each step adds on the way back through layers 1 to l - 1, from the norms: (4, l - 1)."""
    dh, du, dz, back = np.log10(frame.norms[-1][:, 1:])
    before = np.log10(frame.norms[-1, 0, :-1])
    return np.array([du - dh, dz - du, back - dz, before - back])[kinds_of(config)]


def heights(outline: tuple[np.ndarray, np.ndarray] | tuple[None, None], layers: int) -> np.ndarray:
    """An area's height at each layer; 0 where it was never drawn."""
    across, tops = outline
    return np.zeros(layers) if across is None or not len(across) else tops[::2]


def test_the_stacks_are_the_measured_parts_and_their_running_sum_is_the_norm(on_screen, draw_anew, run: Run) -> None:
    panel = on_screen(WhyPanel(), 490, 260)
    frame = wide_frame(draw_anew(panel, run))
    config, layers = run.config, run.config.layers - 1
    parts = parts_by_hand(frame, config)
    assert [kind.symbol for kind in panel.factors.kinds] == [
        "φ′",
        *["N′"] * (config.normalization != "none"),
        "Wᵀ",
        *["skip"] * (config.residual != "none"),
    ]
    lost, gained = np.zeros(layers), np.zeros(layers)
    for part, pair in zip(parts, panel.factors.stacks(), strict=True):
        lost, gained = lost + np.minimum(part, 0.0), gained + np.maximum(part, 0.0)
        np.testing.assert_allclose(heights(pair[0], layers), lost, atol=1e-9)
        np.testing.assert_allclose(heights(pair[1], layers), gained, atol=1e-9)
    norms = np.log10(frame.norms[-1, 0])
    np.testing.assert_allclose(panel.factors.drawn()[0][1][::2], norms[:-1] - norms[1:], atol=1e-9)
    across, total = panel.sums.drawn()[0]
    assert np.array_equal(across, np.arange(1, config.layers))
    np.testing.assert_allclose(total, norms[:-1], atol=1e-12)


def test_each_kind_alone_and_the_error_make_the_whole(on_screen, draw_anew) -> None:
    panel = on_screen(WhyPanel(), 490, 260)
    frame = wide_frame(draw_anew(panel, run_of(NORMALIZED)))
    (_, total), *alone = panel.sums.drawn()
    assert len(alone) == 3
    np.testing.assert_allclose(sum(curve for _, curve in alone) + math.log10(frame.norms[-1, 0, -1]), total, atol=1e-9)


def test_where_skips_go_around_layers_no_kind_has_a_product_of_its_own(on_screen, draw_anew) -> None:
    panel = on_screen(WhyPanel(), 490, 260)
    draw_anew(panel, run_of(RESIDUAL))
    assert len(panel.sums.drawn()) == 1


@pytest.mark.parametrize(("residual", "kind"), [("fixup", WEIGHTS), ("skipinit", SATURATION)])
def test_a_branch_that_passes_exactly_zero_is_marked_and_the_skip_has_all_of_the_step(on_screen, draw_anew, residual: str, kind: int) -> None:
    config = MOONS.replace(residual=residual, bias="on", epochs=1)
    panel = on_screen(WhyPanel(), 490, 260)
    frame = wide_frame(draw_anew(panel, config))
    parts = back_parts(frame)
    norms = np.log10(frame.norms[-1, 0])
    np.testing.assert_allclose(parts[:, 1:].sum(axis=0), norms[:-1] - norms[1:], atol=1e-12)
    assert np.isfinite(parts).all()
    residual_layers = set(range(2, config.layers - 1))
    assert set(panel.factors.lane_points()[:, 0]) == residual_layers
    assert panel.factors._axis._tickLevels[0][-1][1] == WIDE_KINDS[kind].zero
    panel._point_at(panel.factors.item.vb.mapViewToScene(QPointF(4.0, 0.0)))
    assert panel.box.text().endswith(f"{WIDE_KINDS[kind].zero}, exactly: only the skip passes something on")


def dead(config: Config) -> Config:
    """Unit after unit of a narrow net of ReLU dies: from some layer on nothing comes back."""
    return config.replace(activation="relu", layers=40, width=2, epochs=1, seed=0)


def test_a_dead_layer_stands_in_the_lane_of_zeros(on_screen, draw_anew) -> None:
    panel = on_screen(WhyPanel(), 490, 260)
    frame = wide_frame(draw_anew(panel, dead(MOONS)))
    dh = frame.norms[-1, 0]
    assert (dh[:-1] == 0.0).any()
    across, total = panel.sums.drawn()[0]
    assert np.array_equal(np.isnan(total), dh[:-1] == 0.0)
    zeros = panel.sums.lane_points()
    assert set(across[dh[:-1] == 0.0]) <= set(zeros[:, 0])


def test_the_text_under_the_mouse_is_the_layers_equation(on_screen, draw_anew) -> None:
    panel = on_screen(WhyPanel(), 490, 260)
    frame = wide_frame(draw_anew(panel, run_of(NORMALIZED)))
    panel._point_at(panel.factors.item.vb.mapViewToScene(QPointF(4.2, 0.0)))
    symbols, numbers, decades = panel.box.text().split("\n")
    assert symbols == "‖∂C/∂h[3]‖ = ‖W[4]ᵀ N′[4] (φ′(u[4]) ∂C/∂h[4])‖"
    dh, du, dz, back = frame.norms[-1][:, 4]
    whole, product = numbers.split(" = ")
    values = [float(re.sub(r" \(.*", "", factor)) for factor in product.split(" · ")]
    np.testing.assert_allclose(values, [du / dh, dz / du, back / dz, dh], rtol=6e-3)
    assert float(whole) == pytest.approx(frame.norms[-1, 0, 3], rel=6e-3)
    assert [name in decades for name in ("(φ′)", "(N′)", "(Wᵀ)", "skip")] == [True, True, True, False]
    panel._point_at(panel.factors.item.vb.mapViewToScene(QPointF(8.0, 0.0)))
    assert panel.box.text().startswith("‖∂C/∂h[7]‖ = ‖W[8]ᵀ ∂C/∂h[8]‖\n"), "the last layer is linear and has no normalization"


def test_the_skip_is_in_the_equation(on_screen, draw_anew) -> None:
    panel = on_screen(WhyPanel(), 490, 260)
    draw_anew(panel, run_of(RESIDUAL))
    panel._point_at(panel.factors.item.vb.mapViewToScene(QPointF(4.0, 0.0)))
    assert panel.box.text().startswith("‖∂C/∂h[3]‖ = ‖W[4]ᵀ (φ′(u[4]) ∂C/∂h[4]) + ∂C/∂h[4]‖\n")
    panel._point_at(panel.factors.item.vb.mapViewToScene(QPointF(1.0, 0.0)))
    assert panel.box.text().startswith("‖∂C/∂h[0]‖ = ‖W[1]ᵀ (φ′(u[1]) ∂C/∂h[1])‖\n")


def test_weight_gradients_are_taken_apart_in_a_chain_only(on_screen, draw_anew) -> None:
    panel = on_screen(WhyPanel(), 490, 260)
    draw_anew(panel, CHAIN)
    panel.choose("dw")
    draw_anew(panel, run_of(MOONS))
    assert panel.choice.currentText() == "for ∂C/∂h"
    assert not panel.choice.model().item(1).isEnabled()
    assert "Only a chain" in panel.choice.toolTip()
    draw_anew(panel, CHAIN)
    assert panel.choice.currentText() == "for ∂C/∂u"
    assert panel.choice.model().item(1).isEnabled()
    assert "Only a chain" not in panel.choice.toolTip()


# phi


def test_the_dots_are_three_percentiles_of_each_layer(on_screen, draw_anew) -> None:
    panel = on_screen(OperatingPanel(), 480, 240)
    frame = wide_frame(draw_anew(panel, run_of(MOONS)))
    u = frame.u[-1][[ROW["p5"], ROW["p50"], ROW["p95"]], 1:-1]  # the last layer is linear
    np.testing.assert_array_equal(panel.plot.u.reshape(-1, 3).T, u)
    np.testing.assert_allclose(panel.plot.slope.reshape(-1, 3).T, np.log10(np.cosh(u) ** -2.0), atol=1e-12)
    assert list(panel.plot.samples) == ["5th percentile", "median", "95th percentile"]
    assert "5 %, 50 %, 95 % of u" in title(panel.plot)
    dots = panel.plot.dots()
    np.testing.assert_allclose(dots[:, 1], np.cosh(dots[:, 0]) ** -2.0, atol=1e-12)


def test_the_reading_names_the_layer_and_the_percentile(on_screen, draw_anew) -> None:
    panel = on_screen(OperatingPanel(), 480, 240)
    frame = wide_frame(draw_anew(panel, run_of(MOONS)))
    least = int(np.argmin(frame.u[-1, ROW["p5"], 1:-1])) + 1
    u = float(frame.u[-1, ROW["p5"], least])
    panel.plot.hover(panel.plot.item.vb.mapViewToScene(QPointF(u, math.cosh(u) ** -2.0)))
    lines = panel.plot.reading().split("\n")
    assert lines[:2] == [f"layer {least}, 5th percentile", f"u:  {exact(u)}"]


def test_without_percentiles_the_root_mean_square_stands_on_both_sides(on_screen) -> None:
    run = rarely_looked_at(MOONS)
    panel = on_screen(OperatingPanel(), 480, 240)
    moment = Moment(run, run.at(5))
    panel.begin_anew()
    panel.show_moment(moment)
    rms = moment.frame.u[-1, ROW["rms"], 1:-1]
    np.testing.assert_array_equal(panel.plot.u.reshape(-1, 2).T, [-rms, rms])
    assert "±RMS of u" in title(panel.plot)


def test_where_phi_falls_its_slope_is_negative(on_screen, draw_anew) -> None:
    panel = on_screen(OperatingPanel(), 480, 240)
    draw_anew(panel, run_of(NUMBERS))
    dots = panel.plot.dots()
    slope = [0.5 * math.erfc(-u / math.sqrt(2.0)) + u * math.exp(-u * u / 2.0) / math.sqrt(2.0 * math.pi) for u in dots[:, 0]]
    np.testing.assert_allclose(dots[:, 1], slope, atol=1e-12)
    assert (dots[:, 1] < -0.01).any(), "some layer works where gelu falls"


# cost


def test_cost_and_accuracy_are_those_of_every_observed_epoch(on_screen, draw_anew) -> None:
    panel = on_screen(CostPanel(), 480, 300)
    run = draw_anew(panel, run_of(MOONS)).run
    for plot, names, unit in ((panel.plot, ("cost", "test_cost"), 1.0), (panel.accuracy, ("accuracy", "test_accuracy"), 100.0)):
        assert plot.item.isVisible()
        assert plot.labels == ("training", "test")
        for name, (across, values) in zip(names, plot.drawn(), strict=True):
            assert np.array_equal(across, run.epoch)
            np.testing.assert_array_equal(values, unit * run.score(name))
        assert plot.item.vb.viewRange()[0] == pytest.approx([-0.01 * MOONS.epochs, 1.01 * MOONS.epochs])
    assert title(panel.plot).startswith("Cost C = −1/m Σ log p")
    assert not panel.choice.isVisible()


def test_without_a_test_there_is_one_curve_and_without_classes_no_accuracy(on_screen, draw_anew) -> None:
    panel = on_screen(CostPanel(), 480, 300)
    draw_anew(panel, MOONS.replace(test_share=0.0))
    assert (panel.plot.labels, panel.accuracy.labels) == (("C",), ("%",))
    assert len(panel.plot.drawn()) == len(panel.accuracy.drawn()) == 1
    draw_anew(panel, run_of(NUMBERS))
    assert panel.plot.labels == ("training", "test")
    assert not panel.accuracy.item.isVisible()
    assert title(panel.plot).startswith("Cost C = 1/(2m) Σ (y − h)²")


def test_in_a_low_panel_a_person_chooses_cost_or_accuracy(on_screen, draw_anew) -> None:
    panel = on_screen(CostPanel(), 480, 170)
    draw_anew(panel, run_of(MOONS))
    assert panel.choice.isVisible()
    for chosen, other in ((0, 1), (1, 0)):
        panel.choice.setCurrentIndex(chosen)
        QApplication.processEvents()
        assert panel.plots[chosen].item.isVisible()
        assert not panel.plots[other].item.isVisible()
        assert panel.plots[chosen].item.vb.height() > 80
        assert panel.plots[chosen].item.vb.viewRange()[0] == pytest.approx([-0.01 * MOONS.epochs, 1.01 * MOONS.epochs])
    assert panel._buttons[0].isHidden(), "accuracy has no decades"


def test_both_plots_zoom_into_the_same_epochs(on_screen, draw_anew) -> None:
    panel = on_screen(CostPanel(), 480, 300)
    moment = draw_anew(panel, run_of(MOONS))
    panel.accuracy.item.vb.setXRange(2.0, 5.0, padding=0)
    panel.accuracy.item.vb.sigRangeChangedManually.emit([True, True])
    panel.show_moment(moment)
    for plot in panel.plots:
        assert plot.item.vb.viewRange()[0] == pytest.approx([2.0, 5.0])
    panel.reset_view()
    for plot in panel.plots:
        assert plot.item.vb.viewRange()[0] == pytest.approx([-0.01 * MOONS.epochs, 1.01 * MOONS.epochs])


def test_of_a_long_run_every_spike_of_every_score_is_drawn(on_screen) -> None:
    """Curves share their epochs, and each keeps its own extremes with the others' true values there."""
    config = MOONS.replace(epochs=40_000)
    epochs = np.arange(40_000)
    scores = {name: 0.5 + 0.1 * np.sin(epochs / (100.0 + place)) for place, name in enumerate(WideFrames.SCORES)}
    spikes = dict(zip(WideFrames.SCORES, (7_777, 15_001, 23_456, 39_001), strict=True))
    for name, place in spikes.items():
        scores[name][place] = 0.9
    frame = run_of(MOONS).newest.columns() | {"epoch": np.array([39_999])}
    run = Run.restored(config, WideFrames(**frame), {"epoch": epochs, **scores}, [], None, 1, 40_000)
    panel = on_screen(CostPanel(), 480, 300)
    panel.begin_anew()
    panel.show_moment(Moment(run, run.newest))
    assert len(panel.plot.across) < 40_000
    for plot, names, unit in ((panel.plot, ("cost", "test_cost"), 1.0), (panel.accuracy, ("accuracy", "test_accuracy"), 100.0)):
        for name, held, (_, drawn) in zip(names, plot.values, plot.drawn(), strict=True):
            np.testing.assert_array_equal(held, unit * scores[name][plot.across.astype(int)])
            assert spikes[name] in plot.across
            assert np.nanmax(drawn) == unit * 0.9


# cost in numbers


@pytest.fixture
def numbers(qtbot) -> Iterator[CostNumbers]:
    """The numbers by themselves."""
    made = CostNumbers()
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def visible_rows(numbers: CostNumbers) -> list[str]:
    return [name for name, label in numbers.more.items() if label.isVisible()]


def test_the_numbers_are_the_frames(numbers: CostNumbers) -> None:
    run = run_of(MOONS)
    numbers.begin_anew()
    numbers.show_run(run, run.at(7))
    assert visible_rows(numbers) == ["test_cost", "accuracy", "test_accuracy"]
    for name, label in numbers.more.items():
        assert label.toolTip() == exact(run.score(name)[7])
        assert label.text().endswith("at epoch 7")
    assert float(numbers.more["accuracy"].text().split(" %")[0]) == pytest.approx(100 * run.score("accuracy")[7], abs=0.01)
    assert numbers.best.toolTip() == exact(run.cost.min())


def test_rows_are_there_from_the_first_epoch_to_the_last(numbers: CostNumbers) -> None:
    """A row that came or went in a running training would move everything below it."""
    run, heights = Run(MOONS), set()
    numbers.begin_anew()
    for frames in training(MOONS):
        run.append(frames)
        numbers.show_run(run, run.newest)
        QApplication.processEvents()
        heights.add((numbers.sizeHint().height(), tuple(visible_rows(numbers))))
    assert len(heights) == 1


@pytest.mark.parametrize(("config", "rows"), [(CHAIN, []), (NUMBERS, ["test_cost"]), (MOONS.replace(test_share=0.0), ["accuracy"])])
def test_only_rows_that_have_a_number_are_shown(numbers: CostNumbers, config: Config, rows: list[str]) -> None:
    before = run_of(MOONS)
    numbers.show_run(before, before.newest)
    run = record(config)
    numbers.begin_anew()
    numbers.show_run(run, run.newest)
    assert visible_rows(numbers) == rows
    assert all(bool(label.text()) == (name in rows) for name, label in numbers.more.items())


def test_a_number_of_more_letters_does_not_widen_the_column(numbers: CostNumbers) -> None:
    run = run_of(MOONS)
    numbers.begin_anew()
    numbers.show_run(run, run.at(7))
    least = numbers.minimumSizeHint().width()
    for label in (numbers.current, *numbers.more.values()):
        label.setText("0.000152503 at epoch 1,000,000")
    assert numbers.minimumSizeHint().width() == least
    assert least < 200


# all of them


MINE = ("heatmap", "why", "phi", "cost")


@pytest.mark.parametrize("others", [(MOONS, CHAIN), (RESIDUAL, NORMALIZED, CHAIN), (CHAIN, MOONS), (NORMALIZED, NUMBERS), (dead(MOONS), RESIDUAL)])
def test_nothing_is_left_over_from_another_experiment(open_dashboard, others: tuple[Config, ...]) -> None:
    used, fresh = open_dashboard(USUAL), open_dashboard(USUAL)
    last = run_of(others[-1])
    for dashboard, shown in ((used, [*others[:-1], others[-1]]), (fresh, [others[-1]])):
        for config in shown:
            run = run_of(config)
            dashboard.begin_anew(run.config)
            dashboard.show_run(run, run.newest)
            QApplication.processEvents()
    assert used.moment.run is last
    for name in MINE:
        pictures = []
        for dashboard in (used, fresh):
            image = dashboard.panels[name].grab().toImage()
            bits = image.constBits()
            bits.setsize(image.sizeInBytes())
            pictures.append(np.frombuffer(bits, np.uint8).reshape(image.height(), -1).astype(int))
        assert (np.abs(pictures[0] - pictures[1]) > 3).sum() <= 20, name


def test_only_phi_asks_for_percentiles(open_dashboard) -> None:
    panels = open_dashboard(USUAL).panels
    assert {name: panels[name].looked_at for name in MINE} == {"heatmap": frozenset(), "why": frozenset(), "phi": frozenset({"u"}), "cost": frozenset()}


@pytest.mark.parametrize("shape", ["diverged", "two layers", "float32"])
def test_unusual_networks_are_drawn(open_dashboard, shape: str) -> None:
    configs: dict[str, Callable[[], Config]] = {
        "diverged": lambda: MOONS.replace(activation="identity", learning_rate=1e9, loss="mse"),
        "two layers": lambda: MOONS.replace(layers=2),
        "float32": lambda: MOONS.replace(number_format="float32", weight_scale=1e-9),
    }
    run = record(configs[shape]())
    dashboard = open_dashboard(MINE)
    for epoch in (0, int(run.newest.epoch[-1])):
        frame = run.at(epoch)
        dashboard.begin_anew(run.config)
        dashboard.show_run(run, frame)
        QApplication.processEvents()
    assert (run.ending.kind == "diverged") == (shape == "diverged")
    assert dashboard.panels["why"].factors.values.shape[1] == run.config.layers - 1
    assert len(SHARES) == run.newest.shares.shape[1]
