"""A sweep says of each point what a run of its config would, whoever works on it and whoever dies meanwhile."""

from __future__ import annotations

import csv
import inspect
import io
import math
import multiprocessing
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import psutil
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gradviz import Config, record
from gradviz.core.config import PARAMETERS, ConfigError
from gradviz.core.diagnosis import diagnose
from gradviz.core.logdomain import log_profile
from gradviz.runs.files import FileError
from gradviz.runs.pools import Processes
from gradviz.runs.sweep_files import lines, write_arrays, write_table
from gradviz.runs.sweep_points import MEASURES, Index, Need, Point, Result, Task, finished, measured, work
from gradviz.runs.sweeps import Axis, Sweep, points, sweep, sweep_in_blocks

SMALL = Sweep(
    Config(epochs=60, layers=20),
    (Axis.between("weight_scale", 0.5, 3.0, 6), Axis.between("learning_rate", 0.01, 1.0, 5, log=True)),
    ("verdict", "cost_last", "decades_per_layer"),
)


class Here:
    """A pool that works in this very process, as soon as something is submitted."""

    def __init__(self, task: Callable[[Task], Result] = work) -> None:
        self.task, self.opened, self.closed = task, 0, 0

    def open(self) -> Executor:
        self.opened += 1
        return _Here(self.task)

    def workers(self) -> int:
        return 1

    def whole(self) -> bool:
        return True

    def close(self) -> None:
        self.closed += 1

    def lost(self, problem: BaseException) -> FileError | None:  # noqa: ARG002
        return None


class _Here(Executor):
    def __init__(self, task: Callable[[Task], Result]) -> None:
        self._task = task

    def submit(self, function: Any, /, *arguments: Any, **_: Any) -> Future[Any]:  # noqa: ARG002
        future: Future[Any] = Future()
        try:
            future.set_result(self._task(*arguments))
        except Exception as problem:
            future.set_exception(problem)
        return future


def by_index(found: Any) -> dict[Index, Point]:
    listed = list(found)
    assert len({point.index for point in listed}) == len(listed), "no point comes twice"
    return {point.index: point for point in listed}


# --- what is swept over ---------------------------------------------------------------------------------------------------------------------


def test_a_range_has_both_ends_and_as_many_values_as_asked() -> None:
    assert Axis.between("weight_scale", 0.5, 3.0, 6).values == (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
    assert Axis.between("weight_scale", 0.5, 1.5, 11).values[7] == 1.2  # and not 1.2000000000000002
    assert Axis.between("learning_rate", 0.001, 10.0, 5, log=True).values == (0.001, 0.01, 0.1, 1.0, 10.0)
    assert Axis.between("weight_scale", 2.0, -2.0, 3).values == (2.0, 0.0, -2.0)


def test_whole_numbers_are_rounded_and_each_is_there_once() -> None:
    assert Axis.between("layers", 2, 5, 20).values == (2, 3, 4, 5)
    assert Axis.between("layers", 2.0, 200.0, 3).values == (2, 101, 200)
    assert Axis.between("layers", 2, 1000, 4, log=True).values == (2, 16, 126, 1000)


def test_words_and_lists_are_values_too() -> None:
    assert Axis("activation", ("relu", "tanh", "relu")).values == ("relu", "tanh")
    assert Axis("inputs", ((1, 2), [3.0, 4.0])).values == ((1.0, 2.0), (3.0, 4.0))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Axis("weigth_scale", (1.0,)), "There is no parameter 'weigth_scale'; the parameters are layers, width,"),
        (lambda: Axis("activation", ("tahn",)), "activation is 'tahn'; it must be one of tanh, sigmoid,"),
        (lambda: Axis("layers", ()), "layers has no values to take."),
        (lambda: Axis.between("layers", 1, 5, 3), "layers is 1; it must be a whole number from 2 to 100,000."),
        (lambda: Axis.between("layers", 2.5, 5, 3), "layers is 2.5; it must be a whole number from 2 to 100,000."),
        (lambda: Axis.between("weight_scale", math.nan, 5, 3), "weight_scale is nan; it must be a finite number."),
        (lambda: Axis.between("weight_scale", 1, 2, 1), "weight_scale is to take 1 values from 1 to 2; it must be 2 to 1,000,000."),
        (lambda: Axis.between("weight_scale", 0, 2, 5, log=True), "weight_scale begins or ends at 0, and values that are spaced by factors must be greater"),
        (lambda: Axis.between("activation", 0, 2, 5), "activation has no values from a low one to a high one; name them, as in activation=tanh,sigmoid."),
        (lambda: Sweep(Config(), (), ("verdict",)), "There is nothing to sweep over: name a parameter and its values."),
        (lambda: Sweep(Config(), SMALL.axes[:1] * 2, ("verdict",)), "weight_scale is swept over twice; it can have one value at a time."),
        (lambda: Sweep(Config(), SMALL.axes, ("verdict", "lost")), "There is no measure 'lost'; the measures are verdict, cause, ending,"),
        (lambda: Sweep(Config(), SMALL.axes, ()), "There is nothing to measure; the measures are verdict, cause, ending,"),
        (
            lambda: Sweep(Config(), (Axis.between("seed", 0, 1100, 1001), Axis.between("weight_scale", 1, 2, 1001)), ("verdict",)),
            "This sweep has 1,002,001 points; it must be 1,000,000 at most.",
        ),
    ],
)
def test_what_cannot_be_swept_over_is_said_in_a_sentence(make: Callable[[], object], says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        make()
    assert str(refused.value).startswith(says)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=3).filter(lambda shape: math.prod(shape) <= 4000))
