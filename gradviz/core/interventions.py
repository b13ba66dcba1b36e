"""What a person changes on a training that runs: a knob turned, a weight taken in the hand."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from gradviz.core.config import PARAMETERS, Config, ConfigError
from gradviz.core.words import short

#: `w[12]` becomes a value, `w[12]*` and `w*`, the weights of one layer or of all, are multiplied by it.
_WEIGHTS = re.compile(r"w(?:\[(\d{1,9})\])?(\*?)")
_WEIGHTS_ARE = "w[k] for the weight of layer k in a chain, w[k]* for a factor on layer k's weights, or w* for one on all weights"


class Weights(NamedTuple):
    """Which weights an intervention changes: those of one layer, or of all (None); multiplied by its value, or replaced."""

    layer: int | None
    scaled: bool


class Intervention(msgspec.Struct, frozen=True):
    """At epoch e a parameter became a value; from that epoch's forward pass and update on it holds. Part of the run, so a replay is bit-identical.

    parameter is a live one of the config, `w[k]` (the weight of layer k of a chain becomes the value), `w[k]*` or `w*` (the weights of layer k, or all,
    are multiplied by it). Several at one epoch are made in their order.
    """

    epoch: int
    parameter: str
    value: float | str

    def __post_init__(self) -> None:
        name = self.parameter
        if self.epoch < 0:
            raise ConfigError(name, f"An intervention at epoch {self.epoch} cannot be; epochs begin at 0.")
        if self.weights is not None:
            msgspec.structs.force_setattr(self, "value", _factor(name, self.value))
            return
        if name not in PARAMETERS or not PARAMETERS[name].live:
            live = ", ".join(name for name, parameter in PARAMETERS.items() if parameter.live)
            raise ConfigError(name, f"'{name}' cannot change while a training runs; what can: {live}, {_WEIGHTS_ARE}.")
        msgspec.structs.force_setattr(self, "value", PARAMETERS[name].check(self.value))

    @property
    def weights(self) -> Weights | None:
        """Which weights it changes; None where it turns a parameter of the config."""
        found = _WEIGHTS.fullmatch(self.parameter)
        if found is None or not (found[1] or found[2]):
            return None
        return Weights(None if found[1] is None else int(found[1]), bool(found[2]))

    @staticmethod
    def parse(text: str) -> Intervention:
        """The intervention that a person typed as EPOCH:NAME=VALUE, such as `200:learning_rate=0.5` or `200:w[12]=-1`; raises ConfigError."""
        found = re.fullmatch(r"\s*(\d[\d_,]{0,12})\s*:\s*([^=\s]+)\s*=\s*(.+?)\s*", text)
        if found is None:
            raise ConfigError("at", f"'{text}' is not an intervention; it must be EPOCH:NAME=VALUE, such as 200:learning_rate=0.5 or 200:w[12]=-1.")
        epoch, name, value = int(found[1].replace(",", "").replace("_", "")), found[2], found[3]
        return Intervention(epoch, name, PARAMETERS[name].parse(value) if name in PARAMETERS else value)

    def check_for(self, config: Config) -> None:
        """Raise ConfigError where this config's network has no such epoch or weights."""
        if self.epoch >= config.epochs:
            raise ConfigError(self.parameter, f"{self} cannot be: the last epoch is {config.epochs - 1:,}.")
        changed = self.weights
        if changed is None:
            return
        if changed.layer is not None and not 1 <= changed.layer < config.layers:
            raise ConfigError(self.parameter, f"{self} cannot be: with {config.layers:,} layers, those with weights are 1 to {config.layers - 1:,}.")
        if config.wide and not changed.scaled:
            layer = changed.layer
            raise ConfigError(self.parameter, f"{self} cannot be: layer {layer:,} of a wide network has many weights; w[{layer}]* multiplies them all.")

    def __str__(self) -> str:
        return f"{self.epoch:,}: {self.what}"

    @property
    def what(self) -> str:
        """What was changed, as an equation or a factor, without the epoch."""
        value = self.value if isinstance(self.value, str) else short(self.value)
        return f"{self.parameter.rstrip('*')} × {value}" if self.parameter.endswith("*") else f"{self.parameter} = {value}"


def in_order(interventions: Iterable[Intervention]) -> list[Intervention]:
    """By epoch; those of one epoch stay in the order in which they were made."""
    return sorted(interventions, key=lambda intervention: intervention.epoch)


def config_at(config: Config, interventions: Sequence[Intervention], epoch: int) -> Config:
    """The config as it is at this epoch, with the parameters that were turned until then."""
    turned = {change.parameter: change.value for change in interventions if change.weights is None and change.epoch <= epoch}
    return config.replace(**turned) if turned else config


def _factor(name: str, value: float | str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ConfigError(name, f"{name} is '{value}'; it must be a finite number.")
    return number
