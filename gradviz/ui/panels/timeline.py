"""The bottom line: what the experiment is doing, which epoch is on the screen, and how to get to another one."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gradviz.core.conditions import Met
from gradviz.core.words import short
from gradviz.runs.run import Run
from gradviz.ui import theme as themes
from gradviz.ui.panels.speed_field import SpeedField
from gradviz.ui.panels.track import Track
from gradviz.ui.panels.track_marks import Mark
from gradviz.ui.playhead import Playhead
from gradviz.ui.plots.cost import epochs_shown
from gradviz.ui.state import Phase, State
from gradviz.ui.theme import Theme

PREPARING = "Preparing the engine: on a first start it is compiled, which takes seconds"
READY = "Ready: Space runs, → steps"
#: The buttons left of the track: their names, words, icons and help.
BUTTONS = {
    "step_back": ("Step back", "back", "Look at the epoch recorded before the one on the screen"),
    "play": ("Play back", "play_back", "Play what is recorded from the epoch on the screen on; the training does what it does"),
    "step_forward": ("Step forward", "forward", "Look at the epoch recorded after the one on the screen"),
    "live": ("Live", "", "Look at the newest epoch again, and go along with it"),
    "loop": ("Loop", "loop", "Go round in a span of epochs while playing back; drag its ends on the timeline, or set them there with Shift+Home and Shift+End"),
    "bookmark": ("Bookmark", "bookmark", "Mark the epoch on the screen on the timeline, or take the mark away"),
    "pauses": ("Pause at…", "pauses", "Conditions at which the training pauses by itself"),
}
PAUSE = ("Pause playing back", "play_pause", "Stop at the epoch on the screen")
ICON = 18
#: A new loop is so great a part of what is recorded, about the epoch on the screen.
LOOP_SHARE = 0.2


class PhaseLabel(QLabel):
    """A sentence in the room that is left; where it is longer it ends in "…", and is whole in the tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("phase")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


