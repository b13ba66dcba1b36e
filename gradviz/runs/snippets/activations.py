"""phi and its slope as text: by hand for NumPy and for the formats that PyTorch rounds otherwise, else as PyTorch has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from gradviz.core.elementwise import LEAK, SELU_ALPHA, SELU_SCALE
from gradviz.runs.snippets.words import Experiment, inside, lines, number


class Formulas(NamedTuple):
    """One activation in NumPy's words, most of which are PyTorch's too: what stands before, then the bodies of phi(u) and phi_prime(u)."""

    phi: tuple[str, ...]
    slope: tuple[str, ...]
    constants: tuple[tuple[str, float], ...] = ()
    before: str = ""


FORMULAS: Mapping[str, Formulas] = {
    "tanh": Formulas(
        ("return np.tanh(u)",),
        (
            "# 4 / (e^u + e^-u)^2 without its overflow; 1 - tanh(u)^2 would be exactly 0 beyond |u| = 19",
            "e = np.exp(-2 * np.abs(u))",
            "return 4 * e / (1 + e) ** 2",
        ),
    ),
    "sigmoid": Formulas(
        ("e = np.exp(-np.abs(u))  # never overflows", "return np.where(u >= 0, 1.0, e) / (1 + e)"),
        ("e = np.exp(-np.abs(u))", "return e / (1 + e) ** 2"),
    ),
    "relu": Formulas(("return np.clip(u, 0, None)",), ("return (u > 0) * np.ones_like(u)",)),
    "identity": Formulas(("return u",), ("return np.ones_like(u)",)),
    "softsign": Formulas(("return u / (1 + np.abs(u))",), ("return (1 / (1 + np.abs(u))) ** 2",)),
    "leaky_relu": Formulas(("return np.where(u > 0, u, leak * u)",), ("return np.where(u > 0, np.ones_like(u), leak)",), (("leak", LEAK),)),
    "elu": Formulas(
        ("return np.where(u > 0, u, np.expm1(np.clip(u, None, 0)))  # e^u - 1 below 0",), ("return np.where(u > 0, 1.0, np.exp(np.clip(u, None, 0)))",)
    ),
    "selu": Formulas(
        ("return np.where(u > 0, above * u, below * np.expm1(np.clip(u, None, 0)))",),
        ("return np.where(u > 0, above * np.ones_like(u), below * np.exp(np.clip(u, None, 0)))",),
        (("above", SELU_SCALE), ("below", SELU_SCALE * SELU_ALPHA)),
    ),
    "gelu": Formulas(
        ("return u * normal_below(u)",),
        ("return normal_below(u) + u * density(u)",),
        before="""\
def normal_below(u):
    \"\"\"The share of a standard normal distribution below u.\"\"\"
    return np.vectorize(math.erfc, otypes=[u.dtype])(-u / math.sqrt(2)) / 2


def density(u):
    \"\"\"The density of a standard normal distribution.\"\"\"
    return np.exp(-u * u / 2) / math.sqrt(2 * math.pi)


""",
    ),
    "silu": Formulas(
        ("return u * sigmoid(u)",),
        ("return sigmoid(u) * (1 + u * sigmoid(-u))",),
        before="""\
def sigmoid(u):
    e = np.exp(-np.abs(u))  # never overflows
    return np.where(u >= 0, 1.0, e) / (1 + e)


