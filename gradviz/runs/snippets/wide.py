"""A wide network as a snippet: data, weights, passes and the loop over the epochs; what PyTorch does otherwise stands in `wide_torch`."""

from __future__ import annotations

from gradviz.core.config import Config
from gradviz.runs.snippets import wide_torch
from gradviz.runs.snippets.activations import by_hand, for_autograd, from_output
from gradviz.runs.snippets.changes import clippings, knobs, statements
from gradviz.runs.snippets.data import data
from gradviz.runs.snippets.schedules import rate, schedule
from gradviz.runs.snippets.start import has_factors, layers_with, lsuv, parts, start, tied
from gradviz.runs.snippets.updates import clipped, memory, rule, vectors
from gradviz.runs.snippets.words import Experiment, inside, lines, some_layers, when


def wide(experiment: Experiment) -> str:
    """All below the imports."""
    config, torch = experiment.config, experiment.torch
    return lines(
        when(torch, f"dtype = torch.{config.number_format}"),
        f"layers = {config.layers}  # layer 0 is the input",
        "last = layers - 1",
        f"shown = {experiment.epoch}  # the epoch that is looked at: as many come before it",
        knobs(experiment),
        "",
        data(experiment),
        "",
        start(experiment),
        _in_format(experiment),
        "",
        _empty_lists(experiment),
        wide_torch.optimizer(experiment) if torch else memory(experiment),
        "",
        "",
        for_autograd(experiment) if torch else by_hand(experiment),
        "",
        "",
        _forward(experiment),
        "",
        "",
        wide_torch.cost(config) if torch else _cost(config),
        "",
        "",
        None if torch else lines(_backward(experiment), "", ""),
        schedule(experiment),
        lines(lsuv(experiment), "") if config.initialization == "lsuv" else None,
        _training(experiment),
        "",
        wide_torch.taken_out(experiment) if torch else None,
        'print(f"epoch {epoch}: cost {cost}")',
        f"for k in {some_layers(config)}:",
        inside('print(f"layer {k}: g has a root mean square of {(g[k] ** 2).mean() ** 0.5:.6g}")'),
    )


def minibatches(config: Config) -> bool:
    return config.batch_size > 0


def _in_format(experiment: Experiment) -> str | None:
    """Data and weights, which NumPy drew in float64, in the format of the training."""
    config = experiment.config
    if not experiment.torch and config.number_format == "float64":
        return None
    cast = "torch.tensor({}, dtype=dtype, requires_grad=True)" if experiment.torch else f"{{}}.astype(np.{config.number_format})"
    into = "torch.tensor(values, dtype=dtype)" if experiment.torch else f"values.astype(np.{config.number_format})"
    loops: dict[str, list[str]] = {}
    for part in parts(config):
        loops.setdefault(layers_with(part, config), []).append(f"{part}[k] = {cast.format(f'{part}[k]')}")
    return lines(
        f"x, y = ({into} for values in (x, y))",
        [lines(f"for k in {layers}:", inside(made)) for layers, made in loops.items()],
        lines("for k in range(3, last):", inside("w[k], b[k] = w[2], b[2]" if config.bias == "on" else "w[k] = w[2]")) if tied(config) else None,
    )


def _empty_lists(experiment: Experiment) -> str:
    config = experiment.config
    names = ["u", "h"]
    if not experiment.torch:
        names += ["g", *(f"d{part}" for part in parts(config))]
        names += ["normal", "scale"] if config.normalization != "none" else []
    elif tied(config):
        names.append("z")
    return f"{', '.join(names)} = ([None] * layers for _ in range({len(names)}))"


# --- forward -------------------------------------------------------------------------------------------------------------------------------


def _forward(experiment: Experiment) -> str:
    """forward(x), with layer(k) apart where the weights' start needs it."""
    body = lines(wide_torch.summed(experiment) if experiment.torch else _summed(experiment.config), _passed_on(experiment.config))
    if experiment.config.initialization != "lsuv":
        return lines("def forward(x):", inside("h[0] = x", "for k in range(1, layers):", inside(body)))
    one = lines("def layer(k):", inside(body))
    return lines(one, "", "", "def forward(x):", inside("h[0] = x", "for k in range(1, layers):", inside("layer(k)")))


def _summed(config: Config) -> str:
    z = "h[k - 1] @ w[k].T" + (" + b[k]" if config.bias == "on" else "")
    if config.normalization == "none":
        return f"u[k] = {z}"
    axis = 1 if config.normalization == "layer" else 0
    over = "each sample's units" if axis else "each unit's samples"
    return lines(
        f"u[k] = {z}",
        f"if k < last:  # {config.normalization} norm: mean 0 and variance 1 over {over}",
        inside(
            f"normal[k] = u[k] - u[k].mean(axis={axis}, keepdims=True)",
            f"scale[k] = 1 / np.sqrt((normal[k] ** 2).mean(axis={axis}, keepdims=True) + 1e-5)",
            "normal[k] = normal[k] * scale[k]",
            "u[k] = gain[k] * normal[k] + shift[k]",
        ),
    )


def _passed_on(config: Config) -> str:
    f = "u[k] if k == last else phi(u[k])" if config.linear_output else "phi(u[k])"
    if config.residual == "none":
        return f"h[k] = {f}"
    factor = "a[k] * " if has_factors(config) else ""
    return lines(f"h[k] = {f}", "if 1 < k < last:  # residual: what comes in is added", inside(f"h[k] = h[k - 1] + {factor}h[k]"))


