"""Where in the run a person looks: keys, menu and timeline move the playhead, and playing moves it by itself."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from gradviz.ui import playhead
from gradviz.ui.playhead import Playhead

if TYPE_CHECKING:
    from gradviz.ui.window import Window

#: Playing makes up for no more than so many seconds of a stall: nothing rushes by unseen.
LONGEST_STEP = 0.25


class Looking:
    """Moves the window's playhead, while the training does what it does."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._last = time.perf_counter()
        self._awaited: tuple[int, int] | None = None

    def connect(self) -> None:
        """Let the timeline's, the cost plot's and the menu's intentions reach it."""
        window = self._window
        line, actions = window.timeline, window.actions_by_name
        intentions = {
            "back": lambda: playhead.stepped(self._head, window.run, -1),
            "play": lambda: playhead.played(self._head, window.newest),
            "follow": lambda: playhead.followed(self._head),
            "bookmark": lambda: playhead.bookmarked(self._head, self._head.epoch(window.newest)),
            "bookmark_back": lambda: playhead.to_bookmark(self._head, window.newest, -1),
            "bookmark_on": lambda: playhead.to_bookmark(self._head, window.newest, 1),
        }
        for name, intention in intentions.items():
            actions[name].triggered.connect(lambda _checked=False, intention=intention: self.look(intention()) if window.newest >= 0 else None)
        for place in (line, window.dashboard):
            place.epoch_wanted.connect(lambda epoch: self.look(playhead.moved(self._head, epoch, window.newest)))
        line.followed.connect(actions["follow"].trigger)
        line.stepped.connect(lambda by: actions["step" if by > 0 else "back"].trigger())
        line.play_toggled.connect(actions["play"].trigger)
        line.speed_chosen.connect(lambda speed: self.look(playhead.at_speed(self._head, speed)))
        line.loop_chosen.connect(lambda loop: self.look(playhead.looped(self._head, loop)))
        line.bookmark_toggled.connect(lambda epoch: self.look(playhead.bookmarked(self._head, epoch)))
        line.pauses_requested.connect(actions["pauses"].trigger)

    @property
    def _head(self) -> Playhead:
        return self._window.now.head

    def look(self, head: Playhead) -> None:
        """Look as this says, where there is something to see."""
        if self._window.newest >= 0:
            self._window.show_state(replace(self._window.now, head=head))

    def stay_at(self, epoch: int) -> None:
        """Go along with the experiment as far as this epoch, and stay there while it goes on; once, so that a person may follow it again."""
        self._awaited = (self._window.now.experiment, epoch)

    def advance(self, now: float) -> None:
        """Play what is recorded: so much time has passed since the last tick."""
        self._arrive()
        seconds, self._last = now - self._last, now
        if self._head.playing:
            self.look(playhead.advanced(self._head, min(seconds, LONGEST_STEP), self._window.newest))

    def _arrive(self) -> None:
        window = self._window
        if self._awaited is None:
            return
        experiment, epoch = self._awaited
        if experiment == window.now.experiment and window.newest <= epoch:
            return
        self._awaited = None
        if experiment == window.now.experiment and self._head.live:
            self.look(playhead.moved(self._head, epoch, window.newest))
