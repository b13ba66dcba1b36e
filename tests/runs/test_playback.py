"""A playback is another run as it was at one of its epochs: the same numbers as a copy that was cut there, without a copy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.core.config import Config
from gradviz.core.interventions import Intervention
from gradviz.runs.playback import Playback
from gradviz.runs.run import PROFILE_MEMORY, Run, training

CHAIN = Config(layers=6, epochs=90)
WIDE = Config(layers=4, width=5, epochs=30, observe_every=3)


def recorded(config: Config, memory: int = PROFILE_MEMORY) -> Run:
    run = Run(config, memory=memory)
    for frames in training(config, [Intervention(20, "learning_rate", 0.3)] if not config.wide else []):
        run.append(frames)
    return run


RUNS = {"chain": recorded(CHAIN), "thinned": recorded(CHAIN, memory=20_000), "wide": recorded(WIDE)}


@pytest.mark.parametrize("name", RUNS)
@given(epochs=st.lists(st.integers(0, 89), min_size=1, max_size=4))
def test_it_has_the_numbers_of_a_run_that_ended_there_wherever_it_was_before(name: str, epochs: list[int]) -> None:
    run = RUNS[name]
    playback = Playback(run)
    for epoch in epochs:
        frame = playback.move_to(epoch)
        kept = int(frame.epoch[-1])
        cut = run.before(kept + 1)
        assert kept == max(shown for shown in run.frames.epoch if shown <= epoch)
        np.testing.assert_array_equal(playback.epoch, cut.epoch)
        for score in frame.SCORES:
            np.testing.assert_array_equal(playback.score(score), cut.score(score))
        np.testing.assert_array_equal(playback.cost, cut.cost)
        np.testing.assert_array_equal(playback.frames.epoch, cut.frames.epoch)
        np.testing.assert_array_equal(playback.frames.g, cut.frames.g)
        assert playback.at_or_before(10**9) is frame
        assert playback.at(kept + 1) is None
        assert [len(low) for low, _ in playback.extremes(0)] == [len(block) for block in playback.between(0)]


@pytest.mark.parametrize("name", RUNS)
def test_it_ends_as_the_run_does_and_not_before(name: str) -> None:
    run = RUNS[name]
    playback = Playback(run)
    assert playback.ending is run.ending
    playback.move_to(0)
    assert playback.ending is not None
    assert playback.ending.kind == "stopped"
    assert playback.epochs_done == run.epochs_done, "an axis of epochs is as long from the first picture on"


def test_the_run_is_left_alone() -> None:
    run = RUNS["chain"]
    before = run.frames.epoch.copy()
    playback = Playback(run)
    playback.move_to(3)
    assert playback.before(50).epochs_done == 4
    np.testing.assert_array_equal(run.frames.epoch, before)
    assert run.newest.epoch[-1] == 89


def test_of_a_run_without_epochs_there_is_nothing() -> None:
    playback = Playback(Run(CHAIN))
    assert len(playback.move_to(5)) == 0
    assert len(playback.cost) == 0
    assert playback.between(0) == []
