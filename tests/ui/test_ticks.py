"""Ticks of an axis that counts layers or epochs."""

from __future__ import annotations

import pyqtgraph as pg
import pytest

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
