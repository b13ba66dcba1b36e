"""The list of pinned runs: which are shown, in which colour and order, what they are called, and what became of them."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple
from weakref import WeakKeyDictionary

from PyQt6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPoint, QRect, QSignalBlocker, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QContextMenuEvent, QFont, QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPalette, QPen
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionViewItem,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from gradviz.core.words import short
from gradviz.runs.run import Run
from gradviz.ui.pins import Pin, Pins, moved, next_colour
from gradviz.ui.plots.pinned import pen_of
from gradviz.ui.theme import LIGHT, Theme

HINT = "A pinned run stays on the plots behind the live one, to compare with it."
PIN = "Keep what is recorded so far on the plots, behind the live run (Ctrl+P)"
DIFFERENCES = "In what the configs of the live run and of the pinned ones differ"
#: What each part of a row does on a click.
PARTS = {"check": "Show or hide it (Space)", "swatch": "Another colour (C)", "remove": "Unpin it (Delete)"}
KEYS = "Space shows or hides a run, C gives it another colour, F2 renames it, Alt+Up and Alt+Down move it, Delete unpins it; Shift+F10 opens its menu."
#: More rows than these are scrolled.
MOST_ROWS = 5
#: Pixels: around a row's parts and between them, and of the swatch.
GAP, SWATCH = 6, 40
#: How much smaller what became of a run is written.
SMALL = 0.85


class Outcome(NamedTuple):
    """What became of a run, in a few words and in a sentence."""

    words: str
    sentence: str


_outcomes: WeakKeyDictionary[Run, tuple[int, Outcome]] = WeakKeyDictionary()


def outcome_of(run: Run) -> Outcome:
    """The verdict on a run's newest epoch, and its cost there; worked out once."""
    kept = _outcomes.get(run)
    if kept is None or kept[0] != run.epochs_done:
        kept = _outcomes[run] = (run.epochs_done, _judged(run))
    return kept[1]


def _judged(run: Run) -> Outcome:
    if not len(run.newest):
        return Outcome("no epoch yet", "Nothing is recorded of it yet.")
    from gradviz.core.diagnosis import diagnose  # with the first run that is pinned, not with the window
    from gradviz.runs.moment import Moment

    moment = Moment(run, run.newest)
    profile = None if run.config.wide else moment.profile
    verdict = diagnose(moment.config_now, run.newest, profile, run.cost, run.ending)
    cost = f"cost {short(float(run.cost[-1]), 3)}"
    return Outcome(f"{verdict.kind.capitalize()}, {cost}", f"{verdict.sentence} Its {cost} is epoch {moment.epoch:,}'s.")


def _outdated(run: Run) -> bool:
    """Whether a run that still trains has come a tenth further than the list says, or has ended: a verdict with every frame would cost a millisecond."""
    kept = _outcomes.get(run)
    return kept is not None and kept[0] != run.epochs_done and (run.ending is not None or run.epochs_done > 1.1 * kept[0])


