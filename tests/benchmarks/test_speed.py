"""Speed, measured: `pytest tests/benchmarks --benchmark-only`. Nothing else should be running."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gradviz.benchmarks.measures import MEASURES, NEVER, NOTEBOOK_1A
from gradviz.benchmarks.measuring import LeftOut, Measure, Measurement
from gradviz.benchmarks.missing import Missing
from gradviz.benchmarks.rivals import Training, c_loop, engine, notebook, notebook_tuned, torch_lean, torch_modules

RIVALS: dict[str, Callable[[], Training]] = {
    "engine": lambda: engine,
    "c": c_loop,
    "notebook": lambda: notebook,
    "notebook tuned": lambda: notebook_tuned,
    "torch": torch_modules,
    "torch lean": torch_lean,
}


@pytest.mark.parametrize("measure", MEASURES, ids=[measure.key for measure in MEASURES])
@pytest.mark.benchmark(group="how long each measure took (its ratio is at the end)")
def test_the_goal_is_met(benchmark: Any, measure: Measure, keep_result: Callable[[Measurement | LeftOut], None]) -> None:
    result = benchmark.pedantic(measure.result)
    keep_result(result)
    if isinstance(result, LeftOut):
        pytest.skip(f"Left out: {result.reason}.")
    benchmark.extra_info.update(measured=result.value, goal=str(result.goal), detail=result.detail)
    assert result.passed, f"{result.name}: {result.goal.shown(result.value)}, the goal is {result.goal}; {result.detail}."


# The groups below show the same beside each other in pytest-benchmark's own columns; the rivals run one after the other
# there, so that a busy moment hits only one of them. The ratios that count are those of the test above.


@pytest.mark.parametrize("rival", RIVALS)
@pytest.mark.benchmark(group="notebook-1a, 1000 epochs")
def test_notebook_1a(benchmark: Any, rival: str) -> None:
    try:
        train = RIVALS[rival]()
    except Missing as missing:
        pytest.skip(f"Left out: {missing}.")
    train(NOTEBOOK_1A.replace(epochs=2))
    costs = benchmark.pedantic(train, (NOTEBOOK_1A,), rounds=20 if rival in ("engine", "c") else 2)
    assert len(costs) == 1000


@pytest.mark.parametrize("observe_every", [1, 10, NEVER])
@pytest.mark.benchmark(group="notebook-1a, 1000 epochs, one observed in so many")
def test_observing(benchmark: Any, observe_every: int) -> None:
    benchmark.pedantic(engine, (NOTEBOOK_1A.replace(observe_every=observe_every),), rounds=20, warmup_rounds=1)


@pytest.mark.parametrize("layers", [10, 100, 1000, 10_000])
@pytest.mark.benchmark(group="a million layers trained and observed, in networks of so many")
def test_growing(benchmark: Any, layers: int) -> None:
    benchmark.pedantic(engine, (NOTEBOOK_1A.replace(layers=layers, epochs=1_000_000 // layers),), rounds=10, warmup_rounds=1)
