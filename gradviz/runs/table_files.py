"""A run's numbers as a file that other programs read: CSV, JSON, npz arrays, Parquet and an Excel workbook."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz import __version__
from gradviz.core.config import Config
from gradviz.core.frames import Frames
from gradviz.runs.archive import ArchiveWriter
from gradviz.runs.columns import EPOCH, Field, profile_fields, profile_values, score_fields
from gradviz.runs.files import FileError, writable_target, written_whole
from gradviz.runs.run import Run
from gradviz.runs.table_rows import WORDS, Cells, Specials, Table, long_table, number_texts, wide_table
from gradviz.runs.tables import Shown, shown, write_lines

if TYPE_CHECKING:
    from gradviz.core.diagnosis import Verdict

Form = Literal["long", "wide"]
FORMS: Mapping[Form, Callable[[Shown], Table]] = {"long": long_table, "wide": wide_table}
#: Rows of a Parquet file are kept together by so many at least: smaller groups cost more room, and larger ones memory.
GROUP = 2**17


def write_table(run: Run, frame: Frames, what: str, path: Path, form: Form = "long", quantities: Sequence[str] | None = None) -> None:
    """Write the numbers that a plot shows, or those of the whole run, in the format that the path's ending names; whole or not at all.

    what is a plot's name (tables.SHOWN_BY), of this frame, or "run" (tables.WHOLE_RUN): every kept epoch, every quantity, every observed score. The long form
    has a row for each number, as `train --csv` has; the wide form one for each epoch and layer. Every number reads back as the same float64:

    - .csv: ASCII without comment lines. Numbers of the long form have 17 significant digits, those of the wide form as many of them as it takes. nan and inf
      are words, a number that there is not is an empty cell. `pandas.read_csv(path)` gives every bit from pandas 3.1 on; older ones
      need float_precision="round_trip" for the last one.
    - .json: one object; `pandas.DataFrame(json.load(file)["data"])` is the table. JSON has no NaN and no infinity: they are the strings "NaN", "Infinity" and
      "-Infinity", which Python's float, astype(float) and JavaScript's Number read, and null is no number at all.
    - .npz: arrays for `numpy.load`, in neither form; `about` says what is what. It is not a saved run: see store.save().
    - .parquet: for `pandas.read_parquet`; needs pyarrow.
    - .xlsx: sheets "numbers" and "experiment"; needs openpyxl. A cell holds all digits, of which a spreadsheet shows 15, and NaN and inf are text.

    Raises FileError. Any thread may write a run that no other one appends to, such as Run.copy() gives.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise FileError(f"'{path}' ends in none of {', '.join(ENDINGS)}; the ending says what is written.")
    writable_target(path)
    try:
        writer(Output(shown(run, frame, what, quantities), frame, what, form), path)
    except MemoryError as problem:
        raise FileError(f"Cannot write '{path}': there is not enough memory for it; a .csv table takes the least.") from problem


class Output(NamedTuple):
    """What is written: numbers, the frame that they belong to, what they are called, and the form of their table."""

    shown: Shown
    frame: Frames
    what: str
    form: Form

    @property
    def table(self) -> Table:
        return FORMS[self.form](self.shown)


# --- what it was ---------------------------------------------------------------------------------------------------------------------------


def experiment(output: Output) -> dict[str, Any]:
    """What the numbers are of, as JSON can hold it. A person's own table is named without its folder: numbers travel, and folders are private."""
    run, epoch = output.shown.run, int(output.frame.epoch[-1])
    config = run.config.as_dict()
    return {
        "written_by": f"GradViz {__version__}",
        "what": output.what,
        "config": config | {"csv_file": PureWindowsPath(config["csv_file"]).name},
        "interventions": [msgspec.structs.asdict(change) for change in run.interventions],
        "epoch": epoch,
        "epochs_done": run.epochs_done,
        "ended": run.how_it_ended.reason,
        "verdict": _verdict(run, output.frame).sentence,
        **({"thinned_out": run.thinning} if run.thinning else {}),
    }


