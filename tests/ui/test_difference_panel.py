"""The live run against the pinned ones: ratios of gradients by layer, and costs over costs, from the runs' own numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from PyQt6.QtCore import QPointF
from PyQt6.QtWidgets import QApplication

from gradviz import Config, record
from gradviz.core.frames import Ending, Frames
from gradviz.runs.moment import Ghost, Moment
from gradviz.runs.run import Run
from gradviz.ui.plots.difference import BELOW, FROM_THE_OUTPUT, LEFT_OUT, NOTHING, DifferencePanel

LIVE = Config(layers=12, epochs=6)
OTHER = LIVE.replace(weight_scale=1.3, initialization="normal", seed=2)


@pytest.fixture
def panel(on_screen) -> DifferencePanel:
    """The panel by itself."""
    return on_screen(DifferencePanel(), 600, 500)


def show(panel: DifferencePanel, live: Run, others: Sequence[Run], epoch: int | None = None, *, anew: bool = True) -> None:
    frame = live.newest if epoch is None else live.at_or_before(epoch)
    ghosts = (Ghost(f"run {number}", number, Moment(run, run.at_or_before(int(frame.epoch[-1])))) for number, run in enumerate(others))
    if anew:
        panel.begin_anew()
    panel.show_moment(Moment(live, frame, 0, tuple(ghosts)))
    QApplication.processEvents()


def title(plot) -> str:
    return re.sub(r"<[^>]*>", "", plot.item.titleLabel.text).replace("&nbsp;", " ")


def with_costs(costs: Sequence[float], every: int = 1) -> Run:
    run, count, samples = Run(LIVE.replace(epochs=1000)), len(costs), len(LIVE.inputs)
    shape = (count, samples, LIVE.layers)
    run.append(
        Frames(
            epoch=np.arange(0, count * every, every),
            cost=np.array(costs, float),
            h=np.ones(shape),
            g=np.ones(shape),
            dw=np.ones(shape[::2]),
            w=np.ones(shape[::2]),
            ending=Ending("done", "Done."),
        )
    )
    return run


def test_without_a_pin_a_sentence_says_what_to_do(panel) -> None:
    show(panel, record(LIVE), [])
    assert panel.nothing.isVisible()
    assert panel.nothing.text() == NOTHING
    assert panel.nothing.geometry().contains(panel.rect().center())
    assert all(plot.item.opacity() == 0 for plot in panel.plots)
    show(panel, record(LIVE), [record(OTHER)])
    assert not panel.nothing.isVisible()
    assert all(plot.item.opacity() == 1 for plot in panel.plots)


def test_the_ratio_is_that_of_the_gradients_layer_by_layer(panel) -> None:
    live, others = record(LIVE), [record(OTHER), record(LIVE.replace(activation="sigmoid"))]
    show(panel, live, others, epoch=3)
    for run, (across, heights) in zip(others, panel.ratio.behind.drawn(), strict=True):
        sizes = [np.sqrt(np.mean(each.at(3).g[-1, :, 1:] ** 2, axis=0)) for each in (live, run)]
        np.testing.assert_array_equal(across, np.arange(1, 12))
        np.testing.assert_allclose(heights, np.log10(sizes[0] / sizes[1]), atol=1e-9)
    (line,) = panel.ratio.drawn()
    assert not line[1].any(), "a line at 1"


def test_the_ratio_goes_on_below_the_floats(panel) -> None:
    live, other = record(LIVE.replace(layers=200, weight_scale=5.0, epochs=1)), record(LIVE.replace(layers=200, epochs=1))
    assert live.g[0, 0, 1] == 0.0
    show(panel, live, [other])
    heights = panel.ratio.behind.drawn()[0][1]
    steps = np.diff(heights + np.log10(np.abs(other.g[0, 0, 1:])))[20:100]
    np.testing.assert_allclose(steps, -np.log10(9.087415532632592e-4), atol=1e-9, err_msg="what a layer of weight 5 passes on")
    assert heights[0] < -500
    low, high = panel.ratio.covered
    assert (low, high) == (-high, high)
    assert low <= heights.min()


def test_where_depths_differ_the_layers_equally_far_from_the_output_are_compared_and_it_says_so(panel) -> None:
    live, other = record(LIVE), record(LIVE.replace(layers=8))
    show(panel, live, [other])
    ((across, heights),) = panel.ratio.behind.drawn()
    np.testing.assert_array_equal(across, np.arange(5, 12))
    np.testing.assert_allclose(heights, np.log10(np.abs(live.newest.g[-1, 0, 5:] / other.newest.g[-1, 0, 1:])), atol=1e-9)
    assert FROM_THE_OUTPUT in title(panel.ratio)
    show(panel, live, [record(OTHER)])
    assert FROM_THE_OUTPUT not in title(panel.ratio)


def test_exact_zeros_stand_in_the_lanes(panel) -> None:
    dead = record(LIVE.replace(activation="relu", initialization="normal", seed=3, epochs=1))
    live = record(LIVE.replace(epochs=1))
    zero = ~dead.g[0, :, 1:].any(axis=0)
    assert zero.any()
    show(panel, live, [dead])
    above = panel.ratio.scale.broken_lane(panel.ratio.covered)
    assert [spot.across for spot in panel.ratio.behind.spots()[0] if spot.height == above] == (np.flatnonzero(zero) + 1).tolist()
    show(panel, dead, [live])
    below = panel.ratio.scale.zero_lane(panel.ratio.covered)
    assert [spot.across for spot in panel.ratio.behind.spots()[0] if spot.height == below] == (np.flatnonzero(zero) + 1).tolist()


def test_the_crosshair_reads_the_ratio(panel) -> None:
    live, other = record(LIVE), record(OTHER)
    show(panel, live, [other], epoch=2)
    panel.ratio.hover(panel.ratio.item.vb.mapViewToScene(QPointF(4, 0)))
    expected = np.sqrt(np.mean(live.at(2).g[-1, :, 4] ** 2) / np.mean(other.at(2).g[-1, :, 4] ** 2))
    head, line = panel.ratio.reading().split("\n")
    assert head == "layer 4"
    mantissa, _, power = line.removeprefix("run 0:  ").partition("×10")
    assert float(mantissa) * 10.0 ** int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0) == pytest.approx(expected, rel=1e-8)


def test_the_lower_plot_has_a_point_for_each_common_epoch_and_a_dot_at_the_one_that_is_shown(panel) -> None:
    live, other = with_costs([8.0, 4.0, 2.0, 1.0, 0.5]), with_costs([1.0, 0.1, 0.01], every=2)
    show(panel, live, [other], epoch=2)
    ((across, heights),) = panel.costs.drawn()
    np.testing.assert_allclose(across, np.log10([1.0, 0.1, 0.01]))
    np.testing.assert_allclose(heights, np.log10([8.0, 2.0, 0.5]))
    np.testing.assert_allclose(panel.costs.dots(), [[-1.0, np.log10(2.0)]])
    show(panel, live, [other], epoch=3, anew=False)
    np.testing.assert_allclose(panel.costs.dots(), [[-1.0, np.log10(2.0)]], err_msg="the last epoch that both have observed")
    assert BELOW in title(panel.costs)
    view = panel.costs.item.vb.viewRange()
    assert view[0][0] < -2
    assert view[0][1] > 0
    assert view[1][1] > np.log10(8.0)
    ends = panel.costs._alike.getData()
    np.testing.assert_array_equal(*ends)
    assert ends[0][0] <= view[0][0]
    assert ends[0][1] >= view[0][1]


def test_the_point_under_the_mouse_is_read_with_its_epoch(panel) -> None:
    live, others = with_costs([8.0, 4.0, 2.0]), [with_costs([1.0, 0.1, 0.01]), with_costs([3.0, 2.5, 2.25])]
    show(panel, live, others)
    panel.costs.hover(panel.costs.item.vb.mapViewToScene(QPointF(np.log10(2.45), np.log10(4.1))))
    assert panel.costs.reading().split("\n") == ["epoch 1", "live:  4.0", "run 1:  2.5"]
    panel.costs.hover(None)
    assert panel.costs.reading() == ""


def test_costs_without_a_decade_are_left_out_and_the_title_says_so(panel) -> None:
    show(panel, with_costs([1.0, 0.0, 0.5, np.nan]), [with_costs([1.0, 1.0, 0.5, 0.1])])
    heights = panel.costs.drawn()[0][1]
    np.testing.assert_array_equal(np.isfinite(heights), [True, False, True, False])
    assert LEFT_OUT in title(panel.costs)
    assert not len(panel.costs.dots()), "the epoch that is shown has none"


def test_a_run_that_goes_on_is_added_to(panel) -> None:
    live, other = record(LIVE), record(OTHER)
    grows = live.before(2)
    show(panel, grows, [other])
    assert len(panel.costs.drawn()[0][0]) == 2
    for block in live.between(2):
        grows.append(block)
    show(panel, grows, [other], anew=False)
    np.testing.assert_allclose(panel.costs.drawn()[0][1], np.log10(live.cost))


@pytest.mark.parametrize("wide", [True, False])
def test_a_wide_run_and_a_chain_are_compared_by_their_root_mean_squares(panel, wide: bool) -> None:
    net = record(Config(layers=12, width=8, data="moons", samples=40, initialization="he", epochs=2))
    chain = record(LIVE)
    live, other = (net, chain) if wide else (chain, net)
    show(panel, live, [other], epoch=1)
    ratio = np.log10(net.at(1).g[-1, 0, 1:]) - np.log10(np.sqrt(np.mean(chain.at(1).g[-1, :, 1:] ** 2, axis=0)))
    np.testing.assert_allclose(panel.ratio.behind.drawn()[0][1], ratio if wide else -ratio, atol=1e-9)


def test_in_a_low_panel_the_ratio_has_all_the_room(panel) -> None:
    show(panel, record(LIVE), [record(OTHER)])
    panel.resize(480, 200)
    QApplication.processEvents()
    assert not panel.costs.item.isVisible()
    assert panel.ratio.item.vb.height() > 100
    panel.resize(480, 500)
    QApplication.processEvents()
    assert panel.costs.item.isVisible()
