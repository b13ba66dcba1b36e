"""The numbers of a run as a table: one value a row, 17 significant digits, so that reading it back gives the same float64."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradviz.core.profiles import GRADIENTS, stored
from gradviz.core.training import Frames
from gradviz.runs.files import written_whole
from gradviz.runs.run import Run

HEADER = "epoch,quantity,sample,layer,value\n"
QUANTITIES = ("h", "g", "dw", "w", "cost")
#: What each plot shows, or is worked out from; the dashboard shows everything.
SHOWN_BY = {
    "activations": ("h",),
    "gradients": ("g",),
    "heatmap": ("g",),
    "why": ("h", "g", "w"),
    "phi": ("h", "w"),
    "weights": ("w", "dw"),
    "cost": ("cost",),
    "dashboard": QUANTITIES,
}
#: The plots that show every kept epoch and not one.
OF_ALL_EPOCHS = frozenset({"heatmap"})


def lines(frames: Frames, quantities: Sequence[str] = QUANTITIES) -> Iterator[str]:
    """The table's lines for these frames, without the header; each piece ends in a line feed.

    sample counts from 0 in the order of the inputs; layer counts from 0, the input. dw and w have no layer 0, for there is no weight;
    g has, as in the notebook, and is 0 there. cost has neither sample nor layer.
    """
    for row, epoch in enumerate(frames.epoch):
        for quantity in quantities:
            values = getattr(frames, quantity)[row]
            if quantity == "cost":
                yield f"{epoch},cost,,,{values:.17g}\n"
            elif values.ndim == 2:
                for sample, profile in enumerate(values):
                    yield _by_layer(f"{epoch},{quantity},{sample}", profile, 0)
            else:
                yield _by_layer(f"{epoch},{quantity},", values, 1)


def _by_layer(start: str, profile: NDArray[np.float64], first: int) -> str:
    return "".join([f"{start},{layer},{value:.17g}\n" for layer, value in enumerate(profile[first:].tolist(), first)])


def worked_out(run: Run, frame: Frames, name: str) -> Iterator[str]:
    """The lines of a gradient that no frame holds, but the gradient panel can show: dh, ratio or end, as the number format has it."""
    quantity = GRADIENTS[name]
    epoch = int(frame.epoch[-1])
    for sample, profile in enumerate(stored(name, run.config, frame, run.learning_rate_at(epoch))):
        yield _by_layer(f"{epoch},{name},{sample if quantity.by_sample else ''}", profile, quantity.first)


def write_plot(run: Run, frame: Frames, plot: str, path: Path, quantities: Sequence[str] | None = None) -> None:
    """Write what a plot shows to `path`: a frame's profiles, or every kept epoch's, and the cost of every observed epoch up to it.

    quantities are those that a person has chosen on the plot; where they are not given, what it shows at first.
    """
    shown = SHOWN_BY[plot] if quantities is None else quantities
    with written_whole(path) as beside, beside.open("w", encoding="ascii", newline="\n") as file:
        file.write(HEADER)
        frames = run.frames if plot in OF_ALL_EPOCHS else frame
        file.writelines(lines(frames, [quantity for quantity in shown if quantity in QUANTITIES and quantity != "cost"]))
        for name in shown:
            if name not in QUANTITIES:
                file.writelines(worked_out(run, frame, name))
        if "cost" in shown:
            upto = int(np.searchsorted(run.epoch, frame.epoch[-1], side="right"))
            costs = zip(run.epoch[:upto].tolist(), run.cost[:upto].tolist(), strict=True)
            file.writelines(f"{epoch},cost,,,{cost:.17g}\n" for epoch, cost in costs)
