"""A training is an iterator of frames whose bits depend on nothing but its config and what was turned on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz import Config, train
from gradviz.core.config import ConfigError
from gradviz.core.training import Ask, Ending, Frames, Intervention
from gradviz.runs.presets import presets

SMALL = Config(layers=6, epochs=40, weight_scale=0.8, learning_rate=0.7)


def blocks_of(config: Config, asks: Sequence[Ask | None] = (), interventions: Iterable[Intervention] = ()) -> list[Frames]:
    """Every block of a training that is sent these asks, and then none."""
    training = train(config, interventions)
    blocks = [next(training)]
    waiting = iter(asks)
    while blocks[-1].ending is None:
        blocks.append(training.send(next(waiting, None)))
    assert list(training) == []
    return blocks


def bits(blocks: list[Frames]) -> list[bytes]:
    whole = Frames.joined(blocks)
    return [getattr(whole, name).tobytes() for name in Frames.COLUMNS]


def made_in(blocks: list[Frames]) -> tuple[Intervention, ...]:
    return tuple(intervention for block in blocks for intervention in block.interventions)


@pytest.mark.parametrize("name", [name for name, preset in presets().items() if not preset.config.wide])
def test_equal_configs_give_equal_bits(name: str) -> None:
    config = presets()[name].config.replace(epochs=60)
    assert bits(list(train(config))) == bits(list(train(Config(**config.as_dict()))))


def test_another_seed_draws_other_weights_and_a_constant_start_draws_none() -> None:
    normal = SMALL.replace(initialization="normal")
    assert bits(list(train(normal))) != bits(list(train(normal.replace(seed=1))))
    assert bits(list(train(SMALL))) == bits(list(train(SMALL.replace(seed=1))))


def test_a_frame_holds_numpy_columns_named_as_in_the_notebook() -> None:
    frames = Frames.joined(list(train(SMALL)))
    assert len(frames) == 40
    assert frames.epoch.tolist() == list(range(40))
    assert {name: column.shape for name, column in frames.columns().items()} == {
        "epoch": (40,),
        "cost": (40,),
        "h": (40, 2, 6),
        "g": (40, 2, 6),
        "dw": (40, 6),
        "w": (40, 6),
    }


@pytest.mark.parametrize("name", Frames.COLUMNS)
def test_what_was_handed_out_cannot_be_changed(name: str) -> None:
    frames = next(train(SMALL))
    for column in (getattr(frames, name), getattr(frames.rows(slice(0, 1)), name), getattr(Frames.joined([frames, frames]), name)):
        with pytest.raises(ValueError, match="read-only"):
            column[...] = 0


def test_what_was_handed_out_stays_as_it_was_while_the_training_goes_on() -> None:
    training = train(SMALL)
    first = next(training)
    before = bits([first])
    assert len(list(training)) > 0
    assert bits([first]) == before


def test_the_first_frame_comes_alone_so_that_something_is_seen_at_once() -> None:
    first = next(train(SMALL))
    assert first.epoch.tolist() == [0]
    assert first.w[0, 1:].tolist() == [0.8] * 5


def test_each_update_moves_every_weight_by_the_learning_rate_times_dw() -> None:
    frames = Frames.joined(list(train(SMALL)))
    np.testing.assert_allclose(frames.w[1:], frames.w[:-1] - 0.7 * frames.dw[:-1], rtol=1e-14)


@given(st.integers(1, 80), st.integers(1, 90))
def test_observed_are_the_multiples_of_observe_every_and_the_last_epoch(epochs: int, every: int) -> None:
    config = SMALL.replace(epochs=epochs)
    all_frames = Frames.joined(list(train(config)))
    expected = [epoch for epoch in range(epochs) if epoch % every == 0 or epoch == epochs - 1]
    blocks = list(train(config.replace(observe_every=every)))
    assert Frames.joined(blocks).epoch.tolist() == expected
    assert bits(blocks) == bits([all_frames.rows(expected)])


def test_a_chain_too_wide_for_many_epochs_at_once_observes_the_same_epochs() -> None:
    config = Config(layers=100_000, epochs=25, observe_every=20)
    blocks = list(train(config))
    assert Frames.joined(blocks).epoch.tolist() == [0, 20, 24]
    assert any(len(block) == 0 for block in blocks), "whoever takes the blocks gets no chance to stop between two observed epochs"
    assert blocks[-1].ending == Ending("done", "25 epochs done.")


@given(st.lists(st.one_of(st.none(), st.integers(0, 50).map(lambda frames: Ask(frames=frames))), max_size=60), st.integers(1, 9), st.integers(1, 60))
def test_how_many_frames_are_asked_for_never_changes_a_bit(asks: list[Ask | None], every: int, epochs: int) -> None:
    config = SMALL.replace(observe_every=every, epochs=epochs)
    blocks = blocks_of(config, asks)
    assert bits(blocks) == bits(list(train(config)))
    for ask, block in zip(asks, blocks[1:], strict=False):
        assert ask is None or ask.frames is None or len(block) <= max(1, ask.frames)


def test_one_frame_asked_for_is_one_frame_whatever_the_cadence() -> None:
    blocks = blocks_of(SMALL.replace(observe_every=7), [Ask(frames=1)] * 10)
    assert [block.epoch.tolist() for block in blocks] == [[0], [7], [14], [21], [28], [35], [39]]


TURNS = st.lists(
    st.tuples(st.integers(1, 7), st.lists(st.floats(1e-3, 3.0), max_size=2)).map(
        lambda turn: Ask(frames=turn[0], changes=tuple(("learning_rate", rate) for rate in turn[1]))
    ),
    max_size=12,
)


@given(TURNS, TURNS, st.integers(1, 4))
def test_a_learning_rate_turned_while_it_runs_comes_out_again_bit_for_bit(turns: list[Ask], others: list[Ask], every: int) -> None:
    config = SMALL.replace(observe_every=every)
    live = blocks_of(config, turns)
    made = made_in(live)
    pace = [Ask(frames=ask.frames) for ask in others]  # the replay has a pace of its own
    replayed = blocks_of(config, pace, made)
    assert bits(replayed) == bits(live)
    assert made_in(replayed) == made
    asked = [rate for ask in turns[: len(live) - 1] for _name, rate in ask.changes]
    assert [intervention.value for intervention in made] == asked


def test_a_turn_holds_from_the_update_of_its_epoch_on() -> None:
    live = blocks_of(SMALL, [Ask(frames=9), Ask(frames=5, changes=(("learning_rate", 0.05),))])
    frames = Frames.joined(live)
    assert made_in(live) == (Intervention(10, "learning_rate", 0.05),)
    rate = np.where(frames.epoch < 10, 0.7, 0.05)[:-1, np.newaxis]
    np.testing.assert_allclose(frames.w[1:], frames.w[:-1] - rate * frames.dw[:-1], rtol=1e-14)


def test_an_intervention_at_epoch_0_comes_before_the_first_update() -> None:
    planned = train(SMALL, [Intervention(0, "learning_rate", 0.1)])
    assert bits(list(planned)) == bits(list(train(SMALL.replace(learning_rate=0.1))))


LIVE = "what can: clipping, clip_at, learning_rate, w[k] for the weight of layer k in a chain, "
LIVE += "w[k]* for a factor on layer k's weights, or w* for one on all weights."


@pytest.mark.parametrize(
    ("parameter", "value", "sentence"),
    [
        ("layers", 5, "'layers' cannot change while a training runs; " + LIVE),
        ("momentum", 1, "'momentum' cannot change while a training runs; " + LIVE),
        ("learning_rate", -1.0, "learning_rate is -1.0; it must be a finite number greater than 0."),
    ],
)
def test_what_cannot_be_turned_is_refused_in_a_sentence(parameter: str, value: float, sentence: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        Intervention(3, parameter, value)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(("epochs", "reason"), [(1, "1 epoch done."), (1200, "1,200 epochs done.")])
def test_a_training_that_did_all_its_epochs_says_so_once_at_its_end(epochs: int, reason: str) -> None:
    blocks = list(train(Config(layers=2, epochs=epochs)))
    assert blocks[-1].ending == Ending("done", reason)
    assert [block.ending for block in blocks[:-1]] == [None] * (len(blocks) - 1)


DIVERGING = {
    "activation": (presets()["explodes"].config, r"^Diverged at epoch 1: the activation of layer \d+ left the range of float64\.$"),
    "weight": (
        Config(layers=2, activation="identity", inputs=(1e200,), targets=(0.0,), weight_scale=1e-60, learning_rate=1e-5),
        r"^Diverged at epoch 1: the weight of layer 1 became -inf\.$",
    ),
    "cost": (Config(layers=3, targets=(1e200, 0.5)), r"^Diverged at epoch 0: the cost became inf\.$"),
    "start": (Config(layers=50, initialization="normal", weight_scale=1e308), r"^Diverged at epoch 0: the weight of layer \d+ became -?inf\.$"),
    "sigmoid": (Config(layers=3, activation="sigmoid", targets=(-1e200, 0.0)), r"^Diverged at epoch 0: the cost became inf\.$"),
}


@pytest.mark.parametrize(("config", "reason"), DIVERGING.values(), ids=DIVERGING.keys())
@pytest.mark.parametrize("every", [1, 1000])
def test_divergence_is_an_ordinary_ending_with_a_place_and_a_reason(config: Config, reason: str, every: int) -> None:
    """Nothing is raised and, for warnings fail tests here, nothing is warned of."""
    blocks = list(train(config.replace(observe_every=every)))
    ending = blocks[-1].ending
    assert ending is not None
    assert ending.kind == "diverged"
    frames = Frames.joined(blocks)
    assert f"epoch {frames.epoch[-1]}:" in ending.reason, "the epoch that diverged is not the last one shown"
    assert np.isfinite(frames.cost[:-1]).all()
    columns = (frames.cost[-1:], frames.w[-1])
    assert not all(np.isfinite(column).all() for column in columns)
    assert re.match(reason, ending.reason)


def test_a_training_that_is_closed_early_just_ends() -> None:
    training = train(Config(epochs=10**9))
    seen = len(next(training))
    training.close()
    assert seen == 1
    assert list(training) == []
