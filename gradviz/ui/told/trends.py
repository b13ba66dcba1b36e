"""A curve in words: where it begins and ends, whether it falls or rises, in a straight line or bent, and where it turns. No Qt here."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.theory import readable
from gradviz.core.words import short
from gradviz.runs.reports import size

Floats = NDArray[np.float64]

#: Digits of a number that is read out.
DIGITS = 3
#: A curve that moves by no more than this is flat: decades, or a share of the greatest number where there are none.
FLAT_DECADES, FLAT_SHARE = 0.05, 0.02
#: A curve is straight where no point is farther from the line between its ends than this share of its height.
STRAIGHT = 0.03
#: So many straight parts are told one by one; a curve that needs more is bent. One that turns more often goes up and down.
MOST_PARTS, MOST_TURNS = 3, 4
#: It has turned where it has gone back by this share of its height.
TURNED = 0.05
#: Nearly all of a curve's way is this share of it, and soon is within this share of the places.
NEARLY_ALL, SOON = 0.95, 1.0 / 3.0
#: What a line means needs so many decades, and so many layers.
LEAST_DECADES, LEAST_LAYERS = 1.0, 4
#: One part of a curve is steeper than the one before where it is so many times as steep.
STEEPER = 1.25


class Axis(NamedTuple):
    """What a curve's numbers are: in decades or not, what the other axis counts, and whether a factor for each step means something there."""

    decades: bool
    what: str = "layer"
    each: bool = True

    def number(self, height: float) -> str:
        """The number at a height, as it is read out."""
        return size(height, DIGITS) if self.decades else short(height, DIGITS)

    def at(self, place: float) -> str:
        """A place, such as layer 99."""
        return f"{self.what} {place:,.0f}"

    def flat(self, heights: Floats) -> float:
        """So much a curve may move and be flat."""
        return FLAT_DECADES if self.decades else FLAT_SHARE * float(np.abs(heights).max(initial=0.0))


class Piece(NamedTuple):
    """A part of a curve from one corner to the next."""

    begin: float
    end: float
    low: float
    high: float

    @property
    def gained(self) -> float:
        return self.high - self.low

    @property
    def pace(self) -> float:
        return self.gained / max(abs(self.end - self.begin), 1.0)


def course(places: Floats, heights: Floats, axis: Axis) -> str:
    """How a curve runs in the order in which it is given: places (n,) and finite heights (n,); "" where there is none."""
    if not len(places):
        return ""
    if len(places) == 1:
        return f"it is {axis.number(float(heights[0]))} at {axis.at(places[0])}"
    if float(np.ptp(heights)) <= axis.flat(heights):
        return f"it stays near {axis.number(float(np.median(heights)))} from {axis.at(places[0])} to {axis.at(places[-1])}"
    pieces = _pieces(places, heights)
    if len(pieces) == 1:
        return _one_way(places, heights, axis)
    if len(pieces) <= MOST_PARTS:
        return _with_corners(pieces, axis)
    turns = _turns(heights)
    if len(turns) > MOST_TURNS:
        return _jagged(places, heights, axis)
    return _one_way(places, heights, axis) if not turns else _with_turns(places, heights, turns, axis)


def _one_way(places: Floats, heights: Floats, axis: Axis) -> str:
    """A curve that only rises, or only falls."""
    first, last = float(heights[0]), float(heights[-1])
    goes = "falls" if last < first else "rises"
    return (
        f"from {axis.number(first)} at {axis.at(places[0])} it {goes} to {axis.number(last)} at {axis.at(places[-1])}"
        f"{_pace(places, heights, axis)}{_shape(places, heights, axis)}"
    )


def _pace(places: Floats, heights: Floats, axis: Axis) -> str:
    """How many decades that are, and how many for each layer."""
    gained, steps = abs(float(heights[-1] - heights[0])), abs(float(places[-1] - places[0]))
    if not axis.decades or gained < LEAST_DECADES / 10.0:
        return ""
    over = f": {_decades(gained)} over {steps:,.0f} {axis.what}{'s' * (steps != 1)}"
    return over + (f", {readable(gained / steps, DIGITS)} a {axis.what}" if axis.each and steps > 1 else "")


