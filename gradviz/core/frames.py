"""What observed epochs looked like: columns of numbers, one row an epoch, that live plots, files and tables read alike."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.interventions import Intervention

Floats = NDArray[np.float64]

#: The rows of a wide layer's profile. Only the root mean square is always there; the others where they were asked for, and NaN elsewhere.
STATISTICS = ("rms", "mean", "std", "min", "p5", "p25", "p50", "p75", "p95", "max")
#: The rows of `shares`: of activations in the flat tails, of units that pass nothing back, of activations and of dC/du that are exactly 0.
SHARES = ("saturated", "dead", "zero", "zero_gradient")
#: The rows of `norms`, as a gradient passes back through layer k: dC/dh[k], dC/du[k], dC/dz[k], and dC/dh[k-1] through the weights alone.
NORMS = ("dh", "du", "dz", "back")
#: What has a profile in a wide network; `size` is |h|, whose percentiles a decade axis can show.
PROFILED = ("h", "size", "u", "g", "dh", "dw", "w")
#: What is looked at where the activations' histograms are: of h in equal bins, and of |h| in bins that are equal parts of decades.
HISTOGRAM = "histogram"
HISTOGRAMS = ("h", "size")
#: So many bins each; behind them stand the shares that are in none: exact zeros, which have no decade, and what is below or above the range.
BINS = 50
UNBINNED = ("zero", "below", "above")


class Ending(msgspec.Struct, frozen=True):
    """How a run ended: done (all its epochs), stopped (by a person) or diverged (a number left the floats), and a sentence why."""

    kind: Literal["done", "stopped", "diverged"]
    reason: str


class Checkpoint(NamedTuple):
    """All that a training needs to go on from the beginning of an epoch: the engine's own arrays, never written to again.

    `changed`: whether the weights have already what a person changed of them at this epoch.
    """

    epoch: int
    arrays: tuple[NDArray[Any], ...]
    changed: bool = False

    @property
    def bytes(self) -> int:
        return sum(array.nbytes for array in self.arrays)


class Frames(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """What consecutive observed epochs looked like; the arrays are read-only, n frames, m samples, l layers.

    epoch (n,), cost (n,), h activations (n, m, l), g = dC/du (n, m, l), dw = dC/dw (n, l), w weights (n, l).
    Epoch 0 is the state before the first update; index 0 of g, dw and w along the layers is unused and 0.
    n may be 0: no observed epoch was due yet, and the taker has a chance to stop; `done` says how many epochs have been trained so far,
    observed or not. The last frames carry the ending. `checkpoint` is there from time to time where w is not all that a training goes on from.
    WideFrames are those of a wide network.
    """

    #: The columns, and those of them with one number an epoch, which are kept of every observed epoch.
    COLUMNS: ClassVar[tuple[str, ...]] = ("epoch", "cost", "h", "g", "dw", "w")
    SCORES: ClassVar[tuple[str, ...]] = ("cost",)

    epoch: NDArray[np.int64]
    cost: Floats
    h: Floats
    g: Floats
    dw: Floats
    w: Floats
    ending: Ending | None = None
    interventions: tuple[Intervention, ...] = ()
    done: int = 0
    checkpoint: Checkpoint | None = None

    def __post_init__(self) -> None:
        for column in self.columns().values():
            column.setflags(write=False)

    def __len__(self) -> int:
        return len(self.epoch)

    @property
    def bytes_each(self) -> int:
        """What the profiles of one frame take."""
        return sum(8 * int(np.prod(column.shape[1:])) for column in self.columns().values() if column.ndim > 1)

    def columns(self) -> dict[str, Any]:
        """The arrays by name."""
        return {name: getattr(self, name) for name in self.COLUMNS}

    def rows(self, selection: Any) -> Frames:
        """The frames at these places (a slice, mask or list of places), without ending and interventions."""
        return type(self)(**{name: column[selection] for name, column in self.columns().items()})

    def newest(self) -> Frames:
        """The last frame, with what is known of no other one."""
        return self.rows(slice(-1, None))

    def recorded(self) -> Frames:
        """What a run keeps of these frames."""
        return self

    @staticmethod
    def kind_for(config: Config) -> type[Frames]:
        """The kind of frames that this config's network has."""
        return WideFrames if config.wide else Frames

    @staticmethod
    def empty(config: Config) -> Frames:
        """No frame at all, in the shape of this config's."""
        return Frames.kind_for(config)(**columns_for(config, 0))

    @staticmethod
    def joined(blocks: list[Frames]) -> Frames:
        """All frames of the blocks, one after the other."""
        columns: dict[str, Any] = {name: np.concatenate([getattr(block, name) for block in blocks]) for name in blocks[0].COLUMNS}
        return type(blocks[0])(**columns)


