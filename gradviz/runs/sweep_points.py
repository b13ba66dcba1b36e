"""One point of a sweep: a run of its config that observes no more than its measures ask for, and what they say of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import cached_property
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config, ConfigError
from gradviz.core.diagnosis import Verdict, diagnose
from gradviz.core.frames import Ask, Ending, Frames, WideFrames
from gradviz.core.training import train
from gradviz.core.trend import LOOKED_AT
from gradviz.runs.blas import one_thread
from gradviz.runs.data import dataset
from gradviz.runs.files import FileError
from gradviz.runs.machine import refusal

Value = float | str | None
Index = tuple[int, ...]
Status = Literal["done", "impossible", "failed"]

#: An observed epoch's percentiles can cost more than learning; the first and the last epoch have theirs anyway.
AS_LITTLE_AS_CAN_BE = Ask(looked_at=frozenset())
SELDOM = 1_000_000_000


#: What a measure is: a word of a few; a number of any sign; one that is never negative and counts by its decades; or decades lost or gained per layer.
Kind = Literal["word", "number", "size", "pace"]


class Need(IntEnum):
    """Which epochs a measure needs observed: the first and the last, the recent ones by which a verdict tells whether the cost falls, or all."""

    ENDS = 0
    RECENT = 1
    ALL = 2


class Finished(msgspec.Struct, frozen=True, dict=True, eq=False):
    """A run that has ended, as the measures see it: the costs are those of the epochs that were observed."""

    config: Config
    epoch: NDArray[np.int64]
    cost: NDArray[np.float64]
    newest: Frames
    ending: Ending
    epochs_done: int

    @cached_property
    def verdict(self) -> Verdict:
        """What became of it, as `gradviz train` says."""
        if self.config.wide:
            return diagnose(self.config, self.newest, None, self.cost)
        from gradviz.core.logdomain import log_profile  # numba comes with it

        with np.errstate(all="ignore"):  # of a run that diverged
            profile = log_profile(self.config, self.newest.w[-1])
        return diagnose(self.config, self.newest, profile, self.cost)


class Measure(NamedTuple):
    """Something to say of a finished run: in words, what it is, what has to be observed for it, and the function.

    The function gives None where there is no such number.
    """

    title: str
    kind: Kind
    need: Need
    take: Callable[[Finished], Value]


def _decades_per_layer(run: Finished) -> float | None:
    factor = run.verdict.factor_per_layer
    if factor is None:
        return None
    return math.log10(factor) if factor else -math.inf


def _smallest_gradient(run: Finished) -> float:
    """Of layer 1, the greatest of all samples, as a plain number: 0 or infinite where float64 has none so small or so great."""
    with np.errstate(over="ignore", under="ignore"):
        return float(np.power(10.0, run.verdict.smallest))


def _epochs_to_learn(run: Finished) -> float | None:
    """The first epoch whose cost is a hundredth of the first one's, where a verdict calls it learned."""
    learned = np.flatnonzero(run.cost <= 0.01 * run.cost[0])
    return float(run.epoch[learned[0]]) if learned.size else None


def _score(name: str) -> Callable[[Finished], Value]:
    def take(run: Finished) -> float | None:
        return _known(float(getattr(run.newest, name)[-1])) if isinstance(run.newest, WideFrames) else None

    return take


def _known(number: float) -> float | None:
    return None if math.isnan(number) else number


def _or_none(number: float | None) -> float | None:
    return None if number is None else float(number)


#: What can be said of a point, by name.
MEASURES: Mapping[str, Measure] = {
    "verdict": Measure("verdict", "word", Need.RECENT, lambda run: run.verdict.kind),
    "cause": Measure("cause", "word", Need.RECENT, lambda run: run.verdict.cause),
    "ending": Measure("how it ended", "word", Need.ENDS, lambda run: run.ending.kind),
    "epochs_done": Measure("epochs done", "number", Need.ENDS, lambda run: float(run.epochs_done)),
    "epochs_to_learn": Measure("epochs to a hundredth of the first cost", "number", Need.ALL, _epochs_to_learn),
    "cost_first": Measure("first cost", "size", Need.ENDS, lambda run: float(run.cost[0])),
    "cost_last": Measure("last cost", "size", Need.ENDS, lambda run: float(run.cost[-1])),
    "cost_lowest": Measure("lowest cost", "size", Need.ALL, lambda run: float(np.fmin.reduce(run.cost))),
    "test_cost": Measure("cost of the test", "size", Need.ENDS, _score("test_cost")),
    "accuracy": Measure("accuracy", "number", Need.ENDS, _score("accuracy")),
    "test_accuracy": Measure("accuracy of the test", "number", Need.ENDS, _score("test_accuracy")),
    "decades_per_layer": Measure("decades per layer", "pace", Need.RECENT, _decades_per_layer),
    "factor_per_layer": Measure("factor per layer", "size", Need.RECENT, lambda run: _or_none(run.verdict.factor_per_layer)),
    "layers_per_decade": Measure("layers per decade", "size", Need.RECENT, lambda run: _or_none(run.verdict.layers_per_decade)),
    "smallest_gradient": Measure("|g| of layer 1", "size", Need.ENDS, _smallest_gradient),
    "smallest_gradient_log10": Measure("log₁₀|g| of layer 1, however small", "number", Need.ENDS, lambda run: float(run.verdict.smallest)),
    "below_layer": Measure("layer from which down |g| < 10⁻⁷", "number", Need.ENDS, lambda run: _or_none(run.verdict.below_layer)),
    "zero_layer": Measure("highest layer whose |g| is stored as 0", "number", Need.ENDS, lambda run: _or_none(run.verdict.zero_in_format)),
    "saturation_decades": Measure("decades by φ′", "number", Need.ENDS, lambda run: float(run.verdict.saturation_decades)),
    "weights_decades": Measure("decades by the weights", "number", Need.ENDS, lambda run: float(run.verdict.weights_decades)),
    "signal_decades": Measure("decades that |h| loses", "number", Need.ENDS, lambda run: float(run.verdict.signal_decades)),
}
#: What a person gets who names none.
USUAL = ("verdict", "cost_last", "decades_per_layer")


