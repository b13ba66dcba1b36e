"""`gradviz theory`: numbers, a sentence, JSON, and a sentence for what cannot be."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

KEYS = ["q_star", "chi_1", "layers_per_decade", "trainable_depth", "phase", "gain"]


def printed(out: str) -> dict[str, str]:
    return dict(line.split(" = ") for line in out.splitlines() if " = " in line)


def test_the_numbers_are_printed_with_ten_digits_and_a_sentence(gradviz: Callable[..., Any]) -> None:
    said = gradviz("theory", "--activation", "tanh", "--sigma-w2", "1.7", "--sigma-b2", "0.05")
    assert (said.status, said.err) == (0, "")
    assert list(printed(said.out)) == KEYS
    assert printed(said.out)["q_star"] == "0.5330756279"
    assert printed(said.out)["chi_1"] == "0.986740809"
    assert printed(said.out)["phase"] == "ordered"
    assert said.out.splitlines()[-1].endswith("it vanishes, by a decade every 345 layers; about 450 layers can be trained.")


def test_json_has_the_same_numbers_in_full(gradviz: Callable[..., Any]) -> None:
    said = gradviz("theory", "--activation", "tanh", "--sigma-w2", "1.5", "--sigma-b2", "0.05", "--json")
    result = json.loads(said.out)
    text = printed(gradviz("theory", "--activation", "tanh", "--sigma-w2", "1.5", "--sigma-b2", "0.05").out)
    assert set(result) == {*KEYS, "activation", "sigma_w2", "sigma_b2", "xi_c", "sentence"}
    assert {name: f"{result[name]:.10g}" for name in KEYS if name != "phase"} == {name: text[name] for name in KEYS if name != "phase"}
    assert (result["phase"], result["activation"], result["sigma_w2"], result["sigma_b2"]) == ("ordered", "tanh", 1.5, 0.05)
    assert result["trainable_depth"] == pytest.approx(6.0 * result["xi_c"])


@pytest.mark.parametrize(("activation", "gain"), [("relu", 2.0**0.5), ("tanh", 1.0), ("sigmoid", 10.1493), ("leaky_relu", (2.0 / 1.0001) ** 0.5)])
def test_the_gain_is_the_scale_at_which_the_phase_turns(gradviz: Callable[..., Any], activation: str, gain: float) -> None:
    said = gradviz("theory", "--activation", activation, "--sigma-w2", "1")
    assert float(printed(said.out)["gain"]) == pytest.approx(gain, rel=1e-5)


def test_tanh_without_biases_is_what_is_meant_by_itself(gradviz: Callable[..., Any]) -> None:
    assert gradviz("theory", "--sigma-w2", "2").out == gradviz("theory", "--activation", "tanh", "--sigma-w2", "2", "--sigma-b2", "0").out


def test_what_is_infinite_is_said_in_words_and_null_in_json(gradviz: Callable[..., Any]) -> None:
    relu = gradviz("theory", "--activation", "relu", "--sigma-w2", "2.5")
    assert printed(relu.out)["q_star"] == "infinite"
    assert printed(relu.out)["phase"] == "chaotic"
    edge = json.loads(gradviz("theory", "--sigma-w2", "1", "--json").out)
    assert (edge["phase"], edge["layers_per_decade"], edge["trainable_depth"], edge["xi_c"]) == ("critical", None, None, None)
    assert gradviz("theory", "--sigma-w2", "0").status == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--sigma-w2", "-1"], "sigma_w2 is -1; it must be a number from 0 to 1e+100."),
        (["--sigma-w2", "nan"], "sigma_w2 is nan; it must be a number from 0 to 1e+100."),
        (["--sigma-w2", "inf"], "sigma_w2 is inf; it must be a number from 0 to 1e+100."),
        (["--sigma-w2", "much"], "sigma_w2 is 'much'; it must be a number from 0 to 1e+100."),
        (["--sigma-w2", "1", "--sigma-b2", "-0.5"], "sigma_b2 is -0.5; it must be a number from 0 to 1e+100."),
        (["--sigma-w2", "1", "--sigma-b2", ""], "sigma_b2 is ''; it must be a number from 0 to 1e+100."),
        (["--sigma-w2", "1", "--activation", "cosine"], "activation is 'cosine'; it must be one of tanh, sigmoid, relu,"),
        ([], "Missing option '--sigma-w2'"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_bad_usage(gradviz: Callable[..., Any], arguments: list[str], sentence: str) -> None:
    said = gradviz("theory", *arguments)
    assert (said.status, said.out) == (2, "")
    assert sentence in said.err
    assert "Traceback" not in said.err


LOADED = """
import sys
from gradviz.cli import main
main(["theory", "--activation", "gelu", "--sigma-w2", "2", "--sigma-b2", "0.3"])
print({"numba", "PyQt6", "pyqtgraph"} & set(sys.modules))
"""


def test_no_compiler_and_no_window_is_waited_for(tmp_path: Path, python_environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=tmp_path, env=python_environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "set()"


def test_a_terminal_of_an_old_code_page_gets_its_sentence_too(tmp_path: Path, python_environment: dict[str, str]) -> None:
    code = "from gradviz.cli import main; raise SystemExit(main(['theory', '--sigma-w2', '1e60']))"
    environment = {**python_environment, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "10^30" in done.stdout
