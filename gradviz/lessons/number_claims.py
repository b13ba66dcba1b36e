"""Claims of numbers: of a layer, of the whole run, over another one, over what they were, and of many layers at once."""

from __future__ import annotations

import math

import numpy as np

from gradviz.core.config import Config
from gradviz.core.words import short
from gradviz.lessons.bounds import Bounded, Claim, Found, amount
from gradviz.lessons.fault import Fault, check_finite
from gradviz.lessons.measuring import between, check_name, check_number, check_span, layer_words, look_up, named, place, sample_words, sentence
from gradviz.lessons.seen import BY_LAYER, WHOLE, Seen


class OfOne(Bounded, frozen=True, kw_only=True):
    """A number of a layer (with `layer`, counted from the end where it is negative), or of the whole run."""

    of: str
    layer: int | None = None
    sample: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_name(self.of, self.layer is not None)

    @property
    def _named(self) -> str:
        return named(self.of, self.layer) + sample_words(self.sample)

    def check_for(self, config: Config, before: Config | None = None) -> None:  # noqa: ARG002
        check_number(self.of, self.layer, self.sample or 0, config)


class Number(OfOne, frozen=True, tag="number", kw_only=True):
    """A number of a layer (with `layer`, counted from the end where it is negative), or of the whole run."""

    @property
    def words(self) -> str:
        unit = WHOLE[self.of].unit if self.layer is None else ""
        return f"{self._named} is {self._bounds(unit)}."

    def check(self, what: Seen) -> Found:
        number, said = look_up(self.of, self.layer, what.moment, self.sample or 0)
        return Found(self._allows(number), said)


class Compared(OfOne, frozen=True, tag="compared", kw_only=True):
    """A number over what it was in the step before."""

    @property
    def words(self) -> str:
        return f"{self._named}, divided by what it was in the step before, is {self._bounds()}."

    def check_for(self, config: Config, before: Config | None = None) -> None:
        super().check_for(config)
        if before is not None:
            super().check_for(before)

    def check(self, what: Seen) -> Found:
        if what.before is None:
            return Found(False, "there was no step before with a run")
        (now, said), (before, said_before) = (look_up(self.of, self.layer, moment, self.sample or 0) for moment in (what.moment, what.before))
        return Found(self._allows(_over(now, before)), f"{said} over {said_before}")


class Ratio(Bounded, frozen=True, tag="ratio", kw_only=True):
    """A number of one layer over that of another one."""

    of: str
    layers: tuple[int, int]
    sample: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_name(self.of, by_layer=True)

    @property
    def words(self) -> str:
        upper, lower = self.layers
        that = f"that {BY_LAYER[self.of].place} {layer_words(lower)}"
        return f"{named(self.of, upper)}{sample_words(self.sample)}, divided by {that}, is {self._bounds()}."

    def check_for(self, config: Config, before: Config | None = None) -> None:  # noqa: ARG002
        for number, layer in enumerate(self.layers):
            place(self.of, layer, config, "layers", number)
        check_number(self.of, self.layers[0], self.sample or 0, config)

    def check(self, what: Seen) -> Found:
        (upper, said), (lower, said_lower) = (look_up(self.of, layer, what.moment, self.sample or 0) for layer in self.layers)
        ratio = _over(upper, lower)
        return Found(self._allows(ratio), f"{said} over {said_lower}" if math.isnan(ratio) else short(ratio, 4))


def _over(number: float, other: float) -> float:
    """A number over another one; infinite over 0, and none at all where both are."""
    return number / other if other else (math.inf if number else math.nan)


# --- of many layers at once ----------------------------------------------------------------------------------------------------------------


def _from_to(layers: tuple[int, int]) -> str:
    first, last = layers
    return f"from {layer_words(first)} to {layer_words(last)}"


class Flat(Claim, frozen=True, tag="flat", kw_only=True):
    """A number is the same in all of these layers, to a factor of `within`, which is 1 or more."""

    of: str = "dh"
    within: float
    layers: tuple[int, int] = (1, -2)
    sample: int | None = None

    def __post_init__(self) -> None:
        check_name(self.of, by_layer=True)
        check_finite(self.within, "within")
        if self.within < 1.0:
            raise Fault(f"within is {short(self.within)}; it must be a factor of 1 or more", "within")

    @property
    def words(self) -> str:
        said = "is exactly the same" if self.within == 1.0 else f"differs by no more than a factor of {amount(self.within, self.within - 1.0)}"
        return f"{sentence(BY_LAYER[self.of].symbol)}{sample_words(self.sample)} {said} {_from_to(self.layers)}."

    def check_for(self, config: Config, before: Config | None = None) -> None:  # noqa: ARG002
        first, last = check_span(self.of, self.layers, self.sample or 0, config)
        if first == last:
            raise Fault(f"layer {first:,} alone is always like itself; name two layers", "layers")

    def check(self, what: Seen) -> Found:
        values, missing = between(self.of, self.layers, what.moment, self.sample or 0)
        if len(values) < 2:
            return Found(False, missing or "one layer alone")
        sizes = np.abs(values)
        spread = float(sizes.max() / sizes.min()) if sizes.min() else math.inf
        return Found(spread <= self.within, f"a factor of {short(spread, 4)}")


class Zero(Claim, frozen=True, tag="zero", kw_only=True):
    """A number is stored as exactly 0 in all of these layers."""

    of: str = "g"
    layers: tuple[int, int]
    sample: int | None = None

    def __post_init__(self) -> None:
        check_name(self.of, by_layer=True)

    @property
    def words(self) -> str:
        return f"{sentence(BY_LAYER[self.of].symbol)}{sample_words(self.sample)} is stored as exactly 0 {_from_to(self.layers)}."

    def check_for(self, config: Config, before: Config | None = None) -> None:  # noqa: ARG002
        check_span(self.of, self.layers, self.sample or 0, config)

    def check(self, what: Seen) -> Found:
        values, missing = between(self.of, self.layers, what.moment, self.sample or 0)
        zeros = int(np.count_nonzero(values == 0.0))
        return Found(zeros == len(values) > 0, missing or f"{zeros:,} of {len(values):,} are 0")
