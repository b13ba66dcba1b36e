"""What the plots show, in plain words: for a person who cannot see them, and for a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PyQt6 import sip
from PyQt6.QtWidgets import QApplication, QDialog, QToolBar, QWidget

from gradviz.ui import accessibility
from gradviz.ui.plots.dashboard import PLACES
from gradviz.ui.plots.panel import Panel

if TYPE_CHECKING:
    from gradviz.lessons.progress import Progress
    from gradviz.ui.dialogs.describing import DescribingDialog
    from gradviz.ui.told.panels import Story
    from gradviz.ui.window import Window


#: How the plots are read, told where the focus is at first.
HOW = "Tab goes to each plot, Ctrl+Right reads its numbers, Ctrl+D describes all of them, and the question mark lists all keys."


class Telling:
    """Describes the panels in words, when it is asked for and when the picture stands still.

    PyQt6 has none of Qt's classes for screen readers, and so no announcements; but they read out the description of what has the focus when it changes.
    That is how the news comes: what is told of the panel, or of whatever else has the focus, begins with it.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._told: dict[str, Sequence[object]] = {}
        self._moved = False
        self._progress: Progress | None = None
        self._verdict = ""
        #: What has the focus and was told news, and its description without them.
        self._lent: tuple[QWidget, str] | None = None
        self._dialog: DescribingDialog | None = None

    def connect(self) -> None:
        """Let the menu's and the keys' intentions reach it, and what the window says."""
        window = self._window
        window.actions_by_name["describe"].triggered.connect(lambda _checked=False: self.describe())
        window.messages.said.connect(self.announce)
        window.dashboard.setAccessibleName("Plots")
        application = QApplication.instance()
        assert isinstance(application, QApplication), "a window has an application"
        application.focusChanged.connect(self._on_focus_changed)

    def put_in_order(self) -> None:
        """Let Tab go through the window as it is read: toolbar, message, left column, plots column by column, verdict, timeline; and name its lists."""
        window = self._window
        if not window.is_up:
            return
        bars = window.findChildren(QToolBar)
        for bar in bars:
            accessibility.stop_at_buttons(bar)
        panels = sorted(window.dashboard.panels.values(), key=lambda panel: (PLACES[panel.name].column, list(PLACES).index(panel.name)))
        begin: list[QWidget] = [*bars, window.messages]
        end: list[QWidget] = [window.side, *panels, window.verdict, window.timeline]
        stops = [*_stops(begin), *accessibility.laid_out(window.teaching.room), *_stops(end)]
        accessibility.put_in_order(stops)
        accessibility.put_parts_in_order(window)
        accessibility.name_lists(window)

    def settle(self) -> None:
        """Nothing moves any more: what a screen reader reads of each panel is what it shows now; one panel each time, for this is called 60 times a second."""
        window = self._window
        if not window.is_up:
            return
        if window.teaching.progress is not self._progress:
            self._progress = window.teaching.progress
            self.put_in_order()  # each step of a lesson has parts of its own
        if window.now.runs or window.now.head.playing:
            self._moved = True
            return
        if self._moved:
            self._moved = False
            self.announce(self._came_to_rest())
        if window.verdict.verdict.sentence != self._verdict:
            self._verdict = window.verdict.verdict.sentence
            window.dashboard.setAccessibleDescription(f"{self._verdict} {HOW}".lstrip())
        for name, panel in window.dashboard.shown.items():
            if not _alike(self._told.get(name, ()), self._shown_by(panel)):
                self._tell(panel)
                return

    def _tell(self, panel: Panel, news: str = "") -> None:
        self._told[panel.name] = self._shown_by(panel)
        panel.tell(f"{news} {self._story(panel).words}".lstrip())

    def _shown_by(self, panel: Panel) -> Sequence[object]:
        """All that its words depend on, by identity: to compare it costs microseconds, and to find the words a millisecond."""
        moment = self._window.dashboard.moment
        seen: list[object] = [moment, moment.run.epochs_done if moment is not None else 0, getattr(panel, "choice", None) and panel.choice.currentText()]
        for plot in panel.plots:
            seen += [plot.scale, plot.subject, plot.by_hand, plot.values]
        return seen

    def _story(self, panel: Panel) -> Story:
        from gradviz.ui.told.panels import story  # when the window is up

        return story(panel, self._window.dashboard.moment)

    def stories(self) -> list[Story]:
        """What there is to say now of every panel that can be seen, in the order of the window."""
        self._window.dashboard.catch_up()
        return [self._story(panel) for panel in self._window.dashboard.shown.values()]

    def describe(self) -> None:
        """Say it all in a window of its own, which can be read line by line, and copied."""
        from gradviz.ui.dialogs.describing import DescribingDialog

        if self._dialog is None or sip.isdeleted(self._dialog):
            self._dialog = DescribingDialog(self._window, self._heading, self.stories)
        self._dialog.tell()
        if self._dialog.isVisible():
            self._dialog.raise_()
        self._dialog.show()
        self._dialog.activateWindow()

    def _heading(self) -> str:
        """What the experiment is, and what becomes of it."""
        window = self._window
        name = window.now.name or "This experiment"
        moment = window.dashboard.moment
        if moment is None:
            return f"{name}. Nothing is drawn yet."
        words = [window.timeline.phase.text().rstrip("."), moment.verdict.sentence.rstrip("."), moment.compared.rstrip(".")]
        return f"{name}, epoch {moment.epoch:,} of {moment.config.epochs:,}. {'. '.join(words)}."

    # news

    def _came_to_rest(self) -> str:
        """That a training or a playback has paused or ended, and what has become of it."""
        window, moment = self._window, self._window.dashboard.moment
        where = f" at epoch {moment.epoch:,}" if moment is not None else ""
        return f"{window.timeline.phase.text().rstrip('.')}{where}. {moment.verdict.sentence if moment is not None else ''}".rstrip()

    def announce(self, news: str) -> None:
        """Let a screen reader say it: as the description of what has the focus in this window, until the focus goes on; of a panel, before what it shows."""
        focused = QApplication.focusWidget()
        if not news or focused is None or not (focused is self._window or self._window.isAncestorOf(focused)):
            return
        if isinstance(focused, Panel):
            self._tell(focused, news)
            return
        if self._lent is None or self._lent[0] is not focused:
            self._give_back()
            self._lent = (focused, focused.accessibleDescription())
        focused.setAccessibleDescription(news)

    def _give_back(self) -> None:
        if self._lent is not None and not sip.isdeleted(self._lent[0]):
            self._lent[0].setAccessibleDescription(self._lent[1])
        self._lent = None

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        window = self._window
        if self._lent is not None and self._lent[0] is not new:
            self._give_back()
        if new is None or sip.isdeleted(window):
            return
        if window.isAncestorOf(new):
            accessibility.bring_into_view(new)
        elif isinstance(dialog := new.window(), QDialog) and dialog.parentWidget() is window:
            accessibility.put_in_order(accessibility.laid_out(dialog))  # each time: what is in it may have changed
            accessibility.name_lists(dialog)
        if isinstance(new, Panel) and window.isAncestorOf(new) and old is not new:
            self._tell(new)  # also while it runs: what is heard first is what is there now


def _stops(parts: Sequence[QWidget]) -> list[QWidget]:
    return [stop for part in parts for stop in accessibility.stops_in(part)]


def _alike(one: Sequence[object], other: Sequence[object]) -> bool:
    """Whether these are the very same things, or the same words and numbers."""
    return len(one) == len(other) and all(a is b or (isinstance(a, int | str) and a == b) for a, b in zip(one, other, strict=True))