def test_every_point_has_its_turn_once_and_the_corners_have_it_first(shape: list[int]) -> None:
    names = ("weight_scale", "learning_rate", "clip_at")
    plan = Sweep(Config(), tuple(Axis(name, tuple(1.0 + place for place in range(count))) for name, count in zip(names, shape, strict=False)), ("verdict",))
    order = list(points(plan))
    assert sorted(order) == sorted(np.ndindex(*shape))
    corners = {index for index in order if all(place in (0, count - 1) for place, count in zip(index, shape, strict=True))}
    assert set(order[: len(corners)]) == corners


def test_a_map_fills_evenly() -> None:
    """After any number of points no cell is farther from a done one than twice the spacing that so many points would have if they were spread evenly."""
    plan = Sweep(Config(), (Axis.between("weight_scale", 1, 2, 65), Axis.between("learning_rate", 1, 2, 65)), ("verdict",))
    order = np.array(list(points(plan)))
    for done, spacing in ((9, 32), (25, 16), (81, 8), (289, 4), (1089, 2)):
        assert (order[:done] % spacing == 0).all(), "so many points are those of a coarser grid"


# --- one point ------------------------------------------------------------------------------------------------------------------------------


def told_by_a_run(config: Config) -> dict[str, Any]:
    """What `gradviz train` and a verdict on every observed epoch say, for the measures of the same name."""
    run = record(config)
    with np.errstate(all="ignore"):
        profile = None if config.wide else log_profile(config, run.newest.w[-1])
    verdict = diagnose(config, run.newest, profile, run.cost)
    assert run.ending is not None
    return {
        "verdict": verdict.kind,
        "cause": verdict.cause,
        "ending": run.ending.kind,
        "epochs_done": run.epochs_done,
        "cost_first": run.cost[0],
        "cost_last": run.newest.cost[-1],
        "cost_lowest": np.nanmin(run.cost) if not np.isnan(run.cost).all() else np.nan,
        "factor_per_layer": verdict.factor_per_layer,
        "layers_per_decade": verdict.layers_per_decade,
        "smallest_gradient_log10": verdict.smallest,
        "below_layer": verdict.below_layer,
        "zero_layer": verdict.zero_in_format,
        "saturation_decades": verdict.saturation_decades,
        "weights_decades": verdict.weights_decades,
        "signal_decades": verdict.signal_decades,
    }


CHAINS = st.builds(
    Config,
    layers=st.integers(2, 40),
    epochs=st.integers(1, 150),
    observe_every=st.sampled_from([1, 1, 2, 7]),
    weight_scale=st.floats(0.3, 6.0),
    learning_rate=st.sampled_from([1e-3, 0.1, 1.0, 50.0, 1e308]),
    activation=st.sampled_from(["tanh", "sigmoid", "relu", "identity"]),
    number_format=st.sampled_from(["float64", "float32", "bfloat16"]),
)
WIDE = st.builds(
    Config,
    layers=st.integers(2, 8),
    width=st.integers(2, 5),
    epochs=st.integers(1, 120),
    observe_every=st.sampled_from([1, 1, 3]),
    initialization=st.sampled_from(["normal", "glorot", "orthogonal"]),
    activation=st.sampled_from(["tanh", "sigmoid", "relu"]),
    learning_rate=st.sampled_from([0.01, 0.5, 1e3, 1e30]),
    optimizer=st.sampled_from(["sgd", "adam"]),
    batch_size=st.sampled_from([0, 4]),
    data=st.sampled_from(["moons", "function"]),
    samples=st.just(12),
)


