"""A weight taken in the hand, with real mouse and key events: h, g and the cost answer at once, and every change is recorded, undone and redone bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradviz.core.config import Config
from gradviz.core.interventions import Intervention
from gradviz.runs.moment import Moment
from gradviz.runs.presets import presets
from gradviz.runs.run import Run, record
from gradviz.ui.plots.grip import PACE
from gradviz.ui.plots.profiles import WeightPanel
from gradviz.ui.plots.weight_plot import HINTS, REACH
from gradviz.ui.state import Phase
from gradviz.ui.theme import DARK, LIGHT
from gradviz.ui.window import Window

Floats = NDArray[np.float64]
Key, Button, Modifier, Shape = Qt.Key, Qt.MouseButton, Qt.KeyboardModifier, Qt.CursorShape

NOTEBOOK = presets()["notebook-1a"].config
CHAIN = Config(layers=20, epochs=400, weight_scale=1.0, learning_rate=0.3)
WIDE = Config(layers=6, width=5, epochs=60, data="moons", samples=40, optimizer="adam", bias="on", batch_size=11, learning_rate=0.01)


# a hand


class Hand:
    """Moves a real mouse over the viewport of a panel of weights."""

    def __init__(self, qtbot: QtBot, panel: WeightPanel) -> None:
        self.qtbot, self.panel, self.plot = qtbot, panel, panel.weights

    def spot(self, layer: int, height: float | None = None) -> QPoint:
        """The pixel of a layer's point, or at this height above its layer."""
        if height is None:
            place = int(np.flatnonzero(self.plot.across == layer)[0])
            height = float(self.plot.scale.place(self.plot.values[:1, place])[0])
        return self.panel.mapFromScene(self.plot.item.vb.mapViewToScene(QPointF(layer, height)))

    @property
    def pixel(self) -> float:
        """How much of the vertical axis a pixel is."""
        return float(self.plot.item.vb.viewPixelSize()[1])

    def move(self, where: QPoint, buttons: Button = Button.NoButton, modifiers: Modifier = Modifier.NoModifier) -> None:
        self._send(QEvent.Type.MouseMove, where, Button.NoButton, buttons, modifiers)

    def press(self, where: QPoint, modifiers: Modifier = Modifier.NoModifier) -> None:
        self.move(where)
        self._send(QEvent.Type.MouseButtonPress, where, Button.LeftButton, Button.LeftButton, modifiers)

    def drag(self, where: QPoint, modifiers: Modifier = Modifier.NoModifier) -> None:
        self.move(where, Button.LeftButton, modifiers)

    def release(self, where: QPoint) -> None:
        self._send(QEvent.Type.MouseButtonRelease, where, Button.LeftButton, Button.NoButton, Modifier.NoModifier)

    def double_click(self, where: QPoint) -> None:
        self.press(where)
        self.release(where)
        self._send(QEvent.Type.MouseButtonDblClick, where, Button.LeftButton, Button.LeftButton, Modifier.NoModifier)
        self.release(where)

    def _send(self, kind: QEvent.Type, where: QPoint, button: Button, buttons: Button, modifiers: Modifier) -> None:
        viewport = self.panel.viewport()
        event = QMouseEvent(kind, QPointF(where), QPointF(viewport.mapToGlobal(where)), button, buttons, modifiers)
        QApplication.sendEvent(viewport, event)

    def wheel(self, where: QPoint, notches: float = 1.0, modifiers: Modifier = Modifier.NoModifier) -> None:
        viewport = self.panel.viewport()
        turn = QPoint(0, round(120 * notches))
        event = QWheelEvent(
            QPointF(where), QPointF(viewport.mapToGlobal(where)), QPoint(), turn, Button.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False
        )
        QApplication.sendEvent(viewport, event)

    def key(self, key: Key) -> None:
        self.qtbot.keyClick(self.panel, key)

    @property
    def ringed(self) -> tuple[float, float] | None:
        """Where the ring is: layer, and height on the axis."""
        if not self.plot.ring.isVisible():
            return None
        across, heights = self.plot.ring.getData()
        return float(across[0]), float(heights[0])

    @property
    def shape(self) -> Shape:
        return self.panel.viewport().cursor().shape()


