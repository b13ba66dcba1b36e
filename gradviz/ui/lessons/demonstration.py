"""What a step of a lesson does to the window: its panels, its experiment, and its claims held against the run on the plots."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gradviz.core.config import PARAMETERS, Config
from gradviz.lessons.claims import AnyClaim, Compared
from gradviz.lessons.lesson import Experiment, Step, Turn, with_values
from gradviz.lessons.progress import Progress
from gradviz.lessons.seen import Seen, seen
from gradviz.lessons.turns import forbidden, in_words, only_changed
from gradviz.runs.presets import Preset
from gradviz.runs.run import Run
from gradviz.ui import pins, playhead
from gradviz.ui import state as states
from gradviz.ui.lessons.step import Claimed
from gradviz.ui.state import Phase, Speed

if TYPE_CHECKING:
    from gradviz.ui.window import Window


class Demonstration:
    """Shows a lesson's steps in the window, and knows which of them the run on the plots is of."""

    def __init__(self, window: Window) -> None:
        self._window = window
        #: What the window's experiment of this number was opened for.
        self._opened: tuple[int, Experiment] | None = None
        self._seen: dict[int, Seen] = {}
        self._judged: tuple[object, ...] = ()
        self._pinned: frozenset[int] = frozenset()
        #: How fast the step is meant to be run, where it is run at once.
        self._hurried: Speed | None = None
        #: The runs that stand behind each step's, with their names: whoever comes back to it finds them there.
        self._beside: dict[int, tuple[tuple[str, Run], ...]] = {}

    def begin_anew(self) -> None:
        """Another lesson."""
        self._seen, self._judged, self._opened, self._beside = {}, (), None, {}

    @property
    def shows_the_lesson(self) -> bool:
        """Whether the run on the plots is one of the lesson's."""
        if self._opened is None:
            return False
        number, experiment = self._opened
        return number == self._window.now.experiment or experiment.config == self._window.run.config

    # experiments

    def show(self, progress: Progress, *, run: bool, again: bool = False, at_once: bool = False) -> bool:
        """A step's panels, and its experiment: ready to run, running (as fast as can be, where it is wanted `at_once`), or as it ended. Whether there is
        nothing left to run.
        """
        window, experiment = self._window, progress.experiment
        self._choose_panels(progress.step)
        self._judged = ()
        if experiment is None:
            return False
        if not self._is_on(experiment) or (again and not progress.goes_on):
            self._open(experiment, progress)
        ended = window.run.ending is not None
        if run and not ended:
            if progress.step.epoch is not None:
                window.looking.stay_at(progress.step.epoch)
            if at_once and not window.now.runs:
                self._hurried = Speed[progress.step.speed.upper()]
                window.show_state(replace(window.now, speed=Speed.FAST))
            if not window.now.runs:
                window.show_state(states.toggled(window.now))
        return ended or run or experiment.config.epochs == 1

    def begin_task(self, progress: Progress, *, solved: bool) -> None:
        """A task's beginning, or its solution, which runs."""
        window, config = self._window, _start(progress)
        turn = progress.step.turn
        assert turn is not None, "only a step with a task can be tried"
        self._judged = ()
        self._choose_panels(progress.step)
        self._open(Experiment(with_values(config, turn.solution) if solved else config), progress)
        if solved:
            window.show_state(states.toggled(window.now))

    def _choose_panels(self, step: Step) -> None:
        window = self._window
        if step.panels:
            window.choosing.show_only(step.panels)
            window.dashboard.choose_scales(step.decades)
        window.dashboard.choose_quantity(step.quantity or "du")
        window.dashboard.point_out(step.look_at)

    def _is_on(self, experiment: Experiment) -> bool:
        """Whether the run on the plots is this experiment's, and nobody has changed it."""
        window, run = self._window, self._window.run
        opened = self._opened is not None and self._opened[1] == experiment
        begun = self._opened is not None and (window.now.experiment == self._opened[0] or window.now.planned == experiment.changes)
        if not opened or not begun or run.config != experiment.config or window.now.made:
            return False
        return list(run.interventions) == [change for change in experiment.changes if change in run.interventions]

    def _open(self, experiment: Experiment, progress: Progress) -> None:
        """Its network, ready to run at epoch 0; the run of the step before stays behind it where the step says so."""
        window, step, state = self._window, progress.step, self._window.now
        self._hurried = None
        own = tuple(pin for pin in state.pins if pin.key not in self._pinned)
        behind = own
        if step.beside and not progress.trying:
            for name, run in self._runs_beside(progress):
                behind = pins.pinned(behind, run, name)
        self._pinned = frozenset(pin.key for pin in behind) - {pin.key for pin in own}
        title = f"Your turn: {step.title}" if progress.trying else step.title
        state = replace(state, pins=behind, speed=Speed[step.speed.upper()])
        window.show_state(states.opened(Preset(title, title, "", experiment.config), state, planned=experiment.changes))
        self._opened = (window.now.experiment, experiment)

    def _runs_beside(self, progress: Progress) -> tuple[tuple[str, Run], ...]:
        """The run of the step before, and those that stood behind it already."""
        window, at = self._window, progress.at
        before = progress.trained[at - 1] if at else None
        if before is not None and self._is_on(before) and window.run.epochs_done:
            earlier = tuple((pin.name, pin.run) for pin in window.now.pins if pin.key in self._pinned)
            step = progress.lesson.steps[at - 1]
            self._beside[at] = (*earlier, (step.name or step.title.partition(":")[0], window.run))
        return self._beside.get(at, ())

    # claims

    def judge(self, progress: Progress) -> tuple[Claimed, ...] | None:
        """The step's claims, or the task's goals, held against the run where it stands still, and open where it is another; None without news."""
        window = self._window
        what = (progress.at, progress.trying, window.now.experiment, window.now.branch, window.run.epochs_done)
        moves = window.now.phase in (Phase.RUNNING, Phase.PREPARING) or not window.run.epochs_done
        if what == self._judged or (moves and not self._judged):
            return None
        self._judged = () if moves else what
        if self._hurried is not None and not moves:
            if window.now.speed is Speed.FAST:
                window.show_state(replace(window.now, speed=self._hurried))
            self._hurried = None
        turn = progress.step.turn if progress.trying else None
        if moves:
            return unchecked(progress.step.claims) if turn is None else open_goals(turn)
        if progress.trying:
            return self._goals(progress)
        is_over = window.run.ending is not None and progress.experiment is not None and self._is_on(progress.experiment) and progress.at in progress.shown
        return self._claims(progress) if is_over else unchecked(progress.step.claims)

    def _claims(self, progress: Progress) -> tuple[Claimed, ...]:
        window, epoch = self._window, progress.step.epoch
        head = window.now.head
        if epoch is not None:
            window.looking.look(playhead.moved(head, epoch, window.newest))
        elif not head.live:
            window.looking.look(playhead.followed(head))
        now = self._seen[progress.at] = seen(window.run, epoch, self._seen.get(progress.at - 1))
        return _checked(progress.step.claims, now)

    def _goals(self, progress: Progress) -> tuple[Claimed, ...]:
        turn, run = progress.step.turn, self._window.run
        assert turn is not None, "only a step with a task can be tried"
        goals = _checked(turn.goal, seen(run, None, self._seen.get(progress.at)))
        if run.ending is None:
            goals = tuple(goal if goal.holds else Claimed(goal.words, None) for goal in goals)  # what is not so yet may still come
        changed = forbidden(turn, _start(progress), run.config, run.interventions)
        return (*goals, Claimed(f"Changed, though it is to stay: {in_words(changed)}." if changed else only_changed(turn), not changed))

    def what_was_done(self, progress: Progress) -> str:
        """In words, in what the run on the plots differs from where the task began."""
        start, run = _start(progress), self._window.run
        changed = [f"{name} = {PARAMETERS[name].format(getattr(run.config, name))}" for name in start.differences(run.config)]
        on_the_way = [f"{change.what} from epoch {change.epoch:,}" for change in run.interventions]
        return ", ".join([*changed, *on_the_way]) or "nothing changed"


def _start(progress: Progress) -> Config:
    """What a task begins with."""
    assert progress.step.turn is not None, "only a step with a task can be tried"
    assert progress.experiment is not None, "a task begins with an experiment"
    return with_values(progress.experiment.config, progress.step.turn.start)


def unchecked(claims: tuple[AnyClaim, ...]) -> tuple[Claimed, ...]:
    """Claims in words, before there is a run."""
    return tuple(Claimed(claim.words, None) for claim in claims)


def open_goals(turn: Turn) -> tuple[Claimed, ...]:
    """A task's goals in words, and what is to stay as it is, before there is a run."""
    return (*unchecked(turn.goal), Claimed(only_changed(turn), None))


def _checked(claims: tuple[AnyClaim, ...], what: Seen) -> tuple[Claimed, ...]:
    """Claims held against what is seen; what compares with a step that was not shown stays open."""
    unknown = [isinstance(claim, Compared) and what.before is None for claim in claims]
    return tuple(Claimed(claim.words, None if skip else claim.check(what).holds) for claim, skip in zip(claims, unknown, strict=True))
