"""How a kernel is compiled, and what happens on a Python that numba does not support yet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    import numba
except ImportError:  # a Python version without a numba wheel: the same source runs uncompiled
    numba = None  # type: ignore[assignment,unused-ignore]

COMPILED = numba is not None
#: What a person should know before waiting; empty where kernels are compiled.
NOTICE = "" if COMPILED else "Without the Python package 'numba' training runs uncompiled, some hundred times slower, with the same numbers."


def compiled(function: Function) -> Function:
    """The function as machine code that runs beside the window's thread; the same function where numba is missing.

    fastmath stays off: subnormals, zeros and NaN must be what IEEE 754 says. The numpy error model makes 1/0 an inf, not an exception.
    """
    if numba is None:
        return function
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": False}
    try:
        kernel: Function = numba.njit(cache=True, **options)(function)
        _stamp(kernel, fingerprint(function))
    except RuntimeError:  # no folder to keep the compiled kernel in: compile it anew each time
        kernel = numba.njit(**options)(function)
    return kernel


def fingerprint(function: Callable[..., Any]) -> str:
    """A digest of a function's code, the constants it reads and the compiled functions it calls: all that its machine code is made of."""
    code = function.__code__
    parts = [code.co_code.hex(), repr([constant for constant in code.co_consts if not hasattr(constant, "co_code")])]
    for name in code.co_names:
        value = function.__globals__.get(name)
        called = getattr(value, "py_func", None)
        if called is not None:
            parts.append(fingerprint(called))
        elif isinstance(value, int | float | str | tuple):
            parts.append(f"{name}={value!r}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _stamp(kernel: Any, mark: str) -> None:
    """Let the kept machine code count only for this mark.

    By itself numba looks at the time of the function's own file: a changed phi in another file would go on running as it was.
    """
    kept = kernel._cache._cache_file
    kept._source_stamp = (*kept._source_stamp, mark)
