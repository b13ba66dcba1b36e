"""Claims of what becomes of a training, by whose fault, and of the experiment itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from gradviz.core.config import PARAMETERS, ConfigError, unknown_parameter
from gradviz.core.diagnosis import Kind
from gradviz.core.words import short
from gradviz.lessons.bounds import Claim, Found
from gradviz.lessons.fault import Fault, whole
from gradviz.lessons.seen import Seen

BLAMED = ("weights", "saturation", "slope", "branches", "normalization")
#: Whose fault each verdict can be.
CAUSES: Mapping[Kind, tuple[str, ...]] = {
    "trains": ("none",),
    "vanishing": BLAMED,
    "exploding": ("weights", "slope", "branches", "normalization"),
    "saturated": ("saturation",),
    "shrinking": BLAMED,
    "dead": ("input", "weights", "dead units", "saturation", "signal", "normalization", "symmetry"),
    "diverged": ("number format", "overflow", "weights", "learning rate"),
    "stalled": ("number format", "learning rate", "cancellation", "flat cost", "plateau"),
}


class Becomes(Claim, frozen=True, kw_only=True):
    """The verdict is the one of this name; `cause` says whose fault it must be, as `gradviz sweep` names causes."""

    kind: ClassVar[Kind]
    cause: str = ""

    def __post_init__(self) -> None:
        if self.cause and self.cause not in CAUSES[self.kind]:
            raise Fault(f"there is no cause '{self.cause}' of “{self.kind}”; what it can be is {', '.join(CAUSES[self.kind])}", "cause")

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


#: What is a hundredth of the first cost has been learned.
LEARNED = 0.01


class Trains(Becomes, frozen=True, tag="trains", kw_only=True):
    """It trains; with `within`, its cost is a hundredth of the first one, or `to` of it, after no more epochs than that."""

    kind = "trains"
    within: int | None = None
    to: float = LEARNED

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.within is not None and self.within < 1:
            raise Fault(f"within is {whole(self.within)}; it must be a number of epochs, 1 or more", "within")
        if not 0.0 < self.to < 1.0:
            raise Fault(f"to is {short(self.to)}; it must be a share of the first cost, above 0 and below 1", "to")
        if self.within is None and self.to != LEARNED:
            raise Fault("to says how far the cost falls within some epochs; give within, too", "to")

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


class Has(Claim, frozen=True, tag="has", kw_only=True):
    """The parameters of `set` are what they are there."""

    set: dict[str, Any]

    def __post_init__(self) -> None:
        if not self.set:
            raise Fault("says nothing of the experiment; give set the parameters and their values", "set")
        for name, value in self.set.items():
            try:
                if name not in PARAMETERS:
                    raise unknown_parameter(name)
                PARAMETERS[name].check(value)
            except ConfigError as problem:
                raise Fault(str(problem), "set", name) from None

    @property
    def words(self) -> str:
        return f"The experiment has {self._listed(self.set)}."

    def check(self, what: Seen) -> Found:
        now = {name: getattr(what.moment.config_now, name) for name in self.set}
        return Found(all(PARAMETERS[name].check(value) == now[name] for name, value in self.set.items()), self._listed(now))

    @staticmethod
    def _listed(values: dict[str, Any]) -> str:
        return ", ".join(f"{PARAMETERS[name].title.lower()} {PARAMETERS[name].format(PARAMETERS[name].check(value))}" for name, value in values.items())
