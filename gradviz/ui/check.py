"""The proof on the screen: backpropagation against finite differences, layer by layer, while the training goes on or rests."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PyQt6.QtGui import QColor, QGuiApplication, QIcon, QShowEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHeaderView,
    QLabel,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gradviz.core.config import Config
from gradviz.core.frames import Frames
from gradviz.core.interventions import Intervention
from gradviz.feed import Feed
from gradviz.ui.help.page import size_over, times_desk
from gradviz.ui.theme import Theme
from gradviz.ui.worker import Worker, end_soon

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.check import Row, Rows

#: The letters of the conclusion at a desk, in points, and what a row of the table is higher than its letters, in pixels.
WORD, ROW = 15.0, 8
TICK = 30  # milliseconds between looks at what the worker has found
#: Milliseconds that closing waits for the worker; the layers of a huge network may take longer, and it then ends by itself.
PATIENCE = 500
MORE_THAN_ALL = 2**31
#: What is done, in words, of a chain and of a wide network.
HOW = (
    "Each weight is moved a little up and down, and the costs are compared. Where float64 cannot tell the two costs apart, "
    "the difference itself is followed through the layers in the log domain, by identities that need no derivative."
)
HOW_WIDE = (
    "Of each layer a few numbers, the one with the greatest gradient and others at random, are moved a little up and down, and the costs of some samples are "
    "compared; the table shows their norms. Where float64 cannot tell the two costs apart, the difference itself is carried through the layers, by identities "
    "that need no derivative."
)


class CheckDialog(QDialog):
    """Checks the gradient of one frame in a thread of its own; the table fills meanwhile, and a sentence says what it proves.

    A wide network is trained once more for it, with the run's interventions: its frames have no weights, only what they are like.
    """

    def __init__(self, parent: QWidget | None, config: Config, frame: Frames, theme: Theme, interventions: Iterable[Intervention] = ()) -> None:
        super().__init__(parent)
        from gradviz.core.check import COLUMNS

        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Check the gradient at epoch {int(frame.epoch[-1]):,}")
        self.setObjectName("check")
        self._config, self._theme = config, theme
        self._rows: list[Row] = []
        self._epoch = int(frame.epoch[-1])
        self._worker: Worker[Rows] = Worker(_checking_wide(config, frame, interventions) if config.wide else _checking(config, frame), Feed())
        self.verdict = QLabel()
        self.sentence = QLabel()
        self.progress = QProgressBar()
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setHorizontalHeaderLabels(COLUMNS)
        self._lay_out()
        self.resize(size_over(self, QSize(860, 640)))
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._on_tick)
        window = parent.window() if parent is not None else None
        if window is not None:
            window.installEventFilter(self)

    def text(self) -> str:
        """What the dialog shows, as lines of tab-separated columns with the conclusion above."""
        from gradviz.core.check import COLUMNS, cells

        return "\n".join([f"{self.windowTitle()}: {self.verdict.text()} {self.sentence.text()}", *map("\t".join, (COLUMNS, *map(cells, self._rows)))]) + "\n"

    # the worker

    def showEvent(self, event: QShowEvent | None) -> None:
        """Start with the first look: a dialog that is never shown has no thread."""
        super().showEvent(event)
        if not self._timer.isActive() and not self._worker.isRunning() and not self._worker.isFinished():
            self._worker.feed.ask(MORE_THAN_ALL)
            self._worker.start()
            self._timer.start()

    def _on_tick(self) -> None:
        ended = self._worker.feed.finished  # before taking: what is put before it ends is then taken
        for block in self._worker.feed.take():
            self._add(block)
        if ended:
            self._timer.stop()
            self._conclude(self._worker.feed.error)

    def _add(self, block: Rows) -> None:
        from gradviz.core.check import cells

        if not block.total:
            self.sentence.setText(f"Training once more up to epoch {self._epoch:,}: a run keeps what the weights are like, and not the weights.")
            return
        first = len(self._rows)
        self._rows += block.rows
        self.table.setRowCount(len(self._rows))
        for place, row in enumerate(block.rows, first):
            for column, text in enumerate(cells(row)):
                item = QTableWidgetItem(text)
                number = column < self.table.columnCount() - 1
                item.setTextAlignment(Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft))
                if not row.agrees:
                    item.setForeground(QColor(self._theme.error))
                self.table.setItem(place, column, item)
        self.progress.setRange(0, block.total)
        self.progress.setValue(len(self._rows))
        self.sentence.setText(f"{len(self._rows):,} of {block.total:,} layers are checked.")

    def _conclude(self, error: BaseException | None) -> None:
        from gradviz.core.check import conclusion

        self.progress.hide()
        if error is not None:
            self._say(False, "Broken off", f"The check broke off after {len(self._rows):,} layers: {str(error).rstrip('.') or type(error).__name__}.")
            return
        found = conclusion(self._rows, self._config)
        self._say(found.ok, found.word, found.sentence)
        wrong = next((place for place, row in enumerate(self._rows) if not row.agrees), None)
        if wrong is not None:
            # rows that came this very moment have no place yet; PyQt's hints leave the method out
            self.table.doItemsLayout()  # type: ignore[attr-defined]
            self.table.scrollToItem(self.table.item(wrong, 0), QAbstractItemView.ScrollHint.PositionAtTop)

    def _say(self, ok: bool, word: str, sentence: str) -> None:
        colour = self._theme.curves[2] if ok else self._theme.error
        self.verdict.setText(f"{'✓' if ok else '✗'} {word}.")
        self.verdict.setStyleSheet(f"color: {colour}; font-size: {WORD * times_desk(self):.2f}pt;")
        self.sentence.setText(sentence)
        self._strip.setStyleSheet(f"QFrame#verdict {{ border: 1px solid {colour}; border-left: 6px solid {colour}; background: {self._theme.field}; }}")
        self._strip.setAccessibleDescription(f"{self.verdict.text()} {sentence}")

    # closing

    def done(self, result: int) -> None:
        """Close: tell the worker to end, and wait for it if that is soon."""
        self._timer.stop()
        self.hide()
        end_soon(self._worker, PATIENCE)
        super().done(result)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """The window takes its dialog with it: otherwise the thread would outlive both."""
        if event is not None and event.type() == QEvent.Type.Close:
            self.reject()
        return super().eventFilter(watched, event)

    # layout

    def _lay_out(self) -> None:
        self.verdict.setAccessibleName("Verdict")
        bold = self.verdict.font()
        bold.setBold(True)
        self.verdict.setFont(bold)
        self.verdict.setText("Checking…")
        self.sentence.setAccessibleName("What the check proves")
        self.sentence.setFont(bold)
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self._strip = QFrame()
        self._strip.setObjectName("verdict")
        self._strip.setAccessibleName("Conclusion")
        words = QVBoxLayout(self._strip)
        words.addWidget(self.verdict)
        words.addWidget(self.sentence)
        self.progress.setAccessibleName("Layers checked")
        self.progress.setRange(0, 0)  # how many there are is not known before the first ones come
        self._lay_out_table()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton("&Copy the table", QDialogButtonBox.ButtonRole.ActionRole)
        assert self.copy is not None, "a button box makes the button that it is asked for"
        self.copy.setToolTip("Copy the conclusion and the table as tab-separated text, which a spreadsheet can paste")
        self.copy.clicked.connect(self._on_copy)
        buttons.rejected.connect(self.reject)
        for button in buttons.buttons():
            button.setIcon(QIcon())  # the style's own are black in both themes
        explanation = QLabel(HOW_WIDE if self._config.wide else HOW)
        explanation.setWordWrap(True)
        rows = QVBoxLayout(self)
        for part in (self._strip, self.progress, explanation, self.table, buttons):
            rows.addWidget(part, int(part is self.table))

    def _lay_out_table(self) -> None:
        table = self.table
        table.setAccessibleName("Backpropagation and finite difference by layer")
        table.setAccessibleDescription("A row for each layer; arrow keys move in it, and the last column says whether both agree")
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setTabKeyNavigation(False)  # Tab leaves the table, arrows move in it
        table.setAlternatingRowColors(True)
        numbers, headings = table.verticalHeader(), table.horizontalHeader()
        assert numbers is not None, "a table has headers"
        assert headings is not None, "a table has headers"
        numbers.hide()
        headings.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        headings.setStretchLastSection(True)
        headings.setHighlightSections(False)
        self.ensurePolished()  # in a hall the window's style sheet has its letters, and soon the table's
        numbers.setDefaultSectionSize(self.fontMetrics().height() + ROW)

    def _on_copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        assert clipboard is not None, "a running application has a clipboard"
        clipboard.setText(self.text())


def _checking(config: Config, frame: Frames) -> Generator[Rows, object, None]:
    """The check, which loads its kernels in the thread that runs it."""
    from gradviz.core.check import check

    yield from check(config, frame.w[-1], frame.dw[-1])


def _checking_wide(config: Config, frame: Frames, interventions: Iterable[Intervention]) -> Generator[Rows, object, None]:
    """The same of a wide network, at the weights that another training of it has at this frame's epoch."""
    from gradviz.core.check import Rows
    from gradviz.core.wide_check import check_engine, engine_of, retrained, same_weights
    from gradviz.runs.blas import one_thread
    from gradviz.runs.data import dataset

    epoch = int(frame.epoch[-1])
    with one_thread():
        engine = engine_of(config, dataset(config))
        for _ in retrained(engine, epoch, interventions):
            yield Rows((), 0)
        if not same_weights(engine, frame):
            raise ValueError("on this machine, or with these data, the training comes to other weights than the recorded ones")
        yield from check_engine(engine, config, epoch)
