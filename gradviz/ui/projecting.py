"""Projector mode: large type and thick lines on few panels, for a hall, and the presenter's notes on another screen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PyQt6.QtCore import QByteArray, QEvent, QRect, QSize, Qt, QTimer
from PyQt6.QtGui import QGuiApplication, QKeyEvent, QScreen
from PyQt6.QtWidgets import QApplication, QLabel, QSizePolicy, QSplitter, QToolBar

from gradviz.ui.plots import hall
from gradviz.ui.plots.dashboard import PLACES
from gradviz.ui.presenting.noting import Notes, Noting
from gradviz.ui.theme import LEAST_POINTS, Theme, magnified, magnify, named

if TYPE_CHECKING:  # they come with their first use
    from gradviz.ui.presenting.halo import Halo
    from gradviz.ui.window import Window

#: The smallest letters of plots, and those of everything else, as a part of a wide screen's height: 10 and 11 pixels of one of 360.
SMALLEST, USUAL = 10 / 360, 11 / 360
#: A screen is so wide for its height, or its width counts: letters for 1,280 pixels must not be drawn on 800.
SHAPE = 9 / 16
#: The letters of all that is no plot; a verdict in bold ones would have no room for its end.
LETTERS = "QWidget {{ font-size: {points:.2f}pt }} QLabel#verdict {{ font-weight: normal }} QLabel#phase {{ font-weight: bold }}"
#: The toolbar, and the pages that are opened while talking: they belong to the window and take its style sheet. Titles among them are so much larger.
AROUND = ("projector_bar", "balloon", "key_sheet", "explanation", "describing", "welcome", "about", "licence", "check")
AROUND_LETTERS = (
    ", ".join(f"QWidget#{name}, QWidget#{name} QWidget" for name in AROUND) + " {{ font-size: {points:.2f}pt }}"
    " QDialog#welcome QLabel#case_title {{ font-size: {large:.2f}pt }}"
)
TITLES = 1.4
#: What the toolbar of a hall has: time, and the way out; an empty name is a separator.
BUTTONS = ("run", "step", "reset", "", "slow", "normal", "fast", "", "projector")
MADE_ROOM = f"A hall can read {hall.MOST} panels at most"
#: So many milliseconds after it leaves the full screen, the window has its size.
SETTLES = 150


class Before(NamedTuple):
    """What there was before the hall looked: the window's place, the panels and how they shared the room, and what had been asked for."""

    screen: QScreen | None
    place: QRect
    maximized: bool
    visible: frozenset[str]
    proportions: tuple[QByteArray, list[list[int]]]
    #: How wide the fields and the plots were; of a lesson's width the column itself knows.
    widths: list[int]
    asked: tuple[str, ...]
    chosen: frozenset[str]


