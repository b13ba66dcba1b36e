"""What claims say of wide networks, against theory in closed form; and what the notes of lessons 5 to 8 tell of runs that no step shows."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from gradviz.core.config import Config
from gradviz.lessons.claims import measured
from gradviz.lessons.seen import at_layer, seen
from gradviz.runs.moment import Moment
from gradviz.runs.presets import presets
from gradviz.runs.run import record


@cache
def first_pass(preset: str, values: tuple[tuple[str, Any], ...]) -> Moment:
    return seen(record(presets()[preset].config.replace(**dict(values), epochs=1))).moment


def of_first_pass(name: str, preset: str, **values: Any) -> float:
    return measured(name, None, first_pass(preset, tuple(values.items())))


def in_logarithms(width: int, scale: float, seed: int) -> float:
    return of_first_pass("ln per layer", "same-scale", width=width, weight_scale=scale, seed=seed)


# --- numbers of infinitely wide layers -----------------------------------------------------------------------------------------------------

TANH = {"layers": 4, "width": 8, "data": "xor", "activation": "tanh", "initialization": "normal"}


@pytest.mark.parametrize(
    ("values", "chi_1"),
    [
        # the table of Schoenholz et al. 2016's quantities, recomputed by quadrature
        ({"weight_scale": 0.9}, 0.81),
        ({"weight_scale": 1.0, "bias": "on", "bias_scale": math.sqrt(0.05)}, 0.7590316472),
        ({"weight_scale": math.sqrt(1.7), "bias": "on", "bias_scale": math.sqrt(0.05)}, 0.9867408090),
        ({"weight_scale": math.sqrt(2.0)}, 1.1055288200),
        ({"weight_scale": math.sqrt(2.0), "bias": "off", "bias_scale": 0.3}, 1.1055288200),
        ({"initialization": "xavier", "weight_scale": 5.0 / 3.0}, 1.2098313200),
        ({"initialization": "glorot"}, 1.0 / 3.0),
        ({"initialization": "xavier", "activation": "relu"}, 0.5),
        ({"initialization": "he", "activation": "relu"}, 1.0),
    ],
)
def test_chi_1_is_that_of_the_networks_place_on_the_phase_map(values: dict[str, Any], chi_1: float) -> None:
    moment = seen(record(Config(**{**TANH, **values}, epochs=1))).moment
    assert measured("chi_1", None, moment) == pytest.approx(chi_1, rel=1e-9)
    depth = 6.0 / abs(math.log(chi_1)) if chi_1 != 1.0 else math.inf
    assert measured("trainable depth", None, moment) == pytest.approx(depth, rel=1e-7)


@pytest.mark.parametrize("values", [{"width": 1, "data": "samples"}, {"residual": "plain"}, {"normalization": "layer"}, {"initialization": "constant"}])
def test_a_network_without_a_place_on_the_phase_map_has_no_chi_1(values: dict[str, Any]) -> None:
    moment = seen(record(Config(**{**TANH, **values}, epochs=1))).moment
    assert math.isnan(measured("chi_1", None, moment))
    assert math.isnan(measured("trainable depth", None, moment))


def test_a_factor_its_decades_and_its_natural_logarithm_are_one_number() -> None:
    factor, decades, logarithm = (of_first_pass(f"{name} per layer", "same-scale", width=5) for name in ("factor", "decades", "ln"))
    assert logarithm == pytest.approx(math.log(factor), rel=1e-12) == pytest.approx(decades * math.log(10.0), rel=1e-12)
    assert measured("ln per layer", None, seen(record(Config(weight_scale=5.0, epochs=1))).moment) == pytest.approx(math.log(9.087415532632592e-4), rel=1e-3)


# --- the notes -----------------------------------------------------------------------------------------------------------------------------

#: The average of natural logarithms per layer over many draws, by width and scale; and how far off the mean of 25 draws may be.
AVERAGES = [(1, 5.0, -4.2, 0.6), (2, 5.0, -2.4, 0.3), (5, 5.0, -0.6, 0.2), (10, 5.0, 0.0, 0.1), (50, 5.0, 0.44, 0.04)]
SHRINKING = [(1, 0.9, -0.74, 0.1), (10, 0.9, -0.16, 0.02), (100, 0.9, -0.12, 0.01)]
SEEDS = range(25)


@pytest.mark.parametrize(("width", "scale", "average", "room"), AVERAGES + SHRINKING)
def test_width_turns_the_sign_of_scale_5_and_not_that_of_0_9(width: int, scale: float, average: float, room: float) -> None:
    assert np.mean([in_logarithms(width, scale, seed) for seed in SEEDS]) == pytest.approx(average, abs=room)


def test_seed_11_is_an_average_chain_and_no_draw_comes_near_to_keeping_its_gradient() -> None:
    assert in_logarithms(1, 5.0, 11) == pytest.approx(-4.2, abs=0.01)
    assert max(in_logarithms(1, 5.0, seed) for seed in SEEDS) < -2.0
    assert 0.5 < np.std([in_logarithms(1, 5.0, seed) for seed in SEEDS]) < 1.5


def test_eleven_units_of_seed_11_lose_more_than_ten_and_twenty_explode() -> None:
    assert in_logarithms(11, 5.0, 11) < in_logarithms(10, 5.0, 11) < 0.0 < in_logarithms(20, 5.0, 11)


@pytest.mark.parametrize(("scale", "keeps"), [(1.0, False), (1.05, True), (1.1, True), (1.2, False)])
def test_a_hundred_units_keep_their_gradient_where_the_fifth_lessons_notes_say(scale: float, keeps: bool) -> None:
    assert (abs(of_first_pass("decades per layer", "same-scale", width=100, seed=11, weight_scale=scale)) <= 0.01) is keeps


def test_at_the_border_of_the_trainable_depth_patience_helps() -> None:
    place = {"width": 64, "weight_scale": 0.8, "bias_scale": 0.1}
    run = record(presets()["edge-of-chaos"].config.replace(**place, layers=16, epochs=1000, observe_every=99))
    assert measured("accuracy", None, seen(run, 99).moment) == pytest.approx(0.13, abs=0.02)
    assert measured("accuracy", None, seen(run, 999).moment) > 0.9


@pytest.mark.parametrize(
    ("preset", "scale", "factor"), [("glorot-2010", 3.0, 1.1), ("glorot-2010", math.sqrt(3.0), 0.95), ("glorot-2010", 2.0, 0.99), ("he-2015", 2.0, 1.4)]
)
def test_the_scales_that_a_class_will_try_do_what_the_notes_say(preset: str, scale: float, factor: float) -> None:
    assert of_first_pass("factor per layer", preset, weight_scale=scale) == pytest.approx(factor, abs=0.02)


def test_twice_xaviers_weights_begin_with_a_cost_in_the_ten_thousands() -> None:
    assert 1e4 < of_first_pass("first cost", "he-2015", weight_scale=2.0) < 1e5


@pytest.mark.parametrize(("seed", "left"), [(0, 0.0016), (1, 0.08), (3, 0.25)])
def test_thirty_layers_of_ten_units_keep_what_the_notes_say(seed: int, left: float) -> None:
    moment = first_pass("he-2015", (("initialization", "he"), ("width", 10), ("seed", seed)))
    assert at_layer("h", 30, moment) == pytest.approx(left, rel=0.05)


def test_he_keeps_the_mean_square_on_average_and_most_draws_lie_below() -> None:
    left = [at_layer("h", 30, first_pass("he-2015", (("initialization", "he"), ("width", 10), ("seed", seed)))) ** 2 for seed in range(100)]
    assert np.mean(np.array(left) < 1.0) > 0.75
    assert np.median(left) < 0.3 < max(left)
    assert np.mean(left) > 3.0 * np.median(left)
