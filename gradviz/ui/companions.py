"""Several runs trained in lockstep: beside the live one its companions, each with a worker of its own, none far ahead of the slowest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gradviz.core.config import PARAMETERS, Config, ConfigError, Parameter, unknown_parameter
from gradviz.core.memory import needed, size
from gradviz.core.words import short
from gradviz.runs import machine
from gradviz.runs.run import PROFILE_MEMORY, Run
from gradviz.ui.live import Live
from gradviz.ui.pins import Pins, changed, pinned

#: So many runs there may be together, the live one among them.
FEWEST, MOST = 2, 6
#: The quicker ones may always be so many frames ahead of the slowest: those train while it does.
AHEAD = 4


class Companions:
    """The runs that are trained along with the live one. It is handed in where all of them are meant: it is one of them, and the window's."""

    def __init__(self) -> None:
        self._lives: dict[Run, Live] = {}
        self._names: dict[Run, str] = {}
        self._to_start: list[Live] = []
        self._problems: list[str] = []
        #: Up to which epoch each run has been asked for, and how far all of them may go.
        self._asked: dict[Run, int] = {}
        self._front = self._reached = -1

    # which runs

    def begin(self, pins: Pins) -> None:
        """Train along those of the pins that train and can go on; one that does already is left alone, and of all others the workers are let go."""
        self._names = {pin.run: pin.name for pin in pins if pin.trains}
        for run in [run for run in self._lives if run not in self._names]:
            self._lives.pop(run).retire()
        self._to_start = [live for live in self._to_start if live.run in self._names]
        for run in self._names:
            if run not in self._lives and run.can_go_on:
                run.ending = None
                live = self._lives[run] = Live(run, run.go_on(), at_once=not len(run.newest))
                self._to_start.append(live)

    def start(self) -> None:
        """Let the workers begin that have not."""
        for live in self._to_start:
            live.start()
        self._to_start = []

    def retire(self) -> None:
        """Let all workers end by themselves."""
        self.begin(())
        self.pause()

    @property
    def work(self) -> bool:
        """Whether any of them has epochs to train yet."""
        return any(_goes(live) for live in self._lives.values())

    def __len__(self) -> int:
        """How many there are, the live one not counted; those too that have ended."""
        return len(self._names)

    # what came

    def take(self) -> bool:
        """Append to each run all that came since the last time; whether anything did."""
        came = False
        for run, live in self._lives.items():
            worked = live.works
            came |= bool(live.take())
            if worked and live.error is not None:
                run.stop()
                self._problems.append(
                    f"{self._names[run]}: the training broke off after {run.epochs_done:,} epochs: {in_words(live.error)} What was recorded is kept."
                )
        return came

    def problems(self) -> list[str]:
        """What has gone wrong since the last time, a sentence each with the run's name."""
        problems, self._problems = self._problems, []
        return problems

    def shown_epoch(self, live: Live) -> int:
        """The newest epoch that every run has that has not ended, so that all plots show the same one; -1 before all have their first.

        A run that ended before it shows its last. Where profiles have been thinned out it is one that all of them have kept.
        """
        runs = [live.run, *self._names]
        epoch = min((newest(run) for run in self._going(live)), default=max(newest(run) for run in runs))
        while True:
            kept = [int(frame.epoch[-1]) for run in runs if newest(run) >= epoch and (frame := run.at_or_before(epoch))]
            if min(kept, default=epoch) == epoch:
                return epoch
            epoch = min(kept)

    # what is asked for

    def ask(self, count: int, looked_at: frozenset[str], live: Live) -> None:
        """Let all, the live one too, go on as fast as they can, none more than `count` frames ahead of the slowest, and less where that one is slow."""
        slowest, came, stride = self._look(live)
        self._go_up_to(slowest + min(count * stride, max(AHEAD * stride, 2 * came)), looked_at, live)

    def ask_more(self, count: int, looked_at: frozenset[str], live: Live) -> None:
        """Let all, the live one too, train `count` frames more than they may already; who is ahead of the slowest waits for it."""
        slowest, _, stride = self._look(live)
        self._go_up_to(min(max(self._front, slowest) + count * stride, slowest + max(count, AHEAD) * stride), looked_at, live)

    def pause(self) -> None:
        """What was asked for does not count any more; of the live one neither, which the window pauses."""
        for live in self._lives.values():
            live.ask(0, frozenset())
        self._asked = {}
        self._front = self._reached = -1

    def _look(self, live: Live) -> tuple[int, int, int]:
        """Where the slowest is, how many epochs it has trained since the last time, and how far apart observed epochs are at most."""
        going = list(self._going(live))
        slowest = min((newest(run) for run in going), default=-1)
        if slowest < self._reached:  # one of them has begun anew, or has gone back to where it was changed
            self._front = self._reached = slowest
        came = slowest - self._reached if self._reached >= 0 else 0
        self._reached = slowest
        return slowest, came, max((run.config.observe_every for run in going), default=1)

    def _go_up_to(self, front: int, looked_at: frozenset[str], live: Live) -> None:
        self._front = max(self._front, front)
        asked = {}
        for member in (live, *self._lives.values()):
            if _goes(member):
                already = max(self._asked.get(member.run, 0), newest(member.run))  # the first frame comes without being asked for
                more = observed_between(member.run.config, already, self._front)
                if more:
                    member.ask_more(more, looked_at)
                asked[member.run] = max(already, self._front)
        self._asked = asked

    def _going(self, live: Live) -> Iterator[Run]:
        return (member.run for member in (live, *self._lives.values()) if _goes(member))


