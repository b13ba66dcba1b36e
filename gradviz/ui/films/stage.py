"""What a film shows: panels drawn epoch after epoch on axes that stay, below a title that counts."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace

import msgspec
import numpy as np
from PyQt6.QtGui import QColor, QImage

from gradviz import __version__
from gradviz.runs.files import FileError
from gradviz.runs.moment import Moment
from gradviz.runs.playback import Playback
from gradviz.runs.run import Run
from gradviz.ui.films.ground import Ground
from gradviz.ui.films.options import Epochs, FilmOptions
from gradviz.ui.films.palettes import Pixels
from gradviz.ui.pictures.captions import Caption, changes_in_words, parameters_in_words
from gradviz.ui.pictures.drawing import Drawing, View
from gradviz.ui.plots.band_plot import BandPlot
from gradviz.ui.plots.plot import Plot
from gradviz.ui.plots.scales import Decades

#: Axes are chosen for so many epochs evenly spread, as many more evenly in logarithmic time, and those with the least and the greatest numbers.
LOOKED_AT = 24
#: The least of thousands of numbers lies so many decades below their root mean square.
ROOM_FOR_BANDS = 5.0
#: Spaces as wide as a digit and as a comma: a title stands still while its number grows.
ROOM = str.maketrans("0123456789,", "\u2007" * 10 + "\u2008")


class AxesMovedError(Exception):
    """An epoch needs other axes than those that were chosen."""


class Stage:
    """The panels of a film and the words around them; used with `with`."""

    def __init__(self, options: FilmOptions, view: View, epochs: Epochs) -> None:
        self.options, self.view, self.epochs = options, view, epochs
        self.picture = msgspec.structs.replace(options.picture, title=True, transparent=False)
        self.drawing = Drawing(options.panels, self.picture)
        self._ground = Ground(self.drawing, self.picture.ratio)
        self._playback = Playback(view.run)
        self._axes: list[object] | None = None

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self.drawing.close()

    @property
    def comment(self) -> str:
        """The experiment as text, which opens at the last epoch that is shown."""
        return replace(self.view, epoch=int(self.epochs[-1])).recipe(self.options.panels).text

    # axes

    def choose_axes(self, *, for_all: bool = False) -> None:
        """Lay everything out on axes that hold what the most telling epochs show, or every one: with the first, show() says where that was not enough."""
        last = int(self.epochs[-1])
        for plot in self._plots:
            for scale in plot.scales:
                if isinstance(scale, Decades):
                    scale.fixed = False  # a range that one frame chooses leaves room for what may come; here it is known what does
        self._axes = None
        self._playback.move_to(last)
        self.drawing.show(replace(self.view, run=self._playback, epoch=last), self._caption())
        for epoch in np.unique(self.epochs) if for_all else telling_epochs(self.view.run, self.epochs):
            self.show(int(epoch))
        self._make_room()
        self.begin()
        self._axes = None if for_all else self._seen()

    def _make_room(self) -> None:
        """Let axes that follow the root mean square of a wide network have room for its bands, unless a person has chosen them."""
        for name, panel in self.drawing.dashboard.panels.items():
            for plot in panel.plots if name not in self.view.settings else ():
                if isinstance(plot, BandPlot) and plot.profile is not None and isinstance(plot.scale, Decades) and plot.covered is not None:
                    plot.use_view(plot.view() | {"covered": [plot.covered.low - ROOM_FOR_BANDS, plot.covered.high]})

    def begin(self) -> None:
        """Go back to the first epoch: what grows begins anew, on the axes that it has."""
        self._playback = Playback(self.view.run)
        self.show(int(self.epochs[0]))

    @property
    def _plots(self) -> list[Plot]:
        return [plot for panel in self.drawing.dashboard.panels.values() for plot in panel.plots]

    def _seen(self) -> list[object]:
        """Which part of every plot is in view."""
        return [plot.item.vb.viewRange() for plot in self._plots]

    # pictures

    def show(self, epoch: int) -> None:
        """Draw an epoch that is kept; raises AxesMovedError where it has no room on the axes that were chosen."""
        frame = self._playback.move_to(epoch)
        self.drawing.dashboard.show_run(self._playback, frame, epoch=epoch)
        self.drawing.entitle(self._title(epoch))
        if self._axes is not None and self._seen() != self._axes:
            raise AxesMovedError

    def image(self, width: int, height: int) -> QImage:
        """Room for a picture of so many pixels, in the plots' ground."""
        image = QImage(width, height, QImage.Format.Format_RGB32)
        if image.isNull():
            raise FileError("There is not enough memory for a film of this size; choose a smaller one.")
        image.fill(QColor(self.drawing.theme.plot))
        return image

    def ready(self) -> AbstractContextManager[None]:
        """Pens as thick as this size needs, until the block ends; for paint()."""
        self._ground = Ground(self.drawing, self.picture.ratio)
        return self._ground.ready()

    def paint(self, image: QImage) -> None:
        """Paint what is shown; where it is ready()."""
        self._ground.paint(image)

    # words

    def _title(self, epoch: int) -> str:
        """The experiment's name, where it is wanted, and the epoch, in as much room as the last one takes."""
        count, longest = f"{epoch:,}", f"{int(self.epochs[-1]):,}"
        counted = f"{longest[: len(longest) - len(count)].translate(ROOM)}{count} of {self.view.run.config.epochs:,}"
        return f"{self._name}, epoch {counted}" if self.options.picture.title else f"Epoch {counted}"

    @property
    def _name(self) -> str:
        return self.view.name or "An experiment"

    def _caption(self) -> Caption:
        """Title and paragraphs: what is true of the whole film, and what has become of the run at its last epoch."""
        first, last = int(self.epochs[0]), int(self.epochs[-1])
        title = self._title(last)
        if not self.picture.caption:
            return Caption(title, ())
        run, config = self.view.run, self.view.run.config
        moment = Moment(run, run.at_or_before(last) or run.newest, self.view.sample)
        changes = changes_in_words([change for change in run.interventions if change.epoch <= last])
        made = f"{self._name}, epochs {first:,} to {last:,} of {config.epochs:,}: {parameters_in_words(config)}. {changes}".rstrip()
        behind = ", ".join(pin.name for pin in self.view.pins if pin.visible)
        ended = f"At epoch {last:,}, where the film ends: {moment.verdict.sentence}"
        paragraphs = (made if made.endswith(".") else f"{made}.", behind and f"Behind it: {behind}.", ended, f"{moment.compared} GradViz {__version__}.")
        return Caption(title, tuple(filter(None, paragraphs)))


