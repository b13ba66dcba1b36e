"""Histograms of the activations: the colours are the shares that numpy counts, a click shows and hides them, and nothing of them is left over."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QColor, QImage
from PyQt6.QtWidgets import QApplication

from gradviz import Config, record
from gradviz.core.dense_training import DenseEngine
from gradviz.core.frames import BINS, HISTOGRAM, UNBINNED, Ask, WideFrames
from gradviz.runs.moment import Moment
from gradviz.runs.run import Run, training
from gradviz.ui.pictures.files import image_of, save_picture
from gradviz.ui.pictures.scenes import Scene
from gradviz.ui.plots.bands import RMS
from gradviz.ui.plots.colour_bar import colour_table
from gradviz.ui.plots.dashboard import Dashboard
from gradviz.ui.plots.heat_image import COLOURS
from gradviz.ui.plots.histogram import HistogramPlot
from gradviz.ui.plots.panel import Panel
from gradviz.ui.plots.profiles import COMES, GONE, ActivationPanel
from gradviz.ui.plots.scales import Decades
from gradviz.ui.plots.shares import ABOVE, BELOW, LABELS_APART, MOST, ZERO, Histogram, codes
from gradviz.ui.state import Phase
from gradviz.ui.theme import DARK, LIGHT, Theme

Floats = NDArray[np.float64]
SVG = "{http://www.w3.org/2000/svg}"
TANH = Config(layers=8, width=20, initialization="normal", weight_scale=3.0, data="moons", loss="cross_entropy", samples=40, epochs=40, learning_rate=0.01)
RELU = TANH.replace(activation="relu", initialization="he", weight_scale=1.0)
CHAIN = Config(layers=8, epochs=2)


@cache
def activations(config: Config, epoch: int) -> tuple[Floats, ...]:
    """Every layer's activations at an epoch, from an engine of their own: with one batch an epoch those that the frames are about."""
    engine = DenseEngine(config, None)
    if epoch:
        engine.advance(0, epoch, None)
    engine.network.forward(next(engine.batches(epoch))[0])
    return tuple(h.ravel() for h in engine.network.room.h)


def by_numpy(config: Config, epoch: int, low: float, high: float) -> Floats:
    """Shares of h, (BINS, layers); 0 is exactly an edge where it is one."""
    edges = np.linspace(low, high, BINS + 1)
    if low < 0.0 < high:
        edges[np.argmin(np.abs(edges))] = 0.0
    return np.column_stack([np.histogram(h, edges)[0] / h.size for h in activations(config, epoch)])


def run_to(config: Config, epoch: int, *looked_at: str) -> Run:
    """A run that goes on, its newest frame looked at so."""
    run, trained = Run(config), training(config)
    run.append(next(trained))
    while run.epochs_done <= epoch:
        run.append(trained.send(Ask(1, looked_at=frozenset(looked_at))))
    trained.close()
    return run


@pytest.fixture
def panel(on_screen) -> ActivationPanel:
    return on_screen(ActivationPanel(), 900, 420)


@pytest.fixture
def press(qtbot) -> Callable[..., None]:
    def click(panel: Panel, button: str = "histogram") -> None:
        where = {"histogram": getattr(panel, "histogram", None), "log": panel._buttons[0]}[button]
        assert where is not None
        assert where.isVisible()
        qtbot.mouseClick(where, Qt.MouseButton.LeftButton)
        QApplication.processEvents()

    return click


def title(plot: HistogramPlot) -> str:
    return re.sub(r"<[^>]*>", "", plot.item.titleLabel.text).replace("&nbsp;", " ")


def drawn(plot: HistogramPlot) -> Histogram:
    """The histogram that is shown, and its cells with it."""
    assert plot.cells.isVisible()
    assert plot.histogram is not None
    assert not any(band.isVisible() for band in plot.bands)
    return plot.histogram


def assert_bands(plot: HistogramPlot) -> None:
    """Bands, and nothing of a histogram."""
    assert plot.histogram is None
    assert not any(part.isVisible() for part in (plot.cells, *plot.rows.values(), plot._level))
    assert not plot.bar.shown
    assert all(band.isVisible() for band in plot.bands)
    assert [curve.opts["shadowPen"] for curve in plot._curves] == [None] * len(plot._curves)


