"""Pinned runs: the list's transitions, their colours, and what every panel draws of them behind the live run."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QPointF
from PyQt6.QtWidgets import QApplication

from gradviz import Config, record
from gradviz.core.factors import factors
from gradviz.core.frames import STATISTICS
from gradviz.core.profiles import stored
from gradviz.runs.moment import Ghost, Moment
from gradviz.runs.run import Run
from gradviz.ui import pins
from gradviz.ui.plots.panel import Panel
from gradviz.ui.plots.pinned import DASHES, SMOOTH_POINTS, scores_behind
from gradviz.ui.plots.plot import Plot
from gradviz.ui.theme import DARK, LIGHT, Theme

#: Shows a live run with these pinned behind it, at an epoch, in all panels.
Show = Callable[..., Moment]
LIVE = Config(layers=12, epochs=6)
OTHER = Config(layers=12, epochs=4, weight_scale=1.3, initialization="normal", seed=2)
WIDE = Config(layers=6, width=8, data="moons", samples=40, initialization="he", epochs=4)
RMS = STATISTICS.index("rms")
#: The panels that draw curves.
PANELS = ("activations", "gradients", "weights", "why", "phi", "cost")

#: What colours look like to people without one kind of cone: Machado, Oliveira and Fernandes, IEEE TVCG 15 (2009), severity 1, on linear RGB.
VISIONS = {
    "normal": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}


@pytest.fixture
def show(dashboard) -> Show:
    """Draws an epoch of a run, the last one unless another is named, as the first of an experiment, with runs pinned under the names of their order."""

    def draw(live: Config | Run, pinned: Sequence[Config | Run] = (), epoch: int | None = None) -> Moment:
        run = record(live) if isinstance(live, Config) else live
        dashboard.begin_anew(run.config)
        dashboard.show_pins(pinned_as_named(pinned))
        frame = run.newest if epoch is None else run.at(epoch)
        dashboard.show_run(run, frame)
        QApplication.processEvents()
        return dashboard.moment

    return draw


def pinned_as_named(runs: Sequence[Config | Run]) -> pins.Pins:
    found: pins.Pins = ()
    for number, run in enumerate(runs):
        found = pins.pinned(found, record(run) if isinstance(run, Config) else run, f"run {number}")
    return found


def rows(plot: Plot, number: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """A pinned run's curves, as they are drawn, without the gaps between them."""
    across, heights = plot.behind.drawn()[number]
    gaps = np.flatnonzero(np.isnan(across))
    return [(across[a:b], heights[a:b]) for a, b in itertools.pairwise([0, *(gap + 1 for gap in gaps), len(across) + 1]) for b in (b - 1,)]


def title(plot: Plot) -> str:
    return re.sub(r"<[^>]*>", "", plot.item.titleLabel.text).replace("&nbsp;", " ")


def read(plot: Plot, across: float) -> list[str]:
    low, high = plot.item.vb.viewRange()[1]
    plot.hover(plot.item.vb.mapViewToScene(QPointF(across, (low + high) / 2)))
    return plot.reading().split("\n")


def numbers(lines: Sequence[str], start: str) -> list[float]:
    plain = (line.split(":  ")[1].replace("−", "-") for line in lines if line.startswith(start))
    return [float(number) for number in plain]


# the list


def runs_of(count: int) -> pins.Pins:
    return pinned_as_named([Run(LIVE)] * count)


def test_a_pin_gets_a_colour_and_a_name_that_no_other_has() -> None:
    found = runs_of(pins.COLOURS)
    assert [pin.colour for pin in found] == list(range(pins.COLOURS))
    without = pins.removed(found, found[2].key)
    again = pins.pinned(without, Run(LIVE), "run 0")
    assert again[-1].colour == 2
    assert again[-1].name == "run 0 (2)"
    assert len({pin.key for pin in again}) == len(again)


@pytest.mark.parametrize(("typed", "name"), [("  scale  0.9 ", "scale 0.9"), ("run 1", "run 1 (2)"), ("run 0", "run 0"), ("   ", "run 0")])
def test_a_name_is_made_free_and_an_empty_one_changes_nothing(typed: str, name: str) -> None:
    found = runs_of(2)
    changed = pins.changed(found, found[0].key, name=typed)
    assert [pin.name for pin in changed] == [name, "run 1"]


