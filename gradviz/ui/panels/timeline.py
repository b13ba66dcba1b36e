"""The bottom line: what the experiment is doing, how far it is, and how fast."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from gradviz.ui.state import Phase, State

PREPARING = "Preparing the engine: on a machine's first start it is compiled, which takes a few seconds"
READY = "Ready: Space runs, → steps"
#: The progress bar's own steps: epochs go to 10^9, beyond what its integers are meant for.
STEPS = 10_000


class Timeline(QWidget):
    """A word for the phase, a progress bar over the epochs, and epochs and frames a second."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("timeline")
        self.phase = QLabel()
        self.phase.setObjectName("phase")
        self.phase.setMinimumWidth(self.phase.fontMetrics().horizontalAdvance(READY) + 2)  # usual words must not move the bar, nor a long sentence the window
        self.progress = QProgressBar()
        self.progress.setObjectName("progress")
        self.progress.setRange(0, STEPS)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(10)
        self.progress.setAccessibleName("Epochs done")
        self.epochs = QLabel()
        self.epochs.setObjectName("epochs")
        self.speed = QLabel()
        self.speed.setObjectName("speed")
        self.frames = QLabel()
        self.frames.setObjectName("frames")
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 4, 10, 6)
        line.setSpacing(14)
        line.addWidget(self.phase)
        line.addWidget(self.progress, 1)
        for label in (self.epochs, self.speed, self.frames):
            line.addWidget(label)
        for label, widest in ((self.speed, "000,000 epochs/s"), (self.frames, "000 frames/s")):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance(widest))  # numbers that change must not push the others about

    def show_state(self, new: State) -> None:
        self.phase.setText(self._phase(new))
        self.phase.setToolTip(self.phase.text())
        total = new.running.epochs
        widest = self.epochs.fontMetrics().horizontalAdvance(f"{total:,} of {total:,} epochs")
        self.epochs.setMinimumWidth(widest + 2)  # one more digit must not cut the last letter off
        self.epochs.setText(f"{new.epochs_done:,} of {total:,} epochs")
        self.progress.setValue(round(STEPS * new.epochs_done / total))

    @staticmethod
    def _phase(state: State) -> str:
        if state.phase is Phase.PREPARING:
            return PREPARING
        if state.phase is Phase.FINISHED and state.ending:
            words = {"done": "Finished", "stopped": state.ending.reason if state.replay else "Stopped", "diverged": state.ending.reason}
            return words[state.ending.kind]
        if state.phase is Phase.PAUSED and state.epochs_done <= 1:
            return READY
        return str(state.phase.value)

    def show_rates(self, epochs: float | None, frames: float | None) -> None:
        self.speed.setText("" if epochs is None else f"{epochs:,.{2 if epochs < 0.95 else int(epochs < 9.95)}f} epochs/s")
        self.frames.setText("" if frames is None else f"{frames:.0f} frames/s")
