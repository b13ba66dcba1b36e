"""A window's state as it is kept on the disk, and back. No Qt here."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from gradviz.core.config import PARAMETERS
from gradviz.runs.run import Run
from gradviz.ui import pins, playhead
from gradviz.ui import state as states
from gradviz.ui.state import Branch, State

if TYPE_CHECKING:  # zip and JSON cost a start-up what few starts need
    from gradviz.runs.session import Found, Snapshot

#: So many changes can still be undone after a start that brings everything back.
UNDONE = 2
#: So many seconds are one of these, from the longest to the shortest.
UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def snapshot_of(state: State, run: Run, panels: Collection[str] = ()) -> Snapshot:
    """Everything that a window has now, in copies that stay as they are while the runs go on."""
    from gradviz.runs.session import PinnedRun, Snapshot

    head = state.head
    cursor = None if head.live or head.playing else head.cursor
    earlier = tuple(branch.run.copy() for branch in state.past if branch.run.config == run.config and not branch.made)[-UNDONE:]
    pinned = tuple(PinnedRun(pin.run.copy(), pin.name, pin.colour, pin.visible, pin.trains) for pin in state.pins)
    return Snapshot(run.copy(), state.name, dict(state.entered), cursor, head.bookmarks, head.loop, head.trails, pinned, time.time(), earlier, tuple(panels))


def brought_back(snapshot: Snapshot, before: State) -> State:
    """The state with what was kept: the experiment as it was recorded, to go on or to be looked at, and the pinned runs behind it."""
    kept = pins.left_alone(before.pins)
    for pin in snapshot.pins:
        kept = pins.pinned(kept, pin.run, pin.name)
        kept = pins.changed(kept, kept[-1].key, colour=pin.colour, visible=pin.visible, trains=pin.trains)
    run = snapshot.live
    state = states.opened(run, before, snapshot.name) if run is not None else before
    head = replace(state.head, bookmarks=snapshot.bookmarks, loop=snapshot.loop, trails=snapshot.trails)
    if snapshot.cursor is not None and run is not None:
        head = playhead.moved(head, snapshot.cursor, int(run.newest.epoch[-1]))
    entered = {name: value for name, value in snapshot.entered.items() if name in PARAMETERS and not PARAMETERS[name].live}
    past = tuple(Branch(earlier, experiment=state.experiment, name=state.name, bookmarks=head.bookmarks, pins=kept) for earlier in snapshot.earlier)
    return replace(state, entered={**state.entered, **entered}, pins=kept, head=head, past=past)


def in_words(session: Found) -> str:
    """What was left behind, and when."""
    passed = max(0.0, time.time() - session.changed_at)
    length, unit = next(((length, unit) for length, unit in UNITS if passed >= length), (1, ""))
    count = round(passed / length)
    ago = f"{count} {unit}{'s' * (count != 1)} ago" if unit else "just now"
    pinned = f" and {session.pins} pinned run{'s' * (session.pins != 1)}" * (session.pins > 0)
    return f"'{session.name or 'an experiment'}' with {session.epochs_done:,} epochs{pinned}, {ago}"
