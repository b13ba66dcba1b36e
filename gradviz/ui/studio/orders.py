"""What a window asks the draughtsman for, who draws in a process of his own, and what he answers: lines of JSON. No Qt here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from gradviz.ui.pictures.options import Options

#: A preview's longer side has so many pixels at most.
PREVIEW = 1200


class Sight(msgspec.Struct, frozen=True):
    """What a window shows: a folder with its runs as runs.session keeps them, how often that folder has been written, and what is looked at in it."""

    folder: str
    written: int
    epoch: int | None = None
    name: str = ""
    sample: int = 0
    trails: int = 0
    panels: tuple[str, ...] = ()
    settings: dict[str, dict[str, Any]] = {}

    def at(self, epoch: int | None) -> Sight:
        """The same at this epoch; or itself."""
        return self if epoch is None else msgspec.structs.replace(self, epoch=epoch)


class Order(msgspec.Struct, frozen=True, tag_field="order"):
    """Something to be made of what a window shows, and where to; the number is the answer's."""

    number: int
    sight: Sight
    path: str


class PictureOrder(Order, frozen=True, tag="picture"):
    """Panels in one picture, or with `each` one picture of each of them, whose names are added to the path's; `preview` draws what it would be, smaller."""

    panels: tuple[str, ...]
    options: Options = Options()
    each: bool = False
    preview: bool = False


class NumbersOrder(Order, frozen=True, tag="numbers"):
    """The numbers that a panel shows, or of the whole run, as a table; `quantities` are those that are chosen on the panel."""

    what: str
    form: Literal["long", "wide"] = "long"
    quantities: tuple[str, ...] | None = None


class FilmOrder(Order, frozen=True, tag="film"):
    """A film of panels; `film` holds the values of film_options.FilmOptions."""

    panels: tuple[str, ...]
    film: dict[str, Any] = {}


class ReportOrder(Order, frozen=True, tag="report"):
    """A hand-out on the run and on those that are pinned."""

    question: str = ""
    paper: Literal["a4", "letter"] = "a4"


AnyOrder = PictureOrder | NumbersOrder | FilmOrder | ReportOrder


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far an order is (so many of so many), and at its end what was written, or a sentence why nothing was; `details` are for who mends it."""

    number: int
    done: int = 0
    total: int = 0
    written: tuple[str, ...] = ()
    problem: str = ""
    details: str = ""
    cancelled: bool = False


class Cancel(msgspec.Struct, frozen=True, tag_field="order", tag="cancel"):
    """The order of this number is not wanted any more."""

    number: int


def for_panel(path: Path, panel: str) -> Path:
    """Where one of several pictures goes that a person gave one name for."""
    return path.with_name(f"{path.stem}-{panel}{path.suffix}")
