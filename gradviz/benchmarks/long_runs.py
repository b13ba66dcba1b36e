"""A long training recorded within its memory: each turn in a process of its own, for what a process once took it does not always give back."""

from __future__ import annotations

import json
import threading
import time
from functools import cache
from typing import NamedTuple

from gradviz.benchmarks.measuring import Goal, Measure, Reading
from gradviz.benchmarks.windows import in_a_process

EPOCHS = 1_000_000
#: Seconds between two looks at the memory.
LOOKING = 0.005


class LongRun(NamedTuple):
    """A training recorded, without a window: seconds, epochs a second, and in bytes how far its memory rose at most above where it began.

    ratio is the time in times of the same training unrecorded; stride says that the profiles of one in so many epochs are left.
    """

    seconds: float
    epochs_per_second: float
    peak: int
    ratio: float
    stride: int


@cache
def long_run(epochs: int = EPOCHS) -> LongRun:
    """Train notebook-1a for so many epochs, once recorded within the default memory and once unrecorded; raises Missing where that fails."""
    seconds, peak, stride = json.loads(in_a_process(f"long_runs.train_recorded({epochs})"))
    unrecorded = json.loads(in_a_process(f"long_runs.train_unrecorded({epochs})"))
    return LongRun(seconds, epochs / seconds, peak, seconds / unrecorded, stride)


# what runs in the processes


class Peak:
    """How far this process's resident memory rose at most while inside, in bytes."""

    def __init__(self) -> None:
        import psutil

        self.bytes = 0
        self._process = psutil.Process()
        self._left = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._began = self._process.memory_info().rss
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._watching.join()

    def _watch(self) -> None:
        while not self._left.wait(LOOKING):
            self._look()
        self._look()

    def _look(self) -> None:
        self.bytes = max(self.bytes, self._process.memory_info().rss - self._began)


def train_recorded(epochs: int) -> None:
    """Print, as JSON, how long it took, how far memory rose, and the stride of what is left."""
    from gradviz.benchmarks.measures import NOTEBOOK_1A
    from gradviz.runs.run import PROFILE_MEMORY, Run, training

    warm_up()
    run = Run(NOTEBOOK_1A.replace(epochs=epochs), memory=PROFILE_MEMORY)
    with Peak() as peak:
        started = time.perf_counter()
        for frames in training(run.config):
            run.append(frames)
        seconds = time.perf_counter() - started
    print(json.dumps([seconds, peak.bytes, run.stride]))


def train_unrecorded(epochs: int) -> None:
    """Print, as JSON, how long the same takes where every frame is observed and forgotten."""
    from gradviz.benchmarks.measures import NOTEBOOK_1A
    from gradviz.runs.run import training

    warm_up()
    started = time.perf_counter()
    for _ in training(NOTEBOOK_1A.replace(epochs=epochs)):
        pass
    print(json.dumps(time.perf_counter() - started))


def warm_up() -> None:
    """Compile what a training needs, and load it."""
    from gradviz.benchmarks.measures import NOTEBOOK_1A
    from gradviz.benchmarks.rivals import engine

    engine(NOTEBOOK_1A.replace(epochs=200))


def memory() -> Reading:
    """How far the process's memory rises above the start, recording a million epochs in 256 MB."""
    seen = long_run()
    speed = f"{seen.seconds:.1f} s, {seen.epochs_per_second:,.0f} epochs/s, {seen.ratio:.2f} times the time of the same unrecorded"
    return Reading(seen.peak / 2**20, f"{speed}; one in {seen.stride} profiles kept, with the extremes of the others, and every cost")


def speed() -> Reading:
    """The time of recording them, by that of training alone."""
    return Reading(long_run().ratio, "in the same run")


MEASURES: tuple[Measure, ...] = (
    Measure("million", "1,000,000 epochs of notebook-1a recorded in 256 MB: memory above the start", Goal(False, 350, " MB"), memory),
    Measure("million time", "their time, against training them unrecorded", Goal(False, 2, "x"), speed),
)
