"""Where things stand in the window: toolbar, menus, and the column beside the plots. What they do is the window's business."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from PyQt6.QtCore import QEvent, QObject, QSize, Qt
from PyQt6.QtGui import QAction, QActionGroup
from PyQt6.QtWidgets import QHBoxLayout, QMenu, QMenuBar, QScrollArea, QSplitter, QStyle, QToolBar, QToolButton, QVBoxLayout, QWidget

Actions = Mapping[str, QAction]

#: The menus by their titles; an empty name is a separator.
MENUS = {
    "&File": ("open", "save", "", "snapshot", "numbers", "film", "report", "", "preferences", "quit"),
    "&Edit": ("undo", "redo", "", "copy", "copy_link", "copy_numpy", "copy_pytorch", "paste", "", "bookmark", "bookmark_back", "bookmark_on"),
    "&Run": (
        *("run", "step", "reset", "", "slow", "normal", "fast", "", "back", "play", "follow", "pauses", ""),
        *("pin", "together", "sweep", "", "check", "memory"),
    ),
    "&View": ("projector", "notes", "describe", ""),
    "&Lesson": ("lessons", "open_lesson", "", "lesson_on", "lesson_back", "lesson_next", "", "show_me", "answer", "your_turn", "", "save_answers"),
    "&Help": ("seeing", "whats_this", "keys", "welcome", "about"),
}
THEMES = (
    *(("system", "Colours of the system"), ("light", "Light"), ("dark", "Dark")),
    *(("contrast-light", "High contrast, light"), ("contrast-dark", "High contrast, dark")),
)


class SideColumn(QScrollArea):
    """Panels above each other, as wide as they need to be beside a scroll bar."""

    def __init__(self, panels: Iterable[QWidget]) -> None:
        super().__init__()
        column = QWidget()
        rows = QVBoxLayout(column)
        rows.setContentsMargins(0, 0, 0, 8)
        for panel in panels:
            rows.addWidget(panel)
        rows.addStretch(1)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has the focus
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(column)

    def minimumSizeHint(self) -> QSize:
        column, style = self.widget(), self.style()
        bar = style.pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent) if style else 16
        return QSize(column.minimumSizeHint().width() + bar if column else bar, 100)


#: On a projector a lesson's large letters take so much of the width.
IN_A_HALL = 0.42
#: How a lesson and the fields share the height where a person tries something.
LESSON_SHARE, FIELDS_SHARE = 3, 2


class LeftColumn(QWidget):
    """What stands left of the plots: a lesson, the fields, or both; nothing takes no room."""

    def __init__(self, lesson: QWidget, fields: QWidget) -> None:
        super().__init__()
        self._lesson, self._fields = lesson, fields
        self._teaches, self._tries, self._projects = False, False, False
        #: How wide it is at a desk, in pixels, until a person moves the handle.
        self._at_desk: int | None = None
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(lesson, LESSON_SHARE)
        rows.addWidget(fields, FIELDS_SHARE)
        lesson.setVisible(False)

    def teach(self, on: bool, *, trying: bool) -> None:
        """A lesson is on, or not: the fields make room for it but where it is the person's turn."""
        before = self._teaches
        self._teaches, self._tries = on, trying
        self._arrange()
        if on != before:
            self._take_width()

    def project(self, on: bool) -> None:
        """A hall looks: no fields but where it is the person's turn."""
        if on and not self._projects and self._teaches:
            self._at_desk = self.width()
        self._projects = on
        self._arrange()
        self._take_width()

    def stand_in(self, split: QSplitter) -> None:
        """Its width follows the room that there is: a window grows into a full screen some time after it was asked to."""
        split.addWidget(self)
        split.installEventFilter(self)
        split.splitterMoved.connect(self._on_moved)

    def _on_moved(self) -> None:
        self._at_desk = None

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if watched is self.parentWidget() and event is not None and event.type() == QEvent.Type.Resize and (self._projects or self._at_desk is not None):
            self._take_width()
        return False

    def _arrange(self) -> None:
        self._lesson.setVisible(self._teaches)
        self._fields.setVisible(self._tries or not (self._projects or self._teaches))
        self.setVisible(self._teaches or not self._projects)

    def _take_width(self) -> None:
        """As wide as what stands in it wants to be; a person may move the handle then."""
        split = self.parentWidget()
        if isinstance(split, QSplitter) and self._teaches:
            at_desk = self._at_desk or min(self._lesson.sizeHint().width(), split.width() // 2)
            width = round(IN_A_HALL * split.width()) if self._projects else at_desk
            split.setSizes([width, split.width() - width])


def in_margins(widget: QWidget) -> QWidget:
    """The widget, as far from the edges as a form's fields are."""
    outer = QWidget()
    line = QHBoxLayout(outer)
    line.setContentsMargins(8, 0, 8, 0)
    line.addWidget(widget)
    return outer


def arranged(side: LeftColumn, plots: QWidget, above: QWidget, *below: QWidget) -> QWidget:
    """The window's middle: a strip above, the column and the plots with a handle between them, lines below."""
    split = QSplitter()
    split.setChildrenCollapsible(False)
    side.stand_in(split)
    split.addWidget(plots)
    split.setStretchFactor(1, 1)
    split.setSizes([290, 990])
    centre = QWidget()
    rows = QVBoxLayout(centre)
    rows.setContentsMargins(4, 0, 4, 0)
    rows.setSpacing(4)
    rows.addWidget(above)
    rows.addWidget(split, 1)
    for line in below:
        rows.addWidget(line)
    return centre


def transport_bar(actions: Actions, speeds: QActionGroup) -> QToolBar:
    """The toolbar: run, step, reset, one of three speeds, snapshot."""
    bar = QToolBar("Transport")
    bar.setObjectName("transport")
    bar.setMovable(False)
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    for name in ("run", "step", "reset"):
        bar.addAction(actions[name])
    bar.addSeparator()
    for name in ("slow", "normal", "fast"):
        speeds.addAction(actions[name])
        bar.addAction(actions[name])
    bar.addSeparator()
    bar.addAction(actions["snapshot"])
    bar.addAction(actions["check"])
    bar.addAction(actions["lessons"])
    bar.addAction(actions["projector"])
    run = bar.widgetForAction(actions["run"])
    if isinstance(run, QToolButton):
        run.setMinimumWidth(run.fontMetrics().horizontalAdvance("Pause") + 52)  # Run and Pause are not equally long
    return bar


def add_menus(bar: QMenuBar, actions: Actions) -> dict[str, QMenu]:
    """The menus of the table, by their titles."""
    menus = {}
    for title, names in MENUS.items():
        menu = bar.addMenu(title)
        assert menu is not None, "Qt makes the menu"
        for name in names:
            if name:
                menu.addAction(actions[name])
            else:
                menu.addSeparator()
        menus[title] = menu
    return menus


def fill_with_choices(menu: QMenu | None, group: QActionGroup, texts: Mapping[int, str], chosen: int, then: Callable[[int], None]) -> None:
    """Fill a menu anew with entries of which one is chosen; `then` gets the number of the one that a person chooses."""
    assert menu is not None, "Qt makes the menu"
    menu.clear()
    for number, text in texts.items():
        action = add_checkable(menu, text, str(number), partial(then, number))
        action.setChecked(number == chosen)
        group.addAction(action)


def add_checkable(menu: QMenu, text: str, data: str, then: Callable[[], None]) -> QAction:
    """One entry with a check mark; `then` runs when a person changes it."""
    action = menu.addAction(text)
    assert action is not None, "Qt makes the action"
    action.setObjectName(f"view_{data}")
    action.setCheckable(True)
    action.setData(data)
    action.triggered.connect(lambda _checked: then())
    return action
