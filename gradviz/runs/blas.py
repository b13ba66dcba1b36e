"""How many threads a matrix product takes: one, wherever a wide network trains."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_lock = threading.Lock()
_inside = 0
_limit: Any = None


@contextmanager
def one_thread() -> Iterator[None]:
    """While anyone is inside, numpy's matrix products run on the thread that asks for them.

    A product shared out among two threads is summed in another order, so that a run recorded in the window would come out of a script with other bits.
    Nor is there much to gain: two cores took 0.7 of the time with 256 units and all of it with 64, but 10 to 40 times as long as soon as anything else
    wanted a core, for the threads wait for each other by spinning; and the window always does.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _inside, _limit
    from threadpoolctl import threadpool_limits  # when a wide network trains: a chain has no matrix product

    with _lock:
        _inside += 1
        if _inside == 1:
            _limit = threadpool_limits(1, user_api="blas")
            _limit.__enter__()


def _leave() -> None:
    global _inside, _limit
    with _lock:
        _inside -= 1
        if _inside == 0:
            _limit.__exit__(None, None, None)  # and not only its restoring: it also lets go of what only one thread at a time may set
            _limit = None