class Row(QStyledItemDelegate):
    """Draws one pinned run: a check box, its colour and dashes, its name, what became of it, and a cross to remove it."""

    def __init__(self, parent: QListWidget) -> None:
        super().__init__(parent)
        self.theme = LIGHT
        self.pins: dict[int, Pin] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: ARG002 - all rows are alike
        return QSize(60, row_height(option.font))

    def parts(self, row: QRect) -> dict[str, QRect]:
        """Where the parts of a row are."""
        style = QApplication.style()
        box = style.pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth) if style else 16
        middle = row.center().y()
        check = QRect(row.left() + GAP, middle - box // 2, box, box)
        swatch = QRect(check.right() + GAP, row.top() + 4, SWATCH, row.height() - 8)
        remove = QRect(row.right() - box - GAP, middle - box // 2, box, box)
        name = QRect(swatch.right() + GAP, row.top() + 2, max(10, remove.left() - swatch.right() - 2 * GAP), row.height() - 4)
        return {"check": check, "swatch": swatch, "name": name, "remove": remove}

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        pin = self.pins.get(index.data(Qt.ItemDataRole.UserRole))
        if painter is None or pin is None:
            return
        parts, selected = self.parts(option.rect), bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if selected:
            painter.fillRect(option.rect, option.palette.highlight())
        ink = option.palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text)
        faint = ink if selected else QColor(self.theme.faint)
        self._paint_check(painter, parts["check"], option, pin.visible)
        self._paint_swatch(painter, parts["swatch"], pin)
        self._paint_words(painter, parts["name"], option.font, pin, ink if pin.visible else faint, faint)
        self._paint_cross(painter, parts["remove"], faint)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(self.theme.accent if not selected else self.theme.plot), 1, Qt.PenStyle.DotLine))
            painter.drawRect(option.rect.adjusted(1, 1, -2, -2))
        painter.restore()

    def _paint_check(self, painter: QPainter, place: QRect, option: QStyleOptionViewItem, on: bool) -> None:
        box = QStyleOptionButton()
        box.rect, box.palette = place, option.palette
        box.state = QStyle.StateFlag.State_Enabled | (QStyle.StateFlag.State_On if on else QStyle.StateFlag.State_Off)
        style = QApplication.style()
        if style is not None:
            style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorCheckBox, box, painter)

    def _paint_swatch(self, painter: QPainter, place: QRect, pin: Pin) -> None:
        painter.fillRect(place, QColor(self.theme.plot))  # as on a plot, also in a row that is selected
        painter.setPen(QColor(self.theme.line))
        painter.drawRect(place.adjusted(0, 0, -1, -1))
        painter.setPen(pen_of(self.theme, pin.colour, 1.4))
        painter.drawLine(place.left() + 3, place.center().y(), place.right() - 3, place.center().y())

    def _paint_words(self, painter: QPainter, place: QRect, font: QFont, pin: Pin, ink: QColor, faint: QColor) -> None:
        half = QFontMetrics(font).height()
        little = small(font)
        for text, written, colour, top in ((pin.name, font, ink, 0), (outcome_of(pin.run).words, little, faint, half)):
            painter.setFont(written)
            painter.setPen(colour)
            line = QRect(place.left(), place.top() + top, place.width(), half)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, QFontMetrics(written).elidedText(text, Qt.TextElideMode.ElideRight, place.width()))

    def _paint_cross(self, painter: QPainter, place: QRect, colour: QColor) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.5))
        cross = place.adjusted(3, 3, -3, -3)
        painter.drawLine(cross.topLeft(), cross.bottomRight())
        painter.drawLine(cross.topRight(), cross.bottomLeft())

    def updateEditorGeometry(self, editor: QWidget | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # noqa: ARG002 - all rows are alike
        if editor is not None:
            editor.setGeometry(self.parts(option.rect)["name"])

    def setEditorData(self, editor: QWidget | None, index: QModelIndex) -> None:
        pin = self.pins.get(index.data(Qt.ItemDataRole.UserRole))
        if isinstance(editor, QLineEdit) and pin is not None:
            editor.setText(pin.name)

    def setModelData(self, editor: QWidget | None, model: QAbstractItemModel | None, index: QModelIndex) -> None:  # noqa: ARG002 - names are the window's
        view = self.parent()
        if isinstance(editor, QLineEdit) and isinstance(view, PinList):
            view.rename(index.data(Qt.ItemDataRole.UserRole), editor.text())


class PinList(QListWidget):
    """A row for each pinned run: the mouse, Space, F2, Delete and Alt with an arrow change it."""

    changed = pyqtSignal(int, dict)
    removed = pyqtSignal(int)
    order_chosen = pyqtSignal(tuple)

    def __init__(self) -> None:
        super().__init__()
        self.pins: Pins = ()
        self.rows = Row(self)
        self._pressed: tuple[int, str] | None = None
        self.setObjectName("pins")
        self.setAccessibleName("Pinned runs")
        self.setAccessibleDescription(KEYS)
        self.setItemDelegate(self.rows)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setTabKeyNavigation(False)
        model = self.model()
        assert model is not None, "a list has its model"
        model.rowsMoved.connect(self._on_moved)

    def show_pins(self, pins: Pins) -> None:
        """A row for each of these; a row that is there already stays, with the focus and what is typed into it."""
        if pins == self.pins:
            if any(_outdated(pin.run) for pin in pins):
                self._update()
            return
        current = self.current_key
        self.pins, self.rows.pins = pins, {pin.key: pin for pin in pins}
        with QSignalBlocker(self):
            if self.keys() != tuple(pin.key for pin in pins):
                self.clear()
                for pin in pins:
                    self.addItem(self._item(pin))
                self.setCurrentRow(next((row for row, pin in enumerate(pins) if pin.key == current), len(pins) - 1 if current is not None else -1))
            for row, pin in enumerate(pins):
                item = self.item(row)
                assert item is not None, "a row for each pin"
                self._describe(item, pin)
        self.setFixedHeight(min(len(pins), MOST_ROWS) * row_height(self.font()) + 2 * self.frameWidth())
        self._update()

    def apply_theme(self, theme: Theme) -> None:
        self.rows.theme = theme
        self._update()

    def _update(self) -> None:
        viewport = self.viewport()
        if viewport is not None:
            viewport.update()

    def _item(self, pin: Pin) -> QListWidgetItem:
        item = QListWidgetItem()
        item.setData(Qt.ItemDataRole.UserRole, pin.key)
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled
        item.setFlags(flags)
        return item

    def _describe(self, item: QListWidgetItem, pin: Pin) -> None:
        outcome = outcome_of(pin.run)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{pin.name}, {'shown' if pin.visible else 'hidden'}. {outcome.words}")
        item.setToolTip(f"{pin.name}\n{outcome.sentence}")

    def keys(self) -> tuple[int, ...]:
        """The pins' keys in the order of the rows."""
        items = (self.item(row) for row in range(self.count()))
        return tuple(item.data(Qt.ItemDataRole.UserRole) for item in items if item is not None)

    @property
    def current_key(self) -> int | None:
        """The key of the row with the focus."""
        item = self.currentItem()
        return None if item is None else int(item.data(Qt.ItemDataRole.UserRole))

    def part_at(self, place: QPoint) -> tuple[int, str] | None:
        """Which pin's row is there, by its key, and which part of the row."""
        item = self.itemAt(place)
        if item is None:
            return None
        parts = self.rows.parts(self.visualItemRect(item))
        return int(item.data(Qt.ItemDataRole.UserRole)), next((name for name, part in parts.items() if part.contains(place)), "name")

    def rename(self, key: int, name: str) -> None:
        """A person has typed a name."""
        pin = self.rows.pins.get(key)
        if pin is not None and name.strip() and name.strip() != pin.name:
            self.changed.emit(key, {"name": name.strip()})

    def edit_name(self, key: int) -> None:
        """Let a person type another name."""
        for row, other in enumerate(self.keys()):
            if other == key:
                self.setCurrentRow(row)
                self.editItem(self.item(row))

    def act(self, key: int, part: str) -> None:
        """Do what a click on this part of a row does."""
        pin = self.rows.pins[key]
        if part == "remove":
            self.removed.emit(key)
        elif part == "check":
            self.changed.emit(key, {"visible": not pin.visible})
        elif part == "swatch":
            self.changed.emit(key, {"colour": next_colour(self.pins, key)})

    def _on_moved(self) -> None:
        self.order_chosen.emit(self.keys())

    # mouse and keys

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        pressed = self.part_at(event.position().toPoint())
        self._pressed = pressed if pressed and pressed[1] in PARTS and event.button() == Qt.MouseButton.LeftButton else None
        if self._pressed is None:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if self._pressed is None:  # a part that is clicked is not dragged
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            super().mouseReleaseEvent(event)
        elif pressed == self.part_at(event.position().toPoint()):
            self.act(*pressed)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        pressed = self.part_at(event.position().toPoint())
        if pressed and pressed[1] in PARTS:
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        assert event is not None
        key, alt = self.current_key, event.modifiers() == Qt.KeyboardModifier.AltModifier
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key())) if alt else None
        part = {Qt.Key.Key_Space: "check", Qt.Key.Key_C: "swatch", Qt.Key.Key_Delete: "remove"}.get(Qt.Key(event.key()))
        if key is None or (by is None and part is None):
            super().keyPressEvent(event)
        elif part is not None:
            self.act(key, part)
        elif by is not None and moved(self.pins, key, by) != self.keys():
            self.order_chosen.emit(moved(self.pins, key, by))

    def viewportEvent(self, event: QEvent | None) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            under = self.part_at(event.pos())
            if under and under[1] in PARTS:
                QToolTip.showText(event.globalPos(), PARTS[under[1]], self)
                return True
        return super().viewportEvent(event)


