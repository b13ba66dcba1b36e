"""Several runs in one window: those that are pinned behind the live one, those that are trained along with it, and a map of many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from gradviz.core.config import PARAMETERS, Config
from gradviz.runs.presets import Preset
from gradviz.ui import pins
from gradviz.ui import state as states
from gradviz.ui.companions import Companions, together, with_companions
from gradviz.ui.pins import Pin, Pins
from gradviz.ui.state import Phase

if TYPE_CHECKING:
    from gradviz.ui.panels.runs import RunsPanel
    from gradviz.ui.theme import Theme
    from gradviz.ui.window import Window


class Comparing:
    """The window's other runs: the panel that lists them, the dialogs that ask for more, and the workers of those that train."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.companions = Companions()
        #: Whether those that outlast the live run are paused.
        self.halted = False
        #: Where the panel comes to stand when the window is up.
        self.room = QWidget()
        column = QVBoxLayout(self.room)
        column.setContentsMargins(0, 0, 0, 0)
        self._panel: RunsPanel | None = None

    @property
    def panel(self) -> RunsPanel:
        """The list of pinned runs; it is made when the window is up, for it stands below all parameters."""
        assert self._panel is not None, "the window is up"
        return self._panel

    def complete(self) -> None:
        """Make the panel, and let the workers begin that wait for the window."""
        from gradviz.ui.panels.runs import RunsPanel

        self._panel = RunsPanel()
        column = self.room.layout()
        assert column is not None, "the room is laid out"
        column.addWidget(self._panel)
        self._connect_panel(self._panel)
        self.apply_theme(self._window.theme)
        self.allow_pinning()
        self.show_pins(self._window.now.pins)

    def allow_pinning(self) -> None:
        """Offer to pin the run from when there is something of it."""
        there = len(self._window.run.newest) > 0
        self._window.actions_by_name["pin"].setEnabled(there)
        if self._panel is not None:
            self._panel.allow_pinning(there)

    def apply_theme(self, theme: Theme) -> None:
        if self._panel is not None:
            self._panel.apply_theme(theme)

    def _connect_panel(self, panel: RunsPanel) -> None:
        actions = self._window.actions_by_name
        panel.pin_requested.connect(actions["pin"].trigger)
        panel.changed.connect(lambda key, values: self._take(lambda known: pins.changed(known, key, **values)))
        panel.removed.connect(lambda key: self._take(lambda known: pins.removed(known, key)))
        panel.order_chosen.connect(lambda keys: self._take(lambda known: pins.in_order(known, keys)))
        panel.opened.connect(lambda key: self._window.open(self._pinned(key).run.copy(), self._pinned(key).name))
        panel.saved.connect(lambda key: self._window.saving.ask_for_run(self._pinned(key).run))
        panel.differences_requested.connect(self.show_differences)

    def connect(self) -> None:
        """Let the menu's intentions reach the window."""
        actions = self._window.actions_by_name
        for name, intention in {"pin": self.pin, "together": self.ask_for_several, "sweep": self.ask_for_sweep}.items():
            actions[name].triggered.connect(lambda _checked=False, intention=intention: intention())

    def show_pins(self, shown: Pins) -> None:
        """List these, draw them behind the live run, and train those along that are to be."""
        self.halted = False
        self.companions.begin(shown)
        if self._window.is_up:
            self.companions.start()
        self._window.dashboard.show_pins(shown)
        if self._panel is not None:
            self._panel.show_pins(shown)

    @property
    def goes_on(self) -> bool:
        """Whether runs are trained along though the live one has ended, and a person has not paused them."""
        return self._window.now.phase is Phase.FINISHED and self.companions.work and not self.halted

    def toggle(self) -> bool:
        """Pause those that still train after the live run has ended, or let them go on; whether there are any."""
        if self._window.now.phase is not Phase.FINISHED or not self.companions.work:
            return False
        self.halted = not self.halted
        self.companions.pause()
        return True

    def take(self) -> bool:
        """Take what came of the runs that are trained along; whether anything did."""
        if not len(self.companions):
            return False
        came = self.companions.take()
        for problem in self.companions.problems():
            self._window.messages.complain(problem)
        return came

    def pin(self) -> None:
        """Keep the run as it is now behind the live one."""
        window = self._window
        if len(window.run.newest):
            run = window.run if window.now.phase is Phase.FINISHED else window.run.copy()
            self._take(lambda known: pins.pinned(known, run, window.now.name or "run"))
            QTimer.singleShot(0, lambda: window.side.ensureWidgetVisible(self.room))  # below thirty parameters it would not be seen

    def ask_for_several(self) -> None:
        """Ask for a parameter and its values, and train a run for each."""
        from gradviz.ui.dialogs.together import TogetherDialog

        window = self._window
        dialog = TogetherDialog(window, window.now.wanted or window.run.config, window.theme, window.memory)
        dialog.chosen.connect(self.train_together)
        dialog.open()

    def train_together(self, config: Config, parameter: str, values: tuple[Any, ...]) -> None:
        """Train a run for each value in lockstep, the first of them live and the others behind it, side by side."""
        window = self._window
        first, *others = together(config, parameter, values)
        state = states.opened(Preset(first.name, first.name, "", first.config), window.now, first.name)
        window.messages.clear()
        window.show_state(replace(state, pins=with_companions(state.pins, others, window.memory), run_when_ready=True))
        window.choosing.ask_for(("together",))

    def ask_for_sweep(self) -> None:
        """Map what becomes of the experiment over one or two parameters; a point that is clicked is opened."""
        from gradviz.ui.dialogs.sweep import SweepDialog

        window = self._window
        dialog = SweepDialog(window, window.now.wanted or window.run.config, window.theme)
        base = window.now.wanted or window.run.config

        def open_point(config: Config) -> None:
            name = ", ".join(f"{name} = {PARAMETERS[name].format(getattr(config, name))}" for name in base.differences(config)) or window.now.name
            window.open(Preset(name, name, "", config))
            window.messages.say(f"Opened from the sweep: {name}.")

        dialog.config_chosen.connect(open_point)
        dialog.show()

    def show_differences(self) -> None:
        """A table of what differs between the configs of the live and the pinned runs."""
        from gradviz.ui.differences import DifferencesDialog

        window = self._window
        dialog = DifferencesDialog(window)
        dialog.show_runs([(f"{window.now.name or 'this run'} (live)", window.run), *((pin.name, pin.run) for pin in window.now.pins)])
        dialog.show()

    def _take(self, change: Callable[[Pins], Pins]) -> None:
        state = self._window.now
        self._window.show_state(replace(state, pins=change(state.pins)))

    def _pinned(self, key: int) -> Pin:
        return next(pin for pin in self._window.now.pins if pin.key == key)
