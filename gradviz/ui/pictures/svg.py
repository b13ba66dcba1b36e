"""What Qt paints as an SVG drawing: every line where it is on the page, letters as outlines, bitmaps with sharp cells.

Qt's own generator leaves coordinates and pens to the viewer's transformations, which draw thin lines in some viewers and wide ones in others, and it writes
letters that a machine without the font shows in another. Here everything is in the page's own pixels.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from PyQt6.QtCore import QBuffer, QIODeviceBase, QPointF, QRectF, Qt
from PyQt6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QImage,
    QPaintDevice,
    QPaintEngine,
    QPaintEngineState,
    QPainterPath,
    QPen,
    QPixmap,
    QTextItem,
    QTransform,
)

#: The longer side of a bitmap has at least so many pixels in the file.
ENLARGED = 2400
_CAPS = {Qt.PenCapStyle.FlatCap: "butt", Qt.PenCapStyle.SquareCap: "square", Qt.PenCapStyle.RoundCap: "round"}
_JOINS = {Qt.PenJoinStyle.MiterJoin: "miter", Qt.PenJoinStyle.BevelJoin: "bevel", Qt.PenJoinStyle.RoundJoin: "round"}
_FEATURES = QPaintEngine.PaintEngineFeature
_MODES = QPaintEngine.PolygonDrawMode
_STATE = QPaintEngine.DirtyFlag


class SvgPicture(QPaintDevice):
    """A page of so many pixels to paint on; text() is the drawing."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__()
        self._width, self._height = width, height
        self._engine = _Engine()

    def paintEngine(self) -> QPaintEngine:
        return self._engine

    def metric(self, metric: QPaintDevice.PaintDeviceMetric) -> int:
        kinds = QPaintDevice.PaintDeviceMetric
        width, height = round(self._width), round(self._height)
        known = {
            kinds.PdmWidth: width,
            kinds.PdmHeight: height,
            kinds.PdmWidthMM: round(self._width / 96 * 25.4),
            kinds.PdmHeightMM: round(self._height / 96 * 25.4),
            kinds.PdmNumColors: 2**31 - 1,
            kinds.PdmDepth: 32,
            kinds.PdmDevicePixelRatio: 1,
            kinds.PdmDevicePixelRatioScaled: int(QPaintDevice.devicePixelRatioFScale()),
        }
        return known.get(metric, 96)  # what is left are dots per inch: those in which letters are laid out

    def text(self, title: str = "GradViz", size: Sequence[str] | None = None) -> str:
        """The drawing as a file holds it: width and height as they are said, such as 8.5cm, or in pixels as it was painted."""
        width, height = size or (f"{self._width:g}", f"{self._height:g}")
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" '
            f'width="{width}" height="{height}" viewBox="0 0 {self._width:g} {self._height:g}">\n'
            f"<title>{html.escape(title)}</title>\n" + "\n".join(self._engine.closed()) + "\n</svg>\n"
        )