class Heard(list[tuple[Any, ...]]):
    """What a panel of weights has said."""

    def __init__(self, panel: WeightPanel) -> None:
        super().__init__()
        panel.weight_changed.connect(lambda name, value: self.append((name, value)))
        panel.weight_held.connect(lambda name: self.append((name,)))
        panel.weight_returned.connect(lambda: self.append(()))

    @property
    def changes(self) -> list[tuple[str, float]]:
        return [said for said in self if len(said) == 2]


@pytest.fixture
def alone(on_screen, draw_anew, qtbot) -> Callable[..., Hand]:
    """A hand over a panel of weights by itself, which shows the last frame of a run trained here."""

    def open_panel(config: Config, scale: str = "linear", size: tuple[int, int] = (700, 420)) -> Hand:
        panel = on_screen(WeightPanel(), *size)
        panel.choose_scale(scale)
        draw_anew(panel, config)
        panel.setFocus()
        return Hand(qtbot, panel)

    return open_panel


@pytest.fixture
def in_window(open_window, qtbot) -> Callable[..., tuple[Window, Hand]]:
    """A hand over the panel of weights in a window with a new experiment."""

    def open_one(config: Config, scale: str = "linear") -> tuple[Window, Hand]:
        window = open_window(config)
        window.dashboard.set_visible({"activations", "gradients", "cost", "weights"})
        panel = window.dashboard.panels["weights"]
        assert isinstance(panel, WeightPanel)
        panel.choose_scale(scale)
        QApplication.processEvents()
        return window, Hand(qtbot, panel)

    return open_one


def step_to(window: Window, epoch: int, wait_for: Callable[..., None]) -> None:
    while window.run.epochs_done <= epoch:
        done = window.run.epochs_done
        window.actions_by_name["step"].trigger()
        wait_for(lambda done=done: window.run.epochs_done > done)


# what can be taken


@pytest.mark.parametrize("scale", ["linear", "decades"])
@pytest.mark.parametrize("config", [CHAIN.replace(epochs=40), WIDE.replace(epochs=2)], ids=["chain", "wide"])
def test_the_point_under_the_mouse_has_a_ring_and_an_open_hand(alone, config: Config, scale: str) -> None:
    hand = alone(config, scale)
    for layer in (1, 4, config.layers - 1):
        hand.move(hand.spot(layer))
        assert hand.ringed is not None
        across, height = hand.ringed
        assert across == layer
        drawn = dict(zip(*hand.plot.drawn()[0], strict=True))
        assert height == pytest.approx(drawn[layer], abs=1e-12)
        assert hand.shape is Shape.OpenHandCursor
    hand.move(hand.spot(4) + QPoint(0, round(REACH) + 3))
    assert hand.ringed is None
    assert hand.shape is not Shape.OpenHandCursor


def test_the_ring_goes_when_the_mouse_leaves(alone) -> None:
    hand = alone(CHAIN.replace(epochs=2))
    hand.move(hand.spot(4))
    assert hand.ringed is not None
    QApplication.sendEvent(hand.panel, QEvent(QEvent.Type.Leave))
    assert hand.ringed is None


def test_a_weight_without_a_place_on_the_axis_cannot_be_taken(alone) -> None:
    config = CHAIN.replace(layers=6, epochs=2)
    hand = alone(config, "decades")
    run = record(config, [Intervention(1, "w[3]", 0.0)])
    hand.panel.show_moment(Moment(run, run.newest))
    low = hand.plot.item.vb.viewRange()[1][0]
    for height in np.linspace(low, 0.5, 60):
        hand.move(hand.spot(3, float(height)))
        assert hand.ringed is None or hand.ringed[0] != 3


# what is said