def hover(plot: HistogramPlot, layer: float, height: float) -> list[str]:
    assert plot.hover(plot.item.vb.mapViewToScene(QPointF(layer, height)))
    return plot.reading().split("\n")


# numbers


@pytest.mark.parametrize("epoch", [0, 7])
@pytest.mark.parametrize("config", [TANH, RELU, TANH.replace(residual="plain"), TANH.replace(number_format="float32")])
def test_the_cells_are_the_shares_that_numpy_counts(panel, press, draw_anew, config: Config, epoch: int) -> None:
    draw_anew(panel, run_to(config, epoch, HISTOGRAM))
    panel.choose_scale("linear")
    press(panel)
    histogram = drawn(panel.plot)
    expected = by_numpy(config, epoch, histogram.low, histogram.high)
    np.testing.assert_allclose(histogram.shares[:BINS], expected, atol=1e-12)
    assert np.array_equal(panel.plot.cells._codes, 1 + np.rint(249 * np.sqrt(np.minimum(expected / 0.25, 1.0))))
    place = panel.plot.cells.boundingRect()
    assert (place.left(), place.right()) == (-0.5, config.layers - 0.5)
    assert (place.top(), place.bottom()) == pytest.approx((histogram.low, histogram.high))
    np.testing.assert_allclose(histogram.shares.sum(axis=0), 1.0, rtol=1e-12)


def test_a_decade_axis_shows_sizes_and_a_row_of_exact_zeros(panel, press, draw_anew) -> None:
    draw_anew(panel, run_to(RELU, 7, HISTOGRAM))
    assert panel.plot.scale.name == "decades"
    press(panel)
    histogram = drawn(panel.plot)
    zeros = [np.mean(h == 0.0) for h in activations(RELU, 7)]
    assert np.array_equal(histogram.shares[ZERO], zeros)
    assert max(zeros) > 0.2
    row = panel.plot.rows[ZERO]
    assert row.isVisible()
    assert np.array_equal(row._codes[0], codes(np.array(zeros)))
    lane, covered = panel.plot.scale.zero_lane(panel.plot.covered), panel.plot.covered
    assert row.boundingRect().top() < lane < row.boundingRect().bottom() < covered.low
    for k, h in enumerate(activations(RELU, 7)):
        expected = np.histogram(np.log10(np.abs(h[h != 0.0])), BINS, (histogram.low, histogram.high))[0]
        assert np.abs(histogram.shares[:BINS, k] * h.size - expected).sum() <= 2 + 1e-9, "at most one number on the border of two bins"
    assert covered.low <= histogram.low < histogram.high <= covered.high
    assert not panel.plot.rows[BELOW].isVisible()


def test_what_lies_beyond_the_bounds_has_rows_of_its_own(panel, press, draw_anew) -> None:
    config = TANH.replace(weight_scale=6.0)
    draw_anew(panel, run_to(config, 0))
    press(panel)
    histogram, output = drawn(panel.plot), activations(config, 0)[-1]
    assert (histogram.low, histogram.high) == (-1.0, 1.0)
    assert panel.plot.covered == (-1.1, 1.1)
    for row, beyond in ((BELOW, output < -1.0), (ABOVE, output > 1.0)):
        assert histogram.shares[row, -1] == pytest.approx(np.mean(beyond))
        assert np.mean(beyond) > 0.1
        assert panel.plot.rows[row].isVisible()
        assert np.array_equal(panel.plot.rows[row]._codes[0], codes(histogram.shares[row]))
    assert panel.plot.rows[BELOW].boundingRect().bottom() < -1.0 < 1.0 < panel.plot.rows[ABOVE].boundingRect().top()
    assert not panel.plot.rows[ZERO].isVisible()


