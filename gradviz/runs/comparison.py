"""Two or more runs side by side: in what their configs differ, how many times as great one's gradients are, and their costs at the same epochs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.config import PARAMETERS
from gradviz.core.frames import STATISTICS, Frames, WideFrames
from gradviz.core.interventions import Intervention
from gradviz.core.profiles import decades
from gradviz.runs.run import Run

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.logdomain import LogProfile

Floats = NDArray[np.float64]

#: What stands where a run was not changed on its way, or was and is changed in words.
UNCHANGED = "—"
RMS = STATISTICS.index("rms")


class Difference(NamedTuple):
    """A parameter in which runs differ, in words, and what each run has there."""

    title: str
    values: tuple[str, ...]


class Table(NamedTuple):
    """In what runs differ: their names, and a row for each difference; none where they have the same config and were left alone alike."""

    names: tuple[str, ...]
    rows: tuple[Difference, ...]

    def as_tsv(self) -> str:
        """The table as text, with tabs between its columns, for a spreadsheet."""
        lines = [("", *self.names), *((row.title, *row.values) for row in self.rows)]
        return "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines)


def config_differences(runs: Sequence[tuple[str, Run]]) -> Table:
    """The parameters in which these runs, each with its name, differ, in the order of the declarations; then what a person changed on their way."""
    rows = []
    for parameter in PARAMETERS.values():
        values = [getattr(run.config, parameter.name) for _, run in runs]
        if any(value != values[0] for value in values):
            rows.append(Difference(f"{parameter.title} {parameter.symbol}", tuple(parameter.format(value) for value in values)))
    changed = [_by_place(run.interventions) for _, run in runs]
    for epoch, parameter_name in sorted({place for run in changed for place in run}):
        found = tuple(run.get((epoch, parameter_name), UNCHANGED) for run in changed)
        if any(value != found[0] for value in found):
            title = PARAMETERS[parameter_name].title if parameter_name in PARAMETERS else parameter_name.rstrip("*")
            rows.append(Difference(f"{title}, changed on its way at epoch {epoch:,}", found))
    return Table(tuple(name for name, _ in runs), tuple(rows))


def _by_place(changes: Iterable[Intervention]) -> Mapping[tuple[int, str], str]:
    """What was changed at each epoch, as the value itself or as a factor: several of one epoch one after the other."""
    found: dict[tuple[int, str], str] = {}
    for change in changes:
        value = change.what.partition(" ")[2].removeprefix("= ")
        if change.weights is None:
            value = PARAMETERS[change.parameter].format(change.value)
        before = found.get((change.epoch, change.parameter))
        found[change.epoch, change.parameter] = f"{before}, {value}" if before else value
    return found


def gradient_decades(frame: Frames, profile: LogProfile | None) -> Floats:
    """log10 of the root mean square of dC/du by layer, (layers,), of the newest frame.

    Of a chain over the samples, as they truly are in its log-domain profile; of a wide network over units and samples, as they are stored.
    -inf for exact zeros, NaN for the input.
    """
    if isinstance(frame, WideFrames):
        found = decades(frame.g[-1, RMS])
    else:
        assert profile is not None, "a chain's gradients are in its log-domain profile"
        found = root_mean_square(profile.du.decades)
    found[0] = np.nan
    return found


def root_mean_square(sizes: Floats) -> Floats:
    """log10 of the root mean square over samples of numbers given as decades: (samples, layers) to (layers,), however far outside float64 they are."""
    greatest = sizes.max(axis=0)  # a NaN stays one
    reference = np.where(np.isfinite(greatest), greatest, 0.0)
    with np.errstate(divide="ignore", over="ignore"):
        rest = 0.5 * np.log10(np.mean(10.0 ** (2.0 * (sizes - reference)), axis=0))
    return np.asarray(np.where(np.isfinite(greatest), reference + rest, greatest))


class Ratio(NamedTuple):
    """How many times as great one run's gradients are as another's, in decades: the layers (n,) by the first run's numbers, and log10 of the ratio (n,).

    inf where only the other one's is exactly 0, -inf where only its own is, NaN where both are.
    """

    layers: Floats
    decades: Floats


def gradient_ratio(own: Floats, other: Floats) -> Ratio:
    """The ratio of two runs' gradients, given as gradient_decades(): the layers that are equally far from the output, where one run has more of them."""
    count = min(len(own), len(other)) - 1
    with np.errstate(invalid="ignore"):
        return Ratio(np.arange(len(own) - count, len(own), dtype=np.float64), own[-count:] - other[-count:])


