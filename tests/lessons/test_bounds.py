"""Bounds, layers and samples: what could not fail, or could not hold, or is of something that a network has not, is no claim."""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.core import diagnosis
from gradviz.core.config import Config
from gradviz.lessons.claims import AnyClaim
from gradviz.lessons.fault import Fault
from gradviz.lessons.seen import BY_LAYER, Seen, seen
from gradviz.lessons.verdict_claims import CAUSES
from gradviz.runs.run import record


def claim(**fields: Any) -> Any:
    return msgspec.convert(fields, AnyClaim)


NUMBER = {"claim": "number", "of": "cost"}


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"claim": "number", "of": "h", "above": 0}, "of", "names 'h' (it wants a layer)"),
        ({"claim": "number", "of": "cost", "layer": 1, "above": 0}, "of", "names 'cost' (without a layer)"),
        ({"claim": "ratio", "of": "hh", "layers": [1, 2], "above": 0}, "of", "names 'hh', which is none of h"),
        ({"claim": "zero", "of": "cost", "layers": [1, 2]}, "of", "names 'cost' (without a layer)"),
        (NUMBER, "", "says nothing of its number"),
        ({**NUMBER, "near": 1.0}, "near", "says near, but not how near"),
        ({**NUMBER, "above": 1.0, "percent": 3}, "percent", "no number that it is near"),
        ({**NUMBER, "near": 0.5, "percent": 1, "within": 1000}, "percent", "has percent and within; only one of them can say how near"),
        ({**NUMBER, "near": 1, "percent": -5}, "percent", "percent is −5; it must be a number, 0 or greater"),
        ({**NUMBER, "near": 1, "within": -0.5}, "within", "within is −0.5; it must be a number, 0 or greater"),
        ({**NUMBER, "near": 0, "within": math.inf}, "within", "within is ∞; it must be a finite number"),
        ({**NUMBER, "above": math.nan}, "above", "above is NaN; it must be a finite number"),
        ({**NUMBER, "below": -math.inf}, "below", "below is −∞; it must be a finite number"),
        ({**NUMBER, "near": 0, "percent": 5}, "percent", "near is 0; give within in its place"),
        ({**NUMBER, "above": 5, "below": 3}, "above", "no number is above 5 and below 3"),
        ({**NUMBER, "near": 1, "within": 0.5, "above": 2}, "above", "no number is 1, within 0.5 and above 2"),
        ({**NUMBER, "near": 1, "within": 0, "below": 1}, "below", "no number is exactly 1 and below 1"),
        ({"claim": "flat", "of": "w", "within": 0.5}, "within", "within is 0.5; it must be a factor of 1 or more"),
        ({"claim": "flat", "of": "w", "within": math.inf}, "within", "within is ∞; it must be a finite number"),
        ({"claim": "trains", "within": -3}, "within", "within is −3; it must be a number of epochs, 1 or more"),
        ({"claim": "trains", "within": 3, "to": 1e9}, "to", "to is 1×10⁹; it must be a share of the first cost, above 0 and below 1"),
        ({"claim": "trains", "to": 0.5}, "to", "give within, too"),
        ({"claim": "theory", "percent": math.nan}, "percent", "percent is NaN; it must be a number above 0, 50 at most"),
        ({"claim": "theory", "percent": 0}, "percent", "percent is 0;"),
        ({"claim": "vanishing", "cause": "moon"}, "cause", "there is no cause 'moon' of “vanishing”; what it can be is weights, saturation,"),
        ({"claim": "saturated", "cause": "weights"}, "cause", "what it can be is saturation"),
        ({"claim": "has", "set": {}}, "set", "says nothing of the experiment"),
        ({"claim": "has", "set": {"layer": 3}}, "set", "There is no parameter 'layer'"),
        ({"claim": "has", "set": {"layers": 0}}, "set", "layers is 0"),
    ],
)
def test_a_claim_that_could_say_nothing_is_refused_with_its_field(fields: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refusal:
        claim(**fields)
    assert said in str(refusal.value)
    cause = refusal.value.__cause__
    assert isinstance(cause, Fault)
    assert cause.path[:1] == ((field,) if field else ())


LIMITS = st.none() | st.sampled_from([0.0, 1e-9, 0.5, 1e300, -1e300, math.nan, math.inf, -math.inf]) | st.integers(-5, 5).map(float)


@given(near=LIMITS, percent=LIMITS, within=LIMITS, above=LIMITS, below=LIMITS)
def test_whatever_bounds_a_claim_has_some_number_is_within_them_and_some_is_not(**limits: float | None) -> None:
    given = {name: limit for name, limit in limits.items() if limit is not None}
    try:
        made = claim(**NUMBER, **given)
    except msgspec.ValidationError:
        return
    allowed = [number for number in numbers(**given) if made._allows(number)]
    assert allowed
    assert all(number > given.get("above", -math.inf) and number < given.get("below", math.inf) for number in allowed)
    assert not all(made._allows(number) for number in (-math.inf, math.inf, -1.7e308, 1.7e308))
    assert not made._allows(math.nan)


def numbers(**limits: float) -> Iterator[float]:
    """Numbers at the limits, just beside them, and in the middle between any two."""
    room = limits.get("within", abs(limits.get("near", 0.0)) * limits.get("percent", 0.0) / 100.0)
    ends = [limits["near"] + room, limits["near"] - room, limits["near"]] if "near" in limits else []
    ends += [limits[name] for name in ("above", "below") if name in limits]
    for end in ends:
        yield from (end, math.nextafter(end, math.inf), math.nextafter(end, -math.inf), *((end + other) / 2.0 for other in ends))


# --- layers and samples --------------------------------------------------------------------------------------------------------------------

CHAIN, WIDE = Config(layers=6, epochs=2), Config(layers=6, width=4, data="xor", initialization="normal", epochs=2)
HUGE = [2**63 - 1, -(2**63), 10**30, 999, -999]


@cache
def shown(config: Config) -> Seen:
    return seen(record(config))


@given(
    config=st.sampled_from([CHAIN, WIDE]),
    of=st.sampled_from(sorted(BY_LAYER)),
    layers=st.tuples(*[st.integers(-8, 8) | st.sampled_from(HUGE)] * 2),
    sample=st.integers(-2, 3) | st.sampled_from(HUGE),
)
def test_a_claim_on_a_layer_or_a_sample_that_there_is_not_is_refused_and_never_holds(config: Config, of: str, layers: tuple[int, int], sample: int) -> None:
    rows = {"h", "u", "g", "dh", "slope", "log10 g", "mean h", "saturated", "dead"}  # of the others all samples have one
    exists = sample == 0 or (not config.wide and 0 <= sample < 2 and of in rows)
    exists = exists and (config.wide or of not in ("mean h", "saturated", "dead"))
    has = [-6 <= layer < 6 and (layer % 6 > 0 or of in ("h", "dh", "mean h")) for layer in layers]
    rises = layers[0] % 6 <= layers[1] % 6
    claims = [
        (claim(claim="number", of=of, layer=layers[0], sample=sample, above=-1e300), exists and has[0]),
        (claim(claim="ratio", of=of, layers=layers, sample=sample, above=-1e300), exists and all(has)),
        (claim(claim="zero", of=of, layers=layers, sample=sample), exists and all(has) and rises),
        (claim(claim="flat", of=of, layers=layers, sample=sample, within=1e300), exists and all(has) and rises and layers[0] % 6 != layers[1] % 6),
    ]
    for one, allowed in claims:
        if allowed:
            one.check_for(config)
            continue
        with pytest.raises(Fault):
            one.check_for(config)
        assert not one.check(shown(config)).holds


def test_what_is_compared_must_be_in_the_step_before_too() -> None:
    compared = claim(claim="compared", of="h", layer=5, above=0)
    compared.check_for(CHAIN, CHAIN)
    with pytest.raises(Fault, match="there are 3 layers"):
        compared.check_for(CHAIN, CHAIN.replace(layers=3))
    with pytest.raises(Fault, match="there are 3 layers"):
        compared.check_for(CHAIN.replace(layers=3), CHAIN)


# --- causes --------------------------------------------------------------------------------------------------------------------------------


def said_by(function: Callable[..., str]) -> set[str]:
    """The texts that a function may return, but for those that it only compares with."""
    if function.__name__ == "<lambda>":
        return {constant for constant in function.__code__.co_consts if isinstance(constant, str)}
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    compared = {id(part) for node in ast.walk(tree) if isinstance(node, ast.Compare) for part in ast.walk(node)}
    returned = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value]
    parts = [part for value in returned for part in ast.walk(value) if id(part) not in compared]
    return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def test_a_claim_may_name_every_cause_that_a_verdict_can_have_and_no_other_one() -> None:
    for kind, causes in CAUSES.items():
        assert set(causes) == said_by(diagnosis.CAUSES[kind]) | said_by(diagnosis.WIDE_CAUSES[kind]), kind
