"""The numbers of a run as a table: one value a row, 17 significant digits, so that reading it back gives the same float64."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.frames import NORMS, PROFILED, SHARES, STATISTICS, Frames, WideFrames
from gradviz.core.profiles import GRADIENTS, stored
from gradviz.runs.files import written_whole
from gradviz.runs.run import Run

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
#: What the rows of a wide network's columns are; the others have one number a layer, or one an epoch.
ROWS_OF: Mapping[str, tuple[str, ...]] = {**dict.fromkeys(PROFILED, STATISTICS), "norms": NORMS, "shares": SHARES}
#: These are there for the input too; all others from layer 1 on.
OF_THE_INPUT = frozenset({("norms", "dh")} | {(name, statistic) for name in ("h", "size", "dh") for statistic in STATISTICS})


def header(config: Config) -> str:
    """The first line of a table of this config's runs."""
    return WIDE_HEADER if config.wide else HEADER


def lines(frames: Frames, quantities: Sequence[str] | None = None) -> Iterator[str]:
    """The table's lines for these frames, without the header; each piece ends in a line feed. Where no quantities are named, it is all of them.

    sample counts from 0 in the order of the inputs; layer counts from 0, the input. dw and w have no layer 0, for there is no weight;
    g has, as in the notebook, and is 0 there. cost has neither sample nor layer. A wide network's profiles, norms and shares have a row for each
    statistic; what was not worked out for an epoch, and scores that its data do not have, are left out.
    """
    if isinstance(frames, WideFrames):
        yield from _wide_lines(frames, WIDE_QUANTITIES if quantities is None else quantities)
        return
    for row, epoch in enumerate(frames.epoch):
        for quantity in QUANTITIES if quantities is None else quantities:
            values = getattr(frames, quantity)[row]
            if quantity == "cost":
                yield f"{epoch},cost,,,{values:.17g}\n"
            elif values.ndim == 2:
                for sample, profile in enumerate(values):
                    yield _by_layer(f"{epoch},{quantity},{sample}", profile, 0)
            else:
                yield _by_layer(f"{epoch},{quantity},", values, 1)


def _wide_lines(frames: WideFrames, quantities: Sequence[str], statistics: Sequence[str] | None = None) -> Iterator[str]:
    for row, epoch in enumerate(frames.epoch):
        for quantity in quantities:
            values = getattr(frames, quantity)[row]
            if values.ndim == 0:
                yield from _score_line(int(epoch), quantity, float(values))
            elif values.ndim == 1:
                yield _by_layer(f"{epoch},{quantity},", values, 1)
            else:
                for statistic, profile in zip(ROWS_OF[quantity], values, strict=True):
                    first = 0 if (quantity, statistic) in OF_THE_INPUT else 1
                    if (statistics is None or statistic in statistics) and not np.isnan(profile[first:]).all():
                        yield _by_layer(f"{epoch},{quantity},{statistic}", profile, first)


def _score_line(epoch: int, name: str, value: float) -> Iterator[str]:
    """A score's line; none where there is no such score, but a cost that is no number is said."""
    if name == "cost" or not np.isnan(value):
        yield f"{epoch},{name},,,{value:.17g}\n"


def _by_layer(start: str, profile: NDArray[np.float64], first: int) -> str:
    return "".join([f"{start},{layer},{value:.17g}\n" for layer, value in enumerate(profile[first:].tolist(), first)])


def worked_out(run: Run, frame: Frames, name: str) -> Iterator[str]:
    """The lines of a gradient that no frame of a chain holds, but the gradient panel can show: dh, ratio or end, as the number format has it."""
    quantity = GRADIENTS[name]
    epoch = int(frame.epoch[-1])
    for sample, profile in enumerate(stored(name, run.config_at(epoch), frame)):
        yield _by_layer(f"{epoch},{name},{sample if quantity.by_sample else ''}", profile, quantity.first)


def write_plot(run: Run, frame: Frames, plot: str, path: Path, quantities: Sequence[str] | None = None) -> None:
    """Write what a plot shows to `path`: a frame's profiles, or every kept epoch's, and the scores of every observed epoch up to it.

    quantities are those that a person has chosen on the plot; where they are not given, what it shows at first.
    """
    shown = quantities or (WIDE_SHOWN_BY if run.config.wide else SHOWN_BY)[plot]
    scores = [name for name in shown if name in frame.SCORES]
    with written_whole(path) as beside, beside.open("w", encoding="ascii", newline="\n") as file:
        file.write(header(run.config))
        file.writelines(_profile_lines(run, frame, plot, [name for name in shown if name not in scores]))
        upto = int(np.searchsorted(run.epoch, frame.epoch[-1], side="right"))
        for name in scores:
            values = zip(run.epoch[:upto].tolist(), run.score(name)[:upto].tolist(), strict=True)
            file.writelines(line for epoch, value in values for line in _score_line(epoch, name, value))


def _profile_lines(run: Run, frame: Frames, plot: str, names: Sequence[str]) -> Iterator[str]:
    """The lines of all that has layers."""
    frames = run.frames if plot in OF_ALL_EPOCHS else frame
    if isinstance(frames, WideFrames):
        yield from _wide_lines(frames, names, STATISTICS[:1] if plot in OF_ALL_EPOCHS else None)
        return
    yield from lines(frames, [name for name in names if name in frame.COLUMNS])
    for name in names:
        if name not in frame.COLUMNS:
            yield from worked_out(run, frame, name)
