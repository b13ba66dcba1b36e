"""The phase map as the control: where wide networks vanish, explode or keep their gradients, and a click starts one there."""

from __future__ import annotations

import math
from collections.abc import Iterator

from PyQt6.QtCore import QEvent, QPointF, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QShowEvent
from PyQt6.QtWidgets import QApplication

from gradviz.core.config import Config
from gradviz.runs.moment import Moment
from gradviz.ui.plots.panel import RIGHT_ROOM, Panel
from gradviz.ui.plots.phase_bar import DecadesBar
from gradviz.ui.plots.phase_image import EXTENTS, USUAL_EXTENT, PhaseImage, refined
from gradviz.ui.plots.phase_marks import FromZero
from gradviz.ui.plots.phase_plot import PhasePlot
from gradviz.ui.plots.phase_points import UNKNOWN, WIDTH, Finished, Point, cures, reading, standing, starting_at
from gradviz.ui.plots.plot import Subject
from gradviz.ui.plots.scales import Range, round_up
from gradviz.ui.theme import Theme, magnified

#: The map reaches so far to have the experiment on it; one that stands farther out is marked at the edge.
WIDEST = 100.0
#: The arrow keys, and how many steps across and up they move the ring.
STEPS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
PICKS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
#: An arrow key moves the ring by about a part of the map in so many, with Shift by so many times as much.
STEPS_ACROSS, SHIFTED = 80, 5
KEYS = "Arrow keys move the ring, with Shift faster; Enter starts the network there, Escape brings the ring back."


