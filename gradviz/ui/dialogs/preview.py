"""The place where a dialog shows what will be written: drawn when nothing changes for a while, scaled to fit, with squares where there is no ground."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PyQt6.QtCore import QRect, QRectF, QSize, Qt, QTimer
from PyQt6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from gradviz.runs.files import FileError
from gradviz.ui.pictures.options import Options
from gradviz.ui.studio.orders import PictureOrder, Sight
from gradviz.ui.theme import Theme

if TYPE_CHECKING:
    from gradviz.ui.studio.studio import Studio

#: Milliseconds without a change after which a picture is drawn.
REST = 250
DRAWING = "drawing…"
#: The squares that stand for no ground, as every program for pictures has them: their side, and their greys.
SQUARE, GREYS = 8, ("#ffffff", "#d4d4d4")
DARK_GREYS = ("#4a4a4a", "#2e2e2e")
EDGE = 8


class PreviewPane(QWidget):
    """Shows an image, and over it a word while another is drawn; or a sentence where there is none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.image = QImage()
        #: "drawing…", or a sentence why there is nothing to be seen.
        self.word = ""
        self._wrong = self._dark = False
        self.setAccessibleName("Preview")
        self.setMinimumSize(280, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_image(self, image: QImage, *, dark: bool) -> None:
        """Show this; `dark` is whether its letters are made for a dark ground."""
        self.image, self._dark = image, dark
        self.say("")

    def say(self, word: str, *, wrong: bool = False) -> None:
        """Show a word over the image, or a sentence in its place where something is wrong."""
        self.word, self._wrong = word, wrong
        self.setAccessibleDescription(word)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(720, 480)

    # painting

    @property
    def place(self) -> QRect:
        """Where the image is: in the middle, as large as fits, and no larger than it is."""
        room = self.rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        ratio = self.devicePixelRatioF()
        own = QSize(max(1, round(self.image.width() / ratio)), max(1, round(self.image.height() / ratio)))
        size = own.scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio).boundedTo(own)
        place = QRect(room.topLeft(), size)
        place.moveCenter(room.center())
        return place

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: ARG002
        painter = QPainter(self)
        if not self.image.isNull() and not self._wrong:
            place = self.place
            if self.image.hasAlphaChannel():
                self._paint_squares(painter, place)
            whole = self.devicePixelRatioF() * place.size().toSizeF()
            painter.drawImage(
                QRectF(place), self.image.scaled(whole.toSize(), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
            )
            painter.setPen(QColor(self._theme.line))
            painter.drawRect(place.adjusted(-1, -1, 0, 0))
        if self.word:
            self._paint_word(painter)

    def _paint_squares(self, painter: QPainter, place: QRect) -> None:
        painter.save()
        painter.setClipRect(place)
        greys = [QColor(grey) for grey in (DARK_GREYS if self._dark else GREYS)]
        painter.fillRect(place, greys[0])
        for row in range(place.height() // SQUARE + 1):
            for column in range(row % 2, place.width() // SQUARE + 1, 2):
                painter.fillRect(place.left() + column * SQUARE, place.top() + row * SQUARE, SQUARE, SQUARE, greys[1])
        painter.restore()

    def _paint_word(self, painter: QPainter) -> None:
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        room = self.rect().adjusted(3 * EDGE, EDGE, -3 * EDGE, -EDGE)
        ground = painter.boundingRect(room, flags, self.word).adjusted(-10, -5, 10, 5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self._theme.error if self._wrong else self._theme.line))
        painter.setBrush(QColor(self._theme.field))
        painter.drawRoundedRect(ground, 4, 4)
        painter.setPen(QColor(self._theme.error if self._wrong else self._theme.text))
        painter.drawText(room, flags, self.word)


class Preview(PreviewPane):
    """Shows how the window's panels will be drawn; the picture comes from the process that will draw the file itself."""

    def __init__(self, theme: Theme, studio: Studio) -> None:
        super().__init__(theme)
        self._studio = studio
        self._wanted: tuple[tuple[str, ...], Options, int | None] | None = None
        self._drawn: dict[int, Options] = {}
        self._asked = 0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._draw)
        studio.made.connect(self._on_made)
        studio.failed.connect(self._on_failed)

    def ask(self, panels: tuple[str, ...], options: Options, epoch: int | None) -> None:
        """Draw this, as soon as nothing else is asked for during a short while; until it comes the last picture stays."""
        self._wanted = panels, options, epoch
        self._rest.start()

    def refuse(self, sentence: str) -> None:
        """Show nothing but a sentence why there is nothing."""
        self.let_go()
        self.say(sentence, wrong=True)

    def let_go(self) -> None:
        """Nothing is wanted any more of what was asked for."""
        self._rest.stop()
        self._asked = 0
        for number in self._drawn:
            self._studio.cancel(number)

    def _draw(self) -> None:
        assert self._wanted is not None, "it was asked for"
        panels, options, epoch = self._wanted
        self.let_go()

        def order(number: int, sight: Sight) -> PictureOrder:
            path = Path(sight.folder) / f"preview-{number}.png"
            return PictureOrder(number, msgspec.structs.replace(sight, epoch=epoch), str(path), panels, options, preview=True)

        try:
            self._asked = self._studio.order(order)
        except FileError as problem:
            self.say(str(problem), wrong=True)
            return
        self._drawn[self._asked] = options
        self.say(DRAWING)

    def _on_made(self, number: int, written: list[str]) -> None:
        options = self._drawn.pop(number, None)
        if options is None:
            return
        image = QImage(written[0])
        with contextlib.suppress(OSError):
            Path(written[0]).unlink()
        if number == self._asked:
            self.show_image(image, dark=options.theme == "dark")

    def _on_failed(self, number: int, problem: str, _details: str) -> None:
        if self._drawn.pop(number, None) is not None and number == self._asked:
            self.say(problem, wrong=True)
