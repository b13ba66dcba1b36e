"""Drawings as SVG: what is painted is where it is on the page, as other programs draw it."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QBrush, QColor, QImage, QLinearGradient, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from gradviz.ui.pictures.svg import SvgPicture
from gradviz.ui.theme import plot_font

SVG = "{http://www.w3.org/2000/svg}"
SIZE = 200
Paint = Callable[[QPainter], None]

pytestmark = pytest.mark.usefixtures("qapp")


def drawn(paint: Paint) -> ElementTree.Element:
    return ElementTree.fromstring(text_of(paint))


def text_of(paint: Paint) -> str:
    picture = SvgPicture(SIZE, SIZE)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter)
    painter.end()
    return picture.text()


def only(root: ElementTree.Element, name: str) -> ElementTree.Element:
    found = [element for element in root.iter(f"{SVG}{name}") if element.get("d") or name != "path"]
    assert len(found) == 1
    return found[0]


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?", text)]


@given(x=st.floats(-1e7, 1e7), span=st.floats(1e-3, 1e6), y=st.floats(-300, 300), width=st.floats(0.5, 8.0))
def test_a_cosmetic_pen_keeps_its_width_and_a_point_its_place_whatever_is_enlarged(x: float, span: float, y: float, width: float) -> None:
    """As a curve of pyqtgraph is drawn: in its own coordinates, far away and unevenly enlarged, with a pen that does not grow."""
    to_page = QTransform.fromTranslate(-x, -y) * QTransform.fromScale(SIZE / span, -0.5)

    def paint(painter: QPainter) -> None:
        pen = QPen(QColor("#d55e00"), width)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setTransform(to_page)
        path = QPainterPath(QPointF(x, y))
        path.lineTo(x + span, y - 100)
        painter.drawPath(path)

    path = only(drawn(paint), "path")
    expected = [*_xy(to_page.map(QPointF(x, y))), *_xy(to_page.map(QPointF(x + span, y - 100)))]
    assert numbers(path.get("d", "")) == pytest.approx(expected, rel=1e-5, abs=1e-4)
    assert float(path.get("stroke-width", "")) == pytest.approx(width, rel=1e-5)
    assert path.get("stroke") == "#d55e00"


def _xy(point: QPointF) -> tuple[float, float]:
    return point.x(), point.y()


def test_a_dashed_pen_is_dashed_in_pixels() -> None:
    def paint(painter: QPainter) -> None:
        pen = QPen(QColor("black"), 2.0)
        pen.setDashPattern([5.0, 3.0])
        painter.setPen(pen)
        painter.drawLine(QLineF(0, 50, 200, 50))

    path = only(drawn(paint), "path")
    assert numbers(path.get("stroke-dasharray", "")) == [10.0, 6.0]


def test_clips_of_two_levels_both_hold() -> None:
    def paint(painter: QPainter) -> None:
        painter.setClipRect(QRectF(10, 10, 100, 100))
        painter.setClipRect(QRectF(50, 50, 100, 100), Qt.ClipOperation.IntersectClip)
        painter.fillRect(QRectF(0, 0, 200, 200), QColor("#0072b2"))

    image = rendered(text_of(paint))
    inside = np.zeros((SIZE, SIZE), bool)
    inside[50:110, 50:110] = True
    assert np.array_equal(image[:, :, 2] > 100, inside)


def rendered(text: str) -> np.ndarray:
    """The drawing as rsvg-convert, which shares no code with Qt, draws it on black: (height, width, 3)."""
    tool = shutil.which("rsvg-convert")
    if tool is None:
        pytest.skip("rsvg-convert (Debian package librsvg2-bin) is not installed")
    png = subprocess.run([tool, "-b", "black", "--format", "png"], input=text.encode(), capture_output=True, check=True).stdout
    return pixels(QImage.fromData(png))


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = image.constBits().asarray(image.sizeInBytes())
    return np.frombuffer(bits, np.uint8).reshape(image.height(), -1, 4)[:, : image.width(), 2::-1].astype(int)


def by_qt(paint: Paint) -> np.ndarray:
    image = QImage(SIZE, SIZE, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter)
    painter.end()
    return pixels(image)


def _polygons(painter: QPainter) -> None:
    painter.setPen(QPen(QColor("#ffffff"), 3.0))
    painter.setBrush(QColor(0, 114, 178, 128))
    painter.drawPolygon(QPolygonF([QPointF(20, 20), QPointF(180, 40), QPointF(60, 180), QPointF(150, 150), QPointF(30, 90)]))
    painter.drawEllipse(QRectF(120, 100, 60, 40))


def _points(painter: QPainter) -> None:
    pen = QPen(QColor("#009e73"), 12.0)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawPoints(QPolygonF([QPointF(30, 30), QPointF(100, 60), QPointF(170, 170)]))


def _gradient(painter: QPainter) -> None:
    gradient = QLinearGradient(QPointF(0, 20), QPointF(0, 180))
    for where, colour in ((0.0, "#fde725"), (0.5, "#21918c"), (1.0, "#440154")):
        gradient.setColorAt(where, QColor(colour))
    painter.fillRect(QRectF(60, 20, 40, 160), QBrush(gradient))


def _letters(painter: QPainter) -> None:
    painter.setPen(QColor("white"))
    painter.setFont(plot_font(20))
    painter.drawText(QPointF(10, 60), "|∂C/∂u| 10⁻³⁰¹")
    painter.translate(60, 190)
    painter.rotate(-90)
    painter.drawText(QPointF(0, 0), "layer k")


def _opacity(painter: QPainter) -> None:
    painter.setOpacity(0.5)
    painter.fillRect(QRectF(20, 20, 100, 100), QColor("#d55e00"))


def _cells(painter: QPainter) -> None:
    image = QImage(4, 2, QImage.Format.Format_RGB32)
    for x in range(4):
        for y in range(2):
            image.setPixelColor(x, y, QColor.fromHsv(40 * (x + 4 * y), 255, 255))
    painter.drawImage(QRectF(20, 30, 160, 120), image)


@pytest.mark.parametrize("paint", [_polygons, _points, _gradient, _letters, _opacity, _cells], ids=lambda paint: paint.__name__[1:])
def test_another_program_draws_the_same(paint: Paint) -> None:
    theirs, ours = rendered(text_of(paint)), by_qt(paint)
    assert theirs.shape == ours.shape
    differs = np.abs(theirs - ours).max(axis=2)
    assert ours.any()
    # letters and edges are shaded by each program in its own way
    assert (differs > 100).mean() < (0.012 if paint is _letters else 0.004)
    assert differs.mean() < (3.0 if paint is _letters else 1.0)


def test_letters_need_no_font_and_can_be_read_aloud() -> None:
    root = drawn(_letters)
    assert not list(root.iter(f"{SVG}text"))
    assert {path.get("aria-label") for path in root.iter(f"{SVG}path")} == {"|∂C/∂u| 10⁻³⁰¹", "layer k"}


def test_a_name_with_signs_of_its_own_stays_a_name() -> None:
    picture = SvgPicture(10, 10)
    QPainter(picture).end()
    root = ElementTree.fromstring(picture.text('<script>"a" & b</script>', ("8.5cm", "6cm")))
    assert root.findtext(f"{SVG}title") == '<script>"a" & b</script>'
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("8.5cm", "6cm", "0 0 10 10")


@pytest.mark.parametrize(("wide", "high"), [(3, 7), (24, 5), (30, 2), (100, 99), (1000, 3), (2500, 2)])
def test_every_cell_of_a_bitmap_is_as_large(wide: int, high: int) -> None:
    """Its edges are where its column begins, not up to half a cell away."""
    from gradviz.ui.pictures.svg import _enlarged

    image = QImage(wide, high, QImage.Format.Format_Indexed8)
    image.setColorTable([QColor(0, 0, 0).rgb(), QColor(255, 255, 255).rgb()])
    for x in range(wide):
        for y in range(high):
            image.setPixel(x, y, (x + y) % 2)
    drawn = pixels(_enlarged(image))[:, :, 0]
    factor = drawn.shape[1] // wide
    assert drawn.shape == (high * factor, wide * factor)
    assert np.array_equal(np.flatnonzero(np.diff(drawn[0])) + 1, factor * np.arange(1, wide))
    assert np.array_equal(np.flatnonzero(np.diff(drawn[:, 0])) + 1, factor * np.arange(1, high))
