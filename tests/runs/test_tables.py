"""A table gives every number back bit for bit, in a layout that a spreadsheet and a script can rely on."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from gradviz import Config, record, train
from gradviz.core.frames import NORMS, PROFILED, SHARES, STATISTICS, Ask, Frames, Intervention, WideFrames
from gradviz.runs.presets import presets
from gradviz.runs.run import Run
from gradviz.runs.table_files import write_table
from gradviz.runs.tables import HEADER, header, lines

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
    write_table(run, run.frames.rows([0]), plot, tmp_path / "plot.csv")
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
    write_table(run, run.frames.rows([epoch]), "gradients", tmp_path / "g.csv", quantities=("dh", "ratio", "end"))
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
        write_table(run, everything.frames.rows([3]), "heatmap", tmp_path / "heat.csv")
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
    write_table(run, run.newest, "cost", tmp_path / "cost.csv")
    rows = cells((tmp_path / "cost.csv").read_text(encoding="ascii"))
    assert [(row["epoch"], row["quantity"], row["sample"], row["layer"]) for row in rows] == [(str(epoch), "cost", "", "") for epoch in range(50)]
    np.testing.assert_array_equal([float(row["value"]) for row in rows], everything.cost)


# --- wide networks -------------------------------------------------------------------------------------------------------------------------

WIDE = Config(layers=4, width=3, bias="on", initialization="normal", data="moons", samples=12, test_share=0.25, loss="cross_entropy", epochs=3)
#: The columns whose rows are named, and where each begins.
STATISTICS_OF = {**dict.fromkeys(PROFILED, STATISTICS), "norms": NORMS, "shares": SHARES}


def number_in(frames: Frames, row: dict[str, str]) -> float:
    """The very number of the frames that a row of the table stands for."""
    values = getattr(frames, row["quantity"])[frames.epoch.tolist().index(int(row["epoch"]))]
    if row["statistic"]:
        values = values[STATISTICS_OF[row["quantity"]].index(row["statistic"])]
    return float(values[int(row["layer"])] if row["layer"] else values)


def test_a_wide_networks_table_names_the_statistic_where_the_chains_has_the_sample() -> None:
    assert header(WIDE) == "epoch,quantity,statistic,layer,value\n"
    assert header(SMALL) == HEADER
    text = "".join(lines(record(WIDE).frames.rows([1])))
    found = places(text)
    assert len(found) == len(set(found))
    scores = ("cost", "test_cost", "accuracy", "test_accuracy", "promise", "reach")
    profiles = [(name, statistic, layer) for name in PROFILED for statistic in STATISTICS for layer in range(0 if name in ("h", "size", "dh") else 1, 4)]
    parts = [("norms", part, layer) for part in NORMS for layer in range(0 if part == "dh" else 1, 4)] + [
        ("shares", share, layer) for share in SHARES for layer in (1, 2, 3)
    ]
    assert found == [
        *(f"1,{score},," for score in scores),
        *(f"1,{name},{statistic},{layer}" for name, statistic, layer in profiles + parts),
        *(f"1,ratio,,{layer}" for layer in (1, 2, 3)),
    ]


@pytest.mark.parametrize("config", [WIDE, WIDE.replace(activation="identity", learning_rate=1e8, epochs=50), WIDE.replace(weight_scale=1e-150)])
def test_every_number_of_a_wide_network_reads_back_bit_for_bit(config: Config) -> None:
    run = record(config)
    rows = cells(header(config) + "".join(lines(run.frames)))
    for row in rows:
        read, value = float(row["value"]), number_in(run.frames, row)
        assert read.hex() == value.hex() or (math.isnan(read) and math.isnan(value))
    written = {(row["epoch"], row["quantity"], row["statistic"]) for row in rows}
    assert {(str(epoch), "h", "rms") for epoch in run.epoch} <= written


def test_what_was_not_worked_out_is_left_out() -> None:
    training = train(WIDE.replace(epochs=50))
    next(training)
    frames = training.send(Ask(3, looked_at=frozenset({"g"})))
    rows = cells(header(WIDE) + "".join(lines(frames)))
    assert {row["statistic"] for row in rows if row["quantity"] == "h"} == {"rms"}
    assert {row["statistic"] for row in rows if row["quantity"] == "g" and row["epoch"] == "3"} == set(STATISTICS)
    assert {row["statistic"] for row in rows if row["quantity"] == "g" and row["epoch"] == "2"} == {"rms"}
    assert not any(row["value"] == "nan" for row in rows)
    without_test = "".join(lines(record(WIDE.replace(test_share=0.0, data="function", loss="mse")).frames))
    assert "accuracy" not in without_test
    assert "test_cost" not in without_test


@pytest.mark.parametrize(
    ("plot", "quantities"),
    [
        ("activations", {"h", "size"}),
        ("gradients", {"g"}),
        ("weights", {"w", "dw", "ratio"}),
        ("why", {"norms"}),
        ("phi", {"u", "shares"}),
        ("dashboard", set(WideFrames.COLUMNS[1:])),
    ],
)
def test_the_table_of_a_wide_networks_plot_holds_what_it_shows(tmp_path: Path, plot: str, quantities: set[str]) -> None:
    run = record(WIDE)
    write_table(run, run.frames.rows([2]), plot, tmp_path / "plot.csv")
    rows = cells((tmp_path / "plot.csv").read_text(encoding="ascii"))
    assert {row["quantity"] for row in rows} == quantities
    profiles = [row for row in rows if row["layer"]]
    assert {row["epoch"] for row in profiles} == {"2"}
    assert {row["epoch"] for row in rows if row["quantity"] == "test_cost"} == ({"0", "1", "2"} if plot == "dashboard" else set())
    for row in profiles:
        assert float(row["value"]) == number_in(run.frames, row)


@pytest.mark.parametrize("quantity", ["g", "dh", "dw", "ratio"])
def test_what_a_person_has_chosen_on_a_wide_networks_plot_is_written(tmp_path: Path, quantity: str) -> None:
    run = record(WIDE)
    write_table(run, run.newest, "gradients", tmp_path / "plot.csv", quantities=(quantity,))
    rows = cells((tmp_path / "plot.csv").read_text(encoding="ascii"))
    assert {row["quantity"] for row in rows} == {quantity}
    assert all(float(row["value"]) == number_in(run.newest, row) for row in rows)


def test_the_table_of_a_wide_networks_heat_map_has_the_root_mean_square_of_every_kept_epoch(tmp_path: Path) -> None:
    run = record(WIDE)
    write_table(run, run.frames.rows([1]), "heatmap", tmp_path / "heat.csv")
    rows = cells((tmp_path / "heat.csv").read_text(encoding="ascii"))
    assert [(row["epoch"], row["quantity"], row["statistic"], row["layer"]) for row in rows] == [
        (epoch, "g", "rms", layer) for epoch in "012" for layer in "123"
    ]


def test_the_table_of_the_cost_plot_has_the_scores_up_to_the_frame(tmp_path: Path) -> None:
    run = record(WIDE)
    write_table(run, run.frames.rows([1]), "cost", tmp_path / "cost.csv")
    rows = cells((tmp_path / "cost.csv").read_text(encoding="ascii"))
    assert [(row["quantity"], row["epoch"]) for row in rows] == [
        (score, epoch) for score in ("cost", "test_cost", "accuracy", "test_accuracy") for epoch in "01"
    ]
    assert all(float(row["value"]) == run.score(row["quantity"])[int(row["epoch"])] for row in rows)
