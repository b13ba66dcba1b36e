"""What determines a run: one declaration per parameter, read by widget, command line, file and tooltip alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from gradviz.core.combinations import CHECKS, LARGEST_PROFILE, ConfigError

__all__ = ["LARGEST_PROFILE", "PARAMETERS", "Config", "ConfigError", "Parameter"]

ActivationName = Literal["tanh", "sigmoid", "relu", "identity", "softsign", "leaky_relu", "elu", "selu", "gelu", "silu"]
InitializationName = Literal["constant", "normal", "uniform", "glorot", "xavier", "he", "lecun", "orthogonal", "lsuv", "critical"]
ResidualName = Literal["none", "plain", "fixup", "skipinit"]
NormalizationName = Literal["none", "layer", "batch"]
ClippingName = Literal["none", "norm", "value"]
OptimizerName = Literal["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"]
DecayName = Literal["none", "linear", "cosine", "exponential"]
LossName = Literal["mse", "cross_entropy"]
OutputName = Literal["activation", "linear"]
DataName = Literal["samples", "xor", "circles", "moons", "spirals", "function", "digits", "csv"]
Switch = Literal["off", "on"]
NumberFormatName = Literal["float64", "float32", "float16", "bfloat16"]
DerivativeName = Literal["exact", "from_output"]

Number = int | float


#: What a form shows together, in its order.
GROUPS = {
    "network": "Network",
    "start": "Initial weights",
    "cures": "Cures",
    "training": "Training",
    "data": "Data",
}


def _declare(group: str, title: str, symbol: str, help: str, *, unit: str = "", step: float | None = None, live: bool = False, **bounds: Number) -> Meta:
    """One parameter's declaration; `step` is added by an arrow key, or is 0 for the series 1, 2, 5, 10; `live` may be turned in a running training."""
    extra = {"group": group, "symbol": symbol, "unit": unit, "step": step, "live": live}
    declaration: Meta = Meta(title=title, description=help, extra=extra, **bounds)  # type: ignore[call-overload]
    return declaration


#: A number's bounds (above, at least, below, at most) in words.
BOUNDED: Mapping[tuple[Number | None, ...], str] = {
    (0, None, None, None): "a finite number greater than 0",
    (None, 0, None, None): "a finite number, 0 or greater",
    (None, 0, 1, None): "a number from 0 to below 1",
    (0, None, None, 1): "a number above 0, 1 at most",
}


class Parameter(msgspec.Struct, frozen=True, dict=True):
    """One knob of a run, with everything that a form, a command line or a tooltip needs to know about it."""

    name: str
    kind: type
    meta: Meta
    default: Any
    choices: tuple[str, ...]
    hint: Any

    @property
    def title(self) -> str:
        return str(self.meta.title)

    @property
    def help(self) -> str:
        return str(self.meta.description)

    @cached_property
    def extra(self) -> dict[str, Any]:
        return self.meta.extra or {}

    @property
    def group(self) -> str:
        """Which of the GROUPS it belongs to."""
        return str(self.extra["group"])

    @property
    def symbol(self) -> str:
        return str(self.extra["symbol"])

    @property
    def unit(self) -> str:
        return str(self.extra["unit"])

    @property
    def step(self) -> float | None:
        step: float | None = self.extra["step"]
        return step

    @property
    def live(self) -> bool:
        return bool(self.extra["live"])

    @property
    def allowed(self) -> str:
        """What this parameter may be, in words that end a sentence."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.kind is tuple:
            return "one or more finite numbers separated by commas"
        if self.kind is str:
            return "any text"
        if self.kind is int:
            return f"a whole number from {self.meta.ge:,} to {self.meta.le:,}"
        return BOUNDED.get((self.meta.gt, self.meta.ge, self.meta.lt, self.meta.le), "a finite number")

    def check(self, value: Any) -> Any:
        """The value as this parameter's own type; raises ConfigError where it is not allowed."""
        plain = _plain(value)
        try:
            converted = msgspec.convert(plain, self.hint)
        except (msgspec.ValidationError, OverflowError):
            raise self._refusal(plain) from None
        numbers = converted if isinstance(converted, tuple) else (converted,)
        if any(isinstance(number, float) and not math.isfinite(number) for number in numbers):
            raise self._refusal(plain)
        return converted

    def parse(self, text: str) -> Any:
        """The value that a person typed (1e-3, 1_000, 1e3, -0.5,0.5); raises ConfigError where it is not one."""
        text = text.strip()
        try:
            if self.kind is int:
                return self.check(_whole(text))
            if self.kind is float:
                return self.check(float(text))
            if self.kind is tuple:
                return self.check(tuple(float(part) for part in text.strip("[]()").split(",")))
        except ConfigError:
            raise
        except (ValueError, OverflowError):
            raise self._refusal(text) from None
        return self.check(text)

    def format(self, value: Any) -> str:
        """The value as a person would type it; parse() gives the same value back."""
        if isinstance(value, tuple):
            return ", ".join(f"{number:.17g}" if float(f"{number:.12g}") != number else f"{number:.12g}" for number in value)
        return repr(value) if isinstance(value, float) else str(value)

    def _refusal(self, value: Any) -> ConfigError:
        shown = repr(value) if not isinstance(value, str) else f"'{value}'"
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        return ConfigError(self.name, f"{self.name} is {shown}; it must be {self.allowed}.")


