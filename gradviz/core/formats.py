"""The number formats that a network can be computed in, and the ends of their ranges."""

from __future__ import annotations

from typing import NamedTuple, get_args

from gradviz.core.config import NumberFormatName


class NumberFormat(NamedTuple):
    """What a number format holds: significant bits, and the ends of its ranges as absolute values."""

    name: str
    bits: int
    smallest_subnormal: float
    smallest_normal: float
    largest: float


#: float64, float32 and float16 as in IEEE 754-2019, table 3.5; bfloat16 is float32 with 8 significant bits.
FORMATS: dict[str, NumberFormat] = {
    "float64": NumberFormat("float64", 53, 2.0**-1074, 2.0**-1022, (2 - 2.0**-52) * 2.0**1023),
    "float32": NumberFormat("float32", 24, 2.0**-149, 2.0**-126, (2 - 2.0**-23) * 2.0**127),
    "float16": NumberFormat("float16", 11, 2.0**-24, 2.0**-14, 65504.0),
    "bfloat16": NumberFormat("bfloat16", 8, 2.0**-133, 2.0**-126, (2 - 2.0**-7) * 2.0**127),
}
#: A kernel knows a format by its place in this tuple.
FORMAT_NAMES: tuple[str, ...] = get_args(NumberFormatName)
FLOAT64, FLOAT32, FLOAT16, BFLOAT16 = (FORMAT_NAMES.index(name) for name in ("float64", "float32", "float16", "bfloat16"))
