"""What the keys do on a panel of plots that has the focus: all that the mouse does there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PyQt6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PyQt6.QtGui import QFocusEvent, QKeyEvent, QRegion
from PyQt6.QtWidgets import QFrame, QSplitter, QWidget

if TYPE_CHECKING:
    from gradviz.ui.plots.panel import Panel
    from gradviz.ui.plots.plot import Plot

#: As the sheet of keys has them.
KEYS = {
    "Ctrl+← →": "read the number before, after",
    "Ctrl+Home End": "the first, the last",
    "Ctrl+↑ ↓": "another layer, or plot",
    "Enter": "pin the cell, look at the epoch",
    "+ − 0": "zoom in, out, show all",
    "Shift+← → ↑ ↓": "move what is in view",
    "Alt+Shift+← → ↑ ↓": "the panel's size",
    "Shift+F10": "its menu",
}
#: One press zooms so far, moves the view by this share of it, and changes a panel by so many pixels.
ZOOM, MOVE, GROW = 0.8, 0.1, 24
#: A key that is held down takes such a share of all stops at a time.
HURRY = 0.02
#: The frame that shows the focus is so many pixels wide.
RING = 2
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
_ZOOMS = {Qt.Key.Key_Plus: ZOOM, Qt.Key.Key_Equal: ZOOM, Qt.Key.Key_Minus: 1.0 / ZOOM}
_CTRL, _SHIFT, _ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
_ASIDE = Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier
#: The focus came by these: who clicks sees where it is.
_BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class PanelKeys(QObject):
    """Listens to one panel: moves a crosshair, zooms, opens the menu, changes the panel's size, and frames it while it has the focus by keys."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._panel = panel
        #: Where the crosshair is that keys have moved: on which plot, at which stop, in which row; None where there is none.
        self._at: tuple[int, int, int] | None = None
        self.ring = QFrame(panel)
        self.ring.setObjectName("focus_ring")
        self.ring.setStyleSheet(f"QFrame#focus_ring {{ border: {RING}px solid palette(highlight); background: transparent; }}")
        self.ring.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.ring.hide()
        panel.installEventFilter(self)

    def reading(self) -> str:
        """The numbers under the crosshair that keys have moved; "" where there is none."""
        if self._at is None or self._at[0] >= len(self._panel.plots):
            return ""
        return self._panel.plots[self._at[0]].reading()

    # events

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is None or watched is not self._panel:
            return False
        if isinstance(event, QKeyEvent):
            act = self._meant(event)
            if act is None:
                return False
            event.accept()
            if event.type() is QEvent.Type.KeyPress:
                act()
            return True
        if isinstance(event, QFocusEvent):
            self._on_focus(event)
        elif event.type() is QEvent.Type.Resize and self.ring.isVisible():
            self._show_ring()
        return False

    def _meant(self, event: QKeyEvent) -> Callable[[], None] | None:
        """What this key does here, if it does anything."""
        key, pressed = Qt.Key(event.key()), event.modifiers() & ~_ASIDE
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return None
        if key in _ARROWS:
            across, up = _ARROWS[key]
            meant = {_CTRL: lambda: self._step(across, up, event.isAutoRepeat()), _SHIFT: lambda: self._move_view(across, up)}
            meant[_ALT | _SHIFT] = lambda: self._grow(across, up)
            if pressed == _ALT | _SHIFT or self._panel.has_crosshair:  # a map that picks a place moves that with the arrows
                return meant.get(pressed)
            return None
        if pressed == _CTRL and key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self._panel.has_crosshair:
            return lambda: self._to_end(key == Qt.Key.Key_End)
        if pressed in (Qt.KeyboardModifier.NoModifier, _SHIFT) and key in _ZOOMS:
            return lambda: self._zoom(_ZOOMS[key])
        if pressed == _SHIFT and key == Qt.Key.Key_F10:
            return self._open_menu
        return None if pressed else self._plain(key)

    def _plain(self, key: Qt.Key) -> Callable[[], None] | None:
        if key == Qt.Key.Key_0:
            return self._panel.reset_view
        if self._at is not None and key == Qt.Key.Key_Escape:
            return self.hide
        return self._pick if self._at is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) else None

    # the crosshair

    def _step(self, across: int, up: int, held_down: bool) -> None:
        """To the next stop, or row, or plot; the first time to where the crosshair begins."""
        number, stop, row = self._at or (self._first_plot, -1, 0)
        plot = self._panel.plots[number]
        count = len(plot.stops(row))
        if up and plot.crosshair_rows <= 1:
            seen = [place for place, other in enumerate(self._panel.plots) if other.item.isVisible()]
            number = seen[(seen.index(number) - up) % len(seen)] if number in seen else seen[0]
        elif up:
            row = min(max(row + up, 0), plot.crosshair_rows - 1)
        hurry = max(1, round(HURRY * count)) if held_down else 1
        self._put(number, (0 if across >= 0 else count - 1) if stop < 0 else stop + across * hurry, row)

    def _to_end(self, last: bool) -> None:
        number, _, row = self._at or (self._first_plot, 0, 0)
        self._put(number, len(self._panel.plots[number].stops(row)) - 1 if last else 0, row)

    @property
    def _first_plot(self) -> int:
        return next((place for place, plot in enumerate(self._panel.plots) if plot.item.isVisible()), 0)

    def _put(self, number: int, stop: int, row: int) -> None:
        """Put the crosshair there, bring it into view, and read out its numbers."""
        plot = self._panel.plots[number]
        stops = plot.stops(row)
        if not len(stops):
            return
        stop = min(max(stop, 0), len(stops) - 1)
        if self._at is not None and self._at[0] != number:
            self._panel.point_at(None)
        self._at = (number, stop, row)
        self._show_ring()  # also where the focus came by the mouse: the keys go here
        self._panel.point_at(_in_view(plot, *map(float, stops[stop])))
        self._panel.tell_again()

    def hide(self) -> None:
        """Take the crosshair away."""
        if self._at is not None:
            self._at = None
            self._panel.point_at(None)
            self._panel.tell_again()

    def _pick(self) -> None:
        """As a click there."""
        if self._at is not None:
            number, stop, row = self._at
            plot = self._panel.plots[number]
            stops = plot.stops(row)
            if stop < len(stops):
                self._panel.pick(_in_view(plot, *map(float, stops[stop])))

    # the view, the menu and the size

    def _zoom(self, factor: float) -> None:
        plot = self._panel.plots[self._at[0] if self._at is not None else self._first_plot]
        stops = plot.stops(self._at[2]) if self._at is not None else np.empty((0, 2))
        view = plot.item.vb
        centre = QPointF(*map(float, stops[self._at[1]])) if self._at is not None and self._at[1] < len(stops) else view.viewRect().center()
        view.scaleBy((factor, factor), centre)
        view.sigRangeChangedManually.emit([True, True])

    def _move_view(self, across: int, up: int) -> None:
        view = self._panel.plots[self._at[0] if self._at is not None else self._first_plot].item.vb
        seen = view.viewRect()
        view.translateBy(x=MOVE * across * seen.width(), y=MOVE * up * seen.height())
        view.sigRangeChangedManually.emit([True, True])

    def _open_menu(self) -> None:
        panel = self._panel
        panel.menu_requested.emit(panel, panel.mapToGlobal(QPoint(panel.width() // 2, panel.height() // 3)))

    def _grow(self, across: int, up: int) -> None:
        """Take room from the neighbour, or give it some: as its handle does."""
        wanted = Qt.Orientation.Horizontal if across else Qt.Orientation.Vertical
        part: QWidget = self._panel
        while (above := part.parentWidget()) is not None:
            if isinstance(above, QSplitter) and above.orientation() is wanted:
                sizes = above.sizes()
                others = [place for place, size in enumerate(sizes) if size and above.widget(place) is not part]
                if others:
                    place = above.indexOf(part)
                    neighbour = next((other for other in others if other > place), others[-1])
                    sizes[place] += GROW * (across or up)
                    sizes[neighbour] -= GROW * (across or up)
                    above.setSizes([max(0, size) for size in sizes])
                    return
            part = above

    # the focus

    def _on_focus(self, event: QFocusEvent) -> None:
        if event.type() is QEvent.Type.FocusOut:
            self.ring.hide()
            if event.reason() is not Qt.FocusReason.PopupFocusReason:
                self.hide()
        elif event.reason() in _BY_KEYS:
            self._show_ring()

    def _show_ring(self) -> None:
        """A frame of its own, and not the panel's: that would move the plots."""
        around = self._panel.rect()
        self.ring.setGeometry(around)
        self.ring.setMask(QRegion(around).subtracted(QRegion(around.adjusted(RING, RING, -RING, -RING))))  # what is inside is not painted twice
        self.ring.raise_()
        self.ring.show()


def _in_view(plot: Plot, across: float, up: float) -> QPointF:
    """Where a place of the axes is in the scene; a part that does not show it is moved until it does."""
    view = plot.item.vb
    seen = view.viewRect()
    beyond = max(0.0, across - seen.right()) - max(0.0, seen.left() - across)
    if beyond:
        view.translateBy(x=beyond + np.copysign(MOVE * seen.width(), beyond))
        seen = view.viewRect()
    margin = 0.01 * seen.height()
    position: QPointF = view.mapViewToScene(QPointF(across, min(max(up, seen.top() + margin), seen.bottom() - margin)))
    return position
