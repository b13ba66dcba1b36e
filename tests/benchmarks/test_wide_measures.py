"""What the measures of wide networks make of their numbers; nothing here is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from gradviz.benchmarks import clicks, wide, windows
from gradviz.benchmarks.measures import MEASURES
from gradviz.benchmarks.measuring import LeftOut, in_words, shortest_turns
from gradviz.benchmarks.missing import Missing
from gradviz.benchmarks.wide_rivals import Shape

SMALL = Shape(2, 3, 4)


def _timed(monkeypatch: pytest.MonkeyPatch, seconds: Mapping[tuple[str, str], float]) -> None:
    monkeypatch.setattr(wide, "seconds_per_epoch", lambda _shape, rivals: {name: seconds[name] for name in rivals})


def test_the_slower_of_the_two_formats_has_to_reach_the_goal(monkeypatch: pytest.MonkeyPatch) -> None:
    _timed(monkeypatch, {("float32", "engine"): 1e-3, ("float32", "torch"): 8e-3, ("float64", "engine"): 2e-3, ("float64", "torch"): 6e-3})
    try:
        reading = wide.against_torch(SMALL)
    except Missing as missing:
        pytest.skip(f"Left out: {missing}.")
    assert reading.value == pytest.approx(3.0)
    assert reading.detail == "an epoch takes in float32: 1 ms, PyTorch 8 ms (8x); in float64: 2 ms, PyTorch 6 ms (3x)"


def test_without_pytorch_the_lines_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise Missing("PyTorch is not installed (pip install torch)")

    monkeypatch.setattr("gradviz.benchmarks.rivals.pytorch", missing)
    results = [measure.result() for measure in MEASURES if measure.key.startswith("wide torch")]
    assert len(results) == 3
    assert all(isinstance(result, LeftOut) and result.reason == "PyTorch is not installed (pip install torch)" for result in results)


def test_what_observing_costs_is_the_greatest_of_all_shapes_and_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    def seconds(shape: Shape) -> dict[tuple[str, str], float]:
        times = 2.0 if shape == wide.MIDDLING else 1.5
        return {(form, what): 1e-3 * (times if (form, what) == ("float32", "rms") else 1.0) for form in ("float32", "float64") for what in ("none", "rms")}

    monkeypatch.setattr(wide, "observed", seconds)
    reading = wide.observing("rms")
    assert reading.value == pytest.approx(2.0)
    assert "50 x 64 x 64 float32 2 ms (2x), 50 x 64 x 64 float64 1 ms (1x)" in reading.detail


def test_every_shape_is_trained_by_turns_in_both_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wide, "TURNS", {SMALL: (2, 1)})
    wide.observed.cache_clear()
    seconds = wide.observed(SMALL)
    wide.observed.cache_clear()
    assert set(seconds) == {(form, what) for form in ("float32", "float64") for what in ("none", "rms", "all")}
    assert all(0 < time < 1 for time in seconds.values())


def test_the_shortest_turn_counts() -> None:
    turns: list[str] = []

    def contestant(name: str) -> Callable[[], None]:
        return lambda: turns.append(name)

    seconds = shortest_turns({"a": contestant("a"), "b": contestant("b")}, rounds=3)
    assert turns == ["a", "b"] * 4
    assert all(0 <= time < 1 for time in seconds.values())


def test_the_slowest_click_has_to_be_answered_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = clicks.Answers(median=12.0, p95=80.0, greatest=130.0, clicks=24, slowest={"Pause": 130.0, "Run": 20.0}, epochs=5, seconds=10.2)
    monkeypatch.setattr(clicks, "answers", lambda: answers)
    reading = wide.clicking()
    assert reading.value == 130.0
    assert reading.detail == "median 12 ms, p95 80 ms, slowest of 24 clicks 130 ms (Pause 130 ms, Run 20 ms); 5 epochs in 10 s meanwhile"


def test_the_slowest_activations_map_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clicks, "maps_from_cold", lambda: {"tanh": 0.125, "relu": 0.0004})
    reading = wide.phase_map_at_once()
    assert reading.value == pytest.approx(125.0)
    assert reading.detail == "the slowest is tanh; tanh 125 ms, relu 400 µs"


def test_a_window_that_does_not_open_leaves_its_lines_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_call: str) -> str:
        raise Missing("the window did not open: no screen")

    for module in (windows, clicks):
        monkeypatch.setattr(module, "in_a_process", missing)
    for cached in (windows.frames, clicks.answers, clicks.map_shown, clicks.maps_from_cold):
        cached.cache_clear()
    keys = ("wide p95 frame", "wide click", "phase map", "phase panel")
    results = [measure.result() for measure in MEASURES if measure.key in keys]
    assert [result.reason if isinstance(result, LeftOut) else "" for result in results] == ["the window did not open: no screen"] * 4


@pytest.mark.parametrize(("seconds", "words"), [(4.5e-6, "4.5 µs"), (9.87e-4, "987 µs"), (0.0123, "12.3 ms"), (0.5, "500 ms"), (1.25, "1,250 ms")])
def test_times_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
