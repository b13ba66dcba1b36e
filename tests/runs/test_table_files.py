"""Numbers as files: what other programs read back is, bit for bit, what the run recorded."""

from __future__ import annotations

import contextlib
import csv
import json
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pandas
import pyarrow.parquet
import pytest

from gradviz import Config, record
from gradviz.core.frames import Ask, Intervention, WideFrames
from gradviz.core.training import train
from gradviz.runs import table_rows, workbook
from gradviz.runs.files import FileError
from gradviz.runs.presets import presets
from gradviz.runs.run import Run
from gradviz.runs.store import load
from gradviz.runs.table_files import ENDINGS, write_table
from gradviz.runs.tables import SHOWN_BY, header, lines

SMALL = Config(layers=3, epochs=4, inputs=(0.25, -0.5, -0.0), targets=(0.0, 1.0, 0.5), weight_scale=0.9)
UNDERFLOW = presets()["underflow"].config.replace(epochs=3)
EXPLODES = Config(layers=5, epochs=9, activation="identity", weight_scale=1e200, inputs=(-0.5, 0.0, 2.0), targets=(1.0, 1.0, 1.0))
CHAINS = {"small": SMALL, "underflow": UNDERFLOW, "explodes": EXPLODES, "notebook": presets()["notebook-1b"].config.replace(epochs=30)}
NETWORK = Config(layers=4, width=3, bias="on", initialization="normal", data="moons", samples=12, test_share=0.25, loss="cross_entropy", epochs=5)
BROKEN = NETWORK.replace(activation="identity", learning_rate=1e8, epochs=50)
TABLES = [ending for ending in ENDINGS if ending != ".npz"]
RUNS = {name: record(config) for name, config in {**CHAINS, "network": NETWORK, "broken": BROKEN}.items()}
NAMESPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def bits(values: Any) -> list[int]:
    """The numbers as the integers that their bits are; all NaNs are one."""
    numbers = np.array(values, np.float64).ravel()
    return np.where(np.isnan(numbers), np.nan, numbers).view(np.int64).tolist()


def from_csv(path: Path) -> dict[str, list[Any]]:
    with path.open(encoding="ascii", newline="") as file:
        names, *rows = csv.reader(file)
    return {name: [number(row[place]) for row in rows] for place, name in enumerate(names)}


def number(text: str) -> Any:
    """A cell as what it says; None where it is empty, and words stay words."""
    try:
        return float(text) if text else None
    except ValueError:
        return text


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def from_json(path: Path) -> dict[str, list[Any]]:
    data = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)["data"]
    return {name: [number(cell) if isinstance(cell, str) else cell for cell in cells] for name, cells in data.items()}


def from_parquet(path: Path) -> dict[str, list[Any]]:
    return pyarrow.parquet.read_table(path).to_pydict()


def from_workbook(path: Path) -> dict[str, list[Any]]:
    book = openpyxl.load_workbook(path)
    names, *rows = book["numbers"].values
    return {name: [number(row[place]) if isinstance(row[place], str) else row[place] for row in rows] for place, name in enumerate(names)}


READERS: dict[str, Callable[[Path], dict[str, list[Any]]]] = {".csv": from_csv, ".json": from_json, ".parquet": from_parquet, ".xlsx": from_workbook}


def written(tmp_path: Path, run: Run, what: str, ending: str, form: Any = "wide", **more: Any) -> dict[str, list[Any]]:
    path = tmp_path / f"table{ending}"
    write_table(run, run.newest, what, path, form, **more)
    return READERS[ending](path)


def there(cells: list[Any]) -> list[bool]:
    return [cell is not None for cell in cells]


