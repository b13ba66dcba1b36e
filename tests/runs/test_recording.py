"""What a run keeps stays within its bounds, however long the run and however small its blocks."""

from __future__ import annotations

import tracemalloc

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradviz import Config, train
from gradviz.runs.recording import GrowingColumns
from gradviz.runs.run import Run


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
