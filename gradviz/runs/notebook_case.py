"""One training of the notebook's exercise: what was measured in it, and the same as words for its answers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gradviz.core.diagnosis import Verdict, diagnose
from gradviz.core.theory import Prediction, predict, readable
from gradviz.core.words import short
from gradviz.runs.reports import first_frame, in_words, size, told_apart
from gradviz.runs.run import Run

if TYPE_CHECKING:  # numba comes with it
    from gradviz.core.logdomain import LogProfile

Floats = NDArray[np.float64]


class Case:
    """One training: what it is like at its first epoch, before any update, and at its last. All is of the first sample, which the other one mirrors."""

    def __init__(self, letter: str, run: Run) -> None:
        self.letter, self.run, self.config = letter, run, run.config
        self.first, self.last = first_frame(run), run.newest
        self.output, self.middle = run.config.layers - 1, run.config.layers // 2
        #: |h| and |g| = |dC/du| by layer at the first epoch, (layers,); |dw| = |dC/dw| of layers 1 to the last, (layers - 1,).
        self.h, self.g, self.dw = np.abs(self.first.h[-1, 0]), np.abs(self.first.g[-1, 0]), np.abs(self.first.dw[-1, 1:])
        self.first_cost, self.last_cost = float(run.cost[0]), float(run.cost[-1])
        #: How far training has moved each weight, (layers - 1,).
        self.moved = np.abs(self.last.w[-1, 1:] - self.first.w[-1, 1:])

    @cached_property
    def profile(self) -> LogProfile:
        """The first epoch in the log domain."""
        from gradviz.core.logdomain import log_profile

        return log_profile(self.config, self.first.w[-1])

    @cached_property
    def slopes(self) -> Floats:
        """tanh'(u) of layers 1 to the last at the first epoch, (layers - 1,)."""
        return np.asarray(10.0 ** self.profile.slope[0, 1:], np.float64)

    @property
    def lost(self) -> float:
        """Decades of g between the output and layer 1 at the first epoch."""
        return float(np.log10(self.g[self.output]) - np.log10(self.g[1]))

    @property
    def passed(self) -> float:
        """log10 |dh[l-1]/dh[1]| at the first epoch: the product of the factors of all layers but the first."""
        return float(self.profile.end.decades[0, 1])

    @property
    def untouched(self) -> int:
        """How many weights are, after all epochs, what they were to the last bit."""
        return int(np.count_nonzero(self.moved == 0.0))

    @cached_property
    def prediction(self) -> Prediction:
        found = predict(self.config)
        assert found is not None, "the notebook's chain has a theory"
        return found

    @cached_property
    def verdict(self) -> Verdict:
        """What becomes of it, after all epochs."""
        from gradviz.core.logdomain import log_profile

        return diagnose(self.config, self.last, log_profile(self.config, self.last.w[-1]), self.run.cost, self.run.ending)

    @property
    def costs(self) -> tuple[str, str]:
        """The first and the last cost in words."""
        return told_apart(self.first_cost, self.last_cost)

    # in words

    @cached_property
    def said(self) -> Mapping[str, str]:
        """Every number that an answer may name."""
        return self._of_config() | self._along_the_layers() | self._of_slopes() | self._of_training()

    def _of_config(self) -> dict[str, str]:
        config = self.config
        return {
            "scale": short(config.weight_scale),
            "layers": f"{config.layers:,}",
            "last": f"{self.output:,}",
            "factors": f"{self.output - 1:,}",
            "samples": in_words([short(value) for value in config.inputs]),
            "count": f"{len(config.inputs)}",
            "epochs": f"{config.epochs:,}",
            "rate": short(config.learning_rate),
        }

    def _along_the_layers(self) -> dict[str, str]:
        h, g, dw, last = self.h, self.g, self.dw, self.output
        return {
            "h_input": short(h[0], 4),
            "h_1": short(h[1], 4),
            "h_1_exact": short(h[1], 7),
            "h_last": short(h[last], 4),
            "h_last_exact": short(h[last], 7),
            "h_share": short(h[last] / h[0], 3),
            "h_theory": size(float(self.prediction.h[0, last]), 4),
            "g_last": short(g[last], 4),
            "g_1": short(g[1], 4),
            "g_share": short(g[1] / g[last], 3),
            "lost": readable(self.lost, 4),
            "product": size(self.passed, 3),
            "dw_least": short(float(dw.min()), 3),
            "dw_most": short(float(dw.max()), 3),
            "dw_where": f"{int(np.argmax(dw)) + 1:,}",
        }

    def _of_slopes(self) -> dict[str, str]:
        u, slopes, w = np.abs(self.profile.u[0]), self.slopes, self.config.weight_scale
        middle, last, star = self.middle - 1, self.output - 1, self.prediction.fixed_point or 0.0
        return {
            "u_1": short(float(u[1]), 4),
            "u_middle": short(float(u[self.middle]), 5),
            "slope_1": short(float(slopes[0]), 4),
            "slope_middle": short(float(slopes[middle]), 4),
            "slope_last": short(float(slopes[last]), 4),
            "slope_least": short(float(slopes.min()), 3),
            "slope_from_1": short(1.0 - float(slopes[last]), 2),
            "factor": short(w * float(slopes[middle]), 4),
            "pace": readable(-float(np.log10(w * slopes[middle])), 4),
            "star": short(star, 7),
            "star_factor": short(w * (1.0 - star * star), 4),
            "taken": readable(-float(self.profile.slope[0, 2:].sum()), 4),
            "given": readable(float(self.profile.weights.decades[2:].sum()), 3),
        }

    def _of_training(self) -> dict[str, str]:
        rate, share = self.config.learning_rate, 100.0 * (1.0 - self.last_cost / self.first_cost)
        trains = self.verdict.kind == "trains"
        return {
            "first_cost": self.costs[0],
            "last_cost": self.costs[1],
            "fell": f"by {short(share, 2)} %" if share < 99.0 else "to next to nothing",
            "yes": "Yes" if trains else "No",
            "trains": "trains" if trains else "does not train",
            "step_1": short(rate * float(self.dw[0]), 3),
            "step_most": short(rate * float(self.dw.max()), 3),
            "spacing": short(float(np.spacing(self.config.weight_scale)), 2),
            "untouched": f"{self.untouched:,}",
            "moved": short(float(self.moved.max()), 3),
        }