def _goes(live: Live) -> bool:
    """Whether a run has not ended."""
    return live.works and live.run.ending is None


def newest(run: Run) -> int:
    """Its newest epoch; -1 where there is none."""
    return int(run.newest.epoch[-1]) if len(run.newest) else -1


def observed_between(config: Config, after: int, last: int) -> int:
    """How many epochs are observed after one and up to another."""
    end = config.epochs - 1
    within = min(last, end)
    return max(0, within // config.observe_every - after // config.observe_every) + (after < end <= last and end % config.observe_every != 0)


def in_words(problem: BaseException) -> str:
    """What went wrong in a training, as the end of a sentence."""
    if isinstance(problem, MemoryError):
        return "there is not enough memory for this network; use fewer layers or samples."
    return f"{str(problem).rstrip('.') or type(problem).__name__}."


# which experiments


class Named(NamedTuple):
    """One of several experiments, called by what is different in it."""

    name: str
    config: Config


def together(config: Config, parameter: str, values: Sequence[Any]) -> list[Named]:
    """The same experiment with each of these values of a parameter, the live one first; raises ConfigError for what cannot be."""
    if parameter not in PARAMETERS:
        raise unknown_parameter(parameter)
    declared = PARAMETERS[parameter]
    different = list(dict.fromkeys(declared.check(value) for value in values))
    if not FEWEST <= len(different) <= MOST:
        alike = (" that differs" if len(different) == 1 else " that differ") * (len(different) < len(values))
        count = f"{len(different)} value{'s' * (len(different) != 1)}{alike}"
        raise ConfigError(parameter, f"{parameter} has {count}; it takes {FEWEST} to {MOST}, a run for each.")
    return [Named(f"{parameter} = {in_print(declared, value)}", config.replace(**{parameter: value})) for value in different]


def in_print(parameter: Parameter, value: Any) -> str:
    """A value as a person reads it, exactly: 0.9, −1, 10,000, relu."""
    if isinstance(value, tuple):
        return ", ".join(in_print(parameter, number) for number in value)
    if isinstance(value, float):
        return next(short(value, digits) for digits in range(6, 18) if float(f"{value:.{digits}g}") == value)
    return f"{value:,}".replace("-", "−") if isinstance(value, int) else str(value)


def typed(parameter: Parameter, text: str) -> tuple[Any, ...]:
    """The values that a person typed, with commas between them, or semicolons where a value itself has commas; raises ConfigError."""
    parts = text.replace("−", "-").split(";" if ";" in text or parameter.kind is tuple else ",")
    return tuple(parameter.parse(part) for part in parts if part.strip())


def check_memory(experiments: Sequence[Named], memory: int = PROFILE_MEMORY) -> None:
    """Raise ConfigError where this machine cannot train all of them at once, with so many bytes for all their profiles."""
    for _, config in experiments:
        machine.fitting(config)
    parts = [needed(config) for _, config in experiments]
    total = sum(part.total - part.recording for part in parts) + min(memory, sum(part.recording for part in parts))
    if total <= machine.ALWAYS_THERE:
        return
    there = machine.available()
    if total > there:
        raise ConfigError("values", f"The {len(parts)} runs need {size(total)} together, and this machine has {size(there)} for them; take fewer values.")


def with_companions(pins: Pins, others: Sequence[Named], memory: int = PROFILE_MEMORY) -> Pins:
    """Pins for all but the live one, instead of those that were trained along until now; all runs, the live one too, share the memory for profiles."""
    share = memory // (len(others) + 1)
    kept: Pins = tuple(pin for pin in pins if not pin.trains)
    for name, config in others:
        kept = pinned(kept, Run(config, memory=share), name)
        kept = changed(kept, kept[-1].key, trains=True)
    return kept
