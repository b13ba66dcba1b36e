"""Wide networks against PyTorch: activations, gradients and ten updates, with everything that a config can choose, in networks of many shapes.

The reference is written with PyTorch's own layers, losses, clipping and optimizers; none of our formulas is in it. Agreement is by the norm of each layer's
array: PyTorch takes tanh' from 1 - h^2, which loses digits one by one where a unit saturates.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gradviz.core.config import (
    ActivationName,
    ClippingName,
    Config,
    DecayName,
    DerivativeName,
    InitializationName,
    LossName,
    NormalizationName,
    OptimizerName,
    OutputName,
    ResidualName,
    Switch,
)
from gradviz.core.dense import Network, Seen, Views
from gradviz.core.dense_training import begin
from gradviz.core.initializers import initial_matrix
from gradviz.core.optimizers import clip, optimizer_for, scheduled

torch = pytest.importorskip(
    "torch", reason="Left out: activations, gradients and ten updates of wide networks against PyTorch, which is not installed: pip install -e '.[test,torch]'."
)
F = torch.nn.functional

Array = NDArray[Any]
ByLayer = list[Any]

CHOICES: dict[str, tuple[str, ...]] = {
    "activation": get_args(ActivationName),
    "initialization": get_args(InitializationName),
    "residual": get_args(ResidualName),
    "normalization": get_args(NormalizationName),
    "clipping": get_args(ClippingName),
    "tied_weights": get_args(Switch),
    "bias": get_args(Switch),
    "loss": get_args(LossName),
    "output": get_args(OutputName),
    "optimizer": get_args(OptimizerName),
    "derivative": get_args(DerivativeName),
}
EVERY_CHOICE = [(name, choice) for name, choices in CHOICES.items() for choice in choices]
#: These divide a gradient by its own size, or by 1e-8.
ENLARGING = ("rmsprop", "adam", "adamw")
PARTS = Views._fields
AGREED = {"float64": 1e-10, "float32": 2e-3}
STEPS = 10

ACTIVATIONS = {
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "identity": lambda u: u.clone(),
    "softsign": F.softsign,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "silu": F.silu,
}


class Reference:
    """The same network by PyTorch, with the same numbers in it."""

    def __init__(self, network: Network) -> None:
        self.config, self.sizes = network.config, network.sizes
        self.parameters: dict[int, Any] = {}
        self.weights, self.biases, self.gains, self.shifts, self.branches = ([self._parameter(array) for array in getattr(network, part)] for part in PARTS)
        self.means: ByLayer = [None if mean is None else torch.tensor(mean) for mean in network.means]
        self.variances: ByLayer = [None if variance is None else torch.tensor(variance) for variance in network.variances]
        self.optimizer = self._optimizer()

    def _parameter(self, array: Array | None) -> Any:
        """A parameter of its own for each array; one that layers share is one here too."""
        if array is None:
            return None
        place = array.__array_interface__["data"][0]
        return self.parameters.setdefault(place, torch.nn.Parameter(torch.tensor(array)))

    def _optimizer(self) -> Any:
        config, learned = self.config, list(self.parameters.values())
        rate, averages = config.learning_rate, (config.momentum, config.beta2)
        kinds = {
            "sgd": lambda: torch.optim.SGD(learned, rate),
            "momentum": lambda: torch.optim.SGD(learned, rate, momentum=config.momentum),
            "nesterov": lambda: torch.optim.SGD(learned, rate, momentum=config.momentum, nesterov=True),
            "rmsprop": lambda: torch.optim.RMSprop(learned, rate, alpha=config.beta2, eps=1e-8),
            "adam": lambda: torch.optim.Adam(learned, rate, averages, eps=1e-8),
            "adamw": lambda: torch.optim.AdamW(learned, rate, averages, eps=1e-8, weight_decay=config.weight_decay),
        }
        return kinds[config.optimizer]()

    def learned(self, k: int) -> dict[str, Any]:
        """The parameters of a layer by name."""
        return {part: getattr(self, part)[k] for part in PARTS if getattr(self, part)[k] is not None}

    def forward(self, x: Array, learning: bool = True) -> Any:
        h = torch.tensor(x)
        self.u: ByLayer = [None]
        self.h: ByLayer = [h]
        for k in range(1, len(self.sizes)):
            last = k == len(self.sizes) - 1
            u = F.linear(h, self.weights[k], self.biases[k])
            if self.config.normalization == "layer" and not last:
                u = F.layer_norm(u, u.shape[1:], self.gains[k], self.shifts[k])
            if self.config.normalization == "batch" and not last:
                u = F.batch_norm(u, self.means[k], self.variances[k], self.gains[k], self.shifts[k], training=learning)
            linear = last and (self.config.output == "linear" or self.config.loss == "cross_entropy")
            f = u.clone() if linear else ACTIVATIONS[self.config.activation](u)
            if self.config.residual != "none" and k > 1 and not last:
                f = h + (f if self.branches[k] is None else self.branches[k] * f)
            h = f
            self.u.append(u)
            self.h.append(h)
        for kept in filter(lambda tensor: tensor.requires_grad, self.u[1:] + self.h[1:]):
            kept.retain_grad()
        return h

    def cost(self, y: Array) -> Any:
        answers, wanted = self.h[-1], torch.tensor(y)
        if self.config.loss == "cross_entropy":
            return F.cross_entropy(answers, wanted.argmax(dim=1))
        return F.mse_loss(answers, wanted, reduction="sum") / (2 * len(y))

    def backward(self, y: Array) -> None:
        self.optimizer.zero_grad()
        self.cost(y).backward()

    def update(self, rate: float) -> None:
        learned = self.parameters.values()
        if self.config.clipping == "norm":
            torch.nn.utils.clip_grad_norm_(learned, self.config.clip_at)
        if self.config.clipping == "value":
            torch.nn.utils.clip_grad_value_(learned, self.config.clip_at)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()


def norm(tensors: Iterable[Any]) -> float:
    """The norm of all of them together."""
    return float(np.linalg.norm([float(tensor.detach().norm()) for tensor in tensors]))


def grads(tensors: ByLayer) -> ByLayer:
    return [tensor.grad for tensor in tensors[1:]]


def agree(ours: Array, theirs: Any, what: str, form: str, part_of: float = 0.0) -> None:
    """The norm of the difference is as small a share of the norm, or of the norm of what this is a part of."""
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape, what
    miss, size = np.linalg.norm((ours - theirs).ravel()), max(np.linalg.norm(theirs.ravel()), part_of)
    assert miss <= AGREED[form] * size, f"{what} differs by {miss:.1e} of {size:.1e}\n{ours}\n{theirs}"


def layers_agree(network: Network, seen: dict[int, Seen], reference: Reference) -> None:
    """h, u, dC/du and dC/dh of every layer."""
    form = network.config.number_format
    # equal weights: softmax's errors, whose sum is 0, go back as rounding alone, and what weights learn of it from 0 is small beside other layers' numbers
    whole = network.config.initialization == "constant"
    u_of, du_of, dh_of = (norm(tensors) if whole else 0.0 for tensors in (reference.u[1:], grads(reference.u), grads(reference.h)))
    for k in range(1, len(network.sizes)):
        agree(network.room.h[k], reference.h[k], f"h[{k}]", form)
        agree(network.room.u[k], reference.u[k], f"u[{k}]", form, u_of)
        agree(seen[k].du, reference.u[k].grad, f"dC/du[{k}]", form, du_of)
        agree(seen[k].dh, reference.h[k].grad, f"dC/dh[{k}]", form, dh_of)


def gradients_agree(network: Network, reference: Reference) -> None:
    """The gradient of every parameter, as a part of its layer's: that of a bias before batch norm is rounding alone."""
    whole = norm(tensor.grad for tensor in reference.parameters.values()) if network.config.initialization == "constant" else 0.0
    for k in range(1, len(network.sizes)):
        learned = reference.learned(k)
        part_of = max(whole, norm(tensor.grad for tensor in learned.values()))
        for part, tensor in learned.items():
            agree(getattr(network.gradients_of, part)[k], tensor.grad, f"gradient of {part}[{k}]", network.config.number_format, part_of)