@pytest.mark.parametrize("scale", ["linear", "decades"])
def test_a_chains_weight_becomes_what_is_at_the_mouse(alone, scale: str) -> None:
    hand = alone(CHAIN.replace(epochs=40), scale)
    heard = Heard(hand.panel)
    value = float(hand.plot.values[0, 11])
    hand.press(hand.spot(12))
    assert heard == [("w[12]",)]
    assert hand.shape is Shape.ClosedHandCursor
    target = hand.spot(12) + QPoint(0, 40)
    height = (value if scale == "linear" else np.log10(value)) - 40 * hand.pixel
    hand.drag(target)
    hand.release(target)
    expected = height if scale == "linear" else 10.0**height
    within = hand.pixel if scale == "linear" else expected * (10.0**hand.pixel - 1)
    assert heard[-1] == ("",)
    (name, found), *_ = heard.changes[-1:]
    assert name == "w[12]"
    assert found == pytest.approx(expected, abs=0.51 * within)
    assert len(repr(found)) < 10, "no more digits than a pixel has"


def test_a_point_taken_beside_its_middle_does_not_jump_there(alone) -> None:
    hand = alone(CHAIN.replace(epochs=40))
    heard = Heard(hand.panel)
    value = float(hand.plot.values[0, 11])
    beside = hand.spot(12) + QPoint(0, 8)
    hand.press(beside)
    hand.drag(beside + QPoint(0, 1))
    assert heard.changes[0][1] == pytest.approx(value - hand.pixel, abs=1.5 * hand.pixel)
    hand.release(beside)


def test_taking_a_weight_and_letting_it_go_changes_nothing(alone) -> None:
    hand = alone(CHAIN.replace(epochs=2))
    heard = Heard(hand.panel)
    hand.press(hand.spot(12))
    hand.release(hand.spot(12))
    assert heard == [("w[12]",), ("",)]


@pytest.mark.parametrize("weight", [0.8, -0.8])
def test_on_a_decade_axis_the_sign_stays_however_far_it_is_dragged(alone, weight: float) -> None:
    hand = alone(CHAIN.replace(weight_scale=weight, epochs=1), "decades")
    heard = Heard(hand.panel)
    where = hand.spot(5)
    hand.press(where)
    for _ in range(100):
        where += QPoint(0, 100)
        hand.drag(where)
    hand.release(where)
    assert np.sign(heard.changes[-1][1]) == np.sign(weight)
    assert 0.0 < abs(heard.changes[-1][1]) < 1e-300


def test_on_a_linear_axis_a_weight_passes_zero(alone) -> None:
    hand = alone(CHAIN.replace(epochs=1))
    heard = Heard(hand.panel)
    where = hand.spot(5)
    hand.press(where)
    far = where + QPoint(0, round(1.4 / hand.pixel))
    hand.drag(far)
    hand.release(far)
    assert heard.changes[-1][1] == pytest.approx(-0.4, abs=hand.pixel)


def test_with_shift_it_goes_a_tenth_of_the_way(alone) -> None:
    hand = alone(CHAIN.replace(epochs=1))
    heard = Heard(hand.panel)
    where, pixel = hand.spot(5), hand.pixel
    hand.press(where)
    hand.drag(where + QPoint(0, 50), Modifier.ShiftModifier)
    hand.release(where + QPoint(0, 50))
    assert heard.changes[-1][1] == pytest.approx(1.0 - 5 * pixel, abs=0.1 * pixel)


def test_of_a_wide_layer_all_weights_are_multiplied_by_how_far_it_went(alone) -> None:
    hand = alone(WIDE.replace(epochs=2), "decades")
    heard = Heard(hand.panel)
    where, pixel = hand.spot(3), hand.pixel
    hand.press(where)
    assert heard == [("w[3]*",)]
    for _ in range(5):
        where -= QPoint(0, 4)
        hand.drag(where)
        hand.panel.grip.answered()
        hand.qtbot.waitUntil(lambda: not hand.panel.grip._pending)
        hand.qtbot.waitUntil(lambda: not hand.panel.grip._clock.isActive())
    hand.release(where)
    assert {name for name, _ in heard.changes} == {"w[3]*"}
    assert len(heard.changes) == 5
    whole = float(np.prod([factor for _, factor in heard.changes]))
    assert np.log10(whole) == pytest.approx(20 * pixel, abs=0.6 * pixel)


