"""What wide networks learn: drawn samples, split into those learned from and those kept back for the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.core.combinations import tested

if TYPE_CHECKING:
    from gradviz.core.config import Config

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Each purpose draws from a generator of its own, [seed, 1, purpose]: a slider of noise or of the test share then moves nothing else,
#: and none of them shares its numbers with the weights, which are drawn from the seed alone.
PLACES, NOISE, KEPT_BACK, CHOSEN = 1, 2, 3, 4

#: Targets of a table's numbers lie from −this to this in the training part: tanh answers ±1 only at u = ±inf, where its slope is 0
#: (LeCun, Bottou, Orr, Müller 1998, Efficient BackProp, section 4.5).
TARGET_RANGE = 0.8


class Dataset(msgspec.Struct, frozen=True, eq=False):
    """The samples that a network learns from, and those that it is tested with; the arrays are read-only.

    inputs (m, d), targets (m, o), test_inputs (t, d), test_targets (t, o), all float64; t may be 0. Where there are classes, a target is 1 at
    the sample's class and 0 elsewhere, and `classes` names the o of them; where targets are numbers, `classes` is empty.
    """

    inputs: Floats
    targets: Floats
    classes: tuple[str, ...]
    test_inputs: Floats
    test_targets: Floats

    def __post_init__(self) -> None:
        for array in (self.inputs, self.targets, self.test_inputs, self.test_targets):
            array.setflags(write=False)

    @property
    def features(self) -> int:
        """How many numbers enter the network with each sample."""
        return int(self.inputs.shape[1])

    @property
    def outputs(self) -> int:
        """How many numbers the network answers."""
        return int(self.targets.shape[1])

    @property
    def mean_square(self) -> float:
        """The mean of the squared inputs learned from: what mean-field theory starts from at layer 0."""
        with np.errstate(over="ignore"):
            return float(np.mean(np.square(self.inputs)))


def generator(config: Config, purpose: int) -> np.random.Generator:
    """Where the config's random data come from: one generator for each of PLACES, NOISE, KEPT_BACK and CHOSEN."""
    return np.random.default_rng([config.seed, 1, purpose])


def one_hot(kinds: Integers, classes: int) -> Floats:
    """Targets for samples of these classes (m,), counted from 0: shape (m, classes), 1 at the class and 0 elsewhere."""
    targets = np.zeros((len(kinds), classes))
    targets[np.arange(len(kinds)), kinds] = 1.0
    return targets


def split(config: Config, inputs: Floats, targets: Floats, classes: tuple[str, ...]) -> Dataset:
    """The samples, inputs (m, d) and targets (m, o), with the config's test share of them kept back at random.

    Each class gives its share to the test, to within a sample. Both parts keep the samples' order.
    """
    back = np.zeros(len(inputs), bool)
    back[_test_order(config, targets, classes)[: tested(len(inputs), config.test_share)]] = True
    return Dataset(inputs[~back], targets[~back], classes, inputs[back], targets[back])