class RunsPanel(QWidget):
    """The pinned runs, with a button to pin the live one; without any, only that and what it is good for."""

    pin_requested = pyqtSignal()
    changed = pyqtSignal(int, dict)
    removed = pyqtSignal(int)
    order_chosen = pyqtSignal(tuple)
    opened = pyqtSignal(int)
    saved = pyqtSignal(int)
    differences_requested = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runs")
        self.title = QLabel("Pinned runs")
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.pin = QPushButton("Pin this run")
        self.pin.setObjectName("pin_this_run")
        self.pin.setToolTip(PIN)
        self.pin.clicked.connect(lambda: self.pin_requested.emit())
        self.hint = QLabel(HINT)
        self.hint.setWordWrap(True)
        self.list = PinList()
        self.title.setBuddy(self.list)
        self.differences = QToolButton()
        self.differences.setText("Differences…")
        self.differences.setToolTip(DIFFERENCES)
        self.differences.setAutoRaise(True)
        self.differences.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.differences.clicked.connect(lambda: self.differences_requested.emit())
        for name in ("changed", "removed", "order_chosen"):
            getattr(self.list, name).connect(getattr(self, name))
        self._arrange()
        self.show_pins(())

    def _arrange(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.title, 1)
        line.addWidget(self.pin)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(8, 4, 8, 4)
        rows.setSpacing(4)
        rows.addLayout(line)
        rows.addWidget(self.hint)
        rows.addWidget(self.list)
        rows.addWidget(self.differences, 0, Qt.AlignmentFlag.AlignRight)

    def show_pins(self, pins: Pins) -> None:
        """These runs are pinned."""
        self.list.show_pins(pins)
        self.hint.setVisible(not pins)
        self.list.setVisible(bool(pins))
        self.differences.setVisible(bool(pins))

    def allow_pinning(self, allowed: bool) -> None:
        """Whether there is anything to pin."""
        self.pin.setEnabled(allowed)

    def apply_theme(self, theme: Theme) -> None:
        self.hint.setStyleSheet(f"color: {theme.faint}")
        self.list.apply_theme(theme)

    def menu_for(self, key: int) -> QMenu:
        """What can be done with one pinned run."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        entries = {
            "Open this run": partial(self.opened.emit, key),
            "Save…": partial(self.saved.emit, key),
            "Rename": partial(self.list.edit_name, key),
            "Show or hide": partial(self.list.act, key, "check"),
            "Another colour": partial(self.list.act, key, "swatch"),
            "Show differences…": self.differences_requested.emit,
            "Unpin": partial(self.removed.emit, key),
        }
        for text, then in entries.items():
            action = menu.addAction(text)
            assert action is not None, "Qt makes the action"
            action.triggered.connect(lambda _checked, then=then: then())
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        viewport = self.list.viewport()
        if event is None or viewport is None or not self.list.isVisible():
            return
        under = self.list.part_at(viewport.mapFromGlobal(event.globalPos()))
        key = self.list.current_key if event.reason() is QContextMenuEvent.Reason.Keyboard else (under and under[0])
        if key is not None:
            self.menu_for(key).popup(event.globalPos())


def small(font: QFont) -> QFont:
    """The font of what became of a run."""
    found = QFont(font)
    found.setPointSizeF(font.pointSizeF() * SMALL)
    return found


def row_height(font: QFont) -> int:
    """Two lines, and room around them."""
    return 2 * QFontMetrics(font).height() + 6
