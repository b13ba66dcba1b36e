"""Networks as points of the phase map: where an experiment stands on it, what starts at a point of it, and what became of those that ended. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from gradviz.core.config import Config
from gradviz.core.words import short
from gradviz.runs.run import Run

#: A click on the map makes a chain so wide: the theory is of wide networks.
WIDTH = 100
#: A run that another one replaces counts after so many epochs: before, it was only looked at.
EPOCHS = 5
#: What the phases do to gradients.
PHASES = {"ordered": "ordered: gradients vanish", "critical": "critical: gradients keep their size", "chaotic": "chaotic: gradients explode"}


class Point(NamedTuple):
    """A network's place on the map."""

    sigma_w: float
    sigma_b: float

    @property
    def words(self) -> str:
        return f"σw {short(self.sigma_w, 3)}, σb {short(self.sigma_b, 3)}"


class Finished(NamedTuple):
    """A run that is over: its place on the map of its activation, its verdict's kind, and what it was, in lines."""

    activation: str
    point: Point
    kind: str
    words: str


def standing(config: Config) -> Point | None:
    """Where a network stands: sigma_w = sqrt(n_in Var w) of its hidden layers, and sigma_b.

    None where its hidden layers have no such place: constant weights do not vary, and fixup starts with none.
    """
    if config.initialization == "constant" or config.residual == "fixup":
        return None
    sigma_b = config.bias_scale if config.bias == "on" else 0.0
    scale = abs(config.weight_scale)
    if config.initialization == "critical":
        from gradviz.core.meanfield import critical_scale

        return Point(scale * critical_scale(config.activation, sigma_b), sigma_b)
    if config.initialization == "lsuv":
        return _scaled_to(scale, config.activation, sigma_b)
    from gradviz.core.expectations import VARIANCES

    return Point(scale * math.sqrt(VARIANCES[config.initialization](1, 1)), sigma_b)


def _scaled_to(deviation: float, activation: str, sigma_b: float) -> Point | None:
    """LSUV brings u's standard deviation to the scale in every layer: sigma_w^2 V(q) + sigma_b^2 = q. It cannot where the biases alone deviate more."""
    from gradviz.core.meanfield import variance_map

    q = deviation**2
    if not 0.0 < q < 1e50 or q < sigma_b**2:
        return None
    return Point(math.sqrt((q - sigma_b**2) / float(variance_map(activation, q, 1.0))), sigma_b)


def starting_at(point: Point, config: Config) -> dict[str, Any]:
    """The parameters with which a network like this one starts at a point."""
    values: dict[str, Any] = {"initialization": "normal", "weight_scale": point.sigma_w, "bias_scale": point.sigma_b}
    if point.sigma_b > 0.0:
        values["bias"] = "on"
    if config.width == 1:
        values["width"] = WIDTH
    return values


def reading(activation: str, point: Point) -> list[str]:
    """What theory says of a point, in lines: the place, q* and chi_1, what each layer does, layers for a decade, trainable depth, and the phase."""
    from gradviz.core.meanfield import mean_field

    found = mean_field(activation, point.sigma_w**2, point.sigma_b**2)
    decades = math.log10(found.chi_1) / 2.0 if found.chi_1 else -math.inf
    return [
        point.words,
        f"q* {short(found.q_star)}, χ₁ {short(found.chi_1)}",
        f"{'+' if decades > 0.0 else ''}{short(decades, 4)} decades per layer",
        f"a decade in {_layers(found.layers_per_decade)}",
        f"trainable depth {_layers(found.trainable_depth)}",
        PHASES[found.phase],
    ]


def _layers(number: float) -> str:
    return f"{short(number, 4)} layers" if number < 1e4 or not math.isfinite(number) else f"{number:,.0f} layers"


# --- finished runs -------------------------------------------------------------------------------------------------------------------------

Name = tuple[Callable[[Config], bool], Callable[[Config], str]]

#: What the theory of plain layers knows nothing of, and what else tells networks apart; how it is called where a network has it.
UNKNOWN: tuple[Name, ...] = (
    (lambda config: config.residual != "none", lambda config: f"{config.residual} residual"),
    (lambda config: config.normalization != "none", lambda config: f"{config.normalization} norm"),
)
CURES: tuple[Name, ...] = (
    *UNKNOWN,
    (lambda config: config.tied_weights == "on", lambda _: "tied weights"),
    (lambda config: config.clipping != "none", lambda config: f"clipped by {config.clipping}"),
)


def cures(config: Config, among: tuple[Name, ...] = CURES) -> list[str]:
    """Which of these a network has."""
    return [name(config) for applies, name in among if applies(config)]


def finished(run: Run) -> Finished | None:
    """What a run leaves on the map: None for a chain, for one that is not on the map, and for one that was hardly begun."""
    point = standing(run.config) if run.config.wide and run.config.width > 1 else None
    if point is None or not len(run.newest) or (run.ending is None and run.epochs_done < EPOCHS):
        return None
    kind = _verdict(run)
    return Finished(run.config.activation, point, kind, _words(run, kind, point))


def _verdict(run: Run) -> str:
    from gradviz.core.diagnosis import diagnose

    config = run.config_at(int(run.newest.epoch[-1]))
    return diagnose(config, run.newest, None, run.cost, run.ending).kind


def _words(run: Run, kind: str, point: Point) -> str:
    config, epochs = run.config, run.epochs_done
    first, last = (short(float(run.cost[place]), 3) for place in (0, -1))
    what = f"{config.layers:,} layers of {config.width:,} units, {config.initialization}"
    return "\n".join(
        [
            f"{kind}, after {epochs:,} epoch{'s' * (epochs != 1)}",
            point.words,
            ", ".join([what, *cures(config)]),
            f"{config.data}, {config.optimizer}: cost {first} → {last}",
        ]
    )