def _shape(places: Floats, heights: Floats, axis: Axis) -> str:
    """Whether it is straight, and what that means, or how it bends; "" where there is too little of it to say."""
    if len(places) < LEAST_LAYERS or (axis.decades and abs(heights[-1] - heights[0]) < LEAST_DECADES / 2.0):
        return ""
    if _bend(places, heights) <= STRAIGHT:
        law = axis.decades and axis.each and abs(heights[-1] - heights[0]) >= LEAST_DECADES
        return ", in a straight line, which is an exponential law" if law else ", in a straight line"
    way = (heights - heights[0]) / (heights[-1] - heights[0])
    gone = np.abs(places - places[0]) / abs(places[-1] - places[0])
    early, late = int(np.argmax(way >= NEARLY_ALL)), int(np.argmax(way > 1.0 - NEARLY_ALL))
    if gone[early] <= SOON:
        return f", nearly all of it up to {axis.at(places[early])}"
    if late and gone[late - 1] >= 1.0 - SOON:
        return f", nearly all of it from {axis.at(places[late - 1])} on"
    half = float(np.interp(0.5, gone, way))
    return ", at first more steeply, then ever less" if half > 0.53 else (", ever more steeply" if half < 0.47 else ", now steeper and now less")


def _bend(places: Floats, heights: Floats) -> float:
    """The farthest that the curve is from the line between its ends, as a share of its height."""
    return float(np.abs(_off_the_line(places, heights)).max() / max(abs(heights[-1] - heights[0]), 1e-300))


def _off_the_line(places: Floats, heights: Floats) -> Floats:
    """How far each point is from the line between the ends."""
    share = (places - places[0]) / (places[-1] - places[0])
    away: Floats = heights - (heights[0] + share * (heights[-1] - heights[0]))
    return away


def _pieces(places: Floats, heights: Floats) -> list[Piece]:
    """The curve as straight parts between its corners, each put where it is farthest from the line; one part too many where it has no such parts."""
    allowed = STRAIGHT * float(np.ptp(heights))
    corners = [0, len(places) - 1]
    while len(corners) <= MOST_PARTS + 1:
        away = [np.abs(_off_the_line(places[begin : end + 1], heights[begin : end + 1])) for begin, end in itertools.pairwise(corners)]
        worst = max(range(len(away)), key=lambda part: float(away[part].max()))
        if float(away[worst].max()) <= allowed:
            break
        corners = sorted({*corners, corners[worst] + int(away[worst].argmax())})
    ends = itertools.pairwise(corners)
    return [Piece(float(places[begin]), float(places[end]), float(heights[begin]), float(heights[end])) for begin, end in ends]


def _turns(heights: Floats) -> list[int]:
    """Where the curve turns: the places of its highest and lowest points that it goes back from."""
    allowed, turns, extreme, rising = TURNED * float(np.ptp(heights)), [], 0, 0
    for place in range(1, len(heights)):
        gone = float(heights[place] - heights[extreme])
        if rising * gone > 0.0 or (not rising and abs(gone) > allowed):
            extreme, rising = place, rising or (1 if gone > 0.0 else -1)
        elif abs(gone) > allowed:
            turns.append(extreme)
            extreme, rising = place, -rising
    return turns


def _with_turns(places: Floats, heights: Floats, turns: Sequence[int], axis: Axis) -> str:
    """From each turn to the next."""
    corners = [0, *[turn for turn in turns if turn], len(places) - 1]
    words = [f"from {axis.number(float(heights[0]))} at {axis.at(places[0])}"]
    for number, (begin, end) in enumerate(itertools.pairwise(corners)):
        goes = "falls" if heights[end] < heights[begin] else "rises"
        words.append(f"{'then' if number else 'it first'} {goes} to {axis.number(float(heights[end]))} at {axis.at(places[end])}")
    return f"{words[0]} {', '.join(words[1:])}"


