"""A run as it was at one of its epochs, which can be moved: what a film shows of it, where nothing of the future may be seen."""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from gradviz.core.frames import Ending, Frames
from gradviz.runs.run import Run

#: What is between is neither finished nor going on.
BETWEEN = Ending("stopped", "")


class Playback(Run):
    """Another run up to one of its epochs; it holds nothing of its own, so that moving it costs nothing by the run's length.

    How far the other run went (`epochs_done`) stays: axes of epochs are as long from the first picture to the last.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(run.config, memory=run.memory)
        self._whole = run
        self._kept, self._scores = run._kept, run._scores
        self.interventions, self.checkpoints, self.bookmarks = run.interventions, run.checkpoints, run.bookmarks
        self.epochs_done = run.epochs_done
        self._rows = 0
        self.move_to(run.epochs_done)

    def move_to(self, epoch: int) -> Frames:
        """Be the run as it was at this epoch; the frame that is kept of it, or the last one before it."""
        whole = self._whole
        self.newest = whole.at_or_before(epoch) or whole.newest
        at_end = not len(whole.newest) or self._last == int(whole.newest.epoch[-1])
        self.ending = whole.ending if at_end else BETWEEN
        self._rows = int(np.searchsorted(whole.epoch, self._last, side="right"))
        self._joined = None
        return self.newest

    @property
    def _last(self) -> int:
        return int(self.newest.epoch[-1]) if len(self.newest) else -1

    @property
    def epoch(self) -> NDArray[np.int64]:
        return self._scores["epoch"][: self._rows]

    @property
    def cost(self) -> NDArray[np.float64]:
        return self._scores["cost"][: self._rows]

    def score(self, name: str) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self._scores[name][: self._rows]
        return found

    def between(self, first: int, last: int = sys.maxsize) -> list[Frames]:
        return super().between(first, min(last, self._last))

    def extremes(self, first: int, last: int = sys.maxsize) -> list[tuple[Frames, Frames]]:
        return super().extremes(first, min(last, self._last))

    @property
    def frames(self) -> Frames:
        blocks = self.between(0)
        return Frames.joined(blocks) if blocks else self.newest

    def before(self, epoch: int) -> Run:
        return self._whole.before(min(epoch, self._last + 1))
