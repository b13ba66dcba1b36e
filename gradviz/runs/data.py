"""The data that a config names: drawn, the handwritten digits, or a person's own table."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config, ConfigError
from gradviz.core.datasets import CHOSEN, Dataset, Floats, drawn, generator, one_hot, split, standardized
from gradviz.runs.csv_table import MOST_CELLS, Table, not_finite, read_table, shown
from gradviz.runs.files import explained
from gradviz.runs.resources import resource

#: A target column of more names than this holds no classes but something like a serial number.
MOST_CLASSES = 1_000
#: Beyond it float64 does not tell one whole number from the next.
LARGEST_CLASS = 2**53


def dataset(config: Config) -> Dataset:
    """What the config's network learns, whether drawn or read from a file.

    digits: the first `samples` of a seeded shuffle, their pixels at mean 0 and mean square 1. csv: a table with a header line, at most
    `samples` of its lines, standardised by the training part; see read_table() and labelled(). Raises FileError where the file is no
    such table, and ConfigError where the config asks of it what it has not.
    """
    if config.data == "csv":
        return _of_table(config)
    data = drawn(config)
    return _of_digits(config) if data is None else data


@cache
def digits() -> tuple[Floats, NDArray[np.int64]]:
    """The 1,797 handwritten digits: pixels (1797, 64), row by row from 0 (paper) to 16 (ink), and which digits they are (1797,).

    The test set of Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI; see resources/digits.txt.
    """
    path = resource("digits.npz")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            pixels, kinds = arrays["pixels"].astype(np.float64), arrays["digits"].astype(np.int64)
    except OSError as problem:
        raise explained(problem, path, "read") from problem
    pixels.setflags(write=False)
    kinds.setflags(write=False)
    return pixels, kinds


def _of_digits(config: Config) -> Dataset:
    pixels, kinds = digits()
    chosen = generator(config, CHOSEN).permutation(len(pixels))[: config.samples]
    # two numbers for all pixels and any choice of samples: a picture stays a picture, and layer 0 starts with the mean square 1 that the theory likes
    return split(config, (pixels[chosen] - pixels.mean()) / pixels.std(), one_hot(kinds[chosen], 10), tuple("0123456789"))


def _of_table(config: Config) -> Dataset:
    table = read_table(Path(config.csv_file), config.csv_target)
    targets, classes = labelled(config, table)
    chosen = generator(config, CHOSEN).permutation(len(table.inputs))[: config.samples]
    answers = _one_hot_of_table(config, targets[chosen].astype(np.int64), len(classes)) if classes else targets[chosen, None]
    data = split(config, table.inputs[chosen], answers, classes)
    _enough_to_learn(config, len(data.inputs))
    return standardized(data)


def _one_hot_of_table(config: Config, kinds: NDArray[np.int64], classes: int) -> Floats:
    most = MOST_CELLS // classes
    if len(kinds) > most:
        raise ConfigError("samples", f"samples is {config.samples:,}, and the table has {classes:,} classes; with so many it must be {most:,} at most.")
    return one_hot(kinds, classes)


def _enough_to_learn(config: Config, samples: int) -> None:
    """What the config's own checks ask of other data, whose samples they can count without a file."""
    if config.batch_size > samples:
        raise ConfigError(
            "batch_size",
            f"batch_size is {config.batch_size:,}, and the table gives {samples:,} samples to learn from; "
            f"it must be {samples:,} at most, or 0 for all of them.",
        )
    if config.normalization == "batch" and samples < 2:
        raise ConfigError("normalization", "normalization is batch, and the table gives one sample to learn from: less its own mean it is always 0.")


def labelled(config: Config, table: Table) -> tuple[Floats, tuple[str, ...]]:
    """The target column as numbers (m,) and no classes, or as places among the classes (m,) and their names.

    Text is always classes, in alphabetic order; whole numbers are where the loss is cross_entropy, in their own order. Raises
    ConfigError for a column that is neither, and for one that has one value only.
    """
    entropy, text = config.loss == "cross_entropy", np.isnan(table.numbers)
    if not text.all():
        # of names such as 2a and 3 there may be both; NaN among numbers is a gap, whatever they stand for
        stray = [place for place in np.flatnonzero(text).tolist() if not entropy or not_finite(table.cells[place])]
        if stray:
            raise _neither(table, stray[0])
    if not (text.any() or entropy):
        _more_than_one(table, len(np.unique(table.numbers)), "number")
        return table.numbers, ()
    cells = table.cells if text.any() else [str(number) for number in _whole(table)]
    names = sorted(set(cells)) if text.any() else sorted(set(cells), key=int)
    _more_than_one(table, len(names), "class")
    if len(names) > MOST_CLASSES:
        raise ConfigError("csv_target", f"The target column {shown(table.target)} holds {len(names):,} classes; it must be {MOST_CLASSES:,} at most.")
    places = {name: place for place, name in enumerate(names)}
    return np.array([places[cell] for cell in cells], np.float64), tuple(names)


def _neither(table: Table, place: int) -> ConfigError:
    return ConfigError(
        "csv_target",
        f"The target column {shown(table.target)} holds numbers, and in line {table.lines[place]:,} {shown(table.cells[place])}; "
        "it must hold finite numbers only, or names of classes only.",
    )


def _whole(table: Table) -> list[int]:
    broken = np.flatnonzero((table.numbers != np.floor(table.numbers)) | (np.abs(table.numbers) > LARGEST_CLASS))
    if broken.size:
        raise ConfigError(
            "loss",
            f"loss is cross_entropy, and the target column {shown(table.target)} holds {table.cells[broken[0]]} in line {table.lines[broken[0]]:,}, "
            "which is no class; choose mse, or a target column of names or of whole numbers.",
        )
    return [int(number) for number in table.numbers]


def _more_than_one(table: Table, different: int, kind: str) -> None:
    if different < 2:
        raise ConfigError(
            "csv_target",
            f"The target column {shown(table.target)} holds one {kind} only, {shown(table.cells[0])} in every line: there is nothing to learn; "
            "choose another column.",
        )
