"""The panel that draws runs beside each other: each run's own numbers, on one axis, and words that say which run, what became of it, and its cost."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from PyQt6.QtCore import QPointF
from PyQt6.QtWidgets import QApplication

from gradviz import Config, record
from gradviz.core.frames import WideFrames
from gradviz.core.words import short
from gradviz.runs.moment import Ghost, Moment
from gradviz.runs.presets import presets
from gradviz.runs.run import Run
from gradviz.ui.companions import together
from gradviz.ui.pins import Pins, changed, pinned
from gradviz.ui.plots.bands import RMS
from gradviz.ui.plots.dashboard import Dashboard
from gradviz.ui.plots.pinned import sign_of
from gradviz.ui.plots.side_by_side import SideBySidePanel
from gradviz.ui.plots.small_plot import SmallPlot
from gradviz.ui.theme import DARK, LIGHT, Theme

Show = Callable[..., Moment]
SHORT = Config(layers=12, epochs=40)
NOTEBOOK = {scale: presets()[name].config.replace(epochs=30) for scale, name in (("1", "notebook-1a"), ("5", "notebook-1b"), ("0.9", "notebook-1d"))}


@pytest.fixture
def panel(on_screen: Any) -> SideBySidePanel:
    """The panel by itself, as wide as in a small window."""
    return on_screen(SideBySidePanel(), 490, 270)


@pytest.fixture
def show(panel: SideBySidePanel) -> Show:
    """Draws runs at an epoch, the first of them as the live one."""

    def draw(runs: Mapping[str, Run], epoch: int, *, anew: bool = False) -> Moment:
        (_, live), *others = runs.items()
        frame = live.at_or_before(epoch)
        assert frame is not None
        ghosts = tuple(Ghost(name, number, Moment(run, run.at_or_before(epoch))) for number, (name, run) in enumerate(others))
        moment = Moment(live, frame, 0, ghosts)
        if anew:
            panel.begin_anew()
        panel.show_moment(moment)
        QApplication.processEvents()
        return moment

    return draw


@pytest.fixture
def notebook(show: Show) -> dict[str, Run]:
    """The notebook's three runs side by side at epoch 20."""
    runs = {f"weight_scale = {scale}": record(config) for scale, config in NOTEBOOK.items()}
    show(runs, 20)
    return runs


def lines_of(plot: SmallPlot) -> list[str]:
    """The title's two lines as they are read."""
    return [re.sub(r"<[^>]*>", "", line).replace("&nbsp;", " ") for line in plot.item.titleLabel.text.split("<br>")]


def header(panel: SideBySidePanel) -> str:
    return re.sub(r"<[^>]*>", "", panel.header.text).replace("&nbsp;", " ")


def axis(plot: SmallPlot) -> list[list[float]]:
    return plot.item.vb.viewRange()


def places(panel: SideBySidePanel) -> list[tuple[int, int]]:
    """Row and column of each plot, by where it is on the screen."""
    corners = [plot.item.sceneBoundingRect().topLeft() for plot in panel.plots]
    rows, columns = (sorted({round(side(corner)) for corner in corners}) for side in (QPointF.y, QPointF.x))
    return [(rows.index(round(corner.y())), columns.index(round(corner.x()))) for corner in corners]


def test_each_plot_holds_the_gradients_of_its_own_run_at_that_epoch(panel: SideBySidePanel, notebook: dict[str, Run]) -> None:
    assert len(panel.plots) == 3
    for plot, run in zip(panel.plots, notebook.values(), strict=True):
        for (layers, drawn), row in zip(plot.drawn(), run.at(20).g[0], strict=True):
            assert np.array_equal(layers, np.arange(1, 100))
            np.testing.assert_allclose(drawn, np.log10(np.abs(row[1:])), rtol=1e-12)


@pytest.mark.usefixtures("notebook")
def test_all_stand_on_one_axis_equally_large(panel: SideBySidePanel) -> None:
    first, *others = panel.plots
    for plot in others:
        np.testing.assert_allclose(axis(plot), axis(first), rtol=1e-9)
        assert plot.item.vb.width() == pytest.approx(first.item.vb.width(), abs=2)
        assert plot.item.vb.height() == pytest.approx(first.item.vb.height(), abs=2)
    low, high = axis(first)[1]
    assert low < -310
    assert high > 0


def test_the_title_says_which_run_what_became_of_it_and_its_cost(panel: SideBySidePanel, notebook: dict[str, Run]) -> None:
    panel.resize(1200, 300)
    QApplication.processEvents()
    for plot, (name, run), verdict in zip(panel.plots, notebook.items(), ("trains", "vanishing", "vanishing"), strict=True):
        live = " (live)" * (plot is panel.plots[0])
        sign = "" if live else f"{sign_of(plot.shown.colour)} "
        assert lines_of(plot) == [f"{sign}{name}{live}", f"{verdict} · C = {short(float(run.cost[20]), 3)}"]
    assert header(panel) == "Side by side: gradients |g| by layer k, epoch 20"