# --- the whole run, wide -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", TABLES)
@pytest.mark.parametrize("name", CHAINS)
def test_every_number_of_a_chain_is_in_its_row_and_column_bit_for_bit(tmp_path: Path, name: str, ending: str) -> None:
    """Subnormal numbers, zeros of both signs, infinities and NaN too."""
    run = RUNS[name]
    epochs, _samples, layers = run.h.shape
    table = written(tmp_path, run, "run", ending)
    assert table.pop("epoch") == np.repeat(run.frames.epoch, layers).tolist()
    assert table.pop("layer k") == list(range(layers)) * epochs
    for sample, x in enumerate(run.config.inputs):
        word = f"{x:g}"
        assert bits(table.pop(f"h of x = {word}")) == bits(run.h[:, sample])
        assert bits(table.pop(f"g = dC/du of x = {word}")) == bits(run.g[:, sample])
    for column, values in (("dw = dC/dw", run.dw), ("w", run.w)):
        cells = table.pop(column)
        assert there(cells) == ([False] + [True] * (layers - 1)) * epochs
        assert bits([cell for cell in cells if cell is not None]) == bits(values[:, 1:])
    costs = table.pop("cost C")
    assert there(costs) == ([True] + [False] * (layers - 1)) * epochs
    assert bits([cell for cell in costs if cell is not None]) == bits(run.cost)
    assert table == {}


def test_the_runs_of_these_tests_have_every_kind_of_number() -> None:
    numbers = np.concatenate([values.ravel() for run in RUNS.values() for values in run.frames.columns().values()]).astype(float)
    assert (np.signbit(numbers) & (numbers == 0.0)).any()
    assert ((np.abs(numbers) < sys.float_info.min) & (numbers != 0.0)).any()
    assert {np.inf, -np.inf} <= set(numbers.tolist())
    assert np.isnan(numbers).any()


@pytest.mark.parametrize("ending", TABLES)
@pytest.mark.parametrize("name", ["network", "broken"])
def test_every_statistic_of_a_wide_network_is_in_its_row_and_column(tmp_path: Path, name: str, ending: str) -> None:
    run = RUNS[name]
    assert isinstance(run.newest, WideFrames)
    frames, layers = run.frames, run.config.layers
    table = written(tmp_path, run, "run", ending)
    assert table["layer k"] == list(range(layers)) * len(frames)
    expected = {
        "rms of h": (frames.h[:, 0], 0),
        "p5 of h": (frames.h[:, 4], 0),
        "p50 of |h|": (frames.size[:, 6], 0),
        "std of u": (frames.u[:, 2], 1),
        "rms of g = dC/du": (frames.g[:, 0], 1),
        "max of |g| = |dC/du|": (frames.g[:, 9], 1),
        "min of |dC/dh|": (frames.dh[:, 3], 0),
        "mean of dw = dC/dw": (frames.dw[:, 1], 1),
        "p95 of |w|": (frames.w[:, 8], 1),
        "norm of dC/dh": (frames.norms[:, 0], 0),
        "norm of dC/dh[k-1] through the weights": (frames.norms[:, 3], 1),
        "share of h that is saturated": (frames.shares[:, 0], 1),
        "share of dC/du that is 0": (frames.shares[:, 3], 1),
        "update / weight": (frames.ratio, 1),
    }
    for column, (values, first) in expected.items():
        cells = np.array(table[column], object).reshape(len(frames), layers)
        assert all(cell is None for cell in cells[:, :first].ravel())
        shown = ~np.isnan(values[:, first:]).all(axis=1) | (column == "update / weight")
        assert bits(cells[shown, first:]) == bits(values[shown, first:])
        assert all(cell is None for cell in cells[~shown, first:].ravel())
    for column, values in (("cost C", run.cost), ("test cost", run.score("test_cost")), ("promise", frames.promise), ("reach", frames.reach)):
        cells = table[column]
        found = [cells[row] for row in range(0, len(cells), layers)]
        assert bits([np.nan if cell is None else cell for cell in found]) == bits(values)
        assert sum(there(cells)) == sum(there(found))


