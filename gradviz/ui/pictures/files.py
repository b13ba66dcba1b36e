"""Pictures as bytes and as files: PNG, SVG and PDF of whatever can be painted, with the experiment inside."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PyQt6.QtCore import QBuffer, QIODeviceBase, QMarginsF, QSize, QSizeF, Qt
from PyQt6.QtGui import QImage, QPageSize, QPainter, QPdfWriter

from gradviz.runs.files import FileError, written_whole
from gradviz.ui.pictures.drawing import Drawing, View
from gradviz.ui.pictures.options import CENTIMETRES, SCREEN_DPI, Options, picture_ending
from gradviz.ui.pictures.svg import SvgPicture

if TYPE_CHECKING:
    from gradviz.runs.recipe import Recipe

#: Qt's paper is measured in points: 72 to the inch, of which the screen's pixels make 96.
POINTS_PER_PIXEL = 72 / 96


class Paintable(Protocol):
    """What can be painted: its size in pixels of the screen, and how."""

    @property
    def size(self) -> QSize: ...

    def paint(self, painter: QPainter, ratio: float = 1.0, *, vector: bool = False) -> None: ...


def image_of(what: Paintable, ratio: float = 2.0, pixels: tuple[int, int] | None = None, dpi: float = SCREEN_DPI) -> QImage:
    """The picture with `ratio` pixels for each one on the screen, lines and letters as thick; or of just so many pixels. What is not painted is transparent."""
    image = QImage(what.size * ratio if pixels is None else QSize(*pixels), QImage.Format.Format_ARGB32_Premultiplied)
    if image.isNull():
        raise FileError("There is not enough memory for a picture of this size; choose a smaller size or resolution, or SVG or PDF.")
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.scale(ratio, ratio)
    what.paint(painter, ratio)
    painter.end()
    for set_dots in (image.setDotsPerMeterX, image.setDotsPerMeterY):  # not before: pyqtgraph's axes would be drawn larger
        set_dots(round(100.0 / CENTIMETRES * dpi))
    return image


def png_of(image: QImage) -> bytes:
    """An image as a PNG file holds it; without its transparency where it has none."""
    opaque = image.convertToFormat(QImage.Format.Format_RGB32) if _is_opaque(image) else image
    buffer = QBuffer()
    buffer.open(QIODeviceBase.OpenModeFlag.WriteOnly)
    if not opaque.save(buffer, "PNG"):
        raise FileError("There is not enough memory for a picture of this size; choose a smaller size or resolution, or SVG or PDF.")
    return buffer.data().data()


def _is_opaque(image: QImage) -> bool:
    """Whether its corners are: a picture has a ground everywhere or nowhere."""
    return image.pixelColor(0, 0).alpha() == 255 and image.pixelColor(image.width() - 1, image.height() - 1).alpha() == 255


def svg_of(what: Paintable, title: str = "GradViz", options: Options | None = None) -> str:
    """The picture as an SVG drawing, as large as the options say, or as on the screen."""
    picture = SvgPicture(what.size.width(), what.size.height())
    painter = QPainter(picture)
    what.paint(painter, vector=True)
    painter.end()
    if options is None or options.unit == "cm":
        return picture.text(title, None if options is None else [f"{side * CENTIMETRES:.6g}cm" for side in options.inches])
    return picture.text(title, [f"{side}" for side in options.pixels])


def pdf_of(what: Paintable, title: str = "GradViz", inches: tuple[float, float] | None = None) -> bytes:
    """The picture as a PDF page of vectors and letters, as large on paper as is said in inches."""
    buffer = QBuffer()
    buffer.open(QIODeviceBase.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    points = QSizeF(what.size) * POINTS_PER_PIXEL if inches is None else QSizeF(*inches) * 72.0
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(html.unescape(title))
    writer.setResolution(round(SCREEN_DPI))  # not the page's own: pyqtgraph's axes, which are recorded on the screen, would be drawn in another size
    painter = QPainter()
    if not painter.begin(writer):
        raise FileError("The page cannot be drawn; choose another size.")
    ratio = writer.width() / what.size.width()
    painter.scale(ratio, ratio)
    what.paint(painter, ratio, vector=True)
    painter.end()
    return buffer.data().data()


def content_of(what: Paintable, ending: str, options: Options | None = None, title: str = "GradViz") -> bytes:
    """The picture as a file of this ending holds it, as the options say."""
    inches = None if options is None else options.inches
    if ending == ".svg":
        return svg_of(what, title, None if options is None else options).encode()
    if ending == ".pdf":
        return pdf_of(what, title, inches)
    if options is None:
        return png_of(image_of(what))
    return png_of(image_of(what, options.ratio, options.pixels, options.dpi * options.scale))


def save_view(view: View, panels: Sequence[str], options: Options, path: Path) -> None:
    """Draw what is looked at in these panels, and write it with the experiment inside."""
    with Drawing(panels, options) as drawing:
        drawing.show(view)
        save_picture(drawing, path, options, view.recipe(panels))


def preview_of(view: View, panels: Sequence[str], options: Options, path: Path, longest: int) -> None:
    """Draw the same picture as a PNG whose longer side has so many pixels at most, to look at before it is written."""
    with Drawing(panels, options) as drawing:
        drawing.show(view)
        part = min(1.0, longest / max(options.pixels))
        width, height = options.pixels
        path.write_bytes(png_of(image_of(drawing, options.ratio * part, (max(1, round(width * part)), max(1, round(height * part))))))


def save_picture(what: Paintable, path: Path, options: Options | None = None, recipe: Recipe | None = None) -> None:
    """Write a picture in the format that the file's ending names, with the experiment inside, whole or not at all."""
    ending = picture_ending(path)
    content = content_of(what, ending, options, recipe.name if recipe else "GradViz")
    if recipe is not None:
        from gradviz.runs.picture_files import with_recipe

        content = with_recipe(content, ending, recipe)
    with written_whole(path) as beside:
        beside.write_bytes(content)
