"""One look, light or dark, and each of them with high contrast: palettes of our own, and curve colours that colour-blind people can tell apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from PyQt6.QtCore import QByteArray, QSize, Qt
from PyQt6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QIcon, QImage, QPainter, QPalette, QPixmap
from PyQt6.QtSvg import QSvgRenderer
from PyQt6.QtWidgets import QApplication, QToolTip

from gradviz.runs.resources import resource

#: A picture is drawn in one of these: it is for others' eyes, and for paper.
Ground = Literal["light", "dark"]


class Theme(NamedTuple):
    """The colours of the window and of its plots: text reaches a contrast of 4.5:1 on all of its grounds, and marks 3:1; 7:1 and 4.5:1 with high contrast."""

    name: Literal["light", "dark", "contrast-light", "contrast-dark"]
    ground: Ground
    window: str
    field: str
    text: str
    faint: str
    #: What cannot be chosen just now.
    disabled: str
    #: What parts things, and what lies behind curves.
    line: str
    #: The outlines of fields, buttons and check boxes.
    border: str
    accent: str
    plot: str
    error: str
    warning: str
    #: In the order that curves take them: Okabe and Ito's, and with high contrast on white darker ones of their hues.
    curves: tuple[str, ...]
    #: The colours of pinned runs: as far from each other and from the curves as can be for people of every kind of colour vision.
    pins: tuple[str, ...]


LIGHT = Theme(
    name="light",
    ground="light",
    window="#f4f5f7",
    field="#ffffff",
    text="#1b1f24",
    faint="#5a6470",
    disabled="#6d7783",
    line="#c9ced6",
    border="#777e88",
    accent="#0072b2",
    plot="#ffffff",
    error="#b3261e",
    warning="#8a5300",
    curves=("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000"),
    pins=("#af1060", "#10208f", "#604000", "#af50ff", "#6000df", "#600050"),
)
DARK = Theme(
    name="dark",
    ground="dark",
    window="#1f2328",
    field="#2a2f36",
    text="#e8eaed",
    faint="#a3acb8",
    disabled="#8a939f",
    line="#454c56",
    border="#858e9b",
    accent="#56b4e9",
    plot="#15181c",
    error="#ff8a80",
    warning="#ffc46b",
    curves=("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442"),
    pins=("#00df9f", "#bf009f", "#9fffff", "#8f80ff", "#8f6000", "#0060df"),
)
CONTRAST_LIGHT = Theme(
    name="contrast-light",
    ground="light",
    window="#eceef0",
    field="#ffffff",
    text="#000000",
    faint="#3c434b",
    disabled="#6b7178",
    line="#8f959c",
    border="#2b3036",
    accent="#004a99",
    plot="#ffffff",
    error="#9c0000",
    warning="#6b3f00",
    curves=("#0068c8", "#b84a00", "#004830", "#800060", "#000000"),
    pins=("#e00060", "#0000e0", "#402000", "#a06080", "#200020", "#000060"),
)
CONTRAST_DARK = Theme(
    name="contrast-dark",
    ground="dark",
    window="#1a1d21",
    field="#000000",
    text="#ffffff",
    faint="#ccd2da",
    disabled="#8d949d",
    line="#6a7079",
    border="#a9b0b9",
    accent="#6cc4ff",
    plot="#000000",
    error="#ff9d94",
    warning="#ffd27a",
    curves=("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442"),
    pins=("#20ffa0", "#ff4060", "#c0c0c0", "#6060ff", "#a08000", "#c040c0"),
)
THEMES: Mapping[str, Theme] = {theme.name: theme for theme in (LIGHT, DARK, CONTRAST_LIGHT, CONTRAST_DARK)}
#: What has an outline, by Qt's class. Fusion draws it in the shade of the window's colour: around a field in a dark window it could not be seen.
OUTLINED = (
    *("QCheckBox", "QRadioButton", "QComboBox", "QLineEdit", "QAbstractSpinBox", "QPushButton", "QToolButton"),
    *("QSlider", "QScrollBar", "QAbstractItemView", "QMenu"),
)
#: A lighter colour by so many percent, of which Fusion draws outlines in the shade.
UNSHADED = 140

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
#: Letters for a hall have at least so many points before they are magnified: what is small print on the screen cannot be read from its last row.
LEAST_POINTS = 8.0


def magnify(factor: float) -> float:
    """Draw plots that are made from now on with letters, marks and margins so many times as large, for the last row of a hall. Returns what was before."""
    global _magnified
    before, _magnified = _magnified, factor
    return before


def magnified(length: float) -> float:
    """So many pixels or points, as large as plots are drawn now."""
    return length * _magnified


def plot_font(points: float, *, bold: bool = False) -> QFont:
    font = QFont(PLOT_FONT)
    font.setBold(bold)
    font.setPointSizeF(magnified(points if _magnified <= 1.0 else max(points, LEAST_POINTS)))
    if _letters_alone:
        font.setFeature(QFont.Tag("liga"), 0)
    return font


def named(name: str) -> Theme:
    """The theme of that name; the light one for any other."""
    return THEMES.get(name, LIGHT)


def chosen(setting: str) -> Theme:
    """The theme of that name; the system's where the setting is `system`, light where the system does not say, with high contrast where it asks for it."""
    if setting in THEMES:
        return named(setting)
    hints = QGuiApplication.styleHints()
    dark = hints is not None and hints.colorScheme() is Qt.ColorScheme.Dark
    return named(f"{'contrast-' * _more_contrast()}{'dark' if dark else 'light'}")


def _more_contrast() -> bool:
    """Whether the system asks for high contrast, where Qt knows that (from 6.10)."""
    hints = QGuiApplication.styleHints()
    asked = getattr(hints, "accessibility", lambda: None)()
    return asked is not None and asked.contrastPreference() is Qt.ContrastPreference.HighContrast


def follow_system(then: Callable[[], None]) -> None:
    """Call this when the system gets other colours."""
    hints = QGuiApplication.styleHints()
    if hints is not None:
        hints.colorSchemeChanged.connect(then)


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
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.disabled))
    application.setPalette(palette)
    palette.setColor(QPalette.ColorRole.Window, QColor(theme.border).lighter(UNSHADED))
    for outlined in OUTLINED:
        application.setPalette(palette, outlined)
    QToolTip.setPalette(palette)


def icon(name: str, theme: Theme) -> QIcon:
    """One of our own drawings in resources/icons, in the theme's colour."""
    drawing = resource(f"icons/{name}.svg").read_text(encoding="utf-8")
    result = QIcon()
    for mode, colour in ((QIcon.Mode.Normal, theme.text), (QIcon.Mode.Disabled, theme.disabled)):
        renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", colour).encode()))
        image = QImage(QSize(64, 64), QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        result.addPixmap(QPixmap.fromImage(image), mode)
    return result
