"""A recorded run trained again gives the same bits, and where a record is not what was trained, the first such number is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz import Config, train
from gradviz.core.frames import PROFILED, Ask, Ending, Frames
from gradviz.core.interventions import Intervention
from gradviz.runs.files import FileError
from gradviz.runs.provenance import MadeWith, this_machine
from gradviz.runs.replay import Checked, check, rounding, table_problem
from gradviz.runs.run import Run, training
from gradviz.runs.store import Saved, load, read, save

CHAIN = Config(layers=6, epochs=300, weight_scale=0.9, learning_rate=0.5)
WIDE = Config(layers=4, width=3, bias="on", initialization="normal", data="moons", samples=12, epochs=80)


def checked(run: Run) -> Checked:
    steps, done = check(run), 0
    while True:
        try:
            before, done = done, next(steps)
        except StopIteration as end:
            found: Checked = end.value
            return found
        assert before <= done <= run.epochs_done


def recorded(config: Config, changes: list[Intervention] | None = None, memory: int = 10**9, asks: Ask | None = None) -> Run:
    run, epochs = Run(config, memory=memory), training(config, changes or [])
    run.append(next(epochs))
    while run.ending is None:
        run.append(epochs.send(asks))
    return run


def with_columns(run: Run, **columns: Any) -> Run:
    """The run with other profiles in its record."""
    frames = type(run.newest)(**{**run.frames.columns(), **columns})
    scores = {name: run.score(name) for name in ("epoch", *run.newest.SCORES)}
    return Run.restored(run.config, frames, scores, run.interventions, run.ending, run.stride, run.epochs_done)


def turned(values: np.ndarray[Any, Any], *place: int) -> np.ndarray[Any, Any]:
    """The same numbers, the last bit of one of them turned."""
    copy = values.copy()
    copy.view(np.int64)[place] ^= 1
    return copy


def test_a_chain_trained_again_is_the_same_and_what_was_compared_is_counted() -> None:
    run = recorded(CHAIN)
    found = checked(run)
    numbers = 300 * (2 * 2 * 6 + 2 * 6 + 1) + 300  # h and g of two samples, dw and w, the cost beside them and that of all epochs
    assert found == Checked(300, 5, numbers, 0, None)
    assert found.sentence == f"Bit for bit the same: 300 epochs, 5 columns, {numbers:,} numbers."


@pytest.mark.parametrize(
    ("name", "place", "words"),
    [
        ("h", (200, 1, 4), "at epoch 200, h of layer 4 (sample 2) is "),
        ("g", (299, 0, 1), "at epoch 299, g of layer 1 (sample 1) is "),
        ("dw", (0, 5), "at epoch 0, dw of layer 5 is "),
        ("w", (17, 1), "at epoch 17, w of layer 1 is "),
        ("cost", (3,), "at epoch 3, cost is "),
    ],
)
def test_one_turned_bit_is_found_and_named_with_both_values(name: str, place: tuple[int, ...], words: str) -> None:
    run = recorded(CHAIN)
    values = getattr(run.frames, name)
    altered = turned(values, *place)
    found = checked(with_columns(run, **{name: altered}))
    difference = found.difference
    assert difference is not None
    assert (difference.epoch, difference.column, difference.recorded, difference.trained) == (place[0], name, altered[place], values[place])
    expected = f"Not the same: {words}{float(altered[place])!r} in the record and {float(values[place])!r} trained again.".replace("-", "−")
    assert found.sentence == expected


def test_of_several_differences_the_first_epoch_is_named() -> None:
    run = recorded(CHAIN)
    found = checked(with_columns(run, h=turned(run.h, 250, 0, 3), w=turned(run.w, 120, 3), g=turned(run.g, 121, 0, 2)))
    assert found.difference is not None
    assert (found.difference.epoch, found.difference.column) == (120, "w")


def test_a_turned_cost_of_an_epoch_without_profiles_is_found() -> None:
    run = recorded(CHAIN, memory=5_000)
    assert run.at(101) is None
    scores = {"epoch": run.epoch, "cost": turned(run.cost, 101)}
    low, high = (Frames.joined(list(part)) for part in list(zip(*run.spans(), strict=True))[1:])
    altered = Run.restored(run.config, run.frames, scores, [], run.ending, run.stride, 300, extremes=(low, high))
    found = checked(altered).difference
    assert found is not None
    assert (found.epoch, found.column) == (101, "cost")


def test_a_minus_before_a_zero_is_a_difference() -> None:
    run = recorded(CHAIN)
    altered = run.g.copy()
    assert altered[5, 0, 0] == 0.0
    altered[5, 0, 0] = -0.0
    found = checked(with_columns(run, g=altered)).difference
    assert found is not None
    assert str(found).endswith("is −0.0 in the record and 0.0 trained again")


def test_infinities_and_nan_of_a_run_that_diverged_are_the_same() -> None:
    run = recorded(Config(layers=8, activation="identity", weight_scale=30.0, epochs=50))
    assert run.ending is not None
    assert run.ending.kind == "diverged"
    assert not np.isfinite(run.h[-1]).all()
    assert checked(run).same


def test_another_ending_than_the_recorded_one_is_a_difference() -> None:
    run = recorded(CHAIN)
    run.ending = Ending("diverged", "Diverged at epoch 299: the cost is infinite.")
    found = checked(run)
    assert found.sentence == (
        "Not the same: at epoch 299, its ending is 'Diverged at epoch 299: the cost is infinite.' in the record and '300 epochs done.' trained again."
    )


def test_epochs_that_no_training_observes_are_a_difference() -> None:
    run = recorded(CHAIN.replace(observe_every=3, epochs=31))
    every_second = Run.restored(run.config, run.frames.rows(slice(0, 3)), {"epoch": np.array([0, 2, 4]), "cost": run.cost[:3]}, [], None, 1, 5)
    found = checked(every_second).difference
    assert found is not None
    assert (found.epoch, found.recorded, found.trained) == (2, "observed", "not observed")


def test_a_record_that_goes_on_after_the_training_ends_is_a_difference() -> None:
    diverged = recorded(Config(layers=8, activation="identity", weight_scale=30.0, epochs=50))
    last = diverged.epochs_done
    frames = Frames.joined([diverged.frames, Frames(**{**diverged.newest.columns(), "epoch": np.array([last])})])
    longer = Run.restored(diverged.config, frames, {"epoch": frames.epoch, "cost": frames.cost}, [], None, 1, last + 1)
    found = checked(longer).difference
    assert found is not None
    assert (found.epoch, found.trained) == (last, "not observed")


@pytest.mark.parametrize("extreme", ["low", "high"])
@pytest.mark.parametrize(("name", "row"), [("h", 2), ("w", 0), ("g", -1)])
def test_an_extreme_that_no_epoch_of_its_span_reached_is_found(extreme: str, name: str, row: int) -> None:
    run = recorded(CHAIN, memory=20_000)
    frames, low, high = (Frames.joined(list(part)) for part in zip(*run.spans(), strict=True))
    extremes = {"low": low, "high": high}
    values = getattr(extremes[extreme], name)
    place = (row % len(values), *([1] * (values.ndim - 2)), 3)
    extremes[extreme] = Frames(**{**extremes[extreme].columns(), name: turned(values, *place)})
    altered = Run.restored(
        run.config,
        run.frames,
        {"epoch": run.epoch, "cost": run.cost},
        [],
        run.ending,
        run.stride,
        300,
        extremes=(extremes["low"], extremes["high"]),
    )
    found = checked(altered).difference
    assert found is not None
    assert (found.epoch, found.column, found.layer, found.extreme) == (frames.epoch[place[0]], name, 3, extreme)
    assert found.trained == values[place]
    assert f"from epoch {found.epoch}, the {'least' if extreme == 'low' else 'greatest'} {name} of layer 3" in str(found)


def test_a_spike_left_out_of_the_extremes_is_found() -> None:
    """Another value that was there in the span, only not its greatest."""
    run = recorded(CHAIN, memory=20_000)
    frames, low, high = (Frames.joined(list(part)) for part in zip(*run.spans(), strict=True))
    assert high.h[1, 1, 2] > frames.h[1, 1, 2]
    forged = high.h.copy()
    forged[1, 1, 2] = frames.h[1, 1, 2]
    altered = Run.restored(
        *(run.config, run.frames, {"epoch": run.epoch, "cost": run.cost}, [], run.ending, run.stride, 300),
        extremes=(low, Frames(**{**high.columns(), "h": forged})),
    )
    found = checked(altered).difference
    assert found is not None
    assert (found.epoch, found.column, found.layer, found.extreme) == (frames.epoch[1], "h", 2, "high")


def test_spans_are_compared_however_the_blocks_of_the_training_cut_them() -> None:
    run = recorded(CHAIN.replace(epochs=20_000, learning_rate=1e-4), memory=100_000)
    found = checked(run)
    assert found.same
    assert found.spans == -(-20_000 // run.stride)


def test_a_span_in_which_a_change_began_a_branch_is_compared_as_far_as_it_is_known() -> None:
    run = recorded(CHAIN, memory=20_000)
    branch = run.before(101)
    assert 101 % branch.stride
    for frames in branch.go_on([Intervention(101, "w[2]", -1.0)]):
        branch.append(frames)
    assert checked(branch).same


def test_a_run_that_was_stopped_is_compared_up_to_there() -> None:
    run, epochs = Run(CHAIN.replace(epochs=100_000)), train(CHAIN.replace(epochs=100_000))
    run.append(next(epochs))
    run.append(epochs.send(Ask(41)))
    run.stop()
    assert run.epochs_done == 42
    assert checked(run).epochs == 42
    assert checked(run).same


def test_a_run_without_an_epoch_has_nothing_to_compare() -> None:
    found = checked(Run(CHAIN))
    assert (found.same, found.epochs, found.numbers) == (True, 0, 0)


@pytest.mark.parametrize("memory", [10**9, 60_000])
@pytest.mark.parametrize("asks", [None, Ask(7, looked_at=frozenset()), Ask(5, looked_at=frozenset({"g"})), Ask(9, looked_at=frozenset(PROFILED))])
def test_a_wide_run_is_compared_where_it_was_looked_at(asks: Ask | None, memory: int) -> None:
    run = recorded(WIDE, [Intervention(20, "learning_rate", 0.3), Intervention(33, "w[2]*", 0.5)], memory, asks)
    assert (run.stride > 1) == (memory < 10**9)
    found = checked(run)
    assert found.same, found.sentence
    assert found.epochs == 80


def test_a_percentile_that_was_looked_at_is_compared() -> None:
    run = recorded(WIDE, asks=Ask(5, looked_at=frozenset({"g"})))
    looked = np.flatnonzero(~np.isnan(run.frames.g[:, 4, 2]))
    assert 5 < len(looked) < 60
    epoch = int(looked[4])
    found = checked(with_columns(run, g=turned(run.frames.g, epoch, 4, 2))).difference
    assert found is not None
    assert (found.epoch, found.column, found.layer, found.row) == (epoch, "g", 2, "p5")


def test_what_is_always_there_may_not_be_missing() -> None:
    run = recorded(WIDE, asks=Ask(5, looked_at=frozenset()))
    altered = run.frames.dw.copy()
    altered[30, 0, 2] = np.nan
    found = checked(with_columns(run, dw=altered)).difference
    assert found is not None
    assert (found.epoch, found.column, found.row) == (30, "dw", "rms")
    assert "is nan in the record" in str(found)


@settings(max_examples=25)
@given(
    st.sampled_from([CHAIN, WIDE]),
    st.integers(1, 3),
    st.sampled_from([2_000, 30_000, 10**9]),
    st.lists(st.tuples(st.integers(0, 79), st.sampled_from(["learning_rate", "w*", "w[1]*"]), st.floats(0.1, 1.5)), max_size=4),
    st.integers(1, 80),
)
def test_any_run_comes_back_from_its_file_and_is_the_same_trained_again(
    tmp_path_factory: pytest.TempPathFactory, config: Config, every: int, memory: int, changes: list[tuple[int, str, float]], stopped_at: int
) -> None:
    config = config.replace(epochs=80, observe_every=every)
    run = recorded(config, [Intervention(*change) for change in changes], memory).before(stopped_at)
    path = tmp_path_factory.mktemp("replay") / "run.npz"
    save(run, path)
    found = checked(load(path))
    assert found.same, found.sentence
    assert found.epochs == run.observed


def test_a_run_with_changes_made_live_is_the_same_trained_again() -> None:
    run, epochs = Run(CHAIN), train(CHAIN)
    run.append(next(epochs))
    for change in (("learning_rate", 0.1), ("w[2]", -1.0), ("w*", 0.9), ("clipping", "norm")):
        run.append(epochs.send(Ask(20, changes=(change,))))
    for frames in epochs:
        run.append(frames)
    assert [change.parameter for change in run.interventions] == ["learning_rate", "w[2]", "w*", "clipping"]
    assert checked(run).same
    run.interventions = [*run.interventions[:-1], Intervention(run.interventions[-1].epoch, "clipping", "value"), Intervention(200, "w*", 0.99)]
    found = checked(run).difference
    assert found is not None
    assert found.epoch == 200, "the gradients here are too small to be clipped by either"


# --- tables and machines -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def on_a_table(tmp_path: Path) -> Callable[[], tuple[Path, Path]]:
    def make() -> tuple[Path, Path]:
        table = tmp_path / "table.csv"
        table.write_text("a,b,y\n" + "".join(f"{k},{k % 3},{k % 7}\n" for k in range(30)))
        config = Config(layers=4, width=3, bias="on", initialization="normal", output="linear", data="csv", csv_file=str(table), epochs=20)
        save(recorded(config), tmp_path / "run.npz")
        return table, tmp_path / "run.npz"

    return make


def test_a_run_on_a_table_is_the_same_while_the_table_is(on_a_table: Callable[[], tuple[Path, Path]]) -> None:
    table, path = on_a_table()
    assert table_problem(read(path)) is None
    table.write_bytes(table.read_bytes())  # written anew, with the same words
    assert table_problem(read(path)) is None
    assert checked(load(path)).same


def test_a_table_that_has_changed_is_said(on_a_table: Callable[[], tuple[Path, Path]]) -> None:
    table, path = on_a_table()
    table.write_text(table.read_text().replace("29,2,1", "29,2,5"))
    assert str(table_problem(read(path))) == f"The table '{table}' is not what it was when the run was saved, so that training again gives other numbers."


def test_a_table_that_is_gone_is_a_sentence(on_a_table: Callable[[], tuple[Path, Path]]) -> None:
    table, path = on_a_table()
    table.unlink()
    saved = read(path)
    assert table_problem(saved) is None
    with pytest.raises(FileError, match=r"Cannot read '.*table\.csv': No such file"):
        checked(saved.run)


def test_why_another_machine_rounds_otherwise_is_said_with_both_versions() -> None:
    here = this_machine(CHAIN)
    other = msgspec.structs.replace(here, numpy="1.26.0", machine="arm64")
    said = rounding(Saved(Run(CHAIN), other, ""))
    assert said.endswith(f"it was recorded with numpy 1.26.0, numba {here.numba} on arm64, and this is {here}.")
    assert "the file does not say" in rounding(Saved(Run(CHAIN), MadeWith(), ""))
    assert f"the same versions on the same kind of machine ({here})" in rounding(Saved(Run(CHAIN), here, ""))
