"""Numbers, arrays and blocks of lines as a person would write them in Python."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import fill, indent
from typing import Any, NamedTuple

from gradviz.core.config import Config
from gradviz.core.interventions import Intervention

#: Lines of numbers and words are broken here.
LINE = 100


class Experiment(NamedTuple):
    """What a snippet is written for: what was trained, what was changed on the way, which epoch is shown, and which library it is written with."""

    config: Config
    changes: tuple[Intervention, ...]
    epoch: int
    library: str  # np or torch

    @property
    def torch(self) -> bool:
        return self.library == "torch"

    @property
    def last(self) -> int:
        return self.config.layers - 1


def number(value: float) -> str:
    """The number as Python spells it: the shortest digits that give the same one back, without an exponent's idle zeros."""
    return repr(float(value)).replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def times(value: float) -> str:
    """The number and a sign of multiplication; nothing for 1."""
    return "" if value == 1.0 else f"{number(value)} * "


def filled(text: str, first: str = "    ", then: str = "    ") -> str:
    """The words in lines of a readable length."""
    return fill(text, LINE, initial_indent=first, subsequent_indent=then, break_on_hyphens=False, break_long_words=False)


def array(values: Iterable[float], library: str = "np", options: str = "") -> str:
    """An array of these numbers, on as many lines as it takes."""
    made, numbers = {"np": "np.array", "torch": "torch.tensor"}[library], ", ".join(map(number, values))
    if len(numbers) <= LINE - 20:
        return f"{made}([{numbers}]{options})"
    return lines(f"{made}(", inside(lines("[", filled(numbers), f"]{options}")), ")")


def lines(*parts: str | Iterable[str] | None) -> str:
    """The parts below each other; None is left out, and "" is an empty line."""
    found: list[str] = []
    for part in parts:
        if part is not None:
            found += [part] if isinstance(part, str) else list(part)
    return "\n".join(found)


def inside(*parts: str | Iterable[str] | None, by: int = 1) -> str:
    """The parts below each other, so many levels further in."""
    return indent(lines(*parts), "    " * by)


def when(wanted: Any, text: str) -> str | None:
    """The text where it is wanted."""
    return text if wanted else None


def some_layers(config: Config) -> list[int]:
    """A few layers from the first to the last, to be printed."""
    last = config.layers - 1
    return sorted({1, *(round(1 + share * (last - 1)) for share in (0.25, 0.5, 0.75)), last})
