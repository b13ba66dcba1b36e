"""Sections that fold: a header to click, and below it what is made only when it is first unfolded."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPalette, QResizeEvent
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget


def paint_in(label: QLabel, colour: str) -> None:
    """Write a label in a colour; a style sheet would do so in ten times the time."""
    palette = label.palette()
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled):
        palette.setColor(group, QPalette.ColorRole.WindowText, QColor(colour))
    label.setPalette(palette)


class Header(QToolButton):
    """A section's title with an arrow; a click or Space folds and unfolds. While it is folded it says what in it is not as usual."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.setText(title)
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setArrowType(Qt.ArrowType.RightArrow)
        self.setIconSize(QSize(8, 8))  # the arrow stands where the fields' labels begin
        self.summary = QLabel()
        self.summary.setForegroundRole(QPalette.ColorRole.WindowText)  # and not the button's
        font = self.font()
        font.setBold(True)
        self.setFont(font)
        font.setBold(False)
        self.summary.setFont(font)
        self.summary.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._said = ""
        line = QHBoxLayout(self)
        line.addWidget(self.summary)
        self._make_room()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _make_room(self) -> None:
        """The summary begins where the title ends."""
        line = self.layout()
        assert line is not None, "a header has its summary in a layout"
        line.setContentsMargins(self.sizeHint().width(), 0, 4, 0)

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.FontChange and self.layout() is not None:
            self._make_room()

    def show_fold(self, unfolded: bool, said: str) -> None:
        """Point the arrow, and say what a folded section hides."""
        self._said = "" if unfolded else said
        self.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
        hidden = f": {self._said}" if self._said else ""
        self.setAccessibleName(f"{self.title}, {'unfolded' if unfolded else 'folded'}{hidden}")
        self.setToolTip(f"{'Fold' if unfolded else 'Unfold'} {self.title.lower()}{hidden}")
        self._elide()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        margins = self.contentsMargins()
        layout = self.layout()
        assert layout is not None, "a header has its summary in a layout"
        beside = layout.contentsMargins()
        room = self.width() - beside.left() - beside.right() - margins.left() - margins.right()
        self.summary.setText(self.summary.fontMetrics().elidedText(self._said, Qt.TextElideMode.ElideRight, max(0, room)))


class Section(QWidget):
    """A header, and a grid of fields that `fill` makes when it is first needed."""

    toggled = pyqtSignal()

    def __init__(self, title: str, fill: Callable[[QGridLayout], None]) -> None:
        super().__init__()
        self.header = Header(title)
        self.body: QWidget | None = None
        self.grid: QGridLayout | None = None
        self.unfolded = False
        self._fill = fill
        self._said = ""
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        rows.addWidget(self.header)
        self.header.clicked.connect(self._on_clicked)
        self.show_summary("")

    def build(self) -> None:
        """Make the fields, if they have not been made."""
        if self.body is not None:
            return
        self.body = QWidget(self)
        self.body.hide()
        rows = self.layout()
        assert rows is not None, "a section has a layout"
        rows.addWidget(self.body)
        grid = self.grid = QGridLayout(self.body)
        grid.setContentsMargins(0, 0, 0, 4)
        grid.setVerticalSpacing(0)
        grid.setHorizontalSpacing(4)
        grid.setColumnStretch(1, 1)
        self._fill(grid)
        self.body.setVisible(self.unfolded)  # and what is in it, at once: what is added to something visible waits for the next event

    def unfold(self, on: bool = True) -> None:
        if on == self.unfolded:
            return
        self.unfolded = on
        if self.body is not None:
            self.body.setVisible(on)
        self.show_summary(self._said)

    def show_summary(self, said: str) -> None:
        """What in it is not as usual, for as long as it is folded."""
        self._said = said
        self.header.show_fold(self.unfolded, said)

    def _on_clicked(self) -> None:
        self.unfold(not self.unfolded)
        self.toggled.emit()
