"""What can only be told of a lesson as a whole: whether its experiments, panels, words and claims fit each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradviz.core.config import PARAMETERS, Config, unknown_parameter
from gradviz.core.profiles import GRADIENTS
from gradviz.lessons.claims import AnyClaim
from gradviz.lessons.fault import Fault, whole
from gradviz.lessons.lesson import MOST_PANELS, PANELS, Experiment, Lesson, Question, Step, Turn, experiments, with_values
from gradviz.lessons.turns import WEIGHTS

#: Nobody listens longer (minutes).
LONGEST = 600

Path_ = tuple[str | int, ...]


def check_whole(lesson: Lesson) -> None:
    """Raise Fault where something in the lesson cannot be, though each field by itself can."""
    _check_words(lesson, ("title", "summary"))
    if not 1 <= lesson.minutes <= LONGEST:
        raise Fault(f"minutes is {whole(lesson.minutes)}; it must be a whole number from 1 to {LONGEST}", "minutes")
    if not lesson.steps:
        raise Fault("a lesson has at least one step", "steps")
    before: Config | None = None
    for number, (step, experiment) in enumerate(zip(lesson.steps, experiments(lesson), strict=True)):
        path = ("steps", number)
        for check in CHECKS:
            check(step, path)
        if experiment is None:
            if step.claims or step.turn or step.epoch is not None:
                raise Fault("claims something, or sets a task, before there is an experiment; give it a preset or set", *path)
            continue
        _check_run(step, experiment, before, path)
        before = experiment.config


# --- words ---------------------------------------------------------------------------------------------------------------------------------


def _check_words(table: Lesson | Step | Question | Turn, fields: Sequence[str], *path: str | int) -> None:
    for field in fields:
        if not getattr(table, field).strip():
            raise Fault(f"{field} is empty; it must have words in it", *path, field)


def _check_step(step: Step, path: Path_) -> None:
    _check_words(step, ("title", "text"), *path)


def _check_question(step: Step, path: Path_) -> None:
    if step.question is None:
        return
    _check_words(step.question, ("ask", "answer"), *path, "question")
    for number, option in enumerate(step.question.options):
        if not option.strip():
            raise Fault("an option is empty; it must have words in it", *path, "question", "options", number)


def _check_task(step: Step, path: Path_) -> None:
    if step.turn is None:
        return
    _check_words(step.turn, ("task",), *path, "turn")
    if not step.turn.goal:
        raise Fault("goal is empty; it must have a claim that says when the task is done", *path, "turn", "goal")
    for number, name in enumerate(step.turn.may_change):
        if name not in PARAMETERS and name != WEIGHTS:
            raise Fault(str(unknown_parameter(name)), *path, "turn", "may_change", number)


# --- panels --------------------------------------------------------------------------------------------------------------------------------


def _check_panels(step: Step, path: Path_) -> None:
    for number, panel in enumerate(step.panels):
        if panel not in PANELS:
            raise Fault(f"there is no panel '{panel}'; they are {', '.join(PANELS)}", *path, "panels", number)
    _check_once(step.panels, *path, "panels")
    if len(step.panels) > MOST_PANELS:
        raise Fault(f"shows {len(step.panels)} panels; {MOST_PANELS} are as many as a hall can read beside the words", *path, "panels")
    if step.look_at and step.look_at not in step.panels:
        raise Fault(f"looks at '{step.look_at}', which is none of its panels", *path, "look_at")
    for number, panel in enumerate(step.decades):
        if panel not in step.panels:
            raise Fault(f"draws '{panel}' on a decade axis, which is none of its panels", *path, "decades", number)
    _check_once(step.decades, *path, "decades")
    if step.quantity and step.quantity not in GRADIENTS:
        raise Fault(f"there is no gradient '{step.quantity}'; they are {', '.join(GRADIENTS)}", *path, "quantity")


def _check_once(names: Sequence[str], *path: str | int) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Fault(f"names '{name}' twice; once is enough", *path, number)


#: What a step must be, whatever it trains.
CHECKS: tuple[Callable[[Step, Path_], None], ...] = (_check_step, _check_question, _check_task, _check_panels)

# --- experiments ---------------------------------------------------------------------------------------------------------------------------


def _check_run(step: Step, experiment: Experiment, before: Config | None, path: Path_) -> None:
    config = experiment.config
    if step.epoch is not None:
        _check_epoch(step.epoch, config, path)
    _check_claims(step.claims, config, before, *path, "claims")
    if step.turn is not None:
        start = with_values(config, step.turn.start, *path, "turn", "start")
        solved = with_values(start, step.turn.solution, *path, "turn", "solution")
        _check_claims(step.turn.goal, solved, config, *path, "turn", "goal")


def _check_epoch(epoch: int, config: Config, path: Path_) -> None:
    if not 0 <= epoch < config.epochs:
        raise Fault(f"epoch is {whole(epoch)}; the experiment has epochs 0 to {config.epochs - 1:,}", *path, "epoch")
    every = config.observe_every
    if epoch % every and epoch != config.epochs - 1:
        raise Fault(f"epoch is {epoch:,}; only one in {every:,} epochs is observed here, such as {epoch - epoch % every:,}", *path, "epoch")


def _check_claims(claims: Sequence[AnyClaim], config: Config, before: Config | None, *path: str | int) -> None:
    for number, claim in enumerate(claims):
        try:
            claim.check_for(config, before)
        except Fault as problem:
            raise problem.below(*path, number) from None