def test_what_was_not_worked_out_has_no_cell_and_what_there_is_nowhere_no_column(tmp_path: Path) -> None:
    run = Run(NETWORK.replace(data="function", loss="mse", test_share=0.0, epochs=50))
    training = train(run.config)
    run.append(next(training))
    while run.ending is None:
        run.append(training.send(Ask(3, looked_at=frozenset({"g"}))))
    table = written(tmp_path, run, "run", ".csv")
    assert {"accuracy", "test cost", "test accuracy"}.isdisjoint(table)
    counts = {name: sum(there(cells)) for name, cells in table.items()}
    assert counts["rms of h"] == 50 * 4
    assert counts["p5 of h"] < 50
    assert counts["p5 of h"] < counts["p5 of |g| = |dC/du|"] < 50 * 3
    frames = run.frames.rows(run.frames.epoch == 1)
    assert isinstance(frames, WideFrames)
    assert written(tmp_path, run.before(2), "dashboard", ".csv").keys() >= {"rms of h"}
    write_table(run, frames, "activations", tmp_path / "one.csv", "wide")
    assert list(from_csv(tmp_path / "one.csv")) == ["epoch", "layer k", "rms of h"]


# --- pandas and spreadsheets without help --------------------------------------------------------------------------------------------------

PANDAS: dict[str, Callable[[Path], Any]] = {
    ".csv": pandas.read_csv,
    ".json": lambda path: pandas.DataFrame(json.loads(path.read_text(encoding="utf-8"))["data"]).astype({"h of x = 0.25": float}),
    ".parquet": pandas.read_parquet,
    ".xlsx": pandas.read_excel,
}


@pytest.mark.parametrize("ending", TABLES)
def test_pandas_reads_a_table_as_numbers_without_being_told_anything(tmp_path: Path, ending: str) -> None:
    run = RUNS["small"]
    write_table(run, run.newest, "run", tmp_path / f"table{ending}", "wide")
    frame = PANDAS[ending](tmp_path / f"table{ending}")
    kinds = {name: str(kind) for name, kind in frame.dtypes.items()}
    assert {kinds.pop("epoch"), kinds.pop("layer k")} == {"int64"}
    whole = kinds.pop("h of x = -0")  # read_excel makes whole numbers of a column that has no others
    assert whole == ("int64" if ending == ".xlsx" else "float64")
    assert set(kinds.values()) == {"float64"}
    assert bits(frame["h of x = 0.25"]) == bits(run.h[:, 0])
    assert bits(frame["cost C"].dropna()) == bits(run.cost)


def test_a_column_of_whole_numbers_stays_one_of_floats(tmp_path: Path) -> None:
    run = record(Config(layers=3, epochs=2, activation="identity", inputs=(-0.0,), targets=(0.0,)))
    write_table(run, run.newest, "run", tmp_path / "table.csv", "wide")
    frame = pandas.read_csv(tmp_path / "table.csv")
    assert str(frame["h of x = -0"].dtype) == "float64"
    assert bits(frame["h of x = -0"]) == bits(run.h)
    assert np.signbit(frame["h of x = -0"]).all()


@pytest.mark.parametrize("config", [SMALL.replace(inputs=(0.1, 0.1, 1 / 3)), NETWORK])
def test_a_csv_table_is_plain_ascii_with_names_that_need_no_quotes_and_are_no_formulas(tmp_path: Path, config: Config) -> None:
    run = record(config)
    for form in ("long", "wide"):
        write_table(run, run.newest, "run", tmp_path / "table.csv", form)
        first, *others = (tmp_path / "table.csv").read_bytes().decode("ascii").splitlines()
        names = first.split(",")
        assert len(set(names)) == len(names)
        assert not re.search(r"""["';#\t]|(?:^|,)[=+\-@]""", first)
        assert {line.count(",") for line in others} == {len(names) - 1}
        assert not any(line.startswith("#") for line in others)
    assert config.wide or {"h of x = 0.1 (sample 0)", "h of x = 0.1 (sample 1)", f"h of x = {1 / 3!r}"} <= set(names)


def test_a_workbooks_xml_holds_the_digits_that_give_every_float_back(tmp_path: Path) -> None:
    run = RUNS["underflow"]
    write_table(run, run.newest, "run", tmp_path / "table.xlsx", "wide")
    with zipfile.ZipFile(tmp_path / "table.xlsx") as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    rows = sheet.findall("m:sheetData/m:row", NAMESPACE)[1:]
    texts = [[cell.findtext("m:v", None, NAMESPACE) for cell in row.findall("m:c", NAMESPACE)] for row in rows]
    samples = len(run.config.inputs)
    assert bits([float(row[2 + samples]) for row in texts]) == bits(run.g[:, 0])
    extent = sheet.find("m:dimension", NAMESPACE)
    assert extent is not None
    assert extent.get("ref") == f"A1:{'ABCDEFGHIJ'[4 + 2 * samples]}{1 + run.h[:, 0].size}"
    digits = [len(text.lstrip("-0.").partition("e")[0].replace(".", "")) for row in texts for text in row if text]
    assert max(digits) == 17


