"""What is expected of a wide network, layer by layer, against networks that are drawn and measured, and against what the literature says of the cures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gradviz.core.combinations import ConfigError
from gradviz.core.config import Config
from gradviz.core.dense import Network, Seen
from gradviz.core.dense_training import begin
from gradviz.core.expectations import Expected, compare, expect
from gradviz.core.frames import WideFrames
from gradviz.core.meanfield import critical_scale, mean_field
from gradviz.runs.blas import one_thread
from gradviz.runs.run import training

#: Inputs, outputs and samples of the networks that are drawn.
INPUTS, OUTPUTS, SAMPLES = 80, 10, 128


def config(**changes: Any) -> Config:
    return Config(**{"layers": 12, "width": 256, "data": "digits", "samples": SAMPLES, "output": "linear", **changes})


def expected(**changes: Any) -> Expected:
    found = expect(config(**changes), 1.0, INPUTS, OUTPUTS)
    assert found is not None
    return found


def factors(found: Expected) -> np.ndarray:
    """What each layer between two hidden ones multiplies a gradient's root mean square by, from the input's side."""
    return 10.0 ** -np.diff(found.backward[1:-1])


def measured(changed: Config, seeds: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Root mean squares of h and u, and log10 of that of dC/dh relative to the last hidden layer's, on average over some draws."""
    sizes, ways = [], []
    for seed in range(seeds):
        draw = np.random.default_rng(100 + seed)
        network = Network(changed.replace(seed=seed), INPUTS, OUTPUTS)
        begin(network, x := draw.standard_normal((SAMPLES, INPUTS)))
        network.forward(x)
        gradients: dict[int, float] = {}

        def look(k: int, seen: Seen, into: dict[int, float] = gradients) -> None:
            into[k] = float(np.mean(seen.dh**2))
            into[k - 1] = float(np.mean(seen.back**2))  # of the input, which the next one does not replace

        # targets far away: what comes back is theirs, independent of the weights
        network.backward(1e6 * draw.standard_normal((SAMPLES, OUTPUTS)), look)
        decades = np.log10([gradients[k] for k in range(changed.layers)]) / 2.0
        ways.append(decades - decades[-2])
        layers = zip(network.room.h, [np.full(1, np.nan), *network.room.u[1:]], strict=True)
        sizes.append([[float(np.mean(h**2)), float(np.mean(u**2))] for h, u in layers])
    h, u = np.sqrt(np.mean(sizes, axis=0)).T
    return h, u, np.mean(ways, axis=0)


WITHOUT_CURES = [
    {"activation": "tanh", "initialization": "uniform", "weight_scale": 1.3},
    {"activation": "relu", "initialization": "he"},
    {"activation": "sigmoid", "initialization": "lecun"},
    {"activation": "gelu", "initialization": "xavier"},
    {"activation": "silu", "initialization": "lsuv", "weight_scale": 0.8, "bias": "on", "bias_scale": 0.3},
    {"activation": "selu", "initialization": "normal", "bias": "on", "bias_scale": 0.2},
    {"activation": "elu", "initialization": "glorot", "weight_scale": 1.6},
    {"activation": "softsign", "initialization": "orthogonal", "weight_scale": 2.0, "output": "activation"},
    {"activation": "tanh", "initialization": "critical", "bias": "on", "bias_scale": 0.3},
    {"activation": "leaky_relu", "initialization": "critical", "weight_scale": -0.9},
]
WITH_CURES = [
    {"activation": "tanh", "initialization": "lecun", "tied_weights": "on", "weight_scale": 1.2},
    {"activation": "tanh", "initialization": "lsuv", "tied_weights": "on", "weight_scale": 1.2},
    {"activation": "tanh", "initialization": "lecun", "residual": "plain", "bias": "on", "bias_scale": 0.2},
    {"activation": "sigmoid", "initialization": "lecun", "residual": "plain"},
    {"activation": "sigmoid", "initialization": "he", "residual": "fixup", "bias": "on", "bias_scale": 0.4},
    {"activation": "relu", "initialization": "he", "residual": "skipinit", "bias": "on", "bias_scale": 0.4},
    {"activation": "relu", "initialization": "lecun", "normalization": "layer", "bias": "on", "bias_scale": 0.4},
    {"activation": "tanh", "initialization": "glorot", "normalization": "layer"},
    {"activation": "gelu", "initialization": "he", "normalization": "layer", "residual": "plain"},
    {"activation": "relu", "initialization": "he", "normalization": "batch", "bias": "on", "bias_scale": 0.4},
    {"activation": "tanh", "initialization": "lecun", "normalization": "batch"},
    {"activation": "silu", "initialization": "he", "normalization": "batch", "residual": "plain"},
    {"activation": "tanh", "initialization": "lecun", "normalization": "layer", "weight_scale": 1e-3},  # where the epsilon counts
]


