"""Curves of many points: none loses a spike when it has more points than the screen has columns."""

from __future__ import annotations

import itertools
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gradviz.ui.plots.series import Envelope, extremes


@given(arrays(np.float64, st.integers(1, 300), elements=st.floats()), st.integers(1, 40))
def test_no_column_loses_its_least_or_its_greatest_value(values: np.ndarray, columns: int) -> None:
    places, kept = extremes(values, columns)
    assert len(places) == len(kept) <= max(2 * columns, 1)
    assert (np.diff(places) >= 0).all()
    if len(values) <= 2 * columns:
        assert np.array_equal(kept, values, equal_nan=True)
        assert np.array_equal(places, np.arange(len(values)))
        return
    bounds = [*places[::2].tolist(), len(values)]
    for number, (begin, end) in enumerate(itertools.pairwise(bounds)):
        finite = values[begin:end][np.isfinite(values[begin:end])]
        least, greatest = kept[2 * number : 2 * number + 2]
        if finite.size:
            assert (least, greatest) == (finite.min(), finite.max())
        else:
            assert math.isnan(least)
            assert math.isnan(greatest)


def test_one_spike_among_a_hundred_thousand_is_kept() -> None:
    values = np.zeros(100_000)
    values[77_777] = 1e-3
    places, kept = extremes(values, 500)
    assert len(kept) == 1000
    assert kept.max() == 1e-3
    assert abs(places[kept.argmax()] - 77_777) < 200


@given(
    st.lists(st.lists(st.floats(width=32), min_size=0, max_size=40), min_size=1, max_size=20),
    st.sampled_from([4, 6, 16, 64]),
)
def test_an_envelope_holds_real_points_in_order_and_every_extreme(parts: list[list[float]], most: int) -> None:
    envelope = Envelope(most)
    series = np.array([value for part in parts for value in part])
    begun = 0
    for part in parts:
        envelope.append(np.arange(begun, begun + len(part)), np.array(part))
        begun += len(part)
    across, values = envelope.points()
    assert len(values) <= most + 4 * len(series) / most + 4  # the spans, and the one under way, which is as long as each of them
    assert (np.diff(across) >= 0).all()
    np.testing.assert_array_equal(values, series[across.astype(int)])
    if len(series) <= most:
        np.testing.assert_array_equal(across, np.arange(len(series)))
    if len(series) and not np.isnan(series).any():
        assert values.min() == series.min()
        assert values.max() == series.max()
    assert np.isnan(values).any() == np.isnan(series).any()


def test_an_envelope_of_a_million_points_stays_small_and_keeps_a_single_spike() -> None:
    envelope = Envelope()
    costs = np.linspace(1.0, 0.1, 1_000_000)
    costs[123_456] = 50.0
    for start in range(0, len(costs), 1000):
        envelope.append(np.arange(start, start + 1000), costs[start : start + 1000])
    across, values = envelope.points()
    assert len(values) < 10_000
    assert across[values.argmax()] == 123_456
    assert across[-1] == 999_999
