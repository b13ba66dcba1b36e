"""A sweep as the blocks that a worker's thread hands over to the window."""

from __future__ import annotations

from collections.abc import Generator

import msgspec

from gradviz.core.frames import Ending
from gradviz.runs.sweep_points import Point
from gradviz.runs.sweeps import Pool, Sweep, sweep_in_blocks


class Points(msgspec.Struct, frozen=True):
    """What came since the last block; the last block carries the ending."""

    points: tuple[Point, ...]
    ending: Ending | None = None

    def __len__(self) -> int:
        return len(self.points)


def turning(plan: Sweep, pool: Pool) -> Generator[Points, object, None]:
    """The sweep's points as they come; a block without any gives the thread a chance to end."""
    for found in sweep_in_blocks(plan, pool):
        yield Points(found)
    yield Points((), Ending("done", "All points are done."))
