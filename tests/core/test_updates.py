"""What an update did, against numpy's own sums."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradviz.core.config import Config
from gradviz.core.dense import Network
from gradviz.core.updates import UpdateWatch


def network(scale: float = 1.0, **changes: object) -> Network:
    """One with random parameters and a random gradient."""
    made = Network(Config(**{"layers": 6, "width": 5, "bias": "on", **changes}), 3, 2)
    draws = np.random.default_rng(4)
    made.theta[:] = scale * draws.standard_normal(made.theta.size)
    made.gradient[:] = scale * draws.standard_normal(made.gradient.size)
    return made


CASES = [{}, {"number_format": "float32"}, {"tied_weights": "on"}, {"normalization": "batch", "residual": "skipinit"}]


@pytest.mark.parametrize("changes", CASES, ids=str)
def test_promise_reach_and_ratio_are_numpys_sums(changes: dict[str, str]) -> None:
    made = network(**changes)
    before, gradient = made.theta.astype(np.float64), made.gradient.astype(np.float64)
    was = [None if weights is None else weights.astype(np.float64) for weights in made.weights]
    watch = UpdateWatch(made)
    watch.before()
    made.theta -= made.theta.dtype.type(0.01) * made.gradient
    made.gradient[:] = 0.0  # a cut gradient is not what was promised
    moved = watch.after()
    change = made.theta.astype(np.float64) - before
    assert moved.promise == pytest.approx(-(change @ gradient), rel=1e-12)
    assert moved.reach == pytest.approx(np.linalg.norm(before) * np.linalg.norm(gradient), rel=1e-12)
    assert moved.ratio[0] == 0.0
    for k in range(1, 6):
        size = np.linalg.norm(made.weights[k].astype(np.float64) - was[k]) / np.linalg.norm(was[k])
        assert moved.ratio[k] == pytest.approx(size, rel=1e-12)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_squares_that_leave_the_floats_take_nothing_with_them(scale: float) -> None:
    made = network(scale)
    watch = UpdateWatch(made)
    watch.before()
    made.theta *= 1.5
    moved = watch.after()
    assert moved.ratio[1:] == pytest.approx(np.full(5, 0.5), rel=1e-12)


def test_weights_that_were_0_move_infinitely_or_not_at_all() -> None:
    made = network()
    made.weights[2][:] = made.weights[3][:] = 0.0
    watch = UpdateWatch(made)
    watch.before()
    made.weights[2][0, 0] = 1.0
    assert watch.after().ratio[2:4].tolist() == [math.inf, 0.0]
