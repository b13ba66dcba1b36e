"""Spans of epochs that the heat map draws: what is kept of each, and whose number the colour of a cell stands for. No Qt here."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.frames import Frames
from gradviz.runs.run import Run
from gradviz.ui.plots.heat_image import SUBNORMAL, Floats, HeatImage
from gradviz.ui.plots.heat_quantities import HeatQuantity, Spans
from gradviz.ui.plots.scales import exact


class Source(NamedTuple):
    """Whose number a colour stands for: a frame's, or that of some frame of a span, of which no more than the extremes are kept."""

    frame: Frames
    of_span: bool = False

    @property
    def epoch(self) -> int:
        return int(self.frame.epoch[0])

    def when(self, run: Run) -> str:
        """The epoch, or those of which one is meant, in words."""
        return f"one of epochs {self.epoch:,} to {last_of(run, self.epoch):,}" if self.of_span else f"epoch {self.epoch:,}"


def spans_between(run: Run, first: int, last: int = sys.maxsize) -> list[Spans]:
    """What is kept of these epochs, both included, block by block."""
    blocks = run.between(first, last)
    if run.stride == 1:
        return [Spans(block, block, block) for block in blocks]
    return [Spans(block, *extremes) for block, extremes in zip(blocks, run.extremes(first, last), strict=True)]


def last_of(run: Run, epoch: int) -> int:
    """The last epoch so far of the span that the kept frame of this epoch stands for."""
    span = run.stride * run.config.observe_every
    last, newest = (epoch // span + 1) * span - 1, int(run.newest.epoch[-1])
    following = [int(block.epoch[0]) for block in run.between(epoch + 1, min(last, newest - 1))]
    return min([last, newest, *(after - 1 for after in following)])


def nearest(run: Run, epoch: int) -> Frames:
    """The kept frame that is nearest to this epoch."""
    reach = 2 * run.stride * run.config.observe_every
    kept = np.concatenate([block.epoch for block in run.between(epoch - reach, epoch + reach) or [run.newest]])
    place = int(kept[np.argmin(np.abs(kept - epoch))])
    return run.between(place, place)[0]


def greatest_after(run: Run, epoch: int, quantity: HeatQuantity, sample: int, layer: int) -> list[str]:
    """What a box says of the span that the kept frame of this epoch stands for, where a later number is greater than its own."""
    [spans] = spans_between(run, epoch, epoch)
    layers = slice(layer, layer + 1, 1)
    own, greatest = (sizes[0, 0] for sizes, _ in (quantity.sizes([spans.frames], sample, layers), quantity.extremes([spans], sample, layers)))
    return [f"greatest {quantity.symbol} until epoch {last_of(run, epoch):,} = {exact(greatest)}"] if greatest > own else []


def source_of(spans: Sequence[Spans], code: int, image: HeatImage, quantity: HeatQuantity, sample: int, layer: int) -> Source | None:
    """Where in these spans the number is that a cell of this code stands for; None where it is not kept any more."""
    layers = slice(layer, layer + 1, 1)
    if not spans or (quantity.factor and code < SUBNORMAL):
        return Source(spans[0].frames.rows([0])) if spans else None
    greatest = max(float(quantity.extremes([some], sample, layers)[0].max()) for some in spans)

    def places(sizes: Floats, others: Floats | None) -> NDArray[np.intp]:
        lanes = image.lanes(sizes, others)
        if code < SUBNORMAL or lanes is None:
            return np.flatnonzero(sizes == greatest) if code < SUBNORMAL else np.empty(0, np.intp)
        return np.flatnonzero(lanes == code)

    for some in spans:
        for place in places(*quantity.extremes([some], sample, layers))[:1]:
            frame, low, high = (part.rows([place]) for part in some)
            for found in (frame, low, high):
                if len(places(*quantity.sizes([found], sample, layers))):
                    return Source(found, found is not frame)
    return None


def split(blocks: Sequence[Frames], frames: int) -> Iterator[Frames]:
    """The frames of the blocks, no more than so many together."""
    for block in blocks:
        for begin in range(0, len(block), frames):
            yield block.rows(slice(begin, begin + frames))


def gathered(spans: Sequence[Spans], frames: int) -> Iterator[list[Spans]]:
    """The blocks, as many together as have so many frames or just more."""
    some: list[Spans] = []
    count = 0
    for block in spans:
        some.append(block)
        count += len(block.frames)
        if count >= frames:
            yield some
            some, count = [], 0
    if some:
        yield some