def _verdict(run: Run, frame: Frames) -> Verdict:
    """What became of the run, judged by this frame and by the costs up to it, from where a person last changed a weight."""
    from gradviz.core.diagnosis import diagnose  # numba comes with the log domain
    from gradviz.core.logdomain import log_profile

    epoch = int(frame.epoch[-1])
    since = max((change.epoch for change in run.interventions if change.weights and change.epoch <= epoch), default=0)
    costs = run.cost[slice(*np.searchsorted(run.epoch, (since, epoch + 1)))]
    ending = run.ending if epoch == run.newest.epoch[-1] else None
    with np.errstate(all="ignore"):  # of a run that diverged
        profile = None if run.config.wide else log_profile(run.config, frame.w[-1])
        return diagnose(run.config_at(epoch), frame, profile, costs, ending)


def _described(fields: Iterable[Field]) -> list[dict[str, str]]:
    return [{"name": field.name, "symbol": field.symbol, "unit": field.unit, "means": field.means} for field in fields]


def _library(name: str, path: Path) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as problem:
        raise FileError(
            f"A {path.suffix.lower()} file needs the Python package '{(problem.name or name).partition('.')[0]}', which is not installed:  "
            'pip install "gradviz[tables]"\nWithout it there are .csv, .json and .npz.'
        ) from problem


#: What stands for numbers that JSON does not have.
STRINGS: Specials = {"nan": b'"NaN"', "inf": b'"Infinity"', "-inf": b'"-Infinity"'}


# --- the formats ---------------------------------------------------------------------------------------------------------------------------


def _write_csv(output: Output, path: Path) -> None:
    """ASCII, and so without a byte order mark: spreadsheets need none for it, and scripts would take one for a part of the first column's name."""
    if output.form == "long":
        write_lines(output.shown, path)
        return
    table = output.table
    with written_whole(path) as beside, beside.open("wb") as file:
        file.write(",".join(field.name for field in table.fields).encode("ascii") + b"\n")
        for piece in table.pieces():
            columns = [number_texts(cells, WORDS, b"") for cells in piece]
            file.writelines((b"\n".join(map(b",".join, zip(*columns, strict=True))), b"\n"))


def _write_json(output: Output, path: Path) -> None:
    """Column after column: each is asked for by itself, so that a long run is never in memory as text."""
    table = output.table
    head = experiment(output) | {"form": output.form, "columns": _described(table.fields), "rows": table.rows}
    with written_whole(path) as beside, beside.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(head), indent=1).removesuffix(b"\n}") + b',\n "data": {')
        for place, field in enumerate(table.fields):
            file.write((b",\n" if place else b"\n") + b"  " + msgspec.json.encode(field.name) + b": [")
            for number, [cells] in enumerate(table.some([place])):
                file.writelines((b",\n" * bool(number), b",".join(_json_texts(cells))))
            file.write(b"]")
        file.write(b"\n }\n}\n")


def _json_texts(cells: Cells) -> list[bytes]:
    if not isinstance(cells.values, list):
        return number_texts(cells, STRINGS, b"null")
    there = itertools.repeat(True) if cells.there is None else cells.there.tolist()
    return [b'"%b"' % word.encode("ascii") if is_there else b"null" for word, is_there in zip(cells.values, there, strict=False)]


def _write_arrays(output: Output, path: Path) -> None:
    what = output.shown
    groups = [tuple(group) for _, group in itertools.groupby(profile_fields(what), key=lambda field: field.key)]
    scores = [field for field in score_fields(what) if field.quantity in what.scores]
    others = [field for field in score_fields(what) if field.quantity not in what.scores]
    epochs = sum(map(len, what.frames)) if groups or others else 0
    about = [f"Numbers of an experiment, written by GradViz {__version__}.", *_about(what.run.config, groups, scores, others)]
    said = msgspec.json.format(msgspec.json.encode(experiment(output)), indent=1).decode()
    with written_whole(path) as beside, beside.open("wb") as file, ArchiveWriter(file) as archive:
        archive.add_array("about", np.array(about))
        archive.add_array("experiment", np.array(said.splitlines()))
        if epochs:
            archive.add("epoch", (frames.epoch for frames in what.frames), epochs, np.empty(0, np.int64))
        for group in groups:
            blocks: Iterator[NDArray[Any]] = (_array(what, group, frames) for frames in what.frames)
            archive.add(group[0].key, blocks, epochs, _array(what, group, what.frames[-1]))
        for field in others:
            archive.add(field.key, (getattr(frames, field.quantity) for frames in what.frames), epochs, np.empty(0))
        if scores:
            archive.add_array("cost_epoch", what.run.epoch[: what.scored])
        for field in scores:
            archive.add_array(field.key, what.run.score(field.quantity)[: what.scored])
        if not what.run.config.wide:
            archive.add_array("inputs", np.array(what.run.config.inputs))
            archive.add_array("targets", np.array(what.run.config.targets))


