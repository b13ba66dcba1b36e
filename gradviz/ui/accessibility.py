"""What a keyboard and a screen reader need of all that is in a window: stops of Tab in the order of reading, and names where Qt has no other place for them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QBoxLayout,
    QComboBox,
    QDialogButtonBox,
    QFormLayout,
    QGridLayout,
    QLabel,
    QLayout,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QWidget,
)

#: These have stops within them that are no stops of Tab.
WHOLES = (QAbstractSpinBox, QComboBox)


def name_lists(top: QWidget) -> None:
    """Give every list that has no label beside it one that cannot be seen: on Linux a list's name is what it says, and what it is for comes from its label."""
    for box in top.findChildren(QComboBox):
        beside = box.parentWidget()
        if beside is None or not box.accessibleName() or any(label.buddy() is box for label in _labels(beside)):
            continue
        label = QLabel(box.accessibleName(), beside)
        label.setBuddy(box)
        label.hide()


def _labels(widget: QWidget) -> Iterable[QLabel]:
    return widget.findChildren(QLabel, options=Qt.FindChildOption.FindDirectChildrenOnly)


def stop_at_buttons(bar: QToolBar) -> None:
    """Let Tab stop at a toolbar's buttons, which Qt leaves to the mouse."""
    for button in bar.findChildren(QToolButton):
        if button.objectName() != "qt_toolbar_ext_button":
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)


def put_parts_in_order(top: QWidget) -> None:
    """Let a screen reader list the parts of every splitter as they stand: a splitter puts each new part before the others."""
    for split in top.findChildren(QSplitter):
        parts = [part for place in range(split.count()) if (part := split.widget(place)) is not None]
        if [child for child in split.children() if child in parts] != parts:
            for part in parts:
                part.raise_()


def put_in_order(stops: Iterable[QWidget]) -> None:
    """Let Tab stop at these, in this order; also at what is hidden now, when it can be seen."""
    for before, after in itertools.pairwise(stops):
        QWidget.setTabOrder(before, after)


def stops_in(part: QWidget) -> Iterator[QWidget]:
    """Where Tab stops in a part, hidden or not: in the order that it has itself by `tab_stops`, or else in the one in which its widgets were made or put."""
    own = getattr(part, "tab_stops", None)
    if own is not None:
        yield from own()
        return
    stop: QWidget | None = part
    while stop is not None:
        if (stop is part or part.isAncestorOf(stop)) and is_stop(stop):
            yield stop
        stop = stop.nextInFocusChain()
        if stop is part:
            return


def laid_out(widget: QWidget) -> Iterator[QWidget]:
    """Where Tab is to stop in a widget, as its layout has it: row by row, and buttons from left to right."""
    if is_stop(widget):
        yield widget
    own = getattr(widget, "tab_stops", None)
    if own is not None:
        yield from (stop for stop in own() if stop is not widget)
    elif isinstance(widget, QDialogButtonBox):
        yield from sorted((button for button in widget.buttons() if is_stop(button)), key=lambda button: button.x())
    elif isinstance(widget, QScrollArea):
        inner = widget.widget()
        yield from laid_out(inner) if inner is not None else ()
    elif isinstance(widget, QStackedWidget | QSplitter):
        yield from (stop for place in range(widget.count()) if (part := widget.widget(place)) is not None for stop in laid_out(part))
    elif (layout := widget.layout()) is not None:
        yield from _laid_out_in(layout)


def _laid_out_in(layout: QLayout) -> Iterator[QWidget]:
    """Of a grid row by row; of others as they were put in."""
    places = list(range(layout.count()))
    if isinstance(layout, QGridLayout):
        places.sort(key=lambda place: layout.getItemPosition(place)[:2])
    elif isinstance(layout, QFormLayout):
        places.sort(key=lambda place: _place_in_form(layout, place))
    elif isinstance(layout, QBoxLayout) and layout.direction() in (QBoxLayout.Direction.RightToLeft, QBoxLayout.Direction.BottomToTop):
        places.reverse()
    for place in places:
        item = layout.itemAt(place)
        if item is not None and (part := item.widget()) is not None:
            yield from laid_out(part)
        elif item is not None and (inner := item.layout()) is not None:
            yield from _laid_out_in(inner)


def _place_in_form(form: QFormLayout, place: int) -> tuple[int, int]:
    row, role = form.getItemPosition(place)
    return row or 0, (QFormLayout.ItemRole.LabelRole, QFormLayout.ItemRole.FieldRole, QFormLayout.ItemRole.SpanningRole, None).index(role)


def is_stop(widget: QWidget) -> bool:
    """Whether Tab would stop there."""
    above = widget.parentWidget()
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None and not isinstance(above, WHOLES)


def bring_into_view(widget: QWidget) -> None:
    """Scroll until it is seen: Qt does so only where Tab comes from the same area."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget, 0, 4)
        above = above.parentWidget()
