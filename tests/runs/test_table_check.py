"""What is found of a person's table before anything is trained, and the network that is proposed for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradviz.core.config import Config, ConfigError
from gradviz.runs import table_check
from gradviz.runs.csv_table import read_table
from gradviz.runs.data import dataset
from gradviz.runs.files import FileError
from gradviz.runs.run import record
from gradviz.runs.table_check import ASKED, TableCheck, asked_of_table, check_table, config_for, glance, learning, suited_loss

FLOWERS = "petal,sepal,kind\n1,2,rose\n2,3,lily\n3,5,rose\n4,1,lily\n5,5,rose\n"
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def asked(path: Path | str, **others: Any) -> tuple[Any, ...]:
    found = asked_of_table(Config(data="csv", csv_file=str(path), **others).as_dict())
    assert found is not None
    return found


def test_a_good_table_is_complete_and_has_nothing_against_it(write: Write) -> None:
    check = check_table(asked(write(FLOWERS)))
    assert (check.columns, check.loss, check.refusal, check.complete) == (("petal", "sepal", "kind"), "cross_entropy", None, True)


def test_a_glance_knows_the_columns_and_no_more(write: Write) -> None:
    check = glance(asked(write(FLOWERS + "gap,,\n")))
    assert (check.columns, check.loss, check.refusal, check.complete) == (("petal", "sepal", "kind"), "", None, False)


@pytest.mark.parametrize(
    ("text", "others", "name", "sentence"),
    [
        (FLOWERS + "6,,rose\n", {}, "csv_file", "Cannot use 'table.csv': line 7 has nothing in column 'sepal'; fill the gap, or delete the line."),
        (
            FLOWERS,
            {"csv_target": "colour"},
            "csv_target",
            "csv_target is 'colour', and the table has no such column; its columns are 'petal', 'sepal', 'kind'.",
        ),
        (FLOWERS, {"batch_size": 9}, "batch_size", "batch_size is 9, and the table gives 5 samples to learn from; it must be 5 at most, or 0 for all of them."),
        (
            "a,y\n1,2.5\n2,3\n",
            {"loss": "cross_entropy"},
            "loss",
            "loss is cross_entropy, and the target column 'y' holds 2.5 in line 2, which is no class; "
            "choose mse, or a target column of names or of whole numbers.",
        ),
        (
            "a,y\n1,2\n2,3\n",
            {"normalization": "batch", "test_share": 0.5},
            "normalization",
            "normalization is batch, and the table gives one sample to learn from: less its own mean it is always 0.",
        ),
    ],
)
def test_what_is_wrong_stands_beside_its_field_without_the_folder(write: Write, text: str, others: dict[str, Any], name: str, sentence: str) -> None:
    check = check_table(asked(write(text), **others))
    assert check.refusal == (name, sentence)
    assert check.complete
    assert check.columns  # so that another one can be chosen


def test_a_file_that_is_not_there_is_found_out_too(tmp_path: Path) -> None:
    check = check_table(asked(tmp_path / "none.csv"))
    assert (check.refusal, check.columns, check.found) == (("csv_file", "Cannot read 'none.csv': No such file or directory."), (), None)


def test_too_little_memory_is_a_sentence(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(table_check, "read_table", full)
    check = check_table(asked(write(FLOWERS)))
    assert check.refusal == ("csv_file", "Cannot read 'table.csv': there is not enough memory for it; keep fewer of its lines.")


@pytest.mark.parametrize(
    "others", [{}, {"loss": "cross_entropy"}, {"csv_target": "sepal"}, {"batch_size": 5}, {"batch_size": 6}, {"samples": 2, "test_share": 0.5}]
)
@pytest.mark.parametrize("normalization", ["none", "layer", "batch"])
@pytest.mark.parametrize("text", [FLOWERS, FLOWERS.replace("5,5,rose\n", ""), FLOWERS + "1,2\n"])
def test_the_answer_is_what_the_data_of_any_other_config_come_to(write: Write, text: str, normalization: Any, others: dict[str, Any]) -> None:
    config = Config(data="csv", csv_file=str(write(text)), width=7, layers=4, seed=3, normalization=normalization, **others)
    check = check_table(asked(config.csv_file, normalization=normalization, width=7, **others))
    if check.refusal is None:
        assert len(dataset(config).inputs) >= 1
        return
    with pytest.raises((ConfigError, FileError)) as refused:
        dataset(config)
    assert check.refusal[1] == str(refused.value).replace(config.csv_file, "table.csv")


def test_nothing_is_asked_without_a_table() -> None:
    assert asked_of_table(Config(csv_file="a.csv").as_dict()) is None
    assert asked_of_table({**Config().as_dict(), "data": "csv"}) is None
    assert asked("a.csv") == tuple(getattr(Config(), name) if name != "csv_file" else "a.csv" for name in ASKED)


def test_an_outdated_check_keeps_the_columns_only(write: Write) -> None:
    check = check_table(asked(write(FLOWERS), batch_size=9)).outdated()
    assert isinstance(check, TableCheck)
    assert (check.columns, check.refusal, check.complete) == (("petal", "sepal", "kind"), None, False)


@pytest.mark.parametrize(
    ("targets", "loss"),
    [
        (["rose", "lily", "rose"], "cross_entropy"),
        (["0", "1", "1"], "cross_entropy"),
        (["1", "2", "3"], "cross_entropy"),
        (["0.0", "1.0", "2.0"], "cross_entropy"),
        (["0", "2", "4"], "mse"),
        (["3", "4", "5"], "mse"),
        (["0.5", "1.5", "1"], "mse"),
        ([str(count) for count in range(11)], "mse"),
        (["1", "1", "1"], "mse"),
        (["2.5", "?", "3"], "mse"),
    ],
)
def test_the_loss_suits_the_target(write: Write, targets: list[str], loss: str) -> None:
    assert suited_loss(read_table(write("a,y\n" + "".join(f"{place},{target}\n" for place, target in enumerate(targets))))) == loss


def test_a_chain_gives_way_to_a_network_and_another_stays(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(FLOWERS)
    chain = learning(path, Config(layers=30, weight_scale=5.0, number_format="bfloat16"))
    assert (chain.width, chain.layers, chain.bias, chain.initialization, chain.test_share, chain.weight_scale) == (16, 10, "on", "xavier", 0.2, 1.0)
    wide = Config(width=5, layers=4, residual="plain", activation="relu", csv_target="colour")
    assert learning(path, wide) == wide.replace(data="csv", csv_file=str(path), csv_target="")
    monkeypatch.chdir(path.parent)
    assert learning(Path("table.csv"), wide).csv_file == str(path)


def test_the_proposed_network_learns_the_table(write: Write) -> None:
    path = write("a,b,kind\n" + "".join(f"{x},{y},{'in' if x * x + y * y < 20 else 'out'}\n" for x in range(-6, 7) for y in range(-6, 7)))
    config = config_for(path)
    assert config.loss == "cross_entropy"
    run = record(config.replace(epochs=1000))
    assert run.score("accuracy")[-1] > 0.9
    with pytest.raises(FileError):
        config_for(path.parent)
