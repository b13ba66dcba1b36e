"""How much memory a training takes, estimated before anything is made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from gradviz.core.combinations import CLASSES, tested, training_samples
from gradviz.core.config import Config
from gradviz.core.frames import Frames

#: What a run keeps of its profiles at most; beyond, they are thinned out.
RECORDED = 256 * 1024**2
#: How many epochs of scores it keeps at most.
SCORED = 2**24
#: How many numbers an optimizer remembers of each weight.
SLOTS = {"sgd": 0, "momentum": 1, "nesterov": 1, "rmsprop": 1, "adam": 2, "adamw": 2}
#: Numbers in a sample, by the data; a table's is not known before it is read.
FEATURES = {"samples": 1, "xor": 2, "circles": 2, "moons": 2, "spirals": 2, "function": 1, "digits": 64}
#: The units of a size in words, from the largest.
UNITS = (("TB", 1024**4), ("GB", 1024**3), ("MB", 1024**2))
#: The number of arrays as large as h that a layer of a chain has: h, slope and g, and the logarithms and signs of h, g, dC/dh and end to end.
CHAIN_ARRAYS, CHAIN_LOGARITHMS = 3, 8
#: Arrays for the way back, in all layers the same ones.
SCRATCH = 3
#: Looking closely takes so many copies in float64: of all weights at an update, or of a layer's numbers while they are sorted.
COPIES = 4


class Memory(NamedTuple):
    """What each part of a training takes, in bytes."""

    parameters: int
    gradients: int
    optimizer: int
    activations: int
    observing: int
    recording: int

    @property
    def total(self) -> int:
        return sum(self)

    @property
    def learned(self) -> int:
        """What grows with the number of weights."""
        return self.parameters + self.gradients + self.optimizer


#: The parts in the words of a sentence.
WORDS = ("weights", *Memory._fields[1:])


def needed(config: Config, inputs: int | None = None, outputs: int | None = None) -> Memory:
    """What a training of this config takes, in bytes, with the whole run recorded.

    inputs and outputs are the numbers in a sample and in an answer, where they are known better than the config says; a table's are taken to be
    as many as the width. Python and its libraries, some 200 MB, come on top.
    """
    return _wide(config, _sizes(config, inputs, outputs)) if config.wide else _chain(config)


def _chain(config: Config) -> Memory:
    numbers = 8 * config.layers
    numbers_of_all = numbers * len(config.inputs)
    return Memory(numbers, numbers, 0, CHAIN_ARRAYS * numbers_of_all, CHAIN_LOGARITHMS * numbers_of_all, _recording(config))


def _wide(config: Config, sizes: list[int]) -> Memory:
    width = 4 if config.number_format == "float32" else 8
    learned = _learned(config, sizes)
    layers = 2 * sum(sizes[1:])  # z and h
    if config.normalization != "none":
        layers += 2 * sum(sizes[1:-1])  # their normal form, and u
    if config.residual != "none":
        layers += sum(sizes[2:-1])  # phi(u), beside what came in
    layers += SCRATCH * sum(set(sizes))
    samples = list(_passes(config))
    activations = layers * sum(samples)
    observing = COPIES * max(learned, max(sizes) * max(samples))
    return Memory(width * learned, width * learned, width * SLOTS[config.optimizer] * learned, width * activations, 8 * observing, _recording(config))


def _sizes(config: Config, inputs: int | None, outputs: int | None) -> list[int]:
    """How many units each layer has."""
    known = config.data != "csv"
    first = inputs or (FEATURES[config.data] if known else config.width)
    last = outputs or (max(1, CLASSES[config.data]) if known else config.width)
    return [first, *[config.width] * (config.layers - 2), last]


def _learned(config: Config, sizes: list[int]) -> int:
    """How many numbers are learned: weights and biases, gains and shifts, and a factor of each branch."""
    own = list(pairwise(sizes))
    if config.tied_weights == "on":
        own = [own[0], *own[1:2], own[-1]] if len(own) > 2 else own
    count = sum(before * units + (units if config.bias == "on" else 0) for before, units in own)
    count += 2 * sum(sizes[1:-1]) if config.normalization != "none" else 0
    return count + (max(0, len(sizes) - 3) if config.residual in ("skipinit", "fixup") else 0)


def _passes(config: Config) -> Iterator[int]:
    """The numbers of samples that pass together: a batch, what is left over, and the same of the test; each has arrays of its own."""
    learning = training_samples(config) or config.samples
    drawn = len(config.inputs) if config.data == "samples" else config.samples
    batch = min(config.batch_size or learning, learning)
    test = tested(drawn, config.test_share)
    yield from {batch, learning % batch, min(test, batch), test % batch} - {0}


def _recording(config: Config) -> int:
    """What is kept of the observed epochs, and two blocks that are on their way."""
    observed = -(-config.epochs // config.observe_every)
    frame = Frames.empty(config).bytes_each
    scores = 8 * (1 + len(Frames.kind_for(config).SCORES)) * min(observed, SCORED)
    return max(frame, min(frame * observed, RECORDED)) + scores + 2 * frame


def size(count: float) -> str:
    """So many bytes as people say it: 340 MB, 1.2 GB."""
    unit, each = next(((unit, each) for unit, each in UNITS if count >= each), UNITS[-1])
    return f"{count / each:,.{int(unit != 'MB')}f} {unit}"


def sentence(memory: Memory) -> str:
    """The sum and what it is made of: 1.2 GB: weights 0.4, gradients 0.4, optimizer 0.4. Parts that round to 0 are left out."""
    total = memory.total
    unit, each = next(((unit, each) for unit, each in UNITS if total >= each), UNITS[-1])
    parts = {words: f"{part / each:,.{int(unit != 'MB')}f}" for words, part in zip(WORDS, memory, strict=True)}
    shown = [f"{words} {part}" for words, part in parts.items() if float(part.replace(",", ""))]
    return f"{size(total)}: {', '.join(shown)}" if shown else size(total)
