"""Palettes: the few colours that a GIF can have, chosen from pictures, and which of them each colour becomes. No Qt here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: A picture's pixels (height, width), each 0xffRRGGBB, as Qt holds them.
Pixels = NDArray[np.uint32]

#: So many colours a palette has at most, and so many of them are those that most pixels have.
MOST_COLOURS, MOST_USED = 255, 128


def cells(pixels: Pixels) -> NDArray[np.uint32]:
    """The cell of each colour among 32 x 64 x 32."""
    red, green, blue = np.uint32(0xF800), np.uint32(0x07E0), np.uint32(0x001F)
    found: NDArray[np.uint32] = ((pixels >> np.uint32(8)) & red) | ((pixels >> np.uint32(5)) & green) | ((pixels >> np.uint32(3)) & blue)
    return found


def palette_of(samples: Sequence[Pixels]) -> NDArray[np.uint8]:
    """At most 255 colours (n, 3) for these pictures: all that they have, or those of most pixels, and of the others again and again the farthest away."""
    found, counts = np.unique(np.concatenate([sample.ravel() for sample in samples]), return_counts=True)
    colours = _channels(found[np.argsort(-counts, kind="stable")])
    if len(colours) <= MOST_COLOURS:
        return colours
    chosen, values = list(range(MOST_USED)), colours.astype(np.float32)
    away = np.min([((values - values[place]) ** 2).sum(axis=1) for place in chosen], axis=0)
    while len(chosen) < MOST_COLOURS:
        chosen.append(int(np.argmax(away)))
        away = np.minimum(away, ((values - values[chosen[-1]]) ** 2).sum(axis=1))
    return colours[chosen]


def nearest(palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """For each cell of colours the place of the nearest one in a palette (n, 3); in a cell with one of the palette's own it is that, the first of several."""
    places = np.arange(2**16, dtype=np.uint32)
    middles = np.stack([(places >> 11 << 3) + 4, (places >> 5 & 63) * 4 + 2, (places & 31) * 8 + 4], axis=1).astype(np.float32)
    colours = palette.astype(np.float32)
    table: NDArray[np.uint8] = np.argmin((colours**2).sum(axis=1) - 2.0 * middles @ colours.T, axis=1).astype(np.uint8)
    own = cells((palette.astype(np.uint32) * np.array([1 << 16, 1 << 8, 1], np.uint32)).sum(axis=1, dtype=np.uint32))
    table[own[::-1]] = np.arange(len(palette), dtype=np.uint8)[::-1]
    return table


def _channels(colours: Pixels) -> NDArray[np.uint8]:
    """Red, green and blue (n, 3)."""
    return np.stack([colours >> 16, colours >> 8, colours], axis=1).astype(np.uint8)