def test_the_crosshair_reads_the_bin_under_the_mouse(panel, press, draw_anew) -> None:
    moment = draw_anew(panel, run_to(TANH, 3, HISTOGRAM, "h"))
    press(panel)
    histogram = drawn(panel.plot)
    share = by_numpy(TANH, 3, -1.0, 1.0)
    assert hover(panel.plot, 4.2, 0.99) == [
        "layer 4",
        f"h 0.96 to 1:  {100 * share[49, 4]:.4g} % of the activations",
        f"RMS h:  {moment.frame.h[-1, RMS, 4]:.4g}",
    ]
    assert panel.plot._level.isVisible()
    assert panel.plot._level.value() == pytest.approx(0.99)
    assert hover(panel.plot, 4, -0.02)[1].startswith("h −0.04 to 0:  ")
    assert hover(panel.plot, 7, 1.04)[1] == f"h above 1:  {100 * histogram.shares[ABOVE, 7]:.4g} % of the activations"
    assert hover(panel.plot, 7, -1.04)[1] == f"h below −1:  {100 * histogram.shares[BELOW, 7]:.4g} % of the activations"
    for _ in range(2):  # the box says so too, and it says the bands' numbers again afterwards
        assert "% of the activations" in panel.plot._label.toPlainText().replace("\xa0", " ")
        panel.plot.hover(panel.plot.item.vb.mapViewToScene(QPointF(2, 0.5)))
    panel.plot.hover(None)
    assert not panel.plot._level.isVisible()
    press(panel)
    assert "25 % h" in "\n".join(hover(panel.plot, 4, 0.99))


def test_the_crosshair_reads_decades_and_exact_zeros(panel, press, draw_anew) -> None:
    draw_anew(panel, run_to(RELU, 3, HISTOGRAM))
    press(panel)
    histogram = drawn(panel.plot)
    lane = panel.plot.scale.zero_lane(panel.plot.covered)
    assert hover(panel.plot, 3, lane)[1] == f"exactly zero:  {100 * np.mean(activations(RELU, 3)[3] == 0.0):.4g} % of the activations"
    below = (panel.plot.covered.low + histogram.low) / 2
    assert panel.plot.covered.low < below < histogram.low
    assert re.fullmatch(r"\|h\| below \S+:  0 % of the activations", hover(panel.plot, 3, below)[1])
    place = int(np.argmax(histogram.shares[:BINS, 3]))
    low, high = histogram.edges(place)
    found = re.fullmatch(r"\|h\| (\S+) to (\S+):  (\S+) % of the activations", hover(panel.plot, 3, (low + high) / 2)[1])
    assert found is not None
    sizes = np.abs(activations(RELU, 3)[3])
    assert float(found[3]) == pytest.approx(100 * np.mean((sizes >= 10**low) & (sizes < 10**high)), rel=1e-3)


def test_numbers_that_are_none_are_said_to_be_in_no_bin(panel, press) -> None:
    run = run_to(TANH, 2, HISTOGRAM)
    shares = run.newest.histogram.copy()
    shares[:, :, :, 3] *= 0.75
    broken = WideFrames(**run.newest.columns(), histogram=shares, histogram_range=run.newest.histogram_range)
    panel.show_moment(Moment(run, broken))
    press(panel)
    assert "NaN or infinite:  25 %" in hover(panel.plot, 3, 0.5)
    assert not any("NaN" in line for line in hover(panel.plot, 4, 0.5))


# on request


def test_what_is_drawn_is_asked_for_and_no_more(panel, press, draw_anew) -> None:
    """The percentiles of both scales are: a person may choose the other one while nothing new comes."""
    draw_anew(panel, run_to(TANH, 3, *panel.looked_at))
    assert panel.looked_at == {"h", "size"}
    press(panel, "log")
    assert_bands(panel.plot)
    press(panel, "log")
    press(panel)
    assert panel.looked_at == {"h", "size", "histogram"}
    press(panel)
    assert panel.looked_at == {"h", "size"}


def test_until_the_next_epoch_bands_stay_and_the_title_says_so(panel, press, draw_anew) -> None:
    run = run_to(TANH, 3, "h")
    draw_anew(panel, run)
    assert COMES[1] not in title(panel.plot)
    press(panel)
    assert_bands(panel.plot)
    assert COMES[0] in title(panel.plot)
    run.append(run_to(TANH, 4, *panel.looked_at).newest)
    panel.show_moment(Moment(run, run.newest))
    drawn(panel.plot)
    assert COMES[1] not in title(panel.plot)
    panel.show_moment(Moment(run, run.at(2)))
    assert GONE[0] in title(panel.plot)
    assert panel.plot.histogram is None
    panel.show_moment(Moment(run, run.newest))
    drawn(panel.plot)
    press(panel)
    assert panel.plot.histogram is None
    assert "histogram" not in title(panel.plot)


