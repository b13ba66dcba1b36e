"""Training as an iterator of frames: whoever turns the crank decides how fast."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.datasets import Dataset
from gradviz.core.frames import Ask, Checkpoint, Ending, Frames, WideFrames, columns_for
from gradviz.core.initializers import initial_weights
from gradviz.core.interventions import Intervention, in_order

__all__ = ["Ask", "Checkpoint", "Ending", "Frames", "Intervention", "SelfCheckError", "Training", "WideFrames", "train"]

#: One call of the chain's kernel does about this many layer-samples (some 50 ms): short enough to stop at once, long enough to cost nothing.
BLOCK_WORK = 2_000_000
#: Nor does one block of frames hold more than this many numbers (0.4 MB): larger ones cost page faults, a fifth of the speed.
BLOCK_NUMBERS = 50_000

#: An epoch that never comes: no one is observed then.
NEVER = 2**62

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

    @property
    def checkpoint_every(self) -> int | None:
        """After so many epochs a checkpoint is due; None where a frame's own weights are one."""

    def epochs_ahead(self, epoch: int, ask: Ask | None) -> int:
        """How many epochs the next stretch should have: as many as asked, within bounds."""

    def turn(self, change: Intervention, *, weights: bool = True) -> None:
        """Make a person's change; without `weights` only a parameter's, for the weights have it already."""

    def advance(self, epoch: int, stop: int, ask: Ask | None, *, observed: bool = True) -> Stretch:
        """Train from this epoch to the one before stop; look at none of them where they are not to be observed."""

    def state(self) -> tuple[NDArray[Any], ...]:
        """A copy of all that the next epoch depends on, besides the config."""

    def restore(self, arrays: tuple[NDArray[Any], ...]) -> None:
        """Go on from what state() gave."""


