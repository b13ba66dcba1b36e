"""The named claims that a lesson may make of what a step shows; each one is checked on the run itself."""

from __future__ import annotations

from gradviz.lessons.bounds import Bounded, Claim, Found
from gradviz.lessons.law_claims import Exponential, PowerLaw, Theory
from gradviz.lessons.measuring import measured
from gradviz.lessons.number_claims import Compared, Flat, Number, Ratio, Zero
from gradviz.lessons.verdict_claims import Dead, Diverged, Exploding, Has, Saturated, Shrinking, Stalled, Trains, Vanishing

__all__ = ["AnyClaim", "AnyVerdict", "Bounded", "Claim", "Compared", "Found", "Has", "Number", "measured"]

AnyVerdict = Vanishing | Exploding | Saturated | Shrinking | Dead | Diverged | Stalled | Trains
AnyClaim = AnyVerdict | Number | Ratio | Compared | Theory | Exponential | PowerLaw | Flat | Zero | Has
