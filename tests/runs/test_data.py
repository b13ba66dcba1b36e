"""The data that a config names: the digits as their authors published them, and a table's columns as a network likes them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradviz.core.combinations import DIGITS, training_samples
from gradviz.core.config import Config, ConfigError
from gradviz.core.datasets import drawn
from gradviz.runs import data as data_of_runs
from gradviz.runs.data import dataset, digits
from gradviz.runs.files import FileError
from gradviz.runs.resources import resource

Write = Callable[..., Config]


@pytest.fixture
def csv_config(tmp_path: Path) -> Write:
    """A config whose table holds this text."""

    def write(text: str, **changes: Any) -> Config:
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return Config(**{"data": "csv", "csv_file": str(path), **changes})

    return write


def refused(config: Config) -> tuple[str, str]:
    with pytest.raises(ConfigError) as refusal:
        dataset(config)
    return refusal.value.name, str(refusal.value)


def test_the_digits_are_the_published_ones() -> None:
    pixels, kinds = digits()
    assert pixels.shape == (DIGITS, 64)
    assert (pixels.min(), pixels.max()) == (0, 16)
    assert np.bincount(kinds).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    # computed from the text file that scikit-learn ships, one byte for each number
    assert hashlib.sha256(pixels.astype(np.uint8).tobytes()).hexdigest() == "8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3"
    assert hashlib.sha256(kinds.astype(np.uint8).tobytes()).hexdigest() == "8ba4f891220f5e4c9c819638d1602d74b83618f167043c6da52a2a247841ddf0"


def test_the_digits_come_with_their_source_and_licence() -> None:
    words = resource("digits.txt").read_text(encoding="utf-8")
    assert "https://doi.org/10.24432/C50P49" in words
    assert "CC BY 4.0" in words
    assert resource("licenses/CC-BY-4.0.txt").read_text(encoding="utf-8").startswith("Attribution 4.0 International")
    assert resource("digits.npz").stat().st_size < 100_000


def test_all_digits_together_have_mean_0_and_mean_square_1() -> None:
    data = dataset(Config(data="digits", samples=5000))
    assert data.inputs.shape == (DIGITS, 64)
    assert data.classes == tuple("0123456789")
    assert data.inputs.mean() == pytest.approx(0, abs=1e-12)
    assert data.mean_square == pytest.approx(1, rel=1e-12)


def test_a_digit_and_its_class_stay_together() -> None:
    pixels, kinds = digits()
    data = dataset(Config(data="digits", samples=300, test_share=0.2, seed=7))
    known = {tuple(picture): kind for picture, kind in zip(pixels.tolist(), kinds.tolist(), strict=True)}
    for inputs, targets in ((data.inputs, data.targets), (data.test_inputs, data.test_targets)):
        back = np.rint(inputs * pixels.std() + pixels.mean()).tolist()
        assert [known[tuple(picture)] for picture in back] == targets.argmax(axis=1).tolist()
        assert (targets.sum(axis=1) == 1).all()


@pytest.mark.parametrize(("samples", "share"), [(2, 0.5), (100, 0.0), (100, 0.3), (1797, 0.25), (100_000, 0.1)])
def test_as_many_digits_as_the_config_counts_and_none_twice(samples: int, share: float) -> None:
    config = Config(data="digits", samples=samples, test_share=share)
    data = dataset(config)
    assert len(data.inputs) == training_samples(config)
    both = np.vstack([data.inputs, data.test_inputs])
    assert len(np.unique(both, axis=0)) == len(both) == min(samples, DIGITS)


def test_the_seed_chooses_the_digits() -> None:
    first, again, other = (dataset(Config(data="digits", samples=50, seed=seed)).inputs for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert len(np.unique(np.vstack([first, other]), axis=0)) > 50


@pytest.mark.parametrize("name", ["samples", "xor", "function"])
def test_what_needs_no_file_is_what_core_draws(name: Any) -> None:
    config = Config(data=name)
    expected = drawn(config)
    assert expected is not None
    np.testing.assert_array_equal(dataset(config).inputs, expected.inputs)


def test_numbers_to_predict_are_scaled_into_what_tanh_answers(csv_config: Write) -> None:
    rows = [(place, 7, 100 + place) for place in range(20)]
    data = dataset(csv_config("a,constant,y\n" + "\n".join(f"{a},{c},{y}" for a, c, y in rows)))
    assert data.classes == ()
    assert data.inputs.mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert data.inputs.std(axis=0) == pytest.approx([1, 0])
    assert (data.targets.min(), data.targets.max()) == pytest.approx((-0.8, 0.8))
    assert np.corrcoef(data.inputs[:, 0], data.targets[:, 0])[0, 1] == pytest.approx(1)


def test_the_training_part_alone_decides_the_scale(csv_config: Write) -> None:
    text = "a,y\n" + "\n".join(f"{place**3},{place**2}" for place in range(40))
    data = dataset(csv_config(text, test_share=0.25, seed=3))
    assert (len(data.inputs), len(data.test_inputs)) == (30, 10)
    assert (data.inputs.mean(), data.inputs.std()) == pytest.approx((0, 1))
    assert (data.targets.min(), data.targets.max()) == pytest.approx((-0.8, 0.8))
    # y = (a^(1/3))^2 of every sample: two unknown straight lines, and the same for both parts
    features, answers = np.vstack([data.inputs, data.test_inputs])[:, 0], np.vstack([data.targets, data.test_targets])[:, 0]
    order = np.argsort(features)
    np.testing.assert_allclose(np.polyval(np.polyfit(np.arange(40) ** 3, features[order], 1), np.arange(40) ** 3), features[order], atol=1e-9)
    np.testing.assert_allclose(np.polyval(np.polyfit(np.arange(40) ** 2, answers[order], 1), np.arange(40) ** 2), answers[order], atol=1e-9)


NAMED = "a,kind\n1,cat\n2,dog\n3,ant\n4,cat\n"


@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
def test_names_are_classes_with_either_loss(csv_config: Write, loss: str) -> None:
    data = dataset(csv_config(NAMED, loss=loss))
    assert data.classes == ("ant", "cat", "dog")
    assert data.targets[np.argsort(data.inputs[:, 0])].tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_whole_numbers_are_classes_where_the_loss_asks_for_them(csv_config: Write) -> None:
    text = "a,y\n1,10\n2,9\n3,-1\n4,10.0\n"
    data = dataset(csv_config(text, loss="cross_entropy"))
    assert data.classes == ("-1", "9", "10")
    assert data.targets[np.argsort(data.inputs[:, 0])].argmax(axis=1).tolist() == [2, 1, 0, 2]
    assert dataset(csv_config(text)).classes == ()


def test_names_that_look_like_numbers_may_be_among_the_classes(csv_config: Write) -> None:
    assert dataset(csv_config("a,y\n1,2a\n2,3\n", loss="cross_entropy")).classes == ("2a", "3")


def test_at_most_so_many_lines_are_taken_as_samples_asks_and_the_seed_says_which(csv_config: Write) -> None:
    text = "a,y\n" + "\n".join(f"{place},{place}" for place in range(50))
    config = csv_config(text, samples=20)
    first, again, other = dataset(config), dataset(config), dataset(config.replace(seed=1))
    assert len(first.inputs) == 20
    np.testing.assert_array_equal(first.inputs, again.inputs)
    assert not np.array_equal(first.inputs, other.inputs)
    assert len(dataset(config.replace(samples=500)).inputs) == 50


def test_the_classes_are_the_whole_tables_however_few_samples_are_taken(csv_config: Write) -> None:
    text = "a,y\n" + "\n".join(f"{place},c{place % 5}" for place in range(50))
    assert dataset(csv_config(text, samples=2)).outputs == 5


ASKED_TOO_MUCH: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "batch": (NAMED, {"batch_size": 5}, "batch_size", "batch_size is 5, and the table gives 4 samples to learn from; it must be 4 at most, or 0"),
    "batch beside the test": (NAMED, {"batch_size": 4, "test_share": 0.25}, "batch_size", "batch_size is 4, and the table gives 3 samples"),
    "fractions as classes": (
        "a,y\n1,2\n2,2.5\n",
        {"loss": "cross_entropy"},
        "loss",
        "loss is cross_entropy, and the target column 'y' holds 2.5 in line 3, which is no class; choose mse, or",
    ),
    "numbers beyond counting": ("a,y\n1,1\n2,1e300\n", {"loss": "cross_entropy"}, "loss", "holds 1e300 in line 3, which is no class"),
    "numbers and text": (
        "a,y\n1,2\n2,?\n3,4\n",
        {},
        "csv_target",
        "The target column 'y' holds numbers, and in line 3 '?'; it must hold finite numbers only, or names of classes only.",
    ),
    "NaN to predict": ("a,y\n1,2\n2,nan\n3,4\n", {}, "csv_target", "holds numbers, and in line 3 'nan'"),
    "NaN among classes": ("a,y\n1,0\n2,nan\n3,1\n", {"loss": "cross_entropy"}, "csv_target", "holds numbers, and in line 3 'nan'"),
    "one class": ("a,y\n1,cat\n2,cat\n", {}, "csv_target", "The target column 'y' holds one class only, 'cat' in every line: there is nothing to learn"),
    "one class of numbers": ("a,y\n1,1\n2,1.0\n", {"loss": "cross_entropy"}, "csv_target", "holds one class only, '1' in every line"),
    "one number": ("a,y\n1,3\n2,3.0\n", {}, "csv_target", "The target column 'y' holds one number only, '3' in every line"),
    "unknown target": (NAMED, {"csv_target": "y"}, "csv_target", "csv_target is 'y', and the table has no such column; its columns are 'a', 'kind'."),
    "serial numbers": (
        "a,id\n" + "\n".join(f"{place},n{place}" for place in range(1001)),
        {},
        "csv_target",
        "The target column 'id' holds 1,001 classes; it must be 1,000 at most.",
    ),
    "nothing to normalise": (
        "a,y\n1,2\n2,3\n",
        {"normalization": "batch", "layers": 5, "test_share": 0.5},
        "normalization",
        "normalization is batch, and the table gives one sample to learn from",
    ),
}


@pytest.mark.parametrize(("text", "changes", "name", "sentence"), ASKED_TOO_MUCH.values(), ids=ASKED_TOO_MUCH)
def test_what_a_table_has_not_is_a_sentence_beside_the_field(csv_config: Write, text: str, changes: dict[str, Any], name: str, sentence: str) -> None:
    config = csv_config(text, **changes)
    field, said = refused(config)
    assert field == name
    assert sentence in said
    assert said.endswith(".")


def test_so_many_classes_that_targets_would_fill_the_memory_are_refused(csv_config: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_of_runs, "MOST_CELLS", 11)
    config = csv_config(NAMED, samples=200)
    assert refused(config) == ("samples", "samples is 200, and the table has 3 classes; with so many it must be 3 at most.")
    assert len(dataset(config.replace(samples=3)).inputs) == 3


def test_what_is_wrong_with_the_file_is_its_own_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        dataset(Config(data="csv", csv_file=str(tmp_path / "none.csv")))


def test_missing_digits_are_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_of_runs, "resource", lambda name: tmp_path / name)
    with pytest.raises(FileError, match=r"Cannot read .*digits\.npz"):
        digits.__wrapped__()
