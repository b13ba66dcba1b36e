"""What every panel of plots has: buttons on the plots, a crosshair, a context menu."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, TypeVar, overload

import numpy as np
import pyqtgraph as pg
from PyQt6 import sip
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QContextMenuEvent, QEnterEvent, QMouseEvent
from PyQt6.QtWidgets import QApplication, QComboBox, QSizePolicy, QToolButton, QWidget

from gradviz.core.config import Config
from gradviz.runs.moment import Moment
from gradviz.ui.plots.axes import DecadeAxis, PlainAxis
from gradviz.ui.plots.panel_keys import PanelKeys
from gradviz.ui.plots.plot import Plot, Subject
from gradviz.ui.plots.scales import Scale
from gradviz.ui.plots.titles import sample_name
from gradviz.ui.theme import Theme, magnified

#: So many samples have a curve each; of more, evenly spaced ones are drawn, and the title says so.
MOST_CURVES = 12
#: What stands right of a plot by layer is so wide, or the room is left empty: a layer is at the same place in all of them.
RIGHT_ROOM = 66
#: In a hall, where letters take more of a plot's width than the plot has to give, what stands there lies on the plot, and so much is left empty.
HALL_ROOM = 6
#: A panel of two plots is at least so many pixels high: with less their scales cannot be read.
TWO_PLOTS = 230
#: A button that lies on a plot.
BUTTON = """
QToolButton {{ color: {theme.faint}; background: {theme.plot}; border: 1px solid {theme.border}; border-radius: 3px; padding: 1px 5px; }}
QToolButton:checked {{ color: {theme.plot}; background: {theme.accent}; border-color: {theme.accent}; }}
QToolButton:focus {{ border: 2px solid {theme.accent}; }}
"""


#: In a hall they lie so many pixels from a plot's lower corner, and go when the mouse has rested for so many milliseconds, as the ring around it does.
ON_PLOT, REST = 6, 3000
#: Where buttons are that are not to be seen.
AWAY = -1000

AnyPlot = TypeVar("AnyPlot", bound=Plot)


class Panel(pg.GraphicsLayoutWidget):
    """One or two plots above each other, with a button for the scale and a crosshair."""

    menu_requested = pyqtSignal(object, object)

    def __init__(self, name: str, title: str) -> None:
        self.on_paper = False
        #: Made for a hall: its buttons come with the mouse that moves, or the focus, lie on the plot meanwhile, and go when the mouse rests.
        self._quiet, self._pointed_at = magnified(1.0) > 1.0, False
        self._mouse = QPoint()
        self.plots: list[Plot] = []  # before Qt's own beginning, which already resizes
        self._buttons: list[QToolButton] = []
        #: Widgets that lie on the first plot, left of its scale's button.
        self.overlays: list[QWidget] = []
        super().__init__()
        self.name = name
        self.title = title
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 140)
        self.setFrameShape(self.Shape.NoFrame)
        self.ci.layout.setContentsMargins(4, 2, 10, 4)
        self.ci.layout.setSpacing(2)
        self.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.scene().sigMouseClicked.connect(self._on_mouse_clicked)
        self.viewport().setFocusProxy(None)  # a policy would be its proxy's
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the panel is one stop, and not two
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.setInterval(REST)
        self._resting.timeout.connect(self._on_rested)
        self._keys = PanelKeys(self)
        self._story = ""
        whole = QApplication.instance()
        if self._quiet and isinstance(whole, QApplication):
            whole.focusChanged.connect(self._on_focus_changed)

    @overload
    def add_plot(self, subject: Subject, *scales: Scale) -> Plot: ...
    @overload
    def add_plot(self, subject: Subject, *scales: Scale, kind: type[AnyPlot], right: pg.AxisItem | None = None) -> AnyPlot: ...
    def add_plot(self, subject: Subject, *scales: Scale, kind: type[Plot] = Plot, right: pg.AxisItem | None = None) -> Plot:
        """Add a plot below those that are there, of a kind of its own where it needs one, with an axis at its right where one is given."""
        axis = DecadeAxis()
        axes = {"left": axis, "right": right or PlainAxis("right")} | {side: PlainAxis(side) for side in ("bottom", "top")}
        item = self.addPlot(row=len(self.plots), col=0, axisItems=axes, enableMenu=False)
        for side in ("top",) if right else ("right", "top"):
            item.hideAxis(side)  # pyqtgraph shows every axis that it is given
        plot = kind(item, axis, subject, scales)
        plot.on_paper = self.on_paper
        self.plots.append(plot)
        self._buttons.append(self._scale_button(plot))
        item.vb.sigResized.connect(self._place_buttons)
        return plot

    def _scale_button(self, plot: Plot) -> QToolButton:
        button = QToolButton(self.viewport())  # of a scrolling area, which a view is, a screen reader knows nothing else
        button.setText("log")
        button.setCheckable(True)
        button.setChecked(plot.scale.name == "decades")
        button.setVisible(len(plot.scales) > 1)
        button.setToolTip("Show log₁₀ of the absolute value, instead of the value itself")
        button.setAccessibleName(f"{plot.subject.title.removesuffix(' on')} on a decade axis")
        button.toggled.connect(lambda on: plot.use_scale("decades" if on else "linear"))
        return button

    def choose_scale(self, name: str) -> None:
        """Draw the first plot on the scale of that name, as if its button had been pressed."""
        if len(self.plots[0].scales) > 1:
            self._buttons[0].setChecked(name == "decades")

    def apply_theme(self, theme: Theme) -> None:
        self.setBackground(theme.plot)
        for widget in (*self._buttons, *self.overlays):
            widget.setStyleSheet(BUTTON.format(theme=theme))
        for plot in self.plots:
            plot.apply_theme(theme)

    def tell(self, words: str) -> None:
        """What it shows, in words, for who cannot see it: it stays until it is told anew."""
        self._story = words
        self.tell_again()

    def tell_again(self) -> None:
        """Let a screen reader have the numbers under the crosshair while keys move one, else what the panel shows."""
        self.setAccessibleDescription(self._keys.reading() or self._story)

    def tab_stops(self) -> list[QWidget]:
        """Where Tab stops: at the plots themselves, then at what lies on them, from left to right."""
        beside = [widget for widget in self.viewport().children() if isinstance(widget, (QComboBox, QToolButton)) and widget not in self._buttons]
        return [self, *beside, *self._buttons]

    @property
    def has_crosshair(self) -> bool:
        """Whether keys can move a crosshair on it; they pick a place on a map that has none."""
        return True

    def point_at(self, position: QPointF | None) -> None:
        """Put the crosshair at this place of the scene, as if the mouse were there, or nowhere."""
        if position is not None:
            self._on_mouse_moved(position)
            return
        for plot in self.plots:
            plot.hover(None)

    def pick(self, position: QPointF) -> None:
        """Do what a click at this place of the scene does, where it does anything."""

    def begin_anew(self) -> None:
        """Other data follows: ranges are chosen anew."""
        for plot in self.plots:
            plot.begin_anew()

    def for_paper(self) -> None:
        """It is drawn for a picture: nobody can press a button on it, or be told what to do with the mouse."""
        self.on_paper = True
        for plot in self.plots:
            plot.on_paper = True
        self._place_buttons()

    def view(self) -> dict[str, Any]:
        """What a person has chosen in it, and the ranges of its axes, as numbers and names that a file can hold."""
        return {
            "choices": {choice.objectName(): choice.currentIndex() for choice in self.findChildren(QComboBox)},
            "switches": {button.accessibleName(): button.isChecked() for button in self.findChildren(QToolButton)},
            "plots": [plot.view() for plot in self.plots],
        }

    def use_view(self, view: Mapping[str, Any]) -> None:
        """Choose what was chosen in another panel of this kind, which shows the same moment; the axes take its ranges with the next moment."""
        for choice in self.findChildren(QComboBox):
            choice.setCurrentIndex(min(max(0, int(view.get("choices", {}).get(choice.objectName(), choice.currentIndex()))), choice.count() - 1))
        for button in self.findChildren(QToolButton):
            button.setChecked(bool(view.get("switches", {}).get(button.accessibleName(), button.isChecked())))
        for plot, ranges in zip(self.plots, view.get("plots", ()), strict=False):
            plot.use_view(ranges)

    @property
    def quantities(self) -> tuple[str, ...] | None:
        """What a table of this panel holds, where a person can choose that; else None."""
        return None

    @property
    def looked_at(self) -> frozenset[str]:
        """The columns of a wide network's frames whose percentiles it draws now; none where it draws none."""
        return frozenset()

    @abstractmethod
    def show_moment(self, moment: Moment) -> None:
        """Draw one frame of a run."""

    def reset_view(self) -> None:
        """Show all data again after a person has zoomed."""
        for plot in self.plots:
            plot.reset_view()

    def _place_buttons(self) -> None:
        for number, (plot, button) in enumerate(zip(self.plots, self._buttons, strict=True)):
            view = plot.item.vb.sceneBoundingRect()
            top = int(plot.item.sceneBoundingRect().top()) + 2
            edge = int(view.right()) - ON_PLOT if self._quiet else self.width() - 8
            for widget in [button] * (len(plot.scales) > 1) + self.overlays * (number == 0):
                widget.adjustSize()
                if self._quiet:
                    top = int(view.bottom()) - widget.height() - ON_PLOT  # a hall reads the title, and the numbers under the crosshair
                edge -= widget.width()
                widget.move(edge, top if self._has_buttons else AWAY)  # there, so that Tab finds it
                edge -= 4
            plot.leave_room(8.0 if self.on_paper or self._quiet else max(8.0, view.right() - edge))

    def make_room(self) -> None:
        """Put its buttons where they belong, as large as they are now."""
        self._place_buttons()

    @property
    def _has_buttons(self) -> bool:
        """Whether its buttons are to be seen."""
        focus = QApplication.focusWidget()
        return not self._quiet or self._pointed_at or (focus is not None and self.isAncestorOf(focus))

    def _on_focus_changed(self, before: QWidget | None, now: QWidget | None) -> None:
        if any(widget is not None and not sip.isdeleted(widget) and self.isAncestorOf(widget) for widget in (before, now)):
            self._place_buttons()

    def enterEvent(self, event: QEnterEvent | None) -> None:
        super().enterEvent(event)
        if event is not None:
            self._mouse = event.globalPosition().toPoint()  # a panel also comes to be below a mouse that rests

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        super().mouseMoveEvent(event)
        if event is not None and self._quiet and event.globalPosition().toPoint() != self._mouse:
            self._mouse = event.globalPosition().toPoint()
            self._resting.start()
            self._point(True)

    def leaveEvent(self, event: QEvent | None) -> None:
        super().leaveEvent(event)
        self._resting.stop()
        self._point(False)
        for plot in self.plots:
            plot.hover(None)

    def _on_rested(self) -> None:
        """What the mouse lies on stays, and a list that is open."""
        lain_on = any(widget.underMouse() for widget in (*self._buttons, *self.overlays))
        if lain_on or QApplication.activePopupWidget() is not None:
            self._resting.start()
        else:
            self._point(False)

    def _point(self, there: bool) -> None:
        if there != self._pointed_at:
            self._pointed_at = there
            if self._quiet:
                self._place_buttons()

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        if event is not None:
            self.menu_requested.emit(self, event.globalPos())
            event.accept()

    def _on_mouse_moved(self, position: QPointF) -> None:
        for plot in self.plots:
            plot.hover(position)

    def _on_mouse_clicked(self, event: object) -> None:
        if event.double() and event.button() == Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            self.reset_view()


def right_room(*, needed: bool = False) -> float:
    """How wide the right-hand axis of a plot by layer is; `needed`: in a hall, too."""
    return magnified(RIGHT_ROOM) if needed or magnified(1.0) <= 1.0 else magnified(HALL_ROOM)


def sample_labels(config: Config) -> tuple[list[int], list[str], str]:
    """Which samples are drawn, what each is called, and a note where not all are."""
    count = len(config.inputs)
    shown = list(range(count)) if count <= MOST_CURVES else [round(place) for place in np.linspace(0, count - 1, MOST_CURVES)]
    note = f"({MOST_CURVES} of {count:,} samples drawn)" if count > MOST_CURVES else ""
    return shown, [sample_name(config, sample) for sample in shown], note
