"""A lesson in the window: its steps, what they run, what was predicted, and what comes next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QFileDialog, QInputDialog, QVBoxLayout, QWidget

from gradviz.runs.files import FileError, written_whole
from gradviz.runs.presets import Preset
from gradviz.ui import pins, playhead
from gradviz.ui import state as states
from gradviz.ui.state import Phase, Speed

if TYPE_CHECKING:  # they come with the first lesson
    from gradviz.lessons.claims import AnyClaim
    from gradviz.lessons.lesson import Experiment, Lesson
    from gradviz.lessons.progress import Progress
    from gradviz.lessons.seen import Seen
    from gradviz.ui.lessons.panel import LessonPanel
    from gradviz.ui.lessons.step import Claimed
    from gradviz.ui.theme import Theme
    from gradviz.ui.window import Window

LESSONS = "Lessons (*.toml);;All files (*)"
#: These do something only while a step of a lesson is on the screen.
IN_A_LESSON = ("lesson_on", "lesson_back", "lesson_next", "show_me", "answer", "your_turn", "save_answers")


class Teaching:
    """Leads through a lesson's steps: words in the panel, experiments in the window, claims held against the run on the plots."""

    def __init__(self, window: Window) -> None:
        self._window = window
        #: Where the panel stands, left of the plots.
        self.room = QWidget()
        column = QVBoxLayout(self.room)
        column.setContentsMargins(0, 0, 0, 0)
        self._panel: LessonPanel | None = None
        self.progress: Progress | None = None
        #: What the window's experiment of this number was opened for.
        self._opened: tuple[int, Experiment] | None = None
        self._seen: dict[int, Seen] = {}
        self._judged: tuple[object, ...] = ()
        self._claims: tuple[Claimed, ...] = ()
        self._goals: tuple[Claimed, ...] = ()
        self._pinned: frozenset[int] = frozenset()
        self._before: tuple[frozenset[str], Speed] | None = None

    def connect(self) -> None:
        """Let the menu's and the keys' intentions reach it."""
        actions = self._window.actions_by_name
        intentions = {
            "lessons": self._on_lessons,
            "open_lesson": self.ask_for_file,
            "lesson_on": self.go_on,
            "lesson_back": lambda: self.move(-1),
            "lesson_next": lambda: self.move(1),
            "show_me": self.show_me,
            "answer": self.reveal,
            "your_turn": self.your_turn,
            "save_answers": self.ask_to_save,
        }
        for name, intention in intentions.items():
            actions[name].triggered.connect(lambda _checked=False, intention=intention: intention())
        self._allow()

    # the panel

    @property
    def panel(self) -> LessonPanel:
        """The panel; it comes with the first lesson."""
        if self._panel is None:
            from gradviz.ui.lessons.panel import LessonPanel

            self._panel = LessonPanel(self._window.actions_by_name)
            column = self.room.layout()
            assert column is not None, "the room is laid out"
            column.addWidget(self._panel)
            self._panel.course.chosen.connect(self._on_chosen)
            self._panel.course.file_wanted.connect(self.ask_for_file)
            self._panel.all.clicked.connect(self.show_course)
            self._panel.close_button.clicked.connect(self.close)
            self._panel.step.question.predicted.connect(self._on_predicted)
            self._panel.apply_theme(self._window.theme)
            self._window.watch_keys()
        return self._panel

    @property
    def is_open(self) -> bool:
        """Whether the panel is there."""
        return self._before is not None

    @property
    def in_step(self) -> bool:
        """Whether a step of a lesson is on the screen."""
        return self.is_open and self.progress is not None and self.panel.pages.currentWidget() is self.panel.step

    def apply_theme(self, theme: Theme) -> None:
        if self._panel is not None:
            self._panel.apply_theme(theme)

    def _on_lessons(self) -> None:
        if self.is_open:
            self.close()
        elif self.progress is not None:
            self._open_panel()
            self._enter()
        else:
            self.show_course()

    def _open_panel(self) -> None:
        window = self._window
        if not self.is_open:
            self._before = (window.dashboard.visible, window.now.speed)
        self.panel.show()
        window.actions_by_name["lessons"].setChecked(True)
        self._arrange()

    def _arrange(self) -> None:
        trying = self.progress is not None and self.progress.trying
        self._window.left.teach(self.is_open, trying=trying)
        self._allow()

    def _allow(self) -> None:
        """Keys and buttons that do nothing now are off."""
        actions, progress = self._window.actions_by_name, self.progress
        for name in IN_A_LESSON:
            actions[name].setEnabled(self.in_step)
        if not self.in_step or progress is None:
            return
        actions["lesson_back"].setEnabled(progress.at > 0 or progress.trying)
        actions["lesson_next"].setEnabled(progress.at < len(progress.lesson.steps) - 1)
        actions["lesson_on"].setEnabled(progress.due != "end")
        actions["show_me"].setEnabled(progress.experiment is not None)
        actions["show_me"].setText("Show a solution" if progress.trying else ("Show me again" if progress.at in progress.shown else "Show me"))
        actions["answer"].setEnabled(progress.asks and not progress.trying)
        actions["your_turn"].setEnabled(progress.step.turn is not None)
        actions["your_turn"].setText("Start anew" if progress.trying else "Your turn")

    def show_course(self) -> None:
        """All lessons, to choose from."""
        from gradviz.lessons.course import course

        self._open_panel()
        done = {}
        if self.progress is not None:
            done[self.progress.name] = f"at step {self.progress.at + 1} of {len(self.progress.lesson.steps)}"
        self.panel.course.show_lessons(course(), done)
        self.panel.show_course()
        self._window.dashboard.point_out("")
        self._allow()
        self._tell_notes()
        self.panel.course.list.setFocus()

    def close(self) -> None:
        """The fields are there again, and the panels and the speed that were there before; the lesson stays where it is."""
        if self._before is None:
            return
        window = self._window
        panels, speed = self._before
        self._before = None
        window.actions_by_name["lessons"].setChecked(False)
        self._arrange()
        window.dashboard.point_out(None)
        window.choosing.show_only(panels)
        window.show_state(replace(window.now, speed=speed))
        self._tell_notes()
        window.dashboard.setFocus()

    # lessons

    def _on_chosen(self, name: str) -> None:
        from gradviz.lessons.course import course

        if self.progress is not None and self.progress.name == name:
            self._open_panel()
            self._enter()
        else:
            self.open(course()[name], name)

    def ask_for_file(self) -> None:
        """Ask for a lesson's file, and open it."""
        saving = self._window.saving
        name, _ = QFileDialog.getOpenFileName(self._window, "Open a lesson", saving.folder(), LESSONS)
        if name:
            saving.remember_folder(name)
            self.open_file(Path(name))

    def open_file(self, path: Path) -> bool:
        """Open a lesson that somebody wrote; what is wrong with it is said in the strip, with its line. Whether it was opened."""
        from gradviz.lessons.reading import read_lesson

        try:
            lesson = read_lesson(path)
        except FileError as problem:
            self._window.messages.complain(str(problem))
            return False
        self.open(lesson, path.stem)
        return True

    def open(self, lesson: Lesson, name: str) -> None:
        """Begin a lesson."""
        from gradviz.lessons.progress import Progress

        self._window.messages.clear()
        self._seen, self._judged = {}, ()
        self.progress = Progress(lesson, name)
        self._open_panel()
        self._enter()

    # steps

    def _use(self, new: Progress) -> None:
        """Another progress: the panel shows it."""
        self.progress = new
        self.panel.step.show_progress(new, self._claims, self._goals)
        self._arrange()

    def _enter(self) -> None:
        """The step that a person is at: its words; and what it shows, unless there is something to predict first."""
        progress = self.progress
        assert progress is not None, "a step belongs to a lesson"
        self._claims, self._goals, self._judged = self._unchecked(progress.step.claims), (), ()
        self.panel.show_step()
        self.panel.step.begin()
        self._use(progress)
        self._tell_notes()
        self._window.dashboard.point_out("")
        if progress.at in progress.shown:
            self._show(run=False)
        elif not progress.asks:
            self._show(run=progress.goes_on)
        if self._window.isActiveWindow() and self.panel.step.question.field.isHidden():
            self._window.dashboard.setFocus()

    def move(self, by: int) -> None:
        """So many steps on or back; back from the person's turn to the step that it belongs to."""
        from gradviz.lessons import progress as steps

        if self.progress is None:
            return
        after = steps.trying(self.progress, False) if self.progress.trying and by < 0 else steps.moved(self.progress, by)
        if after != self.progress:
            self.progress = after
            self._enter()

    def go_on(self) -> None:
        """What comes next in the step, or the next step: all that one button of a presenter's remote control needs."""
        if self.progress is None:
            return
        if self.progress.trying:
            self.move(1)
            return
        due = self.progress.due
        if due == "show":
            self.show_me()
        elif due == "answer":
            self.reveal()
        elif due == "next":
            self.move(1)

    def show_me(self) -> None:
        """Run what the step is about; in the person's turn, a solution."""
        from gradviz.lessons import progress as steps

        progress = self.progress
        if progress is None or progress.experiment is None:
            return
        if progress.trying:
            self._use(steps.helped(progress))
            self._try(solved=True)
            return
        again = progress.at in progress.shown
        self._use(steps.shown(progress))
        self._show(run=True, again=again)

    def reveal(self) -> None:
        """The answer; what was not shown yet is shown with it."""
        from gradviz.lessons import progress as steps

        if self.progress is None or not self.progress.asks or self.progress.trying:
            return
        self._use(steps.revealed(self.progress))
        if self.progress.at not in self.progress.shown and self.progress.experiment is not None:
            self.show_me()
        self.panel.step.show_answer()

    def _on_predicted(self, prediction: int | str) -> None:
        from gradviz.lessons import progress as steps

        if self.progress is not None:
            self._use(steps.predicted(self.progress, prediction))

    # experiments

    def _show(self, *, run: bool, again: bool = False) -> None:
        """The step's panels, and its experiment: ready to run, running, or as it ended."""
        from gradviz.lessons import progress as steps

        progress, window = self.progress, self._window
        assert progress is not None, "a step belongs to a lesson"
        self._choose_panels()
        experiment = progress.experiment
        if experiment is None:
            return
        if not self._is_on(experiment) or (again and not progress.goes_on):
            self._open(experiment, progress.step.title)
        ended = window.run.ending is not None
        if run and not ended:
            window.show_state(states.toggled(window.now) if not window.now.runs else window.now)
        if ended or run or experiment.config.epochs == 1:
            self._use(steps.shown(progress))
        self._judged = ()
        self.settle()

    def _choose_panels(self) -> None:
        progress, window = self.progress, self._window
        assert progress is not None, "a step belongs to a lesson"
        step = progress.step
        if step.panels:
            window.choosing.show_only(step.panels)
        window.dashboard.choose_quantity(step.quantity or "du")
        window.dashboard.point_out(step.look_at)

    def _is_on(self, experiment: Experiment) -> bool:
        """Whether the run on the plots is this experiment's, as the lesson has it."""
        run = self._window.run
        if self._opened != (self._window.now.experiment, experiment) or run.config != experiment.config:
            return False
        return list(run.interventions) == [change for change in experiment.changes if change in run.interventions] and not self._window.now.made

    def _open(self, experiment: Experiment, title: str) -> None:
        """Its network, ready to run at epoch 0; the run before stays behind it where the step says so."""
        progress, window = self.progress, self._window
        assert progress is not None, "an experiment belongs to a step"
        state = window.now
        behind = tuple(pin for pin in state.pins if pin.key not in self._pinned)
        kept: frozenset[int] = frozenset()
        before = progress.trained[progress.at - 1] if progress.at else None
        if progress.step.beside and not progress.trying:
            behind = state.pins
            kept = self._pinned
            if before is not None and self._is_on(before) and window.run.epochs_done:
                behind = pins.pinned(state.pins, window.run, progress.lesson.steps[progress.at - 1].title)
                kept = self._pinned | {behind[-1].key}
        self._pinned = kept
        speed = Speed[progress.step.speed.upper()]
        preset = Preset(title, title, "", experiment.config)
        window.show_state(states.opened(preset, replace(state, pins=behind, speed=speed), planned=experiment.changes))
        self._opened = (window.now.experiment, experiment)

    # the person's turn

    def your_turn(self) -> None:
        """Give the experiment into the person's hands, where the step has a task."""
        from gradviz.lessons import progress as steps

        if self.progress is None or self.progress.step.turn is None:
            return
        self._use(steps.trying(self.progress, True))
        self._try(solved=False)
        self.panel.step.begin()

    def _try(self, *, solved: bool) -> None:
        """The task's beginning, or its solution, which runs."""
        from gradviz.lessons.lesson import Experiment, with_values

        progress, window = self.progress, self._window
        assert progress is not None, "a task belongs to a step"
        turn, experiment = progress.step.turn, progress.experiment
        assert turn is not None, "only a step with a task can be tried"
        assert experiment is not None, "a task begins with an experiment"
        config = with_values(experiment.config, turn.start)
        config = with_values(config, turn.solution) if solved else config
        self._goals, self._judged = self._unchecked(turn.goal), ()
        self._choose_panels()
        self._open(Experiment(config), "A solution" if solved else f"Your turn: {progress.step.title}")
        if solved:
            window.show_state(states.toggled(window.now))
        self._use(progress)

    # claims

    @staticmethod
    def _unchecked(claims: tuple[AnyClaim, ...]) -> tuple[Claimed, ...]:
        from gradviz.ui.lessons.step import Claimed

        return tuple(Claimed(claim.words, None) for claim in claims)

    def settle(self) -> None:
        """Nothing moves: hold the step's claims, or the task's goals, against the run, if that has not been done yet."""
        progress, window = self.progress, self._window
        if progress is None or not self.in_step or window.now.phase in (Phase.RUNNING, Phase.PREPARING) or not window.run.epochs_done:
            return
        what = (progress.at, progress.trying, window.now.experiment, window.now.branch, window.run.epochs_done)
        if what == self._judged:
            return
        self._judged = what
        if progress.trying:
            self._judge_goal()
        elif window.run.ending is not None and progress.experiment is not None and self._is_on(progress.experiment) and progress.at in progress.shown:
            self._judge_claims()

    def _judge_claims(self) -> None:
        from gradviz.lessons.seen import seen

        progress, window = self.progress, self._window
        assert progress is not None, "claims belong to a step"
        epoch = progress.step.epoch
        if epoch is not None or not window.now.head.live:
            head = playhead.followed(window.now.head) if epoch is None else playhead.moved(window.now.head, epoch, window.newest)
            window.looking.look(head)
        now = seen(window.run, epoch, self._seen.get(progress.at - 1))
        self._seen = {step: what for step, what in {**self._seen, progress.at: now}.items() if step >= progress.at - 1}
        self._claims = self._checked(progress.step.claims, now)
        self._use(progress)

    def _judge_goal(self) -> None:
        from gradviz.lessons import progress as steps
        from gradviz.lessons.seen import seen

        progress, window = self.progress, self._window
        assert progress is not None, "a task belongs to a step"
        turn = progress.step.turn
        assert turn is not None, "only a step with a task can be tried"
        self._goals = self._checked(turn.goal, seen(window.run, None, self._seen.get(progress.at)))
        if all(goal.found and goal.found.holds for goal in self._goals):
            if progress.at not in progress.reached:
                window.messages.say("You did it: every goal of this task is reached. Next (N) goes on.")
            progress = steps.reached(progress, self._what_was_done())
        self._use(progress)

    def _what_was_done(self) -> str:
        """In words, in what the run on the plots differs from where the task began."""
        from gradviz.core.config import PARAMETERS
        from gradviz.lessons.lesson import with_values

        progress, run = self.progress, self._window.run
        assert progress is not None, "a task belongs to a step"
        assert progress.step.turn is not None, "only a step with a task can be tried"
        assert progress.experiment is not None, "a task begins with an experiment"
        start = with_values(progress.experiment.config, progress.step.turn.start)
        changed = [f"{name} = {PARAMETERS[name].format(getattr(run.config, name))}" for name in start.differences(run.config)]
        on_the_way = [f"{change.what} from epoch {change.epoch:,}" for change in run.interventions]
        return ", ".join([*changed, *on_the_way]) or "nothing changed"

    @staticmethod
    def _checked(claims: tuple[AnyClaim, ...], what: Seen) -> tuple[Claimed, ...]:
        from gradviz.lessons.claims import Compared
        from gradviz.ui.lessons.step import Claimed

        unknown = [isinstance(claim, Compared) and what.before is None for claim in claims]
        return tuple(Claimed(claim.words, None if skip else claim.check(what)) for claim, skip in zip(claims, unknown, strict=True))

    # notes and answers

    def _tell_notes(self) -> None:
        """The presenter's window says what belongs to the step."""
        progress, projecting = self.progress, self._window.projecting
        if progress is None or not self.in_step:
            projecting.show_notes("", "", "", "")
            return
        steps, at = progress.lesson.steps, progress.at
        following = steps[at + 1].title if at + 1 < len(steps) else ""
        projecting.show_notes(progress.step.title, progress.step.notes, f"{at + 1} of {len(steps)}", following)

    def ask_to_save(self) -> None:
        """Ask for a name and a file, and write the answers there as a plain text."""
        if self.progress is None:
            return
        window, saving = self._window, self._window.saving
        name, wanted = QInputDialog.getText(window, "Save answers", "Your name, as your teacher knows it (it may stay empty):")
        if not wanted:
            return
        place = str(Path(saving.folder()) / f"answers-{self.progress.name}.txt")
        file, _ = QFileDialog.getSaveFileName(window, "Save answers", place, "Text (*.txt)")
        if file:
            saving.remember_folder(file)
            self.save_answers(Path(file if Path(file).suffix else f"{file}.txt"), name)

    def save_answers(self, path: Path, name: str = "") -> None:
        """Write what was answered until now to a file; what goes wrong is said in the strip."""
        from gradviz.lessons.answers import answers_text

        assert self.progress is not None, "answers belong to a lesson"
        try:
            with written_whole(path) as beside:
                beside.write_text(answers_text(self.progress, name), encoding="utf-8")
        except FileError as problem:
            self._window.messages.complain(str(problem))
        else:
            self._window.messages.say(f"Your answers are in '{path}'.")
