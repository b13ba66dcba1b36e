"""A network of dense layers: any width, biases, and the cures that can be built into it.

    z[k] = W[k] h[k-1] + b[k]                                     hidden and output layers, k = 1 ... l-1
    u[k] = gain (z - mean) / sqrt(variance + 1e-5) + shift        hidden layers with normalization; else u = z
    h[k] = phi(u[k])                                              the last layer may be linear: h = u
    h[k] = h[k-1] + a phi(u[k])                                   residual layers, those between two hidden ones
    C = 1/(2m) sum (y - h[l-1])^2,   or   -1/m sum log softmax(u[l-1]) of the right class

Arrays are (samples, units), a layer's weights (units, inputs). All that is learned lies in one vector `theta`, its gradient in another, and the layers
are views into them: an optimizer sees one vector, and tied layers share one piece of it. Width 1 without bias is `chain`.
Sources: Ba et al. 2016 (layer norm), Ioffe and Szegedy 2015 (batch norm), He et al. 2016 (residual), Zhang et al. 2019 (Fixup), De and Smith 2020 (SkipInit).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.elementwise import PAIRS, back_for

Array = NDArray[Any]
ByLayer = list[Any]  # an array for each layer that has one, else None; index 0 is the input's

#: What is added to a variance before it divides, and how fast the averages for testing follow: as PyTorch has them.
EPSILON, FOLLOWING = 1e-5, 0.1


class Views(NamedTuple):
    """The layers' parts of one flat vector; None where a layer has none."""

    weights: ByLayer
    biases: ByLayer
    gains: ByLayer
    shifts: ByLayer
    branches: ByLayer


class Seen(NamedTuple):
    """What one layer looks like on the way back: dC/dh, dC/du and dC/dz of its own, dC/dh[k-1] through its weights alone, and dC/dW."""

    dh: Array
    du: Array
    dz: Array
    back: Array
    dw: Array


Observe = Callable[[int, Seen], None]


class Room:
    """What one pass of so many samples leaves behind, layer by layer, and room for the way back, which neighbouring layers share by turns."""

    def __init__(self, network: Network, samples: int) -> None:
        def arrays(wanted: Callable[[int], bool]) -> ByLayer:
            return [np.empty((samples, size), network.dtype) if wanted(k) else None for k, size in enumerate(network.sizes)]

        self.z = arrays(lambda k: k > 0)
        self.h = arrays(lambda k: k > 0)
        self.normal = arrays(network.normalized)
        self.u = [own if own is None or not network.normalized(k) else np.empty_like(own) for k, own in enumerate(self.z)]
        self.f = [np.empty_like(h) if network.residual(k) else h for k, h in enumerate(self.h)]
        self.scale: ByLayer = [None] * len(network.sizes)
        by_turns = {(size, turn): np.empty((samples, size), network.dtype) for size in network.sizes for turn in range(3)}
        self.dh = [by_turns[size, k % 2] for k, size in enumerate(network.sizes)]
        self.du = [by_turns[size, 2] for size in network.sizes]
        self.du_turned = [du.T for du in self.du]
        self.ones = np.ones(samples, network.dtype)


