"""A sweep: the same experiment again and again with one or two parameters at other values, on every core or on a cluster."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from itertools import islice
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import PARAMETERS, Config, ConfigError, unknown_parameter
from gradviz.core.words import short
from gradviz.runs.files import FileError
from gradviz.runs.sweep_points import MEASURES, Index, Point, Result, Task, work

#: A task takes about so many seconds: handing one over takes a thousandth, and who stops a sweep need not wait.
TASK_SECONDS = 0.075
#: Nor has it more points, of which the first ones of a sweep say too little.
MOST_IN_A_TASK, FIRST_IN_A_TASK = 64, 1
#: Tasks that wait behind each worker's own, so that none is ever without.
AHEAD = 1
#: A point with which a worker died so often is not tried again: one death may be of another point, and a second an accident.
DEATHS = 3
#: Points of a sweep: a map of a thousand times a thousand.
MOST_POINTS = 1_000_000
#: Seconds that nothing may come before the taker is asked whether to go on.
TICK = 0.1


class Axis(msgspec.Struct, frozen=True):
    """A parameter and the values that it takes, one after the other; `log` where they are spaced by factors."""

    name: str
    values: tuple[Any, ...]
    log: bool = False

    def __post_init__(self) -> None:
        parameter = PARAMETERS.get(self.name)
        if parameter is None:
            raise unknown_parameter(self.name)
        values = tuple(dict.fromkeys(map(parameter.check, self.values)))  # each of them once
        if not values:
            raise ConfigError(self.name, f"{self.name} has no values to take.")
        msgspec.structs.force_setattr(self, "values", values)

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers, which have places between each other."""
        return PARAMETERS[self.name].kind in (int, float)

    def word(self, place: int) -> str:
        """A value as a person would type it; the same one comes back when it is read."""
        return PARAMETERS[self.name].format(self.values[place])

    def short(self, place: int) -> str:
        """A value for the eye, a number to four digits."""
        value = self.values[place]
        return f"{value:,}" if isinstance(value, int) else short(value, 4) if self.numeric else self.word(place)

    @classmethod
    def between(cls, name: str, low: float, high: float, count: int, *, log: bool = False) -> Axis:
        """So many values from low to high, ends included, equally far apart, or by equal factors; whole numbers are rounded, and each is there once."""
        parameter = PARAMETERS.get(name)
        if parameter is None:
            raise unknown_parameter(name)
        if parameter.kind not in (int, float):
            raise ConfigError(name, f"{name} has no values from a low one to a high one; name them, as in {name}={_example(name)}.")
        ends = parameter.check(_whole(low, parameter.kind)), parameter.check(_whole(high, parameter.kind))
        if not 2 <= count <= MOST_POINTS:
            raise ConfigError(name, f"{name} is to take {count:,} values from {ends[0]:g} to {ends[1]:g}; it must be 2 to {MOST_POINTS:,}.")
        if log and min(ends) <= 0:
            raise ConfigError(name, f"{name} begins or ends at {min(ends):g}, and values that are spaced by factors must be greater than 0.")
        spaced = np.geomspace(*ends, count) if log else np.linspace(*ends, count)
        # to 15 digits, for 0.5 + 7 * 0.1 is 1.2 to a person
        values = [round(value) if parameter.kind is int else float(f"{value:.15g}") for value in spaced.tolist()]
        return cls(name, tuple(values), log)


def _whole(number: float, kind: type) -> float | int:
    return int(number) if kind is int and math.isfinite(number) and number == int(number) else number


def _example(name: str) -> str:
    choices = PARAMETERS[name].choices
    return ",".join(choices[:2]) if choices else "VALUE"


class Sweep(msgspec.Struct, frozen=True):
    """What is to be trained and said: a config, the axes along which it differs, and the names of measures. Raises ConfigError for what cannot be."""

    base: Config
    axes: tuple[Axis, ...]
    measures: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.axes:
            raise ConfigError("over", "There is nothing to sweep over: name a parameter and its values.")
        names = [axis.name for axis in self.axes]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ConfigError(twice, f"{twice} is swept over twice; it can have one value at a time.")
        unknown = next((name for name in self.measures if name not in MEASURES), None)
        if unknown is not None or not self.measures:
            what = f"There is no measure '{unknown}'" if unknown is not None else "There is nothing to measure"
            raise ConfigError("measure", f"{what}; the measures are {', '.join(MEASURES)}.")
        if self.count > MOST_POINTS:
            raise ConfigError(names[0], f"This sweep has {self.count:,} points; it must be {MOST_POINTS:,} at most.")

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values there are on each axis."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def count(self) -> int:
        """How many points there are."""
        return math.prod(self.shape)

    def own(self, index: Index) -> dict[str, Any]:
        """The parameters that a point has of its own."""
        return {axis.name: axis.values[place] for axis, place in zip(self.axes, index, strict=True)}

    def config_at(self, index: Index) -> Config:
        """The config of a point; raises ConfigError where it cannot be."""
        return self.base.replace(**self.own(index))


def points(sweep: Sweep) -> Iterator[Index]:
    """The places of all points, coarse to fine, so that a map fills evenly: the corners first, then what halves each gap, and again."""
    halvings = [depths(count) for count in sweep.shape]
    depth = np.max(np.stack(np.meshgrid(*halvings, indexing="ij")), axis=0)
    for place in np.argsort(depth, axis=None, kind="stable").tolist():
        yield tuple(int(number) for number in np.unravel_index(place, sweep.shape))


