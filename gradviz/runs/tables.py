"""The numbers of a run as a table: one value a row, 17 significant digits, so that reading it back gives the same float64."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.frames import NORMS, PROFILED, SHARES, STATISTICS, Frames, WideFrames
from gradviz.core.profiles import GRADIENTS, stored
from gradviz.runs.files import FileError, written_whole
from gradviz.runs.run import Run

Floats = NDArray[np.float64]

#: A chain's numbers are those of one sample; those of a wide network are statistics over its units and samples.
HEADER = "epoch,quantity,sample,layer,value\n"
WIDE_HEADER = "epoch,quantity,statistic,layer,value\n"
QUANTITIES = ("h", "g", "dw", "w", "cost")
WIDE_QUANTITIES = WideFrames.COLUMNS[1:]
#: What each plot shows, or is worked out from; the dashboard shows everything.
SHOWN_BY = {
    "activations": ("h",),
    "gradients": ("g",),
    "heatmap": ("g",),
    "why": ("h", "g", "w"),
    "phase": ("g",),
    "phi": ("h", "w"),
    "weights": ("w", "dw"),
    "cost": ("cost",),
    "together": ("g",),
    "difference": ("g", "cost"),
    "dashboard": QUANTITIES,
}
WIDE_SHOWN_BY = {
    "activations": ("h", "size"),
    "gradients": ("g",),
    "heatmap": ("g",),
    "why": ("norms",),
    "phase": ("g",),
    "phi": ("u", "shares"),
    "weights": ("w", "dw", "ratio"),
    "cost": WideFrames.SCORES,
    "together": ("g",),
    "difference": ("g", "cost"),
    "dashboard": WIDE_QUANTITIES,
}
#: The plots that show every kept epoch and not one; of a wide network's profiles the root mean square.
OF_ALL_EPOCHS = frozenset({"heatmap"})
#: These compare a run with others; of one run alone they have nothing to say.
OF_SEVERAL_RUNS = frozenset({"together", "difference"})
#: What stands for a plot's name where everything is meant: every kept epoch, every quantity, every observed score.
WHOLE_RUN = "run"
#: What the rows of a wide network's columns are; the others have one number a layer, or one an epoch.
ROWS_OF: Mapping[str, tuple[str, ...]] = {**dict.fromkeys(PROFILED, STATISTICS), "norms": NORMS, "shares": SHARES}
#: These are there for the input too; all others from layer 1 on.
OF_THE_INPUT = frozenset({("norms", "dh")} | {(name, statistic) for name in ("h", "size", "dh") for statistic in STATISTICS})


class Line(NamedTuple):
    """One profile of one epoch, or one score: its sample or statistic, and the values from layer `first` on; a score is one value and has no layer."""

    epoch: int
    quantity: str
    part: str
    first: int | None
    values: list[float]

    @property
    def text(self) -> str:
        """The rows of a table, each with its line feed."""
        start = f"{self.epoch},{self.quantity},{self.part}"
        if self.first is None:
            return f"{start},,{self.values[0]:.17g}\n"
        return "".join([f"{start},{layer},{value:.17g}\n" for layer, value in enumerate(self.values, self.first)])


class Shown(NamedTuple):
    """What one table holds of a run: blocks of frames, oldest first, and these quantities of them; scores of the first `scored` observed epochs.

    statistics are those of a wide network's profiles, or None for all. `whole` is every kept epoch with every score, epoch by epoch. `worked_out` are
    those of the quantities that no frame holds, (samples or 1, layers), of the only frame.
    """

    run: Run
    frames: tuple[Frames, ...]
    names: tuple[str, ...]
    scored: int
    statistics: tuple[str, ...] | None = None
    whole: bool = False
    worked_out: Mapping[str, Floats] = MappingProxyType({})

    @property
    def scores(self) -> tuple[str, ...]:
        """Those with one number for each observed epoch."""
        return tuple(name for name in self.names if name in self.run.newest.SCORES)

    @property
    def profiles(self) -> tuple[str, ...]:
        """All others; those that no frame holds come last."""
        held = [name for name in self.names if name not in self.worked_out and name not in self.scores]
        return (*held, *self.worked_out)

    @property
    def lines(self) -> Iterator[Line]:
        """Everything, one profile or score after the other."""
        return _by_epoch(self) if self.whole else _by_quantity(self)


def header(config: Config) -> str:
    """The first line of a table of this config's runs."""
    return WIDE_HEADER if config.wide else HEADER


def lines(frames: Frames, quantities: Sequence[str] | None = None) -> Iterator[str]:
    """The table's lines for these frames, without the header; each piece ends in a line feed. Where no quantities are named, it is all of them.

    sample counts from 0 in the order of the inputs; layer counts from 0, the input. dw and w have no layer 0, for there is no weight;
    g has, as in the notebook, and is 0 there. cost has neither sample nor layer. A wide network's profiles, norms and shares have a row for each
    statistic; what was not worked out for an epoch, and scores that its data do not have, are left out.
    """
    return (line.text for line in lines_of(frames, quantities))


