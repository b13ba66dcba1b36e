"""A training that goes on where another one was comes to the same bits as one that was never interrupted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz import Config, train
from gradviz.core import dense_training
from gradviz.core.datasets import drawn
from gradviz.core.formats import FORMAT_NAMES
from gradviz.core.frames import Ask, Checkpoint, Frames
from gradviz.core.interventions import Intervention, in_order
from gradviz.runs.blas import one_thread

EPOCHS = 24
CHAIN = Config(layers=6, epochs=EPOCHS, weight_scale=0.9, learning_rate=0.5)
WIDE = Config(layers=5, width=4, epochs=EPOCHS, data="moons", samples=24, learning_rate=0.05)
#: Everything that a training remembers from one epoch to the next, or does by the epoch's number.
REMEMBERS: dict[str, dict[str, Any]] = {
    "plain": {},
    "momentum": {"optimizer": "momentum"},
    "nesterov": {"optimizer": "nesterov", "bias": "on"},
    "rmsprop": {"optimizer": "rmsprop"},
    "adam": {"optimizer": "adam"},
    "adamw in batches": {"optimizer": "adamw", "batch_size": 7},
    "batch norm": {"normalization": "batch", "batch_size": 8, "test_share": 0.25, "bias": "on"},
    "layer norm": {"normalization": "layer"},
    "tied": {"tied_weights": "on", "optimizer": "momentum"},
    "residual": {"residual": "skipinit", "optimizer": "adam"},
    "warm-up": {"warm_up": 9, "decay": "cosine", "optimizer": "momentum"},
    "clipped": {"clipping": "norm", "clip_at": 0.01},
    "float32": {"number_format": "float32", "optimizer": "adam"},
    "width 1": {"width": 1, "bias": "on", "data": "samples", "optimizer": "momentum"},
}


@pytest.fixture(autouse=True)
def on_one_thread() -> Iterator[None]:
    with one_thread():
        yield


@pytest.fixture
def many_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after each stretch of epochs, which are one each."""
    monkeypatch.setattr(dense_training, "CHECKPOINT_WORK", 1)
    monkeypatch.setattr(dense_training, "STRETCH_WORK", 1)


def bits(blocks: Sequence[Frames], first: int = 0) -> list[bytes]:
    """All that frames from this epoch on hold."""
    whole = Frames.joined(list(blocks))
    return [column[whole.epoch >= first].tobytes() for column in whole.columns().values()]


def made_in(blocks: Sequence[Frames]) -> list[Intervention]:
    return [change for block in blocks for change in block.interventions]


def assert_goes_on(config: Config, changes: list[Intervention], whole: Sequence[Frames], start: Checkpoint | None, first: int) -> None:
    """From there it comes to what the uninterrupted training had from `first` on, and says that it made the changes from there on."""
    going = list(train(config, changes, start=start, first=first))
    assert [len(block) for block in going if block.done <= first] == [0] * sum(block.done <= first for block in going), "the way there is not observed"
    assert bits(going) == bits(whole, first)
    assert made_in(going) == [change for change in in_order(changes) if change.epoch >= first]
    assert going[-1].ending == whole[-1].ending
    assert going[-1].done == whole[-1].done


EPOCH = st.integers(0, EPOCHS - 1)
CHANGES = st.lists(
    st.one_of(
        st.builds(Intervention, EPOCH, st.just("learning_rate"), st.floats(0.01, 0.5)),
        st.builds(Intervention, EPOCH, st.just("clipping"), st.sampled_from(["none", "norm", "value"])),
        st.builds(Intervention, EPOCH, st.just("clip_at"), st.floats(1e-3, 0.1)),
        st.builds(Intervention, EPOCH, st.sampled_from(["w[2]*", "w[3]*", "w*"]), st.floats(0.7, 1.3)),
    ),
    max_size=5,
)
OF_CHAINS = st.lists(st.builds(Intervention, EPOCH, st.sampled_from(["w[1]", "w[4]", "w[5]"]), st.floats(-1.5, 1.5)), max_size=3)


@pytest.mark.parametrize("form", FORMAT_NAMES)
@given(CHANGES, OF_CHAINS, st.integers(1, EPOCHS - 1), st.data(), st.sampled_from([1, 7]))
@settings(max_examples=25)
def test_a_chain_goes_on_from_the_weights_of_any_frame(
    form: str, changes: list[Intervention], of_chains: list[Intervention], first: int, data: st.DataObject, every: int
) -> None:
    config = CHAIN.replace(number_format=form, observe_every=every)
    made = changes + of_chains
    whole = list(train(config, made))
    frames = Frames.joined(whole)
    before = frames.rows(frames.epoch < first)
    place = data.draw(st.integers(0, len(before) - 1))
    start = Checkpoint(int(before.epoch[place]), (before.w[place],), changed=True)
    assert_goes_on(config, made, whole, start, first)


@pytest.mark.parametrize("first", [8, 9, 20])
def test_a_frame_has_already_what_was_changed_at_its_epoch(first: int) -> None:
    changes = [Intervention(7, "w*", 1.3), Intervention(7, "learning_rate", 0.1), Intervention(7, "w[2]*", 0.5), Intervention(8, "w*", 0.9)]
    whole = list(train(CHAIN, changes))
    start = Checkpoint(7, (Frames.joined(whole).w[7],), changed=True)
    assert_goes_on(CHAIN, changes, whole, start, first)


