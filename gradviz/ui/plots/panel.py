"""What every panel of plots has: buttons on the plots, a crosshair, a context menu."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QEvent, QPointF, Qt, pyqtSignal
from PyQt6.QtGui import QContextMenuEvent
from PyQt6.QtWidgets import QSizePolicy, QToolButton

from gradviz.core.config import Config
from gradviz.ui.plots.moment import Moment
from gradviz.ui.plots.plot import DecadeAxis, PlainAxis, Plot, Subject
from gradviz.ui.plots.scales import Scale
from gradviz.ui.theme import Theme

#: So many samples have a curve each; of more, evenly spaced ones are drawn, and the title says so.
MOST_CURVES = 12
#: A button that lies on a plot.
BUTTON = """
QToolButton {{ color: {theme.faint}; background: {theme.plot}; border: 1px solid {theme.line}; border-radius: 3px; padding: 1px 5px; }}
QToolButton:checked {{ color: {theme.plot}; background: {theme.accent}; border-color: {theme.accent}; }}
QToolButton:focus {{ border: 2px solid {theme.accent}; }}
"""


class Panel(pg.GraphicsLayoutWidget):
    """One or two plots above each other, with a button for the scale and a crosshair."""

    menu_requested = pyqtSignal(object, object)

    def __init__(self, name: str, title: str) -> None:
        self.plots: list[Plot] = []  # before Qt's own beginning, which already resizes
        self._buttons: list[QToolButton] = []
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

    def add_plot(self, subject: Subject, *scales: Scale) -> Plot:
        axis = DecadeAxis()
        axes = {"left": axis} | {side: PlainAxis(side) for side in ("bottom", "right", "top")}
        item = self.addPlot(row=len(self.plots), col=0, axisItems=axes, enableMenu=False)
        for side in ("right", "top"):
            item.hideAxis(side)  # pyqtgraph shows every axis that it is given
        plot = Plot(item, axis, subject, scales)
        self.plots.append(plot)
        self._buttons.append(self._scale_button(plot))
        item.vb.sigResized.connect(self._place_buttons)
        return plot

    def _scale_button(self, plot: Plot) -> QToolButton:
        button = QToolButton(self)
        button.setText("log")
        button.setCheckable(True)
        button.setChecked(plot.scale.name == "decades")
        button.setVisible(len(plot.scales) > 1)
        button.setToolTip(f"{plot.subject.title}: a decade axis, log₁₀ of the absolute value, instead of a linear one")
        button.setAccessibleName(f"{plot.subject.title} on a decade axis")
        button.toggled.connect(lambda on: plot.use_scale("decades" if on else "linear"))
        return button

    def choose_scale(self, name: str) -> None:
        """Draw the first plot on the scale of that name, as if its button had been pressed."""
        self._buttons[0].setChecked(name == "decades")

    def apply_theme(self, theme: Theme) -> None:
        self.setBackground(theme.plot)
        for button in self._buttons:
            button.setStyleSheet(BUTTON.format(theme=theme))
        for plot in self.plots:
            plot.apply_theme(theme)

    def begin_anew(self) -> None:
        for plot in self.plots:
            plot.begin_anew()

    @abstractmethod
    def show_moment(self, moment: Moment) -> None:
        """Draw one frame of a run."""

    def reset_view(self) -> None:
        """Show all data again after a person has zoomed."""
        for plot in self.plots:
            plot.reset_view()

    def _place_buttons(self) -> None:
        for plot, button in zip(self.plots, self._buttons, strict=True):
            button.adjustSize()
            top = plot.item.sceneBoundingRect().top()
            button.move(self.width() - button.width() - 8, int(top) + 2)

    def leaveEvent(self, event: QEvent | None) -> None:
        super().leaveEvent(event)
        for plot in self.plots:
            plot.hover(None)

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


def sample_labels(config: Config) -> tuple[list[int], list[str], str]:
    """Which samples are drawn, what each is called, and a note where not all are."""
    count = len(config.inputs)
    shown = list(range(count)) if count <= MOST_CURVES else [round(place) for place in np.linspace(0, count - 1, MOST_CURVES)]
    note = f"({MOST_CURVES} of {count:,} samples drawn)" if count > MOST_CURVES else ""
    return shown, [f"x = {config.inputs[sample]:g}".replace("-", "−") for sample in shown], note