def lines_of(frames: Frames, quantities: Sequence[str] | None = None, statistics: Sequence[str] | None = None) -> Iterator[Line]:
    """What lines() writes, as values."""
    wide = isinstance(frames, WideFrames)
    names = (WIDE_QUANTITIES if wide else QUANTITIES) if quantities is None else quantities
    for row, epoch in enumerate(frames.epoch.tolist()):
        for name in names:
            values = getattr(frames, name)[row]
            if values.ndim == 0:
                yield from _score(epoch, name, float(values))
            elif values.ndim == 1:
                yield Line(epoch, name, "", 1, values[1:].tolist())
            elif wide:
                yield from _statistics(epoch, name, values, statistics)
            else:
                yield from (Line(epoch, name, str(sample), 0, profile) for sample, profile in enumerate(values.tolist()))


def _score(epoch: int, name: str, value: float) -> Iterator[Line]:
    """A score's line; none where there is no such score, but a cost that is no number is said."""
    if name == "cost" or not np.isnan(value):
        yield Line(epoch, name, "", None, [value])


def _statistics(epoch: int, name: str, values: Floats, statistics: Sequence[str] | None) -> Iterator[Line]:
    for statistic, profile in zip(ROWS_OF[name], values, strict=True):
        first = 0 if (name, statistic) in OF_THE_INPUT else 1
        if (statistics is None or statistic in statistics) and not np.isnan(profile[first:]).all():
            yield Line(epoch, name, statistic, first, profile[first:].tolist())


def worked_out(run: Run, frame: Frames, name: str) -> Floats:
    """A gradient that no frame of a chain holds, but the gradient panel can show: dh, ratio or end, (samples or 1, layers), as the number format has it."""
    return stored(name, run.config_at(int(frame.epoch[-1])), frame)


def shown(run: Run, frame: Frames, what: str, quantities: Sequence[str] | None = None) -> Shown:
    """What a plot shows of a run: a frame's profiles, or every kept epoch's, and the scores of every observed epoch up to it; or WHOLE_RUN.

    quantities are those that a person has chosen on the plot; where they are not given, what it shows at first. Raises FileError before the first epoch.
    What no frame holds - dh, ratio and end of a chain - is only worked out for one frame, and so is neither in the whole run nor in a plot of all epochs.
    """
    if not len(frame):
        raise FileError("There are no numbers yet; they come with the first epoch.")
    if what == WHOLE_RUN:
        everything = tuple(quantities or (WIDE_QUANTITIES if run.config.wide else QUANTITIES))
        return Shown(run, kept_blocks(run), everything, len(run.epoch), whole=True)
    names = tuple(quantities or (WIDE_SHOWN_BY if run.config.wide else SHOWN_BY)[what])
    scored = int(np.searchsorted(run.epoch, frame.epoch[-1], side="right"))
    if what in OF_ALL_EPOCHS:
        return Shown(run, kept_blocks(run), names, scored, STATISTICS[:1])
    extra = {name: worked_out(run, frame, name) for name in names if name not in frame.COLUMNS}
    return Shown(run, (frame.newest(),), names, scored, worked_out=extra)


def kept_blocks(run: Run) -> tuple[Frames, ...]:
    """The profiles that are kept, oldest first, in the blocks that they are kept in: `run.frames` would be a second copy of all of them."""
    blocks = [block for block, _, _ in run.spans() if len(block)]
    if len(run.newest) and (not blocks or blocks[-1].epoch[-1] != run.newest.epoch[-1]):
        blocks.append(run.newest)
    return tuple(blocks)


def write_lines(what: Shown, path: Path) -> None:
    """Write a table as CSV, one value a row, whole or not at all."""
    with written_whole(path) as beside, beside.open("w", encoding="ascii", newline="\n") as file:
        file.write(header(what.run.config))
        file.writelines(line.text for line in what.lines)


def _by_quantity(what: Shown) -> Iterator[Line]:
    """All that has layers, then one score after the other."""
    held = [name for name in what.profiles if name not in what.worked_out]
    for frames in what.frames:
        yield from lines_of(frames, held, what.statistics)
    for name, profiles in what.worked_out.items():
        epoch, quantity = int(what.frames[-1].epoch[-1]), GRADIENTS[name]
        for sample, profile in enumerate(profiles[:, quantity.first :].tolist()):
            yield Line(epoch, name, str(sample) if quantity.by_sample else "", quantity.first, profile)
    epochs = what.run.epoch[: what.scored].tolist()
    for name in what.scores:
        for epoch, value in zip(epochs, what.run.score(name)[: what.scored].tolist(), strict=True):
            yield from _score(epoch, name, value)


def _by_epoch(what: Shown) -> Iterator[Line]:
    """Epoch after epoch; those whose profiles have been thinned out have their scores."""
    epochs, begin = what.run.epoch[: what.scored], 0
    for frames in what.frames:
        for row, epoch in enumerate(frames.epoch.tolist()):
            end = int(np.searchsorted(epochs, epoch))
            yield from _scores_between(what, begin, end)
            yield from lines_of(frames.rows(slice(row, row + 1)), what.names)
            begin = end + bool(end < len(epochs) and epochs[end] == epoch)
    yield from _scores_between(what, begin, len(epochs))


def _scores_between(what: Shown, begin: int, end: int) -> Iterator[Line]:
    columns = [what.run.score(name)[begin:end].tolist() for name in what.scores]
    for epoch, *values in zip(what.run.epoch[begin:end].tolist(), *columns, strict=True):
        for name, value in zip(what.scores, values, strict=True):
            yield from _score(epoch, name, value)
