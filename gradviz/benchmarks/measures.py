"""What is measured of the chain, one function each, and the goal it has; MEASURES lists these and those of wide networks."""

from __future__ import annotations

from gradviz.benchmarks import exporting, films, long_runs, scrubbing, sweeps, wide, windows
from gradviz.benchmarks.measuring import Contestant, Goal, Measure, Reading, in_words, seconds_per_epoch
from gradviz.benchmarks.rivals import c_compiler, c_loop, engine, notebook, notebook_tuned, torch_lean, torch_modules
from gradviz.core.config import Config

#: The notebook's case 1(a), which is what a Config is by default, observing every epoch.
NOTEBOOK_1A = Config(epochs=1000, observe_every=1)
#: Nothing is observed but the first and the last epoch.
NEVER = 1_000_000_000
#: The preset that trains in the window.
CHAIN = "notebook-1b"


def against_notebook() -> Reading:
    """How many times faster than the notebook's own loop the engine trains case 1(a)."""
    # the loops take 50 epochs a turn, as long as ten turns of the engine: their time is per epoch, and no epoch takes longer than another
    slow = NOTEBOOK_1A.replace(epochs=50)
    rivals = {"engine": Contestant(engine, NOTEBOOK_1A), "plain": Contestant(notebook, slow), "tuned": Contestant(notebook_tuned, slow)}
    seconds = seconds_per_epoch(rivals)
    ours, plain, tuned = seconds["engine"], seconds["plain"], seconds["tuned"]
    tuned_words = f"{in_words(tuned)} ({tuned / ours:.0f}x) with tanh' and dw of all layers at once"
    return Reading(plain / ours, f"an epoch takes {in_words(ours)}, the notebook's loop {in_words(plain)}; {tuned_words}")


def against_torch() -> Reading:
    """How many times faster than eager PyTorch (float64, one thread, nothing observed) the engine trains case 1(a)."""
    modules, lean = torch_modules(), torch_lean()
    # 10 epochs a turn for the slow, per epoch as above
    slow = NOTEBOOK_1A.replace(epochs=10)
    rivals = {"engine": Contestant(engine, NOTEBOOK_1A), "modules": Contestant(modules, slow), "lean": Contestant(lean, slow)}
    seconds = seconds_per_epoch(rivals)
    ours, usual, leanest = seconds["engine"], seconds["modules"], seconds["lean"]
    lean_words = f"{in_words(leanest)} ({leanest / ours:.0f}x) without modules and optimizer"
    return Reading(usual / ours, f"an epoch takes {in_words(ours)}, PyTorch's Linear, Tanh and SGD {in_words(usual)}; {lean_words}")


def against_c() -> Reading:
    """How long the engine takes for case 1(a), in times of the same loop in C, both observing every epoch."""
    loop, compiler = c_loop(), c_compiler()
    rivals = {"engine": Contestant(engine, NOTEBOOK_1A), "c": Contestant(loop, NOTEBOOK_1A)}
    seconds = seconds_per_epoch(rivals, rounds=100)
    version = compiler.version if compiler else ""
    return Reading(seconds["engine"] / seconds["c"], f"an epoch takes {in_words(seconds['engine'])}, the loop in C {in_words(seconds['c'])} ({version}, -O3)")


def observing() -> Reading:
    """How long training takes when every epoch is observed, in times of training unobserved."""
    rivals = {"every": Contestant(engine, NOTEBOOK_1A), "none": Contestant(engine, NOTEBOOK_1A.replace(observe_every=NEVER))}
    seconds = seconds_per_epoch(rivals, rounds=100)
    every, none = seconds["every"], seconds["none"]
    return Reading(every / none, f"an epoch takes {in_words(every)} observed ({1 / every:,.0f} epochs/s), {in_words(none)} unobserved")


def growing() -> Reading:
    """How much the time per epoch and layer differs between 100, 1000 and 10,000 layers: the longest in times of the shortest."""
    work = 1_000_000  # layer-epochs in a turn
    rivals = {f"{layers:,}": Contestant(engine, NOTEBOOK_1A.replace(layers=layers, epochs=work // layers)) for layers in (10, 100, 1000, 10_000)}
    seconds = seconds_per_epoch(rivals, rounds=20)
    # layer 0 is the input and computes nothing
    per_layer = {name: seconds[name] / (contestant.config.layers - 1) for name, contestant in rivals.items()}
    long = [per_layer[name] for name, contestant in rivals.items() if contestant.config.layers >= 100]
    words = ", ".join(f"{time * 1e9:.1f} ns with {name}" for name, time in per_layer.items())
    return Reading(max(long) / min(long), f"an epoch takes, for each layer, {words} layers")


def median_frame() -> Reading:
    """Milliseconds between two paints of the window while it trains as fast as it can: half of them are shorter."""
    seen = windows.frames(CHAIN)
    return Reading(seen.median, f"{seen.painted} paints of the gradient panel in {windows.COUNTED:g} s, 1280x800, Fast, six panels live")


def p95_frame() -> Reading:
    """Milliseconds between two paints: 95 in 100 are shorter."""
    return Reading(windows.frames(CHAIN).p95, "in the same seconds")


def epochs_behind_the_window() -> Reading:
    """Epochs a second that the worker trains and the window records meanwhile."""
    return Reading(windows.frames(CHAIN).epochs_per_second, "in the same seconds, every epoch observed and recorded")


def launching() -> Reading:
    """How long it takes to the window's first paint, in times of an empty window's."""
    own, empty = windows.launches()
    return Reading(
        own / empty, f"{own * 1e3:.0f} ms to the first paint, an empty PyQt6 and pyqtgraph window {empty * 1e3:.0f} ms; median of {windows.LAUNCHES}"
    )


MEASURES: tuple[Measure, ...] = (
    Measure("notebook", "notebook-1a, the notebook's own loop against the engine", Goal(True, 150, "x"), against_notebook),
    Measure("torch", "notebook-1a, eager PyTorch against the engine", Goal(True, 500, "x"), against_torch),
    Measure("c", "notebook-1a, the engine against the same loop in C", Goal(False, 1.5, "x"), against_c),
    Measure("observing", "observing every epoch against observing none", Goal(False, 1.5, "x"), observing),
    Measure("growing", "time per layer, from 100 to 10,000 layers", Goal(False, 1.2, "x"), growing),
    Measure("median frame", "window, Fast: median frame interval", Goal(False, 20, " ms"), median_frame),
    Measure("p95 frame", "window, Fast: 95th percentile of frame intervals", Goal(False, 33, " ms"), p95_frame),
    Measure("epochs", "window, Fast: epochs trained and recorded meanwhile", Goal(True, 10_000, "/s"), epochs_behind_the_window),
    Measure("launch", "window shown, kernel cached, against an empty one", Goal(False, 1.4, "x"), launching),
    *wide.MEASURES,
    *scrubbing.MEASURES,
    *long_runs.MEASURES,
    *sweeps.MEASURES,
    *exporting.MEASURES,
    *films.MEASURES,
)