def test_a_run_that_is_over_shows_its_last_epoch_and_no_other(panel, press, draw_anew) -> None:
    run = record(TANH.replace(epochs=4))
    draw_anew(panel, run)
    press(panel)
    drawn(panel.plot)
    panel.show_moment(Moment(run, run.at(2)))
    assert GONE[0] in title(panel.plot)
    panel.show_moment(Moment(run, run.frames.newest()))  # as it was saved: without what was counted for it
    assert GONE[0] in title(panel.plot)
    assert panel.plot.histogram is None


def test_a_run_keeps_the_newest_histogram_alone() -> None:
    run = run_to(TANH, 5, HISTOGRAM)
    assert run.newest.histogram.shape == (1, 2, BINS + len(UNBINNED), TANH.layers)
    assert not run.newest.histogram.flags.writeable
    blocks = run._kept.blocks()
    assert sum(map(len, blocks)) == 6
    assert {block.histogram is None for block in blocks} == {True}
    assert run.at(5).histogram is run.frames.histogram is None


def test_a_histogram_is_there_in_the_window_from_the_first_epoch_on(open_window, press, wait_for) -> None:
    window = open_window(TANH)
    panel = window.dashboard.panels["activations"]
    press(panel)
    np.testing.assert_allclose(drawn(panel.plot).shares[:BINS], by_numpy(TANH, 0, -1.0, 1.0), atol=1e-12)
    for epoch in (1, 2):
        window.actions_by_name["step"].trigger()
        wait_for(lambda epoch=epoch: panel.plot.epoch == epoch)
        np.testing.assert_allclose(drawn(panel.plot).shares[:BINS], by_numpy(TANH, epoch, -1.0, 1.0), atol=1e-12)
    press(panel)
    window.actions_by_name["step"].trigger()
    wait_for(lambda: panel.plot.epoch == 3)
    assert window.run.newest.histogram is None, "nobody looks at it"
    press(panel)
    assert COMES[1] in title(panel.plot), "in as many words as there is room for"
    window.actions_by_name["fast"].trigger()
    window.actions_by_name["run"].trigger()
    wait_for(lambda: window.state.phase is Phase.FINISHED)
    np.testing.assert_allclose(drawn(panel.plot).shares[:BINS], by_numpy(TANH, 39, -1.0, 1.0), atol=1e-12)


# what it looks like


def test_the_root_mean_square_is_drawn_over_the_colours(panel, press, draw_anew) -> None:
    moment = draw_anew(panel, run_to(TANH, 2, HISTOGRAM))
    press(panel)
    [(across, heights)] = panel.plot.drawn()
    assert np.array_equal(across, np.arange(8))
    rms = moment.frame.h[-1, RMS]
    np.testing.assert_array_equal(heights, np.where(np.abs(rms) <= 1.1, rms, np.nan))
    [curve] = panel.plot._curves
    assert curve.zValue() > panel.plot.cells.zValue()
    assert curve.opts["pen"].color() == QColor(LIGHT.text)
    assert curve.opts["shadowPen"].color() == QColor(LIGHT.plot)
    assert title(panel.plot).startswith("Activations h    ━━ RMS")
    press(panel)
    assert panel.plot._curves[0].opts["pen"].color() == QColor(LIGHT.curves[0])