def name(changes: dict[str, Any]) -> str:
    return "-".join(map(str, changes.values()))


@pytest.mark.parametrize("changes", WITHOUT_CURES + WITH_CURES, ids=name)
def test_networks_that_are_drawn_are_what_is_expected(changes: dict[str, Any]) -> None:
    found = expected(**changes)
    with one_thread():
        h, u, back = measured(config(**changes))
    assert math.isnan(found.u_rms[0])
    assert h[:-1] == pytest.approx(found.h_rms[:-1], rel=0.1)
    assert u[1:-1] == pytest.approx(found.u_rms[1:-1], rel=0.1)
    # ten outputs of six draws scatter by a tenth
    assert (h[-1], u[-1]) == (pytest.approx(found.h_rms[-1], rel=0.3), pytest.approx(found.u_rms[-1], rel=0.3))
    assert back[:-1] == pytest.approx(found.backward[:-1], abs=0.08 + 0.01 * abs(found.backward[1]))
    assert back[-1] == pytest.approx(found.backward[-1], abs=0.08)


# what the literature says


def test_glorots_old_standard_takes_a_third_of_the_variance_in_each_layer() -> None:
    assert factors(expected(activation="identity", initialization="glorot")) == pytest.approx(math.sqrt(1.0 / 3.0), rel=1e-12)


def test_he_keeps_relu_alive_and_xavier_loses_the_root_of_two_in_each_layer() -> None:
    assert factors(expected(activation="relu", initialization="he")) == pytest.approx(1.0, rel=1e-12)
    lost = expected(activation="relu", initialization="xavier", layers=33)
    assert 10.0 ** lost.backward[1] == pytest.approx(3.05e-5, rel=1e-2)  # 30 layers between the first hidden one and the last


@pytest.mark.parametrize("scale", [0.5, 1.0, 30.0])
def test_batch_norm_with_relu_explodes_whatever_the_scale(scale: float) -> None:
    found = expected(activation="relu", initialization="he", normalization="batch", weight_scale=scale)
    assert factors(found) == pytest.approx(math.sqrt(math.pi / (math.pi - 1.0)), rel=1e-4)
    assert "1.211 of a gradient on average: it explodes" in found.sentence


def test_batch_norm_leaves_a_straight_line_as_it_is() -> None:
    assert factors(expected(activation="identity", initialization="lecun", normalization="batch")) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("residual", ["fixup", "skipinit"])
@pytest.mark.parametrize("normalization", ["none", "layer", "batch"])
def test_branches_that_start_at_0_hand_a_gradient_on_exactly(residual: str, normalization: str) -> None:
    found = expected(activation="relu", initialization="he", residual=residual, normalization=normalization, weight_scale=5.0)
    assert found.backward[1:-1].tolist() == [0.0] * 10
    assert "keeps its size" in found.sentence


