"""Which epochs a film shows: every kept one, some of them, or what is due in linear or logarithmic time; and what cannot be a film."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.core.config import Config
from gradviz.runs.files import FileError
from gradviz.runs.run import Run, record
from gradviz.ui.films.options import ENDINGS, FASTEST, FilmOptions, epochs_of
from gradviz.ui.pictures.options import Options

RUN = record(Config(layers=3, epochs=1000))
SPARSE = record(Config(layers=3, epochs=100, observe_every=10))


def test_with_no_pace_each_kept_epoch_has_one_frame() -> None:
    np.testing.assert_array_equal(epochs_of(RUN, FilmOptions()), np.arange(1000))
    np.testing.assert_array_equal(epochs_of(SPARSE, FilmOptions()), [*range(0, 100, 10), 99])
    np.testing.assert_array_equal(epochs_of(RUN, FilmOptions(first=7, last=12)), np.arange(7, 13))


@given(every=st.integers(1, 1500), first=st.integers(0, 999), more=st.integers(0, 999))
def test_every_so_many_epochs_are_shown_and_the_last_one(every: int, first: int, more: int) -> None:
    last = min(first + more, 999)
    shown = epochs_of(RUN, FilmOptions(every=every, first=first, last=last))
    np.testing.assert_array_equal(shown, np.unique([*range(first, last + 1, every), last]))


@given(every=st.integers(1, 200), first=st.integers(0, 90))
def test_of_a_run_that_was_seldom_observed_none_is_shown_twice(every: int, first: int) -> None:
    shown = epochs_of(SPARSE, FilmOptions(every=every, first=first))
    assert set(shown) <= set(SPARSE.frames.epoch)
    assert (np.diff(shown) > 0).all()
    assert shown[-1] == 99


@given(seconds=st.floats(0.05, 40), fps=st.floats(1, 60), first=st.integers(0, 999), more=st.integers(0, 999), time=st.sampled_from(["linear", "log"]))
def test_a_length_in_seconds_is_kept_from_the_first_epoch_to_the_last(seconds: float, fps: float, first: int, more: int, time: str) -> None:
    last = min(first + more, 999)
    shown = epochs_of(RUN, FilmOptions(seconds=seconds, fps=fps, first=first, last=last, time=time))
    assert len(shown) == max(1, round(seconds * fps))
    assert (np.diff(shown) >= 0).all()
    assert shown[-1] == last
    assert shown[0] == (first if len(shown) > 1 else last)


def test_in_logarithmic_time_each_decade_has_as_many_frames() -> None:
    shown = epochs_of(RUN, FilmOptions(time="log", seconds=40.0, first=1))
    counts = [int(((shown >= 10**decade) & (shown < 10 ** (decade + 1))).sum()) for decade in range(3)]
    assert max(counts) - min(counts) <= 2, counts
    assert len(epochs_of(RUN, FilmOptions(time="log"))) == 300, "ten seconds where nothing is said"


def test_in_logarithmic_time_epoch_0_is_seen_as_long_as_epoch_1() -> None:
    shown = epochs_of(RUN, FilmOptions(time="log", seconds=40.0))
    zero, one, two = (int((shown == epoch).sum()) for epoch in range(3))
    assert abs(zero - one) <= 2
    assert two == pytest.approx(one * math.log(3 / 2) / math.log(2), abs=2)


@given(speed=st.floats(0.5, 5000), fps=st.floats(1, 60))
def test_at_a_speed_each_frame_shows_the_epoch_that_is_due(speed: float, fps: float) -> None:
    shown = epochs_of(RUN, FilmOptions(speed=speed, fps=fps, last=200))
    due = [min(200, math.floor(frame * speed / fps + 1e-9)) for frame in range(len(shown))]
    np.testing.assert_array_equal(shown, due)
    assert shown[-1] == 200
    assert len(shown) < 2 or shown[-2] < 200, "it ends with its last epoch"


def test_in_time_an_epoch_that_is_not_kept_gives_way_to_the_one_before() -> None:
    np.testing.assert_array_equal(epochs_of(SPARSE, FilmOptions(speed=30, fps=30, first=18, last=31)), [20] * 12 + [30] * 2)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (FilmOptions(first=5, last=4), "begin at epoch 5 and end before it, at epoch 4"),
        (FilmOptions(last=1000), "Epoch 1,000 is not in this run, which was recorded from epoch 0 to 999"),
        (FilmOptions(first=-1), "Epoch −1 is not in this run"),
        (FilmOptions(speed=1e-3), r"would have 29,970,001 frames, 16,650 minutes; it may have 100,000"),
        (FilmOptions(seconds=1e5), "would have 3,000,000 frames"),
    ],
)
def test_what_the_run_has_not_is_a_sentence(options: FilmOptions, sentence: str) -> None:
    with pytest.raises(FileError, match=sentence):
        epochs_of(RUN, options)


def test_a_run_without_epochs_and_a_stretch_without_any_are_sentences() -> None:
    with pytest.raises(FileError, match="nothing to film yet"):
        epochs_of(Run(Config()), FilmOptions())
    with pytest.raises(FileError, match="No epoch from 12 to 18 is kept"):
        epochs_of(SPARSE, FilmOptions(first=12, last=18))


@pytest.mark.parametrize(
    ("ending", "options", "sentence"),
    [
        (".avi", FilmOptions(), r"'\.avi' is no ending of a film; it must be \.gif, \.mp4 or \.webm"),
        (".gif", FilmOptions(fps=51), r"51 frames a second; in a \.gif file it can be from 1 to 50"),
        (".mp4", FilmOptions(fps=0.5), "from 1 to 60"),
        (".mp4", FilmOptions(fps=math.nan), "nan frames a second"),
        (".mp4", FilmOptions(every=2, seconds=3.0), "choose epochs a frame or seconds"),
        (".mp4", FilmOptions(seconds=1.0, speed=3.0), "choose seconds or epochs a second"),
        (".mp4", FilmOptions(every=0), "epochs a frame are 0; they must be more than 0"),
        (".mp4", FilmOptions(seconds=math.inf), "seconds are inf"),
        (".mp4", FilmOptions(time="log", every=2), "choose its length in seconds"),
        (".mp4", FilmOptions(time="log", speed=2), "choose its length in seconds"),
        (".mp4", FilmOptions(picture=Options(4200, 300)), "4,200 x 300 pixels; it may have 4,096 on a side"),
        (".mp4", FilmOptions(picture=Options(100, 100)), "needs 200 x 150"),
    ],
)
def test_what_no_film_can_be_is_a_sentence(ending: str, options: FilmOptions, sentence: str) -> None:
    with pytest.raises(FileError, match=sentence):
        options.check(ending)


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_fastest_film_can_be(ending: str) -> None:
    options = FilmOptions(fps=FASTEST[ending])
    assert options.check(ending) is options
