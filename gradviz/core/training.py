"""Training as an iterator of frames: whoever turns the crank decides how fast."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import PARAMETERS, Config, ConfigError
from gradviz.core.initializers import initial_weights

#: One call of the kernel does about this many layer-samples (some 50 ms): short enough to stop at once, long enough to cost nothing.
BLOCK_WORK = 2_000_000
#: Nor does one block of frames hold more than this many numbers (0.4 MB): larger ones cost page faults, a fifth of the speed.
BLOCK_NUMBERS = 50_000


class Intervention(msgspec.Struct, frozen=True):
    """At epoch e a parameter became a value; from the update of that epoch on it holds. Part of the run, so a replay is bit-identical."""

    epoch: int
    parameter: str
    value: float

    def __post_init__(self) -> None:
        if self.parameter not in PARAMETERS or not PARAMETERS[self.parameter].live:
            live = ", ".join(name for name, parameter in PARAMETERS.items() if parameter.live)
            raise ConfigError(self.parameter, f"'{self.parameter}' cannot change while a training runs; what can: {live}.")
        msgspec.structs.force_setattr(self, "value", PARAMETERS[self.parameter].check(self.value))


class Ending(msgspec.Struct, frozen=True):
    """How a run ended: done (all its epochs), stopped (by a person) or diverged (a number left the floats), and a sentence why."""

    kind: Literal["done", "stopped", "diverged"]
    reason: str


class SelfCheckError(Exception):
    """A frame breaks a law that no network of this kind can break: the fault is GradViz's own."""

    def __init__(self, epoch: int, layer: int) -> None:
        after = layer + 1
        super().__init__(
            f"The self-check failed at epoch {epoch:,}: |∂h[{after}]/∂h[{layer}]| is greater than |h[{after}]| / |h[{layer}]|, which no chain "
            "without bias can have. This is a fault of GradViz, not of your network: do not trust these numbers, and please report them with the config."
        )


class Frames(msgspec.Struct, frozen=True, eq=False):
    """What consecutive observed epochs looked like; the arrays are read-only, n frames, m samples, l layers.

    epoch (n,), cost (n,), h activations (n, m, l), g = dC/du (n, m, l), dw = dC/dw (n, l), w weights (n, l).
    Epoch 0 is the state before the first update; index 0 of g, dw and w along the layers is unused and 0.
    n may be 0: no observed epoch was due yet, and the taker has a chance to stop; `done` says how many epochs have been trained so far,
    observed or not. The last frames carry the ending.
    """

    epoch: NDArray[np.int64]
    cost: NDArray[np.float64]
    h: NDArray[np.float64]
    g: NDArray[np.float64]
    dw: NDArray[np.float64]
    w: NDArray[np.float64]
    ending: Ending | None = None
    interventions: tuple[Intervention, ...] = ()
    done: int = 0

    def __post_init__(self) -> None:
        for column in self.columns().values():
            column.setflags(write=False)

    def __len__(self) -> int:
        return len(self.epoch)

    @property
    def bytes_each(self) -> int:
        """What the profiles of one frame take."""
        _, samples, layers = self.h.shape
        return int(self.h.itemsize * (2 * samples + 2) * layers)

    def columns(self) -> dict[str, Any]:
        """The arrays by name."""
        return {name: getattr(self, name) for name in COLUMNS}

    def rows(self, selection: Any) -> Frames:
        """The frames at these places (a slice, mask or list of places), without ending and interventions."""
        return Frames(**{name: column[selection] for name, column in self.columns().items()})

    @staticmethod
    def empty(config: Config) -> Frames:
        """No frame at all, in the shape of this config's."""
        return Frames(**_room(config, 0))

    @staticmethod
    def joined(blocks: list[Frames]) -> Frames:
        """All frames of the blocks, one after the other."""
        columns: dict[str, Any] = {name: np.concatenate([getattr(block, name) for block in blocks]) for name in COLUMNS}
        return Frames(**columns)


COLUMNS = ("epoch", "cost", "h", "g", "dw", "w")


