"""A value that a run can have survives being written and read; one that it cannot have is refused in a sentence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gradviz.core.config import GROUPS, LARGEST_PROFILE, PARAMETERS, Config, ConfigError

FINITE = st.floats(allow_nan=False, allow_infinity=False)
#: Values that go with the defaults of all the others; what goes together otherwise is test_combinations' business.
ALLOWED: dict[str, st.SearchStrategy[Any]] = {
    "layers": st.integers(2, 100_000),
    "width": st.integers(1, 10_000),
    "bias": st.sampled_from(["off", "on"]),
    "activation": st.sampled_from(["tanh", "sigmoid", "relu", "identity", "softsign", "leaky_relu", "elu", "selu", "gelu", "silu"]),
    "number_format": st.sampled_from(["float64", "float32", "float16", "bfloat16"]),
    "derivative": st.sampled_from(["exact", "from_output"]),
    "initialization": st.sampled_from(["constant", "normal", "uniform", "glorot", "xavier", "he", "lecun", "orthogonal", "lsuv", "critical"]),
    "weight_scale": FINITE,
    "bias_scale": st.floats(min_value=0, allow_infinity=False),
    "seed": st.integers(0, 2**32 - 1),
    "residual": st.sampled_from(["none", "plain", "fixup", "skipinit"]),
    "normalization": st.sampled_from(["none", "batch"]),
    "clipping": st.sampled_from(["none", "norm", "value"]),
    "clip_at": st.floats(min_value=0, exclude_min=True, allow_infinity=False),
    "tied_weights": st.sampled_from(["off", "on"]),
    "loss": st.just("mse"),
    "output": st.sampled_from(["activation", "linear"]),
    "optimizer": st.sampled_from(["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"]),
    "learning_rate": st.floats(min_value=0, exclude_min=True, allow_infinity=False),
    "momentum": st.floats(0, 1, exclude_max=True),
    "beta2": st.floats(0, 1, exclude_max=True),
    "weight_decay": st.floats(min_value=0, allow_infinity=False),
    "warm_up": st.integers(0, 999),
    "decay": st.sampled_from(["none", "linear", "cosine", "exponential"]),
    "final_rate": st.floats(0, 1, exclude_min=True),
    "batch_size": st.integers(0, 2),
    "epochs": st.integers(1, 10**9),
    "observe_every": st.integers(1, 10**9),
    "data": st.sampled_from(["samples", "xor", "circles", "moons", "spirals", "function", "digits"]),
    "inputs": st.lists(FINITE, min_size=1, max_size=9).map(tuple),
    "targets": st.lists(FINITE, min_size=1, max_size=9).map(tuple),
    "samples": st.integers(2, 1_000_000),
    "noise": st.floats(min_value=0, allow_infinity=False),
    "csv_file": st.text(st.characters(blacklist_categories=("Cs", "Z", "C")), max_size=9),
    "csv_target": st.text(st.characters(blacklist_categories=("Cs", "Z", "C")), max_size=9),
    "test_share": st.floats(0, 1, exclude_max=True),
}


def is_a_full_refusal(problem: ConfigError, name: str, shown: str) -> bool:
    """One sentence that names the parameter, the value and what is allowed."""
    sentence = str(problem)
    return problem.name == name and sentence == f"{name} is {shown}; it must be {PARAMETERS[name].allowed}."


def test_the_defaults_are_the_notebooks_case_1a() -> None:
    default = Config()
    assert (default.layers, default.learning_rate, default.epochs, default.weight_scale) == (100, 0.1, 1000, 1.0)
    assert (default.activation, default.inputs, default.targets) == ("tanh", (-0.5, 0.5), (-0.5, 0.5))


def test_every_parameter_says_what_it_is() -> None:
    assert PARAMETERS.keys() == ALLOWED.keys()
    for parameter in PARAMETERS.values():
        assert parameter.title
        assert parameter.symbol
        assert parameter.help.endswith(".")
        assert parameter.check(parameter.default) == parameter.default
        assert parameter.group in GROUPS
    assert len({parameter.title for parameter in PARAMETERS.values()}) == len(PARAMETERS)
    symbols = [parameter.symbol for name, parameter in PARAMETERS.items() if name != "csv_target"]  # y too: what the inputs' targets are elsewhere
    assert len(set(symbols)) == len(symbols)
    assert [name for name, parameter in PARAMETERS.items() if parameter.live] == ["clipping", "clip_at", "learning_rate"]


@given(st.sampled_from(list(ALLOWED)).flatmap(lambda name: st.tuples(st.just(name), ALLOWED[name])))
@example(("inputs", (0.1, 1 / 3, -0.0, 5e-324, 1.7976931348623157e308)))
@example(("learning_rate", 5e-324))
@example(("weight_scale", 1e16 + 2))
def test_what_a_form_shows_reads_back_as_the_same_value(knob: tuple[str, Any]) -> None:
    name, value = knob
    parameter = PARAMETERS[name]
    read = parameter.parse(parameter.format(value))
    assert read == value
    assert type(read) is type(value)
    assert getattr(Config(**{name: value, **({"targets": value} if name == "inputs" else {"inputs": value} if name == "targets" else {})}), name) == value


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("layers", "1e3", 1000),
        ("layers", " 1_000 ", 1000),
        ("learning_rate", "1e-3", 0.001),
        ("weight_scale", "-5", -5.0),
        ("inputs", "-0.5,0.5", (-0.5, 0.5)),
        ("inputs", "[1, 2e0, 3]", (1.0, 2.0, 3.0)),
        ("inputs", "7", (7.0,)),
        ("activation", " relu ", "relu"),
    ],
)
def test_numbers_are_read_as_people_type_them(name: str, text: str, value: object) -> None:
    read = PARAMETERS[name].parse(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("layers", "1", "1"),
        ("layers", "100001", "100001"),
        ("layers", "1.5", "'1.5'"),
        ("layers", "", "''"),
        ("layers", "inf", "'inf'"),
        ("layers", "1e400", "'1e400'"),
        ("layers", "many", "'many'"),
        ("epochs", "0", "0"),
        ("epochs", "1e10", "10000000000"),
        ("observe_every", "0", "0"),
        ("seed", "-1", "-1"),
        ("learning_rate", "0", "0.0"),
        ("learning_rate", "-0.1", "-0.1"),
        ("learning_rate", "nan", "nan"),
        ("learning_rate", "1e999", "inf"),
        ("learning_rate", "0,1", "'0,1'"),
        ("weight_scale", "inf", "inf"),
        ("weight_scale", "five", "'five'"),
        ("inputs", "", "''"),
        ("inputs", "1,,2", "'1,,2'"),
        ("inputs", "1, nan", "(1.0, nan)"),
        ("activation", "prelu", "'prelu'"),
        ("initialization", "Normal", "'Normal'"),
    ],
)
def test_what_a_person_typed_is_refused_in_a_sentence(name: str, text: str, shown: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        PARAMETERS[name].parse(text)
    assert is_a_full_refusal(refusal.value, name, shown)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("layers", True, "True"),
        ("layers", 3.5, "3.5"),
        ("layers", None, "None"),
        ("layers", "10", "'10'"),
        ("learning_rate", math.inf, "inf"),
        ("learning_rate", "0.1", "'0.1'"),
        ("learning_rate", False, "False"),
        ("inputs", 0.5, "0.5"),
        ("inputs", (), "()"),
        ("inputs", [[1.0]], "[[1.0]]"),
        ("inputs", np.zeros((2, 2)), "[[0.0, 0.0], [0.0, 0.0]]"),
        ("activation", 3, "3"),
    ],
)
def test_a_value_from_python_is_refused_in_the_same_words(name: str, value: object, shown: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        Config(**{name: value})
    assert is_a_full_refusal(refusal.value, name, shown)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("layers", "a whole number from 2 to 100,000"),
        ("epochs", "a whole number from 1 to 1,000,000,000"),
        ("learning_rate", "a finite number greater than 0"),
        ("weight_scale", "a finite number"),
        ("activation", "one of tanh, sigmoid, relu, identity, softsign, leaky_relu, elu, selu, gelu, silu"),
        ("momentum", "a number from 0 to below 1"),
        ("final_rate", "a number above 0, 1 at most"),
        ("csv_file", "any text"),
        ("inputs", "one or more finite numbers separated by commas"),
    ],
)
def test_what_is_allowed_is_said_in_words(name: str, allowed: str) -> None:
    assert PARAMETERS[name].allowed == allowed


@given(st.sampled_from(list(PARAMETERS)), st.one_of(st.text(), st.integers(), st.floats(), st.lists(st.floats() | st.text()), st.none()))
@example("learning_rate", 10**400)
@example("layers", 10**30)
@example("inputs", "9" * 500)
def test_whatever_is_given_is_either_taken_or_refused_with_its_name(name: str, value: object) -> None:
    for read in (PARAMETERS[name].check, lambda given: PARAMETERS[name].parse(str(given))):
        taken, refusal = None, None
        try:
            taken = read(value)
        except ConfigError as problem:
            refusal = str(problem)
        if refusal is None:
            assert PARAMETERS[name].check(taken) == taken
        else:
            assert refusal.startswith(f"{name} is ")
            assert refusal.endswith(f"; it must be {PARAMETERS[name].allowed}.")
            assert len(refusal) < 200


def test_targets_must_be_as_many_as_inputs() -> None:
    with pytest.raises(ConfigError, match=r"^targets has 1 value; it must have as many as inputs, which has 2\.$"):
        Config(inputs=(1.0, 2.0), targets=(1.0,))


def test_a_profile_that_would_not_fit_in_memory_is_refused() -> None:
    samples = LARGEST_PROFILE // 100_000 + 1
    with pytest.raises(ConfigError, match=r"^layers is 100,000 with 201 samples, 20,100,000 numbers.*must be at most 20,000,000\.$"):
        Config(layers=100_000, inputs=(0.5,) * samples, targets=(0.5,) * samples)


def test_an_unknown_parameter_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError) as refusal:
        Config().replace(lerning_rate=1.0)
    assert str(refusal.value) == f"There is no parameter 'lerning_rate'; the parameters are {', '.join(PARAMETERS)}."


def test_a_config_cannot_be_changed_but_replaced() -> None:
    config = Config()
    with pytest.raises(AttributeError):
        config.layers = 5  # type: ignore[misc]
    changed = config.replace(layers=5, weight_scale=2)
    assert (config.layers, changed.layers, changed.weight_scale) == (100, 5, 2.0)
    assert config.differences(changed) == ("layers", "weight_scale")
    assert changed.replace(layers=100, weight_scale=1.0) == config
    assert hash(changed.replace(layers=100, weight_scale=1.0)) == hash(config)


def test_numpy_and_whole_numbers_become_plain_values() -> None:
    config = Config(layers=np.int64(7), weight_scale=2, inputs=np.array([1, 2]), targets=[0.5, np.float64(1.5)])
    assert config.as_dict() == {**Config().as_dict(), "layers": 7, "weight_scale": 2.0, "inputs": (1.0, 2.0), "targets": (0.5, 1.5)}
    assert {type(number) for number in (config.weight_scale, *config.inputs, *config.targets)} == {float}