class Projecting:
    """Turns the window into what a hall can read, and back."""

    def __init__(self, window: Window) -> None:
        self._window = window
        #: The panels that the hall sees, the oldest first.
        self.panels: tuple[str, ...] = ()
        self._before: Before | None = None
        self._bar: QToolBar | None = None
        self._points = 0.0
        self._halo: Halo | None = None
        self.noting = Noting(window)
        self._shared: tuple[QByteArray, list[list[int]]] | None = None
        #: What there was before the last hall, until all of it is back.
        self._left: Before | None = None
        self._settling = QTimer(window)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLES)
        self._settling.timeout.connect(self._on_settled)

    @property
    def on(self) -> bool:
        """Whether a hall looks."""
        return self._before is not None

    def connect(self) -> None:
        """Let the menu's and the keys' intentions reach it."""
        actions = self._window.actions_by_name
        actions["projector"].triggered.connect(self.turn)
        actions["notes"].triggered.connect(self.noting.open)

    def turn(self, on: bool) -> None:
        """Into projector mode, or back to what there was before it."""
        if on != self.on:
            if on:
                self._begin()
            else:
                self._end()
        self._window.actions_by_name["projector"].setChecked(on)

    def _begin(self) -> None:
        window = self._window
        dashboard, asked = window.dashboard, window.choosing.asked
        place = (window.screen(), window.normalGeometry(), window.isMaximized())
        self._before = Before(*place, dashboard.visible, dashboard.proportions(), self._widths(), asked, window.choosing.chosen)
        self.panels = hall.first_of(dashboard.visible, asked)
        screen = self._screen()
        if screen is not window.screen():
            window.setScreen(screen)
            window.setGeometry(screen.geometry())
        window.showFullScreen()
        handle = window.windowHandle()
        if handle is not None:
            handle.setGeometry(screen.geometry())  # for a system that knows no full screen
        self._show_less()
        self._draw_large(screen)
        window.choosing.show()
        self._point()
        window.use_theme(self._setting)
        self.noting.begin()

    def _end(self) -> None:
        before, self._before = self._before, None
        assert before is not None, "a hall has looked"
        window = self._window
        self.noting.end()
        self.panels = ()
        if self._halo is not None:
            self._halo.stop()
        window.dashboard.magnify(1.0)
        self._show_less()
        window.use_theme(self._setting)
        arrangement = window.layout()
        assert arrangement is not None, "a window is laid out"
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        arrangement.invalidate()
        arrangement.activate()  # else the window would have to be as wide as large letters made it
        window.showNormal()
        window.setScreen(before.screen)
        window.setGeometry(before.place)
        if before.maximized:
            window.showMaximized()
        self._share_width(before.widths)
        if (window.choosing.asked, window.choosing.chosen) == (before.asked, before.chosen):
            window.choosing.show_these(before.visible)
            window.dashboard.share_room(before.proportions)
            self._shared = before.proportions
        else:
            window.choosing.show()
            self._shared = None
        self._left = before
        self._settling.start()
        if window.messages.text.text().startswith(MADE_ROOM):
            window.messages.clear()
        window.dashboard.setFocus()

    def _on_settled(self) -> None:
        """The window system may have taken the window through other sizes on its way back, and what is drawn late may have kept it wide."""
        if self.on or self._left is None:
            return
        if not self._left.maximized and self._window.size() != self._left.place.size():
            self._window.resize(self._left.place.size())
        self._share_width(self._left.widths)
        if self._shared is not None:
            self._window.dashboard.share_room(self._shared)

    def _widths(self) -> list[int]:
        """How wide the fields and the plots beside them are; nothing while a lesson stands there."""
        split = self._window.left.parentWidget()
        return split.sizes() if isinstance(split, QSplitter) and not self._window.teaching.room.isVisible() else []

    def _share_width(self, widths: list[int]) -> None:
        split = self._window.left.parentWidget()
        if isinstance(split, QSplitter) and widths and self._widths():
            split.setSizes(widths)

    def close(self) -> None:
        """The window closes: the notes go with it, and what is drawn next is as large as ever."""
        magnify(1.0)
        if self._halo is not None:
            self._halo.stop()
        self.noting.close()

    # how it looks

    def drawn_in(self, theme: Theme) -> Theme:
        """The theme that is drawn where a person has chosen this one: what is dark cannot be read in a hall that is not."""
        return named(theme.name.replace("dark", "light")) if self.on else theme

    @property
    def _setting(self) -> str:
        return self._window.preferring["theme"]

    def _draw_large(self, screen: QScreen) -> None:
        """Letters by the screen's height, whatever its number of pixels."""
        window, size = self._window, screen.size()
        height = min(size.height(), SHAPE * size.width())
        inch = screen.logicalDotsPerInchY() / 72.0
        self._points = max(window.font().pointSizeF(), USUAL * height / inch)
        factor = max(1.0, SMALLEST * height / inch / LEAST_POINTS)
        window.dashboard.magnify(factor)

    def apply_theme(self, theme: Theme) -> None:
        """Large letters in all that is no plot, while a hall looks. By a style sheet, for a font stops at every widget that has one; so would new colours."""
        whole = self._window.centralWidget()
        assert whole is not None, "a window has a middle"
        if whole.styleSheet():
            whole.setStyleSheet("")
        if self.on:
            whole.setStyleSheet(LETTERS.format(points=self._points))
        around = AROUND_LETTERS.format(points=self._points, large=TITLES * self._points) if self.on else ""
        if self._window.styleSheet() != around:
            self._window.setStyleSheet(around)
        self._enlarge_bar()
        self._window.timeline.magnify(magnified(1.0))
        for panel in self._window.dashboard.panels.values():
            panel.make_room()
        if self._halo is not None:
            self._halo.colour(theme.accent)

    def _enlarge_bar(self) -> None:
        if self._bar is not None and self.on:
            self._bar.ensurePolished()
            side = self._bar.fontMetrics().height()
            self._bar.setIconSize(QSize(side, side))

    def _show_less(self) -> None:
        """What a hall has no use for goes, or comes back; keys of what is hidden go on working."""
        window, on = self._window, self.on
        menus = window.menuBar()
        assert menus is not None, "a main window has a menu bar"
        menus.setVisible(not on)
        window.teaching.project(on)
        window.left.project(on)
        window.verdict.project(on)
        window.transport.setVisible(not on)
        if self._bar is None:
            self._bar = self._toolbar()
            window.addToolBar(self._bar)
        self._bar.setVisible(on)

    def _toolbar(self) -> QToolBar:
        bar = QToolBar("Projector")
        bar.setObjectName("projector_bar")
        bar.setMovable(False)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for name in BUTTONS:
            if name:
                bar.addAction(self._window.actions_by_name[name])
            else:
                bar.addSeparator()
        bar.addWidget(self._title())
        return bar

    def _title(self) -> QLabel:
        """What the experiment is called: the window's own title is not on a full screen."""
        window, title = self._window, QLabel(self._window.now.name)
        title.setObjectName("projected_name")
        title.setAccessibleName("Experiment")
        title.setContentsMargins(0, 0, 10, 0)
        title.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        window.windowTitleChanged.connect(lambda: title.setText(window.now.name))
        return title

    def _point(self) -> None:
        from gradviz.ui.presenting.halo import Halo

        if self._halo is None:
            self._halo = Halo(self._window)
        self._halo.begin()

    def key_pressed(self, event: QKeyEvent) -> bool:
        """Escape, where nothing else had a use for it, leaves; whether it did."""
        leaves = self.on and event.key() == Qt.Key.Key_Escape and not event.modifiers()
        if leaves:
            self.turn(False)
        return leaves

    # which panels

    def ask(self, names: Sequence[str]) -> None:
        """A preset or a lesson asks for these panels: they come, and the oldest make room."""
        if self.on and names:
            self.panels, _gone = hall.with_newest(self.panels, [name for name in names if name in PLACES])

    def show_only(self, names: Collection[str]) -> None:
        """A lesson shows these panels and no others."""
        if self.on:
            self.panels = hall.first_of(names)

    def choose(self, names: Collection[str]) -> None:
        """A person has chosen these: of too many the oldest goes, and the strip says so; the last one stays."""
        added = [name for name in PLACES if name in names and name not in self.panels]
        kept = [name for name in self.panels if name in names]
        if not added and not kept:
            return
        self.panels, gone = hall.with_newest(kept, added)
        if gone:
            titles = " and ".join(PLACES[name].title.partition(":")[0] for name in gone)
            self._window.messages.say(f"{MADE_ROOM}: {titles} made room.")

    # notes

    def show_notes(self, title: str, notes: str, place: str, following: str) -> None:
        """A lesson is at this step: its title, its notes in Markdown, its place such as `3 of 9`, and the next step's title; all empty without a lesson."""
        self.noting.show(Notes(title, notes, place, following))

    def _screen(self) -> QScreen:
        """The screen that the hall sees: the window's, or where that is the presenter's own and there is another one, that."""
        own = self._window.screen()
        assert own is not None, "a window is on a screen"
        others = [screen for screen in QGuiApplication.screens() if screen is not own]
        return others[0] if others and own is QGuiApplication.primaryScreen() else own
