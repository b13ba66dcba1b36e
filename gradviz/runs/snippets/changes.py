"""What a person changed on the way, as statements at their epochs, and the numbers that an update goes by."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from gradviz.core.config import Config
from gradviz.core.interventions import Intervention, config_at
from gradviz.runs.snippets.activations import reduced
from gradviz.runs.snippets.words import Experiment, inside, lines, number

#: What a clipped gradient is held to, by the kind of clipping.
LIMITS = {"norm": "largest_norm", "value": "largest_number"}


def clippings(experiment: Experiment) -> tuple[str, ...]:
    """The kinds of clipping that there are by the shown epoch; none of them is where a limit is infinite."""
    return tuple(kind for kind in LIMITS if any(math.isfinite(_limit(config, kind)) for config in _configs(experiment)))


def rate_changes(experiment: Experiment) -> bool:
    return any(change.parameter == "learning_rate" for change in experiment.changes)


def knobs(experiment: Experiment) -> str:
    """The learning rate and the limits of clipping, as they begin."""
    config = experiment.config
    alpha = f"alpha = {_rate(config.learning_rate, experiment)}  # learning rate"
    comments = {"norm": "a longer gradient is shortened to it", "value": "each number of the gradient is held within +- it"}
    limits = [f"{LIMITS[kind]} = {_held(_limit(config, kind), experiment)}  # {comments[kind]}" for kind in clippings(experiment)]
    return lines(alpha, limits)


def _configs(experiment: Experiment) -> Iterator[Config]:
    yield experiment.config
    for change in experiment.changes:
        yield config_at(experiment.config, experiment.changes, change.epoch)


def _limit(config: Config, kind: str) -> float:
    return config.clip_at if config.clipping == kind else math.inf


def _rate(value: float, experiment: Experiment) -> str:
    """PyTorch and NumPy work with a number of Python's in more digits than the format has."""
    if not reduced(experiment):
        return number(value)
    return f"torch.tensor({number(value)}, dtype=dtype)" if experiment.torch else f"np.{experiment.config.number_format}({number(value)})"


def _held(value: float, experiment: Experiment) -> str:
    if math.isinf(value):
        return f"{experiment.library}.inf"
    return f"float({_rate(value, experiment)})" if reduced(experiment) else number(value)


def statements(experiment: Experiment) -> str | None:
    """`if epoch == ...:` with what was changed there, for the beginning of each epoch; None where nothing was."""
    before, by_epoch = experiment.config, dict[int, list[str]]()
    for place, change in enumerate(experiment.changes):
        here = by_epoch.setdefault(change.epoch, [])
        after = config_at(experiment.config, experiment.changes[: place + 1], change.epoch)
        if change.weights is not None:
            here.append(_of_weights(experiment, change))
        elif change.parameter == "learning_rate":
            here.append(f"alpha = {_rate(after.learning_rate, experiment)}")
        else:
            here += [f"{LIMITS[kind]} = {_held(_limit(after, kind), experiment)}" for kind in LIMITS if _limit(after, kind) != _limit(before, kind)]
        before = after
    blocks = [lines(f"if epoch == {epoch}:", inside(made)) for epoch, made in by_epoch.items() if made]
    return lines("# changed by hand", blocks) if blocks else None


def _of_weights(experiment: Experiment, change: Intervention) -> str:
    made = (_of_matrices if experiment.config.wide else _of_chain)(experiment, change)
    tracked = experiment.torch and not reduced(experiment)
    return lines("with torch.no_grad():", inside(made)) if tracked else made


def _of_chain(experiment: Experiment, change: Intervention) -> str:
    changed: Any = change.weights
    part = "w[1:]" if changed.layer is None else f"w[{changed.layer}]"
    value = number(float(change.value))
    if not changed.scaled:
        return f"{part} = {value}"
    if not reduced(experiment):
        return f"{part} *= {value}"
    exact = f"{part}.double()" if experiment.torch else f"{part}.astype(np.float64)"
    return f"{part} = {exact} * {value}  # rounded once"


def _of_matrices(experiment: Experiment, change: Intervention) -> str:
    changed: Any = change.weights
    value, config = number(float(change.value)), experiment.config
    if changed.layer is not None:
        return f"w[{changed.layer}] *= {value}"
    layers = f"(1, 2, {experiment.last})" if config.tied_weights == "on" else "range(1, layers)"
    return lines(f"for k in {layers}:", inside(f"w[k] *= {value}"))
