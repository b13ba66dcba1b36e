"""The numbers of a run as a table: one value a row, 17 significant digits, so that reading it back gives the same float64."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradviz.core.training import Frames
from gradviz.runs.files import written_whole
from gradviz.runs.run import Run

HEADER = "epoch,quantity,sample,layer,value\n"
QUANTITIES = ("h", "g", "dw", "w", "cost")
#: What each plot shows; the dashboard shows everything.
SHOWN_BY = {"activations": ("h",), "gradients": ("g",), "weights": ("w", "dw"), "cost": ("cost",), "dashboard": QUANTITIES}


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


def write_plot(run: Run, frame: Frames, plot: str, path: Path) -> None:
    """Write what a plot shows to `path`: a frame's profiles, and the cost of every observed epoch up to it."""
    with written_whole(path) as beside, beside.open("w", encoding="ascii", newline="\n") as file:
        file.write(HEADER)
        quantities = SHOWN_BY[plot]
        file.writelines(lines(frame, [quantity for quantity in quantities if quantity != "cost"]))
        if "cost" in quantities:
            upto = int(np.searchsorted(run.epoch, frame.epoch[-1], side="right"))
            costs = zip(run.epoch[:upto].tolist(), run.cost[:upto].tolist(), strict=True)
            file.writelines(f"{epoch},cost,,,{cost:.17g}\n" for epoch, cost in costs)