""",
    ),
}
#: What frameworks take for the slope: from the output h = phi(u), with what rounding has left of it.
FROM_H = {"tanh": "1 - h * h", "sigmoid": "h * (1 - h)"}
#: The activations that PyTorch's own backward pass has all digits of.
PYTORCHS = {
    "relu": "torch.relu(u)",
    "identity": "u",
    "leaky_relu": "F.leaky_relu(u)",
    "elu": "F.elu(u)",
    "selu": "F.selu(u)",
    "gelu": "u * torch.erfc(-u / math.sqrt(2)) / 2  # F.gelu loses its digits far below 0",
    "silu": "F.silu(u)",
}
#: Why the others have a slope of their own.
WHY = {
    "tanh": "PyTorch's own slope, 1 - h*h, is exactly 0 beyond |u| = 19",
    "sigmoid": "PyTorch's own slope, h * (1 - h), is exactly 0 above u = 37",
    "softsign": "the slope that PyTorch would find is a difference, and loses digits",
}
#: These are float64's, rounded, in all formats: the nearest number that the format has.
_ROUNDED = re.compile(r"\b(np\.tanh|np\.expm1|np\.exp|normal_below|density)\(")
_ROUNDING = {
    "np": "return function(u.astype(np.float64)).astype(u.dtype)",
    "torch": "return function(u.double()).to(u.dtype)",
    "torch float16": "return torch.from_numpy(function(u.double()).numpy().astype(np.float16))  # PyTorch would round twice, to float32 first",
}


def from_output(experiment: Experiment) -> bool:
    """Whether phi' is taken from h."""
    return experiment.config.derivative == "from_output" and experiment.config.activation in FROM_H


def reduced(experiment: Experiment) -> bool:
    """Whether every operation of a chain is rounded to fewer digits than float64's."""
    return not experiment.config.wide and experiment.config.number_format != "float64"


def by_hand(experiment: Experiment) -> str:
    """phi and phi_prime as functions, the second of u, or of h where it is taken from the output."""
    formulas = FORMULAS[experiment.config.activation]
    slope = formulas.slope
    argument = "u"
    if from_output(experiment):
        argument, slope = "h", (f"return {FROM_H[experiment.config.activation]}  # as frameworks take it, from the output",)
    body = lines("def phi(u):", inside(formulas.phi), "", "", f"def phi_prime({argument}):", inside(slope))
    before = formulas.before
    if reduced(experiment):
        body = _ROUNDED.sub(r"rounded(\1, ", body)
        if formulas.before and "normal_below" not in formulas.before:
            before = _ROUNDED.sub(r"rounded(\1, ", before)
        if "rounded(" in body + before:
            before = _rounding(experiment) + before
    constants = [f"{name} = {_constant(value, experiment)}" for name, value in formulas.constants]
    return _in_library(lines(constants or None, "" if constants else None, "" if constants else None, before + body), experiment)


def _rounding(experiment: Experiment) -> str:
    said = '"""The nearest number that the format has: its own tanh and exp may differ in the last digit."""'
    way = _ROUNDING.get(f"{experiment.library} {experiment.config.number_format}", _ROUNDING[experiment.library])
    return lines("def rounded(function, u):", inside(said, way), "", "", "")


def _constant(value: float, experiment: Experiment) -> str:
    """PyTorch works with a number of Python's in more digits than the format has."""
    return f"torch.tensor({number(value)}, dtype=dtype)" if experiment.torch and reduced(experiment) else number(value)


def _in_library(text: str, experiment: Experiment) -> str:
    if not experiment.torch:
        return text
    text = text.replace("np.vectorize(math.erfc, otypes=[u.dtype])(", "torch.erfc(")
    return re.sub(r"\bnp\.(?!float)", "torch.", text)


def for_autograd(experiment: Experiment) -> str:
    """phi for PyTorch, which differentiates it: its own where it has all digits, else with a slope of ours."""
    name = experiment.config.activation
    if from_output(experiment):
        return lines("def phi(u):", inside(f"return torch.{name}(u)  # its slope is taken from the output: {FROM_H[name]}"))
    if name in PYTORCHS:
        return lines("def phi(u):", inside(f"return {PYTORCHS[name]}"))
    formulas = FORMULAS[name]
    *before, result = formulas.slope
    text = lines(
        "class Phi(torch.autograd.Function):",
        inside(
            f'"""{name}, with its slope from u: {WHY[name]}."""',
            "",
            "@staticmethod",
            "def forward(ctx, u):",
            inside("ctx.save_for_backward(u)", formulas.phi),
            "",
            "@staticmethod",
            "def backward(ctx, dh):",
            inside("(u,) = ctx.saved_tensors", (line for line in before if not line.startswith("#")), f"{result} * dh"),
        ),
        "",
        "",
        "phi = Phi.apply",
    )
    return _in_library(text, experiment)
