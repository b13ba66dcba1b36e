"""A lesson in the window: its steps, what they run, what was predicted, and what comes next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from gradviz.runs.files import FileError
from gradviz.ui.state import Speed

if TYPE_CHECKING:  # they come with the first lesson
    from gradviz.lessons.lesson import Lesson
    from gradviz.lessons.progress import Progress
    from gradviz.ui.lessons.demonstration import Demonstration
    from gradviz.ui.lessons.panel import LessonPanel
    from gradviz.ui.lessons.step import Claimed
    from gradviz.ui.theme import Theme
    from gradviz.ui.window import Window

LESSONS = "Lessons (*.toml);;All files (*)"
#: What stands in place of the verdict while a question is open that it would answer, and in place of the plots before the lesson has something to show.
WITHHELD, WITHHELD_LONGER = "The verdict comes with the answer.", "The verdict comes when all questions about this run are answered."
NOT_YET, LATER = "First predict; then “Show me” (D) shows it here.", "The plots come with the steps that follow."
NOTHING = "There is nothing to judge yet."
#: These do something only while a step of a lesson is on the screen.
IN_A_LESSON = ("lesson_on", "lesson_back", "lesson_next", "show_me", "answer", "your_turn")


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
        self._shown_by: Demonstration | None = None
        self._claims: tuple[Claimed, ...] = ()
        self._goals: tuple[Claimed, ...] = ()
        self._projects = False
        self._before: tuple[tuple[frozenset[str], tuple[str, ...]], Speed] | None = None
        #: What the strip says of a lesson that was left.
        self._offer = ""
        #: Whether what is done is kept for the next time: a talk leaves a person's own answers as they are.
        self._keeps = True

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
        for signal in (actions["run"].triggered, actions["step"].triggered, self._window.parameters.preset_chosen):
            signal.connect(lambda *_: self._hold_back(""))  # whoever runs something wants to see it
        self._window.parameters.confirmed.connect(self._on_confirmed)
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
            self._panel.project(self._projects)
            self._window.watch_keys()
        return self._panel

    @property
    def _demonstration(self) -> Demonstration:
        """What shows the steps; it comes with the first one."""
        if self._shown_by is None:
            from gradviz.ui.lessons.demonstration import Demonstration

            self._shown_by = Demonstration(self._window)
        return self._shown_by

    @property
    def is_open(self) -> bool:
        """Whether the panel is there."""
        return self._before is not None

    @property
    def in_step(self) -> bool:
        """Whether a step of a lesson is on the screen."""
        return self.is_open and self.progress is not None and self.panel.pages.currentWidget() is self.panel.step

    def project(self, on: bool) -> None:
        """A hall looks: keys lead through the lesson, and there are no buttons."""
        self._projects = on
        if self._panel is not None:
            self._panel.project(on)
            if self.progress is not None and self.in_step:
                self._use(self.progress)
                self._to_field(self.progress)

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
            self._before = (window.choosing.wanted, window.now.speed)
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
        told = self.in_step and progress is not None and progress.would_be_told and not progress.trying
        words = WITHHELD if progress is not None and progress.asks else WITHHELD_LONGER
        self._window.verdict.withhold(words if told else (NOTHING if self._window.dashboard.held_back else ""))
        actions["save_answers"].setEnabled(self.is_open and progress is not None)
        if not self.in_step or progress is None:
            return
        actions["lesson_back"].setEnabled(progress.at > 0 or progress.trying)
        actions["lesson_next"].setEnabled(progress.at < len(progress.lesson.steps) - 1)
        actions["show_me"].setEnabled(progress.experiment is not None)
        actions["show_me"].setText("Show a solution" if progress.trying else ("Show me again" if progress.at in progress.shown else "Show me"))
        actions["answer"].setEnabled(progress.asks and not progress.trying)
        actions["your_turn"].setEnabled(progress.step.turn is not None)
        actions["your_turn"].setText("Start anew" if progress.trying else "Your turn")

    def _hold_back(self, words: str) -> None:
        """What the plots and the verdict show has nothing to do with the lesson: words in their place, or none and they are there."""
        self._window.dashboard.hold_back(words)
        self._allow()

    def show_course(self) -> None:
        """All lessons, to choose from."""
        from gradviz.lessons.course import course
        from gradviz.lessons.progress import Progress

        self._open_panel()
        left = {name: found for name, lesson in course().items() if (found := self._left(Progress(lesson, name))) is not None}
        done = {name: "done" if found.due == "end" else f"at step {found.at + 1} of {len(found.lesson.steps)}" for name, found in left.items()}
        self.panel.course.show_lessons(course(), done)
        if self.progress is not None:
            self.panel.course.choose(self.progress.name, after=self.progress.due == "end")
        self.panel.show_course()
        self._window.dashboard.point_out("")
        self._hold_back("")
        self._tell_notes()
        self.panel.course.list.setFocus()

    def close(self) -> None:
        """The fields are there again, and the panels and the speed that were there before; the lesson stays where it is."""
        if self._before is None:
            return
        window = self._window
        wanted, speed = self._before
        self._before = None
        window.actions_by_name["lessons"].setChecked(False)
        self._arrange()
        window.dashboard.point_out(None)
        self._hold_back("")
        window.choosing.want(wanted)
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
            if self.open_file(Path(name)):
                self._window.opening.remember(Path(name))

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
        """Begin a lesson, or go on where a person has left it; a hall begins where the lesson does."""
        from gradviz.lessons.progress import Progress

        window = self._window
        window.messages.clear()
        begun = Progress(lesson, name)
        self._keeps = not self._projects
        left = self._left(begun) if self._keeps else None
        self._begin(left or begun)
        if left is not None:
            self._offer = f"You have done a part of this lesson before, with answers that are kept; it goes on at step {left.at + 1} of {len(lesson.steps)}."
            window.messages.offer(self._offer, Begin_anew=lambda: self._begin(begun))

    def _left(self, begun: Progress) -> Progress | None:
        """A lesson as a person has left it."""
        from gradviz.lessons.progress import resumed

        return resumed(begun, str(self._window.settings.value(f"lessons/{begun.name}", "")))

    def _begin(self, progress: Progress) -> None:
        self._demonstration.begin_anew()
        self.progress = progress
        self._open_panel()
        self._enter()

    # steps

    def _use(self, new: Progress) -> None:
        """Another progress: the panel shows it."""
        from gradviz.lessons.progress import kept

        self.progress = new
        self.panel.step.show_progress(new, self._claims, self._goals)
        self._arrange()
        if self._keeps and (new.at or new.shown or new.revealed or new.predictions):
            self._window.settings.setValue(f"lessons/{new.name}", kept(new))

    def _enter(self) -> None:
        """The step that a person is at: its words; and what it shows, unless there is something to predict first."""
        from gradviz.ui.lessons.demonstration import unchecked

        progress = self.progress
        assert progress is not None, "a step belongs to a lesson"
        self._claims, self._goals = unchecked(progress.step.claims), ()
        self.panel.show_step()
        self.panel.step.begin()
        self._use(progress)
        self._tell_notes()
        self._window.dashboard.point_out("")
        if progress.at in progress.shown:
            self._show(run=True, at_once=True)  # where it is the run of another step that is on the plots, it is soon as it was
        elif not progress.asks or progress.experiment is None:
            self._show(run=progress.goes_on)
        self._hold_back("" if self._demonstration.shows_the_lesson else (NOT_YET if progress.asks and progress.experiment is not None else LATER))
        self._window.watch_keys()  # the question's choices are new
        if not self._window.isActiveWindow():
            return
        if self._projects:
            self._window.dashboard.setFocus()
        else:
            self.panel.step.take_focus()

    def move(self, by: int) -> None:
        """So many steps on or back; back from the person's turn to the step that it belongs to."""
        from gradviz.lessons import progress as steps

        if self.progress is None:
            return
        self._take_back_offer()
        after = steps.trying(self.progress, False) if self.progress.trying and by < 0 else steps.moved(self.progress, by)
        if after != self.progress:
            self.progress = after
            self._enter()

    def go_on(self) -> None:
        """What comes next in the step, or the next step: all that one button of a presenter's remote control needs."""
        if self.progress is None:
            return
        self._take_back_offer()
        due = self.progress.due if not self.progress.trying else "next"
        if due == "show":
            self.show_me()
        elif due == "answer":
            self.reveal()
        elif self.progress.at == len(self.progress.lesson.steps) - 1:
            self._finish(self.progress)
        else:
            self.move(1)

    def _finish(self, progress: Progress) -> None:
        """The lesson is over: the next one is chosen in the list, and what was answered can be saved."""
        self.show_course()
        if (progress.predictions or progress.reached) and not self._projects:
            self._offer = "That was the lesson's last step. Your answers can be saved as a plain text, for a teacher."
            self._window.messages.offer(self._offer, Save_answers=self.ask_to_save)

    def _take_back_offer(self) -> None:
        """Whoever goes on has decided."""
        messages = self._window.messages
        if self._offer and messages.text.text() == self._offer:
            messages.clear()

    def show_me(self) -> None:
        """Run what the step is about; in the person's turn, a solution."""
        from gradviz.lessons import progress as steps

        progress = self.progress
        if progress is None or progress.experiment is None:
            return
        if progress.trying:
            self._try(steps.helped(progress), solved=True)
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

    def _show(self, *, run: bool, again: bool = False, at_once: bool = False) -> None:
        """What the step shows: ready to run, running, or as it ended."""
        from gradviz.lessons import progress as steps

        assert self.progress is not None, "a step belongs to a lesson"
        if self._demonstration.show(self.progress, run=run, again=again, at_once=at_once):
            self._use(steps.shown(self.progress))
        self._hold_back("")
        self.settle()

    def your_turn(self) -> None:
        """Give the experiment into the person's hands, where the step has a task."""
        from gradviz.lessons import progress as steps

        if self.progress is not None and self.progress.step.turn is not None:
            self._try(steps.trying(self.progress, True), solved=False)
            self.panel.step.begin()
            self._to_field(self.progress)

    def _to_field(self, progress: Progress) -> None:
        """In a person's turn the cursor is where a change solves the task."""
        if progress.trying and progress.step.turn is not None:
            self._window.parameters.set_focus(next(iter(progress.step.turn.solution)))

    def _try(self, progress: Progress, *, solved: bool) -> None:
        """A task from its beginning, or its solution."""
        from gradviz.ui.lessons.demonstration import open_goals

        assert progress.step.turn is not None, "only a step with a task can be tried"
        self._goals = open_goals(progress.step.turn)
        self._demonstration.begin_task(progress, solved=solved)
        self._use(progress)
        self._hold_back("")

    def _on_confirmed(self) -> None:
        """A value is typed: from here Space runs, and Page Down goes on."""
        if self.progress is not None and self.progress.trying:
            self._window.dashboard.setFocus()

    def settle(self) -> None:
        """Nothing moves: what the step claims, or the task wants, is held against the run."""
        from gradviz.lessons import progress as steps

        progress = self.progress
        if progress is None or not self.in_step:
            return
        found = self._demonstration.judge(progress)
        if found is None:
            return
        if not progress.trying:
            self._claims = found
        else:
            self._goals = found
            if all(goal.holds for goal in found):
                if progress.at not in progress.reached:
                    self._window.messages.say("You did it: every goal of this task is reached. Page Down goes on.")
                progress = steps.reached(progress, self._demonstration.what_was_done(progress))
        self._use(progress)

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
        if self.progress is not None:
            from gradviz.ui.lessons.answering import ask_to_save

            ask_to_save(self._window, self.progress)