def telling_epochs(run: Run, epochs: Epochs) -> Epochs:
    """Those of a film's epochs that need the most room: the first and the last, some between, and those with the least and greatest numbers."""
    shown = np.unique(epochs)
    even = np.linspace(0, len(shown) - 1, LOOKED_AT)
    early = np.geomspace(1, len(shown), LOOKED_AT) - 1
    found = {int(epoch) for epoch in shown[np.concatenate([even, early]).astype(int)]}
    for block in run.between(int(shown[0]), int(shown[-1])):
        rows = np.flatnonzero(np.isin(block.epoch, shown))
        for column in block.columns().values() if len(rows) else ():
            found.update(int(block.epoch[row]) for row in rows[_extremes(column[rows].reshape(len(rows), -1))])
    return np.array(sorted(found), np.int64)


def _extremes(rows: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[int]:
    """The rows with the least and greatest numbers, the size nearest to zero, the most zeros, and the most that are no numbers."""
    if rows.shape[1] < 2 or rows.dtype.kind != "f":
        return []
    broken, zero = ~np.isfinite(rows), rows == 0.0
    places = [int(np.argmax(where.sum(axis=1))) for where in (broken, zero) if where.any()]
    if broken.all():
        return places
    known = np.where(broken, 0.0, rows)
    sizes = np.where(zero | broken, np.inf, np.abs(rows))
    return [*places, int(known.max(axis=1).argmax()), int(known.min(axis=1).argmin()), int(sizes.min(axis=1).argmin())]


def pixels_of(image: QImage) -> Pixels:
    """An image's own pixels (height, width), which change with it."""
    bits = image.bits()
    assert bits is not None, "an image with room has pixels"
    bits.setsize(image.sizeInBytes())
    pixels: Pixels = np.frombuffer(bits, np.uint32).reshape(image.height(), -1)  # type: ignore[call-overload]
    return pixels
