"""A training in any number format, bit for bit what numpy and ml_dtypes make of the same operations in their own arithmetic."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gradviz import Config, record
from gradviz.core.activations import NAMES, SELU_BELOW, SELU_SCALE, SIGMOID, TANH, phi, phi_prime, phi_prime_from_output
from gradviz.core.formats import BFLOAT16, FLOAT16, FLOAT32, FORMAT_NAMES
from gradviz.core.initializers import initial_weights
from gradviz.core.profiles import stored
from gradviz.runs.run import Run

Numbers = NDArray[Any]

TYPES: dict[str, Any] = {"float64": np.float64, "float32": np.float32, "float16": np.float16, "bfloat16": ml_dtypes.bfloat16}
DERIVATIVES = ("exact", "from_output")


def wide(values: Any) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):  # of a NaN
        return np.asarray(values).astype(np.float64)


def nearest(function: Callable[[float], float], values: Numbers) -> Numbers:
    """A function of float64, rounded into the type of the numbers: what the format has nearest to it."""
    found = np.array([function(float(value)) for value in values.ravel()])
    return found.reshape(values.shape).astype(values.dtype)


def normal_share(u: float) -> float:
    return math.erfc(-u * math.sqrt(0.5)) / 2


def normal_density(u: float) -> float:
    return math.exp(-0.5 * (u * u)) / math.sqrt(2.0 * math.pi)


def sigmoid(u: Numbers) -> Numbers:
    e = nearest(math.exp, -np.abs(u))
    return np.where(u >= 0, u.dtype.type(1), e) / (u.dtype.type(1) + e)


def below_0(function: Callable[[float], float], u: Numbers) -> Numbers:
    """A function of the numbers that are not above 0."""
    return nearest(function, np.where(u > 0, u.dtype.type(0), u))


def product(u: Numbers, share: Numbers) -> Numbers:
    """Where infinity times 0 is 0."""
    with np.errstate(invalid="ignore"):
        return np.where(share == 0, u.dtype.type(-0.0), u * share)


#: What takes no derivative from the output: phi and phi', each operation in the type of its operands.
PAIRS: dict[str, tuple[Callable[[Numbers], Numbers], Callable[[Numbers], Numbers]]] = {
    "identity": (lambda u: u, np.ones_like),
    "relu": (
        lambda u: np.where(u <= 0, np.zeros_like(u), u),  # a NaN stays one
        lambda u: np.where(u <= 0, u.dtype.type(0), np.where(u > 0, u.dtype.type(1), u)),
    ),
    "softsign": (
        lambda u: np.where(np.isinf(u), np.copysign(u.dtype.type(1), u), u / (u.dtype.type(1) + np.abs(u))),
        lambda u: (u.dtype.type(1) / (u.dtype.type(1) + np.abs(u))) * (u.dtype.type(1) / (u.dtype.type(1) + np.abs(u))),
    ),
    "leaky_relu": (
        lambda u: np.where(u > 0, u, u.dtype.type(0.01) * u),
        lambda u: np.where(u > 0, u.dtype.type(1), np.where(u <= 0, u.dtype.type(0.01), u)),
    ),
    "elu": (lambda u: np.where(u > 0, u, below_0(math.expm1, u)), lambda u: np.where(u > 0, u.dtype.type(1), below_0(math.exp, u))),
    "selu": (
        lambda u: np.where(u > 0, u.dtype.type(SELU_SCALE) * u, u.dtype.type(SELU_BELOW) * below_0(math.expm1, u)),
        lambda u: np.where(u > 0, u.dtype.type(SELU_SCALE), u.dtype.type(SELU_BELOW) * below_0(math.exp, u)),
    ),
    "gelu": (
        lambda u: product(u, nearest(normal_share, u)),
        lambda u: nearest(normal_share, u) + (product(u, nearest(normal_density, u)) + u.dtype.type(0)),
    ),
    "silu": (
        lambda u: product(u, sigmoid(u)),
        lambda u: np.where(sigmoid(u) == 0, u.dtype.type(0), sigmoid(u) * (u.dtype.type(1) + (product(u, sigmoid(-u)) + u.dtype.type(0)))),
    ),
}


# --- a trainer of numpy alone, every operation in the type of its operands -----------------------------------------------------------------


class Reference:
    """The notebook's training, layer by layer on arrays of one type; one() is that type's number."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.one = TYPES[config.number_format]
        self.w = initial_weights(config).astype(self.one)
        self.x, self.y = (np.array(values).astype(self.one) for values in (config.inputs, config.targets))
        self.rate = self.one(config.learning_rate)

    def activation(self, u: Numbers) -> Numbers:
        if self.config.activation == "tanh":
            return nearest(math.tanh, u)
        return sigmoid(u) if self.config.activation == "sigmoid" else PAIRS[self.config.activation][0](u)

    def slope(self, u: Numbers, h: Numbers) -> Numbers:
        one, name = self.one(1), self.config.activation
        if name in PAIRS:
            return PAIRS[name][1](u)
        if self.config.derivative == "from_output":
            return one - h * h if name == "tanh" else h * (one - h)
        e = nearest(math.exp, self.one(-2) * np.abs(u) if name == "tanh" else -np.abs(u))
        return (self.one(4) * e if name == "tanh" else e) / ((one + e) * (one + e))

    def epoch(self) -> dict[str, Any]:
        """What the epoch looks like before its update; then the update."""
        w, layers, m = self.w.copy(), self.config.layers, self.one(len(self.x))
        h, slope = [self.x], [self.x]
        for k in range(1, layers):
            u = w[k] * h[k - 1]
            h.append(self.activation(u))
            slope.append(self.slope(u, h[k]))
        cost = self.one(0)
        for miss in self.y - h[-1]:
            cost = cost + miss * miss
        cost = cost / self.one(2 * len(self.x))
        g, dh, end = ([np.zeros_like(self.x) for _ in range(layers)] for _ in range(3))
        dh[-1], end[-1] = (h[-1] - self.y) / m, np.ones_like(self.x)
        dw = np.zeros_like(w)
        for k in range(layers - 1, 0, -1):
            g[k] = dh[k] * slope[k] if k == layers - 1 else slope[k] * w[k + 1] * g[k + 1]
            dh[k - 1] = w[k] * g[k]
            end[k - 1] = slope[k] * w[k] * end[k]
            for part in h[k - 1] * g[k]:
                dw[k] = dw[k] + part
        self.w = w - self.rate * dw
        ratio = np.concatenate([np.zeros_like(w[:1]), self.rate * dw[1:] / w[1:]])
        seen = {"h": np.stack(h, 1), "g": np.stack(g, 1), "dh": np.stack(dh, 1), "end": np.stack(end, 1)}
        return {"cost": cost, "dw": dw, "w": w, "ratio": ratio[None], **seen}


