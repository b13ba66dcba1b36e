"""How a picture is to be: its size, its letters, its ground and its words. No Qt here."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from gradviz.runs.files import FileError

#: The endings of pictures.
PICTURES = (".png", ".svg", ".pdf")
#: A screen's pixels: so many make an inch, and letters of so many points are drawn by them.
SCREEN_DPI, SCREEN_POINTS = 96.0, 9.0
CENTIMETRES = 2.54
#: A picture has at most so many pixels on a side, and so many in all: what goes beyond needs gigabytes, and no program opens it.
LONGEST_SIDE, MOST_PIXELS = 30_000, 120_000_000
#: Panels stand above each other where the picture has no room for so many pixels beside each other; lower than so many they cannot be read.
STACKED, LEAST_PANEL = 640, 72
#: Below so many of the screen's pixels, of which letters of 9 points are 12 high, a plot's scales cannot be read.
LEAST_WIDTH, LEAST_HEIGHT = 200, 150
DPI_BOUNDS, POINT_BOUNDS, SCALE_BOUNDS = (36.0, 1200.0), (4.0, 48.0), (0.25, 8.0)

Unit = Literal["px", "cm"]


class Options(msgspec.Struct, frozen=True):
    """What a person chooses for a picture: width and height in pixels or centimetres, dots per inch, a factor for both sides, letters in points.

    `theme` is the light one, which prints, or the dark one; `transparent` leaves its ground out. `title` is the experiment's name above the plots, `caption`
    what they show in words below them.
    """

    width: float = 1280.0
    height: float = 720.0
    unit: Unit = "px"
    dpi: float = SCREEN_DPI
    scale: float = 1.0
    points: float = SCREEN_POINTS
    theme: Literal["light", "dark"] = "light"
    transparent: bool = False
    title: bool = False
    caption: bool = True

    @property
    def inches(self) -> tuple[float, float]:
        """Width and height on paper."""
        each = self.dpi if self.unit == "px" else CENTIMETRES
        return self.width / each, self.height / each

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height in dots."""
        width, height = self.inches
        return round(width * self.dpi * self.scale), round(height * self.dpi * self.scale)

    @property
    def ratio(self) -> float:
        """How many dots one of the screen's pixels becomes: lines and letters are so many times as thick in dots, which is as thick on paper."""
        return self.dpi * self.scale / SCREEN_DPI * self.points / SCREEN_POINTS

    @property
    def layout(self) -> tuple[int, int]:
        """Width and height in the screen's pixels, in which the plots are laid out before they are enlarged."""
        width, height = self.pixels
        return math.ceil(width / self.ratio - 1e-6), math.ceil(height / self.ratio - 1e-6)

    def check(self) -> Options:
        """Itself, where such a picture can be drawn; else FileError says what is too large or too small, and what is allowed."""
        bounds = {"resolution (dpi)": (self.dpi, DPI_BOUNDS), "letter size (points)": (self.points, POINT_BOUNDS), "scale": (self.scale, SCALE_BOUNDS)}
        for name, (value, (least, most)) in bounds.items():
            if not least <= value <= most:
                raise FileError(f"The {name} is {value:g}; it must be from {least:g} to {most:g}.")
        if not (math.isfinite(self.width) and math.isfinite(self.height) and self.width > 0 and self.height > 0):
            raise FileError(f"The picture is {self.width:g} x {self.height:g} {self.unit}; both must be more than 0.")
        width, height = self.pixels
        if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
            raise FileError(
                f"The picture would have {width:,} x {height:,} pixels; it may have {LONGEST_SIDE:,} on a side and {MOST_PIXELS / 1e6:.0f} million in all. "
                "Choose a smaller size or resolution, or SVG or PDF, which are as sharp at every size."
            )
        across, down = self.layout
        if across < LEAST_WIDTH or down < LEAST_HEIGHT:
            raise FileError(
                f"The picture has room for {across:,} x {down:,} pixels of a screen where letters have {self.points:g} points; it needs {LEAST_WIDTH} x "
                f"{LEAST_HEIGHT}. Choose a larger size, or smaller letters."
            )
        return self


class Preset(NamedTuple):
    """A size that people know by its name."""

    name: str
    title: str
    options: Options


#: Slides have large letters, for the last row; a column of a paper has its letters.
PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("screen", "Screen, 1280 × 720 px", Options()),
        Preset("slide", "Slide 16:9, 1920 × 1080 px", Options(1920, 1080, points=20)),
        Preset("slide-4-3", "Slide 4:3, 1600 × 1200 px", Options(1600, 1200, points=20)),
        Preset("slide-4k", "Slide 16:9, 3840 × 2160 px", Options(1920, 1080, scale=2.0, points=20)),
        Preset("column", "Column of a paper, 8.5 × 9 cm", Options(8.5, 9, "cm", 300, points=7)),
        Preset("page-width", "Width of a paper, 17.5 × 11 cm", Options(17.5, 11, "cm", 300, points=8)),
        Preset("a4", "A4 landscape, 29.7 × 21 cm", Options(29.7, 21, "cm", 200, points=11)),
        Preset("letter", "Letter landscape, 27.9 × 21.6 cm", Options(27.94, 21.59, "cm", 200, points=11)),
    )
}
_SIZE = re.compile(r"(?P<width>\d+(?:\.\d+)?)\s*[x×]\s*(?P<height>\d+(?:\.\d+)?)\s*(?P<unit>px|cm|mm|in)?", re.IGNORECASE)
#: What a unit is in centimetres.
_IN_CENTIMETRES = {"cm": 1.0, "mm": 0.1, "in": CENTIMETRES}


def picture_ending(path: Path) -> str:
    """The ending that says which kind of picture is written; raises FileError where it says none."""
    ending = path.suffix.lower()
    if ending not in PICTURES:
        raise FileError(f"'{path.name}' has no ending that says what to write; it must be one of {', '.join(PICTURES)}.")
    return ending


def sized(text: str, **values: object) -> Options:
    """The options for a size in words, such as 1280x720, 16x9cm or slide, with these other values; raises FileError for what is no size."""
    preset, found = PRESETS.get(text.strip().lower()), _SIZE.fullmatch(text.strip())
    if preset is not None:
        return msgspec.structs.replace(preset.options, **values)
    if found is None:
        raise FileError(f"'{text}' is no size; it must be WIDTHxHEIGHT such as 1280x720, 16x9cm, 160x90mm or 6x4in, or one of {', '.join(PRESETS)}.")
    width, height, unit = float(found["width"]), float(found["height"]), (found["unit"] or "px").lower()
    if unit == "px":
        return msgspec.structs.replace(Options(width, height), **values)
    each = _IN_CENTIMETRES[unit]
    return msgspec.structs.replace(Options(width * each, height * each, "cm", 300.0), **values)
