"""What the machine has, and whether a config fits into it."""

from __future__ import annotations

from gradviz.core.combinations import training_samples
from gradviz.core.config import Config, ConfigError
from gradviz.core.memory import Memory, needed, sentence, size

#: Up to so many bytes nobody asks the machine, which takes 20 ms the first time: there is no Python with Qt where they are not.
ALWAYS_THERE = 512 * 1024**2
#: What may be made smaller, and down to where; a config that has less is not refused for its memory.
SMALLEST = {"width": 2, "layers": 4, "batch_size": 2}


def available() -> int:
    """The bytes that a training may take: what the system says is free or can be freed, and what this process has, which the next experiment gets."""
    import psutil  # when it is used: most experiments are small

    return int(psutil.virtual_memory().available) + int(psutil.Process().memory_info().rss)


def refusal(config: Config) -> ConfigError | None:
    """Why this machine cannot train the config, with the sum and what would fit; None where it can."""
    memory = needed(config)
    if memory.total <= ALWAYS_THERE:
        return None
    there = available()
    if memory.total <= there:
        return None
    names = _decisive(config, memory)
    found = ((name, _largest_that_fits(config, name, there)) for name in names)
    name, fits = next(((name, fits) for name, fits in found if fits), (names[0], None))
    way = f"{name} {fits:,} would fit" if fits else "take fewer layers and units, and a smaller batch_size"
    return ConfigError(name, f"{_said(config, name)}, and the training needs {sentence(memory)}. This machine has {size(there)} for it; {way}.")


def fitting(config: Config) -> Config:
    """The config, where this machine can train it; else raises the refusal."""
    problem = refusal(config)
    if problem:
        raise problem
    return config


def _decisive(config: Config, memory: Memory) -> list[str]:
    """The parameters that the memory goes with, from the one that it goes with most."""
    if not config.wide:
        return ["layers"]
    of_weights = ["layers", "width"] if config.layers > config.width else ["width", "layers"]
    return ["batch_size", *of_weights] if memory.activations > memory.learned else [*of_weights, "batch_size"]


def _said(config: Config, name: str) -> str:
    every = f", all {_samples(config):,} samples" if name == "batch_size" and not config.batch_size else ""
    return f"{name} is {getattr(config, name):,}{every}"


def _samples(config: Config) -> int:
    return training_samples(config) or config.samples


def _largest_that_fits(config: Config, name: str, there: int) -> int | None:
    """The largest value of a parameter, in two digits, with which the training fits; None where none does."""
    least, most = SMALLEST[name], getattr(config, name) or _samples(config)
    if least >= most or not _fits(config, name, least, there):
        return None
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if _fits(config, name, middle, there) else (least, middle)
    power = 10 ** max(0, len(str(least)) - 2)
    rounded: int = least // power * power
    while rounded >= SMALLEST[name] and not _fits(config, name, rounded, there):  # a batch that divides the samples less evenly leaves a larger rest
        rounded //= 2
    return rounded if rounded >= SMALLEST[name] else None


def _fits(config: Config, name: str, value: int, there: int) -> bool:
    try:
        return needed(config.replace(**{name: value})).total <= there
    except ConfigError:
        return False
