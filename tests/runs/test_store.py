"""A run comes back from its file bit for bit; any other file is answered with a sentence."""

from __future__ import annotations

import os
import pickle
import platform
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz import Config, record, train
from gradviz.core.frames import Ask, Ending, Frames
from gradviz.core.interventions import Intervention
from gradviz.runs.archive import ArchiveWriter
from gradviz.runs.files import FileError
from gradviz.runs.presets import presets
from gradviz.runs.provenance import this_machine
from gradviz.runs.run import Run, training
from gradviz.runs.store import DIGEST, load, read, save

SMALL = Config(layers=3, epochs=4)
WIDE = Config(layers=4, width=3, bias="on", initialization="normal", data="moons", samples=12, test_share=0.25, loss="cross_entropy", epochs=4)


def assert_equal_runs(one: Run, other: Run) -> None:
    assert one.config == other.config
    assert (one.interventions, one.ending, one.stride, one.epochs_done) == (other.interventions, other.ending, other.stride, other.epochs_done)
    assert type(one.frames) is type(other.frames)
    for name in one.frames.COLUMNS:
        assert getattr(one.frames, name).tobytes() == getattr(other.frames, name).tobytes()
        assert getattr(one.newest, name).tobytes() == getattr(other.newest, name).tobytes()
    assert one.epoch.tobytes() == other.epoch.tobytes()
    for name in one.frames.SCORES:
        assert one.score(name).tobytes() == other.score(name).tobytes()
    assert (one.observed, one.score_stride, one.bookmarks) == (other.observed, other.score_stride, other.bookmarks)
    assert everything(one.spans()) == everything(other.spans())


def everything(spans: Iterable[tuple[Frames, Frames, Frames]]) -> list[bytes]:
    """The bytes of all columns of the frames that are kept, of the least of their spans, and of the greatest."""
    joined = [Frames.joined(list(part)) for part in zip(*spans, strict=True)]
    return [column.tobytes() for part in joined for column in part.columns().values()]


def thinned() -> Run:
    with pytest.warns(UserWarning, match="observed epochs are kept"):
        return record(presets()["notebook-1b"].config.replace(epochs=150), memory=200_000)


def stopped() -> Run:
    run = Run(Config(inputs=(1 / 3, -0.0, 5e-324), targets=(0.1, 0.2, 0.3), observe_every=3))
    training = train(run.config)
    run.append(next(training))
    run.append(training.send(Ask(frames=7, changes=(("learning_rate", 1 / 7),))))
    run.stop()
    return run


def one_frame() -> Run:
    run = Run(SMALL)
    run.append(next(train(SMALL)))
    return run


def looked_at_now_and_then() -> Run:
    """A wide run as the window records it: percentiles of one profile in some epochs, a turned learning rate."""
    run = Run(WIDE.replace(epochs=60))
    wide = training(run.config)
    run.append(next(wide))
    for names in ({"g"}, {"h", "u"}, set()):
        run.append(wide.send(Ask(4, (("learning_rate", 0.1 + len(names)),), frozenset(names))))
    run.stop()
    return run


def thinned_and_wide() -> Run:
    with pytest.warns(UserWarning, match="observed epochs are kept"):
        return record(WIDE.replace(epochs=40), memory=30_000)


RUNS = {
    "wide": lambda: record(WIDE),
    "wide, with batches": lambda: record(WIDE.replace(batch_size=4, number_format="float32", optimizer="adam", normalization="batch")),
    "wide and diverged": lambda: record(WIDE.replace(activation="identity", learning_rate=1e8, epochs=50)),
    "wide, looked at now and then": looked_at_now_and_then,
    "wide and thinned": thinned_and_wide,
    "whole": lambda: record(SMALL),
    "diverged, with infinities": lambda: record(presets()["explodes"].config),
    "thinned": thinned,
    "stopped, with a turned learning rate": stopped,
    "still training": one_frame,
    "a thousand layers": lambda: record(presets()["deep-1000"].config.replace(epochs=3)),
}


@pytest.mark.parametrize("kind", RUNS)
def test_a_run_comes_back_bit_for_bit(tmp_path: Path, kind: str) -> None:
    run = RUNS[kind]()
    save(run, tmp_path / "run.npz")
    back = load(tmp_path / "run.npz")
    assert_equal_runs(back, run)
    for column in (back.cost, back.h, back.newest.g):
        with pytest.raises(ValueError, match="read-only"):
            column[...] = 0


