"""Updates by hand, as text: clipping and the optimizers' rules, over the list of all that is learned and that of its gradients."""

from __future__ import annotations

from collections.abc import Mapping

from gradviz.core.config import Config
from gradviz.runs.snippets.changes import LIMITS, clippings
from gradviz.runs.snippets.schedules import rate_name
from gradviz.runs.snippets.start import parts, tied
from gradviz.runs.snippets.words import Experiment, inside, lines, number

#: What a rule remembers of each number, and its lines; names in capitals become numbers.
RULES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "sgd": ((), ("part -= RATE * dpart",)),
    "momentum": (("velocity",), ("v *= MOMENTUM", "v += dpart", "part -= RATE * v")),
    "nesterov": (("velocity",), ("v *= MOMENTUM", "v += dpart", "part -= RATE * (dpart + MOMENTUM * v)")),
    "rmsprop": (("square",), ("s *= BETA2", "s += (1 - BETA2) * dpart**2", "part -= RATE * dpart / (np.sqrt(s) + 1e-8)")),
    "adam": (
        ("mean", "square"),
        ("n *= MOMENTUM", "n += (1 - MOMENTUM) * dpart", "s *= BETA2", "s += (1 - BETA2) * dpart**2", "part -= step * n / (np.sqrt(s) / root + 1e-8)"),
    ),
}
#: Both averages start at 0 and are divided by what they have seen so far (Kingma and Ba 2015).
CORRECTED = "step, root = RATE / (1 - MOMENTUM**updates), math.sqrt(1 - BETA2**updates)  # the averages start at 0"
LETTERS = {"velocity": "v", "mean": "n", "square": "s"}


def vectors(config: Config, prefix: str = "") -> str:
    """The list of all that is learned, or of its gradients, each array once; tied layers' gradients are added."""
    found = []
    for part in parts(config):
        name = prefix + part
        if part in ("w", "b") and tied(config):
            between = f"sum({name}[2:last])" if prefix else f"{name}[2]"
            found.append(f"[{name}[1], {between}, {name}[last]]")
        else:
            found.append({"w": f"{name}[1:]", "b": f"{name}[1:]", "a": f"{name}[2:last]"}.get(part, f"{name}[1:last]"))
    return " + ".join(found)


def memory(experiment: Experiment) -> str:
    """What is learned, as one list, and what the optimizer remembers of it."""
    config = experiment.config
    remembered, _ = RULES[_kind(config)]
    return lines(
        f"learned = {vectors(config)}",
        [f"{name} = [np.zeros_like(part) for part in learned]" for name in remembered] or None,
        "updates = 0" if _kind(config) == "adam" and config.batch_size else None,
    )


def _kind(config: Config) -> str:
    return "adam" if config.optimizer == "adamw" else config.optimizer


def clipped(experiment: Experiment) -> str | None:
    """The gradient cut in place."""
    norm, held = LIMITS["norm"], LIMITS["value"]
    kinds = clippings(experiment)
    made = []
    if "norm" in kinds:
        made += [f"share = min(1.0, {norm} / (math.hypot(*(np.linalg.norm(dpart) for dpart in gradient)) + 1e-6))"]
        made += ["gradient = [share * dpart for dpart in gradient]"]
    if "value" in kinds:
        made += [f"gradient = [np.clip(dpart, -{held}, {held}) for dpart in gradient]"]
    return lines(made) if made else None


def rule(experiment: Experiment) -> str:
    """The optimizer's step."""
    config = experiment.config
    remembered, steps = RULES[_kind(config)]
    gradient = "gradient" if clippings(experiment) else vectors(config, "d")
    names = ", ".join(["part", "dpart", *(LETTERS[name] for name in remembered)])
    lists = ", ".join(["learned", gradient, *remembered])
    values = {"RATE": rate_name(experiment), "MOMENTUM": number(config.momentum), "BETA2": number(config.beta2)}
    body = lines(f"part *= 1 - {rate_name(experiment)} * {number(config.weight_decay)}  # weight decay" if config.optimizer == "adamw" else None, steps)
    text = lines(_corrected(config) if _kind(config) == "adam" else None, f"for {names} in zip({lists}):", inside(body))
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _corrected(config: Config) -> str:
    return lines("updates += 1" if config.batch_size else "updates = epoch + 1", CORRECTED)