def assert_told(config: Config) -> None:
    told = told_by_a_run(config)
    alone = {name: measured(config, (name,))[0] for name in told}
    together = dict(zip(told, measured(config, tuple(told)), strict=True))
    for name, value in told.items():
        for found in (alone[name], together[name]):
            assert repr(found) == repr(value if value is None or isinstance(value, str) else float(value)), name


@given(CHAINS)
@example(Config(epochs=1000))
@example(Config(epochs=1000, weight_scale=0.9))
@example(Config(layers=5, learning_rate=1e308))
def test_a_chains_numbers_are_bit_for_bit_those_of_a_run_that_observes_every_epoch(config: Config) -> None:
    assert_told(config)


@given(WIDE)
@settings(max_examples=40)
def test_so_are_those_of_a_wide_network(config: Config) -> None:
    assert_told(config)


@pytest.mark.parametrize("config", [Config(epochs=900), Config(epochs=900, layers=5, width=3, bias="on")], ids=["chain", "wide"])
def test_no_more_is_observed_than_is_asked_for(config: Config) -> None:
    seen = {need: len(finished(config, need).epoch) for need in Need}
    assert seen[Need.ALL] == 900
    assert seen[Need.ENDS] <= 3
    assert seen[Need.RECENT] <= 60


def test_every_measure_can_be_taken_and_none_is_left_without_words() -> None:
    for config in (Config(epochs=20, layers=6), Config(epochs=20, layers=6, width=4, data="moons", loss="cross_entropy", test_share=0.25)):
        for (name, measure), value in zip(MEASURES.items(), measured(config, tuple(MEASURES)), strict=True):
            assert isinstance(value, str) == (measure.kind == "word"), name
            assert value is None or isinstance(value, str | float), name
            assert measure.title, name
    assert measured(config, ("accuracy", "test_accuracy", "test_cost"))[0] == record(config).newest.accuracy[-1]


def test_a_run_learns_when_its_cost_has_come_down_to_a_hundredth() -> None:
    config = Config(layers=3, epochs=200)
    cost = record(config).cost
    (epoch,) = measured(config, ("epochs_to_learn",))
    assert isinstance(epoch, float)
    assert cost[int(epoch)] <= cost[0] / 100 < cost[int(epoch) - 1]
    assert measured(config.replace(epochs=2), ("epochs_to_learn",)) == (None,)


def test_a_point_that_cannot_be_is_one_with_a_sentence() -> None:
    plan = Sweep(Config(epochs=5, layers=4), (Axis("normalization", ("none", "layer", "batch")), Axis("width", (1, 2))), ("verdict", "cost_last"))
    found = by_index(sweep(plan, Here()))
    assert {index for index, point in found.items() if point.status == "impossible"} == {(1, 0)}
    with pytest.raises(ConfigError) as refused:
        plan.config_at((1, 0))
    assert found[1, 0].values == ("impossible", None)
    assert found[1, 0].sentence == str(refused.value)


def test_a_point_whose_run_breaks_off_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    plan = Sweep(Config(epochs=5, csv_file=str(tmp_path / "none.csv")), (Axis("data", ("csv", "samples")),), ("verdict",))
    found = by_index(sweep(plan, Here()))
    assert (found[0,].status, found[1,].status) == ("failed", "done")
    assert "none.csv" in found[0,].sentence


@pytest.mark.parametrize("name", [name for name, parameter in PARAMETERS.items() if name not in ("csv_file", "csv_target")])
def test_every_parameter_can_be_swept_over(name: str) -> None:
    parameter, base = PARAMETERS[name], Config(epochs=3, layers=5, width=2, data="moons", samples=12)
    default = getattr(base, name)
    other = next((choice for choice in parameter.choices if choice != default), None)
    if other is None:
        other = tuple(2 * number for number in default) if parameter.kind is tuple else default + 1 if parameter.kind is int else default / 2 or 0.25
    plan = Sweep(base, (Axis(name, (default, other)),), ("cost_last",))
    found = by_index(sweep(plan, Here()))
    assert [found[place,].status for place in (0, 1)] == ["done", "done"], found
    assert found[1,].values == measured(plan.config_at((1,)), ("cost_last",))


# --- many workers ---------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def expected() -> dict[Index, Point]:
    """What each point is, worked out here one after the other."""
    return {index: Point(index, "done", measured(SMALL.config_at(index), SMALL.measures)) for index in points(SMALL)}


