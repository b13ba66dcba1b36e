"""What the window knows, without Qt: one frozen State, and plain functions from one to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gradviz.core.combinations import unused
from gradviz.core.config import PARAMETERS, Config, ConfigError
from gradviz.core.interventions import Intervention
from gradviz.core.training import Ending
from gradviz.runs import machine
from gradviz.runs.presets import Preset, presets
from gradviz.runs.run import Run
from gradviz.runs.table_check import TableCheck, asked_of_table, learning
from gradviz.ui import playhead
from gradviz.ui.pins import Pins, left_alone, renewed
from gradviz.ui.playhead import Playhead
from gradviz.ui.waking import woken_by

if TYPE_CHECKING:
    from gradviz.core.conditions import Condition


class Phase(Enum):
    """What the experiment is doing; the value is the word that the window shows."""

    PREPARING = "Preparing"
    PAUSED = "Paused"
    RUNNING = "Running"
    FINISHED = "Finished"


class Speed(Enum):
    """How many observed epochs a second a person wants to see; Fast is as many as the screen follows."""

    SLOW = 2.0
    NORMAL = 30.0
    FAST = float("inf")


@dataclass(frozen=True)
class Waiting:
    """An experiment that begins when its table has been read: its name, and whether it then runs."""

    name: str
    run: bool = False


class Branch(NamedTuple):
    """A run from which an experiment goes on, with the changes at its end that are not in it yet; whether the epoch they are made at is shown at once.

    Where it is of another experiment than the one that it takes the place of: that one's number, its name, where it came from, its bookmarks and pins.
    """

    run: Run
    made: tuple[Intervention, ...] = ()
    answers: bool = False
    experiment: int = 0
    name: str = ""
    origin: str = ""
    bookmarks: tuple[int, ...] = ()
    pins: Pins = ()


@dataclass(frozen=True)
class State:
    """The experiment on the plots, what a person has entered since, and how it runs.

    `running` is the config as the experiment runs now, a turned learning rate included; `entered` holds the fields' last allowed values,
    `refusals` a sentence for each field whose text is not one. `experiment` counts the experiments: another number means, begin anew.
    `table` is what was last found of a person's own table, and `waiting` what begins once the one that is `unread` has been read;
    `loss_follows` where the loss is then to be the one that suits it. `origin` names the preset that a person chose before changing it.

    `base` is the run that the experiment goes on from, and `made` what is changed at its end, which is shown at once where it `answers`; `branch` counts
    such new beginnings on the same axes.
    `planned` is what changes on the way of a training that has just begun, as a lesson has it. `began_with` is the config at epoch 0. `past` and `future`
    are what undoing and redoing bring back. `opened_run` says that it is a saved run as it was opened. `head` says which epoch is looked at, `pins` which
    runs are behind the live one, `pauses` where it pauses by itself.
    """

    running: Config
    entered: Mapping[str, Any]
    refusals: Mapping[str, str] = field(default_factory=dict)
    phase: Phase = Phase.PREPARING
    speed: Speed = Speed.NORMAL
    run_when_ready: bool = False
    epochs_done: int = 0
    ending: Ending | None = None
    experiment: int = 0
    base: Run | None = None
    made: tuple[Intervention, ...] = ()
    branch: int = 0
    answers: bool = False
    began_with: Config = field(default_factory=Config)
    opened_run: bool = False
    past: tuple[Branch, ...] = ()
    future: tuple[Branch, ...] = ()
    head: Playhead = field(default_factory=Playhead)
    pins: Pins = ()
    pauses: tuple[Condition, ...] = ()
    name: str = ""
    table: TableCheck | None = None
    waiting: Waiting | None = None
    loss_follows: bool = False
    origin: str = ""
    planned: tuple[Intervention, ...] = ()

    @cached_property
    def problems(self) -> Mapping[str, str]:
        """A sentence for each field that cannot be as it is: by itself, with the others, with its table, or on this machine.

        Found once: the memory that the machine has for it changes from moment to moment.
        """
        try:
            problem = machine.refusal(Config(**self.entered))
        except ConfigError as impossible:
            problem = impossible
        together = {problem.name: str(problem)} if problem else {}
        refusal = self.table.refusal if self.table and self.table.asked == self.asked else None
        return {**dict([refusal] if refusal else []), **together, **self.refusals}

    @cached_property
    def wanted(self) -> Config | None:
        """The config that the fields describe; None while one of them cannot be."""
        return None if self.problems else Config(**self.entered)

    @cached_property
    def asked(self) -> tuple[Any, ...] | None:
        """What the fields ask of a person's own table; None where they name none."""
        return asked_of_table(self.entered)

    @property
    def unread(self) -> tuple[Any, ...] | None:
        """What is asked of a table that has not been read for it; None where there is nothing to read."""
        known = self.table is not None and self.table.complete and self.table.asked == self.asked
        return None if known else self.asked

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that is chosen, as far as they are known."""
        return self.table.columns if self.table and self.asked and self.table.asked[0] == self.asked[0] else ()

    @property
    def runs(self) -> bool:
        """Whether it trains, or will as soon as it can."""
        return self.phase is Phase.RUNNING or self.run_when_ready or (self.waiting is not None and self.waiting.run)

    @cached_property
    def asleep(self) -> frozenset[str]:
        """The parameters that do nothing as the others are."""
        return unused(self.entered)

    def why_asleep(self, name: str) -> str:
        """What would wake a parameter, in a sentence; empty where it is awake."""
        return woken_by(name, self.entered, self.asleep) if name in self.asleep else ""

    @property
    def fresh(self) -> bool:
        """Whether nothing has been trained yet: the first pass is all there is, and a changed field may show at once."""
        return self.epochs_done <= 1 and self.phase in (Phase.PREPARING, Phase.PAUSED) and self.base is None and not self.run_when_ready

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """The parameters whose entered value is not the one that the experiment runs with."""
        return tuple(name for name in PARAMETERS if self.entered[name] != getattr(self.running, name))

    @property
    def preset(self) -> Preset | None:
        """The preset that the fields agree with, if any."""
        return next((preset for preset in presets().values() if preset.config.as_dict() == dict(self.entered)), None)

    @property
    def began_as(self) -> Preset | None:
        """The preset that the fields agree with, or were changed from."""
        return self.preset or presets().get(self.origin)


def opened(what: Preset | Run, before: State | None = None, name: str = "", planned: tuple[Intervention, ...] = ()) -> State:
    """A preset or config ready to run, with what is planned to change on its way, or a saved run as it was recorded.

    What this machine has no memory for is only entered, with the sentence beside its field; the experiment on the plots stays. It also
    stays until a table that is to be learned has been read.
    """
    number = before.experiment + 1 if before else 0
    speed = before.speed if before else Speed.NORMAL
    lasting = _lasting(before)
    if isinstance(what, Run):
        now = what.config_at(what.epochs_done)
        phase = Phase.PAUSED if what.can_go_on else Phase.FINISHED
        state = State(now, now.as_dict(), phase=phase, speed=speed, experiment=number, base=what, opened_run=True, name=name, **lasting)
        head = replace(state.head, bookmarks=what.bookmarks)
        ending = None if what.can_go_on else what.how_it_ended
        return replace(state, epochs_done=what.epochs_done, ending=ending, began_with=what.config, head=head)
    if machine.refusal(what.config):
        return replace(before or opened(presets()["notebook-1a"]), entered=what.config.as_dict(), refusals={}, waiting=None, loss_follows=False, origin="")
    if what.config.data == "csv":
        return _awaited(before or opened(presets()["notebook-1a"]), what.config, Waiting(what.name))
    origin = what.name if presets().get(what.name) == what else ""
    config = what.config
    return State(config, config.as_dict(), speed=speed, experiment=number, name=what.name, origin=origin, began_with=config, planned=planned, **lasting)


def _lasting(before: State | None) -> dict[str, Any]:
    """What outlives an experiment: the pinned runs, and how a person wants to look at a run."""
    if before is None:
        return {}
    return {"pins": left_alone(before.pins), "pauses": before.pauses, "head": Playhead(speed=before.head.speed, trails=before.head.trails)}


def opened_table(path: Path, before: State) -> State:
    """A person's own table, to be learned as soon as it has been read; a chain gives way to a network that can, another one stays what it is."""
    return replace(_awaited(before, learning(path, before.wanted or before.running), Waiting(path.stem)), loss_follows=True)


