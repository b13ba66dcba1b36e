"""What is written down of a layer, against numpy's own statistics and a network worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gradviz.core.config import Config
from gradviz.core.dense import Network, Seen
from gradviz.core.dense_training import DenseEngine
from gradviz.core.distributions import Observer
from gradviz.core.frames import NORMS, PROFILED, SHARES, STATISTICS, WideFrames, columns_for
from gradviz.core.statistics import describe, norm, root_mean_square, summed
from gradviz.core.training import train

finite = st.floats(-1e150, 1e150)
tables = arrays.arrays(np.float64, arrays.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=finite)
ROW = {name: place for place, name in enumerate(STATISTICS)}
SHARE = {name: place for place, name in enumerate(SHARES)}


def by_numpy(values: Any, absolute: bool) -> dict[str, float]:
    ordered = np.abs(values) if absolute else values
    greatest = float(np.abs(values).max()) or 1.0
    scaled = values / greatest
    return {
        "rms": greatest * math.sqrt(np.mean(scaled**2)),
        "mean": greatest * float(np.mean(scaled)),
        "std": greatest * float(np.std(scaled)),
        "min": float(ordered.min()),
        **{f"p{share}": float(np.percentile(ordered, share)) for share in (5, 25, 50, 75, 95)},
        "max": float(ordered.max()),
    }


@given(tables, st.booleans())
def test_a_profile_has_numpys_statistics(values: Any, absolute: bool) -> None:
    row = np.zeros(len(STATISTICS))
    describe(values, absolute, row)
    expected = by_numpy(values, absolute)
    assert list(expected) == list(STATISTICS)
    np.testing.assert_allclose(row, list(expected.values()), rtol=1e-9, atol=1e-13 * float(np.abs(values).max()))


@pytest.mark.parametrize("form", [np.float64, np.float32])
@pytest.mark.parametrize("size", [1, 3, 4, 5, 1000])
def test_norms_are_numpys(form: Any, size: int) -> None:
    values = np.random.default_rng(size).standard_normal((size, 3)).astype(form)
    expected = math.sqrt(sum(float(value) ** 2 for value in values.ravel()))
    assert norm(values) == pytest.approx(expected, rel=1e-14)
    assert root_mean_square(values) == pytest.approx(expected / math.sqrt(values.size), rel=1e-14)


@pytest.mark.parametrize("scale", [5e-324, 1e-310, 1e-200, 1e-160, 1e160, 1e200, 8e307])
def test_a_norm_is_there_where_the_squares_are_not(scale: float) -> None:
    """3, 4, 12 have the norm 13; nothing below the smallest float is asked for."""
    values = scale * np.array([[3.0, 4.0], [12.0, 0.0]] if scale < 1e300 else [[1.0, 1.0], [1.0, 1.0]])
    expected = 13.0 * scale if scale < 1e300 else 2.0 * scale
    assert norm(values) == pytest.approx(expected, rel=1e-14)
    row = np.zeros(len(STATISTICS))
    with np.errstate(over="ignore"):
        describe(values, True, row)
    assert row[ROW["rms"]] == pytest.approx(expected / 2.0, rel=1e-14 if scale > 1e-300 else 0.2)
    assert row[ROW["max"]] == values.max()


@pytest.mark.parametrize("scale", [2e-23, 1e-38, 3e19, 1e37])
def test_the_squares_of_a_float32_are_float64s(scale: float) -> None:
    """In float32 the square of 2e-23 is 0 or 1.4e-45, and that of 3e19 infinite."""
    values = (scale * np.arange(1, 8)).astype(np.float32)
    assert norm(values) == pytest.approx(math.sqrt(sum(float(value) ** 2 for value in values)), rel=1e-14)


def test_a_norm_of_infinities_is_infinite_and_of_nothing_0() -> None:
    assert norm(np.array([[1.0, -math.inf]])) == math.inf
    assert math.isnan(norm(np.array([[1.0, math.nan]])))
    assert norm(np.zeros((3, 2))) == norm(np.zeros((0, 2))) == root_mean_square(np.zeros((0, 2))) == 0.0


def test_of_a_layer_with_nan_no_percentile_is_made_up() -> None:
    row = np.zeros(len(STATISTICS))
    describe(np.array([[1.0, math.nan, 3.0]]), False, row)
    assert np.isnan(row).all()


@given(arrays.arrays(np.float64, (5, 4), elements=st.sampled_from([0.0, -0.0, 0.5, -0.99, 0.99, -0.995, 1.0, 5e-324])))
def test_zeros_and_tails_are_counted(values: Any) -> None:
    found = summed(values, 0.99)
    assert (found.zeros, found.beyond) == (np.count_nonzero(values == 0.0), np.count_nonzero(np.abs(values) > 0.99))


# --- one look at a network -----------------------------------------------------------------------------------------------------------------

CONFIG = Config(layers=5, width=6, bias="on", initialization="normal", weight_scale=1.5, data="moons", samples=30, loss="cross_entropy", epochs=1)


def looked(config: Config, full: tuple[str, ...] = PROFILED) -> tuple[Network, dict[str, Any], dict[int, Seen]]:
    """The network after one pass there and back, what an observer wrote of it, and what it was shown."""
    engine = DenseEngine(config, None)
    network, columns = engine.network, columns_for(config, 1)
    observer, shown = Observer(network, columns, 0, full), {}
    x, y = next(engine.batches(0))
    network.forward(x)
    observer.look_forward()

    def observe(k: int, seen: Seen) -> None:
        shown[k] = Seen(*(part.copy() for part in seen))
        observer.look_back(k, seen)

    network.backward(y, observe)
    return network, columns, shown


@pytest.mark.parametrize("more", [{}, {"residual": "plain"}, {"normalization": "layer"}, {"tied_weights": "on"}, {"number_format": "float32"}])
def test_every_profile_is_of_its_own_array(more: dict[str, Any]) -> None:
    network, columns, shown = looked(CONFIG.replace(**more))
    room = network.room
    for k in range(5):
        arrays_of = {"h": room.h[k], "size": room.h[k]}
        arrays_of |= {"u": room.u[k], "w": network.weights[k], "g": shown[k].du, "dh": shown[k].dh, "dw": shown[k].dw} if k else {"dh": shown[1].back}
        for name, values in arrays_of.items():
            expected = by_numpy(values.astype(np.float64), name not in ("h", "u"))
            np.testing.assert_allclose(columns[name][0, :, k], list(expected.values()), rtol=1e-9, atol=1e-14 * np.abs(values).max(), err_msg=f"{name} {k}")
        if k:
            parts = [np.linalg.norm(part.astype(np.float64)) for part in (shown[k].dh, shown[k].du, shown[k].dz, shown[k].back)]
            np.testing.assert_allclose(columns["norms"][0, :, k], parts, rtol=1e-12)
    assert columns["norms"][0, NORMS.index("dh"), 0] == pytest.approx(np.linalg.norm(shown[1].back))


def test_what_nobody_looks_at_has_its_root_mean_square_alone() -> None:
    _, everything, _ = looked(CONFIG)
    _, some, _ = looked(CONFIG, ("u",))
    np.testing.assert_array_equal(some["u"], everything["u"])
    for name in set(PROFILED) - {"u"}:
        first = 0 if name in ("h", "size", "dh") else 1
        np.testing.assert_array_equal(some[name][:, 0], everything[name][:, 0])
        assert np.isnan(some[name][:, 1:, first:]).all(), name
        assert not some[name][:, :, :first].any(), "what the input has not is 0"


@pytest.mark.parametrize(
    ("activation", "saturated"),
    [("tanh", lambda h: np.abs(h) > 0.99), ("softsign", lambda h: np.abs(h) > 0.99), ("sigmoid", lambda h: np.abs(h - 0.5) > 0.49), ("relu", lambda h: h != h)],
)
@pytest.mark.parametrize("residual", ["none", "plain"])
def test_a_saturated_activation_lies_in_a_flat_tail(activation: str, saturated: Any, residual: str) -> None:
    network, columns, _ = looked(CONFIG.replace(activation=activation, weight_scale=6.0, residual=residual))
    shares = columns["shares"][0, SHARE["saturated"]]
    expected = [0.0, *(np.mean(saturated(network.pair.phi(network.room.u[k].copy()))) for k in (1, 2, 3)), 0.0]
    np.testing.assert_allclose(shares, expected, atol=1e-15, err_msg="the last layer is linear")
    assert activation in ("relu", "softsign") or shares[2] > 0.1


def test_dead_units_and_exact_zeros_are_counted() -> None:
    network, columns, shown = looked(CONFIG.replace(activation="relu", width=20, weight_scale=2.0, bias_scale=3.0))
    shares = columns["shares"][0]
    for k in (1, 2, 3):
        h, du = network.room.h[k], shown[k].du
        assert shares[SHARE["zero"], k] == np.mean(h == 0.0)
        assert shares[SHARE["zero_gradient"], k] == np.mean(du == 0.0)
        assert shares[SHARE["dead"], k] == pytest.approx(np.mean(~du.any(axis=0)))
    assert 0.0 < shares[SHARE["dead"], 1:4].max() < 1.0


def test_a_layer_that_no_gradient_reaches_is_not_called_dead_itself() -> None:
    """Every unit of layer 2 answers 0: it is dead, and the layers below have no gradient to pass on."""
    engine = DenseEngine(CONFIG.replace(activation="relu"), None)
    network, columns = engine.network, columns_for(CONFIG, 1)
    network.biases[2][...], network.biases[3][...] = -1e6, 1.0
    observer = Observer(network, columns, 0, ())
    x, y = next(engine.batches(0))
    network.forward(x)
    observer.look_forward()
    network.backward(y, observer.look_back)
    assert columns["shares"][0, SHARE["dead"]].tolist()[:3] == [0.0, 0.0, 1.0]
    assert columns["shares"][0, SHARE["zero_gradient"]].tolist()[:4] == [0.0, 1.0, 1.0, 0.0]


@pytest.mark.parametrize("more", [{}, {"optimizer": "adam"}, {"clipping": "norm", "clip_at": 1e-3}, {"batch_size": 7}])
def test_the_first_update_is_measured_against_the_weights(more: dict[str, Any]) -> None:
    config = CONFIG.replace(epochs=2, learning_rate=0.2, **more)
    frame = next(train(config))
    assert isinstance(frame, WideFrames)
    engine = DenseEngine(config, None)
    network = engine.network
    before = network.theta.copy()
    x, y = next(engine.batches(0))
    network.forward(x)
    network.backward(y)
    gradient = network.gradient.copy()
    from gradviz.core.optimizers import clip, optimizer_for

    clip(config, network.gradient)
    optimizer_for(config, network.theta).update(network.gradient, 0.2)
    moved = network.theta - before
    was, by = network.views_into(before), network.views_into(moved)
    ratios = [np.linalg.norm(by.weights[k]) / np.linalg.norm(was.weights[k]) for k in range(1, 5)]
    np.testing.assert_allclose(frame.ratio[0], [0.0, *ratios], rtol=1e-12)
    assert frame.promise[0] == pytest.approx(-moved @ gradient, rel=1e-12)
    assert frame.reach[0] == pytest.approx(np.linalg.norm(before) * np.linalg.norm(gradient), rel=1e-12)


@given(numbers=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=40), single=st.booleans())
def test_percentiles_of_sizes_come_out_of_the_same_sorting(numbers: list[float], single: bool) -> None:
    values = np.array(numbers, np.float32 if single else np.float64)
    row, of_sizes = np.empty(len(STATISTICS)), np.empty(len(STATISTICS))
    describe(values, False, row, of_sizes)
    sizes = np.percentile(np.abs(values.astype(np.float64)), [0, 5, 25, 50, 75, 95, 100])
    assert of_sizes[3:] == pytest.approx(sizes, rel=1e-12, abs=1e-300)
    assert row[3:] == pytest.approx(np.percentile(values.astype(np.float64), [0, 5, 25, 50, 75, 95, 100]), rel=1e-9, abs=1e-9)