def test_the_thinned_run_is_thinned_and_its_newest_frame_is_not_on_the_stride() -> None:
    run = thinned()
    assert run.stride > 1
    assert run.newest.epoch[-1] % run.stride
    assert len(run.cost) == 150


def test_a_run_read_back_can_be_recorded_again(tmp_path: Path) -> None:
    run = record(SMALL, [Intervention(2, "learning_rate", 0.3)])
    save(run, tmp_path / "run.npz")
    back = load(tmp_path / "run.npz")
    assert_equal_runs(record(back.config, back.interventions), run)


@settings(max_examples=30)
@given(
    st.fixed_dictionaries(
        {
            "layers": st.integers(4, 7),
            "width": st.integers(1, 5),
            "epochs": st.integers(1, 6),
            "observe_every": st.integers(1, 3),
            "batch_size": st.sampled_from([0, 1, 5]),
            "data": st.sampled_from(["samples", "moons", "spirals", "function"]),
            "test_share": st.sampled_from([0.0, 0.3]),
            "residual": st.sampled_from(["none", "plain", "skipinit", "fixup"]),
            "tied_weights": st.sampled_from(["off", "on"]),
            "optimizer": st.sampled_from(["momentum", "adam", "rmsprop"]),
            "learning_rate": st.sampled_from([0.1, 1e5]),
            "activation": st.sampled_from(["tanh", "relu", "identity"]),
            "number_format": st.sampled_from(["float64", "float32"]),
        }
    )
)
def test_any_wide_run_comes_back_and_can_be_recorded_again_bit_for_bit(values: dict[str, Any]) -> None:
    config = Config(samples=12, inputs=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7), targets=(0.1,) * 7, initialization="normal", **values)
    run = record(config, [Intervention(min(2, config.epochs - 1), "learning_rate", 0.3)])
    with tempfile.TemporaryDirectory() as folder:
        save(run, Path(folder) / "run.npz")
        back = load(Path(folder) / "run.npz")
    assert_equal_runs(back, run)
    assert_equal_runs(record(back.config, back.interventions), run)


def test_saving_again_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    save(record(SMALL), path)
    save(record(SMALL.replace(epochs=2)), path)
    assert load(path).epochs_done == 2
    assert list(tmp_path.iterdir()) == [path]


def test_numpy_reads_the_file_without_gradviz(tmp_path: Path) -> None:
    run = record(SMALL)
    save(run, tmp_path / "run.npz")
    with np.load(tmp_path / "run.npz", allow_pickle=False) as parts:
        np.testing.assert_array_equal(parts["h"], run.h)
        np.testing.assert_array_equal(parts["cost"], run.cost)


def is_a_sentence_about(problem: FileError, path: Path) -> bool:
    sentence = str(problem)
    words = sentence.replace(f"'{path}'", "")
    return words != sentence and words.endswith(".") and "\n" not in words and "pickle" not in words and ": ." not in words


def test_a_file_cut_short_anywhere_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    save(record(SMALL), path)
    content = path.read_bytes()
    for length in {*range(0, len(content), 37), *range(len(content) - 40, len(content))}:
        path.write_bytes(content[:length])
        with pytest.raises(FileError) as refusal:
            load(path)
        assert is_a_sentence_about(refusal.value, path), length


def test_a_file_altered_anywhere_is_refused_in_a_sentence_or_gives_the_same_run(tmp_path: Path) -> None:
    """A byte that no reader looks at, such as a time stamp, may differ; a number may not."""
    path = tmp_path / "run.npz"
    run = record(SMALL)
    save(run, path)
    content = path.read_bytes()
    refused = 0
    # every byte of the zip's own directory, and one in three of the rest
    directory = content.index(b"PK\x01\x02")
    for place in [*range(0, directory, 3), *range(directory, len(content))]:
        path.write_bytes(content[:place] + bytes([content[place] ^ (1 << place % 8)]) + content[place + 1 :])
        back, refusal = opened_or_refused(path)
        if back is not None:
            assert_equal_runs(back, run)
        else:
            refused += 1
            assert refusal is not None
            assert is_a_sentence_about(refusal, path), place
    assert refused > len(content) / 4


