"""What the keys do on a panel that has the focus: the crosshair with its exact numbers, zoom, menu, size, and the frame that shows the focus."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QSplitter
from pytestqt.qtbot import QtBot

from gradviz.core.config import Config
from gradviz.runs.run import record
from gradviz.runs.sweeps import Axis, Sweep
from gradviz.ui import pins
from gradviz.ui.plots.dashboard import PLACES, Dashboard
from gradviz.ui.plots.panel import Panel
from gradviz.ui.plots.scales import exact
from gradviz.ui.plots.sweep_map import SweepMap

Key, Held = Qt.Key, Qt.KeyboardModifier
CTRL, SHIFT, ALT, NONE = Held.ControlModifier, Held.ShiftModifier, Held.AltModifier, Held.NoModifier
CHAIN = Config(layers=20, weight_scale=1.2, epochs=8)
WIDE = Config(layers=8, width=12, initialization="normal", data="circles", samples=40, loss="cross_entropy", epochs=6)

AXIS, DEEP = Axis("weight_scale", (0.5, 1.0, 2.0)), Axis("layers", (5, 10, 20))

Show = Callable[..., Dashboard]


@pytest.fixture
def show(open_dashboard, wait_for) -> Show:
    """All panels with the end of a run and another one pinned behind it, told, as in the window."""

    def show_run(config: Config = CHAIN) -> Dashboard:
        run = record(config)
        dashboard = open_dashboard(size=(1800, 2400))
        dashboard.activateWindow()
        wait_for(dashboard.isActiveWindow)
        dashboard.begin_anew(config)
        dashboard.show_pins(pins.pinned((), record(config.replace(weight_scale=0.8)), "other"))
        dashboard.show_run(run, run.newest)
        for panel in dashboard.panels.values():
            panel.tell(f"What {panel.name} shows.")
        QApplication.processEvents()
        return dashboard

    return show_run


def focused(dashboard: Dashboard, name: str) -> Panel:
    panel = dashboard.panels[name]
    panel.setFocus(Qt.FocusReason.TabFocusReason)
    assert QApplication.focusWidget() is panel
    return panel


# the crosshair


def test_control_and_the_arrows_read_the_gradient_of_every_layer_with_all_its_digits(show: Show, qtbot: QtBot) -> None:
    dashboard = show()
    panel, g = focused(dashboard, "gradients"), dashboard.moment.frame.g[-1]
    for layer in range(1, 20):
        qtbot.keyClick(panel, Key.Key_Right, CTRL)
        said = panel.accessibleDescription().split("\n")
        assert said[0] == f"layer {layer}"
        assert exact(g[0, layer]) in said[1]
        assert panel.plot.reading() == panel.accessibleDescription()
    qtbot.keyClick(panel, Key.Key_Right, CTRL)
    assert panel.accessibleDescription().startswith("layer 19\n")
    qtbot.keyClick(panel, Key.Key_Left, CTRL)
    assert panel.accessibleDescription().startswith("layer 18\n")
    qtbot.keyClick(panel, Key.Key_Home, CTRL)
    assert panel.accessibleDescription().startswith("layer 1\n")
    qtbot.keyClick(panel, Key.Key_End, CTRL)
    assert panel.accessibleDescription().startswith("layer 19\n")


@pytest.mark.parametrize("config", [CHAIN, WIDE], ids=["chain", "wide"])
@pytest.mark.parametrize("name", sorted(set(PLACES) - {"phase"}))
def test_every_plot_is_read_by_keys_and_forgets_it_with_escape(show: Show, qtbot: QtBot, name: str, config: Config) -> None:
    dashboard = show(config)
    panel = focused(dashboard, name)
    qtbot.keyClick(panel, Key.Key_Right, CTRL)
    first = panel.accessibleDescription()
    assert first != f"What {name} shows."
    assert any(digit in first for digit in "0123456789")
    qtbot.keyClick(panel, Key.Key_End, CTRL)
    assert panel.accessibleDescription() != first
    qtbot.keyClick(panel, Key.Key_Escape)
    assert panel.accessibleDescription() == f"What {name} shows."


def test_what_is_read_follows_the_frame_and_the_focus_takes_it_away(show: Show, qtbot: QtBot) -> None:
    dashboard = show()
    panel = focused(dashboard, "gradients")
    qtbot.keyClick(panel, Key.Key_End, CTRL)
    run = dashboard.moment.run
    before = panel.accessibleDescription()
    frame = run.at(2)
    dashboard.show_run(run, frame)
    panel.tell("What it shows by then.")
    assert panel.accessibleDescription() != before
    assert exact(frame.g[-1, 0, 19]) in panel.accessibleDescription()
    focused(dashboard, "cost")
    assert panel.accessibleDescription() == "What it shows by then."
    assert panel.plot.reading() == ""


def test_on_the_map_the_keys_go_by_epoch_and_by_layer_and_enter_pins_the_cell(show: Show, qtbot: QtBot) -> None:
    dashboard = show()
    panel = focused(dashboard, "heatmap")
    qtbot.keyClick(panel, Key.Key_Right, CTRL)
    for _ in range(3):
        qtbot.keyClick(panel, Key.Key_Right, CTRL)
        qtbot.keyClick(panel, Key.Key_Up, CTRL)
    assert panel.accessibleDescription().startswith("epoch 3, layer 4\n")
    assert exact(dashboard.moment.run.at(3).g[-1, 0, 4]) in panel.accessibleDescription()
    qtbot.keyClick(panel, Key.Key_Return)
    assert panel.plot.pinned == (3, 4)
    assert panel.accessibleDescription().startswith("Pinned: epoch 3, layer 4")
    qtbot.keyClick(panel, Key.Key_Escape)
    qtbot.keyClick(panel, Key.Key_Escape)
    assert panel.plot.pinned is None


def test_of_two_plots_control_with_up_and_down_changes_to_the_other(show: Show, qtbot: QtBot) -> None:
    dashboard = show()
    panel, frame = focused(dashboard, "weights"), dashboard.moment.frame
    qtbot.keyClick(panel, Key.Key_End, CTRL)
    assert exact(frame.w[-1, 19]) in panel.accessibleDescription()
    qtbot.keyClick(panel, Key.Key_Down, CTRL)
    assert exact(frame.dw[-1, 19]) in panel.accessibleDescription()
    assert panel.weights.reading() == ""


def test_enter_on_the_cost_asks_for_the_epoch_under_the_crosshair(show: Show, qtbot: QtBot) -> None:
    dashboard = show()
    panel = focused(dashboard, "cost")
    wanted: list[int] = []
    panel.epoch_wanted.connect(wanted.append)
    for _ in range(4):
        qtbot.keyClick(panel, Key.Key_Right, CTRL)
    qtbot.keyClick(panel, Key.Key_Return)
    assert wanted == [3]


def test_why_reads_the_equation_of_a_layer(show: Show, qtbot: QtBot) -> None:
    dashboard = show()
    panel = focused(dashboard, "why")
    qtbot.keyClick(panel, Key.Key_End, CTRL)
    assert panel.layer == 19
    assert panel.accessibleDescription() == panel.box.text()
    qtbot.keyClick(panel, Key.Key_Escape)
    assert panel.layer is None


# the view


def test_plus_and_minus_zoom_shift_and_the_arrows_move_and_nought_shows_all(show: Show, qtbot: QtBot) -> None:
    dashboard = show()
    panel = focused(dashboard, "gradients")
    view = panel.plot.item.vb
    whole = np.array(view.viewRange())
    qtbot.keyClick(panel, Key.Key_Plus)
    zoomed = np.array(view.viewRange())
    np.testing.assert_allclose(np.ptp(zoomed, axis=1), 0.8 * np.ptp(whole, axis=1))
    assert panel.plot.by_hand
    qtbot.keyClick(panel, Key.Key_Right, SHIFT)
    np.testing.assert_allclose(view.viewRange()[0], zoomed[0] + 0.1 * np.ptp(zoomed[0]))
    qtbot.keyClick(panel, Key.Key_Up, SHIFT)
    np.testing.assert_allclose(view.viewRange()[1], zoomed[1] + 0.1 * np.ptp(zoomed[1]))
    qtbot.keyClick(panel, Key.Key_Minus)
    np.testing.assert_allclose(np.ptp(np.array(view.viewRange()), axis=1), np.ptp(whole, axis=1))
    qtbot.keyClick(panel, Key.Key_0)
    np.testing.assert_allclose(view.viewRange(), whole)
    assert not panel.plot.by_hand


def test_the_crosshair_brings_what_it_reads_into_view(show: Show, qtbot: QtBot) -> None:
    dashboard = show()
    panel = focused(dashboard, "gradients")
    panel.plot.item.vb.setXRange(2.0, 5.0, padding=0)
    qtbot.keyClick(panel, Key.Key_End, CTRL)
    low, high = panel.plot.item.vb.viewRange()[0]
    assert low <= 19 <= high
    assert panel.accessibleDescription().startswith("layer 19\n")


def test_the_menu_comes_with_its_keys(show: Show, qtbot: QtBot) -> None:
    dashboard = show()
    panel = focused(dashboard, "cost")
    asked: list[Panel] = []
    dashboard.menu_requested.connect(lambda of, _where: asked.append(of))
    qtbot.keyClick(panel, Key.Key_F10, SHIFT)
    assert asked == [panel]


@pytest.mark.parametrize(("key", "wider"), [(Key.Key_Up, (0, 24)), (Key.Key_Down, (0, -24)), (Key.Key_Right, (24, 0)), (Key.Key_Left, (-24, 0))])
def test_a_panel_takes_room_from_its_neighbour_and_gives_it_some(open_dashboard, wait_for, qtbot: QtBot, key: Key, wider: tuple[int, int]) -> None:
    dashboard = open_dashboard(("activations", "gradients", "cost"), size=(1400, 900))
    dashboard.activateWindow()
    wait_for(dashboard.isActiveWindow)
    panel = focused(dashboard, "activations")
    before = (panel.width(), panel.height())
    qtbot.keyClick(panel, key, ALT | SHIFT)
    QApplication.processEvents()
    assert (panel.width() - before[0], panel.height() - before[1]) == wider
    assert sum(dashboard.findChildren(QSplitter)[0].sizes()) > 0


# the keys of the window


@pytest.mark.parametrize(
    ("key", "name"),
    [(Key.Key_Right, "step"), (Key.Key_Space, "run"), (Key.Key_R, "reset"), (Key.Key_End, "follow"), (Key.Key_3, "fast"), (Key.Key_W, "weights")],
)
def test_on_a_focused_plot_the_windows_own_keys_do_what_they_always_do(open_window, qtbot: QtBot, key: Key, name: str) -> None:
    window = open_window(CHAIN)
    action = window.actions_by_name.get(name) or next(action for action in window.choosing.actions if action.data() == name)
    done: list[str] = []
    action.triggered.connect(lambda _on: done.append(name))
    action.setEnabled(True)
    window.dashboard.panels["gradients"].setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(window.dashboard.panels["gradients"], key)
    assert done == [name]


def test_escape_is_left_to_others_while_there_is_no_crosshair(open_window, qtbot: QtBot) -> None:
    window = open_window(CHAIN)
    panel = window.dashboard.panels["gradients"]
    panel.setFocus()
    assert not panel._keys.reading()
    qtbot.keyClick(panel, Key.Key_Right, CTRL)
    assert panel._keys.reading()
    qtbot.keyClick(panel, Key.Key_Escape)
    assert not panel._keys.reading()


# the map of a sweep


@pytest.mark.parametrize(("axes", "moved"), [((AXIS, DEEP), (1, 1)), ((AXIS,), (1,))], ids=["two parameters", "one"])
def test_arrows_go_from_point_to_point_of_a_sweeps_map_and_enter_opens_it(on_screen, qtbot: QtBot, axes: tuple[Axis, ...], moved: tuple[int, ...]) -> None:
    plan = Sweep(Config(epochs=5), axes, ("verdict",))
    shown = on_screen(SweepMap(), 500, 400)
    shown.begin(plan, "verdict")
    hovered: list[object] = []
    opened: list[object] = []
    shown.point_hovered.connect(hovered.append)
    shown.point_clicked.connect(opened.append)
    shown.setFocus()
    qtbot.keyClick(shown, Key.Key_Return)
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Up, Key.Key_Return):
        qtbot.keyClick(shown, key)
    assert hovered[0] == (0,) * len(axes)
    assert hovered[-1] == moved
    assert opened == [moved]
    for _ in range(9):
        qtbot.keyClick(shown, Key.Key_Right)
    assert hovered[-1] == (len(AXIS.values) - 1, *moved[1:])


# the frame of the focus


def test_the_focus_is_framed_where_it_came_by_keys_and_moves_no_plot(show: Show, qtbot: QtBot) -> None:
    dashboard = show()
    panel = dashboard.panels["gradients"]
    place = panel.plot.item.vb.sceneBoundingRect()
    ring = panel._keys.ring
    focused(dashboard, "gradients")
    assert ring.isVisible()
    assert ring.geometry() == panel.rect()
    assert panel.plot.item.vb.sceneBoundingRect() == place
    focused(dashboard, "cost")
    assert not ring.isVisible()
    panel.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not ring.isVisible()
    qtbot.keyClick(panel, Key.Key_Right, CTRL)
    assert ring.isVisible()


def test_the_frame_is_seen_in_the_themes_accent(show: Show) -> None:
    dashboard = show()
    panel = focused(dashboard, "gradients")
    edge = panel.grab().toImage().pixelColor(0, panel.height() // 2)
    inside = panel.grab().toImage().pixelColor(6, panel.height() - 3)
    assert edge == panel.palette().highlight().color()
    assert edge != inside
