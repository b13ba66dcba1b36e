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
from gradviz.core.distributions import Observer, binned
from gradviz.core.frames import BINS, HISTOGRAM, HISTOGRAMS, NORMS, PROFILED, SHARES, STATISTICS, UNBINNED, Ask, Frames, WideFrames, columns_for
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


# histograms

OF_H, OF_SIZE = (HISTOGRAMS.index(name) for name in ("h", "size"))
ZERO, BELOW, ABOVE = (BINS + UNBINNED.index(name) for name in ("zero", "below", "above"))


def histogram_by_numpy(values: Any, ends: Any) -> Any:
    """Shares in numpy's bins; where 0 lies between the ends it is an edge, and exactly that."""
    low, high = ends
    edges = np.linspace(low, high, BINS + 1)
    if low < 0.0 < high:
        edges[np.argmin(np.abs(edges))] = 0.0
    return np.histogram(values, edges)[0]


@pytest.mark.parametrize(
    "more",
    [
        {"weight_scale": 3.0},
        {"activation": "sigmoid"},
        {"activation": "relu", "initialization": "he"},
        {"activation": "gelu", "number_format": "float32", "weight_scale": 2.0},
        {"residual": "plain"},
        {"loss": "mse", "data": "function"},
    ],
)
def test_histograms_are_numpys(more: dict[str, Any]) -> None:
    network, columns, _ = looked(CONFIG.replace(**more), (HISTOGRAM,))
    shares, ends = columns["histogram"][0], columns["histogram_range"][0]
    for k, h in enumerate(network.room.h):
        h = h.astype(np.float64)
        of_h, of_size = shares[:, :, k] * h.size
        np.testing.assert_allclose(of_h[:BINS], histogram_by_numpy(h, ends[OF_H]), atol=1e-9)
        np.testing.assert_allclose(of_h[BINS:], [0, (h < ends[OF_H, 0]).sum(), (h > ends[OF_H, 1]).sum()], atol=1e-9)
        decades = np.log10(np.abs(h[h != 0.0]))
        expected, _ = np.histogram(decades, BINS, tuple(ends[OF_SIZE]))
        assert of_size[ABOVE] == 0.0
        assert of_size[ZERO] == pytest.approx((h == 0.0).sum(), abs=1e-9)
        assert of_size[BELOW] == pytest.approx((decades < ends[OF_SIZE, 0] - 1e-9).sum(), abs=1e-9)
        # the last digit of a logarithm may decide between two bins, which is rare; the one at an end is counted
        assert np.abs(of_size[:BINS] - expected).sum() <= 2
        np.testing.assert_allclose(shares[:, :, k].sum(axis=1), 1.0, rtol=1e-12, err_msg=f"layer {k}")


@pytest.mark.parametrize(("activation", "ends"), [("tanh", [-1.0, 1.0]), ("softsign", [-1.0, 1.0]), ("sigmoid", [0.0, 1.0])])
def test_bounded_activations_have_bins_between_their_bounds_whatever_comes(activation: str, ends: list[float]) -> None:
    network, columns, _ = looked(CONFIG.replace(activation=activation, weight_scale=4.0), (HISTOGRAM,))
    assert columns["histogram_range"][0, OF_H].tolist() == ends
    beyond = columns["histogram"][0, OF_H, [BELOW, ABOVE]].sum(axis=0)
    assert not beyond[1:-1].any()
    last = network.room.h[-1]
    assert beyond[-1] == pytest.approx(np.mean((last < ends[0]) | (last > ends[1])))
    assert beyond[-1] > 0.1, "the last layer is linear"


def test_other_bins_hold_all_layers_and_begin_at_0() -> None:
    """A rectifier's zeros are in the bin above 0, with no negative number of the input."""
    network, columns, _ = looked(CONFIG.replace(activation="relu", initialization="he"), (HISTOGRAM,))
    (low, high), shares = columns["histogram_range"][0, OF_H], columns["histogram"][0, OF_H]
    numbers = np.concatenate([h.ravel() for h in network.room.h])
    assert low <= numbers.min() < 0.0 < numbers.max() <= high
    width = (high - low) / BINS
    assert (high - low) <= (numbers.max() - numbers.min()) * BINS / (BINS - 1) * (1 + 1e-12)
    zero = round(-low / width)
    assert zero == pytest.approx(-low / width, abs=1e-9)
    for k in (1, 2, 3):
        assert not shares[:zero, k].any()
        assert shares[zero, k] == pytest.approx(np.mean(network.room.h[k] < width))
        assert shares[zero, k] >= np.mean(network.room.h[k] == 0.0) > 0.0


@pytest.mark.parametrize("ends", [(-1.0, 1.0), (0.0, 1.0), (0.1, 0.7), (-0.3, 4.7)])
def test_a_bin_begins_with_its_lower_edge_to_the_last_digit(ends: tuple[float, float]) -> None:
    edges = np.linspace(*ends, BINS + 1)
    values = np.concatenate([np.nextafter(edges[1:], -math.inf), edges, np.nextafter(edges[:-1], math.inf)])
    shares = binned(values, np.array([ends, [-5.0, 5.0]]))[OF_H, :BINS]
    np.testing.assert_allclose(shares * values.size, histogram_by_numpy(values, ends), atol=1e-9)


