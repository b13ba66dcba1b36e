"""Pause conditions: met at the first epoch where they begin to hold, as a look at every single frame finds it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz import Config, record
from gradviz.core.conditions import Condition, Kind, Met, Watch
from gradviz.core.config import ConfigError
from gradviz.core.frames import STATISTICS, Frames, WideFrames, columns_for
from gradviz.runs.presets import presets
from gradviz.runs.run import Run

CHAIN = Config(layers=4, inputs=(-0.5, 0.5), targets=(-0.5, 0.5))
WIDE = Config(layers=4, width=3, data="moons", initialization="he", activation="relu")
KINDS: tuple[Kind, ...] = ("epoch", "cost_below", "cost_above", "gradient_below", "zero", "not_finite")
NUMBERS = (0.0, 1e-320, -1e-3, 0.02, -0.5, 2.0, math.nan, math.inf, -math.inf)


def frames_of(config: Config, rows: list[tuple[float, float, float, float]], first: int = 0, every: int = 1) -> Frames:
    """Frames whose cost, and whose h, g and w at one layer, are these; everything else is 0.5."""
    columns = columns_for(config, len(rows))
    for column in columns.values():
        column[...] = 0.5
        if column.ndim > 2 and config.wide:
            column[:, 1:] = np.nan  # as where no percentiles were asked for
    columns["epoch"][:] = first + every * np.arange(len(rows))
    columns["cost"][:] = [row[0] for row in rows]
    place = (0, 2) if config.wide else (1, 2)
    for name, number in (("h", 1), ("g", 2), ("w", 3)):
        column = columns[name]
        column[(slice(None), *place[-(column.ndim - 1) :])] = [row[number] for row in rows]
        column[..., 0] = 0.0  # the input has neither gradient nor weight
    return Frames.kind_for(config)(**columns)


def holds(condition: Condition, frame: Frames) -> bool:
    """Whether it holds in one frame, number by number."""
    wide = isinstance(frame, WideFrames)
    numbers = {name: (getattr(frame, name)[0][0] if wide else getattr(frame, name)[0]) for name in ("h", "g", "w")}
    gradients = [float(g) for g in np.atleast_2d(numbers["g"])[:, 1:].ravel()]
    cost = float(frame.cost[0])
    every = [cost, *(float(number) for values in numbers.values() for number in values.ravel())]
    return {
        "epoch": int(frame.epoch[0]) >= condition.value,
        "cost_below": cost < condition.value,
        "cost_above": cost > condition.value,
        "gradient_below": any(abs(g) < condition.value for g in gradients),
        "zero": any(g == 0.0 for g in gradients),
        "not_finite": not all(map(math.isfinite, every)),
    }[condition.kind]


rows_of_numbers = st.lists(st.tuples(*[st.sampled_from(NUMBERS)] * 4), min_size=1, max_size=12)
some_conditions = st.lists(
    st.builds(Condition, st.sampled_from(KINDS), st.sampled_from((1.0, 3.0, 7.0))).map(
        lambda made: made if made.kind == "epoch" else Condition(made.kind, made.value / 100)
    ),
    max_size=4,
    unique=True,
)


@pytest.mark.parametrize("config", [CHAIN, WIDE])
@given(st.data())
def test_a_watch_finds_what_a_look_at_every_single_frame_finds(config: Config, data: st.DataObject) -> None:
    conditions = data.draw(some_conditions)
    blocks = data.draw(st.lists(rows_of_numbers, min_size=1, max_size=4))
    watch = Watch(conditions)
    before = dict.fromkeys(conditions, False)
    first = 0
    for rows in blocks:
        frames = frames_of(config, rows, first)
        first += len(rows)
        expected: tuple[int, set[Condition]] | None = None
        for number in range(len(rows)):
            frame = frames.rows(slice(number, number + 1))
            now = {condition: holds(condition, frame) for condition in conditions}
            begun = {condition for condition in conditions if now[condition] and not before[condition]}
            before = now
            if begun and expected is None:
                expected = (int(frame.epoch[0]), begun)
        met = watch.look(frames)
        assert (met and (met.epoch, set(met.conditions))) == expected
        if met:
            assert met.sentence.startswith(f"Paused at epoch {met.epoch:,}: ")
            assert met.sentence.endswith(".")


def look(conditions: list[Condition], frames: Frames, newest: Frames | None = None) -> Met | None:
    return Watch(conditions, newest).look(frames)


def costs(*values: float, first: int = 0, every: int = 1) -> Frames:
    return frames_of(CHAIN, [(value, 0.5, 0.5, 0.5) for value in values], first, every)


def test_going_on_after_a_pause_does_not_pause_again_at_once() -> None:
    watch = Watch([Condition("cost_below", 0.01)])
    assert watch.look(costs(0.5, 0.005)).epoch == 1
    assert watch.look(costs(0.004, 0.003, first=2)) is None
    assert watch.look(costs(0.02, 0.009, first=4)).epoch == 5


def test_what_holds_already_when_the_watch_begins_is_not_met_again() -> None:
    condition = Condition("cost_below", 0.01)
    assert look([condition], costs(0.004, first=7), newest=costs(0.005, first=6)) is None
    assert look([condition], costs(0.004, first=7), newest=costs(0.5, first=6)).epoch == 7


@pytest.mark.parametrize(
    ("condition", "frames", "sentence"),
    [
        (Condition("epoch", 312), costs(0.5, 0.5, first=311), "Paused at epoch 312: you asked for it."),
        (Condition("epoch", 1315), costs(0.5, 0.5, first=1310, every=10), "Paused at epoch 1,320: it is the first observed one from epoch 1,315 on."),
        (Condition("cost_below", 0.01), costs(0.5, 0.00987, first=311), "Paused at epoch 312: the cost fell below 0.01 (it is 0.00987)."),
        (Condition("cost_below", 0.01), costs(0.5, 0.00999999999), "Paused at epoch 1: the cost fell below 0.01 (it is 0.00999999999)."),
        (Condition("cost_below", 0.6), costs(0.5), "Paused at epoch 0: the cost is below 0.6 (it is 0.5)."),
        (Condition("cost_above", 1e6), costs(0.5, math.inf), "Paused at epoch 1: the cost rose above 1×10⁶ (it is ∞)."),
        (
            Condition("gradient_below", 1e-7),
            frames_of(CHAIN, [(0.5, 0.5, 0.5, 0.5), (0.5, 0.5, -2e-8, 0.5)]),
            "Paused at epoch 1: |gradient| of layer 2 fell below 1×10⁻⁷ (it is 2×10⁻⁸).",
        ),
        (Condition("zero"), frames_of(WIDE, [(0.5, 0.5, 0.0, 0.5)]), "Paused at epoch 0: the gradient of layer 2 is exactly 0."),
        (Condition("not_finite"), frames_of(CHAIN, [(0.5, math.nan, 0.5, 0.5)]), "Paused at epoch 0: h of layer 2 is NaN."),
        (Condition("not_finite"), costs(math.inf), "Paused at epoch 0: the cost is ∞."),
        (Condition("not_finite"), frames_of(WIDE, [(0.5, 0.5, 0.5, -math.inf)]), "Paused at epoch 0: w of layer 2 is −∞."),
    ],
)
def test_a_sentence_says_what_was_met_and_with_which_number(condition: Condition, frames: Frames, sentence: str) -> None:
    assert look([condition], frames).sentence == sentence


def test_several_conditions_at_one_epoch_are_one_sentence() -> None:
    met = look([Condition("epoch", 1), Condition("cost_below", 0.1)], costs(0.5, 0.05))
    assert met.sentence == "Paused at epoch 1: you asked for it, and the cost fell below 0.1 (it is 0.05)."
    assert len(met.conditions) == 2


def test_the_first_exact_zero_of_a_chain_that_underflows_is_named_by_its_highest_layer() -> None:
    run = record(presets()["underflow"].config.replace(epochs=3))
    met = look([Condition("zero")], run.frames)
    layers = np.flatnonzero((run.g[met.epoch, :, 1:] == 0.0).any(axis=0)) + 1
    assert f"the gradients of {len(layers):,} layers are exactly 0, the highest of them layer {layers[-1]:,}" in met.sentence


def test_of_a_real_run_the_first_epoch_below_a_cost_is_found_whatever_the_blocks() -> None:
    run = record(Config(layers=10, weight_scale=0.9, learning_rate=0.5, epochs=400))
    limit = float(run.cost[0]) / 2
    expected = int(np.flatnonzero(run.cost < limit)[0])
    for size in (1, 7, 400):
        watch = Watch([Condition("cost_below", limit)])
        met = [found for begin in range(0, 400, size) if (found := watch.look(run.frames.rows(slice(begin, begin + size))))]
        assert [found.epoch for found in met] == [expected]


# the verdict


def judged(words: list[str], asked: list[int]) -> Callable[[Frames], str]:
    """The verdict by epoch; notes which were asked for."""

    def judge(frame: Frames) -> str:
        assert len(frame) == 1
        asked.append(int(frame.epoch[0]))
        return words[asked[-1]]

    return judge


@given(st.integers(1, 200), st.lists(st.integers(1, 60), min_size=1, max_size=5))
def test_where_the_verdict_changed_is_found_with_few_questions(change: int, sizes: list[int]) -> None:
    words, asked = ["stalled" if epoch < change else "trains" for epoch in range(301)], []
    judge, watch, first = judged(words, asked), Watch([Condition("verdict")]), 0
    met = []
    for size in sizes:
        met.append(watch.look(costs(*[0.5] * size, first=first), judge))
        first += size
    found = [one for one in met if one]
    assert [one.epoch for one in found] == ([change] if change < first and change >= sizes[0] else [])
    assert len(asked) <= len(sizes) + math.ceil(math.log2(max(sizes))) + 1
    for one in found:
        assert one.sentence == f"Paused at epoch {change:,}: the verdict changed from stalled to trains."


def test_nobody_is_asked_for_a_verdict_that_is_not_waited_for() -> None:
    asked: list[int] = []
    Watch([Condition("zero")]).look(costs(0.5, 0.4), judged(["trains"] * 2, asked))
    assert asked == []


def test_a_verdict_from_before_the_watch_counts() -> None:
    asked: list[int] = []
    judge = judged(["stalled", "trains"], asked)
    assert Watch([Condition("verdict")], costs(0.5), judge).look(costs(0.4, first=1), judge).epoch == 1


# what cannot be


@pytest.mark.parametrize("kind", ["epoch", "cost_below", "cost_above", "gradient_below"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_what_is_no_number_above_0_is_refused_in_a_sentence(kind: Kind, value: float) -> None:
    with pytest.raises(ConfigError, match=r"to pause at is .*; it must be a number greater than 0\.$") as refused:
        Condition(kind, value)
    assert refused.value.name == kind


def test_an_epoch_is_whole_and_within_the_run() -> None:
    with pytest.raises(ConfigError, match=r"The epoch to pause at is 2\.5; it must be a whole number\."):
        Condition("epoch", 2.5)
    config = Config(epochs=1000)
    Condition("epoch", 999).check_for(config)
    Condition("cost_below", 5000).check_for(config)
    with pytest.raises(ConfigError, match=r"The epoch to pause at is 1,000; the last epoch of this run is 999\."):
        Condition("epoch", 1000).check_for(config)


def test_the_rows_of_a_wide_network_that_nobody_asked_for_are_no_broken_numbers() -> None:
    config = WIDE.replace(epochs=3)
    run: Run = record(config)
    assert look([Condition("not_finite")], run.frames) is None
    assert STATISTICS[0] == "rms"
