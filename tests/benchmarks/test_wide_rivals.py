"""Wide networks: PyTorch and the engine train the same network, and what is looked at is what is measured."""

from __future__ import annotations

import numpy as np
import pytest

from gradviz.benchmarks.experiments import ENDLESS
from gradviz.benchmarks.missing import Missing
from gradviz.benchmarks.wide_rivals import NOTHING, Shape, WideEngine, WideTorch
from gradviz.core.frames import PROFILED
from gradviz.core.statistics import describe

SMALL = Shape(layers=6, units=3, samples=5)


@pytest.mark.parametrize(("number_format", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
@pytest.mark.parametrize("shape", [SMALL, Shape(100, 4, 32)], ids=str)
def test_pytorch_has_the_engines_costs(shape: Shape, number_format: str, tolerance: float) -> None:
    config, data = shape.config(number_format, observe_every=1), shape.data()
    try:
        theirs = WideTorch(config, data)
    except Missing as missing:
        pytest.skip(f"Left out: {missing}.")
    costs = WideEngine(config, data)(20)
    assert costs[0] > costs[-1]
    np.testing.assert_allclose(theirs(20), costs, rtol=tolerance, atol=0)


def test_a_shape_counts_its_matrices_and_all_of_them_are_square() -> None:
    network = WideEngine(SMALL.config("float32"), SMALL.data()).engine.network
    assert [weights.shape for weights in network.weights[1:]] == [(3, 3)] * 6
    assert network.theta.dtype == np.float32


def test_unobserved_epochs_are_trained_all_the_same() -> None:
    data = SMALL.data()
    unseen, seen = WideEngine(SMALL.config("float64", ENDLESS), data), WideEngine(SMALL.config("float64", 1), data)
    before = unseen.engine.network.theta.copy()
    assert len(unseen(7)) == 0
    assert len(unseen(3)) == 0
    assert len(seen(10)) == 10
    assert not np.array_equal(unseen.engine.network.theta, before)
    np.testing.assert_array_equal(unseen.engine.network.theta, seen.engine.network.theta)


@pytest.mark.parametrize(("looked_at", "profiles"), [(NOTHING, 0), (None, len(PROFILED) - 1)])
def test_percentiles_are_worked_out_in_every_epoch_or_in_none(looked_at: frozenset[str] | None, profiles: int, monkeypatch: pytest.MonkeyPatch) -> None:
    described = []
    monkeypatch.setattr("gradviz.core.distributions.describe", lambda *arguments: described.append(describe(*arguments)))
    WideEngine(SMALL.config("float64", 1), SMALL.data(), looked_at)(4)
    # one sorting serves h and |h|; they and dC/dh have one for the input too
    assert len(described) == 4 * (6 * profiles + (2 if profiles else 0))