class PhasePanel(Panel):
    """The map of the experiment's activation, worked out while it can be seen; reports the place that a person picks, and starts nothing itself."""

    values_wanted = pyqtSignal(dict)

    def __init__(self) -> None:
        super().__init__("phase", "Phase map")
        self.bar = DecadesBar(magnified(RIGHT_ROOM))
        extent = EXTENTS["tanh"]
        self.plot = self.add_plot(Subject(self.title, "σb", across="weights σw"), FromZero(Range(0.0, extent[1])), kind=PhasePlot, right=self.bar)
        self.plot.describe, self.plot.rounded, self.plot.complete = self._describe, _rounded, self._complete
        self._config: Config | None = None
        self._standing: Point | None = None
        self._finished: tuple[Finished, ...] = ()
        #: Where the arrow keys have moved the ring, or a click wants the network, which has not begun there yet.
        self._aim: Point | None = None
        self._begins = False
        self._wanted: object = None
        self._steps: Iterator[None] = iter(())
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_step_due)
        self._picked: QPointF | None = None
        self._picking = QTimer(self)
        self._picking.setSingleShot(True)
        self._picking.timeout.connect(self._on_picked)
        self.plot.item.vb.sigRangeChanged.connect(self._refine)

    # state down

    def show_moment(self, moment: Moment) -> None:
        if moment.config == self._config and not self._begins:
            return
        before, self._config, self._begins = self._config, moment.config, False
        self._standing = standing(moment.config)
        self._aim = None
        self.plot.be_of(moment.config.activation, moment.config.layers, self._remarks())
        another = before is None or before.activation != moment.config.activation
        if another or not (self.plot.by_hand or self._on_the_map()):
            self._go_home()
        self._show_dots()
        self._refine()
        self._show_ring()

    def show_finished(self, finished: tuple[Finished, ...]) -> None:
        """Mark the runs that are over, those of the map's activation."""
        self._finished = finished
        self._show_dots()

    def _show_dots(self) -> None:
        if self._config is not None:
            self.plot.show_dots(tuple(dot for dot in self._finished if dot.activation == self._config.activation))

    def begin_anew(self) -> None:
        """The part of the map that is shown stays: another network of the same activation is another point of it."""
        self._begins = True

    def reset_view(self) -> None:
        """Show all of the map again, chosen anew for where the experiment stands."""
        if self._config is not None:
            self._go_home()

    def _go_home(self) -> None:
        """Show the part that has the critical line, and the experiment."""
        assert self._config is not None, "a map is of an experiment's activation"
        extents = EXTENTS.get(self._config.activation, USUAL_EXTENT)
        places = self._standing or (0.0, 0.0)
        across, up = (Range(0.0, extent if place <= extent else min(round_up(1.05 * place), WIDEST)) for extent, place in zip(extents, places, strict=True))
        self.plot.show_part(across, up)

    def _on_the_map(self) -> bool:
        """Whether the experiment stands in the part that is shown, if it stands anywhere."""
        ends = tuple(part.high for part in self.plot.part)
        return self._standing is None or all(place <= end or end >= WIDEST for place, end in zip(self._standing, ends, strict=True))

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self.bar.colour(theme)

    # the map, in steps

    def _refine(self, *_: object) -> None:
        """Work out the part that is shown, unless that is done or under way."""
        if self._config is None:
            return
        wanted = (self._config.activation, self._config.layers, *self.plot.part)
        if wanted != self._wanted:
            self._wanted, self._steps = wanted, self._drawn(refined(self._config.activation, *self.plot.part))
            if self.isVisible():
                self._timer.start()

    def _drawn(self, images: Iterator[PhaseImage | None]) -> Iterator[None]:
        """Draw each map as it is worked out: cells, lines, and in the end words, a step for each."""
        for image in images:
            if image is not None:
                self.plot.show_image(image)
                yield
                self.plot.show_lines(self._depth_level())
            yield

    def _on_step_due(self) -> None:
        """One step of some milliseconds; the window paints, and does all else, before the next one."""
        if next(self._steps, self) is self:
            self._timer.stop()
            self._say_what()

    def _complete(self) -> None:
        """All steps that are left, at once."""
        for _ in self._steps:
            pass
        self._timer.stop()
        self._say_what()

    def _depth_level(self) -> float:
        """Decades per layer at which the trainable depth is the network's."""
        from gradviz.core.phases import TRAINABLE

        assert self._config is not None, "a depth is an experiment's"
        return float(TRAINABLE / (2.0 * math.log(10.0) * self._config.layers))

    def hideEvent(self, event: QHideEvent | None) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self._timer.start()

    # words

    @property
    def has_crosshair(self) -> bool:
        """The arrow keys move the ring instead."""
        return False

    def _remarks(self) -> list[tuple[str, str]]:
        """What is to be said of this experiment, in more and in fewer words."""
        assert self._config is not None, "remarks are of an experiment"
        from gradviz.core.meanfield import SMALLEST_WIDTH

        config, said = self._config, []
        if config.width == 1:
            click = ("", "") if self.on_paper else (f": a click makes the chain {WIDTH} wide", f": a click takes {WIDTH}")
            said.append((f"the theory is of wide networks{click[0]}", f"of wide networks{click[1]}"))
        elif config.width < SMALLEST_WIDTH:
            said.append((f"the theory is of wide networks, {SMALLEST_WIDTH} and more, not {config.width}", f"of wide networks, not {config.width}"))
        if self._standing is None and config.width > 1:
            why = "fixup's weights" if config.residual == "fixup" else f"{config.initialization} weights"
            said.append((f"{why} have no place on it", f"{why}: no place"))
        elif self._standing is not None and max(self._standing) > WIDEST:
            said.append((f"{self._standing.words} is beyond the map", "beyond the map"))
        others = cures(config, UNKNOWN)
        if others:
            said.append((f"theory without {' and '.join(others)}", "theory of plain layers"))
        return said

    def _describe(self, point: Point) -> list[str]:
        """What the box says of a place."""
        assert self._config is not None, "a map is of an experiment's activation"
        chain = [f"a click makes it {WIDTH} wide"] if self._config.width == 1 else []
        return [*reading(self._config.activation, point), *chain]

    def _say_what(self) -> None:
        """The map in words for who cannot see it; while it is being drawn they wait for the end."""
        if self._config is not None and not self._timer.isActive():
            self.tell(self.in_words())

    def in_words(self) -> str:
        """What the colours mean, where the experiment or the ring stands, and what the keys do."""
        if self._config is None:
            return "There is no experiment yet."
        place = self._aim or self._standing
        stands = "The ring is at " if self._aim else "The experiment stands at "
        where = ", ".join(reading(self._config.activation, place) if max(place) <= WIDEST else [place.words, "beyond the map"]) if place else ""
        there = f"{stands}{where}" if place else "The experiment has no place on it"
        dots = f"{len(self.plot.dots)} finished runs are marked" if self.plot.dots else "No finished run is marked"
        about = f"Decades that a gradient gains per layer in wide {self._config.activation} networks, by the scales of weights and biases"
        return ". ".join([about, there, dots, KEYS])

    # the ring, and a person

    def _show_ring(self) -> None:
        """Put it where the experiment stands, or where a person aims."""
        self.plot.show_ring(self._aim or self._standing, aimed=self._aim is not None)
        self._say_what()

    def _pick(self, point: Point) -> None:
        if self._config is not None:
            self._aim = None if point == self._standing else point
            self._show_ring()
            self.values_wanted.emit(starting_at(point, self._config))

    def _on_mouse_clicked(self, event: object) -> None:
        """A click picks a place. Where a double click has a zoom to undo, a single one waits for the second."""
        if event.button() != Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            return
        self._picked = event.scenePos()  # type: ignore[attr-defined]
        if event.double():  # type: ignore[attr-defined]
            self._picking.stop()
            self.reset_view()
        elif self.plot.by_hand:
            self._picking.start(QApplication.doubleClickInterval())
        else:
            self._on_picked()

    def _on_picked(self) -> None:
        point = self.plot.point_at(self._picked) if self._picked is not None else None
        if point is not None:
            self._pick(point)

    def event(self, event: QEvent | None) -> bool:
        """The arrow keys are the ring's while the map has the focus, not the window's shortcuts."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride and event.key() in STEPS:
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None or self._config is None:
            return
        key = Qt.Key(event.key())
        if key in STEPS:
            self._move_ring(*STEPS[key], times=SHIFTED if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif key in PICKS and (self._aim or self._standing):
            self._pick(_rounded(self._aim or self._standing or Point(0.0, 0.0)))
        elif key == Qt.Key.Key_Escape and self._aim is not None:
            self._aim = None
            self._show_ring()
        else:
            super().keyPressEvent(event)

    def _move_ring(self, across: int, up: int, times: int) -> None:
        """To the next round numbers; it does not leave the part that is shown."""
        start = self._aim or self._standing or Point(*(part.low + part.span / 2 for part in self.plot.part))
        moved = []
        for place, steps, part in zip(start, (across, up), self.plot.part, strict=True):
            step = round_up(part.span / STEPS_ACROSS)
            there = (round(place / step) + steps * times) * step if steps else place
            moved.append(min(max(there, part.low), part.high))
        self._aim = _rounded(Point(*moved))
        self._show_ring()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        super().focusOutEvent(event)
        if self._aim is not None and self.isVisible():  # a window that closes has no ring any more
            self._aim = None
            self._show_ring()


def _rounded(point: Point) -> Point:
    """To three digits: what a field shows, and a person can type again."""
    return Point(*(float(f"{value:.3g}") for value in point))