def test_a_wide_layer_is_never_dragged_to_zero(alone) -> None:
    hand = alone(WIDE.replace(epochs=2))
    heard = Heard(hand.panel)
    where = hand.spot(3)
    hand.press(where)
    hand.drag(where + QPoint(0, 5000))
    hand.release(where + QPoint(0, 5000))
    assert all(0.0 < factor < 1.0 for _, factor in heard.changes)


# the wheel and the keys


def test_the_wheel_scales_all_weights_and_with_control_it_zooms(alone) -> None:
    hand = alone(CHAIN.replace(epochs=2))
    heard = Heard(hand.panel)
    where, view = hand.spot(10), hand.plot.item.vb.viewRange()
    hand.wheel(where)
    assert heard == [("w*",), ("w*", 1.05)]
    hand.wheel(where, -2)
    hand.wheel(where, -1)
    hand.qtbot.waitUntil(lambda: heard[-1] == ("",))
    assert float(np.prod([factor for _, factor in heard.changes])) == pytest.approx(1.05**-2)
    assert [name for name, _ in heard.changes] == ["w*"] * len(heard.changes)
    assert hand.plot.item.vb.viewRange() == view, "the wheel does not zoom as well"
    count = len(heard)
    hand.wheel(where, 1, Modifier.ControlModifier)
    assert hand.plot.item.vb.viewRange() != view
    assert len(heard) == count


def test_over_the_weight_gradients_the_wheel_zooms_as_elsewhere(alone) -> None:
    hand = alone(CHAIN.replace(epochs=2))
    heard = Heard(hand.panel)
    plot = hand.panel.gradients
    view = plot.item.vb.viewRange()
    hand.wheel(hand.panel.mapFromScene(plot.item.vb.sceneBoundingRect().center()))
    assert plot.item.vb.viewRange() != view
    assert not heard


@pytest.mark.parametrize(
    ("config", "scale", "up"),
    [
        (CHAIN.replace(epochs=2), "linear", 1.05),
        (CHAIN.replace(epochs=2, weight_scale=-1.0), "linear", 1 / 1.05),
        (CHAIN.replace(epochs=2, weight_scale=-1.0), "decades", 1.05),
        (WIDE.replace(epochs=2), "linear", 1.05),
    ],
    ids=["chain", "below zero", "below zero in decades", "wide"],
)
def test_keys_choose_a_layer_and_move_its_point_up_and_down(alone, config: Config, scale: str, up: float) -> None:
    hand = alone(config, scale)
    heard = Heard(hand.panel)
    hand.key(Key.Key_Up)
    assert not heard, "no layer is chosen yet"
    hand.key(Key.Key_PageUp)
    hand.key(Key.Key_PageUp)
    hand.key(Key.Key_PageUp)
    hand.key(Key.Key_PageDown)
    assert hand.plot.reading().startswith("layer 2\n")
    hand.key(Key.Key_Up)
    assert heard == [("w[2]*",), ("w[2]*", up)]
    hand.key(Key.Key_Down)
    hand.key(Key.Key_Down)
    hand.qtbot.waitUntil(lambda: heard[-1] == ("",))
    assert float(np.prod([factor for _, factor in heard.changes])) == pytest.approx(1 / up)
    hand.key(Key.Key_PageDown)
    hand.key(Key.Key_PageDown)
    assert hand.plot.reading().startswith("layer 1\n")


# one change at a time


def test_the_next_change_waits_until_the_last_one_is_drawn_and_the_last_position_counts(alone) -> None:
    hand = alone(CHAIN.replace(epochs=1))
    heard = Heard(hand.panel)
    where, pixel = hand.spot(5), hand.pixel
    hand.press(where)
    for _ in range(30):
        where += QPoint(0, 1)
        hand.drag(where)
    hand.qtbot.waitUntil(lambda: not hand.panel.grip._clock.isActive())
    assert len(heard.changes) == 1
    hand.panel.grip.answered()
    assert len(heard.changes) == 1, "not from within what draws"
    hand.qtbot.waitUntil(lambda: len(heard.changes) == 2)
    assert heard.changes[-1][1] == pytest.approx(1.0 - 30 * pixel, abs=pixel)
    hand.drag(where + QPoint(0, 10))
    assert len(heard.changes) == 2
    hand.release(where + QPoint(0, 10))
    assert heard[-1] == ("",)
    assert heard.changes[-1][1] == pytest.approx(1.0 - 40 * pixel, abs=pixel)
    assert len(heard.changes) == 3


