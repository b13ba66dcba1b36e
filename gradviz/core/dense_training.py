"""How a wide network is trained: batches, updates, and a look at each observed epoch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.datasets import Dataset, drawn
from gradviz.core.dense import Network
from gradviz.core.distributions import Observer
from gradviz.core.frames import PROFILED, Ask, columns_for
from gradviz.core.initializers import initial_bias, initial_matrix, lsuv
from gradviz.core.interventions import Intervention
from gradviz.core.optimizers import clip, optimizer_for, scheduled
from gradviz.core.training import NEVER, Stretch, epochs_for, rows_due
from gradviz.core.updates import UpdateWatch

Array = NDArray[Any]

#: A stretch of training has about so many floating-point operations (some 15 ms: one tick of the window, so that each shows something new); a layer's calls
#: take as long as so many of them do.
STRETCH_WORK = 400_000_000
LAYER_WORK = 400_000
#: So do looking at one layer of an observed epoch and at each number in it, and working out one layer's percentiles and each number's place.
LOOK_WORK, LOOK_EACH = 350_000, 150
SORT_WORK, SORT_EACH = 250_000, 250
#: After so many operations it can go on from a checkpoint: what lies between is trained again in some two seconds.
CHECKPOINT_WORK = 40_000_000_000
#: Nor does a stretch hold more frames.
STRETCH_FRAMES = 256


class DenseEngine:
    """A wide network in training."""

    def __init__(self, config: Config, data: Dataset | None) -> None:
        data = data or drawn(config)
        assert data is not None, "what the config cannot draw by itself is handed in"
        self._config, self._data = config, data
        self.network = Network(config, data.features, data.outputs)
        form = self.network.dtype
        with np.errstate(all="ignore"):  # what a format cannot hold becomes infinite, and the run says that it diverged
            self._x, self._y = data.inputs.astype(form), data.targets.astype(form)
            begin(self.network, self._x)
        self._optimizer = optimizer_for(config, self.network.theta)
        self._watch = UpdateWatch(self.network)
        self._batch = config.batch_size or len(self._x)
        weights = sum(n * before for before, n in pairwise(self.network.sizes))
        numbers, updates = self._batch * sum(self.network.sizes), -(-len(self._x) // self._batch)
        self._work = 6 * len(self._x) * weights + 30 * len(self._x) * sum(self.network.sizes) + updates * LAYER_WORK * config.layers
        self._looking = LOOK_WORK * config.layers + LOOK_EACH * (numbers + weights)
        self._sorting = SORT_WORK * config.layers + SORT_EACH * numbers

        self.checkpoint_every = max(1, CHECKPOINT_WORK // self._work)

    def epochs_ahead(self, epoch: int, ask: Ask | None) -> int:
        wanted = min(STRETCH_FRAMES, max(1, ask.frames) if ask and ask.frames is not None else STRETCH_FRAMES)
        left = STRETCH_WORK - self._sorting * (len(ask.looked_at) if ask and ask.looked_at else 0)
        return min(epochs_for(wanted, epoch, self._config), max(1, left // (self._work + self._looking // self._config.observe_every)))

    def turn(self, change: Intervention, *, weights: bool = True) -> None:
        changed = change.weights
        if changed is None:
            self._config = self._config.replace(**{change.parameter: change.value})
        elif weights:
            matrices = self.network.weights[1:] if changed.layer is None else [self.network.weights[changed.layer]]
            with np.errstate(all="ignore"):
                for matrix in {id(matrix): matrix for matrix in matrices}.values():  # tied layers share theirs
                    matrix *= matrix.dtype.type(change.value)

    def state(self) -> tuple[Array, ...]:
        return tuple(array.copy() for array in self._changing())

    def restore(self, arrays: tuple[Array, ...]) -> None:
        for array, kept in zip(self._changing(), arrays, strict=True):
            array[...] = kept

    def _changing(self) -> list[Array]:
        """What an epoch leaves changed: all that is learned, what the optimizer remembers, and batch norm's averages."""
        averages = [average for average in (*self.network.means, *self.network.variances) if average is not None]
        return [self.network.theta, *self._optimizer.memory, *averages]

    def advance(self, epoch: int, stop: int, ask: Ask | None, *, observed: bool = True) -> Stretch:
        config = self._config
        every, last = (config.observe_every, config.epochs - 1) if observed else (NEVER, -1)
        columns = columns_for(config, rows_due(epoch, stop, every))
        rows, diverged = 0, False
        with np.errstate(all="ignore"):  # an overflow is an ordinary ending
            for number in range(epoch, stop):
                rate = scheduled(config, config.learning_rate, number)
                observer = None
                if observed and (number % every == 0 or number == last):
                    observer = Observer(self.network, columns, rows, self._looked_at(ask, number, self._next_observed(number) >= stop))
                    rows += 1
                diverged = not self._epoch(number, rate, observer)
                if diverged:
                    rows -= observer is not None  # it may have looked before the batch that broke it
                    for column in columns.values():
                        column[rows] = 0
                    self._look(number, Observer(self.network, columns, rows, PROFILED))
                    rows += 1
                    break
        written = {name: column[:rows] for name, column in columns.items()}
        return Stretch(number + 1 - epoch, written, self._where_it_diverged(number) if diverged else "")

    def _next_observed(self, epoch: int) -> int:
        every = self._config.observe_every
        return min(epoch + every - epoch % every, self._config.epochs - 1)

    def _looked_at(self, ask: Ask | None, epoch: int, newest: bool) -> frozenset[str]:
        """Whose percentiles are worked out: they can cost more than learning."""
        if ask is None or ask.looked_at is None or epoch in (0, self._config.epochs - 1):
            return frozenset(PROFILED)
        return ask.looked_at if newest else frozenset()

    def _epoch(self, number: int, rate: float, observer: Observer | None) -> bool:
        """Pass all samples and update after each batch; False where the cost left the floats, and then no update follows it."""
        network = self.network
        whole = self._batch == len(self._x)
        if observer is not None:
            self._score(number, observer, whole)
        for first, (x, y) in enumerate(self.batches(number)):
            network.forward(x)
            cost = network.cost(y)
            finite = bool(np.isfinite(cost))
            looking = observer if first == 0 else None
            if looking is not None:
                if whole:
                    looking.score("cost", cost)
                    looking.score("accuracy", self._accuracy(network.room.h[-1], y))
                looking.look_forward()
            if not finite and looking is None:
                return False
            network.backward(y, looking.look_back if looking is not None else None)
            if not finite:
                return False
            if looking is not None:
                self._watch.before()
            clip(self._config, network.gradient)
            self._optimizer.update(network.gradient, rate)
            if looking is not None:
                looking.look_at_update(self._watch.after())
        return True

    def _look(self, number: int, observer: Observer) -> None:
        """A last look at an epoch that diverged, with the weights that it began with or broke at."""
        x, y = next(self.batches(number))
        self._score(number, observer, whole=False)
        self.network.forward(x, follow=False)
        observer.look_forward()
        self.network.backward(y, observer.look_back)

    def batches(self, epoch: int) -> Iterator[tuple[Array, Array]]:
        """All samples, in an order drawn anew for each epoch where they come in batches."""
        if self._batch == len(self._x):
            yield self._x, self._y
            return
        order = np.random.default_rng([self._config.seed, 2, epoch]).permutation(len(self._x))
        for first in range(0, len(order), self._batch):
            chosen = order[first : first + self._batch]
            yield self._x[chosen], self._y[chosen]

    def _score(self, epoch: int, observer: Observer, whole: bool) -> None:
        """Cost and accuracy before the epoch's first update; of a whole batch those of learning come with its own pass."""
        observer.score("epoch", epoch)
        if not whole:
            cost, accuracy = self._judged(self._x, self._y, learning=True)
            observer.score("cost", cost)
            observer.score("accuracy", accuracy)
        cost, accuracy = self._judged(self._data.test_inputs, self._data.test_targets, learning=False)
        observer.score("test_cost", cost)
        observer.score("test_accuracy", accuracy)

    def _judged(self, x: Array, y: Array, learning: bool) -> tuple[float, float]:
        """Cost and accuracy on these samples; NaN where there are none. In pieces as large as a batch: so much room is there."""
        if not len(x):
            return np.nan, np.nan
        costs, rights = 0.0, 0.0
        for first in range(0, len(x), self._batch):
            piece = slice(first, first + self._batch)
            answers = self.network.forward(x[piece], learning=learning, follow=False)
            costs += self.network.cost(y[piece]) * len(answers)
            rights += self._accuracy(answers, y[piece]) * len(answers)
        return costs / len(x), rights / len(x)

    def _accuracy(self, answers: Array, y: Array) -> float:
        """The share of samples whose right class has the greatest answer; NaN where numbers are to be answered."""
        if not self._data.classes:
            return np.nan
        return float(np.mean(answers.argmax(axis=1) == y.argmax(axis=1)))

    def _where_it_diverged(self, epoch: int) -> str:
        network = self.network
        for k in range(len(network.sizes) - 1, 0, -1):
            if not np.isfinite(network.weights[k]).all():
                return f"Diverged at epoch {epoch:,}: weights of layer {k:,} left the range of {self._config.number_format}."
        for k, h in enumerate(network.room.h):
            if not np.isfinite(h).all():
                return f"Diverged at epoch {epoch:,}: activations of layer {k:,} left the range of {self._config.number_format}."
        return f"Diverged at epoch {epoch:,}: the cost left the range of {self._config.number_format}."


def begin(network: Network, inputs: Array) -> None:
    """Draw the weights and biases that a network starts with, layer by layer; tied layers are drawn once, and Fixup's branches start at 0."""
    config = network.config
    # biases come from a generator of their own: another bias scale, or none, leaves the weights as they are
    draws, of_biases = np.random.default_rng(config.seed), np.random.default_rng([config.seed, 3])
    for k in range(1, len(network.sizes)):
        if network.weights[k] is network.weights[k - 1]:
            continue
        matrix = initial_matrix(config, network.sizes[k - 1], network.sizes[k], draws)
        silent = config.residual == "fixup" and network.residual(k)
        network.weights[k][...] = 0.0 if silent else matrix
        if network.biases[k] is not None:
            network.biases[k][...] = 0.0 if silent else initial_bias(config, network.sizes[k], of_biases)
    if config.initialization == "lsuv":
        lsuv(network, inputs)
