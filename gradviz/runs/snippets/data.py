"""What is learned, as text: samples in full, a drawn data set as its formula, digits as rows of ink, a person's table as the numbers that it became."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PureWindowsPath

import numpy as np

from gradviz.core.combinations import ConfigError, tested
from gradviz.core.config import Config
from gradviz.core.datasets import KEPT_BACK, NOISE, PLACES, SHAPES, Dataset, Floats
from gradviz.runs.data import dataset, digits
from gradviz.runs.snippets.words import Experiment, array, inside, lines, number, times, when

#: A snippet holds no more numbers of a table or of samples: some pages.
MOST_NUMBERS = 50_000

#: Where the samples of a drawn set are, given t = U(0, 1) for each; `sample` counts them, and they belong to the classes in turn.
PLACES_OF: Mapping[str, tuple[str, ...]] = {
    "xor": ("corners = np.array([(-1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (1.0, -1.0)])", "x = corners[sample % 4]"),
    "circles": ("r, t = np.where(sample % 2, 1.0, 0.5), 2 * np.pi * DRAW", "x = np.stack((r * np.cos(t), r * np.sin(t)), axis=1)"),
    "moons": (
        "side, t = np.where(sample % 2, -1.0, 1.0), np.pi * DRAW",
        "x = np.stack((side * (np.cos(t) - 0.5) / 1.5, side * (np.sin(t) - 0.25) / 1.5), axis=1)",
    ),
    "spirals": ("r = DRAW", "t = 4 * r + 2 * np.pi / 3 * (sample % 3)", "x = np.stack((r * np.sin(t), r * np.cos(t)), axis=1)"),
}


def data(experiment: Experiment) -> str:
    """x (samples, inputs) and y (samples, outputs), as float64."""
    config = experiment.config
    if config.data in SHAPES:
        return _drawn(config)
    return {"samples": _samples, "function": _function, "digits": _digits, "csv": _table}[config.data](config)


def _samples(config: Config) -> str:
    found = dataset(config)
    _few_enough(found, "inputs")
    return lines(
        "# one number enters for each sample, and one should come out",
        f"x = {array(found.inputs[:, 0])}[:, None]",
        f"y = {array(found.targets[:, 0])}[:, None]",
    )


def _generator(config: Config, purpose: int) -> str:
    return f"np.random.default_rng([{config.seed}, 1, {purpose}])"


def _drawn(config: Config) -> str:
    classes = len(SHAPES[config.data][1])
    draw = f"{_generator(config, PLACES)}.random({config.samples})"
    return lines(
        f"# {config.data}: sample i is of class i mod {classes}, and its target is 1 there and 0 elsewhere",
        f"sample = np.arange({config.samples})",
        [line.replace("DRAW", draw) for line in PLACES_OF[config.data]],
        when(config.noise, f"x = x + {_noise(config, 2)}"),
        f"y = np.eye({classes})[sample % {classes}]",
        _kept_back(config, classes),
    )


def _noise(config: Config, columns: int) -> str:
    return f"{times(config.noise)}{_generator(config, NOISE)}.standard_normal(({config.samples}, {columns}))"


def _function(config: Config) -> str:
    return lines(
        "# y = sin(pi x) / 2",
        f"x = {_generator(config, PLACES)}.uniform(-1, 1, ({config.samples}, 1))",
        "y = np.sin(np.pi * x) / 2" + (f" + {_noise(config, 1)}" if config.noise else ""),
        _kept_back(config, 0),
    )


def _kept_back(config: Config, classes: int) -> str | None:
    """What is left to learn from when the test has its share, each class as much of it."""
    count = tested(config.samples, config.test_share)
    if not count:
        return None
    spread = lines(
        "kinds = y.argmax(axis=1)[order]  # along the order the classes are spread evenly",
        f"rank = np.cumsum(np.eye({classes})[kinds], axis=0)[np.arange({config.samples}), kinds] - 0.5",
        'order = order[np.argsort(rank / np.bincount(kinds)[kinds], kind="stable")]',
    )
    return lines(
        "",
        f"# {count} of the samples are kept back for a test, which takes no part in learning",
        f"order = {_generator(config, KEPT_BACK)}.permutation({config.samples})",
        when(classes, spread),
        f"rest = np.setdiff1d(np.arange({config.samples}), order[:{count}])",
        "x, y = x[rest], y[rest]",
    )


def _digits(config: Config) -> str:
    """The pictures that are learned, row by row of base 17; they come with GradViz, and no NumPy has them."""
    pixels, _ = digits()
    found = dataset(config)
    inked = np.rint(found.inputs * pixels.std() + pixels.mean()).astype(int)
    rows = [f"{kind} {''.join(np.base_repr(ink, 17) for ink in picture).lower()}" for kind, picture in zip(_kinds(found), inked, strict=True)]
    return lines(
        "# Handwritten digits, 8 x 8 pixels: which digit, then its ink from 0 to 16 (g) row by row.",
        "# E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI,",
        "# https://doi.org/10.24432/C50P49, CC BY 4.0.",
        'DIGITS = """',
        rows,
        '"""',
        'kinds, ink = zip(*(row.split() for row in DIGITS.split("\\n") if row))',
        "x = np.array([[int(pixel, 17) for pixel in picture] for picture in ink], dtype=float)",
        f"x = (x - {number(pixels.mean())}) / {number(pixels.std())}  # all 1,797 digits have mean 0 and mean square 1",
        "y = np.eye(10)[[int(kind) for kind in kinds]]",
    )


def _kinds(found: Dataset) -> list[int]:
    """Each sample's class."""
    kinds: list[int] = found.targets.argmax(axis=1).tolist()
    return kinds


def _table(config: Config) -> str:
    found = dataset(config)
    _few_enough(found, "samples")
    name = PureWindowsPath(config.csv_file).name
    classes = len(found.classes)
    return lines(
        f"# What GradViz learned of {_ascii(name)}, in its order: every column is brought to mean 0 and variance 1,",
        f"# and a sample's target is {'1 at its class and 0 elsewhere' if classes else 'brought within +-0.8'}.",
        "x = np.array(",
        inside("[", inside(map(_row, found.inputs)), "]"),
        ")",
        (f"y = np.eye({classes})[{_wrapped(_kinds(found))}]" if classes else f"y = {array(found.targets[:, 0])}[:, None]"),
    )


def _ascii(name: str) -> str:
    """The name of a file, harmless in a comment."""
    return ascii(name)[1:-1]


def _row(values: Floats) -> str:
    return f"[{', '.join(map(number, values))}],"


def _wrapped(values: Iterable[int]) -> str:
    return array(values).removeprefix("np.array(").removesuffix(")").replace(".0", "")


def _few_enough(found: Dataset, name: str) -> None:
    check_size(name, len(found.inputs), found.features + (1 if found.classes else found.outputs))


def check_size(name: str, samples: int, each: int) -> None:
    """Raise ConfigError where so many samples, of so many numbers each, are more than anyone wants to paste."""
    if samples * each > MOST_NUMBERS:
        raise ConfigError(
            name,
            f"The code would hold all {samples * each:,} numbers that are learned, and may hold {MOST_NUMBERS:,}; "
            f"it can be written for {MOST_NUMBERS // each:,} samples at most.",
        )