def _plain(value: Any) -> Any:
    """The value without numpy's scalars and arrays, in a list or tuple as well."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return type(value)(map(_plain, value)) if type(value) in (list, tuple) else value


def _whole(text: str) -> int:
    """A whole number as people type it; 1e3 is one, 1.5 is not."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if number != int(number):
            raise ValueError(text) from None
        return int(number)


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that determines a run; the defaults are the notebook's case 1(a).

    Raises ConfigError for a value that is not allowed. Two equal configs give equal bits on the same machine.
    """

    layers: Annotated[
        int,
        _declare(
            "network", "Layers", "l", "Number of layers, the input counted as layer 0; l layers have l − 1 weights, or matrices.", step=1, ge=2, le=100_000
        ),
    ] = 100
    width: Annotated[
        int,
        _declare(
            "network",
            "Width",
            "n",
            "Units in each hidden layer; input and output are as wide as the data. 1 without bias is the notebook's chain.",
            step=1,
            ge=1,
            le=10_000,
        ),
    ] = 1
    bias: Annotated[
        Switch,
        _declare("network", "Bias", "b", "Whether every unit adds a number of its own that is learned: u = W h + b."),
    ] = "off"
    activation: Annotated[
        ActivationName,
        _declare("network", "Activation", "φ", "The function that every layer applies: h[k] = φ(w[k] h[k−1])."),
    ] = "tanh"
    number_format: Annotated[
        NumberFormatName,
        _declare("network", "Number format", "fl", "The floating-point format that every operation of the training is rounded to."),
    ] = "float64"
    derivative: Annotated[
        DerivativeName,
        _declare(
            "network",
            "Derivative",
            "φ′",
            "Where φ′ is computed from: exact, from u; or from_output, from h as frameworks do: 1 − h² for tanh, which is exactly 0 beyond |u| = 19.",
        ),
    ] = "exact"
    initialization: Annotated[
        InitializationName,
        _declare(
            "start",
            "Initialization",
            "w₀",
            "How weights start, n_in and n_out being a layer's inputs and units; each times the weight scale: constant 1/n_in; normal and uniform with "
            "variance 1/n_in; glorot U(±1/√n_in), the old standard; xavier U(±√(6/(n_in + n_out))); he N(0, 2/n_in); lecun N(0, 1/n_in); orthogonal; "
            "lsuv, orthogonal and then scaled to unit variance on the data; critical, normal where mean-field theory keeps the gradient's size.",
        ),
    ] = "constant"
    weight_scale: Annotated[
        float,
        _declare(
            "start",
            "Weight scale",
            "σ",
            "What the initial weights are multiplied by: with one unit a layer their value, or the standard deviation that they are drawn with.",
            step=0.1,
        ),
    ] = 1.0
    bias_scale: Annotated[
        float,
        _declare("start", "Bias scale", "σb", "The standard deviation that the initial biases are drawn with; 0 starts them at 0.", step=0.1, ge=0),
    ] = 0.0
    seed: Annotated[
        int,
        _declare("start", "Seed", "s", "Which random weights, data and batches are drawn; the same seed draws the same ones.", step=1, ge=0, le=2**32 - 1),
    ] = 0
    residual: Annotated[
        ResidualName,
        _declare(
            "cures",
            "Residual",
            "+h",
            "Whether hidden layers add what they do to what came in: plain, h[k] = h[k−1] + φ(u[k]); skipinit, with a learned factor at φ that starts at 0; "
            "fixup, whose weights start at 0 and whose factor starts at 1.",
        ),
    ] = "none"
    normalization: Annotated[
        NormalizationName,
        _declare(
            "cures",
            "Normalization",
            "N",
            "Whether hidden layers bring Wh + b to mean 0 and variance 1 before φ: layer, over each sample's units; batch, over each unit's samples.",
        ),
    ] = "none"
    clipping: Annotated[
        ClippingName,
        _declare(
            "cures",
            "Gradient clipping",
            "‖g‖",
            "Whether an update's gradient is cut: norm, all of it scaled to a norm of clip at; value, each number to ±clip at. "
            "Can be switched while the training runs.",
            live=True,
        ),
    ] = "none"
    clip_at: Annotated[
        float,
        _declare("cures", "Clip at", "c", "The greatest norm, or the greatest absolute value, that a clipped gradient has.", step=0, live=True, gt=0),
    ] = 1.0
    tied_weights: Annotated[
        Switch,
        _declare("cures", "Tied weights", "W=W", "Whether all hidden layers share one weight matrix and bias, as a recurrent network unrolled over time does."),
    ] = "off"
    loss: Annotated[
        LossName,
        _declare(
            "training",
            "Loss",
            "C",
            "What the cost is: mse, half the mean squared error, 1/(2m) Σ (y − h)²; cross_entropy, −1/m Σ log softmax(u) of the right class.",
        ),
    ] = "mse"
    output: Annotated[
        OutputName,
        _declare(
            "training", "Output layer", "h[L]", "Whether the last layer applies φ too, as the notebook's does, or is linear. With cross_entropy it is linear."
        ),
    ] = "activation"
    optimizer: Annotated[
        OptimizerName,
        _declare(
            "training",
            "Optimizer",
            "Δw",
            "How a gradient becomes an update: plain gradient descent (sgd), with momentum, or with step sizes of each weight's own.",
        ),
    ] = "sgd"
    learning_rate: Annotated[
        float,
        _declare(
            "training",
            "Learning rate",
            "α",
            "How far each update moves a weight: w[k] −= α dw[k]. Can be turned while the training runs.",
            step=0,
            live=True,
            gt=0,
        ),
    ] = 0.1
    momentum: Annotated[
        float,
        _declare(
            "training",
            "Momentum",
            "β₁",
            "The share of the last update's direction that is kept: of momentum and nesterov, and of adam's mean.",
            step=0.01,
            ge=0,
            lt=1,
        ),
    ] = 0.9
    beta2: Annotated[
        float,
        _declare(
            "training",
            "Squares kept",
            "β₂",
            "The share of the mean of squared gradients that rmsprop, adam and adamw keep from update to update.",
            step=0.001,
            ge=0,
            lt=1,
        ),
    ] = 0.999
    weight_decay: Annotated[
        float,
        _declare(
            "training", "Weight decay", "λ", "The share of itself, times the learning rate, that adamw takes off each weight at an update.", step=0.01, ge=0
        ),
    ] = 0.01
    warm_up: Annotated[
        int,
        _declare(
            "training",
            "Warm-up",
            "Tw",
            "So many epochs long the learning rate rises in equal steps from near 0 to its full value.",
            unit="epochs",
            step=1,
            ge=0,
            le=1_000_000_000,
        ),
    ] = 0
    decay: Annotated[
        DecayName,
        _declare("training", "Rate decay", "α(t)", "How the learning rate falls from the end of the warm-up to the last epoch."),
    ] = "none"
    final_rate: Annotated[
        float,
        _declare("training", "Final rate", "α(T)/α", "The share of the learning rate that is left at the last epoch.", step=0, gt=0, le=1),
    ] = 0.01
    batch_size: Annotated[
        int,
        _declare(
            "training",
            "Batch size",
            "B",
            "Samples in each update; 0 takes all of them. An epoch passes all samples once, in an order drawn anew.",
            unit="samples",
            step=1,
            ge=0,
            le=1_000_000,
        ),
    ] = 0
    epochs: Annotated[
        int,
        _declare("training", "Epochs", "T", "How many times all samples pass forward and back.", unit="epochs", step=0, ge=1, le=1_000_000_000),
    ] = 1000
    observe_every: Annotated[
        int,
        _declare("training", "Observe every", "Δ", "Record and show one epoch in this many, and the last one.", unit="epochs", step=1, ge=1, le=1_000_000_000),
    ] = 1
    data: Annotated[
        DataName,
        _declare("data", "Data", "x, y", "What is learned: the samples below, a drawn data set, the 8×8 handwritten digits, or a table of your own (csv)."),
    ] = "samples"
    inputs: Annotated[
        tuple[float, ...],
        Meta(min_length=1),
        _declare("data", "Inputs", "x", "The samples that enter the network, separated by commas."),
    ] = (-0.5, 0.5)
    targets: Annotated[
        tuple[float, ...],
        Meta(min_length=1),
        _declare("data", "Targets", "y", "What the network should answer to each input; as many as there are inputs."),
    ] = (-0.5, 0.5)
    samples: Annotated[
        int,
        _declare(
            "data", "Samples", "m", "How many samples of a data set are drawn; of the digits and of a table, how many at most.", step=0, ge=2, le=1_000_000
        ),
    ] = 200
    noise: Annotated[
        float,
        _declare("data", "Noise", "ε", "The standard deviation of the noise that is added to a drawn data set.", step=0.05, ge=0),
    ] = 0.1
    csv_file: Annotated[
        str,
        _declare("data", "Table", "csv", "A CSV file with a header line and numbers; the target column may also hold names of classes."),
    ] = ""
    csv_target: Annotated[
        str,
        _declare("data", "Target column", "y", "The column of the table that is to be predicted, by its name; the last one where none is given."),
    ] = ""
    test_share: Annotated[
        float,
        _declare("data", "Test share", "m′/m", "The share of the samples that is kept back to test what was learned.", step=0.05, ge=0, lt=1),
    ] = 0.0

    def __post_init__(self) -> None:
        for name, parameter in PARAMETERS.items():
            msgspec.structs.force_setattr(self, name, parameter.check(getattr(self, name)))
        for check in CHECKS:
            check(self)

    @property
    def wide(self) -> bool:
        """Whether the dense engine trains it: it has anything that the notebook's chain, one unit a layer without bias and cures, has not."""
        return self.initialization not in CHAIN_STARTS or any(getattr(self, name) != value for name, value in CHAIN.items())

    @property
    def linear_output(self) -> bool:
        """Whether the last layer has no activation."""
        return self.output == "linear" or self.loss == "cross_entropy"

    def replace(self, **changes: Any) -> Config:
        """The same config with some parameters changed; raises ConfigError where a name or value is not allowed."""
        for name in changes:
            if name not in PARAMETERS:
                raise unknown_parameter(name)
        return Config(**{**self.as_dict(), **changes})

    def as_dict(self) -> dict[str, Any]:
        """The parameters by name, as plain Python values."""
        return msgspec.structs.asdict(self)

    def differences(self, other: Config) -> tuple[str, ...]:
        """The names of the parameters in which two configs differ."""
        return tuple(name for name in PARAMETERS if getattr(self, name) != getattr(other, name))


def _declared_parameters() -> dict[str, Parameter]:
    hints = get_type_hints(Config, include_extras=True)
    parameters = {}
    for field in msgspec.structs.fields(Config):
        hint = hints[field.name]
        base, *metas = get_args(hint)
        declaration = next(meta for meta in metas if meta.title)
        literal = get_origin(base) is Literal
        kind = str if literal else get_origin(base) or base
        choices = get_args(base) if literal else ()
        parameters[field.name] = Parameter(field.name, kind, declaration, field.default, choices, hint)
    return parameters


PARAMETERS: Mapping[str, Parameter] = _declared_parameters()

#: What makes a network the notebook's chain, whose engine knows its numbers beyond the floats and each sample's own.
CHAIN_STARTS = ("constant", "normal")
CHAIN: Mapping[str, Any] = {
    name: PARAMETERS[name].default
    for name in ("width", "bias", "residual", "normalization", "tied_weights", "loss", "output", "optimizer", "warm_up", "decay", "batch_size")
} | {"data": "samples", "test_share": 0.0}


def unknown_parameter(name: str) -> ConfigError:
    return ConfigError(name, f"There is no parameter '{name}'; the parameters are {', '.join(PARAMETERS)}.")
