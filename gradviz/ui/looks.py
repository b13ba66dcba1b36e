"""A ring around whatever has the keyboard's focus, alike around fields, buttons, lists and maps: Fusion's own marks are one pixel thin, or none."""

from __future__ import annotations

from PyQt6 import sip
from PyQt6.QtCore import QEvent, QObject, QRect, Qt
from PyQt6.QtGui import QPainter, QPaintEvent, QPalette, QRegion
from PyQt6.QtWidgets import QApplication, QFocusFrame, QGraphicsView, QMenu, QMenuBar, QProxyStyle, QStyle, QStyleHintReturn, QStyleOption, QWidget

from gradviz.ui.plots.panel import Panel

#: The ring is so many pixels thick; so many of them lie around the widget.
RING, AROUND = 2, 2
#: A line in the window's colour keeps the ring apart from what it is around, which may be of the same colour.
GAP = 1


class AroundAll(QProxyStyle):
    """The style of the ring alone: it lies above its widget, and so many pixels around it."""

    def styleHint(
        self, hint: QStyle.StyleHint, option: QStyleOption | None = None, widget: QWidget | None = None, returnData: QStyleHintReturn | None = None
    ) -> int:
        own = {QStyle.StyleHint.SH_FocusFrame_AboveWidget: 1, QStyle.StyleHint.SH_FocusFrame_Mask: 0}
        return own[hint] if hint in own else super().styleHint(hint, option, widget, returnData)

    def pixelMetric(self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None) -> int:
        margins = (QStyle.PixelMetric.PM_FocusFrameHMargin, QStyle.PixelMetric.PM_FocusFrameVMargin)
        return AROUND if metric in margins else super().pixelMetric(metric, option, widget)


class Ring(QFocusFrame):
    """The ring, which follows its widget: around it, or on its edge where there is no room around it, as in a map."""

    def event(self, event: QEvent | None) -> bool:
        """PyQt hands a frame's moves and sizes to nothing else."""
        done = super().event(event)
        if event is not None and event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show):
            self._cut_out()
        return done

    def _cut_out(self) -> None:
        """Leave out what lies inside of the ring: it need not be painted anew with it."""
        outer = self._outer()
        self.setMask(QRegion(outer) - QRegion(_inside(outer, RING + GAP)))
        self.update()

    def _outer(self) -> QRect:
        """Where the ring's outer edge can be seen."""
        own, parent = self.rect(), self.parentWidget()
        if isinstance(self.widget(), QGraphicsView):
            own = _inside(own, AROUND)
        return own if parent is None else own & parent.rect().translated(-self.pos())

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        painter, palette, outer = QPainter(self), QApplication.palette(), self._outer()
        painter.fillRect(outer, palette.color(QPalette.ColorRole.Window))
        painter.setClipRegion(QRegion(outer) - QRegion(_inside(outer, RING)))
        painter.fillRect(outer, palette.color(QPalette.ColorRole.Highlight))


def _inside(place: QRect, pixels: int) -> QRect:
    return place.adjusted(pixels, pixels, -pixels, -pixels)


class FocusMark(QObject):
    """Puts the ring around what has the focus, in every window."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._style = AroundAll()
        self._style.setParent(self)
        self._ring: Ring | None = None
        application.focusChanged.connect(self._on_focus_changed)
        self._on_focus_changed(None, application.focusWidget())

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is not None and marked(now):
            self._ring_in(now).setWidget(now)
        elif self._ring is not None and not sip.isdeleted(self._ring):
            self._ring.setWidget(None)

    def _ring_in(self, widget: QWidget) -> Ring:
        """The ring; another one where the last one has gone with its window."""
        if self._ring is None or sip.isdeleted(self._ring):
            self._ring = Ring(widget.window())
            self._ring.setStyle(self._style)
        return self._ring


def marked(widget: QWidget) -> bool:
    """Whether it gets the ring when it has the focus: what Tab reaches, but neither menus, which mark their entry, nor panels, which frame themselves."""
    window = widget.window()
    if window is None or window.windowType() == Qt.WindowType.Popup or isinstance(widget, QMenu | QMenuBar | Panel):
        return False
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)


def mark_focus() -> None:
    """Show from now on what has the focus, in all windows of the application."""
    application = QApplication.instance()
    if isinstance(application, QApplication) and application.findChild(FocusMark) is None:
        FocusMark(application)
