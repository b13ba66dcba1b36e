"""Where a training pauses by itself: conditions on what the observed epochs look like."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config, ConfigError
from gradviz.core.frames import STATISTICS, Frames, WideFrames
from gradviz.core.words import short

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Kind = Literal["epoch", "cost_below", "cost_above", "gradient_below", "zero", "not_finite", "verdict"]
#: The verdict on one frame, as the word that names it.
Judge = Callable[[Frames], str]

RMS = STATISTICS.index("rms")
#: The kinds that compare with a number, and what that number is.
COMPARED = {"epoch": "epoch", "cost_below": "cost", "cost_above": "cost", "gradient_below": "|gradient|"}
#: What may not be NaN or infinite, and what a sentence calls it.
NUMBERS = {"cost": "the cost", "h": "h", "g": "the gradient", "w": "w"}


class Condition(msgspec.Struct, frozen=True):
    """A training pauses at the epoch where this begins to hold.

    epoch: this one, or the first observed one after it. cost_below, cost_above: the cost is less, or more, than value. gradient_below: |g| of any layer
    from layer 1 on, of any sample, is less than value; zero: g of any is exactly 0. In a wide network a layer's g is its root mean square. not_finite: there
    is a NaN or an infinity in the cost, h, g or w. verdict: the verdict is another one. Raises ConfigError for a value that is no such number.
    """

    kind: Kind
    value: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in COMPARED:
            return
        if not (math.isfinite(self.value) and self.value > 0.0):
            raise ConfigError(self.kind, f"The {COMPARED[self.kind]} to pause at is {_said(self.value)}; it must be a number greater than 0.")
        if self.kind == "epoch" and self.value != int(self.value):
            raise ConfigError(self.kind, f"The epoch to pause at is {_said(self.value)}; it must be a whole number.")

    def check_for(self, config: Config) -> None:
        """Raise ConfigError where a run of this config can never come to it."""
        last = config.epochs - 1
        if self.kind == "epoch" and self.value > last:
            raise ConfigError(self.kind, f"The epoch to pause at is {_said(self.value)}; the last epoch of this run is {last:,}.")

    def holds(self, frames: Frames) -> Mask:
        """In which of the frames it holds, (n,); the verdict's is not to be read from numbers alone, and nowhere."""
        return HOLDS[self.kind](frames, self.value) if self.kind in HOLDS else np.zeros(len(frames), np.bool_)


class Met(NamedTuple):
    """At this epoch the training is to pause; a sentence says why, and `conditions` which of them were met."""

    epoch: int
    sentence: str
    conditions: tuple[Condition, ...]


class Watch:
    """Looks out for conditions in the frames of one run, as they come.

    One is met where it holds and did not hold at the observed epoch before: so that a training that goes on after a pause does not pause again at once.
    `newest` is the run's newest frame, where it has one already when the watch begins; what holds there is not met again.
    """

    def __init__(self, conditions: Iterable[Condition], newest: Frames | None = None, judge: Judge | None = None) -> None:
        self.conditions = tuple(conditions)
        begun = newest is not None and len(newest) > 0
        self._held = {condition: begun and newest is not None and bool(condition.holds(newest)[-1]) for condition in self.conditions}
        self._begun = begun
        self._verdict = judge(newest) if judge is not None and newest is not None and begun and self._judges else ""

    @property
    def _judges(self) -> bool:
        return any(condition.kind == "verdict" for condition in self.conditions)

    def look(self, frames: Frames, judge: Judge | None = None) -> Met | None:
        """The first of these epochs where a condition is met, with all that are met there; the frames come next after those of the last look.

        judge gives the verdict on a frame by itself. It is asked for the newest frame, and where that has another verdict for a few in between, to find
        where it changed.
        """
        if not len(frames) or not self.conditions:
            return None
        rows = {condition: self._first_row(condition, frames) for condition in self.conditions if condition.kind != "verdict"}
        words = ""
        if judge is not None and self._judges:
            changed, words = self._change(frames, judge)
            rows.update({condition: changed for condition in self.conditions if condition.kind == "verdict"})
        first = min((row for row in rows.values() if row is not None), default=None)
        met = self._met(frames, first, tuple(condition for condition, row in rows.items() if row == first), words) if first is not None else None
        self._begun = True
        return met

    def _first_row(self, condition: Condition, frames: Frames) -> int | None:
        """The first row where it holds and did not before; keeps whether it holds in the last one."""
        holds = condition.holds(frames)
        before = np.concatenate([[self._held[condition]], holds[:-1]])
        self._held[condition] = bool(holds[-1])
        rows = np.flatnonzero(holds & ~before)
        return int(rows[0]) if rows.size else None

    def _change(self, frames: Frames, judge: Judge) -> tuple[int | None, str]:
        """The row from which the verdict is another one than it was, by halving, and what became of it in words."""
        before, now = self._verdict, judge(frames.newest())
        self._verdict = now
        if not before or now == before:
            return None, ""
        same, other, found = -1, len(frames) - 1, now
        while other - same > 1:
            middle = (same + other) // 2
            verdict = judge(frames.rows(slice(middle, middle + 1)))
            if verdict == before:
                same = middle
            else:
                other, found = middle, verdict
        return other, f"the verdict changed from {before} to {found}"

    def _met(self, frames: Frames, row: int, conditions: tuple[Condition, ...], words: str) -> Met:
        frame = frames.rows(slice(row, row + 1))
        first = not self._begun and row == 0
        reasons = [words if condition.kind == "verdict" else SENTENCES[condition.kind](frame, condition.value, first) for condition in conditions]
        epoch = int(frame.epoch[0])
        return Met(epoch, f"Paused at epoch {epoch:,}: {', and '.join(reasons)}.", conditions)


