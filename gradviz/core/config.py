"""What determines a run: one declaration per parameter, read by widget, command line, file and tooltip alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

ActivationName = Literal["tanh", "sigmoid", "relu", "identity"]
InitializationName = Literal["constant", "normal"]
NumberFormatName = Literal["float64", "float32", "float16", "bfloat16"]
DerivativeName = Literal["exact", "from_output"]

#: One observed epoch may hold this many numbers in h (layers times samples): 160 MB each for h and g.
LARGEST_PROFILE = 20_000_000

Number = int | float


class ConfigError(ValueError):
    """A value that a run cannot have, as one sentence: the parameter, the value, and what is allowed."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


def _declare(title: str, symbol: str, help: str, *, unit: str = "", step: float | None = None, live: bool = False, **bounds: Number) -> Meta:
    """One parameter's declaration; `step` is added by an arrow key, or is 0 for the series 1, 2, 5, 10; `live` may be turned in a running training."""
    extra = {"symbol": symbol, "unit": unit, "step": step, "live": live}
    declaration: Meta = Meta(title=title, description=help, extra=extra, **bounds)  # type: ignore[call-overload]
    return declaration


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
        if self.kind is int:
            return f"a whole number from {self.meta.ge:,} to {self.meta.le:,}"
        return "a finite number greater than 0" if self.meta.gt == 0 else "a finite number"

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
        _declare("Layers", "l", "Number of layers, the input counted as layer 0; a chain of l layers has l − 1 weights.", step=1, ge=2, le=100_000),
    ] = 100
    activation: Annotated[
        ActivationName,
        _declare("Activation", "φ", "The function that every layer applies: h[k] = φ(w[k] h[k−1])."),
    ] = "tanh"
    initialization: Annotated[
        InitializationName,
        _declare("Initialization", "w₀", "How weights start: constant, every one equal to the weight scale; or normal, drawn from N(0, scale²) with the seed."),
    ] = "constant"
    weight_scale: Annotated[
        float,
        _declare("Weight scale", "σ", "The value that every weight starts with, or the standard deviation that they are drawn with.", step=0.1),
    ] = 1.0
    seed: Annotated[
        int,
        _declare("Seed", "s", "Which random weights are drawn; the same seed draws the same ones. A constant start draws none.", step=1, ge=0, le=2**32 - 1),
    ] = 0
    learning_rate: Annotated[
        float,
        _declare("Learning rate", "α", "How far each update moves a weight: w[k] −= α dw[k]. Can be turned while the training runs.", step=0, live=True, gt=0),
    ] = 0.1
    epochs: Annotated[
        int,
        _declare("Epochs", "T", "How many times all samples pass forward and back, each time with one update.", unit="epochs", step=0, ge=1, le=1_000_000_000),
    ] = 1000
    observe_every: Annotated[
        int,
        _declare("Observe every", "Δ", "Record and show one epoch in this many, and the last one.", unit="epochs", step=1, ge=1, le=1_000_000_000),
    ] = 1
    number_format: Annotated[
        NumberFormatName,
        _declare("Number format", "fl", "The floating-point format that every operation of the training is rounded to."),
    ] = "float64"
    derivative: Annotated[
        DerivativeName,
        _declare(
            "Derivative",
            "φ′",
            "Where φ′ is computed from: exact, from u; or from_output, from h as frameworks do: 1 − h² for tanh, which is exactly 0 beyond |u| = 19.",
        ),
    ] = "exact"
    inputs: Annotated[
        tuple[float, ...],
        Meta(min_length=1),
        _declare("Inputs", "x", "The samples that enter the network, separated by commas."),
    ] = (-0.5, 0.5)
    targets: Annotated[
        tuple[float, ...],
        Meta(min_length=1),
        _declare("Targets", "y", "What the network should answer to each input; as many as there are inputs."),
    ] = (-0.5, 0.5)

    def __post_init__(self) -> None:
        for name, parameter in PARAMETERS.items():
            msgspec.structs.force_setattr(self, name, parameter.check(getattr(self, name)))
        samples = len(self.inputs)
        if len(self.targets) != samples:
            count = len(self.targets)
            raise ConfigError("targets", f"targets has {count} value{'s' * (count != 1)}; it must have as many as inputs, which has {samples}.")
        if self.layers * samples > LARGEST_PROFILE:
            raise ConfigError(
                "layers",
                f"layers is {self.layers:,} with {samples:,} samples, {self.layers * samples:,} numbers for each epoch; "
                f"layers times samples must be at most {LARGEST_PROFILE:,}.",
            )

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


def unknown_parameter(name: str) -> ConfigError:
    return ConfigError(name, f"There is no parameter '{name}'; the parameters are {', '.join(PARAMETERS)}.")