def test_what_is_added_to_what_came_in_has_no_bounds() -> None:
    network, columns, _ = looked(CONFIG.replace(residual="plain"), (HISTOGRAM,))
    numbers = np.concatenate([h.ravel() for h in network.room.h])
    low, high = columns["histogram_range"][0, OF_H]
    assert low <= numbers.min() < -1.1
    assert 1.1 < numbers.max() <= high
    assert not columns["histogram"][0, OF_H, BINS:].any()


@given(arrays.arrays(np.float64, st.integers(1, 40), elements=st.floats()), st.tuples(finite, finite), st.tuples(st.floats(-330, 300), st.floats(1e-3, 300)))
def test_every_finite_number_is_counted_once(values: Any, ends: tuple[float, float], decades: tuple[float, float]) -> None:
    low, high = sorted(ends)
    if low == high:
        return
    bounds = np.array([[low, high], [decades[0], decades[0] + decades[1]]])
    with np.errstate(all="ignore"):
        shares = binned(values, bounds)
    assert (shares >= 0.0).all()
    np.testing.assert_allclose(shares.sum(axis=1), np.isfinite(values).mean(), rtol=1e-12)
    assert shares[OF_SIZE, ZERO] == pytest.approx(np.mean(values == 0.0))
    assert shares[OF_H, ABOVE] == pytest.approx(np.mean((values > high) & np.isfinite(values)))


@pytest.mark.parametrize(
    ("scale", "inside"),
    [(1e300, 1.0), (1e-310, 1.0), (0.0, 1.0), (math.inf, 0.0), (math.nan, 0.0)],
)
def test_numbers_at_the_ends_of_the_floats_have_bins_too(scale: float, inside: float) -> None:
    """The input is 1, or no number, times the scale; the weights are 1, and so is every slope."""
    config = CONFIG.replace(activation="identity")
    network = Network(config, 2, 2)
    for k in range(1, 5):
        network.weights[k][...] = np.eye(*network.weights[k].shape)
    columns = columns_for(config, 1)
    with np.errstate(all="ignore"):
        network.forward(scale * np.array([[1.0, -1.0], [0.5, 1.0]]))
        Observer(network, columns, 0, (HISTOGRAM,)).look_forward()
    ends = columns["histogram_range"][0]
    assert np.isfinite(ends).all()
    assert (ends[:, 0] < ends[:, 1]).all()
    np.testing.assert_allclose(columns["histogram"][0].sum(axis=1), inside)
    assert columns["histogram"][0, OF_H, :BINS].sum(axis=0) == pytest.approx(inside)


def test_histograms_are_in_the_newest_frame_where_they_were_asked_for_and_at_both_ends() -> None:
    training = train(CONFIG.replace(epochs=12))
    blocks = [next(training)]
    blocks += [training.send(Ask(3, looked_at=frozenset({"u"}))), training.send(Ask(3, looked_at=frozenset({HISTOGRAM}))), training.send(Ask(3))]
    blocks += list(training)
    assert [block.epoch.tolist() for block in blocks] == [[0], [1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11]]
    newest = [block.newest() for block in blocks]
    assert [isinstance(frame, WideFrames) and frame.histogram is not None for frame in newest] == [True, False, True, False, True]
    assert [frame.epoch.tolist() for frame in newest] == [[0], [3], [6], [9], [11]]
    for block, frame in zip(blocks, newest, strict=True):
        assert all(getattr(frame, name).tobytes() == getattr(block, name)[-1:].tobytes() for name in WideFrames.COLUMNS)
        kept = block.recorded()
        assert isinstance(kept, WideFrames)
        assert kept.histogram is kept.histogram_range is None
        assert getattr(kept.rows(slice(None)), HISTOGRAM) is getattr(Frames.joined(blocks), HISTOGRAM) is None


def test_an_epoch_that_broke_after_it_was_looked_at_has_no_histogram_of_another_one() -> None:
    config = CONFIG.replace(activation="identity", loss="mse", learning_rate=1.0, epochs=200, weight_scale=3.0)
    training = train(config)
    frames = next(training)
    while frames.ending is None:
        frames = training.send(Ask(50, looked_at=frozenset({HISTOGRAM})))
    assert frames.ending.kind == "diverged"
    newest = frames.newest()
    assert isinstance(newest, WideFrames)
    assert newest.histogram is None
    assert newest.epoch[0] not in (0, 199)


def test_an_epoch_that_breaks_unseen_has_no_histogram_of_the_one_seen_before_it() -> None:
    """The newest frame that was due is looked at; then it diverges, and that epoch is the newest."""
    config = CONFIG.replace(activation="identity", loss="mse", learning_rate=1.0, epochs=200, weight_scale=3.0)
    broke = sum(len(frames) for frames in train(config)) - 1
    every = broke // 2 + 1
    engine = DenseEngine(config.replace(observe_every=every), None)
    engine.advance(0, 1, None)
    frames = WideFrames(**engine.advance(1, 2 * every, Ask(looked_at=frozenset({HISTOGRAM}))).columns)
    assert frames.epoch.tolist() == [every, broke]
    assert frames.histogram is not None
    assert frames.histogram[0].any()
    newest, first = frames.newest(), frames.rows(slice(0, 1)).newest()
    assert isinstance(newest, WideFrames)
    assert isinstance(first, WideFrames)
    assert newest.histogram is first.histogram is None
