"""What PyTorch does of a wide network: sums and normalizations, the cost, the way back, and the optimizers."""

from __future__ import annotations

from collections.abc import Mapping

from gradviz.core.config import Config
from gradviz.runs.snippets.changes import LIMITS, clippings
from gradviz.runs.snippets.schedules import turned
from gradviz.runs.snippets.start import tied
from gradviz.runs.snippets.updates import vectors
from gradviz.runs.snippets.words import Experiment, lines, number

#: PyTorch's own, with the numbers that a config has.
OPTIMIZERS: Mapping[str, str] = {
    "sgd": "SGD(learned, alpha)",
    "momentum": "SGD(learned, alpha, momentum=MOMENTUM)",
    "nesterov": "SGD(learned, alpha, momentum=MOMENTUM, nesterov=True)",
    "rmsprop": "RMSprop(learned, alpha, alpha=BETA2, eps=1e-8)",
    "adam": "Adam(learned, alpha, (MOMENTUM, BETA2), eps=1e-8)",
    "adamw": "AdamW(learned, alpha, (MOMENTUM, BETA2), eps=1e-8, weight_decay=DECAY)",
}


def optimizer(experiment: Experiment) -> str:
    config = experiment.config
    # momentum 0 is plain descent, which PyTorch refuses to call nesterov
    kind = "sgd" if config.optimizer == "nesterov" and config.momentum == 0.0 else config.optimizer
    made = OPTIMIZERS[kind].replace("MOMENTUM", number(config.momentum)).replace("BETA2", number(config.beta2))
    made = made.replace("DECAY", number(config.weight_decay))
    return lines(f"learned = {vectors(config)}", f"optimizer = torch.optim.{made}")


def summed(experiment: Experiment) -> str:
    """u[k] from h[k - 1]."""
    config = experiment.config
    z = "h[k - 1] @ w[k].T" + (" + b[k]" if config.bias == "on" else "")
    kept = "z[k]" if tied(config) else "z"
    if config.normalization == "none":
        return lines(f"z[k] = {z}", "u[k] = z[k]") if tied(config) else f"u[k] = {z}"
    normal = {
        "layer": f"F.layer_norm({kept}, {kept}.shape[1:], gain[k], shift[k])",
        "batch": f"F.batch_norm({kept}, None, None, gain[k], shift[k], training=True)",
    }
    return lines(f"{kept} = {z}", f"u[k] = {normal[config.normalization]} if k < last else {kept}")


def cost(config: Config) -> str:
    if config.loss == "mse":
        return lines("def cost_of(y):", "    return ((y - h[last]) ** 2).sum() / (2 * len(y))")
    return lines("def cost_of(y):", "    return F.cross_entropy(h[last], y)")


def looked_back(config: Config, name: str = "cost") -> str:
    """The way back from the cost of that name, where every layer's own gradients are kept."""
    kept = "u[1:] + z[1:]" if tied(config) and config.normalization != "none" else "u[1:]"
    return lines(f"for kept in {kept}:", "    kept.retain_grad()", back(name))


def back(name: str = "cost") -> str:
    return lines("optimizer.zero_grad()", f"{name}.backward()")


def update(experiment: Experiment) -> str:
    cut = [f"torch.nn.utils.clip_grad_{kind}_(learned, {LIMITS[kind]})" for kind in clippings(experiment)]
    return lines(turned(experiment), cut or None, "optimizer.step()")


def taken_out(experiment: Experiment) -> str:
    """Plain tensors of the shown epoch, by layer."""
    shared = tied(experiment.config)
    own = "[None] + [z[k].grad.T @ h[k - 1] for k in range(1, layers)]  # w[2].grad is the sum over the layers that share it"
    return lines(
        "cost, h = cost.detach(), [h_k.detach() for h_k in h]",
        "g = [None] + [u_k.grad for u_k in u[1:]]",
        f"dw = {own if shared else '[None] + [w_k.grad for w_k in w[1:]]'}",
        "w = [None] + [w_k.detach() for w_k in w[1:]]",
        "",
    )
