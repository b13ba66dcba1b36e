"""A table gives every number back bit for bit, in a layout that a spreadsheet and a script can rely on."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from gradviz import Config, record
from gradviz.core.training import Frames, Intervention
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
        ("why", {"h", "g", "w"}),
        ("phi", {"h", "w"}),
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


@pytest.mark.parametrize("epoch", [1, 4])
def test_a_gradient_that_no_frame_holds_is_worked_out_for_its_table(tmp_path: Path, epoch: int) -> None:
    run = record(SMALL.replace(layers=6, epochs=6), [Intervention(3, "learning_rate", 2.0)])
    h, w, dw = run.h[epoch], run.w[epoch], run.dw[epoch]
    dh, end = np.zeros((2, 6)), np.ones((2, 6))
    dh[:, -1] = (h[:, -1] - SMALL.targets) / 2
    for k in range(5, 0, -1):
        slope = 1 - h[:, k] ** 2
        dh[:, k - 1], end[:, k - 1] = dh[:, k] * slope * w[k], end[:, k] * slope * w[k]
    ratio = (0.1 if epoch < 3 else 2.0) * dw[1:] / w[1:]
    expected = {
        **{("dh", str(sample), str(layer)): dh[sample, layer] for sample in range(2) for layer in range(6)},
        **{("ratio", "", str(layer)): ratio[layer - 1] for layer in range(1, 6)},
        **{("end", str(sample), str(layer)): end[sample, layer] for sample in range(2) for layer in range(6)},
    }
    write_plot(run, run.frames.rows([epoch]), "gradients", tmp_path / "g.csv", ("dh", "ratio", "end"))
    rows = cells((tmp_path / "g.csv").read_text(encoding="ascii"))
    assert {row["epoch"] for row in rows} == {str(epoch)}
    assert [(row["quantity"], row["sample"], row["layer"]) for row in rows] == list(expected)
    np.testing.assert_allclose([float(row["value"]) for row in rows], list(expected.values()), rtol=1e-10)


def test_the_table_of_the_heat_map_holds_every_kept_epoch_whichever_is_shown(tmp_path: Path) -> None:
    everything = record(SMALL.replace(epochs=50))
    thinned = Run(everything.config, memory=20 * everything.newest.bytes_each)
    for row in range(50):
        thinned.append(everything.frames.rows([row]))
    assert thinned.stride > 1
    for run in (everything, thinned):
        write_plot(run, everything.frames.rows([3]), "heatmap", tmp_path / "heat.csv")
        rows = cells((tmp_path / "heat.csv").read_text(encoding="ascii"))
        expected = [(epoch, "g", sample, layer) for epoch in run.frames.epoch for sample in range(2) for layer in range(3)]
        assert [(int(row["epoch"]), row["quantity"], int(row["sample"]), int(row["layer"])) for row in rows] == expected
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
