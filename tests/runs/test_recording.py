"""What a run keeps stays within its bounds, however long the run and however small its blocks."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradviz import Config, train
from gradviz.core.frames import Frames, columns_for
from gradviz.runs import recording
from gradviz.runs.recording import GrowingColumns, KeptFrames, ObservedEpochs
from gradviz.runs.run import Run

CHAIN = Config(layers=2, inputs=(0.5,), targets=(0.5,))
WIDE = Config(layers=3, width=2)
SIZES = st.one_of(st.integers(1, 9), st.integers(1, 90))


@given(st.lists(st.integers(0, 50), max_size=40), st.integers(2, 40))
def test_columns_past_their_limit_keep_every_second_row(sizes: list[int], limit: int) -> None:
    columns = GrowingColumns(limit, epoch=np.int64, cost=np.float64)
    seen = 0
    for size in sizes:
        epochs = np.arange(seen, seen + size)
        columns.append(epoch=epochs, cost=epochs / 4)
        seen += size
        assert len(columns["epoch"]) <= limit
        assert columns["epoch"].tolist() == list(range(0, seen, columns.stride))
        np.testing.assert_array_equal(columns["cost"], columns["epoch"] / 4)
    assert seen <= limit or seen / columns.stride > limit / 2 - 1


def test_a_long_run_with_no_room_for_profiles_takes_no_more_memory_with_every_block() -> None:

    config = Config(layers=5)
    one = next(train(config))
    run = Run(config, memory=0)

    def append(times: int) -> int:
        for _ in range(times):
            run.append(one)
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = append(5000)
        after = append(10_000)
    finally:
        tracemalloc.stop()
    assert len(run.cost) == 15_000
    assert after - before < 30 * 10_000, "more than the 16 bytes of an epoch and its cost, twice over for growth, is kept for each"


def made_up(config: Config, epochs: np.ndarray, seed: int = 0) -> Frames:
    """Frames of these epochs with random numbers: small ones of both signs, spikes, and some that were not worked out."""
    random = np.random.default_rng([seed, int(epochs[0])])
    columns = columns_for(config, len(epochs))
    for name, column in columns.items():
        values, kind = random.normal(0, 1e-3, column.shape), random.random(column.shape)
        values[kind < 0.02] *= 1e6
        values[kind > 0.98] = np.nan
        column[...] = epochs if name == "epoch" else values
    return Frames.kind_for(config)(**columns)


def bytes_each(config: Config, copies: int = 1) -> int:
    """What a frame takes, its profiles so many times."""
    nothing = Frames.empty(config)
    return 8 * sum(column.ndim == 1 for column in nothing.columns().values()) + copies * nothing.bytes_each


def assert_same(found: Frames, expected: Frames) -> None:
    assert type(found) is type(expected)
    for name, column in expected.columns().items():
        np.testing.assert_array_equal(getattr(found, name), column, err_msg=name)


def all_of(kept: KeptFrames) -> tuple[Frames, Frames, Frames]:
    """What is kept, and its extremes."""
    blocks, extremes = kept.between(-1, sys.maxsize), kept.extremes(-1, sys.maxsize)
    assert [len(block) for block in blocks] == [len(low) for low, _ in extremes] == [len(high) for _, high in extremes]
    low, high = zip(*extremes, strict=True)
    return Frames.joined(blocks), Frames.joined(list(low)), Frames.joined(list(high))


@dataclass
class Story:
    """Everything that some frames are kept of, and what of it their extremes may be of."""

    config: Config
    kept: KeptFrames
    observed: Frames
    known: np.ndarray

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where the span of each frame that is left begins and ends among all that were observed."""
        epochs = [epoch for block in self.kept.between(-1, sys.maxsize) for epoch in block.epoch]
        begins = np.searchsorted(self.observed.epoch, epochs).tolist()
        return list(pairwise([*begins, len(self.observed)]))

    def append(self, size: int, every: int, seed: int = 0) -> None:
        last = int(self.observed.epoch[-1]) if len(self.observed) else -every
        frames = made_up(self.config, last + every * np.arange(1, size + 1), seed)
        self.kept.append(frames)
        self.observed = Frames.joined([self.observed, frames])
        self.known = np.append(self.known, np.full(size, True))

    def before(self, epoch: int) -> Story:
        count = int(np.searchsorted(self.observed.epoch, epoch))
        known = self.known[:count].copy()
        for begin, end in self.spans:
            if begin < count < end:
                known[begin + 1 :] = False
        return Story(self.config, self.kept.before(epoch), self.observed.rows(slice(count)), known)

    def check(self) -> None:
        """The first frame of each span is left, with the least and greatest of all that is known of it, and no byte more is counted or less."""
        if not self.kept.rows:
            assert not len(self.observed)
            return
        frames, low, high = all_of(self.kept)
        assert_same(frames, self.observed.rows([begin for begin, _ in self.spans]))
        begins = [begin for begin, _ in self.spans]
        for found, extreme in ((low, np.fmin), (high, np.fmax)):
            expected = frames.columns()
            for name, column in self.observed.columns().items():
                if column.ndim > 1:
                    known = np.where(self.known.reshape(-1, *[1] * (column.ndim - 1)), column, np.nan)
                    expected[name] = extreme.reduceat(known, begins, axis=0)
            assert_same(found, type(frames)(**expected))
        assert self.kept.rows == len(frames)
        thinned = [not np.shares_memory(low.h, high.h) for low, high in self.kept.extremes(-1, sys.maxsize)]
        blocks = zip(self.kept.between(-1, sys.maxsize), thinned, strict=True)
        assert self.kept.bytes == sum(len(block) * bytes_each(self.config, 3 if thin else 1) for block, thin in blocks)