def _by_sample(group: Sequence[Field], config: Config) -> bool:
    return not config.wide and group[0].part is not None


def _array(what: Shown, group: Sequence[Field], frames: Frames) -> NDArray[np.float64]:
    """(epochs, layers), or of a chain's samples (epochs, samples, layers)."""
    values = [profile_values(what, field, frames) for field in group]
    return np.stack(values, axis=1) if _by_sample(group, what.run.config) else values[0]


def _about(config: Config, groups: Sequence[Sequence[Field]], scores: Sequence[Field], others: Sequence[Field]) -> Iterator[str]:
    yield "experiment: what it was, as JSON: json.loads(chr(10).join(file['experiment']))"
    if groups or others:
        yield f"epoch (epochs,): {EPOCH.means}; those whose profiles are here"
    for group in groups:
        field, samples = group[0], " samples," if _by_sample(group, config) else ""
        symbol = field.symbol.partition(", ")[0] if samples else field.symbol or field.name
        yield f"{field.key} (epochs,{samples} layers): {symbol}, {field.means}"
    unused = ", ".join(group[0].key for group in groups if group[0].first)
    if unused:
        yield f"Index 0 of the layers is the input, which has none of these, and there they are 0: {unused}"
    for field in others:
        yield f"{field.key} (epochs,): {field.symbol}, {field.means}"
    if scores:
        yield "cost_epoch (observed,): every epoch that was observed, up to the one that is shown"
    for field in scores:
        yield f"{field.key} (observed,): {field.symbol}, {field.means}"
    if config.wide:
        yield "NaN all along the layers: this was not worked out for that epoch"
    else:
        yield "inputs (samples,), targets (samples,): what enters the network, and what it should answer"


def _write_parquet(output: Output, path: Path) -> None:
    _library("pyarrow", path)
    arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    table = output.table
    types = {"whole": arrow.int64(), "number": arrow.float64(), "word": arrow.string()}
    described = [{key: value for key, value in words.items() if key != "name"} for words in _described(table.fields)]
    columns = [arrow.field(field.name, types[field.kind], metadata=words) for field, words in zip(table.fields, described, strict=True)]
    schema = arrow.schema(columns, metadata={"gradviz": msgspec.json.encode(experiment(output))})

    def batch(piece: Sequence[Cells]) -> Any:
        made = [
            arrow.array(cells.values, column.type, mask=None if cells.there is None else ~cells.there) for cells, column in zip(piece, columns, strict=True)
        ]
        return arrow.record_batch(made, schema=schema)

    with written_whole(path) as beside, beside.open("wb") as file, parquet.ParquetWriter(file, schema) as writer:
        gathered: list[Any] = []
        for piece in table.pieces():
            gathered.append(batch(piece))
            if sum(some.num_rows for some in gathered) >= GROUP:
                writer.write_table(arrow.Table.from_batches(gathered, schema))
                gathered = []
        writer.write_table(arrow.Table.from_batches(gathered, schema))


def _write_workbook(output: Output, path: Path) -> None:
    _library("openpyxl", path)
    from gradviz.runs.workbook import write_workbook

    table = output.table
    write_workbook(table, experiment(output), _described(table.fields), path)


WRITERS: Mapping[str, Callable[[Output, Path], None]] = {
    ".csv": _write_csv,
    ".json": _write_json,
    ".npz": _write_arrays,
    ".parquet": _write_parquet,
    ".xlsx": _write_workbook,
}
#: What a file of numbers may end in.
ENDINGS = tuple(WRITERS)