def test_the_next_colour_is_one_that_no_other_has() -> None:
    found = runs_of(3)
    assert pins.next_colour(found, found[0].key) == 3
    full = runs_of(pins.COLOURS)
    assert pins.next_colour(full, full[0].key) == 1, "where all are taken the next one"


@given(st.integers(1, 6), st.data())
def test_moving_a_pin_keeps_the_others_in_their_order(count: int, data: st.DataObject) -> None:
    found = runs_of(count)
    place, by = data.draw(st.integers(0, count - 1)), data.draw(st.integers(-7, 7))
    key = found[place].key
    order = pins.moved(found, key, by)
    assert order.index(key) == min(max(place + by, 0), count - 1)
    assert [other for other in order if other != key] == [pin.key for pin in found if pin.key != key]
    assert tuple(pin.key for pin in pins.in_order(found, order)) == order


# colours


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) + 0.05 for colour in (one, other))
    return high / low


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Ottosson's Oklab, in hundredths."""
    cones = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]])
    axes = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]])
    return 100 * axes @ np.cbrt(cones @ np.clip(rgb, 0, 1))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("vision", VISIONS)
def test_the_colours_of_pins_differ_from_each_other_and_from_the_curves(theme: Theme, vision: str) -> None:
    assert len(theme.pins) == pins.COLOURS
    seen = {colour: oklab(VISIONS[vision] @ linear(colour)) for colour in (*theme.pins, *theme.curves)}
    pairs = [pair for pair in itertools.combinations(seen, 2) if set(pair) & set(theme.pins)]
    least = min(float(np.linalg.norm(seen[one] - seen[other])) for one, other in pairs)
    assert least > (15 if vision == "normal" else 8)
    assert min(contrast(colour, theme.plot) for colour in theme.pins) >= 3


def test_no_two_pins_have_the_same_dashes() -> None:
    assert len({tuple(dashes) for dashes in DASHES}) == pins.COLOURS


# what is drawn


def test_a_pinned_chain_is_drawn_in_every_panel_as_it_was_at_the_same_epoch(dashboard, show) -> None:
    other = record(OTHER)
    show(LIVE, [other], epoch=2)
    frame, layers = other.at(2), np.arange(12)
    for (across, heights), expected in zip(rows(dashboard.panels["activations"].plot), frame.h[-1], strict=True):
        np.testing.assert_array_equal(across, layers)
        np.testing.assert_array_equal(heights, expected)
    for (across, heights), expected in zip(rows(dashboard.panels["gradients"].plot), frame.g[-1, :, 1:], strict=True):
        np.testing.assert_array_equal(across, layers[1:])
        np.testing.assert_allclose(heights, np.log10(np.abs(expected)), atol=1e-12)
    weights = dashboard.panels["weights"]
    np.testing.assert_array_equal(rows(weights.weights)[0][1], frame.w[-1, 1:])
    np.testing.assert_allclose(rows(weights.gradients)[0][1], np.log10(np.abs(frame.dw[-1, 1:])), atol=1e-12)
    found = factors(Moment(other, frame).profile, 0, "du")
    why = dashboard.panels["why"]
    np.testing.assert_array_equal(rows(why.sums)[0][1], found.total)
    np.testing.assert_array_equal(rows(why.factors)[0][1][::2], found.steps)
    np.testing.assert_array_equal(rows(dashboard.panels["cost"].plot)[0][1], other.cost)
    marks = dashboard.panels["phi"].plot.marks_behind()[0]
    u = (frame.w[-1, 1:] * frame.h[-1, :, :-1]).ravel()
    left, right = dashboard.panels["phi"].plot.item.vb.viewRange()[0]
    assert {round(mark, 9) for mark in marks[:, 0]} <= {round(float(value), 9) for value in np.clip(u, left, right)}
    np.testing.assert_allclose(marks[:, 1], np.cosh(marks[:, 0]) ** -2.0, atol=1e-9)


