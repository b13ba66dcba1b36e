"""The proof for wide networks: in every layer some of the numbers that it learns, backpropagation against finite differences of the cost.

A row of the table is a layer, and its gradients are norms over the numbers that were chosen there: the one with the greatest gradient and others at random, of
weights, biases, gains, shifts and the branch's factor. Everything is in float64 with the exact phi', whatever the training is in.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.check import BLOCK_ROWS, CARRIED, KINK, LEAST_LAYERS, MOST_LAYERS, NOISE, PLAIN, RESOLVED, TOLERANCE, Row, Rows
from gradviz.core.config import Config
from gradviz.core.datasets import Dataset
from gradviz.core.dense import Network, Seen
from gradviz.core.dense_training import DenseEngine
from gradviz.core.differences import EPSILON, HIDDEN
from gradviz.core.frames import STATISTICS, Ask, Ending, Frames
from gradviz.core.interventions import Intervention, in_order
from gradviz.core.statistics import norm, root_mean_square
from gradviz.core.wide_differences import KINKED, Differences, Number, carried_differences, plain_differences

Floats = NDArray[np.float64]

#: So many numbers of each part of a layer are checked, and of a network with kinks so many times as many are drawn: some may sit on one.
CHOSEN = {"weights": 5, "biases": 2, "gains": 2, "shifts": 2, "branches": 1}
SPARE = 2
#: The samples are as many as this over the units of the widest layer, or so many at least: which they are makes no difference to what is proved.
SAMPLE_UNITS, LEAST_SAMPLES = 1024, 4
#: The whole check moves about so many units (some 10 s), and one block of rows so many. A unit costs as much as so many weights.
MOST_WORK, BLOCK_WORK, UNIT_WEIGHTS = 2e8, 3e6, 100
#: What is smaller loses its digits to float64 on the way.
LEAST_GRADIENT = 1e-280
#: Errors of finite differences and of rounding count so many times: they are estimates.
CAUTION = 10.0


class Reached(NamedTuple):
    """The epoch whose turn it is, and how the training ended where a number left the floats in it."""

    epoch: int
    diverged: str = ""


def retrained(engine: DenseEngine, epoch: int, interventions: Iterable[Intervention] = ()) -> Iterator[Reached]:
    """Train a new engine up to the beginning of an epoch, as the run with these interventions did: its frames hold statistics, and not the weights."""
    planned = in_order(interventions)
    nothing = Ask(looked_at=frozenset())
    done = 0
    while done < epoch:
        while planned and planned[0].epoch <= done:
            engine.turn(planned.pop(0))
        ahead = [intervention.epoch for intervention in planned[:1]]
        stretch = engine.advance(done, min([done + engine.epochs_ahead(done, nothing), epoch, *ahead]), nothing, observed=False)
        done += stretch.done
        yield Reached(done - bool(stretch.diverged), stretch.diverged)
        if stretch.diverged:
            return
    for change in planned:
        if change.epoch <= epoch:
            engine.turn(change)


def engine_of(config: Config, data: Dataset) -> DenseEngine:
    """What trains this config again."""
    return DenseEngine(config, data)


def same_weights(engine: DenseEngine, frame: Frames) -> bool:
    """Whether an engine's weights have the sizes that a frame has recorded: another machine's rounding may have led elsewhere, another table does."""
    recorded = frame.w[-1, STATISTICS.index("rms"), 1:]
    found = [root_mean_square(weights) for weights in engine.network.weights[1:]]
    return bool(np.allclose(found, recorded, rtol=1e-6, atol=0.0, equal_nan=True))


def check_engine(engine: DenseEngine, config: Config, epoch: int) -> Generator[Rows, object, None]:
    """Check the gradient of the weights that an engine has, on the first batch of that epoch; hands out the table in blocks, the last one with an ending.

    Of a deep network layers are checked that are evenly spaced, the first and the last among them, and of tied layers the first. Numbers that are not
    finite end it at once, without rows.
    """
    x, y = (part[: _samples(engine.network)] for part in next(engine.batches(epoch)))
    trained = engine.network
    exact = Network(config.replace(number_format="float64", derivative="exact"), trained.sizes[0], trained.sizes[-1])
    exact.theta[...] = trained.theta
    with np.errstate(all="ignore"):
        x, y = x.astype(np.float64), y.astype(np.float64)
        for network in (trained, exact):
            network.forward(x, follow=False)
        trained.backward(y)
        cost, blurs = exact.cost(y), _backward(exact, y)
    if not (np.isfinite(exact.theta).all() and math.isfinite(cost) and np.isfinite(exact.gradient).all()):
        yield Rows((), 0, Ending("diverged", "Not all numbers are finite: the training has diverged."))
        return
    layers, size = _layers(exact, len(x))
    for start in range(0, len(layers), size):
        with np.errstate(all="ignore"):
            block = tuple(_row(k, trained, exact, x, y, blurs[k]) for k in layers[start : start + size])
        yield Rows(block, len(layers), Ending("done", f"{len(layers):,} layers checked.") if start + size >= len(layers) else None)


def _backward(network: Network, y: Floats) -> Floats:
    """Work out the gradient, and by what part of itself rounding may change that of each layer's weights, (l,): sums cancel, most of all in batch norm."""
    last, so_far = len(network.sizes) - 1, 0.0
    blurs = np.zeros(last + 1)
    # the softmax of large answers is rounded as they are
    answers = EPSILON * (1.0 + float(np.abs(network.room.h[last]).max())) if network.config.loss == "cross_entropy" else EPSILON

    def look(k: int, seen: Seen) -> None:
        nonlocal so_far
        each = answers if k == last else EPSILON
        if network.normalized(k):
            so_far = (so_far + each) * max(1.0, _cancelled(seen.du * network.gains[k] * network.room.scale[k], seen.dz))  # less is left, but not of the error
        blurs[k] = so_far + each * _cancelled(np.abs(seen.dz).T @ np.abs(network.room.h[k - 1]), seen.dw)
        back, beside = norm(seen.back), norm(seen.dh) if network.residual(k) else 0.0
        so_far += each * _cancelled(np.abs(seen.dz) @ np.abs(network.weights[k]), seen.back) * (back / (back + beside) if back else 0.0)

    network.backward(y, look)
    return blurs


