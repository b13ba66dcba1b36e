"""What a person chooses for a picture or a film: its size, its letters, its ground and its words, in one form."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import msgspec
from PyQt6.QtCore import QSettings, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLabel, QWidget

from gradviz.core.config import ConfigError
from gradviz.runs.files import FileError
from gradviz.ui.dialogs.number_box import NumberBox
from gradviz.ui.panels.rows import breakable
from gradviz.ui.panels.sections import paint_in
from gradviz.ui.pictures.options import CENTIMETRES, DPI_BOUNDS, LONGEST_SIDE, POINT_BOUNDS, PRESETS, SCALE_BOUNDS, SCREEN_DPI, Options, Unit
from gradviz.ui.theme import Theme

#: The sizes that are no presets: what the screen has, and what a person enters.
USUAL, OWN = "usual", "own"
COLOURS = {"light": "Light, for print", "dark": "Dark", "window": "As in the window"}
HELP = {
    "Size": "Sizes for paper, slides and screens, or your own; what is below is filled by it",
    "Unit of width and height": "Whether width and height are in pixels or in centimetres",
    "Colours": "The colours that it is drawn in, whatever those of the window are",
    "transparent": "Nothing behind the plots, for a slide with a ground of its own",
    "title": "What the run is called, above the plots",
    "caption": "Below the plots: the parameters, the epoch, and the verdict in a sentence",
}
#: Fields that a size fills; to change one of them is to choose a size of one's own.
NUMBERS = ("width", "height", "dpi", "scale", "points")
WORDS = ("transparent", "title", "caption")
#: What a film, which is made of pixels, is not asked.
NOT_OF_FILMS = ("dpi", "scale", "transparent", "unit")
SIZES = {"px": (1.0, float(LONGEST_SIDE)), "cm": (0.1, 2000.0)}
#: A column of a form is so wide, and so are the names in it.
WIDTH, NAMES_WIDTH = 330, 76


class PictureForm(QWidget):
    """Fields for picture_options.Options; `changed` says that something is different, `wanted()` what it is, and marks what cannot be."""

    changed = pyqtSignal()

    def __init__(self, theme: Theme, *, film: bool = False) -> None:
        super().__init__()
        self._theme, self._film = theme, film
        self._usual = Options()
        self._filling = False
        self._shown_unit = "px"
        self.size_choice, self.unit, self.colours = QComboBox(), QComboBox(), QComboBox()
        self.numbers = {
            "width": NumberBox("width", SIZES["px"], 10),
            "height": NumberBox("height", SIZES["px"], 10),
            "dpi": NumberBox("resolution (dpi)", DPI_BOUNDS, 12),
            "scale": NumberBox("scale", SCALE_BOUNDS, 0.5),
            "points": NumberBox("letter size (points)", POINT_BOUNDS, 1),
        }
        self.words = {
            "transparent": QCheckBox("T&ransparent ground"),
            "title": QCheckBox("T&itle above the plots"),
            "caption": QCheckBox("Ca&ption: parameters, epoch, verdict"),
        }
        self.problem = QLabel()
        self._fill_lists()
        self._lay_out()
        self.show_options(self._usual, USUAL)
        self._connect()

    # what is chosen

    def options(self) -> Options:
        """The options as they are entered; raises ConfigError or FileError where they cannot be."""
        values: dict[str, Any] = {name: box.number() for name, box in self.numbers.items()}
        values |= {name: box.isChecked() for name, box in self.words.items()}
        colours = self.colours.currentData()
        values["theme"] = self._theme.ground if colours == "window" else colours
        return Options(unit=self._unit, **values).check()

    def wanted(self) -> Options | None:
        """The options; None where they cannot be, and then the fields are marked, and a sentence says what they may be."""
        wrong, found = self._refusals(), None
        if not wrong:
            try:
                found = self.options()
            except FileError as problem:
                wrong = dict.fromkeys(("width", "height"), str(problem))
        for name, box in self.numbers.items():
            box.mark(wrong.get(name, ""), self._theme.error)
        self.problem.setText(breakable(next(iter(wrong.values()), "")))
        self.problem.setVisible(bool(wrong))
        return found

    def _refusals(self) -> dict[str, str]:
        """A sentence for each field that holds no number that it may be."""
        wrong = {}
        for name, box in self.numbers.items():
            try:
                box.number()
            except ConfigError as problem:
                wrong[name] = str(problem)
        return wrong

    @property
    def _unit(self) -> Unit:
        unit: Unit = self.unit.currentData()
        return unit

    # what is shown

    def offer_usual(self, usual: Options) -> None:
        """This is what `As on the screen` means now."""
        self._usual = msgspec.structs.replace(usual, scale=1.0) if self._film else usual
        if self.size_choice.currentData() == USUAL:
            self._on_size_chosen()

    def show_options(self, options: Options, size: str = OWN, colours: str = "") -> None:
        """Show these options, which are those of a size of this name."""
        with self._filled():
            self.size_choice.setCurrentIndex(max(0, self.size_choice.findData(size)))
            self._show_size(options)
            self.colours.setCurrentIndex(max(0, self.colours.findData(colours or options.theme)))
            for name, box in self.words.items():
                box.setChecked(getattr(options, name))

    def _show_size(self, options: Options) -> None:
        self.unit.setCurrentIndex(self.unit.findData(options.unit))
        self._take_unit(options.unit)
        for name, box in self.numbers.items():
            box.show_number(getattr(options, name))

    def _take_unit(self, unit: Unit) -> None:
        self._shown_unit = unit
        for name in ("width", "height"):
            self.numbers[name].set_bounds(*SIZES[unit])

    @contextlib.contextmanager
    def _filled(self) -> Iterator[None]:
        """Meanwhile the fields are filled by the form, and not by a person."""
        before, self._filling = self._filling, True
        try:
            yield
        finally:
            self._filling = before

    def _on_size_chosen(self) -> None:
        if self._filling:
            return
        name = self.size_choice.currentData()
        if name != OWN:
            with self._filled():
                self._show_size(self._usual if name == USUAL else PRESETS[name].options)
        self.changed.emit()

    def _on_number(self) -> None:
        with self._filled():
            self.size_choice.setCurrentIndex(self.size_choice.findData(OWN))
        self.changed.emit()

    def _on_unit_chosen(self) -> None:
        """The same size in the other unit."""
        if self._filling or self._unit == self._shown_unit:
            return
        with self._filled():
            try:
                dots = self.numbers["dpi"].number()
            except ConfigError:
                dots = SCREEN_DPI
            factor = dots / CENTIMETRES if self._unit == "px" else CENTIMETRES / dots
            for name in ("width", "height"):
                with contextlib.suppress(ConfigError):
                    value = self.numbers[name].number() * factor
                    self.numbers[name].show_number(round(value) if self._unit == "px" else round(value, 2))
            self._take_unit(self._unit)
        self._on_number()

    def _on_other(self) -> None:
        if not self._filling:
            self.changed.emit()

    # what is remembered

    def keep(self, settings: QSettings, group: str) -> None:
        """Remember what is chosen; a number that cannot be is not worth it."""
        kept = {name: box.isChecked() for name, box in self.words.items()} | {"size": self.size_choice.currentData(), "colours": self.colours.currentData()}
        if not self._refusals():
            kept |= {name: box.number() for name, box in self.numbers.items()} | {"unit": self._unit}
        for name, value in kept.items():
            settings.setValue(f"{group}/{name}", value)

    def restore(self, settings: QSettings, group: str) -> None:
        """Choose again what was remembered; where there is nothing, or what no picture can be, all is as usual."""
        kept = {name: settings.value(f"{group}/{name}", type=str) for name in (*NUMBERS, *WORDS, "unit") if settings.contains(f"{group}/{name}")}
        if not kept:
            return
        try:
            options = msgspec.convert(kept, Options, strict=False).check()
        except (msgspec.ValidationError, FileError):
            return
        size = settings.value(f"{group}/size", USUAL, type=str)
        colours = settings.value(f"{group}/colours", options.theme, type=str)
        if size == USUAL:
            options = _sized_as(self._usual, options)
        elif size in PRESETS:
            options = _sized_as(PRESETS[size].options, options)
        self.show_options(options, size, colours)

    # layout

    def _fill_lists(self) -> None:
        self.size_choice.addItem("As on the screen", USUAL)
        for preset in PRESETS.values():
            if not self._film or preset.options.unit == "px":
                self.size_choice.addItem(preset.title, preset.name)
        self.size_choice.addItem("Own size", OWN)
        for unit in get_args(Unit):
            self.unit.addItem(unit, unit)
        for name, title in COLOURS.items():
            self.colours.addItem(title, name)
        for box, name in ((self.size_choice, "Size"), (self.unit, "Unit of width and height"), (self.colours, "Colours")):
            box.setAccessibleName(name)
            box.setToolTip(HELP[name])
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, NAMES_WIDTH)
        rows: Mapping[str, tuple[QWidget, ...]] = {
            "Si&ze": (self.size_choice,),
            "&Width": (self.numbers["width"], _named("× &height", self.numbers["height"]), self.numbers["height"]),
            "&Unit": (self.unit,),
            "Reso&lution": (self.numbers["dpi"], QLabel("dots per inch")),
            "Sca&le": (self.numbers["scale"], QLabel("times as many dots")),
            "&Letters": (self.numbers["points"], QLabel("points high")),
            "C&olours": (self.colours,),
        }
        hidden = {self.unit, self.numbers["dpi"], self.numbers["scale"]} if self._film else set()
        for row, (name, parts) in enumerate(rows.items()):
            if parts[0] not in hidden:
                grid.addWidget(_named(name, parts[0]), row, 0)
                grid.addLayout(_beside(parts), row, 1)
        for row, (name, check) in enumerate(self.words.items(), len(rows)):
            check.setToolTip(HELP[name])
            if not self._film or name not in NOT_OF_FILMS:
                grid.addWidget(check, row, 0, 1, 2)
        self.problem.setWordWrap(True)
        self.problem.setAccessibleName("What cannot be")
        paint_in(self.problem, self._theme.error)
        self.problem.hide()
        grid.addWidget(self.problem, len(rows) + len(self.words), 0, 1, 2)

    def _connect(self) -> None:
        self.size_choice.currentIndexChanged.connect(self._on_size_chosen)
        self.unit.currentIndexChanged.connect(self._on_unit_chosen)
        self.colours.currentIndexChanged.connect(self._on_other)
        for number in self.numbers.values():
            number.changed.connect(self._on_number)
        for check in self.words.values():
            check.toggled.connect(self._on_other)


def _sized_as(size: Options, others: Options) -> Options:
    """The numbers of the one, and the words of the other."""
    return msgspec.structs.replace(others, unit=size.unit, **{name: getattr(size, name) for name in NUMBERS})


def _named(name: str, field: QWidget) -> QLabel:
    label = QLabel(name)
    label.setBuddy(field)
    return label


def _beside(parts: tuple[QWidget, ...]) -> QHBoxLayout:
    row = QHBoxLayout()
    for part in parts:
        row.addWidget(part)
    if len(parts) > 1:
        row.addStretch(1)
    return row


def in_words(options: Options) -> str:
    """How large a picture of these options is, in dots and on paper."""
    (across, down), (width, height) = options.pixels, options.inches
    return (
        f"{across:,} × {down:,} pixels, {width * CENTIMETRES:.1f} × {height * CENTIMETRES:.1f} cm at {options.dpi * options.scale:,.4g} dpi, "
        f"letters {options.points:g} pt"
    )
