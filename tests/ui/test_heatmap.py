"""The heat map: every cell is the number that the engine gave, whatever came since, however long the run."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import numpy as np
import pyqtgraph as pg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gradviz import Config, record, train
from gradviz.core.formats import FORMATS
from gradviz.core.frames import Ask, Ending, Frames, columns_for
from gradviz.runs import store
from gradviz.runs.moment import Moment
from gradviz.runs.presets import presets
from gradviz.runs.run import Run
from gradviz.ui.pictures.files import save_picture
from gradviz.ui.pictures.scenes import Scene
from gradviz.ui.plots import heat_image
from gradviz.ui.plots.colour_bar import bar_ticks, colour_table
from gradviz.ui.plots.heat_image import ABOVE, BELOW, BROKEN, COLOURS, LANES, NOTHING, SUBNORMAL, ZERO, HeatImage
from gradviz.ui.plots.heat_quantities import MOST_ROWS, QUANTITIES
from gradviz.ui.plots.heatmap import HeatMapPanel
from gradviz.ui.plots.scales import Range
from gradviz.ui.theme import DARK, LIGHT, Theme

NAN, INF = float("nan"), float("inf")
NORMAL = 2.0**-1022
SCALE = Range(-10.0, 2.0)
BOTH = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[HeatMapPanel]:
    """The panel alone, on the screen, as large as in a window of 1280 x 800."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    shown = HeatMapPanel()
    column.addWidget(shown)
    holder.resize(490, 210)
    shown.apply_theme(LIGHT)
    with qtbot.waitExposed(holder):
        holder.show()
    yield shown
    holder.close()
    holder.deleteLater()


@pytest.fixture
def show(panel: HeatMapPanel) -> Callable[..., Run]:
    """Draws a run, trained here or given, at one of its epochs or at its end."""

    def draw(what: Config | Run, epoch: int | None = None, sample: int = 0, scale: Range | None = None) -> Run:
        run = record(what) if isinstance(what, Config) else what
        panel.begin_anew()
        if scale:
            panel.set_range(*scale)
        panel.show_moment(Moment(run, run.newest if epoch is None else run.between(epoch, epoch)[0], sample))
        QApplication.processEvents()
        return run

    return draw


def made_up(g: np.ndarray, *, memory: int = 2**28, observe_every: int = 1, number_format: str = "float64") -> Run:
    """A run of one sample with these gradients, (epochs, layers), handed over as one block; everything else is 0.5."""
    epochs, layers = g.shape
    config = Config(layers=layers, inputs=(0.5,), targets=(0.5,), epochs=epochs * observe_every, observe_every=observe_every, number_format=number_format)
    shapes = {name: np.full((epochs, *column.shape[1:]), 0.5) for name, column in Frames.empty(config).columns().items()}
    run = Run(config, memory=memory)
    run.append(Frames(**{**shapes, "g": g[:, None, :], "epoch": np.arange(epochs) * observe_every}))
    return run


def value_of(code: int, scale: Range) -> float:
    """The decade in the middle of a step of the scale."""
    return scale.low + (code - 0.5) * scale.span / COLOURS


def expected_code(value: float, scale: Range, normal: float = NORMAL) -> int:
    """What a cell of one epoch must be, one value at a time and with the logarithm of the standard library."""
    size = abs(value)
    if not math.isfinite(size):
        return BROKEN
    if size < normal:
        return ZERO if size == 0 else SUBNORMAL
    decade = math.log10(size)
    if not scale.low <= decade <= scale.high:
        return BELOW if decade < scale.low else ABOVE
    return 1 + min(COLOURS - 1, int((decade - scale.low) * COLOURS / scale.span))


def greatest_code(codes: np.ndarray) -> np.ndarray:
    """Of codes one below the other that of the greatest number, or of the worst lane."""
    found = np.where(codes == BELOW, NOTHING, codes).max(axis=0)
    return np.where(found == NOTHING, BELOW, found)


def expected_cells(values: np.ndarray, span: int, scale: Range, normal: float = NORMAL, *, first: bool = False) -> np.ndarray:
    """What cells of so many epochs must be: each as its greatest or its first epoch, or as the worst lane among them; (rows, columns)."""
    single = np.array([[expected_code(value, scale, normal) for value in row] for row in values]).reshape(values.shape)
    columns = []
    for begin in range(0, len(values), span):
        some = single[begin : begin + span]
        lanes = np.where(some >= SUBNORMAL, some, 0).max(axis=0)
        columns.append(np.maximum(some[0] if first else greatest_code(some), lanes))
    return np.array(columns).T


