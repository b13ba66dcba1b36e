"""The dialog that asks what a film is to show and how fast, says how long it will be, and makes it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gradviz.core.config import ConfigError
from gradviz.runs.files import FileError
from gradviz.ui.dialogs.file_kinds import FILM_KINDS, ask_where
from gradviz.ui.dialogs.making import MakingDialog, TickList
from gradviz.ui.dialogs.number_box import NumberBox
from gradviz.ui.dialogs.picture import LARGEST, SHARE
from gradviz.ui.dialogs.picture_form import NAMES_WIDTH, WIDTH, PictureForm
from gradviz.ui.dialogs.preview import Preview
from gradviz.ui.films.options import FASTEST, SLOWEST, FilmOptions, epochs_of
from gradviz.ui.panels.rows import breakable
from gradviz.ui.panels.sections import paint_in
from gradviz.ui.plots.dashboard import PLACES, Dashboard
from gradviz.ui.studio.orders import FilmOrder, Sight

if TYPE_CHECKING:
    from gradviz.ui.saving import Saving

GROUP = "film"
#: What a film shows unless a person chooses other panels.
FIRST = ("activations", "gradients")
#: The ways to say how fast it is: what stands behind the number, and the number that it begins with.
PACES = {"every": ("epochs a frame", 1.0), "seconds": ("seconds in all", 10.0), "speed": ("epochs a second", 30.0)}
TIMES = {"linear": "Linear", "log": "Logarithmic: each decade takes as long"}
TIME_HELP = "Linear: each epoch takes as long as every other; logarithmic: the first ones, where most happens, take longer"
NO_PANEL = "A film needs a panel; tick one."


class FilmDialog(MakingDialog):
    """Panels, epochs, pace and size of a film, with one frame of it as a preview."""

    def __init__(self, saving: Saving, window: QWidget, dashboard: Dashboard) -> None:
        super().__init__(window, saving.theme, saving.sight, called="film", counted="frames")
        self.setObjectName("film")
        self.setWindowTitle("Make a film")
        self._saving, self._dashboard = saving, dashboard
        self._settings = saving.settings
        newest = int(dashboard.moment.run.newest.epoch[-1]) if dashboard.moment is not None else 0
        self.panels = TickList()
        self.time, self.pace = QComboBox(), QComboBox()
        self.numbers = {
            "first": NumberBox("first epoch", (0, newest), 10, whole=True),
            "last": NumberBox("last epoch", (0, newest), 10, whole=True),
            "amount": NumberBox("pace", (0.001, 1e9)),
            "fps": NumberBox("number of frames a second", (SLOWEST, max(FASTEST.values())), 5),
        }
        self.form = PictureForm(self._theme, film=True)
        self.preview = Preview(self._theme, saving.studio)
        self.facts, self.problem = QLabel(), QLabel()
        self._fill(newest)
        self._lay_out()
        self._connect()
        self.resize(*(min(most, round(side * SHARE)) for most, side in zip(LARGEST, (window.width(), window.height()), strict=True)))
        self._on_entered()

    def _fill(self, newest: int) -> None:
        """What is offered, and of it what was chosen the last time; the epochs are those of this run."""
        settings = self._settings
        kept = str(settings.value(f"{GROUP}/panels", ",".join(FIRST), type=str)).split(",")
        ticked = [name for name in self._dashboard.shown if name in kept] or list(self._dashboard.shown)[:2]
        for name in self._dashboard.shown:
            self.panels.add(PLACES[name].title, name, ticked=name in ticked)
        for name, title in TIMES.items():
            self.time.addItem(title, name)
        for name, (words, _usual) in PACES.items():
            self.pace.addItem(words, name)
        self.numbers["first"].show_number(0)
        self.numbers["last"].show_number(newest)
        for name, usual in (("fps", 30.0), ("amount", 0.0)):
            self.numbers[name].show_number(float(settings.value(f"{GROUP}/{name}", usual, type=float)))
        for name, box in (("time", self.time), ("pace", self.pace)):
            box.setCurrentIndex(max(0, box.findData(settings.value(f"{GROUP}/{name}", "", type=str))))
        if not settings.contains(f"{GROUP}/amount"):
            self._show_usual_amount()
        self._show_time()
        self.form.show_options(FilmOptions().picture, "screen")
        self.form.offer_usual(self._saving.usual("dashboard"))
        self.form.restore(settings, GROUP)

    # what is chosen

    @property
    def chosen(self) -> tuple[str, ...]:
        """The panels that are ticked, in the dashboard's order."""
        return tuple(map(str, self.panels.ticked))

    def options(self) -> FilmOptions:
        """The film as it is entered; raises ConfigError or FileError where it cannot be. Which endings it can have shows when one is chosen."""
        numbers = {name: box.number() for name, box in self.numbers.items()}
        pace = self.pace.currentData()
        if pace == "every" and numbers["amount"] != int(numbers["amount"]):
            raise ConfigError("amount", f"A frame is to be {numbers['amount']:g} epochs; it must be a whole number of them.")
        if not self.chosen:
            raise FileError(NO_PANEL)
        values: dict[str, Any] = {pace: int(numbers["amount"]) if pace == "every" else numbers["amount"]}
        epochs = {"first": int(numbers["first"]), "last": int(numbers["last"])}
        return FilmOptions(self.chosen, fps=numbers["fps"], time=self.time.currentData(), picture=self.form.options(), **epochs, **values).check(".mp4")

    def wanted(self) -> FilmOptions | None:
        """The film and how long it is; None where it cannot be, and then a sentence says why."""
        for box in self.numbers.values():
            wrong = ""
            try:
                box.number()
            except ConfigError as problem:
                wrong = str(problem)
            box.mark(wrong, self._theme.error)
        if self.form.wanted() is None:
            self._complain("")
            return None
        try:
            if self._dashboard.moment is None:
                raise FileError("There is nothing to film yet; it comes with the first epoch.")
            options = self.options()
            frames = len(epochs_of(self._dashboard.moment.run, options))
        except (ConfigError, FileError) as problem:
            self._complain(str(problem))
            return None
        self._complain("")
        self.facts.setText(f"{frames:,} frame{'s' * (frames != 1)}, {length_in_words(frames / options.fps)}; {_pixels(options)}")
        return options

    def _complain(self, sentence: str) -> None:
        self.problem.setText(breakable(sentence))
        self.problem.setVisible(bool(sentence))
        self.facts.setText("")

    def possible(self) -> bool:
        """Whether there can be such a film."""
        return self.wanted() is not None

    def _on_entered(self) -> None:
        options = self.wanted()
        self.make.setEnabled(options is not None and not self.running)
        self.say("")
        if not self.chosen:
            self.preview.refuse(NO_PANEL)
        elif options is not None:
            self.preview.ask(options.panels, options.picture, options.last)

    def _on_time_chosen(self) -> None:
        self._show_time()
        self._on_entered()

    def _show_time(self) -> None:
        """In logarithmic time only the length can be chosen."""
        logarithmic = self.time.currentData() == "log"
        if logarithmic and self.pace.currentData() != "seconds":
            self.pace.setCurrentIndex(self.pace.findData("seconds"))
        self.pace.setEnabled(not logarithmic)
        self.pace.setToolTip("In logarithmic time the length of the film is chosen" if logarithmic else "What the number says")

    def _on_pace_chosen(self) -> None:
        self._show_usual_amount()
        self._on_entered()

    def _show_usual_amount(self) -> None:
        self.numbers["amount"].show_number(PACES[self.pace.currentData()][1])

    # making it

    def _on_make(self) -> None:
        options = self.wanted()
        if options is None:
            return
        ending = str(self._settings.value(f"{GROUP}/ending", ".mp4", type=str))
        path = ask_where(self, "Make a film", self._saving.proposal("film", ending), FILM_KINDS)
        if path is not None:
            self.make_as(path, options)

    def make_as(self, path: Path, options: FilmOptions) -> None:
        """Have the film made, in the format that the ending names."""
        try:
            options.check(path.suffix.lower())
        except FileError as problem:
            self.say(str(problem), wrong=True)
            return
        self._settings.setValue(f"{GROUP}/ending", path.suffix.lower())
        self._saving.remember_folder(str(path))
        values = msgspec.to_builtins(options)

        def order(number: int, sight: Sight) -> FilmOrder:
            return FilmOrder(number, sight, str(path), options.panels, values)

        self.begin(order, path)

    def leave(self) -> None:
        """Remember what was chosen, and let everything go that is drawn."""
        self.preview.let_go()
        self.form.keep(self._settings, GROUP)
        kept = {"panels": ",".join(self.chosen), "time": self.time.currentData(), "pace": self.pace.currentData()}
        for name in ("fps", "amount"):
            with contextlib.suppress(ConfigError):
                kept[name] = self.numbers[name].number()
        for name, value in kept.items():
            self._settings.setValue(f"{GROUP}/{name}", value)
        super().leave()

    # layout

    def _connect(self) -> None:
        self.panels.itemChanged.connect(lambda _item: self._on_entered())
        self.time.currentIndexChanged.connect(self._on_time_chosen)
        self.pace.currentIndexChanged.connect(self._on_pace_chosen)
        self.form.changed.connect(self._on_entered)
        self.make.clicked.connect(self._on_make)
        for box in self.numbers.values():
            box.changed.connect(self._on_entered)

    def _lay_out(self) -> None:
        paint_in(self.problem, self._theme.error)
        names = {self.panels: "Panels", self.time: "Time", self.pace: "What the pace is", self.facts: "How long it is", self.problem: "What cannot be"}
        for part, words in names.items():
            part.setAccessibleName(words)
        helps = {self.panels: "Space ticks a panel, arrow keys move", self.time: TIME_HELP, self.pace: "Whether the number is of epochs, or of seconds"}
        for part, words in helps.items():
            part.setToolTip(words)
        for label in (self.facts, self.problem):
            label.setWordWrap(True)
        for choice in (self.time, self.pace):
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.fields.setFixedWidth(WIDTH)
        column = QVBoxLayout(self.fields)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._choices())
        column.addWidget(self.form)
        column.addWidget(self.problem)
        column.addStretch(1)
        right = QVBoxLayout()
        right.addWidget(self.preview, 1)
        right.addWidget(self.facts)
        self.facts.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        parts = QHBoxLayout()
        parts.addWidget(self.fields)
        parts.addLayout(right, 1)
        rows = QVBoxLayout(self)
        rows.addLayout(parts, 1)
        rows.addLayout(self.bottom())
        self.make.setDefault(True)  # not before it is in the dialog: it would not be for long

    def _choices(self) -> QGridLayout:
        numbers = self.numbers
        to = QLabel("&to")
        to.setBuddy(numbers["last"])
        rows: dict[str, tuple[QWidget, ...]] = {
            "&Panels": (self.panels,),
            "&Epochs": (numbers["first"], to, numbers["last"]),
            "&Time": (self.time,),
            "Pa&ce": (numbers["amount"], self.pace),
            "&Frames": (numbers["fps"], QLabel("a second")),
        }
        grid = QGridLayout()
        grid.setColumnMinimumWidth(0, NAMES_WIDTH)
        grid.setColumnStretch(1, 1)
        for row, (name, parts) in enumerate(rows.items()):
            label = QLabel(name)
            label.setBuddy(parts[0])
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop if parts[0] is self.panels else Qt.AlignmentFlag.AlignVCenter)
            line = QHBoxLayout()
            for part in parts:
                line.addWidget(part, int(isinstance(part, QComboBox)))
            if len(parts) > 1 and self.pace not in parts:
                line.addStretch(1)
            grid.addLayout(line, row, 1)
        return grid


def length_in_words(seconds: float) -> str:
    """How long a film is."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def _pixels(options: FilmOptions) -> str:
    width, height = options.picture.pixels
    return f"{width:,} × {height:,} pixels"
