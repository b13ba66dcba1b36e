"""The notebook's chain as a snippet: forward, cost, back and update by hand, or with PyTorch's autograd."""

from __future__ import annotations

from gradviz.runs.snippets.activations import by_hand, for_autograd, from_output, reduced
from gradviz.runs.snippets.changes import LIMITS, clippings, knobs, statements
from gradviz.runs.snippets.data import check_size
from gradviz.runs.snippets.words import Experiment, array, inside, lines, number, some_layers, times, when


def chain(experiment: Experiment) -> str:
    """All below the imports."""
    autograd = experiment.torch and not reduced(experiment)
    return lines(
        when(experiment.torch, f"dtype = torch.{experiment.config.number_format}"),
        f"layers = {experiment.config.layers}  # layer 0 is the input",
        f"shown = {experiment.epoch}  # the epoch that is looked at: it comes after as many updates",
        knobs(experiment),
        _data(experiment),
        "",
        "# w[k] leads from layer k - 1 to layer k; w[0] is not used",
        _start(experiment),
        when(autograd, "w.requires_grad_()"),
        "",
        "",
        for_autograd(experiment) if autograd else by_hand(experiment),
        "",
        "",
        "for epoch in range(shown + 1):",
        inside(statements(experiment), _autograd(experiment) if autograd else _by_hand(experiment)),
        "",
        when(autograd, lines("h = torch.stack(h).detach()", "g = torch.stack([torch.zeros_like(x)] + [u_k.grad for u_k in u[1:]])")),
        when(autograd, lines("cost, dw, w = cost.detach(), w.grad, w.detach()", "")),
        'print(f"epoch {epoch}: cost {cost}")',
        f"for k in {some_layers(experiment.config)}:",
        inside('print(f"layer {k}: |g| up to {abs(g[k]).max():.6g}, dw = {dw[k]:.6g}")'),
    )


def _data(experiment: Experiment) -> str:
    config = experiment.config
    check_size("inputs", len(config.inputs), 2)
    return lines(
        "# one number enters for each sample, and one should come out",
        f"x = {_array(config.inputs, experiment)}",
        f"y = {_array(config.targets, experiment)}",
        f"m = {'torch.tensor(len(x), dtype=dtype)' if experiment.torch and reduced(experiment) else 'len(x)'}",
    )


def _array(values: tuple[float, ...], experiment: Experiment) -> str:
    return array(values, experiment.library, _dtype(experiment))


def _dtype(experiment: Experiment) -> str:
    """The arrays' format, where it is not NumPy's own choice."""
    if experiment.torch:
        return ", dtype=dtype"
    return f", dtype=np.{experiment.config.number_format}" if reduced(experiment) else ""


def _start(experiment: Experiment) -> str:
    config, kind, scale = experiment.config, _dtype(experiment), number(experiment.config.weight_scale)
    if config.initialization == "constant":
        return f"w = {experiment.library}.full({'(layers,)' if experiment.torch else 'layers'}, {scale}{kind})"
    drawn = f"{times(config.weight_scale)}np.random.default_rng({config.seed}).standard_normal(layers - 1)"
    if experiment.torch and config.number_format == "float16":
        drawn = f"({drawn}).astype(np.float16)"  # PyTorch rounds twice, by way of float32
    return lines(f"w = {experiment.library}.zeros(layers{kind})", f"w[1:] = {f'torch.from_numpy({drawn})' if experiment.torch else drawn}")


def _by_hand(experiment: Experiment) -> str:
    np, kind = experiment.library, _dtype(experiment)
    few_digits = reduced(experiment)
    return lines(
        "# forward",
        f"u, h, g = {np}.zeros((3, layers, len(x)){kind})",
        f"dw = {np}.zeros(layers{kind})",
        "h[0] = x",
        "for k in range(1, layers):",
        inside("u[k] = w[k] * h[k - 1]", "h[k] = phi(u[k])"),
        when(few_digits, "# sums are taken one by one: the library's own sum has more digits than the format"),
        f"cost = {_mean('(y - h[-1]) ** 2', experiment)}",
        "",
        "# backward: g = dC/du and dw = dC/dw",
        f"slope = phi_prime({'h' if from_output(experiment) else 'u'})",
        "g[-1] = (h[-1] - y) / m * slope[-1]",
        "for k in range(layers - 2, 0, -1):",
        inside("g[k] = slope[k] * w[k + 1] * g[k + 1]"),
        _weight_gradient(experiment),
        f"if epoch == shown or not ({np}.isfinite(cost) and {np}.isfinite(w).all()):  # the latter: it diverged",
        inside("break"),
        "",
        "# update",
        _clipped_by_hand(experiment),
        "w -= alpha * dw",
    )


def _mean(terms: str, experiment: Experiment) -> str:
    if not reduced(experiment):
        return f"({terms}).sum() / (2 * m)"
    return f"sum({terms}) / (2 * m)" if experiment.torch else f"(np.cumsum({terms}) / (2 * m))[-1]"


def _weight_gradient(experiment: Experiment) -> str:
    if not reduced(experiment):
        return "dw[1:] = (h[:-1] * g[1:]).sum(axis=1)"
    return "dw[1:] = sum((h[:-1] * g[1:]).T)"


def _clipped_by_hand(experiment: Experiment) -> list[str] | None:
    config, np, kinds = experiment.config, experiment.library, clippings(experiment)
    found = []
    if "norm" in kinds:
        share = f"min(1.0, {LIMITS['norm']} / (math.hypot(*dw) + 1e-6))"
        if reduced(experiment):
            share = f"torch.tensor({share}, dtype=dtype)" if experiment.torch else f"np.{config.number_format}({share})"
        found.append(f"dw *= {share}")
    if "value" in kinds:
        found.append(f"dw = {np}.clip(dw, -{LIMITS['value']}, {LIMITS['value']})")
    return found or None


def _autograd(experiment: Experiment) -> str:
    return lines(
        "# forward",
        "h, u = [x], [None]",
        "for k, w_k in enumerate(w.unbind()[1:], start=1):",
        inside("u.append(w_k * h[k - 1])", "u[k].retain_grad()  # g[k] = dC/du[k]", "h.append(phi(u[k]))"),
        "cost = ((y - h[-1]) ** 2).sum() / (2 * m)",
        "",
        "# backward",
        "w.grad = None",
        "cost.backward()",
        "if epoch == shown or not (torch.isfinite(cost) and torch.isfinite(w).all()):  # the latter: it diverged",
        inside("break"),
        "",
        "# update",
        [f"torch.nn.utils.clip_grad_{kind}_([w], {LIMITS[kind]})" for kind in clippings(experiment)] or None,
        "with torch.no_grad():",
        inside("w -= alpha * w.grad"),
    )
