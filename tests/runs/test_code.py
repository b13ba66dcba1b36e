"""An experiment copied as code: the programs run as they are, without GradViz, and their numbers are the run's own."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz import Config, __version__
from gradviz.core.config import (
    ActivationName,
    ClippingName,
    ConfigError,
    DecayName,
    DerivativeName,
    InitializationName,
    LossName,
    NormalizationName,
    OptimizerName,
    OutputName,
    ResidualName,
    Switch,
)
from gradviz.core.frames import Frames, WideFrames
from gradviz.core.interventions import Intervention
from gradviz.runs.code import numpy_code, pytorch_code
from gradviz.runs.files import FileError
from gradviz.runs.presets import presets
from gradviz.runs.run import training

WITHOUT_TORCH = importlib.util.find_spec("torch") is None
with_torch = pytest.mark.skipif(WITHOUT_TORCH, reason="Left out: the PyTorch code, which needs PyTorch: pip install -e '.[test,torch]'.")
Writer = Callable[..., str]
WRITERS = [pytest.param(numpy_code, id="numpy"), pytest.param(pytorch_code, id="torch", marks=with_torch)]

#: Runs every program of a folder as it is, and keeps the variables that it leaves.
RUNNER = """
import pathlib, runpy, sys
import numpy

def plain(value):
    return value.detach().double().numpy() if hasattr(value, "detach") else numpy.asarray(value, float)

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    with numpy.errstate(all="ignore"):
        left = runpy.run_path(str(path))
    layers = range(1, left["layers"])
    by_layer = {f"{name}{k}": plain(left[name][k]) for name in ("h", "g", "dw", "w") for k in layers}
    numpy.savez(path.with_suffix(".npz"), epoch=left["epoch"], cost=plain(left["cost"]), **by_layer)
assert "gradviz" not in sys.modules
"""
#: How near numbers of fewer digits than float64 are in a wide network, where matrices are multiplied by a library in an order of its own.
FEW_DIGITS = 2e-3
#: These divide a gradient by its own size: where it is 0 but for rounding, no two programs agree.
ENLARGING = ("rmsprop", "adam", "adamw")
SEVEN = {"inputs": (-0.5, 0.3, 0.5, 0.1, -1.0, 0.9, 0.2), "targets": (0.1, -0.3, 0.4, 0.2, 0.0, 0.6, 0.1)}


class Case(NamedTuple):
    """An experiment, the epoch that is shown, what is changed on the way, and how near, relatively, the program's numbers are."""

    config: Config
    epoch: int
    changes: tuple[Intervention, ...] = ()
    near: float = 1e-9


