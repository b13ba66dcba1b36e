"""GradViz: see gradients vanish.

From Python and Jupyter: `from gradviz import Config, train, record`; the arrays come out as numpy, named as in the notebook.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradviz.core.config import Config
    from gradviz.runs.run import record
    from gradviz.runs.run import training as train

__version__ = "0.1.0"
__all__ = ["Config", "__version__", "record", "train"]

_HOMES = {"Config": ("gradviz.core.config", "Config"), "train": ("gradviz.runs.run", "training"), "record": ("gradviz.runs.run", "record")}


def __getattr__(name: str) -> Any:
    """Import the public names when they are used, so that a missing package can be reported by the command line as a sentence."""
    if name not in _HOMES:
        raise AttributeError(f"module 'gradviz' has no attribute '{name}'")
    module, there = _HOMES[name]
    return getattr(importlib.import_module(module), there)
