"""A plot's curves in words: the live run's, what theory predicts, what the number format lost, and the runs that are pinned behind them. No Qt here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core.formats import FORMATS
from gradviz.core.frames import STATISTICS
from gradviz.core.profiles import lost
from gradviz.core.theory import of_decades, readable
from gradviz.core.words import short
from gradviz.runs.reports import size
from gradviz.ui.told.trends import DIGITS, Axis, course, joined, spans

if TYPE_CHECKING:  # Qt comes with them
    from gradviz.runs.moment import Moment
    from gradviz.ui.plots.band_plot import BandPlot
    from gradviz.ui.plots.bands import Profile
    from gradviz.ui.plots.gradients import GradientPlot
    from gradviz.ui.plots.plot import Plot

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

RMS, MIN, P5, P25, P75, P95, MAX = (STATISTICS.index(name) for name in ("rms", "min", "p5", "p25", "p75", "p95", "max"))
#: So many different curves are told one by one; of others only how they end.
MOST_COURSES = 3
#: Curves lie on each other where they are no farther apart than this: decades, or a share of the greatest number.
APART = 0.005
#: Theory and measurement are the same line up to so many decades, as the verdict has it.
AGREED = 0.01


class Told(NamedTuple):
    """How a plot is told: what its heights are, in which order its places are read, and what one curve is called."""

    axis: Axis
    backwards: bool


def told_as(plot: Plot, *, backwards: bool) -> Told:
    """Layers from the output back, as a gradient goes, or in their own order; epochs always in theirs."""
    what = plot.subject.across.split()[0]
    return Told(Axis(plot.scale.name == "decades", what, what == "layer"), backwards)


def heading(plot: Plot, moment: Moment, *, over: str = "by layer") -> str:
    """What the plot is about, and on which scale."""
    scale = "on a decade axis" if plot.scale.name == "decades" else "on a linear axis"
    return f"{plot.subject.title_on(plot.scale)} {over}, {scale}, at epoch {moment.epoch:,}"


def curves(plot: Plot, told: Told) -> list[str]:
    """Every curve of the live run, those that lie on each other as one, and what is not on the axis."""
    labels = [label or f"curve {number + 1}" for number, label in enumerate(plot.labels)]
    if not len(plot.across) or not len(plot.values):
        return ["Nothing is drawn yet"]
    groups = _alike(plot.values, told.axis)
    parts = [_together(labels, groups)]
    for group in groups[:MOST_COURSES]:
        whose = "" if len(groups) == 1 else f"{_named(labels, group)}: "
        parts.append(whose + (_course(plot, plot.values[group[0].row], told) or "no number is on the axis"))
    parts += _others(plot, groups[MOST_COURSES:], told)
    return parts + _off_the_axis(plot, told)


class Member(NamedTuple):
    """A curve of a group: its row, and whether its numbers have the other sign than the group's first one."""

    row: int
    mirrored: bool = False


def _alike(values: Floats, axis: Axis) -> list[list[Member]]:
    """Curves that lie on each other, or are each other's mirror image where signs are seen."""
    with np.errstate(divide="ignore", invalid="ignore"):
        heights = np.log10(np.abs(values)) if axis.decades else values
    allowed = APART if axis.decades else APART * float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    groups: list[list[Member]] = []
    for row in range(len(values)):
        for group in groups:
            first = heights[group[0].row]
            mirrored = not axis.decades and _same(heights[row], -first, allowed) and not _same(heights[row], first, allowed)
            if mirrored or _same(heights[row], first, allowed):
                group.append(Member(row, mirrored))
                break
        else:
            groups.append([Member(row)])
    return groups


def _same(one: Floats, other: Floats, allowed: float) -> bool:
    with np.errstate(invalid="ignore"):
        return bool(((np.abs(one - other) <= allowed) | (one == other) | (np.isnan(one) & np.isnan(other))).all())


def _together(labels: Sequence[str], groups: list[list[Member]]) -> str:
    """How many curves there are, and which lie on each other."""
    count = sum(map(len, groups))
    if count == 1:
        return ""
    if len(groups) == 1 and not any(member.mirrored for member in groups[0]):
        return f"{count:,} curves lie on each other ({_some([labels[member.row] for member in groups[0]])})"
    return f"{count:,} curves: {_named(labels, groups[0]) if len(groups) == 1 else _some(labels)}"


def _named(labels: Sequence[str], group: list[Member]) -> str:
    """What a group's curves are called."""
    same = [labels[member.row] for member in group if not member.mirrored]
    other = [labels[member.row] for member in group if member.mirrored]
    mirrored = f" (and {_some(other)} mirrored, the same with the other sign)" if other else ""
    return _some(same) + mirrored


