"""What all panels draw at once: one frame of a run, and what is worked out from it. No Qt here."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from gradviz.core import theory
from gradviz.core.config import Config
from gradviz.core.training import Frames
from gradviz.runs.run import Run

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.logdomain import LogProfile


#: A config's prediction is the same for all its frames.
_predict = lru_cache(maxsize=8)(theory.predict)


class Moment:
    """One frame of a run; what several panels need of it is worked out once, and only if one of them asks."""

    def __init__(self, run: Run, frame: Frames, sample: int = 0) -> None:
        self.run = run
        self.frame = frame
        #: The sample that a panel with room for one shows.
        self.sample = sample

    @property
    def config(self) -> Config:
        return self.run.config

    @property
    def epoch(self) -> int:
        return int(self.frame.epoch[-1])

    @property
    def learning_rate(self) -> float:
        """The learning rate of this epoch's update."""
        return self.run.learning_rate_at(self.epoch)

    @property
    def prediction(self) -> theory.Prediction | None:
        """What theory predicts for the config; None where it has no closed form."""
        return _predict(self.config)

    @cached_property
    def profile(self) -> LogProfile:
        """What the frame truly is, in the log domain."""
        from gradviz.core.logdomain import log_profile

        return log_profile(self.config, self.frame.w[-1])
