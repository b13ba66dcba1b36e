"""A run comes back from its file bit for bit; any other file is answered with a sentence."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest

from gradviz import Config, record, train
from gradviz.core.training import Ask, Frames, Intervention
from gradviz.runs.files import FileError
from gradviz.runs.presets import presets
from gradviz.runs.run import Run
from gradviz.runs.store import load, save

SMALL = Config(layers=3, epochs=4)


def assert_equal_runs(one: Run, other: Run) -> None:
    assert one.config == other.config
    assert (one.interventions, one.ending, one.stride, one.epochs_done) == (other.interventions, other.ending, other.stride, other.epochs_done)
    for name in Frames.COLUMNS:
        assert getattr(one.frames, name).tobytes() == getattr(other.frames, name).tobytes()
        assert getattr(one.newest, name).tobytes() == getattr(other.newest, name).tobytes()
    assert one.epoch.tobytes() == other.epoch.tobytes()
    assert one.cost.tobytes() == other.cost.tobytes()


def thinned() -> Run:
    with pytest.warns(UserWarning, match="The profiles of one in 4 observed epochs are kept"):
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


RUNS = {
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
        back, refusal = None, None
        try:
            back = load(path)
        except FileError as problem:
            refusal = problem
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
    """The file with some parts replaced; a part that is None is left out, and a manifest given as a dict is merged into the old one."""
    with np.load(path) as old:
        content = {name: old[name] for name in old.files}
    manifest = msgspec.json.decode(content["manifest"].tobytes())
    for name, part in parts.items():
        if name == "manifest":
            assert isinstance(part, dict)
            part = np.frombuffer(msgspec.json.encode({**manifest, **part}), np.uint8)
        content[name] = part
    np.savez(path, **{name: part for name, part in content.items() if part is not None})
    return path


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"manifest": {"version": 2}}, "format version 2; this GradViz reads up to version 1"),
        ({"manifest": {"config": {**SMALL.as_dict(), "layers": 1}}}, "layers is 1; it must be a whole number from 2 to 100,000"),
        ({"manifest": {"config": {"depth": 1}}}, "is damaged, or was not saved by GradViz"),
        ({"manifest": {"ending": {"kind": "lost", "reason": ""}}}, "is damaged, or was not saved by GradViz"),
        ({"manifest": {"interventions": [{"epoch": 1, "parameter": "layers", "value": 3}]}}, "is damaged, or was not saved by GradViz"),
        ({"h": None}, "is damaged"),
        ({"h": np.zeros((4, 2, 5))}, "h has shape (4, 2, 5), and (4, 2, 3) was expected"),
        ({"g": np.zeros((4, 2, 3), np.float32)}, "is damaged"),
        ({"w": np.zeros((3, 3))}, "w has shape (3, 3), and (4, 3) was expected"),
        ({"cost": np.zeros(3)}, "it holds 4 epochs and 3 numbers of cost"),
        ({"epoch": np.zeros((2, 2), np.int64), "cost": np.zeros((2, 2))}, "is damaged"),
        ({"profile_epoch": np.zeros((), np.int64)}, "is damaged"),
    ],
)
def test_a_run_file_whose_parts_do_not_fit_together_is_refused_in_a_sentence(tmp_path: Path, parts: dict[str, object], words: str) -> None:
    path = tmp_path / "run.npz"
    save(record(SMALL), path)
    with pytest.raises(FileError) as refusal:
        load(rewritten(path, **parts))
    assert words in str(refusal.value)
    assert is_a_sentence_about(refusal.value, path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError) as missing:
        load(tmp_path / "nowhere.npz")
    assert str(missing.value) == f"Cannot read '{tmp_path / 'nowhere.npz'}': No such file or directory."
    with pytest.raises(FileError) as folder:
        load(tmp_path)
    assert str(folder.value) == f"Cannot read '{tmp_path}': Is a directory."