class Network:
    """A dense network of a config, between so many inputs and outputs; forward() and backward() belong together."""

    def __init__(self, config: Config, inputs: int, outputs: int) -> None:
        self.config = config
        self.sizes = [inputs, *[config.width] * (config.layers - 2), outputs]
        self.dtype = np.dtype(config.number_format)
        self.pair = PAIRS[config.activation]
        count = _count(config, self.sizes)
        self.theta = np.zeros(count, self.dtype)
        self.gradient = np.zeros(count, self.dtype)
        self.gradients_of = self.views_into(self.gradient)
        self.weights, self.biases, self.gains, self.shifts, self.branches = self.views_into(self.theta)
        for gain in filter(lambda gain: gain is not None, self.gains):
            gain.fill(1.0)
        if config.residual == "fixup":
            for branch in filter(lambda branch: branch is not None, self.branches):
                branch.fill(1.0)
        last = len(self.sizes) - 1
        self.means: ByLayer = [np.zeros(size, self.dtype) if self.normalized(k) else None for k, size in enumerate(self.sizes)]
        self.variances: ByLayer = [np.ones(size, self.dtype) if self.normalized(k) else None for k, size in enumerate(self.sizes)]
        self._linear_from = last if config.linear_output else last + 1
        self._turned: ByLayer = [None if weights is None else weights.T for weights in self.weights]
        self._axis = 1 if config.normalization == "layer" else 0
        self._tied = [_tied(config, k) for k in range(len(self.sizes))]
        self._back = back_for(config)
        self._rooms: dict[int, Room] = {}
        self.room = Room(self, 0)

    def normalized(self, k: int) -> bool:
        """Whether layer k is brought to mean 0 and variance 1 before its activation."""
        return self.config.normalization != "none" and 0 < k < len(self.sizes) - 1

    def residual(self, k: int) -> bool:
        """Whether layer k adds to what came in."""
        return self.config.residual != "none" and 1 < k < len(self.sizes) - 1

    def views_into(self, flat: Array) -> Views:
        """The layers' parts of another vector as long as theta."""
        return _views(self.config, self.sizes, flat)

    def forward(self, x: Array, learning: bool = True, follow: bool = True) -> Array:
        """The answers (m, outputs) to inputs (m, inputs).

        Batch norm takes the batch's own statistics while learning, which its averages follow where that is wanted, else the averages so far.
        """
        room = self._rooms.get(len(x))
        if room is None:
            room = self._rooms[len(x)] = Room(self, len(x))
        self.room = room
        room.h[0] = h = np.asarray(x, self.dtype)
        for k in range(1, len(self.sizes)):
            z = np.dot(h, self._turned[k], room.z[k])
            if self.biases[k] is not None:
                np.add(z, self.biases[k], z)
            u = self._normalize(k, z, learning, follow) if room.normal[k] is not None else z
            if k >= self._linear_from:
                room.h[k] = h = u
                continue
            f = self.pair.phi(u, room.f[k])
            if f is not room.h[k]:
                branch = self.branches[k]
                np.add(h, f if branch is None else branch * f, out=room.h[k])
            h = room.h[k]
        return h

    def _normalize(self, k: int, z: Array, learning: bool, follow: bool) -> Array:
        room, axis = self.room, self._axis
        if axis == 1 or learning:
            mean = z.mean(axis=axis, keepdims=True)
            normal = np.subtract(z, mean, out=room.normal[k])
            variance = np.mean(normal * normal, axis=axis, keepdims=True)
            if axis == 0 and follow:
                self._follow(k, mean[0], variance[0] * (len(z) / max(1, len(z) - 1)))
        else:
            mean, variance = self.means[k], self.variances[k]
            normal = np.subtract(z, mean, out=room.normal[k])
        room.scale[k] = 1.0 / np.sqrt(variance + self.dtype.type(EPSILON))
        normal *= room.scale[k]
        u = np.multiply(normal, self.gains[k], out=room.u[k])
        return np.add(u, self.shifts[k], out=u)  # type: ignore[no-any-return]

    def _follow(self, k: int, mean: Array, variance: Array) -> None:
        """Let the averages for testing follow the batches'."""
        for average, value in ((self.means[k], mean), (self.variances[k], variance)):
            average *= 1.0 - FOLLOWING
            average += FOLLOWING * value

    def cost(self, y: Array) -> float:
        """The cost of the last answers, against targets (m, outputs): numbers, or a 1 in the place of the right class."""
        h = self.room.h[-1].astype(np.float64, copy=False)
        if self.config.loss == "mse":
            miss = (y - h).ravel()
            return float(miss @ miss) / (2.0 * len(y))
        return -float((y * (h - log_of_sums(h))).sum()) / len(y)

    def backward(self, y: Array, observe: Observe | None = None) -> None:
        """Fill `gradient` with dC/dtheta of the last forward pass; `observe` is shown every layer on the way, from the last one down."""
        room, of = self.room, self.gradients_of
        dh = self._output_error(y)
        if any(self._tied):
            self.gradient.fill(0.0)  # tied layers add to it
        for k in range(len(self.sizes) - 1, 0, -1):
            du = dh if k >= self._linear_from else self._through_activation(k, dh)
            normalized = room.normal[k] is not None
            dz = self._through_normalization(k, du) if normalized else du
            turned = dz.T if normalized or du is dh else room.du_turned[k]
            dw = self._weight_gradient(k, turned, room.h[k - 1])
            if of.biases[k] is not None:
                self._bias_gradient(k, dz)
            if k == 1 and observe is None:
                return
            back = np.dot(dz, self.weights[k], room.dh[k - 1])
            if observe is not None:
                observe(k, Seen(dh, du, dz, back, dw))
            if self.residual(k):
                np.add(back, dh, back)
            dh = back

    def _output_error(self, y: Array) -> Array:
        """dC/dh of the last layer; with cross-entropy, whose last layer is linear, dC/du."""
        h, dh = self.room.h[-1], self.room.dh[-1]
        answers = h if self.config.loss == "mse" else np.exp(h - log_of_sums(h))
        np.subtract(answers, y, out=dh, casting="same_kind")
        dh /= len(y)
        return dh

    def _through_activation(self, k: int, dh: Array) -> Array:
        """dC/du from dC/dh."""
        room = self.room
        u, f, du = room.u[k], room.f[k], room.du[k]
        self._back(u, f, dh, du)
        branch = self.branches[k]
        if branch is not None:
            self.gradients_of.branches[k][0] = np.vdot(dh, f)
            du *= branch
        return du

    def _through_normalization(self, k: int, du: Array) -> Array:
        """dC/dz from dC/du; the mean and the variance depend on every z that they were made of."""
        room, axis = self.room, self._axis
        normal = room.normal[k]
        np.sum(du * normal, axis=0, out=self.gradients_of.gains[k])
        np.sum(du, axis=0, out=self.gradients_of.shifts[k])
        dnormal = du * self.gains[k]
        dnormal -= dnormal.mean(axis=axis, keepdims=True) + normal * (dnormal * normal).mean(axis=axis, keepdims=True)
        dnormal *= room.scale[k]
        return dnormal  # type: ignore[no-any-return]

    def _weight_gradient(self, k: int, turned: Array, before: Array) -> Array:
        """This layer's own dC/dW, from dC/dz turned on its side; in tied layers it is one share of the gradient."""
        into = self.gradients_of.weights[k]
        if not self._tied[k]:
            return np.dot(turned, before, into)  # type: ignore[no-any-return]
        own = np.dot(turned, before)
        into += own
        return own  # type: ignore[no-any-return]

    def _bias_gradient(self, k: int, dz: Array) -> None:
        into = self.gradients_of.biases[k]
        if self._tied[k]:
            into += np.dot(self.room.ones, dz)
        else:
            np.dot(self.room.ones, dz, into)


