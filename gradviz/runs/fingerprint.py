"""What one epoch's numbers were, in so few letters that a picture can carry them."""

from __future__ import annotations

import hashlib
import re

import msgspec
import numpy as np

from gradviz.core.frames import PROFILED, Frames, WideFrames

#: A SHA-256 in hex.
DIGEST = re.compile(r"[0-9a-f]{64}")
#: Of a wide layer's profile only this row does not depend on what was looked at.
ALWAYS_THERE = slice(0, 1)


class Fingerprint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one epoch's numbers were: the cost, so that it comes back exactly, and the SHA-256 of every number recorded, in hex."""

    cost: str
    numbers: str

    @property
    def possible(self) -> bool:
        """Whether it can be one at all, where a stranger wrote it."""
        try:
            cost = float(self.cost)
        except ValueError:
            return False
        return DIGEST.fullmatch(self.numbers) is not None and repr(cost) == self.cost


def fingerprint_of(frame: Frames) -> Fingerprint:
    """What the last of these frames holds, but for what is there only because somebody looked at it; one NaN is like another."""
    found = hashlib.sha256()
    for name, column in frame.columns().items():
        numbers = column[-1]
        if name in PROFILED and isinstance(frame, WideFrames):
            numbers = numbers[ALWAYS_THERE]
        if numbers.dtype.kind == "f":
            numbers = np.where(np.isnan(numbers), np.nan, numbers)
        found.update(f"{name} {numbers.shape}\n".encode())
        found.update(np.ascontiguousarray(numbers, numbers.dtype.newbyteorder("<")).tobytes())
    return Fingerprint(repr(float(frame.cost[-1])), found.hexdigest())