def test_a_workbook_says_of_what_it_is(tmp_path: Path) -> None:
    run = record(SMALL.replace(csv_target="=1+1\x07"), [Intervention(2, "learning_rate", 0.5)])
    write_table(run, run.newest, "run", tmp_path / "table.xlsx", "wide")
    book = openpyxl.load_workbook(tmp_path / "table.xlsx")
    assert book.sheetnames == ["numbers", "experiment"]
    rows = {row[0]: row for row in book["experiment"].values}
    assert rows["Epoch"][1] == 3
    assert rows["Changed on the way"][1] == "2: learning_rate = 0.5"
    assert rows["Learning rate"][1:4] == (0.1, "α", None)
    assert rows["Inputs"][1] == "0.25, -0.5, -0"
    assert rows["Target column"][1] == "=1+1?"
    assert all(cell.data_type != "f" for row in book["experiment"].iter_rows() for cell in row)
    assert rows["g = dC/du of x = 0.25"][2] == "g = ∂C/∂u, x = 0.25"
    assert rows["Verdict"][1].endswith(".")
    read_only = openpyxl.load_workbook(tmp_path / "table.xlsx", read_only=True)
    assert (read_only["numbers"].max_row, read_only["numbers"].max_column) == (13, 11)
    read_only.close()


@pytest.mark.parametrize(
    ("limit", "form", "words"),
    [
        (
            "MOST_ROWS",
            "long",
            "the table has 93 rows, and an Excel sheet 10. The wide form and the table of one plot have fewer; .csv and .parquet have no limit.",
        ),
        ("MOST_ROWS", "wide", "the table has 13 rows, and an Excel sheet 10. The table of one plot has fewer; .csv and .parquet have no limit."),
        ("MOST_COLUMNS", "wide", "the table has 11 columns, and an Excel sheet 10. The long form has five."),
    ],
)
def test_more_than_a_sheet_can_hold_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, form: Any, words: str) -> None:
    assert (workbook.MOST_ROWS, workbook.MOST_COLUMNS) == (2**20, 2**14)
    monkeypatch.setattr(workbook, limit, 10)
    path = tmp_path / "table.xlsx"
    with pytest.raises(FileError) as problem:
        write_table(RUNS["small"], RUNS["small"].newest, "run", path, form)
    assert str(problem.value) == f"Cannot write '{path}': {words}"
    assert list(tmp_path.iterdir()) == []


# --- json and what they are of -------------------------------------------------------------------------------------------------------------


def test_numbers_that_json_does_not_have_are_words_that_python_and_javascript_read_as_them(tmp_path: Path) -> None:
    run = RUNS["explodes"]
    write_table(run, run.newest, "run", tmp_path / "table.json", "wide")
    data = json.loads((tmp_path / "table.json").read_text(encoding="utf-8"), parse_constant=refuse)["data"]
    words = {cell for cells in data.values() for cell in cells if isinstance(cell, str)}
    assert words == {"NaN", "Infinity", "-Infinity"}
    assert bits(pandas.DataFrame(data).astype(float)["g = dC/du of x = -0.5"]) == bits(run.g[:, 0])
    assert data["w"][:: run.config.layers] == [None] * len(run.epoch)


def described(path: Path) -> dict[str, Any]:
    """What a file says of its experiment."""
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    if path.suffix == ".npz":
        return json.loads("\n".join(np.load(path)["experiment"]))
    return json.loads(pyarrow.parquet.read_schema(path).metadata[b"gradviz"])