def story(config: Config, memory: float) -> Story:
    """Nothing yet, and memory for so many frames."""
    return Story(config, KeptFrames(int(memory * bytes_each(config))), Frames.empty(config), np.empty(0, bool))


@given(st.data(), st.sampled_from([CHAIN, WIDE]), st.one_of(st.integers(0, 40), st.integers(60, 300)), st.sampled_from([2, 64]), st.sampled_from([1, 3]))
def test_the_extremes_of_every_span_are_those_of_all_its_frames(data: st.DataObject, config: Config, room: int, at_once: int, every: int) -> None:
    stories = [story(config, room)]
    with mock.patch.object(recording, "THINNED_AT_ONCE", at_once):
        for seed in range(data.draw(st.integers(1, 12))):
            one = data.draw(st.sampled_from(stories))
            if data.draw(st.integers(0, 3)) == 0:
                stories.append(one.before(data.draw(st.integers(-1, every * len(one.observed) + 1))))
                continue
            size = data.draw(SIZES)
            for _ in range(data.draw(st.sampled_from([1, 1, 30]))):
                one.append(size, every, seed)
                most = max(1.25 * room * bytes_each(config), bytes_each(config, 3))
                assert one.kept.bytes <= most + size * bytes_each(config), "thinning out may lag behind by a quarter and the block, and not by more"
        for one in stories:
            one.check()
            one.kept.blocks()
            one.check()
            assert {begin % one.kept.stride for begin, _ in one.spans} <= {0}, "one in so many, from the first on"


@given(st.data(), st.sampled_from([CHAIN, WIDE]), st.lists(SIZES, min_size=1, max_size=10), st.sampled_from([1, 3]))
def test_going_on_from_before_an_epoch_is_as_if_the_later_ones_had_never_come(data: st.DataObject, config: Config, sizes: list[int], every: int) -> None:
    whole = story(config, 500)
    for size in sizes:
        whole.append(size, every)
    one = whole.before(data.draw(st.integers(1, every * min(500, len(whole.observed)))))
    fresh = story(config, 500)
    fresh.kept.append(one.observed)
    fresh.observed, fresh.known = one.observed, one.known
    assume(whole.kept.stride == 1)
    for size in [*sizes, 700]:
        for either in (one, fresh):
            either.append(size, every, seed=1)
    for either in (one, fresh):
        either.kept.blocks()
        either.check()
    assert one.kept.stride == fresh.kept.stride > 1
    assert one.spans == fresh.spans
    whole.check()


def test_the_number_of_a_frame_is_known_though_its_span_is_thinned() -> None:
    whole = story(CHAIN, 100)
    whole.append(1000, 10)
    stride = whole.kept.stride
    one = whole.before(10 * (3 * stride + 5))
    one.append(3 * stride, 10)
    assert [begin for begin, _ in one.spans] == list(range(0, 6 * stride + 5, stride))
    one.check()


def test_before_the_first_epoch_there_was_nothing() -> None:
    whole = story(CHAIN, 100)
    assert whole.kept.before(5).rows == 0
    whole.append(1000, 1)
    one = whole.before(0)
    assert (one.kept.rows, one.kept.bytes, one.kept.stride, one.kept.blocks()) == (0, 0, 1, [])
    one.append(50, 1)
    one.check()
    assert one.kept.stride == 1