def _with_corners(pieces: Sequence[Piece], axis: Axis) -> str:
    """Part after part: first it falls, then it stays."""
    flat = max(axis.flat(np.array([[piece.low, piece.high] for piece in pieces])), STRAIGHT * max(abs(piece.gained) for piece in pieces))
    words = [f"{'then' if number else 'it first'} {_goes(piece, pieces[number - 1] if number else None, flat, axis)}" for number, piece in enumerate(pieces)]
    if len(pieces) == MOST_PARTS and abs(pieces[1].gained) <= flat and abs(pieces[2].gained) <= flat:
        words[1:] = [f"then stays near {axis.number(pieces[2].high)} up to {axis.at(pieces[2].end)}"]
    return f"from {axis.number(pieces[0].low)} at {axis.at(pieces[0].begin)} {', '.join(words)}"


def _goes(piece: Piece, before: Piece | None, flat: float, axis: Axis) -> str:
    """What one part of a curve does."""
    if abs(piece.gained) <= flat:
        return f"stays near {axis.number(piece.high)} up to {axis.at(piece.end)}"
    how = ""
    if before is not None and abs(before.gained) > flat and before.gained * piece.gained > 0.0:
        ratio = abs(piece.pace / before.pace)
        how = "more steeply " if ratio > STEEPER else ("less steeply " if ratio < 1.0 / STEEPER else "")
    each = f" ({readable(abs(piece.pace), DIGITS)} decades a {axis.what})" if axis.decades and axis.each and abs(piece.gained) >= LEAST_DECADES else ""
    return f"{'falls' if piece.gained < 0.0 else 'rises'} {how}to {axis.number(piece.high)} at {axis.at(piece.end)}{each}"


def _jagged(places: Floats, heights: Floats, axis: Axis) -> str:
    """A curve that goes up and down: its ends, its extremes, and how far it jumps."""
    least, most, jump = int(heights.argmin()), int(heights.argmax()), float(np.abs(np.diff(heights)).max())
    leaps = f"by up to {_decades(jump) if axis.decades else short(jump, 2)} from one {axis.what} to the next"
    ends = f"from {axis.number(float(heights[0]))} at {axis.at(places[0])} to {axis.number(float(heights[-1]))} at {axis.at(places[-1])}"
    extremes = [f"{axis.number(float(heights[place]))} at {axis.at(places[place])}" for place in (least, most)]
    return f"it goes up and down, {leaps}, {ends}; least {extremes[0]}, greatest {extremes[1]}"


def _decades(number: float) -> str:
    """So many decades, which is one only where it reads as one."""
    words = readable(number, DIGITS)
    return f"{words} decade{'s' * (words != '1')}"


def spans(places: NDArray[np.generic], what: str = "layer", most: int = 3) -> str:
    """Which layers these are: "layer 5", "layers 1 to 71", "layers 1 to 3, 7 and 9", and how many more there are."""
    whole = np.asarray(places, np.int64)
    pieces = np.split(whole, np.flatnonzero(np.diff(whole) > 1) + 1) if len(whole) else []
    words = [f"{piece[0]:,}" if len(piece) == 1 else f"{piece[0]:,} to {piece[-1]:,}" for piece in pieces]
    left = sum(len(piece) for piece in pieces[most:])
    shown = words[:most] + [f"{left:,} more"] * bool(left)
    joined = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    return f"{what}{'s' * (len(whole) != 1)} {joined}"


def capital(sentence: str) -> str:
    """With its first letter as a sentence begins, where a word does and not a symbol, and a full stop."""
    begins = f"{sentence[:1].upper()}{sentence[1:]}" if sentence[:2].isascii() and sentence[:2].isalpha() else sentence
    return begins if begins.endswith((".", "?", "!")) else f"{begins}."


def sentences(parts: Sequence[str]) -> str:
    """One after the other; nothing of an empty one."""
    return " ".join(capital(part) for part in parts if part)


def joined(names: Sequence[str]) -> str:
    """A, B and C."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
