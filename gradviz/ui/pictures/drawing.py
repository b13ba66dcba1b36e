"""Pictures drawn away from the screen: the panels on a dashboard that nobody sees, at the picture's size, between a title and a caption."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

from PyQt6 import sip
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QAbstractTextDocumentLayout, QColor, QPainter, QPalette, QTextDocument
from PyQt6.QtWidgets import QApplication

from gradviz.core.training import Frames
from gradviz.runs.files import FileError
from gradviz.runs.moment import Moment
from gradviz.runs.run import Run
from gradviz.ui.pictures.captions import Caption, caption_of
from gradviz.ui.pictures.options import LEAST_HEIGHT, LEAST_PANEL, STACKED, Options
from gradviz.ui.pictures.scenes import Scene
from gradviz.ui.pins import Pins
from gradviz.ui.plots.dashboard import PLACES, USUAL, Dashboard
from gradviz.ui.theme import Theme, magnify, named, part_letters, plot_font

if TYPE_CHECKING:
    from gradviz.runs.provenance import MadeWith
    from gradviz.runs.recipe import Recipe

#: Words keep so many pixels from the picture's edges and from the plots; a title has letters of so many points.
EDGE, TITLE_POINTS = 10.0, 13.0
CAPTION_POINTS = 7.5


@dataclass(frozen=True)
class View:
    """What is looked at: a run at an epoch (None: the newest), called `name`, with the pinned runs behind it, in these panels.

    `settings` holds what is chosen in each panel, as Panel.view() says it; `sample` and `trails` as in the window. `made_with` and `table` are those of a
    run that was loaded: where its numbers were rounded, and the SHA-256 of what it learned.
    """

    run: Run
    epoch: int | None = None
    name: str = ""
    pins: Pins = ()
    panels: tuple[str, ...] = tuple(name for name in PLACES if name in USUAL)
    sample: int = 0
    trails: int = 0
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    made_with: MadeWith | None = None
    table: str = ""

    def recipe(self, panels: Iterable[str] = ()) -> Recipe:
        """What makes it again, for a file that shows these panels."""
        from gradviz.runs.recipe import recipe_of

        return recipe_of(self.run, self.epoch, self.name, panels or self.panels, made_with=self.made_with, table=self.table)

    @property
    def frame(self) -> Frames:
        """The frame at its epoch; raises FileError where the run has none."""
        frame = self.run.newest if self.epoch is None else self.run.at_or_before(self.epoch)
        if frame is None or not len(frame):
            raise FileError("There is nothing to draw yet; it comes with the first epoch.")
        return frame


class Drawing:
    """A picture of panels; used with `with`, for its widgets must go before the application does."""

    def __init__(self, panels: Sequence[str], options: Options) -> None:
        self.options = options.check()
        unknown = [name for name in panels if name not in PLACES]
        if unknown or not panels:
            raise FileError(f"There is no panel '{''.join(unknown[:1])}'; the panels are {', '.join(PLACES)}.")
        self.theme: Theme = named(options.theme)
        self.width, self.height = self.options.layout
        self._letters, self._magnified = part_letters(True), magnify(1.0)
        self._title, self._caption = _words(TITLE_POINTS), _words(CAPTION_POINTS)
        self.dashboard = Dashboard(panels, stacked=self.width < STACKED)
        self.dashboard.take_any_size()
        self.dashboard.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self.dashboard.apply_theme(self.theme)
        for panel in self.dashboard.panels.values():
            panel.for_paper()
        self.dashboard.resize(self.width, self.height)
        self.dashboard.show()
        self.moment: Moment | None = None
        self.caption = Caption("", ())

    def __enter__(self) -> Drawing:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let its widgets go."""
        part_letters(self._letters)
        magnify(self._magnified)
        if not sip.isdeleted(self.dashboard):
            sip.delete(self.dashboard)

    # what it shows

    def show(self, view: View, caption: Caption | None = None) -> None:
        """Lay out and draw what is looked at, with its words, or with these."""
        frame, dashboard = view.frame, self.dashboard
        dashboard.begin_anew(view.run.config)
        dashboard.sample, dashboard.trails, dashboard.pins, dashboard.name = view.sample, view.trails, view.pins, view.name
        self._write_words(view, caption)
        dashboard.resize(self.width, round(self.height - self.above - self._below))
        QApplication.sendPostedEvents()  # the layout, before there are curves to be drawn in it twice
        self._check_room()
        dashboard.show_run(view.run, frame, epoch=view.epoch)
        for name, panel in dashboard.panels.items():
            if name in view.settings:
                panel.use_view(view.settings[name])
        if view.settings:
            dashboard.show_run(view.run, frame, epoch=view.epoch)
        QApplication.sendPostedEvents()  # the room that plots then want of each other
        self.moment = dashboard.moment

    def show_epoch(self, epoch: int) -> None:
        """Draw another epoch of the same run; axes, title and caption stay."""
        assert self.moment is not None, "another epoch is of the run that is shown"
        run = self.moment.run
        frame = run.at_or_before(epoch)
        if frame is not None:
            self.dashboard.show_run(run, frame, epoch=epoch)
            self.moment = self.dashboard.moment

    def _check_room(self) -> None:
        """Raise FileError where a panel is too low for its plots to be read."""
        lowest = min(self.dashboard.shown.values(), key=lambda panel: panel.height())
        if lowest.height() < LEAST_PANEL * len(lowest.plots):
            raise FileError(
                f"There is no room for {lowest.title.lower()} among {len(self.dashboard.shown)} panels in a picture of {self.options.width:g} x "
                f"{self.options.height:g} {self.options.unit} with letters of {self.options.points:g} points; choose a larger picture, smaller letters, fewer "
                "panels, or each as a picture of its own."
            )

    def _write_words(self, view: View, caption: Caption | None) -> None:
        frame = view.frame
        self.dashboard.moment = Moment(view.run, frame, view.sample, self.dashboard.ghosts(int(frame.epoch[-1]) if view.epoch is None else view.epoch))
        self.caption = caption or caption_of(self.dashboard.moment, view.name)
        room = self.width - 2 * EDGE
        for words, paragraphs in ((self._title, [_bold(self.caption.title)]), (self._caption, map(html.escape, self.caption.paragraphs))):
            words.setTextWidth(room)
            words.setHtml("".join(map(_line, paragraphs)))
        if self.height - self.above - self._below < LEAST_HEIGHT / 2:
            raise FileError(
                f"The caption would leave no room for the plots in a picture of {self.options.width:g} x {self.options.height:g} {self.options.unit} "
                f"with letters of {self.options.points:g} points; choose a larger picture, smaller letters, or no caption."
            )

    def entitle(self, title: str) -> None:
        """Let another title stand in the place of one that is as long."""
        self._title.setHtml(_line(_bold(title)))

    @property
    def above(self) -> float:
        """So many pixels of the layout are above the panels."""
        return self._title.size().height() + 1.5 * EDGE if self.options.title else 0.0

    @property
    def _below(self) -> float:
        return self._caption.size().height() + 1.5 * EDGE if self.options.caption else 0.0

    # painting

    def paint(self, painter: QPainter, ratio: float = 1.0, *, vector: bool = False) -> None:
        """Paint it in pixels of its layout; `ratio` is how many device pixels each becomes, `vector` that no part may be a bitmap that need not be."""
        if not self.options.transparent:
            painter.fillRect(QRectF(0, 0, self.width, self.height), QColor(self.theme.plot))
        self.paint_title(painter)
        self.paint_caption(painter)
        painter.save()
        painter.translate(0, self.above)
        self.scene.paint(painter, ratio, vector=vector, transparent=self.options.transparent)
        painter.restore()

    def paint_title(self, painter: QPainter) -> None:
        """Paint the title alone, where there is one."""
        if self.options.title:
            self._paint_words(painter, self._title, EDGE)

    def paint_caption(self, painter: QPainter) -> None:
        """Paint the caption alone, where there is one."""
        if self.options.caption:
            self._paint_words(painter, self._caption, self.height - self._below + EDGE / 2)

    @property
    def size(self) -> QSize:
        return QSize(self.width, self.height)

    @property
    def scene(self) -> Scene:
        """The panels where they are."""
        return Scene(list(self.dashboard.shown.values()), self.theme)

    def _paint_words(self, painter: QPainter, words: QTextDocument, top: float) -> None:
        layout = words.documentLayout()
        assert layout is not None, "a document has a layout"
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, QColor(self.theme.text))
        painter.save()
        painter.translate(QPointF(EDGE, top))
        layout.draw(painter, context)
        painter.restore()


def _bold(text: str) -> str:
    return f'<b style="white-space:pre-wrap">{html.escape(text)}</b>'


def _line(text: str) -> str:
    return f'<p style="margin:0px 0px 2px 0px">{text}</p>'


def _words(points: float) -> QTextDocument:
    words = QTextDocument()
    words.setDefaultFont(plot_font(points))
    words.setDocumentMargin(0.0)
    return words