def test_far_in_each_layer_does_what_the_fixed_point_says() -> None:
    found = expected(activation="tanh", initialization="lecun", weight_scale=math.sqrt(1.7), bias="on", bias_scale=math.sqrt(0.05), layers=600)
    settled = mean_field("tanh", 1.7, 0.05)
    assert found.u_rms[300] ** 2 == pytest.approx(settled.q_star, rel=1e-6)
    assert factors(found)[300] == pytest.approx(math.sqrt(settled.chi_1), rel=1e-7)
    # the first layers, where the signal has not settled yet, pass on a little less
    assert "0.9931 of a gradient on average: it vanishes, by a decade every 330 layers." in found.sentence


def test_the_critical_start_keeps_a_gradients_size() -> None:
    scale = critical_scale("tanh", 0.3)
    as_critical = expected(activation="tanh", initialization="critical", bias="on", bias_scale=0.3, layers=100)
    by_hand = expected(activation="tanh", initialization="lecun", weight_scale=scale, bias="on", bias_scale=0.3, layers=100)
    assert as_critical.backward == pytest.approx(by_hand.backward, abs=1e-12)
    assert factors(as_critical)[50] == pytest.approx(1.0, abs=1e-4)


def test_biases_count_only_where_they_are_on() -> None:
    off, on = (expected(activation="tanh", initialization="critical", bias=switch, bias_scale=0.3) for switch in ("off", "on"))
    assert off.h_rms.tolist() == expected(activation="tanh", initialization="critical").h_rms.tolist()
    assert abs(off.h_rms[-2] - on.h_rms[-2]) > 0.1


def test_lsuv_brings_every_layer_to_the_scale_asked_for() -> None:
    found = expected(activation="tanh", initialization="lsuv", weight_scale=0.7, bias="on", bias_scale=0.2, layers=50)
    assert found.u_rms[1:] == pytest.approx(0.7, rel=1e-12)


# the far ends


def test_what_a_thousand_layers_take_is_no_float_and_still_known() -> None:
    found = expected(activation="relu", initialization="he", weight_scale=0.1, layers=1002)
    assert found.h_rms[150] == pytest.approx(0.1**150, rel=1e-9)
    assert found.h_rms[300] == pytest.approx(0.1**300, rel=1e-9)
    assert found.h_rms[-2] == 0.0
    assert found.backward[1] == pytest.approx(-999.0, abs=1e-6)
    assert found.sentence.endswith("passes on 0.1 of a gradient on average: it vanishes, by a decade every 1 layers.")
    assert expected(activation="identity", initialization="lecun", weight_scale=100.0, layers=300).h_rms[-1] == math.inf


@pytest.mark.parametrize("initialization", ["normal", "lsuv"])
@pytest.mark.parametrize("cure", [{}, {"residual": "plain"}, {"normalization": "layer"}, {"tied_weights": "on"}], ids=name)
def test_without_any_weights_or_inputs_nothing_breaks(initialization: str, cure: dict[str, Any]) -> None:
    for scale, inputs in ((0.0, 1.0), (1.0, 0.0), (0.0, 0.0), (1e308, 1.0)):
        for activation in ("tanh", "sigmoid", "relu"):
            found = expect(config(activation=activation, initialization=initialization, weight_scale=scale, **cure), inputs, INPUTS, OUTPUTS)
            assert found is not None
            assert not np.isnan([*found.h_rms, *found.u_rms[1:], *found.backward]).any()
    nothing = expected(activation="tanh", initialization=initialization, weight_scale=0.0)
    assert nothing.sentence == "Theory of wide layers: nothing of a gradient passes back."


def test_two_or_three_layers_have_no_way_between_hidden_ones() -> None:
    for layers in (2, 3):
        found = expected(initialization="lecun", layers=layers)
        assert len(found.backward) == layers
        assert found.backward[-2] == 0.0
        assert "no layer between two hidden ones" in found.sentence


