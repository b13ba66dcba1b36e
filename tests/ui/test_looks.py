"""What can be seen of fields, buttons and plots by themselves: their outlines, and the ring around the one that has the keyboard's focus."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from coloraide import Color
from numpy.typing import NDArray
from PyQt6 import sip
from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QSlider,
    QSpinBox,
    QTableWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gradviz.ui.looks import FocusMark, Ring, mark_focus
from gradviz.ui.panels.track import Track
from gradviz.ui.plots.cost import CostPanel
from gradviz.ui.plots.sweep_map import SweepMap
from gradviz.ui.theme import LIGHT, THEMES, Theme, apply_to_application

Pixels = NDArray[np.uint8]

#: Every kind of what can have the focus.
KINDS: dict[str, Callable[[], QWidget]] = {
    "number": QSpinBox,
    "list to choose from": QComboBox,
    "text": QLineEdit,
    "check box": lambda: QCheckBox("saturation"),
    "radio button": lambda: QRadioButton("saturation"),
    "button": lambda: QPushButton("Run"),
    "tool button": QToolButton,
    "slider": lambda: QSlider(Qt.Orientation.Horizontal),
    "list": QListWidget,
    "table": lambda: QTableWidget(3, 2),
    "long text": QPlainTextEdit,
    "tabs": lambda: QTabWidget(),
    "timeline": Track,
    "panel": CostPanel,
    "map": SweepMap,
}
OUTLINED = ("number", "list to choose from", "text", "check box", "radio button", "button", "list")
every_theme = pytest.mark.parametrize("of", THEMES.values(), ids=THEMES)


@pytest.fixture
def stand(qtbot):
    """Shows widgets below each other in a window of their own, in a theme, and the first one, which is of no interest, with the focus."""

    def show(of: Theme, *widgets: QWidget) -> QWidget:
        apply_to_application(of)
        window, first = QDialog(), QPushButton("first")
        rows = QVBoxLayout(window)
        for widget in (first, *widgets):
            if isinstance(widget, Track | CostPanel | SweepMap):
                widget.apply_theme(of)
            rows.addWidget(widget)
        window.resize(360, 320)
        qtbot.addWidget(window)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        mark_focus()
        first.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        return window

    yield show
    apply_to_application(LIGHT)


def picture(window: QWidget) -> Pixels:
    QApplication.processEvents()
    image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits().asarray(image.sizeInBytes()), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), 2::-1].copy()


def luminance(pixels: Pixels) -> NDArray[np.float64]:
    parts = pixels / 255.0
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def contrasts(one: Pixels, other: Pixels) -> NDArray[np.float64]:
    first, second = luminance(one) + 0.05, luminance(other) + 0.05
    return np.maximum(first, second) / np.minimum(first, second)


def test_contrast_is_measured_as_coloraide_measures_it() -> None:
    one, other = np.array([[0x1F, 0x23, 0x28]], np.uint8), np.array([[0x7D, 0x87, 0x94]], np.uint8)
    assert contrasts(one, other)[0] == pytest.approx(Color("#1f2328").contrast("#7d8794", method="wcag21"), rel=1e-4)


def in_window(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())


@every_theme
@pytest.mark.parametrize("kind", KINDS)
def test_what_has_the_focus_has_a_ring_of_two_pixels_that_can_be_seen(stand, of: Theme, kind: str) -> None:
    widget = KINDS[kind]()
    if isinstance(widget, QTabWidget):
        widget.addTab(QWidget(), "one")
    window = stand(of, widget)
    target = widget.tabBar() if isinstance(widget, QTabWidget) else widget
    before = picture(window)
    target.setFocus(Qt.FocusReason.TabFocusReason)
    assert QApplication.focusWidget() is target
    after = picture(window)
    place = in_window(target, window).adjusted(-2, -2, 2, 2) & window.rect()
    lit = (contrasts(before, after) >= 3.0)[place.top() : place.bottom() + 1, place.left() : place.right() + 1]
    edge = 4
    ring = lit[:edge].sum() + lit[-edge:].sum() + lit[edge:-edge, :edge].sum() + lit[edge:-edge, -edge:].sum()
    # on some pixels there was an outline before, or there is another ring of the widget's own
    assert ring >= 0.75 * 2 * 2 * (place.width() + place.height() - 8)
    for side in (lit[:edge], lit[-edge:], lit[:, :edge].T, lit[:, -edge:].T):
        assert np.median(side[:, edge:-edge].sum(axis=0)) >= 2


def test_the_ring_leaves_with_the_focus(stand) -> None:
    fields = QLineEdit(), QLineEdit()
    window = stand(LIGHT, *fields)
    fields[0].setFocus()
    with_ring = picture(window)
    fields[1].setFocus()
    other = picture(window)
    place = in_window(fields[0], window)
    above = with_ring[place.top() - 1, place.left() + 10 : place.right() - 10]
    assert (above == [int(LIGHT.accent[part : part + 2], 16) for part in (1, 3, 5)]).all()
    assert (other[place.top() - 1, place.left() + 10 : place.right() - 10] == [int(LIGHT.window[part : part + 2], 16) for part in (1, 3, 5)]).all()


def test_there_is_one_mark_however_often_it_is_asked_for_and_it_outlives_the_window_that_it_was_in(stand) -> None:
    application = QApplication.instance()
    window = stand(LIGHT, field := QLineEdit())
    mark_focus()
    assert len(application.findChildren(FocusMark)) == 1
    field.setFocus()
    ring = window.findChild(Ring)
    assert ring.widget() is field
    window.close()
    sip.delete(window)
    assert sip.isdeleted(ring)
    again = stand(LIGHT, other := QLineEdit())
    other.setFocus()
    assert again.findChild(Ring).widget() is other


def test_the_windows_own_fields_and_plots_get_it(open_window, press) -> None:
    window = open_window("notebook-1b")
    assert not any(ring.isVisible() for ring in window.findChildren(Ring)), "nothing has been chosen yet"
    window.parameters.set_focus("layers")
    rings = [ring for ring in window.findChildren(Ring) if ring.isVisible()]
    assert [ring.widget() for ring in rings] == [window.parameters.rows["layers"].field]
    press(Qt.Key.Key_Tab)
    assert [ring.widget() for ring in window.findChildren(Ring) if ring.isVisible()] == [QApplication.focusWidget()]


@every_theme
@pytest.mark.parametrize("kind", OUTLINED)
def test_fields_and_buttons_have_an_outline_that_can_be_seen(stand, of: Theme, kind: str) -> None:
    widget = KINDS[kind]()
    window = stand(of, widget)
    found = picture(window)
    ground = np.array([[int(of.window[part : part + 2], 16) for part in (1, 3, 5)]], np.uint8)
    place = in_window(widget, window)
    middle = found[(place.top() + place.bottom()) // 2, place.left() - 3 : place.left() + 24]
    assert contrasts(middle, ground).max() >= 3.0
    field = np.array([[int(of.field[part : part + 2], 16) for part in (1, 3, 5)]], np.uint8)
    first = middle[np.argmax(contrasts(middle, ground) >= 3.0)]
    assert contrasts(first[None], field)[0] >= 3.0