@given(st.sampled_from([CHAIN, WIDE]), st.lists(SIZES, min_size=1, max_size=10), st.integers(1, 200), st.sampled_from([1, 3]))
def test_what_was_saved_comes_back_and_goes_on_as_it_would_have(config: Config, sizes: list[int], room: int, every: int) -> None:
    saved = story(config, room)
    for size in sizes:
        saved.append(size, every)
    saved.kept.blocks()
    observed, memory = len(saved.observed), int(room * bytes_each(config))
    restored = KeptFrames.restored(*all_of(saved.kept), saved.kept.stride, observed, memory=memory)
    again = Story(config, restored, saved.observed, saved.known)
    for size in [0, *sizes, 300]:
        for either in (saved, again):
            if size:
                either.append(size, every, seed=1)
            either.kept.blocks()
            either.check()
        assert (again.kept.stride, again.kept.rows, again.kept.bytes) == (saved.kept.stride, saved.kept.rows, saved.kept.bytes)
        assert again.spans == saved.spans
    again.before(every * observed // 2).check()


def test_of_a_file_without_extremes_the_frames_are_their_own() -> None:
    frames = made_up(CHAIN, np.arange(0, 640, 64))
    kept = KeptFrames.restored(frames, None, None, 64, 600)
    for found in all_of(kept):
        assert_same(found, frames)


def appended(room: int, frames: int) -> KeptFrames:
    one = story(CHAIN, room)
    one.append(frames, 1)
    return one.kept


def saved_and_restored(room: int, frames: int) -> KeptFrames:
    kept = appended(room, frames)
    return KeptFrames.restored(*all_of(kept), kept.stride, frames)


def gone_on_from_before(room: int, frames: int) -> KeptFrames:
    kept = appended(room, frames + 5).before(frames)
    kept.append(made_up(CHAIN, np.arange(frames, frames + 1)))
    return kept


@pytest.mark.parametrize("frames", [101, 1015])
@pytest.mark.parametrize("made", [appended, saved_and_restored, gone_on_from_before])
def test_extremes_that_were_handed_out_stay_while_their_span_goes_on(made: Callable[[int, int], KeptFrames], frames: int) -> None:
    kept = made(99, frames)
    stride, handed_out = kept.stride, kept.extremes(0, sys.maxsize)[-1]
    assert frames % stride, "the last span goes on"
    before = [[column.copy() for column in extreme.columns().values()] for extreme in handed_out]
    frame = made_up(CHAIN, np.arange(frames + 1, frames + 2))
    for spike in (-1e300, 1e300):
        kept.append(Frames(**{**frame.columns(), "g": np.full_like(frame.g, spike)}))
    assert kept.stride == stride, "nothing was thinned out"
    low, high = kept.extremes(0, sys.maxsize)[-1]
    assert (low.g[-1].max(), high.g[-1].min()) == (-1e300, 1e300)
    for extreme, columns in zip(handed_out, before, strict=True):
        for column, was in zip(extreme.columns().values(), columns, strict=True):
            np.testing.assert_array_equal(column, was)
            with pytest.raises(ValueError, match="read-only"):
                column[...] = 0


@pytest.mark.parametrize("room", [600, 100_000])
def test_frames_that_come_one_by_one_take_hardly_more_than_their_numbers(room: int) -> None:
    one = made_up(CHAIN, np.arange(1))
    kept = KeptFrames(room * bytes_each(CHAIN))
    tracemalloc.start()
    try:
        for number in range(4000):
            kept.append(Frames(**{**one.columns(), "epoch": np.array([number])}))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (kept.stride == 1) == (room > 4000)
    assert taken < 1.25 * kept.bytes + 100_000


@given(st.lists(st.integers(1, 4), min_size=1, max_size=60), st.integers(1, 9), st.integers(0, 70))
def test_observed_epochs_are_counted_however_far_apart_they_are(gaps: list[int], size: int, cut: int) -> None:
    epochs = np.cumsum(gaps)
    observed = ObservedEpochs()
    for begin in range(0, len(epochs), size):
        observed.extend(epochs[begin : begin + size])
    kept, count = observed.cut(min(cut, len(epochs))), min(cut, len(epochs))
    kept.extend(epochs[count:])
    for one in (observed, kept):
        assert one.count == len(epochs)
        assert [one.before(epoch) for epoch in range(epochs[-1] + 3)] == np.searchsorted(epochs, np.arange(epochs[-1] + 3)).tolist()


def test_regular_epochs_take_no_memory_of_their_own() -> None:
    observed = ObservedEpochs()
    observed.extend(np.arange(0, 10_000, 10))
    observed.extend(np.array([9_994]))
    assert len(observed._parts) == 2
