"""What a run recorded beside what is trained of it again: the scores and profiles of its epochs, and the extremes of the spans that thinned ones stand for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.frames import PROFILED, Ending, Frames
from gradviz.runs.run import Run
from gradviz.runs.tables import ROWS_OF

#: A profile's rows from here on are only there where they were looked at.
PERCENTILES = 1

Values = NDArray[Any]
Flags = NDArray[np.bool_]


class Difference(NamedTuple):
    """Where a training first differs from its record: the epoch, the column (`low` or `high` where it is an extreme), and both values."""

    epoch: int
    column: str
    recorded: float | str
    trained: float | str
    layer: int | None = None
    row: str = ""
    extreme: str = ""

    def __str__(self) -> str:
        of = {"low": "the least ", "high": "the greatest "}.get(self.extreme, "") + self.column
        where = "".join([f" of layer {self.layer:,}" if self.layer is not None else "", f" ({self.row})" if self.row else ""])
        since = "from" if self.extreme else "at"
        return f"{since} epoch {self.epoch:,}, {of}{where} is {_said(self.recorded)} in the record and {_said(self.trained)} trained again"


class Comparison:
    """Compares frames, as they come, with what a run recorded of their epochs; memory is bounded by the frames'."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._profiles = tuple(name for name, column in run.newest.columns().items() if column.ndim > 1)
        self._changes = sorted(change.epoch for change in run.interventions)
        self._scored = 0
        self._open: OpenSpan | None = None
        self.difference: Difference | None = None
        self.epochs = 0
        self.numbers = 0
        self.spans = 0

    @property
    def columns(self) -> int:
        return len(self._run.newest.COLUMNS) - 1

    def compare(self, frames: Frames) -> None:
        """Compare the scores, profiles and extremes of these epochs."""
        run = self._run
        frames = frames.rows(frames.epoch < run.epochs_done) if len(frames) else frames
        if not len(frames):
            return
        self.epochs += len(frames)
        self._compare_scores(frames)
        for block in run.between(int(frames.epoch[0]), int(frames.epoch[-1])):
            self._compare_profiles(block, frames)
        if run.stride > 1:
            self._compare_extremes(frames)

    def compare_endings(self, ending: Ending | None) -> None:
        """Compare how both ended, where it was no person that ended the recorded one."""
        recorded = self._run.ending
        if recorded is not None and recorded.kind != "stopped" and recorded != ending:
            last, trained = self._run.epochs_done - 1, ending.reason if ending else "not there"
            self._differs(Difference(last, "its ending", f"'{recorded.reason}'", f"'{trained}'"))

    def finish(self) -> None:
        """Compare what is left of the last span; every epoch of the record must have come."""
        if self.difference is None and self._open is not None:
            self._close(self._open)
        if self._scored < len(self._run.epoch):
            self._misses(int(self._run.epoch[self._scored]))

    def _compare_scores(self, frames: Frames) -> None:
        run = self._run
        stop = int(np.searchsorted(run.epoch, frames.epoch[-1], side="right"))
        rows = slice(self._scored, stop)
        places = self._places(run.epoch[rows], frames)
        if places is None:
            return
        self._scored = stop
        for name in run.newest.SCORES:
            self._compare_column(name, run.epoch[rows], run.score(name)[rows], getattr(frames, name)[places])

    def _compare_profiles(self, block: Frames, frames: Frames) -> None:
        places = self._places(block.epoch, frames)
        if places is None:
            return
        for name, recorded in block.columns().items():
            if name != "epoch":
                self._compare_column(name, block.epoch, recorded, getattr(frames, name)[places])

    def _places(self, epochs: NDArray[np.int64], frames: Frames) -> NDArray[np.int64] | None:
        """Where these epochs are among the frames'; None, with the difference noted, where one is not."""
        places = np.searchsorted(frames.epoch, epochs)
        missing = (places == len(frames)) | (frames.epoch[np.minimum(places, len(frames) - 1)] != epochs)
        if missing.any():
            self._misses(int(epochs[missing][0]))
            return None
        return places

    def _misses(self, epoch: int) -> None:
        self._differs(Difference(epoch, "the epoch", "observed", "not observed"))

    def _compare_column(self, name: str, epochs: NDArray[np.int64], recorded: Values, trained: Values) -> None:
        self.numbers += recorded.size
        wrong = np.ascontiguousarray(recorded).view(np.int64) != np.ascontiguousarray(trained).view(np.int64)
        wrong &= ~(np.isnan(recorded) & np.isnan(trained))
        self._not_looked_at(name, recorded, wrong)
        self._note(name, epochs, recorded, trained, wrong)

    def _not_looked_at(self, name: str, recorded: Values, wrong: Flags) -> None:
        """Nothing is wrong where the record has no number because nobody asked for it."""
        if self._run.config.wide and name in PROFILED:
            wrong[:, PERCENTILES:] &= ~np.isnan(recorded[:, PERCENTILES:])

    def _compare_extremes(self, frames: Frames) -> None:
        """Compare those of all spans that end among these frames; the last one stays open."""
        begun = [
            (low.rows(slice(row, row + 1)), high.rows(slice(row, row + 1)))
            for low, high in self._run.extremes(int(frames.epoch[0]), int(frames.epoch[-1]))
            if low is not high  # the newest frame alone, which is in the span before it too
            for row in range(len(low))
        ]
        places = [*np.searchsorted(frames.epoch, [int(low.epoch[0]) for low, _ in begun]).tolist(), len(frames)]
        if self._open is not None and places[0]:
            self._open.add(frames.rows(slice(0, places[0])))
        for (low, high), begin, end in zip(begun, places[:-1], places[1:], strict=True):
            if self._open is not None:
                self._close(self._open)
            self._open = OpenSpan(low, high, self._profiles)
            self._open.add(frames.rows(slice(begin, end)))

    def _close(self, span: OpenSpan) -> None:
        epochs = span.low.epoch
        first_change, behind = np.searchsorted(self._changes, [epochs[0], span.last], side="right")
        found = []
        for name in self._profiles:
            for extreme, recorded, trained, attained in span.found(name):
                wrong = ~((recorded == trained) | (np.isnan(recorded) & np.isnan(trained)))
                self._not_looked_at(name, recorded, wrong)
                if first_change < behind:  # what came before a change of this span may not be in it
                    wrong &= ~attained
                elif self._run.config.wide and name in PROFILED:  # which epochs' percentiles are in it depends on when they were looked at
                    wrong[:, PERCENTILES:] &= ~attained[:, PERCENTILES:]
                found.append((name, epochs, recorded, trained, wrong, extreme))
        if span.known or not any(wrong.any() for *_, wrong, _ in found):
            self.spans += 1
            self.numbers += sum(recorded.size for _, _, recorded, *_ in found)
            for one in found:
                self._note(*one)

    def _note(self, name: str, epochs: NDArray[np.int64], recorded: Values, trained: Values, wrong: Flags, extreme: str = "") -> None:
        if not wrong.any():
            return
        place = tuple(int(number) for number in np.argwhere(wrong)[0])
        layer = place[-1] if len(place) > 1 else None
        row = "" if len(place) < 3 else ROWS_OF[name][place[1]] if self._run.config.wide else f"sample {place[1] + 1:,}"
        self._differs(Difference(int(epochs[place[0]]), name, float(recorded[place]), float(trained[place]), layer, row, extreme))

    def _differs(self, difference: Difference) -> None:
        if self.difference is None or difference.epoch < self.difference.epoch:
            self.difference = difference


