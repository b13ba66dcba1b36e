"""The dashboard: where its panels stand, which are made and drawn, and that one which is not to be seen costs nothing."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QContextMenuEvent
from PyQt6.QtWidgets import QApplication, QScrollArea, QSplitter

from gradviz import Config, record
from gradviz.runs.moment import Moment
from gradviz.runs.presets import presets
from gradviz.runs.run import Run
from gradviz.ui.plots.dashboard import FIRST, LEADING, PLACES, USUAL, Dashboard
from gradviz.ui.plots.panel import Panel
from gradviz.ui.theme import DARK, LIGHT

LEFT, RIGHT = ["activations", "gradients", "heatmap", "together"], ["why", "phase", "phi", "cost", "weights", "difference"]
CONFIG = Config(layers=12, weight_scale=0.9, learning_rate=0.5, epochs=40)


@pytest.fixture(scope="module")
def run() -> Run:
    return record(CONFIG)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Callable[[Dashboard], list[tuple[str, int]]]:
    """Notes which panel draws which epoch, from now on; panels that are made later too."""

    def watch(dashboard: Dashboard) -> list[tuple[str, int]]:
        notes: list[tuple[str, int]] = []

        def noting(panel: Panel) -> Panel:
            show = panel.show_moment

            def show_moment(moment: Moment) -> None:
                notes.append((panel.name, moment.epoch))
                show(moment)

            monkeypatch.setattr(panel, "show_moment", show_moment)
            return panel

        for panel in dashboard.panels.values():
            noting(panel)
        for name, place in PLACES.items():
            monkeypatch.setitem(PLACES, name, place._replace(make=lambda make=place.make: noting(make())))
        return notes

    return watch


def showing(panel: Panel) -> int:
    """The epoch that a panel says it draws."""
    (epoch,) = {plot.epoch for plot in panel.plots}
    return epoch


def curves_of(panel: Panel) -> list[tuple[np.ndarray, np.ndarray]]:
    return [curve for plot in panel.plots for curve in plot.drawn()]


def frame_of(dashboard: Dashboard, name: str) -> tuple[int, int, int, int]:
    """Left, top, right and bottom edge of a panel in its dashboard."""
    panel = dashboard.panels[name]
    corner = panel.mapTo(dashboard, QPoint(0, 0))
    return corner.x(), corner.y(), corner.x() + panel.width(), corner.y() + panel.height()


# where they stand


def test_two_columns_share_the_room_as_their_places_say(dashboard) -> None:
    assert list(dashboard.shown) == [*LEFT, *RIGHT]
    dashboard.resize(1280, 1400)  # none is as low as it can be
    QApplication.processEvents()
    for column in (LEFT, RIGHT):
        edges = [frame_of(dashboard, name) for name in column]
        assert len({(left, right) for left, _, right, _ in edges}) == 1
        assert all(upper[3] < lower[1] for upper, lower in itertools.pairwise(edges))
        assert (edges[0][1], edges[-1][3]) == (0, dashboard.height())
        shares = np.array([PLACES[name].share for name in column])
        heights = np.array([bottom - top for _, top, _, bottom in edges])
        np.testing.assert_allclose(heights / heights.sum(), shares / shares.sum(), atol=0.01)
    assert frame_of(dashboard, "gradients")[2] < frame_of(dashboard, "why")[0]


def test_a_handle_gives_one_panel_the_room_of_its_neighbour_but_never_all(dashboard, qtbot) -> None:
    (column,) = (
        splitter for splitter in dashboard.findChildren(QSplitter) if splitter.isAncestorOf(dashboard.panels["gradients"]) and splitter.count() == len(LEFT)
    )
    handle = column.handle(1)
    before = frame_of(dashboard, "activations")[3]
    middle = handle.rect().center()
    for distance in (80, -2000):
        qtbot.mousePress(handle, Qt.MouseButton.LeftButton, pos=middle)
        qtbot.mouseMove(handle, middle + QPoint(0, distance))
        qtbot.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=middle + QPoint(0, distance))
        QApplication.processEvents()
        after = frame_of(dashboard, "activations")[3]
        if distance > 0:
            assert after == before + distance
    assert dashboard.panels["activations"].height() == dashboard.panels["activations"].minimumHeight()
    assert dashboard.panels["activations"].isVisible()


@pytest.mark.parametrize("column", [LEFT, RIGHT])
def test_without_a_column_the_other_one_has_all_the_room(dashboard, column: list[str]) -> None:
    dashboard.resize(1400, 1200)  # high enough for all
    dashboard.set_visible(set(column))
    QApplication.processEvents()
    assert list(dashboard.shown) == column
    for name, panel in dashboard.panels.items():
        assert panel.isVisible() == (name in column)
    for name in column:
        left, _, right, _ = frame_of(dashboard, name)
        assert (left, right) == (0, dashboard.width())
    dashboard.set_visible(())
    assert dashboard.shown == {}
    dashboard.set_visible(set(PLACES))
    QApplication.processEvents()
    assert all(panel.isVisible() for panel in dashboard.panels.values())


def test_a_layer_stands_above_itself_in_the_panel_below(dashboard, run) -> None:
    dashboard.show_run(run, run.newest)
    QApplication.processEvents()
    edges = []
    for name in ("activations", "gradients"):
        panel = dashboard.panels[name]
        box = panel.plot.item.vb.sceneBoundingRect()
        edges.append((panel.mapFromScene(box.topLeft()).x(), panel.mapFromScene(box.topRight()).x()))
    np.testing.assert_allclose(edges[0], edges[1], atol=1)


# which are made


def test_all_panels_are_made_where_nothing_else_is_said(dashboard) -> None:
    assert set(dashboard.panels) == set(dashboard.shown) == set(PLACES)
    assert {name: panel.name for name, panel in dashboard.panels.items()} == {name: name for name in PLACES}


def test_the_first_paint_waits_for_the_first_panels_alone_and_the_rest_keeps_its_room(open_dashboard, run) -> None:
    dashboard = open_dashboard(USUAL, FIRST)
    assert set(dashboard.panels) == set(dashboard.shown) == FIRST == {"activations", "gradients"}
    before = {name: frame_of(dashboard, name) for name in FIRST}
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.at(7))
    dashboard.complete()
    QApplication.processEvents()
    assert set(dashboard.panels) == set(dashboard.shown) == USUAL == set(PLACES) - {"weights", "phase", "together", "difference"}
    assert {name: frame_of(dashboard, name) for name in FIRST} == before, "nothing jumps"
    for panel in dashboard.panels.values():
        assert showing(panel) == 7
    assert len(curves_of(dashboard.panels["why"])) > 1
    made = dict(dashboard.panels)
    dashboard.complete()
    assert dashboard.panels == made


def test_a_panel_is_made_when_it_is_first_to_be_seen_and_then_draws_what_the_others_do(open_dashboard, run, drawn) -> None:
    dashboard = open_dashboard(USUAL)
    dashboard.apply_theme(DARK)
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.at(11))
    notes = drawn(dashboard)
    dashboard.set_visible(USUAL | {"weights"})
    assert notes == [("weights", 11)]
    panel = dashboard.panels["weights"]
    assert showing(panel) == 11
    assert np.array_equal(panel.weights.drawn()[0][1], run.w[11, 1:])
    assert panel.backgroundBrush().color().name() == DARK.plot


# which are drawn


@pytest.mark.parametrize("name", PLACES)
def test_a_hidden_panel_is_not_drawn_and_catches_up_when_it_is_shown(dashboard, run, drawn, name: str) -> None:
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.at(0))
    others = set(PLACES) - {name}
    dashboard.set_visible(others)
    notes = drawn(dashboard)
    for epoch in (3, 9, 20):
        dashboard.show_run(run, run.at(epoch))
        dashboard.show_run(run, run.at(epoch + 1), hurried=True)
        dashboard.catch_up()
    assert {shown for shown, _ in notes} == others
    assert showing(dashboard.panels[name]) == 0
    notes.clear()
    dashboard.set_visible(PLACES)
    assert notes == [(name, 21)]
    for panel in dashboard.panels.values():
        assert showing(panel) == 21
    dashboard.catch_up()
    assert notes == [(name, 21)]


def test_what_no_visible_panel_needs_is_not_worked_out(dashboard, run) -> None:
    dashboard.set_visible({"activations", "heatmap", "cost"})
    dashboard.show_run(run, run.newest)
    assert "profile" not in vars(dashboard.moment), "the log domain costs more than the drawing"
    dashboard.set_visible({"why"})
    assert "profile" in vars(dashboard.moment)


def test_hidden_panels_are_not_painted(dashboard, run, monkeypatch) -> None:
    painted: Counter[str] = Counter()
    for name, panel in dashboard.panels.items():
        for plot in panel.plots:
            paint = plot.item.vb.paint
            monkeypatch.setattr(plot.item.vb, "paint", lambda *words, paint=paint, name=name: (painted.update([name]), paint(*words))[1], raising=False)
    for visible in (set(PLACES), {"cost"}):
        dashboard.set_visible(visible)
        QApplication.processEvents()
        painted.clear()
        for epoch in range(5, 10):
            dashboard.show_run(run, run.at(epoch))
            QApplication.processEvents()
        assert set(painted) == visible - {"difference"}, "it has curves once a run is pinned"


def test_in_a_hurry_the_leading_panels_follow_every_frame_and_the_others_take_turns(dashboard, run, drawn) -> None:
    notes = drawn(dashboard)
    dashboard.begin_anew(run.config)
    for epoch in range(30):
        dashboard.show_run(run, run.at(epoch), hurried=True)
    by_panel: dict[str, list[int]] = {name: [] for name in PLACES}
    for name, epoch in notes:
        by_panel[name].append(epoch)
    others = set(PLACES) - LEADING
    for name in LEADING:
        assert by_panel[name] == list(range(30))
    for name in others:
        assert 0 < len(by_panel[name]) < 30
        assert max(np.diff([-1, *by_panel[name]])) <= math.ceil(len(others) / 2), f"{name} waited longer than its turn"
    notes.clear()
    behind = {name for name in others if by_panel[name][-1] < 29}
    dashboard.catch_up()
    assert sorted(notes) == sorted((name, 29) for name in behind)
    dashboard.catch_up()
    assert len(notes) == len(behind)
    for panel in dashboard.panels.values():
        assert showing(panel) == 29


def test_another_experiment_is_nothing_to_catch_up_with(dashboard, run, drawn) -> None:
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.at(5), hurried=True)
    notes = drawn(dashboard)
    dashboard.begin_anew(run.config)
    dashboard.catch_up()
    assert notes == []
    assert dashboard.moment is None


# the sample


def test_the_chosen_sample_is_shown_where_there_is_room_for_one(dashboard) -> None:
    run = record(Config(layers=9, inputs=(0.25, -0.5, 1.5), targets=(0.0,) * 3, epochs=3))
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.newest)
    for sample, label in ((0, "x = 0.25"), (2, "x = 1.5"), (1, "x = −0.5")):
        dashboard.show_sample(sample)
        assert dashboard.moment.sample == sample
        for name in ("why", "heatmap"):
            assert label in dashboard.panels[name].plots[0].item.titleLabel.text.replace("&nbsp;", " ")
    assert len(dashboard.panels["activations"].plot.drawn()) == 3, "where there is room for all, all are drawn"


@pytest.mark.parametrize(("count", "before", "after"), [(2, 0, 0), (2, 1, 1), (2, 5, 1), (1, 5, 0), (50, 0, 0), (50, 5, 4), (50, 49, 49)])
def test_a_sample_that_is_not_in_the_next_experiments_list_gives_way_to_the_nearest(dashboard, count: int, before: int, after: int) -> None:
    dashboard.sample = before
    dashboard.begin_anew(Config(layers=3, inputs=tuple(np.linspace(-1, 1, count)), targets=(0.0,) * count))
    assert dashboard.sample == after


# mouse and theme


@pytest.mark.parametrize("name", PLACES)
def test_a_right_click_asks_for_the_panels_menu(dashboard, qtbot, name: str) -> None:
    panel = dashboard.panels[name]
    where = panel.viewport().rect().center()
    anywhere = panel.viewport().mapToGlobal(where)
    with qtbot.waitSignal(dashboard.menu_requested) as asked:
        QApplication.sendEvent(panel.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, anywhere))
    assert asked.args == [panel, anywhere]


def test_a_theme_colours_all_panels_and_the_room_of_those_that_are_not_there_yet(open_dashboard) -> None:
    dashboard = open_dashboard(USUAL, FIRST)
    for theme in (DARK, LIGHT):
        dashboard.apply_theme(theme)
        QApplication.processEvents()
        image = dashboard.grab().toImage()
        for place in ((0.25, 0.9), (0.75, 0.3), (0.75, 0.95)):  # the heat map's room, the factors', the cost's
            assert image.pixelColor(round(place[0] * image.width()), round(place[1] * image.height())).name() in (theme.plot, theme.line)
    dashboard.complete()
    QApplication.processEvents()
    assert dashboard.panels["why"].backgroundBrush().color().name() == LIGHT.plot


def test_a_panel_that_was_hidden_takes_the_theme_too(dashboard, run) -> None:
    dashboard.show_run(run, run.newest)
    dashboard.set_visible({"cost"})
    dashboard.apply_theme(DARK)
    dashboard.set_visible(PLACES)
    for panel in dashboard.panels.values():
        assert panel.backgroundBrush().color().name() == DARK.plot
        for plot in panel.plots:
            assert plot.item.titleLabel.opts["color"] == DARK.text


@pytest.mark.parametrize("size", [(640, 480), (978, 657), (1600, 1000)])
def test_every_preset_is_drawn_at_every_size(dashboard, size: tuple[int, int]) -> None:
    dashboard.resize(*size)
    for name, preset in presets().items():
        run = record(preset.config.replace(epochs=2))
        dashboard.begin_anew(run.config)
        dashboard.show_run(run, run.newest)
        QApplication.processEvents()
        for panel in dashboard.panels.values():
            assert panel.minimumWidth() <= panel.width(), name
            for plot in panel.plots:
                (left, right), (low, high) = plot.item.vb.viewRange()
                assert np.isfinite([left, right, low, high]).all(), (name, panel.name)
                assert plot.item.vb.sceneBoundingRect().right() <= panel.width() + 1, (name, panel.name)


def test_more_panels_than_a_small_window_is_high_for_can_be_moved_and_do_not_make_it_higher(dashboard) -> None:
    assert dashboard.minimumSizeHint().height() < 400
    dashboard.resize(980, 500)
    QApplication.processEvents()
    assert dashboard.height() == 500
    for name in RIGHT:
        panel = dashboard.panels[name]
        assert panel.height() >= panel.minimumHeight()
        (column,) = (area for area in dashboard.findChildren(QScrollArea) if area.isAncestorOf(panel) and area is not panel)
        column.verticalScrollBar().setValue(panel.mapTo(column.widget(), QPoint(0, 0)).y())
        top = panel.mapTo(dashboard, QPoint(0, 0)).y()
        assert 0 <= top <= top + panel.height() <= 500, name
    dashboard.resize(980, 1200)
    QApplication.processEvents()
    assert not any(area.verticalScrollBar().isVisible() for area in dashboard.findChildren(QScrollArea))