class _Engine(QPaintEngine):
    """Turns each thing that Qt paints into an element."""

    def __init__(self) -> None:
        super().__init__(_FEATURES.AllFeatures & ~(_FEATURES.PatternBrush | _FEATURES.PerspectiveTransform))
        self._elements: list[str] = []
        self._definitions: list[str] = []
        self._transform = QTransform()
        self._pen, self._brush = QPen(), QBrush()
        self._opacity = 1.0
        self._clip = ""
        self._clips: dict[str, str] = {}
        self._open_clip = ""

    def closed(self) -> list[str]:
        """All elements, in the order of painting, behind the shapes that clip them."""
        return [f"<defs>{''.join(self._definitions)}</defs>", *self._elements, *["</g>"] * bool(self._open_clip)]

    def begin(self, _device: QPaintDevice | None) -> bool:
        return True

    def end(self) -> bool:
        return True

    def type(self) -> QPaintEngine.Type:
        return QPaintEngine.Type.User

    # what it is painted with

    def updateState(self, state: QPaintEngineState) -> None:
        changed = state.state()
        if changed & _STATE.DirtyTransform:
            self._transform = state.transform()
        if changed & _STATE.DirtyPen:
            self._pen = state.pen()
        if changed & _STATE.DirtyBrush:
            self._brush = state.brush()
        if changed & _STATE.DirtyOpacity:
            self._opacity = state.opacity()
        if changed & (_STATE.DirtyClipPath | _STATE.DirtyClipRegion | _STATE.DirtyClipEnabled):
            self._set_clip(state)

    def _set_clip(self, state: QPaintEngineState) -> None:
        """What is painted next is clipped by all clips that are in force, not by the newest alone."""
        painter = state.painter()
        self._clip = ""
        if painter is not None and state.isClipEnabled() and painter.hasClipping():
            self._clip = _data(state.transform().map(painter.clipPath()))

    def _add(self, element: str) -> None:
        if self._clip != self._open_clip:
            if self._open_clip:
                self._elements.append("</g>")
            if self._clip:
                name = self._clips.get(self._clip)
                if name is None:
                    name = self._clips[self._clip] = f"clip{len(self._clips)}"
                    self._definitions.append(f'<clipPath id="{name}"><path d="{self._clip}"/></clipPath>')
                self._elements.append(f'<g clip-path="url(#{name})">')
            self._open_clip = self._clip
        self._elements.append(element)

    @property
    def _stroke(self) -> str:
        """The pen: its width in pixels of the page, whatever is enlarged."""
        pen = self._pen
        if pen.style() is Qt.PenStyle.NoPen or pen.brush().style() is Qt.BrushStyle.NoBrush:
            return 'stroke="none"'
        width = pen.widthF() or 1.0
        if not pen.isCosmetic():
            width *= abs(self._transform.determinant()) ** 0.5
        parts = [f'stroke="{pen.color().name()}"', f'stroke-width="{width:.6g}"', *_alpha("stroke", pen.color(), self._opacity)]
        parts.append(f'stroke-linecap="{_CAPS.get(pen.capStyle(), "butt")}" stroke-linejoin="{_JOINS.get(pen.joinStyle(), "miter")}"')
        if pen.style() is not Qt.PenStyle.SolidLine:
            parts.append(f'stroke-dasharray="{" ".join(f"{length * width:.6g}" for length in pen.dashPattern())}"')
            if pen.dashOffset():
                parts.append(f'stroke-dashoffset="{pen.dashOffset() * width:.6g}"')
        return " ".join(parts)

    @property
    def _fill(self) -> str:
        brush = self._brush
        if brush.style() is Qt.BrushStyle.NoBrush:
            return 'fill="none"'
        gradient = brush.gradient()
        if gradient is not None:
            return f'fill="url(#{self._gradient(gradient)})"'
        return " ".join([f'fill="{brush.color().name()}"', *_alpha("fill", brush.color(), self._opacity)])

    def _gradient(self, gradient: Any) -> str:
        """The name of a linear gradient, which a colour bar may be."""
        name = f"gradient{len(self._definitions)}"
        ends = [self._transform.map(end) for end in (gradient.start(), gradient.finalStop())]
        places = " ".join(f'x{number}="{end.x():.6g}" y{number}="{end.y():.6g}"' for number, end in enumerate(ends, 1))
        stops = "".join(f'<stop offset="{where:.6g}" stop-color="{colour.name()}" stop-opacity="{colour.alphaF():.4g}"/>' for where, colour in gradient.stops())
        self._definitions.append(f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" {places}>{stops}</linearGradient>')
        return name

    # what is painted; Qt hands over arrays that hold one of two kinds of points, which no type says

    def drawPath(self, path: QPainterPath) -> None:
        rule = ' fill-rule="evenodd"' if path.fillRule() is Qt.FillRule.OddEvenFill else ""
        self._add(f'<path d="{_data(self._transform.map(path))}" {self._fill}{rule} {self._stroke}/>')

    def drawPolygon(self, points: Iterable[Any], mode: QPaintEngine.PolygonDrawMode) -> None:  # type: ignore[override]
        line = mode is _MODES.PolylineMode
        mapped = (self._transform.map(QPointF(point)) for point in points)
        places = " ".join(f"{point.x():.6g},{point.y():.6g}" for point in mapped)
        fill = 'fill="none"' if line else self._fill + (' fill-rule="evenodd"' if mode is _MODES.OddEvenMode else "")
        self._add(f'<poly{"line" if line else "gon"} points="{places}" {fill} {self._stroke}/>')

    def drawLines(self, lines: Iterable[Any]) -> None:  # type: ignore[override]
        ends = ((self._transform.map(QPointF(line.p1())), self._transform.map(QPointF(line.p2()))) for line in lines)
        drawn = "".join(f"M{begin.x():.6g},{begin.y():.6g}L{end.x():.6g},{end.y():.6g}" for begin, end in ends)
        self._add(f'<path d="{drawn}" fill="none" {self._stroke}/>')

    def drawRects(self, rects: Iterable[Any]) -> None:  # type: ignore[override]
        path = QPainterPath()
        for rect in rects:
            path.addRect(QRectF(rect))
        self.drawPath(path)

    def drawEllipse(self, rect: Any) -> None:
        path = QPainterPath()
        path.addEllipse(QRectF(rect))
        self.drawPath(path)

    def drawPoints(self, points: Iterable[Any]) -> None:  # type: ignore[override]
        places = (self._transform.map(QPointF(point)) for point in points)
        self._add(f'<path d="{"".join(f"M{place.x():.6g},{place.y():.6g}h0" for place in places)}" fill="none" {self._stroke}/>')

    def drawTextItem(self, place: QPointF, item: QTextItem) -> None:
        if not item.text().strip():
            return
        path = QPainterPath()
        path.addText(place, QFont(item.font()), item.text())
        colour = self._pen.color()
        parts = [f'd="{_data(self._transform.map(path))}"', f'fill="{colour.name()}"', *_alpha("fill", colour, self._opacity)]
        self._add(f'<path aria-label="{html.escape(item.text().strip())}" {" ".join(parts)} stroke="none"/>')

    def drawPixmap(self, rect: QRectF, pixmap: QPixmap, source: QRectF) -> None:
        self.drawImage(rect, pixmap.toImage(), source)

    def drawImage(self, rect: QRectF, image: QImage, source: QRectF, _flags: object = None) -> None:
        """A bitmap in its own cells: a viewer that enlarges them must not blur them."""
        whole = QRectF(0, 0, image.width(), image.height())
        shown = image if source == whole else image.copy(source.toAlignedRect())
        t = self._transform
        place = f"matrix({t.m11():.9g} {t.m12():.9g} {t.m21():.9g} {t.m22():.9g} {t.dx():.9g} {t.dy():.9g})"
        opacity = f' opacity="{self._opacity:.4g}"' if self._opacity < 1 else ""
        self._add(
            f'<image x="{rect.x():.9g}" y="{rect.y():.9g}" width="{rect.width():.9g}" height="{rect.height():.9g}" transform="{place}"{opacity} '
            'preserveAspectRatio="none" image-rendering="optimizeSpeed" style="image-rendering:pixelated" '
            f'xlink:href="data:image/png;base64,{_as_png(_enlarged(shown))}"/>'
        )


def _enlarged(image: QImage) -> QImage:
    """The image with several pixels for each cell: a viewer that smooths bitmaps whatever they ask for does so at the cells' edges alone.

    Each cell has as many: Qt's own scaling of bitmaps lets them wander by up to half a cell.
    """
    factor = max(1, -(-ENLARGED // max(1, image.width(), image.height())))
    cells = image.convertToFormat(QImage.Format.Format_RGBA8888)
    bits = cells.constBits()
    assert bits is not None, "an image has cells"
    rows = np.frombuffer(bytes(bits.asarray(cells.sizeInBytes())), np.uint8).reshape(cells.height(), -1)[:, : 4 * cells.width()]
    dots = np.ascontiguousarray(rows).view(np.uint32).reshape(cells.height(), cells.width()).repeat(factor, axis=0).repeat(factor, axis=1)
    return QImage(dots.tobytes(), dots.shape[1], dots.shape[0], 4 * dots.shape[1], QImage.Format.Format_RGBA8888).copy()


def _alpha(what: str, colour: QColor, opacity: float) -> list[str]:
    alpha = colour.alphaF() * opacity
    return [f'{what}-opacity="{alpha:.4g}"'] if alpha < 0.9995 else []


def _data(path: QPainterPath) -> str:
    """A path's data; a curve is three elements in Qt."""
    letters = {QPainterPath.ElementType.MoveToElement: "M", QPainterPath.ElementType.LineToElement: "L", QPainterPath.ElementType.CurveToElement: "C"}
    drawn = []
    for place in range(path.elementCount()):
        element = path.elementAt(place)
        drawn.append(f"{letters.get(element.type, ' ')}{element.x:.6g},{element.y:.6g}")
    return "".join(drawn)


def _as_png(image: QImage) -> str:
    buffer = QBuffer()
    buffer.open(QIODeviceBase.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.data().data()).decode("ascii")
