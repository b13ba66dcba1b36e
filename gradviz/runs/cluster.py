"""Where a sweep's points are trained on other machines: the workers of a Dask cluster."""

from __future__ import annotations

import asyncio
import socket
import time
from concurrent.futures import CancelledError, Executor
from typing import Any

from gradviz.runs.files import FileError
from gradviz.runs.sweeps import PoolError

#: Seconds that a scheduler may take to answer, and a cluster to have a worker.
PATIENCE = 5.0
#: Seconds that a cluster may be without any worker on its way, such as while all of them begin anew.
WITHOUT_WORKERS = 60.0
#: Seconds that what was heard of the workers counts: asking is a message to the scheduler.
HEARSAY = 2.0


class Cluster:
    """The workers of the Dask scheduler at an address, such as tcp://192.168.0.5:8786; raises PoolError where it cannot be reached.

    A worker that dies loses no point: the scheduler gives its tasks to others, up to `allowed-failures` times each (3, unless its configuration says
    otherwise), and only then says that the task kills workers.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._client, self._loop = _connected(address)
        self._heard_at, self._threads, self._seen_at = -HEARSAY, 0, time.monotonic()
        self._executor: Any = None
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except Exception as problem:
            self.close()
            raise PoolError(
                f"The Dask scheduler at {address} has no workers; start some on the machines that are to work with:  dask worker {address}"
            ) from problem

    def open(self) -> Executor:
        self._executor = self._client.get_executor(pure=False)  # pure tasks would be told apart by hashing every one
        executor: Executor = self._executor
        return executor

    def workers(self) -> int:
        now = time.monotonic()
        if now - self._heard_at >= HEARSAY:
            self._heard_at, self._threads = now, self._ask_for_threads()
            self._seen_at = now if self._threads else self._seen_at
            if now - self._seen_at > WITHOUT_WORKERS:
                raise PoolError(f"The Dask cluster at {self.address} has had no workers for {WITHOUT_WORKERS:.0f} seconds.")
        return max(1, self._threads)

    def _ask_for_threads(self) -> int:
        try:
            return sum(self._client.nthreads().values())
        except Exception as problem:
            raise self._gone(problem) from problem

    def whole(self) -> bool:
        return True  # the scheduler sees to it

    def close(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=False)
        self._executor = None
        self._client.close(timeout=PATIENCE)
        self._loop.stop()

    def lost(self, problem: BaseException) -> FileError | None:
        from distributed.scheduler import KilledWorker

        return None if isinstance(problem, KilledWorker) else self._gone(problem)

    def _gone(self, problem: BaseException) -> PoolError:
        if isinstance(problem, CancelledError) or self._client.status != "running":
            return PoolError(f"The Dask cluster at {self.address} is gone: its scheduler does not answer any more.")
        if isinstance(problem, ImportError):
            return PoolError(f"The workers of the Dask cluster at {self.address} cannot train: {problem}. Install GradViz in their Python.")
        return PoolError(f"The Dask cluster at {self.address} cannot go on: {type(problem).__name__}: {problem}")


def _connected(address: str) -> tuple[Any, Any]:
    """A client, and the loop that it runs on in a thread."""
    try:
        from distributed import Client
        from distributed.utils import LoopRunner
    except ImportError as problem:
        missing = (problem.name or "distributed").partition(".")[0]
        raise PoolError(f"A cluster needs the Python package '{missing}', which is not installed:  pip install 'gradviz[cluster]'") from problem
    _reach(address)
    loop = LoopRunner(asynchronous=False)  # ours to stop
    loop.start()
    try:
        loop.run_sync(_recognized, address)  # a client that finds something else leaves its threads running
        return Client(address, timeout=PATIENCE, set_as_default=False, loop=loop.loop), loop
    except Exception as problem:  # whatever somebody else's port may answer
        loop.stop()
        raise PoolError(f"What answers at {address} is not a Dask scheduler, or not one that this version of Dask can talk to.") from problem


async def _recognized(address: str) -> None:
    """Ask who is there; raises whatever goes wrong where it is not a scheduler."""
    from distributed.core import rpc

    async with rpc(address, timeout=PATIENCE) as there:
        who = await asyncio.wait_for(there.identity(), PATIENCE)
    if who["type"] != "Scheduler":
        raise ValueError(who["type"])


def _reach(address: str) -> None:
    """See that somebody listens there: Dask itself tries for a long time, and leaves threads behind when it gives up."""
    from distributed.comm import parse_address, parse_host_port

    try:
        host, port = parse_host_port(parse_address(address)[1])
    except (ValueError, TypeError):
        raise PoolError(f"'{address}' is not the address of a Dask scheduler; it must be one such as tcp://192.168.0.5:8786.") from None
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except (OSError, OverflowError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise PoolError(f"Nobody answers at {address}: {reason}. Start a scheduler there with:  dask scheduler") from problem
