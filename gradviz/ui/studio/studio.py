"""The window's way to the draughtsman: hands over what it shows, and hears how far he is. The window's own thread neither draws nor writes."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PyQt6.QtCore import QObject, QProcess, QProcessEnvironment, pyqtSignal

import gradviz
from gradviz.runs.files import FileError
from gradviz.ui.studio.orders import Answer, AnyOrder, Cancel, Sight

if TYPE_CHECKING:  # zip and JSON cost a start-up what few starts need
    from gradviz.runs.session import Session, Snapshot

#: Milliseconds that the process may take to end by itself.
PATIENCE = 1000
#: So much of what the process complains of is kept.
LONGEST_COMPLAINT = 8000

#: Makes an order of what the window shows; the number is the order's.
Make = Callable[[int, Sight], AnyOrder]
#: What a window shows: its runs, and the rest, without folder and count.
Shown = Callable[[], "tuple[Snapshot, Sight]"]


class Studio(QObject):
    """Takes orders from one window; `progressed`, `made` and `failed` carry the order's number."""

    progressed = pyqtSignal(int, int, int)
    made = pyqtSignal(int, list)
    failed = pyqtSignal(int, str, str)
    cancelled = pyqtSignal(int)
    _handed = pyqtSignal(object)

    def __init__(self, shown: Shown) -> None:
        super().__init__()
        self._shown = shown
        self._numbers = itertools.count(1)
        self._open: dict[int, bool] = {}  # by number; whether it is given up
        self._process: QProcess | None = None
        self._heard = b""
        self._complaint = ""
        self._writer = ThreadPoolExecutor(1, "studio")
        self._folder: Path | None = None
        self._session: Session | None = None
        self._written = 0
        self._gone = False
        self._handed.connect(self._on_handed)

    # orders

    def warm_up(self) -> None:
        """Start the process, for something will be asked of it soon."""
        self._running()

    def order(self, make: Make) -> int:
        """Have something made of what the window shows now; the number tells the answers apart."""
        snapshot, sight = self._shown()
        number = next(self._numbers)
        self._open[number] = False
        self._writer.submit(self._hand_over, snapshot, sight).add_done_callback(partial(self._on_written, number, make))
        return number

    def cancel(self, number: int) -> None:
        """Give up an order; what was being written goes."""
        if number in self._open:
            self._open[number] = True
            self._send(Cancel(number))

    @property
    def busy(self) -> bool:
        """Whether an order is not answered yet."""
        return bool(self._open)

    def close(self) -> None:
        """Give up everything, and wait until the process has ended."""
        self.leave()
        self._end()

    def leave(self) -> None:
        """Give up everything; the process ends by itself, and what it leaves goes then."""
        if self in _leaving or self._gone:
            return
        self._open.clear()
        _leaving.add(self)
        if self._process is None:
            self._tidy()
            return
        self._process.finished.disconnect()
        self._process.finished.connect(self._tidy)
        self._process.closeWriteChannel()

    def _end(self) -> None:
        """Wait for the process, which has been told to end, and for what it leaves to go."""
        process = self._process
        if process is not None and not process.waitForFinished(PATIENCE):
            process.kill()
            process.waitForFinished(PATIENCE)
        self._tidy()
        self._writer.shutdown(wait=True)

    def _tidy(self, *_: object) -> None:
        """The process has ended: its folder goes, in the thread that wrote it."""
        if self._gone:
            return
        self._gone = True
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        self._writer.submit(self._remove)
        self._writer.shutdown(wait=False)

    def _remove(self) -> None:
        """In the writing thread, behind whatever it still writes."""
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        _leaving.discard(self)

    # handing over, in a thread of its own

    def _hand_over(self, snapshot: Snapshot, sight: Sight) -> Sight:
        """Write what the window shows where the process finds it, as far as it is new."""
        from gradviz.runs.session import Session

        if self._session is None:
            self._folder = Path(tempfile.mkdtemp(prefix="gradviz-"))
            self._session = Session(self._folder)
        self._session.save(snapshot)
        self._written += 1
        return msgspec.structs.replace(sight, folder=str(self._folder), written=self._written)

    def _on_written(self, number: int, make: Make, handed: Future[Sight]) -> None:
        """In the writing thread; the window's own hears of it."""
        if not handed.cancelled():
            self._handed.emit((number, make, handed))

    def _on_handed(self, news: tuple[int, Make, Future[Sight]]) -> None:
        number, make, handed = news
        if number not in self._open:
            return
        try:
            sight = handed.result()
        except (FileError, OSError) as problem:
            self._answered(Answer(number, problem=f"What the window shows cannot be handed over: {problem}"))
            return
        if self._open[number]:
            self._answered(Answer(number, cancelled=True))
        else:
            self._send(make(number, sight))

    # the process

    def _running(self) -> QProcess:
        if self._process is None:
            process = QProcess(self)
            environment = QProcessEnvironment.systemEnvironment()
            above = str(Path(gradviz.__file__).resolve().parents[1])
            environment.insert("PYTHONPATH", os.pathsep.join(filter(None, [above, environment.value("PYTHONPATH")])))
            environment.insert("QT_QPA_PLATFORM", "offscreen")
            process.setProcessEnvironment(environment)
            process.readyReadStandardOutput.connect(self._on_heard)
            process.readyReadStandardError.connect(self._on_complained)
            process.finished.connect(self._on_finished)
            process.errorOccurred.connect(self._on_error)
            self._process, self._heard, self._complaint = process, b"", ""
            process.start(sys.executable, ["-P", "-m", "gradviz.ui.studio.draughtsman"])
        return self._process

    def _send(self, what: AnyOrder | Cancel) -> None:
        if isinstance(what, Cancel) and self._process is None:
            return
        self._running().write(msgspec.json.encode(what) + b"\n")

    def _on_heard(self) -> None:
        if self._process is None:
            return
        self._heard += self._process.readAllStandardOutput().data()
        *lines, self._heard = self._heard.split(b"\n")
        for line in lines:
            self._take(msgspec.json.decode(line, type=Answer))

    def _take(self, answer: Answer) -> None:
        if answer.number not in self._open:
            return
        if answer.written or answer.problem or answer.cancelled:
            self._answered(answer)
        elif not self._open[answer.number]:
            self.progressed.emit(answer.number, answer.done, answer.total)

    def _answered(self, answer: Answer) -> None:
        given_up = self._open.pop(answer.number)
        if answer.written:
            self.made.emit(answer.number, list(answer.written))
        elif answer.cancelled or given_up:
            self.cancelled.emit(answer.number)
        else:
            self.failed.emit(answer.number, answer.problem, answer.details)

    def _on_complained(self) -> None:
        if self._process is not None:
            self._complaint = (self._complaint + self._process.readAllStandardError().data().decode(errors="replace"))[-LONGEST_COMPLAINT:]

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            self._on_finished(-1)

    def _on_finished(self, status: int, *_: Any) -> None:
        """The process has ended though it was not told to, as where the system took its memory."""
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        for number in list(self._open):
            sentence = (
                f"The process that draws has ended before it was done (status {status}); there may not be enough memory. Choose a smaller size, or try again."
            )
            self._answered(Answer(number, problem=sentence, details=self._complaint))


#: Studios that nobody orders from any more, until nothing of them is left.
_leaving: set[Studio] = set()


def wait_for_all() -> None:
    """Wait until nothing is left of any studio that nobody orders from any more."""
    for studio in list(_leaving):
        studio._end()
