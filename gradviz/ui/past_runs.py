"""What became of the runs of this session: a mark on the phase map for each that is over."""

from __future__ import annotations

from gradviz.runs.run import Run
from gradviz.ui.plots.phase_points import Finished, finished


class PastRuns:
    """Remembers each run once, when it has ended or makes room for another one."""

    def __init__(self) -> None:
        self.marks: tuple[Finished, ...] = ()
        self._last: Run | None = None

    def remember(self, run: Run) -> bool:
        """Whether this run leaves a new mark: it has a place on the map, went far enough to count, and has left none yet."""
        mark = finished(run) if run is not self._last else None
        if mark is None:
            return False
        self._last = run
        self.marks = (*self.marks, mark)
        return True
