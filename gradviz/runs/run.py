"""The Run: a config, what a person changed on the way, and every frame so far."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.frames import Ask, Ending, Frames, Intervention
from gradviz.core.training import Training, train
from gradviz.runs.blas import one_thread
from gradviz.runs.data import dataset
from gradviz.runs.recording import GrowingColumns, KeptFrames

#: Profiles beyond this many bytes are thinned out.
PROFILE_MEMORY = 256 * 1024**2
#: So are the costs and their epochs, beyond this many of them (256 MB).
COST_ROWS = 2**24


class Run:
    """What one training did: append-only; saved, shown, compared and exported.

    `epoch` and `cost` hold every observed epoch. The profiles h, g, dw and w hold every one too, until they take more than `memory` bytes:
    then every second of them goes, and again, and `stride` says which are left: one in 1, 2, 4 ... observed epochs, and always the newest.
    """

    def __init__(self, config: Config, *, memory: int = PROFILE_MEMORY) -> None:
        self.config = config
        self.memory = memory
        self.interventions: list[Intervention] = []
        self.ending: Ending | None = None
        self.newest = Frames.empty(config)
        self.epochs_done = 0
        self._kept = KeptFrames(memory)
        self._joined: Frames | None = None
        self._scores = self._no_scores()

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
    ) -> Run:
        """A run as it was saved: its profiles, and the epoch, cost and other scores of all observed epochs."""
        run = cls(config, memory=sys.maxsize)  # what was kept then is kept now
        run.append(frames)
        run.epochs_done = max(run.epochs_done, epochs_done)
        run._scores = run._no_scores()
        run._scores.append(**scores)
        run.interventions, run.ending, run._kept.stride = list(interventions), ending, stride
        return run

    def append(self, frames: Frames) -> None:
        """Add frames to the end, with the interventions and the ending that they carry."""
        self.interventions.extend(frames.interventions)
        self.ending = frames.ending or self.ending
        self.epochs_done = max(self.epochs_done, frames.done)
        if not len(frames):
            return
        self.epochs_done = max(self.epochs_done, int(frames.epoch[-1]) + 1)
        self._scores.append(epoch=frames.epoch, **{name: getattr(frames, name) for name in frames.SCORES})
        self.newest = frames.newest()
        self._kept.append(frames.recorded())
        self._joined = None

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
        return f"The profiles of one in {self.stride} observed epochs are kept, for all would not fit into {self.memory >> 20} MB; every cost is kept."

    @property
    def profile_bytes(self) -> int:
        """What the kept profiles take."""
        return self._kept.rows * self.newest.bytes_each

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

    def learning_rate_at(self, epoch: int) -> float:
        """The learning rate of that epoch's update, as the config or the last intervention has it."""
        turned = [change.value for change in self.interventions if change.parameter == "learning_rate" and change.epoch <= epoch]
        return turned[-1] if turned else self.config.learning_rate

    def at(self, epoch: int) -> Frames | None:
        """The one frame of this epoch, or None where its profiles are not kept."""
        place = int(np.searchsorted(self.frames.epoch, epoch))
        if place == len(self.frames) or self.frames.epoch[place] != epoch:
            return None
        return self.frames.rows(slice(place, place + 1))

    def between(self, first: int, last: int = sys.maxsize) -> list[Frames]:
        """The profiles that are kept of these epochs, both included, oldest first, in blocks: unlike `frames` it costs by what it finds."""
        blocks = self._kept.between(first, last)
        if len(self.newest) and first <= self.newest.epoch[-1] <= last and (not blocks or blocks[-1].epoch[-1] != self.newest.epoch[-1]):
            blocks.append(self.newest)
        return blocks

    def replay(self) -> Generator[Frames, Ask | None, None]:
        """The recorded frames again, as a training would hand them out."""
        frames, changes = self.frames, list(self.interventions)
        start = 0
        wanted = 1
        while start < len(frames):
            rows = frames.rows(slice(start, start + wanted))
            start += len(rows)
            due = [change for change in changes if change.epoch <= rows.epoch[-1]]
            changes = changes[len(due) :]
            ending = self.how_it_ended if start == len(frames) else None
            ask = yield type(rows)(**rows.columns(), ending=ending, interventions=tuple(due))
            wanted = max(1, ask.frames) if ask and ask.frames else 1


def training(config: Config, interventions: Iterable[Intervention] = ()) -> Training:
    """Train a config on its data, which are read when the first frame is asked for; raises ConfigError or FileError where they cannot be."""
    if not config.wide:
        yield from train(config, interventions)
        return
    with one_thread():
        yield from train(config, interventions, dataset(config))


def record(config: Config, interventions: Iterable[Intervention] = (), *, memory: int = PROFILE_MEMORY) -> Run:
    """Train to the end and return the run; its arrays epoch, cost, h, g, dw and w are named as in the notebook."""
    run = Run(config, memory=memory)
    for frames in training(config, interventions):
        run.append(frames)
    if run.stride > 1:
        warnings.warn(f"{run.thinning} `run.frames.epoch` says which epochs h, g, dw and w hold.", stacklevel=2)
    return run