@pytest.mark.parametrize(
    "changes",
    [
        {"initialization": "constant"},
        {"width": 1, "initialization": "normal", "bias": "on"},
        {"initialization": "he", "normalization": "batch", "batch_size": 16},
        {"initialization": "he", "normalization": "batch", "samples": 20},
    ],
    ids=name,
)
def test_where_mean_field_theory_has_no_answer_none_is_given(changes: dict[str, Any]) -> None:
    assert expect(config(**changes), 1.0, INPUTS, OUTPUTS) is None


def test_batch_norm_of_few_inputs_is_known_for_hinges_alone() -> None:
    both = (expect(config(activation=name, initialization="he", normalization="batch"), 1.0, 2, 1) for name in ("relu", "tanh"))
    assert [found is None for found in both] == [False, True]


def test_a_critical_start_with_impossible_biases_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match=r"^sigma_b is "):
        expected(initialization="critical", bias="on", bias_scale=1e60)


# beside what was measured


def frame_of(changed: Config) -> WideFrames:
    frame = next(training(changed))
    assert isinstance(frame, WideFrames)
    return frame


def compared(frame: WideFrames, changed: Config, trained: bool = False) -> str:
    found = expect(changed, 1.0, 80, 10)
    assert found is not None
    return compare(found.backward, frame, width=changed.width, trained=trained)


def test_theory_and_measurement_stand_beside_each_other_number_by_number() -> None:
    changed = config(activation="relu", initialization="xavier", loss="cross_entropy", epochs=1)
    frame, found = frame_of(changed), expected(activation="relu", initialization="xavier")
    sizes = np.log10(frame.dh[0, 0])
    measured, predicted = float(sizes[1] - sizes[10]), float(found.backward[1])
    sentence = compared(frame, changed)
    assert sentence.startswith(
        f"Mean-field theory, for the weights at the start: each layer passes on {10.0 ** (predicted / 9):.3g}; measured: each layer passes on "
    )
    apart = abs(measured - predicted)
    passes = f"measured: each layer passes on {10.0 ** (measured / 9):.3g}"
    assert f"{passes}; over 9 layers {apart:.2g} decades apart, as chance has it in one network." in sentence
    assert "measured now: each layer" in compared(frame, changed, trained=True)


def test_theory_that_is_far_off_differs() -> None:
    changed = config(activation="relu", initialization="xavier", loss="cross_entropy", epochs=1)
    frame, other = frame_of(changed), expected(activation="relu", initialization="he")
    assert "; over 9 layers 1.3 decades apart." in compare(other.backward, frame, width=256)


@pytest.mark.parametrize(
    ("width", "words"), [(31, "Mean-field theory (of 32 units a layer and more, not 31), for the weights"), (32, "Mean-field theory, for the weights")]
)
def test_of_narrow_layers_it_is_said_that_theory_is_of_wide_ones(width: int, words: str) -> None:
    changed = config(width=width, initialization="lecun", loss="cross_entropy", epochs=1)
    assert compared(frame_of(changed), changed).startswith(words)


@pytest.mark.parametrize("layers", [2, 3])
def test_where_there_are_not_two_hidden_layers_nothing_is_compared(layers: int) -> None:
    changed = config(layers=layers, initialization="lecun", loss="cross_entropy", epochs=1)
    assert compared(frame_of(changed), changed) == "Mean-field theory is of what passes between two hidden layers; this network has not two of them."


def test_what_is_exactly_0_or_beyond_the_floats_is_said_in_words() -> None:
    nothing = config(initialization="normal", weight_scale=0.0, loss="cross_entropy", epochs=1)
    assert compared(frame_of(nothing), nothing).endswith(": nothing is passed on; measured: no gradient to pass on.")
    large = config(layers=400, width=40, activation="identity", initialization="normal", weight_scale=1e3, loss="cross_entropy", epochs=1)
    assert compared(frame_of(large), large).endswith("each layer passes on 1,000; measured: no gradient to pass on.")