def pixels(image: QImage) -> NDArray[np.uint8]:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits().asarray(image.sizeInBytes()), np.uint8).reshape(image.height(), image.width(), 4)[:, :, 2::-1].copy()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_each_cell_has_its_colour_on_the_screen_and_in_a_picture(panel, press, draw_anew, theme: Theme) -> None:
    draw_anew(panel, run_to(TANH, 2, HISTOGRAM))
    press(panel)
    panel.apply_theme(theme)
    QApplication.processEvents()
    expected = [QColor.fromRgb(colour) for colour in colour_table(theme)]
    codes_shown = panel.plot.cells._codes
    assert len(np.unique(codes_shown)) > 10
    assert panel.plot.bar._text == QColor(theme.text)
    for scale, shown in ((1.0, pixels(panel.grab().toImage())), (3.0, pixels(image_of(Scene([panel], theme), 3.0)))):
        assert tuple(shown[2, 2]) == QColor(theme.plot).getRgb()[:3]
        wrong = 0
        for layer in range(1, 7):
            for place in range(BINS):
                where = panel.mapFromScene(panel.plot.item.vb.mapViewToScene(QPointF(layer + 0.3, -1.0 + (place + 0.5) / 25)))
                colour = shown[round(scale * (where.y() + 0.5)), round(scale * (where.x() + 0.5))]
                wrong += tuple(colour) != expected[codes_shown[place, layer]].getRgb()[:3]
        assert wrong <= 24, "but for those that the line crosses"


def test_cells_are_sharp_in_drawings_of_vectors(panel, press, draw_anew, tmp_path: Path) -> None:
    draw_anew(panel, run_to(RELU, 2, HISTOGRAM))
    save_picture(Scene([panel], LIGHT), tmp_path / "bands.svg")
    assert not list(ElementTree.parse(tmp_path / "bands.svg").getroot().iter(f"{SVG}image"))
    press(panel)
    save_picture(Scene([panel], LIGHT), tmp_path / "cells.svg")
    root = ElementTree.parse(tmp_path / "cells.svg").getroot()
    images = [image for image in root.iter(f"{SVG}image") if float(image.get("width", "0")) * float(image.get("height", "0")) > 0]
    assert len(images) == 2, "the bins, and the row of zeros"
    assert "≥25 %" in {path.get("aria-label") for path in root.iter(f"{SVG}path")}
    save_picture(Scene([panel], LIGHT), tmp_path / "cells.pdf")
    page = (tmp_path / "cells.pdf").read_bytes()
    assert page.count(b"/Subtype /Image") == 2
    assert b"DCTDecode" not in page, "a JPEG would blur the cells"
    assert all(int(width) >= 2000 for width in re.findall(rb"/Subtype /Image\s*/Width (\d+)", page))


@pytest.mark.parametrize("height", [140, 420])
def test_the_legend_labels_the_colours_and_its_labels_keep_apart(on_screen, draw_anew, press, height: int) -> None:
    panel = on_screen(ActivationPanel(), 500, height)
    draw_anew(panel, run_to(TANH, 0))
    press(panel)
    bar = panel.plot.bar.place(panel.plot.bar.size().height())
    labels = panel.plot.bar.labels(bar)
    assert {MOST, 0.0, 0.05} <= set(labels)
    for share, at in labels.items():
        assert at == pytest.approx(bar.bottom() - bar.height() * (float(codes(np.array(share))) - 1) / (COLOURS - 1))
    gaps = np.diff(sorted(labels.values()))
    assert gaps.min() >= LABELS_APART
    shown = pixels(panel.grab().toImage())
    corner = panel.mapFromScene(panel.plot.bar.mapToScene(bar.topLeft()))
    uppermost = np.array(QColor.fromRgb(colour_table(LIGHT)[COLOURS]).getRgb()[:3])
    assert np.abs(shown[round(corner.y()) + 2, round(corner.x()) + 4] - uppermost).max() <= 40, "some pixels down, where the bar is low"


@pytest.mark.parametrize("layers", [1200, 2500])
def test_of_more_layers_than_pixels_neighbours_are_averaged_and_the_title_says_so(panel, press, draw_anew, layers: int) -> None:
    config = TANH.replace(layers=layers, width=2, epochs=2, samples=4)
    draw_anew(panel, run_to(config, 0))
    press(panel)
    histogram, width = drawn(panel.plot), int(panel.plot.item.vb.width())
    assert panel.plot.layers_joined == math.ceil(1.02 * (layers - 1) / width) > 1
    assert f"{panel.plot.layers_joined} layers a column" in title(panel.plot)
    n = panel.plot.layers_joined
    means = np.column_stack([histogram.shares[:BINS, begin : begin + n].mean(axis=1) for begin in range(0, layers, n)])
    np.testing.assert_allclose(panel.plot.cells._codes, codes(means), atol=1)
    assert panel.plot.cells._codes.shape[1] <= width
    panel.plot.item.vb.setXRange(1000, 1100, padding=0)
    QApplication.processEvents()
    assert panel.plot.layers_joined == 1
    assert np.array_equal(panel.plot.cells._codes, codes(histogram.shares[:BINS]))
    assert "a column" not in title(panel.plot)


