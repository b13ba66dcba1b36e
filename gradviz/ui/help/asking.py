"""What is this? While it is asked, a click on anything, or the focus on it, explains it instead of doing what it does; Escape ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PyQt6.QtGui import QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import QApplication, QMenu, QMenuBar, QWidget

from gradviz.ui.help.balloon import Balloon
from gradviz.ui.help.texts import Text
from gradviz.ui.help.widgets import explained
from gradviz.ui.theme import Theme

if TYPE_CHECKING:
    from gradviz.ui.window import Window

HOW = Text(
    "What is this?", "Click on anything on the screen to read what it is: a curve, a point, an axis, a field, a button. Or go to it with Tab. Escape ends this."
)
#: What a click would do otherwise.
CLICKS = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick)
KEYS = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
#: A balloon for a wide thing that has the focus begins so far from its left, in pixels.
INSET = 40


class Asking(QObject):
    """Watches the application's events while a person asks, and only then: a filter sees every one."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self.balloon = Balloon(window)
        self.on = False

    def toggle(self, theme: Theme) -> None:
        """Begin, with what has the focus; or end."""
        if self.on:
            self.end()
            return
        self.on = True
        self.balloon.apply_theme(theme)
        application = _application()
        application.setOverrideCursor(Qt.CursorShape.WhatsThisCursor)
        application.installEventFilter(self)
        application.focusChanged.connect(self._on_focus_changed)
        focused = QApplication.focusWidget()
        if focused is None or focused in (self._window, self._window.dashboard):
            self.balloon.say(HOW, QRect(self._window.mapToGlobal(QPoint(self._window.width() // 3, self._window.height() // 3)), QSize(1, 1)))
        else:
            self.explain(focused)

    def end(self) -> None:
        """Back to what a click does otherwise."""
        if not self.on:
            return
        self.on = False
        application = _application()
        application.focusChanged.disconnect(self._on_focus_changed)
        application.removeEventFilter(self)
        application.restoreOverrideCursor()
        self.balloon.hide()

    def explain(self, widget: QWidget, position: QPoint | None = None) -> None:
        """Say what is at this place of a widget, or what the widget is."""
        place = QRect(widget.mapToGlobal(position), QSize(1, 1)) if position is not None else _focused_part(widget)
        self.balloon.say(explained(widget, position), place)

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not None and self.on:
            self.explain(new)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is None:
            return False
        if watched is self._window and event.type() in (QEvent.Type.Close, QEvent.Type.Hide):
            self.end()
        elif isinstance(event, QKeyEvent) and event.type() in KEYS and event.key() == Qt.Key.Key_Escape:
            return self._on_escape(event)
        elif isinstance(event, QMouseEvent) and event.type() in CLICKS and isinstance(watched, QWidget):
            return self._on_click(watched, event)
        return False

    def _on_escape(self, event: QKeyEvent) -> bool:
        """It ends this alone, whatever else Escape does; an open menu closes first."""
        if QApplication.activePopupWidget() is not None:
            return False
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()  # no shortcut gets it: then it comes as a key
        else:
            self.end()
        return True

    def _on_click(self, widget: QWidget, event: QMouseEvent) -> bool:
        """The left button explains; a menu still opens, for what is in it."""
        position = event.position().toPoint()
        opens = isinstance(widget, QMenuBar | QMenu) and _opens_menu(widget, position)
        if opens or event.button() != Qt.MouseButton.LeftButton:
            return False
        wanted = QEvent.Type.MouseButtonRelease if isinstance(widget, QMenu) else QEvent.Type.MouseButtonPress
        if event.type() is wanted:
            self.explain(widget, position)
            _close_menus()
        return True


def _opens_menu(bar: QMenuBar | QMenu, position: QPoint) -> bool:
    action = bar.actionAt(position)
    return action is not None and action.menu() is not None


def _close_menus() -> None:
    while (menu := QApplication.activePopupWidget()) is not None:
        if not menu.close():
            return


def _focused_part(widget: QWidget) -> QRect:
    """Where a balloon for a widget stands: below it, and of a large one within it."""
    high = widget.height() if widget.height() <= 4 * INSET else INSET
    return QRect(widget.mapToGlobal(QPoint(INSET if widget.width() > 6 * INSET else 0, 0)), QSize(1, high))


def _application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication), "a window has an application"
    return application
