"""What a person changes on the way: how it is written, where it cannot be, and that it does to the numbers what it says, by formulas written out here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gradviz import Config, train
from gradviz.core import chain
from gradviz.core.config import ConfigError
from gradviz.core.dense_training import DenseEngine
from gradviz.core.formats import FORMAT_NAMES
from gradviz.core.frames import Frames
from gradviz.core.interventions import Intervention, Weights, config_at, in_order
from gradviz.core.training import ChainEngine

Floats = NDArray[np.float64]

SMALL = Config(layers=6, epochs=30, weight_scale=0.8, learning_rate=0.7)
WIDE = Config(layers=5, width=4, epochs=30, data="moons", samples=20, learning_rate=0.3)
CLIPPED = {"none": {}, "norm": {"clipping": "norm", "clip_at": 0.02}, "value": {"clipping": "value", "clip_at": 0.005}}


# as it is written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("200:learning_rate=0.5", Intervention(200, "learning_rate", 0.5)),
        (" 1,000 : w[12] = -1 ", Intervention(1000, "w[12]", -1.0)),
        ("1_000_000:w*=1e-3", Intervention(1_000_000, "w*", 1e-3)),
        ("0:w[3]*=0", Intervention(0, "w[3]*", 0.0)),
        ("7:clipping=norm", Intervention(7, "clipping", "norm")),
        ("7:clip_at=2", Intervention(7, "clip_at", 2.0)),
    ],
)
def test_an_intervention_is_typed_as_epoch_name_and_value(text: str, expected: Intervention) -> None:
    assert Intervention.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "'' is not an intervention; it must be EPOCH:NAME=VALUE, such as 200:learning_rate=0.5 or 200:w[12]=-1."),
        ("learning_rate=0.5", "'learning_rate=0.5' is not an intervention; it must be EPOCH:NAME=VALUE, such as 200:learning_rate=0.5 or 200:w[12]=-1."),
        ("-1:w*=2", "'-1:w*=2' is not an intervention; it must be EPOCH:NAME=VALUE, such as 200:learning_rate=0.5 or 200:w[12]=-1."),
        ("5:w*=", "'5:w*=' is not an intervention; it must be EPOCH:NAME=VALUE, such as 200:learning_rate=0.5 or 200:w[12]=-1."),
        ("5:w*=two", "w* is 'two'; it must be a finite number."),
        ("5:w[3]=inf", "w[3] is 'inf'; it must be a finite number."),
        ("5:w[3]=nan", "w[3] is 'nan'; it must be a finite number."),
        ("5:learning_rate=0", "learning_rate is 0.0; it must be a finite number greater than 0."),
        ("5:clipping=hard", "clipping is 'hard'; it must be one of none, norm, value."),
    ],
)
def test_what_is_none_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        Intervention.parse(text)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("name", ["w", "w[]", "w[-1]", "w[1.5]", "w[3]**", "v[3]", "layers", "momentum", "W*"])
def test_what_cannot_change_while_it_trains_is_answered_with_what_can(name: str) -> None:
    sentence = (
        f"'{name}' cannot change while a training runs; what can: clipping, clip_at, learning_rate, w[k] for the weight of layer k in a chain, "
        "w[k]* for a factor on layer k's weights, or w* for one on all weights."
    )
    with pytest.raises(ConfigError) as refusal:
        Intervention(3, name, 1.0)
    assert str(refusal.value) == sentence


@given(st.integers(0, 10**9), st.sampled_from(["w[3]", "w[12]*", "w*"]), st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_typed_with_all_digits_is_the_same_number(epoch: int, name: str, value: float) -> None:
    parsed = Intervention.parse(f"{epoch}:{name}={value!r}")
    assert parsed == Intervention(epoch, name, value)
    assert math.copysign(1.0, float(parsed.value)) == math.copysign(1.0, value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Intervention(1000, "w[12]", -1.0), "1,000: w[12] = −1"),
        (Intervention(5, "w[12]*", 0.95238095), "5: w[12] × 0.952381"),
        (Intervention(5, "w*", 1e-30), "5: w × 1×10⁻³⁰"),
        (Intervention(0, "learning_rate", 0.5), "0: learning_rate = 0.5"),
        (Intervention(0, "clipping", "value"), "0: clipping = value"),
    ],
)
def test_a_change_is_said_as_an_equation_with_the_minus_of_print(change: Intervention, words: str) -> None:
    assert str(change) == words


@pytest.mark.parametrize(
    ("name", "weights"),
    [("w[12]", Weights(12, False)), ("w[12]*", Weights(12, True)), ("w*", Weights(None, True)), ("learning_rate", None)],
)
def test_a_change_knows_whose_weights_it_is_about(name: str, weights: Weights | None) -> None:
    assert Intervention(0, name, 1.0).weights == weights


# where it cannot be


@pytest.mark.parametrize(
    ("config", "change", "sentence"),
    [
        (SMALL, Intervention(30, "w*", 2), "30: w × 2 cannot be: the last epoch is 29."),
        (SMALL, Intervention(3, "w[6]", 2), "3: w[6] = 2 cannot be: with 6 layers, those with weights are 1 to 5."),
        (SMALL, Intervention(3, "w[0]*", 2), "3: w[0] × 2 cannot be: with 6 layers, those with weights are 1 to 5."),
        (WIDE, Intervention(3, "w[2]", 2), "3: w[2] = 2 cannot be: layer 2 of a wide network has many weights; w[2]* multiplies them all."),
    ],
)
def test_what_this_network_has_not_is_refused_before_anything_is_trained(config: Config, change: Intervention, sentence: str) -> None:
    for refused in (lambda: change.check_for(config), lambda: next(train(config, [change]))):
        with pytest.raises(ConfigError) as refusal:
            refused()
        assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    "change", [Intervention(29, "w[5]", 2.0), Intervention(0, "w[1]*", 2.0), Intervention(4, "w*", 0.0), Intervention(4, "clipping", "norm")]
)
def test_the_last_epoch_and_the_last_layer_can_be_changed(change: Intervention) -> None:
    change.check_for(SMALL)
    done = [change for block in train(SMALL, [change]) for change in block.interventions]
    assert done == [change]


def test_the_config_at_an_epoch_has_what_was_turned_until_then() -> None:
    changes = [Intervention(3, "learning_rate", 0.2), Intervention(5, "w*", 2.0), Intervention(5, "clipping", "norm"), Intervention(9, "learning_rate", 0.3)]
    assert config_at(SMALL, changes, 2) is SMALL
    assert config_at(SMALL, changes, 3) == SMALL.replace(learning_rate=0.2)
    assert config_at(SMALL, changes, 8) == SMALL.replace(learning_rate=0.2, clipping="norm")
    assert config_at(SMALL, changes, 9) == SMALL.replace(learning_rate=0.3, clipping="norm")


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(-2, 2)), max_size=12))
def test_changes_of_one_epoch_keep_the_order_in_which_they_were_made(made: list[tuple[int, float]]) -> None:
    ordered = in_order(Intervention(epoch, "w*", value) for epoch, value in made)
    for epoch in range(5):
        assert [change.value for change in ordered if change.epoch == epoch] == [value for at, value in made if at == epoch]
    assert [change.epoch for change in ordered] == sorted(epoch for epoch, _ in made)


# what it does to a chain, by numpy


def by_hand(config: Config, changes: Sequence[Intervention]) -> dict[str, Floats]:
    """The notebook's formulas with numpy's own tanh, and each change where its epoch begins; w, h, g, dw and cost of every epoch."""
    x, y, last = np.array(config.inputs), np.array(config.targets), config.layers - 1
    knobs: dict[str, Any] = {name: getattr(config, name) for name in ("learning_rate", "clipping", "clip_at")}
    w = np.full(config.layers, config.weight_scale)
    w[0] = 0.0
    seen: dict[str, list[Any]] = {name: [] for name in ("w", "h", "g", "dw", "cost")}
    for epoch in range(config.epochs):
        for change in (change for change in changes if change.epoch == epoch):
            if change.parameter in knobs:
                knobs[change.parameter] = change.value
            elif change.parameter == "w*":
                w = w * change.value
            else:
                k = int(change.parameter.strip("w[]*"))
                w[k] = w[k] * change.value if change.parameter.endswith("*") else change.value
        h = [x]
        for k in range(1, config.layers):
            h.append(np.tanh(w[k] * h[-1]))
        g = {last: (h[last] - y) / len(x) * (1 - h[last] ** 2)}
        for k in range(last - 1, 0, -1):
            g[k] = (1 - h[k] ** 2) * w[k + 1] * g[k + 1]
        dw = np.array([0.0] + [np.sum(h[k - 1] * g[k]) for k in range(1, config.layers)])
        seen["w"].append(w.copy())
        seen["h"].append(np.array(h).T)
        seen["g"].append(np.array([np.zeros_like(x)] + [g[k] for k in range(1, config.layers)]).T)
        seen["dw"].append(dw)
        seen["cost"].append(np.sum((y - h[last]) ** 2) / (2 * len(x)))
        step = dw
        if knobs["clipping"] == "norm":
            step = dw * min(1.0, knobs["clip_at"] / (float(np.linalg.norm(dw)) + 1e-6))
        if knobs["clipping"] == "value":
            step = np.clip(dw, -knobs["clip_at"], knobs["clip_at"])
        w = w - knobs["learning_rate"] * step
    return {name: np.array(values) for name, values in seen.items()}


CHANGES = st.lists(
    st.one_of(
        st.builds(Intervention, st.integers(0, 29), st.just("learning_rate"), st.floats(0.05, 1.0)),
        st.builds(Intervention, st.integers(0, 29), st.just("clipping"), st.sampled_from(["none", "norm", "value"])),
        st.builds(Intervention, st.integers(0, 29), st.just("clip_at"), st.floats(1e-3, 0.1)),
        st.builds(Intervention, st.integers(0, 29), st.sampled_from(["w[1]", "w[3]", "w[5]"]), st.floats(-1.5, 1.5)),
        st.builds(Intervention, st.integers(0, 29), st.sampled_from(["w[2]*", "w[3]*", "w*"]), st.floats(0.5, 1.5)),
    ),
    max_size=6,
)


@given(CHANGES)
def test_a_chain_that_is_changed_on_its_way_does_what_numpy_does_by_hand(changes: list[Intervention]) -> None:
    frames = Frames.joined(list(train(SMALL, changes)))
    for name, expected in by_hand(SMALL, changes).items():
        np.testing.assert_allclose(getattr(frames, name), expected, rtol=1e-9, atol=1e-14, err_msg=name)


def test_of_several_changes_at_one_epoch_each_finds_what_the_one_before_left() -> None:
    changes = [Intervention(4, "w[3]", 0.5), Intervention(4, "w*", 3.0), Intervention(4, "w[3]*", -0.5), Intervention(4, "w[2]", 0.25)]
    frames, plain = (Frames.joined(list(train(SMALL, made))) for made in (changes, ()))
    assert frames.w[4, 3] == -0.75
    assert frames.w[4, 2] == 0.25
    assert frames.w[4, 5] == 3.0 * plain.w[4, 5]
    np.testing.assert_array_equal(frames.w[:4], plain.w[:4])


@pytest.mark.parametrize("form", FORMAT_NAMES)
def test_a_changed_weight_is_the_nearest_that_the_format_has(form: str) -> None:
    config = SMALL.replace(number_format=form)
    changes = [Intervention(3, "w[2]", 0.1), Intervention(3, "w[3]*", 1.05), Intervention(3, "w[4]", 1e-300)]
    frames, plain = (Frames.joined(list(train(config, made))) for made in (changes, ()))
    expected = chain.in_format(FORMAT_NAMES.index(form), [0.1, plain.w[3, 3] * 1.05, 1e-300])
    np.testing.assert_array_equal(frames.w[3, 2:5], expected)
    assert set(frames.w.ravel()) == set(chain.in_format(FORMAT_NAMES.index(form), sorted(set(frames.w.ravel()))))


@pytest.mark.parametrize(("config", "change"), [(SMALL, Intervention(2, "w[3]*", 1e308)), (WIDE, Intervention(2, "w*", 1e308))], ids=["chain", "wide"])
def test_a_change_that_leaves_the_floats_is_an_ordinary_ending(config: Config, change: Intervention) -> None:
    again = Intervention(2, change.parameter, 1e308)
    blocks = list(train(config, [change, again]))
    assert blocks[-1].ending is not None
    assert blocks[-1].ending.kind == "diverged"
    assert blocks[-1].ending.reason.startswith("Diverged at epoch 2: ")


# what it does to a wide network


def weights_of(engine: DenseEngine) -> list[Any]:
    return [matrix.copy() for matrix in engine.network.weights[1:]]


@pytest.mark.parametrize("form", ["float64", "float32"])
@pytest.mark.parametrize("tied", ["off", "on"])
def test_a_factor_multiplies_the_matrices_once_also_where_layers_share_theirs(form: str, tied: str) -> None:
    config = WIDE.replace(tied_weights=tied, number_format=form, layers=6)
    engine = DenseEngine(config, None)
    before = weights_of(engine)
    factor = before[0].dtype.type(1.1)
    engine.turn(Intervention(0, "w*", 1.1))
    for matrix, drawn in zip(weights_of(engine), before, strict=True):
        np.testing.assert_array_equal(matrix, drawn * factor)
    engine.turn(Intervention(0, "w[2]*", 1.1))
    shared = (2, 3, 4) if tied == "on" else (2,)
    for k, (matrix, drawn) in enumerate(zip(weights_of(engine), before, strict=True), start=1):
        np.testing.assert_array_equal(matrix, drawn * factor * factor if k in shared else drawn * factor)


def test_a_factor_leaves_biases_and_everything_else_alone() -> None:
    config = WIDE.replace(bias="on", bias_scale=0.5, residual="skipinit", normalization="batch", optimizer="adam")
    engine = DenseEngine(config, None)
    engine.advance(0, 3, None)
    before, weights = [array.copy() for array in engine.state()], weights_of(engine)
    engine.turn(Intervention(3, "w*", 2.0))
    after = [array.copy() for array in engine.state()]
    assert sum(np.count_nonzero(one != other) for one, other in zip(before, after, strict=True)) == sum(np.count_nonzero(matrix) for matrix in weights)


# clipping in a chain


@pytest.mark.parametrize("clipping", CLIPPED)
@pytest.mark.parametrize("scale", [0.8, 3.0])
def test_a_clipped_chain_is_the_dense_engine_of_width_1(clipping: str, scale: float) -> None:
    config = SMALL.replace(weight_scale=scale, learning_rate=0.5, **CLIPPED[clipping])
    own, dense = ChainEngine(config), DenseEngine(config, None)
    for epoch in range(20):
        found = own.advance(epoch, epoch + 1, None).columns["w"][-1, 1:]
        np.testing.assert_allclose(found, np.concatenate([matrix.ravel() for matrix in dense.network.weights[1:]]), rtol=1e-12)
        dense.advance(epoch, epoch + 1, None, observed=False)


@pytest.mark.parametrize("clipping", CLIPPED)
def test_a_chain_is_clipped_as_pytorch_clips(clipping: str) -> None:
    torch = pytest.importorskip("torch", reason="Left out: a clipped chain against PyTorch, which is not installed: pip install -e '.[test,torch]'.")
    config = SMALL.replace(weight_scale=1.2, **CLIPPED[clipping])
    x, y = (torch.tensor(values, dtype=torch.float64) for values in (config.inputs, config.targets))
    weights = [torch.full((), 1.2, dtype=torch.float64, requires_grad=True) for _ in range(5)]
    optimizer = torch.optim.SGD(weights, lr=config.learning_rate)
    expected = []
    for _ in range(20):
        expected.append([weight.item() for weight in weights])
        h = x
        for weight in weights:
            h = torch.tanh(weight * h)
        optimizer.zero_grad()
        (((y - h) ** 2).sum() / (2 * len(x))).backward()
        if clipping == "norm":
            torch.nn.utils.clip_grad_norm_(weights, config.clip_at)
        if clipping == "value":
            torch.nn.utils.clip_grad_value_(weights, config.clip_at)
        optimizer.step()
    frames = Frames.joined(list(train(config)))
    np.testing.assert_allclose(frames.w[:20, 1:], expected, rtol=1e-12)


def clipped(dw: list[float], clipping: str, clip_at: float, form: str = "float64") -> list[float]:
    """What the kernel makes of these weight gradients."""
    values = np.array([0.0, *dw])
    chain.clip(values, chain.CLIPPINGS.index(clipping), clip_at, FORMAT_NAMES.index(form))
    return [float(value) for value in values[1:]]


def test_the_norm_is_right_where_its_squares_leave_the_floats_on_either_side() -> None:
    np.testing.assert_allclose(clipped([3e250, -4e250], "norm", 1.0), [0.6, -0.8], rtol=1e-15)
    np.testing.assert_allclose(clipped([3e-250, -4e-250], "norm", 1e-300), [3e-250 * 1e-294, -4e-250 * 1e-294], rtol=1e-12)
    assert clipped([3e-250, -4e-250], "norm", 1e-6) == [3e-250, -4e-250]


@pytest.mark.parametrize("dw", [[0.0, 0.0], [-0.0, 0.0], [math.inf, 1.0], [-math.inf, math.inf], [math.nan, 1.0]])
def test_a_gradient_without_a_norm_stays_as_it_is(dw: list[float]) -> None:
    np.testing.assert_array_equal(clipped(dw, "norm", 1.0), dw)


@given(st.lists(st.floats(allow_nan=True), min_size=1, max_size=6), st.floats(1e-300, 1e300))
def test_clipping_by_value_is_numpys(dw: list[float], clip_at: float) -> None:
    np.testing.assert_array_equal(clipped(dw, "value", clip_at), np.clip(dw, -clip_at, clip_at))


@given(st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=6), st.floats(1e-3, 1e3))
def test_a_clipped_gradient_is_no_longer_than_allowed_and_points_where_it_did(dw: list[float], clip_at: float) -> None:
    found = clipped(dw, "norm", clip_at)
    length = math.hypot(*dw)
    assert math.hypot(*found) <= clip_at * (1 + 1e-12) or found == dw
    np.testing.assert_allclose(np.array(found), np.array(dw) * min(1.0, clip_at / (length + 1e-6)), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("form", FORMAT_NAMES)
def test_a_norm_that_the_format_cannot_hold_still_clips(form: str) -> None:
    found = np.array(clipped(chain.in_format(FORMAT_NAMES.index(form), [0.003, -0.004]).tolist(), "norm", 1e-8, form))
    assert (np.sign(found) == [1.0, -1.0]).all() or form == "float16"
    np.testing.assert_allclose(found, np.array([0.003, -0.004]) * (1e-8 / 0.005001), rtol=0.02, atol=6e-8 if form == "float16" else 0.0)


def test_clipping_is_switched_on_and_off_while_it_runs() -> None:
    changes = [Intervention(5, "clipping", "value"), Intervention(5, "clip_at", 1e-4), Intervention(9, "clipping", "none")]
    frames = Frames.joined(list(train(SMALL, changes)))
    steps = np.abs(np.diff(frames.w[:, 1:], axis=0))
    assert (steps[:5] > 0.7e-4 * 1.001).any(axis=1).all()
    assert (steps[5:9] <= 0.7e-4 * 1.001).all()
    assert (steps[9:12] > 0.7e-4 * 1.001).any(axis=1).all()