@pytest.mark.parametrize("ending", [".json", ".npz", ".parquet"])
def test_a_file_says_which_experiment_and_epoch_its_numbers_are_of(tmp_path: Path, ending: str) -> None:
    run = record(SMALL.replace(csv_file="somewhere/private/table.csv"), [Intervention(2, "learning_rate", 0.5), Intervention(3, "w[1]*", 2.0)])
    write_table(run, run.frames.rows([1]), "gradients", tmp_path / f"table{ending}", "wide")
    said = described(tmp_path / f"table{ending}")
    assert Config(**said["config"]) == run.config.replace(csv_file="table.csv")
    assert [Intervention(**change) for change in said["interventions"]] == run.interventions
    assert (said["what"], said["epoch"], said["epochs_done"]) == ("gradients", 1, 4)
    assert said["verdict"].endswith(".")
    assert said["written_by"].startswith("GradViz ")
    assert "private" not in (tmp_path / f"table{ending}").read_bytes().decode("latin-1")


def test_columns_are_described_with_their_symbols(tmp_path: Path) -> None:
    run = RUNS["network"]
    write_table(run, run.newest, "run", tmp_path / "table.json", "wide")
    said = json.loads((tmp_path / "table.json").read_text(encoding="utf-8"))
    columns = {column["name"]: column for column in said["columns"]}
    assert list(columns) == list(said["data"])
    assert columns["rms of g = dC/du"]["symbol"] == "g = ∂C/∂u"
    assert columns["p5 of |g| = |dC/du|"]["means"] == "the 5th percentile over units and samples of |g|"
    assert columns["accuracy"]["unit"] == "share"
    assert {len(cells) for cells in said["data"].values()} == {said["rows"]}
    write_table(run, run.newest, "run", tmp_path / "table.parquet", "wide")
    schema = pyarrow.parquet.read_schema(tmp_path / "table.parquet")
    assert schema.names == list(columns)
    assert schema.field("cost C").metadata[b"symbol"] == b"C"


# --- arrays --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHAINS)
def test_arrays_are_the_runs_own_and_say_what_they_are(tmp_path: Path, name: str) -> None:
    run = RUNS[name]
    write_table(run, run.newest, "run", tmp_path / "arrays.npz")
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as file:
        arrays = dict(file)
    for word in ("h", "g", "dw", "w", "cost"):
        assert arrays[word].shape == getattr(run, word).shape
        assert bits(arrays[word]) == bits(getattr(run, word))
    assert arrays["epoch"].tolist() == run.frames.epoch.tolist()
    assert arrays["cost_epoch"].tolist() == run.epoch.tolist()
    assert tuple(arrays["inputs"]) == run.config.inputs
    assert tuple(arrays["targets"]) == run.config.targets
    about = "\n".join(arrays["about"])
    assert all(re.search(rf"\b{word}\b", about) for word in arrays if word != "about")
    assert "g (epochs, samples, layers): g = ∂C/∂u, how much the cost changes" in about
    with pytest.raises(FileError, match="is not a run saved by GradViz"):
        load(tmp_path / "arrays.npz")


def test_arrays_of_a_wide_network_are_one_for_each_statistic(tmp_path: Path) -> None:
    run = RUNS["broken"]
    frames = run.frames
    assert isinstance(frames, WideFrames)
    write_table(run, run.newest, "run", tmp_path / "arrays.npz")
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as arrays:
        expected = {"h_rms": frames.h[:, 0], "size_p5": frames.size[:, 4], "g_max": frames.g[:, 9], "norm_back": frames.norms[:, 3], "ratio": frames.ratio}
        expected |= {"share_zero_gradient": frames.shares[:, 3], "promise": frames.promise, "test_cost": run.score("test_cost")}
        for name, values in expected.items():
            assert bits(arrays[name]) == bits(values)
            assert arrays[name].shape == values.shape
        about = "\n".join(arrays["about"])
        assert all(re.search(rf"\b{name}\b", about) for name in arrays.files if name != "about")