def test_no_more_than_one_change_a_frame_of_the_screen(alone) -> None:
    hand = alone(CHAIN.replace(epochs=1))
    heard = Heard(hand.panel)
    hand.panel.weight_changed.connect(lambda *_: hand.panel.grip.answered())  # drawn at once
    where = hand.spot(5)
    hand.press(where)
    for turn in range(40):
        hand.drag(where + QPoint(0, turn + 1))
    assert len(heard.changes) == 1
    clock = hand.panel.grip._clock
    assert clock.isActive()
    assert clock.interval() == PACE
    hand.qtbot.waitUntil(lambda: len(heard.changes) == 2)
    hand.release(where + QPoint(0, 40))


# what the plot does meanwhile


def drawn(hand: Hand) -> Floats:
    return np.array(hand.plot.drawn()[0][1])


def test_the_axis_waits_until_the_weight_is_let_go_and_the_ring_goes_with_the_hand(alone) -> None:
    config = CHAIN.replace(epochs=30)
    hand = alone(config)
    run = record(config, [Intervention(29, "w[5]", 3.0)])
    view, where = hand.plot.item.vb.viewRange(), hand.spot(5)
    hand.press(where)
    hand.drag(where - QPoint(0, 30))
    at = hand.ringed
    for frame in (run.at(3), run.at(29)):
        hand.panel.show_moment(Moment(run, frame))
        assert hand.plot.item.vb.viewRange() == view
        assert hand.ringed == at, "frames come in, and the hand is where it was"
    assert np.isnan(drawn(hand)[4])
    hand.release(where - QPoint(0, 30))
    assert hand.plot.item.vb.viewRange()[1][1] >= 3.0
    assert drawn(hand)[4] == 3.0


def test_the_reading_says_how_many_times_what_it_was_the_weight_is(alone) -> None:
    config = CHAIN.replace(epochs=2)
    hand = alone(config)
    run = record(config, [Intervention(1, "w[5]", 0.25)])
    was = float(hand.plot.values[0, 4])
    hand.press(hand.spot(5))
    hand.drag(hand.spot(5) + QPoint(0, 30))
    hand.panel.show_moment(Moment(run, run.newest))
    lines = hand.plot.reading().split("\n")
    assert lines[0] == "layer 5"
    assert lines[1] == f"× {0.25 / was:.4g} since it was taken"
    assert lines[2] == "w:  0.25"
    hand.release(hand.spot(5))
    assert "since it was taken" not in hand.plot.reading()


@pytest.mark.parametrize("then", ["begin_anew", "another scale", "hide"])
def test_other_data_or_another_scale_take_the_weight_out_of_the_hand(alone, then: str) -> None:
    hand = alone(CHAIN.replace(epochs=2))
    heard = Heard(hand.panel)
    where = hand.spot(5)
    hand.press(where)
    hand.drag(where + QPoint(0, 20))
    hand.drag(where + QPoint(0, 25))
    count = len(heard.changes)
    {"begin_anew": hand.panel.begin_anew, "another scale": lambda: hand.panel.choose_scale("decades"), "hide": hand.panel.hide}[then]()
    count += then == "hide"  # it is let go, and what it had become is said
    hand.drag(where + QPoint(0, 40))
    hand.release(where + QPoint(0, 40))
    assert len(heard.changes) == count
    assert heard[-1] == ("",)
    assert hand.plot.held is None


