"""What a hand-out is made of: headings, words, tables and figures in their order, whoever prints them; and the tables that every run has. No Qt here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz import __version__
from gradviz.core.frames import STATISTICS, Frames, WideFrames
from gradviz.core.words import scientific, short
from gradviz.runs.files import FileError, writable_target
from gradviz.runs.recipe import Recipe
from gradviz.runs.run import Run

Floats = NDArray[np.float64]

#: What a line of words is: it is printed accordingly.
Tone = Literal["plain", "question", "answer", "verdict", "note"]
#: What a hand-out can be written as, and the papers that it is laid out for.
ENDINGS, PAPERS = (".html", ".pdf"), ("a4", "letter")
#: So many runs fit beside each other on a page, and on a plot.
MOST_RUNS = 6
#: So many layers a table has that is read, and one that is looked up.
READ, LOOKED_UP = 14, 100
#: A table of so many rows stays on one page.
SHORT = 18
#: Digits of a number in a table.
DIGITS = 4
#: Nobody reads more.
MOST_DIGITS = 9
#: Beyond these decades a number is written with a power of ten.
PLAIN = (-3.0, 6.0)
RMS = STATISTICS.index("rms")


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    """A heading; 2 is a chapter, 3 a section of it, and the title of the whole alone is 1."""

    text: str
    level: int = 2


class Words(msgspec.Struct, frozen=True, tag="words"):
    """A paragraph."""

    text: str
    tone: Tone = "plain"


class Copied(msgspec.Struct, frozen=True, tag="copied"):
    """Something to be copied as it is, such as a command; `title` says what it is for."""

    title: str
    text: str


class Table(msgspec.Struct, frozen=True, tag="table"):
    """A table of words: its title, the head of each column, the rows, and which rows stand out.

    The first cell of a row says what the row is about. `numbers`: all cells are numbers, one below the other. `folded`: it is there to look something up in;
    a page that can fold it does, and print that has no room for it leaves it out.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    strong: frozenset[int] = frozenset()
    numbers: bool = False
    folded: bool = False


class Figure(msgspec.Struct, frozen=True, tag="figure"):
    """A plot: which panel, of which of the report's runs, with which of them behind it, and how high in pixels of a screen, of which it is as many wide as all.

    `epoch` is the run's own where it is None; `settings` are what is chosen in the panel, as Panel.view() says it. `seen` says in words what it shows, and
    `detail` what else somebody should know who cannot see it.
    """

    number: int
    panel: str
    title: str
    seen: str
    run: int = 0
    behind: tuple[int, ...] = ()
    epoch: int | None = None
    height: int = 280
    settings: Mapping[str, Any] = {}
    detail: str = ""

    @property
    def caption(self) -> str:
        return f"{self.title}. {self.seen}"

    @property
    def label(self) -> str:
        """What is read out in place of the plot."""
        return f"Plot. {self.caption} {self.detail}".rstrip()


Block = Heading | Words | Copied | Table | Figure


