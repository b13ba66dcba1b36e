"""A file is written whole or not at all, and what the operating system refuses becomes a sentence."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gradviz import Config, record
from gradviz.runs.files import FileError, writable_target, written_whole
from gradviz.runs.store import save
from gradviz.runs.table_files import write_table


@contextlib.contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """No file can grow beyond this size, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_the_file_is_there_when_the_block_ends_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    with written_whole(path) as beside:
        beside.write_text("all of it")
        assert not path.exists()
        assert beside.parent == path.parent, "a file from another disk could not take its place in one step"
    assert path.read_text() == "all of it"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("failure", [ValueError("a bug"), KeyboardInterrupt()])
@pytest.mark.parametrize("old", [None, "the old file"])
def test_a_failure_while_writing_leaves_what_was_there(tmp_path: Path, old: str | None, failure: BaseException) -> None:
    path = tmp_path / "table.csv"
    if old:
        path.write_text(old)

    def write_half() -> None:
        with written_whole(path) as beside:
            beside.write_text("half of")
            raise failure

    with pytest.raises(type(failure)):
        write_half()
    assert [file.read_text() for file in tmp_path.iterdir()] == ([old] if old else [])


RUN = record(Config(epochs=20))
WRITERS: dict[str, Callable[[Path], None]] = {
    "run.npz": lambda path: save(RUN, path),
    "table.csv": lambda path: write_table(RUN, RUN.newest, "dashboard", path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_a_sentence_and_leaves_the_old_file_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("the old file")
    with pytest.raises(FileError) as problem, files_end_at(10_000):
        WRITERS[name](path)
    assert str(problem.value) == f"Cannot write '{path}': File too large."
    assert path.read_text() == "the old file"
    assert list(tmp_path.iterdir()) == [path]


def test_a_target_that_cannot_be_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert writable_target(tmp_path / "run.npz") == tmp_path / "run.npz"
    with pytest.raises(FileError) as folder:
        writable_target(tmp_path)
    assert str(folder.value) == f"Cannot write '{tmp_path}': it is a folder; add a file name."
    with pytest.raises(FileError) as nowhere:
        writable_target(tmp_path / "no" / "run.npz")
    assert str(nowhere.value) == f"Cannot write '{tmp_path / 'no' / 'run.npz'}': there is no folder '{tmp_path / 'no'}'."
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # the superuser may write anywhere
    with pytest.raises(FileError) as forbidden:
        writable_target(tmp_path / "run.npz")
    assert str(forbidden.value) == f"Cannot write '{tmp_path / 'run.npz'}': the folder '{tmp_path}' does not allow it."


def test_what_the_operating_system_refuses_at_the_last_moment_is_a_sentence_too(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255 + ".csv")
    with pytest.raises(FileError, match=r"': File name too long\.$"), written_whole(path) as beside:
        beside.write_text("all of it")
    assert list(tmp_path.iterdir()) == []


def test_a_saved_file_has_the_permissions_of_a_file_that_a_person_saves(tmp_path: Path) -> None:
    ordinary, new = tmp_path / "ordinary", tmp_path / "new"
    ordinary.touch()
    with written_whole(new) as beside:
        beside.touch()
    assert new.stat().st_mode == ordinary.stat().st_mode
    new.chmod(0o640)
    with written_whole(new) as beside:
        beside.touch()
    assert new.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "run.txt", tmp_path / "link.txt"
    link.symlink_to(target)
    with written_whole(link) as beside:
        beside.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_what_is_not_an_ordinary_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="is not an ordinary file"), written_whole(tmp_path / "pipe"):
        pass
    assert (tmp_path / "pipe").is_fifo()
