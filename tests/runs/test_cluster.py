"""A sweep on a Dask cluster: a real scheduler and two workers on the loopback, one of which is killed on its way."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from gradviz import Config
from gradviz.runs.cluster import Cluster
from gradviz.runs.pools import Processes
from gradviz.runs.sweep_points import Index, Point, Result, Task, work
from gradviz.runs.sweeps import Axis, PoolError, Sweep, sweep

needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="Dask's distributed is not installed: pip install 'gradviz[cluster]' brings it."
)
#: Seconds that a scheduler or a worker may take to begin; only a failing test waits so long.
PATIENCE = 60

PLAN = Sweep(
    Config(epochs=200, layers=30),
    (Axis.between("weight_scale", 0.5, 3.0, 20), Axis.between("learning_rate", 0.01, 1.0, 10, log=True)),
    ("verdict", "cost_last", "decades_per_layer"),
)


class Started(NamedTuple):
    """A cluster of this test's own."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


def command(module: str, *options: str) -> list[str]:
    return [sys.executable, "-m", f"distributed.cli.{module}", *options, "--no-dashboard"]


@pytest.fixture
def dask(tmp_path: Path, python_environment: dict[str, str]) -> Iterator[Started]:
    """A scheduler and two workers with one thread each, in processes of their own."""
    told = tmp_path / "scheduler.json"
    # its own warnings are not ours to mend; the tests' folder is there for tasks that a test brings along
    environment = {name: value for name, value in python_environment.items() if name != "PYTHONWARNINGS"}
    environment["PYTHONPATH"] = os.pathsep.join([environment["PYTHONPATH"], str(Path(__file__).parent)])

    def start(arguments: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    scheduler = start(command("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--scheduler-file", str(told)))
    workers = [start(command("dask_worker", address, "--no-nanny", "--nthreads", "1", "--local-directory", str(tmp_path / name))) for name in ("a", "b")]
    try:
        from distributed import Client

        with Client(address, timeout=PATIENCE, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=PATIENCE)
        assert json.loads(told.read_text())["address"] == address
        yield Started(address, scheduler, workers)
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as somewhere:
        somewhere.bind(("127.0.0.1", 0))
        return int(somewhere.getsockname()[1])


@pytest.fixture(scope="module")
def expected() -> dict[Index, Point]:
    return {point.index: point for point in sweep(PLAN, Processes(2))}


@needs_dask
def test_a_cluster_finds_what_this_machine_finds_though_a_worker_is_killed(dask: Started, expected: dict[Index, Point]) -> None:
    found = []
    for point in sweep(PLAN, Cluster(dask.address)):
        found.append(point)
        if len(found) == 20:
            dask.workers[0].kill()
    assert dask.workers[0].wait() != 0
    assert len(found) == PLAN.count, "none is lost, and none comes twice"
    assert {point.index: point for point in found} == expected


def kills(task: Task) -> Result:
    """The work of a point that no worker survives."""
    if any(index == (3, 3) for index, _ in task.points):
        os._exit(1)
    return work(task)


class Deadly(Cluster):
    """A cluster on which one point is the end of whoever works on it."""

    def open(self):  # type: ignore[no-untyped-def]
        executor = super().open()
        submit = executor.submit
        executor.submit = lambda _function, *arguments: submit(kills, *arguments)  # type: ignore[method-assign]
        return executor


@needs_dask
def test_a_point_that_kills_every_worker_ends_in_a_sentence_and_keeps_the_others(dask: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody starts these workers again: when the last one is dead, the sweep says so instead of waiting for ever."""
    monkeypatch.setattr("gradviz.runs.cluster.WITHOUT_WORKERS", 0.5)
    monkeypatch.setattr("gradviz.runs.cluster.HEARSAY", 0.1)
    found: list[Point] = []
    with pytest.raises(PoolError) as gone:
        sweep_into(found, Deadly(dask.address))
    assert str(gone.value) == f"The Dask cluster at {dask.address} has had no workers for 0 seconds."
    assert found
    assert all(point.status == "done" for point in found)


def sweep_into(found: list[Point], pool: Cluster, meanwhile: Callable[[], object] = lambda: None) -> None:
    for point in sweep(PLAN, pool):
        found.append(point)
        meanwhile()


@needs_dask
def test_a_scheduler_that_dies_ends_the_sweep_with_a_sentence_and_keeps_what_came(dask: Started, expected: dict[Index, Point]) -> None:
    found: list[Point] = []
    with pytest.raises(PoolError) as gone:
        sweep_into(found, Cluster(dask.address), dask.scheduler.kill)
    assert str(gone.value) == f"The Dask cluster at {dask.address} is gone: its scheduler does not answer any more."
    assert found
    assert all(expected[point.index] == point for point in found)


@needs_dask
def test_closing_a_sweep_leaves_the_cluster_to_others(dask: Started) -> None:
    points = sweep(PLAN, Cluster(dask.address))
    next(points)
    points.close()
    again = Cluster(dask.address)
    assert again.workers() == 2
    again.close()
    assert all(psutil.pid_exists(worker.pid) for worker in dask.workers)


@needs_dask
def test_a_scheduler_without_workers_is_said(dask: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradviz.runs.cluster.PATIENCE", 1.0)
    for worker in dask.workers:
        worker.kill()
        worker.wait()
    with pytest.raises(PoolError) as refused:
        Cluster(dask.address)
    assert str(refused.value).startswith(f"The Dask scheduler at {dask.address} has no workers; start some on the machines")


@needs_dask
@pytest.mark.parametrize("address", ["nonsense", "here:there", "tcp://127.0.0.1", "", "tcp://127.0.0.1:99999999", "carrier-pigeon://127.0.0.1:1"])
def test_an_address_that_is_none_is_said(address: str) -> None:
    with pytest.raises(PoolError) as refused:
        Cluster(address)
    assert address in str(refused.value)


@needs_dask
def test_nobody_there_is_said_at_once() -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(PoolError) as refused:
        Cluster(address)
    assert str(refused.value) == f"Nobody answers at {address}: Connection refused. Start a scheduler there with:  dask scheduler"


@needs_dask
@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" * 20, None], ids=["another language", "silence"])
def test_somebody_elses_port_is_said_within_seconds(answer: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradviz.runs.cluster.PATIENCE", 1.0)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        address = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        over = threading.Event()

        def serve() -> None:
            held = []
            while not over.is_set():
                held.append(listening.accept()[0])
                if answer:
                    held[-1].sendall(answer)
            for connection in held:
                connection.close()

        server = threading.Thread(target=serve)
        server.start()
        try:
            with pytest.raises(PoolError) as refused:
                Cluster(address)
        finally:
            over.set()
            socket.create_connection(listening.getsockname()).close()
            server.join()
    assert str(refused.value) == f"What answers at {address} is not a Dask scheduler, or not one that this version of Dask can talk to."


def test_without_dask_the_sentence_names_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(PoolError) as refused:
        Cluster("tcp://127.0.0.1:8786")
    assert "'distributed', which is not installed" in str(refused.value)
    assert str(refused.value).endswith("pip install 'gradviz[cluster]'")
