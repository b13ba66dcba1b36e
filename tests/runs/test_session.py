"""A session comes back whole, whenever its process was killed; of a damaged one all comes back that can."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from gradviz import Config, record
from gradviz.core.frames import Ask, Frames
from gradviz.core.interventions import Intervention
from gradviz.runs.files import FileError
from gradviz.runs.replay import check
from gradviz.runs.run import Run, training
from gradviz.runs.session import MANIFEST, Found, PinnedRun, Session, Snapshot, forget, found, load_session
from gradviz.runs.store import load

CHAIN = Config(layers=6, epochs=300, weight_scale=0.9, learning_rate=0.5)
WIDE = Config(layers=4, width=3, bias="on", initialization="normal", data="moons", samples=12, epochs=60)


def same_bits(one: Frames, other: Frames) -> bool:
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in one.COLUMNS)


def some_snapshot() -> Snapshot:
    live = record(CHAIN, [Intervention(7, "w[2]", -1.0)]).before(150)
    pins = (PinnedRun(record(WIDE), "a wide one", 3, False), PinnedRun(record(CHAIN), "notebook-1d", 0, True))
    return Snapshot(live, "mine", CHAIN.as_dict(), 42, (3, 99), (10, 20), 5, pins, 1234.5)


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """What is there, each with what tells it from itself written anew."""
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in sorted(folder.iterdir())}


def test_a_snapshot_comes_back_with_all_that_was_in_it(tmp_path: Path) -> None:
    snapshot = some_snapshot()
    Session(tmp_path / "here" / "session").save(snapshot)
    back, lost = load_session(tmp_path / "here" / "session")
    assert lost == ()
    assert Config(**back.entered) == CHAIN
    assert back.entered == snapshot.entered, "tuples are tuples again"
    for name in ("name", "cursor", "bookmarks", "loop", "trails", "changed_at"):
        assert getattr(back, name) == getattr(snapshot, name), name
    assert [pin[1:] for pin in back.pins] == [pin[1:] for pin in snapshot.pins]
    for one, other in zip([back.live, *(pin.run for pin in back.pins)], [snapshot.live, *(pin.run for pin in snapshot.pins)], strict=True):
        assert one is not None
        assert other is not None
        assert (one.config, one.interventions, one.ending, one.epochs_done) == (other.config, other.interventions, other.ending, other.epochs_done)
        assert same_bits(one.frames, other.frames)


def test_the_experiment_goes_on_from_where_it_was_as_if_nothing_had_happened(tmp_path: Path) -> None:
    for config in (CHAIN, WIDE):
        whole = record(config)
        Session(tmp_path).save(Snapshot(whole.before(33)))
        live = load_session(tmp_path).snapshot.live
        assert live is not None
        assert live.can_go_on
        for frames in live.go_on():
            live.append(frames)
        assert same_bits(live.frames, whole.frames)
        assert live.ending == whole.ending


def test_nothing_at_all_can_be_saved_too(tmp_path: Path) -> None:
    Session(tmp_path).save(Snapshot(None))
    assert load_session(tmp_path).snapshot == Snapshot(None)
    Session(tmp_path).save(Snapshot(Run(CHAIN)))
    live = load_session(tmp_path).snapshot.live
    assert live is not None
    assert (live.config, live.epochs_done) == (CHAIN, 0)


def test_only_what_changed_is_written_again(tmp_path: Path) -> None:
    session, run, pin = Session(tmp_path), Run(CHAIN), PinnedRun(record(WIDE), "pinned", 0, True)
    epochs = training(CHAIN)
    run.append(next(epochs))
    session.save(Snapshot(run.before(run.epochs_done), pins=(pin,)))
    first = files(tmp_path)
    assert list(first) == ["run-1.npz", "run-2.npz", MANIFEST]
    session.save(Snapshot(run.before(run.epochs_done), pins=(pin,), cursor=0))
    second = files(tmp_path)
    assert {name: second[name] for name in second if name != MANIFEST} == {name: first[name] for name in first if name != MANIFEST}
    assert second[MANIFEST] != first[MANIFEST]
    run.append(epochs.send(Ask(5)))
    session.save(Snapshot(run.before(run.epochs_done), pins=(pin, PinnedRun(run.before(run.epochs_done), "as it is", 1, True))))
    third = files(tmp_path)
    assert list(third) == ["run-2.npz", "run-3.npz", MANIFEST], "the live run and the one that was pinned of it share a file"
    assert third["run-2.npz"] == first["run-2.npz"]
    back = load_session(tmp_path).snapshot
    assert back.live is not None
    assert [back.live.epochs_done, *(pin.run.epochs_done for pin in back.pins)] == [6, 60, 6]


@pytest.mark.parametrize(
    "change",
    [
        lambda run: run.stop(),
        lambda run: setattr(run, "bookmarks", (3,)),
        lambda run: run.interventions.append(Intervention(8, "learning_rate", 0.25)),
    ],
)
def test_whatever_changes_of_a_run_is_written(tmp_path: Path, change: object) -> None:
    session, run = Session(tmp_path), record(CHAIN).before(20)
    session.save(Snapshot(run))
    assert callable(change)
    change(run)
    session.save(Snapshot(run))
    back = load_session(tmp_path).snapshot.live
    assert back is not None
    assert (back.ending, back.bookmarks, back.interventions) == (run.ending, run.bookmarks, run.interventions)


def test_another_run_of_the_same_config_is_another_file(tmp_path: Path) -> None:
    """As where one of two was looked at more closely."""
    runs = [record(WIDE), record(WIDE)]
    Session(tmp_path).save(Snapshot(runs[0], pins=(PinnedRun(runs[1], "again", 0, True),)))
    assert [name for name in files(tmp_path) if name != MANIFEST] == ["run-1.npz", "run-2.npz"]


def test_a_second_session_in_the_same_folder_goes_on_with_its_names(tmp_path: Path) -> None:
    Session(tmp_path).save(some_snapshot())
    Session(tmp_path).save(Snapshot(record(WIDE), "other"))
    assert list(files(tmp_path)) == ["run-4.npz", MANIFEST]
    assert load_session(tmp_path).snapshot.name == "other"


def test_a_file_that_someone_took_away_is_written_again(tmp_path: Path) -> None:
    session, snapshot = Session(tmp_path), some_snapshot()
    session.save(snapshot)
    (tmp_path / "run-2.npz").unlink()
    session.save(snapshot)
    assert load_session(tmp_path).lost == ()


def test_what_fails_to_be_written_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(tmp_path)
    session.save(Snapshot(record(CHAIN).before(100), "before"))

    def full(*_arguments: object) -> None:
        raise FileError("Cannot write: No space left on device.")

    with monkeypatch.context() as patched:
        patched.setattr("gradviz.runs.session.save", full)
        with pytest.raises(FileError, match="No space left"):
            session.save(Snapshot(record(CHAIN).before(200), "after"))
    back, lost = load_session(tmp_path)
    assert (back.name, lost) == ("before", ())
    session.save(Snapshot(record(CHAIN).before(200), "after"))
    back, lost = load_session(tmp_path)
    assert back.live is not None
    assert (back.name, back.live.epochs_done, lost) == ("after", 200, ())


# --- damaged -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-100]), lambda path: path.write_bytes(b"")])
def test_a_damaged_run_costs_only_itself_and_is_said(tmp_path: Path, harm: object) -> None:
    assert callable(harm)
    Session(tmp_path).save(some_snapshot())
    harm(tmp_path / "run-2.npz")
    back, lost = load_session(tmp_path)
    assert back.live is not None
    assert [pin.name for pin in back.pins] == ["notebook-1d"]
    assert len(lost) == 1
    assert lost[0].startswith("The pinned run 'a wide one' could not be brought back: ")
    assert lost[0].endswith(".")
    harm(tmp_path / "run-1.npz")
    back, lost = load_session(tmp_path)
    assert back.live is None
    assert Config(**back.entered) == CHAIN
    assert lost[0].startswith("The experiment could not be brought back: ")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "gradviz session"}', b"\xff\xff", b"[" * 100_000])
def test_a_damaged_manifest_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    Session(tmp_path).save(some_snapshot())
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(FileError, match=r"cannot be brought back: its manifest is damaged\.$"):
        load_session(tmp_path)


def test_no_session_a_newer_one_and_files_from_elsewhere_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="Cannot read"):
        load_session(tmp_path)
    Session(tmp_path).save(some_snapshot())
    manifest = json.loads((tmp_path / MANIFEST).read_bytes())
    (tmp_path / MANIFEST).write_text(json.dumps({**manifest, "version": 2, "written_by": "gradviz 7"}))
    with pytest.raises(FileError, match="was saved by gradviz 7, which this GradViz"):
        load_session(tmp_path)
    (tmp_path / MANIFEST).write_text(json.dumps({**manifest, "live": "../../secret.npz"}))
    assert load_session(tmp_path).lost == ("The experiment could not be brought back: '../../secret.npz' is no file of a session.",)


# --- which there are -----------------------------------------------------------------------------------------------------------------------


def test_sessions_whose_process_is_gone_are_found_the_newest_first(tmp_path: Path) -> None:
    assert found(tmp_path / "sessions", lambda _: True) == []
    for name, changed_at in (("a", 1.0), ("b", 3.0), ("c", 2.0), ("broken", 9.0), ("alive", 8.0)):
        Session(tmp_path / name).save(Snapshot(record(CHAIN).before(40), f"run {name}", changed_at=changed_at, pins=(PinnedRun(record(WIDE), "p", 0, True),)))
    (tmp_path / "broken" / MANIFEST).write_text("{")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    there = found(tmp_path, lambda folder: folder.name != "alive")
    assert there == [Found(tmp_path / name, f"run {name}", 40, 1, changed_at) for name, changed_at in (("b", 3.0), ("c", 2.0), ("a", 1.0))]


def test_a_session_that_is_forgotten_is_gone_and_nothing_else_is(tmp_path: Path) -> None:
    Session(tmp_path / "one").save(some_snapshot())
    forget(tmp_path / "one")
    assert not (tmp_path / "one").exists()
    session = Session(tmp_path / "two")
    session.save(some_snapshot())
    (tmp_path / "two" / "thesis.txt").write_text("mine")
    session.forget()
    assert [path.name for path in (tmp_path / "two").iterdir()] == ["thesis.txt"]
    forget(tmp_path / "never")


# --- while the run grows -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [CHAIN.replace(epochs=60_000, learning_rate=1e-4), WIDE.replace(epochs=1_500)], ids=["chain", "wide"])
def test_snapshots_are_saved_by_another_thread_while_the_run_grows_and_thins_out(tmp_path: Path, config: Config) -> None:
    """What the writer saves is what was there at the snapshot, whatever is appended meanwhile."""
    run, epochs, session = Run(config, memory=150_000), training(config), Session(tmp_path)
    waiting: list[Snapshot] = []
    ready, saved = threading.Semaphore(0), []

    def write() -> None:
        while ready.acquire() and waiting:
            snapshot = waiting.pop()
            session.save(snapshot)
            live = load_session(tmp_path).snapshot.live
            assert live is not None
            saved.append((snapshot.live, live))

    writer = threading.Thread(target=write)
    writer.start()
    run.append(next(epochs))
    try:
        while run.ending is None:
            run.append(epochs.send(Ask(50)))
            if not waiting and len(saved) < 25:
                waiting.append(Snapshot(run.before(run.epochs_done)))
                ready.release()
    finally:
        ready.release()
        ready.release()
        writer.join()
    assert len(saved) > 5
    assert len({live.epochs_done for _, live in saved}) == len(saved)
    assert max(live.stride for _, live in saved) > 1
    for live in (saved[0][1], saved[len(saved) // 2][1], saved[-1][1]):
        steps = check(live)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                assert end.value.same, end.value.sentence  # noqa: PT017  # how a generator returns
                break


# --- killed --------------------------------------------------------------------------------------------------------------------------------

#: For each line that it reads it starts a process that trains, and saves again and again in another thread; that one says its number, and after each save
#: how many epochs are in it. What takes long, the kernel, is loaded once.
KILLED = """
import os, sys, threading
from pathlib import Path
from gradviz import Config, record
from gradviz.core.frames import Ask
from gradviz.runs.run import Run, training
from gradviz.runs.session import PinnedRun, Session, Snapshot

