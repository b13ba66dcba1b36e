"""The timeline's track: a line over the epochs, with a handle for the one on the screen and marks for what happened on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PyQt6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent, QWheelEvent
from PyQt6.QtWidgets import QAbstractSlider, QSizePolicy, QToolTip

from gradviz.ui.panels.track_marks import BELOW, MIDDLE, THICK, Group, Mark, grouped, small
from gradviz.ui.panels.track_marks import paint as paint_group
from gradviz.ui.playhead import Playhead
from gradviz.ui.theme import LIGHT, Theme

#: The track is so many pixels high.
HEIGHT = 28
#: The line begins and ends so many pixels from the edge: room for half a handle.
EDGE = 9
#: The handle is a disc.
RADIUS = 7.0
#: What is so near to the mouse is meant by it.
REACH = 5
#: Page up and page down move by this share of what is recorded.
PAGE = 0.1


class Track(QAbstractSlider):
    """Drag the handle to any epoch that is recorded, while training goes on; with the focus, arrow keys step.

    Shift and a drag choose a loop, whose ends can be dragged too; a double click follows the newest epoch again.
    """

    epoch_wanted = pyqtSignal(int)
    followed = pyqtSignal()
    stepped = pyqtSignal(int)
    loop_chosen = pyqtSignal(object)

    def __init__(self, cost_at: Callable[[int], str] = lambda _epoch: "") -> None:
        super().__init__()  # a slider to a screen reader, with the epoch as its value; all else is our own
        self.setOrientation(Qt.Orientation.Horizontal)
        self._showing = False
        self.valueChanged.connect(self._on_value_changed)
        self.setObjectName("track")
        self.setAccessibleName("Timeline of the epochs")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self._cost_at = cost_at
        self._factor = 1.0
        self._theme = LIGHT
        self._head = Playhead()
        self._newest = -1
        self._end = 1.0
        self._end_later = 1.0
        self._marks: Sequence[Mark] = ()
        self._groups: tuple[Group, ...] | None = None
        self._held: Callable[[float], None] | None = None
        self._off = 0.0
        self._drawn: tuple[object, ...] = ()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, round(self._factor * HEIGHT))

    def magnify(self, factor: float) -> None:
        """Be so many times as large; places are in pixels of its usual size."""
        self._factor, self._groups, self._drawn = factor, None, ()
        self.setFixedHeight(round(factor * HEIGHT))
        self.update()

    # what it shows

    def show_head(self, head: Playhead, newest: int, end: float) -> None:
        """Where the handle stands, the newest epoch (-1: none), and the last epoch of the line; only what can be seen is painted anew.

        While a handle is held the line stays as long as it is: what is held must not move away from the hand.
        """
        self._head, self._newest, self._end_later = head, newest, max(1.0, end)
        self._show_value()
        if self._held is None:
            self._use_end()
        drawn = (round(self.place(newest)), round(self.place(self.epoch)), head.live, self._loop_places(), newest < 0)
        if drawn != self._drawn:
            self._drawn = drawn
            self.update()

    def _show_value(self) -> None:
        """The epoch on the screen, without asking for it."""
        self._showing = True
        self.setRange(0, max(0, self._newest))
        self.setValue(self.epoch)
        self._showing = False

    def _on_value_changed(self, epoch: int) -> None:
        if not self._showing:  # a screen reader has set it
            self.epoch_wanted.emit(epoch)

    def sliderChange(self, change: QAbstractSlider.SliderChange) -> None:
        """What can be seen of it is painted by show_head()."""

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None:
            event.ignore()

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """What happened on the way, and what a person has marked."""
        self._marks, self._groups = marks, None
        self.update()

    def apply_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    @property
    def epoch(self) -> int:
        """The epoch on the screen."""
        return max(0, self._head.epoch(self._newest))

    def _use_end(self) -> None:
        if self._end != self._end_later:
            self._end, self._groups = self._end_later, None
            self.update()

    # where things stand

    @property
    def _length(self) -> float:
        return max(1.0, self.width() / self._factor - 2.0 * EDGE)

    def place(self, epoch: float) -> float:
        """How far from the left an epoch is, in pixels; beyond the line's end where it is later."""
        return EDGE + min(max(0.0, epoch), self._end) / self._end * self._length

    def epoch_at(self, across: float) -> int:
        """The recorded epoch nearest to so many pixels from the left."""
        share = min(1.0, max(0.0, (across - EDGE) / self._length))
        return max(0, min(round(share * self._end), self._newest))

    def _loop_places(self) -> tuple[float, float] | None:
        loop = self._head.loop
        return None if loop is None else (self.place(loop[0]), self.place(loop[1]))

    @property
    def groups(self) -> tuple[Group, ...]:
        """The marks as they are drawn: those that would lie on each other are one."""
        if self._groups is None:
            self._groups = grouped(self._marks, self.place)
        return self._groups

    def _group_at(self, position: QPointF) -> Group | None:
        """The marks under the mouse: above the line or below it, and the nearest."""
        if abs(position.y() - MIDDLE) <= THICK / 2:
            return None
        below = position.y() > MIDDLE
        near = [group for group in self.groups if abs(group.across - position.x()) <= REACH and (group.kind in BELOW) == below]
        return min(near, key=lambda group: abs(group.across - position.x()), default=None)

    def part_at(self, position: QPointF) -> str:
        """What is under the mouse: the kind of a mark, "handle", "loop", "newest", "ahead" of all that is trained, or what is "recorded"."""
        group, across, newest = self._group_at(position), position.x(), self.place(self._newest)
        parts = {
            "handle": abs(self.place(self.epoch) - across) <= RADIUS,
            "loop": self._loop_edge(position) is not None,
            "newest": abs(newest - across) <= REACH,
            "ahead": across > newest,
        }
        return group.kind if group is not None else next((name for name, here in parts.items() if here), "recorded")

    def reading(self, position: QPointF) -> str:
        """What is under the mouse, in words."""
        group = self._group_at(position)
        if group is not None:
            return group.words
        edge = self._loop_edge(position)
        if edge is not None and self._head.loop is not None:
            return "Loop from epoch {:,} to {:,}; drag its ends to change it".format(*self._head.loop)
        if self._newest < 0:
            return "Nothing is recorded yet"
        epoch = round(min(1.0, max(0.0, (position.x() - EDGE) / self._length)) * self._end)
        if epoch > self._newest:
            return f"epoch {epoch:,}, not trained yet"
        cost = self._cost_at(epoch)
        return f"epoch {epoch:,}, cost {cost}" if cost else f"epoch {epoch:,}"

    # the mouse

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is None or event.button() != Qt.MouseButton.LeftButton or self._newest < 0:
            return
        position = event.position() / self._factor
        across = position.x()
        edge, group, handle = self._loop_edge(position), self._group_at(position), self.place(self.epoch)
        self._held, self._off = self._scrub, 0.0
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._hold_loop(self.epoch_at(across))
        elif abs(across - handle) <= REACH and abs(position.y() - MIDDLE) <= RADIUS:
            self._off = handle - across  # taken by the handle, which stays where it is until it is moved
        elif group is not None:
            self._off = group.across - across
            self.epoch_wanted.emit(group.marks[0].epoch)
        elif edge is not None and self._head.loop is not None:
            self._hold_loop(self._head.loop[1 - edge])
        else:
            self._scrub(across)

    def _hold_loop(self, fixed: int) -> None:
        """From now on the mouse moves one end of the loop; the other stays at this epoch."""
        self._held = lambda across: self.loop_chosen.emit((min(fixed, self.epoch_at(across)), max(fixed, self.epoch_at(across))))

    def _scrub(self, across: float) -> None:
        self.epoch_wanted.emit(self.epoch_at(across))

    def _loop_edge(self, position: QPointF) -> int | None:
        """Which end of the loop is under the mouse: 0 or 1."""
        places = self._loop_places()
        if places is None or not MIDDLE - 9 <= position.y() <= MIDDLE + 9:
            return None
        near = min((0, 1), key=lambda end: abs(places[end] - position.x()))
        return near if abs(places[near] - position.x()) <= REACH else None

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        if self._held is not None:
            self._held(event.position().x() / self._factor + self._off)
        elif QToolTip.isVisible():
            self._show_reading(event.position(), event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._held = None
            self._use_end()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._held = None
            self.followed.emit()

    def _show_reading(self, position: QPointF, where: QPoint) -> None:
        QToolTip.showText(where, self.reading(position / self._factor), self)

    # keys

    def event(self, event: QEvent | None) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_reading(QPointF(event.pos()), event.globalPos())
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and not event.modifiers() & _MODIFIED and event.key() in self._keys():
            event.accept()  # the window has shortcuts on some of them
            return True
        return super().event(event)

    def _keys(self) -> dict[int, Callable[[], None]]:
        page = max(1, round(PAGE * self._newest))
        return {
            Qt.Key.Key_Left: lambda: self.stepped.emit(-1),
            Qt.Key.Key_Right: lambda: self.stepped.emit(1),
            Qt.Key.Key_PageUp: lambda: self.epoch_wanted.emit(max(0, self.epoch - page)),
            Qt.Key.Key_PageDown: lambda: self.epoch_wanted.emit(min(self._newest, self.epoch + page)),
            Qt.Key.Key_Home: lambda: self.epoch_wanted.emit(0),
            Qt.Key.Key_End: self.followed.emit,
        }

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None:
            return
        act = self._keys().get(event.key())
        if self._newest >= 0 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier and event.key() in _LOOP_ENDS:
            self._end_loop(_LOOP_ENDS[Qt.Key(event.key())])
        elif act is None or event.modifiers() & _MODIFIED:
            event.ignore()  # not for a slider
        elif self._newest >= 0:
            act()

    def _end_loop(self, place: int) -> None:
        """Let the loop begin (0) or end (1) at the epoch on the screen."""
        ends = list(self._head.loop or (0, self._newest))
        ends[place] = self.epoch
        self.loop_chosen.emit((min(ends), max(ends)))

    # painting

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._groups = None

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self._factor, self._factor)
        self._paint_line(painter)
        self._paint_loop(painter)
        for group in self.groups:
            paint_group(painter, group, self._theme, self._small_font)
        if self._newest >= 0:
            self._paint_newest(painter)
            self._paint_handle(painter)

    def _paint_line(self, painter: QPainter) -> None:
        theme = self._theme
        top = MIDDLE - THICK / 2
        painter.setPen(QColor(theme.faint))
        painter.setBrush(QColor(theme.field))
        painter.drawRoundedRect(QRectF(EDGE - 0.5, top - 0.5, self._length + 1.0, THICK + 1.0), 3.0, 3.0)
        if self._newest < 0:
            return
        recorded, seen = QColor(theme.accent), QColor(theme.accent)
        recorded.setAlpha(95)
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, end in ((recorded, self._newest), (seen, self.epoch)):
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(EDGE, top, max(2.0, self.place(end) - EDGE), THICK), 2.5, 2.5)

    def _paint_loop(self, painter: QPainter) -> None:
        places = self._loop_places()
        if places is None:
            return
        begin, end = places
        shade = QColor(self._theme.text)
        shade.setAlpha(40)
        painter.fillRect(QRectF(begin, MIDDLE - 8.0, end - begin, 16.0), shade)
        painter.setPen(QPen(QColor(self._theme.text), 2.0))
        for across, inwards in ((begin, 4.0), (end, -4.0)):  # brackets, which open to the inside
            corners = ((across + inwards, MIDDLE - 8), (across, MIDDLE - 8), (across, MIDDLE + 8), (across + inwards, MIDDLE + 8))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF([QPointF(*corner) for corner in corners]))

    def _paint_newest(self, painter: QPainter) -> None:
        """A tick at the newest epoch, which is called live while an earlier one is looked at."""
        across = self.place(self._newest)
        painter.setPen(QPen(QColor(self._theme.accent), 2.0))
        painter.drawLine(QPointF(across, MIDDLE - 6), QPointF(across, MIDDLE + 6))
        if self._head.live:
            return
        font = self._small_font
        width = QFontMetrics(font).horizontalAdvance("live")
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text))
        left = min(max(0.0, across - width / 2), self.width() / self._factor - width - 1.0)
        painter.drawText(QPointF(left, 9.0), "live")

    @property
    def _small_font(self) -> QFont:
        """What it writes in, before it is magnified."""
        font = small(self.font())
        font.setPointSizeF(font.pointSizeF() / self._factor)
        return font

    def _paint_handle(self, painter: QPainter) -> None:
        across = self.place(self.epoch)
        painter.setBrush(QColor(self._theme.accent))
        painter.setPen(QPen(QColor(self._theme.text if self.hasFocus() else self._theme.window), 2.0))
        painter.drawEllipse(QPointF(across, MIDDLE), RADIUS, RADIUS)


#: With Shift these set the ends of the loop.
_LOOP_ENDS = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: 1}
_MODIFIED = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.MetaModifier
