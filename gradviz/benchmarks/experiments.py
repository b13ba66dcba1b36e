"""What the window trains while it is measured: networks that go on for as long as anyone looks."""

from __future__ import annotations

from gradviz.core.config import Config
from gradviz.runs.presets import Preset, presets

ENDLESS = 1_000_000_000
#: Its layers are counted with the input, as a Config counts them: 50 matrices of 64 x 64, but for the last one.
MIDDLING = Config(layers=51, width=64, bias="on", initialization="critical", data="digits", samples=64, loss="cross_entropy", learning_rate=0.001)
#: 200 matrices of 256 x 256, but for the ends: an epoch takes a second.
LARGE = MIDDLING.replace(layers=201, width=256, samples=256, learning_rate=1e-4)
WIDE = {"50 x 64": MIDDLING, "200 x 256": LARGE}


def experiment(name: str) -> Preset:
    """The preset of that name, or one of WIDE, without an end."""
    known = presets()
    config = known[name].config if name in known else WIDE[name]
    return Preset(name, name, "", config.replace(epochs=ENDLESS))
