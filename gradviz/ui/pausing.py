"""Where the training pauses by itself: a person chooses the conditions, and what comes is held against them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
from PyQt6.QtWidgets import QWidget

from gradviz.core.frames import Frames
from gradviz.runs.moment import Moment
from gradviz.runs.run import Run
from gradviz.ui.theme import Theme

if TYPE_CHECKING:
    from gradviz.core.conditions import Condition, Met, Watch
    from gradviz.ui.panels.pauses import PausesDialog


class Pausing:
    """Watches one run for conditions; `met` is where it has met one so far."""

    def __init__(self, window: QWidget, chosen: Callable[[tuple[Condition, ...]], None]) -> None:
        self.met: tuple[Met, ...] = ()
        self._window, self._chosen = window, chosen
        self._dialog: PausesDialog | None = None
        self._watch: Watch | None = None
        self._run: Run | None = None

    def ask(self, conditions: tuple[Condition, ...], run: Run, theme: Theme) -> None:
        """Let a person choose, in a dialog that stays open beside the window."""
        if self._dialog is None:
            from gradviz.ui.panels.pauses import PausesDialog

            self._dialog = PausesDialog(self._window)
            self._dialog.conditions_changed.connect(self._chosen)
        self.apply_theme(theme)
        self._dialog.show_conditions(conditions, run.config)
        self._dialog.show()

    def apply_theme(self, theme: Theme) -> None:
        if self._dialog is not None:
            self._dialog.apply_theme(theme)

    def begin_anew(self) -> None:
        """Another experiment: nothing is met yet."""
        self.met = ()

    def watch(self, conditions: tuple[Condition, ...], run: Run) -> None:
        """Look out for these from the run's newest epoch on."""
        if run is not self._run:
            self._run, self.met = run, tuple(met for met in self.met if met.epoch < run.epochs_done)
        self._watch = None
        if conditions:
            from gradviz.core.conditions import Watch

            self._watch = Watch(conditions, run.newest, self._judge)

    def look(self, taken: Iterable[Frames]) -> Met | None:
        """The first epoch of what has come that meets a condition; what came after it is looked at no more."""
        for frames in taken:
            met = self._watch.look(frames, self._judge) if self._watch is not None else None
            if met is not None and self._watch is not None and self._run is not None:
                self.met = (*self.met, met)
                self.watch(self._watch.conditions, self._run)
                return met
        return None

    def _judge(self, frame: Frames) -> str:
        assert self._run is not None, "frames come from a run"
        with np.errstate(all="ignore"):
            return Moment(self._run, frame).verdict.kind
