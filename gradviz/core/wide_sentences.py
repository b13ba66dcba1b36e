"""Verdicts on wide networks in words that a student understands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from gradviz.core.evidence import STEEPEST
from gradviz.core.optimizers import scheduled
from gradviz.core.sentences import count, diverged, fitting, in_decades, plain, tails
from gradviz.core.theory import of_decades, readable
from gradviz.core.wide_facts import NORMALIZATION, SKIP, SLOPE, WEIGHTS, WideFacts

#: A gradient that changes by less, in decades, is about as large: by an eighth.
SAME = 0.05
NORM = {"layer": "layer norm", "batch": "batch norm"}


def _vanishing(facts: WideFacts, cause: str) -> str:
    way = facts.way
    if way.gain == -math.inf:
        return _nothing_left(facts)
    mean = way.gain / way.layers
    factor = f"each hidden layer passes on {of_decades(mean, 3 if mean > -1.0 else 2)} of the gradient"
    pace = f", a decade every {count(-1.0 / mean)} layers" if mean > -10.0 else ""
    below = f"below {of_decades(-facts.vanished)} from layer {facts.below:,} down, " if facts.below else ""
    parts, formats, own, more = _taken(facts, cause), _lost_by_formats(facts), _lost_by_formats(facts, own=True), _besides(facts, cause)
    chosen = ((pace, below, formats, more), (pace, below, own, more), ("", below, own, more), ("", below, own, ""), ("", "", own, ""))
    return fitting(
        *(f"Vanishing: {factor}{pace}; rms g {below or 'is '}{_size(facts)} at layer 1. {parts}.{formats}{more}" for pace, below, formats, more in chosen)
    )


def _nothing_left(facts: WideFacts) -> str:
    """Where a gradient does not get past a single layer."""
    way, form = facts.way, facts.config.number_format
    if not way.blocked:
        return f"Vanishing: in a single layer the gradient falls to where {form} ends; from layer {way.lost_at:,} down it is exactly 0, or next to it."
    reasons = (
        (facts.no_weights, "weights are exactly 0"),
        (facts.dead_layer == way.blocked, "every slope is exactly 0"),
        (facts.alike, "all units start alike, and what they pass back cancels"),
        (True, "what its weights pass back cancels"),
    )
    why = next(words for applies, words in reasons if applies)
    more = " The layers above it still learn." if facts.learning and way.blocked < facts.config.layers - 1 else ""
    return f"Vanishing: exactly nothing of the gradient gets past layer {way.blocked:,}, where {why}.{more}"


def _besides(facts: WideFacts, cause: str) -> str:
    """What else a student should know of a gradient that vanishes."""
    if facts.blown:
        return _blown(facts)
    signal = facts.way.signal
    # dC/dW[k] is the product of dC/du[k] and h[k-1]: where both lose the same, all layers get the same (Glorot and Bengio 2010, equation 14)
    if abs(signal - facts.lost) < facts.thresholds.shrunk:
        return f" The signal shrinks by {count(signal)} too: ∂C/∂W is about as small everywhere."
    if facts.learning:
        return " The upper layers still learn."
    if cause not in ("weights", "slope") or signal < facts.thresholds.shrunk:
        return ""
    return f" The signal shrinks {f'by {count(signal)}' if signal < math.inf else 'to exactly 0'} too."


def _exploding(facts: WideFacts, _cause: str) -> str:
    way = facts.way
    mean = way.gain / way.layers
    if mean == math.inf:
        return "Exploding: the gradient grows beyond all numbers on its way to layer 1."
    every = f", a decade every {count(1.0 / mean)} layers"
    pace = f"each hidden layer multiplies the gradient by {of_decades(mean, 3)}{every}; rms g is {_size(facts)} at layer 1"
    start, helps = f"Exploding: {pace}. {_added(facts)}.", _what_helps(facts)
    return fitting(start + helps, start.replace(every, "") + helps, start)


def _what_helps(facts: WideFacts) -> str:
    config = facts.config
    if facts.blown:
        return " The updates overshot: a smaller learning rate helps."
    if facts.falling:
        return f" {'Clipping bounds the updates, and the' if config.clipping != 'none' else 'The'} cost falls all the same."
    if config.clipping != "none":
        return " Clipping bounds the updates; smaller weights would help."
    # what is normalized is divided by what it was multiplied with
    cure = (
        "branches that start at 0 (fixup)" if config.residual == "plain" else ("residual connections" if config.normalization != "none" else "smaller weights")
    )
    if not facts.overshoots:
        return f" {cure[0].upper()}{cure[1:]} help."
    helps = f"{cure} or a smaller learning rate help" if config.residual in ("none", "plain") else "a smaller learning rate helps"
    return f" The next update overshoots: {helps}."


def _trains(facts: WideFacts, _cause: str) -> str:
    guess = f"; one answer to all inputs costs {plain(facts.guess)}" if facts.knows_nothing and facts.epoch > 0 else ""
    so_far = f"Trains: {_so_far(facts)}{guess}"
    if facts.learned:
        small = f" The error left is small, and so are all gradients: rms g is {_size(facts)} at layer 1." if facts.smallest < -facts.vanished else ""
        return fitting(f"{so_far}.{small if facts.cost else ' Nothing is left to learn.'}{_reached(facts)}", f"{so_far}.")
    if not facts.learning:
        why = "hardly any gradient is left" if facts.slow else "the updates jump to and fro; a smaller learning rate may take it further"
        return fitting(f"{so_far} and stays there: {why}.{_reached(facts)}", f"{so_far} and stays there: {why}.")
    pace = f", an update should take about {of_decades(facts.rate + 2.0)}% off it" if facts.rate < -0.3 and not facts.uphill else ""
    alike = " All units of a layer start alike, and stay so." if facts.alike else ""
    return fitting(f"{so_far}{pace}.{_reached(facts)}{alike}", f"{so_far}{pace}.{_reached(facts)}", f"{so_far}.{_reached(facts)}", f"{so_far}.")


def _so_far(facts: WideFacts) -> str:
    first, now = plain(facts.first_cost), plain(facts.cost)
    fell = facts.cost < facts.first_cost and first != now
    return (f"the cost fell from {first} to {now}" if fell else f"the cost is {now}") + _right(facts)


def _right(facts: WideFacts) -> str:
    """How many answers are right, where there are classes."""
    if math.isnan(facts.accuracy):
        return ""
    test = "" if math.isnan(facts.test_accuracy) else f", {_percent(facts.test_accuracy)} of the test's"
    return f" ({_percent(facts.accuracy)} of the answers are right{test})"


def _percent(share: float) -> str:
    """A share in whole percents; all of them only where it is all."""
    return "over 99%" if 0.995 <= share < 1.0 else f"{100.0 * share:.0f}%"


def _reached(facts: WideFacts) -> str:
    """What layer 1 gets of the gradient that the way begins with, in a sentence with a space before it."""
    way = facts.way
    if not way.passes:
        return " There is no gradient to pass back: every answer is exactly its target."
    if not way.layers and not way.lost_at:
        return ""
    whose = "the output" if way.to_output else f"layer {way.last:,}"
    if way.gain == -math.inf or way.lost_at:
        return f" Layer 1 gets exactly nothing of {whose}'s gradient."
    if abs(way.gain) < SAME:
        return f" Layer 1 gets about as much gradient as {whose}."
    got = f"{of_decades(way.gain)} {'times' if way.gain > 0.0 else 'of'} {whose}'s gradient"
    return f" Layer 1 gets {got}, {in_decades(abs(way.gain))} {'less' if way.gain < 0.0 else 'more'} over {way.layers:,} layer{'s' * (way.layers != 1)}."


def _saturated(facts: WideFacts, _cause: str) -> str:
    flat = f"{_percent(facts.saturated)} of the activations lie beyond {tails(facts.config, facts.thresholds.saturated)}, where φ′ is near 0"
    return f"Saturated: {flat}: the answer hardly depends on any weight. At layer 1, rms g is {_size(facts)}.{_blown(facts)}"


def _blown(facts: WideFacts) -> str:
    first, now = plain(facts.first_cost), plain(facts.cost)
    rose = f": the cost rose from {first} to {now}" if first != now else ""
    return f" The updates overshot{rose}." if facts.blown else ""


def _shrinking(facts: WideFacts, cause: str) -> str:
    way = facts.way
    loss = f"the signal loses {in_decades(way.signal)} from layer 1 to layer {way.last:,}, so that little is left to learn from"
    start = f"Shrinking: {loss}. {_taken(facts, cause)} of the gradient."
    return fitting(start + _lost_by_formats(facts), start)


def _dead(facts: WideFacts, cause: str) -> str:
    layer = facts.dead_layer
    below = "layer 1 stands still" if layer == 1 else f"layers 1 to {layer:,} stand still"
    batch = " of the batch" if facts.updates > 1 else ""
    passes = "and nothing gets past it, forwards or back" if facts.no_signal_from else f"and passes no gradient back: {below}"
    small, norm = " Smaller weights help.", NORM.get(facts.config.normalization)
    side = "answers 0 to every sample" if facts.config.activation == "relu" else "is on its flat side for every sample"
    return {
        "input": "Dead: every input is 0, so that no weight makes a difference and none gets a gradient.",
        "weights": "Dead: weights are exactly 0, so that neither signal nor gradient gets past them, and no weight is updated.",
        "signal": f"Dead: the signal has shrunk to exactly 0 by layer {layer:,}, so that nothing gets past it, forwards or back: larger weights help.",
        "normalization": f"Dead: all that {norm} averages over is alike in layer {layer:,}: exactly 0 is left of the signal, and nothing gets past it.",
        "dead units": f"Dead: every unit of layer {layer:,} {side}{batch}, {passes}.",
        "saturation": f"Dead: every unit of layer {layer:,} sits so far out for every sample{batch} that φ′ is exactly 0: {below}.{_blown(facts) or small}",
        "symmetry": "Dead: all units start alike, and what they pass back cancels exactly, so that no weight is updated: random weights help.",
    }[cause]


def _diverged(facts: WideFacts, cause: str) -> str:
    return diverged(facts, cause, "make large numbers", _rate(facts))


def _stalled(facts: WideFacts, cause: str) -> str:
    each = f"an update takes only {of_decades(facts.rate)} of it" if facts.rate > -math.inf else "no update moves any weight"
    rose = f", up from {plain(facts.first_cost)}" if facts.blown else ""
    flat = f" {_percent(facts.saturated)} of the activations are saturated." if facts.saturated >= facts.thresholds.most else ""
    why = {
        "number format": f"{facts.config.number_format} is too coarse, the updates are rounded away beside the weights that they should move.",
        "learning rate": _too_slow(facts, each) if facts.slow else f"with a learning rate of {_rate(facts)} the updates overshoot; a smaller one helps.{flat}",
        "flat cost": f"no weight makes much of a difference; {each}.",
        "plateau": f"that is about what one and the same answer to every input costs, and the updates hardly lower it{_right(facts)}.",
    }[cause]
    return f"Stalled at a cost of {plain(facts.cost)}{rose}: {why}"


def _too_slow(facts: WideFacts, each: str) -> str:
    clipped = facts.config.clipping != "none"
    also = f" and gradients clipped at {readable(facts.config.clip_at, 3)}" if clipped else ""
    return f"with a learning rate of {_rate(facts)}{also} {each}; {'greater ones help' if clipped else 'a greater one helps'}."


def _rate(facts: WideFacts) -> str:
    """The learning rate of this epoch, as warm-up and decay have it."""
    return readable(scheduled(facts.config, facts.config.learning_rate, facts.epoch), 3)


# --- who takes and who adds ----------------------------------------------------------------------------------------------------------------


def _shares(facts: WideFacts) -> list[tuple[str, bool, float]]:
    """What the gradient passes through: its name, whether that is more than one, and the decades that it adds or, below 0, takes.

    The decades of normalization and of the weights that it divides by their size are one number: the scale of the weights only moves them from one to the
    other. Where a skip goes around, the branch's own factors are not the way's, which is their sum: one name for all of it.
    """
    parts = facts.way.parts
    if facts.config.residual != "none":
        return [("the branches", True, sum(parts))]
    normalized = facts.config.normalization != "none"
    weights = (f"{NORM[facts.config.normalization]} and the weights" if normalized else "the weights", True)
    return [(*weights, parts[WEIGHTS] + parts[NORMALIZATION] + parts[SKIP]), (*_slope(facts), parts[SLOPE])]


def _slope(facts: WideFacts) -> tuple[str, bool]:
    if facts.config.activation == "relu":
        return "units that answer 0", True
    steepest = STEEPEST.get(facts.config.activation, 1.0)
    return f"the slope φ′ ≤ {'1/4' if steepest < 1.0 else readable(steepest)}", False


def _taken(facts: WideFacts, cause: str) -> str:
    """Who takes how many decades, the one to blame first."""
    shares = sorted(_shares(facts), key=lambda share: share[2])
    named, plural, decades = shares[0]
    if cause == "saturation":
        named, plural = "saturation", False
    skips = " off what the skips carry" if facts.config.residual != "none" else ""
    blamed = f"{named[0].upper()}{named[1:]} take{'s' * (not plural)} {in_decades(-decades)}{skips}"
    return blamed + "".join(_other(share, -decades, taking=True) for share in shares[1:])


def _added(facts: WideFacts) -> str:
    """Who adds how many decades, the one that adds most first."""
    shares = sorted(_shares(facts), key=lambda share: -share[2])
    named, plural, decades = shares[0]
    skips = " to what the skips carry" if facts.config.residual != "none" else ""
    blamed = f"{named[0].upper()}{named[1:]} add{'s' * (not plural)} {in_decades(decades)}{skips}"
    return blamed + "".join(_other(share, decades, taking=False) for share in shares[1:])


def _other(share: tuple[str, bool, float], first: float, *, taking: bool) -> str:
    """What somebody else takes or adds; nothing where it is hardly anything beside the first."""
    named, plural, decades = share
    if abs(decades) < 0.03 * abs(first):
        return ""
    does = ("add" if not taking else "give") if decades > 0.0 else "take"
    back = " back" if taking and decades > 0.0 else ""
    return f", {named} {does}{'s' * (not plural)}{back} {count(abs(decades))}"


def _lost_by_formats(facts: WideFacts, own: bool = False) -> str:
    """What the training's number format has lost and, unless its own losses are all there is room for, what float32 would."""
    form = facts.config.number_format
    if facts.zero_in_format:
        return f" {form} holds exactly 0 from layer {facts.zero_in_format:,} down."
    would = f" float32 would hold exactly 0 from layer {facts.zero_in_float32:,} down." if facts.zero_in_float32 else ""
    return "" if own else would


def _size(facts: WideFacts) -> str:
    return "exactly 0" if facts.smallest == -math.inf else ("no number" if not math.isfinite(facts.smallest) else of_decades(facts.smallest))


#: The words of each kind of verdict, given the facts and the cause.
WIDE_SENTENCES: Mapping[str, Callable[[WideFacts, str], str]] = {
    "trains": _trains,
    "vanishing": _vanishing,
    "exploding": _exploding,
    "saturated": _saturated,
    "shrinking": _shrinking,
    "dead": _dead,
    "diverged": _diverged,
    "stalled": _stalled,
}
