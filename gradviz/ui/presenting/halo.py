"""A soft ring around the mouse, so that the last row sees what is pointed at."""

from __future__ import annotations

from PyQt6.QtCore import QPoint, QRectF, Qt, QTimer
from PyQt6.QtGui import QColor, QCursor, QPainter, QPaintEvent, QPen, QRegion
from PyQt6.QtWidgets import QApplication, QWidget

#: The ring is so great a part of the window's height, and its line so great a part of the ring.
SIZE, LINE = 1 / 11, 0.09
#: Milliseconds between two looks at where the mouse is, and how long it may rest before the ring goes.
LOOKS, REST = 16, 3000
#: How strong the ring is, of 255: what is below it stays readable.
SHADE = 150


class Halo(QWidget):
    """A ring over the window that follows the mouse and lets every click through; it goes when the mouse rests."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("halo")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._colour = QColor()
        self._seen = QPoint()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self.hide)
        self._look = QTimer(self)
        self._look.setInterval(LOOKS)
        self._look.timeout.connect(self.follow)
        self.hide()

    def colour(self, colour: str) -> None:
        """Draw it in this colour."""
        self._colour = QColor(colour)
        self._colour.setAlpha(SHADE)
        self.update()

    def begin(self) -> None:
        """Follow the mouse from now on, as large as the window asks for."""
        window = self._window
        size = round(SIZE * window.height())
        self.resize(size, size)
        line = round(LINE * size) + 2
        inside = QRegion(self.rect().adjusted(line, line, -line, -line), QRegion.RegionType.Ellipse)
        self.setMask(QRegion(self.rect(), QRegion.RegionType.Ellipse).subtracted(inside))  # what is inside the ring is not painted anew with it
        self._seen = QCursor.pos()
        self._look.start()

    def stop(self) -> None:
        """Follow it no more."""
        self._look.stop()
        self._rest.stop()
        self.hide()

    def follow(self, to: QPoint | None = None) -> None:
        """Go to where the mouse is, in the screen's coordinates, where it has moved."""
        there = QCursor.pos() if to is None else to
        if there == self._seen:
            return
        self._seen = there
        place = self._window.mapFromGlobal(there)
        inside = self._window.rect().contains(place) and QApplication.activePopupWidget() is None
        if inside:
            self.move(place - self.rect().center())
            self.raise_()
            self._rest.start()
        self.setVisible(inside)

    @property
    def _window(self) -> QWidget:
        window = self.parentWidget()
        assert window is not None, "a ring lies on a window"
        return window

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        thick = LINE * self.width()
        painter.setPen(QPen(self._colour, thick))
        edge = thick / 2 + 1.0
        painter.drawEllipse(QRectF(self.rect()).adjusted(edge, edge, -edge, -edge))
