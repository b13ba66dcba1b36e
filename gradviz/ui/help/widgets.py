"""What a widget of the window is, in a few sentences: from the declaration of its parameter or action, from the texts of marks, or from its own tooltip."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from PyQt6.QtCore import QPoint, QPointF
from PyQt6.QtGui import QAction, QTextDocumentFragment
from PyQt6.QtWidgets import QAbstractButton, QLabel, QMenu, QMenuBar, QToolButton, QWidget

from gradviz.core.config import PARAMETERS, Parameter
from gradviz.ui.actions import TABLE
from gradviz.ui.help.keys import written
from gradviz.ui.help.pointing import pointed_at, sections_of
from gradviz.ui.help.texts import Text, text_of
from gradviz.ui.layout import SideColumn
from gradviz.ui.panels.rows import MARK
from gradviz.ui.panels.sections import Header
from gradviz.ui.panels.track import Track
from gradviz.ui.plots.panel import Panel
from gradviz.ui.plots.phase import KEYS as MAP_KEYS
from gradviz.ui.plots.weight_plot import HELP as WEIGHT_KEYS

ENTRIES = {entry.name: entry for entry in TABLE}
#: Parts of the window that have no name of their own.
KINDS: Mapping[type[QWidget], str] = {Header: "section", QMenuBar: "menus", SideColumn: "parameters"}
#: Parts that say more than there is room for.
SAY_NOW = ("verdict", "theory")
#: When a live parameter can be turned; the help of some says so itself.
LIVE = "while the training runs"
#: What is said where nothing more is known.
OF_THE_WINDOW = Text("GradViz", "A window in which gradients can be seen to vanish. F1 explains every mark on it.")
#: The keys of panels that have some, which are said where the panel has the focus.
PANEL_KEYS = {"phase": MAP_KEYS, "weights": WEIGHT_KEYS}


def explained(widget: QWidget, position: QPoint | None = None) -> Text:
    """What is at this place of a widget; without one, what the widget is as a whole."""
    for one, place in _with_parents(widget, position):
        for explain in EXPLAINERS:
            found = explain(one, place)
            if found is not None:
                return found
    return OF_THE_WINDOW


def _with_parents(widget: QWidget, position: QPoint | None) -> Iterator[tuple[QWidget, QPoint | None]]:
    """The widget and those that it is in, with the same place in each."""
    one: QWidget | None = widget
    while one is not None:
        yield one, None if position is None else one.mapFromGlobal(widget.mapToGlobal(position))
        one = None if one.isWindow() else one.parentWidget()


def of_parameter(parameter: Parameter, asleep: str = "") -> Text:
    """A parameter's declaration in sentences."""
    parts = [f"{asleep}." * bool(asleep), parameter.help, f"May be {parameter.allowed}.", f"Unit: {parameter.unit}." * bool(parameter.unit)]
    default = parameter.format(parameter.default)
    parts += [f"The notebook's case 1(a) has {default}."] if default else []
    turned = "" if LIVE in parameter.help else f"It can be turned {LIVE}."
    parts += [turned if parameter.live else "Another value begins a new experiment, at epoch 0."]
    return Text(f"{parameter.title} {parameter.symbol}".strip(), " ".join(part for part in parts if part))


def of_action(action: QAction) -> Text:
    """An action's entry in the table, or what Qt knows of one that is not there."""
    entry = ENTRIES.get(action.objectName())
    if entry is not None:
        keys = f" Keys: {written(entry.keys)}." if entry.keys else ""
        return Text(entry.text, f"{entry.help.rstrip('.')}.{keys}")
    return Text(_plain(action.text()).replace("&", ""), _plain(action.toolTip() if action.toolTip() != action.text() else ""))


def _of_panel(widget: QWidget, position: QPoint | None) -> Text | None:
    if not isinstance(widget, Panel):
        return None
    if position is not None:
        return pointed_at(widget, widget.mapToScene(position)).text or text_of("panel", *sections_of(widget, None))
    found = text_of("panel", *sections_of(widget, None))
    shown = widget.accessibleDescription()
    more = [PANEL_KEYS.get(widget.name, ""), "" if shown in (WEIGHT_KEYS, "") or shown.endswith(MAP_KEYS) else f"Now: {shown.partition('. ')[0].rstrip('.')}."]
    return found and Text(found.title, " ".join([found.words, *filter(None, more), "Ctrl+D says in words what all plots show."]))


def _of_track(widget: QWidget, position: QPoint | None) -> Text | None:
    if not isinstance(widget, Track):
        return None
    found = text_of("handle" if position is None else widget.part_at(QPointF(position)), "timeline")
    return found and Text(found.title, found.words if position is None else f"{found.words} Here: {widget.reading(QPointF(position))}.")


def _of_parameter_field(widget: QWidget, _position: QPoint | None) -> Text | None:
    buddy = widget.buddy() if isinstance(widget, QLabel) else None
    name = (buddy or widget).objectName().removesuffix("_slider")
    if name not in PARAMETERS:
        return None
    now = re.search(r"<b>([^<]*)</b></p><p>", (buddy or widget).toolTip().partition("</p>")[2])
    return of_parameter(PARAMETERS[name], now[1].rstrip(".") if now else "")


def _of_action_button(widget: QWidget, position: QPoint | None) -> Text | None:
    action = widget.defaultAction() if isinstance(widget, QToolButton) else None
    if isinstance(widget, QMenu | QMenuBar) and position is not None:
        action = widget.actionAt(position)
    return None if action is None or action.menu() is not None else of_action(action)


def _of_name(widget: QWidget, _position: QPoint | None) -> Text | None:
    """The texts of the window's own parts, by the names or the kinds that they have; of some, what they say now."""
    name = next((name for kind, name in KINDS.items() if isinstance(widget, kind)), widget.objectName())
    if isinstance(widget, QLabel) and widget.text() == MARK:
        name = "changed_mark"
    found = text_of(name, "window")
    now = f"Now: {said}" if name in SAY_NOW and (said := widget.accessibleDescription()) else ""
    title = widget.title if isinstance(widget, Header) else ""
    return found and Text(": ".join(filter(None, (title, found.title))), " ".join(filter(None, (found.words, now))))


def _of_tooltip(widget: QWidget, _position: QPoint | None) -> Text | None:
    words = _plain(widget.toolTip()) or widget.accessibleDescription()
    if not words:
        return None
    name = widget.accessibleName() or (_plain(widget.text()).replace("&", "") if isinstance(widget, QAbstractButton) else "")
    return Text(name, words) if name and not words.startswith(name) else Text(*_split(words))


def _split(words: str) -> tuple[str, str]:
    title, _, rest = words.partition(": ")
    return (title, rest) if rest else ("", words)


def _plain(text: str) -> str:
    """A text without its marks for a reader of HTML, in one line."""
    plain = QTextDocumentFragment.fromHtml(text).toPlainText() if text.startswith("<") else text
    return " ".join(plain.split())


#: Who may know, the most particular first.
EXPLAINERS: tuple[Callable[[QWidget, QPoint | None], Text | None], ...] = (
    _of_panel,
    _of_track,
    _of_parameter_field,
    _of_action_button,
    _of_name,
    _of_tooltip,
)