def assert_same_bits(found: Any, expected: Any, what: str) -> None:
    """Equal, the sign of a zero included; one NaN is as good as another."""
    found, expected = wide(found), wide(expected)
    np.testing.assert_array_equal(found, expected, what)
    nan = np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found[~nan]), np.signbit(expected[~nan]), what)


def assert_as_the_reference(config: Config) -> Run:
    """Every number of every epoch, and of the newest one the gradients worked out from it too."""
    run = record(config)
    with np.errstate(all="ignore"):
        reference = Reference(config)
        for row in range(len(run.epoch)):
            seen = reference.epoch()
            for name in ("cost", "h", "g", "dw", "w"):
                assert_same_bits(getattr(run, name)[row], seen[name], f"{name} at epoch {row}")
    for name in ("dh", "end", "ratio"):
        assert_same_bits(stored(name, config, run.newest), seen[name], f"{name} of the newest epoch")
    return run


SAMPLES = {1: ((0.7,), (-0.2,)), 2: ((-0.5, 0.5), (-0.5, 0.5)), 5: ((-1.3, -0.1, 0.0, 0.4, 2.0), (0.3, 0.1, -0.6, 0.9, -1.0))}
STARTS = {"constant": 1.1, "normal": 1.7}


@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("number_format", FORMAT_NAMES)
@pytest.mark.parametrize("activation", NAMES)
def test_every_number_of_a_training_is_the_formats_own(activation: str, number_format: str, derivative: str) -> None:
    for initialization, samples in itertools.product(STARTS, SAMPLES):
        inputs, targets = SAMPLES[samples]
        config = Config(
            layers=10,
            activation=activation,
            initialization=initialization,
            weight_scale=STARTS[initialization],
            seed=samples,
            learning_rate=0.3,
            epochs=32,
            number_format=number_format,
            derivative=derivative,
            inputs=inputs,
            targets=targets,
        )
        assert_as_the_reference(config)


