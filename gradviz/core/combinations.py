"""Which parameters of a config go together: sentences for those that cannot, and which of them do nothing as the others are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradviz.core.config import Config

#: One observed epoch of a chain may hold this many numbers in h (layers times samples): 160 MB each for h and g.
LARGEST_PROFILE = 20_000_000
#: How many classes a data set has; a number to predict is none.
CLASSES: Mapping[str, int] = {"samples": 0, "xor": 2, "circles": 2, "moons": 2, "spirals": 3, "function": 0, "digits": 10}
#: The digits that there are.
DIGITS = 1797


class ConfigError(ValueError):
    """A value that a run cannot have, as one sentence: the parameter, the value, and what is allowed."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


def training_samples(config: Config) -> int | None:
    """How many samples are learned from; None where only the table of a person's own can tell."""
    if config.data == "csv":
        return None
    drawn = {"samples": len(config.inputs), "digits": min(DIGITS, config.samples)}.get(config.data, config.samples)
    return drawn - tested(drawn, config.test_share)


def tested(samples: int, share: float) -> int:
    """How many of so many samples are kept back for the test: at least one of each kind where a share is asked for."""
    return min(max(1, round(samples * share)), samples - 1) if share else 0


def _as_many_targets(config: Config) -> None:
    samples, count = len(config.inputs), len(config.targets)
    if config.data == "samples" and count != samples:
        raise ConfigError("targets", f"targets has {count} value{'s' * (count != 1)}; it must have as many as inputs, which has {samples}.")


def _not_too_large(config: Config) -> None:
    samples = len(config.inputs)
    if not config.wide and config.layers * samples > LARGEST_PROFILE:
        raise ConfigError(
            "layers",
            f"layers is {config.layers:,} with {samples:,} samples, {config.layers * samples:,} numbers for each epoch; "
            f"layers times samples must be at most {LARGEST_PROFILE:,}.",
        )


def _known_format(config: Config) -> None:
    if config.wide and config.number_format not in ("float64", "float32"):
        raise ConfigError(
            "number_format",
            f"number_format is {config.number_format}, which only the chain knows (width 1, no bias, no cures); here it must be float64 or float32.",
        )


def _classes_for_cross_entropy(config: Config) -> None:
    if config.loss == "cross_entropy" and CLASSES.get(config.data, 2) < 2:
        raise ConfigError(
            "loss",
            f"loss is cross_entropy, which needs two classes or more, and data is {config.data}, whose target is one number; choose mse, or data with classes: "
            f"{', '.join(name for name, classes in CLASSES.items() if classes)} or csv.",
        )


def _batch_within_data(config: Config) -> None:
    samples = training_samples(config)
    if samples is not None and config.batch_size > samples:
        raise ConfigError(
            "batch_size",
            f"batch_size is {config.batch_size:,}, and there are {samples:,} samples to learn from; it must be {samples:,} at most, or 0 for all of them.",
        )


def _something_to_learn(config: Config) -> None:
    if config.data == "samples" and config.test_share and len(config.inputs) < 2:
        raise ConfigError("test_share", f"test_share is {config.test_share:g}, and there is one sample: none would be left to learn from; it must be 0.")


def _something_to_normalize(config: Config) -> None:
    if config.normalization == "none":
        return
    if config.layers < 3:
        raise ConfigError(
            "normalization",
            f"normalization is {config.normalization}, and layers is {config.layers}: only hidden layers are normalized; it takes 3 layers or more.",
        )
    if config.normalization == "layer" and config.width < 2:
        raise ConfigError("normalization", "normalization is layer, and width is 1: one unit less its own mean is always 0; it takes a width of 2 or more.")
    samples = training_samples(config)
    batch = config.batch_size or samples
    if config.normalization == "batch" and batch is not None and batch < 2:
        raise ConfigError("normalization", "normalization is batch, and a batch has one sample: less its own mean it is always 0; it takes 2 samples or more.")


def _something_to_skip(config: Config) -> None:
    for name, wanted in (("residual", config.residual != "none"), ("tied_weights", config.tied_weights == "on")):
        if wanted and config.layers < 4:
            raise ConfigError(
                name,
                f"{name} is {getattr(config, name)}, and layers is {config.layers}: it is about layers between two hidden ones; it takes 4 layers or more.",
            )


def _time_to_warm_up(config: Config) -> None:
    if config.warm_up >= config.epochs and config.warm_up:
        raise ConfigError("warm_up", f"warm_up is {config.warm_up:,} epochs, and the run has {config.epochs:,}; it must be shorter than the run.")


def _a_table(config: Config) -> None:
    if config.data == "csv" and not config.csv_file:
        raise ConfigError("csv_file", "data is csv, and no table is chosen; csv_file must be the path of a CSV file.")


#: What is asked of a whole config, in this order; the first that cannot be is said.
CHECKS: tuple[Callable[[Config], None], ...] = (
    _as_many_targets,
    _not_too_large,
    _known_format,
    _classes_for_cross_entropy,
    _a_table,
    _something_to_learn,
    _batch_within_data,
    _something_to_normalize,
    _something_to_skip,
    _time_to_warm_up,
)

#: Where a parameter does something, given the values of all; one that is not named always does.
USED: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "seed": lambda values: values["initialization"] != "constant" or values["data"] != "samples" or values["batch_size"] > 0 or values["bias_scale"] > 0,
    "bias_scale": lambda values: values["bias"] == "on",
    "clip_at": lambda values: values["clipping"] != "none",
    "output": lambda values: values["loss"] == "mse",
    "momentum": lambda values: values["optimizer"] in ("momentum", "nesterov", "adam", "adamw"),
    "beta2": lambda values: values["optimizer"] in ("rmsprop", "adam", "adamw"),
    "weight_decay": lambda values: values["optimizer"] == "adamw",
    "final_rate": lambda values: values["decay"] != "none",
    "inputs": lambda values: values["data"] == "samples",
    "targets": lambda values: values["data"] == "samples",
    "samples": lambda values: values["data"] != "samples",
    "noise": lambda values: values["data"] not in ("samples", "digits", "csv"),
    "csv_file": lambda values: values["data"] == "csv",
    "csv_target": lambda values: values["data"] == "csv",
    "derivative": lambda values: values["activation"] in ("tanh", "sigmoid"),
}


def unused(values: Mapping[str, Any]) -> frozenset[str]:
    """The parameters that make no difference as the others are: a form shows them as asleep."""
    return frozenset(name for name, used in USED.items() if not used(values))
