"""What the lessons on cures claim: that a task kept what it must not change, and the mean that batch norm throws away."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from gradviz.core.config import Config
from gradviz.core.interventions import Intervention
from gradviz.lessons.claims import AnyClaim, Has, measured
from gradviz.lessons.reading import LessonError, lesson_from
from gradviz.lessons.seen import seen
from gradviz.runs.run import record

CHAIN = Config(layers=10, weight_scale=0.9, epochs=4)


def has(**values: Any) -> Any:
    return msgspec.convert({"claim": "has", "set": values}, AnyClaim)


def test_an_experiment_has_what_it_was_begun_with_and_nothing_else() -> None:
    what = seen(record(CHAIN))
    assert has(layers=10, weight_scale=0.9, optimizer="sgd").check(what).holds
    for changed in ({"layers": 11}, {"weight_scale": 0.90001}, {"optimizer": "adam"}, {"layers": 10, "residual": "fixup"}):
        assert not has(**changed).check(what).holds, changed


def test_a_whole_number_says_the_same_as_the_number_that_it_is() -> None:
    what = seen(record(CHAIN.replace(weight_scale=1.0)))
    assert has(weight_scale=1).check(what).holds
    assert isinstance(has(weight_scale=1), Has)


def test_what_was_turned_on_the_way_counts_from_there_on() -> None:
    run = record(CHAIN, (Intervention.parse("2:learning_rate=0.5"),))
    assert has(learning_rate=0.1).check(seen(run, 1)).holds
    assert has(learning_rate=0.5).check(seen(run, 2)).holds
    assert not has(learning_rate=0.1).check(seen(run)).holds


def test_what_is_found_is_said_of_the_same_parameters() -> None:
    found = has(layers=12, optimizer="adam").check(seen(record(CHAIN)))
    assert found == (False, "layers 10, optimizer sgd")


@pytest.mark.parametrize(
    ("values", "said"),
    [("{ layers = 1 }", "layers is 1; it must be"), ("{ depth = 4 }", "There is no parameter 'depth'"), ("{}", "says nothing of the experiment")],
)
def test_what_no_experiment_can_have_is_refused_with_its_line(values: str, said: str) -> None:
    text = f"""title = "T"
summary = "S"
minutes = 5
[[steps]]
title = "A"
text = "B"
preset = "notebook-1a"
claims = [
    {{ claim = "trains" }},
    {{ claim = "has", set = {values} }},
]
"""
    with pytest.raises(LessonError, match=said) as refusal:
        lesson_from(text, "t.toml")
    assert refusal.value.line == 10


def test_half_a_normal_distribution_has_the_mean_and_size_that_books_say() -> None:
    """E relu(u) = 1/sqrt(2 pi), E relu(u)^2 = 1/2 for u from N(0, 1), which batch norm makes of every unit."""
    wide = Config(layers=4, width=200, activation="relu", initialization="he", normalization="batch", data="digits", loss="cross_entropy", epochs=1)
    moment = seen(record(wide)).moment
    mean, size = measured("mean h", 1, moment), measured("h", 1, moment)
    assert mean == pytest.approx(1.0 / math.sqrt(2.0 * math.pi), rel=0.02)
    assert size == pytest.approx(math.sqrt(0.5), rel=0.01)
    assert size / math.sqrt(size**2 - mean**2) == pytest.approx(math.sqrt(math.pi / (math.pi - 1.0)), rel=0.02)


def test_a_chain_has_no_mean_over_units() -> None:
    assert math.isnan(measured("mean h", 1, seen(record(CHAIN)).moment))