class OpenSpan:
    """The recorded extremes of some epochs, and those of what is trained of them again so far."""

    def __init__(self, low: Frames, high: Frames, profiles: tuple[str, ...]) -> None:
        self.low, self.high = low, high
        self.last = int(low.epoch[0])
        self._profiles = profiles
        self._trained: dict[tuple[str, str], Values] = {}
        self._attained: dict[tuple[str, str], Flags] = {}

    @property
    def known(self) -> bool:
        """Whether it says more than its first frame: of older files, and of a span that was cut short, no extremes are known."""
        return any(not np.array_equal(getattr(self.low, name), getattr(self.high, name), equal_nan=True) for name in self._profiles)

    def add(self, frames: Frames) -> None:
        """These frames are of the span too."""
        self.last = int(frames.epoch[-1])
        for name in self._profiles:
            values = getattr(frames, name)
            for extreme, least in (("low", np.fmin), ("high", np.fmax)):
                key, recorded = (name, extreme), getattr(getattr(self, extreme), name)
                found = least.reduce(values, axis=0, keepdims=True)
                attained = (values == recorded).any(axis=0, keepdims=True)
                self._trained[key] = least(self._trained[key], found) if key in self._trained else found
                self._attained[key] = self._attained[key] | attained if key in self._attained else attained

    def found(self, name: str) -> Iterator[tuple[str, Values, Values, Flags]]:
        """Both extremes of a profile as they were recorded and as they are now, and whether a frame of the span has the recorded number."""
        for extreme in ("low", "high"):
            key = name, extreme
            yield extreme, getattr(getattr(self, extreme), name), self._trained[key], self._attained[key]


def _said(value: float | str) -> str:
    return value if isinstance(value, str) else repr(value).replace("-", "−")