@pytest.mark.usefixtures("many_checkpoints")
@pytest.mark.parametrize("remembers", REMEMBERS)
@pytest.mark.parametrize("every", [1, 7])
def test_a_wide_network_goes_on_from_any_of_its_checkpoints(remembers: str, every: int) -> None:
    config = WIDE.replace(**REMEMBERS[remembers], observe_every=every)
    changes = [Intervention(3, "w*", 0.9), Intervention(9, "w[2]*", 1.2), Intervention(9, "learning_rate", 0.02), Intervention(12, "clipping", "value")]
    whole = list(train(config, changes))
    checkpoints = [block.checkpoint for block in whole if block.checkpoint is not None and block.checkpoint.epoch < EPOCHS]
    assert {kept.epoch for kept in checkpoints} >= {3, 9, 12} if every == 1 else len(checkpoints) >= 2
    for start in checkpoints:
        for first in {start.epoch, min(start.epoch + 2, EPOCHS - 1), EPOCHS - 1}:
            assert_goes_on(config, changes, whole, start, first)


@given(CHANGES, st.integers(0, EPOCHS - 1), st.sampled_from(sorted(REMEMBERS)))
@settings(max_examples=25)
def test_without_a_checkpoint_it_trains_again_from_the_beginning(changes: list[Intervention], first: int, remembers: str) -> None:
    config = WIDE.replace(**REMEMBERS[remembers])
    assert_goes_on(config, changes, list(train(config, changes)), None, first)


@pytest.mark.usefixtures("many_checkpoints")
def test_a_training_that_went_on_leaves_a_checkpoint_where_it_did() -> None:
    """So that another branch from the same epoch, as while a weight is dragged, need not train again what lies between."""
    config = WIDE.replace(optimizer="adam")
    start = next(block.checkpoint for block in train(config) if block.checkpoint is not None)
    going = list(train(config, [Intervention(20, "w*", 2.0)], start=start, first=20))
    kept = next(block.checkpoint for block in going if block.done == 21)
    assert kept is not None
    assert kept.epoch == 20
    assert_goes_on(config, [Intervention(20, "w*", 0.5)], list(train(config, [Intervention(20, "w*", 0.5)])), kept, 20)


@pytest.mark.parametrize("first", [1, 20])
def test_so_does_one_that_went_on_from_the_beginning(first: int) -> None:
    config = WIDE.replace(optimizer="adam")
    going = list(train(config, [Intervention(first, "w*", 2.0)], first=first))
    kept = next(block.checkpoint for block in going if block.done == first + 1)
    assert kept is not None
    changed = [Intervention(first, "w*", 0.5)]
    assert_goes_on(config, changed, list(train(config, changed)), kept, first)


def test_a_checkpoint_is_never_written_to_again() -> None:
    config = WIDE.replace(optimizer="adam", normalization="batch")
    start = Checkpoint(0, dense_training.DenseEngine(config, drawn(config)).state())
    before = [array.copy() for array in start.arrays]
    assert len(list(train(config, start=start, first=5))) > 1
    assert [array.tobytes() for array in start.arrays] == [array.tobytes() for array in before]


@pytest.mark.parametrize("config", [CHAIN, WIDE], ids=["chain", "wide"])
def test_on_its_way_back_it_lets_the_taker_stop_and_hands_out_nothing(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense_training, "STRETCH_WORK", 1)
    monkeypatch.setattr("gradviz.core.training.BLOCK_WORK", 1)
    training = train(config, [Intervention(2, "w*", 0.9)], first=10)
    blocks = [next(training) for _ in range(10)]
    assert [block.done for block in blocks] == list(range(1, 11))
    assert all(not len(block) and not block.interventions and block.ending is None for block in blocks)
    assert next(training).epoch.tolist() == [10]
    training.close()


@pytest.mark.parametrize("config", [CHAIN, WIDE], ids=["chain", "wide"])
def test_a_change_asked_for_goes_before_those_that_are_planned_later(config: Config) -> None:
    planned = [Intervention(4, "learning_rate", 0.01), Intervention(15, "w*", 0.9)]
    training = train(config, planned, first=8)
    blocks = [next(training)]
    while not len(blocks[-1]):
        blocks.append(training.send(Ask(1)))
    blocks.append(training.send(Ask(1, changes=(("learning_rate", 0.03), ("w[2]*", 1.1)))))
    blocks += list(training)
    made = [Intervention(9, "learning_rate", 0.03), Intervention(9, "w[2]*", 1.1), Intervention(15, "w*", 0.9)]
    assert made_in(blocks) == made
    assert bits(blocks) == bits(list(train(config, [planned[0], *made])), 8)


def test_an_interrupted_chain_that_diverges_ends_with_the_same_words() -> None:
    config = CHAIN.replace(activation="identity", learning_rate=1e3, weight_scale=3.0)
    whole = list(train(config))
    assert whole[-1].ending is not None
    assert whole[-1].ending.kind == "diverged"
    frames = Frames.joined(whole)
    assert_goes_on(config, [], whole, Checkpoint(1, (frames.w[1],), changed=True), int(frames.epoch[-1]))
