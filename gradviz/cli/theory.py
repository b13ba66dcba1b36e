"""Mean-field theory on the command line: what wide layers do to a gradient, before any network is trained."""

from __future__ import annotations

import math
import sys

import click
import msgspec

from gradviz.cli.training import _printable
from gradviz.core.combinations import ConfigError
from gradviz.core.config import PARAMETERS
from gradviz.core.meanfield import MeanField, critical_scale, mean_field
from gradviz.core.phases import LARGEST_VARIANCE

#: What stands on a line of its own.
SHOWN = ("q_star", "chi_1", "layers_per_decade", "trainable_depth", "phase")


def print_theory(activation: str, sigma_w2: str, sigma_b2: str, *, as_json: bool) -> None:
    """Print what mean-field theory says; raises ConfigError, a sentence, for a name or a number that cannot be."""
    checked = PARAMETERS["activation"].parse(activation)
    found = mean_field(checked, _number("sigma_w2", sigma_w2), _number("sigma_b2", sigma_b2))
    gain = critical_scale(checked, math.sqrt(found.sigma_b2))
    if as_json:  # JSON has no infinity: null stands for it
        click.echo(msgspec.json.format(msgspec.json.encode({**msgspec.structs.asdict(found), "gain": gain}), indent=2))
        return
    for line in _lines(found, gain):
        click.echo(_printable(line, sys.stdout))


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(name, f"{name} is '{text}'; it must be a number from 0 to {LARGEST_VARIANCE:g}.") from None


def _lines(found: MeanField, gain: float) -> list[str]:
    """The numbers, gain among them, which is the sigma_w at which the phase turns with these biases; and the sentence."""
    values = {name: getattr(found, name) for name in SHOWN} | {"gain": gain}
    texts = {name: value if isinstance(value, str) else f"{value:.10g}".replace("inf", "infinite") for name, value in values.items()}
    return [*(f"{name} = {text}" for name, text in texts.items()), found.sentence]
