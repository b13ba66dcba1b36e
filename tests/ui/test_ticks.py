"""Ticks of an axis that counts layers or epochs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pyqtgraph as pg
import pytest

from gradviz.ui.plots.axes import DecadeAxis, PlainAxis
from gradviz.ui.plots.scales import Range
from gradviz.ui.plots.ticks import whole_ticks

pytestmark = pytest.mark.usefixtures("qapp")

SIZES = (60, 150, 330, 700, 1200, 2500)


def ticks(axis: pg.AxisItem, count: int, size: int) -> list[float]:
    return [tick for _, level in axis.tickValues(-0.5, count - 0.5, size) for tick in level]


@pytest.mark.parametrize("size", SIZES)
def test_no_tick_is_at_a_half_however_few_layers_there_are(size: int) -> None:
    axis = pg.AxisItem("bottom")
    for count in range(2, 1001):
        whole_ticks(axis, count)
        found = ticks(axis, count, size)
        assert len(found) >= 2
        assert all(tick == round(tick) for tick in found), (count, found)


def test_each_of_few_layers_has_a_tick() -> None:
    axis = pg.AxisItem("bottom")
    whole_ticks(axis, 5)
    assert sorted(ticks(axis, 5, 330)) == [0, 1, 2, 3, 4]


def test_of_many_layers_pyqtgraph_chooses_again() -> None:
    axis, own = pg.AxisItem("bottom"), pg.AxisItem("bottom")
    whole_ticks(axis, 3)
    whole_ticks(axis, 100)
    assert ticks(axis, 100, 330) == ticks(own, 100, 330)


def test_an_axis_is_drawn_anew_only_if_its_ticks_change() -> None:
    axis = pg.AxisItem("bottom")
    whole_ticks(axis, 3)
    axis.picture = "drawn"
    whole_ticks(axis, 5)
    assert axis.picture == "drawn"
    whole_ticks(axis, 100)
    assert axis.picture is None


@pytest.mark.parametrize("kind", [partial(PlainAxis, "left"), DecadeAxis])
def test_large_and_small_numbers_of_a_linear_axis_are_powers_as_a_book_prints_them(kind: Callable[[], PlainAxis]) -> None:
    axis = kind()
    axis.covered = Range(-2e6, 2e6)
    assert axis.tickStrings([-2e6, -1e6, 0.0, 1e6, 1.5e6], 1.0, 5e5) == ["−2×10⁶", "−10⁶", "0", "10⁶", "1.5×10⁶"]
    assert axis.tickStrings([-1e-5, 0.0, 2.5e-5], 1.0, 1e-5) == ["−10⁻⁵", "0", "2.5×10⁻⁵"]
    assert axis.tickStrings([-0.5, 0.0, 0.5], 1.0, 0.5) == ["−0.5", "0", "0.5"]
