"""What is looked at: one frame of a run, and what is worked out from it; all panels draw the same one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.core import theory
from gradviz.core.combinations import CLASSES
from gradviz.core.config import Config, ConfigError
from gradviz.core.frames import STATISTICS, Frames, WideFrames
from gradviz.core.memory import FEATURES
from gradviz.runs.data import dataset
from gradviz.runs.files import FileError
from gradviz.runs.run import Run

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.diagnosis import Verdict
    from gradviz.core.logdomain import LogProfile

Floats = NDArray[np.float64]

NO_THEORY = "Theory: for these weights and this network there is no closed form to compare with."
#: A config's prediction is the same for all its frames.
_predict = lru_cache(maxsize=8)(theory.predict)


@lru_cache(maxsize=8)
def _expect(config: Config, input_mean_square: float) -> Mapping[str, Floats]:
    """The columns of a wide network's frames that mean-field theory has an answer to, as decades (layers,): see Moment.expected."""
    from gradviz.core.expectations import expect
    from gradviz.core.meanfield import gradient_factor

    ends = _ends(config)
    found = expect(config, input_mean_square, *ends) if ends else None
    if found is None:
        return {}
    with np.errstate(all="ignore"):  # what leaves the floats is at the end of a line
        expected = {"h": np.log10(found.h_rms), "dh": found.backward}
        if config.residual != "skipinit":  # there u is behind a factor that starts at 0
            slopes = np.log10(gradient_factor(config.activation, np.where(np.isnan(found.u_rms), 1.0, found.u_rms**2), 1.0)) / 2.0
            if config.linear_output:
                slopes[-1] = 0.0
            expected["g"] = found.backward + slopes - slopes[max(1, config.layers - 2)]
    return expected


def _ends(config: Config) -> tuple[int, int] | None:
    """How many numbers enter the network and leave it; None where they are a table's that cannot be read any more."""
    if config.data != "csv":
        return FEATURES[config.data], max(1, CLASSES[config.data])
    try:
        data = dataset(config)
    except (ConfigError, FileError):
        return None
    return data.features, data.outputs


class Ghost(NamedTuple):
    """A pinned run behind the live one: its name, its colour's number in the theme's `pins`, and its own moment: the same epoch, or its last one."""

    name: str
    colour: int
    moment: Moment


class Moment:
    """One frame of a run; what several panels need of it is worked out once, and only if one of them asks."""

    def __init__(self, run: Run, frame: Frames, sample: int = 0, ghosts: tuple[Ghost, ...] = (), trails: int = 0, name: str = "") -> None:
        self.run = run
        self.frame = frame
        #: The sample that a panel with room for one shows.
        self.sample = sample
        #: The pinned runs that are shown behind it, the first one in front.
        self.ghosts = ghosts
        #: So many epochs leave faint curves behind.
        self.trails = trails
        #: What the run is called, where that is to be read.
        self.name = name

    @property
    def config(self) -> Config:
        return self.run.config

    @property
    def epoch(self) -> int:
        return int(self.frame.epoch[-1])

    @cached_property
    def config_now(self) -> Config:
        """The config as it is at this epoch, with what was turned until then."""
        return self.run.config_at(self.epoch)

    @cached_property
    def verdict(self) -> Verdict:
        """What becomes of the run, judged by this frame and by the costs up to it, from where a person last changed a weight."""
        from gradviz.core.diagnosis import diagnose

        since = max((change.epoch for change in self.run.interventions if change.weights and change.epoch <= self.epoch), default=0)
        costs = self.run.cost[slice(*np.searchsorted(self.run.epoch, (since, self.epoch + 1)))]
        ending = self.run.ending if self.epoch == self.run.newest.epoch[-1] else None
        return diagnose(self.config_now, self.frame, None if self.config.wide else self.profile, costs, ending)

    @property
    def prediction(self) -> theory.Prediction | None:
        """What theory predicts for the config; None where it has no closed form."""
        return _predict(self.config)

    @property
    def expected(self) -> Mapping[str, Floats]:
        """What mean-field theory expects of a wide network as it started, by column, as decades (layers,); empty where it has no answer, and for a chain.

        h is the root mean square itself; dh and g are relative to the last hidden layer's.
        """
        first = self.run.between(0, 0) if self.config.wide else []
        return _expect(self.config, float(first[0].h[0, STATISTICS.index("rms"), 0]) ** 2) if first else {}

    @cached_property
    def compared(self) -> str:
        """What each layer passes on as measured, beside what theory predicts, in a sentence; or that there is no prediction."""
        if isinstance(self.frame, WideFrames):
            from gradviz.core.expectations import compare  # with the first wide network, not with the window

            expected = self.expected.get("dh")
            return NO_THEORY if expected is None else compare(expected, self.frame, width=self.config.width, trained=self.epoch > 0)
        prediction = self.prediction
        return theory.compare(prediction, self.profile, self.verdict.sample, trained=self.epoch > 0) if prediction else NO_THEORY

    @cached_property
    def profile(self) -> LogProfile:
        """What the frame truly is, in the log domain."""
        from gradviz.core.logdomain import log_profile

        return log_profile(self.config, self.frame.w[-1])
