"""How the weights and biases of a network start."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config

if TYPE_CHECKING:  # numpy loads its random numbers where somebody asks for them: a window that draws none comes up without
    from gradviz.core.dense import Network

    Draw = Callable[[Config, int, int, np.random.Generator], NDArray[np.float64]]

#: LSUV stops at a layer whose standard deviation is as near to the one wanted, relatively, or after so many rounds; without bias the first one hits it.
NEAR_ENOUGH, ROUNDS = 1e-6, 10


def initial_weights(config: Config) -> NDArray[np.float64]:
    """The weights of a chain before the first update, shape (layers,); index 0 is unused and 0.

    constant: every weight is the weight scale, as in the notebook. normal: w ~ N(0, scale^2), drawn with the config's seed.
    """
    weights = np.zeros(config.layers)
    if config.initialization == "constant":
        weights[1:] = config.weight_scale
    else:
        with np.errstate(over="ignore"):  # a scale near the largest float draws infinite weights, and the run says that it diverged
            weights[1:] = config.weight_scale * np.random.default_rng(config.seed).standard_normal(config.layers - 1)
    return weights


def initial_matrix(config: Config, inputs: int, outputs: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """One layer's weights before the first update, (outputs, inputs), each times the weight scale.

    n_in are the layer's inputs, n_out its units. constant: 1/n_in; normal: N(0, 1/n_in); uniform: U(+-sqrt(3/n_in)), the same variance;
    glorot: U(+-1/sqrt(n_in)), the old standard, and xavier: U(+-sqrt(6/(n_in + n_out))), both of Glorot and Bengio 2010; he: N(0, 2/n_in), He et al. 2015;
    lecun: N(0, 1/n_in), LeCun et al. 1998; orthogonal: Saxe et al. 2013, with orthonormal rows or columns where not square; lsuv: orthogonal too, `lsuv`
    does the rest; critical: N(0, sigma_w^2/n_in) with the sigma_w at which chi_1 = 1, Schoenholz et al. 2016. With one input and one unit, constant and
    normal are the chain's.
    """
    with np.errstate(over="ignore"):
        return DRAWS[config.initialization](config, inputs, outputs, generator)


def initial_bias(config: Config, outputs: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """One layer's biases before the first update, (outputs,): N(0, bias_scale^2), or 0 without a draw where the bias scale is 0."""
    if config.bias_scale == 0.0:
        return np.zeros(outputs)
    with np.errstate(over="ignore"):
        return config.bias_scale * generator.standard_normal(outputs)


def lsuv(network: Network, inputs: NDArray[Any]) -> None:
    """Scale each layer's weights, from the first to the last, until Wh + b has the variance scale^2 over all units and samples of the data (m, inputs).

    Layer-sequential unit variance, Mishkin and Matas 2016, with the weight scale in place of 1. It is measured before a normalization, which would hide
    it. Weights that layers share are scaled at the first of them. A layer whose variance is 0 (dead, or drawn as 0) or not finite stays as it is.
    """
    wanted = abs(network.config.weight_scale)
    h = np.asarray(inputs, network.dtype)
    for k in range(1, len(network.sizes)):
        if network.weights[k] is not network.weights[k - 1]:
            _bring_to(wanted, network, k, h)
        h = _passed_on(network, k, h)


def _bring_to(wanted: float, network: Network, k: int, h: NDArray[Any]) -> None:
    for _ in range(ROUNDS):
        deviation = float(np.std(_summed(network, k, h), dtype=np.float64))
        if not 0.0 < deviation < math.inf or abs(deviation - wanted) <= NEAR_ENOUGH * wanted:
            return
        network.weights[k] *= network.dtype.type(wanted / deviation)


def _summed(network: Network, k: int, h: NDArray[Any]) -> NDArray[Any]:
    """Wh + b of layer k."""
    z: NDArray[Any] = np.dot(h, network.weights[k].T)
    if network.biases[k] is not None:
        z += network.biases[k]
    return z


def _passed_on(network: Network, k: int, h: NDArray[Any]) -> NDArray[Any]:
    """What layer k hands to the next one; `Network.forward` passes all layers, which for each layer anew would take their number squared."""
    from gradviz.core.dense import EPSILON

    u = _summed(network, k, h)
    if network.normalized(k):
        axis = 1 if network.config.normalization == "layer" else 0
        u = (u - u.mean(axis=axis, keepdims=True)) / np.sqrt(u.var(axis=axis, keepdims=True) + network.dtype.type(EPSILON))
        u = u * network.gains[k] + network.shifts[k]
    f: NDArray[Any] = network.pair.phi(u)
    if not network.residual(k):
        return f
    if network.branches[k] is not None:
        f *= network.branches[k]
    f += h
    return f


def _normal(variance: Callable[[Config, int], float]) -> Draw:
    """N(0, variance scale^2)."""

    def draw(config: Config, inputs: int, outputs: int, generator: np.random.Generator) -> NDArray[np.float64]:
        deviation = config.weight_scale * math.sqrt(variance(config, inputs))
        return deviation * generator.standard_normal((outputs, inputs))

    return draw


def _uniform(bound_squared: Callable[[int, int], float]) -> Draw:
    """U(-bound scale, bound scale)."""

    def draw(config: Config, inputs: int, outputs: int, generator: np.random.Generator) -> NDArray[np.float64]:
        bound = config.weight_scale * math.sqrt(bound_squared(inputs, outputs))
        return bound * generator.uniform(-1.0, 1.0, (outputs, inputs))

    return draw


def _constant(config: Config, inputs: int, outputs: int, _: np.random.Generator) -> NDArray[np.float64]:
    return np.full((outputs, inputs), config.weight_scale / inputs)


def _orthogonal(config: Config, inputs: int, outputs: int, generator: np.random.Generator) -> NDArray[np.float64]:
    gaussian = generator.standard_normal((outputs, inputs))
    tall = gaussian if outputs >= inputs else gaussian.T
    q, r = np.linalg.qr(tall)
    # with the signs that make R's diagonal positive, Q is uniform among all orthogonal matrices (Mezzadri 2007); LAPACK's own are not
    q *= np.where(np.diagonal(r) < 0.0, -1.0, 1.0)
    return config.weight_scale * (q if outputs >= inputs else q.T)


def _critical_variance(config: Config, inputs: int) -> float:
    from gradviz.core.meanfield import critical_scale

    return critical_scale(config.activation, config.bias_scale if config.bias == "on" else 0.0) ** 2 / inputs


DRAWS: Mapping[str, Draw] = {
    "constant": _constant,
    "normal": _normal(lambda _, inputs: 1.0 / inputs),
    "uniform": _uniform(lambda inputs, _: 3.0 / inputs),
    "glorot": _uniform(lambda inputs, _: 1.0 / inputs),
    "xavier": _uniform(lambda inputs, outputs: 6.0 / (inputs + outputs)),
    "he": _normal(lambda _, inputs: 2.0 / inputs),
    "lecun": _normal(lambda _, inputs: 1.0 / inputs),
    "orthogonal": _orthogonal,
    "lsuv": _orthogonal,
    "critical": _normal(_critical_variance),
}