class WideFrames(Frames, frozen=True, eq=False, kw_only=True):
    """What consecutive observed epochs of a wide network looked like: each layer by statistics over its units and the batch's samples.

    cost (n,) of all training samples, before the epoch's first update; test_cost, accuracy, test_accuracy (n,), NaN where there is none; promise (n,),
    what the first update takes off the cost to first order; reach (n,), what an update as long as all that is learned would, if it went straight down.
    h, size = |h|, u, g = dC/du, dh = dC/dh, dw = dC/dW, w: (n, STATISTICS, l), percentiles of the absolute values but for h and u;
    norms (n, NORMS, l); shares (n, SHARES, l); ratio (n, l), the norm of the first update by that of the weights. They are those of the epoch's first batch.
    histogram (n, HISTOGRAMS, BINS + UNBINNED, l) is no column: shares of a layer's activations, counted where they were asked for, 0 elsewhere, and never
    recorded; histogram_range (n, HISTOGRAMS, 2) is where the bins begin and end, those of |h| in decades.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        *("epoch", "cost", "test_cost", "accuracy", "test_accuracy", "promise", "reach"),
        *PROFILED,
        *("norms", "shares", "ratio"),
    )
    SCORES: ClassVar[tuple[str, ...]] = ("cost", "test_cost", "accuracy", "test_accuracy")

    test_cost: Floats
    accuracy: Floats
    test_accuracy: Floats
    promise: Floats
    reach: Floats
    size: Floats
    u: Floats
    dh: Floats
    norms: Floats
    shares: Floats
    ratio: Floats
    histogram: Floats | None = None
    histogram_range: Floats | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for values in (self.histogram, self.histogram_range):
            if values is not None:
                values.setflags(write=False)

    def newest(self) -> Frames:
        last = super().newest()
        if self.histogram is None or self.histogram_range is None or not self.histogram[-1:].any():
            return last
        shares, ends = self.histogram[-1:].copy(), self.histogram_range[-1:].copy()  # a view would keep the whole block's room
        return msgspec.structs.replace(last, histogram=shares, histogram_range=ends)

    def recorded(self) -> Frames:
        return self if self.histogram is None else msgspec.structs.replace(self, histogram=None, histogram_range=None)


class Ask(msgspec.Struct, frozen=True):
    """What the taker of frames wants next: about how many, what is changed before them (the parameter and value of an Intervention), and what is looked at.

    looked_at names the profiles whose percentiles the last frame of the next block should have, and `histogram` where it should have those too: they can
    cost more than learning. None is all profiles, in every frame, and no histogram.
    """

    frames: int | None = None
    changes: tuple[tuple[str, float | str], ...] = ()
    looked_at: frozenset[str] | None = None


def columns_for(config: Config, frames: int) -> dict[str, Any]:
    """Room for so many frames of this config's network."""
    return _wide_columns(config, frames) if config.wide else _chain_columns(config, frames)


def _chain_columns(config: Config, frames: int) -> dict[str, Any]:
    samples, layers = len(config.inputs), config.layers
    # one piece of memory for the profiles: the next block gets the same again, where the system took back and re-zeroed four each time (a tenth of the speed);
    # epoch and cost have their own, so that who keeps only them keeps no profile
    memory = np.empty((2 * samples + 2, frames * layers))
    profile, line = (frames, samples, layers), (frames, layers)
    return {
        "epoch": np.empty(frames, np.int64),
        "cost": np.empty(frames),
        "h": memory[:samples].reshape(profile),
        "g": memory[samples:-2].reshape(profile),
        "dw": memory[-2].reshape(line),
        "w": memory[-1].reshape(line),
    }


def _wide_columns(config: Config, frames: int) -> dict[str, Any]:
    """Zeros: what a layer has not, such as the input's weights, stays so."""
    layers = config.layers
    return {
        "epoch": np.zeros(frames, np.int64),
        **{name: np.zeros(frames) for name in ("cost", "test_cost", "accuracy", "test_accuracy", "promise", "reach")},
        **{name: np.zeros((frames, len(STATISTICS), layers)) for name in PROFILED},
        "norms": np.zeros((frames, len(NORMS), layers)),
        "shares": np.zeros((frames, len(SHARES), layers)),
        "ratio": np.zeros((frames, layers)),
    }
