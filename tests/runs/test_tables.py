"""A table gives every number back bit for bit, in a layout that a spreadsheet and a script can rely on."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from gradviz import Config, record
from gradviz.core.training import Frames
from gradviz.runs.presets import presets
from gradviz.runs.run import Run
from gradviz.runs.tables import HEADER, lines, write_plot

SMALL = Config(layers=3, epochs=2, inputs=(0.25, -0.5), targets=(0.0, 1.0), weight_scale=0.9)


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def places(text: str) -> list[str]:
    return [line.rpartition(",")[0] for line in text.splitlines()]


def assert_holds(rows: list[dict[str, str]], frames: Frames) -> None:
    """Every row is the very number of the frames; layer and sample are empty where they do not apply."""
    where = {epoch: row for row, epoch in enumerate(frames.epoch.tolist())}
    for row in rows:
        place = [int(row[name]) for name in ("sample", "layer") if row[name]]
        value = getattr(frames, row["quantity"])[(where[int(row["epoch"])], *place)]
        read = float(row["value"])
        assert read.hex() == float(value).hex() or (math.isnan(read) and math.isnan(value))


def test_the_layout_of_one_epoch() -> None:
    assert HEADER == "epoch,quantity,sample,layer,value\n"
    text = "".join(lines(record(SMALL).frames.rows([1])))
    assert places(text) == [
        *(f"1,{quantity},{sample},{layer}" for quantity in "hg" for sample in (0, 1) for layer in (0, 1, 2)),
        *("1,dw,,1", "1,dw,,2", "1,w,,1", "1,w,,2", "1,cost,,"),
    ]
    assert text.endswith("\n")


@pytest.mark.parametrize("config", [SMALL, *(presets()[name].config.replace(epochs=3) for name in ("notebook-1a", "notebook-1b", "underflow", "explodes"))])
def test_every_number_reads_back_bit_for_bit(config: Config) -> None:
    """Subnormal numbers, zeros and infinities too."""
    run = record(config)
    rows = cells(HEADER + "".join(lines(run.frames)))
    weights, samples = config.layers - 1, len(config.inputs)
    assert len(rows) == len(run.frames) * (2 * samples * config.layers + 2 * weights + 1)
    assert_holds(rows, run.frames)


def test_numbers_have_at_most_17_significant_digits() -> None:
    values = [row["value"] for row in cells(HEADER + "".join(lines(record(SMALL).frames)))]
    digits = [len(value.lstrip("-0.").partition("e")[0].replace(".", "")) for value in values]
    assert max(digits) == 17


@pytest.mark.parametrize(
    ("plot", "quantities"),
    [
        ("activations", {"h"}),
        ("gradients", {"g"}),
        ("weights", {"w", "dw"}),
        ("dashboard", {"h", "g", "dw", "w", "cost"}),
    ],
)
def test_the_table_of_a_plot_holds_what_it_shows_of_one_epoch(tmp_path: Path, plot: str, quantities: set[str]) -> None:
    run = record(SMALL)
    write_plot(run, run.frames.rows([0]), plot, tmp_path / "plot.csv")
    rows = cells((tmp_path / "plot.csv").read_text(encoding="ascii"))
    assert {row["quantity"] for row in rows} == quantities
    assert {row["epoch"] for row in rows} == {"0"}
    assert_holds(rows, run.frames)


def test_the_table_of_the_cost_plot_holds_every_observed_epoch_even_of_a_thinned_run(tmp_path: Path) -> None:
    config = SMALL.replace(epochs=50)
    run = Run(config, memory=0)
    everything = record(config)
    for row in range(50):
        run.append(everything.frames.rows([row]))
    write_plot(run, run.newest, "cost", tmp_path / "cost.csv")
    rows = cells((tmp_path / "cost.csv").read_text(encoding="ascii"))
    assert [(row["epoch"], row["quantity"], row["sample"], row["layer"]) for row in rows] == [(str(epoch), "cost", "", "") for epoch in range(50)]
    np.testing.assert_array_equal([float(row["value"]) for row in rows], everything.cost)
