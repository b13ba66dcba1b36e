"""The named claims that a lesson may make of what a step shows; each one is checked on the run itself."""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import PARAMETERS, unknown_parameter
from gradviz.core.diagnosis import Kind
from gradviz.core.profiles import decades
from gradviz.core.theory import of_decades, readable
from gradviz.core.words import short
from gradviz.lessons.seen import BY_LAYER, WHOLE, Seen, at_layer, predicted, way_back
from gradviz.runs.moment import Moment


class Found(NamedTuple):
    """Whether a claim holds, and what was measured, in words."""

    holds: bool
    measured: str


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="claim", kw_only=True):
    """Something that is said of a step's run."""

    @property
    def words(self) -> str:
        """The claim as a sentence."""
        raise NotImplementedError

    def check(self, what: Seen) -> Found:
        """Whether it holds of what is seen."""
        raise NotImplementedError


# --- what becomes of it --------------------------------------------------------------------------------------------------------------------


class Becomes(Claim, frozen=True, kw_only=True):
    """The verdict is the one of this name; `cause` says whose fault it must be, as `gradviz sweep` names causes."""

    kind: ClassVar[Kind]
    cause: str = ""

    @property
    def words(self) -> str:
        return f"The verdict is “{self.kind}”" + (f", the cause “{self.cause}”." if self.cause else ".")

    def check(self, what: Seen) -> Found:
        verdict = what.moment.verdict
        holds = verdict.kind == self.kind and self.cause in ("", verdict.cause)
        return Found(holds, f"{verdict.kind}, cause: {verdict.cause}" if self.cause else verdict.kind)


class Vanishing(Becomes, frozen=True, tag="vanishing"):
    kind = "vanishing"


class Exploding(Becomes, frozen=True, tag="exploding"):
    kind = "exploding"


class Saturated(Becomes, frozen=True, tag="saturated"):
    kind = "saturated"


class Shrinking(Becomes, frozen=True, tag="shrinking"):
    kind = "shrinking"


class Dead(Becomes, frozen=True, tag="dead"):
    kind = "dead"


class Diverged(Becomes, frozen=True, tag="diverged"):
    kind = "diverged"


class Stalled(Becomes, frozen=True, tag="stalled"):
    kind = "stalled"


class Trains(Becomes, frozen=True, tag="trains", kw_only=True):
    """It trains; with `within`, its cost is a hundredth of the first one, or `to` of it, after no more epochs than that."""

    kind = "trains"
    within: int | None = None
    to: float = 0.01

    @property
    def words(self) -> str:
        if self.within is None:
            return super().words
        return f"It trains: within {self.within:,} epochs the cost falls to {short(self.to)} of the first one."

    def check(self, what: Seen) -> Found:
        found = super().check(what)
        if self.within is None:
            return found
        run = what.moment.run
        learned = np.flatnonzero(run.cost <= self.to * run.cost[0])
        epoch = int(run.epoch[learned[0]]) if learned.size else None
        so_far = "not yet" if epoch is None else f"at epoch {epoch:,}"
        return Found(found.holds and epoch is not None and epoch <= self.within, f"{found.measured}; {so_far}")


# --- numbers -------------------------------------------------------------------------------------------------------------------------------


class Bounded(Claim, frozen=True, kw_only=True):
    """A number that is near another one (within `percent` of it, or `within` of it), above or below."""

    near: float | None = None
    percent: float | None = None
    within: float | None = None
    above: float | None = None
    below: float | None = None

    def __post_init__(self) -> None:
        if self.near is None and self.above is None and self.below is None:
            raise ValueError("says nothing of its number; give near (with percent or within), above or below")
        if self.near is None and (self.percent is not None or self.within is not None):
            raise ValueError("has percent or within, but no number that it is near")
        if self.near is not None and self.percent is None and self.within is None:
            raise ValueError("says near, but not how near; give percent or within")

    def _allows(self, number: float) -> bool:
        if math.isnan(number):
            return False
        if self.near is not None:
            room = self.within if self.within is not None else abs(self.near) * (self.percent or 0.0) / 100.0
            if not abs(number - self.near) <= room:
                return False
        return (self.above is None or number > self.above) and (self.below is None or number < self.below)

    @property
    def _bounds(self) -> str:
        parts = []
        if self.near is not None:
            how = f"within {short(self.percent)} %" if self.percent is not None else f"within {short(self.within or 0.0)}"
            parts.append(f"{short(self.near)}, {how}")
        if self.above is not None:
            parts.append(f"above {short(self.above)}")
        if self.below is not None:
            parts.append(f"below {short(self.below)}")
        return " and ".join(parts)


