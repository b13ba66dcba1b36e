"""Parameters that cannot go together are refused in a sentence at one of them, and those that are said to do nothing do nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz import record
from gradviz.core.combinations import DIGITS, USED, training_samples, unused
from gradviz.core.combinations import tested as kept_back
from gradviz.core.config import PARAMETERS, Config, ConfigError

#: A small wide network in which as little as possible sleeps.
WIDE: dict[str, Any] = {"layers": 5, "width": 3, "epochs": 4, "data": "moons", "samples": 12, "weight_scale": 0.9, "initialization": "xavier"}
#: Another allowed value of each parameter that may sleep.
OTHER: dict[str, Any] = {
    "seed": 7,
    "bias_scale": 0.5,
    "clip_at": 0.001,
    "output": "linear",
    "momentum": 0.5,
    "beta2": 0.5,
    "weight_decay": 0.7,
    "final_rate": 0.5,
    "inputs": (0.1, 0.2),
    "targets": (0.3, 0.4),
    "samples": 20,
    "noise": 0.3,
    "csv_file": "somewhere.csv",
    "csv_target": "price",
    "derivative": "from_output",
}
#: For each of them, what lets it act. h is within a rounding of what it is from u: `derivative` shows where u is beyond 19 only.
AWAKE: dict[str, dict[str, Any]] = {
    "seed": {},
    "bias_scale": {"bias": "on"},
    "clip_at": {"clipping": "norm"},
    "output": {},
    "momentum": {"optimizer": "momentum"},
    "beta2": {"optimizer": "rmsprop"},
    "weight_decay": {"optimizer": "adamw"},
    "final_rate": {"decay": "linear"},
    "inputs": {"data": "samples"},
    "targets": {"data": "samples"},
    "samples": {},
    "noise": {},
    "derivative": {"weight_scale": 90.0},
}
#: And what puts it to sleep.
ASLEEP: dict[str, dict[str, Any]] = {
    "seed": {"initialization": "constant", "data": "samples"},
    "output": {"loss": "cross_entropy"},
    "samples": {"data": "samples"},
    "noise": {"data": "samples"},
    "derivative": {"activation": "relu"},
}


def bits(config: Config) -> list[bytes]:
    run = record(config)
    return [np.ascontiguousarray(column).tobytes() for column in run.frames.columns().values()]


@pytest.mark.parametrize(
    ("values", "name", "sentence"),
    [
        ({"inputs": (1.0, 2.0), "targets": (1.0,)}, "targets", "targets has 1 value; it must have as many as inputs, which has 2."),
        ({"width": 2, "number_format": "float16"}, "number_format", "number_format is float16, which only the chain knows"),
        ({"loss": "cross_entropy"}, "loss", "loss is cross_entropy, which needs two classes or more, and data is samples"),
        ({"loss": "cross_entropy", "data": "function"}, "loss", "choose mse, or data with classes: xor, circles, moons, spirals, digits or csv."),
        ({"data": "csv"}, "csv_file", "data is csv, and no table is chosen; csv_file must be the path of a CSV file."),
        ({"inputs": (1.0,), "targets": (1.0,), "test_share": 0.5}, "test_share", "there is one sample: none would be left to learn from; it must be 0."),
        ({"batch_size": 3}, "batch_size", "batch_size is 3, and there are 2 samples to learn from; it must be 2 at most, or 0 for all of them."),
        ({"data": "moons", "samples": 100, "test_share": 0.2, "batch_size": 81}, "batch_size", "there are 80 samples to learn from"),
        ({"data": "digits", "samples": 5000, "batch_size": 1798}, "batch_size", "there are 1,797 samples to learn from"),
        ({"normalization": "batch", "layers": 2}, "normalization", "only hidden layers are normalized; it takes 3 layers or more."),
        ({"normalization": "layer"}, "normalization", "one unit less its own mean is always 0; it takes a width of 2 or more."),
        ({"normalization": "batch", "batch_size": 1}, "normalization", "a batch has one sample"),
        ({"normalization": "batch", "inputs": (1.0,), "targets": (1.0,)}, "normalization", "it takes 2 samples or more."),
        ({"residual": "plain", "layers": 3}, "residual", "residual is plain, and layers is 3: it is about layers between two hidden ones; it takes 4 layers"),
        ({"tied_weights": "on", "layers": 3}, "tied_weights", "tied_weights is on, and layers is 3"),
        ({"warm_up": 1000}, "warm_up", "warm_up is 1,000 epochs, and the run has 1,000; it must be shorter than the run."),
    ],
)
def test_what_cannot_go_together_is_said_at_one_of_them(values: dict[str, Any], name: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        Config(**values)
    assert refusal.value.name == name
    assert sentence in str(refusal.value)
    assert f"{name} " in str(refusal.value)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    "values",
    [
        {"number_format": "float16"},
        {"width": 2, "number_format": "float32"},
        {"loss": "cross_entropy", "data": "xor"},
        {"batch_size": 2},
        {"data": "moons", "samples": 100, "test_share": 0.2, "batch_size": 80},
        {"data": "csv", "csv_file": "a.csv", "batch_size": 1_000_000},
        {"normalization": "batch", "layers": 3},
        {"normalization": "layer", "width": 2},
        {"residual": "plain", "layers": 4},
        {"tied_weights": "on", "layers": 4},
        {"warm_up": 999},
    ],
)
def test_what_just_goes_together_is_taken(values: dict[str, Any]) -> None:
    config = Config(**values)
    assert all(getattr(config, name) == value for name, value in values.items())


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_share_kept_back_leaves_something_on_both_sides(samples: int, share: float) -> None:
    back = kept_back(samples, share)
    if not share:
        assert back == 0
    elif samples > 1:
        assert 1 <= back <= samples - 1
        assert abs(back - samples * share) <= 1


def test_samples_are_counted_before_they_are_drawn() -> None:
    assert training_samples(Config()) == 2
    assert training_samples(Config(data="moons", samples=50, test_share=0.1)) == 45
    assert training_samples(Config(data="digits", samples=10**6)) == DIGITS == 1797
    assert training_samples(Config(data="csv", csv_file="a.csv")) is None


def test_the_tables_of_this_test_name_every_parameter_that_may_sleep() -> None:
    assert OTHER.keys() == USED.keys()
    assert AWAKE.keys() == USED.keys() - {"csv_file", "csv_target"}
    assert "layers" not in unused(Config().as_dict())


@pytest.mark.parametrize("name", USED)
def test_what_is_said_to_do_nothing_changes_no_bit(name: str) -> None:
    config = Config(**{**WIDE, **ASLEEP.get(name, {})})
    assert name in unused(config.as_dict())
    assert bits(config) == bits(config.replace(**{name: OTHER[name]}))


@pytest.mark.parametrize("name", AWAKE)
def test_what_is_said_to_act_changes_the_run(name: str) -> None:
    config = Config(**{**WIDE, **AWAKE[name]})
    assert name not in unused(config.as_dict())
    assert bits(config) != bits(config.replace(**{name: OTHER[name]}))


@pytest.mark.parametrize("name", ["csv_file", "csv_target"])
def test_a_table_counts_only_where_it_is_what_is_learned(name: str) -> None:
    assert name in unused(Config().as_dict())
    assert name not in unused(Config(data="csv", csv_file="a.csv").as_dict())


@pytest.mark.parametrize("data", PARAMETERS["data"].choices)
def test_nothing_is_asleep_that_the_data_are_made_of(data: str) -> None:
    asleep = unused({**Config().as_dict(), "data": data, "csv_file": "a.csv"})
    assert ({"inputs", "targets"} <= asleep) == (data != "samples")
    assert ("samples" in asleep) == (data == "samples")
    assert ("noise" in asleep) == (data in ("samples", "digits", "csv"))