def _cost(config: Config) -> str:
    if config.loss == "mse":
        return lines("def cost_of(y):", inside("return ((y - h[last]) ** 2).sum() / (2 * len(y))"))
    return lines(
        "def log_softmax(u):",
        inside("u = u - u.max(axis=1, keepdims=True)  # so that exp does not overflow", "return u - np.log(np.exp(u).sum(axis=1, keepdims=True))"),
        "",
        "",
        "def cost_of(y):",
        inside("return -(y * log_softmax(h[last])).sum() / len(y)"),
    )


# --- backward ------------------------------------------------------------------------------------------------------------------------------


def _backward(experiment: Experiment) -> str:
    config = experiment.config
    answers = "np.exp(log_softmax(h[last]))" if config.loss == "cross_entropy" else "h[last]"
    normalized = config.normalization != "none"
    dz = "dz" if normalized else "g[k]"
    return lines(
        "def backward(y):",
        inside(
            '"""Fill g = dC/du, and the gradients of all that is learned, layer by layer."""',
            f"dh = ({answers} - y) / len(y)",
            "for k in range(last, 0, -1):",
            inside(
                _through_activation(experiment),
                _through_normalization(config) if normalized else None,
                f"dw[k] = {dz}.T @ h[k - 1]",
                when(config.bias == "on", f"db[k] = {dz}.sum(axis=0)"),
                f"dh = {dz} @ w[k]" + (" + (dh if 1 < k < last else 0)" if config.residual != "none" else ""),
            ),
        ),
    )


def _through_activation(experiment: Experiment) -> str:
    config = experiment.config
    at = "u[k]"
    if from_output(experiment):
        at = "h[k]" if config.residual == "none" else "phi(u[k])"
    through = f"g[k] = dh if k == last else dh * phi_prime({at})" if config.linear_output else f"g[k] = dh * phi_prime({at})"
    if not has_factors(config):
        return through
    return lines(through, "if 1 < k < last:", inside("da[k] = np.array([(dh * phi(u[k])).sum()])", "g[k] = a[k] * g[k]"))


def _through_normalization(config: Config) -> str:
    along = f"axis={1 if config.normalization == 'layer' else 0}, keepdims=True"
    return lines(
        "dz = g[k]",
        "if k < last:  # mean and variance depend on all that they were made of",
        inside(
            "dgain[k], dshift[k] = (g[k] * normal[k]).sum(axis=0), g[k].sum(axis=0)",
            "dz = gain[k] * g[k]",
            f"dz = scale[k] * (dz - dz.mean({along}) - normal[k] * (dz * normal[k]).mean({along}))",
        ),
    )


# --- the loop ------------------------------------------------------------------------------------------------------------------------------


def _training(experiment: Experiment) -> str:
    return _in_batches(experiment) if minibatches(experiment.config) else _all_at_once(experiment)


def _all_at_once(experiment: Experiment) -> str:
    torch, library = experiment.torch, experiment.library
    return lines(
        "for epoch in range(shown + 1):",
        inside(
            statements(experiment),
            "forward(x)",
            "cost = cost_of(y)",
            wide_torch.looked_back(experiment.config) if torch else "backward(y)",
            f"if epoch == shown or not {library}.isfinite(cost):  # the latter: it diverged",
            inside("break"),
            "",
            wide_torch.update(experiment) if torch else _update(experiment),
        ),
    )


def _in_batches(experiment: Experiment) -> str:
    config, torch, library = experiment.config, experiment.torch, experiment.library
    return lines(
        "for epoch in range(shown + 1):",
        inside(
            statements(experiment),
            "# an order drawn anew for each epoch",
            f"order = np.random.default_rng([{config.seed}, 2, epoch]).permutation(len(x))",
            f"batches = [order[i : i + {config.batch_size}] for i in range(0, len(x), {config.batch_size})]",
            "if epoch == shown:",
            inside("break"),
            "for chosen in batches:",
            inside(
                "forward(x[chosen])",
                "cost = cost_of(y[chosen])",
                f"if not {library}.isfinite(cost):",
                inside("break"),
                wide_torch.back() if torch else "backward(y[chosen])",
                wide_torch.update(experiment) if torch else _update(experiment),
            ),
            f"if not {library}.isfinite(cost):  # it diverged",
            inside("break"),
        ),
        "",
        "# the cost of all samples before the epoch's first update, and the gradients of its first batch",
        _whole_cost(config),
        "forward(x[batches[0]])",
        lines("first = cost_of(y[batches[0]])", wide_torch.looked_back(config, "first")) if torch else "backward(y[batches[0]])",
    )


def _whole_cost(config: Config) -> str:
    if config.normalization != "batch":
        return lines("forward(x)", "cost = cost_of(y)")
    return lines(
        "cost = 0.0  # in pieces as large as a batch, whose statistics they are normalized by",
        f"for i in range(0, len(x), {config.batch_size}):",
        inside(f"piece = slice(i, i + {config.batch_size})", "forward(x[piece])", "cost = cost + cost_of(y[piece]) * len(y[piece]) / len(y)"),
    )


def _update(experiment: Experiment) -> str:
    wanted = clippings(experiment)
    return lines(rate(experiment), f"gradient = {vectors(experiment.config, 'd')}" if wanted else None, clipped(experiment), rule(experiment))
