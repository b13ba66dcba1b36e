"""What every test lives under: hypothesis without a clock, and no thread left behind."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

import gradviz

# the same examples every time: a failure is then the code's, never the day's; no deadline, for the first call may compile the kernel
hypothesis.settings.register_profile("gradviz", deadline=None, derandomize=True, max_examples=60)
hypothesis.settings.load_profile("gradviz")


def _python_threads() -> set[threading.Thread]:
    """Threads that Python started. One that Qt started stays listed as a dummy after its end; the tests of the window look after those."""
    return {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}


@pytest.fixture(autouse=True)
def no_thread_lives_on() -> Iterator[None]:
    before = _python_threads()
    yield
    left = sorted(thread.name for thread in _python_threads() - before if thread.is_alive())
    if left:
        pytest.fail(
            f"Threads live on after this test: {', '.join(left)}. Tell each to end (Feed.stop() wakes one that waits), then join() it, "
            "in a `finally` or a fixture's teardown, so that a failing test ends them too."
        )


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds these tests, main.py and pyproject.toml."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def python_environment() -> dict[str, str]:
    """The environment for a Python of its own that finds the same gradviz as this one, and treats warnings as errors too."""
    return {**os.environ, "PYTHONPATH": str(Path(gradviz.__file__).parents[1]), "PYTHONWARNINGS": "error", "PYTHONUTF8": "1"}


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of sample data."""
    return Path(__file__).parent / "data"
