"""How near a place of a plot is to what is drawn there, in pixels: whoever points means the nearest thing."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF
from PyQt6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QGraphicsRectItem

from gradviz.ui.plots.dots import Dots
from gradviz.ui.plots.heat_cells import Cells
from gradviz.ui.plots.pinned import Marks
from gradviz.ui.plots.trails import Trails

Floats = NDArray[np.float64]


class Layer(IntEnum):
    """What is meant first where several things are near: a box of words lies above all, an area below all."""

    WORDS = 0
    POINTS = 1
    LINES = 2
    AREAS = 3


#: A person who points is so many pixels off at most.
REACH = {Layer.WORDS: 0.0, Layer.POINTS: 8.0, Layer.LINES: 7.0, Layer.AREAS: 0.0}


def nearness(item: QGraphicsItem, position: QPointF) -> tuple[Layer, float] | None:
    """Which layer an item belongs to and how many pixels it is from this place of the scene; None where it is too far to be meant."""
    found = _measured(item, position)
    return found if found is not None and found[1] <= REACH[found[0]] else None


def _measured(item: QGraphicsItem, position: QPointF) -> tuple[Layer, float] | None:
    if isinstance(item, pg.TextItem | pg.LabelItem):
        return Layer.WORDS, _outside(item.sceneBoundingRect().contains(position))
    if isinstance(item, pg.InfiniteLine):
        on = item.mapToScene(QPointF(0.0, 0.0))  # an item of its own, with its place for origin
        return Layer.LINES, abs(on.x() - position.x()) if item.angle % 180 else abs(on.y() - position.y())
    if isinstance(item, pg.ScatterPlotItem):
        points = _points(item)
        return Layer.POINTS, _nearest(_on_scene(item, points), position) - float(item.opts["size"]) / 2
    if isinstance(item, Dots | Marks):
        return Layer.POINTS, _nearest(_on_scene(item, item.points), position) - 3.0
    if isinstance(item, pg.PlotCurveItem):
        return _of_curve(item, position)
    if isinstance(item, Trails):
        rows = zip(item.given, item.drawn(), strict=True)
        lines = [np.column_stack([np.asarray(curves.across, np.float64), row]) for curves, heights in rows for row in heights]
        return Layer.LINES, min((_to_line(_on_scene(item, line), position) for line in lines), default=math.inf)
    return Layer.AREAS, _outside(_covers(item, position))


def _covers(item: QGraphicsItem, position: QPointF) -> bool:
    inside = item.mapFromScene(position)
    if isinstance(item, QGraphicsPathItem):
        parts = [item, *(child for child in item.childItems() if isinstance(child, QGraphicsPathItem) and child.isVisible())]
        return any(part.path().contains(inside) for part in parts)
    return isinstance(item, Cells | QGraphicsRectItem) and item.boundingRect().contains(inside)


def _of_curve(item: pg.PlotCurveItem, position: QPointF) -> tuple[Layer, float]:
    """A filled curve is an area between it and the height that it is filled to."""
    across, heights = item.getData()
    if across is None or not len(across):
        return Layer.LINES, math.inf
    if item.opts["fillLevel"] is None:
        return Layer.LINES, _to_line(_on_scene(item, np.column_stack([across, heights])), position)
    inside, level = item.mapFromScene(position), float(item.opts["fillLevel"])
    outline = float(np.interp(inside.x(), across, heights, left=level, right=level))
    return Layer.AREAS, _outside(min(level, outline) <= inside.y() <= max(level, outline) and outline != level)


def _points(item: pg.ScatterPlotItem) -> Floats:
    return np.column_stack(item.getData()) if len(item.data) else np.empty((0, 2))


def _on_scene(item: QGraphicsItem, points: Any) -> Floats:
    """Points of a plot, (n, 2), as pixels of the scene: an axis stretches and shifts, and does no more."""
    origin, across, up = (item.mapToScene(QPointF(*corner)) for corner in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
    points = np.asarray(points, np.float64).reshape(-1, 2)
    scaled: Floats = points * (across.x() - origin.x(), up.y() - origin.y()) + (origin.x(), origin.y())
    return scaled


def _nearest(points: Floats, position: QPointF) -> float:
    away = np.hypot(points[:, 0] - position.x(), points[:, 1] - position.y())
    return float(np.nanmin(away)) if np.isfinite(away).any() else math.inf


def _to_line(points: Floats, position: QPointF) -> float:
    """How far a place is from the nearest part of a line through these points, which has a gap where one is NaN."""
    place = np.array([position.x(), position.y()])
    starts, ends = points[:-1], points[1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        along = ends - starts
        length = (along**2).sum(axis=1)
        share = np.clip(((place - starts) * along).sum(axis=1) / np.where(length > 0.0, length, 1.0), 0.0, 1.0)
        away = np.hypot(*(starts + share[:, None] * along - place).T)
    return float(np.nanmin(away)) if np.isfinite(away).any() else _nearest(points, position)


def _outside(inside: bool) -> float:
    return 0.0 if inside else math.inf
