"""`gradviz replay`: what a saved run was, and whether it is the same trained again."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from gradviz import Config, record
from gradviz.core.frames import Frames
from gradviz.core.interventions import Intervention
from gradviz.core.training import Training
from gradviz.runs import provenance
from gradviz.runs.presets import presets
from gradviz.runs.run import Run, training
from gradviz.runs.store import save

CHANGES = [Intervention(20, "learning_rate", 0.5), Intervention(30, "w[2]*", 0.9)]


def saved(path: Path, config: Config, changes: list[Intervention] | None = None) -> Run:
    run = record(config, changes or [])
    save(run, path)
    return run


def altered(path: Path) -> tuple[float, float]:
    """A run whose record says that one weight was a little greater; both values."""
    run = record(Config(epochs=40))
    w = run.w.copy()
    w[17, 3] = np.nextafter(w[17, 3], 2.0)
    frames = Frames(**{**run.frames.columns(), "w": w})
    save(Run.restored(run.config, frames, {"epoch": run.epoch, "cost": run.cost}, [], run.ending, 1, 40), path)
    return float(w[17, 3]), float(run.w[17, 3])


def test_without_check_it_says_what_the_run_was(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    config = presets()["notebook-1b"].config.replace(epochs=50, learning_rate=0.2)
    run = saved(tmp_path / "run.npz", config, CHANGES)
    said = gradviz("replay", "run.npz")
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[:4] == [
        "run.npz: notebook-1b with learning_rate = 0.2, epochs = 50.",
        "Changed at epoch 20: learning_rate = 0.5",
        "Changed at epoch 30: w[2] × 0.9",
        "50 epochs done.",
    ]
    assert lines[4].startswith(f"Cost from {run.cost[0]:.10g} to {run.cost[-1]:.10g}. Vanishing: ")
    assert lines[5] == "50 of 50 epochs trained, 50 of them observed: every cost is kept, and all profiles."
    assert lines[6] == f"Recorded with {provenance.this_machine(config)}."
    assert len(lines) == 7


def test_a_preset_as_it_is_has_no_differences(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    saved(tmp_path / "run.npz", presets()["ten-layers"].config)
    assert gradviz("replay", "run.npz").out.startswith("run.npz: ten-layers.\n")


def test_of_many_changes_and_samples_the_first_are_shown(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    config = Config(layers=4, epochs=50, inputs=tuple(np.linspace(-1, 1, 60)), targets=(0.5,) * 60)
    saved(tmp_path / "run.npz", config, [Intervention(epoch, "w*", 1.01) for epoch in range(10, 40)])
    out = gradviz("replay", "run.npz").out
    assert out.count("Changed at epoch") == 20
    assert "\nand 10 more changes; --json lists them all.\n" in out
    assert max(map(len, out.splitlines())) < 400


def test_a_thinned_run_says_what_is_left(gradviz: Callable[..., Any]) -> None:
    assert gradviz("train", "notebook-1a", "--epochs", "3000", "--memory", "1", "--out", "run.npz").status == 0
    said = gradviz("replay", "run.npz", "--check")
    assert said.status == 0
    assert "3,000 of 3,000 epochs trained, 3,000 of them observed: every cost is kept, and the profiles of 48, one in 64 and the last.\n" in said.out
    assert re.search(r"Bit for bit the same: 3,000 epochs, 5 columns, [\d,]+ numbers, and the extremes of 47 spans\.\n$", said.out)


def test_a_stopped_run_is_said_and_checked_up_to_there(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    run = record(Config(epochs=60)).before(25)
    save(run, tmp_path / "on-its-way.npz")
    run.stop()
    save(run, tmp_path / "stopped.npz")
    for name, words in (("on-its-way.npz", "Recorded: 25 of 60 epochs."), ("stopped.npz", "Stopped after 25 of 60 epochs.")):
        said = gradviz("replay", name, "--check")
        assert said.status == 0
        assert f"\n{words}\n" in said.out
        assert "\nBit for bit the same: 25 epochs, " in said.out


@pytest.mark.parametrize("wide", [False, True])
def test_with_check_it_is_trained_again_with_its_changes(gradviz: Callable[..., Any], tmp_path: Path, wide: bool) -> None:
    values: dict[str, Any] = {"width": 3, "bias": "on", "initialization": "normal", "data": "moons", "samples": 12} if wide else {}
    saved(tmp_path / "run.npz", Config(layers=5, epochs=60, **values), CHANGES)
    said = gradviz("replay", "run.npz", "--check")
    assert (said.status, said.err) == (0, "")
    assert f"\nBit for bit the same: 60 epochs, {16 if wide else 5} columns, " in said.out


def test_where_it_first_differs_is_said_with_both_values_and_why(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    recorded, trained = altered(tmp_path / "run.npz")
    said = gradviz("replay", "run.npz", "--check")
    assert (said.status, said.err) == (1, "")
    last = said.out.splitlines()[-1]
    assert last.startswith(f"Not the same: at epoch 17, w of layer 3 is {recorded!r} in the record and {trained!r} trained again. ")
    assert last.endswith(
        "; another version of a library, or another kind of processor, may round a number's last bit differently, and so does a change of GradViz itself."
    )


def test_other_versions_are_named_where_it_differs(gradviz: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = provenance.this_machine(Config())
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("gradviz.runs.store.this_machine", lambda _: msgspec.structs.replace(here, numpy="1.26.4", machine="riscv64"))
        altered(tmp_path / "run.npz")
    said = gradviz("replay", "run.npz", "--check")
    assert said.status == 1
    assert said.out.endswith(f"it was recorded with numpy 1.26.4, numba {here.numba} on riscv64, and this is {here}.\n")


def test_json_has_it_all_as_one_object(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    run = saved(tmp_path / "run.npz", Config(epochs=50), CHANGES)
    said = gradviz("replay", "run.npz", "--json")
    result = json.loads(said.out)
    assert (said.status, said.err) == (0, "")
    assert Config(**result["config"]) == run.config
    assert result["interventions"] == [msgspec.structs.asdict(change) for change in CHANGES]
    assert (result["ended"], result["reason"], result["epochs_done"], result["profiles_kept"], result["stride"]) == ("done", "50 epochs done.", 50, 50, 1)
    assert (result["cost_first"], result["cost_last"]) == (run.cost[0], run.cost[-1])
    assert result["verdict"]["kind"]
    assert "check" not in result
    checked = json.loads(gradviz("replay", "run.npz", "--json", "--check").out)["check"]
    assert (checked["same"], checked["epochs"], checked["difference"]) == (True, 50, None)


def test_json_says_where_it_differs(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    recorded, trained = altered(tmp_path / "run.npz")
    said = gradviz("replay", "run.npz", "--json", "--check")
    assert said.status == 1
    found = json.loads(said.out)["check"]
    assert found["same"] is False
    assert found["difference"] == {"epoch": 17, "column": "w", "recorded": recorded, "trained": trained, "layer": 3, "row": "", "extreme": ""}


def test_quiet_leaves_the_exit_status(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    saved(tmp_path / "same.npz", Config(epochs=50))
    altered(tmp_path / "altered.npz")
    assert gradviz("replay", "same.npz", "--check", "--quiet") == (0, "", "")
    assert gradviz("replay", "altered.npz", "--check", "--quiet") == (1, "", "")


def test_a_file_that_is_none_is_a_sentence(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("hello")
    assert gradviz("replay", "nowhere.npz") == (1, "", "Cannot read 'nowhere.npz': No such file or directory.\n")
    assert gradviz("replay", "text.npz", "--check").err.startswith("'text.npz' is not a run saved by GradViz")


def test_a_table_that_changed_or_is_gone_is_a_sentence(gradviz: Callable[..., Any], tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,b,y\n" + "".join(f"{k},{k % 3},{k % 7}\n" for k in range(30)))
    saved(tmp_path / "run.npz", Config(layers=4, width=3, bias="on", initialization="normal", output="linear", data="csv", csv_file=str(table), epochs=9))
    assert gradviz("replay", "run.npz", "--check").status == 0
    table.write_text(table.read_text() + "1,1,1\n")
    assert gradviz("replay", "run.npz", "--check") == (
        *(1, ""),
        f"The table '{table}' is not what it was when the run was saved, so that training again gives other numbers.\n",
    )
    table.unlink()
    assert gradviz("replay", "run.npz", "--check") == (1, "", f"Cannot read '{table}': No such file or directory.\n")
    assert gradviz("replay", "run.npz").status == 0, "what it was can be said without it"


def test_what_the_machine_has_no_memory_for_is_refused_before_it_is_trained(
    gradviz: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(tmp_path / "run.npz", Config(layers=4, width=3, bias="on", initialization="normal", data="moons", epochs=2))
    monkeypatch.setattr("gradviz.runs.machine.ALWAYS_THERE", 0)
    monkeypatch.setattr("gradviz.runs.machine.available", lambda: 10)
    said = gradviz("replay", "run.npz", "--check")
    assert (said.status, said.out) == (2, "")
    assert "This machine has " in said.err


def test_ctrl_c_ends_the_check_and_says_how_far_it_was_the_same(gradviz: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path / "run.npz", Config(epochs=2000))

    def pressing(config: Config, changes: list[Intervention]) -> Training:
        for number, frames in enumerate(training(config, changes)):
            if number == 2:
                signal.raise_signal(signal.SIGINT)
            yield frames

    monkeypatch.setattr("gradviz.runs.replay.training", pressing)
    before = signal.getsignal(signal.SIGINT)
    said = gradviz("replay", "run.npz", "--check")
    assert signal.getsignal(signal.SIGINT) is before
    assert (said.status, said.out) == (130, "")
    assert re.fullmatch(r"Stopped: [\d,]+ of 2,000 epochs were the same until then\.\n", said.err)


def test_on_a_terminal_a_bar_shows_how_far_the_check_is(tmp_path: Path, python_environment: dict[str, str]) -> None:
    saved(tmp_path / "run.npz", Config(epochs=3000))
    command = [sys.executable, "-c", "from gradviz.cli import main; raise SystemExit(main())", "replay", "run.npz", "--check"]
    terminal, screen = pty.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))  # 24 lines of 120 columns
    process = subprocess.Popen(command, cwd=tmp_path, env=python_environment, stdout=subprocess.PIPE, stderr=screen, text=True)
    os.close(screen)
    shown = b""
    try:
        while not re.search(rb"/3\.00k .*epochs/s", shown) and select.select([terminal], [], [], 60.0)[0]:
            shown += os.read(terminal, 65536)
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    assert b"run.npz, again: " in shown
    assert process.returncode == 0
    assert "Bit for bit the same: 3,000 epochs" in out
