"""The Run: a config, what a person changed on the way, and every frame so far."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.frames import Checkpoint, Ending, Frames
from gradviz.core.interventions import Intervention, config_at, in_order
from gradviz.core.training import Training, train
from gradviz.runs.blas import one_thread
from gradviz.runs.data import dataset
from gradviz.runs.recording import GrowingColumns, KeptFrames, ObservedEpochs

#: Profiles beyond this many bytes are thinned out.
PROFILE_MEMORY = 256 * 1024**2
#: So are the costs and their epochs, beyond this many of them (256 MB).
COST_ROWS = 2**24


class Run:
    """What one training did: append-only; saved, shown, compared and exported.

    `epoch` and `cost` hold every observed epoch. The profiles h, g, dw and w hold every one too, until they take more than `memory` bytes: then they are
    thinned out, again and again, and `stride` says which are left: one in 1, 4, 8 ... observed epochs, and always the newest. Of those between, the least
    and the greatest numbers are kept, so that no spike disappears.
    """

    def __init__(self, config: Config, *, memory: int = PROFILE_MEMORY) -> None:
        self.config = config
        self.interventions: list[Intervention] = []
        self.ending: Ending | None = None
        self.newest = Frames.empty(config)
        self.epochs_done = 0
        self.checkpoints: list[Checkpoint] = []
        #: Epochs that a person has marked.
        self.bookmarks: tuple[int, ...] = ()
        self._kept = KeptFrames(memory)
        self._joined: Frames | None = None
        self._scores = self._no_scores()

    @property
    def memory(self) -> int:
        """So many bytes the profiles may take; what is kept already thins out with the next epochs."""
        return self._kept.memory

    @memory.setter
    def memory(self, allowed: int) -> None:
        self._kept.memory = allowed

    def _no_scores(self) -> GrowingColumns:
        return GrowingColumns(COST_ROWS, epoch=np.int64, **dict.fromkeys(self.newest.SCORES, np.float64))

    @classmethod
    def restored(
        cls,
        config: Config,
        frames: Frames,
        scores: Mapping[str, NDArray[Any]],
        interventions: Iterable[Intervention],
        ending: Ending | None,
        stride: int,
        epochs_done: int,
        *,
        extremes: tuple[Frames, Frames] | None = None,
        observed: int | None = None,
        score_stride: int = 1,
        bookmarks: Iterable[int] = (),
        memory: int = PROFILE_MEMORY,
    ) -> Run:
        """A run as it was saved: profiles of the first of every `stride` observed epochs and of the newest, with the extremes of their spans where they have
        any, and the scores of one in `score_stride`. What is kept stays, whatever the memory, until more is appended.
        """
        run = cls(config, memory=memory)
        if observed is None:
            observed = len(frames) if stride == 1 else len(scores["epoch"])
        low, high = extremes or (None, None)
        run._kept = KeptFrames.restored(frames, low, high, stride, observed, memory=memory)
        run.newest = frames.newest() if len(frames) else run.newest
        run._scores.append(**scores)
        run._scores.stride, run._scores._seen = score_stride, observed
        if score_stride == 1 and len(run.epoch) == observed:
            exact = ObservedEpochs()
            exact.extend(run.epoch)
            run._kept._observed = exact
        run.interventions, run.ending, run.bookmarks = list(interventions), ending, tuple(bookmarks)
        run.epochs_done = max(epochs_done, *(run.newest.epoch + 1).tolist(), 0)
        return run

    def spans(self) -> Iterator[tuple[Frames, Frames, Frames]]:
        """The profiles that are kept of one in `stride` observed epochs, in blocks, with the least and greatest numbers of the spans that they stand for."""
        for block, (low, high) in zip(self._kept.blocks(), self._kept.extremes(0, sys.maxsize), strict=True):
            yield block, low, high

    @property
    def observed(self) -> int:
        """How many epochs have been observed."""
        return self._kept._observed.count

    @property
    def score_stride(self) -> int:
        """The scores of one in so many observed epochs are kept."""
        return self._scores.stride

    def append(self, frames: Frames) -> None:
        """Add frames to the end, with the interventions and the ending that they carry."""
        self.interventions.extend(frames.interventions)
        if frames.checkpoint is not None:
            self._keep(frames.checkpoint)
        self.ending = frames.ending if len(frames) else frames.ending or self.ending  # one that was stopped may go on
        self.epochs_done = max(self.epochs_done, frames.done)
        if not len(frames):
            return
        self.epochs_done = max(self.epochs_done, int(frames.epoch[-1]) + 1)
        self._scores.append(epoch=frames.epoch, **{name: getattr(frames, name) for name in frames.SCORES})
        self.newest = frames.newest()
        self._kept.append(frames.recorded())
        self._joined = None

    def _keep(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint; past a quarter of the memory those go that leave the smallest gaps, but for the newest."""
        checkpoints = [*(kept for kept in self.checkpoints if kept.epoch < checkpoint.epoch), checkpoint]
        while len(checkpoints) > 1 and sum(kept.bytes for kept in checkpoints) > self.memory // 4:
            epochs = [0, *(kept.epoch for kept in checkpoints)]
            del checkpoints[min(range(len(checkpoints) - 1), key=lambda place: epochs[place + 2] - epochs[place])]
        self.checkpoints = checkpoints

    def before(self, epoch: int) -> Run:
        """The run as it was when this epoch had not begun; what is recorded later of either is not in the other."""
        run = Run(self.config, memory=self.memory)
        run.interventions = [change for change in self.interventions if change.epoch < epoch]
        run.bookmarks = self.bookmarks
        run.checkpoints = [kept for kept in self.checkpoints if kept.epoch <= epoch]
        run._kept = self._kept.before(epoch)
        rows = int(np.searchsorted(self.epoch, epoch))
        if rows:
            run._scores.append(**{name: self._scores[name][:rows] for name in ("epoch", *self.newest.SCORES)})
            run._scores.stride, run._scores._seen = self.score_stride, run.observed
            run.newest = self.at_or_before(epoch - 1) or self.newest
        run.epochs_done = min(self.epochs_done, epoch)
        run.ending = self.ending if self.epochs_done <= epoch else None
        return run

    def copy(self) -> Run:
        """The run as it is now, which stays so while this one goes on; what both have recorded is shared."""
        run = self.before(self.epochs_done)
        run.ending = self.ending
        return run

    def start_for(self, epoch: int) -> Checkpoint | None:
        """The nearest place from which a training can go on to this epoch; None where that is the beginning."""
        if self.config.wide:
            return max((kept for kept in self.checkpoints if kept.epoch <= epoch), default=None, key=lambda kept: kept.epoch)
        frame = self.at_or_before(epoch - 1)
        return Checkpoint(int(frame.epoch[-1]), (frame.w[-1],), changed=True) if frame is not None and frame.epoch[-1] else None

    def go_on(self, changes: Iterable[Intervention] = ()) -> Training:
        """Train the epochs that come next, as if it had never stopped, with these changes beside those that were made already."""
        first = self.epochs_done
        return training(self.config, in_order([*self.interventions, *changes]), start=self.start_for(first), first=first)

    @property
    def can_go_on(self) -> bool:
        """Whether there are epochs left to train, and nothing has ended it but a person."""
        return self.epochs_done < self.config.epochs and (self.ending is None or self.ending.kind == "stopped")

    def stop(self) -> None:
        """Note that a person stopped the run before its end."""
        if self.ending is None:
            self.ending = Ending("stopped", f"Stopped after {self.epochs_done:,} of {self.config.epochs:,} epochs.")

    @property
    def how_it_ended(self) -> Ending:
        """The ending; of a run that was saved on its way, that it was recorded so far."""
        return self.ending or Ending("stopped", f"Recorded: {self.epochs_done:,} of {self.config.epochs:,} epochs")

    @property
    def stride(self) -> int:
        """Profiles of one in so many observed epochs are kept, and of the newest."""
        return self._kept.stride

    @property
    def thinning(self) -> str:
        """A sentence for a person where profiles have been thinned out; empty where none have."""
        if self.stride == 1:
            return ""
        kept = f"The profiles of one in {self.stride} observed epochs are kept, and the extremes of those between"
        return f"{kept}: all would not fit into {self.memory >> 20:,} MB. Every cost is kept."

    def bytes_beyond(self, counted: set[int]) -> int:
        """What its profiles and checkpoints take beyond the pieces that are counted already, and count its own: branches share what they have in common."""
        pieces = {id(chunk): chunk.bytes for chunk in self._kept._chunks} | {id(kept): kept.bytes for kept in self.checkpoints}
        beyond = sum(size for piece, size in pieces.items() if piece not in counted)
        counted.update(pieces)
        return beyond

    @property
    def profile_bytes(self) -> int:
        """What the kept profiles take."""
        return self._kept.bytes

    @property
    def epoch(self) -> NDArray[np.int64]:
        """The observed epochs, one for each cost."""
        return self._scores["epoch"]

    @property
    def cost(self) -> NDArray[np.float64]:
        """The cost at each observed epoch, before its update."""
        return self._scores["cost"]

    def score(self, name: str) -> NDArray[np.float64]:
        """One number of each observed epoch: cost, and of a wide network test_cost, accuracy and test_accuracy too."""
        return self._scores[name]

    @property
    def frames(self) -> Frames:
        """The profiles that are kept, oldest first, as one block."""
        if self._joined is None:
            blocks = [block for block in self._kept.blocks() if len(block)]
            if len(self.newest) and (not blocks or blocks[-1].epoch[-1] != self.newest.epoch[-1]):
                blocks.append(self.newest)
            self._joined = Frames.joined(blocks) if blocks else self.newest
        return self._joined

    @property
    def h(self) -> NDArray[np.float64]:
        """Activations, (epochs, samples, layers)."""
        return self.frames.h

    @property
    def g(self) -> NDArray[np.float64]:
        """Gradients dC/du, (epochs, samples, layers)."""
        return self.frames.g

    @property
    def dw(self) -> NDArray[np.float64]:
        """Weight gradients dC/dw, (epochs, layers)."""
        return self.frames.dw

    @property
    def w(self) -> NDArray[np.float64]:
        """Weights, (epochs, layers)."""
        return self.frames.w

    def config_at(self, epoch: int) -> Config:
        """The config as it is at that epoch, with the learning rate and whatever else was turned until then."""
        return config_at(self.config, self.interventions, epoch)

    def at(self, epoch: int) -> Frames | None:
        """The one frame of this epoch, or None where its profiles are not kept."""
        place = int(np.searchsorted(self.frames.epoch, epoch))
        if place == len(self.frames) or self.frames.epoch[place] != epoch:
            return None
        return self.frames.rows(slice(place, place + 1))

    def at_or_before(self, epoch: int) -> Frames | None:
        """The last frame that is kept up to this epoch; None where there is none. Costs nothing by the run's length."""
        if not len(self.newest) or epoch < 0:
            return None
        if self.newest.epoch[-1] <= epoch:
            return self.newest
        reach = 2 * self.stride * self.config.observe_every
        found = self.between(epoch - reach, epoch) or self.between(-1, epoch)
        return found[-1].newest() if found else None

    def kept_beside(self, epoch: int, by: int) -> int | None:
        """The next (1) or the previous (-1) epoch whose profiles are kept; None where there is none."""
        reach = 2 * self.stride * self.config.observe_every
        near, far = ((epoch + 1, epoch + reach), (epoch + 1, sys.maxsize)) if by > 0 else ((epoch - reach, epoch - 1), (-1, epoch - 1))
        found = self.between(*near) or self.between(*far)
        if not found:
            return None
        return int(found[0].epoch[0] if by > 0 else found[-1].epoch[-1])

    def extremes(self, first: int, last: int = sys.maxsize) -> list[tuple[Frames, Frames]]:
        """The least and the greatest of each profile's numbers over the span that each frame of between() stands for: itself, while all are kept."""
        found = self._kept.extremes(first, last)
        shown = self.between(first, last)
        return found + [(block, block) for block in shown[len(found) :]]

    def between(self, first: int, last: int = sys.maxsize) -> list[Frames]:
        """The profiles that are kept of these epochs, both included, oldest first, in blocks: unlike `frames` it costs by what it finds."""
        blocks = self._kept.between(first, last)
        if len(self.newest) and first <= self.newest.epoch[-1] <= last and (not blocks or blocks[-1].epoch[-1] != self.newest.epoch[-1]):
            blocks.append(self.newest)
        return blocks


def training(config: Config, interventions: Iterable[Intervention] = (), *, start: Checkpoint | None = None, first: int = 0) -> Training:
    """Train a config on its data, which are read when the first frame is asked for; raises ConfigError or FileError where they cannot be.

    From `start` it goes on where another training of the same was, and hands out what comes from epoch `first`.
    """
    if not config.wide:
        yield from train(config, interventions, start=start, first=first)
        return
    with one_thread():
        yield from train(config, interventions, dataset(config), start=start, first=first)


def record(config: Config, interventions: Iterable[Intervention] = (), *, memory: int = PROFILE_MEMORY) -> Run:
    """Train to the end and return the run; its arrays epoch, cost, h, g, dw and w are named as in the notebook."""
    run = Run(config, memory=memory)
    for frames in training(config, interventions):
        run.append(frames)
    if run.stride > 1:
        warnings.warn(f"{run.thinning} `run.frames.epoch` says which epochs h, g, dw and w hold.", stacklevel=2)
    return run