def test_where_no_point_is_near_dragging_moves_the_view(alone, wait_for) -> None:
    hand = alone(CHAIN.replace(epochs=2))
    heard = Heard(hand.panel)
    view = hand.plot.item.vb.viewRange()
    low, high = view[1]
    where = hand.spot(10, low + 0.8 * (high - low))
    hand.press(where)

    def moved() -> bool:
        """pyqtgraph begins a drag after a while."""
        hand.drag(where + QPoint(30, 20))
        hand.drag(where + QPoint(31, 20))
        return bool(hand.plot.item.vb.viewRange() != view)

    wait_for(moved)
    hand.release(where + QPoint(31, 20))
    assert not heard


def test_a_double_click_on_a_point_shows_all_data_again(alone) -> None:
    hand = alone(CHAIN.replace(epochs=2))
    view = hand.plot.item.vb.viewRange()
    hand.wheel(hand.spot(10), 3, Modifier.ControlModifier)
    assert hand.plot.item.vb.viewRange() != view
    where = hand.spot(10)
    hand.double_click(where)
    np.testing.assert_allclose(hand.plot.item.vb.viewRange(), view)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_title_says_what_can_be_done_where_there_is_room_and_gives_way_to_everything_else(alone, theme: Any) -> None:
    for width, hint in ((900, HINTS[0]), (420, HINTS[1]), (340, HINTS[2]), (240, None)):
        hand = alone(CHAIN.replace(epochs=2), size=(width, 300))
        hand.panel.apply_theme(theme)
        title = hand.plot.item.titleLabel.text
        assert "<b>Weights w</b>" in title
        assert [said for said in HINTS if f'<span style="color:{theme.faint}">{said}</span>' in title] == ([hint] if hint else [])
        assert hand.plot.item.titleLabel.item.boundingRect().width() <= width - 8


def test_who_cannot_see_it_is_told_what_mouse_and_keys_do(alone) -> None:
    hand = alone(CHAIN.replace(epochs=2))
    assert "Page Up and Page Down choose a layer" in hand.panel.accessibleDescription()
    assert hand.plot.item.titleLabel.toolTip() == hand.panel.accessibleDescription()


# in the window


def by_hand(w: Floats, config: Config) -> tuple[Floats, Floats, float]:
    """h and g (samples, layers) and the cost of a chain with these weights, with numpy alone."""
    x, y, last = np.array(config.inputs), np.array(config.targets), config.layers - 1
    h = [x]
    for k in range(1, config.layers):
        h.append(np.tanh(w[k] * h[-1]))
    g: dict[int, Any] = {last: (h[last] - y) / len(x) * (1 - h[last] ** 2), 0: np.zeros_like(x)}
    for k in range(last - 1, 0, -1):
        g[k] = (1 - h[k] ** 2) * w[k + 1] * g[k + 1]
    return np.array(h).T, np.array([g[k] for k in range(config.layers)]).T, float(np.sum((y - h[last]) ** 2) / (2 * len(x)))


def same_bits(run: Run, other: Run, upto: int | None = None) -> bool:
    """Whether two runs hold the same epochs with the same bits; percentiles of a wide one are worked out where they are looked at."""
    names = run.newest.COLUMNS if not run.config.wide else ("epoch", "cost", "accuracy", "norms", "ratio")
    shown = other.frames.epoch < (run.epochs_done if upto is None else upto)
    return all(getattr(run.frames, name).tobytes() == getattr(other.frames, name)[shown].tobytes() for name in names)


def on_the_screen(window: Window) -> int:
    assert window.dashboard.moment is not None
    return window.dashboard.moment.epoch


def curves(window: Window, name: str) -> Floats:
    return np.array([values for _, values in window.dashboard.panels[name].plot.drawn()])


