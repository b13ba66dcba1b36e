"""What the machine has, and configs that are too large for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gradviz.core.config import Config, ConfigError
from gradviz.core.memory import needed, size
from gradviz.runs import machine

GB = 1024**3


@pytest.fixture
def gigabytes(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A machine with so many gigabytes."""
    return lambda count: monkeypatch.setattr(machine, "available", lambda: int(count * GB))


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="the authority is Linux's own table")
def test_what_is_available_is_what_the_system_says() -> None:
    table = {line.split(":")[0]: 1024 * int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if line.endswith(" kB")}
    own = 1024 * next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    assert machine.available() == pytest.approx(table["MemAvailable"] + own, rel=0.1)
    assert own < machine.available() <= table["MemTotal"] + own


def test_an_ordinary_config_does_not_ask_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> int:
        raise AssertionError("psutil takes 20 ms to import, and the window starts with this")

    monkeypatch.setattr(machine, "available", asked)
    assert machine.refusal(Config()) is None
    assert machine.fitting(Config(layers=50, width=64)) == Config(layers=50, width=64)


@pytest.mark.parametrize(
    ("values", "name", "said"),
    [
        ({"layers": 50, "width": 5000}, "width", "width is 5,000, and the training needs "),
        ({"layers": 20_000, "width": 100}, "layers", "layers is 20,000, and the training needs "),
        ({"layers": 500, "width": 100, "data": "moons", "samples": 100_000}, "batch_size", "batch_size is 0, all 100,000 samples, and the training needs "),
        ({"layers": 500, "width": 100, "data": "moons", "samples": 100_000, "batch_size": 50_000}, "batch_size", "batch_size is 50,000, and the training"),
        ({"layers": 50_000, "inputs": (0.5,) * 400, "targets": (0.5,) * 400}, "layers", "layers is 50,000, and the training needs "),
    ],
)
def test_what_does_not_fit_is_refused_with_the_sum_and_what_would(gigabytes: Any, values: dict[str, Any], name: str, said: str) -> None:
    gigabytes(2)
    config = Config(**values)
    refusal = machine.refusal(config)
    assert refusal is not None
    assert refusal.name == name
    sentence = str(refusal)
    assert sentence.startswith(said)
    assert f"needs {size(needed(config).total)}: " in sentence
    assert " This machine has 2.0 GB for it; " in sentence
    advised = int(sentence.split(f"{name} ")[-1].removesuffix(" would fit.").replace(",", ""))
    assert machine.refusal(config.replace(**{name: advised})) is None
    larger = min(4 * advised, values.get(name) or config.samples)
    assert machine.refusal(config.replace(**{name: larger})) is not None
    with pytest.raises(ConfigError, match=r"would fit\.$"):
        machine.fitting(config)


def test_where_no_one_change_is_enough_several_are_advised(gigabytes: Any) -> None:
    gigabytes(0.3)
    refusal = machine.refusal(Config(layers=5000, width=1000, data="moons", samples=10_000))
    assert refusal is not None
    assert str(refusal).endswith("take fewer layers and units, and a smaller batch_size.")


def test_exactly_enough_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config(layers=50, width=1000)
    total = needed(config).total
    monkeypatch.setattr(machine, "available", lambda: total)
    assert machine.refusal(config) is None
    monkeypatch.setattr(machine, "available", lambda: total - 1)
    assert machine.refusal(config) is not None