def test_other_files_are_refused_in_a_sentence(tmp_path: Path) -> None:
    rows = {
        "text.npz": b"epoch,quantity,sample,layer,value\n",
        "nothing.npz": b"",
        "pickle.npz": pickle.dumps({"config": 1}),
        "array.npz": b"",
    }
    for name, content in rows.items():
        (tmp_path / name).write_bytes(content)
    with (tmp_path / "array.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    for name in rows:
        with pytest.raises(FileError, match="is not a run saved by GradViz") as refusal:
            load(tmp_path / name)
        assert is_a_sentence_about(refusal.value, tmp_path / name)


def test_someone_elses_npz_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, weights=np.zeros(5))
    with pytest.raises(FileError, match="it has no manifest") as refusal:
        load(path)
    assert is_a_sentence_about(refusal.value, path)


class Dangerous:
    """Unpickling it would do something that a test can see."""

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("opened"),))


def test_an_npz_with_a_pickle_inside_is_refused_and_not_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "run.npz"
    np.savez(path, manifest=np.array([Dangerous()], dtype=object))
    with pytest.raises(FileError) as refusal:
        load(path)
    assert is_a_sentence_about(refusal.value, path)
    assert not (tmp_path / "opened").exists()


def test_parts_that_claim_to_be_huge_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.npy", bytes(50_000_000))
    with pytest.raises(FileError, match="its parts claim to be larger than the file"):
        load(path)


def rewritten(path: Path, **parts: object) -> Path:
    """The file with some parts replaced, and sealed anew; a part that is None is left out, and a manifest given as a dict is merged into the old one."""
    with np.load(path) as old:
        content = {name: old[name] for name in old.files if name != DIGEST}
    manifest = msgspec.json.decode(content["manifest"].tobytes())
    for name, part in parts.items():
        if name == "manifest" and isinstance(part, dict):
            part = np.frombuffer(msgspec.json.encode({**manifest, **part}), np.uint8)
        content[name] = np.asarray(part) if part is not None else None
    return sealed(path, {name: part for name, part in content.items() if part is not None})


def sealed(path: Path, parts: dict[str, Any]) -> Path:
    """A file of these parts whose SHA-256 is right, as someone who reads the source could make one."""
    with path.open("wb") as file, ArchiveWriter(file) as archive:
        for name, part in parts.items():
            archive.add(name, [part], part.shape[0], part) if part.ndim else archive.add_array(name, part[None])
        archive.add_array(DIGEST, archive.digest)
    return path


def opened_or_refused(path: Path) -> tuple[Run | None, FileError | None]:
    try:
        return load(path), None
    except FileError as problem:
        return None, problem


def refusal_of(path: Path) -> str:
    with pytest.raises(FileError) as refusal:
        load(path)
    assert is_a_sentence_about(refusal.value, path)
    return str(refusal.value)


