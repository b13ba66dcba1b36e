"""What cannot be in a lesson, with the place where it stands."""

from __future__ import annotations

import math

from gradviz.core.words import short


class Fault(ValueError):
    """What cannot be in a lesson: the sentence, and the path to the field, such as ("steps", 2, "set", "layers")."""

    def __init__(self, sentence: str, *path: str | int) -> None:
        super().__init__(sentence)
        self.path = path

    def below(self, *path: str | int) -> Fault:
        """The same fault, where its table is itself in a larger one."""
        return Fault(str(self), *path, *self.path)


def check_finite(number: float | None, field: str) -> None:
    """Raise Fault where there is a number that is no finite one."""
    if number is not None and not math.isfinite(number):
        raise Fault(f"{field} is {short(number)}; it must be a finite number", field)


def whole(number: int) -> str:
    """A whole number with the minus sign of print, or that it has very many digits."""
    return f"{number:,}".replace("-", "−") if abs(number) < 10**20 else "a number of more than 20 digits"
