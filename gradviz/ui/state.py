"""What the window knows, without Qt: one frozen State, and plain functions from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from gradviz.core.config import PARAMETERS, Config, ConfigError
from gradviz.core.training import Ending
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

    @property
    def problems(self) -> Mapping[str, str]:
        """A sentence for each field that cannot be as it is, by itself or with the others."""
        try:
            Config(**self.entered)
        except ConfigError as problem:
            return {problem.name: str(problem), **self.refusals}
        return self.refusals

    @property
    def wanted(self) -> Config | None:
        """The config that the fields describe; None while one of them cannot be."""
        return None if self.problems else Config(**self.entered)

    @property
    def fresh(self) -> bool:
        """Whether nothing has been trained yet: the first pass is all there is, and a changed field may show at once."""
        return self.epochs_done <= 1 and self.phase in (Phase.PREPARING, Phase.PAUSED) and self.replay is None and not self.run_when_ready

    @property
    def changed(self) -> tuple[str, ...]:
        """The parameters whose entered value is not the one that the experiment runs with."""
        return tuple(name for name in PARAMETERS if self.entered[name] != getattr(self.running, name))

    @property
    def preset(self) -> Preset | None:
        """The preset that the fields agree with, if any."""
        return next((preset for preset in presets().values() if preset.config.as_dict() == dict(self.entered)), None)


def opened(what: Preset | Run, before: State | None = None, name: str = "") -> State:
    """A preset or config ready to run, or a saved run as it was recorded."""
    number = before.experiment + 1 if before else 0
    speed = before.speed if before else Speed.NORMAL
    if isinstance(what, Run):
        finished = State(what.config, what.config.as_dict(), phase=Phase.FINISHED, speed=speed, experiment=number, replay=what, name=name)
        return replace(finished, epochs_done=what.epochs_done, ending=what.how_it_ended)
    return State(what.config, what.config.as_dict(), speed=speed, experiment=number, name=what.name)


def entered(state: State, name: str, value: Any) -> State:
    """A value was typed or chosen; a live one acts at once, another shows at once while nothing has been trained yet."""
    refusals = {other: sentence for other, sentence in state.refusals.items() if other != name}
    state = replace(state, entered={**state.entered, name: value}, refusals=refusals)
    if state.fresh and state.wanted and state.wanted != state.running:
        return _anew(state)
    if PARAMETERS[name].live and state.phase is not Phase.FINISHED and state.replay is None:
        return replace(state, running=state.running.replace(**{name: value}))
    return state


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
    begun = _played_back(state) if state.replay and not state.changed and not state.problems else reset(state)
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