def log_of_sums(u: Array) -> Array:
    """log of the sum of exp(u) over the classes, (m, 1), without overflow."""
    greatest = u.max(axis=1, keepdims=True)
    return greatest + np.log(np.exp(u - greatest).sum(axis=1, keepdims=True))  # type: ignore[no-any-return]


def _tied(config: Config, k: int) -> bool:
    """Whether layer k shares its weights with the other layers between two hidden ones."""
    return config.tied_weights == "on" and 1 < k < config.layers - 1


def _count(config: Config, sizes: list[int]) -> int:
    return sum(math.prod(shape) for shape in _shapes(config, sizes))


def _shapes(config: Config, sizes: list[int]) -> list[tuple[int, ...]]:
    """The shapes of all that is learned, in the order in which it lies in the vector: weights and bias, gain and shift, branch factor of each layer."""
    shapes: list[tuple[int, ...]] = []
    for k in range(1, len(sizes)):
        if not (_tied(config, k) and k > 2):
            shapes += [(sizes[k], sizes[k - 1]), (sizes[k] if config.bias == "on" else 0,)]
        hidden = k < len(sizes) - 1
        shapes += [(sizes[k] if config.normalization != "none" and hidden else 0,)] * 2
        shapes += [(int(config.residual in ("skipinit", "fixup") and k > 1 and hidden),)]
    return shapes


def _views(config: Config, sizes: list[int], flat: Array) -> Views:
    pieces = []
    begin = 0
    for shape in _shapes(config, sizes):
        end = begin + math.prod(shape)
        pieces.append(flat[begin:end].reshape(shape) if end > begin else None)
        begin = end
    found = Views(*([None] for _ in Views._fields))
    coming = iter(pieces)
    for k in range(1, len(sizes)):
        shared = _tied(config, k) and k > 2
        found.weights.append(found.weights[2] if shared else next(coming))
        found.biases.append(found.biases[2] if shared else next(coming))
        for part in found[2:]:
            part.append(next(coming))
    return found
