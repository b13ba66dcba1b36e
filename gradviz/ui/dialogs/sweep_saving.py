"""What a sweep's dialog says of a point, and how it writes what is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from gradviz.core.config import PARAMETERS
from gradviz.core.words import short
from gradviz.runs.files import FileError
from gradviz.runs.sweep_files import write_arrays, write_table
from gradviz.runs.sweep_points import MEASURES, Index, Point
from gradviz.runs.sweeps import Sweep
from gradviz.ui.dialogs.sweep_picture import save_picture
from gradviz.ui.theme import Theme

KINDS = "PNG picture (*.png);;CSV table (*.csv);;npz arrays (*.npz)"


def described(plan: Sweep, point: Point | None, index: Index, measure: str) -> str:
    """A point's values on the axes, and what came of it, or that nothing has yet."""
    parts = [f"{PARAMETERS[axis.name].title.lower()} {axis.short(place)}" for axis, place in zip(plan.axes, index, strict=True)]
    where = ", ".join(parts)
    where = where[:1].upper() + where[1:]
    if point is None:
        return f"{where}: not trained yet; the colour is the nearest point's. Click to open its run."
    if point.status != "done":
        return f"{where}: {point.status}. {point.sentence}"
    values = dict(zip(plan.measures, point.values, strict=True))
    names = dict.fromkeys(("verdict", measure, "cost_last", "decades_per_layer"))
    known = [_said(name, value) for name in names if (value := values.get(name)) is not None]
    return f"{where}: {', '.join(known)}. Click to open its run."


def _said(name: str, value: float | str) -> str:
    return value if isinstance(value, str) else f"{MEASURES[name].title} {short(value, 4)}"


Writer = Callable[[Sweep, Mapping[Index, Point], str, Theme, Path], None]


def writer_for(path: Path) -> Writer:
    """What writes a sweep to such a file; raises FileError for an ending that says nothing."""
    writers: dict[str, Writer] = {
        ".csv": lambda plan, found, _measure, _theme, path: write_table(plan, found, path),
        ".npz": lambda plan, found, _measure, _theme, path: write_arrays(plan, found, path),
        ".png": lambda plan, found, measure, theme, path: save_picture(plan, found, (measure,), theme, path),
    }
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise FileError(f"'{path.name}' has no ending that says what to write; it must be one of {', '.join(writers)}.")
    return writer
