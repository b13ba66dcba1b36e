"""Trails hold the curves of the epochs before the one on the screen; and the cost panel shows which epoch that is."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QApplication

from gradviz import Config, record
from gradviz.runs.moment import Moment
from gradviz.runs.presets import presets
from gradviz.runs.run import Run
from gradviz.ui.plots import cost
from gradviz.ui.plots.cost import CostPanel
from gradviz.ui.plots.pinned import Curves
from gradviz.ui.plots.profiles import ActivationPanel
from gradviz.ui.plots.series import Envelope
from gradviz.ui.plots.trails import MOST_TRAILS, Trails, trail_epochs, trails_of
from gradviz.ui.theme import DARK, LIGHT

FALLS = Config(layers=10, weight_scale=0.9, learning_rate=0.5, epochs=200)


@pytest.fixture(scope="module")
def run() -> Run:
    return record(presets()["ten-layers"].config.replace(epochs=120))


@pytest.fixture(scope="module")
def falling() -> Run:
    return record(FALLS)


@pytest.fixture(scope="module")
def thinned(run: Run) -> Run:
    made = Run(run.config, memory=run.profile_bytes // 4)
    for begin in range(0, 120, 20):
        made.append(run.frames.rows(slice(begin, begin + 20)))
    assert made.stride > 1
    return made


# which epochs


@given(epoch=st.integers(0, 119), reach=st.integers(0, 200))
def test_trails_are_earlier_epochs_evenly_spaced_and_never_too_many(run: Run, epoch: int, reach: int) -> None:
    found = trail_epochs(run, epoch, reach)
    assert len(found) <= MOST_TRAILS
    assert all(max(0, epoch - reach) <= earlier < epoch for earlier in found)
    assert found == sorted(set(found))
    if reach <= MOST_TRAILS:
        assert found == list(range(max(0, epoch - reach), epoch)), "of a few every one"
    elif epoch >= reach:
        assert found[0] == epoch - reach
        assert np.ptp(np.diff(found)) <= 1


@given(epoch=st.integers(0, 119), reach=st.integers(0, 200))
def test_where_profiles_are_thinned_out_trails_are_of_what_is_kept(thinned: Run, epoch: int, reach: int) -> None:
    found = trail_epochs(thinned, epoch, reach)
    assert set(found) <= set(thinned.frames.epoch.tolist())
    assert found == sorted(set(found))
    assert all(earlier < epoch for earlier in found)


def test_an_empty_run_has_no_trails() -> None:
    assert trail_epochs(Run(FALLS), 0, 10) == []


# what is drawn


def curves_of(moment: Moment) -> Curves:
    return Curves(np.arange(moment.config.layers), moment.frame.h[-1], ("a", "b"))


@pytest.fixture
def panel(on_screen) -> ActivationPanel:
    return on_screen(ActivationPanel(), 620, 300)


def draw(panel: ActivationPanel, trails: Trails, run: Run, epoch: int, reach: int) -> Moment:
    moment = Moment(run, run.at(epoch))
    panel.show_moment(moment)
    trails.show_moments(trails_of(moment, reach), curves_of)
    QApplication.processEvents()
    return moment


def test_trails_hold_the_numbers_of_their_epochs_on_either_scale(panel: ActivationPanel, run: Run) -> None:
    trails = Trails(panel.plot)
    trails.apply_theme(LIGHT)
    draw(panel, trails, run, 60, 40)
    epochs = trail_epochs(run, 60, 40)
    assert len(trails.drawn()) == len(epochs) == MOST_TRAILS
    for drawn, epoch in zip(trails.drawn(), epochs, strict=True):
        np.testing.assert_array_equal(drawn, run.h[epoch])
    panel.choose_scale("decades")
    QApplication.processEvents()
    for drawn, epoch in zip(trails.drawn(), epochs, strict=True):
        np.testing.assert_allclose(drawn, np.log10(np.abs(run.h[epoch])))
    paths = [path for path, _pen in trails._paths]
    assert paths[0].elementAt(1).y == pytest.approx(np.log10(abs(run.h[epochs[0], 0, 1])))


def test_the_older_the_fainter_in_the_colour_of_its_curve(panel: ActivationPanel, run: Run) -> None:
    trails = Trails(panel.plot)
    for theme in (LIGHT, DARK):
        trails.apply_theme(theme)
        draw(panel, trails, run, 60, 40)
        pens = [pen for _path, pen in trails._paths]
        assert [pen.color().name() for pen in pens[:2]] == list(theme.curves[:2])
        alphas = [pen.color().alphaF() for pen in pens[::2]]
        assert alphas == sorted(alphas)
        assert 0 < alphas[0] < alphas[-1] < 1


def test_trails_are_seen_behind_the_curves_and_without_any_nothing_is(panel: ActivationPanel, run: Run) -> None:
    trails = Trails(panel.plot)
    trails.apply_theme(LIGHT)
    moment = draw(panel, trails, run, 60, 0)
    assert not trails.isVisible()
    before = panel.grab().toImage()
    draw(panel, trails, run, 60, 60)
    assert trails.isVisible()
    assert trails.zValue() < 0
    assert panel.grab().toImage() != before
    assert trails.boundingRect().left() == 0
    assert trails.boundingRect().right() == moment.config.layers - 1
    draw(panel, trails, run, 60, 0)
    assert panel.grab().toImage() == before


# the epoch on the screen, in the cost


@pytest.fixture
def costs(on_screen) -> CostPanel:
    return on_screen(CostPanel(), 520, 260)


def test_behind_the_whole_curve_stays_and_a_line_with_a_dot_is_at_the_epoch(costs: CostPanel, falling: Run) -> None:
    costs.begin_anew()
    costs.show_moment(Moment(falling, falling.newest))
    (line,) = costs.lines
    assert not line.line.isVisible()
    assert not line.dots.isVisible()
    for epoch in (30, 7):
        costs.show_moment(Moment(falling, falling.at(epoch)))
        (drawn,) = costs.plot.drawn()
        assert drawn[0][-1] == falling.newest.epoch[-1]
        assert line.line.value() == epoch
        assert np.column_stack(line.dots.getData()).tolist() == [[epoch, pytest.approx(falling.cost[epoch])]]
    costs.choose_scale("decades")
    QApplication.processEvents()
    assert np.column_stack(line.dots.getData()).tolist() == [[7, pytest.approx(np.log10(falling.cost[7]))]]
    costs.show_moment(Moment(falling, falling.newest))
    assert not line.line.isVisible()
    assert not line.dots.isVisible()


def test_scrubbing_draws_no_curve_anew(costs: CostPanel, falling: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    costs.begin_anew()
    costs.show_moment(Moment(falling, falling.newest))
    asked: list[str] = []
    monkeypatch.setattr(pg.PlotCurveItem, "setData", lambda *_: asked.append("curve"))
    monkeypatch.setattr(Envelope, "append", lambda *_: asked.append("envelope"))
    monkeypatch.setattr(cost, "epochs_shown", lambda _run: asked.append("range"))
    for epoch in range(100, 0, -1):
        costs.show_moment(Moment(falling, falling.at(epoch)))
    assert asked == []


def test_what_is_trained_meanwhile_is_drawn_though_an_earlier_epoch_is_looked_at(costs: CostPanel, falling: Run) -> None:
    growing = falling.before(100)
    costs.begin_anew()
    costs.show_moment(Moment(growing, growing.at(50)))
    growing.append(falling.frames.rows(slice(100, 150)))
    costs.show_moment(Moment(growing, growing.at(50)))
    (drawn,) = costs.plot.drawn()
    np.testing.assert_array_equal(drawn[1], falling.cost[:150])
    assert costs.lines[0].line.value() == 50


def test_of_a_branch_the_curve_is_another_one_in_the_same_range(costs: CostPanel) -> None:
    whole = record(FALLS.replace(weight_scale=1.0))
    other = record(FALLS)
    costs.begin_anew()
    costs.show_moment(Moment(whole, whole.newest))
    covered = costs.plot.covered
    branch = other.before(40)
    costs.show_moment(Moment(branch, branch.newest))
    (drawn,) = costs.plot.drawn()
    inside = (other.cost[:40] >= covered.low) & (other.cost[:40] <= covered.high)
    np.testing.assert_array_equal(drawn[1][inside], other.cost[:40][inside])
    assert len(drawn[0]) == 40
    assert covered.low >= costs.plot.covered.low
    assert covered.high <= costs.plot.covered.high


def test_a_click_or_a_drag_on_the_axis_asks_for_its_epoch(costs: CostPanel, falling: Run) -> None:
    costs.begin_anew()
    costs.show_moment(Moment(falling, falling.newest))
    QApplication.processEvents()
    asked: list[int] = []
    costs.epoch_wanted.connect(asked.append)
    view = costs.plot.item.vb
    height = round(costs.plot.item.getAxis("bottom").sceneBoundingRect().bottom()) - 12

    def at(epoch: float) -> QPoint:
        return QPoint(round(view.mapViewToScene(pg.Point(epoch, 0.0)).x()), height)

    def mouse(kind: QEvent.Type, epoch: float, held: Qt.MouseButton) -> None:
        place = QPointF(at(epoch))
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
        event = QMouseEvent(kind, place, costs.viewport().mapToGlobal(place), button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(costs.viewport(), event)

    before = view.viewRange()
    mouse(QEvent.Type.MouseButtonPress, 120, Qt.MouseButton.LeftButton)
    mouse(QEvent.Type.MouseButtonRelease, 120, Qt.MouseButton.NoButton)
    assert asked == [pytest.approx(120, abs=1)]
    mouse(QEvent.Type.MouseButtonPress, 150, Qt.MouseButton.LeftButton)
    for epoch in (140, 100, 60):
        mouse(QEvent.Type.MouseMove, epoch, Qt.MouseButton.LeftButton)
    mouse(QEvent.Type.MouseButtonRelease, 60, Qt.MouseButton.NoButton)
    assert asked[-1] == pytest.approx(60, abs=1)
    assert view.viewRange() == before, "the axis itself stays"
