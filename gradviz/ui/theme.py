"""One look, in a light and a dark version: palettes of our own, and curve colours that colour-blind people can tell apart."""

from __future__ import annotations

from typing import Literal, NamedTuple

from PyQt6.QtCore import QByteArray, QSize, Qt
from PyQt6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QIcon, QImage, QPainter, QPalette, QPixmap
from PyQt6.QtSvg import QSvgRenderer
from PyQt6.QtWidgets import QApplication, QToolTip

from gradviz.runs.resources import resource


class Theme(NamedTuple):
    """The colours of the window and of its plots."""

    name: Literal["light", "dark"]
    window: str
    field: str
    text: str
    faint: str
    line: str
    accent: str
    plot: str
    error: str
    warning: str
    #: Okabe and Ito's colours that reach a contrast of 3:1 on the plot's ground, in the order that curves take them.
    curves: tuple[str, ...]
    #: The colours of pinned runs: also 3:1, and as far from each other and from the curves as can be for people of every kind of colour vision.
    pins: tuple[str, ...]


LIGHT = Theme(
    name="light",
    window="#f4f5f7",
    field="#ffffff",
    text="#1b1f24",
    faint="#5a6470",
    line="#c9ced6",
    accent="#0072b2",
    plot="#ffffff",
    error="#b3261e",
    warning="#8a5300",
    curves=("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000"),
    pins=("#af1060", "#10208f", "#604000", "#af50ff", "#6000df", "#600050"),
)
DARK = Theme(
    name="dark",
    window="#1f2328",
    field="#2a2f36",
    text="#e8eaed",
    faint="#a3acb8",
    line="#454c56",
    accent="#56b4e9",
    plot="#15181c",
    error="#ff8a80",
    warning="#ffc46b",
    curves=("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442"),
    pins=("#00df9f", "#bf009f", "#9fffff", "#8f80ff", "#8f6000", "#0060df"),
)

PLOT_FONT = "DejaVu Sans"


def load_fonts() -> None:
    """Make the bundled font known where the system has it not: it has every sign that the plots use, and a picture looks the same everywhere."""
    if QFontInfo(QFont(PLOT_FONT)).family() == PLOT_FONT:
        return
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        QFontDatabase.addApplicationFont(str(resource(f"fonts/{name}")))


_letters_alone = False


def part_letters(on: bool) -> bool:
    """Whether plots are drawn without ligatures from now on, as in a document: who copies "float" out of it wants five letters. Returns what was before.

    Not on the screen: Qt shapes every word anew then, and a frame takes half as long again.
    """
    global _letters_alone
    before, _letters_alone = _letters_alone, on
    return before


_magnified = 1.0


def magnify(factor: float) -> None:
    """Draw plots that are made from now on with letters, marks and margins so many times as large, for the last row of a hall."""
    global _magnified
    _magnified = factor


def magnified(length: float) -> float:
    """So many pixels or points, as large as plots are drawn now."""
    return length * _magnified


def plot_font(points: float, *, bold: bool = False) -> QFont:
    font = QFont(PLOT_FONT)
    font.setBold(bold)
    font.setPointSizeF(magnified(points))
    if _letters_alone:
        font.setFeature(QFont.Tag("liga"), 0)
    return font


def named(name: str) -> Theme:
    """The theme of that name; the light one for any other."""
    return DARK if name == DARK.name else LIGHT


def chosen(setting: str) -> Theme:
    """The theme of that name; the system's where the setting is `system`, light where the system does not say."""
    if setting in ("light", "dark"):
        return named(setting)
    hints = QGuiApplication.styleHints()
    return DARK if hints is not None and hints.colorScheme() is Qt.ColorScheme.Dark else LIGHT


def apply_to_application(theme: Theme) -> None:
    """Give every widget the theme's colours."""
    application = QApplication.instance()
    assert isinstance(application, QApplication), "a theme needs a running application"
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.window,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.field,
        QPalette.ColorRole.AlternateBase: theme.window,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.Button: theme.window,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.ToolTipBase: theme.field,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.faint,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.plot,
        QPalette.ColorRole.Link: theme.accent,
        QPalette.ColorRole.Mid: theme.line,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.faint))
    application.setPalette(palette)
    QToolTip.setPalette(palette)


def icon(name: str, theme: Theme) -> QIcon:
    """One of our own drawings in resources/icons, in the theme's colour."""
    drawing = resource(f"icons/{name}.svg").read_text(encoding="utf-8")
    result = QIcon()
    for mode, colour in ((QIcon.Mode.Normal, theme.text), (QIcon.Mode.Disabled, theme.line)):
        renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", colour).encode()))
        image = QImage(QSize(64, 64), QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        result.addPixmap(QPixmap.fromImage(image), mode)
    return result
