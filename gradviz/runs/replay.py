"""A recorded run trained again, and compared with its record number by number."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.frames import PROFILED, Ask, Frames
from gradviz.core.training import SelfCheckError
from gradviz.runs.files import FileError
from gradviz.runs.provenance import table_digest, this_machine
from gradviz.runs.record_check import PERCENTILES, Comparison, Difference
from gradviz.runs.run import Run, training
from gradviz.runs.store import Saved


class Checked(NamedTuple):
    """What was compared: observed epochs, columns, all numbers, spans with extremes; and where it differs first, or None."""

    epochs: int
    columns: int
    numbers: int
    spans: int
    difference: Difference | None

    @property
    def same(self) -> bool:
        return self.difference is None

    @property
    def sentence(self) -> str:
        """What came of it, for a person."""
        if self.difference is not None:
            return f"Not the same: {self.difference}."
        spans = f", and the extremes of {self.spans:,} spans" if self.spans else ""
        return f"Bit for bit the same: {self.epochs:,} epoch{'s' * (self.epochs != 1)}, {self.columns} columns, {self.numbers:,} numbers{spans}."


def check(run: Run) -> Generator[int, None, Checked]:
    """Train a run again, with its interventions, up to where it was recorded, and compare all that it kept; yields the epochs done so far.

    Equal are the same bits, or NaN and NaN. Percentiles that were not looked at are NaN in the record, and not compared. Raises FileError or ConfigError
    where its data cannot be had.
    """
    comparison = Comparison(run)
    for frames in _again(run):
        comparison.compare(frames)
        yield min(frames.done, run.epochs_done)
        if comparison.difference is not None:
            break
        if frames.done >= run.epochs_done:
            comparison.compare_endings(frames.ending)
            break
    comparison.finish()
    return Checked(comparison.epochs, comparison.columns, comparison.numbers, comparison.spans, comparison.difference)


def table_problem(saved: Saved) -> FileError | None:
    """Why a run on a person's own table cannot be trained again as it was: the table is another one now."""
    config = saved.run.config
    if not saved.table or table_digest(config) in ("", saved.table):
        return None
    return FileError(f"The table '{config.csv_file}' is not what it was when the run was saved, so that training again gives other numbers.")


def rounding(saved: Saved) -> str:
    """A sentence on why another machine may round otherwise; it says what the run was made with where that is known and differs."""
    made, here = saved.made_with, this_machine(saved.run.config)
    why = "Another version of a library, or another kind of processor, may round a number's last bit differently"
    if not made.known:
        return f"{why}; the file does not say what it was recorded with."
    if made != here:
        return f"{why}: it was recorded with {made}, and this is {here}."
    return f"It was recorded with the same versions on the same kind of machine ({here}); {why[0].lower()}{why[1:]}, and so does a change of GradViz itself."


def _again(run: Run) -> Iterator[Frames]:
    """The training again; of a wide network only those epochs are looked at closely that were."""
    epochs = training(run.config, run.interventions)
    try:
        frames = next(epochs)
        yield frames
        looked = _looked_at(run)
        while True:
            frames = epochs.send(_ask(run, frames.done, looked))
            yield frames
    except (StopIteration, SelfCheckError):  # the frames that show a fault of ours came before it
        return
    finally:
        epochs.close()


def _looked_at(run: Run) -> NDArray[np.int64] | None:
    """The epochs with percentiles in the record; None where it cannot tell: of a chain, and where spans hold those of other epochs too."""
    if not run.config.wide or run.stride > 1:
        return None
    found = []
    for block in run.between(0):
        seen = np.zeros(len(block), bool)
        for name in PROFILED:
            seen |= ~np.isnan(getattr(block, name)[:, PERCENTILES, -1])
        found.append(block.epoch[seen])
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _ask(run: Run, epoch: int, looked: NDArray[np.int64] | None) -> Ask | None:
    """Frames up to the next one that was looked at: the last of those that are asked for is."""
    if looked is None:
        return None
    place = int(np.searchsorted(looked, epoch))
    if place == len(looked):
        return Ask(looked_at=frozenset())
    every = run.config.observe_every
    return Ask(max(1, -(-int(looked[place]) // every) - -(-epoch // every) + 1), looked_at=frozenset(PROFILED))
