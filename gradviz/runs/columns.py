"""What the columns of a run's numbers are called, stand for and mean, for readers who have only the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.frames import Frames
from gradviz.core.profiles import GRADIENTS, WIDE_GRADIENTS
from gradviz.runs.tables import OF_THE_INPUT, ROWS_OF, Shown

Floats = NDArray[np.float64]


class Field(NamedTuple):
    """What a column is called and means.

    The name is ASCII, so that a spreadsheet reads it right without being told an encoding, and has neither commas nor quotes; the symbol is as a book
    prints it. `first` is the first layer that has such a number; None where there are no layers. Fields of the same key are one array with an axis of samples.
    """

    name: str
    symbol: str
    means: str
    key: str
    kind: Literal["whole", "number", "word"] = "number"
    unit: str = ""
    first: int | None = None
    quantity: str = ""
    part: int | None = None


class Named(NamedTuple):
    """A quantity's name in ASCII, its symbol, and what it means; `size` is how its absolute value is written."""

    name: str
    symbol: str
    means: str
    size: str = ""


EPOCH = Field("epoch", "epoch", "passes of all samples; 0 is before the first update", "epoch", "whole", "epochs")
LAYER = Field("layer k", "k", "0 is the input, the last one the output", "layer", "whole")
NAMES = {
    "h": Named("h", "h", "the activation of each layer; that of layer 0 is the input", "h"),
    "size": Named("h", "h", "the activations", "|h|"),
    "u": Named("u", "u", "what enters the activation function", "u"),
    "g": Named("g = dC/du", "g = ∂C/∂u", GRADIENTS["du"].help, "|g| = |dC/du|"),
    "dh": Named("dC/dh", "∂C/∂h", GRADIENTS["dh"].help, "|dC/dh|"),
    "dw": Named("dw = dC/dw", "dw = ∂C/∂w", GRADIENTS["dw"].help, "|dw| = |dC/dw|"),
    "w": Named("w", "w", "the weight of each layer", "|w|"),
    "ratio": Named("update / weight", "α dw/w", GRADIENTS["ratio"].help),
    "end": Named("dh[L]/dh[k]", "∂h[L]/∂h[k]", GRADIENTS["end"].help),
    "cost": Named("cost C", "C", "the cost of the training samples before the epoch's update"),
    "test_cost": Named("test cost", "C test", "the cost of the samples that were kept back"),
    "accuracy": Named("accuracy", "accuracy", "the share of training samples that get the right answer"),
    "test_accuracy": Named("test accuracy", "test accuracy", "the share of the samples kept back that get the right answer"),
    "promise": Named("promise", "−ΔC", "what the epoch's first update takes off the cost to first order"),
    "reach": Named("reach", "‖θ‖ ‖∂C/∂θ‖", "what an update as long as all that is learned would take off the cost, straight down"),
}
STATISTICS = {
    "rms": "the root mean square",
    "mean": "the mean",
    "std": "the standard deviation",
    "min": "the least",
    "p5": "the 5th percentile",
    "p25": "the 25th percentile",
    "p50": "the median",
    "p75": "the 75th percentile",
    "p95": "the 95th percentile",
    "max": "the greatest",
}
#: These are of the numbers themselves, in every profile; the others of absolute values, but for h and u.
OF_THE_NUMBERS = ("rms", "mean", "std")
PARTS = {
    ("norms", "dh"): Named("norm of dC/dh", "‖∂C/∂h[k]‖", "the norm of the gradient that reaches the layer"),
    ("norms", "du"): Named("norm of dC/du", "‖∂C/∂u[k]‖", "the norm of the gradient once it has passed back through the activation function"),
    ("norms", "dz"): Named("norm of dC/dz", "‖∂C/∂z[k]‖", "the norm of the gradient once it has passed back through the normalization"),
    ("norms", "back"): Named("norm of dC/dh[k-1] through the weights", "‖Wᵀ ∂C/∂z[k]‖", "the norm of the gradient once it has passed back through the weights"),
    ("shares", "saturated"): Named("share of h that is saturated", "", "the share of activations in the flat tails"),
    ("shares", "dead"): Named("share of units that are dead", "", "the share of units that pass no gradient back"),
    ("shares", "zero"): Named("share of h that is 0", "", "the share of activations that are exactly 0"),
    ("shares", "zero_gradient"): Named("share of dC/du that is 0", "", "the share of gradients that are exactly 0"),
}
SHARES = ("accuracy", "test_accuracy")