def parameters_agree(network: Network, reference: Reference) -> None:
    """Every parameter, as a part of its layer's."""
    for k in range(1, len(network.sizes)):
        learned = reference.learned(k)
        for part, tensor in learned.items():
            agree(getattr(network, part)[k], tensor, f"{part}[{k}]", network.config.number_format, norm(learned.values()))


def learns_from_rounding(config: Config) -> bool:
    """Whether an update makes rounding large, so that no two programs agree after it: there is something whose gradient is 0 but for rounding."""
    equal = config.initialization == "constant"
    # nearly equal units are pulled apart by a factor of 300, 1/sqrt(1e-5), in each update
    unstable = equal and config.normalization == "layer"
    # layer for layer: batch norm takes a bias off again with the mean; softmax's errors, of which equal weights hand back the sum, add up to 0
    nothing_to_learn = (config.bias == "on" and config.normalization == "batch") or (equal and config.loss == "cross_entropy")
    return unstable or (nothing_to_learn and config.optimizer in ENLARGING)


def ten_steps_agree(network: Network, reference: Reference, batches: list[tuple[Array, Array]]) -> None:
    config = network.config
    optimizer = optimizer_for(config, network.theta)
    for step in range(STEPS):
        x, y = batches[step % len(batches)]
        one_pass_agrees(network, reference, x, y)
        if learns_from_rounding(config):
            return
        rate = scheduled(config, config.learning_rate, step)
        clip(config, network.gradient)
        optimizer.update(network.gradient, rate)
        reference.update(rate)
        parameters_agree(network, reference)
    x = np.concatenate([x for x, _ in batches])
    answers = reference.forward(x, learning=False)  # batch norm with the averages that it has taken so far
    agree(network.forward(x, learning=False), answers, "answers in a test", config.number_format)


