"""Wide networks trained epoch after epoch by GradViz's engine and by PyTorch, from the same weights on the same samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.benchmarks.experiments import ENDLESS
from gradviz.benchmarks.rivals import pytorch
from gradviz.core.config import Config
from gradviz.core.datasets import Dataset
from gradviz.core.dense_training import DenseEngine
from gradviz.core.frames import Ask

Floats = NDArray[np.float64]
#: Trains so many more epochs; the cost of each that was looked at.
Epochs = Callable[[int], Floats]

FORMATS = ("float32", "float64")
NOTHING: frozenset[str] = frozenset()


class Shape(NamedTuple):
    """A network of so many matrices, square, and so many samples, all in one batch; inputs and outputs are as wide as the layers."""

    layers: int
    units: int
    samples: int

    def __str__(self) -> str:
        return f"{self.layers} x {self.units} x {self.samples}"

    def config(self, number_format: str, observe_every: int = ENDLESS) -> Config:
        """tanh layers at the edge of chaos, with biases, by plain gradient descent."""
        sizes: dict[str, Any] = {"layers": self.layers + 1, "width": self.units, "number_format": number_format, "observe_every": observe_every}
        return Config(bias="on", initialization="normal", learning_rate=0.01, epochs=ENDLESS, **sizes)

    def data(self) -> Dataset:
        """Normal inputs, and targets that tanh can answer."""
        draws = np.random.default_rng(0)
        inputs, targets = draws.standard_normal((2, self.samples, self.units))
        return Dataset(inputs, np.tanh(targets), (), inputs[:0], targets[:0])


class WideEngine:
    """GradViz's own, from epoch 1 on: epoch 0 is always looked at; `looked_at` names the profiles whose percentiles are worked out, None all of them."""

    def __init__(self, config: Config, data: Dataset, looked_at: frozenset[str] | None = NOTHING) -> None:
        self.engine = DenseEngine(config, data)
        self._ask, self._next = Ask(looked_at=looked_at), 1

    def __call__(self, epochs: int) -> Floats:
        first, self._next = self._next, self._next + epochs
        return np.array(self.engine.advance(first, self._next, self._ask).columns["cost"])


class WideTorch:
    """Eager PyTorch as its tutorials write it: Linear and Tanh modules, backward(), an SGD optimizer; raises Missing without PyTorch."""

    def __init__(self, config: Config, data: Dataset) -> None:
        torch = pytorch()
        form = getattr(torch, config.number_format)
        self._inputs, self._targets = (torch.tensor(values, dtype=form) for values in (data.inputs, data.targets))
        self._network = torch.nn.Sequential(*_modules(torch, config, data))
        self._optimizer = torch.optim.SGD(self._network.parameters(), lr=config.learning_rate)

    def __call__(self, epochs: int) -> Floats:
        costs = []
        for _ in range(epochs):
            self._optimizer.zero_grad()
            cost = ((self._network(self._inputs) - self._targets) ** 2).sum() / (2 * len(self._inputs))
            cost.backward()
            self._optimizer.step()
            costs.append(cost.item())
        return np.array(costs)


def _modules(torch: Any, config: Config, data: Dataset) -> Iterator[Any]:
    """The layers, with the weights and biases that the engine starts from."""
    network = DenseEngine(config, data).network
    for weights, biases in zip(network.weights[1:], network.biases[1:], strict=True):
        linear = torch.nn.Linear(weights.shape[1], weights.shape[0], dtype=getattr(torch, config.number_format))
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weights))
            linear.bias.copy_(torch.from_numpy(biases))
        yield linear
        yield torch.nn.Tanh()