IMPOSSIBLE = [
    ({"manifest": {"config": {**SMALL.as_dict(), "layers": 1}}}, "layers is 1; it must be a whole number from 2 to 100,000"),
    ({"manifest": {"config": {**SMALL.as_dict(), "layers": 10**9}}}, "layers is 1000000000; it must be"),
    ({"manifest": {"config": {**SMALL.as_dict(), "layers": 99_999}}}, "h has shape (4, 2, 3) of float64, and (4, 2, 99999) of float64 was expected"),
    ({"manifest": {"config": {"depth": 1}}}, "a parameter or a value that this GradViz"),
    ({"manifest": {"config": {**SMALL.as_dict(), "inputs": [[0.5]]}}}, "a parameter or a value that this GradViz"),
    ({"manifest": {"config": 7}}, "a parameter or a value that this GradViz"),
    ({"manifest": {"ending": {"kind": "lost", "reason": ""}}}, "its manifest cannot be read"),
    ({"manifest": {"ending": {"kind": "stopped", "reason": "x" * 2000}}}, "its words are longer than any"),
    ({"manifest": {"interventions": [{"epoch": 1, "parameter": "layers", "value": 3}]}}, "'layers' cannot change while a training runs"),
    ({"manifest": {"interventions": [{"epoch": 1, "parameter": "w[3]", "value": 3.0}]}}, "with 3 layers, those with weights are 1 to 2"),
    ({"manifest": {"interventions": [{"epoch": 4, "parameter": "w*", "value": 3.0}]}}, "the last epoch is 3"),
    ({"manifest": {"interventions": [{"epoch": -1, "parameter": "w*", "value": 3.0}]}}, "epochs begin at 0"),
    ({"manifest": {"interventions": [{"epoch": 1, "parameter": "w*", "value": "much"}]}}, "it must be a finite number"),
    ({"manifest": {"interventions": [{"epoch": 1, "parameter": "learning_rate", "value": -1}]}}, "learning_rate is -1"),
    ({"manifest": {"stride": 0}}, "its stride is none that a run has"),
    ({"manifest": {"stride": 3}}, "its stride is none that a run has"),
    ({"manifest": {"stride": -4}}, "its stride is none that a run has"),
    ({"manifest": {"score_stride": 2**70}}, "its stride is none that a run has"),
    ({"manifest": {"score_stride": 2}}, "has shape (4,) of"),
    ({"manifest": {"observed": 5}}, "it counts more epochs than it trains"),
    ({"manifest": {"observed": 3}}, "has shape (4,)"),
    ({"manifest": {"observed": -1}}, "it counts more epochs than it trains"),
    ({"manifest": {"observed": 0}}, "has shape (4,)"),
    ({"manifest": {"stride": 4}}, "is missing"),
    ({"manifest": {"epochs_done": 5}}, "it counts more epochs than it trains"),
    ({"manifest": {"epochs_done": -1}}, "it counts more epochs than it trains"),
    ({"manifest": {"bookmarks": [3, 4]}}, "its bookmarks are at epochs that it has not"),
    ({"manifest": {"memory": -1}}, "its memory is none that a machine has"),
    ({"manifest": {"made_with": {"numpy": "1" * 5000}}}, "its words are longer than any"),
    ({"manifest": {"promise": 1}}, "its manifest cannot be read (Object contains unknown field `promise`)"),
    ({"manifest": {"format": "someone's run"}}, "its manifest says that it is something else"),
    ({"manifest": np.frombuffer(b"{", np.uint8)}, "its manifest cannot be read"),
    ({"manifest": np.frombuffer(b"\xff" * 9, np.uint8)}, "its manifest cannot be read"),
    ({"manifest": np.frombuffer(b"[" * 100_000, np.uint8)}, "is damaged"),
    ({"manifest": np.zeros(4)}, "its manifest is no text"),
    ({"manifest": np.zeros(13 * 2**20, np.uint8)}, "its manifest is no text, or is larger than any"),
    ({"h": None}, "h is missing"),
    ({"depth": np.zeros(3)}, "no run has a part 'depth'"),
    ({"h": np.zeros((4, 2, 5))}, "h has shape (4, 2, 5) of float64, and (4, 2, 3) of float64 was expected"),
    ({"g": np.zeros((4, 2, 3), np.float32)}, "g has shape (4, 2, 3) of float32, and (4, 2, 3) of float64 was expected"),
    ({"w": np.zeros((3, 3))}, "w has shape (3, 3) of float64, and (4, 3) of float64 was expected"),
    ({"cost": np.zeros(3)}, "cost has shape (3,) of float64, and (4,) of float64 was expected"),
    ({"epoch": np.zeros((2, 2), np.int64), "cost": np.zeros((2, 2))}, "is damaged"),
    ({"profile_epoch": np.zeros((), np.int64)}, "is damaged"),
    ({"epoch": np.array([0.0, 1.0, np.nan, 3.0])}, "epoch has shape (4,) of float64, and (4,) of int64 was expected"),
    ({"epoch": np.array([0, 1, 1, 3])}, "its epochs are not those that a run observes"),
    ({"epoch": np.array([-1, 0, 1, 3])}, "its epochs are not those that a run observes"),
    ({"profile_epoch": np.array([0, 2, 1, 3])}, "its epochs are not those that a run observes"),
    ({"profile_epoch": np.array([0, 1, 2, 4])}, "is damaged"),
    ({"profile_epoch": np.array([0, 1, 2, -7])}, "is damaged"),
    ({"profile_epoch": np.array([0, 1, 2, 2**62])}, "is damaged"),
]


