"""Verdicts in words that a student understands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gradviz.core.config import Config
from gradviz.core.evidence import Facts, steepest
from gradviz.core.formats import FORMATS
from gradviz.core.theory import of_decades, readable

if TYPE_CHECKING:  # it asks for this module's words
    from gradviz.core.wide_facts import WideFacts

#: So many characters are two lines of the window; a longer sentence leaves out what matters least.
LONGEST = 250


def _vanishing(facts: Facts, cause: str) -> str:
    way = facts.way
    if way.gain == -math.inf:
        what = "weights that are exactly 0 stand" if cause == "weights" else "a slope that is exactly 0 stands"
        return f"Vanishing: exactly nothing of the gradient reaches layer 1, for {what} in its way."
    mean = way.gain / way.layers
    factor = f"each layer passes on {of_decades(mean, 3 if mean > -1.0 else 2)} of the gradient{_of_sample(facts)}"
    pace = f", a decade every {count(-1.0 / mean)} layers" if mean > -10.0 else ""
    below = f"below {of_decades(-facts.vanished)} from layer {facts.below:,} down, " if facts.below else ""
    if facts.learning:
        more = " The upper layers still learn."
    elif cause == "weights" and way.signal >= facts.thresholds.shrunk:
        more = f" The signal shrinks by {count(way.signal)} too."
    else:
        more = ""
    formats, own = _lost_by_formats(facts), _lost_by_formats(facts, own=True)
    chosen = ((pace, below, formats, more), (pace, below, formats, ""), ("", below, formats, ""), ("", below, own, ""), ("", "", own, ""))
    return fitting(
        *(f"Vanishing: {factor}{pace}; g is {below}{_size(facts)} at layer 1. {_parts(facts, cause)}.{formats}{more}" for pace, below, formats, more in chosen)
    )


def _exploding(facts: Facts, _cause: str) -> str:
    mean = facts.way.gain / facts.way.layers
    if mean == math.inf:
        return "Exploding: the weights multiply the gradient beyond all numbers on its way to layer 1."
    each = f"each layer multiplies the gradient by {of_decades(mean, 3)}{_of_sample(facts)}"
    pace = f"{each}, a decade every {count(1.0 / mean)} layers; g is {_size(facts)} at layer 1"
    end = " The next update overshoots: smaller weights or a smaller learning rate help." if facts.overshoots else " Smaller weights help."
    return f"Exploding: {pace}. The weights add {in_decades(facts.way.weights)}.{end}"


def _trains(facts: Facts, _cause: str) -> str:
    first, now = readable(facts.first_cost, 3), readable(facts.cost, 3)
    so_far = f"the cost fell from {first} to {now}" if facts.cost < facts.first_cost and first != now else f"the cost is {now}"
    if facts.learned:
        small = f" The error left is small, and so are all gradients: g is {_size(facts)} at layer 1." if facts.smallest < -facts.vanished else ""
        carried = ": the upper layers do the learning" if facts.lost >= facts.vanished and facts.way.passes else ""
        return f"Trains: {so_far}.{small if facts.cost else ' Nothing is left to learn.'} {_share(facts)}{carried}."
    if not facts.learning:
        return f"Trains: {so_far} and stays there, where the samples pull the weights in opposite directions. {_share(facts)}."
    pace = f", each update takes about {of_decades(facts.rate + 2.0)}% off it" if facts.rate < -0.3 else ""
    gain, layers = facts.way.gain, facts.way.layers
    apart = f", {in_decades(abs(gain))} {'less' if gain < 0.0 else 'more'} over {layers:,} layer{'s' * (layers != 1)}"
    return f"Trains: {so_far}{pace}. {_share(facts)}{apart if 0.005 <= abs(gain) < math.inf else ''}."


def _saturated(facts: Facts, _cause: str) -> str:
    slope = of_decades(facts.way.slopes / facts.way.layers)
    beyond = f"{100.0 * facts.saturated:.0f}% of the activations lie beyond {tails(facts.config, facts.thresholds.saturated)}"
    return (
        f"Saturated: {beyond}, where φ′ is near 0, {slope} on average{_of_sample(facts)}: "
        f"the answer hardly depends on any weight. At layer 1, g is {_size(facts)}."
    )


def _shrinking(facts: Facts, cause: str) -> str:
    loss = f"the signal loses {in_decades(facts.way.signal)} from input to output{_of_sample(facts)}, so that little is left to learn from"
    start = f"Shrinking: {loss}. {_parts(facts, cause)} of the gradient."
    return fitting(start + _lost_by_formats(facts), start + _lost_by_formats(facts, own=True))


def _dead(facts: Facts, cause: str) -> str:
    samples = len(facts.config.inputs)
    if cause == "dead units":
        who = "every sample meets" if facts.dead_samples == samples else f"{facts.dead_samples} of {samples} samples meet{'s' * (facts.dead_samples == 1)}"
        return f"Dead: {who} a ReLU that answers 0 and passes no gradient back, in layer {facts.dead_layer:,}. No update of a weight can wake it."
    return {
        "input": "Dead: every input is 0, so that no weight makes a difference and none gets a gradient.",
        "weights": "Dead: weights are exactly 0, so that neither signal nor gradient gets past them, and no weight is updated.",
        "saturation": "Dead: the units sit so far out that φ′ is exactly 0, and no weight gets a gradient.",
    }[cause]


def _diverged(facts: Facts, cause: str) -> str:
    return diverged(facts, cause, "multiply the signal layer by layer", readable(facts.config.learning_rate, 3))


def diverged(facts: Facts | WideFacts, cause: str, weights_do: str, rate: str) -> str:
    """Why a number left the floats, after the words of the ending where there is one; of any network."""
    form = facts.config.number_format
    why = {
        "number format": f"a number outgrew {form}, which ends at {readable(FORMATS[form].largest, 5)}; float64 would hold it.",
        "overflow": f"already the first pass leaves {form}: smaller weights or inputs help.",
        "weights": f"the weights {weights_do}, the first cost was {plain(facts.first_cost)}, and then the update overshot.",
        "learning rate": f"with a learning rate of {rate} the updates overshot; a smaller one helps.",
    }[cause]
    if facts.ending is not None and facts.ending.kind == "diverged":
        return f"{facts.ending.reason} {why[0].upper()}{why[1:]}"
    return f"Diverged: {why}"


def _stalled(facts: Facts, cause: str) -> str:
    rate = readable(facts.config.learning_rate, 3)
    each = f"an update takes only {of_decades(facts.rate)} of it" if facts.rate > -math.inf else "no update moves any weight"
    why = {
        "number format": f"{facts.config.number_format} is too coarse, the updates are rounded away beside the weights that they should move.",
        "learning rate": f"with a learning rate of {rate} {each}; a greater one helps."
        if facts.rate < math.log10(facts.thresholds.slow)
        else f"with a learning rate of {rate} the updates overshoot; a smaller one helps.",
        "cancellation": "the samples pull every weight in opposite directions, and their gradients cancel.",
        "flat cost": f"no weight makes much of a difference; {each}.",
    }[cause]
    return f"Stalled at a cost of {plain(facts.cost)}: {why}"


def _share(facts: Facts) -> str:
    if not facts.way.passes:
        return "There is no gradient to pass back: every answer is exactly its target"
    gain = facts.way.gain
    got = "nothing of" if gain == -math.inf else ("all of" if abs(gain) < 0.005 else f"{of_decades(gain)} of")
    return f"Layer 1 gets {got} the output's gradient{_of_sample(facts)}"


def _of_sample(facts: Facts) -> str:
    """Which sample the numbers are of, where another one's are others."""
    return f" for x = {readable(facts.config.inputs[facts.way.sample], 3)}" if facts.way.alone else ""