def _some(names: Sequence[str], most: int = 6) -> str:
    return joined(list(names)) if len(names) <= most else f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"


def _placed(plot: Plot, row: Floats) -> tuple[Floats, Mask]:
    """Where a curve's points are, and which of them are on the axis itself."""
    heights = plot.scale.place(row)
    return heights, np.isfinite(heights)


def _course(plot: Plot, row: Floats, told: Told) -> str:
    heights, there = _placed(plot, row)
    step = -1 if told.backwards else 1
    return course(plot.across[there][::step], heights[there][::step], told.axis)


def _others(plot: Plot, groups: list[list[Member]], told: Told) -> list[str]:
    """Curves that are too many to be told one by one: between which numbers they end."""
    if not groups:
        return []
    rows = plot.values[[group[0].row for group in groups]]
    place = 0 if told.backwards else -1
    ends = plot.scale.place(rows[:, place])
    ends = ends[np.isfinite(ends)]
    between = f": between {told.axis.number(float(ends.min()))} and {told.axis.number(float(ends.max()))} at {told.axis.at(plot.across[place])}"
    return [f"{len(rows):,} more run beside them" + between * bool(len(ends))]


def _off_the_axis(plot: Plot, told: Told) -> list[str]:
    """What has a mark in a lane instead of a place on the axis, or lies beyond the part that the axis shows."""
    parts, values, covered = [], plot.values, plot.covered
    zero, broken = (values == 0.0).any(axis=0) if told.axis.decades else np.zeros(values.shape[1], np.bool_), ~np.isfinite(values).all(axis=0)
    if zero.any():
        some = "" if (values[:, zero] == 0.0).all() else " for some of the curves"
        parts.append(f"it is exactly 0 in {spans(plot.across[zero], told.axis.what)}{some}")
    if broken.any():
        parts.append(f"it is NaN or infinite in {spans(plot.across[broken], told.axis.what)}")
    if covered is not None:
        with np.errstate(invalid="ignore"):
            placed = plot.scale.place(values)
            for side, beyond, end in (
                ("below", np.isfinite(placed) & (placed < covered.low), covered.low),
                ("above", np.isfinite(placed) & (placed > covered.high), covered.high),
            ):
                if beyond.any():
                    places = spans(plot.across[beyond.any(axis=0)], told.axis.what)
                    parts.append(f"{side} the axis, which ends at {told.axis.number(end)}, lie {places}")
    return parts


# what stands beside the live curves


def theory(plot: BandPlot, told: Told, law: str = "") -> list[str]:
    """Theory's dotted line beside the first curve that it is for; `law` says which it follows."""
    if not plot.ghost.size or plot.ghost.shape[-1] != len(plot.across) or (plot.profile is None and not told.axis.decades):
        return []
    with np.errstate(divide="ignore", invalid="ignore"):
        truth = _truth(plot)
        own = np.log10(np.abs(plot.values[0])) if truth is None else truth[0]
        apart = plot.ghost[0] - own
    known = np.isfinite(apart)
    if not known.any():
        return []
    if float(np.abs(apart[known]).max()) < AGREED:
        return [f"theory's dotted line{law} is the same line"]
    end = np.flatnonzero(known)[0 if told.backwards else -1]
    away = f"{readable(abs(float(apart[end])), 2)} decades {'below' if apart[end] < 0.0 else 'above'} what is measured"
    if abs(float(apart[end])) < AGREED:
        worst = int(np.nanargmax(np.where(known, np.abs(apart), np.nan)))
        return [f"theory's dotted line{law} is up to {readable(abs(float(apart[worst])), 2)} decades away, at {told.axis.at(plot.across[worst])}"]
    return [f"theory's dotted line{law} ends at {size(float(plot.ghost[0][end]), DIGITS)} at {told.axis.at(plot.across[end])}, {away}"]


def _truth(plot: BandPlot) -> Floats | None:
    """What the drawn numbers truly are, in decades, where the plot knows it."""
    truth: Floats | None = getattr(plot, "truth", None)
    return truth if truth is not None and truth.shape == plot.values.shape else None


