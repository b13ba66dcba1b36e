"""What a window has is kept on the disk while it is open, so that nothing is lost when the process ends before it could close."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QLockFile, QObject, QSettings, QStandardPaths, QTimer

from gradviz.runs.files import FileError
from gradviz.ui.messages import MessageStrip

if TYPE_CHECKING:  # zip and JSON cost a start-up what few starts need
    from gradviz.runs.session import Found, Session, Snapshot

#: Milliseconds between looks at whether there is something new to keep.
LOOKS = 1000
#: Writing takes at most one part in so many of the time: a run of hundreds of megabytes is kept less often.
PART_OF_TIME = 5.0
LOCK = "window.lock"


class Keeping(QObject):
    """Keeps one window's snapshots in a folder that is locked while its process lives; finds those that other processes have left behind."""

    def __init__(self, window: QObject, settings: QSettings, snapshot: Callable[[], Snapshot | None], failed: Callable[[str], None]) -> None:
        super().__init__(window)
        self.parent_folder = _folder(settings)
        self._snapshot, self._failed = snapshot, failed
        self._session: Session | None = None
        self._lock: QLockFile | None = None
        self._writer = ThreadPoolExecutor(1, "keeping")
        self._writing: Future[float] | None = None
        self._not_before = 0.0
        self._complained = False
        self._replaced: list[Found] = []
        self._timer = QTimer(self)
        self._timer.setInterval(LOOKS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Begin to keep: the window is up."""
        self._timer.start()

    def look(self) -> None:
        """Keep what is new, unless the last is still being written."""
        if self._writing is not None:
            if not self._writing.done():
                return
            self._written(self._writing)
        snapshot = self._snapshot() if time.monotonic() >= self._not_before else None
        if snapshot is not None:
            self._writing = self._writer.submit(self._save, snapshot)

    def _save(self, snapshot: Snapshot) -> float:
        """Write it; the seconds that it took."""
        began = time.monotonic()
        if self._session is None:
            from gradviz.runs.session import Session

            folder = self.parent_folder / f"{os.getpid()}-{id(self):x}-{time.time_ns():x}"
            folder.mkdir(mode=0o700, parents=True)
            self._lock = _locked(folder)
            self._session = Session(folder)
        self._session.save(snapshot)
        return time.monotonic() - began

    def _written(self, writing: Future[float]) -> None:
        self._writing = None
        try:
            took = writing.result()
        except (FileError, OSError) as problem:
            if not self._complained:  # once: a full disk stays full
                self._failed(f"What you do is not kept for the case that GradViz is killed: {problem}")
            self._complained = True
            return
        self._not_before = time.monotonic() + PART_OF_TIME * took
        while self._replaced:
            self.forget(self._replaced.pop())

    def stop(self) -> None:
        """The window closes as it should: there is nothing to bring back."""
        self._timer.stop()
        self._writer.shutdown(wait=True)
        if self._session is not None:
            if self._lock is not None:
                self._lock.unlock()
            self._session.forget()

    # what others have left behind

    def left_behind(self) -> list[Found]:
        """Sessions whose process was ended before it could close its window, the newest first."""
        if not self.parent_folder.is_dir():
            return []
        from gradviz.runs.session import found

        return found(self.parent_folder, _gone)

    def offer(self, messages: MessageStrip, take: Callable[[Snapshot], None], wish: str = "ask", *, named: bool = True) -> None:
        """Offer the newest one back in the strip; `take` gets what was kept, if a person wants it.

        Who wishes it `always` is not asked, unless something else was `named` to be opened; who wishes it `never` is neither, and all of them are forgotten.
        """
        left = self.left_behind()
        if not left:
            return
        if wish == "always" and not named:
            self._bring_back(left[0], messages, take)
            return
        if wish == "never":
            for session in left:
                self.forget(session)
            return
        from gradviz.ui.snapshots import in_words

        sentence = f"GradViz was ended before it could close. It had {in_words(left[0])}."
        messages.offer(sentence, Bring_it_back=lambda: self._bring_back(left[0], messages, take), Forget_it=lambda: self.forget(left[0]))

    def _bring_back(self, session: Found, messages: MessageStrip, take: Callable[[Snapshot], None]) -> None:
        """Hand over what was kept, and say what could not be; its files go when all of it is kept again, and not before."""
        from gradviz.runs.session import load_session

        try:
            snapshot, lost = load_session(session.folder)
        except FileError as problem:
            messages.complain(str(problem))
            return
        take(snapshot)
        self._replaced.append(session)
        self.look()
        if lost:
            messages.complain(" ".join(lost))

    def forget(self, session: Found) -> None:
        """Take it away for good."""
        from gradviz.runs.session import forget

        (session.folder / LOCK).unlink(missing_ok=True)
        forget(session.folder)


def _folder(settings: QSettings) -> Path:
    """Where sessions are: among the user's own data, or beside a file of settings that was named."""
    if settings.format() is QSettings.Format.IniFormat:
        return Path(settings.fileName()).parent / "sessions"
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)) / "sessions"


def _locked(folder: Path) -> QLockFile:
    lock = QLockFile(str(folder / LOCK))
    lock.setStaleLockTime(0)  # stale when its process is gone, and not when it is old
    lock.tryLock(0)
    return lock


def _gone(folder: Path) -> bool:
    """Whether the process of this session's window is gone: then its lock can be had."""
    lock = QLockFile(str(folder / LOCK))
    lock.setStaleLockTime(0)
    had = lock.tryLock(0)
    if had:
        lock.unlock()
    return had