class CostPairs:
    """The costs of two runs at the epochs that both have observed, kept up by what is new alone; of many epochs those where a cost is least or greatest."""

    def __init__(self, own: Run, other: Run, spans: int = 1000) -> None:
        self._own, self._other, self._spans = own, other, spans
        self._seen = (0, 0)
        self._begin()

    def _begin(self) -> None:
        self._rows = np.empty((3, 0))
        self._rest = np.empty((3, 0))
        self._span = 1
        self._last = -1

    def of(self, own: Run, other: Run) -> bool:
        """Whether these are the two runs."""
        return own is self._own and other is self._other

    def points(self) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Epochs, this run's costs and the other one's, (n,) each."""
        seen = (len(self._own.epoch), len(self._other.epoch))
        if seen[0] < self._seen[0] or seen[1] < self._seen[1]:  # the oldest costs of a very long run are thinned out
            self._begin()
        if seen != self._seen:
            self._append()
        self._seen = seen
        epochs, own, other = np.concatenate([self._rows, self._rest], axis=1)
        return epochs.astype(np.int64), own, other

    def at(self, epoch: int) -> tuple[float, float] | None:
        """Both costs at this epoch, or where one of them has not observed it at the last one before it that is kept here; None where there is none."""
        places = [int(np.searchsorted(run.epoch, epoch)) for run in (self._own, self._other)]
        runs = list(zip((self._own, self._other), places, strict=True))
        if all(place < len(run.epoch) and run.epoch[place] == epoch for run, place in runs):
            return float(self._own.cost[places[0]]), float(self._other.cost[places[1]])
        epochs, own, other = self.points()
        place = int(np.searchsorted(epochs, epoch, side="right")) - 1
        return (float(own[place]), float(other[place])) if place >= 0 else None

    def _append(self) -> None:
        begins = [int(np.searchsorted(run.epoch, self._last, side="right")) for run in (self._own, self._other)]
        own, other = self._own.epoch[begins[0] :], self._other.epoch[begins[1] :]
        both, places, others = np.intersect1d(own, other, assume_unique=True, return_indices=True)
        if not len(both):
            return
        self._last = int(both[-1])
        new = np.stack([both.astype(np.float64), self._own.cost[begins[0] :][places], self._other.cost[begins[1] :][others]])
        rest = np.concatenate([self._rest, new], axis=1)
        whole = rest.shape[1] // self._span * self._span
        self._rows = np.concatenate([self._rows, _extremes(rest[:, :whole], self._span)], axis=1)
        self._rest = rest[:, whole:]
        while self._rows.shape[1] > 4 * self._spans:
            self._span = max(8, 2 * self._span)
            joined = self._rows.shape[1] // 8 * 8
            self._rest = np.concatenate([self._rows[:, joined:], self._rest], axis=1)
            self._rows = _extremes(self._rows[:, :joined], 8)


def _extremes(rows: Floats, span: int) -> Floats:
    """Of every `span` columns of (epoch, cost, cost) the four where a cost is least or greatest, in their order; all of them where they are no more."""
    if span <= 4:
        return rows
    blocks = rows.reshape(3, -1, span)
    costs = np.where(np.isnan(blocks[1:]), np.inf, blocks[1:])  # a NaN counts as the greatest
    places = np.sort(np.concatenate([costs.argmin(axis=2), costs.argmax(axis=2)]).T, axis=1)
    return np.take_along_axis(blocks, np.broadcast_to(places, (3, *places.shape)), axis=2).reshape(3, -1)