config = Config(layers=20, epochs=10**9, learning_rate=1e-6)
pin = PinnedRun(record(config.replace(epochs=200)), "pinned", 2, True)

def live(folder):
    run, epochs, session = Run(config, memory=1_000_000), training(config), Session(folder)
    run.append(next(epochs))
    snapshots, ready = [], threading.Semaphore(0)

    def save():
        while ready.acquire():
            snapshot = snapshots.pop()
            session.save(snapshot)
            os.write(1, f"saved {snapshot.live.epochs_done}\\n".encode())

    threading.Thread(target=save, daemon=True).start()
    while True:
        run.append(epochs.send(Ask(200)))
        if not snapshots:
            snapshots.append(Snapshot(run.before(run.epochs_done), "killed", config.as_dict(), run.epochs_done // 2, pins=(pin,)))
            ready.release()

for line in sys.stdin:
    process = os.fork()
    if not process:
        live(Path(line.strip()))
    os.write(1, f"began {process}\\n".encode())
    os.waitpid(process, 0)
    os.write(1, b"ended\\n")
"""


@pytest.fixture
def starter(python_environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", KILLED], env=python_environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    yield process
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.wait(60)
    process.stdout.close()
    assert process.returncode == 0


def line_of(output: IO[bytes], within: float = 60.0) -> str:
    """The next line; empty where none comes within so many seconds."""
    return output.readline().decode() if select.select([output], [], [], within)[0] else ""


def test_a_process_killed_at_any_moment_leaves_a_session_that_comes_back(tmp_path: Path, starter: subprocess.Popen[bytes]) -> None:
    chance = random.Random(5)
    assert starter.stdin is not None
    assert starter.stdout is not None
    expected = record(Config(layers=20, epochs=200, learning_rate=1e-6))
    unfinished = 0
    for number in range(14):
        folder = tmp_path / str(number)
        starter.stdin.write(f"{folder}\n".encode())
        process, done = 0, 0
        saves = chance.randint(0, 5)
        while process == 0 or saves:  # which comes first, the first save or the word that it began, is chance
            word, value = line_of(starter.stdout).split()
            process, done, saves = (int(value), done, saves) if word == "began" else (process, int(value), max(0, saves - 1))
        late = line_of(starter.stdout, within=chance.uniform(0.0, 0.05))  # the moment: anywhere in the next save, or after it
        os.kill(process, signal.SIGKILL)
        while late != "ended\n":
            done = int(late.split()[1]) if late else done
            late = line_of(starter.stdout)
        unfinished += sum(name.startswith(".") for name in os.listdir(folder)) if folder.exists() else 0  # noqa: PTH208
        if not done and not (folder / MANIFEST).exists():
            continue
        back, lost = load_session(folder)
        assert lost == (), number
        assert back.live is not None
        assert back.live.epochs_done >= done, "what was said to be saved is there"
        assert back.cursor == back.live.epochs_done // 2, "the manifest and the run are of one moment"
        assert [pin.name for pin in back.pins] == ["pinned"]
        assert same_bits(back.pins[0].run.frames, expected.frames)
        np.testing.assert_array_equal(back.live.cost[:200], expected.cost)
        assert len(back.live.cost) == back.live.epochs_done
        Session(folder).save(back)
        assert not [path for path in folder.iterdir() if path.name.startswith(".")], "the next save tidies up"
        assert load(next(folder.glob("run-*.npz"))).config.layers == 20
    assert unfinished, "no process was killed in the middle of a write: the moments are not random enough"