def _cancelled(terms: Floats, total: Floats) -> float:
    """How many times as large as their total the terms of a sum are; 0 where it is 0."""
    size = norm(total)
    return norm(terms) / size if size else 0.0


def _samples(network: Network) -> int:
    return max(LEAST_SAMPLES, SAMPLE_UNITS // max(network.sizes))


def _layers(network: Network, samples: int) -> tuple[list[int], int]:
    """The layers that are checked, and how many of them a block has."""
    own = [k for k in range(1, len(network.sizes)) if _parts(network, k)]
    weights = sum(before * n for before, n in zip(network.sizes, network.sizes[1:], strict=False))
    work = sum(CHOSEN.values()) * samples * (sum(network.sizes) + weights / UNIT_WEIGHTS)
    count = min(len(own), MOST_LAYERS, max(LEAST_LAYERS, int(MOST_WORK / work)))
    places = np.unique(np.linspace(0, len(own) - 1, count).round().astype(int))
    return [own[place] for place in places], max(1, min(BLOCK_ROWS, int(BLOCK_WORK / work)))


def _parts(network: Network, k: int) -> list[str]:
    """What layer k learns by itself; tied layers share what the first of them has."""
    return [part for part in CHOSEN if _own(getattr(network, part), k)]


def _own(arrays: list[Floats | None], k: int) -> bool:
    return arrays[k] is not None and arrays[k] is not arrays[k - 1]


def _chosen(network: Network, k: int) -> list[Number]:
    """The numbers of layer k that are checked: of each part the one with the greatest gradient, and others at random."""
    draws = np.random.default_rng([network.config.seed, 3, k])
    spare = SPARE if network.config.activation in KINKED else 1
    numbers = []
    for part in _parts(network, k):
        gradient = getattr(network.gradients_of, part)[k]
        count = spare * CHOSEN[part]
        random = draws.choice(gradient.size, min(gradient.size, count), replace=False).tolist()
        flat = list(dict.fromkeys([int(np.abs(gradient).argmax()), *random]))[:count]
        numbers += [Number(part, k, tuple(map(int, np.unravel_index(place, gradient.shape)))) for place in flat]
    return numbers


def _row(k: int, trained: Network, exact: Network, x: Floats, y: Floats, blur: float) -> Row:
    """One layer: plain where the plain differences can say it, carried where they cannot."""
    numbers = _chosen(exact, k)
    gradient, stored = (_gradients(network, numbers) for network in (exact, trained))
    carried = carried_differences(exact, x, y, numbers)
    usable = np.flatnonzero(~carried.kinks)
    kept = [numbers[place] for place in usable]
    if numbers[0].part not in {number.part for number in kept}:
        return Row(k, *_size(gradient), norm(stored), *_size(carried.values), 1.0, 1.0, KINK)
    found, method = Differences(carried.values[usable], carried.errors[usable], carried.kinks[usable]), CARRIED
    plain = plain_differences(exact, x, y, kept, RESOLVED)
    # a bend between its steps can mislead the plain difference about its own error: then it is off the other one too
    if plain is not None and norm(plain.values - found.values) <= RESOLVED * norm(found.values):
        found, method = plain, PLAIN
    return _compared(k, gradient[usable], stored[usable], found, blur, method)


def _gradients(network: Network, numbers: Sequence[Number]) -> Floats:
    """What backpropagation has just made of them."""
    return np.array([getattr(network.gradients_of, number.part)[number.layer][number.place] for number in numbers], np.float64)


def _compared(k: int, gradient: Floats, stored: Floats, found: Differences, blur: float, method: str) -> Row:
    size = float(np.maximum(norm(gradient), norm(found.values)))  # NaN where one of them is
    relative = norm(gradient - found.values) / size if size else 0.0
    allowed = TOLERANCE + (CAUTION * (float(blur) + norm(found.errors) / size) if size else 0.0)
    if size and not (size >= LEAST_GRADIENT and allowed <= HIDDEN):
        method = NOISE
    return Row(k, *_size(gradient), norm(stored), *_size(found.values), relative, allowed, method)


def _size(values: Floats) -> tuple[float, float]:
    """The norm as sign and log10."""
    size = norm(values)
    return (1.0, float(np.log10(size))) if size else (0.0, -math.inf)