def test_processes_find_what_one_thread_finds(expected: dict[Index, Point]) -> None:
    assert by_index(sweep(SMALL, Processes(2))) == expected
    assert not multiprocessing.active_children()


def test_a_worker_that_is_killed_loses_no_point(expected: dict[Index, Point]) -> None:
    """A killed process takes the whole pool with it, and what was under way is done again in a fresh one."""
    found, killed = [], 0
    for point in sweep(SMALL, Processes(2)):
        found.append(point)
        if len(found) in (3, 20):
            os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)
            killed += 1
    assert killed == 2
    assert by_index(found) == expected


@pytest.mark.parametrize("which", [0, 1])
def test_a_worker_that_dies_when_all_is_done_keeps_nobody(which: int) -> None:
    """One of two that have nothing to do holds the lock of what is to be done, and takes it with it."""
    pool = Processes(2)
    executor = pool.open()
    pids: set[int] = set()
    while len(pids) < 2:
        pids.update(future.result() for future in [executor.submit(os.getpid) for _ in range(4)])
    os.kill(sorted(pids)[which], signal.SIGKILL)
    pool.close()
    assert not multiprocessing.active_children()


def test_a_message_that_its_writer_did_not_live_to_end_keeps_nobody() -> None:
    pool = Processes(1)
    executor = pool.open()
    never = executor.submit(half_a_message)
    while pool.whole():
        wait([never], timeout=0.01)
    pool.close()
    assert isinstance(never.exception(timeout=0), BrokenExecutor)
    assert not multiprocessing.active_children()


def half_a_message() -> None:
    """Die having said how long the answer is going to be, and no more."""
    results = inspect.getargvalues(sys._getframe(1)).locals["result_queue"]
    os.write(results._writer.fileno(), struct.pack("!i", 1000))
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_death_that_nobody_speaks_of_is_seen_all_the_same(expected: dict[Index, Point]) -> None:
    """An executor that breaks while something is handed to it may never say what became of that."""

    class Silent(Here):
        def open(self) -> Executor:
            executor = super().open()
            if self.opened == 1:
                executor.submit = lambda *_arguments, **_named: Future()  # type: ignore[method-assign]
            return executor

        def whole(self) -> bool:
            return self.opened > 1

    pool = Silent()
    found = {point.index: point for block in sweep_in_blocks(SMALL, pool, tick=0.01) for point in block}
    assert found == expected
    assert pool.opened == 2


DEADLY = (3, 2)


def deadly(task: Task) -> Result:
    """The work of a point that no worker survives."""
    if any(index == DEADLY for index, _ in task.points):
        os.kill(os.getpid(), signal.SIGKILL)
    return work(task)


class Deadly(Processes):
    """Processes in which one point is the end of whoever works on it."""

    def open(self) -> Executor:
        executor = super().open()
        submit = executor.submit
        executor.submit = lambda _function, *arguments: submit(deadly, *arguments)  # type: ignore[assignment,method-assign]
        return executor


def test_a_point_that_kills_its_worker_twice_is_given_up_and_no_other(expected: dict[Index, Point]) -> None:
    found = by_index(sweep(SMALL, Deadly(2)))
    given_up = found.pop(DEADLY)
    assert (given_up.status, given_up.values) == ("failed", ("failed", None, None))
    assert given_up.sentence == "Its worker died while it trained this run, and so did the next two."
    assert found == {index: point for index, point in expected.items() if index != DEADLY}


class KilledWorkers(Exception):
    """What a cluster says of a task that it has given to several workers, all of which died."""


def test_where_a_cluster_gives_a_task_up_its_points_are_tried_alone_once(expected: dict[Index, Point]) -> None:
    tried = []

    def given_up(task: Task) -> Result:
        tried.append([index for index, _ in task.points])
        if DEADLY in tried[-1]:
            raise KilledWorkers
        return work(task)

    pool = Here(given_up)
    found = by_index(sweep(SMALL, pool))
    assert found.pop(DEADLY).status == "failed"
    assert found == {index: point for index, point in expected.items() if index != DEADLY}
    assert 1 <= sum(DEADLY in some for some in tried) <= 2
    assert [DEADLY] in tried
    assert (pool.opened, pool.closed) == (1, 1)


def test_closing_a_sweep_ends_what_is_being_trained() -> None:
    """A run of a thousand million epochs does not keep anybody: it is asked between two stretches."""
    endless = Sweep(Config(epochs=1_000_000_000), (Axis("weight_scale", (1.0, 2.0)),), ("cost_last",))
    blocks = sweep_in_blocks(endless, Processes(2), tick=0.01)
    assert next(blocks) == (), "nothing is done, and the taker is asked all the same"
    started = multiprocessing.active_children()
    blocks.close()
    assert len(started) == 2
    assert not multiprocessing.active_children()