def _awaited(state: State, config: Config, waiting: Waiting) -> State:
    """All fields are those of a config, which begins when its table has been read; one read before is read again, for it may have changed."""
    return replace(state, entered=config.as_dict(), refusals={}, table=None, waiting=waiting, loss_follows=False, origin="")


def read(state: State, check: TableCheck) -> State:
    """A table was read, or its beginning: what waited for it begins, unless something cannot be."""
    if check.asked != state.asked:
        return state
    state = replace(state, table=check)
    if check.complete and state.loss_follows and check.loss:
        state = _taken(state, {"loss": check.loss})
    if state.unread or (state.waiting is None and not state.fresh):  # with another loss the table is asked something else, and the answer comes next
        return state
    if state.wanted is None:
        return replace(state, waiting=None)
    if state.waiting is not None:
        return replace(_anew(state, state.waiting.name), run_when_ready=state.waiting.run)
    return _anew(state) if state.wanted != state.running else state


def outdated(state: State) -> State:
    """The table's file is not what it was when it was read; what began with it and has not been trained yet begins anew."""
    if state.table is None:
        return state
    begun_with = state.fresh and state.wanted == state.running
    return replace(state, table=state.table.outdated(), waiting=Waiting(state.name) if begun_with else state.waiting)


def entered(state: State, name: str, value: Any) -> State:
    """A value was typed or chosen; a live one acts at once, another shows at once while nothing has been trained yet."""
    state = _taken(state, {name: value})
    if state.fresh and state.wanted and state.wanted != state.running and not state.unread:
        return _anew(state)
    return _turned(state, (name,))


