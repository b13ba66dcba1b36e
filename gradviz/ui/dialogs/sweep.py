"""A sweep on the screen: two parameters and their values, and a map that fills in, coarse to fine, while they are trained."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QEvent, QObject, QSettings, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from gradviz.core.config import Config, ConfigError
from gradviz.feed import Feed
from gradviz.runs.files import FileError
from gradviz.runs.pools import Processes
from gradviz.runs.sweep_points import MEASURES, Index, Point
from gradviz.runs.sweeps import Pool, Sweep
from gradviz.ui.dialogs.sweep_blocks import Points, turning
from gradviz.ui.dialogs.sweep_form import SweepForm
from gradviz.ui.dialogs.sweep_saving import KINDS, described, writer_for
from gradviz.ui.panels.sections import paint_in
from gradviz.ui.plots.sweep_map import SweepMap
from gradviz.ui.preferring import folder_in
from gradviz.ui.theme import Theme
from gradviz.ui.worker import Worker, end_soon

TICK = 40  # milliseconds between looks at what has come
#: Milliseconds that closing waits for the worker, which ends by itself.
PATIENCE = 500
MORE_THAN_ALL = 2**31
#: Drawing may take this share of the time: a map of a million cells is drawn less often.
DRAWING = 0.2
#: What stands below the map while there is nothing on it.
EMPTY = "Start fills the map from coarse to fine. A click on a point opens it as a run; so do arrow keys on the map and Enter."


class SweepDialog(QDialog):
    """Asks what to sweep over, shows the map as it fills in, and reports the config of a point that is clicked."""

    config_chosen = pyqtSignal(object)

    def __init__(self, parent: QWidget | None, config: Config, theme: Theme, pool: Callable[[], Pool] = Processes) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Sweep")
        self.resize(1000, 640)
        self._config, self._theme, self._pool = config, theme, pool
        self.plan: Sweep | None = None
        self.found: dict[Index, Point] = {}
        self._worker: Worker[Points] | None = None
        self._waiting: list[Point] = []
        self._drawn_at = self._drawing = 0.0
        self._began = 0.0
        self.form = SweepForm(config)
        self.reading, self.said = QLabel(), QLabel()
        self.progress = QProgressBar()
        self.start, self.save = QPushButton("&Start"), QPushButton("Sa&ve…")
        self.map = SweepMap()
        self._lay_out()
        self._connect()
        self.apply_theme(theme)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._on_tick)
        window = parent.window() if parent is not None else None
        if window is not None:
            window.installEventFilter(self)

    @property
    def running(self) -> bool:
        """Whether points are being trained."""
        return self._worker is not None

    # the worker

    def _on_entered(self) -> None:
        self.start.setEnabled(self.form.wanted() is not None or self.running)

    def _on_start(self) -> None:
        if self._worker is not None:
            self._worker.feed.stop()
            self.start.setEnabled(False)
            self.start.setText("Stopping…")
            return
        plan = self.form.wanted()
        if plan is None:
            return
        self.plan, self.found, self._waiting = plan, {}, []
        self.map.begin(plan, self.form.measure.currentData())
        self.reading.setText("")
        self.progress.setVisible(True)
        self.progress.setRange(0, plan.count)
        self.progress.setValue(0)
        self._say("The processes begin…")
        self._began = time.perf_counter()
        self._worker = Worker(turning(plan, self._pool()), Feed())
        self._worker.feed.ask(MORE_THAN_ALL)
        self._worker.start()
        self.start.setText("&Cancel")
        self._timer.start()

    def _on_tick(self) -> None:
        worker = self._worker
        if worker is None:
            return
        ended = worker.feed.finished  # before taking: what is put before it ends is then taken
        for block in worker.feed.take():
            self._waiting += block.points
        if self._waiting and (ended or time.perf_counter() - self._drawn_at > self._drawing / DRAWING):
            self._draw()
        if ended:
            self._finish(worker)

    def _draw(self) -> None:
        """Draw what has come, and remember how long that takes."""
        began = time.perf_counter()
        self.found |= {point.index: point for point in self._waiting}
        self.map.add(self._waiting)
        self._waiting = []
        self._drawn_at = time.perf_counter()
        self._drawing = self._drawn_at - began
        assert self.plan is not None, "points belong to a sweep"
        self.progress.setValue(len(self.found))
        self._say(f"{len(self.found):,} of {self.plan.count:,} points, {len(self.found) / max(1e-3, self._drawn_at - self._began):,.0f} a second.")
        self.save.setEnabled(True)

    def _finish(self, worker: Worker[Points]) -> None:
        self._timer.stop()
        worker.wait()
        self._worker = None
        self.start.setText("&Start")
        self._on_entered()
        assert self.plan is not None, "who worked had a sweep"
        error, done, count = worker.feed.error, len(self.found), self.plan.count
        if error is not None:
            self._say(f"The sweep broke off after {done:,} of {count:,} points: {str(error).rstrip('.') or type(error).__name__}.", wrong=True)
        elif done < count:
            self._say(f"Cancelled after {done:,} of {count:,} points; what was done is kept.")
        else:
            self._say(f"{count:,} points in {time.perf_counter() - self._began:,.1f} s.")

    def _say(self, sentence: str, *, wrong: bool = False) -> None:
        paint_in(self.said, self._theme.error if wrong else self._theme.text)
        self.said.setText(sentence)

    # the map

    def _on_measure_chosen(self) -> None:
        if self.plan is None:
            return
        name = self.form.measure.currentData()
        if name in self.plan.measures:
            self.map.begin(self.plan, name)
            self.map.add(self.found.values())
        else:
            self._say(f"'{MEASURES[name].title}' needs every epoch observed; start again to have it.")

    def _on_hovered(self, index: Index | None) -> None:
        self.reading.setText("" if index is None else self.describe(index))
        self.map.setAccessibleDescription(self.reading.text() or EMPTY)

    def describe(self, index: Index) -> str:
        """What is known of a point, in words."""
        assert self.plan is not None, "a point belongs to a sweep"
        return described(self.plan, self.found.get(index), index, self._shown_measure())

    def _on_clicked(self, index: Index) -> None:
        assert self.plan is not None, "a point belongs to a sweep"
        try:
            config = self.plan.config_at(index)
        except ConfigError as problem:
            self.reading.setText(str(problem))
            return
        self.config_chosen.emit(config)

    # files

    def _on_save(self) -> None:
        name, kind = QFileDialog.getSaveFileName(self, "Save the sweep", str(Path(folder_in(QSettings())) / "sweep.png"), KINDS)
        if name:
            path = Path(name)
            self.save_as(path if path.suffix else path.with_suffix(kind.partition("*")[2].rstrip(")") or ".png"))

    def save_as(self, path: Path) -> None:
        """Save what is done so far, in the format that the ending names."""
        assert self.plan is not None, "what is saved belongs to a sweep"
        try:
            writer_for(path)(self.plan, self.found, self._shown_measure(), self._theme, path)
        except FileError as problem:
            self._say(str(problem), wrong=True)
        else:
            self._say(f"Saved {path}")

    def _shown_measure(self) -> str:
        assert self.map.shades is not None, "the map of a sweep shows a measure"
        return self.map.shades.measure

    # closing

    def done(self, result: int) -> None:
        """Close: tell the worker to end, and wait for it if that is soon."""
        self._timer.stop()
        self.hide()
        worker, self._worker = self._worker, None
        if worker is not None:
            end_soon(worker, PATIENCE)
        super().done(result)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """The window takes its dialog with it: otherwise the processes would outlive both."""
        if event is not None and event.type() == QEvent.Type.Close:
            self.reject()
        return super().eventFilter(watched, event)

    # layout

    def _connect(self) -> None:
        self.form.changed.connect(self._on_entered)
        self.form.measure.currentIndexChanged.connect(self._on_measure_chosen)
        self.start.clicked.connect(self._on_start)
        self.save.clicked.connect(self._on_save)
        self.map.point_hovered.connect(self._on_hovered)
        self.map.point_clicked.connect(self._on_clicked)

    def apply_theme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.map.apply_theme(theme)
        self.form.apply_theme(theme)

    def _lay_out(self) -> None:
        self.reading.setAccessibleName("The point under the mouse")
        self.said.setAccessibleName("How far the sweep is")
        self.map.setAccessibleName("Map")
        self.map.setAccessibleDescription(EMPTY)
        self.start.setToolTip("Train a run for each point, from coarse to fine; again, stop")
        self.save.setToolTip("Save the map as a picture, or its numbers as a table")
        self.start.setDefault(True)
        self.save.setEnabled(False)
        self.progress.setTextVisible(False)
        self.progress.setVisible(False)  # before anything runs it would look like one more field
        self.reading.setText(EMPTY)
        for label in (self.reading, self.said):
            label.setWordWrap(True)
        self.reading.setMinimumHeight(2 * self.fontMetrics().height() + 2)  # the map must not jump as the mouse moves
        self.reading.setAlignment(Qt.AlignmentFlag.AlignTop)
        parts = QHBoxLayout(self)
        parts.addWidget(self._left())
        right = QVBoxLayout()
        right.addWidget(self.map, 1)
        right.addWidget(self.reading)
        parts.addLayout(right, 1)

    def _left(self) -> QWidget:
        left = QWidget()
        left.setFixedWidth(290)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.form, self.progress, self.said):
            column.addWidget(part)
        column.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.start, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        for button in buttons.buttons():
            button.setIcon(QIcon())  # the style's own are black in both themes
        for other in (self.save, buttons.button(QDialogButtonBox.StandardButton.Close)):
            assert other is not None, "a button box makes the button that it is asked for"
            other.setAutoDefault(False)  # Enter starts
        column.addWidget(buttons)
        return left