def outcomes(codes: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What these programs leave, run one after the other by a Python that finds nothing of ours."""
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for program, code in codes.items():
            (folder / f"{program}.py").write_text(code, encoding="utf-8")
        done = subprocess.run([sys.executable, "-I", "-c", RUNNER, name], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        for program in codes:
            with np.load(folder / f"{program}.npz") as arrays:
                found[program] = dict(arrays)
    return found


def all_agree(cases: list[Case], write: Writer) -> None:
    left = outcomes({f"case{place}": write(case.config, case.changes, case.epoch) for place, case in enumerate(cases)})
    for place, case in enumerate(cases):
        agree(case, left[f"case{place}"])


def agree(case: Case, left: Mapping[str, Any]) -> None:
    """The epoch, its cost, and h, g, dw and w of every layer are GradViz's."""
    frame = frame_of(case)
    assert left["epoch"] == frame.epoch[0]
    assert float(left["cost"]) == pytest.approx(float(frame.cost[0]), rel=case.near, abs=1e-300, nan_ok=True)
    (_wide_agrees if isinstance(frame, WideFrames) else _chain_agrees)(case, frame, left)


def frame_of(case: Case) -> Frames:
    """The shown epoch as GradViz has it, or the one that it diverged at before."""
    frame = None
    for block in training(case.config.replace(observe_every=1), case.changes):
        found = np.flatnonzero(block.epoch <= case.epoch)
        frame = block.rows(slice(found[-1], found[-1] + 1)) if found.size else frame
        if block.done > case.epoch:
            break
    assert frame is not None
    return frame


def _chain_agrees(case: Case, frame: Frames, left: Mapping[str, Any]) -> None:
    for k in range(1, case.config.layers):
        # what a sum over samples loses, it loses of its terms
        terms = float(np.abs(frame.h[0, :, k - 1] * frame.g[0, :, k]).max()) if case.near else 0.0
        for name, ours in (("h", frame.h[0, :, k]), ("g", frame.g[0, :, k]), ("dw", frame.dw[0, k]), ("w", frame.w[0, k])):
            lost = case.near * terms if name == "dw" else 0.0
            np.testing.assert_allclose(left[f"{name}{k}"], ours, rtol=case.near, atol=lost + 1e-321, err_msg=f"{name}[{k}] of {case}")


def _wide_agrees(case: Case, frame: WideFrames, left: Mapping[str, Any]) -> None:
    """By the root mean square of each layer, which is what a wide network's frames hold."""
    for name, profile in (("h", frame.h), ("g", frame.g), ("dw", frame.dw), ("w", frame.w)):
        found = [float(np.sqrt(np.mean(left[f"{name}{k}"] ** 2))) for k in range(1, case.config.layers)]
        ours = profile[0, 0, 1:]
        np.testing.assert_allclose(found, ours, rtol=case.near, atol=case.near * 1e-6 * ours.max(), err_msg=f"{name} of {case}")


# --- the presets ---------------------------------------------------------------------------------------------------------------------------

#: The epoch of each preset that is compared, where it is not 20: a converged cost is rounding, and an exploding gradient makes rounding large.
SHOWN = {"ten-layers": 5, "deep-1000": 5, "deep-2000": 3} | {name: 2 for name, preset in presets().items() if preset.config.wide}
SHOWN |= {"batch-norm-explodes": 1}
LESS_NEAR = {"batch-norm-explodes": 1e-6, "rnn-unrolled": 1e-6}
NUMPY_HAS_NOT = ("bfloat16",)


def case_of(name: str) -> Case:
    config = presets()[name].config
    near = LESS_NEAR.get(name, 1e-9) if config.number_format == "float64" or config.wide else 0.0
    return Case(config, SHOWN.get(name, 20), near=near)


@pytest.mark.parametrize("write", WRITERS)
def test_every_preset_comes_out_the_same_or_is_refused_in_a_sentence(write: Writer) -> None:
    names = [name for name in presets() if not (name in NUMPY_HAS_NOT and write is numpy_code)]
    left = outcomes({name: write(case_of(name).config, (), case_of(name).epoch) for name in names})
    for name in names:
        agree(case_of(name), left[name])


@pytest.mark.parametrize("write", WRITERS)
def test_a_thousand_epochs_of_the_notebooks_three_cases_come_out_the_same(write: Writer) -> None:
    all_agree([Case(presets()[name].config, 999, near=1e-9) for name in ("notebook-1a", "notebook-1b", "notebook-1d")], write)


def test_numpy_has_no_bfloat16_and_that_is_said() -> None:
    with pytest.raises(ConfigError, match="number_format is bfloat16, which NumPy has not; take the PyTorch code") as refused:
        numpy_code(presets()["bfloat16"].config)
    assert refused.value.name == "number_format"


@pytest.mark.parametrize("write", WRITERS)
def test_a_run_that_diverges_stops_at_its_epoch(write: Writer) -> None:
    wide = Config(layers=6, width=8, bias="on", activation="identity", initialization="normal", weight_scale=3.0, learning_rate=50.0, data="moons", samples=30)
    exploding = [presets()["explodes"].config, wide, wide.replace(batch_size=10)]
    left = outcomes({f"case{place}": write(config, (), 900) for place, config in enumerate(exploding)})
    for place, config in enumerate(exploding):
        frame = frame_of(Case(config, 900))
        assert left[f"case{place}"]["epoch"] == frame.epoch[0] < 900
        assert not np.isfinite(left[f"case{place}"]["cost"])


# --- anything that a config may be ---------------------------------------------------------------------------------------------------------


def changes_of(layers: int, epochs: int, wide: bool) -> st.SearchStrategy[tuple[Intervention, ...]]:
    """A few changes on the way, some of them behind the shown epoch."""
    knobs = [("learning_rate", 0.003), ("clipping", "norm"), ("clipping", "value"), ("clipping", "none"), ("clip_at", 0.02), ("w*", 0.9), ("w[1]*", -1.1)]
    knobs += [] if wide else [(f"w[{layers - 1}]", 0.7)]
    one = st.builds(lambda epoch, knob: Intervention(epoch, *knob), st.integers(0, epochs + 2), st.sampled_from(knobs))
    return st.lists(one, max_size=3).map(tuple)


@st.composite
def chains(draw: st.DrawFn, number_format: str) -> Case:
    samples = draw(st.integers(1, 9))
    places = st.lists(st.integers(-100, 100).map(lambda hundredths: hundredths / 100), min_size=samples, max_size=samples).map(tuple)
    config = Config(
        layers=draw(st.sampled_from([2, 3, 7, 20, 40])),
        activation=draw(st.sampled_from(get_args(ActivationName))),
        derivative=draw(st.sampled_from(get_args(DerivativeName))),
        number_format=number_format,
        initialization=draw(st.sampled_from(["constant", "normal"])),
        weight_scale=draw(st.sampled_from([0.5, 0.9, 1.0, -1.2, 1.7])),
        seed=draw(st.integers(0, 1000)),
        clipping=draw(st.sampled_from(get_args(ClippingName))),
        clip_at=draw(st.sampled_from([0.001, 0.1, 1.0])),
        learning_rate=draw(st.sampled_from([0.01, 0.1, 0.5])),
        inputs=draw(places),
        targets=draw(places),
    )
    epoch = draw(st.sampled_from([0, 1, 7, 20]))
    return Case(config, epoch, draw(changes_of(config.layers, epoch, wide=False)), near=1e-9 if number_format == "float64" else 0.0)


@pytest.mark.parametrize("write", WRITERS)
def test_any_chain_comes_out_the_same(write: Writer) -> None:
    @settings(max_examples=4 if write is numpy_code else 2)
    @given(st.lists(chains("float64"), min_size=25, max_size=25))
    def hold(cases: list[Case]) -> None:
        all_agree(cases, write)

    hold()


@pytest.mark.parametrize(
    ("write", "number_format"),
    [
        *((numpy_code, name) for name in ("float32", "float16")),
        *(pytest.param(pytorch_code, name, marks=with_torch) for name in ("float32", "float16", "bfloat16")),
    ],
)
def test_a_chain_of_fewer_digits_is_the_same_to_the_last_bit(write: Writer, number_format: str) -> None:
    @settings(max_examples=2)
    @given(st.lists(chains(number_format), min_size=25, max_size=25))
    def hold(cases: list[Case]) -> None:
        all_agree(cases, write)

    hold()


CHOICES: dict[str, tuple[str, ...]] = {
    "activation": get_args(ActivationName),
    "derivative": get_args(DerivativeName),
    "initialization": get_args(InitializationName),
    "residual": get_args(ResidualName),
    "normalization": get_args(NormalizationName),
    "clipping": get_args(ClippingName),
    "tied_weights": get_args(Switch),
    "bias": get_args(Switch),
    "loss": get_args(LossName),
    "output": get_args(OutputName),
    "optimizer": get_args(OptimizerName),
    "decay": get_args(DecayName),
    "data": ("samples", "xor", "circles", "moons", "spirals", "function", "digits"),
}


@st.composite
def wide_networks(draw: st.DrawFn, **fixed: str) -> Case:
    """Anything that a wide network can be, but for what is rounding alone: one input or two units that are normalized, equal units, nothing to learn."""
    chosen = {name: fixed.get(name) or draw(st.sampled_from(choices)) for name, choices in CHOICES.items()}
    if chosen["loss"] == "cross_entropy" or chosen["normalization"] != "none":
        chosen["data"] = "moons" if chosen["data"] in ("samples", "function") else chosen["data"]
    if chosen["normalization"] != "none" or chosen["optimizer"] in ENLARGING:
        chosen["initialization"] = "xavier" if chosen["initialization"] == "constant" else chosen["initialization"]
    if chosen["normalization"] == "batch" and chosen["optimizer"] in ENLARGING:
        chosen["bias"] = "off"
    between = chosen["residual"] != "none" or chosen["tied_weights"] == "on"
    config = Config(
        **chosen,
        **SEVEN,
        layers=draw(st.integers(4 if between else 3, 7)),
        width=draw(st.integers(3, 9)),
        bias_scale=draw(st.sampled_from([0.0, 0.3])),
        weight_scale=draw(st.sampled_from([0.5, 1.0, 1.3])),
        seed=draw(st.integers(0, 1000)),
        clip_at=draw(st.sampled_from([0.003, 0.1])),
        learning_rate=draw(st.sampled_from([0.0003, 0.001] if chosen["optimizer"] in ENLARGING else [0.001, 0.01])),
        momentum=draw(st.sampled_from([0.0, 0.5, 0.9])),
        beta2=draw(st.sampled_from([0.9, 0.999])),
        weight_decay=draw(st.sampled_from([0.01, 0.5])),
        warm_up=draw(st.sampled_from([0, 3, 11])),
        batch_size=draw(st.sampled_from([0, 4, 5])),
        samples=draw(st.sampled_from([20, 33])),
        noise=draw(st.sampled_from([0.0, 0.1])),
        test_share=draw(st.sampled_from([0.0, 0.3])),
        number_format=fixed.get("number_format", "float64"),
        epochs=12,
    )
    epoch = draw(st.integers(0, 4))
    return Case(config, epoch, draw(changes_of(config.layers, epoch, wide=True)), near=1e-6 if config.number_format == "float64" else FEW_DIGITS)


def left_over(config: Config) -> bool:
    """Whether a batch of one or two samples is left over: what batch norm makes of two is 1 and -1, of one nothing."""
    kept = 7 if config.data == "samples" else config.samples
    learned = kept - round(kept * config.test_share)
    return config.normalization == "batch" and config.batch_size > 0 and learned % config.batch_size in (1, 2)


@pytest.mark.parametrize("write", WRITERS)
def test_any_wide_network_comes_out_the_same(write: Writer) -> None:
    @settings(max_examples=6 if write is numpy_code else 2)
    @given(st.lists(wide_networks().filter(lambda case: not left_over(case.config)), min_size=25, max_size=25))
    def hold(cases: list[Case]) -> None:
        all_agree(cases, write)

    hold()


@pytest.mark.parametrize("write", WRITERS)
def test_every_choice_of_a_wide_network_comes_out_the_same(write: Writer) -> None:
    """One after the other, so that none is left out by chance."""
    plain = Config(layers=5, width=6, initialization="xavier", data="spirals", samples=30, loss="cross_entropy", learning_rate=0.01, epochs=12)
    cases = [Case(plain.replace(**{name: choice}), 3, near=1e-9) for name, choices in CHOICES.items() for choice in choices if name not in ("data", "loss")]
    cases += [Case(plain.replace(data=data, loss="mse", **SEVEN, test_share=0.3), 3, near=1e-9) for data in CHOICES["data"]]
    all_agree(cases, write)


@pytest.mark.parametrize("write", WRITERS)
def test_float32_is_the_same_as_far_as_its_digits_go(write: Writer) -> None:
    @settings(max_examples=2 if write is numpy_code else 1)
    @given(st.lists(wide_networks(number_format="float32", normalization="none", optimizer="sgd", initialization="orthogonal"), min_size=25, max_size=25))
    def hold(cases: list[Case]) -> None:
        all_agree(cases, write)

    hold()


# --- a table of one's own ------------------------------------------------------------------------------------------------------------------


def table(folder: Path, name: str = "plants.csv", rows: int = 30, kind: Callable[[int], object] = lambda row: "ab"[row % 2]) -> Path:
    draws = np.random.default_rng(3)
    path = folder / name
    cells = "".join(f"{a:.4f};{b:.4f};{kind(row)}\n" for row, (a, b) in enumerate(draws.standard_normal((rows, 2))))
    path.write_text(f"length;width;kind\n{cells}", encoding="utf-8")
    return path


def learning(path: Path, **changes: Any) -> Config:
    usual = {"layers": 4, "width": 5, "initialization": "xavier", "test_share": 0.2, "batch_size": 6, "learning_rate": 0.05}
    return Config(data="csv", csv_file=str(path), **{**usual, **changes})


@pytest.mark.parametrize("write", WRITERS)
def test_a_table_of_ones_own_travels_with_the_code_and_its_folder_does_not(write: Writer, tmp_path: Path) -> None:
    classes, numbers = learning(table(tmp_path), loss="cross_entropy"), learning(table(tmp_path, "sizes.csv", kind=lambda row: row * 0.37))
    all_agree([Case(config, 3) for config in (classes, numbers)], write)
    code = write(classes, (), 3)
    assert "plants.csv" in code
    assert str(tmp_path) not in code
    assert tmp_path.name not in code


def test_the_name_of_a_table_is_a_comment_and_nothing_else(tmp_path: Path) -> None:
    code = numpy_code(learning(table(tmp_path, "a\nimport os\n.csv")), (), 0)
    assert imported(code) == {"numpy"}
    assert "a\\nimport os\\n.csv" in code


def test_a_table_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="Cannot read"):
        numpy_code(learning(tmp_path / "gone.csv"))