@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("number_format", FORMAT_NAMES)
def test_so_it_is_where_gradients_vanish_and_where_they_leave_the_format(number_format: str, derivative: str) -> None:
    more = {"number_format": number_format, "derivative": derivative}
    saturated = assert_as_the_reference(Config(layers=130, weight_scale=5.0, epochs=2, **more))
    assert not saturated.g[-1, :, 1].any()  # 0 in every format
    weak = assert_as_the_reference(Config(layers=60, weight_scale=1e-3, epochs=2, **more))
    assert not weak.h[-1, :, -1].any() or number_format == "float64"
    steep = Config(layers=40, activation="identity", weight_scale=30.0, inputs=(7.0, 2.0), targets=(1.0, -1e4), learning_rate=1e-3, epochs=40, **more)
    ending = assert_as_the_reference(steep).how_it_ended
    assert ending is not None
    assert ending.kind == "diverged"
    assert ending.reason.endswith(f"left the range of {number_format}.") or number_format == "float64"
    assert_as_the_reference(steep.replace(activation="relu"))


some = st.floats(-4, 4) | st.floats(-1e5, 1e5) | st.floats(-1e-4, 1e-4)


@given(
    st.builds(
        Config,
        layers=st.integers(2, 12),
        activation=st.sampled_from(NAMES),
        initialization=st.sampled_from(list(STARTS)),
        weight_scale=some,
        seed=st.integers(0, 9999),
        learning_rate=st.floats(1e-3, 100.0),
        epochs=st.integers(1, 6),
        number_format=st.sampled_from(FORMAT_NAMES),
        derivative=st.sampled_from(DERIVATIVES),
        inputs=st.tuples(some, some, some),
        targets=st.tuples(some, some, some),
    )
)
@settings(max_examples=400)
def test_so_it_is_for_any_config(config: Config) -> None:
    assert_as_the_reference(config)


def test_the_formats_do_not_agree_with_each_other() -> None:
    """Or the comparison above would show nothing."""
    costs = {number_format: record(Config(layers=10, epochs=30, number_format=number_format)).cost[-1] for number_format in FORMAT_NAMES}
    assert len(set(costs.values())) == len(FORMAT_NAMES)


# --- tanh and exp, where libraries differ --------------------------------------------------------------------------------------------------


def tanh_of(place: int, values: Numbers) -> Numbers:
    return np.array([phi(TANH, value, place) for value in wide(values).tolist()])


@pytest.mark.parametrize(("name", "place"), [("float16", FLOAT16), ("bfloat16", BFLOAT16)])
def test_tanh_of_every_16_bit_number_is_the_libraries_own(name: str, place: int) -> None:
    """ml_dtypes' and numpy's; but where the true value is within 4 of float32's steps of a midpoint, theirs may be the neighbour on another processor."""
    numbers = np.arange(2**16, dtype=np.uint16).view(TYPES[name])
    with np.errstate(all="ignore"):
        theirs = np.tanh(numbers)
        found = tanh_of(place, numbers).astype(TYPES[name])
    whole = ~np.isnan(wide(numbers))
    assert np.isnan(wide(found)[~whole]).all()
    numbers, found, theirs = numbers[whole], found[whole], theirs[whole]
    assert_same_bits(found, nearest(math.tanh, numbers), "the nearest")
    true = np.array([math.tanh(value) for value in wide(numbers).tolist()])
    midpoints = [(wide(np.nextafter(found, TYPES[name](end))) + wide(found)) / 2 for end in (2, -2)]
    hard = np.min(np.abs(np.array(midpoints) - true), axis=0) <= 4 * np.abs(wide(np.spacing(true.astype(np.float32))))
    assert hard.sum() < 40
    assert_same_bits(found[~hard], theirs[~hard], "tanh")
    assert (np.abs(found[hard].view(np.int16) - theirs[hard].view(np.int16)) <= 1).all()


