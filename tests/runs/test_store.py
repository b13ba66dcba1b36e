"""A run comes back from its file bit for bit; any other file is answered with a sentence."""

from __future__ import annotations

import pickle
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz import Config, record, train
from gradviz.core.frames import Ask, Intervention
from gradviz.runs.files import FileError
from gradviz.runs.presets import presets
from gradviz.runs.run import Run, training
from gradviz.runs.store import load, save

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
    run = record(config, [Intervention(2, "learning_rate", 0.3)])
    with tempfile.TemporaryDirectory() as folder:
        save(run, Path(folder) / "run.npz")
        back = load(Path(folder) / "run.npz")
    assert_equal_runs(back, run)
    assert_equal_runs(record(back.config, back.interventions), run)


def test_a_wide_run_is_replayed_as_it_was_recorded() -> None:
    run, again = looked_at_now_and_then(), Run(WIDE.replace(epochs=60))
    for frames in run.replay():
        again.append(frames)
    again.epochs_done = run.epochs_done
    assert_equal_runs(again, run)


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


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"g": None}, "is damaged"),
        ({"g": np.zeros((4, 2, 4))}, "g has shape (4, 2, 4), and (4, 10, 4) was expected"),
        ({"norms": np.zeros((4, 3, 4))}, "norms has shape (4, 3, 4), and (4, 4, 4) was expected"),
        ({"ratio": np.zeros((4, 4), np.float32)}, "is damaged"),
        ({"test_cost": np.zeros(3)}, "it holds 4 epochs and 3 numbers of test_cost"),
        ({"profile_accuracy": np.zeros(3)}, "accuracy has shape (3,), and (4,) was expected"),
        ({"promise": None}, "is damaged"),
        ({"manifest": {"config": SMALL.as_dict()}}, "h has shape (4, 10, 4), and (4, 2, 3) was expected"),
        ({"manifest": {"config": {**WIDE.as_dict(), "batch_size": 100}}}, "batch_size is 100, and there are 9 samples"),
    ],
)
def test_a_wide_run_whose_parts_do_not_fit_together_is_refused_in_a_sentence(tmp_path: Path, parts: dict[str, object], words: str) -> None:
    path = tmp_path / "run.npz"
    save(record(WIDE), path)
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