def pixels(image: QImage) -> np.ndarray:
    """A picture as (height, width, 3)."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = image.constBits().asarray(image.sizeInBytes())
    return np.frombuffer(bits, np.uint8).reshape(image.height(), -1, 4)[:, : image.width(), 2::-1].astype(int)


def rgb(colour: int) -> list[int]:
    return [colour >> shift & 255 for shift in (16, 8, 0)]


def at(panel: HeatMapPanel, epoch: float, layer: float) -> QPoint:
    """Where on the panel an epoch and a layer stand."""
    return panel.mapFromScene(panel.plot.item.vb.mapViewToScene(QPointF(epoch, layer)))


def assert_drawn(picture: np.ndarray, panel: HeatMapPanel, theme: Theme, tolerance: int = 0) -> None:
    """The middle of every cell has its code's colour, in a picture of any size; but for the cells under the cursor's line."""
    factor = picture.shape[1] / panel.width()
    colours = colour_table(theme)
    codes = panel.plot.image.codes
    for row, layer in enumerate(panel.plot.layers):
        for column in range(codes.shape[1]):
            if column == round(panel.plot.cursor.value()):
                continue
            place = panel.plot.item.vb.mapViewToScene(QPointF(column, layer))
            found = picture[int((place.y()) * factor), int(place.x() * factor)]
            assert np.abs(found - rgb(colours[codes[row, column]])).max() <= tolerance, (row, column)


# the cells, without a screen

SIZES = st.one_of(st.sampled_from([0.0, 5e-324, NORMAL, 1.0, NAN, INF, 1e-11, 1e3]), st.floats(1e-12, 1e4))


@given(arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 5)), elements=SIZES))
def test_a_cell_is_the_decade_of_its_value_or_the_lane_that_it_belongs_to(values: np.ndarray) -> None:
    image = HeatImage(values.shape[1], SCALE, NORMAL)
    image.append(np.arange(len(values)), values)
    near = expected_cells(values, 1, SCALE)
    coloured = (near >= 1) & (near <= COLOURS)
    assert np.array_equal(image.codes[~coloured], near[~coloured])
    decades = np.log10(values.T[coloured])
    centres = np.array([value_of(int(code), SCALE) for code in image.codes[coloured]])
    assert (np.abs(centres - decades) <= SCALE.span / COLOURS * 0.5 * (1 + 1e-9)).all()
    assert image.seen == {int(code) for code in near.ravel() if code > COLOURS}


@given(st.data(), st.integers(1, 4), st.sampled_from([4, 8, 16]), st.booleans())
def test_appending_equals_rebuilding_and_no_lane_gets_lost(data: st.DataObject, rows: int, most: int, quotients: bool) -> None:
    values = data.draw(arrays(np.float64, st.tuples(st.integers(1, 70), st.just(rows)), elements=SIZES))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(values)), max_size=8)))
    with mock.patch.object(heat_image, "MOST_COLUMNS", most):
        image, whole = (HeatImage(rows, SCALE, NORMAL, quotients=quotients) for _ in range(2))
        for begin, end in zip([0, *cuts], [*cuts, len(values)], strict=True):
            if begin < end:
                image.append(np.arange(begin, end), values[begin:end])
        whole.append(np.arange(len(values)), values)
    assert (image.span, image.columns) == (whole.span, whole.columns)
    assert image.columns <= most
    assert image.span & (image.span - 1) == 0
    assert np.array_equal(image.codes, whole.codes)
    expected = expected_cells(values, image.span, SCALE, first=quotients)
    assert (np.abs(image.codes.astype(int) - expected) <= (expected <= COLOURS)).all(), "but for the last bit at a step's edge"
    assert np.array_equal(image.codes > COLOURS, expected > COLOURS)


@given(arrays(np.float64, st.tuples(st.integers(1, 30), st.integers(1, 12)), elements=SIZES), st.integers(1, 7), st.integers(1, 5), st.booleans())
def test_of_more_cells_than_pixels_the_greatest_epoch_and_the_lowest_layer_are_drawn_and_every_lane(
    values: np.ndarray, across: int, up: int, quotients: bool
) -> None:
    image = HeatImage(values.shape[1], SCALE, NORMAL, quotients=quotients)
    image.append(np.arange(len(values)), values)
    codes = image.codes.astype(int)
    reduced = image.reduced(across, up)
    for row in range(reduced.shape[0]):
        for column in range(reduced.shape[1]):
            cells = codes[row * up : (row + 1) * up, column * across : (column + 1) * across]
            shown = cells[0, 0] if quotients else greatest_code(cells[0])
            assert reduced[row, column] == max([shown, *cells[cells >= SUBNORMAL]])
    assert reduced.shape == (-(-codes.shape[0] // up), -(-codes.shape[1] // across))


def test_one_nan_among_a_million_epochs_is_seen() -> None:
    image = HeatImage(2, SCALE, NORMAL)
    for begin in range(0, 1_000_000, 10_000):
        values = np.ones((10_000, 2))
        if begin == 730_000:
            values[777, 1] = NAN
        image.append(np.arange(begin, begin + 10_000), values)
    assert image.columns <= heat_image.MOST_COLUMNS
    assert np.argwhere(image.codes == BROKEN).tolist() == [[1, 730_777 // image.span]]
    assert (image.reduced(5, 2) == BROKEN).sum() == 1
    assert NOTHING not in image.codes


def test_subnormal_is_what_the_runs_own_format_calls_so(show, panel) -> None:
    g = np.array([[0.0, 1e-5, 1e-4, 1e-3, 0.0, 1.0]] * 2)
    for number_format, expected in (("float16", SUBNORMAL), ("float64", None), ("bfloat16", None)):
        show(made_up(g, number_format=number_format))
        code = int(panel.plot.image.codes[0, 0])
        assert code == expected if expected else 1 <= code <= COLOURS
        assert panel.plot.image.codes[3, 0] == ZERO


@pytest.mark.parametrize("name", QUANTITIES)
@pytest.mark.parametrize("count", [3, 100, 512, 514, 2000, 100_000])
def test_rows_are_evenly_spaced_layers_up_to_the_last(name: str, count: int) -> None:
    layers = QUANTITIES[name].layers(count)
    rows = list(range(layers.start, layers.stop, layers.step))
    assert rows[-1] == (count - 2 if name == "factor" else count - 1)
    assert QUANTITIES[name].first <= rows[0] < QUANTITIES[name].first + layers.step
    assert len(rows) <= MOST_ROWS
    assert layers.step == 1 or len(rows) > MOST_ROWS / 2 - 1


# the panel


@pytest.mark.parametrize("name", [name for name in presets() if name != "deep-1000"])
def test_cells_are_the_decades_of_what_the_engine_gave(show, panel, name: str) -> None:
    run = show(presets()[name].config.replace(epochs=20))
    image = panel.plot.image
    rows = panel.plot.layers
    g = run.g[:, 0, rows]
    assert image.codes.shape == (len(rows), len(run.frames))
    assert run.config.layers > MOST_ROWS or rows.tolist() == list(range(1, run.config.layers))
    near = expected_cells(g, 1, image.scale, FORMATS[run.config.number_format].smallest_normal)
    assert (np.abs(image.codes.astype(int) - near) <= (near <= COLOURS)).all()
    assert ((image.codes == ZERO) == (g.T == 0)).all()
    assert ((image.codes == BROKEN) == ~np.isfinite(g.T)).all()


@pytest.mark.parametrize("name", ["h", "dw", "factor", "g"])
@pytest.mark.parametrize("sample", [0, 1])
def test_another_quantity_and_another_sample_are_drawn_from_the_same_run(show, panel, name: str, sample: int) -> None:
    panel.choice.setCurrentIndex(list(QUANTITIES).index(name))
    run = show(Config(layers=12, weight_scale=0.8, epochs=30, learning_rate=0.3, inputs=(-0.7, 0.4), targets=(0.1, 0.6)), sample=sample)
    image = panel.plot.image
    with np.errstate(divide="ignore"):
        decades = {
            "h": np.log10(np.abs(run.h[:, sample])),
            "dw": np.log10(np.abs(run.dw[:, 1:])),
            "g": np.log10(np.abs(run.g[:, sample, 1:])),
            "factor": np.log10(np.abs(run.g[:, sample, 1:-1])) - np.log10(np.abs(run.g[:, sample, 2:])),
        }[name]
    assert image.codes.shape == decades.T.shape
    coloured = (image.codes >= 1) & (image.codes <= COLOURS)
    centres = image.scale.low + (image.codes - 0.5) * image.scale.span / COLOURS
    assert coloured.mean() > 0.9
    assert (np.abs(centres - decades.T)[coloured] <= 0.51 * image.scale.span / COLOURS).all()
    title = panel.plot.item.titleLabel.text
    assert QUANTITIES[name].formula in title
    assert ("x = −0.7" in title, "x = 0.4" in title) == (name != "dw" and sample == 0, name != "dw" and sample == 1)


def test_changing_the_list_while_a_run_is_shown_draws_all_of_it_anew(show, panel) -> None:
    run = show(Config(layers=12, weight_scale=0.8, epochs=30))
    gradients = panel.plot.image.codes.copy()
    panel.choice.setCurrentIndex(1)
    assert panel.plot.image.codes.shape == (12, 30)
    assert "log₁₀|h|" in panel.plot.item.titleLabel.text
    panel.choice.setCurrentIndex(0)
    assert np.array_equal(panel.plot.image.codes, gradients)
    assert "log₁₀|g|" in panel.plot.item.titleLabel.text
    assert len(run.frames) == 30


def test_a_network_without_two_gradients_has_no_factor_and_says_nothing_wrong(show, panel) -> None:
    panel.choice.setCurrentIndex(3)
    show(Config(layers=2, epochs=5))
    assert panel.plot.image.codes.size == 0
    assert not panel.grab().isNull()


@BOTH
def test_every_cell_on_the_screen_has_its_colour_and_the_output_is_at_the_top(show, panel, theme: Theme) -> None:
    g = 10.0 ** np.linspace(-9, 0, 72).reshape(9, 8)
    g[2, 3], g[3, 4], g[4, 5], g[5, 6] = 0.0, NAN, 5e-324, INF
    panel.apply_theme(theme)
    show(made_up(g), scale=SCALE)
    assert at(panel, 3, 7).y() < at(panel, 3, 1).y()
    assert_drawn(pixels(panel.grab().toImage()), panel, theme)


def test_another_theme_recolours_the_same_cells(show, panel) -> None:
    g = 10.0 ** np.linspace(-9, 0, 72).reshape(9, 8)
    g[2, 3], g[3, 4] = 0.0, NAN
    show(made_up(g), scale=SCALE)
    codes = panel.plot.image.codes.copy()
    for theme in (DARK, LIGHT, DARK):
        panel.apply_theme(theme)
        picture = pixels(panel.grab().toImage())
        assert_drawn(picture, panel, theme)
        assert np.abs(picture[2, 2] - rgb(int(theme.plot[1:], 16))).max() <= 8, "a screen of 16 bits rounds"
        assert f"color:{theme.text}" in panel.plot.item.titleLabel.item.toHtml().replace("color: ", "color:")
    assert np.array_equal(panel.plot.image.codes, codes)


# while a training runs


def test_a_training_is_drawn_by_what_is_new_alone_and_looks_as_if_drawn_at_once(panel, show, monkeypatch) -> None:
    config = Config(layers=30, weight_scale=0.9, epochs=3000, learning_rate=0.3)
    training = train(config)
    run = Run(config)
    run.append(next(training))
    asked: list[int] = []
    between = Run.between
    monkeypatch.setattr(Run, "between", lambda run, first, *last: asked.append(first) or between(run, first, *last))
    monkeypatch.setattr(Run, "frames", property(lambda _run: pytest.fail("joining all frames costs by what is there")))
    panel.begin_anew()
    panel.show_moment(Moment(run, run.newest))
    asked.clear()
    seen = 1
    while run.ending is None:
        for _ in range(3):
            if run.ending is None:
                run.append(training.send(Ask(frames=41)))
        panel.show_moment(Moment(run, run.newest))
        assert asked == [seen], "only what came since the last time"
        asked.clear()
        seen = run.epochs_done
    live = panel.plot.image
    assert live.span == 4
    codes, scale = live.codes.copy(), live.scale
    show(run)
    assert np.array_equal(panel.plot.image.codes, codes)
    assert panel.plot.image.scale == scale


def test_a_panel_that_was_hidden_catches_up(panel, show) -> None:
    run = Run(Config(layers=10, weight_scale=0.9, epochs=400))
    training = train(run.config)
    run.append(next(training))
    panel.begin_anew()
    panel.show_moment(Moment(run, run.newest))
    for block in training:  # nobody shows it
        run.append(block)
    panel.show_moment(Moment(run, run.newest))
    assert panel.plot.image.columns == 400
    codes = panel.plot.image.codes.copy()
    show(run)
    assert np.array_equal(panel.plot.image.codes, codes)


def test_a_run_that_thins_out_its_profiles_leaves_no_gap(panel, show) -> None:
    config = Config(layers=10, epochs=4000)
    run = Run(config, memory=300 * 8 * (2 * 2 + 2) * 10)
    panel.begin_anew()
    for block in train(config):
        run.append(block)
        panel.show_moment(Moment(run, run.newest))
    assert run.stride >= 16
    image = panel.plot.image
    assert image.span >= run.stride
    assert NOTHING not in image.codes
    assert (np.abs(image.codes.astype(int) - expected_cells(record(config).g[:, 0, 1:], image.span, image.scale)) <= 1).all()
    codes = image.codes.copy()
    show(run)
    assert np.array_equal(panel.plot.image.codes, codes)


def spiky() -> np.ndarray:
    """Gradients of 3,000 epochs and 6 layers that sink slowly, with spikes of both signs, one exact zero and one infinity that fall between kept frames."""
    g = -(10.0 ** np.linspace(-2, -4, 3000))[:, None] * np.array([[1.0, -1.0, 1.0, -1.0, 1.0, 1.0]])
    g[777, 1], g[1501, 2], g[2222, 3], g[2333, 4] = -0.5, 0.25, 0.0, INF
    g[2801, 5] = 1e-300
    return g


@pytest.mark.parametrize("every", [1, 10])
@pytest.mark.parametrize("size", [1, 83, 3000])
def test_a_spike_between_two_kept_frames_shows_in_its_cell(panel, show, size: int, every: int) -> None:
    g = spiky()
    whole = made_up(g, observe_every=every)
    run = Run(whole.config, memory=200 * whole.newest.bytes_each)
    panel.begin_anew()
    for begin in range(0, len(g), size):
        run.append(whole.frames.rows(slice(begin, begin + size)))
        if begin % 5 == 0 or begin + size >= len(g):
            panel.show_moment(Moment(run, run.newest))
    assert run.stride >= 16
    kept = set(run.frames.epoch.tolist())
    assert not kept & {777 * every, 1501 * every, 2222 * every, 2333 * every}
    live = panel.plot.image.codes.copy()
    show(run)
    image = panel.plot.image
    expected = expected_cells(g[:, 1:], image.span // every, image.scale)
    assert (np.abs(image.codes.astype(int) - expected) <= (expected <= COLOURS)).all()
    assert {ZERO, BROKEN} <= set(image.codes.ravel())
    assert np.array_equal(live, image.codes), "drawn while it ran as it is drawn afterwards"


def test_the_number_of_a_spike_is_read_though_its_epoch_is_not_kept(show, panel) -> None:
    run = show(made_up(spiky(), memory=200 * made_up(spiky()).newest.bytes_each))
    begin = 777 // run.stride * run.stride
    column = begin // panel.plot.image.span * panel.plot.image.span
    panel.plot.hover(panel.plot.item.vb.mapViewToScene(QPointF(column + 1, 1)))
    when, number, decade, colour = panel.plot.reading().split("\n")
    assert when == f"one of epochs {begin:,} to {begin + run.stride - 1:,}, layer 1"
    assert (number, decade) == ("g = −0.5", "log₁₀|g| = −0.30")
    assert colour == f"the greatest of epochs {column:,} to {column + panel.plot.image.span - 1:,}"
    panel.plot.hover(panel.plot.item.vb.mapViewToScene(QPointF(2222, 3)))
    assert "\ng = 0.0\n" in panel.plot.reading()
    assert "this colour is of epochs" in panel.plot.reading()
    panel._pin(begin, 1)
    assert panel.plot.pinned_text.endswith(f"\ngreatest |g| until epoch {begin + run.stride - 1:,} = 0.5")
    panel._pin(0, 1)
    assert "greatest" not in panel.plot.pinned_text, "the first is the greatest where gradients sink"


def test_no_lane_that_is_known_gets_lost_where_signs_change(show, panel) -> None:
    g = np.full((3000, 4), 1e-3)
    g[1::2] *= -1
    g[1024, 1] = 0.0
    g[:, 2] = -1e-3
    g[777, 2] = 5e-324
    run = show(made_up(g, memory=200 * made_up(g).newest.bytes_each))
    assert 1024 in run.frames.epoch, "and was 0 at the first of a span with greater numbers of both signs"
    span = panel.plot.image.span
    lanes = np.argwhere(panel.plot.image.codes >= SUBNORMAL).tolist()
    assert lanes == [[0, 1024 // span], [1, 777 // span]]
    assert [panel.plot.image.codes[row, column] for row, column in lanes] == [ZERO, SUBNORMAL]


def test_the_last_span_ends_with_the_newest_epoch(show, panel) -> None:
    g = spiky()[:2999]
    g[2998, 1] = 0.75
    run = show(made_up(g, memory=200 * made_up(g).newest.bytes_each))
    begin = 2998 // run.stride * run.stride
    assert begin < 2997
    panel.plot.hover(panel.plot.item.vb.mapViewToScene(QPointF(2998, 1)))
    assert panel.plot.reading().startswith(("epoch 2,998, layer 1\ng = 0.75", f"one of epochs {begin:,} to 2,998, layer 1\ng = 0.75"))
    panel._pin(begin, 1)
    assert panel.plot.pinned_text.endswith("\ngreatest |g| until epoch 2,998 = 0.75")


def test_choosing_the_colours_anew_reaches_as_far_as_the_spikes(show, panel) -> None:
    g = spiky()
    g[777, 1] = 1e50
    show(made_up(g, memory=200 * made_up(g).newest.bytes_each), scale=Range(-4.0, 0.0))
    assert ABOVE in panel.bar.seen
    panel.reset_view()
    assert panel.plot.image.scale.high >= 50


def test_factors_of_a_thinned_run_are_those_of_the_frames_that_are_kept(show, panel) -> None:
    panel.choice.setCurrentIndex(3)
    g = spiky()
    run = show(made_up(g, memory=200 * made_up(g).newest.bytes_each))
    kept = run.g[:: panel.plot.image.span // run.stride, 0]
    decades = np.log10(np.abs(kept[:, 1:-1])) - np.log10(np.abs(kept[:, 2:]))
    coloured = panel.plot.image.codes <= COLOURS
    assert coloured.all()
    centres = panel.plot.image.scale.low + (panel.plot.image.codes - 0.5) * panel.plot.image.scale.span / COLOURS
    assert (np.abs(centres - decades.T[:, : centres.shape[1]]) <= 0.51 * panel.plot.image.scale.span / COLOURS).all()
    panel.plot.hover(panel.plot.item.vb.mapViewToScene(QPointF(777, 1)))
    assert panel.plot.reading().startswith(f"epoch {777 // panel.plot.image.span * panel.plot.image.span:,}, layer 1\n")
    panel._pin(0, 1)
    assert "greatest" not in panel.plot.pinned_text


def test_the_spikes_of_a_wide_network_show_too(show, panel) -> None:
    config = Config(layers=4, width=3, epochs=2000)
    columns = columns_for(config, 2000)
    columns["epoch"][:] = np.arange(2000)
    columns["g"][:, 0] = 1e-3
    columns["g"][:, 1:] = NAN
    columns["g"][777, 0, 2] = 0.5
    run = Run(config, memory=200 * Frames.empty(config).bytes_each)
    run.append(Frames.kind_for(config)(**columns))
    show(run)
    assert 777 not in run.frames.epoch
    image = panel.plot.image
    expected = expected_cells(columns["g"][:, 0, 1:], image.span, image.scale)
    assert (np.abs(image.codes.astype(int) - expected) <= (expected <= COLOURS)).all()
    panel.plot.hover(panel.plot.item.vb.mapViewToScene(QPointF(777, 2)))
    assert re.match(r"one of epochs \d+ to \d+, layer 2\nrms g = 0\.5\nlog₁₀ rms g = −0\.30\n", panel.plot.reading())


def test_epochs_that_are_not_observed_stand_with_the_last_one_that_is(show, panel) -> None:
    run = show(Config(layers=10, weight_scale=0.9, epochs=95, observe_every=10))
    assert run.frames.epoch.tolist() == [*range(0, 91, 10), 94]
    assert (panel.plot.image.span, panel.plot.image.columns) == (10, 10)
    near = expected_cells(run.g[:10, 0, 1:], 1, panel.plot.image.scale)
    assert (np.abs(panel.plot.image.codes.astype(int) - near) <= 1).all()
    assert panel.plot.epochs_joined == 1, "every observed epoch is shown"


def test_the_scale_is_fixed_by_the_first_frame_and_nothing_is_clipped_in_silence(show, panel) -> None:
    g = np.full((6, 5), 1e-3)
    g[3, 2], g[4, 3] = 1e-200, 1e200
    run = made_up(g)
    early = Run(run.config)
    early.append(run.between(0, 0)[0])
    show(early)
    scale = panel.plot.image.scale
    assert scale.low < -10
    assert scale.high >= -3
    show(run)
    assert panel.plot.image.scale == scale == panel.bar.scale_drawn
    assert panel.plot.image.codes[1, 3] == BELOW
    assert panel.plot.image.codes[2, 4] == ABOVE
    assert panel.bar.seen == {BELOW, ABOVE}


def of_samples(g: np.ndarray) -> Run:
    """A run of several samples with these gradients, (epochs, samples, layers), which has not ended."""
    epochs, samples, layers = g.shape
    config = Config(layers=layers, inputs=(0.5,) * samples, targets=(0.5,) * samples, epochs=1000)
    shapes = {name: np.full((epochs, *column.shape[1:]), 0.5) for name, column in Frames.empty(config).columns().items()}
    run = Run(config)
    run.append(Frames(**{**shapes, "g": g, "epoch": np.arange(epochs)}))
    return run


@pytest.mark.parametrize("sample", [0, 1, 2])
def test_the_scale_is_one_for_all_samples_whichever_is_looked_at_first(show, panel, sample: int) -> None:
    g = np.zeros((5, 3, 6))
    g[:, 1], g[:, 2] = 1e-60, 1e-3
    run = show(of_samples(g), sample=sample)
    scale = panel.plot.image.scale
    assert scale.low <= -60
    assert scale.high >= -3
    for other in range(3):
        panel.show_moment(Moment(run, run.newest, other))
        assert panel.plot.image.scale == panel.bar.scale_drawn == scale
        assert not {BELOW, ABOVE} & panel.bar.seen
    assert (panel.plot.image.codes <= COLOURS).all()


@pytest.mark.parametrize("name", ["g", "factor"])
@pytest.mark.parametrize("nothing", [0.0, NAN, INF, 1e-320])
def test_a_frame_without_a_value_that_has_a_colour_chooses_none(panel, name: str, nothing: float) -> None:
    panel.choice.setCurrentIndex(list(QUANTITIES).index(name))
    g = np.full((9, 1, 6), nothing)
    g[4:] = 10.0 ** np.arange(-25.0, -19.0)
    whole = of_samples(g)
    run = Run(whole.config)
    run.append(whole.between(0, 2)[0])
    panel.begin_anew()
    panel.show_moment(Moment(run, run.newest))
    assert panel.bar.scale_drawn is None
    assert "scale" not in panel.accessibleDescription()
    assert not panel.grab().isNull()
    for first, last in ((3, 5), (6, 8)):
        run.append(whole.between(first, last)[0])
        panel.show_moment(Moment(run, run.newest))
        scale = panel.plot.image.scale
        assert panel.bar.scale_drawn == scale
        assert scale.low < (-1 if name == "factor" else -25) < scale.high
    assert (panel.plot.image.codes[:, :4] > COLOURS).all()
    assert (panel.plot.image.codes[:, 4:] <= COLOURS).all()
    assert "The scale runs from" in panel.accessibleDescription()


def test_a_double_click_chooses_the_colours_anew_from_all_that_is_kept_and_the_title_says_so(show, panel, qtbot) -> None:
    panel.window().resize(900, 500)
    QApplication.processEvents()
    g = np.full((6, 2, 5), 1e-3)
    g[3, 0, 2], g[4, 1, 3] = 1e-200, 1e100
    run = of_samples(g)
    early = Run(run.config)
    early.append(run.between(0, 0)[0])
    show(early)
    panel.show_moment(Moment(run, run.newest))
    assert BELOW in panel.bar.seen
    middle = at(panel, 3, 2)
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseDClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseRelease(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    scale = panel.plot.image.scale
    assert panel.bar.scale_drawn == scale
    assert scale.low <= -200
    assert scale.high >= 100
    assert not panel.bar.seen
    assert "colours chosen anew at epoch 5" in panel.plot.item.titleLabel.text
    panel.choice.setCurrentIndex(1)
    assert "colours" not in panel.plot.item.titleLabel.text
    panel.choice.setCurrentIndex(0)
    assert panel.plot.image.scale == scale
    assert "colours chosen anew at epoch 5" in panel.plot.item.titleLabel.text
    panel.begin_anew()
    panel.show_moment(Moment(early, early.newest))
    assert "colours" not in panel.plot.item.titleLabel.text


def test_a_double_click_on_nothing_but_zeros_chooses_nothing(show, panel) -> None:
    panel.reset_view()
    show(of_samples(np.zeros((3, 2, 5))))
    panel.reset_view()
    assert panel.bar.scale_drawn is None
    assert "colours" not in panel.plot.item.titleLabel.text
    panel.choice.setCurrentIndex(3)
    show(Config(layers=2, epochs=2))
    panel.reset_view()
    assert panel.plot.image.codes.size == 0


def test_the_title_says_that_a_person_has_changed_the_axis(show, panel) -> None:
    show(Config(layers=20, epochs=9000))
    panel.plot.epoch = 17
    panel.plot.item.vb.sigRangeChangedManually.emit([True, True])
    title = panel.plot.item.titleLabel.text
    assert re.search("axis (changed by hand at|since) epoch 17", title)
    assert "x = −0.5" in title
    panel.reset_view()
    assert "axis" not in panel.plot.item.titleLabel.text


def test_a_range_that_is_set_holds_until_another_experiment_begins(show, panel) -> None:
    run = show(made_up(np.full((6, 5), 1e-3)))
    own = panel.plot.image.scale
    panel.set_range(-4.0, 0.0)
    assert panel.plot.image.scale == panel.bar.scale_drawn == Range(-4.0, 0.0)
    assert value_of(int(panel.plot.image.codes[0, 0]), Range(-4.0, 0.0)) == pytest.approx(-3.0, abs=0.009)
    panel.set_range(-2.0, 0.0)
    assert (panel.plot.image.codes == BELOW).all()
    panel.begin_anew()
    panel.show_moment(Moment(run, run.newest))
    assert panel.plot.image.scale == own
    panel.begin_anew()
    panel.set_range(-4.0, 0.0)
    panel.show_moment(Moment(run, run.newest))
    assert panel.plot.image.scale == Range(-4.0, 0.0)


def test_another_experiment_begins_with_nothing(show, panel) -> None:
    show(Config(layers=10, epochs=50))
    panel.begin_anew()
    assert panel.plot.image is None
    assert panel.plot.cells.boundingRect().isEmpty()
    show(Config(layers=7, epochs=3))
    assert panel.plot.image.codes.shape == (6, 3)


def test_a_saved_run_shows_all_its_epochs_and_a_playback_moves_the_cursor(show, panel, tmp_path: Path) -> None:
    made = record(Config(layers=10, weight_scale=0.9, epochs=300))
    show(made)
    codes = panel.plot.image.codes.copy()
    store.save(made, tmp_path / "run.npz")
    run = store.load(tmp_path / "run.npz")
    for epoch in (0, 70, 299):
        show(run, epoch)
        assert np.array_equal(panel.plot.image.codes, codes)
        assert panel.plot.cursor.value() == epoch
    (left, right), _ = panel.plot.item.vb.viewRange()
    assert left < 0
    assert 299 < right < 310


def test_the_epochs_axis_stays_while_a_short_run_fills_it(panel) -> None:
    run = Run(Config(layers=10, epochs=1000))
    training = train(run.config)
    panel.begin_anew()
    ranges = set()
    for block in training:
        run.append(block)
        panel.show_moment(Moment(run, run.newest))
        ranges.add(tuple(panel.plot.item.vb.viewRange()[0]))
    assert len(ranges) == 1


def test_a_run_that_breaks_off_at_once_is_still_seen(show, panel) -> None:
    run = show(presets()["explodes"].config)
    assert (run.ending.kind, len(run.frames)) == ("diverged", 2)
    picture = pixels(panel.grab().toImage())
    red = rgb(colour_table(LIGHT)[BROKEN])
    area = panel.plot.item.vb.sceneBoundingRect()
    assert (np.abs(picture - red).max(axis=2) == 0).sum() > 0.3 * area.width() * area.height()


def test_before_a_training_runs_words_stand_where_cells_will_be(panel) -> None:
    run = Run(Config(layers=10, epochs=1000))
    training = train(run.config)
    run.append(next(training))
    panel.begin_anew()
    panel.show_moment(Moment(run, run.newest))
    words = [item.toPlainText() for item in panel.scene().items() if isinstance(item, pg.TextItem) and item.isVisible()]
    assert words == ["fills from the left as the training runs"]
    for block in training:
        run.append(block)
    panel.show_moment(Moment(run, run.newest))
    assert not [item for item in panel.scene().items() if isinstance(item, pg.TextItem) and item.isVisible()]


def test_the_words_stand_only_where_they_fit_and_on_no_cell(panel) -> None:
    run = Run(Config(layers=10, epochs=1000))
    training = train(run.config)
    run.append(next(training))
    run.append(training.send(Ask(frames=7)))
    seen = set()
    for width in range(330, 500, 3):
        panel.window().resize(width, 150)
        QApplication.processEvents()
        panel.begin_anew()
        panel.show_moment(Moment(run, run.newest))
        hint, cells = panel.plot._hint, panel.plot.item.vb.mapViewToScene(QPointF(panel.plot.image.columns - 0.5, 5)).x()
        seen.add(hint.isVisible())
        if hint.isVisible():
            box = hint.mapToScene(hint.boundingRect()).boundingRect()
            assert panel.plot.item.vb.sceneBoundingRect().contains(box)
            assert box.left() >= cells
        else:
            assert hint.boundingRect().width() > panel.plot.item.vb.sceneBoundingRect().right() - cells
    assert seen == {True, False}


# what a person reads and does


def test_the_title_says_what_is_shown_and_how_many_epochs_and_layers(show, panel) -> None:
    panel.window().resize(900, 500)
    QApplication.processEvents()
    show(Config(layers=20, epochs=50))
    assert re.search(r"<b>log₁₀\|g\| by layer and epoch, x = −0.5</b>(&nbsp;)+ </span>", panel.plot.item.titleLabel.text)
    show(Config(layers=20, epochs=9000))
    assert panel.plot.image.span == 16
    assert f"(greatest of {panel.plot.epochs_joined} epochs shown)" in panel.plot.item.titleLabel.text
    assert panel.plot.epochs_joined in (16, 32)
    show(Config(layers=2000, epochs=3))
    assert panel.plot.layers_joined in (8, 12)
    assert f"(1 layer in {panel.plot.layers_joined} shown)" in panel.plot.item.titleLabel.text


@pytest.mark.parametrize("width", [300, 330, 490, 900])
@pytest.mark.parametrize("index", range(4))
def test_of_several_samples_the_one_that_is_shown_is_named_however_small_the_panel(show, panel, width: int, index: int) -> None:
    panel.window().resize(width, 150)
    panel.choice.setCurrentIndex(index)
    show(Config(layers=30, epochs=2000), sample=1)
    assert ("x = 0.5" in panel.plot.item.titleLabel.text) == (list(QUANTITIES)[index] != "dw")


@pytest.mark.parametrize("width", [300, 490, 700, 1280])
@pytest.mark.parametrize("index", range(4))
def test_title_list_and_legend_stay_inside_and_apart(show, panel, width: int, index: int) -> None:
    panel.window().resize(width, 210)
    panel.choice.setCurrentIndex(index)
    show(Config(layers=30, epochs=2000, inputs=(-1 / 3, 1 / 7), targets=(0.0, 0.0)))
    area = panel.plot.item.vb.sceneBoundingRect()
    assert area.right() < panel.width() - 50
    title = panel.plot.item.titleLabel
    ends = title.mapToScene(title.itemRect().bottomRight() if hasattr(title, "itemRect") else title.rect().bottomRight()).x()
    assert width < 400 or ends <= panel.choice.x() + 2
    assert panel.choice.geometry().right() <= panel.width()
    bar, middles = panel.bar.places(panel.bar.size().height())
    assert 0 <= bar.top() < bar.bottom() <= panel.bar.size().height()
    assert sorted(middles.values()) == [middles[lane] for lane in LANES], "in the order of the legend, none upon another"
    assert not [middle for middle in middles.values() if bar.top() < middle < bar.bottom()]


def test_the_bar_stays_where_it_is_when_a_lane_is_seen_for_the_first_time(show, panel) -> None:
    g = np.full((4, 5), 1e-3)
    show(made_up(g))
    height = panel.bar.size().height()
    before = panel.bar.places(height)
    g[2:, 2:] = [[0.0, NAN, 1.0], [5e-324, INF, 1e-300]]
    show(made_up(g))
    assert panel.bar.seen == set(LANES)
    assert panel.bar.places(height) == before


@pytest.mark.parametrize(("scale", "room", "expected"), [
    (Range(-308.0, 0.0), 55.0, ["10⁻³⁰⁰", "10⁻²⁰⁰", "10⁻¹⁰⁰", "1"]),
    (Range(-18.0, 2.0), 65.0, ["10⁻¹⁵", "10⁻¹⁰", "10⁻⁵", "1"]),
    (Range(-1.0, 0.0), 400.0, ["10⁻¹", "1"]),
    (Range(-5.0, -2.0), 55.0, ["10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²"]),
])  # fmt: skip
def test_the_bar_is_labelled_in_round_decades(panel, scale: Range, room: float, expected: list[str]) -> None:
    assert [panel.bar.number(tick) for tick in bar_ticks(scale, room, 1.0)] == expected


def test_factors_are_labelled_in_plain_numbers(show, panel) -> None:
    panel.choice.setCurrentIndex(3)
    show(presets()["notebook-1d"].config.replace(epochs=3))
    labels = [panel.bar.number(tick) for tick in bar_ticks(panel.bar.scale_drawn, 100.0, 0.0)]
    assert "0" in labels
    assert all(re.fullmatch(r"−?0(\.\d+)?", label) for label in labels), labels


@pytest.mark.parametrize(("epoch", "layer"), [(0, 1), (3, 5), (8, 7)])
def test_moving_the_mouse_reads_the_cell_under_it_and_leaving_hides_it(show, panel, qtbot, epoch: int, layer: int) -> None:
    g = -(10.0 ** np.linspace(-9, 0, 72).reshape(9, 8))
    run = show(made_up(g))
    with qtbot.waitSignal(panel.scene().sigMouseMoved):
        qtbot.mouseMove(panel.viewport(), at(panel, epoch + 0.3, layer - 0.2))
    digits = repr(float(run.g[epoch, 0, layer])).replace("-", "−")
    decade = f"{math.log10(-run.g[epoch, 0, layer]):.2f}".replace("-", "−")
    assert panel.plot.reading().split("\n") == [f"epoch {epoch}, layer {layer}", f"g = {digits}", f"log₁₀|g| = {decade}"]
    boxes = [item.toPlainText() for item in panel.scene().items() if isinstance(item, pg.TextItem) and item.isVisible()]
    assert boxes == [panel.plot.reading()]
    QApplication.sendEvent(panel, QEvent(QEvent.Type.Leave))
    assert panel.plot.reading() == ""
    assert not [item for item in panel.scene().items() if isinstance(item, pg.TextItem) and item.isVisible()]


def test_a_click_pins_exact_numbers_that_stay_and_a_second_click_takes_them_away(show, panel, qtbot) -> None:
    run = show(presets()["notebook-1b"].config.replace(epochs=50))
    where = at(panel, 20, 70)
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=where)
    title, *rows = panel.plot.pinned_text.split("\n")
    epoch, layer = (int(number) for number in re.fullmatch(r"epoch (\d+), layer (\d+), x = −0.5", title).groups())
    assert abs(epoch - 20) <= 1
    assert abs(layer - 70) <= 1
    values = {"g": run.g[epoch, 0], "h": run.h[epoch, 0], "dw": run.dw[epoch], "w": run.w[epoch]}
    assert rows == [f"{name} = {float(value[layer])!r}".replace("-", "−") for name, value in values.items()]
    qtbot.mouseMove(panel.viewport(), at(panel, 40, 10))
    panel.show_moment(Moment(run, run.at(30)))
    assert panel.plot.pinned == (epoch, layer)
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=at(panel, 5, 30))
    assert abs(panel.plot.pinned[0] - 5) <= 1, "a click on another cell pins that one instead"
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=at(panel, 5, 30) + QPoint(2, 1))
    assert panel.plot.pinned is None
    assert panel.plot.pinned_text == ""


def test_escape_takes_the_pinned_numbers_away_and_so_does_another_experiment(show, panel, qtbot) -> None:
    show(Config(layers=10, epochs=20))
    for end in (lambda: qtbot.keyClick(panel, Qt.Key.Key_Escape), panel.begin_anew):
        qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=at(panel, 5, 5))
        assert panel.plot.pinned == (5, 5)
        end()
        assert panel.plot.pinned is None


def test_only_a_left_click_on_a_cell_pins(show, panel, qtbot) -> None:
    show(Config(layers=10, epochs=1000), epoch=3)
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.RightButton, pos=at(panel, 5, 5))
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert panel.plot.pinned is None


def test_a_double_click_shows_everything_and_pins_nothing(show, panel, qtbot) -> None:
    show(Config(layers=10, epochs=20))
    whole = panel.plot.item.vb.viewRange()
    panel.plot.item.vb.scaleBy((0.5, 0.5))
    panel.plot.item.vb.sigRangeChangedManually.emit([True, True])
    middle = at(panel, 10, 5)
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseDClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseRelease(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    np.testing.assert_allclose(panel.plot.item.vb.viewRange(), whole, atol=0.2)
    assert panel.plot.pinned is None


@pytest.mark.parametrize("place", [(100, 50), (500, 10), (500, 90), (900, 50)])
def test_no_box_hides_the_cell_that_it_is_about(show, panel, qtbot, place: tuple[int, int]) -> None:
    show(presets()["notebook-1b"].config)
    where = at(panel, *place)
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=where)
    boxes = [item for item in panel.scene().items() if isinstance(item, pg.TextItem) and item.isVisible()]
    assert len(boxes) == 1 + bool(panel.plot.reading())
    for box in boxes:
        drawn = box.mapToScene(box.boundingRect()).boundingRect()
        assert not drawn.contains(panel.mapToScene(where))
        assert panel.plot.item.vb.sceneBoundingRect().adjusted(-2, -2, 2, 2).contains(drawn)


@pytest.mark.parametrize("pinned", [(500, 20), (500, 80), (100, 50)])
def test_the_box_under_the_mouse_leaves_the_pinned_one_readable(show, panel, qtbot, pinned: tuple[int, int]) -> None:
    show(presets()["notebook-1b"].config)
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=at(panel, *pinned))
    panel.plot.hover(panel.plot.item.vb.mapViewToScene(QPointF(300, 50)))
    boxes = [item for item in panel.scene().items() if isinstance(item, pg.TextItem) and item.isVisible()]
    assert {box.toPlainText() for box in boxes} == {panel.plot.pinned_text, panel.plot.reading()}
    one, other = (box.mapToScene(box.boundingRect()).boundingRect() for box in boxes)
    assert not one.adjusted(2, 2, -2, -2).intersects(other)


def test_of_a_thinned_run_the_pinned_epoch_is_one_that_is_kept(show, panel) -> None:
    config = Config(layers=10, epochs=4000)
    run = Run(config, memory=300 * 8 * (2 * 2 + 2) * 10)
    for block in train(config):
        run.append(block)
    show(run)
    panel.plot.hover(panel.plot.item.vb.mapViewToScene(QPointF(2001, 5)))
    epoch = int(re.match(r"epoch ([\d,]+)", panel.plot.reading())[1].replace(",", ""))
    span = panel.plot.image.span
    assert epoch == 2001 // span * span
    assert f"the greatest of epochs {epoch:,} to {epoch + span - 1:,}" in panel.plot.reading()
    assert f"g = {float(record(config).g[epoch, 0, 5])!r}".replace("-", "−") in panel.plot.reading()
    panel._pin(epoch + 1, 5)
    assert f"(epoch {epoch + 1:,} is not kept: this one is the nearest)" in panel.plot.pinned_text


def test_a_cell_that_shows_a_lane_names_the_epoch_that_is_in_it(show, panel) -> None:
    g = np.full((3000, 5), 1e-3)
    g[1234, 2] = NAN
    show(made_up(g))
    assert panel.plot.image.span > 1
    panel.plot.hover(panel.plot.item.vb.mapViewToScene(QPointF(1233, 2)))
    assert panel.plot.reading().startswith("epoch 1,234, layer 2\ng = NaN\n")


def test_the_picture_is_described_in_words(show, panel) -> None:
    show(presets()["underflow"].config.replace(epochs=5))
    words = panel.accessibleDescription()
    for part in ("log₁₀|g|", "x = −0.5", "layers from the lowest at the bottom", "10⁻³⁰⁸ (dark violet)", "subnormal or exactly zero"):
        assert part in words
    assert panel.choice.accessibleName()
    assert "∂C/∂u" in panel.choice.toolTip()


# colours

#: Machado, Oliveira and Fernandes 2009, severity 1, for linear RGB.
CONES = {
    "all": np.eye(3),
    "no red": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "no green": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "no blue": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}


def lab(colours: np.ndarray, cones: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of sRGB colours (n, 3) as seen with these cones."""
    parts = colours / 255
    linear = np.clip(np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ cones.T, 0, 1)
    xyz = linear @ np.array([[0.4124564, 0.2126729, 0.0193339], [0.3575761, 0.7151522, 0.1191920], [0.1804375, 0.0721750, 0.9503041]]) / [0.95047, 1, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


@BOTH
@pytest.mark.parametrize("cones", CONES)
def test_lanes_are_told_from_the_scale_the_ground_and_each_other_whatever_cones_one_lacks(theme: Theme, cones: str) -> None:
    seen = lab(np.array([rgb(colour) for colour in colour_table(theme)]), CONES[cones])
    for lane in LANES:
        away = np.linalg.norm(seen - seen[lane], axis=1)
        assert np.delete(away, lane).min() > 18, "eight times what can just be told apart side by side"


# pictures as files


@BOTH
@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_an_exported_picture_has_sharp_cells_of_the_right_colours(show, panel, tmp_path: Path, theme: Theme, ending: str) -> None:
    tool = {".svg": "rsvg-convert", ".pdf": "pdftoppm"}.get(ending)
    if tool and shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    g = 10.0 ** np.linspace(-9, 0, 72).reshape(9, 8)
    g[2, 3], g[3, 4], g[4, 5] = 0.0, NAN, 5e-324
    panel.apply_theme(theme)
    show(made_up(g), scale=SCALE)
    before = panel.grab().toImage()
    save_picture(Scene([panel], theme), tmp_path / f"p{ending}")
    commands = {
        ".svg": ["rsvg-convert", "-z", "2", "-o", str(tmp_path / "p.png"), str(tmp_path / "p.svg")],
        ".pdf": ["pdftoppm", "-r", "192", "-png", "-singlefile", str(tmp_path / "p.pdf"), str(tmp_path / "p")],
    }
    if tool:
        subprocess.run(commands[ending], check=True, capture_output=True)
    picture = pixels(QImage(str(tmp_path / "p.png")))
    assert abs(picture.shape[1] - 980) <= 2
    assert_drawn(picture, panel, theme, tolerance=6)
    # sharp: from one cell to the next, away from the cursor, at most one pixel has neither's colour
    row = picture[round(panel.plot.item.vb.mapViewToScene(QPointF(0, 6)).y() * 2)]
    left, right = (round(panel.plot.item.vb.mapViewToScene(QPointF(epoch, 6)).x() * 2) for epoch in (1, 6))
    changes = np.flatnonzero(np.abs(np.diff(row[left:right], axis=0)).max(axis=1) > 2)
    assert 5 <= len(changes) <= 10
    QApplication.processEvents()
    assert panel.grab().toImage() == before


def test_a_picture_as_svg_and_pdf_holds_its_words(show, panel, tmp_path: Path) -> None:
    show(presets()["underflow"].config.replace(epochs=30))
    save_picture(Scene([panel], LIGHT), tmp_path / "p.svg")
    words = (tmp_path / "p.svg").read_text(encoding="utf-8").replace("\xa0", " ")
    for word in ("log₁₀|g| by layer and epoch, x = −0.5", "layer k", "epoch", "10⁻³⁰⁰", "subnormal", "zero"):
        assert word in words
    if shutil.which("pdftotext"):
        save_picture(Scene([panel], LIGHT), tmp_path / "p.pdf")
        result = subprocess.run(["pdftotext", "-layout", str(tmp_path / "p.pdf"), "-"], capture_output=True, text=True, check=True)
        for word in ("by layer and epoch", "subnormal", "zero"):
            assert word in result.stdout


def test_a_stopped_run_says_nothing_about_filling(show, panel) -> None:
    run = Run(Config(layers=10, epochs=1000))
    run.append(next(train(run.config)))
    run.ending = Ending("stopped", "Stopped after 1 of 1,000 epochs.")
    show(run)
    assert panel.plot.item.vb.viewRange()[0][1] < 2
    assert not [item for item in panel.scene().items() if isinstance(item, pg.TextItem) and item.isVisible()]