class Number(Bounded, frozen=True, tag="number", kw_only=True):
    """A number of a layer (with `layer`, counted from the end where it is negative), or of the whole run."""

    of: str
    layer: int | None = None
    sample: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_name(self.of, self.layer is not None)

    @property
    def words(self) -> str:
        return f"{_named(self.of, self.layer)} is {self._bounds}."

    def check(self, what: Seen) -> Found:
        number = measured(self.of, self.layer, what.moment, self.sample)
        return Found(self._allows(number), short(number, 4))


class Ratio(Bounded, frozen=True, tag="ratio", kw_only=True):
    """A number of one layer over that of another one."""

    of: str
    layers: tuple[int, int]
    sample: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_name(self.of, by_layer=True)

    @property
    def words(self) -> str:
        upper, lower = self.layers
        return f"{_named(self.of, upper)} over that of {_layer(lower)} is {self._bounds}."

    def check(self, what: Seen) -> Found:
        upper, lower = (measured(self.of, layer, what.moment, self.sample) for layer in self.layers)
        ratio = upper / lower if lower else (math.inf if upper else math.nan)
        return Found(self._allows(ratio), short(ratio, 4))


class Compared(Bounded, frozen=True, tag="compared", kw_only=True):
    """A number over what it was in the step before."""

    of: str
    layer: int | None = None
    sample: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_name(self.of, self.layer is not None)

    @property
    def words(self) -> str:
        return f"{_named(self.of, self.layer)} over what it was in the step before is {self._bounds}."

    def check(self, what: Seen) -> Found:
        if what.before is None:
            return Found(False, "there was no step before with a run")
        now, before = (measured(self.of, self.layer, moment, self.sample) for moment in (what.moment, what.before))
        ratio = now / before if before else (math.inf if now else math.nan)
        return Found(self._allows(ratio), f"{short(now, 4)} over {short(before, 4)}")


class Theory(Claim, frozen=True, tag="theory", kw_only=True):
    """What each layer passes on of ∂C/∂h is what theory predicts, to so many per cent."""

    percent: float = 2.0

    @property
    def words(self) -> str:
        return f"What each layer passes on is what theory predicts, to {short(self.percent)} %."

    def check(self, what: Seen) -> Found:
        (found, layers), expected = way_back(what.moment), predicted(what.moment)
        if expected is None or not layers:
            return Found(False, "theory has no answer for this network")
        with np.errstate(all="ignore"):
            apart = abs(10.0 ** ((found - expected) / layers) - 1.0)
        return Found(apart <= self.percent / 100.0, f"{of_decades(found / layers, 4)}, predicted {of_decades(expected / layers, 4)}")


# --- the shape along the layers ------------------------------------------------------------------------------------------------------------

#: A law is the one that leaves less than so much of the other's distance from the measured course.
BETTER = 0.5


def _course(moment: Moment) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far a layer is from the input, and the decades of what a small change of its activation makes of the output; of layers with a number."""
    found = decades(BY_LAYER["dh"].take(moment))[1:-1] if moment.config.wide else moment.profile.end.decades[moment.sample, 1:]
    across = np.arange(1, len(found) + 1, dtype=np.float64)
    known = np.isfinite(found)
    return across[known], found[known]


def _distance(across: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """The root mean square distance of the values from the straight line through them that is nearest."""
    line = np.polynomial.Polynomial.fit(across, values, 1)
    return float(np.sqrt(np.mean((values - line(across)) ** 2)))


class Exponential(Claim, frozen=True, tag="exponential", kw_only=True):
    """The gradient's decades fall, or grow, in a straight line over the layers: each takes the same factor."""

    _straight: ClassVar[bool] = True

    @property
    def words(self) -> str:
        return "Over the layers the gradient follows an exponential law: a straight line in decades."

    def check(self, what: Seen) -> Found:
        across, values = _course(what.moment)
        if len(values) < 5:
            return Found(False, "too few layers to tell a law")
        straight, power = _distance(across, values), _distance(np.log(across), values)
        holds = straight < BETTER * power if self._straight else power < BETTER * straight
        return Found(holds, f"{readable(straight, 2)} decades off a straight line, {readable(power, 2)} off a power law")


class PowerLaw(Exponential, frozen=True, tag="power law", kw_only=True):
    """The gradient falls as a power of the layer's number: ever more slowly."""

    _straight: ClassVar[bool] = False

    @property
    def words(self) -> str:
        return "Over the layers the gradient follows a power law, not an exponential one."


