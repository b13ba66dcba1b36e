"""Every claim is shown to hold and to fail, against numbers that others have computed: a claim that cannot fail says nothing."""

from __future__ import annotations

import csv
import math
import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.core.config import Config
from gradviz.lessons.claims import AnyClaim, Found, measured
from gradviz.lessons.fields import CLAIMS
from gradviz.lessons.seen import BY_LAYER, WHOLE, Seen, seen
from gradviz.runs.run import Run, record

FIRST = 0
A, B, D = {}, {"weight_scale": 5.0}, {"weight_scale": 0.9}
ONE = {"epochs": 1}
RELU = {"activation": "relu", "targets": (-1.0, 1.0), **ONE}
SIGMOID = {"activation": "sigmoid", **ONE}
DEEP = {"layers": 1000, **ONE}
GROWS = {"activation": "identity", "weight_scale": 1.1}
WIDE = {"width": 8, "layers": 6, "data": "xor", "initialization": "normal", "epochs": 3}


@cache
def trained(values: tuple[tuple[str, Any], ...]) -> Run:
    return record(Config(**dict(values)))


def shown(values: dict[str, Any], epoch: int | None = None, before: dict[str, Any] | None = None) -> Seen:
    return seen(trained(tuple(values.items())), epoch, None if before is None else shown(before))


def claim(**fields: Any) -> Any:
    return msgspec.convert(fields, AnyClaim)


def found(what: Seen, **fields: Any) -> Found:
    return claim(**fields).check(what)


def says(claim: str, of: str = "", **fields: Any) -> dict[str, Any]:
    return {"claim": claim, **({"of": of} if of else {}), **fields}


def number(of: str, layer: int | None = None, **fields: Any) -> dict[str, Any]:
    return says("number", of, **({} if layer is None else {"layer": layer}), **fields)


ALL = [1, -1]
PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
#: Where layer k is at w = 1, far from the input; the factor of a layer at w = 5; and what 98 weights of 0.9 take.
LAW, FACTOR, TAKEN = math.sqrt(3.0 / (2.0 * 999.0)), 9.087415532632592e-4, 98.0 * math.log10(0.9)
#: A run, its epoch, a claim on it that holds, and one that does not; the numbers are from the notebook and from theory.
CASES: list[tuple[dict[str, Any], int | None, dict[str, Any], dict[str, Any]]] = [
    (B, None, says("vanishing"), says("trains")),
    (B, None, says("vanishing", cause="saturation"), says("vanishing", cause="weights")),
    (D, None, says("vanishing", cause="weights"), says("vanishing", cause="saturation")),
    ({**GROWS, **ONE}, None, says("exploding", cause="weights"), says("diverged")),
    ({**GROWS, "epochs": 20}, None, says("diverged"), says("exploding")),
    ({"weight_scale": 5.0, "layers": 3}, None, says("saturated"), says("vanishing")),
    ({"weight_scale": 0.05, "layers": 4, **ONE}, None, says("shrinking"), says("saturated")),
    ({"activation": "relu", **ONE}, None, says("dead", cause="dead units"), says("stalled")),
    ({"number_format": "bfloat16"}, None, says("stalled", cause="number format"), says("dead")),
    (A, None, says("trains"), says("shrinking")),
    (A, FIRST, number("cost", near=0.07247484298514874, within=1e-15), number("cost", below=0.07)),
    (B, FIRST, number("g", 1, near=6.4e-301, percent=1), number("g", 1, above=6.5e-301)),
    (B, FIRST, says("ratio", "dh", layers=[50, 51], near=FACTOR, percent=1e-6), says("ratio", "dh", layers=[51, 50], below=1)),
    (B, FIRST, says("theory", percent=0.01), says("flat", within=10.0)),
    (A, None, says("theory", percent=3.0), says("theory", percent=1.0)),  # once trained, it is no more what it was
    (B, FIRST, says("exponential"), says("power law")),
    (DEEP, None, says("power law"), says("exponential")),
    (DEEP, None, number("h", -1, near=LAW, percent=1), number("h", 500, near=LAW, percent=1)),
    (D, FIRST, number("weights decades", near=TAKEN, within=1e-9), number("saturation decades", near=TAKEN, within=1.0)),
    (D, FIRST, says("flat", "dw", within=2.0, layers=ALL), says("flat", "dw", within=1.5, layers=ALL)),
    (RELU, None, says("flat", "dh", within=1.0, sample=1, layers=ALL), says("flat", "dh", within=1e300, layers=ALL)),
    (RELU, None, says("zero", layers=ALL), says("zero", layers=ALL, sample=1)),
    ({"layers": 120, "weight_scale": 5.0, **ONE}, None, says("zero", layers=[1, 14]), says("zero", layers=[1, 15])),
    ({"number_format": "float32", "weight_scale": 5.0, **ONE}, None, number("zero from", near=85, within=0), says("zero", layers=[85, 86])),
    (B, None, says("has", set={"layers": 100, "weight_scale": 5}), says("has", set={"layers": 100, "weight_scale": 1})),
]