@pytest.mark.parametrize(("parts", "words"), IMPOSSIBLE, ids=[f"{number} {words[:30]}" for number, (_, words) in enumerate(IMPOSSIBLE)])
def test_a_run_file_that_no_run_can_be_is_refused_in_a_sentence(tmp_path: Path, parts: dict[str, object], words: str) -> None:
    path = tmp_path / "run.npz"
    save(record(SMALL), path)
    assert words in refusal_of(rewritten(path, **parts))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"g": None}, "g is missing"),
        ({"g": np.zeros((4, 2, 4))}, "g has shape (4, 2, 4) of float64, and (4, 10, 4) of float64 was expected"),
        ({"norms": np.zeros((4, 3, 4))}, "norms has shape (4, 3, 4) of float64, and (4, 4, 4) of float64 was expected"),
        ({"ratio": np.zeros((4, 4), np.float32)}, "ratio has shape (4, 4) of float32"),
        ({"test_cost": np.zeros(3)}, "test_cost has shape (3,) of float64, and (4,) of float64 was expected"),
        ({"profile_accuracy": np.zeros(3)}, "accuracy has shape (3,) of float64, and (4,) of float64 was expected"),
        ({"promise": None}, "promise is missing"),
        ({"manifest": {"config": SMALL.as_dict()}}, "no run has a part"),
        ({"manifest": {"config": {**WIDE.as_dict(), "batch_size": 100}}}, "batch_size is 100, and there are 9 samples"),
    ],
)
def test_a_wide_run_whose_parts_do_not_fit_together_is_refused_in_a_sentence(tmp_path: Path, parts: dict[str, object], words: str) -> None:
    path = tmp_path / "run.npz"
    save(record(WIDE), path)
    assert words in refusal_of(rewritten(path, **parts))


@pytest.mark.parametrize("name", ["low_g", "high_h"])
def test_extremes_of_another_shape_are_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / "run.npz"
    save(thinned(), path)
    for part, words in ((None, f"{name} is missing"), (np.zeros((2, 2, 100)), f"{name} has shape (2, 2, 100)")):
        save(thinned(), path)
        assert words in refusal_of(rewritten(path, **{name: part}))


def test_a_newer_version_is_said_whatever_else_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    save(record(SMALL), path)
    manifest = {"version": 3, "written_by": "gradviz 9.1", "config": "elsewhere", "ribbons": [1, 2, 3]}
    said = refusal_of(rewritten(path, manifest=manifest, ribbons=np.zeros(3)))
    assert "was written by gradviz 9.1 in format version 3; this GradViz, " in said
    assert said.endswith("reads up to version 2. A newer GradViz opens it.")


@pytest.mark.parametrize("place", ["manifest", "epoch", "cost", "h", "w", "profile_cost", DIGEST])
def test_a_file_that_was_altered_is_told_from_one_that_was_not(tmp_path: Path, place: str) -> None:
    """Altered with care: the zip's own checksums are right, only the SHA-256 is not."""
    path = tmp_path / "run.npz"
    save(record(SMALL), path)
    with np.load(path) as old:
        parts = {name: old[name].copy() for name in old.files}
    parts[place].reshape(-1).view(np.uint8)[3] ^= 1
    np.savez(path, **parts)
    assert refusal_of(path) == f"'{path}' was altered after it was saved, or is damaged: what it holds is not what was written."


def test_a_number_turned_in_the_file_itself_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    run = record(SMALL)
    save(run, path)
    content = path.read_bytes()
    place = content.index(run.w.tobytes()) + 8
    path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    assert "was altered after it was saved, or is damaged: its numbers are not those that were written" in refusal_of(path)


def test_a_file_of_the_first_version_still_opens(data: Path) -> None:
    """Written by GradViz before there were extremes, bookmarks and a SHA-256: a run that was stopped, with profiles of one in four epochs."""
    path = data / "run_of_version_1.npz"
    run = load(path)
    with np.load(path) as parts:
        assert msgspec.json.decode(parts["manifest"].tobytes())["version"] == 1
        assert DIGEST not in parts.files
        for name in ("h", "g", "dw", "w"):
            assert getattr(run.frames, name).tobytes() == parts[name].tobytes()
        assert run.cost.tobytes() == parts["cost"].tobytes()
        assert run.frames.epoch.tolist() == parts["profile_epoch"].tolist() == [*range(0, 145, 8), 150]
    assert (run.epochs_done, run.observed, run.stride, run.bookmarks) == (151, 76, 4, ())
    assert run.epoch.tolist() == list(range(0, 151, 2))
    assert run.interventions == [Intervention(epoch, "learning_rate", 1 / 7) for epoch in (81, 95)]
    assert run.ending == Ending("stopped", "Stopped after 151 of 200 epochs.")