@pytest.mark.parametrize("name", ["dh", "dw", "ratio", "end"])
def test_every_gradient_that_a_person_chooses_has_its_pinned_curves(dashboard, show, name: str) -> None:
    other = record(OTHER)
    show(LIVE, [other], epoch=3)
    panel = dashboard.panels["gradients"]
    panel.choice.setCurrentIndex(panel.choice.findData(name))
    expected = stored(name, other.config, other.at(3))[:, panel.quantity.first :]
    assert len(rows(panel.plot)) == len(expected)
    for (_, heights), row in zip(rows(panel.plot), expected, strict=True):
        np.testing.assert_allclose(heights, np.log10(np.abs(row)), atol=1e-12)


def test_without_pins_a_plot_holds_nothing_more_and_after_the_last_one_neither(dashboard, show) -> None:
    show(LIVE)
    before = [len(plot.item.items) for name in PANELS for plot in dashboard.panels[name].plots]
    show(LIVE, [OTHER, WIDE])
    assert len(dashboard.panels["gradients"].plot.behind.drawn()) == 2
    show(LIVE)
    assert before == [len(plot.item.items) for name in PANELS for plot in dashboard.panels[name].plots]


def test_a_hidden_pin_is_not_drawn(dashboard, show) -> None:
    show(LIVE, [OTHER, OTHER.replace(seed=3)])
    found = dashboard.pins
    dashboard.show_pins(pins.changed(found, found[0].key, visible=False))
    assert [pin.name for pin in dashboard.panels["activations"].plot.behind.shown] == ["run 1"]


@pytest.mark.parametrize("scale", ["decades", "linear"])
def test_a_wide_run_behind_a_chain_is_its_root_mean_square_and_on_decades_alone(dashboard, show, scale: str) -> None:
    wide = record(WIDE)
    show(LIVE, [wide, OTHER], epoch=3)
    panel = dashboard.panels["activations"]
    panel.choose_scale(scale)
    names = [pin.name for pin in panel.plot.behind.shown]
    assert names == (["run 0", "run 1"] if scale == "decades" else ["run 1"])
    assert [name in title(panel.plot) for name in ("run 0", "run 1")] == [scale == "decades", True]
    if scale == "decades":
        np.testing.assert_allclose(rows(panel.plot)[0][1], np.log10(wide.at(3).h[-1, RMS]), atol=1e-12)
    assert [pin.name for pin in dashboard.panels["why"].sums.behind.shown] == ["run 1"], "its gradient is taken apart another way"


def test_a_wide_run_behind_a_wide_one_and_a_chain_beside_it(dashboard, show) -> None:
    other, chain = record(WIDE.replace(seed=4)), record(OTHER)
    show(WIDE, [other, chain], epoch=3)
    frame = other.at(3)
    plot = dashboard.panels["gradients"].plot
    np.testing.assert_allclose(rows(plot)[0][1], np.log10(frame.g[-1, RMS, 1:]), atol=1e-12)
    np.testing.assert_allclose(rows(plot, 1)[0][1], np.log10(np.abs(chain.at(3).g[-1, 0, 1:])), atol=1e-12)
    weights = dashboard.panels["weights"].weights
    assert weights.scale.name == "linear"
    np.testing.assert_array_equal(rows(weights, 1)[0][1], np.abs(chain.at(3).w[-1, 1:])), "beside absolute values without a sign"
    assert [pin.name for pin in dashboard.panels["why"].sums.behind.shown] == ["run 0"]


def test_an_activation_of_another_kind_has_its_own_curve_below_its_marks(dashboard, show) -> None:
    other = record(OTHER.replace(activation="sigmoid"))
    show(LIVE, [other, OTHER], epoch=1)
    plot = dashboard.panels["phi"].plot
    across, slope = rows(plot)[0]
    np.testing.assert_allclose(slope, np.exp(-across) / (1 + np.exp(-across)) ** 2, atol=1e-12)
    marks = plot.marks_behind()[0]
    np.testing.assert_allclose(marks[:, 1], np.exp(-marks[:, 0]) / (1 + np.exp(-marks[:, 0])) ** 2, atol=1e-9)
    assert not len(plot.behind.drawn()[1][0]), "one of the same kind lies on the live run's"


# ranges