class Flat(Claim, frozen=True, tag="flat", kw_only=True):
    """A number is the same in all of these layers, to a factor of `within`."""

    of: str = "dh"
    within: float
    layers: tuple[int, int] = (1, -2)
    sample: int = 0

    def __post_init__(self) -> None:
        _check_name(self.of, by_layer=True)

    @property
    def words(self) -> str:
        first, last = self.layers
        return f"{BY_LAYER[self.of].symbol} is the same from {_layer(first)} to {_layer(last)}, to a factor of {short(self.within)}."

    def check(self, what: Seen) -> Found:
        values = np.abs(_between(self.of, self.layers, what.moment, self.sample))
        spread = float(values.max() / values.min()) if len(values) and values.min() else math.inf
        return Found(spread <= self.within, f"a factor of {short(spread, 4)}")


class Zero(Claim, frozen=True, tag="zero", kw_only=True):
    """A number is stored as exactly 0 in all of these layers."""

    of: str = "g"
    layers: tuple[int, int]
    sample: int = 0

    def __post_init__(self) -> None:
        _check_name(self.of, by_layer=True)

    @property
    def words(self) -> str:
        first, last = self.layers
        return f"{BY_LAYER[self.of].symbol} is stored as exactly 0 from {_layer(first)} to {_layer(last)}."

    def check(self, what: Seen) -> Found:
        values = _between(self.of, self.layers, what.moment, self.sample)
        zeros = int(np.count_nonzero(values == 0.0))
        return Found(zeros == len(values) > 0, f"{zeros:,} of {len(values):,} are 0")


# --- the experiment itself -----------------------------------------------------------------------------------------------------------------


class Has(Claim, frozen=True, tag="has", kw_only=True):
    """The parameters of `set` are what they are there: what a task must not change, or is about."""

    set: dict[str, Any]

    def __post_init__(self) -> None:
        if not self.set:
            raise ValueError("says nothing of the experiment; give set the parameters and their values")
        for name, value in self.set.items():
            if name not in PARAMETERS:
                raise unknown_parameter(name)
            PARAMETERS[name].check(value)

    @property
    def words(self) -> str:
        return f"The experiment has {self._listed(self.set)}."

    def check(self, what: Seen) -> Found:
        now = {name: getattr(what.moment.config_now, name) for name in self.set}
        return Found(all(PARAMETERS[name].check(value) == now[name] for name, value in self.set.items()), self._listed(now))

    @staticmethod
    def _listed(values: dict[str, Any]) -> str:
        return ", ".join(f"{PARAMETERS[name].title.lower()} {PARAMETERS[name].format(PARAMETERS[name].check(value))}" for name, value in values.items())


AnyVerdict = Vanishing | Exploding | Saturated | Shrinking | Dead | Diverged | Stalled | Trains
AnyClaim = AnyVerdict | Number | Ratio | Compared | Theory | Exponential | PowerLaw | Flat | Zero | Has


# --- names ---------------------------------------------------------------------------------------------------------------------------------


def measured(name: str, layer: int | None, moment: Moment, sample: int = 0) -> float:
    """The number of that name; NaN where this network has none."""
    moment = _of_sample(moment, sample)
    try:
        return WHOLE[name].take(moment) if layer is None else at_layer(name, layer, moment)
    except (LookupError, TypeError):  # such as a layer that this network has not
        return math.nan


def _between(name: str, layers: tuple[int, int], moment: Moment, sample: int) -> NDArray[np.float64]:
    """The numbers of these layers; empty where this network has none."""
    first, last = (layer if layer >= 0 else moment.config.layers + layer for layer in layers)
    try:
        return BY_LAYER[name].take(_of_sample(moment, sample))[first : last + 1]
    except (LookupError, TypeError):
        return np.empty(0)


def _of_sample(moment: Moment, sample: int) -> Moment:
    return moment if sample == moment.sample else Moment(moment.run, moment.frame, sample)


def _check_name(name: str, by_layer: bool) -> None:
    """Raise ValueError where there is no such number: msgspec makes it a problem with a place."""
    known = BY_LAYER if by_layer else WHOLE
    if name in known:
        return
    other = " (without a layer)" if name in WHOLE else (" (it wants a layer)" if name in BY_LAYER else "")
    raise ValueError(f"names '{name}'{other}, which is none of {', '.join(known)}")


def _named(name: str, layer: int | None) -> str:
    words = WHOLE[name].words if layer is None else f"{BY_LAYER[name].symbol} of {_layer(layer)}"
    return words[0].upper() + words[1:] if words[0].isascii() else words  # φ is not Φ


def _layer(layer: int) -> str:
    if layer >= 0:
        return f"layer {layer:,}"
    return "the last layer" if layer == -1 else f"the last layer but {-1 - layer:,}"
