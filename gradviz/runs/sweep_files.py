"""A sweep as a file: a table with one line for each point, or arrays in the shape of the grid."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz import __version__
from gradviz.core.config import PARAMETERS
from gradviz.runs.files import written_whole
from gradviz.runs.sweep_points import MEASURES, Index, Point, Value
from gradviz.runs.sweeps import Axis, Sweep

FORMAT = "gradviz sweep"
VERSION = 1

Found = Mapping[Index, Point]


class Manifest(msgspec.Struct, frozen=True):
    """What a sweep's file says of itself; the sentences are those of points without a run, each with their places, counted through the grid row by row."""

    format: str
    version: int
    written_by: str
    config: dict[str, Any]
    axes: tuple[Axis, ...]
    measures: tuple[str, ...]
    points: int
    sentences: dict[str, list[int]]


def lines(plan: Sweep, found: Found) -> Iterator[str]:
    """The table's lines, the header first: axes, measures, status and sentence; the points that are there, in the order of the axes.

    Numbers have 17 digits and read back as the same; a cell is empty where there is no such number.
    """
    names = [axis.name for axis in plan.axes]
    yield _line([*names, *plan.measures, "status", "sentence"])
    for index in sorted(found):
        point = found[index]
        yield _line([*(axis.word(place) for axis, place in zip(plan.axes, index, strict=True)), *map(_cell, point.values), point.status, point.sentence])


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _cell(value: Value) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:.17g}"


def write_table(plan: Sweep, found: Found, path: Path) -> None:
    """Write the points that are there as CSV, whole or not at all."""
    with written_whole(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines(plan, found))


def write_arrays(plan: Sweep, found: Found, path: Path) -> None:
    """Write the points that are there as npz without pickle, whole or not at all.

    Under each axis' name its values; under each measure's and under `status` an array in the shape of the grid: numbers with NaN, or words with none,
    where there is nothing. `manifest` is JSON in UTF-8.
    """
    axes = {axis.name: _values(axis) for axis in plan.axes}
    status = np.full(plan.shape, "", "<U10")
    for index, point in found.items():
        status[index] = point.status
    measures = {name: grid(plan, found, name) for name in plan.measures}
    manifest = Manifest(FORMAT, VERSION, f"gradviz {__version__}", plan.base.as_dict(), plan.axes, plan.measures, len(found), _sentences(plan, found))
    with written_whole(path) as beside, beside.open("wb") as file:
        arrays: dict[str, Any] = {"manifest": np.frombuffer(msgspec.json.encode(manifest), np.uint8), "status": status, **axes, **measures}
        np.savez_compressed(file, **arrays)


def _values(axis: Axis) -> NDArray[Any]:
    """The values as numbers, or as a person would type them."""
    return np.array(axis.values) if axis.numeric else np.array([PARAMETERS[axis.name].format(value) for value in axis.values])


def grid(plan: Sweep, found: Found, measure: str) -> NDArray[Any]:
    """A measure in the shape of the grid: float64 with NaN, or words with none, where there is nothing."""
    place = plan.measures.index(measure)
    values = {index: point.values[place] for index, point in found.items()}
    longest = max((len(value) for value in values.values() if isinstance(value, str)), default=1)
    cells: NDArray[Any] = np.full(plan.shape, "", f"<U{longest}") if MEASURES[measure].kind == "word" else np.full(plan.shape, np.nan)
    for index, value in values.items():
        if value is not None:
            cells[index] = value
    return cells


def _sentences(plan: Sweep, found: Found) -> dict[str, list[int]]:
    sentences: dict[str, list[int]] = {}
    for index in sorted(found):
        if found[index].sentence:
            sentences.setdefault(found[index].sentence, []).append(int(np.ravel_multi_index(index, plan.shape)))
    return sentences
