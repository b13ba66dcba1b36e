"""What is measured of wide networks and of the phase map, one function each, and the goal it has."""

from __future__ import annotations

from functools import cache, partial

from gradviz.benchmarks import clicks, windows
from gradviz.benchmarks.measuring import Goal, Measure, Reading, in_words, shortest_turns
from gradviz.benchmarks.rivals import torch_on_one_thread
from gradviz.benchmarks.wide_rivals import FORMATS, Epochs, Shape, WideEngine, WideTorch
from gradviz.runs.blas import one_thread

NARROW, MIDDLING, LARGE = Shape(100, 4, 32), Shape(50, 64, 64), Shape(50, 256, 256)
#: So many epochs in a turn, and turns: some seconds for each shape. Looked at, an epoch takes up to 25 times as long, and a third of the turns has to do.
TURNS = {NARROW: (10, 30), MIDDLING: (5, 30), LARGE: (1, 12)}
OBSERVED_SHARE = 3
#: An observed layer takes some 50 calls whatever its size, and one of 4 x 4 weights is trained in 10: there the looks weigh most. The bounds are a fifth above
#: what was measured there, 5 and 28; with 256 units it is 2.4 and 5.5, of float32, for a look is in float64.
MOST_FOR_RMS, MOST_FOR_PERCENTILES = 6, 34


def against_torch(shape: Shape) -> Reading:
    """How many times faster than eager PyTorch, one thread each, the engine passes forward, back, and updates: of float32 and float64 the smaller number."""
    rivals: dict[tuple[str, str], Epochs] = {}
    with torch_on_one_thread(), one_thread():
        for form in FORMATS:
            config, data = shape.config(form), shape.data()
            rivals |= {(form, "engine"): WideEngine(config, data), (form, "torch"): WideTorch(config, data)}
        seconds = seconds_per_epoch(shape, rivals)
    faster = {form: seconds[form, "torch"] / seconds[form, "engine"] for form in FORMATS}
    words = [f"{form}: {in_words(seconds[form, 'engine'])}, PyTorch {in_words(seconds[form, 'torch'])} ({faster[form]:.3g}x)" for form in FORMATS]
    return Reading(min(faster.values()), f"an epoch takes in {'; in '.join(words)}")


def seconds_per_epoch(shape: Shape, rivals: dict[tuple[str, str], Epochs], share: int = 1) -> dict[tuple[str, str], float]:
    """The time that each takes for an epoch, the shortest of the shape's turns or of a part of them."""
    epochs, rounds = TURNS[shape]
    shortest = shortest_turns({name: partial(train, epochs) for name, train in rivals.items()}, -(-rounds // share))
    return {name: seconds / epochs for name, seconds in shortest.items()}


@cache
def observed(shape: Shape) -> dict[tuple[str, str], float]:
    """Seconds for an epoch by number format and by what is looked at: nothing at all, the root mean squares, or all percentiles too."""
    rivals: dict[tuple[str, str], Epochs] = {}
    with one_thread():
        for form in FORMATS:
            unseen, seen, data = shape.config(form), shape.config(form, observe_every=1), shape.data()
            rivals |= {(form, "none"): WideEngine(unseen, data), (form, "rms"): WideEngine(seen, data), (form, "all"): WideEngine(seen, data, None)}
        return seconds_per_epoch(shape, rivals, OBSERVED_SHARE)


def observing(what: str) -> Reading:
    """How long an epoch takes when every one is observed, in times of an unobserved one: the greatest number of all shapes and formats."""
    costs, words = [], []
    for shape in TURNS:
        seconds = observed(shape)
        for form in FORMATS:
            costs.append(seconds[form, what] / seconds[form, "none"])
            words.append(f"{shape} {form} {in_words(seconds[form, what])} ({costs[-1]:.3g}x)")
    return Reading(max(costs), f"an epoch takes {', '.join(words)}")


def p95_frame() -> Reading:
    """Milliseconds between two paints of the window while a 50 x 64 net trains: 95 in 100 are shorter."""
    seen = windows.frames("50 x 64")
    speed = f"{seen.epochs_per_second:,.0f} epochs/s trained, observed and recorded meanwhile"
    return Reading(seen.p95, f"median {seen.median:.3g} ms; {seen.painted} paints of the gradient panel in {windows.COUNTED:g} s, 1280x800, Fast; {speed}")


def clicking() -> Reading:
    """Milliseconds from a click to its picture while a 200-layer, 256-wide net trains: the slowest of some twenty."""
    answered = clicks.answers()
    slowest = ", ".join(f"{name} {milliseconds:.0f} ms" for name, milliseconds in answered.slowest.items())
    times = f"median {answered.median:.0f} ms, p95 {answered.p95:.0f} ms, slowest of {answered.clicks} clicks {answered.greatest:.0f} ms"
    return Reading(answered.greatest, f"{times} ({slowest}); {answered.epochs} epochs in {answered.seconds:.0f} s meanwhile")


def phase_map_at_once() -> Reading:
    """Milliseconds for the phase map of 200 x 200 points in a process that knows nothing of it yet: the slowest activation."""
    taken = clicks.maps_from_cold()
    slowest = max(taken, key=lambda name: taken[name])
    return Reading(taken[slowest] * 1e3, f"the slowest is {slowest}; " + ", ".join(f"{name} {in_words(seconds)}" for name, seconds in taken.items()))


def phase_map_shown() -> Reading:
    """Milliseconds from showing the map's panel to the painted picture of 200 x 200 cells, while a 50 x 64 net trains."""
    shown = clicks.map_shown()
    words = f"a first, coarse one after {shown.first:.0f} ms, while a 50 x 64 net trains in Fast; {shown.finest_at_rest:.0f} ms while nothing trains"
    return Reading(shown.finest, words)


MEASURES: tuple[Measure, ...] = (
    Measure("wide torch narrow", f"{NARROW} samples, eager PyTorch against the engine", Goal(True, 5, "x"), partial(against_torch, NARROW)),
    Measure("wide torch middling", f"{MIDDLING} samples, eager PyTorch against the engine", Goal(True, 3, "x"), partial(against_torch, MIDDLING)),
    Measure("wide torch large", f"{LARGE} samples, eager PyTorch against the engine", Goal(True, 1, "x"), partial(against_torch, LARGE)),
    Measure("wide observing", "the same, root mean squares of every epoch against none", Goal(False, MOST_FOR_RMS, "x"), partial(observing, "rms")),
    Measure("wide percentiles", "the same, all percentiles of every epoch against none", Goal(False, MOST_FOR_PERCENTILES, "x"), partial(observing, "all")),
    Measure("wide p95 frame", "window, 50 x 64 in Fast: 95th percentile of intervals", Goal(False, 33, " ms"), p95_frame),
    Measure("wide click", "window, 200 x 256 in Fast: a click until it is painted", Goal(False, 100, " ms"), clicking),
    Measure("phase map", "phase map of 200 x 200 points, from cold", Goal(False, 1000, " ms"), phase_map_at_once),
    Measure("phase panel", "phase map's panel shown, to its finest picture", Goal(False, 1000, " ms"), phase_map_shown),
)