class Point(msgspec.Struct, frozen=True):
    """What came of one point: its place on each axis, whether it could be trained, the measures' values, and a sentence where it could not.

    A value is None where there is no such number; of a point without a run every value is, but the verdict, which is then its status.
    """

    index: Index
    status: Status
    values: tuple[Value, ...]
    sentence: str = ""

    @classmethod
    def without_run(cls, index: Index, status: Status, measures: Sequence[str], sentence: str) -> Point:
        return cls(index, status, tuple(status if name == "verdict" else None for name in measures), sentence)


class Task(msgspec.Struct, frozen=True):
    """Some points for one worker: what they have in common, and of each its place and the parameters that it has of its own."""

    base: dict[str, Any]
    measures: tuple[str, ...]
    points: tuple[tuple[Index, dict[str, Any]], ...]


class Result(msgspec.Struct, frozen=True):
    """The points of a task, and the seconds that they took."""

    points: tuple[Point, ...]
    seconds: float


def work(task: Task) -> Result:
    """Train the task's points one after the other, here in this process and on this thread; what fails is a point with a sentence."""
    began = time.perf_counter()
    points = []
    with one_thread():
        for index, own in task.points:
            points.append(_point(index, {**task.base, **own}, task.measures))
    return Result(tuple(points), time.perf_counter() - began)


def _point(index: Index, parameters: dict[str, Any], measures: tuple[str, ...]) -> Point:
    try:
        config = Config(**parameters)
        problem = refusal(config)
        if problem is not None:
            raise problem
        return Point(index, "done", measured(config, measures))
    except ConfigError as problem:
        return Point.without_run(index, "impossible", measures, str(problem))
    except FileError as problem:
        return Point.without_run(index, "failed", measures, str(problem))
    except MemoryError:
        return Point.without_run(index, "failed", measures, "There was not enough memory for this run.")
    except Exception as problem:  # one point that fails in a way that nobody foresaw must not take the others with it
        return Point.without_run(index, "failed", measures, f"The run broke off: {type(problem).__name__}: {problem}")


def measured(config: Config, measures: Sequence[str]) -> tuple[Value, ...]:
    """Train a config to its end, and take the measures of these names; they are bit for bit those of a run that observes what the config says."""
    if not measures:
        return ()
    run = finished(config, max(MEASURES[name].need for name in measures))
    return tuple(MEASURES[name].take(run) for name in measures)


def finished(config: Config, need: Need) -> Finished:
    """Train a config to its end and keep what such measures need; observing more can cost a wide network many times as much as learning."""
    data = dataset(config) if config.wide else None
    recent = _recent_from(config)
    frames: list[Frames] = []
    if need is Need.ENDS:
        config = config.replace(observe_every=SELDOM)
    elif need is Need.RECENT and recent > config.observe_every:
        opening = train(config, data=data)
        frames.append(next(opening).rows(slice(0, 1)))
        opening.close()
    training = train(config, data=data, first=recent if frames else 0)
    block = next(training)
    while True:
        frames.append(block)
        if block.ending is not None:
            break
        block = training.send(AS_LITTLE_AS_CAN_BE)
    if block.ending.kind == "diverged" and not len(block):
        return finished(config, Need.ENDS)  # it diverged where nobody looked: with this need, where it does is seen
    return _kept(config, frames)


def _recent_from(config: Config) -> int:
    """The epoch from which on as many are observed as a verdict looks at."""
    last_due = (config.epochs - 1) // config.observe_every * config.observe_every
    return max(0, last_due - LOOKED_AT * config.observe_every)


def _kept(config: Config, frames: Sequence[Frames]) -> Finished:
    newest = next(block for block in reversed(frames) if len(block)).newest()
    ending = frames[-1].ending
    assert ending is not None, "the last frames of a training carry its ending"
    epoch, cost = (np.concatenate([getattr(block, name) for block in frames]) for name in ("epoch", "cost"))
    return Finished(config, epoch, cost, newest, ending, max(frames[-1].done, int(newest.epoch[-1]) + 1))
