"""A sweep as a picture: a map for each measure, side by side, and what all points have in common above them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtWidgets import QGridLayout, QLabel, QWidget

from gradviz.core.config import PARAMETERS, Config
from gradviz.runs.files import FileError, written_whole
from gradviz.runs.sweep_points import Index, Point
from gradviz.runs.sweeps import Sweep
from gradviz.ui.app import application
from gradviz.ui.plots.sweep_map import SweepMap
from gradviz.ui.theme import LIGHT, Theme, apply_to_application, plot_font

#: A map's size in a picture, how many of them stand side by side, and how many pixels of the picture one of these is.
WIDTH, HEIGHT, MOST_ACROSS, SCALE = 640, 480, 3, 2
#: Not what distinguishes one experiment from another.
UNSAID = ("observe_every",)


def draw_without_screen(plan: Sweep, found: Mapping[Index, Point], path: Path) -> None:
    """Draw a map of every measure and write the picture, without opening a window."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    running = application()  # gone with the last who knows it
    apply_to_application(LIGHT)
    save_picture(plan, found, plan.measures, LIGHT, path)
    running.processEvents()


def save_picture(plan: Sweep, found: Mapping[Index, Point], measures: tuple[str, ...], theme: Theme, path: Path) -> None:
    """Write a PNG picture of these measures' maps, whole or not at all."""
    image = picture(plan, found, measures, theme)
    with written_whole(path) as beside:
        if not image.save(str(beside), "PNG"):
            raise FileError(f"Cannot write '{path}': there is no room on the disk or in memory for the picture.")


def picture(plan: Sweep, found: Mapping[Index, Point], measures: tuple[str, ...], theme: Theme) -> QImage:
    """The maps side by side, as many in a row as can be read."""
    across = min(MOST_ACROSS, len(measures))
    sheet = QWidget()
    sheet.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    sheet.setStyleSheet(f"background: {theme.plot}; color: {theme.text};")
    grid = QGridLayout(sheet)
    caption = QLabel(in_common(plan))
    caption.setFont(plot_font(10))
    caption.setWordWrap(True)
    grid.addWidget(caption, 0, 0, 1, across)
    for number, measure in enumerate(measures):
        drawn = SweepMap()
        drawn.apply_theme(theme)
        drawn.begin(plan, measure)
        drawn.setFixedSize(WIDTH, HEIGHT)
        grid.addWidget(drawn, 1 + number // across, number % across)
        drawn.add(found.values())
    sheet.adjustSize()
    sheet.show()
    application().processEvents()
    image = QImage(sheet.size() * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    image.setText("Title", in_common(plan))
    painter = QPainter(image)
    sheet.render(painter)
    painter.end()
    sheet.hide()
    sip.delete(sheet)
    return image


def in_common(plan: Sweep) -> str:
    """What all points have that the notebook's case has not, as a line."""
    swept = {axis.name for axis in plan.axes}
    names = [name for name in Config().differences(plan.base) if name not in swept and name not in UNSAID]
    said = [f"{PARAMETERS[name].title.lower()} {PARAMETERS[name].format(getattr(plan.base, name))}" for name in names if name != "epochs"]
    counts = " × ".join(f"{len(axis.values):,}" for axis in plan.axes)
    return f"{counts} runs of {plan.base.epochs:,} epochs" + (f": {', '.join(said)}" if said else "")