@pytest.mark.parametrize("later", [False, True])
def test_a_range_has_room_for_a_pinned_run_also_when_it_comes_later(dashboard, show, later: bool) -> None:
    deep = record(Config(layers=40, weight_scale=5.0, epochs=3))
    live = record(Config(layers=40, epochs=3))
    show(live, () if later else [deep], epoch=0)
    if later:
        dashboard.show_pins(pinned_as_named([deep]))
    plot = dashboard.panels["gradients"].plot
    least = np.log10(np.abs(deep.at(0).g[-1, :, 1:])).min()
    assert plot.covered.low <= least
    assert not plot.behind.spots()[0], "nothing of it is beyond the range"
    np.testing.assert_allclose(rows(plot)[0][1].min(), least, atol=1e-9)
    before = {name: [plot.covered for plot in panel.plots] for name, panel in dashboard.panels.items() if name in PANELS}
    for epoch in (1, 2):
        dashboard.show_run(live, live.at(epoch))
    dashboard.show_pins(())
    after = {name: [plot.covered for plot in dashboard.panels[name].plots] for name in before}
    assert after == before, "ranges stay while runs go on, and when a pin goes"


def test_a_deeper_pinned_run_has_all_its_layers_on_the_axis_and_under_the_crosshair(dashboard, show) -> None:
    deep = record(OTHER.replace(layers=20))
    show(LIVE, [deep], epoch=2)
    plot = dashboard.panels["activations"].plot
    assert plot.item.vb.viewRange()[0][1] >= 19
    lines = read(plot, 17)
    assert lines[:2] == ["layer 17", "live:  no layer 17"]
    assert numbers(lines, "run 0, x") == deep.at(2).h[-1, :, 17].tolist()
    assert read(plot, 5)[0] == "layer 5"
    show(deep, [LIVE], epoch=2)
    assert read(plot, 17)[-1] == "run 0:  no layer 17"


def test_exact_zeros_of_a_pinned_run_stand_in_the_lane(dashboard, show) -> None:
    dead = record(Config(layers=12, activation="relu", initialization="normal", seed=3, epochs=2))
    show(LIVE, [dead], epoch=0)
    plot = dashboard.panels["gradients"].plot
    zeros = np.argwhere(dead.at(0).g[-1, :, 1:] == 0)
    assert len(zeros)
    lane = plot.scale.zero_lane(plot.covered)
    assert {(spot.curve, spot.across) for spot in plot.behind.spots()[0] if spot.height == lane} == {(row, layer + 1.0) for row, layer in zeros.tolist()}


# names and numbers


def test_the_crosshair_reads_the_exact_numbers_of_each_pinned_run(dashboard, show) -> None:
    runs = [record(OTHER), record(OTHER.replace(seed=9))]
    show(LIVE, runs, epoch=2)
    lines = read(dashboard.panels["gradients"].plot, 4)
    for number, run in enumerate(runs):
        assert numbers(lines, f"run {number}, x") == run.at(2).g[-1, :, 4].tolist()
    dashboard.set_visible({"weights"})
    QApplication.processEvents()
    lines = read(dashboard.panels["weights"].weights, 4)
    assert [numbers(lines, f"run {number}:") for number in (0, 1)] == [[float(run.at(2).w[-1, 4])] for run in runs]


def test_a_run_that_ended_earlier_stays_at_its_last_epoch_and_says_so(dashboard, show) -> None:
    other = record(OTHER)
    show(LIVE, [other], epoch=5)
    lines = read(dashboard.panels["activations"].plot, 4)
    assert numbers(lines, "run 0 (epoch 3, its last), x") == other.at(3).h[-1, :, 4].tolist()
    show(LIVE, [other], epoch=3)
    assert read(dashboard.panels["activations"].plot, 4)[3].startswith("run 0, x = −0.5:")


def test_the_box_of_an_equation_has_a_line_for_each_pinned_run(dashboard, show) -> None:
    show(LIVE, [OTHER.replace(inputs=(0.3,), targets=(0.3,)), OTHER, WIDE], epoch=2)
    why = dashboard.panels["why"]
    low, high = why.factors.item.vb.viewRange()[1]
    why._on_mouse_moved(why.factors.item.vb.mapViewToScene(QPointF(4, (low + high) / 2)))
    lines = why.box.text().split("\n")[-2:]
    assert [line.partition(": |g[4]| = ")[0] for line in lines] == ["run 0, x = 0.3", "run 1"]
    show(OTHER, [LIVE.replace(layers=3)], epoch=2)
    why._on_mouse_moved(why.factors.item.vb.mapViewToScene(QPointF(4, (low + high) / 2)))
    assert why.box.text().split("\n")[-1] == "run 0: no layer 4"


