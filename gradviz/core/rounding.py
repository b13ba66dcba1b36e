"""How a result is rounded into a number format, the heart of every operation of a training.

A reduced format is worked in one operation at a time: each sum, difference, product and quotient is taken in float64 and rounded at once.
float64 has more than twice the digits of the others and two to spare, so that this is bit for bit what the format's own arithmetic gives
(Figueroa, "When is double rounding innocuous?", 1995); a float64 goes into bfloat16 by way of float32, as ml_dtypes does it, into float16 straight, as
numpy does it. tanh and exp are float64's, rounded: the nearest value that the format has. Libraries, and even processors, differ there in the last bit.
"""

from __future__ import annotations

import math

import numpy as np

from gradviz.core.compiled import compiled
from gradviz.core.formats import FLOAT16, FLOAT32, FLOAT64, FORMAT_NAMES, FORMATS

#: What a kernel asks of a format, each by the format's place.
BITS = tuple(FORMATS[name].bits for name in FORMAT_NAMES)
LEAST_EXPONENT = tuple(round(math.log2(FORMATS[name].smallest_subnormal)) for name in FORMAT_NAMES)
LARGEST = tuple(FORMATS[name].largest for name in FORMAT_NAMES)


@compiled
def rounded(number_format: int, x: float) -> float:
    """The float64 nearest to x that the format holds, ties to even; infinite beyond its largest number, subnormal or 0 below its normal ones."""
    if number_format == FLOAT64:
        return x
    return _reduced(number_format, x)


@compiled
def _reduced(number_format: int, x: float) -> float:
    single = float(np.float32(x))
    if number_format == FLOAT32:
        return single
    if not abs(single) < math.inf or single == 0.0:
        return single
    size = abs(x if number_format == FLOAT16 else single)
    _, exponent = math.frexp(size)
    # beside 1.5 * 2^52 quanta float64 has no digits finer than the quantum: adding rounds to it, ties to even
    beside = math.ldexp(1.5, 52 + max(exponent - BITS[number_format], LEAST_EXPONENT[number_format]))
    nearest = (size + beside) - beside
    return math.copysign(nearest if nearest <= LARGEST[number_format] else math.inf, single)
