"""What a screen reader and a keyboard find in a window: names and descriptions as Qt hands them over, and a walk with real Tab keys.

PyQt6 has none of Qt's accessibility classes. What they would say is worked out here as Qt 6 does it: on Linux the name of a list is its value, and what it is
for comes from a label that has it as its buddy; of a scrolling area only what lies on its viewport is there at all.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFormLayout,
    QGraphicsView,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QTextBrowser,
    QTextEdit,
    QToolBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

#: What a person acts on, or moves in.
CONTROLS = (*(QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QGraphicsView, QLineEdit, QPlainTextEdit, QTabBar, QTextEdit),)
#: Parts of other widgets, which speak for them.
PARTS = (QScrollBar, QHeaderView)
WHOLES = (QAbstractSpinBox, QComboBox, QAbstractItemView)
#: Qt's own parts, by their names.
UNNAMED = ("qt_scrollarea_viewport", "qt_toolbar_ext_button")
#: Within one of these no two controls may be called alike.
GROUPS = (QGraphicsView, QDialog, QToolBar)
#: Their names say it all.
SPEAKING = ("Close", "Cancel", "OK")
#: A walk of more stops never ends.
MOST_STOPS, MOST_LINKS = 400, 40


def shown_in(top: QWidget) -> Iterator[QWidget]:
    """All widgets that can be seen, but those that are parts of others."""
    for widget in top.findChildren(QWidget):
        inner = isinstance(widget, (*PARTS, QMenu)) or widget.objectName() in UNNAMED or type(widget).__name__ == "QTableCornerButton"
        if not inner and widget.isVisibleTo(top) and widget.window() is top.window() and not _is_part(widget.parentWidget()):
            yield widget


def _is_part(above: QWidget | None) -> bool:
    """Whether a widget stands in a spin box, a list or a table, which speaks for it."""
    while above is not None and not above.isWindow():
        if isinstance(above, (*WHOLES, QScrollBar)):
            return True
        above = above.parentWidget()
    return False


def takes_tab(widget: QWidget) -> bool:
    """Whether Tab stops at it."""
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isEnabled() and widget.focusProxy() is None


def controls_of(top: QWidget) -> list[QWidget]:
    """What can be acted on, or gets the focus."""
    return [widget for widget in shown_in(top) if isinstance(widget, CONTROLS) or takes_tab(widget)]


def label_of(widget: QWidget) -> str:
    """The text of the label beside it that has it as its buddy."""
    above = widget.parentWidget()
    beside = above.findChildren(QLabel, options=Qt.FindChildOption.FindDirectChildrenOnly) if above else []
    return next((plain(label.accessibleName() or label.text()) for label in beside if label.buddy() is widget), "")


def name_of(widget: QWidget) -> str:
    """What a screen reader calls it."""
    if isinstance(widget, QComboBox):
        return label_of(widget)  # so it is on Linux; elsewhere the accessible name comes first, and faults() asks for both
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or plain(text) or label_of(widget) or _title_around(widget)


def _title_around(widget: QWidget) -> str:
    above = widget.parentWidget()
    return above.title() if isinstance(above, QGroupBox) else ""


def description_of(widget: QWidget) -> str:
    """What a screen reader says of it beside its name."""
    return widget.accessibleDescription() or widget.toolTip()


def plain(text: str) -> str:
    """Without the marks of keys."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").strip()


def where(widget: QWidget) -> str:
    return f"{type(widget).__name__} '{widget.objectName() or name_of(widget) or widget.toolTip()[:30]}'"


def faults(top: QWidget) -> list[str]:
    """What is wrong for somebody who hears the window; nothing where all is well."""
    found: list[str] = []
    named: Counter[tuple[int, str]] = Counter()
    for widget in controls_of(top):
        found += _faults_of(widget)
        named[id(_group(widget)), name_of(widget)] += 1
    found += [f"{count} controls beside each other are called '{name}'" for (_, name), count in named.items() if count > 1 and name]
    for label in (widget for widget in shown_in(top) if isinstance(widget, QLabel)):
        if _is_html(description_of(label)):
            found.append(f"{where(label)}: its description is HTML")
    return found + _faults_of_forms(top)


def _faults_of(widget: QWidget) -> list[str]:
    name, description, found = name_of(widget), description_of(widget), []
    if len(re.findall(r"[^\W\d_]", name)) < 2:
        found.append(f"{where(widget)} has no name but '{name}'")
    if isinstance(widget, QComboBox) and not widget.accessibleName() and not label_of(widget):
        found.append(f"{where(widget)} has no name outside of Linux")
    if re.search(r"&\w", widget.accessibleName()):
        found.append(f"{where(widget)}: the mark of a key is read out as 'and'")
    if _is_html(name):
        found.append(f"{where(widget)}: its name is HTML")
    if not description.strip() and name not in SPEAKING:
        found.append(f"{where(widget)} has no description")
    if _is_html(description):
        found.append(f"{where(widget)}: its description is HTML")
    above = widget.parentWidget()
    if isinstance(above, QAbstractScrollArea) and widget is not above.viewport() and not isinstance(widget, PARTS):
        found.append(f"{where(widget)} lies beside the viewport of its view, where no screen reader finds it")
    return found


def _is_html(text: str) -> bool:
    return bool(re.search(r"</?[a-z]+[^>]*>", text)) or html.unescape(text) != text


def _group(widget: QWidget) -> QWidget | None:
    above = widget.parentWidget()
    while above is not None and not isinstance(above, GROUPS):
        above = above.parentWidget()
    return above


def _faults_of_forms(top: QWidget) -> list[str]:
    """Rows of forms whose label leads to no field."""
    found = []
    for form in top.findChildren(QFormLayout):
        for row in range(form.rowCount()):
            label, field = (form.itemAt(row, role) for role in (QFormLayout.ItemRole.LabelRole, QFormLayout.ItemRole.FieldRole))
            words, part = label and label.widget(), field and field.widget()
            if isinstance(words, QLabel) and words.text() and part is not None and words.buddy() is None:
                found.append(f"the label '{words.text()}' has no buddy")
    return found


# the walk


def walk(top: QWidget, qtbot: QtBot, *, back: bool = False) -> list[QWidget]:
    """Where Tab, or Shift+Tab, stops, pressed again and again from where the focus is until it comes round."""
    stops: list[QWidget] = []
    for _ in range(MOST_STOPS):
        reached = _next_stop(top, qtbot, back)
        if stops and reached is stops[0]:
            return stops
        assert reached not in stops, f"Tab goes round from {where(reached)}, and never comes back to {where(stops[0])}"
        stops.append(reached)
    raise AssertionError(f"after {MOST_STOPS} stops Tab has not come round")


def _next_stop(top: QWidget, qtbot: QtBot, back: bool) -> QWidget:
    """Press once; in a text with links, until the last one is behind."""
    focused = QApplication.focusWidget() or top
    key = (Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier) if back else (Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier)
    for _ in range(1 + MOST_LINKS * isinstance(focused, QTextBrowser)):
        qtbot.keyClick(focused, *key)
        reached = QApplication.focusWidget()
        assert reached is not None, f"the focus is gone after {where(focused)}"
        if reached is not focused:
            return reached
    assert len(stops_expected(top)) == 1, f"Tab does not leave {where(focused)}"
    return focused


def stops_expected(top: QWidget) -> set[QWidget]:
    """What can be seen and takes the focus by Tab."""
    return {widget for widget in shown_in(top) if takes_tab(widget)}
