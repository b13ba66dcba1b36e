"""Training as an iterator of frames: whoever turns the crank decides how fast."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any, NamedTuple, Protocol

import numpy as np

from gradviz.core.config import Config
from gradviz.core.datasets import Dataset
from gradviz.core.frames import Ask, Ending, Frames, Intervention, WideFrames, columns_for
from gradviz.core.initializers import initial_weights

__all__ = ["Ask", "Ending", "Frames", "Intervention", "SelfCheckError", "Training", "WideFrames", "train"]

#: One call of the chain's kernel does about this many layer-samples (some 50 ms): short enough to stop at once, long enough to cost nothing.
BLOCK_WORK = 2_000_000
#: Nor does one block of frames hold more than this many numbers (0.4 MB): larger ones cost page faults, a fifth of the speed.
BLOCK_NUMBERS = 50_000

Training = Generator[Frames, Ask | None, None]


class SelfCheckError(Exception):
    """A frame breaks a law that no network of this kind can break: the fault is GradViz's own."""

    def __init__(self, epoch: int, layer: int) -> None:
        after = layer + 1
        super().__init__(
            f"The self-check failed at epoch {epoch:,}: |∂h[{after}]/∂h[{layer}]| is greater than |h[{after}]| / |h[{layer}]|, which no chain "
            "without bias can have. This is a fault of GradViz, not of your network: do not trust these numbers, and please report them with the config."
        )


class Stretch(NamedTuple):
    """Some epochs of a training: how many, what was written of them, why they ended where a number left the floats, and a fault of our own."""

    done: int
    columns: dict[str, Any]
    diverged: str = ""
    fault: SelfCheckError | None = None


class Engine(Protocol):
    """What trains one kind of network, a few epochs at a time."""

    def epochs_ahead(self, epoch: int, ask: Ask | None) -> int:
        """How many epochs the next stretch should have: the first frame comes alone and at once, then as many as asked, within bounds."""

    def advance(self, epoch: int, stop: int, learning_rate: float, ask: Ask | None) -> Stretch:
        """Train from this epoch to the one before stop."""


class ChainEngine:
    """The notebook's chain, in a kernel that does many epochs a call."""

    def __init__(self, config: Config) -> None:
        from gradviz.core import chain  # numba comes with the first run, not with the import

        self._chain, self._config = chain, config
        self._rules = chain.Rules.of(config)
        form = self._rules.number_format
        self._w, self._x, self._y = (chain.in_format(form, values) for values in (initial_weights(config), config.inputs, config.targets))

    def epochs_ahead(self, epoch: int, ask: Ask | None) -> int:
        config, frames = self._config, ask.frames if ask else None
        width = config.layers * len(config.inputs)
        if epoch == 0:
            return 1
        room = max(1, BLOCK_NUMBERS // (2 * width + 2 * config.layers))
        wanted = min(room, room if frames is None else max(1, frames))
        return min(epochs_for(wanted, epoch, config), max(1, BLOCK_WORK // width))

    def advance(self, epoch: int, stop: int, learning_rate: float, ask: Ask | None) -> Stretch:  # noqa: ARG002
        config, rules = self._config, self._rules
        room = columns_for(config, rows_due(epoch, stop, config))
        with np.errstate(all="ignore"):  # an overflow is an ordinary ending; without numba the kernel would warn of it
            step = float(self._chain.in_format(rules.number_format, [learning_rate])[0])
            last, every = config.epochs - 1, config.observe_every
            done, rows, diverged, unsound = self._chain.advance(self._w, self._x, self._y, rules, step, epoch, stop, last, every, *room.values())
        written = {name: column[:rows] for name, column in room.items()}
        if unsound >= 0:
            return Stretch(done, written, fault=SelfCheckError(epoch + done - 1, unsound))
        return Stretch(done, written, _where_it_diverged(config, written) if diverged else "")


def epochs_for(frames: int, epoch: int, config: Config) -> int:
    """How many epochs from this one on hold so many observed ones."""
    return (frames - 1) * config.observe_every + (-epoch % config.observe_every) + 1


def rows_due(epoch: int, stop: int, config: Config) -> int:
    """How many frames these epochs may fill: those due, and one more, for where it diverges is observed whatever the cadence."""
    return (stop - 1) // config.observe_every - (epoch - 1) // config.observe_every + 1


def engine_for(config: Config, data: Dataset | None) -> Engine:
    """What trains this config's network."""
    if not config.wide:
        return ChainEngine(config)
    from gradviz.core.dense_training import DenseEngine

    return DenseEngine(config, data)


def train(config: Config, interventions: Iterable[Intervention] = (), data: Dataset | None = None) -> Training:
    """Train a network and hand out, block by block, what every observed epoch looked like.

    A plain generator: loop over it, or `send(Ask(...))` to say how many frames the next block should hold and to turn a live parameter,
    which the frames then carry as an Intervention. Divergence ends it with a reason and raises nothing. The interventions given are
    made at their epochs, so that a recorded run comes out again bit for bit. data is what is learned, where the config cannot draw it by itself.
    """
    engine = engine_for(config, data)
    kind = Frames.kind_for(config)
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
        stop = min([epoch + engine.epochs_ahead(epoch, ask), config.epochs, *ahead])
        stretch = engine.advance(epoch, stop, rate, ask)
        epoch += stretch.done
        ending = _ending(config, stretch, epoch)
        ask = yield kind(**stretch.columns, ending=ending, interventions=made, done=epoch)
        if stretch.fault:
            raise stretch.fault
        if ending:
            return


def _ending(config: Config, stretch: Stretch, done: int) -> Ending | None:
    if stretch.fault:
        return None
    if stretch.diverged:
        return Ending("diverged", stretch.diverged)
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