def test_more_numbers_than_anyone_would_paste_are_refused_with_what_would_do(tmp_path: Path) -> None:
    large = learning(table(tmp_path, rows=21_000), samples=1_000_000)
    with pytest.raises(ConfigError, match="all 50,400 numbers that are learned, and may hold 50,000; it can be written for 16,666 samples at most") as refused:
        numpy_code(large)
    assert refused.value.name == "samples"
    assert numpy_code(large.replace(samples=16_666))
    many = tuple(np.linspace(-1, 1, 25_001))
    with pytest.raises(ConfigError, match="it can be written for 25,000 samples at most"):
        numpy_code(Config(layers=2, inputs=many, targets=many))


# --- the text ------------------------------------------------------------------------------------------------------------------------------


def imported(code: str) -> set[str]:
    return {name.name.partition(".")[0] for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Import | ast.ImportFrom) for name in node.names}


@pytest.mark.parametrize("name", [name for name in presets() if name not in NUMPY_HAS_NOT])
def test_nothing_but_the_library_is_imported(name: str) -> None:
    config = presets()[name].config
    assert imported(numpy_code(config)) <= {"math", "numpy"}
    assert "torch" in imported(pytorch_code(config)) <= {"math", "numpy", "torch"}


def test_pytorch_needs_no_numpy_where_nothing_is_drawn() -> None:
    assert imported(pytorch_code(presets()["notebook-1b"].config)) == {"torch"}