def test_a_person_drags_one_weight_and_the_epoch_on_the_screen_answers(in_window, wait_for, press) -> None:
    window, hand = in_window(NOTEBOOK)
    step_to(window, 5, wait_for)
    before = window.run
    assert same_bits(before, record(NOTEBOOK))
    where = hand.spot(12)
    target = where + QPoint(0, round((float(hand.plot.values[0, 11]) - 0.5) / hand.pixel))
    hand.press(where)
    for part in range(1, 11):
        hand.drag(where + (target - where) * part / 10)
        wait_for(lambda: hand.panel.grip._answered)
    hand.release(target)
    wait_for(lambda: window.run.epochs_done == 6 and window.run.interventions)
    (change,) = window.run.interventions
    assert (change.epoch, change.parameter) == (5, "w[12]")
    assert change.value == pytest.approx(0.5, abs=0.005)
    wait_for(lambda: window.dashboard.moment.run is window.run and on_the_screen(window) == 5)

    w = before.newest.w[-1].copy()
    w[12] = change.value
    h, g, cost = by_hand(w, NOTEBOOK)
    assert hand.plot.values[0, 11] == change.value
    np.testing.assert_allclose(curves(window, "activations"), h, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(window.dashboard.panels["gradients"].plot.values, g[:, 1:], rtol=1e-8)
    assert window.run.cost[-1] == pytest.approx(cost, rel=1e-12)

    press(Key.Key_Z, Modifier.ControlModifier)
    wait_for(lambda: window.run is before and on_the_screen(window) == 5)
    assert same_bits(window.run, record(NOTEBOOK))
    np.testing.assert_array_equal(curves(window, "activations"), before.newest.h[-1])
    press(Key.Key_Z, Modifier.ControlModifier | Modifier.ShiftModifier)
    wait_for(lambda: window.run.interventions == [change] and hand.plot.values[0, 11] == change.value)

    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.state.phase is Phase.FINISHED)
    assert same_bits(window.run, record(NOTEBOOK, [change]))


def test_while_a_weight_is_dragged_only_the_epoch_on_the_screen_is_drawn(in_window, wait_for) -> None:
    window, hand = in_window(CHAIN)
    step_to(window, 5, wait_for)
    epochs: list[int] = []
    show = hand.panel.show_moment

    def noted(moment: Moment) -> None:
        epochs.append(moment.epoch)
        show(moment)

    hand.panel.show_moment = noted
    where = hand.spot(12)
    hand.press(where)
    for _ in range(12):
        where += QPoint(0, 3)
        hand.drag(where)
        wait_for(lambda: hand.panel.grip._answered and not hand.panel.grip._pending)
    hand.release(where)
    wait_for(lambda: window.run.epochs_done == 6)
    assert set(epochs) == {5}


@pytest.mark.parametrize(("config", "scale"), [(CHAIN, "linear"), (CHAIN, "decades"), (WIDE, "decades")], ids=["chain", "chain in decades", "wide"])
def test_a_weight_dragged_while_it_runs_is_changed_at_the_live_epoch_and_once_undone(in_window, wait_for, press, config: Config, scale: str) -> None:
    config = config.replace(epochs=10**6)
    window, hand = in_window(config, scale)
    press(Key.Key_2)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 10)
    where, began = hand.spot(3), window.run.epochs_done
    hand.press(where)
    for _ in range(6):
        where += QPoint(0, 4)
        done = len(window.run.interventions)
        hand.drag(where)
        wait_for(lambda done=done: len(window.run.interventions) > done)
    hand.release(where)
    wait_for(lambda: window.run.epochs_done > window.run.interventions[-1].epoch + 3)
    press(Key.Key_Space)
    assert window.state.phase is Phase.PAUSED
    made = list(window.run.interventions)
    assert len(made) >= 6
    assert {change.parameter for change in made} == {"w[3]*" if config.wide else "w[3]"}
    assert min(change.epoch for change in made) >= began
    assert [change.epoch for change in made] == sorted({change.epoch for change in made})
    done = window.run.epochs_done
    assert same_bits(window.run, record(config.replace(epochs=done), made))
    press(Key.Key_Z, Modifier.ControlModifier)
    wait_for(lambda: not window.run.interventions)
    assert window.run.epochs_done == made[0].epoch, "all that was done with it was one change"
    assert same_bits(window.run, record(config.replace(epochs=made[0].epoch)))


