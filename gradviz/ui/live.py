"""A run and the thread that trains it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gradviz.core.frames import Ending, Frames
from gradviz.core.training import Training
from gradviz.feed import Feed
from gradviz.runs.run import Run
from gradviz.ui.worker import Worker, let_end


class Live:
    """A run that grows by what its worker hands over; one without a source stands as it was recorded."""

    def __init__(self, run: Run, source: Training | None = None, *, at_once: bool = True) -> None:
        self.run = run
        self.error: BaseException | None = None
        self._worker = Worker(source, Feed[Frames](), at_once=at_once) if source is not None else None
        #: The last ending that its worker handed over.
        self.ending: Ending | None = None

    def start(self) -> None:
        """Let the worker begin, where it has not."""
        if self._worker is not None and not self._worker.isRunning():
            self._worker.start()

    @property
    def works(self) -> bool:
        """Whether there is a worker that may still hand over something."""
        return self._worker is not None

    def take(self, note: Callable[[Frames], None] = lambda _frames: None) -> list[Frames]:
        """Append all that came since the last time, each block noted before it is; a worker that has ended is let go."""
        worker = self._worker
        if worker is None:
            return []
        ended = worker.feed.finished  # before taking: what is put before it ends is then taken
        taken = worker.feed.take()
        for frames in taken:
            note(frames)
            self.run.append(frames)
        if ended:
            self.error = worker.feed.error
            self.retire()
        return taken

    def ask(self, count: int, looked_at: frozenset[str]) -> None:
        """Let it train at most so many more observed epochs; 0 pauses it."""
        if self._worker is not None:
            self._worker.feed.look_at(looked_at)
            self._worker.feed.ask(count)

    def ask_more(self, count: int, looked_at: frozenset[str]) -> None:
        """Let it train so many more than it may already."""
        if self._worker is not None:
            self._worker.feed.look_at(looked_at)
            self._worker.feed.ask_more(count)

    def turn(self, changes: Iterable[tuple[str, float | str]]) -> None:
        """Change something before the next epoch; factors on weights add up, of everything else the last one counts."""
        if self._worker is not None:
            for name, value in changes:
                self._worker.feed.turn(name, value, each=name.endswith("*"))

    def retire(self) -> None:
        """Let the worker end by itself: an epoch of a huge network takes its time, and the window does not wait for it."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.feed.stop()
            let_end(worker)