def test_arrays_of_a_gradient_that_no_frame_holds(tmp_path: Path) -> None:
    run = RUNS["small"]
    write_table(run, run.newest, "gradients", tmp_path / "arrays.npz", quantities=("dh", "ratio"))
    write_table(run, run.newest, "gradients", tmp_path / "table.csv", quantities=("dh", "ratio"))
    rows = from_csv(tmp_path / "table.csv")
    with np.load(tmp_path / "arrays.npz") as arrays:
        assert arrays["dh"].shape == (1, 3, 3)
        assert bits([*arrays["dh"].ravel(), *arrays["ratio"][0, 1:]]) == bits(rows["value"])


# --- one plot's numbers, and the long form ---------------------------------------------------------------------------------------------------


def long_rows(table: dict[str, list[Any]]) -> list[tuple[Any, ...]]:
    value = table.pop("value")
    return [*zip(*table.values(), bits(value), strict=True)]


@pytest.mark.parametrize("ending", TABLES)
@pytest.mark.parametrize("name", ["small", "explodes", "network", "broken"])
@pytest.mark.parametrize("what", [*SHOWN_BY, "run"])
def test_every_format_of_the_long_form_has_the_rows_of_the_csv_table(tmp_path: Path, what: str, name: str, ending: str) -> None:
    run = RUNS[name]
    expected = header(run.config) + "".join(lines(run.frames))
    if what != "run":
        write_table(run, run.newest, what, tmp_path / "plot.csv")
        expected = (tmp_path / "plot.csv").read_text(encoding="ascii")
    (tmp_path / "expected.csv").write_text(expected)
    assert long_rows(written(tmp_path, run, what, ending, "long")) == long_rows(from_csv(tmp_path / "expected.csv"))


@pytest.mark.parametrize("name", ["small", "explodes"])
@pytest.mark.parametrize("what", [*SHOWN_BY, "run"])
def test_the_wide_form_has_the_numbers_of_the_long_one_each_once(tmp_path: Path, what: str, name: str) -> None:
    run = RUNS[name]
    write_table(run, run.newest, what, tmp_path / "long.csv")
    table = written(tmp_path, run, what, ".csv")
    numbers = [cell for column, cells in table.items() if column not in ("epoch", "layer k") for cell in cells if cell is not None]
    assert sorted(bits(numbers)) == sorted(bits(from_csv(tmp_path / "long.csv")["value"]))


def test_scores_alone_have_a_row_an_epoch_and_no_layers(tmp_path: Path) -> None:
    run = RUNS["network"]
    table = written(tmp_path, run, "cost", ".csv")
    assert list(table) == ["epoch", "cost C", "test cost", "accuracy", "test accuracy"]
    assert table["epoch"] == [0, 1, 2, 3, 4]
    assert bits(table["test cost"]) == bits(run.score("test_cost"))


@pytest.mark.parametrize("quantities", [("dh",), ("ratio",), ("end",), ("g", "dh", "ratio", "end")])
def test_what_a_person_has_chosen_on_a_plot_is_written_wide_too(tmp_path: Path, quantities: tuple[str, ...]) -> None:
    run = RUNS["small"]
    write_table(run, run.newest, "gradients", tmp_path / "long.csv", quantities=quantities)
    table = written(tmp_path, run, "gradients", ".parquet", quantities=quantities)
    assert set(table.pop("epoch")) == {3}
    assert table.pop("layer k") == ([1, 2] if quantities == ("ratio",) else [0, 1, 2])
    assert sorted(bits([cell for cells in table.values() for cell in cells if cell is not None])) == sorted(bits(from_csv(tmp_path / "long.csv")["value"]))


# --- long runs -----------------------------------------------------------------------------------------------------------------------------


def thinned(config: Config) -> Run:
    everything = record(config)
    run = Run(config, memory=30 * everything.newest.bytes_each)
    for row in range(len(everything.frames)):
        run.append(everything.frames.rows([row]))
    assert run.stride > 1
    return run