def test_what_is_let_go_before_the_training_has_answered_is_still_one_change(in_window, wait_for, press) -> None:
    window, _hand = in_window(CHAIN.replace(epochs=10**6))
    press(Key.Key_2)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 5)
    board = window.dashboard
    board.weight_held.emit("w[3]")
    board.weight_changed.emit("w[3]", 1.5)
    wait_for(lambda: len(window.run.interventions) == 1)
    board.weight_changed.emit("w[3]", 2.0)
    board.weight_held.emit("")  # its last change has not come back from the training yet
    wait_for(lambda: len(window.run.interventions) == 2)
    press(Key.Key_Z, Modifier.ControlModifier)
    wait_for(lambda: not window.run.interventions)
    assert len(window.now.future) == 1


@pytest.mark.parametrize("config", [CHAIN, WIDE], ids=["chain", "wide"])
@pytest.mark.parametrize("running", [False, True], ids=["paused", "running"])
def test_at_an_earlier_epoch_a_branch_begins_there(in_window, wait_for, press, config: Config, running: bool) -> None:
    config = config.replace(epochs=10**6)
    window, hand = in_window(config)
    press(Key.Key_2)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 25)
    if not running:
        press(Key.Key_Space)
    window.timeline.epoch_wanted.emit(8)
    wait_for(lambda: on_the_screen(window) == 8)
    before = window.run
    where = hand.spot(3)
    hand.press(where)
    for part in (4, 8, 12):
        hand.drag(where + QPoint(0, part))
        wait_for(lambda: hand.panel.grip._answered and not hand.panel.grip._pending)
    hand.release(where + QPoint(0, 12))
    wait_for(lambda: window.run is not before and window.run.interventions)
    change = window.run.interventions[0]
    assert (change.epoch, change.parameter) == (8, "w[3]*" if config.wide else "w[3]")
    if running:
        wait_for(lambda: window.run.epochs_done > 20)
        press(Key.Key_Space)
    else:
        assert window.run.epochs_done == 9
    expected = record(config.replace(epochs=window.run.epochs_done), window.run.interventions)
    assert same_bits(window.run, expected)
    press(Key.Key_Z, Modifier.ControlModifier)
    wait_for(lambda: window.run is before)
    assert same_bits(before, record(config.replace(epochs=before.epochs_done)))


@pytest.mark.parametrize("config", [CHAIN, WIDE], ids=["chain", "wide"])
def test_the_wheel_scales_all_weights_of_the_epoch_on_the_screen_as_one_change(in_window, wait_for, press, config: Config) -> None:
    window, hand = in_window(config)
    step_to(window, 4, wait_for)
    before = window.run
    for _ in range(3):
        hand.wheel(hand.spot(3))
    wait_for(lambda: window.run.interventions and window.run.interventions[0].value == pytest.approx(1.05**3))
    assert [(change.epoch, change.parameter) for change in window.run.interventions] == [(4, "w*")]
    wait_for(lambda: on_the_screen(window) == 4 and window.dashboard.moment.run is window.run)
    np.testing.assert_allclose(window.run.newest.w[-1], before.newest.w[-1] * 1.05**3, rtol=1e-12, atol=1e-15)
    assert same_bits(window.run, record(config, window.run.interventions))
    press(Key.Key_Z, Modifier.ControlModifier)
    wait_for(lambda: window.run is before)


def test_keys_change_a_weight_of_the_epoch_on_the_screen(in_window, wait_for, press) -> None:
    window, hand = in_window(CHAIN)
    step_to(window, 4, wait_for)
    hand.panel.setFocus()
    press(Key.Key_PageUp)
    press(Key.Key_PageUp)
    press(Key.Key_Down)
    wait_for(lambda: window.run.interventions)
    assert window.run.interventions == [Intervention(4, "w[2]*", 1 / 1.05)]
    assert same_bits(window.run, record(CHAIN, window.run.interventions))


def test_escape_gives_the_weight_back(in_window, wait_for, press) -> None:
    window, hand = in_window(CHAIN)
    step_to(window, 4, wait_for)
    before = window.run
    where = hand.spot(7)
    hand.press(where)
    hand.drag(where + QPoint(0, 30))
    wait_for(lambda: window.run.interventions)
    press(Key.Key_Escape)
    wait_for(lambda: window.run is before)
    hand.drag(where + QPoint(0, 50))
    hand.release(where + QPoint(0, 50))
    assert window.run is before
    assert not window.run.interventions