class Timeline(QWidget):
    """Buttons to move in what is recorded; beside them the track, and above it the phase, the epoch, and epochs and frames a second."""

    epoch_wanted = pyqtSignal(int)
    followed = pyqtSignal()
    stepped = pyqtSignal(int)
    play_toggled = pyqtSignal()
    speed_chosen = pyqtSignal(float)
    #: The first and the last epoch of the loop, or None.
    loop_chosen = pyqtSignal(object)
    bookmark_toggled = pyqtSignal(int)
    pauses_requested = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("timeline")
        self.phase = PhaseLabel()
        self.epochs, self.speed, self.frames = QLabel(), QLabel(), QLabel()
        self.track = Track(self._cost_at)
        self.play_speed = SpeedField()
        self.buttons = {name: _button(name, text, help_) for name, (text, _icon, help_) in BUTTONS.items()}
        self._theme: Theme | None = None
        self._complete = False
        self._state: State | None = None
        self._run: Run | None = None
        self._met: tuple[Met, ...] = ()
        self._marked: tuple[object, ...] = ()
        self._shown: tuple[object, ...] = ()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        for label, name, widest in ((self.epochs, "epochs", ""), (self.speed, "speed", "000,000 epochs/s"), (self.frames, "frames", "000 frames/s")):
            label.setObjectName(name)
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance(widest))  # numbers that change must not push the others about
        words = QHBoxLayout()
        words.setContentsMargins(8, 0, 8, 0)
        words.setSpacing(14)
        words.addWidget(self.phase, 1)
        for label in (self.speed, self.frames, self.epochs):  # the rates are not always there: what is stands at the end
            words.addWidget(label)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addLayout(words)
        column.addWidget(self.track)
        line = QHBoxLayout(self)
        line.setContentsMargins(4, 0, 4, 2)
        line.setSpacing(2)
        for name, button in self.buttons.items():
            line.addWidget(button)
            if name == "play":
                line.addWidget(self.play_speed)
        line.addSpacing(4)
        line.addLayout(column, 1)

    def _connect(self) -> None:
        self.track.epoch_wanted.connect(self.epoch_wanted)
        self.track.followed.connect(self.followed)
        self.track.stepped.connect(self.stepped)
        self.track.loop_chosen.connect(self.loop_chosen)
        self.play_speed.speed_chosen.connect(self.speed_chosen)
        intentions = {
            "step_back": lambda: self.stepped.emit(-1),
            "play": self.play_toggled.emit,
            "step_forward": lambda: self.stepped.emit(1),
            "live": self.followed.emit,
            "loop": self._on_loop,
            "bookmark": self._on_bookmark,
            "pauses": self.pauses_requested.emit,
        }
        for name, intention in intentions.items():
            self.buttons[name].clicked.connect(lambda _checked, intention=intention: intention())

    # state down

    def show_state(self, new: State) -> None:
        """The phase, the epoch, and what can be done about it."""
        if self._state is None or self._state.experiment != new.experiment:
            self._run, self._met = None, ()  # another experiment's, until its own is shown
        self._state = new
        phase = self._phase(new)
        if phase != self.phase.text():
            self.phase.setText(phase)
            self.phase.setToolTip(phase)
        self._show()

    def show_run(self, run: Run) -> None:
        """The run that the track is of; what it has more of since the last time is all that costs anything."""
        self._run = run
        self._show()

    def show_met(self, met: tuple[Met, ...]) -> None:
        """Where conditions were met at which the training paused."""
        self._met = met
        self._show()

    def show_rates(self, epochs: float | None, frames: float | None) -> None:
        self.speed.setText("" if epochs is None else f"{epochs:,.{2 if epochs < 0.95 else int(epochs < 9.95)}f} epochs/s")
        self.frames.setText("" if frames is None else f"{frames:.0f} frames/s")

    def apply_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._draw_icons()
        self._shown = ()
        self.track.apply_theme(theme)
        self.play_speed.apply_theme(theme)
        self._show()

    def magnify(self, factor: float) -> None:
        """Show what a hall has to read, so many times as large; buttons and rates only where that is as large as ever."""
        for part in (*self.buttons.values(), self.play_speed, self.speed, self.frames):
            part.setVisible(factor <= 1.0)
        self.track.magnify(factor)
        self.epochs.setText("")  # it takes other room now
        self._show()

    def complete(self) -> None:
        """Draw what the window's first paint did not wait for."""
        self._complete = True
        self._draw_icons()
        self._shown = ()
        self._show()

    def _draw_icons(self) -> None:
        for name, (_text, icon, _help) in BUTTONS.items():
            if icon and self._complete and self._theme is not None:
                self.buttons[name].setIcon(themes.icon(icon, self._theme))

    @staticmethod
    def _phase(state: State) -> str:
        if state.phase is Phase.PREPARING:
            return PREPARING
        if state.phase is Phase.FINISHED and state.ending:
            words = {"done": "Finished", "stopped": state.ending.reason if state.opened_run else "Stopped", "diverged": state.ending.reason}
            return words[state.ending.kind]
        if state.phase is Phase.PAUSED and state.opened_run and state.base:
            return f"{state.base.how_it_ended.reason.rstrip('.')}. Space goes on."
        if state.phase is Phase.PAUSED and state.epochs_done <= 1:
            return READY
        return str(state.phase.value)

    @property
    def _newest(self) -> int:
        """The newest epoch that is recorded; -1 where there is none."""
        if self._run is not None:
            return int(self._run.newest.epoch[-1]) if len(self._run.newest) else -1
        return -1 if self._state is None else self._state.epochs_done - 1

    def _show(self) -> None:
        state = self._state
        if state is None:
            return
        head, newest, total = state.head, self._newest, state.running.epochs
        self.track.show_head(head, newest, epochs_shown(self._run) if self._run is not None else float(total))
        self._show_marks(head)
        self.play_speed.show_speed(head.speed)
        words = self._words(state, self._on_screen(head, newest), newest)
        if words != self.epochs.text():
            widest = self._widest(state)
            self.epochs.setMinimumWidth(self.epochs.fontMetrics().horizontalAdvance(widest) + 2)  # one more digit must not cut the last letter off
            self.epochs.setText(words)
            self.track.setAccessibleDescription(words)
        self._show_buttons(head, newest, len(state.pauses))

    def _on_screen(self, head: Playhead, newest: int) -> int:
        """The epoch whose profiles are drawn: where they are thinned out, the last one that is kept."""
        epoch = head.epoch(newest)
        frame = self._run.at_or_before(epoch) if self._run is not None and not head.live else None
        return epoch if frame is None else int(frame.epoch[-1])

    @staticmethod
    def _words(state: State, epoch: int, newest: int) -> str:
        total = state.running.epochs
        if state.head.live or newest < 0:
            return f"{state.epochs_done:,} of {total:,} epochs"
        return f"epoch {epoch:,} of {total:,}, live at {newest:,}"

    @staticmethod
    def _widest(state: State) -> str:
        total = state.running.epochs
        return f"epoch {total:,} of {total:,}, live at {total:,}"

    def _show_marks(self, head: Playhead) -> None:
        changes = self._run.interventions if self._run is not None else []
        marked = (id(self._run), len(changes), changes[-1] if changes else None, head.bookmarks, self._met)
        if marked == self._marked:
            return
        self._marked = marked
        marks = [Mark(change.epoch, "intervention", change) for change in changes]
        marks += [Mark(epoch, "bookmark", f"Bookmark at epoch {epoch:,}") for epoch in head.bookmarks]
        self.track.show_marks([*marks, *(Mark(met.epoch, "pause", met.sentence) for met in self._met)])

    def _show_buttons(self, head: Playhead, newest: int, pauses: int) -> None:
        epoch = head.epoch(newest)
        shown = (head.playing, epoch > 0, head.live, newest > 0, newest >= 0, head.loop is not None, epoch in head.bookmarks, pauses)
        if shown == self._shown:
            return
        self._shown = shown
        for name, enabled in {"step_back": epoch > 0, "play": newest > 0, "step_forward": not head.live, "live": not head.live, "loop": newest > 0}.items():
            self.buttons[name].setEnabled(enabled)
        self.buttons["bookmark"].setEnabled(newest >= 0)
        self.buttons["loop"].setChecked(head.loop is not None)
        self.buttons["bookmark"].setChecked(epoch in head.bookmarks)
        text, icon, help_ = PAUSE if head.playing else BUTTONS["play"]
        _name(self.buttons["play"], text, help_)
        text, _icon, help_ = BUTTONS["pauses"]
        _name(self.buttons["pauses"], text, f"{help_}; now {pauses or 'none'}")
        self.buttons["pauses"].setChecked(pauses > 0)
        if self._theme is not None and self._complete:
            self.buttons["play"].setIcon(themes.icon(icon, self._theme))

    # intentions up

    def _on_loop(self) -> None:
        """Go round about the epoch on the screen, or no more."""
        if self._state is None:
            return
        self._shown = ()  # a click has changed the button already
        if self._state.head.loop is not None:
            self.loop_chosen.emit(None)
            return
        newest = self._newest
        length = max(1, min(newest, round(LOOP_SHARE * newest)))
        begin = min(max(0, self._state.head.epoch(newest) - length // 2), newest - length)
        self.loop_chosen.emit((begin, begin + length))

    def _on_bookmark(self) -> None:
        self._shown = ()
        if self._state is not None and self._newest >= 0:
            self.bookmark_toggled.emit(self._state.head.epoch(self._newest))

    def _cost_at(self, epoch: int) -> str:
        """The cost at an epoch in words, or of the last observed one before it."""
        run = self._run
        if run is None:
            return ""
        place = int(np.searchsorted(run.epoch, epoch, side="right")) - 1
        return short(float(run.cost[place]), 4) if place >= 0 else ""


def _button(name: str, text: str, help_: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(f"timeline_{name}")
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setIconSize(QSize(ICON, ICON))
    button.setCheckable(name in ("loop", "bookmark", "pauses"))
    if not BUTTONS[name][1]:
        button.setText(text)
    _name(button, text, help_)
    return button


def _name(button: QToolButton, text: str, help_: str) -> None:
    button.setAccessibleName(text)
    button.setToolTip(f"{text}: {help_}")
