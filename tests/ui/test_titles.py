"""Titles: the first wording that fits."""

from __future__ import annotations

import pytest

from gradviz import Config
from gradviz.ui.plots.pinned import gap
from gradviz.ui.plots.titles import first_fitting, sample_name, width

pytestmark = pytest.mark.usefixtures("qapp")


def test_the_first_wording_that_fits_is_taken_and_the_last_where_none_does() -> None:
    wordings = [("Factors", ["in words", "and more"]), ("Factors", ["more"]), ("F", [])]
    full = width("Factors", bold=True) + width("in words") + width("and more") + 2 * gap()
    short = width("Factors", bold=True) + width("more") + gap()
    for room, expected in ((full, 0), (full - 1, 1), (short, 1), (short - 1, 2), (0.0, 2)):
        assert first_fitting(room, wordings) == wordings[expected]


def test_colours_take_no_room() -> None:
    assert width('<span style="color:#123456">■</span>&nbsp;φ′') == width("■\xa0φ′")
    assert width("title", bold=True) > width("title") > 10


@pytest.mark.parametrize(("value", "name"), [(-0.5, "x = −0.5"), (0.0, "x = 0"), (1e-5, "x = 1×10⁻⁵"), (-2.5e7, "x = −2.5×10⁷"), (1 / 3, "x = 0.333333")])
def test_a_sample_is_called_by_its_input(value: float, name: str) -> None:
    assert sample_name(Config(inputs=(value,), targets=(0.1,)), 0) == name