def test_a_file_of_the_first_version_can_be_saved_anew(data: Path, tmp_path: Path) -> None:
    run = load(data / "run_of_version_1.npz")
    save(run, tmp_path / "again.npz")
    assert_equal_runs(load(tmp_path / "again.npz"), run)


def test_the_same_run_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("one.npz", "other.npz"):
        save(record(SMALL), tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()


def test_a_run_that_has_no_epoch_yet_comes_back(tmp_path: Path) -> None:
    for config in (SMALL, WIDE):
        save(Run(config), tmp_path / "run.npz")
        assert_equal_runs(load(tmp_path / "run.npz"), Run(config))


def test_where_a_run_comes_from_is_in_its_file(tmp_path: Path) -> None:
    save(record(WIDE), tmp_path / "wide.npz")
    saved = read(tmp_path / "wide.npz")
    assert saved.made_with == this_machine(WIDE)
    assert saved.made_with.numpy == np.__version__
    assert saved.made_with.machine == platform.machine()
    assert saved.made_with.blas
    save(record(SMALL), tmp_path / "chain.npz")
    assert read(tmp_path / "chain.npz").made_with == msgspec.structs.replace(saved.made_with, blas=""), "a chain multiplies no matrices"


def test_more_changes_than_a_file_can_hold_are_a_sentence_and_no_file(tmp_path: Path) -> None:
    run = record(SMALL)
    run.interventions = [Intervention(1, "learning_rate", 0.123456789)] * 250_000
    with pytest.raises(FileError, match=r"250,000 changes and 2 samples are more than a run file can hold\."):
        save(run, tmp_path / "run.npz")
    assert list(tmp_path.iterdir()) == []


#: Saves a run where a file may have so many bytes: the disk is full at any place in it.
FULL = """
import resource, signal, sys
from pathlib import Path
from gradviz import Config, record
from gradviz.runs.files import FileError
from gradviz.runs.store import save
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
run, path = record(Config(epochs=300)), Path("run.npz")
for size in (0, 100, 5_000, 100_000, 1_000_000, 1_400_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        save(run, path)
    except FileError as problem:
        print(problem)
    print(*(file.name for file in Path().iterdir()))
"""


def test_a_disk_that_is_full_is_a_sentence_and_leaves_nothing(tmp_path: Path, python_environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", FULL], cwd=tmp_path, env=python_environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Cannot write '{tmp_path.resolve() / 'run.npz'}': File too large.\n\n" * 6


def members(path: Path, *rows: tuple[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", compression) as archive:
        warnings.simplefilter("ignore")  # of two members of one name
        for name, content in rows:
            archive.writestr(name, content)
    return path


def npy(header: str, content: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + content


def header_of(shape: object, descr: str = "<f8") -> str:
    return f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"


HOSTILE = {
    "deflated": lambda path: members(path, ("manifest.npy", npy(header_of("(5,)", "|u1"), bytes(5))), compression=zipfile.ZIP_DEFLATED),
    "a bomb": lambda path: members(path, ("manifest.npy", bytes(300_000_000)), compression=zipfile.ZIP_DEFLATED),
    "two of one name": lambda path: members(path, ("manifest.npy", npy(header_of("(0,)"))), ("manifest.npy", npy(header_of("(0,)")))),
    "a huge shape": lambda path: members(path, ("manifest.npy", npy(header_of("(10000000000,)")))),
    "a shape beyond all integers": lambda path: members(path, ("manifest.npy", npy(header_of(f"({10**17}, {10**17}, {10**17})")))),
    "a shape that is nothing in the end": lambda path: members(path, ("manifest.npy", npy(header_of(f"({10**17}, {10**17}, 0)")))),
    "a negative shape": lambda path: members(path, ("manifest.npy", npy(header_of("(-8,)"), bytes(8)))),
    "an object array": lambda path: members(path, ("manifest.npy", npy(header_of("(1,)", "|O"), pickle.dumps([1])))),
    "a header to evaluate": lambda path: members(path, ("manifest.npy", npy("__import__('os').system('touch opened')"))),
    "a deep header": lambda path: members(path, ("manifest.npy", npy("(" * 60_000))),
    "a long header": lambda path: members(path, ("manifest.npy", npy(header_of("(1,)") + " " * 60_000, bytes(8)))),
    "a header that ends too early": lambda path: members(path, ("manifest.npy", npy(header_of("(1,)"))[:20])),
    "no array": lambda path: members(path, ("manifest.npy", b"hello")),
    "many parts": lambda path: members(path, *((f"{number}.npy", npy(header_of("(0,)"))) for number in range(20_000))),
    "a huge directory": lambda path: members(path, *((f"{number:0>60000}.npy", b"") for number in range(300))),
    "many numbers in a manifest": lambda path: manifest_of(path, '"config": {"inputs": [' + "0," * 900_000 + "0]}"),
    "too many numbers in a manifest": lambda path: manifest_of(path, '"config": {"inputs": [' + "0," * 5_000_000 + "0]}"),
    "many names in a config": lambda path: manifest_of(path, '"config": {' + ",".join(f'"{number}": 1' for number in range(150_000)) + "}"),
    "many lists in a config": lambda path: manifest_of(path, '"config": {"inputs": [' + "[]," * 600_000 + "[]]}"),
    "many changes": lambda path: manifest_of(path, '"config": {}, "interventions": [' + '{"epoch":0,"parameter":"w*","value":1},' * 290_000 + "1]"),
    "many bookmarks": lambda path: manifest_of(
        path, '"config": {}, "interventions": [], "ending": null, "stride": 1, "bookmarks": [' + "0," * 5_500_000 + "1]"
    ),
    "many lists": lambda path: manifest_of(path, '"config": {}, "interventions": [], "ending": ' + "[" * 5_000_000),
    "many unknown words": lambda path: manifest_of(path, '"config": {}, "made_with": {' + ",".join(f'"{number}": ""' for number in range(800_000)) + "}"),
}


def manifest_of(path: Path, words: str) -> Path:
    text = '{"format": "gradviz run", "version": 2, "written_by": "me", ' + words + "}"
    return sealed(path, {"manifest": np.frombuffer(text.encode(), np.uint8)})


#: Reads files in a process of its own, and says of each what the refusal was, in how many seconds, and how many bytes it took beside those of the file.
READING = """
import pathlib, sys, time, tracemalloc
from gradviz.runs.files import FileError
from gradviz.runs.store import load
for name in sys.argv[1:]:
    path = pathlib.Path(name)
    tracemalloc.start()
    began = time.perf_counter()
    try:
        load(path)
        said = "opened"
    except FileError as problem:
        said = str(problem).replace(chr(10), "|")
    print(round(time.perf_counter() - began, 1), tracemalloc.get_traced_memory()[1] - path.stat().st_size, said, sep=chr(9))
    tracemalloc.stop()
"""


def test_no_file_of_a_stranger_takes_memory_that_it_has_not_or_time_without_end(tmp_path: Path, python_environment: dict[str, str]) -> None:
    paths = [make(tmp_path / f"{name}.npz") for name, make in HOSTILE.items()]
    done = subprocess.run([sys.executable, "-c", READING, *map(str, paths)], cwd=tmp_path, env=python_environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(rows) == len(paths)
    for path, (seconds, taken, said) in zip(paths, rows, strict=True):
        assert f"'{path}'" in said, path.name
        assert said.endswith("."), said
        assert int(taken) < 64 * 2**20, f"{path.name} took {int(taken) >> 20} MB beside its own size"
        assert float(seconds) < 20.0, path.name
    assert not (tmp_path / "opened").exists()


def test_a_file_that_opens_takes_no_more_than_twice_its_size(tmp_path: Path, python_environment: dict[str, str]) -> None:
    path = tmp_path / "run.npz"
    save(record(Config(epochs=8_000)), path)
    assert path.stat().st_size > 30 * 2**20
    done = subprocess.run([sys.executable, "-c", READING, str(path)], env=python_environment, capture_output=True, text=True, check=True)
    _, taken, said = done.stdout.strip().split("\t")
    assert said == "opened"
    assert int(taken) < path.stat().st_size + 16 * 2**20


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.npz")
    assert refusal_of(tmp_path / "run.npz") == f"Cannot read '{tmp_path / 'run.npz'}': it is not an ordinary file."


@given(st.data())
def test_no_byte_of_a_thinned_run_can_be_turned_without_a_sentence_or_the_same_run(altering: st.DataObject) -> None:
    run, content = a_saved_run()
    place = altering.draw(st.integers(0, len(content) - 1))
    bit = altering.draw(st.integers(0, 7))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.npz"
        path.write_bytes(content[:place] + bytes([content[place] ^ (1 << bit)]) + content[place + 1 :])
        back, refusal = opened_or_refused(path)
    assert back is None or assert_equal_runs(back, run) is None
    assert refusal is None or is_a_sentence_about(refusal, path)


@given(st.data())
def test_a_thinned_run_cut_short_anywhere_is_refused_in_a_sentence(cutting: st.DataObject) -> None:
    _, content = a_saved_run()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.npz"
        path.write_bytes(content[: cutting.draw(st.integers(0, len(content) - 1))])
        refusal_of(path)


@cache
def a_saved_run() -> tuple[Run, bytes]:
    """A small run with all that a file can hold, and its file's content."""
    changes = [Intervention(3, "clipping", "norm"), Intervention(20, "w[2]*", 0.5)]
    with pytest.warns(UserWarning, match="observed epochs are kept"):
        run = record(Config(layers=4, epochs=61), changes, memory=3_000)
    run.bookmarks = (7, 60)
    with tempfile.TemporaryDirectory() as folder:
        save(run, Path(folder) / "run.npz")
        return run, (Path(folder) / "run.npz").read_bytes()


CHANGES = st.one_of(
    st.tuples(st.just("learning_rate"), st.floats(1e-3, 10.0)),
    st.tuples(st.just("clipping"), st.sampled_from(["none", "norm", "value"])),
    st.tuples(st.sampled_from(["w*", "w[1]*", "w[2]*"]), st.floats(-3.0, 3.0)),
)


@settings(max_examples=40)
@given(
    wide=st.booleans(),
    values=st.fixed_dictionaries({"epochs": st.integers(1, 90), "observe_every": st.integers(1, 4), "weight_scale": st.sampled_from([0.5, 1.0, 30.0])}),
    changes=st.lists(st.tuples(st.integers(0, 89), CHANGES), max_size=6),
    memory=st.sampled_from([0, 2_000, 20_000, 10**7]),
    stopped_at=st.one_of(st.none(), st.integers(1, 90)),
)
def test_any_run_with_changes_thinned_or_stopped_comes_back_bit_for_bit_and_goes_on(
    wide: bool, values: dict[str, Any], changes: list[tuple[int, tuple[str, Any]]], memory: int, stopped_at: int | None
) -> None:
    config = (WIDE if wide else Config(layers=4, activation="identity")).replace(**values)
    planned = [Intervention(min(epoch, config.epochs - 1), *change) for epoch, change in changes]
    run = Run(config, memory=memory)
    for frames in training(config, planned):
        run.append(frames)
    if stopped_at is not None:
        run = run.before(stopped_at)
        run.stop()
    with tempfile.TemporaryDirectory() as folder:
        save(run, Path(folder) / "run.npz")
        back = load(Path(folder) / "run.npz", memory=memory)
        assert_equal_runs(back, run)
        assert_equal_runs(back.before(back.epochs_done), run)
        if run.can_go_on:
            for one in (run, back):
                one.ending = None
                later = [change for change in planned if change.epoch >= one.epochs_done]
                for frames in one.go_on(later):
                    one.append(frames)
            assert back.cost.tobytes() == run.cost.tobytes()
            assert back.newest.w.tobytes() == run.newest.w.tobytes()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError) as missing:
        load(tmp_path / "nowhere.npz")
    assert str(missing.value) == f"Cannot read '{tmp_path / 'nowhere.npz'}': No such file or directory."
    with pytest.raises(FileError) as folder:
        load(tmp_path)
    assert str(folder.value) == f"Cannot read '{tmp_path}': Is a directory."