@pytest.mark.parametrize(("values", "epoch", "true", "false"), CASES)
def test_a_claim_holds_where_it_is_true_and_not_elsewhere(values: dict[str, Any], epoch: int | None, true: dict[str, Any], false: dict[str, Any]) -> None:
    what = shown(values, epoch)
    assert found(what, **true).holds, (claim(**true).words, found(what, **true).measured)
    assert not found(what, **false).holds, (claim(**false).words, found(what, **false).measured)


def test_there_is_no_claim_that_is_not_shown_to_hold_and_to_fail() -> None:
    elsewhere = {"compared"}
    assert {true["claim"] for _, _, true, _ in CASES} | elsewhere == set(CLAIMS)
    assert {false["claim"] for _, _, _, false in CASES} | elsewhere == set(CLAIMS)


def notebook_costs(weight: float, epochs: int) -> list[float]:
    """The costs of the notebook's training, written down again from its formulas: 100 layers, both samples, learning rate 0.1."""
    w, targets, costs = np.full(100, weight), np.array([-0.5, 0.5]), []
    for _ in range(epochs):
        h, u = [targets], [targets]
        for k in range(1, 100):
            u.append(w[k] * h[-1])
            h.append(np.tanh(u[-1]))
        costs.append(float(np.sum((targets - h[-1]) ** 2)) / 4.0)
        g, gradients = (h[-1] - targets) / 2.0, np.zeros(100)
        for k in range(99, 0, -1):
            g = g * 4.0 / (np.exp(u[k]) + np.exp(-u[k])) ** 2
            gradients[k] = np.sum(h[k - 1] * g)
            g = g * w[k]
        w = w - 0.1 * gradients
    return costs


def test_an_epoch_is_within_so_many_where_an_independent_training_has_learned_by_then() -> None:
    costs = notebook_costs(1.0, 60)
    learned = next(epoch for epoch, cost in enumerate(costs) if cost <= 0.01 * costs[0])
    what = shown(A)
    assert found(what, claim="trains", within=learned).holds
    assert not found(what, claim="trains", within=learned - 1).holds
    assert measured("epochs to learn", None, what.moment) == learned
    assert found(what, claim="trains", within=learned - 1, to=0.1).holds
    assert not found(what, claim="trains", within=1000, to=1e-40).holds


