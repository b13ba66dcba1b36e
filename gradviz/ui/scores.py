"""Which numbers the epochs of a run have. No Qt here."""

from __future__ import annotations

import numpy as np

from gradviz.runs.run import Run


def scores_of(run: Run) -> frozenset[str]:
    """The scores that a run has beside its profiles: the test's only where samples are kept back, and accuracy only where there are classes."""
    return frozenset(name for name in run.newest.SCORES if name == "cost" or (len(run.cost) and _known(run, name)))


def _known(run: Run, name: str) -> bool:
    if name.startswith("test") and not run.config.test_share:
        return False
    return name == "test_cost" or not np.isnan(run.score(name)[0])
