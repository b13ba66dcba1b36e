"""The same training done in other ways, each a function from a config to the cost of every epoch.

They know what the notebook knows, and no more: constant weights, tanh, a learning rate that nobody turns.
"""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradviz.benchmarks.missing import Missing
from gradviz.core.config import Config
from gradviz.core.initializers import initial_weights
from gradviz.core.training import train

if TYPE_CHECKING:
    from types import ModuleType

Floats = NDArray[np.float64]
Training = Callable[[Config], Floats]

COMPILERS = ("cc", "gcc", "clang")
#: Without contraction a compiler may not fuse a multiplication with an addition, which numba does not do either: the operations stay the same.
COMPILER_OPTIONS = ("-O3", "-ffp-contract=off", "-shared", "-fPIC")


def engine(config: Config) -> Floats:
    """GradViz itself: every frame that train() hands out is looked at, its cost is kept."""
    return np.concatenate([frames.cost for frames in train(config)])


def tanh_prime(u: Floats) -> Floats:
    """The notebook's slope of tanh, 4 / (e^u + e^-u)^2."""
    return np.asarray(4 / (np.exp(u) + np.exp(-u)) ** 2)


def notebook(config: Config) -> Floats:
    """The notebook's loop, written as its formulas stand: layer by layer, forward and back, the samples of a layer in one array."""
    x, y = np.array(config.inputs), np.array(config.targets)
    layers, samples = config.layers, len(x)
    w = np.full(layers, config.weight_scale)
    costs = []
    for _ in range(config.epochs):
        u, h, g, dw = np.zeros((samples, layers)), np.zeros((samples, layers)), np.zeros((samples, layers)), np.zeros(layers)
        h[:, 0] = x
        for k in range(1, layers):
            u[:, k] = w[k] * h[:, k - 1]
            h[:, k] = np.tanh(u[:, k])
        costs.append(np.sum((y - h[:, -1]) ** 2) / (2 * samples))
        g[:, -1] = (h[:, -1] - y) / samples * tanh_prime(u[:, -1])
        for k in range(layers - 2, 0, -1):
            g[:, k] = tanh_prime(u[:, k]) * w[k + 1] * g[:, k + 1]
        for k in range(1, layers):
            dw[k] = np.sum(h[:, k - 1] * g[:, k])
        w -= config.learning_rate * dw
    return np.array(costs)


def notebook_tuned(config: Config) -> Floats:
    """The notebook's loop by someone who knows numpy: what does not depend on the next layer is done for all layers at once."""
    x, y = np.array(config.inputs), np.array(config.targets)
    layers, samples = config.layers, len(x)
    w = np.full(layers, config.weight_scale)
    costs = []
    for _ in range(config.epochs):
        u, h, g = np.zeros((samples, layers)), np.zeros((samples, layers)), np.zeros((samples, layers))
        h[:, 0] = x
        for k in range(1, layers):
            u[:, k] = w[k] * h[:, k - 1]
            h[:, k] = np.tanh(u[:, k])
        costs.append(np.sum((y - h[:, -1]) ** 2) / (2 * samples))
        slope = tanh_prime(u)
        g[:, -1] = (h[:, -1] - y) / samples * slope[:, -1]
        for k in range(layers - 2, 0, -1):
            g[:, k] = slope[:, k] * w[k + 1] * g[:, k + 1]
        w[1:] -= config.learning_rate * np.sum(h[:, :-1] * g[:, 1:], axis=0)
    return np.array(costs)


class Compiler(NamedTuple):
    """The C compiler of this machine: what it is called, and what it says of itself."""

    path: str
    version: str


@cache
def c_compiler() -> Compiler | None:
    """The first of cc, gcc and clang that runs here."""
    for name in COMPILERS:
        path = shutil.which(name)
        answer = subprocess.run([path, "--version"], capture_output=True, text=True) if path else None
        if path and answer and answer.returncode == 0:
            return Compiler(path, next(iter(answer.stdout.splitlines()), name))
    return None


