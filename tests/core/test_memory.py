"""The estimate of a training's memory, against what Python counts while the network is made and trained."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.core.config import Config
from gradviz.core.dense import Network
from gradviz.core.frames import Frames
from gradviz.core.memory import RECORDED, SCORED, Memory, needed, sentence, size
from gradviz.core.training import train
from gradviz.runs import run as runs

MB = 1024**2
#: One sort of network each, all large enough that what is not counted does not count.
WIDE: dict[str, dict[str, Any]] = {
    "weights": {"layers": 5, "width": 500, "samples": 20},
    "momentum": {"layers": 5, "width": 500, "samples": 20, "optimizer": "momentum"},
    "adam": {"layers": 5, "width": 500, "samples": 20, "optimizer": "adam"},
    "activations": {"layers": 60, "width": 32, "samples": 1000},
    "float32": {"layers": 20, "width": 100, "samples": 500, "number_format": "float32"},
    "batch norm": {"layers": 40, "width": 32, "samples": 1000, "normalization": "batch", "bias": "on"},
    "layer norm and residual": {"layers": 40, "width": 32, "samples": 1000, "normalization": "layer", "residual": "skipinit"},
    "cross-entropy": {"layers": 40, "width": 32, "samples": 1000, "loss": "cross_entropy"},
    "batches and a test": {"layers": 40, "width": 32, "samples": 1000, "batch_size": 256, "test_share": 0.3},
    "tied": {"layers": 40, "width": 200, "samples": 100, "tied_weights": "on"},
}


@pytest.mark.parametrize("values", WIDE.values(), ids=list(WIDE))
def test_a_wide_training_takes_what_was_said(values: dict[str, Any]) -> None:
    config = Config(**values, data="moons", initialization="xavier", weight_scale=0.5, epochs=1)
    memory = needed(config)
    for _ in train(Config(width=2, data="moons", epochs=1)):
        pass  # what it imports is not part of it
    tracemalloc.start()
    try:
        for _ in train(config):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    said = memory.total - memory.recording
    assert 0.75 * peak < said < 1.35 * peak, f"{peak / MB:.0f} MB, said {sentence(memory)}"


@given(
    st.builds(
        dict,
        layers=st.integers(2, 9),
        width=st.integers(1, 9),
        bias=st.sampled_from(["off", "on"]),
        data=st.sampled_from(["xor", "function", "spirals", "samples", "digits"]),
        number_format=st.sampled_from(["float64", "float32"]),
        output=st.just("linear"),
    ),
    st.booleans(),
)
def test_weights_are_counted_one_by_one(values: dict[str, Any], cured: bool) -> None:
    cures = {"normalization": "batch", "residual": "fixup", "tied_weights": "on"} if cured and values["layers"] > 3 else {}
    config = Config(**values, **cures)
    inputs = {"samples": 1, "function": 1, "digits": 64}.get(config.data, 2)
    outputs = {"samples": 1, "function": 1, "digits": 10, "xor": 2}.get(config.data, 3)
    network = Network(config, inputs, outputs)
    memory = needed(config)
    assert (memory.parameters, memory.gradients) == (network.theta.nbytes, network.gradient.nbytes)
    assert needed(config, inputs, outputs) == memory


@pytest.mark.parametrize(("optimizer", "slots"), [("sgd", 0), ("momentum", 1), ("nesterov", 1), ("rmsprop", 1), ("adam", 2), ("adamw", 2)])
def test_an_optimizer_remembers_so_many_numbers_of_each_weight(optimizer: str, slots: int) -> None:
    memory = needed(Config(width=50, optimizer=optimizer))
    assert memory.optimizer == slots * memory.parameters


def test_a_table_is_taken_to_be_as_wide_as_the_network_until_it_is_known() -> None:
    config = Config(layers=3, width=100, data="csv", csv_file="a.csv", samples=10)
    assert needed(config).parameters == 8 * 2 * 100 * 100
    assert needed(config, 7, 3).parameters == 8 * (7 * 100 + 100 * 3)


def test_a_run_is_recorded_up_to_a_limit_that_the_run_keeps_to() -> None:
    assert runs.PROFILE_MEMORY == RECORDED
    assert runs.COST_ROWS == SCORED
    config = Config(epochs=10)
    frame = Frames.empty(config).bytes_each
    assert needed(config).recording == 12 * frame + 10 * 16
    assert needed(Config(epochs=10**9)).recording == RECORDED + 16 * SCORED + 2 * frame
    assert needed(Config(epochs=10**9, observe_every=10**8)).recording == needed(config).recording


def test_the_chain_grows_with_its_layers_and_samples() -> None:
    small, deep = needed(Config(layers=1000, epochs=1)), needed(Config(layers=10_000, epochs=1))
    assert 9 < deep.total / small.total < 11
    largest = needed(Config(layers=100_000, inputs=(0.5,) * 200, targets=(0.5,) * 200, epochs=1))
    assert 2 * 1024 * MB < largest.total < 4 * 1024 * MB


@pytest.mark.parametrize(("count", "words"), [(0, "0 MB"), (340 * MB, "340 MB"), (1024 * MB, "1.0 GB"), (1.25 * 1024 * MB, "1.2 GB"), (2**41, "2.0 TB")])
def test_sizes_in_words(count: float, words: str) -> None:
    assert size(count) == words


def test_the_sum_is_said_with_its_parts_and_without_those_that_round_to_nothing() -> None:
    gigabyte = 1024 * MB
    memory = Memory(4 * gigabyte // 10, 4 * gigabyte // 10, 8 * gigabyte // 10, MB, 0, 0)
    assert sentence(memory) == "1.6 GB: weights 0.4, gradients 0.4, optimizer 0.8"
    assert sentence(Memory(100, 0, 0, 0, 0, 0)) == "0 MB"
    assert memory.total == sum(memory)