def test_names_stand_in_the_title_in_their_colours_and_never_over_the_buttons(dashboard, show) -> None:
    show(LIVE, [OTHER] * 6, epoch=2)
    for panel in (dashboard.panels[name] for name in PANELS):
        for plot in panel.plots:
            assert plot.item.titleLabel.item.boundingRect().width() <= plot.item.vb.width() - plot.button_room + 12, panel.name
    html = dashboard.panels["activations"].plot.item.titleLabel.text
    assert f'<span style="color:{LIGHT.pins[0]}">╌╌</span>&nbsp;run&nbsp;0' in html


def test_a_name_is_no_html(dashboard, show) -> None:
    show(LIVE)
    dashboard.show_pins(pins.pinned((), record(OTHER), "<b>a & b</b>"))
    assert "&lt;b&gt;a&nbsp;&amp;&nbsp;b&lt;/b&gt;" in dashboard.panels["activations"].plot.item.titleLabel.text


@pytest.mark.parametrize("size", [(800, 500), (1400, 1000)])
def test_the_box_of_numbers_stays_inside_the_plot(open_dashboard, size) -> None:
    dashboard = open_dashboard({"activations", "gradients", "weights"}, size=size)
    live, others = record(LIVE), [record(OTHER.replace(seed=seed)) for seed in range(4)]
    dashboard.show_pins(pinned_as_named(others))
    dashboard.begin_anew(LIVE)
    dashboard.show_run(live, live.newest)
    QApplication.processEvents()
    for name in ("activations", "gradients"):
        plot = dashboard.panels[name].plot
        read(plot, 6)
        box, room = plot._label.boundingRect(), plot.item.vb.rect()
        assert box.width() <= room.width()
        assert box.height() <= room.height()


# many points, and scores


def test_of_a_curve_with_more_layers_than_pixels_no_spike_is_left_out(dashboard, show) -> None:
    layers = 3000
    assert layers > SMOOTH_POINTS
    other = record(Config(layers=layers, initialization="normal", epochs=1, seed=3))
    show(Config(layers=layers, epochs=1), [other], epoch=0)
    plot = dashboard.panels["weights"].weights
    across, heights = plot.behind.drawn()[0]
    assert np.nanmin(heights) == other.w[0, 1:].min()
    assert np.nanmax(heights) == other.w[0, 1:].max()
    assert len(across) <= 3 * plot._pixel_columns
    assert np.isnan(heights).any(), "its dashes are gaps"
    assert (np.diff(across) >= 0).all()


def test_the_scores_of_a_pinned_run_are_its_whole_course_without_a_copy() -> None:
    live, other = record(LIVE), record(OTHER)
    moment = Moment(live, live.at(1), 0, (Ghost("other", 2, Moment(other, other.at(1))),))
    (found,) = scores_behind(moment)
    assert (found.name, found.colour) == ("other", 2)
    np.testing.assert_array_equal(found.across, other.epoch)
    np.testing.assert_array_equal(found.values, other.cost[None])
    assert np.shares_memory(found.values, other.cost)
    assert found.lines(1, repr) == [f"other:  {float(other.cost[1])!r}"]
    assert found.lines(5, repr) == [f"other (epoch 3, its last):  {float(other.cost[3])!r}"]
    (found,) = scores_behind(moment, ("cost", "test_cost"))
    np.testing.assert_array_equal(found.values, other.cost[None], "a chain has no test, and nothing is drawn for it")


def test_an_experiment_that_begins_anew_keeps_its_pins(dashboard, show) -> None:
    show(LIVE, [OTHER])
    again = record(LIVE.replace(weight_scale=0.8))
    dashboard.begin_anew(again.config)
    dashboard.show_run(again, again.newest)
    assert [pin.name for pin in dashboard.panels["gradients"].plot.behind.shown] == ["run 0"]


def test_a_theme_colours_the_pins_too(dashboard, show) -> None:
    show(LIVE, [OTHER])
    dashboard.apply_theme(DARK)
    panel: Panel = dashboard.panels["activations"]
    assert panel.plots[0].behind._drawn[0].curve.opts["pen"].color().name() == DARK.pins[0]
    assert DARK.pins[0] in panel.plots[0].item.titleLabel.text
