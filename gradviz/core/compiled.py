"""How a kernel is compiled, and what happens on a Python that numba does not support yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    import numba
except ImportError:  # a Python version without a numba wheel: the same source runs uncompiled
    numba = None  # type: ignore[assignment,unused-ignore]

COMPILED = numba is not None


def compiled(function: Function) -> Function:
    """The function as machine code that runs beside the window's thread; the same function where numba is missing.

    fastmath stays off: subnormals, zeros and NaN must be what IEEE 754 says. The numpy error model makes 1/0 an inf, not an exception.
    """
    if numba is None:
        return function
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": False}
    try:
        kernel: Function = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder to keep the compiled kernel in: compile it anew each time
        kernel = numba.njit(**options)(function)
    return kernel
