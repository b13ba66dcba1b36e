"""Prints the ratios at the end of a run with --benchmark-only, as `gradviz bench` does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gradviz.benchmarks.machine import this_machine
from gradviz.benchmarks.measuring import LeftOut, Measurement
from gradviz.benchmarks.report import HEADER, lines

RESULTS = pytest.StashKey[list[Measurement | LeftOut]]()


@pytest.fixture
def keep_result(request: pytest.FixtureRequest) -> Callable[[Measurement | LeftOut], None]:
    """Takes the result of a measure, to be printed at the end."""
    return request.config.stash.setdefault(RESULTS, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    results = config.stash.get(RESULTS, [])
    if not results:
        return
    terminalreporter.write_sep("=", "gradviz bench")
    terminalreporter.write_line(str(this_machine()))
    terminalreporter.write_line(HEADER)
    for result in results:
        terminalreporter.write_line(lines(result))
