"""How many epochs the window may ask for now, and how fast they really come; no Qt, and the time is handed in."""

from __future__ import annotations

from collections import deque

#: After a stall no more than this many seconds' worth is made up for, so that nothing rushes by unseen.
LONGEST_DEBT = 0.1


class Pace:
    """Spreads a speed of epochs a second over the window's ticks."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._owed = 0.0

    def due(self, speed: float, now: float) -> int:
        """How many more epochs are due at this moment, at this many a second."""
        if self._last is None:
            self._last, self._owed = now, 1.0  # the first one at once: pressing Run must show
        self._owed += min(now - self._last, max(LONGEST_DEBT, 1 / speed)) * speed
        self._last = now
        whole = int(self._owed)
        self._owed -= whole
        return whole

    def rest(self) -> bool:
        """Nothing is due: paused. True where something was due before."""
        rested, self._last = self._last is not None, None
        return rested


class Rate:
    """How many a second, over the last second."""

    def __init__(self, span: float = 1.0) -> None:
        self._span = span
        self._marks: deque[tuple[float, int]] = deque()

    def count(self, total: int, now: float) -> None:
        """The total had this value at this moment."""
        self._marks.append((now, total))
        while len(self._marks) > 2 and now - self._marks[1][0] > self._span:
            self._marks.popleft()

    def per_second(self) -> float | None:
        """None while there is too little to say."""
        if len(self._marks) < 2 or self._marks[-1][0] <= self._marks[0][0]:
            return None
        (began, first), (ended, last) = self._marks[0], self._marks[-1]
        return (last - first) / (ended - began)

    def clear(self) -> None:
        self._marks.clear()


class Rates:
    """Epochs and frames a second, in new numbers no more often than they can be read."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._epochs, self._frames = Rate(), Rate()
        self._said = 0.0

    def count(self, epochs: int, frames: int, now: float) -> tuple[float | None, float | None] | None:
        """So many epochs and frames there are now; how many a second, or None where it is too early for new numbers."""
        self._epochs.count(epochs, now)
        self._frames.count(frames, now)
        if now - self._said < self._every:
            return None
        self._said = now
        return self._epochs.per_second(), self._frames.per_second()

    def clear(self) -> None:
        self._epochs.clear()
        self._frames.clear()