def one_pass_agrees(network: Network, reference: Reference, x: Array, y: Array) -> None:
    seen: dict[int, Seen] = {}
    network.forward(x)
    network.backward(y, lambda k, layer: seen.__setitem__(k, Seen(*(array.copy() for array in layer))))
    reference.forward(x)
    reference.backward(y)
    assert network.cost(y) == pytest.approx(float(reference.cost(y).detach()), rel=AGREED[network.config.number_format], abs=1e-300)
    layers_agree(network, seen, reference)
    gradients_agree(network, reference)


@st.composite
def cases(draw: st.DrawFn, **fixed: str) -> tuple[Config, int, int, int]:
    """A config with everything drawn but what is fixed, and numbers of inputs, outputs and samples that go with it.

    Three units, three samples in each batch and two inputs at least: two numbers that are normalized are 1 and −1 whatever they were, one input is the
    same whatever its weight was, and the gradient that is left of that is the difference of numbers equal in ten digits.
    """
    chosen = {name: fixed.get(name) or draw(st.sampled_from(choices)) for name, choices in CHOICES.items()}
    between = chosen["residual"] != "none" or chosen["tied_weights"] == "on"
    config = Config(
        **chosen,
        layers=draw(st.integers(4 if between else 3, 7)),
        width=draw(st.integers(3, 9)),
        data="spirals",  # which has classes; how many inputs and outputs the network has is told below
        weight_scale=draw(st.sampled_from([0.5, 1.0, 1.3])),
        bias_scale=draw(st.sampled_from([0.0, 0.3])),
        clip_at=draw(st.sampled_from([0.003, 0.1])),
        learning_rate=draw(st.sampled_from([0.001, 0.01] if chosen["optimizer"] not in ENLARGING else [0.0003, 0.001])),
        momentum=draw(st.sampled_from([0.5, 0.9])),
        beta2=draw(st.sampled_from([0.9, 0.999])),
        weight_decay=draw(st.sampled_from([0.01, 0.5])),
        epochs=STEPS,
        warm_up=draw(st.integers(0, 4)),
        decay=draw(st.sampled_from(get_args(DecayName))),
        seed=draw(st.integers(0, 1000)),
    )
    return config, draw(st.integers(2, 6)), draw(st.integers(2 if config.loss == "cross_entropy" else 1, 4)), draw(st.integers(6, 20))


def begun(config: Config, inputs: int, outputs: int, samples: int) -> tuple[Network, list[tuple[Array, Array]]]:
    """A network with its initial weights, and two batches of one size and less; gains, shifts and factors, which start at 0 and 1, are moved from there."""
    network, draws = Network(config, inputs, outputs), np.random.default_rng(config.seed)
    x, y = draws.standard_normal((samples, inputs)), draws.standard_normal((samples, outputs))
    if config.loss == "cross_entropy":
        y = np.eye(outputs)[y.argmax(axis=1)]
    x, y = x.astype(network.dtype), y.astype(network.dtype)
    begin(network, x)
    for part in (network.gains, network.shifts, network.branches):
        for array in filter(lambda array: array is not None, part):
            array += 0.3 * draws.standard_normal(array.shape)
    half = samples // 2
    return network, [(x[:half], y[:half]), (x[half:], y[half:])]