def tried(state: State, values: Mapping[str, Any]) -> State:
    """Values were picked to be seen at once, by a slider or on a map: begins anew at epoch 0 with all of them, unless it runs.

    A value that cannot be is refused as a typed one is.
    """
    allowed, refusals = {}, {}
    for name, value in values.items():
        try:
            allowed[name] = PARAMETERS[name].check(value)
        except ConfigError as problem:
            refusals[name] = str(problem)
    state = _taken(state, allowed)
    state = replace(state, refusals={**state.refusals, **refusals}) if refusals else state
    if state.phase is Phase.RUNNING or state.run_when_ready:
        return _turned(state, allowed)
    same = state.fresh and state.wanted == state.running
    return _anew(state) if state.wanted and not same else state


def _taken(state: State, values: Mapping[str, Any]) -> State:
    """The fields hold these values, and no others are refused for them."""
    refusals = {name: sentence for name, sentence in state.refusals.items() if name not in values}
    taken = replace(state, entered={**state.entered, **values}, refusals=refusals, loss_follows=state.loss_follows and "loss" not in values)
    return taken if taken.asked else replace(taken, waiting=None, loss_follows=False)


def _turned(state: State, names: Iterable[str]) -> State:
    """The live ones among these act on the experiment as it is."""
    live = {name: state.entered[name] for name in names if PARAMETERS[name].live}
    if not live or state.phase is Phase.FINISHED or state.opened_run:
        return state
    return replace(state, running=state.running.replace(**live))


def refused(state: State, name: str, sentence: str) -> State:
    """A value was typed that cannot be."""
    return replace(state, refusals={**state.refusals, name: sentence})


def restored(state: State, config: Config) -> State:
    """All fields were set to those of a config: a preset, or the defaults."""
    state = replace(state, entered=config.as_dict(), refusals={}, waiting=None, loss_follows=False)
    state = replace(state, origin=state.preset.name if state.preset else "")
    return _anew(state) if state.fresh and config != state.running and not state.unread else state


def reset(state: State) -> State:
    """Back to epoch 0 with what the fields say; does not start. Nothing happens while a field cannot be; a table is read first."""
    return state if state.wanted is None else _anew(state)


def toggled(state: State) -> State:
    """Run or pause; a finished experiment runs again from its beginning, one that is looked back at, or was opened, is played back.

    What runs is looked at where it is.
    """
    if state.phase is Phase.RUNNING:
        return replace(state, phase=Phase.PAUSED)
    looks_back = state.opened_run or not state.head.live
    if state.phase is Phase.FINISHED and looks_back and not state.changed and not state.refusals:
        return replace(state, head=playhead.played(state.head, state.epochs_done - 1))
    return _toggled(following(state))


def _toggled(state: State) -> State:
    if state.waiting is not None:
        return replace(state, waiting=replace(state.waiting, run=not state.waiting.run))
    if state.fresh and (state.problems or state.unread):  # what would run is not what the fields say
        return _run(reset(state), state)
    if state.phase is Phase.PREPARING:
        return replace(state, run_when_ready=not state.run_when_ready)
    if state.phase is Phase.PAUSED:
        return replace(state, phase=Phase.RUNNING, opened_run=False)
    return _run(reset(state), state)


def _run(begun: State, before: State) -> State:
    """What has begun anew, or waits to, runs as soon as it can."""
    if begun.waiting is not None:
        return replace(begun, waiting=replace(begun.waiting, run=True))
    return begun if begun is before else replace(begun, run_when_ready=True)


def stepped(state: State) -> State:
    """One more observed epoch; pauses a run."""
    state = replace(state, phase=Phase.PAUSED) if state.phase is Phase.RUNNING else state
    return following(state)


def following(state: State) -> State:
    """The newest epoch is looked at again."""
    return state if state.head.live and not state.head.playing else replace(state, head=playhead.followed(state.head))


def can_step(state: State) -> bool:
    """Whether there is a next epoch to show."""
    return state.phase in (Phase.PAUSED, Phase.RUNNING)


def arrived(state: State, epochs_done: int, ending: Ending | None) -> State:
    """Frames came in."""
    state = replace(state, epochs_done=epochs_done, ending=ending, opened_run=False)
    if ending:
        return replace(state, phase=Phase.FINISHED, run_when_ready=False)
    if state.phase is Phase.PREPARING and epochs_done:
        return replace(state, phase=Phase.RUNNING if state.run_when_ready else Phase.PAUSED, run_when_ready=False)
    return state


def failed(state: State, sentence: str) -> State:
    """The experiment broke off by an error."""
    return replace(state, phase=Phase.FINISHED, run_when_ready=False, ending=Ending("stopped", sentence))


def _anew(state: State, name: str = "") -> State:
    """Begin with what the fields say: at once, or when its table has been read."""
    assert state.wanted is not None, "only what can run begins anew"
    name = name or (state.preset.name if state.preset else "own settings")
    if state.unread:
        return replace(state, waiting=Waiting(name))
    config, number = state.wanted, state.experiment + 1
    begun = State(config, state.entered, speed=state.speed, experiment=number, name=name, table=state.table, origin=state.origin, began_with=config)
    return replace(begun, **{**_lasting(state), "pins": renewed(state.pins)})
