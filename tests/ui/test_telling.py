"""The plots in words: the numbers are the run's own, and a screen reader has them when the picture stands still."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from gradviz.core.config import Config
from gradviz.core.frames import SHARES, STATISTICS
from gradviz.runs.moment import Moment
from gradviz.runs.presets import presets
from gradviz.runs.run import Run, record
from gradviz.ui import pins
from gradviz.ui.plots.dashboard import PLACES, Dashboard
from gradviz.ui.state import Phase
from gradviz.ui.told.panels import TOLD, story
from gradviz.ui.window import Window

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)

RMS, P5, P95, MOST = (STATISTICS.index(name) for name in ("rms", "p5", "p95", "max"))
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
#: Three digits are told.
SAME = 6e-3
TANH = Config(width=24, layers=12, epochs=15, data="circles", initialization="normal", loss="cross_entropy", samples=60)
RELU = Config(width=16, layers=8, epochs=8, data="circles", initialization="he", activation="relu", loss="cross_entropy", samples=60, bias="on")

#: A wide network whose gradient vanishes.
DEEP = Config(width=24, layers=40, activation="sigmoid", initialization="glorot", data="circles", loss="cross_entropy", samples=60, epochs=1)

Tell = Callable[..., dict[str, str]]


def number(words: str) -> float:
    """A number as a book prints it."""
    plain = words.replace("−", "-").replace(",", "").replace("×10", "e").translate(SUPERSCRIPTS)
    return float(re.sub(r"^10(-?\d+)$", r"1e\1", plain))


def numbers(pattern: str, words: str) -> list[float]:
    """The numbers in the first place where a pattern with groups fits."""
    found = re.search(pattern, words)
    assert found is not None, f"'{pattern}' is not in: {words}"
    return [number(group) for group in found.groups()]


NUMBER = r"(−?[\d.,]*\d(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)"


@pytest.fixture
def tell(open_dashboard) -> Tell:
    """What is told of every panel that shows the end of a run, trained here or given, with others pinned behind it."""

    def tell_of(what: Config | Run, *others: Config, choose: Callable[[Dashboard], None] = lambda _dashboard: None) -> dict[str, str]:
        run = record(what) if isinstance(what, Config) else what
        dashboard = open_dashboard(size=(1800, 2400))
        dashboard.begin_anew(run.config)
        pinned: pins.Pins = ()
        for place, other in enumerate(others):
            pinned = pins.pinned(pinned, record(other), f"other {place + 1}")
        dashboard.show_pins(pinned)
        dashboard.show_run(run, run.newest)
        choose(dashboard)
        QApplication.processEvents()
        return {name: story(panel, dashboard.moment).words for name, panel in dashboard.panels.items()}

    return tell_of


# the numbers


@pytest.mark.parametrize("name", ["notebook-1a", "notebook-1b", "notebook-1d"])
def test_of_the_notebooks_three_cases_the_gradients_are_told_as_the_run_has_them(tell: Tell, name: str) -> None:
    run = record(presets()[name].config.replace(epochs=1))
    words = tell(run)["gradients"]
    g = np.abs(run.newest.g[-1, 0])
    last = run.config.layers - 1
    begin, at, end, to = numbers(rf"[Ff]rom {NUMBER} at layer {NUMBER} .*? to {NUMBER} at layer {NUMBER}", words)
    assert (at, to) == (last, 1) or "then" in words
    np.testing.assert_allclose([begin, end], [g[last], g[int(to)]], rtol=SAME)
    assert "2 curves lie on each other (x = −0.5 and x = 0.5)" in words
    assert "heory's dotted line" in words
    assert "Float64 holds all of it." in words


def test_what_vanishes_in_a_straight_line_is_called_exponential_with_its_pace(tell: Tell) -> None:
    run = record(presets()["notebook-1b"].config.replace(epochs=1))
    words = tell(run)["gradients"]
    decades = np.log10(np.abs(run.newest.g[-1, 0, 1:]))
    in_all, pace = numbers(rf"{NUMBER} decades over 98 layers, {NUMBER} a layer, in a straight line, which is an exponential law", words)
    np.testing.assert_allclose([in_all, pace], [decades[-1] - decades[0], (decades[-1] - decades[0]) / 98], rtol=SAME)
    (below,) = numbers(rf"Below 10⁻⁷ from layer {NUMBER} down", words)
    assert (decades[: int(below)] < -7.0).all()
    assert decades[int(below)] >= -7.0
    assert "Theory's dotted line is the same line." in words


def test_the_power_law_is_called_by_its_name(tell: Tell) -> None:
    words = tell(presets()["notebook-1a"].config.replace(epochs=1))["gradients"]
    assert "Theory's dotted line, a power law, is the same line." in words or "Theory's dotted line, a power law, ends at" in words
    assert "exponential" not in words


@pytest.mark.parametrize("form", ["float32", "float16"])
def test_what_a_number_format_has_lost_is_told_layer_by_layer(tell: Tell, form: str) -> None:
    run = record(Config(weight_scale=5.0, number_format=form, epochs=1))
    words = tell(run)["gradients"]
    g = run.newest.g[-1, 0, 1:]
    (last_zero,) = numbers(rf"It is exactly 0 in layers 1 to {NUMBER}", words)
    assert (g[: int(last_zero)] == 0.0).all()
    assert g[int(last_zero)] != 0.0
    assert f"{form.capitalize()} has lost the numbers in layers 1 to" in words
    (least,) = numbers(rf"open marks stand where the true ones are, down to {NUMBER}", words)
    true = record(Config(weight_scale=5.0, epochs=1)).newest.g[-1, 0, 1]
    assert abs(np.log10(least) - np.log10(abs(true))) < 0.1
    smallest = np.finfo(np.float32 if form == "float32" else np.float16).smallest_normal
    subnormal = np.flatnonzero((np.abs(g) > 0) & (np.abs(g) < smallest)) + 1
    if len(subnormal):
        assert f"he numbers are subnormal in {form}" in words


@pytest.mark.parametrize("config", [TANH, RELU], ids=["tanh", "relu"])
def test_of_wide_networks_the_root_mean_squares_and_the_bands_are_told_as_the_frame_has_them(tell: Tell, config: Config) -> None:
    run = record(config)
    words = tell(run)
    frame = run.newest
    begin, at = numbers(rf"root mean square: (?:from|it is|it stays near) {NUMBER} (?:at|from) layer {NUMBER}", words["gradients"])
    assert at == config.layers - 1
    np.testing.assert_allclose(begin, frame.g[-1, RMS, config.layers - 1], rtol=SAME)
    low, high = numbers(rf"At layer 1 half of \|g\| lies between .*?, nine tenths between {NUMBER} and {NUMBER},", words["gradients"])
    np.testing.assert_allclose([low, high], frame.g[-1, [P5, P95], 1], rtol=SAME)
    (most,) = numbers(rf"At layer 1 half of \|w\| lies between .*? all between {NUMBER.replace('(', '(?:', 1)} and {NUMBER}\.", words["weights"])
    np.testing.assert_allclose(most, frame.w[-1, MOST, 1], rtol=SAME)


def test_dead_and_silent_units_are_told_with_the_layer_that_has_most_of_them(tell: Tell) -> None:
    run = record(RELU)
    share = run.newest.shares[-1, SHARES.index("zero"), 1:]
    percent, layer = numbers(rf"Exactly zero: up to {NUMBER} % of them, in layer {NUMBER}", tell(run)["activations"])
    assert percent == pytest.approx(100.0 * share.max(), abs=0.5)
    assert layer == share.argmax() + 1


def test_the_cost_is_told_from_its_beginning_to_now_with_its_least(tell: Tell) -> None:
    run = record(presets()["notebook-1a"].config.replace(epochs=120))
    words = tell(run)["cost"]
    now, least, at = numbers(rf"Now, at epoch 119, the cost is {NUMBER}; its least was {NUMBER} at epoch {NUMBER}", words)
    np.testing.assert_allclose([now, least], [run.cost[-1], run.cost.min()], rtol=1e-5)
    assert at == run.epoch[run.cost.argmin()]
    begin, end = numbers(rf"From {NUMBER} at epoch 0 it falls to {NUMBER} at epoch 119", words)
    np.testing.assert_allclose([begin, end], [run.cost[0], run.cost[-1]], rtol=SAME)


def test_why_the_decades_of_each_kind_of_factor_are_told_and_add_up(tell: Tell) -> None:
    run = record(Config(weight_scale=5.0, epochs=1))
    words = tell(run)["why"]
    slopes, first = numbers(rf"Saturation φ′\(u\[k\]\): takes {NUMBER} decades in layers 2 to 99 and {NUMBER} in layer 1", words)
    (weights,) = numbers(rf"Weights w\[k\+1\]: adds {NUMBER} decades in all", words)
    assert weights == pytest.approx(98 * np.log10(5.0), abs=0.5)
    g = np.log10(np.abs(run.newest.g[-1, 0, 1:]))
    error = np.log10(abs(run.newest.h[-1, 0, -1] - run.config.targets[0]) / 2.0)
    assert g[0] - error == pytest.approx(weights - slopes - first, abs=1.1)  # whole decades are told
    assert "0.699 in every layer but layer 99" in words


@pytest.mark.parametrize("config", [presets()["notebook-1b"].config.replace(epochs=1), Config(weight_scale=0.5, epochs=1), DEEP])
def test_why_the_decades_are_those_of_the_verdict(tell: Tell, config: Config) -> None:
    run = record(config)
    told = tell(run)["why"]
    taken = re.findall(rf"(?:takes?|gives? back) {NUMBER}", Moment(run, run.newest).verdict.sentence)
    assert taken
    for count in taken:
        assert re.search(rf"(?:takes|adds) {re.escape(count)} decades", told), (count, told)


def test_the_dots_on_phi_are_told_where_they_are_farthest_out(tell: Tell) -> None:
    run = record(Config(weight_scale=5.0, epochs=1))
    words = tell(run)["phi"]
    u = run.newest.w[-1, 1:] * run.newest.h[-1, 0, :-1]
    (left,) = numbers(rf"Farthest left: u = {NUMBER},", words)
    assert left == pytest.approx(u.min(), rel=SAME)
    least, most = numbers(rf"slope φ′ of the dots is least, {NUMBER} in .*?, and greatest, {NUMBER} in", words)
    np.testing.assert_allclose([least, most], [(1 - np.tanh(u) ** 2).min(), (1 - np.tanh(u) ** 2).max()], rtol=0.01)


def test_the_heat_map_is_told_at_its_first_and_its_newest_epoch(tell: Tell) -> None:
    run = record(presets()["notebook-1a"].config.replace(epochs=30))
    words = tell(run)["heatmap"]
    for frame in (next(iter(run.between(0, 0))), run.newest):
        begin, end = numbers(rf"At epoch {int(frame.epoch[-1])} from {NUMBER} at layer 99 .*?to {NUMBER} at layer 1:", words)
        np.testing.assert_allclose([begin, end], np.abs(frame.g[-1, 0, [99, 1]]), rtol=SAME)


# what stands behind, and what is chosen


def test_a_pinned_run_is_told_by_its_name_with_its_own_numbers(tell: Tell) -> None:
    other = Config(weight_scale=0.9, epochs=2)
    words = tell(Config(weight_scale=5.0, epochs=4), other)
    g = np.abs(record(other).newest.g[-1, 0])
    for panel in ("activations", "gradients", "cost", "weights", "why", "phi", "together", "difference"):
        assert "“other 1”" in words[panel]
    (begin,) = numbers(rf"Behind it, pinned, “other 1” \(epoch 1, its last\): from {NUMBER} at layer 99", words["gradients"])
    assert begin == pytest.approx(g[99], rel=SAME)


def test_the_difference_is_told_as_a_ratio_by_layer(tell: Tell) -> None:
    live, other = Config(weight_scale=5.0, epochs=2), Config(weight_scale=0.9, epochs=2)
    one, two = (np.abs(record(config).newest.g[-1, 0]) for config in (live, other))
    begin, end = numbers(rf"Against “other 1”: from {NUMBER} at layer 99 it falls to {NUMBER} at layer 1:", tell(live, other)["difference"])
    np.testing.assert_allclose(np.log10([begin, end]), np.log10([one[99] / two[99], one[1] / two[1]]), atol=0.01)
    assert "No run is pinned" in tell(live)["difference"]
    assert "both are alike in every layer" in tell(live, live)["difference"]


@pytest.mark.parametrize(
    ("name", "words"), [("dh", "Activation gradients |∂C/∂h| by layer"), ("ratio", "Update / weight"), ("end", "End to end |∂h[L]/∂h[k]|")]
)
def test_the_chosen_gradient_and_scale_are_told(tell: Tell, name: str, words: str) -> None:
    def choose(dashboard: Dashboard) -> None:
        choice = dashboard.panels["gradients"].choice
        choice.setCurrentIndex(choice.findData(name))

    assert words in tell(Config(weight_scale=0.9, epochs=1), choose=choose)["gradients"]
    linear = tell(Config(weight_scale=0.9, epochs=1), choose=lambda dashboard: dashboard.panels["gradients"].choose_scale("linear"))["gradients"]
    assert "on a linear axis" in linear


def test_a_zoom_is_told(tell: Tell) -> None:
    def zoom(dashboard: Dashboard) -> None:
        plot = dashboard.panels["gradients"].plot
        plot.item.vb.setXRange(20.0, 40.0, padding=0)
        plot.item.vb.sigRangeChangedManually.emit([True, True])

    assert "You have zoomed in: layers 20 to 40 are in view" in tell(Config(epochs=1), choose=zoom)["gradients"]


@pytest.mark.parametrize(
    "config",
    [
        Config(epochs=3),
        Config(layers=2, epochs=2),
        Config(weight_scale=0.0, epochs=2),
        Config(activation="relu", epochs=2),
        Config(weight_scale=50.0, activation="identity", layers=400, epochs=5),
        Config(initialization="normal", weight_scale=2.0, epochs=2),
        Config(inputs=tuple(np.linspace(-1, 1, 20)), targets=tuple(np.linspace(-1, 1, 20)), epochs=2),
        TANH.replace(epochs=2, residual="plain", normalization="layer"),
        RELU.replace(epochs=2, weight_scale=0.0),
        TANH.replace(weight_scale=1e200, activation="identity", epochs=2),
    ],
    ids=["chain", "two layers", "no weights", "dead", "diverged", "jagged", "many samples", "cures", "wide without weights", "wide diverged"],
)
def test_whatever_becomes_of_a_run_every_panel_is_told_in_whole_sentences(tell: Tell, config: Config) -> None:
    words = tell(config)
    assert set(words) == set(PLACES) == set(TOLD)
    for said in words.values():
        assert said.endswith((".", "?", "!"))
        assert not re.search(r"\bnan\b|\binf\b|\d[eE][-+]?\d\d|<[a-z/]|None|\.\.|  ", said), said
        assert not re.search(r"\d{7}", said.replace(",", "")) or "e" in said


# when it is told


@pytest.fixture
def told_window(open_window, wait_for) -> Window:
    """A window whose panels have all been told."""
    window = open_window("notebook-1b")
    wait_for(lambda: all(panel.accessibleDescription() for panel in window.dashboard.shown.values()))
    return window


def test_when_the_picture_stands_still_every_panel_has_its_words(told_window: Window, wait_for) -> None:
    assert "at epoch 0" in told_window.dashboard.panels["gradients"].accessibleDescription()
    told_window.actions_by_name["step"].trigger()
    for name in ("activations", "gradients", "why", "phi", "cost"):
        wait_for(lambda name=name: "at epoch 1" in told_window.dashboard.panels[name].accessibleDescription())
    assert told_window.verdict.verdict.sentence in told_window.dashboard.accessibleDescription()


def test_words_are_found_once_and_one_panel_a_tick(told_window: Window, monkeypatch: pytest.MonkeyPatch, wait_for) -> None:
    told: list[int] = []
    find, settle = told_window.telling._story, told_window.telling.settle
    ticks: list[int] = []
    monkeypatch.setattr(told_window.telling, "_story", lambda panel: told.append(len(ticks)) or find(panel))
    monkeypatch.setattr(told_window.telling, "settle", lambda: ticks.append(1) or settle())
    wait_for(lambda: len(ticks) > told[-1] + 5 if told else len(ticks) > 10)  # each is told by now
    told.clear()
    told_window.actions_by_name["step"].trigger()
    wait_for(lambda: len(told) == len(told_window.dashboard.shown))
    assert len(set(told)) == len(told)
    before = len(ticks)
    wait_for(lambda: len(ticks) > before + 5)
    assert len(told) == len(told_window.dashboard.shown)


def test_while_it_runs_nothing_is_told_and_at_rest_the_news_come_first(told_window: Window, wait_for) -> None:
    panel = told_window.dashboard.panels["gradients"]
    panel.setFocus()
    told_window.actions_by_name["run"].trigger()
    wait_for(lambda: told_window.run.epochs_done > 5)
    assert "at epoch 0" in panel.accessibleDescription()
    told_window.actions_by_name["run"].trigger()
    wait_for(lambda: told_window.now.phase is Phase.PAUSED and panel.accessibleDescription().startswith("Paused at epoch "))
    epoch = told_window.dashboard.moment.epoch
    assert panel.accessibleDescription().startswith(f"Paused at epoch {epoch:,}. Vanishing: ")
    assert f"Gradients |g| = |∂C/∂u| by layer, on a decade axis, at epoch {epoch:,}." in panel.accessibleDescription()


def test_a_panel_that_gets_the_focus_while_it_runs_is_told_as_it_is_then(told_window: Window, wait_for) -> None:
    told_window.actions_by_name["run"].trigger()
    wait_for(lambda: told_window.run.epochs_done > 5)
    panel = told_window.dashboard.panels["cost"]
    panel.setFocus()
    assert "at epoch 0." not in panel.accessibleDescription()
    told_window.actions_by_name["run"].trigger()
    wait_for(lambda: told_window.now.phase is Phase.PAUSED)


def test_news_are_said_at_what_has_the_focus_and_given_back(told_window: Window) -> None:
    button = told_window.timeline.buttons["bookmark"]
    button.setFocus()
    before = button.accessibleDescription()
    told_window.messages.say("The run is saved.")
    assert button.accessibleDescription() == "The run is saved."
    told_window.messages.complain("Something went wrong.")
    assert button.accessibleDescription() == "Something went wrong."
    told_window.dashboard.panels["cost"].setFocus()
    assert button.accessibleDescription() == before
    told_window.messages.say("Another thing.")
    assert told_window.dashboard.panels["cost"].accessibleDescription().startswith("Another thing. Cost C = ")


# describe in words


def test_describe_in_words_says_all_that_can_be_seen_and_stays_until_it_is_told_again(told_window: Window, press, qtbot: QtBot, wait_for) -> None:
    press(Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    dialog = told_window.telling._dialog
    wait_for(dialog.isActiveWindow)
    text = dialog.text.toPlainText()
    assert text.startswith("notebook-1b, epoch 0 of 1,000. Ready")
    assert "Vanishing: " in text
    for panel in told_window.dashboard.shown.values():
        assert panel.title.upper() in text
    assert QApplication.focusWidget() is dialog.text
    assert dialog.text.isReadOnly()
    told_window.actions_by_name["step"].trigger()
    wait_for(lambda: told_window.dashboard.moment.epoch == 1)
    assert dialog.text.toPlainText() == text
    buttons = {button.text(): button for button in dialog.findChildren(QPushButton)}
    buttons["&Tell again"].click()
    assert "at epoch 1" in dialog.text.toPlainText()
    buttons["&Copy"].click()
    assert QApplication.clipboard().text() == dialog.text.toPlainText()
    qtbot.keyClick(dialog.text, Qt.Key.Key_Escape)
    wait_for(lambda: sip.isdeleted(dialog) or not dialog.isVisible())
    told_window.telling.describe()
    assert "at epoch 1" in told_window.telling._dialog.text.toPlainText()
    told_window.telling._dialog.close()


def test_the_dialog_of_a_window_that_closes_goes_with_it(told_window: Window) -> None:
    told_window.telling.describe()
    dialog = told_window.telling._dialog
    assert dialog.isVisible()
    told_window.close()
    assert not dialog.isVisible()
