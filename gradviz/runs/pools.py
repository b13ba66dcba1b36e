"""Where a sweep's points are trained on this machine: a process for each core."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import connection
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.queues import SimpleQueue
from typing import Any

from gradviz.runs.files import FileError


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Processes:
    """So many processes of this machine, each with one thread; as many as there are cores, where no number is given.

    Processes and not threads, measured on two cores. 600 runs of the notebook: 1.9 times the speed of one with two processes, 1.7 times with two threads,
    for a tenth of a run is Python. 100 runs of a net of 20 layers of 8 units: 1.9 times with two processes, but 0.6 times with two threads, which take the
    interpreter's lock from each other for every small product of matrices; 48 runs of 10 layers of 64 units: 2.0 and 1.1 times. Two processes take 0.4 s to
    begin, kernels loaded from their cache included. They are spawned, not forked: a window has threads, whose locks a fork would copy as they are.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or cores()
        self._context = _Context()
        self._executor: _Pool | None = None

    def open(self) -> Executor:
        self.close()
        self._executor = _Pool(self._workers, self._context, initializer=_begin)
        return self._executor

    def workers(self) -> int:
        return self._workers

    def whole(self) -> bool:
        return all(process.is_alive() for process in self._context.begun)

    def close(self) -> None:
        """Kill them: one that died may have held the lock that another one waits for, which would never hear that it is all over."""
        if self._executor is None:
            return
        self._context.end()
        self._executor.shutdown(cancel_futures=True)
        self._context, self._executor = _Context(), None

    def lost(self, problem: BaseException) -> FileError | None:  # noqa: ARG002 - there are always others to be had
        return None


class _Context(SpawnContext):
    """What a pool is made of, kept at hand for its end."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[SpawnProcess] = []
        self._results: list[_Results] = []

    def Process(self, *arguments: Any, **named: Any) -> SpawnProcess:  # type: ignore[override]
        self.begun.append(SpawnProcess(*arguments, **named))
        return self.begun[-1]

    def SimpleQueue(self) -> _Results:
        self._results.append(_Results(ctx=self))
        return self._results[-1]

    def end(self) -> None:
        """Kill the processes that have begun, and let nobody wait for the rest of what one of them was about to say."""
        for process in self.begun:
            if process.pid is not None:
                process.kill()
                process.join()
        for results in self._results:
            results.no_more()


class _Results(SimpleQueue[Any]):
    """On its way from the processes to the pool."""

    _writer: Any  # a connection, of which every system has its own kind

    def no_more(self) -> None:
        """End the reading of a message whose writer was killed in the middle: this process holds the last end of the pipe that could be written to."""
        self._writer.close()


class _Pool(ProcessPoolExecutor):
    """A pool whose processes begin, with what is submitted, knowing neither of Ctrl-C nor of the program that began them."""

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        with _deaf_to_ctrl_c(), _without_the_program():
            return super().submit(function, *arguments, **named)


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Ctrl-C is for the one who asked for the sweep, who stops its processes: they are as deaf as the thread that begins them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_program = threading.Lock()


@contextlib.contextmanager
def _without_the_program() -> Iterator[None]:
    """Python runs the program's file in each new process, which does not need it: a script without `if __name__ == "__main__":` would begin again there."""
    main = sys.modules["__main__"]
    with _program:
        kept = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
        main.__spec__ = main.__file__ = None
        try:
            yield
        finally:
            del main.__file__
            for name, value in kept.items():
                setattr(main, name, value)


def _begin() -> None:
    """What a process does before its first task."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None, "a pool's process has one that began it"
    threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    """Do not outlive the process that wanted the points: killed, it says goodbye to nobody."""
    connection.wait([sentinel])
    os._exit(1)
