"""What is measured of sweeps: ten thousand runs against the notebook's own loop, and all cores against one."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import NamedTuple

from gradviz.benchmarks.measuring import Goal, Measure, Reading, in_words, shortest_turns
from gradviz.benchmarks.missing import Missing
from gradviz.benchmarks.rivals import notebook
from gradviz.core.config import Config
from gradviz.runs.pools import Processes, cores
from gradviz.runs.sweep_points import Point
from gradviz.runs.sweeps import Axis, Sweep, sweep

#: The notebook's network and epochs; a weight scale and a learning rate for each run.
NOTEBOOK = Config(epochs=1000)
MEASURED = ("verdict", "cost_last", "decades_per_layer")
#: The rival takes a turn of so many epochs, so many times; its time for a whole run is worked out from the shortest.
RIVAL_EPOCHS, RIVAL_ROUNDS = 20, 5
#: A sweep for one core and for all, by turns.
COMPARED, ROUNDS = 30, 3


class Swept(NamedTuple):
    """How long a sweep took: all of it, and each point once the workers had begun."""

    points: int
    seconds: float
    each: float


def grid(across: int, up: int) -> Sweep:
    """So many weight scales by so many learning rates."""
    return Sweep(NOTEBOOK, (Axis.between("weight_scale", 0.5, 3.0, across), Axis.between("learning_rate", 0.01, 1.0, up, log=True)), MEASURED)


def timed(found: Iterable[Point]) -> Swept:
    """Take every point, and time it; the first of them come when the workers have begun and loaded their kernels."""
    began = time.perf_counter()
    times = []
    for point in found:
        assert point.status == "done", point.sentence
        times.append(time.perf_counter())
    settled = len(times) // 10
    return Swept(len(times), times[-1] - began, (times[-1] - times[settled]) / (len(times) - 1 - settled))


def against_notebook(across: int = 100, up: int = 100) -> Reading:
    """How many times faster a sweep over all cores trains ten thousand notebook runs than the notebook's loop would."""
    ours = timed(sweep(grid(across, up), Processes()))
    few = NOTEBOOK.replace(epochs=RIVAL_EPOCHS)
    rival = shortest_turns({"notebook": lambda: notebook(few)}, RIVAL_ROUNDS)["notebook"] / RIVAL_EPOCHS * NOTEBOOK.epochs
    whole = rival * ours.points
    return Reading(
        whole / ours.seconds,
        f"{ours.points:,} runs of {NOTEBOOK.epochs:,} epochs took {ours.seconds:,.1f} s with {cores()} processes, start and verdicts included; the notebook's "
        f"loop takes {in_words(rival)} for one, measured on {RIVAL_EPOCHS} epochs, and would take {whole / 3600:,.1f} hours",
    )


def all_cores(points: int = COMPARED, rounds: int = ROUNDS) -> Reading:
    """How many times faster all cores work on a sweep than one."""
    if cores() < 2:
        raise Missing("this machine has one core")
    best: dict[int, float] = {}
    for _ in range(rounds):
        for workers in (1, cores()):
            each = timed(sweep(grid(points, points), Processes(workers))).each
            best[workers] = min(each, best.get(workers, each))
    one, all_of_them = best[1], best[cores()]
    return Reading(
        one / all_of_them,
        f"a run of {NOTEBOOK.epochs:,} epochs takes {in_words(one)} with one process and {in_words(all_of_them)} with {cores()}, once they have begun; "
        f"best of {rounds} sweeps of {points * points:,} runs each, by turns",
    )


MEASURES: tuple[Measure, ...] = (
    Measure("sweep", "sweep: 10,000 notebook runs, the notebook's own loop", Goal(True, 200, "x"), against_notebook),
    Measure("cores", "sweep: all cores against one", Goal(True, 1.8, "x"), all_cores),
)
