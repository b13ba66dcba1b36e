"""One number of a run, by the name that a claim calls it; and whether a network has such a number at all."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import Config
from gradviz.core.words import short
from gradviz.lessons.fault import Fault, whole
from gradviz.lessons.seen import BY_LAYER, WHOLE, Quantity, Whole, at_layer
from gradviz.runs.moment import Moment


def measured(name: str, layer: int | None, moment: Moment, sample: int = 0) -> float:
    """The number of that name; NaN where this network has none."""
    return look_up(name, layer, moment, sample)[0]


def look_up(name: str, layer: int | None, moment: Moment, sample: int = 0) -> tuple[float, str]:
    """The number of that name, and how it is said; NaN and the reason where there is none."""
    try:
        check_number(name, layer, sample, moment.config)
        seen = of_sample(moment, sample)
        number = WHOLE[name].take(seen) if layer is None else at_layer(name, layer, seen)
    except (Fault, LookupError) as problem:
        return math.nan, str(problem)
    return number, short(number, 4)


def between(name: str, layers: tuple[int, int], moment: Moment, sample: int) -> tuple[NDArray[np.float64], str]:
    """The numbers of these layers, both included; none, and the reason, where this network has them not."""
    try:
        first, last = check_span(name, layers, sample, moment.config)
        return BY_LAYER[name].take(of_sample(moment, sample))[first : last + 1], ""
    except (Fault, LookupError) as problem:
        return np.empty(0), str(problem)


def of_sample(moment: Moment, sample: int) -> Moment:
    """The same moment with the eyes on one of its samples."""
    return moment if sample == moment.sample else Moment(moment.run, moment.frame, sample)


# --- what a network has --------------------------------------------------------------------------------------------------------------------


def check_number(name: str, layer: int | None, sample: int, config: Config) -> None:
    """Raise Fault where a network like this has no such number, layer or sample."""
    _check_kind(BY_LAYER[name] if layer is not None else WHOLE[name], sample, config)
    if layer is not None:
        place(name, layer, config, "layer")


def check_span(name: str, layers: tuple[int, int], sample: int, config: Config) -> tuple[int, int]:
    """The layers from the one to the other, as places from the input; raises Fault where they are not in the network, or the wrong way round."""
    _check_kind(BY_LAYER[name], sample, config)
    first, last = (place(name, layer, config, "layers", number) for number, layer in enumerate(layers))
    if first > last:
        raise Fault(f"goes from layer {first:,} to layer {last:,}, which is below it; name the lower one first", "layers")
    return first, last


def place(name: str, layer: int, config: Config, *path: str | int) -> int:
    """Where a layer is, from the input, if it is counted from the end; raises Fault with this path where it is not in the network."""
    quantity, layers = BY_LAYER[name], config.layers
    found = layer if layer >= 0 else layers + layer
    if not quantity.first <= found < layers:
        raise Fault(
            f"there are {layers:,} layers, and {quantity.symbol} is of layers {quantity.first} to {layers - 1:,}; {whole(layer)} is none of them", *path
        )
    return found


def _check_kind(what: Quantity | Whole, sample: int, config: Config) -> None:
    """Raise Fault where networks of this kind have no such number, or none of this sample."""
    if what.wide and not config.wide:
        raise Fault(f"{what.called} is measured in wide networks only, and this is a chain with one unit in each layer", "of")
    samples = len(config.inputs)
    if sample and config.wide:
        raise Fault(f"sample is {whole(sample)}; in a wide network a number is of all samples together, so leave it out", "sample")
    if sample and not what.by_sample:
        raise Fault(f"sample is {whole(sample)}; {what.called} is not one sample's, so leave it out", "sample")
    if not 0 <= sample < samples and not config.wide:
        raise Fault(f"sample is {whole(sample)}; there are {samples:,} samples, counted from 0 to {samples - 1:,}", "sample")


def check_name(name: str, by_layer: bool) -> None:
    """Raise Fault where there is no number of that name."""
    known = BY_LAYER if by_layer else WHOLE
    if name in known:
        return
    other = " (without a layer)" if name in WHOLE else (" (it wants a layer)" if name in BY_LAYER else "")
    raise Fault(f"names '{name}'{other}, which is none of {', '.join(known)}", "of")


# --- in words ------------------------------------------------------------------------------------------------------------------------------

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def named(name: str, layer: int | None) -> str:
    """A number's name at the beginning of a sentence."""
    return sentence(WHOLE[name].words if layer is None else f"{BY_LAYER[name].symbol} {BY_LAYER[name].place} {layer_words(layer)}")


def sentence(words: str) -> str:
    """Words at the beginning of a sentence: φ is not Φ."""
    return words[0].upper() + words[1:] if words[0].isascii() else words


def layer_words(layer: int) -> str:
    """A layer in words: layer 3, the last layer."""
    if layer >= 0:
        return f"layer {layer:,}" if layer else "layer 0 (the input)"
    return {-1: "the last layer", -2: "the layer before the last one"}.get(layer, f"layer {-layer:,} from the end")


def sample_words(sample: int | None) -> str:
    """Whose number it is, with a space before it, where a claim says so."""
    if sample is None:
        return ""
    return f" for the {ORDINALS[sample]} sample" if 0 <= sample < len(ORDINALS) else f" for sample number {sample + 1:,}"