class ChainEngine:
    """The notebook's chain, in a kernel that does many epochs a call."""

    checkpoint_every: int | None = None

    def __init__(self, config: Config) -> None:
        from gradviz.core import chain  # numba comes with the first run, not with the import

        self._chain, self._config = chain, config
        self._rules = chain.Rules.of(config)
        form = self._rules.number_format
        self._w, self._x, self._y = (chain.in_format(form, values) for values in (initial_weights(config), config.inputs, config.targets))

    def epochs_ahead(self, epoch: int, ask: Ask | None) -> int:
        config, frames = self._config, ask.frames if ask else None
        width = config.layers * len(config.inputs)
        room = max(1, BLOCK_NUMBERS // (2 * width + 2 * config.layers))
        wanted = min(room, room if frames is None else max(1, frames))
        return min(epochs_for(wanted, epoch, config), max(1, BLOCK_WORK // width))

    def turn(self, change: Intervention, *, weights: bool = True) -> None:
        changed = change.weights
        if changed is None:
            self._config = self._config.replace(**{change.parameter: change.value})
        elif weights:
            part = slice(1, None) if changed.layer is None else slice(changed.layer, changed.layer + 1)
            with np.errstate(all="ignore"):  # what leaves the floats is an ordinary ending
                self._w[part] = self._chain.in_format(
                    self._rules.number_format, self._w[part] * float(change.value) if changed.scaled else [float(change.value)]
                )

    def state(self) -> tuple[NDArray[Any], ...]:
        return (self._w.copy(),)

    def restore(self, arrays: tuple[NDArray[Any], ...]) -> None:
        self._w[:] = arrays[0]

    def advance(self, epoch: int, stop: int, ask: Ask | None, *, observed: bool = True) -> Stretch:  # noqa: ARG002
        config, rules, chain = self._config, self._rules, self._chain
        last, every = (config.epochs - 1, config.observe_every) if observed else (-1, NEVER)
        room = columns_for(config, rows_due(epoch, stop, every))
        with np.errstate(all="ignore"):  # an overflow is an ordinary ending; without numba the kernel would warn of it
            rate, clip_at = map(float, chain.in_format(rules.number_format, [config.learning_rate, config.clip_at]))
            knobs = rate, chain.CLIPPINGS.index(config.clipping), clip_at
            done, rows, diverged, unsound = chain.advance(self._w, self._x, self._y, rules, *knobs, epoch, stop, last, every, *room.values())
        written = {name: column[: rows if observed else 0] for name, column in room.items()}  # epoch 0 is due at every cadence
        if unsound >= 0:
            return Stretch(done, written, fault=SelfCheckError(epoch + done - 1, unsound))
        return Stretch(done, written, _where_it_diverged(config, room, rows - 1) if diverged else "")


def epochs_for(frames: int, epoch: int, config: Config) -> int:
    """How many epochs from this one on hold so many observed ones."""
    return (frames - 1) * config.observe_every + (-epoch % config.observe_every) + 1


def rows_due(epoch: int, stop: int, every: int) -> int:
    """How many frames these epochs may fill: those due, and one more, for where it diverges is observed whatever the cadence."""
    return (stop - 1) // every - (epoch - 1) // every + 1


def engine_for(config: Config, data: Dataset | None) -> Engine:
    """What trains this config's network."""
    if not config.wide:
        return ChainEngine(config)
    from gradviz.core.dense_training import DenseEngine

    return DenseEngine(config, data)


def train(
    config: Config,
    interventions: Iterable[Intervention] = (),
    data: Dataset | None = None,
    *,
    start: Checkpoint | None = None,
    first: int = 0,
) -> Training:
    """Train a network and hand out, block by block, what every observed epoch looked like.

    A plain generator: loop over it, or `send(Ask(...))` to say how many frames the next block should hold and to change something,
    which the frames then carry as an Intervention. Divergence ends it with a reason and raises nothing. The interventions given are
    made at their epochs, so that a recorded run comes out again bit for bit. data is what is learned, where the config cannot draw it by itself.

    It can go on where another training of the same config and interventions was: from `start` it trains again up to epoch `first`, with empty frames on
    the way so that the taker can stop it, and hands out what comes from there. Raises ConfigError for an intervention that the network cannot have.
    """
    engine = engine_for(config, data)
    planned = in_order(interventions)
    for change in planned:
        change.check_for(config)
    epoch = _begun(engine, planned, start)
    ask: Ask | None = None
    while epoch < config.epochs:
        observed, begins = epoch >= first, epoch
        kept = _checkpoint(engine, epoch) if epoch == first and first else None  # the next branch from here need train nothing again
        if ask is not None and observed:
            planned = [_made_now(Intervention(epoch, name, value), config) for name, value in ask.changes] + planned
        made = [change for change in planned if change.epoch <= epoch]
        planned = planned[len(made) :]
        for change in made:
            engine.turn(change)
        ask = None if epoch == first else ask  # the first frame comes alone and at once, with all that can be looked at
        ahead = [epoch + 1] if epoch == first else [epoch + engine.epochs_ahead(epoch, ask)]
        ahead += [change.epoch for change in planned[:1]] + [config.epochs if observed else first]
        stretch = engine.advance(epoch, min(ahead), ask, observed=observed)
        epoch += stretch.done
        if engine.checkpoint_every and epoch // engine.checkpoint_every > begins // engine.checkpoint_every and not stretch.diverged:
            kept = kept or _checkpoint(engine, epoch)
        ending = _ending(config, stretch, epoch)
        ask = yield Frames.kind_for(config)(**stretch.columns, ending=ending, interventions=tuple(made) if observed else (), done=epoch, checkpoint=kept)
        if stretch.fault:
            raise stretch.fault
        if ending:
            return


def _begun(engine: Engine, planned: list[Intervention], start: Checkpoint | None) -> int:
    """Where the training begins; of what is planned only that is left which is not behind it."""
    if start is None:
        return 0
    engine.restore(start.arrays)
    while planned and planned[0].epoch < start.epoch + start.changed:
        engine.turn(planned.pop(0), weights=False)
    return start.epoch


def _made_now(change: Intervention, config: Config) -> Intervention:
    change.check_for(config)
    return change


def _checkpoint(engine: Engine, epoch: int) -> Checkpoint | None:
    return Checkpoint(epoch, engine.state()) if engine.checkpoint_every else None


def _ending(config: Config, stretch: Stretch, done: int) -> Ending | None:
    if stretch.fault:
        return None
    if stretch.diverged:
        return Ending("diverged", stretch.diverged)
    if done == config.epochs:
        return Ending("done", f"{done:,} epoch{'s' * (done != 1)} done.")
    return None


def _where_it_diverged(config: Config, written: dict[str, Any], row: int) -> str:
    epoch = written["epoch"][row]
    weights = np.flatnonzero(~np.isfinite(written["w"][row]))
    activations = np.flatnonzero(~np.isfinite(written["h"][row]).all(axis=0))
    if weights.size:
        layer = weights[-1]
        return f"Diverged at epoch {epoch:,}: the weight of layer {layer:,} became {written['w'][row, layer]}."
    if activations.size:
        return f"Diverged at epoch {epoch:,}: the activation of layer {activations[0]:,} left the range of {config.number_format}."
    return f"Diverged at epoch {epoch:,}: the cost became {written['cost'][row]}."
