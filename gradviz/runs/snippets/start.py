"""How a wide network starts, as text: its sizes, weights, biases and what the cures add, drawn by NumPy as GradViz draws them."""

from __future__ import annotations

from collections.abc import Mapping

from gradviz.core.config import Config
from gradviz.core.initializers import ROUNDS
from gradviz.runs.snippets.words import Experiment, inside, lines, number, times, when

#: One layer's weights (n_out, n_in); what stands for SCALE ends in a sign of multiplication.
DRAWN: Mapping[str, str] = {
    "constant": "np.full((n_out, n_in), VALUE / n_in)",
    "normal": "SCALEnp.sqrt(1 / n_in) * draws.standard_normal((n_out, n_in))",
    "uniform": "SCALEnp.sqrt(3 / n_in) * draws.uniform(-1, 1, (n_out, n_in))",
    "glorot": "SCALEnp.sqrt(1 / n_in) * draws.uniform(-1, 1, (n_out, n_in))",
    "xavier": "SCALEnp.sqrt(6 / (n_in + n_out)) * draws.uniform(-1, 1, (n_out, n_in))",
    "he": "SCALEnp.sqrt(2 / n_in) * draws.standard_normal((n_out, n_in))",
    "lecun": "SCALEnp.sqrt(1 / n_in) * draws.standard_normal((n_out, n_in))",
    "orthogonal": "SCALEorthogonal(n_out, n_in)",
    "lsuv": "SCALEorthogonal(n_out, n_in)",
    "critical": "SCALEnp.sqrt(sigma_w**2 / n_in) * draws.standard_normal((n_out, n_in))",
}
ORTHOGONAL = '''\
def orthogonal(n_out, n_in):
    """Orthonormal rows or columns; with the signs that make R's diagonal positive, Q is uniform."""
    gaussian = draws.standard_normal((n_out, n_in))
    q, r = np.linalg.qr(gaussian if n_out >= n_in else gaussian.T)
    q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)
    return q if n_out >= n_in else q.T


'''


SILENT = lines("if 1 < k < last:", inside("w[k][:] = 0.0  # fixup: each branch starts at 0, and each block as the identity"))


def has_factors(config: Config) -> bool:
    """Whether residual branches have a factor that is learned."""
    return config.residual in ("skipinit", "fixup")


def tied(config: Config) -> bool:
    return config.tied_weights == "on"


def parts(config: Config) -> tuple[str, ...]:
    """The lists of all that is learned, by layer."""
    wanted = {"w": True, "b": config.bias == "on", "gain": config.normalization != "none", "shift": config.normalization != "none", "a": has_factors(config)}
    return tuple(name for name, there in wanted.items() if there)


def layers_with(part: str, config: Config) -> str:
    """Those that have such a part of their own, as an expression."""
    if part in ("w", "b"):
        return "(1, 2, last)" if tied(config) else "range(1, layers)"
    return "range(2, last)" if part == "a" else "range(1, last)"


def start(experiment: Experiment) -> str:
    """Lists w, b, gain, shift and a by layer, None where a layer has none."""
    config = experiment.config
    orthogonal = config.initialization in ("orthogonal", "lsuv")
    draws = config.initialization != "constant"
    return lines(
        "# layer k has sizes[k] units; w[k] (n_out, n_in) leads into it",
        f"sizes = [x.shape[1], *[{config.width}] * (layers - 2), y.shape[1]]",
        when(draws, f"draws = np.random.default_rng({config.seed})"),
        when(config.initialization == "critical", f"sigma_w = {number(_critical(config))}  # where a wide layer keeps the gradient's size"),
        when(_draws_biases(config), f"draws_of_biases = np.random.default_rng([{config.seed}, 3])"),
        f"{', '.join(parts(config))} = {_empty(config)}",
        f"\n\n{ORTHOGONAL.rstrip()}\n\n" if orthogonal else None,
        "for k in range(1, layers):",
        inside(
            when(tied(config), _shared(config)),
            "n_in, n_out = sizes[k - 1], sizes[k]",
            f"w[k] = {_drawn(config)}",
            when(config.bias == "on", f"b[k] = {_bias(config)}"),
            when(config.residual == "fixup", SILENT),
        ),
        when(config.normalization != "none", lines("for k in range(1, last):", inside("gain[k], shift[k] = np.ones(sizes[k]), np.zeros(sizes[k])"))),
        when(has_factors(config), lines("for k in range(2, last):", inside(_factor(config)))),
    )


def _critical(config: Config) -> float:
    from gradviz.core.meanfield import critical_scale

    return critical_scale(config.activation, config.bias_scale if config.bias == "on" else 0.0)


def _empty(config: Config) -> str:
    count = len(parts(config))
    return "[None] * layers" if count == 1 else f"([None] * layers for _ in range({count}))"


def _drawn(config: Config) -> str:
    return DRAWN[config.initialization].replace("SCALE", times(config.weight_scale)).replace("VALUE", number(config.weight_scale))


def _draws_biases(config: Config) -> bool:
    return config.bias == "on" and config.bias_scale > 0.0


def _bias(config: Config) -> str:
    if not _draws_biases(config):
        return "np.zeros(n_out)"
    drawn = f"{times(config.bias_scale)}draws_of_biases.standard_normal(n_out)"
    return f"np.zeros(n_out) if 1 < k < last else {drawn}" if config.residual == "fixup" else drawn


def _shared(config: Config) -> str:
    both = "w[k], b[k] = w[2], b[2]" if config.bias == "on" else "w[k] = w[2]"
    return lines("if 2 < k < last:", inside(f"{both}  # the layers between share theirs, as the steps of a recurrent network do", "continue"))


def _factor(config: Config) -> str:
    begins = "np.ones(1)" if config.residual == "fixup" else "np.zeros(1)"
    return f"a[k] = {begins}  # the factor of layer k's branch"


def lsuv(experiment: Experiment) -> str:
    """Layer-sequential unit variance, where layer(k) passes a sample on: NumPy's words and PyTorch's are the same but for the deviation."""
    config = experiment.config
    wanted = number(abs(config.weight_scale))
    z = "h[k - 1] @ w[k].T" + (" + b[k]" if config.bias == "on" else "")
    deviation = f"float(({z}).double().std(correction=0))" if experiment.torch else f"np.std({z}, dtype=float)"
    text = lines(
        "# LSUV: layer by layer, weights are scaled until the data leave each with a deviation of " + wanted,
        "h[0] = x",
        "for k in range(1, layers):",
        inside(
            f"for _ in range({'0 if 2 < k < last else ' if tied(config) else ''}{ROUNDS}):",
            inside(
                f"deviation = {deviation}",
                f"if not 0 < deviation < math.inf or abs(deviation - {wanted}) <= 1e-6 * {wanted}:",
                inside("break"),
                f"w[k] *= {wanted} / deviation",
            ),
            "layer(k)",
        ),
    )
    return lines("with torch.no_grad():", inside(text)) if experiment.torch else text