class _CKernel:
    """The machine code of chain.c, and the memory it writes to."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._train = library.train
        floats, integer = np.ctypeslib.ndpointer(np.float64, flags="C"), ctypes.c_int64
        integers = np.ctypeslib.ndpointer(np.int64, flags="C")
        self._train.argtypes = [floats] * 3 + [integer] * 2 + [ctypes.c_double] + [integer] * 2 + [integers] + [floats] * 5
        self._train.restype = integer
        self._room: tuple[Config, tuple[NDArray[Any], ...]] | None = None

    def __call__(self, config: Config) -> Floats:
        epoch, cost, *profiles = self._memory(config)
        x, y = np.array(config.inputs), np.array(config.targets)
        w = initial_weights(config)
        options = (config.layers, len(x), config.learning_rate, config.epochs, config.observe_every)
        rows = self._train(w, x, y, *options, epoch, cost, *profiles)
        if rows < 0:
            raise MemoryError("the loop in C")
        return np.array(cost[:rows])

    def _memory(self, config: Config) -> tuple[NDArray[Any], ...]:
        """Room for every frame, made once: what the rival is measured on is its loop, not the first touch of new memory."""
        if self._room is None or self._room[0] != config:
            frames = -(-config.epochs // config.observe_every) + 1
            profile, line = (frames, len(config.inputs), config.layers), (frames, config.layers)
            shapes = (profile, profile, line, line)
            self._room = config, (np.zeros(frames, np.int64), np.zeros(frames), *map(np.zeros, shapes))
        return self._room[1]


@cache
def c_loop() -> Training:
    """The engine's kernel in C at -O3, compiled now into a folder that is gone afterwards; raises Missing where there is no compiler."""
    compiler = c_compiler()
    if compiler is None:
        raise Missing(f"there is no C compiler ({', '.join(COMPILERS)}) on this machine")
    source = Path(__file__).with_name("chain.c")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # a loaded library stays in its folder on some systems
        library = Path(folder) / "chain.so"
        made = subprocess.run([compiler.path, *COMPILER_OPTIONS, str(source), "-o", str(library), "-lm"], capture_output=True, text=True)
        if made.returncode != 0:
            reason = next(iter(made.stderr.splitlines()), "it gave no reason")
            raise Missing(f"{compiler.version} cannot compile the loop: {reason}")
        return _CKernel(ctypes.CDLL(str(library)))


@cache
def pytorch() -> ModuleType:
    """The module; raises Missing where it is not installed."""
    if importlib.util.find_spec("torch") is None:
        raise Missing("PyTorch is not installed (pip install torch)")
    import torch

    return torch  # type: ignore[no-any-return,unused-ignore]


@contextmanager
def torch_on_one_thread() -> Iterator[ModuleType]:
    """PyTorch, with one thread while inside; raises Missing where it is not installed."""
    torch = pytorch()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield torch
    finally:
        torch.set_num_threads(threads)


def _on_one_thread(loop: Callable[[Any, Config], Floats]) -> Training:
    pytorch()

    def training(config: Config) -> Floats:
        with torch_on_one_thread() as torch:
            return loop(torch, config)

    return training


@cache
def torch_modules() -> Training:
    """Eager PyTorch as its tutorials write it: Linear and Tanh modules, backward(), an SGD optimizer; raises Missing without PyTorch."""
    return _on_one_thread(_train_torch_modules)


@cache
def torch_lean() -> Training:
    """Eager PyTorch with as few calls as we could find: one tensor of weights, no modules; raises Missing without PyTorch."""
    return _on_one_thread(_train_torch_lean)


def _train_torch_modules(torch: Any, config: Config) -> Floats:
    x = torch.tensor(config.inputs, dtype=torch.float64).reshape(-1, 1)
    y = torch.tensor(config.targets, dtype=torch.float64).reshape(-1, 1)
    modules = []
    for _ in range(config.layers - 1):
        modules += [torch.nn.Linear(1, 1, bias=False, dtype=torch.float64), torch.nn.Tanh()]
    network = torch.nn.Sequential(*modules)
    with torch.no_grad():
        for weight in network.parameters():
            weight.fill_(config.weight_scale)
    optimizer = torch.optim.SGD(network.parameters(), lr=config.learning_rate)
    costs = []
    for _ in range(config.epochs):
        optimizer.zero_grad()
        cost = ((y - network(x)) ** 2).sum() / (2 * len(x))
        cost.backward()
        optimizer.step()
        costs.append(cost.item())
    return np.array(costs)


def _train_torch_lean(torch: Any, config: Config) -> Floats:
    x = torch.tensor(config.inputs, dtype=torch.float64)
    y = torch.tensor(config.targets, dtype=torch.float64)
    w = torch.full((config.layers - 1,), config.weight_scale, dtype=torch.float64, requires_grad=True)
    costs = []
    for _ in range(config.epochs):
        h = x
        for weight in w.unbind():
            h = torch.tanh(weight * h)
        cost = ((y - h) ** 2).sum() / (2 * len(x))
        cost.backward()
        with torch.no_grad():
            w -= config.learning_rate * w.grad
        w.grad = None
        costs.append(cost.item())
    return np.array(costs)
