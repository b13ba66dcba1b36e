"""What a person changes of a run at an epoch, and takes back: each change begins a branch, and the run as it was is kept. No Qt here.

A branch is the run as it was before the epoch, with the change, trained on from there: so that undoing gives back exactly what would have been without.
"""

from __future__ import annotations

from dataclasses import replace

from gradviz.core.interventions import Intervention
from gradviz.runs.run import Run
from gradviz.ui.playhead import followed, moved
from gradviz.ui.state import Branch, Phase, State

#: So many times the memory of one run may be kept for undoing; the oldest go first.
KEPT_TIMES = 2


def epoch_of_change(state: State, run: Run, newest: int) -> int:
    """The epoch that a change is made at: the one on the screen, whose numbers then answer at once; `newest` is the last that can be there."""
    epoch = answering(state, run)
    if epoch is not None:
        return epoch
    shown = run.at_or_before(state.head.epoch(newest))  # where profiles are thinned out, not every epoch can be shown
    return int(shown.epoch[-1]) if shown is not None else 0


def intervened(state: State, run: Run, epoch: int, parameter: str, value: float | str) -> State:
    """A change at an epoch: what was recorded from there on gives way to what comes of the change.

    The same parameter changed again at the same epoch, with nothing trained since, is one change: a weight that is dragged, a wheel that is turned. Raises
    ConfigError, before anything has happened, where the network cannot be changed so.
    """
    change = Intervention(epoch, parameter, value)
    change.check_for(run.config)
    last = next((made for made in reversed(state.made) if made.epoch == epoch), None)
    same = last is not None and last.parameter == parameter and run.epochs_done <= epoch + 1 and bool(state.past)
    whole = state.past[-1] if same else _here(state, run)
    if same and last is not None and parameter.endswith("*"):
        change = Intervention(epoch, parameter, float(last.value) * float(change.value))
    earlier = [made for made in (*whole.run.interventions, *whole.made) if made.epoch == epoch]
    later = [made for made in whole.made if made.epoch > epoch]
    # of this run, which is the same as the whole one up to there, and may have a checkpoint from where it went on
    answers = epoch < run.epochs_done or epoch == answering(state, run)
    branch = Branch(run.before(epoch), (*earlier, change, *later), answers, state.experiment)
    past = state.past if same else within_memory((*state.past, whole))
    return _on(branch, replace(state, past=past, future=()))


def undone(state: State, run: Run) -> State:
    """The run as it was before the last change."""
    if not state.past:
        return state
    here, back = _here(state, run), state.past[-1]
    return _seen(_on(back, replace(state, past=state.past[:-1], future=(*state.future, here))), here, back)


def redone(state: State, run: Run) -> State:
    """The change that was undone last, made again: with all that had come of it."""
    if not state.future:
        return state
    here, again = _here(state, run), state.future[-1]
    return _seen(_on(again, replace(state, past=(*state.past, here), future=state.future[:-1])), here, again)


def paused_at(state: State, run: Run, epoch: int) -> State:
    """Paused with this epoch as the newest, to go on from there; what the engine had trained beyond it comes again, bit for bit."""
    if epoch + 1 >= run.epochs_done:
        return replace(state, phase=Phase.PAUSED) if state.phase is Phase.RUNNING else state
    return replace(_on(Branch(run.before(epoch + 1), experiment=state.experiment), state), phase=Phase.PAUSED)


def noted(state: State, run_before: Run) -> State:
    """A change was made on the way, of a run that goes on: this is the run as it was before it."""
    return replace(state, past=within_memory((*state.past, _here(state, run_before)._replace(made=(), answers=False))), future=())


def left_behind(state: State, run: Run, before: State) -> State:
    """Another beginning of the experiment, after which undoing brings back the run that it took the place of."""
    if run.epochs_done < 2:
        return replace(state, past=before.past)
    return replace(state, past=within_memory((*before.past, _here(before, run))), future=())


def within_memory(branches: tuple[Branch, ...]) -> tuple[Branch, ...]:
    """The newest of these that may be kept; always the last."""
    kept: list[Branch] = []
    counted: set[int] = set()
    left = KEPT_TIMES * branches[-1].run.memory
    for branch in reversed(branches):
        left -= branch.run.bytes_beyond(counted)
        if kept and left < 0:
            break
        kept.append(branch)
    return tuple(reversed(kept))


def _waiting(state: State, run: Run) -> tuple[Intervention, ...]:
    """The changes that are asked for and not in the run yet."""
    return tuple(change for change in state.made if change.epoch >= run.epochs_done)


def answering(state: State, run: Run) -> int | None:
    """The epoch that is to be shown at once with what is changed at it, and has not come yet."""
    return state.made[0].epoch if state.answers and state.made[0].epoch >= run.epochs_done else None


def _seen(state: State, one: Branch, other: Branch) -> State:
    """The epoch at which the two differ is looked at, unless the training runs: else a picture of another epoch would seem to come of the change."""
    changes = [[*branch.run.interventions, *branch.made] for branch in (one, other)]
    differing = [change for mine, others in (changes, changes[::-1]) for change in mine if change not in others]
    newest = other.run.newest.epoch
    if not differing or state.phase is Phase.RUNNING or not len(newest) or other.run.config != one.run.config:
        return state
    return replace(state, head=moved(state.head, min(change.epoch for change in differing), int(newest[-1])))


def _here(state: State, run: Run) -> Branch:
    waiting, answers = _waiting(state, run), answering(state, run) is not None
    return Branch(run, waiting, answers, state.experiment, state.name, state.origin, state.head.bookmarks, state.pins)


def _on(branch: Branch, state: State) -> State:
    """The experiment goes on from this branch; it runs on if it ran. A branch of another experiment brings back all that was its own."""
    base, made = branch.run, branch.made
    other = branch.experiment != state.experiment
    if other:
        along = tuple(pin for pin in branch.pins if pin.trains)
        own = tuple(pin for pin in state.pins if not pin.trains and pin.key not in {pin.key for pin in along})
        head = replace(state.head, bookmarks=branch.bookmarks, loop=None)
        state = replace(state, name=branch.name, origin=branch.origin, head=head, pins=(*own, *along))
    running = base.config_at(base.epochs_done)
    for change in made:
        running = running.replace(**{change.parameter: change.value}) if change.weights is None else running
    goes_on = bool(made) or base.can_go_on
    phase = Phase.FINISHED if not goes_on else Phase.RUNNING if state.phase is Phase.RUNNING else Phase.PAUSED
    turned = {name: getattr(running, name) for name in state.running.differences(running)}
    return replace(
        state,
        running=running,
        entered={**state.entered, **turned},
        base=base,
        made=made,
        answers=branch.answers and bool(made),
        branch=state.branch + 1,
        experiment=branch.experiment,
        began_with=base.config,
        opened_run=False,
        phase=phase,
        run_when_ready=False,
        epochs_done=base.epochs_done,
        ending=None if goes_on else base.how_it_ended,
        head=followed(state.head),
    )