class Report(msgspec.Struct, frozen=True):
    """A whole hand-out."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Figure))

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Table))

    @property
    def texts(self) -> Iterator[str]:
        """All that it says outside of tables."""
        yield self.title
        for block in self.blocks:
            if isinstance(block, (Heading, Words)):
                yield block.text
            elif isinstance(block, Figure):
                yield block.caption


def checked(path: Path, paper: str = "", runs: int = 1) -> None:
    """Raise FileError, before any work is done, where the file cannot be written, there is no such paper, or there are too many runs."""
    if path.suffix.lower() not in ENDINGS:
        raise FileError(f"'{path}' ends in neither {' nor '.join(ENDINGS)}; the ending says what is written.")
    if paper not in ("", *PAPERS):
        raise FileError(f"'{paper}' is no paper; it must be {' or '.join(PAPERS)}.")
    if not 1 <= runs <= MOST_RUNS:
        raise FileError(f"A report is on 1 to {MOST_RUNS} runs, which fit beside each other on a page; these are {runs}.")
    writable_target(path)


def picked(layers: int, most: int) -> list[int]:
    """At most so many of the layers 0 to layers - 1: every k-th, and always the input, layer 1, and the last two."""
    if layers <= most:
        return list(range(layers))
    step = next(step for base in (1, 10, 100, 1000, 10_000) for step in (base, 2 * base, 5 * base) if -(-layers // step) + 3 <= most)
    return sorted({*range(0, layers, step), 1, layers - 2, layers - 1})


def first_frame(run: Run) -> Frames:
    """The first frame that is kept."""
    return next(iter(run.between(-1))).rows(slice(0, 1))


def layer_tables(run: Run, frame: Frames, sample: int, sample_name: str) -> tuple[Table, ...]:
    """h and g by layer as they are stored, at the first epoch and at this one: one table to be read, and where that leaves layers out a longer one.

    Of a chain those of one sample, of a wide network root mean squares.
    """
    frames = [first_frame(run)]
    if frame.epoch[-1] != frames[0].epoch[-1]:
        frames.append(frame)
    of = "root mean squares over units and samples" if run.config.wide else sample_name
    heads = [f"{symbol}, epoch {int(each.epoch[-1]):,}" for each in frames for symbol in ("h[k]", "g[k]")]
    profiles = [profile for each in frames for profile in _profiles(each, sample)]
    tables = []
    for most in (READ, LOOKED_UP):
        chosen = picked(run.config.layers, most)
        rows = tuple((f"{layer:,}", *(_cell(profile, layer, number % 2) for number, profile in enumerate(profiles))) for layer in chosen)
        which = "all layers" if len(chosen) == run.config.layers else f"{len(chosen):,} of {run.config.layers:,} layers"
        tables.append(Table(f"Activations h and gradients g = ∂C/∂u by layer, {of}, {which}", ("layer k", *heads), rows, numbers=True))
    long = msgspec.structs.replace(tables[1], folded=True)
    return (tables[0],) if len(tables[0].rows) == len(long.rows) else (tables[0], long)


def _profiles(frame: Frames, sample: int) -> tuple[Floats, Floats]:
    row = RMS if isinstance(frame, WideFrames) else sample
    return frame.h[-1, row], frame.g[-1, row]


def _cell(profile: Floats, layer: int, gradient: int) -> str:
    """The number; the input has no gradient."""
    return "—" if gradient and layer == 0 else short(float(profile[layer]), DIGITS)


def share(measured: float, expected: float) -> str:
    """How far a number is from the expected one, in per cent, or where it is not even near to it in decades; both are above 0."""
    if not (np.isfinite(measured) and np.isfinite(expected)):
        return "same" if measured == expected else "—"
    if measured == expected:
        return "same"
    if measured <= 0.0 or expected <= 0.0:
        return "—"
    apart = abs(measured / expected - 1.0)
    if apart < 5e-13:
        return "to 12 digits"
    return f"{short(100.0 * apart, 2)} %" if apart < 1.0 else f"{short(abs(float(np.log10(measured) - np.log10(expected))), 2)} decades"


def size(log: float, digits: int = DIGITS) -> str:
    """A number above 0 given by its log10, however far outside float64."""
    return short(10.0**log, digits) if PLAIN[0] <= log < PLAIN[1] else scientific(1.0, log, digits)


def told_apart(one: float, other: float, digits: int = 6) -> tuple[str, str]:
    """Two numbers with at least so many digits, or as many as tell them apart, where those can still be read."""
    pairs = [(short(one, more), short(other, more)) for more in range(digits, MOST_DIGITS + 1)]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[0])


def in_words(names: Sequence[str]) -> str:
    """A, B and C."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def reproduction(recipes: Sequence[tuple[str, Recipe]], command: str = "") -> list[Block]:
    """What makes runs again, each with what it is called, empty where it is alone: a link, a command, and versions; `command` makes the whole page again."""
    blocks: list[Block] = [
        Heading("How to make it again"),
        Words("A link holds a whole experiment: paste it into the window of GradViz, or give it to the command line in quotation marks."),
    ]
    for name, recipe in recipes:
        of = f" of {name}" if name else ""
        try:
            link = recipe.link
        except FileError as problem:
            blocks.append(Words(f"There is no link{of}: {problem}", "note"))
            continue
        blocks.append(Copied(f"Link{of}", link))
        command = command or f'gradviz "{link}"'
    blocks += [Copied("Command" if len(recipes) == 1 else "For example", command)] if command else []
    made = dict.fromkeys(str(recipe.made_with) for _, recipe in recipes if recipe.made_with.known)
    trained = f"Trained with {'; '.join(made)}. " if made else ""
    return [*blocks, Words(f"{trained}Written by GradViz {__version__}. This file itself opens in GradViz too.", "note")]