def depths(count: int) -> NDArray[np.int64]:
    """How often the gaps of an axis have been halved before each place has its turn: 0 for the ends, 1 for the middle."""
    places = np.arange(count)
    deepest = max(0, math.ceil(math.log2(max(1, count - 1))))
    halvings = np.full(count, deepest)
    for halving in range(deepest, -1, -1):
        halvings[places % 2 ** (deepest - halving) == 0] = halving
    halvings[-1] = 0
    return halvings


# --- doing it ------------------------------------------------------------------------------------------------------------------------------


class Pool(Protocol):
    """Where a sweep's points are worked on: it opens executors, one after the other where one breaks."""

    def open(self) -> Executor:
        """Begin, or begin anew after what was opened before has broken."""

    def workers(self) -> int:
        """How many tasks are worked on at the same time."""

    def whole(self) -> bool:
        """Whether nobody has died; the executor should say so, but one that is being broken at the time may lose a word."""

    def close(self) -> None:
        """End at once: what is being worked on is not wanted any more."""

    def lost(self, problem: BaseException) -> FileError | None:
        """What to say where it is all over and not only with one task; None where it is not."""


class PoolError(FileError):
    """There is nobody left who could work on the points."""


def sweep(plan: Sweep, pool: Pool) -> Generator[Point, None, None]:
    """Train every point of a sweep and hand each out when it is done, in whatever order that is; closing it ends what is being trained.

    A point that cannot be, or that fails, comes with a sentence in place of numbers. Raises PoolError where the pool itself is gone.
    """
    for found in sweep_in_blocks(plan, pool):
        yield from found


def sweep_in_blocks(plan: Sweep, pool: Pool, tick: float = TICK) -> Generator[tuple[Point, ...], None, None]:
    """The same in blocks of points: an empty one where nothing came for so many seconds, so that the taker can stop."""
    under_way = _UnderWay(plan, pool)
    try:
        while under_way.fill():
            yield tuple(under_way.collect(tick))
    finally:
        under_way.cancel()
        pool.close()


class _UnderWay:
    """What is left to do, what is being worked on, and which points were there when a worker died.

    Of a broken pool nobody knows which point it was. So all that were under way are tried once more, each alone: it is then the culprit if its worker dies.
    """

    def __init__(self, plan: Sweep, pool: Pool) -> None:
        self._plan, self._pool = plan, pool
        self._base = {name: value for name, value in plan.base.as_dict().items() if name not in {axis.name for axis in plan.axes}}
        self._left = points(plan)
        self._suspects: deque[Index] = deque()
        self._deaths: Counter[Index] = Counter()
        self._pending: dict[Future[Result], tuple[Index, ...]] = {}
        self._each = TASK_SECONDS / FIRST_IN_A_TASK
        self._executor = pool.open()

    def fill(self) -> bool:
        """Hand out as much as keeps everybody busy; False when all is done."""
        wanted = 1 if self._suspects else (1 + AHEAD) * self._pool.workers()
        while len(self._pending) < wanted:
            some = self._next()
            if not some:
                break
            self._submit(some)
        return bool(self._pending)

    def _next(self) -> tuple[Index, ...]:
        if self._suspects:
            return (self._suspects.popleft(),)
        size = min(MOST_IN_A_TASK, max(1, round(TASK_SECONDS / self._each)))
        return tuple(islice(self._left, size))

    def _submit(self, some: tuple[Index, ...]) -> None:
        task = Task(self._base, self._plan.measures, tuple((index, self._plan.own(index)) for index in some))
        try:
            future = self._executor.submit(work, task)
        except BrokenExecutor as problem:
            future = Future()
            future.set_exception(problem)  # it is dealt with where all of them are
        except Exception as problem:
            raise self._pool.lost(problem) or problem from problem
        self._pending[future] = some

    def collect(self, tick: float) -> Iterator[Point]:
        """The points that are done by now, at the latest after so many seconds."""
        done, _ = wait(self._pending, timeout=tick, return_when=FIRST_COMPLETED)
        if not done and not self._pool.whole():
            yield from self._begin_anew(BrokenExecutor())
            return
        for future in done:
            problem = _problem(future)
            if isinstance(problem, BrokenExecutor):
                yield from self._begin_anew(problem)
                return
            some = self._pending.pop(future)
            yield from self._taken(future.result()) if problem is None else self._dead(some, problem)

    def _taken(self, result: Result) -> tuple[Point, ...]:
        self._each = max(1e-6, (self._each + result.seconds / len(result.points)) / 2.0)
        return result.points

    def _begin_anew(self, problem: BaseException) -> Iterator[Point]:
        """Everybody is gone: keep what was done, and try the rest again elsewhere."""
        self._executor = self._pool.open()  # which ends the one before: what is not done now never will be
        pending, self._pending = self._pending, {}
        dead: list[Index] = []
        for future, some in pending.items():
            if future.done() and _problem(future) is None:
                yield from self._taken(future.result())
            else:
                dead += some
        yield from self._dead(tuple(dead), problem)

    def _dead(self, some: tuple[Index, ...], problem: BaseException) -> Iterator[Point]:
        """These were under way when it happened: they are tried again, each alone, unless that was so already."""
        gone = self._pool.lost(problem)
        if gone is not None:
            raise gone from problem
        self._deaths.update(some)
        again = not isinstance(problem, BrokenExecutor)  # a cluster has tried it with several workers by itself
        if len(some) == 1 and (again or self._deaths[some[0]] >= DEATHS):
            yield Point.without_run(some[0], "failed", self._plan.measures, "Its worker died while it trained this run, and so did the next two.")
        else:
            self._suspects.extend(some)

    def cancel(self) -> None:
        """Nothing that is under way is wanted any more."""
        for future in self._pending:
            future.cancel()


def _problem(future: Future[Result]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as problem:  # by a pool that has lost the work, for nobody here cancels what is waited for
        return problem
