"""A comparison of speed means something only when everybody computes the same."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gradviz.benchmarks.missing import Missing
from gradviz.benchmarks.rivals import Training, c_loop, engine, notebook, notebook_tuned, torch_lean, torch_modules
from gradviz.core.config import Config

# Case 1(a) only while it learns: then its cost shrinks towards 0, and what is left of it is each rival's own rounding.
CASES = {
    "notebook-1a": Config(weight_scale=1.0, epochs=50),
    "notebook-1b": Config(weight_scale=5.0, epochs=50),
    "notebook-1d": Config(weight_scale=0.9, epochs=50),
    "other numbers": Config(layers=12, weight_scale=1.3, learning_rate=0.02, epochs=50, inputs=(-0.5, 0.1, 0.9), targets=(0.3, 0.2, -0.1)),
}
NUMPY = {"plain": notebook, "tuned": notebook_tuned}
OTHERS: dict[str, Callable[[], Training]] = {"c": c_loop, "torch": torch_modules, "torch lean": torch_lean}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rival", NUMPY)
def test_the_notebooks_loop_has_the_engines_costs(rival: str, case: str) -> None:
    np.testing.assert_allclose(NUMPY[rival](CASES[case]), engine(CASES[case]), rtol=1e-12, atol=0)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rival", OTHERS)
def test_c_and_pytorch_have_the_engines_costs(rival: str, case: str) -> None:
    try:
        train = OTHERS[rival]()
    except Missing as missing:
        pytest.skip(f"Left out: {missing}.")
    np.testing.assert_allclose(train(CASES[case]), engine(CASES[case]), rtol=1e-9, atol=0)


def test_the_loop_in_c_observes_and_diverges_as_the_engine_does() -> None:
    try:
        train = c_loop()
    except Missing as missing:
        pytest.skip(f"Left out: {missing}.")
    for config in (CASES["notebook-1a"].replace(observe_every=7), Config(learning_rate=1e308, layers=5)):
        np.testing.assert_allclose(train(config), engine(config), rtol=1e-9, atol=0)
