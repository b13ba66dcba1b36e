"""Where in its run a person looks: at the newest epoch, or at an earlier one while training goes on. No Qt here."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from gradviz.runs.run import Run


@dataclass(frozen=True)
class Playhead:
    """The epoch on the screen, and how it moves by itself.

    `cursor` is None where the newest epoch is followed. While `playing`, the cursor moves over what is recorded by `speed` epochs a second (backwards
    where it is negative) and goes round in `loop`, from its first to its last epoch. `position` is the cursor between whole epochs. Of the last `trails`
    epochs before the one on the screen faint curves stay behind.
    """

    cursor: int | None = None
    playing: bool = False
    speed: float = 30.0
    loop: tuple[int, int] | None = None
    bookmarks: tuple[int, ...] = ()
    trails: int = 0
    position: float = 0.0

    @property
    def live(self) -> bool:
        """Whether the newest epoch is followed."""
        return self.cursor is None

    def epoch(self, newest: int) -> int:
        """The epoch that is looked at, where this is the newest."""
        return newest if self.cursor is None else min(self.cursor, newest)


def moved(head: Playhead, epoch: int, newest: int) -> Playhead:
    """To this epoch; at the newest it follows again. Playing goes on from there."""
    epoch = max(0, epoch)
    if epoch >= newest and not head.playing:
        return followed(head)
    return replace(head, cursor=min(epoch, newest), position=float(min(epoch, newest)))


def followed(head: Playhead) -> Playhead:
    """To the newest epoch, and on with it."""
    return replace(head, cursor=None, playing=False, position=0.0)


def stepped(head: Playhead, run: Run, by: int) -> Playhead:
    """To the next (1) or the previous (-1) epoch whose profiles are kept; at the newest it follows again."""
    if not len(run.newest):
        return head
    newest = int(run.newest.epoch[-1])
    shown = run.at_or_before(head.epoch(newest))
    here = int(shown.epoch[-1]) if shown is not None else head.epoch(newest)  # where profiles are thinned out, what is shown is of an earlier epoch
    there = run.kept_beside(here, by)
    if there is None:
        return replace(head, playing=False)
    return moved(replace(head, playing=False), there, newest)


def played(head: Playhead, newest: int) -> Playhead:
    """Play what is recorded, from the cursor on, or pause; from the beginning (of the loop) where there is nothing left to play."""
    if head.playing:
        return replace(head, playing=False)
    if newest <= 0:
        return head
    loop = loop_within(head, newest)
    begin, end = loop or (0, newest)
    here = head.epoch(newest)
    ahead = here < end if head.speed > 0 else here > begin
    if not ahead or not begin <= here <= end:
        here = begin if head.speed > 0 else end
    return replace(head, playing=True, cursor=here, position=float(here))


def advanced(head: Playhead, seconds: float, newest: int) -> Playhead:
    """So much later, while it plays: further on, round the loop, or at the end of what is recorded.

    Each epoch is shown for 1 / speed seconds from when it is reached, also backwards and at the loop's ends.
    """
    if not head.playing:
        return head
    loop = loop_within(head, newest)
    whole = math.floor if head.speed > 0 else math.ceil
    if loop is not None:
        position = _round(loop, head.position, head.speed, seconds)
        return replace(head, position=position, cursor=min(max(whole(position), loop[0]), loop[1]))
    position = min(head.position, float(newest)) + head.speed * seconds
    if head.speed > 0 and position >= newest:
        return followed(head)
    if head.speed < 0 and position <= 0:
        return replace(head, playing=False, cursor=0, position=0.0)
    return replace(head, position=position, cursor=whole(position))


def _round(loop: tuple[int, int], position: float, speed: float, seconds: float) -> float:
    """Where the cursor is after going round; from outside it begins where the loop does."""
    begin, end = loop
    epochs = end - begin + 1
    if speed > 0:
        inside = position if begin <= position < end + 1 else begin
        return begin + (inside - begin + speed * seconds) % epochs
    inside = position if begin - 1 < position <= end else end
    return end - (end - inside - speed * seconds) % epochs


def loop_within(head: Playhead, newest: int) -> tuple[int, int] | None:
    """The loop as far as it is recorded; None where there is none, or hardly any of it."""
    if head.loop is None or head.loop[0] >= newest:
        return None
    return head.loop[0], min(head.loop[1], newest)


def at_speed(head: Playhead, speed: float) -> Playhead:
    """Play so many epochs a second from now on, backwards where it is negative; what is no speed changes nothing."""
    if not math.isfinite(speed) or speed == 0.0:
        return head
    return replace(head, speed=float(speed), position=float(head.cursor or 0))


def looped(head: Playhead, loop: tuple[int, int] | None) -> Playhead:
    """Go round in these epochs, the first and the last of them, or round no more."""
    if loop is None:
        return replace(head, loop=None)
    begin, end = max(0, min(loop)), max(0, max(loop))
    return replace(head, loop=(begin, end) if begin < end else None)


def trailing(head: Playhead, epochs: int) -> Playhead:
    """Leave faint curves of so many epochs behind; 0 leaves none."""
    return replace(head, trails=max(0, epochs))


def bookmarked(head: Playhead, epoch: int) -> Playhead:
    """Put a bookmark at this epoch, or take it away."""
    marks = set(head.bookmarks) ^ {epoch}
    return replace(head, bookmarks=tuple(sorted(marks)))


def to_bookmark(head: Playhead, newest: int, by: int) -> Playhead:
    """To the next (1) or previous (-1) bookmark, where there is one."""
    here = head.epoch(newest)
    marks = [mark for mark in head.bookmarks if (mark - here) * by > 0 and mark <= newest]
    return moved(head, min(marks, key=lambda mark: abs(mark - here)), newest) if marks else head