def test_tanh_in_float32_is_never_farther_than_a_step_from_numpys() -> None:
    """numpy's is off the nearest float32 by a step for a third of all inputs, and not by the same on every processor: it cannot be the authority."""
    bits = np.random.default_rng(5).integers(0, 0x42000000, 100_000, dtype=np.uint32)  # up to 32
    numbers = np.concatenate([bits.view(np.float32), np.linspace(-10, 10, 100_001, dtype=np.float32)])
    found, theirs = tanh_of(FLOAT32, numbers).astype(np.float32), np.tanh(numbers)
    steps = np.abs(found.view(np.int32).astype(np.int64) - theirs.view(np.int32).astype(np.int64))
    assert steps.max() <= 1
    assert_same_bits(found, nearest(math.tanh, numbers), "the nearest")


# --- the derivative from the output --------------------------------------------------------------------------------------------------------

EPSILON = 2.0**-52


def test_one_minus_h_squared_is_exactly_0_beyond_19_where_the_exact_slope_is_not() -> None:
    for u in [*np.linspace(19.07, 350, 2000), 19.07, 354.0]:
        for sign in (1.0, -1.0):
            assert phi_prime_from_output(TANH, phi(TANH, sign * u)) == 0.0
            assert phi_prime(TANH, sign * u) > 0.0
    assert phi_prime_from_output(TANH, phi(TANH, 19.0)) > 0.0


def test_elsewhere_the_two_agree_to_what_rounding_has_left() -> None:
    for u in np.linspace(-19.0, 19.0, 20_001).tolist():
        exact = phi_prime(TANH, u)
        # h is off by half a step of 1 at most, and so its square by a step
        assert abs(phi_prime_from_output(TANH, phi(TANH, u)) - exact) <= 3 * EPSILON
        if abs(u) <= 1:
            assert abs(phi_prime_from_output(TANH, phi(TANH, u)) / exact - 1) <= 8 * EPSILON


def test_of_the_sigmoid_it_is_h_times_1_minus_h() -> None:
    for u in np.linspace(-700, 36, 20_001).tolist():
        h = phi(SIGMOID, u)
        assert phi_prime_from_output(SIGMOID, h) == h * (1 - h)
        # 1 - h has lost what h was rounded by, and the less of it is left the more that counts
        assert abs(phi_prime_from_output(SIGMOID, h) - phi_prime(SIGMOID, u)) <= 4 * EPSILON * h
    assert phi_prime_from_output(SIGMOID, phi(SIGMOID, 37.5)) == 0.0 < phi_prime(SIGMOID, 37.5)


def test_a_training_with_it_is_dead_where_the_exact_one_still_learns() -> None:
    """One weight of 20 and an input of 1: u = 20, which 1 - h^2 takes for a slope of 0."""
    config = Config(layers=2, weight_scale=20.0, inputs=(1.0,), targets=(0.0,), epochs=5, learning_rate=1e10)
    exact, from_output = record(config), record(config.replace(derivative="from_output"))
    assert exact.dw[0, 1] == pytest.approx(4 * math.exp(-40.0), rel=1e-12)
    assert exact.w[-1, 1] < exact.w[0, 1]
    assert not from_output.dw.any()
    assert (from_output.w[:, 1] == 20.0).all()
