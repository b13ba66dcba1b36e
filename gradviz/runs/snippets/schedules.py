"""The learning rate by epoch, as text: warm-up and decay."""

from __future__ import annotations

from collections.abc import Mapping

from gradviz.core.config import Config
from gradviz.runs.snippets.changes import rate_changes
from gradviz.runs.snippets.words import Experiment, inside, lines, number

#: What is left of the rate when `passed` goes from 0 to 1; FINAL is the share that is left at the end.
DECAYS: Mapping[str, str] = {
    "linear": "1 - (1 - FINAL) * passed",
    "cosine": "FINAL + (1 - FINAL) * (1 + math.cos(math.pi * passed)) / 2",
    "exponential": "FINAL**passed",
}


def _scheduled(config: Config) -> bool:
    return config.warm_up > 0 or (config.decay != "none" and config.epochs - 1 > config.warm_up)


def schedule(experiment: Experiment) -> str | None:
    """rate_at(epoch), where the rate is another one at every epoch."""
    config = experiment.config
    if not _scheduled(config):
        return None
    falling = config.epochs - 1 - config.warm_up
    rises = lines(f"if epoch < {config.warm_up}:  # warm-up", inside(f"return alpha * (epoch + 1) / {config.warm_up + 1}")) if config.warm_up else None
    falls = None
    if config.decay != "none" and falling > 0:
        since = f"(epoch - {config.warm_up})" if config.warm_up else "epoch"
        left = DECAYS[config.decay].replace("FINAL", number(config.final_rate))
        falls = lines(f"passed = {since} / {falling}  # 1 at the last epoch", f"return alpha * ({left})")
    return lines("def rate_at(epoch):", inside(rises, falls or "return alpha"), "", "")


def rate(experiment: Experiment) -> str | None:
    """The epoch's rate, where it is not alpha itself."""
    return "rate = rate_at(epoch)" if _scheduled(experiment.config) else None


def rate_name(experiment: Experiment) -> str:
    return "rate" if _scheduled(experiment.config) else "alpha"


def turned(experiment: Experiment) -> str | None:
    """What hands the epoch's rate to an optimizer of PyTorch's, where it is not always the same."""
    if not (_scheduled(experiment.config) or rate_changes(experiment)):
        return None
    return f'optimizer.param_groups[0]["lr"] = {"rate_at(epoch)" if _scheduled(experiment.config) else "alpha"}'