def test_the_notebooks_printed_numbers_are_what_is_measured(data: Path) -> None:
    with (data / "notebook_tables.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["layer"] in ("1", "50", "98", "99")]
    assert len(rows) > 30
    for row in rows:
        what = shown({"weight_scale": float(row["weight_scale"])} if row["case"] != "1a" else A, FIRST)
        fields = {"claim": "number", "of": row["quantity"], "layer": int(row["layer"]), "sample": int(row["sample"])}
        size = abs(float(row["printed"].replace("e-0051", "e-5")))  # the print-out's one damaged exponent
        assert found(what, **fields, near=size, percent=1e-3).holds, row
        assert not found(what, **fields, near=1.01 * size, percent=0.9).holds


def test_a_step_is_compared_with_the_one_before_it() -> None:
    what = shown(B, before=A)
    ratio = measured("first cost", None, what.moment) / 0.07247484298514874
    assert found(what, claim="compared", of="first cost", near=ratio, percent=1e-6).holds
    assert not found(what, claim="compared", of="first cost", below=1.0).holds
    assert not found(shown(B), claim="compared", of="first cost", above=0.0).holds
    assert found(shown(B), claim="compared", of="first cost", above=0.0).measured == "there was no step before with a run"


def test_a_number_that_is_none_is_neither_near_nor_above_nor_below() -> None:
    what = shown(RELU)  # both ends of its first sample are exactly 0
    assert math.isnan(measured("decades lost", None, what.moment))
    for bounds in ({"near": 0.0, "within": 1e300}, {"above": -1e300}, {"below": 1e300}):
        assert not found(what, claim="number", of="decades lost", **bounds).holds


def test_what_a_network_has_not_is_no_number_and_no_error() -> None:
    chain = shown({**D, **ONE})
    assert not found(chain, claim="number", of="h", layer=100, above=-1.0).holds
    assert not found(chain, claim="number", of="saturated", layer=1, above=-1.0).holds
    assert not found(chain, claim="flat", of="dead", within=1e300).holds
    assert not found(chain, claim="zero", of="saturated", layers=[1, -1]).holds
    assert found(chain, claim="number", of="saturated", layer=1, above=-1.0).measured.startswith("the share of saturated units is measured in wide networks")
    assert not found(chain, claim="zero", layers=[1, -1], sample=7).holds
    assert not found(chain, claim="number", of="accuracy", above=-1.0).holds
    assert not found(shown({"layers": 4, **ONE}), claim="exponential").holds
    batch = {**WIDE, "normalization": "batch", "activation": "selu"}
    assert not found(shown(batch), claim="theory", percent=50).holds


@pytest.mark.parametrize(
    ("of", "said"), [("zero from", "there is no such layer"), ("below from", "there is no such layer"), ("epochs to learn", "not there yet")]
)
def test_what_is_not_there_is_within_no_bounds(of: str, said: str) -> None:
    what = shown({"layers": 3, "weight_scale": 5.0, "epochs": 3})
    for bounds in ({"below": 5}, {"near": 0, "within": 0}, {"above": -1}, {"near": 0, "within": 1e300}, {"above": 1e300}):
        assert not found(what, claim="number", of=of, **bounds).holds
    assert said in found(what, claim="number", of=of, below=5).measured


def test_layers_that_hold_zero_are_counted_and_none_is_the_number_0() -> None:
    assert found(shown({"layers": 120, "weight_scale": 5.0, **ONE}), claim="number", of="zeros", near=14, within=0).holds
    assert found(shown(B, FIRST), claim="number", of="zeros", near=0, within=0).holds
    assert found(shown(RELU), claim="number", of="zeros", near=99, within=0).holds
    assert found(shown(RELU), claim="number", of="zeros", near=0, within=0, sample=1).holds


@pytest.mark.parametrize("name", BY_LAYER)
def test_every_number_by_layer_is_one_of_some_network(name: str) -> None:
    numbers = [measured(name, 2, shown(values).moment) for values in (SIGMOID, WIDE)]
    assert any(math.isfinite(number) for number in numbers)
    assert all(number >= 0.0 or name.startswith("log10") or math.isnan(number) for number in numbers)


@pytest.mark.parametrize("name", WHOLE)
def test_every_number_of_the_whole_is_one_of_some_network(name: str) -> None:
    learned = {"layers": 6, "epochs": 400}
    lost = {"layers": 120, "weight_scale": 5.0, **ONE}
    data = {**WIDE, "data": "moons", "samples": 40, "test_share": 0.5, "loss": "cross_entropy"}
    numbers = [measured(name, None, shown(values).moment) for values in (learned, lost, data, {**WIDE, "weight_scale": 0.5})]
    assert any(math.isfinite(number) for number in numbers)


def test_an_absolute_value_has_no_sign_and_a_logarithm_has() -> None:
    what = shown(B, FIRST)
    assert measured("h", 1, what.moment) == pytest.approx(math.tanh(2.5), rel=1e-15)
    assert measured("log10 g", 1, what.moment) == pytest.approx(math.log10(6.420412754e-301), abs=1e-6)


def test_a_claim_is_a_sentence_with_its_numbers() -> None:
    sentences = {
        claim(claim="number", of="h", layer=-1, above=1e-3, below=0.5).words: "|h| of the last layer is above 0.001 and below 0.5.",
        claim(claim="number", of="slope", layer=-3, near=0.25, percent=2).words: "φ′(u) of layer 3 from the end is 0.25, within 2%.",
        claim(claim="ratio", of="g", layers=[1, 1200], near=3, within=1).words: "|g| of layer 1, divided by that of layer 1,200, is 3, within 1.",
        claim(claim="ratio", of="ratio", layers=[1, -2], sample=0, above=5000).words: "The update as a share of the weight in layer 1 for the first sample, "
        "divided by that in the layer before the last one, is above 5,000.",
        claim(claim="compared", of="h", layer=0, sample=11, below=0.1).words: "|h| of layer 0 (the input) for sample number 12, "
        "divided by what it was in the step before, is below 0.1.",
        claim(claim="number", of="decades lost", near=1, within=0.001).words: "What |g| loses from the output to layer 1 is 1 decade, within 0.001.",
        claim(claim="number", of="decades per layer", above=-2, below=-0.5).words: "What each layer adds to ∂C/∂h is above −2 decades and below −0.5 decades.",
        claim(claim="number", of="log10 g", layer=1, near=-361, within=0.1).words: "The true log₁₀|g| of layer 1 is −361, within 0.1.",
        claim(claim="number", of="chi_1", near=0.5, within=0).words: "χ₁ (what an infinitely wide layer multiplies a squared gradient by) is exactly 0.5.",
        claim(claim="flat", of="saturated", layers=[1, -1], within=1.000001).words: "The share of saturated units differs by no more than a factor of 1.000001 "
        "from layer 1 to the last layer.",
        claim(claim="flat", of="dh", layers=[1, 2], sample=1, within=1).words: "|∂C/∂h| for the second sample is exactly the same from layer 1 to layer 2.",
        claim(claim="zero", layers=[1, 2]).words: "|g| is stored as exactly 0 from layer 1 to layer 2.",
        claim(claim="theory", percent=0.1).words: "What each layer passes on of ∂C/∂h is what theory predicts, within 0.1%.",
        claim(claim="trains", within=1000, to=0.5).words: "It trains: within 1,000 epochs the cost falls to 0.5 of the first one.",
        claim(claim="vanishing", cause="slope").words: "The verdict is “vanishing”, the cause “slope”.",
        claim(claim="has", set={"number_format": "bfloat16"}).words: "The experiment has number format bfloat16.",
    }
    assert list(sentences) == list(sentences.values())


@pytest.mark.parametrize(
    ("near", "within", "said"),
    [
        (0.07247484298514874, 1e-9, "0.072474843, within 10⁻⁹"),
        (0.07247484298514874, 1e-15, "0.0724748429851487, within 10⁻¹⁵"),
        (0.07247484298514874, 0.5, "0.0724748, within 0.5"),
        (0.1 + 0.2, 0.0, "exactly 0.30000000000000004"),
        (-12345.678, 0.01, "−12,345.678, within 0.01"),
        (1880.0, 1.0, "1,880, within 1"),
        (-1e-20, 1e-22, "−10⁻²⁰, within 10⁻²²"),
        (1.1e-20, 1e-22, "1.1×10⁻²⁰, within 10⁻²²"),
        (1e-320, 1e-321, "10⁻³²⁰, within 10⁻³²¹"),
    ],
)
def test_a_number_is_said_with_the_digits_that_its_room_asks_for(near: float, within: float, said: str) -> None:
    assert claim(claim="number", of="cost", near=near, within=within).words == f"The cost is {said}."


@given(near=st.floats(allow_nan=False, allow_infinity=False), within=st.floats(0.0, 1e300))
def test_the_number_that_is_read_is_one_that_the_claim_allows(near: float, within: float) -> None:
    made = claim(claim="number", of="cost", near=near, within=within)
    assert made._allows(as_read(made.words.removeprefix("The cost is ").removeprefix("exactly ").partition(", within")[0].removesuffix("."))), made.words


def as_read(printed: str) -> float:
    """A number in print as a person reads it: −1.5×10⁻⁹, 10²⁷, 12,345."""
    mantissa, times, exponent = re.fullmatch("(−?[0-9.,]*?)(×?10(?=[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]))?([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*)", printed).groups()  # type: ignore[union-attr]
    mantissa = mantissa.replace("−", "-").replace(",", "")
    return float(f"{mantissa}{'' if mantissa.strip('-') else '1'}e{exponent.translate(PLAIN) if times else 0}")


def test_what_the_gradient_loses_on_its_way_back_is_what_its_factors_take() -> None:
    lost = measured("dh decades lost", None, shown(B, FIRST).moment)
    sizes = [measured("dh", layer, shown(B, FIRST).moment) for layer in (99, 1)]
    assert lost == pytest.approx(math.log10(sizes[0]) - math.log10(sizes[1]), abs=1e-9)
    assert lost == pytest.approx(-sum(measured(f"{part} decades", None, shown(B, FIRST).moment) for part in ("saturation", "weights")), abs=1e-9)
    wide = shown({**WIDE, "weight_scale": 0.5}, FIRST).moment
    assert measured("dh decades lost", None, wide) == pytest.approx(math.log10(measured("dh", -2, wide) / measured("dh", 1, wide)), abs=1e-9)