def _test_order(config: Config, targets: Floats, classes: tuple[str, ...]) -> Integers:
    """The samples' places (m,) in the order in which they are kept back: at random, and the classes evenly along it."""
    order = generator(config, KEPT_BACK).permutation(len(targets))
    if not classes:
        return order
    kinds = targets.argmax(axis=1)[order]
    counts = np.bincount(kinds, minlength=len(classes))
    by_kind = np.argsort(kinds, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[by_kind] = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    return order[np.argsort((rank + 0.5) / counts[kinds], kind="stable")]


def standardized(dataset: Dataset) -> Dataset:
    """The same samples with every feature at mean 0 and variance 1 in the training part, and targets that are numbers within ±TARGET_RANGE there.

    The test part moves and stretches by the training part's numbers, so it may lie a little beyond. A feature or target that is the
    same number in all of the training part becomes 0.
    """
    inputs = _moved(dataset.inputs, dataset.test_inputs, _mean_and_deviation)
    targets = (dataset.targets, dataset.test_targets) if dataset.classes else _moved(dataset.targets, dataset.test_targets, _middle_and_reach)
    return Dataset(inputs[0], targets[0], dataset.classes, inputs[1], targets[1])


def _moved(training: Floats, test: Floats, origin_and_unit: Callable[[Floats], tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Both parts, (m, d) and (t, d), with each column less its origin and divided by its unit, which the training part alone decides."""
    # a power of two brings columns near the largest and the smallest float to 1 without rounding: their squares would leave the floats
    exponent = np.frexp(np.abs(training).max(axis=0))[1]
    scaled = np.ldexp(training, -exponent)
    origin, unit = origin_and_unit(scaled)
    varies = scaled.max(axis=0) > scaled.min(axis=0)
    unit = np.where(varies, unit, 1.0)
    with np.errstate(over="ignore"):  # a test value 10³⁰⁸ times as large as all that is learned from stays what it is: infinite
        parts = tuple(np.where(varies, (np.ldexp(part, -exponent) - origin) / unit, 0.0) for part in (training, test))
    return parts[0], parts[1]


def _mean_and_deviation(columns: Floats) -> tuple[Floats, Floats]:
    return columns.mean(axis=0), columns.std(axis=0)


def _middle_and_reach(columns: Floats) -> tuple[Floats, Floats]:
    low, high = columns.min(axis=0), columns.max(axis=0)
    return (low + high) / 2, (high - low) / (2 * TARGET_RANGE)


def drawn(config: Config) -> Dataset | None:
    """The data that the config's seed, samples and noise say; None for those that are read from a file: digits and csv.

    samples: the config's inputs and targets, in their order. Of the drawn sets sample i is of class i mod k, so that classes are equally
    frequent to within one; a larger `samples` appends some, and the noise is N(0, noise²), added to both coordinates, or to the
    function's y.
    """
    if config.data == "samples":
        return split(config, np.array(config.inputs)[:, None], np.array(config.targets)[:, None], ())
    if config.data == "function":
        return split(config, *_function(config), ())
    if config.data not in SHAPES:
        return None
    shape, classes = SHAPES[config.data]
    kinds = np.arange(config.samples) % len(classes)
    places = shape(generator(config, PLACES).random(config.samples), np.arange(config.samples))
    return split(config, places + _noise(config, 2), one_hot(kinds, len(classes)), classes)


def _noise(config: Config, columns: int) -> Floats:
    with np.errstate(over="ignore"):  # noise near the largest float draws infinite places, and the run says that it diverged
        return config.noise * generator(config, NOISE).standard_normal((config.samples, columns))


def _function(config: Config) -> tuple[Floats, Floats]:
    """y = sin(πx)/2 with x ~ U(−1, 1): within what tanh answers, and so are nearly all targets with noise below 0.2."""
    x = generator(config, PLACES).uniform(-1, 1, (config.samples, 1))
    return x, np.sin(np.pi * x) / 2 + _noise(config, 1)


def _xor(_: Floats, sample: Integers) -> Floats:
    """The corners (−1, −1), (−1, 1), (1, 1), (1, −1) in turn: opposite ones are of one class, and no line parts the classes."""
    return np.array([(-1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (1.0, -1.0)])[sample % 4]


def _circles(draw: Floats, sample: Integers) -> Floats:
    """r (cos t, sin t), t ~ U(0, 2π), r = 1/2 and 1: two circles about one centre (as scikit-learn's make_circles with factor 0.5)."""
    return np.where(sample % 2, 1.0, 0.5)[:, None] * _direction(2 * np.pi * draw)


def _moons(draw: Floats, sample: Integers) -> Floats:
    """±(cos t − 1/2, sin t − 1/4) / 1.5, t ~ U(0, π): two half circles that reach into each other.

    They are (cos t, sin t) and (1 − cos t, 1/2 − sin t), as scikit-learn's make_moons has them, about their centre (1/2, 1/4) and to a width of 2.
    """
    return np.where(sample % 2, -1.0, 1.0)[:, None] * (_direction(np.pi * draw) - (0.5, 0.25)) / 1.5


def _spirals(draw: Floats, sample: Integers) -> Floats:
    """r (sin t, cos t), t = 4r + 2πj/3, r ~ U(0, 1) in arm j = 0, 1, 2: three arms from one centre.

    As in Stanford's course CS231n, whose arms stand at t = 4r + 4j and whose noise is in the angle.
    """
    angle = 4 * draw + 2 * np.pi / 3 * (sample % 3)
    return draw[:, None] * _direction(angle)[:, ::-1]


def _direction(angle: Floats) -> Floats:
    """(cos, sin) of the angles (m,), shape (m, 2)."""
    return np.stack((np.cos(angle), np.sin(angle)), axis=1)


#: Data sets of two coordinates: where the samples are, given one draw of U(0, 1) for each and the samples' numbers, and the classes' names.
SHAPES: Mapping[str, tuple[Callable[[Floats, Integers], Floats], tuple[str, ...]]] = {
    "xor": (_xor, ("same sign", "opposite sign")),
    "circles": (_circles, ("inner", "outer")),
    "moons": (_moons, ("upper", "lower")),
    "spirals": (_spirals, ("first arm", "second arm", "third arm")),
}