def _parts(facts: Facts, cause: str) -> str:
    """Who takes how many decades, the one to blame first."""
    named = {"saturation": "saturation", "slope": _slope_named(steepest(facts)), "weights": "the weights"}
    other = "weights" if cause != "weights" else "slope"
    taken, rest = (facts.way.slopes, facts.way.weights) if cause != "weights" else (facts.way.weights, facts.way.slopes)
    blamed = f"{named[cause][0].upper()}{named[cause][1:]} {'take' if cause == 'weights' else 'takes'} {in_decades(-taken)}"
    if abs(rest) < 0.03 * abs(taken):
        return blamed
    plural = "" if other == "weights" else "s"
    return f"{blamed}, {named[other]} {f'give{plural} back' if rest > 0.0 else f'take{plural}'} {count(abs(rest))}"


def _slope_named(steepest: float) -> str:
    """phi' with what it cannot be above, where that is not above 1."""
    return "the slope φ′" + (" ≤ 1/4" if steepest < 1.0 else (" < 1" if steepest == 1.0 else ""))


def _lost_by_formats(facts: Facts, own: bool = False) -> str:
    """What the training's number format has lost and, unless its own losses are all there is room for, what float32 would."""
    form = facts.config.number_format
    holder = form if facts.config.derivative == "exact" else f"{form} with φ′ from h"
    said = [f"{holder} holds exactly 0 from layer {facts.zero_in_format:,} down"] if facts.zero_in_format else []
    if facts.zero_in_float32 and form == "float64" and not (own and said):
        after = "as would float32" if facts.zero_in_float32 == facts.zero_in_format else f"float32 from {facts.zero_in_float32:,}"
        said.append(after if said else f"float32 would hold exactly 0 from layer {facts.zero_in_float32:,} down")
    return f" {', '.join(said)}." if said else ""


def fitting(*candidates: str) -> str:
    """The first of these that two lines of the window hold, or else the last."""
    return next((words for words in candidates if len(words) <= LONGEST), candidates[-1])


def _size(facts: Facts) -> str:
    return "exactly 0" if facts.smallest == -math.inf else ("no number" if not math.isfinite(facts.smallest) else of_decades(facts.smallest))


def count(number: float) -> str:
    """Decades and layers: a whole number from ten on."""
    return readable(number, 2) if number < 10.0 else (f"{number:,.0f}" if number < 1e9 else readable(number, 2))


def in_decades(number: float) -> str:
    """So many decades: 1 decade, 1.8 decades."""
    said = count(number)
    return f"{said} decade{'s' * (said != '1')}"


def plain(number: float) -> str:
    """A cost, which may have left the floats."""
    return readable(number, 3) if math.isfinite(number) else "infinite"


def tails(config: Config, edge: float) -> str:
    """Beyond what an activation is in its flat tails."""
    return f"±{edge:g}" if config.activation != "sigmoid" else f"{1.0 - edge:.2g} and {edge:g}"


#: The words of each kind of verdict, given the facts and the cause.
SENTENCES: Mapping[str, Callable[[Facts, str], str]] = {
    "trains": _trains,
    "vanishing": _vanishing,
    "exploding": _exploding,
    "saturated": _saturated,
    "shrinking": _shrinking,
    "dead": _dead,
    "diverged": _diverged,
    "stalled": _stalled,
}
