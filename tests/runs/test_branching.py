"""A run goes on from any epoch as if it had never stopped: also a thinned one, one of a wide network, and one that was changed on its way."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz import Config
from gradviz.core import dense_training
from gradviz.core.frames import Ask, Checkpoint, Frames
from gradviz.core.interventions import Intervention
from gradviz.runs.blas import one_thread
from gradviz.runs.run import Run, training

CHAIN = Config(layers=8, epochs=300, weight_scale=0.9, learning_rate=0.5)
WIDE = Config(layers=5, width=4, epochs=60, data="moons", samples=24, batch_size=7, optimizer="adam", learning_rate=0.01, normalization="batch", bias="on")
BOTH = {"chain": CHAIN, "wide": WIDE}
#: Room for about so many frames of the chain: its profiles of 300 epochs are thinned out again and again.
LITTLE = 40 * 8 * (4 * 8 + 2)


@pytest.fixture(autouse=True)
def on_one_thread() -> Iterator[None]:
    with one_thread():
        yield


@pytest.fixture
def many_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense_training, "CHECKPOINT_WORK", 1)
    monkeypatch.setattr(dense_training, "STRETCH_WORK", 1)


def trained(config: Config, changes: list[Intervention] | None = None, *, memory: int = 2**28, epochs: int | None = None) -> Run:
    """A run as it is recorded, up to its end or until so many epochs are done."""
    run, source = Run(config, memory=memory), training(config, changes or ())
    run.append(next(source))
    while run.ending is None and run.epochs_done < (epochs or sys.maxsize):
        run.append(source.send(Ask(1 if epochs else None)))
    source.close()
    return run


def gone_on(run: Run, changes: list[Intervention] | None = None) -> Run:
    """The run with all that comes next."""
    for frames in run.go_on(changes or ()):
        run.append(frames)
    return run


def assert_equal(run: Run, whole: Run) -> None:
    """Both hold the same epochs with the same bits, came the same way and ended alike."""
    assert run.interventions == whole.interventions
    assert (run.ending, run.epochs_done) == (whole.ending, whole.epochs_done)
    for name in ("epoch", *whole.newest.SCORES):
        assert run.score(name).tobytes() == whole.score(name).tobytes(), name
    assert run.stride == whole.stride
    for name, column in whole.frames.columns().items():
        assert run.frames.columns()[name].tobytes() == column.tobytes(), name


EPOCH = st.integers(0, 299)
CHANGES = st.lists(
    st.one_of(
        st.builds(Intervention, EPOCH, st.just("learning_rate"), st.floats(0.05, 0.6)),
        st.builds(Intervention, EPOCH, st.just("clipping"), st.sampled_from(["none", "norm", "value"])),
        st.builds(Intervention, EPOCH, st.sampled_from(["w[1]", "w[7]"]), st.floats(-1.2, 1.2)),
        st.builds(Intervention, EPOCH, st.sampled_from(["w[2]*", "w*"]), st.floats(0.8, 1.2)),
    ),
    max_size=4,
)


@given(CHANGES, st.integers(0, 300), st.integers(1, 300), st.sampled_from([1, 7]), st.sampled_from([LITTLE, 2**28]))
@settings(max_examples=40)
def test_a_chain_goes_on_from_any_epoch_as_if_it_had_never_stopped(changes: list[Intervention], epoch: int, done: int, every: int, memory: int) -> None:
    config = CHAIN.replace(observe_every=every)
    whole = trained(config, changes, memory=memory)
    part = trained(config, changes, memory=memory, epochs=done).before(epoch)
    planned = [change for change in sorted(changes, key=lambda change: change.epoch) if change.epoch >= part.epochs_done]
    again = gone_on(part, planned)
    assert again.interventions == whole.interventions
    assert (again.ending, again.epochs_done) == (whole.ending, whole.epochs_done)
    np.testing.assert_array_equal(again.epoch, whole.epoch)
    assert again.cost.tobytes() == whole.cost.tobytes()
    assert_frames_agree(again, whole)


def assert_frames_agree(again: Run, whole: Run) -> None:
    """Frames that both keep are the same; of one in so many they keep the same ones, if their strides are."""
    both = np.intersect1d(again.frames.epoch, whole.frames.epoch)
    assert both[-1] == whole.epoch[-1]
    for epoch in both:
        one, other = again.at(int(epoch)), whole.at(int(epoch))
        assert one is not None
        assert other is not None
        for name, column in other.columns().items():
            assert one.columns()[name].tobytes() == column.tobytes(), (epoch, name)
    if again.stride == whole.stride:
        np.testing.assert_array_equal(again.frames.epoch, whole.frames.epoch)


@pytest.mark.usefixtures("many_checkpoints")
@pytest.mark.parametrize("every", [1, 7])
@pytest.mark.parametrize("epoch", [0, 1, 13, 14, 29, 59, 60])
def test_a_wide_network_goes_on_from_any_epoch_as_if_it_had_never_stopped(every: int, epoch: int) -> None:
    config = WIDE.replace(observe_every=every)
    changes = [Intervention(2, "w*", 0.9), Intervention(13, "learning_rate", 0.03), Intervention(13, "w[2]*", 1.3), Intervention(40, "clipping", "norm")]
    whole = trained(config, changes)
    part = whole.before(epoch)
    assert_equal(gone_on(part, [change for change in changes if change.epoch >= epoch]), whole)


@pytest.mark.parametrize("config", BOTH.values(), ids=BOTH.keys())
def test_a_wide_network_without_checkpoints_is_trained_again(config: Config) -> None:
    whole = trained(config)
    part = whole.before(37)
    part.checkpoints = []
    assert_equal(gone_on(part), whole)


@pytest.mark.parametrize("config", BOTH.values(), ids=BOTH.keys())
def test_a_run_that_was_stopped_goes_on(config: Config) -> None:
    whole, part = trained(config), trained(config, epochs=20)
    assert part.can_go_on
    part.stop()
    assert part.can_go_on
    part.ending = None
    assert_equal(gone_on(part), whole)
    assert not part.can_go_on


def test_a_run_that_is_over_has_nothing_to_go_on_with() -> None:
    diverged = trained(CHAIN.replace(activation="identity", weight_scale=3.0, learning_rate=1e3))
    assert diverged.ending is not None
    assert diverged.ending.kind == "diverged"
    assert not any(run.can_go_on for run in (trained(CHAIN), diverged))
    over = gone_on(trained(CHAIN))
    assert_equal(over, trained(CHAIN))


@pytest.mark.usefixtures("many_checkpoints")
@pytest.mark.parametrize("config", BOTH.values(), ids=BOTH.keys())
@pytest.mark.parametrize("memory", [2**28, LITTLE])
def test_what_was_before_an_epoch_knows_nothing_of_what_came_after(config: Config, memory: int) -> None:
    changes = [Intervention(5, "w*", 0.9), Intervention(20, "w*", 0.8), Intervention(21, "learning_rate", 0.02)]
    whole = trained(config, changes, memory=memory)
    part = whole.before(20)
    assert part.interventions == changes[:1]
    assert (part.ending, part.epochs_done) == (None, 20)
    np.testing.assert_array_equal(part.epoch, np.arange(20))
    assert part.frames.epoch.max() <= 19
    assert part.newest.epoch[-1] <= 19
    assert all(kept.epoch <= 20 for kept in part.checkpoints)
    assert part.config_at(300) == config
    expected = trained(config.replace(epochs=20), changes[:1])
    np.testing.assert_array_equal(part.cost, expected.cost)


@pytest.mark.parametrize("memory", [2**28, LITTLE])
def test_a_branch_and_what_it_came_from_do_not_disturb_each_other(memory: int) -> None:
    source = training(CHAIN)
    run = Run(CHAIN, memory=memory)
    while run.epochs_done < 100:
        run.append(next(source))
    branch = run.before(run.epochs_done - 3)
    gone_on(branch, [Intervention(branch.epochs_done, "w*", 0.5)])
    for frames in source:
        run.append(frames)
    whole = trained(CHAIN, memory=memory)
    assert run.cost.tobytes() == whole.cost.tobytes()
    assert_frames_agree(run, whole)
    expected = trained(CHAIN, branch.interventions, memory=memory)
    assert branch.cost.tobytes() == expected.cost.tobytes()
    assert_frames_agree(branch, expected)


def test_a_branch_of_a_branch_of_a_thinned_run_goes_on_bit_for_bit() -> None:
    run = trained(CHAIN, memory=LITTLE)
    changes: list[Intervention] = []
    for epoch, parameter, value in ((250, "w[3]", 0.2), (120, "learning_rate", 0.3), (121, "w*", 0.9), (10, "w[7]", -0.4)):
        changes = [change for change in changes if change.epoch < epoch] + [Intervention(epoch, parameter, value)]
        run = gone_on(run.before(epoch), changes[-1:])
        whole = trained(CHAIN, changes, memory=LITTLE)
        assert run.interventions == changes
        assert run.cost.tobytes() == whole.cost.tobytes()
        assert_frames_agree(run, whole)


@pytest.mark.parametrize("config", BOTH.values(), ids=BOTH.keys())
def test_a_factor_of_the_epoch_before_is_not_made_twice(config: Config) -> None:
    changes = [Intervention(30, "w*", 1.3), Intervention(30, "learning_rate", 0.03)]
    whole = trained(config, changes)
    assert_equal(gone_on(whole.before(31)), whole)


def test_two_changes_of_one_epoch_are_made_in_their_order_also_by_a_branch() -> None:
    changes = [Intervention(50, "w[3]", 0.5), Intervention(50, "w[3]*", -2.0)]
    branch = gone_on(trained(CHAIN).before(50), changes)
    assert_equal(branch, trained(CHAIN, changes))
    frame = branch.at(50)
    assert frame is not None
    assert frame.w[0, 3] == -1.0


# checkpoints


def checkpoint(epoch: int, numbers: int) -> Frames:
    """An empty block that brings a checkpoint of so many numbers."""
    empty = Frames.empty(CHAIN)
    return Frames(**empty.columns(), done=epoch, checkpoint=Checkpoint(epoch, (np.zeros(numbers),)))


@given(st.lists(st.integers(1, 400), min_size=1, max_size=60), st.integers(100, 100_000))
def test_checkpoints_take_no_more_than_a_quarter_of_the_memory(sizes: list[int], memory: int) -> None:
    run = Run(CHAIN, memory=memory)
    for epoch, numbers in enumerate(sizes):
        run.append(checkpoint(epoch, numbers))
        newest = run.checkpoints[-1]
        assert newest.epoch == epoch
        assert sum(kept.bytes for kept in run.checkpoints) <= max(memory // 4, newest.bytes)
        assert [kept.epoch for kept in run.checkpoints] == sorted({kept.epoch for kept in run.checkpoints})


def test_those_that_are_left_are_spread_over_the_whole_run() -> None:
    run = Run(CHAIN, memory=4 * 16 * 800)  # room for 16
    for epoch in range(1000):
        run.append(checkpoint(epoch, 100))
    kept = [kept.epoch for kept in run.checkpoints]
    assert 8 <= len(kept) <= 16
    assert max(np.diff([0, *kept])) <= 1000 / 5


@pytest.mark.usefixtures("many_checkpoints")
def test_a_checkpoint_at_an_earlier_epoch_replaces_those_of_what_gave_way() -> None:
    whole = trained(WIDE)
    branch = whole.before(30)
    gone_on(branch, [Intervention(30, "w*", 0.5)])
    expected = trained(WIDE, [Intervention(30, "w*", 0.5)])
    assert [kept.epoch for kept in branch.checkpoints] == sorted({kept.epoch for kept in branch.checkpoints})
    others = {kept.epoch: kept.arrays for kept in expected.checkpoints}
    both = [kept for kept in branch.checkpoints if kept.epoch in others]
    assert len([kept for kept in both if kept.epoch > 30]) > 20
    for kept in both:
        assert [array.tobytes() for array in kept.arrays] == [array.tobytes() for array in others[kept.epoch]]


def starts(run: Run, epoch: int) -> Any:
    start = run.start_for(epoch)
    return None if start is None else start.epoch


@pytest.mark.usefixtures("many_checkpoints")
def test_it_goes_on_from_the_nearest_place_there_is() -> None:
    wide, chain = trained(WIDE), trained(CHAIN)
    assert [starts(wide, epoch) for epoch in (1, 17, 59)] == [1, 17, 59]
    wide.checkpoints = [kept for kept in wide.checkpoints if kept.epoch in (20, 40)]
    assert [starts(wide, epoch) for epoch in (0, 19, 20, 39, 59)] == [None, None, 20, 20, 40]
    assert [starts(chain, epoch) for epoch in (0, 1, 2, 17, 300)] == [None, None, 1, 16, 299]
