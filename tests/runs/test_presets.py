"""Presets and config files: one line for each parameter that differs; what is wrong with one is a sentence that names the file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from gradviz import Config, record, train
from gradviz.core.config import PARAMETERS, ConfigError
from gradviz.core.logdomain import log_profile
from gradviz.runs.files import FileError
from gradviz.runs.presets import presets, read_config
from gradviz.runs.resources import resource
from gradviz.runs.run import training


def test_the_notebooks_three_cases_come_first_and_differ_in_the_weight_scale_alone() -> None:
    assert list(presets())[:3] == ["notebook-1a", "notebook-1b", "notebook-1d"]
    scales = {"notebook-1a": 1.0, "notebook-1b": 5.0, "notebook-1d": 0.9}
    assert {name: presets()[name].config for name in scales} == {name: Config(weight_scale=scale) for name, scale in scales.items()}


@pytest.mark.parametrize("name", presets())
def test_every_preset_has_words_and_runs(name: str) -> None:
    preset = presets()[name]
    assert preset.name == name
    assert preset.title
    assert preset.description.endswith(".")
    assert next(training(preset.config)).epoch.tolist() == [0]


def test_what_the_presets_promise_is_so() -> None:
    assert record(presets()["ten-layers"].config.replace(epochs=500)).newest.cost[-1] < 1e-3 * record(presets()["ten-layers"].config).cost[0]
    assert not next(train(presets()["underflow"].config)).g[0, :, :10].any()
    ending = record(presets()["explodes"].config).ending
    assert ending is not None
    assert ending.kind == "diverged"
    float16 = next(train(presets()["float16"].config))
    assert not float16.g[0, :, :98].any()
    assert float16.g[0, :, 98:].all()
    bfloat16 = record(presets()["bfloat16"].config)
    assert (bfloat16.w[-1] == bfloat16.w[-2]).all(), "every update is rounded away"
    assert bfloat16.dw[-1, 1:].all(), "though every weight has a gradient"
    from_output = presets()["from-output"].config
    assert not next(train(from_output)).g.any()
    assert next(train(from_output.replace(derivative="exact"))).g[0, :, 1:].all()
    assert log_profile(presets()["deep-2000"].config, np.full(2000, 5.0)).du.decades[0, 1] == pytest.approx(-6079.16, abs=0.01)
    assert abs(next(train(presets()["random-weights"].config)).g[0, 0, 1]) < 1e-20


def test_resources_are_found_in_full() -> None:
    assert resource("presets.toml").is_file()
    assert resource("fonts").is_dir()
    assert tomllib.loads(resource("presets.toml").read_text(encoding="utf-8")).keys() == presets().keys()


def test_a_config_file_has_one_line_for_each_parameter_that_differs(tmp_path: Path) -> None:
    path = tmp_path / "steep.toml"
    path.write_text('title = "Steep"\nlayers = 7\nweight_scale = 2\nactivation = "relu"\ninputs = [1, 2.5]\n', encoding="utf-8")
    preset = read_config(path)
    assert (preset.name, preset.title) == ("steep", "Steep")
    assert preset.config == Config(layers=7, weight_scale=2.0, activation="relu", inputs=(1.0, 2.5))


def test_an_empty_config_file_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "empty.toml").touch()
    assert read_config(tmp_path / "empty.toml").config == Config()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("layers = 1", "layers is 1; it must be a whole number from 2 to 100,000."),
        ("layers = 1e3", "layers is 1000.0; it must be a whole number from 2 to 100,000."),
        ("layers = 99999999999999999999999", "layers is 99999999999999999999999; it must be a whole number from 2 to 100,000."),
        ("learning_rate = nan", "learning_rate is nan; it must be a finite number greater than 0."),
        ("activation = 'mish'", f"activation is 'mish'; it must be one of {', '.join(PARAMETERS['activation'].choices)}."),
        ("inputs = ['a']", "inputs is ['a']; it must be one or more finite numbers separated by commas."),
        ("targets = [1.0]", "targets has 1 value; it must have as many as inputs, which has 2."),
        ("epochs = 1979-05-27", "epochs is datetime.date(1979, 5, 27); it must be a whole number from 1 to 1,000,000,000."),
        ("depth = 5", f"There is no parameter 'depth'; the parameters are {', '.join(PARAMETERS)}."),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_the_files_name(tmp_path: Path, line: str, sentence: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(line)
    with pytest.raises(ConfigError) as refusal:
        read_config(path)
    assert str(refusal.value) == f"In '{path}': {sentence}"


@pytest.mark.parametrize("content", [b"layers 7", b"layers = \xff", b"\x89PNG\r\n\x1a\n", b"layers = " + b"9" * 5000, b"layers = 7\nlayers = 8"])
def test_a_file_that_is_not_toml_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(FileError) as refusal:
        read_config(path)
    assert str(refusal.value).startswith(f"'{path}' is not a TOML config: ")


def test_a_config_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError) as refusal:
        read_config(tmp_path / "nowhere.toml")
    assert str(refusal.value) == f"Cannot read '{tmp_path / 'nowhere.toml'}': No such file or directory."
