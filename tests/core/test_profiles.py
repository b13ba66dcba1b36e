"""Profiles: decades of every float64."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.core.profiles import decades

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("value", "decade"),
    [(1.0, 0.0), (-1000.0, 3.0), (1e-300, -300.0), (1e-320, -320.0), (0.0, -INF), (-0.0, -INF), (INF, INF), (-INF, INF)],
)
def test_decades_of_what_everybody_knows(value: float, decade: float) -> None:
    assert decades(np.array([value]))[0] == pytest.approx(decade, rel=1e-4)


def test_nan_has_no_decade() -> None:
    assert np.isnan(decades(np.array([NAN]))).all()


@given(st.floats(5e-324, 1.7e308))
def test_decades_are_exact_down_to_the_smallest_number(value: float) -> None:
    assert decades(np.array([value, -value])).tolist() == pytest.approx([float(Decimal(value).log10())] * 2, rel=1e-14, abs=1e-15)
