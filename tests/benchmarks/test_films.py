"""The film's benchmark sets the like against each other: as many frames of as many pixels, whose curves move."""

from __future__ import annotations

import importlib.util
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from gradviz.benchmarks import films, windows
from gradviz.benchmarks.missing import Missing
from gradviz.core.config import Config
from gradviz.runs.run import record


def frames_of(path: Path) -> list[np.ndarray]:
    av = pytest.importorskip("av")
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        return [frame.to_ndarray(format="gray").astype(int) for frame in container.decode(video=0)]


@pytest.mark.parametrize("way", ["animate", "loop"])
def test_the_rivals_film_has_its_frames_and_each_differs(tmp_path: Path, way: str) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("av")
    rival = films.Rival(record(Config(layers=10, epochs=6, weight_scale=1.4, learning_rate=0.5)), 6)
    getattr(rival, way)(tmp_path / "film.mp4")
    frames = frames_of(tmp_path / "film.mp4")
    assert [frame.shape for frame in frames] == [(films.HEIGHT, films.WIDTH)] * 6
    for rows, plot in ((slice(90, 330), "activations"), (slice(390, 640), "gradients")):
        moved = [(np.abs(one - other)[rows] > 60).sum() for one, other in pairwise(frames)]
        assert sum(count > 50 for count in moved) >= 3, f"the {plot} move"


def test_a_frame_is_timed_in_every_way() -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("av")
    seconds = films.Seconds(*json.loads(windows.in_a_process("films.print_seconds(8, 3, 1)")))
    assert all(0 < each < 5 for each in seconds)


def test_the_reading_says_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _package: True)
    monkeypatch.setattr(windows, "in_a_process", lambda _call: "[0.005, 0.07, 0.04]")
    reading = films.against_matplotlib()
    assert reading.value == pytest.approx(14.0)
    assert reading.detail == (
        "each of 1,000 frames takes 5 ms, by matplotlib's FuncAnimation 70 ms, and 40 ms (8.0x) by its writer in a loop, which draws a picture once and not "
        "twice; 1280x720, H.264 by the same encoder"
    )


@pytest.mark.parametrize("package", ["matplotlib", "av"])
def test_what_is_missing_is_a_sentence(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else True)
    with pytest.raises(Missing, match=f"'{package}' is not installed"):
        films.against_matplotlib()