@pytest.mark.parametrize("config", [SMALL.replace(epochs=150), NETWORK.replace(epochs=150)])
@pytest.mark.parametrize("form", ["long", "wide"])
def test_a_run_that_was_thinned_out_has_every_kept_profile_and_every_observed_cost(tmp_path: Path, config: Config, form: Any) -> None:
    run = thinned(config)
    table = written(tmp_path, run, "run", ".csv", form)
    assert table["epoch"] == sorted(table["epoch"])
    kept = run.frames.epoch.tolist()
    assert 5 < len(kept) < 100
    if form == "wide":
        costs = [(epoch, cost) for epoch, cost in zip(table["epoch"], table["cost C"], strict=True) if cost is not None]
        w = table["rms of w" if config.wide else "w"]
        profiles = [(epoch, value) for epoch, value in zip(table["epoch"], w, strict=True) if value is not None]
    else:
        part = table["statistic"] if config.wide else [None] * len(table["epoch"])
        rows = [*zip(table["epoch"], table["quantity"], part, table["value"], strict=True)]
        costs = [(epoch, value) for epoch, quantity, _, value in rows if quantity == "cost"]
        profiles = [(epoch, value) for epoch, quantity, part, value in rows if quantity == "w" and part in (None, "rms")]
    assert costs == [*zip(run.epoch.tolist(), run.cost.tolist(), strict=True)]
    weights = run.frames.w[:, 0, 1:] if config.wide else run.frames.w[:, 1:]
    assert [epoch for epoch, _ in profiles] == np.repeat(kept, config.layers - 1).tolist()
    assert bits([value for _, value in profiles]) == bits(weights)


@pytest.mark.parametrize("ending", TABLES)
@pytest.mark.parametrize("form", ["long", "wide"])
@pytest.mark.parametrize("config", [SMALL.replace(epochs=60), NETWORK.replace(epochs=60)])
def test_a_table_does_not_show_in_which_pieces_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Config, form: Any, ending: str) -> None:
    run = thinned(config)
    whole = written(tmp_path, run, "run", ending, form)
    monkeypatch.setattr(table_rows, "PIECE", 100)
    in_pieces = written(tmp_path, run, "run", ending, form)
    assert list(in_pieces) == list(whole)
    for name, cells in whole.items():
        assert there(in_pieces[name]) == there(cells)
        known = [cell for cell in cells if cell is not None]
        other = [cell for cell in in_pieces[name] if cell is not None]
        assert other == known if isinstance(known[0], str) else bits(other) == bits(known)


# --- faults --------------------------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """No file can grow beyond this size, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("form", ["long", "wide"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_full_disk_is_a_sentence_and_leaves_the_old_file_whole(tmp_path: Path, ending: str, form: Any) -> None:
    path = tmp_path / f"table{ending}"
    path.write_text("the old file")
    run = RUNS["notebook"]
    with pytest.raises(FileError) as problem, files_end_at(5_000):
        write_table(run, run.newest, "run", path, form)
    assert str(problem.value) == f"Cannot write '{path}': File too large."
    assert path.read_text() == "the old file"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("ending", "package"), [(".parquet", "pyarrow"), (".xlsx", "openpyxl")])
def test_a_package_that_is_not_there_is_a_sentence_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(FileError) as problem:
        write_table(RUNS["small"], RUNS["small"].newest, "run", tmp_path / f"table{ending}")
    assert str(problem.value) == (
        f"A {ending} file needs the Python package '{package}', which is not installed:  pip install \"gradviz[tables]\"\n"
        "Without it there are .csv, .json and .npz."
    )
    assert list(tmp_path.iterdir()) == []


def test_an_ending_that_is_none_of_these_and_a_run_without_an_epoch_are_sentences(tmp_path: Path) -> None:
    run = RUNS["small"]
    with pytest.raises(FileError, match=r"ends in none of \.csv, \.json, \.npz, \.parquet, \.xlsx; the ending says what is written\."):
        write_table(run, run.newest, "run", tmp_path / "table.txt")
    empty = Run(SMALL)
    with pytest.raises(FileError, match=r"There are no numbers yet; they come with the first epoch\."):
        write_table(empty, empty.newest, "run", tmp_path / "table.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_too_little_memory_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    def none_left(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("gradviz.runs.table_files.shown", none_left)
    path = tmp_path / f"table{ending}"
    with pytest.raises(FileError) as problem:
        write_table(RUNS["small"], RUNS["small"].newest, "run", path)
    assert str(problem.value) == f"Cannot write '{path}': there is not enough memory for it; a .csv table takes the least."