SWEEPS = """
import sys
from gradviz import Config
from gradviz.runs.pools import Processes
from gradviz.runs.sweeps import Axis, Sweep, sweep

short, endless = 1, 1_000_000_000
plan = Sweep(Config(), (Axis("epochs", (short, endless, endless - 1)),), ("cost_last",))
for point in sweep(plan, Processes(2)):
    print(point.index, flush=True)
"""


def test_a_script_needs_no_guard_and_workers_do_not_outlive_it_when_it_is_killed(tmp_path: Path, python_environment: dict[str, str]) -> None:
    program = tmp_path / "sweeps.py"
    program.write_text(SWEEPS)
    process = subprocess.Popen([sys.executable, str(program)], env=python_environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"(0,)\n"
        workers = psutil.Process(process.pid).children(recursive=True)
        assert len(workers) >= 2
    finally:
        process.kill()
        process.communicate()
    _, alive = psutil.wait_procs(workers, timeout=60)
    for worker in alive:
        worker.kill()
    assert not alive


# --- files ----------------------------------------------------------------------------------------------------------------------------------


def test_a_table_has_a_row_for_each_point_and_reads_back_as_the_same_numbers(expected: dict[Index, Point], tmp_path: Path) -> None:
    write_table(SMALL, expected, tmp_path / "sweep.csv")
    with (tmp_path / "sweep.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert len(read) == SMALL.count
    assert list(read[0]) == ["weight_scale", "learning_rate", "verdict", "cost_last", "decades_per_layer", "status", "sentence"]
    for row, index in zip(read, np.ndindex(*SMALL.shape), strict=True):
        assert (float(row["weight_scale"]), float(row["learning_rate"])) == (SMALL.axes[0].values[index[0]], SMALL.axes[1].values[index[1]])
        assert (row["verdict"], float(row["cost_last"]), float(row["decades_per_layer"])) == expected[index].values
        assert (row["status"], row["sentence"]) == ("done", "")


def test_a_cell_is_empty_where_there_is_no_such_number_and_a_sentence_may_have_commas() -> None:
    plan = Sweep(Config(epochs=2), (Axis("inputs", ((1.0, 2.0), (3.0,))),), ("verdict", "accuracy", "cost_last"))
    table = list(csv.reader(io.StringIO("".join(lines(plan, by_index(sweep(plan, Here())))))))
    assert table[1][:1] + table[1][2:3] + table[1][4:] == ["1, 2", "", "done", ""]
    assert table[2][:4] == ["3", "impossible", "", ""]
    assert table[2][4:] == ["impossible", "targets has 2 values; it must have as many as inputs, which has 1."]


def test_arrays_have_the_grids_shape_and_need_no_pickle(expected: dict[Index, Point], tmp_path: Path) -> None:
    half = {index: point for index, point in expected.items() if index[0] < 3}
    half[5, 4] = Point((5, 4), "impossible", ("impossible", None, None), "It cannot be.")
    write_arrays(SMALL, half, tmp_path / "sweep.npz")
    with np.load(tmp_path / "sweep.npz", allow_pickle=False) as arrays:
        read = {name: arrays[name] for name in arrays.files}
    manifest = msgspec.json.decode(read["manifest"].tobytes())
    assert (manifest["format"], manifest["version"], manifest["points"]) == ("gradviz sweep", 1, 16)
    assert Config(**manifest["config"]) == SMALL.base
    assert manifest["sentences"] == {"It cannot be.": [29]}
    assert read["weight_scale"].tolist() == list(SMALL.axes[0].values)
    assert read["cost_last"].shape == read["verdict"].shape == read["status"].shape == (6, 5)
    for index in np.ndindex(6, 5):
        point = half.get(index)
        assert read["status"][index] == (point.status if point else "")
        assert read["verdict"][index] == (point.values[0] if point else "")
        number = point.values[1] if point else None
        np.testing.assert_array_equal(read["cost_last"][index], np.nan if number is None else number)


def test_an_older_file_outlives_one_that_cannot_be_written(expected: dict[Index, Point], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, write in (("sweep.csv", write_table), ("sweep.npz", write_arrays)):
        (tmp_path / name).write_text("older")

        def full(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(FileError, match="No space left on device"):
            write(SMALL, expected, tmp_path / name)
        assert (tmp_path / name).read_text() == "older"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sweep.csv", "sweep.npz"]