def profile_fields(what: Shown) -> tuple[Field, ...]:
    """The columns of all that has layers, each once: of a chain one for each sample, of a wide network one for each statistic."""
    found: dict[str, Field] = {}
    for name in what.profiles:
        for field in _fields_of(name, what):
            found.setdefault(field.name, field)
    return tuple(found.values())


def score_fields(what: Shown) -> tuple[Field, ...]:
    """The columns with one number an epoch; scores that the run's data do not have are left out."""
    once = [name for name in what.profiles if _once_an_epoch(name)]
    there = [name for name in what.scores if name == "cost" or not np.isnan(what.run.score(name)[: what.scored]).all()]
    return tuple(Field(*NAMES[name][:3], name, unit="share" if name in SHARES else "", quantity=name) for name in (*there, *once))


def _once_an_epoch(name: str) -> bool:
    return name in ("promise", "reach")


def _fields_of(name: str, what: Shown) -> Iterator[Field]:
    config, named = what.run.config, NAMES.get(name)
    if _once_an_epoch(name):
        return
    if name in ROWS_OF and config.wide:
        for place, part in enumerate(ROWS_OF[name]):
            if what.statistics is None or part in what.statistics:
                yield _statistic(name, part, place)
        return
    assert named is not None, "what is no statistic has a name of its own"
    if name in ("h", "g", "dh", "end"):
        first = GRADIENTS[name].first if name in GRADIENTS else 0
        for sample, word in enumerate(sample_words(config)):
            yield Field(f"{named.name} of {word}", f"{named.symbol}, {word}", named.means, name, first=first, quantity=name, part=sample)
    else:
        means = WIDE_GRADIENTS[name].help if config.wide and name in WIDE_GRADIENTS else named.means
        yield Field(named.name, WIDE_GRADIENTS[name].symbol if config.wide else named.symbol, means, name, first=1, quantity=name)


def _statistic(name: str, part: str, place: int) -> Field:
    first = 0 if (name, part) in OF_THE_INPUT else 1
    if name not in NAMES:
        of = PARTS[name, part]
        key, unit = f"{name.removesuffix('s')}_{part}", "share" * (name == "shares")
        return Field(of.name, of.symbol, of.means, key, unit=unit, first=first, quantity=name, part=place)
    of = NAMES[name]
    written = of.name if part in OF_THE_NUMBERS else of.size
    means = f"{STATISTICS[part]} over units and samples of {written.partition(' = ')[0]}"
    key = f"{'h' if name == 'size' and part in OF_THE_NUMBERS else name}_{part}"
    return Field(f"{part} of {written}", of.symbol, means, key, first=first, quantity=name, part=place)


def sample_words(config: Config) -> tuple[str, ...]:
    """What a chain's samples are called: by their input, and by their place too where two have the same."""
    words = [f"x = {x:.12g}" if float(f"{x:.12g}") == x else f"x = {x!r}" for x in config.inputs]
    counted = Counter(words)
    return tuple(word if counted[word] == 1 else f"{word} (sample {place})" for place, word in enumerate(words))


def profile_values(what: Shown, field: Field, frames: Frames) -> Floats:
    """The numbers of a column in these frames, (frames, layers); what was not worked out for a wide network's epoch is NaN."""
    if field.quantity in what.worked_out:
        return what.worked_out[field.quantity][None, field.part or 0]
    values: Floats = getattr(frames, field.quantity)
    return values if field.part is None else values[:, field.part]
