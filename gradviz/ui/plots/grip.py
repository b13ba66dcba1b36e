"""A weight in a person's hand: its point is dragged up and down, the wheel scales all weights, keys change the one under the crosshair."""

from __future__ import annotations

import pyqtgraph as pg
from PyQt6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from gradviz.ui.plots.scales import Decades
from gradviz.ui.plots.weight_plot import HELP, WeightPlot

#: No more than one change in so many milliseconds: a frame of the screen.
PACE = 16
#: The wheel and the keys are let go so many milliseconds after the last turn.
REST = 400
#: What one notch of the wheel, or one key press, multiplies by.
STEP = 1.05
#: With Shift the hand goes this part of the way.
FINE = 0.1


class Grip(QObject):
    """Turns what mouse, wheel and keys do on the plot of the weights into changes, one at a time: the next is sent when the last has been drawn."""

    #: An intervention's parameter and value; and what is in the hand from now on, or "".
    weight_changed = pyqtSignal(str, float)
    weight_held = pyqtSignal(str)
    #: The weight in the hand is to be again what it was.
    returned = pyqtSignal()

    def __init__(self, panel: pg.GraphicsLayoutWidget, plot: WeightPlot) -> None:
        super().__init__(panel)
        self._panel, self._plot = panel, plot
        self._name, self._factor = "", 1.0
        self._at: QPointF | None = None  # where the mouse is
        self._dragging, self._pending, self._answered, self._sent = False, False, True, False
        self._clock, self._rest = QTimer(self), QTimer(self)
        for timer, react in ((self._clock, self._send_if_due), (self._rest, self.let_go)):
            timer.setSingleShot(True)
            timer.timeout.connect(react)
        self._reactions = {
            QEvent.Type.MouseButtonPress: self._on_press,
            QEvent.Type.MouseMove: self._on_move,
            QEvent.Type.MouseButtonRelease: self._on_release,
            QEvent.Type.Wheel: self._on_wheel,
            QEvent.Type.KeyPress: self._on_key,
            QEvent.Type.ShortcutOverride: self._on_shortcut,
            QEvent.Type.Leave: self._on_leave,
            QEvent.Type.Hide: self._on_hide,
        }
        panel.viewport().installEventFilter(self)
        panel.installEventFilter(self)
        panel.setAccessibleDescription(HELP)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        of_mouse = isinstance(event, QMouseEvent | QWheelEvent)
        if event is None or of_mouse == (watched is self._panel):  # the mouse is over the viewport, the keys go to the panel
            return False
        react = self._reactions.get(event.type())
        return react is not None and react(event)

    # the mouse

    def _on_press(self, event: QEvent) -> bool:
        assert isinstance(event, QMouseEvent), "a button was pressed"
        if self._dragging:
            return True
        place = self._plot.point_near(self._scene(event)) if event.button() == Qt.MouseButton.LeftButton and not event.modifiers() & _OTHERS else None
        if place is None:
            return False
        self._panel.setFocus(Qt.FocusReason.MouseFocusReason)
        self.let_go()
        self._dragging, self._at = True, self._scene(event)
        self._plot.take(place)
        self._hold(f"w[{self._layer(place)}]" + "*" * self._scaled)
        self._point(Qt.CursorShape.ClosedHandCursor)
        return True

    def _on_move(self, event: QEvent) -> bool:
        assert isinstance(event, QMouseEvent), "the mouse was moved"
        before, self._at = self._at, self._scene(event)
        if not self._dragging:
            if not event.buttons():
                self._look_near()
            return False
        if self._plot.held is None or before is None:  # other data came, or another scale
            return True
        view = self._plot.item.vb
        by = view.mapSceneToView(self._at).y() - view.mapSceneToView(before).y()
        self._plot.move_hand(by, FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0)
        self._plot.put_crosshair(self._plot.held.place)
        if by:
            self._offer()
        return True

    def _on_release(self, event: QEvent) -> bool:
        assert isinstance(event, QMouseEvent), "a button was released"
        if not self._dragging:
            return False
        if event.button() == Qt.MouseButton.LeftButton:
            self.let_go()
            self._look_near()
        return True

    def _look_near(self) -> None:
        """Show the point that can be taken from where the mouse is."""
        place = self._plot.point_near(self._at) if self._at is not None else None
        self._plot.mark(place)
        self._point(Qt.CursorShape.OpenHandCursor if place is not None else None)

    def _on_wheel(self, event: QEvent) -> bool:
        assert isinstance(event, QWheelEvent), "the wheel was turned"
        if self._dragging:
            return True
        over = self._plot.item.vb.sceneBoundingRect().contains(self._panel.mapToScene(event.position().toPoint()))
        if not over or not len(self._plot.across) or event.modifiers() or not event.angleDelta().y():
            return False
        self._scale("w*", STEP ** (event.angleDelta().y() / 120))
        event.accept()
        return True

    def _on_leave(self, event: QEvent) -> bool:  # noqa: ARG002
        if not self._dragging:
            self._at = None
            self._look_near()
        return False

    def _on_hide(self, event: QEvent) -> bool:  # noqa: ARG002
        self.let_go()
        return False

    # the keys

    def _on_shortcut(self, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or not self._answers(event):
            return False
        event.accept()
        return True  # the scene of the plots, which would get it next, gives every key back to the window's shortcuts

    def _on_key(self, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or not self._answers(event):
            return False
        key, place = Qt.Key(event.key()), self._plot.crosshair
        if key == Qt.Key.Key_Escape:
            self._give_back()
        elif key in _CHOOSE:
            last = len(self._plot.across) - 1
            self._plot.put_crosshair((0 if _CHOOSE[key] > 0 else last) if place is None else min(max(place + _CHOOSE[key], 0), last))
        elif place is not None:
            grows = (key == Qt.Key.Key_Up) != self._below_zero(place)
            self._scale(f"w[{self._layer(place)}]*", STEP if grows else 1 / STEP)
        return True

    def _answers(self, event: QKeyEvent) -> bool:
        """Whether this key is the grip's now."""
        if event.key() == Qt.Key.Key_Escape:
            return self._dragging
        return not self._dragging and event.key() in _KEYS and event.modifiers() in _PLAIN and bool(len(self._plot.across))

    def _below_zero(self, place: int) -> bool:
        """Whether a larger number is drawn further down."""
        return not isinstance(self._plot.scale, Decades) and bool(self._plot.values[0, place] < 0)

    # one change at a time

    def answered(self) -> None:
        """What was last sent has been drawn."""
        self._answered = True
        if not self._dragging:
            self._look_near()
        if self._pending and not self._clock.isActive():
            self._clock.start(0)  # not from within what draws

    def let_go(self) -> None:
        """Nothing is in the hand any more; what has not been sent yet is."""
        if not self._name:
            return
        self._clock.stop()
        self._rest.stop()
        if self._pending and self._dragging == (self._plot.held is not None):
            self._send()
        self._put_down()

    def _give_back(self) -> None:
        """All that the hand has done is undone."""
        self._pending, sent = False, self._sent
        self._put_down()
        self._point(None)
        if sent:
            self.returned.emit()

    def _put_down(self) -> None:
        self._name, self._factor = "", 1.0
        self._dragging, self._pending, self._answered = False, False, True
        self._plot.let_go()
        self.weight_held.emit("")

    def _hold(self, name: str) -> None:
        if self._name == name:
            return
        if not self._dragging:
            self.let_go()
        self._name, self._sent = name, False
        self.weight_held.emit(name)

    def _scale(self, name: str, factor: float) -> None:
        self._hold(name)
        self._factor *= factor
        self._rest.start(REST)
        self._offer()

    def _offer(self) -> None:
        self._pending = True
        self._send_if_due()

    def _send_if_due(self) -> None:
        if self._pending and self._answered and not self._clock.isActive():
            self._send()

    def _send(self) -> None:
        """The last position counts; of factors all do."""
        self._pending, self._answered, self._sent = False, False, True
        self._clock.start(PACE)
        held = self._plot.held
        if held is None:
            value, self._factor = self._factor, 1.0
        else:
            wanted = self._plot.wanted
            value, held.sent = wanted / held.sent if self._scaled else wanted, wanted
        self.weight_changed.emit(self._name, value)

    # where things are

    @property
    def _scaled(self) -> bool:
        """Whether a layer has many weights, which are multiplied."""
        return self._plot.profile is not None

    def _layer(self, place: int) -> int:
        return int(self._plot.across[place])

    def _scene(self, event: QMouseEvent) -> QPointF:
        position: QPointF = self._panel.mapToScene(event.position().toPoint())
        return position

    def _point(self, shape: Qt.CursorShape | None) -> None:
        viewport = self._panel.viewport()
        if shape is None:
            viewport.unsetCursor()
        elif viewport.cursor().shape() != shape:
            viewport.setCursor(shape)


_CHOOSE = {Qt.Key.Key_PageUp: 1, Qt.Key.Key_PageDown: -1}
_KEYS = frozenset({*_CHOOSE, Qt.Key.Key_Up, Qt.Key.Key_Down})
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
#: With these a press is not a drag.
_OTHERS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