@pytest.mark.skipif(importlib.util.find_spec("ruff") is None, reason="Left out: what ruff says of the code, for ruff is not there: pip install -e '.[test]'.")
def test_ruff_finds_nothing_in_the_code(tmp_path: Path) -> None:
    for name, preset in presets().items():
        for write in (numpy_code, pytorch_code):
            if not (write is numpy_code and name in NUMPY_HAS_NOT):
                (tmp_path / f"{name}_{write.__name__}.py").write_text(write(preset.config), encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_header_says_what_it_is() -> None:
    header = [line for line in numpy_code(presets()["notebook-1b"].config, (), 7).splitlines() if line.startswith("# ")][:2]
    said = " ".join(line.removeprefix("# ") for line in header)
    assert said.startswith(f"The preset notebook-1b of GradViz {__version__}, trained to epoch 7 with NumPy alone.")
    assert said.endswith("What differs from the defaults: weight_scale = 5.0.")
    assert numpy_code(Config()).startswith("# The preset notebook-1a of GradViz")
    assert numpy_code(Config(layers=7)).startswith("# An experiment of GradViz")


def test_the_code_has_what_its_experiment_needs_and_no_more() -> None:
    chain = numpy_code(presets()["notebook-1b"].config, [Intervention(5, "clipping", "norm")], 4)
    assert len(chain.splitlines()) < 60
    assert not any(word in chain for word in ("clip", "norm", "sigmoid", "seed", "rounded"))
    wide = numpy_code(presets()["he-2015"].config)
    assert "velocity" in wide
    assert not any(word in wide for word in ("gain", "a[k]", "b[k]", "permutation", "rate_at", "learned[", "tanh"))


def test_a_change_stands_at_its_epoch_and_one_behind_the_shown_epoch_nowhere() -> None:
    changes = [Intervention(300, "w[12]", -1.0), Intervention(200, "learning_rate", 0.5), Intervention(900, "w*", 0.25)]
    code = numpy_code(Config(), changes, 500)
    assert code.index("if epoch == 200:\n        alpha = 0.5") < code.index("if epoch == 300:\n        w[12] = -1.0")
    assert "900" not in code
    assert "w[1:] *= 0.25" in numpy_code(Config(), changes, 900)


@pytest.mark.parametrize("write", WRITERS)
def test_it_prints_the_cost_in_full_and_gradients_of_a_few_layers(write: Writer, tmp_path: Path) -> None:
    program = tmp_path / "copied.py"
    program.write_text(write(presets()["notebook-1b"].config, (), 3), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", "-W", "error", str(program)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    first, *layers = done.stdout.splitlines()
    frame = frame_of(Case(presets()["notebook-1b"].config, 3))
    assert first.startswith("epoch 3: cost ")
    assert float(first.removeprefix("epoch 3: cost ")) == pytest.approx(frame.cost[0], rel=1e-12)
    assert [line.partition(":")[0] for line in layers] == ["layer 1", "layer 26", "layer 50", "layer 74", "layer 99"]
    assert f"|g| up to {np.abs(frame.g[0, :, 50]).max():.6g}, dw = {frame.dw[0, 50]:.6g}" in layers[2]


@pytest.mark.parametrize("epoch", [-1, 1000])
def test_an_epoch_that_there_is_not_is_a_sentence(epoch: int) -> None:
    with pytest.raises(ConfigError, match=f"epoch is {epoch:,}; it must be from 0 to 999, the last one"):
        numpy_code(Config(), (), epoch)


def test_a_change_that_the_network_cannot_have_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match=r"w\[5\] = 1 cannot be"):
        numpy_code(Config(layers=3), [Intervention(1, "w[5]", 1.0)])


def test_pytorch_has_no_batch_norm_of_one_sample_and_that_is_said() -> None:
    config = Config(layers=4, width=4, normalization="batch", data="moons", samples=21, batch_size=5)
    with pytest.raises(ConfigError, match="leaves one of the 21 samples over, and PyTorch has no batch norm of one; choose another batch_size, or the NumPy"):
        pytorch_code(config)
    all_agree([Case(config.replace(initialization="xavier"), 1, near=1e-6)], numpy_code)
