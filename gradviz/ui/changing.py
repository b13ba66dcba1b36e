"""What a person changes of a run on its way: a weight in the hand, the wheel, a live parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradviz.core.config import PARAMETERS, ConfigError
from gradviz.core.frames import Frames
from gradviz.core.interventions import Intervention
from gradviz.ui import branches
from gradviz.ui import state as states
from gradviz.ui.state import Phase

if TYPE_CHECKING:
    from gradviz.ui.window import Window


class Changing:
    """Makes changes at the epoch on the screen, or on the way of a training that runs, and keeps the runs that undoing brings back."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._held = ""
        #: What a person had in the hand last, and whether a change of it is kept to be undone: of one drag only the first is.
        self._in_hand, self._noted = "", False

    def connect(self) -> None:
        """Let the plots', the fields' and the menu's intentions reach it."""
        window = self._window
        window.dashboard.weight_changed.connect(self.change)
        window.dashboard.weight_held.connect(self.hold)
        window.dashboard.weight_returned.connect(window.actions_by_name["undo"].trigger)
        window.parameters.value_entered.connect(self.enter)
        window.actions_by_name["undo"].triggered.connect(lambda _checked=False: window.show_state(branches.undone(window.now, window.run)))
        window.actions_by_name["redo"].triggered.connect(lambda _checked=False: window.show_state(branches.redone(window.now, window.run)))

    def change(self, parameter: str, value: float | str) -> None:
        """Change a weight or a live parameter: at the epoch on the screen, which answers at once, or on the way where that is the newest and it runs."""
        window, state = self._window, self._window.now
        if not self._held:
            self._in_hand = ""
        try:
            if state.phase is Phase.RUNNING and state.head.live:
                Intervention(0, parameter, value).check_for(window.run.config)
                window.live.turn([(parameter, value)])
            elif len(window.run.newest):
                window.show_state(branches.intervened(state, window.run, branches.epoch_of_change(state, window.run, window.newest), parameter, value))
                self._noted = bool(self._in_hand)
        except ConfigError as problem:
            window.messages.complain(str(problem))

    def hold(self, parameter: str) -> None:
        """A weight is in a person's hand until it is let go (""): all that is done with it is one change."""
        self._held = parameter
        if parameter:  # what was let go may still be on its way through the training
            self._in_hand, self._noted = parameter, False

    def enter(self, name: str, value: Any) -> None:
        """A value was typed or chosen; a live one of a training that is paused, or looked back at, is a change of the run."""
        window, before = self._window, self._window.now
        window.show_state(states.entered(before, name, value))
        planned = PARAMETERS[name].live and not before.fresh and (before.phase is Phase.PAUSED or not before.head.live)
        if not planned or not len(window.run.newest) or getattr(before.running, name) == value:
            return
        epoch = window.run.epochs_done if before.head.live else branches.epoch_of_change(before, window.run, window.newest)
        if epoch < window.run.config.epochs:
            window.show_state(branches.intervened(window.now, window.run, epoch, name, value))

    def note(self, frames: Frames) -> None:
        """Keep the run as it was before what has been changed on its way, to be undone."""
        window = self._window
        news = [change for change in frames.interventions if change not in window.now.made]
        if not news or (self._in_hand and self._noted and all(change.parameter == self._in_hand for change in news)):
            return
        self._noted = bool(self._in_hand)
        window.show_state(branches.noted(window.now, window.run.before(news[0].epoch)))
