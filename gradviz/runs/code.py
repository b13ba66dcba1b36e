"""An experiment as a short program: what GradViz computed, in NumPy or in PyTorch and nothing else, to be read, run and changed.

The program trains from the same initial weights, on the same data and in the same order, up to the epoch that is shown, prints its cost and some of its
gradients, and leaves cost, h, g, dw and w of that epoch by layer: of a chain as arrays (layers, samples) and (layers,), of a wide network as lists of
arrays, (samples, units) and (units, inputs).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gradviz import __version__
from gradviz.core.config import Config, ConfigError
from gradviz.core.interventions import Intervention, in_order
from gradviz.runs.data import dataset
from gradviz.runs.presets import presets
from gradviz.runs.snippets.chain import chain
from gradviz.runs.snippets.wide import wide
from gradviz.runs.snippets.words import Experiment, filled, lines

#: What a header need not say, for the program says it in full.
SAID_BELOW = ("inputs", "targets", "csv_file", "csv_target", "observe_every")
LIBRARIES = {"np": "NumPy", "torch": "PyTorch"}
#: What is imported where it is used, in the order of the lines.
IMPORTS = {"math": "import math", "np": "import numpy as np", "torch": "import torch", "F": "import torch.nn.functional as F"}
STANDARD = ("math",)


def numpy_code(config: Config, interventions: Iterable[Intervention] = (), epoch: int | None = None) -> str:
    """The experiment as a Python program that needs NumPy only, up to this epoch, or to its last one.

    Raises ConfigError for an epoch that there is not and for what NumPy has not (bfloat16), and FileError or ConfigError where a table cannot be read.
    """
    return _code(config, interventions, epoch, "np")


def pytorch_code(config: Config, interventions: Iterable[Intervention] = (), epoch: int | None = None) -> str:
    """The experiment as a Python program that needs PyTorch only, and NumPy where numbers are drawn at random, up to this epoch, or to its last one.

    PyTorch finds the gradients by itself, but for formats of fewer digits than float64 in a chain, where each operation's rounding is seen.
    Raises ConfigError for an epoch that there is not, and FileError or ConfigError where a table cannot be read.
    """
    return _code(config, interventions, epoch, "torch")


def _code(config: Config, interventions: Iterable[Intervention], epoch: int | None, library: str) -> str:
    shown = config.epochs - 1 if epoch is None else epoch
    if not 0 <= shown < config.epochs:
        raise ConfigError("epoch", f"epoch is {shown:,}; it must be from 0 to {config.epochs - 1:,}, the last one.")
    if library == "np" and config.number_format == "bfloat16":
        raise ConfigError("number_format", "number_format is bfloat16, which NumPy has not; take the PyTorch code, or float16, float32 or float64.")
    changes = tuple(change for change in in_order(interventions) if change.epoch <= shown)
    for change in changes:
        change.check_for(config)
    if library == "torch":
        _check_batches(config)
    experiment = Experiment(config, changes, shown, library)
    body = wide(experiment) if config.wide else chain(experiment)
    return f"{_header(experiment)}\n\n{_imports(body)}\n\n{body}\n"


def _check_batches(config: Config) -> None:
    """PyTorch refuses to normalize a batch of one sample, which GradViz brings to 0."""
    if config.normalization != "batch" or not config.batch_size:
        return
    samples = len(dataset(config).inputs)
    if samples % config.batch_size == 1:
        raise ConfigError(
            "batch_size",
            f"batch_size is {config.batch_size:,}, which leaves one of the {samples:,} samples over, and PyTorch has no batch norm of one; "
            "choose another batch_size, or the NumPy code.",
        )


def _header(experiment: Experiment) -> str:
    config = experiment.config
    name = next((preset for preset in presets().values() if not set(preset.config.differences(config)) - {"epochs", "observe_every"}), None)
    what = f"the preset {name.name}" if name else "an experiment"
    what += ", changed on its way," * bool(experiment.changes)
    different = [f"{name} = {getattr(config, name)}" for name in config.differences(Config()) if name not in SAID_BELOW]
    said = f" What differs from the defaults: {', '.join(different)}." if different else ""
    text = f"{what} of GradViz {__version__}, trained to epoch {experiment.epoch:,} with {LIBRARIES[experiment.library]} alone.{said}"
    return filled(text[:1].upper() + text[1:], "# ", "# ")


def _imports(body: str) -> str:
    wanted = [name for name in IMPORTS if re.search(rf"(?<![\w.]){name}\.", body)]
    standard = [IMPORTS[name] for name in wanted if name in STANDARD]
    return lines(standard or None, "" if standard else None, [IMPORTS[name] for name in wanted if name not in STANDARD])