@pytest.mark.usefixtures("notebook")
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_names_and_curves_have_the_colours_of_their_pins(panel: SideBySidePanel, theme: Theme) -> None:
    panel.apply_theme(theme)
    for number, plot in enumerate(panel.plots[1:]):
        assert f"color:{theme.pins[number]}" in plot.item.titleLabel.text
        assert {curve.opts["pen"].color().name() for curve in plot._curves} == {theme.pins[number]}
    assert [curve.opts["pen"].color().name() for curve in panel.plots[0]._curves] == list(theme.curves[:2])


def test_a_narrow_title_keeps_the_value_that_differs_and_says_the_rest_in_its_tooltip(panel: SideBySidePanel, show: Show) -> None:
    runs = {name: record(config) for name, config in together(SHORT, "number_format", ("float64", "float32", "float16", "bfloat16"))}
    panel.resize(300, 290)
    show(runs, 5)
    for plot, name in zip(panel.plots, runs, strict=True):
        room = plot.item.vb.width()
        assert lines_of(plot)[0].endswith(name.split()[-1])
        assert plot.item.titleLabel.item.boundingRect().width() <= room + 12
        assert plot.item.titleLabel.toolTip().startswith(f"{name}: trains · C = ")


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (2, [(0, 0), (0, 1)]),
        (3, [(0, 0), (0, 1), (0, 2)]),
        (4, [(0, 0), (0, 1), (1, 0), (1, 1)]),
        (5, [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]),
        (6, [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]),
    ],
)
def test_from_four_on_they_stand_in_two_rows(panel: SideBySidePanel, show: Show, count: int, expected: list[tuple[int, int]]) -> None:
    runs = {name: record(config) for name, config in together(SHORT, "seed", range(count))}
    show(runs, 3)
    panel.resize(490, panel.minimumHeight())
    QApplication.processEvents()
    assert places(panel) == expected
    assert min(plot.item.vb.height() for plot in panel.plots) > 40
    rights = [plot.item.sceneBoundingRect().right() for plot in panel.plots]
    assert max(rights) <= panel.width()


def test_of_more_than_six_the_header_says_that_the_first_are_drawn(panel: SideBySidePanel, show: Show) -> None:
    run = record(SHORT)
    show({str(number): run for number in range(9)}, 3)
    assert len(panel.plots) == 6
    assert header(panel).endswith("the first 6 of 9 runs")


def test_without_another_run_words_say_how_to_get_some(panel: SideBySidePanel, show: Show, notebook: dict[str, Run]) -> None:
    show({"": notebook["weight_scale = 1"]}, 20)
    assert len(panel.plots) == 1
    assert lines_of(panel.plots[0])[0] == "this run (live)"
    assert "Run &gt; Several runs together…, or pin a run with Ctrl+P." in panel.how.text
    assert panel.how.item.isVisible()
    assert panel.how.item.boundingRect().width() > 100
    show(notebook, 20)
    assert panel.how.scene() is None


def test_activations_can_be_chosen_instead(panel: SideBySidePanel, notebook: dict[str, Run]) -> None:
    panel.choice.setFocus()
    panel.choice.setCurrentIndex(1)
    for plot, run in zip(panel.plots, notebook.values(), strict=True):
        for (layers, drawn), row in zip(plot.drawn(), run.at(20).h[0], strict=True):
            assert np.array_equal(layers, np.arange(100))
            np.testing.assert_allclose(drawn, np.log10(np.abs(row)), rtol=1e-12, atol=1e-15)
    assert header(panel).startswith("Side by side: activations |h| by layer k")
    assert panel.quantities == ("h",)
    assert axis(panel.plots[0])[1][0] > -40


def test_the_axis_stays_through_the_epochs_and_only_widens_for_a_run_that_comes_later(panel: SideBySidePanel, show: Show, notebook: dict[str, Run]) -> None:
    trains = {name: notebook[name] for name in ("weight_scale = 1", "weight_scale = 0.9")}
    show(trains, 0, anew=True)
    began = axis(panel.plots[0])
    for epoch in range(1, 30):
        show(trains, epoch)
        assert all(axis(plot) == began for plot in panel.plots)
    assert began[1][0] > -60
    show({**trains, "late": notebook["weight_scale = 5"]}, 29)
    later = axis(panel.plots[2])
    assert later[1][0] < -300
    assert all(np.allclose(axis(plot), later) for plot in panel.plots)
    show(trains, 29)
    assert np.allclose(axis(panel.plots[0]), later), "a run that goes takes no part of the axis away"


def test_runs_of_other_depths_share_the_deepest_ones_axis(panel: SideBySidePanel, show: Show) -> None:
    runs = {name: record(config) for name, config in together(SHORT, "layers", (5, 30, 12))}
    show(runs, 3)
    assert [plot.drawn()[0][0][-1] for plot in panel.plots] == [4, 29, 11]
    assert all(axis(plot)[0] == pytest.approx([-0.29, 29.29]) for plot in panel.plots)