# one after the other


def seen(dashboard: Dashboard, run: Run, wanted: bool) -> object:
    """All that the activation panel of a dashboard shows of a run, with histograms wanted or not."""
    panel = dashboard.panels["activations"]
    assert isinstance(panel, ActivationPanel)
    panel.histogram.setChecked(wanted)
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.newest)
    QApplication.processEvents()
    plot = panel.plot
    curves = zip(plot.drawn(), plot._curves, strict=True)
    return (
        [part.isVisible() for part in (*plot.bands, plot.cells, *plot.rows.values(), panel.histogram, plot._level)],
        [(np.nan_to_num(heights, nan=-999.0).tolist(), curve.opts["pen"], curve.opts["shadowPen"]) for (_, heights), curve in curves],
        (title(plot), plot.covered, plot.scale.name, plot.bar.shown, [scale.fixed for scale in plot.scales if isinstance(scale, Decades)]),
        plot.item.vb.sceneBoundingRect(),
        plot._ghost.opts["shadowPen"],
        [plot.item.getAxis(side).grid for side in ("left", "bottom")],
    )


def test_chains_bands_and_histograms_leave_nothing_behind(open_dashboard) -> None:
    wanted = {
        "chain": (record(CHAIN), True),
        "tanh": (run_to(TANH, 2, HISTOGRAM, "h", "size"), True),
        "bands": (run_to(RELU, 2, HISTOGRAM, "h", "size"), False),
    }
    wanted["relu"] = (wanted["bands"][0], True)

    def fresh() -> Dashboard:
        return open_dashboard(("activations",), size=(900, 500))

    alone = {name: seen(fresh(), *what) for name, what in wanted.items()}
    one = fresh()
    for name in ("tanh", "chain", "relu", "bands", "chain", "bands", "tanh", "relu", "tanh", "bands", "relu", "chain"):
        assert seen(one, *wanted[name]) == alone[name], name


def test_a_chain_offers_no_histogram_and_its_title_has_the_room(panel, draw_anew, press) -> None:
    draw_anew(panel, CHAIN)
    room = panel.plot.button_room
    assert not panel.histogram.isVisible()
    draw_anew(panel, run_to(TANH, 0))
    assert panel.histogram.isVisible()
    assert panel.histogram.geometry().right() < panel._buttons[0].geometry().left()
    assert panel.plot.button_room > room
    assert panel.histogram.accessibleName()
    assert panel.histogram.toolTip()
    press(panel)
    assert "Colours show" in panel.accessibleDescription()
    draw_anew(panel, CHAIN)
    assert panel.plot.button_room == room


def test_the_range_grows_with_what_comes_and_is_chosen_anew_with_bands(panel, press) -> None:
    """A range of decades that stays would leave bins out; bands have one that stays."""
    run = run_to(RELU, 1, HISTOGRAM, "h", "size")
    panel.show_moment(Moment(run, run.newest))
    before = panel.plot.covered
    press(panel)
    frame, ends = run.newest, run.newest.histogram_range.copy()
    ends[0, 1] = -31.5, 4.5
    panel.show_moment(Moment(run, WideFrames(**frame.columns(), histogram=frame.histogram, histogram_range=ends)))
    covered = panel.plot.covered
    assert covered.low <= -31.5 < 4.5 <= covered.high
    place = panel.plot.cells.boundingRect()
    assert (place.top(), place.bottom()) == pytest.approx((-31.5, 4.5))
    panel.show_moment(Moment(run, frame))
    assert panel.plot.covered == covered, "it stays while all fits"
    press(panel)
    assert panel.plot.covered == before