@pytest.mark.parametrize(("name", "choice"), EVERY_CHOICE)
def test_activations_gradients_and_ten_updates_are_those_of_pytorch(name: str, choice: str) -> None:
    @settings(max_examples=8)
    @given(cases(**{name: choice}))
    def hold(case: tuple[Config, int, int, int]) -> None:
        network, batches = begun(*case)
        ten_steps_agree(network, Reference(network), batches)

    hold()


def test_the_reference_knows_every_choice() -> None:
    assert set(ACTIVATIONS) == set(CHOICES["activation"])


@settings(max_examples=20)
@given(cases(optimizer="sgd", initialization="orthogonal", normalization="none"))
def test_float32_is_pytorchs_as_far_as_its_digits_go(case: tuple[Config, int, int, int]) -> None:
    config, *shape = case
    network, batches = begun(config.replace(number_format="float32"), *shape)
    ten_steps_agree(network, Reference(network), batches)


@pytest.mark.parametrize("shape", [(5, 5), (3, 7), (7, 3), (1, 4), (4, 1)])
def test_an_orthogonal_matrix_is_pytorchs_from_the_same_gaussian_numbers(shape: tuple[int, int]) -> None:
    gaussian = torch.empty(shape, dtype=torch.float64).normal_(generator=torch.Generator().manual_seed(3)).numpy()

    class Drawn:
        def standard_normal(self, size: tuple[int, int]) -> Array:
            return gaussian.reshape(size)

    ours = initial_matrix(Config(initialization="orthogonal", weight_scale=1.7, width=2), shape[1], shape[0], Drawn())  # type: ignore[arg-type]
    theirs = torch.nn.init.orthogonal_(torch.empty(shape, dtype=torch.float64), 1.7, generator=torch.Generator().manual_seed(3)).numpy()
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("xavier", lambda matrix: torch.nn.init.xavier_uniform_(matrix)),
        ("he", lambda matrix: torch.nn.init.kaiming_normal_(matrix, nonlinearity="relu")),
        ("lecun", lambda matrix: torch.nn.init.kaiming_normal_(matrix, nonlinearity="linear")),
        ("glorot", lambda matrix: torch.nn.init.kaiming_uniform_(matrix, a=5**0.5)),  # what torch.nn.Linear does
    ],
)
def test_random_weights_are_spread_as_pytorchs(name: str, theirs: Any) -> None:
    torch.manual_seed(0)
    drawn = theirs(torch.empty((300, 500), dtype=torch.float64)).numpy()
    ours = initial_matrix(Config(initialization=name, width=2), 500, 300, np.random.default_rng(0))
    # 150,000 numbers: a quantile is known to some thousandths of the spread
    shares = [0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999]
    np.testing.assert_allclose(np.quantile(ours, shares), np.quantile(drawn, shares), atol=0.05 * drawn.std())
    assert ours.std() == pytest.approx(drawn.std(), rel=0.01)


@pytest.mark.parametrize("decay", get_args(DecayName))
@pytest.mark.parametrize("warm_up", [0, 1, 5])
def test_the_learning_rates_are_those_of_pytorchs_schedulers(decay: str, warm_up: int) -> None:
    epochs, rate, final = 20, 0.3, 0.02
    config = Config(decay=decay, warm_up=warm_up, epochs=epochs, learning_rate=rate, final_rate=final)
    falling = epochs - 1 - warm_up
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], rate)
    schedulers = torch.optim.lr_scheduler
    decays = {
        "none": lambda: schedulers.ConstantLR(optimizer, 1.0),
        "linear": lambda: schedulers.LinearLR(optimizer, 1.0, final, falling),
        "cosine": lambda: schedulers.CosineAnnealingLR(optimizer, falling, rate * final),
        "exponential": lambda: schedulers.ExponentialLR(optimizer, final ** (1 / falling)),
    }
    warming = schedulers.LinearLR(optimizer, 1 / (warm_up + 1), 1.0, max(1, warm_up))
    parts = [warming, decays[decay]()] if warm_up else [decays[decay]()]
    schedule = schedulers.SequentialLR(optimizer, parts, [warm_up] if warm_up else [])
    rates = []
    for _ in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    np.testing.assert_allclose([scheduled(config, rate, epoch) for epoch in range(epochs)], rates, rtol=1e-12)