def test_a_run_that_ended_before_says_which_epoch_is_shown(panel: SideBySidePanel, show: Show) -> None:
    runs = {name: record(config) for name, config in together(SHORT, "epochs", (40, 7))}
    panel.resize(900, 270)
    show(runs, 30)
    assert lines_of(panel.plots[1])[1].endswith("(epoch 6, its last)")
    assert "epoch" not in lines_of(panel.plots[0])[1]
    panel.resize(350, 270)
    QApplication.processEvents()
    assert lines_of(panel.plots[1])[1].endswith("(epoch 6)")


def test_a_run_that_diverged_stands_in_the_lane_that_all_have(panel: SideBySidePanel, show: Show) -> None:
    wild = record(Config(layers=12, activation="identity", weight_scale=3.0, learning_rate=5.0, epochs=40))
    assert wild.ending.kind == "diverged"
    show({"live": record(SHORT), "wild": wild}, 30)
    assert lines_of(panel.plots[1])[1].startswith("diverged")
    lane = panel.plots[1].lane_points()
    assert len(lane)
    assert set(lane[:, 1]) == {panel.plots[0].scale.broken_lane(panel.plots[0].covered)}
    assert all(plot._axis.broken_seen for plot in panel.plots)
    assert np.allclose(axis(panel.plots[0]), axis(panel.plots[1]))


def test_of_a_wide_network_the_root_mean_square_is_drawn(panel: SideBySidePanel, show: Show) -> None:
    wide = record(Config(layers=6, width=8, data="moons", epochs=6))
    show({"chain": record(SHORT), "wide": wide}, 4)
    frame = wide.at(4)
    assert isinstance(frame, WideFrames)
    ((layers, drawn),) = panel.plots[1].drawn()
    assert np.array_equal(layers, np.arange(1, 6))
    np.testing.assert_allclose(drawn, np.log10(frame.g[0, RMS, 1:]), rtol=1e-12)


def test_who_zooms_one_zooms_all_and_a_double_click_shows_all_again(panel: SideBySidePanel, show: Show, notebook: dict[str, Run]) -> None:
    whole = axis(panel.plots[0])
    moved = panel.plots[1]
    moved.item.vb.setRange(xRange=(20, 40), yRange=(-150, -50), padding=0)
    moved.item.vb.sigRangeChangedManually.emit(moved.item.vb.state["mouseEnabled"])
    assert all(axis(plot) == [[20, 40], [-150, -50]] for plot in panel.plots)
    assert header(panel).endswith("axis changed by hand at epoch 0")
    show(notebook, 21)
    assert all(axis(plot) == [[20, 40], [-150, -50]] for plot in panel.plots)
    panel.reset_view()
    assert all(np.allclose(axis(plot), whole) for plot in panel.plots)
    assert "axis" not in header(panel)


def test_the_crosshair_reads_the_exact_numbers_of_the_run_under_the_mouse(panel: SideBySidePanel, notebook: dict[str, Run]) -> None:
    panel.resize(1400, 300)
    QApplication.processEvents()
    plot, run = panel.plots[1], notebook["weight_scale = 5"]
    assert plot.hover(plot.item.vb.mapViewToScene(QPointF(50.0, -100.0)))
    assert plot.reading().split("\n") == [
        "layer 50",
        *(f"x = {x}:  {value!r}".replace("-", "−") for x, value in zip((-0.5, 0.5), run.at(20).g[0, :, 50].tolist(), strict=True)),
    ]


def test_a_name_may_hold_what_looks_like_html(panel: SideBySidePanel, show: Show) -> None:
    run = record(SHORT)
    panel.resize(1200, 270)
    show({"": run, "<i>a & b</i>": run}, 3)
    assert "&lt;i&gt;a&nbsp;&amp;&nbsp;b&lt;/i&gt;" in panel.plots[1].item.titleLabel.text


def test_the_dashboard_draws_what_is_pinned_and_shown_in_it(open_dashboard: Callable[..., Dashboard], notebook: dict[str, Run]) -> None:
    dashboard = open_dashboard({"together", "gradients"})
    live, *others = notebook.items()
    pins: Pins = ()
    for name, run in others:
        pins = pinned(pins, run, name)
    dashboard.begin_anew(live[1].config)
    dashboard.show_run(live[1], live[1].at(10))
    panel = dashboard.panels["together"]
    assert len(panel.plots) == 1
    dashboard.show_pins(pins)
    assert [plot.shown.name for plot in panel.plots] == ["weight_scale = 1", "weight_scale = 5", "weight_scale = 0.9"]
    assert {plot.shown.moment.epoch for plot in panel.plots} == {10}
    dashboard.show_pins(changed(pins, pins[0].key, visible=False, name="hidden"))
    assert [plot.shown.name for plot in panel.plots] == ["weight_scale = 1", "weight_scale = 0.9"]
