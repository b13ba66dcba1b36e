"""How a film is to be: its panels, its epochs, its pace, and how its pictures are drawn. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradviz.runs.files import FileError
from gradviz.runs.run import Run
from gradviz.ui.pictures.options import Options

Epochs = NDArray[np.int64]

#: What a film's ending says, and how many pictures a second such a film can have: browsers show a faster GIF slower than a slow one.
FASTEST: Mapping[str, float] = {".gif": 50.0, ".mp4": 60.0, ".webm": 60.0}
ENDINGS = tuple(FASTEST)
SLOWEST = 1.0
#: A film has at most so many frames, near an hour: one that is made by accident fills a disk.
MOST_FRAMES = 100_000
#: On a side, in pixels: what decoders in lecture halls can show.
LONGEST_SIDE = 4096
#: A film in logarithmic time is so long where nothing is said, in seconds.
USUAL_SECONDS = 10.0
#: Epoch 0 has no logarithm; it is seen as long as epoch 1, which is there until 2.
DECADES_OF_ZERO = math.log10(2.0)
#: An epoch that is due is not missed by what a float rounds off.
ROUNDED = 1e-9


class FilmOptions(msgspec.Struct, frozen=True):
    """What a person chooses for a film: panels, the first and the last epoch (None: of the run's), frames a second, and a pace.

    The pace is one of: `every` so many epochs a frame; a length in `seconds`; a `speed` in epochs a second. With none, each epoch that is kept has one
    frame, and in logarithmic time, where there are as many frames for epochs 1 to 10 as for 10 to 100, the film has 10 seconds. Of `picture` all counts
    but its transparency; without its title the number of the epoch stands alone.
    """

    panels: tuple[str, ...] = ("activations", "gradients")
    first: int | None = None
    last: int | None = None
    fps: float = 30.0
    time: Literal["linear", "log"] = "linear"
    every: int | None = None
    seconds: float | None = None
    speed: float | None = None
    picture: Options = Options(title=True, caption=False)

    def check(self, ending: str) -> FilmOptions:
        """Itself, where such a film can be made in a file of this ending; else FileError says what is wrong, and what is allowed."""
        if ending not in FASTEST:
            raise FileError(f"'{ending}' is no ending of a film; it must be {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}.")
        if not SLOWEST <= self.fps <= FASTEST[ending]:
            raise FileError(f"The film would have {self.fps:g} frames a second; in a {ending} file it can be from {SLOWEST:g} to {FASTEST[ending]:g}.")
        self._check_pace()
        width, height = self.picture.check().pixels
        if max(width, height) > LONGEST_SIDE:
            raise FileError(f"The film would have {width:,} x {height:,} pixels; it may have {LONGEST_SIDE:,} on a side: more, few players can show.")
        return self

    def _check_pace(self) -> None:
        given = {"epochs a frame": self.every, "seconds": self.seconds, "epochs a second": self.speed}
        chosen = [name for name, value in given.items() if value is not None]
        if len(chosen) > 1:
            raise FileError(f"A film has one pace; choose {chosen[0]} or {chosen[1]}.")
        for name, value in given.items():
            if value is not None and not (math.isfinite(value) and value > 0):
                raise FileError(f"The film's {name} are {value:g}; they must be more than 0.")
        if self.time == "log" and chosen and self.seconds is None:
            raise FileError(f"In logarithmic time a film cannot have as many {chosen[0]} everywhere; choose its length in seconds.")


def epochs_of(run: Run, options: FilmOptions) -> Epochs:
    """Which kept epoch each frame of the film shows, in order; raises FileError where there is none, or there would be too many."""
    first, last = _ends(run, options)
    kept: Epochs = np.concatenate([np.empty(0, np.int64), *(block.epoch for block in run.between(first, last))])
    if not len(kept):
        raise FileError(f"No epoch from {first:,} to {last:,} is kept in this run; choose more of it.")
    shown = _by_epochs(kept, first, options.every or 1) if _paced_by_epochs(options) else _by_time(kept, first, last, options)
    if len(shown) > MOST_FRAMES:
        raise _too_many(len(shown), options.fps)
    return shown


def _ends(run: Run, options: FilmOptions) -> tuple[int, int]:
    """The first epoch and the last."""
    if not len(run.newest):
        raise FileError("There is nothing to film yet; it comes with the first epoch.")
    newest = int(run.newest.epoch[-1])
    first, last = (end if end is not None else usual for end, usual in ((options.first, 0), (options.last, newest)))
    for end in (first, last):
        if not 0 <= end <= newest:
            raise FileError(f"Epoch {end:,} is not in this run, which was recorded from epoch 0 to {newest:,}.".replace("-", "−"))
    if first > last:
        raise FileError(f"The film would begin at epoch {first:,} and end before it, at epoch {last:,}.")
    return first, last


def _paced_by_epochs(options: FilmOptions) -> bool:
    return options.time == "linear" and options.seconds is None and options.speed is None


def _by_epochs(kept: Epochs, first: int, every: int) -> Epochs:
    """Of so many epochs the last one that is kept, each once; and the last of all."""
    steps = -((first - kept) // every)
    shown: Epochs = kept[np.flatnonzero(np.diff(steps, append=-1))]
    return shown


def _by_time(kept: Epochs, first: int, last: int, options: FilmOptions) -> Epochs:
    """The epochs that are due at each frame, dropped or repeated as the pace asks for; where one is not kept, the one before it."""
    if options.speed is not None:
        count = math.ceil((last - first) / options.speed * options.fps - ROUNDED) + 1
    else:
        count = max(1, round((options.seconds or USUAL_SECONDS) * options.fps))
    if count > MOST_FRAMES:
        raise _too_many(count, options.fps)
    if options.speed is not None:
        due = np.minimum(first + np.floor(np.arange(count) * (options.speed / options.fps) + ROUNDED), last)
    elif options.time == "log":
        due = _logarithmic(first, last, count)
    else:
        due = np.rint(np.linspace(first, last, count)) if count > 1 else np.array([last])
    places = np.searchsorted(kept, due, side="right") - 1
    shown: Epochs = kept[np.maximum(places, 0)]
    return shown


def _logarithmic(first: int, last: int, count: int) -> NDArray[np.float64]:
    """So many epochs from first to last, as many in each decade."""
    if count == 1 or last == 0:
        return np.full(count, float(last))
    begin = math.log10(first) if first else -DECADES_OF_ZERO
    decades = np.linspace(begin, math.log10(last), count)
    return np.where(decades < 0.0, 0.0, np.minimum(np.floor(10.0 ** np.maximum(decades, 0.0) * (1.0 + ROUNDED)), last))


def _too_many(frames: int, fps: float) -> FileError:
    return FileError(
        f"The film would have {frames:,} frames, {frames / fps / 60:,.0f} minutes; it may have {MOST_FRAMES:,}. Show every so many epochs, or choose a length."
    )
