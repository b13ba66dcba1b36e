"""What the window knows, without Qt: one frozen State, and plain functions from one to the next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import Any

from gradviz.core.combinations import USED, unused
from gradviz.core.config import PARAMETERS, Config, ConfigError, Parameter
from gradviz.core.training import Ending
from gradviz.runs import machine
from gradviz.runs.presets import Preset, presets
from gradviz.runs.run import Run


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
class State:
    """The experiment on the plots, what a person has entered since, and how it runs.

    `running` is the config as the experiment runs now, a turned learning rate included; `entered` holds the fields' last allowed values,
    `refusals` a sentence for each field whose text is not one. `experiment` counts the experiments: another number means, begin anew.
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
    replay: Run | None = None
    name: str = ""

    @cached_property
    def problems(self) -> Mapping[str, str]:
        """A sentence for each field that cannot be as it is: by itself, with the others, or on this machine.

        Found once: the memory that the machine has for it changes from moment to moment.
        """
        try:
            problem = machine.refusal(Config(**self.entered))
        except ConfigError as impossible:
            problem = impossible
        return {problem.name: str(problem), **self.refusals} if problem else self.refusals

    @cached_property
    def wanted(self) -> Config | None:
        """The config that the fields describe; None while one of them cannot be."""
        return None if self.problems else Config(**self.entered)

    @cached_property
    def asleep(self) -> frozenset[str]:
        """The parameters that do nothing as the others are."""
        return unused(self.entered)

    def why_asleep(self, name: str) -> str:
        """What would wake a parameter, in a sentence; empty where it is awake."""
        return _woken_by(name, self.entered, self.asleep) if name in self.asleep else ""

    @property
    def fresh(self) -> bool:
        """Whether nothing has been trained yet: the first pass is all there is, and a changed field may show at once."""
        return self.epochs_done <= 1 and self.phase in (Phase.PREPARING, Phase.PAUSED) and self.replay is None and not self.run_when_ready

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """The parameters whose entered value is not the one that the experiment runs with."""
        return tuple(name for name in PARAMETERS if self.entered[name] != getattr(self.running, name))

    @property
    def preset(self) -> Preset | None:
        """The preset that the fields agree with, if any."""
        return next((preset for preset in presets().values() if preset.config.as_dict() == dict(self.entered)), None)


def opened(what: Preset | Run, before: State | None = None, name: str = "") -> State:
    """A preset or config ready to run, or a saved run as it was recorded.

    What this machine has no memory for is only entered, with the sentence beside its field; the experiment on the plots stays.
    """
    number = before.experiment + 1 if before else 0
    speed = before.speed if before else Speed.NORMAL
    if isinstance(what, Run):
        finished = State(what.config, what.config.as_dict(), phase=Phase.FINISHED, speed=speed, experiment=number, replay=what, name=name)
        return replace(finished, epochs_done=what.epochs_done, ending=what.how_it_ended)
    if machine.refusal(what.config):
        return replace(before or opened(presets()["notebook-1a"]), entered=what.config.as_dict(), refusals={})
    return State(what.config, what.config.as_dict(), speed=speed, experiment=number, name=what.name)


def entered(state: State, name: str, value: Any) -> State:
    """A value was typed or chosen; a live one acts at once, another shows at once while nothing has been trained yet."""
    state = _taken(state, {name: value})
    if state.fresh and state.wanted and state.wanted != state.running:
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
    return replace(state, entered={**state.entered, **values}, refusals=refusals)


def _turned(state: State, names: Iterable[str]) -> State:
    """The live ones among these act on the experiment as it is."""
    live = {name: state.entered[name] for name in names if PARAMETERS[name].live}
    if not live or state.phase is Phase.FINISHED or state.replay is not None:
        return state
    return replace(state, running=state.running.replace(**live))


def refused(state: State, name: str, sentence: str) -> State:
    """A value was typed that cannot be."""
    return replace(state, refusals={**state.refusals, name: sentence})


def restored(state: State, config: Config) -> State:
    """All fields were set to those of a config: a preset, or the defaults."""
    state = replace(state, entered=config.as_dict(), refusals={})
    return _anew(state) if state.fresh and config != state.running else state


def reset(state: State) -> State:
    """Back to epoch 0 with what the fields say; does not start. Nothing happens while a field cannot be."""
    return state if state.wanted is None else _anew(state)


def toggled(state: State) -> State:
    """Run or pause; a finished experiment runs again from its beginning, a recorded one is played back."""
    if state.phase is Phase.RUNNING:
        return replace(state, phase=Phase.PAUSED)
    if state.phase is Phase.PREPARING:
        return replace(state, run_when_ready=not state.run_when_ready)
    if state.phase is Phase.PAUSED:
        return replace(state, phase=Phase.RUNNING)
    begun = _played_back(state) if state.replay and not state.changed and not state.refusals else reset(state)
    return replace(begun, run_when_ready=begun is not state)


def stepped(state: State) -> State:
    """One more observed epoch; pauses a run."""
    return replace(state, phase=Phase.PAUSED) if state.phase is Phase.RUNNING else state


def can_step(state: State) -> bool:
    """Whether there is a next epoch to show."""
    return state.phase in (Phase.PAUSED, Phase.RUNNING)


def arrived(state: State, epochs_done: int, ending: Ending | None) -> State:
    """Frames came in."""
    state = replace(state, epochs_done=epochs_done, ending=ending)
    if ending:
        return replace(state, phase=Phase.FINISHED, run_when_ready=False)
    if state.phase is Phase.PREPARING and epochs_done:
        return replace(state, phase=Phase.RUNNING if state.run_when_ready else Phase.PAUSED, run_when_ready=False)
    return state


def failed(state: State, sentence: str) -> State:
    """The experiment broke off by an error."""
    return replace(state, phase=Phase.FINISHED, run_when_ready=False, ending=Ending("stopped", sentence))


def _anew(state: State) -> State:
    assert state.wanted is not None, "only what can run begins anew"
    name = state.preset.name if state.preset else "own settings"
    return State(state.wanted, state.entered, speed=state.speed, experiment=state.experiment + 1, name=name)


def _played_back(state: State) -> State:
    return replace(state, phase=Phase.PREPARING, epochs_done=0, ending=None, experiment=state.experiment + 1)


def _woken_by(name: str, values: Mapping[str, Any], sleeping: Collection[str]) -> str:
    """Which other parameters, that do not sleep themselves, make this one do something; found by trying."""
    ways = []
    for other in PARAMETERS.values():
        if other.name in sleeping:
            continue
        waking = [value for value in _others(other, values[other.name]) if USED[name]({**values, other.name: value})]
        if waking:
            ways.append(f"{other.title} {_is_one_of(other, waking, values[other.name])}")
    return f"Asleep: it acts only where {_listed(ways)}." if ways else "Asleep: as the other parameters are, it does nothing."


def _others(parameter: Parameter, now: Any) -> Iterator[Any]:
    """Values that a parameter might have instead of the one it has now: every choice, or 1 for a number."""
    yield from (choice for choice in parameter.choices if choice != now)
    if parameter.kind in (int, float):
        yield parameter.kind(1)


def _is_one_of(parameter: Parameter, waking: list[Any], now: Any) -> str:
    if (len(waking) > 1 and len(waking) == len(parameter.choices) - 1) or not parameter.choices:
        return f"is not {parameter.format(now)}"
    return f"is {_listed(waking)}"


def _listed(words: list[str]) -> str:
    """a, b or c."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