# where each kind holds


def _gradients(frames: Frames) -> Floats:
    """What stands for the gradient of each layer from layer 1 on: of every sample, or the root mean square, (n, samples or 1, layers - 1)."""
    return frames.g[:, RMS : RMS + 1, 1:] if isinstance(frames, WideFrames) else frames.g[:, :, 1:]


def _below(frames: Frames, value: float) -> Mask:
    gradients = _gradients(frames)
    return np.asarray(((gradients < value) & (gradients > -value)).any(axis=(1, 2)))


def _zero(frames: Frames, _value: float) -> Mask:
    return np.asarray((_gradients(frames) == 0.0).any(axis=(1, 2)))


def _column(frames: Frames, name: str) -> Floats:
    """One of NUMBERS, (n, numbers): of a wide network the root mean squares, which are there in every frame."""
    column: Floats = getattr(frames, name)
    if isinstance(frames, WideFrames) and column.ndim > 1:
        column = column[:, RMS]
    return column.reshape(len(frames), -1)


def _not_finite(frames: Frames, _value: float) -> Mask:
    return np.asarray(~np.all([np.isfinite(_column(frames, name)).all(axis=1) for name in NUMBERS], axis=0), np.bool_)


HOLDS: dict[str, Callable[[Frames, float], Mask]] = {
    "epoch": lambda frames, value: frames.epoch >= value,
    "cost_below": lambda frames, value: frames.cost < value,
    "cost_above": lambda frames, value: frames.cost > value,
    "gradient_below": _below,
    "zero": _zero,
    "not_finite": _not_finite,
}


# what is said of it


def _said(value: float) -> str:
    return f"{int(value):,}".replace("-", "−") if math.isfinite(value) and value == int(value) and abs(value) < 1e15 else short(value)


def _beside(value: float, other: float) -> str:
    """A number in so many digits that it does not read like the other one."""
    tried = (short(value, digits) for digits in range(3, 18))
    return next((words for words in tried if words != short(other)), short(value, 17))


def _of_epoch(frame: Frames, value: float, _first: bool) -> str:
    return "you asked for it" if int(frame.epoch[0]) == value else f"it is the first observed one from epoch {int(value):,} on"


def _of_cost(went: str, side: str) -> Callable[[Frames, float, bool], str]:
    def words(frame: Frames, value: float, first: bool) -> str:
        return f"the cost {'is' if first else went} {side} {short(value)} (it is {_beside(float(frame.cost[0]), value)})"

    return words


def _of_gradient(frame: Frames, value: float, first: bool) -> str:
    """Names the layer whose gradient is the smallest."""
    sizes = np.abs(_gradients(frame)[0])
    sizes = np.where(np.isnan(sizes), np.inf, sizes).min(axis=0)
    layer = int(np.argmin(sizes))
    return f"|gradient| of layer {layer + 1:,} {'is' if first else 'fell'} below {short(value)} (it is {_beside(float(sizes[layer]), value)})"


def _of_zero(frame: Frames, _value: float, _first: bool) -> str:
    layers = 1 + np.flatnonzero((_gradients(frame)[0] == 0.0).any(axis=0))
    if len(layers) == 1:
        return f"the gradient of layer {layers[0]:,} is exactly 0"
    return f"the gradients of {len(layers):,} layers are exactly 0, the highest of them layer {layers[-1]:,}"


def _of_not_finite(frame: Frames, _value: float, _first: bool) -> str:
    """Names the first number that is none, in the order of NUMBERS."""
    name = next(name for name in NUMBERS if not np.isfinite(_column(frame, name)).all())
    place = int(np.flatnonzero(~np.isfinite(_column(frame, name)[0]))[0])
    where = "" if name == "cost" else f" of layer {place % getattr(frame, name).shape[-1]:,}"
    return f"{NUMBERS[name]}{where} is {short(float(_column(frame, name)[0, place]))}"


SENTENCES: dict[str, Callable[[Frames, float, bool], str]] = {
    "epoch": _of_epoch,
    "cost_below": _of_cost("fell", "below"),
    "cost_above": _of_cost("rose", "above"),
    "gradient_below": _of_gradient,
    "zero": _of_zero,
    "not_finite": _of_not_finite,
}
