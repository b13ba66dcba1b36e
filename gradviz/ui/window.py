"""The window: intentions come up from the panels, one frozen State goes down to them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QEvent, QPoint, QSettings, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QActionGroup, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QPaintEvent, QStatusTipEvent
from PyQt6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
)

from gradviz.core.config import Config
from gradviz.core.training import Frames
from gradviz.runs.moment import Moment
from gradviz.runs.presets import Preset, presets
from gradviz.runs.run import Run, training
from gradviz.ui import branches, layout, playhead
from gradviz.ui import state as states
from gradviz.ui import theme as themes
from gradviz.ui.actions import TABLE, FocusKeepsItsKeys, make_actions
from gradviz.ui.changing import Changing
from gradviz.ui.choosing import Choosing, panels_of
from gradviz.ui.companions import in_words
from gradviz.ui.comparing import Comparing
from gradviz.ui.helping import Helping
from gradviz.ui.live import Live
from gradviz.ui.looking import Looking
from gradviz.ui.menus import menus_ready
from gradviz.ui.messages import MessageStrip
from gradviz.ui.opening import Opening
from gradviz.ui.pace import Pace, Rates
from gradviz.ui.panels.cost import CostNumbers
from gradviz.ui.panels.parameters import UNFOLDED, ParametersPanel
from gradviz.ui.panels.timeline import Timeline
from gradviz.ui.panels.verdict import VerdictStrip
from gradviz.ui.past_runs import PastRuns
from gradviz.ui.pausing import Pausing
from gradviz.ui.plots.dashboard import FIRST, USUAL, Dashboard
from gradviz.ui.plots.panel import Panel, sample_labels
from gradviz.ui.preferring import TRAILS, Preferring, text_in
from gradviz.ui.projecting import Projecting
from gradviz.ui.reopening import Reopening
from gradviz.ui.saving import Saving
from gradviz.ui.sharing import Sharing
from gradviz.ui.snapshots import brought_back, snapshot_of
from gradviz.ui.state import Phase, Speed, State
from gradviz.ui.table_reader import TableReader, changed_on_disk
from gradviz.ui.teaching import Teaching
from gradviz.ui.telling import Telling
from gradviz.ui.worker import wait_for_all

if TYPE_CHECKING:  # files come with their first use
    from gradviz.runs.session import Snapshot
    from gradviz.ui.keeping import Keeping

TICK = 16  # milliseconds: 60 frames a second
RATES_EVERY = 0.25  # seconds between new numbers of epochs/s: faster cannot be read
VERDICT_EVERY = 0.35  # seconds between verdicts: what changes its colour more often than three times a second may harm people
#: In Fast the worker may be so many bytes of frames ahead of the screen: more would take the time of the window's thread to put them away.
FAST_BYTES = 3 * 1024**2


class Window(QMainWindow):
    """The main window of one experiment at a time."""

    first_painted = pyqtSignal()

    def __init__(self, what: Preset | Run, name: str = "", settings: QSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or QSettings()
        self.dashboard = Dashboard(USUAL, FIRST)
        self.parameters = ParametersPanel()
        self.cost_numbers = CostNumbers()
        self.verdict = VerdictStrip()
        self.timeline = Timeline()
        self.messages = MessageStrip()
        self.saving = Saving(self, self.dashboard, self.messages, self.settings)
        self.actions_by_name = make_actions(self)
        self.theme = themes.LIGHT
        self._system = themes.chosen("system")
        self.state: State | None = None
        self.preferring = Preferring(self)
        self.memory = self.preferring.number("memory") << 20
        self.live = Live(Run(Config()))
        self._frame = Frames.empty(self.run.config)
        self.comparing, self.changing, self.looking = Comparing(self), Changing(self), Looking(self)
        self._companions = self.comparing.companions
        self._epoch = 0
        self._grown = False
        self._keeping: Keeping | None = None
        self._kept: tuple[object, ...] = ()
        self._pausing = Pausing(self, lambda conditions: self.show_state(replace(self.now, pauses=conditions)))
        self._tables = TableReader()
        self._pace, self._rates = Pace(), Rates(RATES_EVERY)
        self._frames_drawn = 0
        self.is_up = False
        self._thinned = 1
        self._judged: Moment | None = None
        self._judged_at = 0.0
        self._past = PastRuns()
        self._complaint = ""  # what the strip says of a field that cannot be
        self.choosing = Choosing(self, panels_of(what))
        self.opening, self.reopening, self.sharing = Opening(self), Reopening(self), Sharing(self)
        self.teaching, self.projecting, self.helping = Teaching(self), Projecting(self), Helping(self)
        self.telling = Telling(self)
        self._lay_out()
        self._keys = FocusKeepsItsKeys(self)
        self._keys.watch(self)
        self._connect()
        self._restore()
        self._timer = QTimer(self)
        self._timer.setObjectName("clock")
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._on_tick)
        self.show_state(self.preferring.begun(states.opened(what, name=name)))
        self._timer.start()

    # one State down

    def show_state(self, new: State) -> None:
        """Make the window show a state; only what differs from the last one is touched."""
        waited = any(state is not None and state.waiting for state in (self.state, new))
        old = self.state
        if old is not None and new.experiment != old.experiment and not new.past and not new.future:
            new = branches.left_behind(new, self.run, old)
        self.state = self._tables.informed(new)
        new = self.state
        if new is old:
            return
        if old is None or old.experiment != new.experiment:
            self._begin(new)
        elif old.branch != new.branch:
            self._go_on(new)
        if old is None or old.running != new.running:
            self._turn_knobs(old, new)
        if old is None or (old.running, old.entered, old.refusals, old.table) != (new.running, new.entered, new.refusals, new.table):
            self.parameters.show_state(old, new)
        self.timeline.show_state(new)
        if old is None or (old.phase, old.runs, old.speed) != (new.phase, new.runs, new.speed):
            self._show_actions(new)
            self.live.ask(0, self.dashboard.looked_at)  # what was asked for at another speed does not count any more
            self._companions.pause()
            self._pace.rest()
        if old is None or (old.pauses, old.experiment, old.branch) != (new.pauses, new.experiment, new.branch):
            self._pausing.watch(new.pauses, self.run)
            self.timeline.show_met(self._pausing.met)
        for name, there in (("undo", new.past), ("redo", new.future)):
            self.actions_by_name[name].setEnabled(bool(there))
        if old is None or old.pins != new.pins:
            self.comparing.show_pins(new.pins)
        if old is not None and old.head != new.head:
            self.run.bookmarks = new.head.bookmarks
            self.dashboard.show_trails(new.head.trails)
            self.actions_by_name["step"].setEnabled(states.can_step(new) or not new.head.live)
            if old.head.cursor != new.head.cursor and not new.head.playing:
                self._show_frame()
        if waited and not new.waiting and new.problems:
            self._point_to_problem()
        if self._complaint and not any(self._complaint.startswith(sentence) for sentence in new.problems.values()):
            self._take_back_complaint()

    def _begin(self, new: State) -> None:
        """Another experiment: let its workers go, and start some for it, unless it is a recorded run that stands at its end."""
        self._remember()
        self._rates.clear()
        self._pausing.begin_anew()
        self.timeline.show_rates(None, None)
        self.dashboard.begin_anew(new.running)
        self._list_samples(new.running)
        self.verdict.clear()
        self._judged = None
        self.saving.name = new.name
        self.setWindowTitle(f"{new.name} — GradViz" if new.name else "GradViz")
        self._thinned = 1
        self._go_on(new)
        if new.base is not None:
            self._remember()
            self._say_interventions()

    def _go_on(self, new: State) -> None:
        """From the run that the state goes on from, or from nothing: the dashboard keeps its axes."""
        self.live.retire()
        self._companions.pause()
        self._pace.rest()
        self.cost_numbers.begin_anew()
        run = new.base or Run(new.running)
        run.memory = self.memory // (1 + sum(pin.trains for pin in new.pins))
        source = None
        if new.base is None:
            source = training(new.running, new.planned)
        elif new.made or run.can_go_on:
            source = run.go_on(new.made)
        self.live = Live(run, source, at_once=new.base is None or new.answers)
        self._frame = Frames.empty(run.config)
        self._grown = False
        if not new.answers:
            self._show_frame()
        if self.is_up:
            self.live.start()

    def _list_samples(self, config: Config) -> None:
        """The menu of samples that the panels with room for one may show; a wide network's show all of a batch together."""
        shown, labels, _note = sample_labels(config) if not config.wide else ([], [], "")
        if self._samples is not None:
            self._samples.setEnabled(bool(shown))
        layout.fill_with_choices(self._samples, self._sample_actions, dict(zip(shown, labels, strict=True)), self.dashboard.sample, self.dashboard.show_sample)

    def _turn_knobs(self, old: State | None, new: State) -> None:
        if old is not None and (old.experiment, old.branch) == (new.experiment, new.branch):
            self.live.turn((name, getattr(new.running, name)) for name in old.running.differences(new.running))

    def _show_actions(self, new: State) -> None:
        run = self.actions_by_name["run"]
        runs = new.runs or self.comparing.goes_on
        run.setText("Pause" if runs else "Run")
        run.setIcon(themes.icon("pause" if runs else "run", self.theme))
        self.actions_by_name["step"].setEnabled(states.can_step(new) or not new.head.live)
        self.actions_by_name[new.speed.name.lower()].setChecked(True)

    # frames

    @property
    def run(self) -> Run:
        """The run on the plots."""
        return self.live.run

    def _on_tick(self) -> None:
        """Take what came, draw what is looked at, and ask for what is due."""
        self._follow_table()
        now = time.perf_counter()
        works, preparing = self.live.works, self.now.phase is Phase.PREPARING
        taken = self.live.take(self.changing.note)
        self._grown |= self.comparing.take()
        if taken:
            self._grown = True
            ending = next((frames.ending for frames in taken if frames.ending), None)
            self.show_state(states.arrived(self.now, self.run.epochs_done, ending))
            self._say_thinning()
            if preparing:
                self._say_whether_compiled()
            self._pause_where_met(taken)
        self.looking.advance(now)
        drawn = self._show_frame()
        if not taken or not (drawn or self.now.head.live):
            self._settle()
        if works and not self.live.works:
            self._finish()
        self._ask(now)
        self._show_rates(now)

    def _show_frame(self) -> bool:
        """Draw the epoch that is looked at, where it is not drawn yet; whether it was another one."""
        state, newest = self.now, self.newest
        if branches.answering(state, self.run) is not None:  # the epoch before it must not flash up
            return False
        epoch = state.head.epoch(newest)
        frame = self.run.at_or_before(epoch) if newest >= 0 else None
        if frame is None:
            return False
        moved = not len(self._frame) or (int(frame.epoch[-1]), epoch) != (int(self._frame.epoch[-1]), self._epoch)
        if moved:
            self._epoch = epoch
            hurried = state.phase is Phase.RUNNING and state.speed is Speed.FAST and self.run.ending is None
            self._draw(frame, hurried=hurried or not state.head.live)
        elif self._grown:
            self.dashboard.show_growth(self.run)
        if moved or self._grown:
            self.timeline.show_run(self.run)
            self.comparing.allow_pinning()
        self._grown = False
        return moved

    def _follow_table(self) -> None:
        """Take what was read of a table, and say what is being read where that takes its time."""
        news = self._tables.news()
        if news:
            self.messages.say(news)
        check = self._tables.take()
        if check is not None:
            if check.complete and self.messages.text.text() == self._tables.told:
                self.messages.clear()
            self.show_state(states.read(self.now, check))
        if self.now.unread:
            self.show_state(self.now)  # another table may have been asked for meanwhile

    def _settle(self) -> None:
        """Nothing new came: bring what was left out in a hurry up to what is drawn."""
        self.dashboard.catch_up()
        self._judge(time.perf_counter())
        self.telling.settle()
        self.teaching.settle()

    def _ask(self, now: float) -> None:
        along = len(self._companions)
        if self.now.phase is not Phase.RUNNING and not self.comparing.goes_on:
            return
        looked_at = self.dashboard.looked_at
        if self.now.speed is Speed.FAST:
            count = max(1, FAST_BYTES // max(1, self._frame.bytes_each) // (1 + along))
            if along:
                self._companions.ask(count, looked_at, self.live)
            else:
                self.live.ask(count, looked_at)
            return
        due = self._pace.due(self.now.speed.value, now)
        if along:
            self._companions.ask_more(due, looked_at, self.live)
        else:
            self.live.ask_more(due, looked_at)

    def _finish(self) -> None:
        """The worker has ended: by the last epoch, or by an error."""
        problem = self.live.error
        if problem is not None:
            sentence = f"The training broke off after {self.run.epochs_done:,} epochs: {in_words(problem)}"
            self.run.stop()
            self.messages.complain(f"{sentence} What was recorded is kept; Reset (R) starts anew.", problem)
            self.show_state(states.failed(self.now, sentence))
        self._remember()

    def _remember(self) -> None:
        """A run that is over, or makes room for another one, leaves a mark on the phase map."""
        if self._past.remember(self.run):
            self.dashboard.show_finished(self._past.marks)

    def _say_thinning(self) -> None:
        if self.run.stride != self._thinned:
            self._thinned = self.run.stride
            self.messages.say(self.run.thinning)

    def _say_whether_compiled(self) -> None:
        from gradviz.core.compiled import NOTICE  # numba is loaded by now; before, the window was not to wait for it

        if NOTICE:
            self.messages.say(NOTICE)

    def _say_interventions(self) -> None:
        """What a person turned while this run was trained: its config alone does not tell."""
        changes = [f"{change.what} from epoch {change.epoch:,}" for change in self.run.interventions]
        if changes:
            shown = "; ".join(changes[:3]) + (f"; and {len(changes) - 3} more" if len(changes) > 3 else "")
            self.messages.say(f"This run was changed on its way: {shown}.")

    def _draw(self, frame: Frames, *, hurried: bool = False) -> None:
        self._frame = frame
        self._frames_drawn += 1
        self.dashboard.show_run(self.run, frame, hurried=hurried, epoch=self._epoch)
        self.cost_numbers.show_run(self.run, frame)
        self._judge(time.perf_counter())

    def _judge(self, now: float) -> None:
        """The verdict on what is drawn: at once where it stands still, else no more often than it can be read."""
        moment = self.dashboard.moment
        assert self.state is not None, "what is drawn belongs to a state"
        if moment is None or moment is self._judged or (self.state.phase is Phase.RUNNING and now - self._judged_at < VERDICT_EVERY):
            return
        self._judged, self._judged_at = moment, now
        self.verdict.show_moment(moment)

    def _show_rates(self, now: float) -> None:
        assert self.state is not None, "a tick has a state"
        if self.state.phase is not Phase.RUNNING:
            self._rates.clear()
            self.timeline.show_rates(None, None)
            return
        rates = self._rates.count(self.state.epochs_done, self._frames_drawn, now)
        if rates is not None:
            self.timeline.show_rates(*rates)

    # intentions up

    def _connect(self) -> None:
        self.parameters.values_tried.connect(self.try_values)
        self.parameters.fields_made.connect(lambda: self._keys.watch(self.parameters))
        self.parameters.fields_made.connect(self.telling.put_in_order)
        self.parameters.value_refused.connect(lambda name, sentence: self.show_state(states.refused(self.now, name, sentence)))
        self.parameters.preset_chosen.connect(self._on_preset_chosen)
        self.parameters.defaults_requested.connect(lambda: self.show_state(states.restored(self.now, Config())))
        intentions = {
            "run": self._on_run,
            "step": self._on_step,
            "pauses": lambda: self._pausing.ask(self.now.pauses, self.run, self.theme),
            "reset": lambda: self._start(states.reset),
            "slow": lambda: self.show_state(replace(self.now, speed=Speed.SLOW)),
            "normal": lambda: self.show_state(replace(self.now, speed=Speed.NORMAL)),
            "fast": lambda: self.show_state(replace(self.now, speed=Speed.FAST)),
            "snapshot": lambda: self.saving.ask_for_picture("dashboard"),
            "numbers": lambda: self.saving.ask_for_numbers("dashboard"),
            "film": self.saving.ask_for_film,
            "report": self.saving.ask_for_report,
            "copy": lambda: self.saving.copy_picture(self._panel_under_mouse()),
            "open": self.opening.ask,
            "save": lambda: self.saving.ask_for_run(self.run),
            "quit": self.close,
            "check": self._on_check,
        }
        for name, intention in intentions.items():
            self.actions_by_name[name].triggered.connect(lambda _checked=False, intention=intention: intention())
        self.dashboard.menu_requested.connect(self._on_menu_requested)
        self.dashboard.values_wanted.connect(self.try_values)
        parts = (self.looking, self.sharing, self.comparing, self.changing, self.teaching, self.projecting, self.helping, self.telling, self.preferring)
        for part in parts:
            part.connect()
        themes.follow_system(self._on_system_theme_changed)

    @property
    def now(self) -> State:
        assert self.state is not None, "intentions come from a window that is set up"
        return self.state

    def _on_run(self) -> None:
        """Run or pause: where the live run has ended and others are trained along, those."""
        if self.comparing.toggle():
            self._show_actions(self.now)
        else:
            self._start(states.toggled)

    def _start(self, transition: Any) -> None:
        """Run or reset; where a field cannot be, the strip says which."""
        self._look_at_table_again()
        before = self.now
        after = transition(before)
        if after is before and before.problems:
            self._point_to_problem()
            return
        self.messages.clear()
        self.show_state(after)

    def _point_to_problem(self) -> None:
        name, sentence = next(iter(self.now.problems.items()))
        self._complaint = f"{sentence} Correct it, or restore the defaults; then the experiment can begin."
        self.messages.complain(self._complaint)
        self.parameters.set_focus(name)

    def _take_back_complaint(self) -> None:
        """The field that the strip complains of has been corrected."""
        if self.messages.text.text() == self._complaint:
            self.messages.clear()
        self._complaint = ""

    def _look_at_table_again(self) -> None:
        """Take up what was changed in the table's file meanwhile."""
        if changed_on_disk(self.now):
            self.show_state(states.outdated(self.now))

    def try_values(self, values: Mapping[str, Any]) -> None:
        """Show at once what was picked with a slider or on the phase map: it begins anew at epoch 0, and goes on running if one ran."""
        runs = self.now.phase is Phase.RUNNING or self.now.run_when_ready
        after = states.tried(states.toggled(self.now) if runs else self.now, values)
        self.show_state(states.toggled(after) if runs else after)

    def _on_step(self) -> None:
        """The next recorded epoch where an earlier one is looked at, else one more."""
        head = self.now.head
        if not head.live:
            self.looking.look(playhead.stepped(head, self.run, 1))
        elif states.can_step(self.now):
            self.show_state(states.stepped(self.now))
            if len(self._companions):
                self._companions.ask_more(1, self.dashboard.looked_at, self.live)
            else:
                self.live.ask_more(1, self.dashboard.looked_at)

    @property
    def newest(self) -> int:
        """The newest epoch that is recorded, of all runs that are trained together; -1 where there is none."""
        if len(self._companions):
            return self._companions.shown_epoch(self.live)
        return int(self.run.newest.epoch[-1]) if len(self.run.newest) else -1

    def _pause_where_met(self, taken: list[Frames]) -> None:
        """Pause at the first epoch that meets a condition; the engine, which was ahead of the screen, goes on from there."""
        met = self._pausing.look(taken)
        if met is None:
            return
        self.timeline.show_met(self._pausing.met)
        self.messages.say(met.sentence)
        self.show_state(branches.paused_at(self.now, self.run, met.epoch))

    def allow_memory(self, megabytes: int) -> None:
        """So much may the profiles of a run take, or of all that are trained together."""
        self.memory = megabytes << 20
        along = [pin.run for pin in self.now.pins if pin.trains]
        for run in (self.run, *along):
            run.memory = self.memory // (1 + len(along))

    def _on_preset_chosen(self, name: str) -> None:
        self.open(presets()[name])
        self.dashboard.setFocus()  # so that Space starts it, and does not open the list again

    def open(self, what: Preset | Run, name: str = "") -> None:
        """Show a preset or config ready to run, or a saved run as it was recorded."""
        self.reopening.stop()  # what was chosen last counts
        self.messages.clear()
        self.show_state(states.opened(what, self.now, name))
        self.choosing.ask_for(panels_of(what))

    def _on_check(self) -> None:
        """Hold every weight gradient of the frame on the screen against finite differences."""
        if not len(self._frame):
            return
        from gradviz.ui.check import CheckDialog

        CheckDialog(self, self.run.config, self._frame, self.theme, self.run.interventions).open()

    def _panel_under_mouse(self) -> str:
        return next((name for name, panel in self.dashboard.shown.items() if panel.underMouse()), "dashboard")

    def _on_menu_requested(self, panel: Panel, where: QPoint) -> None:
        menu = self.panel_menu(panel)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(where)

    def panel_menu(self, panel: Panel) -> QMenu:
        """What can be done with one panel."""
        menu = QMenu(self)
        menu.addAction(f"Save {panel.title.lower()}…", lambda: self.saving.ask_for_picture(panel.name))
        menu.addAction(f"Save numbers of {panel.title.lower()}…", lambda: self.saving.ask_for_numbers(panel.name))
        menu.addAction(f"Copy {panel.title.lower()}", lambda: self.saving.copy_picture(panel.name))
        menu.addAction(self.actions_by_name["copy_link"])
        menu.addSeparator()
        menu.addAction("Show all data (double click)", panel.reset_view)
        menu.addSeparator()
        menu.addAction(self.actions_by_name["snapshot"])
        return menu

    # settings

    def _restore(self) -> None:
        self.preferring.place()
        self.parameters.unfold(text_in(self.settings, "sections", ",".join(UNFOLDED)).split(","))
        self.use_theme(self.preferring["theme"])
        self.dashboard.show_trails(int(self.preferring["trails"]))

    def use_theme(self, setting: str) -> None:
        """Draw everything in the light or the dark theme, or in the system's."""
        self.settings.setValue("theme", setting)
        self.saving.theme = themes.chosen(setting)
        self.theme = self.projecting.drawn_in(self.saving.theme)
        themes.apply_to_application(self.theme)
        parts = (self.dashboard, self.parameters, self.comparing, self.verdict, self.timeline, self.messages, self.teaching, self.projecting)
        for part in parts:
            part.apply_theme(self.theme)
        self._pausing.apply_theme(self.theme)
        for entry in TABLE:
            if entry.icon:
                self.actions_by_name[entry.name].setIcon(themes.icon(entry.icon, self.theme))
        for action in self._theme_actions.actions():
            action.setChecked(action.data() == setting)
        if self.state is not None:
            self._show_actions(self.state)

    def _on_system_theme_changed(self) -> None:
        """The system has other colours, or wants more contrast."""
        before, self._system = self._system, themes.chosen("system")
        if before is not self._system and self.preferring["theme"] == "system":
            self.use_theme("system")

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None or not self.projecting.key_pressed(event):
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        if event and self.sharing.holds_something(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        mime = event.mimeData() if event else None
        if mime is not None:
            self.sharing.open(mime)

    def event(self, event: QEvent | None) -> bool:
        """What a menu says of its entries stands in the line below the verdict: a bar of its own would take room from the plots."""
        if isinstance(event, QStatusTipEvent):
            self.verdict.theory.hint(event.tip())
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent | None) -> None:
        """Back from a spreadsheet, perhaps: the table may have been mended in it."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and self.state is not None:
            self._look_at_table_again()
            self._on_system_theme_changed()  # PyQt has no signal for the contrast

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Start the first worker when the window is up: it imports and compiles, and the two would wait for each other."""
        super().paintEvent(event)
        if not self.is_up:
            self.is_up = True
            QTimer.singleShot(0, self._start_first)

    def _start_first(self) -> None:
        self.first_painted.emit()
        if QApplication.focusWidget() is None or not self.isAncestorOf(QApplication.focusWidget()):
            self.dashboard.setFocus()  # else the first button that comes up would take the keys
        from gradviz.ui.looks import mark_focus

        mark_focus()
        self.choosing.show()
        self.dashboard.complete()
        self.preferring.share_room()
        self.parameters.complete()
        self.watch_keys()
        self.live.start()
        self.timeline.complete()
        self.comparing.complete()
        self._keep()
        self.helping.begin()

    def _keep(self) -> None:
        """Keep what is done for the next start, and offer what an earlier window has left behind."""
        from gradviz.ui.keeping import Keeping  # when the window is up: threads and locks cost its start

        self._keeping = Keeping(self, self.settings, self._snapshot, self.messages.complain)
        self._keeping.start()
        self._keeping.offer(self.messages, self._bring_back, self.preferring["left_behind"], named=not self.helping.greets)

    def _snapshot(self) -> Snapshot | None:
        """What there is to keep for the next start; None where it is what was kept last, or nothing has been done yet."""
        state, run = self.now, self.run
        what = (
            run,
            run.epochs_done,
            run.ending,
            state.entered,
            state.head,
            state.pins,
            tuple(pin.run.epochs_done for pin in state.pins),
            self.dashboard.visible,
        )
        if what == self._kept or (run.epochs_done < 2 and not state.pins):
            return None
        self._kept = what
        return snapshot_of(state, run, self.dashboard.visible)

    def _bring_back(self, snapshot: Snapshot) -> None:
        before, run = self.now, self.run
        back = brought_back(snapshot, before)
        self.show_state(replace(back, past=(*branches.left_behind(back, run, before).past, *back.past)))
        self.choosing.bring_back(snapshot.panels)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop, then wait: deleting a running thread would abort the process. The window is gone from the screen meanwhile."""
        self.projecting.close()
        self.preferring.close()
        self.settings.setValue("sections", ",".join(self.parameters.unfolded()))
        self._timer.stop()
        self.live.retire()
        self._companions.retire()
        self.hide()
        if self._keeping is not None:
            self._keeping.stop()
        self.saving.close()
        self.reopening.close()
        self._tables.stop()
        wait_for_all()
        super().closeEvent(event)

    # layout

    def _lay_out(self) -> None:
        self.setAcceptDrops(True)
        self.transport = layout.transport_bar(self.actions_by_name, QActionGroup(self))
        self.addToolBar(self.transport)
        bar = self.menuBar()
        assert bar is not None, "a main window has a menu bar"
        menus = layout.add_menus(bar, self.actions_by_name)
        menus["&File"].insertMenu(self.actions_by_name["save"], self.opening.menu)
        view = menus["&View"]
        self._theme_actions = QActionGroup(self)
        for setting, text in layout.THEMES:
            self._theme_actions.addAction(layout.add_checkable(view, text, setting, partial(self.preferring.choose, "theme", setting)))
        trails = view.addMenu("Trails of the last epochs")
        self.trail_actions = QActionGroup(self)
        layout.fill_with_choices(trails, self.trail_actions, TRAILS, int(self.preferring["trails"]), partial(self.preferring.choose, "trails"))
        self._samples = view.addMenu("Sample where one is shown")
        self._sample_actions = QActionGroup(self)
        view.addSeparator()
        self.choosing.list_in(view, self.transport)
        menus_ready(self)
        self.side = layout.SideColumn([self.parameters, layout.in_margins(self.cost_numbers), self.comparing.room])
        self.left = layout.LeftColumn(self.teaching.room, self.side)
        self.setCentralWidget(layout.arranged(self.left, self.dashboard, self.messages, self.verdict, self.timeline))

    def watch_keys(self) -> None:
        """Let fields and buttons that have come since keep the keys that they need, and be in order."""
        self.telling.put_in_order()
        self._keys.watch(self.dashboard)
        self._keys.watch(self.teaching.room)