def number_format(plot: GradientPlot, told: Told) -> list[str]:
    """What the number format did to the numbers: which are exactly 0 though they are not, subnormal, or off."""
    form, values = plot.own_format, plot.values
    size_ = np.abs(values)
    subnormal = ((size_ > 0.0) & (size_ < FORMATS[form].smallest_normal)).any(axis=0)
    parts = [f"in {spans(plot.across[subnormal], told.axis.what)} the numbers are subnormal in {form}: they have lost digits"] if subnormal.any() else []
    truth = _truth(plot)
    if truth is None:
        return parts
    with np.errstate(divide="ignore"):
        missing = lost(np.log10(size_), truth)
    if not missing.any():
        return parts or [f"{form} holds all of it"]
    least = truth[missing]
    least = least[np.isfinite(least)]
    shown = f"; open marks stand where the true ones are, down to {size(float(least.min()), DIGITS)}" if len(least) and told.axis.decades else ""
    return [*parts, f"{form} has lost the numbers in {spans(plot.across[missing.any(axis=0)], told.axis.what)}{shown}"]


def below(plot: Plot, threshold: float) -> list[str]:
    """From which layer down all curves are below a number, as a rule of thumb has it."""
    with np.errstate(invalid="ignore"):
        small: Mask = np.all(np.abs(plot.values) < threshold, axis=0)
    if not len(small) or not small[0]:
        return []
    last = int(np.argmin(small)) if not small.all() else len(small)
    return [f"below {of_decades(float(np.log10(threshold)))} from layer {plot.across[last - 1]:,.0f} down"]


def pinned(plot: Plot, told: Told) -> list[str]:
    """The runs behind the live one, each in a sentence of where it begins and ends."""
    found = []
    for pin in plot.behind.shown:
        rows = [f"{label + ': ' if label else ''}{_course_of(plot, pin.across, row, told)}" for label, row in zip(pin.labels, pin.values, strict=False)]
        different = list(dict.fromkeys(row.partition(": ")[2] if pin.labels[number] else row for number, row in enumerate(rows)))
        words = different[0] if len(different) == 1 else "; ".join(rows[:2])
        found.append(f"behind it, pinned, “{pin.name}”{pin.when}: {words or 'no number is on the axis'}")
    return found


def _course_of(plot: Plot, across: NDArray[np.generic], row: Floats, told: Told) -> str:
    heights = plot.scale.place(row)
    there = np.isfinite(heights)
    step = -1 if told.backwards else 1
    return course(np.asarray(across, np.float64)[there][::step], heights[there][::step], told.axis)


def view(plot: Plot, moment: Moment | None = None) -> list[str]:
    """What a person has done to the plot: zoomed, or asked for trails."""
    parts = []
    if plot.by_hand:
        low, high = plot.item.vb.viewRange()[0]
        what = plot.subject.across.split()[0]
        parts.append(f"you have zoomed in: {what}s {max(0.0, low):,.4g} to {high:,.4g} are in view; 0 shows all")
    if moment is not None and moment.trails:
        parts.append(f"faint trails show the {moment.trails:,} epochs before")
    return parts


# wide layers


def bands(plot: BandPlot, told: Told) -> list[str]:
    """The root mean square of each layer, how far its numbers are spread at both ends and in the middle, and what shares of its units stand out."""
    profile = plot.profile
    assert profile is not None, "bands are of a wide network"
    parts = [f"the thick line, the root mean square: {_course(plot, profile.statistics[RMS], told)}", *_off_the_axis(plot, told)[:2]]
    if not profile.worked_out:
        return [*parts, "the bands were not worked out for this epoch"]
    last = len(plot.across) - 1
    for place in dict.fromkeys((last, last // 2, 0) if told.backwards else (0, last // 2, last)):
        parts.append(_spread(plot, profile, place, told))
    return parts + _shares(plot, profile)


def _spread(plot: Plot, profile: Profile, place: int, told: Told) -> str:
    """Between which numbers half and nine tenths of a layer's lie."""
    ends = [[short(float(profile.statistics[row, place]), DIGITS) for row in pair] for pair in ((P25, P75), (P5, P95), (MIN, MAX))]
    if ends[0][0] == ends[0][1] == ends[2][0] == ends[2][1]:
        return f"at {told.axis.at(plot.across[place])} all {profile.ordered} are {ends[0][0]}"
    half, most, whole = (f"{low} and {high}" for low, high in ends)
    return f"at {told.axis.at(plot.across[place])} half of {profile.ordered} lies between {half}, nine tenths between {most}, all between {whole}"


def _shares(plot: Plot, profile: Profile) -> list[str]:
    """Where the share of saturated, dead or silent units is greatest."""
    found = []
    for name, share in profile.shares.items():
        known = np.where(np.isnan(share), 0.0, share)
        place = int(known.argmax())
        if known[place] >= 0.01:
            found.append(f"{name}: up to {100.0 * known[place]:.0f} % of them, in layer {plot.across[place]:,.0f}")
    return found