class Ask(msgspec.Struct, frozen=True):
    """What the taker of frames wants next: about how many, and which live parameters are turned before them."""

    frames: int | None = None
    changes: tuple[tuple[str, float], ...] = ()


Training = Generator[Frames, Ask | None, None]


def _room(config: Config, frames: int) -> dict[str, Any]:
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


def _block_epochs(config: Config, epoch: int, frames: int | None) -> int:
    """How many epochs the next call of the kernel does: the first frame comes alone and at once, then as many as asked, within bounds."""
    width = config.layers * len(config.inputs)
    if epoch == 0:
        return 1
    room = max(1, BLOCK_NUMBERS // (2 * width + 2 * config.layers))
    wanted = min(room, room if frames is None else max(1, frames))
    due = (wanted - 1) * config.observe_every + (-epoch % config.observe_every) + 1
    return min(due, max(1, BLOCK_WORK // width))


def train(config: Config, interventions: Iterable[Intervention] = ()) -> Training:
    """Train a network and hand out, block by block, what every observed epoch looked like.

    A plain generator: loop over it, or `send(Ask(...))` to say how many frames the next block should hold and to turn a live parameter,
    which the frames then carry as an Intervention. Divergence ends it with a reason and raises nothing. The interventions given are
    made at their epochs, so that a recorded run comes out again bit for bit.
    """
    from gradviz.core import chain  # numba comes with the first run, not with the import

    rules = chain.Rules.of(config)
    w, x, y = (chain.in_format(rules.number_format, values) for values in (initial_weights(config), config.inputs, config.targets))
    rate = config.learning_rate
    planned = sorted(interventions, key=lambda intervention: intervention.epoch)
    epoch, ask = 0, None
    while epoch < config.epochs:
        if ask is not None:
            planned = [Intervention(epoch, name, value) for name, value in ask.changes] + planned
        made = tuple(intervention for intervention in planned if intervention.epoch <= epoch)
        planned = planned[len(made) :]
        for intervention in made:
            rate = intervention.value
        ahead = [intervention.epoch for intervention in planned[:1]]
        stop = min([epoch + _block_epochs(config, epoch, ask.frames if ask else None), config.epochs, *ahead])
        # one row beyond those due: where it diverges is observed whatever the cadence
        room = _room(config, (stop - 1) // config.observe_every - (epoch - 1) // config.observe_every + 1)
        with np.errstate(all="ignore"):  # an overflow is an ordinary ending; without numba the kernel would warn of it
            step = float(chain.in_format(rules.number_format, [rate])[0])
            done, rows, diverged, unsound = chain.advance(w, x, y, rules, step, epoch, stop, config.epochs - 1, config.observe_every, *room.values())
        epoch += done
        written = {name: column[:rows] for name, column in room.items()}
        ending = _ending(config, written, diverged, epoch) if unsound < 0 else None
        ask = yield Frames(**written, ending=ending, interventions=made, done=epoch)
        if unsound >= 0:
            raise SelfCheckError(epoch - 1, unsound)
        if ending:
            return


def _ending(config: Config, written: dict[str, Any], diverged: bool, done: int) -> Ending | None:
    if diverged:
        return Ending("diverged", _where_it_diverged(config, written))
    if done == config.epochs:
        return Ending("done", f"{done:,} epoch{'s' * (done != 1)} done.")
    return None


def _where_it_diverged(config: Config, written: dict[str, Any]) -> str:
    epoch = written["epoch"][-1]
    weights = np.flatnonzero(~np.isfinite(written["w"][-1]))
    activations = np.flatnonzero(~np.isfinite(written["h"][-1]).all(axis=0))
    if weights.size:
        layer = weights[-1]
        return f"Diverged at epoch {epoch:,}: the weight of layer {layer:,} became {written['w'][-1, layer]}."
    if activations.size:
        return f"Diverged at epoch {epoch:,}: the activation of layer {activations[0]:,} left the range of {config.number_format}."
    return f"Diverged at epoch {epoch:,}: the cost became {written['cost'][-1]}."
