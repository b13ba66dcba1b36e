"""The welcome of a first start: the notebook's three cases as large buttons, each with the course of its gradient."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gradviz.core.config import Config
from gradviz.core.words import scientific
from gradviz.runs.presets import Preset, presets
from gradviz.ui.help.page import room_in, size_over
from gradviz.ui.plots.scales import power_of_ten
from gradviz.ui.theme import Theme

Floats = NDArray[np.float64]

#: What the three cases are called here, by their presets.
CASES = {"notebook-1a": "Trains", "notebook-1b": "Saturates", "notebook-1d": "Shrinks"}
GREETING = "A hundred tanh layers, and three weights to start with. Does the gradient reach the first layer?"
HINT = "A press opens one, then Space runs it.    Lessons: Ctrl+L    F1 explains every mark    Esc closes this"
SIZE = QSize(980, 500)
#: Milliseconds between looks at whether the engine is there.
LOOKS = 60
#: All courses are drawn on the same axis, of so many decades below 1; one that falls deeper leaves it, and an arrow says so.
DECADES = 8.0
#: Letters of a case's title are so many times as large as the window's, those of the greeting so many.
LARGE, LARGER = 1.7, 1.2
STYLE = """
QPushButton {{ background: {theme.field}; border: 1px solid {theme.line}; border-radius: 8px; }}
QPushButton:hover {{ border: 1px solid {theme.accent}; }}
QPushButton:focus {{ border: 3px solid {theme.accent}; }}
QPushButton:pressed {{ background: {theme.window}; }}
QLabel {{ color: {theme.text}; background: transparent; }}
"""


def course(config: Config) -> Floats:
    """How great the gradient |g| is at each layer before any training, of the first sample: log10, (layers − 1,), −inf for an exact zero."""
    from gradviz.core.profiles import decades
    from gradviz.runs.run import record

    found: Floats = decades(record(config.replace(epochs=1)).newest.g[-1, 0, 1:])
    return found


class Drawing(QWidget):
    """A gradient's course from layer 1, at the left, to the last: a line that falls to the left where the gradient is lost on its way back."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.course: Floats = np.empty(0)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setMinimumHeight(90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_course(self, found: Floats) -> None:
        """Draw this, in decades, and say where it ends."""
        self.course = found
        self.update()

    @property
    def words(self) -> str:
        """What is left at the first layer."""
        return f"|g| at layer 1: {scientific(1.0, float(self.course[0]), 2)}" if len(self.course) else ""

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        letters = self.fontMetrics().height()
        area = QRectF(1.0, 4.0, self.width() - 2.0, self.height() - letters - 8.0)
        painter.setPen(QPen(QColor(self._theme.line), 1.0))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.drawLine(area.bottomLeft(), area.topLeft())
        painter.setPen(QColor(self._theme.text))
        painter.drawText(QRectF(0.0, self.height() - letters, self.width(), letters), Qt.AlignmentFlag.AlignLeft, self.words)
        painter.setPen(QColor(self._theme.faint))
        painter.drawText(area.adjusted(5.0, 0.0, 0.0, 0.0), Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, "1")
        painter.drawText(area.adjusted(5.0, 0.0, 0.0, -2.0), Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, power_of_ten(-DECADES))
        if len(self.course):
            end = f"layer {len(self.course)}"
            if self.fontMetrics().horizontalAdvance(f"{self.words}   {end}") <= self.width():
                painter.drawText(QRectF(0.0, self.height() - letters, self.width(), letters), Qt.AlignmentFlag.AlignRight, end)
            self._paint_course(painter, area)

    def _paint_course(self, painter: QPainter, area: QRectF) -> None:
        across = np.linspace(area.left() + 4.0, area.right() - 4.0, len(self.course))
        heights = np.minimum(area.top() - self.course / DECADES * area.height(), 2.0 * area.height())
        points = [QPointF(x, y) for x, y in zip(across, heights, strict=True)]
        painter.setPen(QPen(QColor(self._theme.curves[0]), 3.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.setClipRect(area)
        painter.drawPolyline(QPolygonF(points))
        painter.setClipping(False)
        deep = np.flatnonzero(heights > area.bottom())
        if len(deep):
            self._paint_arrow(painter, QPointF(float(across[deep[-1]]), area.bottom() - 3.0))

    @staticmethod
    def _paint_arrow(painter: QPainter, end: QPointF) -> None:
        """It goes on far below the axis."""
        for across in (-7.0, 7.0):
            painter.drawLine(QPointF(end.x() + across, end.y() - 9.0), end)


class CaseButton(QPushButton):
    """One case: what becomes of it, its weights, its gradient, and a sentence."""

    def __init__(self, preset: Preset, title: str, theme: Theme) -> None:
        super().__init__()
        self.preset = preset
        self.setObjectName(preset.name)
        self.setAutoDefault(True)  # Enter presses it as Space does
        self.setAccessibleName(f"{title}: {preset.title}")
        self.setAccessibleDescription(preset.description)
        self.setToolTip(f"Open {preset.title}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.drawing = Drawing(theme)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 14, 16, 14)
        rows.addWidget(_words(title, LARGE, "case_title"))
        rows.addWidget(_words(f"{preset.title.partition(':')[0]}: weights {preset.config.weight_scale:.1f}"))
        rows.addWidget(self.drawing, 1)
        rows.addWidget(_words(preset.description))

    def sizeHint(self) -> QSize:
        """As large as what is in it."""
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Its words may stand in more lines; a button would want all that it asks for."""
        layout = self.layout()
        return layout.minimumSize() if layout is not None else super().minimumSizeHint()


def _words(text: str, times: float = 1.0, name: str = "") -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * times)
    font.setBold(bool(name))
    label.setFont(font)
    return label


class Welcome(QDialog):
    """Three cases to start with; arrow keys go from one to the next, and Escape closes it."""

    chosen = pyqtSignal(object)

    def __init__(self, parent: QWidget, theme: Theme, ready: Callable[[], bool]) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Welcome to GradViz")
        self.buttons = [CaseButton(presets()[name], title, theme) for name, title in CASES.items()]
        self._ready = ready
        self._timer = QTimer(self)
        self._timer.setInterval(LOOKS)
        self._timer.timeout.connect(self._draw_when_ready)
        line = QHBoxLayout()
        line.setSpacing(14)
        for button in self.buttons:
            line.addWidget(button, 1)
            button.clicked.connect(lambda _checked=False, button=button: self._on_chosen(button.preset))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(20, 18, 20, 14)
        rows.setSpacing(14)
        rows.addWidget(_words(GREETING, LARGER))
        rows.addLayout(line, 1)
        hint = _words(HINT)
        hint.setStyleSheet(f"color: {theme.faint};")
        rows.addWidget(hint)
        self.setStyleSheet(STYLE.format(theme=theme))
        self.resize(size_over(self, SIZE).expandedTo(self.sizeHint()).boundedTo(room_in(parent)))
        self._timer.start()

    def _draw_when_ready(self) -> None:
        """The engine is there, so that three first epochs take a few milliseconds; before, the page would wait for it."""
        if not self._ready():
            return
        self._timer.stop()
        for button in self.buttons:
            button.drawing.show_course(course(button.preset.config))
            button.setAccessibleDescription(f"{button.preset.description} {button.drawing.words}")

    def _on_chosen(self, preset: Preset) -> None:
        self.accept()
        self.chosen.emit(preset)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Arrow keys, which a button does not take, go round."""
        step = ARROWS.get(Qt.Key(event.key())) if event is not None else None
        if step is None:
            super().keyPressEvent(event)
            return
        focused = next((place for place, button in enumerate(self.buttons) if button.hasFocus()), 0)
        self.buttons[(focused + step) % len(self.buttons)].setFocus(Qt.FocusReason.TabFocusReason)


ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
