"""The thread that turns the crank of an iterator of frames, as fast as the window asks."""

from __future__ import annotations

from PyQt6.QtCore import QThread

from gradviz.core.training import Ask, Frames, Training
from gradviz.feed import Feed


class Worker(QThread):
    """Hands the frames of a training, or of a replay, to the feed; ends with the last one, when the feed is stopped, or by an error."""

    def __init__(self, training: Training, feed: Feed[Frames]) -> None:
        super().__init__()
        self._training = training
        self.feed = feed

    def run(self) -> None:
        error: BaseException | None = None
        try:
            self._turn()
        except Exception as problem:
            error = problem  # an exception that leaves run() would abort the process; the window shows it instead
        self.feed.finish(error)

    def _turn(self) -> None:
        frames = next(self._training)  # the first frame is shown without being asked for
        self.feed.put(frames, 0)
        while frames.ending is None and (order := self.feed.wait()):
            frames = self._training.send(Ask(order.count, order.changes))
            self.feed.put(frames, len(frames))
        self._training.close()
