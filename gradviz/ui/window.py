"""The window: intentions come up from the panels, one frozen State goes down to them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QEvent, QPoint, QSettings, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QActionGroup, QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence, QPaintEvent
from PyQt6.QtWidgets import (
    QFileDialog,
    QMainWindow,
    QMenu,
)

from gradviz.core.config import Config, ConfigError
from gradviz.core.training import Frames
from gradviz.feed import Feed
from gradviz.runs.files import FileError
from gradviz.runs.presets import Preset, presets, read_config
from gradviz.runs.run import Run, training
from gradviz.ui import layout
from gradviz.ui import state as states
from gradviz.ui import theme as themes
from gradviz.ui.actions import TABLE, FocusKeepsItsKeys, make_actions
from gradviz.ui.help import show_about, show_explanation
from gradviz.ui.messages import MessageStrip
from gradviz.ui.pace import Pace, Rates
from gradviz.ui.panels.cost import CostNumbers
from gradviz.ui.panels.parameters import UNFOLDED, ParametersPanel
from gradviz.ui.panels.timeline import Timeline
from gradviz.ui.panels.verdict import VerdictStrip
from gradviz.ui.past_runs import PastRuns
from gradviz.ui.plots.dashboard import FIRST, PLACES, USUAL, Dashboard
from gradviz.ui.plots.moment import Moment
from gradviz.ui.plots.panel import Panel, sample_labels
from gradviz.ui.saving import Saving
from gradviz.ui.state import Phase, Speed, State
from gradviz.ui.table_reader import TableReader, changed_on_disk
from gradviz.ui.worker import Worker

TICK = 16  # milliseconds: 60 frames a second
RATES_EVERY = 0.25  # seconds between new numbers of epochs/s: faster cannot be read
#: In Fast the worker may be so many bytes of frames ahead of the screen: more would take the time of the window's thread to put them away.
FAST_BYTES = 3 * 1024**2
OPENS = "Runs, configs and tables (*.npz *.toml *.csv);;All files (*)"


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
        self.run = Run(Config())
        self.state: State | None = None
        self._frame = Frames.empty(self.run.config)
        self._worker: Worker[Frames] | None = None
        self._retired: set[Worker[Frames]] = set()
        self._tables = TableReader()
        self._pace, self._rates = Pace(), Rates(RATES_EVERY)
        self._frames_drawn = 0
        self._painted = False
        self._thinned = 1
        self._judged: Moment | None = None
        self._judged_at = 0.0
        self._past = PastRuns()
        self._complaint = ""  # what the strip says of a field that cannot be
        self._panels_chosen: frozenset[str] = USUAL
        self._panels_asked = _panels_of(what)
        self._lay_out()
        self._keys = FocusKeepsItsKeys(self)
        self._keys.watch(self)
        self._connect()
        self._restore()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._on_tick)
        self.show_state(states.opened(what, name=name))
        self._timer.start()

    # one State down

    def show_state(self, new: State) -> None:
        """Make the window show a state; only what differs from the last one is touched."""
        waited = any(state is not None and state.waiting for state in (self.state, new))
        old, self.state = self.state, self._tables.informed(new)
        new = self.state
        if new is old:
            return
        if old is None or old.experiment != new.experiment:
            self._begin(new)
        if old is None or old.running != new.running:
            self._turn_knobs(old, new)
        if old is None or (old.running, old.entered, old.refusals, old.table) != (new.running, new.entered, new.refusals, new.table):
            self.parameters.show_state(old, new)
        self.timeline.show_state(new)
        if old is None or (old.phase, old.runs, old.speed) != (new.phase, new.runs, new.speed):
            self._show_actions(new)
            if self._worker is not None:  # what was asked for at another speed does not count any more
                self._worker.feed.ask(0)
                self._pace.rest()
        if waited and not new.waiting and new.problems:
            self._point_to_problem()
        if self._complaint and not any(self._complaint.startswith(sentence) for sentence in new.problems.values()):
            self._take_back_complaint()

    def _begin(self, new: State) -> None:
        """Another experiment: retire its worker, and start one for it, unless it is a recorded run that stands at its end."""
        self._retire()
        self._remember()
        self._rates.clear()
        self._pace.rest()
        self.timeline.show_rates(None, None)
        self.dashboard.begin_anew(new.running)
        self.cost_numbers.begin_anew()
        self._list_samples(new.running)
        self.verdict.clear()
        self._judged = None
        self.saving.name = new.name
        self.setWindowTitle(f"{new.name} — GradViz" if new.name else "GradViz")
        self._frame = Frames.empty(new.running)
        self._thinned = 1
        self.run = new.replay or Run(new.running)
        if new.replay and new.phase is Phase.FINISHED:
            self._draw(self.run.newest)
            self._remember()
            self._say_interventions()
            return
        source = new.replay.replay() if new.replay else training(new.running)
        self._worker = Worker(source, Feed[Frames]())
        if self._painted:
            self._worker.start()

    def _list_samples(self, config: Config) -> None:
        """The menu of samples that the panels with room for one may show; a wide network's show all of a batch together."""
        shown, labels, _note = sample_labels(config) if not config.wide else ([], [], "")
        if self._samples is not None:
            self._samples.setEnabled(bool(shown))
        layout.fill_with_choices(self._samples, self._sample_actions, dict(zip(shown, labels, strict=True)), self.dashboard.sample, self.dashboard.show_sample)

    def _turn_knobs(self, old: State | None, new: State) -> None:
        if old is None or old.experiment != new.experiment or self._worker is None:
            return
        for name in old.running.differences(new.running):
            self._worker.feed.turn(name, getattr(new.running, name))

    def _show_actions(self, new: State) -> None:
        run = self.actions_by_name["run"]
        run.setText("Pause" if new.runs else "Run")
        run.setIcon(themes.icon("pause" if new.runs else "run", self.theme))
        self.actions_by_name["step"].setEnabled(states.can_step(new))
        self.actions_by_name[new.speed.name.lower()].setChecked(True)

    # frames

    def _on_tick(self) -> None:
        """Take what came, draw the newest, and ask for what is due."""
        self._follow_table()
        worker, state = self._worker, self.state
        if worker is None or state is None:
            self._settle()
            return
        ended = worker.feed.finished  # before taking: what is put before it ends is then taken
        taken = worker.feed.take()
        now = time.perf_counter()
        if taken:
            if state.replay is None:
                for frames in taken:
                    self.run.append(frames)
                frame, done = self.run.newest, self.run.epochs_done
            else:
                frame = taken[-1].rows(slice(-1, None))
                done = int(frame.epoch[-1]) + 1
            if not len(self._frame) or frame.epoch[-1] != self._frame.epoch[-1]:
                self._draw(frame, hurried=state.phase is Phase.RUNNING and state.speed is Speed.FAST and taken[-1].ending is None)
            self.show_state(states.arrived(state, done, taken[-1].ending))
            self._say_thinning()
            if state.phase is Phase.PREPARING:
                self._say_whether_compiled()
        else:
            self._settle()
        if ended:
            self._finish(worker)
            self._remember()
        self._ask(worker, now)
        self._show_rates(now)

    def _follow_table(self) -> None:
        """Take what was read of a table, and say what is being read where that takes its time."""
        news = self._tables.news()
        if news:
            self.messages.say(news)
        check = self._tables.take()
        if check is not None:
            if check.complete and self.messages.text.text() == self._tables.told:
                self.messages.clear()
            self.show_state(states.read(self._now, check))
        if self._now.unread:
            self.show_state(self._now)  # another table may have been asked for meanwhile

    def _settle(self) -> None:
        """Nothing new came: bring what was left out in a hurry up to what is drawn."""
        self.dashboard.catch_up()
        self._judge(time.perf_counter())

    def _ask(self, worker: Worker[Frames], now: float) -> None:
        assert self.state is not None, "a tick has a state"
        if self.state.phase is not Phase.RUNNING:
            return
        worker.feed.look_at(self.dashboard.looked_at)
        if self.state.speed is Speed.FAST:
            worker.feed.ask(max(1, FAST_BYTES // max(1, self._frame.bytes_each)))
        else:
            worker.feed.ask_more(self._pace.due(self.state.speed.value, now))

    def _finish(self, worker: Worker[Frames]) -> None:
        assert self.state is not None, "a tick has a state"
        self._retire()
        problem = worker.feed.error
        if problem is not None:
            sentence = f"The training broke off after {self.run.epochs_done:,} epochs: {_in_words(problem)}"
            self.run.stop()
            self.messages.complain(f"{sentence} What was recorded is kept; Reset (R) starts anew.", problem)
            self.show_state(states.failed(self.state, sentence))

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

        if NOTICE and self._now.replay is None:
            self.messages.say(NOTICE)

    def _say_interventions(self) -> None:
        """What a person turned while this run was trained: its config alone does not tell."""
        changes = [f"{change.parameter} = {change.value:g} from epoch {change.epoch:,}" for change in self.run.interventions]
        if changes:
            shown = "; ".join(changes[:3]) + (f"; and {len(changes) - 3} more" if len(changes) > 3 else "")
            self.messages.say(f"This run was changed on its way: {shown}.")

    def _draw(self, frame: Frames, *, hurried: bool = False) -> None:
        self._frame = frame
        self._frames_drawn += 1
        self.dashboard.show_run(self.run, frame, hurried=hurried)
        self.cost_numbers.show_run(self.run, frame)
        self._judge(time.perf_counter())

    def _judge(self, now: float) -> None:
        """The verdict on what is drawn: at once where it stands still, else no more often than it can be read."""
        moment = self.dashboard.moment
        assert self.state is not None, "what is drawn belongs to a state"
        if moment is None or moment is self._judged or (self.state.phase is Phase.RUNNING and now - self._judged_at < RATES_EVERY):
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

    def _retire(self) -> None:
        """Let the worker end by itself: an epoch of a huge network takes its time, and the window does not wait for it."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.feed.stop()
        if worker.isRunning():
            self._retired.add(worker)
            worker.finished.connect(lambda: self._retired.discard(worker))

    # intentions up

    def _connect(self) -> None:
        self.parameters.value_entered.connect(lambda name, value: self.show_state(states.entered(self._now, name, value)))
        self.parameters.values_tried.connect(self.try_values)
        self.parameters.fields_made.connect(lambda: self._keys.watch(self.parameters))
        self.parameters.value_refused.connect(lambda name, sentence: self.show_state(states.refused(self._now, name, sentence)))
        self.parameters.preset_chosen.connect(self._on_preset_chosen)
        self.parameters.defaults_requested.connect(lambda: self.show_state(states.restored(self._now, Config())))
        intentions = {
            "run": lambda: self._start(states.toggled),
            "step": self._on_step,
            "reset": lambda: self._start(states.reset),
            "slow": lambda: self.show_state(replace(self._now, speed=Speed.SLOW)),
            "normal": lambda: self.show_state(replace(self._now, speed=Speed.NORMAL)),
            "fast": lambda: self.show_state(replace(self._now, speed=Speed.FAST)),
            "snapshot": lambda: self.saving.ask_for_picture("dashboard"),
            "copy": lambda: self.saving.copy_picture(self._panel_under_mouse()),
            "open": self._on_open,
            "save": lambda: self.saving.ask_for_run(self.run),
            "quit": self.close,
            "check": self._on_check,
            "seeing": lambda: show_explanation(self),
            "about": lambda: show_about(self),
        }
        for name, intention in intentions.items():
            self.actions_by_name[name].triggered.connect(lambda _checked=False, intention=intention: intention())
        self.dashboard.menu_requested.connect(self._on_menu_requested)
        self.dashboard.values_wanted.connect(self.try_values)
        hints = QGuiApplication.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(self._on_system_theme_changed)

    @property
    def _now(self) -> State:
        assert self.state is not None, "intentions come from a window that is set up"
        return self.state

    def _start(self, transition: Any) -> None:
        """Run or reset; where a field cannot be, the strip says which."""
        self._look_at_table_again()
        before = self._now
        after = transition(before)
        if after is before and before.problems:
            self._point_to_problem()
            return
        self.messages.clear()
        self.show_state(after)

    def _point_to_problem(self) -> None:
        name, sentence = next(iter(self._now.problems.items()))
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
        if changed_on_disk(self._now):
            self.show_state(states.outdated(self._now))

    def try_values(self, values: Mapping[str, Any]) -> None:
        """Show at once what was picked with a slider or on the phase map: it begins anew at epoch 0, and goes on running if one ran."""
        runs = self._now.phase is Phase.RUNNING or self._now.run_when_ready
        after = states.tried(states.toggled(self._now) if runs else self._now, values)
        self.show_state(states.toggled(after) if runs else after)

    def _on_step(self) -> None:
        if states.can_step(self._now) and self._worker is not None:
            self.show_state(states.stepped(self._now))
            self._worker.feed.look_at(self.dashboard.looked_at)
            self._worker.feed.ask_more(1)

    def _on_preset_chosen(self, name: str) -> None:
        self.open(presets()[name])
        self.dashboard.setFocus()  # so that Space starts it, and does not open the list again

    def open(self, what: Preset | Run, name: str = "") -> None:
        """Show a preset or config ready to run, or a saved run as it was recorded."""
        self.messages.clear()
        self.show_state(states.opened(what, self._now, name))
        self._panels_asked = _panels_of(what)
        self._show_panels()

    def open_file(self, path: Path) -> None:
        """Open a saved run, a config or a table; what is wrong with it is said in the strip."""
        if path.suffix.lower() == ".csv":
            self._open_table(path)
            return
        from gradviz.runs import store  # when it is used: zip and JSON cost a start-up what few starts need

        try:
            if path.suffix.lower() == ".toml":
                self.open(read_config(path))
            else:
                self.open(store.load(path), path.name)
        except (FileError, ConfigError) as problem:
            self.messages.complain(str(problem))

    def _open_table(self, path: Path) -> None:
        """Learn a person's own table, as soon as it has been read."""
        self.messages.clear()
        self.show_state(states.opened_table(path, self._now))
        self._panels_asked = ()
        self._show_panels()

    def _on_open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open a run, a config or a table", self.saving.folder(), OPENS)
        if name:
            self.saving.remember_folder(name)
            self.open_file(Path(name))

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
        menu.addAction(f"Copy {panel.title.lower()}", lambda: self.saving.copy_picture(panel.name))
        menu.addSeparator()
        menu.addAction("Show all data (double click)", panel.reset_view)
        menu.addSeparator()
        menu.addAction(self.actions_by_name["snapshot"])
        return menu

    # settings

    def _restore(self) -> None:
        geometry = self.settings.value("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(1280, 800)
        self.parameters.unfold(str(self.settings.value("sections", ",".join(UNFOLDED), type=str)).split(","))
        self.use_theme(str(self.settings.value("theme", "system", type=str)))

    def use_theme(self, setting: str) -> None:
        """Draw everything in the light or the dark theme, or in the system's."""
        self.settings.setValue("theme", setting)
        self.theme = self.saving.theme = themes.chosen(setting)
        themes.apply_to_application(self.theme)
        for part in (self.dashboard, self.parameters, self.verdict, self.messages):
            part.apply_theme(self.theme)
        for entry in TABLE:
            if entry.icon:
                self.actions_by_name[entry.name].setIcon(themes.icon(entry.icon, self.theme))
        for action in self._theme_actions.actions():
            action.setChecked(action.data() == setting)
        if self.state is not None:
            self._show_actions(self.state)

    def _on_system_theme_changed(self) -> None:
        if self.settings.value("theme", "system", type=str) == "system":
            self.use_theme("system")

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        mime = event.mimeData() if event else None
        if event and mime and any(url.isLocalFile() for url in mime.urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        mime = event.mimeData() if event else None
        paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()] if mime else []
        if paths:
            self.open_file(paths[0])

    def changeEvent(self, event: QEvent | None) -> None:
        """Back from a spreadsheet, perhaps: the table may have been mended in it."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and self.state is not None:
            self._look_at_table_again()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Start the first worker when the window is up: it imports and compiles, and the two would wait for each other."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._start_first)

    def _start_first(self) -> None:
        self.first_painted.emit()
        self._show_panels()
        self.dashboard.complete()
        self.parameters.complete()
        self._keys.watch(self.dashboard)
        if self._worker is not None and not self._worker.isRunning():
            self._worker.start()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop, then wait: deleting a running thread would abort the process. The window is gone from the screen meanwhile."""
        self.settings.setValue("geometry", self.saveGeometry())
        self.settings.setValue("sections", ",".join(self.parameters.unfolded()))
        self._timer.stop()
        self._retire()
        self.hide()
        self._tables.stop()
        for worker in list(self._retired):
            worker.wait()
        super().closeEvent(event)

    # layout

    def _lay_out(self) -> None:
        self.setAcceptDrops(True)
        transport = layout.transport_bar(self.actions_by_name, QActionGroup(self))
        self.addToolBar(transport)
        bar = self.menuBar()
        assert bar is not None, "a main window has a menu bar"
        view = layout.add_menus(bar, self.actions_by_name)["&View"]
        self._theme_actions = QActionGroup(self)
        for setting, text in layout.THEMES:
            self._theme_actions.addAction(layout.add_checkable(view, text, setting, partial(self.use_theme, setting)))
        self._samples = view.addMenu("Sample where one is shown")
        self._sample_actions = QActionGroup(self)
        view.addSeparator()
        self._panel_actions = [layout.add_checkable(view, place.title, place.name, self._on_panels_chosen) for place in PLACES.values()]
        for action, place in zip(self._panel_actions, PLACES.values(), strict=True):
            action.setChecked(place.name in USUAL)
            if place.keys:
                action.setShortcut(place.keys)
                action.setToolTip(f"Show or hide the {place.title.lower()} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
                transport.addAction(action)
        side = layout.SideColumn([self.parameters, layout.in_margins(self.cost_numbers)])
        self.setCentralWidget(layout.arranged(side, self.dashboard, self.messages, self.verdict, self.timeline))

    def _on_panels_chosen(self) -> None:
        self._panels_chosen = frozenset(action.data() for action in self._panel_actions if action.isChecked())
        self._panels_asked = ()
        self._show_panels()

    def _show_panels(self) -> None:
        """The panels that a person has chosen, and those that the preset asks for."""
        unknown = [name for name in self._panels_asked if name not in PLACES]
        if unknown:
            self.messages.complain(f"The config shows '{unknown[0]}', which is no panel; the panels are {', '.join(PLACES)}.")
        asked = [name for name in self._panels_asked if name in PLACES]
        names = self.dashboard.with_room_for(asked, self._panels_chosen)
        for action in self._panel_actions:
            action.setChecked(action.data() in names)
        if names != self.dashboard.visible:
            self.dashboard.set_visible(names)
            self._keys.watch(self.dashboard)  # a panel may have been made only now


def _panels_of(what: Preset | Run) -> tuple[str, ...]:
    """The panels that a preset asks for."""
    return what.shows if isinstance(what, Preset) else ()


def _in_words(problem: BaseException) -> str:
    if isinstance(problem, MemoryError):
        return "there is not enough memory for this network; use fewer layers or samples."
    return f"{str(problem).rstrip('.') or type(problem).__name__}."
