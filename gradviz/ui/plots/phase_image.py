"""The phase map's numbers, coarse at first and then finer: decades per layer, the codes of their colours, and lines of equal decades. No Qt here."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.ui.plots.scales import Range

Floats = NDArray[np.float64]

#: The map is drawn with so many cells across and up, one after the other.
CELLS = (25, 50, 100, 200)
#: So many cells are worked out at once: 3 to 10 ms, so that the window can paint in between.
CELLS_AT_ONCE = 5000
#: Decades per layer beyond these have the last colours; where sigma_w is 0 there are infinitely many.
MOST_DECADES, NO_WEIGHTS = 0.5, -99.0
#: The code of the colour that stands for 0; there are as many below it as above.
NEUTRAL = 127
#: How far the map reaches to begin with, sigma_w and sigma_b: to both sides of the critical line. Sigmoid, never steeper than 1/4, needs larger weights.
EXTENTS: Mapping[str, tuple[float, float]] = {"tanh": (4.0, 2.0), "softsign": (4.0, 2.0), "sigmoid": (20.0, 5.0)}
USUAL_EXTENT = (3.0, 2.0)


class PhaseImage(NamedTuple):
    """The map of a part of the plane: decades (biases, weights) at the middles of its cells, and at its edges, which come first and last in each axis."""

    activation: str
    across: Range
    up: Range
    sigma_w: Floats
    sigma_b: Floats
    decades: Floats

    @property
    def cells(self) -> int:
        """How many cells there are across, and up."""
        return len(self.sigma_w) - 2

    @property
    def codes(self) -> NDArray[np.uint8]:
        """The cells' colours, (biases, weights)."""
        return codes(self.decades[1:-1, 1:-1])


def refined(activation: str, across: Range, up: Range) -> Iterator[PhaseImage | None]:
    """The map of this part of the plane, in finer and finer cells; None where a step has worked out a part of the next one only."""
    from gradviz.core.phases import phase_map

    phase_map(activation, [1.0], [0.0])  # the activation's table is worked out with the first point
    yield None
    for cells in CELLS:
        sigma_w, sigma_b = _places(across, cells), _places(up, cells)
        strips: list[Floats] = []
        for rows in np.array_split(sigma_b, math.ceil(cells * cells / CELLS_AT_ONCE)):
            if strips:
                yield None
            strips.append(np.maximum(phase_map(activation, sigma_w, rows), NO_WEIGHTS))
        yield PhaseImage(activation, across, up, sigma_w, sigma_b, np.concatenate(strips))


def _places(part: Range, cells: int) -> Floats:
    """The middles of so many cells, and the edges."""
    middles = part.low + (np.arange(cells) + 0.5) * part.span / cells
    return np.concatenate([[part.low], middles, [part.high]])


def codes(decades: Floats) -> NDArray[np.uint8]:
    """Colours by the square root of the decades: a hundred layers at 0.01 take a whole decade, and are to be seen beside 0.5."""
    share = np.sqrt(np.minimum(np.abs(decades) / MOST_DECADES, 1.0))
    found: NDArray[np.uint8] = np.rint(NEUTRAL + NEUTRAL * np.copysign(share, decades)).astype(np.uint8)
    return found


# --- lines of equal decades ----------------------------------------------------------------------------------------------------------------

Edge = tuple[int, int, int]  # 0 for one between two columns and 1 for one between two rows, and where it begins: row, column


def contour(image: PhaseImage, level: float) -> Floats:
    """The lines along which there are so many decades per layer, (n, 2): sigma_w and sigma_b; a row of NaN ends each line. Marching squares."""
    above = image.decades >= level
    sides = (above[:, 1:] != above[:, :-1], above[1:] != above[:-1])
    points: dict[Edge, tuple[float, float]] = {}
    for direction, crossed in enumerate(sides):
        rows, columns = np.nonzero(crossed)
        places = _crossings(image, level, direction, rows, columns)
        edges = zip(itertools.repeat(direction), rows.tolist(), columns.tolist(), strict=False)
        points |= zip(edges, places.tolist(), strict=True)
    lines = [[*(points[edge] for edge in path), (math.nan, math.nan)] for path in _paths(_beside(sides))]
    return np.array(list(itertools.chain.from_iterable(lines))).reshape(-1, 2)


def _crossings(image: PhaseImage, level: float, direction: int, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Floats:
    """Where the level lies between neighbours that it stands between."""
    next_rows, next_columns = (rows, columns + 1) if direction == 0 else (rows + 1, columns)
    before, after = image.decades[rows, columns], image.decades[next_rows, next_columns]
    share = (level - before) / (after - before)
    across = image.sigma_w[columns] + share * (image.sigma_w[next_columns] - image.sigma_w[columns])
    up = image.sigma_b[rows] + share * (image.sigma_b[next_rows] - image.sigma_b[rows])
    return np.column_stack([across, up])


def _beside(sides: tuple[NDArray[np.bool_], NDArray[np.bool_]]) -> dict[Edge, list[Edge]]:
    """The crossed edges that a line joins each crossed edge to, through a cell that has both."""
    between_columns, between_rows = sides
    around = np.stack([between_columns[:-1], between_rows[:, :-1], between_columns[1:], between_rows[:, 1:]])
    beside: dict[Edge, list[Edge]] = {}
    for row, column in zip(*(places.tolist() for places in np.nonzero(around.any(axis=0))), strict=True):
        edges = ((0, row, column), (1, row, column), (0, row + 1, column), (1, row, column + 1))
        crossed = [edge for edge, there in zip(edges, around[:, row, column], strict=True) if there]
        for one, other in zip(crossed[::2], crossed[1::2], strict=True):
            beside.setdefault(one, []).append(other)
            beside.setdefault(other, []).append(one)
    return beside


def _paths(beside: dict[Edge, list[Edge]]) -> Iterator[list[Edge]]:
    """The edges in the order in which lines pass them; lines that end at a border first."""
    left = set(beside)
    for start in sorted(beside, key=lambda edge: len(beside[edge])):
        path = [start] if start in left else []
        while path:
            left.discard(path[-1])
            following = next((edge for edge in beside[path[-1]] if edge in left), None)
            if following is None:
                yield path
                break
            path.append(following)


def roomiest(image: PhaseImage, sign: float, half: tuple[float, float]) -> tuple[float, float] | None:
    """Where a label of this half width and height stands farthest from the other side of the critical line and from the edges; None where it does not fit."""
    across, up = (places[1:-1] / size for places, size in zip((image.sigma_w, image.sigma_b), half, strict=True))
    inside = image.decades[1:-1, 1:-1] * sign > 0.0
    rows, columns = np.nonzero(inside)
    if not len(rows):
        return None
    ends = [side / size for part, size in zip((image.across, image.up), half, strict=True) for side in part]
    from_edges = [across[columns] - ends[0], ends[1] - across[columns], up[rows] - ends[2], ends[3] - up[rows]]
    others = np.nonzero(~inside)
    apart = np.maximum(np.abs(across[columns, None] - across[others[1]]), np.abs(up[rows, None] - up[others[0]]))
    room = np.minimum(np.min(from_edges, axis=0), apart.min(axis=1, initial=math.inf))
    in_the_middle = np.minimum(*from_edges[:2]) + np.minimum(*from_edges[2:])
    best = int(np.argmax(room + 1e-3 * in_the_middle))
    return (float(image.sigma_w[1 + columns[best]]), float(image.sigma_b[1 + rows[best]])) if room[best] >= 1.0 else None
